"""Meta-analysis against R's metafor on the same estimates."""

import numpy as np
import pandas as pd
import pytest
from forked_r import has_package, printed_by_r

from il6r.replication import pooling

# As metafor calls them; its REML stops early unless told otherwise.
SCRIPT = """suppressMessages(library(metafor)); d <- read.csv('{path}')
exact <- list(threshold=1e-14, tol=1e-14, maxiter=100000, tau2.max=1e8)
show <- function(set, model, ...) cat(set, model, formatC(c(...), digits=15), '\\n')
for (s in unique(d$set)) {{
  e <- d[d$set == s, ]
  f <- rma(effect, variance, data=e, method='FE')
  q <- confint(rma(effect, variance, data=e, method='DL', control=exact), control=exact)$random[3, 2:3]
  show(s, 'fixed', f$b, f$se, f$ci.lb, f$ci.ub, f$pval, 0, f$I2, q, f$QE, f$QEp, NA, NA)
  for (model in c('paule_mandel', 'reml')) {{
    method <- c(paule_mandel="PM", reml="REML")[model]
    f <- rma(effect, variance, data=e, method=method, test="adhoc", control=exact)
    q <- confint(f, control=exact)$random[3, 2:3]
    p <- predict(f)
    show(s, model, f$b, f$se, f$ci.lb, f$ci.ub, f$pval, f$tau2, f$I2, q, f$QE, f$QEp, p$pi.lb, p$pi.ub)
    if (model == 'paule_mandel' && nrow(e) > 2) {{
      l <- leave1out(f)
      for (i in seq_len(nrow(e))) show(s, paste0("without_", i - 1), l$estimate[i], l$se[i], l$ci.lb[i],
        l$ci.ub[i], l$pval[i], l$tau2[i], l$I2[i], NA, NA, l$Q[i], l$Qp[i], NA, NA)
    }}
  }}
}}"""
NUMBERS = ("estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "i2_percent", "i2_low", "i2_high", "q",
           "q_p_value", "prediction_low", "prediction_high")  # fmt: skip


def sets():
    """The BCG trials of metafor's dat.bcg, and simulated sets of 2 to 13 cohorts, alike and not."""
    a, b, c, d = np.array(
        [[4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209], [62, 13536, 248, 12619],
         [33, 5036, 47, 5761], [180, 1361, 372, 1079], [8, 2537, 10, 619], [505, 87886, 499, 87892],
         [29, 7470, 45, 7232], [17, 1699, 65, 1600], [186, 50448, 141, 27197], [5, 2493, 3, 2338],
         [27, 16886, 29, 17825]]
    ).T  # fmt: skip
    found = {"bcg": (np.log(a / (a + b) * (c + d) / c), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))}
    rng = np.random.default_rng(1)
    for k in (2, 3, 4, 13):
        for between in (0.0, 0.1, 0.5, 2.0):
            for run in range(3):
                error = rng.uniform(0.05, 0.6, k)
                effect = 0.3 + rng.normal(0, between, k) + rng.normal(0, error)
                found[f"{k}_{between}_{run}"] = (effect, error**2)
    return found


@pytest.fixture(scope="module")
def metafor(tmp_path_factory):
    """What metafor gives: numbers by set and model."""
    if not has_package("metafor"):
        pytest.skip("R's metafor is not installed")
    path = tmp_path_factory.mktemp("metafor") / "sets.csv"
    frames = [
        pd.DataFrame({"set": name, "effect": effect, "variance": variance})
        for name, (effect, variance) in sets().items()
    ]
    pd.concat(frames).to_csv(path, index=False, float_format="%.17g")
    lines = [line.split() for line in printed_by_r(SCRIPT.format(path=path)).splitlines()]
    return {(line[0], line[1]): dict(zip(NUMBERS, map(_number, line[2:]), strict=True)) for line in lines}


def _number(text):
    return np.nan if text == "NA" else float(text)


@pytest.mark.parametrize("model", pooling.MODELS)
@pytest.mark.parametrize("name", sets())
def test_a_pool_equals_metafors(metafor, name, model):
    theirs = metafor[name, model]
    ours = pooling.combine(*sets()[name])[model]
    for key, value in theirs.items():
        # Of two cohorts we give no prediction interval.
        if not np.isnan(value) and (key in ours or not key.startswith("prediction")):
            assert ours[key] == pytest.approx(value, rel=1e-5, abs=1e-9), key


def test_without_one_cohort_the_pool_equals_metafors(metafor):
    for (name, model), theirs in metafor.items():
        if not model.startswith("without_"):
            continue
        left_out = int(model.removeprefix("without_"))
        ours = pooling.combine(*(np.delete(array, left_out) for array in sets()[name]))["paule_mandel"]
        for key, value in theirs.items():
            if not np.isnan(value):
                assert ours[key] == pytest.approx(value, rel=1e-5, abs=1e-9), (name, model, key)
