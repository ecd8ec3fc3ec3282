"""Which word does an estimate earn beside a published value, by a rule fixed before any data are seen?"""

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, special, stats

from il6r.replication import agreement
from il6r.replication.agreement import Numbers
from il6r.replication.published_values import Benchmark
from il6r.tables.replication import VERDICT_WORDS

NOT_COMPUTABLE = "not computable"
TOO_FEW = "too few people"
DISAGREE = "cohorts disagree"
CHECK_FIRST = "check the data first"
REPLICATED = "replicated"
CONFIRMED = "direction confirmed"
# Words that answer neither way.
_OPEN = (
    NOT_COMPUTABLE,
    TOO_FEW,
    DISAGREE,
    CHECK_FIRST,
    "inconclusive",
    "same direction, imprecise",
    "no effect not confirmed",
)
# Residual degrees of freedom below which nothing is judged, unless the plan says otherwise.
FEWEST_DF = 10.0
# Cohorts are heterogeneous from here on: p of Cochran's Q, and percent of I2.
_Q_P, _I2 = 0.1, 50.0
# From here on t is normal to what is told of it.
_MOST_DF = 1e6
# Quantiles of an estimated error over which a chance is averaged.
_ERRORS = 200
# A power is not computed for more than so many times the people.
_MOST_TIMES = 1e6


@dataclass(frozen=True)
class Measured:
    """An estimate on the scale on which it is compared (a log ratio, Fisher's z), with 95 % interval.

    `df` are the degrees of freedom of its error, infinite where it counts as known; `fixed_df` those of the
    common effect, where random effects decide; `relative` says that the outcome is in relative units.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    n: int
    df: float = math.inf
    fixed_df: float | None = None
    relative: bool = False

    @property
    def residual_df(self) -> float:
        """What the model's terms leave of the people; of a known error two less than people."""
        return min(self.df if self.fixed_df is None else self.fixed_df, self.n - 2)


def word(ours: Measured, benchmark: Benchmark, fewest_df: float = FEWEST_DF) -> str:
    """The word of one estimate: see `verdict_words`."""
    estimate, se, low, high = (np.array([one]) for one in (ours.estimate, ours.se, ours.ci_low, ours.ci_high))
    words = verdict_words(
        estimate,
        se,
        low,
        high,
        benchmark,
        ours.df,
        residual_df=ours.residual_df,
        fewest_df=fewest_df,
        relative=ours.relative,
    )
    return str(words[0])


def verdict_words(
    estimate: np.ndarray,
    se: np.ndarray,
    ci_low: np.ndarray,
    ci_high: np.ndarray,
    benchmark: Benchmark,
    df: Numbers = np.inf,
    *,
    residual_df: Numbers | None = None,
    fewest_df: float = FEWEST_DF,
    relative: bool = False,
) -> np.ndarray:
    """The words that the rule (`rule_in_words`) gives to many estimates.

    Parameters
    ----------
    estimate, se, ci_low, ci_high : float64, shape (n,), on the scale on which the benchmark is compared; not
        a number where there is no estimate.
    df : degrees of freedom of their errors.
    residual_df : what the models' terms leave of the people, where that is not `df`.
    fewest_df : below so many nothing is judged.
    relative : whether the estimates are in relative units, of which the size is not judged.

    Returns
    -------
    Of `VERDICT_WORDS`, shape (n,).
    """
    codes = verdict_codes(
        estimate,
        se,
        ci_low,
        ci_high,
        benchmark,
        df,
        residual_df=residual_df,
        fewest_df=fewest_df,
        relative=relative,
    )
    return np.asarray(np.array(VERDICT_WORDS)[codes])


