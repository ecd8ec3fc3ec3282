"""Sensitivity analyses: what does an analysis find by other choices than the plan's?"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from il6r import outcomes
from il6r.association import robust
from il6r.association.analyses import in_percent
from il6r.association.coefficients import Fit, NotEstimableError
from il6r.association.design import Design, TooFewError, make_design
from il6r.association.estimation import Estimate, Kept, estimate
from il6r.association.selection import Cohort, Selection, log_bounds, select
from il6r.plan import Analysis, Covariate

# Kind, words, rows and analysis of a choice.
_Choice: TypeAlias = tuple[str, str, Selection, Analysis]
# Plates are put together into at most so many batches, each with enough people to say something.
_MOST_BATCHES = 4
_PLATES = {one.plate for one in outcomes.ANALYTES.values()}
# Components of ancestry that stand for the declared one.
_COMPONENTS = tuple(f"pc{k}" for k in range(1, 5))


def analyse(
    cohort: Cohort, alternatives: pd.DataFrame, balance: pd.DataFrame, kept: Mapping[str, Kept] | None = None
) -> list[dict[str, Any]]:
    """The effects that bear on claims by other choices (Simonsohn, Simmons & Nelson 2020).

    See doi 10.1038/s41562-020-0912-z. Choices are covariates, people, errors and batches; activity by other
    rules on days; the predicted balance by other constants. Each covariate of primary analyses is left out in
    turn.

    Parameters
    ----------
    alternatives : `ALTERNATIVES`.
    balance : `BALANCE`.
    kept : estimates as planned that `analyses.fit_cohort` has made of this cohort; the others are made here.

    Returns
    -------
    The rows of `SENSITIVITY`: of each analysis the plan's own estimate first.
    """
    rows, kept = [], kept or {}
    for analysis in cohort.plan.analyses.values():
        primary = analysis.priority == "primary" and analysis.estimate == "effect"
        of_days = cohort.column(analysis.outcome) in set(alternatives["outcome"])
        of_constants = analysis.outcome in outcomes.BALANCE and analysis.scale == "log_ratio"
        wanted = primary or (analysis.claim and analysis.estimate == "effect")
        if analysis.family == "binomial" or not (wanted or of_days or of_constants):
            continue
        try:
            planned = select(cohort, analysis)
        except NotEstimableError:
            # The estimates table gives the reason.
            continue
        own = kept.get(analysis.name)
        fitted = (lambda *_, own=own: own) if own else estimate
        rows.append(_row(cohort, analysis, "as planned", "as planned", planned, analysis, fitted))
        design = _design(planned, analysis, cohort.genotypes) if wanted and analysis.linear else None
        if wanted:
            choices = _choices(cohort, analysis, planned, design)
            rows += [_row(cohort, analysis, *choice) for choice in choices]
        if wanted and analysis.linear:
            fitted = partial(robust.estimate, design=design)
            rows.append(_row(cohort, analysis, "outliers", "robust regression", planned, analysis, fitted))
        if of_days and analysis.of_variant:
            rows += _by_days(cohort, analysis, alternatives)
        if of_constants:
            rows += _by_constants(cohort, analysis, planned, balance)
    return rows


def _design(selection: Selection, analysis: Analysis, genotypes: tuple[str, str, str]) -> Design | None:
    """The design that several choices share; None where there is none."""
    try:
        return make_design(selection, analysis, genotypes, absorbing=True)
    except NotEstimableError:
        # The analysis as planned gives the reason.
        return None


def _row(
    cohort: Cohort, analysis: Analysis, kind: str, choice: str, selection: Selection, chosen: Analysis,
    fitted: Callable[[Selection, Analysis, tuple[str, str, str]], Estimate | Kept] = estimate,
) -> dict[str, Any]:  # fmt: skip
    """One choice's numbers, with what is particular to it, or why it has none."""
    row = {
        "cohort": cohort.name,
        "analysis": analysis.name,
        "kind": kind,
        "choice": choice,
        "n_participants": selection.people,
    }
    try:
        found = fitted(selection, chosen, cohort.genotypes)
        if isinstance(found, Estimate):
            found = found.kept
        # An estimate on hardly more people than terms is none.
        if selection.people <= 2 * found.terms:
            raise TooFewError(selection.people, found.terms)
    except NotEstimableError as error:
        return row | {"note": str(error)}
    own = [note for note in found.notes if note not in selection.notes]
    return row | _numbers(found.fit, analysis) | {"note": "; ".join(own) or None}


def _numbers(fit: Fit, analysis: Analysis) -> dict[str, Any]:
    names = ("estimate", "se", "ci_low", "ci_high")
    return {name: getattr(fit, name) for name in names} | in_percent(fit, analysis.scale)


def _choices(
    cohort: Cohort, analysis: Analysis, planned: Selection, design: Design | None
) -> Iterator[_Choice]:
    """Kind, words, rows and analysis of each choice of covariates and people; `design` of a linear model."""
    own = planned.covariates
    if own:
        yield "covariates", "none", replace(planned, covariates=()), analysis
    for one in own if len(own) > 1 and analysis.priority == "primary" else ():
        others = tuple(other for other in own if other != one)
        yield "covariates", f"without {one}", replace(planned, covariates=others), analysis
    yield from _other_ancestry(cohort, analysis, own)
    frame = planned.frame
    if "ancestry" in frame and frame["ancestry"].nunique() > 1:
        rest = tuple(one for one in own if one.column != "ancestry")
        for group in sorted(frame["ancestry"].dropna().unique()):
            part = replace(planned, covariates=rest).where((frame["ancestry"] == group).to_numpy())
            yield "ancestry", f"{group} only", part, analysis
    if planned.family is not None:
        yield from _relatives(planned, analysis, planned.family)
    if design is not None:
        yield from _without_one(planned, analysis, design)
    yield from _batches(planned, analysis)
    first = ~frame["_person"].duplicated().to_numpy()
    if not first.all():
        yield "visits", "each participant's first", planned.where(first), analysis


