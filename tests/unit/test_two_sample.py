"""One effect per allele over another, of the same people, of others and of some: arithmetic and truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from il6r.association import causal_readings, two_sample
from il6r.association.coefficients import Fit, NotEstimableError
from il6r.association.selection import Cohort
from il6r.plan import Causal, Covariate, Plan

GENOTYPES = ("AA", "AC", "CC")
READING = Causal("one", "one", "activity", "sil6r")


def stage(estimate, se, people, influence, df=np.inf):
    half = 1.959963984540054 * se
    fit = Fit(estimate, se, estimate - half, estimate + half, 0.01, "least squares", "HC3", df)
    return two_sample.Stage(fit, np.array(people), np.array(influence, dtype=float))


def people(n, rng, effect=-0.2, direct=0.0):
    """Outcome and exposure share what nobody measured."""
    g, hidden = rng.binomial(2, 0.39, n), rng.normal(size=n)
    level = 3 + 0.3 * g + 0.2 * hidden + 0.15 * rng.normal(size=n)
    return pd.DataFrame(
        {
            "participant": [f"p{k}" for k in range(n)],
            "dosage": g.astype(float),
            "genotype": np.array(GENOTYPES, dtype=object)[g],
            "age": rng.normal(50, 9, n),
            "sil6r_ng_ml": np.exp(level),
            "enmo_mg": np.exp(4 + effect * level + direct * g + 0.15 * hidden + 0.1 * rng.normal(size=n)),
        }
    )


def read(frame, published=None, **changed):
    plan = Plan({}, {"one": replace(READING, **changed)}, {}, draws=0)
    cohort = Cohort("c", frame, GENOTYPES, plan, "plan.yaml", {})
    return causal_readings.causal_readings(cohort, published or {})[0]


def test_effects_of_other_people_have_no_covariance():
    found = two_sample.ratio(stage(0.2, 0.05, [0, 1], [1, 1]), stage(0.4, 0.1, [2, 3], [1, 1]))
    # The delta method by hand: 0.05^2 / 0.4^2 + 0.5^2 * 0.1^2 / 0.4^2.
    assert found.se == pytest.approx(np.sqrt(0.0025 / 0.16 + 0.25 * 0.01 / 0.16), rel=1e-12)
    assert (found.estimate, found.overlap, found.f) == pytest.approx((0.5, 0, 16.0))


def test_what_the_same_people_move_together_is_no_error_of_the_ratio():
    found = two_sample.ratio(
        stage(0.2, 0.05, [0, 1, 2], [3, -2, 1]), stage(0.4, 0.1, [0, 1, 2], [3, -2, 1.1])
    )
    assert found.overlap == 3
    # By hand, where the effects' correlation is 14.1 / sqrt(14 * 14.21).
    correlation = 14.1 / np.sqrt(14 * 14.21)
    variance = (0.0025 + 0.25 * 0.01 - 2 * 0.5 * correlation * 0.05 * 0.1) / 0.16
    assert found.se == pytest.approx(np.sqrt(variance), rel=1e-10)
    same = stage(0.2, 0.05, [0, 1, 2], [3, -2, 1]), stage(0.4, 0.1, [0, 1, 2], [3, -2, 1])
    with pytest.raises(NotEstimableError, match="the two effects move as one"):
        two_sample.ratio(*same)


def test_the_fewer_degrees_of_freedom_are_those_of_the_ratio():
    found = two_sample.ratio(stage(0.2, 0.05, [0], [1], df=12.0), stage(0.4, 0.01, [1], [1]))
    assert found.df == 12
    assert (found.ci_high - found.ci_low) / 2 / found.se == pytest.approx(2.178813, rel=1e-5)


def test_of_people_who_all_have_both_it_is_two_stage_least_squares():
    row = read(people(800, np.random.default_rng(1)))
    assert row["two_sample"] == pytest.approx(row["estimate"], rel=1e-9)
    assert row["two_sample_se"] == pytest.approx(row["se"], rel=0.02)
    assert row["two_sample_ar_low"] == pytest.approx(row["ar_low"], rel=0.02)
    assert row["overlap_participants"] == row["first_stage_participants"] == 800


def test_effects_per_allele_have_the_interval_of_their_model():
    row = read(people(12, np.random.default_rng(5)))
    for effect in ("reduced_form", "first_stage"):
        half = row[f"{effect}_high"] - row[effect]
        assert row[effect] - row[f"{effect}_low"] == pytest.approx(half)
        # Wider than a normal one: t with 10 degrees of freedom less those of covariates.
        assert half / row[f"{effect}_se"] > 2.22


def test_its_error_is_that_of_repetition_where_some_have_both():
    rng = np.random.default_rng(2)
    estimates, errors, covered = [], [], 0
    for _ in range(60):
        frame = people(300, rng)
        frame.loc[:99, "enmo_mg"] = np.nan
        frame.loc[200:, "sil6r_ng_ml"] = np.nan
        row = read(frame)
        estimates.append(row["two_sample"])
        errors.append(row["two_sample_se"])
        covered += row["two_sample_ar_low"] <= -0.2 <= row["two_sample_ar_high"]
    assert row["overlap_participants"] == 100
    assert row["reduced_form_participants"] == row["first_stage_participants"] == 200
    # Monte Carlo error of a standard deviation of 60: 9 %; of the coverage: 2.8 percentage points.
    assert np.std(estimates) == pytest.approx(np.mean(errors), rel=0.27)
    assert np.mean(estimates) == pytest.approx(-0.2, abs=3.5 * np.std(estimates) / np.sqrt(60))
    assert covered >= 52


def test_a_published_first_stage_stands_in_where_nobody_has_the_exposure():
    frame = people(400, np.random.default_rng(3)).assign(sil6r_ng_ml=np.nan)
    row = read(frame)
    assert row["two_sample_note"].startswith("no effect on the exposure: ")
    assert "two_sample" not in row
    assert row["reduced_form_participants"] == 400
    row = read(frame, {"erfc_per_allele": (0.295, 0.015)}, published_first_stage="erfc_per_allele")
    assert row["two_sample"] == pytest.approx(row["reduced_form"] / 0.295, rel=1e-12)
    assert row["first_stage_source"] == "erfc_per_allele"
    assert (row["first_stage_participants"], row["overlap_participants"]) == (0, 0)
    variance = (row["reduced_form_se"] ** 2 + row["two_sample"] ** 2 * 0.015**2) / 0.295**2
    assert row["two_sample_se"] == pytest.approx(np.sqrt(variance), rel=1e-12)


def test_the_first_stage_may_have_covariates_of_its_own():
    frame = people(400, np.random.default_rng(4))
    frame.loc[:99, "enmo_mg"] = np.nan
    frame["wear_h"] = frame["age"].where(frame["enmo_mg"].notna())
    worn = (Covariate("wear_h"),)
    assert read(frame, covariates=worn)["first_stage_participants"] == 300
    row = read(frame, covariates=worn, first_stage_covariates=(Covariate("age"),))
    assert row["first_stage_participants"] == 400


def test_without_the_direct_effect_that_explains_it_nothing_is_left():
    frame = people(500, np.random.default_rng(5))
    row = read(frame)
    direct = np.log1p(row["direct_percent"] / 100)
    taken = frame.assign(enmo_mg=frame["enmo_mg"] * np.exp(-direct * frame["dosage"]))
    assert read(taken)["two_sample"] == pytest.approx(0, abs=1e-10)
    enough = np.log1p(row["direct_enough_percent"] / 100)
    taken = frame.assign(enmo_mg=frame["enmo_mg"] * np.exp(-enough * frame["dosage"]))
    assert read(taken)["two_sample_ar_high"] == pytest.approx(0, abs=1e-8)
    # Where nothing is found, none is needed.
    assert two_sample.direct_effects(stage(0.01, 0.02, [0], [1]).fit) == (0.01, 0.0)


def test_hausman_s_test_finds_what_confounds_the_observed_effect_and_only_that():
    rng = np.random.default_rng(6)
    assert read(people(1000, rng))["hausman_p_value"] < 1e-6
    plain = people(1000, rng)
    alone = plain.assign(enmo_mg=np.exp(4 - 0.2 * np.log(plain["sil6r_ng_ml"]) + 0.2 * rng.normal(size=1000)))
    assert read(alone)["hausman_p_value"] > 0.01
