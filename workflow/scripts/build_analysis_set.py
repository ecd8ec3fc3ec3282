"""Rule build_analysis_set: one cohort's tables joined, and everyone who dropped out counted."""

from il6r import cohort
from il6r.job import job
from il6r.tables.activity import ACTIVITY_FLOW, PERSON_ACTIVITY, PERSON_DAYS
from il6r.tables.assays import ASSAYS_FLOW, BALANCE, CONCENTRATIONS
from il6r.tables.cohort import ANALYSIS_SET, COHORT_FLOW, PARTICIPANTS
from il6r.tables.genotypes import CALLS, GENOTYPES_FLOW, GENOTYPES_QC, STRUCTURE

with job(snakemake) as output:
    given, params = snakemake.input, snakemake.params
    tables = cohort.Tables(
        PARTICIPANTS.read(given.participants),
        CALLS.read(given.calls),
        CONCENTRATIONS.read(given.concentrations),
        BALANCE.read(given.balance),
        PERSON_ACTIVITY.read(given.person_activity),
        PERSON_DAYS.read(given.person_days),
        GENOTYPES_QC.read(given.genotypes_qc),
        STRUCTURE.read(given.structure),
        [
            GENOTYPES_FLOW.read(given.genotypes_flow),
            ASSAYS_FLOW.read(given.assays_flow),
            ACTIVITY_FLOW.read(given.activity_flow),
        ],
    )
    analysis_set, flow = cohort.build_analysis_set(
        snakemake.wildcards.cohort,
        tables,
        **params.exclusions,
    )
    ANALYSIS_SET.write(analysis_set, output.analysis_set)
    COHORT_FLOW.write(flow, output.cohort_flow)
