"""How likely are errors that have Student's t, and do errors have heavier tails than normal ones?

Degrees of freedom are infinite where errors are normal.
"""

import numpy as np
from scipy.special import gammaln, log_ndtr, stdtr

_LOG_ROOT_TWO_PI = np.log(np.sqrt(2 * np.pi))


def log_density(z: np.ndarray, freedom: float) -> np.ndarray:
    """The density's logarithm, shape (n,)."""
    if np.isinf(freedom):
        return np.asarray(-(z**2) / 2 - _LOG_ROOT_TWO_PI)
    constant = gammaln((freedom + 1) / 2) - gammaln(freedom / 2) - np.log(freedom * np.pi) / 2
    return np.asarray(constant - (freedom + 1) / 2 * np.log1p(z**2 / freedom))


def bend(z: np.ndarray, freedom: float) -> np.ndarray:
    """Less the derivative of the density's logarithm, shape (n,): of a normal one z itself."""
    return z if np.isinf(freedom) else np.asarray((freedom + 1) * z / (freedom + z**2))


def steepness(z: np.ndarray, freedom: float) -> np.ndarray:
    """The derivative of `bend`, shape (n,)."""
    if np.isinf(freedom):
        return np.ones(len(z))
    return np.asarray((freedom + 1) * (freedom - z**2) / (freedom + z**2) ** 2)


def log_probability(low: np.ndarray, high: np.ndarray, freedom: float) -> np.ndarray:
    """The logarithm of the probability between bounds, shape (n,)."""
    # In the tail on the left, where probabilities and their logarithms keep their digits.
    mirrored = low > -high
    left, right = np.where(mirrored, -high, low), np.where(mirrored, -low, high)
    if np.isinf(freedom):
        log_right = log_ndtr(right)
        return np.asarray(log_right + np.log(-np.expm1(log_ndtr(left) - log_right)))
    return np.asarray(np.log(stdtr(freedom, right) - stdtr(freedom, left)))


def heavier(known: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """By how much normal errors' likelihood climbs as their tails begin to be heavier.

    Its derivative in the inverse of Student's degrees of freedom, over the root of its variance where all
    values are known: of known values the fourth moment less the normal's, of others what lies between their
    bounds adds to it.

    Parameters
    ----------
    known : float64, shape (n,): errors over the standard deviation, where values are known.
    low, high : float64, shape (m,): bounds of the other errors.
    """
    square = known**2
    total = float((square * (square - 2) - 1).sum())
    value = log_probability(low, high, np.inf)
    for end, sign in ((low, 1), (high, -1)):
        finite = np.isfinite(end)
        z = end[finite]
        total += sign * float((np.exp(log_density(z, np.inf) - value[finite]) * (z**3 + z)).sum())
    # A quarter of the fourth Hermite polynomial has the variance 24 / 16.
    return float(total / 4 / np.sqrt(1.5 * (len(known) + len(low))))
