"""How much did a wrist accelerate in each epoch of a recording, and when was the device worn?"""

from dataclasses import dataclass, replace

import numpy as np

from il6r.activity import windows
from il6r.activity.accelerometry import NANOSECONDS, Epochs, Processing, Recording
from il6r.activity.calibration import STILL_WINDOW_S, Calibration, calibrate, still_windows
from il6r.activity.nonwear import worn_steps

# The makers whose devices stop recording when they do not move.
IDLE_SLEEPERS = ("ActiGraph",)
# A held sample longer than that, g, is scaled to 1 g; a shorter one is held as it is (GGIR 3.3).
HELD_AS_IT_IS_G = 1.005
# Share of the device's limit from which a sample counts as clipped: 7.5 g of 8 g (van Hees et al. 2013,
# doi 10.1371/journal.pone.0061691).
CLIPPING_SHARE = 7.5 / 8
# Samples a second that the range of a window is taken of (GGIR 3.3): the range of more is larger by noise.
RANGE_SAMPLES_PER_S = 5
# An epoch with fewer of its samples was not recorded.
LEAST_OF_EPOCH = 0.5


@dataclass
class _Gaps:
    """Gaps of a recording: the last sample before each, when it ends, and from when nothing is recorded."""

    last: np.ndarray
    begin: np.ndarray
    end: np.ndarray


def epochs_of(recording: Recording, processing: Processing, threads: int = 1) -> tuple[Epochs, dict]:
    """Make epochs of a recording.

    Samples fall into epochs by their own timestamps, so that a clock that drifts needs no correction.
    Temperature corrects by epoch: one epoch's is interpolated to its middle. An ActiGraph's idle sleep
    counts as `processing.idle_sleep` says; other gaps are not recorded. Results do not depend on `threads`.

    Returns
    -------
    epochs : from the recording's first epoch to its last.
    quality : what `RECORDINGS` says of samples, gaps, clipping, clock, wear and calibration.
    """
    recording = _without_sleep(recording)
    rate, gaps = recording.rate_hz, _gaps(recording)
    asleep = recording.device.startswith(IDLE_SLEEPERS) and processing.idle_sleep != "drop"
    held = _held(recording, gaps, processing) if asleep else None

    blocks = _blocks(recording, processing, threads)
    still = still_windows(blocks, rate)
    calibration = _calibration(recording, processing, blocks, still)
    if held is not None:
        _fill_blocks(blocks, gaps, held, rate)
    worn = worn_steps(blocks, calibration.gain, rate, processing)

    first, enmo = _enmo(recording, processing, calibration, gaps, held, threads)
    width = processing.epoch_s * NANOSECONDS
    opens = (first + np.arange(len(enmo))) * width
    step = (opens - blocks.start) // (processing.nonwear_step_min * 60 * NANOSECONDS)
    recorded = ~np.isnan(enmo)
    epochs = Epochs(
        first * processing.epoch_s, processing.epoch_s, enmo, recorded & worn[step], utc=recording.utc
    )
    return epochs, {
        "recorded_h": float(recorded.sum() * processing.epoch_s / 3600),
        "worn_h": float(epochs.worn.sum() * processing.epoch_s / 3600),
        "samples": len(recording.time),
        "gaps": len(gaps.last),
        "gap_h": float((gaps.end - gaps.begin).sum() / NANOSECONDS / 3600),
        "clipped_share": float(blocks.clipped.sum() / len(recording.time)),
        "clock_drift_ppm": _drift(recording, gaps),
        "still_windows": int(still.sum()),
        "calibration": calibration.outcome,
        "calibration_before_mg": calibration.before_mg,
        "calibration_after_mg": calibration.after_mg,
    }


def _without_sleep(recording: Recording) -> Recording:
    """Without the samples of 0 on every axis that some programs write where an ActiGraph slept."""
    if not recording.device.startswith(IDLE_SLEEPERS):
        return recording
    samples = recording.acceleration
    zeros = np.flatnonzero(samples[:, 0] == 0)
    zeros = zeros[(samples[zeros, 1:] == 0).all(axis=1)]
    if len(zeros) in (0, len(samples)):
        return recording
    time = np.delete(recording.time, zeros)
    return replace(recording, time=time, acceleration=np.delete(samples, zeros, axis=0))


def _gaps(recording: Recording) -> _Gaps:
    last = windows.find_gaps(recording.time, recording.rate_hz)
    return _Gaps(
        last, recording.time[last] + round(NANOSECONDS / recording.rate_hz), recording.time[last + 1]
    )


