"""Which column names may `columns` in the configuration hold, ours and a file's?"""

from collections.abc import Collection, Iterable

from il6r.errors import InputError, shown

PARTICIPANTS = ("participant", "sample", "age", "sex", "bmi", "ancestry", "family")
SAMPLES = (
    *("participant", "sample_id", "visit", "date", "time", "time_point", "matrix", "hours_since_exercise"),
    *("freeze_thaw_cycles", "haemoglobin_g_dl", "haematocrit_percent"),
)
# Components of ancestry, which may be a participant table's own.
_COMPONENTS = tuple(f"pc{number}" for number in range(1, 41))
_RESULTS = ("participant", "sample_id", "visit", "date", "plate", "replicate")
_MINUTES = (
    *("sedentary_min_per_day", "light_min_per_day", "mvpa_min_per_day", "vigorous_min_per_day"),
    "mvpa_bouts_min_per_day",
)
_GGIR = ("ID", "calendar_date", "N valid hours", "participant", "enmo_mg", "other_value")
_GGIR_DAYS = (*_GGIR, "date", "intensity_gradient", "l5_mg", "l5_start_h", "m10_mg", "m10_start_h")
_PART5 = (
    *("window_min", "nonwear_percent", "sedentary_min_per_day", "light_min_per_day"),
    *("moderate_min_per_day", "vigorous_min_per_day"),
)
_SHORT = ("vigorous", "moderate", "walking")
_LONG = (
    *("work_vigorous", "work_moderate", "work_walking", "transport_cycling", "transport_walking"),
    *("yard_vigorous", "yard_moderate", "inside_moderate"),
    *("leisure_walking", "leisure_vigorous", "leisure_moderate"),
)


def _ipaq(items: tuple[str, ...], *sitting: str) -> tuple[str, ...]:
    times = (f"{name}_{unit}_per_day" for name in (*items, *sitting) for unit in ("min", "hours"))
    return ("participant", *(f"{name}_days" for name in items), *times)


# By form of a source of assays or activity.
OF_FORM = {
    "long": (*_RESULTS, "analyte", "value", "unit", "lod", "uloq"),
    "wide": (*_RESULTS, "sil6r", "il6", "sgp130"),
    "npx": (
        *(
            "participant",
            "analyte",
            "sample_id",
            "uniprot",
            "assay",
            "value",
            "lod",
            "plate",
            "panel",
            "block",
        ),
        *("olink_id", "sample_type", "sample_qc", "assay_qc", "visit", "date"),
    ),
    "plates": ("plate", "well", "od", "role", "name", "concentration", "dilution", "low", "high"),
    "person_days": ("participant", "date", "enmo_mg", "wear_h", *_MINUTES, "other_value"),
    "ggir_part2": (*_GGIR_DAYS, "wear_h", "recorded_h", *_MINUTES),
    "ggir_part5": (*_GGIR_DAYS, *_PART5, "mvpa_bouts_min_per_day"),
    "ggir_part2_summary": (*_GGIR, "weekend_days", "weekdays", "worn_days", "measured_days", *_MINUTES),
    "ggir_part5_summary": (*_GGIR, *_PART5, "valid_days", "weekend_days"),
    "ukb_fields": (
        *("participant", "enmo_mg", "good_wear", "good_calibration", "data_problem", "worn_days"),
        "other_value",
    ),
    "ipaq_short": _ipaq(_SHORT, "sitting"),
    "ipaq_long": (*_ipaq(_LONG, "sitting_weekday", "sitting_weekend"), "has_work"),
    "epochs": ("time", "enmo_mg", "other_value", "worn", "imputed", "nonwear", "participant"),
    "epochs_90004": ("imputed",),
    "ggir_epochs": ("enmo_mg", "other_value"),
    "raw": (),
}
# How many of a file's columns a sentence names.
SHOWN = 12


def refuse_unknown_names(columns: Iterable[str], known: tuple[str, ...], where: str) -> None:
    """InputError for the first of our column names that a form has no use for."""
    for ours in columns:
        if ours not in known:
            raise InputError(where, f"'{ours}' is not one of our columns", f"use one of {', '.join(known)}")


def refuse_unused_names(
    columns: Iterable[str], known: tuple[str, ...], used: Collection[str], where: str
) -> None:
    """The same of a table that may have further columns: names that the plan or a cohort's covariates use."""
    for ours in columns:
        if ours not in (*known, *_COMPONENTS) and ours not in used:
            raise InputError(
                where,
                f"'{ours}' is not one of our columns, nor a name in the plan or the covariates",
                f"use one of {', '.join(known)}, or a name that is used there",
            )


def refuse_absent_columns(columns: dict[str, str], names: Iterable[str], place) -> None:
    """InputError where the configuration names a column that a file has not."""
    for ours, theirs in columns.items():
        if theirs not in names:
            raise InputError(
                place,
                f"there is no column '{theirs}' (configured as {ours})",
                f"choose from {shown(filter(None, names), SHOWN)}",
            )
