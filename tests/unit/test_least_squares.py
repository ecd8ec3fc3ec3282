"""Least squares: NIST's certified Longley, statsmodels with every indicator written out, many at once."""

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from il6r.association import cluster_robust, least_squares
from il6r.association.coefficients import NotEstimableError
from il6r.association.orthogonal import Levels, cross, orthogonalise, stack, weighted_products

# https://www.itl.nist.gov/div898/strd/lls/data/LINKS/DATA/Longley.dat: estimates and standard deviations, and
# the residual standard deviation.
LONGLEY = [-3482258.63459582, 15.0618722713733, -0.0358191792925910, -2.02022980381683, -1.03322686717359,
           -0.0511041056535807, 1829.15146461355]  # fmt: skip
LONGLEY_SD = [890420.383607373, 84.9149257747669, 0.0334910077722432, 0.488399681651699, 0.214274163161675,
              0.226073200069370, 455.478499142212]  # fmt: skip
LONGLEY_RESIDUAL_SD = 304.854073561965
PEOPLE, LEVELS, TERM = 400, 25, 1


@pytest.fixture
def data():
    """An outcome, three columns without intercept, a level for each row, and clusters across levels."""
    rng = np.random.default_rng(11)
    levels, clusters = np.arange(PEOPLE) % LEVELS, rng.integers(0, 90, PEOPLE)
    columns = rng.normal(5, 1, (PEOPLE, 3)) + 0.1 * levels[:, None]
    spread = np.exp(0.3 * columns[:, TERM])
    return columns @ [0.3, -0.1, 0.2] + levels + spread * rng.normal(size=PEOPLE), columns, levels, clusters


def written_out(columns, levels):
    """The columns and an indicator for each level."""
    return np.column_stack([columns, np.eye(LEVELS)[levels]])


# Arguments of ours and of statsmodels for errors of a kind; statsmodels has no CR2.
KINDS = {"HC3": ({}, {"cov_type": "HC3"}), "model": ({"errors": "model"}, {})}
CLUSTERED = "cluster-robust by participant"


def test_longleys_ill_conditioned_data_give_the_certified_values():
    known = sm.datasets.longley.load_pandas()
    y, matrix = known.endog.to_numpy(), np.column_stack([np.ones(16), known.exog])
    found = least_squares.fit(y, matrix, errors="model")
    assert found.params == pytest.approx(LONGLEY, rel=1e-8)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(LONGLEY_SD, rel=1e-8)
    variance = LONGLEY_RESIDUAL_SD**2 * 9 / 16
    assert found.log_likelihood == pytest.approx(-8 * (np.log(2 * np.pi * variance) + 1), rel=1e-10)
    assert (found.df, found.model, found.errors) == (9, "least squares", "model")


@pytest.mark.parametrize("name", KINDS)
def test_an_absorbed_factor_is_the_same_as_its_indicators(data, name):
    y, columns, levels, _ = data
    ours, theirs = KINDS[name]
    reference = sm.OLS(y, written_out(columns, levels)).fit(**theirs, use_t=True)
    absorbed = least_squares.fit(y, columns, absorbed=levels, **ours)
    whole = least_squares.fit(y, written_out(columns, levels), **ours)
    assert absorbed.params == pytest.approx(reference.params[:3], rel=1e-10)
    assert absorbed.covariance == pytest.approx(reference.cov_params()[:3, :3], rel=1e-9, abs=1e-15)
    assert whole.params == pytest.approx(reference.params, rel=1e-10)
    assert whole.covariance == pytest.approx(reference.cov_params(), rel=1e-9, abs=1e-13)
    low, high = reference.conf_int()[TERM]
    for found in (absorbed, whole):
        term = found.term(TERM)
        assert (term.model, term.errors) == ("least squares", name)
        assert (term.ci_low, term.ci_high) == pytest.approx((low, high), rel=1e-9)
        assert term.p_value == pytest.approx(reference.pvalues[TERM], rel=1e-8)
        assert found.df == PEOPLE - LEVELS - 3
        assert found.log_likelihood == pytest.approx(reference.llf, rel=1e-12)
        joint = reference.f_test(np.eye(3, LEVELS + 3))
        assert found.joint([0, 1, 2]) == (3, pytest.approx(float(joint.pvalue), rel=1e-8))


