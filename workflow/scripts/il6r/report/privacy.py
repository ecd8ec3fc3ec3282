"""Which groups and which of their numbers does the report show? `disclosure` has the rule and its reasons."""

import dataclasses
import math
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pandas as pd

from il6r.disclosure import (
    FEW,
    enough,
    enough_in_all,
    frequency,
    frequency_number,
    middle,
    p_of_counts,
    people,
    people_needed,
    people_number,
    share,
    step,
)
from il6r.tables.association import EVERYBODY

# Sections take all of it from here.
__all__ = [
    "FEW",
    "common_haplotypes",
    "enough",
    "enough_in_all",
    "enough_of_cohort",
    "enough_people",
    "enough_pooled",
    "for_programs",
    "frequency",
    "frequency_number",
    "hidden_estimates",
    "interval",
    "middle",
    "note",
    "notes",
    "p_of_counts",
    "people",
    "people_needed",
    "people_number",
    "rounding",
    "share",
    "shown_estimates",
    "shown_groups",
    "shown_pairs",
    "step",
]
# Of chromosomes of one allele a haplotype has so many percent, to the nearest multiple of this.
_NEAREST_PERCENT = 5
# Numbers for programs that with more digits tell how many people there are, beside an interval.
_TESTS = ("p_value", "p_adjusted")
_TWO_DIGITS = (*_TESTS, "se", "df", "r2_variant", "r2_adjusted")
_LEAST_P = 1e-6
# In a note, what is counted in people, or in what some people have.
_COUNTED = re.compile(
    r"\d[\d,]*(?= (?:values|rows|people|participants|persons|samples|cases|person-days|of)\b)"
)

# What a note says of a genotype that one person has, and what is told instead.
_ALONE, _TOO_FEW = re.compile(r"one \w+ alone determines"), "too few people determine"


