"""Which effects on values of which some lie beyond the limits of their assay, and how sure?"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from il6r.association import student
from il6r.association.cluster_robust import FEW_ROWS, Factor, RowsBehind, adjust, may_be_few
from il6r.association.coefficients import Coefficients, Freedom, NotEstimableError
from il6r.association.least_squares import PERFECT
from il6r.association.orthogonal import (
    ROUNDING,
    Basis,
    Levels,
    cross,
    orthogonalise,
    times,
    weighted_products,
)

_LOG_ROOT_TWO_PI = np.log(np.sqrt(2 * np.pi))
# An interval narrower than this, in residual standard deviations, counts as its middle: that is off by the
# square of the width, while two near probabilities' difference loses as many digits as the width has zeros.
_NARROW = 1e-5
# Newton's steps on a concave function; about 6 are needed.
_MOST_STEPS = 100
# Ratio of the start's standard deviation to sigma: beyond it, sums of products lose their digits.
_FAR = 10.0
# Ratio of the information's smallest eigenvalue to its largest, in columns of equal length, and of the
# information on a level to that of as many values: less is none at all.
_NO_INFORMATION = 1e-10


# Lower and upper ends of what is known of each value.
Bounds: TypeAlias = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Latent:
    """The normal model of the values behind the bounds.

    Attributes
    ----------
    params : float64, shape (terms + 1,); the last is the logarithm of sigma.
    covariance : float64, shape (terms + 1, terms + 1).
    df : degrees of freedom of `params` but the last, as in `Coefficients`.
    influence : gives float64, shape (n, terms + 1): how much each row moves the parameters, to first order.
    log_likelihood : at its maximum.
    model, errors : in words.
    fitted : float64, shape (n,): each row's mean.
    behind : as in `Coefficients`.
    """

    params: np.ndarray
    covariance: np.ndarray
    df: float | Freedom
    influence: Callable[[], np.ndarray]
    log_likelihood: float
    model: str
    errors: str
    fitted: np.ndarray
    behind: Freedom | None

    @property
    def coefficients(self) -> Coefficients:
        """The terms, without the logarithm of sigma."""
        return Coefficients(
            self.params[:-1],
            self.covariance[:-1, :-1],
            self.df,
            self.model,
            self.errors,
            self.log_likelihood,
            influence=self.influence,
            behind=self.behind,
        )


def fit(
    y: np.ndarray,
    matrix: np.ndarray,
    bounds: Bounds,
    *,
    absorbed: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
    errors: str = "robust",
    basis: Basis | None = None,
) -> Coefficients:
    """Regress values that are known between bounds on `matrix`.

    A normal model of the latent value by maximum likelihood, to which a value known between bounds gives the
    probability between them (Tobin 1958, doi 10.2307/1907382). Errors are those of `least_squares.fit` in the
    linear model that this is at its maximum, in which a censored value has the weight of what is known of it;
    of HC3, t has the sum of weights less terms as degrees of freedom.

    Parameters
    ----------
    y : float64, shape (n,), finite; where censored, some value within the bounds.
    matrix : float64, shape (n, terms), of full rank; without intercept where a factor is absorbed.
    bounds : two float64 of shape (n,), on the scale of `y`: the values between which the true one lies; equal
        where it is known, -inf and inf where there is no bound.
    absorbed : int64, shape (n,): the levels of a factor whose effects are fitted, but not returned; or None.
    clusters : int64, shape (n,), or None.
    errors : "robust", or "HC3" whatever the number of rows; of no consequence where there are clusters.
    basis : what `orthogonalise` makes of matrix and factor, where it is at hand.

    Raises
    ------
    NotEstimableError : too few values with two bounds, in all or in a level, or no (single) solution.
    """
    return fit_latent(
        y, matrix, bounds, absorbed=absorbed, clusters=clusters, errors=errors, basis=basis
    ).coefficients


def is_censored(bounds: Bounds | None) -> bool:
    """Whether some value is known between bounds only; False without bounds."""
    return bounds is not None and bool((bounds[0] < bounds[1]).any())


def fit_latent(
    y: np.ndarray,
    matrix: np.ndarray,
    bounds: Bounds,
    *,
    absorbed: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
    errors: str = "robust",
    basis: Basis | None = None,
) -> Latent:
    """As `fit`, with the logarithm of sigma among the parameters.

    With gamma = beta / sigma and theta = 1 / sigma the log likelihood is concave (Olsen 1978,
    doi 10.2307/1911445; for intervals Burridge 1981, J R Stat Soc B 43, 41-45), so that Newton's steps,
    halved where they go too far, end at its only maximum. They are taken from the least-squares fit, in its
    residuals' unit and in orthogonal columns, none of them long or near another. What is known of the
    levels of a factor is diagonal, so that it is taken out of what is known of the terms level by level.
    """
    low, high = bounds
    n, terms = matrix.shape
    basis = basis or orthogonalise(matrix, absorbed)
    levels = basis.levels
    quantified = np.isfinite(low) & np.isfinite(high)
    if quantified.sum() <= terms + levels.number:
        where = "within the limits of detection" if np.isposinf(high).any() else "above the detection limit"
        raise NotEstimableError(f"too few values {where}")
    if not levels.sums(quantified[:, None].astype(float)).all():
        raise NotEstimableError("a level of the absorbed factor has no value within the limits")
    inverse = basis.inverse * np.sqrt(n)
    start, residual = basis.project(y[:, None])
    start, residual = start[:, 0] / np.sqrt(n), residual[:, 0]
    unit = np.sqrt(np.mean(residual**2))
    if np.sum(residual**2) <= ROUNDING**2 * np.sum(y**2):
        raise NotEstimableError("the values do not vary about the model")
    fitted = y - residual

    def about_fitted() -> _Point:
        """Where the values' bounds are in residual standard deviations about what is fitted."""
        data = _Data(basis.q, (low - fitted) / unit, (high - fitted) / unit, levels)
        return _Point(data, np.append(np.zeros(terms), 1.0), np.zeros(levels.number))

    point = about_fitted()
    for _ in range(_MOST_STEPS):
        step, of_effects = point.newton()
        point = _ascend(point, step, of_effects)
        if max(np.abs(step).max(), np.abs(of_effects).max(initial=0)) < 1e-10:
            break
        if (theta := point.params[-1]) > _FAR:
            start, fitted = start + unit * point.params[:-1] / theta, fitted + unit * point.shift / theta
            unit /= theta
            point = about_fitted()
    else:
        raise NotEstimableError("the censored model did not converge")
    gamma, theta = point.params[:-1], point.params[-1]
    shift = point.shift
    covariance, df, influence, name, behind = _errors(
        point.working(shift), point.params, inverse * unit, basis, clusters, errors
    )
    beta = inverse @ (start + unit * gamma / theta)
    # A density, unlike a probability, is per unit.
    value = point.value - np.log(unit) * np.sum(low == high)
    return Latent(
        np.append(beta, np.log(unit / theta)),
        covariance,
        df,
        influence,
        float(value),
        _name_of_model(bounds),
        name,
        fitted + unit * shift / theta,
        behind,
    )


