"""What is analysed, which column measures it, and what is it called?"""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """An outcome of the plan.

    Attributes
    ----------
    name : what the plan calls it.
    column : the column of the analysis set that measures it, in `unit`.
    label, unit : what readers call it; without a unit where it has none, or the label names it.
    counted : what the cohort's flow calls those who have it; empty where another outcome has the same flag.
    of_samples : whether it belongs to blood samples, of which a participant may have several.
    analyte : whether an assay measures it, perhaps in relative units.
    plate : the column with the plate it was measured on; sIL-6R's where it has none of its own.
    flag : the column of the analysis set that says which rows its models use.
    optional : whether a cohort that did not measure it is without it.
    """

    name: str
    column: str
    label: str
    unit: str = ""
    counted: str = ""
    of_samples: bool = False
    analyte: bool = False
    plate: str = "plate"
    flag: str = ""
    optional: bool = True

    @property
    def relative(self) -> str:
        """The column of an analyte measured without concentrations, in relative units; empty of others."""
        return f"{self.name}_relative" if self.analyte else ""

    def column_in(self, columns: Collection[str]) -> str:
        """The column that measures it in a cohort: `relative` if that is there."""
        return self.relative if self.analyte and self.relative in columns else self.column

    def bounds(self, column: str) -> tuple[str, str]:
        """The columns of the bounds of a value that may be censored: sil6r_low_ng_ml of sil6r_ng_ml."""
        rest = column.removeprefix(self.name)
        return f"{self.name}_low{rest}", f"{self.name}_high{rest}"

    def title(self, column: str | None = None) -> str:
        """Label and unit, of `column` where that is the relative one."""
        unit = "relative units, 2^NPX" if self.analyte and column == self.relative else self.unit
        return f"{self.label} ({unit})" if unit else self.label


def _analyte(name: str, column: str, label: str, unit: str, plate: str, optional: bool = True) -> Outcome:
    return Outcome(name, column, label, unit, f"{label} visits", True, True, plate, f"in_{name}", optional)


def _balance(name: str, column: str, label: str, unit: str = "", counted: str = "") -> Outcome:
    return Outcome(name, column, label, unit, counted, of_samples=True, flag="in_balance")


_ALL = (
    _analyte("sil6r", "sil6r_ng_ml", "sIL-6R", "ng/mL", "plate", optional=False),
    Outcome(
        "activity", "enmo_mg", "mean acceleration", "mg", "people with valid activity", flag="in_activity",
        optional=False,
    ),
    Outcome(
        "met", "met_min_per_week", "MET-minutes a week (IPAQ)", counted="people with a scored questionnaire",
        flag="in_met",
    ),
    Outcome(
        "other", "other_value", "activity in the cohort's own unit",
        counted="people with valid activity in another unit", flag="in_other",
    ),
    _analyte("il6", "il6_pg_ml", "IL-6", "pg/mL", "il6_plate"),
    _analyte("sgp130", "sgp130_ng_ml", "sgp130", "ng/mL", "sgp130_plate"),
    _balance(
        "free_il6", "free_il6_share", "predicted free share of IL-6",
        counted="visits with all three molecules",
    ),
    _balance("active_complex", "active_complex_pm", "predicted active complex", "pM"),
    _balance("buffered_complex", "buffered_complex_pm", "predicted complex buffered by sgp130", "pM"),
    _balance("sgp130_excess", "sgp130_excess", "sgp130 over sIL-6R"),
)  # fmt: skip
# By the plan's name.
OUTCOMES = {one.name: one for one in _ALL}
ANALYTES = {name: one for name, one in OUTCOMES.items() if one.analyte}
# By the column of the analysis set that is an analyte after exercise over what it was at rest.
RESPONSES = {f"{name}_response": one for name, one in ANALYTES.items()}
# What follows from all three molecules.
BALANCE = {name: one for name, one in OUTCOMES.items() if one.flag == "in_balance"}
# The columns of the analysis set that belong to a blood sample.
SAMPLE_COLUMNS = frozenset(
    column
    for one in OUTCOMES.values()
    if one.of_samples
    for measured in filter(None, (one.column, one.relative))
    for column in (
        measured,
        *one.bounds(measured),
        *(f"{one.name}_{end}" for end in ("censored", "se_log", "replicates", "cv_percent", "plate")),
    )
)
# The columns of the analysis set that hold what an accelerometer measured, other than how long it was worn.
ACCELEROMETRY = frozenset(
    {
        "enmo_mg", "enmo_not_imputed_mg", "enmo_weekday_mg", "enmo_weekend_mg", "enmo_7d_mg",
        "sedentary_min_per_day", "light_min_per_day", "mvpa_min_per_day", "mvpa_bouts_min_per_day",
        "vigorous_min_per_day", "intensity_gradient", "l5_mg", "l5_start_h", "m10_mg", "m10_start_h",
        "other_value",
    }
)  # fmt: skip
# Other columns of the analysis set that the plan may name as they are.
_COLUMNS = {
    column: Outcome(column, column, label, unit)
    for column, label, unit in (
        *((column, f"{one.label} after exercise over rest", "") for column, one in RESPONSES.items()),
        ("enmo_7d_mg", "mean acceleration of the week before", "mg"),
        ("mvpa_min_per_day", "MVPA", "min/day"),
        ("sedentary_min_per_day", "sedentary time", "min/day"),
        ("crp_mg_l", "CRP", "mg/L"),
        ("fibrinogen_g_l", "fibrinogen", "g/L"),
        ("lactate_mmol_l", "lactate", "mmol/L"),
        ("bmi", "BMI", "kg/m2"),
        ("waist_change_cm", "change of waist", "cm"),
        ("triglycerides_change_mmol_l", "change of triglycerides", "mmol/L"),
        ("glucose_change_mmol_l", "change of fasting glucose", "mmol/L"),
    )
}
_BY_COLUMN = {column: one for one in _ALL for column in (one.column, one.relative) if column} | _COLUMNS


def get(name: str) -> Outcome:
    """The outcome of that name, or any column of the analysis set as an outcome."""
    return OUTCOMES.get(name) or _COLUMNS.get(name) or Outcome(name, name, name.replace("_", " "))


def bounds_of(column: str) -> tuple[str, str] | None:
    """The columns of a measured column's bounds, if a value of its kind may be censored; else None."""
    one = _BY_COLUMN.get(column)
    return one.bounds(column) if one is not None and column in SAMPLE_COLUMNS else None


def measures(column: str) -> bool:
    """Whether a column is one that measures an outcome of the plan, if not in relative units."""
    return any(one.column == column for one in _ALL)


def title(name: str) -> str:
    """What readers call an outcome of the plan, or a column of the analysis set, with its unit."""
    column = get(name).column
    return _BY_COLUMN.get(column, get(name)).title(column)
