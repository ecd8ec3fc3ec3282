"""Every table that crosses a stage: its columns, types, allowed values and key.

Participant-level tables are Parquet; results that people read are TSV with "NA" for missing and ten
significant digits. A table is checked when written and when read.
"""

from il6r.tables.estimates import ESTIMATES, GENOTYPE_MEANS, POOLED, VERDICT_WORDS, VERDICTS
from il6r.tables.genotypes import (
    CALLS,
    COMPONENTS,
    CONCORDANCE,
    CONFLICTS,
    FIELDS,
    FST,
    GENOTYPE_QC,
    HAPLOTYPES,
    LD,
    LD_DECAY,
    RELATIVES,
    SOURCES,
    STRUCTURE,
    STRUCTURE_SUMMARY,
)
from il6r.tables.people import (
    ANALYSIS_SET,
    ASSAY_QC,
    CONCENTRATIONS,
    DAYS_READ,
    FLOW,
    INPUTS,
    PARTICIPANTS,
    PERSON_ACTIVITY,
    PERSON_DAYS,
    TRUE_DOSAGES,
)

__all__ = [
    "ANALYSIS_SET",
    "ASSAY_QC",
    "CALLS",
    "COMPONENTS",
    "CONCENTRATIONS",
    "CONCORDANCE",
    "CONFLICTS",
    "DAYS_READ",
    "ESTIMATES",
    "FIELDS",
    "FLOW",
    "FST",
    "GENOTYPE_MEANS",
    "GENOTYPE_QC",
    "HAPLOTYPES",
    "INPUTS",
    "LD",
    "LD_DECAY",
    "PARTICIPANTS",
    "PERSON_ACTIVITY",
    "PERSON_DAYS",
    "POOLED",
    "RELATIVES",
    "SOURCES",
    "STRUCTURE",
    "STRUCTURE_SUMMARY",
    "TRUE_DOSAGES",
    "VERDICTS",
    "VERDICT_WORDS",
]
