"""What the report says of the plan, of its estimates, of scales, other choices and the causal reading."""

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import REPO
from made_study import empty, made_study, written

from il6r import outcomes, plan
from il6r.activity import alternatives
from il6r.report import drawing, privacy, wording
from il6r.report.association import (
    calibration,
    calibration_figure,
    causal,
    figures,
    genetic_models,
    methods,
    specifications,
)
from il6r.report.association import estimates as association
from il6r.report.cohort.figures import participant_flow
from il6r.report.cohort.words import chains, ways, whole_flow
from il6r.report.load import Study
from il6r.report.verdicts.words import truth_rows
from il6r.tables.association import (
    CALIBRATION,
    CAUSAL,
    ESTIMATES,
    GENETIC_MODELS,
    GENOTYPE_COVARIATES,
    GENOTYPE_MEANS,
    SENSITIVITY,
)
from il6r.tables.cohort import COHORT_FLOW

MINIMUM = 5
COHORTS = ["one", "two"]
PLAN = plan.Plan(
    analyses={
        one.name: one
        for one in (
            plan.Analysis(
                "sil6r_additive", "sIL-6R per effect allele", "sil6r", claim="sil6r_per_allele",
                priority="primary", family="censored_lognormal", covariates="sil6r", strata="ancestry",
            ),
            plan.Analysis(
                "sil6r_cc_vs_aa", "sIL-6R, CC against AA", "sil6r", claim="sil6r_cc_vs_aa",
                priority="primary", family="censored_lognormal", coding="genotypic",
                contrast="CC against AA", covariates="sil6r",
            ),
            plan.Analysis(
                "sil6r_variance", "variance of log sIL-6R explained", "sil6r", claim="sil6r_variance",
                priority="primary", family="censored_lognormal", estimate="variance_explained",
                covariates="sil6r",
            ),
            plan.Analysis(
                "sil6r_variance_unadjusted", "the same without covariates", "sil6r", claim="sil6r_variance",
                family="censored_lognormal", estimate="variance_explained",
            ),
            plan.Analysis(
                "activity_aa_vs_carriers", "mean acceleration, AA against C carriers", "activity",
                claim="activity_aa", priority="primary", coding="dominant", contrast="AA against C carriers",
            ),
            plan.Analysis(
                "mvpa_additive", "minutes of MVPA per effect allele", "mvpa_min_per_day", claim="activity_aa",
                family="quasi_poisson", transform="none", covariates=(plan.Covariate("age", spline=3),),
            ),
            plan.Analysis("crp_additive", "CRP per effect allele", "crp_mg_l", claim="crp_per_allele"),
            plan.Analysis("fibrinogen_additive", "fibrinogen per effect allele", "fibrinogen_g_l"),
            plan.Analysis(
                "fatigue_on_sil6r", "fatigue per unit of log sIL-6R", "fatigue", transform="none",
                exposure="sil6r", exposure_transform="log",
            ),
            plan.Analysis(
                "rheumatoid_arthritis", "rheumatoid arthritis per effect allele", "rheumatoid_arthritis",
                claim="rheumatoid_arthritis", transform="none", family="binomial", errors="model",
            ),
            plan.Analysis(
                "il6_over_load", "resting IL-6 over load", "il6", exposure="training_load", shape="quadratic",
                family="mixed", random="participant",
            ),
            plan.Analysis(
                "rise", "rise of IL-6", "il6_response", exposure="mean", samples="after_exercise",
                subset={"exercise_intensity": ["low", "high"], "exercise_min": {"min": 20, "max": 40}},
            ),
            plan.Analysis(
                "programme", "response to a programme", "programme_response", transform="none",
                interaction="programme",
            ),
        )
    },
    causal={
        "activity_by_sil6r": plan.Causal(
            "activity_by_sil6r", "mean acceleration on sIL-6R", "activity", "sil6r"
        )
    },
    covariate_sets={"sil6r": (plan.Covariate("age"), plan.Covariate("plate"))},
)  # fmt: skip
# Estimates on the models' scales, with their errors.
EFFECTS = {
    "sil6r_additive": (np.log(1.343), 0.02),
    "sil6r_cc_vs_aa": (np.log(1.8), 0.04),
    "sil6r_variance": (0.47, 0.03),
    "sil6r_variance_unadjusted": (0.41, 0.03),
    "activity_aa_vs_carriers": (np.log(1.05), 0.03),
    "mvpa_additive": (np.log(0.93), 0.05),
    "fatigue_on_sil6r": (0.31, 0.22),
    "rheumatoid_arthritis": (np.log(0.9), 0.1),
    "il6_over_load": (0.0004, 0.0001),
}


def numbers(estimate, se):
    return {"estimate": estimate, "se": se, "ci_low": estimate - 2 * se, "ci_high": estimate + 2 * se}


def percent(estimate, low, high):
    return dict(
        zip(("percent", "percent_low", "percent_high"), 100 * np.expm1([estimate, low, high]), strict=True)
    )


def estimate(analysis, cohort="one", stratum="all", people=400, shift=0.0, **changed):
    one = PLAN.analyses[analysis]
    found = numbers(EFFECTS[analysis][0] + shift, EFFECTS[analysis][1]) if analysis in EFFECTS else {}
    if found and one.scale in ("log_ratio", "log_odds"):
        found |= percent(found["estimate"], found["ci_low"], found["ci_high"])
    return {
        "cohort": cohort, "analysis": analysis, "stratum": stratum, "priority": one.priority,
        "outcome": outcomes.get(one.outcome).column, "exposure": one.exposure,
        "coding": one.contrast or one.coding, "effect_allele": "C" if one.of_variant else None,
        "scale": one.scale, **found, "df": 395.0 if found else None, "p_value": 0.0123 if found else None,
        "p_adjusted": 0.0246 if found and stratum == "all" else None, "p_permutation": None, "joint_df": None,
        "joint_p_value": None, "n": people, "n_participants": people, "n_cases": None, "n_censored": 0,
        "n_exposure_censored": 0,
        "r2_variant": None, "r2_adjusted": None, "model": "least squares" if found else "none",
        "errors": "HC3" if found else "none", "covariates": "age, plate", "note": None, **changed,
    }  # fmt: skip


