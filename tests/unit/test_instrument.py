"""Two-stage least squares: against ratios of means, the test that the set inverts, simulated truth."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from il6r.association import instrument
from il6r.association.coefficients import NotEstimableError


def cohort(n, rng, strength=0.3, effect=-0.1, visits=1):
    """Outcome, exposure, dosage, covariates and people; what nobody measured moves outcome and exposure."""
    dosage = np.repeat(rng.binomial(2, 0.39, n), visits).astype(float)
    person = np.repeat(np.arange(n), visits)
    age, hidden = rng.normal(size=n * visits), rng.normal(size=n * visits)
    exposure = 3 + strength * dosage + 0.1 * age + 0.4 * hidden + 0.2 * rng.normal(size=n * visits)
    noise = rng.normal(size=n * visits) * (0.2 + 0.1 * dosage)
    outcome = 1 + effect * exposure + 0.2 * age + 0.5 * hidden + noise + 0.3 * rng.normal(size=n)[person]
    return outcome, exposure, dosage, np.column_stack([np.ones(n * visits), age]), person


def p_value_at(effect, data, clusters=None):
    """The p-value of the instrument where the outcome has lost `effect` times the exposure."""
    outcome, exposure, dosage, covariates, _ = data
    columns, y = np.column_stack([covariates, dosage]), outcome - effect * exposure
    if clusters is None:
        clusters = np.arange(len(y))
    # CR2 and Satterthwaite's degrees of freedom, with matrices of all rows.
    inverse = np.linalg.inv(columns.T @ columns)
    hat = columns @ inverse @ columns.T
    residual, contributions = y - hat @ y, []
    for cluster in np.unique(clusters):
        own = clusters == cluster
        values, vectors = np.linalg.eigh(np.eye(own.sum()) - hat[np.ix_(own, own)])
        root = vectors / np.sqrt(values) @ vectors.T
        contributions.append((root @ columns[own] @ inverse[-1]) @ (np.eye(len(y)) - hat)[own])
    contributions = np.array(contributions)
    products = contributions @ contributions.T
    t = (inverse @ columns.T @ y)[-1] / np.sqrt(np.sum((contributions @ residual) ** 2))
    return 2 * stats.t.sf(abs(t), np.trace(products) ** 2 / np.sum(products**2))


def test_with_two_groups_it_is_the_ratio_of_differences_of_means():
    rng = np.random.default_rng(1)
    carrier = np.repeat([0.0, 1.0], [70, 50])
    exposure = 3 + 0.5 * carrier + rng.normal(size=120)
    outcome = 2 + exposure + rng.normal(size=120)
    found = instrument.two_stage(outcome, exposure, carrier, np.ones((120, 1)))
    rise = {name: v[70:].mean() - v[:70].mean() for name, v in (("y", outcome), ("x", exposure))}
    assert found.estimate == pytest.approx(rise["y"] / rise["x"], rel=1e-10)
    # HC2 of a mean is its textbook error.
    rest = outcome - found.estimate * exposure
    variance = sum(part.var(ddof=1) / len(part) for part in (rest[:70], rest[70:]))
    assert found.se == pytest.approx(np.sqrt(variance) / rise["x"], rel=1e-10)
    assert found.wald_se == pytest.approx(found.se, rel=1e-10)
    assert found.first_stage_r2 == pytest.approx(np.corrcoef(carrier, exposure)[0, 1] ** 2, rel=1e-10)
    assert found.n == 120


@pytest.mark.parametrize("visits", [1, 3])
def test_the_estimate_is_right_where_least_squares_is_not(visits):
    data = cohort(20_000, np.random.default_rng(2), visits=visits)
    found = instrument.two_stage(*data[:4], clusters=data[4] if visits > 1 else None)
    assert abs(found.estimate + 0.1) < 3.5 * found.se
    assert found.naive.ci_low > 0.5
    assert found.naive.errors == ("HC3" if visits == 1 else "cluster-robust by participant")


@pytest.mark.parametrize("visits", [1, 3])
def test_the_ends_of_the_anderson_rubin_interval_are_where_its_test_turns(visits):
    data = cohort(100, np.random.default_rng(3), visits=visits)
    clusters = data[4] if visits > 1 else None
    found = instrument.two_stage(*data[:4], clusters=clusters)
    assert found.ar_shape == "interval"
    assert found.ar_low < found.estimate < found.ar_high
    for end in (found.ar_low, found.ar_high):
        assert p_value_at(end, data, clusters) == pytest.approx(0.05, abs=1e-9)
    assert p_value_at(0.0, data, clusters) == pytest.approx(found.ar_p_value, rel=1e-8)
    assert (found.ar_p_value < 0.05) == (not found.ar_low <= 0 <= found.ar_high)


@pytest.mark.parametrize("shape", ["interval", "two rays", "whole line"])
def test_the_set_holds_the_effects_that_are_not_rejected_whatever_its_shape(shape):
    rng = np.random.default_rng(4)
    for _ in range(200):
        data = cohort(80, rng, strength=rng.choice([0.02, 0.1, 0.4]), effect=1.0)
        found = instrument.two_stage(*data[:4])
        if found.ar_shape == shape:
            break
    assert found.ar_shape == shape
    assert (found.first_stage_f > 3.97) == (shape == "interval")
    for effect in [*np.linspace(-20, 20, 81), -1e4, 1e4]:
        inside = {
            "interval": found.ar_low <= effect <= found.ar_high,
            "two rays": effect <= found.ar_low or effect >= found.ar_high,
            "whole line": True,
        }[shape]
        assert (p_value_at(effect, data) >= 0.05) == inside
    assert np.isnan([found.ar_low, found.ar_high]).all() == (shape == "whole line")


@pytest.mark.parametrize(("n", "errors"), [(200, "HC2"), (300, "HC3")])
def test_the_first_stage_f_is_the_square_of_its_robust_t(n, errors):
    outcome, exposure, dosage, covariates, _ = cohort(n, np.random.default_rng(5))
    found = instrument.two_stage(outcome, exposure, dosage, covariates)
    first = sm.OLS(exposure, np.column_stack([covariates, dosage])).fit(cov_type=errors)
    assert found.first_stage_f == pytest.approx(first.tvalues[-1] ** 2, rel=1e-10)


@pytest.mark.parametrize(("n", "visits"), [(8, 1), (20, 1), (8, 4)])
def test_the_anderson_rubin_test_keeps_its_level_in_few_people(n, visits):
    replicates = 1_000
    rng = np.random.default_rng(n + visits)
    rejected = []
    while len(rejected) < replicates:
        dosage = rng.binomial(2, 0.39, n).astype(float)
        if min(np.unique(dosage, return_counts=True)[1]) < 2 or np.ptp(dosage) == 0:
            continue
        hidden, person = rng.normal(size=n), np.repeat(np.arange(n), visits)
        exposure = (0.3 * dosage + 0.2 * hidden)[person] + 0.2 * rng.normal(size=n * visits)
        outcome = (0.3 * rng.normal(size=n) - 0.15 * hidden)[person] + 0.2 * rng.normal(size=n * visits)
        clusters = person if visits > 1 else None
        found = instrument.two_stage(
            outcome, exposure, dosage[person], np.ones((n * visits, 1)), clusters=clusters
        )
        rejected.append(found.ar_p_value < 0.05)
    # From 3 to 7 %, with three Monte Carlo errors.
    assert 0.03 - 3 * 0.0054 < np.mean(rejected) < 0.07 + 3 * 0.0081


def test_what_gives_no_ratio_is_refused():
    outcome, exposure, dosage, covariates, _ = cohort(100, np.random.default_rng(6))
    with pytest.raises(NotEstimableError, match="the instrument does not vary beside the covariates"):
        instrument.two_stage(outcome, exposure, covariates @ [1.0, 2.0], covariates)
    with pytest.raises(NotEstimableError, match="a term is a combination of the others"):
        instrument.two_stage(outcome, np.ones(100), dosage, covariates)
    with pytest.raises(NotEstimableError, match="the instrument determines the outcome or the exposure"):
        instrument.two_stage(outcome, 2 + 3 * dosage, dosage, covariates)
    with pytest.raises(NotEstimableError, match="a single cluster"):
        instrument.two_stage(outcome, exposure, dosage, covariates, clusters=np.zeros(100, dtype=int))
