"""Simulated samples as the .cwa file that an Axivity AX3 would have recorded."""

import itertools
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

# The format is Open Movement's, Docs/ax3/cwa.h: a header of 1,024 bytes, then sectors of 512, with
# little-endian integers. A sector of a three-axis recording holds 120 samples, each a word of three 10-bit
# numbers and of how many bits these are to be shifted left by.
SECTOR_SAMPLES = 120
_SECTOR = np.dtype(
    [
        ("type", "S2"), ("length", "<u2"), ("fraction", "<u2"), ("session", "<u4"), ("sequence", "<u4"),
        ("time", "<u4"), ("light", "<u2"), ("temperature", "<u2"), ("events", "u1"), ("battery", "u1"),
        ("rate", "u1"), ("packing", "u1"), ("offset", "<i2"), ("count", "<u2"),
        ("samples", "<u4", SECTOR_SAMPLES), ("checksum", "<u2"),
    ]
)  # fmt: skip
_HEADER = np.dtype(
    [
        ("type", "S2"), ("length", "<u2"), ("hardware", "u1"), ("device", "<u2"), ("session", "<u4"),
        ("device_upper", "<u2"), ("start", "<u4"), ("end", "<u4"), ("capacity", "<u4"),
        ("reserved_1", "u1"), ("flash_led", "u1"), ("reserved_2", "u1", 8), ("sensor", "u1"), ("rate", "u1"),
        ("changed", "<u4"), ("firmware", "u1"), ("time_zone", "<i2"), ("reserved_3", "u1", 20),
        ("annotation", "u1", 448), ("reserved_4", "u1", 512),
    ]
)  # fmt: skip
_AX3, _FIRMWARE, _UNSET, _SPACE = 0x00, 44, 0xFF, 0x20
_COUNTS_PER_G = 256
_RANGE_G = 8
_TEN_BITS, _MAX_SHIFT = 1 << 9, 3


class Stretch(NamedTuple):
    """Part of a recording: float32 acceleration in g, axes x samples, a multiple of `SECTOR_SAMPLES` of them.

    The same all through it are temperature (Celsius), light (raw, 0 to 1,023) and battery (volts).
    """

    acceleration: np.ndarray
    temperature_c: float
    light: int
    battery_v: float


def write(path, stretches: Iterable[Stretch], start: int, rate_hz: int, device: int, session: int) -> None:
    """Write a recording, a stretch at a time.

    Parameters
    ----------
    stretches : in order, without gaps.
    start : of the first sample, whole seconds since 1970-01-01 on the device's clock, which is local time.
    rate_hz : 25, 50, 100 or 200.
    device, session : identifiers, below 2**32.
    """
    # The code's low nibble is the rate, 3200 / 2**(15 - code) Hz, the upper bits the range, 16 / 2**code g.
    rate = 0x40 | 15 - (3200 // rate_hz).bit_length() + 1
    with open(path, "wb") as file:
        file.write(_header(start, rate, device, session).tobytes())
        done = 0
        for stretch in stretches:
            sectors = _sectors(stretch, done, start, rate_hz)
            sectors["rate"], sectors["session"] = rate, session
            words = sectors.view("<u2").reshape(len(sectors), -1)
            # Sixteen-bit words of a sector add up to 0.
            sectors["checksum"] = -words.sum(axis=1, dtype=np.uint16)
            file.write(sectors.tobytes())
            done += len(sectors)


def quantise(acceleration: np.ndarray) -> np.ndarray:
    """What the device makes of acceleration: steps of 1/256 g up to 2 g, of 1/128 up to 4, of 1/64 up to 8.

    Parameters
    ----------
    acceleration : g, axes x samples.

    Returns
    -------
    int16 in 1/256 g, axes x samples.
    """
    counts, shift = _shifted(acceleration)
    return counts << shift


def _shifted(acceleration) -> tuple[np.ndarray, np.ndarray | np.int16]:
    """Ten-bit numbers of each axis, and the bits by which all three are to be shifted left."""
    limit = _RANGE_G * _COUNTS_PER_G
    counts = np.rint(acceleration * np.float32(_COUNTS_PER_G)).clip(-limit, limit - 1).astype(np.int16)
    # Hardly any stretch needs the second look.
    if counts.min() >= -_TEN_BITS and counts.max() < _TEN_BITS:
        return counts, np.int16(0)
    largest = np.abs(counts).max(axis=0)
    shift = sum((largest >= _TEN_BITS << bits).astype(np.int16) for bits in range(_MAX_SHIFT))
    return counts >> shift, shift


def _sectors(stretch: Stretch, before: int, start: int, rate_hz: int) -> np.ndarray:
    """The sectors of a stretch before which there are `before`, all but their checksums."""
    counts, shift = _shifted(stretch.acceleration)
    x, y, z = (counts & 0x3FF).astype(np.uint32)
    words = x | y << 10 | z << 20 | np.asarray(shift, dtype=np.uint32) << 30
    n = len(words) // SECTOR_SAMPLES
    sectors = np.zeros(n, dtype=_SECTOR)
    sectors["samples"] = words.reshape(n, SECTOR_SAMPLES)
    sectors["type"], sectors["length"], sectors["count"] = b"AX", _SECTOR.itemsize - 4, SECTOR_SAMPLES
    sectors["packing"] = 0x30
    sectors["sequence"] = np.arange(before, before + n)
    second, left = np.divmod(sectors["sequence"].astype(np.int64) * SECTOR_SAMPLES, rate_hz)
    # Rounded up, so that no sample falls into the epoch before its own.
    fraction = -(-(left << 15) // rate_hz)
    sectors["time"], sectors["fraction"] = _packed(start + second), 0x8000 | fraction
    # The sample at which the whole second was; a reader adds the fraction to both.
    sectors["offset"] = -(fraction * rate_hz >> 15)
    sectors["light"] = stretch.light
    # Open Movement's own conversions of its sensors' raw readings.
    sectors["temperature"] = round((stretch.temperature_c + 50) * 256 / 75)
    sectors["battery"] = round((stretch.battery_v * 1024 / 6 - 512) / 2)
    return sectors


def _header(start: int, rate: int, device: int, session: int) -> np.ndarray:
    header = np.full(_HEADER.itemsize, _UNSET, dtype=np.uint8).view(_HEADER)
    header["type"], header["length"], header["hardware"] = b"MD", _HEADER.itemsize - 4, _AX3
    header["device"], header["device_upper"], header["session"] = device & 0xFFFF, device >> 16, session
    header["start"] = header["changed"] = _packed(np.array([start]))
    header["capacity"], header["flash_led"], header["sensor"] = 0, 0, 0
    header["rate"], header["firmware"], header["annotation"] = rate, _FIRMWARE, _SPACE
    return header


def _packed(seconds: np.ndarray) -> np.ndarray:
    """Times as bit fields: years since 2000, month, day, hour, minute and second."""
    time = seconds.astype("datetime64[s]")
    units = [time.astype(f"datetime64[{unit}]") for unit in "YMDhms"]
    parts = [(fine - coarse).astype(np.int64) for coarse, fine in itertools.pairwise(units)]
    year = units[0].astype(np.int64) + 1970 - 2000
    month, day, hour, minute, second = parts
    return (year << 26 | month + 1 << 22 | day + 1 << 17 | hour << 12 | minute << 6 | second).astype("<u4")
