"""What does each effect allele do to predicted trans-signalling, and how much of it does sgp130 bind?"""

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from il6r.report import assays, specifications
from il6r.report.assay_figures import signed
from il6r.report.figures import span, words

_PALETTE = sns.color_palette("colorblind")
_COLOURS = [_PALETTE[k] for k in (0, 1, 2, 4, 5, 8, 9, 6)]
# Analyses from the three molecules to what follows from them, and whether they do: behind those stands the
# range over other constants.
ANALYSES = {
    "sil6r_additive": ("sIL-6R", False),
    "il6_additive": ("IL-6", False),
    "sgp130_additive": ("sgp130", False),
    "free_il6_additive": ("free share of IL-6", True),
    "active_complex_additive": ("active complex\n(IL-6/sIL-6R)", True),
    "buffered_complex_additive": ("complex buffered\nby sgp130", True),
    "sgp130_excess_additive": ("sgp130 over sIL-6R", True),
}
_COMPLEXES = {"active": ("active_complex_pm", "o"), "buffered by sgp130": ("buffered_complex_pm", "s")}
# Inches; the figure is laid out by hand.
_LABELS, _FOREST, _GAP, _PANEL, _BETWEEN, _EDGE = 1.7, 4.2, 0.95, 1.9, 0.12, 0.4
_BOTTOM, _TOP, _LEAST_HEIGHT, _ROW = 1.65, 0.45, 3.6, 0.2


def balance(estimates: pd.DataFrame, sensitivity: pd.DataFrame, means: pd.DataFrame, minimum: int):
    """Effects per effect allele on the molecules and the balance, and complexes by genotype.

    At the left, percent with 95 % intervals for each cohort that has an estimate; behind those of the
    balance, a band over the estimates by all choices of constants. At the right, geometric means of the
    active and the buffered complex by genotype with 95 % intervals, and the share that sgp130 binds.

    Parameters
    ----------
    estimates, sensitivity, means : `ESTIMATES`, SENSITIVITY and GENOTYPE_MEANS of all cohorts; what
        has fewer than `minimum` people is not drawn.
    """
    effects = assays.shown_effects(estimates, minimum)
    effects = effects[effects["analysis"].isin(ANALYSES)]
    balanced = effects["analysis"].isin([name for name, (_, predicted) in ANALYSES.items() if predicted])
    if not balanced.any():
        return words(assays.NO_BALANCE)
    cohorts = list(dict.fromkeys(effects["cohort"]))
    colours = {cohort: _COLOURS[k % len(_COLOURS)] for k, cohort in enumerate(cohorts)}
    shown = assays.shown_means(means, minimum)
    shown = shown[shown["outcome"].isin([outcome for outcome, _ in _COMPLEXES.values()])]
    panels = [cohort for cohort in cohorts if (shown["cohort"] == cohort).any()]
    places, ends = _places(effects)
    inner = max(_ROW * places + 0.1, _LEAST_HEIGHT)
    width = _LABELS + _FOREST + _EDGE + (_GAP + len(panels) * (_PANEL + _BETWEEN) if panels else 0)
    height = inner + _BOTTOM + _TOP
    figure = plt.figure(figsize=(width, height), layout="none")

    def axis(left: float, wide: float, **shared):
        """Axes that are `wide` inches wide."""
        return figure.add_axes((left / width, _BOTTOM / height, wide / width, inner / height), **shared)

    others = {name: specifications.other_constants(sensitivity, name, minimum) for name in ANALYSES}
    _forest(axis(_LABELS, _FOREST), effects, others, ends, colours)
    left, first = _LABELS + _FOREST + _GAP, None
    for cohort in panels:
        own = axis(left, _PANEL, sharey=first)
        few = _few(means, cohort, minimum)
        shares = assays.buffered_shares(means[means["cohort"] == cohort], minimum)
        _complexes(own, shown[shown["cohort"] == cohort], shares, colours[cohort])
        own.set_title(cohort)
        own.set_xlabel(
            "genotype" + (f"\nnot drawn, under {minimum}\npeople: {', '.join(few)}" if few else "")
        )
        if first is None:
            own.set_ylabel("predicted concentration (pM, log axis)")
        else:
            own.tick_params(axis="y", labelleft=False)
        first, left = first or own, left + _PANEL + _BETWEEN
    if first is not None:
        _room_above(first)
    middle = (_LABELS + _FOREST + _GAP + left - _BETWEEN) / 2 if panels else None
    _legends(figure, colours, _LABELS + _FOREST / 2, middle)
    return figure


def _places(effects: pd.DataFrame) -> tuple[float, dict[str, tuple[float, list[str]]]]:
    """How many rows the forest has, and where each analysis begins and of which cohorts it has rows."""
    place, found = 0.0, {}
    for name in ANALYSES:
        cohorts = list(effects.loc[effects["analysis"] == name, "cohort"])
        if cohorts:
            found[name] = (place, cohorts)
            place += len(cohorts) + 0.8
    return place, found


