"""Tables of people: who they are, what was measured, who is analysed and where the others went."""

from il6r.tables.contract import FLAG, REAL, TEXT, WHOLE, Table, column


def _measured(analyte_column: str) -> dict:
    """A concentration's columns. Where it is censored, the value is the limit it lies below."""
    analyte = analyte_column.split("_")[0]
    return {
        analyte_column: column(REAL, nullable=True, low=0, required=False),
        f"{analyte}_censored": column("boolean", nullable=True, required=False),
        f"{analyte}_replicates": column(WHOLE, nullable=True, low=1, required=False),
        f"{analyte}_cv_percent": column(REAL, nullable=True, low=0, required=False),
        f"{analyte}_plate": column(TEXT, nullable=True, required=False),
    }


_ACTIVITY = {
    "enmo_mg": column(REAL, nullable=True, low=0, high=8000),
    "wear_h": column(REAL, nullable=True, low=0, high=24),
    "sedentary_min_per_day": column(REAL, nullable=True, low=0, high=1440),
    "light_min_per_day": column(REAL, nullable=True, low=0, high=1440),
    "mvpa_min_per_day": column(REAL, nullable=True, low=0, high=1440),
}


# True dosages of simulated people: what the calls made from them can be held against.
TRUE_DOSAGES = Table(
    "true dosages",
    {
        "sample": column(TEXT),
        "ancestry": column(TEXT),
        "dosage": column(REAL, low=0, high=2),
    },
    key=("sample",),
)


PARTICIPANTS = Table(
    "participants",
    {
        "participant": column(TEXT),
        "sample": column(TEXT, nullable=True),
        "age": column(REAL, nullable=True, low=0, high=120, required=False),
        "sex": column(TEXT, nullable=True, allowed=("female", "male"), required=False),
        "bmi": column(REAL, nullable=True, low=5, high=120, required=False),
        "ancestry": column(TEXT, nullable=True, required=False),
    },
    key=("participant",),
    extra=True,
)


# One row per participant and visit.
CONCENTRATIONS = Table(
    "concentrations",
    {
        "participant": column(TEXT),
        "visit": column(TEXT),
        "date": column(TEXT, nullable=True),
        **_measured("sil6r_ng_ml"),
        **_measured("il6_pg_ml"),
        **_measured("sgp130_ng_ml"),
    },
    key=("participant", "visit"),
)


# What the assay file held, per analyte.
ASSAY_QC = Table(
    "assay quality",
    {
        "analyte": column(TEXT, allowed=("sil6r", "il6", "sgp130")),
        "unit": column(TEXT),
        "samples": column(WHOLE, low=0),
        "below_limit": column(WHOLE, low=0),
        "median": column(REAL, nullable=True, low=0),
        "median_cv_percent": column(REAL, nullable=True, low=0),
        "reference_low": column(REAL, low=0),
        "reference_high": column(REAL, low=0),
        "note": column(TEXT, nullable=True),
    },
    key=("analyte",),
)


# Person-days as read, with the place of each: which of the shard's files (from 0), and the line.
DAYS_READ = Table(
    "days read",
    {
        "participant": column(TEXT),
        "date": column(TEXT),
        **_ACTIVITY,
        "file": column(WHOLE, low=0),
        "line": column(WHOLE, low=1),
    },
)


PERSON_DAYS = Table(
    "person-days",
    {
        "participant": column(TEXT),
        "date": column(TEXT),
        "weekend": column(FLAG),
        **_ACTIVITY,
        "valid": column(FLAG),
    },
    key=("participant", "date"),
)


PERSON_ACTIVITY = Table(
    "person summaries",
    {
        "participant": column(TEXT),
        **_ACTIVITY,
        "valid_days": column(WHOLE, low=0),
        "weekend_days": column(WHOLE, low=0),
        "weekend_share": column(REAL, nullable=True, low=0, high=1),
        "included": column(FLAG),
    },
    key=("participant",),
)


# The analysis set: one row per participant and assay visit (one with an empty visit for those
# without assays), with the flags that say which rows each outcome's models use.
ANALYSIS_SET = Table(
    "analysis set",
    {
        "participant": column(TEXT),
        "sample": column(TEXT),
        "visit": column(TEXT, nullable=True),
        "dosage": column(REAL, low=0, high=2),
        "genotype": column(TEXT, nullable=True),
        "effect_allele": column(TEXT),
        "in_sil6r": column(FLAG),
        "in_activity": column(FLAG),
    },
    key=("participant", "visit"),
    extra=True,
)


# The files a cohort is made from, by name only.
INPUTS = Table(
    "inputs",
    {
        "cohort": column(TEXT),
        "role": column(TEXT),
        "file": column(TEXT),
        "bytes": column(WHOLE, low=0),
        "sha256": column(TEXT),
    },
)


# Where everybody went. Within one `stage`, `counted` and `analysis`, each row's `left` is the row
# above's less what this one dropped; a chain's first row drops nothing.
FLOW = Table(
    "flow",
    {
        "cohort": column(TEXT),
        "stage": column(TEXT, allowed=("genotypes", "assays", "activity", "cohort", "association")),
        "analysis": column(TEXT, nullable=True),
        "counted": column(TEXT),
        "reason": column(TEXT),
        "dropped": column(WHOLE, low=0),
        "left": column(WHOLE, low=0),
    },
)
