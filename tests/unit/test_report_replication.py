"""What the report says of claims, of what verdicts rest on, and of pooled estimates."""

import itertools
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import REPO
from made_study import empty, made_study

from il6r import plan
from il6r.replication.rule_in_words import RULE
from il6r.report import drawing, wording
from il6r.report.load import Study
from il6r.report.published.words import published_rows
from il6r.report.replication import figures, methods, verdict_bars
from il6r.report.replication import words as replication
from il6r.report.verdicts import words as verdict_words
from il6r.tables.association import ESTIMATES
from il6r.tables.replication import CLAIMS, LEFT_OUT, OPERATING, POOLED, VERDICT_WORDS, VERDICTS

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
            plan.Analysis("sgp130_additive", "sgp130 per effect allele", "sgp130", claim="sgp130_per_allele"),
            plan.Analysis("rheumatoid_arthritis", "rheumatoid arthritis per effect allele",
                          "rheumatoid_arthritis", claim="rheumatoid_arthritis", transform="none",
                          family="binomial"),
        )
    },
    causal={},
    covariate_sets={},
)  # fmt: skip
# Benchmark: claim, analysis, role, kind, unit, value, its interval and source.
_ = (None, None)
PUBLISHED = pd.DataFrame(
    [
        ("erfc", "sil6r_per_allele", "sil6r_additive", "best", "effect", "percent", "34.3", 30.4, 38.2,
         "IL6R Genetics Consortium and ERFC 2012"),
        ("review", "sil6r_per_allele", "sil6r_additive", "primary", "about", "percent", "50", *_,
         "Nash 2022"),
        ("ferreira", "sil6r_per_allele", "sil6r_additive", "context", "effect", "percent", "34.6", *_,
         "Ferreira 2013"),
        ("review_cc", *2 * ["sil6r_cc_vs_aa"], "primary", "about", "ratio", "2", *_, "Nash 2022"),
        ("share", *2 * ["sil6r_variance"], "primary", "effect", "r2", "0.51", *_, "van Dongen 2014"),
        ("direction", "activity_aa", "activity_aa_vs_carriers", "primary", "direction", "percent", "greater",
         *_, "Nash 2022"),
        ("webb", "activity_aa", "mvpa_aa_vs_carriers", "context", "effect", "percent", "61.8", *_,
         "Webb 2021"),
        ("crp", "crp_per_allele", "crp_additive", "primary", "effect", "percent", "-7.5", -9.1, -5.9,
         "ERFC 2012"),
        ("sgp130", "sgp130_per_allele", "sgp130_additive", "primary", "no_effect", "percent", "0", *_,
         "Rafiq 2007"),
        ("ra", *2 * ["rheumatoid_arthritis"], "primary", "effect", "odds_ratio", "0.872", 0.767, 0.991,
         "Marinou 2010"),
    ],
    columns=["benchmark", "claim", "analysis", "role", "kind", "scale", "value", "low", "high", "reference"],
).assign(
    doi="10.1000/xyz", variant="rs2228145", population="UK", n=100.0, note=None, p=None, n_pairs=None,
    read="abstract", bound=[5.0 if kind == "no_effect" else None for kind in
                            ("", "", "", "", "", "", "", "", "no_effect", "")],
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
        "claim": known["claim"], "benchmark": benchmark, "role": known["role"], "kind": known["kind"],
        "analysis": known["analysis"], "cohort": cohort, "scale": known["scale"], "published": known["value"],
        "published_low": known["low"], "published_high": known["high"],
        "reference": f"{known['reference']}, doi {known['doi']}",
        "verdict": None if known["role"] == "context" else word, "reason": f"because of {cohort}",
    }  # fmt: skip
    if word == "not computable":
        return row | {"reason": "the cohort has no such measurement"} | changed
    effect, se = EFFECTS[known["analysis"]]
    # Three cohorts' together are more precise.
    se, n = (se / 2, 1200 if known["analysis"] != "sgp130_additive" else n) if cohort == "pooled" else (se, n)
    ends = (wording.on_scale(value, known["scale"]) for value in (effect, effect - 2 * se, effect + 2 * se))
    row |= dict(zip(("estimate", "ci_low", "ci_high"), ends, strict=True))
    row |= {"sign_agrees": True, "significant": True, "n": n, "smallest_effect": 5.7}
    if known["value"] != "greater":
        row |= {"in_interval": benchmark != "review", "power": 0.997, "n_for_80_percent_power": 60}
    if not pd.isna(known["low"]):
        row |= {
            "intervals_overlap": True, "prediction_low": 29.0, "prediction_high": 39.8, "in_prediction": True,
            "difference_p_value": 0.91, "equivalence_p_value": 0.001, "equivalent": True,
            "sceptical_p_value": 1e-7, "replication_bayes_factor": 1e-30, "small_telescopes_p_value": 0.8,
        }  # fmt: skip
    return row | changed


