"""Rule write_report: the report, its summary, and the lines shown at the end of a run."""

import json
from pathlib import Path

import pandas as pd

from il6r import plan, variants
from il6r.job import job
from il6r.replication.verdicts import RULE
from il6r.report import load, page, populations
from il6r.tables import dictionary
from il6r.tables.cohort import INPUTS
from il6r.tables.genotypes import STRUCTURE

with job(snakemake) as output:
    config, given = snakemake.params.config, snakemake.input
    cohorts = list(config["cohorts"])
    study = page.Study(
        config=config,
        plan=plan.load(given.plan, given.plan_schema),
        rule=RULE,
        catalogue=variants.load_catalogue(given.variants),
        flow=load.flow(cohorts, given),
        inputs=load.together(INPUTS, cohorts, given.inputs),
        placement=populations.placement(load.together(STRUCTURE, cohorts, given.structure)),
        **load.genotype_tables(cohorts, given),
        activity=load.activity_tables(cohorts, given),
        assays=load.assay_tables(cohorts, given),
        constants=pd.read_csv(given.constants, sep="\t"),
        association=load.association_tables(cohorts, given),
        replication=load.replication_tables(given),
        published=pd.read_csv(given.published, sep="\t"),
        truths={
            cohort: json.loads(Path(path).read_text(encoding="utf-8"))
            for cohort, path in zip(snakemake.params.synthetic, given.truths)
        },
    )
    figures = {Path(path).stem: path for path in given.figures}
    Path(output.report).write_text(page.write(study, figures, given.template), encoding="utf-8")
    Path(output.summary).write_text(page.summary(study), encoding="utf-8")
    dictionary.DICTIONARY.write_rows(dictionary.rows(), output.dictionary)
    Path(output.claims).write_text(page.screen_lines(study), encoding="utf-8")