def shown_groups(groups: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """The rows of a table by group whose groups (`samples` people) are large enough."""
    return groups[enough(groups["samples"], minimum)]


def shown_pairs(pairs: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """The rows of a table by pair of groups whose groups are both large enough."""
    return pairs[enough(pairs["samples_1"], minimum) & enough(pairs["samples_2"], minimum)]


def shown_estimates(estimates: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """The rows of `ESTIMATES` that have an estimate and are of enough people, ill and well."""
    return estimates[enough_people(estimates, minimum)].dropna(subset="estimate")


def hidden_estimates(estimates: pd.DataFrame, minimum: int) -> set[tuple[str, str]]:
    """The cohort and analysis of estimates, of everybody, that are of too few people to be shown."""
    few = estimates[~enough_people(estimates, minimum) & (estimates["stratum"] == EVERYBODY)]
    few = few.dropna(subset="estimate")
    return set(zip(few["cohort"], few["analysis"], strict=True))


def enough_people(estimates: pd.DataFrame, minimum: int) -> pd.Series:
    """Whether each row of `ESTIMATES` is of enough people, and of enough ill and well.

    A stratum is a group within its cohort, and so are those who have what an analysis takes.
    """
    cases = estimates["n_cases"].astype("Float64")
    others = estimates["n_participants"] - cases
    least = step(minimum)
    known = enough_of_cohort(estimates, minimum) & (
        enough(estimates["n_participants"], minimum) | (estimates["stratum"] == EVERYBODY)
    )
    known &= enough(cases.fillna(least), minimum)
    return (known & enough(others.fillna(least), minimum)).astype(bool)


def enough_of_cohort(rows: pd.DataFrame, minimum: int) -> pd.Series:
    """Whether results by cohort are of enough people, of a cohort itself or of a group within it.

    A cohort all of whose results are of fewer people than the step is itself that small, and is shown from
    the minimum on. In another one, a result that were left out below the minimum would be known to be of a
    group below it.

    Parameters
    ----------
    rows : with `cohort` and `n_participants`; all results of a cohort, not a selection of few.
    """
    n = rows["n_participants"]
    whole = n.groupby(rows["cohort"]).transform("max")
    return (enough(n, minimum) | (enough_in_all(n, minimum) & ~enough(whole, minimum))).astype(bool)


def enough_pooled(pooled: pd.DataFrame, minimum: int) -> pd.Series:
    """Whether each row of `POOLED` is of enough people; one ancestry's is of a group within the cohorts."""
    n = pooled["n_participants"]
    small = not enough(n.fillna(0).max(), minimum) if len(n) else True
    known = enough(n, minimum) | (enough_in_all(n, minimum) & (pooled["group"] == EVERYBODY) & small)
    return known.astype(bool)


def for_programs(row: Mapping[str, Any], counts: Collection[str], minimum: int) -> dict[str, Any]:
    """A row of results as programs may have it: with no more digits than leave the number of people open.

    Numbers of people are as in the tables, and whole degrees of freedom, which are people less coefficients,
    are left out. An interval's ends and its middle have the digits of `interval`, and p-values, standard
    errors and shares of variance two; p is no smaller than 1e-6, which stands for less. With four digits each
    an interval and its p-value, far from 1 for an effect of twenty standard errors, gave the exact number of
    people of a fit of a thousand. Other numbers have four digits.
    """
    if step(minimum) == 1:
        return dict(row)
    keys = ("estimate", "ci_low", "ci_high")
    ends = [row.get(key) for key in keys]
    told: dict[str, Any] = {}
    for key, value in row.items():
        known = value is not None and not pd.isna(value)
        if known and key in counts:
            value = people_number(int(value), minimum)
        elif known and isinstance(value, float):
            value = None if key == "df" and value.is_integer() else _digits(key, value)
        elif known and key == "note":
            value = note(value, minimum)
        told[key] = value
    value, low, high = (math.nan if end is None or pd.isna(end) else float(end) for end in ends)
    if not math.isnan(value + high - low):
        told |= dict(zip(keys, interval(value, low, high, minimum), strict=True))
    return told


def interval(value: float, low: float, high: float, minimum: int) -> tuple[float, float, float]:
    """An estimate and its interval to two digits of half the interval's width.

    An interval of a correlation is as wide as its number of people makes it, by Fisher's transformation: with
    three digits of the width, a thousand people are known to one.
    """
    half = (high - low) / 2
    if step(minimum) == 1 or not 0 < half < math.inf:
        return value, low, high
    after = 1 - math.floor(math.log10(half))
    return round(value, after), round(low, after), round(high, after)


def note(text: str, minimum: int) -> str:
    """A note on an estimate whose numbers of people, and of their values, are as in the tables."""
    if step(minimum) > 1:
        text = _ALONE.sub(_TOO_FEW, text)
    return _COUNTED.sub(lambda found: people(int(found[0].replace(",", "")), minimum), text)


def notes(column: pd.Series, minimum: int) -> pd.Series:
    """As `note`, of a column of notes or none."""
    return column.astype(object).map(lambda text: note(text, minimum), na_action="ignore")


def _digits(key: str, value: float) -> float:
    if key.endswith(_TESTS):
        value = max(value, _LEAST_P)
    return float(f"{value:.{2 if key.endswith(_TWO_DIGITS) else 4}g}")


def common_haplotypes(haplotypes: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """`HAPLOTYPES` of one cohort that enough people have, with their `share` of one allele's chromosomes.

    Of each group of enough people, haplotypes on at least twice the step of chromosomes, since one person may
    have two. Numbers of chromosomes are left out: those with the effect allele add up to its count, which
    with the rounded genotypes tells how many people have two. The share is among chromosomes with the same
    allele of the variant, in percent, to the nearest 5.
    """
    counts = haplotypes["count"]
    whole = counts.groupby([haplotypes["group"], haplotypes["carries_effect_allele"]]).transform("sum")
    percent = _NEAREST_PERCENT * (100 * counts / whole / _NEAREST_PERCENT).round()
    kept = haplotypes.assign(share=percent)[
        enough(haplotypes["chromosomes"] / 2, minimum) & enough(counts / 2, minimum)
    ]
    order = ["place", "count", "haplotype"]
    places = {name: place for place, name in enumerate(dict.fromkeys(haplotypes["group"]))}
    kept = kept.assign(place=kept["group"].map(places))
    kept = kept.sort_values(order, ascending=[True, False, True], kind="stable")
    dropped = ["place", "count", "chromosomes", "frequency", "frequency_low", "frequency_high"]
    return kept.drop(columns=dropped).reset_index(drop=True)


def rounding(parts: object, minimum: int) -> str:
    """How numbers of people are told, and how many in `parts` are under the step or not shown, in a sentence.

    Parameters
    ----------
    parts : blocks, sections, or anything that holds their texts.
    """
    if step(minimum) == 1:
        return "Numbers of people are exact (min_cell_size is 1)."
    under = f"under {step(minimum)}"
    texts = list(_texts(parts))
    rounded_off = sum(text.count(under) for text in texts)
    hidden = sum(text.count("not shown") + text.count(FEW) for text in texts)
    return (
        f"Numbers of people are rounded down to multiples of {step(minimum)}, and shares and frequencies "
        f'computed from rounded numbers; on this page {rounded_off:,} numbers are given as "{under}" (nobody '
        f"included), and {hidden:,} results of groups of fewer people are not shown."
    )


def _texts(part: object) -> Iterator[str]:
    """All texts in blocks, wherever they stand in them."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from _texts(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from _texts(value)
    elif dataclasses.is_dataclass(part):
        for field in dataclasses.fields(part):
            yield from _texts(getattr(part, field.name))
