"""How much of an outcome's variance does one term explain?"""

import numpy as np
from scipy import stats

from il6r.association import censored
from il6r.association.coefficients import CONFIDENCE, Fit, NotEstimableError
from il6r.association.orthogonal import ROUNDING, Basis, Levels, orthogonalise, times


def share(
    y: np.ndarray,
    matrix: np.ndarray,
    *,
    term: int,
    bounds: tuple[np.ndarray, np.ndarray] | None = None,
    absorbed: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
    basis: Basis | None = None,
) -> Fit:
    """The share of `y`'s variance, given the other columns, that column `term` explains (partial R2).

    Without censoring it is the squared partial correlation; its interval goes through Fisher's z
    with the distribution-free variance of a correlation (Steiger & Hakstian 1982,
    doi 10.1111/j.2044-8317.1982.tb00653.x), summed within clusters. With censoring it is
    b2 v / (b2 v + s2), v the exposure's variance given the covariates, which is taken as known: that rests on
    normal residuals, and its error is by the delta method from the censored model's sandwich covariance.

    Parameters
    ----------
    y, matrix, absorbed, clusters, basis : as for `least_squares.fit`.
    bounds : as for `censored.fit`, or None.

    Raises
    ------
    NotEstimableError : as in `censored.fit`.
    """
    basis = basis or orthogonalise(matrix, absorbed)
    weights = basis.inverse[term]
    # What the other columns leave of the exposure, and then of the values.
    exposure = times(basis.q, weights[:, None])[:, 0] / (weights @ weights)
    if bounds is not None and censored.is_censored(bounds):
        latent = censored.fit_latent(y, matrix, bounds, absorbed=absorbed, clusters=clusters, basis=basis)
        beta, log_s, spread = latent.params[term], latent.params[-1], np.mean(exposure**2)
        signal, noise = beta**2 * spread, np.exp(2 * log_s)
        rho = np.sign(beta) * np.sqrt(signal / (signal + noise))
        # Fisher's z of rho is asinh(beta sqrt(v) / s), so its gradient is short.
        slope = np.sqrt(spread) / np.exp(log_s) / np.sqrt(1 + signal / noise)
        gradient = np.array([slope, -slope * beta])
        block = latent.covariance[np.ix_([term, -1], [term, -1])]
        se_z = np.sqrt(gradient @ block @ gradient)
        model, errors = latent.model, latent.errors
    else:
        coefficients, residual = basis.project(y[:, None])
        response = residual[:, 0] + (weights @ coefficients) * exposure
        if np.sum(response**2) <= ROUNDING**2 * np.sum(y**2):
            raise NotEstimableError("the values do not vary about the model")
        ys, gs = response / np.sqrt(np.mean(response**2)), exposure / np.sqrt(np.mean(exposure**2))
        rho = np.mean(ys * gs)
        if 1 - rho**2 <= ROUNDING:
            raise NotEstimableError("the values do not vary about the model")
        influence = (ys * gs - rho / 2 * (ys**2 + gs**2)) / (1 - rho**2)
        if clusters is not None:
            influence = Levels(clusters).sums(influence[:, None])
        se_z = np.sqrt(np.sum(influence**2)) / len(y)
        model = "squared partial correlation"
        errors = "distribution-free" if clusters is None else "cluster-robust by participant"
    z = np.arctanh(rho)
    half = stats.norm.ppf(0.5 + CONFIDENCE / 2) * se_z
    ends = np.tanh([z - half, z + half])
    crosses = ends[0] * ends[1] <= 0
    return Fit(
        float(rho**2),
        float(2 * abs(rho) * (1 - rho**2) * se_z),
        0.0 if crosses else float(min(ends**2)),
        float(max(ends**2)),
        float(2 * stats.norm.sf(abs(z) / se_z)),
        model,
        errors,
        np.inf,
    )
