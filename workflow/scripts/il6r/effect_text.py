"""How is an effect written where people read it, on each scale?"""

import math

MINUS = "\N{MINUS SIGN}"
# Digits after the point, and what follows the number.
_DIGITS = {
    "percent": 1, "ratio": 2, "odds_ratio": 2, "r2": 2, "correlation": 2, "sd": 2, "difference": 1,
    "elasticity": 2,
}  # fmt: skip
_UNITS = {"percent": " %", "sd": " SD"}
_SIGNED = ("percent", "correlation", "sd", "difference", "elasticity")


def number(value: float, scale: str, after: int | None = None) -> str:
    """A number with its sign and unit, and so many digits after the point: +50.3 %, 2.25, 0.47."""
    if value is None or math.isnan(value):
        return "not computable"
    text = f"{value:{_sign(scale)}.{_DIGITS[scale] if after is None else after}f}{_unit(scale)}"
    return text.replace("-", MINUS).replace("inf", "\N{INFINITY}")


def published(value: float, scale: str) -> str:
    """A published number with the digits that its source gives: +50 %."""
    return f"{value:{_sign(scale)}g}{_unit(scale)}".replace("-", MINUS)


def with_interval(value: float, low: float, high: float, scale: str) -> str:
    """A number and its 95 % interval; a narrow one has more digits: +34.3 % (+30.4 to +38.2)."""
    if value is None or math.isnan(value):
        return "not computable"
    after = digits(low, high, scale)
    ends = [number(end, scale, after).removesuffix(_unit(scale)) for end in (low, high)]
    return f"{number(value, scale, after)} ({ends[0]} to {ends[1]})"


def interval(low: float, high: float, scale: str) -> str:
    """An interval by itself: +30.4 to +38.2 %."""
    after = digits(low, high, scale)
    return f"{number(low, scale, after).removesuffix(_unit(scale))} to {number(high, scale, after)}"


def quantity(value: float, unit: str) -> str:
    """A check's value or limit with its unit (`quality_limits.Limit`): 64 %, 8.2 mg, 12-fold, 2e-14."""
    if unit in ("share", "percent"):
        return f"{(100 if unit == 'share' else 1) * value:.3g} %"
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return text + {"milli-g": " mg", "fold": "-fold"}.get(unit, "")


def digits(low: float, high: float, scale: str) -> int:
    """Digits after the point of a narrow interval: two of half its width, or one where it is of a share."""
    if scale not in (*_SIGNED, "r2") or not 0 < high - low < math.inf:
        return _DIGITS[scale]
    first = -math.floor(math.log10((high - low) / 2))
    return max(_DIGITS[scale], first if scale == "r2" else first + 1)


def _sign(scale: str) -> str:
    return "+" if scale in _SIGNED else ""


def _unit(scale: str) -> str:
    return _UNITS.get(scale, "")
