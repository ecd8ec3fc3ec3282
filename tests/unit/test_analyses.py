"""What the plan can ask, against statsmodels, and what is said where it cannot be answered."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.stats._delta_method import NonlinearDeltaCov
from statsmodels.stats.multitest import multipletests

from il6r import multiple_testing
from il6r.association import analyses
from il6r.association.selection import Cohort
from il6r.errors import InputError
from il6r.plan import Analysis, Covariate, Plan
from il6r.tables.association import ESTIMATES

GENOTYPES = ("AA", "AC", "CC")


@pytest.fixture(scope="module")
def people():
    """400 people, half of whom have a second sample a year later."""
    rng = np.random.default_rng(20)
    n = 400
    dosage = rng.binomial(2, 0.4, n)
    age, dose = rng.normal(50, 9, n), rng.uniform(0, 10, n)
    arm = rng.choice(["control", "exercise"], n)
    level = 3 + 0.4 * dosage + 0.01 * (age - 50) + rng.normal(0, 0.2, n)
    score = 40 - 3 * dosage * (arm == "exercise") + 0.3 * (dose - 5) ** 2 + rng.normal(0, 3, n)
    frame = pd.DataFrame(
        {
            "participant": [f"p{k}" for k in range(n)],
            "visit": "1",
            "time_point": "rest",
            "dosage": dosage.astype(float),
            "genotype": np.array(GENOTYPES, dtype=object)[dosage],
            "ancestry": rng.choice(["AFR", "EUR"], n),
            "age": age,
            "dose": dose,
            "arm": arm,
            "centre": rng.integers(1, 4, n).astype(float),
            "score": score,
            "ill": np.where(rng.random(n) < 1 / (1 + np.exp(1 - 0.5 * dosage)), "Yes", "no"),
            "week": rng.normal(30, 5, n),
            "sil6r_ng_ml": np.exp(level),
            "in_sil6r": True,
        }
    )
    again = frame.iloc[: n // 2].assign(visit="2", week=rng.normal(30, 5, n // 2))
    again["sil6r_ng_ml"] *= np.exp(rng.normal(0, 0.1, n // 2) - 0.01 * (again["week"] - 30))
    return pd.concat([frame, again]).sort_values(["participant", "visit"], ignore_index=True)


def asked(frame, seed=1, **keys):
    """The rows of one analysis."""
    one = Analysis(**{"name": "one", "label": "one", "outcome": "sil6r"} | keys)
    own = Cohort("c", frame, GENOTYPES, Plan({"one": one}, {}, {}, draws=0), "plan.yaml", {})
    table, flow = analyses.fit_cohort(own, None, seed)
    return ESTIMATES.check(table).set_index("stratum"), flow


def the_row(frame, **keys):
    return asked(frame, **keys)[0].loc["all"]


def covariates(*names):
    return tuple(map(Covariate, names))


def first_visits(people):
    return people[~people["participant"].duplicated()].reset_index(drop=True)


def expect(row, fit, term, errors="HC3"):
    """A row holds statsmodels' coefficient, error, interval and p-value."""
    low, high = fit.conf_int().loc[term]
    theirs = [fit.params[term], fit.bse[term], low, high, fit.pvalues[term]]
    assert row[["estimate", "se", "ci_low", "ci_high", "p_value"]].tolist() == pytest.approx(theirs, rel=1e-6)
    assert row["errors"] == errors


def test_an_interaction_is_the_product_s_coefficient(people):
    row = the_row(
        people, outcome="score", transform="none", interaction="arm", covariates=covariates("age", "ancestry")
    )
    fit = smf.ols("score ~ dosage * arm + age + ancestry", first_visits(people)).fit(
        cov_type="HC3", use_t=True
    )
    expect(row, fit, "dosage:arm[T.exercise]")
    assert (row["scale"], row["coding"], row["effect_allele"]) == (
        "difference",
        "additive, by arm, exercise against control",
        "C",
    )
    assert row["n"] == 400


