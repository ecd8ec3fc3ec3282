"""Measures of agreement against published implementations, closed forms and simulation."""

import numpy as np
import pytest
from conftest import facts
from scipy import stats

from il6r.replication import agreement


def z_of(p):
    return stats.norm.isf(p / 2)


def vectors():
    """Every row of the published test vectors that is neither of Hardy-Weinberg nor of meta-analysis."""
    rows = facts("test_vectors.tsv")
    return rows[~rows["statistic"].str.contains("HWE|meta-analysis")].set_index(["statistic", "call"])[
        "expected"
    ]


# What the rows of the vectors ask for, by statistic and call.
CALLS = {
    ("zSceptical", "zo=2 zr=3 c=2"): lambda: agreement.z_sceptical(2, 3, 2),
    ("zSceptical", "zo=3 zr=2 c=2"): lambda: agreement.z_sceptical(3, 2, 2),
    ("pSceptical nominal one-sided", "two-sided p 0.01 and 0.02 c=2"): lambda: agreement.p_sceptical(
        z_of(0.01), z_of(0.02), 2, kind="nominal", sides=1
    ),
    ("pSceptical golden one-sided", "two-sided p 0.01 and 0.02 c=2"): lambda: agreement.p_sceptical(
        z_of(0.01), z_of(0.02), 2, sides=1
    ),
    ("pSceptical golden one-sided", "two-sided p 0.02 and 0.01 c=0.5"): lambda: agreement.p_sceptical(
        z_of(0.02), z_of(0.01), 0.5, sides=1
    ),
    ("pSceptical golden two-sided", "two-sided p 0.01 and 0.01 c=2"): lambda: agreement.p_sceptical(
        z_of(0.01), z_of(0.01), 2
    ),
    ("levelSceptical golden one-sided", "level=0.025"): lambda: agreement.level_sceptical(0.025, "golden"),
    ("levelSceptical controlled one-sided", "level=0.025 c=1"): lambda: agreement.level_sceptical(
        0.025, "controlled", 1
    ),
    ("Qtest p", "thetao=2 thetar=0.5 seo=1 ser=0.5"): lambda: agreement.q_test(2, 1, 0.5, 0.5),
    ("pEdgington", "po=0.026 pr=0.001"): lambda: agreement.p_edgington(0.026, 0.001),
    ("pBox two-sided", "p2z(0.01) p2z(0.02) c=2"): lambda: agreement.p_box(z_of(0.01), z_of(0.02), 2),
    ("pReplicate", "po=0.05 c=1"): lambda: agreement.p_replicate(z_of(0.05), 1),
}


@pytest.mark.parametrize("row", CALLS, ids=" ".join)
def test_a_measure_equals_the_published_implementations(row):
    said = vectors()[row]
    # The one that was found by a search is printed to fewer digits than it is known.
    tolerance = 2e-6 if "controlled" in row[0] else 0.5 * 10.0 ** -len(said.split(".")[1])
    assert float(CALLS[row]()) == pytest.approx(float(said), abs=tolerance)


@pytest.mark.parametrize("original", [1.5, 2.0, 5.0])
def test_the_shrunken_prediction_interval_equals_the_published_one(original):
    said = vectors()["predictionInterval EB", f"thetao={original:g} seo=1 ser=0.5"].split()
    ours = agreement.prediction_interval(original, 1.0, 0.5, shrunken=True)
    assert ours == pytest.approx([float(number) for number in said], abs=6e-7)


def test_the_prediction_interval_equals_the_published_one():
    said = vectors()["predictionInterval predictive", "thetao=-2,0,2 seo=1 ser=0.5 tau=0"]
    low, centre, high = agreement.prediction_interval(np.array([-2.0, 0.0, 2.0]), 1.0, 0.5)
    assert centre.tolist() == [-2, 0, 2]
    assert "; ".join(f"{a:.6f}..{b:.6f}" for a, b in zip(low, high, strict=True)) == said


def test_the_replication_bayes_factor_follows_its_formula_with_the_replications_error():
    found = [name for name, _ in vectors().index if name.startswith("replication BF")]
    assert len(found) == 1
    tr, sr, to, so = 0.2, 0.1, 0.5, 0.15
    by_hand = stats.norm.pdf(tr, 0, sr) / stats.norm.pdf(tr, to, np.hypot(so, sr))
    assert agreement.replication_bayes_factor(to, so, tr, sr) == pytest.approx(by_hand, rel=1e-12)
    # It is also what Bayes' theorem makes of the original's posterior: a mean over it, here by simulation.
    draws = np.random.default_rng(1).normal(to, so, 200_000)
    likelihoods = stats.norm.pdf(tr, draws, sr)
    error = likelihoods.std() / np.sqrt(len(draws))
    assert abs(stats.norm.pdf(tr, 0, sr) / by_hand - likelihoods.mean()) < 4 * error


