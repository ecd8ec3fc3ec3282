"""Tables of the activity stage: recordings and what they came to, person-days, and person means."""

from il6r.tables.contract import FLAG, REAL, TEXT, WHOLE, Cells, Table, column, flow_table

# A day on which clocks are set back has 25 hours.
_HOURS: Cells = {"nullable": True, "low": 0, "high": 25}
_MINUTES: Cells = {"nullable": True, "low": 0, "high": 1500}
_MG: Cells = {"nullable": True, "low": 0, "high": 8000}
_SCORE: Cells = {"nullable": True, "low": 0}
_PARTICIPANT = column(TEXT, "The participant's ID.")
_FILE = column(WHOLE, "Which of the shard's files, from 0.", low=0)
_ACTIVITY = {
    "enmo_mg": column(REAL, "Mean acceleration (ENMO).", **_MG),
    "wear_h": column(REAL, "Hours of wear in the day.", **_HOURS),
    "sedentary_min_per_day": column(REAL, "Sedentary time.", **_MINUTES),
    "light_min_per_day": column(REAL, "Time in light activity.", **_MINUTES),
    "mvpa_min_per_day": column(REAL, "Time in moderate and vigorous activity.", **_MINUTES),
    "vigorous_min_per_day": column(REAL, "Time in vigorous activity.", **_MINUTES),
    "other_value": column(
        REAL,
        "A measure in another unit than mg (counts, MIMS).",
        unit="the unit that the configuration names",
        nullable=True,
        low=0,
    ),
}
# What epochs tell of a day beyond that. MVPA by each set of cut points is in further columns,
# mvpa_min_<set>. Hours count from local midnight.
_EPOCH_ACTIVITY = {
    "recorded_h": column(REAL, "Hours recorded.", **_HOURS),
    "enmo_not_imputed_mg": column(REAL, "Mean acceleration of the hours worn.", **_MG),
    "mvpa_bouts_min_per_day": column(REAL, "Time in bouts of moderate and vigorous activity.", **_MINUTES),
    "intensity_gradient": column(REAL, "Slope of log time over log intensity.", unit="1", nullable=True),
    "l5_mg": column(REAL, "Mean acceleration of the least active five hours.", **_MG),
    "l5_start_h": column(REAL, "When they begin, from local midnight.", **_HOURS),
    "m10_mg": column(REAL, "Mean acceleration of the most active ten hours.", **_MG),
    "m10_start_h": column(REAL, "When they begin, from local midnight.", **_HOURS),
    **{
        f"h{hour:02d}_mg": column(REAL, f"Mean acceleration of the clock hour {hour}.", **_MG)
        for hour in range(24)
    },
}

DAYS_READ = Table(
    "{cohort}/activity/shards/{shard}_days_read.parquet",
    "Person-days of one shard as read.",
    {
        "participant": _PARTICIPANT,
        "date": column(TEXT, "The local date, ISO 8601."),
        **_ACTIVITY,
        **_EPOCH_ACTIVITY,
        "file": _FILE,
        "line": column(WHOLE, "The line of a table.", nullable=True, low=1),
    },
    extra=True,
    of_people=True,
)

SUMMARIES_READ = Table(
    "{cohort}/activity/shards/{shard}_summaries_read.parquet",
    "People of one shard as other programs summarised them.",
    {
        "participant": _PARTICIPANT,
        **_ACTIVITY,
        "valid_days": column(WHOLE, "Valid days by the program's own rule.", nullable=True, low=0),
        "weekend_days": column(WHOLE, "Valid weekend days.", nullable=True, low=0),
        "counts_days": column(FLAG, "Whether the program counts valid days, which the rules then apply to."),
        "reason": column(TEXT, "Why somebody is not to be analysed by the file itself.", nullable=True),
        "file": _FILE,
        "line": column(WHOLE, "The line of the table.", low=1),
    },
    key=("file", "participant"),
    of_people=True,
)

