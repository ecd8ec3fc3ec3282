"""The table of findings shows the tables' numbers in the report's words, and draws them on one axis."""

import html
import math
import re

import pytest
from made_study import written
from test_report_replication import (
    PLAN,
    PUBLISHED,
    STUDIES,
    findings,
    no_claim,
    nowhere,
    only_few,
    study_of,
    with_word,
)

from il6r.report import privacy, wording
from il6r.report.answer import section as answer
from il6r.report.findings import cite, section
from il6r.report.findings.strip import Estimate, Published, adding, of_bound, of_direction, of_size, place


def rows_of(found):
    """Each claim's row, by its anchor."""
    blocks = section.content(study_of(found))
    return {one.claim.anchor: one for block in blocks for part in block.parts for one in part.findings}


def said(study, *names):
    shown = re.sub(r"<[^>]*>", "\n", written(study, *names))
    return html.unescape(re.sub(r"\s+", " ", shown))


def test_every_number_of_a_row_is_that_of_the_tables_in_the_same_words():
    found = findings()
    rows = rows_of(found)
    pools = found.pooled[(found.pooled["group"] == "all") & (found.pooled["model"] == "fixed")]
    pools = pools.set_index("analysis")
    judged = found.verdicts[found.verdicts["cohort"] == "pooled"].set_index("benchmark")
    checks = ["powered", "cohorts_agree", "robust", "survives_holm", "data_pass"]
    assert {f"c-{name}" for name in found.claims["claim"]} >= set(rows) - {"not-tested"}
    for claim in found.claims.to_dict("records"):
        if f"c-{claim['claim']}" not in rows:
            continue
        row, pool, one = (
            rows[f"c-{claim['claim']}"],
            pools.loc[claim["analysis"]],
            judged.loc[claim["benchmark"]],
        )
        text = wording.with_interval(one["estimate"], one["ci_low"], one["ci_high"], claim["scale"])
        assert f"{row.here} ({row.interval})" == text
        assert row.strip.sentence.startswith(f"Here {text}. Published: ")
        # The same estimate as the pool's, which is on the model's scale.
        scale = wording.reader_scale(PLAN.analyses[claim["analysis"]])
        assert text == wording.interval_of(pool, scale)
        assert row.people == privacy.people(int(one["n"]), found.minimum)
        assert row.cohorts == f"{pool['cohorts']} cohort{'s' if pool['cohorts'] > 1 else ''}"
        assert row.i2 == ("" if math.isnan(pool["i2_percent"]) else f"I² {pool['i2_percent']:.0f} %")
        assert row.verdict.word == wording.verdict(claim["verdict"], claim["same_size"])
        strength = claim["strength"] if isinstance(claim["strength"], str) else ""
        assert row.strength == strength
        if strength:
            assert (row.met, row.checks) == (sum(bool(claim[name]) for name in checks), 5)
        published = PUBLISHED.set_index("benchmark").loc[claim["benchmark"]]
        assert row.whom.startswith(wording.source(published["reference"]))


def test_the_reviews_claims_come_first_then_what_is_decided_and_what_cannot_be_tested_is_a_list():
    (table,) = section.content(study_of(findings()))
    assert [(part.label, [one.claim.anchor for one in part.findings]) for part in table.parts] == [
        ("The review’s own claims",
         ["c-sil6r_per_allele", "c-sil6r_cc_vs_aa", "c-sil6r_variance", "c-activity_aa"]),
        ("What else was published: decided here", ["c-rheumatoid_arthritis"]),
        ("What else was published: left open here", ["c-sgp130_per_allele"]),
    ]  # fmt: skip
    assert [one.text for one in table.untested] == ["Each C allele lowers CRP"]
    text = said(study_of(findings()), "findings")
    assert "Not tested here: 1 claim Each C allele lowers CRP" in text


def test_estimate_and_published_values_lie_on_the_axis_of_the_published_effect():
    strip = rows_of(findings())["c-sil6r_per_allele"].strip
    # In hundreds: no effect lies at 75, the published value at 175 (log 1.5); here it is +34.3 %.
    share = math.log(1.343) / math.log(1.5)
    assert (strip.none, strip.one) == (75.0, 175.0)
    assert strip.here.x == pytest.approx(75 + 100 * share, abs=0.05)
    assert strip.lead.x == 175.0
    assert (strip.lead.low, strip.lead.high, strip.lead.dashed) == (165.0, 185.0, True)
    assert [one.x for one in strip.others] == pytest.approx(
        [75 + 100 * math.log(1 + value / 100) / math.log(1.5) for value in (34.3, 34.6)], abs=0.05
    )
    assert strip.others[0].low < strip.others[0].x < strip.others[0].high
    assert strip.others[1].low is None
    # Another outcome's value is told, and not drawn on this one's axis.
    activity = rows_of(findings())["c-activity_aa"].strip
    assert "Webb 2021: +61.8 %" in activity.sentence
    assert not activity.others


def test_a_published_decrease_points_to_the_right_too():
    published = Published(Estimate(adding(-20, "percent")), "x")
    strip = of_size(Estimate(*(adding(p, "percent") for p in (-10, -15, -5))), [], published, [], "rep", "")
    assert place(0) < strip.here.low < strip.here.x < strip.here.high < place(1)


