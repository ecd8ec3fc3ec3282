"""Are the models unbiased, do their intervals cover, and how often do they reject?"""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.ticker import NullLocator
from scipy import stats

from il6r.report.drawing import words

_PALETTE = sns.color_palette("colorblind")
_NULL, _EFFECT = _PALETTE[0], _PALETTE[1]
# The Monte Carlo error is shown as a 95 % interval.
_Z = float(stats.norm.ppf(0.975))
# Where coverage and the rate of false positives should lie.
_COVERAGE, _SIZE = (0.94, 0.96), (0.04, 0.06)
# Percent at which the axes of coverage and of rejection begin, and ticks of the latter, which is logarithmic.
_LEAST_COVERAGE, _LEAST_REJECTED, _TICKS = 88.0, 0.8, (1, 2, 5, 10, 20, 50, 100)
# The page shows every figure as wide as itself, and letters of a narrow one would be large.
_WIDTH, _ROW, _AROUND = 11.0, 0.3, 1.6
NOTHING = "No cohort was simulated."


def draw(calibration: pd.DataFrame) -> plt.Figure:
    """Bias, coverage of 95 % intervals and rejection at 5 % of each setting, with their Monte Carlo error.

    Without a true effect the share rejected should be 5 %, with one it is the power.

    Parameters
    ----------
    calibration : `CALIBRATION`.
    """
    if calibration.empty:
        return words(NOTHING)
    rows = calibration.reset_index(drop=True)
    figure, axes = plt.subplots(1, 3, sharey=True, figsize=(_WIDTH, _ROW * len(rows) + _AROUND))
    _points(axes[0], rows, "bias", 1.0)
    axes[0].axvline(0, color="grey", linewidth=1, linestyle=":")
    axes[0].set(title="bias", xlabel="estimate less truth")
    for axis, measure, band, title in (
        (axes[1], "coverage", _COVERAGE, "coverage of 95 % intervals"),
        (axes[2], "rejected", _SIZE, "rejected at 5 %"),
    ):
        axis.axvspan(*(100 * end for end in band), color="0.88", linewidth=0, zorder=0)
        axis.axvline(50 * sum(band), color="grey", linewidth=1, linestyle=":")
        _points(axis, rows, measure, 100.0)
        axis.set(title=title, xlabel="share (%)")
    _cut(axes[1], 100 * rows["coverage"].to_numpy(dtype=float))
    axes[2].set_xscale("log")
    axes[2].set_xlim(_LEAST_REJECTED, 110)
    axes[2].set_xticks(_TICKS, [f"{tick:g}" for tick in _TICKS])
    axes[2].xaxis.set_minor_locator(NullLocator())
    axes[0].set_yticks(range(len(rows)), [_label(row) for row in rows.itertuples()], fontsize=9)
    axes[0].set_ylim(len(rows) - 0.5, -0.5)
    handles = [
        plt.Line2D([], [], color=_NULL, marker="o", linewidth=1.6, label="no true effect"),
        plt.Line2D([], [], color=_EFFECT, marker="s", linewidth=1.6, label="a true effect"),
        plt.Rectangle((0, 0), 1, 1, color="0.88", label="within a percentage point of the aim"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure


def _points(axis: plt.Axes, rows: pd.DataFrame, measure: str, factor: float) -> None:
    """One measure of each row with its Monte Carlo error, cohorts with and without an effect told apart."""
    value, error = (factor * rows[name].to_numpy(dtype=float) for name in (measure, f"{measure}_se"))
    if measure == "rejected":
        # On its axis of logarithms there is no 0.
        value = np.maximum(value, _LEAST_REJECTED)
    null = (rows["truth"] == 0).to_numpy()
    for of_null, colour, marker in ((True, _NULL, "o"), (False, _EFFECT, "s")):
        own = np.flatnonzero((null == of_null) & ~np.isnan(value))
        axis.errorbar(value[own], own, xerr=_Z * error[own], fmt=marker, color=colour, markersize=5.5,
                      capsize=3, linewidth=1.6)  # fmt: skip
    axis.grid(False, axis="y")


def _cut(axis: plt.Axes, coverage: np.ndarray) -> None:
    """Let the axis begin near the band, and tell in numbers what lies below it."""
    axis.set_xlim(_LEAST_COVERAGE, 100)
    for place in np.flatnonzero(coverage < _LEAST_COVERAGE):
        axis.annotate(
            f"\N{LEFTWARDS ARROW} {coverage[place]:.1f}", (_LEAST_COVERAGE, place), xytext=(4, 0),
            textcoords="offset points", va="center", fontsize=9,
        )  # fmt: skip


def _label(row: Any) -> str:
    """What was simulated: model or setting, people, truth, and how often it failed."""
    text = f"{row.what}, n = {row.n:,}, truth {row.truth:g}"
    return text + (f" ({row.failed:,} of {row.replicates:,} failed)" if row.failed else "")
