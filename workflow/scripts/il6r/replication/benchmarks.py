"""What was published, and is it written so that it can be compared?"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from il6r.errors import InputError, shown
from il6r.replication.agreement import Z
from il6r.replication.effect_measures import MEASURES, on_analysis_scale, on_measure
from il6r.user_tables.table import read_table

# What stands in place of a value where only the direction was published.
DIRECTIONS = {"greater": 1, "less": -1}
# The one value of a claim that its verdict is set against, the largest study where that is another, the rest.
ROLES = ("primary", "best", "context")
# What each kind of published value may say beside its value. ("null" would be read as an empty cell.)
KINDS = {
    "effect": ("low", "high", "p"),
    "about": (),
    "direction": (),
    "correlation": ("low", "high", "n_pairs"),
    "standardised": ("low", "high"),
    "no_effect": ("bound",),
    "bound": ("bound",),
}
# Kinds that have a scale to themselves.
_SCALE_OF = {"correlation": "correlation", "standardised": "sd"}
# Where a value of a scale must lie, ends left out.
_RANGES = {
    "percent": (-100.0, np.inf),
    "ratio": (0.0, np.inf),
    "odds_ratio": (0.0, np.inf),
    "r2": (0.0, 1.0),
    "correlation": (-1.0, 1.0),
}
_REQUIRED = ("benchmark", "claim", "role", "kind", "analysis", "scale", "value", "reference", "doi")
_NUMBERS = ("low", "high", "p", "bound", "n_pairs")
# The variance of Fisher's z is 1 / (n - 3).
_FEWEST_PAIRS = 4
_Problem = tuple[str, str] | None


def load(path: str | Path, analyses: Collection[str]) -> pd.DataFrame:
    """Read a table of published effects, as `resources/published_effects.tsv`.

    Parameters
    ----------
    analyses : the plan's; what is published of others is left out.

    Returns
    -------
    DataFrame, one row a benchmark: its columns; `low`, `high`, `p`, `bound` and `n_pairs` as numbers, not a
    number where they are empty or the table has no such column. `value` stays text.

    Raises
    ------
    InputError : a column that every row needs is absent, or a cell of it empty; a benchmark twice; an unknown
        role, kind or scale; a value, interval, p-value, bound or number of pairs that its kind or scale
        cannot have, or that its kind needs and has not; values of one analysis on different scales; a claim
        with two primary values, two of the best evidence, or the latter alone or without an error.
    """
    table = read_table(path, _REQUIRED)
    for name in _REQUIRED:
        table.filled(name)
    frame = table.frame
    for name in _NUMBERS:
        frame[name] = table.numbers(name) if name in frame else np.nan
    for row in frame.itertuples():
        problem = _problem(row) or _problem_among(row, frame)
        if problem:
            raise InputError(f"{path}, line {row.Index}", *problem)
    is_bound = frame["kind"] == "bound"
    frame.loc[is_bound, "bound"] = pd.to_numeric(frame.loc[is_bound, "value"])
    return frame[frame["analysis"].isin(list(analyses))].reset_index(drop=True)


def log_ratios(path: str | Path, names: Collection[str]) -> dict[str, tuple[float, float]]:
    """Published ratios by benchmark: the logarithm, and its error from the 95 % interval.

    Raises
    ------
    InputError : what `load` raises; a benchmark that is not there, or is no ratio with an interval.
    """
    if not names:
        return {}
    table = read_table(path, ("analysis",))
    rows = load(path, set(table.frame["analysis"])).set_index("benchmark")
    found = {}
    for name in names:
        if name not in rows.index:
            raise InputError(path, f"there is no benchmark '{name}'", "add it, or correct the plan")
        row = rows.loc[name]
        if row["scale"] not in ("percent", "ratio") or not np.isfinite([row["low"], row["high"]]).all():
            problem = f"the benchmark '{name}' is no percent or ratio with an interval"
            raise InputError(path, problem, "give low and high, or name another first stage in the plan")
        value, low, high = (
            on_analysis_scale(float(row[key]), row["scale"]) for key in ("value", "low", "high")
        )
        found[name] = (value, (high - low) / (2 * Z))
    return found


def _problem(row: Any) -> _Problem:
    """What is wrong with a benchmark by itself, and what to do; None if nothing is."""
    for what, known in (("role", ROLES), ("kind", KINDS), ("scale", MEASURES)):
        if getattr(row, what) not in known:
            return f"the {what} '{getattr(row, what)}' is not known", f"use one of {shown(known, 7)}"
    own = {name for name in _NUMBERS if not np.isnan(getattr(row, name))}
    foreign = sorted(own - set(KINDS[row.kind]))
    if foreign:
        return f"its kind '{row.kind}' has no {foreign[0]}", f"empty {foreign[0]}, or correct the kind"
    if row.kind == "direction":
        wrong = row.value not in DIRECTIONS
        return (f"its value '{row.value}' is no direction", "give greater or less") if wrong else None
    if row.value in DIRECTIONS:
        return f"its value '{row.value}' is a direction", "give a number, or the kind direction"
    sized = row.kind in ("effect", "about", *_SCALE_OF)
    if sized and _SCALE_OF.get(row.kind, row.scale) != row.scale:
        return f"the scale of a {row.kind} is {_SCALE_OF[row.kind]}", "correct the scale or the kind"
    if sized and row.kind not in _SCALE_OF and row.scale in _SCALE_OF.values():
        kind = next(kind for kind, scale in _SCALE_OF.items() if scale == row.scale)
        return f"on the scale {row.scale} its kind is no '{row.kind}'", f"give the kind {kind}"
    return _problem_of_value(row, sized) or _problem_of_error(row, own)


def _problem_of_value(row: Any, sized: bool) -> _Problem:
    """What is wrong with a number that stands for an effect, for none or for a bound."""
    value = pd.to_numeric(row.value, errors="coerce")
    low, high = _RANGES.get(row.scale, (-np.inf, np.inf))
    known = bool(np.isfinite(value) and (low < value < high or (row.scale == "r2" and value == 0)))
    compared = on_analysis_scale(value, row.scale) if known else np.nan
    if sized:
        wrong = not known or compared == 0
        return (f"its value '{row.value}' is no effect in {row.scale}", "give a number") if wrong else None
    if row.kind == "no_effect":
        none = on_measure(0.0, row.scale)
        if compared != 0:
            return f"its value '{row.value}' is not no effect in {row.scale}", f"give {none:g}"
        if not (low < row.bound < high and on_analysis_scale(row.bound, row.scale) > 0):
            return (
                f"no bound above {none:g} says within what an effect counts as none",
                f"give bound in {row.scale}",
            )
    elif not compared > 0:
        return f"its value '{row.value}' bounds no effect in {row.scale}", "give the largest effect"
    elif not np.isnan(row.bound) and row.bound != value:
        return "its bound is not its value", "give one of them, or the same"
    return None


def _problem_of_error(row: Any, own: set[str]) -> _Problem:
    """What is wrong with what tells a published value's error."""
    if {"low", "high"} & own:
        low, high = _RANGES.get(row.scale, (-np.inf, np.inf))
        if not low < row.low <= float(row.value) <= row.high < high or row.low == row.high:
            return "its low and high are not below and above its value", "give both, or neither"
        other = sorted(own - {"low", "high"})
        if other:
            return f"it has an interval and {other[0]}", f"empty {other[0]}, which the interval makes idle"
    elif row.kind == "standardised":
        return "its kind 'standardised' needs an interval", "give low and high"
    elif row.kind == "correlation" and not (row.n_pairs >= _FEWEST_PAIRS and row.n_pairs % 1 == 0):
        return (
            "a correlation needs its interval or its number of pairs",
            f"give n_pairs, {_FEWEST_PAIRS} or more",
        )
    if "p" in own and not 0 < row.p < 1:
        return f"its p {row.p:g} is no p-value", "give a number between 0 and 1"
    return None


def _problem_among(row: Any, frame: pd.DataFrame) -> _Problem:
    """What is wrong with a benchmark among the others."""
    if (frame["benchmark"] == row.benchmark).sum() > 1:
        return f"the benchmark '{row.benchmark}' is there twice", "rename one"
    first = frame.loc[frame["analysis"] == row.analysis, "scale"].iloc[0]
    if row.scale != first:
        return (
            f"other values of the analysis '{row.analysis}' are in {first}, this one in {row.scale}",
            f"give it in {first}",
        )
    if row.role == "context":
        return None
    roles = frame.loc[frame["claim"] == row.claim, "role"]
    if (roles == row.role).sum() > 1:
        return f"the claim '{row.claim}' has two values of the role {row.role}", "make one of them context"
    if row.role == "best":
        if not (roles == "primary").any():
            return f"the claim '{row.claim}' has no primary value", "make this one primary"
        if np.isnan([row.low, row.p, row.n_pairs]).all():
            return "the best evidence has no error", "give its interval, or make it context"
    return None