def test_what_lies_beyond_the_axis_has_an_arrow_and_no_square():
    published = Published(Estimate(1.0), "x")
    strip = of_size(Estimate(-2.0, -9.0, 3.0), [-2.0, 0.5, 9.0], published, [published], "inc", "")
    assert (strip.here.x, strip.here.low, strip.here.high) == (None, 0.0, 300.0)
    assert strip.here.left
    assert strip.here.right
    assert strip.cohorts == [place(0.5)]
    far = of_size(Estimate(1.0, 0.9, 1.1), [1.0], published, [Published(Estimate(3.0), "y")], "rep", "")
    assert (far.others[0].x, far.others[0].left, far.others[0].right) == (None, False, True)
    # One cohort is the estimate itself.
    assert not far.cohorts


@pytest.mark.parametrize("sign", [1, -1])
def test_a_direction_is_to_the_right_on_a_scale_of_its_own(sign):
    agrees = of_direction(Estimate(sign * 2.0, sign * 1.0, sign * 3.0), [], sign, "dir", "")
    assert agrees.shade == (75.0, 300.0)
    assert not agrees.sized
    assert 75 < agrees.here.low < agrees.here.x < agrees.here.high == 275.0
    against = of_direction(Estimate(-sign * 2.0, -sign * 3.0, -sign * 1.0), [], sign, "con", "")
    assert 0 < against.here.low < against.here.x < against.here.high < 75
    nothing = of_direction(Estimate(0.0, 0.0, 0.0), [], sign, "inc", "")
    assert nothing.here.x == 75.0


def test_no_effect_has_its_bound_on_either_side():
    strip = of_bound(Estimate(0.01, -0.02, 0.04), [], 0.05, "rep", "")
    assert strip.shade == (25.0, 125.0)
    assert (strip.lead.x, strip.here.x) == (75.0, 85.0)
    assert not strip.here.right
    assert of_bound(Estimate(0.9, 0.8, 1.0), [], 0.05, "con", "").here.right


@pytest.mark.parametrize("study", STUDIES)
def test_answer_findings_and_cautions_are_written_for_any_study_and_show_no_few(study):
    made = study_of(STUDIES[study]())
    text = said(made, "answer", "findings")
    assert not re.search(r"\b(nan|None|NA|inf)\b", text)
    if study == "everything":
        assert "Of 6 published claims tested" in text
    else:
        assert "No answer: no claim could be tested." in text
        assert "+34.3 % (" not in text
    if study == "no claim":
        assert section.content(made) == []
    assert not re.search(r"(?<![\d.,])4 people", text)
    assert cite.cautions(made)


def test_the_key_line_is_the_first_claims_estimate_beside_what_decides():
    (block,) = answer.content(study_of(findings()))
    assert block.key == (
        "Each C allele raises plasma sIL-6R by about half: +34.3 % (95 % interval +31.6 to +37.0), 3 "
        "cohorts, 1,200 people. Published: Nash 2022: about +50 %: same direction, smaller; IL6R GC and "
        "ERFC 2012: +34.3 %: replicated, same size."
    )
    assert [answer.content(study_of(made()))[0].key for made in (nowhere, only_few, no_claim)] == ["", "", ""]


def test_no_way_leads_to_a_table_that_is_not_there():
    (block,) = answer.content(study_of(no_claim()))
    assert "findings" not in [link.anchor for way in block.ways for link in way.links]
    (block,) = answer.content(study_of(findings()))
    assert "findings" in [link.anchor for way in block.ways for link in way.links]


def test_the_tally_counts_each_claim_once_and_its_tiles_lead_to_them():
    (block,) = answer.content(study_of(findings()))
    assert {one.label: one.count for one in block.tally} == {
        "replicated": 3, "direction confirmed": 1, "size differs": 1, "contradicted": 0, "inconclusive": 1,
        "not tested": 1,
    }  # fmt: skip
    assert sorted(one.anchor for one in block.tiles) == sorted(set(rows_of(findings())))
    (held,) = answer.content(study_of(with_word("review", "check the data first", "x")))
    assert {one.label: one.count for one in held.tally}["data to check"] == 1
    assert "1 waits for a check of the data" in held.sentences


def cautions_of(found):
    return [
        one if isinstance(one, str) else "".join(part if isinstance(part, str) else part.text for part in one)
        for one in cite.cautions(study_of(found))
    ]


def test_cautions_name_claims_whose_size_differs_and_those_that_choices_change():
    texts = cautions_of(findings())
    assert texts[0].startswith(
        "Another size than published, though the same direction: Each C allele raises plasma sIL-6R by about "
        "half (same direction, smaller; Nash 2022: about +50 %)."
    )
    assert texts[-1] == "The data of no cohort were checked."


def test_cohorts_that_disagree_are_named_with_their_estimates_the_lowest_first():
    found = with_word("share", "cohorts disagree", "because", cohorts_same_side=2, model="paule_mandel")
    own = found.verdicts[(found.verdicts["benchmark"] == "share") & (found.verdicts["cohort"] != "pooled")]
    own = own.sort_values("estimate", kind="stable")
    values = ", ".join(f"{row.cohort} {row.estimate:.2f}" for row in own.itertuples())
    told = f"The variant explains about half of the variance of sIL-6R ({values}; why is not tested"
    assert any(told in text for text in cautions_of(found))
