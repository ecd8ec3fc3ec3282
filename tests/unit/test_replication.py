"""Pooling and verdicts against published implementations."""

import numpy as np
import pandas as pd
import pytest
from conftest import REPO, facts

from il6r import tables
from il6r.replication import pooling, verdicts
from il6r.replication.verdicts import Measured, verdict

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


def test_fixed_and_random_effects_equal_metafors():
    vectors = facts("test_vectors.tsv").set_index("statistic")["expected"]
    pooled = pooling.meta_analyse(*bcg())
    fixed, random = pooled["fixed"], pooled["random"]
    said = vectors["meta-analysis equal effects"]
    assert f"estimate {fixed['estimate']:.4f}, 95% CI {fixed['ci_low']:.4f} to {fixed['ci_high']:.4f}" in said
    assert f"z {fixed['estimate'] / fixed['se']:.4f}, Q {fixed['q']:.4f} (12 df)" in said
    said = vectors["meta-analysis DerSimonian-Laird"]
    assert (
        f"estimate {random['estimate']:.4f}, 95% CI {random['ci_low']:.4f} to {random['ci_high']:.4f}" == said
    )


def test_one_cohort_is_its_own_pool_with_its_own_interval():
    one = estimates().iloc[:1].assign(ci_low=0.3, ci_high=0.52, p_value=0.01)
    pooled = tables.POOLED.check(pooling.pool(one).reindex(columns=list(tables.POOLED.columns)))
    assert pooled["model"].tolist() == ["fixed", "random"]
    assert pooled[["estimate", "ci_low", "ci_high", "p_value"]].drop_duplicates().to_numpy().tolist() == [
        [0.4, 0.3, 0.52, 0.01]
    ]
    assert pooled["i2_percent"].isna().all()


def test_two_cohorts_have_no_prediction_interval():
    two = pooling.meta_analyse(np.array([0.4, 0.5]), np.array([0.01, 0.02]))
    assert "prediction_low" not in two["random"]
    assert two["random"]["tau2"] == 0


def test_a_share_of_variance_is_pooled_by_fishers_z_and_stays_between_0_and_1():
    rows = estimates(estimate=0.05, se=0.04).assign(scale="r2", analysis="sil6r_variance")
    pooled = pooling.pool(rows).iloc[0]
    # Two equal cohorts: the same estimate, the error on z smaller by the root of two.
    assert pooled["estimate"] == pytest.approx(0.05)
    assert pooled["se"] == pytest.approx(0.04 / np.sqrt(2))
    assert 0 <= pooled["ci_low"] < 0.05 < pooled["ci_high"] < 1


def test_the_difference_test_equals_replicationsuccess():
    vectors = facts("test_vectors.tsv").set_index("statistic")["expected"]
    ours = Measured(0.5, 0.5, -0.48, 1.48, 100)
    assert verdicts._difference_p(ours, 2.0, 1.0) == pytest.approx(float(vectors["Qtest p"]), abs=5e-8)


def measured(estimate, se, n=500):
    return Measured(estimate, se, estimate - 1.96 * se, estimate + 1.96 * se, n)


@pytest.mark.parametrize(
    ("estimate", "se", "value", "published_se", "word"),
    [
        (np.log(1.343), 0.02, np.log(1.343), 0.0148, "replicated"),
        (np.log(1.343), 0.02, np.log(1.5), None, "same direction, smaller"),
        (np.log(1.5), 0.02, np.log(1.343), 0.0148, "same direction, larger"),
        (np.log(1.5), 0.02, np.log(1.5), None, "replicated"),
        (0.02, 0.15, np.log(1.343), 0.0148, "inconclusive"),
        (0.0, 0.05, np.log(1.343), 0.0148, "contradicted"),
        (-0.3, 0.05, np.log(1.343), 0.0148, "contradicted"),
        (0.1, 0.02, None, None, "replicated"),
        (0.01, 0.02, None, None, "inconclusive"),
        (-0.1, 0.02, None, None, "contradicted"),
    ],
)
def test_the_rule_gives_the_word(estimate, se, value, published_se, word):
    assert verdict(measured(estimate, se), value, published_se)[0] == word


