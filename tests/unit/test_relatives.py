"""Relatives who stay: errors by family in every model, and the mixed model with kinship."""

import importlib.util
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import SHARED

from il6r.association import (
    analyses,
    causal_readings,
    genotype_means,
    instrument,
    kinship_mixed,
    least_squares,
    mixed,
    sensitivity,
)
from il6r.association.coefficients import NotEstimableError
from il6r.association.selection import Cohort, Kinship
from il6r.plan import Analysis, Causal, Covariate, Plan
from il6r.report.cohort import words

GENOTYPES = ("AA", "AC", "CC")
ALLELES = dict(zip(GENOTYPES, range(3), strict=True))
FAMILIES, SIZE = 60, 4
COVARIATES = (Covariate("age"), Covariate("sex"))


@pytest.fixture(scope="module")
def sibs():
    """Four siblings of each of sixty families, some with a second sample."""
    rng = np.random.default_rng(5)
    n = FAMILIES * SIZE
    family = np.repeat(np.arange(FAMILIES), SIZE)
    parents = rng.binomial(1, 0.4, (FAMILIES, 2, 2))
    dosage = sum(parents[family, k, rng.integers(0, 2, n)] for k in range(2))
    level = 3 + 0.4 * rng.normal(size=FAMILIES)[family] + 0.2 * rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "participant": [f"p{k:03d}" for k in range(n)],
            "sample": [f"s{k:03d}" for k in range(n)],
            "visit": "1",
            "time_point": "rest",
            "dosage": dosage.astype(float),
            "genotype": np.array(GENOTYPES, dtype=object)[dosage],
            "age": rng.normal(50, 9, n),
            "sex": rng.choice(["female", "male"], n),
            "family": [f"F{k:04d}" for k in family],
            "unrelated": np.arange(n) % SIZE == 0,
            "sil6r_ng_ml": np.exp(level),
            "case": np.where(rng.random(n) < 1 / (1 + np.exp(3 - level)), "yes", "no"),
            "minutes": np.where(rng.random(n) < 0.1, 0.0, np.exp(level)),
            "in_sil6r": True,
        }
    )
    frame["sil6r_low_ng_ml"] = np.where(frame["sil6r_ng_ml"] < 12, 0.0, frame["sil6r_ng_ml"])
    frame["sil6r_high_ng_ml"] = frame["sil6r_ng_ml"] = frame["sil6r_ng_ml"].clip(lower=12)
    again = frame.iloc[::3].assign(
        visit="2", sil6r_ng_ml=lambda x: x["sil6r_ng_ml"] + rng.uniform(0, 5, len(x))
    )
    again["sil6r_low_ng_ml"] = again["sil6r_high_ng_ml"] = again["sil6r_ng_ml"]
    return pd.concat([frame, again]).sort_values(["participant", "visit"], ignore_index=True)


def pairs(frame, kinship=0.25):
    """`RELATIVES` of siblings."""
    samples = [f"s{k:03d}" for k in range(FAMILIES * SIZE)]
    one, other = np.triu_indices(SIZE, 1)
    places = np.arange(FAMILIES)[:, None] * SIZE
    return pd.DataFrame(
        {
            "sample_1": np.array(samples)[(places + one).ravel()],
            "sample_2": np.array(samples)[(places + other).ravel()],
            "kinship": kinship,
            "degree": 1,
            "snps": 5_000,
        }
    )


def cohort_of(frame, relatives=None, draws=0, **keys):
    one = Analysis(**{"name": "one", "label": "one", "outcome": "sil6r", "covariates": COVARIATES} | keys)
    causal = Causal("reading", "reading", "minutes", "sil6r")
    plan = Plan({"one": one}, {"reading": causal}, {}, draws=draws)
    return Cohort("c", frame, GENOTYPES, plan, "plan.yaml", {}, relatives)


def the_row(frame, relatives=None, draws=0, **keys):
    return analyses.fit_cohort(cohort_of(frame, relatives, draws, **keys), None, 1)[0].iloc[0]


