"""Variation between and within people, and concentrations beside published ranges."""

import io

import numpy as np
import pandas as pd
import pytest
from conftest import REPO, call, program
from scipy import stats

from il6r import units
from il6r.assays import reference, variability
from il6r.tables.assays import REFERENCE, VARIABILITY

RANGES = pd.read_csv(REPO / "resources" / "reference_ranges.tsv", sep="\t")

# Shrout and Fleiss 1979, Psychol Bull 86:420-428, Table 2: four judges' ratings of six targets. One-way:
# mean squares 11.24 between and 6.26 within targets, ICC(1,1) 0.17. Its 95 % interval as printed with NAG's
# g04gac on the same data, which also gives F = 1.79 on 5 and 18 degrees of freedom.
RATINGS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])


def long(values, people, analyte="sil6r", **columns):
    """Samples as `describe` and `compare` take them; values on the log scale."""
    frame = pd.DataFrame({"analyte": analyte, "participant": people, "value": np.exp(values)})
    return frame.assign(censored=False, **columns)


def simulated(rng, sizes, icc):
    """Values of total variance 1 and whom they are of."""
    people = np.repeat(np.arange(len(sizes)), sizes)
    between = rng.normal(0, np.sqrt(icc), len(sizes))
    return between[people] + rng.normal(0, np.sqrt(1 - icc), len(people)), people


def test_shrout_and_fleiss_example():
    variance = variability.analyse(RATINGS.ravel(), np.repeat(np.arange(6), 4))
    assert (variance.people, variance.samples, variance.size, variance.harmonic) == (6, 24, 4, 4)
    assert (variance.between, variance.within) == pytest.approx((11.24, 6.26), abs=0.005)
    assert variance.between / variance.within == pytest.approx(1.79, abs=0.005)
    between, within = variance.components()
    assert between / (between + within) == pytest.approx(0.17, abs=0.005)
    assert variance.icc_interval() == pytest.approx((-0.13, 0.72), abs=0.005)


def test_logarithms_are_described_and_an_interval_begins_at_0():
    described = variability.describe(long(RATINGS.ravel() / 10, np.repeat(list("abcdef"), 4)))
    row = VARIABILITY.check(described).iloc[0]
    assert (row["people"], row["samples"], row["mean_visits"]) == (6, 24, 4)
    assert row["icc"] == pytest.approx(0.17, abs=0.005)
    assert (row["icc_low"], row["icc_high"]) == pytest.approx((0, 0.72), abs=0.005)
    # The published mean squares: sqrt((11.24 - 6.26) / 4) and sqrt(6.26), in tenths.
    assert row["between_sd_log"] == pytest.approx(0.1116, abs=0.0002)
    assert row["within_sd_log"] == pytest.approx(0.2502, abs=0.0002)
    assert np.isnan(row["inter_plate_cv_percent"])


def test_unequal_numbers_of_visits_equal_r():
    rscript = program("Rscript")
    sizes = np.array([1, 2, 2, 3, 3, 5, 4, 1, 2, 6])
    values, people = simulated(np.random.default_rng(5), sizes, 0.6)
    values = values + 3
    # Searle's n0, and Thomas and Hultquist's limits, from R's own mean squares and quantiles.
    code = f"""
    y <- c({",".join(map(repr, values.tolist()))}); g <- factor(c({",".join(map(str, people))}))
    ms <- anova(aov(y ~ g))[["Mean Sq"]]; n <- as.vector(table(g)); k <- length(n); N <- sum(n)
    n0 <- (N - sum(n^2) / N) / (k - 1); h <- 1 / mean(1 / n)
    f <- h * var(as.vector(tapply(y, g, mean))) / ms[2] / qf(c(.975, .025), k - 1, N - k)
    cat(format(c(ms, n0, (ms[1] - ms[2]) / n0, (f - 1) / (f + h - 1)), digits = 15))
    """
    theirs = list(map(float, call(rscript, "-e", code).split()))
    variance = variability.analyse(values, people)
    between, _ = variance.components()
    ours = [variance.between, variance.within, variance.size, between, *variance.icc_interval()]
    assert ours == pytest.approx(theirs, rel=1e-10)