def estimates(*rows):
    return ESTIMATES.check(pd.DataFrame(rows))


def absent(analysis, cohort, note, people=0):
    missing = dict.fromkeys(("estimate", "se", "ci_low", "ci_high", "p_value", "p_adjusted", "percent",
                             "percent_low", "percent_high"))  # fmt: skip
    return estimate(analysis, cohort, people=people, note=note, **missing)


def usual_estimates():
    rows = []
    for cohort, shift in (("one", 0.0), ("two", 0.02)):
        rows += [
            estimate("sil6r_additive", cohort, shift=shift, p_permutation=0.011, joint_df=2,
                     joint_p_value=1e-9, people=403),
            estimate("sil6r_additive", cohort, "AFR", people=251),
            estimate("sil6r_additive", cohort, "EUR", people=152),
            estimate("sil6r_cc_vs_aa", cohort, shift=shift, people=403),
            estimate("sil6r_variance", cohort, people=403, r2_variant=0.47, r2_adjusted=0.46),
            estimate("sil6r_variance_unadjusted", cohort, people=403, covariates=None),
            estimate("activity_aa_vs_carriers", cohort, shift=shift, p_value=0.11, p_adjusted=0.11),
            absent("crp_additive", cohort, "the cohort has no such measurement"),
            absent("fibrinogen_additive", cohort, "the cohort has no such measurement"),
        ]  # fmt: skip
    rows += [
        estimate("mvpa_additive", "one", covariates="age", model="log-linear in the mean"),
        absent("mvpa_additive", "two", "nobody has all that it needs"),
        estimate("rheumatoid_arthritis", "one", n_cases=37, model="logistic regression", errors="model"),
        estimate("rheumatoid_arthritis", "two", n_cases=4, shift=1.0),
        estimate("fatigue_on_sil6r", "one"),
    ]
    return estimates(*rows)


def scale_rows(cohort="one", gain=6.4, people=403, note=None):
    rows = []
    for name, below, parameters, departure in (
        ("multiplicative", 0.3, 1, 0.44), ("additive", 0.3 + gain, 1, 0.0003), ("genotypic", 0.0, 2, None),
    ):  # fmt: skip
        row = {
            "cohort": cohort, "outcome": "sil6r_ng_ml", "genetic_model": name, "effect_allele": "C",
            "n": people, "n_participants": people, "log_likelihood": -1200.0 - below,
            "parameters": parameters,
            "cc_aa_ratio": 1.8, "ratio_low": 1.7, "ratio_high": 1.9, "departure_p_value": departure,
            "percent": 34.3, "percent_low": 30.4, "percent_high": 38.2, "note": note,
        }  # fmt: skip
        if name == "genotypic":
            row |= dict.fromkeys(("percent", "percent_low", "percent_high"))
        rows.append(row)
    return GENETIC_MODELS.check(pd.DataFrame(rows))


def by_genotype(*rows):
    keys = ("covariate", "level", "value_0", "value_1", "value_2", "people", "p_value")
    found = []
    for row in rows:
        given = dict(zip(keys, row, strict=True))
        people = given.pop("people")
        counts = {f"participants_{copies}": count for copies, count in enumerate(people)}
        found.append({"cohort": "one", "n": sum(people), **given, **counts})
    return GENOTYPE_COVARIATES.check(pd.DataFrame(found))


def usual_covariates():
    people = (143, 187, 73)
    return by_genotype(
        ("age", "mean", 52.31, 51.87, 53.4, people, 0.41),
        ("sex", "female", 52.0, 48.0, 50.7, people, 0.62),
        ("sex", "male", 48.0, 52.0, 49.3, people, 0.62),
        # Three of 73 are 4.1 %.
        ("smoker", "no", 90.0, 91.0, 95.9, people, 0.03),
        ("smoker", "yes", 10.0, 9.0, 4.1, people, 0.03),
        ("plate", "S0000123", 50.0, 50.0, 50.0, people, 0.9),
        ("plate", "S0000124", 50.0, 50.0, 50.0, people, 0.9),
    )


def reading(cohort="one", people=390, **changed):
    return {
        "cohort": cohort, "analysis": "activity_by_sil6r", "outcome": "enmo_mg", "exposure": "sil6r_ng_ml",
        "instrument": "variant", "effect_allele": "C", "n": people, "n_participants": people,
        "first_stage_f": 312.4, "first_stage_r2": 0.446, **numbers(-0.12, 0.05), "p_value": 0.02,
        "wald_se": 0.05, "ar_low": -0.23, "ar_high": -0.02, "ar_shape": "interval", "ar_p_value": 0.03,
        "observed": -0.03, "observed_low": -0.06, "observed_high": 0.01, "note": None,
        "n_exposure_censored": 0, "hausman_p_value": 0.03, "reduced_form": -0.03, "reduced_form_se": 0.01,
        "reduced_form_low": -0.05, "reduced_form_high": -0.01,
        "reduced_form_participants": people + 100, "first_stage": 0.3, "first_stage_se": 0.01,
        "first_stage_low": 0.28, "first_stage_high": 0.32,
        "first_stage_source": "this cohort", "first_stage_participants": people,
        "overlap_participants": people, "two_sample": -0.1, "two_sample_se": 0.03, "two_sample_low": -0.16,
        "two_sample_high": -0.04, "two_sample_p_value": 0.003, "two_sample_ar_low": -0.17,
        "two_sample_ar_high": -0.03, "two_sample_ar_shape": "interval", "direct_percent": -2.96,
        "direct_enough_percent": -1.04, "two_sample_note": None, **changed,
    }  # fmt: skip


def readings(*rows):
    return CAUSAL.check(pd.DataFrame(rows))


def choice(kind, name, log, analysis="sil6r_additive", cohort="one", people=400, half=0.04, note=None):
    row = {"cohort": cohort, "analysis": analysis, "kind": kind, "choice": name, "n_participants": people}
    if note:
        return row | {"note": note}
    found = {"estimate": log, "se": half / 2, "ci_low": log - half, "ci_high": log + half}
    return row | found | percent(log, log - half, log + half) | {"note": None}


