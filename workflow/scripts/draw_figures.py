"""Rule draw_figures: the report's figures."""

from il6r.job import job
from il6r.report import gallery, load

with job(snakemake) as output:
    study = load.Study(snakemake.params.config, snakemake.input)
    paths = {name: getattr(output, name) for name, _ in snakemake.output.items()}
    gallery.draw(study, paths, snakemake.threads)
