"""Rule check_data: every cohort's data beside the limits of quality."""

from il6r import plan
from il6r.job import job
from il6r.replication import data_checks, quality_limits
from il6r.tables.cohort import DATA_QUALITY
from il6r.tables.data_checks import DATA_CHECKS

with job(snakemake) as output:
    given, params = snakemake.input, snakemake.params
    measured = map(DATA_QUALITY.read, given.data_quality)
    found = data_checks.check(
        dict(zip(params.cohorts, measured, strict=True)),
        quality_limits.load(given.limits),
        params.min_cell_size,
        plan.load(given.plan, given.plan_schema).looked_at,
    )
    DATA_CHECKS.write(found, output.data_checks)
