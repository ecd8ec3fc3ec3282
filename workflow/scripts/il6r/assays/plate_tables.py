"""What should a reader see of the plates: curves, standards, controls, and the wells where they lie?"""

import numpy as np
import pandas as pd

from il6r.assays import replicates
from il6r.assays.plate_curves import Plates, Readings

# Rows and columns of the formats of plates.
_FORMATS = ((8, 12), (16, 24))
# Wells that differ by 5 % tell an effect to within 5 % (standard error) from so many squares of contrast.
_LEAST_CONTRAST = 1.0


def plate_table(
    wells: pd.DataFrame,
    readings: Readings,
    plates: Plates,
    cv: pd.DataFrame,
    corrected: bool,
) -> pd.DataFrame:
    """`PLATES` without `analyte`.

    Parameters
    ----------
    cv : as `dilutions.measure` gives it, of samples.
    corrected : whether plates were corrected by bridging.
    """
    n, failed = len(plates.names), plates.failed.astype(bool)
    a, d, log_c, log_b, log_g = np.where(failed[:, None], np.nan, plates.curves.parameters).T
    role, number = wells["role"].to_numpy(), pd.Series(readings.plate)
    samples = wells["name"].where(role == "sample").groupby(number).nunique()
    blank = wells["od"].where(role == "blank").groupby(number).mean()
    edge, drift = _position(wells, readings, failed)
    judged = plates.level > 0
    return pd.DataFrame(
        {
            "plate": plates.names,
            "place": np.arange(1, n + 1),
            "model": np.where(failed, np.array(None), plates.curves.model),
            "a": a,
            "b": np.exp(log_b),
            "c": np.exp(log_c),
            "d": d,
            "g": np.exp(log_g),
            "standards": judged.sum(axis=1),
            "standards_passing": (plates.passing & judged).sum(axis=1),
            "lloq": np.where(failed, np.nan, plates.lloq),
            "uloq": np.where(failed, np.nan, plates.uloq),
            "blank_od": blank.reindex(range(n)).to_numpy(),
            "samples": samples.reindex(range(n), fill_value=0).to_numpy(),
            "median_cv_percent": cv.groupby("plate")["cv_percent"].median().reindex(range(n)).to_numpy(),
            "edge_percent": edge,
            "drift_percent": drift,
            "bridging_factor": np.where(failed | (not corrected), np.nan, plates.factor),
            "failed": plates.failed,
        }
    ).astype({name: "Int64" for name in ("place", "standards", "standards_passing", "samples")})


def standard_table(plates: Plates, fitted_od: np.ndarray) -> pd.DataFrame:
    """`STANDARDS` without `analyte`.

    A standard of concentration 0 cannot be given back; it passes if its plate has a curve.
    """
    plate, level = np.nonzero(~np.isnan(plates.level))
    there = plate, level
    zero = (plates.level[there] == 0) & ~plates.curves.failed[plate].astype(bool)
    return pd.DataFrame(
        {
            "plate": plates.names[plate],
            "concentration": plates.level[there],
            "od": plates.level_od[there],
            "fitted_od": fitted_od[there],
            "back_calculated": plates.back[there],
            "error_percent": plates.error_percent[there],
            "passing": plates.passing[there] | zero,
        }
    )


