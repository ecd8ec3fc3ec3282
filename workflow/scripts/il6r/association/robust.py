"""How much do outlying values and single participants move an estimate?"""

import numpy as np
from scipy import stats

from il6r.association.design import Design, make_design
from il6r.association.fits import CONFIDENCE, Fit, NotEstimableError
from il6r.association.fitting import Estimate, refuse_too_few
from il6r.association.selection import Selection
from il6r.plan import Analysis

# Huber's (1964, doi 10.1214/aoms/1177703732) bend, in standard deviations: 95 % efficient in normal data.
_BEND = 1.345
# The median absolute deviation of a standard normal variable.
_MAD = stats.norm.ppf(0.75)
_MOST_STEPS = 200


def estimate(selection: Selection, analysis: Analysis, genotypes: tuple[str, str, str]) -> Estimate:
    """An analysis by Huber's regression, in which values far from the model count for less.

    Iteratively reweighted least squares with the median absolute deviation as scale; sandwich errors, summed
    within participants (Huber 1967, Proc Fifth Berkeley Symp 1, 221-233). Groups of an absorbed factor are
    taken away by least squares first; values beyond a limit count as the limit.

    Raises
    ------
    NotEstimableError : the design, or no convergence.
    """
    design = make_design(selection, analysis, genotypes, absorbing=True)
    refuse_too_few(selection, design)
    matrix, y = _within(design.matrix, design.absorbed), _within(selection.values, design.absorbed)
    params = np.linalg.lstsq(matrix, y, rcond=None)[0]
    for _ in range(_MOST_STEPS):
        residual = y - matrix @ params
        scale = np.median(np.abs(residual)) / _MAD
        if scale <= 1e-12 * max(np.ptp(y), 1e-300):
            raise NotEstimableError("most values lie on the model")
        z = np.abs(residual) / scale
        weight = np.minimum(1.0, _BEND / np.maximum(z, _BEND))
        weighted = matrix * weight[:, None]
        following = np.linalg.solve(weighted.T @ matrix, weighted.T @ y)
        moved = np.max(np.abs(following - params)) / max(np.max(np.abs(following)), 1e-300)
        params = following
        if moved < 1e-10:
            break
    else:
        raise NotEstimableError("the robust regression did not converge")
    # Of an estimating equation: scores about the derivative, which is 1 inside the bend and 0 outside.
    scores = matrix * (scale * np.clip((y - matrix @ params) / scale, -_BEND, _BEND))[:, None]
    scores = np.column_stack([np.bincount(selection.person, weights=column) for column in scores.T])
    inside = matrix[np.abs(y - matrix @ params) < _BEND * scale]
    if np.linalg.matrix_rank(inside) < matrix.shape[1]:
        raise NotEstimableError("a term rests on outlying values only")
    bread = np.linalg.inv(inside.T @ inside)
    correction = selection.people / (selection.people - design.terms)
    se = float(np.sqrt(correction * (bread @ (scores.T @ scores) @ bread)[design.interest, design.interest]))
    value = float(params[design.interest])
    half = float(stats.norm.ppf(0.5 + CONFIDENCE / 2)) * se
    p_value = float(2 * stats.norm.sf(abs(value) / se))
    fit = Fit(value, se, value - half, value + half, p_value, "Huber's regression", "sandwich")
    return Estimate(fit, design, None, selection.notes)


def influence(values: np.ndarray, design: Design) -> np.ndarray:
    """By how much each row moves the coefficient of interest in a least-squares fit: float64, shape (n,).

    The change on leaving the row out, with its sign turned (Belsley, Kuh & Welsch 1980, Regression
    Diagnostics, equation 2.1).
    """
    matrix, y = _within(design.matrix, design.absorbed), _within(values, design.absorbed)
    residual = y - matrix @ np.linalg.lstsq(matrix, y, rcond=None)[0]
    others = np.delete(matrix, design.interest, axis=1)
    exposure = matrix[:, design.interest]
    exposure = exposure - others @ np.linalg.lstsq(others, exposure, rcond=None)[0]
    leverage = (design.basis**2).sum(axis=1)
    if design.absorbed is not None:
        leverage = leverage + (1 / np.bincount(design.absorbed))[design.absorbed]
    return exposure * residual / (exposure @ exposure) / np.maximum(1 - leverage, 1e-12)


def _within(values: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
    """Values less their mean in their group, by column."""
    if groups is None:
        return values
    size = np.bincount(groups)
    columns = values.reshape(len(values), -1).T
    rest = [column - (np.bincount(groups, weights=column) / size)[groups] for column in columns]
    return np.column_stack(rest).reshape(values.shape)
