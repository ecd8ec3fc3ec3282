"""How often would chance alone associate an outcome as strongly, whatever its distribution?"""

import numpy as np

from il6r.association.coefficients import NotEstimableError
from il6r.association.orthogonal import Basis, orthogonalise, times

# Permuted values in memory at once: 4 MB, which stays in a core's cache and so takes least time.
_AT_ONCE = 500_000
# Correlations that differ by less are the same: sums in another order differ in their last digits, and
# outcomes with few values give many permutations exactly the observed statistic.
_SAME = 1e-10
# Share of the outcome's length that rounding alone leaves where the covariates determine it.
_NOTHING_LEFT = 1e-12


def p_value(
    y: np.ndarray,
    exposure: np.ndarray,
    covariates: np.ndarray,
    *,
    draws: int,
    rng: np.random.Generator,
    absorbed: np.ndarray | None = None,
) -> float:
    """Two-sided p-value of an exposure's coefficient by permutation of the reduced model's residuals.

    Freedman & Lane 1983 (doi 10.2307/1391660): residuals of the model without the exposure are permuted and
    added to its fitted values, and the full model's squared t statistic is the pivot, which Winkler et al.
    2014 (doi 10.1016/j.neuroimage.2014.01.060) recommend. That statistic grows with the squared partial
    correlation, which needs of each permutation only products with an orthonormal basis of the covariates.
    It is exact without covariates, and nearly so with them; residuals must be exchangeable, so that rows
    are participants, once each. The observed order counts as one permutation
    (Phipson & Smyth 2010, doi 10.2202/1544-6115.1585), so p is never 0.

    Parameters
    ----------
    y, exposure : float64, shape (n,), one row per participant.
    covariates : float64, shape (n, c), of full rank with an intercept; none where a factor is absorbed.
    draws : number of permutations.
    rng : the only source of chance; the result does not depend on the number of threads.
    absorbed : int, shape (n,), from 0: groups of a factor that is a covariate as well. Those alone in their
        group say nothing of the exposure and are left out.

    Returns
    -------
    float : (1 + permutations with a statistic at least as large) / (1 + draws).

    Raises
    ------
    NotEstimableError : too few participants, or covariates that determine the exposure or the outcome.
    """
    if absorbed is not None:
        rows = np.argsort(absorbed, kind="stable")
        rows = rows[np.bincount(absorbed)[absorbed[rows]] > 1]
        y, exposure, covariates, absorbed = y[rows], exposure[rows], covariates[rows], absorbed[rows]
    # The last column is the exposure given the covariates.
    basis = orthogonalise(np.column_stack([covariates, exposure]), absorbed)
    coefficients, residual = basis.project(y[:, None])
    reduced = (residual + coefficients[-1] * basis.q[:, -1:]).ravel()
    length = np.linalg.norm(reduced)
    if length <= _NOTHING_LEFT * np.linalg.norm(y):
        raise NotEstimableError("the covariates determine the outcome")
    reduced /= length
    observed = abs(coefficients[-1, 0]) / length
    n = len(y)
    chunk = max(1, _AT_ONCE // n)
    hits = 0
    for first in range(0, draws, chunk):
        shape = min(chunk, draws - first), n
        permuted = rng.permuted(np.broadcast_to(reduced, shape), axis=1)
        hits += int(np.count_nonzero(_correlations(permuted, basis) >= observed - _SAME))
    return float((1 + hits) / (1 + draws))


def _correlations(permuted: np.ndarray, basis: Basis) -> np.ndarray:
    """Partial correlations, without sign, of rows of unit length with the last column given all else."""
    products = times(permuted, basis.q)
    left = 1 - np.sum(products[:, :-1] ** 2, axis=1)
    counts = basis.levels.counts
    if len(counts):
        # Groups are consecutive.
        sums = np.add.reduceat(permuted, np.cumsum(counts) - counts, axis=1)
        left -= np.sum(sums**2 / counts, axis=1)
    # Nothing but rounding is left of a permutation that the covariates fit perfectly.
    return np.asarray(np.abs(products[:, -1]) / np.sqrt(np.maximum(left, _SAME**2)))
