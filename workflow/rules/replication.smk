"""Do the cohorts, alone and together, agree with what was published?

REQUIRED INPUTS  every cohort's estimates; what was measured of its data's quality; the plan;
                 resources/published_effects.tsv and quality_limits.tsv
OUTPUTS          replication/: data_checks.tsv, claims.tsv, verdicts.tsv, pooled.tsv, left_out.tsv, error_rates.tsv,
                 operating.tsv
"""

from il6r.tables.association import ESTIMATES, SENSITIVITY
from il6r.tables.cohort import DATA_QUALITY
from il6r.tables.data_checks import DATA_CHECKS
from il6r.tables.replication import CLAIMS, ERROR_RATES, LEFT_OUT, OPERATING, POOLED, VERDICTS


rule check_data:
    """Compare what was measured of each cohort's data with the limits of quality."""
    input:
        **of_all_cohorts(DATA_QUALITY),
        plan=PLAN,
        plan_schema=here("workflow", "schemas", "plan.schema.yaml"),
        limits=resource("quality_limits.tsv"),
        code=science("check_data"),
    output:
        **files(DATA_CHECKS, shown=True),
    log:
        f"{RESULTS}/logs/check_data.log",
    benchmark:
        f"{RESULTS}/benchmarks/check_data.tsv"
    group:
        "report"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        cohorts=COHORTS,
        min_cell_size=config["min_cell_size"],
    script:
        "../scripts/check_data.py"


rule judge_claims:
    """Pool the cohorts and set every estimate against every published benchmark."""
    input:
        **of_all_cohorts(ESTIMATES, SENSITIVITY),
        **files(DATA_CHECKS),
        plan=PLAN,
        plan_schema=here("workflow", "schemas", "plan.schema.yaml"),
        published=resource("published_effects.tsv"),
        code=science("judge_claims"),
    output:
        **files(CLAIMS, POOLED, VERDICTS, shown=True),
        **files(ERROR_RATES, LEFT_OUT, OPERATING),
    log:
        f"{RESULTS}/logs/judge_claims.log",
    benchmark:
        f"{RESULTS}/benchmarks/judge_claims.tsv"
    group:
        "report"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(700),
        runtime=growing(10),
    params:
        seed=config["seed"],
    script:
        "../scripts/judge_claims.py"
