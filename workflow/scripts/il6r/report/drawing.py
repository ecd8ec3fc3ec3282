"""What do all figures share: their look, how they are saved, colours of groups, and the ends of axes?"""

import textwrap
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any, TypeAlias

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

# No dates and no random element names, so that the same numbers give the same bytes.
_STYLE: dict[RcKeyType, Any] = {
    "svg.hashsalt": "il6r",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",
    "axes.spines.top": False,
    "axes.spines.right": False,
}
# A PDF places each glyph itself and embeds its font without the tables of substitutions and kerning, whose
# reading was four fifths of the embedding. matplotlib, which embeds it, has no option for this.
Options._drop_tables_default += ["GDEF", "GPOS", "GSUB", "kern"]
_PALETTE = sns.color_palette("colorblind")
# Grey is for people who declare no group; what is left is told apart by marker too once colours repeat.
_GREY = _PALETTE[7]
_GROUP_COLOURS, _GROUP_MARKERS = [*_PALETTE[:7], *_PALETTE[8:]], "os^vDP"
UNDECLARED = "not declared"
# An interval more often than this as wide as the median one is cut at the frame, lest it squeeze the others.
_WIDE = 4
# Axes begin and end on multiples of this fraction of the figure, about a thousandth of a point. A power of
# two, so that halves and quarters are multiples too, and do not lie midway between two.
_GRID = 2.0**-20


# A group's colour and marker.
Look: TypeAlias = tuple[ColorType, str]


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
            date = {"Date": None} if path.endswith(".svg") else {"CreationDate": None}
            figure.savefig(path, metadata=date)
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
        label: (_GROUP_COLOURS[k % colours], _GROUP_MARKERS[k // colours % len(_GROUP_MARKERS)])
        for k, label in enumerate(labels)
    }
    return {**looks, "all": ("black", "o"), UNDECLARED: (_GREY, "o")}


def words(text: str) -> plt.Figure:
    """A figure that says why there is nothing to draw."""
    figure, axis = plt.subplots(figsize=(8, 1.6))
    axis.text(0.5, 0.5, textwrap.fill(text, 80), ha="center", va="center", fontsize=11)
    axis.set_axis_off()
    return figure


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
    margin = max(0.04 * np.ptp(ends), 1e-3 * np.abs(ends).max())
    return ends.min() - margin, ends.max() + margin
