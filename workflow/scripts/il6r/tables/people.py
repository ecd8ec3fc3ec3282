"""Tables of people: who they are, what was measured, who is analysed and where the others went."""

from il6r.tables.contract import FLAG, REAL, TEXT, WHOLE, Table, column

# A day on which clocks are set back has 25 hours.
_MINUTES = {"nullable": True, "low": 0, "high": 1500}
_MG = {"nullable": True, "low": 0, "high": 8000}
# `other_value` is a measure in another unit than mg (counts, MIMS), in the unit the configuration names.
_ACTIVITY = {
    "enmo_mg": column(REAL, **_MG),
    "wear_h": column(REAL, nullable=True, low=0, high=25),
    "sedentary_min_per_day": column(REAL, **_MINUTES),
    "light_min_per_day": column(REAL, **_MINUTES),
    "mvpa_min_per_day": column(REAL, **_MINUTES),
    "vigorous_min_per_day": column(REAL, **_MINUTES),
    "other_value": column(REAL, nullable=True, low=0),
}
# What epochs tell of a day beyond that. MVPA by each set of cut points is in further columns,
# mvpa_min_<set>. Hours count from local midnight.
_EPOCH_ACTIVITY = {
    "recorded_h": column(REAL, nullable=True, low=0, high=25),
    "enmo_not_imputed_mg": column(REAL, **_MG),
    "mvpa_bouts_min_per_day": column(REAL, **_MINUTES),
    "intensity_gradient": column(REAL, nullable=True),
    "l5_mg": column(REAL, **_MG),
    "l5_start_h": column(REAL, nullable=True, low=0, high=25),
    "m10_mg": column(REAL, **_MG),
    "m10_start_h": column(REAL, nullable=True, low=0, high=25),
    **{f"h{hour:02d}_mg": column(REAL, **_MG) for hour in range(24)},
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


# Person-days as read, with the place of each: which of the shard's files (from 0), and the line of a table.
DAYS_READ = Table(
    "days read",
    {
        "participant": column(TEXT),
        "date": column(TEXT),
        **_ACTIVITY,
        **_EPOCH_ACTIVITY,
        "file": column(WHOLE, low=0),
        "line": column(WHOLE, nullable=True, low=1),
    },
    extra=True,
)


# People as other programs summarised them; `reason` says why one is not included.
SUMMARIES_READ = Table(
    "person summaries read",
    {
        "participant": column(TEXT),
        **_ACTIVITY,
        "valid_days": column(WHOLE, nullable=True, low=0),
        "weekend_days": column(WHOLE, nullable=True, low=0),
        "included": column(FLAG),
        "reason": column(TEXT, nullable=True),
        "file": column(WHOLE, low=0),
        "line": column(WHOLE, low=1),
    },
    key=("file", "participant"),
)


# Answers to the IPAQ, scored; `excluded` says why somebody has no score.
QUESTIONNAIRE = Table(
    "questionnaire",
    {
        "participant": column(TEXT),
        "met_min_per_week": column(REAL, nullable=True, low=0),
        "walking_met_min_per_week": column(REAL, nullable=True, low=0),
        "moderate_met_min_per_week": column(REAL, nullable=True, low=0),
        "vigorous_met_min_per_week": column(REAL, nullable=True, low=0),
        "sitting_min_per_day": column(REAL, nullable=True, low=0, high=1440),
        "category": column(TEXT, nullable=True, allowed=("low", "moderate", "high")),
        "excluded": column(TEXT, nullable=True),
        "file": column(WHOLE, low=0),
        "line": column(WHOLE, low=1),
    },
    key=("file", "participant"),
)


# One row per recording that was given; `failure` says why one gave no person-days, and nothing else
# of it is known then.
RECORDINGS = Table(
    "recordings",
    {
        "participant": column(TEXT),
        "file": column(TEXT),
        "bytes": column(WHOLE, nullable=True, low=0),
        "sha256": column(TEXT, nullable=True),
        "device": column(TEXT, nullable=True),
        "rate_hz": column(REAL, nullable=True, low=0),
        # Local times, ISO.
        "start": column(TEXT, nullable=True),
        "end": column(TEXT, nullable=True),
        # Seconds since 1970 in UTC (by the device's clock where no time zone is configured).
        "start_utc": column(WHOLE, nullable=True),
        "end_utc": column(WHOLE, nullable=True),
        "recorded_h": column(REAL, nullable=True, low=0),
        "worn_h": column(REAL, nullable=True, low=0),
        "samples": column(WHOLE, nullable=True, low=0),
        "corrupt_blocks": column(WHOLE, nullable=True, low=0),
        "gaps": column(WHOLE, nullable=True, low=0),
        "gap_h": column(REAL, nullable=True, low=0),
        "clipped_share": column(REAL, nullable=True, low=0, high=1),
        "clock_drift_ppm": column(REAL, nullable=True),
        "still_windows": column(WHOLE, nullable=True, low=0),
        "calibration": column(TEXT, nullable=True),
        "calibration_before_mg": column(REAL, nullable=True, low=0),
        "calibration_after_mg": column(REAL, nullable=True, low=0),
        "failure": column(TEXT, nullable=True),
        # Of a failure that is not the file's, or a reader's.
        "traceback": column(TEXT, nullable=True),
    },
)


PERSON_DAYS = Table(
    "person-days",
    {
        "participant": column(TEXT),
        "date": column(TEXT),
        "weekend": column(FLAG),
        **_ACTIVITY,
        **_EPOCH_ACTIVITY,
        "valid": column(FLAG),
    },
    key=("participant", "date"),
    extra=True,
)


PERSON_ACTIVITY = Table(
    "person summaries",
    {
        "participant": column(TEXT),
        **_ACTIVITY,
        **_EPOCH_ACTIVITY,
        "enmo_weekday_mg": column(REAL, **_MG),
        "enmo_weekend_mg": column(REAL, **_MG),
        "valid_days": column(WHOLE, nullable=True, low=0),
        "weekend_days": column(WHOLE, nullable=True, low=0),
        "weekend_share": column(REAL, nullable=True, low=0, high=1),
        # Three months, which are a season on either half of the Earth.
        "season": column(TEXT, nullable=True, allowed=("Dec-Feb", "Mar-May", "Jun-Aug", "Sep-Nov")),
        # Whether somebody's accelerometry is enough to be analysed.
        "included": column(FLAG),
        "met_min_per_week": column(REAL, nullable=True, low=0),
        "met_category": column(TEXT, nullable=True, allowed=("low", "moderate", "high")),
        "sitting_min_per_day": column(REAL, nullable=True, low=0, high=1440),
    },
    key=("participant",),
    extra=True,
)


# What a cohort's activity files held; one row.
ACTIVITY_QC = Table(
    "activity quality",
    {
        "recordings": column(WHOLE, low=0),
        "recordings_failed": column(WHOLE, low=0),
        "recorded_h_median": column(REAL, nullable=True, low=0),
        "raw_recordings": column(WHOLE, low=0),
        "raw_recordings_with_corrupt_blocks": column(WHOLE, low=0),
        "raw_recordings_with_gaps": column(WHOLE, low=0),
        "clipped_percent_median": column(REAL, nullable=True, low=0, high=100),
        # Without its sign.
        "clock_drift_ppm_median": column(REAL, nullable=True, low=0),
        "calibrated": column(WHOLE, low=0),
        "calibration_before_mg_median": column(REAL, nullable=True, low=0),
        "calibration_after_mg_median": column(REAL, nullable=True, low=0),
        "calibration_after_mg_90_percent": column(REAL, nullable=True, low=0),
        "person_days": column(WHOLE, low=0),
        "valid_days": column(WHOLE, low=0),
        "wear_h_median": column(REAL, nullable=True, low=0, high=25),
        "wear_h_low_quartile": column(REAL, nullable=True, low=0, high=25),
        "wear_h_high_quartile": column(REAL, nullable=True, low=0, high=25),
        "people": column(WHOLE, low=0),
        "people_included": column(WHOLE, low=0),
        "valid_days_median": column(REAL, nullable=True, low=0),
        "questionnaires_scored": column(WHOLE, low=0),
        "met_min_per_week_median": column(REAL, nullable=True, low=0),
    },
)


# Person-days by whole hours of wear.
WEAR = Table(
    "wear",
    {
        "wear_h": column(WHOLE, low=0, high=24),
        "person_days": column(WHOLE, low=0),
        "people": column(WHOLE, low=0),
    },
    key=("wear_h",),
)


# Person means by other choices than the configured ones: what an estimate would have been.
ALTERNATIVES = Table(
    "alternatives",
    {
        "participant": column(TEXT),
        "choice": column(TEXT),
        "outcome": column(TEXT, allowed=("enmo_mg", "mvpa_min_per_day")),
        "value": column(REAL, low=0),
        "wear_h": column(REAL, nullable=True, low=0, high=25),
    },
    key=("participant", "choice", "outcome"),
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
        "in_met": column(FLAG),
        "in_other": column(FLAG),
        "in_il6": column(FLAG),
        "in_sgp130": column(FLAG),
        "in_balance": column(FLAG),
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
