"""What is the effect of the variant in this cohort?

REQUIRED INPUTS  the plan; the cohort's analysis set; its person means of activity and balance, by the settings
                 and by others
OUTPUTS          {cohort}/association/: estimates.tsv, flow.tsv, genotype_means.tsv, scale.tsv,
                 genotype_covariates.tsv, causal.tsv, average_day.tsv, sensitivity.tsv
                 calibration/, on request: calibration.tsv, operating.tsv, calibration.svg
"""


rule fit_models:
    """Do every analysis of the plan in one cohort."""
    input:
        plan=PLAN,
        plan_schema=here("workflow", "schemas", "plan.schema.yaml"),
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
        flow=f"{RESULTS}/{{cohort}}/association/flow.tsv",
        means=report(
            f"{RESULTS}/{{cohort}}/association/genotype_means.tsv",
            caption="../report/genotype_means.rst",
            category="Association",
            labels={"cohort": "{cohort}", "table": "means by genotype"},
        ),
        scale=f"{RESULTS}/{{cohort}}/association/scale.tsv",
        covariates=f"{RESULTS}/{{cohort}}/association/genotype_covariates.tsv",
        causal=f"{RESULTS}/{{cohort}}/association/causal.tsv",
        average_day=f"{RESULTS}/{{cohort}}/association/average_day.tsv",
        sensitivity=report(
            f"{RESULTS}/{{cohort}}/association/sensitivity.tsv",
            caption="../report/sensitivity.rst",
            category="Association",
            labels={"cohort": "{cohort}", "table": "estimates by other choices"},
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
        mem_mb=growing(1000, per_1000_people=10),
        runtime=growing(10, per_1000_people=1),
    params:
        variant=variant_read,
        seed=config["seed"],
        covariate_sets=covariate_sets,
        other_unit=other_unit,
    script:
        "../scripts/fit_models.py"


rule calibrate_models:
    """Simulate cohorts whose truth is known, and see how often models and verdicts are right."""
    input:
        plan=PLAN,
        plan_schema=here("workflow", "schemas", "plan.schema.yaml"),
        published=resource("published_effects.tsv"),
        code=science("calibrate_models"),
    output:
        calibration=f"{RESULTS}/calibration/calibration.tsv",
        operating=f"{RESULTS}/calibration/operating.tsv",
        figure=[
            f"{RESULTS}/calibration/calibration.svg",
            f"{RESULTS}/calibration/calibration.pdf",
        ],
    log:
        f"{RESULTS}/logs/calibrate_models.log",
    benchmark:
        f"{RESULTS}/benchmarks/calibrate_models.tsv"
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **config["calibration"],
        seed=config["seed"],
    script:
        "../scripts/calibrate_models.py"
