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
from il6r.report import drawing, privacy, sheet
from il6r.report.assays import words
from il6r.report.association import specifications
from il6r.report.drawing import Drawn
from il6r.report.load import Study
from il6r.tables.assays import CONTROLS, PLATES, STANDARDS, WELLS
from il6r.tables.association import ESTIMATES, GENOTYPE_MEANS, SENSITIVITY

_PALETTE = sns.color_palette("colorblind")
_SERIES, _BAD, _LIMIT = _PALETTE[0], _PALETTE[3], "0.35"
_MAP = plt.colormaps["RdBu_r"].with_extremes(bad="0.92")
# Of each cohort and analyte so many plates are drawn, since lines on each other say no more; and so many
# cohorts and analytes.
_DRAWN_PLATES, MOST_SERIES = 24, 24
_CURVE_POINTS = 31
# Errors and controls further off than this are drawn at the frame.
_MOST_ERROR_PERCENT, _MOST_RANGES = 60.0, 3.0
# The ends of the map's colours are between these.
_MAP_PERCENT, _MOST_MAP_PERCENT = 10.0, 50.0
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
_COMPLEXES = {
    "active complex": ("active_complex_pm", "o"),
    "complex buffered by sgp130": ("buffered_complex_pm", "s"),
}
# Of the figure of the balance: panels beside each other, and inches of a cohort's row.
_COLUMNS, _ROW = 4, 0.2
# The colour of each cohort and analyte.
_Looks: TypeAlias = dict[tuple[str, str], ColorType]
NO_PLATES = "No cohort has plates of optical densities."


def assay_plates(study: Study) -> Drawn:
    """A row of four panels on the plates of each cohort and analyte."""
    plates, standards = study.table(PLATES), study.table(STANDARDS)
    if plates.empty:
        return drawing.words(NO_PLATES)
    known, wells = study.table(CONTROLS), study.table(WELLS)
    looks = _looks(plates)
    shown = dict(list(looks.items())[:MOST_SERIES])
    maps = {key: positions(_of(wells, key), study.minimum) for key in shown}
    reach = [np.nanmax(np.abs(grid)) for grid in maps.values() if np.isfinite(grid).any()]
    most = min(max(_MAP_PERCENT, *reach, _MAP_PERCENT), _MOST_MAP_PERCENT)
    norm = TwoSlopeNorm(0, -most, most)
    page, found = sheet.Sheet(), []
    shaded: QuadMesh | None = None
    for key, colour in shown.items():
        own, one = {key: colour}, _of(plates, key)
        limit = study.settings("assays", key[0])["max_standard_error_percent"]
        page.text(_called(key), bold=True)
        axes = page.panels(1, 4, 1.3, left=0.46, between=0.46, above=0.38, below=0.0)
        left, wide = 0.46, (sheet.WIDTH - 4 * 0.46 - 0.12) / 4
        page.gap(-1.68)
        axes += [page.panel(left + k * (wide + 0.46), wide, 1.3, above=0.38) for k in (1, 2)]
        axes.append(page.panel(left + 3 * (wide + 0.46) - 0.1, wide + 0.1, 0.9, above=0.52))
        page.gap(1.68 + 0.5)
        curves(axes[0], standards, one, own)
        standard_errors(axes[1], standards, one, own, {key[0]: limit})
        controls(axes[2], known, own)
        shaded = plate_map(axes[3], maps[key], norm, study.minimum) or shaded
        found.append(_shown(key, standards, one, known, maps[key]))
    if len(looks) > len(shown):
        page.text(f"{len(looks) - len(shown)} further cohorts and analytes are not drawn.")
    if shaded is not None:
        bar = page.panel(4.6, 2.0, 0.09, above=0.0)
        page.figure.colorbar(shaded, cax=bar, orientation="horizontal", format=FuncFormatter(signed))
        bar.set_xlabel("samples on the plate: off its median (%)")
        bar.locator_params(nbins=5)
    page.legend(_legend(), columns=1)
    return Drawn(page.done(), pd.concat(found, ignore_index=True))


