"""The censored model: Tobin's data, a plain likelihood, tails, and simulations whose truth is known."""

import warnings

import numpy as np
import pytest
from scipy import optimize, stats

from il6r.association import censored, explained, least_squares
from il6r.association.coefficients import NotEstimableError

# The ERFC's per-allele effect on sIL-6R, a frequency as in Europeans, and a spread between people as in the
# review's cohorts; n and the number of replicates keep the Monte Carlo error of a coverage below 0.7 %.
EFFECT, FREQUENCY, SPREAD = np.log(1.343), 0.39, 0.3
PEOPLE, REPLICATES, REPLICATES_OF_THE_WRONG = 300, 1200, 150


# Durable goods, age and liquidity of 20 households (Tobin 1958, doi 10.2307/1907382), from R's survival.
DURABLE = [0, 0.7, 0, 0, 0, 0, 0, 3.7, 0, 3.0, 10.4, 0, 0, 0, 1.5, 0, 0, 3.5, 6.1, 0]
AGE = [57.7, 50.9, 48.5, 41.7, 47.7, 59.8, 44.3, 45.1, 51.7, 50.0, 46.8, 58.0, 58.9, 40.0, 34.1, 39.9, 33.4,
       48.1, 46.6, 53.1]  # fmt: skip
QUANT = [236, 283, 207, 220, 238, 216, 284, 221, 275, 269, 207, 249, 246, 277, 231, 219, 240, 266, 214, 251]


def below(y, limit):
    """The values as an assay with a detection limit gives them, and their bounds."""
    censored = y < limit
    value = np.where(censored, limit, y)
    return value, (np.where(censored, -np.inf, value), value)


def coefficients(y, matrix, bounds):
    return censored.fit(y, matrix, bounds).params


def effect(y, matrix, bounds, **options):
    return censored.fit(y, matrix, bounds, **options).term(1)


def uncensored(y, matrix, **options):
    return least_squares.fit(y, matrix, **options).term(1)


def shared(y, matrix, bounds=None, *, term=1, **options):
    """The share of variance with the test of the same model's effect."""
    if censored.is_censored(bounds):
        found = censored.fit(y, matrix, bounds, **options)
    else:
        found = least_squares.fit(y, matrix, **options)
    return explained.share(y, matrix, term=term, effect=found.term(term), bounds=bounds, **options)


def numbers(share):
    """What a share says in numbers."""
    fit = share.fit
    return [fit.estimate, fit.se, fit.ci_low, fit.ci_high, fit.p_value, share.adjusted]


def test_tobins_households_give_the_estimates_that_rs_survival_documents():
    y, bounds = below(np.array(DURABLE), 1e-9)
    found = coefficients(y, np.column_stack([np.ones(20), AGE, QUANT]), bounds)
    # `survreg(Surv(durable, durable > 0, type = "left") ~ age + quant, tobin, dist = "gaussian")`.
    assert found == pytest.approx([15.14486634, -0.12905928, -0.04554166], rel=1e-6)


def people(rng, n=PEOPLE):
    """Logarithms of sIL-6R, and intercept, dosage, age and sex."""
    dosage = rng.binomial(2, FREQUENCY, n).astype(float)
    age, sex = rng.normal(size=n), rng.integers(0, 2, n).astype(float)
    y = 3.1 + EFFECT * dosage + 0.05 * age + 0.1 * sex + rng.normal(0, SPREAD, n)
    return y, np.column_stack([np.ones(n), dosage, age, sex])


def limits(*shares):
    """Logarithms of concentrations with these shares of people below them."""
    return np.quantile(people(np.random.default_rng(0), 1_000_000)[0], shares)


def between(y, lod, loq, uloq):
    """A value below `lod`, between it and `loq`, or above `uloq` is known to lie there and no more."""
    low = np.select([y < lod, y < loq, y > uloq], [-np.inf, lod, uloq], y)
    high = np.select([y < lod, y < loq, y > uloq], [lod, loq, np.inf], y)
    return np.where(np.isfinite(high), high, low), (low, high)


def covers(found):
    return found.ci_low <= EFFECT <= found.ci_high


