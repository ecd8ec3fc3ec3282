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
# Of one sample a person, and of several.
_ONCE, _REPEATED = _PALETTE[0], _PALETTE[1]
# The Monte Carlo error is shown as a 95 % interval.
_Z = float(stats.norm.ppf(0.975))
# Where coverage and the rate of false positives should lie.
_COVERAGE, _SIZE = (0.94, 0.96), (0.04, 0.06)
# Where most biases lie: those of ratios in few people lie far beyond, without saying much.
_MOST_BIAS = 0.15
# Percent at which the axes of coverage and of rejection begin, and ticks of the latter, which is logarithmic.
_LEAST_COVERAGE, _LEAST_REJECTED, _TICKS = 88.0, 0.8, (1, 2, 5, 10, 20, 50, 100)
# The page shows every figure as wide as itself, and letters of a narrow one would be large.
_WIDTH, _ROW, _AROUND = 13.0, 0.22, 1.6
NOTHING = "No cohort was simulated."


def draw(calibration: pd.DataFrame) -> plt.Figure:
    """Bias, coverage of 95 % intervals and rejection at 5 % in each design, with their Monte Carlo error.

    A test rejects what is true: 5 % of the time is right.

    Parameters
    ----------
    calibration : `CALIBRATION`.
    """
    if calibration.empty:
        return words(NOTHING).figure
    rows = calibration.reset_index(drop=True)
    figure, axes = plt.subplots(1, 3, sharey=True, figsize=(_WIDTH, _ROW * len(rows) + _AROUND))
    _points(axes[0], rows, "bias", 1.0)
    axes[0].axvline(0, color="grey", linewidth=1, linestyle=":")
    axes[0].set(title="bias", xlabel="estimate less truth", xlim=(-_MOST_BIAS, _MOST_BIAS))
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
    axes[0].set_yticks(range(len(rows)), [_label(row) for row in rows.itertuples()], fontsize=8)
    axes[0].set_ylim(len(rows) - 0.5, -0.5)
    handles = [
        plt.Line2D([], [], color=_ONCE, marker="o", linewidth=1.6, label="one sample a person"),
        plt.Line2D([], [], color=_REPEATED, marker="s", linewidth=1.6, label="several visits"),
        plt.Rectangle((0, 0), 1, 1, color="0.88", label="within a percentage point of the aim"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure


def _points(axis: plt.Axes, rows: pd.DataFrame, measure: str, factor: float) -> None:
    """One measure of each row with its Monte Carlo error, one sample a person and several told apart."""
    value, error = (factor * rows[name].to_numpy(dtype=float) for name in (measure, f"{measure}_se"))
    if measure == "rejected":
        # On its axis of logarithms there is no 0.
        value = np.maximum(value, _LEAST_REJECTED)
    repeated = (rows["visits"] > 1).to_numpy()
    for several, colour, marker in ((False, _ONCE, "o"), (True, _REPEATED, "s")):
        own = np.flatnonzero((repeated == several) & ~np.isnan(value))
        axis.errorbar(value[own], own, xerr=_Z * error[own], fmt=marker, color=colour, markersize=4.5,
                      capsize=2, linewidth=1.4)  # fmt: skip
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
    """Model, what was simulated, and how often there was no estimate."""
    parts = [row.model]
    if row.situation != "as assumed":
        parts.append(row.situation)
    parts.append(f"{row.cohorts} cohorts of {row.people:,}" if row.cohorts > 1 else f"n = {row.people:,}")
    if row.visits > 1:
        parts.append(f"{row.visits} visits")
    if row.censored:
        parts.append(f"{100 * row.censored:.0f} % censored")
    parts.append(f"C at {row.frequency:g}")
    return ", ".join(parts) + (f" ({row.failed:,} of {row.replicates:,} failed)" if row.failed else "")
