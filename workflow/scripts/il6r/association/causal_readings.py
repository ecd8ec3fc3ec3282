"""What would outcomes do if exposures were changed, as the variant has it, in this cohort?"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from il6r.association import bounded_exposure, imputation, instrument, least_squares, two_sample
from il6r.association.coefficients import Fit, NotEstimableError
from il6r.association.design import column_like, exposure_columns, make_design
from il6r.association.estimation import estimate
from il6r.association.orthogonal import orthogonalise
from il6r.association.selection import Cohort, Selection, select
from il6r.plan import VARIANT, Analysis, Causal, Covariate
from il6r.tables.association import CAUSAL


def causal_readings(cohort: Cohort, published: Mapping[str, tuple[float, float]]) -> list[dict[str, Any]]:
    """Outcomes on exposures with the variant as instrument, as logarithms.

    What it takes to read them causally is in Didelez & Sheehan 2007, doi 10.1177/0962280206077743.

    Parameters
    ----------
    published : effects per allele on the logarithm of an exposure, with their errors, by benchmark: those
        that the plan's readings name.

    Returns
    -------
    The rows of `CAUSAL`.
    """
    rows = []
    for causal in cohort.plan.causal.values():
        row = {
            "cohort": cohort.name,
            "analysis": causal.name,
            "outcome": cohort.column(causal.outcome),
            "exposure": cohort.column(causal.exposure),
            "instrument": VARIANT,
            "effect_allele": cohort.genotypes[2][0],
            "n": 0,
            "n_participants": 0,
            "n_exposure_censored": 0,
        }
        row |= _one_sample(cohort, causal)
        rows.append(row | _two_sample(cohort, causal, published))
    return rows


def _one_sample(cohort: Cohort, causal: Causal) -> dict[str, Any]:
    """The reading of those who have outcome and exposure."""
    measured = Analysis(
        causal.name, causal.label, causal.outcome, optional=True, exposure=causal.exposure,
        exposure_transform="log", covariates=causal.covariates, family="censored_lognormal",
    )  # fmt: skip
    row: dict[str, Any] = {}
    try:
        selection = select(cohort, measured)
        row = {
            "n": len(selection.frame),
            "n_participants": selection.people,
            "n_exposure_censored": bounded_exposure.count(selection, measured),
        }
        bounded = selection.censored.any() or row["n_exposure_censored"]
        numbers = (_by_bounds if bounded else _two_stage)(cohort, selection, measured)
    except NotEstimableError as error:
        return row | {"note": str(error)}
    return row | numbers


def _two_stage(cohort: Cohort, selection: Selection, measured: Analysis) -> dict[str, Any]:
    """Two-stage least squares, where every value is known."""
    design = make_design(selection, measured, cohort.genotypes, absorbing=False)
    found = instrument.two_stage(
        selection.values,
        design.matrix[:, design.interest],
        selection.frame["dosage"].to_numpy(dtype=float),
        np.delete(design.matrix, design.interest, axis=1),
        clusters=selection.clusters,
    )
    numbers = {name: value for name, value in vars(found).items() if name in CAUSAL.columns}
    return {
        **numbers,
        **_observed(found.naive),
        "hausman_p_value": _endogeneity(cohort, selection, measured).p_value,
        "note": "; ".join([*selection.notes, *_by_family(selection)]) or None,
    }


def _by_bounds(cohort: Cohort, selection: Selection, measured: Analysis) -> dict[str, Any]:
    """The Wald ratio of models that take outcome and exposure by their bounds."""
    of_variant = replace(measured, exposure=VARIANT, exposure_transform="none")
    first = _as_outcome(selection, cohort.column(measured.exposure))
    selection = selection.where(selection.frame.index.isin(first.frame.index))
    of_exposure = two_sample.stage(first, of_variant, cohort.genotypes, share=True)
    if of_exposure.share is None:
        raise NotEstimableError("no share of variance is told where a covariate lies beyond a limit")
    found = two_sample.ratio(two_sample.stage(selection, of_variant, cohort.genotypes), of_exposure)
    row = {name: value for name, value in vars(found).items() if name in CAUSAL.columns}
    row |= {"wald_se": found.se, "first_stage_f": found.f, "first_stage_r2": of_exposure.share}
    whole = None
    if bounded_exposure.limited(selection, measured):
        whole = bounded_exposure.completed(selection, measured, cohort.genotypes)
    observed = estimate(selection, measured, cohort.genotypes, completed=whole)
    notes = [*observed.notes, *_by_family(selection)]
    if selection.censored.any():
        notes.append("no Hausman test where the outcome is beyond a limit")
    else:
        row["hausman_p_value"] = _endogeneity(cohort, selection, measured, whole).p_value
    if first.censored.any():
        notes.append("first stage from the censored model")
    return {**row, **_observed(observed.fit), "note": "; ".join(notes) or None}


def _by_family(selection: Selection) -> list[str]:
    return [] if selection.family is None else ["errors are clustered by family"]


def _observed(naive: Fit) -> dict[str, float]:
    return {"observed": naive.estimate, "observed_low": naive.ci_low, "observed_high": naive.ci_high}


def _as_outcome(selection: Selection, column: str) -> Selection:
    """The rows of a selection with the logarithm of one of their columns, in its bounds, as the outcome.

    Raises
    ------
    NotEstimableError : a value that is not above 0.
    """
    frame = selection.frame
    values = frame[column].to_numpy(dtype=float)
    if (values <= 0).any():
        raise NotEstimableError(f"{column} is not always above 0")
    found = bounded_exposure.limited_columns(frame, [column])
    ends = (found[0].low, found[0].high) if found else (values, values)
    with np.errstate(divide="ignore"):
        low, high = (np.log(end) for end in ends)
    own = replace(selection, outcome=column, values=np.log(values), bounds=(low, high), notes=())
    return own.where(np.ones(len(frame), dtype=bool))


def _endogeneity(
    cohort: Cohort,
    selection: Selection,
    measured: Analysis,
    completed: bounded_exposure.Completed | None = None,
) -> Fit:
    """Whether observed and instrumental effect differ by more than chance: Hausman's test.

    Hausman (1978, doi 10.2307/1913827) as an added variable (Wu 1973, doi 10.2307/1914093), which allows
    robust errors: what the instrument leaves of the exposure, beside the exposure, has no effect on the
    outcome where both effects are the same. Fits on imputed exposures are pooled.
    """
    bounded = [one.column for one in bounded_exposure.limited(selection, measured)]
    alone = bounded == [column_like(selection.frame, measured.exposure)]
    fits, basis = [], None
    for one in completed or [selection]:
        # Where the exposure alone is imputed, all else stays.
        if basis is None or not alone:
            design = make_design(one, measured, cohort.genotypes, absorbing=False)
            others = np.delete(design.matrix, design.interest, axis=1)
            basis = orthogonalise(np.column_stack([others, one.frame["dosage"].to_numpy(dtype=float)]))
        (exposure,) = exposure_columns(one.frame, measured, cohort.genotypes).values()
        rest = basis.project(exposure[:, None])[1]
        matrix = np.column_stack([others, exposure, rest])
        fits.append(least_squares.fit(one.values, matrix, clusters=one.clusters).term(matrix.shape[1] - 1))
    return imputation.pool(fits) if len(fits) > 1 else fits[0]


def _two_sample(
    cohort: Cohort, causal: Causal, published: Mapping[str, tuple[float, float]]
) -> dict[str, Any]:
    """The reading of everybody with an outcome, by those with the exposure or by a published effect on it."""

    def per_allele(what: str, covariates: str | tuple[Covariate, ...]) -> two_sample.Stage:
        """The variant's effect on the logarithm of an outcome or exposure, in everybody who has it."""
        analysis = Analysis(
            causal.name, causal.label, what, optional=True, covariates=covariates, family="censored_lognormal"
        )
        return two_sample.stage(select(cohort, analysis), analysis, cohort.genotypes)

    try:
        reduced = per_allele(causal.outcome, causal.covariates)
    except NotEstimableError as error:
        return {"two_sample_note": f"no effect on the outcome: {error}"}
    every, enough = (100 * np.expm1(effect) for effect in two_sample.direct_effects(reduced.fit))
    row = {
        "reduced_form": reduced.fit.estimate,
        "reduced_form_se": reduced.fit.se,
        "reduced_form_low": reduced.fit.ci_low,
        "reduced_form_high": reduced.fit.ci_high,
        "reduced_form_participants": len(reduced.people),
        "direct_percent": every,
        "direct_enough_percent": enough,
    }
    source = "this cohort"
    try:
        own = causal.covariates if causal.first_stage_covariates is None else causal.first_stage_covariates
        first = per_allele(causal.exposure, own)
    except NotEstimableError as error:
        if causal.published_first_stage is None:
            return row | {"two_sample_note": f"no effect on the exposure: {error}"}
        source = causal.published_first_stage
        first = two_sample.published(*published[source])
    found = two_sample.ratio(reduced, first)
    return row | {
        "first_stage": first.fit.estimate,
        "first_stage_se": first.fit.se,
        "first_stage_low": first.fit.ci_low,
        "first_stage_high": first.fit.ci_high,
        "first_stage_source": source,
        "first_stage_participants": len(first.people),
        "overlap_participants": found.overlap,
        "two_sample": found.estimate,
        "two_sample_se": found.se,
        "two_sample_low": found.ci_low,
        "two_sample_high": found.ci_high,
        "two_sample_p_value": found.p_value,
        "two_sample_ar_low": found.ar_low,
        "two_sample_ar_high": found.ar_high,
        "two_sample_ar_shape": found.ar_shape,
    }
