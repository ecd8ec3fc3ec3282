"""The additive shape of the alleles' effect against R's nls, and its test with several visits against R's."""

import numpy as np
import pandas as pd
import pytest
from forked_r import has_package, printed_by_r
from scipy import stats

from il6r.association import genetic_models

# R: least squares of the additive shape, HC3 errors from the tangent at its solution, log likelihood, and
# Wald's tests of both shapes on the one with both levels free, with HC3 errors.
NLS = """d <- read.csv('{}/data.csv')
f <- nls(y ~ a + b * age + s * sex + ac * log(1 + d) + cc * log(1 + 2 * d), d,
  start=list(a=3, b=0, s=0, d=0.2), control=nls.control(tol=1e-7, maxiter=200))
j <- f$m$gradient(); v <- solve(crossprod(j)); h <- rowSums((j %*% v) * j)
se <- sqrt(diag(v %*% crossprod(j * resid(f) / (1 - h)) %*% v))[4]
g <- lm(y ~ age + sex + ac + cc, d); m <- lm(y ~ age + sex + I(ac + 2 * cc), d)
x <- model.matrix(g); i <- solve(crossprod(x)); b <- coef(g)[4:5]
v <- (i %*% crossprod(x * (resid(g) / (1 - hatvalues(g)))) %*% i)[4:5, 4:5]
p <- function(off, w) 2 * pt(-abs(off / sqrt(c(w %*% v %*% w))), g$df.residual)
added <- p(exp(b[2]) - 2 * exp(b[1]) + 1, c(-2 * exp(b[1]), exp(b[2]))); times <- p(b[2] - 2 * b[1], c(-2, 1))
cat(format(c(coef(f)['d'], se, logLik(f), logLik(m), logLik(g), added, times), digits=15))"""

# R: errors robust within participants, and the tests of linearity and of additivity by the delta method.
CLUSTERS = """suppressMessages(library(clubSandwich)); d <- read.csv('{}/data.csv')
g <- lm(y ~ age + sex + ac + cc, d); v <- vcovCR(g, d$participant, type='CR2'); b <- coef(g)[4:5]
p <- function(departure, w) {{ l <- linear_contrast(g, v, rbind(c(0, 0, 0, w)), test='Satterthwaite')
  2 * pt(-abs(departure / l$SE), l$df) }}
w <- c(-2 * exp(b[1]), exp(b[2]))
cat(format(c(p(b[2] - 2 * b[1], c(-2, 1)), p(exp(b[2]) - 2 * exp(b[1]) + 1, w)), digits=15))"""


def people(uncertain=False, visits=1):
    """A table, and what `genetic_models.compare` takes of it."""
    rng = np.random.default_rng(17)
    n = 300
    copies = rng.binomial(2, 0.39, n)
    dosage = np.clip(copies + rng.normal(0, 0.2, n), 0, 2) if uncertain else copies.astype(float)
    frame = pd.DataFrame(
        {
            "participant": np.arange(n),
            "dosage": dosage,
            "copies": copies,
            # As if a dosage between two genotypes were one or the other.
            "ac": np.interp(dosage, [0, 1, 2], [0, 1, 0]),
            "cc": np.interp(dosage, [0, 1, 2], [0, 0, 1]),
            "age": rng.normal(0, 1, n),
            "sex": rng.integers(0, 2, n),
        }
    )
    frame["level"] = 3 + np.log([1, 1.3, 1.7])[copies] + 0.1 * frame["age"] + rng.normal(0, 0.3, n)
    frame = pd.concat([frame] * visits, ignore_index=True)
    frame["y"] = frame["level"] + rng.normal(0, 0.1, len(frame))
    names = ["y", "dosage", "copies"]
    arguments = [frame[name].to_numpy(dtype=float) for name in names]
    return frame, [*arguments, np.column_stack([np.ones(len(frame)), frame["age"], frame["sex"]])]


def numbers_of(script, frame, folder):
    frame.to_csv(folder / "data.csv", index=False, float_format="%.17g")
    return [float(number) for number in printed_by_r(script.format(folder)).split()]


@pytest.mark.parametrize("uncertain", [False, True])
def test_the_additive_shape_equals_rs_nls(tmp_path, uncertain):
    frame, arguments = people(uncertain)
    added, se, *theirs = numbers_of(NLS, frame, tmp_path)
    ours = {row["genetic_model"]: row for row in genetic_models.compare(*arguments)}
    additive = ours["additive"]
    assert additive["percent"] == pytest.approx(100 * added, rel=1e-6)
    assert additive["cc_aa_ratio"] == pytest.approx(1 + 2 * added, rel=1e-6)
    half = 100 * se * stats.t.ppf(0.975, len(frame) - 4)
    assert additive["percent_high"] - additive["percent"] == pytest.approx(half, rel=1e-5)
    likelihoods = [ours[shape]["log_likelihood"] for shape in ("additive", "multiplicative", "genotypic")]
    assert likelihoods == pytest.approx(theirs[:3], rel=1e-9)
    tests = [ours[shape]["departure_p_value"] for shape in ("additive", "multiplicative")]
    assert tests == pytest.approx(theirs[3:], rel=1e-5)


def test_the_tests_of_both_shapes_with_two_visits_equal_those_from_rs_clubsandwich(tmp_path):
    if not has_package("clubSandwich"):
        pytest.skip("R's clubSandwich is not installed")
    frame, arguments = people(visits=2)
    theirs = numbers_of(CLUSTERS, frame, tmp_path)
    found = genetic_models.compare(*arguments, clusters=frame["participant"].to_numpy())
    assert [row["departure_p_value"] for row in found[:2]] == pytest.approx(theirs, rel=1e-5)
