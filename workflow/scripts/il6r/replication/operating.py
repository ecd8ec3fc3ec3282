"""How often does each verdict come out where the truth is known?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from il6r import seeds
from il6r.replication.published_values import Benchmark
from il6r.replication.verdict_rule import verdict_words
from il6r.tables.replication import OPERATING, VERDICT_WORDS

# The claim for which the literature gives different values: the variant's effect per allele on log sIL-6R.
ANALYSIS = "sil6r_additive"
# Per allele: nothing, half of what the largest study saw, that (ERFC 2012), and what the review says.
TRUTHS = (0.0, 20.0, 34.3, 50.0)
SIZES = (60, 300, 1500)
# The allele frequency of the largest study (ERFC 2012), and the residual deviation of log sIL-6R with
# which +50 % per allele explains half of the variance there, as the review says.
FREQUENCY = 0.39
RESIDUAL_SD = float(np.log(1.5) * np.sqrt(2 * FREQUENCY * (1 - FREQUENCY)))
_DRAWS = 20_000
# Words that are told of even where they never come out.
_ALWAYS = (
    "replicated",
    "same direction, imprecise",
    "same direction, smaller",
    "same direction, larger",
    "inconclusive",
    "contradicted",
)


def rates(
    published: pd.DataFrame,
    settings: dict[str, float],
    *,
    seed: int,
    residual_sd: float = RESIDUAL_SD,
    frequency: float = FREQUENCY,
    draws: int = _DRAWS,
    truths: Sequence[float] = TRUTHS,
    sizes: Sequence[int] = SIZES,
) -> pd.DataFrame:
    """Draw estimates of the effect per allele and judge each by the rule of `verdicts`.

    The estimate of the additive model of log sIL-6R is normal around the truth with variance
    residual_sd^2 / (n 2 f (1 - f)), f being the effect allele's frequency in Hardy-Weinberg proportions; its
    squared error is that times chi-squared over its n - 2 degrees of freedom, and the interval by t. This is
    one cohort without covariates: what the pooled estimate has, a study of all cohorts' people has too.

    Parameters
    ----------
    published : `resources/published_effects.tsv`.
    settings : `replication` of the plan.
    residual_sd : of log sIL-6R given the dosage.
    truths : percent per allele.
    sizes : people.
    draws : cohorts of each truth and size.

    Returns
    -------
    `OPERATING`.
    """
    fits: dict[tuple[float, int], tuple[np.ndarray, ...]] = {}
    for truth in truths:
        for n in sizes:
            rng = seeds.generator(seed, "operating", truth, n)
            error = residual_sd / np.sqrt(n * 2 * frequency * (1 - frequency))
            estimate = rng.normal(np.log1p(truth / 100), error, draws)
            se = error * np.sqrt(rng.chisquare(n - 2, draws) / (n - 2))
            half = stats.t.ppf(0.975, n - 2) * se
            fits[truth, n] = (estimate, se, estimate - half, estimate + half)
    return observed(fits, published, settings)


def observed(
    fits: dict[tuple[float, int], tuple[np.ndarray, ...]],
    published: pd.DataFrame,
    settings: dict[str, float],
) -> pd.DataFrame:
    """The verdicts on fitted cohorts, and how often each comes out.

    Parameters
    ----------
    fits : by truth in percent per allele and number of people, the arrays estimate, se, ci_low and ci_high of
        log ratios, float64, shape (cohorts,); not a number where a cohort gave no estimate.
    published, settings : as of `rates`.

    Returns
    -------
    `OPERATING`, with "not computable" where that came out.
    """
    rows = []
    for row in published.itertuples():
        benchmark = Benchmark.read(row, settings)
        if row.analysis != ANALYSIS or row.role == "context" or not benchmark.sized:
            continue
        for (truth, n), numbers in fits.items():
            estimate, se, low, high = numbers
            words = verdict_words(estimate, se, low, high, benchmark, residual_df=n - 2.0)
            for word in VERDICT_WORDS:
                share = float(np.mean(words == word))
                if share == 0 and word not in _ALWAYS:
                    continue
                rows.append(
                    {
                        "benchmark": row.benchmark,
                        "truth_percent": truth,
                        "n": n,
                        "verdict": word,
                        "share": share,
                        "monte_carlo_se": float(np.sqrt(share * (1 - share) / len(words))),
                    }
                )
    return pd.DataFrame(rows).reindex(columns=list(OPERATING.columns))
