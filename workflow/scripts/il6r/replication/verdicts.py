"""Is each published claim replicated here, and why (not)?"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

NOT_COMPUTABLE = "not computable"
# Below this power a null result says little.
_ENOUGH_POWER = 0.8
_Z = stats.norm.ppf(0.975)
_MISSING_ANALYSIS = {"met_aa_vs_ac": "MET-minutes from a questionnaire were not measured here"}


@dataclass(frozen=True)
class Measured:
    """An estimate on the scale its model works on (log ratio or r2), with 95 % interval."""

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    n: int


def judge(estimates: pd.DataFrame, pooled: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Set every cohort's estimates, and the pooled ones, against every published benchmark.

    The pooled estimate is the fixed-effects one, as is usual for one variant's effect across
    cohorts; the random-effects one stands beside it in `tables.POOLED`.

    Parameters
    ----------
    estimates : `tables.ESTIMATES` of all cohorts.
    pooled : `tables.POOLED`.
    published : `resources/published_effects.tsv`.

    Returns
    -------
    `tables.VERDICTS`: for each benchmark every cohort in order, then "pooled".
    """
    rows = []
    for benchmark in published.itertuples():
        scopes = [
            (cohort, estimates[estimates["cohort"] == cohort])
            for cohort in dict.fromkeys(estimates["cohort"])
        ]
        scopes.append(("pooled", pooled[pooled["model"] == "fixed"]))
        for cohort, table in scopes:
            found = table[table["analysis"] == benchmark.analysis]
            rows.append(_judge_one(benchmark, cohort, found.iloc[0] if len(found) else None))
    return pd.DataFrame(rows)


def to_model_scale(value: float, scale: str) -> float:
    """A published value as the models give it: percent and ratio become log ratios."""
    return {"percent": lambda v: math.log1p(v / 100), "ratio": math.log, "r2": float}[scale](value)


def from_model_scale(value: float, scale: str) -> float:
    """The inverse of `to_model_scale`."""
    return {"percent": lambda v: 100 * math.expm1(v), "ratio": math.exp, "r2": float}[scale](value)


def verdict(
    ours: Measured,
    value: float | None,
    se: float | None = None,
    *,
    about: tuple[float, float] | None = None,
    sign: int = 1,
) -> tuple[str, str]:
    """The verdict's word and its reason, by a rule fixed before any data is seen.

    1. The interval leaves out zero, on the side opposite to the published effect: contradicted.
    2. It leaves out zero on the published side. Published direction only: replicated. Published
       value with standard error: replicated if the difference is not significant at 5 % (Cochran's
       Q on 1 df); without: replicated if the value, or some value that rounds to it where it was
       given as "about", lies in the interval. Else: same direction, smaller or larger.
    3. It includes zero: contradicted if it leaves the published value out, else inconclusive.

    Parameters
    ----------
    ours : the estimate here.
    value, se : the published effect and its standard error on the same scale, None if not known.
    about : where the value was published as "about", the range that rounds to it.
    sign : the published direction.
    """
    sign = sign if value is None else int(np.sign(value))
    low, high = (value, value) if about is None else about
    reached = value is not None and ours.ci_low <= high and ours.ci_high >= low
    if ours.ci_low > 0 or ours.ci_high < 0:
        if np.sign(ours.estimate) != sign:
            return "contradicted", "an effect is seen, in the opposite direction"
        if value is None:
            return "replicated", "an effect is seen, in the published direction"
        if se is None:
            agrees = reached
            what = (
                "the published value lies" if about is None else "values that round to the published one lie"
            )
            basis = f"{what} {'inside' if agrees else 'outside'} the interval"
        else:
            p = _difference_p(ours, value, se)
            agrees = p >= 0.05
            basis = f"its difference from the published value has p = {p:.2g}"
        if agrees:
            return "replicated", f"an effect is seen, and {basis}"
        word = "smaller" if abs(ours.estimate) < abs(value) else "larger"
        return f"same direction, {word}", f"an effect is seen, but {basis}"
    if value is not None and not reached:
        return "contradicted", "the interval includes zero and leaves the published value out"
    reason = "the interval includes zero"
    if value is not None:
        reason += " and the published value"
    return "inconclusive", reason


def power(value: float, se: float) -> float:
    """Probability of a two-sided 5 % test seeing an effect of size `value` with error `se`."""
    return float(stats.norm.sf(_Z - abs(value) / se) + stats.norm.cdf(-_Z - abs(value) / se))


def _judge_one(benchmark, cohort: str, found) -> dict:
    direction_only = benchmark.value in ("greater", "less")
    value = None if direction_only else float(benchmark.value)
    row = {
        "claim": benchmark.claim,
        "benchmark": benchmark.benchmark,
        "cohort": cohort,
        "scale": benchmark.scale,
        "published": benchmark.value if direction_only else f"{value:g}",
        "about_low": benchmark.about_low,
        "about_high": benchmark.about_high,
        "published_low": benchmark.low,
        "published_high": benchmark.high,
        "reference": f"{benchmark.reference}, doi {benchmark.doi}",
        "difference_p_value": NOT_COMPUTABLE,
        "verdict": NOT_COMPUTABLE,
    }
    if found is None or pd.isna(found["estimate"]):
        note = None if found is None else found.get("note")
        reason = _MISSING_ANALYSIS.get(benchmark.analysis) or note or "no estimate here"
        return row | {"reason": reason}
    n = found["n_participants"]
    ours = Measured(found["estimate"], found["se"], found["ci_low"], found["ci_high"], int(n))
    se = about = None
    reason_p = "; the test of the difference is not computable: no standard error was published"
    if value is not None:
        value = to_model_scale(value, benchmark.scale)
        if not pd.isna(benchmark.low):
            ends = (to_model_scale(end, benchmark.scale) for end in (benchmark.low, benchmark.high))
            low, high = ends
            se = (high - low) / (2 * _Z)
            row["difference_p_value"] = f"{_difference_p(ours, value, se):.6g}"
            reason_p = ""
        if not pd.isna(benchmark.about_low):
            ends = (benchmark.about_low, benchmark.about_high)
            about = tuple(to_model_scale(end, benchmark.scale) for end in ends)
    else:
        reason_p = "; only the direction is published"
    word, reason = verdict(ours, value, se, about=about, sign=-1 if benchmark.value == "less" else 1)
    row |= {
        "estimate": from_model_scale(ours.estimate, benchmark.scale),
        "ci_low": from_model_scale(ours.ci_low, benchmark.scale),
        "ci_high": from_model_scale(ours.ci_high, benchmark.scale),
        "n": ours.n,
        "verdict": word,
    }
    if value is not None:
        row["power"] = power(value, ours.se)
        row["n_for_80_percent_power"] = _n_needed(ours, value)
        if row["power"] < _ENOUGH_POWER:
            reason += (
                f"; the power to see the published effect here is {100 * row['power']:.0f} %, and 80 % would "
                f"take about {row['n_for_80_percent_power']:,} participants"
            )
    return row | {"reason": reason + reason_p}


def _difference_p(ours: Measured, value: float, se: float) -> float:
    return float(2 * stats.norm.sf(abs(ours.estimate - value) / math.hypot(ours.se, se)))


def _n_needed(ours: Measured, value: float) -> int:
    """Participants for 80 % power at the published effect, the error shrinking with the root of n."""
    target = abs(value) / (_Z + stats.norm.ppf(_ENOUGH_POWER))
    return math.ceil(ours.n * (ours.se / target) ** 2)
