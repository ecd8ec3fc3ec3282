"""How sure are estimates where the rows of a cluster go together, and by how many degrees of freedom?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import sparse
from scipy.optimize import brentq
from scipy.special import stdtrit

from il6r.association.coefficients import CONFIDENCE, NotEstimableError
from il6r.association.orthogonal import Levels, cross, times

# Numbers in the blocks of clusters that are worked on at a time: few enough for the processor's cache.
_AT_A_TIME = 500_000
# One less the leverage of a direction within a cluster: below this it is fitted perfectly.
_PERFECT = 1e-8
# Variance of one combination's variance, relative to the square of its mean, but for rounding.
_MOST_SPREAD = 2 * (1 + 1e-6)
# Rows of a cluster above which the square root is taken that needs no block of that size.
_MANY_ROWS = 200
# Ratio of working variances within a cluster from which on their squares' would cost too many digits.
_UNLIKE = 1e4

# Independent rows up to which each is taken as a cluster of its own, whose CR2 is HC2. Up to 250 rows errors
# need a correction for their number (Long & Ervin 2000, doi 10.1080/00031305.2000.10474549), and HC3 with t
# of n - terms degrees of freedom is too narrow where few rows determine a term (Imbens & Kolesar 2016, doi
# 10.1162/REST_a_00552). With more, both give the same interval and HC3 takes less time.
FEW_ROWS = 250

# Of few columns, or of one more for each of many levels.
_Loadings: TypeAlias = np.ndarray | sparse.csr_array
# Degrees of freedom below which Satterthwaite's t is no longer near the distribution of normal errors' t
# (Pustejovsky & Tipton 2018, section 3.1, say 4 or 5).
_FEW_DEGREES = 5.0
# Of the integral over an angle; Gauss and Legendre's, on 0 to a quarter of the circle.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
_SINES, _WEIGHTS = np.sin((_NODES + 1) * np.pi / 4) ** 2, _WEIGHTS / 2
# With more rows, a term that so few of them determine is as uncertain as one of so few.
_FEW_BEHIND = 50.0

# From places of rows, int64, shape (k, m), each line those of a cluster, to R R', shape (k, m, m), where the
# working covariance of those rows is R' R with R upper triangular.
Working = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Factor:
    """An absorbed factor in a model's whitened rows.

    Attributes
    ----------
    levels : its levels.
    loadings : float64, shape (n,): each row in the column of its level, all of which have length 1.
    """

    levels: Levels
    loadings: np.ndarray


@dataclass(frozen=True)
class ClusterRobust:
    """A linear model's whitened columns, and what CR2 makes of them.

    Attributes
    ----------
    columns : float64, shape (n, terms), orthonormal.
    rows : float64, shape (n, terms): what residuals are multiplied by to be scores of the coefficients of
        `columns`, which are added up within clusters.
    clusters : the clusters, G of them.
    factor : absorbed, whose columns are orthogonal to the others; or None.
    back : float64, shape (terms, terms), which takes coefficients of `columns` to the model's.
    linear : whether the model is, so that normal errors' t has a known distribution.
    """

    columns: np.ndarray
    rows: np.ndarray
    clusters: Levels
    factor: Factor | None
    back: np.ndarray
    linear: bool = False

    def covariance(self, residuals: np.ndarray) -> np.ndarray:
        """Covariance of the model's terms, (terms, terms), from whitened residuals, (n,)."""
        scores = self.clusters.sums(self.rows * residuals[:, None])
        return np.asarray(self.back @ cross(scores, scores) @ self.back.T)

    def df(self, weights: np.ndarray) -> float:
        """Degrees of freedom of combinations' variance or covariance; `weights`: (combinations, terms).

        Of one combination Satterthwaite's: twice the square of the variance's expectation over its variance,
        where the working model holds (Bell & McCaffrey 2002, Survey Methodology 28, 169-181; Imbens &
        Kolesar 2016, doi 10.1162/REST_a_00552). Of several those of the nearest Wishart distribution, as in
        the test AHT of Pustejovsky & Tipton (2018, doi 10.1080/07350015.2016.1247004, section 3.2), which
        clubSandwich calls HTZ.

        One combination of a linear model with fewer than 5 has more (`_between`): of two carriers among 20
        people Satterthwaite's t is twice as long as it has to be.

        Under the working model the combinations' scores of clusters g and h have the covariance D_g (if g is
        h) less Z_g Z_h', with Z_g short, so that sums over pairs of clusters are products of sums.

        Raises
        ------
        NotEstimableError : the clusters say nothing of the error of some combination.
        """
        number = len(weights)
        parts = times(self.rows, self.back.T @ weights.T)
        z = [self._loadings(part) for part in parts.T]
        products = (parts[:, :, None] * parts[:, None, :]).reshape(len(parts), -1)
        own = self.clusters.sums(products).reshape(-1, number, number)
        variance = (own - _inner(z)).sum(axis=0)
        values, vectors = np.linalg.eigh(variance)
        if not values[0] > _PERFECT * np.trace(own.sum(axis=0)):
            raise NotEstimableError("the clusters say nothing of a term's error")
        # To combinations whose covariance is the identity.
        white = vectors / np.sqrt(values)
        own = white.T @ own @ white
        z = [sum(factor * one for factor, one in zip(column, z, strict=True)) for column in white.T]
        spread = _pair(own, own) - 2 * _pair(own, _inner(z))
        for product in (_cross(a, b) for a in z for b in z):
            spread += (product * product).sum() + (product * product.T).sum()
        # Of one combination there is at least 1 (Cauchy & Schwarz); less is what rounding leaves of none.
        if spread <= 0 or (number == 1 and spread > _MOST_SPREAD):
            raise NotEstimableError("the clusters say nothing of a term's error")
        df = float(number * (number + 1) / spread)
        if not self.linear or number > 1 or df >= _FEW_DEGREES or self.clusters.number > FEW_ROWS:
            return df
        loadings = z[0] if isinstance(z[0], np.ndarray) else z[0].toarray()
        return _between(df, np.linalg.eigvalsh(np.diag(own[:, 0, 0]) - loadings @ loadings.T))

    def _loadings(self, part: np.ndarray) -> _Loadings:
        """Z of one combination, by cluster: shape (G, terms) and, with a factor, one more for each level."""
        dense = self.clusters.sums(self.columns * part[:, None])
        if self.factor is None:
            return dense
        shape = self.clusters.number, self.factor.levels.number
        places = self.clusters.codes, self.factor.levels.codes
        of_levels = sparse.coo_array((part * self.factor.loadings, places), shape=shape)
        return sparse.hstack([sparse.csr_array(dense), of_levels], format="csr")


