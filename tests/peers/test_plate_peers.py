"""Standard curves, and concentrations read off them, against R's nls on the same data."""

import io

import numpy as np
import pandas as pd
import pytest
from forked_r import printed_by_r

from il6r.assays import curves, plates

LEVELS = np.array([0, 0.0625, 0.125, 0.25, 0.5, 1, 2, 4, 8, 16])
WEIGHTS = {"1/y2": "1/od^2", "1/y": "1/od", "none": "rep(1, length(od))"}
# Sums of squares tell no less than 1e-7 of an error. log(0) has no derivative: at e^-60 the OD is a, too.
FIT = """
control <- nls.control(maxiter=500, tol=1e-7, minFactor=1e-10)
five <- deriv(~ d + (a - d) / (1 + exp(b * (x - lc)))^g, c("a", "d", "lc", "b", "g"),
              function(x, a, d, lc, b, g) NULL)
fit <- function(d, g) {
  d$x <- log(pmax(d$conc, exp(-60)))
  if (is.na(g)) return(nls(od ~ SSfpl(x, A, B, xmid, scal), d, weights=w, control=control,
                           start=list(A=0.05, B=3.5, xmid=log(2), scal=1 / 1.2)))
  nls(od ~ five(x, a, d, lc, b, g), d, weights=w, control=control,
      start=list(a=0.05, d=3.5, lc=log(2), b=1.2, g=g))
}
"""


def simulate(g, count=12, cv=0.01, zero=False):
    """Plates of standards in triplicate: plate, concentration, OD."""
    rng = np.random.default_rng(11)
    x = np.tile(np.repeat(LEVELS[0 if zero else 1 :], 3), (count, 1))
    middle, height = rng.uniform(1.5, 2.5, (count, 1)), rng.uniform(3.2, 3.8, (count, 1))
    y = height + (0.05 - height) / (1 + (x / middle) ** 1.2) ** g
    y *= 1 + cv * rng.standard_normal(y.shape)
    plate = np.repeat(np.arange(count), x.shape[1])
    return pd.DataFrame({"plate": plate, "conc": x.ravel(), "od": y.ravel()})


def in_r(script, tmp_path, **frames):
    """Run R on tables, each a data frame of its own name, and return the table that it writes."""
    reads = "".join(f"{name} <- read.csv('{tmp_path / name}.csv')\n" for name in frames)
    for name, frame in frames.items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    return pd.read_csv(io.StringIO(printed_by_r(f"options(digits=15)\n{reads}{script}")))


def fit(data, **options):
    columns = (data[name].to_numpy() for name in ("plate", "conc", "od"))
    return curves.fit(*columns, data["plate"].nunique(), **options)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_a_4pl_equals_rs_nls_with_ssfpl(weights, tmp_path):
    data = simulate(g=1.0)
    theirs = in_r(
        f"""{FIT}
        rows <- lapply(split(data, data$plate), function(d) {{
          d$w <- with(d, {WEIGHTS[weights]}); f <- fit(d, NA)
          relative <- (d$od - fitted(f)) / fitted(f)
          c(coef(f), sqrt(diag(vcov(f))), sqrt(sum(relative^2) / df.residual(f)))
        }})
        write.csv(do.call(rbind, rows), row.names=FALSE)""",
        tmp_path,
        data=data,
    ).to_numpy()
    found = fit(data, curve="4pl", weights=weights)
    a, d, log_c, log_b, _ = found.parameters.T
    error_a, error_d, error_c, error_b, _ = np.sqrt(np.einsum("pkk->kp", found.covariance))
    scale = np.exp(-log_b)
    ours = np.column_stack([a, d, log_c, scale, error_a, error_d, error_c, error_b * scale, found.residual])
    assert ours == pytest.approx(theirs, rel=1e-5)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("g", [0.5, 2.5])