def once(frame):
    return frame[~frame["participant"].duplicated()].reset_index(drop=True)


@pytest.mark.parametrize("visits", [1, 2])
@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"errors": "model"},
        {"errors": "cluster"},
        {"family": "censored_lognormal"},
        {"estimate": "variance_explained"},
        {"estimate": "variance_explained", "family": "censored_lognormal"},
        {"outcome": "case", "family": "binomial", "transform": "none"},
        {"outcome": "minutes", "family": "quasi_poisson", "transform": "none"},
    ],
    ids=lambda keys: " ".join(keys.values()) or "least squares",
)
def test_errors_are_those_of_one_participant_a_family_with_all_their_rows(sibs, keys, visits):
    frame = once(sibs) if visits == 1 else sibs
    row = the_row(frame, **keys)
    assert row["errors"] == "cluster-robust by family"
    assert row["n_participants"] == FAMILIES * SIZE
    if "outcome" in keys:
        # Of people, who have one row each.
        return
    as_one = frame.assign(participant=frame["family"]).drop(columns=["family", "unrelated"])
    same = the_row(as_one.assign(visit=np.arange(len(frame)).astype(str)), **keys)
    assert same["errors"] == "cluster-robust by participant"
    names = ["estimate", "se", "p_value"]
    assert row[names].tolist() == pytest.approx(same[names].tolist(), rel=1e-9)


def test_means_by_genotype_have_intervals_by_family(sibs):
    frame = once(sibs).assign(
        ancestry="EUR",
        sil6r_low_ng_ml=lambda x: x["sil6r_ng_ml"],
        in_activity=False,
        enmo_mg=np.nan,
        in_il6=False,
        in_sgp130=False,
        in_balance=False,
    )
    own, alone = (
        genotype_means.geometric_means("c", one, GENOTYPES)
        .set_index(["outcome", "genotype"])
        .loc["sil6r_ng_ml", "AC"]
        for one in (frame, frame.drop(columns="family"))
    )
    members = frame[frame["genotype"] == "AC"]
    fit = least_squares.fit(
        np.log(members["sil6r_ng_ml"].to_numpy()),
        np.ones((len(members), 1)),
        clusters=pd.factorize(members["family"])[0],
    ).term(0)
    assert own["geometric_mean"] == pytest.approx(alone["geometric_mean"], rel=1e-12)
    assert np.log([own["ci_low"], own["ci_high"]]) == pytest.approx([fit.ci_low, fit.ci_high], rel=1e-9)
    assert own["ci_high"] - own["ci_low"] > 1.1 * (alone["ci_high"] - alone["ci_low"])


def test_without_relatives_here_errors_are_those_of_independent_people(sibs):
    row = the_row(once(sibs)[lambda x: x["unrelated"]])
    assert row["errors"] == "HC2"
    assert the_row(once(sibs).drop(columns="family"))["errors"] == "HC2"


def test_relatives_have_no_permutation_p_value_and_the_note_says_why(sibs):
    row = the_row(once(sibs), draws=50, priority="primary")
    assert pd.isna(row["p_permutation"])
    assert row["note"].endswith("; no permutation p-value, since relatives are not exchangeable")


def test_genetic_models_and_the_causal_reading_count_people_and_cluster_families(sibs):
    own = cohort_of(sibs, priority="primary")
    rows = analyses.compare_genetic_models(own)
    assert {row["n_participants"] for row in rows} == {FAMILIES * SIZE}
    known = sibs.assign(sil6r_low_ng_ml=sibs["sil6r_ng_ml"], sil6r_high_ng_ml=sibs["sil6r_ng_ml"])
    row = causal_readings.causal_readings(cohort_of(known, priority="primary"), {})[0]
    assert row["note"] == "errors are clustered by family"
    one = once(sibs)[lambda x: x["minutes"] > 0]
    found = instrument.two_stage(
        np.log(one["minutes"].to_numpy()),
        np.log(sibs.groupby("participant")["sil6r_ng_ml"].mean()[one["participant"]].to_numpy()),
        one["dosage"].to_numpy(),
        np.ones((len(one), 1)),
        clusters=pd.factorize(one["family"])[0],
    )
    assert row["se"] == pytest.approx(found.se, rel=1e-9)


