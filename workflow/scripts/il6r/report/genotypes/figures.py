"""Figures of genotypes: allele frequencies, principal components, how far apart groups are, and linkage."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.collections import QuadMesh
from matplotlib.colors import Colormap
from matplotlib.image import AxesImage
from matplotlib.patches import Ellipse

from il6r.report import privacy, sheet
from il6r.report.drawing import UNDECLARED, Drawn, Look, group_looks, words
from il6r.report.genotypes.linkage import Place, chosen_group, places, shown_decay
from il6r.report.load import Study
from il6r.tables.genotypes import FST, GENOTYPES_QC, LD, LD_DECAY, SOURCES, STRUCTURE, STRUCTURE_SUMMARY

_POINT, _REFERENCE = sns.color_palette("colorblind")[:2]
_PANELS = ((1, 2), (3, 4))
# Cells along an axis of components, the first of which that draws so many of a cohort's people is used.
_CELLS, _MOST_DRAWN = (40, 28, 20, 14, 10, 7, 5), 0.75
# Points: the diameters of marks of the smallest and the largest cell.
_MARKS = (3.0, 9.0)
# Half axes of an ellipse that holds 95 % of a normal distribution in two dimensions, in standard deviations.
_HOLDS = 2.447
# Pixels of the heat map: positions are to scale, and an image is smaller than thousands of rectangles.
_PIXELS, _SHADES = 240, 25
# Inches: left, width and height of the heat map, left and width of its colours, left of the decay; and the
# height of the gene above.
_HEAT, _SCALE, _DECAY, _GENE = (0.68, 2.55, 2.4), (3.3, 0.1), 4.6, 0.5
# Of more groups than this a heat map has no room for numbers.
_MOST_NAMED = 6
_NO_LD = "No cohort has enough sites around the variant, or enough people, to describe linkage."
_NO_COMPONENTS = "No cohort has enough independent genome-wide SNPs for principal components."
_NO_FST = "No cohort has two declared groups that are large enough to compare."


def allele_frequency(study: Study) -> Drawn:
    """Effect-allele frequency of each group with its Wilson interval, beside the reference."""
    qc, minimum = study.table(GENOTYPES_QC), study.minimum
    large = qc[privacy.enough(qc["called"], minimum)]
    groups = large[large["group"] != "all"]
    groups = _told(large if groups.empty else groups, minimum)
    cohorts = list(dict.fromkeys(groups["cohort"]))
    if not cohorts:
        return words("No group has enough people for an allele frequency to be shown.")
    sizes = [(groups["cohort"] == cohort).sum() for cohort in cohorts]
    columns = 1 if len(cohorts) == 1 else 2
    left = sheet.widest([f"{group}" for group in groups["group"]], 1.2) + 0.15
    rows = [0.21 * max(sizes[k : k + columns]) + 0.1 for k in range(0, len(cohorts), columns)]
    page = sheet.Sheet()
    axes = page.panels(len(cohorts), columns, rows, left=left, between=left + 0.1)
    for axis, cohort in zip(axes, cohorts, strict=True):
        own = groups[groups["cohort"] == cohort].reset_index(drop=True)
        axis.hlines(own.index, own["frequency_low"], own["frequency_high"], color=_POINT, linewidth=1.6)
        axis.plot(own["frequency"], own.index, "o", color=_POINT)
        axis.plot(own["reference_frequency"], own.index, "D", color=_REFERENCE, markerfacecolor="none",
                  markersize=6.5, markeredgewidth=1.4)  # fmt: skip
        axis.set_yticks(own.index, [sheet.fitted(str(group), 1.2, lines=1) for group in own["group"]])
        axis.set_ylim(len(own) - 0.5, -0.5)
        page.title(axis, cohort)
        axis.set_xlim(0, 1)
        axis.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
        axis.set_xlabel("effect-allele frequency")
        axis.grid(False, axis="y")
    page.legend(
        [
            plt.Line2D([], [], color=_POINT, marker="o", linewidth=1.6, label="cohort, 95 % interval"),
            plt.Line2D([], [], color=_REFERENCE, marker="D", markerfacecolor="none", markersize=6.5,
                       markeredgewidth=1.4, linestyle="none", label="reference for the ancestry"),
        ]
    )  # fmt: skip
    names = ["cohort", "group", "frequency", "frequency_low", "frequency_high", "reference_frequency"]
    return Drawn(page.done(), groups[names])


def _told(groups: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Frequencies from rounded numbers, as in the report: a place in a drawing can be read as a number."""
    counts = groups[["n_0", "n_1", "n_2"]].astype(int).to_numpy().tolist()
    told = pd.DataFrame(
        [privacy.frequency_number(own, minimum) for own in counts],
        columns=["frequency", "frequency_low", "frequency_high"],
        index=groups.index,
    )
    return groups.assign(**told)


