"""Do the cohorts, alone and together, agree with what was published?

REQUIRED INPUTS  every cohort's estimates; the plan; resources/published_effects.tsv
OUTPUTS          replication/: claims.tsv, verdicts.tsv, pooled.tsv, left_out.tsv, operating.tsv
"""

from il6r.tables.association import ESTIMATES, SENSITIVITY
from il6r.tables.replication import CLAIMS, DATA_CHECKS, LEFT_OUT, OPERATING, POOLED, VERDICTS


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
        **files(LEFT_OUT, OPERATING),
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