def checked(contract, rows):
    frame = pd.DataFrame(rows).reindex(columns=list(contract.columns))
    flags = [name for name, spec in contract.columns.items() if spec.kind == "boolean"]
    return contract.check(frame.astype(dict.fromkeys(flags, "boolean")))


def verdicts(*rows):
    return checked(VERDICTS, rows)


WORD_OF = {"crp": "not computable", "review": "same direction, smaller", "direction": "direction confirmed",
           "sgp130": "no effect not confirmed"}  # fmt: skip


def usual_verdicts():
    # As they stand in the table of published effects, claims of others between the review's.
    rows = [
        judged(benchmark, cohort, WORD_OF.get(benchmark, "replicated"))
        for benchmark in ("crp", *(name for name in PUBLISHED["benchmark"] if name != "crp"))
        for cohort in ([*COHORTS, "pooled"] if benchmark != "sgp130" else ["one", "pooled"])
    ]
    return verdicts(*rows)


def assessed(benchmark, **changed):
    known = PUBLISHED.set_index("benchmark").loc[benchmark]
    word = WORD_OF.get(benchmark, "replicated")
    row = {
        "claim": known["claim"], "analysis": known["analysis"], "scale": known["scale"],
        "benchmark": benchmark, "verdict": word, "reason": "because of pooled", "cohorts": 0,
        "cohorts_same_side": 0, "n_participants": 0, "alternatives": 0, "alternatives_alike": 0,
    }  # fmt: skip
    if word == "not computable":
        return row | {"reason": "the cohort has no such measurement"} | changed
    row |= {
        "model": "fixed", "cohorts": 3, "cohorts_same_side": 3, "n_participants": 1200, "p_value": 0.0004,
        "p_holm": 0.002, "alternatives": 12, "alternatives_alike": 11, "powered": True,
        "cohorts_agree": True, "robust": True, "survives_holm": True, "data_pass": True,
        "strength": "strong", "n_for_80_percent_power": 60,
    }  # fmt: skip
    return row | changed


def usual_claims():
    alone = {"cohorts": 1, "cohorts_same_side": 1, "cohorts_agree": False, "alternatives": 0,
             "alternatives_alike": 0, "powered": False, "robust": False, "data_pass": False, "strength": None,
             "n_participants": 400, "failed_checks": "one: the share is 64 %. Causes: x. What to do: y.",
             "n_for_80_percent_power": 1561}  # fmt: skip
    rows = [
        assessed(
            "review", best_benchmark="erfc", best_verdict="replicated", best_reason="because of pooled",
            stays_low=31.25, stays_high=41.75, moved_most_by="two", estimate_without=33.9,
            verdict_without="same direction, smaller",
        ),
        assessed("review_cc", same_size=True, stays_low=1.7, n_for_80_percent_power=None),
        assessed("share", moved_most_by="two", estimate_without=0.46, verdict_without="inconclusive"),
        assessed("direction", n_for_80_percent_power=None),
        assessed("crp"),
        assessed("sgp130", **alone),
        assessed("ra", moved_most_by="three", estimate_without=0.91, verdict_without="replicated"),
    ]  # fmt: skip
    return checked(CLAIMS, rows)


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
        "left_out": usual_left_out(), "verdicts": usual_verdicts(), "claims": usual_claims(),
        "operating": usual_operating(),
        "rule": RULE, "minimum": MINIMUM,
    }  # fmt: skip
    return replication.Findings(**given | changed)


