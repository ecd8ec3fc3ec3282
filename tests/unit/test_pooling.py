"""Meta-analysis of cohorts: published numbers, closed forms, and what is not pooled."""

import numpy as np
import pandas as pd
import pytest
from conftest import facts
from scipy import stats

from il6r.replication import pooling
from il6r.tables.replication import LEFT_OUT, POOLED

# The BCG vaccine trials (Colditz et al. 1994, metafor's dat.bcg): cases and others, treated and control.
BCG = np.array(
    [
        [4, 119, 11, 128],
        [6, 300, 29, 274],
        [3, 228, 11, 209],
        [62, 13536, 248, 12619],
        [33, 5036, 47, 5761],
        [180, 1361, 372, 1079],
        [8, 2537, 10, 619],
        [505, 87886, 499, 87892],
        [29, 7470, 45, 7232],
        [17, 1699, 65, 1600],
        [186, 50448, 141, 27197],
        [5, 2493, 3, 2338],
        [27, 16886, 29, 17825],
    ]
)


def bcg():
    a, b, c, d = BCG.T
    return np.log((a / (a + b)) / (c / (c + d))), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)


def estimates(effects=(0.4, 0.45, 0.3), errors=(0.02, 0.03, 0.05), **columns):
    """Estimates of as many cohorts, with normal intervals."""
    rows = [
        {
            "cohort": f"cohort {k}",
            "analysis": "sil6r_additive",
            "stratum": "all",
            "priority": "primary",
            "outcome": "sil6r_ng_ml",
            "exposure": "variant",
            "coding": "additive",
            "effect_allele": "C",
            "scale": "log_ratio",
            "estimate": effect,
            "se": se,
            "ci_low": effect - 1.959964 * se,
            "ci_high": effect + 1.959964 * se,
            "df": np.nan,
            "p_value": 0.01,
            "n": 300,
            "n_participants": 300,
            "note": None,
        }
        for k, (effect, se) in enumerate(zip(effects, errors, strict=True))
    ]
    return pd.DataFrame(rows).assign(**columns)


def shares(r, n=400, **columns):
    """Shares of variance of cohorts with correlations `r`, with the errors of Fisher's z."""
    r = np.array(r)
    z_se = 1 / np.sqrt(n)
    ends = np.tanh(np.arctanh(r)[:, None] + np.array([-1.959964, 1.959964]) * z_se)
    frame = estimates(r**2, 2 * np.abs(r) * (1 - r**2) * z_se, analysis="sil6r_variance", scale="r2")
    crosses = ends.prod(axis=1) <= 0
    low, high = np.where(crosses, 0.0, (ends**2).min(axis=1)), (ends**2).max(axis=1)
    return frame.assign(ci_low=low, ci_high=high, p_value=0.5, **columns)


def test_fixed_effects_equal_metafors_published_result():
    said = facts("test_vectors.tsv").set_index("statistic")["expected"]["meta-analysis equal effects"]
    fixed = pooling.combine(*bcg())["fixed"]
    assert f"estimate {fixed['estimate']:.4f}, 95% CI {fixed['ci_low']:.4f} to {fixed['ci_high']:.4f}" in said
    assert f"z {fixed['estimate'] / fixed['se']:.4f}, Q {fixed['q']:.4f} (12 df)" in said


def test_correlations_are_pooled_as_fishers_z_whatever_their_signs():
    r, n = np.array([-0.5, 0.3, -0.8]), np.array([20, 50, 12])
    z, se = np.arctanh(r), 1 / np.sqrt(n - 3)
    frame = estimates(r, (1 - r**2) * se, scale="correlation", exposure="training_load", effect_allele=None)
    frame[["ci_low", "ci_high"]] = np.tanh(z[:, None] + np.array([-1, 1]) * 1.959964 * se[:, None])
    pooled = pooling.pool(frame).set_index("model")
    POOLED.check(pooling.pool(frame))
    for model, own in pooling.combine(z, se**2).items():
        row = pooled.loc[model]
        # Hedges & Olkin 1985: weights of n - 3.
        theirs = np.tanh([own["estimate"], own["ci_low"], own["ci_high"]])
        assert row[["estimate", "ci_low", "ci_high"]].tolist() == pytest.approx(theirs)
        assert row["se"] == pytest.approx(own["se"] * (1 - theirs[0] ** 2))
    assert pooled.loc["fixed", "estimate"] == pytest.approx(np.tanh(((n - 3) * z).sum() / (n - 3).sum()))
    assert pooled["percent"].isna().all()


