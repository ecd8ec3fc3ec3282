"""What did each calendar day of a recording hold?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from il6r.activity import clock, intensity
from il6r.activity.accelerometry import Epochs, Processing
from il6r.activity.intensity import CutPoints

# GGIR looks for the least and most active hours in steps of ten minutes (its M5L5res).
STEP_S = 600
STEPS = clock.DAY_S // STEP_S
_STEPS_AN_HOUR = 3600 // STEP_S
_LEAST_ACTIVE_H, _MOST_ACTIVE_H = 5, 10
# As much of a window must be known as GGIR's default wants of a day: 16 of 24 hours.
_KNOWN_SHARE = 2 / 3
_HOURS = tuple(f"h{hour:02d}_mg" for hour in range(24))
_COLUMNS = (
    "recorded_h", "wear_h", "enmo_mg", "enmo_not_imputed_mg", "sedentary_min_per_day",
    "light_min_per_day", "mvpa_min_per_day", "vigorous_min_per_day", "mvpa_bouts_min_per_day",
    "intensity_gradient", "l5_mg", "l5_start_h", "m10_mg", "m10_start_h", *_HOURS, "other_value",
)  # fmt: skip


@dataclass
class _Calendar:
    """A recording's epochs from the midnight before the first to the one after the last, by local time.

    Attributes
    ----------
    dates : ISO text, one a day.
    edges : the first epoch of each day, and the end.
    step : which ten minutes by the clock each epoch is in: `STEPS` to a day, days one after the other.
    slot : clock time of each epoch, in epochs from midnight.
    value : the measure while worn, else NaN.
    recorded, worn : bool.
    """

    dates: np.ndarray
    edges: np.ndarray
    step: np.ndarray
    slot: np.ndarray
    value: np.ndarray
    recorded: np.ndarray
    worn: np.ndarray


def summarise_days(epochs: Epochs, processing: Processing, cut_points: dict[str, CutPoints]) -> pd.DataFrame:
    """Describe every calendar day, by local time, on which something was recorded.

    With imputation "clock_time", epochs of these days that were not worn or not recorded are imputed
    (`impute`); with "none" they are left out. Minutes are those of epochs with a value: levels of a day
    add up to what is known of it, at most 23, 24 or 25 hours.

    Parameters
    ----------
    epochs : one recording.
    cut_points : all sets; minutes are counted by `processing.cut_points`, MVPA by every set as well.

    Returns
    -------
    One row per day: the columns of `DAYS_READ` without participant, file and line, and
    mvpa_min_<set> for every set of cut points. A measure in another unit than mg has recorded_h, wear_h
    and other_value only.

    Raises
    ------
    InputError : a time zone or cut points that do not exist.
    """
    chosen = intensity.choose(cut_points, processing.cut_points)
    calendar = _on_calendar(epochs, processing.time_zone)
    value = calendar.value
    if processing.imputation == "clock_time":
        value = impute(value, calendar.slot)
    known = ~np.isnan(value)
    bouts = np.zeros(0, dtype=bool)
    if epochs.unit == "mg":
        bouts = intensity.in_bouts(
            value >= chosen.moderate_mg, epochs.seconds, processing.bout_min, processing.bout_share
        )
    rows = []
    for begin, end in zip(calendar.edges[:-1], calendar.edges[1:], strict=True):
        day = slice(begin, end)
        row: dict[str, float] = {
            "recorded_h": np.count_nonzero(calendar.recorded[day]) * epochs.seconds / 3600,
            "wear_h": np.count_nonzero(calendar.worn[day]) * epochs.seconds / 3600,
        }
        values = value[day][known[day]]
        if epochs.unit != "mg":
            row["other_value"] = _mean(values)
        elif len(values):
            row |= _levels(values, epochs.seconds, chosen, cut_points)
            row["enmo_not_imputed_mg"] = _mean(calendar.value[day][calendar.worn[day]])
            row["mvpa_bouts_min_per_day"] = np.count_nonzero(bouts[day]) * epochs.seconds / 60
        rows.append(row)
    names = [*_COLUMNS, *(f"mvpa_min_{name}" for name in cut_points)]
    columns: dict[str, Sequence[float] | np.ndarray] = {
        name: [row.get(name, np.nan) for row in rows] for name in names
    }
    if epochs.unit == "mg":
        columns |= _course(calendar, value, known)
    # One block of numbers is made faster than fifty columns.
    numbers = np.column_stack(list(columns.values()))
    there = numbers[:, names.index("recorded_h")] > 0
    table = pd.DataFrame(numbers[there], columns=names)
    table.insert(0, "date", calendar.dates[there])
    return table


def impute(value: np.ndarray, slot: np.ndarray) -> np.ndarray:
    """Missing epochs filled with the mean of those at the same clock time.

    As in UK Biobank (Doherty 2017, doi 10.1371/journal.pone.0169649) and GGIR, but what has no value on
    any day stays missing, where GGIR puts 0.

    Parameters
    ----------
    value : NaN where missing.
    slot : clock time of each epoch, in epochs from midnight.
    """
    missing = np.isnan(value)
    if not missing.any():
        return value
    counts = np.bincount(slot, weights=~missing)
    sums = np.bincount(slot, weights=np.where(missing, 0.0, value))
    filled = value.copy()
    filled[missing] = _quotient(sums, counts)[slot[missing]]
    return filled


def extreme_windows(
    sums: np.ndarray, counts: np.ndarray, expected: np.ndarray, hours: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The least and the most active `hours` in a row of each day, as GGIR's L and M.

    Windows begin every ten minutes and go on from the day's end to its beginning, since nobody's day is
    cut at midnight. One counts if two thirds of its epochs are known; of windows that are equal, the
    middle one is given.

    Parameters
    ----------
    sums, counts, expected : days x 144; sum and number of known epochs, and the number of epochs, of each
        ten minutes by the clock.
    hours : length of a window.

    Returns
    -------
    Each day's lowest window mean, the hour (0 to 24) at which it begins, the highest mean and its hour;
    NaN where no window counts.
    """
    length = round(hours * _STEPS_AN_HOUR)

    def around(steps):
        """Sums over the window that begins with each step."""
        turned = np.concatenate([steps, steps[:, : length - 1]], axis=1)
        return np.lib.stride_tricks.sliding_window_view(turned, length, axis=1).sum(axis=2)

    n_known, n_all = around(counts), around(expected)
    means = np.where(n_known >= _KNOWN_SHARE * np.maximum(n_all, 1), _quotient(around(sums), n_known), np.nan)
    return *_extreme(means, np.fmin), *_extreme(means, np.fmax)


