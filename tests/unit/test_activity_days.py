"""Person-days from epochs: local time, imputation, intensity, bouts, most and least active hours."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from conftest import REPO
from hypothesis import given, settings
from hypothesis import strategies as st

from il6r.activity import clock, days, intensity
from il6r.activity.accelerometry import Epochs, Processing
from il6r.errors import InputError
from il6r.tables.activity import DAYS_READ

CUT_POINTS = intensity.load(REPO / "resources" / "cut_points.tsv")
AS_IS = Processing(time_zone=None)
LONDON = Processing(time_zone="Europe/London")


def moment(text: str) -> int:
    """Seconds since 1970 of a time without a zone."""
    return int(pd.Timestamp(text).timestamp())


def epochs(start: str, enmo_mg, worn=None, seconds=5, **attributes) -> Epochs:
    enmo_mg = np.asarray(enmo_mg, dtype=float)
    worn = ~np.isnan(enmo_mg) if worn is None else worn
    return Epochs(moment(start), seconds, enmo_mg, worn, **attributes)


def by_clock(seconds_of_day):
    """A day's course, mg: still at night, busiest in the afternoon."""
    hour = np.asarray(seconds_of_day) / 3600
    return np.where(hour < 7, 2.0, 40 + 30 * np.sin((hour - 7) / 17 * np.pi))


def summary(series, processing=AS_IS):
    return days.summarise_days(series, processing, CUT_POINTS).set_index("date")


# Cut points


def test_cut_points_are_the_published_ones():
    levels = {
        name: (points.light_mg, points.moderate_mg, points.vigorous_mg) for name, points in CUT_POINTS.items()
    }
    # Hildebrand 2014 (10.1249/MSS.0000000000000289) and 2017 (10.1111/sms.12795), and GGIR's defaults.
    assert levels == {
        "ggir": (40, 100, 400),
        "hildebrand_wrist_actigraph": (44.8, 100.6, 428.8),
        "hildebrand_wrist_geneactiv": (45.8, 93.2, 418.3),
        "hildebrand_hip_actigraph": (47.4, 69.1, 258.7),
        "hildebrand_hip_geneactiv": (46.9, 68.7, 266.8),
    }
    assert all(points.source for points in CUT_POINTS.values())


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (["a\t40\t30\t400"], "line 2: 40, 30 and 400 mg do not increase"),
        (["a\t40\t100\t400", "a\t41\t100\t400"], "line 3: the name 'a' is there twice or has other"),
        (["My set\t40\t100\t400"], "line 2: the name 'My set' is there twice or has other characters"),
        (["a\t40\t\t400"], "line 2: 'moderate_mg' is empty"),
        (["a\t40\t9000\t9001"], "line 2: moderate_mg 9000 is outside 0 to 8000"),
    ],
)
def test_cut_points_that_cannot_be_are_refused(tmp_path, rows, problem):
    path = tmp_path / "cut_points.tsv"
    header = "name\tlight_mg\tmoderate_mg\tvigorous_mg\tdevice\tsite\tpopulation\tsource"
    path.write_text("\n".join([header, *(f"{row}\tx\tx\tx\tx" for row in rows)]) + "\n")
    with pytest.raises(InputError, match=problem):
        intensity.load(path)


def test_unknown_cut_points_and_zones_are_one_sentence():
    series = epochs("2025-03-03", np.ones(17_280))
    with pytest.raises(InputError, match=r"activity\.cut_points 'mine': they are not in resources"):
        summary(series, dataclasses.replace(AS_IS, cut_points="mine"))
    for name in ("Europe/Londn", "../etc/passwd", ""):
        with pytest.raises(InputError, match=r"activity\.time_zone .* not in the IANA database"):
            summary(series, dataclasses.replace(AS_IS, time_zone=name))


# The clock


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/London", "2025-03-29 13:00"),
        ("Europe/London", "2025-10-25 13:00"),
        ("Australia/Lord_Howe", "2025-10-04 05:00"),
        ("America/St_Johns", "2010-11-06 20:00"),
        ("Asia/Kathmandu", "2025-03-29 13:00"),
        # Clocks changed twice within a recording: at Ramadan's beginning and end.
        ("Africa/Casablanca", "2024-03-01 00:00"),
    ],
)
def test_local_times_are_those_of_pandas(zone, start):
    seconds, count = 60, 45 * 1440
    found = clock.local_times(moment(start), seconds, count, clock.find_zone(zone))
    utc = pd.date_range(start, periods=count, freq=f"{seconds}s", tz="UTC", unit="s")
    assert (found == utc.tz_convert(zone).tz_localize(None).astype("int64").to_numpy()).all()


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2025-01-10 12:00", "2025-01-10 12:00"),
        ("2025-07-10 12:00", "2025-07-10 11:00"),
        # The hour that is there twice counts as its first occurrence, the one that is skipped as if the
        # clock had not been changed yet.
        ("2025-10-26 01:30", "2025-10-26 00:30"),
        ("2025-03-30 01:30", "2025-03-30 01:30"),
    ],
)
def test_a_devices_start_is_placed_by_the_zones_offset(local, utc):
    assert clock.to_utc(moment(local), clock.find_zone("Europe/London")) == moment(utc)


