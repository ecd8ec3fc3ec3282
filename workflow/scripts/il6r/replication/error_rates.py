"""How often would each verdict be given with this precision, whatever is true?"""

from dataclasses import dataclass, fields
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from il6r import seeds
from il6r.replication import pooling, verdict_rule
from il6r.replication.agreement import Numbers
from il6r.replication.effect_measures import MEASURES, on_measure, share_of_effect
from il6r.replication.pooling import Cohorts
from il6r.replication.published_values import Benchmark
from il6r.replication.verdict_rule import FEWEST_DF, Measured
from il6r.replication.verdicts import POOLED, benchmark_of, in_relative_units, measured
from il6r.tables.association import EVERYBODY
from il6r.tables.replication import ERROR_RATES, VERDICT_WORDS

DRAWS = 20_000
_MOST_STEPS = 100


@dataclass(frozen=True)
class Drawn:
    """Estimates around a truth of no effect, on the scale of comparison: arrays of shape (draws,).

    Attributes
    ----------
    estimate, se : with errors that were estimated on `df`, infinite where they are known.
    below, above : how far their 95 % intervals reach, of a share of variance from its root without the sign.
    residual_df : what the models' terms leave of the people.
    disagreeing : where heterogeneous cohorts made random effects decide.
    """

    estimate: np.ndarray
    se: np.ndarray
    below: np.ndarray
    above: np.ndarray
    df: Numbers
    residual_df: Numbers
    disagreeing: Numbers = False

    def some(self, chosen: np.ndarray) -> "Drawn":
        """Those that `chosen`, bool of shape (draws,), has."""
        every = (np.broadcast_to(getattr(self, one.name), self.estimate.shape) for one in fields(self))
        return Drawn(*(values[chosen] for values in every))