def test_a_value_given_as_about_is_met_by_what_rounds_to_it():
    ours = measured(np.log(2.22), 0.02)
    assert verdict(ours, np.log(2.0))[0] == "same direction, larger"
    assert verdict(ours, np.log(2.0), about=(np.log(1.5), np.log(2.5)))[0] == "replicated"


def test_power_is_that_of_the_normal_test():
    # 80 % power at (1.959964 + 0.841621) standard errors (any textbook of sample sizes).
    assert verdicts.power(1.959964 + 0.841621, 1.0) == pytest.approx(0.8, abs=1e-5)
    assert verdicts.power(1e-12, 1.0) == pytest.approx(0.05, abs=1e-6)
    ours = measured(0.02, 0.15, n=100)
    needed = verdicts._n_needed(ours, 0.2)
    assert verdicts.power(0.2, 0.15 * np.sqrt(100 / needed)) == pytest.approx(0.8, abs=0.002)


def estimates(estimate=0.4, se=0.02):
    rows = [
        {
            "cohort": cohort,
            "analysis": "sil6r_additive",
            "outcome": "sil6r_ng_ml",
            "coding": "additive",
            "effect_allele": "C",
            "scale": "log_ratio",
            "estimate": estimate,
            "se": se,
            "ci_low": estimate - 1.96 * se,
            "ci_high": estimate + 1.96 * se,
            "n": 300,
            "n_participants": 300,
        }
        for cohort in ("one", "two")
    ]
    return pd.DataFrame(rows)


def test_every_benchmark_is_judged_in_every_cohort_and_pooled():
    published = pd.read_csv(REPO / "resources" / "published_effects.tsv", sep="\t")
    table = verdicts.judge(estimates(), pooling.pool(estimates()), published)
    table = tables.VERDICTS.check(table)
    assert len(table) == len(published) * 3
    indexed = table.set_index(["benchmark", "cohort"])
    assert indexed.loc[("review_per_allele", "pooled"), "verdict"] == "replicated"
    assert indexed.loc[("review_per_allele", "pooled"), "difference_p_value"] == "not computable"
    assert indexed.loc[("erfc_per_allele", "pooled"), "verdict"] == "same direction, larger"
    assert float(indexed.loc[("erfc_per_allele", "pooled"), "difference_p_value"]) < 0.05
    assert indexed.loc[("webb_activity", "pooled"), "verdict"] == "not computable"
    assert indexed.loc[("review_activity", "one"), "verdict"] == "not computable"


def test_each_published_value_stands_as_in_the_facts():
    ours = pd.read_csv(REPO / "resources" / "published_effects.tsv", sep="\t").set_index("benchmark")
    known = facts("published_effects.tsv")

    def fact(doi, finding):
        rows = known[(known["doi"] == doi) & known["finding"].str.contains(finding)]
        return rows.iloc[0]

    erfc = fact("10.1016/S0140-6736(11)61931-4", "per 358Ala allele sIL-6R")
    assert ours.loc["erfc_per_allele", ["value", "low", "high"]].astype(float).tolist() == [
        float(erfc[key]) for key in ("estimate", "lower", "upper")
    ]
    assert float(ours.loc["ferreira_per_allele", "value"]) == 34.6
    assert float(ours.loc["van_dongen_variance", "value"]) == 0.51
    for benchmark, doi in [
        ("webb_cc_aa", "10.26644/em.2021.001"),
        ("marinou_cc_aa", "10.1136/ard.2008.100644"),
        ("montes_cano_cc_aa", "10.1186/1479-5876-9-S2-P39"),
    ]:
        word = "median" if "montes" in benchmark else "mean"
        ratio = float(fact(doi, f"{word} CC")["estimate"]) / float(fact(doi, f"{word} AA")["estimate"])
        assert float(ours.loc[benchmark, "value"]) == pytest.approx(ratio, abs=5e-4)
    unverified = known[known["status"].str.contains("NOT VERIFIED|not found", regex=True)]
    used = ours.dropna(subset="doi")
    assert not set(used["value"]) & set(unverified["estimate"].dropna())
