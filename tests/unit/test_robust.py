"""What outlying values and single participants do to an estimate, against statsmodels and simulations."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from il6r.association import robust
from il6r.association.coefficients import NotEstimableError
from il6r.association.design import make_design
from il6r.association.selection import Cohort, select
from il6r.plan import Analysis, Covariate, Plan

GENOTYPES = ("AA", "AC", "CC")
SCORE = Analysis("one", "", "score", transform="none", covariates=(Covariate("age"), Covariate("plate")))


def people(score, dosage, age, plate):
    return pd.DataFrame(
        {
            "participant": np.arange(len(score)),
            "dosage": dosage.astype(float),
            "genotype": np.array(GENOTYPES)[dosage],
            "age": age,
            "plate": [f"plate {number}" for number in plate],
            "score": score,
        }
    )


def selected(frame, analysis=SCORE):
    return select(Cohort("c", frame, GENOTYPES, Plan({}, {}, {}), "plan.yaml", {}), analysis)


def drawn(rng, n, noise, plates=3):
    """Scores with an effect of 0.5 per allele."""
    dosage, age, plate = rng.binomial(2, 0.4, n), rng.normal(50, 9, n), rng.integers(0, plates, n)
    return people(0.5 * dosage + 0.02 * age + 0.1 * plate + noise, dosage, age, plate)


def expected(frame):
    """Statsmodels' Huber regression on the dosage, age and indicators of plates."""
    plates = pd.get_dummies(frame["plate"], dtype=float).iloc[:, 1:]
    matrix = sm.add_constant(np.column_stack([frame["dosage"], frame["age"], plates]))
    return sm.RLM(frame["score"], matrix, M=sm.robust.norms.HuberT()).fit(maxiter=500, tol=1e-12)


def contaminated(rng, kind):
    """Noise, of which some is gross."""
    n = 1000
    noise = rng.normal(0, 1, n)
    if kind == "heavy tails":
        return rng.standard_t(2, n)
    if kind == "a person a thousand off":
        noise[3] = 1000
    if kind == "a group of unlike variance":
        noise[:300] *= 50
    return noise


@pytest.mark.parametrize(
    "kind", ["clean", "heavy tails", "a person a thousand off", "a group of unlike variance"]
)
def test_the_estimate_equals_statsmodels_rlm_whatever_the_outliers(kind):
    rng = np.random.default_rng(3)
    frame = drawn(rng, 1000, contaminated(rng, kind))
    found = robust.estimate(selected(frame), SCORE, GENOTYPES).fit
    assert found.estimate == pytest.approx(expected(frame).params.iloc[1], rel=1e-6)
    assert (found.model, found.errors) == ("Huber's regression", "sandwich")


def test_plates_without_columns_are_as_good_as_their_indicators():
    rng = np.random.default_rng(4)
    frame = drawn(rng, 1500, rng.standard_t(2, 1500), plates=30)
    selection = selected(frame)
    found = robust.estimate(selection, SCORE, GENOTYPES)
    assert found.design.absorbed is not None
    assert found.fit.estimate == pytest.approx(expected(frame).params.iloc[1], rel=0.05)


def test_intervals_cover_where_tails_are_heavy_and_are_shorter_than_least_squares():
    rng = np.random.default_rng(5)
    truth, replicates, inside, widths = 0.5, 400, 0, []
    for _ in range(replicates):
        frame = drawn(rng, 200, rng.standard_t(3, 200))
        found = robust.estimate(selected(frame), SCORE, GENOTYPES).fit
        inside += found.ci_low < truth < found.ci_high
        # A fifth of the studies is enough to tell which interval is shorter.
        if len(widths) < replicates / 5:
            matrix = sm.add_constant(frame[["dosage", "age"]])
            widths.append(found.se / sm.OLS(frame["score"], matrix).fit(cov_type="HC3").bse.iloc[1])
    # Within three Monte Carlo errors of 95 %.
    assert abs(inside / replicates - 0.95) < 3 * np.sqrt(0.95 * 0.05 / replicates)
    assert np.mean(widths) < 0.9


def test_of_twelve_people_an_effect_of_none_is_found_as_seldom_as_it_should_be():
    rng = np.random.default_rng(8)
    plain = Analysis("one", "", "score", transform="none")
    selection = selected(drawn(rng, 12, 0.0, plates=1), plain)
    p_values = []
    for _ in range(300):
        drawn_again = replace(selection, values=rng.normal(0, 1, 12))
        p_values.append(robust.estimate(drawn_again, plain, GENOTYPES).fit.p_value)
    # 5 % and two Monte Carlo errors; without a correction for leverage and few degrees of freedom 11 %.
    assert 0.025 < np.mean(np.array(p_values) < 0.05) < 0.075


def test_values_beyond_a_limit_are_told_where_they_count_as_the_limit():
    rng = np.random.default_rng(9)
    frame = drawn(rng, 60, rng.normal(0, 1, 60)).rename(columns={"score": "sil6r_ng_ml"})
    frame["sil6r_ng_ml"] = np.exp(frame["sil6r_ng_ml"])
    low = frame["sil6r_ng_ml"] < frame["sil6r_ng_ml"].quantile(0.4)
    frame = frame.assign(
        sil6r_low_ng_ml=np.where(low, 0.0, frame["sil6r_ng_ml"]), sil6r_high_ng_ml=frame["sil6r_ng_ml"]
    )
    analysis = Analysis("one", "", "sil6r", family="censored_lognormal", covariates=(Covariate("age"),))
    selection = selected(frame, analysis)
    found = robust.estimate(selection, analysis, GENOTYPES)
    assert found.notes == (*selection.notes, "24 values beyond a limit are taken as the limit")


def test_influence_is_the_change_on_leaving_a_row_out():
    rng = np.random.default_rng(6)
    frame = drawn(rng, 60, rng.normal(0, 1, 60))
    selection = selected(frame)
    design = make_design(selection, SCORE, GENOTYPES, absorbing=True)
    fit = sm.OLS(selection.values, design.matrix).fit()
    theirs = fit.get_influence().dfbeta[:, design.interest]
    assert robust.influence(selection.values, design) == pytest.approx(theirs, rel=1e-8, abs=1e-12)


def test_values_that_mostly_lie_on_the_model_are_refused():
    rng = np.random.default_rng(7)
    noise = np.zeros(100)
    noise[:3] = 5
    with pytest.raises(NotEstimableError, match="most values lie on the model"):
        robust.estimate(selected(drawn(rng, 100, noise)), SCORE, GENOTYPES)
