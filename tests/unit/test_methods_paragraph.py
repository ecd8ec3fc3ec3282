"""The methods paragraph tells the steps that ran, with their settings, and no other."""

import re

import pandas as pd
import pytest
from conftest import REPO
from made_study import empty, made_study
from snakemake.utils import validate

from il6r.plan import load as load_plan
from il6r.report.checklists import items
from il6r.report.checklists import section as checklists
from il6r.report.glossary import section as glossary
from il6r.report.glossary import terms
from il6r.report.methods import in_full, paragraph
from il6r.tables.activity import ACTIVITY_QC
from il6r.tables.assays import ASSAYS_QC
from il6r.tables.association import CAUSAL, ESTIMATES, SENSITIVITY
from il6r.tables.replication import POOLED

SCHEMAS = REPO / "workflow" / "schemas"
PLAN = load_plan(REPO / "config" / "plan.yaml", SCHEMAS / "plan.schema.yaml")
GENOTYPES = {"genotypes": {"files": ["calls.vcf.gz"]}, "participants": {"file": "people.csv"}}
BARE = {
    **GENOTYPES,
    "assays": [{"file": ["levels.csv"]}],
    "activity": [{"file": ["days.csv"], "form": "person_days", "unit": "mg"}],
}
RAW = {
    **BARE,
    "activity": [{"file": ["a.cwa"], "form": "raw"}],
    "assays": [{"file": ["od.csv"], "form": "plates"}],
}


def row_of(table, **values):
    """One row of a contract, of which only these columns matter."""
    frame = pd.DataFrame([dict.fromkeys(empty(table).columns) | values])
    return frame.assign(cohort="one")


def study_of(cohort=BARE, minimum=5, settings=None, **tables):
    """A study of one cohort with its configuration's defaults and the default plan."""
    given = {"min_cell_size": minimum, "cohorts": {"one": cohort}, **(settings or {})}
    validate(given, str(SCHEMAS / "config.schema.yaml"))
    study = made_study(["one"], tables, minimum, plan=PLAN)
    study.config = given
    # Read from the files of the rule.
    study.given.registration = []
    return study


def told(**given):
    return " ".join(paragraph.sentences(study_of(**given)))


ACTIVE = {"activity_qc": row_of(ACTIVITY_QC, people=80).fillna(0)}
MEASURED = {"assays_qc": row_of(ASSAYS_QC, analyte="sil6r", samples=80, below_limit=0, above_limit=0)}


def estimate(**values):
    usual = {
        "analysis": "sil6r_additive", "stratum": "all", "priority": "primary", "outcome": "sil6r_ng_ml",
        "scale": "log_ratio", "estimate": 0.3, "n": 80, "n_participants": 80, "n_censored": 0,
        "n_exposure_censored": 0, "model": "least squares", "errors": "HC2",
    }  # fmt: skip
    return {"estimates": row_of(ESTIMATES, **usual | values)}


def test_without_activity_assays_estimates_or_pools_there_is_no_sentence_on_them():
    text = told()
    for word in (
        "ctivity",
        "ENMO",
        "sIL-6R",
        "Effects were estimated",
        "permut",
        "instrument",
        "inverse-variance",
    ):
        assert word not in text, word
    assert "nothing was pooled" in text
    full = " ".join(in_full.sentences(study_of()))
    assert "Activity data" not in full
    assert "Assay data" not in full


def test_activity_is_told_by_its_form_and_settings():
    days = told(**ACTIVE)
    assert (
        "person-days in one. Days with at least 16 h of wear counted, in people with at least 4 valid days"
        in days
    )
    assert "ENMO" not in days
    raw = told(
        cohort=RAW,
        settings={"activity": {"cut_points": "hildebrand_wrist_actigraph", "valid_day_hours": 10}},
        **ACTIVE,
    )
    assert "calibrated to gravity [@vanhees2014] and summarised as the Euclidean norm minus one (ENMO)" in raw
    assert "Days with at least 10 h of wear counted" in raw
    assert "hildebrand_wrist_actigraph [@hildebrand2014; @hildebrand2017]" in raw
    assert "calibrated" not in told(cohort=RAW, settings={"activity": {"calibrate": False}}, **ACTIVE)


def test_plates_and_values_beyond_limits_are_told_where_there_are_any():
    assert "@gottschalk2005" in told(cohort=RAW, **MEASURED)
    plain = told(**MEASURED, **estimate())
    assert "@gottschalk2005" not in plain
    assert "@tobin1958" not in plain
    assert "treated as censored [@tobin1958]" in told(**MEASURED, **estimate(n_censored=3))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "least squares, with HC2 [@bell2002; @imbens2016] standard errors"),
        ({"model": "logistic regression"}, "logistic regression [@heinze2002]"),
        ({"model": "mixed, kinship", "errors": "model"}, "mixed models with kinship [@kang2010], adjusted"),
        ({"errors": "cluster-robust by family"}, "(CR2) [@bell2002; @pustejovsky2018]"),
        ({"p_adjusted": 0.03}, "primary p-values were adjusted by Holm's method [@holm1979]."),
        ({"p_permutation": 0.03}, "10,000 permutations of residuals as well"),
        ({"n_exposure_censored": 4}, "pooled by Rubin's rules [@rubin1987]"),
        ({"scale": "r2"}, "intervals of the noncentral t [@smithson2001]"),
    ],
)  # fmt: skip
def test_models_errors_and_adjustments_are_those_of_the_estimates(values, said):
    text = told(**estimate(**values))
    assert said in text
    others = {
        "@heinze2002",
        "@kang2010",
        "@holm1979",
        "@benjamini1995",
        "@rubin1987",
        "@smithson2001",
        "@freedman1983",
    }
    assert {key for key in others if key in text} == {
        key for key in others if key in said or key in values
    } | ({"@freedman1983"} if "p_permutation" in values else set())


