"""In which measures of effect are values published, and on which scale are they compared?"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from il6r.replication.agreement import Z


@dataclass(frozen=True)
class EffectMeasure:
    """A measure in which effects are published.

    Attributes
    ----------
    models : the scales of `ESTIMATES` that it restates.
    to_analysis : from the measure to the scale on which estimates are nearly normal and no effect is 0.
    to_measure : back from there.
    null : no effect in this measure, in words.
    """

    models: tuple[str, ...]
    to_analysis: Callable[[float], float]
    to_measure: Callable[[float], float]
    null: str


def _percent(log_ratio: float) -> float:
    # More percent than there are numbers is as good as infinitely many.
    return 100 * math.expm1(log_ratio) if log_ratio < 700 else math.inf


def _ratio(log_ratio: float) -> float:
    return math.exp(log_ratio) if log_ratio < 700 else math.inf


def _fishers_z(share: float) -> float:
    # A share of variance is the square of a correlation, whose z (Fisher 1921) is nearly normal.
    return math.atanh(math.sqrt(share)) if share < 1 else math.inf


def _log_percent(percent: float) -> float:
    return math.log1p(percent / 100)


MEASURES = {
    "percent": EffectMeasure(("log_ratio", "log_odds"), _log_percent, _percent, "zero"),
    "ratio": EffectMeasure(("log_ratio",), math.log, _ratio, "1"),
    "odds_ratio": EffectMeasure(("log_odds",), math.log, _ratio, "1"),
    "difference": EffectMeasure(("difference",), float, float, "zero"),
    "sd": EffectMeasure(("sd",), float, float, "zero"),
    "r2": EffectMeasure(("r2",), _fishers_z, lambda z: math.tanh(z) ** 2, "zero"),
    # Fisher (1921), Metron 1:3.
    "correlation": EffectMeasure(("correlation",), math.atanh, math.tanh, "zero"),
}


def on_analysis_scale(value: float, scale: str) -> float:
    """A published number on the analysis scale, on which estimates are compared."""
    return MEASURES[scale].to_analysis(value)


def on_measure(value: float, scale: str) -> float:
    """The inverse of `on_analysis_scale`."""
    return MEASURES[scale].to_measure(value)


def share_of_effect(value: float, share: float, scale: str) -> float:
    """A share of an effect, on the analysis scale: of logarithms, shares and correlations."""
    if scale in ("r2", "correlation"):
        return on_analysis_scale(share * value, scale)
    return share * on_analysis_scale(value, scale)


def estimate_on_analysis_scale(
    estimate: float, se: float, low: float, high: float, scale: str
) -> tuple[float, float, float, float]:
    """An estimate of `ESTIMATES`, its error and its interval on the analysis scale."""
    if scale == "correlation":
        z_ends = [math.atanh(end) if abs(end) < 1 else math.copysign(math.inf, end) for end in (low, high)]
        return math.atanh(estimate), se / (1 - estimate**2), z_ends[0], z_ends[1]
    if scale != "r2":
        return estimate, se, low, high
    z_high = _fishers_z(high)
    # The error by the derivative of the square of tanh (delta method), undone; at 0, where that is 0, by the
    # interval.
    slope = 2 * math.sqrt(estimate) * (1 - estimate)
    z_se = se / slope if slope > 0 else z_high / Z
    return _fishers_z(estimate), z_se, _fishers_z(low), z_high


def square_of_correlation(z: float, se: float, ends: dict[str, float]) -> dict[str, float]:
    """A share of variance with its error and the ends of intervals, from a correlation's Fisher's z.

    Parameters
    ----------
    ends : z of the ends of intervals by name, "..._low" and "..._high" in pairs.
    """
    r = math.tanh(z)
    share = {"estimate": r**2, "se": 2 * abs(r) * (1 - r**2) * se}
    for low_name in (name for name in ends if name.endswith("_low")):
        high_name = low_name.removesuffix("_low") + "_high"
        low, high = (math.tanh(ends[name]) for name in (low_name, high_name))
        # An interval of the correlation that crosses 0 has its smallest square there.
        share[low_name] = 0.0 if low * high <= 0 else min(low**2, high**2)
        share[high_name] = max(low**2, high**2)
    return share
