"""Figures of replication: our estimates beside published ones, and how often the rule gives each verdict."""

from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from il6r.plan import Plan
from il6r.report import drawing, privacy, sheet, wording
from il6r.report.drawing import Drawn
from il6r.report.load import Study
from il6r.report.replication import verdict_bars
from il6r.report.replication.words import RANDOM, benchmark_labels, words_told
from il6r.tables.association import ESTIMATES, EVERYBODY
from il6r.tables.replication import OPERATING, POOLED, VERDICTS

_PALETTE = sns.color_palette("colorblind")
# Kinds of rows from top to bottom: colour, marker, whether it is filled, and what the legend calls them.
_KINDS = {
    "cohort": (_PALETTE[0], "o", True, "cohort"),
    "fixed": ("black", "s", True, "pooled, fixed effects"),
    "random": ("0.35", "X", True, "pooled, random effects (thin: prediction interval)"),
    "ancestry": (_PALETTE[2], "^", True, "pooled within an ancestry"),
    "lead": (_PALETTE[3], "D", True, "published, the claim's leading value"),
    "published": (_PALETTE[3], "D", False, "published, other values"),
    "direction": (_PALETTE[3], ">", False, "published as a direction only"),
    "none": (_PALETTE[3], "|", True, "published as no effect, within these ends"),
}
_PUBLISHED = ("lead", "published", "direction", "none")
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
# Inches of a row of a forest, and of rows' names at most.
_ROW, _MOST_NAME = 0.19, 1.95
# A smaller share has no room for its number in panels beside each other.
_NAMED = 0.15
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


def forest(study: Study) -> Drawn:
    """Each claim's cohort estimates, pooled values and published benchmarks, with 95 % intervals.

    A panel for each analysis that a benchmark is about, with an axis of its own: always of the review's
    claims, of the others where somebody measured it. Intervals far wider than most are cut at the frame.
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
    pooled = pooled[privacy.enough_pooled(pooled, minimum) & visible]
    panels = _panels(plan, own, published)
    rows = {name: _rows(name, own, pooled, published, minimum) for name in panels}
    if not panels:
        return drawing.words(NO_PUBLISHED)
    page = sheet.Sheet()
    names = [line.label for lines in rows.values() for line in lines]
    left = sheet.widest(names, _MOST_NAME) + 0.14
    wide = sheet.WIDTH / 2 - 0.2
    titles = {name: sheet.fitted(label, wide, lines=2, bold=True) for name, label in panels.items()}
    pairs = [list(panels)[k : k + 2] for k in range(0, len(panels), 2)]
    for pair in pairs:
        height = _ROW * max(2, *(len(rows[name]) for name in pair)) + 0.05
        axes = page.panels(len(pair), 2, height, left=left, between=left + 0.1, above=0.44, below=0.5)
        for axis, name in zip(axes, pair, strict=True):
            scale = published.loc[published["analysis"] == name, "scale"].iloc[0]
            _draw(axis, rows[name], scale, height)
            # Over the names of rows, too.
            axis.annotate(
                titles[name], (0, 1), (-72 * (left - 0.08), 4), xycoords="axes fraction",
                textcoords="offset points", fontweight="bold", va="bottom", linespacing=1.15,
            )  # fmt: skip
    kinds = dict.fromkeys(line.kind for lines in rows.values() for line in lines)
    page.legend(
        [
            plt.Line2D([], [], color=colour, marker=marker, linestyle="none", label=label,
                       markerfacecolor=colour if filled else "white", markeredgewidth=1.4)
            for kind, (colour, marker, filled, label) in _KINDS.items()
            if kind in kinds
        ]
    )  # fmt: skip
    data = [
        {"analysis": name, "scale": published.loc[published["analysis"] == name, "scale"].iloc[0]}
        | {"row": line.label, "kind": line.kind, "estimate": line.value, "low": line.low, "high": line.high}
        | {"prediction_low": line.outer_low, "prediction_high": line.outer_high}
        for name, lines in rows.items()
        for line in lines
    ]
    return Drawn(page.done(), pd.DataFrame(data).replace([np.inf, -np.inf], np.nan))


def _panels(plan: Plan, estimates: pd.DataFrame, published: pd.DataFrame) -> dict[str, str]:
    """The analysis of each claim's panel, and the claim's words, in the order of claims.

    Of the analyses that a benchmark of the claim is about, it is the first that has an estimate; for the
    review's claims, the first of all where none has.
    """
    rank = {claim: place for place, claim in enumerate(wording.CLAIMS)}
    ordered = published.sort_values("claim", key=lambda claims: claims.map(rank), kind="stable")
    ordered = ordered[ordered["analysis"].isin(plan.analyses)]
    found: dict[str, str] = {}
    for claim, rows in ordered.groupby("claim", sort=False):
        every = list(dict.fromkeys(rows["analysis"]))
        names = [name for name in every if name in set(estimates["analysis"])]
        names = names or (every[:1] if claim in wording.REVIEW else [])
        if names:
            allele = estimates.loc[estimates["analysis"] == names[0], "effect_allele"].dropna()
            words = wording.claim(str(claim), allele.iloc[0] if len(allele) else "effect")
            found[names[0]] = words
    return found


def _rows(
    name: str, estimates: pd.DataFrame, pooled: pd.DataFrame, published: pd.DataFrame, minimum: int
) -> list[Line]:
    """The lines of one analysis, on the benchmark's scale."""
    benchmarks = published[published["analysis"] == name]
    scale = benchmarks["scale"].iloc[0]

    def row(label: str, found: Any, kind: str, outer: tuple[float, float] = (np.nan, np.nan)) -> Line:
        """One line, on the scale readers meet it on."""
        ends = (found.estimate, found.ci_low, found.ci_high, *outer)
        value, low, high, outer_low, outer_high = (wording.on_scale(end, scale) for end in ends)
        # Also where they are drawn: places in an SVG have more digits than can be seen.
        value, low, high = privacy.interval(value, low, high, minimum)
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
    return [*rows, *map(_published, benchmarks.itertuples())]


