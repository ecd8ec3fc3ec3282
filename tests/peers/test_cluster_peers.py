"""CR2 errors, degrees of freedom and tests of clustered rows against R's clubSandwich."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from forked_r import has_package, printed_by_r

from il6r.association import least_squares, logistic, quasi_poisson

TERMS = ["dosage", "age", "activity"]
LEVELS = 12


@pytest.fixture
def club_sandwich(tmp_path):
    """A function that fits in R: estimate, error, degrees of freedom and p of TERMS, and of two of them."""
    if not has_package("clubSandwich"):
        pytest.skip("R's clubSandwich is not installed")

    def fitted(frame: pd.DataFrame, model: str) -> tuple[np.ndarray, float]:
        frame.to_csv(tmp_path / "data.csv", index=False, float_format="%.17g")
        script = f"""suppressMessages(library(clubSandwich)); d <- read.csv('{tmp_path / "data.csv"}')
        f <- {model}; v <- vcovCR(f, cluster=d$person, type='CR2')
        t <- coef_test(f, vcov=v, test='Satterthwaite'); t <- t[match({TERMS!r}, t$Coef), ]
        w <- Wald_test(f, constrain_zero(c('dosage', 'age')), vcov=v, test='HTZ')
        cat(format(c(t$beta, t$SE, t$df_Satt, t$p_Satt, w$p_val), digits=15))"""
        script = script.replace(repr(TERMS), "c('dosage', 'age', 'activity')")
        *numbers, joint = map(float, printed_by_r(script).split())
        return np.reshape(numbers, (4, 3)).T, joint

    return fitted


def visits(people, sizes, seed=3):
    """Visits of few people: dosage and age are the person's, activity the visit's; outcomes of each kind."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), rng.integers(*sizes, people))
    n = len(person)
    frame = pd.DataFrame({"person": person, "dosage": (rng.permutation(people) % 3)[person]})
    frame["age"], frame["activity"] = rng.normal(size=people)[person], rng.normal(size=n)
    frame["plate"] = rng.permutation(n) % LEVELS
    own = rng.normal(size=people)[person]
    frame["y"] = 0.3 * frame["dosage"] + 0.4 * own + rng.normal(size=n) * (0.3 + 0.2 * frame["dosage"])
    frame["case"] = (rng.random(n) < 1 / (1 + np.exp(-own - 0.5 * frame["activity"]))).astype(int)
    frame["met"] = rng.poisson(np.exp(1 + 0.5 * own + 0.3 * frame["activity"]))
    return frame.sample(frac=1, random_state=seed)


def check(found, terms, theirs, joint):
    """Estimate, error, degrees of freedom and p of each term, and p of the first two together.

    Of fewer than 5 degrees of freedom a linear model has more, beside Satterthwaite's.
    """
    found = replace(found, df=replace(found.df, linear=False))
    ours = [[t.estimate, t.se, t.df, t.p_value] for t in map(found.term, terms)]
    assert np.array(ours) == pytest.approx(theirs, rel=1e-6)
    assert found.joint(terms[:2]) == (2, pytest.approx(joint, rel=1e-6))


@pytest.mark.parametrize(("people", "sizes"), [(8, (3, 9)), (40, (1, 3)), (30, (4, 5))])
def test_least_squares_equals_clubsandwich(club_sandwich, people, sizes):
    frame = visits(people, sizes)
    matrix = np.column_stack([np.ones(len(frame)), frame[TERMS]])
    found = least_squares.fit(frame["y"].to_numpy(), matrix, clusters=frame["person"].to_numpy())
    check(found, [1, 2, 3], *club_sandwich(frame, "lm(y ~ dosage + age + activity, data=d)"))
    many = least_squares.fit_many(
        frame[["y", "y"]].to_numpy(), matrix, term=1, clusters=frame["person"].to_numpy()
    )
    term = found.term(1)
    assert (many.se[1], many.df[1], many.p_value[1]) == pytest.approx((term.se, term.df, term.p_value))


@pytest.mark.parametrize("nested", [False, True])
def test_an_absorbed_factor_equals_clubsandwich_with_its_indicators(club_sandwich, nested):
    frame = visits(25, (3, 7))
    model = "lm(y ~ dosage + age + activity + factor(plate), data=d)"
    if nested:
        # All rows of some levels are one person's, and fitted perfectly by them.
        frame["plate"] = frame["plate"].where(frame["person"] > 2, LEVELS + frame["person"])
    levels = np.unique(frame["plate"], return_inverse=True)[1]
    found = least_squares.fit(
        frame["y"].to_numpy(),
        frame[TERMS].to_numpy(float),
        absorbed=levels,
        clusters=frame["person"].to_numpy(),
    )
    check(found, [0, 1, 2], *club_sandwich(frame, model))


def test_generalised_linear_models_equal_clubsandwich(club_sandwich):
    frame = visits(25, (3, 7))
    matrix = np.column_stack([np.ones(len(frame)), frame[TERMS]])
    people = frame["person"].to_numpy()
    found = logistic.fit(frame["case"].to_numpy(float), matrix, term=1, clusters=people)
    exact = "control=glm.control(epsilon=1e-14, maxit=100))"
    model = f"glm(case ~ dosage + age + activity, data=d, family=binomial, {exact}"
    check(found, [1, 2, 3], *club_sandwich(frame, model))
    found = quasi_poisson.fit(frame["met"].to_numpy(float), matrix, clusters=people)
    model = f"glm(met ~ dosage + age + activity, data=d, family=poisson, {exact}"
    check(found, [1, 2, 3], *club_sandwich(frame, model))


@pytest.mark.parametrize("people", [12, 60])
def test_few_people_with_one_row_each_equal_clubsandwich_with_rows_as_clusters(club_sandwich, people):
    frame = visits(people, (1, 2), seed=4)
    matrix = np.column_stack([np.ones(len(frame)), frame[TERMS]])
    y = frame["y"].to_numpy()
    found = least_squares.fit(y, matrix)
    assert found.errors == "HC2"
    check(found, [1, 2, 3], *club_sandwich(frame, "lm(y ~ dosage + age + activity, data=d)"))
    if people > 12:
        found = least_squares.fit(y, matrix[:, 1:], absorbed=frame["plate"].to_numpy())
        model = "lm(y ~ dosage + age + activity + factor(plate), data=d)"
        check(found, [0, 1, 2], *club_sandwich(frame, model))
        exact = "control=glm.control(epsilon=1e-14, maxit=100))"
        found = quasi_poisson.fit(frame["met"].to_numpy(float), matrix)
        model = f"glm(met ~ dosage + age + activity, data=d, family=poisson, {exact}"
        check(found, [1, 2, 3], *club_sandwich(frame, model))
