"""What does the layout of the ELISA plates say is in each well?"""

import re

import pandas as pd

from il6r.assays import plate_wells
from il6r.errors import InputError, shape
from il6r.user_tables.cell_numbers import to_numbers

# A dilution of 100 may be written 1:100, 1/100 or 1 to 100.
_ONE_TO = r"^1\s*(?:[:/]|to)\s*"
KNOWN = ("plate", "well", "role", "name", "concentration", "dilution", "low", "high")
# What spreadsheets make of long numbers, dates and broken formulas.
_DAMAGED = r"\d(?:[.,]\d+)?[eE]\+\d+|#(?:REF|N/A|NAME|VALUE|DIV/0|NUM)[!?]?.*"
# "QC1", "Blank2" in a grid; and how many controls a kit may have.
_NUMBERED, _MOST_CONTROLS = r"(?i)^(standard|std|calibrator|cal|blank|blk|nsb|control|ctrl|qc)(\d+)$", 6
_ROLES = {
    "standard": ("standard", "standards", "std", "s", "calibrator", "cal"),
    "blank": ("blank", "blk", "nsb"),
    "control": ("control", "ctrl", "qc"),
    "bridge": ("bridge", "bridging"),
    "sample": ("sample", "samples", "unknown", "unk"),
    "": ("empty", "unused", "none"),
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words}
# "STD 2000", "BLANK", "CTRL high" in a grid; every other text is a sample's name.
_IN_GRID = (
    r"(?i)^(standard|std|calibrator|cal|blank|blk|nsb|control|ctrl|qc|bridge|empty)(?![^\W_])[\s:_-]*(.*)$"
)


def read(paths, columns: dict[str, str]) -> pd.DataFrame:
    """Read layout files, long tables or plate grids.

    Parameters
    ----------
    columns : our column name to the files'.

    Returns
    -------
    pandas.DataFrame : a row per well that has a role: part (the file's place), source (file and sheet), line,
        plate (NA where none is named), row and column (from 0), role, name, concentration (of standards),
        dilution, low and high (of controls), NaN where not given.

    Raises
    ------
    InputError : what `plate_wells.read` raises, an unknown role, a number that is none, or no role at all.
    """
    paths = list(paths)
    wells = plate_wells.read(paths, columns, KNOWN, "role", named_by_file=False)
    grid = wells["grid"]
    wells = pd.concat(
        [_roles_in_grid(wells[grid]), wells[~grid].assign(role=_roles(wells[~grid]))]
    ).sort_index()
    wells = wells[wells["role"] != ""]
    without = set(range(len(paths))) - set(wells["part"])
    if without:
        raise InputError(
            paths[min(without)], "it gives no well a role", "name the standards and samples of the plates"
        )

    def where(label) -> str:
        """The place of a line."""
        return f"{wells.at[label, 'source']}, line {wells.at[label, 'line']}"

    control = wells["role"] == "control"
    used = {
        "concentration": wells["role"] == "standard",
        "dilution": wells["role"] != "",
        "low": control,
        "high": control,
    }
    texts = wells.assign(dilution=wells["dilution"].str.replace(_ONE_TO, "", regex=True))
    numbers = {
        column: to_numbers(texts[column].where(here), column, where, wells["source"], wells["decimal_comma"])
        for column, here in used.items()
    }
    return wells[["part", "source", "line", "plate", "row", "column", "role", "name"]].assign(**numbers)


def place(layout: pd.DataFrame, readings: pd.DataFrame) -> pd.DataFrame:
    """Put a layout's lines on the plates that were read, and check it.

    Plates match by name, with or without the word "plate"; a line without a plate is on each of its part.

    Parameters
    ----------
    layout : as `read` gives it.
    readings : part, plate and file of each well with a reading.

    Returns
    -------
    The layout with the plates' names as the readings have them.

    Raises
    ------
    InputError : plates that are in one and not in the other; a sample on two plates, or without a plate
        where there are several; a well twice; names and numbers that are missing or cannot be.
    """
    plates = readings[["part", "plate", "file"]].drop_duplicates(["part", "plate"])
    by_key: dict[tuple, str | None] = {}
    for part, plate in zip(plates["part"], plates["plate"], strict=True):
        key = (part, _key(plate))
        by_key[key] = None if key in by_key else plate
    exact = set(zip(plates["part"], plates["plate"], strict=True))
    named = layout[layout["plate"].notna()]
    names = named[["part", "plate"]].drop_duplicates()
    names["own"] = [
        pair[1] if pair in exact else by_key.get((pair[0], _key(pair[1])))
        for pair in names.itertuples(index=False, name=None)
    ]
    own = named[["part", "plate"]].merge(names, how="left")["own"].set_axis(named.index)
    if own.isna().any():
        well = named.loc[own.isna().idxmax()]
        raise InputError(
            f"{well['source']}, line {well['line']}",
            f"there are no readings of plate '{shape(well['plate'])}'",
            "give them, take it out of the layout, or write its name as the readings do",
        )
    shared = layout[layout["plate"].isna()]
    several = shared["part"].map(plates.groupby("part").size()) > 1
    lost = several & (shared["role"] == "sample")
    if lost.any():
        well = shared.loc[lost.idxmax()]
        raise InputError(
            f"{well['source']}, line {well['line']}",
            "it has a sample without a plate, and there are several plates",
            "name its plate, or give one layout for each file of readings",
        )
    everywhere = shared.drop(columns="plate").merge(plates[["part", "plate"]], on="part")
    placed = pd.concat([named.assign(plate=own), everywhere], ignore_index=True)
    covered = set(placed[["part", "plate"]].drop_duplicates().itertuples(index=False, name=None))
    for part, plate, file in plates.itertuples(index=False, name=None):
        if (part, plate) not in covered:
            raise InputError(
                file,
                f"plate '{plate}' is not in the layout",
                "say in the layout what is in its wells, or leave the plate out",
            )
    plate_wells.check(placed)
    _check(placed)
    return placed


