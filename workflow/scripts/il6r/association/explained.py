"""How much of an outcome's variance does one term explain, and how do both correlate?"""

from collections.abc import Callable
from dataclasses import dataclass, replace

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
    latent: censored.Latent | None = None,
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
    latent : what `censored.fit_latent` makes of the model, where it is at hand.

    Raises
    ------
    NotEstimableError : as in `censored.fit`.
    """
    own = _standardise(y, matrix, term, effect, bounds, absorbed, clusters, basis, latent)
    low, high = (own.size_at(end) for end in _noncentralities(own.t, effect.df, own.doubt))
    rho2 = own.size**2 / (1 + own.size**2)
    fit = replace(
        effect,
        estimate=float(rho2),
        se=float(2 * np.sqrt(rho2) * (1 - rho2) * own.se_z),
        ci_low=float(low**2 / (1 + low**2)) if effect.p_value < 1 - CONFIDENCE else 0.0,
        ci_high=float(1 - 1 / (1 + high**2)),
        model=own.model,
    )
    return Share(fit, own.adjusted)


def correlation(
    y: np.ndarray,
    matrix: np.ndarray,
    *,
    term: int,
    effect: Fit,
    bounds: tuple[np.ndarray, np.ndarray] | None = None,
    absorbed: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
    basis: Basis | None = None,
    latent: censored.Latent | None = None,
) -> Fit:
    """The correlation of `y` with column `term`, given the other columns (partial correlation).

    It is the root of `share` with the effect's sign, and the test is that of the effect. Where people are
    absorbed it is that within people (Bland & Altman 1995, doi 10.1136/bmj.310.6977.446), which R's rmcorr
    computes. The interval inverts the same noncentral t as that of the share, here to both sides, so that it
    leaves out 0 where the test has p below 0.05 and nowhere else; of many people it is that of Fisher's z
    (1921, Metron 1:3). The standard error is that of z times 1 - r2, so that z has the error that robust
    errors of the effect give it.

    Parameters
    ----------
    y, matrix, term, effect, bounds, absorbed, clusters, basis, latent : as for `share`.

    Raises
    ------
    NotEstimableError : as in `censored.fit`.
    """
    own = _standardise(y, matrix, term, effect, bounds, absorbed, clusters, basis, latent)
    sign = np.sign(effect.estimate)
    ends = sorted(sign * own.size_at(end) for end in _signed_noncentralities(own.t, effect.df, own.doubt))
    r, low, high = (float(np.sin(np.arctan(size))) for size in (sign * own.size, *ends))
    return replace(
        effect, estimate=r, se=float((1 - r**2) * own.se_z), ci_low=low, ci_high=high,
        model=own.model.removeprefix("squared "),
    )  # fmt: skip


def z_of(fit: Fit) -> Fit:
    """A correlation as Fisher's z."""
    with np.errstate(divide="ignore"):
        z, low, high = (float(np.arctanh(end)) for end in (fit.estimate, fit.ci_low, fit.ci_high))
    return replace(fit, estimate=z, se=fit.se / (1 - fit.estimate**2), ci_low=low, ci_high=high)


def correlation_of(fit: Fit) -> Fit:
    """A correlation from its Fisher's z."""
    r, low, high = (float(np.tanh(end)) for end in (fit.estimate, fit.ci_low, fit.ci_high))
    return replace(fit, estimate=r, se=fit.se * (1 - r**2), ci_low=low, ci_high=high)


@dataclass(frozen=True)
class _Standardised:
    """An effect in residual standard deviations per standard deviation of the exposure, regardless of sign.

    Attributes
    ----------
    size : the effect: r / sqrt(1 - r2) of the partial correlation r, whose Fisher's z is its inverse
        hyperbolic sine.
    t : the effect over its error.
    se_z : standard error of z.
    doubt : relative variance of a noncentrality of t in samples of the population, beside that of t.
    unit : the size for each unit of noncentrality.
    adjusted : the share of variance less what chance adds to it.
    model : in words.
    """

    size: float
    t: float
    se_z: float
    doubt: float
    unit: float
    adjusted: float
    model: str

    def size_at(self, noncentrality: float) -> float:
        """The size that a noncentrality stands for."""
        return noncentrality * self.unit


