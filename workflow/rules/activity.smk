"""How active is each person, on which valid days?

REQUIRED INPUTS  the cohort's device recordings, epochs, other programs' summaries or questionnaires
OUTPUTS          {cohort}/activity/: shards/, recordings.parquet, person_days.parquet,
                 person_activity.parquet, alternatives.parquet, qc.tsv, wear.tsv, flow.tsv
"""

from il6r.tables.activity import (
    ACTIVITY_FLOW,
    ACTIVITY_QC,
    ALTERNATIVES,
    DAYS_READ,
    PERSON_ACTIVITY,
    PERSON_DAYS,
    QUESTIONNAIRES_READ,
    RECORDINGS,
    RECORDINGS_READ,
    SUMMARIES_READ,
    WEAR,
)

# What a shard is read into.
OF_SHARD = (DAYS_READ, SUMMARIES_READ, QUESTIONNAIRES_READ, RECORDINGS_READ)


rule read_activity:
    """Bring one shard of a cohort's activity files to person-days, person means and scores."""
    input:
        activity=activity_files,
        beside=metalong_files,
        cut_points=resource("cut_points.tsv"),
        code=science("read_activity"),
    output:
        **files(*OF_SHARD),
    log:
        f"{RESULTS}/logs/read_activity/{{cohort}}_{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/read_activity/{{cohort}}_{{shard}}.tsv"
    # Recordings take longest, and what follows waits for all cohorts.
    priority: 1
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(raw_or_else(2600, 700), per_1000_people=40),
        runtime=growing(10, per_1000_people=raw_or_else(240, 5)),
    params:
        sources=shard_sources,
        settings=reading_settings,
    script:
        "../scripts/read_activity.py"


rule summarise_activity:
    """Mark valid days and average each person's, by the settings and by others."""
    input:
        **{
            name: lambda wildcards, path=path: expand(path, shard=SHARDS[wildcards.cohort], **wildcards)
            for name, path in files(*OF_SHARD).items()
        },
        code=science("summarise_activity"),
    output:
        **files(RECORDINGS, PERSON_DAYS, PERSON_ACTIVITY, ALTERNATIVES, WEAR, ACTIVITY_FLOW),
        **files(ACTIVITY_QC, shown=True),
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
        settings=person_mean_settings,
    script:
        "../scripts/summarise_activity.py"
