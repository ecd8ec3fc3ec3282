"""Figures of assays: what the plates looked like, and what the alleles do to predicted trans-signalling."""

import string
from typing import Any, TypeAlias

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.collections import LineCollection, QuadMesh
from matplotlib.colors import TwoSlopeNorm
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
from matplotlib.typing import ColorType

from il6r import units
from il6r.report import drawing
from il6r.report.assays import words
from il6r.report.association import specifications
from il6r.report.load import Study
from il6r.tables.assays import CONTROLS, PLATES, STANDARDS, WELLS
from il6r.tables.association import ESTIMATES, GENOTYPE_MEANS, SENSITIVITY

_PALETTE = sns.color_palette("colorblind")
_COLOURS = [_PALETTE[k] for k in (0, 2, 4, 9, 5, 8, 6, 7)]
_BAD, _LIMIT = _PALETTE[3], "0.35"
_MAP = plt.colormaps["RdBu_r"].with_extremes(bad="0.92")
# Lines and points of more plates than this lie on each other and make a file too large for the page; but so
# many of each cohort and analyte are drawn.
_DRAWN_PLATES, _FEWEST_DRAWN = 24, 6
_CURVE_POINTS = 31
# Errors and controls further off than this are drawn at the frame.
_MOST_ERROR_PERCENT, _MOST_RANGES = 60.0, 3.0
# Inches. The figure is laid out by hand: a map has panels of its own, and a layout that is solved differs in
# its last digits.
_WIDTH, _HEIGHT = 11.0, 9.0
_LEFT, _RIGHT, _TOP, _BOTTOM, _BETWEEN = 0.85, 0.15, 0.4, 1.35, 1.1
# The ends of the map's colours are between these.
_MAP_PERCENT, _MOST_MAP_PERCENT = 10.0, 50.0
_MOST_MAPS = 6
_COHORTS = [_PALETTE[k] for k in (0, 1, 2, 4, 5, 8, 9, 6)]
# Analyses from the three molecules to what follows from them, and whether they do: behind those stands the
# range over other constants.
ANALYSES = {
    "sil6r_additive": ("sIL-6R", False),
    "il6_additive": ("IL-6", False),
    "sgp130_additive": ("sgp130", False),
    "free_il6_additive": ("free share of IL-6", True),
    "active_complex_additive": ("active complex\n(IL-6/sIL-6R)", True),
    "buffered_complex_additive": ("complex buffered\nby sgp130", True),
    "sgp130_excess_additive": ("sgp130 over sIL-6R", True),
}
_COMPLEXES = {"active": ("active_complex_pm", "o"), "buffered by sgp130": ("buffered_complex_pm", "s")}
# Inches; the figure is laid out by hand.
_LABELS, _FOREST, _GAP, _PANEL, _APART, _EDGE = 1.7, 4.2, 0.95, 1.9, 0.12, 0.4
_BELOW, _ABOVE, _LEAST_HEIGHT, _ROW = 1.65, 0.45, 3.6, 0.2
# The colour of each cohort and analyte.
_Looks: TypeAlias = dict[tuple[str, str], ColorType]
NO_PLATES = "No cohort has plates of optical densities."


def assay_plates(study: Study) -> plt.Figure:
    """Four panels on the plates of all cohorts and analytes."""
    plates, standards = study.table(PLATES), study.table(STANDARDS)
    if plates.empty:
        return drawing.words(NO_PLATES)
    looks = _looks(plates)
    limits = {cohort: study.settings("assays", cohort)["max_standard_error_percent"] for cohort, _ in looks}
    figure = plt.figure(figsize=(_WIDTH, _HEIGHT), layout="none")
    width = (_WIDTH - 2 * _LEFT - 2 * _RIGHT) / 2
    height = (_HEIGHT - _TOP - _BOTTOM - _BETWEEN) / 2
    upper = _BOTTOM + height + _BETWEEN
    right = 2 * _LEFT + _RIGHT + width
    curves(_axis(figure, _LEFT, upper, width, height), standards, plates, looks)
    standard_errors(_axis(figure, right, upper, width, height), standards, plates, looks, limits)
    controls(_axis(figure, _LEFT, _BOTTOM, width, height), study.table(CONTROLS), looks)
    plate_map(figure, (right, _BOTTOM, width, height), study.table(WELLS), looks, study.minimum)
    _legend(figure, looks)
    return figure