def _standardise(
    y: np.ndarray,
    matrix: np.ndarray,
    term: int,
    effect: Fit,
    bounds: tuple[np.ndarray, np.ndarray] | None,
    absorbed: np.ndarray | None,
    clusters: np.ndarray | None,
    basis: Basis | None,
    latent: censored.Latent | None,
) -> _Standardised:
    basis = basis or orthogonalise(matrix, absorbed)
    codes = Levels(clusters).codes
    groups = np.arange(len(y)) if codes is None else codes
    # Within the levels of an absorbed factor the means of clusters made of such levels are 0, and rows are as
    # good as independent.
    within = codes is not None and _nested(basis.levels, codes)
    units = np.arange(len(y)) if within else groups
    direction = basis.inverse[term]
    length = np.linalg.norm(direction)
    # What the other columns leave of the exposure, of length 1 and of its own.
    unit = times(basis.q, direction[:, None])[:, 0] / length
    exposure = unit / length
    own = _means(unit, units) ** 2 * np.bincount(units)
    leverage = _leverage(basis, units)
    spread = _mean_square(exposure, units, leverage - own)
    influence = exposure**2 / np.mean(exposure**2) - 1
    if bounds is not None and censored.is_censored(bounds):
        latent = latent or censored.fit_latent(
            y, matrix, bounds, absorbed=absorbed, clusters=clusters, basis=basis
        )
        in_sample = np.exp(2 * latent.params[-1])
        # The variances of values and residuals, of as many as there are beside the terms.
        noise = in_sample / (1 - np.mean(leverage))
        explainable = in_sample + effect.estimate**2 * np.mean(exposure**2)
        explainable /= 1 - np.mean(leverage - own)
        doubt, model = latent.covariance[-1, -1], latent.model
    else:
        _, residuals = basis.project(y[:, None])
        residual = residuals[:, 0]
        in_sample, noise = np.mean(residual**2), _mean_square(residual, units, leverage)
        if in_sample <= ROUNDING**2 * np.mean(y**2):
            raise NotEstimableError("the values do not vary about the model")
        explainable = _mean_square(residual + effect.estimate * exposure, units, leverage - own)
        influence -= residual**2 / in_sample - 1
        doubt, model = 0.0, "squared partial correlation"
    t = abs(effect.estimate) / effect.se
    # Of the effect in residual standard deviations, per standard deviation of the exposure, the inverse
    # hyperbolic sine is Fisher's z of the correlation.
    size = abs(effect.estimate) * np.sqrt(np.mean(exposure**2) / in_sample)
    sums = np.bincount(groups, weights=influence)
    # Sums over whole levels have lost nothing but what the columns took.
    levels = basis.levels.number / len(y) if within else 0.0
    doubt += np.sum(sums**2) / 4 / len(y) ** 2 * (1 - levels) / (1 - np.mean(leverage))
    per_t = effect.se * np.sqrt(spread / noise)
    se_z = np.sqrt(((size / t) ** 2 if t > 0 else per_t**2) + size**2 * doubt) / np.sqrt(1 + size**2)
    return _Standardised(
        float(size), float(t), float(se_z), min(max(doubt - 0.5 / effect.df, 0.0), _MOST_DOUBT), float(per_t),
        max(0.0, float(1 - noise / explainable)), model,
    )  # fmt: skip


def _nested(levels: Levels, clusters: np.ndarray) -> bool:
    """Whether all rows of each level of a factor are in one cluster."""
    if levels.codes is None:
        return False
    first = np.zeros(levels.number, dtype=np.int64)
    first[levels.codes] = clusters
    return bool((first[levels.codes] == clusters).all())


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
    below = _below(df, doubt)

    def least(mu: float) -> float:
        """The smallest t that is not too small for a noncentrality."""
        return _solve(lambda value: _TAIL - below(value, mu), mu)

    def beyond(mu: float) -> float:
        """By how much a larger t is less likely than what small ones leave of the 5 %."""
        small = least(mu)
        inside = below(small, mu) - below(-small, mu)
        return below(t, mu) - below(-t, mu) - CONFIDENCE - inside

    return _solve(beyond, t), _solve(lambda mu: below(t, mu) - _TAIL, t)


def _signed_noncentralities(t: float, df: float, doubt: float) -> tuple[float, float]:
    """Between which noncentralities of either sign t, 0 or more, may come from: possibly infinite.

    Parameters
    ----------
    doubt : as of `_noncentralities`.
    """
    below = _below(df, doubt)
    high = _solve(lambda mu: below(t, mu) - _TAIL, t)
    if below(t, 0.0) > 1 - _TAIL:
        return _solve(lambda mu: below(t, mu) - (1 - _TAIL), t), high
    return -_solve(lambda mu: 1 - _TAIL - below(t, -mu), t), high


def _below(df: float, doubt: float) -> Callable[[float, float], float]:
    """The chance of a t less than a value, given its noncentrality, which is itself in doubt."""
    # Estimated errors over true ones. At some of its arguments scipy's noncentral t is not a number.
    errors = np.ones(len(_NODES)) if np.isinf(df) else np.sqrt(gammaincinv(df / 2, _NODES) / (df / 2))

    def below(value: float, mu: float) -> float:
        return float(_WEIGHTS @ ndtr((value * errors - mu * np.sqrt(1 - doubt)) / np.sqrt(1 + mu**2 * doubt)))

    return below


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