def test_a_device_set_to_local_time_is_an_hour_off_after_clocks_were_changed():
    hourly = epochs("2025-03-29 00:00", np.ones(48 * 60), seconds=60)
    local = clock.local_seconds(hourly, "Europe/London")
    assert local[0] == moment("2025-03-29 00:00")
    assert local[-1] == moment("2025-03-31 00:59")
    in_utc = dataclasses.replace(hourly, utc=True)
    assert (clock.local_seconds(in_utc, "Europe/London") == local).all()
    assert clock.local_seconds(hourly, None)[-1] == moment("2025-03-30 23:59")


@pytest.mark.parametrize("utc", [False, True], ids=["device set to local time", "device in UTC"])
@pytest.mark.parametrize(
    ("first", "changed", "hours"),
    [("2025-03-27 22:00", "2025-03-30", 23), ("2025-10-23 22:00", "2025-10-26", 25)],
    ids=["spring", "autumn"],
)
def test_days_across_daylight_saving_keep_their_clock_hours(utc, first, changed, hours):
    zone = clock.find_zone("Europe/London")
    start = clock.to_utc(moment(first), zone)
    local = clock.local_times(start, 5, 6 * 17_280, zone)
    series = Epochs(
        start if utc else moment(first), 5, by_clock(local % 86_400), np.ones(len(local), bool), utc
    )
    found = summary(series, LONDON)
    day = found.loc[changed]
    assert day["recorded_h"] == hours
    assert day["wear_h"] == hours
    levels = ["sedentary_min_per_day", "light_min_per_day", "mvpa_min_per_day"]
    assert day[levels].sum() == pytest.approx(60 * hours)
    assert (
        found[levels].sum(axis=1) == [60 * (hours if date == changed else 24) for date in found.index]
    ).all()
    # Each clock hour's truth, on every day; the hour that clocks skip has no value.
    truth = by_clock(np.arange(86_400)[::5]).reshape(24, -1).mean(axis=1)
    profile = found[[f"h{hour:02d}_mg" for hour in range(24)]]
    skipped = profile.isna()
    assert skipped.to_numpy().sum() == (hours == 23)
    assert skipped.loc[changed, "h01_mg"] == (hours == 23)
    assert np.allclose(profile.fillna(pd.Series(truth, index=profile.columns)), truth)
    assert found["l5_mg"].tolist() == pytest.approx([2.0] * len(found))
    # Within 0 and 7 a window of 5 h that is all night can begin up to 2; the middle one is 1.
    assert found["l5_start_h"].tolist() == [1.0] * len(found)


def test_clocks_that_go_back_over_midnight_do_not_bring_the_old_day_back():
    # In Newfoundland it was 23:01 on the 6th again after 0:01 on the 7th of November 2010.
    series = epochs("2010-11-05 12:00", np.full(4 * 1440, 20.0), seconds=60)
    found = summary(series, Processing(time_zone="America/St_Johns"))
    assert found["recorded_h"].to_dict() == {
        "2010-11-05": 12, "2010-11-06": 24, "2010-11-07": 25, "2010-11-08": 24,
        "2010-11-09": 11,
    }  # fmt: skip


def test_every_calendar_day_that_was_touched_has_a_row():
    enmo = np.full(4 * 1440, 20.0)
    enmo[1440:2880] = np.nan
    found = summary(epochs("2025-03-03 12:00", enmo, seconds=60))
    # Half a day is missing on the 4th and on the 5th; nothing at all is recorded on none.
    assert found["recorded_h"].to_dict() == {
        "2025-03-03": 12, "2025-03-04": 12, "2025-03-05": 12, "2025-03-06": 24, "2025-03-07": 12,
    }  # fmt: skip
    enmo[720:2880] = np.nan
    assert "2025-03-04" not in summary(epochs("2025-03-03 12:00", enmo, seconds=60)).index


