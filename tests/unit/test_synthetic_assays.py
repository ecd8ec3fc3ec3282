"""Synthetic assays: the files, read by nothing but pandas, give back what was simulated."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from il6r.errors import InputError
from il6r.synthetic import assay_forms, phenotypes, plate_readings, truth

EFFECTS = truth.Effects(
    sil6r_per_allele=np.log(1.5), il6_per_allele=np.log(1.146), activity_per_allele=-0.06, residual_sd=0.28,
    sil6r={"age_decade": 0.03, "male": 0.08, "bmi_5": 0.06, "plates_first_to_last": 0.1, "ancestry": {}},
    activity={"age_decade": -0.05, "male": 0.05, "bmi_5": -0.1, "wear_hour": 0.02, "ancestry": {}},
    sil6r_ng_ml=26.0, enmo_mg=28.0,
)  # fmt: skip
LONG = phenotypes.Forms(
    visits=1, replicates=1, analytes=("sil6r",), unit="ng/mL", limit_ng_ml=0, activity_form="person_days",
    days=4, registry_gap_rate=0.1,
)  # fmt: skip
ALL = ("sil6r", "il6", "sgp130")
CYCLED = replace(LONG, visits=6, replicates=2, analytes=ALL, acute_exercise=True)
NPX = replace(LONG, analytes=ALL, assay_form="npx")
PLATES = replace(LONG, assay_form="plates", limit_ng_ml=15)
# Dissociation constants and masses as in the review's sources: vendors' data sheets.
CONSTANTS = pd.DataFrame(
    {
        "name": ["kd_il6_sil6r_nm", "kd_complex_sgp130_nm", "il6_kda", "sil6r_kda", "sgp130_kda"],
        "value": [5.5, 0.05, 21.0, 52.5, 100.0],
    }
)


def write(folder, forms, n=300, tables=2):
    """A cohort's files below a folder, and each participant's true dosage."""
    folder.mkdir()
    rng = np.random.default_rng(7)
    dosages = pd.DataFrame({"sample": [f"s{i}" for i in range(n)], "ancestry": "EUR"})
    dosages["dosage"] = rng.binomial(2, 0.39, n).astype(float)
    paths = {
        **{name: folder / name for name in ("participants", "assays", "truth")},
        "activity": [folder / f"activity_{k}" for k in range(tables)],
        **{kind: [] for kind in ("epochs", "raw", "questionnaire")},
        "layout": [folder / "layout"] if forms.assay_form == "plates" else [],
        "samples": [folder / "samples"] if forms.acute_exercise else [],
    }
    arguments = ("cohort", dosages, None, {"EUR": "EUR"}, EFFECTS, forms, paths)
    phenotypes.write_cohort(*arguments, seed=5, constants=CONSTANTS)
    people = phenotypes.simulate_people(*arguments[:4], seed=5, plate_size=80)
    return paths, people.set_index("participant")["dosage"]


def slope(y, dosage):
    """Per-allele slope of y, given by participant, and its standard error."""
    fit = stats.linregress(dosage.reindex(y.index), y)
    return fit.slope, fit.stderr


# Plates ---------------------------------------------------------------------------------------------------


def curve(x, a, b, c, d):
    return d + (a - d) / (1 + (x / c) ** b)


def inverse(y, a, b, c, d):
    return c * ((a - d) / (y - d) - 1) ** (1 / b)


def read(readings, layout):
    """Wells in use, with the reading and what a curve fitted to their plate's standards makes of it."""
    wells = pd.read_csv(layout).merge(pd.read_csv(readings), on=["plate", "well"], validate="1:1")
    wells["over"] = wells["od"].astype(str) == "OVER"
    wells["od"] = pd.to_numeric(wells["od"].where(~wells["over"]))
    wells["column"] = wells["well"].str[1:].astype(int)
    wells["outer"] = wells["well"].str[0].isin(["A", "H"]) | wells["column"].isin([1, 12])
    for _, own in wells.groupby("plate"):
        standards = own[own["role"] == "standard"]
        x, y = standards["concentration"].to_numpy(), standards["od"].to_numpy()
        bounds = ([0, 0.3, 100, 1], [0.3, 3, 1e4, 9])
        found, _ = optimize.curve_fit(curve, x, y, [0.06, 1, 1e3, 4], sigma=y, bounds=bounds)
        inside = own.index[own["od"].between(found[0] * 1.02, found[3] * 0.98)]
        wells.loc[inside, "ng_ml"] = inverse(wells.loc[inside, "od"], *found) * own["dilution"] / 1e3
    return wells


