"""The plan's analyses in one cohort: estimates, and who was in them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from il6r import multiple_testing, seeds
from il6r.association import bounded_exposure, by_genotype, genetic_models, permutation
from il6r.association.coefficients import Fit, NotEstimableError
from il6r.association.design import TooFewError, coding_in_words, independent, make_design
from il6r.association.estimation import Kept, estimate
from il6r.association.genotype_probabilities import genotype_probabilities
from il6r.association.selection import Cohort, Selection, select
from il6r.errors import InputError
from il6r.flow import Flow
from il6r.plan import MEAN, Analysis
from il6r.tables.association import ESTIMATES, EVERYBODY, disagree

# How p-values are adjusted for the number of tests.
_ADJUSTMENTS = {"primary": multiple_testing.holm, "secondary": multiple_testing.benjamini_hochberg}
# A column with more groups is no way to divide a cohort.
_MOST_STRATA = 20
# With fewer people who carry an allele, and a variance that goes with it, the permutation test rejects 7 to
# 9 % of 5 %; with so many 5 to 7 %.
_FEWEST_CARRIERS = 4


def fit_cohort(
    cohort: Cohort, other_unit: str | None, seed: int, kept: dict[str, Kept] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every analysis of the plan in one cohort.

    An analysis with strata is made of everybody and within each group. The p-values of primary analyses are
    adjusted by Holm's method, those of secondary ones by Benjamini and Hochberg's; both count only what could
    be estimated of everybody.

    Parameters
    ----------
    other_unit : of `other_value`, which is an outcome of its own.
    seed : of permutations.
    kept : takes the estimates of everybody, by analysis, so that `sensitivity.analyse` need not make them.

    Returns
    -------
    estimates : `ESTIMATES`; an analysis that cannot be done has a note instead of numbers.
    flow : `ASSOCIATION_FLOW`.

    Raises
    ------
    InputError : what the plan asks for is not in the cohort; fewer people than a required model's terms.
    """
    flow, rows = Flow(cohort.name), []
    for analysis in cohort.plan.analyses.values():
        rows += _analyse(cohort, analysis, flow, seed, {} if kept is None else kept)
    estimates = pd.DataFrame(rows).reindex(columns=list(ESTIMATES.columns))
    estimates["outcome"] = estimates["outcome"].replace({"other_value": f"activity in {other_unit}"})
    counted = estimates[estimates["stratum"] == EVERYBODY]
    for priority, adjust in _ADJUSTMENTS.items():
        tests = counted.loc[counted["priority"] == priority, "p_value"].dropna()
        if len(tests):
            estimates.loc[tests.index, "p_adjusted"] = adjust(tests.to_numpy(dtype=float))
    return estimates, flow.table()


def compare_genetic_models(cohort: Cohort) -> list[dict[str, Any]]:
    """The primary effects per allele on logarithms by three genetic models (`genetic_models`).

    Returns
    -------
    The rows of `GENETIC_MODELS`; none where an analysis cannot be done.
    """
    rows = []
    for analysis in cohort.plan.analyses.values():
        if not (
            analysis.per_allele
            and analysis.linear
            and analysis.priority == "primary"
            and analysis.scale == "log_ratio"
        ):
            continue
        try:
            selection = select(cohort, analysis)
            design = make_design(selection, analysis, cohort.genotypes, absorbing=True)
        except NotEstimableError:
            # The estimates table gives the reason.
            continue
        frame = selection.frame
        limited = bounded_exposure.count(selection, analysis)
        note = f"covariates beyond a limit are taken as the limit ({limited:,} rows)" if limited else None
        codes = frame["genotype"].map({genotype: copies for copies, genotype in enumerate(cohort.genotypes)})
        of_all = {
            "cohort": cohort.name,
            "outcome": selection.outcome,
            "effect_allele": cohort.genotypes[2][0],
        }
        rows += [
            of_all | row | ({"note": note} if note and not row.get("note") else {})
            for row in genetic_models.compare(
                selection.values,
                frame["dosage"].to_numpy(dtype=float),
                codes.to_numpy(dtype=float),
                np.delete(design.matrix, design.interest, axis=1),
                absorbed=design.absorbed,
                bounds=selection.bounds if selection.censored.any() else None,
                clusters=selection.clusters,
                probabilities=genotype_probabilities(frame, cohort.genotypes)[:, 1:],
                people=selection.person,
            )
        ]
    return rows


