"""Rule write_report: the report, its summary, and the lines shown at the end of a run."""

import json
from pathlib import Path

import pandas as pd

from il6r import tables, variants
from il6r.job import job
from il6r.report import page

with job(snakemake) as output:
    config, given = snakemake.params.config, snakemake.input

    def together(table, paths):
        frames = [table.read(path).assign(cohort=c) for c, path in zip(config["cohorts"], paths)]
        return pd.concat(frames, ignore_index=True)

    study = page.Study(
        config=config,
        catalogue=variants.load_catalogue(given.variants),
        flow=together(tables.FLOW, given.analysis_flow),
        inputs=together(tables.INPUTS, given.inputs),
        qc=together(tables.GENOTYPE_QC, given.qc),
        sources=together(tables.SOURCES, given.sources),
        assays=together(tables.ASSAY_QC, given.assays),
        estimates=together(tables.ESTIMATES, given.estimates),
        means=together(tables.GENOTYPE_MEANS, given.means),
        pooled=tables.POOLED.read(given.pooled),
        published=pd.read_csv(given.published, sep="\t"),
        verdicts=tables.VERDICTS.read(given.verdicts),
        truths={
            cohort: json.loads(Path(path).read_text())
            for cohort, path in zip(snakemake.params.synthetic, given.truths)
        },
    )
    figures = {Path(path).stem: path for path in given.figures}
    Path(output.report).write_text(page.write(study, figures, given.template))
    Path(output.summary).write_text(page.summary(study))
    Path(output.claims).write_text(page.screen_lines(study))
