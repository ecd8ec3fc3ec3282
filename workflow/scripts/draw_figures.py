"""Rule draw_figures: the report's figures."""

import pandas as pd

from il6r import tables, variants
from il6r.job import job
from il6r.report import activity_figures, figures, linkage, linkage_figures, load, structure_figures

with job(snakemake) as output:
    cohorts, minimum = snakemake.params.cohorts, snakemake.params.min_cell_size
    given = snakemake.input
    flow = pd.concat(map(tables.FLOW.read, given.flow))
    read = load.genotype_tables(cohorts, given)
    active = load.activity_tables(cohorts, given)
    structure = load.together(tables.STRUCTURE, cohorts, given.structure)
    places = linkage.places(read["sources"], variants.load_catalogue(given.variants))
    looks = figures.group_looks(structure["group"])
    genes = pd.read_csv(given.gene, sep="\t")
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
        figures.save(figures.allele_frequency(read["qc"], minimum), output.frequency)
        components = structure_figures.ancestry_components(
            structure, read["structure_summary"], looks, minimum
        )
        figures.save(components, output.components)
        figures.save(structure_figures.fst_matrix(read["fst"], minimum), output.fst)
        ld = linkage_figures.linkage(read["ld"], read["ld_decay"], genes, places, looks, minimum)
        figures.save(ld, output.linkage)
        worn = activity_figures.wear(active["wear"], snakemake.params.valid_day_hours, minimum)
        figures.save(worn, output.wear)
        figures.save(activity_figures.average_day(active["average_day"], minimum), output.average_day)
        moved = activity_figures.sensitivity(active["sensitivity"], minimum)
        figures.save(moved, output.activity_sensitivity)
