"""Rule read_participants: one cohort's participant table, checked."""

from il6r import cohort, tables
from il6r.job import job

with job(snakemake) as output:
    participants = cohort.read_participants(snakemake.input.participants, snakemake.params.columns)
    tables.PARTICIPANTS.write(participants, output.participants)
