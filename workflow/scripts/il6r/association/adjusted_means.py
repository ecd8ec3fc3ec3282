"""How high is an outcome in each genotype group, once the groups are alike in the models' covariates?"""

from dataclasses import replace

import numpy as np
import pandas as pd

from il6r.association import bounded_exposure, censored, genotype_means, least_squares
from il6r.association.coefficients import Coefficients, NotEstimableError
from il6r.association.design import INTERCEPT, is_grouped, make_design
from il6r.association.genotype_probabilities import genotype_probabilities
from il6r.association.selection import Cohort, Selection, select
from il6r.plan import MEAN, VARIANT, Analysis
from il6r.tables.association import GENOTYPE_MEANS

# Every group of a factor has a column here; there are no means where that takes more numbers, 160 MB.
_MOST_NUMBERS = 20_000_000
# A genotype of fewer expected people has no mean.
_FEWEST = 3


def raw_and_adjusted(cohort: Cohort) -> pd.DataFrame:
    """Geometric means by genotype, and beside them those adjusted for the covariates of the outcome's models.

    A mean is what the model has for a genotype where every covariate is at its mean, of a factor the shares
    of its groups, over the rows of the model: R's `predict` of a linear model there, the least-squares mean
    of Searle, Speed & Milliken 1980 (doi 10.1080/00031305.1980.10483031) with weights as observed. The model
    is that of the plan's first analysis of the outcome and the variant on logarithms, with a mean for each
    genotype; errors are that analysis's.

    Returns
    -------
    `GENOTYPE_MEANS`; adjusted means are missing where the plan has no such analysis, it has no covariates,
        values of covariates are beyond limits, they are
        too many groups, or the data do not determine them.
    """
    means = genotype_means.geometric_means(cohort.name, cohort.analysis_set, cohort.genotypes)
    found = {
        (row["outcome"], row["copies"]): row
        for analysis in _leading(cohort, set(means["outcome"]))
        for row in _adjusted(cohort, analysis)
    }
    names = ["adjusted_mean", "adjusted_low", "adjusted_high", "adjusted_for"]
    empty = {"adjusted_for": None}
    added = [found.get(key, empty) for key in zip(means["outcome"], means["copies"], strict=True)]
    columns = pd.DataFrame(added, index=means.index).reindex(columns=names)
    return pd.concat([means, columns], axis=1).reindex(columns=list(GENOTYPE_MEANS.columns))


def _leading(cohort: Cohort, measured: set[str]) -> list[Analysis]:
    """The plan's first analysis on logarithms of the variant and each outcome whose column is among these."""
    first: dict[str, Analysis] = {}
    for one in cohort.plan.analyses.values():
        plain = one.exposure == VARIANT and one.linear and one.scale == "log_ratio"
        if plain and not one.interaction and not one.subset and cohort.column(one.outcome) in measured:
            first.setdefault(one.outcome, one)
    return list(first.values())


def _adjusted(cohort: Cohort, analysis: Analysis) -> list[dict[str, object]]:
    """A row for each genotype with people."""
    # As of contrasts, people who may have a third allele are left out.
    by_genotype = replace(analysis, coding="genotypic", contrast="CC against AA", strata=None)
    try:
        selection = select(cohort, by_genotype)
        shares = genotype_probabilities(selection.frame, cohort.genotypes)
        first = np.unique(selection.person, return_index=True)[1]
        copies = np.flatnonzero(shares[first].sum(axis=0) >= _FEWEST)
        selection = selection.where(shares[:, copies].sum(axis=1) > 0.5)
        if not selection.covariates or bounded_exposure.limited(selection, analysis):
            return []
        factors = [one for one in selection.covariates if is_grouped(one, selection.frame)]
        levels = sum(selection.frame[one.column].nunique() for one in factors)
        if levels * len(selection.frame) > _MOST_NUMBERS:
            return []
        # The mean's model has its covariates centred; genotypes, which sum to 1, take the intercept's place.
        of_mean = replace(analysis, exposure=MEAN, coding="additive", contrast=None)
        design = make_design(selection, of_mean, cohort.genotypes, absorbing=False)
        others = design.matrix[:, [name != INTERCEPT for name in design.names]]
        shares = genotype_probabilities(selection.frame, cohort.genotypes)[:, copies]
        fit = _fit(selection, analysis, np.column_stack([shares / shares.sum(axis=1)[:, None], others]))
    except NotEstimableError:
        return []
    rows = []
    for term, number in enumerate(copies):
        mean = fit.term(term)
        ends = np.exp([mean.estimate, mean.ci_low, mean.ci_high])
        names = ("adjusted_mean", "adjusted_low", "adjusted_high")
        rows.append(
            {"outcome": selection.outcome, "copies": int(number), **dict(zip(names, ends, strict=True))}
            | {"adjusted_for": ", ".join(map(str, selection.covariates))}
        )
    return rows


def _fit(selection: Selection, analysis: Analysis, matrix: np.ndarray) -> Coefficients:
    errors = "HC3" if analysis.errors == "HC3" else "robust"
    if selection.bounds is not None and selection.censored.any():
        return censored.fit(
            selection.values, matrix, selection.bounds, clusters=selection.clusters, errors=errors
        )
    return least_squares.fit(selection.values, matrix, clusters=selection.clusters, errors=errors)