def test_a_curve_s_estimate_is_its_square_tested_with_its_slope(people):
    row = the_row(people, outcome="score", transform="none", exposure="dose", shape="quadratic")
    one = first_visits(people)
    fit = smf.ols("score ~ x + I(x ** 2)", one.assign(x=one["dose"] - one["dose"].mean()))
    fit = fit.fit(cov_type="HC3", use_t=True)
    expect(row, fit, "I(x ** 2)")
    theirs = fit.f_test("x = 0, I(x ** 2) = 0")
    assert (row["joint_df"], row["joint_p_value"]) == (2, pytest.approx(float(theirs.pvalue), rel=1e-6))
    assert pd.isna(row["effect_allele"])


def test_a_curve_says_where_it_turns_with_the_delta_method_s_interval(people):
    def noted(frame):
        return the_row(frame, outcome="score", transform="none", exposure="dose", shape="quadratic")["note"]

    one = first_visits(people)
    x = one["dose"] - one["dose"].mean()
    fit = smf.ols("score ~ x + I(x ** 2)", one.assign(x=x)).fit(cov_type="HC3", use_t=True)
    turning = NonlinearDeltaCov(
        lambda b: np.array([-b[1] / (2 * b[2])]), fit.params.to_numpy(), fit.cov_params().to_numpy()
    )
    point = one["dose"].mean() + turning.predicted()[0]
    half = stats.t.ppf(0.975, fit.df_resid) * np.sqrt(turning.cov()[0, 0])
    low, high = point - half, point + half
    # The truth is 5.
    assert low < 5 < high
    assert noted(one) == f"lowest where dose is {point:.3g} (95 % interval {low:.3g} to {high:.3g})"
    assert noted(one.assign(score=one["age"])) == (
        "the curvature may be of either sign, so that no turning point is told"
    )
    rising = one["age"] - (one["dose"] - 20) ** 2
    assert noted(one.assign(score=rising)) == "highest beyond the values of dose here"


def test_within_and_between_people_are_adjusted_for_each_other(people):
    frame = people.assign(
        between=people.groupby("participant")["week"].transform("mean"), y=np.log(people["sil6r_ng_ml"])
    )
    frame["within"] = frame["week"] - frame["between"]
    fit = smf.ols("y ~ within + between", frame).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(frame["participant"])[0]}, use_t=True
    )
    for part in ("within", "between"):
        row = the_row(people, exposure="week", part=part)
        assert row["estimate"] == pytest.approx(fit.params[part], rel=1e-6)
        # Theirs are CR1, which hardly differs from CR2 at 400 people.
        assert row["se"] == pytest.approx(fit.bse[part], rel=0.02)
        assert row["errors"] == "cluster-robust by participant"
        assert row["df"] < 399
        assert (row["n"], row["n_participants"]) == (600, 400)


def test_a_random_intercept_takes_a_person_s_rows_together(people):
    row = the_row(
        people, exposure="week", part="within", family="mixed", random="participant", errors="model"
    )
    robust = the_row(people, exposure="week", part="within", family="mixed", random="participant")
    slopes = the_row(
        people, exposure="week", part="within", family="mixed", random="participant", random_slope=True
    )
    frame = people.assign(
        between=people.groupby("participant")["week"].transform("mean"), y=np.log(people["sil6r_ng_ml"])
    )
    frame["within"] = frame["week"] - frame["between"]
    fit = smf.mixedlm("y ~ within + between", frame, groups=frame["participant"]).fit(reml=True)
    assert row["estimate"] == pytest.approx(fit.params["within"], rel=1e-3)
    assert row["se"] == pytest.approx(fit.bse["within"], rel=1e-3)
    assert (row["errors"], robust["errors"]) == ("model", "CR2")
    assert robust["estimate"] == row["estimate"]
    assert robust["se"] == pytest.approx(row["se"], rel=0.2)
    # Half of 400 people have two visits.
    assert robust["df"] < row["df"] < 200
    assert slopes["note"] == "not more rows than random intercepts and slopes"


