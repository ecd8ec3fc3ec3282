"""The random intercept: against the analysis of variance, the likelihood written out, and simulated truth."""

import numpy as np
import pytest

from il6r.association import mixed
from il6r.association.coefficients import NotEstimableError


def people(n, visits, rng, spread=0.5):
    """Visits of people: outcome, matrix of intercept, dosage (of a person) and a covariate (of a visit)."""
    person = np.repeat(np.arange(n), visits)
    rows = len(person)
    dosage = rng.binomial(2, 0.4, n)[person]
    other = rng.normal(size=rows)
    y = 3 + 0.3 * dosage + 0.2 * other + spread * rng.normal(size=n)[person] + 0.4 * rng.normal(size=rows)
    return y, np.column_stack([np.ones(rows), dosage, other]), person


def restricted(y, matrix, groups, intercepts, residuals):
    """The restricted log likelihood at two variances, from the rows' covariance matrix."""
    covariance = intercepts * (groups[:, None] == groups) + residuals * np.eye(len(y))
    inverse = np.linalg.inv(covariance)
    information = matrix.T @ inverse @ matrix
    rest = y - matrix @ np.linalg.solve(information, matrix.T @ inverse @ y)
    determinants = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1]
    return -((len(y) - matrix.shape[1]) * np.log(2 * np.pi) + determinants + rest @ inverse @ rest) / 2


def test_the_mean_of_a_balanced_one_way_layout_has_the_error_of_the_analysis_of_variance():
    y, _, person = people(30, 4, np.random.default_rng(1))
    found = mixed.fit(y, np.ones((120, 1)), person)
    between = 4 * np.var(y.reshape(30, 4).mean(axis=1), ddof=1)
    assert found.params[0] == pytest.approx(y.mean(), rel=1e-12)
    assert found.term(0).se == pytest.approx(np.sqrt(between / 120), rel=1e-9)
    assert (found.model, found.errors) == ("mixed, random intercept", "model")
    assert np.isinf(found.df)


def test_what_is_constant_in_a_person_is_judged_by_the_means_of_people():
    y, matrix, person = people(40, 3, np.random.default_rng(2))
    found = mixed.fit(y, matrix[:, :2], person).term(1)
    means, dosage = y.reshape(40, 3).mean(axis=1), matrix[::3, :2]
    inverse = np.linalg.inv(dosage.T @ dosage)
    params = inverse @ dosage.T @ means
    variance = np.sum((means - dosage @ params) ** 2) / 38 * inverse[1, 1]
    assert (found.estimate, found.se) == pytest.approx((params[1], np.sqrt(variance)), rel=1e-8)


def test_a_difference_between_two_visits_is_judged_within_people():
    y, _, person = people(50, 2, np.random.default_rng(3))
    visit = np.tile([0.0, 1.0], 50)
    found = mixed.fit(y, np.column_stack([np.ones(100), visit]), person).term(1)
    differences = y[1::2] - y[::2]
    assert found.estimate == pytest.approx(differences.mean(), rel=1e-9)
    assert found.se == pytest.approx(differences.std(ddof=1) / np.sqrt(50), rel=1e-8)


def test_without_correlation_in_groups_it_is_least_squares():
    rng = np.random.default_rng(4)
    # Rows of a group whose sum is 0 are negatively correlated, which no variance of intercepts can do.
    noise = rng.normal(size=(40, 3))
    y = (noise - noise.mean(axis=1, keepdims=True)).ravel() + 5
    matrix = np.column_stack([np.ones(120), rng.normal(size=120)])
    found = mixed.fit(y, matrix, np.repeat(np.arange(40), 3))
    inverse = np.linalg.inv(matrix.T @ matrix)
    params = inverse @ matrix.T @ y
    variance = np.sum((y - matrix @ params) ** 2) / 118
    assert found.params == pytest.approx(params, rel=1e-10)
    assert found.covariance == pytest.approx(variance * inverse, rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_no_pair_of_variances_has_a_greater_restricted_likelihood(seed):
    rng = np.random.default_rng(seed)
    y, matrix, person = people(25, rng.integers(1, 5, 25), rng, spread=0.2)
    found = mixed.fit(y, matrix, person)
    grid = np.geomspace(1e-3, 2, 60)
    values = [restricted(y, matrix, person, a, b) for a in [0.0, *grid] for b in grid]
    assert max(values) <= found.log_likelihood + 1e-9
    assert max(values) == pytest.approx(found.log_likelihood, abs=0.02)


def test_neither_the_order_of_rows_nor_the_names_of_groups_nor_units_matter():
    rng = np.random.default_rng(6)
    y, matrix, person = people(100, rng.integers(1, 5, 100), rng)
    first = mixed.fit(y, matrix, person)
    order = rng.permutation(len(y))
    other = mixed.fit(1e6 * y[order] + 1e9, matrix[order] * [1, 1, 1e-5], 1_000 - 7 * person[order])
    assert other.term(1).estimate / 1e6 == pytest.approx(first.term(1).estimate, rel=1e-8)
    assert other.term(1).se / 1e6 == pytest.approx(first.term(1).se, rel=1e-8)
    assert other.term(2).se / 1e11 == pytest.approx(first.term(2).se, rel=1e-8)


def test_a_factor_of_many_levels_may_be_among_the_columns():
    rng = np.random.default_rng(7)
    y, matrix, person = people(1_000, 2, rng)
    plate = rng.integers(0, 100, 2_000)
    levels = (plate[:, None] == np.arange(1, 100)).astype(float)
    found = mixed.fit(y + 0.3 * plate, np.column_stack([matrix, levels]), person)
    for term, truth in ((1, 0.3), (2, 0.2)):
        assert abs(found.params[term] - truth) < 3.5 * found.term(term).se
    assert np.abs(found.params[3:] / (0.3 * np.arange(1, 100)) - 1).mean() < 0.1


def test_effects_and_their_errors_are_those_of_a_simulation():
    rng = np.random.default_rng(8)
    estimates, errors = [], []
    for _ in range(200):
        fitted = mixed.fit(*people(60, rng.integers(1, 5, 60), rng))
        estimates.append(fitted.params[1:])
        errors.append(np.sqrt(np.diag(fitted.covariance))[1:])
    spread = np.std(estimates, axis=0)
    assert np.all(np.abs(np.mean(estimates, axis=0) - [0.3, 0.2]) < 3.5 * spread / np.sqrt(200))
    # The Monte Carlo error of a standard deviation over 200 fits is 5 %.
    assert np.mean(errors, axis=0) == pytest.approx(spread, rel=0.16)


def test_rows_that_say_nothing_of_a_variance_are_refused():
    rng = np.random.default_rng(9)
    y, matrix, person = people(30, 2, rng)
    with pytest.raises(NotEstimableError, match="every group has one row"):
        mixed.fit(y, matrix, np.arange(60))
    with pytest.raises(NotEstimableError, match="nothing varies between groups but by the terms"):
        mixed.fit(y, matrix, np.zeros(60, dtype=int))
    with pytest.raises(NotEstimableError, match="nothing varies between groups but by the terms"):
        mixed.fit(y, np.column_stack([np.ones(60), person < 20, person < 10]).astype(float), person // 10)
    with pytest.raises(NotEstimableError, match="nothing varies within groups but by the terms"):
        mixed.fit(rng.normal(size=30)[person], matrix[:, :2], person)
    with pytest.raises(NotEstimableError, match="the values do not vary about the model"):
        mixed.fit(matrix @ [1.0, 2.0, 3.0], matrix, person)
