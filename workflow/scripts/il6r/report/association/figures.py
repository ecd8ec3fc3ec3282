"""Figures of association: outcomes by genotype, and estimates by other choices."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from il6r import outcomes
from il6r.report import drawing, privacy, sheet, wording
from il6r.report.association import specifications as choices
from il6r.report.drawing import Drawn
from il6r.report.load import Study
from il6r.tables.association import GENOTYPE_MEANS, SENSITIVITY
from il6r.tables.cohort import ANALYSIS_SET

_PALETTE = sns.color_palette("colorblind")
_RAW, _ADJUSTED, _BOX = "0.35", _PALETTE[0], "#cfe0ee"
_OUTCOMES = {"sil6r": "sIL-6R (ng/mL)", "activity": "mean ENMO (mg)"}
# Fewer people than these have no box and no whiskers, whose ends would be nearly one person's value.
_FEWEST_IN_BOX, _FEWEST_IN_WHISKERS = 20, 50
_SHARES = {"q10": 0.1, "q25": 0.25, "median": 0.5, "q75": 0.75, "q90": 0.9}
# Where in a genotype's place the box and the two means stand, and the box's width.
_PLACES, _WIDE = {"box": -0.27, "raw": 0.02, "adjusted": 0.26}, 0.26
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
_COLUMNS = 3
# Of one kind's estimates: as high as its name at least, and so many have a place of their own.
_SLOT, _LEAST_SLOTS, _MOST_SLOTS, _GAP = 0.07, 2.4, 14, 0.07
NOTHING = "No claim's estimate could be compared with other choices."
NO_MEANS = "No genotype has a mean of enough people."


def sil6r_by_genotype(study: Study) -> Drawn:
    """sIL-6R in each genotype group of each cohort."""
    return _by_genotype(study, "sil6r")


def activity_by_genotype(study: Study) -> Drawn:
    """Mean acceleration in each genotype group of each cohort."""
    return _by_genotype(study, "activity")


def _by_genotype(study: Study, outcome: str) -> Drawn:
    """The outcome in each genotype group of each cohort, on a log axis: raw and adjusted means, and a box.

    Means are geometric, with 95 % intervals; those adjusted for covariates stand beside the raw ones, so that
    confounding shows. Boxes are of participants (visits averaged): quartiles, and tenths as whiskers. A small
    group is named, not drawn. Cohorts may have measured the outcome in relative units.
    """
    rows = _shown_means(study, outcome)
    if rows.empty:
        return drawing.words(NO_MEANS)
    relative = f"{outcome}_relative"
    cohorts = list(dict.fromkeys(rows["cohort"]))
    # Cohorts in the same unit beside each other, with one axis.
    in_units = set(rows.loc[rows["outcome"] != relative, "cohort"])
    groups = [[one for one in cohorts if (one in in_units) == known] for known in (True, False)]
    columns = _COLUMNS if len(cohorts) > 2 else 2
    page = sheet.Sheet()
    for own, label in zip(groups, (_OUTCOMES[outcome], "relative units (2^NPX)"), strict=True):
        if not own:
            continue
        low, high = _ends(rows[rows["cohort"].isin(own)])
        ticks = _ticks(low, high)
        left = sheet.widest([f"{tick:,g}" for tick in ticks], 0.8) + 0.36
        axes = page.panels(len(own), columns, 2.2, left=left, between=0.12, below=0.5)
        for place, (axis, cohort) in enumerate(zip(axes, own, strict=True)):
            _genotypes(axis, rows[rows["cohort"] == cohort], study.minimum)
            axis.set_yscale("log")
            axis.set_ylim(low, high)
            axis.yaxis.set_major_locator(FixedLocator(ticks))
            axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
            axis.yaxis.set_minor_locator(NullLocator())
            page.title(axis, cohort)
            if place % columns:
                axis.tick_params(axis="y", labelleft=False)
            else:
                axis.set_ylabel(label)
        page.gap(0.05)
    page.legend(
        [
            plt.Line2D([], [], color=_RAW, marker="o", markerfacecolor="white", linestyle="--", linewidth=1.2,
                       label="mean, not adjusted"),
            plt.Line2D([], [], color=_ADJUSTED, marker="D", linewidth=1.2,
                       label="mean, adjusted for covariates"),
            plt.Rectangle((0, 0), 1, 1, facecolor=_BOX, edgecolor="0.45", linewidth=0.8,
                          label="middle half of people"),
        ]
    )  # fmt: skip
    people = [privacy.people_number(int(n), study.minimum) for n in rows["participants"]]
    data = rows.assign(people=pd.array(people, dtype="Int64"), value_in=rows["outcome"])
    names = ["cohort", "value_in", "genotype", "people", *_SHARES, "geometric_mean", "ci_low", "ci_high"]
    return Drawn(
        page.done(), data[[*names, "adjusted_mean", "adjusted_low", "adjusted_high", "adjusted_for"]]
    )


def _shown_means(study: Study, outcome: str) -> pd.DataFrame:
    """The outcome's rows of `GENOTYPE_MEANS` that have enough people, with the shares of their boxes."""
    means = study.table(GENOTYPE_MEANS)
    names = [outcomes.OUTCOMES[outcome].column, f"{outcome}_relative"]
    means = means[means["outcome"].isin(names) & privacy.enough(means["participants"], study.minimum)]
    means = means.dropna(subset="geometric_mean").reindex(columns=list(GENOTYPE_MEANS.columns))
    boxes = {}
    for cohort, own in study.tables(ANALYSIS_SET).items():
        values = participant_values(own, cohort, outcome)
        for genotype, group in values.groupby("genotype")["value"]:
            boxes[cohort, genotype] = _box(group.to_numpy(float), study.minimum)
    keys = zip(means["cohort"], means["genotype"], strict=True)
    found = pd.DataFrame([boxes.get(key, {}) for key in keys], columns=list(_SHARES), index=means.index)
    return pd.concat([means, found.astype(float)], axis=1).sort_values(["cohort", "copies"], key=_in_order)


