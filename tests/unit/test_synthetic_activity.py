"""Synthetic activity: recordings are what other readers say they are, and give back the simulated truth."""

import gzip
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from conftest import REPO

from il6r.activity import acceleration, devices, epoch_files, intensity, questionnaire
from il6r.activity.accelerometry import Processing
from il6r.activity.days import summarise_days
from il6r.errors import InputError
from il6r.synthetic import activity_forms, cwa_writer, phenotypes, recordings, truth, wrist

# 2025-03-03, a Monday, as a device's clock shows it.
MONDAY = 1_740_960_000
CUT_POINTS = intensity.load(REPO / "resources" / "cut_points.tsv")
CONSTANTS = pd.read_csv(REPO / "resources" / "binding_constants.tsv", sep="\t")
EFFECTS = truth.Effects(
    sil6r_per_allele=0.4, il6_per_allele=0.1, activity_per_allele=-0.06, residual_sd=0.3,
    sil6r={"age_decade": 0.03, "male": 0.08, "bmi_5": 0.06, "plates_first_to_last": 0.1, "ancestry": {}},
    activity={"age_decade": -0.05, "male": 0.05, "bmi_5": -0.1, "wear_hour": 0.02, "ancestry": {}},
    sil6r_ng_ml=26.0, enmo_mg=28.0,
)  # fmt: skip
FORMS = phenotypes.Forms(
    visits=1, replicates=1, analytes=("sil6r",), unit="ng/mL", limit_ng_ml=0, activity_form="person_days",
    days=4, registry_gap_rate=0.1,
)  # fmt: skip


def days(enmo_mg, wear_h):
    dates = [str(np.datetime64("2025-03-03") + day) for day in range(len(enmo_mg))]
    return pd.DataFrame({"date": dates, "enmo_mg": enmo_mg, "wear_h": wear_h})


def rng(seed=1):
    return np.random.default_rng(seed)


def stretch(acceleration, temperature_c=30.0):
    return cwa_writer.Stretch(acceleration.astype(np.float32), temperature_c, light=100, battery_v=5.2)


@pytest.fixture(scope="module", params=[25, 100])
def written(request, tmp_path_factory):
    """A .cwa file of two stretches, the path, the rate and the samples; some beyond the device's range."""
    path = tmp_path_factory.mktemp("cwa") / "x.cwa"
    still = rng().normal([[0.0], [0.5], [-0.9]], 0.003, (3, 120 * 40))
    wild = rng().normal(0, 3.0, (3, 120 * 25))
    wild[:, 0] = 9.0, -9.0, 0.0
    rate = request.param
    cwa_writer.write(path, [stretch(still), stretch(wild, 20.0)], MONDAY - 3, rate, device=1234, session=7)
    return path, rate, np.concatenate([still, wild], axis=1).astype(np.float32)


def by_actfast(path):
    import actfast

    read = actfast.read(str(path))
    assert read["warnings"] == []
    assert read["metadata"]["device"]["hardware_type"] == "AX3"
    samples = read["timeseries"]["high_frequency"]
    return samples["acceleration"], samples["datetime"] / 1e9


def by_skdh(path):
    from skdh.io import ReadCwa

    with pytest.warns(UserWarning, match="local but naive"):
        read = ReadCwa().predict(file=str(path))
    return read["accel"], read["time"]


@pytest.mark.parametrize("reader", [by_actfast, by_skdh])
def test_other_readers_find_in_a_cwa_file_what_was_written(written, reader):
    path, rate, samples = written
    acceleration, time = reader(path)
    np.testing.assert_array_equal(256 * acceleration.T, cwa_writer.quantise(samples))
    # A sector's time is in steps of 1/32,768 s.
    expected = MONDAY - 3 + np.arange(samples.shape[1]) / rate
    np.testing.assert_allclose(time, expected, atol=1 / 32_768 + 1e-6, rtol=0)


