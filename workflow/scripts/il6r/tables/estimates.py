"""Tables of results: estimates, pooled values and verdicts."""

from il6r.tables.contract import REAL, TEXT, WHOLE, Table, column

# One row per analysis. `estimate`, `se` and the interval are on `scale` (log ratio, r2); the percent
# columns restate a log ratio r as 100 (exp(r) - 1).
ESTIMATES = Table(
    "estimates",
    {
        "cohort": column(TEXT),
        "analysis": column(TEXT),
        "outcome": column(TEXT),
        "coding": column(TEXT),
        "effect_allele": column(TEXT),
        "scale": column(TEXT, allowed=("log_ratio", "r2")),
        "estimate": column(REAL, nullable=True),
        "se": column(REAL, nullable=True, low=0),
        "ci_low": column(REAL, nullable=True),
        "ci_high": column(REAL, nullable=True),
        "p_value": column(REAL, nullable=True, low=0, high=1),
        "n": column(WHOLE, low=0),
        "n_participants": column(WHOLE, low=0),
        "n_censored": column(WHOLE, low=0),
        "percent": column(REAL, nullable=True),
        "percent_low": column(REAL, nullable=True),
        "percent_high": column(REAL, nullable=True),
        "r2_variant": column(REAL, nullable=True, low=0, high=1),
        "model": column(TEXT),
        "errors": column(TEXT),
        "covariates": column(TEXT, nullable=True),
        "note": column(TEXT, nullable=True),
    },
    key=("cohort", "analysis"),
)


# The outcome in each genotype group: geometric mean with its 95 % interval, not adjusted.
GENOTYPE_MEANS = Table(
    "genotype means",
    {
        "cohort": column(TEXT),
        "outcome": column(TEXT),
        "genotype": column(TEXT),
        "copies": column(WHOLE, low=0, high=2),
        "participants": column(WHOLE, low=0),
        "geometric_mean": column(REAL, nullable=True),
        "ci_low": column(REAL, nullable=True),
        "ci_high": column(REAL, nullable=True),
    },
    key=("cohort", "outcome", "genotype"),
)


# Mean acceleration by clock hour in each genotype group, of people whose activity came as epochs.
AVERAGE_DAY = Table(
    "average day",
    {
        "cohort": column(TEXT),
        "genotype": column(TEXT),
        "copies": column(WHOLE, low=0, high=2),
        "hour": column(WHOLE, low=0, high=23),
        "participants": column(WHOLE, low=1),
        "enmo_mg": column(REAL, low=0),
        "ci_low": column(REAL, nullable=True),
        "ci_high": column(REAL, nullable=True),
    },
    key=("cohort", "genotype", "hour"),
)


# The additive effect on activity, or on the predicted balance, by each choice: a log ratio, and the same in
# percent.
SENSITIVITY = Table(
    "sensitivity",
    {
        "cohort": column(TEXT),
        "outcome": column(
            TEXT,
            allowed=(
                "enmo_mg",
                "mvpa_min_per_day",
                "free_il6_share",
                "active_complex_pm",
                "buffered_complex_pm",
                "sgp130_excess",
            ),
        ),
        "choice": column(TEXT),
        "n_participants": column(WHOLE, low=0),
        "estimate": column(REAL, nullable=True),
        "se": column(REAL, nullable=True, low=0),
        "ci_low": column(REAL, nullable=True),
        "ci_high": column(REAL, nullable=True),
        "percent": column(REAL, nullable=True),
        "percent_low": column(REAL, nullable=True),
        "percent_high": column(REAL, nullable=True),
        "note": column(TEXT, nullable=True),
    },
    key=("cohort", "outcome", "choice"),
)


POOLED = Table(
    "pooled estimates",
    {
        "analysis": column(TEXT),
        "model": column(TEXT, allowed=("fixed", "random")),
        "effect_allele": column(TEXT),
        "scale": column(TEXT),
        "cohorts": column(WHOLE, low=1),
        "n_participants": column(WHOLE, low=0),
        "estimate": column(REAL),
        "se": column(REAL, low=0),
        "ci_low": column(REAL),
        "ci_high": column(REAL),
        "p_value": column(REAL, low=0, high=1),
        "percent": column(REAL, nullable=True),
        "percent_low": column(REAL, nullable=True),
        "percent_high": column(REAL, nullable=True),
        "tau2": column(REAL, low=0),
        "i2_percent": column(REAL, nullable=True, low=0, high=100),
        "q": column(REAL, nullable=True),
        "q_p_value": column(REAL, nullable=True),
        "prediction_low": column(REAL, nullable=True),
        "prediction_high": column(REAL, nullable=True),
    },
    key=("analysis", "model"),
)


VERDICT_WORDS = (
    "replicated",
    "same direction, smaller",
    "same direction, larger",
    "inconclusive",
    "contradicted",
    "not computable",
)


# One row per claim, benchmark and cohort (or "pooled"). The estimate is in the benchmark's own
# scale (percent, ratio or r2), given beside it.
VERDICTS = Table(
    "verdicts",
    {
        "claim": column(TEXT),
        "benchmark": column(TEXT),
        "cohort": column(TEXT),
        "scale": column(TEXT),
        "estimate": column(REAL, nullable=True),
        "ci_low": column(REAL, nullable=True),
        "ci_high": column(REAL, nullable=True),
        "published": column(TEXT),
        "about_low": column(REAL, nullable=True),
        "about_high": column(REAL, nullable=True),
        "published_low": column(REAL, nullable=True),
        "published_high": column(REAL, nullable=True),
        "reference": column(TEXT),
        "difference_p_value": column(TEXT),
        "power": column(REAL, nullable=True, low=0, high=1),
        "n": column(WHOLE, nullable=True),
        "n_for_80_percent_power": column(WHOLE, nullable=True),
        "verdict": column(TEXT, allowed=VERDICT_WORDS),
        "reason": column(TEXT),
    },
    key=("claim", "benchmark", "cohort"),
)
