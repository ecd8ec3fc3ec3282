"""How does the logarithm of an outcome's mean depend on the terms? Quasi-Poisson regression."""

import numpy as np

from il6r.association import glm
from il6r.association.coefficients import Coefficients, NotEstimableError
from il6r.association.orthogonal import Basis, orthogonalise

# About 6 are needed; where the maximum is at infinity, each step moves some linear predictor by about 1.
_MOST_STEPS = 50


def fit(
    y: np.ndarray,
    matrix: np.ndarray,
    *,
    clusters: np.ndarray | None = None,
    errors: str = "robust",
    basis: Basis | None = None,
) -> Coefficients:
    """Regress the logarithm of the mean of `y`, which may be 0, on `matrix`.

    Poisson's estimating equations, which need no Poisson distribution (Gourieroux, Monfort & Trognon 1984,
    doi 10.2307/1913472), with the errors and intervals of `glm.sandwich`.

    Parameters
    ----------
    y : float64, shape (n,), not negative, in any unit.
    matrix : float64, shape (n, terms), of full rank; column 0 is the intercept.
    clusters : int, shape (n,), or None.
    errors : as for `glm.sandwich`.
    basis : what `orthogonalise` makes of `matrix`, where it is at hand.

    Returns
    -------
    Coefficients without a log likelihood, since no distribution is assumed.

    Raises
    ------
    NotEstimableError : `y` is 0 throughout; no convergence, as where `y` is 0 in all rows of a group with a
        term of its own; one row alone determines a term; not more clusters than terms; what `orthogonalise`
        raises.
    """
    level = float(y.mean())
    if level <= 0:
        raise NotEstimableError("the outcome is 0 throughout")
    # In the unit of the mean, where the start of the steps is near their end.
    scaled = y / level
    basis = basis or orthogonalise(matrix)
    end = glm.ascend(scaled, basis.q, _poisson, np.zeros(matrix.shape[1]), _MOST_STEPS)
    if not end.settled:
        raise NotEstimableError("the model of the mean did not converge")
    covariance, df, errors, behind = glm.sandwich(basis, scaled - end.mean, end.weight, clusters, errors)
    params = basis.inverse @ end.params
    params[0] += np.log(level)
    return Coefficients(params, covariance, df, "log-linear in the mean", errors, behind=behind)


def _poisson(y: np.ndarray, eta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    # A step that goes much too far is halved.
    with np.errstate(over="ignore"):
        mean = np.exp(eta)
        return float((y * eta - mean).sum()), mean, mean
