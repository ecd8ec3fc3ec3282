"""Tables of the assays: concentrations, what they rest on, and what follows from them."""

from il6r.tables.contract import (
    FLAG,
    MAYBE,
    REAL,
    TEXT,
    WHOLE,
    Cells,
    Column,
    Quantity,
    Table,
    column,
    flow_table,
)

_CANONICAL = "the analyte's canonical unit (ng/mL, of IL-6 pg/mL)"
_ANALYTE = column(TEXT, "The analyte.", allowed=("sil6r", "il6", "sgp130"))
_PLATE = column(TEXT, "The plate's name.")
_PLACE = column(WHOLE, "Plates in the order they were given, from 1.", low=1)


def _level(meaning: str, unit: str = _CANONICAL) -> Column:
    """A concentration, or what is measured like one."""
    return column(REAL, meaning, unit=unit, nullable=True, low=0)


def _measured(analyte: str, unit: str) -> dict[str, Column]:
    """A concentration's columns, in its canonical unit or relative.

    `_low` and `_high` are bounds of the true value, which are the value itself where it is quantified; where
    it is not, the value is a limit.
    """
    optional: Cells = {"nullable": True, "low": 0, "required": False}
    levels = {}
    for name in (unit, "relative"):
        relative = "2^NPX" if name == "relative" else ""
        levels[f"{analyte}_{name}"] = column(
            REAL, "The concentration; a limit where it is beyond one.", unit=relative, **optional
        )
        levels[f"{analyte}_low_{name}"] = column(
            REAL, "Lower bound of the true value.", unit=relative, **optional
        )
        # What lies above the highest standard has no upper bound.
        levels[f"{analyte}_high_{name}"] = column(
            REAL, "Upper bound of the true value.", unit=relative, nullable=True, required=False
        )
    return {
        **levels,
        f"{analyte}_censored": column(
            MAYBE, "Whether the concentration is beyond a limit.", nullable=True, required=False
        ),
        f"{analyte}_se_log": column(
            REAL, "Standard error of the logarithm, from curve and replicates.", unit="1", **optional
        ),
        f"{analyte}_replicates": column(WHOLE, "Replicates averaged.", nullable=True, low=1, required=False),
        f"{analyte}_cv_percent": column(REAL, "Coefficient of variation of the replicates.", **optional),
        f"{analyte}_plate": column(TEXT, "The plate it was measured on.", nullable=True, required=False),
    }


CONCENTRATIONS = Table(
    "{cohort}/assays/concentrations.parquet",
    "Concentrations in canonical units with their bounds, one row per participant and visit; the table of "
    "samples may add a cohort's own columns.",
    {
        "participant": column(TEXT, "The participant's ID."),
        "visit": column(TEXT, "The visit."),
        "date": column(TEXT, "When blood was drawn, ISO 8601.", nullable=True),
        "time_point": column(TEXT, "rest, post-exercise or the cohort's own word.", nullable=True),
        "matrix": column(TEXT, "Plasma, serum or another fluid.", nullable=True),
        "hours_since_exercise": column(
            REAL, "Time since the exercise ended.", unit="hours", nullable=True, low=0
        ),
        "freeze_thaw_cycles": column(WHOLE, "How often the sample was thawed.", nullable=True, low=0),
        "plasma_volume_change_percent": column(
            REAL, "Change of plasma volume that levels were corrected for.", nullable=True, low=-100
        ),
        **_measured("sil6r", "ng_ml"),
        **_measured("il6", "pg_ml"),
        **_measured("sgp130", "ng_ml"),
    },
    key=("participant", "visit"),
    extra=True,
    of_people=True,
)

