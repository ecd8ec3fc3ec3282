"""How often would each claim be confirmed with this study's own people, by what is true?"""

import functools

import pandas as pd

from il6r import effect_text
from il6r.report import privacy, wording
from il6r.report.load import Study
from il6r.tables.association import ESTIMATES
from il6r.tables.replication import ERROR_RATES

_TOGETHER = "pooled"
# Words that confirm a claim, one of which each claim has.
_CONFIRMING = ("replicated", "direction confirmed", "no effect confirmed", "within the bound")
# From the largest truth to none; of a published null none is what is claimed.
_ORDER = ("published", "best", "of interest", "half", "none", "bound")
# Of 100 studies less than this is told as less than one.
_LEAST = 0.005


@functools.cache
def sentences(study: Study) -> dict[str, list[str]]:
    """Of each claim a sentence for the cohorts together and, if there are several, one for each.

    Of cohorts whose estimate is of too few people to be shown nothing is told.
    """
    rates, estimates = study.table(ERROR_RATES), study.table(ESTIMATES)
    hidden = privacy.hidden_estimates(estimates, study.minimum)
    told: dict[str, list[str]] = {}
    for claim, own in rates.groupby("claim", sort=False):
        analysis = own["analysis"].iloc[0]
        cohorts = [cohort for cohort in study.cohorts if cohort in set(own["cohort"])]
        shown = [cohort for cohort in cohorts if (cohort, analysis) not in hidden]
        if not shown:
            continue
        people = own.drop_duplicates("cohort").set_index("cohort")["n"]
        # A pool of one cohort says what that one says, or would say of one that is hidden.
        several = people.get(_TOGETHER, 0) > people[cohorts].max() and shown == cohorts
        together = [_TOGETHER] if several else []
        told[str(claim)] = [
            _sentence(own[own["cohort"] == cohort], study.minimum) for cohort in [*together, *shown]
        ]
    return told


def times(share: float) -> str:
    """Of how many of 100 studies a share is."""
    if share < _LEAST:
        return "less than one" if share else "none"
    if share > 1 - _LEAST:
        return "more than 99" if share < 1 else "all"
    return f"{round(100 * share)}"


def _sentence(own: pd.DataFrame, minimum: int) -> str:
    """One cohort, or all together: the confirming word by truth."""
    first = own.iloc[0]
    word = next(word for word in _CONFIRMING if word in set(own["verdict"]))
    confirmed = own[own["verdict"] == word].set_index("truth")
    parts: list[str] = []
    for truth in (name for name in _ORDER if name in set(own["truth"])):
        share = float(confirmed["share"].get(truth, 0.0))
        size = effect_text.number(float(own.loc[own["truth"] == truth, "effect"].iloc[0]), first["scale"])
        condition = (
            "if there is no effect" if truth == "none" else f"if it is {size} ({wording.TRUTHS[truth]})"
        )
        parts.append(f"{times(share)} {condition}")
    who = "all cohorts together" if first["cohort"] == _TOGETHER else first["cohort"]
    start = f"With the {privacy.people(int(first['n']), minimum)} people of {who}, of 100 studies"
    return f'{start} the verdict would be "{word}" in {wording.listed(parts)}.'
