"""How do estimates move with the choices that an analyst has?"""

import pandas as pd

from il6r.plan import Plan
from il6r.report import privacy, wording

# The kind of the plan's own choice in `SENSITIVITY`, and what the others are called, in their order.
PLANNED = "as planned"
KINDS = {
    "covariates": "other covariates",
    "ancestry": "ancestry",
    "relatives": "relatives",
    "outliers": "robust regression",
    "influence": "one person left out",
    "batch": "single batches",
    "visits": "single visits",
    "valid days": "valid days",
    "constants": "other constants",
}
# What other stages call the planned choice; it is no other one.
CONFIGURED = "as configured"


def of_claims(plan: Plan, sensitivity: pd.DataFrame, minimum: int) -> dict[str, pd.DataFrame]:
    """The choices of each analysis that bears on a claim, in the plan's order.

    Parameters
    ----------
    sensitivity : `SENSITIVITY` of all cohorts.

    Returns
    -------
    By analysis, the rows that have an estimate of enough people; where there are others than the planned one.
    """
    own = shown(sensitivity, minimum)
    found = {}
    for name, one in plan.analyses.items():
        rows = own[own["analysis"] == name]
        if one.claim and (rows["kind"] != PLANNED).any():
            found[name] = rows
    return found


def shown(sensitivity: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """The rows of `SENSITIVITY` that have an estimate on enough people, each choice once."""
    kept = privacy.enough_of_cohort(sensitivity, minimum) & (sensitivity["choice"] != CONFIGURED)
    return sensitivity[kept].dropna(subset=["estimate", "ci_low", "ci_high"])


def other_constants(sensitivity: pd.DataFrame, analysis: str, minimum: int) -> pd.DataFrame:
    """Estimates of one analysis by other constants of binding than the configured ones."""
    own = shown(sensitivity, minimum)
    return own[(own["analysis"] == analysis) & (own["kind"] == "constants")]


def rows(cohorts: list[str], plan: Plan, sensitivity: pd.DataFrame, minimum: int) -> list[dict[str, str]]:
    """How far each claim's estimate moves in each cohort, and how many choices tell its sign alike."""
    table = []
    for name, choices in of_claims(plan, sensitivity, minimum).items():
        one = plan.analyses[name]
        for cohort in cohorts:
            own = choices[choices["cohort"] == cohort]
            others = own[own["kind"] != PLANNED]
            if len(others):
                table.append(
                    {
                        "analysis": one.label,
                        "cohort": cohort,
                        **_moved(own, others, wording.reader_scale(one)),
                    }
                )
    return table


def sentences(plan: Plan, sensitivity: pd.DataFrame, minimum: int) -> list[str]:
    """Which choices gave no estimate and why."""
    absent = sensitivity[(sensitivity["kind"] != PLANNED) & (sensitivity["choice"] != CONFIGURED)]
    absent = absent.drop(index=shown(absent, minimum).index)
    absent = absent[absent["analysis"].isin([name for name, one in plan.analyses.items() if one.claim])]
    return [f"Alternative analyses without an estimate: {_absent(absent, minimum)}."] if len(absent) else []


def _moved(own: pd.DataFrame, others: pd.DataFrame, scale: str) -> dict[str, str]:
    """The planned estimate, the range of the others, and how many of these tell its sign as it does."""
    low, high = (wording.on_scale(end, scale) for end in (others["estimate"].min(), others["estimate"].max()))
    cells = {
        "planned": "not estimable",
        "range": wording.interval(low, high, scale),
        "alike": f"of {len(others)}",
    }
    planned = own[own["kind"] == PLANNED]
    if planned.empty:
        return cells
    turned = others[_says(others) != _says(planned).iloc[0]]
    counts = turned["kind"].value_counts(sort=False)
    kinds = wording.listed([f"{count} by {KINDS[kind]}" for kind, count in counts.items()])
    alike = f"{len(others) - len(turned)} of {len(others)}{f' (not {kinds})' if kinds else ''}"
    return cells | {"planned": wording.interval_of(planned.iloc[0], scale), "alike": alike}


def _says(rows: pd.DataFrame) -> pd.Series:
    """What intervals say of the sign: 1 above zero, -1 below it, 0 not told."""
    return (rows["ci_low"] > 0).astype(int) - (rows["ci_high"] < 0).astype(int)


def _absent(absent: pd.DataFrame, minimum: int) -> str:
    few = ~privacy.enough(absent["n_participants"], minimum) & (absent["n_participants"] > 0)
    reason = privacy.notes(absent["note"], minimum).where(absent["note"].notna(), "not estimable")
    absent = absent.assign(reason=reason.mask(few, privacy.FEW))
    return "; ".join(
        f"{len(rows)} in {cohort} ({', '.join(KINDS[kind] for kind in dict.fromkeys(rows['kind']))}: {why})"
        for (cohort, why), rows in absent.groupby(["cohort", "reason"], sort=False)
    )