ASSAYS_QC = Table(
    "{cohort}/assays/qc.tsv",
    "What the assay files held: samples, values beyond a limit, medians and replicate variation by analyte.",
    {
        "analyte": _ANALYTE,
        "unit": column(TEXT, "The unit of the levels in the row."),
        "samples": column(WHOLE, "Samples measured.", low=0),
        "below_limit": column(WHOLE, "Of them below the limit of quantification.", low=0),
        "above_limit": column(WHOLE, "Of them above the upper one.", low=0),
        "median": _level("Median level."),
        "median_cv_percent": _level("Median coefficient of variation of replicates.", ""),
        "reference_low": _level("Lower end of the published range."),
        "reference_high": _level("Upper end of the published range."),
        "note": column(TEXT, "What a reader should know of it.", nullable=True),
    },
    key=("analyte",),
)

PLATES = Table(
    "{cohort}/assays/plates.tsv",
    "Plates of optical densities and their standard curves: y = d + (a - d) / (1 + (x / c)^b)^g, x in the "
    "analyte's canonical unit before dilution.",
    {
        "analyte": _ANALYTE,
        "plate": _PLATE,
        "place": _PLACE,
        "model": column(TEXT, "The curve.", nullable=True, allowed=("4PL", "5PL")),
        "a": column(REAL, "Response without analyte.", unit="OD", nullable=True),
        "b": column(REAL, "Slope.", unit="1", nullable=True),
        "c": column(REAL, "Concentration of the curve's middle.", unit=_CANONICAL, nullable=True),
        "d": column(REAL, "Response at saturation.", unit="OD", nullable=True),
        "g": column(REAL, "Asymmetry; 1 for 4PL.", unit="1", nullable=True),
        "standards": column(WHOLE, "Standards on the plate.", low=0),
        "standards_passing": column(WHOLE, "Of them near enough to the curve.", low=0),
        "lloq": _level("Lower limit of quantification."),
        "uloq": _level("Upper limit of quantification."),
        "blank_od": column(REAL, "Mean of the blanks.", unit="OD", nullable=True),
        "samples": column(WHOLE, "Samples on the plate.", low=0),
        "median_cv_percent": _level("Median coefficient of variation of replicates.", ""),
        "edge_percent": column(
            REAL, "Outer wells' concentrations over inner ones'.", nullable=True, low=-100
        ),
        "drift_percent": column(
            REAL, "The last column's concentrations over the first's.", nullable=True, low=-100
        ),
        "bridging_factor": _level("Factor that bridging samples scaled the plate by.", "1"),
        "failed": column(TEXT, "Why the plate gave no concentrations.", nullable=True),
    },
    key=("analyte", "plate"),
)

STANDARDS = Table(
    "{cohort}/assays/standards.tsv",
    "Mean of each standard's wells, the curve there, and what the curve makes of the mean.",
    {
        "analyte": _ANALYTE,
        "plate": _PLATE,
        "concentration": column(REAL, "The nominal concentration.", unit=_CANONICAL, low=0),
        "od": column(REAL, "Mean of its wells.", unit="OD", nullable=True),
        "fitted_od": column(REAL, "The curve there.", unit="OD", nullable=True),
        "back_calculated": _level("The concentration back-calculated from the mean."),
        "error_percent": column(REAL, "Its error.", nullable=True),
        "passing": column(FLAG, "Whether the error is within the limit."),
    },
    key=("analyte", "plate", "concentration"),
)

CONTROLS = Table(
    "{cohort}/assays/controls.tsv",
    "Controls of each plate beside their ranges.",
    {
        "analyte": _ANALYTE,
        "plate": _PLATE,
        "place": _PLACE,
        "control": column(TEXT, "The control's name."),
        "concentration": _level("Its concentration."),
        "low": _level("Lower end of its range."),
        "high": _level("Upper end of its range."),
        "in_range": column(MAYBE, "Whether it is within.", nullable=True),
        "cv_percent": _level("Coefficient of variation of its wells.", ""),
    },
    key=("analyte", "plate", "control"),
)

