"""Which effect, and how sure: one regression, with errors that suit its data."""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.special import log_ndtr
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.regression.linear_model import OLS
from statsmodels.tools.sm_exceptions import ConvergenceWarning

CONFIDENCE = 0.95
_LOG_ROOT_TWO_PI = np.log(np.sqrt(2 * np.pi))
# An interval narrower than this, in residual standard deviations, counts as its middle: that is off by the
# square of the width, while two near probabilities' difference loses as many digits as the width has zeros.
_NARROW = 1e-5
# Newton's steps on a concave function; about 6 are needed.
_MOST_STEPS = 100
# Of the information's smallest eigenvalue to its largest, in columns of equal length: less is none at all.
_NO_INFORMATION = 1e-10


class NotEstimableError(Exception):
    """The data do not determine the model; the message says why."""


@dataclass(frozen=True)
class Fit:
    """One coefficient of a fitted model, with its 95 % interval, and the residual scale."""

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float
    model: str
    errors: str


def fit(y, matrix, *, term: int, bounds=None, clusters=None) -> Fit:
    """Regress `y` on `matrix` and return the coefficient of column `term`.

    Without censoring: least squares with HC3 errors (MacKinnon & White 1985,
    doi 10.1016/0304-4076(85)90158-7) and t intervals; with `clusters`, errors robust to correlation
    within them and t with clusters - 1 degrees of freedom. With censoring: a normal model of the
    latent value by maximum likelihood, to which a value known between bounds gives the probability between
    them (Tobin 1958, doi 10.2307/1907382), sandwich errors and normal intervals.

    Parameters
    ----------
    y : float64, shape (n,), finite; where censored, some value within the bounds.
    matrix : float64, shape (n, terms), of full rank.
    bounds : two float64 of shape (n,), on the scale of `y`, or None: the values between which the true one
        lies; equal where it is known, -inf and inf where there is no bound.
    clusters : int, shape (n,), or None.

    Raises
    ------
    NotEstimableError : too few values with two bounds, or no (single) solution.
    """
    if _any_censored(bounds):
        params, covariance = _fit_censored(y, matrix, bounds, clusters)
        estimate, se = params[term], np.sqrt(covariance[term, term])
        half = stats.norm.ppf(0.5 + CONFIDENCE / 2) * se
        return Fit(
            float(estimate),
            float(se),
            float(estimate - half),
            float(estimate + half),
            float(2 * stats.norm.sf(abs(estimate / se))),
            _name_of_model(bounds),
            "sandwich" if clusters is None else "cluster-robust by participant",
        )
    model = OLS(y, matrix)
    if clusters is None:
        result = model.fit(cov_type="HC3", use_t=True)
    else:
        result = model.fit(cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True)
    low, high = result.conf_int(1 - CONFIDENCE)[term]
    return Fit(
        float(result.params[term]),
        float(result.bse[term]),
        float(low),
        float(high),
        float(result.pvalues[term]),
        "least squares",
        "HC3" if clusters is None else "cluster-robust by participant",
    )


def fit_mean(y, matrix, *, term: int) -> Fit:
    """Regress the logarithm of the mean of `y`, which may be 0, on `matrix`; the coefficient of `term`.

    Poisson's estimating equations, which need no Poisson distribution (Gourieroux, Monfort & Trognon 1984,
    doi 10.2307/1913471), with HC3 errors for a generalised linear model and normal intervals.

    Parameters
    ----------
    y : float64, shape (n,), not negative; matrix : as in `fit`.

    Raises
    ------
    NotEstimableError : no convergence.
    """
    # In the unit of the mean, where the start of the iterations is near its end.
    scaled = y / y.mean()
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            result = GLM(scaled, matrix, family=Poisson()).fit(tol=1e-10)
        except (ConvergenceWarning, np.linalg.LinAlgError) as error:
            raise NotEstimableError("the model of the mean did not converge") from error
    mean = result.fittedvalues
    bread = np.linalg.inv((matrix * mean[:, None]).T @ matrix)
    leverage = mean * np.einsum("ij,jk,ik->i", matrix, bread, matrix)
    scores = matrix * ((scaled - mean) / (1 - leverage))[:, None]
    estimate = float(result.params[term])
    se = float(np.sqrt((bread @ (scores.T @ scores) @ bread)[term, term]))
    half = stats.norm.ppf(0.5 + CONFIDENCE / 2) * se
    p_value = float(2 * stats.norm.sf(abs(estimate / se)))
    return Fit(estimate, se, estimate - half, estimate + half, p_value, "log-linear in the mean", "HC3")


