"""Which samples does an ActiGraph .gt3x file hold?

The file is a zip archive: `info.txt` with the device's settings, and `log.bin`, records of a second each
among records of other kinds. Files of the first generation (GT3X+ and ActiSleep+ with firmware up to 2.5)
have `activity.bin` instead, samples without a clock.

References: the maker's descriptions "ActiGraph .gt3x File Format" and "ActiGraph NHANES .gt3x File Format"
(github.com/actigraph/GT3X-File-Format and github.com/actigraph/NHANES-GT3X-File-Format).
"""

import json
import re
import zipfile
import zlib

import numpy as np
from numba import njit

from il6r.activity.accelerometry import NANOSECONDS, Recording
from il6r.errors import InputError

# Record types and layout, from the description of log records.
_SEPARATOR, _ACTIVITY, _METADATA, _ACTIVITY2 = 0x1E, 0, 6, 26
_HEADER, _CHECKSUM = 8, 1
# Bytes read at a time; a record has at most 65,544.
_PIECE = 1 << 23
# 1970-01-01 in ticks of 100 ns since the year 1, which info.txt counts in.
_UNIX_TICKS = 621_355_968_000_000_000
# Counts per g and limit in g where info.txt gives none: serial numbers of the first generations, and others.
_OLD_SERIALS, _OLD_LIMITS, _NEW_LIMITS = ("NEO", "CLE", "MRA"), (341.0, 6.0), (256.0, 8.0)
# The most that deflate can compress, so that a damaged length does not ask for more memory than there is.
_DEFLATE_MOST = 1032
_COPY = "copy it again from the device or from where it was downloaded to"
# What a cut zip archive, damaged streams in it, and settings that are not what they should be raise.
_DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)
_DAMAGE = (*_DAMAGED_ZIP, LookupError, OverflowError, ValueError)


def limits(serial: str) -> tuple[float, float]:
    """Counts per g, and the limit in g, of the device with this serial number."""
    return _OLD_LIMITS if serial.startswith(_OLD_SERIALS) else _NEW_LIMITS