WELLS = Table(
    "{cohort}/assays/wells.parquet",
    "Each well of the plates and why it gave no concentration.",
    {
        "analyte": _ANALYTE,
        "plate": _PLATE,
        "place": _PLACE,
        "row": column(WHOLE, "Row; 0 is A.", low=0),
        "column": column(WHOLE, "Column; 0 is 1.", low=0),
        "role": column(TEXT, "What is in it.", allowed=("standard", "blank", "control", "bridge", "sample")),
        "od": column(REAL, "Optical density.", unit="OD", nullable=True),
        "concentration": _level("Concentration, dilution undone."),
        "rejected": column(TEXT, "Why the well gave no concentration.", nullable=True),
    },
    key=("analyte", "plate", "row", "column"),
    of_people=True,
)

_LOG = "natural log"
_ICC: Quantity = {"unit": "1", "nullable": True, "low": -1, "high": 1}
VARIABILITY = Table(
    "{cohort}/assays/variability.tsv",
    "Standard deviations of logarithms between people and within, and the intraclass correlation of visits.",
    {
        "analyte": _ANALYTE,
        "people": column(WHOLE, "People.", low=0),
        "samples": column(WHOLE, "Samples.", low=0),
        "mean_visits": _level("Mean number of visits.", "visits"),
        "between_sd_log": _level("Standard deviation between people.", _LOG),
        "within_sd_log": _level("Standard deviation within people.", _LOG),
        "total_sd_log": _level("Standard deviation of single samples of different people.", _LOG),
        "icc": column(REAL, "Intraclass correlation.", **_ICC),
        "icc_low": column(REAL, "Lower end of its 95 % interval.", **_ICC),
        "icc_high": column(REAL, "Upper end of that interval.", **_ICC),
        "inter_plate_cv_percent": _level("Coefficient of variation of controls between plates.", ""),
    },
    key=("analyte",),
)

REFERENCE = Table(
    "{cohort}/assays/reference.tsv",
    "Concentrations beside each published range.",
    {
        "analyte": _ANALYTE,
        "unit": column(TEXT, "The unit of the levels in the row."),
        "context": column(TEXT, "Whom the range is of."),
        "low": column(REAL, "Lower end of the range.", unit=_CANONICAL, low=0),
        "high": column(REAL, "Upper end of the range.", unit=_CANONICAL, low=0),
        "source": column(TEXT, "Where the range is from."),
        "samples": column(WHOLE, "Samples compared.", low=0),
        "median": _level("Their median."),
        "share_within": column(REAL, "Share of them in the range.", unit="1", nullable=True, low=0, high=1),
        "note": column(TEXT, "What limits the comparison.", nullable=True),
    },
    key=("analyte", "context"),
)


def _bounded(
    name: str, end: str, meaning: str, unit: str = "", high: float | None = None
) -> dict[str, Column]:
    """A predicted quantity and the bounds of its true value."""
    return {
        f"{name}{end}": column(REAL, f"{meaning}.", unit=unit, low=0, high=high),
        f"{name}_low{end}": column(REAL, f"{meaning}: lower bound.", unit=unit, low=0, high=high),
        # Of what lies above a limit there is no upper bound.
        f"{name}_high{end}": column(
            REAL, f"{meaning}: upper bound.", unit=unit, low=0 if high else None, high=high
        ),
    }


BALANCE = Table(
    "{cohort}/assays/balance.parquet",
    "IL-6, sIL-6R and sgp130 in equilibrium, by each choice of binding constants.",
    {
        "participant": column(TEXT, "The participant's ID."),
        "visit": column(TEXT, "The visit."),
        "choice": column(TEXT, "The choice of constants."),
        **_bounded("free_il6", "_share", "Share of IL-6 that is free", "1", 1),
        **_bounded("active_complex", "_pm", "IL-6 with sIL-6R, not buffered"),
        **_bounded("buffered_complex", "_pm", "IL-6 with sIL-6R and sgp130"),
        **_bounded("sgp130_excess", "", "sgp130 over sIL-6R", "1"),
        "buffered_share": column(REAL, "Share of the complexes that is buffered.", unit="1", low=0, high=1),
        "censored": column(FLAG, "Whether a concentration it rests on is beyond a limit."),
    },
    key=("participant", "visit", "choice"),
    of_people=True,
)

ASSAYS_FLOW = flow_table("assays", "Results from the assay files to the concentrations.")