def curves(axis: plt.Axes, standards: pd.DataFrame, plates: pd.DataFrame, looks: _Looks) -> None:
    """Fitted curves as thin lines with their standards; a failed plate's standards are joined by dashes.

    Of many plates every so many-th is drawn, and failed ones.

    Parameters
    ----------
    looks : colour of each cohort and analyte.
    """
    drawn, every = _drawn(plates)
    for key, colour in looks.items():
        own = drawn[(drawn["cohort"] == key[0]) & (drawn["analyte"] == key[1])]
        points = _positive(_of(standards, key)).dropna(subset="od")
        good, failed = own[own["failed"].isna()], own[own["failed"].notna()]
        on_good = points[points["plate"].isin(good["plate"])]
        lines = [
            _curve(row, rows["concentration"].to_numpy(float))
            for row in good.dropna(subset=list("abcdg")).itertuples()
            if len(rows := on_good[on_good["plate"] == row.plate])
        ]
        axis.add_collection(LineCollection(lines, colors=[colour], linewidths=0.7, alpha=0.55))
        axis.plot(
            on_good["concentration"], on_good["od"], "o", color=colour, markersize=3, markeredgewidth=0,
            alpha=0.6,
        )  # fmt: skip
        for plate in failed["plate"]:
            rows = points[points["plate"] == plate].sort_values("concentration")
            axis.plot(
                rows["concentration"], rows["od"], "x", color=_BAD, linestyle=(0, (4, 2)), linewidth=1.1,
                markersize=5, zorder=3,
            )  # fmt: skip
    axis.set(title="Standard curves", ylabel="optical density", xlabel=_concentration(looks))
    _log_x(axis)
    axis.set_ylim(bottom=min(0, axis.get_ylim()[0]))
    if every > 1:
        _note(axis, f"one in {every} plates, and failed ones")


def standard_errors(
    axis: plt.Axes,
    standards: pd.DataFrame,
    plates: pd.DataFrame,
    looks: _Looks,
    limit_percent: dict[str, float],
) -> None:
    """How far each standard is off when its density is read from its plate's curve.

    Parameters
    ----------
    limit_percent : by cohort, how far off it may be.
    """
    drawn, _ = _drawn(plates)
    plate = ["cohort", "analyte", "plate"]
    points = _positive(standards).merge(drawn[plate], on=plate).dropna(subset="error_percent")
    for key, colour in looks.items():
        own = _of(points, key)
        for passing, marker in ((True, "o"), (False, "x")):
            rows = own[own["passing"] == passing]
            axis.plot(
                rows["concentration"],
                rows["error_percent"].clip(-_MOST_ERROR_PERCENT, _MOST_ERROR_PERCENT),
                marker, color=colour if passing else _BAD, markersize=3.5 if passing else 5,
                markeredgewidth=0 if passing else 1.2, alpha=0.7 if passing else 1.0, clip_on=False,
            )  # fmt: skip
    axis.axhline(0, color="black", linewidth=0.8)
    for limit in sorted({limit_percent[cohort] for cohort, _ in looks}):
        for end in (-limit, limit):
            axis.axhline(end, color=_LIMIT, linewidth=1, linestyle="--")
    axis.set(
        title="Standards read from their curves", ylabel="error (%)", xlabel=_concentration(looks),
        ylim=(-_MOST_ERROR_PERCENT, _MOST_ERROR_PERCENT),
    )  # fmt: skip
    axis.yaxis.set_major_formatter(FuncFormatter(signed))
    _log_x(axis)
    if (points["error_percent"].abs() > _MOST_ERROR_PERCENT).any():
        _note(axis, f"larger errors are drawn at {_MOST_ERROR_PERCENT:g} %")


