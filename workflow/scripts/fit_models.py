"""Rule fit_models: every analysis of the plan in one cohort."""

from il6r import plan, variants
from il6r.association import adjusted_means, analyses, average_day, causal_readings, sensitivity
from il6r.association.selection import Cohort
from il6r.job import job
from il6r.replication import benchmarks
from il6r.tables.activity import ALTERNATIVES, PERSON_ACTIVITY
from il6r.tables.assays import BALANCE
from il6r.tables.association import (
    ASSOCIATION_FLOW,
    AVERAGE_DAY,
    CAUSAL,
    ESTIMATES,
    GENETIC_MODELS,
    GENOTYPE_COVARIATES,
    GENOTYPE_MEANS,
    SENSITIVITY,
)
from il6r.tables.cohort import ANALYSIS_SET
from il6r.tables.genotypes import RELATIVES

with job(snakemake) as output:
    given, params, name = snakemake.input, snakemake.params, snakemake.wildcards.cohort
    genotypes = variants.choose(variants.load_catalogue(given.variants), params.variant).genotypes
    analysis_set = ANALYSIS_SET.read(given.analysis_set)
    the_plan = plan.load(given.plan, given.plan_schema)
    relatives = RELATIVES.read(given.relatives)
    own = params.covariate_sets
    cohort = Cohort(name, analysis_set, genotypes, the_plan, given.plan, own, relatives, params.seed)
    kept = {}
    estimates, flow = analyses.fit_cohort(cohort, params.other_unit, params.seed, kept)
    named = {one.published_first_stage for one in the_plan.causal.values()} - {None}
    published = benchmarks.log_ratios(given.published, sorted(named))
    people = PERSON_ACTIVITY.read(given.person_activity)
    choices, balance = ALTERNATIVES.read(given.alternatives), BALANCE.read(given.balance)
    ESTIMATES.write(estimates, output.estimates)
    ASSOCIATION_FLOW.write(flow, output.association_flow)
    GENOTYPE_MEANS.write(adjusted_means.raw_and_adjusted(cohort), output.genotype_means)
    GENETIC_MODELS.write_rows(analyses.compare_genetic_models(cohort), output.genetic_models)
    GENOTYPE_COVARIATES.write_rows(analyses.covariates_by_genotype(cohort), output.genotype_covariates)
    CAUSAL.write_rows(causal_readings.causal_readings(cohort, published), output.causal)
    AVERAGE_DAY.write(average_day.by_genotype(name, analysis_set, people, genotypes), output.average_day)
    SENSITIVITY.write_rows(sensitivity.analyse(cohort, choices, balance, kept), output.sensitivity)
