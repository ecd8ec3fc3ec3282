"""Do people of the three genotypes differ in anything else: are the covariates balanced?"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from il6r.association import least_squares
from il6r.association.coefficients import NotEstimableError
from il6r.association.selection import family_codes

# A factor with more categories (plates, batches) is one line of a table, not one per category.
_MOST_LEVELS = 12


def covariates(
    frame: pd.DataFrame, covariates: list[str], genotypes: tuple[str, str, str]
) -> list[dict[str, Any]]:
    """Each covariate by genotype, and whether it goes with the number of effect alleles.

    Numbers are tested by their trend over the dosage (least squares, robust errors, t). Categories are tested
    by the differences of their mean dosages, (N - 1) times the share of the dosage's variance that lies
    between categories, chi-squared with one degree of freedom less than there are categories (Landis, Heyman
    & Koch 1978, doi 10.2307/1402373, "mean score"): of two categories it is the Cochran-Armitage test for
    trend, and categories of single people do no harm. Where relatives stay, errors of the trend are robust to
    correlation within families, and the mean dosages of categories are compared by the test of
    `Coefficients.joint` with such errors.

    Parameters
    ----------
    frame : one row per participant with `genotype` (missing where in doubt), `dosage` (effect alleles) and
        the covariates' columns; `family`, where known.
    covariates : columns of `frame`; text is categories, all else numbers.
    genotypes : the genotypes with 0, 1 and 2 effect alleles.

    Returns
    -------
    list of dict : the columns of `GENOTYPE_COVARIATES` but the cohort, one row per number ("mean")
        and one per category (share in percent), or per factor of more than 12 categories (no values). `n`
        counts all whose covariate is known, `participants_0` ... those of them with a genotype, to whom
        means and shares refer. The p-value belongs to the covariate and stands in all of its rows. A
        covariate that nobody has gives no row.
    """
    rows = []
    for name in covariates:
        own = ["genotype", "dosage", name, *frame.columns.intersection(["family"])]
        known = frame[own].dropna(subset=["dosage", name])
        if known.empty:
            continue
        copies = known["genotype"].map({genotype: k for k, genotype in enumerate(genotypes)}).to_numpy(float)
        groups = [copies == k for k in range(3)]
        dosage = known["dosage"].to_numpy(dtype=float)
        families = family_codes(known, np.arange(len(known)))
        if families is not None and families.max() + 1 == len(known):
            families = None
        shared = {"covariate": name, "n": len(known)}
        shared |= {f"participants_{k}": int(group.sum()) for k, group in enumerate(groups)}
        if pd.api.types.is_numeric_dtype(known[name]):
            values = known[name].to_numpy(dtype=float)
            shared["p_value"] = _trend(values, dosage, families)
            rows.append(shared | {"level": "mean"} | _means(values, groups))
            continue
        codes, levels = pd.factorize(known[name].astype(str), sort=True)
        shared["p_value"] = _mean_scores(codes, dosage, families)
        if len(levels) > _MOST_LEVELS:
            rows.append(shared | {"level": f"{len(levels):,} groups"})
            continue
        rows += [
            shared | {"level": str(level)} | _means(100.0 * (codes == code), groups)
            for code, level in enumerate(levels)
        ]
    return rows


def _means(values: np.ndarray, groups: list[np.ndarray]) -> dict[str, float]:
    """The mean in each genotype, missing where nobody has it."""
    return {
        f"value_{k}": float(values[group].mean()) if group.any() else np.nan for k, group in enumerate(groups)
    }


def _trend(values: np.ndarray, dosage: np.ndarray, families: np.ndarray | None) -> float:
    """P-value of the slope of a covariate over the dosage; not a number where there can be none."""
    if len(values) < 3 or np.ptp(values) == 0 or np.ptp(dosage) == 0:
        return np.nan
    try:
        matrix = np.column_stack([np.ones(len(dosage)), dosage])
        return least_squares.fit(values, matrix, clusters=families).term(1).p_value
    except NotEstimableError:
        return np.nan


def _mean_scores(codes: np.ndarray, dosage: np.ndarray, families: np.ndarray | None) -> float:
    """P-value of differences in mean dosage between categories; not a number where there can be none."""
    sizes = np.bincount(codes)
    centred = dosage - dosage.mean()
    # With one category, or one person in each, every order of the people gives the same.
    if len(sizes) in (1, len(codes)) or np.ptp(dosage) == 0:
        return np.nan
    if families is not None:
        matrix = np.column_stack([np.ones(len(codes)), *(codes == code for code in range(1, len(sizes)))])
        try:
            return least_squares.fit(dosage, matrix, clusters=families).joint(list(range(1, len(sizes))))[1]
        except NotEstimableError:
            return np.nan
    between = np.sum(np.bincount(codes, weights=centred) ** 2 / sizes)
    statistic = (len(codes) - 1) * between / np.sum(centred**2)
    return float(chdtrc(len(sizes) - 1, statistic))
