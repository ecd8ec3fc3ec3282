"""What the section on claims shows: forests, verdicts on published values, and what would change them."""

import html
import itertools
import math
import re

import numpy as np
import pytest
from made_study import written
from test_report_replication import (
    COHORTS,
    MINIMUM,
    PLAN,
    PUBLISHED,
    STUDIES,
    checked,
    estimate,
    estimates,
    findings,
    judged,
    only_few,
    study_of,
    usual_claims,
    usual_estimates,
    usual_pools,
    usual_verdicts,
    with_word,
)

from il6r.report import blocks, privacy, wording
from il6r.report.claims import section, terms
from il6r.report.claims.forest import WIDTH, Axis, Line, about, forest
from il6r.report.claims.lines import forest_of, without_estimate
from il6r.report.verdicts.words import claims
from il6r.tables.replication import CLAIMS, ERROR_RATES, VERDICTS


def claim_of(name, found):
    return {claim["claim"]: claim for claim in claims(found)}[name]


def rows_of(made):
    """A forest's rows as texts, in the order of the page."""
    rows = [row for one in made.rows for row in (one.rows if isinstance(one, blocks.Group) else [one])]
    return [(cells[0].text.text, cells[1], cells[2], cells[3]) for cells in rows]


def forest_by_name(name="sil6r_per_allele", found=None, published=PUBLISHED):
    found = found or findings()
    return forest_of(found, published, claim_of(name, found))


def axis_of(scale, *lines):
    return Axis.of(
        [Line("x", "", *line[:1], value=line[1], low=line[2], high=line[3]) for line in lines], scale
    )


def test_every_number_of_a_forest_is_that_of_the_tables_in_the_same_words():
    found = findings()
    verdicts = found.verdicts.set_index(["benchmark", "cohort"])
    pools = found.pooled.set_index(["analysis", "group", "model"])
    for claim in claims(found):
        if not claim["pooled"]:
            continue
        rows = {
            source: (people, text) for source, people, _, text in rows_of(forest_of(found, PUBLISHED, claim))
        }
        primary = next(one["benchmark"] for one in claim["benchmarks"] if one["role"] == "primary")
        for cohort in {name for benchmark, name in verdicts.index if benchmark == primary} - {"pooled"}:
            row = verdicts.loc[(primary, cohort)]
            if claim["claim"] == "rheumatoid_arthritis" and cohort == "three":
                assert rows[cohort] == ("", privacy.FEW)
                continue
            text = wording.with_interval(row["estimate"], row["ci_low"], row["ci_high"], row["scale"])
            assert rows[cohort] == (privacy.people(int(row["n"]), MINIMUM), text)
        if claim["pooled"]["cohorts"] > 1:
            fixed = pools.loc[(claim["analysis"], "all", "fixed")]
            assert rows["Pooled (fixed)"] == (
                privacy.people(int(fixed["n_participants"]), MINIMUM),
                wording.interval_of(fixed, claim["scale"]),
            )  # fmt: skip
            random = pools.loc[(claim["analysis"], "all", "paule_mandel")]
            ends = [wording.on_scale(random[f"prediction_{end}"], claim["scale"]) for end in ("low", "high")]
            assert rows["Next cohort"] == ("", wording.interval(*ends, claim["scale"]))


def test_the_pool_that_decides_is_the_one_that_stands_out():
    (bold,) = [row for row in rows_of(forest_by_name()) if row[2].role == "decides"]
    assert bold[0] == "Pooled (fixed)"
    assert bold[3] == claim_of("sil6r_per_allele", findings())["pooled"]["text"]
    found = with_word("share", "cohorts disagree", "because", model="paule_mandel")
    (bold,) = [row for row in rows_of(forest_by_name("sil6r_variance", found)) if row[2].role == "decides"]
    assert bold[0] == "Pooled (random)"


def test_one_cohort_is_its_own_pool_and_stands_out_by_itself():
    rows = rows_of(forest_by_name("sgp130_per_allele"))
    assert [(row[0], row[2].role) for row in rows] == [("one", "alone"), ("Rafiq 2007", "lead")]
    assert "the square is the cohort" in forest_by_name("sgp130_per_allele").how.lower()