QUESTIONNAIRES_READ = Table(
    "{cohort}/activity/shards/{shard}_questionnaires_read.parquet",
    "Answers to the IPAQ of one shard, scored.",
    {
        "participant": _PARTICIPANT,
        "met_min_per_week": column(REAL, "Energy spent.", unit="MET-minutes a week", **_SCORE),
        "walking_met_min_per_week": column(REAL, "Of it walking.", unit="MET-minutes a week", **_SCORE),
        "moderate_met_min_per_week": column(
            REAL, "Of it moderate activity.", unit="MET-minutes a week", **_SCORE
        ),
        "vigorous_met_min_per_week": column(
            REAL, "Of it vigorous activity.", unit="MET-minutes a week", **_SCORE
        ),
        "sitting_min_per_day": column(REAL, "Time spent sitting.", nullable=True, low=0, high=1440),
        "category": column(
            TEXT, "The protocol's category.", nullable=True, allowed=("low", "moderate", "high")
        ),
        "excluded": column(TEXT, "Why somebody has no score.", nullable=True),
        "file": _FILE,
        "line": column(WHOLE, "The line of the table.", low=1),
    },
    key=("file", "participant"),
    of_people=True,
)

RECORDINGS = Table(
    "{cohort}/activity/recordings.parquet",
    "Each recording that was given, with its calibration, or why it gave no person-days (nothing else of it "
    "is known then).",
    {
        "participant": _PARTICIPANT,
        "file": column(TEXT, "The file's name."),
        "bytes": column(WHOLE, "Its size.", unit="bytes", nullable=True, low=0),
        "sha256": column(TEXT, "Its SHA-256.", nullable=True),
        "device": column(TEXT, "The device.", nullable=True),
        "rate_hz": column(REAL, "Sampling rate.", **_SCORE),
        "start": column(TEXT, "Local time of the first sample, ISO 8601.", nullable=True),
        "end": column(TEXT, "Local time of the last sample, ISO 8601.", nullable=True),
        "start_utc": column(
            WHOLE, "The first sample (by the device's clock where no time zone is configured).", nullable=True
        ),
        "end_utc": column(WHOLE, "The last sample, likewise.", nullable=True),
        "recorded_h": column(REAL, "Hours recorded.", **_SCORE),
        "worn_h": column(REAL, "Hours worn.", **_SCORE),
        "samples": column(WHOLE, "Samples.", **_SCORE),
        "corrupt_blocks": column(WHOLE, "Blocks of the file that could not be read.", **_SCORE),
        "gaps": column(WHOLE, "Gaps in the recording.", **_SCORE),
        "gap_h": column(REAL, "Hours of gaps.", **_SCORE),
        "clipped_share": column(
            REAL, "Share of samples at the device's limit.", unit="1", nullable=True, low=0, high=1
        ),
        "clock_drift_ppm": column(REAL, "How much faster the device's clock ran.", nullable=True),
        "still_windows": column(WHOLE, "Windows without movement that calibration rests on.", **_SCORE),
        "calibration": column(TEXT, "How the recording was calibrated, or why not.", nullable=True),
        "calibration_before_mg": column(REAL, "Calibration error before.", **_SCORE),
        "calibration_after_mg": column(REAL, "Calibration error after.", **_SCORE),
        "failure": column(TEXT, "Why it gave no person-days.", nullable=True),
        "traceback": column(
            TEXT, "Of a failure that is not the file's, or a reader's: the traceback.", nullable=True
        ),
    },
    of_people=True,
)

RECORDINGS_READ = RECORDINGS.at(
    "{cohort}/activity/shards/{shard}_recordings_read.parquet", "Each recording of one shard."
)

PERSON_DAYS = Table(
    "{cohort}/activity/person_days.parquet",
    "Person-days with their validity.",
    {
        "participant": _PARTICIPANT,
        "date": column(TEXT, "The local date, ISO 8601."),
        "weekend": column(FLAG, "Whether it is a Saturday or Sunday."),
        **_ACTIVITY,
        **_EPOCH_ACTIVITY,
        "valid": column(FLAG, "Whether the day counts."),
    },
    key=("participant", "date"),
    extra=True,
    of_people=True,
)

