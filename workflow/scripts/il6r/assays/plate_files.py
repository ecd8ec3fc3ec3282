"""What did the reader measure in each well of the ELISA plates, and what does the layout say is in it?"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from il6r.assays import plate_layouts, plate_wells
from il6r.errors import InputError
from il6r.user_tables.cell_numbers import to_numbers
from il6r.user_tables.table import UserTable

_KNOWN = ("plate", "well", "od")
COLUMNS = (
    *("file", "plate", "row", "column", "od", "over", "role", "name"),
    *("concentration", "dilution", "low", "high", "line"),
)
# What readers write in place of a reading beyond their range.
_OVER = r"(?i)(over|ovr|ovf)[\w ]*|#+|#?sat(urated)?|> *\d.*"
# Subtracting a blank takes an OD a little below zero; readers of absorbance end between 3 and 6.
_LOWEST_OD, _HIGHEST_OD = -0.2, 10.0
# A kit's highest standard reads 20 to 50 times its blank at the kit's wavelength, and like it at another.
_LEAST_RISE = 3.0
# Wells of half of the plates; no curve has fewer, and names of samples in the place of plates would.
_FEWEST_WELLS = 4
# Levels of the standards from which their order can be told.
_LEVELS = 4


def read_plates(
    files,
    layouts,
    columns: dict[str, str] | None = None,
    dilution: float = 1.0,
    sheet: str | None = None,
) -> pd.DataFrame:
    """Read the optical densities of ELISA plates and what their layout says is in each well.

    Readings are a long table (`plate`, `well` such as A1 or h12, `od`) or plate grids, and so is the layout
    (`plate`, `well`, `role`, `name`, `concentration`, `dilution`, `low`, `high`; in a grid "STD 2000",
    "BLANK", "CTRL high", "BRIDGE pool", or a sample's name). Readings without a plate belong to one that is
    named as the file is, or as the sheet where a workbook has several. A layout's line without a plate holds
    for every plate; a sample's must then be the only one. Plates match by name, with or without "plate".

    Parameters
    ----------
    files : csv, tsv (gzip by name) or xlsx files of readings.
    layouts : one for all files, or one for each of them in order.
    columns : our column name to the files'.
    dilution : of samples, controls and bridges of which the layout says none.
    sheet : the only one of workbooks of readings that is read.

    Returns
    -------
    pandas.DataFrame : one row per well that has both a reading and a role, by plate (in order of the files),
        row and column: `COLUMNS`, with `row` and `column` from 0, `od` NaN where `over` (beyond the reader's
        range), concentrations in the source's unit, `line` that of the layout. `attrs` counts what is not in
        it: readings "not in the layout", and wells of the layout with "no reading".

    Raises
    ------
    InputError : what the readers of files raise; wells twice, or on no plate; readings and layout of
        different plates; roles, names, numbers that cannot be; and what `refuse_impossible` raises.
    """
    files, layouts, columns = list(files), list(layouts), columns or {}
    if len(layouts) not in (1, len(files)):
        raise InputError(
            (layouts or files)[0],
            f"there are {len(layouts)} layouts for {len(files)} files of readings",
            "give one layout for all, or one for each file in the same order",
        )
    _refuse_other_order(files, layouts)
    readings = _readings(files, columns, sheet)
    if len(layouts) == 1:
        readings["part"] = 0
    layout = plate_layouts.place(plate_layouts.read(layouts, columns), readings)
    wells = _matched(readings, layout, dilution)
    refuse_impossible(wells)
    return wells


def refuse_impossible(wells: pd.DataFrame) -> None:
    """InputError for the first plate whose readings cannot be those of this layout's assay.

    Refused are optical densities that are none, plates that read the same everywhere, standards whose
    optical density falls as they rise (Spearman's correlation below 0, from 4 levels) or is exchanged with
    their concentration, and a highest standard below 3 times the blank (without one, the lowest standard).

    Parameters
    ----------
    wells : as `read_plates` gives them.
    """
    for wrong, problem in (
        (wells["od"] < _LOWEST_OD, f"is below {_LOWEST_OD:g}"),
        (wells["od"] > _HIGHEST_OD, f"is above {_HIGHEST_OD:g}"),
    ):
        if wrong.any():
            well = wells.loc[wrong.idxmax()]
            raise InputError(
                f"{well['file']}, plate '{well['plate']}', well {plate_wells.label(well)}",
                f"an OD of {well['od']:g} {problem}",
                "give optical densities, not raw counts, percent or concentrations",
            )
    first = wells.groupby("plate", sort=False)["file"].first()

    def refuse(wrong: pd.Series, problem: str, remedy: str) -> None:
        """InputError for the first plate where `wrong`, which is indexed by plate."""
        bad = first.index[wrong.reindex(first.index, fill_value=False).to_numpy(bool)]
        if len(bad):
            raise InputError(f"{first[bad[0]]}, plate '{bad[0]}'", problem, remedy)

    od = wells.groupby("plate", sort=False)["od"].agg(["count", "min", "max"])
    same = (od["count"] > 1) & (od["min"] == od["max"])
    for wrong, problem in (
        (od["count"] == 0, "every reading is beyond the reader's range"),
        (same & (od["max"] == 0), "all its ODs are zero"),
        (same, "all its ODs are the same"),
    ):
        refuse(wrong, problem, "give its readings, or leave the plate out")
    standards = wells[wells["role"] == "standard"]
    refuse(
        _copied(standards),
        "its standards read what those of another plate read, well by well",
        "give its own readings, or leave the plate out",
    )
    refuse(
        _numbered(standards),
        "its standards have the concentrations 1, 2, 3 and so on, which look like their numbers",
        "give the concentrations",
    )
    refuse(
        _exchanged(standards),
        "its standards have ODs like concentrations, and concentrations like ODs",
        "correct the swapped columns",
    )
    levels = _levels(standards)
    refuse(
        _falling(levels),
        "its standards are in the wrong order: their OD falls as the concentration rises",
        "correct the concentrations in the layout, or give the layout of this plate",
    )
    highest = levels.groupby("plate")["od"].last()
    lowest = levels.groupby("plate")["od"].first()[levels.groupby("plate").size() > 1]
    blank = wells[wells["role"] == "blank"].groupby("plate")["od"].mean()
    for base, name in ((blank, "blank"), (lowest.drop(blank.index, errors="ignore"), "lowest standard")):
        refuse(
            highest < _LEAST_RISE * base.reindex(highest.index),
            f"the OD of its highest standard is less than {_LEAST_RISE:g} times that of its {name}: it was "
            "read at another wavelength, or it failed",
            "give the readings at the kit's wavelength, or leave the plate out",
        )


def _readings(files: list, columns: dict[str, str], sheet: str | None) -> pd.DataFrame:
    """`od` and `over` of the wells with a reading, and where they are."""
    wells = plate_wells.read(files, columns, _KNOWN, "od", named_by_file=True, only=sheet)
    for place, rows in wells[~wells["grid"]].groupby("source", sort=False):
        plates = UserTable(rows.set_index("line"), place, True).filled("plate").value_counts()
        if len(plates) > 1 and plates.median() < _FEWEST_WELLS:
            raise InputError(
                place, "its column 'plate' differs from well to well", "correct the swapped columns"
            )

    def where(label) -> str:
        """The place of a reading."""
        well = wells.loc[label]
        name = plate_wells.label(well)
        return f"{well['source']}, line {well['line']}, plate '{well['plate']}', well {name}"

    wells["over"] = wells["od"].str.fullmatch(_OVER).fillna(False).astype(bool)
    wells["od"] = to_numbers(
        wells["od"].mask(wells["over"]), "OD", where, wells["source"], wells["decimal_comma"]
    )
    wells = wells[wells["od"].notna() | wells["over"]]
    without = set(range(len(files))) - set(wells["part"])
    if without:
        raise InputError(files[min(without)], "it holds no reading", "give the file that holds the ODs")
    plate_wells.check(wells)
    return wells[["part", "file", "source", "line", "plate", "row", "column", "od", "over"]].copy()


def _refuse_other_order(files: list, layouts: list) -> None:
    """InputError where numbers in the names say that layouts are given in another order than readings."""
    ours, theirs = (
        [re.findall(r"\d+", Path(path).stem)[-1:] for path in paths] for paths in (files, layouts)
    )
    if len(layouts) > 1 and ours != theirs and [] not in ours and sorted(ours) == sorted(theirs):
        at = next(k for k in range(len(ours)) if ours[k] != theirs[k])
        raise InputError(
            layouts[at], f"it would be the layout of {files[at]}", "give layouts in the order of the readings"
        )


def _matched(readings: pd.DataFrame, layout: pd.DataFrame, dilution: float) -> pd.DataFrame:
    """Each well's reading with what is in it."""
    key = ["part", "plate", "row", "column"]
    layout = layout.drop(columns="source").rename(columns={"line": "layout_line"})
    wells = readings.merge(layout, on=key, how="outer", indicator="of")
    named = wells[wells["of"] != "left_only"]
    share = (named["of"] == "both").groupby([named["part"], named["plate"]]).agg(["sum", "size"])
    poor = share["sum"] < share["size"] / 2
    if poor.any():
        part, plate = poor.idxmax()
        file = readings.loc[(readings["plate"] == plate).idxmax(), "file"]
        got, said = share.loc[(part, plate)]
        raise InputError(
            f"{file}, plate '{plate}'",
            f"only {got} of the {said} wells in its layout have a reading",
            "give the layout of this plate and not of another, and see that no columns are swapped",
        )
    both = wells[wells["of"] == "both"]
    place = pd.factorize(readings["plate"])[1].get_indexer(both["plate"])
    both = both.assign(place=place).sort_values(["place", "row", "column"], ignore_index=True)
    role, name = both["role"], both["name"]
    both["name"] = name.mask(role.isin(("standard", "blank"))).where(
        (role != "control") | name.notna(), "control"
    )
    undiluted = role.isin(("standard", "blank"))
    both["dilution"] = both["dilution"].fillna(undiluted.map({True: 1.0, False: dilution}))
    both["line"] = both["layout_line"]
    types = {"over": bool, "row": "int64", "column": "int64", "line": "Int64"}
    both = both.astype(types | dict.fromkeys(("file", "plate", "role", "name"), "str"))
    both = both[list(COLUMNS)]
    both.attrs = {
        "not in the layout": int((wells["of"] == "left_only").sum()),
        "no reading": int((wells["of"] == "right_only").sum()),
    }
    return both


def _copied(standards: pd.DataFrame) -> pd.Series:
    """Whether a plate was exported twice under two names, which its standards tell, by plate."""
    od = standards["od"].fillna(np.inf).astype(str)
    keys = standards["row"].astype(str) + "-" + standards["column"].astype(str) + ":" + od
    whole = keys.groupby(standards["plate"], sort=False).agg("|".join)
    return whole.duplicated() & (standards.groupby("plate", sort=False).size() >= _LEVELS)


def _numbered(standards: pd.DataFrame) -> pd.Series:
    """Whether the levels of the standards are 1 to n, with or without 0, by plate."""
    levels = standards[standards["concentration"] > 0].groupby("plate")["concentration"]
    n = levels.nunique()
    return (n >= _LEVELS + 1) & (levels.min() == 1) & (levels.max() == n) & (levels.sum() % 1 == 0)


def _exchanged(standards: pd.DataFrame) -> pd.Series:
    """Whether replicates share their OD and not their concentration, which would do as an OD, by plate."""
    plates = standards.groupby("plate").agg(
        wells=("od", "count"),
        ods=("od", "nunique"),
        levels=("concentration", "nunique"),
        highest=("concentration", "max"),
    )
    differ = (plates["levels"] > 0.9 * plates["wells"]) & (plates["highest"] <= _HIGHEST_OD)
    return differ & (plates["wells"] >= _LEVELS) & (plates["ods"] <= plates["wells"] / 2)


def _levels(standards: pd.DataFrame) -> pd.DataFrame:
    """Mean OD of each level, by plate and rising concentration; infinite where a well is beyond the range."""
    groups = standards.groupby(["plate", "concentration"])
    levels = groups.agg(od=("od", "mean"), over=("over", "any"))
    levels["od"] = levels["od"].where(~levels["over"], np.inf)
    return levels.reset_index()


def _falling(levels: pd.DataFrame) -> pd.Series:
    """Whether OD and concentration are correlated negatively by their ranks, by plate."""
    ranks = levels.groupby("plate")[["od", "concentration"]].rank()
    ranks -= ranks.groupby(levels["plate"]).transform("mean")
    product = (ranks["od"] * ranks["concentration"]).groupby(levels["plate"])
    return (product.sum() < 0) & (product.size() >= _LEVELS)
