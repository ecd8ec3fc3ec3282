"""Which effects, by least squares, and how sure, for one outcome or for thousands at once?"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtr

from il6r.association.cluster_robust import (
    FEW_ROWS,
    ClusterRobust,
    Factor,
    RowsBehind,
    adjust,
    may_be_few,
)
from il6r.association.coefficients import Coefficients, NotEstimableError
from il6r.association.orthogonal import ROUNDING, Basis, Levels, orthogonalise, times, weighted_products

# Outcomes that are worked on at a time: few enough for their residuals to stay in the processor's cache at
# 50,000 people, and to be 130 MB at 500,000.
_AT_A_TIME = 32
# A row with such a leverage is fitted perfectly: its residual says nothing of its error.
PERFECT = 1 - 1e-8


@dataclass(frozen=True)
class ManyFits:
    """One term of the same model for many outcomes: arrays of shape (k,)."""

    estimate: np.ndarray
    se: np.ndarray
    p_value: np.ndarray
    df: np.ndarray


def fit(
    y: np.ndarray,
    matrix: np.ndarray,
    *,
    absorbed: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
    errors: str = "robust",
    basis: Basis | None = None,
) -> Coefficients:
    """Regress `y` on `matrix`.

    Errors are robust, those of equal variances ("model"), or, where there are `clusters`, robust to
    correlation within them: CR2 of independent rows (`cluster_robust.adjust`), with Satterthwaite's degrees
    of freedom for each combination of terms. Robust are of at most 250 rows HC2, which is CR2 of rows each
    their own cluster, and of more HC3 (MacKinnon & White 1985, doi 10.1016/0304-4076(85)90158-7). An
    absorbed factor changes nothing but the work: estimates, errors and degrees of freedom are those of a
    model with an indicator for each of its levels (Frisch & Waugh 1933, doi 10.2307/1907330).

    Parameters
    ----------
    y : float64, shape (n,), finite.
    matrix : float64, shape (n, terms), of full rank; without intercept where a factor is absorbed.
    absorbed : int64, shape (n,): the levels of a factor, or None.
    clusters : int64, shape (n,), or None.
    errors : "robust", "HC3" whatever the number of rows, or "model"; of no consequence where there are
        clusters.
    basis : what `orthogonalise` makes of matrix and factor, where it is at hand.

    Raises
    ------
    NotEstimableError : too few rows or clusters, dependent columns, a level or (for robust errors) a term
        that rests on one row, or values that the model fits perfectly.
    """
    basis = basis or orthogonalise(matrix, absorbed)
    how = _prepare(basis, clusters, errors)
    inverse = basis.inverse
    coefficients, residuals = basis.project(y[:, None])
    n, rss = len(y), float(np.sum(residuals**2))
    if rss <= ROUNDING**2 * np.sum(y**2):
        raise NotEstimableError("the values do not vary about the model")
    if how.clustered is not None:
        covariance = how.clustered.covariance(residuals[:, 0])
    elif how.name == "model":
        covariance = inverse @ inverse.T * rss / how.df
    else:
        products = weighted_products(basis.q, how.weighted(residuals)[:, 0] ** 2)
        covariance = inverse @ products @ inverse.T
    return Coefficients(
        inverse @ coefficients[:, 0],
        covariance,
        how.clustered or how.df,
        "least squares",
        how.name,
        -n / 2 * (np.log(2 * np.pi * rss / n) + 1),
        behind=how.behind,
    )


def fit_many(
    outcomes: np.ndarray,
    matrix: np.ndarray,
    *,
    term: int,
    absorbed: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
    errors: str = "robust",
) -> ManyFits:
    """Regress each column of `outcomes` on `matrix`, and return the coefficients of column `term`.

    Parameters
    ----------
    outcomes : float64, shape (n, k), finite.
    matrix, absorbed, clusters, errors : as in `fit`.

    Returns
    -------
    As `fit` has them; not a number for an outcome that the model fits perfectly.

    Raises
    ------
    NotEstimableError : as in `fit`.
    """
    basis = orthogonalise(matrix, absorbed)
    how = _prepare(basis, clusters, errors)
    weights = basis.inverse[term]
    # What each row adds to the coefficient, in multiples of its residual.
    clustered, df = how.clustered, how.df
    if clustered is not None:
        influence = times(clustered.rows, weights[:, None])
        df = clustered.df(np.eye(len(weights))[[term]])
    else:
        influence = how.weighted(times(basis.q, weights[:, None]))
    if how.behind is not None:
        df = how.behind.df(np.eye(len(weights))[[term]])
    n, k = outcomes.shape
    estimate, variance = np.empty((2, k))
    room = np.empty((n, _AT_A_TIME))
    for start in range(0, k, _AT_A_TIME):
        some = slice(start, start + _AT_A_TIME)
        values = outcomes[:, some]
        out = room if values.shape == room.shape else None
        coefficients, residuals = basis.project(values, out)
        estimate[some] = weights @ coefficients
        rss = np.einsum("nk,nk->k", residuals, residuals)
        if how.name == "model":
            variance[some] = rss * (weights @ weights) / df
        else:
            scores = np.multiply(residuals, influence, out=residuals)
            if clustered is not None:
                scores = clustered.clusters.sums(scores)
            variance[some] = np.einsum("nk,nk->k", scores, scores)
        perfect = rss <= ROUNDING**2 * np.einsum("nk,nk->k", values, values)
        estimate[some][perfect] = variance[some][perfect] = np.nan
    se = np.sqrt(variance)
    p_value = 2 * stdtr(df, -np.abs(estimate) / se)
    return ManyFits(estimate, se, p_value, np.full(len(se), df))


@dataclass(frozen=True)
class _Errors:
    """How residuals say what the error of a coefficient is.

    Attributes
    ----------
    name : in words.
    df : degrees of freedom, where all combinations of terms have the same.
    weights : by which residuals are multiplied, shape (n, 1), or None.
    clustered : where residuals may be correlated within clusters, or each row is taken as one.
    behind : how a term has fewer degrees of freedom, where few rows may be behind it; or None.
    """

    name: str
    df: float
    weights: np.ndarray | None
    clustered: ClusterRobust | None
    behind: RowsBehind | None = None

    def weighted(self, rows: np.ndarray) -> np.ndarray:
        """Rows, shape (n, m), times the weights of their residuals."""
        return rows if self.weights is None else rows * self.weights


def _prepare(basis: Basis, clusters: np.ndarray | None, errors: str) -> _Errors:
    if (basis.levels.counts == 1).any():
        raise NotEstimableError("a level of the absorbed factor has a single observation")
    n, terms = basis.q.shape
    df = n - terms - basis.levels.number
    if clusters is not None:
        return _Errors("cluster-robust by participant", float(df), None, _linear(basis, clusters))
    if errors == "model":
        return _Errors("model", float(df), None, None)
    leverage = basis.leverage
    if leverage.max() > PERFECT:
        raise NotEstimableError("one observation alone determines a term")
    if errors == "robust" and n <= FEW_ROWS:
        return _Errors("HC2", float(df), None, _linear(basis, np.arange(n)))
    few = errors == "robust" and may_be_few(leverage)
    behind = RowsBehind(basis.q, basis.inverse, float(df)) if few else None
    return _Errors("HC3", float(df), (1 / (1 - leverage))[:, None], None, behind)


def clustered_errors(basis: Basis, clusters: np.ndarray) -> ClusterRobust:
    """CR2 of least squares on a basis, with rows that may go together within clusters, int64, shape (n,)."""
    factor = None
    if basis.levels.codes is not None:
        factor = Factor(basis.levels, np.sqrt(1 / basis.levels.counts)[basis.levels.codes])
    return adjust(basis.q, basis.inverse, Levels(clusters), factor=factor)


def _linear(basis: Basis, clusters: np.ndarray) -> ClusterRobust:
    """The same, whose few degrees of freedom are those of a linear model."""
    return replace(clustered_errors(basis, clusters), linear=True)
