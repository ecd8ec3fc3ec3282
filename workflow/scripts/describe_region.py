"""Rule describe_region: linkage disequilibrium and haplotypes around the variant in one cohort."""

from il6r import tables
from il6r.genotypes import linkage, markers
from il6r.job import job

with job(snakemake) as output:
    region = markers.load_region(snakemake.input.region)
    participants = tables.PARTICIPANTS.read(snakemake.input.participants)
    groups = markers.declared_groups(region.samples, participants)
    tables.LD.write(linkage.linkage(region, groups), output.ld)
    tables.LD_DECAY.write(linkage.decay(region, groups), output.decay)
    tables.HAPLOTYPES.write(linkage.haplotypes(region, groups), output.haplotypes)
