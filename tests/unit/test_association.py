"""Models: against textbook arithmetic, and over simulated cohorts whose truth is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from il6r import plan
from il6r.association import analyses
from il6r.association.design import make_design
from il6r.association.selection import Cohort, select
from il6r.errors import InputError
from il6r.tables.association import EVERYBODY

REPO = Path(__file__).resolve().parents[2]
PLAN = plan.load(REPO / "config" / "plan.yaml", REPO / "workflow" / "schemas" / "plan.schema.yaml")
GENOTYPES = ("AA", "AC", "CC")
REPLICATES = 60


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


def cohort_of(frame, covariates=("ancestry",), **changes):
    """A cohort with every analysis of the plan, changed for `sil6r_additive`."""
    one = PLAN.analyses | {"sil6r_additive": replace(PLAN.analyses["sil6r_additive"], **changes)}
    sets = {name: list(covariates) for name in PLAN.covariate_sets}
    return Cohort("c", frame, GENOTYPES, replace(PLAN, analyses=one, draws=0), "plan.yaml", sets)


def analysed(cohort, *names):
    """The estimates of some analyses of everybody, by name."""
    some = replace(cohort.plan, analyses={name: cohort.plan.analyses[name] for name in names})
    table, _ = analyses.fit_cohort(replace(cohort, plan=some), None, 1)
    return table[table["stratum"] == EVERYBODY].set_index("analysis")


def additive(frame, covariates=("ancestry",), **changes):
    return analysed(cohort_of(frame, covariates, strata=None, **changes), "sil6r_additive").loc[
        "sil6r_additive"
    ]


@pytest.mark.parametrize(
    ("what", "options"),
    [
        ("one visit", {}),
        ("some below the limit", {"limit": 18.0}),
        ("three visits", {"visits": 3}),
    ],
)
def test_the_interval_covers_the_truth_in_small_cohorts(what, options):
    rng = np.random.default_rng([2026, len(what)])
    covered, estimates = 0, []
    for _ in range(REPLICATES):
        row = additive(people(150, rng, **options))
        covered += row["percent_low"] <= 50 <= row["percent_high"]
        estimates.append(row["estimate"])
    # Monte Carlo standard error of the coverage: 2.8 percentage points at 60 replicates.
    assert covered / REPLICATES >= 0.87, covered / REPLICATES
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
    hits = sum(additive(people(150, rng, beta=0.0))["p_value"] < 0.05 for _ in range(120))
    # 5 % of 120 is 6; the Monte Carlo standard error is 2.4.
    assert 1 <= hits <= 14


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
        row = analysed(cohort_of(frame), "sil6r_variance").loc["sil6r_variance"]
        covered += row["ci_low"] <= truth <= row["ci_high"]
        found.append(row["estimate"])
    assert covered / REPLICATES >= 0.85, covered / REPLICATES
    assert np.mean(found) == pytest.approx(truth, abs=4 * np.std(found) / np.sqrt(REPLICATES) + 0.005)


def design_of(frame, covariates, **changes):
    cohort = cohort_of(frame, covariates, strata=None, **changes)
    one = cohort.plan.analyses["sil6r_additive"]
    return make_design(select(cohort, one), one, GENOTYPES, absorbing=True)


def test_redundant_covariates_are_left_out_and_named():
    rng = np.random.default_rng(1)
    frame = people(40, rng).assign(a=rng.normal(size=40), c="x", d=["x", "y"] * 20)
    frame = frame.assign(b=2 * frame["a"], e=[*"yx"] * 20)
    design = design_of(frame, ["a", "b", "c", "d", "e"])
    assert design.names == ["(intercept)", "dosage", "a", "d=y"]
    assert design.left_out == ["b", "c", "e=y"]


def test_an_exposure_made_up_of_covariates_gives_a_note_and_no_number():
    frame = people(60, np.random.default_rng(4))
    row = additive(frame.assign(twice=2 * frame["dosage"] + 1), ("ancestry", "twice"))
    assert pd.isna(row.get("estimate"))
    assert row["note"] == "the exposure is made up of covariates"


def test_one_person_who_alone_is_cc_gives_a_note_and_no_number():
    frame = people(60, np.random.default_rng(4))
    frame = frame[(frame["genotype"] != "CC") | (frame["genotype"] == "CC").cumsum().le(1)]
    assert (frame["genotype"] == "CC").sum() == 1
    row = analysed(cohort_of(frame), "sil6r_cc_vs_aa").loc["sil6r_cc_vs_aa"]
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
        return analysed(cohort_of(table), "active_complex_additive").loc["active_complex_additive"]

    assert effect(measured)["n_censored"] == 0
    assert effect(measured)["estimate"] == pytest.approx(effect(whole)["estimate"], abs=0.01)
    # Had the models taken the bounds, as they must where it is IL-6 that lies below its limit:
    taken = effect(measured.assign(il6_censored=below))
    assert taken["n_censored"] == below.sum()
    assert taken["estimate"] > effect(whole)["estimate"] + 0.02
