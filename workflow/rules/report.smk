"""What should a reader see?

REQUIRED INPUTS  the tables of all stages before; the plan
OUTPUTS          report/: report.html, summary.json, claims.txt, figures/; {cohort}/cohort/inputs.tsv
"""

from il6r.tables.activity import RECORDINGS
from il6r.tables.cohort import ANALYSIS_SET, INPUTS
from il6r.tables.assays import WELLS
from il6r.tables.dictionary import DICTIONARY
from il6r.tables.genotypes import STRUCTURE

# What the report is written and drawn from: every table of groups, and of people those whose groups it
# counts itself.
REPORTED = {
    **tables_of(
        rules.extract_calls,
        rules.check_calls,
        rules.describe_populations,
        rules.read_assays,
        rules.summarise_activity,
        rules.build_analysis_set,
        rules.fit_models,
        rules.judge_claims,
    ),
    **of_all_cohorts(STRUCTURE, WELLS),
}


rule fingerprint_inputs:
    """SHA-256 of every file one cohort is made from."""
    input:
        **files(RECORDINGS),
        genotypes=genotype_files,
        participants=participant_table,
        assays=assay_files("file"),
        layouts=assay_files("layout"),
        samples=sample_tables,
        activity=activity_tables,
        code=science("fingerprint_inputs"),
    output:
        **files(INPUTS),
    log:
        f"{RESULTS}/logs/fingerprint_inputs/{{cohort}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/fingerprint_inputs/{{cohort}}.tsv"
    group:
        "report"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(60),
    script:
        "../scripts/fingerprint_inputs.py"


