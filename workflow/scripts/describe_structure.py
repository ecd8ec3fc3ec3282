"""Rule describe_structure: whose calls are odd, who is related, and how far apart one cohort's groups are."""

import pandas as pd

from il6r import tables
from il6r.genotypes import markers, populations, structure
from il6r.job import job

with job(snakemake) as output:
    given = snakemake.input
    genome = markers.load_markers(given.markers)
    groups = markers.declared_groups(genome.samples, tables.PARTICIPANTS.read(given.participants))
    regions = pd.read_csv(given.long_range_ld, sep="\t")
    people, relatives, summary = structure.describe_structure(genome, groups, regions)
    tables.STRUCTURE.write(people, output.structure)
    tables.RELATIVES.write(relatives, output.relatives)
    tables.STRUCTURE_SUMMARY.write(summary, output.summary)
    tables.FST.write(populations.pairwise_fst(genome, groups), output.fst)
