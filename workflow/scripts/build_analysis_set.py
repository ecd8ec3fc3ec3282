"""Rule build_analysis_set: one cohort's tables joined, and everyone who dropped out counted."""

from il6r import cohort
from il6r.job import job
from il6r.tables.activity import ACTIVITY_FLOW, PERSON_ACTIVITY, PERSON_DAYS
from il6r.tables.assays import ASSAYS_FLOW, BALANCE, CONCENTRATIONS
from il6r.tables.cohort import ANALYSIS_SET, COHORT_FLOW, PARTICIPANTS
from il6r.tables.genotypes import CALLS, GENOTYPES_FLOW, GENOTYPES_QC, STRUCTURE

with job(snakemake) as output:
    analysis_set, flow = cohort.build_analysis_set(
        snakemake.wildcards.cohort,
        PARTICIPANTS.read(snakemake.input.participants),
        CALLS.read(snakemake.input.calls),
        CONCENTRATIONS.read(snakemake.input.concentrations),
        BALANCE.read(snakemake.input.balance),
        PERSON_ACTIVITY.read(snakemake.input.person_activity),
        PERSON_DAYS.read(snakemake.input.person_days),
        GENOTYPES_QC.read(snakemake.input.genotypes_qc),
        STRUCTURE.read(snakemake.input.structure),
        [
            GENOTYPES_FLOW.read(snakemake.input.genotypes_flow),
            ASSAYS_FLOW.read(snakemake.input.assays_flow),
            ACTIVITY_FLOW.read(snakemake.input.activity_flow),
        ],
        **snakemake.params.exclusions,
    )
    ANALYSIS_SET.write(analysis_set, output.analysis_set)
    COHORT_FLOW.write(flow, output.cohort_flow)
