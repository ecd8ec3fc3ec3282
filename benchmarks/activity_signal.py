"""A week at 100 Hz in memory, from samples to person-days: ours beside scikit-digital-health and plain NumPy.

`array` gives the arguments of `run.row`. As a program,

    python benchmarks/activity_signal.py ours|one_thread|skdh|plain FOLDER

it is the process that they measure, on the recording that `write_recording` has written to FOLDER: it
prints the seconds from samples in memory to results, imports not counted. Peak memory is what a process took
beside the recording, imports counted.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from measure import Usage, run_timed

REPO = Path(__file__).resolve().parent.parent
sys.path.append(str(REPO / "workflow" / "scripts"))

from il6r.activity import acceleration, calibration, days, intensity  # noqa: E402
from il6r.activity.accelerometry import NANOSECONDS, Processing, Recording  # noqa: E402

RATE_HZ, DAYS, START = 100, 7, 1_699_920_000
# Of each axis; the recording begins at a midnight.
GAIN, OFFSET = np.array([1.02, 0.98, 1.01]), np.array([0.03, -0.02, 0.01])
NOT_WORN_H = [(40, 44), (100, 101)]
RUNS = 3


def array(folder: Path) -> Iterator[tuple[str, list[Usage], str, list[Usage]]]:
    """Two threads beside scikit-digital-health, one beside plain NumPy."""
    write_recording(folder)
    _measured("ours", folder)  # so that compilation does not count
    for name, ours, peer, label, runs in (
        ("activity_array", "ours", "skdh", "skdh", 1),
        ("activity_array/one thread", "one_thread", "plain", "numpy", RUNS),
    ):
        measured = [_measured(ours, folder) for _ in range(RUNS)]
        yield name, measured, label, [_measured(peer, folder) for _ in range(runs)]


def write_recording(folder: Path) -> None:
    """Postures that change every minute, movement by day, stillness by night and two times of non-wear."""
    if (folder / "acceleration.npy").exists():
        return
    rng = np.random.default_rng(1)
    n, hour, minute = DAYS * 24 * 3600 * RATE_HZ, 3600 * RATE_HZ, 60 * RATE_HZ
    np.save(folder / "time.npy", START * NANOSECONDS + np.arange(n) * (NANOSECONDS // RATE_HZ))
    path = folder / "acceleration.part"
    samples = np.lib.format.open_memmap(path, "w+", dtype=np.float32, shape=(n, 3))
    for number in range(DAYS * 24):
        worn = not any(first <= number < last for first, last in NOT_WORN_H)
        postures = rng.standard_normal((60 if worn else 1, 3))
        postures /= np.linalg.norm(postures, axis=1, keepdims=True)
        by_day = worn and 7 <= number % 24 < 23
        noise = np.where(rng.random(60) < 0.6, 0.1, 0.004) if by_day else np.full(60, 0.004)
        part = rng.standard_normal((hour, 3), dtype=np.float32) * np.repeat(noise, minute)[:, None]
        part += np.repeat(postures, hour // len(postures), axis=0)
        samples[number * hour : (number + 1) * hour] = (part - OFFSET) / GAIN
    samples.flush()
    path.rename(folder / "acceleration.npy")


def _measured(step: str, folder: Path) -> Usage:
    usage = run_timed([sys.executable, __file__, step, folder], cwd=REPO)
    held = sum((folder / name).stat().st_size for name in ("time.npy", "acceleration.npy"))
    return usage._replace(peak_mb=usage.peak_mb - held / 2**20)


def _ours(clock: np.ndarray, samples: np.ndarray, threads: int) -> None:
    processing = Processing()
    cut_points = intensity.load(REPO / "resources" / "cut_points.tsv")
    recording = Recording(clock, samples, RATE_HZ, 8, "Axivity AX3")
    epochs, quality = acceleration.epochs_of(recording, processing, threads)
    found = days.summarise_days(epochs, processing, cut_points)
    _check(quality["recorded_h"] - quality["worn_h"], len(found))


def _skdh(clock: np.ndarray, samples: np.ndarray) -> None:
    """The pipeline that its documentation composes; of non-wear it finds less than was simulated."""
    from skdh import Pipeline, activity, preprocessing

    started = time.perf_counter()
    pipeline = Pipeline()
    pipeline.add(preprocessing.CalibrateAccelerometer())
    pipeline.add(preprocessing.AccelThresholdWearDetection(sd_crit=0.013, range_crit=0.05))
    pipeline.add(preprocessing.GetDayWindowIndices(bases=[0], periods=[24]))
    pipeline.add(activity.ActivityLevelClassification(), name="activity")
    results = pipeline.run(time=clock, accel=samples, fs=float(RATE_HZ))["activity"]
    print(time.perf_counter() - started)
    if len(results["Date"]) != DAYS:
        sys.exit(f"error: skdh found {len(results['Date'])} days")


def _plain(samples: np.ndarray) -> None:
    """Calibrated epochs and non-wear by reshaping, as if no clock drifted and nothing were missing."""
    windows = samples.astype(float).reshape(-1, calibration.STILL_WINDOW_S * RATE_HZ, 3)
    means = windows.mean(axis=1)
    still = (windows.std(axis=1, ddof=1) < calibration.STILL_SD_G).all(axis=1)
    found = calibration.calibrate(means[still], np.full(still.sum(), np.nan), Processing.min_sphere_g)
    calibrated = windows.reshape(-1, 3) * found.gain + found.offset
    norm = np.linalg.norm(calibrated, axis=1)
    np.maximum(norm - 1, 0).reshape(-1, 5 * RATE_HZ).mean(axis=1)
    quarters = calibrated.reshape(DAYS * 24 * 4, -1, 3)
    low, high = quarters.min(axis=1), quarters.max(axis=1)
    total, squares = quarters.sum(axis=1), (quarters**2).sum(axis=1)
    hours = np.lib.stride_tricks.sliding_window_view
    n = 3600 * RATE_HZ
    mean = hours(total, 4, axis=0).sum(axis=-1) / n
    deviation = np.sqrt(hours(squares, 4, axis=0).sum(axis=-1) / n - mean**2)
    extent = hours(high, 4, axis=0).max(axis=-1) - hours(low, 4, axis=0).min(axis=-1)
    off = ((deviation < 0.013) & (extent < 0.05)).sum(axis=1) >= 2
    _check(np.convolve(off, np.ones(4)).astype(bool).sum() / 4, DAYS)


def _check(not_worn_h: float, found_days: int) -> None:
    """What was found is what was simulated."""
    expected = sum(last - first for first, last in NOT_WORN_H)
    if abs(not_worn_h - expected) > 0.3 or found_days != DAYS:
        sys.exit(f"error: {not_worn_h:g} h of non-wear were found instead of {expected}, {found_days} days")


def main(step: str, folder: Path) -> None:
    """Load the recording, run a step and print its seconds."""
    clock, samples = np.load(folder / "time.npy"), np.load(folder / "acceleration.npy")
    if step == "skdh":
        return _skdh(clock / NANOSECONDS, samples)
    started = time.perf_counter()
    if step == "plain":
        _plain(samples)
    else:
        _ours(clock, samples, 2 if step == "ours" else 1)
    print(time.perf_counter() - started)
    return None


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
