"""What simulated cohorts hand over beside sIL-6R and activity: plain regressions find what is true of it."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
import yaml
from conftest import REPO

from il6r.assays import balance, cohort_assays
from il6r.errors import InputError
from il6r.synthetic import phenotypes, truth
from il6r.tables.assays import CONCENTRATIONS

SCHEMA = REPO / "workflow" / "schemas" / "config.schema.yaml"
CONSTANTS = pd.read_csv(REPO / "resources" / "binding_constants.tsv", sep="\t")
ALL = ("sil6r", "il6", "sgp130")
# C alleles are rarer in Africa (Reich 2007), so that what differs between ancestries differs by genotype.
FREQUENCY = {"AFR": 0.14, "EUR": 0.39}


def defaults(part):
    """What the configuration holds where nothing is said."""
    if "properties" in part:
        return {name: defaults(own) for name, own in part["properties"].items() if "default" in own}
    return part["default"]


def section(**given):
    """The configuration's `truth`."""
    return defaults(yaml.safe_load(SCHEMA.read_text())["properties"]["truth"]) | given


EFFECTS = truth.Effects.from_config(section())
KNOWN = phenotypes.Forms(
    visits=1, replicates=1, analytes=("sil6r",), unit="ng/mL", limit_ng_ml=0, activity_form="person_days",
    days=7, registry_gap_rate=0.01, participant_columns=("crp", "disease", "wellbeing", "programme"),
)  # fmt: skip
TRAINED = replace(
    KNOWN, visits=6, replicates=2, analytes=ALL, days=49, acute_exercise=True, participant_columns=(),
    sample_columns=("training",),
)  # fmt: skip


