"""What does a table with one concentration a line say, and which of its values are only limits?"""

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from il6r.errors import InputError, quoted
from il6r.units import CANONICAL, factor
from il6r.user_tables.cell_numbers import to_numbers
from il6r.user_tables.table import OpenTable, UserTable, open_table

# Spellings, without what is neither letter nor digit. In plasma and serum the receptors are the soluble ones.
_NAMES = {
    **dict.fromkeys(("sil6r", "il6sr", "sil6ra", "solubleil6r", "solubleil6receptor"), "sil6r"),
    **dict.fromkeys(("il6r", "il6ra"), "sil6r"),
    **dict.fromkeys(("il6", "hsil6", "il6hs", "interleukin6"), "il6"),
    **dict.fromkeys(("sgp130", "solublegp130", "gp130", "il6st", "sil6st"), "sgp130"),
}  # fmt: skip
# What is written for a result below or above a limit, without blanks and full stops.
_BELOW = ("lod", "oor<", "llod", "lloq", "loq", "blq", "blod", "bloq", "bdl", "bld", "bql", "nd",
          "notdetected")  # fmt: skip
_ABOVE = ("uloq", "oor>", "alq", "aloq")
_SIGN = r"^(<=?|≤|>=?|≥)"
_RANGE = re.compile(r"[\d.,]+\s*(?:-|–|—|to)\s*[\d.,]+")
# What spreadsheets make of a number or a range that looks like one.
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|\d{1,2}-[A-Za-z]{3}(-\d{2,4})?|[A-Za-z]{3}-\d{2,4}")
# The largest number, and the smallest above zero, that can be a concentration in any unit.
_MOST, _LEAST = 1e12, 1e-12
# Absolute levels differ up to tenfold between kits (see reference_ranges.tsv), so only a median that
# is further off than that is questioned.
_KIT_SPREAD = 10.0
# How many times its plate's median a value may be. IL-6 rises thousands of times in an ultramarathon
# (Nash 2022, 10.1111/sms.14241); the receptors never do.
_FOLD = {"sil6r": 100.0, "il6": 1e5, "sgp130": 100.0}
_TEXTS = ("visit", "date", "plate", "replicate")


class Source(NamedTuple):
    """A table that is not read yet.

    Attributes
    ----------
    path, place : the file, and what sentences call it: with its sheet, if it is a workbook.
    names : the columns'.
    decimal_comma : whether a comma may be a decimal one, since it does not separate columns.
    opened : the table.
    """

    path: str
    place: str
    names: list[str]
    decimal_comma: bool
    opened: OpenTable

    def at(self, line) -> str:
        """A line, as sentences call it."""
        return f"{self.place}, line {line}"

    def read(self, required: list[str], rename: dict[str, str], numeric: list[str]) -> UserTable:
        """The table; cells of `numeric` and of IDs may not be Excel's dates."""
        table = self.opened.table(required, rename)
        table.refuse_faults({*required, *numeric, "participant", "sample_id", *_TEXTS} - {"date"})
        return table


def read_long(
    path,
    *,
    columns: dict[str, str] | None = None,
    sheet: str | None = None,
    lod: dict[str, float] | None = None,
) -> tuple[pd.DataFrame, list[tuple[str, int]]]:
    """Read a table with one result a line.

    It has `participant` (or `sample_id`), `analyte` (sIL-6R, IL-6 or sgp130), `value` and `unit`; optionally
    `visit`, `date`, `plate`, `replicate`, and the limits `lod` and `uloq` in the line's unit. A value is a
    number; `<x` or `>x` for one beyond the limit x; `LOD`, `LLOQ`, `BLQ`, `ND` (also with `<`) for one below
    the `lod`, `ULOQ` for one above the `uloq`; empty where it is missing. A number beyond a limit that is
    known is taken as beyond it, since it is an extrapolation or a substitute.

    Parameters
    ----------
    path : any table that `user_tables.table.read_table` reads.
    columns : our column name to the file's.
    sheet : of a workbook.
    lod : limits by analyte for lines without their own, in the unit of its lines.

    Returns
    -------
    results : one row per measured value, in canonical units; `low` and `high` bound the true value.
    counts : (reason, dropped) for lines that give no result.

    Raises
    ------
    InputError : what `open_table` raises; swapped columns; an unknown unit or analyte; a value that is
        negative, zero, a range, a date, or beyond a limit that nothing tells; decimal commas that may be
        thousands; the same result twice.
    """
    columns = columns or {}
    source = open_source(path, columns, sheet)
    if "NPX" in source.names and "value" not in {*source.names, *columns}:
        raise InputError(path, "it holds Olink's NPX, no concentrations", "give it as form: npx")
    sample = sample_column(source.names, columns)
    table = source.read([sample, "analyte", "value", "unit"], columns, ["lod", "uloq"])
    frame = table.frame
    _refuse_swapped(frame, columns, source)
    for column in (sample, "analyte"):
        table.filled(column)
    analytes = _analytes(frame, source)
    values = quantified(
        frame["value"],
        "value",
        source,
        lod=_limits(frame, "lod", lod or {}, analytes, source),
        uloq=_limits(frame, "uloq", {}, analytes, source),
    )
    factors = _factors(frame, analytes, values["value"].notna(), source)
    results = assemble(table, sample, analytes, values.mul(factors, axis=0), source.path)
    refuse_repeats(results, sample, source)
    return results, [("no value", len(frame) - len(results))]