def satterthwaites(found):
    """The same with Satterthwaite's degrees of freedom, however few."""
    return replace(found, df=replace(found.df, linear=False))


def by_definition(y, matrix, clusters, weights):
    """CR2's error of a combination of terms and Satterthwaite's degrees of freedom, with n x n matrices."""
    hat = matrix @ np.linalg.pinv(matrix)
    rest, slope = np.eye(len(y)) - hat, np.linalg.pinv(matrix).T @ weights
    directions = []
    for own in (clusters == one for one in np.unique(clusters)):
        values, vectors = np.linalg.eigh(rest[np.ix_(own, own)])
        directions.append(rest[:, own] @ (vectors / np.sqrt(values)) @ vectors.T @ slope[own])
    directions = np.array(directions)
    products = directions @ directions.T
    return np.linalg.norm(directions @ y), np.trace(products) ** 2 / np.sum(products**2)


def test_clustered_errors_are_cr2_with_satterthwaites_degrees_of_freedom_for_each_combination(data):
    y, columns, levels, clusters = data
    whole = written_out(columns, levels)
    fits = [least_squares.fit(y, columns, absorbed=levels, clusters=clusters)]
    fits += [least_squares.fit(y, whole, clusters=clusters)]
    for weights in (np.eye(3)[TERM], np.array([1.0, -2.0, 0.5])):
        expected = by_definition(y, whole, clusters, np.append(weights, np.zeros(LEVELS)))
        for found in fits:
            term = found.contrast(np.append(weights, np.zeros(len(found.params) - 3)))
            assert (term.se, term.df) == pytest.approx(expected, rel=1e-8)
            assert term.errors == CLUSTERED
    assert fits[0].joint([0, 1]) == pytest.approx(fits[1].joint([0, 1]), rel=1e-8)


def test_a_cluster_of_many_rows_is_as_by_definition(data):
    y, columns, levels, _ = data
    clusters = np.maximum(np.arange(PEOPLE) - 250, 0)
    for given, options in (
        (np.column_stack([np.ones(PEOPLE), columns]), {}),
        (columns, {"absorbed": levels}),
    ):
        term = satterthwaites(least_squares.fit(y, given, clusters=clusters, **options)).contrast(
            np.eye(given.shape[1])[-1]
        )
        whole = written_out(columns, levels) if options else given
        weights = np.eye(whole.shape[1])[2 if options else 3]
        assert (term.se, term.df) == pytest.approx(by_definition(y, whole, clusters, weights), rel=1e-8)


def test_intervals_of_few_people_with_several_visits_hold():
    rng = np.random.default_rng(19)
    covered = []
    for _ in range(400):
        person = np.repeat(np.arange(12), rng.integers(3, 9, 12))
        dosage, own = rng.permutation(np.repeat([0.0, 1.0, 2.0], 4)), rng.normal(size=12)
        y = 0.25 * own[person] + 0.15 * rng.normal(size=len(person))
        matrix = np.column_stack([np.ones(len(person)), dosage[person], rng.normal(size=12)[person]])
        term = least_squares.fit(y, matrix, clusters=person).term(1)
        covered.append(term.ci_low <= 0 <= term.ci_high)
    # Of 95 % intervals, with three Monte Carlo errors of 1.1 %; with G - 1 degrees of freedom 84 %.
    assert abs(np.mean(covered) - 0.95) < 0.033


def test_what_one_cluster_determines_has_no_error(data):
    y, columns, _, _ = data
    clusters = np.arange(PEOPLE) // 4
    matrix = np.column_stack([np.ones(PEOPLE), columns, clusters == 3])
    with pytest.raises(NotEstimableError, match="one cluster alone determines a term"):
        least_squares.fit(y, matrix, clusters=clusters)


