"""Figures of activity: how long devices were worn, and the average day."""

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.ticker import FuncFormatter

from il6r.report import drawing
from il6r.report.activity import words
from il6r.report.load import Study
from il6r.tables.activity import WEAR
from il6r.tables.association import AVERAGE_DAY

_PALETTE = sns.color_palette("colorblind")
_VALID, _NOT_VALID = _PALETTE[0], "0.72"
# By the number of effect alleles: told apart by colour and by line.
_GENOTYPES = ((_PALETTE[0], "-"), (_PALETTE[1], (0, (5, 2))), (_PALETTE[2], (0, (1, 1.2))))
# Inches: the page shows every figure as wide as itself, and letters of a narrow one would be large.
_LEAST_WIDTH = 9.0
_NO_WEAR = "No cohort has wear by day of enough people."
_NO_DAY = "No cohort has activity by the hour of enough people."


def wear(study: Study) -> plt.Figure:
    """Person-days by whole hours of wear in each cohort, with the wear that a valid day needs.

    Bars are as round as counts in the report, and hours of few people have none.
    """
    table, minimum = study.table(WEAR), study.minimum
    drawn = {
        cohort: rows
        for cohort in dict.fromkeys(table["cohort"])
        if (rows := words.shown_wear(table[table["cohort"] == cohort], minimum))["person_days"].any()
    }
    if not drawn:
        return drawing.words(_NO_WEAR)
    figure, axes = _panels(len(drawn), 3.0)
    for axis, (cohort, rows) in zip(axes, drawn.items(), strict=True):
        limit = study.settings("activity", cohort)["valid_day_hours"]
        colours = [_VALID if hour >= limit else _NOT_VALID for hour in rows["wear_h"]]
        axis.bar(
            rows["wear_h"].astype(float), rows["person_days"].astype(float), width=0.9, align="edge",
            color=colours, linewidth=0,
        )  # fmt: skip
        axis.axvline(limit, color="black", linewidth=1.2, linestyle="--")
        # Left of the line, where bars are low, unless that is outside.
        aside = {"xytext": (-4, -2), "ha": "right"} if limit >= 2 else {"xytext": (4, -2), "ha": "left"}
        axis.annotate(
            f"valid from {limit:g} h", (limit, 1), xycoords=("data", "axes fraction"),
            textcoords="offset points", va="top", fontsize=9, rotation=90, **aside,
        )  # fmt: skip
        axis.set(title=cohort, xlabel="hours of wear", xlim=(0, 25))
        axis.set_xticks(range(0, 25, 4))
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axis.yaxis.get_major_locator().set_params(integer=True)
        axis.grid(False, axis="x")
    axes[0].set_ylabel("person-days")
    return figure


def average_day(study: Study) -> plt.Figure:
    """Mean acceleration by the hour of the day in each genotype, with its 95 % interval as a band.

    Genotypes of few people are named and not drawn.
    """
    table, minimum = study.table(AVERAGE_DAY), study.minimum
    cohorts = list(dict.fromkeys(words.shown_days(table, minimum)["cohort"]))
    if not cohorts:
        return drawing.words(_NO_DAY)
    figure, axes = _panels(len(cohorts), 3.4)
    for axis, cohort in zip(axes, cohorts, strict=True):
        own = table[table["cohort"] == cohort].sort_values(["copies", "hour"])
        few = []
        for (copies, genotype), rows in own.groupby(["copies", "genotype"]):
            if rows["participants"].iloc[0] < minimum:
                few.append(genotype)
                continue
            colour, line = _GENOTYPES[copies]
            middle = rows["hour"].astype(float) + 0.5
            axis.fill_between(middle, rows["ci_low"], rows["ci_high"], color=colour, alpha=0.2, linewidth=0)
            axis.plot(middle, rows["enmo_mg"], color=colour, linestyle=line, linewidth=2, label=genotype)
        note = f"\nnot drawn, under {minimum} people: {', '.join(few)}" if few else ""
        axis.set(title=cohort, xlabel=f"hour of the day{note}", xlim=(0, 24))
        axis.set_ylim(bottom=0)
        axis.set_xticks(range(0, 25, 4))
        axis.legend(title="genotype", frameon=False, fontsize=9, title_fontsize=9, loc="upper left")
    axes[0].set_ylabel("mean acceleration, ENMO (mg)")
    return figure


def _panels(number: int, height: float) -> tuple[plt.Figure, np.ndarray]:
    """A row of panels, one for each cohort."""
    width = max(3.4 * number + 0.8, _LEAST_WIDTH)
    figure, axes = plt.subplots(1, number, figsize=(width, height), squeeze=False)
    return figure, axes[0]