@pytest.mark.parametrize("share", [0, 0.05, 0.2, 0.4])
def test_with_values_below_the_limit_the_effect_is_unbiased_and_its_interval_covers(share):
    limit = limits(share)[0] if share else -np.inf
    rng = np.random.default_rng(2026)
    fits, halved, deleted = [], [], []
    for number in range(REPLICATES):
        y, matrix = people(rng)
        value, bounds = below(y, limit)
        fits.append(effect(value, matrix, bounds) if share else uncensored(value, matrix))
        if share >= 0.2 and number < REPLICATES_OF_THE_WRONG:
            kept = y >= limit
            halved.append(uncensored(np.where(kept, y, limit - np.log(2)), matrix))
            deleted.append(uncensored(y[kept], matrix[kept]))
    estimates = np.array([found.estimate for found in fits])
    assert abs(estimates.mean() - EFFECT) < 3 * estimates.std() / np.sqrt(REPLICATES)
    assert 0.93 <= np.mean([covers(found) for found in fits]) <= 0.97
    # Half the limit in place of a value exaggerates the effect; leaving the person out attenuates it.
    for wrong, direction in ((halved, 1), (deleted, -1)):
        if wrong:
            bias = np.array([found.estimate for found in wrong]) - EFFECT
            assert direction * bias.mean() > 0.15 * EFFECT
            assert direction * bias.mean() > 10 * bias.std() / np.sqrt(len(bias))
            assert np.mean([covers(found) for found in wrong]) < 0.5


def test_with_limits_on_both_sides_and_intervals_the_effect_is_unbiased_and_its_interval_covers():
    lod, loq, uloq = limits(0.15, 0.3, 0.9)
    rng = np.random.default_rng(2027)
    fits = []
    for _ in range(REPLICATES):
        y, matrix = people(rng)
        value, bounds = between(y, lod, loq, uloq)
        fits.append(effect(value, matrix, bounds))
    estimates = np.array([found.estimate for found in fits])
    assert abs(estimates.mean() - EFFECT) < 3 * estimates.std() / np.sqrt(REPLICATES)
    assert 0.93 <= np.mean([covers(found) for found in fits]) <= 0.97
    assert {found.model for found in fits} == {"interval-censored normal"}


def test_the_maximum_is_that_of_the_likelihood_written_out():
    y, matrix = people(np.random.default_rng(1))
    value, (low, high) = between(y, *limits(0.15, 0.3, 0.9))

    def loss(params):
        """Minus the log likelihood, from distribution functions."""
        mean, scale = matrix @ params[:-1], np.exp(params[-1])
        probability = stats.norm.cdf(high, mean, scale) - stats.norm.cdf(low, mean, scale)
        censored = np.log(np.maximum(probability, 1e-300))
        return -np.where(low == high, stats.norm.logpdf(value, mean, scale), censored).sum()

    best = optimize.minimize(loss, [3.1, EFFECT, 0.05, 0.1, np.log(SPREAD)], method="BFGS", tol=1e-7)
    found = coefficients(value, matrix, (low, high))
    assert found == pytest.approx(best.x[:-1], abs=2e-5)
    share = shared(value, matrix, (low, high)).fit
    others = np.delete(matrix, 1, axis=1)
    dosage = matrix[:, 1] - others @ np.linalg.lstsq(others, matrix[:, 1], rcond=None)[0]
    signal = best.x[1] ** 2 * np.mean(dosage**2)
    assert share.estimate == pytest.approx(signal / (signal + np.exp(2 * best.x[-1])), abs=2e-5)
    assert (share.model, share.errors) == ("interval-censored normal", shared(value, matrix).fit.errors)


def test_narrow_intervals_are_as_good_as_values():
    y, matrix = people(np.random.default_rng(2))
    whole = uncensored(y, matrix)
    for width in (1e-3, 1e-5, 1e-6, 1e-8, 1e-12):
        found = effect(y, matrix, (y - width / 2, y + width / 2))
        assert found.estimate == pytest.approx(whole.estimate, abs=max(width**2, 1e-9))
        assert (found.se, found.df) == pytest.approx((whole.se, whole.df), rel=1e-3)


def test_values_above_a_limit_mirror_values_below_one():
    y, matrix = people(np.random.default_rng(3))
    value, (low, high) = below(y, limits(0.3)[0])
    left = effect(value, matrix, (low, high))
    right = effect(-value, matrix, (-high, -low))
    assert (left.model, right.model) == ("left-censored normal", "right-censored normal")
    assert right.estimate == pytest.approx(-left.estimate, rel=1e-10)
    assert right.se == pytest.approx(left.se, rel=1e-9)


def last_between(y, low, high):
    """The values, the last of which is known by these bounds only, and the bounds of all."""
    ends = [end for end in (low, high) if np.isfinite(end)]
    value = np.append(y[:-1], np.mean(ends) if ends else y[-1])
    return value, (np.append(y[:-1], low), np.append(y[:-1], high))


def test_far_tails_are_finite_and_what_says_nothing_changes_nothing():
    y, matrix = people(np.random.default_rng(4))

    def fitted(low, high):
        """The effect when the last person's value is between these."""
        value, bounds = last_between(y, low, high)
        return effect(value, matrix, bounds)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        base = fitted(-np.inf, np.inf)
        for low, high in ((-np.inf, 100), (-100, np.inf), (-100, 100)):
            assert fitted(low, high).estimate == pytest.approx(base.estimate, rel=1e-9)
        # A person so far out that all others' spread has to grow: 400 standard deviations at first.
        for low, high in ((-np.inf, -117.0), (120.0, np.inf), (120.0, 121.0), (-118.0, -117.0)):
            far = fitted(low, high)
            assert np.isfinite([far.estimate, far.se]).all()
            assert far.se > 5 * base.se


