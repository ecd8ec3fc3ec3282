"""Tables of the cohort stage: who is analysed, where the others went, and how good their data are."""

import functools

from il6r.tables.contract import FLAG, REAL, TEXT, WHOLE, Table, column, flow_table

_optional = functools.partial(column, nullable=True, required=False)

PARTICIPANTS = Table(
    "{cohort}/cohort/participants.parquet",
    "The participant table, checked, with the cohort's own columns.",
    {
        "participant": column(TEXT, "The participant's ID."),
        "sample": column(TEXT, "The participant's sample in the genotype files.", nullable=True),
        "age": _optional(REAL, "Age.", unit="years", low=0, high=120),
        "sex": _optional(TEXT, "Sex.", allowed=("female", "male")),
        "bmi": _optional(REAL, "Body mass index.", unit="kg/m²", low=5, high=120),
        "ancestry": _optional(TEXT, "Declared ancestry."),
        "family": _optional(TEXT, "The family that the participant belongs to."),
    },
    key=("participant",),
    extra=True,
    of_people=True,
)

ANALYSIS_SET = Table(
    "{cohort}/cohort/analysis_set.parquet",
    "One row per participant and assay visit (one with an empty visit for those without assays), with what "
    "was measured and the flags that say which rows each outcome's models use.",
    {
        "participant": column(TEXT, "The participant's ID."),
        "sample": column(TEXT, "The participant's sample in the genotype files."),
        "visit": column(TEXT, "The visit at which blood was drawn.", nullable=True),
        "dosage": column(REAL, "Copies of the effect allele.", unit="alleles", low=0, high=2),
        "genotype": column(
            TEXT, "The best-guess genotype; missing where the dosage is uncertain.", nullable=True
        ),
        "probability_1": _optional(
            REAL, "Probability of one effect allele; absent where every call is a genotype.", unit="1",
            low=0, high=1,
        ),
        "probability_2": _optional(
            REAL, "Probability of two effect alleles; absent likewise.", unit="1", low=0, high=1
        ),
        "effect_allele": column(TEXT, "The allele that the dosage counts."),
        "in_sil6r": column(FLAG, "Whether models of sIL-6R use the row."),
        "in_activity": column(FLAG, "Whether models of activity use the row."),
        "in_met": column(FLAG, "Whether models of questionnaire activity use the row."),
        "in_other": column(FLAG, "Whether models of activity in another unit use the row."),
        "in_il6": column(FLAG, "Whether models of IL-6 use the row."),
        "in_sgp130": column(FLAG, "Whether models of sgp130 use the row."),
        "in_balance": column(FLAG, "Whether models of the IL-6 signalling balance use the row."),
    },
    key=("participant", "visit"),
    extra=True,
    of_people=True,
)  # fmt: skip

INPUTS = Table(
    "{cohort}/cohort/inputs.tsv",
    "SHA-256 of every file the cohort is made from, by name only.",
    {
        "cohort": column(TEXT, "The cohort's name in the configuration."),
        "role": column(TEXT, "What the file is to the cohort."),
        "file": column(TEXT, "The file's name; files named after people are one row."),
        "bytes": column(WHOLE, "Its size.", unit="bytes", low=0),
        "sha256": column(TEXT, "Its SHA-256."),
    },
)

COHORT_FLOW = flow_table(
    "cohort",
    "Everyone who dropped out, with the reason, from each file to the analysis set (the flows of the "
    "stages before included).",
)

DATA_QUALITY = Table(
    "{cohort}/cohort/data_quality.tsv",
    "What data checks compare with limits: one row a check, or a row a group where a check has several. It "
    "tells of small groups, which `replication/data_checks.tsv` does not, and is not to be passed on.",
    {
        "check": column(TEXT, "The check; of an assay, with the analyte."),
        "group": column(
            TEXT, 'Of several groups: the declared ancestry, "everybody", or the two genotype files.',
            nullable=True,
        ),
        "samples": column(
            WHOLE, "Samples of an ancestry, or of everybody; fewer than min_cell_size are not judged.",
            nullable=True, low=0,
        ),
        "value": column(
            REAL, "What was measured; empty where nothing was.", unit="the check's unit", nullable=True
        ),
        "deviation": column(
            REAL, "How far the data are off what the p-value tests.", unit="1", nullable=True
        ),
        "n_0": column(
            WHOLE, "People, or their samples or recordings, without effect allele; of a share, those that "
            "are not so. No value is told that follows from a small number.",
            nullable=True, low=0,
        ),
        "n_1": column(WHOLE, "With one; of a share, or of a size, those that are so.", nullable=True, low=0),
        "n_2": column(WHOLE, "With two.", nullable=True, low=0),
        "note": column(
            TEXT, "Why nothing was measured; or what a sentence about the value adds to it.", nullable=True
        ),
    },
)  # fmt: skip