def test_a_bayes_factor_is_a_number_however_strong_the_evidence():
    assert 0 < agreement.replication_bayes_factor(1.0, 0.01, 1.0, 0.001) < 1e-300
    assert 1e300 < agreement.replication_bayes_factor(1.0, 0.001, 0.0, 0.001) < np.inf


def test_small_telescopes_are_the_published_ones():
    row = next(call for name, call in vectors().index if name == "small telescopes")
    assert "1.529*SE_o" in row
    assert agreement.small_telescope(1.0) == pytest.approx(1.529, abs=5e-4)
    assert agreement.power(agreement.small_telescope(2.0), 2.0) == pytest.approx(1 / 3, abs=1e-12)
    # How many times the original's people it takes to tell no effect from d33: 2.5, 3.5 and 4.5 in the
    # supplement; 2.64 for 80 % by the normal distribution, without the test's far tail.
    needed = [
        ((1.6448536 + stats.norm.ppf(p)) / agreement.small_telescope(1.0)) ** 2 for p in (0.8, 0.9, 0.95)
    ]
    assert needed[0] == pytest.approx(2.64, abs=0.01)
    assert needed == pytest.approx([2.5, 3.5, 4.5], rel=0.06)
    # With that many people the one-sided test has the power it was made for.
    rng = np.random.default_rng(2)
    estimates = rng.normal(0, 1 / np.sqrt(needed[0]), 20_000)
    p = agreement.small_telescopes(3.0, 1.0, estimates, 1 / np.sqrt(needed[0]))
    assert np.mean(p < 0.05) == pytest.approx(0.8, abs=4 * np.sqrt(0.8 * 0.2 / 20_000))
    # A negative original's telescope points the other way.
    assert agreement.small_telescopes(-3.0, 1.0, -0.5, 0.4) == agreement.small_telescopes(3.0, 1.0, 0.5, 0.4)


def test_every_row_of_the_vectors_is_asserted():
    others = {"predictionInterval EB", "predictionInterval predictive", "small telescopes"}
    rows = [
        row for row in vectors().index if row[0] not in others and not row[0].startswith("replication BF")
    ]
    assert set(rows) == set(CALLS)


def test_the_sceptical_p_value_of_a_replication_of_equal_size_is_half_the_harmonic_mean():
    # Held 2020: for c = 1 the square of z is half the harmonic mean of both squares.
    assert agreement.z_sceptical(2.0, 3.0, 1.0) == pytest.approx(np.sqrt(1 / (1 / 4 + 1 / 9)))
    near = agreement.z_sceptical(2.0, 3.0, 1 + 1e-9)
    assert near == pytest.approx(agreement.z_sceptical(2.0, 3.0, 1.0), rel=1e-8)
    assert agreement.z_sceptical(0.0, 0.0, 2.0) == 0
    # Never more than either study alone.
    rng = np.random.default_rng(3)
    both = rng.normal(0, 3, (2, 1000))
    assert (
        agreement.z_sceptical(*both, rng.uniform(0.1, 10, 1000)) <= np.abs(both).min(axis=0) + 1e-12
    ).all()


def test_a_one_sided_sceptic_is_not_convinced_by_the_opposite_effect():
    same, opposite = (float(agreement.p_sceptical(3.0, z, 1.5, sides=1)) for z in (2.5, -2.5))
    assert same < 0.025
    assert opposite == pytest.approx(1 - same)


@pytest.mark.parametrize("ratio", [0.5, 1.0, 4.0])
def test_the_controlled_sceptical_p_value_has_the_chance_of_two_significant_studies(ratio):
    level = agreement.level_sceptical(0.05, "controlled", ratio)
    draws = 400_000
    z = np.random.default_rng(4).normal(0, 1, (2, draws))
    success = (agreement.p_sceptical(*z, ratio, kind="nominal", sides=1) < level) & (z[0] > 0)
    # Both with 5 % in a direction chosen beforehand.
    assert success.mean() == pytest.approx(0.05**2, abs=4 * np.sqrt(0.05**2 / draws))
    edge = stats.norm.isf(level)
    zs = np.sqrt(edge**2 * (1 + np.sqrt(ratio)))
    assert agreement.z_sceptical(zs, zs * 1.0, ratio) == pytest.approx(edge, rel=1e-6)
    assert agreement.p_sceptical(zs, zs, ratio, kind="controlled", sides=1) == pytest.approx(0.05, abs=1e-8)


def test_power_and_the_people_it_takes_fit_each_other():
    # 80 % power at (1.959964 + 0.841621) standard errors (any textbook of sample sizes).
    assert agreement.power(1.959964 + 0.841621, 1.0) == pytest.approx(0.8, abs=1e-5)
    assert agreement.power(1e-12, 1.0) == pytest.approx(0.05, abs=1e-6)
    assert agreement.power(-0.3, 0.1) == agreement.power(0.3, 0.1)
    assert agreement.smallest_effect(0.1) == pytest.approx(0.2801585, abs=1e-6)
    needed = agreement.n_for_power(100, 0.15, 0.2)
    assert agreement.power(0.2, 0.15 * np.sqrt(100 / needed)) == pytest.approx(0.8, abs=0.002)
    assert agreement.n_for_power(100, 0.15, -0.2) == needed