@pytest.mark.parametrize("name", [*KINDS, CLUSTERED])
@pytest.mark.parametrize("order", ["C", "F"])
def test_many_outcomes_at_once_are_each_as_alone(data, name, order):
    y, columns, levels, clusters = data
    ours = {"clusters": clusters} if name == CLUSTERED else KINDS[name][0]
    rng = np.random.default_rng(12)
    # More than are worked on at a time, in both layouts that memory may have.
    outcomes = np.array(y[:, None] + rng.normal(0, 3, (PEOPLE, 70)), order=order)
    matrix = np.column_stack([np.ones(PEOPLE), columns])
    for settings, given in (({"absorbed": levels}, columns), ({}, matrix)):
        many = least_squares.fit_many(outcomes, given, term=TERM, **settings, **ours)
        for k in range(70):
            alone = least_squares.fit(outcomes[:, k], given, **settings, **ours)
            term = alone.term(TERM)
            found = many.estimate[k], many.se[k], many.p_value[k], many.df[k]
            assert found == pytest.approx((term.estimate, term.se, term.p_value, term.df), rel=1e-9)


def test_hc3_of_a_mean_per_group_is_its_closed_form():
    # With one indicator per group the leverage is 1 / n and HC3 the variance over n - 1, times n / (n - 1).
    rng = np.random.default_rng(13)
    groups = np.repeat([0, 1], [7, 12])
    y = rng.normal(0, 1 + groups)
    found = least_squares.fit(y, np.eye(2)[groups], errors="HC3")
    for k in (0, 1):
        own = y[groups == k]
        assert found.params[k] == pytest.approx(own.mean(), rel=1e-12)
        assert found.covariance[k, k] == pytest.approx(own.var(ddof=1) / (len(own) - 1), rel=1e-12)
    assert found.covariance[0, 1] == pytest.approx(0, abs=1e-18)


def test_errors_of_few_people_are_welchs_with_the_degrees_of_freedom_of_equal_variances():
    rng = np.random.default_rng(13)
    groups = np.repeat([0, 1], [2, 10])
    y = rng.normal(0, 1 + groups)
    found = satterthwaites(least_squares.fit(y, np.column_stack([np.ones(12), groups]))).term(1)
    own = [y[groups == k] for k in (0, 1)]
    assert found.se == pytest.approx(np.sqrt(sum(v.var(ddof=1) / len(v) for v in own)), rel=1e-12)
    # Welch and Satterthwaite's where both variances are 1.
    df = (1 / 2 + 1 / 10) ** 2 / (1 / 2**2 + 1 / 10**2 / 9)
    assert (found.df, found.errors) == (pytest.approx(df, rel=1e-12), "HC2")


@pytest.mark.parametrize("few", [2, 3])
def test_intervals_of_few_carriers_are_the_geometric_mean_of_satterthwaites_and_those_of_normal_errors(few):
    rng = np.random.default_rng(few)
    carrier = (np.arange(20) < few).astype(float)
    matrix = np.column_stack([np.ones(20), carrier])
    y = rng.normal(size=(20, 20_000))
    many = least_squares.fit_many(y, matrix, term=1)
    t = np.abs(many.estimate / many.se)
    plain = satterthwaites(least_squares.fit(y[:, 0], matrix)).term(1).df
    # The quantile of 20,000 has a Monte Carlo error of 2 %.
    expected = np.sqrt(stats.t.ppf(0.975, plain) * np.quantile(t, 0.95))
    assert stats.t.ppf(0.975, many.df[0]) == pytest.approx(expected, rel=0.04)
    # Neither is too short where carriers' spread is half as large again, nor Satterthwaite's 99.8 and 97 %.
    ours = least_squares.fit_many(y * (1 + 0.5 * carrier[:, None]), matrix, term=1).p_value
    assert np.mean(ours < 0.05) < 0.065
    assert np.mean(many.p_value < 0.05) > 0.009