def usual_choices():
    rows = []
    for cohort in COHORTS:
        rows += [
            choice("as planned", "as planned", 0.295, cohort=cohort),
            choice("covariates", "none", 0.31, cohort=cohort),
            choice("covariates", "without age", 0.29, cohort=cohort),
            choice("ancestry", "AFR only", 0.02, cohort=cohort, people=60),
            choice("ancestry", "EAS only", 9.9, cohort=cohort, people=4),
            choice("batch", "plates in batch 1 of 2", 0.3, cohort=cohort, note="too few participants"),
            choice("valid days", "as configured", 0.05, "mvpa_additive", cohort),
            choice("as planned", "as planned", 0.05, "mvpa_additive", cohort),
            choice("valid days", "valid day from 10 h", 0.06, "mvpa_additive", cohort),
            choice("as planned", "as planned", 0.1, "fibrinogen_additive", cohort),
            choice("constants", "Kd 1 nM", 0.3, "fibrinogen_additive", cohort),
        ]
    return SENSITIVITY.check(pd.DataFrame(rows))


def genotype_means():
    sizes = {"A/A": 143, "A/C": 187, "C/C": 4}
    rows = [
        {"cohort": "one", "outcome": "sil6r_ng_ml", "genotype": genotype, "copies": copies,
         "participants": size, "participants_uncertain": 0, "geometric_mean": 20.0 + copies,
         "ci_low": 18.0 + copies, "ci_high": 22.0 + copies}
        for copies, (genotype, size) in enumerate(sizes.items())
    ]  # fmt: skip
    return GENOTYPE_MEANS.check(pd.DataFrame(rows))


def everything():
    return {
        "estimates": usual_estimates(),
        "genotype_means": genotype_means(),
        "genetic_models": pd.concat([scale_rows("one"), scale_rows("two", gain=-0.4)]),
        "genotype_covariates": usual_covariates(),
        "causal": readings(reading("one"), reading("two", people=3)),
        "sensitivity": usual_choices(),
    }


def nowhere():
    return {
        **{
            one.name: empty(one) for one in (GENOTYPE_MEANS, GENETIC_MODELS, GENOTYPE_COVARIATES, SENSITIVITY)
        },
        "estimates": estimates(
            *(absent(name, cohort, "too few participants") for name in PLAN.analyses for cohort in COHORTS)
        ),
        "causal": readings(
            reading(
                **dict.fromkeys(("estimate", "ci_low", "ci_high", "first_stage_f", "two_sample")),
                note="nobody is left",
            )
        ),
    }


def only_few():
    """Estimates, but of four people."""
    found = everything()
    return {
        **found,
        "estimates": found["estimates"].assign(n=4, n_participants=4),
        "genotype_means": found["genotype_means"].assign(participants=4),
        "genetic_models": found["genetic_models"].assign(n_participants=4),
        "genotype_covariates": usual_covariates().assign(
            participants_0=4, participants_1=4, participants_2=4
        ),
        "causal": found["causal"].assign(n_participants=4),
        "sensitivity": found["sensitivity"].assign(n_participants=4),
    }


STUDIES = {"everything": everything, "nowhere": nowhere, "only few": only_few}


def study_of(found):
    return made_study(COHORTS, found, MINIMUM, plan=PLAN)


def drawn(figure, folder):
    path = str(folder / "figure.svg")
    with drawing.style():
        drawing.save(getattr(found := figure(), "figure", found), [path])
    return (folder / "figure.svg").read_bytes()


def texts(svg):
    """What is written in a figure; Matplotlib leaves each text as a comment beside its outlines."""
    return [text.strip() for text in re.findall(r"<!--(.*?)-->", svg.decode(), flags=re.S)]


def table(found, title):
    """A table of estimates: cells by column of each row."""
    tables = association.estimate_tables(PLAN, found["estimates"], MINIMUM)
    (own,) = [one for one in tables if one.caption.startswith(title)]
    return [
        {"analysis": group.label, **dict(zip(own.heads, row, strict=True))}
        for group in own.rows
        for row in group.rows
    ]


def test_a_permutation_p_that_is_far_from_the_model_s_is_marked():
    rows = [estimate("sil6r_additive", p_value=0.0009, p_permutation=0.012),
            estimate("sil6r_cc_vs_aa", p_value=1e-9, p_permutation=0.0001)]  # fmt: skip
    (own,) = association.estimate_tables(PLAN, estimates(*rows), MINIMUM)
    assert own.caption.endswith("; \N{DAGGER} differs more than tenfold from the model's p")
    place = own.heads.index("permutation p")
    # Ten thousand permutations cannot give less than the second.
    assert [group.rows[0][place] for group in own.rows] == ["0.012\N{DAGGER}", "0.0001"]


def test_primary_and_secondary_estimates_stand_apart_with_all_their_p_values():
    first = table(everything(), "Primary analyses")[0]
    assert first == {
        "analysis": "sIL-6R per effect allele", "cohort": "one", "estimate": "+34.3 % (+29.0 to +39.8)",
        "p": "0.012", "adjusted p": "0.025", "permutation p": "0.011",
        "joint test": "2 df, p <\N{NO-BREAK SPACE}0.0001", "people": "400",
        "variance explained": "",
    }  # fmt: skip
    secondary = table(everything(), "Secondary analyses")
    assert "adjusted p" in secondary[0]
    assert "permutation p" not in secondary[0]
    titles = [own.caption for own in association.estimate_tables(PLAN, usual_estimates(), MINIMUM)]
    assert titles == [
        "Primary analyses, with 95 % intervals; p adjusted by Holm's method",
        "Secondary analyses, with 95 % intervals; p adjusted by Benjamini and Hochberg's",
    ]


def test_each_analysis_has_the_scale_that_readers_know():
    found = table(everything(), "Primary analyses") + table(everything(), "Secondary analyses")
    told = {row["analysis"]: row["estimate"] for row in found if row["cohort"] == "one"}
    assert told["sIL-6R, CC against AA"] == "1.80 (1.66 to 1.95)"
    assert told["variance of log sIL-6R explained"] == "0.47 (0.41 to 0.53)"
    assert told["rheumatoid arthritis per effect allele"] == "0.90 (0.74 to 1.10)"
    assert told["fatigue per unit of log sIL-6R"] == "+0.31 (\N{MINUS SIGN}0.13 to +0.75)"


