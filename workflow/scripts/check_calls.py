"""Rule check_calls: quality of one cohort's calls."""

import pandas as pd

from il6r import tables, variants
from il6r.genotypes import quality
from il6r.job import job

with job(snakemake) as output:
    given, params = snakemake.input, snakemake.params
    catalogue = variants.load_catalogue(given.variants)
    qc = quality.check_calls(
        tables.CALLS.read(given.calls),
        tables.PARTICIPANTS.read(given.participants),
        variants.choose(catalogue, params.variant),
        variants.choose(catalogue, params.study_variant),
        pd.read_csv(given.populations, sep="\t"),
        pd.read_csv(given.frequencies, sep="\t"),
        params.options["min_proxy_r2"],
    )
    tables.GENOTYPE_QC.write(qc, output.qc)
