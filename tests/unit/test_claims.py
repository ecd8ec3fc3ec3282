"""One verdict a claim: its strength by five checks, and what would change it."""

import numpy as np
import pandas as pd
import pytest
from test_replication import ERFC, SETTINGS, Z, of_cohorts, row

from il6r.replication import claims, pooling, verdicts
from il6r.tables.association import SENSITIVITY
from il6r.tables.replication import CLAIMS

REVIEW = row(50, kind="about", benchmark="review")
BEST = row(34.3, low=30.4, high=38.2, benchmark="erfc", role="best")
CRP = row(-7.5, low=-9.1, high=-5.9, claim="crp", benchmark="crp", analysis="crp_additive")
NOTHING = pd.DataFrame(columns=list(SENSITIVITY.columns)).astype({"estimate": float})


def choices(cohort, percents, se=0.02, analysis="sil6r_additive"):
    """Alternative analyses of a cohort, and the planned one."""
    effect = np.log1p(np.array([*percents, 0.0]) / 100)
    names = [f"choice {k}" for k in range(len(percents))]
    return pd.DataFrame(
        {
            "cohort": cohort,
            "analysis": analysis,
            "kind": "covariates",
            "choice": [*names, "as planned"],
            "n_participants": 300,
            "estimate": effect,
            "se": se,
            "ci_low": effect - Z * se,
            "ci_high": effect + Z * se,
        }
    )


def assessed(frame, *published, sensitivity=NOTHING, held=None, failing=None, **settings):
    values = pd.DataFrame([vars(one) for one in published])
    rule = SETTINGS | settings
    judged = verdicts.judge(frame, pooling.pool(frame), values, rule, held)
    table = claims.assess(frame, sensitivity, judged, values, rule, failing)
    assert list(table.columns) == list(CLAIMS.columns)
    return table.set_index("claim")


def test_a_claim_has_the_word_of_its_primary_value_and_the_best_evidence_beside_it():
    found = assessed(of_cohorts([50, 51]), REVIEW, BEST, row(34.6, role="context")).loc["sil6r_per_allele"]
    assert (found["benchmark"], found["verdict"]) == ("review", "replicated")
    assert found["same_size"]
    assert (found["best_benchmark"], found["best_verdict"]) == ("erfc", "same direction, larger")
    assert "differs from the published +34.3 %" in found["best_reason"]
    found = assessed(of_cohorts([34, 35]), REVIEW, BEST).loc["sil6r_per_allele"]
    assert (found["verdict"], found["best_verdict"]) == ("same direction, smaller", "replicated")


def test_a_claim_that_is_only_context_has_no_row():
    assert assessed(of_cohorts([50]), row(50, role="context"), CRP).index.tolist() == ["crp"]


def test_five_checks_make_a_verdict_strong():
    tried = pd.concat([choices("cohort0", [33, 34, 35]), choices("cohort1", [34])])
    found = assessed(of_cohorts([34, 35]), ERFC, sensitivity=tried).loc["sil6r_per_allele"]
    assert found[list(claims.CHECKS)].all()
    assert found["strength"] == "strong"
    # The choices of one name are of all cohorts that have it.
    assert (found["alternatives"], found["alternatives_alike"]) == (3, 3)
    assert (found["cohorts"], found["cohorts_same_side"], found["n_participants"]) == (2, 2, 600)


def test_one_cohort_cannot_agree_and_without_alternatives_nothing_is_robust():
    found = assessed(of_cohorts([34]), ERFC).loc["sil6r_per_allele"]
    assert not found["cohorts_agree"]
    assert not found["robust"]
    assert found["strength"] == "moderate"
    assert pd.isna(found["moved_most_by"])


def test_alternatives_that_lead_elsewhere_are_counted():
    tried = choices("cohort0", [34, 35, 10, -20])
    found = assessed(of_cohorts([34]), ERFC, sensitivity=tried).loc["sil6r_per_allele"]
    assert (found["alternatives"], found["alternatives_alike"]) == (4, 2)
    assert not found["robust"]


def test_a_noisy_replication_is_weak():
    # As the default study's CRP: one cohort, little power, and alternatives that differ.
    frame = of_cohorts([-12], 0.033, analysis="crp_additive")
    tried = choices("cohort0", [-3, -12, -2], 0.033, "crp_additive")
    found = assessed(frame, CRP, sensitivity=tried).loc["crp"]
    assert found["verdict"] == "replicated"
    assert not found[["powered", "cohorts_agree", "robust"]].any()
    assert found["strength"] == "weak"
    assert found["n_for_80_percent_power"] > 300