def _forest(axis, effects: pd.DataFrame, constants: dict[str, pd.DataFrame], places, colours: dict) -> None:
    """One row for each analysis and cohort, analyses apart from each other."""
    ticks, reach = {}, []
    for name, (start, cohorts) in places.items():
        label, predicted = ANALYSES[name]
        rows = effects[effects["analysis"] == name].set_index("cohort")
        for k, cohort in enumerate(cohorts):
            row, colour = rows.loc[cohort], colours[cohort]
            others = constants[name][constants[name]["cohort"] == cohort]
            if len(others):
                both = [others["percent"].min(), others["percent"].max()]
                reach += both
                axis.plot(both, [start + k] * 2, color=colour, linewidth=9, alpha=0.28,
                          solid_capstyle="butt")  # fmt: skip
            axis.plot([row["percent_low"], row["percent_high"]], [start + k] * 2, color=colour, linewidth=1.8)
            axis.plot([row["percent"]], [start + k], "o", color=colour, markersize=5.5)
        ticks[label] = start + (len(cohorts) - 1) / 2
        if predicted and not any(ANALYSES[above][1] for above in list(places)[: list(places).index(name)]):
            # What is measured, and below it what follows by the model.
            axis.axhline(start - 0.9, color="0.75", linewidth=0.8)
    axis.axvline(0, color="grey", linewidth=1, linestyle=":")
    axis.set_yticks(list(ticks.values()), list(ticks), fontsize=10)
    last, cohorts = list(places.values())[-1]
    axis.set_ylim(last + len(cohorts) - 0.2, -0.8)
    columns = (effects[name].to_numpy(dtype=float) for name in ("percent", "percent_low", "percent_high"))
    axis.set_xlim(*span(*columns, (0, *reach)))
    axis.xaxis.set_major_formatter(FuncFormatter(signed))
    axis.set_xlabel("difference per effect allele (%)")
    alleles = set(effects["effect_allele"])
    axis.set_title(f"Effect of each {alleles.pop() if len(alleles) == 1 else 'effect'} allele")
    axis.grid(False, axis="y")


def _complexes(axis, means: pd.DataFrame, shares: pd.DataFrame, colour) -> None:
    """Active and buffered complex by genotype; the share that is bound stands above."""
    order = list(dict.fromkeys(means["genotype"]))
    for outcome, marker in _COMPLEXES.values():
        rows = means[means["outcome"] == outcome]
        x = [order.index(genotype) for genotype in rows["genotype"]]
        mean = rows["geometric_mean"].to_numpy(float)
        known = rows[["ci_low", "ci_high"]].notna().all(axis=1).to_numpy()
        low = rows["ci_low"].to_numpy(float)
        high = rows["ci_high"].to_numpy(float)
        axis.plot(x, mean, color=colour, linewidth=0.8, alpha=0.6)
        axis.vlines([place for place, there in zip(x, known, strict=True) if there], low[known], high[known],
                    color=colour, linewidth=1.8)  # fmt: skip
        axis.plot(x, mean, marker, color=colour, markersize=6.5, linestyle="none", markeredgewidth=1.4,
                  markerfacecolor=colour if marker == "o" else "white")  # fmt: skip
    axis.set_yscale("log")
    axis.set_xticks(range(len(order)), order)
    axis.set_xlim(-0.6, len(order) - 0.4)
    axis.grid(False, axis="x")
    for row in shares.itertuples():
        axis.annotate(
            assays.share_text(row.share), (order.index(row.genotype), 1), fontsize=8.5, ha="center", va="top",
            xycoords=("data", "axes fraction"), xytext=(0, -4), textcoords="offset points",
        )  # fmt: skip
    axis.yaxis.set_major_locator(LogLocator(subs=(1.0,)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_locator(NullLocator())


def _room_above(axis) -> None:
    """Leave the uppermost part of an axis of logarithms, in which the shares stand, free of points."""
    low, high = axis.get_ylim()
    axis.set_ylim(low, high * (high / low) ** 0.15)


def _few(means: pd.DataFrame, cohort: str, minimum: int) -> list[str]:
    """The genotypes of a cohort that some people have, but fewer than may be shown."""
    own = means[(means["cohort"] == cohort) & means["outcome"].isin(assays.BALANCE)]
    few = own[own["participants"].between(1, minimum - 1)].sort_values("copies")
    return list(dict.fromkeys(few["genotype"]))


def _legends(figure, colours: dict, forest: float, panels: float | None) -> None:
    """What colours and the band mean under the forest, and marks under the complexes; places in inches."""
    height = figure.get_size_inches()[1]
    handles = [
        plt.Line2D([], [], color=colour, marker="o", linewidth=1.8, label=cohort)
        for cohort, colour in colours.items()
    ]
    handles.append(
        plt.Line2D([], [], color="grey", linewidth=9, alpha=0.4, solid_capstyle="butt",
                   label="range over other constants")
    )  # fmt: skip
    marks = [
        plt.Line2D([], [], color="black", marker=marker, linestyle="none", label=name,
                   markerfacecolor="black" if marker == "o" else "white")
        for name, (_, marker) in _COMPLEXES.items()
    ]  # fmt: skip
    marks.append(plt.Line2D([], [], linestyle="none", label="above: share bound by sgp130"))
    for place, shown, columns in ((forest, handles, 2), (panels, marks, 1)):
        if place is not None:
            figure.legend(
                handles=shown, loc="upper center", ncols=columns, frameon=False, fontsize=9,
                bbox_to_anchor=(place / figure.get_size_inches()[0], 0.8 / height),
            )  # fmt: skip
