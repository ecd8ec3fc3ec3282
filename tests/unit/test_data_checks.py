"""Data checks: where each limit lies, what is said beyond it, and which verdicts must wait."""

import csv
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import REPO
from made_study import made_study

from il6r import data_quality, plan
from il6r.errors import InputError
from il6r.plan import Analysis, LookedAt
from il6r.replication import data_checks, quality_limits
from il6r.report.quality import checks as report_checks
from il6r.report.quality import section as quality_section
from il6r.tables.activity import ACTIVITY_QC, RECORDINGS
from il6r.tables.assays import ASSAYS_QC, CONTROLS, PLATES, VARIABILITY
from il6r.tables.cohort import COHORT_FLOW, DATA_QUALITY
from il6r.tables.data_checks import DATA_CHECKS
from il6r.tables.genotypes import CONCORDANCE, GENOTYPES_QC, SOURCES, STRUCTURE_SUMMARY

PATH = REPO / "resources" / "quality_limits.tsv"
LIMITS = quality_limits.load(PATH)
PANEL = pd.read_csv(REPO / "resources" / "reference_frequencies.tsv", sep="\t")
# 1,000 Europeans in equilibrium, C at 0.39.
EUROPEANS = {
    "group": "EUR", "ancestry": "EUR", "effect_allele": "C", "samples": 1000, "called": 1000,
    "call_rate": 1.0, "n_0": 372, "n_1": 476, "n_2": 152, "frequency": 0.39, "hwe_midp": 0.99,
    "reference_frequency": 0.39, "reference_p_value": 1.0, "batch_p_value": 0.5,
}  # fmt: skip
EVERYBODY = (
    EUROPEANS | dict.fromkeys(["ancestry", "reference_frequency", "reference_p_value"]) | {"group": "all"}
)
SOURCE = {
    "file": 1, "variant": "rs2228145", "build_evidence": "", "effect_allele": "C", "records": 1,
    "imputation_quality": None, "samples": 1000, "found": True, "imputed": 0,
}  # fmt: skip
SIL6R = {
    "analyte": "sil6r", "unit": "ng/mL", "samples": 1000, "below_limit": 0, "above_limit": 0, "median": 40.0,
    "median_cv_percent": 5.0, "reference_low": 15.0, "reference_high": 242.7,
}  # fmt: skip
ACTIVITY = {
    "recordings": 1000, "recordings_failed": 0, "people": 1000, "people_included": 1000,
}  # fmt: skip


STRUCTURE = {"independent": 2000, "samples": 1000, "duplicates": 0, "outliers": 0}


def cohort(**changes):
    """A cohort's tables, all of which pass, with some of them changed."""
    tables = [
        (GENOTYPES_QC, [EVERYBODY, EUROPEANS]),
        (SOURCES, [SOURCE]),
        (CONCORDANCE, [{"file_1": 1, "file_2": 2, "called_in_both": 1000, "agree": 1000}]),
        (STRUCTURE_SUMMARY, [STRUCTURE]),
        (ASSAYS_QC, [SIL6R]),
        (PLATES, [{"analyte": "sil6r", "failed": None}] * 20),
        (CONTROLS, [{"analyte": "sil6r", "in_range": True}] * 100),
        (VARIABILITY, [{"analyte": "sil6r", "inter_plate_cv_percent": 5.0}]),
        (RECORDINGS, [{"failure": None, "calibration": "applied", "calibration_after_mg": 1.0}] * 100),
        (ACTIVITY_QC, [ACTIVITY]),
        (COHORT_FLOW, [{"stage": "cohort", "counted": "participants", "left": 1000}]),
    ]
    frames = {
        table.name: pd.DataFrame(changes.pop(table.name, rows), columns=list(table.columns))
        for table, rows in tables
    }
    assert not changes
    return frames


def measured(**changes):
    """`DATA_QUALITY` of one cohort."""
    return DATA_QUALITY.check(data_quality.measure(cohort(**changes), PANEL, "rs2228145"))


