"""How much sIL-6R, IL-6 and sgp130, and how sure?

REQUIRED INPUTS  the cohort's assay table
OUTPUTS          {cohort}/assays/: concentrations.parquet, qc.tsv, flow.tsv
"""


rule read_assays:
    """Read assay results into canonical units, one row per participant and visit."""
    input:
        assays=input_file("assays"),
        ranges=resource("reference_ranges.tsv"),
        code=science("read_assays"),
    output:
        concentrations=f"{RESULTS}/{{cohort}}/assays/concentrations.parquet",
        qc=report(
            f"{RESULTS}/{{cohort}}/assays/qc.tsv",
            caption="../report/assays.rst",
            category="Assays",
            labels={"cohort": "{cohort}", "table": "assay quality"},
        ),
        flow=f"{RESULTS}/{{cohort}}/assays/flow.tsv",
    log:
        f"{RESULTS}/logs/read_assays/{{cohort}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/read_assays/{{cohort}}.tsv"
    group:
        "cohort"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(700, per_1000_people=5),
        runtime=growing(10, per_1000_people=0.2),
    params:
        columns=columns("assays"),
    script:
        "../scripts/read_assays.py"