def _roles_in_grid(wells: pd.DataFrame) -> pd.DataFrame:
    plain = wells["role"].str.replace(_NUMBERED, r"\1 \2", regex=True)
    said = plain.str.extract(_IN_GRID)
    role = said[0].str.lower().map(_ROLE_OF).fillna("sample")
    rest = said[1].replace("", None)
    controls = rest[role == "control"]
    if controls.nunique() > _MOST_CONTROLS:
        raise InputError(
            wells.loc[controls.index[0], "source"],
            f"its grid has {controls.nunique()} different controls, which look like participants",
            "give the layout as a table with a column 'role'",
        )
    name = wells["role"].where(role == "sample", rest)
    return wells.assign(role=role, name=name, concentration=rest.where(role == "standard"))


def _roles(wells: pd.DataFrame) -> pd.Series:
    """The roles in our words, "" for wells that hold nothing."""
    roles = wells["role"].str.lower().map(_ROLE_OF)
    wrong = roles.isna() & (wells["role"].notna() | wells["name"].notna())
    if wrong.any():
        first = wells.loc[wrong.idxmax()]
        if not roles[wells["source"] == first["source"]].notna().any():
            raise InputError(
                first["source"],
                "its column 'role' holds no role",
                "use standard, blank, control, bridge or sample, and see that no columns are swapped",
            )
        raise InputError(
            f"{first['source']}, line {first['line']}",
            "it has a name and no role"
            if pd.isna(first["role"])
            else f"unknown role '{shape(first['role'])}'",
            "use standard, blank, control, bridge or sample",
        )
    return roles.fillna("")


def _without_dilution(layout: pd.DataFrame) -> pd.Series:
    """Samples and bridges without a dilution where other lines of their layout give one."""
    own = layout["role"].isin(("sample", "bridge"))
    given = (layout["dilution"].notna() & own).groupby(layout["source"]).transform("any")
    return own & given & layout["dilution"].isna()


def _key(plate: str) -> str:
    """A plate's name without the word, since a file may say "Plate 1" and its layout "1"."""
    return re.sub(r"^plate[\s:#_-]*(?=.)", "", plate.lower())


def _check(layout: pd.DataFrame) -> None:
    role, name = layout["role"], layout["name"]
    nameless = name.isna() & role.isin(("sample", "bridge"))
    unknown = (role == "standard") & layout["concentration"].isna()
    for wrong, problem, remedy in (
        (unknown, "this standard has no concentration", "give it"),
        (layout["concentration"] < 0, "this standard's concentration is negative", "correct it"),
        (layout["dilution"] < 1, "this dilution is below 1", "give the factor, as 100 for 1:100"),
        (_without_dilution(layout), "it has no dilution, and others have one", "give each its dilution"),
        (
            name.str.fullmatch(_DAMAGED).eq(True),
            "a spreadsheet has spoilt its name",
            "enter it again as text",
        ),
        (layout["low"] > layout["high"], "this control's low limit is above the high", "correct them"),
        (nameless, "this well has no name", "name what is in it, or give the well no role"),
    ):
        if wrong.any():
            well = layout.loc[wrong.idxmax()]
            raise InputError(
                f"{well['source']}, line {well['line']}, well {plate_wells.label(well)}", problem, remedy
            )
    samples = layout[role == "sample"].drop_duplicates(["name", "plate"])
    repeated = samples.duplicated("name")
    if repeated.any():
        second = samples.loc[repeated.idxmax()]
        first = samples.loc[(samples["name"] == second["name"]).idxmax()]
        raise InputError(
            f"{second['source']}, line {second['line']}",
            f"this sample of plate '{second['plate']}' is also on plate '{first['plate']}' "
            f"(line {first['line']} of {first['source']})",
            "give repeats the role bridge, or different names",
        )