def verdict_codes(
    estimate: np.ndarray,
    se: np.ndarray,
    ci_low: np.ndarray,
    ci_high: np.ndarray,
    benchmark: Benchmark,
    df: Numbers = np.inf,
    *,
    residual_df: Numbers | None = None,
    fewest_df: float = FEWEST_DF,
    relative: bool = False,
) -> np.ndarray:
    """The places of `verdict_words` in `VERDICT_WORDS`, which are quicker to count: int64, shape (n,)."""
    left = np.broadcast_to(df if residual_df is None else residual_df, np.shape(estimate))
    cases = [(np.isnan(estimate), NOT_COMPUTABLE), (left < fewest_df, TOO_FEW)]
    if benchmark.sign == 0:
        return _select(cases + _within(estimate, se, ci_low, ci_high, benchmark, df), _open(benchmark))
    # Towards the published direction.
    size, value = benchmark.sign * estimate, abs(benchmark.value)
    low, high = (ci_low, ci_high) if benchmark.sign > 0 else (-ci_high, -ci_low)
    seen = low > 0
    cases += [(high < 0, "contradicted")]
    if relative or not benchmark.sized:
        interest = 0.0 if relative else benchmark.of_interest
        return _select([*cases, (seen & (high < interest), "same direction, negligible"), (seen, CONFIRMED)])
    differ = differs(estimate, se, ci_low, ci_high, benchmark, df)
    enough = low >= abs(benchmark.smallest)
    known = benchmark.se is not None or benchmark.kind == "about"
    cases += [
        (seen & ~differ & enough, REPLICATED),
        (seen & ~differ, "same direction, imprecise"),
        (seen & (not known), "same direction, size not comparable"),
        (seen & (size < value), "same direction, smaller"),
        (seen, "same direction, larger"),
        (differ & (high < abs(benchmark.smallest)), "contradicted"),
    ]
    return _select(cases)


def differs(
    estimate: Numbers, se: Numbers, ci_low: Numbers, ci_high: Numbers, benchmark: Benchmark, df: Numbers
) -> Numbers:
    """Whether estimates differ from a published size: by the test, or else by excluding that."""
    if benchmark.se is not None:
        error = np.hypot(benchmark.se, se)
        t = np.abs(benchmark.value - estimate) / error
        return agreement.beyond(t, agreement.df_of_difference(error, se, df), 0.025)
    return (ci_low > benchmark.about[1]) | (ci_high < benchmark.about[0])


def equivalence_p(estimate: Numbers, se: Numbers, benchmark: Benchmark, df: Numbers) -> Numbers:
    """p of two one-sided tests that estimates are within the margin, or within the bound of a null."""
    if benchmark.sign == 0:
        return agreement.equivalence(estimate, se, *benchmark.bound, df)
    error = se if benchmark.se is None else np.hypot(se, benchmark.se)
    return agreement.equivalence(
        estimate, error, *benchmark.margin, agreement.df_of_difference(error, se, df)
    )


def chance(benchmark: Benchmark, effect: Numbers, se: Numbers, df: Numbers = np.inf) -> Numbers:
    """How often the rule would confirm a claim where an effect is the truth.

    That is "replicated" of a published size, "direction confirmed" of a direction, "no effect confirmed" and
    "within the bound" of the others; of sizes and directions from the noncentral t of the end of the
    interval, less the chance that the estimates differ because the one here is too large.

    Parameters
    ----------
    effect : the truth, on the scale of comparison.
    se, df : the error of an estimate here, and its degrees of freedom.
    """
    critical = stats.t.ppf(0.975, df)
    if benchmark.sign == 0:
        return _inside(effect, se, df, *benchmark.bound)
    size = benchmark.sign * effect
    if not benchmark.sized:
        return _beyond(critical, size / se, df)
    enough = _beyond(critical, (size - abs(benchmark.smallest)) / se, df)
    if benchmark.se is None:
        most = max(benchmark.sign * end for end in benchmark.about)
        return np.maximum(enough - _beyond(critical, (size - most) / se, df), 0.0)
    error = np.hypot(se, benchmark.se)
    own = agreement.df_of_difference(error, se, df)
    too_large = _beyond(stats.t.ppf(0.975, own), (size - abs(benchmark.value)) / error, own)
    return np.maximum(enough - too_large, 0.0)


