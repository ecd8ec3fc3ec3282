"""Generalised linear models with a canonical link: the way to their maximum, and their robust errors."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from il6r.association.cluster_robust import FEW_ROWS, RowsBehind, adjust, may_be_few
from il6r.association.coefficients import Freedom, NotEstimableError
from il6r.association.orthogonal import Basis, Levels, cross, times, weighted_products

# Newton's steps are quadratic near the end: after one that moves no linear predictor by more than this, what
# is left to go is of the order of its square.
_SETTLED = 1e-8
# The information's smallest eigenvalue over its largest, in columns of equal length: less is none at all.
_NO_INFORMATION = 1e-12
# Halvings of a step: below this it is rounding.
_MOST_HALVINGS = 50
# One less the leverage; below this a row's residual is rounding.
_NO_RESIDUAL = 1e-9

# From outcome and linear predictor, both of shape (n,), the log likelihood and each row's mean and variance.
Family = Callable[[np.ndarray, np.ndarray], tuple[float, np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Ascent:
    """Where Newton's steps have led.

    Attributes
    ----------
    params : float64, shape (terms,).
    value : log likelihood.
    mean, weight : float64, shape (n,): each row's mean, and its variance, which with a canonical link is its
        weight in the information too.
    settled : whether the steps came to an end.
    """

    params: np.ndarray
    value: float
    mean: np.ndarray
    weight: np.ndarray
    settled: bool


def ascend(y: np.ndarray, columns: np.ndarray, family: Family, start: np.ndarray, steps: int) -> Ascent:
    """Climb a concave log likelihood by at most `steps` of Newton's steps, halved where they go too far.

    A maximum at infinity never settles: the steps end when no linear predictor moves, and towards infinity
    some always do.

    Parameters
    ----------
    y, columns : float64, shapes (n,) and (n, terms); the columns orthonormal, so that no digits are lost
        where covariates are in unlike units or near each other.
    start : float64, shape (terms,).
    """
    params = start
    eta = times(columns, params[:, None])[:, 0]
    value, mean, weight = family(y, eta)
    for _ in range(steps):
        curvature = information(columns, weight)
        eigenvalues = np.linalg.eigvalsh(curvature)
        if eigenvalues[0] <= _NO_INFORMATION * eigenvalues[-1]:
            break
        step = np.linalg.solve(curvature, cross(columns, (y - mean)[:, None])[:, 0])
        move = times(columns, step[:, None])[:, 0]
        settled = bool(np.abs(move).max() < _SETTLED)
        # Sums of n numbers differ in their last digits.
        slack = 1e-12 * (1 + abs(value))
        for _ in range(_MOST_HALVINGS):
            following = family(y, eta + move)
            if following[0] >= value - slack:
                break
            step, move = step / 2, move / 2
        else:
            break
        params, eta = params + step, eta + move
        value, mean, weight = following
        if settled:
            return Ascent(params, value, mean, weight, settled)
    return Ascent(params, value, mean, weight, settled=False)


def information(columns: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The sum over rows of weight times the row's outer product, shape (terms, terms)."""
    return weighted_products(columns, weight)


def leverages(columns: np.ndarray, weight: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """The diagonal of a generalised linear model's hat matrix, shape (n,); `inverse` of its information."""
    return np.asarray(weight * np.einsum("nk,nk->n", times(columns, inverse), columns))


def sandwich(
    basis: Basis, residual: np.ndarray, weight: np.ndarray, clusters: np.ndarray | None, errors: str
) -> tuple[np.ndarray, float | Freedom, str, Freedom | None]:
    """Robust covariance of terms of a model with a canonical link, degrees of freedom, name, and `behind`.

    With clusters CR2 of the model's linear approximation at its maximum (`cluster_robust.adjust`), with
    Satterthwaite's degrees of freedom; of at most 250 rows without clusters the same of rows each their own
    cluster, which is HC2. Of more HC3, with a generalised linear model's leverages, as R's sandwich has it
    (`vcovHC(type="HC3")`; Zeileis, Koll & Graham 2020, doi 10.18637/jss.v095.i01); normal, or Student's where
    few rows are behind a term (`cluster_robust.RowsBehind`).

    Parameters
    ----------
    basis : of the model's matrix.
    residual, weight : float64, shape (n,): outcome less mean, and the variance that goes with the mean.
    clusters : int, shape (n,), or None.
    errors : "robust", or "HC3" at any number of rows; of no consequence where there are clusters.
    """
    columns, terms = basis.q, basis.q.shape[1]
    known = information(columns, weight)
    name = "cluster-robust by participant"
    if clusters is None:
        inverse = np.linalg.inv(known)
        rest = 1 - leverages(columns, weight, inverse)
        if rest.min() < _NO_RESIDUAL:
            raise NotEstimableError("one observation alone determines a term")
        if errors == "HC3" or len(columns) > FEW_ROWS:
            bread = basis.inverse @ inverse
            behind = None
            if errors != "HC3" and may_be_few(1 - rest):
                root = np.linalg.inv(np.linalg.cholesky(known)).T
                white = times(columns, root) * np.sqrt(weight)[:, None]
                behind = RowsBehind(white, basis.inverse @ root, np.inf)
            return bread @ information(columns, (residual / rest) ** 2) @ bread.T, np.inf, "HC3", behind
        clusters, name = np.arange(len(columns)), "HC2"
    levels = Levels(clusters)
    if levels.number <= terms:
        raise NotEstimableError("not more clusters than terms")
    back = np.linalg.inv(np.linalg.cholesky(known)).T
    # A mean that is 0 or 1 but for rounding has no variance, and its residual is 0.
    deviation = np.sqrt(np.maximum(weight, np.finfo(float).tiny))

    def working(places: np.ndarray) -> np.ndarray:
        """The working covariance of residuals, which is diagonal."""
        return np.asarray(np.eye(places.shape[1]) * deviation[places][:, :, None] ** 2)

    white = times(columns, back) * deviation[:, None]
    found = adjust(white, basis.inverse @ back, levels, working=working)
    return found.covariance(residual / deviation), found, name, None
