"""Rule read_activity: the person-days of one shard of a cohort's activity files."""

from il6r import activity, tables
from il6r.job import job

with job(snakemake) as output:
    days = activity.read_person_days(
        snakemake.input.activity, snakemake.params.form, snakemake.params.columns
    )
    tables.DAYS_READ.write(days, output.days)