def test_published_values_are_marked_by_what_they_are_to_the_claim():
    rows = {row[0]: row for row in rows_of(forest_by_name())}
    assert rows["Nash 2022"][2].role == "lead"
    assert (rows["Nash 2022"][3], rows["Nash 2022"][2].dashed) == ("about +50 %", True)
    assert rows["IL6R GC and ERFC 2012"][2].role == rows["Ferreira 2013"][2].role == "other"
    assert rows["IL6R GC and ERFC 2012"][3] == "+34.3 % (30.4 to 38.2)"
    # A direction has no place on an axis; neither has the value of another outcome.
    activity = {row[0]: row for row in rows_of(forest_by_name("activity_aa"))}
    assert activity["Nash 2022"][3] == "direction only: greater"
    for name in ("Nash 2022", "Webb 2021"):
        assert (activity[name][2].x, activity[name][2].low) == (None, None)
    # No effect is a range within which none counts.
    none = {row[0]: row for row in rows_of(forest_by_name("sgp130_per_allele"))}["Rafiq 2007"]
    assert (none[2].x, none[2].dashed, none[3]) == (None, True, "no effect, within +5 %")
    assert none[2].low < forest_by_name("sgp130_per_allele").none < none[2].high


def test_relative_units_are_named_beside_their_cohort():
    own = usual_estimates()
    own.loc[own["cohort"] == "one", "outcome"] = "sil6r_relative"
    first, second, *_ = forest_by_name(found=findings(estimates=own)).rows
    # Three cohorts are pooled, so that this one is among them.
    assert (first[0].text.note, second[0].text.note) == ("relative units", "")
    pools = usual_pools().assign(cohorts=2)
    first = forest_by_name(found=findings(estimates=own, pooled=pools)).rows[0]
    assert first[0].text.note == "relative units, not pooled"


def test_a_cohort_without_an_estimate_is_named_with_its_reason():
    rows = usual_verdicts()
    absent = (rows["cohort"] == "two") & (rows["benchmark"] == "review")
    rows.loc[absent, ["estimate", "ci_low", "ci_high", "n"]] = None
    rows.loc[absent, ["verdict", "reason"]] = ["not computable", "no sIL-6R here"]
    found = findings(verdicts=VERDICTS.check(rows))
    assert [row[0] for row in rows_of(forest_by_name(found=found))][:2] == ["one", "three"]
    assert without_estimate(found, claim_of("sil6r_per_allele", found)) == [
        "No estimate in two: no sIL-6R here."
    ]


def test_a_forest_of_twenty_cohorts_has_a_row_for_each():
    names = [f"c{k:02}" for k in range(20)]
    rows = [judged(benchmark, cohort) for benchmark in ("review", "erfc") for cohort in (*names, "pooled")]
    found = findings(
        estimates=estimates(*(estimate("sil6r_additive", name) for name in names)),
        verdicts=checked(VERDICTS, rows),
    )
    made = forest_by_name(found=found)
    assert [row[0] for row in rows_of(made)][:20] == names
    assert len({row[2].x for row in rows_of(made)[:20]}) == 1


@pytest.mark.parametrize(
    ("scale", "values", "share"),
    [
        # Distances are those of logarithms: ln 1.2 is 44 % of ln 1.5, ln 2 half of ln 4.
        ("percent", (20.0, 50.0), math.log(1.2) / math.log(1.5)),
        ("ratio", (2.0, 4.0), 0.5),
        ("odds_ratio", (2.0, 4.0), 0.5),
        ("r2", (0.2, 0.5), 0.4),
        ("difference", (2.0, 4.0), 0.5),
    ],
)
def test_places_on_the_axis_are_those_of_the_scale_on_which_effects_add(scale, values, share):
    axis = axis_of(scale, ("decides", values[1], values[1], values[1]))
    none, first, last = (axis.place(value) for value in (1 if "ratio" in scale else 0, *values))
    assert (first - none) / (last - none) == pytest.approx(share, abs=0.002)
    assert 0 < none < last < WIDTH


def test_an_interval_far_wider_than_the_values_is_cut_and_has_an_arrow():
    axis = axis_of("percent", ("cohort", 10.0, -90.0, 900.0), ("decides", 12.0, 8.0, 16.0))
    wide, narrow = (
        axis.mark(Line("", "", "cohort", value=12.0, low=low, high=high))
        for low, high in ((-90, 900), (8, 16))
    )
    assert (wide.left, wide.right, narrow.left, narrow.right) == (True, True, False, False)
    assert narrow.high - narrow.low > WIDTH / 10
    endless = axis.mark(Line("", "", "cohort", value=12.0, low=-100.0, high=math.inf))
    assert (endless.left, endless.right) == (True, True)
    assert 0 < endless.low < endless.high < WIDTH


