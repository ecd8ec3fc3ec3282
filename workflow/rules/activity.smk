"""How active is each person, on which valid days?

REQUIRED INPUTS  the cohort's device recordings, epochs, other programs' summaries or questionnaires
OUTPUTS          {cohort}/activity/: shards/, recordings.parquet, person_days.parquet,
                 person_activity.parquet, alternatives.parquet, qc.tsv, wear.tsv, flow.tsv
"""

# What a shard is read into, by the name of its file.
SHARD_TABLES = ["days", "summaries", "questionnaire", "recordings"]


rule read_activity:
    """Bring one shard of a cohort's activity files to person-days, person means and scores."""
    input:
        activity=activity_files,
        beside=metalong_files,
        cut_points=resource("cut_points.tsv"),
        code=science("read_activity"),
    output:
        **{name: f"{RESULTS}/{{cohort}}/activity/shards/{{shard}}_{name}.parquet" for name in SHARD_TABLES},
    log:
        f"{RESULTS}/logs/read_activity/{{cohort}}_{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/read_activity/{{cohort}}_{{shard}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(raw_or_else(2600, 700), per_1000_people=40),
        runtime=growing(10, per_1000_people=raw_or_else(240, 5)),
    params:
        sources=shard_sources,
        settings=activity_settings,
    script:
        "../scripts/read_activity.py"


rule summarise_activity:
    """Mark valid days and average each person's, by the settings and by others."""
    input:
        **{
            name: lambda wildcards, name=name: expand(
                f"{RESULTS}/{wildcards.cohort}/activity/shards/{{shard}}_{name}.parquet",
                shard=SHARDS[wildcards.cohort],
            )
            for name in SHARD_TABLES
        },
        code=science("summarise_activity"),
    output:
        recordings=f"{RESULTS}/{{cohort}}/activity/recordings.parquet",
        days=f"{RESULTS}/{{cohort}}/activity/person_days.parquet",
        people=f"{RESULTS}/{{cohort}}/activity/person_activity.parquet",
        alternatives=f"{RESULTS}/{{cohort}}/activity/alternatives.parquet",
        qc=report(
            f"{RESULTS}/{{cohort}}/activity/qc.tsv",
            caption="../report/activity_qc.rst",
            category="Activity",
            labels={"cohort": "{cohort}", "table": "recordings, wear and calibration"},
        ),
        wear=f"{RESULTS}/{{cohort}}/activity/wear.tsv",
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
        files=lambda wildcards: [[file for _, file in shard] for shard in SHARDS[wildcards.cohort].values()],
        settings=activity_settings,
    script:
        "../scripts/summarise_activity.py"
