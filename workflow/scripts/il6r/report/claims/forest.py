"""Where do a claim's estimates and published values lie on its own axis?

A forest is a table, so that its numbers are read aloud, copied and saved: each row has a small picture beside
its numbers. All lengths are in the picture's units.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from il6r.report import blocks

HEADS = ("source", "people", "picture", "estimate")
WIDTH, _MARGIN = 220.0, 12.0
# Scales whose effects multiply; distances on their axes are those of logarithms.
_LOGARITHMIC = {"percent", "ratio", "odds_ratio"}
# An interval's end is drawn as far beyond the axis's core as that is wide, times this; the rest is an arrow.
_BEYOND = 1.0
# Labels of the axis need this much room, and so many are wanted.
_ROOM, _WANTED = 36.0, 5
_STEPS = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True)
class Line:
    """What a row of a forest is made of, on the reader's scale.

    Attributes
    ----------
    source : whose estimate or value it is, with a `note`; `href` links it.
    people : how many, as text.
    text : the number with its interval, as text.
    value, low, high : what is drawn; None draws nothing.
    kind : "cohort", "alone" (the only cohort), "pooled", "decides" (the pooled one that decides), "next" (an
        interval by itself), "lead" (the published value that decides), "other" (another published value).
    about : whether low and high are how far "about" goes, or ends within which no effect lies.
    """

    source: str
    text: str
    kind: str
    people: str = ""
    href: str = ""
    note: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    about: bool = False


@dataclass(frozen=True)
class Mark(blocks.Inline):
    """The picture of a row: a shape at `x` unless that is None, and a line between two ends, if it has any.

    `role` is the row's kind of `Line`. `left` and `right` say that the line goes on beyond the axis, which an
    arrow shows.
    """

    role: str
    x: float | None = None
    low: float | None = None
    high: float | None = None
    dashed: bool = False
    left: bool = False
    right: bool = False


@dataclass(frozen=True)
class Source(blocks.Inline):
    """Whose estimate or value a row has, with a link and a note."""

    text: str
    href: str = ""
    note: str = ""


@dataclass(frozen=True)
class Tick:
    """A label of the axis."""

    x: float
    label: str


@dataclass(frozen=True)
class Forest(blocks.Shown):
    """A table of estimates and published values with a picture (`Mark`) in each row.

    Attributes
    ----------
    none : where no effect lies in the pictures; None where nothing is drawn.
    ticks : labels of their axis.
    look : the class of the claim's verdict (`blocks.LOOKS`), whose colour the estimate that decides has.
    """

    none: float | None = None
    ticks: Sequence[Tick] = ()
    look: str = ""

    @property
    def marks(self) -> list[Mark]:
        """The pictures, in the order of the rows."""
        rows = [row for one in self.rows for row in (one.rows if isinstance(one, blocks.Group) else [one])]
        return [cell for row in rows for cell in row if isinstance(cell, Mark)]


def forest(caption: str, how: str, here: Sequence[Line], published: Sequence[Line], scale: str) -> Forest:
    """A table of what was found here and of what was published, on one axis.

    Parameters
    ----------
    scale : the reader's scale of all numbers: "percent", "ratio", "odds_ratio", "difference", "sd", "r2" or
        "correlation".
    """
    drawn = [one for one in (*here, *published) if one.value is not None or one.low is not None]
    axis = Axis.of(drawn, scale) if drawn else None
    rows: list[Sequence[blocks.Text] | blocks.Group] = [_row(one, axis) for one in here]
    if published:
        rows.append(blocks.Group("Published", [_row(one, axis) for one in published]))
    if axis is None:
        return Forest(caption, HEADS, rows, how=how)
    return Forest(caption, HEADS, rows, how=how, none=axis.place(no_effect(scale)), ticks=axis.ticks())


def no_effect(scale: str) -> float:
    """No effect on a reader's scale."""
    return 1.0 if scale in ("ratio", "odds_ratio") else 0.0


def about(value: float, scale: str) -> tuple[float, float]:
    """The ends between which a value is "about" another: a tenth of the effect off it."""
    ends = sorted(_back(_forth(value, scale) * part, scale) for part in (0.9, 1.1))
    return ends[0], ends[1]


