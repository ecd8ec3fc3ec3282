"""How often would each verdict come out, were the truth known?"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.ticker import FuncFormatter

from il6r.report import wording
from il6r.report.figures import words
from il6r.tables.replication import VERDICT_WORDS

_PALETTE = sns.color_palette("colorblind")
# Dark and light take turns, and what goes against the claim is hatched, so that print without colours tells
# them apart.
_LOOKS = {
    "replicated": (_PALETTE[0], ""),
    "same direction, smaller": (_PALETTE[1], ""),
    "same direction, larger": (_PALETTE[8], ""),
    "inconclusive": ("0.88", ""),
    "contradicted": ("#8e1b3a", "////"),
    "not computable": ("white", "...."),
}
# A smaller share has no room for its number.
_NAMED = 0.12
NOTHING = "No benchmark's operating characteristics were worked out."


def draw(operating: pd.DataFrame, labels: dict[str, str]):
    """Shares of verdicts by truth and number of people, as bars; one row of panels for each benchmark.

    Parameters
    ----------
    operating : `OPERATING`.
    labels : what readers call each benchmark.
    """
    if operating.empty:
        return words(NOTHING)
    benchmarks, sizes = (list(dict.fromkeys(operating[key])) for key in ("benchmark", "n"))
    truths = sorted(set(operating["truth_percent"]))
    figure, axes = plt.subplots(
        len(benchmarks), len(sizes), sharex=True, sharey=True, squeeze=False,
        figsize=(max(3.1 * len(sizes) + 0.8, 9.0), len(benchmarks) * (0.32 * len(truths) + 0.75) + 0.9),
    )  # fmt: skip
    for row, benchmark in zip(axes, benchmarks, strict=True):
        for axis, n in zip(row, sizes, strict=True):
            own = operating[(operating["benchmark"] == benchmark) & (operating["n"] == n)]
            _bars(axis, own, truths)
            above = f"{labels.get(benchmark, benchmark)}\n" if axis is row[0] else ""
            axis.set_title(f"{above}n = {n:,}", fontsize=10, loc="left")
        row[0].set_ylabel("truth")
    for axis in axes[-1]:
        axis.set_xlabel("share of verdicts (%)")
    used = [word for word in VERDICT_WORDS if word in set(operating["verdict"])]
    handles = [
        plt.Rectangle((0, 0), 1, 1, facecolor=_LOOKS[word][0], hatch=_LOOKS[word][1], edgecolor="0.3",
                      linewidth=0.5, label=word)
        for word in used
    ]  # fmt: skip
    figure.legend(
        handles=handles, loc="outside lower center", ncols=min(len(used), 5), frameon=False, fontsize=9
    )
    return figure


def _bars(axis, rows: pd.DataFrame, truths: list[float]) -> None:
    wide = rows.pivot(index="truth_percent", columns="verdict", values="share").reindex(truths).fillna(0.0)
    start = np.zeros(len(truths))
    for word, (colour, hatch) in _LOOKS.items():
        if word not in wide:
            continue
        share = wide[word].to_numpy()
        axis.barh(range(len(truths)), share, left=start, height=0.75, color=colour, hatch=hatch,
                  edgecolor="0.3", linewidth=0.5)  # fmt: skip
        for place in np.flatnonzero(share >= _NAMED):
            axis.text(
                start[place] + share[place] / 2, place, f"{100 * share[place]:.0f}", ha="center", va="center",
                fontsize=8, color="white" if word in ("replicated", "contradicted") else "black",
                bbox={"facecolor": colour, "edgecolor": "none", "pad": 0.8} if hatch else None,
            )  # fmt: skip
        start += share
    axis.set_yticks(range(len(truths)), [wording.truth(truth) for truth in truths])
    axis.set_ylim(len(truths) - 0.45, -0.55)
    axis.set_xlim(0, 1)
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f}"))
    axis.tick_params(labelsize=9)
    axis.grid(False)
