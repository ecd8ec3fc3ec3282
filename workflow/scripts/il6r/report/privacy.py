"""Which counts may a reader see? No group smaller than the configured minimum."""

import dataclasses
from collections.abc import Iterator, Mapping

import pandas as pd

from il6r.disclosure import (
    FEW,
    enough,
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
from il6r.proportions import wilson_interval
from il6r.tables.association import EVERYBODY

RARER = "rarer"


def group_counts(counts: list[int], minimum: int) -> list[str]:
    """Sizes of groups that add up to a known total, as text.

    If any group is small, no size is shown: the small one would follow from the others.
    """
    if any(0 < count < minimum for count in counts):
        return [f"under {minimum}" if 0 < count < minimum else "not shown" for count in counts]
    return [f"{count:,}" for count in counts]


def genotype_counts(means: pd.DataFrame, minimum: int) -> list[str]:
    """Sizes of the groups of one outcome in `GENOTYPE_MEANS`, as text.

    People whose genotype is uncertain are a group too, whose size would follow from the others'.
    """
    sizes = [*means["participants"], *means["participants_uncertain"].iloc[:1]]
    return group_counts(sizes, minimum)[: len(means)]


def quality_counts(qc: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """`GENOTYPES_QC` of one cohort with small genotype counts hidden.

    A row with a small count loses all three and its Hardy-Weinberg p-value, since with the allele
    frequency two of them give the third; where one group has lost its counts, so does the total.
    """
    counts = qc[["n_0", "n_1", "n_2"]]
    small = ((counts > 0) & (counts < minimum)).any(axis=1).to_numpy().copy()
    total = (qc["group"] == "all").to_numpy()
    if small[~total].sum() == 1:
        small |= total
    shown = qc.copy()
    for column in counts:
        shown[column] = [
            "not shown" if hidden else f"{value:,}"
            for hidden, value in zip(small, counts[column], strict=True)
        ]
    shown["hwe_midp"] = qc["hwe_midp"].mask(small)
    few = (qc["samples"] < minimum).to_numpy()
    return shown[~few]


def rounded(count: int, minimum: int) -> str:
    """A count rounded down to a multiple of the minimum, so that no difference gives a few people away."""
    if 0 < count < minimum:
        return f"under {minimum}"
    return f"{count // minimum * minimum:,}"


def call_rate(called: int, samples: int, minimum: int) -> str:
    """The share called as text; only a bound where it would give a small number of missing calls."""
    if 0 < samples - called < minimum:
        return f"over {max(0, int(100 * (1 - minimum / samples)))} %"
    return f"{100 * called / samples:.1f} %"


def rounded_number(count: int, minimum: int) -> int | None:
    """As `rounded`, for programs: None stands for fewer than the minimum."""
    return None if 0 < count < minimum else int(count // minimum * minimum)


def shown_groups(groups: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """The rows of a table by group whose groups (`samples` people) are large enough."""
    return groups[groups["samples"] >= minimum]


def shown_pairs(pairs: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """The rows of a table by pair of groups whose groups are both large enough."""
    return pairs[(pairs["samples_1"] >= minimum) & (pairs["samples_2"] >= minimum)]


def shown_estimates(estimates: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """The rows of `ESTIMATES` that have an estimate and are of enough people, ill and well."""
    return estimates[enough_people(estimates, minimum)].dropna(subset="estimate")


def hidden_estimates(estimates: pd.DataFrame, minimum: int) -> set[tuple[str, str]]:
    """The cohort and analysis of estimates, of everybody, that are of too few people to be shown."""
    few = estimates[~enough_people(estimates, minimum) & (estimates["stratum"] == EVERYBODY)]
    few = few.dropna(subset="estimate")
    return set(zip(few["cohort"], few["analysis"], strict=True))


def enough_people(estimates: pd.DataFrame, minimum: int) -> pd.Series:
    """Whether each row of `ESTIMATES` is of enough people, and of enough ill and well."""
    cases = estimates["n_cases"].astype("Float64")
    others = estimates["n_participants"] - cases
    enough = (estimates["n_participants"] >= minimum) & (cases.fillna(minimum) >= minimum)
    return (enough & (others.fillna(minimum) >= minimum)).astype(bool)


def common_haplotypes(haplotypes: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """`HAPLOTYPES` of one cohort with rare haplotypes put together as "rarer" in each group.

    Twice the minimum of chromosomes are at least the minimum of people, since one person may have two.
    Where the rare ones together are fewer, their number would follow from the others': theirs is missing,
    the others' are rounded down to multiples of the minimum, and so are those of "all" then; frequencies
    are the rounded numbers' (column `about`). Groups of fewer people are left out, and so is "all" beside
    a single group or where the people who are in no group that is shown are so few.
    """
    least = 2 * minimum
    groups = {
        name: rows
        for name, rows in haplotypes.groupby("group", sort=False)
        if rows["chromosomes"].iloc[0] >= least
    }
    if "all" in groups and len(groups) > 1:
        sizes = {name: int(rows["chromosomes"].iloc[0]) for name, rows in groups.items()}
        if len(groups) == 2 or 0 < 2 * sizes["all"] - sum(sizes.values()) < least:
            del groups["all"]
    rare = {name: int(rows.loc[rows["count"] < least, "count"].sum()) for name, rows in groups.items()}
    few = {name for name, count in rare.items() if 0 < count < least}
    merged = [
        _merged(rows, rare[name], name in few or (name == "all" and bool(few)), minimum)
        for name, rows in groups.items()
    ]
    return pd.concat(merged, ignore_index=True) if merged else haplotypes.iloc[:0]


def _merged(rows: pd.DataFrame, rare: int, about: bool, minimum: int) -> pd.DataFrame:
    """One group's common haplotypes, then "rarer" if there are any; numbers rounded if `about`."""
    rows = rows.sort_values(["count", "haplotype"], ascending=[False, True])
    rows = rows.astype({"carries_effect_allele": object, "count": object})
    last = rows.iloc[:1].assign(haplotype=RARER, carries_effect_allele=None, count=rare)
    rows = pd.concat([rows[rows["count"] >= 2 * minimum], last if rare else last.iloc[:0]], ignore_index=True)
    if about:
        rows["chromosomes"] = rows["chromosomes"] // minimum * minimum
        rows["count"] = [
            None if 0 < count < 2 * minimum else count // minimum * minimum for count in rows["count"]
        ]
    known = rows["count"].notna()
    shares = [
        (count / total, *wilson_interval(count, total))
        for count, total in rows.loc[known, ["count", "chromosomes"]].to_numpy()
    ]
    columns = ["frequency", "frequency_low", "frequency_high"]
    rows[columns] = float("nan")
    rows.loc[known, columns] = shares
    rows[columns[1:]] = rows[columns[1:]].clip(0, 1)
    return rows.assign(about=about)


__all__ = [
    "FEW",
    "common_haplotypes",
    "enough",
    "enough_people",
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

_NEAREST_PERCENT = 5


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