def test_a_5pl_equals_rs_nls_of_the_same_formula(weights, g, tmp_path):
    data = simulate(g=g, zero=True)
    theirs = in_r(
        f"""{FIT}
        rows <- lapply(split(data, data$plate), function(d) {{
          d$w <- with(d, {WEIGHTS[weights]}); f <- fit(d, {g}); c(coef(f), sqrt(diag(vcov(f))))
        }})
        write.csv(do.call(rbind, rows), row.names=FALSE)""",
        tmp_path,
        data=data,
    ).to_numpy()
    found = fit(data, curve="5pl", weights=weights)
    a, d, log_c, log_b, log_g = found.parameters.T
    error_a, error_d, error_c, error_b, error_g = np.sqrt(np.einsum("pkk->kp", found.covariance))
    b, gs = np.exp(log_b), np.exp(log_g)
    ours = np.column_stack([a, d, log_c, b, gs, error_a, error_d, error_c, error_b * b, error_g * gs])
    assert ours == pytest.approx(theirs, rel=1e-5)


def test_the_model_is_the_one_whose_aicc_is_lower_in_r(tmp_path):
    data = simulate(g=1.6, count=40, cv=0.03)
    theirs = in_r(
        f"""{FIT}
        aicc <- function(f, n) {{ k <- length(coef(f)) + 1; AIC(f) + 2 * k * (k + 1) / (n - k - 1) }}
        rows <- lapply(split(data, data$plate), function(d) {{
          d$w <- 1 / d$od^2
          five <- tryCatch(fit(d, 1.6), error=function(e) NULL)
          c(four=aicc(fit(d, NA), nrow(d)), five=if (is.null(five)) NA else aicc(five, nrow(d)))
        }})
        write.csv(do.call(rbind, rows), row.names=FALSE)""",
        tmp_path,
        data=data,
    )
    expected = np.where(theirs["five"] < theirs["four"], "5PL", "4PL")
    assert 5 < (expected == "5PL").sum() < 35
    assert fit(data).model.tolist() == expected.tolist()