def nowhere():
    rows = [
        judged(benchmark, cohort, "not computable")
        for benchmark in PUBLISHED["benchmark"]
        for cohort in [*COHORTS, "pooled"]
    ]
    own = [
        assessed(name) | {"verdict": "not computable", "reason": "the cohort has no such measurement"}
        for name in PUBLISHED.loc[PUBLISHED["role"] == "primary", "benchmark"]
    ]
    absent = CLAIMS.check(checked(CLAIMS, own).assign(**dict.fromkeys(NUMBERS), strength=None))
    return findings(
        estimates=empty(ESTIMATES), pooled=empty(POOLED), left_out=empty(LEFT_OUT),
        verdicts=verdicts(*rows), claims=absent, operating=empty(OPERATING),
    )  # fmt: skip


# What a claim that nobody could test has not.
NUMBERS = ("p_value", "p_holm", "model", "powered", "cohorts_agree", "robust", "survives_holm", "data_pass",
           "n_for_80_percent_power")  # fmt: skip


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
    names = ("estimates", "pooled", "left_out", "verdicts", "claims", "operating")
    tables = {name: getattr(found, name) for name in names}
    return made_study(COHORTS, tables, MINIMUM, plan=PLAN, published=published)


def no_claim():
    """A plan of which no analysis has a published value."""
    return findings(verdicts=empty(VERDICTS), claims=empty(CLAIMS), operating=empty(OPERATING))


STUDIES = {"everything": findings, "nowhere": nowhere, "only few": only_few, "no claim": no_claim}


def told_of(found=None):
    return {claim["claim"]: claim for claim in verdict_words.claims(found or findings())}


def test_the_reviews_claims_come_first_and_each_has_one_verdict():
    told = verdict_words.claims(findings())
    assert [claim["claim"] for claim in told] == [
        *wording.REVIEW, "crp_per_allele", "sgp130_per_allele", "rheumatoid_arthritis",
    ]  # fmt: skip
    assert [claim["of_the_review"] for claim in told] == [True] * 4 + [False] * 3
    first = told[0]
    assert first["pooled"]["text"] == "+34.3 % (+31.6 to +37.0)"
    assert (first["pooled"]["cohorts"], first["pooled"]["participants"]) == (3, 1200)
    assert (first["verdict"], first["source"]) == ("same direction, smaller", "Nash 2022: about +50 %")
    assert first["best"] == {
        "source": "IL6R GC and ERFC 2012: +34.3 %", "here": None, "verdict": "replicated, same size",
        "reason": "because of pooled",
    }  # fmt: skip
    assert first["context"] == ["Ferreira 2013: +34.6 %"]
    # Context has the measures of agreement, and no word that could be picked.
    assert [one["verdict"] for one in first["benchmarks"]] == [
        "replicated, same size", "same direction, smaller", None,
    ]  # fmt: skip
    assert first["benchmarks"][1]["cohorts"] == dict.fromkeys(COHORTS, "same direction, smaller")
    assert told[1]["pooled"]["text"] == "1.80 (1.73 to 1.87)"
    assert told[3]["source"] == "Nash 2022: direction only"
    # What is compared with another analysis than the claim's is set beside its own estimate.
    assert told[3]["context"] == ["Webb 2021: +61.8 %, here +7.0 % (+0.8 to +13.6)"]
    assert told[5]["source"] == "Rafiq 2007: no effect"
    assert told[6]["source"] == "Marinou 2010: odds ratio 0.872"


def test_a_claims_sentence_has_both_verdicts_and_the_strength():
    assert verdict_words.sentence(told_of()["sil6r_per_allele"]) == (
        "+34.3 % (+31.6 to +37.0), 3 cohorts, 1,200 people: same direction, smaller (Nash 2022: about "
        "+50 %); best evidence (IL6R GC and ERFC 2012: +34.3 %): replicated, same size; strength strong "
        "(5 of 5 checks)."
    )
    assert verdict_words.sentence(told_of()["sil6r_cc_vs_aa"]).endswith(
        "people: replicated, same size (Nash 2022: about 2); strength strong (5 of 5 checks)."
    )


