"""What would other choices have made of each claim's estimate?"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from il6r.plan import Plan
from il6r.report import figures, specifications, wording

_PALETTE = sns.color_palette("colorblind")
_COLOURS = dict(
    zip(
        specifications.KINDS,
        [*(_PALETTE[k] for k in (0, 1, 2, 4, 3, 5)), "0.35", _PALETTE[9], "black"],
        strict=True,
    )
)
_AXES = {
    "percent": "difference (%)",
    "ratio": "ratio",
    "odds_ratio": "odds ratio",
    "r2": "share of variance",
    "difference": "difference",
    "sd": "standard deviations",
}
_NO_EFFECT = {"ratio": 1.0, "odds_ratio": 1.0}
# Inches; the figure is laid out by hand.
_LEFT, _RIGHT, _PANEL, _BETWEEN = 1.55, 0.1, 2.35, 0.3
_ABOVE, _BELOW, _TOP, _BOTTOM = 0.62, 0.62, 0.05, 0.35
# Of one kind's estimates: as high as its name at least, and so many have a place of their own.
_SLOT, _LEAST_SLOTS, _MOST_SLOTS, _GAP = 0.085, 2, 14, 0.08
# The page shows every figure as wide as itself, and letters of a narrow one would be large.
_LEAST_WIDTH = 9.0
NOTHING = "No claim's estimate could be held against other choices."


def draw(plan: Plan, sensitivity: pd.DataFrame, minimum: int):
    """Estimates of each claim by other choices, kind by kind, sorted, beside the planned one.

    One row of panels for each analysis that bears on a claim, one panel for each cohort; the planned estimate
    is a line, its 95 % interval a band. Intervals far wider than most are cut at the frame.

    Parameters
    ----------
    sensitivity : `SENSITIVITY` of all cohorts.
    """
    found = specifications.of_claims(plan, sensitivity, minimum)
    if not found:
        return figures.words(NOTHING)
    blocks = {name: _blocks(rows) for name, rows in found.items()}
    panels = max(rows["cohort"].nunique() for rows in found.values())
    width = max(_LEFT + panels * (_PANEL + _BETWEEN) + _RIGHT, _LEAST_WIDTH)
    wide = (width - _LEFT - _RIGHT) / panels - _BETWEEN
    heights = {name: sum(own.values()) for name, own in blocks.items()}
    height = _TOP + _BOTTOM + sum(heights.values()) + len(found) * (_ABOVE + _BELOW)
    figure = plt.figure(figsize=(width, height), layout="none")
    top = height - _TOP
    for name, rows in found.items():
        one, scale = plan.analyses[name], wording.reader_scale(plan.analyses[name])
        figure.text(0.1 / width, (top - 0.05) / height, one.label, fontsize=11, fontweight="bold", va="top")
        bottom = top - _ABOVE - heights[name]
        shown = _on_scale(rows, scale)
        ends = figures.span(
            *(shown[key].to_numpy() for key in ("middle", "low", "high")), (_NO_EFFECT.get(scale, 0.0),)
        )
        for place, cohort in enumerate(dict.fromkeys(rows["cohort"])):
            left = _LEFT + place * (wide + _BETWEEN)
            axis = figure.add_axes((left / width, bottom / height, wide / width, heights[name] / height))
            _panel(axis, shown[shown["cohort"] == cohort], blocks[name], _NO_EFFECT.get(scale, 0.0))
            axis.set_xlim(*ends)
            axis.set_title(cohort, fontsize=10)
            axis.set_xlabel(_AXES[scale], fontsize=9)
            if place:
                axis.tick_params(axis="y", labelleft=False)
        top = bottom - _BELOW
    handles = [
        plt.Line2D([], [], color="black", linewidth=1.4, label="as planned"),
        plt.Rectangle((0, 0), 1, 1, color="0.85", label="its 95 % interval"),
        plt.Line2D([], [], color="0.35", marker="o", markersize=3.5, linewidth=1,
                   label="another choice, with its 95 % interval"),
    ]  # fmt: skip
    figure.legend(handles=handles, loc="lower center", ncols=3, frameon=False, fontsize=9)
    return figure


def _blocks(rows: pd.DataFrame) -> dict[str, float]:
    """Inches that each kind has, of those that some cohort has."""
    counts = rows.groupby(["kind", "cohort"]).size().groupby("kind").max()
    return {
        kind: min(max(counts[kind], _LEAST_SLOTS), _MOST_SLOTS) * _SLOT + _GAP
        for kind in specifications.KINDS
        if kind in counts.index
    }


def _on_scale(rows: pd.DataFrame, scale: str) -> pd.DataFrame:
    """The rows with middle and ends of the interval as readers meet them."""
    columns = {"middle": "estimate", "low": "ci_low", "high": "ci_high"}
    return rows.assign(
        **{new: [wording.on_scale(value, scale) for value in rows[old]] for new, old in columns.items()}
    )


def _panel(axis, rows: pd.DataFrame, blocks: dict[str, float], no_effect: float) -> None:
    planned = rows[rows["kind"] == specifications.PLANNED]
    for row in planned.itertuples():
        axis.axvspan(row.low, row.high, color="0.85", linewidth=0, zorder=0)
        axis.axvline(row.middle, color="black", linewidth=1.4, zorder=1)
    axis.axvline(no_effect, color="grey", linewidth=1, linestyle=":")
    start, ticks = 0.0, {}
    for kind, tall in blocks.items():
        own = rows[rows["kind"] == kind].sort_values("middle")
        # Evenly over the kind's inches, in the middle where they are few.
        step = min(_SLOT, (tall - _GAP) / max(len(own), 1))
        middle = start + tall / 2
        places = middle + step * (np.arange(len(own)) - (len(own) - 1) / 2)
        axis.hlines(places, own["low"], own["high"], color=_COLOURS[kind], linewidth=0.9, alpha=0.8)
        axis.plot(own["middle"], places, "o", color=_COLOURS[kind], markersize=3.2, linestyle="none")
        ticks[specifications.KINDS[kind]] = middle
        start += tall
        axis.axhline(start, color="0.9", linewidth=0.7)
    axis.set_ylim(start, 0)
    axis.set_yticks(list(ticks.values()), list(ticks), fontsize=9)
    axis.tick_params(axis="x", labelsize=9)
    axis.locator_params(axis="x", nbins=5)
    axis.grid(False, axis="y")
