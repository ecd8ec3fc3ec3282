"""Rule draw_figures: the report's figures."""

from il6r.job import job
from il6r.report import figures, gallery

with job(snakemake) as output:
    params = snakemake.params
    with figures.style():
        for name, figure in gallery.draw(
            snakemake.input, params.cohorts, params.settings, params.min_cell_size
        ):
            figures.save(figure, getattr(output, name))
