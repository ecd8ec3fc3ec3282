"""Estimates against PLINK 2 and R on the same data."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from conftest import call, program
from forked_r import has_package, printed_by_r

from il6r.association import least_squares
from il6r.tables.association import ESTIMATES, EVERYBODY, GENOTYPE_MEANS
from il6r.tables.cohort import ANALYSIS_SET

PERSON = ("age", "sex", "bmi", "ancestry")


@pytest.fixture
def results(reduced):
    return reduced


def analysis_set(results, cohort, outcome, covariates=PERSON):
    """The rows of one outcome that have every covariate, and none of whose groups has one member."""
    frame = ANALYSIS_SET.read(results / cohort / "cohort" / "analysis_set.parquet")
    frame = frame[frame[f"in_{outcome}"]].dropna(subset=list(covariates))
    for name in {"plate", "ancestry"} & set(covariates):
        people = frame.groupby(name)["participant"].transform("nunique")
        frame = frame[people > 1]
    return frame.reset_index(drop=True)


def columns_of(frame, covariates):
    """Covariates as columns: numbers centred, text as one indicator per group but the first."""
    columns = pd.get_dummies(frame[covariates], drop_first=True, dtype=float)
    return columns - columns.mean()


def estimate(results, cohort, analysis):
    table = ESTIMATES.read(results / cohort / "association" / "estimates.tsv")
    return table[table["stratum"] == EVERYBODY].set_index("analysis").loc[analysis]


@pytest.mark.parametrize(
    ("cohort", "outcome", "column", "covariates"),
    [
        ("sequenced", "sil6r", "sil6r_ng_ml", ["age", "sex", "bmi", "ancestry", "plate"]),
        ("sequenced", "activity", "enmo_mg", ["age", "sex", "bmi", "ancestry", "wear_h"]),
        ("imputed", "activity", "enmo_mg", ["age", "sex", "bmi", "ancestry", "wear_h"]),
    ],
)
def test_additive_estimates_equal_plink2_glm(results, tmp_path, cohort, outcome, column, covariates):
    frame = analysis_set(results, cohort, outcome, covariates)
    frame = frame.assign(y=np.log(frame[column]))
    table = columns_of(frame, covariates)
    full = sm.add_constant(np.column_stack([frame["dosage"], table.to_numpy()]))
    table.columns = [f"c{number}" for number in range(table.shape[1])]
    table.insert(0, "#IID", frame["sample"])
    table.to_csv(tmp_path / "covar.tsv", sep="\t", index=False)
    frame[["sample", "y"]].rename(columns={"sample": "#IID"}).to_csv(
        tmp_path / "pheno.tsv", sep="\t", index=False
    )
    made = results / "synthetic" / cohort
    form, at = ["--vcf", made / "genotypes.vcf.gz"], "154454494"
    if cohort == "imputed":
        form, at = ["--bcf", made / "genotypes.bcf", "dosage=DS"], "154426970"
    call(
        program("plink2"), *form, "--chr", "1", "--from-bp", at, "--to-bp", at, "--max-alleles", "2",
        "--allow-extra-chr",
        "--pheno", tmp_path / "pheno.tsv", "--covar", tmp_path / "covar.tsv", "--covar-variance-standardize",
        "--glm", "omit-ref", "hide-covar", "--out", tmp_path / "glm",
    )  # fmt: skip
    theirs = pd.read_csv(tmp_path / "glm.y.glm.linear", sep="\t").iloc[0]
    ours = estimate(results, cohort, f"{outcome}_additive")
    assert theirs["A1"] == ours["effect_allele"] == "C"
    assert theirs["OBS_CT"] == ours["n"]
    assert ours["estimate"] == pytest.approx(theirs["BETA"], rel=1e-4)
    # Its errors assume equal variances; with those ours are the same too.
    classical = sm.OLS(frame["y"].to_numpy(), full).fit().bse[1]
    assert classical == pytest.approx(theirs["SE"], rel=1e-4)


def r_numbers(script):
    """The numbers that an R script prints."""
    return [float(x) for x in printed_by_r(script).split()]


def needs_r_package(name):
    if not has_package(name):
        pytest.skip(f"R's {name} is not installed")


def test_the_censored_model_equals_rs_survreg(results, tmp_path):
    needs_r_package("survival")
    frame = analysis_set(results, "imputed", "sil6r", [*PERSON, "plate"])
    assert frame["sil6r_censored"].sum() > 3
    # Without a bound where there is none, as R has it.
    bounds = {
        name: np.log(frame[f"sil6r_{name}_ng_ml"].where(lambda x: (x > 0) & np.isfinite(x)).astype(float))
        for name in ("low", "high")
    }
    frame.assign(**bounds).to_csv(tmp_path / "data.csv", index=False)
    script = f"""library(survival); d <- read.csv('{tmp_path}/data.csv')
    f <- survreg(Surv(low, high, type='interval2') ~ dosage + age + sex + bmi + plate, data=d,
                 dist='gaussian', control=survreg.control(rel.tolerance=1e-12))
    cat(format(c(coef(f)['dosage'], f$scale), digits=12))"""
    theirs = r_numbers(script)
    ours = estimate(results, "imputed", "sil6r_additive")
    assert ours["model"] in ("left-censored normal", "interval-censored normal")
    assert ours["estimate"] == pytest.approx(theirs[0], rel=1e-6)


def test_hc3_and_clustered_errors_equal_rs_sandwich_and_clubsandwich(results, tmp_path):
    needs_r_package("sandwich")
    needs_r_package("clubSandwich")
    for cohort, analysis in (("sequenced", "sil6r_additive"), ("longitudinal", "sil6r_additive")):
        analysis_set(results, cohort, "sil6r", [*PERSON, "plate"]).to_csv(
            tmp_path / f"{cohort}.csv", index=False
        )
        kind = (
            "vcovHC(f, type='HC3')"
            if cohort == "sequenced"
            else "as.matrix(clubSandwich::vcovCR(f, cluster=d$participant, type='CR2'))"
        )
        script = f"""library(sandwich); d <- read.csv('{tmp_path}/{cohort}.csv')
        f <- lm(log(sil6r_ng_ml) ~ dosage + age + sex + bmi + ancestry + plate, data=d)
        cat(format(c(coef(f)['dosage'], sqrt({kind}['dosage', 'dosage'])), digits=12))"""
        theirs = r_numbers(script)
        ours = estimate(results, cohort, analysis)
        assert ours[["estimate", "se"]].astype(float).tolist() == pytest.approx(theirs, rel=1e-6)


def test_clustered_errors_ignore_the_order_of_rows(results):
    frame = analysis_set(results, "longitudinal", "sil6r")
    shuffled = frame.sample(frac=1, random_state=1)
    found = []
    for table in (frame, shuffled):
        clusters = np.unique(table["participant"], return_inverse=True)[1]
        matrix = sm.add_constant(table["dosage"].to_numpy())
        y = np.log(table["sil6r_ng_ml"].to_numpy())
        found.append(least_squares.fit(y, matrix, clusters=clusters).term(1).se)
    assert found[0] == pytest.approx(found[1], rel=1e-9)


def test_adjusted_means_by_genotype_equal_predictions_of_rs_lm_at_the_covariates_means(results, tmp_path):
    if not has_package("sandwich"):
        pytest.skip("R's sandwich is not installed")
    covariates = ["age", "sex", "bmi", "ancestry", "wear_h"]
    frame = analysis_set(results, "sequenced", "activity", covariates)
    frame = frame.assign(y=np.log(frame["enmo_mg"]))
    frame[["y", "genotype", *covariates]].to_csv(tmp_path / "data.csv", index=False, float_format="%.17g")
    # What `predict` makes of every covariate at its mean, of a factor's indicators too, with HC3's errors.
    printed = printed_by_r(
        f"d <- read.csv('{tmp_path / 'data.csv'}', stringsAsFactors=TRUE)\n"
        "x <- model.matrix(~ age + sex + bmi + ancestry + wear_h, d)[, -1]\n"
        "f <- lm(d$y ~ d$genotype + x)\n"
        "at <- cbind(1, contrasts(d$genotype), matrix(colMeans(x), 3, ncol(x), byrow=TRUE))\n"
        "mean <- as.vector(at %*% coef(f))\n"
        "half <- qt(0.975, f$df.residual) * sqrt(diag(at %*% sandwich::vcovHC(f, type='HC3') %*% t(at)))\n"
        "cat(levels(d$genotype), '\\n')\n"
        "for (one in list(mean, mean - half, mean + half)) cat(format(exp(one), digits=15), '\\n')\n"
    )
    genotypes, *rows = [line.split() for line in printed.splitlines()]
    theirs = pd.DataFrame(np.array(rows, dtype=float).T, index=genotypes)
    means = GENOTYPE_MEANS.read(results / "sequenced" / "association" / "genotype_means.tsv")
    ours = means[means["outcome"] == "enmo_mg"].set_index("genotype").loc[genotypes]
    assert set(ours["adjusted_for"]) == {", ".join(covariates)}
    ours = ours[["adjusted_mean", "adjusted_low", "adjusted_high"]].astype(float)
    np.testing.assert_allclose(ours["adjusted_mean"], theirs[0], rtol=1e-6)
    # The mean of a genotype that fewer than 50 people have takes its own degrees of freedom for its interval.
    many = (frame["genotype"].value_counts()[genotypes] >= 50).to_numpy()
    assert list(many) == [True, True, False]
    np.testing.assert_allclose(ours[many], theirs[many], rtol=1e-6)
    few = ours[~many].to_numpy()[0] / theirs[~many].to_numpy()[0]
    assert 0.99 < few[1] < 1 < few[2] < 1.01
