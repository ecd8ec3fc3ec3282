"""Who is in the analysis, and where did the others go?

REQUIRED INPUTS  the cohort's participant table; calls, concentrations and activity of the stages before
OUTPUTS          {cohort}/cohort/: participants.parquet, analysis_set.parquet, flow.tsv
"""


rule read_participants:
    """Read and check the table that says whose sample is whose."""
    input:
        participants=participant_table,
        code=science("read_participants"),
    output:
        participants=f"{RESULTS}/{{cohort}}/cohort/participants.parquet",
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
        participants=f"{RESULTS}/{{cohort}}/cohort/participants.parquet",
        calls=f"{RESULTS}/{{cohort}}/genotypes/calls.parquet",
        qc=f"{RESULTS}/{{cohort}}/genotypes/qc.tsv",
        structure=f"{RESULTS}/{{cohort}}/genotypes/structure.parquet",
        concentrations=f"{RESULTS}/{{cohort}}/assays/concentrations.parquet",
        balance=f"{RESULTS}/{{cohort}}/assays/balance.parquet",
        activity=f"{RESULTS}/{{cohort}}/activity/person_activity.parquet",
        person_days=f"{RESULTS}/{{cohort}}/activity/person_days.parquet",
        flows=expand(
            f"{RESULTS}/{{{{cohort}}}}/{{stage}}/flow.tsv",
            stage=["genotypes", "assays", "activity"],
        ),
        code=science("build_analysis_set"),
    output:
        analysis_set=f"{RESULTS}/{{cohort}}/cohort/analysis_set.parquet",
        flow=report(
            f"{RESULTS}/{{cohort}}/cohort/flow.tsv",
            caption="../report/flow.rst",
            category="Cohort",
            labels={"cohort": "{cohort}", "table": "participant flow"},
        ),
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
        genotypes=lambda wildcards: settings(wildcards)["genotypes"],
    script:
        "../scripts/build_analysis_set.py"
