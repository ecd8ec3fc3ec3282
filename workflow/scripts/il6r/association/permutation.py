"""How often would chance alone associate an outcome as strongly, whatever its distribution?"""

import numpy as np

from il6r.association.coefficients import NotEstimableError
from il6r.association.orthogonal import Basis, orthogonalise, times

# Permuted values in memory at once: 4 MB, which stays in a core's cache and so takes least time.
_AT_ONCE = 500_000
# Statistics that differ by less are the same: sums in another order differ in their last digits, and
# outcomes with few values give many permutations exactly the observed statistic.
_SAME = 1e-10
# A row with such a leverage is fitted perfectly: its residual says nothing of its error.
_PERFECT = 1 - 1e-8
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
    added to its fitted values, as Winkler et al. 2014 (doi 10.1016/j.neuroimage.2014.01.060) recommend. The
    statistic is the coefficient in the full model over its HC3 error in the same permutation: studentised
    so, the test keeps its level in large samples where the variance goes with the exposure, which makes the
    residuals not exchangeable (DiCiccio & Romano 2017, doi 10.1080/01621459.2016.1202117), and is exact
    without covariates, and nearly so with them, where they are exchangeable. Rows are participants, once
    each. The observed order counts as one permutation (Phipson & Smyth 2010, doi 10.2202/1544-6115.1585), so
    p is never 0.

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
    NotEstimableError : too few participants, one who alone determines a term, or covariates that determine
        the exposure or the outcome.
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
    if basis.leverage.max() > _PERFECT:
        raise NotEstimableError("one participant alone determines a term")
    reduced /= length
    # What a residual's square adds to the coefficient's variance (MacKinnon & White 1985).
    weights = (basis.q[:, -1:] / (1 - basis.leverage[:, None])) ** 2
    observed = _statistics(reduced[None].copy(), basis, weights)[0]
    n = len(y)
    chunk = max(1, _AT_ONCE // n)
    hits = 0
    for first in range(0, draws, chunk):
        shape = min(chunk, draws - first), n
        permuted = rng.permuted(np.broadcast_to(reduced, shape), axis=1)
        hits += int(np.count_nonzero(_statistics(permuted, basis, weights) >= observed - _SAME))
    return float((1 + hits) / (1 + draws))


def _statistics(permuted: np.ndarray, basis: Basis, weights: np.ndarray) -> np.ndarray:
    """Share of the squared coefficient in its sum with its variance, which grows with the squared t.

    Parameters
    ----------
    permuted : shape (permutations, n), rows of unit length, which are used up.
    weights : shape (n, 1), of squared residuals in the variance.
    """
    products = times(permuted, basis.q)
    counts = basis.levels.counts
    if len(counts):
        # Groups are consecutive.
        means = np.add.reduceat(permuted, np.cumsum(counts) - counts, axis=1) / counts
        permuted -= np.repeat(means, counts, axis=1)
    permuted -= times(products, np.ascontiguousarray(basis.q.T))
    np.square(permuted, out=permuted)
    coefficient = products[:, -1] ** 2
    # Nothing but rounding is left of a permutation that the covariates fit perfectly.
    return np.asarray(coefficient / np.maximum(coefficient + times(permuted, weights)[:, 0], _SAME**2))
