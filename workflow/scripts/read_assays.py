"""Rule read_assays: one cohort's assay results in canonical units."""

import pandas as pd

from il6r import assays, tables
from il6r.job import job

with job(snakemake) as output:
    concentrations, qc, flow = assays.read_assays(
        snakemake.input.assays,
        snakemake.wildcards.cohort,
        pd.read_csv(snakemake.input.ranges, sep="\t"),
        columns=snakemake.params.columns,
    )
    tables.CONCENTRATIONS.write(concentrations, output.concentrations)
    tables.ASSAY_QC.write(qc, output.qc)
    tables.FLOW.write(flow, output.flow)