@pytest.mark.parametrize("rows", [cluster_robust.FEW_ROWS, cluster_robust.FEW_ROWS + 1])
def test_errors_are_hc2_of_few_rows_and_hc3_of_more(data, rows):
    y, columns = data[0][:rows], np.column_stack([np.ones(rows), data[1][:rows]])
    name = "HC2" if rows == cluster_robust.FEW_ROWS else "HC3"
    found = least_squares.fit(y, columns)
    reference = sm.OLS(y, columns).fit(cov_type=name)
    assert found.errors == name
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(reference.bse, rel=1e-10)
    # So that nothing jumps at the limit.
    asked = least_squares.fit(y, columns, errors="HC3").term(TERM)
    ours = found.term(TERM)
    assert ours.ci_high - ours.ci_low == pytest.approx(asked.ci_high - asked.ci_low, rel=0.02)
    many = least_squares.fit_many(y[:, None], columns, term=TERM)
    assert (many.se[0], many.df[0]) == pytest.approx((ours.se, ours.df), rel=1e-10)


@pytest.mark.parametrize("frequency", [0.12, 0.39])
def test_intervals_of_twenty_people_hold_where_the_spread_grows_with_the_allele(frequency):
    rng = np.random.default_rng(20)
    covered = []
    while len(covered) < 600:
        dosage = rng.binomial(2, frequency, 20).astype(float)
        if np.count_nonzero(dosage) < 2:
            continue
        y = rng.normal(size=20) * (1 + 0.5 * dosage)
        term = least_squares.fit(y, np.column_stack([np.ones(20), dosage])).term(1)
        covered.append(term.ci_low <= 0 <= term.ci_high)
    # With three Monte Carlo errors of 0.9 %; with HC3 and n - terms degrees of freedom 91.5 % at 0.12.
    assert abs(np.mean(covered) - 0.95) < 0.027


def test_each_row_its_own_cluster_is_hc2(data):
    y, columns, _, _ = data
    matrix = np.column_stack([np.ones(PEOPLE), columns])
    found = least_squares.fit(y, matrix, clusters=np.arange(PEOPLE))
    reference = sm.OLS(y, matrix).fit(cov_type="HC2")
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(reference.bse, rel=1e-10)


def test_units_origins_and_the_order_of_rows_do_not_matter(data):
    y, columns, levels, clusters = data
    matrix = np.column_stack([np.ones(PEOPLE), columns])
    shuffled = np.random.default_rng(14).permutation(PEOPLE)
    for given, settings in ((matrix, {}), (columns, {"absorbed": levels}), (matrix, {"clusters": clusters})):
        base = least_squares.fit(y, given, **settings).term(TERM)
        moved = given * np.where(np.arange(given.shape[1]) == TERM, 1e-6, 1)
        found = least_squares.fit(1e3 * y + 1e5, moved, **settings).term(TERM)
        assert (found.estimate / 1e9, found.se / 1e9) == pytest.approx((base.estimate, base.se), rel=1e-8)
        settings = {name: codes[shuffled] for name, codes in settings.items()}
        again = least_squares.fit(y[shuffled], given[shuffled], **settings).term(TERM)
        assert (again.estimate, again.se) == pytest.approx((base.estimate, base.se), rel=1e-11)


def test_columns_near_to_dependent_become_orthonormal():
    rng = np.random.default_rng(15)
    matrix = rng.normal(size=(3_000, 5)) * [1, 1e8, 1e-8, 1, 1]
    matrix[:, 4] = matrix[:, 3] + 1e-7 * matrix[:, 4]
    basis = orthogonalise(matrix)
    assert basis.q.T @ basis.q == pytest.approx(np.eye(5), abs=1e-13)
    length = np.linalg.norm(matrix, axis=0)
    assert basis.q @ basis.r / length == pytest.approx(matrix / length, abs=1e-15)
    assert np.abs(np.diag(basis.r)) == pytest.approx(np.abs(np.diag(np.linalg.qr(matrix)[1])), rel=1e-7)


