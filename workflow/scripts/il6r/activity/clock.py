"""What time was it where the participant was?

A device's clock runs on: one that was set to local time is an hour off after clocks were changed. Its
times become UTC by the zone's offset at the recording's start, and local by the offset at each moment.
A start in the hour that clocks repeat counts as its first occurrence, and one in the hour that they skip
as not yet changed, as if the device had been set up before the change. Without a time zone the device's
clock is taken as it is.
"""

import datetime
import zoneinfo

import numpy as np

from il6r.activity.accelerometry import Epochs
from il6r.errors import InputError

DAY_S = 86_400
_UTC = datetime.UTC


def find_zone(name: str | None) -> datetime.tzinfo:
    """The time zone called `name` in the IANA database; for None the one that changes nothing.

    Raises
    ------
    InputError : there is no such zone.
    """
    if name is None:
        return _UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            f"config, activity.time_zone '{name}'",
            "it is not in the IANA database",
            "write for instance Europe/London",
        ) from error


def start_utc(epochs: Epochs, zone: datetime.tzinfo) -> int:
    """When the first epoch began, seconds since 1970-01-01 UTC (on the device's clock without a zone)."""
    return epochs.start if epochs.utc else to_utc(epochs.start, zone)


def local_seconds(epochs: Epochs, time_zone: str | None) -> np.ndarray:
    """Local time at each epoch's start: int64, seconds since 1970-01-01 as clocks on the wall showed it."""
    zone = find_zone(time_zone)
    return local_times(start_utc(epochs, zone), epochs.seconds, len(epochs.enmo_mg), zone)


def local_times(start: int, seconds: int, count: int, zone: datetime.tzinfo) -> np.ndarray:
    """Local times of `count` moments, each `seconds` after the one before, from `start` (UTC) on.

    Returns
    -------
    int64, seconds since 1970-01-01 as clocks on the wall showed it.
    """
    times = start + seconds * np.arange(count, dtype=np.int64)
    for begin, offset in _offsets(start, start + seconds * count, zone):
        # From the first moment at or after the change.
        times[-(-(begin - start) // seconds) :] += offset
    return times


def to_utc(local: int, zone: datetime.tzinfo) -> int:
    """When clocks on the wall showed `local`, for the first time or as if not yet changed."""
    return round(_wall(local).replace(tzinfo=zone).timestamp())


def midnight(moment: int, zone: datetime.tzinfo, *, days: int = 0) -> int:
    """When the local day of `moment` began, or the one so many days later; UTC as `moment`."""
    day = datetime.datetime.fromtimestamp(moment, zone).date() + datetime.timedelta(days=days)
    return round(datetime.datetime.combine(day, datetime.time(), zone).timestamp())


def is_skipped(local: int, zone: datetime.tzinfo) -> bool:
    """Whether clocks on the wall never showed `local`, since they were set forward."""
    there_and_back = datetime.datetime.fromtimestamp(to_utc(local, zone), zone).replace(tzinfo=None)
    return there_and_back != _wall(local)


def _wall(local: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(local, _UTC).replace(tzinfo=None)


def _offsets(start: int, end: int, zone: datetime.tzinfo) -> list[tuple[int, int]]:
    """Changes of the offset from UTC: from when on, and by how much; the first, from 0, at `start`."""
    known = _offset(start, zone)
    found = [(start, known)]
    # No zone changes twice within a day, so that a change is found by halving.
    for moment in range(start + DAY_S, end + DAY_S, DAY_S):
        offset = _offset(moment, zone)
        if offset != known:
            early, late = moment - DAY_S, moment
            while late - early > 1:
                middle = (early + late) // 2
                early, late = (early, middle) if _offset(middle, zone) == offset else (middle, late)
            found.append((late, offset - known))
            known = offset
    return found


def _offset(moment: int, zone: datetime.tzinfo) -> int:
    offset = datetime.datetime.fromtimestamp(moment, zone).utcoffset()
    # A moment that was made in a zone has an offset.
    assert offset is not None
    return round(offset.total_seconds())