def checked(minimum=5, looked_at=(), **changes):
    """`DATA_CHECKS` of one cohort by check."""
    found = data_checks.check({"x": measured(**changes)}, LIMITS, minimum, looked_at)
    return DATA_CHECKS.check(found).set_index("check")


def qc(**changes):
    """The tables of a cohort whose people are all of one group, with everybody alike."""
    own = EUROPEANS | changes
    same = {key: value for key, value in changes.items() if not key.startswith("reference")}
    return {"genotypes_qc": [EVERYBODY | same, own]}


def of_controls(in_range):
    return {"controls": [{"analyte": "sil6r", "in_range": number < in_range} for number in range(100)]}


def of_plates(failed, of=20):
    rows = [{"analyte": "sil6r", "failed": "no curve" if number < failed else None} for number in range(of)]
    return {"plates": rows}


def of_recordings(uncalibrated):
    outcomes = ["not applied: fewer than 10 still windows"] * uncalibrated + ["not needed"] * (
        100 - uncalibrated
    )
    return {"recordings": [{"calibration": one, "calibration_after_mg": None} for one in outcomes]}


def errors(mg):
    return {"recordings": [{"calibration": "applied", "calibration_after_mg": mg}] * 50}


def pairs(agree, both=1000):
    return {"concordance": [{"file_1": 1, "file_2": 2, "called_in_both": both, "agree": agree}]}


def structure(**changes):
    return {"structure_summary": [STRUCTURE | changes]}


def activity(**changes):
    return {"activity_qc": [ACTIVITY | changes]}


def sil6r(**changes):
    return {"assays_qc": [SIL6R | changes]}


def people(number):
    return {"cohort_flow": [{"stage": "cohort", "counted": "participants", "left": number}]}


def variability(percent):
    return {"variability": [{"analyte": "sil6r", "inter_plate_cv_percent": percent}]}


def quality(value):
    return {"sources": [SOURCE | {"imputation_quality": value}]}


def proxy(r2):
    return {"sources": [SOURCE | {"variant": "rs4129267"}]} | qc(proxy_r2=r2)