def _in_order(column: pd.Series) -> pd.Series:
    """Cohorts as they come."""
    return column if column.name == "copies" else column.map({v: k for k, v in enumerate(column.unique())})


def _box(values: np.ndarray, minimum: int) -> dict[str, float]:
    """The shares of a group's values that its box shows."""
    if len(values) < max(_FEWEST_IN_BOX, privacy.step(minimum)):
        return {}
    whiskers = len(values) >= max(_FEWEST_IN_WHISKERS, privacy.step(minimum))
    shares = {name: share for name, share in _SHARES.items() if whiskers or name not in ("q10", "q90")}
    ends = np.quantile(values, list(shares.values()))
    # A quantile may be one person's value: it is drawn as it is told, with three digits.
    return {name: float(f"{end:.3g}") for name, end in zip(shares, ends, strict=True)}


def _ends(rows: pd.DataFrame) -> tuple[float, float]:
    """Ends of an axis of logarithms that holds boxes and means, and intervals that are not very wide."""
    logs = np.log(rows[["geometric_mean", "ci_low", "ci_high"]].to_numpy(float))
    adjusted = np.log(rows[["adjusted_mean", "adjusted_low", "adjusted_high"]].to_numpy(float))
    both = np.concatenate([logs, adjusted])
    others = np.log(rows[list(_SHARES)].to_numpy(float)).ravel()
    low, high = drawing.span(both[:, 0], both[:, 1], both[:, 2], others[np.isfinite(others)], wide=8)
    return float(np.exp(low)), float(np.exp(high))


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers on an axis of logarithms: more of them on a short one."""
    for steps in (
        (1,),
        (1, 3),
        (1, 2, 5),
        (1, 1.5, 2, 3, 5, 7),
        (1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 4, 5, 6, 7, 8, 9),
    ):
        found = [m * 10.0**e for e in range(-5, 9) for m in steps if low <= m * 10.0**e <= high]
        if len(found) >= 4:
            break
    return found


def _genotypes(axis: plt.Axes, rows: pd.DataFrame, minimum: int) -> None:
    """One cohort's boxes and means."""
    x = np.arange(len(rows))
    boxes = rows.assign(x=x).dropna(subset="median")
    middle = boxes["x"] + _PLACES["box"]
    axis.bar(
        middle, boxes["q75"] - boxes["q25"], _WIDE, boxes["q25"], color=_BOX, edgecolor="0.45", linewidth=0.8
    )
    axis.hlines(boxes["median"], middle - _WIDE / 2, middle + _WIDE / 2, color="0.45", linewidth=1.2)
    for inner, outer in (("q25", "q10"), ("q75", "q90")):
        axis.vlines(middle, boxes[inner], boxes[outer], color="0.45", linewidth=0.8)
    kinds = (
        ("raw", ("geometric_mean", "ci_low", "ci_high"), _RAW, "o", "white", "--"),
        ("adjusted", ("adjusted_mean", "adjusted_low", "adjusted_high"), _ADJUSTED, "D", _ADJUSTED, "-"),
    )
    for kind, (mean, low, high), colour, marker, face, line in kinds:
        own = x + _PLACES[kind]
        axis.vlines(own, rows[low], rows[high], color=colour, linewidth=1.6)
        axis.plot(own, rows[mean], color=colour, linewidth=0.8, linestyle=line)
        axis.plot(own, rows[mean], marker, color=colour, markerfacecolor=face, linestyle="none", zorder=3)
    people = [privacy.people(int(n), minimum) for n in rows["participants"]]
    axis.set_xticks(x, [f"{genotype}\nn = {n}" for genotype, n in zip(rows["genotype"], people, strict=True)])
    axis.set_xlim(-0.55, len(rows) - 0.45)
    axis.grid(False, axis="x")


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