def covariates_by_genotype(cohort: Cohort) -> list[dict[str, Any]]:
    """What the primary analyses are adjusted for, by genotype: the rows of `GENOTYPE_COVARIATES`."""
    primary = [one for one in cohort.plan.analyses.values() if one.priority == "primary"]
    names = [covariate.column for analysis in primary for covariate in cohort.covariates(analysis)]
    people = cohort.analysis_set[~cohort.repeats]
    names = [name for name in dict.fromkeys(names) if name in people]
    rows = by_genotype.covariates(people, names, cohort.genotypes)
    return [{"cohort": cohort.name} | row for row in rows]


def _analyse(
    cohort: Cohort, analysis: Analysis, flow: Flow, seed: int, kept: dict[str, Kept]
) -> list[dict[str, Any]]:
    """The row of everybody, which is kept, and one for each stratum."""
    row = _empty_row(cohort, analysis)
    try:
        selection = select(cohort, analysis, flow)
    except NotEstimableError as error:
        return [row | {"note": str(error)}]
    try:
        rows = [row | _numbers(selection, analysis, cohort, kept)]
    except TooFewError as error:
        if analysis.optional or analysis.contrast or analysis.priority == "secondary":
            return [row | _counts(selection, analysis) | {"note": str(error)}]
        raise InputError(
            f"cohort {cohort.name}, analysis {analysis.name}",
            f"{error.people} participants are too few for a model of {error.terms} terms",
            f"give more participants, or fewer covariates under cohorts.{cohort.name}.covariates",
        ) from error
    if analysis.priority == "primary" and analysis.estimate == "effect" and "estimate" in rows[0]:
        rows[0]["p_permutation"] = _permuted(cohort, selection, analysis, seed)
        _note_disagreement(rows[0], cohort.plan.draws)
        if cohort.plan.draws and selection.people <= cohort.plan.most_people:
            reason = _why_not_permuted(selection, analysis)
            rows[0]["note"] = "; ".join(filter(None, [rows[0]["note"], reason])) or None
    if analysis.strata and cohort.has(analysis.strata):
        groups = selection.frame[analysis.strata].astype("str")
        _refuse_strata(cohort, analysis, groups)
        own = tuple(one for one in selection.covariates if one.column != analysis.strata)
        for group in sorted(groups[selection.frame[analysis.strata].notna()].unique()):
            part = replace(selection, covariates=own).where((groups == group).to_numpy())
            rows.append(row | {"stratum": group} | _numbers_or_note(part, analysis, cohort))
    return rows


def _refuse_strata(cohort: Cohort, analysis: Analysis, groups: pd.Series) -> None:
    """InputError for strata that are no groups, or one of which has the name of everybody."""
    names = set(groups.unique())
    if EVERYBODY not in names and len(names) <= _MOST_STRATA:
        return
    problem = f"has a group called '{EVERYBODY}'" if EVERYBODY in names else f"has {len(names):,} groups"
    raise InputError(
        f"{cohort.plan_file}, analysis {analysis.name}",
        f"its strata column '{analysis.strata}' {problem} in cohort {cohort.name}",
        f"name a column of at most {_MOST_STRATA} groups, none of them called '{EVERYBODY}'",
    )


def _empty_row(cohort: Cohort, analysis: Analysis) -> dict[str, Any]:
    return {
        "cohort": cohort.name,
        "analysis": analysis.name,
        "stratum": EVERYBODY,
        "priority": analysis.priority,
        "outcome": cohort.column(analysis.outcome),
        "exposure": cohort.column(analysis.exposure),
        "coding": coding_in_words(analysis, cohort.genotypes),
        "effect_allele": cohort.genotypes[2][0] if analysis.of_variant else None,
        "scale": analysis.scale,
        "n": 0,
        "n_participants": 0,
        "n_censored": 0,
        "n_exposure_censored": 0,
        "model": "none",
        "errors": "none",
    }


def _counts(selection: Selection, analysis: Analysis) -> dict[str, Any]:
    binary = analysis.family == "binomial"
    return {
        "n": len(selection.frame),
        "n_participants": selection.people,
        "n_cases": int(selection.values.sum()) if binary else None,
        "n_censored": selection.beyond_limit,
        "n_exposure_censored": bounded_exposure.count(selection, analysis),
        "covariates": ", ".join(map(str, selection.covariates)) or None,
    }


