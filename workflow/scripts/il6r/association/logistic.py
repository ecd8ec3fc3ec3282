"""How do the odds of being a case depend on the terms, even where a term separates cases from controls?"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import linprog
from scipy.special import chdtrc, expit, ndtri

from il6r.association.cluster_robust import FEW_ROWS
from il6r.association.coefficients import CONFIDENCE, Coefficients, Fit, Freedom, NotEstimableError
from il6r.association.glm import ascend, information, leverages, sandwich
from il6r.association.orthogonal import Basis, cross, orthogonalise, times

# Newton's steps before separation is looked for. With a maximum about 7 are needed; without, there is no end.
_FIRST_STEPS = 12
_MORE_STEPS = 100
# Rows that enter the linear programme at a time; nearly all of them are satisfied by what a few demand.
_ROWS = 1_000
# Distance from the separating plane, in columns of mean square 1: ten times the solver's tolerance.
_ON_THE_PLANE = 1e-6
# Standard errors (of any combination of parameters) that a step towards the penalised likelihood's maximum
# has at most when it is the last, times the farthest linear predictor, whose last digits are rounding.
_SETTLED = 1e-9
# Curvature, relative to the safe part of it, below which a step would be too long.
_FLATTEST = 0.01
# Products of three columns, over all rows, that fewer and safer steps are worth: a tenth of a second each.
_MOST_PRODUCTS = 1e8
_MOST_HALVINGS = 50
# Standard errors a step towards an end of the interval goes at most, and how near the end is reached.
_FARTHEST = 4.0
_NEAR = 1e-8


def fit(
    y: np.ndarray,
    matrix: np.ndarray,
    *,
    term: int,
    clusters: np.ndarray | None = None,
    errors: str = "HC3",
    basis: Basis | None = None,
) -> Coefficients:
    """Regress the log odds of `y` on `matrix`; intervals are normal, with clusters Student's.

    By maximum likelihood. Where (quasi-complete) separation leaves that without a maximum (Albert & Anderson
    1984, doi 10.1093/biomet/71.1.1), by Firth's penalised likelihood (1993, doi 10.1093/biomet/80.1.27), with
    the interval and the test of `term` from its profile (Heinze & Schemper 2002, doi 10.1002/sim.1047). So
    are "robust" ones of at most 250 independent rows: of those Wald's intervals are too long, and penalised
    estimates less biased.

    Parameters
    ----------
    y : float64, shape (n,), 0 for controls and 1 for cases.
    matrix : float64, shape (n, terms), of full rank, with an intercept.
    term : the column that is wanted, whose interval under separation is the profile's.
    clusters : int, shape (n,), or None. If given, they decide the errors.
    errors : "model", the inverse information; "HC3", as `glm.sandwich` has them, at any number of rows; or
        "robust", the same of more than 250 rows, and of fewer the penalised likelihood's profile.
    basis : what `orthogonalise` makes of `matrix`, where it is at hand.

    Returns
    -------
    Coefficients; under separation the covariance is the inverse information at the estimates, the log
    likelihood is the penalised one, and `override` holds `term`.

    Raises
    ------
    NotEstimableError : no cases or no controls; no convergence; separation where several rows are of one
        cluster, since Firth's likelihood takes rows as independent; what `glm.sandwich` raises.
    """
    cases = int(y.sum())
    if cases in (0, len(y)):
        raise NotEstimableError("there are no cases" if cases == 0 else "there are no controls")
    if errors == "robust" and clusters is None and len(y) <= FEW_ROWS:
        return _fit_penalised(y, matrix, term)
    errors = "HC3" if errors == "robust" else errors
    basis = basis or orthogonalise(matrix)
    # From the model without terms.
    odds = np.full((len(y), 1), np.log(cases / (len(y) - cases)))
    end = ascend(y, basis.q, _bernoulli, cross(basis.q, odds)[:, 0], _FIRST_STEPS)
    if not end.settled:
        if _separated(basis.q * (2 * y - 1)[:, None], end.params):
            if clusters is not None and len(np.unique(clusters)) < len(y):
                raise NotEstimableError("a term separates cases from controls, whose samples are correlated")
            return _fit_penalised(y, matrix, term)
        end = ascend(y, basis.q, _bernoulli, end.params, _MORE_STEPS)
    if not end.settled:
        raise NotEstimableError("the logistic model did not converge")
    back, model = basis.inverse, "logistic regression"
    df: float | Freedom = np.inf
    if clusters is None and errors == "model":
        covariance = back @ np.linalg.inv(information(basis.q, end.weight)) @ back.T
    else:
        covariance, df, errors, _ = sandwich(basis, y - end.mean, end.weight, clusters, errors)
    return Coefficients(back @ end.params, covariance, df, model, errors, end.value)


def _bernoulli(y: np.ndarray, eta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    mean = expit(eta)
    return float((y * eta - np.logaddexp(0, eta)).sum()), mean, mean * expit(-eta)


def _separated(signed: np.ndarray, params: np.ndarray) -> bool:
    """Whether some plane has no case and no control on its wrong side, and not all of them on it.

    The linear programme of Konis (2007, Linear programming algorithms for detecting separated data in binary
    logistic regression models, thesis, Oxford): the greatest sum of distances on the right side, none being
    on the wrong one. It is solved for a few rows; those that its solution violates join them, until there
    are none or the sum, which only falls, is 0.

    Parameters
    ----------
    signed : float64, shape (n, terms): orthonormal columns, times 1 for cases and -1 for controls.
    params : float64, shape (terms,): the rows that it puts farthest on the wrong side are the first.
    """
    # In columns of mean square 1.
    signed = signed * np.sqrt(len(signed))
    gain = signed.mean(axis=0)
    rows = _least(times(signed, params[:, None])[:, 0])
    while True:
        found = linprog(-gain, A_ub=-signed[rows], b_ub=np.zeros(len(rows)), bounds=(-1, 1), method="highs")
        if not found.success:
            raise NotEstimableError("the logistic model did not converge")
        if gain @ found.x <= _ON_THE_PLANE:
            return False
        distance = times(signed, found.x[:, None])[:, 0]
        worst = _least(distance)
        violating = np.setdiff1d(worst[distance[worst] < -_ON_THE_PLANE], rows)
        if not len(violating):
            return True
        rows = np.append(rows, violating)


def _least(values: np.ndarray) -> np.ndarray:
    """The places of the least values, from the least; ties by place."""
    return np.argsort(values, kind="stable")[:_ROWS]


@dataclass(frozen=True)
class _Penalised:
    """Firth's penalised likelihood at a point.

    Attributes
    ----------
    params : float64, shape (terms,).
    value, score : the penalised log likelihood and its gradient.
    curvature : less its second derivatives.
    safe : of those the part that no penalty bends upwards.
    inverse : of the information, without the penalty.
    """

    params: np.ndarray
    value: float
    score: np.ndarray
    curvature: np.ndarray
    safe: np.ndarray
    inverse: np.ndarray

    def solve(self, right: np.ndarray) -> np.ndarray:
        """What the curvature of the first parameters, as many as `right` has, makes `right` of.

        Where it bends upwards, or is flat, it is turned and steepened, so that a step climbs and is not long.
        """
        free = slice(len(right))
        values, vectors = eigh(self.curvature[free, free], self.safe[free, free])
        return np.asarray(vectors @ (vectors.T @ right / np.maximum(np.abs(values), _FLATTEST)))


def _penalised(y: np.ndarray, columns: np.ndarray, params: np.ndarray) -> _Penalised | None:
    """Log likelihood plus half the logarithm of the information's determinant (Firth 1993, section 3.2).

    None where the information is nil but for rounding.
    """
    value, mean, weight = _bernoulli(y, times(columns, params[:, None])[:, 0])
    plain = information(columns, weight)
    sign, log_determinant = np.linalg.slogdet(plain)
    if sign <= 0:
        return None
    inverse = np.linalg.inv(plain)
    leverage = leverages(columns, weight, inverse)
    score = cross(columns, (y - mean + leverage * (0.5 - mean))[:, None])[:, 0]
    curvatures = _curvatures(columns, mean, weight, leverage, inverse)
    return _Penalised(params, value + log_determinant / 2, score, *curvatures, inverse)


def _curvatures(
    columns: np.ndarray, mean: np.ndarray, weight: np.ndarray, leverage: np.ndarray, inverse: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Less the penalised likelihood's second derivatives, and the safe part, both of shape (terms, terms).

    The penalty's are half of tr(V I_jk) - tr(V I_j V I_k), with V the inverse information and I_j, I_jk the
    information's derivatives, which need all products of three columns. In the safe part the leverages are
    taken as they are, so that each row counts as 1 + leverage rows. It alone would lead to the maximum as
    well, if slowly, and has to where the products are too many.
    """
    n, terms = columns.shape
    safe = information(columns, weight * (1 + leverage))
    if n * terms**3 > _MOST_PRODUCTS:
        return safe, safe
    values, vectors = np.linalg.eigh(inverse)
    white = times(columns, vectors * np.sqrt(np.maximum(values, 0)))
    # The information's derivatives, with V the identity.
    slopes = weight * (1 - 2 * mean)
    thirds = np.array([information(white, slopes * column) for column in columns.T]).reshape(terms, -1)
    plain = information(columns, weight - leverage * (1 - 6 * weight) / 2)
    return plain + cross(thirds.T, thirds.T) / 2, safe


