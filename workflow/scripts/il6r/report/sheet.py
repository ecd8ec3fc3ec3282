"""How is a figure laid out that may have any number of panels, and letters of one size?"""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

# Inches: the 180 mm that a journal's page, or A4 within its margins, has for a figure.
WIDTH = 180 / 25.4
# No letter is smaller there.
POINTS = 9.0
LINE = POINTS * 1.25 / 72
# Axes begin and end on multiples of this fraction of the figure, as in `drawing.save`.
_EDGE = 0.08
# Of a legend: inches that a mark takes beside its words.
_MARK = 0.5


class Sheet:
    """A figure as wide as the printed page, which is filled from top to bottom and ends where it is full.

    All lengths are in inches. It is laid out by hand: letters keep their size however many panels there are,
    and the same panels lie in the same places in every process.
    """

    def __init__(self) -> None:
        self.figure = plt.figure(figsize=(WIDTH, 1), layout="none")
        self._down = _EDGE
        self._axes: list[tuple[plt.Axes, tuple[float, float, float, float]]] = []
        self._anchored: list[tuple[Any, float, float]] = []

    def gap(self, inches: float) -> None:
        """Leave some paper white."""
        self._down += inches

    def panels(
        self,
        number: int,
        columns: int,
        height: float | Sequence[float],
        *,
        left: float,
        between: float | None = None,
        above: float = 0.3,
        below: float = 0.45,
        right: float = 0.12,
    ) -> list[plt.Axes]:
        """Panels of one width, in rows.

        Parameters
        ----------
        height : of each panel, or of each row.
        left, between : free on the left of a row, and between its panels (as on the left, if not given).
        above, below : free in each row.
        """
        between = left if between is None else between
        columns = max(1, columns)
        wide = (WIDTH - left - right - (columns - 1) * between) / columns
        made = []
        for first in range(0, number, columns):
            high = height if isinstance(height, float | int) else height[first // columns]
            for place in range(min(columns, number - first)):
                made.append(self.panel(left + place * (wide + between), wide, high, above=above))
            self._down += above + high + below
        return made

    def panel(self, left: float, wide: float, high: float, *, above: float = 0.0) -> plt.Axes:
        """One panel at the present height, which stays."""
        axis = self.figure.add_axes((0, 0, 1, 1), label=str(len(self._axes)))
        self._axes.append((axis, (left, self._down + above, wide, high)))
        return axis

    def title(self, axis: plt.Axes, text: str, *, bold: bool = True) -> None:
        """A panel's title on one line, cut where it is wider than the panel."""
        wide = next(box[2] for own, box in self._axes if own is axis)
        axis.set_title(
            fitted(text, wide, lines=1, bold=bold), loc="left", fontweight="bold" if bold else "normal"
        )

    def text(self, text: str, *, bold: bool = False, left: float = _EDGE, right: float = _EDGE) -> None:
        """Lines of text over the figure's width."""
        weight = "bold" if bold else "normal"
        lines = wrapped(text, WIDTH - left - right, bold=bold)
        shown = self.figure.text(0, 0, "\n".join(lines), va="top", fontsize=POINTS, fontweight=weight)
        shown.set_linespacing(1.25)
        self._anchored.append((shown, left, self._down))
        self._down += len(lines) * LINE + 0.05

    def legend(
        self,
        handles: Sequence[Any],
        title: str | None = None,
        *,
        left: float = _EDGE,
        columns: int | None = None,
    ) -> None:
        """What marks mean, in as many columns as there is room for."""
        if not handles:
            return
        widest = max(width_of(handle.get_label()) for handle in handles) + _MARK
        columns = columns or min(len(handles), max(1, int((WIDTH - left) / widest)))
        legend = self.figure.legend(
            handles=handles, title=title, loc="upper left", ncols=columns, frameon=False, fontsize=POINTS,
            borderaxespad=0, borderpad=0.1, handlelength=2.2, columnspacing=1.0, labelspacing=0.35,
            alignment="left",
        )  # fmt: skip
        self._anchored.append((legend, left, self._down))
        rows = -(-len(handles) // columns)
        broken = max(handle.get_label().count("\n") for handle in handles)
        self._down += (rows * (1 + broken) + (title is not None)) * (LINE + 0.03) + 0.06

    def done(self) -> plt.Figure:
        """The figure, as high as it has become."""
        height = self._down + _EDGE
        self.figure.set_size_inches(WIDTH, height)
        for axis, (left, top, wide, high) in self._axes:
            axis.set_position((left / WIDTH, 1 - (top + high) / height, wide / WIDTH, high / height))
        for thing, left, top in self._anchored:
            place = (left / WIDTH, 1 - top / height)
            if isinstance(thing, plt.Text):
                thing.set_position(place)
            else:
                thing.set_bbox_to_anchor(place)
        return self.figure


def width_of(text: str, *, bold: bool = False, points: float = POINTS) -> float:
    """Inches that the longest line of a text takes."""
    font = FontProperties(family="DejaVu Sans", size=points, weight="bold" if bold else "normal")
    lines = text.split("\n")
    return max(text_to_path.get_text_width_height_descent(line, font, False)[0] for line in lines) / 72


def widest(texts: Sequence[str], most: float, *, bold: bool = False) -> float:
    """Inches that the longest of some texts takes, at most so many."""
    return min(most, max((width_of(text, bold=bold) for text in texts), default=0.0))


def wrapped(text: str, inches: float, *, bold: bool = False) -> list[str]:
    """A text in lines of at most so many inches; a word that is longer is cut, with dots at its end."""
    lines: list[str] = []
    for part in text.split("\n"):
        line = ""
        for word in part.split(" "):
            longer = f"{line} {word}" if line else word
            if line and width_of(longer, bold=bold) > inches:
                lines.append(line)
                longer = word
            line = _cut(longer, inches, bold=bold)
        lines.append(line)
    return lines


def fitted(text: str, inches: float, *, lines: int = 2, bold: bool = False) -> str:
    """A text in at most so many lines of so many inches, the rest of it cut."""
    found = wrapped(text, inches, bold=bold)
    if len(found) > lines:
        found = [*found[: lines - 1], _cut(" ".join(found[lines - 1 :]), inches, bold=bold)]
    return "\n".join(found)


def _cut(text: str, inches: float, *, bold: bool) -> str:
    if width_of(text, bold=bold) <= inches:
        return text
    while len(text) > 1 and width_of(text + "\N{HORIZONTAL ELLIPSIS}", bold=bold) > inches:
        text = text[:-1]
    return text.rstrip() + "\N{HORIZONTAL ELLIPSIS}"
