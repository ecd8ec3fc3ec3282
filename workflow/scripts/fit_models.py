"""Rule fit_models: every analysis of one cohort."""

import pandas as pd

from il6r import tables, variants
from il6r.association import analyses, average_day, sensitivity
from il6r.job import job

with job(snakemake) as output:
    catalogue = variants.load_catalogue(snakemake.input.variants)
    cohort, covariates = snakemake.wildcards.cohort, snakemake.params.covariates
    genotypes = variants.choose(catalogue, snakemake.params.variant).genotypes
    analysis_set = tables.ANALYSIS_SET.read(snakemake.input.analysis_set)
    people = tables.PERSON_ACTIVITY.read(snakemake.input.activity)
    choices = tables.ALTERNATIVES.read(snakemake.input.alternatives)
    estimates, means = analyses.fit_cohort(
        cohort, analysis_set, genotypes, covariates, snakemake.params.other_unit
    )
    day = average_day.by_genotype(cohort, analysis_set, people, genotypes)
    balance = tables.BALANCE.read(snakemake.input.balance)
    moved = [
        sensitivity.fit_choices(cohort, analysis_set, choices, covariates["activity"]),
        sensitivity.fit_constants(cohort, analysis_set, balance, covariates),
    ]
    tables.ESTIMATES.write(estimates, output.estimates)
    tables.GENOTYPE_MEANS.write(means, output.means)
    tables.AVERAGE_DAY.write(day, output.average_day)
    tables.SENSITIVITY.write(pd.concat(moved, ignore_index=True), output.sensitivity)
