"""Rule build_analysis_set: one cohort's tables joined, dropouts counted, and the data's quality measured."""

import pandas as pd

from il6r import cohort, data_quality
from il6r.job import job
from il6r.tables import activity, assays, genotypes
from il6r.tables.cohort import ANALYSIS_SET, COHORT_FLOW, DATA_QUALITY, PARTICIPANTS

OF_QUALITY = (
    *(genotypes.GENOTYPES_QC, genotypes.SOURCES, genotypes.CONCORDANCE, genotypes.STRUCTURE_SUMMARY),
    *(assays.ASSAYS_QC, assays.PLATES, assays.CONTROLS, assays.VARIABILITY),
    *(activity.RECORDINGS, activity.ACTIVITY_QC),
)

with job(snakemake) as output:
    given, params = snakemake.input, snakemake.params
    of_quality = {table.name: table.read(getattr(given, table.name)) for table in OF_QUALITY}
    tables = cohort.Tables(
        PARTICIPANTS.read(given.participants),
        genotypes.CALLS.read(given.calls),
        assays.CONCENTRATIONS.read(given.concentrations),
        assays.BALANCE.read(given.balance),
        activity.PERSON_ACTIVITY.read(given.person_activity),
        activity.PERSON_DAYS.read(given.person_days),
        of_quality["genotypes_qc"],
        genotypes.STRUCTURE.read(given.structure),
        [
            genotypes.GENOTYPES_FLOW.read(given.genotypes_flow),
            assays.ASSAYS_FLOW.read(given.assays_flow),
            activity.ACTIVITY_FLOW.read(given.activity_flow),
        ],
    )
    analysis_set, flow = cohort.build_analysis_set(snakemake.wildcards.cohort, tables, **params.exclusions)
    frequencies = pd.read_csv(given.frequencies, sep="\t")
    quality = data_quality.measure(of_quality | {"cohort_flow": flow}, frequencies, params.study_variant)
    ANALYSIS_SET.write(analysis_set, output.analysis_set)
    COHORT_FLOW.write(flow, output.cohort_flow)
    DATA_QUALITY.write(quality, output.data_quality)