def _drift(recording: Recording, gaps: _Gaps) -> float:
    """By how many parts in a million more samples were recorded a second than nominally."""
    steps = len(recording.time) - 1 - len(gaps.last)
    span = recording.time[-1] - recording.time[0] - (gaps.end - recording.time[gaps.last]).sum()
    if span <= 0:
        return np.nan
    return float((steps / (span / NANOSECONDS) / recording.rate_hz - 1) * 1e6)


def _blocks(recording: Recording, processing: Processing, threads: int) -> windows.Blocks:
    """Sums over windows of still-window length that fill whole steps of the search for non-wear."""
    width, step = STILL_WINDOW_S * NANOSECONDS, processing.nonwear_step_min * 60 * NANOSECONDS
    first, last = (windows.window_of(end, step) for end in recording.time[[0, -1]])
    return windows.statistics(
        recording.time,
        recording.acceleration,
        recording.rate_hz,
        first * step,
        width,
        (last - first + 1) * (step // width),
        per_second=RANGE_SAMPLES_PER_S,
        limit_g=CLIPPING_SHARE * recording.range_g,
        threads=threads,
    )


def _calibration(recording, processing, blocks: windows.Blocks, still: np.ndarray) -> Calibration:
    if not processing.calibrate:
        return Calibration("not applied: switched off")
    means = blocks.total[still] / blocks.count[still, None]
    temperature = _temperature(recording, blocks.start, blocks.width, len(still))[still]
    return calibrate(means, temperature, processing.min_sphere_g)


def _enmo(recording, processing, calibration, gaps, held, threads: int) -> tuple[int, np.ndarray]:
    """The first epoch, counted from 1970, and each one's mean in mg; NaN where not recorded."""
    width = processing.epoch_s * NANOSECONDS
    first, last = (windows.window_of(end, width) for end in recording.time[[0, -1]])
    start, n = first * width, last - first + 1
    total, count = windows.enmo_sums(
        recording.time,
        recording.acceleration,
        recording.rate_hz,
        start,
        width,
        calibration.gain,
        calibration.offsets(_temperature(recording, start, width, n)),
        resample=processing.resample,
        threads=threads,
    )
    if held is not None:
        _fill_epochs(total, count, gaps, held, calibration, recording.rate_hz, start, width)
    recorded = count >= LEAST_OF_EPOCH * processing.epoch_s * recording.rate_hz
    enmo = np.full(n, np.nan)
    enmo[recorded] = 1000 * total[recorded] / count[recorded]
    return first, enmo


def _temperature(recording: Recording, start: int, width: int, n: int) -> np.ndarray:
    """Degrees Celsius in the middle of each window; NaN where the device does not measure it."""
    known = np.isfinite(recording.temperature)
    if not known.any():
        return np.full(n, np.nan)
    # Relative times: float64 has no nanoseconds of today's dates.
    middles = width / 2 + width * np.arange(n)
    return np.interp(middles, recording.temperature_time[known] - start, recording.temperature[known])


def _held(recording: Recording, gaps: _Gaps, processing: Processing) -> np.ndarray:
    """What stands for each of the gaps, shape (gaps, 3), g."""
    held = recording.acceleration[gaps.last].astype(float)
    if processing.idle_sleep == "zero":
        return np.zeros_like(held)
    norm = np.sqrt((held**2).sum(axis=1))
    return held / np.where(norm > HELD_AS_IT_IS_G, norm, 1)[:, None]


def _fill_blocks(blocks: windows.Blocks, gaps: _Gaps, held: np.ndarray, rate_hz: float) -> None:
    gap, window, seconds = windows.spread_gaps(gaps.begin, gaps.end, blocks.start, blocks.width)
    value, samples = held[gap], seconds * rate_hz
    np.add.at(blocks.count, window, samples)
    np.add.at(blocks.total, window, value * samples[:, None])
    np.add.at(blocks.squares, window, value**2 * samples[:, None])
    np.minimum.at(blocks.low, window, value)
    np.maximum.at(blocks.high, window, value)


def _fill_epochs(total, count, gaps: _Gaps, held, calibration: Calibration, rate_hz, start, width) -> None:
    corrected = held * calibration.gain + calibration.offset
    enmo = np.maximum(np.sqrt((corrected**2).sum(axis=1)) - 1, 0)
    gap, window, seconds = windows.spread_gaps(gaps.begin, gaps.end, start, width)
    np.add.at(count, window, seconds * rate_hz)
    np.add.at(total, window, enmo[gap] * seconds * rate_hz)