# What lies at a limit is still within it.
AT_LIMITS = [
    ("call_rate", qc(called=950), qc(called=949), qc(called=900), qc(called=899)),
    ("hwe", *(qc(hwe_midp=p, n_1=400) for p in (0.001, 9e-4, 1e-6, 9e-7))),
    ("absent_genotype", *(qc(n_0=0, n_1=n_1, n_2=n_1 // 2) for n_1 in (28, 32, 58, 62))),
    (
        "frequency",
        qc(frequency=0.33, reference_p_value=0.001),
        qc(frequency=0.33, reference_p_value=9e-4),
        qc(frequency=0.25, reference_p_value=1e-9),
        qc(frequency=0.23, reference_p_value=1e-9),
    ),
    ("frequency_range", qc(frequency=0.53), qc(frequency=0.56), None, qc(frequency=0.61)),
    ("files_differ", *(qc(batch_p_value=p) for p in (0.001, 9e-4, 1e-6, 9e-7))),
    ("discordance", pairs(990), pairs(989), pairs(950), pairs(949)),
    ("imputation_quality", quality(0.8), quality(0.79), quality(0.3), quality(0.29)),
    ("proxy_r2", proxy(0.9), proxy(0.89), proxy(0.8), proxy(0.79)),
    ("structure_snps", *(structure(independent=snps) for snps in (500, 499, 0)), None),
    ("duplicates", structure(duplicates=10), structure(duplicates=11), structure(duplicates=400), None),
    ("outliers", structure(outliers=50), structure(outliers=51), structure(outliers=900), None),
    (
        "outside_limits_sil6r",
        sil6r(below_limit=150, above_limit=50),
        sil6r(below_limit=150, above_limit=51),
        sil6r(below_limit=500),
        sil6r(below_limit=501),
    ),
    (
        "replicates_cv_sil6r",
        sil6r(median_cv_percent=10),
        sil6r(median_cv_percent=10.1),
        sil6r(median_cv_percent=20),
        sil6r(median_cv_percent=20.1),
    ),
    ("plates_cv_sil6r", variability(15), variability(15.1), variability(25), variability(25.1)),
    ("plates_failed_sil6r", of_plates(0), of_plates(1), of_plates(5), of_plates(6)),
    ("controls_in_range_sil6r", of_controls(95), of_controls(94), of_controls(66), of_controls(65)),
    ("level_fold_sil6r", sil6r(median=15), sil6r(median=14.9), sil6r(median=2427), sil6r(median=1.4)),
    ("relative_units_sil6r", sil6r(), sil6r(unit="2^NPX"), None, None),
    (
        "recordings_failed",
        activity(recordings_failed=50),
        activity(recordings_failed=51),
        activity(recordings_failed=200),
        activity(recordings_failed=201),
    ),
    ("uncalibrated", of_recordings(5), of_recordings(6), of_recordings(20), of_recordings(21)),
    ("calibration_error", errors(5), errors(5.1), errors(10), errors(10.1)),
    (
        "people_with_enough_days",
        activity(people_included=800),
        activity(people_included=799),
        activity(people_included=600),
        activity(people_included=599),
    ),
    ("people", people(30), people(29), people(6), None),
    ("smallest_genotype", qc(n_2=10), qc(n_2=9), qc(n_2=0), None),
]  # fmt: skip


def test_every_check_has_a_case_at_its_limits():
    names = [
        name
        for limit in LIMITS.values()
        for name, analyte in quality_limits.names_of(limit).items()
        if analyte in (None, "sil6r")
    ]
    assert [case[0] for case in AT_LIMITS] == names


@pytest.mark.parametrize("case", AT_LIMITS, ids=lambda case: case[0])
def test_a_value_at_a_limit_is_within_it_and_one_beyond_is_not(case):
    check, *given = case
    expected = ("pass", "look", "look", "fail")
    for changes, level in zip(given, expected, strict=True):
        if changes is not None:
            row = checked(**changes).loc[check]
            assert row["level"] == level, (changes, row["value"])
            assert pd.isna(row["sentence"]) == pd.isna(row["advice"]) == (level == "pass")


def test_good_data_pass_every_check_that_can_be_made():
    found = checked()
    assert found["level"].isin(["pass", "not measured"]).all()
    assert set(found.index[found["level"] == "not measured"]) == {"imputation_quality", "proxy_r2"}


def test_a_cohort_without_assays_or_recordings_is_not_measured_there_and_says_why():
    found = checked(
        assays_qc=[], plates=[], controls=[], variability=[], recordings=[], concordance=[],
        activity_qc=[dict.fromkeys(ACTIVITY, 0)], genotypes_qc=[EVERYBODY], structure_summary=[],
    )  # fmt: skip
    assert "assays" not in set(found["stage"])
    assert (found.loc[found["stage"] == "activity", "level"] == "not measured").all()
    assert found.at["frequency", "sentence"] == "No ancestry that the panel has is declared."
    assert found.at["structure_snps", "level"] == "not measured"
    assert found.at["people_with_enough_days", "sentence"] == "Nobody has accelerometry."
    assert not found["level"].isin(["look", "fail"]).any()


def test_a_biobank_s_tiny_deviations_pass_and_large_ones_of_few_people_do_not_fail():
    # F of 0.01 among 500,000: z = F sqrt(n) = 7.
    biobank = qc(hwe_midp=1e-12, n_0=187_240, n_1=235_520, n_2=77_240, called=500_000, samples=500_000)
    assert checked(**biobank).at["hwe", "level"] == "pass"
    few = qc(hwe_midp=0.03, n_0=5, n_1=20, n_2=5, called=30, samples=30)
    assert checked(**few).at["hwe", "level"] == "pass"
    frequency = qc(frequency=0.38, reference_p_value=1e-80)
    assert checked(**frequency).at["frequency", "level"] == "pass"
    assert (
        checked(**qc(batch_p_value=1e-12, called=500_000, samples=500_000)).at["files_differ", "level"]
        == "pass"
    )


def test_a_mixture_of_ancestries_passes_and_what_no_mixture_gives_fails():
    # Half Africans at 0.1375 and half Americans at 0.5094: F is their variance over p (1 - p).
    mean, half = (0.1375 + 0.5094) / 2, (0.5094 - 0.1375) / 2
    f = half**2 / (mean * (1 - mean))
    largest = data_quality.largest_inbreeding(np.array([0.1375, 0.39, 0.5094]))
    assert f <= largest < 1.1 * f

    def everybody(f):
        counts = 10_000 * np.array([0.36 + 0.24 * f, 0.48 * (1 - f), 0.16 + 0.24 * f])
        n_0, n_1, n_2 = map(int, counts.round())
        row = EVERYBODY | {"n_0": n_0, "n_1": n_1, "n_2": n_2, "frequency": 0.4, "hwe_midp": 1e-30}
        return checked(genotypes_qc=[row]).at["hwe", "level"]

    assert [everybody(f) for f in (0.1, 0.25, -0.1)] == ["pass", "fail", "fail"]


def test_calls_that_lost_every_aa_fail_by_call_rate_equilibrium_and_the_absent_genotype():
    # 64 of 100 people are called and none is AA: 46 AC and 18 CC, whose mid-p was found by PLINK 2.
    merged = {
        "samples": 100, "called": 64, "n_0": 0, "n_1": 46, "n_2": 18, "frequency": 82 / 128,
        "hwe_midp": 9.64896e-7,
    }  # fmt: skip
    found = checked(genotypes_qc=[EVERYBODY | merged])
    assert set(found.index[found["level"] == "fail"]) >= {"call_rate", "hwe"}
    # Of numbers that are rounded alike, 60 to 69 of 100 to 109, the middle.
    assert found.at["call_rate", "value"] == 0.62
    # 64 people in equilibrium at that frequency, whose number is that of a few people: (46 / 128)^2 x 64.
    assert pd.isna(found.at["absent_genotype", "value"])
    absent = measured(genotypes_qc=[EVERYBODY | merged]).set_index("check").at["absent_genotype", "value"]
    assert absent == pytest.approx(64 * (46 / 128) ** 2, rel=1e-3)
    assert (
        found.at["call_rate", "sentence"]
        == "The share of samples with a call is 62 %, below the limit of 90 %."
    )
    assert found.at["call_rate", "advice"].startswith("Usual causes: missing calls are seldom")
    hwe = found.at["hwe", "sentence"]
    assert "(not shown: of few people) is in everybody below the limit of 1e-06" in hwe


def test_exchanged_alleles_fail_without_any_ancestry_and_with_it():
    exchanged = {"n_0": 152, "n_1": 476, "n_2": 372, "frequency": 0.61}
    found = checked(genotypes_qc=[EVERYBODY | exchanged])
    assert found.at["frequency", "level"] == "not measured"
    assert found.at["frequency_range", "level"] == "fail"
    assert "(0.61, where the panel's are 0.14 to 0.51)" in found.at["frequency_range", "sentence"]
    found = checked(**qc(**exchanged, reference_p_value=1e-90))
    assert "0.61, where the reference is 0.39" in found.at["frequency", "sentence"]


def test_the_worst_group_is_told_with_how_many_there_are():
    africans = EUROPEANS | {"group": "AFR", "ancestry": "AFR", "hwe_midp": 1e-9, "n_1": 400}
    found = checked(genotypes_qc=[EVERYBODY, africans, EUROPEANS])
    assert found.at["hwe", "groups"] == 3
    assert "in AFR, the worst of 3 (|F|" in found.at["hwe", "sentence"]


def test_groups_that_a_proxy_is_refused_in_are_not_judged_nor_everybody_with_them():
    refused = EUROPEANS | {
        "group": "AFR",
        "frequency": 0.74,
        "hwe_midp": 1e-9,
        "reference_p_value": 0.0,
        "refused": "r2",
    }
    everybody = EVERYBODY | {"hwe_midp": 1e-20, "frequency": 0.7, "n_1": 300}
    found = checked(genotypes_qc=[everybody, refused, EUROPEANS], sources=[SOURCE | {"variant": "rs4537545"}])
    assert not found["level"].isin(["fail"]).any()
    assert found.at["frequency_range", "level"] == "not measured"
    assert found.at["proxy_r2", "sentence"].startswith("A proxy was read, and the study variant is not")


def test_counts_of_genotypes_are_not_judged_where_calls_are_imputed():
    imputed = SOURCE | {"imputed": 1000, "imputation_quality": 0.9}
    found = checked(**qc(hwe_midp=1e-20, n_1=900), sources=[imputed])
    assert found.at["hwe", "level"] == found.at["absent_genotype", "level"] == "not measured"
    assert found.at["imputation_quality", "level"] == "pass"


def test_no_number_tells_of_a_few_people():
    few = qc(called=997) | sil6r(below_limit=3) | activity(people_included=998, recordings_failed=2)
    found = checked(**few)
    hidden = ["call_rate", "outside_limits_sil6r", "recordings_failed", "people_with_enough_days"]
    assert found.loc[hidden, "value"].isna().all()
    assert (found.loc[hidden, "level"] == "pass").all()
    # One small genotype hides what its count would follow from, and the level stays.
    rare = EUROPEANS | {"group": "AFR", "n_0": 900, "n_1": 60, "n_2": 3, "hwe_midp": 1e-9}
    found = checked(genotypes_qc=[EVERYBODY, rare | {"n_1": 20}, EUROPEANS]).loc["hwe"]
    assert found["level"] == "fail"
    assert found[["value", "deviation"]].isna().all()
    assert "(not shown: of few people) is in AFR" in found["sentence"]
    found = checked(**people(63))
    assert found.at["people", "value"] == 60
    assert "is at least 10, below the limit of 30" in checked(**people(18)).at["people", "sentence"]
    assert pd.isna(checked(**people(3)).at["people", "value"])
    assert pd.isna(checked(**qc(n_2=4)).at["smallest_genotype", "value"])


def test_where_one_group_s_number_tells_of_a_few_people_no_group_s_is_told():
    # 20 of 1,000 calls differ between two files, and 2 of 1,000 between two others.
    both = [{"file_1": 1, "file_2": 2, "called_in_both": 1000, "agree": 980}]
    told = checked(concordance=both).loc["discordance"]
    assert told["value"] == 0.02
    assert "is 2 % in files 1 and 2, above the limit of 1 %" in told["sentence"]
    both.append({"file_1": 1, "file_2": 3, "called_in_both": 1000, "agree": 998})
    hidden = checked(concordance=both).loc["discordance"]
    assert (hidden["level"], hidden["groups"]) == ("look", 2)
    assert pd.isna(hidden["value"])
    assert "(not shown: of few people) is in files 1 and 2, the worst of 2 above" in hidden["sentence"]
    assert checked(minimum=1, concordance=both).at["discordance", "value"] == 0.02


def test_groups_below_the_smallest_are_not_judged_whatever_the_smallest_is():
    few = EUROPEANS | {
        "group": "AFR", "ancestry": "AFR", "samples": 40, "called": 40, "n_0": 0, "n_1": 40, "n_2": 0,
        "hwe_midp": 1e-12, "frequency": 0.5, "reference_frequency": 0.1375, "reference_p_value": 1e-16,
    }  # fmt: skip
    given = {"genotypes_qc": [EVERYBODY, EUROPEANS, few]}
    found = checked(minimum=40, **given)
    assert found.loc[["hwe", "frequency"], "level"].tolist() == ["fail", "fail"]
    found = checked(minimum=41, **given)
    assert found.loc[["hwe", "frequency"], "level"].tolist() == ["pass", "pass"]
    assert found.loc[["hwe", "frequency"], "groups"].tolist() == [2, 1]
    found = checked(minimum=41, genotypes_qc=[EVERYBODY, few]).loc["frequency"]
    assert found["sentence"] == "There are too few samples in each group to be judged."


def test_what_was_measured_comes_back_from_its_file(tmp_path):
    # A p-value of 0 has no finite deviation.
    found = measured(**qc(batch_p_value=0.0, called=997), controls=[])
    DATA_QUALITY.write(found, tmp_path / "data_quality.tsv")
    again = DATA_QUALITY.read(tmp_path / "data_quality.tsv")
    pd.testing.assert_frame_equal(again, found, rtol=1e-9)
    by_check = again.set_index("check")
    assert by_check.at["files_differ", "deviation"] == np.inf
    assert by_check.at["call_rate", "n_0"] == 3
    assert by_check.at["controls_in_range_sil6r", "note"] == "no control has a range"
    assert by_check.loc["hwe", "group"].tolist() == ["everybody", "EUR"]


def analysis(**keys):
    return Analysis("one", "one", **{"outcome": "sil6r"} | keys)


@pytest.mark.parametrize(
    ("stage", "analyte", "held", "free"),
    [
        (
            "genotypes",
            None,
            [
                analysis(),
                analysis(outcome="crp_mg_l"),
                analysis(exposure="programme", interaction="genotype"),
                analysis(exposure="bmi", strata="genotype"),
                analysis(exposure="bmi", subset={"genotype": "AA"}),
            ],
            [analysis(exposure="enmo_mg"), analysis(exposure="mean")],
        ),
        (
            "assays",
            "il6",
            [analysis(outcome="il6"), analysis(outcome="il6_response", exposure="mean"),
             analysis(outcome="free_il6"), analysis(outcome="fatigue", exposure="il6")],
            [analysis(), analysis(outcome="activity"), analysis(outcome="sgp130")],
        ),
        (
            "assays",
            "sil6r",
            [analysis(), analysis(outcome="fatigue", exposure="sil6r")],
            [analysis(outcome="il6"), analysis(outcome="crp_mg_l")],
        ),
        (
            "activity",
            None,
            [
                analysis(outcome="activity"),
                analysis(outcome="mvpa_min_per_day"),
                analysis(exposure="enmo_7d_mg"),
                analysis(outcome="other"),
            ],
            [analysis(), analysis(outcome="met")],
        ),
        ("size", None, [], [analysis(), analysis(outcome="activity")]),
    ],
)  # fmt: skip
def test_a_failed_check_holds_back_what_rests_on_its_data_and_nothing_else(stage, analyte, held, free):
    row = {"cohort": "x", "stage": stage, "analyte": analyte, "sentence": "It is bad.", "advice": "Mend it."}
    asked = {str(number): one for number, one in enumerate([*held, *free])}
    for level, looked_at in (("fail", False), ("fail", True), ("look", False), ("not measured", False)):
        checks = pd.DataFrame([row | {"level": level, "looked_at": looked_at}])
        found = data_checks.held_back(checks, asked)
        expected = range(len(held)) if level == "fail" and not looked_at else []
        assert found["analysis"].tolist() == [str(number) for number in expected]
        assert list(found) == ["cohort", "analysis", "sentence"]


def test_what_is_held_back_says_every_failed_check_and_what_to_do_about_the_first():
    bad = qc(called=640, hwe_midp=1e-15, n_1=100)
    found = data_checks.held_back(
        checked(**bad).reset_index(), {"a": analysis(), "b": analysis(exposure="bmi")}
    )
    (sentence,) = found["sentence"]
    assert found[["cohort", "analysis"]].to_numpy().tolist() == [["x", "a"]]
    assert sentence.startswith(
        "x: The share of samples with a call is 64 %, below the limit of 90 %. The p-value"
    )
    assert sentence.count("What to do") == 1


def test_a_check_that_was_looked_at_keeps_its_level_and_holds_nothing_back():
    looked_at = [LookedAt("x", "call_rate", "missing at random"), LookedAt("y", "hwe", "of another cohort")]
    found = checked(looked_at=looked_at, **qc(called=640))
    assert found.at["call_rate", "level"] == "fail"
    assert found["looked_at"].sum() == 1
    assert found.at["call_rate", "looked_at_reason"] == "missing at random"
    assert data_checks.held_back(found.reset_index(), {"a": analysis()}).empty


def test_every_limit_has_a_reason_and_a_source_or_says_that_it_is_a_judgement():
    for limit in LIMITS.values():
        assert limit.read
        assert (
            limit.doi
            or "judgement" in limit.reference
            or limit.reference.startswith(("resources/", "ICH M10"))
        )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"check": "call_rate"}, "line 3: the check 'call_rate' is there twice"),
        ({"stage": "cohort"}, "line 3: the stage 'cohort' is not one of 'genotypes'"),
        ({"unit": "mg"}, "line 3: the unit 'mg' is not one of 'share'"),
        ({"bad": "both"}, "line 3: the bad 'both' is not one of 'low', 'high'"),
        ({"look": "much"}, "line 3: its look 'much' is no number"),
        ({"fail": "nan"}, "line 3: its fail 'nan' is no number"),
        ({"fail": "0.97"}, "line 3: its limits are in the wrong order"),
        ({"why": " "}, "line 3: 'why' is empty"),
        (
            {"deviation_fail": "", "deviation": "F", "deviation_look": "0.1"},
            "line 3: a deviation and its limits",
        ),
    ],
)
def test_a_line_of_limits_that_cannot_be_used_is_told(tmp_path, changes, said):
    lines = list(csv.DictReader(PATH.read_text().splitlines(), delimiter="\t"))
    pd.DataFrame([lines[0], lines[0] | {"check": "another"} | changes]).to_csv(
        tmp_path / "limits.tsv", sep="\t", index=False
    )
    with pytest.raises(InputError, match=said):
        quality_limits.load(tmp_path / "limits.tsv")