def specifications(study: Study) -> Drawn:
    """Estimates of the review's claims by other choices, kind by kind, sorted, beside the planned one.

    Panels for the first analysis of each claim, one panel for each cohort; the planned estimate
    is a line, its 95 % interval a band. Intervals far wider than most are cut at the frame.
    """
    plan = study.plan
    found = choices.of_claims(plan, study.table(SENSITIVITY), study.minimum)
    # The first of each claim: the table has the choices of all others, which would be pages.
    first = {plan.analyses[name].claim: name for name in reversed(found)}
    leading = {name: rows for name, rows in found.items() if first[plan.analyses[name].claim] == name}
    of_review = {name: rows for name, rows in leading.items() if plan.analyses[name].claim in wording.REVIEW}
    found = of_review or leading
    if not found:
        return drawing.words(NOTHING)
    page, drawn = sheet.Sheet(), []
    left = sheet.widest([choices.KINDS[kind] for kind in choices.KINDS], 1.5) + 0.14
    for name, rows in found.items():
        one, scale = plan.analyses[name], wording.reader_scale(plan.analyses[name])
        blocks = _blocks(rows)
        page.text(one.label, bold=True)
        shown = _on_scale(rows, scale, study.minimum)
        middle, low, high = (shown[key].to_numpy() for key in ("middle", "low", "high"))
        ends = drawing.span(middle, low, high, (_NO_EFFECT.get(scale, 0.0),))
        cohorts = list(dict.fromkeys(rows["cohort"]))
        columns = min(4 if len(cohorts) == 4 else _COLUMNS, len(cohorts))
        axes = page.panels(len(cohorts), columns, sum(blocks.values()), left=left, between=0.16, above=0.24)
        for place, (axis, cohort) in enumerate(zip(axes, cohorts, strict=True)):
            _panel(axis, shown[shown["cohort"] == cohort], blocks, _NO_EFFECT.get(scale, 0.0))
            axis.set_xlim(*ends)
            axis.locator_params(axis="x", nbins=3)
            page.title(axis, cohort, bold=False)
            axis.set_xlabel(_AXES[scale])
            if place % columns:
                axis.tick_params(axis="y", labelleft=False)
        drawn.append(shown.assign(scale=scale))
        page.gap(0.06)
    page.legend(
        [
            plt.Line2D([], [], color="black", linewidth=1.4, label="as planned"),
            plt.Rectangle((0, 0), 1, 1, color="0.85", label="its 95 % interval"),
            plt.Line2D([], [], color="0.35", marker="o", markersize=3.5, linewidth=1,
                       label="another choice, with its 95 % interval"),
        ]
    )  # fmt: skip
    names = ["cohort", "analysis", "kind", "choice", "scale", "middle", "low", "high"]
    data = pd.concat(drawn, ignore_index=True)[names]
    return Drawn(page.done(), data.rename(columns={"middle": "estimate", "low": "ci_low", "high": "ci_high"}))


def _blocks(rows: pd.DataFrame) -> dict[str, float]:
    """Inches that each kind has, of those that some cohort has."""
    counts = rows.groupby(["kind", "cohort"]).size().groupby("kind").max()
    return {
        kind: min(max(counts[kind], _LEAST_SLOTS), _MOST_SLOTS) * _SLOT + _GAP
        for kind in choices.KINDS
        if kind in counts.index
    }


def _on_scale(rows: pd.DataFrame, scale: str, minimum: int) -> pd.DataFrame:
    """The rows with middle and ends of the interval as readers meet them, and with as many digits."""
    middle, low, high = (
        [wording.on_scale(end, scale) for end in rows[key]] for key in ("estimate", "ci_low", "ci_high")
    )
    ends = [privacy.interval(*row, minimum) for row in zip(middle, low, high, strict=True)]
    told = pd.DataFrame(ends, columns=["middle", "low", "high"], index=rows.index, dtype=float)
    return rows.assign(**told)


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
        drawing.between(axis, places, own["low"], own["high"], color=_COLOURS[kind], linewidth=0.9)
        axis.plot(own["middle"], places, "o", color=_COLOURS[kind], markersize=3, linestyle="none")
        ticks[choices.KINDS[kind]] = middle
        start += tall
        axis.axhline(start, color="0.9", linewidth=0.7)
    axis.set_ylim(start, 0)
    axis.set_yticks(list(ticks.values()), list(ticks))
    axis.grid(False, axis="y")