def variance_explained(y, matrix, *, term: int, bounds=None, clusters=None) -> Fit:
    """The share of `y`'s variance, given the other columns, that column `term` explains (partial R2).

    Without censoring it is the squared partial correlation; its interval goes through Fisher's z
    with the distribution-free variance of a correlation (Steiger & Hakstian 1982,
    doi 10.1111/j.2044-8317.1982.tb00653.x), summed within clusters. With censoring it is
    b2 v / (b2 v + s2), v the exposure's variance given the covariates, and the delta method.
    """
    others = np.delete(matrix, term, axis=1)
    exposure = _residual(matrix[:, term], others)
    z_crit = stats.norm.ppf(0.5 + CONFIDENCE / 2)
    if _any_censored(bounds):
        params, covariance = _fit_censored(y, matrix, bounds, clusters)
        beta, log_s, spread = params[term], params[-1], np.mean(exposure**2)
        signal, noise = beta**2 * spread, np.exp(2 * log_s)
        rho = np.sign(beta) * np.sqrt(signal / (signal + noise))
        # Fisher's z of rho is asinh(beta sqrt(v) / s), so its gradient is short.
        slope = np.sqrt(spread) / np.exp(log_s) / np.sqrt(1 + signal / noise)
        gradient = np.array([slope, -slope * beta])
        block = covariance[np.ix_([term, -1], [term, -1])]
        se_z = np.sqrt(gradient @ block @ gradient)
        model = _name_of_model(bounds)
    else:
        response = _residual(y, others)
        ys, gs = response / np.sqrt(np.mean(response**2)), exposure / np.sqrt(np.mean(exposure**2))
        rho = np.mean(ys * gs)
        influence = (ys * gs - rho / 2 * (ys**2 + gs**2)) / (1 - rho**2)
        if clusters is not None:
            influence = np.bincount(clusters, weights=influence)
        se_z = np.sqrt(np.sum(influence**2)) / len(y)
        model = "squared partial correlation"
    z = np.arctanh(rho)
    ends = np.tanh([z - z_crit * se_z, z + z_crit * se_z])
    crosses = ends[0] * ends[1] <= 0
    return Fit(
        float(rho**2),
        float(2 * abs(rho) * (1 - rho**2) * se_z),
        0.0 if crosses else float(min(ends**2)),
        float(max(ends**2)),
        float(2 * stats.norm.sf(abs(z) / se_z)),
        model,
        "distribution-free" if clusters is None else "cluster-robust by participant",
    )


