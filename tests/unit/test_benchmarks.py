"""Published effects: what is compared, where it comes from, and what is said of one that cannot be."""

import re

import numpy as np
import pandas as pd
import pytest
from conftest import REPO, facts
from scipy import stats

from il6r.errors import InputError
from il6r.replication import benchmarks, effect_measures

RESOURCES = REPO / "resources"
PUBLISHED = RESOURCES / "published_effects.tsv"
Z = stats.norm.ppf(0.975)
GOOD = {
    "benchmark": "one", "claim": "c", "role": "primary", "kind": "effect", "analysis": "a",
    "scale": "percent", "value": "34.3", "low": "30.4", "high": "38.2", "p": "", "bound": "", "n_pairs": "",
    "reference": "R 2012", "doi": "10.1/1",
}  # fmt: skip
BARE = GOOD | {"low": "", "high": ""}
CORRELATION = BARE | {"kind": "correlation", "scale": "correlation", "value": "-0.74", "n_pairs": "12"}
SD = GOOD | {"kind": "standardised", "scale": "sd", "value": "0.17", "low": "0.15", "high": "0.19"}
NONE = BARE | {"kind": "no_effect", "value": "0", "bound": "5"}
BOUND = BARE | {"kind": "bound", "scale": "sd", "value": "0.03"}
DIRECTION = BARE | {"kind": "direction", "value": "greater"}


@pytest.fixture(scope="module")
def ours():
    """Our own table as it is written, by benchmark."""
    return pd.read_csv(PUBLISHED, sep="\t", dtype=str, keep_default_na=False).set_index("benchmark")


def loaded(tmp_path, *rows):
    path = tmp_path / "published.tsv"
    pd.DataFrame(list(rows)).to_csv(path, sep="\t", index=False)
    return benchmarks.load(path, {"a"})


def test_the_project_s_own_table_is_in_order():
    everything = pd.read_csv(PUBLISHED, sep="\t")
    found = benchmarks.load(PUBLISHED, set(everything["analysis"]))
    assert found["benchmark"].tolist() == everything["benchmark"].tolist()
    for name in ("low", "high", "p", "n_pairs", "bound"):
        assert found[name].equals(everything[name].astype(float)), name


def test_each_claim_has_one_primary_value_and_the_review_s_have_the_best_evidence_beside_it(ours):
    roles = ours.groupby("claim")["role"]
    without = roles.apply(lambda own: (own == "primary").sum() != 1)
    # A suggestion of the review, which nobody has found, is not judged.
    assert list(without[without].index) == ["il6_training_load"]
    assert "not a claim to replicate" in ours.loc["review_training_load", "note"]
    assert ours.index[ours["role"] == "best"].tolist() == [
        "erfc_per_allele", "van_dongen_cc_aa", "van_dongen_variance",
    ]  # fmt: skip
    review = ours[ours["role"].eq("primary") & ours["kind"].eq("about") & ours["reference"].eq("Nash 2022")]
    assert review.index.tolist() == ["review_per_allele", "review_cc_aa", "review_variance"]


def test_where_each_value_was_read_is_said(ours):
    assert (ours[["read", "reference", "doi", "population"]] != "").all(axis=None)
    # Of others' numbers that the review quotes, the review is what was read.
    quoted = ours["reference"].str.contains("in Nash 2022")
    assert ours.loc[quoted, "read"].str.contains("the review's text").all()
    assert (ours.loc[quoted, "doi"] == "10.1111/sms.14241").all()


def test_what_the_plan_does_not_ask_is_left_out(tmp_path):
    other = GOOD | {"benchmark": "two", "analysis": "b", "claim": "d"}
    assert loaded(tmp_path, GOOD, other)["benchmark"].tolist() == ["one"]


KINDS = (GOOD, BARE, BARE | {"p": "1e-8"}, BARE | {"kind": "about"}, CORRELATION, SD, NONE, BOUND, DIRECTION)