def test_labels_of_the_axis_are_round_have_room_and_include_no_effect():
    generator = np.random.default_rng(1)
    for scale, none in (
        ("percent", "0\N{NO-BREAK SPACE}%"),
        ("ratio", "1"),
        ("r2", "0"),
        ("difference", "0"),
    ):
        for _ in range(50):
            size = 10 ** generator.uniform(-3, 1.5)
            value = {"percent": size, "ratio": math.exp(size / 10), "r2": min(size, 0.9)}.get(scale, size)
            ticks = axis_of(scale, ("decides", value, value, value)).ticks()
            assert none in [one.label for one in ticks]
            assert 2 <= len(ticks) <= 6, (scale, value, ticks)
            assert all(later.x - one.x >= 36 for one, later in itertools.pairwise(ticks))


def test_about_is_a_tenth_of_the_effect_on_the_scale_of_comparison():
    low, high = about(50.0, "percent")
    assert math.log1p(high / 100) - math.log1p(low / 100) == pytest.approx(0.2 * math.log(1.5))
    assert about(0.5, "r2") == pytest.approx((0.45, 0.55))
    # Of a fall the ends are in their order too.
    assert about(-14.0, "percent")[0] < -14 < about(-14.0, "percent")[1]


def test_without_anything_to_draw_there_are_rows_and_no_axis():
    made = forest("a", "b", [Line("one", privacy.FEW, "cohort")], [], "percent")
    assert (made.none, made.ticks, len(made.rows)) == (None, (), 1)


def test_each_published_value_has_its_verdict_and_a_reason_that_does_not_repeat_the_estimate():
    found = with_word(
        "review", "replicated", "+34.3 % (95 % interval +31.6 to +37.0 %) excludes zero and is near it"
    )
    lead, best, context = terms.judged(found, claim_of("sil6r_per_allele", found))
    assert (lead.verdict.word, lead.source) == ("replicated", "Nash 2022: about +50 %")
    assert lead.reason == "Excludes zero and is near it."
    assert (best.role, best.verdict.word) == ("best evidence", "replicated, same size")
    assert (context.verdict, context.source) == (None, "Ferreira 2013: +34.6 %")
    # Context is one line, with estimates of its own where it is of another analysis than the claim's.
    lead, context = terms.judged(found, claim_of("activity_aa", found))
    assert (lead.verdict.word, context.source) == (
        "direction confirmed", "Webb 2021: +61.8 %, here +7.0 % (+0.8 to +13.6)",
    )  # fmt: skip


def terms_of(name, found=None, truths=(), rate=""):
    found = found or findings()
    made = terms.terms(found, empty_sensitivity(), truths, claim_of(name, found), rate)
    return {one.name: one for one in made}


def empty_sensitivity():
    return study_of(findings()).in_memory["sensitivity"]


def test_what_would_change_a_claim_is_told_under_a_term_each():
    told = terms_of("sil6r_per_allele", rate="With them it would be.")
    assert list(told) == [
        "Evidence", "Power", "Cohorts agree", "Robust", "Several tests", "Data quality", "Would change it",
        "How sure",
    ]  # fmt: skip
    assert told["Evidence"].text == "Strong; 5 of 5 checks met."
    assert (told["Power"].met, told["Evidence"].met) == (True, None)
    assert told["Cohorts agree"].text.endswith(
        "The 95 % interval of I² is 0 to 71 %. Without each cohort in turn: +34.3 to +34.3 %."
    )
    assert told["Several tests"].text.startswith("p = 0.002 after Holm's adjustment")
    assert "+31.2 % to +41.8 %" in told["Would change it"].text
    weak = terms_of("sgp130_per_allele")
    assert weak["Evidence"].text == "No strength, since nothing is decided; 1 of 5 checks met."
    assert [weak[name].met for name in ("Power", "Cohorts agree", "Several tests")] == [False, False, True]


def test_a_simulated_truth_is_counted_over_the_cohorts_intervals():
    label = PLAN.analyses["sil6r_additive"].label
    truths = [
        {"cohort": name, "analysis": label, "truth": "+50.0 %", "covered": covered}
        for name, covered in (("one", "yes"), ("two", "no"), ("three", "yes"))
    ]
    assert terms_of("sil6r_per_allele", truths=truths)["Simulated truth"].text == (
        "+50.0 %: inside 2 of 3 cohort intervals."
    )
    assert "Simulated truth" not in terms_of("sil6r_cc_vs_aa", truths=truths)


