"""How likely are values between bounds whose errors have Student's t, and do errors have heavier tails?"""

import numpy as np
from scipy.special import gammaln, log_ndtr, stdtr

from il6r.association.censored import NARROW

_LOG_ROOT_TWO_PI = np.log(np.sqrt(2 * np.pi))


def row_likelihood(
    theta: np.ndarray, shift: np.ndarray, low: np.ndarray, high: np.ndarray, freedom: float
) -> tuple[np.ndarray, ...]:
    """As `censored.row_likelihood`, of errors with Student's t.

    Parameters
    ----------
    theta, shift, low, high : as there; `theta` is the inverse of the scale.
    freedom : degrees of freedom of the errors.
    """
    known = high - low < NARROW
    found = np.empty((6, len(low)))
    middle = low[known] + (high[known] - low[known]) / 2
    of, rest = theta[known], theta[known] * middle - shift[known]
    bend = _bend(rest, freedom)
    # By the rest, the derivative of what a normal error would have as it is.
    steep = (freedom + 1) * (freedom - rest**2) / (freedom + rest**2) ** 2
    # The constant is the one that the normal has not.
    value = np.log(of) + _log_density(rest, freedom) + _LOG_ROOT_TWO_PI
    found[:, known] = (
        value, bend, 1 / of - middle * bend, -steep, middle * steep,
        -1 / of**2 - middle**2 * steep,
    )  # fmt: skip
    between = ~known
    theta, shift, low, high = (values[between] for values in (theta, shift, low, high))
    z_low, z_high = theta * low - shift, theta * high - shift
    # In the tail on the left, where differences keep their digits.
    mirrored = z_low > -z_high
    left, right = np.where(mirrored, -z_high, z_low), np.where(mirrored, -z_low, z_high)
    value = np.log(stdtr(freedom, right) - stdtr(freedom, left))
    low, a, bend_low = _at_bound(low, z_low, value, freedom)
    high, b, bend_high = _at_bound(high, z_high, value, freedom)
    d, t = a - b, b * high - a * low
    found[:, between] = (
        value, d, t, bend_low * a - bend_high * b - d**2, bend_high * high * b - bend_low * low * a - d * t,
        bend_low * low**2 * a - bend_high * high**2 * b - t**2,
    )  # fmt: skip
    return tuple(found)


def heavier(low: np.ndarray, high: np.ndarray) -> float:
    """By how much normal errors' likelihood climbs as their tails begin to be heavier.

    Its derivative in the inverse of Student's degrees of freedom, over the root of its variance where all
    values are known: of known values the fourth moment less the normal's, of others what lies between their
    bounds adds to it.

    Parameters
    ----------
    low, high : float64, shape (n,): the bounds less what is fitted, over the standard deviation.
    """
    known = high - low < NARROW
    square = low[known] ** 2
    total = float((square * (square - 2) - 1).sum())
    low, high = low[~known], high[~known]
    mirrored = low > -high
    left, right = np.where(mirrored, -high, low), np.where(mirrored, -low, high)
    log_right = log_ndtr(right)
    value = log_right + np.log(-np.expm1(log_ndtr(left) - log_right))
    for end, sign in ((low, 1), (high, -1)):
        finite = np.isfinite(end)
        z = end[finite]
        total += sign * float((np.exp(-(z**2) / 2 - _LOG_ROOT_TWO_PI - value[finite]) * (z**3 + z)).sum())
    # A quarter of the fourth Hermite polynomial has the variance 24 / 16.
    return float(total / 4 / np.sqrt(1.5 * (len(square) + len(low))))


def _log_density(z: np.ndarray, freedom: float) -> np.ndarray:
    constant = gammaln((freedom + 1) / 2) - gammaln(freedom / 2) - np.log(freedom * np.pi) / 2
    return np.asarray(constant - (freedom + 1) / 2 * np.log1p(z**2 / freedom))


def _bend(z: np.ndarray, freedom: float) -> np.ndarray:
    """Less the derivative of the density's logarithm; of a normal one that is z."""
    return np.asarray((freedom + 1) * z / (freedom + z**2))


def _at_bound(
    bound: np.ndarray, z: np.ndarray, value: np.ndarray, freedom: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A bound, the density there over the probability, and its `_bend`; 0 at infinity."""
    finite = np.isfinite(bound)
    bound, z = np.where(finite, bound, 0.0), np.where(finite, z, 0.0)
    density = np.where(finite, np.exp(_log_density(z, freedom) - value), 0.0)
    return bound, density, _bend(z, freedom)
