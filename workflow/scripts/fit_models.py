"""Rule fit_models: every analysis of one cohort."""

from il6r import tables, variants
from il6r.association import analyses
from il6r.job import job

with job(snakemake) as output:
    catalogue = variants.load_catalogue(snakemake.input.variants)
    estimates, means = analyses.fit_cohort(
        snakemake.wildcards.cohort,
        tables.ANALYSIS_SET.read(snakemake.input.analysis_set),
        variants.choose(catalogue, snakemake.params.variant).genotypes,
        snakemake.params.covariates,
    )
    tables.ESTIMATES.write(estimates, output.estimates)
    tables.GENOTYPE_MEANS.write(means, output.means)
