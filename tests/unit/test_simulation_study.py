"""Simulated cohorts of known truth: what the models make of them, in small."""

import numpy as np
import pandas as pd
import pytest

from il6r.association import simulation_study
from il6r.tables.association import CALIBRATION

REPLICATES, PEOPLE = 64, 300
WITHOUT = "least squares without ancestry"


@pytest.fixture(scope="module")
def measured():
    found = simulation_study.performance(REPLICATES, PEOPLE, 1, 2)
    return CALIBRATION.check(found.reindex(columns=list(CALIBRATION.columns)))


def test_every_family_is_tried_with_and_without_an_effect(measured):
    settings = simulation_study.settings()
    families = {setting.analysis.family for setting in settings.values()}
    assert families == {"gaussian", "censored_lognormal", "quasi_poisson", "binomial", "mixed"}
    assert set(measured["what"]) == set(settings)
    assert measured.groupby("what")["truth"].nunique().to_dict() == {
        what: 2 if setting.null else 1 for what, setting in settings.items()
    }
    assert (measured["replicates"] == REPLICATES).all()
    assert measured["failed"].sum() == 0


def test_intervals_cover_and_tests_reject_as_often_as_they_say(measured):
    adjusted = measured[measured["what"] != WITHOUT]
    # 3.5 Monte Carlo standard errors of a share of 5 % in so many cohorts are ten percentage points.
    error = np.sqrt(0.95 * 0.05 / REPLICATES)
    assert (np.abs(adjusted["coverage"] - 0.95) < 3.5 * error).all(), adjusted[["what", "coverage"]]
    null = adjusted[adjusted["truth"] == 0]
    assert (np.abs(null["rejected"] - 0.05) < 3.5 * error).all(), null[["what", "rejected"]]
    assert (np.abs(adjusted["bias"]) < 3.5 * adjusted["bias_se"]).all(), adjusted[["what", "bias", "bias_se"]]


def test_without_ancestry_nothing_is_found_too_often(measured):
    null = measured[(measured["what"] == WITHOUT) & (measured["truth"] == 0)].iloc[0]
    assert null["rejected"] > 0.5
    assert abs(null["bias"]) > 10 * null["bias_se"]


def test_processes_do_not_change_the_numbers():
    one, two = (simulation_study.performance(6, 100, 3, workers) for workers in (1, 2))
    pd.testing.assert_frame_equal(one, two)


def test_cohorts_of_other_sizes_and_truths_give_the_verdicts_arrays():
    fits = simulation_study.per_allele_estimates((0.0, 50.0), (60, 200), 25, 1)
    assert list(fits) == [(0.0, 60), (0.0, 200), (50.0, 60), (50.0, 200)]
    for (truth, _), (estimate, se, low, high) in fits.items():
        assert len(estimate) == 25
        error = se.mean() / 5
        assert abs(estimate.mean() - np.log1p(truth / 100)) < 4 * error
        assert (low < estimate).all()
        assert (estimate < high).all()
