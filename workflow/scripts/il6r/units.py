"""Which unit each analyte is kept in, and how other units become it."""

from il6r import outcomes
from il6r.errors import InputError, quoted

# The unit each analyte is reported in by the review's Table 1 (Nash et al. 2022).
CANONICAL = {name: one.unit for name, one in outcomes.ANALYTES.items()}
# What an assay that gives no concentrations measures in: Olink's NPX is the logarithm to base 2 of this.
RELATIVE = "2^NPX"

_PICOGRAMS_PER_ML = {
    "pg/ml": 1.0,
    "ng/l": 1.0,
    "ng/ml": 1e3,
    "ug/l": 1e3,
    "ug/ml": 1e6,
    "mg/l": 1e6,
    "fg/ml": 1e-3,
}


def factor(unit: str, analyte: str, where: object) -> float:
    """The number that takes a concentration in `unit` to the analyte's canonical unit.

    Raises
    ------
    InputError : the unit is not a mass concentration known here.
    """
    known = unit.strip().lower().replace("µ", "u").replace("μ", "u").replace(" ", "")
    if known not in _PICOGRAMS_PER_ML:
        raise InputError(
            where, f"unknown unit {quoted(unit)}", f"use one of {', '.join(sorted(_PICOGRAMS_PER_ML))}"
        )
    return _PICOGRAMS_PER_ML[known] / _PICOGRAMS_PER_ML[CANONICAL[analyte].lower()]
