"""Which numbers of people may a reader see? Rounded ones, from which no small group follows.

Every number of people is rounded down to a multiple of one step, also where it could be told exactly: a group
whose number is left out would follow from the others' and their total. Parts that are rounded down never
exceed their whole, rounded down, so that who is left over may always be one fewer than the step; the step is
at least twice the minimum. Nobody is a number under the step like any other, since parts known to have
somebody narrow the others. Shares, frequencies and their intervals are computed from the rounded numbers, and
so tell nothing that these do not: with a count of alleles of its own, a frequency gave the rarest genotype
away.

Rounding to a base protects tables that share margins (Willenborg and de Waal 2001, Elements of Statistical
Disclosure Control, doi 10.1007/978-1-4613-0121-9; Hundepool et al. 2012, Statistical Disclosure Control,
doi 10.1002/9781118348239, chapter 5). It is the same each time, not random, so that a rerun of the same data
tells no more; unlike controlled rounding it does not keep sums. docs/disclosure.md says what is promised.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import betaln, gammaln

from il6r.proportions import wilson_interval

# What stands for a result of a group of fewer people than the step.
FEW = "too few people to be shown"
# One of these is the step; a number that ends in zeros is seen to be rounded.
_STEPS = (10, 20, 25, 50, 100, 200, 250, 500, 1000)
# Between these p-values of counts are told, since one with two digits is as good as another count.
_P_ENDS = (0.05, 0.001, 1e-6)
# A frequency has the digits that rounded counts determine: two below so many people, then three, then four.
_TWO_DIGITS, _THREE_DIGITS = 2_000, 50_000
# A frequency takes so many steps of people; of a wide step so many places are looked at.
_LEAST_STEPS, _PLACES = 5, 10


def step(minimum: int) -> int:
    """What numbers of people are rounded down to multiples of, where the smallest group is `minimum`.

    At least twice the minimum: a cell between k numbers that each are one below a multiple may still be as
    large as the step less k.
    """
    if minimum <= 1:
        return 1
    return next((base for base in _STEPS if base >= 2 * minimum), -(-2 * minimum // 1000) * 1000)


def people(count: int, minimum: int) -> str:
    """A number of people (samples, cases, person-days) as text: "1,240", or "under 10" below the step."""
    number = people_number(count, minimum)
    return f"under {step(minimum)}" if number is None else f"{number:,}"


def people_number(count: int, minimum: int) -> int | None:
    """As `people`, for programs: None stands for fewer than the step."""
    base = step(minimum)
    return None if base > 1 and count < base else int(count // base * base)


def enough(count: Any, minimum: int) -> Any:
    """Whether a group within a cohort, or each of a column of groups, has people enough to be shown.

    That is the step, not the minimum: a group that is known to be left out would be known to be small.
    """
    return count >= step(minimum)


def enough_in_all(count: Any, minimum: int) -> Any:
    """Whether a cohort, or cohorts together, have people enough for a result of all of them to be shown.

    That is the minimum: who asks a squad of eight knows that it has eight.
    """
    return count >= minimum


def share(count: int, total: int, minimum: int) -> str:
    """A share of people in whole percent, of the rounded numbers.

    A bound where one part is under the step; nothing where both are, or the whole is no more than the step.
    """
    base = step(minimum)
    if base == 1:
        return f"{100 * count / total:.1f} %" if total else "not shown"
    whole = people_number(total, minimum)
    few, rest = count < base, total - count < base
    if not whole or whole <= base or (few and rest):
        return "not shown"
    bound = 100 * base / whole
    if few:
        return f"under {math.ceil(bound)} %"
    if rest:
        return f"over {100 - math.ceil(bound)} %"
    return f"{min(100 * middle(count, minimum) / middle(total, minimum), 100):.0f} %"


def middle(count: int, minimum: int) -> float:
    """The middle of the numbers that are rounded down to the same multiple, for what is computed of them."""
    base = step(minimum)
    return count // base * base + (base - 1) / 2


def frequency_number(counts: Sequence[int], minimum: int) -> tuple[float, float, float]:
    """Frequency of the effect allele and its 95 % interval, from the rounded counts of three genotypes.

    The mean over all counts that are rounded alike, each weighed by its probability in Hardy-Weinberg
    proportions where any frequency is as likely; it is off by less than its standard error. There is
    none (NaN) of fewer than five steps of people, whose rounded counts say too little, and no interval where
    a count is under the step.

    Parameters
    ----------
    counts : people with 0, 1 and 2 effect alleles.
    """
    base = step(minimum)
    rounded = [int(count) // base * base for count in counts]
    if sum(rounded) < (_LEAST_STEPS * base if base > 1 else 1):
        return (math.nan,) * 3
    places = np.unique(np.linspace(0, base - 1, min(base, _PLACES)).round())
    none, one, two = (of.ravel() for of in np.meshgrid(*(count + places for count in rounded), indexing="ij"))
    people_there = none + one + two
    weight = (
        gammaln(people_there + 1) - gammaln(none + 1) - gammaln(one + 1) - gammaln(two + 1)
        + one * math.log(2) + betaln(2 * none + one + 1, 2 * two + one + 1)
    )  # fmt: skip
    weight = np.exp(weight - weight.max())
    value = float(np.average((one + 2 * two) / (2 * people_there), weights=weight))
    if base > 1 and min(rounded) < base:
        return value, math.nan, math.nan
    total = 2 * sum(middle(count, minimum) for count in counts)
    return value, *wilson_interval(value * total, total)


def frequency(counts: Sequence[int], minimum: int) -> str:
    """As `frequency_number`, in words: "about 0.38 (0.34 to 0.42)"."""
    value, low, high = frequency_number(counts, minimum)
    if math.isnan(value):
        return ""
    total = sum(counts)
    digits = 3 if minimum <= 1 else 2 if total < _TWO_DIGITS else 3 if total < _THREE_DIGITS else 4
    ends = "" if math.isnan(low) else f" ({low:.{digits}f} to {high:.{digits}f})"
    return f"{'about ' if minimum > 1 else ''}{value:.{digits}f}{ends}"


def p_of_counts(p: float | None, minimum: int) -> str:
    """Between which limits a p-value lies that follows from counts of genotypes; empty for none."""
    if p is None or pd.isna(p):
        return ""
    if minimum <= 1:
        return f"{p:.2g}"
    high, middle_end, low = _P_ENDS
    if p >= high:
        return f"over {high:g}"
    if p >= middle_end:
        return f"{middle_end:g} to {high:g}"
    return f"under {middle_end:g}" if p >= low else f"under {low:g}"


def people_needed(needed: float, count: int, minimum: int) -> int:
    """How many people an answer takes, to two digits: as many times the rounded number as the exact one."""
    if minimum > 1 and count:
        needed *= middle(count, minimum) / count
    return int(float(f"{needed:.2g}"))
