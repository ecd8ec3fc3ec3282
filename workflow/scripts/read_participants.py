"""Rule read_participants: one cohort's participant table, checked."""

from il6r import cohort
from il6r.job import job
from il6r.tables.cohort import PARTICIPANTS

with job(snakemake) as output:
    params = snakemake.params
    participants = cohort.read_participants(snakemake.input.participants, params.columns, params.sheet)
    PARTICIPANTS.write(participants, output.participants)
