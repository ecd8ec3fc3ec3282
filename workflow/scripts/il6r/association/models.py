"""Which effect, and how sure: one regression, with errors that suit its data."""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.special import log_ndtr
from statsmodels.base.model import GenericLikelihoodModel
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.regression.linear_model import OLS
from statsmodels.tools.sm_exceptions import ConvergenceWarning

CONFIDENCE = 0.95
_LOG_ROOT_TWO_PI = np.log(np.sqrt(2 * np.pi))


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


def fit(y, matrix, *, term: int, censored=None, clusters=None) -> Fit:
    """Regress `y` on `matrix` and return the coefficient of column `term`.

    Without censoring: least squares with HC3 errors (MacKinnon & White 1985,
    doi 10.1016/0304-4076(85)90158-7) and t intervals; with `clusters`, errors robust to correlation
    within them and t with clusters - 1 degrees of freedom. With censoring: a normal model of the
    latent value by maximum likelihood (Tobin 1958, doi 10.2307/1907382), sandwich errors and normal
    intervals.

    Parameters
    ----------
    y : float64, shape (n,); where `censored`, the limit the value lies below.
    matrix : float64, shape (n, terms), of full rank.
    censored : bool, shape (n,), or None.
    clusters : int, shape (n,), or None.

    Raises
    ------
    NotEstimableError : too few values above the limit, or no convergence.
    """
    if censored is not None and censored.any():
        params, covariance, _ = _fit_tobit(y, matrix, censored, clusters)
        estimate, se = params[term], np.sqrt(covariance[term, term])
        half = stats.norm.ppf(0.5 + CONFIDENCE / 2) * se
        return Fit(
            float(estimate),
            float(se),
            float(estimate - half),
            float(estimate + half),
            float(2 * stats.norm.sf(abs(estimate / se))),
            "left-censored normal",
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


def variance_explained(y, matrix, *, term: int, censored=None, clusters=None) -> Fit:
    """The share of `y`'s variance, given the other columns, that column `term` explains (partial R2).

    Without censoring it is the squared partial correlation; its interval goes through Fisher's z
    with the distribution-free variance of a correlation (Steiger & Hakstian 1982,
    doi 10.1111/j.2044-8317.1982.tb00653.x), summed within clusters. With censoring it is
    b2 v / (b2 v + s2), v the exposure's variance given the covariates, and the delta method.
    """
    others = np.delete(matrix, term, axis=1)
    exposure = _residual(matrix[:, term], others)
    z_crit = stats.norm.ppf(0.5 + CONFIDENCE / 2)
    if censored is not None and censored.any():
        params, covariance, _ = _fit_tobit(y, matrix, censored, clusters)
        beta, log_s, spread = params[term], params[-1], np.mean(exposure**2)
        signal, noise = beta**2 * spread, np.exp(2 * log_s)
        rho = np.sign(beta) * np.sqrt(signal / (signal + noise))
        # Fisher's z of rho is asinh(beta sqrt(v) / s), so its gradient is short.
        slope = np.sqrt(spread) / np.exp(log_s) / np.sqrt(1 + signal / noise)
        gradient = np.array([slope, -slope * beta])
        block = covariance[np.ix_([term, -1], [term, -1])]
        se_z = np.sqrt(gradient @ block @ gradient)
        model = "left-censored normal"
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


def _log_density(r: np.ndarray) -> np.ndarray:
    return -(r**2) / 2 - _LOG_ROOT_TWO_PI


class _Tobit(GenericLikelihoodModel):
    """Normal regression with values known only to lie below their limit; last parameter log sigma."""

    def _standardised(self, params):
        sigma = np.exp(params[-1])
        r = (self.endog - self.exog @ params[:-1]) / sigma
        # phi(r) / Phi(r) by logs, so that it stays finite far below the mean.
        return sigma, r, np.exp(_log_density(r) - log_ndtr(r))

    def loglike(self, params):
        """Log likelihood."""
        sigma, r, _ = self._standardised(params)
        return np.where(self.censored, log_ndtr(r), _log_density(r) - np.log(sigma)).sum()

    def score_obs(self, params):
        """Gradient of each observation's log likelihood, shape (n, parameters)."""
        sigma, r, mills = self._standardised(params)
        weight = np.where(self.censored, -mills, r)
        scale = np.where(self.censored, -mills * r, r**2 - 1)
        return np.column_stack([self.exog * (weight / sigma)[:, None], scale])

    def score(self, params):
        """Gradient of the log likelihood."""
        return self.score_obs(params).sum(axis=0)

    def hessian(self, params):
        """Second derivatives of the log likelihood."""
        sigma, r, mills = self._standardised(params)
        # Derivatives of `weight` and `scale` in r; dr = -x db / sigma - r dlog(sigma).
        d_mills = -mills * (r + mills)
        d_weight = np.where(self.censored, -d_mills, 1.0)
        d_scale = np.where(self.censored, -(d_mills * r + mills), 2 * r)
        x = self.exog / sigma
        beta_scale = -x.T @ d_scale
        top = np.column_stack([-(x * d_weight[:, None]).T @ x, beta_scale])
        return np.vstack([top, np.append(beta_scale, -(d_scale * r).sum())])


def _fit_tobit(y, matrix, censored, clusters):
    """Parameters, sandwich covariance and log likelihood of the left-censored normal model."""
    if (~censored).sum() <= matrix.shape[1]:
        raise NotEstimableError("too few values above the detection limit")
    start = OLS(y, matrix).fit()
    model = _Tobit(y, matrix, censored=censored, extra_params_names=["log_sigma"])
    result = model.fit(
        np.append(start.params, np.log(np.sqrt(start.scale))),
        method="bfgs",
        maxiter=500,
        disp=False,
        warn_convergence=False,
    )
    # Newton's last steps: BFGS stops short of the precision others' programs reach.
    params = result.params
    for _ in range(20):
        try:
            step = np.linalg.solve(model.hessian(params), model.score(params))
        except np.linalg.LinAlgError as error:
            raise NotEstimableError("the censored model has no unique solution") from error
        params = params - step
        if np.max(np.abs(step)) < 1e-10:
            break
    else:
        raise NotEstimableError("the censored model did not converge")
    scores = model.score_obs(params)
    n, k = scores.shape
    correction = n / (n - k)
    if clusters is not None:
        scores = np.column_stack([np.bincount(clusters, weights=column) for column in scores.T])
        groups = len(np.unique(clusters))
        correction = groups / (groups - 1)
    bread = np.linalg.inv(model.hessian(params))
    covariance = bread @ (scores.T @ scores) @ bread * correction
    return params, covariance, model.loglike(params)
