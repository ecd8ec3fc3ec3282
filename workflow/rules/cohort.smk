"""Who is in the analysis, and where did the others go?

REQUIRED INPUTS  the cohort's participant table; calls, concentrations and activity of the stages before
OUTPUTS          {cohort}/cohort/: participants.parquet, analysis_set.parquet, flow.tsv
"""

from il6r.tables.activity import ACTIVITY_FLOW, PERSON_ACTIVITY, PERSON_DAYS
from il6r.tables.assays import ASSAYS_FLOW, BALANCE, CONCENTRATIONS
from il6r.tables.cohort import ANALYSIS_SET, COHORT_FLOW, PARTICIPANTS
from il6r.tables.genotypes import CALLS, GENOTYPES_FLOW, GENOTYPES_QC, STRUCTURE


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
    """Join the cohort's tables and count everyone who drops out."""
    input:
        **files(PARTICIPANTS, CALLS, GENOTYPES_QC, STRUCTURE, CONCENTRATIONS, BALANCE),
        **files(PERSON_ACTIVITY, PERSON_DAYS, GENOTYPES_FLOW, ASSAYS_FLOW, ACTIVITY_FLOW),
        code=science("build_analysis_set"),
    output:
        **files(ANALYSIS_SET),
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
    script:
        "../scripts/build_analysis_set.py"