def test_the_sentence_of_an_open_verdict_says_how_many_people_it_would_take():
    rows = usual_verdicts()
    rows.loc[rows["benchmark"] == "sgp130", "n_for_80_percent_power"] = 1561
    told = told_of(findings(verdicts=rows))["sgp130_per_allele"]
    assert verdict_words.sentence(told).endswith(
        "1 cohort, 400 people: no effect not confirmed (Rafiq 2007: no effect; it would take about 1,600 "
        "people)."
    )


def with_word(benchmark, word, reason, **changed):
    """The usual findings with another verdict on the pooled estimate of one claim."""
    rows, own = usual_verdicts(), usual_claims()
    rows.loc[(rows["benchmark"] == benchmark) & (rows["cohort"] == "pooled"), ["verdict", "reason"]] = [
        word,
        reason,
    ]
    changed |= {"verdict": word, "reason": reason, "strength": None}
    own.loc[own["benchmark"] == benchmark, list(changed)] = list(changed.values())
    return findings(verdicts=VERDICTS.check(rows), claims=CLAIMS.check(own))


def test_a_verdict_that_waits_for_the_data_says_what_is_wrong_with_them():
    found = with_word("review", "check the data first", "one: the call rate is 64 %. What to do: look.")
    told = told_of(found)["sil6r_per_allele"]
    assert verdict_words.sentence(told) == (
        "+34.3 % (+31.6 to +37.0), 3 cohorts, 1,200 people: check the data first. one: the call rate is "
        "64 %. What to do: look."
    )
    # Neither does anything else tell the word that is held back.
    assert told["changes"] == [
        "about 60 people would confirm the published effect in 80 % of studies, if that is the truth (here "
        "1,200)",
        "without two, which moves it most, the estimate is +33.9 %",
    ]


def test_cohorts_that_disagree_are_counted_by_side_in_the_sentence():
    found = with_word("share", "cohorts disagree", "because", cohorts_same_side=2, model="paule_mandel")
    told = told_of(found)["sil6r_variance"]
    assert "cohorts disagree (van Dongen 2014: 0.51; 2 of 3 on the same side, I² 12 %" in told["sentence"]
    assert told["pooled"]["model"] == "paule_mandel"
    assert told["changes"] == [
        "without two, which moves it most, the estimate is 0.46 and the verdict would be: inconclusive"
    ]


def test_the_five_checks_are_told_with_their_numbers():
    told = told_of()
    assert [(one["met"], one["text"]) for one in told["sil6r_per_allele"]["checks"]] == [
        (True, "power: a chance of over 99 % to confirm the published effect (80 % are wanted)"),
        (True, "cohorts: 3 of 3 on the same side, I² 12 %, Cochran's Q with p = 0.35"),
        (True, "alternatives: 11 of 12 alternative analyses have the same verdict (90 % are wanted)"),
        (True, "multiple testing: p = 0.002 after Holm's adjustment for the 6 claims tested"),
        (True, "data: no cohort behind it fails a check"),
    ]
    assert told["activity_aa"]["checks"][0]["text"] == (
        "power: only the direction is judged; so many people see +5.7 % with 80 % power, and the effect here "
        "is no smaller"
    )
    alone = told["sgp130_per_allele"]
    assert alone["strength"] is None
    assert [(one["met"], one["text"]) for one in alone["checks"]] == [
        (False, "power: a chance of over 99 % to confirm no effect (80 % are wanted)"),
        (False, "cohorts: one only"),
        (False, "alternatives: none were tried"),
        (True, "multiple testing: p = 0.002 after Holm's adjustment for the 6 claims tested"),
        (False, "data: one: the share is 64 %. Causes: x. What to do: y."),
    ]


def test_what_would_change_a_verdict_are_estimates_people_and_a_cohort():
    told = told_of()
    assert told["sil6r_per_allele"]["changes"] == [
        "with this precision the verdict stays for estimates from +31.2 % to +41.8 %",
        "about 60 people would confirm the published effect in 80 % of studies, if that is the truth (here "
        "1,200)",
        "without two, which moves it most, the estimate is +33.9 % and the verdict the same",
    ]
    assert told["sil6r_cc_vs_aa"]["changes"] == [
        "with this precision the verdict stays for estimates above 1.70"
    ]


