"""How much sIL-6R, IL-6 and sgp130 is in each sample, and how sure is that?"""

import re

import numpy as np
import pandas as pd

from il6r import delimited, units
from il6r.errors import InputError, quoted

_NAMES = {
    "sil6r": "sil6r", "sil-6r": "sil6r", "il6sr": "sil6r", "solubleil6r": "sil6r",
    "il6": "il6", "il-6": "il6",
    "sgp130": "sgp130", "solublegp130": "sgp130",
}  # fmt: skip
_CENSORED = re.compile(r"<\s*(.+)$")
# Absolute levels differ up to tenfold between kits (see reference_ranges.tsv), so only a median that
# is further off than that is questioned.
_KIT_SPREAD = 10.0


def read_assays(
    path, cohort: str, ranges: pd.DataFrame, *, columns: dict[str, str] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Read a tidy table of assay results into one row per participant and visit.

    The file has one result a line: `participant`, `analyte` (sIL-6R, IL-6 or sgp130), `value` (a
    number, `<x` for below the limit x, empty for missing) and `unit`; optionally `visit`, `date`,
    `plate` and `replicate`. Replicates are averaged; if one is below its limit, the true average is
    below the average with the limit in its place, and is kept as censored there. Without `visit`, a
    participant's dates tell visits apart.

    Parameters
    ----------
    path : csv or tsv, gzip by name.
    ranges : `resources/reference_ranges.tsv`.
    columns : our column name to the file's.

    Returns
    -------
    concentrations : `tables.CONCENTRATIONS`, in canonical units.
    qc : `tables.ASSAY_QC`.
    flow : the assay stage's part of `tables.FLOW`, counting results.

    Raises
    ------
    InputError : what `delimited` raises; an unknown unit or analyte; a value that is negative or
        zero; the same result twice; a plate a thousandfold off the published range.
    """
    frame = delimited.read(path, ("participant", "analyte", "value", "unit"), columns)
    for column in ("participant", "analyte"):
        delimited.filled(frame, column, path)
    results = pd.DataFrame(
        {
            "participant": frame["participant"],
            "date": delimited.dates(frame, "date", path) if "date" in frame else None,
            "plate": _optional(frame, "plate"),
            "replicate": _optional(frame, "replicate"),
            "analyte": _analytes(frame, path),
        }
    )
    results["visit"] = _visits(frame, results)
    results["value"], results["censored"] = _concentrations(frame, results["analyte"], path)
    missing = results["value"].isna()
    results = results[~missing]
    if results.empty:
        raise InputError(path, "it holds no value", "give at least one measured concentration")
    _refuse_duplicates(results, path)
    notes = _check_ranges(results, ranges, path)
    visits = _average(results)
    wide = _by_visit(visits, results)
    qc = [
        _quality(visits[visits["analyte"] == analyte], analyte, ranges, notes.get(analyte))
        for analyte in units.CANONICAL
        if (visits["analyte"] == analyte).any()
    ]
    read, measured, averaged = len(frame), len(results), len(visits)
    steps = [
        ("results", "in the assay file", 0, read),
        ("results", "no value", read - measured, measured),
        ("results", "averaged into another replicate", measured - averaged, averaged),
    ]
    flow = pd.DataFrame(steps, columns=["counted", "reason", "dropped", "left"])
    flow = flow.assign(cohort=cohort, stage="assays", analysis=None)
    return wide, pd.DataFrame(qc), flow


def _optional(frame: pd.DataFrame, column: str) -> pd.Series:
    return frame[column] if column in frame else pd.Series(None, index=frame.index, dtype="str")


def _visits(frame: pd.DataFrame, results: pd.DataFrame) -> pd.Series:
    if "visit" in frame:
        return frame["visit"].fillna("1")
    dates = results.groupby(["participant", "analyte"])["date"].nunique()
    return results["date"] if (dates > 1).any() else pd.Series("1", index=frame.index)


def _analytes(frame: pd.DataFrame, path) -> pd.Series:
    known = {
        text: _NAMES.get(text.lower().replace(" ", "").replace("_", "")) for text in frame["analyte"].unique()
    }
    for text, analyte in known.items():
        if analyte is None:
            line = (frame["analyte"] == text).idxmax()
            raise InputError(
                f"{path}, line {line}", f"unknown analyte {quoted(text)}", "use sIL-6R, IL-6 or sgp130"
            )
    return frame["analyte"].map(known)


def _concentrations(frame, analytes, path) -> tuple[pd.Series, pd.Series]:
    limit = frame["value"].str.extract(_CENSORED, expand=False)
    censored = limit.notna()
    bare = frame.assign(value=frame["value"].where(~censored, limit))
    value = delimited.numbers(bare, "value", path, -1e12, 1e12)
    wrong = value <= 0
    if wrong.any():
        line = wrong.idxmax()
        problem = "is negative" if value[line] < 0 else "is zero"
        raise InputError(
            f"{path}, line {line}",
            f"concentration '{frame.at[line, 'value']}' {problem}",
            "write a value below the detection limit as '<limit', a missing one as an empty cell",
        )
    measured = value.notna()
    factors = pd.Series(np.nan, index=frame.index)
    pairs = frame.loc[measured, ["unit"]].assign(analyte=analytes[measured])
    for (unit, analyte), rows in pairs.fillna({"unit": ""}).groupby(["unit", "analyte"]):
        where = f"{path}, line {rows.index[0]}"
        if not unit:
            raise InputError(where, "the concentration has no unit", "fill in the unit column")
        factors[rows.index] = units.factor(unit, analyte, where)
    return value * factors, censored & measured


def _refuse_duplicates(results: pd.DataFrame, path) -> None:
    key = ["participant", "visit", "analyte", "replicate"]
    duplicated = results.duplicated(key)
    if duplicated.any():
        second = duplicated.idxmax()
        row = results.loc[second]
        same = (results[key].fillna("") == row[key].fillna("")).all(axis=1)
        raise InputError(
            f"{path}, line {second}",
            f"this participant's {row.analyte} at visit '{row.visit}' is already on line {same.idxmax()}",
            "delete one of them, or number them in a 'replicate' column",
        )


def _span(ranges: pd.DataFrame, analyte: str) -> tuple[float, float]:
    rows = ranges[ranges["analyte"] == analyte]
    return rows["low"].min(), rows["high"].max()


def _check_ranges(results: pd.DataFrame, ranges: pd.DataFrame, path) -> dict[str, str]:
    """Refuse thousandfold slips, plate by plate; note medians that are off by more than kits differ."""
    notes = {}
    for (analyte, plate), rows in results.assign(plate=results["plate"].fillna("")).groupby(
        ["analyte", "plate"]
    ):
        _refuse_far_off(rows["value"], analyte, path)
        quantified = rows.loc[~rows["censored"], "value"]
        if quantified.empty:
            continue
        low, high = _span(ranges, analyte)
        low, high = low / _KIT_SPREAD, high * _KIT_SPREAD
        median, unit = quantified.median(), units.CANONICAL[analyte]
        if low <= median <= high:
            continue
        where = f"{path}, plate '{plate}'" if plate else path
        for off, direction in ((1e3, "low"), (1e-3, "high")):
            if low <= median * off <= high and len(quantified) >= 3:
                raise InputError(
                    where,
                    f"the median {analyte} is {median:.3g} {unit}, a thousandfold too {direction} for "
                    f"published values of {low * _KIT_SPREAD:g} to {high / _KIT_SPREAD:g} {unit}",
                    "correct the unit column",
                )
        notes[analyte] = f"the median of {where} is outside published values even across kits"
    return {
        analyte: note.replace(f"{path}, ", "").replace(str(path), "the file")
        for analyte, note in notes.items()
    }


def _refuse_far_off(values: pd.Series, analyte: str, path) -> None:
    """One row in another unit than the rest of its plate."""
    # IL-6 rises thousands of times in an ultramarathon (Nash 2022); the receptors never do.
    fold = {"il6": 1e5}.get(analyte, 100.0)
    median = values.median()
    off = (values > fold * median) | (values < median / fold)
    if off.any():
        line = off.idxmax()
        raise InputError(
            f"{path}, line {line}",
            f"the {analyte} value is {values[line] / median:.2g} times the median of its plate",
            "correct the value or its unit",
        )


def _average(results: pd.DataFrame) -> pd.DataFrame:
    """One row per participant, visit and analyte."""
    key = ["participant", "visit", "analyte"]
    groups = results.groupby(key, sort=True)
    visits = groups.agg(
        date=("date", "first"),
        plate=("plate", "first"),
        value=("value", "mean"),
        censored=("censored", "any"),
        replicates=("value", "size"),
    )
    visits["replicates"] = visits["replicates"].astype("Int64")
    quantified = results[~results["censored"]].groupby(key)["value"]
    visits["cv_percent"] = 100 * quantified.std(ddof=1) / quantified.mean()
    return visits.reset_index()


def _by_visit(visits: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    key = ["participant", "visit"]
    wide = results.groupby(key, sort=True)["date"].first().to_frame()
    for analyte, column in units.COLUMN.items():
        rows = visits[visits["analyte"] == analyte].set_index(key)
        if rows.empty:
            continue
        wide[column] = rows["value"]
        wide[f"{analyte}_censored"] = rows["censored"].astype("boolean")
        wide[f"{analyte}_replicates"] = rows["replicates"]
        wide[f"{analyte}_cv_percent"] = rows["cv_percent"]
        wide[f"{analyte}_plate"] = rows["plate"]
    return wide.reset_index()


def _quality(rows: pd.DataFrame, analyte: str, ranges: pd.DataFrame, note: str | None) -> dict:
    low, high = _span(ranges, analyte)
    return {
        "analyte": analyte,
        "unit": units.CANONICAL[analyte],
        "samples": len(rows),
        "below_limit": int(rows["censored"].sum()),
        "median": rows["value"].median(),
        "median_cv_percent": rows["cv_percent"].median(),
        "reference_low": low,
        "reference_high": high,
        "note": note,
    }