def test_a_device_resolves_less_the_more_it_is_accelerated(written):
    _, _, samples = written
    off = np.abs(cwa_writer.quantise(samples) / 256 - samples.clip(-8, 8 - 1 / 256))
    largest = np.abs(samples).max(axis=0)
    for below, step in ((1.99, 0.5 / 256), (3.98, 1.5 / 256), (7.9, 3.5 / 256), (99, 7.5 / 256)):
        assert off[:, largest < below].max() <= step + 1e-6


def test_sectors_have_the_published_layout_and_add_up_to_zero(written):
    path, rate, samples = written
    content = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    head, sectors = content[:1024], content[1024:].reshape(-1, 512)
    assert head[:5].tobytes() == b"MD\xfc\x03\x00"
    # The low nibble is the rate, 3200 / 2**(15 - code), the upper bits 8 g.
    assert head[36] == sectors[0, 24] == {25: 0x48, 100: 0x4A}[rate]
    words = sectors.reshape(-1).view("<u2").reshape(-1, 256)
    assert not (words.sum(axis=1) & 0xFFFF).any()
    assert len(sectors) == samples.shape[1] // 120
    np.testing.assert_array_equal(sectors[:, 10:14].copy().view("<u4")[:, 0], np.arange(len(sectors)))
    assert {bytes(sector[:4]) for sector in sectors} == {b"AX\xfc\x01"}
    # Open Movement: degrees are raw * 75 / 256 - 50.
    raw = sectors[:, 20:22].copy().view("<u2")[:, 0]
    np.testing.assert_allclose(raw[[0, -1]] * 75 / 256 - 50, [30, 20], atol=0.2)


def test_raw_days_give_back_their_simulated_mean_and_wear(tmp_path):
    path = tmp_path / "LON0000001.cwa"
    simulated = days([24.0, 41.0], [20.7, 18.1])
    recordings.write_cwa(path, simulated, 1, rng())
    processing = Processing()
    recording = devices.read_recording(path)
    epochs, quality = acceleration.epochs_of(recording, processing)
    found = summarise_days(epochs, processing, CUT_POINTS)
    assert found["date"].tolist() == simulated["date"].tolist()
    np.testing.assert_allclose(found["enmo_mg"], simulated["enmo_mg"], rtol=0.01)
    # Non-wear starts and lasts whole quarters of an hour.
    np.testing.assert_allclose(found["wear_h"], simulated["wear_h"], atol=0.126)
    assert quality["calibration"] == "applied"
    assert quality["calibration_before_mg"] > 5
    assert quality["calibration_after_mg"] < 1
    assert quality["gaps"] == 0


def test_epochs_give_back_the_mean_of_every_valid_day(tmp_path):
    path = tmp_path / "IMP0000001_90004_0_0.csv.gz"
    simulated = days([24.0, 41.0, 30.0, 19.0, 26.0, 60.0, 33.0], [20.7, 18.1, 24.0, 23.4, 5.0, 16.2, 22.0])
    recordings.write_90004(path, simulated, rng())
    epochs = epoch_files.read_epochs(path, "epochs_90004")
    found = summarise_days(epochs, Processing(), CUT_POINTS)
    assert found["recorded_h"].tolist() == [24.0] * 7
    valid = simulated["wear_h"] >= 16
    np.testing.assert_allclose(found["enmo_mg"][valid], simulated["enmo_mg"][valid], rtol=0.01)
    # What is off for less than an hour is not told from what is worn.
    np.testing.assert_allclose(
        found["wear_h"], simulated["wear_h"].where(simulated["wear_h"] < 23, 24), atol=0.126
    )


