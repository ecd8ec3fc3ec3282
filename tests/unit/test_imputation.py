"""Values between their bounds: drawn from the distribution that they have, and pooled by Rubin's rules."""

import numpy as np
import pytest
from scipy import stats

from il6r.association import censored, imputation, least_squares
from il6r.association.coefficients import Fit, NotEstimableError

SLOPE = 6.0


def below(values, share):
    """Values of which a share is known to lie below a limit."""
    limit = np.quantile(values, share)
    hidden = values < limit
    known = np.where(hidden, limit, values)
    return imputation.Target(known, (np.where(hidden, -np.inf, known), known))


def fit_of(estimate, se, df):
    return Fit(estimate, se, 0.0, 0.0, 0.0, "least squares", "HC3", df)


def test_pooled_numbers_are_those_of_rubin_and_of_barnard_and_rubin():
    fits = [fit_of(estimate, se, 57.0) for estimate, se in ((1.0, 0.5), (1.4, 0.4), (0.9, 0.6))]
    found = imputation.pool(fits)
    within, between = (0.25 + 0.16 + 0.36) / 3, np.var([1.0, 1.4, 0.9], ddof=1)
    total = within + 4 / 3 * between
    missing = 4 / 3 * between / total
    observed = 58 / 60 * 57 * (1 - missing)
    df = 1 / (missing**2 / 2 + 1 / observed)
    half = stats.t.ppf(0.975, df) * np.sqrt(total)
    assert (found.estimate, found.se, found.df) == pytest.approx((1.1, np.sqrt(total), df), rel=1e-12)
    assert (found.ci_low, found.ci_high) == pytest.approx((1.1 - half, 1.1 + half), rel=1e-9)
    assert found.p_value == pytest.approx(2 * stats.t.sf(1.1 / np.sqrt(total), df), rel=1e-9)
    assert found.model == "least squares, multiply imputed"
    # Without a limit of the complete data: Rubin 1987.
    endless = imputation.pool([fit_of(fit.estimate, fit.se, np.inf) for fit in fits])
    assert endless.df == pytest.approx(2 / missing**2, rel=1e-12)


def test_what_is_drawn_lies_between_its_bounds_and_follows_the_seed():
    rng = np.random.default_rng(1)
    values = rng.normal(size=60)
    low, high = np.where(values < 0, -np.inf, values), np.where(values < 0, 0.0, values)
    high[:5], low[:5] = np.inf, 1.0
    target = imputation.Target(np.clip(values, low, high), (low, high))
    (drawn,) = imputation.draw([target], np.ones((60, 1)), np.random.default_rng(7))
    bounded = target.bounded
    assert drawn.shape == (bounded.sum(), imputation.number_for(bounded.mean()))
    assert (drawn >= low[bounded, None]).all()
    assert (drawn <= high[bounded, None]).all()
    (again,) = imputation.draw([target], np.ones((60, 1)), np.random.default_rng(7))
    assert np.array_equal(drawn, again)


def test_draws_have_the_mean_of_the_truncated_normal_distribution():
    rng = np.random.default_rng(2)
    z = rng.normal(size=4000)
    values = 3 + 0.5 * z + 0.4 * rng.normal(size=4000)
    target = below(values, 0.5)
    (drawn,) = imputation.draw([target], np.column_stack([np.ones(4000), z]), rng, number=20)
    mean = 3 + 0.5 * z[target.bounded]
    theirs = stats.truncnorm.mean(-np.inf, (target.bounds[1][target.bounded] - mean) / 0.4, mean, 0.4)
    # The parameters' errors are about 0.01.
    assert np.mean(drawn) == pytest.approx(theirs.mean(), abs=0.03)
    assert np.polyfit(theirs, drawn.mean(axis=1), 1)[0] == pytest.approx(1, abs=0.05)


def test_half_below_the_limit_neither_biases_the_slope_nor_shortens_its_interval():
    rng = np.random.default_rng(3)
    covered, estimates = 0, []
    for _ in range(40):
        g = rng.binomial(2, 0.39, 100).astype(float)
        x = 3 + 0.3 * g + 0.28 * rng.normal(size=100)
        y = SLOPE * (x - 3) + 3 * rng.normal(size=100)
        target = below(x, 0.5)
        predictors = np.column_stack([np.ones(100), g, y])
        (drawn,) = imputation.draw([target], predictors, rng, number=30)
        fits = []
        for one in drawn.T:
            x = target.values.copy()
            x[target.bounded] = one
            fits.append(least_squares.fit(y, np.column_stack([np.ones(100), x])).term(1))
        found = imputation.pool(fits)
        covered += found.ci_low <= SLOPE <= found.ci_high
        estimates.append(found.estimate)
    # Monte Carlo standard error of the coverage: 3.4 percentage points. At the limit the mean is about 9.
    assert covered >= 35
    assert abs(np.mean(estimates) - SLOPE) < 3.5 * np.std(estimates) / np.sqrt(40)


def test_two_bounded_variables_keep_their_correlation():
    rng = np.random.default_rng(4)
    x = rng.normal(size=2000)
    y = 0.8 * x + 0.6 * rng.normal(size=2000)
    targets = [below(x, 0.4), below(y, 0.3)]
    drawn = imputation.draw(targets, np.ones((2000, 1)), rng, number=10)
    whole = [target.values.copy() for target in targets]
    for values, target, one in zip(whole, targets, drawn, strict=True):
        values[target.bounded] = one[:, 0]
    assert np.corrcoef(*whole)[0, 1] == pytest.approx(0.8, abs=0.05)


def test_a_person_s_values_stay_alike():
    rng = np.random.default_rng(5)
    person = np.repeat(np.arange(150), 4)
    x = rng.normal(size=150)[person] + 0.5 * rng.normal(size=600)
    target = below(x, 0.4)
    (drawn,) = imputation.draw([target], np.ones((600, 1)), rng, groups=person, number=10)
    whole = target.values.copy()
    whole[target.bounded] = drawn[:, 0]
    means = whole.reshape(150, 4).mean(axis=1)
    # The truth is 1 + 0.25 / 4 between people and 0.25 within them.
    assert means.var() == pytest.approx(1.06, abs=0.3)
    assert whole.reshape(150, 4).var(axis=1, ddof=1).mean() == pytest.approx(0.25, abs=0.06)


def test_what_cannot_be_drawn_is_refused():
    rng = np.random.default_rng(6)
    target = below(rng.normal(size=50), 0.98)
    with pytest.raises(NotEstimableError, match="too few values above the detection limit"):
        imputation.draw([target], np.column_stack([np.ones(50), rng.normal(size=50)]), rng)


def test_the_censored_model_s_influences_are_what_its_errors_are_made_of():
    rng = np.random.default_rng(8)
    z = rng.normal(size=300)
    target = below(1 + z + rng.normal(size=300), 0.3)
    matrix = np.column_stack([np.ones(300), z])
    found = censored.fit_latent(target.values, matrix, target.bounds)
    influence = found.influence()
    squares = influence.T @ influence
    # The errors are a little larger, for the leverage of few rows.
    size = np.sqrt(np.outer(np.diag(squares), np.diag(squares)))
    assert np.abs(found.covariance - squares).max() < 0.05 * size.max()
    assert (np.diag(found.covariance)[:2] / np.diag(squares)[:2] > 1).all()
    # Leaving a row out moves the parameters by about its influence.
    rest = np.arange(300) != 0
    bounds = tuple(end[rest] for end in target.bounds)
    without = censored.fit_latent(target.values[rest], matrix[rest], bounds)
    assert found.params - without.params == pytest.approx(influence[0], rel=0.1, abs=1e-4)
