"""Tables of the assays: concentrations, what they rest on, and what follows from them."""

from il6r.tables.contract import FLAG, REAL, TEXT, WHOLE, Table, column

_ANALYTE = column(TEXT, allowed=("sil6r", "il6", "sgp130"))
_LEVEL = column(REAL, nullable=True, low=0)


def _measured(analyte: str, unit: str) -> dict:
    """A concentration's columns, in its canonical unit or relative; `_low` and `_high` are bounds of the true
    value, which are the value itself where it is quantified, and where it is not the value is a limit."""
    optional = {"nullable": True, "low": 0, "required": False}
    levels = {}
    for name in (unit, "relative"):
        levels[f"{analyte}_{name}"] = levels[f"{analyte}_low_{name}"] = column(REAL, **optional)
        # What lies above the highest standard has no upper bound.
        levels[f"{analyte}_high_{name}"] = column(REAL, nullable=True, required=False)
    return {
        **levels,
        f"{analyte}_censored": column("boolean", nullable=True, required=False),
        # Standard error of the logarithm, from curve and replicates.
        f"{analyte}_se_log": column(REAL, **optional),
        f"{analyte}_replicates": column(WHOLE, nullable=True, low=1, required=False),
        f"{analyte}_cv_percent": column(REAL, **optional),
        f"{analyte}_plate": column(TEXT, nullable=True, required=False),
    }


# One row per participant and visit; the table of samples may add a cohort's own columns.
CONCENTRATIONS = Table(
    "concentrations",
    {
        "participant": column(TEXT),
        "visit": column(TEXT),
        "date": column(TEXT, nullable=True),
        # rest, post-exercise or the cohort's own word.
        "time_point": column(TEXT, nullable=True),
        "matrix": column(TEXT, nullable=True),
        "hours_since_exercise": column(REAL, nullable=True, low=0),
        "freeze_thaw_cycles": column(WHOLE, nullable=True, low=0),
        "plasma_volume_change_percent": column(REAL, nullable=True, low=-100),
        **_measured("sil6r", "ng_ml"),
        **_measured("il6", "pg_ml"),
        **_measured("sgp130", "ng_ml"),
    },
    key=("participant", "visit"),
    extra=True,
)


# What the assay files held, per analyte.
ASSAY_QC = Table(
    "assay quality",
    {
        "analyte": _ANALYTE,
        "unit": column(TEXT),
        "samples": column(WHOLE, low=0),
        "below_limit": column(WHOLE, low=0),
        "above_limit": column(WHOLE, low=0),
        "median": _LEVEL,
        "median_cv_percent": _LEVEL,
        "reference_low": _LEVEL,
        "reference_high": _LEVEL,
        "note": column(TEXT, nullable=True),
    },
    key=("analyte",),
)


# Plates of optical densities and their standard curves: y = d + (a - d) / (1 + (x / c)^b)^g, x in the
# analyte's canonical unit before dilution; `failed` says why a plate gave no concentrations.
PLATES = Table(
    "plates",
    {
        "analyte": _ANALYTE,
        "plate": column(TEXT),
        # Plates in the order they were given, from 1.
        "place": column(WHOLE, low=1),
        "model": column(TEXT, nullable=True, allowed=("4PL", "5PL")),
        **{name: column(REAL, nullable=True) for name in "abcdg"},
        "standards": column(WHOLE, low=0),
        "standards_passing": column(WHOLE, low=0),
        "lloq": _LEVEL,
        "uloq": _LEVEL,
        "blank_od": column(REAL, nullable=True),
        "samples": column(WHOLE, low=0),
        "median_cv_percent": _LEVEL,
        # Outer wells' concentrations over inner ones', and the last column's over the first's.
        "edge_percent": column(REAL, nullable=True, low=-100),
        "drift_percent": column(REAL, nullable=True, low=-100),
        "bridging_factor": _LEVEL,
        "failed": column(TEXT, nullable=True),
    },
    key=("analyte", "plate"),
)