def test_the_table_is_what_the_stages_contract_wants():
    found = days.summarise_days(epochs("2025-03-03 07:00", np.full(60_000, 55.0)), AS_IS, CUT_POINTS)
    checked = DAYS_READ.check(found.assign(participant="a", file=0, line=None))
    assert checked["date"].tolist() == ["2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06"]
    assert {f"mvpa_min_{name}" for name in CUT_POINTS} <= set(found)


# Imputation


def with_nonwear(rng):
    """Seven days that follow the clock, with noise; not worn now and then, never between 3 and 4."""
    local = moment("2025-03-03 10:00") + 5 * np.arange(7 * 17_280)
    truth = by_clock(local % 86_400)
    measured = truth * rng.gamma(16, 1 / 16, len(truth))
    worn = np.ones(len(truth), dtype=bool)
    for begin in rng.integers(0, len(truth), 6):
        worn[begin : begin + 3 * 720] = False
    worn[local % 86_400 // 3600 == 3] = False
    # A device that is not worn measures nothing of its owner.
    measured[~worn] = 0.5
    return epochs("2025-03-03 10:00", measured, worn)


def test_time_not_worn_is_imputed_from_the_same_clock_time():
    series = with_nonwear(np.random.default_rng(1))
    found = summary(series)
    truth = by_clock(np.arange(0, 86_400, 5)).reshape(24, -1).mean(axis=1)
    truth[3] = np.nan
    profile = found[[f"h{hour:02d}_mg" for hour in range(24)]].to_numpy()
    assert np.allclose(profile, truth, rtol=0.05, equal_nan=True)
    assert found["enmo_mg"].to_numpy() == pytest.approx(np.full(8, np.nanmean(truth)), rel=0.01)
    # What no day knows stays missing, and is nobody's sedentary time.
    known = found["sedentary_min_per_day"] + found["light_min_per_day"] + found["mvpa_min_per_day"]
    assert known.tolist() == pytest.approx([23 * 60] * 8)


def test_without_imputation_only_time_worn_counts():
    series = with_nonwear(np.random.default_rng(1))
    imputed = summary(series)
    found = summary(series, dataclasses.replace(AS_IS, imputation="none"))
    assert found["wear_h"].equals(imputed["wear_h"])
    assert found["enmo_mg"].equals(found["enmo_not_imputed_mg"])
    assert found["enmo_not_imputed_mg"].equals(imputed["enmo_not_imputed_mg"])
    minutes = found["sedentary_min_per_day"] + found["light_min_per_day"] + found["mvpa_min_per_day"]
    assert minutes.to_numpy() == pytest.approx(60 * found["wear_h"].to_numpy())
    # The last day ends at 10 in the morning: left out, the afternoon makes it look still.
    assert found["enmo_mg"].iloc[-1] < 0.5 * imputed["enmo_mg"].iloc[-1]


def test_the_value_of_time_not_worn_is_never_used():
    series = with_nonwear(np.random.default_rng(1))
    other = dataclasses.replace(series, enmo_mg=np.where(series.worn, series.enmo_mg, 7000.0))
    assert summary(series).equals(summary(other))


def test_a_day_without_any_wear_has_no_wear_and_no_measure_of_its_own():
    enmo, worn = np.full(3 * 1440, 30.0), np.ones(3 * 1440, dtype=bool)
    worn[1440:2880] = False
    series = epochs("2025-03-03", enmo, worn, seconds=60)
    found = summary(series, dataclasses.replace(AS_IS, imputation="none"))
    assert found["wear_h"].tolist() == [24, 0, 24]
    measures = found.drop(columns=["recorded_h", "wear_h"]).iloc[1]
    assert measures.isna().all()
    assert np.isnan(summary(series)["enmo_not_imputed_mg"].iloc[1])


# Minutes by level


@pytest.mark.parametrize("name", list(CUT_POINTS))
def test_an_epoch_at_a_cut_point_belongs_to_the_higher_level(name):
    points = CUT_POINTS[name]
    levels = np.array([0, points.light_mg, points.moderate_mg, points.vigorous_mg])
    below = np.nextafter(levels[1:], 0)
    enmo = np.repeat(np.concatenate([levels, below, [10.0]]), 2160)[: 17_280 - 2160]
    found = summary(epochs("2025-03-03", enmo), dataclasses.replace(AS_IS, cut_points=name)).iloc[0]
    block = 2160 * 5 / 60
    assert found["sedentary_min_per_day"] == 2 * block
    assert found["light_min_per_day"] == 2 * block
    assert found["mvpa_min_per_day"] == 3 * block
    assert found["vigorous_min_per_day"] == block
    assert found[f"mvpa_min_{name}"] == 3 * block


def test_counts_are_an_outcome_of_their_own():
    series = epochs("2025-03-03 12:00", np.full(2880, 350.0), seconds=60, unit="counts")
    found = summary(series)
    assert found["other_value"].tolist() == [350, 350, 350]
    assert found["wear_h"].tolist() == [12, 24, 12]
    assert found.drop(columns=["other_value", "wear_h", "recorded_h"]).isna().all(axis=None)


# Bouts


def minutes(*parts):
    """(active, minutes) pairs as epochs, by epochs a minute."""
    return lambda a_minute: np.concatenate([np.full(round(length * a_minute), on) for on, length in parts])


# What GGIR's own tests of its bouts expect (tests/testthat/test_ggetbout.R): first and last minute.
@pytest.mark.parametrize("seconds", [5, 15, 30, 60])
@pytest.mark.parametrize(
    ("course", "bout_min", "share", "begin", "end"),
    [
        (minutes((0, 15), (1, 6), (0, 1), (1, 10), (0, 20)), 10, 1, 22, 32),
        (minutes((1, 4), (0, 3), (1, 6), (0, 3), (1, 10), (0, 1), (1, 9)), 10, 1, 16, 26),
        (minutes((0, 20), (1, 9), (0, 20)), 9, 1, 20, 29),
        (minutes((0, 15), (1, 6), (0, 1), (1, 10), (0, 20)), 10, 0.9, 15, 32),
        (minutes((0, 15), (1, 6), (0, 1), (1, 3), (0, 1), (1, 4), (0, 20)), 10, 0.9, 15, 25),
    ],
)
def test_bouts_are_those_of_ggir(seconds, course, bout_min, share, begin, end):
    active = course(60 // seconds).astype(bool)
    found = np.flatnonzero(intensity.in_bouts(active, seconds, bout_min, share))
    a_minute = 60 // seconds
    assert found.tolist() == list(range(begin * a_minute, end * a_minute))


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        (minutes((0, 30), (1, 8), (0, 30)), 0),
        (minutes((0, 30), (1, 8), (0, 1.5), (1, 8), (0, 30)), 0),
        (minutes((0, 30), (1, 8), (0, 1), (1, 8), (0, 30)), 17),
        (minutes((1, 30)), 30),
        (minutes((0, 30)), 0),
        (minutes((1, 5)), 0),
    ],
    ids=["8 of 68 min", "a pause of 90 s ends it", "one of 60 s does not", "all", "none", "too short"],
)
def test_bouts_by_hand(course, expected):
    found = intensity.in_bouts(course(12).astype(bool), 5, 10, 0.8)
    assert found.sum() == 12 * expected