def test_units_and_origins_do_not_matter():
    y, matrix = people(np.random.default_rng(5))
    value, (low, high) = between(y, *limits(0.15, 0.3, 0.9))
    base = effect(value, matrix, (low, high))
    scaled = matrix @ np.diag([1, 1e-4, 1, 1]) + np.array([0, 0, 1e4, 0])
    found = effect(1e3 * value + 1e5, scaled, (1e3 * low + 1e5, 1e3 * high + 1e5))
    assert found.estimate / 1e7 == pytest.approx(base.estimate, rel=1e-7)
    assert found.se / 1e7 == pytest.approx(base.se, rel=1e-7)


def test_bounds_that_are_equal_everywhere_leave_least_squares_as_it_is():
    y, matrix = people(np.random.default_rng(6))
    clusters = np.arange(PEOPLE) // 2
    assert not censored.is_censored((y, y))
    assert not censored.is_censored(None)
    for options in ({}, {"clusters": clusters}):
        shares = [shared(y, matrix, bounds, **options) for bounds in ((y, y), None)]
        assert shares[0] == shares[1]
        latent, plain = censored.fit(y, matrix, (y, y), **options), least_squares.fit(y, matrix, **options)
        assert latent.params == pytest.approx(plain.params, rel=1e-9)
        assert latent.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-12)


def test_errors_come_to_those_of_least_squares_as_values_beyond_the_limit_become_few():
    y, matrix = people(np.random.default_rng(20), 12)
    person = np.repeat(np.arange(12), 4)
    visits = y[person] + np.random.default_rng(21).normal(0, 0.1, 48)
    for values, columns, options in ((y, matrix, {}), (visits, matrix[person], {"clusters": person})):
        plain = uncensored(values, columns, **options)
        none = effect(values, columns, (values, values), **options)
        assert (none.se, none.df) == pytest.approx((plain.se, plain.df), rel=1e-9)
        # The lowest value, censored at a limit just above it.
        value, bounds = below(values, np.sort(values)[1] - 1e-9)
        one = effect(value, columns, bounds, **options)
        assert (one.se, one.df) == pytest.approx((plain.se, plain.df), rel=0.15)
        assert one.model == "left-censored normal"


@pytest.mark.parametrize(("visits", "least", "most"), [(1, 0.93, 0.99), (6, 0.92, 0.98)])
def test_intervals_of_few_people_with_a_fifth_of_values_below_the_limit_hold(visits, least, most):
    rng = np.random.default_rng(22)
    covered = []
    for _ in range(300):
        y, matrix = people(rng, 20)
        person = np.repeat(np.arange(20), visits)
        y, options = y[person], {}
        if visits > 1:
            y, options = y + rng.normal(0, 0.15, len(y)), {"clusters": person}
        value, bounds = below(y, np.quantile(y, 0.2))
        covered.append(covers(effect(value, matrix[person], bounds, **options)))
    # Normal intervals held 90 and 91 %; the Monte Carlo error is 1.3 %.
    assert least <= np.mean(covered) <= most


def test_clusters_of_one_person_each_are_as_people_seen_twice():
    y, matrix = people(np.random.default_rng(7))
    value, bounds = below(y, limits(0.3)[0])
    alone = effect(value, matrix, bounds)
    each = effect(value, matrix, bounds, clusters=np.arange(PEOPLE))
    assert each.errors == "cluster-robust by participant"
    # HC2 in place of HC3.
    assert each.se / alone.se == pytest.approx(1, abs=0.02)
    assert each.se < alone.se
    twice = [np.tile(part, 2) for part in (value, *bounds)]
    repeated = effect(twice[0], np.tile(matrix, (2, 1)), twice[1:], clusters=np.tile(np.arange(PEOPLE), 2))
    assert repeated.estimate == pytest.approx(each.estimate, rel=1e-9)
    assert repeated.se == pytest.approx(each.se, rel=1e-9)


@pytest.mark.parametrize("noise", [1e-1, 1e-3, 1e-6])
def test_a_model_that_fits_nearly_perfectly_behind_a_limit_is_found(noise):
    rng = np.random.default_rng(9)
    x, errors = rng.normal(size=(2, PEOPLE))
    y, matrix = 2 * x + noise * errors, np.column_stack([np.ones(PEOPLE), x])
    # Two fifths lie behind the limit, so that least squares of what is seen is far from the truth.
    limit = np.quantile(y, 0.4)
    seen = y >= limit
    bounds = np.where(seen, y, -np.inf), np.where(seen, y, limit)
    latent = censored.fit_latent(np.maximum(y, limit), matrix, bounds)
    assert np.exp(latent.params[-1]) == pytest.approx(noise, rel=0.1)
    assert abs(latent.params[1] - 2) < 4 * np.sqrt(latent.covariance[1, 1])
    assert np.sqrt(latent.covariance[1, 1]) < 0.2 * noise