def error_rates(
    estimates: pd.DataFrame,
    published: pd.DataFrame,
    settings: dict[str, Any],
    *,
    seed: int,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """How often the rule would give each verdict in each cohort, and in their pool.

    The precision is each cohort's own: the standard error and its degrees of freedom are what its people,
    visits, missing values, censoring and the choice of errors have left. Around each truth an estimate is
    normal with that error; its squared error is chi-squared over its degrees of freedom, and its interval as
    many errors wide as the cohort's (of a share of variance all that is of Fisher's z of its root, whose sign
    is then dropped). The pool is of cohorts that are drawn in this way around one common truth, by fixed
    effects or, where they are heterogeneous, by random ones, as the claim's verdict is. That a verdict is
    held back is no part of it.

    Parameters
    ----------
    estimates, published, settings : as of `verdicts.judge`.
    draws : of each cohort; the same ones around every truth.

    Returns
    -------
    `ERROR_RATES`; cohorts without an estimate that can be compared have no rows.
    """
    estimates = estimates[estimates["stratum"] == EVERYBODY]
    groups = {analysis: group for (analysis, _), group in pooling.poolable(estimates)}
    rows: list[dict[str, Any]] = []
    for row in published[published["role"] == "primary"].drop_duplicates("claim").itertuples():
        primary, best = of_claim(row, published, settings)
        own = estimates[(estimates["analysis"] == row.analysis) & estimates["estimate"].notna()]
        own = own[own["scale"].isin(MEASURES[primary.scale].models) & (own["se"] > 0)]
        # Of each cohort, and of all together.
        relative = {
            **{
                cohort: in_relative_units(one.to_dict("records"))
                for cohort, one in own.groupby("cohort", sort=False)
            },
            POOLED: in_relative_units(own.to_dict("records")),
        }
        found = {
            one["cohort"]: measured(one, primary.scale, relative=relative[one["cohort"]])
            for one in own.to_dict("records")
        }
        drawn = {
            cohort: drawn_like(ours, seeds.generator(seed, "error rates", row.claim, cohort), draws)
            for cohort, ours in found.items()
        }
        people = {cohort: ours.n for cohort, ours in found.items()}
        behind = [cohort for cohort in groups.get(row.analysis, own)["cohort"] if cohort in drawn]
        if behind and row.analysis in groups:
            people[POOLED] = sum(people[cohort] for cohort in behind)
            drawn[POOLED] = pooled_draws([drawn[cohort] for cohort in behind], people[POOLED])
        effects = true_effects(primary, best)
        for cohort, one in drawn.items():
            place = {
                **{key: getattr(row, key) for key in ("claim", "analysis", "benchmark", "scale")},
                "cohort": cohort,
                "n": people[cohort],
            }
            for truth, effect in effects.items():
                units = {"relative": relative[cohort]}
                codes = judged(one, effect, primary, settings.get("fewest_df", FEWEST_DF), **units)
                told = {"truth": truth, "effect": on_measure(effect, primary.scale)}
                rows += [place | told | share for share in shares(codes, confirming(primary, **units))]
    return pd.DataFrame(rows, columns=list(ERROR_RATES.columns))


def of_claim(
    row: Any, published: pd.DataFrame, settings: dict[str, Any]
) -> tuple[Benchmark, Benchmark | None]:
    """A claim's primary published value, which is `row`, and the best evidence where that is another."""
    best = published[(published["claim"] == row.claim) & (published["role"] == "best")].to_dict("records")
    other = benchmark_of(SimpleNamespace(**best[0]), settings) if best else None
    return benchmark_of(row, settings), other


def true_effects(primary: Benchmark, best: Benchmark | None = None) -> dict[str, float]:
    """The truths (`TRUTHS`) of a claim's error rates, on the scale of comparison.

    Parameters
    ----------
    best : the best evidence, where that is another value.
    """
    effects = {"none": 0.0}
    if primary.sized:
        published = on_measure(primary.value, primary.scale)
        effects |= {
            "half": share_of_effect(published, 0.5, primary.scale),
            "published": primary.value,
        }
    elif primary.sign == 0:
        effects["bound"] = primary.bound[1]
    elif primary.of_interest:
        effects["of interest"] = primary.sign * primary.of_interest
    if best is not None and best.sized:
        effects["best"] = best.value
    return effects


def confirming(benchmark: Benchmark, *, relative: bool = False) -> str:
    """The word that confirms a claim with such a published value."""
    if benchmark.sign == 0:
        return "no effect confirmed" if benchmark.kind == "no_effect" else "within the bound"
    return verdict_rule.REPLICATED if benchmark.sized and not relative else verdict_rule.CONFIRMED


def drawn_like(ours: Measured, rng: np.random.Generator, draws: int) -> Drawn:
    """Estimates of no effect with the precision of one that is there."""
    normal = rng.normal(0.0, ours.se, draws)
    known = np.isinf(ours.df)
    se = ours.se * (np.ones(draws) if known else np.sqrt(rng.chisquare(ours.df, draws) / ours.df))
    # An interval that ends at no share at all does not say how far it would have reached.
    below = (ours.estimate - ours.ci_low) / ours.se if ours.ci_low else stats.t.ppf(0.975, ours.df)
    above = (ours.ci_high - ours.estimate) / ours.se
    return Drawn(normal, se, below * se, above * se, ours.df, ours.residual_df)


def pooled_draws(cohorts: list[Drawn], people: int) -> Drawn:
    """Pools of cohorts that were drawn, as `verdicts.deciding` chooses among those of `pooling.combine`.

    Parameters
    ----------
    people : of all cohorts.
    """
    if len(cohorts) == 1:
        return cohorts[0]
    k = len(cohorts)
    effect = np.stack([one.estimate for one in cohorts], axis=-1)
    variance = np.stack([one.se**2 for one in cohorts], axis=-1)
    df = np.stack([np.broadcast_to(one.df, one.estimate.shape) for one in cohorts], axis=-1)
    every = Cohorts(effect, variance, df)
    estimate, se, own_df = every.mean(0.0)
    q = pooling.cochrans_q(effect, every.weighing)
    i2 = 100 * np.maximum(0.0, (q - (k - 1)) / np.where(q > 0, q, 1.0))
    odd = verdict_rule.heterogeneous(stats.chi2.sf(q, k - 1), i2)
    few = np.minimum(own_df, people - 2)
    if odd.any():
        some = Cohorts(effect[odd], variance[odd], df[odd])
        tau2 = _paule_mandel(some)
        centre, error, random_df = some.mean(tau2)
        total = some.weighing + tau2[:, None]
        between = pooling.cochrans_q(some.effect, total) / (k - 1) / (1 / total).sum(axis=-1)
        estimate[odd], se[odd] = centre, np.maximum(error, np.sqrt(between))
        own_df[odd] = np.minimum(k - 1.0, random_df)
    half = stats.t.ppf(0.975, own_df) * se
    return Drawn(estimate, se, half, half, own_df, few, odd)


def judged(
    drawn: Drawn,
    truth: Numbers,
    benchmark: Benchmark,
    fewest_df: float = FEWEST_DF,
    *,
    relative: bool = False,
) -> np.ndarray:
    """The words that estimates around a truth earn, as places in `VERDICT_WORDS`: int64, shape (draws,)."""
    estimate = drawn.estimate + truth
    if benchmark.scale == "r2":
        # A share of variance has no sign, and its interval ends at 0.
        estimate = abs(estimate)
    low, high = estimate - drawn.below, estimate + drawn.above
    if benchmark.scale == "r2":
        low = np.maximum(low, 0.0)
    codes = verdict_rule.verdict_codes(
        estimate,
        drawn.se,
        low,
        high,
        benchmark,
        drawn.df,
        residual_df=drawn.residual_df,
        fewest_df=fewest_df,
        relative=relative,
    )
    open_words = [
        place
        for place, word in enumerate(VERDICT_WORDS)
        if not verdict_rule.decided(word) and word not in (verdict_rule.TOO_FEW, verdict_rule.NOT_COMPUTABLE)
    ]
    left_open = drawn.disagreeing & np.isin(codes, open_words)
    return np.asarray(np.where(left_open, VERDICT_WORDS.index(verdict_rule.DISAGREE), codes))


def shares(codes: np.ndarray, always: str) -> list[dict[str, Any]]:
    """How often each word came out, with Monte Carlo errors; `always` is told of even where it never did."""
    counts = np.bincount(codes, minlength=len(VERDICT_WORDS))
    found = []
    for word, count in zip(VERDICT_WORDS, counts.tolist(), strict=True):
        if count or word == always:
            share = count / len(codes)
            error = float(np.sqrt(share * (1 - share) / len(codes)))
            found.append({"verdict": word, "share": share, "monte_carlo_se": error})
    return found


def _paule_mandel(cohorts: Cohorts) -> np.ndarray:
    """The variance between cohorts of many pools: Q falls and is convex in it, so that Newton's steps end."""
    k = cohorts.effect.shape[-1]
    tau2 = np.zeros(cohorts.effect.shape[:-1])
    for _ in range(_MOST_STEPS):
        weights = 1 / (cohorts.weighing + tau2[:, None])
        mean = (weights * cohorts.effect).sum(axis=-1) / weights.sum(axis=-1)
        squares = (weights * (cohorts.effect - mean[:, None])) ** 2
        excess = (squares / weights).sum(axis=-1) - (k - 1)
        step = np.maximum(excess, 0.0) / squares.sum(axis=-1)
        tau2 = tau2 + step
        if (step <= 1e-10 * tau2).all():
            return np.asarray(tau2)
    raise ArithmeticError("the variance between cohorts is not found")