def _shown(
    key: tuple[str, str],
    standards: pd.DataFrame,
    plates: pd.DataFrame,
    known: pd.DataFrame,
    grid: np.ndarray,
) -> pd.DataFrame:
    """What one row of panels shows, without the names that its plates have."""
    drawn, _ = _drawn(plates)
    number = {plate: k + 1 for k, plate in enumerate(drawn["plate"])}
    points = _positive(_of(standards, key))
    points = points[points["plate"].isin(number)]
    points = points.assign(what="standard", plate=points["plate"].map(number))
    charted = _charted(_of(known, key))
    charted = charted.assign(what="control", plate=charted["place"], in_range_units=charted["y"])
    row, column = np.nonzero(np.isfinite(grid))
    letters = [string.ascii_uppercase[k] for k in row]
    places = pd.DataFrame(
        {"what": "place on the plate", "row": letters, "column": column + 1, "percent": grid[row, column]}
    )
    names = [
        "what",
        "plate",
        "concentration",
        "od",
        "error_percent",
        "in_range_units",
        "row",
        "column",
        "percent",
    ]
    parts = [part.reindex(columns=names) for part in (points, charted.drop(columns="concentration"), places)]
    # A column that is all empty would lose its type.
    whole = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    return whole.assign(cohort=key[0], analyte=key[1])[["cohort", "analyte", *names]]


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
    axis.set(title="Standard curves\n(optical density)", xlabel=_concentration(looks))
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
        title="Standards read\nfrom their curves (%)", xlabel=_concentration(looks),
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
    table = pd.concat([_of(table, key) for key in looks])
    beyond = table["concentration"].isna() & table["in_range"].eq(False).fillna(False)
    known = _charted(table)
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
        title="Controls in\ntheir ranges", xlabel="plate, in order",
        ylim=(-_MOST_RANGES - 0.3, _MOST_RANGES + 0.3),
    )  # fmt: skip
    axis.set_yticks([-1, 0, 1], ["low", "mid", "high"])
    axis.xaxis.set_major_locator(MaxNLocator(4, integer=True))
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


def _charted(table: pd.DataFrame) -> pd.DataFrame:
    """Controls that have both ends of a range, with where they are in it (`y`, -1 to 1)."""
    known = table.dropna(subset=["concentration", "low", "high"])
    known = known[known["high"] > known["low"]]
    half = (known["high"] - known["low"]) / 2
    return known.assign(y=(known["concentration"] - known["low"]) / half - 1)


def plate_map(axis: plt.Axes, grid: np.ndarray, norm: TwoSlopeNorm, minimum: int) -> QuadMesh | None:
    """How samples in each position differ from their plates' medians; blank over fewer than `minimum` plates.

    Parameters
    ----------
    grid : what `positions` returns.
    """
    axis.set_title("Samples by place\non the plate", pad=16)
    if not np.isfinite(grid).any():
        axis.set_axis_off()
        text = "\n".join(sheet.wrapped(f"fewer than {minimum} plates with samples in one place", 1.2))
        axis.text(0.5, 0.5, text, ha="center", va="center", transform=axis.transAxes)
        return None
    return _draw_map(axis, grid, norm)


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


def _draw_map(axis: plt.Axes, grid: np.ndarray, norm: TwoSlopeNorm) -> QuadMesh:
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
    letters, numbers = [0, rows - 1], [0, columns - 1]
    axis.set_yticks(
        [*(k + 0.5 for k in letters), below.mean()], [*(string.ascii_uppercase[k] for k in letters), "mean"]
    )
    axis.set_xticks([k + 0.5 for k in numbers], [str(k + 1) for k in numbers])
    axis.xaxis.tick_top()
    axis.tick_params(length=0, pad=1)
    axis.grid(False)
    for side in axis.spines.values():
        side.set_visible(False)
    return drawn


def _looks(plates: pd.DataFrame) -> _Looks:
    """A colour for each cohort and analyte."""
    return dict.fromkeys(zip(plates["cohort"], plates["analyte"], strict=True), _SERIES)