def test_other_analyses_that_bear_on_a_claim_stand_beside_it_one_of_each_outcome():
    told = told_of()
    assert told["activity_aa"]["also"] == (
        f"mean acceleration per effect allele {MINUS}3.0 % ({MINUS}4.9 to {MINUS}1.0); "
        f"MVPA per effect allele {MINUS}7.0 % ({MINUS}11.5 to {MINUS}2.2)"
    )
    assert told["sil6r_per_allele"]["also"] is None


def test_a_claim_that_nobody_could_test_is_one_line_on_the_screen_and_no_table():
    lines = verdict_words.screen_lines("A title", findings()).splitlines()
    assert lines[0] == "A title"
    assert len([line for line in lines if " people: " in line]) == 6
    first = told_of()["sil6r_per_allele"]
    assert lines[2] == first["sentence"] == f"{first['label']}: {verdict_words.sentence(first)}"
    assert lines[-1] == "Not tested here: 1 other claim, which the report lists"
    assert "Each C allele lowers CRP" not in {detail["claim"] for detail in replication.details(findings())}
    silent = verdict_words.screen_lines("A title", nowhere()).splitlines()
    review = "; ".join(wording.claim(name, "C") for name in wording.REVIEW)
    assert silent[2:] == [f"Not tested here: {review}; 3 other claims, which the report lists"]


def test_a_claim_with_nothing_to_replicate_has_no_verdict_and_no_line_on_the_screen():
    own = usual_claims()
    found = findings(claims=CLAIMS.check(own[own["claim"] != "rheumatoid_arthritis"]))
    told = told_of(found)["rheumatoid_arthritis"]
    assert (told["verdict"], told["strength"], told["tested"]) == (None, None, False)
    assert "arthritis" not in verdict_words.screen_lines("A title", found)
    assert "no published value of it is to be replicated" in verdict_words.sentence(told)


def test_estimates_that_cannot_be_pooled_say_why_and_have_no_strength():
    rows = usual_verdicts()
    pools = (rows["benchmark"] == "direction") & (rows["cohort"] == "pooled")
    rows.loc[pools, "estimate"] = None
    found = with_word("direction", "not computable", "the cohorts' units differ")
    found = findings(verdicts=VERDICTS.check(rows.assign(**found.verdicts[["verdict", "reason"]])),
                     claims=found.claims)  # fmt: skip
    told = told_of(found)["activity_aa"]
    assert verdict_words.sentence(told) == "not computable, since the cohorts' units differ."
    assert (told["checks"], told["changes"]) == ([], [])


def test_relative_units_are_said_to_tell_the_direction_only():
    own = usual_estimates()
    assert verdict_words.relative_units(own) == []
    relative = own.assign(outcome=own["outcome"].replace({"sgp130": "sgp130_relative"}))
    assert verdict_words.relative_units(relative) == [
        "one measured sgp130 in relative units (NPX, RFU), which are not proportional to concentrations: "
        "such estimates are judged by direction only and stay out of the pooled size."
    ]
    # An assay of the protein that the variant changes may see the change instead of the amount.
    relative.loc[(own["cohort"] == "one") & (own["outcome"] == "sil6r"), "outcome"] = "sil6r_relative"
    (said,) = verdict_words.relative_units(relative)
    assert said.startswith("one measured sIL-6R and sgp130 in relative units")
    assert "residue 358 is not in that form" in said
    assert said.endswith("second platform.")


def detail(found, source):
    (own,) = [one for one in replication.details(found) if one["source"] == source]
    return own["heads"], {row["name"]: row["cells"] for row in own["rows"]}