def test_siblings_by_kinship_are_a_random_intercept_of_the_family(sibs):
    frame = once(sibs)
    y = np.log(frame["sil6r_ng_ml"].to_numpy()) + 0.6 * np.random.default_rng(8).normal(size=len(frame))
    matrix = np.column_stack([np.ones(len(frame)), frame[["dosage", "age"]]])
    family = pd.factorize(frame["family"])[0]
    theirs = mixed.fit(y, matrix, family)
    own = cohort_of(frame, pairs(frame)).kinship
    ours = kinship_mixed.fit(y, matrix, np.arange(len(y)), own, term=1, clusters=family)
    # 2 x 1/4 between siblings and 1 with oneself are half of an intercept and half of a residual.
    assert ours.share < 0.9
    assert ours.coefficients.params == pytest.approx(theirs.params, rel=1e-6)
    assert ours.coefficients.log_likelihood == pytest.approx(theirs.log_likelihood, abs=1e-7)
    # Errors by family are those of the mixed model, which R's clubSandwich has as well.
    assert ours.robust.covariance == pytest.approx(theirs.covariance, rel=1e-5)
    assert ours.robust.term(1).df == pytest.approx(theirs.term(1).df, rel=1e-5)
    # In any order of people.
    order = np.random.default_rng(9).permutation(len(y))
    mixed_up = kinship_mixed.fit(y[order], matrix[order], order, own, term=1, clusters=family[order])
    assert mixed_up.coefficients.params == pytest.approx(ours.coefficients.params, rel=1e-9)


def test_the_plan_asks_for_kinship_and_the_note_has_its_share_and_the_robust_error(sibs):
    row = the_row(sibs, pairs(sibs), family="mixed", random="kinship")
    assert (row["model"], row["errors"]) == ("mixed, kinship", "model")
    assert row["n_participants"] == FAMILIES * SIZE
    assert " % of the variance given the terms; the standard error robust by family is 0." in row["note"]
    robust = the_row(sibs, pairs(sibs), family="mixed", random="kinship", errors="cluster")
    assert robust["errors"] == "cluster-robust by family"
    assert f"{robust['se']:.3g}" in row["note"]
    assert "no kinship is known here" in the_row(sibs, family="mixed", random="kinship")["note"]
    alone = once(sibs)[lambda x: x["unrelated"]]
    assert "no kinship is known here" in the_row(alone, pairs(sibs), family="mixed", random="kinship")["note"]


@pytest.mark.parametrize("known", [True, False])
def test_a_random_intercept_of_the_participant_leaves_relatives_in_the_model_and_the_error(sibs, known):
    row = the_row(sibs, pairs(sibs) if known else None, family="mixed", random="participant")
    assert row["errors"] == "cluster-robust by family"
    assert ("kinship has " if known else "the family has ") in row["note"]


