"""How active is each person, on which valid days?

REQUIRED INPUTS  the cohort's person-days, plain or from GGIR part 2, in one file or several
OUTPUTS          {cohort}/activity/: shards/, person_days.parquet, person_activity.parquet, flow.tsv
"""


rule read_activity:
    """Read the person-days of one shard of a cohort's activity files."""
    input:
        activity=lambda wildcards: SHARDS[wildcards.cohort][wildcards.shard],
        code=science("read_activity"),
    output:
        days=f"{RESULTS}/{{cohort}}/activity/shards/{{shard}}.parquet",
    log:
        f"{RESULTS}/logs/read_activity/{{cohort}}_{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/read_activity/{{cohort}}_{{shard}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(700, per_1000_people=40),
        runtime=growing(10, per_1000_people=1),
    params:
        form=activity_form,
        columns=columns("activity"),
    script:
        "../scripts/read_activity.py"


rule summarise_activity:
    """Mark valid days and average each person's."""
    input:
        shards=lambda wildcards: expand(
            f"{RESULTS}/{wildcards.cohort}/activity/shards/{{shard}}.parquet",
            shard=SHARDS[wildcards.cohort],
        ),
        code=science("summarise_activity"),
    output:
        days=f"{RESULTS}/{{cohort}}/activity/person_days.parquet",
        people=f"{RESULTS}/{{cohort}}/activity/person_activity.parquet",
        flow=f"{RESULTS}/{{cohort}}/activity/flow.tsv",
    log:
        f"{RESULTS}/logs/summarise_activity/{{cohort}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/summarise_activity/{{cohort}}.tsv"
    group:
        "cohort"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(700, per_1000_people=10),
        runtime=growing(10, per_1000_people=0.5),
    params:
        files=lambda wildcards: list(SHARDS[wildcards.cohort].values()),
        rules=config["activity"],
    script:
        "../scripts/summarise_activity.py"