def test_what_the_data_do_not_determine_is_said():
    y, matrix = people(np.random.default_rng(8))
    inf = np.full(PEOPLE, np.inf)
    some = np.arange(PEOPLE) < 4
    for bounds, sentence in (
        ((np.where(some, y, -inf), y), "too few values above the detection limit"),
        ((y, np.where(some, y, inf)), "too few values within the limits of detection"),
        ((np.where(matrix[:, 3] == 1, -inf, y), y), "the censored model has no unique solution"),
    ):
        with pytest.raises(NotEstimableError, match=sentence):
            censored.fit(y, matrix, bounds)
    same = np.full(PEOPLE, 3.0)
    with pytest.raises(NotEstimableError, match="the values do not vary about the model"):
        censored.fit(same, matrix, (np.where(some, -inf, same), same))
    value, bounds = below(y, limits(0.3)[0])
    with pytest.raises(NotEstimableError, match="a single cluster says nothing of errors"):
        censored.fit(value, matrix, bounds, clusters=np.zeros(PEOPLE, dtype=int))


def on_plates(rng, plates=40, per_plate=20):
    """What an assay with limits on both sides says of people on plates that differ; plates in no order."""
    plate = rng.permutation(np.repeat(np.arange(plates), per_plate))
    y, matrix = people(rng, len(plate))
    y = y + rng.normal(0, 0.3, plates)[plate]
    value, bounds = between(y, *np.quantile(y, [0.15, 0.3, 0.9]))
    return value, matrix, bounds, plate


def test_an_absorbed_factor_is_the_same_as_its_indicators():
    value, matrix, bounds, plate = on_plates(np.random.default_rng(9))
    indicators = np.column_stack([matrix, np.eye(40)[plate][:, 1:]])
    people_twice = np.arange(len(value)) // 2
    for options in ({}, {"clusters": people_twice}):
        absorbed = censored.fit(value, matrix[:, 1:], bounds, absorbed=plate, **options)
        whole = censored.fit(value, indicators, bounds, **options)
        assert absorbed.params == pytest.approx(whole.params[1:4], rel=1e-9)
        assert absorbed.covariance == pytest.approx(whole.covariance[1:4, 1:4], rel=1e-9, abs=1e-15)
        assert absorbed.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-12)
        assert (absorbed.model, absorbed.errors) == (whole.model, whole.errors)
        assert absorbed.term(0).df == pytest.approx(whole.term(1).df, rel=1e-8)
        for limited in (bounds, None):
            ours = shared(value, matrix[:, 1:], limited, term=0, absorbed=plate, **options)
            theirs = shared(value, indicators, limited, **options)
            assert numbers(ours) == pytest.approx(numbers(theirs), rel=1e-8)
            assert (ours.fit.model, ours.fit.errors) == (theirs.fit.model, theirs.fit.errors)


def test_the_only_term_beside_an_absorbed_factor_explains_what_it_does_beside_indicators():
    value, matrix, bounds, plate = on_plates(np.random.default_rng(11))
    dosage, indicators = matrix[:, [1]], np.eye(40)[plate]
    for limited in (bounds, None):
        ours = shared(value, dosage, limited, term=0, absorbed=plate)
        theirs = shared(value, np.hstack([indicators, dosage]), limited, term=40)
        assert numbers(ours) == pytest.approx(numbers(theirs), rel=1e-8)


def test_a_level_without_a_value_within_the_limits_is_refused_and_one_with_a_single_value_is_not():
    value, matrix, (low, high), plate = on_plates(np.random.default_rng(10))
    matrix = matrix[:, 1:]
    whole = censored.fit(value, matrix, (low, high), absorbed=plate)
    on_one = plate == 17
    limit = high[on_one].max() + 1
    value, low, high = (
        np.where(on_one, limit, value),
        np.where(on_one, -np.inf, low),
        np.where(on_one, limit, high),
    )
    with pytest.raises(
        NotEstimableError, match="a level of the absorbed factor has no value within the limits"
    ):
        censored.fit(value, matrix, (low, high), absorbed=plate)
    one = np.flatnonzero(on_one)[0]
    value[one] = low[one] = high[one] = limit - 2
    found = censored.fit(value, matrix, (low, high), absorbed=plate)
    assert found.params == pytest.approx(whole.params, abs=2 * np.sqrt(np.diag(whole.covariance)).max())