@dataclass(frozen=True)
class Axis:
    """An axis between two ends, on the scale on which effects add."""

    low: float
    high: float
    scale: str

    @classmethod
    def of(cls, lines: Iterable[Line], scale: str) -> "Axis":
        """The axis on which every value lies, with no effect, and as much of the intervals as it can hold.

        Values and what is pooled are its core. Ends of other intervals reach as far beyond it as it is wide.
        """
        core = [_forth(no_effect(scale), scale)]
        ends = []
        for one in lines:
            own = [_forth(end, scale) for end in (one.low, one.high) if end is not None]
            ends += own
            if one.value is not None:
                core.append(_forth(one.value, scale))
            if one.kind in ("decides", "alone"):
                core += own
        core = [value for value in core if math.isfinite(value)]
        low, high = min(core), max(core)
        # All at no effect: the intervals alone have a width.
        reach = _BEYOND * (high - low) or max((abs(end) for end in ends if math.isfinite(end)), default=1.0)
        inside = [min(max(end, low - reach), high + reach) for end in ends]
        return cls(min([low, *inside]), max([high, *inside]) or low + 1.0, scale)

    def place(self, value: float) -> float:
        """Where a value lies in the picture; one beyond the axis lies at its end."""
        share = (_forth(value, self.scale) - self.low) / ((self.high - self.low) or 1.0)
        return round(_MARGIN + min(max(share, 0.0), 1.0) * (WIDTH - 2 * _MARGIN), 1)

    def mark(self, line: Line) -> Mark:
        """What is drawn of a row."""
        drawn = Mark(line.kind, None if line.value is None else self.place(line.value), dashed=line.about)
        if line.low is None or line.high is None:
            return drawn
        ends = [_forth(end, self.scale) for end in (line.low, line.high)]
        slack = 1e-9 * (self.high - self.low)
        return replace(
            drawn,
            low=self.place(line.low),
            high=self.place(line.high),
            dashed=line.about or line.kind == "next",
            left=ends[0] < self.low - slack,
            right=ends[1] > self.high + slack,
        )

    def ticks(self) -> list[Tick]:
        """Round numbers along the axis, no effect among them, with room for their labels."""
        none = no_effect(self.scale)
        kept = [Tick(self.place(none), _label(none, self.scale))]
        for value in self._round_numbers():
            x = self.place(value)
            if all(abs(x - one.x) >= _ROOM for one in kept):
                kept.append(Tick(x, _label(value, self.scale)))
        return sorted(kept, key=lambda one: one.x)

    def _round_numbers(self) -> list[float]:
        """Round numbers within the axis on the reader's scale, those of few digits first."""
        low, high = (_back(end, self.scale) for end in (self.low, self.high))
        if self.scale in ("ratio", "odds_ratio") and high / low > 4:
            powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
            numbers = [part * 10.0**power for part in (1.0, 2.0, 5.0) for power in powers]
        else:
            step = _step((high - low) / _WANTED)
            first = math.ceil(low / step - 1e-9)
            numbers = [step * k for k in range(first, math.floor(high / step + 1e-9) + 1)]
            # Those farthest from no effect last, so that labels near to it have room.
            numbers.sort(key=lambda value: abs(value - no_effect(self.scale)))
        return [value for value in numbers if low - 1e-9 <= value <= high + 1e-9]


def _step(least: float) -> float:
    """The smallest round step that is no smaller: 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(part * power for part in _STEPS if part * power >= least * (1 - 1e-9))


def _forth(value: float, scale: str) -> float:
    """A number on the scale on which effects add."""
    if scale not in _LOGARITHMIC:
        return value
    ratio = 1 + value / 100 if scale == "percent" else value
    if ratio <= 0:
        return -math.inf
    return math.log(ratio)


def _back(value: float, scale: str) -> float:
    """The inverse of `_forth`."""
    if scale not in _LOGARITHMIC:
        return value
    return 100 * math.expm1(value) if scale == "percent" else math.exp(value)


def _label(value: float, scale: str) -> str:
    text = f"{value:g}".replace("-", "\N{MINUS SIGN}")
    return f"{text}\N{NO-BREAK SPACE}%" if scale == "percent" else text


def _row(line: Line, axis: Axis | None) -> list[blocks.Text]:
    mark = Mark(line.kind) if axis is None else axis.mark(line)
    return [blocks.Cell(Source(line.source, line.href, line.note), head=True), line.people, mark, line.text]
