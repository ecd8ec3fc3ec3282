"""The plan: what it may say, and what is said of one that cannot be followed."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from il6r import plan
from il6r.errors import InputError

REPO = Path(__file__).resolve().parents[2]
SCHEMA = REPO / "workflow" / "schemas" / "plan.schema.yaml"
DEFAULT = REPO / "config" / "plan.yaml"


def analysis(**keys):
    return {"name": "one", "label": "one", "outcome": "sil6r"} | keys


def loaded(tmp_path, *analyses, **rest):
    path = tmp_path / "plan.yaml"
    path.write_text(yaml.safe_dump({"analyses": list(analyses)} | rest))
    return plan.load(path, SCHEMA)


def test_the_default_plan_names_an_analysis_for_every_published_benchmark():
    analyses = plan.load(DEFAULT, SCHEMA).analyses
    published = pd.read_csv(REPO / "resources" / "published_effects.tsv", sep="\t")
    assert set(published["analysis"]) <= set(analyses)
    claims = published.groupby("analysis")["claim"].first()
    assert {name: analyses[name].claim for name in claims.index} == claims.to_dict()


def test_an_analysis_s_scale_follows_from_its_family_and_transform(tmp_path):
    given = {
        "log_ratio": {},
        "difference": {"transform": "none"},
        "sd": {"transform": "rank"},
        "log_odds": {"family": "binomial"},
        "r2": {"estimate": "variance_explained"},
        "correlation": {"estimate": "correlation", "exposure": "dose"},
    }
    found = loaded(tmp_path, *(analysis(name=name, **keys) for name, keys in given.items())).analyses
    assert {name: one.scale for name, one in found.items()} == {name: name for name in given}


def test_a_cohort_s_own_covariates_replace_the_plan_s_set(tmp_path):
    one = loaded(tmp_path, analysis(covariates="person"), covariate_sets={"person": ["age", "sex"]})
    names = one.covariates("person", {})
    assert [str(name) for name in names] == ["age", "sex"]
    assert [str(name) for name in one.covariates("person", {"person": ["pc1"]})] == ["pc1"]


def test_splines_and_factors_are_written_as_keys_and_shown_as_functions(tmp_path):
    covariates = [{"column": "age", "spline": 4}, {"column": "batch", "factor": True}, "bmi"]
    found = loaded(tmp_path, analysis(covariates=covariates)).analyses["one"].covariates
    assert list(map(str, found)) == ["spline(age, 4)", "factor(batch)", "bmi"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"coding": "dominant"}, "'dominant' needs a contrast; give one of 'C carriers against AA'"),
        ({"coding": "genotypic", "contrast": "AA against C carriers"}, "'genotypic' needs a contrast"),
        ({"contrast": "CC against AA"}, "an additive coding has no contrast"),
        ({"exposure": "dose", "coding": "recessive"}, "'recessive' is of the variant, not of 'dose'"),
        ({"part": "within"}, "part, shape and exposure_transform are of measured exposures"),
        ({"shape": "quadratic"}, "part, shape and exposure_transform are of measured exposures"),
        ({"exposure": "sil6r"}, "the column 'sil6r_ng_ml' has two parts in it"),
        ({"exposure": "dose", "interaction": "dose"}, "the column 'dose' has two parts in it"),
        ({"exposure": "mean", "interaction": "dose"}, "the outcome's mean has no contrast, interaction"),
        ({"family": "mixed"}, "a mixed model needs `random`"),
        ({"random": "family"}, "a mixed model needs `random`"),
        (
            {"family": "mixed", "random": "participant", "random_slope": True},
            "a random slope is of one exposure",
        ),
        ({"random_slope": True, "exposure": "bmi"}, "a random slope is of one exposure"),
        ({"family": "binomial", "transform": "log"}, "a binomial outcome is not transformed"),
        ({"family": "censored_lognormal", "transform": "rank"}, "is analysed as its logarithm"),
        (
            {"coding": "dominant", "contrast": "AA against C carriers", "interaction": "sex"},
            "an interaction is with one linear or additive exposure",
        ),
        ({"estimate": "variance_explained", "family": "binomial"}, "the variance explained is of a linear"),
        ({"estimate": "correlation", "family": "binomial"}, "a correlation is of a linear exposure"),
        ({"estimate": "correlation", "exposure": "mean"}, "a correlation is with an exposure as it is"),
        (
            {"estimate": "correlation", "exposure": "dose", "part": "between"},
            "a correlation between people is of one row a person; leave out part",
        ),
        ({"outcome": "sil6r", "exposure": "sil6r_ng_ml"}, "the column 'sil6r_ng_ml' has two parts in it"),
        ({"exposure": "dose", "part": "within", "shape": "quadratic"}, "a part of the exposure has no curve"),
        (
            {"exposure": "dose", "contrast": "1 against 0", "shape": "quadratic"},
            "a contrast compares groups, without part, shape or exposure_transform",
        ),
        ({"exposure": "sex", "contrast": "male against male"}, "'male against male' compares something with"),
        ({"family": "quasi_poisson", "errors": "model"}, "a quasi-Poisson model has no errors of its own"),
        ({"covariates": "persons"}, "there is no set of covariates 'persons'"),
    ],
)
def test_what_does_not_go_together_is_told_in_one_sentence(tmp_path, keys, said):
    with pytest.raises(InputError, match=r"plan.yaml, analysis one: ") as found:
        loaded(tmp_path, analysis(**keys))
    assert said in str(found.value)


def test_an_analysis_named_twice_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"plan.yaml, one: this name is given to two analyses; rename one"):
        loaded(tmp_path, analysis(), analysis())
    with pytest.raises(InputError, match=r"plan.yaml, one: this name is given to two analyses"):
        loaded(tmp_path, analysis(), causal=[analysis(exposure="il6")])


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"outcomes": "x"}, "plan.yaml, analyses.one: unknown key 'outcomes'; use one of name"),
        ({"family": "poisson"}, "plan.yaml, analyses.one.family: 'poisson' is not one of"),
        ({"name": "One"}, "plan.yaml, analyses.One.name: 'One' does not match"),
    ],
)
def test_a_breach_of_the_schema_names_the_analysis(tmp_path, keys, said):
    with pytest.raises(InputError) as found:
        loaded(tmp_path, analysis(**keys))
    assert said in str(found.value)


def test_a_causal_reading_s_exposure_is_measured(tmp_path):
    reading = {"name": "cause", "label": "cause", "outcome": "activity"}
    for exposure in ("variant", "mean", "activity"):
        with pytest.raises(
            InputError, match=r"plan.yaml, cause: its exposure is no measured column of its own"
        ):
            loaded(tmp_path, analysis(), causal=[reading | {"exposure": exposure}])


def test_a_key_given_twice_is_refused(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text("covariate_sets: {s: [age], s: [sex]}\nanalyses: []\n")
    with pytest.raises(InputError, match=r"plan.yaml, line 1: the key 's' is given twice; correct it"):
        plan.load(path, SCHEMA)


def test_what_is_no_plan_is_refused(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text("analyses: [\n")
    with pytest.raises(InputError, match=r"plan.yaml, line 2: it is not YAML; correct it"):
        plan.load(path, SCHEMA)
    path.write_text("- one\n")
    with pytest.raises(InputError, match=r"plan.yaml: it holds no analyses; list them under `analyses`"):
        plan.load(path, SCHEMA)
    path.write_text("permutations: {draws: 10}\n")
    with pytest.raises(InputError, match=r"plan.yaml: the key 'analyses' is missing"):
        plan.load(path, SCHEMA)


def test_a_cohort_s_set_of_covariates_that_the_plan_has_not_is_refused():
    default = plan.load(DEFAULT, SCHEMA)
    plan.check_sets("config/plan.yaml", default, {"c": {"covariates": {"sil6r": ["age"]}}, "d": {}})
    with pytest.raises(InputError, match=r"config, cohorts.c.covariates: 'assay' is no set of covariates"):
        plan.check_sets("config/plan.yaml", default, {"c": {"covariates": {"assay": ["age"]}}})
