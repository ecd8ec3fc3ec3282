"""Rule index_genotypes: indexes of a cohort's files that came without."""

from il6r.genotypes.indexing import make_index
from il6r.job import job

with job(snakemake) as output:
    for path, index in zip(snakemake.input.genotypes, output.indexes):
        make_index(path, index)
