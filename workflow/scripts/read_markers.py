"""Rule read_markers: genome-wide calls, and those around the variant, of one cohort."""

from il6r import variants
from il6r.genotypes import markers
from il6r.job import job
from il6r.tables.genotypes import SOURCES

with job(snakemake) as output:
    given, params = snakemake.input, snakemake.params
    catalogue = variants.load_catalogue(given.variants)
    variant = variants.choose(catalogue, params.variant)
    build = SOURCES.read(given.sources)["build"].dropna().iloc[0]
    genome, region = markers.read_sites(given.genotypes, variant, build)
    markers.save(genome, output.markers)
    markers.save(region, output.region)
