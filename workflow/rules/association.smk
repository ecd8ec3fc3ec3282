"""What is the effect of the variant in this cohort?

REQUIRED INPUTS  the cohort's analysis set; its person means of activity, by the settings and by others
OUTPUTS          {cohort}/association/: estimates.tsv, genotype_means.tsv, average_day.tsv, sensitivity.tsv
"""


rule fit_models:
    """Fit every analysis to one cohort."""
    input:
        analysis_set=f"{RESULTS}/{{cohort}}/cohort/analysis_set.parquet",
        activity=f"{RESULTS}/{{cohort}}/activity/person_activity.parquet",
        balance=f"{RESULTS}/{{cohort}}/assays/balance.parquet",
        alternatives=f"{RESULTS}/{{cohort}}/activity/alternatives.parquet",
        variants=resource("variants.tsv"),
        code=science("fit_models"),
    output:
        estimates=report(
            f"{RESULTS}/{{cohort}}/association/estimates.tsv",
            caption="../report/estimates.rst",
            category="Association",
            labels={"cohort": "{cohort}", "table": "estimates"},
        ),
        means=report(
            f"{RESULTS}/{{cohort}}/association/genotype_means.tsv",
            caption="../report/genotype_means.rst",
            category="Association",
            labels={"cohort": "{cohort}", "table": "means by genotype"},
        ),
        average_day=f"{RESULTS}/{{cohort}}/association/average_day.tsv",
        sensitivity=report(
            f"{RESULTS}/{{cohort}}/association/sensitivity.tsv",
            caption="../report/sensitivity.rst",
            category="Association",
            labels={"cohort": "{cohort}", "table": "activity by other choices"},
        ),
    log:
        f"{RESULTS}/logs/fit_models/{{cohort}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/fit_models/{{cohort}}.tsv"
    group:
        "cohort"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000, per_1000_people=50),
        runtime=growing(10, per_1000_people=5),
    params:
        variant=variant_read,
        covariates=covariates,
        other_unit=other_unit,
    script:
        "../scripts/fit_models.py"
