"""The report's figures: one function each, drawn from the stages' tables."""

import textwrap

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import Bbox

from il6r import outcomes
from il6r.plan import VARIANT, Plan
from il6r.report import privacy

# No dates and no random element names, so that the same numbers give the same bytes.
_STYLE = {
    "svg.hashsalt": "il6r",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_PALETTE = sns.color_palette("colorblind")
_POINT, _PUBLISHED = _PALETTE[0], _PALETTE[1]
# Grey is for people who declare no group; what is left is told apart by marker too once colours repeat.
_GREY = _PALETTE[7]
_GROUP_COLOURS, _GROUP_MARKERS = [*_PALETTE[:7], *_PALETTE[8:]], "os^vDP"
UNDECLARED = "not declared"
# An interval more often than this as wide as the median one is cut at the frame, lest it squeeze the others.
_WIDE = 4
# Axes begin and end on multiples of this fraction of the figure, about a thousandth of a point. A power of
# two, so that halves and quarters are multiples too, and do not lie midway between two.
_GRID = 2.0**-20
_AXES = {
    "sil6r": "sIL-6R (ng/mL, log axis)",
    "activity": "mean acceleration, ENMO (mg, log axis)",
}


def save(figure, paths: list[str]) -> None:
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


def style():
    """The figures' common look; use as a context."""
    sns.set_theme(style="whitegrid", context="notebook", palette="colorblind")
    return plt.rc_context(_STYLE)


def group_looks(groups) -> dict[str, tuple]:
    """Colour and marker of each declared group, the same in every figure; `groups` may repeat and miss."""
    labels = sorted(set(pd.Series(list(groups), dtype=object).dropna()))
    colours = len(_GROUP_COLOURS)
    looks = {
        label: (_GROUP_COLOURS[k % colours], _GROUP_MARKERS[k // colours % len(_GROUP_MARKERS)])
        for k, label in enumerate(labels)
    }
    return {**looks, "all": ("black", "o"), UNDECLARED: (_GREY, "o")}


def words(text: str):
    """A figure that says why there is nothing to draw."""
    figure, axis = plt.subplots(figsize=(8, 1.6))
    axis.text(0.5, 0.5, textwrap.fill(text, 80), ha="center", va="center", fontsize=11)
    axis.set_axis_off()
    return figure


def span(values, lows, highs, others=(), wide=_WIDE) -> tuple[float, float]:
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


def participant_flow(flow: pd.DataFrame, plan: Plan, minimum: int):
    """How many people each cohort has at each step, as bars with their numbers.

    Parameters
    ----------
    flow : `COHORT_FLOW` of all cohorts.
    """
    steps = [
        ("cohort", None, "in the participant table", "in participant table"),
        ("cohort", None, "no call at the variant", "genotyped"),
        *(
            ("association", first, None, f"in {label} models")
            for outcome, label in (("sil6r", "sIL-6R"), ("activity", "activity"))
            if (first := _first_of(plan, outcome)) is not None
        ),
    ]
    people = flow[flow["counted"] == "participants"]
    cohorts = list(dict.fromkeys(flow["cohort"]))
    figure, axes = plt.subplots(1, len(cohorts), figsize=(3.4 * len(cohorts) + 1.4, 2.6), squeeze=False)
    for axis, cohort in zip(axes[0], cohorts, strict=True):
        own = people[people["cohort"] == cohort]
        counts = []
        for stage, analysis, reason, _ in steps:
            match = own["stage"] == stage
            match &= own["analysis"] == analysis if analysis else own["reason"] == reason
            # Of an analysis the last step counts; one without anybody has none.
            counts.append(int(own.loc[match, "left"].iloc[-1]) if match.any() else 0)
        labels = [step[-1] for step in steps]
        # The bars' lengths are as round as the numbers on them.
        lengths = [count // minimum * minimum for count in counts]
        sns.barplot(x=lengths, y=labels, ax=axis, color=_POINT, orient="h")
        for place, count in enumerate(counts):
            text = privacy.rounded(count, minimum)
            axis.text(counts[0] * 0.03, place, text, va="center", color="white", fontweight="bold")
        axis.set(title=cohort, xlabel="people", ylabel="")
        axis.grid(False, axis="y")
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axis.locator_params(axis="x", nbins=4)
        if axis is not axes[0][0]:
            axis.set_yticklabels([])
    return figure


def _first_of(plan: Plan, outcome: str) -> str | None:
    """The plan's first analysis of an outcome and the variant."""
    return next(
        (one.name for one in plan.analyses.values() if (one.outcome, one.exposure) == (outcome, VARIANT)),
        None,
    )


def by_genotype(people: pd.DataFrame, means: pd.DataFrame, outcome: str, minimum: int) -> plt.Figure:
    """The outcome's distribution in each genotype group of each cohort, on a log axis.

    Shapes are kernel densities over participants (visits averaged), points geometric means with 95 %
    intervals. A group smaller than `minimum` is named, not drawn.

    Parameters
    ----------
    people : columns cohort, genotype and value, one row per participant.
    means : `GENOTYPE_MEANS` of all cohorts.
    outcome : "sil6r" or "activity". Cohorts may have measured it in relative units.
    """
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
        counts = privacy.group_counts(list(rows["participants"]), minimum)
        axis.set_xticks(range(len(order)))
        axis.set_xticklabels(
            [f"{genotype}\nn = {n}" if n[0].isdigit() else f"{genotype}\nn {n}"
             for genotype, n in zip(order, counts, strict=True)], fontsize=9,
        )  # fmt: skip
        axis.set_xlim(-0.6, len(order) - 0.4)
        shown = axis is axes[0][0] or axis not in in_units
        label = _AXES[outcome] if axis in in_units else "relative units (2^NPX, log axis)"
        axis.set(title=cohort, xlabel="genotype", ylabel=label if shown else "")
    # One axis for all in the same unit, and one as long, around its own values, for each of the others.
    ends = np.array([axis.get_ylim() for axis in in_units or axes[0]])
    low, high = ends[:, 0].min(), ends[:, 1].max()
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


def allele_frequency(qc: pd.DataFrame, minimum: int):
    """Effect-allele frequency of each group with its Wilson interval, beside the reference.

    Parameters
    ----------
    qc : `GENOTYPES_QC` of all cohorts with a column `cohort`.
    """
    groups = qc[(qc["group"] != "all") & (qc["called"] >= minimum)]
    if groups.empty:
        groups = qc[qc["called"] >= minimum]
    cohorts = list(dict.fromkeys(qc["cohort"]))
    sizes = [max(1, (groups["cohort"] == cohort).sum()) for cohort in cohorts]
    figure, axes = plt.subplots(
        len(cohorts), 1, figsize=(10, 0.36 * sum(sizes) + 0.5 * len(cohorts) + 1.4),
        sharex=True, squeeze=False, height_ratios=sizes,
    )  # fmt: skip
    for axis, cohort in zip(axes[:, 0], cohorts, strict=True):
        own = groups[groups["cohort"] == cohort].reset_index(drop=True)
        axis.errorbar(
            own["frequency"], own.index, fmt="o", color=_POINT, capsize=3, label="cohort",
            xerr=[own["frequency"] - own["frequency_low"], own["frequency_high"] - own["frequency"]],
        )  # fmt: skip
        axis.plot(own["reference_frequency"], own.index, "s", color=_PUBLISHED, markerfacecolor="white",
                  label="reference for the ancestry", markersize=7)  # fmt: skip
        axis.set_yticks(own.index, own["group"])
        axis.set_ylim(max(len(own), 1) - 0.5, -0.5)
        axis.set_ylabel(cohort)
        axis.set_xlim(0, 1)
        axis.grid(False, axis="y")
    axes[-1, 0].set_xlabel("effect-allele frequency")
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
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
