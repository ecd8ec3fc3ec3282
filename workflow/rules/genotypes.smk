"""Who carries what, and can the calls be trusted?

REQUIRED INPUTS  the cohort's VCF or BCF files; its participant table for ancestry
OUTPUTS          {cohort}/genotypes/: calls.parquet, sources.tsv, flow.tsv, qc.tsv
"""


rule extract_calls:
    """Read the variant's calls from one cohort's VCF or BCF files."""
    input:
        genotypes=genotype_files,
        variants=resource("variants.tsv"),
        code=science("extract_calls"),
    output:
        calls=f"{RESULTS}/{{cohort}}/genotypes/calls.parquet",
        sources=f"{RESULTS}/{{cohort}}/genotypes/sources.tsv",
        flow=f"{RESULTS}/{{cohort}}/genotypes/flow.tsv",
    log:
        f"{RESULTS}/logs/extract_calls/{{cohort}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/extract_calls/{{cohort}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(700, per_1000_people=4),
        runtime=growing(60),
    params:
        variant=variant_read,
        options=lambda wildcards: settings(wildcards)["genotypes"],
    script:
        "../scripts/extract_calls.py"


rule check_calls:
    """Call rate, allele frequency and Hardy-Weinberg test, overall and by ancestry."""
    input:
        calls=f"{RESULTS}/{{cohort}}/genotypes/calls.parquet",
        participants=f"{RESULTS}/{{cohort}}/cohort/participants.parquet",
        variants=resource("variants.tsv"),
        populations=resource("populations.tsv"),
        frequencies=resource("reference_frequencies.tsv"),
        code=science("check_calls"),
    output:
        qc=report(
            f"{RESULTS}/{{cohort}}/genotypes/qc.tsv",
            caption="../report/qc.rst",
            category="Genotypes",
            labels={"cohort": "{cohort}", "table": "call quality"},
        ),
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
    script:
        "../scripts/check_calls.py"
