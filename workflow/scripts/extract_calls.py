"""Rule extract_calls: the variant's calls from one cohort's genotype files."""

from il6r import variants
from il6r.genotypes import calls
from il6r.job import job
from il6r.tables.genotypes import CALLS, CONCORDANCE, CONFLICTS, GENOTYPES_FLOW, SOURCES

with job(snakemake) as output:
    given, params = snakemake.input, snakemake.params
    catalogue = variants.load_catalogue(given.variants)
    variant = variants.choose(catalogue, params.variant)
    files = (given.genotypes, params.indexes)
    options = calls.Options.from_config(params.options)
    cohort = calls.extract_calls(*files, catalogue, variant, options)
    if params.variant != params.study_variant:
        calls.add_study_variant(*files, variants.choose(catalogue, params.study_variant), cohort, options)
    CALLS.write_arrays(calls.table(cohort, variant), output.calls)
    SOURCES.write_rows(cohort.sources, output.sources)
    CONCORDANCE.write_rows(cohort.concordance, output.concordance)
    CONFLICTS.write_rows(cohort.conflicts, output.conflicts)
    GENOTYPES_FLOW.write_rows(calls.flow(cohort, snakemake.wildcards.cohort), output.genotypes_flow)
