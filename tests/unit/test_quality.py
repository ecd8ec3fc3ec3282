"""Tests of the calls by group: reference, batches, and whether a proxy holds."""

import numpy as np
import pandas as pd
import pytest
from conftest import REPO
from reading import CATALOGUE, STUDY
from scipy import stats
from statsmodels.stats.proportion import proportion_confint, proportions_ztest

from il6r import proportions
from il6r.genotypes.quality import check_calls, reference_test
from il6r.tables.genotypes import GENOTYPES_QC

POPULATIONS = pd.read_csv(REPO / "resources" / "populations.tsv", sep="\t")
REFERENCE = pd.read_csv(REPO / "resources" / "reference_frequencies.tsv", sep="\t")


def cohort(frequency, groups, variant=STUDY, seed=1, **columns):
    """400 people of each group in Hardy-Weinberg equilibrium, and their participant table."""
    rng = np.random.default_rng(seed)
    dosage = np.concatenate([rng.binomial(2, f, 400).astype(float) for f in frequency])
    names = [f"S{k}" for k in range(len(dosage))]
    calls = pd.DataFrame(
        {
            "sample": names,
            "dosage": dosage,
            "genotype": np.array(variant.genotypes, dtype=object)[dosage.astype(int)],
            "field": "GT",
            "effect_allele": variant.effect_allele,
            "file": 1,
        }
    ).assign(**columns)
    people = pd.DataFrame({"participant": names, "sample": names, "ancestry": np.repeat(groups, 400)})
    return calls, people


def checked(calls, people, variant=STUDY, least=0.8):
    table = check_calls(calls, people, variant, STUDY, POPULATIONS, REFERENCE, least)
    return table.reindex(columns=list(GENOTYPES_QC.columns)).set_index("group")


def test_the_reference_test_is_the_score_test_and_keeps_its_level():
    rng = np.random.default_rng(2)
    p = [reference_test(pd.Series(rng.binomial(2, 0.39, 300)), 0.39) for _ in range(2000)]
    # Its Monte Carlo standard error is 0.005.
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.015)
    dosage = pd.Series([0] * 50 + [1] * 40 + [2] * 10)
    z = (60 / 200 - 0.39) / np.sqrt(0.39 * 0.61 / 200)
    assert reference_test(dosage, 0.39) == pytest.approx(2 * stats.norm.sf(abs(z)))


def test_intervals_and_tests_of_proportions_are_those_of_statsmodels():
    for total in (1, 2, 7, 500, 2_000_000):
        for count in {0, 1, total // 3, total}:
            theirs = proportion_confint(count, total, method="wilson")
            assert proportions.wilson_interval(count, total) == pytest.approx(theirs, rel=1e-12, abs=1e-15)
            for expected in (0.01, 0.39, 0.999):
                theirs = proportions_ztest(count, total, expected, prop_var=expected)[1]
                assert proportions.score_test(count, total, expected) == pytest.approx(theirs, rel=1e-10)


def test_a_batch_of_another_frequency_is_seen_within_a_group_and_none_where_there_is_one_batch():
    calls, people = cohort([0.39, 0.4], ["EUR", "EAS"])
    assert checked(calls, people)["batch_p_value"].isna().all()
    # Batches of two ancestries differ only over everybody.
    calls, people = cohort([0.14, 0.39], ["AFR", "EUR"])
    calls["file"] = np.where(np.arange(800) < 400, 1, 2)
    p = checked(calls, people)["batch_p_value"]
    assert p["all"] < 1e-6
    assert p[["AFR", "EUR"]].isna().all()
    calls["file"] = np.where(np.arange(800) % 2, 1, 2)
    p = checked(calls, people)["batch_p_value"]
    assert (p > 0.001).all()
    alleles = calls.groupby("file")["dosage"].sum()
    theirs = stats.chi2_contingency([alleles, 800 - alleles], correction=False).pvalue
    assert p["all"] == pytest.approx(theirs, rel=1e-10)
    calls.loc[calls["file"] == 2, "dosage"] = (calls["dosage"] + 1).clip(upper=2)
    assert (checked(calls, people)["batch_p_value"] < 1e-6).all()


def test_a_proxy_is_refused_where_it_is_known_to_fail_or_its_frequency_is_anothers():
    proxy = CATALOGUE["rs4537545"]
    calls, people = cohort([0.74, 0.39, 0.62, 0.4], ["AFR", "EUR", "EAS", "SAS"], proxy)
    refused = checked(calls, people, proxy)["refused"]
    assert refused["AFR"] == "it is known not to hold in AFR"
    assert refused["EAS"].startswith("its frequency is 0.6")
    assert refused["EAS"].endswith("where rs2228145 C is 0.38")
    assert refused[["all", "EUR", "SAS"]].isna().all()
    # The study variant itself is never refused.
    assert checked(*cohort([0.74], ["AFR"]))["refused"].isna().all()


def test_where_the_cohort_has_both_r2_decides():
    proxy = CATALOGUE["rs4537545"]
    calls, people = cohort([0.74, 0.39, 0.39, 0.39], ["AFR", "EUR", "CEU", "TSI"], proxy)
    rng = np.random.default_rng(3)
    study = calls["dosage"].to_numpy().copy()
    eur, ceu, tsi = slice(400, 800), slice(800, 1200), slice(1200, 1600)
    study[eur] = np.where(rng.random(400) < 0.03, rng.binomial(2, 0.39, 400), study[eur])
    study[ceu] = rng.binomial(2, 0.39, 400)
    study[tsi] = 2 - study[tsi]
    table = checked(calls.assign(study_dosage=study), people, proxy)
    assert table["refused"].isna()[["AFR", "EUR"]].all()
    assert table.loc["EUR", "proxy_r2"] == pytest.approx(
        np.corrcoef(study[eur], calls["dosage"][eur])[0, 1] ** 2
    )
    assert table.loc["CEU", "refused"].startswith("r2 with rs2228145 is 0.0")
    assert table.loc["TSI", "refused"] == "r2 with rs2228145 is 1.00 here, in the other direction"


def test_where_everybody_is_there_twice_the_interval_is_of_half_as_many():
    rng = np.random.default_rng(4)
    once = rng.permutation(np.repeat([0.0, 1, 2], [100, 200, 100]))
    calls, people = cohort([0.5, 0.5], ["EUR", "EUR"])
    calls["dosage"] = np.concatenate([once, once])
    pairs = np.tile(np.arange(400), 2)
    alone = checked(calls, people).loc["EUR"]
    related = checked(calls, people.assign(family=pairs)).loc["EUR"]
    structure = pd.DataFrame({"sample": calls["sample"], "family": pairs})
    by_kinship = check_calls(calls, people, STUDY, STUDY, POPULATIONS, REFERENCE, 0.8, structure).iloc[1]
    # Genotypes are in Hardy-Weinberg proportions, so that their variance is that of two alleles.
    for found in (related, by_kinship):
        assert (found["frequency"], found["called"]) == (0.5, 800)
        theirs = proportion_confint(399.0, 798, method="wilson")
        assert (found["frequency_low"], found["frequency_high"]) == pytest.approx(theirs, rel=1e-9)
        assert found["reference_p_value"] > alone["reference_p_value"]
    theirs = proportion_confint(800, 1600, method="wilson")
    assert (alone["frequency_low"], alone["frequency_high"]) == pytest.approx(theirs, rel=1e-9)