@pytest.fixture(scope="module")
def plated(tmp_path_factory):
    """Wells of 30 plates, and each participant's true concentration."""
    folder = tmp_path_factory.mktemp("plates")
    rng = np.random.default_rng(3)
    n = 30 * plate_readings.PEOPLE - 5
    people = pd.DataFrame({"participant": [f"P{i:04d}" for i in range(n)], "shift": 0.0})
    people["plate"] = rng.permutation(n) // plate_readings.PEOPLE + 1
    log = np.log(35) + rng.normal(0, 0.4, n)
    log[rng.random(n) < 0.04] = np.nan
    with open(folder / "readings", "w") as readings, open(folder / "layout", "w") as layout:
        plate_readings.write_plates(people, log, 15.0, readings, layout, rng)
    wells = read(folder / "readings", folder / "layout")
    wells["true"] = wells["name"].map(dict(zip(people["participant"], np.exp(log), strict=True)))
    wells["off"] = np.log(wells["ng_ml"] / wells["true"])
    return wells, people.assign(log=log)


@pytest.fixture(scope="module")
def troubled():
    """Names of the plates with troubles, of 30."""
    return {
        trouble: plate_readings.plate_name(number)
        for trouble, number in plate_readings.troubled_plates(30).items()
    }


def test_a_layout_holds_everybody_with_blood_in_duplicate_beside_standards_and_controls(plated):
    wells, people = plated
    assert not wells.duplicated(["plate", "well"]).any()
    assert wells["well"].str.fullmatch("[A-H]([1-9]|1[0-2])").all()
    fixed = wells[wells["role"] != "sample"].groupby("plate")["role"].value_counts().unstack()
    assert (fixed == pd.Series({"blank": 2, "bridge": 2, "control": 4, "standard": 16})).all(axis=None)
    usual = wells[(wells["role"] == "sample") & (wells["dilution"] != 1)]
    assert (usual.groupby("name").size() == 2).all()
    assert set(usual["name"]) == set(people.loc[people["log"].notna(), "participant"])
    number = wells["name"].map(people.set_index("participant")["plate"]).dropna().astype(int)
    assert (number.map(plate_readings.plate_name) == wells.loc[number.index, "plate"]).all()
    standards = wells.loc[wells["role"] == "standard", "concentration"]
    assert sorted(standards.unique()) == [0, *(31.25 * 2 ** np.arange(7))]


def test_a_curve_through_the_standards_gives_back_everybodys_concentration(plated, troubled):
    wells, _ = plated
    clean = wells[~wells["plate"].isin(troubled.values()) & (wells["dilution"] == 480)]
    means = clean.groupby(["plate", "name"])["off"].mean()
    # A reading's 3 % are about 4 % of a concentration, less by two wells, more by the curve's own error.
    assert abs(means.mean()) < 0.02
    assert 0.03 < (means - means.groupby("plate").transform("mean")).std() < 0.05
    # Calibrators differ by 3 %, and a curve is drawn through 16 wells.
    assert 0.02 < means.groupby("plate").mean().std() < 0.06
    # No standard on a plate without troubles is far from a curve of four parameters.
    standards = wells[(wells["role"] == "standard") & ~wells["plate"].isin(troubled.values())]
    mean = standards.groupby(["plate", "concentration"])["ng_ml"].mean().reset_index()
    mean = mean[mean["concentration"] > 31.25]
    assert (1e3 * mean["ng_ml"] / mean["concentration"]).between(0.75, 1.25).mean() > 0.98


def test_the_limit_asked_for_is_the_lowest_standard_and_a_few_people_are_below_it(plated):
    wells, people = plated
    usual = wells["dilution"].max()
    assert usual * 31.25 / 1e3 == 15
    # Phi((log 15 - log 35) / 0.4) is 1.7 %.
    assert (np.exp(people["log"].dropna()) < 15).mean() == pytest.approx(0.017, abs=0.01)
    lowest = wells[(wells["concentration"] == 31.25)].groupby("plate")["od"].mean()
    below = wells[(wells["true"] < 14) & (wells["dilution"] == usual)]
    assert (below["od"] < 1.1 * below["plate"].map(lowest)).mean() > 0.95


