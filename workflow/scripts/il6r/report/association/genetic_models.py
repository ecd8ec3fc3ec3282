"""Do alleles multiply a level or add to it, how much do they explain, are covariates alike by genotype?"""

import math
from typing import Any

import pandas as pd

from il6r.effect_text import quantity
from il6r.plan import Plan
from il6r.report import privacy, wording
from il6r.tables.association import EVERYBODY

_NAMES = {
    "multiplicative": "multiplicative (each allele the same ratio)",
    "additive": "additive (each allele the same amount)",
    "genotypic": "each genotype its own mean",
}
# A likelihood ratio of 8 is fairly strong evidence (Royall 1997, Statistical Evidence, ISBN 0412044110).
_FAIRLY_STRONG = math.log(8)
_INTRODUCTION = (
    "An effect per allele has a meaning only on a scale. Multiplied, +50 % for each allele makes the level "
    "of two alleles 2.25 times that of none; added, twice. Both shapes were fitted to the same values with "
    "one likelihood, beside one in which each genotype has its own mean, from which a shape may depart."
)


def sentences(scale: pd.DataFrame, minimum: int) -> list[str]:
    """Which scale fits better in each cohort and over all of them.

    Parameters
    ----------
    scale : `GENETIC_MODELS` of all cohorts.
    """
    found, gains = [], []
    for (cohort, outcome), own in _estimable(scale, minimum).groupby(["cohort", "outcome"], sort=False):
        own = own.set_index("genetic_model")
        if not {"multiplicative", "additive"} <= set(own.index):
            continue
        gain = own.at["multiplicative", "log_likelihood"] - own.at["additive", "log_likelihood"]
        # The likelihood of a participant's several rows takes them for independent, and is not added up.
        if (own["n"] == own["n_participants"]).all():
            gains.append(gain)
        parts = [
            f"from the {name} scale {wording.p_is(own.at[name, 'departure_p_value'])}"
            for name in ("multiplicative", "additive")
            if not pd.isna(own.at[name, "departure_p_value"])
        ]
        departure = f" Departure of the genotypes' own means: {', '.join(parts)}." if parts else ""
        found.append(f"{cohort}, {wording.outcome(outcome)}: {_which(gain)}.{departure}")
    if len(gains) > 1:
        found.append(f"Over the cohorts with one sample a person together, {_which(sum(gains))}.")
    return [_INTRODUCTION, *found] if found else ["In no cohort could the two scales be compared."]


def rows(scale: pd.DataFrame, minimum: int) -> list[dict[str, str]]:
    """What each scale says: its fit, the effect per allele, and both homozygotes' ratio."""
    table = []
    for (cohort, outcome), own in _estimable(scale, minimum).groupby(["cohort", "outcome"], sort=False):
        best = own["log_likelihood"].max()
        for row in own.to_dict("records"):
            table.append(
                {
                    "cohort": cohort,
                    "outcome": wording.outcome(outcome),
                    "scale": _NAMES[row["genetic_model"]],
                    "below": f"{best - row['log_likelihood']:.1f}",
                    "departure": wording.p_value(row["departure_p_value"]),
                    "percent": ""
                    if pd.isna(row["percent"])
                    else wording.with_interval(
                        row["percent"], row["percent_low"], row["percent_high"], "percent"
                    ),
                    "ratio": ""
                    if pd.isna(row["cc_aa_ratio"])
                    else wording.with_interval(
                        row["cc_aa_ratio"], row["ratio_low"], row["ratio_high"], "ratio"
                    ),
                    "people": privacy.people(int(row["n_participants"]), minimum),
                }
            )
    return table