@functools.cache
def people_needed(
    benchmark: Benchmark, n: int, se: float, df: float = np.inf, fewest_df: float = FEWEST_DF
) -> float:
    """People with whom `chance` is 80 % where the published value is the truth (none, of a null or a bound).

    The squared error falls with the number of people, as in more people like these, and the degrees of
    freedom rise with it. They are never so few that nothing is judged.

    Returns
    -------
    Whole; not a number where no size says, or no number of people does.
    """
    effect = benchmark.value if benchmark.sized else benchmark.sign * benchmark.of_interest
    if benchmark.sign and not effect:
        return np.nan

    def lacking(log_times: float) -> float:
        """By how much the chance falls short of enough."""
        times = np.exp(log_times)
        own = max(df * times, 1.0)
        return agreement.ENOUGH_POWER - float(chance(benchmark, effect, se / np.sqrt(times), own))

    least, most = np.log(max(fewest_df / df, (fewest_df + 2) / n)), np.log(_MOST_TIMES)
    if lacking(most) > 0:
        return np.nan
    if lacking(least) < 0:
        return float(np.ceil(n * np.exp(least)))
    return float(np.ceil(n * np.exp(optimize.brentq(lacking, least, most, xtol=1e-9))))


def heterogeneous(q_p_value: Numbers, i2_percent: Numbers) -> Numbers:
    """Whether cohorts disagree too much for a common effect to be the answer."""
    return np.less(q_p_value, _Q_P) | np.greater(i2_percent, _I2)


def together(word: str, ours: Measured) -> str:
    """The word of a pooled estimate: where heterogeneous cohorts leave a claim open, that they disagree."""
    stays = ours.fixed_df is None or decided(word) or word in (NOT_COMPUTABLE, TOO_FEW)
    return word if stays else DISAGREE


def decided(word: str) -> bool:
    """Whether a word answers, one way or the other."""
    return word not in _OPEN


def _within(
    estimate: np.ndarray,
    se: np.ndarray,
    ci_low: np.ndarray,
    ci_high: np.ndarray,
    benchmark: Benchmark,
    df: Numbers,
) -> list[tuple[Any, str]]:
    """The cases of nulls and bounds."""
    low, high = benchmark.bound
    nearest = np.minimum(np.subtract(estimate, low), np.subtract(high, estimate))
    inside = agreement.beyond(nearest / se, df, 0.05)
    if benchmark.kind == "no_effect":
        return [(inside, "no effect confirmed")]
    return [(inside, "within the bound"), ((ci_low > high) | (ci_high < low), "beyond the bound")]


def _open(benchmark: Benchmark) -> str:
    return "no effect not confirmed" if benchmark.kind == "no_effect" else "inconclusive"


def _select(cases: list[tuple[Any, str]], otherwise: str = "inconclusive") -> np.ndarray:
    codes = [VERDICT_WORDS.index(word) for _, word in cases]
    return np.select([case for case, _ in cases], codes, VERDICT_WORDS.index(otherwise))


def _inside(effect: Numbers, se: Numbers, df: Numbers, low: float, high: float) -> Numbers:
    """The chance that two one-sided tests both reject, over the errors that may be estimated."""
    middles = (np.arange(_ERRORS) + 0.5) / _ERRORS
    # The error that is estimated, in units of the true one.
    own = np.minimum(df, _MOST_DF)[..., None] if np.ndim(df) else min(df, _MOST_DF)
    tail = stats.t.ppf(0.95, own) * np.sqrt(stats.chi2.ppf(middles, own) / own)
    ends = (np.asarray((end - effect) / se)[..., None] for end in (low, high))
    least, most = (next(ends) + tail, next(ends) - tail)
    inside = np.maximum(stats.norm.cdf(most) - stats.norm.cdf(least), 0.0)
    return np.where(most > least, inside, 0.0).mean(axis=-1)[()]


def _beyond(critical: Numbers, noncentrality: Numbers, df: Numbers) -> Numbers:
    """The chance that a noncentral t exceeds a critical value."""
    below = special.nctdtr(np.minimum(df, _MOST_DF), noncentrality, critical)
    normal = stats.norm.cdf(critical - noncentrality)
    # Where next to nothing is left, scipy has no number for it.
    exact = np.where(np.isnan(below), normal, below)
    return 1 - np.where(np.less(df, _MOST_DF), exact, normal)