def open_source(path, columns: dict[str, str], sheet: str | None) -> Source:
    """A file's one table; of a workbook's sheets the one named, or that has participants or samples.

    Raises
    ------
    InputError : what `open_table` raises.
    """
    theirs = {columns.get(name, name) for name in ("participant", "sample_id")}
    opened = open_table(path, sheet, lambda names: bool(theirs & set(names)))
    return Source(str(path), opened.place, opened.names, opened.decimal_comma, opened)


def sample_column(names: list[str], columns: dict[str, str]) -> str:
    """Which column says whose result it is: `participant` or `sample_id`."""
    for given in (columns, names):
        for name in ("participant", "sample_id"):
            if name in given:
                return name
    return "participant"


def analyte_of(name: str) -> str | None:
    """The analyte a text names, None if it names none."""
    return _NAMES.get(re.sub(r"[^a-z0-9]", "", name.casefold().replace("α", "a")))


def optional(frame: pd.DataFrame, column: str) -> pd.Series:
    """`column` of `frame` as text, missing throughout where there is none."""
    return frame[column] if column in frame else pd.Series(None, index=frame.index, dtype="str")


def numbers(cells: pd.Series, label: str, at: Callable[[object], str], decimal_comma: bool) -> pd.Series:
    """`to_numbers` of one file's column, indexed by line."""
    one_sheet, comma = (pd.Series(value, index=cells.index) for value in ("", decimal_comma))
    return to_numbers(cells, label, at, one_sheet, comma)


def quantified(
    cells: pd.Series, label: str, source: Source, *, lod: pd.Series, uloq: pd.Series
) -> pd.DataFrame:
    """What cells say about a concentration, in the cells' unit.

    Parameters
    ----------
    cells : text, indexed by line.
    label : the column's name in sentences.
    lod, uloq : the limits of detection and upper quantification of each cell, NaN where unknown.

    Returns
    -------
    DataFrame of `value`, `low` and `high`; NaN where the cell is empty.

    Raises
    ------
    InputError : as `read_long`.
    """
    bare, below, above = _qualifiers(cells, label, source, lod, uloq)
    _refuse_ranges_and_dates(bare, label, source)
    value = _numbers(bare, label, source)
    wrong = value < _LEAST
    if wrong.any():
        line = wrong.idxmax()
        problem = "is negative" if value[line] < 0 else "is zero"
        raise InputError(
            source.at(line),
            f"concentration {quoted(cells[line])} {problem}",
            "write a value below the detection limit as '<limit', a missing one as an empty cell",
        )
    # Words and extrapolations stand for the limit; '<x' and '>x' for x.
    plain = ~(below | above)
    for beyond, outside, limit in ((below, value < lod, lod), (above, value > uloq, uloq)):
        value = value.mask((beyond & value.isna()) | (plain & outside), limit)
        beyond |= plain & outside
    return pd.DataFrame({"value": value, "low": value.mask(below, 0.0), "high": value.mask(above, np.inf)})


def assemble(table: UserTable, sample: str, analyte, values: pd.DataFrame, path: str) -> pd.DataFrame:
    """The results of a table: one row per value that is there.

    Parameters
    ----------
    table : with the column `sample` and any of visit, date, plate and replicate.
    analyte : one, or one per line.
    values : `quantified`, in canonical units.
    """
    frame = table.frame
    texts = {column: optional(frame, column) for column in _TEXTS}
    if "date" in table:
        texts["date"] = table.dates("date")
    results = pd.DataFrame(
        {
            "file": path,
            "line": pd.array(frame.index, dtype="Int64"),
            "sample": frame[sample],
            "named_by": sample,
            **texts,
            "analyte": analyte,
            **values,
            "se_log": np.nan,
            "replicates": pd.array([1], dtype="Int64").repeat(len(frame)),
            "cv_percent": np.nan,
            "relative": False,
        }
    )
    results = results[values["value"].notna()]
    return results.astype(dict.fromkeys(("file", "sample", *_TEXTS, "analyte"), "str"))