@pytest.mark.parametrize("row", KINDS, ids=lambda row: row["kind"])
def test_each_kind_is_read(tmp_path, row):
    found = loaded(tmp_path, row).iloc[0]
    assert found["value"] == row["value"]
    for name in ("low", "high", "p", "n_pairs"):
        assert found[name] == pytest.approx(float(row[name] or "nan"), nan_ok=True)
    # The bound of a bound is its value.
    assert found["bound"] == pytest.approx(
        {"no_effect": 5, "bound": 0.03}.get(row["kind"], np.nan), nan_ok=True
    )


def test_a_table_without_the_columns_that_few_kinds_need_is_read(tmp_path):
    found = loaded(tmp_path, {name: text for name, text in DIRECTION.items() if text})
    assert np.isnan(found[["low", "high", "p", "bound", "n_pairs"]].to_numpy(float)).all()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (GOOD | {"role": "main"}, "the role 'main' is not known; use one of 'primary', 'best', 'context'"),
        (GOOD | {"kind": "size"}, "the kind 'size' is not known; use one of 'effect', 'about', 'direction'"),
        (GOOD | {"scale": "fold"}, "the scale 'fold' is not known; use one of 'percent'"),
        (GOOD | {"value": "up"}, "its value 'up' is no effect in percent; give a number"),
        (GOOD | {"value": "0"}, "its value '0' is no effect in percent"),
        (GOOD | {"value": "-100"}, "its value '-100' is no effect in percent"),
        (BARE | {"scale": "ratio", "value": "0"}, "its value '0' is no effect in ratio"),
        (BARE | {"scale": "ratio", "value": "1"}, "its value '1' is no effect in ratio"),
        (BARE | {"scale": "r2", "value": "1.2"}, "its value '1.2' is no effect in r2"),
        (CORRELATION | {"value": "1"}, "its value '1' is no effect in correlation"),
        (
            GOOD | {"value": "greater"},
            "its value 'greater' is a direction; give a number, or the kind direction",
        ),
        (DIRECTION | {"value": "50"}, "its value '50' is no direction; give greater or less"),
        (GOOD | {"high": ""}, "its low and high are not below and above its value; give both, or neither"),
        (GOOD | {"low": "40"}, "its low and high are not below and above its value"),
        (GOOD | {"low": "-101"}, "its low and high are not below and above its value"),
        (GOOD | {"low": "34.3", "high": "34.3"}, "its low and high are not below and above its value"),
        (GOOD | {"low": "thirty"}, "low 'thirty' is not a number"),
        (GOOD | {"p": "0.01"}, "it has an interval and p; empty p, which the interval makes idle"),
        (BARE | {"p": "0"}, "its p 0 is no p-value; give a number between 0 and 1"),
        (BARE | {"p": "1"}, "its p 1 is no p-value"),
        (
            DIRECTION | {"low": "1", "high": "2"},
            "its kind 'direction' has no high; empty high, or correct the kind",
        ),
        (GOOD | {"kind": "about"}, "its kind 'about' has no high"),
        (GOOD | {"bound": "5"}, "its kind 'effect' has no bound"),
        (CORRELATION | {"p": "0.01"}, "its kind 'correlation' has no p"),
        (
            CORRELATION | {"n_pairs": ""},
            "a correlation needs its interval or its number of pairs; give n_pairs, 4",
        ),
        (CORRELATION | {"n_pairs": "3"}, "a correlation needs its interval or its number of pairs"),
        (CORRELATION | {"n_pairs": "12.5"}, "a correlation needs its interval or its number of pairs"),
        (CORRELATION | {"scale": "percent"}, "the scale of a correlation is correlation"),
        (CORRELATION | {"kind": "effect", "n_pairs": ""}, "on the scale correlation its kind is no 'effect'"),
        (SD | {"scale": "percent"}, "the scale of a standardised is sd"),
        (SD | {"kind": "effect"}, "on the scale sd its kind is no 'effect'; give the kind standardised"),
        (SD | {"low": "", "high": ""}, "its kind 'standardised' needs an interval; give low and high"),
        (
            NONE | {"bound": ""},
            "no bound above 0 says within what an effect counts as none; give bound in percent",
        ),
        (NONE | {"bound": "-5"}, "no bound above 0 says within what"),
        (NONE | {"value": "1"}, "its value '1' is not no effect in percent; give 0"),
        (NONE | {"scale": "odds_ratio"}, "its value '0' is not no effect in odds_ratio; give 1"),
        (NONE | {"scale": "odds_ratio", "value": "1", "bound": "0.9"}, "no bound above 1 says within what"),
        (BOUND | {"value": "-0.03"}, "its value '-0.03' bounds no effect in sd; give the largest effect"),
        (BOUND | {"bound": "0.02"}, "its bound is not its value; give one of them, or the same"),
    ],
)
def test_a_benchmark_that_cannot_be_compared_is_told_by_its_line(tmp_path, row, said):
    first = GOOD | {"benchmark": "first", "analysis": "b", "claim": "d"}
    with pytest.raises(InputError, match=r"published.tsv, line 3: ") as found:
        loaded(tmp_path, first, row)
    assert said in str(found.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"benchmark": "one"}, "line 2: the benchmark 'one' is there twice; rename one"),
        ({}, "line 2: the claim 'c' has two values of the role primary; make one of them context"),
        (
            {"role": "context", "scale": "ratio", "value": "1.3", "low": "", "high": ""},
            "line 3: other values of the analysis 'a' are in percent, this one in ratio; give it in percent",
        ),
        (
            {"role": "best", "claim": "d"},
            "line 3: the claim 'd' has no primary value; make this one primary",
        ),
        (
            {"role": "best", "low": "", "high": ""},
            "line 3: the best evidence has no error; give its interval, or make it context",
        ),
    ],
)
def test_values_that_do_not_go_together_are_told(tmp_path, changes, said):
    with pytest.raises(InputError, match=re.escape(said)):
        loaded(tmp_path, GOOD, GOOD | {"benchmark": "two"} | changes)


