"""Simulated cohorts of known truth: what the models make of them, in small."""

import numpy as np
import pandas as pd
import pytest
from conftest import REPO

from il6r.association import calibration_designs, simulation_study
from il6r.replication.pooling import combine
from il6r.tables.association import CALIBRATION

DESIGNS = calibration_designs.load(REPO / "resources" / "calibration_designs.tsv")
COMMITTED = CALIBRATION.read(REPO / "resources" / "calibration.tsv")
KEY = list(CALIBRATION.key)
# So many standard errors are exceeded by chance once in 16,000 times.
MOST_ERRORS = 4


def designs(**wanted):
    """The designs whose columns have these values."""
    return [one for one in DESIGNS if wanted.items() <= one.columns.items()]


def performance(chosen, replicates, seed=1, workers=1):
    found = simulation_study.performance(chosen, replicates, seed, combine, workers)
    return CALIBRATION.check(found.reindex(columns=list(CALIBRATION.columns)))


def test_designs_are_those_of_people_who_measure_themselves_and_of_cohorts_in_every_family():
    assert {one.model for one in DESIGNS} == set(simulation_study.MODELS)
    assert {one.people for one in DESIGNS} == {8, 12, 20, 60, 300, 1500}
    assert {one.visits for one in DESIGNS} == {1, 6}
    assert {one.censored for one in DESIGNS} == {0, 0.2, 0.5}
    assert {one.frequency for one in DESIGNS} == {0.12, 0.39}
    assert {one.cohorts for one in DESIGNS} == {1, 2, 3, 4}
    assert all(one.reason for one in DESIGNS)


def test_committed_numbers_are_of_the_designs_as_they_are():
    assert COMMITTED[KEY].to_dict("records") == [{name: one.columns[name] for name in KEY} for one in DESIGNS]
    assert COMMITTED["reason"].tolist() == [one.reason for one in DESIGNS]
    assert (COMMITTED["replicates"] >= 300).all()


# Each family once, few people where they suffice.
TRIED = [
    designs(model=model, situation=situation, people=people, visits=visits, frequency=0.39)[0]
    for model, situation, people, visits in (
        ("least squares", "as assumed", 12, 1),
        ("least squares", "as assumed", 12, 6),
        ("least squares", "siblings", 60, 1),
        ("censored log-normal", "as assumed", 12, 6),
        ("logistic", "as assumed", 60, 1),
        ("quasi-Poisson", "as assumed", 20, 1),
        ("mixed, within people", "correlated weeks", 12, 6),
        ("mixed, kinship", "siblings", 60, 1),
        ("share of variance", "as assumed", 12, 1),
        ("two-stage least squares", "as assumed", 60, 1),
        ("Anderson-Rubin set", "as assumed", 12, 1),
        ("permutation", "as assumed", 12, 1),
        ("departure from multiplicative", "as assumed", 60, 1),
        ("pooled, fixed effects", "as assumed", 8, 1),
        ("least squares", "two ancestries", 300, 1),
    )
]


def test_a_fresh_run_agrees_with_the_committed_numbers():
    replicates = 45
    fresh = performance(TRIED, replicates, seed=20)
    committed = COMMITTED.merge(fresh[KEY], how="right", on=KEY)
    for name in ("coverage", "rejected"):
        known = committed[name].notna().to_numpy()
        assert (fresh[name].notna() == known).all()
        share = committed.loc[known, name].to_numpy()
        each = 1 / replicates + 1 / committed.loc[known, "replicates"].to_numpy()
        # A share at 0 or 1 has an error too (Agresti & Coull 1998).
        error = np.sqrt(np.clip(share, 0.02, 0.98) * np.clip(1 - share, 0.02, 0.98) * each)
        assert (np.abs(fresh.loc[known, name] - share) < MOST_ERRORS * error).all(), fresh


def test_confounding_is_seen_where_nothing_is_done_about_it():
    rows = COMMITTED[COMMITTED["situation"] == "two ancestries"].set_index("model")
    assert rows.at["least squares", "rejected"] > 0.5
    for model in ("least squares, ancestry", "least squares, components"):
        assert abs(rows.at[model, "rejected"] - 0.05) < MOST_ERRORS * rows.at[model, "rejected_se"]
        assert abs(rows.at[model, "bias"]) < MOST_ERRORS * rows.at[model, "bias_se"]


def test_processes_do_not_change_the_numbers():
    chosen = [TRIED[0], TRIED[-2]]
    one, two = (performance(chosen, 22, workers=workers) for workers in (1, 2))
    pd.testing.assert_frame_equal(one, two)


def test_what_cannot_be_estimated_is_counted():
    # A cohort of 8 with the allele at 0.12 has no carrier in 0.88^16 = 13 % of draws, and one in 28 %.
    (design,) = designs(model="least squares", people=8, frequency=0.12)
    row = performance([design], 60).iloc[0]
    assert abs(row["failed"] / 60 - 0.41) < MOST_ERRORS * np.sqrt(0.41 * 0.59 / 60)
    assert row["coverage_se"] == pytest.approx(
        np.sqrt(row["coverage"] * (1 - row["coverage"]) / (60 - row["failed"]))
    )


@pytest.mark.parametrize(
    ("model", "situation", "measure", "expected"),
    [
        # Half of the genes are shared, and half of what differs between people.
        ("least squares", "siblings", "siblings", 0.5),
        # Twice the share of carriers' alleles.
        ("least squares", "as assumed", "copies", 0.78),
        # A standard deviation of 1.5 and 2 times that without the allele.
        ("least squares", "variance by genotype", "ratio", 1.5),
        ("censored log-normal", "as assumed", "censored", 0.2),
    ],
)
def test_simulated_cohorts_are_what_their_design_says(model, situation, measure, expected):
    given = {"model": model, "situation": situation, "visits": 1, "people": 3000, "reason": "", "cohorts": 1}
    design = calibration_designs.Design(
        **given, frequency=0.39, censored=0.2 if measure == "censored" else 0.0
    )
    rng = np.random.default_rng(5)
    frame, relatives = calibration_designs.simulate(rng, design, effect=False)
    level, copies = np.log(frame["sil6r_ng_ml"]), frame["dosage"].to_numpy()
    found = {
        "copies": lambda: copies.mean(),
        "ratio": lambda: level[copies == 1].std() / level[copies == 0].std(),
        "censored": lambda: (frame["sil6r_low_ng_ml"] < frame["sil6r_high_ng_ml"]).mean(),
        "siblings": lambda: np.corrcoef(copies[0::3], copies[1::3])[0, 1],
    }[measure]()
    assert found == pytest.approx(expected, abs=0.08)
    if situation == "siblings":
        assert len(relatives) == 3000
        assert set(relatives["kinship"]) == {0.25}


def test_cohorts_of_other_sizes_and_truths_give_the_verdicts_arrays():
    fits = simulation_study.per_allele_estimates((0.0, 50.0), (60, 200), 25, 1)
    assert list(fits) == [(0.0, 60), (0.0, 200), (50.0, 60), (50.0, 200)]
    for (truth, _), (estimate, se, low, high) in fits.items():
        assert len(estimate) == 25
        error = se.mean() / 5
        assert abs(estimate.mean() - np.log1p(truth / 100)) < 4 * error
        assert (low < estimate).all()
        assert (estimate < high).all()
