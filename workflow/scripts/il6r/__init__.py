"""The science of the workflow: everything between a cohort's files and a verdict on rs2228145.

One module or subpackage per stage (synthetic, genotypes, assays, activity, cohort, association,
replication, report) plus what several stages need (errors, job, user_tables, tables, units,
variants). No module imports Snakemake, and no stage imports another stage.
"""