@pytest.mark.parametrize("column", ["role", "kind", "claim", "doi"])
def test_what_every_row_needs_is_asked_for(tmp_path, column):
    with pytest.raises(InputError, match=rf"there is no column '{column}'"):
        loaded(tmp_path, {name: text for name, text in GOOD.items() if name != column})
    with pytest.raises(InputError, match=rf"published.tsv, line 3: '{column}' is empty"):
        loaded(tmp_path, GOOD, GOOD | {"benchmark": "two", "role": "context", column: ""})


def test_a_published_first_stage_is_a_ratio_with_the_error_of_its_interval():
    found = benchmarks.log_ratios(PUBLISHED, ["erfc_per_allele"])
    # 34.3 % (30.4 to 38.2): IL6R Genetics Consortium and ERFC 2012.
    assert found == {
        "erfc_per_allele": pytest.approx((np.log(1.343), np.log(1.382 / 1.304) / 3.919928), rel=1e-6)
    }
    assert benchmarks.log_ratios(PUBLISHED, []) == {}
    for name, said in (
        ("nobody", "there is no benchmark 'nobody'; add it, or correct the plan"),
        ("review_variance", "the benchmark 'review_variance' is no percent or ratio with an interval"),
        (
            "ferreira_per_allele",
            "the benchmark 'ferreira_per_allele' is no percent or ratio with an interval",
        ),
    ):
        with pytest.raises(InputError, match=said):
            benchmarks.log_ratios(PUBLISHED, [name])


def test_correlations_are_compared_as_fishers_z():
    # Fisher 1921: z = atanh(r) has standard error 1 / sqrt(n - 3), so that r -0.74 of 12 pairs is -0.92 to
    # -0.29; the standard error of r itself is (1 - r^2) times that.
    z, se, low, high = effect_measures.estimate_on_analysis_scale(
        -0.74, (1 - 0.74**2) / 3, np.tanh(-0.9505 - Z / 3), np.tanh(-0.9505 + Z / 3), "correlation"
    )
    assert (z, se) == pytest.approx((-0.9505, 1 / 3), abs=1e-4)
    assert (low, high) == pytest.approx((z - Z / 3, z + Z / 3), abs=1e-3)
    assert effect_measures.on_measure(z, "correlation") == pytest.approx(-0.74)
    assert effect_measures.share_of_effect(-0.74, 0.5, "correlation") == pytest.approx(np.arctanh(-0.37))
    assert effect_measures.MEASURES["sd"].models == ("sd",)
    assert effect_measures.MEASURES["difference"].models == ("difference",)


