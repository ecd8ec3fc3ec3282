"""Recordings as UK Biobank hands them out (a week of 5-s epochs each) to person-days, beside plain pandas.

`epochs` gives the arguments of `run.row`. As a program,

    python benchmarks/activity_epochs.py ours|pandas FOLDER COUNT

it is the process that is measured: it prints the seconds that one of the first COUNT recordings in FOLDER
took in the mean, without imports.
"""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from measure import Usage, run_timed

REPO = Path(__file__).resolve().parent.parent
COUNTS = {10: 3, 100: 3, 1_000: 1}  # recordings, and how often they are measured
DISTINCT, DAYS, SECONDS = 8, 7, 5
START = pd.Timestamp("2014-12-08 10:00:00")


def epochs(folder: Path) -> Iterator[tuple[str, list[Usage], str, list[Usage]]]:
    """Seconds for each recording and peak memory, from 10 to 1,000 recordings."""
    write_recordings(folder, max(COUNTS))
    for count, times in COUNTS.items():
        measured = {
            how: [run_timed([sys.executable, __file__, how, folder, count], cwd=REPO) for _ in range(times)]
            for how in ("ours", "pandas")
        }
        yield f"activity_epochs_{count}/each", measured["ours"], "pandas", measured["pandas"]


def write_recordings(folder: Path, count: int) -> None:
    """As many files as there are recordings; a few contents, and links to them."""
    rng = np.random.default_rng(1)
    n = DAYS * 86_400 // SECONDS
    second = (START.hour * 3600 + SECONDS * np.arange(n)) % 86_400
    still = np.where(second < 7 * 3600, 0.1, 1.0)
    end = START + pd.Timedelta(seconds=SECONDS * (n - 1))
    header = f"acceleration (mg) - {START} - {end} - sampleRate = {SECONDS} seconds"
    for number in range(count):
        path = folder / f"{number:07d}_90004_0_0.csv"
        if path.exists():
            continue
        if number >= DISTINCT:
            os.link(folder / f"{number % DISTINCT:07d}_90004_0_0.csv", path)
            continue
        # Not worn for some hours twice; about 30 mg in the mean, as in UK Biobank.
        imputed = np.zeros(n, dtype=int)
        for begin in rng.integers(0, n - 2_000, 2):
            imputed[begin : begin + 2_000] = 1
        values = np.round(rng.gamma(0.5, 80 * still), 2)
        pd.DataFrame({header: values, "imputed": imputed}).to_csv(path, index=False)


def _ours(paths: list[Path]) -> float:
    """Seconds for all of it, as a shard's job reads them."""
    sys.path.append(str(REPO / "workflow" / "scripts"))
    from il6r.activity import days, epoch_files, intensity
    from il6r.activity.accelerometry import Processing

    processing = Processing(time_zone="Europe/London")
    cut_points = intensity.load(REPO / "resources" / "cut_points.tsv")
    before = time.perf_counter()
    parts = []
    for path in paths:
        series = epoch_files.read_epochs(path, "epochs_90004", time_zone=processing.time_zone)
        parts.append(days.summarise_days(series, processing, cut_points))
    pd.concat(parts)
    return time.perf_counter() - before


def _pandas(paths: list[Path]) -> float:
    """Seconds for day means, minutes by level and the hourly profile alone, written in pandas."""
    before = time.perf_counter()
    parts = []
    for path in paths:
        frame = pd.read_csv(path)
        start = frame.columns[0].split(" - ")[1]
        frame.columns = ["enmo_mg", "imputed"]
        local = pd.date_range(start, periods=len(frame), freq=f"{SECONDS}s")
        worn = frame["enmo_mg"].where(frame["imputed"] == 0)
        value = worn.fillna(worn.groupby(local.time).transform("mean"))
        day = value.groupby(local.date)
        found = pd.DataFrame({"enmo_mg": day.mean(), "wear_h": worn.groupby(local.date).count() / 720})
        for name, low, high in (("sedentary", 0, 40), ("light", 40, 100), ("mvpa", 100, np.inf)):
            found[name] = day.agg(lambda part, low=low, high=high: ((part >= low) & (part < high)).sum() / 12)
        hourly = value.groupby([local.date, local.hour]).mean().unstack()
        parts.append(found.join(hourly))
    pd.concat(parts)
    return time.perf_counter() - before


if __name__ == "__main__":
    how, folder, count = sys.argv[1:]
    recordings = sorted(Path(folder).glob("*_90004_0_0.csv"))[: int(count)]
    measured = {"ours": _ours, "pandas": _pandas}[how]
    # What is imported at first use is not the recordings' cost.
    measured(recordings[:1])
    print(measured(recordings) / len(recordings))
