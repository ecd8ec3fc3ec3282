"""Logistic, mixed, quasi-Poisson and two-stage models, and correlations, against R's on the same data."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from forked_r import has_package, printed_by_r

from il6r.association import (
    causal_readings,
    explained,
    imputation,
    instrument,
    least_squares,
    logistic,
    mixed,
    quasi_poisson,
)
from il6r.association.coefficients import Fit
from il6r.association.selection import Cohort
from il6r.plan import Causal, Covariate, Plan


@pytest.fixture
def fitted(tmp_path):
    """A function that gives R a table `d` and returns the numbers of the list `found` that its code makes."""

    def run(frame: pd.DataFrame, packages: str, code: str) -> dict[str, np.ndarray]:
        """Numbers by name; skips where one of R's packages is not installed."""
        for package in packages.split():
            if not has_package(package):
                pytest.skip(f"R's {package} is not installed")
        frame.to_csv(tmp_path / "data.csv", index=False, float_format="%.17g")
        loaded = "; ".join(
            f"suppressPackageStartupMessages(library({package}))" for package in packages.split()
        )
        printed = printed_by_r(
            f"{loaded}\nd <- read.csv('{tmp_path / 'data.csv'}')\n{code}\n"
            "for (name in names(found)) cat(name, format(as.numeric(found[[name]]), digits=15), '\\n')\n"
        )
        lines = [line.split() for line in printed.splitlines()]
        return {name: np.array(values, dtype=float) for name, *values in lines}

    return run


def people(n, seed, sizes=(1, 4)):
    """Rows of families of one to four: dosage, age, sex, plate, exposure, and outcomes of every kind."""
    rng = np.random.default_rng(seed)
    family = np.repeat(np.arange(n), rng.integers(sizes[0], sizes[1] + 1, n))[:n]
    frame = pd.DataFrame({"family": family, "dosage": rng.binomial(2, 0.39, n), "age": rng.normal(50, 10, n)})
    frame["sex"] = rng.integers(0, 2, n)
    shared, hidden = rng.normal(size=n)[family], rng.normal(size=n)
    frame["exposure"] = 3.3 + 0.3 * frame["dosage"] + 0.002 * frame["age"] + 0.3 * hidden
    frame["y"] = 2 + 0.2 * frame["dosage"] - 0.3 * frame["exposure"] + 0.5 * shared + 0.6 * hidden
    frame["y"] += rng.normal(size=n) * (0.3 + 0.1 * frame["dosage"])
    odds = np.exp(-1 + 0.3 * frame["dosage"] + 0.02 * (frame["age"] - 50) + 0.5 * shared)
    frame["case"] = (rng.random(n) < odds / (1 + odds)).astype(int)
    frame["met"] = np.where(rng.random(n) < 0.1, 0, np.exp(7 - 0.1 * frame["dosage"] + 0.5 * hidden + shared))
    return frame


def matrix(frame, *columns):
    """Intercept and columns."""
    return np.column_stack([np.ones(len(frame)), frame[list(columns)]])


def errors_of(coefficients):
    """Standard errors of all terms."""
    return np.sqrt(np.diag(coefficients.covariance))


@pytest.mark.parametrize("n", [60, 1_000])
def test_logistic_regression_and_its_errors_equal_rs_glm_and_sandwich(fitted, n):
    frame = people(n, seed=n)
    theirs = fitted(
        frame,
        "sandwich",
        """f <- glm(case ~ dosage + age + sex, data=d, family=binomial, epsilon=1e-14, maxit=100)
        found <- list(coef=coef(f), model=sqrt(diag(vcov(f))), hc3=sqrt(diag(vcovHC(f, type='HC3'))),
          likelihood=logLik(f), p=summary(f)$coefficients[, 4])""",
    )
    y, columns = frame["case"].to_numpy(float), matrix(frame, "dosage", "age", "sex")
    model = logistic.fit(y, columns, term=1, errors="model")
    assert model.params == pytest.approx(theirs["coef"], rel=1e-7)
    assert errors_of(model) == pytest.approx(theirs["model"], rel=1e-7)
    assert model.log_likelihood == pytest.approx(theirs["likelihood"][0], rel=1e-10)
    assert [model.term(k).p_value for k in range(4)] == pytest.approx(theirs["p"], rel=1e-6)
    assert errors_of(logistic.fit(y, columns, term=1)) == pytest.approx(theirs["hc3"], rel=1e-7)


