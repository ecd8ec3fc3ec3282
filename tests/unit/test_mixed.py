"""Random intercepts and slopes: the analysis of variance, likelihoods written out, and simulated truth."""

import numpy as np
import pytest
from scipy import optimize

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
    assert (found.model, found.errors) == ("mixed, random intercept", "CR2")
    model = mixed.fit(y, np.ones((120, 1)), person, errors="model")
    assert model.term(0).se == pytest.approx(found.term(0).se, rel=1e-9)
    assert (found.term(0).df, model.term(0).df) == pytest.approx((29, 29), rel=1e-6)


def test_what_is_constant_in_a_person_is_judged_by_the_means_of_people():
    y, matrix, person = people(40, 3, np.random.default_rng(2))
    found = mixed.fit(y, matrix[:, :2], person, errors="model").term(1)
    means, dosage = y.reshape(40, 3).mean(axis=1), matrix[::3, :2]
    inverse = np.linalg.inv(dosage.T @ dosage)
    params = inverse @ dosage.T @ means
    variance = np.sum((means - dosage @ params) ** 2) / 38 * inverse[1, 1]
    assert (found.estimate, found.se) == pytest.approx((params[1], np.sqrt(variance)), rel=1e-8)
    assert found.df == pytest.approx(38, rel=1e-6)
    # With each person's mean as a row, CR2 is HC2.
    q = np.linalg.qr(dosage)[0]
    weights = inverse @ dosage.T * (means - dosage @ params) / np.sqrt(1 - np.sum(q**2, axis=1))
    robust = mixed.fit(y, matrix[:, :2], person)
    assert robust.covariance == pytest.approx(weights @ weights.T, rel=1e-8)


def test_a_difference_between_two_visits_is_judged_within_people():
    y, _, person = people(50, 2, np.random.default_rng(3))
    visit = np.tile([0.0, 1.0], 50)
    found = mixed.fit(y, np.column_stack([np.ones(100), visit]), person).term(1)
    differences = y[1::2] - y[::2]
    assert found.estimate == pytest.approx(differences.mean(), rel=1e-9)
    assert found.se == pytest.approx(differences.std(ddof=1) / np.sqrt(50), rel=1e-8)
    assert found.df == pytest.approx(49, rel=1e-8)


def test_without_correlation_in_groups_it_is_least_squares():
    rng = np.random.default_rng(4)
    # Rows of a group whose sum is 0 are negatively correlated, which no variance of intercepts can do.
    noise = rng.normal(size=(40, 3))
    y = (noise - noise.mean(axis=1, keepdims=True)).ravel() + 5
    matrix = np.column_stack([np.ones(120), rng.normal(size=120)])
    found = mixed.fit(y, matrix, np.repeat(np.arange(40), 3), errors="model")
    inverse = np.linalg.inv(matrix.T @ matrix)
    params = inverse @ matrix.T @ y
    variance = np.sum((y - matrix @ params) ** 2) / 118
    assert found.params == pytest.approx(params, rel=1e-10)
    assert found.covariance == pytest.approx(variance * inverse, rel=1e-9)
    assert found.term(1).df == pytest.approx(118, rel=1e-6)


def weeks(people, visits, rng, *, slopes=0.0, autoregression=0.0):
    """Weeks of people: an outcome that does not depend on the exposure on average, the matrix, and people."""

    def series():
        """Of variance 1."""
        values = rng.normal(size=(people, visits))
        for week in range(1, visits):
            before = autoregression * values[:, week - 1]
            values[:, week] = before + np.sqrt(1 - autoregression**2) * values[:, week]
        return values

    exposure = series()
    mean = exposure.mean(axis=1, keepdims=True)
    y = 0.25 * rng.normal(size=(people, 1)) + slopes * rng.normal(size=(people, 1)) * exposure
    columns = [np.ones(exposure.size), (exposure - mean).ravel(), np.repeat(mean - mean.mean(), visits)]
    return (y + 0.12 * series()).ravel(), np.column_stack(columns), np.repeat(np.arange(people), visits)


@pytest.mark.parametrize(
    ("people", "visits", "slopes", "autoregression"), [(12, 6, 0.1, 0.0), (12, 20, 0.0, 0.6)]
)
def test_neither_slopes_that_differ_nor_correlated_weeks_pass_for_an_effect(
    people, visits, slopes, autoregression
):
    replicates = 300
    rng = np.random.default_rng(people + visits)
    rejected = np.empty((2, replicates), dtype=bool)
    for number in range(replicates):
        data = weeks(people, visits, rng, slopes=slopes, autoregression=autoregression)
        for row, errors in enumerate(("CR2", "model")):
            rejected[row, number] = mixed.fit(*data, errors=errors).term(1).p_value < 0.05
    error = np.sqrt(0.05 * 0.95 / replicates)
    assert rejected[0].mean() == pytest.approx(0.05, abs=3 * error)
    assert rejected[1].mean() > 0.05 + 3 * error


def test_no_covariance_of_intercepts_and_slopes_has_a_greater_restricted_likelihood():
    rng = np.random.default_rng(5)
    y, matrix, person = weeks(15, 5, rng, slopes=0.2)
    y = y + 0.1 * matrix[:, 1]
    found = mixed.fit(y, matrix, person, slope=1)
    assert found.model == "mixed, random intercept and slope"

    def minus(numbers):
        """Minus the restricted log likelihood, from the rows' covariance matrix."""
        effects = matrix[:, :2] @ [[numbers[0], 0], [numbers[1], numbers[2]]]
        covariance = (person[:, None] == person) * (effects @ effects.T) + np.exp(numbers[3]) * np.eye(len(y))
        inverse = np.linalg.inv(covariance)
        information = matrix.T @ inverse @ matrix
        rest = y - matrix @ np.linalg.solve(information, matrix.T @ inverse @ y)
        determinants = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1]
        return ((len(y) - matrix.shape[1]) * np.log(2 * np.pi) + determinants + rest @ inverse @ rest) / 2

    theirs = optimize.minimize(minus, [0.3, 0.0, 0.2, np.log(0.02)], method="BFGS")
    assert found.log_likelihood == pytest.approx(-theirs.fun, abs=1e-6)


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
        fitted = mixed.fit(*people(60, rng.integers(1, 5, 60), rng), errors="model")
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
    with pytest.raises(NotEstimableError, match="not more rows than random intercepts and slopes"):
        mixed.fit(y, matrix, person, slope=2)
    with pytest.raises(NotEstimableError, match="does not vary within groups"):
        mixed.fit(y, matrix, person // 2, slope=0)
