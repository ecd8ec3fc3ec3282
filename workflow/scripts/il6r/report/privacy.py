"""Which counts may a reader see? No group smaller than the configured minimum."""

import pandas as pd


def group_counts(counts: list[int], minimum: int) -> list[str]:
    """Sizes of groups that add up to a known total, as text.

    If any group is small, no size is shown: the small one would follow from the others.
    """
    if any(0 < count < minimum for count in counts):
        return [f"under {minimum}" if 0 < count < minimum else "not shown" for count in counts]
    return [f"{count:,}" for count in counts]


def quality_counts(qc: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """`tables.GENOTYPE_QC` of one cohort with small genotype counts hidden.

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
