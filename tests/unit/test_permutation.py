"""Permutation p-values: exact enumerations, a plain loop, and simulations without an effect."""

import itertools

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from il6r.association import permutation
from il6r.association.coefficients import NotEstimableError


def people(n, seed, effect=0.0, confounding=0.5):
    """An outcome, a dosage correlated with the covariates, and intercept with covariates."""
    rng = np.random.default_rng(seed)
    age, sex = rng.normal(size=n), rng.integers(0, 2, n).astype(float)
    dosage = rng.binomial(2, 0.39, n) + confounding * age
    y = 3.0 + effect * dosage + 0.5 * age + 0.2 * sex + rng.normal(size=n)
    return y, dosage, np.column_stack([np.ones(n), age, sex])


def squared_t(y, exposure, covariates):
    """With HC3's error."""
    fitted = sm.OLS(y, np.column_stack([covariates, exposure])).fit()
    return (fitted.params[-1] / fitted.HC3_se[-1]) ** 2


def by_a_loop(y, exposure, covariates, orders):
    """Statistics of the full model, by statsmodels, of each order of the residuals; and the observed one."""
    reduced = sm.OLS(y, covariates).fit()
    found = [
        squared_t(reduced.fittedvalues + reduced.resid[list(order)], exposure, covariates) for order in orders
    ]
    return np.array(found), squared_t(y, exposure, covariates)


def monte_carlo_error(p, draws):
    return np.sqrt(p * (1 - p) / draws)


@pytest.mark.parametrize("seed", [1, 4, 5])
def test_of_six_people_it_tells_the_share_of_all_720_orders(seed):
    y, exposure, covariates = people(6, seed)
    covariates = covariates[:, :2]
    found, observed = by_a_loop(y, exposure, covariates, itertools.permutations(range(6)))
    exact = np.mean(found >= observed * (1 - 1e-9))
    draws = 40_000
    ours = permutation.p_value(y, exposure, covariates, draws=draws, rng=np.random.default_rng(seed))
    assert ours == pytest.approx(exact, abs=4 * monte_carlo_error(exact, draws))


def test_without_covariates_it_is_scipys_exact_permutation_test_of_welchs_t():
    rng = np.random.default_rng(5)
    exposure, y = np.array([0.0, 0, 0, 0, 1, 1, 1]), rng.exponential(size=7)

    def welch(first, second, axis):
        """HC3 of a difference is Welch's error but for a factor; its size, whatever the sign."""
        variance = 0.0
        for part in (first, second):
            n = part.shape[axis]
            variance = variance + part.var(axis=axis) / (n * (1 - 1 / n) ** 2)
        return np.abs(first.mean(axis=axis) - second.mean(axis=axis)) / np.sqrt(variance)

    theirs = stats.permutation_test(
        (y[:4], y[4:]), welch, permutation_type="independent", n_resamples=np.inf, alternative="greater",
        vectorized=True,
    )  # fmt: skip
    draws = 40_000
    ours = permutation.p_value(y, exposure, np.ones((7, 1)), draws=draws, rng=rng)
    assert ours == pytest.approx(theirs.pvalue, abs=4 * monte_carlo_error(theirs.pvalue, draws))


def test_ties_count_as_a_hypergeometric_distribution_says():
    # Of 20 people 8 carry the allele and 6 are ill, 4 of them carriers.
    carrier, ill = np.repeat([1.0, 0.0], [8, 12]), np.zeros(20)
    ill[[0, 1, 2, 3, 10, 11]] = 1
    both = np.arange(7)
    # Correlations grow with the distance from the expected number.
    as_far = np.abs(both - 2.4) >= 4 - 2.4
    exact = stats.hypergeom(20, 8, 6).pmf(both)[as_far].sum()
    draws = 40_000
    ours = permutation.p_value(ill, carrier, np.ones((20, 1)), draws=draws, rng=np.random.default_rng(1))
    assert ours == pytest.approx(exact, abs=4 * monte_carlo_error(exact, draws))


@pytest.mark.parametrize("absorbed", [False, True])
def test_it_counts_what_a_loop_over_statsmodels_counts_on_the_same_orders(absorbed):
    n, draws = 40, 199
    y, exposure, covariates = people(n, 6, effect=0.3)
    plates = np.repeat(np.arange(5), 8)
    orders = np.random.default_rng(11).permuted(np.broadcast_to(np.arange(n), (draws, n)), axis=1)
    rng = np.random.default_rng(11)
    if absorbed:
        ours = permutation.p_value(
            y, exposure, covariates[:, 1:], draws=draws, rng=rng, absorbed=plates.astype(np.int64)
        )
        covariates = np.column_stack([plates[:, None] == np.arange(5), covariates[:, 1:]]).astype(float)
    else:
        ours = permutation.p_value(y, exposure, covariates, draws=draws, rng=rng)
    found, observed = by_a_loop(y, exposure, covariates, orders)
    assert ours == (1 + np.sum(found >= observed)) / (1 + draws)