rule draw_figures:
    """Draw the report's figures as SVG and PDF."""
    input:
        **REPORTED,
        **of_all_cohorts(ANALYSIS_SET),
        plan=PLAN,
        plan_schema=here("workflow", "schemas", "plan.schema.yaml"),
        variants=resource("variants.tsv"),
        gene=resource("gene.tsv"),
        published=resource("published_effects.tsv"),
        code=science("draw_figures"),
    output:
        flow_figure=[
            report(
                f"{RESULTS}/report/figures/participant_flow.svg",
                caption="../report/participant_flow.rst",
                category="Cohort",
                labels={"figure": "participant flow"},
            ),
            f"{RESULTS}/report/figures/participant_flow.pdf",
        ],
        sil6r=[
            report(
                f"{RESULTS}/report/figures/sil6r_by_genotype.svg",
                caption="../report/sil6r_by_genotype.rst",
                category="Association",
                labels={"figure": "sIL-6R by genotype"},
            ),
            f"{RESULTS}/report/figures/sil6r_by_genotype.pdf",
        ],
        activity=[
            report(
                f"{RESULTS}/report/figures/activity_by_genotype.svg",
                caption="../report/activity_by_genotype.rst",
                category="Association",
                labels={"figure": "activity by genotype"},
            ),
            f"{RESULTS}/report/figures/activity_by_genotype.pdf",
        ],
        forest=[
            report(
                f"{RESULTS}/report/figures/forest.svg",
                caption="../report/forest.rst",
                category="Replication",
                labels={"figure": "cohorts, pooled value and benchmarks"},
            ),
            f"{RESULTS}/report/figures/forest.pdf",
        ],
        specifications=[
            report(
                f"{RESULTS}/report/figures/specifications.svg",
                caption="../report/specifications.rst",
                category="Association",
                labels={"figure": "estimates by other choices"},
            ),
            f"{RESULTS}/report/figures/specifications.pdf",
        ],
        operating=[
            report(
                f"{RESULTS}/report/figures/operating.svg",
                caption="../report/operating.rst",
                category="Replication",
                labels={"figure": "how often each verdict comes out"},
            ),
            f"{RESULTS}/report/figures/operating.pdf",
        ],
        frequency=[
            report(
                f"{RESULTS}/report/figures/allele_frequency.svg",
                caption="../report/allele_frequency.rst",
                category="Genotypes",
                labels={"figure": "allele frequency by ancestry"},
            ),
            f"{RESULTS}/report/figures/allele_frequency.pdf",
        ],
        components=[
            report(
                f"{RESULTS}/report/figures/ancestry_components.svg",
                caption="../report/ancestry_components.rst",
                category="Genotypes",
                labels={"figure": "principal components by ancestry"},
            ),
            f"{RESULTS}/report/figures/ancestry_components.pdf",
        ],
        fst=[
            report(
                f"{RESULTS}/report/figures/fst_matrix.svg",
                caption="../report/fst_matrix.rst",
                category="Genotypes",
                labels={"figure": "distance between groups"},
            ),
            f"{RESULTS}/report/figures/fst_matrix.pdf",
        ],
        linkage=[
            report(
                f"{RESULTS}/report/figures/linkage.svg",
                caption="../report/linkage.rst",
                category="Genotypes",
                labels={"figure": "linkage around the variant"},
            ),
            f"{RESULTS}/report/figures/linkage.pdf",
        ],
        assay_plates=[
            report(
                f"{RESULTS}/report/figures/assay_plates.svg",
                caption="../report/assay_plates.rst",
                category="Assays",
                labels={"figure": "plates"},
            ),
            f"{RESULTS}/report/figures/assay_plates.pdf",
        ],
        balance=[
            report(
                f"{RESULTS}/report/figures/balance.svg",
                caption="../report/balance.rst",
                category="Assays",
                labels={"figure": "the balance by genotype"},
            ),
            f"{RESULTS}/report/figures/balance.pdf",
        ],
        wear=[
            report(
                f"{RESULTS}/report/figures/wear.svg",
                caption="../report/wear.rst",
                category="Activity",
                labels={"figure": "wear"},
            ),
            f"{RESULTS}/report/figures/wear.pdf",
        ],
        average_day=[
            report(
                f"{RESULTS}/report/figures/average_day.svg",
                caption="../report/average_day.rst",
                category="Activity",
                labels={"figure": "average day by genotype"},
            ),
            f"{RESULTS}/report/figures/average_day.pdf",
        ],
    log:
        f"{RESULTS}/logs/draw_figures.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_figures.tsv"
    group:
        "report"
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=growing(1500, per_1000_people=10),
        runtime=growing(10, per_1000_people=0.5),
    params:
        min_cell_size=config["min_cell_size"],
        cohorts=COHORTS,
        settings={
            "standard_error_percent": {
                name: STUDY.assay_settings(name).get("max_standard_error_percent") for name in COHORTS
            },
            "valid_day_hours": {name: STUDY.activity_settings(name)["valid_day_hours"] for name in COHORTS},
        },
    script:
        "../scripts/draw_figures.py"


rule write_report:
    """Write the report, its summary, and the lines shown at the end of a run."""
    input:
        **REPORTED,
        **of_all_cohorts(INPUTS),
        plan=PLAN,
        plan_schema=here("workflow", "schemas", "plan.schema.yaml"),
        constants=resource("binding_constants.tsv"),
        published=resource("published_effects.tsv"),
        variants=resource("variants.tsv"),
        truths=[synthetic_files(cohort)["truth"] for cohort in SYNTHETIC],
        figures=expand(
            f"{RESULTS}/report/figures/{{name}}.svg",
            name=[
                "participant_flow",
                "sil6r_by_genotype",
                "activity_by_genotype",
                "forest",
                "specifications",
                "operating",
                "allele_frequency",
                "ancestry_components",
                "fst_matrix",
                "linkage",
                "assay_plates",
                "balance",
                "wear",
                "average_day",
            ],
        ),
        template=here("workflow", "report", "report.html.j2"),
        code=science("write_report"),
    output:
        **files(DICTIONARY),
        report=f"{RESULTS}/report/report.html",
        summary=f"{RESULTS}/report/summary.json",
        claims=f"{RESULTS}/report/claims.txt",
    log:
        f"{RESULTS}/logs/write_report.log",
    benchmark:
        f"{RESULTS}/benchmarks/write_report.tsv"
    group:
        "report"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(700, per_1000_people=1),
        runtime=growing(10),
    params:
        config=config_shown(),
        synthetic=SYNTHETIC,
    script:
        "../scripts/write_report.py"
