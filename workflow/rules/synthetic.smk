"""Cohorts of known truth, in the forms real cohorts arrive in.

REQUIRED INPUTS  none, or a real cohort's calls to simulate measurements onto
OUTPUTS          synthetic/{cohort}/: genotype files, participants.tsv, assays.csv, activity_*.csv,
                 truth.json; true_dosages.parquet, true_relatives.tsv
"""

from il6r.tables.synthetic import TRUE_DOSAGES, TRUE_RELATIVES

for simulated in SIMULATED:
    forms = il6r_config.genotype_forms(config["cohorts"][simulated]["synthetic"])

    rule:
        name:
            f"simulate_genotypes_{simulated}"
        input:
            variants=resource("variants.tsv"),
            frequencies=resource("reference_frequencies.tsv"),
            chromosomes=resource("chromosomes.tsv"),
            code=science("simulate_genotypes"),
        output:
            **files(TRUE_DOSAGES, TRUE_RELATIVES, cohort=simulated),
            genotypes=[f"{RESULTS}/synthetic/{simulated}/{form['name']}" for form in forms],
            indexes=[
                f"{RESULTS}/synthetic/{simulated}/{form['name']}.{form['index']}"
                for form in forms
                if form["index"]
            ],
        log:
            f"{RESULTS}/logs/simulate_genotypes/{simulated}.log",
        benchmark:
            f"{RESULTS}/benchmarks/simulate_genotypes/{simulated}.tsv"
        group:
            "synthetic"
        conda:
            ENVIRONMENT
        threads: 1
        resources:
            mem_mb=growing(1200, per_1000_people=10, cohort=simulated),
            runtime=growing(30, per_1000_people=0.5, cohort=simulated),
        params:
            variant=config["variant"],
            spec=STUDY.simulated_genotypes(simulated),
            forms=forms,
            seed=derive(config["seed"], simulated),
        script:
            "../scripts/simulate_genotypes.py"


for cohort in SYNTHETIC:

    rule:
        name:
            f"simulate_phenotypes_{cohort}"
        input:
            **people_to_simulate(cohort),
            populations=resource("populations.tsv"),
            constants=resource("binding_constants.tsv"),
            code=science("simulate_phenotypes"),
        output:
            **synthetic_files(cohort),
        log:
            f"{RESULTS}/logs/simulate_phenotypes/{cohort}.log",
        benchmark:
            f"{RESULTS}/benchmarks/simulate_phenotypes/{cohort}.tsv"
        group:
            "synthetic"
        conda:
            ENVIRONMENT
        threads: 1
        resources:
            mem_mb=growing(900, per_1000_people=10, cohort=cohort),
            runtime=growing(30, per_1000_people=0.5, cohort=cohort),
        params:
            cohort=cohort,
            truth=config["truth"],
            spec=STUDY.simulated_phenotypes(cohort),
            # People are dealt out to so many tables, and one more or less is no other input.
            activity_tables=len(synthetic_files(cohort)["activity"]),
            seed=config["seed"],
        script:
            "../scripts/simulate_phenotypes.py"
