"""The censored model against R's survreg on the same bounds."""

import numpy as np
import pandas as pd
import pytest
from forked_r import has_package, printed_by_r
from scipy import stats

from il6r.association import censored, explained, unequal_spread
from il6r.association.orthogonal import orthogonalise

KINDS = ["left", "right", "intervals", "all", "outlier"]


@pytest.fixture(scope="module")
def survreg(tmp_path_factory):
    """A function that fits a table with columns low, high, participant and terms; numbers by name."""
    if not has_package("survival"):
        pytest.skip("R's survival is not installed")
    folder = tmp_path_factory.mktemp("survreg")

    def fitted(frame: pd.DataFrame, terms: str = "dosage + age + sex") -> dict[str, float]:
        """Of dosage, with HC3 by row and CR2 by participant; scale and log likelihood.

        To R, infinite bounds are NA.
        """
        frame.replace([np.inf, -np.inf], np.nan).to_csv(
            folder / "data.csv", index=False, float_format="%.17g"
        )
        # survival 3.5 gives the scores for log(scale) of interval-censored rows with the wrong sign, and by
        # them its robust errors; here they are by their definition.
        script = f"""library(survival); d <- read.csv('{folder}/data.csv')
        f <- survreg(Surv(low, high, type='interval2') ~ {terms}, data=d, dist='gaussian',
          control=survreg.control(rel.tolerance=1e-13, maxiter=100))
        r <- residuals(f, 'matrix'); between <- is.finite(d$low) & is.finite(d$high) & d$low < d$high
        a <- (d$low - f$linear.predictors) / f$scale; b <- (d$high - f$linear.predictors) / f$scale
        ds <- ifelse(between, (a * dnorm(a) - b * dnorm(b)) / (pnorm(b) - pnorm(a)), r[, 'ds'])
        x <- model.matrix(f); dg <- r[, 'dg']; terms <- seq_len(ncol(x)); last <- ncol(x) + 1
        stopifnot(abs(colSums(cbind(x * dg, ds))) < 1e-6)
        # The terms' part in the likelihood as weighted least squares, and what is left for log(scale).
        known <- solve(f$var); inverse <- solve(known[terms, terms]); w <- -r[, 'ddg']
        of_scale <- inverse %*% known[terms, last]
        left <- (ds - (x * dg) %*% of_scale) / c(known[last, last] - known[last, terms] %*% of_scale)
        white <- x * sqrt(w); rest <- diag(nrow(x)) - white %*% inverse %*% t(white)
        se <- function(scores, left) sqrt(crossprod(scores %*% inverse[, 2] - left * of_scale[2]))
        bell <- matrix(0, 0, last - 1); directions <- matrix(0, nrow(x), 0)
        for (one in unique(d$participant)) {{ own <- d$participant == one
          e <- eigen(rest[own, own], symmetric=TRUE)
          adjusted <- e$vectors %*% (t(e$vectors) / sqrt(e$values)) %*% white[own, , drop=FALSE]
          bell <- rbind(bell, t(dg[own] / sqrt(w[own])) %*% adjusted)
          directions <- cbind(directions, rest[, own] %*% adjusted %*% inverse[, 2]) }}
        products <- crossprod(directions)
        cat(format(c(coef(f)['dosage'], se(x * dg / diag(rest), left), sum(w) * f$scale^2 - ncol(x),
          se(bell, rowsum(left, d$participant, reorder=FALSE)), sum(diag(products))^2 / sum(products^2),
          f$scale, f$loglik[2]), digits=15))"""
        numbers = [float(x) for x in printed_by_r(script).split()]
        names = "estimate", "se", "df", "se_clustered", "df_clustered", "scale", "log_likelihood"
        return dict(zip(names, numbers, strict=True))

    return fitted