def test_an_outcome_of_the_person_has_one_row_and_the_mean_of_what_varies(people):
    row = the_row(people, outcome="score", transform="none", exposure="week")
    one = first_visits(people).assign(week=people.groupby("participant", sort=True)["week"].mean().to_numpy())
    expect(row, smf.ols("score ~ week", one).fit(cov_type="HC3", use_t=True), "week")
    assert row["n"] == 400


def test_ranks_subsets_splines_and_factors_are_what_they_are_called(people):
    row = the_row(
        people,
        outcome="score",
        errors="HC3",
        transform="rank",
        subset={"age": {"min": 40, "max": 60}, "arm": ["control"]},
        covariates=(Covariate("age", spline=3), Covariate("centre", factor=True)),
    )
    one = first_visits(people)
    one = one[one["age"].between(40, 60) & (one["arm"] == "control")]
    y = stats.norm.ppf((stats.rankdata(one["score"]) - 0.375) / (len(one) + 0.25))
    # A natural spline with the same knots spans the same space whatever its basis.
    knots = np.quantile(one["age"], [1 / 3, 2 / 3])
    low, high = one["age"].min(), one["age"].max()
    fit = smf.ols(
        f"y ~ dosage + C(centre) + cr(age, knots={knots.tolist()}, lower_bound={low}, upper_bound={high})",
        one.assign(y=y),
    ).fit(cov_type="HC3", use_t=True)
    expect(row, fit, "dosage")
    assert (row["scale"], row["n"]) == ("sd", len(one))
    assert row["covariates"] == "spline(age, 3), factor(centre)"


def test_the_mean_of_an_outcome_is_estimated_with_its_error(people):
    row = the_row(people, outcome="score", transform="none", exposure="mean", covariates=covariates("age"))
    one = first_visits(people)
    fit = smf.ols("score ~ c", one.assign(c=one["age"] - one["age"].mean())).fit(cov_type="HC3", use_t=True)
    expect(row, fit, "Intercept")
    assert row["coding"] == "mean"


@pytest.mark.parametrize(
    ("coding", "contrast", "formula", "term"),
    [
        ("dominant", "AA against C carriers", "aa", "aa"),
        ("dominant", "C carriers against AA", "carrier", "carrier"),
        ("recessive", "CC against A carriers", "cc", "cc"),
        ("genotypic", "CC against AA", "ac + cc", "cc"),
        ("genotypic", "AA against AC", "aa + cc", "aa"),
    ],
)
def test_codings_are_indicators_of_genotypes(people, coding, contrast, formula, term):
    row = the_row(people, outcome="score", transform="none", coding=coding, contrast=contrast)
    one = first_visits(people)
    is_a = {name.lower(): (one["genotype"] == name).astype(float) for name in GENOTYPES}
    one = one.assign(**is_a, carrier=1 - is_a["aa"])
    fit = smf.ols(f"score ~ {formula}", one).fit(cov_type="HC3", use_t=True)
    expect(row, fit, term)
    assert row["coding"] == contrast
    if coding == "genotypic":
        names = formula.split(" + ")
        joint = fit.f_test(", ".join(f"{name} = 0" for name in names))
        assert row["joint_p_value"] == pytest.approx(float(joint.pvalue), rel=1e-6)


def test_yes_and_no_in_any_case_are_cases_and_controls(people):
    row = the_row(people, outcome="ill", transform="none", family="binomial", errors="model")
    one = first_visits(people)
    cases = (one["ill"] == "Yes").astype(float)
    fit = sm.Logit(cases, sm.add_constant(one["dosage"])).fit(disp=False)
    assert row[["estimate", "se"]].tolist() == pytest.approx(
        [fit.params["dosage"], fit.bse["dosage"]], rel=1e-5
    )
    assert (row["scale"], row["n_cases"]) == ("log_odds", cases.sum())
    assert row["percent"] == pytest.approx(100 * np.expm1(row["estimate"]))