def test_neither_the_size_of_a_chunk_nor_somebody_alone_on_a_plate_matters(monkeypatch):
    y, exposure, covariates = people(101, 3, effect=0.1)
    plates = np.append(np.repeat(np.arange(10), 10), 10)

    def p(rows, **arguments):
        """Of some rows."""
        return permutation.p_value(
            y[rows], exposure[rows], covariates[rows, 1:], absorbed=plates[rows], draws=500,
            rng=np.random.default_rng(1),
        )  # fmt: skip

    whole = p(slice(None))
    assert p(slice(100)) == whole
    monkeypatch.setattr(permutation, "_AT_ONCE", 303)
    assert p(slice(None)) == whole


@pytest.mark.parametrize("absorbed", [False, True])
def test_without_an_effect_p_is_uniform_though_covariates_go_with_the_exposure(absorbed):
    replicates, draws, n = 1500, 99, 60
    rng = np.random.default_rng(2026)
    found = np.empty(replicates)
    plates = np.arange(n) % 6
    for number in range(replicates):
        shared = rng.normal(size=6)[plates] if absorbed else rng.normal(size=n)
        exposure = shared + rng.binomial(2, 0.39, n)
        # Skewed, as levels of proteins are.
        y = 2 * shared + rng.exponential(size=n)
        if absorbed:
            covariates, codes = np.empty((n, 0)), plates
        else:
            covariates, codes = np.column_stack([np.ones(n), shared]), None
        found[number] = permutation.p_value(y, exposure, covariates, draws=draws, rng=rng, absorbed=codes)
    for level in (0.05, 0.2, 0.5):
        assert np.mean(found <= level) == pytest.approx(level, abs=3 * monte_carlo_error(level, replicates))


def test_of_normal_data_it_is_students_p_value():
    draws = 20_000
    for seed, effect in ((1, 0.0), (2, 0.1), (3, 0.2)):
        y, exposure, covariates = people(300, seed, effect=effect)
        theirs = sm.OLS(y, np.column_stack([covariates, exposure])).fit().pvalues[-1]
        ours = permutation.p_value(y, exposure, covariates, draws=draws, rng=np.random.default_rng(1))
        # The two tests differ by the sample's own moments, by a few percent of p at this n.
        assert ours == pytest.approx(theirs, abs=4 * monte_carlo_error(theirs, draws) + 0.05 * theirs + 1e-4)


@pytest.mark.parametrize("frequency", [0.12, 0.39])
def test_it_keeps_its_level_where_the_variance_goes_with_the_genotype(frequency):
    replicates, n = 1_000, 100
    rng = np.random.default_rng(18)
    found = np.empty(replicates)
    for number in range(replicates):
        dosage = rng.binomial(2, frequency, n).astype(float)
        y = (1 + 0.5 * dosage) * rng.normal(size=n)
        found[number] = permutation.p_value(y, dosage, np.ones((n, 1)), draws=99, rng=rng)
    # The correlation's own permutations reject 14 % at the lower frequency.
    assert np.mean(found <= 0.05) == pytest.approx(0.05, abs=3 * monte_carlo_error(0.05, replicates))


def test_p_is_never_0():
    y, exposure, covariates = people(50, 1, effect=10.0)
    assert permutation.p_value(y, exposure, covariates, draws=99, rng=np.random.default_rng(1)) == 0.01


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda y, x, z: (y[:4], x[:4], z[:4]), "too few for 4 terms"),
        (lambda y, x, z: (y, z @ [1.0, 2.0, 3.0], z), "a term is a combination of the others"),
        (lambda y, x, z: (z @ [1.0, 2.0, 3.0], x, z), "determine the outcome"),
        (lambda y, x, z: (y, (np.arange(30) == 4) + 0.0, z), "one participant alone determines a term"),
    ],
)
def test_what_the_data_do_not_determine_is_refused(change, reason):
    y, exposure, covariates = change(*people(30, 1))
    with pytest.raises(NotEstimableError, match=reason):
        permutation.p_value(y, exposure, covariates, draws=9, rng=np.random.default_rng(1))
