"""What the report says of claims, of what verdicts rest on, and of pooled estimates."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import REPO
from made_study import empty, made_study, written

from il6r import plan
from il6r.replication.verdicts import RULE
from il6r.report import drawing, wording
from il6r.report.blocks import Shown
from il6r.report.load import Study
from il6r.report.published.words import published_rows
from il6r.report.replication import figures, methods, section
from il6r.report.replication import words as replication
from il6r.report.verdicts import words as verdict_words
from il6r.tables.association import ESTIMATES
from il6r.tables.replication import LEFT_OUT, OPERATING, POOLED, VERDICTS

MINIMUM = 5
COHORTS = ["one", "two", "three"]
MINUS = "\N{MINUS SIGN}"
PLAN = plan.Plan(
    analyses={
        one.name: one
        for one in (
            plan.Analysis("sil6r_additive", "sIL-6R per effect allele", "sil6r", claim="sil6r_per_allele",
                          strata="ancestry"),
            plan.Analysis("sil6r_cc_vs_aa", "sIL-6R, CC against AA", "sil6r", claim="sil6r_cc_vs_aa",
                          coding="genotypic", contrast="CC against AA"),
            plan.Analysis("sil6r_variance", "variance of log sIL-6R explained", "sil6r",
                          claim="sil6r_variance", estimate="variance_explained"),
            plan.Analysis("activity_aa_vs_carriers", "mean acceleration, AA against C carriers", "activity",
                          claim="activity_aa", coding="dominant", contrast="AA against C carriers"),
            plan.Analysis("activity_additive", "mean acceleration per effect allele", "activity",
                          claim="activity_aa"),
            plan.Analysis("mvpa_additive", "MVPA per effect allele", "mvpa_min_per_day", claim="activity_aa"),
            plan.Analysis("mvpa_aa_vs_carriers", "MVPA, AA against C carriers", "mvpa_min_per_day",
                          claim="activity_aa", coding="dominant", contrast="AA against C carriers"),
            plan.Analysis("crp_additive", "CRP per effect allele", "crp_mg_l", claim="crp_per_allele"),
            plan.Analysis("sgp130_additive", "sgp130 per effect allele", "sgp130"),
            plan.Analysis("rheumatoid_arthritis", "rheumatoid arthritis per effect allele",
                          "rheumatoid_arthritis", claim="rheumatoid_arthritis", transform="none",
                          family="binomial"),
        )
    },
    causal={},
    covariate_sets={},
)  # fmt: skip
# Benchmark: claim, analysis, unit, value and what is known of its error.
_ = (None, None)
PUBLISHED = pd.DataFrame(
    [
        ("erfc", "sil6r_per_allele", "sil6r_additive", "percent", "34.3", 30.4, 38.2, *_, "ERFC 2012"),
        ("review", "sil6r_per_allele", "sil6r_additive", "percent", "50", *_, 45, 55, "Nash 2022"),
        ("review_cc", "sil6r_cc_vs_aa", "sil6r_cc_vs_aa", "ratio", "2", *_, 1.5, 2.5, "Nash 2022"),
        ("share", *2 * ["sil6r_variance"], "r2", "0.51", *_, *_, "van Dongen 2014"),
        ("direction", "activity_aa", "activity_aa_vs_carriers", "percent", "greater", *_, *_, "Nash 2022"),
        ("crp", "crp_per_allele", "crp_additive", "percent", "-7.5", -9.1, -5.9, *_, "ERFC 2012"),
        ("ra", *2 * ["rheumatoid_arthritis"], "odds_ratio", "0.872", 0.767, 0.991, *_, "Marinou 2010"),
    ],
    columns=["benchmark", "claim", "analysis", "scale", "value", "low", "high", "about_low", "about_high",
             "reference"],
).assign(
    doi="10.1000/xyz", variant="rs2228145", population="UK", n=100.0, note=None, role="primary",
    kind=["effect", "about", "about", "effect", "direction", "effect", "effect"], p=np.nan, bound=np.nan,
    n_pairs=np.nan, read="abstract",
)  # fmt: skip
EFFECTS = {
    "sil6r_additive": (np.log(1.343), 0.02),
    "sil6r_cc_vs_aa": (np.log(1.8), 0.04),
    "sil6r_variance": (0.47, 0.03),
    "activity_aa_vs_carriers": (np.log(1.05), 0.03),
    "activity_additive": (np.log(0.97), 0.02),
    "mvpa_additive": (np.log(0.93), 0.05),
    "mvpa_aa_vs_carriers": (np.log(1.07), 0.06),
    "sgp130_additive": (0.01, 0.02),
    "rheumatoid_arthritis": (np.log(0.9), 0.06),
}


def numbers(estimate, se):
    return {"estimate": estimate, "se": se, "ci_low": estimate - 2 * se, "ci_high": estimate + 2 * se}


def estimate(analysis, cohort, people=400, **changed):
    one = PLAN.analyses[analysis]
    return {
        "cohort": cohort, "analysis": analysis, "stratum": "all", "priority": "secondary",
        "outcome": one.outcome, "exposure": "variant", "coding": one.contrast or one.coding,
        "effect_allele": "C", "scale": one.scale, **numbers(*EFFECTS[analysis]), "p_value": 0.01, "n": people,
        "n_participants": people, "n_censored": 0, "n_exposure_censored": 0, "df": None,
        "n_cases": None, "model": "least squares", "errors": "HC3",
        "note": None, **changed,
    }  # fmt: skip


def estimates(*rows):
    names = list(ESTIMATES.columns)
    return ESTIMATES.check(pd.DataFrame(rows).reindex(columns=names))


def usual_estimates():
    rows = [
        estimate(analysis, cohort)
        for analysis in EFFECTS
        for cohort in (COHORTS if analysis != "sgp130_additive" else COHORTS[:1])
    ]
    for row in rows:
        if row["analysis"] == "rheumatoid_arthritis":
            row["n_cases"] = 60 if row["cohort"] != "three" else 4
    return estimates(*rows)


def pool(analysis, model="fixed", group="all", cohorts=3, people=1200, **changed):
    effect, se = EFFECTS[analysis]
    several = cohorts > 1
    row = {
        "analysis": analysis, "group": group, "model": model, "effect_allele": "C",
        "scale": PLAN.analyses[analysis].scale, "cohorts": cohorts, "n_participants": people,
        **numbers(effect, se / 2), "p_value": 0.001, "tau2": 0.0, "i2_percent": 12.4 if several else None,
        "i2_low": 0.0 if several else None, "i2_high": 71.0 if several else None,
        "q": 2.1 if several else None, "q_p_value": 0.35 if several else None,
    }  # fmt: skip
    if model != "fixed" and cohorts > 2:
        row |= {"prediction_low": effect - 3 * se, "prediction_high": effect + 3 * se}
    return row | changed


def pooled(*rows):
    return POOLED.check(pd.DataFrame(rows).reindex(columns=list(POOLED.columns)))


def usual_pools():
    rows = [
        pool(analysis, model)
        for analysis in EFFECTS
        if analysis != "sgp130_additive"
        for model in replication.MODELS
    ]
    rows += [pool("sgp130_additive", model, cohorts=1, people=400) for model in replication.MODELS]
    rows += [pool("sil6r_additive", model, "EUR", 2, 803) for model in replication.MODELS]
    rows += [pool("sil6r_additive", model, "AFR", 1, 397) for model in replication.MODELS]
    rows += [pool("sil6r_additive", model, "EAS", 1, 4) for model in replication.MODELS]
    return pooled(*rows)


def without(analysis, cohort):
    effect, se = EFFECTS[analysis]
    return {
        "analysis": analysis, "left_out": cohort, "scale": PLAN.analyses[analysis].scale, "cohorts": 2,
        **numbers(effect, se), "df": None, "random_estimate": effect, "random_low": effect - 5 * se,
        "random_high": effect + 5 * se,
    }  # fmt: skip


def usual_left_out():
    rows = [without(analysis, cohort) for analysis in EFFECTS for cohort in COHORTS]
    return LEFT_OUT.check(pd.DataFrame(rows))


def judged(benchmark, cohort, word="replicated", n=400, **changed):
    known = PUBLISHED.set_index("benchmark").loc[benchmark]
    row = {
        "claim": known["claim"], "benchmark": benchmark, "analysis": known["analysis"], "cohort": cohort,
        "scale": known["scale"], "published": known["value"], "about_low": known["about_low"],
        "about_high": known["about_high"], "published_low": known["low"], "published_high": known["high"],
        "reference": f"{known['reference']}, doi {known['doi']}", "verdict": word,
        "reason": f"because of {cohort}",
    }  # fmt: skip
    if word == "not computable":
        return row | {"reason": "the cohort has no such measurement"} | changed
    effect, se = EFFECTS[known["analysis"]]
    ends = (wording.on_scale(value, known["scale"]) for value in (effect, effect - 2 * se, effect + 2 * se))
    row |= dict(zip(("estimate", "ci_low", "ci_high"), ends, strict=True))
    row |= {"sign_agrees": True, "significant": True, "n": n}
    if known["value"] != "greater":
        row |= {"in_interval": benchmark != "review", "power": 0.997, "smallest_effect": 5.7,
                "n_for_80_percent_power": 60}  # fmt: skip
    if not pd.isna(known["low"]):
        row |= {
            "intervals_overlap": True, "prediction_low": 29.0, "prediction_high": 39.8, "in_prediction": True,
            "difference_p_value": 0.91, "equivalence_p_value": 0.001, "equivalent": True,
            "sceptical_p_value": 1e-7, "replication_bayes_factor": 1e-30, "small_telescopes_p_value": 0.8,
        }  # fmt: skip
    return row | changed


def verdicts(*rows):
    frame = pd.DataFrame(rows).reindex(columns=list(VERDICTS.columns))
    flags = [name for name, spec in VERDICTS.columns.items() if spec.kind == "boolean"]
    return VERDICTS.check(frame.astype(dict.fromkeys(flags, "boolean")))


def usual_verdicts():
    rows = []
    # As they stand in the table of published effects, claims of others between the review's.
    for benchmark in ("crp", "erfc", "review", "review_cc", "share", "direction", "ra"):
        word = {"crp": "not computable", "review": "same direction, smaller"}.get(benchmark, "replicated")
        rows += [judged(benchmark, cohort, word) for cohort in [*COHORTS, "pooled"]]
    return verdicts(*rows)


def usual_operating():
    shares = {"replicated": 0.7, "same direction, smaller": 0.05, "inconclusive": 0.2, "contradicted": 0.05}
    rows = [
        {"benchmark": benchmark, "truth_percent": truth, "n": n, "verdict": word, "share": share,
         "monte_carlo_se": 0.01}
        for benchmark in ("erfc", "review") for n in (60, 1500) for truth in (0.0, 34.3)
        for word, share in shares.items()
    ]  # fmt: skip
    return OPERATING.check(pd.DataFrame(rows))


def findings(**changed):
    given = {
        "plan": PLAN, "effect": "C", "estimates": usual_estimates(), "pooled": usual_pools(),
        "left_out": usual_left_out(), "verdicts": usual_verdicts(), "operating": usual_operating(),
        "rule": RULE, "minimum": MINIMUM,
    }  # fmt: skip
    return replication.Findings(**given | changed)


def nowhere():
    rows = [
        judged(benchmark, cohort, "not computable")
        for benchmark in PUBLISHED["benchmark"]
        for cohort in [*COHORTS, "pooled"]
    ]
    return findings(
        estimates=empty(ESTIMATES), pooled=empty(POOLED), left_out=empty(LEFT_OUT),
        verdicts=verdicts(*rows), operating=empty(OPERATING),
    )  # fmt: skip


def only_few():
    """One cohort of four people, which is its own pool."""
    own = usual_estimates()
    pools = pooled(*(pool(analysis, cohorts=1, people=4) for analysis in EFFECTS))
    judgements = usual_verdicts()
    return findings(
        estimates=own[own["cohort"] == "one"].assign(n=4, n_participants=4), pooled=pools,
        left_out=empty(LEFT_OUT),
        verdicts=VERDICTS.check(judgements[judgements["cohort"].isin(["one", "pooled"])].assign(n=4)),
    )  # fmt: skip


def study_of(found, published=PUBLISHED):
    names = ("estimates", "pooled", "left_out", "verdicts", "operating")
    tables = {name: getattr(found, name) for name in names}
    return made_study(COHORTS, tables, MINIMUM, plan=PLAN, published=published)


STUDIES = {"everything": findings, "nowhere": nowhere, "only few": only_few}


def test_the_reviews_claims_come_first_and_then_the_others():
    told = verdict_words.claims(findings())
    assert [claim["claim"] for claim in told] == [
        *wording.REVIEW, "crp_per_allele", "rheumatoid_arthritis",
    ]  # fmt: skip
    assert [claim["of_the_review"] for claim in told] == [True] * 4 + [False] * 2
    first = told[0]
    assert first["label"] == "Each C allele raises plasma sIL-6R by about half"
    assert first["pooled"]["text"] == "+34.3 % (+31.6 to +37.0)"
    assert (first["pooled"]["cohorts"], first["pooled"]["participants"]) == (3, 1200)
    assert [b["source"] for b in first["benchmarks"]] == ["ERFC 2012: +34.3 %", "Nash 2022: about +50 %"]
    assert first["benchmarks"][1]["verdict"] == "same direction, smaller"
    assert first["benchmarks"][0]["cohorts"] == dict.fromkeys(COHORTS, "replicated")
    assert told[1]["pooled"]["text"] == "1.80 (1.73 to 1.87)"
    assert told[3]["benchmarks"][0]["source"] == "Nash 2022: direction only"
    assert told[5]["benchmarks"][0]["source"] == "Marinou 2010: odds ratio 0.872"


def test_other_analyses_that_bear_on_a_claim_stand_beside_it_one_of_each_outcome():
    told = {claim["claim"]: claim for claim in verdict_words.claims(findings())}
    assert told["activity_aa"]["also"] == (
        f"mean acceleration per effect allele {MINUS}3.0 % ({MINUS}4.9 to {MINUS}1.0); "
        f"MVPA per effect allele {MINUS}7.0 % ({MINUS}11.5 to {MINUS}2.2)"
    )
    assert told["sil6r_per_allele"]["also"] is None


def test_a_claim_that_nobody_could_test_is_one_line_on_the_screen_and_no_table():
    lines = verdict_words.screen_lines("A title", findings()).splitlines()
    assert lines[0] == "A title"
    assert len([line for line in lines if " people | " in line]) == 5
    assert lines[2] == (
        "Each C allele raises plasma sIL-6R by about half: +34.3 % (+31.6 to +37.0), 3 cohorts, 1,200 people "
        "| ERFC 2012: +34.3 % \N{RIGHTWARDS ARROW} replicated; Nash 2022: about +50 % \N{RIGHTWARDS ARROW} "
        "same direction, smaller"
    )
    assert lines[-1] == "Not tested here: Each C allele lowers CRP"
    assert "Each C allele lowers CRP" not in {detail["claim"] for detail in replication.details(findings())}
    silent = verdict_words.screen_lines("A title", nowhere()).splitlines()
    assert silent[2].count(";") == len(set(PUBLISHED["claim"])) - 1


def detail(found, source):
    (own,) = [one for one in replication.details(found) if one["source"] == source]
    return own["heads"], {row["name"]: row["cells"] for row in own["rows"]}


def test_a_benchmarks_table_has_every_measure_of_agreement_of_each_cohort():
    heads, rows = detail(findings(), "ERFC 2012: +34.3 %")
    assert heads == ["", *COHORTS, "pooled"]
    assert {name: cells[0] for name, cells in rows.items()} == {
        "estimate": "+34.3 % (+29.0 to +39.8)",
        "same sign as published": "yes",
        "interval leaves out no effect": "yes",
        "published value, or one that rounds to it, in our interval": "yes",
        "intervals overlap": "yes",
        "prediction interval from the published effect": "+29.0 to +39.8 %",
        "our estimate in it": "yes",
        "difference from the published effect (Q), p": "0.91",
        "equivalence (two one-sided tests), p": "0.001",
        "equivalent": "yes",
        "sceptical p": "<\N{NO-BREAK SPACE}0.0001",
        "replication Bayes factor": "over 10,000 for the published effect",
        "smaller than 33 % power could see (small telescopes), p": "0.8",
        "power to see the published effect": "over 99 %",
        "smallest effect seen with 80 % power": "+5.7 %",
        "people for 80 % power": "60",
        "verdict": "replicated",
    }
    (own,) = [one for one in replication.details(findings()) if one["source"] == "ERFC 2012: +34.3 %"]
    assert own["reasons"] == {cohort: f"because of {cohort}" for cohort in [*COHORTS, "pooled"]}


def test_what_a_benchmark_without_error_does_not_give_has_no_row():
    _, rows = detail(findings(), "Nash 2022: about +50 %")
    assert rows["published value, or one that rounds to it, in our interval"] == ["no"] * 4
    assert "sceptical p" not in rows
    _, rows = detail(findings(), "Nash 2022: direction only")
    assert list(rows) == [
        "estimate",
        "same sign as published",
        "interval leaves out no effect",
        "verdict",
    ]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (12.34, "12.3 for no effect"),
        (0.1, "10 for the published effect"),
        (0.0, "over 10,000 for the published effect"),
        (1e9, "over 10,000 for no effect"),
    ],
)
def test_a_bayes_factor_is_told_as_odds_for_the_side_that_it_favours(value, told):
    assert replication.STATISTICS["replication_bayes_factor"][1](value, {}) == told


def test_operating_characteristics_are_a_table_with_their_errors():
    first, second = replication.operating_groups(findings())
    assert (first["source"], second["source"]) == ("ERFC 2012: +34.3 %", "Nash 2022: about +50 %")
    assert [row[:2] for row in first["rows"]] == [
        ["60", "no effect"], ["60", "+34.3 %"], ["1,500", "no effect"], ["1,500", "+34.3 %"],
    ]  # fmt: skip
    assert first["rows"][0][2:] == ["70.0 ± 1 %", "5 ± 1 %", "0 %", "20.0 ± 1 %", "5 ± 1 %"]
    assert len(replication.WORDS) == 5


def test_pooled_estimates_have_three_models_heterogeneity_and_prediction():
    groups = {group["label"]: group["rows"] for group in replication.pooled_groups(findings())}
    rows = groups["sIL-6R per effect allele"]
    assert [row[0] for row in rows] == ["fixed", "random (Paule-Mandel)", "random (REML)"]
    assert rows[0][1:] == [
        "3", "1,200", "+34.3 % (+31.6 to +37.0)", "0.001", "2.1 (p = 0.35)", "12 % (0 to 71)", "",
    ]  # fmt: skip
    assert rows[1][-1] == "+26.5 to +42.6 %"
    assert [row[:3] for row in groups["sgp130 per effect allele"]] == [["one cohort", "1", "400"]]
    (two,) = replication.pooled_groups(findings(pooled=pooled(pool("sil6r_additive", "reml", cohorts=2))))
    assert two["rows"][0][-1] == "needs three cohorts"
    (shown,) = [one for one in section.content(study_of(findings())) if isinstance(one, Shown)]
    assert all(len(row) == len(shown.heads) for row in rows)


def test_people_of_an_ancestry_are_rounded_and_few_are_not_shown():
    (group,) = replication.ancestry_groups(findings())
    assert [(row[0], row[2]) for row in group["rows"]] == [
        ("EUR, fixed", "800"), ("EUR, random (Paule-Mandel)", "800"), ("AFR, one cohort", "395"),
    ]  # fmt: skip


def test_what_is_left_out_gives_no_hidden_estimate_away():
    rows = replication.left_out_rows(findings())
    told = {(row["analysis"], row["left_out"]) for row in rows}
    assert ("sIL-6R per effect allele", "three") in told
    assert ("rheumatoid arthritis per effect allele", "two") in told
    # There are four cases in it.
    assert ("rheumatoid arthritis per effect allele", "three") not in told
    assert not [row for row in rows if row["analysis"].startswith("sgp130")]
    assert rows[0]["random"] == "+34.3 % (+21.5 to +48.4)"


def test_verdicts_on_few_people_say_no_more_than_that():
    shown = findings().shown_verdicts().set_index(["benchmark", "cohort"])
    hidden = shown.loc["ra", "three"]
    assert (hidden["verdict"], hidden["reason"]) == ("not computable", "fewer than 5 people")
    assert pd.isna(hidden["estimate"])
    assert shown.loc["ra", "two"]["verdict"] == "replicated"
    few = only_few()
    assert set(few.shown_verdicts()["verdict"]) == {"not computable"}
    assert all(claim["pooled"] is None for claim in verdict_words.claims(few))


def test_the_summary_for_programs_has_all_models_and_agreement():
    found = findings()
    pools, told = replication.for_programs(found), verdict_words.claims(found)
    assert json.dumps([pools, told], allow_nan=False)
    assert {row["model"] for row in pools} == set(replication.MODELS)
    assert {row["n_participants"] for row in pools if row["group"] != "all"} == {None}
    first = told[0]["benchmarks"][0]
    for name in ("sign_agrees", "difference_p_value", "sceptical_p_value", "prediction_low", "equivalent",
                 "prediction_high", "replication_bayes_factor", "power", "smallest_effect"):  # fmt: skip
        assert first[name] is not None, name
    assert told[3]["benchmarks"][0]["power"] is None


def test_published_values_are_told_with_their_unit():
    told = {row["reference"] + row["claim"]: row["value"] for row in published_rows(PUBLISHED)}
    assert told["ERFC 2012Each effect allele raises plasma sIL-6R by about half"] == "+34.3 % (30.4 to 38.2)"
    assert told["ERFC 2012Each effect allele lowers CRP"] == f"{MINUS}7.5 % ({MINUS}9.1 to {MINUS}5.9)"
    assert told["Nash 2022AA homozygotes are more physically active"] == "greater"
    ours = pd.read_csv(REPO / "resources" / "published_effects.tsv", sep="\t").set_index(
        "benchmark", drop=False
    )
    told = dict(zip(ours["benchmark"], published_rows(ours), strict=True))
    assert (told["review_cc_aa"]["value"], told["review_cc_aa"]["role"]) == ("about 2", "decides")
    assert told["webb_activity"]["value"] == "+61.8 % (p 0.01)"
    assert told["cullen_distance"]["value"] == f"{MINUS}0.74 (12 pairs)"
    assert told["erfc_smoking"]["value"] == "no effect, within odds ratio 1.1"
    assert told["uk_biobank_activity"]["value"] == "not beyond +0.028 SD"
    assert told["van_dongen_cc_aa"]["value"] == "1.76 (1.726 to 1.795)"
    assert told["van_dongen_cc_aa"]["read"].startswith("derived: Table 3")


def axes_of(figure):
    drawing.plt.close(figure)
    return figure.axes


def forest(found=None, published=PUBLISHED):
    with drawing.style():
        return figures.forest(study_of(found or findings(), published))


def labels(axis):
    return [label.get_text() for label in axis.get_yticklabels()]


def test_the_forest_has_cohorts_pools_ancestries_and_benchmarks():
    axes = axes_of(forest())
    assert [axis.get_title() for axis in axes[:5]] == [
        "sIL-6R per effect allele", "sIL-6R, CC against AA", "variance of log sIL-6R explained",
        "mean acceleration, AA against C carriers", "rheumatoid arthritis per effect allele",
    ]  # fmt: skip
    assert labels(axes[0]) == [
        *COHORTS, "pooled, fixed effects", "pooled, random effects", "EUR only", "AFR only", "ERFC 2012",
        "Nash 2022",
    ]  # fmt: skip
    lines = [line.get_xydata() for line in axes[0].lines]
    # The prediction interval is a line of its own, longer than the interval on the same row.
    random = sorted(np.ptp(line[:, 0]) for line in lines if len(line) == 2 and set(line[:, 1]) == {4})
    assert random == pytest.approx([100 * 2 * 1.343 * np.sinh(0.02), 100 * 2 * 1.343 * np.sinh(0.06)])
    assert labels(axes[3])[-1] == "pooled, random effects"
    # An odds ratio on four cases.
    assert labels(axes[4]) == [
        "one",
        "two",
        "pooled, fixed effects",
        "pooled, random effects",
        "Marinou 2010",
    ]
    assert axes[4].get_xlabel() == "odds ratio"


def test_a_published_bound_is_drawn_as_what_an_effect_is_to_be_within():
    bounds = PUBLISHED.iloc[[4, 6]].assign(
        kind=["no_effect", "bound"], analysis=["sgp130_additive", "rheumatoid_arthritis"], value=["0", "1.1"],
        low=np.nan, high=np.nan, bound=[5.0, 1.1],
    )  # fmt: skip
    axes = axes_of(forest(published=pd.concat([PUBLISHED.iloc[:4], bounds])))
    drawn_ends = {}
    for axis in axes:
        names = labels(axis)
        if any(name.endswith("(bound)") for name in names):
            place = next(k for k, name in enumerate(names) if name.endswith("(bound)"))
            lines = [line.get_xydata() for line in axis.lines if set(line.get_ydata()) == {place}]
            drawn_ends[names[place]] = [sorted(line[:, 0]) for line in lines]
    assert drawn_ends == {
        "Nash 2022 (bound)": [[-5.0, 5.0], [0.0]],
        "Marinou 2010 (bound)": [[pytest.approx(1 / 1.1), 1.1], [1.0]],
    }


def test_the_forest_of_few_people_has_benchmarks_only():
    axes = axes_of(forest(only_few()))
    assert [labels(axis) for axis in axes[:4]] == [
        ["ERFC 2012", "Nash 2022"],
        ["Nash 2022"],
        ["van Dongen 2014"],
        [],
    ]


def operating(found=None):
    with drawing.style():
        return figures.operating(study_of(found or findings()))


def test_bars_of_verdicts_fill_each_row_by_truth_and_number_of_people():
    axes = axes_of(operating())
    assert [axis.get_title("left") for axis in axes[1::2]] == ["n = 1,500"] * 2
    assert [axis.get_title("left") for axis in axes[::2]] == [
        "ERFC 2012: +34.3 %\nn = 60", "Nash 2022: about +50 %\nn = 60",
    ]  # fmt: skip
    assert labels(axes[0]) == ["no effect", "+34.3 %"]
    ends = {}
    for bar in axes[0].patches:
        ends[bar.get_y()] = ends.get(bar.get_y(), 0) + bar.get_width()
    assert list(ends.values()) == pytest.approx([1, 1])
    # Shares large enough to be read are numbers too.
    assert sorted({text.get_text() for text in axes[0].texts}) == ["20", "70"]


DRAWINGS = {"forest": forest, "operating": operating}


def drawn(figure, folder):
    with drawing.style():
        drawing.save(figure, [str(folder / "figure.svg"), str(folder / "figure.pdf")])
    return [(folder / f"figure.{kind}").read_bytes() for kind in ("svg", "pdf")]


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_has_the_same_bytes_twice(name, tmp_path):
    first = drawn(DRAWINGS[name](), tmp_path)
    assert first == drawn(DRAWINGS[name](), tmp_path)
    assert len(first[0]) < 250_000


def test_without_anything_to_draw_figures_say_so(tmp_path):
    svg = drawn(operating(nowhere()), tmp_path)[0].decode()
    assert figures.NO_OPERATING in svg
    assert drawn(forest(nowhere()), tmp_path)


def test_methods_of_pooling_follow_the_plan_and_what_there_was_to_pool():
    told = " ".join(methods.sentences(PLAN, usual_pools()))
    for part in (
        "Paule & Mandel",
        "Hartung & Knapp",
        "within 25 % of the published effect",
        "Less than 50 %",
    ):
        assert part in told, part
    alone = pooled(pool("sil6r_additive", cohorts=1))
    assert "a cohort is its own pool" in methods.sentences(PLAN, alone)[0]


def test_tables_of_replication_are_read_by_name(tmp_path):
    tables = (POOLED, LEFT_OUT, VERDICTS, OPERATING)
    given = SimpleNamespace(**{one.name: [str(tmp_path / f"{one.name}.tsv")] for one in tables})
    for one in tables:
        one.write(getattr(findings(), one.name), getattr(given, one.name)[0])
    study = Study({"cohorts": {name: {} for name in COHORTS}}, given)
    read = {one.name: study.table(one) for one in tables}
    assert {name: len(table) for name, table in read.items()} == {
        name: len(getattr(findings(), name)) for name in read
    }
    again = [claim["pooled"] and claim["pooled"]["text"] for claim in verdict_words.claims(findings(**read))]
    first = verdict_words.claims(findings())
    assert again == [claim["pooled"] and claim["pooled"]["text"] for claim in first]


@pytest.mark.parametrize("study", STUDIES)
def test_verdicts_and_section_are_written_and_show_no_small_cell(study):
    shown = written(study_of(STUDIES[study]()), "verdicts", "replication")
    assert shown.count("<img ") == 2
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "\n", shown))
    assert not re.search(r"\b(nan|None|NA|inf)\b", said)
    assert RULE[0].split(".")[0] in said
    assert "Not tested here" in said
    if study != "everything":
        assert "+34.3 % (" not in said
        assert "What else was published" not in said
    else:
        assert said.index("more physically active") < said.index("What else was published")
        assert not re.search(r"(?<![\d.,])(803|397)(?![\d.,])", said)
