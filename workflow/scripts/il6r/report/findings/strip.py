"""Where does a claim's estimate lie on the axis that all claims share?

The axis counts in published effects: 0 is no effect and 1 the published value that decides, on the scale on
which effects add (logarithms of ratios), so that claims of every unit and sign stand below each other. Where
only a direction was published it is to the right, and the scale is the claim's own; where no effect was
published, or a bound, the bound is at half a published effect on either side of no effect.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from il6r.report import blocks

# The picture in its own units, and the ends of its axis in published effects.
WIDTH = 300
_LOW, _HIGH = -0.75, 2.25
# Where the bound of no effect lies, and as far as an interval on a scale of its own may reach.
_BOUND, _REACH = 0.5, (0.65, 2.0)
# How far "about" reaches, as a share of the effect (`replication.published_values.ABOUT`).
_ABOUT = 0.1


@dataclass(frozen=True)
class Estimate:
    """A value with its interval, on the scale on which effects add; the interval may have no ends."""

    value: float
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class Published:
    """A published value on that scale, and what it is called; `about` where its source says so."""

    value: Estimate
    text: str
    about: bool = False


@dataclass(frozen=True)
class Mark:
    """A value in the picture: where it lies, between which ends its line runs, and which ends go on.

    Attributes
    ----------
    x : None where the value lies beyond the axis.
    low, high : None where there is no interval.
    left, right : whether the value or its interval goes on beyond that end of the axis.
    text : what it is, for those who point at it.
    """

    x: float | None
    low: float | None
    high: float | None
    left: bool = False
    right: bool = False
    dashed: bool = False
    text: str = ""


@dataclass(frozen=True)
class Strip(blocks.Inline):
    """A picture of a claim: what was published above what was found here.

    Attributes
    ----------
    here : the estimate; cohorts : where each cohort's own lies.
    lead, others : the published value that decides, and other ones of the same measure.
    shade : the ends of what agrees where no size was published.
    sized : whether a line marks the published size.
    look : of the verdict (`blocks.LOOKS`).
    sentence : the picture in words.
    """

    here: Mark
    cohorts: Sequence[float]
    lead: Mark | None
    others: Sequence[Mark]
    shade: tuple[float, float] | None
    sized: bool
    look: str
    sentence: str

    @property
    def none(self) -> float:
        """Where no effect lies."""
        return place(0)

    @property
    def one(self) -> float:
        """Where the published value lies."""
        return place(1)


def of_size(
    here: Estimate,
    cohorts: Sequence[float],
    lead: Published,
    others: Sequence[Published],
    look: str,
    sentence: str,
) -> Strip:
    """The strip of a claim of which a size was published; that is not no effect."""
    unit = lead.value.value
    return Strip(
        _mark(here, unit),
        _ticks(cohorts, unit),
        _mark_published(lead, unit),
        [_mark_published(one, unit) for one in others],
        None,
        True,
        look,
        sentence,
    )


def of_direction(here: Estimate, cohorts: Sequence[float], sign: int, look: str, sentence: str) -> Strip:
    """The strip of a claim of which a direction was published, on a scale of its own.

    Parameters
    ----------
    sign : 1 where the published direction is up, -1 where it is down.
    """
    ends = [sign * end for end in (here.value, here.low, here.high)]
    left, right = (
        max(0.0, *(side * end for end in ends)) / reach for side, reach in zip((-1, 1), _REACH, strict=True)
    )
    unit = sign * (max(left, right) or 1.0)
    return Strip(
        _mark(here, unit), _ticks(cohorts, unit), None, [], (place(0), place(_HIGH)), False, look, sentence
    )


def of_bound(here: Estimate, cohorts: Sequence[float], bound: float, look: str, sentence: str) -> Strip:
    """The strip of a claim that there is no effect beyond a bound on either side."""
    unit = bound / _BOUND
    return Strip(
        _mark(here, unit),
        _ticks(cohorts, unit),
        _mark(Estimate(0.0), unit),
        [],
        (place(-_BOUND), place(_BOUND)),
        False,
        look,
        sentence,
    )


def place(effects: float) -> float:
    """Where so many published effects lie in the picture."""
    return round((effects - _LOW) / (_HIGH - _LOW) * WIDTH, 1)


def adding(value: float, scale: str) -> float:
    """A reader's number on the scale on which effects add: the logarithm of what multiplies."""
    if scale not in ("percent", "ratio", "odds_ratio"):
        return value
    ratio = 1 + value / 100 if scale == "percent" else value
    return -math.inf if ratio <= 0 else math.log(ratio)


def _mark(estimate: Estimate, unit: float, *, dashed: bool = False, text: str = "") -> Mark:
    value = estimate.value / unit
    if math.isnan(estimate.low):
        inside = _LOW <= value <= _HIGH
        return Mark(place(value) if inside else None, None, None, value < _LOW, value > _HIGH, text=text)
    low, high = sorted((estimate.low / unit, estimate.high / unit))
    return Mark(
        place(value) if _LOW <= value <= _HIGH else None,
        place(min(max(low, _LOW), _HIGH)),
        place(min(max(high, _LOW), _HIGH)),
        low < _LOW,
        high > _HIGH,
        dashed,
        text,
    )


def _mark_published(one: Published, unit: float) -> Mark:
    value = one.value
    if one.about:
        value = Estimate(value.value, (1 - _ABOUT) * value.value, (1 + _ABOUT) * value.value)
    return _mark(value, unit, dashed=one.about, text=one.text)


def _ticks(cohorts: Sequence[float], unit: float) -> list[float]:
    """Where cohorts lie, of those within the axis; a single one is the estimate itself."""
    places = [one / unit for one in cohorts] if len(cohorts) > 1 else []
    return [place(one) for one in places if _LOW <= one <= _HIGH]