def test_a_90004_file_is_in_the_biobanks_form(tmp_path):
    path = tmp_path / "x.csv.gz"
    recordings.write_90004(path, days([24.0, 41.0, 30.0], [20.0, 18.0, 21.0]), rng())
    with gzip.open(path, "rt") as stream:
        header, *lines = stream.read().splitlines()
    start, end = "2025-03-03 00:00:00", "2025-03-05 23:59:55"
    assert header == f"acceleration (mg) - {start} - {end} - sampleRate = 5 seconds,imputed"
    assert len(lines) == 3 * 17_280
    assert all(re.fullmatch(r"(0|[1-9]\d{0,2})\.\d,[01]", line) for line in lines)
    value, imputed = np.array([line.split(",") for line in lines], dtype=float).T.reshape(2, 3, -1)
    assert imputed.mean(axis=1).tolist() == pytest.approx([4 / 24, 6 / 24, 3 / 24])
    measured = np.where(imputed == 1, np.nan, value)
    others = np.nanmean(measured, axis=0)
    np.testing.assert_allclose(
        value[imputed == 1], np.broadcast_to(others, value.shape)[imputed == 1], atol=0.11
    )


def test_nights_and_bouts_look_like_them():
    course = wrist.course(np.full(14, 28.0), np.full(14, 24.0), rng())
    by_hour = course.enmo_mg.reshape(14, 24, -1).mean(axis=(0, 2))
    assert by_hour[1:5].max() < 4 < 30 < by_hour[11:17].min()
    assert 50 < (course.enmo_mg > 100).sum() / 12 / 14 < 110


@pytest.mark.parametrize("write", [recordings.write_90004, lambda p, d, r: recordings.write_cwa(p, d, 3, r)])
def test_the_same_days_give_the_same_bytes(tmp_path, write):
    simulated = days([24.0], [20.0])
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write(tmp_path / name, simulated, rng(seed))
    same, again, other = ((tmp_path / name).read_bytes() for name in "abc")
    assert same == again
    assert same != other


def cohort(folder, forms, n=60, tables=2):
    """Write a cohort below a folder; gives the paths and the activity tables together."""
    folder.mkdir()
    dosages = pd.DataFrame({"sample": [f"s{i}" for i in range(n)], "ancestry": "EUR"})
    dosages["dosage"] = rng().binomial(2, 0.39, n).astype(float)
    numbers = range(1, n + 1)
    paths = {
        **{name: folder / name for name in ("participants", "assays", "truth")},
        "activity": [folder / f"activity_{k}" for k in range(tables)],
        "epochs": [folder / f"COH{k:07d}_90004_0_0.csv.gz" for k in numbers[: forms.epoch_recordings]],
        "raw": [folder / f"COH{k:07d}.cwa" for k in numbers[: forms.raw_recordings]],
        "questionnaire": [folder / "ipaq.csv"] if forms.questionnaire else [],
        "layout": [],
        "samples": [],
    }
    arguments = ("cohort", dosages, None, {"EUR": "EUR"}, EFFECTS, forms, paths)
    phenotypes.write_cohort(*arguments, seed=5, constants=CONSTANTS)
    return paths, pd.concat([pd.read_csv(path) for path in paths["activity"]])


def test_a_person_day_is_in_a_table_or_in_a_recording_and_nothing_else_changes(tmp_path):
    before, whole = cohort(tmp_path / "tables", FORMS)
    # More than the first table's people.
    with_epochs = replace(FORMS, epoch_recordings=35, questionnaire="ipaq_short")
    after, table = cohort(tmp_path / "epochs", with_epochs)
    recorded = {path.name[:10] for path in after["epochs"]}
    assert all(path.is_file() for path in after["epochs"])
    left = whole[~whole["participant"].isin(recorded)]
    pd.testing.assert_frame_equal(
        table.reset_index(drop=True), left.reset_index(drop=True), check_dtype=False
    )
    for name in ("participants", "assays"):
        assert before[name].read_bytes() == after[name].read_bytes()
    # Some of them are in no table and have a recording all the same.
    assert recorded - set(whole["participant"])
    for path in after["epochs"][:10]:
        days_of = whole[whole["participant"] == path.name[:10]]
        if len(days_of):
            found = summarise_days(epoch_files.read_epochs(path, "epochs_90004"), Processing(), CUT_POINTS)
            assert found["date"].tolist() == days_of["date"].tolist()