# What was derived, from what the source prints.


def around(value, log_se):
    """A ratio and its 95 % interval."""
    return value * np.exp(np.array([0, -Z, Z]) * log_se)


def percent(ratios):
    return 100 * (np.asarray(ratios) - 1)


def odds_ratio(cases, n_cases, controls, n_controls):
    """Of an allele's frequencies in people, with the interval of Woolf 1955."""
    counts = np.array([cases, 1 - cases, controls, 1 - controls]) * np.repeat(
        [2 * n_cases, 2 * n_controls], 2
    )
    return around(counts[0] * counts[3] / counts[1] / counts[2], np.sqrt((1 / counts).sum()))


def paired_rise(mean, sd, n, share):
    """A mean change with its SD over n people, which is a share of the level before."""
    ratio = 1 + share
    return percent(around(ratio, sd / np.sqrt(n) / (mean / share) / ratio))


def pairs(r, p):
    """The number of pairs of which Pearson's test of a correlation comes nearest to a printed p."""
    n = np.arange(4, 100)
    own = 2 * stats.t.sf(abs(r) * np.sqrt((n - 2) / (1 - r**2)), n - 2)
    return n[np.abs(np.log(own / p)).argmin()]


DERIVED = {
    # van Dongen 2014, Table 3: CC 5.698, AC 4.418 and AA 3.238 in 1e-8 g/mL; variance 0.71 (0.68 to 0.74) of
    # 1.35.
    "van_dongen_cc_aa": around(56.98 / 32.38, 0.01),
    "van_dongen_per_allele": percent(around(np.sqrt(56.98 / 32.38), 0.005)),
    "van_dongen_variance": np.array([0.71, 0.68, 0.74]) / 1.35,
    # Abstracts of Webb 2021, Marinou 2010 and Montes-Cano 2011.
    "webb_cc_aa": [44.1 / 19.9],
    "webb_activity": [percent(6318 / 3904)],
    "marinou_cc_aa": [21.57 / 17.0],
    "marinou_arthritis": odds_ratio(0.384, 965, 0.417, 988),
    "montes_cano_cc_aa": [242.7 / 142],
    "montes_cano_patients_cc_aa": [233.0 / 135.8],
    # Abstract of Rafiq 2007: 132.48 (125.13 to 140.27) and 68.31 (65.35 to 71.41).
    "rafiq_cc_aa": around(132.48 / 68.31, np.hypot(np.log(140.27 / 125.13), np.log(71.41 / 65.35)) / (2 * Z)),
    # Abstract of ERFC 2012: risk lower by 3.4 % (1.8 to 5.0) per allele.
    "erfc_chd": 1 - np.array([3.4, 5.0, 1.8]) / 100,
    # Data files, per A: van der Harst 2018 and Okada 2014 (log odds), Zhao 2023 (SD).
    "van_der_harst_chd": around(np.exp(-0.0389), 0.0052),
    "okada_arthritis": around(np.exp(-0.07696), 0.01418),
    "scallop_il6": 0.1684 + np.array([0, -Z, Z]) * 0.0119,
    # Doherty 2018: 91105 people and p < 5e-9; SE of an SD per allele at a frequency of 0.39.
    "uk_biobank_activity": [stats.norm.isf(5e-9 / 2) / np.sqrt(2 * 0.39 * 0.61 * 91105)],
    # Nash 2022: Adamopoulos 34.0 to 29.2 ng/mL; 1.4 +/- 0.1 and 2.7 +/- 0.6 as standard errors.
    "adamopoulos_training": [percent(29.2 / 34.0)],
    "review_low_intensity": around(1.4, 0.1 / 1.4),
    "review_high_intensity": around(2.7, 0.6 / 2.7),
    "review_intensity": [2.7 / 1.4],
    # Abstract of Gray 2008: +2.7 +/- 3.9 and +37.7 +/- 55.6 ng/mL in 12 men, 9.6 % each.
    "gray_sil6r": paired_rise(2.7, 3.9, 12, 0.096),
    "gray_sgp130": paired_rise(37.7, 55.6, 12, 0.096),
}
# Abstract of Cullen 2017, the first p as the review prints it.
PAIRS = {
    "cullen_distance": pairs(-0.74, 0.00594),
    "cullen_stress": pairs(0.64, 0.004),
    "cullen_mood": pairs(0.49, 0.02),
    "cullen_sleep": pairs(-0.43, 0.05),
}


