"""Rule build_analysis_set: one cohort's tables joined, and everyone who dropped out counted."""

from il6r import cohort, tables
from il6r.job import job

with job(snakemake) as output:
    analysis_set, flow = cohort.build_analysis_set(
        snakemake.wildcards.cohort,
        tables.PARTICIPANTS.read(snakemake.input.participants),
        tables.CALLS.read(snakemake.input.calls),
        tables.CONCENTRATIONS.read(snakemake.input.concentrations),
        tables.BALANCE.read(snakemake.input.balance),
        tables.PERSON_ACTIVITY.read(snakemake.input.activity),
        tables.PERSON_DAYS.read(snakemake.input.person_days),
        tables.GENOTYPE_QC.read(snakemake.input.qc),
        tables.STRUCTURE.read(snakemake.input.structure),
        [tables.FLOW.read(path) for path in snakemake.input.flows],
        exclude_relatives=snakemake.params.genotypes["exclude_relatives"],
        exclude_outliers=snakemake.params.genotypes["exclude_outliers"],
    )
    tables.ANALYSIS_SET.write(analysis_set, output.analysis_set)
    tables.FLOW.write(flow, output.flow)
