"""What should a reader see?

REQUIRED INPUTS  the tables of all stages before; the plan
OUTPUTS          report/: report.html, summary.json, claims.txt, methods.md, references.bib, supplement.xlsx,
                 figures/; {cohort}/cohort/inputs.tsv; ro-crate-metadata.json and workflow/ beside them
"""

from il6r.tables.activity import RECORDINGS
from il6r.tables.cohort import ANALYSIS_SET, INPUTS, PARTICIPANTS
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
        rules.check_data,
        rules.judge_claims,
    ),
    **of_all_cohorts(STRUCTURE, WELLS),
}
# The template of the page, its macros, stylesheet and script.
PAGE_PARTS = ("report.html.j2", "blocks.j2", "claims.j2", "findings.j2", "inline.j2", "page.css", "page.js")


rule fingerprint_inputs:
    """SHA-256 of every file one cohort is made from."""
    input:
        **files(RECORDINGS),
        people=files(PARTICIPANTS)["participants"],
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
    """Draw the report's figures as SVG and PDF, and write what each shows as csv."""
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
        **figures(),
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
        # Of the configuration what figures need, so that nothing else draws them again.
        config={
            "min_cell_size": config["min_cell_size"],
            "cohorts": {
                name: {
                    "assay_rules": STUDY.drawn_assay_settings(name),
                    "activity_rules": STUDY.drawn_activity_settings(name),
                }
                for name in COHORTS
            },
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
        calibration=resource("calibration.tsv"),
        constants=resource("binding_constants.tsv"),
        published=resource("published_effects.tsv"),
        limits=resource("quality_limits.tsv"),
        references=resource("references.tsv"),
        checklists=resource("checklists.tsv"),
        registration=REGISTRATION,
        config_schema=here("workflow", "schemas", "config.schema.yaml"),
        variants=resource("variants.tsv"),
        truths=[synthetic_files(cohort)["truth"] for cohort in SYNTHETIC],
        figures=[f"{RESULTS}/report/figures/{name}.{end}" for name in FIGURES for end in FIGURE_FILES],
        # The page's template first, then what it takes from the same folder.
        template=[here("workflow", "report", name) for name in PAGE_PARTS],
        code=science("write_report"),
    output:
        **files(DICTIONARY),
        report=f"{RESULTS}/report/report.html",
        summary=f"{RESULTS}/report/summary.json",
        claims=f"{RESULTS}/report/claims.txt",
        supplement=f"{RESULTS}/report/supplement.xlsx",
        methods=f"{RESULTS}/report/methods.md",
        bibliography=f"{RESULTS}/report/references.bib",
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


rule write_crate:
    """Describe the run for programs: what was made from what, by what, and with which settings."""
    input:
        **of_all_cohorts(INPUTS),
        plan=PLAN,
        plan_schema=here("workflow", "schemas", "plan.schema.yaml"),
        config_schema=here("workflow", "schemas", "config.schema.yaml"),
        published=resource("published_effects.tsv"),
        limits=resource("quality_limits.tsv"),
        registration=REGISTRATION,
        snakefile=here("Snakefile"),
        summary=rules.write_report.output.summary,
        passed_on=[
            *rules.write_report.output,
            *[f"{RESULTS}/report/figures/{name}.{end}" for name in FIGURES for end in FIGURE_FILES],
        ],
        code=science("write_crate"),
    output:
        crate=f"{RESULTS}/ro-crate-metadata.json",
        workflow=f"{RESULTS}/workflow/Snakefile",
    log:
        f"{RESULTS}/logs/write_crate.log",
    benchmark:
        f"{RESULTS}/benchmarks/write_crate.tsv"
    group:
        "report"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        config=config_shown(),
        synthetic=SYNTHETIC,
        results=lambda wildcards, output: str(Path(output.crate).parent),
    script:
        "../scripts/write_crate.py"