def test_limits_without_a_column_are_told(tmp_path):
    pd.read_csv(PATH, sep="\t", dtype=str).drop(columns="why").to_csv(
        tmp_path / "l.tsv", sep="\t", index=False
    )
    with pytest.raises(InputError, match="there is no column 'why'; add it"):
        quality_limits.load(tmp_path / "l.tsv")


def test_a_limit_without_fail_never_fails():
    assert replace(LIMITS["people"], look=30.0).level(0) == "look"


def test_the_plan_s_looked_at_names_cohorts_and_checks_that_are_there(tmp_path):
    path = tmp_path / "plan.yaml"

    def loaded(**given):
        replication = {"looked_at": [{"cohort": "x", "check": "hwe", "reason": "twins"} | given]}
        one = {"name": "one", "label": "one", "outcome": "sil6r"}
        path.write_text(yaml.safe_dump({"analyses": [one], "replication": replication}))
        found = plan.load(path, REPO / "workflow" / "schemas" / "plan.schema.yaml")
        plan.check_looked_at(path, found, ["x"], quality_limits.checks(PATH))
        return found

    assert loaded().looked_at == (LookedAt("x", "hwe", "twins"),)
    assert loaded().replication["smallest_share"] == 0.5
    assert loaded(check="outside_limits_il6").looked_at[0].check == "outside_limits_il6"
    with pytest.raises(InputError, match=r"replication.looked_at: there is no cohort 'y'; use one of 'x'"):
        loaded(cohort="y")
    with pytest.raises(
        InputError, match=r"there is no check 'outside_limits'; use one of 'call_rate', 'hwe'"
    ):
        loaded(check="outside_limits")
    with pytest.raises(InputError, match="reason"):
        loaded(reason=" ")


