"""How much do outlying values and single participants move an estimate?"""

import numpy as np
from scipy.special import ndtri

from il6r.association.cluster_robust import FEW_ROWS, ClusterRobust
from il6r.association.coefficients import Coefficients, NotEstimableError
from il6r.association.design import Design, make_design
from il6r.association.estimation import Estimate
from il6r.association.least_squares import clustered_errors
from il6r.association.orthogonal import cross, times, weighted_products
from il6r.association.selection import Selection
from il6r.plan import Analysis

# Huber's (1964, doi 10.1214/aoms/1177703732) bend, in standard deviations: 95 % efficient in normal data.
_BEND = 1.345
# The median absolute deviation of a standard normal variable.
_MAD = float(ndtri(0.75))
_MOST_STEPS = 200
# Share of a standard error: smaller steps move nothing.
_SETTLED = 1e-9
# Share of the information that least squares has on each combination of terms: less is none at all.
_NO_INFORMATION = 1e-10


def estimate(
    selection: Selection,
    analysis: Analysis,
    genotypes: tuple[str, str, str],
    *,
    design: Design | None = None,
) -> Estimate:
    """An analysis by Huber's regression, in which values far from the model count for less.

    Iteratively reweighted least squares with the median absolute deviation as scale; the sandwich of Huber
    (1967, Proc Fifth Berkeley Symp 1, 221-233), whose scores are corrected by leverage, with degrees of
    freedom, as those of `least_squares.fit`: CR2 where people have several rows or relatives, HC2 of at most
    250 rows; of more, t with as many degrees of freedom as there are participants more than terms. Groups of
    an absorbed factor are taken away by least squares first; values beyond a limit count as the limit.

    Parameters
    ----------
    design : what `make_design` makes of the selection with `absorbing`, where it is at hand.

    Raises
    ------
    NotEstimableError : the design, one row or cluster that alone determines a term, or no convergence.
    """
    design = design or make_design(selection, analysis, genotypes, absorbing=True)
    q = design.basis.q
    start, residual = design.basis.project(selection.values[:, None])
    params, rest = np.zeros_like(start), residual
    for _ in range(_MOST_STEPS):
        scale = np.median(np.abs(rest)) / _MAD
        if scale <= 1e-12 * max(np.ptp(selection.values), 1e-300):
            raise NotEstimableError("most values lie on the model")
        weight = np.minimum(1.0, _BEND * scale / np.maximum(np.abs(rest), _BEND * scale))
        # Weights fall where residuals grow, which makes a step too short, on average by this factor. It is
        # below 2, since half of the rows are inside the bend, so that the step still lowers Huber's sum.
        reach = weight.sum() / np.count_nonzero(weight == 1)
        step = reach * np.linalg.solve(weighted_products(q, weight[:, 0]), cross(q, weight * rest))
        params += step
        rest = residual - times(q, params)
        # The columns being orthonormal, the scale is near to the parameters' standard errors.
        if np.abs(step).max() < _SETTLED * scale:
            break
    else:
        raise NotEstimableError("the robust regression did not converge")
    # An estimating equation's sandwich: scores about the derivative, which is 1 inside the bend, 0 outside.
    bent = np.clip(rest, -_BEND * scale, _BEND * scale)
    information = weighted_products(q, (np.abs(rest) < _BEND * scale)[:, 0])
    if np.linalg.eigvalsh(information)[0] < _NO_INFORMATION:
        raise NotEstimableError("a term rests on outlying values only")
    clusters = selection.clusters
    if clusters is None and len(q) <= FEW_ROWS:
        clusters = np.arange(len(q))
    bread = design.basis.inverse @ np.linalg.inv(information)
    df: float | ClusterRobust
    if clusters is None:
        left = selection.people - design.terms
        products = selection.people / left * weighted_products(q, bent[:, 0] ** 2)
        df = float(left)
    else:
        df = clustered_errors(design.basis, clusters)
        scores = df.clusters.sums(df.rows * bent)
        products = cross(scores, scores)
    covariance = bread @ products @ bread.T
    found = Coefficients(
        design.basis.inverse @ (start + params)[:, 0], covariance, df, "Huber's regression", "sandwich"
    )
    notes = selection.notes
    if selection.bounds is not None and selection.censored.any():
        notes += (f"{selection.censored.sum():,} values beyond a limit are taken as the limit",)
    return Estimate(found.term(design.interest), design, None, None, notes)


def influence(values: np.ndarray, design: Design) -> np.ndarray:
    """By how much each row moves the coefficient of interest in a least-squares fit: float64, shape (n,).

    The change on leaving the row out, with its sign turned (Belsley, Kuh & Welsch 1980, Regression
    Diagnostics, equation 2.1).
    """
    basis = design.basis
    residual = basis.project(values[:, None])[1][:, 0]
    of_row = times(basis.q, basis.inverse[design.interest][:, None])[:, 0]
    return np.asarray(of_row * residual / np.maximum(1 - basis.leverage, 1e-12))