def test_the_i2_of_fixed_effects_is_dersimonian_and_lairds():
    said = facts("test_vectors.tsv").set_index("statistic")["expected"]["meta-analysis DerSimonian-Laird"]
    effect, variance = bcg()
    share = pooling.combine(effect, variance)["fixed"]["i2_percent"] / 100
    weights = 1 / variance
    usual = 12 * weights.sum() / (weights.sum() ** 2 - (weights**2).sum())
    # With the variance between trials that this share means, their published random-effects result.
    tau2 = usual * share / (1 - share)
    random = pooling.combine(effect, variance + tau2)["fixed"]
    ends = f"95% CI {random['ci_low']:.4f} to {random['ci_high']:.4f}"
    assert f"estimate {random['estimate']:.4f}, {ends}" == said


def test_paule_and_mandels_variance_makes_q_what_is_expected_and_remls_the_likelihood_highest():
    effect, variance = bcg()
    found = pooling.combine(effect, variance)
    at_tau2 = pooling.combine(effect, variance + found["paule_mandel"]["tau2"])
    assert at_tau2["fixed"]["q"] == pytest.approx(12, rel=1e-9)
    tau2 = found["reml"]["tau2"]
    heights = [pooling._restricted_likelihood(effect, variance, tau2 * x) for x in (0.99, 1, 1.01)]
    assert heights[1] == max(heights)
    assert found["paule_mandel"]["i2_low"] < found["paule_mandel"]["i2_percent"] < found["reml"]["i2_high"]


def test_two_equal_precise_cohorts_have_the_closed_form():
    # Hartung & Knapp's error of two cohorts of equal error is half their distance, on t with 1 df.
    for model in ("paule_mandel", "reml"):
        two = pooling.combine(np.array([0.2, 0.6]), np.array([0.01, 0.01]))[model]
        assert two["estimate"] == pytest.approx(0.4)
        assert two["se"] == pytest.approx(0.2)
        assert two["ci_high"] == pytest.approx(0.4 + stats.t.ppf(0.975, 1) * 0.2)
        assert two["tau2"] == pytest.approx(0.4**2 / 2 - 0.01)
        # Two cohorts say too little of a third.
        assert "prediction_low" not in two


def test_cohorts_that_agree_have_no_variance_between_them_and_the_error_of_fixed_effects():
    found = pooling.combine(np.array([0.4, 0.4]), np.array([0.01, 0.04]))
    for model in ("paule_mandel", "reml"):
        assert found[model]["tau2"] == 0
        assert found[model]["se"] == pytest.approx(np.sqrt(1 / 125))
        assert found[model]["ci_high"] == pytest.approx(0.4 + stats.t.ppf(0.975, 1) * np.sqrt(1 / 125))
    assert found["fixed"]["i2_percent"] == 0
    assert [found["fixed"][end] for end in ("i2_low", "i2_high")] == [0, 0]


def small_cohorts(rng, df):
    """Estimates of no effect, with variances on `df` degrees of freedom, of cohorts of one spread."""
    df = np.array(df, dtype=float)
    return rng.normal(0, 1 / np.sqrt(df)), rng.chisquare(df) / df**2, df


@pytest.mark.parametrize("df", [(4, 4), (8, 8, 8, 8), (4, 56)])
def test_a_pool_of_small_cohorts_finds_an_effect_that_is_not_there_in_one_of_twenty(df):
    rng, runs = np.random.default_rng(3), 800
    centre, se, t_df = np.array([pooling.Cohorts(*small_cohorts(rng, df)).mean(0.0) for _ in range(runs)]).T
    rejected = np.mean(2 * stats.t.sf(np.abs(centre) / se, t_df) < 0.05)
    # With the weights and intervals of known variances it were 17, 11 and 9 %.
    assert rejected == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / runs))
    assert (t_df <= sum(df) + 1e-9).all()


