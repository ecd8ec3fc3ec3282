"""Which curve leads from the standards of a plate to their OD, and back from an OD to a concentration?

A standard curve is y = d + (a - d) / (1 + (x/c)^b)^g: OD y at concentration x, a at none, d at the highest;
g = 1 in the four-parameter logistic (4PL), free in the five-parameter one (5PL; Gottschalk & Dunn 2005,
doi 10.1016/j.ab.2005.04.035). All plates are fitted at once.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

# Parameters as they are fitted: a, d, ln c, ln b, ln g.
N_PARAMETERS = {"4PL": 4, "5PL": 5}
# A curve must leave something to judge it by: one level more than it has parameters.
FEWEST_LEVELS = {"4PL": 5, "5PL": 6}
# Share of the highest standard's OD; a lower OD counts as so much in a weight. Readers are accurate to about
# 0.01, and blanks that were subtracted leave zeros.
LEAST_OD = 0.005
# The highest standard must read so many times the lowest: at another wavelength, or without the enzyme, all
# read alike.
LEAST_RISE = 2.0
# Share of the range of OD; standards that fall by more as concentration rises are no noise at a plateau.
LARGEST_FALL = 0.2
# Slopes of immunoassays are near 1; g far from 1 means a curve that has no plateau on one side.
SLOPES, ASYMMETRIES = (0.1, 10.0), (0.05, 20.0)
# Half height must lie within the standards or as many times beyond them.
FURTHEST_MIDPOINT = 10.0
STEPS, CONVERGED = 200, 1e-10
# How far one step may go in ln c, ln b and ln g.
LONGEST_STEP = 1.0
# Where the least eigenvalue of the scaled normal equations is this small a part of the largest, rounding
# decides the curve.
SINGULAR = 1e-12
# Of (x/c)^b, in logarithms: beyond it OD is at its plateau, to the last digit.
_FURTHEST = 700.0
_START_SLOPES, _START_MIDPOINTS = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0), np.linspace(0.0, 1.2, 10)


@dataclass(frozen=True)
class Curves:
    """Fitted curves of plates.

    Attributes
    ----------
    model : object, shape (plates,), "4PL", "5PL" or None.
    parameters : float64, shape (plates, 5): a, d, ln c, ln b, ln g; NaN where there is none.
    covariance : float64, shape (plates, 5, 5), of the parameters; 0 for the ln g of a 4PL.
    residual : float64, shape (plates,): root mean square of (OD - fitted) / fitted over degrees of freedom.
    failed : object, shape (plates,): why there is no curve, or None.
    """

    model: np.ndarray
    parameters: np.ndarray
    covariance: np.ndarray
    residual: np.ndarray
    failed: np.ndarray


def levels(
    plate: np.ndarray, concentration: np.ndarray, od: np.ndarray, plates: int
) -> tuple[np.ndarray, np.ndarray]:
    """The standards' levels of each plate, ascending, and the mean OD of each.

    Parameters
    ----------
    plate : int64, shape (wells,), from 0.
    concentration, od : float64, shape (wells,), of standards that were read.

    Returns
    -------
    concentration, od : float64, shape (plates, levels); NaN beyond a plate's last.
    """
    order = np.lexsort((concentration, plate))
    plate, concentration, od = plate[order], concentration[order], od[order]
    new = np.ones(len(plate), dtype=bool)
    new[1:] = (np.diff(plate) != 0) | (np.diff(concentration) != 0)
    first = np.flatnonzero(new)
    if not len(first):
        return np.full((plates, 1), np.nan), np.full((plates, 1), np.nan)
    means = np.add.reduceat(od, first) / np.diff(np.append(first, len(od)))
    return _padded(plate[first], concentration[first], plates), _padded(plate[first], means, plates)


def fit(
    plate: np.ndarray,
    concentration: np.ndarray,
    od: np.ndarray,
    plates: int,
    *,
    curve: str = "auto",
    weights: str = "1/y2",
) -> Curves:
    """Fit every plate's standards by weighted least squares.

    The sum of w (OD - fitted)^2 is made least by Levenberg-Marquardt steps until none changes a parameter by
    1e-10; w is fixed, from each well's measured OD, as with R's `nls(weights=)`. Such weights favour low
    readings: concentrations come out too high by about twice the squared CV of an OD (0.5 % at 5 %). A
    standard of concentration 0 reads a. "auto" takes the 5PL where its AICc (Hurvich & Tsai 1989,
    doi 10.1093/biomet/76.2.297; the residual variance counts as a parameter) is lower than the 4PL's.

    Parameters
    ----------
    plate : int64, shape (wells,), from 0.
    concentration, od : float64, shape (wells,), of standards that were read.
    curve : "auto", "4pl" or "5pl".
    weights : "1/y2" for errors in proportion to OD, "1/y" for its root, or "none".
    """
    x, y = _padded(plate, concentration, plates), _padded(plate, od, plates)
    level, level_od = levels(plate, concentration, od, plates)
    failed = _unfit(level, level_od)
    here = np.flatnonzero(~failed.astype(bool))
    found = Curves(
        np.full(plates, None, dtype=object),
        np.full((plates, 5), np.nan),
        np.full((plates, 5, 5), np.nan),
        np.full(plates, np.nan),
        failed,
    )
    if not len(here):
        return found
    x, y, level = x[here], y[here], level[here]
    read = ~np.isnan(y)
    with np.errstate(divide="ignore"):
        log_x = np.log(np.where(read, x, 1.0))
    y = np.where(read, y, 0.0)
    floor = np.maximum(y, LEAST_OD * y.max(axis=1, keepdims=True))
    w = np.where(read, floor ** {"1/y2": -2.0, "1/y": -1.0, "none": 0.0}[weights], 0.0)
    fits = {"4PL": _fit_model("4PL", log_x, y, w, _start(log_x, y, w), level)}
    if curve != "4pl":
        fits["5PL"] = _fit_model("5PL", log_x, y, w, fits["4PL"].parameters, level)
    models = {"auto": ["4PL", "5PL"], "4pl": ["4PL"], "5pl": ["5PL"]}[curve]
    best = np.argmin([fits[model].criterion for model in models], axis=0)
    for number, model in enumerate(models):
        chosen = best == number
        found.failed[here[chosen]] = fits[model].failed[chosen]
        chosen &= ~fits[model].failed.astype(bool)
        target = here[chosen]
        found.model[target] = model
        found.parameters[target] = fits[model].parameters[chosen]
        found.covariance[target] = fits[model].covariance[chosen]
        found.residual[target] = fits[model].residual[chosen]
    return found


def predict(parameters: np.ndarray, concentration: np.ndarray) -> np.ndarray:
    """OD at concentrations, shape (plates, n), by curves, shape (plates, 5)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return _curve(parameters, np.log(concentration))[0]


