"""Rule draw_figures: the report's figures."""

from il6r import plan
from il6r.job import job
from il6r.report import figures, gallery

with job(snakemake) as output:
    given, params = snakemake.input, snakemake.params
    planned = plan.load(given.plan, given.plan_schema)
    with figures.style():
        for name, figure in gallery.draw(
            given, planned, params.cohorts, params.settings, params.min_cell_size
        ):
            figures.save(figure, getattr(output, name))
