"""Do the cohorts, alone and together, agree with what was published?

REQUIRED INPUTS  every cohort's estimates; the plan; resources/published_effects.tsv
OUTPUTS          replication/: pooled.tsv, left_out.tsv, verdicts.tsv, operating.tsv
"""


rule judge_claims:
    """Pool the cohorts and set every estimate against every published benchmark."""
    input:
        plan=PLAN,
        plan_schema=here("workflow", "schemas", "plan.schema.yaml"),
        estimates=expand(f"{RESULTS}/{{cohort}}/association/estimates.tsv", cohort=COHORTS),
        published=resource("published_effects.tsv"),
        code=science("judge_claims"),
    output:
        pooled=report(
            f"{RESULTS}/replication/pooled.tsv",
            caption="../report/pooled.rst",
            category="Replication",
            labels={"table": "pooled estimates"},
        ),
        left_out=f"{RESULTS}/replication/left_out.tsv",
        verdicts=report(
            f"{RESULTS}/replication/verdicts.tsv",
            caption="../report/verdicts.rst",
            category="Replication",
            labels={"table": "verdicts"},
        ),
        operating=f"{RESULTS}/replication/operating.tsv",
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
