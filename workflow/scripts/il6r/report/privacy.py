"""Which counts may a reader see? No group smaller than the configured minimum, nor one that follows
from the numbers beside it."""

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


def merge_small_drops(chain: pd.DataFrame, minimum: int) -> list[dict]:
    """One chain of the flow table with small drops merged into their neighbours.

    Returns
    -------
    reason, dropped and left of each line, as text; drops of nobody are left out.
    """
    lines: list[dict] = []
    reasons: list[str] = []
    dropped = 0
    for number, row in enumerate(chain.itertuples()):
        if number == 0:
            lines.append({"reasons": [row.reason], "dropped": 0, "left": row.left})
            continue
        if row.dropped:
            reasons.append(row.reason)
            dropped += row.dropped
        if dropped >= minimum:
            lines.append({"reasons": reasons, "dropped": dropped, "left": row.left})
            reasons, dropped = [], 0
    hidden = dropped > 0
    if hidden and len(lines) > 1:
        lines[-1]["reasons"] = lines[-1]["reasons"] + reasons
        lines[-1]["dropped"] += dropped
        lines[-1]["left"] -= dropped
        hidden = False
    shown = [
        {
            "reason": "; ".join(line["reasons"]),
            "dropped": f"{line['dropped']:,}" if line["dropped"] else "",
            "left": f"{line['left']:,}",
        }
        for line in lines
    ]
    if hidden:
        floor = (chain["left"].iloc[0] - 1) // minimum * minimum
        shown.append(
            {
                "reason": "; ".join(reasons),
                "dropped": f"under {minimum}",
                "left": f"{max(floor - minimum, 0):,} or more",
            }
        )
    return shown


def call_rate(called: int, samples: int, minimum: int) -> str:
    """The share called as text; only a bound where it would give a small number of missing calls."""
    if 0 < samples - called < minimum:
        return f"over {max(0, int(100 * (1 - minimum / samples)))} %"
    return f"{100 * called / samples:.1f} %"


def nested_count(count: int, larger: int, minimum: int) -> str:
    """A count beside one it is part of; rounded down if their difference would be a small group."""
    if 0 < count < minimum:
        return f"under {minimum}"
    if 0 < larger - count < minimum:
        return f"{count // minimum * minimum:,} or more"
    return f"{count:,}"
