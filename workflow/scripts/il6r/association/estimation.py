"""What does one analysis estimate in the rows it uses?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from il6r.association import (
    bounded_exposure,
    censored,
    explained,
    imputation,
    least_squares,
    logistic,
    mixed,
    quasi_poisson,
)
from il6r.association.coefficients import Coefficients, Fit, NotEstimableError
from il6r.association.design import Design, exposure_values, make_design
from il6r.association.selection import Selection
from il6r.plan import Analysis

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
    notes : what the reader should know.
    """

    fit: Fit
    design: Design
    joint: tuple[int, float] | None
    notes: tuple[str, ...]


def estimate(selection: Selection, analysis: Analysis, genotypes: tuple[str, str, str]) -> Estimate:
    """Fit an analysis.

    Errors are those that the analysis asks for; where participants have several rows, they are robust to
    correlation within them (a mixed model has it in its intercepts). Where an exposure or covariate lies
    beyond a limit, the estimate is pooled over imputations of what may be there, and its design is the
    first one's.

    Raises
    ------
    TooFewError : not more people than terms.
    NotEstimableError : the rows do not determine the estimate.
    """
    if not bounded_exposure.limited(selection, analysis):
        return _estimate(selection, analysis, genotypes)
    if analysis.estimate == "variance_explained":
        raise NotEstimableError("no share of variance is told where an exposure lies beyond a limit")
    completed = bounded_exposure.completed(selection, analysis, genotypes)
    found = [_estimate(one, analysis, genotypes) for one in completed]
    notes = [*found[0].notes, bounded_exposure.note(selection, analysis)]
    if found[0].joint:
        notes.append("no joint test is made of imputed values")
    return Estimate(imputation.pool([one.fit for one in found]), found[0].design, None, tuple(notes))


def _estimate(selection: Selection, analysis: Analysis, genotypes: tuple[str, str, str]) -> Estimate:
    """As `estimate`, of rows that are known."""
    design = make_design(selection, analysis, genotypes, absorbing=analysis.linear)
    if np.ptp(selection.values) < 1e-9 and not selection.censored.any():
        raise NotEstimableError("everybody has the same value")
    if _rests_on_one(design, selection.person):
        raise NotEstimableError("one participant alone determines a term")
    groups = selection.person if analysis.errors == "cluster" else selection.clusters
    notes = list(selection.notes)
    if design.left_out:
        # Groups of a covariate may be small, and are not named.
        names = dict.fromkeys(name.split("=")[0] for name in design.left_out)
        notes.append(f"left out as constant or redundant, in whole or in part: {', '.join(names)}")
    bounds = selection.bounds if selection.censored.any() else None
    if analysis.estimate == "variance_explained":
        share = explained.share(
            selection.values,
            design.matrix,
            term=design.interest,
            bounds=bounds,
            absorbed=design.absorbed,
            clusters=groups,
            basis=design.basis,
        )
        return Estimate(share, design, None, tuple(notes))
    found = _coefficients(selection, analysis, design, bounds, groups)
    variance = found.covariance[design.interest, design.interest]
    if not (np.isfinite(found.params[design.interest]) and np.isfinite(variance) and variance > 0):
        raise NotEstimableError("the model's errors are not defined")
    joint = found.joint(design.joint) if design.joint else None
    if analysis.shape == "quadratic":
        notes.append(_turning_point(selection, analysis, design, found))
    return Estimate(found.term(design.interest), design, joint, tuple(notes))


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
    bounds: tuple[np.ndarray, np.ndarray] | None,
    clusters: np.ndarray | None,
) -> Coefficients:
    y, matrix = selection.values, design.matrix
    errors = "model" if analysis.errors == "model" else "HC3"
    if analysis.family == "binomial":
        if design.terms > _MOST_LOGISTIC_TERMS:
            raise NotEstimableError(f"{design.terms:,} terms are too many for a logistic model here")
        return logistic.fit(
            y, matrix, term=design.interest, clusters=clusters, errors=errors, basis=design.basis
        )
    if analysis.family == "quasi_poisson":
        return quasi_poisson.fit(y, matrix, clusters=clusters, basis=design.basis)
    if analysis.family == "mixed":
        return mixed.fit(y, matrix, _random_groups(selection, analysis), basis=design.basis)
    if bounds is not None:
        return censored.fit(
            y, matrix, bounds, absorbed=design.absorbed, clusters=clusters, basis=design.basis
        )
    return least_squares.fit(
        y, matrix, absorbed=design.absorbed, clusters=clusters, errors=errors, basis=design.basis
    )


def _random_groups(selection: Selection, analysis: Analysis) -> np.ndarray:
    """Codes of participants, or of families, of which somebody without relatives is one."""
    if analysis.random == "participant":
        return selection.person
    if selection.clusters is not None:
        raise NotEstimableError("a random intercept of the family needs one row a participant")
    if "family" not in selection.frame or not selection.frame["family"].notna().any():
        raise NotEstimableError("no families are known here")
    family = selection.frame["family"].astype("str").where(selection.frame["family"].notna())
    return np.asarray(pd.factorize(family.fillna("person " + selection.frame["_person"].astype("str")))[0])


def _rests_on_one(design: Design, person: np.ndarray) -> bool:
    """Whether some term rests on one participant, whose fit is then perfect and says nothing of error."""
    # The rows of one participant span a direction of the model only if their largest singular value
    # is 1; the trace of their leverage, which is no smaller, says for whom to compute it.
    q = design.basis.q
    leverage = np.bincount(person, weights=np.einsum("ij,ij->i", q, q))
    suspects = np.flatnonzero(leverage > _ALONE)
    return any(np.linalg.norm(q[person == suspect], 2) > _ALONE for suspect in suspects)