def samples(kind):
    """Two visits of 200 people: what an assay with limits of this kind says of each."""
    rng = np.random.default_rng(KINDS.index(kind))
    n = 200
    frame = pd.DataFrame(
        {"participant": np.arange(n), "dosage": rng.binomial(2, 0.39, n), "age": rng.normal(50, 10, n)}
    ).assign(sex=rng.integers(0, 2, n), person=rng.normal(0, 0.25, n))
    frame = pd.concat([frame, frame], ignore_index=True)
    y = 2.5 + 0.295 * frame["dosage"] + 0.01 * frame["age"] + frame["person"] + rng.normal(0, 0.2, 2 * n)
    lod, loq, uloq = np.quantile(y, [0.2, 0.4, 0.85])
    low, high = y.copy(), y.copy()
    if kind in ("left", "all"):
        low, high = low.mask(y < lod, -np.inf), high.mask(y < lod, lod)
    if kind in ("right", "all"):
        low, high = low.mask(y > uloq, uloq), high.mask(y > uloq, np.inf)
    if kind == "intervals":
        # As a plate reader rounds: nobody's value is known exactly.
        low, high = np.floor(y * 4) / 4, np.floor(y * 4) / 4 + 0.25
    if kind == "all":
        middle = y.between(lod, loq)
        low, high = low.mask(middle, lod), high.mask(middle, loq)
    if kind == "outlier":
        low[:3], high[:3] = [-np.inf, 9.0, 6.5], [-1.0, np.inf, 7.0]
    return frame.assign(low=low, high=high)


@pytest.mark.parametrize("kind", KINDS)
def test_the_censored_model_and_its_errors_equal_rs_survreg(survreg, kind):
    frame = samples(kind)
    theirs = survreg(frame)
    n = len(frame)
    matrix = np.column_stack([np.ones(n), frame[["dosage", "age", "sex"]]])
    low, high = frame["low"].to_numpy(), frame["high"].to_numpy()
    y = np.where(np.isfinite(high), high, low)
    found = censored.fit(y, matrix, (low, high))
    ours = found.term(1)
    assert found.log_likelihood == pytest.approx(theirs["log_likelihood"], rel=1e-8)
    assert ours.estimate == pytest.approx(theirs["estimate"], rel=1e-6)
    assert (ours.se, ours.df) == pytest.approx((theirs["se"], theirs["df"]), rel=1e-5)
    clustered = censored.fit(y, matrix, (low, high), clusters=frame["participant"].to_numpy()).term(1)
    expected = theirs["se_clustered"], theirs["df_clustered"]
    assert (clustered.se, clustered.df) == pytest.approx(expected, rel=1e-5)
    others = np.delete(matrix, 1, axis=1)
    dosage = matrix[:, 1] - others @ np.linalg.lstsq(others, matrix[:, 1], rcond=None)[0]
    signal = theirs["estimate"] ** 2 * np.mean(dosage**2)
    share = explained.share(y, matrix, term=1, effect=ours, bounds=(low, high)).fit
    assert share.estimate == pytest.approx(signal / (signal + theirs["scale"] ** 2), rel=1e-5)


def test_absorbed_plates_equal_a_factor_in_rs_survreg(survreg):
    rng = np.random.default_rng(40)
    plate = rng.permutation(np.arange(800) % 40)
    frame = pd.concat([samples("all"), samples("all")], ignore_index=True).assign(plate=plate)
    shift = rng.normal(0, 0.3, 40)[plate] + rng.normal(0, 0.05, 800)
    frame[["low", "high"]] = frame[["low", "high"]].add(shift, axis=0)
    theirs = survreg(frame, "dosage + age + sex + factor(plate)")
    low, high = frame["low"].to_numpy(), frame["high"].to_numpy()
    y, matrix = np.where(np.isfinite(high), high, low), frame[["dosage", "age", "sex"]].to_numpy(float)
    found = censored.fit(y, matrix, (low, high), absorbed=plate)
    assert found.term(0).estimate == pytest.approx(theirs["estimate"], rel=1e-6)
    assert found.log_likelihood == pytest.approx(theirs["log_likelihood"], rel=1e-8)
    ours = found.term(0)
    assert (ours.se, ours.df) == pytest.approx((theirs["se"], theirs["df"]), rel=1e-5)
    people = frame["participant"].to_numpy()
    clustered = censored.fit(y, matrix, (low, high), absorbed=plate, clusters=people).term(0)
    expected = theirs["se_clustered"], theirs["df_clustered"]
    assert (clustered.se, clustered.df) == pytest.approx(expected, rel=1e-5)