def _residual(values: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    basis = np.linalg.qr(matrix)[0]
    return values - basis @ (basis.T @ values)


def _any_censored(bounds) -> bool:
    return bounds is not None and bool((bounds[0] < bounds[1]).any())


def _name_of_model(bounds) -> str:
    low, high = bounds
    censored = low < high
    if np.isneginf(low[censored]).all():
        return "left-censored normal"
    return "right-censored normal" if np.isposinf(high[censored]).all() else "interval-censored normal"


def _fit_censored(y, matrix, bounds, clusters):
    """Parameters (the last is the logarithm of sigma) and sandwich covariance of the censored normal model.

    With gamma = beta / sigma and theta = 1 / sigma the log likelihood is concave (Olsen 1978,
    doi 10.2307/1911445; for intervals Burridge 1981, J R Stat Soc B 43, 41-45), so that Newton's steps,
    halved where they go too far, end at its only maximum. They are taken from the least-squares fit, in its
    residuals' unit and in orthogonal columns, none of them long or near another.
    """
    low, high = bounds
    n, terms = matrix.shape
    if (np.isfinite(low) & np.isfinite(high)).sum() <= terms:
        where = "within the limits of detection" if np.isposinf(high).any() else "above the detection limit"
        raise NotEstimableError(f"too few values {where}")
    q, r = np.linalg.qr(matrix)
    q, r = q * np.sqrt(n), r / np.sqrt(n)
    start = q.T @ y / n
    unit = np.sqrt(np.mean((y - q @ start) ** 2))
    if unit <= 1e-12 * np.abs(y).max():
        raise NotEstimableError("the values do not vary about the model")
    ends = [(end - q @ start) / unit for end in bounds]
    params = np.append(np.zeros(terms), 1.0)
    value, scores, hessian = _likelihood(params, q, *ends)
    for _ in range(_MOST_STEPS):
        information = np.linalg.eigvalsh(-hessian)
        if not information[0] > _NO_INFORMATION * information[-1]:
            raise NotEstimableError("the censored model has no unique solution")
        step = np.linalg.solve(-hessian, scores.sum(axis=0))
        params, value, scores, hessian = _ascend(params, step, value, q, ends)
        if np.max(np.abs(step)) < 1e-10:
            break
    else:
        raise NotEstimableError("the censored model did not converge")
    correction = n / (n - terms - 1)
    if clusters is not None:
        scores = np.column_stack([np.bincount(clusters, weights=column) for column in scores.T])
        groups = len(np.unique(clusters))
        correction = groups / (groups - 1)
    # From gamma and theta in the columns of q to beta in those of the matrix, and to the logarithm of sigma.
    gamma, theta = params[:-1], params[-1]
    jacobian = np.zeros((terms + 1, terms + 1))
    jacobian[:-1, :-1] = np.linalg.inv(r) * unit / theta
    jacobian[:-1, -1] = -jacobian[:-1, :-1] @ gamma / theta
    jacobian[-1, -1] = -1 / theta
    influence = jacobian @ np.linalg.solve(hessian, scores.T)
    beta = np.linalg.solve(r, start + unit * gamma / theta)
    return np.append(beta, np.log(unit / theta)), influence @ influence.T * correction


def _ascend(params, step, value, q, ends):
    """The parameters after a step, or as much of it as does not lower the likelihood; with what is there."""
    # Sums of n numbers differ in their last digits.
    slack = 1e-12 * (1 + abs(value))
    for _ in range(_MOST_STEPS):
        following = params + step
        if following[-1] > 0:
            found = _likelihood(following, q, *ends)
            if found[0] >= value - slack:
                return following, *found
        step = step / 2
    raise NotEstimableError("the censored model did not converge")


def _likelihood(params, q, low, high):
    """Log likelihood (but for constants), each observation's gradient, and the sum of second derivatives."""
    theta = params[-1]
    shift = q @ params[:-1]
    # Of each observation: log likelihood and its derivatives in shift (d) and theta (t).
    value, d, t, dd, dt, tt = np.empty((6, len(low)))
    known = theta * (high - low) < _NARROW
    middle = (low[known] + high[known]) / 2
    z = theta * middle - shift[known]
    value[known] = np.log(theta) - z**2 / 2 - _LOG_ROOT_TWO_PI
    # So that the likelihood does not jump where an interval begins to count as its middle.
    width = (high - low)[known]
    value[known] += np.log(width, out=np.zeros(len(width)), where=width > 0)
    d[known], t[known] = z, 1 / theta - z * middle
    dd[known], dt[known], tt[known] = -1.0, middle, -1 / theta**2 - middle**2
    between = ~known
    results = _between(theta, shift[between], low[between], high[between])
    for array, result in zip((value, d, t, dd, dt, tt), results, strict=True):
        array[between] = result
    hessian = np.empty((len(params), len(params)))
    hessian[:-1, :-1] = (q * dd[:, None]).T @ q
    hessian[:-1, -1] = hessian[-1, :-1] = q.T @ dt
    hessian[-1, -1] = tt.sum()
    return value.sum(), np.column_stack([q * d[:, None], t]), hessian


def _between(theta, shift, low, high):
    """Logarithm of the probability between bounds, and its derivatives in shift and theta."""
    z_low, z_high = theta * low - shift, theta * high - shift
    # In the tail on the left, where the logarithms of probabilities keep their digits.
    mirrored = z_low > -z_high
    left, right = np.where(mirrored, -z_high, z_low), np.where(mirrored, -z_low, z_high)
    log_right = log_ndtr(right)
    value = log_right + np.log(-np.expm1(log_ndtr(left) - log_right))
    # Densities at the bounds over the probability; at infinity both they and their products are 0.
    a = np.exp(-(z_low**2) / 2 - _LOG_ROOT_TWO_PI - value)
    b = np.exp(-(z_high**2) / 2 - _LOG_ROOT_TWO_PI - value)
    low, z_low = (np.where(np.isfinite(x), x, 0.0) for x in (low, z_low))
    high, z_high = (np.where(np.isfinite(x), x, 0.0) for x in (high, z_high))
    d, t = a - b, b * high - a * low
    dd = z_low * a - z_high * b - d**2
    dt = z_high * high * b - z_low * low * a - d * t
    tt = z_low * low**2 * a - z_high * high**2 * b - t**2
    return value, d, t, dd, dt, tt
