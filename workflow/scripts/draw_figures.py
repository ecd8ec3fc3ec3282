"""Rule draw_figures: the report's figures."""

import pandas as pd

from il6r import tables
from il6r.job import job
from il6r.report import figures

with job(snakemake) as output:
    cohorts, minimum = snakemake.params.cohorts, snakemake.params.min_cell_size
    given = snakemake.input
    flow = pd.concat(map(tables.FLOW.read, given.flow))
    qc = pd.concat([tables.GENOTYPE_QC.read(p).assign(cohort=c) for c, p in zip(cohorts, given.qc)])
    estimates = pd.concat(map(tables.ESTIMATES.read, given.estimates))
    means = pd.concat(map(tables.GENOTYPE_MEANS.read, given.genotype_means))
    pooled = tables.POOLED.read(given.pooled)
    published = pd.read_csv(given.published, sep="\t")
    sets = [tables.ANALYSIS_SET.read(path) for path in given.analysis_set]
    with figures.style():
        figures.save(figures.participant_flow(flow, minimum), output.flow_figure)
        for outcome, paths in (("sil6r_ng_ml", output.sil6r), ("enmo_mg", output.activity)):
            people = pd.concat([figures.participant_values(s, c, outcome) for c, s in zip(cohorts, sets)])
            figures.save(figures.by_genotype(people, means, outcome, minimum), paths)
        figures.save(figures.forest(estimates, pooled, published, minimum), output.forest)
        figures.save(figures.allele_frequency(qc, minimum), output.frequency)