def test_firths_fit_profile_and_test_equal_a_maximisation_in_r(fitted):
    frame = people(70, seed=5)
    # Everybody with two copies is a case.
    frame["case"] = frame["case"].where(frame["dosage"] < 2, 1)
    frame["two"] = (frame["dosage"] == 2).astype(int)
    theirs = fitted(
        frame.assign(age=(frame["age"] - 50) / 10),
        "",
        """x <- cbind(1, d$two, d$age, d$sex)
        value <- function(b) { p <- plogis(x %*% b); w <- as.vector(p * (1 - p))
          sum(d$case * log(p) + (1 - d$case) * log1p(-p)) + log(det(crossprod(x * w, x))) / 2 }
        climb <- function(f, b) { for (i in 1:20) b <- optim(b, f, method='BFGS',
          control=list(fnscale=-1, reltol=1e-16, maxit=1000))$par; b }
        best <- climb(value, c(0, 0, 0, 0)); top <- value(best)
        fall <- function(at) { f <- function(b) value(c(b[1], at, b[2:3]))
          2 * (top - f(climb(f, best[-2]))) }
        beyond <- function(at) fall(at) - qchisq(0.95, 1)
        end <- function(from, to) uniroot(beyond, c(from, to), tol=1e-10)$root
        found <- list(coef=best, value=top, low=end(best[2] - 8, best[2]), high=end(best[2], best[2] + 20),
          p=pchisq(fall(0), 1, lower.tail=FALSE))""",
    )
    columns = matrix(frame.assign(age=(frame["age"] - 50) / 10), "two", "age", "sex")
    ours = logistic.fit(frame["case"].to_numpy(float), columns, term=1)
    found = ours.term(1)
    assert found.model == "Firth logistic regression"
    assert ours.log_likelihood == pytest.approx(theirs["value"][0], rel=1e-9)
    assert ours.params == pytest.approx(theirs["coef"], rel=1e-5)
    # What R's maximiser leaves of the way to the top, where the fall is flat, is seen in the ends.
    assert (found.ci_low, found.ci_high) == pytest.approx((theirs["low"][0], theirs["high"][0]), rel=1e-5)
    assert found.p_value == pytest.approx(theirs["p"][0], rel=1e-5)


@pytest.mark.parametrize(
    ("n", "sizes"), [(60, (1, 4)), (60, (2, 2)), (1_500, (1, 4)), (1_500, (3, 3)), (200, (2, 30))]
)
def test_the_random_intercept_equals_rs_lmer(fitted, n, sizes):
    frame = people(n, seed=n + sizes[1], sizes=sizes)
    theirs = fitted(
        frame,
        "lme4",
        """f <- lmer(y ~ dosage + age + sex + (1 | family), data=d, REML=TRUE, control=lmerControl(
          optimizer='nloptwrap', optCtrl=list(xtol_abs=1e-14, ftol_abs=1e-14, xtol_rel=1e-14, ftol_rel=1e-14,
          maxeval=100000), check.conv.singular='ignore'))
        found <- list(coef=fixef(f), covariance=as.matrix(vcov(f)), likelihood=logLik(f))""",
    )
    columns = matrix(frame, "dosage", "age", "sex")
    ours = mixed.fit(frame["y"].to_numpy(), columns, frame["family"].to_numpy(), errors="model")
    assert ours.params == pytest.approx(theirs["coef"], rel=1e-5)
    assert ours.covariance.ravel() == pytest.approx(theirs["covariance"], rel=1e-5)
    assert ours.log_likelihood == pytest.approx(theirs["likelihood"][0], rel=1e-10)


def test_the_random_intercept_beside_a_factor_of_thirty_plates_equals_rs_lmer(fitted):
    frame = people(900, seed=30)
    frame["plate"] = np.random.default_rng(31).integers(0, 30, 900)
    theirs = fitted(
        frame,
        "lme4",
        """f <- lmer(y ~ dosage + factor(plate) + (1 | family), data=d, REML=TRUE, control=lmerControl(
          optimizer='nloptwrap', optCtrl=list(xtol_abs=1e-14, ftol_abs=1e-14, xtol_rel=1e-14, ftol_rel=1e-14,
          maxeval=100000)))
        found <- list(coef=fixef(f), se=sqrt(diag(as.matrix(vcov(f)))))""",
    )
    plates = (frame["plate"].to_numpy()[:, None] == np.arange(1, 30)).astype(float)
    columns = np.column_stack([matrix(frame, "dosage"), plates])
    ours = mixed.fit(frame["y"].to_numpy(), columns, frame["family"].to_numpy(), errors="model")
    assert ours.params == pytest.approx(theirs["coef"], rel=1e-5)
    assert errors_of(ours) == pytest.approx(theirs["se"], rel=1e-5)