def test_every_derived_value_is_recomputed(ours):
    assert set(ours.index[ours["read"].str.contains("derived|turned")]) == set(DERIVED) | set(PAIRS)
    for name, expected in DERIVED.items():
        for column, number in zip(("value", "low", "high"), expected, strict=False):
            text = ours.loc[name, column]
            last = 10.0 ** -len(text.partition(".")[2])
            assert float(text) == pytest.approx(number, abs=0.5001 * last), (name, column, number)
        assert (ours.loc[name, "low"] != "") == (len(expected) == 3), name
    assert ours.loc[list(PAIRS), "n_pairs"].astype(int).to_dict() == PAIRS


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("webb_activity", 0.187),
        ("adamopoulos_training", 0.059),
        ("review_intensity", 0.320),
        ("hojman_lactate", 0.368),
    ],
)
def test_the_largest_error_that_a_printed_p_allows_is_told(ours, name, bound):
    row = ours.loc[name]
    value = effect_measures.on_analysis_scale(float(row["value"]), row["scale"])
    assert abs(value) / stats.norm.isf(float(row["p"]) / 2) == pytest.approx(bound, abs=0.0006)
    assert f"{bound:.3f}" in row["note"]


def test_what_the_notes_reckon_is_so(ours):
    # 8 ng/mL within genotypes, whose shares are 0.15 and 0.37 of 5000 (van Dongen 2014, Table 3).
    error = np.hypot(8 / 56.98 / np.sqrt(0.15 * 5000), 8 / 32.38 / np.sqrt(0.37 * 5000))
    assert error == pytest.approx(0.008, abs=0.0005)
    assert percent([44.18 / 32.38, 56.98 / 44.18]) == pytest.approx([36.4, 29.0], abs=0.05)
    assert "+36.4 % (AA to AC) and +29.0 % (AC to CC)" in ours.loc["van_dongen_per_allele", "note"]
    # The +/- of Nash 2022 are standard errors if they give about the printed p of the difference, 0.04.
    z = (2.7 - 1.4) / np.hypot(0.1, 0.6)
    assert (z, 2 * stats.norm.sf(z)) == pytest.approx((2.14, 0.033), abs=0.003)
    il6 = ours.loc[["swerdlow_il6", "erfc_il6"], ["value", "low", "high"]].astype(float)
    log = np.log1p(il6 / 100)
    q = (log["value"].diff() / np.hypot(*((log["high"] - log["low"]) / (2 * Z)))).iloc[1]
    assert 2 * stats.norm.sf(q) == pytest.approx(0.010, abs=0.001)