def by_place(wells):
    """What duplicates say of each plate, as logarithms of concentrations.

    How much higher outer wells read, and by how much each column more than that before it.
    """
    used = wells.dropna(subset="ng_ml").assign(log=np.log(wells["ng_ml"]))
    used = used[used["ng_ml"] > 0].astype({"outer": float})
    names = used.groupby(["plate", "role", "name", "concentration", "dilution"], dropna=False)
    away = used[["outer", "column", "log"]] - names[["outer", "column", "log"]].transform("mean")
    rows = {
        plate: np.linalg.lstsq(own[["outer", "column"]], own["log"], rcond=None)[0]
        for plate, own in away.groupby(used["plate"])
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["edge", "column"])


def test_outer_wells_of_one_plate_read_higher_and_another_drifts_over_its_columns(plated, troubled):
    wells, _ = plated
    found = by_place(wells).drop(troubled["failed"])
    # 15 % of the density is a little more of the concentration; and a fifth over eleven columns.
    edge, drift = found["edge"].drop(troubled["edge"]), found["column"].drop(troubled["drift"])
    assert 0.13 < found.loc[troubled["edge"], "edge"] < 0.22
    assert -0.035 < found.loc[troubled["drift"], "column"] < -0.018
    # 12 pairs with 6 % of noise tell the one, 48 over six columns the other.
    assert edge.abs().max() < 0.08
    assert drift.abs().max() < 0.008
    # The truth of each well tells the same.
    usual = wells[(wells["role"] == "sample") & (wells["dilution"] == 480)].dropna(subset="off")
    by_plate = usual.groupby(["plate", "outer"])["off"].mean().unstack()
    excess = (by_plate[True] - by_plate[False]).drop(troubled["failed"])
    assert excess.idxmax() == troubled["edge"]
    assert 0.13 < excess.max() < 0.22
    slopes = usual.groupby("plate")[["column", "off"]].apply(lambda own: np.polyfit(*own.to_numpy().T, 1)[0])
    assert slopes.drop(troubled["failed"]).idxmin() == troubled["drift"]


def test_standards_of_one_plate_fit_no_curve_but_are_neither_flat_nor_reversed(plated, troubled):
    wells, _ = plated
    standards = wells[wells["role"] == "standard"]
    means = standards.groupby(["plate", "concentration"])["od"].mean().unstack()
    rising = means.diff(axis=1).iloc[:, 1:] > 0
    assert rising.index[~rising.all(axis=1)].tolist() == [troubled["failed"]]
    own = means.loc[troubled["failed"]]
    assert (~rising.loc[troubled["failed"]]).sum() == 4
    assert stats.spearmanr(own.index, own).statistic > 0.5
    assert own.max() / own.min() > 20
    found = wells[(wells["plate"] == troubled["failed"]) & (wells["concentration"] > 0)]
    found = found.groupby("concentration")["ng_ml"].mean() * 1e3
    assert ((found / found.index).sub(1).abs() > 0.25).sum() >= 4


def test_one_high_control_is_out_of_its_range(plated, troubled):
    wells, _ = plated
    controls = wells[wells["role"] == "control"].groupby(["name", "plate"])[["ng_ml", "low", "high"]].mean()
    inside = (1e3 * controls["ng_ml"]).between(controls["low"], controls["high"])
    inside = inside[inside.index.get_level_values("plate") != troubled["failed"]]
    assert inside[~inside].index.tolist() == [("high control", troubled["control"])]


def test_undiluted_samples_read_falsely_low_and_were_run_again_on_the_same_plate(plated, troubled):
    wells, _ = plated
    wells = wells[wells["role"] == "sample"]
    undiluted = wells[wells["dilution"] == 1]
    assert undiluted.groupby("name").size().tolist() == [2, 2, 2, 2]
    both = wells[wells["name"].isin(undiluted["name"])]
    assert (both.groupby("name")["plate"].nunique() == 1).all()
    found = both.groupby(["name", "dilution"])["ng_ml"].mean().unstack()
    assert (found[1] < found[480] / 10).all()
    true = both.groupby("name")["true"].first()
    assert np.log(found[480] / true).abs().max() < 0.2
    assert not both["over"].any()
    assert not both["plate"].isin(troubled.values()).any()


