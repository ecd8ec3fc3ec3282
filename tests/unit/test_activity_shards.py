"""One shard of activity files: every form side by side, and recordings that fail alone."""

import faulthandler
import os
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import REPO

from il6r.activity import intensity, recordings
from il6r.activity.accelerometry import Processing
from il6r.errors import InputError
from il6r.tables.activity import DAYS_READ, QUESTIONNAIRES_READ, RECORDINGS, SUMMARIES_READ

CUT_POINTS = intensity.load(REPO / "resources" / "cut_points.tsv")


def source(form, files=1, **more):
    return {"form": form, "files": files, "unit": "mg", "columns": {}, **more}


def epochs(path, start="2025-03-03 00:00:00", hours=48, enmo=30):
    """A 90004 file of 60-s epochs with one acceleration."""
    n = int(hours * 60)
    ends = [str(np.datetime64(start.replace(" ", "T")) + np.timedelta64(60 * k, "s")) for k in (0, n - 1)]
    between = " - ".join(end.replace("T", " ") for end in ends)
    head = f"acceleration (mg) - {between} - sampleRate = 60 seconds,imputed\n"
    path.write_text(head + f"{enmo},0\n" * n)
    return str(path)


def shard(files, sources, workers=1):
    told = []
    found = recordings.read_shard(
        files,
        sources,
        Processing(),
        CUT_POINTS,
        workers=workers,
        say=told.append,
    )
    return found, told


def written(table, frame, folder):
    table.write(frame, folder / "table.parquet")
    return table.read(folder / "table.parquet")


@pytest.mark.parametrize("workers", [1, 2])
def test_each_file_is_read_by_its_form_and_a_broken_recording_fails_alone(tmp_path, workers):
    table = tmp_path / "days.csv"
    table.write_text("participant,date,enmo_mg,wear_h\nt,2025-03-03,30,20\n")
    answers = tmp_path / "ipaq.csv"
    answers.write_text(
        "participant,vigorous_days,vigorous_min_per_day,moderate_days,moderate_min_per_day,walking_days,"
        "walking_min_per_day,sitting_min_per_day\nq,0,0,0,0,7,30,300\n"
    )
    good = epochs(tmp_path / "G1_90004_0_0.csv")
    short = epochs(tmp_path / "S1.csv", hours=0.5)
    broken = tmp_path / "B1.csv"
    broken.write_text("nothing\n")
    other = epochs(tmp_path / "G2.csv")
    found, told = shard(
        [str(table), good, short, str(broken), other, str(answers)],
        [source("person_days"), source("epochs_90004", files=4), source("ipaq_short")],
        workers=workers,
    )
    rows = written(RECORDINGS, found.recordings, tmp_path)
    assert rows["participant"].tolist() == ["G1", "S1", "B1", "G2"]
    assert rows["failure"].isna().tolist() == [True, False, False, True]
    assert rows["failure"][1].endswith(
        "S1.csv: it is too short: 30.0 min were recorded, and non-wear is told from 60 min; leave it out."
    )
    assert rows.loc[0, ["start", "end"]].tolist() == ["2025-03-03T00:00:00", "2025-03-05T00:00:00"]
    assert rows.loc[0, ["recorded_h", "worn_h"]].tolist() == [48, 48]
    days = written(DAYS_READ, found.days, tmp_path)
    assert days["participant"].tolist() == ["t", "G1", "G1", "G2", "G2"]
    assert days["file"].tolist() == [0, 1, 1, 4, 4]
    assert days["line"].isna().tolist() == [False, True, True, True, True]
    assert written(QUESTIONNAIRES_READ, found.questionnaire, tmp_path)["met_min_per_week"].tolist() == [693]
    assert written(SUMMARIES_READ, found.summaries, tmp_path).empty
    assert told[0] == "recording 1 of 4: 48.00 h recorded, 48.00 h worn"
    assert told[1] == "recording 2 of 4: failed"
    assert rows["bytes"].isna().tolist() == [False, True, True, False]


def test_a_crash_of_a_reader_is_one_failure_and_no_more(tmp_path, monkeypatch):
    files = [epochs(tmp_path / f"P{k}.csv") for k in range(3)]
    read = recordings.epoch_files.read_epochs

    def crash(path, *arguments, **options):
        if path == files[1]:
            faulthandler.disable()
            os.abort()
        return read(path, *arguments, **options)

    monkeypatch.setattr(recordings.epoch_files, "read_epochs", crash)
    found, _ = shard(files, [source("epochs_90004", files=3)])
    assert found.recordings["failure"].isna().tolist() == [True, False, True]
    assert "crashed (SIGABRT)" in found.recordings["failure"][1]


@pytest.mark.parametrize(
    ("name", "pattern", "owner"),
    [
        ("1234567_90001_0_0.cwa", None, "1234567"),
        ("P01_wave2.csv.gz", None, "P01_wave2"),
        ("P01", None, "P01"),
        ("P01_wave2.csv.gz", "^([^_]+)_", "P01"),
    ],
)
def test_a_recordings_participant_is_in_its_files_name(name, pattern, owner):
    assert recordings.participant(f"some/folder/{name}", pattern) == owner


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (None, "a file's name begins with a dot; rename it"),
        ("(", "is no regular expression"),
        ("^P", "has 0 groups; put the part that is the participant"),
        ("^X(.*)", "finds no participant in a file's name .it looks like 'A00.AAA'.; correct"),
    ],
)
def test_a_pattern_that_finds_no_participant_is_refused(pattern, said):
    with pytest.raises(InputError, match=f"^config, activity.participant: .*{said}"):
        recordings.participant(".csv" if pattern is None else "P01.csv", pattern)


def test_a_recording_that_is_further_off_than_allowed_fails(monkeypatch):
    from il6r.activity import acceleration, devices

    quality = {
        "calibration": "not applied: too few",
        "calibration_before_mg": 12.0,
        "calibration_after_mg": np.nan,
    }
    time = np.array([0, 86_400_000_000_000])
    recording = SimpleNamespace(device="Axivity AX3", rate_hz=100.0, corrupt_blocks=0, time=time)
    monkeypatch.setattr(devices, "read_recording", lambda *_: recording)
    monkeypatch.setattr(acceleration, "epochs_of", lambda *_: (None, quality))
    with pytest.raises(
        InputError, match=r"P1.cwa: its calibration error is 12.0 mg .*, and 10 mg are allowed; leave"
    ):
        recordings.summarise_recording(
            "P1.cwa", source("raw"), Processing(max_calibration_error_mg=10), CUT_POINTS
        )


def test_a_recording_whose_clock_jumped_by_years_fails(monkeypatch):
    from il6r.activity import devices

    time = np.array([0, 400 * 86_400_000_000_000])
    monkeypatch.setattr(devices, "read_recording", lambda *_: SimpleNamespace(time=time))
    with pytest.raises(
        InputError, match=r"P1.cwa: it goes on for 400 days, longer than 366; leave it out, since"
    ):
        recordings.summarise_recording("P1.cwa", source("raw"), Processing(), CUT_POINTS)


def test_a_file_that_cannot_be_opened_is_one_failure(tmp_path):
    files = [epochs(tmp_path / "P1.csv"), str(tmp_path / "P2.csv")]
    found, _ = shard(files, [source("epochs_90004", files=2)])
    assert found.recordings["failure"].isna().tolist() == [True, False]