def test_power_by_t_is_that_of_the_noncentral_distribution():
    # R 4.2: power.t.test(n, delta, sd=1, type="one.sample", strict=TRUE), which has n - 1 degrees of freedom.
    assert agreement.power(2.654, 1.0, 4) == pytest.approx(0.5217930963, abs=1e-9)
    assert agreement.power(0.2, 1.0, 3) == pytest.approx(0.05244404744, abs=1e-9)
    assert agreement.smallest_effect(1.0, 4) == pytest.approx(3.761064, abs=1e-5)
    assert agreement.power(40.0, 1.0, np.array([1.0, 4.0, np.inf])) == pytest.approx(1, abs=0.02)
    needed = agreement.n_for_power(8, 0.1526, 0.405, 4)
    assert needed > agreement.n_for_power(8, 0.1526, 0.405)
    assert agreement.power(0.405, 0.1526 * np.sqrt(8 / needed), 4 * needed / 8) == pytest.approx(
        0.8, abs=0.03
    )


def test_the_z_of_a_t_has_its_p_value_and_is_finite():
    # R: qnorm(pt(2.776445, 4, lower.tail = FALSE), lower.tail = FALSE).
    assert agreement.z_of_t(-2.776445, 4) == pytest.approx(-1.959964, abs=1e-6)
    assert agreement.z_of_t(45.0) == 45.0
    assert np.isfinite(agreement.p_sceptical(15.0, agreement.z_of_t(80.0, 1e4), 1.0))


def test_what_prediction_leaves_out_is_what_differs():
    for df in (3.4, np.inf):
        low, _, high = agreement.prediction_interval(0.3, 0.02, 0.15, df)
        assert agreement.q_test(0.3, 0.02, np.array([low, high]), 0.15, df) == pytest.approx(0.05, abs=1e-9)


def test_equivalence_is_two_one_sided_tests():
    # p below 0.05 is a 90 % interval within the ends.
    half = stats.norm.ppf(0.95)
    assert agreement.equivalence(0.5, 1.0, 0.5 - half, 10.0) == pytest.approx(0.05)
    assert agreement.equivalence(0.5, 1.0, -10.0, 0.5 + half) == pytest.approx(0.05)
    # At a margin's end the test is wrong in 5 % of studies, and more certain of being right with more data.
    estimates = np.random.default_rng(5).normal(1.0, 0.1, 20_000)
    wrong = np.mean(agreement.equivalence(estimates, 0.1, -1.0, 1.0) < 0.05)
    assert wrong == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 20_000))


def test_a_difference_test_is_wrong_in_five_of_a_hundred():
    rng = np.random.default_rng(6)
    p = agreement.q_test(rng.normal(0.3, 0.2, 20_000), 0.2, rng.normal(0.3, 0.1, 20_000), 0.1)
    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 20_000))
    low, _, high = agreement.prediction_interval(rng.normal(0.3, 0.2, 20_000), 0.2, 0.1)
    covered = rng.normal(0.3, 0.1, 20_000)
    inside = np.mean((low < covered) & (covered < high))
    assert inside == pytest.approx(0.95, abs=4 * np.sqrt(0.05 * 0.95 / 20_000))


def test_edgingtons_p_value_is_uniform_under_no_effect():
    p = agreement.p_edgington(*np.random.default_rng(7).uniform(size=(2, 20_000)))
    assert stats.kstest(p, "uniform").pvalue > 0.001


def test_boxs_p_value_of_a_certain_original_is_the_replications_own():
    assert agreement.p_box(1e6, 2.0, 1.0) == pytest.approx(2 * stats.norm.sf(2.0), rel=1e-6)


def test_a_difference_from_a_known_value_is_tested_by_t_where_the_error_has_degrees_of_freedom():
    values = np.array([0.31, 0.12, 0.44, 0.27, 0.5, 0.09])
    se = values.std(ddof=1) / np.sqrt(6)
    theirs = stats.ttest_1samp(values, 0.5)
    assert agreement.q_test(0.5, 0.0, values.mean(), se, 5) == pytest.approx(theirs.pvalue)
    other = np.array([0.6, 0.4, 0.8, 0.5])
    error = other.std(ddof=1) / 2
    # Welch's, with the other error as good as known.
    df = agreement.df_of_difference(np.hypot(se, error), se, 5)
    assert df == pytest.approx((se**2 + error**2) ** 2 / (se**4 / 5))
    low, high = (stats.ttest_1samp(values, end, alternative=side).pvalue
                 for end, side in ((0.1, "greater"), (0.6, "less")))  # fmt: skip
    assert agreement.equivalence(values.mean(), se, 0.1, 0.6, 5) == pytest.approx(max(low, high))