def test_strata_stand_beneath_everybody():
    rows = [row for row in table(everything(), "Primary analyses") if "two" in row["cohort"]][:3]
    assert [row["cohort"] for row in rows] == ["two", "two, AFR only", "two, EUR only"]
    assert [row["people"] for row in rows] == ["400", "250", "150"]
    assert [row["adjusted p"] for row in rows] == ["0.025", "", ""]


@pytest.mark.parametrize("small", [3, 9])
def test_a_stratum_of_few_is_not_shown_and_the_others_number_leaves_room_for_it(small):
    whole = estimate("sil6r_additive", people=403)
    sizes = {"AFR": 403 - small, "EUR": small}
    strata = [estimate("sil6r_additive", stratum=name, people=n) for name, n in sizes.items()]
    found = {**everything(), "estimates": estimates(whole, *strata)}
    rows = {row["cohort"]: row["people"] for row in table(found, "Primary analyses")}
    assert "one, EUR only" not in rows
    assert int(rows["one"]) + 9 - int(rows["one, AFR only"]) >= MINIMUM


def test_an_odds_ratio_on_few_cases_is_not_shown_and_says_why():
    found = everything()
    rows = [row for row in table(found, "Secondary analyses") if "rheumatoid" in row["analysis"]]
    assert [(row["cohort"], row["cases"]) for row in rows] == [("one", "30")]
    reasons = association.not_estimable_rows(COHORTS, PLAN, found["estimates"], MINIMUM)
    assert {"analyses": "rheumatoid arthritis per effect allele", "cohorts": "two",
            "text": privacy.FEW} in reasons  # fmt: skip
    assert privacy.hidden_estimates(found["estimates"], MINIMUM) == {("two", "rheumatoid_arthritis")}
    well = estimates(estimate("rheumatoid_arthritis", n_cases=397))
    assert privacy.shown_estimates(well, MINIMUM).empty


def test_what_is_not_estimable_for_one_reason_shares_a_line():
    assert association.not_estimable_rows(COHORTS, PLAN, usual_estimates(), MINIMUM)[0] == {
        "analyses": "CRP per effect allele; fibrinogen per effect allele",
        "cohorts": "every cohort",
        "text": "the cohort has no such measurement",
    }
    (line,) = association.not_estimable_rows(COHORTS, PLAN, nowhere()["estimates"], MINIMUM)
    assert line["analyses"].count(";") == len(PLAN.analyses) - 1


def test_optional_analyses_of_what_no_cohort_has_take_one_line():
    optional = replace(
        PLAN, analyses={name: replace(one, optional=True) for name, one in PLAN.analyses.items()}
    )
    notes = {
        "fatigue_on_sil6r": "the cohort has no such measurement",
        "il6_over_load": "no training_load here",
        "rise": "no exercise_intensity here",
    }
    found = estimates(
        *(absent(name, cohort, note) for name, note in notes.items() for cohort in COHORTS),
        absent("programme", "one", "no programme here"),
        absent("programme", "two", "everybody has the same programme"),
    )
    rows = association.not_estimable_rows(COHORTS, optional, found, MINIMUM)
    assert rows[-1] == {
        "analyses": "3 optional analyses of fatigue, training load, exercise intensity",
        "cohorts": "every cohort",
        "text": "the cohort has no such measurement",
    }
    # What some cohort measured is told by its name.
    assert [row["analyses"] for row in rows[:-1]] == 2 * ["response to a programme"]


def test_a_stratum_that_is_the_whole_cohort_is_not_told_again():
    found = estimates(estimate("sil6r_additive"), estimate("sil6r_additive", stratum="EUR"))
    assert [row["cohort"] for row in table({**everything(), "estimates": found}, "Primary")] == ["one"]


def test_notes_on_estimates_are_told_together():
    note = "left out as constant or redundant: ancestry"
    rows = [estimate(name, "two", note=note) for name in ("sil6r_additive", "sil6r_cc_vs_aa")]
    assert association.note_rows(COHORTS, PLAN, estimates(*rows), MINIMUM) == [
        {"analyses": "sIL-6R per effect allele; sIL-6R, CC against AA", "cohorts": "two", "text": note}
    ]


def test_the_number_of_tests_behind_adjusted_p_values_is_told():
    assert association.count_sentences(COHORTS, usual_estimates()) == [
        "Primary analyses: 4 tests in every cohort; adjusted within each cohort by Holm's method, which "
        "bounds the chance of any false finding.",
        "Secondary analyses: 4 tests in one; 2 tests in two; adjusted within each cohort by Benjamini and "
        "Hochberg's, which bounds the expected share of false findings.",
    ]


def test_the_plan_is_a_table_of_all_that_it_asks():
    rows = {row["analysis"]: row for row in association.plan_rows(PLAN)}
    assert rows["sIL-6R per effect allele"] == {
        "analysis": "sIL-6R per effect allele", "outcome": "sIL-6R (ng/mL), logarithm, also by ancestry",
        "exposure": "variant, additive", "model": "log-normal, censored beyond limits",
        "errors": "HC2 (HC3 of more than 250 rows), or by participant or family",
        "covariates": "age, plate", "priority": "primary", "claim": "sil6r per allele",
    }  # fmt: skip
    assert rows["resting IL-6 over load"]["exposure"] == "training load, squared"
    assert rows["resting IL-6 over load"]["model"] == "random intercept of participant"
    assert rows["resting IL-6 over load"]["errors"] == "CR2 by participant"
    few = "HC2 (HC3 of more than 250 rows), or by participant or family"
    assert rows["minutes of MVPA per effect allele"]["errors"] == few
    assert rows["fatigue per unit of log sIL-6R"]["exposure"] == "sIL-6R (ng/mL), logarithm"
    assert rows["minutes of MVPA per effect allele"]["covariates"] == "spline(age, 3)"
    assert rows["rise of IL-6"]["exposure"] == "none: the mean"
    assert rows["rise of IL-6"]["outcome"] == (
        "IL-6 after exercise over rest, logarithm, after exercise, exercise intensity low or high, "
        "exercise min from 20 to 40"
    )
    assert rows["response to a programme"]["exposure"] == "variant, additive, times programme"


