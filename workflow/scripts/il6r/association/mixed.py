"""How does an outcome depend on the terms where each group has an intercept, or a slope, of its own?"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from il6r.association.bias_reduced import BiasReduced, reduce_bias
from il6r.association.coefficients import Coefficients, NotEstimableError
from il6r.association.orthogonal import Basis, Levels, cross, orthogonalise, times
from il6r.association.random_effects import Effects, Satterthwaite

# Ratios of the intercepts' variance to the residuals' between which maxima are looked for, four to a decade.
# At the last there are hardly any residuals.
_RATIOS = np.append(0.0, np.logspace(-3, 6, 37))
# Digits to which a ratio is found: nearly all of them.
_RELATIVE = 1e-14
# Rows of which deviations from their groups' means are held at a time.
_ROWS = 50_000
# Residuals relative to the values: less is rounding.
_NO_RESIDUAL = 1e-12
# What of a column varies within groups, relative to it: less is rounding.
_NO_VARIATION = 1e-8


@dataclass(frozen=True)
class _Sums:
    """All that the restricted likelihood takes from the rows.

    Attributes
    ----------
    df : rows less terms.
    sizes, number : shape (sizes,): rows in a group, and groups of that many rows.
    within : shape (terms + 1, terms + 1): sums of products of columns and outcome, less their group's mean.
    between : shape (sizes, terms + 1, terms + 1): the same of those means.
    """

    df: int
    sizes: np.ndarray
    number: np.ndarray
    within: np.ndarray
    between: np.ndarray


@dataclass(frozen=True)
class _Profile:
    """The restricted likelihood at ratios, with everything else at its best.

    Attributes
    ----------
    value, slope : shape (ratios,): log likelihood and its derivative in the ratio.
    information : shape (ratios, terms, terms), in the unit of the residual variance.
    params : shape (ratios, terms).
    variance : shape (ratios,), of the residuals.
    """

    value: np.ndarray
    slope: np.ndarray
    information: np.ndarray
    params: np.ndarray
    variance: np.ndarray


def fit(
    y: np.ndarray,
    matrix: np.ndarray,
    groups: np.ndarray,
    *,
    slope: int | None = None,
    errors: str = "CR2",
    basis: Basis | None = None,
) -> Coefficients:
    """Regress `y` on `matrix` with a random intercept for each group, and a random slope if asked for.

    Restricted maximum likelihood of a linear mixed model (Laird & Ware 1982, doi 10.2307/2529876), profiled
    to the effects' covariance over the residual variance (Bates et al. 2015, doi 10.18637/jss.v067.i01,
    whose `lmer` gives the same). With intercepts alone, rows enter by sums of products within groups, and
    between groups of each size, so that a ratio takes no time to try: every local maximum is found between
    two points of a grid as a root of the derivative. Where the best ratio is 0, this is least squares with
    equal variances. Intercept and slope may be correlated.

    The likelihood is a working model: the errors hold where residuals are correlated in time or slopes
    differ as well (`bias_reduced`), with Satterthwaite's degrees of freedom. Those of the model ("model")
    do not.

    Parameters
    ----------
    y : float64, shape (n,).
    matrix : float64, shape (n, terms), of full rank, with an intercept.
    groups : int, shape (n,).
    slope : the column whose coefficient varies between groups, or None.
    errors : "CR2" or "model".
    basis : what `orthogonalise` makes of `matrix`, where it is at hand.

    Returns
    -------
    Coefficients with degrees of freedom for each combination of terms; the log likelihood is the restricted
    one.

    Raises
    ------
    NotEstimableError : every group has one row; within groups, or between them, nothing varies but by the
        terms; the slope's column does not vary within groups, or there are not more rows than random effects;
        what `orthogonalise` raises.
    """
    levels = Levels(groups)
    if levels.number == len(y):
        raise NotEstimableError("every group has one row")
    basis = basis or orthogonalise(matrix)
    start, residual = basis.project(y[:, None])
    unit = float(np.sqrt(np.sum(residual**2)))
    if unit <= _NO_RESIDUAL * np.linalg.norm(y):
        raise NotEstimableError("the values do not vary about the model")
    # With the residuals of least squares as the outcome, in a unit of their own, nothing large cancels.
    rest = residual / unit
    sums = _sum(basis.q, rest, levels)
    ratio = _best_ratio(sums)
    best = _profile(sums, np.array([ratio]))
    information, params, variance = best.information[0], best.params[0], float(best.variance[0])
    likelihood, factor = float(best.value[0]), np.array([[np.sqrt(ratio)]])
    # Random effects' columns are combinations of the basis.
    own = cross(basis.q, np.ones((len(y), 1)))
    if slope is not None:
        own = np.column_stack([own, _slope(matrix[:, slope], basis.r[:, slope], levels)])
    effects = Effects(basis.q, rest[:, 0], times(basis.q, own), levels)
    if slope is not None:
        factor = effects.best(float(factor[0, 0]))
        at = effects.at(factor)
        information, params, variance, likelihood = at.information, at.params, at.variance, -at.deviance / 2
    back, inverse = basis.inverse, np.linalg.inv(information)
    log_units = sums.df * np.log(unit) + np.log(np.abs(np.diag(basis.r))).sum()
    freedom: Satterthwaite | BiasReduced
    if errors == "model":
        covariance, freedom = variance * inverse, effects.satterthwaite(factor)
    else:
        residuals, relative = rest - times(basis.q, params[:, None]), own @ factor
        freedom = reduce_bias(basis.q, residuals, levels, inverse, lambda some: _working(some, relative))
        covariance = freedom.covariance()
    return Coefficients(
        back @ (start[:, 0] + unit * params),
        back @ (unit**2 * covariance) @ back.T,
        _Freedom(freedom, back),
        "mixed, random intercept" + (" and slope" if slope is not None else ""),
        errors,
        likelihood - float(log_units),
    )


@dataclass(frozen=True)
class _Freedom:
    """Degrees of freedom of combinations of the matrix's terms, from those of its basis's."""

    of_basis: Satterthwaite | BiasReduced
    back: np.ndarray

    def df(self, weights: np.ndarray) -> float:
        """Of combinations, shape (combinations, terms)."""
        return self.of_basis.df(weights @ self.back)


def _slope(column: np.ndarray, own: np.ndarray, levels: Levels) -> np.ndarray:
    """A column's combination of the basis, with the column as long as one of ones; shape (terms,)."""
    if 2 * levels.number >= len(column):
        raise NotEstimableError("not more rows than random intercepts and slopes")
    # Sums of many by BLAS would depend on the number of threads.
    squares = np.sum(column**2)
    if np.sum(levels.within(column[:, None]) ** 2) <= _NO_VARIATION**2 * squares:
        raise NotEstimableError("what should have random slopes does not vary within groups")
    return np.asarray(own * np.sqrt(len(column) / squares))


