"""Which effects on values beyond limits, and how far do they move if the spread goes with the exposure?"""

from dataclasses import replace

import numpy as np
from scipy.special import stdtr

from il6r.association import censored
from il6r.association.coefficients import Coefficients, Fit
from il6r.association.orthogonal import Basis, cross, orthogonalise, times

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


def fit(
    y: np.ndarray,
    matrix: np.ndarray,
    bounds: censored.Bounds,
    *,
    term: int,
    along: np.ndarray,
    absorbed: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
    errors: str = "robust",
    basis: Basis | None = None,
) -> tuple[Coefficients, str | None]:
    """As `censored.fit`, with an interval of `term` that holds whether or not the spread goes with `along`.

    Where values are censored, a spread that is taken as equal and is not biases the effect itself, whatever
    the sample's size (Brown & Moffitt 1983, doi 10.3386/t0027), and a test of equal spreads has too little
    power to choose. So the term's interval is the union of two, and its p-value the larger one: about
    the estimate, and about the estimate that lets the logarithm of the spread be linear in `along`. If both
    are within a tenth of a standard error, the model's own stay.

    Parameters
    ----------
    y, matrix, bounds, absorbed, clusters, errors, basis : as for `censored.fit`.
    term : the column of interest.
    along : float64, shape (n,).

    Returns
    -------
    The terms, and what a reader should know of the interval, or None.

    Raises
    ------
    NotEstimableError : as in `censored.fit`.
    """
    basis = basis or orthogonalise(matrix, absorbed)
    latent = censored.fit_latent(
        y, matrix, bounds, absorbed=absorbed, clusters=clusters, errors=errors, basis=basis
    )
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
    columns = basis.q * np.sqrt(n)
    if basis.levels.number:
        columns = np.column_stack([columns, np.ones(n)])
    spreads = np.column_stack([np.ones(n), (along - along.mean()) / reach])
    params = np.zeros(columns.shape[1] + 2)
    value, slope, curvature = _likelihood(params, columns, spreads, low, high)
    for _ in range(_MOST_STEPS):
        values, vectors = np.linalg.eigh(curvature)
        # Where the likelihood is not concave, the step still climbs.
        step = vectors @ (vectors.T @ slope / np.maximum(np.abs(values), _FLAT * np.abs(values).max()))
        for _ in range(_MOST_HALVINGS):
            following = _likelihood(params + step, columns, spreads, low, high)
            # Sums of n numbers differ in their last digits.
            if following[0] >= value - 1e-12 * (1 + abs(value)):
                break
            step = step / 2
        else:
            return None
        params, (value, slope, curvature) = params + step, following
        if abs(params[-1]) > _MOST_UNLIKE:
            return None
        if np.abs(step).max() < _SETTLED:
            values = np.linalg.eigvalsh(curvature)
            terms = basis.q.shape[1]
            moved = sigma * np.sqrt(n) * basis.inverse[term] @ params[:terms]
            return float(moved) if values[0] > _FLAT * values[-1] else None
    return None


def _likelihood(
    params: np.ndarray, columns: np.ndarray, spreads: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Log likelihood, its slope, shape (k + 2,), and less its curvature, shape (k + 2, k + 2).

    Of values between bounds with mean `columns`, shape (n, k), times the first parameters, and logarithm of
    the standard deviation `spreads` times the last two.
    """
    size = len(params)
    # A step that goes much too far is halved.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        mean = times(columns, params[:-2, None])[:, 0]
        theta = np.exp(-times(spreads, params[-2:, None])[:, 0])
        shift = theta * mean
        value, d, t, dd, dt, tt = censored.row_likelihood(theta, shift, low, high)
        # By the spread's logarithm the inverse spread, and the mean over it, change by less themselves.
        by_log = theta * t + shift * d
        both = theta * (d + shift * dd + theta * dt)
        twice = by_log + theta * (theta * tt + shift * dt) + shift * (theta * dt + shift * dd)
        total = float(value.sum())
        if not np.isfinite([total, by_log.sum(), both.sum(), twice.sum()]).all():
            return -np.inf, np.zeros(size), np.eye(size)
    slope = np.append(cross(columns, (theta * d)[:, None]), -cross(spreads, by_log[:, None]))
    mixed = cross(columns * both[:, None], spreads)
    of_mean = -cross(columns * (theta**2 * dd)[:, None], columns)
    of_spread = -cross(spreads * twice[:, None], spreads)
    return total, slope, np.block([[of_mean, mixed], [mixed.T, of_spread]])
