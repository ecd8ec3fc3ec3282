"""Exposures and covariates beyond a limit: what the estimates table says of them, and against known truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from il6r.association import analyses, causal_readings
from il6r.association.selection import Cohort, select
from il6r.plan import Analysis, Causal, Covariate, Plan
from il6r.tables.association import ESTIMATES

GENOTYPES = ("AA", "AC", "CC")
LOG = {"exposure": "sil6r", "exposure_transform": "log"}


def limited(frame, name, unit, share):
    """The analysis set with a column's lowest share known to lie below a limit."""
    column = f"{name}_{unit}"
    limit = frame[column].quantile(share)
    hidden = frame[column] < limit
    known = frame[column].mask(hidden, limit)
    return frame.assign(
        **{
            column: known,
            f"{name}_low_{unit}": known.mask(hidden, 0.0),
            f"{name}_high_{unit}": known,
            f"{name}_censored": hidden,
        }
    )


def people(n=1500, share=0.5, visits=1, seed=1):
    """Fatigue rises by 6 for each log unit of sIL-6R, activity falls by 0.2 %; half of sIL-6R is too low."""
    rng = np.random.default_rng(seed)
    g, age = rng.binomial(2, 0.39, n), rng.normal(50, 9, n)
    person = np.repeat(np.arange(n), visits)
    level = (3.2 + 0.295 * g + 0.2 * rng.normal(size=n))[person] + 0.2 * rng.normal(size=n * visits)
    mean = np.bincount(person, weights=level) / visits
    ill = rng.random(n) < 1 / (1 + np.exp(-1.5 * (mean - 3.4)))
    frame = pd.DataFrame(
        {
            "participant": [f"p{k}" for k in person],
            "visit": np.tile(np.arange(visits), n).astype(str),
            "dosage": g[person].astype(float),
            "genotype": np.array(GENOTYPES, dtype=object)[g[person]],
            "age": age[person],
            "sil6r_ng_ml": np.exp(level),
            "fatigue": (40 + 6 * mean + 5 * rng.normal(size=n))[person],
            "enmo_mg": np.exp(4 - 0.2 * mean + 0.25 * rng.normal(size=n))[person],
            "mvpa_min_per_day": rng.poisson(np.exp(3 - 0.5 * (mean - 3.4)))[person].astype(float),
            "ill": np.where(ill, "yes", "no")[person],
            "il6_pg_ml": np.exp(0.3 + 0.5 * level + 0.3 * rng.normal(size=n * visits)),
            "in_activity": True,
        }
    )
    return limited(frame, "sil6r", "ng_ml", share) if share else frame


@pytest.fixture(scope="module")
def half_below():
    return people()


def cohort_of(frame, seed=1, causal=None, **keys):
    one = Analysis(**{"name": "one", "label": "one", "outcome": "fatigue", "transform": "none"} | LOG | keys)
    plan = Plan({"one": one}, causal or {}, {}, draws=0)
    return Cohort("c", frame, GENOTYPES, plan, "plan.yaml", {}, seed=seed)


def the_row(frame, seed=1, **keys):
    table, _ = analyses.fit_cohort(cohort_of(frame, seed, **keys), None, seed)
    return ESTIMATES.check(table).iloc[0]


@pytest.mark.parametrize(
    ("truth", "keys"),
    [
        (6.0, {"covariates": (Covariate("age"),)}),
        (-0.2, {"outcome": "activity", "transform": "log"}),
        (1.5, {"outcome": "ill", "family": "binomial"}),
        (-0.5, {"outcome": "mvpa_min_per_day", "family": "quasi_poisson"}),
    ],
    ids=["linear", "log", "logistic", "log-linear"],
)
def test_an_exposure_half_below_its_limit_gives_the_true_effect(half_below, truth, keys):
    row = the_row(half_below, **keys)
    assert abs(row["estimate"] - truth) < 3 * row["se"]
    assert row[["n", "n_exposure_censored", "n_censored"]].tolist() == [1500, 750, 0]
    assert "multiply imputed" in row["model"]
    assert row["note"] == "values beyond a limit imputed between their bounds: 750 of sil6r_ng_ml"
    # What a limit in place of the values would give lies beyond the interval.
    ends = [name for name in half_below if "_low_" in name or "_high_" in name]
    taken = the_row(half_below.drop(columns=ends), **keys)
    assert taken["n_exposure_censored"] == 0
    if truth in (6.0, -0.2):
        assert not row["ci_low"] <= taken["estimate"] <= row["ci_high"]


