"""Which effects on values beyond limits, and how far do they move if the spread goes with the exposure?"""

from dataclasses import replace

import numpy as np
from scipy.special import stdtr

from il6r.association import censored
from il6r.association.coefficients import Coefficients, Fit
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


def allow(
    latent: censored.Latent, bounds: censored.Bounds, basis: Basis, *, term: int, along: np.ndarray
) -> tuple[Coefficients, str | None]:
    """The terms of a censored model, with an interval of `term` whether or not the spread goes with `along`.

    Where values are censored, a spread that is taken as equal and is not biases the effect itself, whatever
    the sample's size (Brown & Moffitt 1983, doi 10.3386/t0027), and a test of equal spreads has too little
    power to choose. So the term's interval is the union of two, and its p-value the larger one: about
    the estimate, and about the estimate that lets the logarithm of the spread be linear in `along`. If both
    are within a tenth of a standard error, the model's own stay.

    Parameters
    ----------
    latent, bounds, basis : the model, as `censored.fit_latent` gives it of these.
    term : the column of interest.
    along : float64, shape (n,).

    Returns
    -------
    The terms, and what a reader should know of the interval, or None.
    """
    found = latent.coefficients
    own = found.term(term)
    moved = _shift(latent, bounds, basis, term, along)
    if moved is None:
        return found, "whether the spread goes with the exposure cannot be told"
    if abs(moved) <= _NEGLIGIBLE * own.se:
        return found, None
    told = (
        f"the interval allows for a spread that goes with the exposure (the estimate moves by {moved:+.2g})"
    )
    return replace(found, override={term: _reaching(own, moved)}), told


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


def _shift(
    latent: censored.Latent, bounds: censored.Bounds, basis: Basis, term: int, along: np.ndarray
) -> float | None:
    """By how much the term moves where the logarithm of the spread is linear in `along`; None if unknown.

    By Newton's steps in the terms, and in the spread's logarithm and its slope. The levels of an absorbed
    factor, between which the others do not differ, move together.
    """
    sigma = float(np.exp(latent.params[-1]))
    low, high = ((bound - latent.fitted) / sigma for bound in bounds)
    n, reach = len(along), np.ptp(along)
    if reach == 0:
        return 0.0
    columns = basis.q
    if basis.levels.number:
        columns = np.column_stack([columns, np.full(n, 1 / np.sqrt(n))])
    rows = _Rows(columns, (along - along.mean()) / reach, low, high)
    params = np.zeros(columns.shape[1] + 2)
    value, slope, curvature = rows.likelihood(params)
    for _ in range(_MOST_STEPS):
        values, vectors = np.linalg.eigh(curvature)
        # Where the likelihood is not concave, the step still climbs.
        step = vectors @ (vectors.T @ slope / np.maximum(np.abs(values), _FLAT * np.abs(values).max()))
        if np.abs(step).max() < _SETTLED:
            params += step
            terms = basis.q.shape[1]
            moved = sigma * np.sqrt(n) * basis.inverse[term] @ params[:terms]
            return float(moved) if values[0] > _FLAT * values[-1] else None
        for _ in range(_MOST_HALVINGS):
            following = rows.likelihood(params + step)
            # Sums of n numbers differ in their last digits.
            if following[0] >= value - 1e-12 * (1 + abs(value)):
                break
            step = step / 2
        else:
            return None
        params, (value, slope, curvature) = params + step, following
        if abs(params[-1]) > _MOST_UNLIKE:
            return None
    return None


class _Rows:
    """Values between bounds, whose mean and spread may differ from row to row.

    The mean is root n of `columns`, shape (n, k), each of length 1, times the first parameters; the
    logarithm of the standard deviation is the last but one, and `along`, shape (n,), times the last.
    """

    def __init__(self, columns: np.ndarray, along: np.ndarray, low: np.ndarray, high: np.ndarray):
        self._columns, self._along = columns, along
        self._known, self._middle = censored.known(low, high)
        rest = np.flatnonzero(~self._known)
        self._others = columns[rest], along[rest], low[rest], high[rest]

    def likelihood(self, params: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Log likelihood, its slope, shape (k + 2,), and less its curvature, shape (k + 2, k + 2)."""
        size = len(params)
        # A step that goes much too far is halved.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            total, slope, curvature = self._of_known(params)
            of_others = self._of_others(params)
            total, slope, curvature = total + of_others[0], slope + of_others[1], curvature + of_others[2]
        if not (np.isfinite(total) and np.isfinite(slope).all() and np.isfinite(curvature).all()):
            return -np.inf, np.zeros(size), np.eye(size)
        # Of the columns' root n-fold.
        unit = np.ones(size)
        unit[:-2] = np.sqrt(len(self._columns))
        return float(total), slope * unit, curvature * np.outer(unit, unit)

    def _of_known(self, params: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Likelihood, slope and curvature of the values that are known, whose residual says all."""
        along, columns = self._along, self._columns
        theta, mean = self._at(params, columns, along)
        theta *= self._known
        residual = theta * (self._middle - mean)
        by_mean = theta * residual
        squares = residual**2
        sums = [float(np.sum(squares)), *(float(np.sum(power * squares)) for power in (along, along**2))]
        counts = np.sum(self._known), np.sum(along[self._known])
        both = cross(columns, np.column_stack([by_mean, by_mean * along]))
        total = -sums[0] / 2 - params[-2] * counts[0] - params[-1] * counts[1]
        slope = np.append(both[:, 0], [sums[0] - counts[0], sums[1] - counts[1]])
        of_spread = 2 * np.array([sums[:2], sums[1:]])
        return total, slope, _joined(weighted_products(columns, theta**2), 2 * both, of_spread)

    def _of_others(self, params: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        columns, along, low, high = self._others
        theta, mean = self._at(params, columns, along)
        shift = theta * mean
        value, d, t, dd, dt, tt = censored.between(theta, shift, low, high)
        # By the spread's logarithm the inverse spread, and the mean over it, change by less themselves.
        by_log = theta * t + shift * d
        both = theta * (d + shift * dd + theta * dt)
        twice = by_log + theta * (theta * tt + shift * dt) + shift * (theta * dt + shift * dd)
        spreads = np.column_stack([np.ones(len(along)), along])
        slope = np.append(cross(columns, (theta * d)[:, None]), -cross(spreads, by_log[:, None]))
        mixed = cross(columns * both[:, None], spreads)
        of_mean = -weighted_products(columns, theta**2 * dd)
        return value.sum(), slope, _joined(of_mean, mixed, -weighted_products(spreads, twice))

    def _at(
        self, params: np.ndarray, columns: np.ndarray, along: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The inverse spread and the mean of some rows."""
        mean = times(columns, params[:-2, None] * np.sqrt(len(self._columns)))[:, 0]
        return np.exp(-params[-2] - params[-1] * along), mean


def _joined(of_mean: np.ndarray, mixed: np.ndarray, of_spread: np.ndarray) -> np.ndarray:
    """The whole of a symmetric matrix."""
    return np.block([[of_mean, mixed], [mixed.T, of_spread]])