def may_be_few(leverage: np.ndarray) -> bool:
    """Whether `RowsBehind` may find few; `leverage`, shape (n,), is of the columns or more.

    The squares of a combination's weights are at most its squared length times the leverages, and add up to
    that length, so that no fewer rows are behind it than one over the largest leverage.
    """
    return bool(leverage.max() * _FEW_BEHIND > 1)


@dataclass(frozen=True)
class RowsBehind:
    """Degrees of freedom of HC3 errors of many rows, of which few may determine a term.

    Satterthwaite's (1946, doi 10.2307/3002019), but for leverages: a row's squared residual enters a term's
    variance with a weight, and the squared sum of the weights over the sum of their squares is the number of
    rows behind the term. HC3 being too large by the leverages, t with so many degrees of freedom holds from 4
    rows on; of 2 there is 1, of 3 there are 2.5.

    Attributes
    ----------
    columns : float64, shape (n, terms), orthonormal.
    back : float64, shape (terms, terms), which takes their coefficients to the model's.
    most : degrees of freedom of terms with 50 rows or more behind them.
    """

    columns: np.ndarray
    back: np.ndarray
    most: float

    def df(self, weights: np.ndarray) -> float:
        """Those of a combination's variance; `weights` has shape (1, terms)."""
        squares = times(self.columns, self.back.T @ weights.T) ** 2
        behind = float(squares.sum() ** 2 / (squares**2).sum())
        if behind >= _FEW_BEHIND:
            return self.most
        return max(1.0, min(behind, 1.5 * behind - 2, self.most))


def adjust(
    columns: np.ndarray,
    back: np.ndarray,
    clusters: Levels,
    *,
    factor: Factor | None = None,
    working: Working | None = None,
) -> ClusterRobust:
    """CR2's adjustment of a linear model, which may be another's at its estimates.

    Residuals of each cluster are multiplied by a matrix A such that the sandwich's expectation is the
    coefficients' covariance, if that of the outcome is the working covariance (Bell & McCaffrey 2002;
    Pustejovsky & Tipton 2018, equation 4). Rows are whitened: with R' R the working covariance of a
    cluster's rows, columns and residuals are those of the model times the inverse of R'. With u the cluster's
    rows of `columns`, A in these rows is the inverse square root of R R' (1 - u u') R R', times R R'.
    Without `working` it is that of 1 - u u', which is the same where R is a multiple of the identity;
    clusters of more than 200 rows, or with variances that differ ten thousandfold, are taken so in any case,
    which is unbiased as well.

    Parameters
    ----------
    columns : float64, shape (n, terms), orthonormal (and to the factor's columns).
    back : float64, shape (terms, terms): takes coefficients of `columns` to the model's.
    clusters : int64 codes, shape (n,).
    factor : absorbed, or None.
    working : from places of rows, (k, m), a cluster in a line, to R R', (k, m, m); or None.

    Raises
    ------
    NotEstimableError : a single cluster; one that alone determines a term.
    """
    if clusters.number < 2:
        raise NotEstimableError("a single cluster says nothing of errors")
    rows = np.empty_like(columns)
    for places in _blocks(clusters, columns.shape[1]):
        u = columns[places]
        size, terms = u.shape[1:]
        many = size > _MANY_ROWS
        if factor is None and (many or (working is None and size > terms)):
            root = _inverse_root(np.eye(terms) - _transposed(u) @ u, np.eye(terms))
            rows[places] = u @ root
            continue
        rest = np.eye(size) - u @ _transposed(u)
        if factor is not None:
            # A factor has levels.
            assert factor.levels.codes is not None
            levels, loadings = factor.levels.codes[places], factor.loadings[places]
            same = levels[:, :, None] == levels[:, None, :]
            rest -= same * loadings[:, :, None] * loadings[:, None, :]
        root = _inverse_root(rest, u)
        if working is not None and not many:
            scale = working(places)
            own = np.diagonal(scale, axis1=1, axis2=2)
            like = own.max(axis=1) < _UNLIKE * own.min(axis=1)
            scale = scale[like]
            root[like] = scale @ _inverse_root(scale @ rest[like] @ scale)
        rows[places] = root @ u
    return ClusterRobust(columns, rows, clusters, factor, back)