def test_a_benchmarks_table_has_every_measure_of_agreement_of_each_cohort():
    heads, rows = detail(findings(), "IL6R GC and ERFC 2012: +34.3 %")
    assert heads == ["", *COHORTS, "pooled"]
    assert {name: cells[0] for name, cells in rows.items()} == {
        "estimate": "+34.3 % (+29.0 to +39.8)",
        "same sign as published": "yes",
        "interval excludes no effect": "yes",
        'published value (if "about", a tenth off it) in our interval': "yes",
        "intervals overlap": "yes",
        "prediction interval from the published effect": "+29.0 to +39.8 %",
        "our estimate in it": "yes",
        "difference from the published effect (Q), p": "0.91",
        "equivalence (two one-sided tests), p": "0.001",
        "equivalent": "yes",
        "sceptical p": "<\N{NO-BREAK SPACE}0.0001",
        "replication Bayes factor": "over 10,000 for the published effect",
        "smaller than 33 % power could see (small telescopes), p": "0.8",
        "chance to confirm the published effect": "over 99 %",
        "smallest effect seen with 80 % power": "+5.7 %",
        "people for a chance of 80 %": "about 61",
        "verdict": "replicated, same size",
    }
    (own,) = [one for one in replication.details(findings()) if "ERFC 2012: +34.3 %" in one["source"]]
    assert own["reasons"] == {cohort: f"because of {cohort}" for cohort in [*COHORTS, "pooled"]}


def test_a_cohort_without_an_estimate_has_a_reason_and_no_column():
    rows = usual_verdicts()
    numbers = ["estimate", "ci_low", "ci_high"]
    rows.loc[(rows["benchmark"] == "review") & (rows["cohort"] == COHORTS[0]), numbers] = float("nan")
    found = findings(verdicts=VERDICTS.check(rows))
    (own,) = [one for one in replication.details(found) if one["source"] == "Nash 2022: about +50 %"]
    assert own["heads"] == ["", *COHORTS[1:], "pooled"]
    assert {len(row["cells"]) for row in own["rows"]} == {len(COHORTS)}
    assert set(own["reasons"]) == {*COHORTS, "pooled"}


def test_what_a_benchmark_without_error_does_not_give_has_no_row():
    _, rows = detail(findings(), "Nash 2022: about +50 %")
    assert rows['published value (if "about", a tenth off it) in our interval'] == ["no"] * 4
    assert "sceptical p" not in rows
    _, rows = detail(findings(), "Nash 2022: direction only")
    assert list(rows) == [
        "estimate",
        "same sign as published",
        "interval excludes no effect",
        "smallest effect seen with 80 % power",
        "verdict",
    ]
    _, rows = detail(findings(), "Ferreira 2013: +34.6 %")
    assert "verdict" not in rows


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
    assert (first["source"], second["source"]) == (
        "IL6R GC and ERFC 2012: +34.3 %", "Nash 2022: about +50 %",
    )  # fmt: skip
    assert [row[:2] for row in first["rows"]] == [
        ["60", "no effect"], ["60", "+34.3 %"], ["1,500", "no effect"], ["1,500", "+34.3 %"],
    ]  # fmt: skip
    assert replication.words_told(usual_operating()) == [
        "replicated", "same direction, smaller", "inconclusive", "contradicted",
    ]  # fmt: skip
    assert first["rows"][0][2:] == ["70.0 ± 1 %", "5 ± 1 %", "20.0 ± 1 %", "5 ± 1 %"]


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
    assert all(len(row) == 1 + len(replication.POOL_HEADS) for row in rows)


def test_people_of_an_ancestry_are_rounded_and_few_are_not_shown():
    (group,) = replication.ancestry_groups(findings())
    assert [(row[0], row[2]) for row in group["rows"]] == [
        ("EUR, fixed", "800"), ("EUR, random (Paule-Mandel)", "800"), ("AFR, one cohort", "390"),
    ]  # fmt: skip


def test_what_is_left_out_gives_no_hidden_estimate_away():
    rows = replication.left_out_rows(findings())
    told = {(row["analysis"], row["left_out"]) for row in rows}
    assert ("sIL-6R per effect allele", "three") in told
    assert ("rheumatoid arthritis per effect allele", "two") in told
    # There are four cases in it.
    assert ("rheumatoid arthritis per effect allele", "three") not in told
    assert rows[0]["random"] == "+34.3 % (+21.5 to +48.4)"