def test_strata_are_rows_of_their_own_without_their_own_covariate(people):
    table, _ = asked(people, outcome="score", transform="none", strata="ancestry", errors="HC3",
                     covariates=covariates("age", "ancestry"))  # fmt: skip
    assert list(table.index) == ["all", "AFR", "EUR"]
    one = first_visits(people)
    fit = smf.ols("score ~ dosage + age", one[one["ancestry"] == "AFR"]).fit(cov_type="HC3", use_t=True)
    expect(table.loc["AFR"], fit, "dosage")
    assert table["n"].loc["all"] == table["n"].loc["AFR"] + table["n"].loc["EUR"]


def test_a_correlation_given_covariates_is_that_of_what_they_leave(people):
    keys = {"outcome": "score", "transform": "none", "exposure": "dose", "covariates": covariates("age")}
    row, slope = the_row(people, **keys, estimate="correlation"), the_row(people, **keys)
    one = first_visits(people)
    left = [smf.ols(f"{name} ~ age", one).fit().resid for name in ("score", "dose")]
    assert row["estimate"] == pytest.approx(np.corrcoef(*left)[0, 1], rel=1e-9)
    assert row[["p_value", "df", "errors"]].tolist() == slope[["p_value", "df", "errors"]].tolist()
    assert (row["scale"], row["model"]) == ("correlation", "partial correlation")
    # Fisher 1921: of many people z has the standard error 1 / sqrt(n).
    z = np.arctanh(row[["estimate", "ci_low", "ci_high"]].astype(float))
    assert np.diff(z) == pytest.approx([-1.96 / 20, 2 * 1.96 / 20], rel=0.15)


def test_a_correlation_within_people_is_of_those_with_several_rows(people):
    keys = {"exposure": "week", "part": "within", "estimate": "correlation"}
    rows, flow = asked(people, **keys, covariates=covariates("age"))
    row = rows.loc["all"]
    assert (row["n"], row["n_participants"], row["errors"]) == (400, 200, "cluster-robust by participant")
    counts = flow[flow["reason"] == "a single sample of the person"].set_index("counted")["dropped"]
    assert counts.to_dict() == {"participants": 200, "person-visits": 200}
    twice = people[people["participant"].duplicated(keep=False)]
    away = pd.DataFrame({"x": twice["week"], "y": np.log(twice["sil6r_ng_ml"])})
    away -= away.groupby(twice["participant"]).transform("mean")
    assert row["estimate"] == pytest.approx(away.corr().loc["x", "y"], rel=1e-9)
    assert row["note"] == "left out as constant or redundant, in whole or in part: age"
    assert pd.isna(the_row(first_visits(people), **keys)["estimate"])


def test_a_correlation_with_values_below_a_limit_is_pooled_as_fishers_z(people):
    one = first_visits(people)
    limit = one["sil6r_ng_ml"].quantile(0.2)
    below = one["sil6r_ng_ml"] < limit
    measured = one["sil6r_ng_ml"].clip(lower=limit)
    rng = np.random.default_rng(3)
    one["mood"] = np.log(one["sil6r_ng_ml"]) + 0.5 * rng.normal(size=len(one))
    censored = one.assign(
        sil6r_ng_ml=measured, sil6r_low_ng_ml=measured.mask(below, 0), sil6r_high_ng_ml=measured
    )
    keys = {"outcome": "mood", "transform": "none", "exposure": "sil6r", "exposure_transform": "log"}
    full = the_row(one, **keys, estimate="correlation")
    row = the_row(censored, **keys, estimate="correlation")
    at_limit = np.corrcoef(one["mood"], np.log(measured))[0, 1]
    assert abs(row["estimate"] - full["estimate"]) < abs(at_limit - full["estimate"]) / 2
    assert -1 < row["ci_low"] < row["estimate"] < row["ci_high"] < 1
    assert row["n_exposure_censored"] == below.sum()


