"""Rule simulate_genotypes: genotype files of one synthetic cohort, and who in it is related."""

import pandas as pd

from il6r import variants
from il6r.job import job
from il6r.synthetic import genotypes, markers, vcf_writer
from il6r.tables.synthetic import TRUE_DOSAGES, TRUE_RELATIVES

with job(snakemake) as output:
    spec, seed = snakemake.params.spec, snakemake.params.seed
    catalogue = variants.load_catalogue(snakemake.input.variants)
    variant = variants.choose(catalogue, snakemake.params.variant)
    reference = pd.read_csv(snakemake.input.frequencies, sep="\t").set_index("ancestry")
    chromosomes = pd.read_csv(snakemake.input.chromosomes, sep="\t", dtype={"chrom": str}).set_index("chrom")
    simulated = genotypes.simulate(
        spec["people"],
        variant,
        spec["build"],
        reference["frequency"].to_dict(),
        region_bp=spec["region_bp"],
        min_frequency=spec["min_allele_frequency"],
        families=spec["families"],
        duplicates=spec["duplicates"],
        seed=seed,
    )
    places = markers.places(spec["markers"], chromosomes, spec["build"], variant)
    genome = markers.sites(places, simulated.ancestry, simulated.relatives, seed)
    vcf_writer.write_files(
        {"region": simulated.sites(), "markers": genome},
        output.genotypes,
        snakemake.params.forms,
        simulated.samples,
        overlap=spec["overlap"],
        variant=variant,
        build=spec["build"],
        chromosomes=chromosomes,
        seed=seed,
    )
    TRUE_DOSAGES.write(genotypes.truth_table(simulated), output.true_dosages)
    TRUE_RELATIVES.write(simulated.relatives.pairs(simulated.samples), output.true_relatives)