def test_a_share_that_binary_numbers_miss_is_met():
    # 0.56 times 25 is a little more than 14.
    active = np.append(np.tile([True, False], 12), True)
    active[1] = True
    assert active.sum() == 14 < 0.56 * 25
    assert intensity.in_bouts(active, 60, 25, 0.56).all()


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 9)), max_size=30), st.sampled_from([10, 20, 60]))
@settings(max_examples=60, deadline=None)
def test_bouts_are_what_their_definition_says(runs, seconds):
    active = np.repeat([on for on, _ in runs], [length for _, length in runs]).astype(bool)
    n, length, pause = len(active), 300 // seconds, 60 // seconds + 1
    middles = {
        begin + (pause - 1) // 2 for begin in range(n - pause + 1) if not active[begin : begin + pause].any()
    }
    covered = np.zeros(n, dtype=bool)
    for begin in range(n - length + 1):
        window = range(begin, begin + length)
        if active[window].sum() >= 0.8 * length - 1e-9 and not middles & set(window):
            covered[window] = True
    expected = np.zeros(n, dtype=bool)
    edges = np.flatnonzero(np.diff(covered, prepend=False, append=False))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        inside = begin + np.flatnonzero(active[begin:end])
        expected[inside[0] : inside[-1] + 1] = True
    assert (intensity.in_bouts(active, seconds, 5, 0.8) == expected).all()


def test_a_bout_goes_on_over_midnight():
    enmo = np.full(2 * 1440, 10.0)
    enmo[1434:1446] = 150
    found = summary(epochs("2025-03-03", enmo, seconds=60))
    assert found["mvpa_bouts_min_per_day"].tolist() == [6, 6]
    assert found["mvpa_min_per_day"].tolist() == [6, 6]