def test_at_a_low_dilution_only_samples_are_above_the_standards_or_beyond_the_reader(plated, troubled):
    wells, _ = plated
    low = wells[wells["dilution"] == 5]
    assert low["name"].nunique() == 8
    top = wells[wells["concentration"] == 2000].groupby("plate")["od"].mean()
    assert (low["over"] | (low["od"] > low["plate"].map(top))).all()
    assert 2 < low["over"].sum() < 16
    # The same material at its usual dilution never is.
    assert not wells.loc[wells["dilution"] == 480, "over"].any()
    assert not low["plate"].isin(troubled.values()).any()
    assert wells.loc[wells["over"], "true"].min() > 25


def test_few_plates_have_no_troubles(tmp_path):
    paths, _ = write(tmp_path / "few", PLATES)
    wells = read(paths["assays"], paths["layout"][0])
    assert plate_readings.troubled_plates(wells["plate"].nunique()) == {}
    assert set(wells["dilution"]) == {1, 480}
    assert not wells["over"].any()
    assert set(wells.loc[wells["dilution"] == 1, "role"]) == {"standard", "blank"}


def test_plates_of_a_cohort_give_back_the_allele_and_the_shift_from_first_to_last(tmp_path):
    effects = replace(EFFECTS, residual_sd=0.05, sil6r={**EFFECTS.sil6r, "plates_first_to_last": 0.4})
    rng = np.random.default_rng(2)
    people = phenotypes.simulate_people(
        "cohort",
        pd.DataFrame({"sample": range(720), "ancestry": "EUR", "dosage": rng.binomial(2, 0.4, 720) * 1.0}),
        None,
        {"EUR": "EUR"},
        1,
        plate_readings.PEOPLE,
    )
    levels = assay_forms.simulate_levels(people, effects, PLATES, rng)
    results = assay_forms.simulate_results(people, levels, effects, PLATES, rng, None)
    logs = assay_forms.by_participant(results)["sil6r"].reindex(people["participant"])
    assert logs.isna().mean() == pytest.approx(0.035, abs=0.02)
    with open(tmp_path / "readings", "w") as readings, open(tmp_path / "layout", "w") as layout:
        shifts = people.assign(shift=people["plate_shift"] * 0.4)
        plate_readings.write_plates(shifts, logs.to_numpy(), 0.0, readings, layout, rng)
    wells = read(tmp_path / "readings", tmp_path / "layout")
    failed = plate_readings.plate_name(plate_readings.troubled_plates(20)["failed"])
    wells = wells[(wells["dilution"] == 100) & (wells["plate"] != failed)]
    found = np.log(wells.groupby("name")["ng_ml"].mean())
    number = wells["plate"].str[1:].astype(int)
    for name in ("bridge", "low control"):
        own = wells["name"] == name
        first, last = (np.log(wells.loc[own & part, "ng_ml"]).mean() for part in (number <= 4, number > 16))
        # The outer fifths' means are 0.8 of the way apart, each with the noise of four plates.
        assert first - last == pytest.approx(0.32, abs=0.12)
    samples = wells[wells["role"] == "sample"].assign(log=lambda own: np.log(own["ng_ml"]))
    given = samples.groupby("name")["log"].mean() - samples.groupby("name")["plate"].first().map(
        samples.groupby("plate")["log"].mean()
    )
    assert found.notna().all()
    estimate, error = slope(given, people.set_index("participant")["dosage"])
    assert estimate == pytest.approx(np.log(1.5), abs=max(4 * error, 0.02))


# NPX ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def olink(tmp_path_factory):
    paths, dosage = write(tmp_path_factory.mktemp("npx") / "cohort", NPX, n=1200)
    return pd.read_csv(paths["assays"], sep=";"), dosage, json.loads(paths["truth"].read_text())


