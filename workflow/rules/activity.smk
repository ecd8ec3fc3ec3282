"""How active is each person, on which valid days?

REQUIRED INPUTS  the cohort's person-days, plain or from GGIR part 2
OUTPUTS          {cohort}/activity/: person_days.parquet, person_activity.parquet, flow.tsv
"""


rule summarise_activity:
    """Mark valid days and average each person's."""
    input:
        activity=input_file("activity"),
        code=science("summarise_activity"),
    output:
        days=f"{RESULTS}/{{cohort}}/activity/person_days.parquet",
        people=f"{RESULTS}/{{cohort}}/activity/person_activity.parquet",
        flow=f"{RESULTS}/{{cohort}}/activity/flow.tsv",
    log:
        f"{RESULTS}/logs/summarise_activity/{{cohort}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/summarise_activity/{{cohort}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory(400, per_input=40),
        runtime=10,
    params:
        form=activity_form,
        rules=config["activity"],
        columns=columns("activity"),
    script:
        "../scripts/summarise_activity.py"
