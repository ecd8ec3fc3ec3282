"""What is said and drawn of a study that is only planned?"""

import textwrap
from collections.abc import Sequence
from typing import Any, TypeAlias

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from il6r import effect_text
from il6r.report import wording
from il6r.report.replication import verdict_bars

# A claim in a planned study, as `planned_rates.Outlook`: its published value, error rates, people needed.
Outlook: TypeAlias = Any
# A smaller share is not told of, but of the word that confirms a claim.
_LEAST = 0.005
_LINE = 100
_ROW, _PANEL, _AROUND, _WIDTH = 0.3, 0.9, 1.3, 9.0


def lines(outlooks: Sequence[Outlook], effect: str, cohorts: int, replicates: int) -> list[str]:
    """Each claim with how often each verdict would be given, and how many people it takes.

    Parameters
    ----------
    effect : the effect allele.
    replicates : simulated studies.
    """
    told: list[str] = []
    for one in outlooks:
        told += ["", f"{wording.claim(one.row.claim, effect)} (published: {_published(one.row)})"]
        for truth, own in one.rates.groupby("truth", sort=False):
            rates = _rates(own)
            size = truth_in_words(str(truth), own["effect"].iloc[0], one.row.scale)
            told += _wrapped(f"{size}: {rates}")
        if one.needed is not None:
            told += _wrapped(needed_in_words(one.needed, one.rates, cohorts, replicates))
    return told


def truth_in_words(truth: str, effect: float, scale: str) -> str:
    """A truth with its size: +25.0 % (half of the published effect)."""
    if truth == "none":
        return wording.TRUTHS[truth]
    return f"{effect_text.number(effect, scale)} ({wording.TRUTHS[truth]})"


def needed_in_words(needed: Any, rates: pd.DataFrame, cohorts: int, replicates: int) -> str:
    """How many people a claim takes, by simulation and by formula, and what the planned ones have."""
    each = f" in each of {cohorts} cohorts" if cohorts > 1 else ""
    own = rates[rates["truth"] == needed.truth].iloc[0]
    here = f"with {own['n']:,} it is {100 * needed.planned:.0f} % by formula"
    if np.isnan(needed.people):
        return f"No number of people gives a chance of 80 % to confirm it; {here}."
    if needed.simulated is None:
        return f"A chance of 80 % takes about {needed.people:,.0f} people{each} by formula; {here}."
    return (
        f"A chance of 80 % takes about {needed.simulated:,} people{each} ({100 * needed.share:.0f} of 100 "
        f"studies of that size, by {replicates:,} simulated ones, Monte Carlo error "
        f"{100 * needed.monte_carlo_se:.0f}; by formula {needed.people:,.0f}); {here}."
    )


def figure(outlooks: Sequence[Outlook], effect: str) -> plt.Figure:
    """Shares of verdicts by the truth, a panel for each claim."""
    sizes = [one.rates["truth"].nunique() for one in outlooks]
    drawn, axes = plt.subplots(
        len(outlooks), 1, sharex=True, squeeze=False, height_ratios=sizes,
        figsize=(_WIDTH, _ROW * sum(sizes) + _PANEL * len(sizes) + _AROUND),
    )  # fmt: skip
    for axis, one in zip(axes[:, 0], outlooks, strict=True):
        truths = list(dict.fromkeys(one.rates["truth"]))
        rows = one.rates.assign(row=one.rates["truth"].map(truths.index))
        effects = one.rates.drop_duplicates("truth")["effect"]
        labels = [
            truth_in_words(truth, size, one.row.scale) for truth, size in zip(truths, effects, strict=True)
        ]
        verdict_bars.draw(axis, rows, labels)
        title = f"{wording.claim(one.row.claim, effect)}\npublished: {_published(one.row)}"
        axis.set_title(title, fontsize=10, loc="left")
    axes[-1, 0].set_xlabel("share of verdicts (%)")
    shown = pd.concat([one.rates for one in outlooks])
    verdict_bars.legend(drawn, shown.loc[shown["share"] > _LEAST, "verdict"].tolist())
    return drawn


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _LINE, initial_indent="  ", subsequent_indent="      ")


def _rates(own: pd.DataFrame) -> str:
    told = own[(own["share"] > _LEAST) | (own["monte_carlo_se"] == 0)].sort_values(
        "share", ascending=False, kind="stable"
    )
    return "; ".join(f"{row.verdict} {100 * row.share:.0f}" for row in told.itertuples())


def _published(row: Any) -> str:
    source = row.reference
    if row.kind == "direction":
        return f"{source}, direction only"
    if row.kind == "no_effect":
        return f"{source}, no effect"
    about = "about " if row.kind == "about" else ""
    return f"{source}, {about}{effect_text.published(float(row.value), row.scale)}"
