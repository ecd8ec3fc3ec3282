"""How high is an outcome in each genotype group?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from il6r import outcomes
from il6r.association import censored, least_squares
from il6r.association.coefficients import CONFIDENCE, NotEstimableError
from il6r.association.selection import family_codes, log_bounds

# Outcomes whose means by genotype are given.
_OUTCOMES = ("sil6r", "activity", "il6", "sgp130", "active_complex", "buffered_complex")


def geometric_means(cohort: str, analysis_set: pd.DataFrame, genotypes: tuple[str, str, str]) -> pd.DataFrame:
    """Geometric means by genotype over participants, whose visits are averaged first; not adjusted.

    Means are of people with a best-guess genotype, since means weighted by probabilities would mix genotypes;
    the others are counted. Where relatives stay, intervals are robust to correlation within families.

    Parameters
    ----------
    analysis_set : `ANALYSIS_SET`.
    genotypes : the genotypes with 0, 1 and 2 effect alleles.

    Returns
    -------
    `GENOTYPE_MEANS`, of what the cohort measured.
    """
    measured = [
        outcome
        for outcome in map(outcomes.get, _OUTCOMES)
        if not outcome.optional or analysis_set[outcome.flag].any()
    ]
    # Texts are compared once, not in every outcome's rows.
    person = pd.factorize(analysis_set["participant"])[0]
    families = family_codes(analysis_set, person)
    table = analysis_set.assign(
        person=person,
        group=person if families is None else families,
        genotype=analysis_set["genotype"].astype("category"),
    )
    return pd.DataFrame([row for outcome in measured for row in _means(cohort, outcome, table, genotypes)])


def _means(
    cohort: str, outcome: outcomes.Outcome, table: pd.DataFrame, genotypes: Sequence[str]
) -> list[dict[str, Any]]:
    """The rows of an outcome, from the analysis set with numbers of participants and of their families."""
    column = outcome.column_in(table)
    names = ["person", "group", "genotype", column, *outcome.bounds(column), "il6_censored"]
    frame = table.loc[table[outcome.flag], table.columns.intersection(names)]
    uncertain = frame.loc[frame["genotype"].isna(), "person"].nunique()
    frame = frame.dropna(subset="genotype")
    low, high = log_bounds(frame, outcome.name, column)
    frame = frame.assign(y=np.log(frame[column].astype(float)), low=low, high=high)
    if frame["person"].duplicated().any():
        means = {name: (name, "first") for name in ("group", "genotype")}
        means |= {name: (name, "mean") for name in ("y", "low", "high")}
        frame = frame.groupby("person").agg(**means)
    rows = []
    for copies, genotype in enumerate(genotypes):
        group = frame[frame["genotype"] == genotype]
        row = {
            "cohort": cohort,
            "outcome": column,
            "genotype": genotype,
            "copies": copies,
            "participants": len(group),
            "participants_uncertain": uncertain,
        }
        y, low, high = (group[name].to_numpy() for name in ("y", "low", "high"))
        clusters = pd.factorize(group["group"])[0] if group["group"].duplicated().any() else None
        limited = low < high
        if (~limited).sum() > 2 and np.ptp(y[~limited]) > 0:
            if limited.any() or clusters is not None:
                ones = np.ones((len(y), 1))
                try:
                    mean = (
                        censored.fit(y, ones, (low, high), clusters=clusters)
                        if limited.any()
                        else least_squares.fit(y, ones, clusters=clusters)
                    ).term(0)
                except NotEstimableError:
                    rows.append(row)
                    continue
                ends = mean.ci_low, mean.ci_high
                row["geometric_mean"] = np.exp(mean.estimate)
            else:
                half = stdtrit(len(y) - 1, 0.5 + CONFIDENCE / 2) * y.std(ddof=1) / np.sqrt(len(y))
                ends = y.mean() - half, y.mean() + half
                row["geometric_mean"] = np.exp(y.mean())
            row |= {"ci_low": np.exp(ends[0]), "ci_high": np.exp(ends[1])}
        rows.append(row)
    return rows
