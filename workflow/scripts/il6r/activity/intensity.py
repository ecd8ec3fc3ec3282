"""How intense is activity: from where on is it moderate, what is a bout, how is time spread?"""

import re
from dataclasses import dataclass

import numpy as np

from il6r.errors import InputError, quoted, shown
from il6r.user_tables.table import read_table

# Rowlands 2018 (doi 10.1249/MSS.0000000000001561) counts time in bins of 25 mg up to 4,000 mg; what
# lies above is one bin up to the 8,000 mg that wrist-worn devices measure.
_BIN_MG, _BINS_TO_MG, _HIGHEST_MG = 25.0, 4000.0, 8000.0
_N_BINS = int(_BINS_TO_MG / _BIN_MG) + 1
_LOG_MIDDLE_MG = np.log(
    np.append(np.arange(_N_BINS - 1) * _BIN_MG + _BIN_MG / 2, (_BINS_TO_MG + _HIGHEST_MG) / 2)
)
# A bout goes on over a pause of at most a minute, as in GGIR.
_LONGEST_PAUSE_S = 60


@dataclass(frozen=True)
class CutPoints:
    """Accelerations (ENMO) from which an epoch is light, moderate and vigorous activity, mg."""

    name: str
    device: str
    site: str
    population: str
    light_mg: float
    moderate_mg: float
    vigorous_mg: float
    source: str


def load(path) -> dict[str, CutPoints]:
    """Read `resources/cut_points.tsv` into cut points by name, in the file's order.

    Raises
    ------
    InputError : what `read_table` raises; a name twice or not of the form that column names have; cut
        points that do not increase.
    """
    texts = ("name", "device", "site", "population", "source")
    levels = ("light_mg", "moderate_mg", "vigorous_mg")
    table = read_table(path, (*texts, *levels))
    rows = {text: table.filled(text) for text in texts}
    for level in levels:
        table.filled(level)
        rows[level] = table.numbers(level, 0, _HIGHEST_MG)
    found: dict[str, CutPoints] = {}
    for line in table.frame.index:
        row = CutPoints(**{name: column[line] for name, column in rows.items()})
        if not re.fullmatch(r"[a-z][a-z0-9_]*", row.name) or row.name in found:
            raise InputError(
                f"{path}, line {line}",
                f"the name {quoted(row.name)} is there twice or has other characters than a-z, 0-9 and _",
                "give each set of cut points a name of its own, which becomes part of a column's name",
            )
        if not 0 < row.light_mg < row.moderate_mg < row.vigorous_mg:
            raise InputError(
                f"{path}, line {line}",
                f"{row.light_mg:g}, {row.moderate_mg:g} and {row.vigorous_mg:g} mg do not increase",
                "correct them",
            )
        found[row.name] = row
    return found


def choose(cut_points: dict[str, CutPoints], name: str) -> CutPoints:
    """The cut points called `name`; InputError if there are none."""
    if name not in cut_points:
        raise InputError(
            f"config, activity.cut_points '{name}'",
            "they are not in resources/cut_points.tsv",
            f"use one of {shown(cut_points, 10)}, or add them there with their source",
        )
    return cut_points[name]


def in_bouts(active: np.ndarray, seconds: int, bout_min: float, bout_share: float) -> np.ndarray:
    """Which epochs belong to a bout of activity.

    A stretch of `bout_min` is part of a bout if at least `bout_share` of its epochs are active and it
    does not hold the middle of a pause of more than a minute. Overlapping stretches are one bout, from
    its first active epoch to its last; pauses within it count. This is how GGIR 3 counts bouts, except
    that it looks at every day on its own and here a bout may go on over midnight.

    Parameters
    ----------
    active : bool, consecutive epochs; False where nothing is known.
    seconds : length of an epoch.
    bout_min : shortest bout, minutes.
    bout_share : 0 to 1.

    Returns
    -------
    bool, as long as `active`.
    """
    length = max(1, round(bout_min * 60 / seconds))
    bouts = np.zeros(len(active), dtype=bool)
    if len(active) < length:
        return bouts
    # A window with one middle of a pause in it cannot reach its share.
    score = active.astype(np.int32)
    pause = _LONGEST_PAUSE_S // seconds + 1
    score[np.flatnonzero(_window_sums(score, pause) == 0) + (pause - 1) // 2] = -length
    # Shares as 0.8 are not exact in binary.
    starts = np.flatnonzero(_window_sums(score, length) >= bout_share * length - 1e-9)
    if not len(starts):
        return bouts
    apart = np.diff(starts) > length
    first = starts[np.append(True, apart)]
    last = starts[np.append(apart, True)] + length - 1
    where = np.flatnonzero(active)
    first = where[np.searchsorted(where, first)]
    last = where[np.searchsorted(where, last, side="right") - 1]
    for begin, end in zip(first, last, strict=True):
        bouts[begin : end + 1] = True
    return bouts


def intensity_gradient(enmo_mg: np.ndarray) -> float:
    """How fast time falls with intensity: the slope of log time over log intensity.

    Parameters
    ----------
    enmo_mg : known epochs of one day.

    Returns
    -------
    The least-squares slope over the bins of 25 mg in which there is any time, by their middles; NaN where
    there are fewer than two. A number below 0; nearer to 0 the more of the time is intense.

    References
    ----------
    Rowlands 2018, doi 10.1249/MSS.0000000000001561.
    """
    bins = np.minimum(enmo_mg / _BIN_MG, _N_BINS - 1).astype(np.intp)
    counts = np.bincount(bins, minlength=_N_BINS)
    used = counts > 0
    if used.sum() < 2:
        return np.nan
    intensity, time = _LOG_MIDDLE_MG[used], np.log(counts[used])
    intensity = intensity - intensity.mean()
    return float(intensity @ (time - time.mean()) / (intensity @ intensity))


def _window_sums(values: np.ndarray, length: int) -> np.ndarray:
    """Sums of all `length` consecutive values, by the first one's place."""
    sums = np.zeros(len(values) + 1, dtype=np.int32)
    np.cumsum(values, out=sums[1:])
    return sums[length:] - sums[:-length]
