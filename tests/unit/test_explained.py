"""Shares of variance: their test, their interval where the truth is known, and Ezekiel's adjustment."""

import numpy as np
import pytest

from il6r.association import censored, explained, least_squares

FREQUENCY = 0.39


def people(rng, n, share, visits=1):
    """Outcome and design (constant, age, dosage) of people in whom the dosage explains `share`, and who."""
    dosage = rng.binomial(2, FREQUENCY, n)
    while min(np.bincount(dosage, minlength=2)[:2]) < 2:
        dosage = rng.binomial(2, FREQUENCY, n)
    who = np.repeat(np.arange(n), visits)
    size = np.sqrt(share / (1 - share) / (2 * FREQUENCY * (1 - FREQUENCY)))
    residual = np.sqrt(0.7) * rng.normal(size=n)[who] + np.sqrt(0.3) * rng.normal(size=len(who))
    return size * dosage[who] + residual, np.column_stack([np.ones(n), rng.normal(size=n), dosage])[who], who


def shared(y, matrix, bounds=None, **options):
    """The effect, and the share of variance with its test."""
    family = censored.fit if bounds else least_squares.fit
    effect = family(y, matrix, *([bounds] if bounds else []), **options).term(2)
    return effect, explained.share(y, matrix, term=2, effect=effect, bounds=bounds, **options)


@pytest.mark.parametrize("kind", ["plain", "visits", "censored"])
def test_an_interval_leaves_out_no_share_where_the_effects_test_does(kind):
    rng, seen = np.random.default_rng(1), set()
    for _ in range(40):
        y, matrix, who = people(rng, 14, 0.25, 3 if kind == "visits" else 1)
        limit = np.quantile(y, 0.2)
        low = np.where(y < limit, -np.inf, y)
        y, bounds = (np.maximum(y, limit), (low, np.maximum(y, limit))) if kind == "censored" else (y, None)
        effect, share = shared(y, matrix, bounds, **({"clusters": who} if kind == "visits" else {}))
        fit = share.fit
        assert (fit.p_value, fit.df, fit.errors) == (effect.p_value, effect.df, effect.errors)
        assert (fit.ci_low > 0) == (effect.p_value < 0.05)
        assert 0 <= fit.ci_low < fit.ci_high <= 1
        seen.add(fit.ci_low > 0)
    assert seen == {False, True}


@pytest.mark.parametrize(("n", "share"), [(8, 0.0), (12, 0.5), (60, 0.2)])
def test_an_interval_holds_the_share_in_the_population_as_often_as_it_says(n, share):
    rng, runs = np.random.default_rng(2), 200
    held = 0
    for _ in range(runs):
        fit = shared(*people(rng, n, share)[:2])[1].fit
        held += fit.ci_low <= share <= fit.ci_high
    # Errors robust to unequal variances are a little large in few people.
    assert 0.95 - 3 * np.sqrt(0.05 * 0.95 / runs) <= held / runs <= 0.995


def test_the_adjusted_share_is_ezekiels_and_what_chance_explains_is_nothing():
    rng = np.random.default_rng(3)
    dosage = np.repeat([0.0, 2.0], 6)
    for effect in (0.6, 0.0):
        y, matrix = effect * dosage + rng.normal(size=12), np.column_stack([np.ones(12), dosage])
        found = least_squares.fit(y, matrix, errors="model").term(1)
        share = explained.share(y, matrix, term=1, effect=found)
        r2 = np.corrcoef(y, dosage)[0, 1] ** 2
        assert share.fit.estimate == pytest.approx(r2)
        assert share.adjusted == pytest.approx(max(0.0, 1 - (1 - r2) * 11 / 10))


def test_the_interval_of_many_people_is_that_of_fishers_z():
    rng = np.random.default_rng(4)
    x = rng.normal(size=20_000)
    matrix = np.column_stack([np.ones(len(x)), x])
    y = x + rng.normal(size=len(x))
    fit = explained.share(y, matrix, term=1, effect=least_squares.fit(y, matrix).term(1)).fit
    ends = np.tanh(np.arctanh(np.corrcoef(x, y)[0, 1]) + np.array([-1.96, 1.96]) / np.sqrt(len(x))) ** 2
    assert [fit.ci_low, fit.ci_high] == pytest.approx(ends, abs=5e-4)