def write(folder, forms, n, effects=EFFECTS, seed=5):
    """A cohort's files; participants with their dosages, the paths and the truth."""
    folder.mkdir()
    rng = np.random.default_rng(seed)
    dosages = pd.DataFrame({"sample": [f"s{i}" for i in range(n)], "ancestry": ["AFR", "EUR"] * (n // 2)})
    dosages["dosage"] = rng.binomial(2, dosages["ancestry"].map(FREQUENCY)).astype(float)
    paths = {
        **{name: folder / name for name in ("participants", "assays", "truth")},
        "activity": [folder / f"activity_{k}" for k in range(2)],
        **{kind: [] for kind in ("epochs", "raw", "layout")},
        "questionnaire": [folder / "questionnaire"] if forms.questionnaire else [],
        "samples": [folder / "samples"] if forms.acute_exercise or forms.trained else [],
    }
    groups = {group: group for group in FREQUENCY}
    phenotypes.write_cohort("cohort", dosages, None, groups, effects, forms, paths, seed, CONSTANTS)
    people = pd.read_csv(paths["participants"], sep="\t").merge(dosages[["sample", "dosage"]], on="sample")
    return people, paths, json.loads(paths["truth"].read_text())


def valid_days(paths):
    """Person-days that are valid by the default rule."""
    days = pd.concat([pd.read_csv(path) for path in paths["activity"]])
    return days[days["wear_h"] >= 16]


def near(fit, term, expected, errors=4.0):
    """Whether a term of a fit is within so many standard errors of what is expected."""
    return abs(fit.params[term] - expected) < errors * fit.bse[term]


PERSON = "dosage + age + C(sex) + bmi + C(ancestry)"


# People ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """12,000 people with their sIL-6R and mean activity, and the truth."""
    people, paths, values = write(tmp_path_factory.mktemp("known") / "cohort", KNOWN, 12_000)
    measured = pd.read_csv(paths["assays"])[["participant", "value", "plate"]]
    activity = valid_days(paths).groupby("participant")[["enmo_mg", "mvpa_min_per_day", "wear_h"]].mean()
    people = people.merge(measured, on="participant", how="left").join(activity, on="participant")
    return people.assign(log=np.log(people["value"])), values


def test_crp_and_fibrinogen_fall_with_each_allele_as_published(known):
    people, values = known
    # ERFC 2012: -7.5 % and -1.0 %.
    for name, column, per_allele in (("crp", "crp_mg_l", 0.925), ("fibrinogen", "fibrinogen_g_l", 0.99)):
        assert values[f"{name}_additive"]["percent"] == pytest.approx(100 * (per_allele - 1))
        fit = smf.ols(f"np.log({column}) ~ {PERSON}", people).fit(cov_type="HC3")
        assert near(fit, "dosage", np.log(per_allele)), name
    crude = smf.ols("np.log(crp_mg_l) ~ dosage", people).fit(cov_type="HC3")
    assert not near(crude, "dosage", np.log(0.925))
    # Healthy adults'.
    assert 1 < people["crp_mg_l"].median() < 3
    assert 2 < people["fibrinogen_g_l"].median() < 4


def test_the_odds_of_arthritis_are_those_that_published_frequencies_imply(known):
    people, values = known
    # Marinou 2010: 0.384 in cases, 0.417 in controls.
    implied = 0.384 / 0.616 / (0.417 / 0.583)
    assert values["rheumatoid_arthritis"]["odds_ratio"] == pytest.approx(implied, abs=0.001)
    people = people.dropna(subset="rheumatoid_arthritis")
    case = (people["rheumatoid_arthritis"] == "yes").astype(float)
    assert set(people["rheumatoid_arthritis"]) == {"yes", "no"}
    assert case.mean() == pytest.approx(0.30, abs=0.02)
    fit = smf.logit("case ~ dosage + age + C(sex) + C(ancestry)", people.assign(case=case)).fit(disp=False)
    assert near(fit, "dosage", np.log(implied))


def test_fatigue_rises_with_log_sil6r_whether_plates_are_adjusted_for_or_not(known):
    people, values = known
    assert values["fatigue_on_sil6r"] == {"difference": 6.0}
    for more in ("", " + C(plate)"):
        fit = smf.ols(f"fatigue ~ log + age + C(sex) + bmi + C(ancestry){more}", people).fit()
        assert near(fit, "log", 6.0)
        assert fit.bse["log"] < 0.4
    # Hardly anybody is at an end of the scale.
    assert people["fatigue"].dropna().between(0.1, 99.9).mean() > 0.999


def test_illnesses_have_the_odds_ratios_of_the_truth_and_smoking_and_bmi_none(known):
    people, values = known
    assert values["coronary_heart_disease"]["odds_ratio"] == pytest.approx(0.962)
    assert values["asthma"]["odds_ratio"] == pytest.approx(1.09)
    for column in (
        "coronary_heart_disease", "asthma", "nash", "type_1_diabetes", "covid19_admission", "smoker",
    ):  # fmt: skip
        name = "smoking_additive" if column == "smoker" else column
        own = people.dropna(subset=column)
        case = (own[column] == "yes").astype(float)
        fit = smf.logit("case ~ dosage + C(ancestry)", own.assign(case=case)).fit(disp=False)
        assert near(fit, "dosage", np.log(values[name]["odds_ratio"])), column
    assert values["smoking_additive"] == {"odds_ratio": 1.0}
    bmi = smf.ols("np.log(bmi) ~ dosage + C(ancestry)", people.dropna(subset="bmi")).fit()
    assert values["bmi_additive"] == {"percent": 0.0}
    assert near(bmi, "dosage", 0.0)


def test_scales_of_wellbeing_correlate_with_log_sil6r_as_published(known):
    people, values = known
    # Cullen 2017; symptoms did not.
    published = {"stress": 0.64, "mood": 0.49, "sleep_quality": -0.43, "upper_respiratory_symptoms": 0.0}
    for (column, r), name in zip(published.items(), ("stress", "mood", "sleep", "symptoms"), strict=True):
        assert values[f"{name}_sil6r_correlation"] == {"correlation": r}
        own = people.dropna(subset=[column, "log", "bmi"])
        left = [
            smf.ols(f"{name} ~ age + C(sex) + bmi + C(ancestry)", own).fit().resid for name in (column, "log")
        ]
        found = np.arctanh(np.corrcoef(*left)[0, 1])
        assert found == pytest.approx(np.arctanh(r), abs=4 / np.sqrt(len(own))), column


def test_waist_triglycerides_and_glucose_fall_less_with_each_allele(known):
    people, values = known
    for column, (in_aa, per_allele) in {
        "waist_change_cm": (-3, 1.5),
        "triglycerides_change_mmol_l": (-0.2, 0.1),
        "glucose_change_mmol_l": (-0.2, 0.1),
    }.items():
        name = f"{column.split('_')[0]}_programme_by_genotype"
        assert values[name] == {"difference": per_allele}
        fit = smf.ols(f"{column} ~ dosage * C(programme)", people).fit()
        trained = "C(programme)[T.diet and exercise]"
        assert near(fit, f"dosage:{trained}", per_allele), column
        assert near(fit, trained, in_aa), column
        assert near(fit, "dosage", 0.0), column


def test_a_programme_helps_aa_and_not_cc(known):
    people, values = known
    assert values["programme_by_genotype"] == {"difference": -4.0}
    fit = smf.ols(
        "programme_response ~ dosage * C(programme) + age + C(sex) + bmi + C(ancestry)", people
    ).fit()
    trained = "C(programme)[T.diet and exercise]"
    assert near(fit, f"dosage:{trained}", -4.0)
    assert near(fit, trained, 8.0)
    assert near(fit, "dosage", 0.0)
    gain = people.groupby(["dosage", "programme"])["programme_response"].mean().unstack()
    gain = gain["diet and exercise"] - gain["control"]
    assert gain[0] > 7
    assert abs(gain[2]) < 2
    # At random.
    assert (people["programme"] == "control").mean() == pytest.approx(0.5, abs=0.02)
    assert people.groupby("programme")["dosage"].mean().diff().abs().iloc[-1] < 0.05


def test_minutes_of_mvpa_fall_as_the_truth_says(known):
    people, values = known
    people = people.assign(aa=(people["dosage"] == 0).astype(float))
    for term, name in (("dosage", "mvpa_additive"), ("aa", "mvpa_aa_vs_carriers")):
        fit = sm.GLM.from_formula(
            f"mvpa_min_per_day ~ {PERSON.replace('dosage', term)} + wear_h",
            people.dropna(subset=["mvpa_min_per_day", "bmi"]),
            family=sm.families.Poisson(),
        ).fit(cov_type="HC1")
        assert near(fit, term, np.log1p(values[name]["percent"] / 100))
        assert fit.bse[term] < 0.012
    assert values["mvpa_additive"]["percent"] == pytest.approx(100 * (0.94**1.4 - 1))


def test_the_variance_explained_without_covariates_is_of_these_people(known):
    people, values = known
    people = people.dropna(subset="log")
    crude = smf.ols("log ~ dosage", people).fit().rsquared
    # A correlation of n people has the standard error (1 - r^2) / sqrt(n); its square 2 r times that.
    expected = values["sil6r_variance_unadjusted"]["r2"]
    assert crude == pytest.approx(
        expected, abs=4 * 2 * np.sqrt(expected) * (1 - expected) / len(people) ** 0.5
    )
    assert expected < values["sil6r_variance"]["r2"] - 0.05


def test_some_of_each_is_missing_and_columns_do_not_move_each_other(tmp_path):
    forms = replace(KNOWN, registry_gap_rate=0.1)
    plain, before, _ = write(tmp_path / "plain", replace(forms, participant_columns=()), 400)
    whole, after, _ = write(tmp_path / "whole", forms, 400)
    one, _, values = write(tmp_path / "one", replace(forms, participant_columns=("wellbeing",)), 400)
    pd.testing.assert_frame_equal(whole[plain.columns], plain)
    pd.testing.assert_frame_equal(whole[one.columns], one)
    assert whole.columns.difference(plain.columns).tolist() == [
        "asthma", "coronary_heart_disease", "covid19_admission", "crp_mg_l", "fatigue", "fibrinogen_g_l",
        "glucose_change_mmol_l", "mood", "nash", "programme", "programme_response", "rheumatoid_arthritis",
        "sleep_quality", "smoker", "stress", "triglycerides_change_mmol_l", "type_1_diabetes",
        "upper_respiratory_symptoms", "waist_change_cm",
    ]  # fmt: skip
    for name in ("assays", "activity"):
        ours, theirs = ([paths[name]] if name == "assays" else paths[name] for paths in (before, after))
        assert [path.read_bytes() for path in ours] == [path.read_bytes() for path in theirs]
    missing = whole[whole.columns.difference(plain.columns)].isna().mean()
    assert missing["programme"] == 0
    assert missing.drop("programme").between(0.04, 0.17).all()
    assert "fatigue_on_sil6r" in values
    assert "crp_additive" not in values


def test_fatigue_has_no_known_slope_where_sil6r_is_measured_with_error(tmp_path):
    forms = replace(KNOWN, participant_columns=("wellbeing",))
    for k, other in enumerate(({"replicates": 2}, {"visits": 2}, {"assay_form": "npx"}, {"limit_ng_ml": 20})):
        _, _, values = write(tmp_path / str(k), replace(forms, **other), 40)
        assert "fatigue_on_sil6r" not in values


# Training -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Logs of each sample's mean concentrations with its columns, its week's activity, and the truth."""
    people, paths, values = write(tmp_path_factory.mktemp("trained") / "cohort", TRAINED, 1000)
    assays = pd.read_csv(paths["assays"]).dropna(subset="value")
    logs = np.log(assays["value"]).groupby([assays[k] for k in ("participant", "visit", "analyte")]).mean()
    samples = pd.read_csv(paths["samples"][0], sep="\t").merge(people, on="participant")
    plates = assays.groupby("participant")["plate"].agg(["nunique", "first"])
    # As the workflow joins it: valid days among the seven before the sample's date.
    back = pd.to_datetime(samples["date"]).to_numpy()[:, None] - np.arange(1, 8) * np.timedelta64(1, "D")
    weeks = pd.DataFrame({"row": np.repeat(samples.index, 7), "date": pd.DatetimeIndex(back.ravel())})
    weeks["participant"] = samples["participant"].to_numpy()[weeks["row"]]
    days = valid_days(paths).assign(date=lambda own: pd.to_datetime(own["date"]))
    week = weeks.merge(days, on=["participant", "date"]).groupby("row")["enmo_mg"].mean()
    samples = samples.assign(enmo_7d_mg=week, after=samples["after_training"] == "yes")
    samples = samples.join(logs.unstack(), on=["participant", "visit"])
    samples = samples.rename(columns={"sIL-6R": "sil6r", "IL-6": "il6"})
    return samples.assign(plate=samples["participant"].map(plates["first"])), plates, paths, values


def at_rest(samples):
    return samples[samples["time_point"] == "rest"].astype({"after": float})


def within(samples, outcome, terms):
    """Least squares within people, errors clustered by person."""
    used = samples.dropna(subset=[outcome, *terms])
    columns = used[[outcome, *terms]]
    away = columns - columns.groupby(used["participant"]).transform("mean")
    groups = pd.factorize(used["participant"])[0]
    return sm.OLS(away[outcome], away[terms]).fit(cov_type="cluster", cov_kwds={"groups": groups})


def test_sil6r_falls_with_the_weeks_activity_and_by_the_programme_each_given_the_other(trained):
    samples, _, _, values = trained
    resting = at_rest(samples)
    fit = within(resting, "sil6r", ["enmo_7d_mg", "after"])
    assert values["sil6r_on_activity_within"]["percent"] == pytest.approx(-1)
    assert near(fit, "enmo_7d_mg", np.log(0.99))
    assert fit.bse["enmo_7d_mg"] < 0.001
    # The review: 34.0 to 29.2 ng/mL.
    assert values["sil6r_after_training"]["percent"] == pytest.approx(100 * (29.2 / 34.0 - 1), abs=0.05)
    assert near(fit, "after", np.log(0.859))
    # Neither goes along with the other, nor is sgp130 changed by either.
    assert abs(resting[["enmo_7d_mg", "after"]].corr().iloc[0, 1]) < 0.05
    nothing = within(resting, "sgp130", ["enmo_7d_mg", "after"])
    assert near(nothing, "enmo_7d_mg", 0.0)
    assert near(nothing, "after", 0.0)
    assert values["sgp130_on_activity"] == {"percent": 0.0}
    # A person's mean over the visits is moved by the programme only.
    people = resting.groupby("participant")[["sil6r", "enmo_7d_mg", "dosage"]].mean()
    covariates = resting.groupby("participant")[["age", "sex", "bmi", "ancestry"]].first()
    between = smf.ols(f"sil6r ~ enmo_7d_mg + {PERSON}", people.join(covariates)).fit(cov_type="HC3")
    assert near(between, "enmo_7d_mg", 0.0)


def test_sil6r_correlates_with_training_within_people_as_the_truth_says(trained):
    samples, _, _, values = trained
    fit = within(at_rest(samples), "sil6r", ["training_load", "after"])
    other = within(at_rest(samples), "training_load", ["sil6r", "after"])
    # The two slopes' product is the squared correlation.
    found = -np.sqrt(fit.params["training_load"] * other.params["sil6r"])
    (true,) = values["sil6r_training_distance_correlation"].values()
    assert true < -0.05
    assert abs(found - true) < 4 / np.sqrt(fit.nobs * 5 / 6)


def test_il6_is_lowest_at_some_training_and_curved_as_the_truth_says(trained):
    samples, _, _, values = trained
    resting = at_rest(samples)
    away = resting["training_load"] - resting["training_load"].mean()
    fit = within(resting.assign(away=away, square=away**2), "il6", ["away", "square"])
    assert values["il6_over_training_load"] == {"percent": pytest.approx(1.0)}
    assert near(fit, "square", np.log(1.01))
    lowest = resting["training_load"].mean() - fit.params["away"] / (2 * fit.params["square"])
    assert lowest == pytest.approx(6.0, abs=0.5)
    # The week's training goes along with what the monitor recorded of it.
    assert resting[["training_load", "enmo_7d_mg"]].corr().iloc[0, 1] > 0.5
    assert resting["training_load"].between(1, 14).all()


def test_training_moves_no_effect_of_the_variant(trained):
    samples, _, _, values = trained
    resting = at_rest(samples).dropna(subset=["sil6r", "il6", "sgp130", "bmi"])
    groups = {"groups": pd.factorize(resting["participant"])[0]}
    adjusted = f"{PERSON} + C(plate)"
    for outcome in ALL:
        fit = smf.ols(f"{outcome} ~ {adjusted}", resting).fit(cov_type="cluster", cov_kwds=groups)
        assert near(fit, "dosage", np.log1p(values[f"{outcome}_additive"]["percent"] / 100)), outcome
    levels = {name: np.exp(resting[name].to_numpy()) for name in ALL}
    for name, outcome in truth.balance(**levels, constants=CONSTANTS).items():
        fit = smf.ols(f"np.log(outcome) ~ {adjusted}", resting.assign(outcome=outcome)).fit(
            cov_type="cluster", cov_kwds=groups
        )
        assert near(fit, "dosage", np.log1p(values[f"{name}_additive"]["percent"] / 100)), name
    covariates = adjusted.removeprefix("dosage + ")
    left = [smf.ols(f"{name} ~ {covariates}", resting).fit().resid for name in ("sil6r", "dosage")]
    # 1,000 people: a standard error of about 0.02.
    assert np.corrcoef(*left)[0, 1] ** 2 == pytest.approx(values["sil6r_variance"]["r2"], abs=0.07)
    crude = resting[["sil6r", "dosage"]].corr().iloc[0, 1] ** 2
    assert crude == pytest.approx(values["sil6r_variance_unadjusted"]["r2"], abs=0.07)
    # What training adds to the variance is no longer the variant's.
    assert values["sil6r_variance"]["r2"] < 0.46


def test_il6_rises_by_intensity_and_minutes_of_exercise(trained):
    samples, _, _, values = trained
    keyed = samples.set_index(["participant", "visit"])
    after, before = (keyed.xs(visit, level="visit") for visit in ("6post", "6"))
    blood = before["haemoglobin_g_dl"] / after["haemoglobin_g_dl"]
    plasma = blood * (100 - after["haematocrit_percent"]) / (100 - before["haematocrit_percent"])
    rise = after.assign(
        rise=after["il6"] - before["il6"] + np.log(plasma),
        high=(after["exercise_intensity"] == "high").astype(float),
        minutes=after["exercise_min"].astype(float) - 35,
    ).dropna(subset="rise")
    assert set(rise["exercise_intensity"]) == {"low", "high"}
    assert rise["exercise_min"].between(20, 50).all()
    # Nash 2022: 35 minutes of cycling raise IL-6 1.4-fold and 2.7-fold.
    for name, fold in (("low", 1.4), ("high", 2.7)):
        own = rise.loc[rise["exercise_intensity"] == name, "rise"]
        assert abs(own.mean() - np.log(fold)) < 4 * own.std() / np.sqrt(len(own)), name
        assert values[f"il6_after_{name}_intensity"]["percent"] == pytest.approx(100 * (fold - 1))
    fit = smf.ols("rise ~ high + minutes", rise).fit(cov_type="HC3")
    assert near(fit, "high", np.log(2.7 / 1.4))
    assert near(fit, "minutes", np.log(1.01))
    assert values["il6_response_by_intensity"]["percent"] == pytest.approx(100 * (2.7 / 1.4 - 1))
    assert values["il6_response_by_duration"]["percent"] == pytest.approx(1)


def test_samples_tell_of_training_and_all_of_a_person_are_on_one_plate(trained):
    samples, plates, _, _ = trained
    visits = samples.groupby("visit")["after_training"].agg(["nunique", "first"])
    assert (visits["nunique"] == 1).all()
    assert visits["first"].to_dict() == {
        **dict.fromkeys("123", "no"), **dict.fromkeys([*"456", "6post"], "yes"),
    }  # fmt: skip
    after = samples["visit"] == "6post"
    assert samples.loc[~after, ["exercise_intensity", "exercise_min"]].isna().all(axis=None)
    assert samples.loc[after, ["exercise_intensity", "exercise_min"]].notna().all(axis=None)
    loads = samples.pivot(index="participant", columns="visit", values="training_load")
    pd.testing.assert_series_equal(loads["6"], loads["6post"], check_names=False)
    assert loads[list("123456")].nunique(axis=1).gt(1).all()
    # Seven samples in duplicate take 14 of 160 wells: visits are not told apart by plate.
    assert (plates["nunique"] == 1).all()
    assert plates["first"].value_counts().max() == 11


def test_training_moves_nothing_but_sil6r_il6_and_the_samples(tmp_path):
    rested, before, _ = write(tmp_path / "rested", replace(TRAINED, sample_columns=()), 60)
    people, after, _ = write(tmp_path / "trained", TRAINED, 60)
    pd.testing.assert_frame_equal(people, rested)
    for one, other in zip(before["activity"], after["activity"], strict=True):
        assert one.read_bytes() == other.read_bytes()
    samples, more = (pd.read_csv(paths["samples"][0], sep="\t") for paths in (before, after))
    pd.testing.assert_frame_equal(more[samples.columns], samples)
    one, other = (pd.read_csv(paths["assays"]).drop(columns="plate") for paths in (before, after))
    moved = ~one["analyte"].eq("sgp130")
    pd.testing.assert_frame_equal(one[~moved], other[~moved])
    # A week of just the best training moves no IL-6.
    assert (one.loc[moved, "value"] != other.loc[moved, "value"]).mean() > 0.95


def test_samples_without_exercise_have_visits_and_training_only(tmp_path):
    forms = replace(TRAINED, acute_exercise=False, visits=3, days=21)
    _, paths, values = write(tmp_path / "x", forms, 40)
    samples = pd.read_csv(paths["samples"][0], sep="\t")
    assert samples.columns.tolist() == [
        "participant", "visit", "date", "time_point", "training_load", "after_training",
    ]  # fmt: skip
    assert samples.groupby("participant")["visit"].agg(list).map(tuple).unique().tolist() == [(1, 2, 3)]
    assert samples.groupby("visit")["after_training"].first().tolist() == ["no", "yes", "yes"]
    assert "sil6r_after_training" in values
    assert not [name for name in values if name.endswith(("_intensity", "_after_exercise", "_duration"))]


@pytest.mark.parametrize("forms", [KNOWN, TRAINED], ids=["known", "trained"])
def test_the_same_findings_are_written_in_the_same_bytes(tmp_path, forms):
    write(tmp_path / "one", forms, 60)
    write(tmp_path / "two", forms, 60)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_simulated_columns_of_samples_come_through_the_assays(tmp_path):
    _, paths, _ = write(tmp_path / "x", TRAINED, 40)
    settings = defaults(yaml.safe_load(SCHEMA.read_text())["properties"]["assays"])
    source = {"form": "long", "file": [str(paths["assays"])], "columns": {}}
    ranges = pd.read_csv(REPO / "resources" / "reference_ranges.tsv", sep="\t")
    constants = balance.load_constants(REPO / "resources" / "binding_constants.tsv")
    found = cohort_assays.read_cohort("c", [source], str(paths["samples"][0]), ranges, constants, settings)
    CONCENTRATIONS.write(found.concentrations, tmp_path / "concentrations.parquet")
    back = CONCENTRATIONS.read(tmp_path / "concentrations.parquet")
    samples = pd.read_csv(paths["samples"][0], sep="\t").set_index(["participant", "visit"])
    own = ["training_load", "after_training", "exercise_intensity", "exercise_min"]
    told = back.set_index(["participant", "visit"])[own]
    assert len(told) > 250
    pd.testing.assert_frame_equal(told, samples.loc[told.index, own], check_dtype=False)
    assert told["exercise_min"].dtype == told["training_load"].dtype == "float64"


@pytest.mark.parametrize("wrong", [{"visits": 1, "acute_exercise": False}, {"days": 41}])
def test_training_without_visits_or_days_before_them_is_refused(tmp_path, wrong):
    sentence = "training needs two visits or more, and seven days of activity for each; ask for more visits"
    with pytest.raises(InputError, match=rf"config, cohorts\.cohort\.synthetic.*{re.escape(sentence)}"):
        write(tmp_path / "x", replace(TRAINED, **wrong), 40)


# Truths ---------------------------------------------------------------------------------------------------


def test_with_no_effect_anywhere_every_truth_says_so(tmp_path):
    zero = {name: 0 for name in section() if "percent" in name} | {"rheumatoid_arthritis_odds_ratio": 1}
    zero |= {"fatigue_per_log_sil6r": 0, "programme_response_per_allele": 0, "sil6r_residual_sd": 0.25}
    zero |= {"odds_ratios": {}, "sil6r_correlations": {}, "programme_changes_per_allele": {}}
    effects = truth.Effects.from_config(section(**zero))
    assert effects.residual_sd == 0.25
    forms = replace(KNOWN, analytes=ALL, questionnaire="ipaq_short")
    _, _, known_values = write(tmp_path / "known", forms, 200, effects)
    _, _, trained_values = write(tmp_path / "trained", TRAINED, 60, effects)
    for name, value in (known_values | trained_values).items():
        (scale, number), *more = value.items()
        assert not more
        if name != "sil6r_variance_unadjusted":
            nothing = {"ratio": 1, "odds_ratio": 1}.get(scale, 0)
            # The balance is curved over covariates, which in few people go along with the variant.
            curved = name.startswith(("free_il6", "active", "buffered"))
            assert number == pytest.approx(nothing, abs=0.1 if curved else 1e-9), name
    # Ancestry goes along with the variant all the same.
    assert 0 < known_values["sil6r_variance_unadjusted"]["r2"] < 0.2


def test_the_noise_is_the_one_given_or_follows_from_the_share_explained():
    expected = np.log(1.5) * np.sqrt(2 * 0.39 * 0.61)
    assert truth.Effects.from_config(section()).residual_sd == pytest.approx(expected)
    none = truth.Effects.from_config(section(sil6r_percent_per_allele=0))
    assert none.residual_sd == pytest.approx(expected)
    given = truth.Effects.from_config(section(sil6r_percent_per_allele=0, sil6r_residual_sd=0.3))
    assert given.residual_sd == 0.3