def test_verdicts_on_few_people_say_no_more_than_that():
    shown = findings().shown_verdicts().set_index(["benchmark", "cohort"])
    hidden = shown.loc["ra", "three"]
    assert (hidden["verdict"], hidden["reason"]) == ("not computable", "too few people to be shown")
    assert pd.isna(hidden["estimate"])
    assert shown.loc["ra", "two"]["verdict"] == "replicated"
    few = only_few()
    assert set(few.shown_verdicts()["verdict"].dropna()) == {"not computable"}
    for claim in verdict_words.claims(few):
        assert (claim["pooled"], claim["checks"], claim["changes"]) == (None, [], [])
        assert claim["reason"] in ("too few people to be shown", "the cohort has no such measurement")


def test_a_claim_gives_no_estimate_of_few_people_away():
    told = findings().shown_claims().set_index("benchmark")
    # Four cases in three: neither what it makes of the pool, nor its side.
    hidden = told.loc["ra", ["moved_most_by", "estimate_without", "verdict_without", "cohorts_same_side"]]
    assert hidden.isna().all()
    assert told.loc["review", "estimate_without"] == 33.9
    assert told_of()["rheumatoid_arthritis"]["checks"][1]["text"].startswith("cohorts: 3 together, I²")
    # Of two cohorts, the pool without one is the other's estimate.
    own, left = usual_estimates(), usual_left_out()
    pair = findings(
        estimates=own[(own["analysis"] != "rheumatoid_arthritis") | (own["cohort"] != "one")],
        left_out=left[(left["analysis"] != "rheumatoid_arthritis") | (left["left_out"] != "one")],
    )
    assert pair.gives_away("two", "rheumatoid_arthritis")
    assert not pair.gives_away("two", "sil6r_additive")
    told = {(row["analysis"], row["left_out"]) for row in replication.left_out_rows(pair)}
    assert ("rheumatoid arthritis per effect allele", "two") not in told


def test_the_summary_for_programs_has_all_models_and_agreement():
    found = findings()
    pools, told = replication.for_programs(found), verdict_words.claims(found)
    assert json.dumps([pools, told], allow_nan=False)
    assert {row["model"] for row in pools} == set(replication.MODELS)
    assert {row["n_participants"] for row in pools if row["group"] != "all"} == {800, 390}
    first = told[0]["benchmarks"][0]
    assert told[0]["sentence"].startswith(f"{told[0]['label']}: +34.3 %")
    for name in ("sign_agrees", "difference_p_value", "sceptical_p_value", "prediction_low", "equivalent",
                 "prediction_high", "replication_bayes_factor", "power", "smallest_effect"):  # fmt: skip
        assert first[name] is not None, name
    assert told[3]["benchmarks"][0]["power"] is None


def test_published_values_are_told_with_their_unit():
    told = {row["reference"] + row["claim"]: row["value"] for row in published_rows(PUBLISHED)}
    assert (
        told["IL6R Genetics Consortium and ERFC 2012Each effect allele raises plasma sIL-6R by about half"]
        == "+34.3 % (30.4 to 38.2)"
    )
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
        return figures.forest(study_of(found or findings(), published)).figure


def labels(axis):
    return [label.get_text() for label in axis.get_yticklabels()]


def test_the_forest_has_cohorts_pools_ancestries_and_benchmarks():
    axes = axes_of(forest())
    assert [axis.texts[0].get_text().replace("\n", " ") for axis in axes] == [
        "Each C allele raises plasma sIL-6R by about half",
        "CC homozygotes have about twice the sIL-6R of AA homozygotes",
        "The variant explains about half of the variance of sIL-6R",
        "AA homozygotes are more physically active", "sgp130 is the same whatever the genotype",
        "Each C allele lowers the risk of rheumatoid arthritis",
    ]  # fmt: skip
    assert labels(axes[0]) == [
        *COHORTS, "pooled, fixed effects", "pooled, random effects", "EUR only", "AFR only",
        "IL6R GC and ERFC 2012", "Nash 2022", "Ferreira 2013",
    ]  # fmt: skip
    lines = [line.get_xydata() for line in axes[0].lines]
    # The prediction interval is a line of its own, longer than the interval on the same row.
    random = sorted(np.ptp(line[:, 0]) for line in lines if len(line) == 2 and set(line[:, 1]) == {4})
    assert random == pytest.approx(
        [100 * 2 * 1.343 * np.sinh(0.02), 100 * 2 * 1.343 * np.sinh(0.06)], rel=0.01
    )
    assert labels(axes[3])[-2:] == ["pooled, random effects", "Nash 2022"]
    # An odds ratio on four cases.
    assert labels(axes[5]) == [
        "one",
        "two",
        "pooled, fixed effects",
        "pooled, random effects",
        "Marinou 2010",
    ]
    assert axes[5].get_xlabel() == "odds ratio"


