"""A week at 100 Hz as a .cwa file, from the file to person-days: ours beside scikit-digital-health, and GGIR.

`cwa` gives the arguments of `run.row`. As a program,

    python benchmarks/activity_cwa.py ours|skdh whole|decoding|computing FILE

it is the process that they measure: it prints the seconds of the whole, or of one part, imports not counted.
GGIR is measured where R has it, as a whole process.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import activity_signal
import numpy as np
from measure import Usage, run, run_timed

REPO = activity_signal.REPO
PARTS = ("whole", "decoding", "computing")
RUNS = 3
_GGIR = """library(GGIR); GGIR(mode=c(1,2), datadir='{file}', outputdir='{folder}', studyname='week',
overwrite=TRUE, do.report=2, do.parallel=FALSE, do.visual=FALSE, desiredtz='UTC',
windowsizes=c(5,900,3600))"""


def cwa(folder: Path) -> Iterator[tuple[str, list[Usage], str, list[Usage]]]:
    """Decoding and computing one after the other, and each alone."""
    file = folder / "week.cwa"
    write_file(folder, file)
    _measured("ours", "whole", file)  # so that compilation does not count
    for part in PARTS:
        name = "activity_cwa" if part == "whole" else f"activity_cwa/{part}"
        ours = [_measured("ours", part, file) for _ in range(RUNS)]
        yield name, ours, "skdh", [_measured("skdh", part, file)]
    if _has_ggir():
        script = _GGIR.format(file=file, folder=folder)
        ours = [_measured("ours", "whole", file) for _ in range(RUNS)]
        yield "activity_cwa/GGIR", ours, "GGIR parts 1 and 2", [run(["Rscript", "-e", script])]


def write_file(folder: Path, file: Path) -> None:
    """The recording of `activity_signal` as a .cwa file."""
    from il6r.synthetic import cwa_writer

    activity_signal.write_recording(folder)
    samples = np.load(folder / "acceleration.npy", mmap_mode="r")
    hour = 3600 * activity_signal.RATE_HZ
    stretches = (
        cwa_writer.Stretch(np.ascontiguousarray(samples[k : k + hour].T), 31.0, 300, 4.1)
        for k in range(0, len(samples), hour)
    )
    cwa_writer.write(file, stretches, activity_signal.START, activity_signal.RATE_HZ, 1, 1)


def _has_ggir() -> bool:
    if shutil.which("Rscript") is None:
        return False
    asked = ["Rscript", "-e", "cat(requireNamespace('GGIR', quietly=TRUE))"]
    return subprocess.run(asked, capture_output=True, text=True).stdout == "TRUE"


def _measured(who: str, part: str, file: Path) -> Usage:
    return run_timed([sys.executable, __file__, who, part, file], cwd=REPO)


def _ours(file: Path) -> Iterator[None]:
    from il6r.activity import acceleration, days, devices, intensity
    from il6r.activity.accelerometry import Processing

    cut_points = intensity.load(REPO / "resources" / "cut_points.tsv")
    yield
    recording = devices.read_recording(file)
    yield
    epochs, _ = acceleration.epochs_of(recording, Processing(), threads=2)
    found = days.summarise_days(epochs, Processing(), cut_points)
    if len(found) != activity_signal.DAYS:
        sys.exit(f"error: {len(found)} days were found")
    yield


def _skdh(file: Path) -> Iterator[None]:
    from skdh import Pipeline, activity, preprocessing
    from skdh.io import ReadCwa

    pipeline = Pipeline()
    pipeline.add(preprocessing.CalibrateAccelerometer())
    pipeline.add(preprocessing.AccelThresholdWearDetection(sd_crit=0.013, range_crit=0.05))
    pipeline.add(preprocessing.GetDayWindowIndices(bases=[0], periods=[24]))
    pipeline.add(activity.ActivityLevelClassification(), name="activity")
    yield
    read = ReadCwa().predict(file=str(file))
    yield
    found = pipeline.run(**{name: read[name] for name in ("time", "accel", "fs") if name in read})
    if len(found["activity"]["Date"]) != activity_signal.DAYS:
        sys.exit(f"error: skdh found {len(found['activity']['Date'])} days")
    yield


def main(who: str, part: str, file: Path) -> None:
    """Run all steps and print the seconds that one part of them took."""
    begun, decoded, done = (time.perf_counter() for _ in {"ours": _ours, "skdh": _skdh}[who](file))
    print({"whole": done - begun, "decoding": decoded - begun, "computing": done - decoded}[part])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
