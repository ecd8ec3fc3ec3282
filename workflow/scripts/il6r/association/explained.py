"""How much of an outcome's variance does one term explain?"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaincinv, ndtr

from il6r.association import censored
from il6r.association.coefficients import CONFIDENCE, Fit, NotEstimableError
from il6r.association.orthogonal import ROUNDING, Basis, Levels, orthogonalise, times

_TAIL = (1 - CONFIDENCE) / 2
# Above this part of a column's variance the spread of the exposure says nothing of the population's.
_MOST_DOUBT = 0.5
# Effects of so many times the estimate are as good as infinite.
_INFINITE = 1e3
# Of the integral over what the error may have been; Gauss and Legendre's, on 0 to 1.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(128)
_NODES, _WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2


@dataclass(frozen=True)
class Share:
    """A share of variance.

    Attributes
    ----------
    fit : the share in the sample, with its error, its interval and the p-value of the effect.
    adjusted : the share less what chance adds to it, not below 0.
    """

    fit: Fit
    adjusted: float


def share(
    y: np.ndarray,
    matrix: np.ndarray,
    *,
    term: int,
    effect: Fit,
    bounds: tuple[np.ndarray, np.ndarray] | None = None,
    absorbed: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
    basis: Basis | None = None,
) -> Share:
    """The share of `y`'s variance, given the other columns, that column `term` explains (partial R2).

    It is b2 v / (b2 v + s2), with b the effect, v the exposure's variance given the covariates and s2 that of
    the residuals: without censoring the squared partial correlation, with it from the censored normal model.

    The test is that of the effect. The interval inverts the noncentral distribution of the effect's t, with
    its error and degrees of freedom (Smithson 2001, doi 10.1177/00131640121971392). The noncentrality
    is itself uncertain by as much as the spreads of exposure and residuals are, so that the share is that in
    the population that the people are from, not in people with just these exposures; the variance of the
    ratio of both spreads is that of its influence (Steiger & Hakstian 1982,
    doi 10.1111/j.2044-8317.1982.tb00653.x), summed within people. Effects of either sign have the same share:
    where no t is too small for a share, all of the 5 % are t that are too large for it, so that the interval
    leaves out 0 where the test has p below 0.05 and nowhere else. The adjusted share is Ezekiel's (1930,
    Methods of Correlation Analysis), with variances that are as large as if the model had not been fitted to
    them; it is not below 0.

    Parameters
    ----------
    y, matrix, absorbed, clusters, basis : as for `least_squares.fit`.
    effect : the term of the same model.
    bounds : as for `censored.fit`, or None.

    Raises
    ------
    NotEstimableError : as in `censored.fit`.
    """
    basis = basis or orthogonalise(matrix, absorbed)
    codes = Levels(clusters).codes
    groups = np.arange(len(y)) if codes is None else codes
    direction = basis.inverse[term]
    length = np.linalg.norm(direction)
    # What the other columns leave of the exposure, of length 1 and of its own.
    unit = times(basis.q, direction[:, None])[:, 0] / length
    exposure = unit / length
    own = _means(unit, groups) ** 2 * np.bincount(groups)
    leverage = _leverage(basis, groups)
    spread = _mean_square(exposure, groups, leverage - own)
    influence = exposure**2 / np.mean(exposure**2) - 1
    if bounds is not None and censored.is_censored(bounds):
        latent = censored.fit_latent(y, matrix, bounds, absorbed=absorbed, clusters=clusters, basis=basis)
        in_sample = np.exp(2 * latent.params[-1])
        # The variances of values and residuals, of as many as there are beside the terms.
        noise = in_sample / (1 - np.mean(leverage))
        explainable = in_sample + effect.estimate**2 * np.mean(exposure**2)
        explainable /= 1 - np.mean(leverage - own)
        doubt, model = latent.covariance[-1, -1], latent.model
    else:
        _, residuals = basis.project(y[:, None])
        residual = residuals[:, 0]
        in_sample, noise = np.mean(residual**2), _mean_square(residual, groups, leverage)
        if in_sample <= ROUNDING**2 * np.mean(y**2):
            raise NotEstimableError("the values do not vary about the model")
        explainable = _mean_square(residual + effect.estimate * exposure, groups, leverage - own)
        influence -= residual**2 / in_sample - 1
        doubt, model = 0.0, "squared partial correlation"
    t = abs(effect.estimate) / effect.se
    # Of the effect in residual standard deviations, per standard deviation of the exposure, the inverse
    # hyperbolic sine is Fisher's z of the correlation.
    size = abs(effect.estimate) * np.sqrt(np.mean(exposure**2) / in_sample)
    sums = np.bincount(groups, weights=influence)
    doubt += np.sum(sums**2) / 4 / len(y) ** 2 / (1 - np.mean(leverage))
    low, high = (
        end * effect.se * np.sqrt(spread / noise)
        for end in _noncentralities(t, effect.df, min(max(doubt - 0.5 / effect.df, 0.0), _MOST_DOUBT))
    )
    rho2 = size**2 / (1 + size**2)
    se_z = np.sqrt(((size / t) ** 2 if t > 0 else effect.se**2 * spread / noise) + size**2 * doubt)
    se_z /= np.sqrt(1 + size**2)
    fit = Fit(
        float(rho2),
        float(2 * np.sqrt(rho2) * (1 - rho2) * se_z),
        float(low**2 / (1 + low**2)) if effect.p_value < 1 - CONFIDENCE else 0.0,
        float(1 - 1 / (1 + high**2)),
        effect.p_value,
        model,
        effect.errors,
        effect.df,
    )
    return Share(fit, max(0.0, float(1 - noise / explainable)))


def _means(rows: np.ndarray, groups: np.ndarray) -> np.ndarray:
    return np.asarray(np.bincount(groups, weights=rows) / np.bincount(groups))


def _leverage(basis: Basis, groups: np.ndarray) -> np.ndarray:
    """The leverage of each group's mean, shape (groups,): of columns, and of the levels of a factor."""
    sizes, levels = np.bincount(groups), basis.levels
    if len(sizes) == len(groups):
        return basis.leverage
    leverage = np.zeros(len(sizes))
    for column in basis.q.T:
        leverage += _means(column, groups) ** 2 * sizes
    if levels.codes is not None:
        pairs, together = np.unique(groups * levels.number + levels.codes, return_counts=True)
        group, level = np.divmod(pairs, levels.number)
        leverage += np.bincount(group, weights=together**2 / levels.counts[level]) / sizes
    return leverage