def test_many_groups_give_what_one_column_for_each_would(people):
    rng = np.random.default_rng(1)
    one = first_visits(people).assign(plate=rng.choice([f"q{k}" for k in range(40)], 400))
    row = the_row(one, covariates=covariates("age", "plate"))
    fit = smf.ols("np.log(sil6r_ng_ml) ~ dosage + age + plate", one).fit(cov_type="HC3", use_t=True)
    expect(row, fit, "dosage")


def test_holm_and_benjamini_hochberg_count_what_was_estimated(people):
    names = ("age", "dose", "score", "week", "absent")
    of = {
        f"{name}_{priority}": Analysis(
            f"{name}_{priority}", "", name, transform="none", priority=priority, optional=True
        )
        for name in names
        for priority in ("primary", "secondary")
    }
    own = Cohort("c", people, GENOTYPES, Plan(of, {}, {}, draws=0), "plan.yaml", {})
    table = analyses.fit_cohort(own, None, 1)[0].set_index("analysis")
    assert table.loc["absent_primary", "note"] == "the cohort has no such measurement"
    p = table.loc[[f"{name}_primary" for name in names[:4]], "p_value"].astype(float).to_numpy()
    order = np.argsort(p)
    holm, fdr = np.empty(4), np.empty(4)
    # Holm 1979 and Benjamini & Hochberg 1995, by their definitions.
    holm[order] = np.minimum(np.maximum.accumulate(p[order] * [4, 3, 2, 1]), 1)
    fdr[order] = np.minimum.accumulate((p[order] * 4 / [1, 2, 3, 4])[::-1])[::-1]
    for priority, adjusted in (("primary", holm), ("secondary", fdr)):
        found = table.loc[[f"{name}_{priority}" for name in names[:4]], "p_adjusted"]
        assert found.tolist() == pytest.approx(adjusted)


def test_p_values_are_adjusted_as_statsmodels_does():
    for p in (np.random.default_rng(1).random(30) ** 3, np.array([0.02, 0.02, 0.9, 0.9]), np.array([0.3])):
        assert multiple_testing.holm(p) == pytest.approx(multipletests(p, method="holm")[1], rel=1e-14)
        expected = multipletests(p, method="fdr_bh")[1]
        assert multiple_testing.benjamini_hochberg(p) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            {"outcome": "shoe_size"},
            "plan.yaml, analysis one: its outcome 'shoe_size' is no column in cohort c; correct the name",
        ),
        (
            {"exposure": "shoe_size"},
            "plan.yaml, analysis one: its exposure 'shoe_size' is no column in cohort c; correct the name",
        ),
        (
            {"interaction": "shoe_size"},
            "plan.yaml, analysis one: its interaction 'shoe_size' is no column in cohort c; correct the name",
        ),
        ({"subset": {"shoe_size": 3}}, "its subset 'shoe_size' is no column in cohort c; correct the name"),
        (
            {"covariates": covariates("shoe_size")},
            "cohort c: the covariate 'shoe_size' of the analysis one is no column to adjust for; add it",
        ),
        (
            {"outcome": "arm", "family": "binomial", "transform": "none"},
            "its outcome 'arm' is not always yes or no in cohort c; write yes or no",
        ),
        (
            {"outcome": "arm", "transform": "none"},
            "its outcome 'arm' does not hold numbers only in cohort c; give",
        ),
    ],
)
def test_what_the_plan_misspells_is_a_mistake_told_in_one_sentence(people, keys, said):
    with pytest.raises(InputError) as found:
        asked(people, **keys)
    assert said in str(found.value)


