"""Can each cohort's data carry a verdict, and which verdicts must wait until somebody has looked at them?"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from il6r import outcomes
from il6r.plan import VARIANT, Analysis
from il6r.tables.activity import ACCELEROMETRY

# Columns of the analysis set that hold accelerometry, and those that hold the genotype.
_ACCELEROMETRY = ACCELEROMETRY | {"enmo_7d_mg"}
_GENOTYPE = frozenset({VARIANT, "dosage", "genotype"})
# The analytes that a column not measured by an assay itself rests on.
_RESTS_ON: dict[str, tuple[str, ...]] = {
    "il6_response": ("il6",),
    **dict.fromkeys(outcomes.BALANCE, tuple(outcomes.ANALYTES)),
}


def held_back(checks: pd.DataFrame, analyses: Mapping[str, Analysis]) -> pd.DataFrame:
    """Which analyses of which cohorts rest on data that fail a check and were not looked at.

    A failed check of genotypes bears on every analysis whose exposure is the variant, or which compares or
    selects genotypes; one of an assay on analyses of its analyte, as outcome or exposure; one of activity on
    analyses of accelerometry. Levels other than "fail" hold nothing back.

    Parameters
    ----------
    checks : `DATA_CHECKS`.
    analyses : the plan's, by name.

    Returns
    -------
    DataFrame: cohort, analysis, sentence; one row for each cohort and analysis that is held back, in the
    order of the checks and of the plan. The sentence is all of its failed checks'.
    """
    failed = checks[(checks["level"] == "fail") & ~checks["looked_at"]]
    rows = [
        {"cohort": cohort, "analysis": name, "sentence": " ".join(bearing)}
        for cohort, of_cohort in failed.groupby("cohort", sort=False)
        for name, analysis in analyses.items()
        if (bearing := [one.sentence for one in of_cohort.itertuples() if bears_on(one, analysis)])
    ]
    return pd.DataFrame(rows, columns=["cohort", "analysis", "sentence"])


def bears_on(check: Any, analysis: Analysis) -> bool:
    """Whether a row of `DATA_CHECKS` is of data that an analysis rests on."""
    named = {analysis.outcome, analysis.exposure, analysis.interaction} - {None}
    if check.stage == "genotypes":
        return bool((named | {analysis.strata, *analysis.subset}) & _GENOTYPE)
    columns = {outcomes.get(str(name)).column for name in named}
    if check.stage == "activity":
        return bool(columns & _ACCELEROMETRY)
    return check.stage == "assays" and any(
        check.analyte in _RESTS_ON.get(str(name), (_analyte(str(name)),)) for name in named
    )


def _analyte(name: str) -> str | None:
    """The analyte that an outcome, or a column of the analysis set, is."""
    return next(
        (key for key, one in outcomes.ANALYTES.items() if name in (key, one.column, one.relative)), None
    )