def control_table(wells: pd.DataFrame, readings: Readings, plates: Plates) -> pd.DataFrame:
    """`CONTROLS` without `analyte`: controls, and bridges by number, which have no range.

    A control is read beyond the range of quantification too, as far as the curve goes; beyond that it has no
    concentration and is out of its range. Bridging does not change it.
    """
    own = np.flatnonzero(wells["role"].isin(["control", "bridge"]))
    frame, plate = wells.loc[own], readings.plate[own]
    group = replicates.codes(frame, ["plate", "role", "name"])
    first = np.unique(group, return_index=True)[1]
    known = np.isfinite(readings.log_x[own]) & ~plates.failed[plate].astype(bool)
    x = np.exp(np.where(known, readings.log_x[own], 0.0)) * frame["dilution"].to_numpy(float)
    n, mean, squares = replicates.means(x, group)
    whole = np.bincount(group, ~known) == 0
    concentration = np.where(whole, mean, np.nan)
    heads, on = frame.iloc[first], plate[first]
    bridge = (heads["role"] == "bridge").to_numpy()
    numbers = pd.Series(pd.factorize(heads["name"].where(bridge))[0] + 1, index=heads.index)
    low, high = heads["low"].to_numpy(float), heads["high"].to_numpy(float)
    ranged = ~(np.isnan(low) & np.isnan(high)) & ~plates.failed[on].astype(bool)
    inside = (concentration >= np.nan_to_num(low, nan=0.0)) & (
        concentration <= np.nan_to_num(high, nan=np.inf)
    )
    table = pd.DataFrame(
        {
            "plate": plates.names[on],
            "place": pd.array(on + 1, dtype="Int64"),
            "control": heads["name"].where(~bridge, "bridge " + numbers.astype(str)).to_numpy(),
            "concentration": concentration,
            "low": low,
            "high": high,
            "in_range": pd.array(inside, dtype="boolean"),
            "cv_percent": np.where(whole, replicates.cv_percent(n, mean, squares), np.nan),
        }
    )
    table["in_range"] = table["in_range"].where(ranged)
    return table


def well_table(wells: pd.DataFrame, readings: Readings, plates: Plates, rejected: np.ndarray) -> pd.DataFrame:
    """`WELLS` without `analyte`.

    Concentrations are the wells' times dilution, before bridging, and those of the limits where wells are
    beyond them; blanks, standards of 0 and wells of failed plates have none.
    """
    failed = plates.failed[readings.plate].astype(bool)
    none = failed | ((wells["role"] == "blank") | (wells["concentration"] == 0)).to_numpy()
    table = wells[["plate", "row", "column", "role", "od"]].copy()
    table.insert(1, "place", pd.array(readings.plate + 1, dtype="Int64"))
    table["concentration"] = np.where(none, np.nan, readings.clipped * wells["dilution"].to_numpy(float))
    table["rejected"] = rejected
    return table.astype({"row": "Int64", "column": "Int64"})


def _position(wells, readings: Readings, failed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How much more outer wells read than inner ones, and the last column than the first, percent.

    From wells of the same content only, since samples differ by themselves: least squares of ln concentration
    on being an outer well and on the column, within each standard, control, bridge, and sample at one
    dilution, of wells within range. NaN where replicates do not lie so that they could tell.
    """
    plates, known = len(failed), (wells["role"] != "blank") & (wells["concentration"] != 0)
    own = np.flatnonzero(known.to_numpy() & (readings.state == 0) & ~failed[readings.plate])
    plate = readings.plate[own]
    row, column = (wells[name].to_numpy(np.int64) for name in ("row", "column"))
    large = np.zeros(plates, dtype=bool)
    np.logical_or.at(large, readings.plate, (row >= _FORMATS[0][0]) | (column >= _FORMATS[0][1]))
    rows, columns = np.where(large[:, None], _FORMATS[1], _FORMATS[0]).T
    row, column = row[own], column[own]
    outer = (row == 0) | (column == 0) | (row == rows[plate] - 1) | (column == columns[plate] - 1)
    group = replicates.codes(wells.iloc[own], ["plate", "role", "name", "concentration", "dilution"])

    def within(values):
        """Differences from the mean of each group."""
        return values - replicates.means(values, group)[1][group]

    # Columns as parts of the way from the first to the last.
    across = column / (columns[plate] - 1)
    x, c, y = (within(values.astype(float)) for values in (outer, across, readings.log_x[own]))
    xx, cc, xc, xy, cy = (np.bincount(plate, v, plates) for v in (x * x, c * c, x * c, x * y, c * y))
    edge, drift = _given(xx, cc, xc, xy, cy), _given(cc, xx, xc, cy, xy)
    return 100 * np.expm1(edge), 100 * np.expm1(drift)


def _given(own: np.ndarray, other: np.ndarray, both: np.ndarray, own_y: np.ndarray, other_y: np.ndarray):
    """Slopes on one of two variables given the other, from sums of their products.

    NaN where that is too little to tell.
    """
    share = np.divide(both, other, out=np.zeros(len(own)), where=other > 0)
    left = own - share * both
    enough = left >= _LEAST_CONTRAST
    return np.divide(own_y - share * other_y, left, out=np.full(len(own), np.nan), where=enough)
