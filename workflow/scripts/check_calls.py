"""Rule check_calls: quality of one cohort's calls."""

import pandas as pd

from il6r import variants
from il6r.genotypes import quality
from il6r.job import job
from il6r.tables.cohort import PARTICIPANTS
from il6r.tables.genotypes import CALLS, GENOTYPES_QC, STRUCTURE

with job(snakemake) as output:
    given, params = snakemake.input, snakemake.params
    catalogue = variants.load_catalogue(given.variants)
    qc = quality.check_calls(
        CALLS.read(given.calls),
        PARTICIPANTS.read(given.participants),
        variants.choose(catalogue, params.variant),
        variants.choose(catalogue, params.study_variant),
        pd.read_csv(given.populations, sep="\t"),
        pd.read_csv(given.frequencies, sep="\t"),
        params.min_proxy_r2,
        STRUCTURE.read(given.structure),
    )
    GENOTYPES_QC.write(qc, output.genotypes_qc)