def variance_sentences(plan: Plan, estimates: pd.DataFrame) -> list[str]:
    """The variance that the variant explains in each cohort, adjusted for covariates and not.

    Parameters
    ----------
    estimates : rows of `ESTIMATES` that may be shown.
    """
    kinds = {"of the variance of log sIL-6R": "log", "of the variance of sIL-6R, not its logarithm,": "none"}
    found = []
    for cohort in dict.fromkeys(estimates["cohort"]):
        told = []
        for of, transform in kinds.items():
            shares = [
                name
                for name, one in plan.analyses.items()
                if one.scale == "r2" and one.transform == transform
            ]
            own = estimates[estimates["analysis"].isin(shares) & (estimates["stratum"] == EVERYBODY)]
            # With age and sex as all covariates two analyses are one.
            parts = dict.fromkeys(_share(row) for row in own[own["cohort"] == cohort].to_dict("records"))
            if parts:
                told.append(f"{of} the variant explains {'; '.join(parts)}")
        if told:
            found.append(f"{cohort}: {'; '.join(told)}.")
    return found


def _share(row: dict[str, Any]) -> str:
    """A share of variance, the adjusted one, and the covariates it is given."""
    adjusted = "" if pd.isna(row["r2_adjusted"]) else f", adjusted {row['r2_adjusted']:.2f},"
    return f"{wording.interval_of(row, 'r2')}{adjusted} {_given(row['covariates'])}"


def covariate_rows(table: pd.DataFrame, minimum: int) -> list[dict[str, str | list[str]]]:
    """Means and shares of each covariate by genotype.

    A group of too few people has no cell. Where few of a genotype are in a category, none of its categories
    has a cell, and the covariate no p-value, which would be as good as a count.

    Parameters
    ----------
    table : `GENOTYPE_COVARIATES` of all cohorts.
    """
    found = []
    for (cohort, covariate), levels in table.groupby(["cohort", "covariate"], sort=False):
        counts = _counts(levels)
        small = (~privacy.enough(counts.fillna(0), minimum)).any()
        # The name of a category that few people are in may say who they are.
        named = privacy.enough(counts.sum(axis=1), minimum)
        # So may a plate's; they go by their place.
        plates = covariate.endswith("plate")
        for place, row in enumerate(levels.to_dict("records")):
            if not named.iloc[place]:
                continue
            is_mean = row["level"] == "mean"
            p = wording.p_value(row["p_value"]) if is_mean else privacy.p_of_counts(row["p_value"], minimum)
            found.append(
                {
                    "cohort": cohort,
                    "covariate": covariate.replace("_", " "),
                    "level": f"number {place + 1}" if plates and len(levels) > 1 else row["level"],
                    "cells": [
                        privacy.FEW
                        if small[copies]
                        else _cell(row, copies, int(counts.loc[counts.index[place], copies]), minimum)
                        for copies in range(3)
                    ],
                    "p": "" if small.any() and not is_mean else p,
                }
            )
    return found


def _counts(levels: pd.DataFrame) -> pd.DataFrame:
    """People behind each cell of one covariate: of a genotype, in a category."""
    shares = levels["level"] != "mean"
    return pd.DataFrame(
        {
            copies: (
                levels[f"participants_{copies}"].astype(float)
                * (levels[f"value_{copies}"].astype(float) / 100).where(shares, 1.0)
            ).round()
            for copies in range(3)
        }
    )


def _cell(row: dict[str, Any], copies: int, count: int, minimum: int) -> str:
    """A mean with the people behind it, or the share of these in a category."""
    of = int(row[f"participants_{copies}"])
    value = (
        quantity(row[f"value_{copies}"], "") if row["level"] == "mean" else privacy.share(count, of, minimum)
    )
    return f"{value} (of {privacy.people(of, minimum)})"


def _estimable(scale: pd.DataFrame, minimum: int) -> pd.DataFrame:
    return scale[privacy.enough_in_all(scale["n_participants"], minimum)].dropna(subset="log_likelihood")


def _which(gain: float) -> str:
    """Which scale fits better, by how much the multiplicative one's log-likelihood exceeds the additive's."""
    if abs(gain) < _FAIRLY_STRONG:
        return f"neither scale fits clearly better (log-likelihoods differ by {abs(gain):.1f})"
    better, worse = ("multiplicative", "additive") if gain > 0 else ("additive", "multiplicative")
    return f"the {better} scale fits better than the {worse} one (log-likelihood higher by {abs(gain):.1f})"


def _given(covariates: str | None) -> str:
    return "without covariates" if pd.isna(covariates) else f"given {covariates}"