def test_raw_days_are_the_first_ones_and_later_ones_stay_in_the_table(tmp_path):
    _, whole = cohort(tmp_path / "tables", FORMS, n=12, tables=1)
    after, table = cohort(tmp_path / "raw", replace(FORMS, raw_recordings=1, raw_days=1), n=12, tables=1)
    assert after["raw"][0].stat().st_size == 1024 + 512 * 86_400 * 25 // 120
    first = whole.index[whole["participant"] == "COH0000001"][0]
    pd.testing.assert_frame_equal(
        table.reset_index(drop=True), whole.drop(index=first).reset_index(drop=True)
    )


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"epoch_recordings": 61}, "61 recordings are more than the cohort's 60 people; ask for fewer"),
        ({"epoch_recordings": 1, "raw_recordings": 1}, "would be of the same people and days; keep one"),
    ],
)
def test_recordings_that_cannot_be_made_are_refused(tmp_path, wanted, sentence):
    with pytest.raises(InputError, match=rf"config, cohorts\.cohort\.synthetic.*{re.escape(sentence)}"):
        cohort(tmp_path / "x", replace(FORMS, **wanted))


def test_the_truth_of_a_questionnaire_is_that_of_the_activity(tmp_path):
    paths, _ = cohort(tmp_path / "asked", replace(FORMS, questionnaire="ipaq_short"))
    known = json.loads(paths["truth"].read_text())
    assert (
        known["met_additive"]
        == known["activity_additive"]
        == {"percent": pytest.approx(100 * np.expm1(-0.06))}
    )
    assert known["met_aa_vs_ac"] == {"percent": pytest.approx(100 * np.expm1(0.06))}
    # Some carriers have two alleles.
    assert known["met_aa_vs_carriers"] == known["activity_aa_vs_carriers"]
    assert known["met_aa_vs_carriers"]["percent"] > known["met_aa_vs_ac"]["percent"]
    answers = questionnaire.read_ipaq(paths["questionnaire"][0], "ipaq_short")
    assert answers["participant"].tolist() == [f"COH{k:07d}" for k in range(1, 61)]
    paths, _ = cohort(tmp_path / "unasked", FORMS)
    assert not [name for name in json.loads(paths["truth"].read_text()) if name.startswith("met")]


def test_scored_answers_give_back_the_ratio_of_means(tmp_path):
    n, per_allele = 40_000, -0.2
    dosage = rng().binomial(2, 0.39, n)
    level = per_allele * dosage + rng(2).normal(0, 0.3, n)
    path = tmp_path / "ipaq.csv"
    participants = pd.Series([f"p{i}" for i in range(n)])
    activity_forms.ipaq_short(participants, level, rng(3)).to_csv(path, index=False)
    scored = questionnaire.read_ipaq(path, "ipaq_short")
    excluded = scored["excluded"].notna()
    assert set(scored["excluded"].dropna()) == {
        "days or time not known",
        "more than 960 active minutes a day",
    }
    assert 0.02 < excluded.mean() < 0.06
    fit = sm.GLM(
        scored["met_min_per_week"][~excluded],
        sm.add_constant(dosage[~excluded]),
        family=sm.families.Poisson(),
    ).fit(cov_type="HC1")
    # Four standard errors; the protocol's truncation and whole minutes cost less than that.
    assert fit.params.iloc[1] == pytest.approx(per_allele, abs=4 * fit.bse.iloc[1])
    assert fit.bse.iloc[1] < 0.006
    carriers = excluded.groupby(dosage > 0).mean()
    assert carriers[True] == pytest.approx(carriers[False], abs=0.01)
