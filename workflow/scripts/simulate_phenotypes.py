"""Rule simulate_phenotypes: a synthetic cohort's participants, assays, activity and truth."""

import pandas as pd

from il6r.job import job
from il6r.synthetic import people, phenotypes
from il6r.synthetic.truth import Effects

with job(snakemake) as output:
    dosages, sexes = people.load(snakemake.input.dosages, snakemake.input.get("people"))
    populations = pd.read_csv(snakemake.input.populations, sep="\t").set_index("label")
    phenotypes.write_cohort(
        snakemake.params.cohort,
        dosages,
        sexes,
        populations["ancestry"].to_dict(),
        Effects.from_config(snakemake.params.truth),
        phenotypes.Forms.from_config(snakemake.params.spec),
        vars(output),
        snakemake.params.seed,
        pd.read_csv(snakemake.input.constants, sep="\t"),
    )
