"""How many people of a cohort are left at each step to the models?"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from il6r.plan import Plan
from il6r.report import blocks, privacy
from il6r.report.cohort.words import first_analysis

_MODELS = {"sil6r": "In the sIL-6R model", "activity": "In the activity model"}


@dataclass(frozen=True)
class Bar:
    """A number of people, as long as its share of the first one (`percent`, 0 to 100)."""

    label: str
    people: str
    percent: int


@dataclass(frozen=True)
class Bars(blocks.Block):
    """Numbers of people as bars below each other."""

    bars: Sequence[Bar]


def bars(flow: pd.DataFrame, plan: Plan, minimum: int) -> list[Bar]:
    """The people of a cohort in its participant table, kept, and in the first model of each outcome.

    Parameters
    ----------
    flow : one cohort's rows of `COHORT_FLOW` and `ASSOCIATION_FLOW`, in their order.
    """
    people = flow[flow["counted"] == "participants"]
    kept = people.loc[people["stage"] == "cohort", "left"]
    if kept.empty or not kept.iloc[0]:
        return []
    counts = {"Participant table": int(kept.iloc[0]), "Genotyped and kept": int(kept.iloc[-1])}
    for outcome, label in _MODELS.items():
        own = people.loc[people["analysis"] == first_analysis(plan, outcome), "left"]
        if len(own):
            counts[label] = int(own.iloc[-1])
    # Bars are as round as the numbers on them.
    whole = privacy.people_number(counts["Participant table"], minimum) or 1
    return [
        Bar(
            label,
            privacy.people(count, minimum),
            round(100 * (privacy.people_number(count, minimum) or 0) / whole),
        )
        for label, count in counts.items()
    ]


def left_before(flow: pd.DataFrame, minimum: int) -> list[str]:
    """Why people are in no model, and how many, in a sentence; none where nobody is known to have.

    Reasons of few people and of nobody are not told apart: of several that had somebody each would be few.

    Parameters
    ----------
    flow : as for `bars`.
    """
    steps = flow[(flow["counted"] == "participants") & (flow["stage"] == "cohort") & (flow["dropped"] > 0)]
    steps = steps[privacy.enough(steps["dropped"], minimum)]
    parts = [f"{privacy.people(int(row.dropped), minimum)} {row.reason}" for row in steps.itertuples()]
    if parts and privacy.step(minimum) > 1:
        parts.append(f"{privacy.people(0, minimum)} for each other reason")
    return [f"Left before the models: {'; '.join(parts)}."] if parts else []
