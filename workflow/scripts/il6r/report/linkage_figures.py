"""The figure of linkage disequilibrium around the variant, and of its decay with distance."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from il6r.report import privacy
from il6r.report.figures import words
from il6r.report.linkage import Place, chosen_group, shown_decay

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


def linkage(
    ld: pd.DataFrame,
    decay: pd.DataFrame,
    genes: pd.DataFrame,
    places: dict[str, Place],
    looks: dict,
    minimum: int,
):
    """LD of the region around the variant in each cohort, beside its decay with distance.

    Below the diagonal stands r2, above it |D'|, in the largest declared group or in everybody; the lines
    of the decay are all groups. Groups smaller than `minimum` are not drawn.

    Parameters
    ----------
    ld, decay : `LD` and `LD_DECAY` of all cohorts with a column `cohort`.
    genes : `resources/gene.tsv`: columns build, start, end, gene.
    places : as from `linkage.places`.
    looks : as from `figures.group_looks`.
    """
    chosen = {
        cohort: rows
        for cohort in places
        if len(rows := chosen_group(ld[ld["cohort"] == cohort], minimum).dropna(subset="r2"))
    }
    if not chosen:
        return words(_NO_LD)
    # Placed by hand: the solver behind matplotlib's layouts does not always end with the same bytes here.
    figure = plt.figure(figsize=(11, _ROW_INCHES * len(chosen)), layout="none")
    for number, (cohort, rows) in enumerate(chosen.items()):
        axes = {name: figure.add_axes(_placed(box, number, len(chosen))) for name, box in _BOXES.items()}
        people = privacy.rounded(int(rows["samples"].iloc[0]), minimum)
        group = "everybody" if rows["group"].iloc[0] == "all" else rows["group"].iloc[0]
        figure.text(
            0.02,
            1 - (number + 0.03) / len(chosen),
            f"{cohort}: {group}, {people} people",
            va="top",
            fontsize=12,
            fontweight="bold",
        )
        image, start, end = _heat(axes["heat"], rows, places[cohort])
        _gene(axes["gene"], genes[genes["build"] == places[cohort].build], places[cohort], start, end)
        figure.colorbar(
            image, cax=axes["scale"], label="r\N{SUPERSCRIPT TWO} below, |D\N{PRIME}| above the diagonal"
        )
        own = ld[ld["cohort"] == cohort]
        _decay(axes["decay"], shown_decay(decay[decay["cohort"] == cohort], own, minimum), looks)
    return figure


def _placed(box: tuple[float, ...], number: int, rows: int) -> tuple[float, ...]:
    """A box of one row, as shares of the row, as shares of the figure."""
    left, bottom, width, height = box
    return left, 1 - (number + 1 - bottom) / rows, width, height / rows


def _heat(axis, rows: pd.DataFrame, place: Place):
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
    for side in (axis.xaxis, axis.yaxis):
        side.get_major_formatter().set_useOffset(False)
        side.get_major_locator().set_params(nbins=5)
    axis.tick_params(labelsize=8)
    axis.grid(False)
    return image, start / 1e6, end / 1e6


def _gene(axis, genes: pd.DataFrame, place: Place, start: float, end: float) -> None:
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


def _decay(axis, means: pd.DataFrame, looks: dict) -> None:
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
