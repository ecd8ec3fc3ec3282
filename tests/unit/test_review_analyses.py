"""The default plan's analyses of the review's findings: each finds what is true of simulated people."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import REPO

from il6r import plan
from il6r.association import analyses
from il6r.association.selection import Cohort
from il6r.tables.association import ESTIMATES

PLAN = plan.load(REPO / "config" / "plan.yaml", REPO / "workflow" / "schemas" / "plan.schema.yaml")
GENOTYPES = ("AA", "AC", "CC")
PEOPLE = 600
CONDITIONS = {
    "coronary_heart_disease": -0.7, "asthma": 0.5, "nash": 0.5, "type_1_diabetes": -0.5,
    "covid19_admission": -0.5, "smoker": 0.0,
}  # fmt: skip
CHANGES = {"waist_change_cm": (-3.0, 1.5), "triglycerides_change_mmol_l": (-2.0, 1.0),
           "glucose_change_mmol_l": (-2.0, 1.0)}  # fmt: skip
SCALES = {"stress": 0.64, "mood": 0.49, "sleep_quality": -0.43, "upper_respiratory_symptoms": 0.0}
# Of logarithms, by what a bout is like and when it is.
RISE = {"log_min": 0.8, "running": 0.3, "low glycogen": 0.4, "carbohydrate": -0.25, "after training": -0.3}
LEAST_MIN, MOST_MIN = 20, 120
DIETING, EXERCISE_TOO, WITHIN_SD, LOAD_R = 0.05, -0.15, 0.15, -0.74


@pytest.fixture(scope="module")
def people():
    """An analysis set of people with samples before and after a programme, at rest and after a bout."""
    rng = np.random.default_rng(6)

    def normal(sd=1.0, shape=(PEOPLE, 2)):
        return rng.normal(0, sd, shape)

    dosage = rng.binomial(2, 0.39, PEOPLE)
    each = pd.DataFrame(
        {
            "participant": [f"p{k:03d}" for k in range(PEOPLE)],
            "dosage": dosage.astype(float),
            "genotype": np.array(GENOTYPES, dtype=object)[dosage],
            "age": rng.normal(50, 9, PEOPLE),
            "sex": rng.choice(["female", "male"], PEOPLE),
            "ancestry": rng.choice(["AFR", "EUR"], PEOPLE),
            "wear_h": rng.normal(21, 1, PEOPLE),
            "bmi": np.exp(3.2 + normal(0.14, PEOPLE)),
            "enmo_mg": np.exp(3.4 - 0.1 * dosage + normal(0.3, PEOPLE)),
            "programme": rng.choice(["control", "diet", "diet and exercise"], PEOPLE),
            "plate": rng.choice(["a", "b", "c"], PEOPLE),
        }
    )
    each["il6_plate"] = each["sgp130_plate"] = each["plate"]
    for name, per_allele in CONDITIONS.items():
        each[name] = np.where(rng.random(PEOPLE) < 1 / (1 + np.exp(1 - per_allele * dosage)), "yes", "no")
    in_arm = rng.random(PEOPLE) < 0.5
    each["arm"] = np.where(in_arm, "diet and exercise", "control")
    for name, (in_aa, per_allele) in CHANGES.items():
        each[name] = in_arm * (in_aa + per_allele * dosage) + normal(2, PEOPLE)
    # Before and after the programme, columns of shape (people, visits).
    later = np.array([[0.0, 1.0]])
    diet = each["programme"].ne("control").to_numpy() * DIETING
    diet = (diet + each["programme"].eq("diet and exercise").to_numpy() * EXERCISE_TOO)[:, None]
    away = normal()
    sil6r = 3.2 + (0.4 * dosage + normal(0.3, PEOPLE))[:, None] + later * diet
    sil6r += WITHIN_SD * (LOAD_R * away + np.sqrt(1 - LOAD_R**2) * normal())
    il6 = 0.8 - 0.01 * (each[["enmo_mg"]].to_numpy() - 30) - 0.2 * later
    il6 = il6 + normal(0.3, PEOPLE)[:, None] + normal(0.1)
    bout = {name: rng.random((PEOPLE, 2)) < 0.5 for name in ("running", "low glycogen", "carbohydrate")}
    log_min = rng.uniform(np.log(LEAST_MIN), np.log(MOST_MIN), (PEOPLE, 2))
    rise = 1 + RISE["log_min"] * (log_min - np.log(45)) + RISE["after training"] * later
    rise += sum(RISE[name] * chosen for name, chosen in bout.items())
    rise += normal(0.1, PEOPLE)[:, None] + normal(0.2)
    exercised = il6 + rise
    lactate = 6 + np.sqrt(0.7) * (exercised - exercised.mean()) / exercised.std() + np.sqrt(0.3) * normal()
    # Of a fifth what plasma was lost is not known, and the concentrations are not corrected.
    known = rng.random(PEOPLE)[:, None] < [0.8, 0.8]
    concentrated = np.where(known, 0.0, 0.3)
    level = np.log(np.exp(sil6r).mean(axis=1))
    standard = (level - level.mean()) / level.std()
    for name, r in SCALES.items():
        each[name] = 50 + 10 * (r * standard + np.sqrt(1 - r**2) * normal(1, PEOPLE))
    frames = []
    for k in range(2):
        rest = each.assign(
            visit=f"{k + 1}", time_point="rest", after_training="yes" if k else "no",
            training_load=6 + 1.5 * away[:, k] + 0.1 * each["age"], sil6r_ng_ml=np.exp(sil6r[:, k]),
            il6_pg_ml=np.exp(il6[:, k]), sgp130_ng_ml=300.0, lactate_mmol_l=np.nan,
        )  # fmt: skip
        after = rest.assign(
            visit=f"{k + 1}post", time_point="post-exercise", il6_pg_ml=np.exp(exercised[:, k]),
            il6_response=np.exp(rise[:, k]), lactate_mmol_l=lactate[:, k],
            sil6r_response=np.exp(0.18 + concentrated[:, k] + normal(0.05, PEOPLE)),
            sgp130_response=np.exp(0.04 + concentrated[:, k] + normal(0.05, PEOPLE)),
            plasma_volume_change_percent=np.where(known[:, k], -8.0, np.nan),
            exercise_min=np.exp(log_min[:, k]), exercise_intensity="high",
            exercise_mode=np.where(bout["running"][:, k], "running", "cycling"),
            glycogen=np.where(bout["low glycogen"][:, k], "low", "normal"),
            carbohydrate=np.where(bout["carbohydrate"][:, k], "yes", "no"),
        )  # fmt: skip
        frames += [rest, after]
    frame = pd.concat(frames).sort_values(["participant", "visit"], ignore_index=True)
    return frame.assign(in_sil6r=True, in_il6=True, in_sgp130=True, in_activity=True)


def estimates(frame, names):
    """The rows of the default plan's analyses of these names."""
    asked = replace(PLAN, analyses={name: PLAN.analyses[name] for name in names}, draws=0)
    own = Cohort("c", frame, GENOTYPES, asked, "plan.yaml", {})
    return ESTIMATES.check(analyses.fit_cohort(own, None, 1)[0]).set_index("analysis")


