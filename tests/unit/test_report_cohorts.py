"""What the section on cohorts shows: a card for each, closed, with people, checks, genotypes and all else."""

import html
import re

import pandas as pd
import pytest
from made_study import empty, made_study, written

from il6r import plan
from il6r.report import blocks
from il6r.report.cohorts import people, section
from il6r.tables.association import ASSOCIATION_FLOW
from il6r.tables.cohort import COHORT_FLOW
from il6r.tables.data_checks import DATA_CHECKS
from il6r.tables.genotypes import GENOTYPES_QC, SOURCES

PLAN = plan.Plan(
    analyses={name: plan.Analysis(name, f"{name} per effect allele", name) for name in ("sil6r", "activity")},
    causal={},
    covariate_sets={},
)
# Of a cohort with 1,234 people in its table.
STEPS = [
    ("cohort", None, "in the participant table", 0, 1234),
    ("cohort", None, "no sample ID", 21, 1213),
    ("cohort", None, "related to somebody who stays", 3, 1210),
    ("association", "sil6r", "in the analysis set", 0, 1210),
    ("association", "sil6r", "no sIL-6R", 13, 1197),
    ("association", "activity", "no valid activity", 600, 610),
]


def flow(cohort="one", steps=STEPS):
    rows = [
        {"cohort": cohort, "stage": stage, "analysis": analysis, "counted": "participants", "reason": reason,
         "dropped": dropped, "left": left}
        for stage, analysis, reason, dropped, left in steps
    ]  # fmt: skip
    return pd.DataFrame(rows)


def of_contract(contract, frame):
    names = [name for name in (*contract.columns, "cohort") if name in frame or name in contract.columns]
    return frame.reindex(columns=list(dict.fromkeys(names)))


def quality(cohort, *groups):
    rows = [
        {"group": group, "ancestry": None if group == "all" else group, "effect_allele": "C", "samples": n,
         "called": n, "call_rate": 1.0, "n_0": n // 2, "n_1": n // 4, "n_2": n - n // 2 - n // 4,
         "frequency": 0.4, "frequency_low": 0.35, "frequency_high": 0.45, "hwe_midp": 0.5}
        for group, n in groups
    ]  # fmt: skip
    return of_contract(GENOTYPES_QC, pd.DataFrame(rows)).assign(cohort=cohort)


def checks(cohort, level="pass"):
    row = {"cohort": cohort, "stage": "genotypes", "check": "call_rate", "analyte": None, "what": "calls",
           "unit": "share", "value": 0.98 if level == "pass" else 0.6, "look": 0.95, "fail": 0.9,
           "level": level, "sentence": None if level == "pass" else "Calls are few.",
           "advice": None if level == "pass" else "Look.", "looked_at": False}  # fmt: skip
    return pd.DataFrame([row]).reindex(columns=list(DATA_CHECKS.columns))


def study_of(cohorts=("one",), **tables):
    return made_study(list(cohorts), tables, plan=PLAN)


def usual(cohorts=("one",)):
    whole = pd.concat([flow(name) for name in cohorts])
    parts = {
        "cohort_flow": (COHORT_FLOW, whole[whole["analysis"].isna()]),
        "association_flow": (ASSOCIATION_FLOW, whole[whole["analysis"].notna()]),
    }
    return study_of(
        cohorts,
        **{name: of_contract(contract, rows) for name, (contract, rows) in parts.items()},
        genotypes_qc=pd.concat(quality(name, ("all", 1210), ("EUR", 900), ("AFR", 310)) for name in cohorts),
        data_checks=pd.concat(checks(name) for name in cohorts),
    )


def cards(study):
    return [part for part in section.content(study) if part.anchor]


def test_each_cohort_has_a_closed_card_with_its_description_and_five_lights():
    study = usual(("one", "two"))
    study.config["cohorts"]["one"]["description"] = "Somebody's own words"
    first, second = cards(study)
    assert (first.anchor, first.open, first.beside, second.beside) == (
        "co-one", False, "Somebody's own words", "",
    )  # fmt: skip
    assert [(light.text, light.level) for light in first.lights] == [
        ("Genotypes", "pass"), ("Ancestry and relatives", "not measured"), ("Assays", "not measured"),
        ("Activity", "not measured"), ("Sample size", "not measured"),
    ]  # fmt: skip


def test_bars_are_people_rounded_down_and_as_long_as_what_they_say():
    assert [(bar.label, bar.people, bar.percent) for bar in people.bars(flow(), PLAN, 5)] == [
        ("Participant table", "1,230", 100), ("Genotyped and kept", "1,210", 98),
        ("In the sIL-6R model", "1,190", 97), ("In the activity model", "610", 50),
    ]  # fmt: skip
    # Few people are as long as nobody.
    few = [("cohort", None, "in the participant table", 0, 200), ("cohort", None, "no sample ID", 196, 4)]
    assert [(bar.people, bar.percent) for bar in people.bars(flow(steps=few), PLAN, 5)] == [
        ("200", 100), ("under 10", 0),
    ]  # fmt: skip


def test_who_left_before_the_models_is_told_by_reason():
    assert people.left_before(flow(), 5) == [
        "Left before the models: 20 no sample ID; under 10 for each other reason."
    ]
    assert people.left_before(flow(steps=STEPS[:1]), 5) == []


def test_everybody_is_not_shown_beside_the_groups():
    def groups_of(table):
        study = study_of(genotypes_qc=table)
        (shown,) = [part for part in cards(study)[0].blocks if isinstance(part, blocks.Shown)]
        return [row[0] for row in shown.rows]

    assert groups_of(quality("one", ("all", 1210), ("EUR", 900), ("AFR", 310))) == ["EUR", "AFR"]
    # Too few people are no group; everybody less those shown would be they.
    assert groups_of(quality("one", ("all", 904), ("EUR", 900), ("AFR", 4))) == ["EUR"]
    assert groups_of(quality("one", ("all", 1210))) == ["all"]


@pytest.mark.parametrize("number", [1, 4, 20])
def test_there_are_as_many_cards_as_cohorts(number):
    names = [f"c{k}" for k in range(number)]
    shown = written(usual(names), "cohorts")
    assert re.findall(r'<details class="d[^"]*" id="co-(c\d+)"', shown) == names
    assert shown.count('<ol class="flow">') == number
    assert "No cohort has an estimate of the signalling balance" in shown


def test_a_failed_check_is_told_with_what_to_do():
    study = study_of(data_checks=checks("one", "fail"))
    (card,) = cards(study)
    assert card.lights[0].level == "fail"
    said = html.unescape(re.sub(r"<[^>]*>", " ", written(study, "cohorts")))
    assert re.search(
        r"call rate\s+60 %\s+look below 95 %, fail below 90 %\s+Fail\s+Calls are few\. Look\.", said
    )


def test_a_cohort_of_which_nothing_is_known_has_a_card_all_the_same():
    (card,) = cards(study_of())
    assert (card.anchor, card.blocks, list(card.lights)) == ("co-one", [], [])
    assert 'id="co-one"' in written(study_of(), "cohorts")


def test_structure_that_was_not_asked_for_is_said_to_be_so():
    study = usual()
    study.in_memory["sources"] = empty(SOURCES)
    study.config["cohorts"]["one"]["genotypes"] = {"structure": False}
    assert "genotypes.structure is off" in written(study, "cohorts")
