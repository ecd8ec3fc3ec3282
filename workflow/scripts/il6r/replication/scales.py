"""On which scale are estimates compared, and in which unit are they told?"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from il6r.replication.agreement import Z


@dataclass(frozen=True)
class Scale:
    """A unit in which effects are published.

    Attributes
    ----------
    models : the scales of `ESTIMATES` that it restates.
    compared : from the unit to the scale on which estimates are nearly normal and no effect is 0.
    told : back from there.
    sign, digits, unit : how an estimate is written.
    null : no effect in this unit, in words.
    """

    models: tuple[str, ...]
    compared: Callable[[float], float]
    told: Callable[[float], float]
    sign: str
    digits: str
    unit: str
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


SCALES = {
    "percent": Scale(("log_ratio", "log_odds"), _log_percent, _percent, "+", ".1f", " %", "zero"),
    "ratio": Scale(("log_ratio",), math.log, _ratio, "", ".2f", "", "1"),
    "odds_ratio": Scale(("log_odds",), math.log, _ratio, "", ".2f", "", "1"),
    "difference": Scale(("difference", "sd"), float, float, "+", ".3g", "", "zero"),
    "r2": Scale(("r2",), _fishers_z, lambda z: math.tanh(z) ** 2, "", ".3f", "", "zero"),
}


def compare(value: float, scale: str) -> float:
    """A published number on the scale on which it is compared."""
    return SCALES[scale].compared(value)


def tell(value: float, scale: str) -> float:
    """The inverse of `compare`."""
    return SCALES[scale].told(value)


def part(value: float, share: float, scale: str) -> float:
    """A share of a published effect, compared: of a ratio's logarithm, of a share of variance as it is."""
    return compare(share * value, scale) if scale == "r2" else share * compare(value, scale)


def estimate_compared(estimate: float, se: float, low: float, high: float, scale: str) -> tuple[float, ...]:
    """An estimate of `ESTIMATES`, its error and its interval on the scale on which it is compared."""
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
    told = {"estimate": r**2, "se": 2 * abs(r) * (1 - r**2) * se}
    for low_name in (name for name in ends if name.endswith("_low")):
        high_name = low_name.removesuffix("_low") + "_high"
        low, high = (math.tanh(ends[name]) for name in (low_name, high_name))
        # An interval of the correlation that crosses 0 has its smallest square there.
        told[low_name] = 0.0 if low * high <= 0 else min(low**2, high**2)
        told[high_name] = max(low**2, high**2)
    return told


def text(value: float, scale: str, *, published: bool = False) -> str:
    """A number in its unit: +34.3 %, 1.94, 0.512; one that was published with the digits it has."""
    one = SCALES[scale]
    written = f"{value:{one.sign}{'.6g' if published else one.digits}}{one.unit}"
    return written.replace("-", "\N{MINUS SIGN}")


def interval_text(low: float, high: float, scale: str) -> str:
    """An interval in its unit: +30.4 to +38.2 %."""
    return f"{text(low, scale).removesuffix(SCALES[scale].unit)} to {text(high, scale)}"