def test_a_published_null_or_bound_is_drawn_as_what_an_effect_is_to_be_within():
    bound = {"kind": "bound", "value": "1.1", "low": None, "high": None, "bound": None}
    published = PUBLISHED[PUBLISHED["kind"] == "no_effect"].to_dict("records")
    published += [PUBLISHED.iloc[-1].to_dict() | bound]
    axes = axes_of(forest(published=pd.DataFrame(published)))
    ends = [line.get_xdata() for axis in axes for line in axis.lines[-3:] if line.get_marker() == "None"]
    # Alike on the logarithm, as the rule has it.
    wanted = ([100 * (1 / 1.05 - 1), 5.0], [1 / 1.1, 1.1])
    for pair in wanted:
        assert any(np.allclose(one, pair) for one in ends), ends


def test_the_forest_of_few_people_has_benchmarks_only():
    axes = axes_of(forest(only_few()))
    assert [labels(axis) for axis in axes[:4]] == [
        ["IL6R GC and ERFC 2012", "Nash 2022", "Ferreira 2013"],
        ["Nash 2022"],
        ["van Dongen 2014"],
        ["Nash 2022"],
    ]


def operating(found=None):
    with drawing.style():
        return figures.operating(study_of(found or findings())).figure


def test_bars_of_verdicts_fill_each_row_by_truth_and_number_of_people():
    axes = axes_of(operating())
    assert [axis.get_title("left") for axis in axes] == ["n = 60", "n = 1,500"] * 2
    above = [text.get_text() for text in axes[0].figure.texts]
    assert above == ["IL6R GC and ERFC 2012: +34.3 %", "Nash 2022: about +50 %"]
    assert labels(axes[0]) == ["no effect", "+34.3 %"]
    ends = {}
    for bar in axes[0].patches:
        ends[bar.get_y()] = ends.get(bar.get_y(), 0) + bar.get_width()
    assert list(ends.values()) == pytest.approx([1, 1])
    # Shares large enough to be read are numbers too.
    assert sorted({text.get_text() for text in axes[0].texts}) == ["20", "70"]


def test_every_word_has_a_look_of_its_own_in_print_without_colours_too():
    assert list(verdict_bars.LOOKS) == list(VERDICT_WORDS)
    looks = [
        (round(verdict_bars.luminance(colour), 2), hatch) for colour, hatch in verdict_bars.LOOKS.values()
    ]
    assert len(set(looks)) == len(looks)
    # What may meet in the bars of an effect differs by a tenth of the way from black to white, or is hatched.
    words = ("replicated", "same direction, imprecise", "same direction, smaller", "same direction, larger",
             "inconclusive", "contradicted")  # fmt: skip
    met = [looks[list(VERDICT_WORDS).index(word)] for word in words]
    for (one, first), (other, second) in itertools.combinations(met, 2):
        assert abs(one - other) > 0.1 or first != second


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
        "treats less than 50 %",
        "fewer than 10 residual degrees of freedom",
        "(Paule-Mandel) where Cochran's Q has p below 0.1",
        "Holm's adjustment",
    ):
        assert part in told, part
    alone = pooled(pool("sil6r_additive", cohorts=1))
    assert "nothing was pooled" in methods.sentences(PLAN, alone)[0]


def test_tables_of_replication_are_read_by_name(tmp_path):
    tables = (POOLED, LEFT_OUT, VERDICTS, CLAIMS, OPERATING)
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
def test_nothing_small_is_on_the_screen(study):
    found = STUDIES[study]()
    said = verdict_words.screen_lines("A title", found)
    if study == "no claim":
        assert said.split() == ["A", "title"]
    assert ("Not tested here" in said) == (study != "no claim")
    assert ("+34.3 % (" in said) == (study == "everything")
