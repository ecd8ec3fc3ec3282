"""From samples to epochs: against what was simulated, and against slow arithmetic on random recordings."""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il6r.activity import acceleration, calibration, windows
from il6r.activity.accelerometry import NANOSECONDS, Processing, Recording

START = 1_700_000_000 // 86_400 * 86_400 * NANOSECONDS  # a midnight
HOUR = 3600
PLAIN = Processing(calibrate=False)
UNKNOWN = np.nan


def directions(rng, n):
    vectors = rng.standard_normal((n, 3))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def recording(samples, rate=25, *, time=None, device="Axivity AX3", range_g=8.0, start=START, **more):
    if time is None:
        time = start + np.rint(np.arange(len(samples)) * (NANOSECONDS / rate)).astype(np.int64)
    return Recording(time, np.asarray(samples, dtype=np.float32), rate, range_g, device, **more)


def wrist(rng, hours, rate=25, *, posture_s=30, noise=0.003, moving=0.3):
    """Postures that change, in half of which the wrist moves: true accelerations in g."""
    n, length = int(hours * HOUR * rate), posture_s * rate
    postures = directions(rng, -(-n // length))
    samples = np.repeat(postures, length, axis=0)[:n]
    samples += noise * rng.standard_normal((n, 3))
    is_moving = np.repeat(rng.random(len(postures)) < 0.5, length)[:n]
    samples[is_moving] *= 1 + moving * rng.standard_normal((is_moving.sum(), 1))
    return samples


def fitted(made, min_sphere_g=0.3):
    """The calibration of a recording, by the steps that `epochs_of` takes."""
    width = calibration.STILL_WINDOW_S * NANOSECONDS
    n = int((made.time[-1] - START) // width) + 1
    blocks = windows.statistics(
        made.time, made.acceleration, made.rate_hz, START, width, n, per_second=5, limit_g=7.5
    )
    still = calibration.still_windows(blocks, made.rate_hz)
    temperature = np.full(n, UNKNOWN)
    if len(made.temperature):
        middles = np.arange(n) * width + width / 2
        temperature = np.interp(middles, made.temperature_time - START, made.temperature)
    means = blocks.total[still] / blocks.count[still, None]
    return calibration.calibrate(means, temperature[still], min_sphere_g)


# Calibration.


@pytest.mark.parametrize(
    ("gain", "offset"),
    [
        ([1.02, 0.97, 1.01], [0.03, -0.05, 0.02]),
        ([0.9, 1.1, 1.08], [-0.2, 0.15, 0.1]),
        ([1.003, 0.998, 1.001], [0.004, -0.002, 0.003]),
    ],
)
def test_simulated_gain_and_offset_are_recovered_to_a_ten_thousandth(gain, offset):
    made = recording((wrist(np.random.default_rng(1), 12) - offset) / gain)
    found = fitted(made)
    assert found.outcome == "applied"
    assert found.gain == pytest.approx(gain, abs=1e-4)
    assert found.offset == pytest.approx(offset, abs=1e-4)
    assert (found.drift == 0).all()
    assert found.after_mg < 1 < found.before_mg


def test_a_drift_with_temperature_is_recovered():
    rng = np.random.default_rng(2)
    true = wrist(rng, 12)
    seconds = np.arange(12 * HOUR)
    warmth = 30 + 4 * np.sin(seconds / 9_000)
    gain, offset, drift = np.array([1.01, 0.98, 1.03]), np.array([0.02, 0.01, -0.03]), [1e-3, -2e-3, 5e-4]
    away = np.repeat(warmth - 30, 25)[:, None] * drift
    made = recording(
        (true - offset - away) / gain,
        temperature_time=START + seconds * NANOSECONDS,
        temperature=warmth,
    )
    found = fitted(made)
    assert found.gain == pytest.approx(gain, abs=1e-4)
    assert found.drift == pytest.approx(drift, abs=2e-5)
    assert found.offset + (30 - found.reference) * found.drift == pytest.approx(offset, abs=1e-4)
    epochs, quality = acceleration.epochs_of(made, Processing())
    truth, _ = acceleration.epochs_of(recording(true), PLAIN)
    assert quality["calibration"] == "applied"
    assert np.abs(epochs.enmo_mg - truth.enmo_mg).max() < 0.2
    without, _ = acceleration.epochs_of(recording(made.acceleration), Processing())
    assert np.abs(without.enmo_mg - truth.enmo_mg).max() > 2


def test_windows_that_are_far_off_hardly_move_the_calibration():
    rng = np.random.default_rng(3)
    means = directions(rng, 2_000)
    means[::20] *= 1.1
    found = calibration.calibrate(means * 1.02 + 0.01, np.full(2_000, UNKNOWN), 0.3)
    assert found.gain == pytest.approx(1 / 1.02, abs=1e-3)
    assert found.offset == pytest.approx(-0.01 / 1.02, abs=1e-3)


def test_a_week_on_the_table_does_not_outweigh_the_rest():
    rng = np.random.default_rng(4)
    means = np.concatenate([directions(rng, 200), np.tile([0.0, 0.0, 1.0], (25_000, 1))])
    means += 2e-4 * rng.standard_normal(means.shape)
    found = calibration.calibrate(means / 0.97 - 0.02, np.full(len(means), UNKNOWN), 0.3)
    assert found.gain == pytest.approx(0.97, abs=2e-4)
    assert found.offset == pytest.approx(0.97 * 0.02, abs=2e-4)


def ring(n):
    angle = np.linspace(0, 2 * np.pi, n)
    return np.column_stack([np.cos(angle), np.sin(angle) / np.sqrt(2), np.sin(angle) / np.sqrt(2)])


UNDETERMINED = "not applied: still windows do not determine gain and offset of every axis"


@pytest.mark.parametrize(
    ("means", "outcome"),
    [
        (np.empty((0, 3)), "not applied: fewer than 10 still windows"),
        (ring(9), "not applied: fewer than 10 still windows"),
        (
            np.abs(directions(np.random.default_rng(5), 500)),
            "not applied: still windows do not reach 0.3 g on both sides of every axis",
        ),
        # Two postures opposite each other reach far on every axis, and any ellipsoid goes through both; with
        # noise, what fits best is a gain of 0 and an offset of 1 g.
        (1.02 * np.tile([[0.6, 0.6, 0.53], [-0.6, -0.6, -0.53]], (500, 1)), UNDETERMINED),
        (
            np.tile([[0.6, 0.6, 0.53], [-0.6, -0.6, -0.53]], (500, 1))
            + 1e-3 * np.random.default_rng(14).standard_normal((1_000, 3)),
            UNDETERMINED,
        ),
        (1.02 * ring(1_000), UNDETERMINED),
        (
            directions(np.random.default_rng(15), 12)
            + 0.03 * np.random.default_rng(16).standard_normal((12, 3)),
            UNDETERMINED,
        ),
        (
            (directions(np.random.default_rng(6), 500) - [0, 0, 0.4]) / [1, 1, 1.3],
            "not applied: a gain or an offset would be further off than any device's",
        ),
        (directions(np.random.default_rng(7), 500), "not needed"),
    ],
    ids=[
        "none",
        "few",
        "one_side",
        "two_postures",
        "two_postures_with_noise",
        "one_plane",
        "few_and_noisy",
        "too_far",
        "nothing_to_do",
    ],
)
def test_a_calibration_that_would_be_wrong_is_not_applied(means, outcome):
    found = calibration.calibrate(means, np.full(len(means), UNKNOWN), 0.3)
    assert found.outcome == outcome
    assert (found.gain == 1).all()
    assert (found.offset == 0).all()


def test_temperature_that_hardly_varies_is_left_out():
    rng = np.random.default_rng(8)
    means = directions(rng, 1_000) * 1.02
    found = calibration.calibrate(means, 30 + 0.1 * rng.standard_normal(1_000), 0.3)
    assert found.outcome == "applied"
    assert (found.drift == 0).all()


def test_zeros_and_an_axis_at_its_limit_are_no_stillness():
    samples = np.concatenate(
        [np.zeros((250, 3)), np.tile([0.1, 0, 8], (250, 1)), np.tile([0, 0, 1], (250, 1))]
    )
    made = recording(samples)
    blocks = windows.statistics(
        made.time, made.acceleration, 25, START, 10 * NANOSECONDS, 3, per_second=5, limit_g=7.5
    )
    assert calibration.still_windows(blocks, 25).tolist() == [False, False, True]


@pytest.mark.parametrize(("recorded", "still"), [(250, True), (230, True), (200, False)])
def test_a_window_with_missing_samples_is_not_still(recorded, still):
    made = recording(np.tile([0, 0, 1], (recorded, 1)))
    blocks = windows.statistics(
        made.time, made.acceleration, 25, START, 10 * NANOSECONDS, 1, per_second=5, limit_g=7.5
    )
    assert calibration.still_windows(blocks, 25).tolist() == [still]


def test_calibration_can_be_switched_off():
    epochs, quality = acceleration.epochs_of(recording(np.tile([0, 0, 1.1], (25 * HOUR, 1))), PLAIN)
    assert quality["calibration"] == "not applied: switched off"
    assert np.isnan(quality["calibration_before_mg"])
    assert epochs.enmo_mg == pytest.approx(100, abs=1e-3)


# Windows and epochs against slow arithmetic.


@st.composite
def recordings(draw):
    """Random rates and clocks, with jitter, repeated times, gaps, and any phase."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(1, 400))
    rate = draw(st.sampled_from([1, 3, 12.5, 85.7, 100]))
    steps = NANOSECONDS / rate * (1 + draw(st.sampled_from([0, 0.3, 1])) * rng.uniform(-1, 1, n))
    for place in rng.integers(0, n, draw(st.integers(0, 4))):
        steps[place] += draw(st.floats(0, 60)) * NANOSECONDS
    time = START + draw(st.integers(0, 10**11)) + np.cumsum(steps.astype(np.int64))
    return recording(directions(rng, n) * rng.uniform(0, 9, (n, 1)), rate, time=time)


@given(recordings(), st.sampled_from([1, 5, 10]))
@settings(max_examples=60, deadline=None)
def test_windows_hold_what_slow_arithmetic_puts_into_them(made, seconds):
    width = seconds * NANOSECONDS
    start = windows.window_of(made.time[0], width) * width
    which = (made.time + 1_000 - start) // width
    n = int(which[-1]) + 1
    found = windows.statistics(
        made.time, made.acceleration, made.rate_hz, start, width, n, per_second=5, limit_g=2
    )
    gain, offset = np.array([1.1, 0.9, 1.0]), np.linspace(-0.1, 0.1, 3 * n).reshape(n, 3)
    clock = made.time, made.acceleration, made.rate_hz, start, width
    total, count = windows.enmo_sums(*clock, gain, offset)
    every = int(np.ceil(made.rate_hz / 5))
    for k in range(n):
        inside = made.acceleration[which == k].astype(float)
        norm = np.linalg.norm(inside * gain + offset[k], axis=1)
        expected = [len(inside), len(inside), np.maximum(norm - 1, 0).sum()]
        np.testing.assert_allclose([found.count[k], count[k], total[k]], expected, atol=1e-9)
        sums = [inside.sum(axis=0), (inside**2).sum(axis=0)]
        np.testing.assert_allclose([found.total[k], found.squares[k]], sums, atol=1e-9)
        extremes = inside[::every].min(axis=0, initial=np.inf), inside[::every].max(axis=0, initial=-np.inf)
        np.testing.assert_array_equal([found.low[k], found.high[k]], extremes)
        assert found.clipped[k] == (np.abs(inside) > 2).any(axis=1).sum()


@given(recordings())
@settings(max_examples=60, deadline=None)
def test_gaps_are_the_steps_that_are_long(made):
    limit = max(1, 3 / made.rate_hz) * NANOSECONDS
    assert windows.find_gaps(made.time, made.rate_hz).tolist() == (
        np.flatnonzero(np.diff(made.time) > int(limit)).tolist()
    )


@given(recordings())
@settings(max_examples=60, deadline=None)
def test_resampling_is_linear_interpolation_to_the_nominal_rate(made):
    width = 5 * NANOSECONDS
    start = windows.window_of(made.time[0], width) * width
    n = int((made.time[-1] + 1_000 - start) // width) + 1
    period = NANOSECONDS / made.rate_hz
    grid = (np.arange((made.time[-1] - made.time[0]) / period + 1) * period).astype(np.int64)
    grid = grid[grid < made.time[-1] - made.time[0]]
    own = made.time - made.time[0]
    before = np.searchsorted(own, grid, side="right") - 1
    grid = grid[own[before + 1] - own[before] <= windows.gap_limit(made.rate_hz)]
    between = np.column_stack([np.interp(grid, own, axis) for axis in made.acceleration.T.astype(float)])
    enmo = np.maximum(np.linalg.norm(between, axis=1) - 1, 0)
    which = (grid + made.time[0] + 1_000 - start) // width
    clock = made.time, made.acceleration, made.rate_hz, start, width
    total, count = windows.enmo_sums(*clock, np.ones(3), np.zeros((n, 3)), resample=True)
    assert total == pytest.approx(np.bincount(which, enmo, n), abs=1e-6)
    assert count.tolist() == np.bincount(which, minlength=n).tolist()


@given(
    st.lists(st.integers(0, 10**12), min_size=2, max_size=12, unique=True),
    st.integers(1, 60),
    st.integers(0, 9),
)
@settings(max_examples=60, deadline=None)
def test_gaps_are_spread_over_windows_without_loss(bounds, seconds, first):
    bounds = np.sort(bounds)[: len(bounds) // 2 * 2]
    begin, end, width = bounds[::2], bounds[1::2], seconds * NANOSECONDS
    gap, window, common = windows.spread_gaps(begin, end, -first * width, width)
    assert (common > 0).all()
    assert (common <= seconds).all()
    assert np.bincount(gap, common) == pytest.approx((end - begin) / NANOSECONDS)
    opens = (window - first) * width
    assert (np.minimum(end[gap], opens + width) > np.maximum(begin[gap], opens)).all()
    assert len(set(zip(gap.tolist(), window.tolist(), strict=True))) == len(gap)


def test_the_same_bytes_come_from_any_number_of_threads():
    rng = np.random.default_rng(9)
    made = recording(
        wrist(rng, 24, 10) * 1.02, 10, temperature_time=np.array([START]), temperature=np.ones(1)
    )
    for resample in (False, True):
        outputs = set()
        for threads in (1, 2, 3):
            epochs, quality = acceleration.epochs_of(made, Processing(resample=resample), threads)
            outputs.add(epochs.enmo_mg.tobytes() + epochs.worn.tobytes() + repr(quality).encode())
        assert len(outputs) == 1


def test_memory_beside_a_recording_is_a_small_part_of_it():
    made = recording(wrist(np.random.default_rng(10), 6, 100), 100)
    acceleration.epochs_of(made, Processing())  # so that compilation does not count
    tracemalloc.start()
    acceleration.epochs_of(made, Processing(), threads=2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.1 * (made.time.nbytes + made.acceleration.nbytes)


def test_epochs_start_at_multiples_of_their_length_and_partial_ones_need_half():
    made = recording(np.tile([0, 0, 1.5], (25 * 12, 1)), start=START + 2_000_000_000)
    epochs, quality = acceleration.epochs_of(made, PLAIN)
    # From 2 to 14 s: 3 of 5 s, 5 of 5 s and 4 of 5 s.
    assert epochs.start == START // NANOSECONDS
    assert epochs.enmo_mg == pytest.approx([500, 500, 500])
    assert quality["recorded_h"] == 15 / 3600
    late, _ = acceleration.epochs_of(recording(made.acceleration, start=START + 3_000_000_000), PLAIN)
    assert np.isnan(late.enmo_mg[0])
    assert not late.worn[0]


@pytest.mark.parametrize("early", [0, 1, 900])
def test_a_sample_that_rounding_put_before_its_window_is_in_it(early):
    made = recording(np.tile([0, 0, 1.5], (25 * 10, 1)))
    made.acceleration[125:] = [0, 0, 1.1]
    made.time -= early
    epochs, _ = acceleration.epochs_of(made, PLAIN)
    assert epochs.start == START // NANOSECONDS
    assert epochs.enmo_mg == pytest.approx([500, 100], abs=1e-3)


@pytest.mark.parametrize("samples", [1, 2, 100])
@pytest.mark.parametrize("device", ["Axivity AX3", "ActiGraph GT3X"])
@pytest.mark.parametrize("resample", [False, True])
def test_a_recording_of_a_moment_gives_no_error(samples, device, resample):
    made = recording(np.tile([0, 0, 1.2], (samples, 1)), device=device)
    epochs, quality = acceleration.epochs_of(made, Processing(resample=resample))
    assert len(epochs.enmo_mg) == 1
    assert quality["calibration"] == "not applied: fewer than 10 still windows"
    assert np.isfinite(quality["clock_drift_ppm"]) == (samples > 1)


# The clock and gaps.


def test_a_clock_that_drifts_is_measured_and_moves_nothing():
    rate, days, ppm = 5, 4, 200
    time = START + np.rint(np.arange(days * 86_400 * rate) * (NANOSECONDS / rate / (1 + ppm * 1e-6))).astype(
        np.int64
    )
    samples = np.tile([0.0, 0.0, 1.0], (len(time), 1))
    burst = START + 3 * 86_400 * NANOSECONDS
    samples[(time >= burst) & (time < burst + 60 * NANOSECONDS)] *= 2
    epochs, quality = acceleration.epochs_of(recording(samples, rate, time=time), PLAIN)
    assert quality["clock_drift_ppm"] == pytest.approx(ppm, abs=0.1)
    active = np.flatnonzero(epochs.enmo_mg > 1)
    assert (epochs.start + 5 * active).tolist() == list(
        range(burst // NANOSECONDS, burst // NANOSECONDS + 60, 5)
    )
    assert epochs.enmo_mg[active] == pytest.approx(1000)


def with_gap(seconds, *, rate=25, **more):
    """A minute's samples of 1.2 g to and fro, nothing, and a minute's samples again."""
    ticks = np.arange(60 * rate) / rate
    time = START + np.rint(np.concatenate([ticks, ticks + 60 + seconds]) * NANOSECONDS).astype(np.int64)
    return recording(1.2 * to_and_fro(len(time)), rate, time=time, **more)


def to_and_fro(n):
    """Vectors of 1 g."""
    return np.resize([[0.6, 0.64, 0.48], [-0.6, -0.64, -0.48]], (n, 3))


@pytest.mark.parametrize(
    ("rate", "missing_s", "gaps"), [(25, 0.9, 0), (25, 1.1, 1), (1, 1.9, 0), (1, 2.1, 1), (100, 3600, 1)]
)
def test_a_step_longer_than_a_second_and_three_intervals_is_a_gap(rate, missing_s, gaps):
    _, quality = acceleration.epochs_of(with_gap(missing_s, rate=rate), PLAIN)
    assert quality["gaps"] == gaps
    assert quality["gap_h"] == pytest.approx(gaps * missing_s / 3600)
    assert abs(quality["clock_drift_ppm"]) < 1 or not gaps


@pytest.mark.parametrize("idle_sleep", ["hold", "zero", "drop"])
def test_a_gap_of_a_device_that_does_not_sleep_is_not_recorded(idle_sleep):
    processing = Processing(calibrate=False, idle_sleep=idle_sleep)
    epochs, quality = acceleration.epochs_of(with_gap(3600), processing)
    assert np.isnan(epochs.enmo_mg).sum() == 720
    assert not epochs.worn[np.isnan(epochs.enmo_mg)].any()
    assert quality["recorded_h"] == pytest.approx(2 / 60)


@pytest.mark.parametrize(
    ("idle_sleep", "last_g", "asleep_mg", "recorded_h", "worn_h"),
    [
        # Scaled to 1 g, or held as it is; worn in the first quarter of an hour and the last minutes.
        ("hold", 1.2, 0, 3 + 2 / 60, 17 / 60),
        ("hold", 1.004, 4, 3 + 2 / 60, 17 / 60),
        ("zero", 1.2, 0, 3 + 2 / 60, 17 / 60),
        ("drop", 1.2, UNKNOWN, 2 / 60, 2 / 60),
    ],
)
def test_idle_sleep_counts_as_the_setting_says(idle_sleep, last_g, asleep_mg, recorded_h, worn_h):
    made = with_gap(3 * HOUR, device="ActiGraph GT9X")
    made.acceleration[60 * 25 - 1] *= last_g / 1.2
    processing = Processing(calibrate=False, idle_sleep=idle_sleep)
    epochs, quality = acceleration.epochs_of(made, processing)
    asleep = epochs.enmo_mg[13:-13]
    assert asleep == pytest.approx(np.full(len(asleep), asleep_mg), abs=1e-4, nan_ok=True)
    assert epochs.enmo_mg[:11] == pytest.approx(200, abs=1e-3)
    assert (quality["gaps"], quality["gap_h"]) == (1, pytest.approx(3))
    assert quality["recorded_h"] == pytest.approx(recorded_h)
    assert quality["worn_h"] == pytest.approx(worn_h)


@pytest.mark.parametrize("idle_sleep", ["hold", "zero", "drop"])
def test_zeros_that_a_program_wrote_for_idle_sleep_count_as_the_gap_they_stand_for(idle_sleep):
    asleep = with_gap(3 * HOUR, device="ActiGraph GT3X")
    samples = np.zeros((25 * (3 * HOUR + 120), 3))
    samples[: 25 * 60] = samples[-25 * 60 :] = 1.2 * to_and_fro(25 * 60)
    zeros = recording(samples, device="ActiGraph GT3X")
    processing = Processing(calibrate=False, idle_sleep=idle_sleep)
    (one, told), (other, told_too) = (acceleration.epochs_of(made, processing) for made in (asleep, zeros))
    assert one.enmo_mg.tobytes() == other.enmo_mg.tobytes()
    assert one.worn.tobytes() == other.worn.tobytes()
    assert repr(told) == repr(told_too)


# Clipping and non-wear.


@pytest.mark.parametrize(("share", "worn"), [(0.25, True), (0.4, False)])
@pytest.mark.parametrize("range_g", [4, 8])
def test_a_quarter_of_an_hour_near_the_limit_is_not_worn_time(share, worn, range_g):
    rng = np.random.default_rng(11)
    samples = wrist(rng, 2, moving=0.1)
    quarter = slice(25 * 1800, 25 * 2700)
    clipped = rng.random(25 * 900) < share
    samples[quarter][clipped, 1] = -0.95 * range_g
    epochs, quality = acceleration.epochs_of(recording(samples, range_g=range_g), PLAIN)
    assert epochs.worn[: 12 * 30].all()
    assert (epochs.worn[12 * 30 : 12 * 45] == worn).all()
    assert epochs.worn[12 * 45 :].all()
    assert quality["clipped_share"] == pytest.approx(share / 8, abs=0.002)


def put_aside(spans, hours=12, *, axes=3, sd=0.002, start=START, rate=5):
    """A worn device that lies on a table for some spans, given in minutes; fewer `axes` may be still."""
    rng = np.random.default_rng(12)
    samples = wrist(rng, hours, rate, posture_s=60)
    for first, last in spans:
        span = slice(first * 60 * rate, last * 60 * rate)
        samples[span, :axes] = [0.1, 0.2, 0.97][:axes] + sd * rng.standard_normal(
            (span.stop - span.start, axes)
        )
    return recording(samples, rate, start=start)


def minutes_not_worn(made, **choices):
    epochs, quality = acceleration.epochs_of(made, Processing(calibrate=False, **choices))
    off = np.flatnonzero(~epochs.worn)
    ends = np.flatnonzero(np.diff(off, prepend=-9, append=off[-1] + 9 if len(off) else -1) > 1)
    assert quality["worn_h"] == pytest.approx(quality["recorded_h"] - len(off) / 720)
    minute = (epochs.start * NANOSECONDS - START) / (60 * NANOSECONDS)
    return [(minute + off[first] / 12, minute + (off[last - 1] + 1) / 12) for first, last in pairwise(ends)]


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ((120, 300), (120, 300)),
        ((127, 309), (135, 300)),
        ((0, 100), (0, 90)),
        ((600, 720), (600, 720)),
        # The last windows are as long as what is left of the recording.
        ((698, 720), (705, 720)),
        ((120, 179), None),
        # Of the last step, half must be recorded.
        ((705, 714), (705, 714)),
        ((705, 711), None),
    ],
)
def test_non_wear_is_found_to_a_step_and_only_from_a_window_on(span, expected):
    made = put_aside([span], hours=(span[1] if span[0] == 705 else 720) / 60)
    assert minutes_not_worn(made) == ([expected] if expected else [])


def test_steps_lie_at_quarters_of_the_clocks_hours_whenever_the_recording_starts():
    made = put_aside([(100, 240)], start=START + 7 * 60 * NANOSECONDS)
    # From minute 107 to 247 by the clock.
    assert minutes_not_worn(made) == [(120, 240)]


def test_step_and_window_may_be_the_same_hour():
    made = put_aside([(110, 250)])
    assert minutes_not_worn(made, nonwear_step_min=60) == [(120, 240)]


@pytest.mark.parametrize(
    ("still", "choices", "found"),
    [
        ({"axes": 2}, {}, True),
        ({"axes": 1}, {}, False),
        ({"axes": 1}, {"nonwear_axes": 1}, True),
        ({"axes": 2}, {"nonwear_axes": 3}, False),
        ({"sd": 0.015}, {"nonwear_range_mg": 500}, False),
        ({"sd": 0.015}, {"nonwear_range_mg": 500, "nonwear_sd_mg": 20}, True),
        ({"sd": 0.010}, {}, False),
        ({"sd": 0.010}, {"nonwear_range_mg": 150}, True),
    ],
)
def test_non_wear_follows_its_limits_and_its_axes(still, choices, found):
    expected = [(120, 300)] if found else []
    assert minutes_not_worn(put_aside([(120, 300)], **still), **choices) == expected


def test_a_step_still_on_one_axis_between_two_not_worn_is_not_worn():
    made = put_aside([(120, 180), (195, 255)])
    made.acceleration[180 * 300 : 195 * 300, 0] = 0.1
    assert minutes_not_worn(made, nonwear_window_min=15) == [(120, 255)]
    made.acceleration[180 * 300 : 195 * 300, 0] = np.linspace(0, 1, 15 * 300)
    assert minutes_not_worn(made, nonwear_window_min=15) == [(120, 180), (195, 255)]


def test_deviation_and_range_are_judged_after_calibration():
    made = put_aside([], rate=25, hours=8)
    table = slice(120 * 60 * 25, 300 * 60 * 25)
    to_and_from = np.resize([[1], [-1]], (table.stop - table.start, 1))
    # A deviation of 12.6 mg and a range of 25.2 mg; 14 and 28 mg where every axis measures 1/0.9 of it.
    made.acceleration[table] = [0.1, 0.2, 0.97] + 0.0126 * to_and_from
    made.acceleration[:] /= 0.9
    _, quality = acceleration.epochs_of(made, Processing(nonwear_range_mg=26.5))
    assert quality["calibration"] == "applied"
    assert quality["recorded_h"] - quality["worn_h"] == pytest.approx(3)
    assert minutes_not_worn(made, nonwear_range_mg=26.5) == []


def test_the_range_is_that_of_five_samples_a_second():
    made = put_aside([(120, 300)], rate=25)
    made.acceleration[200 * 60 * 25 + 1] += 1
    assert minutes_not_worn(made) == [(120, 300)]
    made.acceleration[200 * 60 * 25 + 5] += 1
    assert minutes_not_worn(made) == [(120, 195), (210, 300)]


@pytest.mark.parametrize("turned", [0.12, -0.12])
def test_what_is_held_in_idle_sleep_belongs_to_the_range(turned):
    made = put_aside([(0, 180)], hours=3, rate=25)
    asleep = slice(75 * 1500, 75 * 1500 + 500)
    time = np.delete(made.time, asleep)
    samples = np.delete(made.acceleration, asleep, axis=0)
    slept = recording(samples, time=time, device="ActiGraph GT9X")
    assert minutes_not_worn(slept) == [(0, 180)]
    slept.acceleration[asleep.start - 1] = [0.1 + turned, 0.2 + turned, 0.88]
    assert minutes_not_worn(slept) == [(0, 75), (90, 180)]
