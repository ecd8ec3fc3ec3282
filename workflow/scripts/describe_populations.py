"""Rule describe_populations: one cohort's people and groups genome-wide, and its haplotypes."""

import pandas as pd

from il6r.genotypes import linkage, markers, populations, structure
from il6r.job import job
from il6r.tables.cohort import PARTICIPANTS
from il6r.tables.genotypes import FST, HAPLOTYPES, LD, LD_DECAY, RELATIVES, STRUCTURE, STRUCTURE_SUMMARY

with job(snakemake) as output:
    given = snakemake.input
    participants = PARTICIPANTS.read(given.participants)
    genome = markers.load_markers(given.markers)
    groups = markers.declared_groups(genome.samples, participants)
    regions = pd.read_csv(given.long_range_ld, sep="\t")
    people, relatives, summary = structure.describe_structure(genome, groups, regions)
    STRUCTURE.write(people, output.structure)
    RELATIVES.write(relatives, output.relatives)
    STRUCTURE_SUMMARY.write(summary, output.structure_summary)
    FST.write(populations.pairwise_fst(genome, groups), output.fst)
    region = markers.load_region(given.region)
    groups = markers.declared_groups(region.samples, participants)
    LD.write(linkage.linkage(region, groups), output.ld)
    LD_DECAY.write(linkage.decay(region, groups), output.ld_decay)
    HAPLOTYPES.write(linkage.haplotypes(region, groups), output.haplotypes)