@pytest.mark.parametrize(
    ("keys", "changes", "note"),
    [
        ({"outcome": "shoe_size", "optional": True}, {}, "the cohort has no such measurement"),
        (
            {"outcome": "arm", "family": "binomial", "transform": "none", "optional": True},
            {},
            "its outcome 'arm' is not always yes or no; write yes or no",
        ),
        (
            {"outcome": "arm", "transform": "none", "optional": True},
            {},
            "its outcome 'arm' does not hold numbers only; give numbers",
        ),
        ({"exposure": "shoe_size", "optional": True}, {}, "no shoe_size here"),
        ({"outcome": "score", "transform": "none"}, {"score": 3.0}, "everybody has the same value"),
        ({}, {"dosage": 0.0, "genotype": "AA"}, "everybody has the same dosage; nobody is AC; nobody is CC"),
        (
            {"coding": "genotypic", "contrast": "CC against AA"},
            {"dosage": 0.0, "genotype": "AA"},
            "nobody is AC; nobody is CC",
        ),
        ({"exposure": "dose"}, {"dose": 1.0}, "everybody has the same dose"),
        ({"interaction": "arm"}, {"arm": "control"}, "everybody has the same arm"),
        (
            {"interaction": "visit"},
            {"visit": ["1", "2", "3"] * 200},
            "visit has 3 groups; an interaction needs two",
        ),
        ({"exposure": "arm", "contrast": "diet against control"}, {}, "nobody has arm 'diet'"),
        ({"covariates": covariates("dose", "age")}, {"dose": None}, "the exposure is made up of covariates"),
        ({"subset": {"arm": "diet"}}, {}, "nobody is in the subset by arm"),
        (
            {"strata": "shoe_size", "outcome": "score", "subset": {"dose": {"min": 99}}},
            {},
            "in the subset by dose",
        ),
        ({"exposure": "centre", "contrast": "high against low"}, {}, "nobody has centre 'high'"),
        ({"exposure": "arm", "shape": "quadratic"}, {}, "arm does not hold numbers only"),
        ({"exposure": "dose", "part": "within"}, {}, "dose does not vary within people"),
        (
            {"outcome": "ill", "transform": "none", "family": "binomial"},
            {"ill": "no"},
            "everybody has the same value",
        ),
    ],
)
def test_what_the_data_do_not_determine_is_a_note_and_no_number(people, keys, changes, note):
    changed = people.assign(**changes)
    if changes.get("dose", 0) is None:
        changed["dose"] = 3 * changed["dosage"] + 1
    row = the_row(changed, **keys)
    assert pd.isna(row["estimate"])
    assert note in row["note"]


def test_fewer_people_than_terms_are_a_note_even_where_they_have_many_rows(people):
    few = people[people["participant"].isin(["p0", "p1", "p10", "p11", "p100"])]
    row = the_row(few, covariates=covariates("age", "dose", "score"))
    assert row["note"] == "too few participants for 5 terms"
    assert row["n"] > row["n_participants"]
    primary = {"priority": "primary", "covariates": covariates("age", "dose", "score")}
    with pytest.raises(
        InputError, match="cohort c, analysis one: 5 participants are too few for a model of 5 terms"
    ):
        asked(few, **primary)


def test_groups_written_as_numbers_are_compared_as_groups(people):
    one = first_visits(people).assign(treated=lambda x: (x["arm"] == "exercise").astype(float))
    row = the_row(one, exposure="treated", contrast="yes against no")
    same = the_row(one, exposure="arm", contrast="exercise against control")
    assert row["estimate"] == pytest.approx(same["estimate"], rel=1e-12)
    row = the_row(one.assign(treated=one["treated"] + 1), exposure="treated", contrast="1 against 2")
    assert row["estimate"] == pytest.approx(-same["estimate"], rel=1e-12)


def test_an_interaction_s_column_may_be_a_covariate_too(people):
    keys = {"outcome": "score", "transform": "none", "interaction": "arm"}
    row = the_row(people, **keys, covariates=covariates("age", "arm"))
    assert row["estimate"] == the_row(people, **keys, covariates=covariates("age"))["estimate"]


def test_yes_in_a_subset_is_what_tables_write(people):
    row = the_row(people, outcome="score", transform="none", subset={"ill": [True, "Yes"], "centre": "2"})
    one = first_visits(people)
    assert row["n"] == ((one["ill"] == "Yes") & (one["centre"] == 2)).sum()


