"""What does an effect per allele on an outcome say, over one on an exposure, where not all have both?"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from il6r.association import instrument, robust
from il6r.association.coefficients import CONFIDENCE, Fit, NotEstimableError
from il6r.association.estimation import estimate
from il6r.association.selection import Selection
from il6r.plan import Analysis

_ROUNDING = 1e-12


@dataclass(frozen=True)
class Stage:
    """An effect of the instrument, per allele.

    Attributes
    ----------
    fit : the effect.
    people : int64, shape (p,): whose data it rests on; none for a published one.
    influence : float64, shape (p,): by how much each of them moves it, to first order.
    share : of the variance given the covariates that the instrument explains, where it was asked for.
    """

    fit: Fit
    people: np.ndarray
    influence: np.ndarray
    share: float | None = None


@dataclass(frozen=True)
class Ratio:
    """One effect of the instrument over another: outcome per unit of exposure.

    Attributes
    ----------
    estimate, se, ci_low, ci_high, p_value : of the ratio, by the delta method.
    df : degrees of freedom.
    f : of the effect on the exposure.
    ar_low, ar_high, ar_shape : Anderson and Rubin's 95 % set, as in `instrument.TwoStage`.
    ar_p_value : of no effect on the outcome.
    overlap : people behind both effects.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float
    df: float
    f: float
    ar_low: float
    ar_high: float
    ar_shape: str
    ar_p_value: float
    overlap: int


def stage(
    selection: Selection, analysis: Analysis, genotypes: tuple[str, str, str], *, share: bool = False
) -> Stage:
    """The effect per allele of an analysis of the variant, with what each participant adds to it.

    Its `share` is that of `estimate`, None where a covariate lies beyond a limit.

    Raises
    ------
    NotEstimableError : as in `estimate`.
    """
    found = estimate(selection, analysis, genotypes, share=share)
    explains = found.share.fit.estimate if found.share else None
    design = found.design
    if found.influence is not None:
        of_rows = found.influence()[:, design.interest]
    else:
        of_rows = robust.influence(selection.values, design)
    person = selection.frame["_person"].to_numpy()
    if (np.diff(person) > 0).all():
        return Stage(found.fit, person, of_rows, explains)
    people, place = np.unique(person, return_inverse=True)
    return Stage(found.fit, people, np.bincount(place, weights=of_rows), explains)


def published(log_ratio: float, se: float) -> Stage:
    """A published effect on the logarithm of the exposure, in people none of whom is here."""
    nobody = np.empty(0, dtype=np.int64)
    half = float(ndtri(0.5 + CONFIDENCE / 2)) * se
    p_value = float(2 * ndtr(-abs(log_ratio) / se))
    low, high = log_ratio - half, log_ratio + half
    fit = Fit(log_ratio, se, low, high, p_value, "published", "published", np.inf)
    return Stage(fit, nobody, nobody.astype(float))


def ratio(on_outcome: Stage, on_exposure: Stage) -> Ratio:
    """The Wald ratio of two effects that may rest on the same people, wholly, partly or not at all.

    Two-sample instrumental variables (Angrist & Krueger 1992, doi 10.1080/01621459.1992.10475212; Inoue &
    Solon 2010, doi 10.1162/REST_a_00011). Each effect has its own model's error, and their correlation is
    that of what the people behind both add to either (stacked estimating equations: Stefanski & Boos 2002,
    doi 10.1198/000313002753631330). From it follow the delta method's error and the set of Anderson & Rubin,
    which keeps its level however weak the instrument is; the degrees of freedom are those of the effect that
    has fewer.

    Raises
    ------
    NotEstimableError : one effect determines the other.
    """
    reduced, first = on_outcome.fit, on_exposure.fit
    _, ours, theirs = np.intersect1d(
        on_outcome.people, on_exposure.people, assume_unique=True, return_indices=True
    )
    a, b = on_outcome.influence, on_exposure.influence
    correlation = 0.0
    if len(ours):
        correlation = float(a[ours] @ b[theirs] / np.sqrt((a @ a) * (b @ b)))
    both = correlation * reduced.se * first.se
    covariance = np.array([[reduced.se**2, both], [both, first.se**2]])
    value = reduced.estimate / first.estimate
    gradient = np.array([1.0, -value]) / first.estimate
    variance = float(gradient @ covariance @ gradient)
    # What is left where one effect is a multiple of the other is rounding.
    if variance <= _ROUNDING * (gradient**2 @ np.diag(covariance)):
        raise NotEstimableError("the two effects move as one")
    se = float(np.sqrt(variance))
    df = min(reduced.df, first.df)
    half = float(stdtrit(df, 0.5 + CONFIDENCE / 2))
    return Ratio(
        value,
        se,
        value - half * se,
        value + half * se,
        float(2 * stdtr(df, -abs(value) / se)),
        df,
        (first.estimate / first.se) ** 2,
        *instrument.anderson_rubin(reduced.estimate, first.estimate, covariance, half**2),
        reduced.p_value,
        len(ours),
    )


def direct_effects(on_outcome: Fit) -> tuple[float, float]:
    """Direct effects per allele on the outcome that would explain all of a ratio, and enough of it.

    With a direct effect d the exposure's effect is (reduced form - d) / first stage (Conley, Hansen & Rossi
    2012, doi 10.1162/REST_a_00139), which is 0 where d is the reduced form; the second is the d nearest to 0
    beside which no effect of the exposure is left that differs from 0, itself 0 where none does anyway.
    """
    ends = (on_outcome.ci_low, on_outcome.ci_high)
    enough = 0.0 if ends[0] <= 0 <= ends[1] else min(ends, key=abs)
    return on_outcome.estimate, enough
