"""Cohorts of known truth, in the forms real cohorts arrive in.

REQUIRED INPUTS  none, or a real cohort's calls to simulate measurements onto
OUTPUTS          synthetic/{cohort}/: genotype files, participants.tsv, assays.csv, activity.csv,
                 truth.json
"""

for simulated in SIMULATED:

    rule:
        name:
            f"simulate_genotypes_{simulated}"
        input:
            variants=resource("variants.tsv"),
            frequencies=resource("reference_frequencies.tsv"),
            code=science("simulate_genotypes"),
        output:
            genotypes=[
                f"{RESULTS}/synthetic/{simulated}/{file}"
                for file in config["cohorts"][simulated]["synthetic"]["genotype_files"]
            ],
            indexes=[
                f"{RESULTS}/synthetic/{simulated}/{file}" + (".csi" if file.endswith("bcf") else ".tbi")
                for file in config["cohorts"][simulated]["synthetic"]["genotype_files"]
            ],
            dosages=f"{RESULTS}/synthetic/{simulated}/true_dosages.parquet",
        log:
            f"{RESULTS}/logs/simulate_genotypes/{simulated}.log",
        benchmark:
            f"{RESULTS}/benchmarks/simulate_genotypes/{simulated}.tsv"
        conda:
            ENVIRONMENT
        threads: 1
        resources:
            mem_mb=memory(1000),
            runtime=30,
        params:
            variant=config["variant"],
            spec=config["cohorts"][simulated]["synthetic"],
            seed=derive(config["seed"], simulated),
        script:
            "../scripts/simulate_genotypes.py"


rule simulate_phenotypes:
    """Participants, assays and activity with the configured truth."""
    input:
        unpack(people_to_simulate),
        populations=resource("populations.tsv"),
        code=science("simulate_phenotypes"),
    output:
        participants=f"{RESULTS}/synthetic/{{cohort}}/participants.tsv",
        assays=f"{RESULTS}/synthetic/{{cohort}}/assays.csv",
        activity=f"{RESULTS}/synthetic/{{cohort}}/activity.csv",
        truth=f"{RESULTS}/synthetic/{{cohort}}/truth.json",
    log:
        f"{RESULTS}/logs/simulate_phenotypes/{{cohort}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/simulate_phenotypes/{{cohort}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory(700, per_input=60),
        runtime=30,
    params:
        truth=config["truth"],
        spec=lambda wildcards: settings(wildcards)["synthetic"],
        seed=config["seed"],
    script:
        "../scripts/simulate_phenotypes.py"
