"""What does each verdict's word mean, how often is it given, and what do the checks of its strength ask?"""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from il6r.plan import Plan
from il6r.report import wording
from il6r.report.replication.words import benchmark_labels


class Word(NamedTuple):
    """Words of verdicts that have one condition, and how they are read."""

    words: tuple[str, ...]
    condition: str
    reading: str


_WORDS = (
    Word(
        ("replicated",),
        "The 95 % interval lies beyond {share} of the published effect, and the two estimates do not "
        "differ. Same size: they are also equivalent within {margin} of it.",
        "Same direction, and the size agrees within the errors.",
    ),
    Word(
        ("direction confirmed",),
        "Only a direction was published, and the interval excludes no effect on that side.",
        "The direction is the published one; a size could not be compared.",
    ),
    Word(
        ("no effect confirmed", "within the bound"),
        "A null or a bound was published, and the estimate is equivalent to none within it (two one-sided "
        "tests).",
        "An effect beyond the bound is excluded.",
    ),
    Word(
        ("same direction, smaller", "same direction, larger"),
        "The interval excludes no effect on the published side, and the estimates differ.",
        "The effect is there, of another size: units, assays or populations may differ.",
    ),
    Word(
        ("same direction, size not comparable",),
        "The interval excludes no effect and the published value, which has no standard error.",
        "The effect is there; whether its size differs cannot be told.",
    ),
    Word(
        ("same direction, negligible",),
        "Only a direction was published; the interval excludes no effect on that side, and all of it is "
        "below the smallest effect of interest.",
        "The direction is there, and too small to matter.",
    ),
    Word(
        ("same direction, imprecise",),
        "The interval excludes no effect but not {share} of the published one, and the estimates do not "
        "differ.",
        "There is an effect; too few people to tell its size.",
    ),
    Word(
        ("contradicted", "beyond the bound"),
        "The interval excludes no effect on the opposite side; or it includes none, the estimates differ "
        "and it excludes even {share} of the published effect; or it lies outside a published bound.",
        "The opposite of what was published, or at most a negligible part of it.",
    ),
    Word(
        ("inconclusive", "no effect not confirmed"),
        "Neither no effect nor the published effect, or {share} of it, is excluded; or equivalence to none "
        "is not shown.",
        "Too few people to tell: neither for nor against the claim.",
    ),
    Word(
        ("cohorts disagree",),
        "Cochran's Q has p below 0.1 or I\N{SUPERSCRIPT TWO} is above 50 %, and random effects, which then "
        "decide, leave the claim open.",
        "Find out why cohorts differ before they are pooled.",
    ),
    Word(
        ("check the data first",),
        "A cohort behind the estimate fails a check of its data that bears on the claim, and the plan does "
        "not say that it was looked at.",
        "No verdict before somebody has looked at the data.",
    ),
    Word(
        ("too few people", "not computable"),
        "Fewer than {fewest} residual degrees of freedom, or no estimate.",
        "Not tested here.",
    ),
)
_CHECKS = (
    ("Power", "a chance of 80 % or more to confirm the published effect; of a direction, an effect no "
     "smaller than the smallest one that 80 % power detects"),
    ("Cohorts agree", "two or more, on one side of no effect (but of nulls and bounds), "
     "I\N{SUPERSCRIPT TWO} below 50 %, Cochran's Q with p of 0.1 or more"),
    ("Robust", "90 % or more of the alternative analyses, each pooled and judged in the same way, have "
     "the same verdict"),
    ("Several tests", "p below 0.05 after Holm's adjustment for all claims tested"),
    ("Data quality", "no cohort behind it fails a check of its data"),
)  # fmt: skip
# The word whose share is told in a sentence.
_CONFIRMS = "replicated"


def words(plan: Plan) -> list[Word]:
    """Each word of the rule with its condition by the plan's settings, and how to read it."""
    rule = plan.replication
    share = "half" if rule["smallest_share"] == 0.5 else f"{100 * rule['smallest_share']:g} %"
    named = {
        "share": share,
        "margin": f"{100 * rule['equivalence_margin']:g} %",
        "fewest": f"{rule['fewest_df']:g}",
    }
    return [one._replace(condition=one.condition.format(**named)) for one in _WORDS]


def checks() -> Sequence[tuple[str, str]]:
    """The five checks of a verdict's strength: name and condition."""
    return _CHECKS


def how_often(operating: pd.DataFrame, published: pd.DataFrame, verdicts: pd.DataFrame) -> list[str]:
    """How often the rule says that a published effect is replicated, where it is true and where none is.

    Parameters
    ----------
    operating, verdicts : `OPERATING` and `VERDICTS`.
    published : `resources/published_effects.tsv`.
    """
    told = []
    values = published.set_index("benchmark")["value"]
    for benchmark, label in benchmark_labels(verdicts).items():
        own = operating[operating["benchmark"] == benchmark]
        if own.empty:
            continue
        sizes = sorted({int(own["n"].min()), int(own["n"].max())})
        true = float(values[benchmark])
        cases = {"there is no effect": 0.0, f"{wording.truth(true)} is true": true}
        parts = []
        for case, truth in cases.items():
            shares = [_share(own, truth, n) for n in sizes]
            if None not in shares:
                of = [f"{share} % of studies of {n:,}" for share, n in zip(shares, sizes, strict=True)]
                parts.append(f"in {' and '.join(of)} people where {case}")
        if parts:
            told.append(f'{label}: it says "{_CONFIRMS}" {"; ".join(parts)}.')
    return told


def _share(own: pd.DataFrame, truth: float, n: int) -> str | None:
    """The percent of studies with the confirming word; None of a truth that was not simulated."""
    cell = own[(own["truth_percent"] == truth) & (own["n"] == n)]
    if cell.empty:
        return None
    share = float(cell.loc[cell["verdict"] == _CONFIRMS, "share"].sum())
    return f"{100 * share:.2g}" if share < 0.995 else f"{100 * share:.0f}"