def test_p_values_are_adjusted_over_the_claims_that_were_tested():
    frame = pd.concat(
        [of_cohorts([34]), of_cohorts([-7.5], 0.04, analysis="crp_additive").assign(p_value=0.04)]
    )
    found = assessed(frame, ERFC, CRP, row("greater", claim="absent", analysis="absent", benchmark="absent"))
    assert found["p_holm"].tolist()[:2] == pytest.approx([2e-9, 0.04])
    frame["p_value"] = [0.03, 0.04]
    found = assessed(frame, ERFC, CRP)
    # Holm (1979): the least p times two, and no later one below it.
    assert found["p_holm"].tolist() == pytest.approx([0.06, 0.06])
    assert not found["survives_holm"].any()


def test_cohorts_agree_on_no_effect_whatever_its_sign():
    null = row("0", kind="no_effect", bound=5, benchmark="null")
    found = assessed(of_cohorts([-1, 1], se=0.02), null).loc["sil6r_per_allele"]
    assert found["cohorts_same_side"] < 2
    assert found["cohorts_agree"]
    assert not assessed(of_cohorts([-1, 1], se=0.02), ERFC).loc["sil6r_per_allele", "cohorts_agree"]


def test_a_failed_check_that_was_looked_at_lowers_the_strength_only():
    said = "The call rate is 0.64."
    failing = pd.DataFrame({"cohort": ["cohort1"], "analysis": ["sil6r_additive"], "sentence": [said]})
    tried = choices("cohort0", [34])
    found = assessed(of_cohorts([34, 35]), ERFC, sensitivity=tried, failing=failing).loc["sil6r_per_allele"]
    assert found["verdict"] == "replicated"
    assert not found["data_pass"]
    assert found["failed_checks"] == said
    assert found["strength"] == "moderate"
    found = assessed(of_cohorts([34, 35]), ERFC, held=failing, failing=failing).loc["sil6r_per_allele"]
    assert found["verdict"] == "check the data first"
    assert found["reason"] == said
    assert found["strength"] is None


def test_cohorts_that_disagree_have_no_strength_and_random_effects():
    found = assessed(of_cohorts([10, 34, 75]), ERFC).loc["sil6r_per_allele"]
    assert found["verdict"] == "cohorts disagree"
    assert found["model"] == "paule_mandel"
    assert not found["cohorts_agree"]
    assert found["strength"] is None


def test_the_range_of_estimates_with_the_same_word_ends_where_the_word_changes():
    frame = of_cohorts([34])
    found = assessed(frame, ERFC).loc["sil6r_per_allele"]
    for end, inwards in (("stays_low", 0.1), ("stays_high", -0.1)):
        inside, outside = found[end] + inwards, found[end] - inwards
        words = [
            assessed(of_cohorts([percent]), ERFC).loc["sil6r_per_allele", "verdict"]
            for percent in (inside, outside)
        ]
        assert words[0] == "replicated"
        assert words[1] != "replicated"
    # A direction has one end only.
    found = assessed(frame, row("greater")).loc["sil6r_per_allele"]
    assert found["stays_low"] == pytest.approx(100 * np.expm1(Z * 0.02), abs=0.01)
    assert pd.isna(found["stays_high"])


def test_the_cohort_that_moves_a_claim_most_is_named_with_what_is_left():
    found = assessed(of_cohorts([34, 35, 31]), ERFC).loc["sil6r_per_allele"]
    assert found["moved_most_by"] == "cohort2"
    assert found["estimate_without"] == pytest.approx(100 * np.expm1(np.log([1.34, 1.35]).mean()), abs=1e-6)
    assert found["verdict_without"] == "replicated"


def test_a_share_of_variance_is_pooled_with_the_sign_of_its_effect():
    share = of_cohorts([34, -30]).assign(
        analysis="sil6r_variance", scale="r2", estimate=0.4, se=0.03, ci_low=0.34, ci_high=0.46
    )
    effects = of_cohorts([34, -30])
    published = row(0.5, "r2", kind="about", claim="variance", analysis="sil6r_variance", benchmark="half")
    found = assessed(pd.concat([effects, share]), published).loc["variance"]
    assert found["verdict"] == "cohorts disagree"


def test_a_claim_that_nobody_measured_says_so():
    found = assessed(of_cohorts([34]), ERFC, CRP).loc["crp"]
    assert found["verdict"] == "not computable"
    assert found["cohorts"] == 0
    assert found[["model", "p_value", "strength", "powered"]].isna().all()