def test_the_default_plans_analyses_and_benchmarks_have_names():
    default = plan.load(REPO / "config" / "plan.yaml", REPO / "workflow" / "schemas" / "plan.schema.yaml")
    published = pd.read_csv(REPO / "resources" / "published_effects.tsv", sep="\t")
    claims = {one.claim for one in default.analyses.values() if one.claim}
    assert claims | set(published["claim"]) <= set(wording.CLAIMS)
    assert set(published["analysis"]) <= set(default.analyses)
    assert set(wording.REVIEW) <= set(wording.CLAIMS)
    assert len(association.plan_rows(default)) == len(default.analyses)
    scales_told = {name: wording.reader_scale(one) for name, one in default.analyses.items()}
    assert scales_told["sil6r_cc_vs_aa"] == "ratio"
    assert scales_told["met_aa_vs_ac"] == scales_told["activity_aa_vs_carriers"] == "percent"
    assert scales_told["rheumatoid_arthritis"] == "odds_ratio"
    assert scales_told["programme_by_genotype"] == "difference"


@pytest.mark.parametrize(
    ("value", "scale", "told"),
    [
        ((0.0, -0.009, 0.009), "percent", "+0.00 % (\N{MINUS SIGN}0.90 to +0.90)"),
        ((0.3, 0.2, 0.4), "percent", "+35.0 % (+22.1 to +49.2)"),
        ((0.3, 0.0, 900.0), "percent", "+35.0 % (+0.0 to +\N{INFINITY})"),
        ((0.0004, 0.0002, 0.0006), "percent", "+0.040 % (+0.020 to +0.060)"),
        ((np.log(0.872), np.log(0.767), np.log(0.991)), "odds_ratio", "0.87 (0.77 to 0.99)"),
        ((0.12, -0.2, 0.44), "sd", "+0.12 SD (\N{MINUS SIGN}0.20 to +0.44)"),
    ],
)
def test_numbers_are_told_to_the_digits_that_their_interval_knows(value, scale, told):
    keys = ("estimate", "ci_low", "ci_high")
    assert wording.interval_of(dict(zip(keys, value, strict=True)), scale) == told


def test_the_scale_that_fits_better_is_named_and_how_surely():
    words = genetic_models.sentences(everything()["genetic_models"], MINIMUM)
    assert words[1] == (
        "one, sIL-6R (ng/mL): the multiplicative scale fits better than the additive one (log-likelihood "
        "higher by 6.4). Departure of the genotypes' own means: from the multiplicative scale p = 0.44, "
        "from the additive scale p = 0.0003."
    )
    assert (
        "two, sIL-6R (ng/mL): neither scale fits clearly better (log-likelihoods differ by 0.4)" in words[2]
    )
    assert words[3] == (
        "Over the cohorts with one sample a person together, the multiplicative scale fits better than the "
        "additive one (log-likelihood higher by 6.0)."
    )
    (silent,) = genetic_models.sentences(empty(GENETIC_MODELS), MINIMUM)
    assert silent == "In no cohort could the two scales be compared."


def test_both_scales_have_an_effect_per_allele_and_a_ratio():
    rows = genetic_models.rows(scale_rows(), MINIMUM)
    assert [row["below"] for row in rows] == ["0.3", "6.7", "0.0"]
    assert rows[0]["percent"] == rows[1]["percent"] == "+34.3 % (+30.4 to +38.2)"
    assert rows[2]["percent"] == ""
    assert {row["ratio"] for row in rows} == {"1.80 (1.70 to 1.90)"}
    assert genetic_models.rows(scale_rows(people=4), MINIMUM) == []


def test_the_variance_explained_is_told_with_and_without_covariates():
    assert genetic_models.variance_sentences(PLAN, privacy.shown_estimates(usual_estimates(), MINIMUM))[
        0
    ] == (
        "one: of the variance of log sIL-6R the variant explains 0.47 (0.41 to 0.53), adjusted 0.46, "
        "given age, plate; 0.41 (0.35 to 0.47) without covariates."
    )


def test_two_shares_that_are_one_are_told_once():
    same = usual_estimates()
    again = same[same["analysis"] == "sil6r_variance"].assign(analysis="sil6r_variance_age_sex")
    told = genetic_models.variance_sentences(PLAN, pd.concat([same, again]))
    assert told == genetic_models.variance_sentences(PLAN, same)


def test_covariates_by_genotype_hide_small_cells_and_what_would_give_them_away():
    rows = genetic_models.covariate_rows(usual_covariates(), MINIMUM)
    told = {(row["covariate"], row["level"]): row for row in rows}
    assert told["age", "mean"]["cells"] == ["52.3 (of 140)", "51.9 (of 180)", "53.4 (of 70)"]
    assert told["sex", "female"]["cells"][0] == "52 % (of 140)"
    assert told["sex", "female"]["p"] == "over 0.05"
    for level in ("no", "yes"):
        assert told["smoker", level]["cells"][2] == privacy.FEW
        assert told["smoker", level]["p"] == ""
    assert ("plate", "number 1") in told
    assert "S0000123" not in str(rows)


def test_a_category_of_few_people_is_not_named_and_a_genotype_of_few_has_no_number():
    people = (143, 187, 4)
    rows = genetic_models.covariate_rows(
        by_genotype(
            ("age", "mean", 52.31, 51.87, 53.4, people, 0.41),
            ("group", "most", 99.0, 99.0, 100.0, people, 0.5),
            ("group", "the only family of its name", 1.0, 1.0, 0.0, people, 0.5),
        ),
        MINIMUM,
    )
    assert "family" not in str(rows)
    assert rows[0]["cells"] == ["52.3 (of 140)", "51.9 (of 180)", privacy.FEW]


