"""What else was estimated, beside the estimates that decide claims?"""

from collections.abc import Sequence
from dataclasses import replace

from il6r.report import blocks, privacy
from il6r.report.association import calibration, causal, estimates, genetic_models, specifications
from il6r.report.load import Study
from il6r.report.replication import words
from il6r.report.replication.words import Findings, Pool
from il6r.report.verdicts.words import truth_rows
from il6r.tables.association import (
    CAUSAL,
    ESTIMATES,
    GENETIC_MODELS,
    GENOTYPE_COVARIATES,
    GENOTYPE_MEANS,
    SENSITIVITY,
)
from il6r.tables.genotypes import GENOTYPES_QC, SOURCES

_PLAN = ("analysis", "outcome", "exposure", "model", "errors", "covariates", "priority", "claim")
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
    "level": "level",
    "cells": ["0", "1", "2"],
    "p": "p",
}
_ALTERNATIVES = {
    "analysis": "analysis",
    "cohort": "cohort",
    "planned": "as planned",
    "range": "alternative analyses",
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
_LEFT_OUT = {
    "analysis": "analysis",
    "left_out": "without",
    "fixed": "fixed effects",
    "random": "random effects (Paule-Mandel)",
}
_TRUTH = {
    "cohort": "cohort",
    "analysis": "analysis",
    "truth": "truth",
    "estimate": "estimate",
    "covered": "interval includes the truth",
}


def content(study: Study) -> list[blocks.Disclosure]:
    """Every estimate that no claim's card has, each kind under a line; kinds without any are left out."""
    kinds = {
        "Estimates of each cohort": _estimates(study),
        "Pooled estimates": _pooled(study),
        "Geometric means by genotype": _means(study),
        "Multiplied or added: scales of the effect": _scales(study),
        "Covariates by genotype": _covariates(study),
        "Alternative analyses": _alternatives(study),
        "Causal reading: the Asp358Ala perturbation, scaled to sIL-6R": _causal(study),
        "Known truth of the synthetic cohorts": _truth(study),
        "The plan: every analysis, before the data were seen": _plan(study),
    }
    return [blocks.Disclosure(name, parts, narrow=True) for name, parts in kinds.items() if parts]


def simulated(study: Study) -> list[dict[str, str]]:
    """What each synthetic cohort's analyses should have found, as rows by key."""
    sources = study.table(SOURCES)
    quality = sources.dropna(subset="imputation_quality").set_index("cohort")["imputation_quality"]
    return truth_rows(study.plan, study.table(ESTIMATES), study.truths, quality.to_dict(), study.minimum)


def _plan(study: Study) -> list[blocks.Block]:
    rows: list[list[blocks.Text]] = [
        [blocks.Cell(row["analysis"], head=True), *(row[key] for key in _PLAN[1:])]
        for row in estimates.plan_rows(study.plan)
    ]
    how = "A row is an analysis; a cohort may have covariates of its own (see Methods)"
    return [blocks.Shown("The analysis plan", _PLAN, rows, how=how)] if rows else []


def _estimates(study: Study) -> list[blocks.Block]:
    cohorts, plan, minimum = study.cohorts, study.plan, study.minimum
    table = study.table(ESTIMATES)
    how = "Rows under an analysis are its cohorts, each followed by the groups that were analysed apart"
    tables: list[blocks.Block] = [
        replace(one, how=how) for one in estimates.estimate_tables(plan, table, minimum)
    ]
    reasons = {
        ("Not estimable", "why"): estimates.not_estimable_rows(cohorts, plan, table, minimum),
        ("Notes on estimates", "note"): estimates.note_rows(cohorts, plan, table, minimum),
    }
    told: list[blocks.Block] = []
    if tables:
        intervals = calibration.sentences(
            plan, table, study.table(GENOTYPES_QC), study.resource("calibration"), minimum
        )
        told.append(blocks.Words([*estimates.count_sentences(cohorts, table), *intervals]))
    listed = [
        blocks.table(
            title,
            {"analyses": "analyses", "cohorts": "in", "text": head},
            rows,
            how="Analyses of which the same is to be said in the same cohorts share a row",
        )
        for (title, head), rows in reasons.items()
        if rows
    ]
    return [*tables, *told, *listed]


def _pooled(study: Study) -> list[blocks.Block]:
    found = words.findings(study)
    groups = words.pooled_groups(found)
    if not groups:
        return []
    shown: list[blocks.Block] = [
        _pools("Pooled estimates", groups, "Rows under an analysis are ways to pool its cohorts")
    ]
    if said := words.pooling_sentences(found):
        shown.append(blocks.Words(said))
    if own := words.ancestry_groups(found):
        shown.append(
            _pools(
                "Pooled estimates by ancestry",
                own,
                "Rows under an analysis are ancestries, each pooled apart",
            )
        )
    if rows := words.left_out_rows(found):
        how = "Each row is the pool without one cohort: one that moves it far decides much"
        shown.append(
            blocks.table("Pooled without each cohort in turn, 95 % intervals", _LEFT_OUT, rows, how=how)
        )
    return shown


def _pools(caption: str, groups: Sequence[Pool], how: str) -> blocks.Shown:
    rows = [blocks.Group(group["label"], group["rows"]) for group in groups]
    heads = ["effects", *words.POOL_HEADS]
    return blocks.Shown(f"{caption}, 95 % intervals", heads, rows, one_line=True, how=how)


def _means(study: Study) -> list[blocks.Block]:
    table, minimum = study.table(GENOTYPE_MEANS), study.minimum
    rows = estimates.mean_rows(table, minimum)
    if not rows:
        return []
    how = "Means are of people as they are, so that they differ by what goes with the genotype as well"
    caption = "Geometric means by genotype, not adjusted, 95 % intervals"
    shown: list[blocks.Block] = [blocks.table(caption, _MEANS, rows, how=how)]
    said = estimates.uncertain_sentences(table, minimum)
    return [*shown, blocks.Words(said)] if said else shown


def _scales(study: Study) -> list[blocks.Block]:
    scale, minimum = study.table(GENETIC_MODELS), study.minimum
    shown = privacy.shown_estimates(study.table(ESTIMATES), minimum)
    variance = genetic_models.variance_sentences(study.plan, shown)
    rows = genetic_models.rows(scale, minimum)
    if not rows:
        return [blocks.Words(variance)] if variance else []
    how = "The scale with 0 in the third column fits best; a small departure p says that neither shape fits"
    caption = (
        "sIL-6R on both scales, 95 % intervals; of the additive one, percent of the level without effect "
        "alleles"
    )
    return [
        blocks.Words([*genetic_models.sentences(scale, minimum), *variance]),
        blocks.table(caption, _SCALES, rows, how=how),
    ]


def _covariates(study: Study) -> list[blocks.Block]:
    rows = genetic_models.covariate_rows(study.table(GENOTYPE_COVARIATES), study.minimum)
    caption = "Means, and shares of categories, by the number of effect alleles; p of a trend over it"
    how = "What differs between genotypes may confound an estimate that is not adjusted for it"
    return [blocks.table(caption, _COVARIATES, rows, how=how)] if rows else []


def _alternatives(study: Study) -> list[blocks.Block]:
    sensitivity, minimum = study.table(SENSITIVITY), study.minimum
    rows = specifications.rows(study.cohorts, study.plan, sensitivity, minimum)
    said = specifications.sentences(study.plan, sensitivity, minimum)
    how = (
        "Alike is an analysis whose interval lies on the same side of no effect, or across it, as the "
        "planned one's"
    )
    caption = "Estimates by alternative analyses, 95 % intervals"
    return [
        *([blocks.table(caption, _ALTERNATIVES, rows, how=how)] if rows else []),
        *([blocks.Words(said)] if said else []),
    ]


def _causal(study: Study) -> list[blocks.Block]:
    table, minimum = study.table(CAUSAL), study.minimum
    said = causal.sentences(study.plan, table, minimum)
    shown: list[blocks.Block] = [blocks.Words(said)] if said else []
    rows = causal.rows(study.plan, table, minimum)
    if rows:
        caption = "Causal readings with the variant as instrument, 95 % intervals"
        how = "Estimates are elasticities: percent of the outcome for each percent of the exposure"
        shown.append(blocks.table(caption, _CAUSAL, rows, how=how))
    two = causal.two_sample_rows(study.plan, table, minimum)
    if two:
        how = (
            "The ratio is the allele's effect on the outcome in everybody who has it, over that on the "
            "exposure in everybody who has that, or as published"
        )
        shown += [
            blocks.table("Two-sample readings, 95 % intervals", _TWO_SAMPLE, two, how=how),
            blocks.Words(causal.direct_sentences(study.plan, table, minimum)),
        ]
    if rows or two:
        shown += [
            blocks.Words(["It is valid as far as these are, of which the data can test the first alone:"]),
            blocks.Sentences(causal.ASSUMPTIONS),
        ]
    return shown


def _truth(study: Study) -> list[blocks.Block]:
    rows = simulated(study)
    how = "Of right intervals, 95 in 100 include the truth"
    caption = "Truth and estimate of each synthetic cohort, 95 % intervals"
    return [blocks.table(caption, _TRUTH, rows, one_line=True, how=how)] if rows else []


def statistics(found: Findings, rates: dict[str, list[str]]) -> dict[str, list[blocks.Block]]:
    """All statistics of each claim, by what it is called: a table for each published value, and error rates.

    Parameters
    ----------
    rates : sentences on how often verdicts would be given, by what the claim is called.
    """
    told: dict[str, list[blocks.Block]] = {}
    for detail in words.details(found):
        reasons = [blocks.Named(cohort, f": {reason}.") for cohort, reason in detail["reasons"].items()]
        caption = f"Statistics beside {detail['source']}"
        if not detail["verdict"]:
            caption += " (context, without a verdict)"
        how = (
            "A column is a cohort or the pool, a row one measure of agreement; the verdict follows from the "
            "rule"
        )
        told.setdefault(detail["claim"], []).extend(
            [blocks.headed(caption, detail["heads"], detail["rows"], how=how), blocks.Sentences(reasons)]
        )
    for claim, said in rates.items():
        if claim in told and said:
            told[claim].append(blocks.Sentences(said))
    return told