@pytest.mark.parametrize(("people", "visits"), [(8, (3, 8)), (14, (1, 9))])
def test_errors_and_degrees_of_freedom_equal_rs_club_sandwich_and_lmer_test(fitted, people, visits):
    rng = np.random.default_rng(people)
    person = np.repeat(np.arange(people), rng.integers(visits[0], visits[1] + 1, people))
    n = len(person)
    frame = pd.DataFrame({"person": person, "x": rng.normal(size=n), "z": rng.normal(size=people)[person]})
    frame["x"] -= frame.groupby("person")["x"].transform("mean")
    frame["square"] = frame["x"] ** 2
    frame["y"] = 1 + 0.2 * frame["z"] + 0.5 * rng.normal(size=people)[person] + 0.3 * rng.normal(size=n)
    frame["y"] += (0.3 + 0.4 * rng.normal(size=people)[person]) * frame["x"]
    theirs = fitted(
        frame,
        "lmerTest clubSandwich",
        """exact <- list(xtol_abs=1e-14, ftol_abs=1e-14, xtol_rel=1e-14, ftol_rel=1e-14, maxeval=100000)
        control <- lmerControl(optimizer='nloptwrap', optCtrl=exact, check.conv.singular='ignore')
        of <- function(f) {
          robust <- vcovCR(f, type='CR2')
          model <- summary(f, ddf='Satterthwaite')$coefficients
          list(coef=fixef(f), likelihood=logLik(f), model=model[, 2], df=model[, 3], p=model[, 5],
            cr2=sqrt(diag(robust)), cr2_df=coef_test(f, vcov=robust, test='Satterthwaite')$df_Satt,
            joint=Wald_test(f, constraints=constrain_zero(c(2, 4)), vcov=robust, test='HTZ')$p_val) }
        found <- c(intercept=of(lmer(y ~ x + z + square + (1 | person), data=d, control=control)),
          slope=of(lmer(y ~ x + z + square + (1 + x | person), data=d, control=control)))""",
    )
    y, columns = frame["y"].to_numpy(), matrix(frame, "x", "z", "square")
    for random, slope in (("intercept", None), ("slope", 1)):
        wanted = {name.split(".")[1]: values for name, values in theirs.items() if name.startswith(random)}
        robust = mixed.fit(y, columns, person, slope=slope)
        # Both maximisers stop where the likelihood is flat to its last digits.
        assert robust.params == pytest.approx(wanted["coef"], rel=1e-5)
        assert robust.log_likelihood == pytest.approx(wanted["likelihood"][0], rel=1e-9)
        assert errors_of(robust) == pytest.approx(wanted["cr2"], rel=1e-6)
        assert [robust.term(k).df for k in range(4)] == pytest.approx(wanted["cr2_df"], rel=1e-5)
        assert robust.joint([1, 3])[1] == pytest.approx(wanted["joint"][0], rel=1e-5)
        model = mixed.fit(y, columns, person, slope=slope, errors="model")
        assert errors_of(model) == pytest.approx(wanted["model"], rel=1e-6)
        assert [model.term(k).df for k in range(4)] == pytest.approx(wanted["df"], rel=1e-4)
        assert [model.term(k).p_value for k in range(4)] == pytest.approx(wanted["p"], rel=1e-4)


@pytest.mark.parametrize("n", [60, 1_000])
def test_the_model_of_the_mean_equals_rs_quasi_poisson_with_sandwich_errors(fitted, n):
    frame = people(n, seed=n + 1)
    theirs = fitted(
        frame,
        "sandwich",
        """f <- glm(met ~ dosage + age + sex, data=d, family=quasipoisson, epsilon=1e-14, maxit=100)
        found <- list(coef=coef(f), hc3=sqrt(diag(vcovHC(f, type='HC3'))))""",
    )
    y, columns = frame["met"].to_numpy(float), matrix(frame, "dosage", "age", "sex")
    ours = quasi_poisson.fit(y, columns, errors="HC3")
    assert ours.params == pytest.approx(theirs["coef"], rel=1e-7)
    assert errors_of(ours) == pytest.approx(theirs["hc3"], rel=1e-7)


