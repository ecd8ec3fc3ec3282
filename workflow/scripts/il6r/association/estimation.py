"""What does one analysis estimate in the rows it uses?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np

from il6r.association import (
    bounded_exposure,
    censored,
    explained,
    imputation,
    kinship_mixed,
    least_squares,
    logistic,
    mixed,
    quasi_poisson,
    unequal_spread,
)
from il6r.association.coefficients import Coefficients, Fit, NotEstimableError
from il6r.association.design import Design, exposure_values, make_design
from il6r.association.selection import Selection
from il6r.plan import Analysis

# A share of variance, or a correlation.
_Standardised = TypeVar("_Standardised")
# Above which part of 1 the leverage of one participant is 1.
_ALONE = 1 - 1e-8
# With more, the penalised likelihood of a separated model takes minutes.
_MOST_LOGISTIC_TERMS = 60


@dataclass(frozen=True)
class Estimate:
    """What an analysis gives.

    Attributes
    ----------
    fit : the estimate, with its error.
    design : the model's matrix.
    joint : degrees of freedom and p-value of the test of several terms, None where there are none.
    share : the share of variance, of a linear model's variant or exposure that it is asked for.
    notes : what the reader should know.
    influence : as of `Coefficients`.
    """

    fit: Fit
    design: Design
    joint: tuple[int, float] | None
    share: explained.Share | None
    notes: tuple[str, ...]
    influence: Callable[[], np.ndarray] | None = None

    @property
    def kept(self) -> "Kept":
        """What may be kept of every analysis: of half a million people a matrix is large."""
        return Kept(self.fit, self.design.terms, self.notes)


class Kept(NamedTuple):
    """An estimate, how many terms its model has, and what the reader should know."""

    fit: Fit
    terms: int
    notes: tuple[str, ...]


def estimate(
    selection: Selection,
    analysis: Analysis,
    genotypes: tuple[str, str, str],
    *,
    share: bool = False,
    completed: bounded_exposure.Completed | None = None,
) -> Estimate:
    """Fit an analysis; with the share of variance of an effect per allele, if that is asked for.

    Errors are those that the analysis asks for; where participants have several rows or relatives, they are
    robust to correlation within them or their families. Those of a mixed model are so by its groups, unless
    the plan asks for the model's. Where an exposure or covariate lies beyond a limit, the estimate is pooled
    over imputations of what may be there, and its design is the first one's; `completed` holds these, where
    they are at hand.

    Raises
    ------
    TooFewError : not more people than terms.
    NotEstimableError : the rows do not determine the estimate.
    """
    if not bounded_exposure.limited(selection, analysis):
        return _estimate(selection, analysis, genotypes, share)
    if analysis.estimate == "variance_explained":
        raise NotEstimableError("no share of variance is told where an exposure lies beyond a limit")
    whole = iter(completed or bounded_exposure.completed(selection, analysis, genotypes))
    # Of half a million people one matrix is enough to be kept.
    first = _estimate(next(whole), analysis, genotypes, pooled=True)
    fits = [first.fit, *(_estimate(one, analysis, genotypes, pooled=True).fit for one in whole)]
    notes = [*first.notes, bounded_exposure.note(selection, analysis)]
    if first.joint:
        notes.append("no joint test is made of imputed values")
    if analysis.estimate == "correlation":
        pooled = explained.correlation_of(imputation.pool([explained.z_of(fit) for fit in fits]))
    else:
        pooled = imputation.pool(fits)
    return Estimate(pooled, first.design, None, None, tuple(notes), first.influence)


def _estimate(
    selection: Selection,
    analysis: Analysis,
    genotypes: tuple[str, str, str],
    share: bool = False,
    pooled: bool = False,
) -> Estimate:
    """As `estimate`, of rows that are known; `pooled` with others, which asks for estimate and error only."""
    design = make_design(selection, analysis, genotypes, absorbing=analysis.linear)
    if np.ptp(selection.values) < 1e-9 and not selection.censored.any():
        raise NotEstimableError("everybody has the same value")
    groups = selection.clusters
    if groups is None and analysis.errors == "cluster":
        groups = selection.person
    if _rests_on_one(design, selection.person if groups is None else groups):
        raise NotEstimableError(f"one {selection.unit} alone determines a term")
    notes = list(selection.notes)
    if design.left_out:
        # Groups of a covariate may be small, and are not named.
        names = dict.fromkeys(name.split("=")[0] for name in design.left_out)
        notes.append(f"left out as constant or redundant, in whole or in part: {', '.join(names)}")
    bounds = selection.bounds if selection.censored.any() else None
    latent = None
    if analysis.random == "kinship" or (analysis.random == "participant" and selection.family is not None):
        found, told = _among_relatives(selection, analysis, design)
        notes.append(told)
    elif bounds is not None and analysis.linear:
        latent = censored.fit_latent(
            selection.values,
            design.matrix,
            bounds,
            absorbed=design.absorbed,
            clusters=groups,
            errors=_robust(analysis),
            basis=design.basis,
        )
        along = _along(selection, analysis, design)
        found, of_spread = unequal_spread.allow(
            latent, bounds, design.basis, term=design.interest, along=along, clusters=groups
        )
        notes += [of_spread] if of_spread and not pooled else []
    else:
        found = _coefficients(selection, analysis, design, groups)
    variance = found.covariance[design.interest, design.interest]
    if not (np.isfinite(found.params[design.interest]) and np.isfinite(variance) and variance > 0):
        raise NotEstimableError("the model's errors are not defined")
    joint = found.joint(design.joint) if design.joint else None
    if analysis.shape == "quadratic":
        notes.append(_turning_point(selection, analysis, design, found))
    effect = found.term(design.interest).clustered_by(selection.unit)

    def standardised(what: Callable[..., _Standardised]) -> _Standardised:
        """The effect as a share of variance, or a correlation."""
        return what(
            selection.values,
            design.matrix,
            term=design.interest,
            effect=effect,
            bounds=bounds,
            absorbed=design.absorbed,
            clusters=groups,
            basis=design.basis,
            latent=latent,
        )

    fit, explains = effect, None
    if analysis.estimate == "correlation":
        fit = standardised(explained.correlation)
    elif analysis.estimate == "variance_explained":
        explains = standardised(explained.share)
        fit = explains.fit
    elif share and analysis.per_allele and analysis.linear:
        explains = standardised(explained.share)
    return Estimate(fit, design, joint, explains, tuple(notes), found.influence)


def _turning_point(selection: Selection, analysis: Analysis, design: Design, found: Coefficients) -> str:
    """Where a parabola turns, by the delta method, or why that cannot be told."""
    x = exposure_values(selection.frame, analysis)
    square, linear = design.interest, design.names.index("linear")
    curve = found.term(square)
    if curve.ci_low <= 0 <= curve.ci_high:
        return "the curvature may be of either sign, so that no turning point is told"
    a, b = found.params[square], found.params[linear]
    gradient = np.zeros(len(found.params))
    gradient[square], gradient[linear] = b / (2 * a**2), -1 / (2 * a)
    # What `contrast` says of the gradient is its error and the width of its interval.
    width = found.contrast(gradient)
    half = (width.ci_high - width.ci_low) / 2
    ends = x.mean() - b / (2 * a) + half * np.array([0, -1, 1])
    if analysis.exposure_transform == "log":
        x, ends = np.exp(x), np.exp(ends)
    kind = "lowest" if a > 0 else "highest"
    if not x.min() < ends[0] < x.max():
        return f"{kind} beyond the values of {analysis.exposure} here"
    return f"{kind} where {analysis.exposure} is {ends[0]:.3g} (95 % interval {ends[1]:.3g} to {ends[2]:.3g})"


def _coefficients(
    selection: Selection,
    analysis: Analysis,
    design: Design,
    clusters: np.ndarray | None,
) -> Coefficients:
    y, matrix, errors = selection.values, design.matrix, _robust(analysis)
    if analysis.family == "binomial":
        if design.terms > _MOST_LOGISTIC_TERMS:
            raise NotEstimableError(f"{design.terms:,} terms are too many for a logistic model here")
        return logistic.fit(
            y,
            matrix,
            term=design.interest,
            clusters=clusters,
            errors=errors,
            basis=design.basis,
        )
    if analysis.family == "quasi_poisson":
        return quasi_poisson.fit(y, matrix, clusters=clusters, errors=errors, basis=design.basis)
    if analysis.family == "mixed":
        return mixed.fit(
            y,
            matrix,
            _random_groups(selection, analysis),
            slope=_random_slope(analysis, design),
            errors="model" if analysis.errors == "model" else "CR2",
            basis=design.basis,
        )
    return least_squares.fit(
        y, matrix, absorbed=design.absorbed, clusters=clusters, errors=errors, basis=design.basis
    )


def _robust(analysis: Analysis) -> str:
    """The errors of independent rows that an analysis asks for."""
    return analysis.errors if analysis.errors in ("model", "HC3") else "robust"


def _along(selection: Selection, analysis: Analysis, design: Design) -> np.ndarray:
    """What the spread may go with: effect alleles, or the exposure of interest."""
    values = selection.frame["dosage"] if analysis.of_variant else design.matrix[:, design.interest]
    return np.asarray(values, dtype=float)


def _among_relatives(selection: Selection, analysis: Analysis, design: Design) -> tuple[Coefficients, str]:
    """The mixed model in which relatives are alike, and what a reader should know of it.

    A random intercept of the participant alone would take relatives as independent: they share one by their
    kinship, or that of the family where no kinship is known, and errors are robust by family.
    """
    kinship, families = selection.kinship, selection.family
    person = selection.frame["_person"].to_numpy()
    if kinship is None:
        if analysis.random == "kinship" or families is None:
            raise NotEstimableError("no kinship is known here")
        kinship = kinship_mixed.within_families(person, families)
    found = kinship_mixed.fit(
        selection.values,
        design.matrix,
        person,
        kinship,
        term=design.interest,
        clusters=selection.person if families is None else families,
        basis=design.basis,
    )
    by_family = analysis.random == "participant" or analysis.errors == "cluster"
    if found.robust is None and by_family:
        raise NotEstimableError("a single family says nothing of errors by family")
    whose = "the family" if selection.kinship is None else "kinship"
    told = f"{whose} has {100 * found.share:.0f} % of the variance given the terms"
    if analysis.random == "kinship" and found.robust is not None:
        told += f"; the standard error robust by family is {found.robust.term(design.interest).se:.3g}"
    if found.repaired:
        told += f"; the kinships of {found.repaired:,} families were moved to the nearest possible ones"
    return found.robust if found.robust and by_family else found.coefficients, told


def _random_groups(selection: Selection, analysis: Analysis) -> np.ndarray:
    """Codes of participants, or of families, of which somebody without relatives is one."""
    if analysis.random == "participant":
        return selection.person
    if selection.repeated:
        raise NotEstimableError("a random intercept of the family needs one row a participant")
    if selection.family is None:
        raise NotEstimableError("no families are known here")
    return selection.family


def _random_slope(analysis: Analysis, design: Design) -> int | None:
    """The column whose coefficient differs between participants: of a curve, the straight part's."""
    if not analysis.random_slope:
        return None
    return design.names.index("linear") if analysis.shape == "quadratic" else design.interest


def _rests_on_one(design: Design, person: np.ndarray) -> bool:
    """Whether some term rests on one participant, whose fit is then perfect and says nothing of error."""
    # The rows of one participant span a direction of the model only if their largest singular value
    # is 1; the trace of their leverage, which is no smaller, says for whom to compute it.
    q = design.basis.q
    leverage = design.basis.of_columns
    if person[-1] + 1 < len(person):
        leverage = np.bincount(person, weights=leverage)
    suspects = np.flatnonzero(leverage > _ALONE)
    return any(np.linalg.norm(q[person == suspect], 2) > _ALONE for suspect in suspects)
