"""Rule judge_claims: pooled estimates and verdicts."""

import pandas as pd

from il6r import tables
from il6r.job import job
from il6r.replication import pooling, verdicts

with job(snakemake) as output:
    estimates = pd.concat(
        [tables.ESTIMATES.read(path) for path in snakemake.input.estimates], ignore_index=True
    )
    pooled = pooling.pool(estimates)
    published = pd.read_csv(snakemake.input.published, sep="\t")
    tables.POOLED.write(pooled, output.pooled)
    tables.VERDICTS.write(verdicts.judge(estimates, pooled, published), output.verdicts)
