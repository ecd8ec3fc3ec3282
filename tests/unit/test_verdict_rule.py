"""The rule of verdicts: its words at hand-made estimates, its reasons, and how often it is right."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import SHARED

from il6r.replication import agreement, effect_measures, rule_in_words, verdict_rule
from il6r.replication.published_values import Benchmark
from il6r.replication.verdict_rule import Measured, verdict_words
from il6r.replication.verdicts import verdict
from il6r.tables.replication import VERDICT_WORDS

SETTINGS = {"equivalence_margin": 0.25, "smallest_share": 0.5}
Z = 1.959964


def row(value, scale="percent", low=None, high=None, **columns):
    """A row of the published effects."""
    return SimpleNamespace(**{"scale": scale, "value": str(value), "low": low, "high": high} | columns)


def read(published, **settings):
    return Benchmark.read(published, SETTINGS | settings)


ABOUT_50 = row(50, kind="about")
ERFC = row(34.3, low=30.4, high=38.2)
FERREIRA = row(34.6)
# 6318 against 3904 MET-minutes, P < 0.01: the standard error is at most 0.187.
WEBB = row(61.8, p=0.01)
CRP = row(-7.5, low=-9.1, high=-5.9)
NULL = row(0, kind="no_effect", bound=5)
BOUND = row(0.026, "sd", kind="bound", bound=0.026)


def measured(estimate, se, n=500, **columns):
    return Measured(estimate, se, estimate - Z * se, estimate + Z * se, n, **columns)


def of_percent(percent, se, **columns):
    return measured(np.log1p(percent / 100), se, **columns)


@pytest.mark.parametrize(
    ("percent", "se", "published", "word"),
    [
        # A well-powered cohort at the largest study's value, and at the review's.
        (34.3, 0.02, ABOUT_50, "same direction, smaller"),
        (34.3, 0.02, ERFC, "replicated"),
        (50, 0.02, ABOUT_50, "replicated"),
        (50, 0.02, ERFC, "same direction, larger"),
        # "About" is within a tenth of the logarithm: +44.0 to +56.2 %.
        (45, 0.005, ABOUT_50, "replicated"),
        (42, 0.005, ABOUT_50, "same direction, smaller"),
        (58, 0.005, ABOUT_50, "same direction, larger"),
        # Neither zero nor the published effect is excluded.
        (2, 0.15, ERFC, "inconclusive"),
        # It excludes zero, and not what would be a different, smaller finding.
        (34.3, 0.12, ERFC, "same direction, imprecise"),
        (120, 0.39, ABOUT_50, "same direction, imprecise"),
        (120, 0.39, ERFC, "same direction, imprecise"),
        # Zero, and less than half of the published effect.
        (0, 0.05, ERFC, "contradicted"),
        (0, 0.05, ABOUT_50, "contradicted"),
        # Zero cannot be excluded, nor half of the published effect: another, smaller finding, or none.
        (9, 0.06, ABOUT_50, "inconclusive"),
        (9, 0.06, ERFC, "inconclusive"),
        # The other way.
        (-25, 0.05, ERFC, "contradicted"),
        # Without a published error a size that the interval excludes is not compared.
        (34.3, 0.02, FERREIRA, "replicated"),
        (33.0, 0.002, FERREIRA, "same direction, size not comparable"),
        # A p-value bounds the error: +20 % does not differ from +61.8 % (+- 0.187 on the logarithm).
        (40, 0.04, WEBB, "replicated"),
        (20, 0.04, WEBB, "same direction, imprecise"),
        (10, 0.02, WEBB, "same direction, smaller"),
        # A direction.
        (10, 0.02, row("greater"), "direction confirmed"),
        (1, 0.02, row("greater"), "inconclusive"),
        (-10, 0.02, row("greater"), "contradicted"),
        (-10, 0.02, row("less"), "direction confirmed"),
        (10, 0.02, row("less"), "contradicted"),
        # Published falls are judged like published rises.
        (-7.5, 0.01, CRP, "replicated"),
        (-3, 0.01, CRP, "same direction, smaller"),
        (-12, 0.01, CRP, "same direction, larger"),
        (0, 0.01, CRP, "contradicted"),
        (7.5, 0.01, CRP, "contradicted"),
        (-9, 0.046, CRP, "same direction, imprecise"),
        (-7.5, 0.03, CRP, "same direction, imprecise"),
        (0, 0.05, CRP, "inconclusive"),
        # Nulls and bounds.
        (0.5, 0.01, NULL, "no effect confirmed"),
        (0.5, 0.04, NULL, "no effect not confirmed"),
        (9, 0.01, NULL, "no effect not confirmed"),
    ],
)
def test_the_rule_gives_the_word(percent, se, published, word):
    found, reason = verdict(of_percent(percent, se), read(published))
    assert found == word, reason


@pytest.mark.parametrize(
    ("estimate", "se", "word"),
    [(0.0, 0.01, "within the bound"), (0.01, 0.05, "inconclusive"), (-0.08, 0.01, "beyond the bound")],
)
def test_a_published_bound_is_kept_or_broken(estimate, se, word):
    assert verdict(measured(estimate, se), read(BOUND))[0] == word


@pytest.mark.parametrize(
    ("value", "low", "high", "published", "scale", "word"),
    [
        # +24.5 % an allele: the same cohort is smaller than about +50 % an allele, and than a doubling.
        (1.55, 1.52, 1.58, row(2, "ratio", kind="about"), "ratio", "same direction, smaller"),
        (2.0, 1.95, 2.05, row(2, "ratio", kind="about"), "ratio", "replicated"),
        # A fifth of the published effect on the logarithm, and an interval that leaves out half of it.
        (
            0.97,
            0.951,
            0.989,
            row(0.872, "odds_ratio", 0.767, 0.991),
            "odds_ratio",
            "same direction, imprecise",
        ),
        (0.95, 0.93, 0.97, row(0.95, "odds_ratio", 0.93, 0.97), "odds_ratio", "replicated"),
        (1.0, 0.55, 1.8, row(0.95, "odds_ratio", 0.93, 0.97), "odds_ratio", "inconclusive"),
        # A share of variance is never negative: one of 0.001 is none, and contradicts half.
        (0.001, 0.0, 0.005, row(0.51, "r2"), "r2", "contradicted"),
        (0.01, 0.0, 0.04, row(0.5, "r2", kind="about"), "r2", "contradicted"),
        (0.01, 0.0, 0.11, row(0.2, "r2"), "r2", "inconclusive"),
        (0.47, 0.4, 0.53, row(0.5, "r2", kind="about"), "r2", "replicated"),
        (0.3, 0.22, 0.38, row(0.2, "r2", 0.16, 0.24), "r2", "same direction, larger"),
        (0.1, 0.07, 0.13, row(0.526, "r2", 0.504, 0.548), "r2", "same direction, smaller"),
    ],
)
def test_one_rule_judges_every_measure(value, low, high, published, scale, word):
    ends = [effect_measures.on_analysis_scale(end, scale) for end in (value, low, high)]
    ours = Measured(ends[0], (ends[2] - ends[1]) / (2 * Z), ends[1], ends[2], 2000)
    found, reason = verdict(ours, read(published))
    assert found == word, reason


def test_a_correlation_has_the_error_of_its_pairs():
    published = read(row(-0.74, "correlation", kind="correlation", n_pairs=12))
    assert published.value == pytest.approx(np.arctanh(-0.74))
    assert published.se == pytest.approx(1 / 3)
    assert verdict(measured(np.arctanh(-0.6), 0.1), published)[0] == "replicated"
    assert verdict(measured(np.arctanh(-0.2), 0.3), published)[0] == "inconclusive"


def test_a_p_value_bounds_the_error_as_the_facts_have_it():
    assert read(WEBB).se == pytest.approx(0.187, abs=5e-4)
    adamopoulos = row(100 * (29.2 / 34.0 - 1), p=0.01)
    assert read(adamopoulos).se == pytest.approx(0.059, abs=5e-4)


def test_the_share_that_counts_and_the_degrees_of_freedom_are_the_plans():
    ours = of_percent(25, 0.03)
    assert verdict(ours, read(row(34.3, low=20, high=50)))[0] == "replicated"
    assert (
        verdict(ours, read(row(34.3, low=20, high=50), smallest_share=0.9))[0] == "same direction, imprecise"
    )
    few = of_percent(34, 0.02, df=6.8)
    word, reason = verdict(few, read(ERFC))
    assert word == "too few people"
    assert reason.endswith("rests on fewer than 10 residual degrees of freedom: nothing is judged")
    assert verdict(few, read(ERFC), fewest_df=5)[0] == "replicated"
    # A known error leaves two less than the people.
    assert verdict(of_percent(34, 0.02, n=11), read(ERFC))[0] == "too few people"
    assert verdict(of_percent(34, 0.02, n=12), read(ERFC))[0] == "replicated"
    # Of random effects, those of the common effect count.
    assert verdict(of_percent(34, 0.02, df=2, fixed_df=300), read(ERFC))[0] == "replicated"


def test_relative_units_have_a_direction_only():
    assert verdict(of_percent(300, 0.02, relative=True), read(ERFC))[0] == "direction confirmed"
    assert verdict(of_percent(-30, 0.02, relative=True), read(ERFC))[0] == "contradicted"


def test_a_published_error_that_is_large_makes_no_contradiction():
    # Our interval excludes the value and half of it, but the original hardly knew it.
    assert verdict(measured(0.0, 0.05), read(row(50, low=-5, high=137)))[0] == "inconclusive"
    assert verdict(measured(0.0, 0.05), read(row(50)))[0] == "contradicted"


def test_the_hand_made_cases_have_the_words_that_are_wanted():
    path = SHARED / "cases" / "statistics" / "verdicts.tsv"
    if not path.exists():
        pytest.skip("the cases are not there")
    wrong = []
    with path.open() as lines:
        for case in csv.DictReader(lines, delimiter="\t"):
            number = {
                key: float(text) if text else np.nan
                for key, text in case.items()
                if "_low" in key or "_high" in key
            }
            ends = {name: number[f"published_{name}"] for name in ("low", "high")}
            about = {name: number[name] for name in ("about_low", "about_high")}
            published = row(case["published"], case["scale"], **ends, **about)
            ends = [
                effect_measures.on_analysis_scale(float(case[key]), case["scale"])
                for key in ("ours", "ours_low", "ours_high")
            ]
            ours = Measured(ends[0], (ends[2] - ends[1]) / 3.92, ends[1], ends[2], int(case["n"]))
            word, _ = verdict(ours, read(published))
            if word not in case["wanted"].split("|"):
                wrong.append((case["case"], word))
    assert not wrong


DRAWS = 40_000


def drawn(truth, se, df, seed=1):
    """Estimates of a truth, with errors estimated on `df` degrees of freedom."""
    rng = np.random.default_rng(seed)
    estimate = rng.normal(truth, se, DRAWS)
    error = np.full(DRAWS, se) if np.isinf(df) else se * np.sqrt(rng.chisquare(df, DRAWS) / df)
    half = (Z if np.isinf(df) else agreement.stats.t.ppf(0.975, df)) * error
    return estimate, error, estimate - half, estimate + half


def within(chance):
    """Four Monte Carlo standard errors."""
    return pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / DRAWS) + 0.001)


@pytest.mark.parametrize("df", [12, 100, np.inf])
@pytest.mark.parametrize("published", [ABOUT_50, ERFC, row("greater"), NULL])
@pytest.mark.parametrize("times", [0.2, 0.5])
def test_the_chance_of_a_confirming_word_is_the_share_of_simulated_studies(published, df, times):
    benchmark = read(published)
    truth = 0.0 if benchmark.kind == "no_effect" else np.log(1.4)
    se = times * 0.05 if benchmark.kind == "no_effect" else times * 0.4
    words = verdict_words(*drawn(truth, se, df), benchmark, df)
    confirming = ("replicated", "direction confirmed", "no effect confirmed")
    assert np.isin(words, confirming).mean() == within(float(verdict_rule.chance(benchmark, truth, se, df)))


def test_single_verdicts_are_those_of_many():
    benchmark = read(ERFC)
    estimate, se, low, high = drawn(0.1, 0.1, np.inf)
    words = verdict_words(estimate, se, low, high, benchmark)
    singles = [
        verdict(Measured(*numbers, 500), benchmark)[0]
        for numbers in zip(estimate[:50], se, low, high, strict=False)
    ]
    assert singles == words[:50].tolist()


def test_a_missing_estimate_among_many_is_not_computable():
    arrays = (
        np.array([np.nan, 0.3]),
        np.array([np.nan, 0.02]),
        np.array([np.nan, 0.26]),
        np.array([np.nan, 0.34]),
    )
    assert verdict_words(*arrays, read(ERFC)).tolist() == ["not computable", "replicated"]
    assert verdict_words(*arrays, read(row("greater"))).tolist() == ["not computable", "direction confirmed"]


@pytest.mark.parametrize(
    ("percent", "se", "published", "reason"),
    [
        (
            34.3,
            0.02,
            ABOUT_50,
            "+34.3 % (95 % interval +29.1 to +39.7 %) excludes zero and excludes the published about +50 %: "
            "the effect here is smaller",
        ),
        (
            35,
            0.02,
            ERFC,
            "+35.0 % (95 % interval +29.8 to +40.4 %) excludes zero, does not differ from the published "
            "+34.3 % (p = 0.83) and lies beyond half of it (+15.9 %); of the same size (p = 0.003)",
        ),
        (
            0,
            0.05,
            ERFC,
            "+0.0 % (95 % interval −9.3 to +10.3 %) includes zero, differs from the published +34.3 % "
            "(p < 0.0001) and excludes even half of it (+15.9 %)",
        ),
        (
            33,
            0.002,
            FERREIRA,
            "+33.00 % (95 % interval +32.48 to +33.52 %) excludes zero and excludes the published +34.6 %, "
            "of which no standard error is known",
        ),
        (
            -25,
            0.05,
            WEBB,
            "−25.0 % (95 % interval −32.0 to −17.3 %) excludes zero, on the side opposite to the published "
            "+61.8 %",
        ),
        (
            10,
            0.02,
            row("greater"),
            "+10.0 % (95 % interval +5.8 to +14.4 %) excludes zero, in the published direction",
        ),
        (
            -1,
            0.02,
            row("less"),
            "−1.0 % (95 % interval −4.8 to +3.0 %) includes zero; so many people see −5.4 % with 80 % power",
        ),
        (
            0.5,
            0.01,
            NULL,
            "+0.5 % (95 % interval −1.5 to +2.5 %) includes zero and is equivalent to none within −4.8 % to "
            "+5.0 % (p < 0.0001)",
        ),
    ],
    ids=range(8),
)
def test_the_reason_is_a_sentence_with_the_numbers_that_decided(percent, se, published, reason):
    assert verdict(of_percent(percent, se), read(published))[1] == reason


def test_what_is_open_says_how_many_times_the_people_would_settle_it():
    word, reason = verdict(measured(0.02, 0.15, n=100), read(ERFC))
    assert word == "inconclusive"
    times = float(reason.split("takes about ")[1].split(" times")[0])
    chance = verdict_rule.chance(read(ERFC), np.log(1.343), 0.15 / np.sqrt(times))
    assert chance == pytest.approx(0.8, abs=0.01)
    word, reason = verdict(of_percent(34.3, 0.12), read(ERFC))
    assert word == "same direction, imprecise"
    assert "reaches below half of it (+15.9 %); to confirm it with 80 % power takes about" in reason


def test_the_rule_is_told_in_sentences_and_has_every_word():
    told = " ".join(rule_in_words.RULE).lower()
    for word in VERDICT_WORDS:
        assert word.split(", ")[-1] in told
    assert all(sentence.endswith(".") for sentence in rule_in_words.RULE)
