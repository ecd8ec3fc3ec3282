"""Where did everybody go, from the files to the analysis set and from there to each analysis?"""

from typing import Any, TypedDict

import pandas as pd

from il6r.plan import VARIANT, Plan
from il6r.report import privacy
from il6r.report.load import Study
from il6r.tables.association import ASSOCIATION_FLOW
from il6r.tables.cohort import COHORT_FLOW


class Chain(TypedDict):
    """The steps of one count on a cohort's way to its analysis set."""

    cohort: str
    name: str
    lines: list[dict[str, str]]


def whole_flow(study: Study) -> pd.DataFrame:
    """Where everybody went: each cohort's flow to its analysis set, and from there to each analysis."""
    whole = pd.concat([study.table(COHORT_FLOW), study.table(ASSOCIATION_FLOW)], ignore_index=True)
    return whole.sort_values("cohort", key=lambda names: names.map(study.cohorts.index), kind="stable")


def first_analysis(plan: Plan, outcome: str) -> str | None:
    """The plan's first analysis of an outcome and the variant: its people stand for the outcome's models."""
    return next(
        (one.name for one in plan.analyses.values() if (one.outcome, one.exposure) == (outcome, VARIANT)),
        None,
    )


def chains(flow: pd.DataFrame, minimum: int) -> list[Chain]:
    """A table for each count on the way to the analysis set, by cohort, with its steps."""
    keys = ["cohort", "stage", "counted"]
    found: list[Chain] = []
    for (cohort, stage, counted), chain in flow[flow["analysis"].isna()].groupby(keys, sort=False):
        lines = [
            {
                "reason": row.reason,
                "dropped": privacy.people(row.dropped, minimum) if place else "",
                "left": privacy.people(row.left, minimum),
            }
            for place, row in enumerate(chain.itertuples())
        ]
        if chain["left"].iloc[0]:
            found.append({"cohort": cohort, "name": f"{stage}: {counted}", "lines": lines})
    return found


def relatives(
    flow: pd.DataFrame, configured: dict[str, dict[str, Any]], known: set[str], minimum: int
) -> list[str]:
    """How many relatives each cohort keeps and how they are handled, or that they cannot be known.

    Parameters
    ----------
    flow : `COHORT_FLOW` of all cohorts.
    configured : what the configuration has of each cohort.
    known : cohorts whose genotypes tell who is related.
    """
    found = []
    for name, cohort in configured.items():
        steps = flow[(flow["cohort"] == name) & (flow["counted"] == "relatives")]
        kept = int(steps["left"].iloc[-1]) if len(steps) else 0
        if kept:
            found.append(
                f"{name}: {privacy.people(kept, minimum)} people have relatives among those analysed. All "
                "of them stay, and errors are clustered by family."
            )
        elif name not in known and not cohort["genotypes"].get("exclude_relatives", True):
            found.append(
                f"{name}: relatives were to stay, but who is related is not known, since there are neither "
                "enough genotypes genome-wide nor a column family of participants. Errors take people as "
                "independent, and are too small if there are relatives."
            )
    return found


def ways(flow: pd.DataFrame, plan: Plan, minimum: int) -> list[dict[str, str]]:
    """A row for each analysis: who it began with, who dropped out on the way, and who is left.

    Analyses with the same people share a row.
    """
    merged: dict[tuple[str, str, str, str, str], list[str]] = {}
    keys = ["cohort", "analysis", "counted"]
    for (cohort, analysis, counted), chain in flow[flow["analysis"].notna()].groupby(keys, sort=False):
        steps = chain[chain["reason"].notna()].iloc[1:]
        many = privacy.enough(steps["dropped"], minimum)
        dropped = [f"{privacy.people(row.dropped, minimum)} {row.reason}" for row in steps[many].itertuples()]
        # Whether nobody dropped out or somebody is not told: parts known to have somebody narrow the others.
        if len(few := steps.loc[~many, "reason"]):
            each = " each" if len(few) > 1 else ""
            dropped.append(f"under {privacy.step(minimum)}{each}: {', '.join(few)}")
        first, left = (privacy.people(chain["left"].iloc[end], minimum) for end in (0, -1))
        way = (cohort, counted, first, left, "; ".join(dropped))
        merged.setdefault(way, []).append(plan.analyses[analysis].label)
    return [
        {"cohort": cohort, "analyses": "; ".join(names), "counted": counted, "first": first,
         "dropped": dropped, "left": left}
        for (cohort, counted, first, left, dropped), names in merged.items()
    ]  # fmt: skip
