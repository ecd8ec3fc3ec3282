"""What do the cohorts say together?"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats

from il6r.replication.agreement import Numbers
from il6r.replication.effect_measures import (
    MEASURES,
    estimate_on_analysis_scale,
    on_measure,
    square_of_correlation,
)
from il6r.tables.association import EVERYBODY
from il6r.tables.replication import LEFT_OUT, POOLED

MODELS = ("fixed", "paule_mandel", "reml")
# Degrees of freedom below which the mean of an inverse variance is no guide.
_FEW = 4
# Measured in units that cohorts need not share.
_OWN_UNIT = "activity in "
# How the columns of outcomes in relative units end.
RELATIVE = "_relative"
# Fisher's scoring gains about a digit a step; the restricted likelihood of a few numbers costs nothing.
_MOST_STEPS = 10_000
_TOLERANCE = 1e-12


def pool(estimates: pd.DataFrame) -> pd.DataFrame:
    """Pool each analysis over cohorts, of everybody and of each stratum, with fixed and with random effects.

    Fixed effects weigh by inverse variance; random effects add the variance between cohorts, and their
    intervals and p-values are Hartung & Knapp's; both take the degrees of freedom of the errors into account:
    see `combine`. Effects are pooled as they are, but correlations as Fisher's z, and shares of variance as
    that of their roots (with the sign of the effect, where another analysis of the same outcome and exposure
    tells it, so that opposite effects do not add up); of these, tau2 and Q are of z. One cohort is its own
    pool, with its own interval. What cohorts measured in units of their own is not pooled.

    Parameters
    ----------
    estimates : `ESTIMATES` of all cohorts; rows without an estimate are passed over.

    Returns
    -------
    `POOLED`, in the order in which analyses and strata first appear.
    """
    rows = []
    for (analysis, stratum), group in poolable(estimates):
        first = group.iloc[0]
        for model, summary in summaries(group).items():
            row = {
                "analysis": analysis,
                "group": stratum,
                "model": model,
                "effect_allele": first["effect_allele"],
                "scale": first["scale"],
                "cohorts": len(group),
                "n_participants": int(group["n_participants"].sum()),
            }
            if row["scale"] in MEASURES["percent"].models:
                ends = {"percent": "estimate", "percent_low": "ci_low", "percent_high": "ci_high"}
                row |= {column: on_measure(summary[key], "percent") for column, key in ends.items()}
            rows.append(row | summary)
    return pd.DataFrame(rows).reindex(columns=list(POOLED.columns))


def leave_one_out(estimates: pd.DataFrame) -> pd.DataFrame:
    """Pool each analysis without each cohort in turn: does one of them make the result?

    Parameters
    ----------
    estimates : as of `pool`; only estimates of everybody are looked at.

    Returns
    -------
    `LEFT_OUT`, of analyses with two cohorts or more. What is left of two is one, and its own pool.
    """
    rows = []
    for (analysis, _), group in poolable(estimates[estimates["stratum"] == EVERYBODY]):
        for cohort in group["cohort"] if len(group) > 1 else ():
            rest = summaries(group[group["cohort"] != cohort])
            fixed, random = rest["fixed"], rest["paule_mandel"]
            rows.append(
                {
                    "analysis": analysis,
                    "left_out": cohort,
                    "scale": group["scale"].iloc[0],
                    "cohorts": len(group) - 1,
                    **{key: fixed[key] for key in ("estimate", "se", "ci_low", "ci_high", "df")},
                    "random_estimate": random["estimate"],
                    "random_low": random["ci_low"],
                    "random_high": random["ci_high"],
                }
            )
    return pd.DataFrame(rows).reindex(columns=list(LEFT_OUT.columns))


def is_relative(estimates: pd.DataFrame) -> pd.Series:
    """Which rows of `ESTIMATES` are of an outcome in relative units (NPX, RFU)."""
    return estimates["outcome"].str.endswith(RELATIVE)


def combine(
    effect: np.ndarray, variance: np.ndarray, df: np.ndarray | None = None
) -> dict[str, dict[str, float]]:
    """Meta-analysis of two or more estimates.

    "fixed": inverse-variance weights. "paule_mandel": the variance between cohorts at which Q is what it is
    expected to be (Paule & Mandel 1982, doi 10.6028/jres.087.022). "reml": that of the highest restricted
    likelihood (Viechtbauer 2005, doi 10.3102/10769986030003261).

    Variances that are estimated on few degrees of freedom make the weights err with them. So a cohort weighs
    by the mean of its inverse variance, (df - 2) / df of the inverse of what was estimated; the pooled error
    is Meier's (1953, doi 10.2307/3001633), here with df - 2, which adds what erring weights cost; and the
    interval of fixed effects takes t with Satterthwaite's degrees of freedom (1946, doi 10.2307/3002019).
    With known variances all that is the usual inverse-variance mean with its normal interval.

    Random effects have Hartung & Knapp's errors and t with k - 1 degrees of freedom (2001,
    doi 10.1002/sim.791; Knapp & Hartung 2003, doi 10.1002/sim.1482), which are not made smaller where cohorts
    agree better than chance, so that the interval is not narrower than that of fixed effects (Röver, Knapp &
    Friede 2015, doi 10.1186/s12874-015-0091-1; R's metafor calls it "adhoc"). Of two cohorts it is t with one
    degree of freedom, which is very long and says almost nothing (Friede, Röver, Wandel & Neuenschwander
    2016, arXiv:1606.04969).

    I2 is the share of tau2 in the variance of a cohort with the usual error (Higgins & Thompson 2002,
    doi 10.1002/sim.1186), with fixed effects (Q - k + 1) / Q; its interval is by the Q-profile method
    (Viechtbauer 2007, doi 10.1002/sim.2514), which asks for no model. The prediction interval, for the effect
    in a further cohort, takes t with k - 1 degrees of freedom and the interval's error, as R's metafor 3.8
    does for these models, and needs three cohorts; of few it is too short (Partlett & Riley 2017,
    doi 10.1002/sim.7140).

    Parameters
    ----------
    effect, variance : float64, shape (k,), k at least 2: estimates and their squared standard errors.
    df : float64, shape (k,), above 0: degrees of freedom of the errors, infinite where they are known; None
        where all are.

    Returns
    -------
    For each of `MODELS`: estimate, se, ci_low, ci_high, df, p_value, tau2, i2_percent, i2_low, i2_high, q and
    q_p_value; with random effects prediction_low and prediction_high from three cohorts on.
    """
    k = len(effect)
    cohorts = Cohorts(effect, variance, np.full(k, np.inf) if df is None else df)
    known = cohorts.weighing
    weights = 1 / known
    # The variance of a cohort of the usual size (Higgins & Thompson 2002, equation 9).
    usual = (k - 1) * weights.sum() / (weights.sum() ** 2 - (weights**2).sum())
    q = _q(effect, known)
    profile = [_tau2_of_q(effect, known, stats.chi2.isf(tail, k - 1)) for tail in (0.025, 0.975)]
    low, high = (100 * tau2 / (tau2 + usual) for tau2 in profile)
    shared = {"i2_low": low, "i2_high": high, "q": q, "q_p_value": float(stats.chi2.sf(q, k - 1))}
    i2_of_q = 100 * max(0.0, (q - (k - 1)) / q) if q > 0 else 0.0
    summaries = {"fixed": _summary(*cohorts.mean(0.0)) | {"tau2": 0.0, "i2_percent": i2_of_q} | shared}
    for model, tau2 in {
        "paule_mandel": _tau2_of_q(effect, known, k - 1),
        "reml": _tau2_reml(effect, known),
    }.items():
        centre, se, own_df = cohorts.mean(tau2)
        between = _q(effect, known + tau2) / (k - 1) / float((1 / (known + tau2)).sum())
        se, t_df = max(se, float(np.sqrt(between))), min(k - 1.0, own_df)
        summary = _summary(centre, se, t_df) | {"tau2": tau2, "i2_percent": 100 * tau2 / (tau2 + usual)}
        if k > 2:
            half = float(stats.t.ppf(0.975, t_df) * np.hypot(np.sqrt(tau2), se))
            summary |= {"prediction_low": centre - half, "prediction_high": centre + half}
        summaries[model] = summary | shared
    return summaries


@dataclass(frozen=True)
class Cohorts:
    """Estimates, their squared errors, and the degrees of freedom of these; arrays of shape (..., k).

    `mean` pools them: see `combine`.
    """

    effect: np.ndarray
    variance: np.ndarray
    df: np.ndarray

    @property
    def _kept(self) -> np.ndarray:
        """The part of an inverse variance that is not there by chance."""
        # With 2 degrees of freedom or fewer it has no mean; below 4 the line that touches the curve there.
        return np.where(self.df >= _FEW, 1 - 2 / self.df, self.df / (2 * _FEW))

    @property
    def weighing(self) -> np.ndarray:
        """The variances by which cohorts weigh."""
        return np.asarray(self.variance / self._kept)

    def mean(self, tau2: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Weighted means with errors and degrees of freedom, given variances between cohorts: shape (...)."""
        tau2 = np.asarray(tau2)[..., None]
        total = self.weighing + tau2
        part = 1 / total / (1 / total).sum(axis=-1, keepdims=True)
        centre = (part * self.effect).sum(axis=-1)
        # Of the variance between cohorts nothing rests on the cohorts' own degrees of freedom.
        own = (self.weighing / total) ** 2
        doubt = 1 + 4 * (part * (1 - part) * own / (self.df * self._kept)).sum(axis=-1)
        se = np.sqrt(doubt * (part**2 * (self.variance + tau2)).sum(axis=-1))
        loss = (part**2 * own / self.df).sum(axis=-1)
        return centre, se, np.divide(1.0, loss, out=np.full(loss.shape, np.inf), where=loss > 0)[()]


def poolable(estimates: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    """The names and the usable estimates of each analysis and stratum; with the effect's sign.

    Effects in relative units are not proportional to those in concentrations, and are left out where some
    cohort has these.
    """
    usable = estimates.dropna(subset=["estimate", "se"])
    usable = usable[~usable["outcome"].str.startswith(_OWN_UNIT)]
    sized = usable["scale"] == "log_ratio"
    in_units = sized & ~is_relative(usable)
    measured = pd.MultiIndex.from_frame(usable.loc[in_units, ["analysis", "stratum"]])
    beside = pd.MultiIndex.from_frame(usable[["analysis", "stratum"]]).isin(measured)
    usable = usable[~(sized & ~in_units & beside)]
    place = ["cohort", "stratum", "outcome", "exposure", "coding"]
    effects = usable[usable["scale"] != "r2"].drop_duplicates(place).set_index(place)["estimate"]
    signs = np.sign(effects.reindex(pd.MultiIndex.from_frame(usable[place])).to_numpy(dtype=float))
    usable = usable.assign(sign=np.where(np.isnan(signs) | (signs == 0), 1.0, signs))
    for name, group in usable.groupby(["analysis", "stratum"], sort=False):
        # A difference is in the outcome's unit, which is in its column's name; and an effect per unit of a
        # measured exposure is in that one's.
        unit = ["scale", "exposure"] + (["outcome"] if group["scale"].iloc[0] == "difference" else [])
        if len(group[unit].drop_duplicates()) == 1:
            yield name, group


def cochrans_q(effect: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Cochran's Q (1954, doi 10.2307/3001666) of many sets of k cohorts: float64, shape (...) of (..., k)."""
    weights = 1 / variance
    mean = (weights * effect).sum(axis=-1, keepdims=True) / weights.sum(axis=-1, keepdims=True)
    return np.asarray((weights * (effect - mean) ** 2).sum(axis=-1))


def summaries(group: pd.DataFrame) -> dict[str, dict[str, float]]:
    """The summaries of one analysis, on the scale of its estimates."""
    if len(group) == 1:
        own = {key: group[key].iloc[0] for key in ("estimate", "se", "ci_low", "ci_high", "df", "p_value")}
        return {model: own | {"tau2": 0.0} for model in MODELS}
    effect, se = group["estimate"].to_numpy(), group["se"].to_numpy()
    df = group["df"].fillna(np.inf).to_numpy(dtype=float)
    scale = group["scale"].iloc[0]
    if scale not in ("r2", "correlation"):
        return combine(effect, se**2, df)
    ends = zip(group["ci_low"], group["ci_high"], strict=True)
    compared = [
        estimate_on_analysis_scale(value, error, *interval, scale)
        for value, error, interval in zip(effect, se, ends, strict=True)
    ]
    z, z_se, _, _ = np.array(compared).T
    if scale == "correlation":
        return {model: _correlations(summary) for model, summary in combine(z, z_se**2, df).items()}
    pools = combine((group["sign"] * z).to_numpy(), z_se**2, df)
    return {model: _shares(summary) for model, summary in pools.items()}


def _correlations(summary: dict[str, float]) -> dict[str, float]:
    """A summary of Fisher's z as one of correlations."""
    r = math.tanh(summary["estimate"])
    ends = {key: math.tanh(end) for key, end in summary.items() if key.startswith(("ci_", "prediction_"))}
    return summary | ends | {"estimate": r, "se": summary["se"] * (1 - r**2)}


def _shares(summary: dict[str, float]) -> dict[str, float]:
    """A summary of Fisher's z as one of shares of variance."""
    ends = {key: end for key, end in summary.items() if key.startswith(("ci_", "prediction_"))}
    return summary | square_of_correlation(summary["estimate"], summary["se"], ends)


def _summary(centre: float, se: float, df: float) -> dict[str, float]:
    """An estimate with interval and p-value by t with `df` degrees of freedom, infinite for the normal."""
    half = stats.t.ppf(0.975, df) * se
    # Cohorts with the very same estimate leave no error to test against.
    t = abs(centre) / se if se > 0 else (np.inf if centre else 0.0)
    numbers = (centre, se, centre - half, centre + half, df if np.isfinite(df) else np.nan)
    names = ("estimate", "se", "ci_low", "ci_high", "df")
    return dict(zip(names, map(float, numbers), strict=True)) | {"p_value": float(2 * stats.t.sf(t, df))}


def _weighted_mean(effect: np.ndarray, variance: np.ndarray) -> tuple[float, float]:
    """The mean by inverse variance, and its error."""
    weights = 1 / variance
    return float(weights @ effect / weights.sum()), float(1 / np.sqrt(weights.sum()))


def _q(effect: np.ndarray, variance: np.ndarray) -> float:
    return float(cochrans_q(effect, variance))


def _tau2_of_q(effect: np.ndarray, variance: np.ndarray, target: float) -> float:
    """The variance between cohorts at which Q, which falls with it, is `target`; 0 if it is lower at 0."""
    if _q(effect, variance) <= target:
        return 0.0
    # Weights are all less than 1 / tau2, and so is Q less than the unweighted squares over tau2.
    most = float(((effect - effect.mean()) ** 2).sum()) / target
    found = optimize.brentq(
        lambda tau2: _q(effect, variance + tau2) - target, 0, most, xtol=_TOLERANCE * most, rtol=1e-14
    )
    return float(found)


def _tau2_reml(effect: np.ndarray, variance: np.ndarray) -> float:
    """The variance between cohorts of the highest restricted likelihood, by Fisher's scoring."""
    # The likelihood may have a second maximum, at 0 or far off: from both sides, and the higher one.
    ends = [_ascend(effect, variance, start) for start in (0.0, float(effect.var(ddof=1)))]
    return max(ends, key=lambda tau2: (_restricted_likelihood(effect, variance, tau2), -tau2))


def _ascend(effect: np.ndarray, variance: np.ndarray, tau2: float) -> float:
    for _ in range(_MOST_STEPS):
        total = variance + tau2
        weights = 1 / total
        w1, w2, w3 = (float((weights**power).sum()) for power in (1, 2, 3))
        deviations = effect - _weighted_mean(effect, total)[0]
        score = float((weights**2 * deviations**2).sum()) - (w1 - w2 / w1)
        step = score / (w2 - 2 * w3 / w1 + (w2 / w1) ** 2)
        here = _restricted_likelihood(effect, variance, tau2)
        following = max(0.0, tau2 + step)
        small = _TOLERANCE * float(total.min())
        while abs(following - tau2) > small and _restricted_likelihood(effect, variance, following) < here:
            following = (tau2 + following) / 2
        if abs(following - tau2) <= small:
            return following
        tau2 = following
    raise ArithmeticError("Fisher's scoring of the restricted likelihood does not end")


def _restricted_likelihood(effect: np.ndarray, variance: np.ndarray, tau2: float) -> float:
    """Twice the logarithm of the restricted likelihood, but for constants."""
    total = variance + tau2
    return -float(np.log(total).sum() + np.log((1 / total).sum()) + _q(effect, total))
