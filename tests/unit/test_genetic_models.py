"""The alleles' effect as factor or as addition: closed forms, other optimisers, and known truths."""

import numpy as np
import pytest
from scipy import optimize, stats

from il6r.association import genetic_models

# The ERFC's per-allele effect on sIL-6R, a frequency as in Europeans, a spread as in the review's cohorts.
RATIO, FREQUENCY, SPREAD = 1.343, 0.39, 0.3
# Log levels of AC and CC where each allele multiplies by RATIO, or adds 0.343 of AA's level.
MULTIPLIED, ADDED = np.log([RATIO, RATIO**2]), np.log([RATIO, 2 * RATIO - 1])
SHAPES = {"multiplicative": MULTIPLIED, "additive": ADDED, "genotypic": np.log([1.6, 1.7])}


def people(rng, levels, n=400, uncertain=False):
    """Logarithms, dosages (if `uncertain`, also between genotypes), genotypes, intercept and covariates."""
    if uncertain:
        # Of the two genotypes next to a dosage, one in proportion to how near it is.
        dosage = np.clip(rng.normal(0.8, 0.7, n), 0, 2)
        copies = np.floor(dosage) + (rng.random(n) < dosage % 1)
    else:
        copies = rng.binomial(2, FREQUENCY, n)
        dosage = copies.astype(float)
    covariates = np.column_stack([np.ones(n), rng.normal(size=n), rng.integers(0, 2, n)])
    y = covariates @ [3.1, 0.1, 0.05] + np.append(0, levels)[copies.astype(int)] + rng.normal(0, SPREAD, n)
    codes = np.where(np.abs(dosage - np.round(dosage)) <= 0.1, np.round(dosage), np.nan)
    return y, dosage, codes, covariates


def compared(*arguments, **options):
    return {row["genetic_model"]: row for row in genetic_models.compare(*arguments, **options)}


def balanced(levels, sizes=(60, 80, 40)):
    """People whose noise cancels within each genotype, so that least squares finds the levels themselves."""
    copies = np.repeat([0, 1, 2], sizes)
    y = 3 + np.append(0, levels)[copies] + 0.2 * (-1.0) ** np.arange(len(copies))
    return y, copies.astype(float), copies.astype(float), np.ones((len(copies), 1))


@pytest.mark.parametrize("shape", ["multiplicative", "additive"])
def test_levels_of_either_shape_are_found_exactly(shape):
    found = compared(*balanced(SHAPES[shape]))
    assert found[shape]["percent"] == pytest.approx(34.3, rel=1e-8)
    assert found[shape]["cc_aa_ratio"] == pytest.approx(np.exp(SHAPES[shape][1]), rel=1e-8)
    assert found["genotypic"]["cc_aa_ratio"] == pytest.approx(np.exp(SHAPES[shape][1]), rel=1e-8)
    # All of the noise is 0.2, and the normal density's maximum follows from that.
    largest = -180 / 2 * (np.log(2 * np.pi * 0.2**2) + 1)
    assert found[shape]["log_likelihood"] == pytest.approx(largest, rel=1e-10)
    assert found["genotypic"]["log_likelihood"] == pytest.approx(largest, rel=1e-10)
    assert found[shape]["departure_p_value"] == pytest.approx(1, abs=1e-4)
    assert [row["parameters"] for row in found.values()] == [1, 1, 2]


def test_an_allele_may_lower_the_level():
    found = compared(*balanced(np.log([0.7, 0.4])))["additive"]
    assert found["percent"] == pytest.approx(-30, rel=1e-8)
    assert found["cc_aa_ratio"] == pytest.approx(0.4, rel=1e-8)
    assert found["percent_low"] >= -50