def test_an_npx_table_has_olinks_columns_and_a_row_for_each_sample_and_assay(olink):
    table, dosage, _ = olink
    assert table.columns.tolist() == [
        "SampleID", "Index", "OlinkID", "UniProt", "Assay", "MissingFreq", "Panel", "Panel_Version",
        "PlateID", "QC_Warning", "LOD", "NPX", "Normalization", "Assay_Warning",
    ]  # fmt: skip
    assert (table.groupby("Index").size() == 6).all()
    assert not table.duplicated(["Index", "OlinkID"]).any()
    proteins = table[["UniProt", "Assay", "Panel"]].drop_duplicates()
    uniprot = dict(zip(proteins["Assay"], proteins["UniProt"], strict=True))
    # As UniProt lists them.
    assert uniprot == {
        "IL6R": "P08887", "IL6": "P05231", "IL6ST": "P40189", "TNF": "P01375", "CXCL8": "P10145",
    }  # fmt: skip
    assert (proteins["Assay"] == "IL6").sum() == 2
    controls = table["SampleID"].str.startswith("CONTROL_SAMPLE")
    people = table[~controls]
    assert set(people["SampleID"]) < set(dosage.index)
    assert people["SampleID"].nunique() == pytest.approx(0.97 * 1200, abs=24)
    by_plate = people.groupby("PlateID")["SampleID"].nunique()
    assert len(by_plate) == 14
    assert by_plate.max() <= 88
    assert (table[controls].groupby("PlateID")["Index"].nunique() == 2).all()
    missing = people["NPX"].isna().mean()
    assert missing == pytest.approx(0.005 * 4 / 6, abs=0.003)


def test_an_allele_is_a_difference_of_npx(olink):
    table, dosage, known = olink
    table = table[~table["SampleID"].str.startswith("CONTROL") & (table["QC_Warning"] == "PASS")]
    for name, fold in (("IL6R", 1.5), ("IL6", 1.146), ("IL6ST", 1.0), ("TNF", 1.0)):
        for _, rows in table[table["Assay"] == name].dropna(subset="NPX").groupby("Panel"):
            estimate, error = slope(rows.set_index("SampleID")["NPX"], dosage)
            assert estimate == pytest.approx(np.log2(fold), abs=4 * error), name
            assert error < 0.06
    assert known["sil6r_additive"] == {"percent": pytest.approx(50)}
    assert known["il6_additive"] == {"percent": pytest.approx(14.6)}
    assert known["sgp130_additive"] == {"percent": 0.0}


def test_a_few_of_il6_are_below_the_limit_and_warnings_are_rare_and_noisy(olink):
    table, *_ = olink
    people = table[~table["SampleID"].str.startswith("CONTROL")].assign(
        below=lambda own: own["NPX"] < own["LOD"]
    )
    share = people.groupby("OlinkID")[["below", "MissingFreq"]].mean()
    np.testing.assert_allclose(share["below"], share["MissingFreq"], atol=6e-5)
    assert 0.01 < people.loc[people["Assay"] == "IL6", "below"].mean() < 0.1
    assert people.loc[people["Assay"].isin(["IL6R", "IL6ST"]), "below"].sum() == 0
    warned = people["QC_Warning"] == "WARN"
    assert warned.mean() == pytest.approx(0.01, abs=0.006)
    # A warning is of a sample in a panel.
    assert (people.groupby(["Index", "Panel"])["QC_Warning"].nunique() == 1).all()
    one = people[people["Assay"] == "IL6"].pivot(
        index="SampleID", columns="Panel", values=["NPX", "QC_Warning"]
    )
    difference = (one["NPX"]["Inflammation"] - one["NPX"]["Cardiometabolic"]).astype(float)
    passed = (one["QC_Warning"] == "PASS").all(axis=1)
    assert difference[passed].std() == pytest.approx(np.hypot(0.12, 0.12) * 1.2, abs=0.04)
    assert difference[~passed].std() > 2 * difference[passed].std()


# Exercise -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cycled(tmp_path_factory):
    """Log concentrations by participant, visit and analyte, of mean replicates; samples; paths."""
    paths, _ = write(tmp_path_factory.mktemp("cycled") / "cohort", CYCLED)
    assays = pd.read_csv(paths["assays"]).dropna(subset="value")
    means = assays.groupby(["participant", "visit", "analyte"])["value"].mean()
    return np.log(means).unstack("analyte"), pd.read_csv(paths["samples"][0], sep="\t"), paths