def _relatives(planned: Selection, analysis: Analysis, family: np.ndarray) -> Iterator[_Choice]:
    """Fewer relatives, and random effects that they share."""
    frame = planned.frame
    unrelated = (
        frame["unrelated"].ne(False).to_numpy(dtype=bool) if "unrelated" in frame else np.ones(0, bool)
    )
    if not unrelated.all():
        yield "relatives", "unrelated people only", planned.where(unrelated), analysis
    else:
        # The participant table alone tells of them.
        first = pd.Series(planned.person).groupby(family).transform("min").to_numpy()
        yield "relatives", "one participant of each family", planned.where(planned.person == first), analysis
    if analysis.linear and not planned.repeated:
        mixed = replace(analysis, family="mixed", random="family")
        yield "relatives", "random intercept of the family", replace(planned, bounds=None), mixed
    if analysis.linear and planned.kinship is not None:
        mixed = replace(analysis, family="mixed", random="kinship")
        yield "relatives", "random effect by kinship", replace(planned, bounds=None), mixed


def _other_ancestry(cohort: Cohort, analysis: Analysis, own: tuple[Covariate, ...]) -> Iterator[_Choice]:
    """Components in place of the declared ancestry, or the other way round."""
    names = [one.column for one in own]
    components = tuple(name for name in names if re.fullmatch(r"pc\d+", name))
    there = cohort.analysis_set
    taken: tuple[str, ...]
    given: tuple[str, ...]
    if "ancestry" in names and all(name in there and there[name].notna().any() for name in _COMPONENTS):
        words, taken, given = "components in place of ancestry", ("ancestry",), _COMPONENTS
    elif components and "ancestry" in there and there["ancestry"].nunique() > 1:
        words, taken, given = "ancestry in place of components", components, ("ancestry",)
    else:
        return
    kept = tuple(one for one in own if one.column not in taken)
    other = replace(analysis, covariates=(*kept, *map(Covariate, given)), optional=True)
    try:
        yield "ancestry", words, select(cohort, other), other
    except NotEstimableError:
        # Nobody who is analysed has them.
        return


def _without_one(planned: Selection, analysis: Analysis, design: Design) -> Iterator[_Choice]:
    """Without the participant who moves the estimate most, upwards and downwards."""
    pull = robust.influence(planned.values, design)
    person = planned.person
    pulls = np.bincount(person, weights=pull)
    for words, whose in (("raises", np.argmax(pulls)), ("lowers", np.argmin(pulls))):
        rest = planned.where(person != whose)
        yield "influence", f"without the participant who {words} it most", rest, analysis


def _batches(planned: Selection, analysis: Analysis) -> Iterator[_Choice]:
    """Each of a few batches of plates, in the order of the plates' names."""
    plate = next((one.column for one in planned.covariates if one.column in _PLATES), None)
    if plate is None:
        return
    names = sorted(planned.frame[plate].unique(), key=lambda name: (len(str(name)), str(name)))
    batches = np.array_split(np.array(names, dtype=object), min(_MOST_BATCHES, len(names)))
    for number, batch in enumerate(batches, 1) if len(batches) > 1 else ():
        part = planned.where(planned.frame[plate].isin(batch).to_numpy())
        yield "batch", f"plates in batch {number} of {len(batches)}", part, analysis


def _by_days(cohort: Cohort, analysis: Analysis, alternatives: pd.DataFrame) -> list[dict[str, Any]]:
    """By other rules on which days count, and other cut points."""
    column, rows = cohort.column(analysis.outcome), []
    participants = cohort.analysis_set["participant"]
    own = alternatives[alternatives["outcome"] == column]
    for choice, values in own.groupby("choice", sort=False):
        table = values.set_index("participant")
        given = {column: participants.map(table["value"])}
        if "wear_h" in cohort.analysis_set:
            given["wear_h"] = participants.map(table["wear_h"])
        other = replace(cohort, analysis_set=cohort.analysis_set.assign(**given))
        try:
            selection = select(other, analysis)
        except NotEstimableError as error:
            rows.append(
                {"cohort": cohort.name, "analysis": analysis.name, "kind": "valid days", "choice": choice,
                 "n_participants": 0, "note": str(error)}
            )  # fmt: skip
            continue
        rows.append(_row(cohort, analysis, "valid days", choice, selection, analysis))
    return rows


def _by_constants(
    cohort: Cohort, analysis: Analysis, planned: Selection, balance: pd.DataFrame
) -> list[dict[str, Any]]:
    """The predicted balance by other constants of binding."""
    rows, key = [], ["participant", "visit"]
    where = cohort.analysis_set.loc[planned.frame.index, key]
    names = [planned.outcome, *outcomes.get(analysis.outcome).bounds(planned.outcome)]
    for choice, values in balance.groupby("choice", sort=False):
        own = where.merge(values[[*key, *names]], on=key, how="left").set_index(where.index)
        frame = planned.frame.assign(**{name: own[name] for name in names})
        selection = replace(
            planned,
            values=np.log(frame[planned.outcome].to_numpy(dtype=float)),
            bounds=log_bounds(frame, analysis.outcome, planned.outcome),
        )
        rows.append(_row(cohort, analysis, "constants", choice, selection, analysis))
    return rows
