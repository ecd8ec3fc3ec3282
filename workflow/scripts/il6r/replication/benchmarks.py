"""What was published, and is it written so that it can be compared?"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from il6r.errors import InputError, shown
from il6r.replication.agreement import Z
from il6r.replication.effect_measures import MEASURES, on_analysis_scale
from il6r.user_tables.table import read_table

# What stands in place of a value where only the direction was published.
DIRECTIONS = {"greater": 1, "less": -1}
# Where a value of a scale must lie, ends left out.
_RANGES = {"percent": (-100.0, np.inf), "ratio": (0.0, np.inf), "odds_ratio": (0.0, np.inf), "r2": (0.0, 1.0)}
_WITH_INTERVAL = ("value", "low", "high")
_NUMBERS = ("low", "high", "about_low", "about_high")


def load(path: str | Path, analyses: Collection[str]) -> pd.DataFrame:
    """Read a table of published effects, as `resources/published_effects.tsv`.

    Parameters
    ----------
    analyses : the plan's; what is published of others is left out.

    Returns
    -------
    DataFrame, one row a benchmark: its columns, `low`, `high`, `about_low` and `about_high` as numbers.

    Raises
    ------
    InputError : a benchmark twice; an unknown scale; a value that is neither a number that its scale has nor
        greater or less; an interval with one end, or around something else than the value.
    """
    required = ("benchmark", "claim", "analysis", "scale", "value", "reference", "doi")
    table = read_table(path, required)
    for name in required:
        table.filled(name)
    frame = table.frame
    for name in _NUMBERS:
        frame[name] = pd.to_numeric(frame.get(name), errors="coerce").astype(float)
    for row in frame.itertuples():
        problem = _problem(row, frame)
        if problem:
            raise InputError(f"{path}, line {row.Index}", problem[0], problem[1])
    return frame[frame["analysis"].isin(list(analyses))].reset_index(drop=True)


def log_ratios(path: str | Path, names: Collection[str]) -> dict[str, tuple[float, float]]:
    """Published ratios by benchmark: the logarithm, and its error from the 95 % interval.

    Raises
    ------
    InputError : what `load` raises; a benchmark that is not there, or is no ratio with an interval.
    """
    if not names:
        return {}
    table = read_table(path, ("benchmark", "analysis"))
    rows = load(path, set(table.frame["analysis"])).set_index("benchmark")
    found = {}
    for name in names:
        if name not in rows.index:
            raise InputError(path, f"there is no benchmark '{name}'", "add it, or correct the plan")
        row = rows.loc[name]
        if row["scale"] not in ("percent", "ratio") or not np.isfinite([row["low"], row["high"]]).all():
            problem = f"the benchmark '{name}' is no percent or ratio with an interval"
            raise InputError(path, problem, "give low and high, or name another first stage in the plan")
        value, low, high = (on_analysis_scale(float(row[key]), row["scale"]) for key in _WITH_INTERVAL)
        found[name] = (value, (high - low) / (2 * Z))
    return found


def _problem(row: Any, frame: pd.DataFrame) -> tuple[str, str] | None:
    """What is wrong with a benchmark, and what to do; None if nothing is."""
    if (frame["benchmark"] == row.benchmark).sum() > 1:
        return f"the benchmark '{row.benchmark}' is there twice", "rename one"
    if row.scale not in MEASURES:
        return f"the scale '{row.scale}' is not known", f"use one of {shown(MEASURES, 6)}"
    if row.value in DIRECTIONS:
        return None
    value = pd.to_numeric(row.value, errors="coerce")
    low, high = _RANGES.get(row.scale, (-np.inf, np.inf))
    if not (np.isfinite(value) and low < value < high) or on_analysis_scale(value, row.scale) == 0:
        return f"its value '{row.value}' is no effect in {row.scale}", "give a number, greater or less"
    for ends in (("low", "high"), ("about_low", "about_high")):
        first, last = (getattr(row, name) for name in ends)
        if np.isnan(first) and np.isnan(last):
            continue
        if not (low < first <= value <= last < high and first < last):
            return f"its {ends[0]} and {ends[1]} are not below and above its value", "give both, or neither"
    return None