def test_what_is_hidden_does_not_follow_from_the_pools_without_a_cohort():
    # The third cohort has four cases: a pool without it, beside the pool, gives its estimate away.
    told = terms_of("rheumatoid_arthritis")
    assert "Without each cohort" in told["Cohorts agree"].text
    found = only_few()
    assert all(claim["pooled"] is None for claim in claims(found))


def cards(study):
    return {
        part.anchor: part
        for part in section.content(study)
        if isinstance(part, blocks.Disclosure) and part.anchor.startswith("c-")
    }


def test_the_leading_claims_stand_open_and_all_others_are_closed():
    shown = cards(study_of(findings()))
    assert [name for name, card in shown.items() if card.open] == [f"c-{name}" for name in wording.REVIEW]
    assert {name for name, card in shown.items() if not card.open} == {
        "c-sgp130_per_allele", "c-rheumatoid_arthritis",
    }  # fmt: skip
    first = shown["c-sil6r_per_allele"]
    assert (first.verdict.word, first.beside) == ("same direction, smaller", "+34.3 % (+31.6 to +37.0)")


def test_with_many_cohorts_the_first_claim_alone_stands_open():
    study = study_of(findings())
    study.config["cohorts"] = {f"c{k}": {"genotypes": {}} for k in range(9)}
    assert [name for name, card in cards(study).items() if card.open] == ["c-sil6r_per_allele"]


def test_claims_that_were_not_tested_are_one_list_with_the_reason_of_each():
    (rest,) = [
        part for part in section.content(study_of(findings())) if getattr(part, "anchor", "") == "not-tested"
    ]
    (listed,) = rest.blocks
    assert [(one.anchor, one.label, one.reason) for one in listed.claims] == [
        ("c-crp_per_allele", "Each C allele lowers CRP", "the cohort has no such measurement"),
    ]
    # What the findings link to is there.
    assert '<li id="c-crp_per_allele">' in written(study_of(findings()), "claims")


def test_a_claim_with_nothing_to_replicate_is_a_card_without_a_verdict():
    own = usual_claims()
    found = findings(claims=CLAIMS.check(own[own["claim"] != "rheumatoid_arthritis"]))
    card = cards(study_of(found))["c-rheumatoid_arthritis"]
    assert card.verdict is None
    assert "Marinou 2010" in written(study_of(found), "claims")


def test_error_rates_of_all_cohorts_together_stand_among_the_terms_and_all_of_them_in_the_statistics():
    study = study_of(findings())
    rows = [
        {"claim": "sil6r_per_allele", "benchmark": "review", "analysis": "sil6r_additive", "scale": "percent",
         "cohort": cohort, "n": people, "truth": truth, "effect": effect, "verdict": "replicated",
         "share": share, "monte_carlo_se": 0.001}
        for cohort, people in (*((name, 400) for name in COHORTS), ("pooled", 1200))
        for truth, effect, share in (("published", 50.0, 0.97), ("none", 0.0, 0.0))
    ]  # fmt: skip
    study.in_memory["error_rates"] = checked(ERROR_RATES, rows)
    shown = html.unescape(written(study, "claims"))
    assert shown.count("<dt>How sure</dt>") == 1
    said = '"replicated" in 97 if it is +50.0 % (the published effect)'
    assert shown.count(said) == 5


@pytest.mark.parametrize("study", STUDIES)
def test_the_section_is_written_whatever_is_missing_and_shows_no_small_cell(study):
    shown = written(study_of(STUDIES[study]()), "claims")
    said = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "\n", shown)))
    assert not re.search(r"\b(nan|None|NA|inf)\b", said.replace("None were tried", ""))
    assert ("Not tested here" in said) == (study != "no claim")
    if study != "everything":
        assert "No claim could be tested" in said
        assert ("+34.3 % (" in said) == (study == "no claim")
    else:
        assert not re.search(r"(?<![\d.,])(803|397)(?![\d.,])", said)


def test_every_kind_of_table_says_how_it_is_read():
    def tables(parts):
        for part in parts:
            if isinstance(part, blocks.Shown):
                yield part
            elif isinstance(part, blocks.Disclosure):
                yield from tables(part.blocks)
            elif isinstance(part, blocks.Columns):
                yield from tables([*part.left, *part.right])

    made = list(tables(section.content(study_of(findings()))))
    assert len(made) > 15
    assert [table.caption for table in made if not table.how] == []
    assert [table.how for table in made if table.how.endswith(".")] == []
