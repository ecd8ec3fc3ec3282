"""Rule describe_populations: one cohort's people and groups genome-wide, and its haplotypes."""

import pandas as pd

from il6r import tables
from il6r.genotypes import linkage, markers, populations, structure
from il6r.job import job

with job(snakemake) as output:
    given = snakemake.input
    participants = tables.PARTICIPANTS.read(given.participants)
    genome = markers.load_markers(given.markers)
    groups = markers.declared_groups(genome.samples, participants)
    regions = pd.read_csv(given.long_range_ld, sep="\t")
    people, relatives, summary = structure.describe_structure(genome, groups, regions)
    tables.STRUCTURE.write(people, output.structure)
    tables.RELATIVES.write(relatives, output.relatives)
    tables.STRUCTURE_SUMMARY.write(summary, output.summary)
    tables.FST.write(populations.pairwise_fst(genome, groups), output.fst)
    region = markers.load_region(given.region)
    groups = markers.declared_groups(region.samples, participants)
    tables.LD.write(linkage.linkage(region, groups), output.ld)
    tables.LD_DECAY.write(linkage.decay(region, groups), output.decay)
    tables.HAPLOTYPES.write(linkage.haplotypes(region, groups), output.haplotypes)