def test_the_estimate_with_a_spread_of_its_own_for_carriers_is_rs_survreg_with_strata(survreg, tmp_path):
    rng = np.random.default_rng(3)
    carrier, age = rng.binomial(1, 0.5, 200).astype(float), rng.normal(0, 1, 200)
    y = 3 + 0.4 * carrier + 0.1 * age + 0.3 * (1 + carrier) * rng.normal(size=200)
    limit = np.quantile(y, 0.5)
    low, high = np.where(y < limit, -np.inf, y), np.maximum(y, limit)
    pd.DataFrame({"y": high, "known": y > limit, "carrier": carrier, "age": age}).to_csv(
        tmp_path / "d.csv", index=False, float_format="%.17g"
    )
    script = f"""library(survival); d <- read.csv('{tmp_path}/d.csv')
    s <- Surv(d$y, d$known == 'True', type='left'); control <- survreg.control(rel.tolerance=1e-13)
    same <- survreg(s ~ carrier + age, data=d, dist='gaussian', control=control)
    own <- survreg(s ~ carrier + age + strata(carrier), data=d, dist='gaussian', control=control)
    cat(format(c(coef(same)['carrier'], coef(own)['carrier']), digits=15))"""
    same, own = (float(x) for x in printed_by_r(script).split())
    matrix = np.column_stack([np.ones(200), carrier, age])
    latent, basis = censored.fit_latent(high, matrix, (low, high)), orthogonalise(matrix)
    found, told = unequal_spread.allow(latent, (low, high), basis, term=1, along=carrier)
    fit, plain = found.term(1), censored.fit(high, matrix, (low, high)).term(1)
    assert fit.estimate == pytest.approx(same, rel=1e-6)
    # The farther end moves by as much as the estimate, and the other stays.
    moved = own - same
    assert moved < -fit.se / 10
    assert f"{moved:+.2g}" in told
    assert fit.ci_low == pytest.approx(plain.ci_low + moved, rel=1e-5)
    assert fit.ci_high == plain.ci_high
    assert fit.p_value == pytest.approx(2 * stats.t.sf(own / plain.se, plain.df), rel=1e-4)


def test_heavy_tails_behind_a_limit_are_rs_survreg_with_students_t(survreg, tmp_path):
    rng = np.random.default_rng(7)
    copies, age = rng.binomial(2, 0.39, 400).astype(float), rng.normal(0, 1, 400)
    y = 3 + 0.4 * copies + 0.1 * age + 0.3 * rng.standard_t(4, 400)
    limit = np.quantile(y, 0.5)
    low, high = np.where(y < limit, -np.inf, y), np.maximum(y, limit)
    pd.DataFrame({"y": high, "known": y > limit, "copies": copies, "age": age}).to_csv(
        tmp_path / "d.csv", index=False, float_format="%.17g"
    )
    script = f"""library(survival); d <- read.csv('{tmp_path}/d.csv')
    s <- Surv(d$y, d$known == 'True', type='left'); control <- survreg.control(rel.tolerance=1e-13)
    at <- function(df) survreg(s ~ copies + age, data=d, dist='t', parms=df, control=control)
    best <- optimize(function(df) at(df)$loglik[2], c(2.1, 20), maximum=TRUE, tol=1e-6)$maximum
    fit <- at(best)
    cat(format(c(best, coef(fit)['copies'], sqrt(diag(vcov(fit)))['copies']), digits=15))"""
    freedom, estimate, se = (float(x) for x in printed_by_r(script).split())
    matrix = np.column_stack([np.ones(400), copies, age])
    latent, basis = censored.fit_latent(high, matrix, (low, high)), orthogonalise(matrix)
    found, told = unequal_spread.allow(latent, (low, high), basis, term=1, along=copies)
    fit, plain = found.term(1), censored.fit(high, matrix, (low, high)).term(1)
    assert fit.estimate == pytest.approx(estimate, rel=1e-5)
    assert f"t with {freedom:.2g} degrees of freedom" in told
    assert fit.model == "left-censored Student's t"
    # The likelihood's own error is right where errors are t; the normal model's is larger.
    assert fit.se == pytest.approx(se, rel=0.15)
    assert fit.se < 0.9 * plain.se
    assert fit.df == plain.df