def controls(axis: plt.Axes, table: pd.DataFrame, looks: _Looks) -> None:
    """Controls by the order of plates, on a scale on which each control's range is from -1 to 1.

    Parameters
    ----------
    table : `CONTROLS` of all cohorts; those without both ends of a range are not drawn.
    """
    beyond = table["concentration"].isna() & table["in_range"].eq(False).fillna(False)
    known = table.dropna(subset=["concentration", "low", "high"])
    known = known[known["high"] > known["low"]]
    half = (known["high"] - known["low"]) / 2
    known = known.assign(y=(known["concentration"] - known["low"]) / half - 1)
    axis.axhspan(-1, 1, color="0.92", linewidth=0, zorder=0)
    axis.axhline(0, color="0.6", linewidth=0.8)
    for key, colour in looks.items():
        for _, rows in _of(known, key).groupby("control", sort=True):
            rows = rows.sort_values("place")
            y = rows["y"].clip(-_MOST_RANGES, _MOST_RANGES).to_numpy(float)
            place = rows["place"].to_numpy(float)
            axis.plot(
                place, y, color=colour, linewidth=0.8, marker="o", markersize=3.5, markeredgewidth=0,
                markevery=max(1, -(-len(rows) // (3 * _DRAWN_PLATES))), alpha=0.8,
            )  # fmt: skip
            out = (rows["y"].abs() > 1).to_numpy()
            axis.plot(
                place[out], y[out], "o", markersize=8, markerfacecolor="none", markeredgecolor=_BAD,
                markeredgewidth=1.5, linestyle="none",
            )  # fmt: skip
    axis.set(
        title="Controls in their ranges", xlabel="plate, in the order given",
        ylim=(-_MOST_RANGES - 0.3, _MOST_RANGES + 0.3),
    )  # fmt: skip
    axis.set_yticks([-1, 0, 1], ["low end", "middle", "high end"], fontsize=9)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.grid(False, axis="x")
    said = []
    if known.empty:
        said.append("no control with a range to draw it in")
        axis.set_xticks([])
    if beyond.any():
        said.append(f"{beyond.sum()} beyond the curve, so out of range")
    if (known["y"].abs() > _MOST_RANGES).any():
        said.append("further ones are drawn at the frame")
    if said:
        _note(axis, "; ".join(said))


def plate_map(
    figure: plt.Figure,
    box: tuple[float, float, float, float],
    wells: pd.DataFrame,
    looks: _Looks,
    minimum: int,
) -> None:
    """How samples in each position differ from their plates' medians: a map for each cohort and analyte.

    Positions over fewer plates than `minimum` are blank.

    Parameters
    ----------
    box : left, bottom, width and height in inches.
    wells : `WELLS` of all cohorts.
    """
    left, bottom, width, height = box
    means = {key: positions(_of(wells, key), minimum) for key in looks}
    means = {key: grid for key, grid in means.items() if np.isfinite(grid).any()}
    frame = _axis(figure, *box)
    frame.set_axis_off()
    more = f" ({_MOST_MAPS} of {len(means)})" if len(means) > _MOST_MAPS else ""
    frame.set_title(f"Samples by place on the plate{more}")
    if not means:
        text = f"fewer than {minimum} plates with samples in the same place"
        frame.text(0.5, 0.5, text, ha="center", va="center", fontsize=10, transform=frame.transAxes)
        return
    shown = list(means.items())[:_MOST_MAPS]
    columns = 1 if len(shown) < 3 else 2
    rows = -(-len(shown) // columns)
    most = max(_MAP_PERCENT, *(np.nanmax(np.abs(grid)) for _, grid in shown))
    norm = TwoSlopeNorm(0, -min(most, _MOST_MAP_PERCENT), min(most, _MOST_MAP_PERCENT))
    # Above each map stand its columns' numbers and what it is of; on the right stand the colours.
    head, scale, gap = 0.5 if len(looks) > 1 else 0.25, 0.85, 0.55
    wide = (width - scale - gap * (columns - 1)) / columns
    high = height / rows - head
    for k, (key, grid) in enumerate(shown):
        x = left + k % columns * (wide + gap)
        y = bottom + (rows - 1 - k // columns) * (high + head)
        axis = _axis(figure, x, y, wide, high)
        drawn = _draw_map(axis, grid, norm, sparse=columns > 1)
        if len(looks) > 1:
            axis.set_title(_called(key), fontsize=10, pad=4)
    colours = _axis(figure, left + width - 0.6, bottom + 0.1 * height, 0.13, 0.7 * height)
    bar = figure.colorbar(drawn, cax=colours)
    bar.ax.tick_params(labelsize=9)
    bar.ax.yaxis.set_major_formatter(FuncFormatter(signed))
    bar.outline.set_visible(False)
    bar.ax.set_title("%", fontsize=9)


def positions(wells: pd.DataFrame, minimum: int) -> np.ndarray:
    """By how many percent samples in each position are above their plates' medians.

    The mean over plates of the logarithm of a well's concentration less the plate's median, as a ratio.

    Parameters
    ----------
    wells : one analyte's `WELLS`.

    Returns
    -------
    (rows, columns) of a plate of 96 wells, or of 384 where wells lie beyond those; NaN where fewer plates
    than `minimum` have a sample.
    """
    samples = wells[(wells["role"] == "sample") & wells["rejected"].isna() & (wells["concentration"] > 0)]
    logs = np.log(samples["concentration"].astype(float))
    samples = samples.assign(off=logs - logs.groupby(samples["plate"]).transform("median"))
    groups = samples.groupby(["row", "column"]).agg(off=("off", "mean"), plates=("plate", "nunique"))
    groups = groups[groups["plates"] >= minimum]
    row, column = (groups.index.get_level_values(k).to_numpy(int) for k in (0, 1))
    small = wells.empty or (wells["row"].max() < 8 and wells["column"].max() < 12)
    grid = np.full((8, 12) if small else (16, 24), np.nan)
    grid[row, column] = 100 * np.expm1(groups["off"].to_numpy())
    return grid


def signed(value: float, _place: object = None) -> str:
    """A tick's label with its sign."""
    return f"{value:+g}".replace("-", "\N{MINUS SIGN}") if value else "0"


def _draw_map(axis: plt.Axes, grid: np.ndarray, norm: TwoSlopeNorm, *, sparse: bool) -> QuadMesh:
    """A plate from above, A1 at the upper left; means of rows and of columns stand beside and below it."""
    rows, columns = grid.shape
    known = np.ma.masked_invalid(grid)
    apart = 0.06 * rows
    x, y = np.arange(columns + 1), np.arange(rows + 1)
    beside, below = columns + apart * np.array([1, 1]), rows + apart * np.array([1, 1])
    beside[1] += columns / 12
    below[1] += rows / 8
    axis.set_facecolor("white")
    for across, down, values in (
        (x, y, known),
        (beside, y, known.mean(axis=1)[:, None]),
        (x, below, known.mean(axis=0)[None, :]),
    ):
        drawn = axis.pcolormesh(across, down, values, cmap=_MAP, norm=norm, edgecolors="white", linewidth=0.4)
    axis.set(xlim=(0, beside[1]), ylim=(below[1], 0))
    letters = [0, rows - 1] if sparse else range(0, rows, rows // 8)
    numbers = [0, columns - 1] if sparse else range(0, columns, columns // 6)
    axis.set_yticks(
        [*(k + 0.5 for k in letters), below.mean()],
        [*(string.ascii_uppercase[k] for k in letters), "mean"], fontsize=8,
    )  # fmt: skip
    # Where maps are small there is no room for another word.
    last = [] if sparse else [(beside.mean(), "mean")]
    places, labels = zip(*((k + 0.5, str(k + 1)) for k in numbers), *last, strict=True)
    axis.set_xticks(places, labels, fontsize=8)
    axis.xaxis.tick_top()
    axis.tick_params(length=0, pad=1)
    axis.grid(False)
    for side in axis.spines.values():
        side.set_visible(False)
    return drawn


def _looks(plates: pd.DataFrame) -> _Looks:
    """A colour for each cohort and analyte."""
    keys = dict.fromkeys(zip(plates["cohort"], plates["analyte"], strict=True))
    return {key: _COLOURS[k % len(_COLOURS)] for k, key in enumerate(keys)}


def _drawn(plates: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The plates that are drawn, and that they are one in how many."""
    series = plates.groupby(["cohort", "analyte"])
    most = max(_FEWEST_DRAWN, _DRAWN_PLATES // len(series))
    every = max(1, -(-int(series.size().max()) // most))
    failed = plates["failed"].notna()
    few = failed & (failed.groupby([plates["cohort"], plates["analyte"]]).cumsum() <= most)
    return plates[few | (~failed & (series.cumcount() % every == 0))], every


def _curve(row: Any, concentrations: np.ndarray) -> np.ndarray:
    """Points of a plate's curve from its lowest to its highest standard."""
    x = np.geomspace(concentrations.min(), concentrations.max(), _CURVE_POINTS)
    # (1 + (x / c)^b)^g by its logarithm, which does not overflow.
    y = row.d + (row.a - row.d) * np.exp(-row.g * np.logaddexp(0, row.b * np.log(x / row.c)))
    return np.column_stack([x, y])


def _of(table: pd.DataFrame, key: tuple[str, str]) -> pd.DataFrame:
    return table[(table["cohort"] == key[0]) & (table["analyte"] == key[1])]


def _positive(standards: pd.DataFrame) -> pd.DataFrame:
    """Standards that have a place on an axis of logarithms."""
    return standards[standards["concentration"] > 0]


def _called(key: tuple[str, str]) -> str:
    return f"{key[0]}, {words.ANALYTES[key[1]]}"


def _concentration(looks: _Looks) -> str:
    """What concentrations on an axis are of, in which unit."""
    analytes = dict.fromkeys(analyte for _, analyte in looks)
    by_unit: dict[str, list[str]] = {}
    for analyte in analytes:
        by_unit.setdefault(units.CANONICAL[analyte], []).append(words.ANALYTES[analyte])
    parts = [f"{', '.join(names)} in {unit}" for unit, names in by_unit.items()]
    return f"standard: {'; '.join(parts)} (log axis)"


def _log_x(axis: plt.Axes) -> None:
    """Powers of ten on the axis of concentrations, if anything is drawn on it."""
    if not np.isfinite(axis.xaxis.get_minpos()):
        axis.set_xticks([])
        return
    axis.set_xscale("log")
    axis.autoscale_view()
    low, high = axis.get_xlim()
    axis.xaxis.set_major_locator(LogLocator(subs=(1.0,) if high > 1000 * low else (1.0, 2.0, 5.0)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.xaxis.set_minor_locator(NullLocator())


def _note(axis: plt.Axes, text: str) -> None:
    axis.annotate(
        text, (0, 1), xycoords="axes fraction", xytext=(6, -3), textcoords="offset points", ha="left",
        va="top", fontsize=9, color="0.25",
    )  # fmt: skip


def _axis(figure: plt.Figure, left: float, bottom: float, width: float, height: float) -> plt.Axes:
    return figure.add_axes(_inches(left, bottom, width, height))


def _inches(left: float, bottom: float, width: float, height: float) -> tuple[float, float, float, float]:
    """A box in inches as the parts of the figure that axes are placed by."""
    return left / _WIDTH, bottom / _HEIGHT, width / _WIDTH, height / _HEIGHT


def _legend(figure: plt.Figure, looks: _Looks) -> None:
    handles = [
        plt.Line2D([], [], color=colour, marker="o", markersize=5, linewidth=1, label=_called(key))
        for key, colour in looks.items()
    ]
    handles += [
        plt.Line2D([], [], color=_BAD, marker="x", linestyle=(0, (4, 2)), label="failed plate or standard"),
        plt.Line2D([], [], color=_BAD, marker="o", markerfacecolor="none", markersize=8, linestyle="none",
                   label="control out of range"),
        plt.Line2D([], [], color=_LIMIT, linestyle="--", linewidth=1, label="limit of error"),
    ]  # fmt: skip
    figure.legend(handles=handles, loc="lower center", ncols=4, frameon=False, fontsize=9)


def balance(study: Study) -> plt.Figure:
    """Effects per effect allele on the molecules and the balance, and complexes by genotype.

    At the left, percent with 95 % intervals for each cohort that has an estimate; behind those of the
    balance, a band over the estimates by all choices of constants. At the right, geometric means of the
    active and the buffered complex by genotype with 95 % intervals, and the share that sgp130 binds. What
    has few people is not drawn.
    """
    sensitivity, means, minimum = study.table(SENSITIVITY), study.table(GENOTYPE_MEANS), study.minimum
    effects = words.shown_effects(study.table(ESTIMATES), minimum)
    effects = effects[effects["analysis"].isin(ANALYSES)]
    balanced = effects["analysis"].isin([name for name, (_, predicted) in ANALYSES.items() if predicted])
    if not balanced.any():
        return drawing.words(words.NO_BALANCE)
    cohorts = list(dict.fromkeys(effects["cohort"]))
    colours = {cohort: _COHORTS[k % len(_COHORTS)] for k, cohort in enumerate(cohorts)}
    shown = words.shown_means(means, minimum)
    shown = shown[shown["outcome"].isin([outcome for outcome, _ in _COMPLEXES.values()])]
    panels = [cohort for cohort in cohorts if (shown["cohort"] == cohort).any()]
    places, ends = _places(effects)
    inner = max(_ROW * places + 0.1, _LEAST_HEIGHT)
    width = _LABELS + _FOREST + _EDGE + (_GAP + len(panels) * (_PANEL + _APART) if panels else 0)
    height = inner + _BELOW + _ABOVE
    figure = plt.figure(figsize=(width, height), layout="none")

    def axis(left: float, wide: float, sharey: plt.Axes | None = None) -> plt.Axes:
        """Axes that are `wide` inches wide."""
        box = (left / width, _BELOW / height, wide / width, inner / height)
        return figure.add_axes(box, sharey=sharey)

    others = {name: specifications.other_constants(sensitivity, name, minimum) for name in ANALYSES}
    _forest(axis(_LABELS, _FOREST), effects, others, ends, colours)
    left = _LABELS + _FOREST + _GAP
    first: plt.Axes | None = None
    for cohort in panels:
        own = axis(left, _PANEL, sharey=first)
        few = _few(means, cohort, minimum)
        shares = words.buffered_shares(means[means["cohort"] == cohort], minimum)
        _complexes(own, shown[shown["cohort"] == cohort], shares, colours[cohort])
        own.set_title(cohort)
        own.set_xlabel(
            "genotype" + (f"\nnot drawn, under {minimum}\npeople: {', '.join(few)}" if few else "")
        )
        if first is None:
            own.set_ylabel("predicted concentration (pM, log axis)")
        else:
            own.tick_params(axis="y", labelleft=False)
        first, left = first or own, left + _PANEL + _APART
    if first is not None:
        _room_above(first)
    middle = (_LABELS + _FOREST + _GAP + left - _APART) / 2 if panels else None
    _legends(figure, colours, _LABELS + _FOREST / 2, middle)
    return figure


def _places(effects: pd.DataFrame) -> tuple[float, dict[str, tuple[float, list[str]]]]:
    """How many rows the forest has, and where each analysis begins and of which cohorts it has rows."""
    place, found = 0.0, {}
    for name in ANALYSES:
        cohorts = list(effects.loc[effects["analysis"] == name, "cohort"])
        if cohorts:
            found[name] = (place, cohorts)
            place += len(cohorts) + 0.8
    return place, found


def _forest(
    axis: plt.Axes,
    effects: pd.DataFrame,
    constants: dict[str, pd.DataFrame],
    places: dict[str, tuple[float, list[str]]],
    colours: dict[str, ColorType],
) -> None:
    """One row for each analysis and cohort, analyses apart from each other."""
    ticks, reach = {}, []
    for name, (start, cohorts) in places.items():
        label, predicted = ANALYSES[name]
        rows = effects[effects["analysis"] == name].set_index("cohort")
        for k, cohort in enumerate(cohorts):
            row, colour = rows.loc[cohort], colours[cohort]
            others = constants[name][constants[name]["cohort"] == cohort]
            if len(others):
                both = [others["percent"].min(), others["percent"].max()]
                reach += both
                axis.plot(both, [start + k] * 2, color=colour, linewidth=9, alpha=0.28,
                          solid_capstyle="butt")  # fmt: skip
            axis.plot([row["percent_low"], row["percent_high"]], [start + k] * 2, color=colour, linewidth=1.8)
            axis.plot([row["percent"]], [start + k], "o", color=colour, markersize=5.5)
        ticks[label] = start + (len(cohorts) - 1) / 2
        if predicted and not any(ANALYSES[above][1] for above in list(places)[: list(places).index(name)]):
            # What is measured, and below it what follows by the model.
            axis.axhline(start - 0.9, color="0.75", linewidth=0.8)
    axis.axvline(0, color="grey", linewidth=1, linestyle=":")
    axis.set_yticks(list(ticks.values()), list(ticks), fontsize=10)
    last, cohorts = list(places.values())[-1]
    axis.set_ylim(last + len(cohorts) - 0.2, -0.8)
    columns = ("percent", "percent_low", "percent_high")
    values, lows, highs = (effects[name].to_numpy(dtype=float) for name in columns)
    axis.set_xlim(*drawing.span(values, lows, highs, (0, *reach)))
    axis.xaxis.set_major_formatter(FuncFormatter(signed))
    axis.set_xlabel("difference per effect allele (%)")
    alleles = set(effects["effect_allele"])
    axis.set_title(f"Effect of each {alleles.pop() if len(alleles) == 1 else 'effect'} allele")
    axis.grid(False, axis="y")


def _complexes(axis: plt.Axes, means: pd.DataFrame, shares: pd.DataFrame, colour: ColorType) -> None:
    """Active and buffered complex by genotype; the share that is bound stands above."""
    order = list(dict.fromkeys(means["genotype"]))
    for outcome, marker in _COMPLEXES.values():
        rows = means[means["outcome"] == outcome]
        x = [order.index(genotype) for genotype in rows["genotype"]]
        mean = rows["geometric_mean"].to_numpy(float)
        known = rows[["ci_low", "ci_high"]].notna().all(axis=1).to_numpy()
        low = rows["ci_low"].to_numpy(float)
        high = rows["ci_high"].to_numpy(float)
        axis.plot(x, mean, color=colour, linewidth=0.8, alpha=0.6)
        axis.vlines([place for place, there in zip(x, known, strict=True) if there], low[known], high[known],
                    color=colour, linewidth=1.8)  # fmt: skip
        axis.plot(x, mean, marker, color=colour, markersize=6.5, linestyle="none", markeredgewidth=1.4,
                  markerfacecolor=colour if marker == "o" else "white")  # fmt: skip
    axis.set_yscale("log")
    axis.set_xticks(range(len(order)), order)
    axis.set_xlim(-0.6, len(order) - 0.4)
    axis.grid(False, axis="x")
    for row in shares.itertuples():
        axis.annotate(
            words.share_text(row.share), (order.index(row.genotype), 1), fontsize=8.5, ha="center", va="top",
            xycoords=("data", "axes fraction"), xytext=(0, -4), textcoords="offset points",
        )  # fmt: skip
    axis.yaxis.set_major_locator(LogLocator(subs=(1.0,)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_locator(NullLocator())


def _room_above(axis: plt.Axes) -> None:
    """Leave the uppermost part of an axis of logarithms, in which the shares stand, free of points."""
    low, high = axis.get_ylim()
    axis.set_ylim(low, high * (high / low) ** 0.15)


def _few(means: pd.DataFrame, cohort: str, minimum: int) -> list[str]:
    """The genotypes of a cohort that some people have, but fewer than may be shown."""
    own = means[(means["cohort"] == cohort) & means["outcome"].isin(words.BALANCE)]
    few = own[own["participants"].between(1, minimum - 1)].sort_values("copies")
    return list(dict.fromkeys(few["genotype"]))


def _legends(figure: plt.Figure, colours: dict[str, ColorType], forest: float, panels: float | None) -> None:
    """What colours and the band mean under the forest, and marks under the complexes; places in inches."""
    height = figure.get_size_inches()[1]
    handles = [
        plt.Line2D([], [], color=colour, marker="o", linewidth=1.8, label=cohort)
        for cohort, colour in colours.items()
    ]
    handles.append(
        plt.Line2D([], [], color="grey", linewidth=9, alpha=0.4, solid_capstyle="butt",
                   label="range over other constants")
    )  # fmt: skip
    marks = [
        plt.Line2D([], [], color="black", marker=marker, linestyle="none", label=name,
                   markerfacecolor="black" if marker == "o" else "white")
        for name, (_, marker) in _COMPLEXES.items()
    ]  # fmt: skip
    marks.append(plt.Line2D([], [], linestyle="none", label="above: share bound by sgp130"))
    for place, shown, columns in ((forest, handles, 2), (panels, marks, 1)):
        if place is not None:
            figure.legend(
                handles=shown, loc="upper center", ncols=columns, frameon=False, fontsize=9,
                bbox_to_anchor=(place / figure.get_size_inches()[0], 0.8 / height),
            )  # fmt: skip