# Intensity gradient


def by_polyfit(enmo_mg):
    counts, edges = np.histogram(np.minimum(enmo_mg, 7999), bins=[*range(0, 4001, 25), 8000])
    middle = (edges[1:] + edges[:-1]) / 2
    return np.polyfit(np.log(middle[counts > 0]), np.log(counts[counts > 0] / 12), 1)[0]


@given(st.lists(st.floats(0, 9000), min_size=2, max_size=300))
@settings(max_examples=60, deadline=None)
def test_the_intensity_gradient_is_the_slope_of_a_regression(values):
    values = np.array([0.0, 30.0, *values])
    assert intensity.intensity_gradient(values) == pytest.approx(by_polyfit(values), rel=1e-9, abs=1e-9)


def test_the_intensity_gradient_is_what_ggirs_own_test_expects():
    # tests/testthat/test_g.intensitygradient.R: minutes fall in a straight line with the bins' middles.
    middle = np.append(np.arange(12.5, 4000, 25), 6000)
    values = np.repeat(middle, (10_000 - 1.5 * middle).astype(int))
    assert intensity.intensity_gradient(values) == pytest.approx(-0.23, abs=0.005)


def test_the_intensity_gradient_of_a_power_law_is_its_exponent():
    middle = np.arange(12.5, 1000, 25)
    counts = np.round(1e9 * middle**-2.5).astype(int)
    assert intensity.intensity_gradient(np.repeat(middle, counts)) == pytest.approx(-2.5, abs=0.01)
    assert np.isnan(intensity.intensity_gradient(np.full(100, 7.0)))


# Least and most active hours


def one_day(enmo, seconds):
    steps = enmo.reshape(1, days.STEPS, -1)
    known = ~np.isnan(steps)
    expected = np.full((1, days.STEPS), days.STEP_S / seconds)
    return np.where(known, steps, 0).sum(axis=2), known.sum(axis=2), expected


@given(st.integers(0, 2**32 - 1), st.floats(0, 0.6), st.sampled_from([1, 3, 5, 10]))
@settings(max_examples=40, deadline=None)
def test_least_and_most_active_hours_are_those_of_a_search(seed, unknown, hours):
    rng = np.random.default_rng(seed)
    # Few levels, so that windows are equal now and then.
    enmo = np.repeat(rng.integers(0, 3, 24).astype(float), 60)
    enmo.reshape(144, 10)[rng.random(144) < unknown] = np.nan
    windows = {}
    for start in range(144):
        window = np.roll(enmo, -10 * start)[: 60 * hours]
        if (~np.isnan(window)).sum() >= 40 * hours:
            windows[start / 6] = np.nanmean(window)
    least, least_h, most, most_h = (part[0] for part in days.extreme_windows(*one_day(enmo, 60), hours))
    if not windows:
        assert np.isnan([least, least_h, most, most_h]).all()
        return
    for value, hour, extreme in ((least, least_h, min), (most, most_h, max)):
        best = extreme(windows.values())
        equal = [start for start, mean in windows.items() if mean == pytest.approx(best, rel=1e-9)]
        assert value == pytest.approx(best)
        assert hour == equal[(len(equal) - 1) // 2]


def test_the_least_active_hours_may_go_over_midnight():
    enmo = np.full(2 * 1440, 50.0)
    for midnight in (0, 1440, 2880):
        enmo[max(0, midnight - 180) : midnight + 120] = 1
    found = summary(epochs("2025-03-03", enmo, seconds=60))
    assert found["l5_start_h"].tolist() == [21, 21]
    assert found["l5_mg"].tolist() == [1, 1]
    assert found["m10_mg"].tolist() == [50, 50]


@pytest.mark.parametrize("seconds", [1, 5, 27, 32, 50, 60])
def test_epochs_of_every_length_that_divides_a_day_give_the_same_day(seconds):
    start = moment("2025-03-03")
    local = start + seconds * np.arange(3 * 86_400 // seconds)
    series = Epochs(start, seconds, by_clock(local % 86_400), np.ones(len(local), dtype=bool))
    found = summary(series).iloc[1]
    reference = by_clock(np.arange(86_400))
    assert found["recorded_h"] == 24
    assert found["enmo_mg"] == pytest.approx(reference.mean(), rel=2e-3)
    assert found["m10_mg"] == pytest.approx(reference[10 * 3600 + 1800 : 20 * 3600 + 1800].mean(), rel=2e-3)
    assert found["mvpa_min_per_day"] == 0
