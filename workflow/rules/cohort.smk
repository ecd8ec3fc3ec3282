"""Who is in the analysis, where did the others go, and how good are the data?

REQUIRED INPUTS  the cohort's participant table; calls, concentrations and activity of the stages before, and
                 their tables of quality
OUTPUTS          {cohort}/cohort/: participants.parquet, analysis_set.parquet, flow.tsv, data_quality.tsv
"""

from il6r.tables.activity import ACTIVITY_FLOW, ACTIVITY_QC, PERSON_ACTIVITY, PERSON_DAYS, RECORDINGS
from il6r.tables.assays import (
    ASSAYS_FLOW,
    ASSAYS_QC,
    BALANCE,
    CONCENTRATIONS,
    CONTROLS,
    PLATES,
    VARIABILITY,
)
from il6r.tables.cohort import ANALYSIS_SET, COHORT_FLOW, DATA_QUALITY, PARTICIPANTS
from il6r.tables.genotypes import (
    CALLS,
    CONCORDANCE,
    GENOTYPES_FLOW,
    GENOTYPES_QC,
    SOURCES,
    STRUCTURE,
    STRUCTURE_SUMMARY,
)


rule read_participants:
    """Read and check the table that says whose sample is whose."""
    input:
        participants=participant_table,
        code=science("read_participants"),
    output:
        **files(PARTICIPANTS),
    log:
        f"{RESULTS}/logs/read_participants/{{cohort}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/read_participants/{{cohort}}.tsv"
    group:
        "cohort"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(600, per_1000_people=2),
        runtime=growing(10, per_1000_people=0.1),
    params:
        columns=columns("participants"),
        sheet=sheet("participants"),
    script:
        "../scripts/read_participants.py"


rule build_analysis_set:
    """Join the cohort's tables, count everyone who drops out, and measure what its data are checked for."""
    input:
        **files(PARTICIPANTS, CALLS, GENOTYPES_QC, STRUCTURE, CONCENTRATIONS, BALANCE),
        **files(PERSON_ACTIVITY, PERSON_DAYS, GENOTYPES_FLOW, ASSAYS_FLOW, ACTIVITY_FLOW),
        **files(SOURCES, CONCORDANCE, STRUCTURE_SUMMARY, ASSAYS_QC, PLATES, CONTROLS, VARIABILITY),
        **files(RECORDINGS, ACTIVITY_QC),
        frequencies=resource("reference_frequencies.tsv"),
        code=science("build_analysis_set"),
    output:
        **files(ANALYSIS_SET, DATA_QUALITY),
        **files(COHORT_FLOW, shown=True),
    log:
        f"{RESULTS}/logs/build_analysis_set/{{cohort}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/build_analysis_set/{{cohort}}.tsv"
    group:
        "cohort"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(700, per_1000_people=10),
        runtime=growing(10, per_1000_people=0.5),
    params:
        exclusions=exclusions,
        study_variant=config["variant"],
    script:
        "../scripts/build_analysis_set.py"