def test_kinships_that_nobody_can_have_are_moved_and_counted():
    rng = np.random.default_rng(3)
    n = 90
    first = np.arange(0, n, 3)
    # Twins of one person who are no relatives of each other; the other families are siblings.
    kinship = Kinship(
        np.concatenate([first, first + 1, first]),
        np.concatenate([first + 1, first + 2, first + 2]),
        np.repeat([0.25, 0.25, 0.25], n // 3),
    )
    kinship.coefficient[[0, n // 3, 2 * n // 3]] = 0.5, 0.5, 0.0
    y, matrix = rng.normal(size=n), np.column_stack([np.ones(n), rng.normal(size=n)])
    found = kinship_mixed.fit(y, matrix, np.arange(n), kinship, term=1, clusters=np.arange(n) // 3)
    assert found.repaired == 1
    assert np.isfinite(found.coefficients.term(1).se)


def test_what_kinship_cannot_be_told_from_is_a_reason():
    rng = np.random.default_rng(4)
    n = 60
    twins = Kinship(np.arange(0, n, 2), np.arange(1, n, 2), np.full(n // 2, 0.5))
    matrix = np.column_stack([np.ones(n), rng.normal(size=n // 2).repeat(2)])
    with pytest.raises(NotEstimableError, match="nothing varies beside kinship"):
        kinship_mixed.fit(
            rng.normal(size=n // 2).repeat(2), matrix, np.arange(n), twins, term=1, clusters=np.arange(n) // 2
        )
    with pytest.raises(NotEstimableError, match="no two relatives are here"):
        kinship_mixed.fit(
            rng.normal(size=n), matrix, np.arange(n) + n, twins, term=1, clusters=np.arange(n) // 2
        )


def test_other_choices_about_relatives_are_fewer_of_them_and_their_random_effects(sibs):
    def choices(frame, relatives=None):
        own = cohort_of(frame, relatives, priority="primary")
        rows = sensitivity.analyse(own, pd.DataFrame({"outcome": []}), pd.DataFrame())
        return {row["choice"]: row["n_participants"] for row in rows if row["kind"] == "relatives"}

    n = FAMILIES * SIZE
    assert choices(once(sibs), pairs(sibs)) == {
        "unrelated people only": FAMILIES,
        "random intercept of the family": n,
        "random effect by kinship": n,
    }
    # Where only the participant table knows of them.
    assert choices(once(sibs).assign(unrelated=True)) == {
        "one participant of each family": FAMILIES,
        "random intercept of the family": n,
    }


def test_the_case_of_siblings_without_an_effect_is_not_significant(tmp_path, monkeypatch):
    path = SHARED / "cases" / "statistics" / "make.py"
    if not path.is_file():
        pytest.skip("the case is not here")
    spec = importlib.util.spec_from_file_location("statistics_cases", path)
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    # Genome-wide calls are drawn, but take too long to write.
    calls = {}
    try:
        spec.loader.exec_module(module)
        monkeypatch.setattr(module, "record", lambda calls, *_, **__: calls)
        monkeypatch.setattr(module, "vcf", lambda path, records, **_: calls.update({path.name: records[0]}))
        module.families(tmp_path, 7)
    finally:
        sys.path[:] = before
    people = pd.read_csv(tmp_path / "participants.tsv", sep="\t")
    values = pd.read_csv(tmp_path / "assays.csv")["value"]
    dosage = [call.count("1") for call in calls["calls.vcf"]]
    frame = people.assign(
        visit="1", time_point="rest", dosage=np.array(dosage, dtype=float), sil6r_ng_ml=values, in_sil6r=True,
        genotype=[GENOTYPES[one] for one in dosage], family=(np.arange(300) // 6).astype(str), unrelated=True,
    )  # fmt: skip
    row = the_row(frame)
    alone = the_row(frame.drop(columns="family"))
    assert (row["n"], row["errors"]) == (300, "cluster-robust by family")
    assert row["percent"] == pytest.approx(-6.5, abs=0.05)
    assert alone["se"] == pytest.approx(0.0238, abs=5e-5)
    # By the case's own count 0.0350; a correction for few families adds to it.
    assert 0.0345 < row["se"] < 0.038
    assert row["p_value"] > 0.05


def test_the_report_says_how_many_relatives_stay_or_that_they_cannot_be_known():
    flow = pd.DataFrame(
        [("one", "relatives", 300), ("one", "relatives", 263), ("two", "participants", 80)],
        columns=["cohort", "counted", "left"],
    )
    kept = {"genotypes": {"exclude_relatives": False}}
    configured = {"one": kept, "two": kept, "three": kept, "four": {"genotypes": {}}}
    found = words.relatives(flow, configured, {"three"}, 10)
    assert [text.split(",")[0] for text in found] == [
        "one: 260 people have relatives among those analysed. All of them stay",
        "two: relatives were to stay",
    ]