def test_a_plate_equals_the_same_plate_worked_through_in_r(tmp_path):
    """Curve, back-calculation, means of replicates, pooled CV, standard errors, edge and drift."""
    rng = np.random.default_rng(12)
    standard = np.repeat(LEVELS[1:8], 2)
    samples = np.repeat(rng.uniform(0.15, 3, 38), 2)
    x = np.concatenate([standard, samples])
    y = 3.5 + (0.05 - 3.5) / (1 + (x / 2) ** 1.2)
    y *= 1 + 0.04 * rng.standard_normal(len(y))
    # Replicates apart from each other, so that they tell of edges and drift.
    place = rng.permutation(len(x))
    wells = pd.DataFrame(
        {
            "file": "f.csv", "plate": "P1", "row": place % 8, "column": place // 8, "od": y, "over": False,
            "role": np.where(np.arange(len(x)) < 14, "standard", "sample"),
            "name": [None] * 14 + [f"S{k // 2:02d}" for k in range(76)],
            "concentration": np.where(np.arange(len(x)) < 14, x, np.nan), "dilution": 1.0,
            "low": np.nan, "high": np.nan,
            "line": pd.array(place + 2, dtype="Int64"),
        }
    )  # fmt: skip
    settings = {
        "curve": "4pl",
        "curve_weights": "1/y2",
        "max_standard_error_percent": 20,
        "max_lloq_error_percent": 25,
        "min_standards_share": 0.75,
        "max_replicate_cv_percent": 100,
        "max_dilution_difference_percent": 30,
        "plate_correction": "none",
    }
    found = plates.quantify(wells, settings, analyte="sil6r", unit="ng/mL")
    script = f"""{FIT}
    s <- wells[wells$role == 'standard', ]; s$conc <- s$concentration; s$w <- 1 / s$od^2
    f <- fit(s, NA); A <- coef(f)['A']; B <- coef(f)['B']; xmid <- coef(f)['xmid']; scal <- coef(f)['scal']
    back <- function(od) exp(xmid - scal * log((B - A) / (od - A) - 1))
    groups <- split(wells$od, ifelse(wells$role == 'sample', wells$name, wells$concentration))
    pooled <- sqrt(mean(sapply(groups, function(y) var(y) / mean(y)^2)))
    u <- wells[wells$role == 'sample', ]; u$x <- back(u$od)
    one <- function(d) {{
      od1 <- d$od[1]; od2 <- d$od[2]
      value <- function(p) {{
        one <- function(od) exp(p[3] - p[4] * log((p[2] - p[1]) / (od - p[1]) - 1))
        log((one(p[5]) + one(p[6])) / 2)
      }}
      p <- c(A, B, xmid, scal, od1, od2)
      slope <- sapply(1:6, function(k) {{
        h <- 1e-5 * max(abs(p[k]), 0.01); up <- p; down <- p; up[k] <- up[k] + h; down[k] <- down[k] - h
        (value(up) - value(down)) / (2 * h)
      }})
      v <- matrix(0, 6, 6); v[1:4, 1:4] <- vcov(f); v[5, 5] <- (pooled * od1)^2; v[6, 6] <- (pooled * od2)^2
      c(value=mean(d$x), se=sqrt(drop(slope %*% v %*% slope)), cv=100 * sd(d$x) / mean(d$x))
    }}
    rows <- as.data.frame(do.call(rbind, lapply(split(u, u$name), one)))
    all <- wells; all$x <- back(all$od); all <- all[all$x >= min(s$conc) & all$x <= max(s$conc), ]
    all$outer <- as.numeric(all$row %in% c(0, 7) | all$column %in% c(0, 11))
    all$content <- factor(ifelse(all$role == 'sample', all$name, all$concentration))
    place <- coef(lm(log(x) ~ content + outer + column, all))
    rows$edge <- 100 * (exp(place['outer']) - 1)
    rows$drift <- 100 * (exp(11 * place['column']) - 1)
    od <- tapply(s$od, s$conc, mean)
    rows$error <- c(100 * (back(od) / as.numeric(names(od)) - 1), rep(NA, nrow(rows) - length(od)))
    write.csv(rows, row.names=FALSE)"""
    theirs = in_r(script, tmp_path, wells=wells)
    rows = found.results
    assert len(rows) == 38
    assert rows["value"].to_numpy() == pytest.approx(theirs["value"].to_numpy(), rel=1e-5)
    assert rows["se_log"].to_numpy() == pytest.approx(theirs["se"].to_numpy(), rel=1e-5)
    assert rows["cv_percent"].to_numpy() == pytest.approx(theirs["cv"].to_numpy(), rel=1e-5)
    plate = found.plates.iloc[0]
    assert plate["edge_percent"] == pytest.approx(theirs["edge"][0], rel=1e-4)
    assert plate["drift_percent"] == pytest.approx(theirs["drift"][0], rel=1e-4)
    assert plate["median_cv_percent"] == pytest.approx(theirs["cv"].median(), rel=1e-5)
    error = found.standards["error_percent"].to_numpy()
    assert error == pytest.approx(theirs["error"].dropna().to_numpy(), rel=1e-4, abs=1e-4)


def test_a_published_example_with_a_zero_standard_equals_r(tmp_path):
    # Cardillo 2012, "Four parameters logistic regression - there and back again".
    data = pd.DataFrame(
        {
            "plate": 0,
            "conc": [0, 4.5, 10.6, 19.7, 40, 84, 210],
            "od": [0.0089, 0.0419, 0.0873, 0.2599, 0.7074, 1.528, 2.7739],
        }
    )
    theirs = in_r(
        f"""{FIT}
        data$x <- log(pmax(data$conc, exp(-60)))
        f <- nls(od ~ SSfpl(x, A, B, xmid, scal), data, control=control,
                 start=list(A=0.001, B=3.78, xmid=log(108), scal=1 / 1.515))
        write.csv(t(c(coef(f), sqrt(diag(vcov(f))))), row.names=FALSE)""",
        tmp_path,
        data=data,
    ).to_numpy()[0]
    found = fit(data, curve="4pl", weights="none")
    a, d, log_c, log_b, _ = found.parameters[0]
    scale = np.exp(-log_b)
    assert [a, d, log_c, scale] == pytest.approx(theirs[:4], rel=1e-5)
    errors = np.sqrt(np.diag(found.covariance[0]))[:4] * [1, 1, 1, scale]
    assert errors == pytest.approx(theirs[4:], rel=1e-5)
