"""What is analysed, which column measures it, and what is it adjusted for?"""

from collections.abc import Collection

# Outcomes and their columns of the analysis set; those of blood samples first, of which a participant may
# have several.
BY_SAMPLE = {
    "sil6r": "sil6r_ng_ml",
    "il6": "il6_pg_ml",
    "sgp130": "sgp130_ng_ml",
    "free_il6": "free_il6_share",
    "active_complex": "active_complex_pm",
    "buffered_complex": "buffered_complex_pm",
    "sgp130_excess": "sgp130_excess",
}
COLUMN = {
    **BY_SAMPLE,
    "activity": "enmo_mg",
    "met": "met_min_per_week",
    "other": "other_value",
}
# What follows from all three molecules: one flag says who has it.
BALANCE = ("free_il6", "active_complex", "buffered_complex", "sgp130_excess")
# These have no part in a cohort that did not measure them.
OPTIONAL = ("met", "other", "il6", "sgp130", *BALANCE)


def flag(outcome: str) -> str:
    """The column of the analysis set that says which rows an outcome's models use."""
    return f"in_{'balance' if outcome in BALANCE else outcome}"


def bounds(column: str, analyte_or_outcome: str) -> tuple[str, str]:
    """The columns that bound the true value of one that may be censored: sil6r_low_ng_ml of sil6r_ng_ml."""
    rest = column.removeprefix(analyte_or_outcome)
    return f"{analyte_or_outcome}_low{rest}", f"{analyte_or_outcome}_high{rest}"


def column_of(outcome: str, columns: Collection[str]) -> str:
    """The column that measures an outcome: of an assay without concentrations, its relative units."""
    relative = f"{outcome}_relative"
    return relative if relative in columns else COLUMN[outcome]


def plate_of(outcome: str) -> str:
    """The column with an outcome's own plate: of the balance, as of anything else, sIL-6R's."""
    return f"{outcome}_plate" if outcome in ("il6", "sgp130") else "plate"