@pytest.mark.parametrize(("n", "clustered"), [(60, False), (300, False), (60, True)])
def test_two_stage_least_squares_equals_rs_ivreg_with_robust_errors(fitted, n, clustered):
    frame = people(n, seed=62).assign(row=np.arange(n))
    # The error of two stages is that of the instrument's coefficient where the outcome has lost the estimate
    # times the exposure, over the first stage's.
    if clustered or n == 60:
        cluster = "family" if clustered else "row"
        of_instrument = f"""found <- coef_test(m, vcov='CR2', cluster=d${cluster}, test='Satterthwaite')
          as.numeric(found['dosage', c('SE', 'df_Satt', 'p_Satt')])"""
    else:
        of_instrument = """found <- coeftest(m, vcov.=vcovHC(m, type='HC3'))
          c(found['dosage', 2], m$df.residual, found['dosage', 4])"""
    theirs = fitted(
        frame,
        "AER sandwich lmtest clubSandwich",
        f"""of <- function(m) {{ {of_instrument} }}
        at <- function(b) of(lm(y - b * exposure ~ dosage + age + sex, data=d))
        f <- ivreg(y ~ exposure + age + sex | dosage + age + sex, data=d)
        first <- lm(exposure ~ dosage + age + sex, data=d)
        small <- lm(exposure ~ age + sex, data=d)
        of_first <- of(first)
        # Of ivreg's own residuals, with the leverages of its second stage.
        x <- model.matrix(f, component='projected'); i <- solve(crossprod(x))
        v <- i %*% crossprod(x * (resid(f) / (1 - hat(x, FALSE)))) %*% i
        b <- coef(f)['exposure']; rise <- coef(first)['dosage']; here <- at(b)
        se <- here[1] / abs(rise); df <- here[2]
        end <- function(side) uniroot(function(b) at(b)[3] - 0.05, b + c(0, side * 8 * se), tol=1e-12)$root
        found <- list(coef=b, se=se, p=2 * pt(-abs(b / se), df), ci=b + c(-1, 1) * qt(0.975, df) * se,
          ivreg=sqrt(v['exposure', 'exposure']), f=(rise / of_first[1])^2,
          r2=1 - deviance(first) / deviance(small), p_none=at(0)[3], ends=c(end(-1), end(1)))""",
    )
    ours = instrument.two_stage(
        frame["y"].to_numpy(),
        frame["exposure"].to_numpy(),
        frame["dosage"].to_numpy(float),
        matrix(frame, "age", "sex"),
        clusters=frame["family"].to_numpy() if clustered else None,
    )
    assert ours.ar_shape == "interval"
    for name, value in (
        ("coef", ours.estimate),
        ("se", ours.se),
        ("se", ours.wald_se),
        ("p", ours.p_value),
        ("f", ours.first_stage_f),
        ("r2", ours.first_stage_r2),
        ("p_none", ours.ar_p_value),
    ):
        assert value == pytest.approx(theirs[name][0], rel=1e-7), name
    assert (ours.ci_low, ours.ci_high) == pytest.approx(theirs["ci"], rel=1e-7)
    assert (ours.ar_low, ours.ar_high) == pytest.approx(theirs["ends"], rel=1e-7)
    if n == 300:
        assert ours.se == pytest.approx(theirs["ivreg"][0], rel=1e-7)


def test_imputations_are_pooled_as_mice_pools_them(fitted):
    rng = np.random.default_rng(9)
    frame = pd.DataFrame({"estimate": rng.normal(6, 1, 20), "se": rng.uniform(0.5, 1.5, 20)})
    code = """
    p <- pool.scalar(d$estimate, d$se^2, n = 60, k = 3)
    found <- list(all = c(p$qbar, sqrt(p$t), p$df))
    """
    theirs = fitted(frame, "mice", code)["all"]
    fits = [Fit(row.estimate, row.se, 0.0, 0.0, 0.0, "", "", 57.0) for row in frame.itertuples()]
    ours = imputation.pool(fits)
    assert [ours.estimate, ours.se, ours.df] == pytest.approx(list(theirs), rel=1e-6)


def test_hausman_s_test_is_r_s_of_the_first_stage_s_residuals(fitted):
    frame = people(300, 10)
    code = """
    d$rest <- residuals(lm(exposure ~ age + dosage, d))
    fit <- lm(y ~ age + exposure + rest, d)
    found <- list(all = coeftest(fit, vcovHC(fit, "HC3"))["rest", 4])
    """
    theirs = fitted(frame, "sandwich lmtest", code)["all"]
    genotypes = ("AA", "AC", "CC")
    given = pd.DataFrame(
        {
            "participant": [f"p{k}" for k in range(300)],
            "dosage": frame["dosage"].astype(float),
            "genotype": np.array(genotypes, dtype=object)[frame["dosage"]],
            "age": frame["age"],
            "level": np.exp(frame["exposure"]),
            "enmo_mg": np.exp(frame["y"]),
        }
    )
    reading = Causal("one", "one", "activity", "level", (Covariate("age"),))
    plan = Plan({}, {"one": reading}, {}, draws=0)
    (row,) = causal_readings.causal_readings(Cohort("c", given, genotypes, plan, "plan.yaml", {}), {})
    assert row["hausman_p_value"] == pytest.approx(theirs[0], rel=1e-6)