def _on_calendar(epochs: Epochs, time_zone: str | None) -> _Calendar:
    zone = clock.find_zone(time_zone)
    start, count = clock.start_utc(epochs, zone), len(epochs.enmo_mg)
    end = clock.midnight(start + (count - 1) * epochs.seconds, zone, days=1)
    lead = (start - clock.midnight(start, zone)) // epochs.seconds
    start -= lead * epochs.seconds
    total = max(lead + count, (end - start) // epochs.seconds)
    local = clock.local_times(start, epochs.seconds, total, zone)
    first_day = local[0] // clock.DAY_S
    # Within a recording 32 bits are enough, and are divided faster.
    second = (local - first_day * clock.DAY_S).astype(np.int32)
    day = second // np.int32(clock.DAY_S)
    second -= day * np.int32(clock.DAY_S)
    # Clocks that go back over midnight (Newfoundland until 2011) do not bring the old day back.
    day = np.maximum.accumulate(day)
    n_days = int(day[-1]) + 1
    value, recorded, worn = np.full(total, np.nan), np.zeros(total, bool), np.zeros(total, bool)
    here = slice(lead, lead + count)
    recorded[here] = ~np.isnan(epochs.enmo_mg)
    worn[here] = epochs.worn & recorded[here]
    value[worn] = epochs.enmo_mg[worn[here]]
    return _Calendar(
        dates=np.datetime_as_string((first_day + np.arange(n_days)).astype("datetime64[D]")),
        edges=np.searchsorted(day, np.arange(n_days + 1)),
        step=day * np.int32(STEPS) + second // np.int32(STEP_S),
        slot=(second // np.int32(epochs.seconds)).astype(np.intp),
        value=value,
        recorded=recorded,
        worn=worn,
    )


def _levels(
    values: np.ndarray, seconds: int, chosen: CutPoints, cut_points: dict[str, CutPoints]
) -> dict[str, float]:
    """Mean, minutes by level and intensity gradient of one day's known epochs."""

    def minutes_from(mg):
        """Minutes at or above an acceleration."""
        return np.count_nonzero(values >= mg) * seconds / 60

    total = len(values) * seconds / 60
    light, moderate = minutes_from(chosen.light_mg), minutes_from(chosen.moderate_mg)
    return {
        "enmo_mg": _mean(values),
        "sedentary_min_per_day": total - light,
        "light_min_per_day": light - moderate,
        "mvpa_min_per_day": moderate,
        "vigorous_min_per_day": minutes_from(chosen.vigorous_mg),
        "intensity_gradient": intensity.intensity_gradient(values),
        **{f"mvpa_min_{name}": minutes_from(points.moderate_mg) for name, points in cut_points.items()},
    }


def _course(calendar: _Calendar, value: np.ndarray, known: np.ndarray) -> dict[str, np.ndarray]:
    """How activity goes over each day: least and most active hours, and means by clock hour."""
    # A step's epochs follow each other (on the day that repeats an hour, in two runs).
    starts = np.append(0, np.flatnonzero(calendar.step[1:] != calendar.step[:-1]) + 1)
    steps = calendar.step[starts]

    def by_step(values):
        """Sums of each ten minutes, days x 144."""
        of_runs = np.add.reduceat(values, starts, dtype=float)
        return np.bincount(steps, of_runs, len(calendar.dates) * STEPS).reshape(-1, STEPS)

    sums, counts = by_step(np.where(known, value, 0.0)), by_step(known)
    expected = by_step(np.ones_like(known))
    l5, l5_start, _, _ = extreme_windows(sums, counts, expected, _LEAST_ACTIVE_H)
    _, _, m10, m10_start = extreme_windows(sums, counts, expected, _MOST_ACTIVE_H)
    by_hour = (len(calendar.dates), 24, _STEPS_AN_HOUR)
    hourly = _quotient(sums.reshape(by_hour).sum(axis=2), counts.reshape(by_hour).sum(axis=2))
    return {
        "l5_mg": l5,
        "l5_start_h": l5_start,
        "m10_mg": m10,
        "m10_start_h": m10_start,
        **dict(zip(_HOURS, hourly.T, strict=True)),
    }


def _extreme(means: np.ndarray, smaller_or_larger: np.ufunc) -> tuple[np.ndarray, np.ndarray]:
    """The extreme of each row, and the hour at which the middle one of equal windows begins."""
    value, hour = smaller_or_larger.reduce(means, axis=1), np.full(len(means), np.nan)
    # Sums of the same epochs in another order differ in their last digits.
    equal = np.abs(means - value[:, None]) <= 1e-9 * (1 + value[:, None])
    for day, of_day in enumerate(equal):
        places = np.flatnonzero(of_day)
        if len(places):
            hour[day] = places[(len(places) - 1) // 2] / _STEPS_AN_HOUR
    return value, hour


def _quotient(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Means; NaN where nothing is counted."""
    return np.divide(sums, counts, out=np.full(np.shape(sums), np.nan), where=counts > 0)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else np.nan
