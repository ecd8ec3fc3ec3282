"""Every published value against every cohort and the pooled estimate: words, and what stands beside them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import REPO

from il6r.replication import agreement, benchmarks, pooling, verdicts
from il6r.tables.replication import VERDICTS

SETTINGS = {"equivalence_margin": 0.25, "smallest_share": 0.5}
Z = 1.959964
HALF_MORE = np.log(1.5)


def row(value, scale="percent", low=None, high=None, **columns):
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
            "kind": "direction" if str(value) in ("greater", "less") else "effect",
            "role": "primary",
        }
        | columns
    )


REVIEW = row(50, kind="about")
ERFC = row(34.3, low=30.4, high=38.2)


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


def judged(frame, *published, held=None, **settings):
    table = verdicts.judge(
        frame,
        pooling.pool(frame),
        pd.DataFrame([vars(one) for one in published]),
        SETTINGS | settings,
        held,
    )
    return table.set_index(["benchmark", "cohort"])


def test_every_benchmark_is_judged_in_every_cohort_and_pooled():
    path = REPO / "resources" / "published_effects.tsv"
    published = benchmarks.load(path, ["sil6r_additive", "sil6r_cc_vs_aa"])
    table = verdicts.judge(estimates(), pooling.pool(estimates()), published, SETTINGS)
    assert list(table.columns) == list(VERDICTS.columns)
    assert len(table) == len(published) * 3
    indexed = table.set_index(["benchmark", "cohort"])
    assert indexed.loc[("review_per_allele", "pooled"), "verdict"] == "replicated"
    assert pd.isna(indexed.loc[("review_per_allele", "pooled"), "difference_p_value"])
    assert indexed.loc[("erfc_per_allele", "pooled"), "verdict"] == "same direction, larger"
    assert indexed.loc[("erfc_per_allele", "pooled"), "difference_p_value"] < 0.05
    assert indexed.loc[("erfc_per_allele", "pooled"), "n"] == 600
    assert indexed.loc[("review_cc_aa", "pooled"), "verdict"] == "not computable"
    assert indexed.loc[("review_cc_aa", "one"), "reason"] == "no estimate here"


def test_context_has_measures_of_agreement_and_no_word():
    found = judged(estimates(), row(34.6, role="context"), row(50, benchmark="other", kind="about"))
    assert pd.isna(found.loc[("one", "pooled"), "verdict"])
    assert found.loc[("one", "pooled"), "in_interval"] == False  # noqa: E712
    assert "published +34.6 %" in found.loc[("one", "pooled"), "reason"]
    assert found.loc[("other", "pooled"), "verdict"] == "replicated"


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
    assert found["power"] == pytest.approx(0.975, abs=2e-3)
    assert 1 < found["n_for_80_percent_power"] < 300


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


def test_the_smallest_effect_of_interest_is_the_plans():
    frame = estimates(0.02, 0.002)
    assert judged(frame, row("greater")).loc[("one", "one"), "verdict"] == "direction confirmed"
    found = judged(frame, row("greater"), smallest_effects={"sil6r_additive": 5.0}).loc[("one", "one")]
    assert found["verdict"] == "same direction, negligible"
    assert found["reason"].endswith(
        "in the published direction, but not the smallest effect of interest, +5.00 %"
    )
    assert found["power"] == pytest.approx(1)


def test_an_opposite_effect_convinces_no_sceptic():
    found = judged(estimates(-0.3), ERFC).loc[("one", "one")]
    assert found["verdict"] == "contradicted"
    assert found["sceptical_p_value"] == 1
    assert not found["sign_agrees"]
    assert found["replication_bayes_factor"] > 100


def test_a_share_of_variance_has_no_sign():
    r2, n = 0.4, 300
    se = 2 * np.sqrt(r2) * (1 - r2) / np.sqrt(n)
    frame = estimates(r2, se, analysis="sil6r_variance", scale="r2")
    published = row(0.1, "r2", low=0.05, high=0.16, analysis="sil6r_variance")
    found = judged(frame, published).loc[("one", "one")]
    assert found["verdict"] == "same direction, larger"
    assert pd.isna(found["sign_agrees"])
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


def test_strata_are_not_judged():
    frame = pd.concat([estimates(), estimates(-0.3, stratum="EUR")])
    found = judged(frame, REVIEW)
    assert found["verdict"].tolist() == ["replicated"] * 3


def of_cohorts(percents, se=0.02, **columns):
    """Estimates of as many cohorts, in percent per allele."""
    rows = estimates(**columns).iloc[[0] * len(percents)].reset_index(drop=True)
    effect = np.log1p(np.array(percents) / 100)
    names = [f"cohort{k}" for k in range(len(percents))]
    return rows.assign(cohort=names, estimate=effect, se=se, ci_low=effect - Z * se, ci_high=effect + Z * se)


def test_cohorts_that_disagree_are_pooled_with_random_effects_and_no_common_effect_is_replicated():
    # +10, +34 and +75 %: fixed effects give +37.5 % (34.4 to 40.7), with I2 of 99 %.
    found = judged(of_cohorts([10, 34, 75]), ERFC).loc[("one", "pooled")]
    assert found["verdict"] == "cohorts disagree"
    assert found["reason"].endswith(
        "the 3 cohorts disagree: 3 of 3 on the published side of no effect, 2 below and 1 above the "
        "published value; random effects decide"
    )
    fixed = pooling.pool(of_cohorts([10, 34, 75])).set_index("model").loc["fixed"]
    assert found["ci_high"] - found["ci_low"] > fixed["percent_high"] - fixed["percent_low"]
    assert fixed["i2_percent"] > 98
    # Many cohorts on one side still answer, and not by the fixed effects' interval.
    many = judged(of_cohorts([28, 30, 32, 34, 36, 38, 40, 42, 44, 46], 0.01), ERFC).loc[("one", "pooled")]
    assert many["verdict"] == "replicated"
    assert "the 10 cohorts disagree" in many["reason"]


def test_cohorts_that_agree_are_pooled_with_fixed_effects():
    frame = of_cohorts([33, 34, 35])
    found = judged(frame, ERFC).loc[("one", "pooled")]
    fixed = pooling.pool(frame).set_index("model").loc["fixed"]
    assert found["estimate"] == pytest.approx(fixed["percent"], rel=1e-9)
    assert "disagree" not in found["reason"]


def test_a_word_waits_until_the_data_have_been_looked_at():
    held = pd.DataFrame(
        {"cohort": ["two"], "analysis": ["sil6r_additive"], "sentence": ["The call rate is 0.64."]}
    )
    found = judged(estimates(np.log(1.35)), ERFC, held=held)
    assert found.loc[("one", "one"), "verdict"] == "replicated"
    for cohort in ("two", "pooled"):
        assert found.loc[("one", cohort), "verdict"] == "check the data first"
        assert found.loc[("one", cohort), "reason"] == "The call rate is 0.64."
    other = held.assign(analysis="another")
    assert "check the data first" not in set(judged(estimates(), ERFC, held=other)["verdict"])


def test_relative_units_are_judged_by_direction_and_stay_out_of_the_pooled_size():
    npx = estimates(0.9, outcome="sil6r_relative")
    found = judged(npx, ERFC)
    assert set(found["verdict"]) == {"direction confirmed"}
    assert "judged by direction only" in found.loc[("one", "one"), "reason"]
    mixed = pd.concat([estimates(np.log(1.34)), npx.assign(cohort=["npx1", "npx2"])], ignore_index=True)
    found = judged(mixed, ERFC)
    assert found.loc[("one", "pooled"), "n"] == 600
    assert found.loc[("one", "pooled"), "estimate"] == pytest.approx(34, abs=1e-6)
    assert found.loc[("one", "pooled"), "verdict"] == "replicated"
    assert found.loc[("one", "npx1"), "verdict"] == "direction confirmed"
    assert judged(npx.assign(estimate=-0.9, ci_low=-1, ci_high=-0.8), ERFC).loc[
        ("one", "pooled"), "verdict"
    ] == "contradicted"  # fmt: skip


def test_few_residual_degrees_of_freedom_withhold_a_word():
    frame = estimates(0.4, 0.05).assign(df=4.0)
    found = judged(frame, ERFC)
    assert set(found["verdict"]) == {"too few people"}
    assert (
        "fewer than 10 residual degrees of freedom: nothing is judged" in found.loc[("one", "one"), "reason"]
    )
    assert judged(frame, ERFC, fewest_df=3).loc[("one", "one"), "verdict"] != "too few people"
