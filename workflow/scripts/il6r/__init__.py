"""The science of the workflow: everything between a cohort's files and a verdict on rs2228145.

One module or subpackage per stage (synthetic, genotypes, assays, activity, cohort, association,
replication, report) plus what several stages need (errors, job, user_tables, tables, units,
variants). No module imports Snakemake, and no stage imports another stage.
"""

import importlib


def __getattr__(name):
    # Every rule's code includes this file; named in an import, the version would rerun them all.
    if name == "__version__":
        return importlib.import_module("il6r.origin").VERSION
    raise AttributeError(f"module 'il6r' has no attribute '{name}'")
