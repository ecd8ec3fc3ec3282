"""What do all figures share: their look, how they are saved, colours of groups, and the ends of axes?"""

import io
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, TypeAlias

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from fontTools.subset import Options
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.transforms import Bbox
from matplotlib.typing import ColorType, RcKeyType

from il6r.report import svg
from il6r.report.sheet import POINTS, Sheet

# No dates and no random element names, so that the same numbers give the same bytes.
_STYLE: dict[RcKeyType, Any] = {
    "svg.hashsalt": "il6r",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",
    **dict.fromkeys(
        (
            "font.size",
            "axes.titlesize",
            "axes.labelsize",
            "xtick.labelsize",
            "ytick.labelsize",
            "legend.fontsize",
            "legend.title_fontsize",
            "figure.titlesize",
        ),
        POINTS,
    ),
    "axes.titlepad": 4,
    "axes.labelpad": 3,
    "xtick.major.pad": 2,
    "ytick.major.pad": 2,
    "lines.markersize": 5,
    "lines.linewidth": 1.4,
    "grid.linewidth": 0.6,
    "axes.linewidth": 0.8,
    "hatch.linewidth": 0.6,
    # White paper on a dark page too.
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
}
# A PDF places each glyph itself and embeds its font without the tables of substitutions and kerning, whose
# reading was four fifths of the embedding. matplotlib, which embeds it, has no option for this.
Options._drop_tables_default += ["GDEF", "GPOS", "GSUB", "kern"]
_PALETTE = sns.color_palette("colorblind")
# Grey is for people who declare no group. Groups are told apart by marker too; 8 and 9 share no divisor.
_GREY = _PALETTE[7]
_GROUP_COLOURS, _GROUP_MARKERS = [*_PALETTE[:7], *_PALETTE[8:]], "s^vDPp<>"
UNDECLARED = "not declared"
# Colour, line and marker of a genotype by its number of effect alleles.
GENOTYPES: tuple[tuple[ColorType, Any, str], ...] = (
    (_PALETTE[0], "-", "o"),
    (_PALETTE[1], (0, (5, 2)), "s"),
    (_PALETTE[2], (0, (1, 1.2)), "^"),
)
# An interval more often than this as wide as the median one is cut at the frame, lest it squeeze the others.
_WIDE = 4
# Axes begin and end on multiples of this fraction of the figure, about a thousandth of a point. A power of
# two, so that halves and quarters are multiples too, and do not lie midway between two.
_GRID = 2.0**-20


# A group's colour and marker.
Look: TypeAlias = tuple[ColorType, str]


class Drawn(NamedTuple):
    """A figure, and the table of exactly what it shows, which is as private as the figure.

    Numbers of people are those of `privacy.people_number`; groups that are too small have no row.
    """

    figure: plt.Figure
    data: pd.DataFrame


def write(data: pd.DataFrame, path: str) -> None:
    """Write what a figure shows, with the digits that can be seen."""
    data.to_csv(path, index=False, float_format="%.5g", lineterminator="\n")


def save(figure: plt.Figure, paths: list[str]) -> None:
    """Write a figure to SVG and PDF without dates, and close it."""
    # Laid out once, with the sizes letters have in an SVG: for a layout, savefig draws all an extra time.
    FigureCanvasSVG(figure)
    if (engine := figure.get_layout_engine()) is not None:
        engine.execute(figure)
        # The layout's solver, kiwi, adds numbers in the order of its variables' addresses in memory, so that
        # an edge may differ by 1e-16 between processes; SVG names clip paths by a hash of all its digits.
        for axis in figure.axes:
            edges = axis.get_position(original=True).get_points()
            axis.set_position(Bbox(np.round(edges / _GRID) * _GRID))
    with plt.rc_context({"figure.constrained_layout.use": False}):
        figure.set_layout_engine(None)
        for path in paths:
            if not path.endswith(".svg"):
                figure.savefig(path, metadata={"CreationDate": None})
                continue
            drawn = io.StringIO()
            figure.savefig(drawn, format="svg", metadata={"Date": None})
            with open(path, "w", encoding="utf-8") as file:
                file.write(svg.shorter(drawn.getvalue()))
    plt.close(figure)


def style() -> AbstractContextManager[None]:
    """The figures' common look; use as a context."""
    sns.set_theme(style="whitegrid", context="notebook", palette="colorblind")
    return plt.rc_context(_STYLE)


def group_looks(groups: Iterable[Any]) -> dict[str, Look]:
    """Colour and marker of each declared group, the same in every figure; `groups` may repeat and miss."""
    labels = sorted(set(pd.Series(list(groups), dtype=object).dropna()))
    colours = len(_GROUP_COLOURS)
    looks = {
        label: (_GROUP_COLOURS[k % colours], _GROUP_MARKERS[k % len(_GROUP_MARKERS)])
        for k, label in enumerate(labels)
    }
    return {**looks, "all": ("black", "o"), UNDECLARED: (_GREY, "o")}


def between(axis: plt.Axes, y: np.ndarray, low: np.ndarray, high: np.ndarray, **look: Any) -> None:
    """Draw level intervals as one line with gaps, which is smaller than as many lines."""
    gaps = np.full(len(low), np.nan)
    x = np.column_stack([low, high, gaps]).astype(float).ravel()
    axis.plot(x, np.repeat(np.asarray(y, dtype=float), 3), marker="", solid_capstyle="butt", **look)


def words(text: str) -> Drawn:
    """A figure that says why there is nothing to draw."""
    sheet = Sheet()
    sheet.text(text)
    return Drawn(sheet.done(), pd.DataFrame({"note": [text]}))


def span(
    values: np.ndarray,
    lows: np.ndarray,
    highs: np.ndarray,
    others: Iterable[float] = (),
    wide: float = _WIDE,
) -> tuple[float, float]:
    """Ends of an axis that holds all estimates, all intervals but very wide ones, and `others`.

    Parameters
    ----------
    values, lows, highs : float64, shape (n,): estimates and the ends of their intervals, or not a number.
    wide : how many times wider than the median one an interval may be and still fit.
    """
    width = highs - lows
    known = np.isfinite(width)
    usual = known & (width <= wide * np.median(width[known])) if known.any() else known
    ends = np.concatenate([values, lows[usual], highs[usual], np.asarray(others, dtype=float)])
    ends = ends[np.isfinite(ends)]
    margin = max(0.04 * np.ptp(ends), 1e-3 * np.abs(ends).max()) or 1.0
    return ends.min() - margin, ends.max() + margin