def _between(df: float, shares: np.ndarray) -> float:
    """Degrees of freedom whose 95 % interval lies between Satterthwaite's and that of normal errors.

    Where the working model holds, the variance is a sum of independent chi-squared ones, each with 1 degree
    of freedom and times one of `shares`, and t exceeds c with the probability that Craig's formula for normal
    tails (1991, IEEE MILCOM, 571-575) gives: the mean, over angles up to a quarter of the circle, of the
    product of 1 / sqrt(1 + share c2 / sin2). That interval is too short where the few have the larger
    variance, and Satterthwaite's too long where they have not; the geometric mean of both held best in
    simulations. From 4 to 5 degrees of freedom it becomes Satterthwaite's.
    """
    shares = np.maximum(shares, 0.0) / shares.sum()

    def beyond(length: float) -> float:
        """By how much t exceeds a length more often than in 5 %."""
        products = np.log1p(np.multiply.outer(length**2 / _SINES, shares)).sum(axis=1)
        return float(_WEIGHTS @ np.exp(-products / 2)) - (1 - CONFIDENCE)

    quantile = 0.5 + CONFIDENCE / 2
    longest = float(stdtrit(df, quantile))
    normal = float(stdtrit(np.inf, quantile))
    exact = float(brentq(beyond, normal / 2, 10 * longest))
    part = min(_FEW_DEGREES - df, 1.0) / 2
    wanted = longest ** (1 - part) * exact**part
    if wanted >= longest:
        return df
    return float(brentq(lambda more: stdtrit(more, quantile) - wanted, df, 100.0))


def _blocks(clusters: Levels, terms: int) -> Iterator[np.ndarray]:
    """Places of the rows of clusters of one size, shape (k, size), some at a time."""
    # Several clusters have codes.
    assert clusters.codes is not None
    order = np.argsort(clusters.codes, kind="stable")
    starts = np.cumsum(clusters.counts) - clusters.counts
    for size in np.unique(clusters.counts):
        own = starts[clusters.counts == size]
        step = max(int(_AT_A_TIME // (size * max(size, terms))), 1)
        for first in range(0, len(own), step):
            yield order[own[first : first + step, None] + np.arange(size)]


def _inverse_root(matrices: np.ndarray, u: np.ndarray | None = None) -> np.ndarray:
    """Inverse square roots of symmetric matrices (k, m, m).

    With columns `u`, (k, m, terms), directions whose eigenvalue is 0 are left out: those are fitted
    perfectly, which may be by the factor, but not by the columns.
    """
    values, vectors = np.linalg.eigh(matrices)
    roots = 1 / np.sqrt(np.maximum(values, np.finfo(float).tiny))
    perfect = values < _PERFECT
    if u is not None and perfect.any():
        if (np.abs((_transposed(vectors) @ u)[perfect]) > np.sqrt(_PERFECT)).any():
            raise NotEstimableError("one cluster alone determines a term")
        roots[perfect] = 0.0
    return np.asarray((vectors * roots[:, None, :]) @ _transposed(vectors))


def _transposed(matrices: np.ndarray) -> np.ndarray:
    return np.swapaxes(matrices, -1, -2)


def _cross(a: _Loadings, b: _Loadings) -> _Loadings:
    return cross(a, b) if isinstance(a, np.ndarray) else a.T @ b


def _inner(z: list[_Loadings]) -> np.ndarray:
    """Products of each cluster's loadings, shape (G, combinations, combinations)."""
    return np.stack([np.stack([(a * b).sum(axis=1) for b in z], axis=1) for a in z], axis=1)


def _pair(a: np.ndarray, b: np.ndarray) -> float:
    """Sum over clusters of the traces' product and the product's trace."""
    traces = np.einsum("gss,gtt->", a, b)
    return float(traces + np.einsum("gst,gts->", a, b))