# Where each row of the facts went: its finding, cohort and reference as a pattern; the benchmarks, words of
# the row of facts_not_used.tsv, or another table.
WENT = [
    (r"claim: per C", "review_per_allele"),
    (r"claim: CC vs AA", "review_cc_aa"),
    (r"claim: R2", "review_variance"),
    (r"claim: AA more", "review_activity"),
    (r"sIL-6R mean (AA|CC).*Webb", "webb_cc_aa"),
    (r"sIL-6R (mean|median) AC.*(Webb|Marinou|Montes)", "of AC heterozygotes"),
    (r"physical activity A[AC] .*Webb", "webb_activity"),
    (r"physical activity CC", "IPAQ of CC"),
    (r"genotype vs physical activity", "activity over the three genotypes"),
    (r"sIL-6R vs physical activity", "sIL-6R with activity by questionnaire"),
    (r"sgp130 vs physical activity", "webb_sgp130"),
    (r"trained runners", "among trained runners"),
    (r"per 358Ala allele sIL-6R.*ERFC", "erfc_per_allele"),
    (r"per 358Ala allele IL-6.*ERFC", "erfc_il6"),
    (r"per 358Ala allele CRP", "erfc_crp"),
    (r"per 358Ala allele fibrinogen", "erfc_fibrinogen"),
    (r"per 358Ala allele CHD", "erfc_chd"),
    (r"minor allele frequency 358Ala", "reference_frequencies.tsv"),
    (r"per 358Ala allele sIL-6R.*Ferreira", "ferreira_per_allele"),
    (r"surface IL-6R", "surface IL-6R"),
    (r"isoform transcription", "transcripts of the soluble"),
    (r"R2 of rs2228145 on plasma", "van_dongen_variance_model"),
    (r"broad heritability", "broad heritability"),
    (r"per C allele sIL-6R in NTR|sIL-6R mean AC, age", "van_dongen_per_allele"),
    (r"sIL-6R (major|minor) homozygotes", "rafiq_cc_aa"),
    (r"R2 of rs4537545", "rafiq_variance"),
    (r"^LD ", "variants.tsv"),
    (r"minor allele frequency rs4537545", "frequencies of gnomAD's further"),
    (r"rs4537545 raises IL-6", "rafiq_il6"),
    (r"rs4537545 vs gp130", "rafiq_sgp130"),
    (r"Melzer", "effects on eight proteins"),
    (r"admixture LOD", "by admixture"),
    (r"frequency (West|European).*Reich", "in West Africans"),
    (r"sIL-6R mean (AA|CC).*Marinou", "marinou_cc_aa"),
    (r"C allele frequency .*Marinou", "marinou_arthritis"),
    (r"sIL-6R median (AA|CC).*healthy", "montes_cano_cc_aa"),
    (r"sIL-6R median (AA|CC).*RA patients", "montes_cano_patients_cc_aa"),
    (r"per Ala allele sIL-6R", "per Ala allele"),
    (r"rs12083537", "rs12083537"),
    (r"rs7529229 sIL-6R", "14.87 ng/mL"),
    (r"rs7529229 IL-6", "swerdlow_il6"),
    (r"rs7529229 CRP", "swerdlow_crp"),
    (r"rs7529229 fibrinogen", "swerdlow_fibrinogen"),
    (r"CHD odds ratio rs7529229", "allele of rs7529229, 0.95"),
    (r"SOMAscan", "SOMAscan"),
    (r"Olink INF", "scallop_il6"),
    (r"INTERVAL", "INTERVAL"),
    (r"Ahluwalia", "p of the locus on IL-6"),
    (r"Hamilton", "-0.11"),
    (r"Qi 2007", "in nurses"),
    (r"Galicia", "in Japanese"),
    (r"rs4129267 .*\) (AFR|AMR|EAS)\|", "reference_frequencies.tsv"),
    (r"T allele frequency|Kim 2003", "frequencies of gnomAD's further"),
    (r"1000G", "1000 Genomes"),
    (r"rs61812598|rs12133641", "rs61812598 and rs12133641"),
    (r"GRCh3[78]|merged into", "variants.tsv"),
    (r"^Kd .*0\.5 nM|^IL-6 ~21", "masses of IL-6 and sgp130"),
    (r"^Kd |^sIL-6R mass", "binding_constants.tsv"),
    (r"stoichiometry", "stoichiometry"),
    (r"most IL-6 is free", "most IL-6 is free"),
    (r"^resting IL-6 /|^sgp130 healthy|elite athletes", "reference_ranges.tsv"),
    (r"sIL-6R healthy range", "20 to 80 ng/mL"),
    (r"healthy children", "of children"),
    (r"derived: CC/AA ratio\|Netherlands", "van_dongen_cc_aa"),
    (r"derived: (CC/AA|%/allele|geometric)", "follow from other rows"),
    (r"sIL-6R mean (AA|CC), age", "van_dongen_cc_aa"),
    (r"variance of sIL-6R due", "van_dongen_variance"),
    (r"training distance", "cullen_distance"),
    (r"sIL-6R with stress", "cullen_stress"),
    (r"sIL-6R with mood", "cullen_mood"),
    (r"sIL-6R with sleep", "cullen_sleep"),
    (r"upper respiratory", "cullen_symptoms"),
    (r"lipids, blood pressure", "erfc_bmi erfc_smoking", "lipids, blood pressure"),
    (r"rheumatoid arthritis per C", "okada_arthritis"),
    (r"coronary artery disease per C", "van_der_harst_chd"),
    (r"IL-6, CRP, fibrinogen per allele", "swerdlow_il6 swerdlow_crp swerdlow_fibrinogen"),
    (r"activity \(accelerometer\)", "uk_biobank_activity"),
    (r"acute exercise to fatigue", "gray_sil6r gray_sgp130"),
    (r"after 1 h of cycling", "review_sil6r_exercise"),
    (r"fixed bout", "croft_response"),
    (r"over habitual activity", "review_il6_activity"),
    (r"resting IL-6 after a training", "review_il6_training"),
    (r"over lactate", "hojman_lactate"),
    (r"running against cycling", "review_mode steensberg_glycogen review_carbohydrate"),
    (r"added to dieting", "silverman_diet"),
    (r"12 weeks of training, healthy", "adamopoulos_controls"),
    (r"AA gain by", "review_waist review_triglycerides review_glucose"),
    (r"35 min cycling", "review_low_intensity review_high_intensity review_intensity"),
    (r"bounds on standard errors", "webb_activity adamopoulos_training"),
    (r"may alter binding", "changes the protein"),
]


