"""Permutation p-values against R's lm on the same orders of the residuals."""

import numpy as np
import pandas as pd
from forked_r import printed_by_r

from il6r.association import permutation

PEOPLE, DRAWS = 60, 499


def test_as_many_permutations_count_as_with_rs_lm(tmp_path):
    rng = np.random.default_rng(8)
    age, sex = rng.normal(50, 10, PEOPLE), rng.integers(0, 2, PEOPLE)
    plate = np.repeat(np.arange(4), PEOPLE // 4)
    dosage = rng.binomial(2, 0.39, PEOPLE) + 0.02 * (age - 50)
    y = 3 + 0.1 * dosage + 0.02 * age + 0.1 * plate + 0.3 * rng.exponential(size=PEOPLE)
    frame = pd.DataFrame({"y": y, "dosage": dosage, "age": age, "sex": sex, "plate": plate})
    frame.to_csv(tmp_path / "data.csv", index=False, float_format="%.17g")
    numbers = np.broadcast_to(np.arange(PEOPLE), (DRAWS, PEOPLE))
    orders = np.random.default_rng(9).permuted(numbers, axis=1) + 1
    np.savetxt(tmp_path / "orders.csv", orders, fmt="%d", delimiter=",")
    script = f"""d <- read.csv('{tmp_path}/data.csv')
    orders <- read.csv('{tmp_path}/orders.csv', header=FALSE)
    p <- function(reduced, full) {{
      z <- lm(reduced, d)
      t2 <- function(y) {{ d$y <- y; f <- lm(full, d); x <- model.matrix(f); b <- solve(crossprod(x))
        v <- b %*% crossprod(x * (resid(f) / (1 - hatvalues(f)))) %*% b
        coef(f)['dosage']^2 / v['dosage', 'dosage'] }}
      permuted <- apply(orders, 1, function(order) t2(fitted(z) + resid(z)[order]))
      (1 + sum(permuted >= t2(d$y) * (1 - 1e-9))) / (1 + nrow(orders)) }}
    cat(format(c(p(y ~ age + sex, y ~ age + sex + dosage),
      p(y ~ age + sex + factor(plate), y ~ age + sex + factor(plate) + dosage)), digits=15))"""
    theirs = [float(number) for number in printed_by_r(script).split()]
    covariates = np.column_stack([np.ones(PEOPLE), age, sex])

    def p(matrix, absorbed=None):
        """By the same orders."""
        rng = np.random.default_rng(9)
        return permutation.p_value(y, dosage, matrix, draws=DRAWS, rng=rng, absorbed=absorbed)

    ours = [p(covariates), p(covariates[:, 1:], absorbed=plate)]
    assert ours == theirs
