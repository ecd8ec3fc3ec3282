"""How are shares of verdicts drawn?"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.colors import to_rgb
from matplotlib.ticker import FuncFormatter
from matplotlib.typing import ColorType

from il6r.tables.replication import VERDICT_WORDS

_PALETTE = sns.color_palette("colorblind")
# Colours and hatches of words, of which those that meet in a bar differ in print without colours too; what
# goes against a claim is hatched.
LOOKS: dict[str, tuple[ColorType, str]] = {
    "replicated": (_PALETTE[0], ""),
    "direction confirmed": (_PALETTE[9], ""),
    "same direction, imprecise": ("#dceaf4", "\\\\"),
    "same direction, smaller": (_PALETTE[1], ""),
    "same direction, larger": (_PALETTE[8], "--"),
    "same direction, size not comparable": (_PALETTE[5], ""),
    "same direction, negligible": (_PALETTE[6], "++"),
    "no effect confirmed": (_PALETTE[2], ""),
    "within the bound": ("#a6dbc8", ""),
    "inconclusive": ("0.88", ""),
    "no effect not confirmed": ("0.72", ""),
    "beyond the bound": (_PALETTE[3], "////"),
    "contradicted": ("#8e1b3a", "////"),
    "cohorts disagree": (_PALETTE[4], "xxxx"),
    "check the data first": ("white", "||||"),
    "too few people": ("white", "---"),
    "not computable": ("white", ""),
}
# Luminance below which text on a colour is white.
_DARK = 0.4
# A smaller share has no room for its number.
_NAMED = 0.08
# Of red, green and blue, as the eye weighs them (ITU-R BT.601).
_LUMINANCE = (0.299, 0.587, 0.114)


def draw(axis: plt.Axes, rows: pd.DataFrame, labels: Sequence[str], named: float = _NAMED) -> None:
    """Bars from top to bottom, each of the shares of the verdicts of one row.

    Parameters
    ----------
    rows : `row` (the bar's number), `verdict` and `share`.
    labels : the bars'.
    named : a smaller share has no number in it.
    """
    wide = rows.pivot(index="row", columns="verdict", values="share").reindex(range(len(labels)))
    start = np.zeros(len(labels))
    for word in VERDICT_WORDS:
        if word not in wide:
            continue
        colour, hatch = LOOKS[word]
        share = wide[word].fillna(0.0).to_numpy()
        axis.barh(range(len(labels)), share, left=start, height=0.75, color=colour, hatch=hatch,
                  edgecolor="0.3", linewidth=0.5)  # fmt: skip
        dark = luminance(colour) < _DARK
        for place in np.flatnonzero(share >= named).tolist():
            axis.text(
                start[place] + share[place] / 2, place, f"{100 * share[place]:.0f}", ha="center", va="center",
                fontsize=9, color="white" if dark else "black",
                bbox={"facecolor": colour, "edgecolor": "none", "pad": 0.8} if hatch else None,
            )  # fmt: skip
        start += share
    axis.set_yticks(range(len(labels)), labels)
    axis.set_ylim(len(labels) - 0.45, -0.55)
    axis.set_xlim(0, 1)
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f}"))
    axis.tick_params(labelsize=9)
    axis.grid(False)


def luminance(colour: ColorType) -> float:
    """How light a colour is in print without colours, from 0 to 1."""
    return float(np.dot(to_rgb(colour), _LUMINANCE))


def handles(words: Sequence[str]) -> list[plt.Rectangle]:
    """What a legend has of the words' looks, in the rule's order."""
    return [
        plt.Rectangle((0, 0), 1, 1, facecolor=LOOKS[word][0], hatch=LOOKS[word][1], edgecolor="0.3",
                      linewidth=0.5, label=word)
        for word in VERDICT_WORDS
        if word in set(words)
    ]  # fmt: skip


def legend(figure: plt.Figure, words: Sequence[str]) -> None:
    """The words' colours under a figure that matplotlib lays out."""
    shown = handles(words)
    figure.legend(
        handles=shown, loc="outside lower center", ncols=min(len(shown), 4), frameon=False, fontsize=9
    )
