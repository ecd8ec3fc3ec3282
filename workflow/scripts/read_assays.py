"""Rule read_assays: one cohort's assays in canonical units, and what follows from them."""

import pandas as pd

from il6r.assays import balance, cohort_assays
from il6r.job import job
from il6r.tables.assays import (
    ASSAYS_FLOW,
    ASSAYS_QC,
    BALANCE,
    CONCENTRATIONS,
    CONTROLS,
    PLATES,
    REFERENCE,
    STANDARDS,
    VARIABILITY,
    WELLS,
)

with job(snakemake) as output:
    given, params = snakemake.input, snakemake.params
    found = cohort_assays.read_cohort(
        snakemake.wildcards.cohort,
        params.sources,
        next(iter(given.samples), None),
        pd.read_csv(given.ranges, sep="\t"),
        balance.load_constants(given.constants),
        params.settings,
        params.samples_columns,
        params.samples_sheet,
    )
    CONCENTRATIONS.write(found.concentrations, output.concentrations)
    BALANCE.write(found.balance, output.balance)
    ASSAYS_QC.write(found.assays_qc, output.assays_qc)
    VARIABILITY.write(found.variability, output.variability)
    REFERENCE.write(found.reference, output.reference)
    PLATES.write(found.plates, output.plates)
    STANDARDS.write(found.standards, output.standards)
    CONTROLS.write(found.controls, output.controls)
    WELLS.write(found.wells, output.wells)
    ASSAYS_FLOW.write(found.assays_flow, output.assays_flow)
