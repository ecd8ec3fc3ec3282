"""Rule fit_models: every analysis of the plan in one cohort."""

from il6r import plan, tables, variants
from il6r.association import analyses, average_day, genotype_means, specifications
from il6r.association.selection import Cohort
from il6r.job import job

with job(snakemake) as output:
    given, params, name = snakemake.input, snakemake.params, snakemake.wildcards.cohort
    genotypes = variants.choose(variants.load_catalogue(given.variants), params.variant).genotypes
    analysis_set = tables.ANALYSIS_SET.read(given.analysis_set)
    the_plan = plan.load(given.plan, given.plan_schema)
    cohort = Cohort(name, analysis_set, genotypes, the_plan, given.plan, params.covariate_sets)
    estimates, flow = analyses.fit_cohort(cohort, params.other_unit, params.seed)
    people = tables.PERSON_ACTIVITY.read(given.activity)
    choices, balance = tables.ALTERNATIVES.read(given.alternatives), tables.BALANCE.read(given.balance)
    tables.ESTIMATES.write(estimates, output.estimates)
    tables.FLOW.write(flow, output.flow)
    tables.GENOTYPE_MEANS.write(genotype_means.geometric_means(name, analysis_set, genotypes), output.means)
    tables.SCALE.write_rows(analyses.both_scales(cohort), output.scale)
    tables.GENOTYPE_COVARIATES.write_rows(analyses.covariates_by_genotype(cohort), output.covariates)
    tables.CAUSAL.write_rows(analyses.causal_readings(cohort), output.causal)
    tables.AVERAGE_DAY.write(
        average_day.by_genotype(name, analysis_set, people, genotypes), output.average_day
    )
    tables.SENSITIVITY.write_rows(specifications.specify(cohort, choices, balance), output.sensitivity)