def test_random_effects_are_never_surer_than_fixed_ones():
    rng = np.random.default_rng(4)
    for df in [(4, 4), (4, 4, 4), (2, 30), (1.5, 6, 200), (np.inf, 5)] * 12:
        effect, variance = rng.normal(0, 0.3, len(df)), rng.uniform(0.01, 0.2, len(df))
        found = pooling.combine(effect, variance, np.array(df))
        widths = {model: one["ci_high"] - one["ci_low"] for model, one in found.items()}
        assert min(widths["paule_mandel"], widths["reml"]) >= widths["fixed"] * (1 - 1e-9)


def test_a_small_cohort_weighs_less_than_its_error_says_and_infinite_degrees_of_freedom_change_nothing():
    effect, variance = np.array([0.0, 1.0]), np.array([0.01, 0.01])
    known = pooling.combine(effect, variance)["fixed"]
    infinite = pooling.combine(effect, variance, np.array([np.inf, np.inf]))["fixed"]
    assert infinite == pytest.approx(known, nan_ok=True)
    assert known["ci_high"] == pytest.approx(0.5 + stats.norm.ppf(0.975) * np.sqrt(0.005))
    assert pooling.combine(effect, variance, np.array([np.inf, 4.0]))["fixed"]["estimate"] == pytest.approx(
        1 / 3
    )


def test_q_and_hartung_and_knapps_interval_are_right_as_often_as_they_say():
    rng = np.random.default_rng(1)
    truth, between, runs = 0.3, 0.1, 400
    errors = np.array([0.05, 0.08, 0.1, 0.15, 0.06])
    covered = predicted = rejected = 0
    for _ in range(runs):
        effects = truth + rng.normal(0, between, 5) + rng.normal(0, errors)
        found = pooling.combine(effects, errors**2)["paule_mandel"]
        covered += found["ci_low"] < truth < found["ci_high"]
        predicted += found["prediction_low"] < truth + rng.normal(0, between) < found["prediction_high"]
        rejected += pooling.combine(truth + rng.normal(0, errors), errors**2)["fixed"]["q_p_value"] < 0.05
    error = np.sqrt(0.05 * 0.95 / runs)
    assert covered / runs == pytest.approx(0.95, abs=4 * error)
    assert rejected / runs == pytest.approx(0.05, abs=4 * error)
    # Less than 95 %: a variance estimated from five cohorts is often too small (Partlett & Riley 2017).
    assert 0.82 < predicted / runs < 0.95


def test_every_analysis_and_stratum_is_pooled_by_three_models_in_percent_too():
    frame = pd.concat([estimates(), estimates(stratum="EUR"), estimates((0.2,), (0.1,), stratum="AFR")])
    pooled = pooling.pool(frame)
    assert list(pooled.columns) == list(POOLED.columns)
    assert pooled["group"].drop_duplicates().tolist() == ["all", "EUR", "AFR"]
    assert pooled["model"].tolist() == ["fixed", "paule_mandel", "reml"] * 3
    assert (pooled["percent"] == 100 * np.expm1(pooled["estimate"])).all()
    everybody = pooled[(pooled["group"] == "all") & (pooled["model"] == "fixed")].iloc[0]
    assert everybody["n_participants"] == 900
    assert everybody["estimate"] == pytest.approx(np.average([0.4, 0.45, 0.3], weights=[2500, 1111.11, 400]))


def test_one_cohort_is_its_own_pool_with_its_own_interval():
    one = estimates((0.4,), (0.02,)).assign(ci_low=0.3, ci_high=0.52, p_value=0.01)
    pooled = pooling.pool(one)
    assert pooled[["estimate", "ci_low", "ci_high", "p_value"]].drop_duplicates().to_numpy().tolist() == [
        [0.4, 0.3, 0.52, 0.01]
    ]
    assert pooled[["i2_percent", "q", "prediction_low"]].isna().all(axis=None)
    assert (pooling.pool(one.assign(df=6.5))["df"] == 6.5).all()


