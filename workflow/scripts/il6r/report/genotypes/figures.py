"""Figures of genotypes: allele frequencies, principal components, how far apart groups are, and linkage."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.image import AxesImage

from il6r.report import privacy
from il6r.report.drawing import UNDECLARED, Look, group_looks, words
from il6r.report.genotypes.linkage import Place, chosen_group, places, shown_decay
from il6r.report.load import Study
from il6r.tables.genotypes import FST, GENOTYPES_QC, LD, LD_DECAY, SOURCES, STRUCTURE, STRUCTURE_SUMMARY

_POINT, _REFERENCE = sns.color_palette("colorblind")[:2]

# Of more people than this an evenly spaced part is drawn, so that the SVG stays small.
MOST_POINTS = 2_000
_PANELS = ((1, 2), (3, 4))
# Pixels of the heat map: positions are to scale, and an image is smaller than thousands of rectangles.
_PIXELS = 480
_ROW_INCHES = 5.2
# Left, bottom, width and height of each panel, as shares of its cohort's row.
_BOXES = {
    "gene": (0.075, 0.79, 0.40, 0.11),
    "heat": (0.075, 0.12, 0.40, 0.66),
    "scale": (0.49, 0.12, 0.012, 0.66),
    "decay": (0.625, 0.14, 0.355, 0.74),
}
_NO_LD = "No cohort has enough sites around the variant, or enough people, to describe linkage."
_NO_COMPONENTS = "No cohort has enough independent genome-wide SNPs for principal components."
_NO_FST = "No cohort has two declared groups that are large enough to compare."


def allele_frequency(study: Study) -> plt.Figure:
    """Effect-allele frequency of each group with its Wilson interval, beside the reference."""
    qc, minimum = study.table(GENOTYPES_QC), study.minimum
    groups = qc[(qc["group"] != "all") & (qc["called"] >= minimum)]
    if groups.empty:
        groups = qc[qc["called"] >= minimum]
    cohorts = list(dict.fromkeys(qc["cohort"]))
    sizes = [max(1, (groups["cohort"] == cohort).sum()) for cohort in cohorts]
    figure, axes = plt.subplots(
        len(cohorts), 1, figsize=(10, 0.36 * sum(sizes) + 0.5 * len(cohorts) + 1.4),
        sharex=True, squeeze=False, height_ratios=sizes,
    )  # fmt: skip
    for axis, cohort in zip(axes[:, 0], cohorts, strict=True):
        own = groups[groups["cohort"] == cohort].reset_index(drop=True)
        axis.errorbar(
            own["frequency"], own.index, fmt="o", color=_POINT, capsize=3, label="cohort",
            xerr=[own["frequency"] - own["frequency_low"], own["frequency_high"] - own["frequency"]],
        )  # fmt: skip
        axis.plot(own["reference_frequency"], own.index, "s", color=_REFERENCE, markerfacecolor="white",
                  label="reference for the ancestry", markersize=7)  # fmt: skip
        axis.set_yticks(own.index, own["group"])
        axis.set_ylim(max(len(own), 1) - 0.5, -0.5)
        axis.set_ylabel(cohort)
        axis.set_xlim(0, 1)
        axis.grid(False, axis="y")
    axes[-1, 0].set_xlabel("effect-allele frequency")
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return figure


def ancestry_components(study: Study) -> plt.Figure:
    """The first four principal components of each cohort that has them, coloured by declared group.

    Small groups are not drawn, nor are outliers if they are few.
    """
    structure, minimum = study.table(STRUCTURE), study.minimum
    looks = group_looks(structure["group"])
    placed = structure.dropna(subset="pc1")
    drawn = {
        cohort: layers
        for cohort in dict.fromkeys(structure["cohort"])
        if (layers := _layers(placed[placed["cohort"] == cohort], minimum))
    }
    if not drawn:
        return words(_NO_COMPONENTS)
    shares = study.table(STRUCTURE_SUMMARY).drop_duplicates("cohort").set_index("cohort")
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


def fst_matrix(study: Study) -> plt.Figure:
    """F_ST between each two groups of each cohort, with its standard error below it."""
    shown = privacy.shown_pairs(study.table(FST), study.minimum).dropna(subset="fst")
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


def _points(axis: plt.Axes, label: str, layer: pd.DataFrame, x: str, y: str, looks: dict[str, Look]) -> None:
    style: dict[str, Any]
    if label == "outlier":
        style = {"color": "black", "marker": "x", "markersize": 6, "markeredgewidth": 1.2}
    else:
        colour, marker = looks[label]
        style = {"color": colour, "marker": marker, "markersize": 3.6, "markeredgewidth": 0, "alpha": 0.7}
    axis.plot(layer[x], layer[y], linestyle="none", label=label, **style)


def _with_share(component: int, shares: pd.DataFrame, cohort: str) -> str:
    share = shares.at[cohort, f"share_pc{component}"] if cohort in shares.index else np.nan
    return f"PC{component}" + ("" if pd.isna(share) else f" ({100 * share:.1f} % of variance)")


def _counted(people: pd.DataFrame, layers: list[tuple[str, pd.DataFrame]], minimum: int) -> str:
    """How many people a row of panels shows, and which it does not."""
    points, outliers = sum(len(layer) for _, layer in layers), int(people["outlier"].notna().sum())
    parts = [f"{privacy.people(len(people), minimum)} people"]
    if len(people) > MOST_POINTS:
        parts.append(f"about {points:,} drawn, evenly spaced")
    if 0 < outliers < minimum:
        parts.append(f"under {minimum} outliers, not drawn")
    return "; ".join(parts)


def _groups(pairs: pd.DataFrame) -> list[str]:
    return sorted({*pairs["group_1"], *pairs["group_2"]})


def linkage(study: Study) -> plt.Figure:
    """LD of the region around the variant in each cohort, beside its decay with distance.

    Below the diagonal stands r2, above it |D'|, in the largest declared group or in everybody; the lines
    of the decay are all groups. Small groups are not drawn.
    """
    ld, decay, minimum = study.table(LD), study.table(LD_DECAY), study.minimum
    here = places(study.table(SOURCES), study.catalogue)
    genes, looks = study.resource("gene"), group_looks(study.table(STRUCTURE)["group"])
    chosen = {
        cohort: rows
        for cohort in here
        if len(rows := chosen_group(ld[ld["cohort"] == cohort], minimum).dropna(subset="r2"))
    }
    if not chosen:
        return words(_NO_LD)
    # Placed by hand: the solver behind matplotlib's layouts does not always end with the same bytes here.
    figure = plt.figure(figsize=(11, _ROW_INCHES * len(chosen)), layout="none")
    for number, (cohort, rows) in enumerate(chosen.items()):
        axes = {name: figure.add_axes(_placed(box, number, len(chosen))) for name, box in _BOXES.items()}
        people = privacy.people(int(rows["samples"].iloc[0]), minimum)
        group = "everybody" if rows["group"].iloc[0] == "all" else rows["group"].iloc[0]
        figure.text(
            0.02,
            1 - (number + 0.03) / len(chosen),
            f"{cohort}: {group}, {people} people",
            va="top",
            fontsize=12,
            fontweight="bold",
        )
        image, start, end = _heat(axes["heat"], rows, here[cohort])
        _gene(axes["gene"], genes[genes["build"] == here[cohort].build], here[cohort], start, end)
        figure.colorbar(
            image, cax=axes["scale"], label="r\N{SUPERSCRIPT TWO} below, |D\N{PRIME}| above the diagonal"
        )
        own = ld[ld["cohort"] == cohort]
        _decay(axes["decay"], shown_decay(decay[decay["cohort"] == cohort], own, minimum), looks)
    return figure


def _placed(
    box: tuple[float, float, float, float], number: int, rows: int
) -> tuple[float, float, float, float]:
    """A box of one row, as shares of the row, as shares of the figure."""
    left, bottom, width, height = box
    return left, 1 - (number + 1 - bottom) / rows, width, height / rows


def _heat(axis: plt.Axes, rows: pd.DataFrame, place: Place) -> tuple[AxesImage, float, float]:
    """The heat map of one cohort; returns the image and the ends of its axes in Mb."""
    positions = np.unique(np.concatenate([rows["position_1"], rows["position_2"]]).astype(int))
    first = np.searchsorted(positions, rows["position_1"].astype(int))
    second = np.searchsorted(positions, rows["position_2"].astype(int))
    values = np.full((len(positions), len(positions)), np.nan)
    # Rows of an image are heights: below the diagonal the height's position is the smaller one.
    values[first, second] = rows["r2"].astype(float)
    values[second, first] = rows["d_prime"].astype(float)
    margin = max((positions[-1] - positions[0]) / 100, 1)
    start, end = positions[0] - margin, positions[-1] + margin
    centres = start + (np.arange(_PIXELS) + 0.5) * (end - start) / _PIXELS
    # Each pixel belongs to the site that is nearest.
    site = np.searchsorted((positions[1:] + positions[:-1]) / 2, centres)
    colours = sns.color_palette("mako_r", as_cmap=True).with_extremes(bad="0.93")
    image = axis.imshow(
        np.ma.masked_invalid(values[np.ix_(site, site)]), cmap=colours, vmin=0, vmax=1, origin="lower",
        extent=(start / 1e6, end / 1e6, start / 1e6, end / 1e6), aspect="auto", interpolation="none",
    )  # fmt: skip
    at = place.position / 1e6
    if start <= place.position <= end:
        axis.axvline(at, color="black", linewidth=0.7, linestyle=":")
        axis.axhline(at, color="black", linewidth=0.7, linestyle=":")
    axis.set_xlabel(f"position on chromosome {place.chromosome} ({place.build}, Mb)")
    axis.set_ylabel("position (Mb)")
    axis.ticklabel_format(useOffset=False)
    axis.locator_params(nbins=5)
    axis.tick_params(labelsize=8)
    axis.grid(False)
    return image, start / 1e6, end / 1e6


def _gene(axis: plt.Axes, genes: pd.DataFrame, place: Place, start: float, end: float) -> None:
    """A bar for the gene and a mark for the variant, above the heat map and on its axis."""
    for gene in genes.itertuples():
        low, high = max(gene.start / 1e6, start), min(gene.end / 1e6, end)
        if low < high:
            axis.plot([low, high], [0, 0], color="0.35", linewidth=13, solid_capstyle="butt")
            axis.annotate(
                gene.gene, ((low + high) / 2, 0), ha="center", va="center_baseline", fontsize=8.5,
                fontstyle="italic", color="white",
            )  # fmt: skip
    if start <= place.position / 1e6 <= end:
        axis.plot([place.position / 1e6], [0.8], "v", color="black", markersize=7)
        axis.annotate(
            place.variant, (place.position / 1e6, 1.15), ha="center", va="bottom", fontsize=9,
            annotation_clip=False,
        )  # fmt: skip
    axis.set_xlim(start, end)
    axis.set_ylim(-0.7, 1.3)
    axis.set_axis_off()


def _decay(axis: plt.Axes, means: pd.DataFrame, looks: dict[str, Look]) -> None:
    ranges = means[["distance_kb_low", "distance_kb_high"]].drop_duplicates().sort_values("distance_kb_low")
    place = {low: k for k, low in enumerate(ranges["distance_kb_low"])}
    for group, rows in means.groupby("group", sort=False):
        colour, marker = looks[group]
        rows = rows.sort_values("distance_kb_low")
        axis.plot(
            rows["distance_kb_low"].map(place), rows["mean_r2"].astype(float), color=colour, marker=marker,
            markersize=4, linestyle="--" if group == "all" else "-",
            label="everybody" if group == "all" else group,
        )  # fmt: skip
    labels = [f"{low:g}\N{EN DASH}{high:g}" for low, high in ranges.to_numpy()]
    axis.set_xticks(range(len(labels)), labels, rotation=45, ha="right", fontsize=8)
    axis.set_ylim(0, None)
    axis.set_xlabel("distance (kb)")
    axis.set_ylabel("mean r\N{SUPERSCRIPT TWO}")
    axis.tick_params(labelsize=8)
    if len(means):
        axis.legend(frameon=False, fontsize=9)
