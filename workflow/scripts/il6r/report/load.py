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
    "sensitivity": tables.SENSITIVITY,
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
