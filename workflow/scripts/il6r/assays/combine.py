"""From results to one row for each participant and visit: replicates together, analytes side by side."""

import numpy as np
import pandas as pd

from il6r import outcomes, units
from il6r.errors import InputError

# What a blood sample's columns are called beside its concentrations.
_SAMPLE: tuple[str, ...] = ("date", "time_point", "matrix", "hours_since_exercise", "freeze_thaw_cycles")
_SAMPLE += ("plasma_volume_change_percent",)
_VISIT = ["participant", "visit"]
_KEY = [*_VISIT, "analyte"]


def refuse_conflicts(results: pd.DataFrame) -> None:
    """InputError where one result was given twice, or an analyte in units that cannot be compared."""
    files = results.groupby(_KEY)["file"].transform("nunique")
    if (files > 1).any():
        second = results[files > 1].iloc[-1]
        first = results[(results[_KEY] == second[_KEY]).all(axis=1)].iloc[0]
        raise InputError(
            second.file if pd.isna(second.line) else f"{second.file}, line {second.line}",
            f"this participant's {second.analyte} at this visit is already in {first.file}",
            "delete it from one of them",
        )
    if "date" in results:
        dates = results.groupby(_VISIT)["date"].transform("nunique")
        if (dates > 1).any():
            second = results[dates > 1].iloc[-1]
            raise InputError(
                second.file if pd.isna(second.line) else f"{second.file}, line {second.line}",
                f"this participant's visit has the date {second.date} here and another elsewhere",
                "give each date a visit of its own",
            )
    forms = results.groupby("analyte")["relative"].nunique()
    if (forms > 1).any():
        analyte = forms[forms > 1].index[0]
        own = results[results["analyte"] == analyte]
        names = [own.loc[own["relative"] == relative, "file"].iloc[0] for relative in (True, False)]
        raise InputError(
            names[0],
            f"it gives {analyte} in relative units, and {names[1]} gives it as concentrations",
            "make two cohorts of them, since neither can be turned into the other",
        )


def average(results: pd.DataFrame) -> pd.DataFrame:
    """One row per participant, visit and analyte.

    Bounds are averaged like values: if one replicate is below its limit, the true average lies between the
    average with 0 and that with the limit in its place, and is kept as censored there. Where no standard
    error is known, replicates give one.

    Parameters
    ----------
    results : as the readers make them, with participants and visits.

    Returns
    -------
    The same columns without `file`, `line`, `sample` and `replicate`, and `censored`; sorted by key.
    """
    # Sums do not depend on the order of a file's lines.
    results = results.sort_values([*_KEY, "file", "plate", "value"], kind="stable").assign(
        censored=results["low"] < results["high"],
        wells_variance=results["se_log"] ** 2,
        quantified=results["value"].where(results["low"] == results["high"]),
    )
    groups = results.groupby(_KEY, sort=True)
    first = {name: (name, "first") for name in (*_SAMPLE, "plate", "relative") if name in results}
    visits = groups.agg(
        **first,
        value=("value", "mean"),
        low=("low", "mean"),
        high=("high", "mean"),
        censored=("censored", "any"),
        replicates=("replicates", "sum"),
        rows=("value", "size"),
        variance=("wells_variance", "sum"),
        known=("wells_variance", "count"),
        own_cv_percent=("cv_percent", "first"),
        mean=("quantified", "mean"),
        spread=("quantified", "std"),
    )
    visits["replicates"] = visits["replicates"].astype("Int64")
    cv = (100 * visits["spread"] / visits["mean"]).where(visits["rows"] > 1, visits["own_cv_percent"])
    from_replicates = cv / 100 / np.sqrt(visits["replicates"].astype(float))
    visits["cv_percent"] = cv
    from_wells = np.sqrt(visits["variance"]) / visits["rows"]
    visits["se_log"] = from_wells.where(visits["known"] == visits["rows"], from_replicates)
    dropped = ["rows", "variance", "known", "own_cv_percent", "mean", "spread"]
    return visits.drop(columns=dropped).reset_index()


def by_visit(visits: pd.DataFrame) -> pd.DataFrame:
    """`CONCENTRATIONS` from the rows of `average`."""
    samples = visits.groupby(_VISIT, sort=True)
    wide = samples[[name for name in _SAMPLE if name in visits]].first()
    for analyte, outcome in outcomes.ANALYTES.items():
        rows = visits[visits["analyte"] == analyte].set_index(_VISIT)
        if rows.empty:
            continue
        level = outcome.relative if rows["relative"].any() else outcome.column
        low, high = outcome.bounds(level)
        for name, column in (
            ("value", level),
            ("low", low),
            ("high", high),
            *((name, f"{analyte}_{name}") for name in ("se_log", "replicates", "cv_percent", "plate")),
        ):
            wide[column] = rows[name]
        wide[f"{analyte}_censored"] = rows["censored"].astype("boolean")
    return wide.reset_index()


def quality(visits: pd.DataFrame, ranges: pd.DataFrame, notes: dict[str, str]) -> pd.DataFrame:
    """`ASSAYS_QC` from the rows of `average`.

    Parameters
    ----------
    ranges : `resources/reference_ranges.tsv`.
    notes : what is to be said of an analyte's level.
    """
    rows = []
    for analyte in outcomes.ANALYTES:
        own = visits[visits["analyte"] == analyte]
        if own.empty:
            continue
        relative, published = own["relative"].any(), ranges[ranges["analyte"] == analyte]
        rows.append(
            {
                "analyte": analyte,
                "unit": units.RELATIVE if relative else outcomes.ANALYTES[analyte].unit,
                "samples": len(own),
                "below_limit": int((own["censored"] & np.isfinite(own["high"])).sum()),
                "above_limit": int(np.isinf(own["high"]).sum()),
                "median": own["value"].median(),
                "median_cv_percent": own["cv_percent"].median(),
                "reference_low": np.nan if relative else published["low"].min(),
                "reference_high": np.nan if relative else published["high"].max(),
                "note": notes.get(analyte),
            }
        )
    return pd.DataFrame(rows)