def test_pools_alternatives_and_causal_readings_are_told_where_there_are_any():
    pooled = row_of(POOLED, analysis="sil6r_additive", group="all", model="fixed", cohorts=2)
    text = told(
        pooled=pooled.drop(columns="cohort"),
        sensitivity=row_of(SENSITIVITY, analysis="sil6r_additive", estimate=0.3),
        causal=row_of(CAUSAL, analysis="x", exposure="sil6r_ng_ml", estimate=0.1),
    )
    assert "inverse-variance fixed effects [@meier1953]" in text
    assert "[@simonsohn2020]" in text
    assert "The variant served as instrument for sIL-6R in two-stage least squares" in text
    assert "Two-sample" not in text


def test_numbers_of_people_are_rounded_and_the_paragraph_says_how():
    text = told(**estimate(n_participants=87))
    assert "up to 80 people in a model" in text
    assert "Results of fewer than 10 people are not reported" in text
    exact = told(minimum=1, **estimate(n_participants=87))
    assert "up to 87 people in a model" in exact
    assert "Numbers of people are exact." in exact


def test_markdown_has_paragraph_methods_and_every_reference_that_they_cite():
    study = study_of(**estimate(), **MEASURED)
    text = in_full.markdown(study)
    keys = {one.key for one in in_full.cited(study)}
    assert set(re.findall(r"^- \[@(\w+)\]", text, flags=re.M)) == keys
    whole = " ".join(paragraph.sentences(study))
    assert f"\n{whole}\n" in text
    assert set(re.findall(r"@(\w+)", whole)) <= keys
    assert "nash2022" in keys
    assert "vanhees2014" not in keys


def test_a_guideline_that_cannot_apply_says_so_in_every_item():
    found = checklists.answers(study_of())
    for name in ("accelerometry", "immunoassay", "strobe_mr"):
        assert {one.status for one in found[name]} == {items.NOT_HERE}, name
        assert all(one.sentence and not one.section for one in found[name])
    assert [one.item for one in found["strega"]] == [str(number) for number in range(1, 23)]
    assert len(found["strobe_mr"]) == 20


def test_an_item_is_done_in_part_or_the_authors_and_says_what_they_write():
    found = checklists.answers(study_of(**ACTIVE))["accelerometry"]
    by_item = {one.item: one for one in found}
    assert by_item["10"].status == items.DONE
    assert by_item["10"].sentence == "At least 16 h of wear."
    assert by_item["1"].status == items.IN_PART
    assert by_item["2"].status == items.YOURS
    assert by_item["5"].status == items.NOT_HERE
    assert items.counted(found).split(", ")[0] == f"{sum(one.status == items.DONE for one in found)} done"
    for one in found:
        assert bool(one.yours) == (one.status in (items.YOURS, items.IN_PART))
        assert bool(one.section) == (one.status in (items.DONE, items.IN_PART))


def test_sections_that_items_link_to_are_those_of_the_page():
    from il6r.report.page import SECTIONS

    table = pd.read_csv(REPO / "resources" / "checklists.tsv", sep="\t")
    assert set(table["section"].dropna()) <= set(SECTIONS)
    assert set(table["checklist"]) == {one.name for one in checklists.GUIDELINES}
    for one in checklists.GUIDELINES:
        own = table[table["checklist"] == one.name]
        fillable = own.loc[own["item"].astype(str).isin(one.sentences), "section"]
        assert fillable.notna().all()
        assert len(fillable) == len(one.sentences)
        # What the run cannot fill, the authors write.
        assert own.loc[~own["item"].astype(str).isin(one.sentences), "yours"].notna().all()


def test_the_glossary_has_the_words_of_this_study_alone_in_order():
    (few,) = glossary.content(study_of())
    names = [one.name for one in few.blocks[0].terms]
    assert "MVPA" not in names
    assert "Hardy-Weinberg equilibrium" in names
    (more,) = glossary.content(study_of(cohort=RAW, **ACTIVE))
    assert "ENMO, mg" in [one.name for one in more.blocks[0].terms]
    order = [one.term for one in terms.TERMS]
    assert order == sorted(order, key=lambda term: term.replace("_", "").lower())
    for term in terms.TERMS:
        assert 1 <= len(re.findall(r"[.!?](?: |$)", term.meaning)) <= 2, term