def explained_by_duration():
    """The share of the variance of the rise that the logarithm of minutes has."""
    of_minutes = RISE["log_min"] ** 2 * np.log(MOST_MIN / LEAST_MIN) ** 2 / 12
    others = sum(effect**2 / 4 for name, effect in RISE.items() if name != "log_min")
    return of_minutes / (of_minutes + others + 0.1**2 + 0.2**2)


def load_correlation():
    """What is left of the correlation where programmes differ in what they do."""
    diet = np.array([0.0, DIETING, DIETING + EXERCISE_TOO])
    return LOAD_R * np.sqrt(2 * WITHIN_SD**2 / (2 * WITHIN_SD**2 + diet.var()))


TRUTHS = {
    "il6_on_activity": -0.01,
    "il6_after_training": -0.2,
    "il6_response_after_training": RISE["after training"],
    "sil6r_after_exercise": 0.18,
    "sgp130_after_exercise": 0.04,
    "il6_response_on_duration_variance": explained_by_duration(),
    "il6_response_by_mode": RISE["running"],
    "il6_response_by_glycogen": RISE["low glycogen"],
    "il6_response_by_carbohydrate": RISE["carbohydrate"],
    "il6_on_lactate_variance": 0.7,
    "sil6r_diet_with_exercise": EXERCISE_TOO,
    "sil6r_training_distance_correlation": load_correlation(),
    "bmi_additive": 0.0,
    "smoking_additive": CONDITIONS["smoker"],
    **{name: effect for name, effect in CONDITIONS.items() if name != "smoker"},
    "stress_sil6r_correlation": SCALES["stress"],
    "mood_sil6r_correlation": SCALES["mood"],
    "sleep_sil6r_correlation": SCALES["sleep_quality"],
    "symptoms_sil6r_correlation": SCALES["upper_respiratory_symptoms"],
}