def test_an_outcome_that_the_model_fits_perfectly_has_no_numbers(data):
    y, columns, levels, _ = data
    outcomes = np.column_stack([y, columns @ [1.0, 2.0, 3.0] + levels, np.zeros(PEOPLE), y])
    many = least_squares.fit_many(outcomes, columns, term=TERM, absorbed=levels)
    for array in (many.estimate, many.se, many.p_value):
        assert np.isnan(array).tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("sentence", "change"),
    [
        ("6 observations are too few for 9 terms", lambda y, x, f, c: ((y[:6], x[:6]), {"absorbed": f[:6]})),
        ("a term is a combination of the others", lambda y, x, f, c: ((y, np.hstack([x, x[:, :1]])), {})),
        ("a term is a combination of the others", lambda y, x, f, c: ((y, x * [1, 0, 1]), {})),
        # The same throughout each level, though neither constant nor any other column.
        (
            "a term is a combination of the others",
            lambda y, x, f, c: ((y, np.column_stack([x, np.cos(f)])), {"absorbed": f}),
        ),
        (
            "a level of the absorbed factor has a single observation",
            lambda y, x, f, c: ((y, x), {"absorbed": np.where(np.arange(PEOPLE) == 3, 99, f)}),
        ),
        (
            "one observation alone determines a term",
            lambda y, x, f, c: ((y, np.column_stack([x, np.arange(PEOPLE) == 3])), {}),
        ),
        ("the values do not vary about the model", lambda y, x, f, c: ((x @ [1, 2, 3], x), {})),
        (
            "a single cluster says nothing of errors",
            lambda y, x, f, c: ((y, x), {"clusters": np.zeros(PEOPLE, int)}),
        ),
    ],
)
def test_what_the_data_do_not_determine_is_said(data, sentence, change):
    arguments, options = change(*data)
    with pytest.raises(NotEstimableError, match=f"^{sentence}$"):
        least_squares.fit(*arguments, **options)


@pytest.mark.parametrize("n", [7, 3_000, 50_000])
def test_sums_of_products_are_those_of_numpy_whatever_the_number_of_rows(n):
    rng = np.random.default_rng(5)
    columns, weight, levels = rng.normal(size=(n, 5)), rng.random(n), Levels(rng.integers(0, 4, n))
    assert stack(list(columns.T)) == pytest.approx(columns, abs=0)
    assert cross(columns, columns) == pytest.approx(np.einsum("nk,nm->km", columns, columns))
    expected = np.einsum("n,nk,nm->km", weight, columns, columns)
    assert weighted_products(columns, weight) == pytest.approx(expected)
    indicators = np.unique(levels.codes) == levels.codes[:, None]
    assert levels.sums(columns) == pytest.approx(indicators.T.astype(float) @ columns)
    means = indicators @ (levels.sums(columns) / levels.counts[:, None])
    assert levels.within(columns) == pytest.approx(columns - means)


@pytest.mark.parametrize("few", [3, 5, 8])
def test_few_rows_of_a_group_among_hundreds_have_few_degrees_of_freedom(few):
    rng = np.random.default_rng(few)
    group = (np.arange(400) < few).astype(float)
    matrix = np.column_stack([np.ones(400), group])
    found = least_squares.fit_many(rng.normal(size=(400, 4000)), matrix, term=1)
    # By t of 398 degrees of freedom 8 to 14 % of effects of none are found; Monte Carlo error 0.3 %.
    assert 0.03 < np.mean(found.p_value < 0.05) < 0.06
    one = least_squares.fit(rng.normal(size=400), matrix)
    assert (one.term(1).df, one.df) == (pytest.approx(found.df[0]), 398.0)
    assert one.term(0).df == 398.0
    # Asked for by name, errors are those of R's `vcovHC` with n - k degrees of freedom.
    assert least_squares.fit(rng.normal(size=400), matrix, errors="HC3").term(1).df == 398.0


def test_terms_have_all_degrees_of_freedom_where_no_leverage_is_large():
    rng = np.random.default_rng(2)
    for rare in (0.5, 0.02):
        matrix = np.column_stack([np.ones(600), rng.random(600) < rare, rng.normal(size=600)])
        basis = orthogonalise(matrix)
        few = cluster_robust.RowsBehind(basis.q, basis.inverse, 597.0)
        combinations = rng.normal(size=(200, 3))
        fewest = min(few.df(one[None]) for one in [*np.eye(3), *combinations])
        assert cluster_robust.may_be_few(basis.leverage) == (rare < 0.5)
        assert (fewest < 597) == (rare < 0.5)