def _climb(y: np.ndarray, columns: np.ndarray, params: np.ndarray, free: int) -> _Penalised:
    """Maximise the penalised likelihood over the first `free` parameters, from `params`."""
    at = _penalised(y, columns, params)
    for _ in range(_MORE_STEPS):
        if at is None:
            break
        step = np.zeros(len(params))
        step[:free] = at.solve(at.score[:free])
        far = 1 + np.abs(times(columns, at.params[:, None])).max()
        settled = bool(np.sqrt(at.score @ step) < _SETTLED * far)
        # Sums of n numbers differ in their last digits.
        slack = 1e-12 * (1 + abs(at.value))
        for _ in range(_MOST_HALVINGS):
            following = _penalised(y, columns, at.params + step)
            if following and following.value >= at.value - slack:
                break
            step = step / 2
        else:
            break
        at = following
        if settled:
            return at
    raise NotEstimableError("the penalised logistic model did not converge")


def _fit_penalised(y: np.ndarray, matrix: np.ndarray, term: int) -> Coefficients:
    """Firth's estimates, with the interval and the test of `term` from its profile."""
    terms = matrix.shape[1]
    # In orthogonal columns the last parameter is the last term's in a unit of its own.
    order = [*(k for k in range(terms) if k != term), term]
    basis = orthogonalise(matrix[:, order])
    columns, unit = basis.q, basis.r[-1, -1]
    best = _climb(y, columns, np.zeros(terms), terms)
    back = np.empty((terms, terms))
    back[order] = basis.inverse
    covariance = back @ best.inverse @ back.T
    at_zero = _climb(y, columns, np.append(best.params[:-1], 0.0), terms - 1)
    low, high = sorted(float(_profile_end(y, columns, best, side) / unit) for side in (-1, 1))
    model = "Firth logistic regression"
    wanted = Fit(
        float(best.params[-1] / unit),
        float(np.sqrt(covariance[term, term])),
        low,
        high,
        float(chdtrc(1, max(0.0, 2 * (best.value - at_zero.value)))),
        model,
        "penalised profile",
        float("nan"),
    )
    log_likelihood = best.value + float(np.log(np.abs(np.diag(basis.r))).sum())
    return Coefficients(
        back @ best.params, covariance, np.inf, model, "model", log_likelihood, {term: wanted}
    )


