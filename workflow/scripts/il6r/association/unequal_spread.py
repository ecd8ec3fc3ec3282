"""Which effects on values beyond limits, if spreads go with the exposure, or tails are heavy?"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtr, stdtrit

from il6r.association import censored, student
from il6r.association.coefficients import CONFIDENCE, Coefficients, Fit
from il6r.association.orthogonal import Basis, cross, times, weighted_products

# Share of the standard error by which an estimate may be off while its interval still holds 94.9 %.
_NEGLIGIBLE = 0.1
# Newton's steps; about 6 are needed.
_MOST_STEPS = 60
_MOST_HALVINGS = 40
# The last step: what follows is of the order of its square.
_SETTLED = 1e-5
# Curvature, relative to the largest, below which the likelihood is flat, as where one exposure has no value
# within the limits.
_FLAT = 1e-6
# Logarithm of the ratio of the greatest spread to the smallest: more is a group whose spread is not known.
_MOST_UNLIKE = 3.0
# Standard deviations, if errors are normal, of what says that their tails are heavier: with less the effect
# is not off by what matters, and the model is not looked for.
_SEEN = 1.5
# So many rows show tails that matter among any number of them, by so many standard deviations: Student's t
# with 60 degrees of freedom, the most that are looked for, lies nine and more off.
_ENOUGH_ROWS, _SEEN_IN_MANY = 50_000, 3.0
# Twice the logarithm of the likelihoods' ratio, which is more in 1 of 20 samples where errors are normal:
# that is at the end of what t may be (Self & Liang 1987, doi 10.1080/01621459.1987.10478472).
_CLEARLY = 2.71
# Logarithms of Student's degrees of freedom: the first that are tried, and those beyond which none are.
_FIRST_FREEDOM, _LEAST_FREEDOM, _MOST_FREEDOM = float(np.log(6)), float(np.log(1.0)), float(np.log(60))
# The same, between which differences stand for derivatives.
_APART = 1e-4


def allow(
    latent: censored.Latent,
    bounds: censored.Bounds,
    basis: Basis,
    *,
    term: int,
    along: np.ndarray,
    clusters: np.ndarray | None = None,
) -> tuple[Coefficients, str | None]:
    """The terms of a censored model, with an interval of `term` whether or not the spread goes with `along`.

    Where values are censored, a spread that is taken as equal and is not biases the effect itself, whatever
    the sample's size (Brown & Moffitt 1983, doi 10.3386/t0027), and a test of equal spreads has too little
    power to choose. So the term's interval is the union of two, and its p-value the larger one: about
    the estimate, and about the estimate that lets the logarithm of the spread be linear in `along`. If both
    are within a tenth of a standard error, the model's own stay.

    Heavy tails bias the effect as well. Where the fourth moment of what is left shows them, and Student's t
    with degrees of freedom of its own is clearly likelier than the normal distribution, both having unequal
    spreads, t takes its place in both (Lange, Little & Taylor 1989, doi 10.1080/01621459.1989.10478852). The
    term's error is then the own one times the ratio of both models' sandwiches, so that it keeps the
    correction for few rows and its degrees of freedom.

    Parameters
    ----------
    latent, bounds, basis, clusters : the model, as `censored.fit_latent` gives it of these.
    term : the column of interest.
    along : float64, shape (n,).

    Returns
    -------
    The terms, of which `override` has the one of interest where it is not the normal model's, and what a
    reader should know of it, or None.
    """
    found = latent.coefficients
    own = found.term(term)
    if np.ptp(along) == 0:
        return found, None
    rows = _Rows.about(latent, bounds, basis, term, along)
    unequal = rows.climb(np.zeros(rows.columns.shape[1] + 2))
    if unequal is None:
        return found, "whether the spread goes with the exposure cannot be told"
    told = []
    moved = rows.moved(unequal)
    if rows.have_heavy_tails and (tails := rows.with_tails(unequal)):
        equal, unequal = tails
        off = rows.moved(equal)
        told.append(
            f"errors have Student's t with {np.exp(equal.params[-1]):.2g} degrees of freedom, since tails "
            f"are heavier than the normal distribution's (the estimate moves by {off:+.2g})"
        )
        se = own.se * rows.error(equal, clusters) / _error(latent.influence()[:, term], clusters)
        own = _moved(replace(own, se=float(se), model=own.model.replace("normal", "Student's t")), off)
        found, moved = replace(found, override={term: own}), rows.moved(unequal) - off
    if abs(moved) > _NEGLIGIBLE * own.se:
        found = replace(found, override={term: _reaching(own, moved)})
        told.append(
            "the interval allows for a spread that goes with the exposure "
            f"(the estimate moves by {moved:+.2g})"
        )
    return found, "; ".join(told) or None


def _moved(own: Fit, off: float) -> Fit:
    """A fit of which the estimate is off, with interval and test by t."""
    estimate = own.estimate + off
    half = float(stdtrit(own.df, 0.5 + CONFIDENCE / 2)) * own.se
    p_value = float(2 * stdtr(own.df, -abs(estimate) / own.se))
    return replace(own, estimate=estimate, ci_low=estimate - half, ci_high=estimate + half, p_value=p_value)


def _reaching(own: Fit, moved: float) -> Fit:
    """A fit whose interval and test hold for its estimate and for one that is moved, with the same error."""
    other = own.estimate + moved
    nearest = min(abs(own.estimate), abs(other)) if own.estimate * other > 0 else 0.0
    return replace(
        own,
        ci_low=min(own.ci_low, own.ci_low + moved),
        ci_high=max(own.ci_high, own.ci_high + moved),
        p_value=float(2 * stdtr(own.df, -nearest / own.se)),
    )


def _error(influence: np.ndarray, clusters: np.ndarray | None) -> float:
    """Root of the sum of squared influences, shape (n,), summed within clusters."""
    return float(np.linalg.norm(influence if clusters is None else np.bincount(clusters, weights=influence)))


@dataclass(frozen=True)
class _Top:
    """The maximum of a likelihood: its value, the parameters, and less its curvature there."""

    value: float
    params: np.ndarray
    curvature: np.ndarray


@dataclass(frozen=True)
class _Rows:
    """What is known of each row, about the model of equal spreads and in its standard deviations.

    Parameters are those of the mean, of the spread's logarithm and, of errors with Student's t, the logarithm
    of its degrees of freedom.

    Attributes
    ----------
    columns : of the mean, shape (n, k), of length 1, while parameters are of their root n-fold. The levels of
        an absorbed factor, between which the others do not differ, move together.
    spreads : of the spread's logarithm, shape (n, 2): an intercept, and what the spread may go with.
    values : float64, shape (n,), where known; else 0.
    others : places of the rows whose values are not known, shape (m,).
    low, high : bounds of those, shape (m,).
    weights : take the mean's parameters to the term, shape (k,).
    """

    columns: np.ndarray
    spreads: np.ndarray
    values: np.ndarray
    others: np.ndarray
    low: np.ndarray
    high: np.ndarray
    weights: np.ndarray

    @classmethod
    def about(
        cls, latent: censored.Latent, bounds: censored.Bounds, basis: Basis, term: int, along: np.ndarray
    ) -> "_Rows":
        """The rows of a fitted model."""
        sigma, n = float(np.exp(latent.params[-1])), len(along)
        low, high = ((bound - latent.fitted) / sigma for bound in bounds)
        columns, weights = basis.q, sigma * np.sqrt(n) * basis.inverse[term]
        if basis.levels.number:
            columns = np.column_stack([columns, np.full(n, 1 / np.sqrt(n))])
            weights = np.append(weights, 0.0)
        spreads = np.column_stack([np.ones(n), (along - along.mean()) / np.ptp(along)])
        known, values = censored.known(low, high)
        others = np.flatnonzero(~known)
        return cls(columns, spreads, values, others, low[others], high[others], weights)

    def moved(self, top: _Top) -> float:
        """By how much a model moves the term."""
        return float(self.weights @ top.params[: len(self.weights)])

    @property
    def have_heavy_tails(self) -> bool:
        """Whether tails are seen to be heavier than a normal distribution's."""
        apart = -(-len(self.values) // _ENOUGH_ROWS)
        known = np.ones(len(self.values), dtype=bool)
        known[self.others] = False
        some = self.others % apart == 0
        return student.heavier(self.values[::apart][known[::apart]], self.low[some], self.high[some]) > (
            _SEEN if apart == 1 else _SEEN_IN_MANY
        )

    def with_tails(self, normal: _Top) -> tuple[_Top, _Top] | None:
        """Student's t in place of the normal: with equal spreads, and with unequal ones.

        None where it is not clearly likelier than the normal, both with unequal spreads, which would pass for
        heavy tails.
        """
        unequal = self.climb(np.append(normal.params, _FIRST_FREEDOM), tails=True)
        if unequal is None or 2 * (unequal.value - normal.value) < _CLEARLY:
            return None
        start = np.delete(unequal.params, len(self.weights) + 1)
        equal = self._of_equal_spreads.climb(start, tails=True)
        return None if equal is None else (equal, unequal)

    def error(self, top: _Top, clusters: np.ndarray | None) -> float:
        """The term's error with equal spreads and heavy tails, as `_error` has it."""
        own, k = self._of_equal_spreads, len(self.weights)
        (below, *_), (_, by_mean, by_spread, *_), (above, *_) = (
            own._by_row(top.params[:-1], np.exp(top.params[-1] + end)) for end in (-_APART, 0.0, _APART)
        )
        towards = np.linalg.solve(top.curvature, np.append(self.weights, (0.0, 0.0)))
        influence = times(self.columns, towards[:k, None] * np.sqrt(len(self.values)))[:, 0] * by_mean
        influence += towards[k] * by_spread + towards[-1] * (above - below) / (2 * _APART)
        return _error(influence, clusters)

    @property
    def _of_equal_spreads(self) -> "_Rows":
        return replace(self, spreads=self.spreads[:, :1])

    def climb(self, params: np.ndarray, tails: bool = False) -> _Top | None:
        """The maximum, by Newton's steps; None where there is none."""
        likelihood = self._tailed if tails else self._given
        value, slope, curvature = likelihood(params)
        place = len(self.weights) + 1
        for _ in range(_MOST_STEPS):
            values, vectors = np.linalg.eigh(curvature)
            # Where the likelihood is not concave, the step still climbs.
            step = vectors @ (vectors.T @ slope / np.maximum(np.abs(values), _FLAT * np.abs(values).max()))
            if np.abs(step).max() < _SETTLED:
                return _Top(value, params + step, curvature) if values[0] > _FLAT * values[-1] else None
            for _ in range(_MOST_HALVINGS):
                following = likelihood(params + step)
                # Sums of n numbers differ in their last digits.
                if following[0] >= value - 1e-12 * (1 + abs(value)):
                    break
                step = step / 2
            else:
                return None
            params, (value, slope, curvature) = params + step, following
            if self.spreads.shape[1] == 2 and abs(params[place]) > _MOST_UNLIKE:
                return None
            if tails and not _LEAST_FREEDOM < params[-1] < _MOST_FREEDOM:
                return None
        return None

    def _tailed(self, params: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """As `_given`, of Student's t; in the last parameter by differences."""
        (below, slope_below, _), (value, slope, curvature), (above, slope_above, _) = (
            self._given(params[:-1], np.exp(params[-1] + end)) for end in (-_APART, 0.0, _APART)
        )
        if not np.isfinite([below, value, above]).all():
            return -np.inf, np.zeros(len(params)), np.eye(len(params))
        border = (slope_below - slope_above) / (2 * _APART)
        corner = np.array([[(2 * value - below - above) / _APART**2]])
        return (
            value,
            np.append(slope, (above - below) / (2 * _APART)),
            np.block([[curvature, border[:, None]], [border[None], corner]]),
        )

    def _given(self, params: np.ndarray, freedom: float = np.inf) -> tuple[float, np.ndarray, np.ndarray]:
        """Log likelihood, its slope, and less its curvature, of errors with some degrees of freedom."""
        columns, spreads = self.columns, self.spreads
        # A step that goes much too far is halved.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            value, by_mean, by_spread, of_mean, of_both, of_spread = self._by_row(params, freedom)
            total = float(value.sum())
            mean = cross(columns, np.column_stack([by_mean, of_both[:, None] * spreads]))
            slope = np.append(mean[:, 0], cross(spreads, by_spread[:, None]))
            curvature = np.block(
                [
                    [weighted_products(columns, of_mean), mean[:, 1:]],
                    [mean[:, 1:].T, weighted_products(spreads, of_spread)],
                ]
            )
        if not (np.isfinite(total) and np.isfinite(slope).all() and np.isfinite(curvature).all()):
            return -np.inf, np.zeros(len(params)), np.eye(len(params))
        # Of the columns' root n-fold.
        unit = np.ones(len(params))
        unit[: columns.shape[1]] = np.sqrt(len(columns))
        return total, slope * unit, curvature * np.outer(unit, unit)

    def _by_row(self, params: np.ndarray, freedom: float) -> tuple[np.ndarray, ...]:
        """Each row's log likelihood, its slopes, and less its curvatures, shape (n,) each.

        Slopes are in the mean and in the spread's logarithm; curvatures in the mean twice, in both, and in
        the spread's logarithm twice. Of a value that is known its error says all.
        """
        k, others = self.columns.shape[1], self.others
        mean = times(self.columns, params[:k, None] * np.sqrt(len(self.values)))[:, 0]
        logarithm = times(self.spreads, params[k:, None])[:, 0]
        theta = np.exp(-logarithm)
        error = theta * (self.values - mean)
        bend, steep = student.bend(error, freedom), student.steepness(error, freedom)
        both = bend + error * steep
        found = (
            student.log_density(error, freedom) - logarithm,
            theta * bend,
            error * bend - 1,
            theta**2 * steep,
            theta * both,
            error * both,
        )
        theta, shift = theta[others], theta[others] * mean[others]
        value, d, t, dd, dt, tt = censored.between(theta, shift, self.low, self.high, freedom)
        # By the spread's logarithm the inverse spread, and the mean over it, change by less themselves.
        by_log = theta * t + shift * d
        twice = by_log + theta * (theta * tt + shift * dt) + shift * (theta * dt + shift * dd)
        of_both = theta * (d + shift * dd + theta * dt)
        for whole, part in zip(
            found, (value, theta * d, -by_log, -(theta**2) * dd, of_both, -twice), strict=True
        ):
            whole[others] = part
        return found
