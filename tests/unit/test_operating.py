"""How often each verdict comes out: against closed forms, and the same whatever else is asked."""

import numpy as np
import pandas as pd
import pytest
from conftest import REPO
from scipy import stats

from il6r.replication import operating
from il6r.tables.replication import OPERATING

SETTINGS = {"equivalence_margin": 0.25, "smallest_share": 0.5}
KNOWN = {"residual_sd": 0.3, "frequency": 0.4, "seed": 1}
DRAWS = 20_000


@pytest.fixture(scope="module")
def published():
    return pd.read_csv(REPO / "resources" / "published_effects.tsv", sep="\t")


@pytest.fixture(scope="module")
def rates(published):
    return operating.rates(published, SETTINGS, draws=DRAWS, **KNOWN)


def share(rates, benchmark, truth, n, verdict):
    found = rates.set_index(["benchmark", "truth_percent", "n", "verdict"])["share"]
    return found[benchmark, truth, n, verdict]


def within(chance):
    """Four Monte Carlo standard errors."""
    return pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / DRAWS) + 1e-9)


def test_every_word_of_every_truth_and_size_is_counted(rates):
    assert list(rates.columns) == list(OPERATING.columns)
    assert rates["benchmark"].drop_duplicates().tolist() == [
        "review_per_allele",
        "erfc_per_allele",
    ]
    assert rates.groupby(["benchmark", "truth_percent", "n"])["share"].sum().to_numpy() == pytest.approx(1)
    assert len(rates) == 2 * 4 * 3 * 6
    errors = np.sqrt(rates["share"] * (1 - rates["share"]) / DRAWS)
    assert rates["monte_carlo_se"].to_numpy() == pytest.approx(errors.to_numpy())


@pytest.mark.parametrize("n", [60, 300, 1500])
def test_no_effect_is_found_on_either_side_by_the_tests_own_chance(rates, n):
    for benchmark in ("review_per_allele", "erfc_per_allele"):
        right = ("replicated", *(f"same direction, {how}" for how in ("imprecise", "smaller", "larger")))
        seen = sum(share(rates, benchmark, 0.0, n, word) for word in right)
        assert seen == within(0.025)
        assert share(rates, benchmark, 0.0, n, "replicated") <= 0.01
        if n > 60:
            # Half of every published effect is far from what such a study takes for none.
            assert share(rates, benchmark, 0.0, n, "contradicted") == within(0.975)


def test_a_value_that_is_the_truth_is_replicated_as_often_as_an_interval_covers(rates):
    # Without a published error, in a study that always sees the effect: the interval's 95 %.
    found = operating.rates(
        pd.DataFrame(
            [{"benchmark": "truth", "analysis": "sil6r_additive", "scale": "percent", "value": "34.6",
              "low": np.nan, "high": np.nan, "role": "primary"}]
        ),
        SETTINGS, draws=DRAWS, truths=(34.6,), sizes=(300,), **KNOWN,
    )  # fmt: skip
    assert share(found, "truth", 34.6, 300, "replicated") == within(0.95)
    sizes = found[found["verdict"] == "same direction, size not comparable"]
    assert sizes["share"].item() == within(0.05)
    # With one, Q allows for both errors: ours around the truth has the smaller part of them.
    ours, theirs = 0.3 / np.sqrt(300 * 0.48), (np.log(1.382) - np.log(1.304)) / (2 * 1.959964)
    chance = 1 - 2 * stats.norm.sf(1.959964 * np.hypot(ours, theirs) / ours)
    assert share(rates, "erfc_per_allele", 34.3, 300, "replicated") == pytest.approx(chance, abs=0.01)


def test_the_reviews_value_fails_and_the_largest_studys_holds_where_the_largest_study_is_right(rates):
    assert share(rates, "review_per_allele", 34.3, 1500, "same direction, smaller") > 0.99
    assert share(rates, "erfc_per_allele", 34.3, 1500, "replicated") > 0.99
    assert share(rates, "review_per_allele", 50.0, 1500, "replicated") > 0.99
    assert share(rates, "erfc_per_allele", 50.0, 1500, "same direction, larger") > 0.99


def test_the_same_seed_draws_the_same_whatever_else_is_asked(published, rates):
    alone = operating.rates(published, SETTINGS, draws=DRAWS, truths=(20.0,), sizes=(300,), **KNOWN)
    place = ["benchmark", "truth_percent", "n", "verdict"]
    both = alone.merge(rates, on=place, suffixes=("", "_all"))
    assert len(both) == len(alone)
    assert (both["share"] == both["share_all"]).all()


def test_fitted_cohorts_are_judged_by_the_same_rule_and_those_without_estimate_are_counted(published):
    estimate = np.log1p(np.array([34.3, 34.3, 0.0, np.nan]) / 100)
    se = np.full(4, 0.02)
    fits = {(34.3, 300): (estimate, se, estimate - 0.04, estimate + 0.04)}
    found = operating.observed(fits, published, SETTINGS)
    assert share(found, "erfc_per_allele", 34.3, 300, "replicated") == 0.5
    assert share(found, "review_per_allele", 34.3, 300, "same direction, smaller") == 0.5
    assert share(found, "erfc_per_allele", 34.3, 300, "contradicted") == 0.25
    assert share(found, "erfc_per_allele", 34.3, 300, "not computable") == 0.25