def test_rows_without_estimate_and_units_that_differ_are_not_pooled():
    frame = estimates().assign(estimate=[0.4, np.nan, 0.3])
    assert (pooling.pool(frame)["cohorts"] == 2).all()
    assert pooling.pool(estimates(analysis="other_additive", outcome="activity in counts")).empty
    assert pooling.pool(frame.assign(estimate=np.nan)).empty
    assert list(pooling.pool(frame.iloc[:0]).columns) == list(POOLED.columns)
    # Per ng/mL is not per relative unit; differences of ng/mL are not those of relative units.
    exposures = ["sil6r_ng_ml", "sil6r_ng_ml", "sil6r_relative"]
    assert pooling.pool(estimates().assign(exposure=exposures)).empty
    assert pooling.pool(estimates(scale="difference").assign(outcome=exposures)).empty
    # A ratio has no unit.
    assert not pooling.pool(estimates().assign(outcome=exposures)).empty


def test_a_share_of_variance_is_pooled_by_fishers_z_and_stays_between_0_and_1():
    rows = shares([np.sqrt(0.05)] * 2)
    pooled = pooling.pool(rows).iloc[0]
    # Two equal cohorts: the same estimate, the error on z smaller by the root of two.
    assert pooled["estimate"] == pytest.approx(0.05)
    assert pooled["se"] == pytest.approx(rows["se"].iloc[0] / np.sqrt(2))
    assert 0 < pooled["ci_low"] < 0.05 < pooled["ci_high"] < 1
    assert np.isnan(pooled["percent"])
    # One that explains nothing at all has the error that its interval has.
    with_none = pooling.pool(shares([0.0, 0.1])).iloc[0]
    assert with_none["estimate"] == pytest.approx(np.tanh(np.arctanh(0.1) / 2) ** 2, rel=1e-6)


def test_shares_of_variance_by_opposite_effects_do_not_add_up():
    effects = estimates((0.1, -0.1), (0.03, 0.03))
    pooled = pooling.pool(pd.concat([effects, shares([0.2, 0.2])])).set_index(["analysis", "model"])
    found = pooled.loc[("sil6r_variance", "fixed")]
    assert found["estimate"] == pytest.approx(0, abs=1e-12)
    assert found["ci_low"] == 0
    assert found["ci_high"] == pytest.approx(np.tanh(1.959964 / np.sqrt(800)) ** 2, rel=1e-5)


def test_a_null_share_of_variance_is_not_found_by_pooling_many_cohorts():
    rng = np.random.default_rng(2)
    runs, frames = 200, []
    for run in range(runs):
        z = rng.normal(0, 0.05, 6)
        effects = estimates(z, np.full(6, 0.05), analysis=f"effect {run}", outcome=f"outcome {run}")
        frames += [effects, shares(np.tanh(z), outcome=f"outcome {run}").assign(analysis=f"share {run}")]
    pooled = pooling.pool(pd.concat(frames))
    found = pooled[(pooled["scale"] == "r2") & (pooled["model"] == "fixed")]["ci_low"] > 0
    assert len(found) == runs
    assert found.mean() == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / runs))


def test_each_cohort_is_left_out_in_turn():
    frame = pd.concat(
        [estimates(), estimates(stratum="EUR"), estimates((0.1,), (0.1,), analysis="crp_additive")]
    )
    left = pooling.leave_one_out(frame)
    assert list(left.columns) == list(LEFT_OUT.columns)
    assert left["left_out"].tolist() == ["cohort 0", "cohort 1", "cohort 2"]
    assert (left["cohorts"] == 2).all()
    rest = pooling.combine(np.array([0.45, 0.3]), np.array([0.03, 0.05]) ** 2)
    first = left.iloc[0]
    assert first["estimate"] == rest["fixed"]["estimate"]
    assert first["random_high"] == rest["paule_mandel"]["ci_high"]


def test_of_two_cohorts_the_other_is_left():
    left = pooling.leave_one_out(estimates((0.4, 0.5), (0.02, 0.03)))
    assert left["estimate"].tolist() == [0.5, 0.4]
    assert left["random_low"].tolist() == pytest.approx([0.5 - 1.959964 * 0.03, 0.4 - 1.959964 * 0.02])
    assert pooling.leave_one_out(estimates((0.4,), (0.02,))).empty
