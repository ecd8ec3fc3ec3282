"""What would an outcome do if an exposure were changed, read from a variant that changes the exposure?"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from il6r.association import least_squares
from il6r.association.cluster_robust import FEW_ROWS, adjust
from il6r.association.coefficients import CONFIDENCE, Fit, NotEstimableError
from il6r.association.orthogonal import Levels, cross, orthogonalise

# What covariates leave of a variable, relative to it: less is rounding.
_NOTHING = 1e-8
# What the instrument leaves of an exposure or outcome, relative to what the covariates do: less is rounding.
_NO_RESIDUAL = 1e-12
# A row with such a leverage is fitted perfectly: its residual says nothing of its error.
_PERFECT = 1 - 1e-8


@dataclass(frozen=True)
class TwoStage:
    """The effect of an exposure on an outcome by two-stage least squares with one instrument.

    Attributes
    ----------
    estimate, se, ci_low, ci_high, p_value : outcome per unit of exposure.
    wald_se : the delta method's error of the Wald ratio, which is the estimate.
    first_stage_f : robust, of the instrument in the regression of the exposure.
    first_stage_r2 : partial: the share of the exposure's variance, given the covariates, that the instrument
        explains.
    ar_shape : of Anderson and Rubin's 95 % set: "interval" from ar_low to ar_high; "two rays", up to ar_low
        and from ar_high; "whole line", with neither.
    ar_low, ar_high : where the set ends; not a number for the whole line.
    ar_p_value : of no effect.
    naive : least squares of the outcome on the exposure.
    n : rows.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float
    wald_se: float
    first_stage_f: float
    first_stage_r2: float
    ar_low: float
    ar_high: float
    ar_shape: str
    ar_p_value: float
    naive: Fit
    n: int


def two_stage(
    outcome: np.ndarray,
    exposure: np.ndarray,
    instrument: np.ndarray,
    covariates_matrix: np.ndarray,
    *,
    clusters: np.ndarray | None = None,
) -> TwoStage:
    """Two-stage least squares of an outcome on an exposure, with one instrument.

    With one instrument this is the Wald ratio: what the instrument does to the outcome over what it does to
    the exposure, both given the covariates. With clusters errors are CR2 with Satterthwaite's degrees of
    freedom (`cluster_robust`); so are those of at most 250 rows, each its own cluster. Of more they are HC3
    (MacKinnon & White 1985, doi 10.1016/0304-4076(85)90158-7) with the leverages of covariates and
    instrument, as are those of the second stage, whose columns span the same; t intervals have n - terms
    degrees of freedom. The first-stage F and the set of Anderson & Rubin (1949, doi
    10.1214/aoms/1177730090) have the same errors; the set keeps its level however weak the instrument is,
    the interval of the estimate does not. `naive` has the errors of `least_squares.fit`.

    Parameters
    ----------
    outcome, exposure, instrument : float64, shape (n,).
    covariates_matrix : float64, shape (n, terms), of full rank, with an intercept.
    clusters : int, shape (n,), or None.

    Raises
    ------
    NotEstimableError : the instrument does not vary beside the covariates; it determines the outcome or the
        exposure; one observation alone determines a term; what `least_squares.fit` raises, as for an exposure
        that does not vary, or one cluster.
    """
    naive = least_squares.fit(outcome, np.column_stack([covariates_matrix, exposure]), clusters=clusters)
    values = np.column_stack([outcome, exposure, instrument])
    basis = orthogonalise(covariates_matrix)
    rest = basis.project(values)[1]
    z = rest[:, 2:]
    squares = cross(z, z)[0, 0]
    if squares <= (_NOTHING * np.linalg.norm(instrument)) ** 2:
        raise NotEstimableError("the instrument does not vary beside the covariates")
    # What the instrument does to the outcome and to the exposure, and what it leaves of them.
    on_outcome, on_exposure = cross(z, rest[:, :2])[0] / squares
    left = rest[:, :2] - z * [on_outcome, on_exposure]
    if (np.linalg.norm(left, axis=0) <= _NO_RESIDUAL * np.linalg.norm(values[:, :2], axis=0)).any():
        raise NotEstimableError("the instrument determines the outcome or the exposure")
    n, terms = len(values), covariates_matrix.shape[1] + 1
    if clusters is None:
        leverage = basis.leverage[:, None] + z**2 / squares
        if leverage.max() > _PERFECT:
            raise NotEstimableError("one observation alone determines a term")
    if clusters is None and n > FEW_ROWS:
        scores, df = z * left / (squares * (1 - leverage)), float(n - terms)
    else:
        columns = np.column_stack([basis.q, z / np.sqrt(squares)])
        groups = Levels(np.arange(n) if clusters is None else clusters)
        robust = adjust(columns, np.eye(terms), groups)
        scores = groups.sums(robust.rows[:, -1:] * left) / np.sqrt(squares)
        df = robust.df(np.eye(terms)[-1:])
    covariance = cross(scores, scores)
    estimate = on_outcome / on_exposure
    # By the delta method. It is the two-stage error: the residuals of the second stage are those that the
    # instrument leaves of outcome less estimate times exposure.
    gradient = np.array([1.0, -estimate]) / on_exposure
    se = float(np.sqrt(gradient @ covariance @ gradient))
    reduced = on_outcome / np.sqrt(covariance[0, 0])
    half = stdtrit(df, 0.5 + CONFIDENCE / 2)
    explained = on_exposure**2 * squares / cross(rest[:, 1:2], rest[:, 1:2])[0, 0]
    return TwoStage(
        float(estimate),
        se,
        float(estimate - half * se),
        float(estimate + half * se),
        float(2 * stdtr(df, -abs(estimate) / se)),
        se,
        float(on_exposure**2 / covariance[1, 1]),
        float(explained),
        *anderson_rubin(on_outcome, on_exposure, covariance, half**2),
        float(2 * stdtr(df, -abs(reduced))),
        naive.term(covariates_matrix.shape[1]),
        n,
    )


def anderson_rubin(
    on_outcome: float, on_exposure: float, covariance: np.ndarray, most: float
) -> tuple[float, float, str]:
    """Effects b for which the instrument's effect on outcome less b times exposure could be 0.

    That is (on_outcome - b on_exposure)^2 <= most * its variance, a quadratic inequality in b (Dufour &
    Taamouti 2005, Econometrica 73, 1351-1365). Where the first stage is significant its leading coefficient
    is positive, and it holds in an interval about the estimate, which always fulfils it, so that the set is
    never empty. Elsewhere it holds outside its two roots, or everywhere if it has none.
    """
    (outcome, both), (_, exposure) = covariance
    leading = on_exposure**2 - most * exposure
    middle = on_outcome * on_exposure - most * both
    last = on_outcome**2 - most * outcome
    discriminant = middle**2 - leading * last
    if leading == 0 or (leading < 0 and discriminant <= 0):
        return float("nan"), float("nan"), "whole line"
    # Rounding may leave a little less than 0 where the interval is a point.
    root = np.sqrt(max(0.0, discriminant))
    low, high = sorted([(middle - root) / leading, (middle + root) / leading])
    return float(low), float(high), "interval" if leading > 0 else "two rays"
