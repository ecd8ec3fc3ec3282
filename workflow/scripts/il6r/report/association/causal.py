"""What would the variant, as an instrument, say of the effect of sIL-6R, and on which assumptions?"""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from il6r.plan import Plan
from il6r.report import privacy, wording
from il6r.report.markup import capital

# Below this first-stage F the usual interval cannot be trusted (Staiger & Stock 1997, doi 10.2307/2171753).
_WEAK = 10
# Below this p-value observed and instrumental effect are told as different.
_LEVEL = 0.05
ASSUMPTIONS = [
    "Relevance: the variant changes the exposure. The first stage's F says how surely; where it is below 10 "
    "the instrument is weak: the estimate leans towards the observed one and its usual interval is too "
    "narrow. The Anderson-Rubin set keeps its level then as well, and may be unbounded.",
    "Independence: nothing that changes the outcome goes with the variant. Ancestry does where it is not "
    "adjusted for (stratification), and so do relatives, mating by likeness and who takes part.",
    "Exclusion: the variant acts on the outcome through the exposure alone. This is the doubtful one: the "
    "allele sheds the receptor from cells, so that it lowers classic signalling by the receptor on the "
    "membrane while it raises sIL-6R; it raises IL-6 and lowers CRP and fibrinogen; and a variant linked to "
    "it may act on its own. One instrument leaves no test of it, so that the estimate is of the whole "
    "perturbation on the scale of sIL-6R; how large a direct effect would explain it can be told.",
    "Monotonicity: in nobody does the allele lower sIL-6R. The estimate is of those whose level it changes.",
    "Linearity: the logarithm of the outcome follows that of the exposure in proportion, at any level and "
    "for life, since an allele acts from conception. A drug or a season of training may do otherwise.",
]


def sentences(plan: Plan, causal: pd.DataFrame, minimum: int) -> list[str]:
    """What each reading is, and how strong the instrument is in each cohort.

    Parameters
    ----------
    causal : `CAUSAL` of all cohorts.
    """
    found = []
    for name, reading in plan.causal.items():
        own = causal[causal["analysis"] == name]
        known = _enough(own, minimum).dropna(subset="estimate")
        if known.empty:
            found.append(
                f"{capital(reading.label)}: no cohort could be read so. {_why(own, minimum)}".strip()
            )
            continue
        weak = list(known.loc[known["first_stage_f"] < _WEAK, "cohort"])
        strength = (
            f"The instrument is weak (F below {_WEAK}) in {wording.listed(weak)}; only the Anderson-Rubin "
            "set counts there."
            if weak
            else f"The instrument is not weak in any cohort (F at least {known['first_stage_f'].min():.0f})."
        )
        found.append(
            f"{capital(reading.label)}, a causal reading and no finding of this study by itself: percent by "
            "which the outcome changes with each percent of the exposure (an elasticity), by two-stage least "
            f"squares with the variant as instrument. {strength} {_why(own, minimum)}".strip()
        )
    return found


def rows(plan: Plan, causal: pd.DataFrame, minimum: int) -> list[dict[str, str]]:
    """Each reading in each cohort: strength of the instrument, the estimate, and what is observed."""
    table = []
    for row in _enough(causal, minimum).dropna(subset="estimate").to_dict("records"):
        strength = f"F {row['first_stage_f']:,.1f}, r\N{SUPERSCRIPT TWO} {row['first_stage_r2']:.3f}"
        table.append(
            {
                "analysis": plan.causal[row["analysis"]].label,
                "cohort": row["cohort"],
                "people": privacy.people(int(row["n_participants"]), minimum),
                "first_stage": strength,
                "estimate": elasticity(row["estimate"], row["ci_low"], row["ci_high"]),
                "anderson_rubin": anderson_rubin(row),
                "observed": elasticity(row["observed"], row["observed_low"], row["observed_high"]),
            }
        )
    return table