@dataclass(frozen=True)
class _Working:
    """The linear model that the likelihood is near its maximum, with an absorbed factor taken out.

    Attributes
    ----------
    information : of gamma and theta, shape (terms + 1, terms + 1).
    weight : of each row in the information on the terms, shape (n,): 1 where the value is known.
    means : of the columns by level, weighted, shape (levels, terms).
    own : the sum of weights in each level, shape (levels,).
    of_shift, of_theta : derivatives of each row's log likelihood, shape (n,).
    """

    information: np.ndarray
    weight: np.ndarray
    means: np.ndarray
    own: np.ndarray
    of_shift: np.ndarray
    of_theta: np.ndarray


def _errors(
    model: _Working,
    params: np.ndarray,
    back: np.ndarray,
    basis: Basis,
    clusters: np.ndarray | None,
    errors: str,
) -> tuple[np.ndarray, float | Freedom, Callable[[], np.ndarray], str, Freedom | None]:
    """Covariance of terms and log sigma, the terms' degrees of freedom, influences, in words, and `behind`.

    `back` takes coefficients of the columns to those of the matrix.
    """
    theta, levels = params[-1], basis.levels
    deviation = np.sqrt(np.maximum(model.weight, np.finfo(float).tiny))
    root = np.linalg.cholesky(model.information[:-1, :-1])
    inverse = np.linalg.inv(root).T
    back = back @ inverse / theta
    white = times(basis.q, np.sqrt(len(basis.q)) * inverse)
    if levels.codes is not None:
        white -= (model.means @ inverse)[levels.codes]
    # Mostly values are known.
    partly = np.flatnonzero(model.weight != 1)
    white[partly] *= deviation[partly, None]
    residual = model.of_shift / deviation
    # What the terms leave of what is known of theta.
    shared = np.linalg.solve(root, model.information[:-1, -1])
    own = model.information[-1, -1] - shared @ shared
    of_theta = (model.of_theta - times(white, shared[:, None])[:, 0] * residual) / own
    factor = None
    if levels.codes is not None:
        factor = Factor(levels, deviation / np.sqrt(model.own)[levels.codes])
    df: float | Freedom
    behind = None
    name = "cluster-robust by participant"
    if clusters is None:
        leverage = np.einsum("nk,nk->n", white, white)
        if factor is not None:
            leverage += factor.loadings**2
        if leverage.max() > PERFECT:
            raise NotEstimableError("one observation alone determines a term")
        df = float(model.weight.sum() - white.shape[1] - levels.number)
        if df <= 0:
            raise NotEstimableError("too few values within the limits for an interval")
        name = "HC3"
        if errors == "robust" and len(white) <= FEW_ROWS:
            clusters, name = np.arange(len(white)), "HC2"
        elif errors == "robust" and may_be_few(leverage):
            behind = RowsBehind(white, back, df)
    if clusters is None:
        adjusted = residual / (1 - leverage)
        border = cross(white, (adjusted * of_theta)[:, None])[:, 0]
        squares = _bordered(weighted_products(white, adjusted**2), border, np.sum(of_theta**2))
    else:
        groups = Levels(clusters)
        df = found = replace(adjust(white, back, groups, factor=factor), linear=True)
        scores = groups.sums(_beside(found.rows, residual, of_theta))
        squares = cross(scores, scores)
    # From the coefficients of the whitened columns and theta to the terms and the logarithm of sigma. Without
    # a censored value the terms do not depend on theta, and their errors are those of least squares.
    bread = np.zeros((len(params), len(params)))
    bread[:-1, :-1] = back
    bread[:-1, -1] = -back @ (shared + root.T @ params[:-1] / theta)
    bread[-1, -1] = -1 / theta

    def influence() -> np.ndarray:
        """How much each row moves the parameters, in scores that are not adjusted."""
        return times(_beside(white, residual, of_theta), bread.T)

    return bread @ squares @ bread.T, df, influence, name, behind