# Mean of a standard's wells, the curve there, and what the curve makes of the mean.
STANDARDS = Table(
    "standards",
    {
        "analyte": _ANALYTE,
        "plate": column(TEXT),
        "concentration": column(REAL, low=0),
        "od": column(REAL, nullable=True),
        "fitted_od": column(REAL, nullable=True),
        "back_calculated": _LEVEL,
        "error_percent": column(REAL, nullable=True),
        "passing": column(FLAG),
    },
    key=("analyte", "plate", "concentration"),
)


CONTROLS = Table(
    "controls",
    {
        "analyte": _ANALYTE,
        "plate": column(TEXT),
        "place": column(WHOLE, low=1),
        "control": column(TEXT),
        "concentration": _LEVEL,
        "low": _LEVEL,
        "high": _LEVEL,
        "in_range": column("boolean", nullable=True),
        "cv_percent": _LEVEL,
    },
    key=("analyte", "plate", "control"),
)


# Row 0 is A, column 0 is 1; `rejected` says why a well gave no concentration.
WELLS = Table(
    "wells",
    {
        "analyte": _ANALYTE,
        "plate": column(TEXT),
        "place": column(WHOLE, low=1),
        "row": column(WHOLE, low=0),
        "column": column(WHOLE, low=0),
        "role": column(TEXT, allowed=("standard", "blank", "control", "bridge", "sample")),
        "od": column(REAL, nullable=True),
        "concentration": _LEVEL,
        "rejected": column(TEXT, nullable=True),
    },
    key=("analyte", "plate", "row", "column"),
)


# Standard deviations of logarithms between people and within, and the intraclass correlation of visits.
VARIABILITY = Table(
    "variability",
    {
        "analyte": _ANALYTE,
        "people": column(WHOLE, low=0),
        "samples": column(WHOLE, low=0),
        "mean_visits": _LEVEL,
        "between_sd_log": _LEVEL,
        "within_sd_log": _LEVEL,
        "icc": column(REAL, nullable=True, low=-1, high=1),
        "icc_low": column(REAL, nullable=True, low=-1, high=1),
        "icc_high": column(REAL, nullable=True, low=-1, high=1),
        "inter_plate_cv_percent": _LEVEL,
    },
    key=("analyte",),
)


# Concentrations beside each published range.
REFERENCE = Table(
    "reference ranges",
    {
        "analyte": _ANALYTE,
        "unit": column(TEXT),
        "context": column(TEXT),
        "low": column(REAL, low=0),
        "high": column(REAL, low=0),
        "source": column(TEXT),
        "samples": column(WHOLE, low=0),
        "median": _LEVEL,
        "share_within": column(REAL, nullable=True, low=0, high=1),
        "note": column(TEXT, nullable=True),
    },
    key=("analyte", "context"),
)


# IL-6, sIL-6R and sgp130 in equilibrium, by each choice of constants; bounds as of concentrations.
BALANCE = Table(
    "balance",
    {
        "participant": column(TEXT),
        "visit": column(TEXT),
        "choice": column(TEXT),
        "free_il6_share": column(REAL, low=0, high=1),
        "free_il6_low_share": column(REAL, low=0, high=1),
        "free_il6_high_share": column(REAL, low=0, high=1),
        "active_complex_pm": column(REAL, low=0),
        "active_complex_low_pm": column(REAL, low=0),
        "active_complex_high_pm": column(REAL),
        "buffered_complex_pm": column(REAL, low=0),
        "buffered_complex_low_pm": column(REAL, low=0),
        "buffered_complex_high_pm": column(REAL),
        "sgp130_excess": column(REAL, low=0),
        "sgp130_excess_low": column(REAL, low=0),
        "sgp130_excess_high": column(REAL),
        "buffered_share": column(REAL, low=0, high=1),
        "censored": column(FLAG),
    },
    key=("participant", "visit", "choice"),
)