def invert(parameters: np.ndarray, od: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The concentration at which a rising curve reads an OD, and how it hangs on what was measured.

    Parameters
    ----------
    parameters : float64, shape (n, 5), of the curve of each reading.
    od : float64, shape (n,).

    Returns
    -------
    log_x : float64, shape (n,), ln concentration; -inf and inf where the OD is at or beyond a and d.
    by_od : float64, shape (n,), d log_x / d OD; NaN beyond.
    by_parameters : float64, shape (n, 5), d log_x / d parameters; NaN beyond.
    """
    a, d, log_c, log_b, log_g = parameters.T
    share = (d - od) / (d - a)
    within = (share > 0) & (share < 1)
    log_share = -np.log(np.where(within, share, 0.5)) / np.exp(log_g)
    log_x = log_c + (log_share + np.log(-np.expm1(-log_share))) / np.exp(log_b)
    log_x = np.where(within, log_x, np.where(share >= 1, -np.inf, np.where(share <= 0, np.inf, np.nan)))
    with np.errstate(invalid="ignore"):
        _, slopes = _curve(parameters, np.where(within, log_x, log_c)[:, None])
    # OD depends on ln x as on -ln c.
    by_od = np.where(within, -1.0 / slopes[:, 0, 2], np.nan)
    return log_x, by_od, -slopes[:, 0] * by_od[:, None]


def back_calculate(parameters: np.ndarray, level: np.ndarray, level_od: np.ndarray) -> np.ndarray:
    """Concentrations that the curves give back for the mean OD of each level, shape (plates, levels).

    NaN for a level of 0 and where the OD is beyond the curve.
    """
    wells = level.shape[1]
    log_x, _, _ = invert(np.repeat(parameters, wells, axis=0), level_od.ravel())
    log_x = log_x.reshape(level.shape)
    known = np.isfinite(log_x) & (level > 0)
    return np.where(known, np.exp(np.where(known, log_x, 0.0)), np.nan)


def limits(
    level: np.ndarray, error_percent: np.ndarray, *, largest: float, largest_lowest: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lower and upper limit of quantification of each plate, by its standards.

    The longest run of neighbouring levels that are given back within the limit of error, of which the lowest
    may be further off (ICH M10 2022, 4.2.3, where the highest may be, too; FDA 2018, Bioanalytical method
    validation); the lowest where several are equally long.

    Parameters
    ----------
    level : float64, shape (plates, levels), ascending; NaN and 0 are left out.
    error_percent : float64, of the same shape, of back-calculated concentrations; NaN fails.
    largest, largest_lowest : limits of error, percent, elsewhere and at the lower limit of quantification.

    Returns
    -------
    lloq, uloq : float64, shape (plates,), NaN where no level passes.
    passing : bool, shape (plates, levels).
    """
    off = np.abs(np.nan_to_num(error_percent, nan=np.inf))
    judged = level > 0
    strict, loose = judged & (off <= largest), judged & (off <= largest_lowest)
    plates = np.arange(len(level))
    begin, length = np.zeros(len(level), int), np.zeros(len(level), int)
    first, last, longest = np.zeros(len(level), int), np.zeros(len(level), int), np.zeros(len(level), int)
    for k in range(level.shape[1]):
        goes_on = strict[:, k] & (length > 0)
        starts = ~goes_on & (strict[:, k] | loose[:, k])
        begin = np.where(starts, k, begin)
        length = np.where(goes_on, length + 1, starts.astype(int))
        longer = length > longest
        first, last = np.where(longer, begin, first), np.where(longer, k, last)
        longest = np.maximum(longest, length)
    passing = strict.copy()
    passing[plates, first] |= longest > 0
    lloq = np.where(longest > 0, level[plates, first], np.nan)
    return lloq, np.where(longest > 0, level[plates, last], np.nan), passing


@dataclass
class _Fit:
    """One model on every plate; `criterion` is AICc, inf where the model failed."""

    parameters: np.ndarray
    covariance: np.ndarray
    residual: np.ndarray
    criterion: np.ndarray
    failed: np.ndarray


def _padded(plate: np.ndarray, values: np.ndarray, plates: int) -> np.ndarray:
    """Values by plate, shape (plates, most of a plate), in their order, NaN beyond the last."""
    order = np.argsort(plate, kind="stable")
    counts = np.bincount(plate, minlength=plates)
    place = np.arange(len(plate)) - np.repeat(np.cumsum(counts) - counts, counts)
    table = np.full((plates, max(counts.max(initial=0), 1)), np.nan)
    table[plate[order], place] = values[order]
    return table


def _unfit(level: np.ndarray, level_od: np.ndarray) -> np.ndarray:
    """Why no curve can be fitted to the standards of each plate, or None."""
    there = ~np.isnan(level)
    n = np.count_nonzero(there, axis=1)
    low = np.where(there, level_od, np.inf).min(axis=1)
    high = np.where(there, level_od, -np.inf).max(axis=1)
    so_far = np.maximum.accumulate(np.where(there, level_od, -np.inf), axis=1)
    with np.errstate(invalid="ignore"):
        fall = np.where(there, so_far - level_od, 0.0).max(axis=1)
        top = np.take_along_axis(level_od, np.maximum(n - 1, 0)[:, None], axis=1)[:, 0]
        failed = np.full(len(level), None, dtype=object)
        failed[fall > LARGEST_FALL * (high - low)] = "the OD of its standards falls on the way up"
        failed[top < level_od[:, 0]] = "the OD of its standards falls as their concentration rises"
        failed[(high <= 0) | (high < LEAST_RISE * low)] = "the OD of its standards hardly differs"
    for plate in np.flatnonzero(n < FEWEST_LEVELS["4PL"]):
        failed[plate] = f"it has {n[plate]} levels of standards and a curve needs {FEWEST_LEVELS['4PL']}"
    return failed


def _curve(parameters: np.ndarray, log_x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """OD, shape (plates, n), and its derivatives by the parameters, shape (plates, n, 5)."""
    a, d, log_c, log_b, log_g = (column[:, None] for column in parameters.T)
    b, g = np.exp(log_b), np.exp(log_g)
    u = np.clip(b * (log_x - log_c), -_FURTHEST, _FURTHEST)
    rise = np.logaddexp(0.0, u)
    share = np.exp(-g * rise)
    by_u = -(a - d) * share * g * expit(u)
    slopes = np.stack([share, 1 - share, -by_u * b, by_u * u, -(a - d) * share * g * rise], axis=2)
    return d + (a - d) * share, slopes


def _start(log_x: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The best 4PL of a grid of c and b, each with the a and d that suit it best."""
    plates = len(y)
    finite = np.isfinite(log_x) & (w > 0)
    low = np.where(finite, log_x, np.inf).min(axis=1)
    span = np.where(finite, log_x, -np.inf).max(axis=1) - low
    total = w.sum(axis=1)
    mean_y = (w * y).sum(axis=1) / total
    best, least = np.zeros((plates, 5)), np.full(plates, np.inf)
    for part, b in itertools.product(_START_MIDPOINTS, _START_SLOPES):
        trial = np.zeros((plates, 5))
        # With a = 1 and d = 0 the curve is the share of a in each OD.
        trial[:, 0], trial[:, 2], trial[:, 3] = 1.0, low + part * span, np.log(b)
        share = _curve(trial, log_x)[0]
        mean_share = (w * share).sum(axis=1) / total
        away = share - mean_share[:, None]
        height = -(w * away * y).sum(axis=1) / (w * away**2).sum(axis=1)
        trial[:, 1] = mean_y + height * mean_share
        trial[:, 0] = trial[:, 1] - height
        squares = (w * (y - trial[:, 1:2] + height[:, None] * share) ** 2).sum(axis=1)
        better = (squares < least) & (height > 0)
        best[better], least[better] = trial[better], squares[better]
    return best


def _fit_model(model: str, log_x, y, w, start: np.ndarray, level: np.ndarray) -> _Fit:
    """Fit one model to every plate, and say where it does not hold."""
    free, wells = N_PARAMETERS[model], np.count_nonzero(w, axis=1)
    parameters, squares, converged = _least_squares(log_x, y, w, start, free)
    fitted, slopes = _curve(parameters, log_x)
    inverse, singular = _inverse(slopes[:, :, :free], w)
    freedom = np.maximum(wells - free, 1)
    covariance = np.zeros((len(y), 5, 5))
    covariance[:, :free, :free] = inverse * (squares / freedom)[:, None, None]
    least = LEAST_OD * fitted.max(axis=1, keepdims=True)
    relative = np.where(w > 0, (y - fitted) / np.maximum(fitted, least), 0.0)
    log_b, log_g = parameters[:, 3], parameters[:, 4]
    failed = np.full(len(y), None, dtype=object)
    failed[_far(parameters, level)] = "its standards end far from half the height of its curve"
    failed[_outside(log_b, SLOPES) | _outside(log_g, ASYMMETRIES)] = "no assay's curve has such a shape"
    failed[singular | ~converged] = f"its standards do not determine a {model} curve"
    k = free + 1
    few = np.count_nonzero(~np.isnan(level), axis=1) < FEWEST_LEVELS[model]
    if model == "5PL":
        few |= wells <= k + 1
    failed[few] = f"its standards are too few for a {model} curve"
    # Standards without any error would give ln 0.
    variance = np.maximum(squares, 1e-20 * (w * y**2).sum(axis=1)) / wells
    criterion = wells * np.log(variance) + 2 * k * wells / np.maximum(wells - k - 1, 1)
    criterion[failed.astype(bool)] = np.inf
    return _Fit(parameters, covariance, np.sqrt((relative**2).sum(axis=1) / freedom), criterion, failed)


def _inverse(slopes: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The inverse of each plate's normal equations, and where rounding would decide it."""
    scaled, scale = _normal(slopes, w)
    values, vectors = np.linalg.eigh(scaled)
    singular = values[:, 0] < SINGULAR * values[:, -1]
    values = np.where(singular[:, None], 1.0, values)
    inverse = np.einsum("pkj,pj,plj->pkl", vectors, 1 / values, vectors)
    return inverse / scale[:, :, None] / scale[:, None, :], singular


def _normal(slopes: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normal equations with a diagonal of ones, shape (plates, free, free), and their scale."""
    # Products by einsum: what BLAS gives may depend on how many threads it has.
    normal = np.einsum("pwk,pwl->pkl", slopes * w[:, :, None], slopes)
    scale = np.sqrt(np.maximum(np.einsum("pkk->pk", normal), np.finfo(float).tiny))
    return normal / scale[:, :, None] / scale[:, None, :], scale


def _outside(logarithms: np.ndarray, span: tuple[float, float], times: float = 1.0) -> np.ndarray:
    """Which logarithms lie further than `times` beyond a span."""
    return (logarithms < np.log(span[0] / times)) | (logarithms > np.log(span[1] * times))


def _far(parameters: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Whose half height lies too far from all standards."""
    _, _, log_c, log_b, log_g = parameters.T
    middle = log_c + np.log(np.expm1(np.log(2) * np.exp(-log_g))) * np.exp(-log_b)
    used = level > 0
    low = np.log(np.where(used, level, np.inf).min(axis=1) / FURTHEST_MIDPOINT)
    high = np.log(np.where(used, level, 0.0).max(axis=1) * FURTHEST_MIDPOINT)
    return (middle < low) | (middle > high)


def _least_squares(log_x, y, w, start: np.ndarray, free: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Levenberg-Marquardt steps (Marquardt 1963, doi 10.1137/0111030) on every plate at once.

    Returns
    -------
    parameters : float64, shape (plates, 5), of which the first `free` were fitted.
    squares : float64, shape (plates,), weighted sums of squares.
    converged : bool, shape (plates,).
    """
    parameters = start.copy()
    fitted, slopes = _curve(parameters, log_x)
    squares = (w * (y - fitted) ** 2).sum(axis=1)
    exact = 1e-24 * (w * y**2).sum(axis=1)
    damping, converged = np.full(len(y), 1e-3), np.zeros(len(y), dtype=bool)
    here = np.arange(len(y))
    for _ in range(STEPS):
        slope = slopes[here, :, :free]
        gradient = np.einsum("pwk,pw->pk", slope, w[here] * (y[here] - fitted[here]))
        normal, scale = _normal(slope, w[here])
        damped = normal + damping[here, None, None] * np.eye(free)
        step = np.linalg.solve(damped, (gradient / scale)[:, :, None])[:, :, 0] / scale
        longest = np.maximum(np.abs(step[:, 2:]).max(axis=1), LONGEST_STEP)
        step *= (LONGEST_STEP / longest)[:, None]
        tried = parameters[here]
        relative = step.copy()
        relative[:, :2] /= (tried[:, 1] - tried[:, 0])[:, None]
        tried[:, :free] += step
        new_fitted, new_slopes = _curve(tried, log_x[here])
        new_squares = (w[here] * (y[here] - new_fitted) ** 2).sum(axis=1)
        # At the bottom rounding decides which of two sums is less.
        better = new_squares <= squares[here] * (1 + 1e-12)
        target = here[better]
        parameters[target], squares[target] = tried[better], new_squares[better]
        fitted[target], slopes[target] = new_fitted[better], new_slopes[better]
        done = (np.abs(relative).max(axis=1) < CONVERGED) & (damping[here] < 1e-2)
        # Standards without any error leave nothing but rounding to go by.
        done = better & (done | (new_squares < exact[here]))
        converged[here[done]] = True
        damping[here] = np.where(better, np.maximum(damping[here] / 10, 1e-14), damping[here] * 10)
        lost = _outside(tried[:, 3], SLOPES, times=10) | _outside(tried[:, 4], ASYMMETRIES, times=10)
        lost |= damping[here] > 1e12
        here = here[~done & ~lost]
        if not len(here):
            break
    return parameters, squares, converged
