"""How much sIL-6R, IL-6 and sgp130, and how sure?

REQUIRED INPUTS  the cohort's plates, tables of concentrations or NPX; the table of its blood samples, if any
OUTPUTS          {cohort}/assays/: concentrations.parquet, balance.parquet, qc.tsv, variability.tsv,
                 reference.tsv, flow.tsv; of plates: plates.tsv, standards.tsv, controls.tsv, wells.parquet
"""

from il6r.tables.assays import (
    ASSAYS_FLOW,
    ASSAYS_QC,
    BALANCE,
    CONCENTRATIONS,
    CONTROLS,
    PLATES,
    REFERENCE,
    STANDARDS,
    VARIABILITY,
    WELLS,
)


rule read_assays:
    """Read assay results into canonical units, one row per participant and visit, and what follows of them."""
    input:
        files=assay_files("file"),
        layouts=assay_files("layout"),
        samples=sample_tables,
        ranges=resource("reference_ranges.tsv"),
        constants=resource("binding_constants.tsv"),
        code=science("read_assays"),
    output:
        **files(CONCENTRATIONS, BALANCE, WELLS, PLATES, STANDARDS, CONTROLS, VARIABILITY, REFERENCE),
        **files(ASSAYS_QC, shown=True),
        **files(ASSAYS_FLOW),
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
        sources=assay_sources,
        samples_columns=columns("samples"),
        samples_sheet=sheet("samples"),
        settings=assay_settings,
    script:
        "../scripts/read_assays.py"
