"""A person's simulated days as the recording that a device makes of them, in samples or in epochs."""

import gzip
from collections.abc import Iterator

import numpy as np
import pandas as pd

from il6r.synthetic import cwa_writer, wrist

# What a device feels on a wrist and off it (Celsius, and its light sensor's raw reading by day), and the
# volts it starts with and loses in an hour.
_ON_WRIST_C, _OFF_WRIST_C, _DAYLIGHT, _DARK = 31.0, 21.0, 450, 60
_FULL_V, _SPENT_V_PER_H = 5.4, 0.001


def write_cwa(path, days: pd.DataFrame, device: int, rng: np.random.Generator) -> None:
    """Write consecutive days as an Axivity's .cwa file.

    Parameters
    ----------
    days : date, wear_h and enmo_mg, a row for each day.
    device : its number, which is the recording's too.
    """
    course = wrist.course(days["enmo_mg"].to_numpy(), days["wear_h"].to_numpy(), rng)
    start = int(np.datetime64(days["date"].iloc[0], "s").astype(np.int64))
    cwa_writer.write(
        path, _stretches(course, rng), start, rate_hz=wrist.RATE_HZ, device=device, session=device
    )


def write_90004(path, days: pd.DataFrame, rng: np.random.Generator) -> None:
    """Write consecutive days as epochs in the form of UK Biobank's field 90004, gzipped.

    Parameters
    ----------
    days : date, wear_h and enmo_mg, a row for each day.
    """
    course = wrist.course(days["enmo_mg"].to_numpy(), days["wear_h"].to_numpy(), rng)
    start = np.datetime64(days["date"].iloc[0], "s")
    end = start + (len(course.worn) - 1) * wrist.EPOCH_S
    between = " - ".join(str(time).replace("T", " ") for time in (start, end))
    title = f"acceleration (mg) - {between} - sampleRate = {wrist.EPOCH_S} seconds,imputed\n"
    # A row of bytes for each line, "123.4,0", without its leading zeros: a data frame takes tens of times as
    # long to become text.
    tenths = np.rint(wrist.epochs(course, rng) * 10).astype(np.int64)
    lines = np.tile(np.frombuffer(b"000.0,0\n", dtype=np.uint8), (len(tenths), 1))
    for place, unit in ((0, 1000), (1, 100), (2, 10), (4, 1)):
        lines[:, place] += (tenths // unit % 10).astype(np.uint8)
    lines[:, 6] += ~course.worn
    kept = np.ones(lines.shape, dtype=bool)
    kept[:, 0], kept[:, 1] = tenths >= 1000, tenths >= 100
    # gzip would write the file's name and the time.
    with open(path, "wb") as plain, gzip.GzipFile("", "wb", 1, plain, mtime=0) as stream:
        stream.write(title.encode() + lines[kept].tobytes())


def _stretches(course: wrist.Course, rng) -> Iterator[cwa_writer.Stretch]:
    """The recording's hours."""
    per_hour = 3600 // wrist.EPOCH_S
    worn, asleep = (flags[::per_hour] for flags in (course.worn, course.asleep))
    for hour, signal in enumerate(
        wrist.samples(course, wrist.Device.drawn(rng), wrist.Waves.drawn(rng), rng)
    ):
        yield cwa_writer.Stretch(
            signal,
            temperature_c=_ON_WRIST_C if worn[hour] else _OFF_WRIST_C,
            light=_DARK if asleep[hour] else _DAYLIGHT,
            battery_v=_FULL_V - _SPENT_V_PER_H * hour,
        )