def test_equal_numbers_of_visits_equal_restricted_maximum_likelihood():
    # For balanced data and a positive estimate both are the same (Searle, Casella and McCulloch 1992).
    rscript = program("Rscript")
    if "TRUE" not in call(rscript, "-e", 'cat(requireNamespace("nlme", quietly = TRUE))'):
        pytest.skip("nlme is not installed")
    values, people = simulated(np.random.default_rng(6), np.full(30, 3), 0.5)
    code = f"""
    y <- c({",".join(map(repr, values.tolist()))}); g <- factor(c({",".join(map(str, people))}))
    fit <- nlme::lme(y ~ 1, random = ~ 1 | g)
    cat(as.numeric(nlme::VarCorr(fit)[, "Variance"]))
    """
    theirs = list(map(float, call(rscript, "-e", code).split()))
    assert variability.analyse(values, people).components() == pytest.approx(theirs, rel=1e-4)


@pytest.mark.parametrize("icc", [0.1, 0.5, 0.9])
@pytest.mark.parametrize(
    "sizes",
    [np.full(40, 3), np.repeat([1, 3], [20, 20]), np.repeat([1, 8], [25, 5])],
    ids=["equal", "halves", "few often"],
)
def test_intervals_cover_the_true_icc(sizes, icc):
    rng = np.random.default_rng(7)
    runs, estimates, covered = 1000, [], 0
    for _ in range(runs):
        variance = variability.analyse(*simulated(rng, sizes, icc))
        low, high = variance.icc_interval()
        covered += low <= icc <= high
        # Before it is set to 0 where it is negative, the estimate has no bias.
        estimates.append((variance.between - variance.within) / variance.size)
    assert stats.binomtest(covered, runs, 0.95).pvalue > 0.001
    assert np.mean(estimates) == pytest.approx(icc, abs=4 * np.std(estimates) / np.sqrt(runs))


def test_the_order_of_samples_does_not_matter():
    values, people = simulated(np.random.default_rng(8), np.arange(1, 9), 0.4)
    shuffled = np.random.default_rng(9).permutation(len(values))
    assert variability.analyse(values[shuffled], people[shuffled]) == pytest.approx(
        variability.analyse(values, people), rel=1e-12
    )


def test_less_variation_between_people_than_chance_gives_is_none():
    # Means of 1.5 for both, so that nothing is between them.
    described = variability.describe(long([1, 2, 2, 1], list("aabb")))
    row = described.iloc[0]
    assert (row["between_sd_log"], row["icc"], row["icc_low"]) == (0, 0, 0)
    assert row["within_sd_log"] == row["total_sd_log"] == pytest.approx(np.sqrt(0.5))


@pytest.mark.parametrize(
    ("values", "people", "within", "total"),
    [
        ([1.0, 2.0, 3.0], list("abc"), np.nan, 1.0),
        ([1.0, 3.0], list("aa"), np.sqrt(2), np.nan),
        ([1.0], list("a"), np.nan, np.nan),
    ],
    ids=["one visit each", "one person", "one sample"],
)
def test_what_cannot_be_told_is_missing(values, people, within, total):
    described = VARIABILITY.check(variability.describe(long(values, people)))
    row = described.iloc[0]
    assert row[["between_sd_log", "icc", "icc_low", "icc_high"]].isna().all()
    assert row["within_sd_log"] == pytest.approx(within, nan_ok=True)
    assert row["total_sd_log"] == pytest.approx(total, nan_ok=True)


def test_visits_that_agree_entirely_have_an_icc_of_1_and_no_interval():
    row = variability.describe(long([1, 1, 2, 2], list("aabb"))).iloc[0]
    assert (row["icc"], row["within_sd_log"]) == (1, 0)
    assert np.isnan(row["icc_low"])
    assert np.isnan(row["icc_high"])


def test_censored_and_post_exercise_samples_are_left_out():
    values, people = simulated(np.random.default_rng(10), np.full(8, 2), 0.5)
    kept = long(values, people, time_point="rest")
    after = long(values + 1, people, time_point="post-exercise")
    later = long([9.0], [0], time_point="week 12").assign(censored=True)
    limit = long([0.1], [99], analyte="il6").assign(censored=True)
    everything = pd.concat([kept, after, later, limit], ignore_index=True)
    described = VARIABILITY.check(variability.describe(everything, {"sil6r": 7.5}))
    pd.testing.assert_series_equal(
        described.iloc[0].drop("inter_plate_cv_percent"),
        variability.describe(kept).iloc[0].drop("inter_plate_cv_percent"),
        check_dtype=False,
    )
    assert described["inter_plate_cv_percent"].tolist() == pytest.approx([7.5, np.nan], nan_ok=True)
    assert described.loc[1, ["analyte", "people", "samples"]].tolist() == ["il6", 0, 0]


def measured(values, analyte="sil6r", **columns):
    """Quantified samples as `compare` takes them."""
    frame = pd.DataFrame({"analyte": analyte, "value": np.asarray(values, float)})
    return frame.assign(low=frame["value"], high=frame["value"], **{"relative": False, **columns})


