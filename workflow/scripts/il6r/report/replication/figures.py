"""Figures of replication: our estimates beside published ones, and how often the rule gives each verdict."""

import textwrap
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from il6r.plan import Plan
from il6r.report import drawing, privacy, wording
from il6r.report.load import Study
from il6r.report.replication import verdict_bars
from il6r.report.replication.words import RANDOM, benchmark_labels, words_told
from il6r.tables.association import ESTIMATES, EVERYBODY
from il6r.tables.replication import OPERATING, POOLED, VERDICTS

_PALETTE = sns.color_palette("colorblind")
# Kinds of rows from top to bottom: colour, marker, and what the legend calls them.
_KINDS = {
    "cohort": (_PALETTE[0], "o", "cohort"),
    "fixed": ("black", "D", "pooled, fixed effects"),
    "random": ("0.35", "d", "pooled, random effects (thin: prediction interval)"),
    "ancestry": (_PALETTE[2], "^", "pooled within an ancestry"),
    "published": (_PALETTE[1], "s", "published (hollow: no interval published)"),
    "none": (_PALETTE[1], "|", "published: no effect, within these ends"),
}
_LABELS = {
    "percent": "difference (%)",
    "ratio": "ratio",
    "odds_ratio": "odds ratio",
    "r2": "partial r\N{SUPERSCRIPT TWO}",
    "difference": "difference",
    "sd": "difference (SD)",
    "correlation": "correlation",
}
_NO_EFFECT = {"ratio": 1.0, "odds_ratio": 1.0}
# Letters of a line of a title.
_TITLE = 42
# A smaller share has no room for its number in panels beside each other.
_NAMED = 0.12
NO_OPERATING = "No benchmark's operating characteristics were worked out."
NO_PUBLISHED = "No analysis of the plan has a published value and an estimate."
# A single ancestry's interval may be far wider than all cohorts' together, and is still to be seen.
_WIDE = 10


class Line(NamedTuple):
    """One line of a forest: an estimate with its interval and that of a prediction, of a kind of `_KINDS`."""

    label: str
    value: float
    low: float
    high: float
    outer_low: float
    outer_high: float
    kind: str