# Correlations ----------------------------------------------------------------------------------------------


def weeks_of(people):
    """Two variables over two to eight weeks of people who differ far more than their weeks do."""
    rng = np.random.default_rng(1)
    person = np.repeat(np.arange(people), rng.integers(2, 9, people))
    x, age = rng.normal(size=(2, len(person)))
    y = -0.6 * x + 0.3 * age + rng.normal(size=len(person)) + 5 * rng.normal(size=people)[person]
    return pd.DataFrame({"person": person, "x": x + 3 * rng.normal(size=people)[person], "age": age, "y": y})


def test_a_correlation_given_covariates_is_that_of_residuals_with_the_slopes_p_value(fitted):
    frame = weeks_of(40)
    theirs = fitted(
        frame,
        "",
        """plain <- cor.test(d$x, d$y)
        given <- cor.test(resid(lm(y ~ age, d)), resid(lm(x ~ age, d)))$estimate
        slope <- summary(lm(y ~ x + age, d))$coefficients["x", 4]
        found <- list(plain=c(plain$estimate, plain$p.value, plain$conf.int), given=c(given, slope))""",
    )
    x, age, y = (frame[name].to_numpy() for name in ("x", "age", "y"))

    def ours(*columns):
        matrix = np.column_stack([np.ones(len(y)), *columns])
        effect = least_squares.fit(y, matrix, errors="model").term(1)
        return explained.correlation(y, matrix, term=1, effect=effect)

    plain, given = ours(x), ours(x, age)
    assert [plain.estimate, plain.p_value] == pytest.approx(theirs["plain"][:2], rel=1e-9)
    assert [given.estimate, given.p_value] == pytest.approx(theirs["given"], rel=1e-9)
    # R's interval takes x and y as normal; ours sees how they are spread.
    ends = [np.arctanh([plain.ci_low, plain.ci_high]), np.arctanh(theirs["plain"][2:])]
    assert ends[0] == pytest.approx(ends[1], abs=0.15 / np.sqrt(len(y)) * 3.92)


def test_a_correlation_within_people_is_bland_and_altmans_with_errors_by_person(fitted):
    frame = weeks_of(9)
    theirs = fitted(
        frame,
        "clubSandwich",
        """model <- lm(y ~ x + factor(person), d)
        table <- drop1(model, ~ x, test="F")
        between <- table["x", "Sum of Sq"]
        r <- sign(coef(model)["x"]) * sqrt(between / (between + sum(resid(model)^2)))
        robust <- coef_test(model, vcov="CR2", cluster=d$person, coefs="x")
        found <- list(r=c(r, table["x", "Pr(>F)"]), robust=c(robust$p_Satt, robust$df_Satt))""",
    )
    person, x, y = (frame[name].to_numpy() for name in ("person", "x", "y"))
    away = (x - (np.bincount(person, weights=x) / np.bincount(person))[person])[:, None]

    def ours(**errors):
        found, clusters = least_squares.fit(y, away, absorbed=person, **errors), errors.get("clusters")
        if clusters is not None:
            # Satterthwaite's, beside which a linear model with fewer than 5 degrees of freedom has more.
            found = replace(found, df=replace(found.df, linear=False))
        effect = found.term(0)
        return explained.correlation(y, away, term=0, effect=effect, absorbed=person, clusters=clusters)

    plain, robust = ours(errors="model"), ours(clusters=person)
    assert [plain.estimate, plain.p_value] == pytest.approx(theirs["r"], rel=1e-9)
    assert [robust.p_value, robust.df] == pytest.approx(theirs["robust"], rel=1e-7)
    assert robust.estimate == plain.estimate
    # Fisher's z has the degrees of freedom within people (Bakdash & Marusich 2017, equation 8).
    inside = len(y) - len(np.unique(person)) - 1
    assert plain.se / (1 - plain.estimate**2) == pytest.approx(1 / np.sqrt(inside - 2), rel=0.25)
    assert abs(np.corrcoef(x, y)[0, 1] - plain.estimate) > 0.1
