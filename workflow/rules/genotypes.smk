"""Who carries what, and can the calls be trusted?

REQUIRED INPUTS  the cohort's VCF or BCF files; its participant table for ancestry
OUTPUTS          {cohort}/genotypes/: calls.parquet, sources.tsv, concordance.tsv, conflicts.tsv, flow.tsv,
                 qc.tsv; structure.parquet, relatives.parquet, structure_summary.tsv, fst.tsv; ld.tsv,
                 ld_decay.tsv, haplotypes.tsv; markers.npz, region.npz; indexes/
"""

from il6r.tables.cohort import PARTICIPANTS
from il6r.tables.genotypes import (
    CALLS,
    CONCORDANCE,
    CONFLICTS,
    FST,
    GENOTYPES_FLOW,
    GENOTYPES_QC,
    HAPLOTYPES,
    LD,
    LD_DECAY,
    RELATIVES,
    SOURCES,
    STRUCTURE,
    STRUCTURE_SUMMARY,
)

for unindexed in filter(files_without_index, COHORTS):

    rule:
        name:
            f"index_genotypes_{unindexed}"
        input:
            genotypes=[genotype_files_of(unindexed)[k - 1] for k in files_without_index(unindexed)],
            code=science("index_genotypes"),
        output:
            indexes=list(indexes_made(unindexed).values()),
        log:
            f"{RESULTS}/logs/index_genotypes/{unindexed}.log",
        benchmark:
            f"{RESULTS}/benchmarks/index_genotypes/{unindexed}.tsv"
        group:
            "genotypes"
        conda:
            ENVIRONMENT
        threads: 1
        resources:
            mem_mb=growing(500, per_1000_people=0.5, cohort=unindexed),
            runtime=growing(60, per_1000_people=1, cohort=unindexed),
        script:
            "../scripts/index_genotypes.py"


rule extract_calls:
    """Read the variant's calls from one cohort's VCF or BCF files."""
    input:
        genotypes=genotype_files,
        indexes=lambda wildcards: list(indexes_made(wildcards.cohort).values()),
        variants=resource("variants.tsv"),
        code=science("extract_calls"),
    output:
        **files(CALLS, SOURCES, CONCORDANCE, CONFLICTS, GENOTYPES_FLOW),
    log:
        f"{RESULTS}/logs/extract_calls/{{cohort}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/extract_calls/{{cohort}}.tsv"
    group:
        "genotypes"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(500, per_1000_people=1),
        runtime=growing(60),
    params:
        variant=variant_read,
        study_variant=config["variant"],
        indexes=lambda wildcards: [
            indexes_made(wildcards.cohort).get(k) for k, _ in enumerate(genotype_files(wildcards), start=1)
        ],
        options=call_options,
    script:
        "../scripts/extract_calls.py"


rule read_markers:
    """Read all SNPs of one cohort's files, and haplotypes around the variant."""
    input:
        **files(SOURCES),
        genotypes=marker_files,
        variants=resource("variants.tsv"),
        code=science("read_markers"),
    output:
        markers=f"{RESULTS}/{{cohort}}/genotypes/markers.npz",
        region=f"{RESULTS}/{{cohort}}/genotypes/region.npz",
    log:
        f"{RESULTS}/logs/read_markers/{{cohort}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/read_markers/{{cohort}}.tsv"
    group:
        "genotypes"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(600, per_1000_people=60),
        runtime=growing(60, per_1000_people=2),
    params:
        variant=variant_read,
    script:
        "../scripts/read_markers.py"


rule check_calls:
    """Call rate, frequency, Hardy-Weinberg and batch tests, overall and by ancestry; proxies refused."""
    input:
        **files(CALLS, PARTICIPANTS, STRUCTURE),
        variants=resource("variants.tsv"),
        populations=resource("populations.tsv"),
        frequencies=resource("reference_frequencies.tsv"),
        code=science("check_calls"),
    output:
        **files(GENOTYPES_QC, shown=True),
    log:
        f"{RESULTS}/logs/check_calls/{{cohort}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/check_calls/{{cohort}}.tsv"
    group:
        "cohort"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(700, per_1000_people=4),
        runtime=growing(10, per_1000_people=0.2),
    params:
        variant=variant_read,
        study_variant=config["variant"],
        min_proxy_r2=lambda wildcards: settings(wildcards)["genotypes"]["min_proxy_r2"],
    script:
        "../scripts/check_calls.py"


rule describe_populations:
    """Relatives, components of ancestry and F_ST genome-wide; linkage and haplotypes around the variant."""
    input:
        **files(PARTICIPANTS),
        markers=f"{RESULTS}/{{cohort}}/genotypes/markers.npz",
        region=f"{RESULTS}/{{cohort}}/genotypes/region.npz",
        long_range_ld=resource("long_range_ld.tsv"),
        code=science("describe_populations"),
    output:
        **files(STRUCTURE, RELATIVES, STRUCTURE_SUMMARY, FST, LD, LD_DECAY, HAPLOTYPES),
    log:
        f"{RESULTS}/logs/describe_populations/{{cohort}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/describe_populations/{{cohort}}.tsv"
    group:
        "cohort"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(900, per_1000_people=120),
        runtime=growing(20, per_1000_people=2),
    script:
        "../scripts/describe_populations.py"
