"""The section on association: the plan, estimates, scales, other choices and the causal reading."""

from il6r.report import blocks, privacy
from il6r.report.association import calibration, causal, estimates, genetic_models, specifications
from il6r.report.load import Study
from il6r.tables.association import (
    CAUSAL,
    ESTIMATES,
    GENETIC_MODELS,
    GENOTYPE_COVARIATES,
    GENOTYPE_MEANS,
    SENSITIVITY,
)
from il6r.tables.genotypes import GENOTYPES_QC

TITLE = "Association"
_PLAN = (
    "analysis",
    "outcome",
    "exposure",
    "model",
    "errors",
    "covariates",
    "priority",
    "claim",
)
_MEANS = {
    "cohort": "cohort",
    "outcome": "outcome",
    "genotype": "genotype",
    "participants": "participants",
    "mean": "geometric mean",
}
_SCALES = {
    "cohort": "cohort",
    "outcome": "outcome",
    "scale": "scale",
    "below": "log-likelihood below the best",
    "departure": "departure p",
    "percent": "per effect allele",
    "ratio": "two alleles over none",
    "people": "people",
}
_COVARIATES = {
    "cohort": "cohort",
    "covariate": "covariate",
    "level": "",
    "cells": ["0", "1", "2"],
    "p": "p",
}
_CHOICES = {
    "analysis": "analysis",
    "cohort": "cohort",
    "planned": "as planned",
    "range": "other choices",
    "alike": "alike",
}
_CAUSAL = {
    "analysis": "reading",
    "cohort": "cohort",
    "people": "people",
    "first_stage": "first stage",
    "estimate": "two-stage least squares",
    "anderson_rubin": "Anderson-Rubin set",
    "observed": "observed",
}


_TWO_SAMPLE = {
    "analysis": "reading",
    "cohort": "cohort",
    "on_outcome": "outcome per allele",
    "on_exposure": "exposure per allele",
    "ratio": "ratio",
    "anderson_rubin": "Anderson-Rubin set",
}


def content(study: Study) -> list[blocks.Block]:
    """What was planned, what it gave, and how far that moves."""
    return [*_plan(study), *_estimates(study), *_scales(study), *_choices(study), *_causal(study)]


def _plan(study: Study) -> list[blocks.Block]:
    rows: list[list[blocks.Text]] = [
        [blocks.Cell(row["analysis"], head=True), *(row[key] for key in _PLAN[1:])]
        for row in estimates.plan_rows(study.plan)
    ]
    plan = blocks.Shown(
        "The analysis plan; a cohort may have covariates of its own (see Methods)", _PLAN, rows
    )
    return [
        blocks.Heading("The plan", "plan"),
        blocks.Disclosure("Every analysis that was planned, before the data were seen", [plan], narrow=True),
    ]


def _estimates(study: Study) -> list[blocks.Block]:
    cohorts, plan, minimum = study.cohorts, study.plan, study.minimum
    table = study.table(ESTIMATES)
    reasons = {
        ("Not estimable", "why"): estimates.not_estimable_rows(cohorts, plan, table, minimum),
        ("Notes on estimates", "note"): estimates.note_rows(cohorts, plan, table, minimum),
    }
    return [
        blocks.Heading("Estimates", "estimates"),
        *estimates.estimate_tables(plan, table, minimum),
        blocks.Words(estimates.count_sentences(cohorts, table)),
        blocks.Words(
            calibration.sentences(
                plan, table, study.table(GENOTYPES_QC), study.resource("calibration"), minimum
            )
        ),
        *(
            blocks.table(title, {"analyses": "analyses", "cohorts": "in", "text": head}, rows)
            for (title, head), rows in reasons.items()
            if rows
        ),
        blocks.table(
            "Geometric means by genotype, not adjusted, with 95 % intervals",
            _MEANS,
            estimates.mean_rows(study.table(GENOTYPE_MEANS), minimum),
        ),
        blocks.Words(estimates.uncertain_sentences(study.table(GENOTYPE_MEANS), minimum)),
    ]


def _scales(study: Study) -> list[blocks.Block]:
    scale, minimum = study.table(GENETIC_MODELS), study.minimum
    shown = privacy.shown_estimates(study.table(ESTIMATES), minimum)
    found: list[blocks.Block] = [
        blocks.Heading("Multiplied or added", "scales"),
        blocks.Words(
            [*genetic_models.sentences(scale, minimum), *genetic_models.variance_sentences(study.plan, shown)]
        ),
    ]
    if rows := genetic_models.rows(scale, minimum):
        caption = (
            "sIL-6R on both scales, with 95 % intervals; of the additive one, percent of the level without "
            "effect alleles"
        )
        found.append(blocks.table(caption, _SCALES, rows))
    if covariates := genetic_models.covariate_rows(study.table(GENOTYPE_COVARIATES), minimum):
        caption = "Means, and shares of categories, by the number of effect alleles; p for a trend over it"
        table = blocks.table(caption, _COVARIATES, covariates)
        found.append(blocks.Disclosure("Covariates by genotype", [table]))
    return found


def _choices(study: Study) -> list[blocks.Block]:
    sensitivity, minimum = study.table(SENSITIVITY), study.minimum
    found: list[blocks.Block] = [
        blocks.Heading("Other choices", "choices"),
    ]
    if rows := specifications.rows(study.cohorts, study.plan, sensitivity, minimum):
        caption = (
            "Estimates by other choices; alike is a choice whose interval lies on the same side of no "
            "effect, or across it, as the planned one's"
        )
        found.append(blocks.table(caption, _CHOICES, rows))
    return [*found, blocks.Words(specifications.sentences(study.plan, sensitivity, minimum))]


def _causal(study: Study) -> list[blocks.Block]:
    table, minimum = study.table(CAUSAL), study.minimum
    found: list[blocks.Block] = [
        blocks.Heading("The effect of the Asp358Ala perturbation, scaled to sIL-6R", "causal"),
        blocks.Words(causal.sentences(study.plan, table, minimum)),
    ]
    if rows := causal.rows(study.plan, table, minimum):
        caption = "Causal readings with the variant as instrument: elasticities with 95 % intervals"
        found.append(blocks.table(caption, _CAUSAL, rows))
    if two := causal.two_sample_rows(study.plan, table, minimum):
        caption = (
            "Two-sample readings: the allele's effect on the outcome in everybody who has it, over that on "
            "the exposure in everybody who has that, or as published"
        )
        found += [
            blocks.table(caption, _TWO_SAMPLE, two),
            blocks.Words(causal.direct_sentences(study.plan, table, minimum)),
        ]
    if rows or two:
        found += [
            blocks.Words(["It holds as far as these do, of which the data can test the first alone:"]),
            blocks.Sentences(causal.ASSUMPTIONS),
        ]
    return found