def test_the_report_has_a_row_a_cohort_with_the_worst_check_of_each_stage():
    looked_at = [LookedAt("x", "hwe", "twins")]
    bad = qc(called=640, hwe_midp=1e-15, n_1=100) | sil6r(median_cv_percent=12)
    checks = checked(looked_at=looked_at, **bad, **activity(people=0, people_included=0)).reset_index()
    study = made_study(["x"], {"data_checks": checks})
    worst, _ = quality_section.content(study)
    ((cohort, genotypes, ancestry, assays, activities, size),) = worst.rows
    assert (cohort.text[0].text, cohort.text[0].anchor) == ("x", "co-x")
    assert (ancestry.level, activities.level, size.level) == ("pass", "pass", "pass")
    assert (genotypes.level, genotypes.text) == ("fail", "call rate 64 %, 1 more")
    assert (assays.level, assays.text) == ("look", "sIL-6R: CV of replicates 12 %")
    table, absent = report_checks.table("x", checks, study.resource("limits"), 5)
    domains = {group.label: {row[0].text: row[1:] for row in group.rows} for group in table.rows}
    value, limit, result = domains["Genotypes"]["Hardy-Weinberg p"]
    assert value.startswith("1e-15, deviation 0.")
    assert limit == "look below 0.001 and deviation 0.02, fail below 1e-06 and deviation 0.05"
    assert (result.level, result.text.endswith("Looked at: twins.")) == ("fail", True)
    assert domains["Assays"]["sIL-6R outside limits"][1] == "look above 20 %, fail above 50 %"
    assert "nobody has accelerometry (people with enough valid days)" in absent.sentences[0]


