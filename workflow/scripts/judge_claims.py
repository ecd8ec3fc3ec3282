"""Rule judge_claims: pooled estimates, verdicts, and how often the rule gives each verdict."""

import pandas as pd

from il6r import plan
from il6r.job import job
from il6r.replication import benchmarks, operating, pooling, verdicts
from il6r.tables.association import ESTIMATES
from il6r.tables.replication import LEFT_OUT, OPERATING, POOLED, VERDICTS

with job(snakemake) as output:
    given = snakemake.input
    the_plan = plan.load(given.plan, given.plan_schema)
    estimates = pd.concat([ESTIMATES.read(path) for path in given.estimates], ignore_index=True)
    published = benchmarks.load(given.published, the_plan.analyses)
    pooled = pooling.pool(estimates)
    POOLED.write(pooled, output.pooled)
    LEFT_OUT.write(pooling.leave_one_out(estimates), output.left_out)
    VERDICTS.write(verdicts.judge(estimates, pooled, published, the_plan.replication), output.verdicts)
    OPERATING.write(
        operating.rates(published, the_plan.replication, seed=snakemake.params.seed), output.operating
    )
