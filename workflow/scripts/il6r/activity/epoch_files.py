"""What epochs does a file of UK Biobank's field 90004, of GGIR's or of a plain table hold?"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from isal import igzip, isal_zlib

from il6r.activity import clock
from il6r.activity.accelerometry import Epochs
from il6r.activity.companions import metalong_of
from il6r.errors import InputError, quoted
from il6r.user_tables.table import read_table
from il6r.user_tables.text_encoding import first_line
from il6r.user_tables.text_tables import MISSING

# UK Biobank's field 90004: what its first column is called.
_MOMENT = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.0+)?(?:[+-]\d\d:?\d\d)?(?: \[[\w/+-]+\])?"
_HEADER_90004 = re.compile(
    # Behind a local time its fraction, its offset from UTC and its zone may stand.
    rf"acceleration \(mg\) - {_MOMENT} - {_MOMENT} - sampleRate = (\S+) seconds?",
    re.I,
)
# GGIR counts time as not worn from this non-wear score on, and as invalid above this share of clipped
# samples (its g.weardec).
_GGIR_NOT_WORN, _GGIR_CLIPPED = 2, 0.3
_SECONDS = (1, 60)
LONGEST_DAYS = 366
# The first accelerometers of this kind are younger.
_EARLIEST = int(np.datetime64("2000-01-01", "s").astype(np.int64))
_HIGHEST_MG = 8000
# Units are judged by recordings that were worn for as long as the shortest valid day in use. Over such a
# time nobody's mean is below 1 mg (a device's noise alone is more) or above 300 mg (the most active of
# 96,600 people in Doherty 2017, doi 10.1371/journal.pone.0169649, are below 100), and means of samples
# are not whole numbers.
_JUDGED_H, _LOW_MEAN_MG, _G_RANGE, _HIGH_MEAN_MG, _HIGH_WHOLE_MEAN_MG = 10, 1, 8, 300, 100
# How times are written.
_SUFFIX = re.compile(r"(?:\.0+)?(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d" + _SUFFIX.pattern)
_ISO_LENGTH = len("YYYY-MM-DD HH:MM:SS")
# Beyond any date, and still a number of seconds.
_LATEST = 1e15
_UNIX = re.compile(r"\d+(\.\d*)?([eE]\+?\d+)?")


@dataclass
class _Table:
    """Some of a file's columns.

    Attributes
    ----------
    columns : by our names, numbers as float64 with NaN for empty cells, texts as a pyarrow array.
    lines : each row's line in the file.
    """

    columns: dict[str, Any]
    lines: Sequence[int]


def read_epochs(
    path,
    form: str,
    *,
    epoch_s: int | None = None,
    columns: dict[str, str] | None = None,
    time_zone: str | None = None,
    unit: str = "mg",
    participant: str | None = None,
) -> Epochs:
    """Read one recording's epochs.

    Parameters
    ----------
    path : csv or tsv, gzip by name.
    form : "epochs_90004" (UK Biobank's field 90004: one value and whether it is imputed in a line, start,
        end and epoch length in the header), "ggir_epochs" (GGIR's metashort csv with its metalong csv
        beside it, ENMO in g; or its part 5 time series with timenum, ACC and invalidepoch) or "epochs"
        (`time`, `enmo_mg` or, for another unit, `other_value`, and one of `worn`, `imputed` and `nonwear`,
        0 or 1; a `participant` must be one).
    epoch_s : length that epochs must have, seconds; None takes what the file has.
    columns : our column name to the file's.
    time_zone : name in the IANA database; needed for times in UTC (Unix seconds, ISO with Z) and where the
        offset from UTC changes within the file.
    unit : "mg", or the unit of what the value column holds.
    participant : whom the file's name says; a column that says otherwise is refused.

    Returns
    -------
    Epochs on a regular grid; what the file leaves out is missing. Time that 90004 calls imputed is time
    not worn. A start that is not a multiple of the epoch's length is put back to one. Times without an
    offset are a device's clock, which does not jump.

    Raises
    ------
    InputError : what `read_table` raises; wear is unknown; times that repeat, go back, are off the grid, are
        not of this time or lack a zone; an epoch length that is no part of a day or other than
        `epoch_s`; a file that is shorter than its header says; two participants; a negative acceleration
        or more than 8,000 mg; values that look like g or counts.
    """
    if form == "epochs":
        return _read_plain(path, epoch_s, dict(columns or {}), time_zone, unit, participant)
    read = {"epochs_90004": _read_90004, "ggir_epochs": _read_ggir}[form]
    return read(path, epoch_s, dict(columns or {}), time_zone, unit)


def _read_90004(path, epoch_s, columns, time_zone, unit) -> Epochs:
    header = _read_header(path)
    match = _HEADER_90004.fullmatch(header[0][0])
    if not match:
        raise InputError(
            path,
            "its first column is not called 'acceleration (mg) - start - end - sampleRate = n seconds'",
            "give a file of UK Biobank's field 90004, or name the form it has in the config",
        )
    wanted = {"value": header[0][0], "imputed": columns.get("imputed", "imputed")}
    if wanted["imputed"] not in header[0]:
        raise _wear_unknown(path)
    table = _read_columns(path, header, wanted)
    value = table.columns["value"]
    worn = ~_read_flags(table, "imputed", value, path)
    first_line = f"{path}, line 1"
    start, end = (_iso_seconds(first_line, text) for text in match.groups()[:2])
    seconds = _epoch_length(first_line, match.group(3), epoch_s)
    announced = (end - start) // seconds + 1
    zone = clock.find_zone(time_zone)
    # A header that ends by clocks that were changed in between announces an hour too many or too few.
    by_clocks = (clock.to_utc(end, zone) - clock.to_utc(start, zone)) // seconds + 1
    if len(value) not in (announced, by_clocks):
        raise InputError(
            path,
            f"its header announces {announced:,} epochs and it has {len(value):,}",
            "copy or export it again" if len(value) < announced else "correct the times in its first line",
        )
    _refuse_dates(first_line, start, start + len(value) * seconds)
    _refuse_implausible(path, table.lines, value, worn, seconds, unit)
    return Epochs(start - start % seconds, seconds, np.array(value), worn & ~np.isnan(value), unit=unit)


def _read_plain(path, epoch_s, columns, time_zone, unit, participant) -> Epochs:
    header = _read_header(path)
    ours = ("time", "enmo_mg" if unit == "mg" else "other_value", "worn", "imputed", "nonwear", "participant")
    wanted = {name: columns.get(name, name) for name in ours}
    flags = [name for name in ("worn", "imputed", "nonwear") if wanted[name] in header[0]]
    flags = [name for name in flags if name in columns] or flags
    if not flags:
        raise _wear_unknown(path)
    if len(flags) > 1:
        raise InputError(
            path,
            f"it has a column '{wanted[flags[0]]}' and a column '{wanted[flags[1]]}'",
            "say which is meant under 'columns' in the config",
        )
    configured = [name for name in ours if name in columns]
    used = {name: wanted[name] for name in (*ours[:2], *configured, flags[0])}
    if wanted["participant"] in header[0]:
        used["participant"] = wanted["participant"]
    table = _read_columns(path, header, used, ("time", "participant"))
    _refuse_another_participant(table, path, participant)
    value = table.columns[ours[1]]
    worn = _read_flags(table, flags[0], value, path)
    worn = worn if flags[0] == "worn" else ~worn
    times = _read_times(table, path, time_zone)
    return _on_grid(path, table.lines, times, value, worn, epoch_s, time_zone, unit)


def _read_ggir(path, epoch_s, columns, time_zone, unit) -> Epochs:
    header = _read_header(path)
    measure = "enmo_mg" if unit == "mg" else "other_value"
    if "timenum" in header[0]:
        wanted = {"time": "timenum", "value": columns.get(measure, "ACC"), "nonwear": "invalidepoch"}
        if "invalidepoch" not in header[0]:
            raise _wear_unknown(path)
        table = _read_columns(path, header, wanted, ("time",))
        value = table.columns["value"]
        worn = ~_read_flags(table, "nonwear", value, path)
        times = _read_times(table, path, time_zone)
        return _on_grid(path, table.lines, times, value, worn, epoch_s, time_zone, unit)
    wanted = {"time": "timestamp", "value": columns.get(measure, "ENMO")}
    table = _read_columns(path, header, wanted, ("time",))
    # Accelerations are in g here, other measures as they are.
    value = table.columns["value"] * (1000 if unit == "mg" else 1)
    times = _read_times(table, path, time_zone)
    worn = _worn_by_windows(path, times, time_zone)
    return _on_grid(path, table.lines, times, value, worn, epoch_s, time_zone, unit)


def _worn_by_windows(path, times, time_zone) -> np.ndarray:
    """Wear by the longer windows that GGIR scores in the metalong file beside its metashort file."""
    moments, utc = times
    beside = metalong_of(path)
    if beside is None:
        raise InputError(
            path,
            "it does not say when the device was worn, and there is no metalong file beside it",
            "put GGIR's metalong csv there, under the same name but for that word",
        )
    header = _read_header(beside)
    wanted = {"time": "timestamp", "score": "nonwearscore"}
    if "clippingscore" in header[0]:
        wanted["clipped"] = "clippingscore"
    table = _read_columns(beside, header, wanted, ("time",))
    starts, starts_utc = _read_times(table, beside, time_zone)
    length = np.median(np.diff(starts)) if len(starts) > 1 else np.inf
    if starts_utc != utc:
        raise InputError(
            beside,
            f"its times are {'' if starts_utc else 'not '}in UTC, unlike those of the file it belongs to",
            "take both from one run of GGIR",
        )
    if (np.diff(starts) <= 0).any() or starts[0] > moments[-1] or starts[-1] + length <= moments[0]:
        raise InputError(
            beside,
            "its windows are not in order of time, or not of the time of the file it belongs to",
            "take both from one run of GGIR",
        )
    # A score that is missing is no wear; one of -1 marks what was added to the recording.
    worn = (table.columns["score"] >= 0) & (table.columns["score"] < _GGIR_NOT_WORN)
    if "clipped" in wanted:
        worn &= ~(table.columns["clipped"] > _GGIR_CLIPPED)
    window = np.searchsorted(starts, moments, side="right") - 1
    return (window >= 0) & (moments < starts[window] + length) & worn[window]


def _wear_unknown(path) -> InputError:
    return InputError(
        path,
        "it does not say when the device was worn, and a day not worn is not a sedentary day",
        "give a column of 0 and 1 named worn, imputed or nonwear (invalidepoch in GGIR's), or name it under "
        "'columns' in the config",
    )


def _iso_seconds(where, text: str) -> int:
    moment = pd.to_datetime(text, errors="coerce")
    if pd.isna(moment):
        raise InputError(where, f"'{text}' is not a time", "correct it")
    return int(moment.timestamp())


def _epoch_length(where, given, epoch_s) -> int:
    try:
        seconds = float(given)
    except ValueError:
        seconds = np.nan
    low, high = _SECONDS
    if not low <= seconds <= high or clock.DAY_S % seconds or seconds % 1:
        raise InputError(
            where,
            f"the epoch length is {given} seconds",
            f"give epochs of {low} to {high} whole seconds that a day can be divided into",
        )
    if epoch_s is not None and seconds != epoch_s:
        raise InputError(
            where,
            f"its epochs are {seconds:g} seconds long, and {epoch_s} are configured",
            "correct the setting, or leave the file out",
        )
    return int(seconds)


def _on_grid(path, lines, times, value, worn, epoch_s, time_zone, unit) -> Epochs:
    """Epochs at their places, the others missing."""
    moments, utc = times
    steps = np.diff(moments)
    if (steps <= 0).any():
        row = int((steps <= 0).argmax()) + 1
        raise InputError(
            f"{path}, line {lines[row]}",
            f"the epoch begins {'when' if steps[row - 1] == 0 else 'before'} the one above it does",
            "give one recording in order of time; where clocks were set back, write times with their offset "
            "from UTC",
        )
    usual = epoch_s or 0
    if len(steps):
        # The most frequent, of equally frequent ones the shortest: the others are gaps.
        lengths, counts = np.unique(steps, return_counts=True)
        usual = int(lengths[counts.argmax()])
    seconds = _epoch_length(path, usual, epoch_s)
    off = steps % seconds != 0
    if off.any():
        row = int(off.argmax()) + 1
        raise InputError(
            f"{path}, line {lines[row]}",
            f"the epoch begins {steps[row - 1]} s after the one above it, where epochs are {seconds} s long",
            "put all epochs on one regular grid; gaps may be left out",
        )
    start = int(moments[0])
    _refuse_dates(f"{path}, line {lines[0]}", start, int(moments[-1]))
    if not utc and time_zone is not None:
        _refuse_changed_clocks(path, lines, moments, steps - seconds, time_zone)
    _refuse_implausible(path, lines, value, worn, seconds, unit)
    place = (moments - start) // seconds
    on_grid, worn_there = np.full(place[-1] + 1, np.nan), np.zeros(place[-1] + 1, dtype=bool)
    on_grid[place] = value
    worn_there[place] = worn & ~np.isnan(value)
    return Epochs(start - start % seconds, seconds, on_grid, worn_there, utc, unit)


def _refuse_changed_clocks(path, lines, moments, gaps, time_zone) -> None:
    zone = clock.find_zone(time_zone)
    for row in np.flatnonzero(gaps == 3600):
        if clock.is_skipped(int(moments[row + 1]) - 1, zone):
            raise InputError(
                f"{path}, line {lines[row + 1]}",
                f"the times leave out the hour that clocks skipped in {time_zone}, as no device's clock does",
                "write them with their offset from UTC",
            )


def _refuse_dates(where, start: int, end: int) -> None:
    days = (end - start) / clock.DAY_S
    if start < _EARLIEST or end > time.time() + clock.DAY_S:
        raise InputError(
            where,
            f"the recording is from {_date(start)} to {_date(end)}, which cannot be right",
            "correct the times, or leave it out if the device's clock was not set",
        )
    if days > LONGEST_DAYS:
        raise InputError(
            where,
            f"the recording goes from {_date(start)} to {_date(end)}, longer than {LONGEST_DAYS} days",
            "correct the times, or give its parts in files of their own",
        )


def _date(moment: int) -> str:
    return str((np.datetime64(0, "s") + moment).astype("datetime64[D]"))


def _refuse_another_participant(table: _Table, path, participant: str | None) -> None:
    if "participant" in table.columns:
        if participant is not None and table.columns["participant"][0].as_py() != participant:
            raise InputError(
                f"{path}, line {table.lines[0]}",
                "the participant is not the one whom the file's name says",
                "rename the file, correct the column, or set activity.participant",
            )
        which = table.columns["participant"].dictionary_encode().indices.to_numpy()
        if which.max() > 0:
            raise InputError(
                f"{path}, line {table.lines[int((which > 0).argmax())]}",
                "a second participant begins",
                "give each recording in a file of its own",
            )


def _refuse_implausible(path, lines, value, worn, seconds, unit) -> None:
    """Values that no device in this unit gives."""
    highest = _HIGHEST_MG if unit == "mg" else np.finfo(float).max
    wrong = (value < 0) | (value > highest)
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            f"{path}, line {lines[row]}",
            f"the value {value[row]:g} {unit} is outside 0 to {highest:g}",
            "correct it, or leave the cell empty if it is missing; name another unit in the config",
        )
    known = value[worn & ~np.isnan(value)]
    if np.isnan(value).all():
        raise InputError(path, "no epoch has a value", "leave it out")
    if unit != "mg" or len(known) * seconds < _JUDGED_H * 3600:
        return
    mean = known.mean()
    if 0 < mean < _LOW_MEAN_MG and known.max() < _G_RANGE:
        raise InputError(
            path, f"the mean while worn is {mean:.3g} mg, which looks like g", "multiply the column by 1000"
        )
    whole = mean > _HIGH_WHOLE_MEAN_MG and (known == np.floor(known)).all()
    if whole or mean > _HIGH_MEAN_MG:
        raise InputError(
            path,
            f"the mean while worn is {mean:.4g}{' in whole numbers' if whole else ''}, which looks like "
            "counts and not like mg",
            "name the unit in the config",
        )


def _read_header(path) -> tuple[list[str], str]:
    """The names in a file's first line, and what stands between them.

    Raises
    ------
    InputError : as `first_line`; there is none.
    """
    names, separator, _ = first_line(path)
    return names, separator


def _read_columns(path, header: tuple[list[str], str], wanted: dict[str, str], texts=()) -> _Table:
    """Read columns of a table.

    What can be read at once is read fast; what cannot is read again by lines, to say which one is why.

    Parameters
    ----------
    path : csv or tsv, gzip by name.
    header : what `_read_header` says.
    wanted : our column name to the file's.
    texts : those of ours that are text, in which no cell may be empty; the others are numbers.

    Raises
    ------
    InputError : as `read_table`, and `UserTable.filled` and `.numbers`.
    """
    if set(wanted.values()) <= set(header[0]):
        found = _read_clean(path, header, wanted, texts)
        if found is not None:
            return found
    table = read_table(path, tuple(wanted.values()))
    columns = {
        ours: pa.array(table.filled(theirs), pa.string())
        if ours in texts
        else table.numbers(theirs).to_numpy()
        for ours, theirs in wanted.items()
    }
    return _Table(columns, table.frame.index)


def _read_flags(table: _Table, name: str, value: np.ndarray, path) -> np.ndarray:
    """A column of 0 and 1 as bool; it may be empty where `value` is missing.

    Raises
    ------
    InputError : another number; no flag beside a value.
    """
    flag = table.columns[name]
    wrong = (flag != 0) & (flag != 1) & ~(np.isnan(flag) & np.isnan(value))
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            f"{path}, line {table.lines[row]}",
            f"{name} is {'empty' if np.isnan(flag[row]) else f'{flag[row]:g}'}",
            "write 0 or 1 in every line",
        )
    return flag == 1


def _read_times(table: _Table, path, time_zone: str | None) -> tuple[np.ndarray, bool]:
    """When epochs began, from column `time`.

    Times are ISO (`YYYY-MM-DD HH:MM:SS`, with T or a blank, with an offset from UTC or without) or seconds
    since 1970 in UTC. Times with an offset are UTC where a zone is given, else local time as it is written.

    Returns
    -------
    int64, seconds since 1970-01-01; and whether they are UTC.

    Raises
    ------
    InputError : no whole second; more than one way of writing; times in UTC or with changing offsets,
        and no zone.
    """
    texts = table.columns["time"]
    if _UNIX.fullmatch(texts[0].as_py()):
        moments = _cast(table, texts, pa.float64(), _UNIX, path)
        if (moments != np.floor(moments)).any():
            _refuse_first(table, _UNIX, path)
        _need_zone(time_zone, path, "its times are seconds since 1970 in UTC")
        return np.minimum(moments, _LATEST).astype(np.int64), True
    # Bytes are cut faster than characters, and a time has only ASCII.
    cells = pc.cast(texts, pa.binary())
    longest = pc.max(pc.binary_length(texts)).as_py()
    if longest <= _ISO_LENGTH:
        return _cast(table, texts, pa.timestamp("s"), _ISO, path).astype(np.int64), False
    moments = _cast(table, pc.binary_slice(cells, 0, _ISO_LENGTH), pa.timestamp("s"), _ISO, path)
    moments = moments.astype(np.int64)
    suffixes = pc.binary_slice(cells, _ISO_LENGTH, longest).dictionary_encode()
    written = [suffix.decode(errors="replace") for suffix in suffixes.dictionary.to_pylist()]
    matches = [match for suffix in written if (match := _SUFFIX.fullmatch(suffix))]
    if len(matches) < len(written):
        _refuse_first(table, _ISO, path)
    offsets = [match.group(1) for match in matches]
    if set(offsets) == {None}:
        return moments, False
    which = suffixes.indices.to_numpy()
    first_other = f"{path}, line {table.lines[int((which != which[0]).argmax())]}"
    if None in offsets:
        raise InputError(
            first_other,
            "some times have an offset from UTC and others have none",
            "write all of them in one way",
        )
    if len(set(offsets)) > 1:
        _need_zone(time_zone, first_other, "the times' offset from UTC changes")
    elif offsets[0] == "Z":
        _need_zone(time_zone, path, "its times are in UTC")
    if time_zone is None:
        return moments, False
    return moments - np.array([_offset_seconds(offset) for offset in offsets])[which], True


def _read_clean(path, header, wanted, texts) -> _Table | None:
    """The columns of a file in which every cell is as it should be, else None."""
    names, separator = header
    types = {theirs: pa.string() if ours in texts else pa.float64() for ours, theirs in wanted.items()}
    try:
        content = Path(path).read_bytes()
        if str(path).endswith(".gz"):
            content = igzip.decompress(content)
        read = pa.csv.read_csv(
            pa.BufferReader(content),
            # One block, so that every column is one piece.
            pa.csv.ReadOptions(
                use_threads=False, block_size=len(content) + 1, skip_rows=1, column_names=names
            ),
            pa.csv.ParseOptions(delimiter=separator, ignore_empty_lines=False),
            pa.csv.ConvertOptions(
                column_types=types,
                include_columns=list(types),
                null_values=list(MISSING),
                strings_can_be_null=True,
            ),
        )
    except (pa.ArrowInvalid, OSError, EOFError, isal_zlib.error):
        return None
    pieces = {ours: read[theirs].combine_chunks() for ours, theirs in wanted.items()}
    if not len(read) or any(piece.null_count for ours, piece in pieces.items() if ours in texts):
        return None
    columns = {
        ours: piece if ours in texts else piece.to_numpy(zero_copy_only=False)
        for ours, piece in pieces.items()
    }
    return _Table(columns, range(2, len(read) + 2))


def _need_zone(time_zone, where, problem) -> None:
    if time_zone is None:
        raise InputError(
            where,
            f"{problem}, and without a time zone no day begins at midnight",
            "set activity.time_zone, for instance Europe/London",
        )


def _offset_seconds(offset: str) -> int:
    if offset == "Z":
        return 0
    return (1 if offset[0] == "+" else -1) * (int(offset[1:3]) * 3600 + int(offset[-2:]) * 60)


def _cast(table: _Table, cells: pa.Array, kind: pa.DataType, pattern: re.Pattern, path) -> np.ndarray:
    try:
        return pc.cast(pc.cast(cells, pa.string()), kind).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        _refuse_first(table, pattern, path)
        raise


def _refuse_first(table: _Table, pattern: re.Pattern, path) -> None:
    """Name the first time that has not the form of `pattern`, or is no whole second, or on no day."""
    for line, text in zip(table.lines, table.columns["time"].to_pylist(), strict=True):
        if pattern.fullmatch(text):
            if pattern is _UNIX and float(text).is_integer():
                continue
            if pattern is _ISO and not pd.isna(pd.to_datetime(text[:_ISO_LENGTH], errors="coerce")):
                continue
        raise InputError(
            f"{path}, line {line}",
            f"the time {quoted(text)} is not a whole second of a day",
            "write all times as YYYY-MM-DD HH:MM:SS, with their offset from UTC if known, or as seconds "
            "since 1970",
        )