def two_sample_rows(plan: Plan, causal: pd.DataFrame, minimum: int) -> list[dict[str, str]]:
    """The readings of everybody with an outcome, with where the effect on the exposure is from."""
    known = causal.dropna(subset="two_sample")
    table = []
    for row in known[_enough_behind(known, minimum)].to_dict("records"):
        people, outcome = row["first_stage_participants"], row["reduced_form_participants"]
        source = (
            f"{privacy.people(people, minimum)} people"
            if people
            else row["first_stage_source"].replace("_", " ")
        )
        on_outcome = f"{_per_allele(row, 'reduced_form')}, {privacy.people(outcome, minimum)} people"
        table.append(
            {
                "analysis": plan.causal[row["analysis"]].label,
                "cohort": row["cohort"],
                "on_outcome": on_outcome,
                "on_exposure": f"{_per_allele(row, 'first_stage')}, {source}",
                "ratio": elasticity(row["two_sample"], row["two_sample_low"], row["two_sample_high"]),
                "anderson_rubin": anderson_rubin(
                    {
                        **{key: row[f"two_sample_{key}"] for key in ("ar_low", "ar_high", "ar_shape")},
                        "ar_p_value": float("nan"),
                    }
                ),
            }
        )
    return table


def direct_sentences(plan: Plan, causal: pd.DataFrame, minimum: int) -> list[str]:
    """Of each reading in a cohort the direct effect that would explain it, and Hausman's test, in a line."""
    found = []
    known = causal.dropna(subset="two_sample")
    for row in known[_enough_behind(known, minimum)].to_dict("records"):
        enough = row["direct_enough_percent"]
        rest = (
            "even without one its interval includes no effect"
            if enough == 0
            else f"one of {wording.number(enough, 'percent')} is enough for its interval to include no effect"
        )
        reading = capital(plan.causal[row["analysis"]].label)
        text = (
            f"{reading} in {row['cohort']}: a direct effect of the allele on the outcome of "
            f"{wording.number(row['direct_percent'], 'percent')}, past the exposure, would "
            f"explain all of the estimate; {rest} (Conley, Hansen & Rossi 2012)."
        )
        p = row["hausman_p_value"]
        if not pd.isna(p) and privacy.enough_in_all(row["n_participants"], minimum):
            agree = "differ" if p < _LEVEL else "do not differ by more than chance"
            text += f" The observed effect and the instrument's {agree} (Hausman's test, {wording.p_is(p)})."
        found.append(text)
    return found


def _enough_behind(causal: pd.DataFrame, minimum: int) -> pd.Series:
    """Which two-sample readings rest on no small group, behind an effect or behind one of them only."""
    outcome, exposure = causal["reduced_form_participants"], causal["first_stage_participants"]
    both = causal["overlap_participants"]
    enough = privacy.enough_in_all(outcome, minimum)
    for few in (exposure, outcome - both, exposure - both):
        enough &= (few == 0) | privacy.enough(few, minimum)
    return enough


def _per_allele(row: Mapping[str, Any], name: str) -> str:
    """An effect on a logarithm, in percent with its interval."""
    value, low, high = (100 * math.expm1(row[key]) for key in (name, f"{name}_low", f"{name}_high"))
    return wording.with_interval(value, low, high, "percent")


def elasticity(value: float, low: float, high: float) -> str:
    """A number without unit and its interval."""
    if pd.isna(value):
        return ""
    return wording.with_interval(value, low, high, "elasticity")


def anderson_rubin(row: Mapping[str, Any]) -> str:
    """The Anderson-Rubin set, which need not be an interval, and its test of no effect."""
    low, high = (wording.number(row[key], "elasticity") for key in ("ar_low", "ar_high"))
    sets = {
        "interval": wording.interval(row["ar_low"], row["ar_high"], "elasticity"),
        "whole line": "any value: the data say nothing",
        "two rays": f"up to {low}, or from {high}",
        "empty": "no value: the model does not hold",
    }
    if pd.isna(row["ar_shape"]):
        return ""
    p = "" if pd.isna(row["ar_p_value"]) else f" (no effect: {wording.p_is(row['ar_p_value'])})"
    return f"{sets[row['ar_shape']]}{p}"


def _enough(causal: pd.DataFrame, minimum: int) -> pd.DataFrame:
    return causal[privacy.enough_in_all(causal["n_participants"], minimum)]


def _why(own: pd.DataFrame, minimum: int) -> str:
    """Where there is no estimate, and why."""
    enough = privacy.enough_in_all(own["n_participants"], minimum)
    absent = own[own["estimate"].isna() | ~enough]
    few = ~enough & (own["n_participants"] > 0)
    reasons = absent.assign(why=privacy.notes(absent["note"], minimum).mask(few, privacy.FEW))
    parts = [
        f"{wording.listed(list(rows['cohort']))} ({why})" for why, rows in reasons.groupby("why", sort=False)
    ]
    return f"Not estimable in {'; '.join(parts)}." if parts else ""
