"""What the section on the rule says: every word, how often it is given, and the checks of strength."""

import html
import re
from dataclasses import replace

import pytest
from made_study import written
from test_report_replication import (
    PLAN,
    PUBLISHED,
    STUDIES,
    study_of,
    usual_operating,
    usual_verdicts,
)

from il6r.replication.rule_in_words import RULE
from il6r.report.blocks import Verdict
from il6r.report.rule import section, words
from il6r.tables.replication import CLAIMS, VERDICT_WORDS


def test_every_word_of_the_rule_has_a_condition_and_a_reading():
    told = words.words(PLAN)
    assert sorted(word for one in told for word in one.words) == sorted(VERDICT_WORDS)
    assert all(one.condition and one.reading for one in told)
    # What the table says in short is in the rule that is registered.
    rule = " ".join(RULE).lower()
    for word in VERDICT_WORDS:
        assert word.removeprefix("same direction, ") in rule, word


def test_conditions_follow_the_plans_settings():
    own = PLAN.replication | {"smallest_share": 0.4, "equivalence_margin": 0.2, "fewest_df": 12}
    told = {one.words[0]: one.condition for one in words.words(replace(PLAN, replication=own))}
    assert "beyond 40 % of the published effect" in told["replicated"]
    assert "within 20 % of it" in told["replicated"]
    assert "Fewer than 12 residual" in told["too few people"]
    assert "beyond half of the published effect" in words.words(PLAN)[0].condition


def test_each_of_the_five_checks_has_its_column_in_the_claims_table():
    columns = ("powered", "cohorts_agree", "robust", "survives_holm", "data_pass")
    assert len(words.checks()) == len([name for name in columns if name in CLAIMS.columns]) == 5


def test_how_often_the_rule_is_wrong_is_said_of_small_and_large_studies():
    # Seven of ten by every truth and size in the made-up table.
    assert words.how_often(usual_operating(), PUBLISHED, usual_verdicts()) == [
        'IL6R GC and ERFC 2012: +34.3 %: it says "replicated" in 70 % of studies of 60 and 70 % of studies '
        "of 1,500 people where there is no effect; in 70 % of studies of 60 and 70 % of studies of 1,500 "
        "people where +34.3 % is true.",
        # About +50 % was not among the truths.
        'Nash 2022: about +50 %: it says "replicated" in 70 % of studies of 60 and 70 % of studies of '
        "1,500 people where there is no effect.",
    ]


@pytest.mark.parametrize("study", STUDIES)
def test_the_section_is_written_whatever_is_missing(study):
    found = STUDIES[study]()
    said = html.unescape(re.sub(r"<[^>]*>", " ", written(study_of(found), "rule")))
    assert not re.search(r"\b(nan|None|NA|inf)\b", said)
    assert RULE[0].split(".")[0] in said
    assert ("Monte Carlo" in said) == (not found.operating.empty)
    assert "10.1000/xyz" in said
    table = section.content(study_of(found))[0]
    assert sum(isinstance(part, Verdict) for row in table.rows for part in row[0]) == len(VERDICT_WORDS)
