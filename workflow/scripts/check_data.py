"""Rule check_data: every cohort's data beside the limits of quality."""

import pandas as pd

from il6r import plan
from il6r.job import job
from il6r.replication import data_checks, quality_limits
from il6r.tables.activity import ACTIVITY_QC, RECORDINGS
from il6r.tables.assays import ASSAYS_QC, CONTROLS, PLATES, VARIABILITY
from il6r.tables.cohort import COHORT_FLOW
from il6r.tables.genotypes import CONCORDANCE, GENOTYPES_QC, SOURCES, STRUCTURE_SUMMARY
from il6r.tables.replication import DATA_CHECKS

TABLES = (
    *(GENOTYPES_QC, SOURCES, CONCORDANCE, STRUCTURE_SUMMARY, ASSAYS_QC, PLATES, CONTROLS, VARIABILITY),
    *(RECORDINGS, ACTIVITY_QC, COHORT_FLOW),
)

with job(snakemake) as output:
    given, params = snakemake.input, snakemake.params
    cohorts = {
        name: {table.name: table.read(getattr(given, table.name)[number]) for table in TABLES}
        for number, name in enumerate(params.cohorts)
    }
    found = data_checks.check(
        cohorts,
        quality_limits.load(given.limits),
        pd.read_csv(given.frequencies, sep="\t"),
        params.study_variant,
        params.min_cell_size,
        plan.load(given.plan, given.plan_schema).looked_at,
    )
    DATA_CHECKS.write(found, output.data_checks)
