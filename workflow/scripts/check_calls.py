"""Rule check_calls: quality of one cohort's calls."""

import pandas as pd

from il6r import tables, variants
from il6r.genotypes import quality
from il6r.job import job

with job(snakemake) as output:
    catalogue = variants.load_catalogue(snakemake.input.variants)
    qc = quality.check_calls(
        tables.CALLS.read(snakemake.input.calls),
        tables.PARTICIPANTS.read(snakemake.input.participants),
        variants.choose(catalogue, snakemake.params.variant).genotypes,
        pd.read_csv(snakemake.input.populations, sep="\t"),
        pd.read_csv(snakemake.input.frequencies, sep="\t"),
    )
    tables.GENOTYPE_QC.write(qc, output.qc)
