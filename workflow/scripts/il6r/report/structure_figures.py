"""Figures of a sample's structure: principal components, and how far apart groups are."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from il6r.report import privacy
from il6r.report.figures import UNDECLARED, words

# Of more people than this an evenly spaced part is drawn, so that the SVG stays small.
MOST_POINTS = 2_000
_PANELS = ((1, 2), (3, 4))
_NO_COMPONENTS = "No cohort has enough independent genome-wide SNPs for principal components."
_NO_FST = "No cohort has two declared groups that are large enough to compare."


def ancestry_components(structure: pd.DataFrame, summary: pd.DataFrame, looks: dict, minimum: int):
    """The first four principal components of each cohort that has them, coloured by declared group.

    Groups smaller than `minimum` are not drawn, nor are outliers if they are fewer.

    Parameters
    ----------
    structure, summary : `STRUCTURE` and `STRUCTURE_SUMMARY` of all cohorts with a column
        `cohort`.
    looks : as from `figures.group_looks`.
    """
    placed = structure.dropna(subset="pc1")
    drawn = {
        cohort: layers
        for cohort in dict.fromkeys(structure["cohort"])
        if (layers := _layers(placed[placed["cohort"] == cohort], minimum))
    }
    if not drawn:
        return words(_NO_COMPONENTS)
    shares = summary.drop_duplicates("cohort").set_index("cohort")
    figure, axes = plt.subplots(len(drawn), 2, figsize=(10, 4.1 * len(drawn)), squeeze=False)
    for row, (cohort, layers) in zip(axes, drawn.items(), strict=True):
        for axis, (x, y) in zip(row, _PANELS, strict=True):
            known = [layer for _, layer in layers if layer[[f"pc{x}", f"pc{y}"]].notna().all(axis=None)]
            for label, layer in layers:
                _points(axis, label, layer, f"pc{x}", f"pc{y}", looks)
            if not known:
                axis.text(0.5, 0.5, "no further component", ha="center", transform=axis.transAxes)
            axis.set_xlabel(_with_share(x, shares, cohort))
            axis.set_ylabel(_with_share(y, shares, cohort))
            axis.tick_params(labelsize=8)
        row[0].set_title(cohort, loc="left", fontsize=12, fontweight="bold")
        row[1].set_title(
            _counted(placed[placed["cohort"] == cohort], layers, minimum), loc="right", fontsize=9
        )
        row[1].legend(bbox_to_anchor=(1.01, 1), loc="upper left", frameon=False, fontsize=9, markerscale=1.6)
    return figure


def fst_matrix(fst: pd.DataFrame, minimum: int):
    """F_ST between each two groups of each cohort, with its standard error below it.

    Parameters
    ----------
    fst : `FST` of all cohorts with a column `cohort`.
    """
    shown = privacy.shown_pairs(fst, minimum).dropna(subset="fst")
    if shown.empty:
        return words(_NO_FST)
    cohorts = list(dict.fromkeys(shown["cohort"]))
    groups = {cohort: _groups(shown[shown["cohort"] == cohort]) for cohort in cohorts}
    sizes = [len(labels) - 1 for labels in groups.values()]
    figure, axes = plt.subplots(
        len(cohorts), 1, squeeze=False, height_ratios=[size + 0.8 for size in sizes],
        figsize=(max(1.05 * max(sizes) + 2.4, 8), 0.62 * sum(sizes) + 1.0 * len(cohorts) + 0.4),
    )  # fmt: skip
    colours = sns.color_palette("mako_r", as_cmap=True)
    # So that two groups that hardly differ do not get the darkest colour.
    highest = max(float(shown["fst"].max()), 0.05)
    for axis, cohort in zip(axes[:, 0], cohorts, strict=True):
        labels = groups[cohort]
        own = shown[shown["cohort"] == cohort]
        places = {label: place for place, label in enumerate(labels)}
        values = np.full((len(labels) - 1, len(labels) - 1), np.nan)
        for row in own.itertuples():
            across, down = sorted((places[row.group_1], places[row.group_2]))
            values[down - 1, across] = row.fst
            dark = row.fst > 0.45 * highest
            error = "" if pd.isna(row.se) else f"±{row.se:.4f}"
            for text, size, below in ((f"{row.fst:.4f}", 10, -0.12), (error, 7.5, 0.22)):
                axis.text(
                    across, down - 1 + below, text.replace("-", "\N{MINUS SIGN}"), ha="center",
                    va="center", fontsize=size, color="white" if dark else "black",
                )  # fmt: skip
        edges = np.arange(len(labels)) - 0.5
        mesh = axis.pcolormesh(
            edges, edges, np.ma.masked_invalid(values), cmap=colours, vmin=0, vmax=highest,
            edgecolors="white", linewidth=1.5,
        )  # fmt: skip
        axis.set_xticks(range(len(labels) - 1), labels[:-1])
        axis.set_yticks(range(len(labels) - 1), labels[1:])
        axis.set_xlim(-0.5, len(labels) - 1.5)
        axis.set_ylim(len(labels) - 1.5, -0.5)
        axis.grid(False)
        axis.spines[:].set_visible(False)
        axis.set_title(cohort, loc="left", fontsize=12, fontweight="bold")
    figure.colorbar(mesh, ax=list(axes[:, 0]), label="$F_{ST}$ (Hudson)", shrink=0.8)
    return figure


def _layers(people: pd.DataFrame, minimum: int) -> list[tuple[str, pd.DataFrame]]:
    """The people to draw, in layers: declared groups from large to small, then outliers."""
    if people.empty:
        return []
    outlying = people["outlier"].notna()
    label = people["group"].astype(object).where(people["group"].notna(), UNDECLARED)
    # A group's size is that of all its members, whether or not they are outliers.
    sizes = label.value_counts()
    label = label.mask(outlying, "outlier")
    large = [
        name for name in sorted(sizes.index, key=lambda name: (-sizes[name], name)) if sizes[name] >= minimum
    ]
    layers = [(name, people[label == name]) for name in large]
    if outlying.sum() >= minimum:
        small = people["group"].isin(sizes[sizes < minimum].index)
        layers.append(("outlier", people[outlying & ~small]))
    layers = [(name, layer) for name, layer in layers if len(layer) >= minimum]
    if sum(len(layer) for _, layer in layers) > MOST_POINTS:
        layers = [(name, _evenly_spaced(layer, MOST_POINTS // len(layers))) for name, layer in layers]
    return layers


def _evenly_spaced(people: pd.DataFrame, most: int) -> pd.DataFrame:
    return people.iloc[np.linspace(0, len(people) - 1, min(most, len(people))).round().astype(int)]


def _points(axis, label: str, layer: pd.DataFrame, x: str, y: str, looks: dict) -> None:
    if label == "outlier":
        style = {"color": "black", "marker": "x", "markersize": 6, "markeredgewidth": 1.2}
    else:
        colour, marker = looks[label]
        style = {"color": colour, "marker": marker, "markersize": 3.6, "markeredgewidth": 0, "alpha": 0.7}
    axis.plot(layer[x], layer[y], linestyle="none", label=label, **style)


def _with_share(component: int, shares: pd.DataFrame, cohort: str) -> str:
    share = shares.at[cohort, f"share_pc{component}"] if cohort in shares.index else np.nan
    return f"PC{component}" + ("" if pd.isna(share) else f" ({100 * share:.1f} % of variance)")


def _counted(people: pd.DataFrame, layers, minimum: int) -> str:
    """How many people a row of panels shows, and which it does not."""
    points, outliers = sum(len(layer) for _, layer in layers), int(people["outlier"].notna().sum())
    parts = [f"{privacy.rounded(len(people), minimum)} people"]
    if len(people) > MOST_POINTS:
        parts.append(f"about {points:,} drawn, evenly spaced")
    if 0 < outliers < minimum:
        parts.append(f"under {minimum} outliers, not drawn")
    return "; ".join(parts)


def _groups(pairs: pd.DataFrame) -> list[str]:
    return sorted({*pairs["group_1"], *pairs["group_2"]})