def read(stream, path) -> Recording:
    """Read the samples of a .gt3x file; seconds in which the device slept are gaps in `time`.

    Damaged records are skipped and counted, and so is a second that was written twice. The clock is
    local time, or UTC if the file's metadata say so.

    Parameters
    ----------
    stream : the file, seekable.
    path : what sentences call it.

    Raises
    ------
    InputError : the archive is damaged or another one, its settings are no numbers, or its samples are
        counts that only the maker's software can calibrate.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            return _read(archive, path)
    except _DAMAGE as error:
        raise InputError(path, "this .gt3x file is damaged or cut short", _COPY) from error


def _read(archive: zipfile.ZipFile, path) -> Recording:
    names = archive.namelist()
    if "info.txt" not in names or not {"log.bin", "activity.bin"} & set(names):
        raise InputError(path, "it is a zip archive and no .gt3x file", "give the device's own file")
    info = _info(archive)
    if "calibration.json" in names and not json.loads(archive.read("calibration.json")).get(
        "isCalibrated", True
    ):
        raise InputError(
            path, "its samples are not calibrated", "export it as raw csv with the maker's software"
        )
    serial = info.get("Serial Number", "")
    scale, limit = limits(serial)
    rate, scale, limit = (
        _number(info, key, default, path)
        for key, default in (("Sample Rate", 0.0), ("Acceleration Scale", scale), ("Acceleration Max", limit))
    )
    device = (
        f"ActiGraph {info.get('Device Type', 'GT3X+' if serial.startswith(_OLD_SERIALS) else '')}".strip()
    )
    if not (rate > 0 and scale > 0):
        # Told by whoever checks recordings.
        return Recording(np.empty(0, np.int64), np.empty((0, 3), np.float32), 0.0, limit, device)
    if "log.bin" in names:
        time, acceleration, utc, damaged = _log(archive, rate, scale)
        return Recording(time, acceleration, rate, limit, device, utc=utc, corrupt_blocks=damaged)
    start = (int(info["Start Date"]) - _UNIX_TICKS) * 100
    acceleration = _packed(np.frombuffer(archive.read("activity.bin"), np.uint8), scale)
    time = start + (np.arange(len(acceleration)) * (NANOSECONDS / rate)).astype(np.int64)
    return Recording(time, acceleration, rate, limit, device)


def _info(archive) -> dict[str, str]:
    """The settings in info.txt, "Key: value" a line."""
    lines = archive.read("info.txt").decode("utf-8-sig").splitlines()
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}


def _number(info: dict[str, str], key: str, default: float, path) -> float:
    """A setting; some are written with the decimal comma of the computer they were made on."""
    text = info.get(key, "").replace(",", ".")
    if not text:
        return default
    if not re.fullmatch(r"-?\d+(\.\d+)?", text):
        raise InputError(path, f"'{key}' in its info.txt is not a number", _COPY)
    return float(text)


def _log(archive, rate: float, scale: float) -> tuple[np.ndarray, np.ndarray, bool, int]:
    """Times, samples in g, whether times are UTC, and the number of damaged or repeated records."""
    entry = archive.getinfo("log.bin")
    # A packed sample has 4.5 bytes. Memory that is not written to is not taken.
    most = min(entry.file_size, _DEFLATE_MOST * max(entry.compress_size, 1)) * 2 // 9 + 1
    time, acceleration = np.empty(most, np.int64), np.empty((most, 3), np.float32)
    kept, damaged, second, utc, rest = 0, 0, -1, False, b""
    with archive.open(entry) as stream:
        while True:
            piece = stream.read(_PIECE)
            data = np.frombuffer(rest + piece, np.uint8)
            starts = np.empty(len(data) // (_HEADER + _CHECKSUM) + 1, np.int64)
            found, used, skipped = _records(data, not piece, starts)
            starts = starts[:found]
            kept, second, repeated = _samples(data, starts, rate, scale, time, acceleration, kept, second)
            damaged += skipped + repeated
            utc = utc or _says_utc(data, starts)
            rest = data[used:].tobytes()
            if not piece:
                return time[:kept], acceleration[:kept], utc, damaged


def _says_utc(data: np.ndarray, starts: np.ndarray) -> bool:
    """Whether metadata say that the clock was set to UTC ("LocalTimeLog" with "UsedUtc")."""
    for start in starts[data[starts + 1] == _METADATA]:
        size = int(data[start + 6]) | int(data[start + 7]) << 8
        if re.search(rb'"UsedUtc"\s*:\s*true', data[start + _HEADER : start + _HEADER + size].tobytes()):
            return True
    return False


@njit(cache=True, nogil=True)
def _records(data, last, starts):
    """Fill `starts` with where records begin; how many, the bytes done with, and the damaged stretches.

    A record counts if its checksum is right and a record, padding or the end follows it; the checksum
    alone has one byte and would find records in noise. Zeros between records are padding.
    """
    at, count, damaged, lost = 0, 0, 0, False
    while at < len(data):
        end = at
        if data[at] == _SEPARATOR:
            end = len(data) + 1
            if at + _HEADER < len(data):
                end = at + _HEADER + _uint16(data, at + 6) + _CHECKSUM
            if end > len(data) and not last:
                break
        if at < end <= len(data) and _is_sound(data, at, end):
            starts[count] = at
            count += 1
            at, lost = end, False
        else:
            if data[at] != 0 and not lost:
                damaged, lost = damaged + 1, True
            at += 1
    return count, at, damaged


@njit(cache=True, nogil=True)
def _is_sound(data, at, end):
    """Whether the record from `at` to `end` is whole."""
    check = 0xFF
    for place in range(at, end - 1):
        check ^= data[place]
    return check == data[end - 1] and (end == len(data) or data[end] == _SEPARATOR or data[end] == 0)


@njit(cache=True, nogil=True)
def _samples(data, starts, rate, scale, time, acceleration, kept, second):
    """Append activity records' samples; how many there are now, the last second, and repetitions."""
    repeated = 0
    for start in starts:
        kind, size, payload = data[start + 1], _uint16(data, start + 6), data[start + _HEADER :]
        # Other kinds have no samples, and neither has the one byte that says that the device was docked.
        n = size * 2 // 9 if kind == _ACTIVITY else size // 6 if kind == _ACTIVITY2 else 0
        if n == 0:
            continue
        now = _uint16(data, start + 2) | _uint16(data, start + 4) << 16
        if now == second:
            repeated += 1
            continue
        second = now
        # A second with more samples than the rate still ends before the next.
        step = NANOSECONDS / max(rate, n)
        for sample in range(n):
            time[kept] = now * NANOSECONDS + np.int64(sample * step)
            if kind == _ACTIVITY:
                _unpack(payload, sample, scale, acceleration[kept])
            else:
                for axis in range(3):
                    value = _uint16(payload, sample * 6 + axis * 2)
                    acceleration[kept, axis] = (value - ((value >> 15) << 16)) / scale
            kept += 1
    return kept, second, repeated


@njit(cache=True, nogil=True)
def _packed(data, scale):
    """Samples in g of packed values without records around them."""
    acceleration = np.empty((len(data) * 2 // 9, 3), np.float32)
    for sample in range(len(acceleration)):
        _unpack(data, sample, scale, acceleration[sample])
    return acceleration


@njit(cache=True, nogil=True)
def _unpack(data, sample, scale, row):
    """One packed sample in g: 12-bit signed integers, most significant bit first, y before x before z."""
    for number, axis in enumerate((1, 0, 2)):
        bit = 36 * sample + 12 * number
        place = bit // 8
        pair = np.int64(data[place]) << 8 | np.int64(data[place + 1])
        value = pair >> 4 if bit % 8 == 0 else pair & 0xFFF
        row[axis] = (value - ((value >> 11) << 12)) / scale


@njit(cache=True, nogil=True)
def _uint16(data, place):
    """The little-endian number of two bytes."""
    return np.int64(data[place]) | np.int64(data[place + 1]) << 8
