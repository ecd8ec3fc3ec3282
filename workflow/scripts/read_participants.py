"""Rule read_participants: one cohort's participant table, checked."""

from il6r import cohort, tables
from il6r.job import job

with job(snakemake) as output:
    params = snakemake.params
    participants = cohort.read_participants(snakemake.input.participants, params.columns, params.sheet)
    tables.PARTICIPANTS.write(participants, output.participants)