def _drawn(plates: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The plates of a cohort and analyte that are drawn, and that they are one in how many."""
    every = max(1, -(-len(plates) // _DRAWN_PLATES))
    failed = plates["failed"].notna()
    few = failed & (failed.cumsum() <= _DRAWN_PLATES)
    return plates[few | (~failed & (np.arange(len(plates)) % every == 0))], every


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
    return f"standard ({', '.join(by_unit)})"


def _log_x(axis: plt.Axes) -> None:
    """Powers of ten on the axis of concentrations, if anything is drawn on it."""
    if not np.isfinite(axis.xaxis.get_minpos()):
        axis.set_xticks([])
        return
    axis.set_xscale("log")
    axis.autoscale_view()
    low, high = axis.get_xlim()
    axis.xaxis.set_major_locator(LogLocator(subs=(1.0,) if high > 100 * low else (1.0, 3.0), numticks=4))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.xaxis.set_minor_locator(NullLocator())


def _note(axis: plt.Axes, text: str) -> None:
    axis.annotate(
        "\n".join(sheet.wrapped(text, 1.2)), (0, 1), xycoords="axes fraction", xytext=(3, -2),
        textcoords="offset points", ha="left", va="top", color="0.25", linespacing=1.05, zorder=5,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.5},
    )  # fmt: skip


def _legend() -> list[plt.Line2D]:
    return [
        plt.Line2D([], [], color=_SERIES, marker="o", linewidth=1, label="plate that passed, its standards"),
        plt.Line2D([], [], color=_BAD, marker="x", linestyle=(0, (4, 2)), label="failed plate or standard"),
        plt.Line2D([], [], color=_BAD, marker="o", markerfacecolor="none", markersize=8, linestyle="none",
                   label="control out of its range (grey)"),
        plt.Line2D([], [], color=_LIMIT, linestyle="--", linewidth=1, label="limit of error"),
    ]  # fmt: skip


def balance(study: Study) -> Drawn:
    """Effects per effect allele on the molecules and the balance, and complexes by genotype.

    A panel for each analysis, percent with 95 % intervals for each cohort that has an estimate; behind those
    of the balance, a band over the estimates by all choices of constants. Below, a panel for each cohort:
    geometric means of the active and the buffered complex by genotype with 95 % intervals, and the share that
    sgp130 binds. What has few people is not drawn.
    """
    sensitivity, means, minimum = study.table(SENSITIVITY), study.table(GENOTYPE_MEANS), study.minimum
    effects = words.shown_effects(study.table(ESTIMATES), minimum)
    effects = effects[effects["analysis"].isin(ANALYSES)]
    balanced = effects["analysis"].isin([name for name, (_, predicted) in ANALYSES.items() if predicted])
    if not balanced.any():
        return drawing.words(words.NO_BALANCE)
    page = sheet.Sheet()
    alleles = set(effects["effect_allele"])
    page.text(f"Effect of each {alleles.pop() if len(alleles) == 1 else 'effect'} allele", bold=True)
    others = {name: specifications.other_constants(sensitivity, name, minimum) for name in ANALYSES}
    drawn = [_forests(page, effects, others)]
    shown = words.shown_means(means, minimum)
    drawn_outcomes = [outcome for outcome, _ in _COMPLEXES.values()]
    shown = shown[shown["outcome"].isin(drawn_outcomes) & privacy.enough(shown["participants"], minimum)]
    cohorts = [one for one in dict.fromkeys(effects["cohort"]) if (shown["cohort"] == one).any()]
    if cohorts:
        page.text("Predicted complexes by genotype (pM), and above them the share bound by sgp130", bold=True)
        drawn.append(_all_complexes(page, cohorts, shown, means, minimum))
    few = [f"{cohort} {genotype}" for cohort in cohorts for genotype in _few(means, cohort, minimum)]
    if few:
        page.text(f"Not drawn, since they have under {privacy.step(minimum)} people: {', '.join(few)}.")
    page.legend(_marks(complexes=bool(cohorts)))
    return Drawn(page.done(), pd.concat(drawn, ignore_index=True))


def _forests(page: sheet.Sheet, effects: pd.DataFrame, constants: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """A panel for each analysis with an axis of its own; returns what they show."""
    names = [name for name in ANALYSES if (effects["analysis"] == name).any()]
    cohorts = list(dict.fromkeys(effects["cohort"]))
    left = sheet.widest(cohorts, 1.3) + 0.14
    height = _ROW * len(cohorts) + 0.1
    columns = min(_COLUMNS, len(names))
    axes = page.panels(len(names), columns, height, left=left, between=0.14, above=0.4, below=0.42)
    found = []
    for place, (axis, name) in enumerate(zip(axes, names, strict=True)):
        rows = effects[effects["analysis"] == name].copy()
        rows["y"] = [cohorts.index(cohort) for cohort in rows["cohort"]]
        own = constants[name].groupby("cohort")["percent"].agg(["min", "max"]).reindex(rows["cohort"])
        rows["constants_low"], rows["constants_high"] = own["min"].to_numpy(float), own["max"].to_numpy(float)
        axis.hlines(
            rows["y"], rows["constants_low"], rows["constants_high"], color=_SERIES, linewidth=8, alpha=0.28
        )
        axis.hlines(rows["y"], rows["percent_low"], rows["percent_high"], color=_SERIES, linewidth=1.8)
        axis.plot(rows["percent"], rows["y"], "o", color=_SERIES)
        axis.axvline(0, color="grey", linewidth=1, linestyle=":")
        value, low, high = (rows[f"percent{end}"].to_numpy(dtype=float) for end in ("", "_low", "_high"))
        reach = rows[["constants_low", "constants_high"]].to_numpy(float).ravel()
        axis.set_xlim(*drawing.span(value, low, high, (0, *reach)))
        axis.set_ylim(len(cohorts) - 0.4, -0.6)
        axis.set_yticks(range(len(cohorts)), [sheet.fitted(cohort, 1.3, lines=1) for cohort in cohorts])
        if place % columns:
            axis.tick_params(axis="y", labelleft=False)
        axis.set_title(ANALYSES[name][0], loc="left", linespacing=1.05)
        axis.set_xlabel("difference (%)")
        axis.xaxis.set_major_formatter(FuncFormatter(signed))
        axis.locator_params(axis="x", nbins=4)
        axis.grid(False, axis="y")
        found.append(rows.assign(what="effect per allele"))
    columns_of = ["percent", "percent_low", "percent_high", "constants_low", "constants_high"]
    return pd.concat(found)[["what", "cohort", "analysis", *columns_of]]


def _all_complexes(
    page: sheet.Sheet, cohorts: list[str], shown: pd.DataFrame, means: pd.DataFrame, minimum: int
) -> pd.DataFrame:
    """A panel for each cohort, all with one axis; returns what they show."""
    rows = shown[shown["cohort"].isin(cohorts)]
    values = rows[["geometric_mean", "ci_low", "ci_high"]].to_numpy(float)
    low, high = np.nanmin(values), np.nanmax(values)
    # The uppermost part, in which the shares stand, is free of points.
    low, high = low / (high / low) ** 0.06, high * (high / low) ** 0.2
    columns = min(_COLUMNS, max(len(cohorts), 2))
    axes = page.panels(len(cohorts), columns, 1.9, left=0.62, between=0.14, above=0.26, below=0.36)
    for place, (axis, cohort) in enumerate(zip(axes, cohorts, strict=True)):
        shares = words.buffered_shares(means[means["cohort"] == cohort], minimum)
        _complexes(axis, rows[rows["cohort"] == cohort], shares)
        axis.set_ylim(low, high)
        page.title(axis, cohort, bold=False)
        if place % columns:
            axis.tick_params(axis="y", labelleft=False)
    names = ["cohort", "outcome", "genotype", "geometric_mean", "ci_low", "ci_high"]
    return rows.assign(what="complex")[["what", *names]]


def _complexes(axis: plt.Axes, means: pd.DataFrame, shares: pd.DataFrame) -> None:
    """Active and buffered complex by genotype; the share that is bound stands above."""
    order = list(dict.fromkeys(means["genotype"]))
    for outcome, marker in _COMPLEXES.values():
        rows = means[means["outcome"] == outcome]
        x = np.array([order.index(genotype) for genotype in rows["genotype"]])
        axis.plot(x, rows["geometric_mean"], color=_SERIES, linewidth=0.8, alpha=0.6)
        axis.vlines(x, rows["ci_low"], rows["ci_high"], color=_SERIES, linewidth=1.8)
        axis.plot(x, rows["geometric_mean"], marker, color=_SERIES, linestyle="none", markeredgewidth=1.4,
                  markerfacecolor=_SERIES if marker == "o" else "white")  # fmt: skip
    axis.set_yscale("log")
    axis.set_xticks(range(len(order)), order)
    axis.set_xlim(-0.6, len(order) - 0.4)
    axis.grid(False, axis="x")
    for row in shares.itertuples():
        axis.annotate(
            words.share_text(row.share), (order.index(row.genotype), 1), ha="center", va="top",
            xycoords=("data", "axes fraction"), xytext=(0, -3), textcoords="offset points",
        )  # fmt: skip
    axis.yaxis.set_major_locator(LogLocator(subs=(1.0,)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_locator(NullLocator())


def _few(means: pd.DataFrame, cohort: str, minimum: int) -> list[str]:
    """The genotypes of a cohort that some people have, but fewer than may be shown."""
    own = means[(means["cohort"] == cohort) & means["outcome"].isin(words.BALANCE)]
    few = own[own["participants"].between(1, privacy.step(minimum) - 1)].sort_values("copies")
    return list(dict.fromkeys(few["genotype"]))


def _marks(*, complexes: bool) -> list[Any]:
    marks: list[Any] = [
        plt.Line2D([], [], color=_SERIES, marker="o", linewidth=1.8, label="effect, 95 % interval"),
        plt.Line2D([], [], color=_SERIES, linewidth=8, alpha=0.3, solid_capstyle="butt",
                   label="range over other constants"),
    ]  # fmt: skip
    if not complexes:
        return marks
    return marks + [
        plt.Line2D([], [], color=_SERIES, marker=marker, linestyle="none", label=name,
                   markerfacecolor=_SERIES if marker == "o" else "white")
        for name, (_, marker) in _COMPLEXES.items()
    ]  # fmt: skip
