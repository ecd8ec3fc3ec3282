"""Rule simulate_genotypes: genotype files of one synthetic cohort."""

import pandas as pd

from il6r import tables, variants
from il6r.job import job
from il6r.synthetic import genotypes, vcf_writer

with job(snakemake) as output:
    spec = snakemake.params.spec
    catalogue = variants.load_catalogue(snakemake.input.variants)
    reference = pd.read_csv(snakemake.input.frequencies, sep="\t").set_index("ancestry")
    simulated = genotypes.simulate(
        spec["people"],
        variants.choose(catalogue, snakemake.params.variant),
        spec["build"],
        reference["frequency"].to_dict(),
        region_bp=spec["region_bp"],
        min_frequency=spec["min_allele_frequency"],
        seed=snakemake.params.seed,
    )
    vcf_writer.write_files(
        simulated.sites(),
        output.genotypes,
        vcf_writer.split_evenly(simulated.samples, len(output.genotypes)),
        build=spec["build"],
        contig=spec["contig"],
        imputed=spec["imputed"],
        missing_rate=spec["missing_rate"],
        seed=snakemake.params.seed,
    )
    tables.TRUE_DOSAGES.write(genotypes.truth_table(simulated), output.dosages)
