"""Verdicts: the rule, its reasons, and what stands beside them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import REPO, facts

from il6r.replication import agreement, effect_measures, pooling, verdicts
from il6r.replication.verdicts import Benchmark, Measured, verdict
from il6r.tables.replication import VERDICT_WORDS, VERDICTS

SETTINGS = {"equivalence_margin": 0.25, "smallest_share": 0.5}
Z = 1.959964
HALF_MORE = np.log(1.5)


def row(value, scale="percent", low=None, high=None, about=(None, None), **columns):
    """A row of the published effects."""
    return SimpleNamespace(
        **{
            "claim": "sil6r_per_allele",
            "benchmark": "one",
            "analysis": "sil6r_additive",
            "reference": "Somebody 2000",
            "doi": "10.1/1",
            "scale": scale,
            "value": str(value),
            "low": low,
            "high": high,
            "about_low": about[0],
            "about_high": about[1],
        }
        | columns
    )


def benchmark(*arguments, **columns):
    return Benchmark.read(row(*arguments, **columns), SETTINGS)


REVIEW = row(50, about=(45, 55))
ERFC = row(34.3, low=30.4, high=38.2)
FERREIRA = row(34.6)
WEBB = row(61.8)


def measured(estimate, se, n=500):
    return Measured(estimate, se, estimate - Z * se, estimate + Z * se, n)


@pytest.mark.parametrize(
    ("percent", "se", "published", "word"),
    [
        # A well-powered cohort at the largest study's value.
        (34.3, 0.02, REVIEW, "same direction, smaller"),
        (34.3, 0.02, ERFC, "replicated"),
        (34.3, 0.02, FERREIRA, "replicated"),
        # At the review's.
        (50, 0.02, REVIEW, "replicated"),
        (50, 0.02, ERFC, "same direction, larger"),
        # "About" is met by what rounds to it, and by nothing else.
        (46, 0.005, REVIEW, "replicated"),
        (43, 0.005, REVIEW, "same direction, smaller"),
        (57, 0.005, REVIEW, "same direction, larger"),
        # A study too small to say anything.
        (2, 0.15, ERFC, "inconclusive"),
        # Zero, and less than half of the published effect.
        (0, 0.05, ERFC, "contradicted"),
        (0, 0.05, REVIEW, "contradicted"),
        # Zero cannot be excluded, nor half of the published effect: another, smaller finding, or none.
        (9, 0.06, REVIEW, "inconclusive"),
        (9, 0.06, ERFC, "inconclusive"),
        # The other way.
        (-25, 0.05, ERFC, "contradicted"),
        (-25, 0.05, row("greater"), "contradicted"),
        (10, 0.02, row("greater"), "replicated"),
        (1, 0.02, row("greater"), "inconclusive"),
        (-10, 0.02, row("greater"), "contradicted"),
        (-10, 0.02, row("less"), "replicated"),
        (10, 0.02, row("less"), "contradicted"),
        # Published falls are judged like published rises.
        (-7.5, 0.01, row(-7.5, low=-9.1, high=-5.9), "replicated"),
        (-3, 0.01, row(-7.5, low=-9.1, high=-5.9), "same direction, smaller"),
        (-12, 0.01, row(-7.5, low=-9.1, high=-5.9), "same direction, larger"),
        (0, 0.01, row(-7.5, low=-9.1, high=-5.9), "contradicted"),
        (7.5, 0.01, row(-7.5, low=-9.1, high=-5.9), "contradicted"),
        (0, 0.05, row(-7.5, low=-9.1, high=-5.9), "inconclusive"),
        (-7, 0.01, row(-8, about=(-8.5, -7.5)), "replicated"),
        (-4, 0.01, row(-8, about=(-8.5, -7.5)), "same direction, smaller"),
    ],
)
def test_the_rule_gives_the_word(percent, se, published, word):
    found, reason = verdict(measured(np.log1p(percent / 100), se), Benchmark.read(published, SETTINGS))
    assert found == word, reason


def test_a_published_error_that_is_large_makes_no_contradiction():
    # Our interval leaves out the value and half of it, but the original hardly knew it.
    assert verdict(measured(0.0, 0.05), benchmark(50, low=-5, high=137))[0] == "inconclusive"
    assert verdict(measured(0.0, 0.05), benchmark(50))[0] == "contradicted"


def test_the_share_that_counts_is_the_plans():
    ours = measured(np.log1p(0.09), 0.06)
    assert verdict(ours, Benchmark.read(REVIEW, SETTINGS))[0] == "inconclusive"
    stricter = Benchmark.read(REVIEW, SETTINGS | {"smallest_share": 0.8})
    word, reason = verdict(ours, stricter)
    assert word == "contradicted"
    assert "even 80 % of it" in reason


def shared(share, low, high, n=300):
    r = np.sqrt(share)
    se = 2 * r * (1 - share) / np.sqrt(n)
    return Measured(*effect_measures.estimate_on_analysis_scale(share, se, low, high, "r2"), n)


@pytest.mark.parametrize(
    ("ours", "published", "word"),
    [
        # A share of variance is never negative: one of 0.001 is none, and contradicts 0.51.
        (shared(0.001, 0.0, 0.005, n=5000), row(0.51, "r2"), "contradicted"),
        (shared(0.01, 0.0, 0.04), row(0.5, "r2", about=(0.45, 0.55)), "contradicted"),
        (shared(0.0, 0.0, 0.04), row(0.2, "r2"), "contradicted"),
        (shared(0.01, 0.0, 0.11, n=60), row(0.2, "r2"), "inconclusive"),
        (shared(0.005, 0.0003, 0.016, n=1500), row(0.51, "r2"), "same direction, smaller"),
        (shared(0.47, 0.4, 0.53), row(0.5, "r2", about=(0.45, 0.55)), "replicated"),
        (shared(0.3, 0.22, 0.38), row(0.2, "r2"), "same direction, larger"),
    ],
)
def test_shares_of_variance_are_judged_by_the_same_rule(ours, published, word):
    assert verdict(ours, Benchmark.read(published, SETTINGS))[0] == word


@pytest.mark.parametrize(
    ("ours", "published", "word"),
    [
        (measured(np.log(2.22), 0.02), row(2, "ratio", about=(1.5, 2.5)), "replicated"),
        (measured(np.log(2.22), 0.02), row(2, "ratio"), "same direction, larger"),
        (measured(np.log(0.95), 0.01), row(0.95, "odds_ratio", low=0.93, high=0.97), "replicated"),
        (measured(0.0, 0.3), row(0.95, "odds_ratio", low=0.93, high=0.97), "inconclusive"),
        (measured(-0.3, 0.05), row(-0.74, "difference"), "same direction, smaller"),
    ],
)
def test_ratios_odds_ratios_and_differences_are_judged_by_the_same_rule(ours, published, word):
    assert verdict(ours, Benchmark.read(published, SETTINGS))[0] == word


@pytest.mark.parametrize("published", [REVIEW, ERFC, FERREIRA, row("greater"), WEBB])
@pytest.mark.parametrize("se", [0.3, 0.1, 0.02])
def test_no_effect_is_called_replicated_by_no_more_than_chance(published, se):
    draws = 40_000
    estimate = np.random.default_rng(1).normal(0, se, draws)
    arrays = (estimate, np.full(draws, se), estimate - Z * se, estimate + Z * se)
    words = verdicts.verdict_words(*arrays, Benchmark.read(published, SETTINGS))
    assert np.mean(words == "replicated") < 0.025 + 4 * np.sqrt(0.025 * 0.975 / draws)
    # And the single verdicts are those of the many.
    several = [verdict(measured(x, se), Benchmark.read(published, SETTINGS))[0] for x in estimate[:40]]
    assert several == words[:40].tolist()


def test_a_missing_estimate_among_many_is_not_computable():
    arrays = (np.array([np.nan, 0.3]), np.array([np.nan, 0.02]), np.array([np.nan, 0.26]))
    words = verdicts.verdict_words(*arrays, np.array([np.nan, 0.34]), Benchmark.read(ERFC, SETTINGS))
    assert words.tolist() == ["not computable", "replicated"]
    words = verdicts.verdict_words(
        *arrays, np.array([np.nan, 0.34]), Benchmark.read(row("greater"), SETTINGS)
    )
    assert words.tolist() == ["not computable", "replicated"]


UNTESTED = "; the test of the difference is not computable: no standard error was published"


@pytest.mark.parametrize(
    ("percent", "se", "published", "reason"),
    [
        (
            34.3,
            0.02,
            REVIEW,
            "+34.3 % (95 % interval +29.1 to +39.7 %) excludes zero and leaves out the published about +50 % "
            f"and all that rounds to it: the effect here is smaller{UNTESTED}",
        ),
        (
            35,
            0.02,
            ERFC,
            "+35.0 % (95 % interval +29.8 to +40.4 %) excludes zero and does not differ from the published "
            "+34.3 % (p = 0.83)",
        ),
        (
            0,
            0.05,
            ERFC,
            "+0.0 % (95 % interval −9.3 to +10.3 %) includes zero, differs from the published +34.3 % "
            "(p < 0.0001) and leaves out even half of it (+15.9 %)",
        ),
        (
            9,
            0.06,
            FERREIRA,
            "+9.0 % (95 % interval −3.1 to +22.6 %) includes zero and leaves out the published +34.6 %, but "
            "not half of it (+16.0 %): smaller than published, zero not excluded; 80 % power takes about 161 "
            f"people for the published effect and 641 for half of it, here are 500{UNTESTED}",
        ),
        (
            2,
            0.15,
            ERFC,
            "+2.0 % (95 % interval −24.0 to +36.9 %) includes zero and does not differ from the published "
            "+34.3 % (p = 0.068); 80 % power to see that takes about 1,016 people, the 500 here have 50 %",
        ),
        (
            -25,
            0.05,
            WEBB,
            "−25.0 % (95 % interval −32.0 to −17.3 %) excludes zero, on the side opposite to the published "
            f"+61.8 %{UNTESTED}",
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
            "−1.0 % (95 % interval −4.8 to +3.0 %) includes zero; only the direction is published, so how "
            "many people it would take cannot be said: 500 people see −5.4 % with 80 % power",
        ),
    ],
    ids=range(8),
)
def test_the_reason_is_a_sentence_with_the_numbers_that_decided(percent, se, published, reason):
    ours = measured(np.log1p(percent / 100), se)
    assert verdict(ours, Benchmark.read(published, SETTINGS))[1] == reason


def test_the_people_it_would_take_have_the_power():
    word, reason = verdict(measured(0.02, 0.15, n=100), Benchmark.read(ERFC, SETTINGS))
    assert word == "inconclusive"
    needed = int(reason.split("takes about ")[1].split(" people")[0].replace(",", ""))
    assert agreement.power(np.log(1.343), 0.15 * np.sqrt(100 / needed)) == pytest.approx(0.8, abs=0.002)


def test_the_rule_is_told_in_sentences():
    told = " ".join(verdicts.RULE)
    for word in VERDICT_WORDS:
        assert word.split(",")[0] in told.lower()
    assert all(sentence.endswith(".") for sentence in verdicts.RULE)


def estimates(estimate=HALF_MORE, se=0.02, **columns):
    rows = [
        {
            "cohort": cohort,
            "analysis": "sil6r_additive",
            "stratum": "all",
            "priority": "primary",
            "outcome": "sil6r_ng_ml",
            "exposure": "variant",
            "coding": "additive",
            "effect_allele": "C",
            "scale": "log_ratio",
            "estimate": estimate,
            "se": se,
            "ci_low": estimate - Z * se,
            "ci_high": estimate + Z * se,
            "df": np.nan,
            "p_value": 1e-9,
            "n": 300,
            "n_participants": 300,
            "note": None,
        }
        for cohort in ("one", "two")
    ]
    return pd.DataFrame(rows).assign(**columns)


def judged(frame, *published):
    table = verdicts.judge(
        frame, pooling.pool(frame), pd.DataFrame([vars(one) for one in published]), SETTINGS
    )
    return table.set_index(["benchmark", "cohort"])


def test_every_benchmark_is_judged_in_every_cohort_and_pooled():
    published = pd.read_csv(REPO / "resources" / "published_effects.tsv", sep="\t")
    table = verdicts.judge(estimates(), pooling.pool(estimates()), published, SETTINGS)
    assert list(table.columns) == list(VERDICTS.columns)
    assert len(table) == len(published) * 3
    indexed = table.set_index(["benchmark", "cohort"])
    assert indexed.loc[("review_per_allele", "pooled"), "verdict"] == "replicated"
    assert pd.isna(indexed.loc[("review_per_allele", "pooled"), "difference_p_value"])
    assert indexed.loc[("erfc_per_allele", "pooled"), "verdict"] == "same direction, larger"
    assert indexed.loc[("erfc_per_allele", "pooled"), "difference_p_value"] < 0.05
    assert indexed.loc[("erfc_per_allele", "pooled"), "n"] == 600
    assert indexed.loc[("webb_activity", "pooled"), "verdict"] == "not computable"
    absent = "MET-minutes from a questionnaire were not measured here"
    assert set(table.loc[table["benchmark"] == "webb_activity", "reason"]) == {absent}
    assert indexed.loc[("review_activity", "one"), "reason"] == "no estimate here"


def test_what_stands_beside_a_verdict_is_computed_from_both_estimates():
    found = judged(estimates(np.log(1.4), 0.03), ERFC).loc[("one", "one")]
    value, se = np.log(1.343), (np.log(1.382) - np.log(1.304)) / (2 * Z)
    ours, error = np.log(1.4), 0.03
    assert found["sign_agrees"]
    assert found["significant"]
    assert found["in_interval"]
    assert found["intervals_overlap"]
    assert found["in_prediction"]
    half = Z * np.hypot(se, error)
    assert found["prediction_low"] == pytest.approx(100 * np.expm1(value - half), rel=1e-6)
    assert found["prediction_high"] == pytest.approx(100 * np.expm1(value + half), rel=1e-6)
    assert found["difference_p_value"] == pytest.approx(agreement.q_test(value, se, ours, error), rel=1e-5)
    # Within a quarter of the published logarithm.
    equivalence = agreement.equivalence(ours - value, np.hypot(se, error), -0.25 * value, 0.25 * value)
    assert found["equivalence_p_value"] == pytest.approx(equivalence, rel=1e-5)
    assert found["equivalent"] == (equivalence < 0.05)
    sceptical = agreement.p_sceptical(value / se, ours / error, (se / error) ** 2)
    assert found["sceptical_p_value"] == pytest.approx(sceptical, rel=1e-5)
    bayes = agreement.replication_bayes_factor(value, se, ours, error)
    assert np.log(found["replication_bayes_factor"]) == pytest.approx(np.log(bayes), rel=1e-5)
    assert found["small_telescopes_p_value"] > 0.99
    assert found["smallest_effect"] == pytest.approx(100 * np.expm1((Z + 0.8416212) * 0.03), rel=1e-6)
    assert found["power"] == pytest.approx(1)
    assert found["n_for_80_percent_power"] == np.ceil(300 * ((Z + 0.8416212) * 0.03 / value) ** 2)


def test_without_a_published_error_only_what_needs_none_is_computed():
    found = judged(estimates(), REVIEW).loc[("one", "one")]
    missing = ["intervals_overlap", "prediction_low", "prediction_high", "in_prediction", "sceptical_p_value",
               "difference_p_value", "replication_bayes_factor", "small_telescopes_p_value"]  # fmt: skip
    assert found[missing].isna().all()
    there = ["sign_agrees", "significant", "in_interval", "equivalent", "equivalence_p_value", "power", "n",
             "smallest_effect", "n_for_80_percent_power"]  # fmt: skip
    assert found[there].notna().all()
    # Of a direction there is no size to agree with.
    found = judged(estimates(), row("greater")).loc[("one", "one")]
    assert found[[*missing, "in_interval", "equivalent", "power", "n_for_80_percent_power"]].isna().all()
    assert found[["sign_agrees", "significant", "smallest_effect"]].notna().all()


def test_an_opposite_effect_convinces_no_sceptic():
    found = judged(estimates(-0.3), ERFC).loc[("one", "one")]
    assert found["verdict"] == "contradicted"
    assert found["sceptical_p_value"] == 1
    assert not found["sign_agrees"]
    assert found["replication_bayes_factor"] > 100


def test_a_share_of_variance_has_no_sign_and_its_power_is_the_correlations():
    r2, n = 0.4, 300
    se = 2 * np.sqrt(r2) * (1 - r2) / np.sqrt(n)
    frame = estimates(r2, se, analysis="sil6r_variance", scale="r2")
    published = row(0.1, "r2", low=0.05, high=0.16, analysis="sil6r_variance")
    found = judged(frame, published).loc[("one", "one")]
    assert found["verdict"] == "same direction, larger"
    assert pd.isna(found["sign_agrees"])
    assert found["power"] == pytest.approx(agreement.power(np.arctanh(np.sqrt(0.1)), 1 / np.sqrt(n)))
    assert 0 <= found["prediction_low"] < 0.1 < found["prediction_high"] < r2
    assert found["smallest_effect"] == pytest.approx(np.tanh(2.8015852 / np.sqrt(n)) ** 2, rel=1e-5)
    # 125 % of 0.9 is more than there is, and no error.
    assert (
        judged(frame, row(0.9, "r2", analysis="sil6r_variance")).loc[("one", "one"), "equivalent"] is not None
    )


def test_an_estimate_that_is_absent_is_not_computable_and_says_why():
    frame = estimates(estimate=np.nan, note="nobody is CC")
    found = judged(frame, ERFC)
    assert set(found["verdict"]) == {"not computable"}
    assert set(found["reason"]) == {"nobody is CC"}
    frame["note"] = ["nobody is CC", "nobody is AA"]
    assert judged(frame, ERFC).loc[("one", "pooled"), "reason"] == "no estimate here"
    units = estimates().assign(exposure=["sil6r_ng_ml", "sil6r_relative"])
    found = judged(units, ERFC)
    assert found.loc[("one", "one"), "verdict"] == "same direction, larger"
    assert found.loc[("one", "pooled"), "reason"] == "the cohorts' units differ, so that they are not pooled"
    assert "another scale" in judged(estimates(), row(0.2, "r2")).loc[("one", "one"), "reason"]
    assert "zero" in judged(estimates(), row(0)).loc[("one", "one"), "reason"]


def test_strata_are_not_judged():
    frame = pd.concat([estimates(), estimates(-0.3, stratum="EUR")])
    found = judged(frame, REVIEW)
    assert found["verdict"].tolist() == ["replicated"] * 3


def test_each_published_value_stands_as_in_the_facts():
    ours = pd.read_csv(REPO / "resources" / "published_effects.tsv", sep="\t").set_index("benchmark")
    known = facts("published_effects.tsv")

    def fact(doi, finding):
        """The first row of the facts of a source about a finding."""
        rows = known[(known["doi"] == doi) & known["finding"].str.contains(finding)]
        return rows.iloc[0]

    erfc = fact("10.1016/S0140-6736(11)61931-4", "per 358Ala allele sIL-6R")
    assert ours.loc["erfc_per_allele", ["value", "low", "high"]].astype(float).tolist() == [
        float(erfc[key]) for key in ("estimate", "lower", "upper")
    ]
    assert float(ours.loc["ferreira_per_allele", "value"]) == 34.6
    assert float(ours.loc["van_dongen_variance", "value"]) == 0.51
    for name, doi in [
        ("webb_cc_aa", "10.26644/em.2021.001"),
        ("marinou_cc_aa", "10.1136/ard.2008.100644"),
        ("montes_cano_cc_aa", "10.1186/1479-5876-9-S2-P39"),
    ]:
        word = "median" if "montes" in name else "mean"
        ratio = float(fact(doi, f"{word} CC")["estimate"]) / float(fact(doi, f"{word} AA")["estimate"])
        assert float(ours.loc[name, "value"]) == pytest.approx(ratio, abs=5e-4)
    unverified = known[known["status"].str.contains("NOT VERIFIED|not found", regex=True)]
    used = ours.dropna(subset="doi")
    assert not set(used["value"]) & set(unverified["estimate"].dropna())