def _working(rows: np.ndarray, relative: np.ndarray) -> np.ndarray:
    """Covariance of groups' rows over the residual variance: shape (groups, rows, rows)."""
    effects = rows @ relative
    return np.asarray(np.eye(rows.shape[1]) + effects @ effects.transpose(0, 2, 1))


def _sum(columns: np.ndarray, outcome: np.ndarray, levels: Levels) -> _Sums:
    """Sums over rows of columns of shape (n, terms) and an outcome of shape (n, 1)."""
    # A random intercept is of groups.
    assert levels.codes is not None
    n, terms = columns.shape
    totals = np.column_stack([levels.sums(columns), levels.sums(outcome)])
    means = totals / levels.counts[:, None]
    within = np.zeros((terms + 1, terms + 1))
    for start in range(0, n, _ROWS):
        some = slice(start, start + _ROWS)
        deviations = np.column_stack([columns[some], outcome[some]]) - means[levels.codes[some]]
        within += cross(deviations, deviations)
    sizes, number = np.unique(levels.counts, return_counts=True)
    between = [cross(own, own) / size for size in sizes for own in [totals[levels.counts == size]]]
    return _Sums(n - terms, sizes, number, within, np.array(between))


def _profile(sums: _Sums, ratios: np.ndarray) -> _Profile:
    # What is left of a group's mean, in variances of a residual: one less the shrinkage, and its derivative.
    part = 1 / (1 + np.outer(ratios, sums.sizes))
    products = sums.within + np.tensordot(part, sums.between, 1)
    slopes = -np.tensordot(sums.sizes * part**2, sums.between, 1)
    information, right = products[:, :-1, :-1], products[:, :-1, -1:]
    params = np.linalg.solve(information, right)
    rest = products[:, -1, -1] - np.einsum("rki,rki->r", right, params)
    weights = np.concatenate([-params, np.ones((len(ratios), 1, 1))], axis=1)[:, :, 0]
    rest_slope = np.einsum("rk,rkl,rl->r", weights, slopes, weights)
    # The determinants of the rows' covariance and of the information (Bates et al. 2015, equation 39).
    log_determinants = (
        np.log1p(np.outer(ratios, sums.sizes)) @ sums.number + np.linalg.slogdet(information)[1]
    )
    traces = np.trace(np.linalg.solve(information, slopes[:, :-1, :-1]), axis1=1, axis2=2)
    traces += part @ (sums.number * sums.sizes)
    variance = rest / sums.df
    return _Profile(
        -(sums.df * (np.log(2 * np.pi * variance) + 1) + log_determinants) / 2,
        -(sums.df * rest_slope / rest + traces) / 2,
        information,
        params[:, :, 0],
        variance,
    )


def _best_ratio(sums: _Sums) -> float:
    """The ratio of variances at which the restricted likelihood is greatest, which may be 0."""
    groups = sums.number.sum()
    if groups <= np.linalg.matrix_rank(sums.between[:, :-1, :-1].sum(axis=0), hermitian=True):
        raise NotEstimableError("nothing varies between groups but by the terms")
    grid = _profile(sums, _RATIOS)

    def slope(ratio: float) -> float:
        """The derivative of the log likelihood."""
        return float(_profile(sums, np.array([ratio])).slope[0])

    candidates = [0.0] if grid.slope[0] <= 0 else []
    for k in np.flatnonzero((grid.slope[:-1] > 0) & (grid.slope[1:] <= 0)):
        low, high = _RATIOS[k : k + 2]
        candidates.append(brentq(slope, low, high, xtol=_RELATIVE * high, rtol=_RELATIVE))
    values = _profile(sums, np.array([*candidates, _RATIOS[-1]])).value
    best = int(np.argmax(values))
    if best == len(candidates):
        raise NotEstimableError("nothing varies within groups but by the terms")
    return candidates[best]