PERSON_ACTIVITY = Table(
    "{cohort}/activity/person_activity.parquet",
    "Person means over valid days, and questionnaires.",
    {
        "participant": _PARTICIPANT,
        **_ACTIVITY,
        **_EPOCH_ACTIVITY,
        "enmo_weekday_mg": column(REAL, "Mean acceleration on weekdays.", **_MG),
        "enmo_weekend_mg": column(REAL, "Mean acceleration on weekend days.", **_MG),
        "valid_days": column(WHOLE, "Valid days.", **_SCORE),
        "weekend_days": column(WHOLE, "Valid weekend days.", **_SCORE),
        "weekend_share": column(
            REAL, "Share of valid days on weekends.", unit="1", nullable=True, low=0, high=1
        ),
        "season": column(
            TEXT,
            "Three months, which are a season on either half of the Earth.",
            nullable=True,
            allowed=("Dec-Feb", "Mar-May", "Jun-Aug", "Sep-Nov"),
        ),
        "included": column(FLAG, "Whether the accelerometry is enough to be analysed."),
        "met_min_per_week": column(REAL, "Energy spent, by the IPAQ.", unit="MET-minutes a week", **_SCORE),
        "met_category": column(
            TEXT, "The IPAQ's category.", nullable=True, allowed=("low", "moderate", "high")
        ),
        "sitting_min_per_day": column(
            REAL, "Time spent sitting, by the IPAQ.", nullable=True, low=0, high=1440
        ),
    },
    key=("participant",),
    extra=True,
    of_people=True,
)

ACTIVITY_QC = Table(
    "{cohort}/activity/qc.tsv",
    "What the cohort's activity files held: recordings and those that failed, calibration error before and "
    "after, wear, valid days and people, scored questionnaires; one row.",
    {
        "recordings": column(WHOLE, "Recordings.", low=0),
        "recordings_failed": column(WHOLE, "Recordings that gave no person-days.", low=0),
        "recorded_h_median": column(REAL, "Median of the hours recorded.", unit="hours", **_SCORE),
        "raw_recordings": column(WHOLE, "Recordings of a device's samples.", low=0),
        "raw_recordings_with_corrupt_blocks": column(WHOLE, "Of them with corrupt blocks.", low=0),
        "raw_recordings_with_gaps": column(WHOLE, "Of them with gaps.", low=0),
        "clipped_percent_median": column(
            REAL, "Median share of clipped samples.", unit="percent", nullable=True, low=0, high=100
        ),
        "clock_drift_ppm_median": column(
            REAL, "Median of the clocks' drift without its sign.", unit="parts per million", **_SCORE
        ),
        "calibrated": column(WHOLE, "Recordings that were calibrated.", low=0),
        "calibration_before_mg_median": column(
            REAL, "Median calibration error before.", unit="milli-g", **_SCORE
        ),
        "calibration_after_mg_median": column(
            REAL, "Median calibration error after.", unit="milli-g", **_SCORE
        ),
        "calibration_after_mg_90_percent": column(
            REAL, "90th percentile of the calibration error after.", unit="milli-g", **_SCORE
        ),
        "person_days": column(WHOLE, "Person-days.", low=0),
        "valid_days": column(WHOLE, "Valid ones.", low=0),
        "wear_h_median": column(REAL, "Median hours of wear in a day.", unit="hours", **_HOURS),
        "wear_h_low_quartile": column(REAL, "Lower quartile of them.", unit="hours", **_HOURS),
        "wear_h_high_quartile": column(REAL, "Upper quartile of them.", unit="hours", **_HOURS),
        "people": column(WHOLE, "People with activity.", low=0),
        "people_included": column(WHOLE, "Of them with enough to be analysed.", low=0),
        "valid_days_median": column(REAL, "Median number of valid days.", unit="days", **_SCORE),
        "questionnaires_scored": column(WHOLE, "Questionnaires with a score.", low=0),
        "met_min_per_week_median": column(
            REAL, "Median energy spent, by the IPAQ.", unit="MET-minutes a week", **_SCORE
        ),
    },
)

WEAR = Table(
    "{cohort}/activity/wear.tsv",
    "Person-days by whole hours of wear.",
    {
        "wear_h": column(WHOLE, "Whole hours of wear.", low=0, high=24),
        "person_days": column(WHOLE, "Person-days with them.", low=0),
        "people": column(WHOLE, "People who have such days.", low=0),
    },
    key=("wear_h",),
)

ALTERNATIVES = Table(
    "{cohort}/activity/alternatives.parquet",
    "Person means by other valid days, imputation and cut points than the configured ones.",
    {
        "participant": _PARTICIPANT,
        "choice": column(TEXT, "The other choice."),
        "outcome": column(TEXT, "What is averaged.", allowed=("enmo_mg", "mvpa_min_per_day")),
        "value": column(REAL, "The person's mean.", unit="the outcome's", low=0),
        "wear_h": column(REAL, "Hours of wear in a day.", **_HOURS),
    },
    key=("participant", "choice", "outcome"),
    of_people=True,
)

ACTIVITY_FLOW = flow_table("activity", "Recordings, person-days and people from the files to the summaries.")
