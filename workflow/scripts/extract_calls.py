"""Rule extract_calls: the variant's calls from one cohort's genotype files."""

from il6r import tables, variants
from il6r.genotypes import calls
from il6r.job import job

with job(snakemake) as output:
    catalogue = variants.load_catalogue(snakemake.input.variants)
    options = snakemake.params.options
    frame, sources = calls.extract_calls(
        snakemake.input.genotypes,
        catalogue,
        variants.choose(catalogue, snakemake.params.variant),
        build=options.get("build"),
        fields=options["fields"],
        min_imputation_quality=options["min_imputation_quality"],
    )
    tables.CALLS.write(frame, output.calls)
    tables.SOURCES.write(sources, output.sources)
    tables.FLOW.write(calls.flow(frame, snakemake.wildcards.cohort), output.flow)