def test_every_sample_is_in_the_table_of_samples_and_one_visit_is_capillary(cycled):
    logs, samples, _ = cycled
    assert not samples.duplicated(["participant", "visit"]).any()
    key = pd.MultiIndex.from_frame(samples[["participant", "visit"]])
    assert set(logs.index) <= set(key)
    assert len(key) - len(logs) < 3
    visits = samples.groupby("visit")[["date", "time_point", "matrix"]].agg(
        lambda own: "/".join(own.unique())
    )
    assert visits.index.tolist() == ["1", "2", "3", "4", "5", "6", "6post"]
    assert visits["matrix"].tolist() == ["EDTA", "EDTA", "capillary", *["EDTA"] * 4]
    assert visits["time_point"].tolist() == ["rest"] * 6 + ["post-exercise"]
    assert visits.loc["6", "date"] == visits.loc["6post", "date"] == "2025-04-14"
    minutes = samples["time"].str[:2].astype(int) * 60 + samples["time"].str[3:].astype(int)
    minutes = minutes.groupby([samples["participant"], samples["visit"]]).first().unstack()
    # 35 of them on the cycle.
    assert (minutes["6post"] - minutes["6"] > 35).all()
    after = samples["time_point"] == "post-exercise"
    assert (samples.loc[after, "hours_since_exercise"] < 1).all()
    assert (samples.loc[~after, "hours_since_exercise"] >= 24).all()
    assert set(samples["freeze_thaw_cycles"]) == {1, 2}


def plasma_change(samples):
    """Dill & Costill 1974: the change in plasma volume over that before, from haemoglobin and haematocrit."""
    blood = samples.dropna(subset="haemoglobin_g_dl").set_index(["participant", "visit"])
    hb, hct = (blood[name].unstack() for name in ("haemoglobin_g_dl", "haematocrit_percent"))
    volume = hb["6"] / hb["6post"]
    return (volume * (1 - hct["6post"] / 100) - (1 - hct["6"] / 100)) / (1 - hct["6"] / 100)


def test_haemoglobin_and_haematocrit_tell_the_plasma_lost_that_concentrations_show(cycled):
    logs, samples, _ = cycled
    assert set(samples.loc[samples["haemoglobin_g_dl"].notna(), "visit"]) == {"6", "6post"}
    change = plasma_change(samples)
    assert change.mean() == pytest.approx(-0.08, abs=0.006)
    assert change.std() == pytest.approx(0.03, abs=0.005)
    rise = (logs.xs("6post", level="visit") - logs.xs("6", level="visit")).dropna()
    corrected = rise.add(np.log1p(change.reindex(rise.index)), axis=0)
    # 35 minutes of cycling at high intensity: IL-6 2.7-fold (Nash 2022), and the receptors unchanged.
    error = corrected.std() / np.sqrt(len(corrected))
    expected = pd.Series({"IL-6": np.log(2.7), "sIL-6R": 0.0, "sgp130": 0.0})
    assert ((corrected.mean() - expected).abs() < 4 * error).all()
    assert (error < 0.02).all()
    # Four wells of 6 % each; without the correction plasma's 3 % come on top.
    assert corrected["sgp130"].std() == pytest.approx(0.06, abs=0.008)
    assert corrected["sgp130"].std() < rise["sgp130"].std()
    hb = samples["haemoglobin_g_dl"].dropna()
    assert hb.between(10, 20).all()


def test_exercise_changes_nothing_but_the_capillary_visit_and_what_comes_after(cycled, tmp_path):
    _, _, paths = cycled
    rested, _ = write(tmp_path / "rested", replace(CYCLED, acute_exercise=False))
    assert rested["participants"].read_bytes() == paths["participants"].read_bytes()
    truths = [json.loads(own["truth"].read_text()) for own in (rested, paths)]
    assert truths[1] == truths[0] | {
        name: truths[1][name] for name in truths[1] if "exercise" in name or "duration" in name
    }
    for one, other in zip(rested["activity"], paths["activity"], strict=True):
        assert one.read_bytes() == other.read_bytes()
    before, after = (
        [line for line in own["assays"].read_text().splitlines() if line.split(",")[1] not in ("3", "6post")]
        for own in (rested, paths)
    )
    assert before == after


