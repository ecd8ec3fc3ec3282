"""Rule judge_claims: pooled estimates, verdicts, claims, and how often the rule gives each verdict."""

import pandas as pd

from il6r import plan
from il6r.job import job
from il6r.replication import benchmarks, claims, data_checks, error_rates, operating, pooling, verdicts
from il6r.tables.association import ESTIMATES, SENSITIVITY
from il6r.tables.data_checks import DATA_CHECKS
from il6r.tables.replication import CLAIMS, ERROR_RATES, LEFT_OUT, OPERATING, POOLED, VERDICTS

with job(snakemake) as output:
    given = snakemake.input
    the_plan = plan.load(given.plan, given.plan_schema)
    estimates = pd.concat([ESTIMATES.read(path) for path in given.estimates], ignore_index=True)
    sensitivity = pd.concat([SENSITIVITY.read(path) for path in given.sensitivity], ignore_index=True)
    checks = DATA_CHECKS.read(given.data_checks)
    published = benchmarks.load(given.published, the_plan.analyses)
    pooled = pooling.pool(estimates)
    held = data_checks.held_back(checks, the_plan.analyses)
    failing = data_checks.held_back(checks.assign(looked_at=False), the_plan.analyses)
    judged = verdicts.judge(estimates, pooled, published, the_plan.rule, held)
    POOLED.write(pooled, output.pooled)
    LEFT_OUT.write(pooling.leave_one_out(estimates), output.left_out)
    VERDICTS.write(judged, output.verdicts)
    CLAIMS.write(
        claims.assess(estimates, sensitivity, judged, published, the_plan.rule, failing), output.claims
    )
    rates = error_rates.error_rates(estimates, published, the_plan.rule, seed=snakemake.params.seed)
    ERROR_RATES.write(rates, output.error_rates)
    OPERATING.write(
        operating.rates(published, the_plan.replication, seed=snakemake.params.seed), output.operating
    )