def ancestry_components(study: Study) -> Drawn:
    """The first four principal components of each cohort that has them, by declared group.

    People are counted in square cells, and a cell of too few people of a group is not drawn for it: there is
    no mark of a single person. A line around the place where a normal distribution of a group's mean and
    covariance has 95 % of it shows the group where its cells hold few.
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
    columns = 2 if len(drawn) > 1 else 1
    page, found = sheet.Sheet(), []
    axes = page.panels(
        2 * len(drawn), 2 * columns, (1.4 if columns == 2 else 2.6), left=0.55, between=0.55, above=0.28,
        below=0.46,
    )  # fmt: skip
    for number, (cohort, layers) in enumerate(drawn.items()):
        for axis, (x, y) in zip(axes[2 * number : 2 * number + 2], _PANELS, strict=True):
            found += _cells_drawn(axis, cohort, layers, (f"pc{x}", f"pc{y}"), looks, minimum)
            axis.set_xlabel(_with_share(x, shares, cohort))
            axis.set_ylabel(_with_share(y, shares, cohort))
            # Their unit says nothing.
            axis.tick_params(labelleft=False, labelbottom=False)
            axis.locator_params(nbins=4)
        page.title(axes[2 * number], cohort)
    names = list(dict.fromkeys(str(row[1]) for row in found))
    page.legend(
        [plt.Line2D([], [], **_marked(name, looks), linestyle="none", label=name) for name in names],
    )
    step = privacy.step(minimum)
    page.text(
        f"Each mark: a cell of at least {step} people of one group, larger the more there are (the largest "
        "mark of a panel is its fullest cell). Lines: where a normal distribution has 95 % of a group."
    )
    columns_of = ["cohort", "group", "what", "axes", "x", "y", "people"]
    data = pd.DataFrame(found, columns=columns_of).astype({"people": "Int64"})
    return Drawn(page.done(), data)


def _layers(people: pd.DataFrame, minimum: int) -> list[tuple[str, pd.DataFrame]]:
    """The people to draw, in layers: declared groups from large to small, then outliers."""
    if people.empty:
        return []
    label = people["group"].astype(object).where(people["group"].notna(), UNDECLARED)
    label = label.mask(people["outlier"].notna(), "outlier")
    sizes = label.value_counts()
    order = sorted(sizes.index, key=lambda name: (name == "outlier", -sizes[name], name))
    return [(name, people[label == name]) for name in order if privacy.enough(sizes[name], minimum)]


def _cells_drawn(
    axis: plt.Axes,
    cohort: str,
    layers: list[tuple[str, pd.DataFrame]],
    components: tuple[str, str],
    looks: dict[str, Look],
    minimum: int,
) -> list[tuple[object, ...]]:
    """Draw one panel; returns its rows of cohort, group, what, components, place and people."""
    layers = [(name, rows.dropna(subset=list(components))) for name, rows in layers]
    layers = [(name, rows) for name, rows in layers if len(rows)]
    if not layers:
        axis.text(0.5, 0.5, "no further component", ha="center", transform=axis.transAxes)
        axis.set(xticks=[], yticks=[])
        return []
    x, y = components
    everybody = pd.concat([rows[[x, y]] for _, rows in layers])
    low, high = everybody.min(), everybody.max()
    wide = (high - low).replace(0, 1.0)
    for number in _CELLS:
        counted = {name: _counted(rows, components, low, wide, number) for name, rows in layers}
        counted = {name: cells[privacy.enough(cells["n"], minimum)] for name, cells in counted.items()}
        if sum(cells["n"].sum() for cells in counted.values()) >= _MOST_DRAWN * len(everybody):
            break
    most = max((cells["n"].max() for cells in counted.values() if len(cells)), default=1)
    found: list[tuple[object, ...]] = []
    name_of_axes = f"{x.upper()}, {y.upper()}"
    for name, rows in layers:
        style, cells = _marked(name, looks), counted[name]
        size = _MARKS[0] + (_MARKS[1] - _MARKS[0]) * np.sqrt(cells["n"] / most)
        axis.scatter(
            cells["x"], cells["y"], s=size**2, marker=style["marker"], color=style["color"], alpha=0.75,
            linewidths=1.2 if style["marker"] == "x" else 0,
        )  # fmt: skip
        people = [privacy.people_number(int(n), minimum) for n in cells["n"]]
        found += [
            (cohort, name, "cell", name_of_axes, *place)
            for place in zip(cells["x"], cells["y"], people, strict=True)
        ]
        if name not in ("outlier", UNDECLARED) and len(rows) > 2:
            ellipse = _ellipse(rows[[x, y]].to_numpy(float), style["color"])
            axis.add_patch(ellipse)
            total = privacy.people_number(len(rows), minimum)
            found.append((cohort, name, "group's mean", name_of_axes, *rows[[x, y]].mean(), total))
    axis.autoscale_view()
    return found


def _counted(
    rows: pd.DataFrame, components: tuple[str, str], low: pd.Series, wide: pd.Series, number: int
) -> pd.DataFrame:
    """How many people are in each cell that has some: its middle x and y, and n."""
    scaled = (rows[list(components)] - low) / wide * number
    cells = np.minimum(scaled.to_numpy(float).astype(int), number - 1)
    places, n = np.unique(cells, axis=0, return_counts=True)
    middles = low.to_numpy() + (places + 0.5) / number * wide.to_numpy()
    return pd.DataFrame({"x": middles[:, 0], "y": middles[:, 1], "n": n})


def _ellipse(points: np.ndarray, colour: Any) -> Ellipse:
    values, vectors = np.linalg.eigh(np.cov(points.T))
    angle = np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))
    long, short = 2 * _HOLDS * np.sqrt(np.maximum(values[::-1], 0))
    return Ellipse(points.mean(axis=0), long, short, angle=angle, fill=False, edgecolor=colour, linewidth=1.2)


def _marked(name: str, looks: dict[str, Look]) -> dict[str, Any]:
    """Colour and marker of a group."""
    if name == "outlier":
        return {"color": "black", "marker": "x"}
    colour, marker = looks[name]
    return {"color": colour, "marker": marker}


def _with_share(component: int, shares: pd.DataFrame, cohort: str) -> str:
    share = shares.at[cohort, f"share_pc{component}"] if cohort in shares.index else np.nan
    return f"PC{component}" + ("" if pd.isna(share) else f" ({100 * share:.1f} %)")


def fst_matrix(study: Study) -> Drawn:
    """F_ST between each two groups of each cohort, with its standard error below it."""
    shown = privacy.shown_pairs(study.table(FST), study.minimum).dropna(subset="fst")
    if shown.empty:
        return words(_NO_FST)
    cohorts = list(dict.fromkeys(shown["cohort"]))
    groups = {cohort: _groups(shown[shown["cohort"] == cohort]) for cohort in cohorts}
    most = max(len(labels) for labels in groups.values()) - 1
    columns = min(len(cohorts), 1 if most > 4 else 2)
    left = sheet.widest([label for labels in groups.values() for label in labels], 1.0) + 0.15
    wide = (sheet.WIDTH - columns * (left + 0.15)) / columns
    high = min(0.42, wide / most)
    rows = [
        high * max(len(groups[cohort]) - 1 for cohort in cohorts[k : k + columns])
        for k in range(0, len(cohorts), columns)
    ]
    page = sheet.Sheet()
    # The darkest colour is not for groups that hardly differ.
    highest = max(float(shown["fst"].max()), 0.05)
    colours = sns.color_palette("mako_r", as_cmap=True)
    axes = page.panels(
        len(cohorts), columns, rows, left=left, between=left + 0.15, above=0.28, below=0.3, right=0.15
    )
    for axis, cohort in zip(axes, cohorts, strict=True):
        own, labels = shown[shown["cohort"] == cohort], groups[cohort]
        mesh = _distances(axis, own, labels, highest, colours, named=most <= _MOST_NAMED)
        page.title(axis, cohort)
        # One size of cell in all cohorts.
        axis.set_ylim(rows[cohorts.index(cohort) // columns] / high - 0.5, -0.5)
    bar = page.panel(left, 2.4, 0.09, above=0.05)
    page.figure.colorbar(
        mesh, cax=bar, orientation="horizontal", label="Hudson's F_ST, its standard error below"
    )
    page.gap(0.55)
    return Drawn(page.done(), shown[["cohort", "group_1", "group_2", "fst", "se"]])


def _distances(
    axis: plt.Axes,
    own: pd.DataFrame,
    labels: list[str],
    highest: float,
    colours: Colormap,
    *,
    named: bool,
) -> QuadMesh:
    """One cohort's half of a matrix, with numbers if there is room for them."""
    places = {label: place for place, label in enumerate(labels)}
    values = np.full((len(labels) - 1, len(labels) - 1), np.nan)
    for row in own.itertuples():
        across, down = sorted((places[row.group_1], places[row.group_2]))
        values[down - 1, across] = row.fst
        if named:
            error = "" if pd.isna(row.se) else f"\n±{row.se:.4f}"
            axis.text(
                across, down - 1, f"{row.fst:.4f}{error}".replace("-", "\N{MINUS SIGN}"), ha="center",
                va="center", color="white" if row.fst > 0.45 * highest else "black", linespacing=1.05,
            )  # fmt: skip
    edges = np.arange(len(labels)) - 0.5
    mesh = axis.pcolormesh(
        edges, edges, np.ma.masked_invalid(values), cmap=colours, vmin=0, vmax=highest, edgecolors="white",
        linewidth=1.5,
    )  # fmt: skip
    every = range(0, len(labels) - 1, 1 if named else -(-len(labels) // 20))
    axis.set_xticks(list(every), [sheet.fitted(labels[k], 0.9, lines=1) for k in every])
    axis.set_yticks(list(every), [sheet.fitted(labels[k + 1], 0.9, lines=1) for k in every])
    if not named:
        axis.tick_params(axis="x", labelrotation=90)
    axis.set_xlim(-0.5, len(labels) - 1.5)
    axis.grid(False)
    axis.spines[:].set_visible(False)
    return mesh


def _groups(pairs: pd.DataFrame) -> list[str]:
    """All groups of the pairs, in order."""
    return sorted({*pairs["group_1"], *pairs["group_2"]})


def linkage(study: Study) -> Drawn:
    """Linkage disequilibrium around the variant: a heat map with the gene above it, and decay with distance.

    One row for each cohort that has both ends of some pair. Where no group of everybody is described, the
    largest declared one is drawn.
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
    page, found = sheet.Sheet(), []
    for cohort, rows in chosen.items():
        people = privacy.people(int(rows["samples"].iloc[0]), minimum)
        group = "everybody" if rows["group"].iloc[0] == "all" else rows["group"].iloc[0]
        page.text(f"{cohort}: {group}, {people} people", bold=True)
        page.gap(0.14)
        gene = page.panel(_HEAT[0], _HEAT[1], _GENE)
        heat = page.panel(_HEAT[0], _HEAT[1], _HEAT[2], above=_GENE)
        scale = page.panel(_SCALE[0], _SCALE[1], _HEAT[2], above=_GENE)
        lines = page.panel(_DECAY, sheet.WIDTH - _DECAY - 0.12, _HEAT[2], above=_GENE)
        page.gap(_GENE + _HEAT[2] + 0.75)
        image, start, end = _heat(heat, rows, here[cohort])
        _gene(gene, genes[genes["build"] == here[cohort].build], here[cohort], start, end)
        page.figure.colorbar(
            image, cax=scale, label="r\N{SUPERSCRIPT TWO} below, |D\N{PRIME}| above the diagonal"
        )
        means = shown_decay(decay[decay["cohort"] == cohort], ld[ld["cohort"] == cohort], minimum)
        _decay(lines, means, looks)
        found += [
            _sites(rows).assign(cohort=cohort, what="site", group=rows["group"].iloc[0]),
            means.assign(cohort=cohort, what="mean by distance"),
        ]
    names = ["cohort", "what", "group", "distance_kb_low", "distance_kb_high", "mean_r2", "position"]
    names += ["percent_r2_with_sites_before", "percent_d_prime_with_sites_before"]
    return Drawn(page.done(), pd.concat(found, ignore_index=True)[names])


def _sites(rows: pd.DataFrame) -> pd.DataFrame:
    """A row for each site with its linkage with each site before it, in whole percent.

    As the colours show it; a row for each pair would be ten times as long.
    """
    percent = (100 * rows[["r2", "d_prime"]].astype(float)).round()
    pairs = rows[["position_1", "position_2"]].join(percent)
    positions = np.unique(pairs[["position_1", "position_2"]].to_numpy(int))
    found: dict[str, Any] = {"position": positions}
    for value in percent:
        wide = pairs.pivot(index="position_2", columns="position_1", values=value)
        wide = wide.reindex(index=positions, columns=positions)
        found[f"percent_{value}_with_sites_before"] = [
            " ".join("" if np.isnan(one) else f"{one:.0f}" for one in own[:k])
            for k, own in enumerate(wide.to_numpy(float))
        ]
    return pd.DataFrame(found)


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
    colours = sns.color_palette("mako_r", as_cmap=True).resampled(_SHADES)
    colours = colours.with_extremes(bad="0.93")
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
    axis.locator_params(nbins=3)
    axis.grid(False)
    return image, start / 1e6, end / 1e6


def _gene(axis: plt.Axes, genes: pd.DataFrame, place: Place, start: float, end: float) -> None:
    """A bar for the gene and a mark for the variant, above the heat map and on its axis."""
    for gene in genes.itertuples():
        low, high = max(gene.start / 1e6, start), min(gene.end / 1e6, end)
        if low < high:
            axis.plot([low, high], [0, 0], color="0.35", linewidth=14, solid_capstyle="butt")
            axis.annotate(
                gene.gene, ((low + high) / 2, 0), ha="center", va="center_baseline", fontstyle="italic",
                color="white",
            )  # fmt: skip
    if start <= place.position / 1e6 <= end:
        axis.plot([place.position / 1e6], [0.8], "v", color="black", markersize=7)
        axis.annotate(
            place.variant, (place.position / 1e6, 1.15), ha="center", va="bottom",
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
    axis.set_xticks(range(len(labels)), labels, rotation=45, ha="right", rotation_mode="anchor")
    axis.set_ylim(0, None)
    axis.set_xlabel("distance (kb)")
    axis.set_ylabel("mean r\N{SUPERSCRIPT TWO}")
    if len(means):
        axis.legend(frameon=False)