def test_capillary_blood_is_noisier():
    n = 20_000
    people = pd.DataFrame({"participant": [f"p{i:05d}" for i in range(n)], "dosage": 0.0, "plate": 1})
    people = people.assign(age=50.0, sex="female", bmi=25.0, group="EUR", plate_shift=0.0)
    forms = replace(CYCLED, visits=3, analytes=("sgp130",), replicates=1)
    exercise = assay_forms.Exercise.drawn(n, np.random.default_rng(1))
    rng = np.random.default_rng(2)
    levels = assay_forms.simulate_levels(people, EFFECTS, forms, rng)
    results = assay_forms.simulate_results(people, levels, EFFECTS, forms, rng, exercise)
    visits = results.pivot(index="participant", columns="visit", values="log")
    variance = visits.sub(visits[2], axis=0)[[1, 3]].var()
    # Visits differ by 10 %, and the first, of three, is capillary: 5 % more.
    assert variance[3] == pytest.approx(0.1**2 * 2, rel=0.04)
    assert variance[1] == pytest.approx(0.1**2 * 2 + 0.05**2, rel=0.04)


# Cohorts --------------------------------------------------------------------------------------------------


def test_the_form_of_the_assays_changes_no_other_file(tmp_path):
    long, _ = write(tmp_path / "long", LONG)
    plates, _ = write(tmp_path / "plates", PLATES)
    for name in ("participants", "truth"):
        assert long[name].read_bytes() == plates[name].read_bytes()
    for one, other in zip(long["activity"], plates["activity"], strict=True):
        assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("forms", [CYCLED, NPX, PLATES], ids=lambda forms: forms.assay_form)
def test_the_same_cohort_is_written_in_the_same_bytes(tmp_path, forms):
    write(tmp_path / "one", forms, n=60)
    write(tmp_path / "two", forms, n=60)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_long_table_in_picograms_says_il6_in_picograms_too(tmp_path):
    grams, _ = write(tmp_path / "ng", replace(LONG, analytes=ALL, limit_ng_ml=20))
    picograms, _ = write(tmp_path / "pg", replace(LONG, analytes=ALL, limit_ng_ml=20, unit="pg/mL"))
    one, other = (pd.read_csv(paths["assays"], dtype=str) for paths in (grams, picograms))
    assert dict(zip(other["analyte"], other["unit"], strict=True)) == dict.fromkeys(other["analyte"], "pg/mL")
    factor = np.where(one["analyte"] == "IL-6", 1.0, 1e3)
    value, times = (pd.to_numeric(own["value"].str.removeprefix("<")) for own in (one, other))
    np.testing.assert_allclose(times, factor * value, rtol=1e-4)
    below = other["value"].str.startswith("<", na=False)
    assert set(other.loc[below, "value"]) == {"<20000"}
    assert set(other.loc[below, "analyte"]) == {"sIL-6R"}


@pytest.mark.parametrize(
    ("forms", "sentence"),
    [
        (
            replace(PLATES, visits=2),
            "the assay form plates has neither visits, replicates of its own nor acute",
        ),
        (replace(NPX, acute_exercise=True), "leave them out, or take the form long"),
        (
            replace(PLATES, analytes=ALL),
            "plates are of sIL-6R only; leave out analytes, or take another form",
        ),
    ],
)
def test_a_form_of_assays_that_does_not_hold_what_is_asked_for_is_refused(tmp_path, forms, sentence):
    with pytest.raises(InputError, match=rf"config, cohorts\.cohort\.synthetic.*{re.escape(sentence)}"):
        write(tmp_path / "x", forms)


# The balance ----------------------------------------------------------------------------------------------


def by_brent(il6, sil6r, sgp130, kd1, kd2):
    """Free IL-6 by another program, from what IL-6 must add up to, in pM."""

    def ternary(free):
        # sgp130 binds the complex c = free (sil6r - t - c) / kd1.
        def off(t):
            c = free * (sil6r - t) / (kd1 + free)
            return c * (sgp130 - t) - kd2 * t

        t = optimize.brentq(off, 0, min(sil6r, sgp130), xtol=1e-300, rtol=1e-14)
        return t, free * (sil6r - t) / (kd1 + free)

    free = optimize.brentq(lambda free: free + sum(ternary(free)) - il6, 0, il6, xtol=1e-300, rtol=1e-14)
    return free, *ternary(free)