def negative_log_likelihood(params, y, shares, covariates, low, high):
    """Of the additive shape, written down once more; each value is known or lies between bounds."""
    *beta, share, log_sigma = params
    centre = covariates @ beta + shares @ np.log1p([share, 2 * share])
    sigma, known = np.exp(log_sigma), low == high
    value = stats.norm.logpdf(y[known], centre[known], sigma).sum()
    ends = (stats.norm.cdf((end[~known] - centre[~known]) / sigma) for end in (high, low))
    return -value - np.log(np.subtract(*ends)).sum()


@pytest.mark.parametrize("uncertain", [False, True])
@pytest.mark.parametrize("censored", [False, True])
def test_the_additive_shape_is_what_a_general_optimiser_finds(uncertain, censored):
    y, dosage, codes, covariates = people(np.random.default_rng(4), ADDED, uncertain=uncertain)
    limits = np.quantile(y, [0.1, 0.9]) if censored else (-np.inf, np.inf)
    low, high = np.where(y > limits[1], limits[1], y), np.where(y < limits[0], limits[0], y)
    low[y < limits[0]], high[y > limits[1]] = -np.inf, np.inf
    shares = np.column_stack([np.where(dosage < 1, dosage, 2 - dosage), np.where(dosage < 1, 0, dosage - 1)])
    arguments = (y, shares, covariates, low, high)
    theirs = optimize.minimize(
        negative_log_likelihood, [3, 0, 0, 0.3, -1], args=arguments, method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-9, "maxiter": 20_000, "maxfev": 20_000},
    )  # fmt: skip
    shown = np.clip(y, *limits)
    ours = compared(shown, dosage, codes, covariates, bounds=(low, high))["additive"]
    assert ours["percent"] == pytest.approx(100 * theirs.x[3], rel=1e-5)
    assert ours["log_likelihood"] == pytest.approx(-theirs.fun, abs=1e-6)


@pytest.mark.parametrize("uncertain", [False, True])
def test_the_genotypic_likelihood_is_never_below_the_others(uncertain):
    rng = np.random.default_rng(6)
    for levels in (*SHAPES.values(), np.zeros(2), -MULTIPLIED):
        found = compared(*people(rng, levels, n=80, uncertain=uncertain))
        best = found["genotypic"]["log_likelihood"]
        assert all(row["log_likelihood"] <= best + 1e-8 for row in found.values())


@pytest.mark.parametrize("uncertain", [False, True])
@pytest.mark.parametrize("shape", ["multiplicative", "additive"])
def test_a_true_shape_is_covered_and_rejected_in_5_percent(shape, uncertain):
    replicates = 600
    rng = np.random.default_rng(2026)
    rows = [compared(*people(rng, SHAPES[shape], uncertain=uncertain))[shape] for _ in range(replicates)]
    error = np.sqrt(0.05 * 0.95 / replicates)
    for names, truth in (
        (("percent_low", "percent_high"), 34.3),
        (("ratio_low", "ratio_high"), np.exp(SHAPES[shape][1])),
    ):
        inside = [row[names[0]] <= truth <= row[names[1]] for row in rows]
        assert np.mean(inside) == pytest.approx(0.95, abs=3 * error)
    estimates = np.array([row["percent"] for row in rows])
    assert estimates.mean() == pytest.approx(34.3, abs=3 * estimates.std() / np.sqrt(replicates))
    rejected = np.mean([row["departure_p_value"] < 0.05 for row in rows])
    assert rejected == pytest.approx(0.05, abs=3 * error)


@pytest.mark.parametrize("shape", ["multiplicative", "additive"])
def test_a_variance_that_goes_with_the_genotype_is_no_departure(shape):
    replicates = 600
    rng = np.random.default_rng(5)
    rejected = []
    for _ in range(replicates):
        _, dosage, codes, covariates = people(rng, SHAPES[shape])
        levels = np.append(0, SHAPES[shape])[dosage.astype(int)]
        y = 3 + levels + 0.22 * (1 + 0.35 * dosage) * rng.normal(size=len(dosage))
        rejected.append(compared(y, dosage, codes, covariates)[shape]["departure_p_value"] < 0.05)
    # A likelihood ratio rejects 9 %.
    assert np.mean(rejected) == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / replicates))