def test_the_report_shows_no_number_of_few_people():
    checks = checked(**qc(called=997)).reset_index()
    (table, _) = report_checks.table("x", checks, made_study(["x"], {}).resource("limits"), 5)
    rows = {row[0].text: row[1:] for row in table.rows[0].rows}
    assert rows["call rate"][0] == "not shown: of few people"
    assert quality_section.content(made_study(["x"], {})) == []


def test_a_domain_that_passes_names_a_check_though_its_value_is_of_few_people():
    rows = checked(**qc(called=994)).reset_index()
    rows = rows[rows["check"] == "call_rate"]
    hidden = rows.assign(value=float("nan"), level="pass")
    assert report_checks.lights(hidden, 5)["Genotypes"].text == "call rate (value not shown)"
    both = pd.concat([hidden, rows.assign(value=0.994, level="pass")])
    assert report_checks.lights(both, 5)["Genotypes"].text == "call rate 99 %"


def test_every_check_has_a_short_name_for_the_table_of_cohorts():
    assert set(report_checks.SHORT) == set(LIMITS)
    assert max(map(len, report_checks.SHORT.values())) < 40


def test_shares_of_people_are_whole_percents_from_which_no_few_people_follow():
    checks = checked(**qc(called=994)).reset_index()
    rows = checks[checks["check"] == "call_rate"]
    told = {share: report_checks.lights(rows.assign(value=share), 5)["Genotypes"].text
            for share in (0.9941, 0.9961, 1.0, 0.003, 0.0)}  # fmt: skip
    assert list(told.values()) == [
        "call rate 99 %", "call rate over 99 %", "call rate 100 %", "call rate under 1 %", "call rate 0 %",
    ]  # fmt: skip


@pytest.mark.parametrize("number", [1, 8, 9, 20])
def test_with_many_cohorts_a_reason_is_given_only_for_what_did_not_pass(number):
    names = [f"c{k}" for k in range(number)]
    bad, good = (checked(**qc(called=called)).reset_index() for called in (640, 1000))
    table = pd.concat([(bad if name == "c0" else good).assign(cohort=name) for name in names])
    study = made_study(names, {"data_checks": table})
    study.config["cohorts"][names[0]]["description"] = "1,200 people"
    shown = quality_section.content(study)[0]
    assert len(shown.rows) == number
    assert shown.rows[0][1].text.startswith("call rate 64 %")
    dense = number > 8
    assert (shown.dense, shown.rows[-1][1].text == "", shown.rows[0][0].text[1]) == (
        dense, dense, "" if dense else "1,200 people",
    ) if number > 1 else not dense  # fmt: skip
