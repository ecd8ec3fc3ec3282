"""Studies of another truth than the default one: nothing at all, and the effect of the largest study."""

import json

import pytest
from conftest import REPO, succeeds

from il6r.tables.replication import VERDICTS


def judged(folder, study):
    """The verdicts on every cohort and the pool of a study."""
    config = REPO / "tests" / "studies" / f"{study}.yaml"
    succeeds("results/replication/verdicts.tsv", "-c2", "--configfile", config, folder=folder)
    return VERDICTS.read(folder / "results" / "replication" / "verdicts.tsv")


def test_where_nothing_has_an_effect_no_claim_is_called_replicated(tmp_path):
    verdicts = judged(tmp_path, "null")
    computed = verdicts[verdicts["verdict"].notna() & (verdicts["verdict"] != "not computable")]
    assert len(computed) > 60
    nulls = computed["kind"] == "no_effect"
    assert set(computed.loc[nulls, "verdict"]) == {"no effect confirmed", "no effect not confirmed"}
    # The marginal share of variance does not adjust for ancestry, and so is not nothing.
    marginal = computed["analysis"].isin(["sil6r_variance_age_sex", "sil6r_variance_concentration"])
    others = computed[~nulls & ~marginal]
    assert set(others["verdict"]) <= {"contradicted", "inconclusive", "cohorts disagree"}, others[
        ["benchmark", "cohort", "verdict"]
    ]
    assert not computed["verdict"].isin(["replicated", "direction confirmed"]).any()
    truth = json.loads((tmp_path / "results" / "synthetic" / "people" / "truth.json").read_text())
    assert truth["sil6r_additive"]["percent"] == 0


def test_at_the_effect_of_the_largest_study_that_is_replicated_and_the_review_s_is_larger(tmp_path):
    verdicts = judged(tmp_path, "erfc").set_index(["benchmark", "cohort"])
    pooled = verdicts.xs("pooled", level="cohort")
    assert pooled.loc["review_per_allele", "verdict"] == "same direction, smaller"
    assert pooled.loc["erfc_per_allele", "verdict"] == "replicated"
    assert pooled.loc["erfc_per_allele", "estimate"] == pytest.approx(34.3, abs=4)
    for cohort in ("first", "second"):
        assert verdicts.loc[("erfc_per_allele", cohort), "verdict"] == "replicated"
    # With enough people the estimate is equivalent to the published one, and everybody agrees on it.
    assert pooled.loc["erfc_per_allele", "equivalent"]
    assert pooled.loc["erfc_per_allele", "in_prediction"]
    assert pooled.loc["erfc_per_allele", "replication_bayes_factor"] < 1e-3