@pytest.mark.parametrize("sgp130_ng_ml", [0.5, 30.0, 320.0])
@pytest.mark.parametrize("il6_pg_ml", [0.5, 2.2, 5000.0])
def test_the_balance_is_another_root_finders(il6_pg_ml, sgp130_ng_ml):
    il6, sil6r, sgp130 = il6_pg_ml / 21, 1e3 * 40 / 52.5, 1e3 * sgp130_ng_ml / 100
    free, t, c = by_brent(il6, sil6r, sgp130, 5500, 50)
    found = truth.balance(*(np.array([x]) for x in (40.0, il6_pg_ml, sgp130_ng_ml)), constants=CONSTANTS)
    assert found["free_il6"][0] == pytest.approx(free / il6, rel=1e-9)
    assert found["active_complex"][0] == pytest.approx(c, rel=1e-9)
    assert found["buffered_complex"][0] == pytest.approx(t, rel=1e-9)
    assert found["sgp130_excess"][0] == pytest.approx(sgp130 / sil6r)


def test_without_sgp130_the_balance_is_the_quadratic_of_one_complex():
    il6, sil6r, kd = 2.2 / 21, 1e3 * 40 / 52.5, 5500.0
    total = il6 + sil6r + kd
    expected = 2 * il6 * sil6r / (total + np.sqrt(total**2 - 4 * il6 * sil6r))
    found = truth.balance(*(np.array([x]) for x in (40.0, 2.2, 0.0)), constants=CONSTANTS)
    assert found["active_complex"][0] == pytest.approx(expected, rel=1e-12)
    assert found["buffered_complex"][0] == 0


def test_an_analysis_of_noisy_people_finds_the_true_effect_on_the_balance():
    n, rng = 40_000, np.random.default_rng(4)
    people = pd.DataFrame({"dosage": rng.binomial(2, 0.39, n) * 1.0, "ancestry": "EUR", "group": "EUR"})
    people = people.assign(
        age=rng.normal(50, 9, n), sex="female", bmi=rng.normal(25, 3.5, n), plate_shift=0.0
    )
    known = truth.true_values(people, EFFECTS, ALL, False, False, CONSTANTS)
    logs = truth.expected_logs(people, EFFECTS)
    noise = {"sil6r": 0.28, "il6": 0.46, "sgp130": 0.22}
    levels = {name: np.exp(log + rng.normal(0, noise[name], n)) for name, log in logs.items()}
    outcomes = truth.balance(**levels, constants=CONSTANTS)
    design = np.column_stack([people["dosage"], np.ones(n), people["age"], people["bmi"]])
    for name, outcome in outcomes.items():
        fit, residues, *_ = np.linalg.lstsq(design, np.log(outcome), rcond=None)
        error = np.sqrt(residues[0] / n / (n * people["dosage"].var()))
        # What noise does to a curve is within a third of a percent.
        expected = np.log1p(known[f"{name}_additive"]["percent"] / 100)
        assert fit[0] == pytest.approx(expected, abs=3 * error + 0.003), name
    assert known["sgp130_excess_additive"]["percent"] == pytest.approx(100 * (1 / 1.5 - 1))
    # An allele makes more complexes than the third of free IL-6 that it takes away would suggest.
    assert known["active_complex_additive"]["percent"] > 14.6
    assert known["free_il6_additive"]["percent"] < 0


@pytest.mark.parametrize(
    ("forms", "others"),
    [
        (LONG, set()),
        (PLATES, set()),
        (replace(LONG, analytes=("sil6r", "sgp130")), {"sgp130"}),
        (NPX, {"il6", "sgp130"}),
        (
            replace(LONG, analytes=ALL),
            {"il6", "sgp130", "free_il6", "active_complex", "buffered_complex", "sgp130_excess"},
        ),
    ],
)
def test_the_truth_is_of_the_analyses_that_a_cohort_can_do(tmp_path, forms, others):
    paths, _ = write(tmp_path / "x", forms, n=40)
    known = set(json.loads(paths["truth"].read_text()))
    ours = {"sil6r_additive", "sil6r_cc_vs_aa", "sil6r_variance"}
    # Relative units have errors of measurement that are no small part of the variance.
    ours |= {"sil6r_variance_unadjusted"} if forms != NPX else set()
    assert known == {
        *ours,
        "bmi_additive",
        *(f"{x}_{y}" for x in ("activity", "mvpa") for y in ("additive", "aa_vs_carriers")),
        *(f"{x}_additive" for x in others),
    }
