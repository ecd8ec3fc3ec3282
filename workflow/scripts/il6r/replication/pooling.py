"""What do the cohorts say together?"""

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from il6r import tables


def pool(estimates: pd.DataFrame) -> pd.DataFrame:
    """Pool each analysis over cohorts, with fixed and with random effects.

    Fixed effects weigh by inverse variance; random effects add the between-cohort variance of
    DerSimonian & Laird (1986, doi 10.1016/0197-2456(86)90046-2). I2 is Higgins & Thompson's (2002,
    doi 10.1002/sim.1186); the prediction interval, for the effect in a further cohort, is that of
    Higgins, Thompson & Spiegelhalter (2009, doi 10.1111/j.1467-985X.2008.00552.x) and needs three
    cohorts.

    Parameters
    ----------
    estimates : `tables.ESTIMATES` of all cohorts; rows without an estimate are passed over.

    Returns
    -------
    `tables.POOLED`, in the order in which the analyses first appear.
    """
    usable = estimates.dropna(subset=["estimate", "se"])
    if usable.empty:
        return pd.DataFrame(columns=list(tables.POOLED.columns))
    rows = []
    for name, group in usable.groupby("analysis", sort=False):
        effect, variance = group["estimate"].to_numpy(), group["se"].to_numpy() ** 2
        for model, pooled in meta_analyse(effect, variance).items():
            row = {
                "analysis": name,
                "model": model,
                "effect_allele": group["effect_allele"].iloc[0],
                "scale": group["scale"].iloc[0],
                "cohorts": len(group),
                "n_participants": int(group["n_participants"].sum()),
            }
            if row["scale"] == "log_ratio":
                row["percent"] = 100 * np.expm1(pooled["estimate"])
                row["percent_low"] = 100 * np.expm1(pooled["ci_low"])
                row["percent_high"] = 100 * np.expm1(pooled["ci_high"])
            rows.append(row | pooled)
    return pd.DataFrame(rows)


def meta_analyse(effect: np.ndarray, variance: np.ndarray) -> dict[str, dict]:
    """Fixed- and random-effects summaries of `effect` (shape (k,)) with sampling `variance`.

    With one study both are that study.
    """
    k = len(effect)
    normal = stats.norm.ppf(0.975)
    if k == 1:
        centres = {name: (effect[0], np.sqrt(variance[0])) for name in ("fixed", "random")}
        tau2, q, i2, q_p = 0.0, None, None, None
    else:
        # It takes the root of random-effects variances that a negative tau2 makes negative.
        with np.errstate(invalid="ignore"):
            result = combine_effects(effect, variance, method_re="dl")
        centres = {"fixed": (result.mean_effect_fe, result.sd_eff_w_fe)}
        # statsmodels does not cut tau2 off at 0, where random effects are fixed ones.
        centres["random"] = (
            (result.mean_effect_re, result.sd_eff_w_re) if result.tau2 > 0 else centres["fixed"]
        )
        tau2, q = max(result.tau2, 0.0), result.q
        i2 = 100 * max(0.0, (q - (k - 1)) / q) if q > 0 else 0.0
        q_p = stats.chi2.sf(q, k - 1)
    summaries = {}
    for name, (centre, se) in centres.items():
        summary = {
            "estimate": centre,
            "se": se,
            "ci_low": centre - normal * se,
            "ci_high": centre + normal * se,
            "p_value": 2 * stats.norm.sf(abs(centre / se)),
            "tau2": tau2,
            "i2_percent": i2,
            "q": q,
            "q_p_value": q_p,
        }
        if name == "random" and k > 2:
            half = stats.t.ppf(0.975, k - 2) * np.sqrt(tau2 + se**2)
            summary |= {"prediction_low": centre - half, "prediction_high": centre + half}
        summaries[name] = summary
    return summaries
