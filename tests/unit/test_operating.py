"""How often each verdict comes out, by the rule: against closed forms, and what the rule promises."""

import itertools
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import REPO
from scipy import stats

from il6r.replication import error_rates, operating, verdict_rule
from il6r.replication.published_values import Benchmark
from il6r.replication.verdict_rule import Measured
from il6r.tables.replication import OPERATING, VERDICT_WORDS

SETTINGS = {"equivalence_margin": 0.25, "smallest_share": 0.5}
KNOWN = {"residual_sd": 0.3, "frequency": 0.4, "seed": 1}
DRAWS = 20_000


@pytest.fixture(scope="module")
def published():
    table = pd.read_csv(REPO / "resources" / "published_effects.tsv", sep="\t")
    return table[table["analysis"] == operating.ANALYSIS]


@pytest.fixture(scope="module")
def rates(published):
    return operating.rates(published, SETTINGS, draws=DRAWS, **KNOWN)


def share(rates, benchmark, truth, n, verdict):
    found = rates.set_index(["benchmark", "truth_percent", "n", "verdict"])["share"]
    return found.get((benchmark, truth, n, verdict), 0.0)


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


def benchmark(kind, scale, value, **known):
    row = {"kind": kind, "scale": scale, "value": value, "low": np.nan, "high": np.nan} | known
    return Benchmark.read(SimpleNamespace(**row), SETTINGS)


# Of every kind that has a size, with an error and without, narrow and as wide as a significant one can be.
PUBLISHED = {
    "about": benchmark("about", "percent", 50),
    "without error": benchmark("effect", "percent", 34.6),
    "narrow": benchmark("effect", "percent", 34.3, low=30.4, high=38.2),
    "wide": benchmark("effect", "percent", 9.6, low=0.5, high=19.5),
    "p-value": benchmark("effect", "ratio", 1.929, p=0.04),
    "lower": benchmark("effect", "percent", -1, low=-1.3, high=-0.7),
    "odds ratio": benchmark("effect", "odds_ratio", 0.962, low=0.952, high=0.972),
    "share": benchmark("about", "r2", 0.5),
    "correlation": benchmark("correlation", "correlation", -0.74, n_pairs=12),
    "standardised": benchmark("standardised", "sd", 0.1684, low=0.1451, high=0.1917),
}
FREEDOM = (10, 30, 120, np.inf)


def shares(one, se, df, truth):
    """How often each word comes out; people enough that only `df` limits what is judged."""
    rng = np.random.default_rng(1)
    half = stats.t.ppf(0.975, df) * se
    drawn = error_rates.drawn_like(Measured(0.0, se, -half, half, 10**6, df), rng, DRAWS)
    found = error_rates.shares(error_rates.judged(drawn, truth, one), verdict_rule.REPLICATED)
    return {row["verdict"]: row["share"] for row in found}


@pytest.mark.parametrize("name", PUBLISHED)
def test_where_there_is_no_effect_it_is_replicated_in_at_most_one_of_a_hundred(name):
    one = PUBLISHED[name]
    # Errors in units of the published effect: about as large is where it happens most.
    for se, df in itertools.product((0.05, 0.2, 0.5, 1, 1.5, 2.5, 5, 25), FREEDOM):
        if one.scale in ("r2", "correlation") and se * abs(one.value) > 1 / np.sqrt(10):
            # Fisher's z of more than 10 people has no such error.
            continue
        found = shares(one, se * abs(one.value), df, 0.0)
        assert found["replicated"] <= 0.01, (se, df)
        # And the published direction is seen by the test's own chance, of a share of variance on both sides.
        seen = sum(part for word, part in found.items() if word.startswith(("replicated", "same direction")))
        assert seen <= (0.05 if one.scale == "r2" else 0.025) * 1.2, (se, df)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_number_of_people_that_promises_80_percent_keeps_its_promise(name):
    one = PUBLISHED[name]
    for se, df in itertools.product((0.1, 0.5, 2), (28, 58, np.inf)):
        n = verdict_rule.people_needed(one, 60, se * abs(one.value), df)
        own = min(df * n / 60, n - 2)
        assert own >= 10
        found = shares(one, se * abs(one.value) * np.sqrt(60 / n), df * n / 60, one.value)
        assert found["replicated"] >= 0.78, (se, df, n)
        # Nor are many more asked for than it takes, but where fewer are too few for anything.
        assert found["replicated"] <= 0.86 or own < 12 + 2, (se, df, n)


def test_nulls_and_directions_keep_their_levels_and_their_promises():
    null = benchmark("no_effect", "percent", 0, bound=5)
    bound = null.bound[1]
    for se, df in itertools.product((0.05, 0.3, 1, 4), FREEDOM):
        # An effect at the bound passes for none in at most one of twenty, whatever the error.
        assert shares(null, se * bound, df, bound).get("no effect confirmed", 0) <= 0.054, (se, df)
    rows = {"kind": "direction", "scale": "percent", "value": "greater", "low": np.nan, "high": np.nan}
    direction = Benchmark.read(SimpleNamespace(**rows), SETTINGS | {"smallest_effect": 5.0})
    for se, df in itertools.product((0.3, 1, 4), FREEDOM):
        confirmed = shares(direction, se * direction.of_interest, df, 0.0).get("direction confirmed", 0)
        assert confirmed <= 0.0285, (se, df)
    for one, word, truth in (
        (null, "no effect confirmed", 0.0),
        (direction, "direction confirmed", direction.of_interest),
    ):
        for se, df in itertools.product((0.3, 1, 4), (58, np.inf)):
            n = verdict_rule.people_needed(one, 60, se * bound, df)
            found = shares(one, se * bound * np.sqrt(60 / n), df * n / 60, truth)
            assert found[word] >= 0.78, (word, se, df, n)


def test_words_of_arrays_are_those_of_single_estimates():
    rng, df = np.random.default_rng(2), 12.5
    for one in (*PUBLISHED.values(), benchmark("no_effect", "percent", 0, bound=5)):
        size = abs(one.value) if one.sized else one.bound[1]
        estimate, se = rng.normal(size, size, 40), size * rng.uniform(0.05, 1, 40)
        half = stats.t.ppf(0.975, df) * se
        words = np.array(VERDICT_WORDS)[
            verdict_rule.verdict_codes(estimate, se, estimate - half, estimate + half, one, df)
        ]
        for place in range(40):
            ours = Measured(estimate[place], se[place], estimate[place] - half[place],
                            estimate[place] + half[place], 500, df)  # fmt: skip
            assert verdict_rule.word(ours, one) == words[place]