def test_each_finding_s_truth_is_found_up_to_chance(people):
    found = estimates(people, TRUTHS)
    away = (found["estimate"] - pd.Series(TRUTHS)) / found["se"]
    assert away.abs().max() < 3.5, away[away.abs() > 2.5]
    assert (away.abs() > 1.96).mean() < 0.2
    # And not for want of precision.
    effects = [name for name, truth in TRUTHS.items() if truth]
    assert (found.loc[effects, "p_value"] < 0.05).all(), found.loc[effects, ["estimate", "p_value"]]
    assert found.loc[["sil6r_after_exercise", "sgp130_after_exercise"], "n"].between(700, 1000).all()
    assert (found.loc["il6_on_lactate_variance", "n"], found.loc["il6_on_activity", "n"]) == (1200, 1200)


def test_a_programme_s_changes_by_genotype_are_the_products(people):
    names = [f"{name.split('_')[0]}_programme_by_genotype" for name in CHANGES]
    found = estimates(people.drop(columns="programme").rename(columns={"arm": "programme"}), names)
    truth = np.array([per_allele for _, per_allele in CHANGES.values()])
    assert (np.abs(found.loc[names, "estimate"] - truth) < 3.5 * found.loc[names, "se"]).all()
    assert (found["p_value"] < 0.05).all()
    assert found["coding"].str.endswith("by programme, diet and exercise against control").all()
    assert (found["n"] == PEOPLE).all()


def test_effects_in_standard_deviations_are_those_of_logarithms_over_their_spread(people):
    found = estimates(people, ["activity_additive_sd", "il6_additive_sd"])
    assert (found["scale"] == "sd").all()
    once = people[people["visit"] == "1"]
    log = np.log(once["enmo_mg"])
    expected = np.polyfit(once["dosage"], log, 1)[0] / log.std()
    assert found.loc["activity_additive_sd", "estimate"] == pytest.approx(expected, abs=0.03)
    # By way of activity alone: 0.03 per allele of a standard deviation of 0.35.
    assert found.loc["il6_additive_sd", "estimate"] == pytest.approx(0.03 / 0.35, abs=0.12)


def test_every_analysis_that_a_cohort_lacks_the_columns_of_is_a_note_at_once(people):
    bare = people[people["visit"] == "1"][["participant", "dosage", "genotype", "visit", "time_point",
                                            "in_sil6r", "age"]]  # fmt: skip
    found = estimates(bare, [name for name, one in PLAN.analyses.items() if one.optional])
    assert found["estimate"].isna().all()
    assert found["note"].str.fullmatch(r"the cohort has no such measurement|no \S+ here").all()