def _numbers_or_note(selection: Selection, analysis: Analysis, cohort: Cohort) -> dict[str, Any]:
    try:
        return _numbers(selection, analysis, cohort, {})
    except TooFewError as error:
        return _counts(selection, analysis) | {"note": str(error)}


def _numbers(
    selection: Selection, analysis: Analysis, cohort: Cohort, kept: dict[str, Kept]
) -> dict[str, Any]:
    """A row's counts, and its numbers, which are kept, or the note why there are none.

    Raises
    ------
    TooFewError : not more people than terms.
    """
    row = _counts(selection, analysis)
    try:
        found = estimate(selection, analysis, cohort.genotypes, share=True)
    except TooFewError:
        raise
    except NotEstimableError as error:
        return row | {"note": "; ".join([*selection.notes, str(error)])}
    kept[analysis.name] = found.kept
    row |= vars(found.fit) | {"note": "; ".join(found.notes) or None}
    if not np.isfinite(found.fit.df):
        row["df"] = None
    interest = found.design.names[found.design.interest]
    if analysis.interaction:
        row["coding"] = coding_in_words(analysis, cohort.genotypes).split(", by ")[0] + f", {interest}"
    if found.share and analysis.per_allele:
        row |= {"r2_variant": found.share.fit.estimate, "r2_adjusted": found.share.adjusted}
    if found.joint:
        row["joint_df"], row["joint_p_value"] = found.joint
    return row | in_percent(found.fit, analysis.scale)


def in_percent(fit: Fit, on: str) -> dict[str, Any]:
    """Percent changes that a log ratio or log odds ratio stands for; nothing of other scales."""
    if on not in ("log_ratio", "log_odds"):
        return {}
    ends = {"percent": fit.estimate, "percent_low": fit.ci_low, "percent_high": fit.ci_high}
    return {name: 100 * np.expm1(value) for name, value in ends.items()}


def _why_not_permuted(selection: Selection, analysis: Analysis) -> str | None:
    """Why permutations would say nothing, or None."""
    if selection.family is not None:
        return "no permutation p-value, since relatives are not exchangeable"
    if analysis.of_variant:
        first = np.unique(selection.person, return_index=True)[1]
        dosage = selection.frame["dosage"].to_numpy(dtype=float)[first]
        if min((dosage > 0.5).sum(), (dosage < 1.5).sum()) < _FEWEST_CARRIERS:
            return (
                f"no permutation p-value, since fewer than {_FEWEST_CARRIERS} people carry one of the alleles"
            )
    return None


def _permuted(cohort: Cohort, selection: Selection, analysis: Analysis, seed: int) -> float | None:
    """The permutation p-value over participants, of whom repeated rows are averaged."""
    person = selection.person
    if not cohort.plan.draws or selection.people > cohort.plan.most_people or analysis.exposure == MEAN:
        return None
    if _why_not_permuted(selection, analysis):
        return None
    # Only what belongs to the person keeps its place when a person's rows are averaged.
    if selection.clusters is not None and not analysis.of_variant:
        return None
    design = make_design(selection, analysis, cohort.genotypes, absorbing=True)
    # Permutations would be of values at their limits, which is another model than the estimate's.
    if bounded_exposure.limited(selection, analysis):
        return None
    # A participant's rows may be in several of the groups that have no columns.
    if design.absorbed is not None and selection.clusters is not None:
        return None
    size = np.bincount(person)
    columns = [np.bincount(person, weights=column) / size for column in design.matrix.T]
    exposure = columns.pop(design.interest)
    # Groups that a participant's samples shared may not differ between participants.
    kept = independent(columns, design.absorbed) if columns else []
    columns = [column for column, stays in zip(columns, kept, strict=True) if stays]
    try:
        return permutation.p_value(
            np.bincount(person, weights=selection.values) / size,
            exposure,
            np.column_stack(columns) if columns else np.empty((selection.people, 0)),
            absorbed=design.absorbed,
            draws=cohort.plan.draws,
            rng=seeds.generator(seed, cohort.name, "permutations", analysis.name),
        )
    except NotEstimableError:
        # Once averaged, the exposure may be a combination of the covariates.
        return None


def _note_disagreement(row: dict[str, Any], draws: int) -> None:
    """Add to the note of a row whose two p-values disagree."""
    if disagree(row["p_value"], row["p_permutation"], draws):
        text = "the model's p and the permutation p differ more than tenfold"
        row["note"] = "; ".join([*filter(None, [row["note"]]), text])