def refuse_repeats(results: pd.DataFrame, sample: str, source: Source) -> None:
    """InputError where nothing is measured, or a result is there twice and no replicate tells them apart."""
    # Without visits, dates tell visits apart.
    if results.empty:
        raise InputError(source.place, "it holds no value", "give at least one measured concentration")
    visit = results["visit"].fillna("1")
    if results["visit"].isna().all():
        dates = results.groupby(["sample", "analyte"])["date"].nunique()
        visit = results["date"] if (dates > 1).any() else visit
    keys = results.assign(visit=visit)[["sample", "visit", "analyte", "replicate"]].fillna("")
    repeated = keys.duplicated()
    if repeated.any():
        second = int(np.argmax(repeated))
        key = keys.iloc[second]
        first = int(np.argmax((keys == key).all(axis=1)))
        lines = results["line"].iloc[[first, second]].tolist()
        owner = "participant" if sample == "participant" else "sample"
        raise InputError(
            source.at(lines[1]),
            f"this {owner}'s {key['analyte']} at visit {quoted(key['visit'])} is already on line {lines[0]}",
            "delete one of them, or number them in a 'replicate' column",
        )


def check_levels(results: pd.DataFrame, ranges: pd.DataFrame) -> dict[str, str]:
    """Refuse slips of unit, plate by plate; note medians that are off by more than kits differ.

    Parameters
    ----------
    results : of any readers; those in relative units are left alone.
    ranges : `resources/reference_ranges.tsv`.

    Returns
    -------
    What is to be said of an analyte's level, by analyte.

    Raises
    ------
    InputError : a value in another unit than the rest of its plate, or a plate a thousandfold off
        published values.
    """
    results = results[~results["relative"]].reset_index(drop=True)
    if results.empty:
        return {}
    results = results.assign(plate=results["plate"].fillna(""))
    groups = ["analyte", "file", "plate"]
    _refuse_far_off(results, results.groupby(groups)["value"].transform("median"))
    exact = results[results["low"] == results["high"]]
    plates = exact.groupby(groups)["value"].agg(["median", "size"]).reset_index()
    published = ranges.groupby("analyte").agg(low=("low", "min"), high=("high", "max"))
    plates = plates.join(published, on="analyte")
    median, low, high = plates["median"], plates["low"] / _KIT_SPREAD, plates["high"] * _KIT_SPREAD
    plates["off"] = ~median.between(low, high)
    for off, direction in ((1e3, "low"), (1e-3, "high")):
        slipped = plates["off"] & (median * off).between(low, high) & (plates["size"] >= 3)
        if slipped.any():
            row = plates.loc[slipped.idxmax()]
            unit = CANONICAL[row.analyte]
            raise InputError(
                f"{row.file}, plate '{row.plate}'" if row.plate else row.file,
                f"the median {row.analyte} is {row['median']:.3g} {unit}, a thousandfold too {direction} for "
                f"published values of {row.low:g} to {row.high:g} {unit}",
                "correct the unit (or, of plates, the dilution)",
            )
    named = {
        row.analyte: f"plate '{row.plate}'" if row.plate else "the file"
        for row in plates[plates["off"]].itertuples()
    }
    return {
        analyte: f"the median of {where} is outside published values even across kits"
        for analyte, where in named.items()
    }


def _refuse_swapped(frame: pd.DataFrame, columns: dict[str, str], source: Source) -> None:
    """A column without one cell of its kind, beside another that holds nothing else."""

    def are_values(cells):
        """Cells that are a number, or a limit in numbers or words."""
        plain = cells.str.casefold().str.replace(rf"{_SIGN}|[\s.]", "", regex=True)
        return plain.isin(_BELOW + _ABOVE) | plain.str.fullmatch(r"[+-]?[\d,]+(?:e[+-]?\d+)?")

    def are_analytes(cells):
        """Cells that name an analyte."""
        return cells.map({text: analyte_of(text) is not None for text in cells.unique()}).astype(bool)

    for column, kind, fits in (("analyte", "analyte", are_analytes), ("value", "number", are_values)):
        cells = optional(frame, column).dropna()
        if cells.empty or fits(cells.iloc[:1]).all() or fits(cells).any():
            continue
        for other in ("participant", "sample_id", "analyte", "value", "unit"):
            there = optional(frame, other).dropna()
            if len(there) and fits(there).all():
                raise InputError(
                    source.place,
                    f"column {quoted(columns.get(column, column))} holds no {kind} and column "
                    f"{quoted(columns.get(other, other))} nothing else",
                    "correct the header, or say which column is which under 'columns' in the config",
                )


def _analytes(frame: pd.DataFrame, source: Source) -> pd.Series:
    known = {text: analyte_of(text) for text in frame["analyte"].unique()}
    for text, analyte in known.items():
        if analyte is None:
            raise InputError(
                source.at((frame["analyte"] == text).idxmax()),
                f"unknown analyte {quoted(text)}",
                "use sIL-6R, IL-6 or sgp130",
            )
    return frame["analyte"].map(known)


