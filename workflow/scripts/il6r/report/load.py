"""Which tables does the report read of every cohort?"""

from collections.abc import Sequence

import pandas as pd

from il6r.tables.activity import ACTIVITY_QC, WEAR
from il6r.tables.assays import ASSAYS_QC, CONTROLS, PLATES, REFERENCE, STANDARDS, VARIABILITY, WELLS
from il6r.tables.association import (
    ASSOCIATION_FLOW,
    AVERAGE_DAY,
    CAUSAL,
    ESTIMATES,
    GENETIC_MODELS,
    GENOTYPE_COVARIATES,
    GENOTYPE_MEANS,
    SENSITIVITY,
)
from il6r.tables.cohort import COHORT_FLOW
from il6r.tables.contract import Table
from il6r.tables.genotypes import (
    CONCORDANCE,
    FST,
    GENOTYPES_QC,
    HAPLOTYPES,
    LD,
    LD_DECAY,
    SOURCES,
    STRUCTURE_SUMMARY,
)
from il6r.tables.replication import LEFT_OUT, OPERATING, POOLED, VERDICTS

# Those of the genotypes section, by the name of the rule's input and of the field of `page.Study`.
GENOTYPES = {
    "sources": SOURCES,
    "concordance": CONCORDANCE,
    "qc": GENOTYPES_QC,
    "structure_summary": STRUCTURE_SUMMARY,
    "fst": FST,
    "ld": LD,
    "ld_decay": LD_DECAY,
    "haplotypes": HAPLOTYPES,
}
# Those of the assays section, by the name of the rule's input.
ASSAYS = {
    "assay_qc": ASSAYS_QC,
    "plates": PLATES,
    "standards": STANDARDS,
    "controls": CONTROLS,
    "wells": WELLS,
    "variability": VARIABILITY,
    "reference": REFERENCE,
}
# Those of the activity section, by the name of the rule's input.
ACTIVITY = {
    "activity_qc": ACTIVITY_QC,
    "wear": WEAR,
    "average_day": AVERAGE_DAY,
}
# Those of the association section.
ASSOCIATION = {
    "estimates": ESTIMATES,
    "genotype_means": GENOTYPE_MEANS,
    "genetic_models": GENETIC_MODELS,
    "genotype_covariates": GENOTYPE_COVARIATES,
    "causal": CAUSAL,
    "sensitivity": SENSITIVITY,
}
# And those of all cohorts together.
REPLICATION = {
    "pooled": POOLED,
    "left_out": LEFT_OUT,
    "verdicts": VERDICTS,
    "operating": OPERATING,
}


def together(table: Table, cohorts: Sequence[str], paths: Sequence[str]) -> pd.DataFrame:
    """One table of all cohorts, one below the other, with a column `cohort`."""
    frames = [table.read(path).assign(cohort=cohort) for cohort, path in zip(cohorts, paths, strict=True)]
    return pd.concat(frames, ignore_index=True)


def genotype_tables(cohorts: Sequence[str], given) -> dict[str, pd.DataFrame]:
    """The tables of `GENOTYPES` by name; `given` has the cohorts' paths under the same names."""
    return {name: together(table, cohorts, getattr(given, table.name)) for name, table in GENOTYPES.items()}


def assay_tables(cohorts: Sequence[str], given) -> dict[str, pd.DataFrame]:
    """The tables of `ASSAYS` by name; `given` has the cohorts' paths under the same names."""
    return {name: together(table, cohorts, getattr(given, table.name)) for name, table in ASSAYS.items()}


def activity_tables(cohorts: Sequence[str], given) -> dict[str, pd.DataFrame]:
    """The tables of `ACTIVITY` by name; `given` has the cohorts' paths under the same names."""
    return {name: together(table, cohorts, getattr(given, table.name)) for name, table in ACTIVITY.items()}


def association_tables(cohorts: Sequence[str], given) -> dict[str, pd.DataFrame]:
    """The tables of `ASSOCIATION` by name; `given` has the cohorts' paths under the same names."""
    return {name: together(table, cohorts, getattr(given, table.name)) for name, table in ASSOCIATION.items()}


def replication_tables(given) -> dict[str, pd.DataFrame]:
    """The tables of `REPLICATION` by name; `given` has their paths under the same names."""
    return {name: table.read(getattr(given, table.name)[0]) for name, table in REPLICATION.items()}


def flow(cohorts: Sequence[str], given) -> pd.DataFrame:
    """Where everybody went: each cohort's flow to its analysis set, and from there to each analysis."""
    parts = [
        together(table, cohorts, getattr(given, table.name)) for table in (COHORT_FLOW, ASSOCIATION_FLOW)
    ]
    whole = pd.concat(parts, ignore_index=True)
    return whole.sort_values("cohort", key=lambda names: names.map(list(cohorts).index), kind="stable")