def _published(known: Any) -> Line:
    """The line of a published value; of none and of a bound its ends, and of a direction its side."""
    label = wording.source(known.reference)
    if known.kind == "direction":
        none = _NO_EFFECT.get(known.scale, 0.0)
        ends = (none, np.inf) if known.value == "greater" else (-np.inf, none)
        return Line(label, np.nan, *ends, np.nan, np.nan, "direction")
    value = float(known.value)
    if known.kind not in ("no_effect", "bound"):
        kind = "lead" if known.role == "primary" else "published"
        return Line(label, value, known.low, known.high, np.nan, np.nan, kind)
    high = value if known.kind == "bound" else float(known.bound)
    none = _NO_EFFECT.get(known.scale, 0.0)
    opposite = {"ratio": 1 / high, "odds_ratio": 1 / high, "percent": 100 * (1 / (1 + high / 100) - 1)}
    return Line(label, none, opposite.get(known.scale, -high), high, np.nan, np.nan, "none")


def _draw(axis: plt.Axes, rows: list[Line], scale: str, height: float) -> None:
    no_effect = _NO_EFFECT.get(scale, 0.0)
    for place, (_, value, low, high, outer_low, outer_high, kind) in enumerate(rows):
        colour, marker, filled, _ = _KINDS[kind]
        if not np.isnan(outer_low):
            axis.plot([outer_low, outer_high], [place, place], color=colour, linewidth=0.9)
        if np.isfinite(high - low):
            axis.plot([low, high], [place, place], color=colour, linewidth=2)
        axis.plot([value], [place], marker=marker, color=colour, linestyle="none", markersize=5.5,
                  markeredgewidth=1.4 if kind in _PUBLISHED else 0.6,
                  markerfacecolor=colour if filled else "white")  # fmt: skip
    axis.axvline(no_effect, color="grey", linewidth=1, linestyle=":")
    if rows:
        values, lows, highs = (np.array([row[k] for row in rows], dtype=float) for k in (1, 2, 3))
        axis.set_xlim(*drawing.span(values, lows, highs, (no_effect,), _WIDE))
    for place, row in enumerate(rows):
        if row.kind == "direction":
            _arrow(axis, place, no_effect, up=np.isinf(row.high))
    axis.set_yticks(range(len(rows)), [sheet.fitted(row.label, _MOST_NAME, lines=1) for row in rows])
    for label, row in zip(axis.get_yticklabels(), rows, strict=True):
        label.set_color(_KINDS[row.kind][0] if row.kind in _PUBLISHED else "black")
    # Rows as high in each panel, the free ones below.
    axis.set_ylim((height - 0.05) / _ROW - 0.5, -0.6)
    axis.locator_params(axis="x", nbins=4)
    axis.set_xlabel(_LABELS[scale])
    axis.grid(False, axis="y")


def _arrow(axis: plt.Axes, place: int, start: float, *, up: bool) -> None:
    """From no effect to the frame on the side that was published."""
    colour, ends = _KINDS["direction"][0], axis.get_xlim()
    end = ends[1] - 0.04 * np.ptp(ends) if up else ends[0] + 0.04 * np.ptp(ends)
    axis.plot([start, end], [place, place], color=colour, linewidth=1.4, linestyle=(0, (4, 2)))
    axis.plot([end], [place], marker=">" if up else "<", color=colour, markersize=6, markerfacecolor="white",
              markeredgewidth=1.4)  # fmt: skip


def operating(study: Study) -> Drawn:
    """Shares of verdicts by truth and number of people, as bars; one row of panels for each benchmark."""
    rates, labels = study.table(OPERATING), benchmark_labels(study.table(VERDICTS))
    if rates.empty:
        return drawing.words(NO_OPERATING)
    benchmarks, sizes = (list(dict.fromkeys(rates[key])) for key in ("benchmark", "n"))
    truths = sorted(set(rates["truth_percent"]))
    names = [wording.truth(truth) for truth in truths]
    page = sheet.Sheet()
    left = sheet.widest(names, 1.4) + 0.3
    for benchmark in benchmarks:
        page.text(labels.get(benchmark, benchmark), bold=True)
        columns = min(len(sizes), 3)
        high = 0.2 * len(truths) + 0.1
        axes = page.panels(
            len(sizes), columns, high, left=left, between=0.32, above=0.22, below=0.44, right=0.24
        )
        for place, (axis, n) in enumerate(zip(axes, sizes, strict=True)):
            own = rates[(rates["benchmark"] == benchmark) & (rates["n"] == n)]
            own = own.assign(row=own["truth_percent"].map(truths.index))
            verdict_bars.draw(axis, own, names, _NAMED)
            axis.set_title(f"n = {n:,}", loc="left")
            axis.set_xlabel("share of verdicts (%)")
            axis.locator_params(axis="x", nbins=4)
            if place % columns:
                axis.tick_params(axis="y", labelleft=False)
            else:
                axis.set_ylabel("truth")
    page.legend(verdict_bars.handles(words_told(rates)))
    shown = rates.assign(benchmark=rates["benchmark"].map(lambda name: labels.get(name, name)))
    return Drawn(page.done(), shown[["benchmark", "n", "truth_percent", "verdict", "share"]])