def _profile_end(y: np.ndarray, columns: np.ndarray, best: _Penalised, side: int) -> float:
    """An end of the last parameter's interval: its profile is half of chi-squared's quantile below the top.

    Newton's steps on the root of twice the fall, which is nearly linear, kept between points on either side.
    """
    wanted = float(ndtri(0.5 + CONFIDENCE / 2))
    centre, se = best.params[-1], np.sqrt(best.inverse[-1, -1])
    inner, outer = centre, np.inf * side
    at, here = best, centre + side * wanted * se
    for _ in range(_MORE_STEPS):
        # Where the others' maximum will be: it moves along a line, as far as the curvature is constant.
        others = -at.solve(at.curvature[:-1, -1])
        from_here = at.params + np.append(others, 1.0) * (here - at.params[-1])
        at = _climb(y, columns, from_here, len(others))
        root = np.sqrt(max(0.0, 2 * (best.value - at.value)))
        if root < wanted:
            inner = here
        else:
            outer = here
        # The others being at their maximum, the profile's slope is the score.
        downhill = side * at.score[-1] < 0
        following = here + (root - wanted) * root / at.score[-1] if downhill else np.inf
        if abs(following - here) < _NEAR * se:
            return following
        low, high = sorted((inner, outer))
        if not low < following < high:
            following = (inner + outer) / 2 if np.isfinite(outer) else here + side * _FARTHEST * se
        here = float(np.clip(following, here - _FARTHEST * se, here + _FARTHEST * se))
    raise NotEstimableError("the penalised logistic model did not converge")