def test_a_causal_reading_is_called_one_and_its_assumptions_are_spelt_out():
    found = everything()["causal"]
    (words,) = causal.sentences(PLAN, found, MINIMUM)
    assert words.startswith(
        "Mean acceleration on sIL-6R, a causal reading and no finding of this study by itself"
    )
    assert "not weak in any cohort (F at least 312)" in words
    assert words.endswith("Not estimable in two (too few people to be shown).")
    assert causal.rows(PLAN, found, MINIMUM) == [
        {
            "analysis": "mean acceleration on sIL-6R", "cohort": "one", "people": "390",
            "first_stage": "F 312.4, r² 0.446",
            "estimate": "\N{MINUS SIGN}0.12 (\N{MINUS SIGN}0.22 to \N{MINUS SIGN}0.02)",
            "anderson_rubin": "\N{MINUS SIGN}0.23 to \N{MINUS SIGN}0.02 (no effect: p = 0.03)",
            "observed": "\N{MINUS SIGN}0.030 (\N{MINUS SIGN}0.060 to +0.010)",
        }
    ]  # fmt: skip
    told = " ".join(causal.ASSUMPTIONS)
    for word in ("Relevance", "Independence", "Exclusion", "classic signalling", "linked", "stratification"):
        assert word in told
    weak = readings(reading(first_stage_f=4.2, ar_shape="whole line", ar_low=None, ar_high=None))
    assert "weak (F below 10) in one" in causal.sentences(PLAN, weak, MINIMUM)[0]


def test_two_samples_and_the_direct_effect_that_would_explain_them_are_told():
    found = everything()["causal"]
    (row,) = causal.two_sample_rows(PLAN, found, MINIMUM)
    minus = "\N{MINUS SIGN}"
    assert row["on_outcome"] == f"{minus}3.0 % ({minus}4.9 to {minus}1.0), 490 people"
    assert row["on_exposure"] == "+35.0 % (+32.3 to +37.7), 390 people"
    assert row["ratio"] == f"{minus}0.100 ({minus}0.160 to {minus}0.040)"
    assert row["anderson_rubin"] == f"{minus}0.170 to {minus}0.030"
    (line,) = causal.direct_sentences(PLAN, found, MINIMUM)
    assert f"a direct effect of the allele on the outcome of {minus}3.0 %" in line
    assert f"one of {minus}1.0 % is enough for its interval to include no effect" in line
    assert "differ (Hausman's test, p = 0.03)" in line
    elsewhere = readings(reading(first_stage_source="erfc_per_allele", first_stage_participants=0,
                                 overlap_participants=0, direct_enough_percent=0.0))  # fmt: skip
    (row,) = causal.two_sample_rows(PLAN, elsewhere, MINIMUM)
    assert row["on_exposure"].endswith("erfc per allele")
    (line,) = causal.direct_sentences(PLAN, elsewhere, MINIMUM)
    assert "even without one its interval includes no effect" in line
    # All but a few are in both: their number would follow.
    assert causal.two_sample_rows(PLAN, readings(reading(overlap_participants=388)), MINIMUM) == []


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ("whole line", "any value: the data say nothing"),
        ("two rays", "up to \N{MINUS SIGN}0.23, or from \N{MINUS SIGN}0.02"),
        ("empty", "no value: the model does not hold"),
    ],
)
def test_an_anderson_rubin_set_need_not_be_an_interval(shape, told):
    assert causal.anderson_rubin(reading(ar_shape=shape, ar_p_value=np.nan)) == told


def test_other_choices_are_told_by_how_far_they_move_an_estimate_and_what_they_turn():
    rows = specifications.rows(COHORTS, PLAN, usual_choices(), MINIMUM)
    (words,) = specifications.sentences(PLAN, usual_choices(), MINIMUM)
    assert rows[0] == {
        "analysis": "sIL-6R per effect allele", "cohort": "one", "planned": "+34.3 % (+29.0 to +39.8)",
        "range": "+2.0 to +36.3 %", "alike": "2 of 3 (not 1 by ancestry)",
    }  # fmt: skip
    assert [(row["range"], row["alike"]) for row in rows[2:]] == [("+6.2 to +6.2 %", "1 of 1")] * 2
    assert words == (
        "Alternative analyses without an estimate: 1 in one (ancestry: too few people to be shown); 1 in "
        "one (single batches: too few participants); 1 in two (ancestry: too few people to be shown); 1 in "
        "two (single batches: too few participants)."
    )


def test_the_planned_choice_is_called_as_other_stages_call_it():
    assert specifications.CONFIGURED == alternatives.CONFIGURED
    kinds = SENSITIVITY.columns["kind"].allowed
    assert {specifications.PLANNED, *specifications.KINDS} == set(kinds)


def axes_of(figure):
    drawing.plt.close(figure)
    return figure.axes


def test_specifications_have_a_panel_for_each_claims_analysis_and_cohort():
    with drawing.style():
        figure = figures.specifications(study_of({"sensitivity": usual_choices()})).figure
    axes = axes_of(figure)
    assert [axis.get_title("left") for axis in axes] == ["one", "two"] * 2
    names = [text.get_text() for text in figure.texts]
    assert names == ["sIL-6R per effect allele", "minutes of MVPA per effect allele"]
    kinds = [label.get_text() for label in axes[0].get_yticklabels()]
    assert kinds == ["other covariates", "ancestry"]
    points = [line.get_xdata() for line in axes[0].lines if line.get_marker() == "o"]
    assert [sorted(own) == list(own) for own in points] == [True, True]
    # Two sets of covariates and one ancestry; the other is of four people.
    assert np.concatenate(points) == pytest.approx([33.6, 36.3, 2.0])
    band = axes[0].patches[0].get_extents().transformed(axes[0].transData.inverted())
    assert (band.x0, band.x1) == pytest.approx((29.0, 39.8))


def test_figures_have_the_same_bytes_twice(tmp_path):
    for draw in (
        lambda: figures.specifications(study_of({"sensitivity": usual_choices()})),
        lambda: calibrated(3),
    ):
        first = drawn(draw, tmp_path)
        assert first == drawn(draw, tmp_path)
        assert len(first) < 200_000


def test_without_other_choices_the_figure_says_so(tmp_path):
    svg = drawn(lambda: figures.specifications(study_of({})), tmp_path)
    assert figures.NOTHING in texts(svg)


def calibrated(number):
    rows = [
        {"model": f"model {k}", "situation": "heavy tails" if k == 2 else "as assumed", "people": 1000,
         "visits": 6 if k == 1 else 1, "censored": 0.2 if k == 1 else 0.0, "frequency": 0.39,
         "cohorts": 3 if k == 2 else 1, "replicates": 2000, "failed": k, "truth": 0.3, "bias": 0.001 * k,
         "bias_se": 0.002, "coverage": 0.951, "coverage_se": 0.005, "rejected": 0.05, "rejected_se": 0.005,
         "version": "0.2.0", "reason": "why"}
        for k in range(number)
    ]  # fmt: skip
    return calibration_figure.draw(CALIBRATION.check(pd.DataFrame(rows)))


