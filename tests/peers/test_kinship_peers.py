"""The mixed model with kinship against R's lme4, whose random effects are given the same matrix."""

import numpy as np
import pandas as pd
import pytest
import test_model_peers

from il6r.association import kinship_mixed
from il6r.association.selection import Kinship

fitted = test_model_peers.fitted
# Two grandparents, their two children, the spouse of the first, and three grandchildren, the last two twins.
PARENTS = [None, None, (0, 1), (0, 1), None, (2, 4), (2, 4), (2, 4)]
TWINS = (6, 7)
OF_PEDIGREE = """
  k <- matrix(c({numbers}), {size}); e <- eigen(k, symmetric=TRUE)
  half <- e$vectors %*% diag(sqrt(pmax(e$values, 0)))
  half <- kronecker(Matrix::Diagonal(max(d$person) / {size}), half)
  d$person <- factor(d$person); d$own <- d$person
  parts <- lFormula({formula}, d, REML=TRUE, control=lmerControl(check.nobs.vs.nlev='ignore',
    check.nobs.vs.nRE='ignore', check.nobs.vs.rankZ='ignore'))
  first <- match('person', names(parts$reTrms$cnms))
  rows <- (parts$reTrms$Gp[first] + 1):parts$reTrms$Gp[first + 1]
  parts$reTrms$Zt[rows, ] <- Matrix::t(half) %*% parts$reTrms$Zt[rows, ]
  deviance <- do.call(mkLmerDevfun, parts)
  best <- optimizeLmer(deviance, optimizer='nloptwrap', control=list(xtol_abs=1e-14, ftol_abs=1e-14,
    xtol_rel=1e-14, ftol_rel=1e-14, maxeval=100000))
  f <- mkMerMod(environment(deviance), best, parts$reTrms, fr=parts$fr)
  found <- list(coef=fixef(f), covariance=as.matrix(vcov(f)), likelihood=logLik(f))
"""


def kinship_of(parents, twins=()):
    """Kinship coefficients by the recursion over parents, who come before their children."""
    n = len(parents)
    found = np.zeros((n, n))
    for i, own in enumerate(parents):
        found[i, i] = 0.5
        for j in range(i):
            found[i, j] = found[j, i] = 0 if own is None else found[list(own), j].mean()
    if twins:
        found[twins] = found[twins[::-1]] = 0.5
    return found


@pytest.mark.parametrize(("visits", "noise"), [(1, 0.6), (3, 0.4), (1, 5.0)])
def test_three_generations_with_twins_equal_rs_lme4_on_the_same_matrix(fitted, visits, noise):
    rng = np.random.default_rng(10 + visits)
    own, size, families = kinship_of(PARENTS, TWINS), len(PARENTS), 40
    n = size * families
    values, vectors = np.linalg.eigh(2 * own)
    half = vectors * np.sqrt(np.maximum(values, 0))
    person = np.repeat(np.arange(n), visits)
    frame = pd.DataFrame({"person": person + 1, "dosage": rng.binomial(2, 0.39, n)[person]})
    frame["age"] = rng.normal(50, 10, n * visits)
    shared = 0.5 * (rng.normal(size=(families, size)) @ half.T).ravel() + 0.3 * rng.normal(size=n)
    frame["y"] = 3 + 0.2 * frame["dosage"] + 0.01 * frame["age"] + shared[person]
    frame["y"] += noise * rng.normal(size=n * visits)
    formula = "y ~ dosage + age + (1 | person)" + (" + (1 | own)" if visits > 1 else "")
    numbers = ", ".join(f"{2 * value:g}" for value in own.ravel())
    theirs = fitted(frame, "lme4", OF_PEDIGREE.format(numbers=numbers, size=size, formula=formula))
    first, second = (
        (np.arange(families)[:, None] * size + places).ravel() for places in np.triu_indices(size, 1)
    )
    kinship = Kinship(first, second, np.tile(own[np.triu_indices(size, 1)], families))
    ours = kinship_mixed.fit(
        frame["y"].to_numpy(),
        np.column_stack([np.ones(len(frame)), frame[["dosage", "age"]]]),
        person,
        kinship,
        term=1,
        clusters=person // size,
    )
    assert ours.coefficients.params == pytest.approx(theirs["coef"], rel=1e-5)
    assert ours.coefficients.covariance.ravel() == pytest.approx(theirs["covariance"], rel=1e-5)
    assert ours.coefficients.log_likelihood == pytest.approx(theirs["likelihood"][0], abs=1e-6)
    assert ours.repaired == 0