def test_the_same_seed_gives_the_same_numbers_and_another_others():
    frame = people(300)
    first, again, other = (the_row(frame, seed=seed)["estimate"] for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert first == pytest.approx(other, abs=0.5)


def test_nothing_changes_where_every_value_is_known():
    frame = people(300, share=0)
    known = frame.assign(sil6r_low_ng_ml=frame["sil6r_ng_ml"], sil6r_high_ng_ml=frame["sil6r_ng_ml"])
    names = ["estimate", "se", "ci_low", "p_value", "model", "n_exposure_censored"]
    assert the_row(known)[names].tolist() == the_row(frame)[names].tolist()


def test_an_outcome_and_its_exposure_may_both_be_beyond_a_limit():
    frame = limited(people(400), "il6", "pg_ml", 0.2)
    row = the_row(frame, outcome="il6", transform="log", family="censored_lognormal")
    assert abs(row["estimate"] - 0.5) < 3 * row["se"]
    assert (row["n_censored"], row["n_exposure_censored"]) == (80, 200)
    assert row["model"] == "left-censored normal, multiply imputed"


def test_a_mixed_model_has_its_effect_within_people():
    rng = np.random.default_rng(3)
    frame = people(80, visits=4, share=0)
    own = np.log(frame["sil6r_ng_ml"])
    person = rng.normal(0, 0.2, 80)[np.repeat(np.arange(80), 4)]
    mood = 2 - 0.5 * own + person + 0.12 * rng.normal(size=320)
    frame = limited(frame.assign(mood_now=mood), "sil6r", "ng_ml", 0.3)
    row = the_row(frame, outcome="mood_now", part="within", family="mixed", random="participant")
    assert abs(row["estimate"] + 0.5) < 3 * row["se"]
    assert row["n_exposure_censored"] == 96


def test_a_covariate_beyond_its_limit_is_imputed_too(half_below):
    keys = {"exposure": "variant", "exposure_transform": "none", "covariates": (Covariate("sil6r_ng_ml"),)}
    row = the_row(half_below, **keys)
    assert row["n_exposure_censored"] == 750
    # The variant acts through sIL-6R only; in ng/mL that is not quite a straight line.
    assert abs(row["estimate"]) < 3.5 * row["se"]
    assert pd.isna(row["r2_variant"])


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"shape": "quadratic"}, "no curve is told of an exposure with values beyond a limit"),
        ({"estimate": "variance_explained"}, "no share of variance is told where an exposure lies beyond"),
    ],
)
def test_what_the_draws_cannot_say_has_the_reason_in_place_of_a_number(half_below, keys, said):
    row = the_row(half_below, **keys)
    assert pd.isna(row["estimate"])
    assert said in row["note"]
    assert row["n_exposure_censored"] == 750


def test_a_model_that_takes_the_limit_counts_what_lies_beyond_it(half_below):
    row = the_row(half_below, outcome="sil6r", transform="log", exposure="age", exposure_transform="none")
    assert row["n_censored"] == 750
    assert "750 values beyond a limit are taken as the limit" in row["note"]


def test_a_complex_whose_sil6r_is_beyond_a_limit_is_counted_in_words(half_below):
    own = half_below["sil6r_ng_ml"]
    frame = half_below.assign(
        active_complex_pm=own, active_complex_low_pm=half_below["sil6r_low_ng_ml"],
        active_complex_high_pm=own, il6_censored=False, in_balance=True,
    )  # fmt: skip
    one = Analysis("one", "one", "active_complex", family="censored_lognormal")
    cohort = replace(cohort_of(frame), plan=Plan({"one": one}, {}, {}, draws=0))
    assert select(cohort, one).notes == (
        "750 values whose sIL-6R or sgp130 is beyond a limit are taken as what follows from the limit",
    )


def test_a_causal_reading_takes_the_censored_first_stage(half_below):
    causal = {"one": Causal("one", "one", "activity", "sil6r")}
    cohort = cohort_of(half_below, causal=causal)
    (row,) = causal_readings.causal_readings(cohort, {})
    assert abs(row["estimate"] + 0.2) < 3 * row["se"]
    assert row["ar_low"] < row["estimate"] < row["ar_high"]
    assert row["n_exposure_censored"] == 750
    assert "first stage from the censored model" in row["note"]
    # Nothing but the exposure moves the outcome, so that both effects are the same.
    assert abs(row["observed"] + 0.2) < 0.1
    assert row["hausman_p_value"] > 0.01
    assert row["two_sample"] == pytest.approx(row["estimate"], rel=1e-9)


def test_an_effect_that_differs_between_groups_does_so_where_the_exposure_is_beyond_its_limit():
    rng = np.random.default_rng(4)
    frame = people(1500, share=0)
    arm = rng.integers(0, 2, 1500)
    level = np.log(frame["sil6r_ng_ml"]) - 3.4
    frame["fatigue"] = 40 - 0.3 * level - 0.7 * level * arm + 0.25 * rng.normal(size=1500)
    frame = limited(frame.assign(arm=np.where(arm == 1, "b", "a")), "sil6r", "ng_ml", 0.3)
    row = the_row(frame, interaction="arm")
    assert abs(row["estimate"] + 0.7) < 3 * row["se"]
    assert row["se"] < 0.1