def test_calibration_shows_bias_coverage_and_rejection_with_their_errors(tmp_path):
    with drawing.style():
        figure = calibrated(3)
    axes = axes_of(figure)
    assert [axis.get_title() for axis in axes] == ["bias", "coverage of 95 % intervals", "rejected at 5 %"]
    assert [label.get_text() for label in axes[0].get_yticklabels()] == [
        "model 0, n = 1,000, C at 0.39",
        "model 1, n = 1,000, 6 visits, 20 % censored, C at 0.39 (1 of 2,000 failed)",
        "model 2, heavy tails, 3 cohorts of 1,000, C at 0.39 (2 of 2,000 failed)",
    ]
    segments = [path for bars in axes[1].collections for path in bars.get_segments()]
    half = 1.959964 * 0.5
    assert sorted(segment[0][0] for segment in segments) == pytest.approx([95.1 - half] * 3)
    assert calibration_figure.NOTHING in texts(
        drawn(lambda: calibration_figure.draw(empty(CALIBRATION)), tmp_path)
    )


def test_truth_stands_beside_the_estimates_of_everybody():
    truth = {
        "sil6r_additive": {"percent": 34.3}, "sil6r_variance": {"r2": 0.5}, "crp_additive": {"percent": -7.5},
        "rheumatoid_arthritis": {"odds_ratio": 2.0}, "an analysis of another plan": {"percent": 1.0},
        "fatigue_on_sil6r": {"percent": 3.0},
    }  # fmt: skip
    rows = truth_rows(PLAN, usual_estimates(), {"one": truth}, {"one": 0.9}, MINIMUM)
    assert rows == [
        {"cohort": "one", "analysis": "sIL-6R per effect allele", "truth": "+34.3 %",
         "estimate": "+34.3 % (+29.0 to +39.8)", "covered": "yes"},
        {"cohort": "one", "analysis": "variance of log sIL-6R explained",
         "truth": "0.50, 0.45 after imputation", "estimate": "0.47 (0.41 to 0.53)", "covered": "yes"},
        {"cohort": "one", "analysis": "rheumatoid arthritis per effect allele", "truth": "2.00",
         "estimate": "0.90 (0.74 to 1.10)", "covered": "no"},
    ]  # fmt: skip


def test_the_summary_for_programs_has_strata_and_adjusted_p_values_and_hides_few():
    rows = association.for_programs(usual_estimates(), MINIMUM)
    first, second = rows[:2]
    assert (first["stratum"], first["p_adjusted"], first["p_permutation"]) == ("all", 0.025, 0.011)
    assert (second["stratum"], second["n_participants"]) == ("AFR", 250)
    assert json.dumps(rows)
    assert not [row for row in rows if (row["cohort"], row["analysis"]) == ("two", "rheumatoid_arthritis")]
    small = estimates(
        estimate("sil6r_additive", people=403), estimate("sil6r_additive", stratum="AFR", people=400)
    )
    assert [row["n"] for row in association.for_programs(small, MINIMUM)] == [400, 400]


def flow_rows(*rows):
    keys = ("cohort", "stage", "analysis", "counted", "reason", "dropped", "left")
    return COHORT_FLOW.check(pd.DataFrame([dict(zip(keys, row, strict=True)) for row in rows]))


def usual_flow():
    of = ("one", "association")
    rows = [
        ("one", "cohort", None, "participants", "in the participant table", 0, 420),
        ("one", "cohort", None, "participants", "no call at the variant", 3, 417),
    ]
    for name in ("sil6r_additive", "sil6r_variance"):
        rows += [
            (*of, name, "participants", "genotyped participants", 0, 417),
            (*of, name, "participants", "no usable sil6r value", 12, 405),
            (*of, name, "participants", "no age", 2, 403),
        ]
    return flow_rows(
        *rows, (*of, "activity_aa_vs_carriers", "participants", "genotyped participants", 0, 417)
    )


def stages_of(flow):
    return {f"{stage}_flow": flow[flow["stage"] == stage] for stage in ("cohort", "association")}


def test_the_way_to_each_analysis_is_one_row_and_small_steps_are_not_counted():
    told = ways(usual_flow(), PLAN, MINIMUM)
    assert told[0] == {
        "cohort": "one", "analyses": "sIL-6R per effect allele; variance of log sIL-6R explained",
        "counted": "participants", "first": "410",
        "dropped": "10 no usable sil6r value; under 10: no age", "left": "400",
    }  # fmt: skip
    assert len(told) == 2
    (chain,) = chains(usual_flow(), MINIMUM)
    assert [line["left"] for line in chain["lines"]] == ["420", "410"]


def test_the_flow_ends_with_the_first_analysis_of_each_outcome_and_says_why_others_are_left_out():
    with drawing.style():
        found = participant_flow(study_of(stages_of(usual_flow())))
    (axis,) = axes_of(found.figure)
    boxes = found.data.drop_duplicates("box").set_index("box")["people"]
    assert boxes.to_dict() == {
        "Participant table": 420, "Genotyped, analysed": 410, "sIL-6R models": 400, "Activity models": 410,
    }  # fmt: skip
    reasons = found.data.dropna(subset="reason").set_index("reason")["left_out"]
    assert reasons["no usable sIL-6R value"] == 10
    assert reasons.loc[["each other reason"]].isna().all()
    assert not {"no call at the variant", "no age"} & set(reasons.index)
    told = [text.get_text().replace("\n", " ") for text in axis.texts]
    assert "Participant table 420 people" in told
    assert "\N{MINUS SIGN} under 10: each other reason" in told


def test_flows_of_both_stages_are_put_together_by_cohort(tmp_path):
    given = SimpleNamespace(cohort_flow=[], association_flow=[])
    for cohort in COHORTS:
        for name, own in stages_of(usual_flow().assign(cohort=cohort)).items():
            path = str(tmp_path / f"{name}_{cohort}.tsv")
            COHORT_FLOW.write(own, path)
            getattr(given, name).append(path)
    read = whole_flow(Study({"cohorts": {name: {} for name in COHORTS}}, given))
    assert list(dict.fromkeys(zip(read["cohort"], read["stage"], strict=True))) == [
        (cohort, stage) for cohort in COHORTS for stage in ("cohort", "association")
    ]