def _limits(frame, column: str, configured: dict[str, float], analytes, source: Source) -> pd.Series:
    """The limit of each line in its unit, NaN where there is none."""
    limit = _numbers(optional(frame, column), column, source)
    wrong = limit < _LEAST
    if wrong.any():
        line = wrong.idxmax()
        raise InputError(
            source.at(line),
            f"{column} {quoted(frame.at[line, column])} is not above zero",
            "correct it, or leave the cell empty if it is not known",
        )
    for analyte, given in configured.items():
        unlimited = (analytes == analyte) & limit.isna()
        written = frame.loc[unlimited, "unit"].dropna().unique()
        if len({factor(text, analyte, source.place) for text in written}) > 1:
            raise InputError(
                source.place,
                f"the config's {column} of {analyte} is one number, and the file has units "
                + " and ".join(map(quoted, sorted(written))),
                f"write each line's limit in a column '{column}'",
            )
        limit = limit.mask(unlimited, given)
    return limit


def _numbers(cells: pd.Series, label: str, source: Source) -> pd.Series:
    values = numbers(cells, label, source.at, source.decimal_comma)
    if (values > _MOST).any():
        line = (values > _MOST).idxmax()
        raise InputError(
            source.at(line), f"{label} {quoted(cells[line])} is too large for a concentration", "correct it"
        )
    return values


def _qualifiers(cells, label: str, source: Source, lod, uloq) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Cells without signs and words, and which are below and above a limit."""
    rest = cells[cells.notna() & pd.to_numeric(cells, errors="coerce").isna()]
    parts = rest.str.extract(rf"{_SIGN}\s*(.*)$")
    sign, body = parts[0].fillna(""), parts[1].where(parts[0].notna(), rest)
    word = body.str.casefold().str.replace(r"[\s.]", "", regex=True)
    below, above = word.isin(_BELOW), word.isin(_ABOVE)
    for words, contrary, limit, remedy in (
        (below, "[>≥]", lod, "write it as '<limit', or give the limit as lod"),
        (above, "[<≤]", uloq, "write it as '>limit'"),
    ):
        against = words & sign.str.match(contrary)
        unknown = words & limit[rest.index].isna()
        if (against | unknown).any():
            line = (against | unknown).idxmax()
            problem = "contradicts itself" if against[line] else "does not say the limit"
            raise InputError(
                source.at(line),
                f"{label} {quoted(rest[line])} {problem}",
                f"{remedy}; leave the cell empty if nothing was measured",
            )
    bare = cells.copy()
    bare[rest.index] = body.where(~(below | above))
    below, above = below | sign.str.match("[<≤]"), above | sign.str.match("[>≥]")
    return bare, *(marked.reindex(cells.index, fill_value=False) for marked in (below, above))


def _refuse_ranges_and_dates(cells: pd.Series, label: str, source: Source) -> None:
    rest = cells[cells.notna() & pd.to_numeric(cells, errors="coerce").isna()]
    for pattern, what, remedy in (
        (_DATE, "a date", "format the column as numbers before it is exported, and correct the value"),
        (_RANGE, "a range", "write one number, or '<limit' or '>limit'"),
    ):
        found = rest.str.fullmatch(pattern)
        if found.any():
            line = found.idxmax()
            raise InputError(source.at(line), f"{label} {quoted(rest[line])} is {what}", remedy)


def _factors(frame: pd.DataFrame, analytes: pd.Series, measured: pd.Series, source: Source) -> pd.Series:
    """What takes each line's value to its analyte's canonical unit; NaN where nothing was measured."""
    factors = pd.Series(np.nan, index=frame.index)
    pairs = frame.loc[measured, ["unit"]].assign(analyte=analytes[measured])
    for (unit, analyte), rows in pairs.fillna({"unit": ""}).groupby(["unit", "analyte"]):
        where = source.at(rows.index[0])
        if not unit:
            raise InputError(where, "the concentration has no unit", "fill in the unit column")
        factors[rows.index] = factor(unit, analyte, where)
    return factors


def _refuse_far_off(results: pd.DataFrame, medians: pd.Series) -> None:
    """One row in another unit than the rest of its plate."""
    fold, ratio = results["analyte"].map(_FOLD), results["value"] / medians
    off = (ratio > fold) | (ratio * fold < 1)
    if off.any():
        row = results.loc[off.idxmax()]
        where = f"line {row.line}" if pd.notna(row.line) else f"plate '{row.plate}'"
        raise InputError(
            f"{row.file}, {where}",
            f"the {row.analyte} value is {ratio[row.name]:.2g} times the median of its plate",
            "correct the value or its unit",
        )