def compared(samples):
    return REFERENCE.check(reference.compare(samples, RANGES)).set_index(["analyte", "context"])


def test_the_reviews_table_1_is_there_in_canonical_units():
    # Nash 2022, doi 10.1111/sms.14241, Table 1: IL-6 in pg/mL, sIL-6R and sgp130 in ng/mL.
    table_1 = """context,il6,sil6r,sgp130
    resting; healthy,1-5,20-30,250-500
    resting; type 2 diabetes,5-10,15-40,100-300
    resting; atherosclerosis,5-24,40-40,200-300
    post-exercise; healthy,5-100,25-30,250-500"""
    nash = RANGES[RANGES["source"].str.startswith("Nash 2022 Table 1")].set_index(["analyte", "context"])
    for _, row in pd.read_csv(io.StringIO(table_1.replace("    ", ""))).iterrows():
        for analyte in units.CANONICAL:
            there = nash.loc[(analyte, row["context"].replace(";", ","))]
            assert f"{there['low']:g}-{there['high']:g}" == row[analyte]
    assert len(nash) == 12
    assert (RANGES["unit"] == RANGES["analyte"].map(units.CANONICAL)).all()
    assert not RANGES.duplicated(["analyte", "context"]).any()


def test_resting_and_post_exercise_samples_meet_their_own_contexts():
    rest = measured([10, 24, 26, 28], time_point="rest")
    after = measured([26, 29, 60], time_point="post-exercise")
    table = compared(pd.concat([rest, after]))
    healthy = table.loc[("sil6r", "resting, healthy")]
    assert (healthy["samples"], healthy["median"], healthy["share_within"]) == (4, 25, 0.75)
    exercised = table.loc[("sil6r", "post-exercise, healthy")]
    assert exercised["samples"] == 3
    assert exercised["share_within"] == pytest.approx(2 / 3)
    assert (healthy["unit"], healthy["low"], healthy["high"]) == ("ng/mL", 20, 30)
    assert set(table.index.get_level_values("analyte")) == {"sil6r"}


def test_a_context_without_samples_has_no_median():
    row = compared(measured([25.0])).loc[("sil6r", "post-exercise, healthy")]
    assert row["samples"] == 0
    assert row[["median", "share_within", "note"]].isna().all()


@pytest.mark.parametrize(
    ("analyte", "level", "context", "note"),
    [
        ("sil6r", 25, "resting, healthy", None),
        ("sil6r", 35, "resting, healthy", r"within another published range \(resting, type 2 diabetes\)"),
        # Montes-Cano 2011 report medians of 142 to 243 ng/mL.
        ("sil6r", 180, "resting, healthy", r"within another published range \(resting, across kits"),
        ("sgp130", 1500, "resting, healthy", "levels differ up to tenfold between kits; compare ratios"),
        ("sgp130", 15, "healthy, another kit (median 43)", "levels differ up to tenfold between kits"),
        ("sil6r", 25_000, "resting, healthy", "about 1000-fold too high: a slip of unit"),
        ("sil6r", 0.025, "resting, healthy", "about 1000-fold too low: a slip of unit"),
        ("il6", 0.003, "resting, healthy", "about 1000-fold too low: a slip of unit"),
        ("sgp130", 350_000, "resting, healthy", "about 1000-fold too high: a slip of unit"),
        ("il6", 1e7, "resting, healthy", "further from published values than kits differ"),
    ],
)
def test_a_slip_of_unit_is_told_from_a_difference_of_kit(analyte, level, context, note):
    found = compared(measured([level, level * 1.01, level * 0.99], analyte)).loc[(analyte, context), "note"]
    assert pd.isna(found) if note is None else pd.Series([found]).str.match(note).all()


def test_bounds_decide_what_lies_within_a_range():
    # Resting IL-6 of healthy people: 1 to 5 pg/mL. Known within: 2; known outside: <1, >5 and 7.
    samples = measured([2, 1, 3, 5, 7, 4], "il6")
    samples["low"] = [2, 0, 0, 5, 7, 4]
    samples["high"] = [2, 1, 3, np.inf, 7, np.inf]
    row = compared(samples).loc[("il6", "resting, healthy")]
    assert (row["samples"], row["median"], row["share_within"]) == (6, 3.5, 0.25)


def test_relative_units_are_not_compared():
    both = pd.concat([measured([900.0], relative=True), measured([3.0], "il6")])
    assert set(compared(both).index.get_level_values("analyte")) == {"il6"}
    assert compared(measured([900.0], relative=True)).empty
