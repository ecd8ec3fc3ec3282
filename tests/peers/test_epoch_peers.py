"""Person-days from GGIR's own epochs against GGIR's own days.

What GGIR 3.3-7 gave for a recording of 47 h from 9:00 on day 1 to 8:00 on day 3, not worn from 10 to 11
on either day. It differs from us in two ways. An hour that nobody knows is 0 there and missing here. And
on the incomplete first and last day GGIR fills the unrecorded hours with its average day as it begins at
the recording's start: the hours from midnight to 9:00 of day 1 get those from 9:00 to 18:00. So the
complete day 2 agrees as it is, and days 1 and 3 agree where they are filled as GGIR fills them.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from conftest import REPO, real

from il6r.activity import days, intensity
from il6r.activity.accelerometry import Processing
from il6r.activity.epoch_files import read_epochs

CUT_POINTS = intensity.load(REPO / "resources" / "cut_points.tsv")
SETTINGS = Processing(time_zone="Europe/London")
EPOCHS_A_DAY = 5760


def results(name, table):
    frame = pd.read_csv(real("activity", "ggir", name, f"{table}.csv"))
    return frame.rename(
        columns=lambda column: column.replace("_ENMO_mg_0-24hr", "").replace("_ENMO_0-24hr", "")
    )


def epochs(name):
    real("activity", "ggir", name, "metalong.csv")
    path = real("activity", "ggir", name, "metashort.csv")
    return read_epochs(path, "ggir_epochs", time_zone=SETTINGS.time_zone)


@pytest.fixture(scope="module")
def ours():
    return days.summarise_days(epochs("ggir_test_csv"), SETTINGS, CUT_POINTS)


@pytest.fixture(scope="module")
def theirs():
    return results("ggir_test_csv", "part2_daysummary")


@pytest.fixture(scope="module")
def filled_as_ggir():
    """The three days with what GGIR puts in for time not worn and not recorded."""
    series = epochs("ggir_test_csv")
    # 47 hours, the 48th, and a day that is unknown, so that it becomes the average day.
    value = np.full(3 * EPOCHS_A_DAY, np.nan)
    value[: len(series.worn)] = np.where(series.worn, series.enmo_mg, np.nan)
    filled = np.nan_to_num(days.impute(value, np.arange(len(value)) % EPOCHS_A_DAY))
    # GGIR rounds what it fills in to four digits of a g, though not its average day.
    recorded, average = np.round(filled[: 47 * 240], 1), filled[2 * EPOCHS_A_DAY :]
    return [
        np.append(average[: 9 * 240], recorded[: 15 * 240]),
        recorded[15 * 240 : 39 * 240],
        np.append(recorded[39 * 240 :], average[8 * 240 :]),
    ]


def test_non_wear_is_ggirs_to_the_hour(ours, theirs):
    assert ours["date"].tolist() == theirs["calendar_date"].tolist()
    assert ours["wear_h"].tolist() == theirs["N valid hours"].tolist() == [14, 23, 8]
    assert ours["recorded_h"].tolist() == theirs["N hours"].tolist() == [15, 24, 8]


def test_a_complete_day_is_ggirs_but_for_the_hour_that_nobody_knows(ours, theirs):
    day, ggir = ours.iloc[1], theirs.iloc[1]
    assert day["enmo_mg"] * 23 / 24 == pytest.approx(ggir["mean"], abs=6e-4)
    assert day["sedentary_min_per_day"] + 60 == ggir["[0,40)"]
    assert day["light_min_per_day"] == ggir["[40,100)"]
    assert day["mvpa_min_per_day"] == ggir["[100,400)"] + ggir["[400,8e+03)"] == ggir["MVPA_E15S_T100"]
    assert day["vigorous_min_per_day"] == ggir["[400,8e+03)"]
    assert day["mvpa_bouts_min_per_day"] == ggir["MVPA_E15S_B10M80%_T100"]
    assert day["l5_start_h"] == 21.5


@pytest.mark.parametrize("length", [1, 5, 10])
def test_minutes_in_bouts_of_every_length_are_ggirs(theirs, length):
    settings = dataclasses.replace(SETTINGS, bout_min=length)
    found = days.summarise_days(epochs("ggir_test_csv"), settings, CUT_POINTS)
    assert found["mvpa_bouts_min_per_day"].iloc[1] == theirs[f"MVPA_E15S_B{length}M80%_T100"].iloc[1]


def test_the_mean_of_the_whole_recording_is_ggirs():
    # Every clock time counts once, as in GGIR's average day, with its 0 for the unknown hour.
    left_out = dataclasses.replace(SETTINGS, imputation="none")
    found = days.summarise_days(epochs("ggir_test_csv"), left_out, CUT_POINTS)
    profile = found[[f"h{hour:02d}_mg" for hour in range(24)]].mean()
    ggir = results("ggir_test_csv", "part2_summary").iloc[0]
    assert profile.isna().tolist() == [hour == 10 for hour in range(24)]
    assert profile.fillna(0).mean() == pytest.approx(ggir["ENMO_fullRecordingMean"], abs=6e-4)


def test_a_recording_that_was_always_worn_has_the_mean_of_its_epochs():
    # 9.880 mg by GGIR, over 13.25 h on two days; no clock time is there twice, so both days have it all.
    found = days.summarise_days(epochs("small_gt3x"), SETTINGS, CUT_POINTS)
    assert found["enmo_mg"].tolist() == pytest.approx([9.880] * 2, abs=6e-4)
    in_utc = days.summarise_days(epochs("small_gt3x"), Processing(time_zone="UTC"), CUT_POINTS)
    hours = results("small_gt3x", "part2_daysummary")["N valid hours"]
    assert in_utc["wear_h"].tolist() == hours.tolist() == [12.25, 1]


def test_days_filled_as_ggir_fills_them_have_ggirs_values(filled_as_ggir, theirs):
    steps = np.stack(filled_as_ggir).reshape(3, days.STEPS, -1)
    counts = np.full(steps.shape[:2], 40)
    for hours in (3, 10):
        found = days.extreme_windows(steps.sum(axis=2), counts, counts, hours)
        for name, values in zip((f"L{hours}", f"L{hours}hr", f"M{hours}", f"M{hours}hr"), found, strict=True):
            assert values == pytest.approx(theirs[name].to_numpy(), abs=6e-4), name
    for day, (_, ggir) in zip(filled_as_ggir, theirs.iterrows(), strict=True):
        assert day.mean() == pytest.approx(ggir["mean"], abs=6e-4)
        assert np.median(day) == pytest.approx(ggir["p50"], abs=6e-4)
        # One epoch of day 3 is imputed as 40 mg to the last digit.
        assert (day < 40).sum() / 4 == pytest.approx(ggir["[0,40)"], abs=0.25)
        assert (day < 100).sum() / 4 == ggir["[0,40)"] + ggir["[40,100)"]
        assert (day >= 400).sum() / 4 == ggir["[400,8e+03)"]
        for length in (1, 5, 10):
            bouts = intensity.in_bouts(day >= 100, 15, length, 0.8)
            assert bouts.sum() / 4 == ggir[f"MVPA_E15S_B{length}M80%_T100"]


def test_the_means_over_days_are_those_that_ggirs_own_tests_expect(filled_as_ggir):
    # GGIR's tests/testthat/test_integration.R: 0.02911 g, medians 17.15, 33 and 0, M3 89.26 mg.
    steps = np.stack(filled_as_ggir).reshape(3, days.STEPS, -1)
    counts = np.full(steps.shape[:2], 40)
    assert steps.mean() == pytest.approx(29.11, rel=0.01)
    assert np.median(filled_as_ggir, axis=1) == pytest.approx([17.15, 33, 0], rel=0.01)
    assert days.extreme_windows(steps.sum(axis=2), counts, counts, 3)[2].mean() == pytest.approx(
        89.26, rel=0.01
    )
