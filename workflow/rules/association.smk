"""What is the effect of the variant in this cohort?

REQUIRED INPUTS  the plan; published effects, of which it may name first stages; the cohort's analysis set; its
                 person means of activity and balance, by the settings and by others; its pairs of relatives
OUTPUTS          {cohort}/association/: estimates.tsv, flow.tsv, genotype_means.tsv, genetic_models.tsv,
                 genotype_covariates.tsv, causal.tsv, average_day.tsv, sensitivity.tsv
                 calibration/, on request: calibration.tsv, calibration_operating.tsv, calibration.svg
"""

from il6r.tables.activity import ALTERNATIVES, PERSON_ACTIVITY
from il6r.tables.assays import BALANCE
from il6r.tables.association import (
    ASSOCIATION_FLOW,
    AVERAGE_DAY,
    CALIBRATION,
    CAUSAL,
    ESTIMATES,
    GENETIC_MODELS,
    GENOTYPE_COVARIATES,
    GENOTYPE_MEANS,
    SENSITIVITY,
)
from il6r.tables.cohort import ANALYSIS_SET
from il6r.tables.genotypes import RELATIVES
from il6r.tables.replication import CALIBRATION_OPERATING


rule fit_models:
    """Do every analysis of the plan in one cohort."""
    input:
        **files(ANALYSIS_SET, PERSON_ACTIVITY, BALANCE, ALTERNATIVES, RELATIVES),
        plan=PLAN,
        plan_schema=here("workflow", "schemas", "plan.schema.yaml"),
        published=resource("published_effects.tsv"),
        variants=resource("variants.tsv"),
        code=science("fit_models"),
    output:
        **files(ESTIMATES, GENOTYPE_MEANS, SENSITIVITY, shown=True),
        **files(GENETIC_MODELS, GENOTYPE_COVARIATES, CAUSAL, AVERAGE_DAY, ASSOCIATION_FLOW),
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
        designs=resource("calibration_designs.tsv"),
        code=science("calibrate_models"),
    output:
        **files(CALIBRATION, CALIBRATION_OPERATING),
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