def _beside(rows: np.ndarray, factor: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Rows times a factor of each, and a last column beside them: shape (n, terms + 1)."""
    scores = np.empty((len(rows), rows.shape[1] + 1))
    np.multiply(rows, factor[:, None], out=scores[:, :-1])
    scores[:, -1] = last
    return scores


def _name_of_model(bounds: Bounds) -> str:
    low, high = bounds
    censored = low < high
    if np.isneginf(low[censored]).all():
        return "left-censored normal"
    return "right-censored normal" if np.isposinf(high[censored]).all() else "interval-censored normal"


class _Data:
    """Orthogonal columns, the bounds in residual standard deviations about the start, and a factor.

    What the values that are known add to the likelihood is a quadratic function of the parameters, so that
    sums of products stand for them, and a step takes the time of the other rows only. Of all rows the
    columns' products are known, and their sums by level 0, so that those of the known rows follow from the
    others'.

    Attributes
    ----------
    columns, levels : of all rows; the columns of length 1, while parameters are of their root n-fold.
    known : bool, shape (n,): whether a value is known, or its bounds so near that their middle counts.
    values : float64, shape (n,), where known; else 0.
    products : float64, shape (terms + 1, terms + 1), of columns and values, summed where known.
    sums, counts : columns and values by level, shape (levels, terms + 1), and rows, shape (levels,), where
        known.
    constant : what those add to the log likelihood whatever the parameters.
    others : columns, root n-fold, levels and bounds of the other rows.
    """

    def __init__(self, columns: np.ndarray, low: np.ndarray, high: np.ndarray, levels: Levels):
        self.columns, self.levels = columns, levels
        self.known, self.values = known(low, high)
        n, values = len(columns), self.values[:, None]
        rest = np.flatnonzero(~self.known)
        rows, inside = columns[rest] * np.sqrt(n), levels.among(rest)
        core = n * np.eye(columns.shape[1]) - cross(rows, rows)
        border = np.sqrt(n) * cross(columns, values)[:, 0]
        self.products = _bordered(core, border, cross(values, values)[0, 0])
        self.sums = np.hstack([-inside.sums(rows), levels.sums(values)])
        self.counts = levels.counts - inside.counts
        # So that the likelihood does not jump where an interval begins to count as its middle.
        widths = (high - low)[self.known & (low < high)]
        self.constant = np.log(widths).sum() - (n - len(rest)) * _LOG_ROOT_TWO_PI
        self.others = rows, inside, low[rest], high[rest]


class _Point:
    """The log likelihood at given parameters, with its derivatives.

    Attributes
    ----------
    params : gamma and theta, shape (terms + 1,).
    effects : of the levels over sigma, shape (levels,).
    value : the log likelihood.
    """

    def __init__(self, data: _Data, params: np.ndarray, effects: np.ndarray):
        self.data, self.params, self.effects = data, params, effects
        theta = params[-1]
        columns, levels, low, high = data.others
        values, *self._derivatives = between(theta, self._shift(columns, levels, params[:-1]), low, high)
        # The residual of known values is theta times the value less the shift. Its sums times columns and
        # value, its sums by level, and its sum of squares:
        weights = np.append(-params[:-1], theta)
        self._with_rows = data.products @ weights - data.sums.T @ effects
        self._by_level = data.sums @ weights - data.counts * effects
        squares = weights @ self._with_rows - effects @ self._by_level
        self._known = np.count_nonzero(data.known)
        self.value = values.sum() + self._known * np.log(theta) - squares / 2 + data.constant

    def newton(self) -> tuple[np.ndarray, np.ndarray]:
        """Newton's step, in parameters and in effects.

        Raises
        ------
        NotEstimableError : the likelihood is flat in some direction.
        """
        columns, levels, *_ = self.data.others
        d, t, *_ = self._derivatives
        information, own, shared = self._curvature()
        eigenvalues = np.linalg.eigvalsh(information)
        if not eigenvalues[0] > _NO_INFORMATION * eigenvalues[-1]:
            raise NotEstimableError("the censored model has no unique solution")
        of_effects = self._by_level + levels.sums(d[:, None])[:, 0]
        gradient = self._signs * self._with_rows
        gradient[:-1] += cross(columns, d[:, None])[:, 0]
        gradient[-1] += t.sum() + self._known / self.params[-1]
        step = np.linalg.solve(information, gradient - shared.T @ of_effects)
        return step, of_effects / own - shared @ step

    def working(self, shift: np.ndarray) -> _Working:
        """The linear model that this is near the maximum, given its `shift`."""
        data, theta = self.data, self.params[-1]
        information, own, shared = self._curvature()
        d = theta * data.values - shift
        t = 1 / theta - d * data.values
        weight = np.ones(len(d))
        d[~data.known], t[~data.known], weight[~data.known] = *self._derivatives[:2], -self._derivatives[2]
        if data.levels.number:
            t -= shared[data.levels.codes, -1] * d
        return _Working(information, weight, shared[:, :-1], own, d, t)

    def _shift(self, columns: np.ndarray, levels: Levels, gamma: np.ndarray) -> np.ndarray:
        """What the model adds up to in some rows, over sigma."""
        shift = times(columns, gamma[:, None])[:, 0]
        return shift + self.effects[levels.codes] if levels.number else shift

    @property
    def shift(self) -> np.ndarray:
        """What the model adds to the start, over sigma, shape (n,)."""
        data = self.data
        return self._shift(data.columns, data.levels, self.params[:-1] * np.sqrt(len(data.columns)))

    @property
    def _signs(self) -> np.ndarray:
        """By which the sums over columns and known values become derivatives in gamma and theta."""
        return np.append(np.ones(len(self.params) - 1), -1.0)

    def _curvature(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Information on parameters beside effects, on each effect, and of the former what the latter shares.

        Minus the second derivatives are an arrow: diagonal in the effects, bordered by the parameters.
        """
        data, signs = self.data, self._signs
        columns, levels, *_ = data.others
        _, _, dd, dt, tt = self._derivatives
        own = data.counts + levels.sums(-dd[:, None])[:, 0]
        if not (own > _NO_INFORMATION * data.levels.counts).all():
            raise NotEstimableError("the censored model has no unique solution")
        rows = np.column_stack([-columns * dd[:, None], -dt])
        border = data.sums * signs + levels.sums(rows)
        shared = border / own[:, None]
        core = data.products * np.outer(signs, signs)
        core[:-1, :-1] += cross(rows[:, :-1], columns)
        of_theta = cross(rows[:, -1:], columns)[0]
        core[-1, :-1] += of_theta
        core[:-1, -1] += of_theta
        core[-1, -1] += self._known / self.params[-1] ** 2 - tt.sum()
        return core - cross(border, shared), own, shared


def _bordered(core: np.ndarray, border: np.ndarray, corner: float) -> np.ndarray:
    """A symmetric matrix with one more row and column."""
    return np.block([[core, border[:, None]], [border[None], np.array([[corner]])]])


def _ascend(point: _Point, step: np.ndarray, of_effects: np.ndarray) -> _Point:
    """Where a step leads, or as much of it as does not lower the likelihood."""
    # Sums of n numbers differ in their last digits.
    slack = 1e-12 * (1 + abs(point.value))
    for _ in range(_MOST_STEPS):
        if point.params[-1] + step[-1] > 0:
            following = _Point(point.data, point.params + step, point.effects + of_effects)
            if following.value >= point.value - slack:
                return following
        step, of_effects = step / 2, of_effects / 2
    raise NotEstimableError("the censored model did not converge")


def known(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which values are known, or lie between bounds so near that their middle counts; and these, else 0."""
    width = high - low
    is_known = width < _NARROW
    return is_known, np.where(is_known, low + np.where(is_known, width, 0.0) / 2, 0.0)


def between(
    theta: float | np.ndarray, shift: np.ndarray, low: np.ndarray, high: np.ndarray, freedom: float = np.inf
) -> tuple[np.ndarray, ...]:
    """Each row's logarithm of the probability between bounds, and its derivatives.

    Parameters
    ----------
    theta, shift : float64, shape (n,): the inverse of the row's standard deviation, and the mean over it.
    low, high : float64, shape (n,), between which the value lies.
    freedom : degrees of freedom of errors with Student's t, of which `theta` has the scale's inverse.

    Returns
    -------
    The logarithm, and its derivatives in shift (d) and theta (t): d, t, dd, dt and tt, of shape (n,) each.
    """
    z_low, z_high = theta * low - shift, theta * high - shift
    value = student.log_probability(z_low, z_high, freedom)
    # Densities at the bounds over the probability; at infinity both they and their products are 0.
    a = np.exp(student.log_density(z_low, freedom) - value)
    b = np.exp(student.log_density(z_high, freedom) - value)
    low, z_low = (np.where(np.isfinite(x), x, 0.0) for x in (low, z_low))
    high, z_high = (np.where(np.isfinite(x), x, 0.0) for x in (high, z_high))
    of_low, of_high = student.bend(z_low, freedom) * a, student.bend(z_high, freedom) * b
    d, t = a - b, b * high - a * low
    dd = of_low - of_high - d**2
    dt = high * of_high - low * of_low - d * t
    tt = low**2 * of_low - high**2 * of_high - t**2
    return value, d, t, dd, dt, tt