def test_every_row_of_the_facts_is_used_or_listed_with_why_not(ours):
    known = facts("published_effects.tsv").astype(object).fillna("")
    left_out = pd.read_csv(RESOURCES / "facts_not_used.tsv", sep="\t", dtype=str)
    used = []
    for row in known.itertuples():
        text = f"{row.finding}|{row.cohort}|{row.reference}"
        places = next((one[1:] for one in WENT if re.search(one[0], text)), None)
        assert places, f"what became of: {text}"
        for place in places:
            if (RESOURCES / place).exists() or left_out["finding"].str.contains(place, regex=False).any():
                continue
            names = place.split()
            assert set(names) <= set(ours.index), text
            assert not re.search("NOT VERIFIED|not found", row.status), text
            used += names
    # And the other way: what the facts have not was read by ourselves, or is of the review's text.
    rest = ours.loc[~ours.index.isin(used)]
    own = ["ferreira_asthma", "bovijn_covid19"]
    assert rest.index[rest["doi"] != "10.1111/sms.14241"].tolist() == own
    assert rest.drop(own)["reference"].str.contains("Nash 2022").all()


@pytest.mark.parametrize(
    ("name", "finding", "reference"),
    [
        ("erfc_per_allele", "per 358Ala allele sIL-6R", "ERFC"),
        ("ferreira_per_allele", "per 358Ala allele sIL-6R", "Ferreira"),
        ("erfc_il6", "per 358Ala allele IL-6", "ERFC"),
        ("erfc_crp", "per 358Ala allele CRP", "ERFC"),
        ("erfc_fibrinogen", "per 358Ala allele fibrinogen", "ERFC"),
        ("erfc_chd", "as an odds ratio", "ERFC"),
        ("swerdlow_il6", "rs7529229 IL-6", "Swerdlow"),
        ("scallop_il6", r"Olink INF\) per C", "Zhao"),
        ("okada_arthritis", "rheumatoid arthritis per C", "Okada"),
        ("van_der_harst_chd", "coronary artery disease per C", "van der Harst"),
        ("van_dongen_cc_aa", "derived: CC/AA ratio$", "van Dongen"),
        ("van_dongen_variance_model", "R2 of rs2228145", "van Dongen"),
        ("rafiq_variance", "R2 of rs4537545", "Rafiq"),
        ("cullen_distance", "training distance", "Cullen"),
        ("cullen_stress", "with stress", "Cullen"),
        ("cullen_mood", "with mood", "Cullen"),
        ("cullen_sleep", "with sleep", "Cullen"),
        ("hojman_lactate", "over lactate", "Hojman"),
    ],
)
def test_a_value_that_was_printed_stands_as_in_the_facts(ours, name, finding, reference):
    known = facts("published_effects.tsv").astype(object).fillna("")
    rows = known[known["finding"].str.contains(finding) & known["reference"].str.contains(reference)]
    assert len(rows) == 1
    for column, theirs in (("value", "estimate"), ("low", "lower"), ("high", "upper")):
        text = rows.iloc[0][theirs]
        if text != "":
            assert float(ours.loc[name, column]) == float(text), column
