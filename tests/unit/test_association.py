"""Models: against textbook arithmetic, and over simulated cohorts whose truth is known."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from il6r.association import analyses, models
from il6r.association.design import make_design
from il6r.errors import InputError

GENOTYPES = ("AA", "AC", "CC")
REPLICATES = 200


BETA = np.log(1.5)


def people(n, rng, beta=BETA, *, share=0.5, limit=None, visits=1):
    """An analysis set with a known effect, confounded by ancestry."""
    ancestry = rng.choice(["AFR", "EUR"], n)
    frequency = np.where(ancestry == "AFR", 0.15, 0.39)
    dosage = rng.binomial(2, frequency).astype(float)
    noise = np.sqrt(beta**2 * 2 * 0.39 * 0.61 * (1 - share) / share) if beta else 0.28
    person = 3.3 + beta * dosage + 0.4 * (ancestry == "AFR") + rng.normal(0, noise * np.sqrt(0.8), n)
    frame = pd.DataFrame(
        {
            "participant": np.repeat([f"p{i}" for i in range(n)], visits),
            "dosage": np.repeat(dosage, visits),
            "genotype": np.repeat(np.array(GENOTYPES, dtype=object)[dosage.astype(int)], visits),
            "ancestry": np.repeat(ancestry, visits),
            "in_sil6r": True,
            "in_activity": False,
            **dict.fromkeys(["in_met", "in_other", "in_il6", "in_sgp130", "in_balance"], False),
        }
    )
    y = np.exp(np.repeat(person, visits) + rng.normal(0, noise * np.sqrt(0.2), n * visits))
    frame["enmo_mg"] = np.nan
    frame["sil6r_ng_ml"] = frame["sil6r_high_ng_ml"] = np.maximum(y, limit or 0)
    frame["sil6r_low_ng_ml"] = np.where(y < (limit or 0), 0, y)
    return frame


def additive(frame, covariates=("ancestry",)):
    table, _ = analyses.fit_cohort("c", frame, GENOTYPES, {"sil6r": list(covariates), "activity": []})
    return table.set_index("analysis").loc["sil6r_additive"]


@pytest.mark.parametrize(
    ("what", "options"),
    [
        ("one visit", {}),
        ("some below the limit", {"limit": 18.0}),
        ("three visits", {"visits": 3}),
    ],
)
def test_the_interval_covers_the_truth_in_92_to_98_percent_of_small_cohorts(what, options):
    rng = np.random.default_rng([2026, len(what)])
    covered, estimates = 0, []
    for _ in range(REPLICATES):
        row = additive(people(150, rng, **options))
        covered += row["percent_low"] <= 50 <= row["percent_high"]
        estimates.append(row["estimate"])
    # Monte Carlo standard error of the coverage: 1.5 percentage points at 200 replicates.
    assert 0.92 <= covered / REPLICATES <= 0.98, covered / REPLICATES
    error = np.std(estimates) / np.sqrt(REPLICATES)
    assert abs(np.mean(estimates) - np.log(1.5)) < 3.5 * error


def test_without_ancestry_the_estimate_is_biased():
    row = additive(people(1500, np.random.default_rng(1)), covariates=())
    assert row["percent_high"] < 50


def test_half_the_limit_in_place_of_the_censored_values_would_be_biased():
    rng = np.random.default_rng(7)
    wrong = []
    for _ in range(50):
        frame = people(400, rng, limit=22.0)
        halved = frame["sil6r_ng_ml"].where(frame["sil6r_low_ng_ml"] > 0, 11.0)
        columns = [f"sil6r_{part}ng_ml" for part in ("", "low_", "high_")]
        wrong.append(additive(frame.assign(**dict.fromkeys(columns, halved)))["estimate"])
    assert abs(np.mean(wrong) - np.log(1.5)) > 5 * np.std(wrong) / np.sqrt(50)


def test_false_positives_are_as_many_as_they_should_be_under_confounding():
    rng = np.random.default_rng(11)
    hits = sum(additive(people(150, rng, beta=0.0))["p_value"] < 0.05 for _ in range(400))
    # 5 % of 400 is 20; the Monte Carlo standard error is 4.4.
    assert 8 <= hits <= 33


@pytest.mark.parametrize("options", [{}, {"limit": 18.0}, {"visits": 3}], ids=["plain", "limit", "visits"])
def test_the_share_of_variance_is_recovered_and_its_interval_covers(options):
    rng = np.random.default_rng(5)
    covered, found = 0, []
    for _ in range(REPLICATES):
        frame = people(300, rng, **options)
        within = frame.groupby("ancestry")["dosage"].transform("mean")
        spread = 0.5 * (2 * 0.15 * 0.85 + 2 * 0.39 * 0.61)
        truth = spread / (spread + 2 * 0.39 * 0.61)
        assert within.notna().all()
        table, _ = analyses.fit_cohort("c", frame, GENOTYPES, {"sil6r": ["ancestry"], "activity": []})
        row = table.set_index("analysis").loc["sil6r_variance"]
        covered += row["ci_low"] <= truth <= row["ci_high"]
        found.append(row["estimate"])
    assert 0.91 <= covered / REPLICATES <= 0.985, covered / REPLICATES
    assert np.mean(found) == pytest.approx(truth, abs=0.015)


def test_least_squares_with_hc3_errors_follows_their_definition():
    rng = np.random.default_rng(3)
    x = sm.add_constant(rng.normal(size=(60, 2)))
    y = x @ [1.0, 0.5, -0.2] + rng.normal(size=60) * np.abs(x[:, 1])
    found = models.fit(y, x, term=1)
    # MacKinnon & White 1985, equation 12: residuals over one less leverage.
    inverse = np.linalg.inv(x.T @ x)
    residual = y - x @ inverse @ x.T @ y
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x)
    meat = (x * (residual / (1 - leverage))[:, None] ** 2).T @ x
    assert found.se == pytest.approx(np.sqrt((inverse @ meat @ inverse)[1, 1]), rel=1e-9)


def test_redundant_covariates_are_left_out_and_named():
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [2.0, 4, 6, 8], "c": ["x"] * 4, "d": [*"xxyy"]})
    design = make_design(pd.DataFrame({"dosage": [0.0, 1, 0, 1]}), frame)
    assert design.names == ["intercept", "dosage", "a"]
    assert design.left_out == ["b", "c", "d=y"]


def test_one_person_who_alone_is_cc_gives_a_note_and_no_number():
    frame = people(60, np.random.default_rng(4))
    frame = frame[(frame["genotype"] != "CC") | (frame["genotype"] == "CC").cumsum().le(1)]
    assert (frame["genotype"] == "CC").sum() == 1
    table, _ = analyses.fit_cohort("c", frame, GENOTYPES, {"sil6r": ["ancestry"], "activity": []})
    row = table.set_index("analysis").loc["sil6r_cc_vs_aa"]
    assert pd.isna(row["estimate"])
    assert "one participant alone" in row["note"]


def test_few_people_are_refused():
    rng = np.random.default_rng(2)
    frame = people(4, rng).assign(age=rng.normal(size=4), bmi=rng.normal(size=4), dosage=[0.0, 1, 2, 1])
    with pytest.raises(InputError, match="4 participants are too few for a model of 4 terms"):
        additive(frame, covariates=("age", "bmi"))


def test_one_dosage_for_everybody_gives_a_note_and_no_number():
    frame = people(40, np.random.default_rng(2)).assign(dosage=0.0, genotype="AA")
    row = additive(frame)
    assert pd.isna(row.get("estimate"))
    assert "everybody has the same dosage" in row["note"]


def test_a_limit_of_sil6r_is_none_of_a_complex_in_proportion_to_il6():
    rng = np.random.default_rng(18)
    frame = people(4_000, rng)
    il6, sil6r = np.exp(rng.normal(0.8, 0.45, len(frame)) + 0.14 * frame["dosage"]), frame["sil6r_ng_ml"]
    # What plasma has of the complex: nearly in proportion to IL-6, and to the seventh root of sIL-6R.
    limit = sil6r.quantile(0.15)
    true, at_limit = (il6 * each**0.15 for each in (sil6r, sil6r.clip(lower=limit)))
    below = sil6r < limit
    measured = frame.assign(
        in_balance=True, active_complex_pm=at_limit, active_complex_low_pm=at_limit.mask(below, 0),
        active_complex_high_pm=at_limit, il6_censored=False,
        **dict.fromkeys(["free_il6_share", "buffered_complex_pm", "sgp130_excess"], at_limit),
    )  # fmt: skip
    whole = measured.assign(**{f"active_complex_{part}pm": true for part in ("", "low_", "high_")})

    def effect(table):
        fitted, _ = analyses.fit_cohort("c", table, GENOTYPES, {"sil6r": ["ancestry"], "activity": []})
        return fitted.set_index("analysis").loc["active_complex_additive"]

    assert effect(measured)["n_censored"] == 0
    assert effect(measured)["estimate"] == pytest.approx(effect(whole)["estimate"], abs=0.01)
    # Had the models taken the bounds, as they must where it is IL-6 that lies below its limit:
    taken = effect(measured.assign(il6_censored=below))
    assert taken["n_censored"] == below.sum()
    assert taken["estimate"] > effect(whole)["estimate"] + 0.02