def methods_tables(found):
    return [found[name] for name in ("estimates", "genetic_models", "sensitivity", "causal")]


def test_methods_follow_the_plan_and_tell_only_what_was_done():
    told = " ".join(methods.sentences(PLAN, *methods_tables(everything())))
    for part in (
        "13 analyses, 4 of them primary",
        "as natural logarithms: sIL-6R (ng/mL)",
        "least squares with HC3 errors (sIL-6R and mean acceleration in every cohort",
        "logistic regression",
        "Holm",
        "10,000 permutations",
        "Whether alleles multiply",
        "two-stage least squares",
        "specification curve",
    ):
        assert part in told, part
    assert "fitted by restricted" not in told
    assert "clustered" not in told
    less = " ".join(methods.sentences(PLAN, *methods_tables(nowhere())))
    for part in ("permutations of", "Whether alleles", "two-stage", "specification curve", "logistic"):
        assert part not in less, part
    assert "No model could be fitted." in less


def test_covariates_of_every_outcome_are_told():
    rows = [
        estimate("sil6r_additive", "one", covariates="age"),
        estimate("sil6r_additive", "two", covariates="age, sex"),
        estimate("mvpa_additive", "one", covariates=None),
        estimate("crp_additive", "one", covariates="age"),
        estimate("sil6r_variance", "one", covariates="bmi"),
    ]
    assert methods.covariates(estimates(*rows)) == (
        "age (sIL-6R and CRP in one); age, sex (sIL-6R in two); none (MVPA in one)"
    )


def test_models_are_told_by_outcome_and_cohort():
    rows = [
        *(estimate(name, cohort) for name in ("sil6r_additive", "sil6r_cc_vs_aa") for cohort in COHORTS),
        estimate("activity_aa_vs_carriers", "one"),
        estimate("rheumatoid_arthritis", "two", model="logistic regression", errors="model"),
        absent("crp_additive", "one", "the cohort has no such measurement"),
    ]
    assert methods.models(estimates(*rows)) == (
        "Models: least squares with HC3 errors (sIL-6R in every cohort; mean acceleration in one); logistic "
        "regression with the model's errors (rheumatoid arthritis in two)."
    )


@pytest.mark.parametrize("study", STUDIES)
def test_the_section_is_written_and_shows_no_small_cell_and_no_name(study):
    shown = written(study_of(STUDIES[study]()), "claims")
    said = re.sub(r"<[^>]*>", "\n", shown)
    assert not re.search(r"\b(nan|None|NA|inf)\b", said)
    assert "S0000123" not in said
    # Numbers of people that are small: strata, cells, and those of which everything is small.
    assert not re.search(r"(?<![\d.,+\-])4 people", said)
    # What only few people have: the estimate of the four cases, of four East Asians.
    assert "2.45" not in said
    if study != "everything":
        assert "+34.3 %" not in said


SIMULATED = pd.DataFrame(
    [
        ("least squares", "as assumed", 12, 1, 0.0, 0.39, 0.941),
        ("least squares", "as assumed", 12, 6, 0.0, 0.39, 0.951),
        ("least squares", "as assumed", 12, 6, 0.0, 0.12, 0.952),
        ("least squares", "as assumed", 1500, 1, 0.0, 0.39, 0.953),
        ("least squares", "heavy tails", 12, 6, 0.0, 0.39, 0.9),
        ("least squares", "siblings", 60, 1, 0.0, 0.39, 0.954),
        ("censored log-normal", "as assumed", 12, 6, 0.5, 0.39, 0.955),
    ],
    columns=["model", "situation", "people", "visits", "censored", "frequency", "coverage"],
).assign(coverage_se=0.007, rejected=0.049, rejected_se=0.0068, replicates=1000, failed=0, version="9.9")


def quoted(frequency=0.37, **columns):
    """What is said of one cohort whose estimate has these columns."""
    row = {
        "cohort": "one", "analysis": "sil6r_additive", "stratum": "all", "estimate": 0.3, "n": 66,
        "n_participants": 11, "n_cases": None, "n_censored": 0, "errors": "CR2 by participant",
    } | columns  # fmt: skip
    quality = pd.DataFrame([{"cohort": "one", "group": "all", "frequency": frequency}])
    return calibration.sentences(PLAN, pd.DataFrame([row]), quality, SIMULATED, MINIMUM)


def test_the_row_of_the_simulation_that_is_nearest_to_a_cohort_is_quoted():
    introduction, sentence = quoted()
    assert "(version 9.9)" in introduction
    assert sentence == (
        "one: with 12 people and 6 visits each (C at 0.39) such an interval included it 95.1 % of the time "
        "(Monte Carlo error 0.7), and 4.9 % of tests (Monte Carlo error 0.7) had p below 0.05 where there "
        "was no effect, in 1,000 cohorts."
    )


@pytest.mark.parametrize(
    ("columns", "held"),
    [
        ({"n": 11}, "12 people (C at 0.39) such an interval included it 94.1 %"),
        ({"n": 22}, "12 people and 6 visits each (C at 0.39) such an interval included it 95.1 %"),
        ({"frequency": 0.15}, "C at 0.12) such an interval included it 95.2 %"),
        ({"n": 900, "n_participants": 900}, "1,500 people (C at 0.39) such an interval included it 95.3 %"),
        ({"errors": "CR2 by family"}, "families of three siblings) such an interval included it 95.4 %"),
        ({"n_censored": 30}, "50 % of values below the limit) such an interval included it 95.5 %"),
        ({"n_censored": 3}, "6 visits each (C at 0.39) such an interval included it 95.1 %"),
    ],
)  # fmt: skip
def test_the_nearest_row_is_alike_in_visits_frequency_limit_and_relatives(columns, held):
    assert held in quoted(**columns)[1]


def test_nothing_is_quoted_of_a_cohort_of_too_few_people_or_without_an_estimate():
    assert quoted(n=4, n_participants=4) == []
    assert quoted(estimate=np.nan) == []
    assert quoted(frequency=np.nan) == []
