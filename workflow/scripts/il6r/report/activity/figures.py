"""Figures of activity: how long devices were worn, and the average day."""

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.ticker import FuncFormatter, MaxNLocator

from il6r.report import drawing, privacy, sheet
from il6r.report.activity import words
from il6r.report.drawing import Drawn
from il6r.report.load import Study
from il6r.tables.activity import WEAR
from il6r.tables.association import AVERAGE_DAY

_PALETTE = sns.color_palette("colorblind")
_VALID, _NOT_VALID = _PALETTE[0], "0.75"
_COLUMNS = 3
_NO_WEAR = "No cohort has wear by day of enough people."
_NO_DAY = "No cohort has activity by the hour of enough people."


def wear(study: Study) -> Drawn:
    """Person-days by whole hours of wear in each cohort, with the wear that a valid day needs.

    Bars are as round as counts in the report, and hours of few people have none.
    """
    table, minimum = study.table(WEAR), study.minimum
    drawn = {
        cohort: rows.astype({"wear_h": float, "person_days": float})
        for cohort in dict.fromkeys(table["cohort"])
        if (rows := words.shown_wear(table[table["cohort"] == cohort], minimum))["person_days"].any()
    }
    if not drawn:
        return drawing.words(_NO_WEAR)
    page, found = sheet.Sheet(), []
    most = max(rows["person_days"].max() for rows in drawn.values())
    left = sheet.width_of(f"{most:,.0f}") + 0.34
    axes = page.panels(len(drawn), min(_COLUMNS, len(drawn)), 1.5, left=left)
    for axis, (cohort, rows) in zip(axes, drawn.items(), strict=True):
        limit = study.settings("activity", cohort)["valid_day_hours"]
        valid = rows["wear_h"] >= limit
        for own, colour, hatch in ((valid, _VALID, ""), (~valid, _NOT_VALID, "////")):
            axis.bar(
                rows.loc[own, "wear_h"], rows.loc[own, "person_days"], width=0.9, align="edge", color=colour,
                hatch=hatch, edgecolor="white", linewidth=0,
            )  # fmt: skip
        axis.axvline(limit, color="black", linewidth=1.2, linestyle="--")
        page.title(axis, cohort)
        axis.set(xlabel="hours of wear", xlim=(0, 25))
        axis.set_xticks(range(0, 25, 6))
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axis.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axis.grid(False, axis="x")
        found.append(rows.assign(cohort=cohort, valid_day=valid, valid_from_h=limit))
    for axis in axes[:: min(_COLUMNS, len(drawn))]:
        axis.set_ylabel("person-days")
    page.legend(
        [
            plt.Rectangle((0, 0), 1, 1, color=_VALID, label="valid days"),
            plt.Rectangle((0, 0), 1, 1, facecolor=_NOT_VALID, hatch="////", edgecolor="white", linewidth=0,
                          label="shorter days"),
            plt.Line2D([], [], color="black", linestyle="--", linewidth=1.2, label="wear of a valid day"),
        ]
    )  # fmt: skip
    data = pd.concat(found, ignore_index=True)
    names = ["cohort", "wear_h", "person_days", "valid_day", "valid_from_h"]
    return Drawn(page.done(), data[names].astype({"person_days": int}))


def average_day(study: Study) -> Drawn:
    """Mean acceleration by the hour of the day in each genotype, with its 95 % interval as a band.

    Genotypes of few people are named and not drawn.
    """
    table, minimum = study.table(AVERAGE_DAY), study.minimum
    cohorts = list(dict.fromkeys(table.loc[privacy.enough(table["participants"], minimum), "cohort"]))
    if not cohorts:
        return drawing.words(_NO_DAY)
    page, found, few = sheet.Sheet(), [], []
    columns = min(_COLUMNS, len(cohorts))
    axes = page.panels(len(cohorts), columns, 1.7, left=0.56, between=0.45)
    names: dict[int, str] = {}
    for axis, cohort in zip(axes, cohorts, strict=True):
        own = table[table["cohort"] == cohort].sort_values(["copies", "hour"])
        for (copies, genotype), rows in own.groupby(["copies", "genotype"]):
            if not privacy.enough(rows["participants"].iloc[0], minimum):
                few.append(f"{cohort} {genotype}")
                continue
            names[copies] = genotype
            colour, line, _ = drawing.GENOTYPES[copies]
            middle = rows["hour"].astype(float) + 0.5
            axis.fill_between(middle, rows["ci_low"], rows["ci_high"], color=colour, alpha=0.2, linewidth=0)
            axis.plot(middle, rows["enmo_mg"], color=colour, linestyle=line, linewidth=1.8)
            found.append(rows[["cohort", "genotype", "hour", "enmo_mg", "ci_low", "ci_high"]])
        page.title(axis, cohort)
        axis.set(xlabel="hour of the day", xlim=(0, 24))
        axis.set_ylim(bottom=0)
        axis.set_xticks(range(0, 25, 6))
        axis.locator_params(axis="y", nbins=5)
    for axis in axes[::columns]:
        axis.set_ylabel("mean ENMO (mg)")
    page.legend(
        [
            plt.Line2D([], [], color=drawing.GENOTYPES[k][0], linestyle=drawing.GENOTYPES[k][1],
                       linewidth=1.8, label=names[k])
            for k in sorted(names)
        ]
    )  # fmt: skip
    if few:
        page.text(f"Not drawn, since they have under {privacy.step(minimum)} people: {', '.join(few)}.")
    return Drawn(page.done(), pd.concat(found, ignore_index=True))