def forest(study: Study) -> plt.Figure:
    """Each claim's cohort estimates, pooled values and published benchmarks, with 95 % intervals.

    A panel for each analysis that a benchmark is about: always of the review's claims, of the others where
    somebody measured it. Intervals far wider than most are cut at the frame.
    """
    plan, pooled, published, minimum = (
        study.plan,
        study.table(POOLED),
        study.resource("published"),
        study.minimum,
    )
    own = privacy.shown_estimates(study.table(ESTIMATES), minimum)
    own = own[own["stratum"] == EVERYBODY]
    visible = (pooled["cohorts"] > 1) | pooled["analysis"].isin(own["analysis"])
    pooled = pooled[(pooled["n_participants"] >= minimum) & visible]
    panels = _panels(plan, own, published)
    rows = {name: _rows(name, own, pooled, published) for name in panels}
    if not panels:
        return drawing.words(NO_PUBLISHED)
    lines = -(-len(panels) // 2)
    heights = [max(2, *(len(rows[name]) for name in list(panels)[2 * k : 2 * k + 2])) for k in range(lines)]
    figure, axes = plt.subplots(
        lines, 2, figsize=(11, 0.3 * sum(heights) + 0.9 * lines + 0.8), height_ratios=heights, squeeze=False
    )
    for axis, (name, label) in zip(axes.ravel(), panels.items(), strict=False):
        _draw(axis, rows[name], published.loc[published["analysis"] == name, "scale"].iloc[0])
        axis.set_title(textwrap.fill(label, _TITLE), fontsize=11)
    if len(panels) % 2:
        axes[-1, 1].set_axis_off()
    kinds = dict.fromkeys(row.kind for own in rows.values() for row in own)
    handles = [
        plt.Line2D([], [], color=colour, marker=marker, linestyle="none", label=label)
        for kind, (colour, marker, label) in _KINDS.items()
        if kind in kinds
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure


def _panels(plan: Plan, estimates: pd.DataFrame, published: pd.DataFrame) -> dict[str, str]:
    """Analyses that a benchmark is about, in the order of their claims, and what readers call them."""
    rank = {claim: place for place, claim in enumerate(wording.CLAIMS)}
    ordered = published.sort_values("claim", key=lambda claims: claims.map(rank), kind="stable")
    leading = ordered.drop_duplicates("claim").set_index("claim")["analysis"]
    always = {leading[claim] for claim in wording.REVIEW if claim in leading.index}
    names = [
        name
        for name in dict.fromkeys(ordered["analysis"])
        if name in plan.analyses and (name in always or name in set(estimates["analysis"]))
    ]
    return {name: plan.analyses[name].label for name in names}


def _rows(name: str, estimates: pd.DataFrame, pooled: pd.DataFrame, published: pd.DataFrame) -> list[Line]:
    """The lines of one analysis, on the benchmark's scale."""
    benchmarks = published[published["analysis"] == name]
    scale = benchmarks["scale"].iloc[0]

    def row(label: str, found: Any, kind: str, outer: tuple[float, float] = (np.nan, np.nan)) -> Line:
        """One line, on the scale readers meet it on."""
        ends = (found.estimate, found.ci_low, found.ci_high, *outer)
        value, low, high, outer_low, outer_high = (wording.on_scale(end, scale) for end in ends)
        return Line(label, value, low, high, outer_low, outer_high, kind)

    rows = [
        row(found.cohort, found, "cohort") for found in estimates[estimates["analysis"] == name].itertuples()
    ]
    own = pooled[pooled["analysis"] == name]
    # One cohort is its own pool.
    for found in own[(own["group"] == EVERYBODY) & (own["cohorts"] > 1)].itertuples():
        if found.model == "fixed":
            rows.append(row("pooled, fixed effects", found, "fixed"))
        elif found.model == RANDOM:
            outer = (found.prediction_low, found.prediction_high)
            rows.append(row("pooled, random effects", found, "random", outer))
    for found in own[(own["group"] != EVERYBODY) & (own["model"] == "fixed")].itertuples():
        rows.append(row(f"{found.group} only", found, "ancestry"))
    # One that is a direction only has no place on an axis.
    for known in benchmarks[benchmarks["kind"] != "direction"].itertuples():
        rows.append(_published(known))
    return rows


def _published(known: Any) -> Line:
    """The line of a published value; of none, and of a bound, within which ends it is."""
    label, value = wording.source(known.reference), float(known.value)
    if known.kind not in ("no_effect", "bound"):
        return Line(label, value, known.low, known.high, np.nan, np.nan, "published")
    high = value if known.kind == "bound" else float(known.bound)
    none = _NO_EFFECT.get(known.scale, 0.0)
    opposite = {"ratio": 1 / high, "odds_ratio": 1 / high, "percent": 100 * (1 / (1 + high / 100) - 1)}
    return Line(label, none, opposite.get(known.scale, -high), high, np.nan, np.nan, "none")


def _draw(axis: plt.Axes, rows: list[Line], scale: str) -> None:
    no_effect = _NO_EFFECT.get(scale, 0.0)
    for place, (_, value, low, high, outer_low, outer_high, kind) in enumerate(rows):
        colour, marker, _ = _KINDS[kind]
        if not np.isnan(outer_low):
            axis.plot([outer_low, outer_high], [place, place], color=colour, linewidth=0.9)
        if not np.isnan(low):
            axis.plot([low, high], [place, place], color=colour, linewidth=2)
        axis.plot([value], [place], marker=marker, color=colour, linestyle="none", markersize=6.5,
                  markerfacecolor="white" if np.isnan(low) else colour)  # fmt: skip
    axis.axvline(no_effect, color="grey", linewidth=1, linestyle=":")
    if rows:
        values, lows, highs = (np.array([row[k] for row in rows], dtype=float) for k in (1, 2, 3))
        axis.set_xlim(*drawing.span(values, lows, highs, (no_effect,), _WIDE))
    axis.set_yticks(range(len(rows)), [row.label for row in rows], fontsize=9)
    axis.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    axis.set_xlabel(_LABELS[scale])
    axis.grid(False, axis="y")


def operating(study: Study) -> plt.Figure:
    """Shares of verdicts by truth and number of people, as bars; one row of panels for each benchmark."""
    rates, labels = study.table(OPERATING), benchmark_labels(study.table(VERDICTS))
    if rates.empty:
        return drawing.words(NO_OPERATING)
    benchmarks, sizes = (list(dict.fromkeys(rates[key])) for key in ("benchmark", "n"))
    truths = sorted(set(rates["truth_percent"]))
    figure, axes = plt.subplots(
        len(benchmarks), len(sizes), sharex=True, sharey=True, squeeze=False,
        figsize=(max(3.1 * len(sizes) + 0.8, 9.0), len(benchmarks) * (0.32 * len(truths) + 0.75) + 0.9),
    )  # fmt: skip
    for row, benchmark in zip(axes, benchmarks, strict=True):
        for axis, n in zip(row, sizes, strict=True):
            own = rates[(rates["benchmark"] == benchmark) & (rates["n"] == n)]
            own = own.assign(row=own["truth_percent"].map(truths.index))
            verdict_bars.draw(axis, own, [wording.truth(truth) for truth in truths], _NAMED)
            above = f"{labels.get(benchmark, benchmark)}\n" if axis is row[0] else ""
            axis.set_title(f"{above}n = {n:,}", fontsize=10, loc="left")
        row[0].set_ylabel("truth")
    for axis in axes[-1]:
        axis.set_xlabel("share of verdicts (%)")
    verdict_bars.legend(figure, words_told(rates))
    return figure
