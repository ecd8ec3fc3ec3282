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
    cohorts. Log ratios are pooled as they are, shares of variance as Fisher's z of their roots. One
    cohort is its own pool. Activity in a cohort's own unit is not pooled.

    Parameters
    ----------
    estimates : `tables.ESTIMATES` of all cohorts; rows without an estimate are passed over.

    Returns
    -------
    `tables.POOLED`, in the order in which the analyses first appear.
    """
    usable = estimates.dropna(subset=["estimate", "se"])
    # Outcomes in units that cohorts need not share.
    usable = usable[~usable["analysis"].str.startswith("other_")]
    if usable.empty:
        return pd.DataFrame(columns=list(tables.POOLED.columns))
    rows = []
    for name, group in usable.groupby("analysis", sort=False):
        first = group.iloc[0]
        summaries = _one_cohort(first) if len(group) == 1 else _several(group)
        for model, summary in summaries.items():
            row = {
                "analysis": name,
                "model": model,
                "effect_allele": first["effect_allele"],
                "scale": first["scale"],
                "cohorts": len(group),
                "n_participants": int(group["n_participants"].sum()),
            }
            if row["scale"] == "log_ratio":
                ends = {"percent": "estimate", "percent_low": "ci_low", "percent_high": "ci_high"}
                row |= {column: 100 * np.expm1(summary[key]) for column, key in ends.items()}
            rows.append(row | summary)
    return pd.DataFrame(rows)


def _one_cohort(row: pd.Series) -> dict[str, dict]:
    """One cohort is its own pool, with its own interval."""
    summary = {key: row[key] for key in ("estimate", "se", "ci_low", "ci_high", "p_value")}
    return {model: summary | {"tau2": 0.0} for model in ("fixed", "random")}


def _several(group: pd.DataFrame) -> dict[str, dict]:
    effect, se = group["estimate"].to_numpy(), group["se"].to_numpy()
    if group["scale"].iloc[0] != "r2":
        return meta_analyse(effect, se**2)
    # A share of variance is pooled as Fisher's z of its root, which is nearer to normal.
    r = np.sqrt(effect)
    z_se = se / (2 * r * (1 - effect))
    summaries = meta_analyse(np.arctanh(r), z_se**2)
    for summary in summaries.values():
        z, error = summary["estimate"], summary["se"]
        ends = {key: summary[key] for key in ("ci_low", "ci_high", "prediction_low", "prediction_high")
                if key in summary}  # fmt: skip
        summary |= {key: max(np.tanh(end), 0.0) ** 2 for key, end in ends.items()}
        summary["estimate"] = np.tanh(z) ** 2
        summary["se"] = 2 * np.tanh(z) * (1 - np.tanh(z) ** 2) * error
    return summaries


def meta_analyse(effect: np.ndarray, variance: np.ndarray) -> dict[str, dict]:
    """Fixed- and random-effects summaries of `effect` (shape (k,), k at least 2) with sampling `variance`."""
    k = len(effect)
    normal = stats.norm.ppf(0.975)
    # It takes the root of random-effects variances that a negative tau2 makes negative.
    with np.errstate(invalid="ignore"):
        result = combine_effects(effect, variance, method_re="dl")
    centres = {"fixed": (result.mean_effect_fe, result.sd_eff_w_fe)}
    # statsmodels does not cut tau2 off at 0, where random effects are fixed ones.
    centres["random"] = (result.mean_effect_re, result.sd_eff_w_re) if result.tau2 > 0 else centres["fixed"]
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
