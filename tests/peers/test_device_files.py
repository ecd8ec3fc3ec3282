"""Public device files: each is read as other readers read it, or refused in one sentence."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import REPO, real

from il6r.activity import intensity, recordings
from il6r.activity.accelerometry import Processing
from il6r.activity.devices import read_recording
from il6r.activity.isolation import Failure, each
from il6r.errors import InputError

OUTCOMES = REPO / "tests" / "peers" / "device_files.tsv"
# Mean ENMO in mg, not calibrated, that several readers agree on.
UNCALIBRATED_MG = {
    "GGIRread/ax3_testfile.cwa": 27.284,
    "GGIRread/ax6_testfile.cwa": 617.953,
    "scikit-digital-health/ax3_sample.cwa": 76.050,
    "GGIRread/GENEActiv_testfile.bin": 40.493,
}
CUT_POINTS = intensity.load(REPO / "resources" / "cut_points.tsv")
# Of these, the samples of another reader are there as an array.
ARRAYS = {
    "scikit-digital-health/ax3_sample.cwa": "ax3_data.npz",
    "scikit-digital-health/gnactv_sample.bin": "gnactv_data.npz",
}
# That reader takes a block's samples to be spread evenly up to the next block, we take them to be at the
# nominal rate from the block's own time on; here the device is off by up to two samples of a block.
BLOCK_S = 0.025


def raw(name):
    return real("activity", "raw", name)


def activity(path):
    """What the workflow makes of a recording."""
    source = {"form": "raw", "columns": {}, "unit": "mg"}
    try:
        days, found = recordings.summarise_recording(path, source, Processing(time_zone="UTC"), CUT_POINTS)
    except InputError as error:
        return str(error).removeprefix(f"{path}: ")
    return f"{len(days)} days of {found['recorded_h']:.2f} h, {found['worn_h']:.2f} h worn"


def outcome(path):
    recording = read_recording(path, "UTC")
    return {
        "activity": activity(path),
        "outcome": "recording",
        "device": recording.device,
        "rate_hz": f"{recording.rate_hz:g}",
        "range_g": f"{recording.range_g:g}",
        "samples": str(len(recording.time)),
        "start": str(np.datetime64(int(recording.time[0]), "ns").astype("M8[ms]")),
        "clock": "UTC" if recording.utc else "local",
        "corrupt_blocks": str(recording.corrupt_blocks),
    }


def enmo_mg(recording):
    norm = np.sqrt((recording.acceleration.astype(np.float64) ** 2).sum(axis=1))
    return 1000 * np.maximum(norm - 1, 0)


def test_every_file_ends_as_the_table_says():
    folder = raw("SOURCES.tsv").parent
    paths = sorted(path for path in folder.glob("*/*") if path.suffix != ".npz")
    found = {}
    for index, result in each(outcome, paths):
        if isinstance(result, Failure):
            assert result.sentence.startswith(f"{paths[index]}: ")
            assert result.detail == ""
            result = {"outcome": result.sentence.removeprefix(f"{paths[index]}: ")}
        found[str(paths[index].relative_to(folder))] = result
    table = pd.DataFrame.from_dict(found, orient="index").fillna("").rename_axis("file")
    expected = pd.read_csv(OUTCOMES, sep="\t", index_col="file", dtype=str, keep_default_na=False)
    assert len(table) >= 25
    pd.testing.assert_frame_equal(table[list(expected)], expected, check_dtype=False)


@pytest.mark.parametrize("name", UNCALIBRATED_MG)
def test_the_uncalibrated_mean_is_that_of_other_readers(name):
    assert enmo_mg(read_recording(raw(name))).mean() == pytest.approx(UNCALIBRATED_MG[name], abs=0.01)


@pytest.mark.parametrize("name", ARRAYS)
def test_samples_and_times_are_those_of_another_readers_test(name):
    recording = read_recording(raw(name))
    with np.load(raw(f"scikit-digital-health/{ARRAYS[name]}")) as theirs:
        # It rounds GENEActiv's to four decimals.
        np.testing.assert_allclose(recording.acceleration, theirs["accel"], atol=5.1e-5)
        np.testing.assert_allclose(recording.time / 1e9, theirs["time"], rtol=0, atol=BLOCK_S)


def test_axivity_files_are_read_as_another_reader_reads_them(tmp_path):
    pytest.importorskip("skdh")
    names = ["GGIRread/ax3_testfile.cwa", "GGIRread/ax6_testfile.cwa", "scikit-digital-health/ax3_sample.cwa"]
    # In a process of its own, since it ends the interpreter on some files.
    program = (
        "import sys, warnings, numpy\n"
        "warnings.simplefilter('ignore')\n"
        "from skdh.io import ReadCwa\n"
        "for number, path in enumerate(sys.argv[2:]):\n"
        "    found = ReadCwa().predict(file=path, tz_name=None)\n"
        "    numpy.savez(f'{sys.argv[1]}/{number}.npz', time=found['time'], accel=found['accel'])\n"
    )
    command = [sys.executable, "-c", program, tmp_path, *map(raw, names)]
    subprocess.run(list(map(str, command)), check=True, capture_output=True, env={**os.environ})
    for number, name in enumerate(names):
        recording = read_recording(raw(name))
        with np.load(tmp_path / f"{number}.npz") as theirs:
            np.testing.assert_array_equal(recording.acceleration, theirs["accel"].astype(np.float32))
            np.testing.assert_allclose(recording.time / 1e9, theirs["time"], rtol=0, atol=BLOCK_S)


def test_the_sectors_damaged_on_purpose_are_those_that_are_missing():
    whole = read_recording(raw("GGIRread/ax3_testfile.cwa"))
    damaged = read_recording(raw("GGIRread/ax3_testfile_corrupt_blocks_0_13_14_142_143_144.cwa"))
    kept = np.delete(np.arange(145), [0, 13, 14, 142, 143, 144])
    np.testing.assert_array_equal(
        damaged.acceleration, whole.acceleration.reshape(145, 120, 3)[kept].reshape(-1, 3)
    )
    np.testing.assert_array_equal(damaged.time, whole.time.reshape(145, 120)[kept].ravel())


def test_packed_actigraph_records_are_read_as_another_reader_reads_them():
    import actfast

    path = raw("GGIR/actigraph_testfile.gt3x")
    recording, theirs = read_recording(path), actfast.read(path)["timeseries"]["acceleration"]
    np.testing.assert_array_equal(recording.acceleration, theirs["acceleration"])
    np.testing.assert_allclose(recording.time, theirs["datetime"], rtol=0, atol=30)


def test_a_csv_has_the_samples_of_the_file_that_it_was_made_from():
    recording = read_recording(raw("GGIR/ax6_testfile_formatted_timestamps.csv"))
    source = read_recording(raw("GGIRread/ax6_testfile.cwa"))
    n = len(recording.time)
    np.testing.assert_allclose(recording.acceleration, source.acceleration[:n], rtol=0, atol=1e-6)
    np.testing.assert_allclose(recording.time, source.time[:n], rtol=0, atol=BLOCK_S * 1e9)


def test_small_gt3x_has_a_record_for_every_second_awake_and_a_gap_for_every_sleep():
    recording = read_recording(raw("pygt3x/small.gt3x"), "UTC")
    # Counted in its log: 27,009 records of 30 samples; the device fell asleep 493 times and woke up 493.
    assert len(recording.time) == 27_009 * 30
    steps = np.diff(recording.time)
    assert (steps > 1e9).sum() == 492
    assert steps[steps < 1e9].max() <= 33_333_400
    assert (recording.time[-1] - recording.time[0]) / 3.6e12 == pytest.approx(13.6, abs=0.05)


def test_small_gt3x_lies_in_time_and_value_where_ggirs_epochs_lie():
    recording = read_recording(raw("pygt3x/small.gt3x"), "UTC")
    epochs = pd.read_csv(real("activity", "ggir", "small_gt3x", "metashort.csv"))
    seconds = pd.to_datetime(epochs["timestamp"]).dt.tz_localize(None).to_numpy("M8[s]").astype(np.int64)
    x, y, z = recording.acceleration.astype(np.float64).T
    angle = np.degrees(np.arctan2(z, np.hypot(x, y)))
    ours = pd.Series(angle).groupby(recording.time // 5_000_000_000).agg(["mean", "size"])
    ours = ours.reindex(seconds // 5)
    recorded = (ours["size"] == 150).to_numpy()
    assert recorded.sum() > 4_000
    theirs = epochs["anglez"].to_numpy()
    # Calibration and a running median move angles by a few degrees.
    assert np.median(np.abs(ours["mean"].to_numpy() - theirs)[recorded]) < 3
    fits = {
        shift: np.corrcoef(ours["mean"].to_numpy()[recorded], np.roll(theirs, shift)[recorded])[0, 1]
        for shift in range(-3, 4)
    }
    assert max(fits, key=fits.get) == 0
    assert fits[0] > 0.99
