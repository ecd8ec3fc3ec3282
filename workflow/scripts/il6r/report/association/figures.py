"""Figures of association: outcomes by genotype, and estimates by other choices."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from il6r import outcomes
from il6r.report import drawing, privacy, wording
from il6r.report.association import specifications as choices
from il6r.report.load import Study
from il6r.tables.association import GENOTYPE_MEANS, SENSITIVITY
from il6r.tables.cohort import ANALYSIS_SET

_PALETTE = sns.color_palette("colorblind")
_POINT = _PALETTE[0]
_OUTCOMES = {
    "sil6r": "sIL-6R (ng/mL, log axis)",
    "activity": "mean acceleration, ENMO (mg, log axis)",
}
_COLOURS = dict(
    zip(
        choices.KINDS,
        [*(_PALETTE[k] for k in (0, 1, 2, 4, 3, 5)), "0.35", _PALETTE[9], "black"],
        strict=True,
    )
)
_AXES = {
    "percent": "difference (%)",
    "ratio": "ratio",
    "odds_ratio": "odds ratio",
    "r2": "share of variance",
    "correlation": "correlation",
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


def sil6r_by_genotype(study: Study) -> plt.Figure:
    """sIL-6R in each genotype group of each cohort."""
    return _by_genotype(study, "sil6r")


def activity_by_genotype(study: Study) -> plt.Figure:
    """Mean acceleration in each genotype group of each cohort."""
    return _by_genotype(study, "activity")


def _by_genotype(study: Study, outcome: str) -> plt.Figure:
    """The outcome's distribution in each genotype group of each cohort, on a log axis.

    Shapes are kernel densities over participants (visits averaged), points geometric means with 95 %
    intervals. A small group is named, not drawn. Cohorts may have measured the outcome in relative units.
    """
    means, minimum = study.table(GENOTYPE_MEANS), study.minimum
    people = pd.concat(
        [participant_values(own, name, outcome) for name, own in study.tables(ANALYSIS_SET).items()]
    )
    relative = f"{outcome}_relative"
    means = means[means["outcome"].isin([outcomes.OUTCOMES[outcome].column, relative])]
    cohorts = list(dict.fromkeys(means["cohort"]))
    figure, axes = plt.subplots(1, len(cohorts), figsize=(3.4 * len(cohorts) + 0.8, 4.4), squeeze=False)
    in_units = [axis for axis, name in zip(axes[0], cohorts, strict=True)
                if not (means.loc[means["cohort"] == name, "outcome"] == relative).any()]  # fmt: skip
    for axis, cohort in zip(axes[0], cohorts, strict=True):
        rows = means[means["cohort"] == cohort].sort_values("copies")
        own = people[people["cohort"] == cohort]
        drawn = rows[rows["participants"] >= minimum]
        order = list(rows["genotype"])
        kept = own[own["genotype"].isin(drawn["genotype"])]
        if len(kept):
            sns.violinplot(
                x=kept["genotype"], y=np.log10(kept["value"]), order=order, ax=axis, cut=1,
                inner=None, color=sns.light_palette(_POINT, 6)[2], linewidth=0.8,
            )  # fmt: skip
        with_mean = drawn.dropna(subset="geometric_mean")
        centre = np.log10(with_mean["geometric_mean"].to_numpy(float))
        ends = [
            centre - np.log10(with_mean["ci_low"].to_numpy(float)),
            np.log10(with_mean["ci_high"].to_numpy(float)) - centre,
        ]
        places = [order.index(genotype) for genotype in with_mean["genotype"]]
        axis.errorbar(places, centre, yerr=ends, fmt="o", color="black", capsize=4, markersize=5)
        for place, value, mean in zip(places, centre, with_mean["geometric_mean"], strict=True):
            axis.annotate(
                f"{mean:,.0f}" if mean >= 1000 else f"{mean:.3g}",
                (place, value), xytext=(9, 0), textcoords="offset points", va="center", fontsize=9,
            )  # fmt: skip
        counts = [privacy.people(count, minimum) for count in rows["participants"]]
        axis.set_xticks(range(len(order)))
        axis.set_xticklabels(
            [f"{genotype}\nn = {n}" if n[0].isdigit() else f"{genotype}\nn {n}"
             for genotype, n in zip(order, counts, strict=True)], fontsize=9,
        )  # fmt: skip
        axis.set_xlim(-0.6, len(order) - 0.4)
        shown = axis is axes[0][0] or axis not in in_units
        label = _OUTCOMES[outcome] if axis in in_units else "relative units (2^NPX, log axis)"
        axis.set(title=cohort, xlabel="genotype", ylabel=label if shown else "")
    # One axis for all in the same unit, and one as long, around its own values, for each of the others.
    limits = np.array([axis.get_ylim() for axis in in_units or axes[0]])
    low, high = limits[:, 0].min(), limits[:, 1].max()
    for axis in axes[0]:
        if axis in in_units:
            axis.set_ylim(low, high)
        else:
            middle, half = np.mean(axis.get_ylim()), max(np.diff(axis.get_ylim())[0], high - low) / 2
            axis.set_ylim(middle - half, middle + half)
        ticks = np.array([m * 10.0**e for e in range(-4, 9) for m in (1, 2, 5)])
        ticks = ticks[(np.log10(ticks) >= axis.get_ylim()[0]) & (np.log10(ticks) <= axis.get_ylim()[1])]
        shown = axis is axes[0][0] or axis not in in_units
        axis.set_yticks(np.log10(ticks), [f"{tick:g}" if shown else "" for tick in ticks])
    return figure


def participant_values(analysis_set: pd.DataFrame, cohort: str, outcome: str) -> pd.DataFrame:
    """One value per participant of a cohort: the geometric mean over visits.

    Parameters
    ----------
    outcome : "sil6r" or "activity".

    Returns
    -------
    columns cohort, genotype and value; people without a genotype (uncertain dosages) are left out.
    """
    frame = analysis_set[analysis_set[outcomes.OUTCOMES[outcome].flag]].dropna(subset="genotype")
    if frame.empty:
        return pd.DataFrame(columns=["cohort", "genotype", "value"]).astype({"value": float})
    values = frame[outcomes.OUTCOMES[outcome].column_in(frame)].astype(float)
    logs = np.log(values).groupby(frame["participant"]).mean()
    genotype = frame.groupby("participant")["genotype"].first()
    return pd.DataFrame({"cohort": cohort, "genotype": genotype, "value": np.exp(logs)})


def specifications(study: Study) -> plt.Figure:
    """Estimates of the review's claims by other choices, kind by kind, sorted, beside the planned one.

    One row of panels for each analysis that bears on a claim, one panel for each cohort; the planned estimate
    is a line, its 95 % interval a band. Intervals far wider than most are cut at the frame.
    """
    plan = study.plan
    found = choices.of_claims(plan, study.table(SENSITIVITY), study.minimum)
    # The table has the choices of all others, which would be pages.
    leading = {name: rows for name, rows in found.items() if plan.analyses[name].claim in wording.REVIEW}
    found = leading or found
    if not found:
        return drawing.words(NOTHING)
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
        middle, low, high = (shown[key].to_numpy() for key in ("middle", "low", "high"))
        ends = drawing.span(middle, low, high, (_NO_EFFECT.get(scale, 0.0),))
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
        for kind in choices.KINDS
        if kind in counts.index
    }


def _on_scale(rows: pd.DataFrame, scale: str) -> pd.DataFrame:
    """The rows with middle and ends of the interval as readers meet them."""
    columns = {"middle": "estimate", "low": "ci_low", "high": "ci_high"}
    return rows.assign(
        **{new: [wording.on_scale(value, scale) for value in rows[old]] for new, old in columns.items()}
    )


def _panel(axis: plt.Axes, rows: pd.DataFrame, blocks: dict[str, float], no_effect: float) -> None:
    planned = rows[rows["kind"] == choices.PLANNED]
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
        ticks[choices.KINDS[kind]] = middle
        start += tall
        axis.axhline(start, color="0.9", linewidth=0.7)
    axis.set_ylim(start, 0)
    axis.set_yticks(list(ticks.values()), list(ticks), fontsize=9)
    axis.tick_params(axis="x", labelsize=9)
    axis.locator_params(axis="x", nbins=5)
    axis.grid(False, axis="y")
