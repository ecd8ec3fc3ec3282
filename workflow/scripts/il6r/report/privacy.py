"""Which groups and which of their numbers does the report show? `disclosure` has the rule and its reasons."""

import dataclasses
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
    "enough_people",
    "enough_pooled",
    "for_programs",
    "frequency",
    "frequency_number",
    "hidden_estimates",
    "middle",
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

    A stratum is a group within its cohort.
    """
    cases = estimates["n_cases"].astype("Float64")
    others = estimates["n_participants"] - cases
    least = step(minimum)
    n = estimates["n_participants"]
    known = enough(n, minimum) | (enough_in_all(n, minimum) & (estimates["stratum"] == EVERYBODY))
    known &= enough(cases.fillna(least), minimum)
    return (known & enough(others.fillna(least), minimum)).astype(bool)


def enough_pooled(pooled: pd.DataFrame, minimum: int) -> pd.Series:
    """Whether each row of `POOLED` is of enough people; one ancestry's is of a group within the cohorts."""
    n = pooled["n_participants"]
    known = enough(n, minimum) | (enough_in_all(n, minimum) & (pooled["group"] == EVERYBODY))
    return known.astype(bool)


def for_programs(row: Mapping[str, Any], counts: Collection[str], minimum: int) -> dict[str, Any]:
    """A row of results as programs may have it.

    Numbers of people are as in the tables, and whole degrees of freedom, which are people less coefficients,
    are left out. Other numbers have four digits: from more the degrees of freedom follow, by an interval and
    its standard error or by a share of variance and the adjusted one.
    """
    if step(minimum) == 1:
        return dict(row)
    told: dict[str, Any] = {}
    for key, value in row.items():
        known = value is not None and not pd.isna(value)
        if known and key in counts:
            value = people_number(int(value), minimum)
        elif known and isinstance(value, float):
            value = None if key == "df" and value.is_integer() else float(f"{value:.4g}")
        told[key] = value
    return told


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
