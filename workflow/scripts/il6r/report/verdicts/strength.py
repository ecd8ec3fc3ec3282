"""How strong is a claim's verdict, and what would change it, in words?"""

from collections.abc import Mapping
from typing import Any, TypedDict

import pandas as pd

from il6r.report import privacy, wording

# Verdicts that are held back, or that cohorts leave open: between which estimates they stay says nothing.
CHECK_FIRST, DISAGREE = "check the data first", "cohorts disagree"
# What is confirmed, by the kind of the published value.
_CONFIRMED = {
    "direction": "the smallest effect of interest",
    "no_effect": "no effect",
    "bound": "an effect within the bound",
}


class Check(TypedDict):
    """One of the five checks of a verdict's strength, with its numbers."""

    check: str
    met: bool
    text: str


def checks(
    claim: Mapping[str, Any], judged: Mapping[str, Any], pooled: Mapping[str, Any], tested: int
) -> list[Check]:
    """The five checks of a claim.

    Parameters
    ----------
    claim : a row of `CLAIMS` as it is shown, with an estimate.
    judged : the row of `VERDICTS` of the pooled estimate and the primary published value.
    pooled : its row of `POOLED` with fixed effects.
    tested : claims that Holm's adjustment is for.
    """
    told = {
        "powered": _power(claim, judged),
        "cohorts_agree": _agreement(claim, judged, pooled),
        "robust": _alternatives(claim),
        "survives_holm": (
            f"multiple testing: {wording.p_is(claim['p_holm'])} after Holm's adjustment for the {tested} "
            f"claim{'s' if tested > 1 else ''} tested"
        ),
        "data_pass": (
            "data: no cohort behind it fails a check"
            if pd.isna(claim["failed_checks"])
            else f"data: {claim['failed_checks']}"
        ),
    }
    return [{"check": name, "met": _is_met(claim[name]), "text": text} for name, text in told.items()]


def changes(claim: Mapping[str, Any], judged: Mapping[str, Any], minimum: int) -> list[str]:
    """What would change a claim's verdict: another estimate, more people, or the want of one cohort.

    Parameters
    ----------
    claim, judged : as of `checks`.
    """
    return [
        text for text in (_stays(claim), _people(claim, judged, minimum), _without(claim, judged)) if text
    ]


def met(made: list[Check]) -> int:
    """How many checks are met."""
    return sum(one["met"] for one in made)


def _is_met(flag: Any) -> bool:
    return bool(not pd.isna(flag) and flag)


def _power(claim: Mapping[str, Any], judged: Mapping[str, Any]) -> str:
    if not pd.isna(judged["power"]):
        chance = "over 99 %" if judged["power"] > 0.99 else f"{100 * judged['power']:.0f} %"
        return f"power: a chance of {chance} to confirm {_confirmed(judged)} (80 % are wanted)"
    smallest = wording.number(judged["smallest_effect"], judged["scale"])
    side = "no smaller" if _is_met(claim["powered"]) else "smaller"
    return (
        f"power: only the direction is judged; so many people see {smallest} with 80 % power, and "
        f"the effect here is {side}"
    )


def _agreement(claim: Mapping[str, Any], judged: Mapping[str, Any], pooled: Mapping[str, Any]) -> str:
    if claim["cohorts"] < 2:
        return "cohorts: one only"
    sided = judged["kind"] not in ("no_effect", "bound") and not pd.isna(claim["cohorts_same_side"])
    same = f"{claim['cohorts_same_side']} of " if sided else ""
    said = f"cohorts: {same}{claim['cohorts']} {'on the same side' if same else 'together'}"
    if pd.isna(pooled["i2_percent"]):
        return said
    i2 = f"I\N{SUPERSCRIPT TWO} {pooled['i2_percent']:.0f} %"
    return f"{said}, {i2}, Cochran's Q with {wording.p_is(pooled['q_p_value'])}"


def _alternatives(claim: Mapping[str, Any]) -> str:
    if not claim["alternatives"]:
        return "alternatives: none were tried"
    return (
        f"alternatives: {claim['alternatives_alike']} of {claim['alternatives']} alternative analyses "
        "have the same verdict (90 % are wanted)"
    )


def _stays(claim: Mapping[str, Any]) -> str:
    """Between which estimates the verdict would stay."""
    ends = [claim["stays_low"], claim["stays_high"]]
    if claim["verdict"] in (CHECK_FIRST, DISAGREE) or all(map(pd.isna, ends)):
        return ""
    low, high = (wording.number(end, claim["scale"]) for end in ends)
    span = f"below {high}" if pd.isna(ends[0]) else f"above {low}" if pd.isna(ends[1]) else ""
    return f"with this precision the verdict stays for estimates {span or f'from {low} to {high}'}"


def _people(claim: Mapping[str, Any], judged: Mapping[str, Any], minimum: int) -> str:
    """How many people would settle it."""
    # Where cohorts disagree, more people like these do not settle it.
    if pd.isna(claim["n_for_80_percent_power"]) or claim["verdict"] == DISAGREE:
        return ""
    return (
        f"about {claim['n_for_80_percent_power']:,.0f} people would confirm {_confirmed(judged)} in 80 % of "
        f"studies, if that is the truth (here {privacy.people(int(judged['n']), minimum)})"
    )


def _without(claim: Mapping[str, Any], judged: Mapping[str, Any]) -> str:
    """The cohort that moves the estimate most, and the verdict without it."""
    if pd.isna(claim["moved_most_by"]):
        return ""
    after = wording.digits(judged["ci_low"], judged["ci_high"], claim["scale"])
    estimate = wording.number(claim["estimate_without"], claim["scale"], after)
    said = f"without {claim['moved_most_by']}, which moves it most, the estimate is {estimate}"
    if claim["verdict"] == CHECK_FIRST:
        return said
    word = claim["verdict_without"]
    return f"{said} and the verdict {'the same' if word == claim['verdict'] else f'would be: {word}'}"


def _confirmed(judged: Mapping[str, Any]) -> str:
    return _CONFIRMED.get(judged["kind"], "the published effect")
