"""Does rs2228145 (IL6R p.Asp358Ala) do here what the literature says it does?

Stages, in order: synthetic, genotypes, assays, activity, cohort, association, replication, report.
The same word names a stage's rules, its module in workflow/scripts/il6r, its folder of results and its
section of the report. ARCHITECTURE.md is the map.
"""

from snakemake.utils import min_version

min_version("9.0")


# Snakemake takes a plain path in the first folder of a git+file repository for one from the disk's root.
include: workflow.current_basedir.join("workflow/rules/checkout.smk")


# A study of one's own replaces the default one; merging the two would mix their cohorts.
if not workflow.config_settings.configfiles:

    configfile: study_file("config", "config.yaml")

elif not config:
    # A module that is given no configuration of its own.
    config.update(workflow.config_settings.overwrite_config)


include: f"{ROOT}/workflow/rules/common.smk"
include: f"{ROOT}/workflow/rules/synthetic.smk"
include: f"{ROOT}/workflow/rules/genotypes.smk"
include: f"{ROOT}/workflow/rules/assays.smk"
include: f"{ROOT}/workflow/rules/activity.smk"
include: f"{ROOT}/workflow/rules/cohort.smk"
include: f"{ROOT}/workflow/rules/association.smk"
include: f"{ROOT}/workflow/rules/replication.smk"
include: f"{ROOT}/workflow/rules/report.smk"


rule all:
    """Everything: the report and all tables behind it."""
    default_target: True
    input:
        f"{RESULTS}/report/report.html",
        f"{RESULTS}/report/summary.json",
        f"{RESULTS}/ro-crate-metadata.json",


rule synthetic:
    """Only the synthetic cohorts' input files."""
    input:
        [file for cohort in SYNTHETIC for file in synthetic_files(cohort).values()],


rule genotypes:
    """Only the variant's calls and their quality."""
    input:
        expand(f"{RESULTS}/{{cohort}}/genotypes/qc.tsv", cohort=COHORTS),


rule estimates:
    """Only each cohort's own estimates."""
    input:
        expand(f"{RESULTS}/{{cohort}}/association/estimates.tsv", cohort=COHORTS),


rule calibrate:
    """How often the models and verdicts are right in simulated cohorts."""
    input:
        f"{RESULTS}/calibration/calibration.tsv",


onstart:
    begin(log)


onsuccess:
    run_costs.write(Path(RESULTS, "benchmarks"))
    claims = Path(RESULTS, "report", "claims.txt")
    if claims.is_file():
        lines = claims.read_text(encoding="utf-8")
        say_last(f"{lines}\nReport: {RESULTS}/report/report.html")


onerror:
    for path in filter(Path.is_file, map(Path, log)):
        for failure in console.failures(path.read_text()):
            say_last(f"\n{failure}")
