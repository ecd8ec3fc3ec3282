"""Rule draw_figures: the report's figures."""

from il6r import plan
from il6r.job import job
from il6r.report import gallery

with job(snakemake) as output:
    given, params = snakemake.input, snakemake.params
    planned = plan.load(given.plan, given.plan_schema)
    paths = {name: getattr(output, name) for name, _ in snakemake.output.items()}
    gallery.draw(
        paths, snakemake.threads, given, planned, params.cohorts, params.settings, params.min_cell_size
    )
