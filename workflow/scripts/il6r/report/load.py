"""Which tables does the report read of every cohort?"""

from collections.abc import Sequence

import pandas as pd

from il6r import tables
from il6r.tables.contract import Table

# Those of the genotypes section, by the name of the rule's input and of the field of `page.Study`.
GENOTYPES = {
    "sources": tables.SOURCES,
    "concordance": tables.CONCORDANCE,
    "qc": tables.GENOTYPE_QC,
    "structure_summary": tables.STRUCTURE_SUMMARY,
    "fst": tables.FST,
    "ld": tables.LD,
    "ld_decay": tables.LD_DECAY,
    "haplotypes": tables.HAPLOTYPES,
}
# Those of the assays section, by the name of the rule's input.
ASSAYS = {
    "assay_qc": tables.ASSAY_QC,
    "plates": tables.PLATES,
    "standards": tables.STANDARDS,
    "controls": tables.CONTROLS,
    "wells": tables.WELLS,
    "variability": tables.VARIABILITY,
    "reference": tables.REFERENCE,
}
# Those of the activity section, by the name of the rule's input.
ACTIVITY = {
    "activity_qc": tables.ACTIVITY_QC,
    "wear": tables.WEAR,
    "average_day": tables.AVERAGE_DAY,
}
# Those of the association section.
ASSOCIATION = {
    "estimates": tables.ESTIMATES,
    "genotype_means": tables.GENOTYPE_MEANS,
    "scale": tables.SCALE,
    "genotype_covariates": tables.GENOTYPE_COVARIATES,
    "causal": tables.CAUSAL,
    "sensitivity": tables.SENSITIVITY,
}
# And those of all cohorts together.
REPLICATION = {
    "pooled": tables.POOLED,
    "left_out": tables.LEFT_OUT,
    "verdicts": tables.VERDICTS,
    "operating": tables.OPERATING,
}


def together(table: Table, cohorts: Sequence[str], paths: Sequence[str]) -> pd.DataFrame:
    """One table of all cohorts, one below the other, with a column `cohort`."""
    frames = [table.read(path).assign(cohort=cohort) for cohort, path in zip(cohorts, paths, strict=True)]
    return pd.concat(frames, ignore_index=True)


def genotype_tables(cohorts: Sequence[str], given) -> dict[str, pd.DataFrame]:
    """The tables of `GENOTYPES` by name; `given` has the cohorts' paths under the same names."""
    return {name: together(table, cohorts, getattr(given, name)) for name, table in GENOTYPES.items()}


def assay_tables(cohorts: Sequence[str], given) -> dict[str, pd.DataFrame]:
    """The tables of `ASSAYS` by name; `given` has the cohorts' paths under the same names."""
    return {name: together(table, cohorts, getattr(given, name)) for name, table in ASSAYS.items()}


def activity_tables(cohorts: Sequence[str], given) -> dict[str, pd.DataFrame]:
    """The tables of `ACTIVITY` by name; `given` has the cohorts' paths under the same names."""
    return {name: together(table, cohorts, getattr(given, name)) for name, table in ACTIVITY.items()}


def association_tables(cohorts: Sequence[str], given) -> dict[str, pd.DataFrame]:
    """The tables of `ASSOCIATION` by name; `given` has the cohorts' paths under the same names."""
    return {name: together(table, cohorts, getattr(given, name)) for name, table in ASSOCIATION.items()}


def replication_tables(given) -> dict[str, pd.DataFrame]:
    """The tables of `REPLICATION` by name; `given` has their paths under the same names."""
    return {name: table.read(getattr(given, name)) for name, table in REPLICATION.items()}


def flow(cohorts: Sequence[str], given) -> pd.DataFrame:
    """Where everybody went: each cohort's flow to its analysis set, and from there to each analysis."""
    parts = [together(tables.FLOW, cohorts, paths) for paths in (given.flow, given.association_flow)]
    whole = pd.concat(parts, ignore_index=True)
    return whole.sort_values("cohort", key=lambda names: names.map(list(cohorts).index), kind="stable")
