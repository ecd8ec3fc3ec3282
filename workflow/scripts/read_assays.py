"""Rule read_assays: one cohort's assays in canonical units, and what follows from them."""

import pandas as pd

from il6r import tables
from il6r.assays import balance, read
from il6r.job import job

with job(snakemake) as output:
    given, params = snakemake.input, snakemake.params
    found = read.read_cohort(
        snakemake.wildcards.cohort,
        params.sources,
        next(iter(given.samples), None),
        pd.read_csv(given.ranges, sep="\t"),
        balance.load_constants(given.constants),
        params.settings,
        params.samples_columns,
        params.samples_sheet,
    )
    tables.CONCENTRATIONS.write(found.concentrations, output.concentrations)
    tables.BALANCE.write(found.balance, output.balance)
    tables.ASSAY_QC.write(found.qc, output.qc)
    tables.VARIABILITY.write(found.variability, output.variability)
    tables.REFERENCE.write(found.reference, output.reference)
    tables.PLATES.write(found.plates, output.plates)
    tables.STANDARDS.write(found.standards, output.standards)
    tables.CONTROLS.write(found.controls, output.controls)
    tables.WELLS.write(found.wells, output.wells)
    tables.FLOW.write(found.flow, output.flow)