def _mean_square(residual: np.ndarray, groups: np.ndarray, leverage: np.ndarray) -> float:
    """The variance behind residuals of which each group's mean is too small by its leverage.

    Of independent rows it is unbiased (MacKinnon & White 1985, HC2).
    """
    means = np.bincount(groups) * _means(residual, groups) ** 2
    return float((np.sum(residual**2) + np.sum(means * (1 / (1 - leverage) - 1))) / len(residual))


def _noncentralities(t: float, df: float, doubt: float) -> tuple[float, float]:
    """Between which noncentralities t may come from: 0 or more, possibly infinite.

    Parameters
    ----------
    doubt : relative variance of the noncentrality in samples of the population, beside that of t.
    """
    # Estimated errors over true ones. At some of its arguments scipy's noncentral t is not a number.
    errors = np.ones(len(_NODES)) if np.isinf(df) else np.sqrt(gammaincinv(df / 2, _NODES) / (df / 2))

    def below(value: float, mu: float) -> float:
        """The chance of a t less than `value`."""
        return float(_WEIGHTS @ ndtr((value * errors - mu * np.sqrt(1 - doubt)) / np.sqrt(1 + mu**2 * doubt)))

    def least(mu: float) -> float:
        """The smallest t that is not too small for a noncentrality."""
        return _solve(lambda value: _TAIL - below(value, mu), mu)

    def beyond(mu: float) -> float:
        """By how much a larger t is less likely than what small ones leave of the 5 %."""
        small = least(mu)
        inside = below(small, mu) - below(-small, mu)
        return below(t, mu) - below(-t, mu) - CONFIDENCE - inside

    return _solve(beyond, t), _solve(lambda mu: below(t, mu) - _TAIL, t)


def _solve(excess: Callable[[float], float], t: float) -> float:
    """Where a falling function is 0; 0 where it is not above 0 there, infinite where it stays above."""
    if excess(0.0) <= 0:
        return 0.0
    high = t + 1.0
    while excess(high) > 0:
        high *= 2
        if high > _INFINITE * (t + 1.0):
            return np.inf
    return float(brentq(excess, 0.0, high, xtol=1e-10))