def test_with_enough_people_the_true_shape_has_the_higher_likelihood_and_the_other_is_rejected():
    rng = np.random.default_rng(8)
    for shape, other in (("multiplicative", "additive"), ("additive", "multiplicative")):
        found = compared(*people(rng, SHAPES[shape], n=20_000))
        assert found[shape]["log_likelihood"] > found[other]["log_likelihood"] + 5
        assert found[other]["departure_p_value"] < 1e-3 < found[shape]["departure_p_value"]


@pytest.mark.parametrize("shape", ["multiplicative", "additive"])
def test_visits_of_one_participant_do_not_count_as_participants(shape):
    replicates, n = 300, 200
    rng = np.random.default_rng(31)
    rejected, naive = [], []
    for _ in range(replicates):
        y, dosage, codes, covariates = people(rng, SHAPES[shape], n=n)
        twice = (np.tile(values, 2) for values in (dosage, codes))
        arguments = (
            np.tile(y, 2) + rng.normal(0, 0.1, 2 * n), *twice, np.tile(covariates, (2, 1)),
        )  # fmt: skip
        found = compared(*arguments, clusters=np.tile(np.arange(n), 2))[shape]
        assert (found["n"], found["n_participants"]) == (2 * n, n)
        rejected.append(found["departure_p_value"] < 0.05)
        naive.append(compared(*arguments)[shape]["departure_p_value"] < 0.05)
    assert np.mean(rejected) == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / replicates))
    assert np.mean(naive) > 0.1


def test_an_absorbed_factor_equals_its_indicators():
    rng = np.random.default_rng(12)
    y, dosage, codes, covariates = people(rng, ADDED)
    plates = rng.integers(0, 8, len(y))
    y = y + 0.05 * plates
    indicators = (plates[:, None] == np.arange(1, 8)).astype(float)
    whole = compared(y, dosage, codes, np.column_stack([covariates, indicators]))
    ours = compared(y, dosage, codes, covariates[:, 1:], absorbed=plates)
    for shape, row in whole.items():
        assert ours[shape].pop("genetic_model") == row.pop("genetic_model") == shape
        assert ours[shape] == pytest.approx(row, rel=1e-7)


@pytest.mark.parametrize(
    ("keep", "note"),
    [
        (lambda codes: codes < 2, "fewer than two participants surely have 2 effect alleles"),
        (lambda codes: codes != 1, "fewer than two participants surely have 1 effect alleles"),
    ],
)
def test_without_one_of_the_genotypes_there_is_no_genotypic_model(keep, note):
    y, dosage, codes, covariates = people(np.random.default_rng(3), ADDED)
    kept = keep(codes)
    found = compared(y[kept], dosage[kept], codes[kept], covariates[kept])
    assert found["genotypic"]["note"] == note
    assert "log_likelihood" not in found["genotypic"]
    for shape in ("multiplicative", "additive"):
        assert found[shape]["n"] == kept.sum()
        assert "departure_p_value" not in found[shape]
    # Of two genotypes any shape says the same.
    assert found["additive"]["log_likelihood"] == pytest.approx(found["multiplicative"]["log_likelihood"])


def test_where_everybody_has_the_same_dosage_nothing_is_estimated():
    y, dosage, codes, covariates = people(np.random.default_rng(3), ADDED)
    found = compared(y, np.ones_like(dosage), np.ones_like(codes), covariates)
    assert {row["note"] for row in found.values()} == {"everybody has the same dosage"}


def test_additions_that_would_leave_nothing_of_a_level_are_no_number():
    # AC has 14 % of AA's level: twice as much less, as CC would have, there cannot be.
    found = compared(*balanced(np.array([-2.0, 0.0]), sizes=(60, 60, 0)))
    assert found["additive"]["note"] == "the additive model did not converge"
    assert found["multiplicative"]["percent"] == pytest.approx(100 * np.expm1(-2))