def test_a_person_without_the_samples_asked_for_has_none_of_their_values(people):
    frame = people.copy()
    # The first 30 people gave blood after exercise only.
    late = frame["participant"].isin(frame["participant"].unique()[:30])
    frame.loc[late, "time_point"] = "post-exercise"
    row = the_row(frame, outcome="score", transform="none", exposure="sil6r", exposure_transform="log")
    assert row["n"] == 370
    assert (
        the_row(frame, outcome="score", transform="none", exposure="sil6r", samples="after_exercise")["n"]
        == 30
    )
    one = first_visits(frame)
    row = the_row(one, outcome="score", transform="none", exposure="sil6r")
    assert row["n"] == 370


def test_no_group_of_a_covariate_is_named_in_a_note(people):
    one = first_visits(people).assign(
        street=[f"Road {k // 4}" for k in range(400)], house=[f"{k // 4}" for k in range(400)]
    )
    row = the_row(one, outcome="score", transform="none", covariates=covariates("street", "house"))
    assert row["note"] == "left out as constant or redundant, in whole or in part: house"


def test_strata_are_few_and_none_is_called_all(people):
    with pytest.raises(
        InputError, match="its strata column 'age' has 400 groups in cohort c; name a column of at most 20"
    ):
        asked(people, outcome="score", transform="none", strata="age")
    with pytest.raises(
        InputError, match="its strata column 'arm' has a group called 'all' in cohort c; name a"
    ):
        asked(people.replace({"arm": {"control": "all"}}), outcome="score", transform="none", strata="arm")


def test_a_note_tells_where_a_model_s_p_and_its_permutation_p_differ_more_than_tenfold(people):
    outlier = people.assign(score=np.where(people["dosage"] == 2, 0.02, 0.0) + 0.001 * people["score"])
    outlier.loc[outlier.index[outlier["dosage"] == 2][0], "score"] = 30.0
    own = {"one": Analysis("one", "", "score", transform="none", priority="primary")}
    text = "the model's p and the permutation p differ more than tenfold"
    for frame, noted in ((people, False), (outlier, True)):
        cohort = Cohort("c", frame, GENOTYPES, Plan(own, {}, {}, draws=199), "plan.yaml", {})
        row = analyses.fit_cohort(cohort, None, 1)[0].loc[0]
        # What 199 permutations cannot tell from their least is no difference.
        ratio = max(row["p_value"], 0.005) / row["p_permutation"]
        assert (not 0.1 <= ratio <= 10) == noted
        assert (text in str(row["note"])) == noted


def test_a_primary_mean_has_no_permutation_and_one_that_fails_no_number(people):
    own = {"one": Analysis("one", "", "score", transform="none", exposure="mean", priority="primary")}
    cohort = Cohort("c", people, GENOTYPES, Plan(own, {}, {}, draws=99), "plan.yaml", {})
    assert pd.isna(analyses.fit_cohort(cohort, None, 1)[0].loc[0, "p_permutation"])


def test_three_carriers_have_no_permutation_p_value_and_the_note_says_why(people):
    own = {"one": Analysis("one", "", "score", transform="none", priority="primary")}
    some = people.groupby("participant").head(1).head(40)
    for carriers, noted in ((3, True), (4, False)):
        frame = some.assign(dosage=np.where(np.arange(40) < carriers, 1.0, 0.0))
        frame["genotype"] = np.array(GENOTYPES)[frame["dosage"].astype(int)]
        cohort = Cohort("c", frame, GENOTYPES, Plan(own, {}, {}, draws=99), "plan.yaml", {})
        row = analyses.fit_cohort(cohort, None, 1)[0].loc[0]
        text = "no permutation p-value, since fewer than 4 people carry one of the alleles"
        assert (pd.isna(row["p_permutation"]), text in str(row["note"])) == (noted, noted)
        assert np.isfinite(row["estimate"])
