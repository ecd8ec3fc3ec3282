"""What claims, outcomes and numbers are called in the report."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pandas as pd

from il6r import effect_text, outcomes
from il6r.plan import Analysis

# Whole statements: the review's own claims, and then what other publications say that it rests on.
CLAIMS = {
    "sil6r_per_allele": "Each {effect} allele raises plasma sIL-6R by about half",
    "sil6r_cc_vs_aa": "CC homozygotes have about twice the sIL-6R of AA homozygotes",
    "sil6r_variance": "The variant explains about half of the variance of sIL-6R",
    "activity_aa": "AA homozygotes are more physically active",
    "il6_per_allele": "Each {effect} allele raises plasma IL-6",
    "crp_per_allele": "Each {effect} allele lowers CRP",
    "fibrinogen_per_allele": "Each {effect} allele lowers fibrinogen",
    "sgp130_per_allele": "sgp130 is the same whatever the genotype",
    "bmi_per_allele": "Body mass index is the same whatever the genotype (negative control)",
    "smoking_per_allele": "Smoking is the same whatever the genotype (negative control)",
    "coronary_heart_disease": "Each {effect} allele lowers the risk of coronary heart disease",
    "rheumatoid_arthritis": "Each {effect} allele lowers the risk of rheumatoid arthritis",
    "asthma": "Each {effect} allele raises the risk of asthma",
    "covid19_admission": "Each {effect} allele lowers the risk of admission with COVID-19",
    "il6_activity": "Resting IL-6 is lower in people who are more active",
    "il6_training": "Resting IL-6 falls over a training programme",
    "il6_training_load": (
        "Resting IL-6 may be U-shaped over training load (suggested by the review, not a finding)"
    ),
    "sil6r_activity": "Resting sIL-6R is lower after a week of more activity",
    "sil6r_training_distance": "Resting sIL-6R of athletes is lower after a week of more distance",
    "sil6r_training": "sIL-6R falls over a training programme",
    "sil6r_diet_exercise": "sIL-6R is lower after dieting with exercise than after dieting alone",
    "sgp130_activity": "sgp130 is the same whatever the activity",
    "il6_exercise_low": "IL-6 rises after exercise of low intensity",
    "il6_exercise_high": "IL-6 rises after exercise of high intensity",
    "il6_by_intensity": "IL-6 rises more after exercise of high than of low intensity",
    "il6_by_duration": "IL-6 rises more after longer exercise",
    "il6_duration_variance": "Duration explains over half of the variance of IL-6 after exercise",
    "il6_by_mode": "IL-6 rises more after running than after cycling",
    "il6_lactate_variance": "Lactate explains most of the variance of IL-6 during exercise",
    "il6_by_glycogen": "IL-6 rises more with depleted than with full stores of glycogen",
    "il6_by_carbohydrate": "IL-6 rises less with carbohydrate during exercise than without",
    "il6_response_training": "IL-6 rises less after the same exercise once people have trained",
    "sil6r_exercise": "sIL-6R rises by about a tenth after exercise",
    "sgp130_exercise": "sgp130 rises by about a tenth after exercise",
    "programme_by_genotype": "AA homozygotes gain more from a programme of diet and exercise",
    "waist_programme": "Waist falls more in AA homozygotes over a programme of diet and exercise",
    "triglycerides_programme": (
        "Triglycerides fall more in AA homozygotes over a programme of diet and exercise"
    ),
    "glucose_programme": "Fasting glucose falls more in AA homozygotes over a programme of diet and exercise",
    "stress_sil6r": "sIL-6R is higher with more stress",
    "mood_sil6r": "sIL-6R is higher with worse mood",
    "sleep_sil6r": "sIL-6R is lower with better sleep",
    "symptoms_sil6r": "sIL-6R is the same whatever the upper respiratory symptoms",
}
# Those that this project asks about; they lead.
REVIEW = ("sil6r_per_allele", "sil6r_cc_vs_aa", "sil6r_variance", "activity_aa")
# What each truth of `ERROR_RATES` is called beside its number.
TRUTHS = {
    "none": "no effect",
    "half": "half of the published effect",
    "published": "the published effect",
    "best": "the best evidence",
    "of interest": "the smallest effect of interest",
    "bound": "an effect at the bound",
}
# Contrasts of one homozygote against the other are told as a ratio.
_HOMOZYGOTES = re.compile(r"([ACGT])\1 against (?!\1)([ACGT])\2")
_PLAIN = {"log_odds": "odds_ratio"} | {name: name for name in ("difference", "sd", "r2", "correlation")}
# The name of a consortium that fills a line, and what others call it.
_LONG_NAME = ("IL6R Genetics Consortium and ERFC", "IL6R GC and ERFC")
# What a cohort has of settings for a stage.
_Settings = TypeVar("_Settings")
# The exponential of more than this is no longer a number.
_MOST_LOG = 700.0
# Effects are written as verdicts' reasons write them.
MINUS, digits, interval = effect_text.MINUS, effect_text.digits, effect_text.interval
number, with_interval = effect_text.number, effect_text.with_interval


def claim(name: str, effect: str) -> str:
    """A claim in words; of one that a study has added, its name."""
    return CLAIMS.get(name, name.replace("_", " ")).format(effect=effect)


def outcome(name: str) -> str:
    """What readers call an outcome of the plan, or a column of the analysis set."""
    return outcomes.title(name)


def reader_scale(analysis: Analysis) -> str:
    """The scale on which readers meet an analysis's estimate.

    Returns
    -------
    "percent", "ratio" (of one homozygote over the other), "odds_ratio", "difference", "sd", "r2" or
    "correlation".
    """
    if analysis.scale == "log_ratio":
        return "ratio" if _HOMOZYGOTES.fullmatch(analysis.contrast or "") else "percent"
    return _PLAIN[analysis.scale]


def on_scale(value: float, scale: str) -> float:
    """A model's estimate on a reader's scale."""
    if scale not in ("percent", "ratio", "odds_ratio"):
        return value
    if value > _MOST_LOG:
        return math.inf
    return 100 * math.expm1(value) if scale == "percent" else math.exp(value)


def interval_of(
    row: Mapping[str, Any], scale: str, keys: tuple[str, str, str] = ("estimate", "ci_low", "ci_high")
) -> str:
    """A row's model estimate and interval on a reader's scale, as text."""
    value, low, high = (on_scale(row[key], scale) for key in keys)
    return with_interval(value, low, high, scale)


def p_value(p: float) -> str:
    """A p-value: two digits, and a bound below 0.0001."""
    if pd.isna(p):
        return ""
    return "<\N{NO-BREAK SPACE}0.0001" if p < 1e-4 else f"{p:.2g}"


def p_is(p: float) -> str:
    """A p-value in a sentence: p = 0.03, p < 0.0001."""
    text = p_value(p)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def published(value: float, scale: str, about: bool) -> str:
    """A published value as its source has it: about +50 %."""
    text = effect_text.published(value, scale)
    return f"{'about ' if about else ''}{'odds ratio ' if scale == 'odds_ratio' else ''}{text}"


def truth(percent: float) -> str:
    """A true effect that was simulated: +20 %."""
    return published(percent, "percent", False) if percent else "no effect"


def source(reference: str) -> str:
    """A publication as it is cited in a sentence, by its reference with or without a DOI."""
    return reference.split(", doi")[0].replace(*_LONG_NAME)


def benchmark(row: Any) -> str:
    """A benchmark's source and value: Nash 2022, about +50 %. `row` is of `VERDICTS`."""
    if row.kind == "direction":
        value = "direction only"
    elif row.kind == "no_effect":
        value = "no effect"
    else:
        value = published(float(row.published), row.scale, row.kind == "about")
        value = f"at most {value}" if row.kind == "bound" else value
    return f"{source(row.reference)}: {value}"


def verdict(word: str, same_size: Any) -> str:
    """A verdict's word as it is shown, with "same size" where estimate and published value are equivalent."""
    same = word == "replicated" and not pd.isna(same_size) and bool(same_size)
    return f"{word}, same size" if same else word


def listed(names: list[str], last: str = "and") -> str:
    """Names in a sentence: one, two and three."""
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def alike(settings: dict[str, _Settings], describe: Callable[[_Settings], str]) -> dict[str, list[str]]:
    """The cohorts of which `describe` says the same of their settings, by what it says."""
    groups: dict[str, list[str]] = {}
    for name, own in settings.items():
        groups.setdefault(describe(own), []).append(name)
    return groups


def by_cohort(settings: dict[str, _Settings], describe: Callable[[_Settings], str]) -> str:
    """What `describe` says of each cohort's settings, cohorts of which it says the same together."""
    groups = alike(settings, describe)
    if len(groups) == 1:
        return next(iter(groups))
    return "; ".join(f"in {', '.join(names)} {text}" for text, names in groups.items())
