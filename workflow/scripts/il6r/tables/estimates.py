"""Tables of results: estimates, pooled values and verdicts."""

from il6r.tables.contract import REAL, TEXT, WHOLE, Table, column

# The group of an estimate that is of everybody, and of one pooled over everybody.
EVERYBODY = "all"
_PERCENT = {
    "percent": column(REAL, nullable=True),
    "percent_low": column(REAL, nullable=True),
    "percent_high": column(REAL, nullable=True),
}
_SCALES = ("log_ratio", "difference", "sd", "log_odds", "r2")


# One row per analysis of the plan, and one for each of its strata. `estimate`, `se` and the interval are on
# `scale`; the percent columns restate a log ratio or log odds ratio r as 100 (exp(r) - 1). A row without
# estimate says in `note` why.
ESTIMATES = Table(
    "estimates",
    {
        "cohort": column(TEXT),
        "analysis": column(TEXT),
        "stratum": column(TEXT),
        "priority": column(TEXT, allowed=("primary", "secondary")),
        "outcome": column(TEXT),
        "exposure": column(TEXT),
        "coding": column(TEXT),
        # Of the variant only.
        "effect_allele": column(TEXT, nullable=True),
        "scale": column(TEXT, allowed=_SCALES),
        "estimate": column(REAL, nullable=True),
        "se": column(REAL, nullable=True, low=0),
        "ci_low": column(REAL, nullable=True),
        "ci_high": column(REAL, nullable=True),
        "p_value": column(REAL, nullable=True, low=0, high=1),
        # Holm's over the cohort's primary analyses, Benjamini and Hochberg's over its secondary ones.
        "p_adjusted": column(REAL, nullable=True, low=0, high=1),
        "p_permutation": column(REAL, nullable=True, low=0, high=1),
        # A test of several terms: both genotypes, or a curve.
        "joint_df": column(WHOLE, nullable=True, low=1),
        "joint_p_value": column(REAL, nullable=True, low=0, high=1),
        "n": column(WHOLE, low=0),
        "n_participants": column(WHOLE, low=0),
        "n_cases": column(WHOLE, nullable=True, low=0),
        "n_censored": column(WHOLE, low=0),
        **_PERCENT,
        "r2_variant": column(REAL, nullable=True, low=0, high=1),
        "model": column(TEXT),
        "errors": column(TEXT),
        "covariates": column(TEXT, nullable=True),
        "note": column(TEXT, nullable=True),
    },
    key=("cohort", "analysis", "stratum"),
)


# Whether levels follow the alleles by multiplication or addition: shapes of the mean on one likelihood.
SCALE = Table(
    "scales",
    {
        "cohort": column(TEXT),
        "outcome": column(TEXT),
        "scale": column(TEXT, allowed=("multiplicative", "additive", "genotypic")),
        "effect_allele": column(TEXT),
        "n": column(WHOLE, low=0),
        "n_participants": column(WHOLE, low=0),
        "log_likelihood": column(REAL, nullable=True),
        # Of the genotype.
        "parameters": column(WHOLE, nullable=True, low=1, high=2),
        # Per allele; of the additive shape in percent of the level without effect alleles.
        **_PERCENT,
        "cc_aa_ratio": column(REAL, nullable=True),
        "ratio_low": column(REAL, nullable=True),
        "ratio_high": column(REAL, nullable=True),
        # Against the genotypic shape.
        "departure_p_value": column(REAL, nullable=True, low=0, high=1),
        "note": column(TEXT, nullable=True),
    },
    key=("cohort", "outcome", "scale"),
)


# Covariates by genotype: means, or shares in percent of each category; the p-value is the covariate's.
GENOTYPE_COVARIATES = Table(
    "covariates by genotype",
    {
        "cohort": column(TEXT),
        "covariate": column(TEXT),
        "level": column(TEXT),
        "n": column(WHOLE, low=0),
        **{f"value_{copies}": column(REAL, nullable=True) for copies in range(3)},
        **{f"participants_{copies}": column(WHOLE, low=0) for copies in range(3)},
        "p_value": column(REAL, nullable=True, low=0, high=1),
    },
    key=("cohort", "covariate", "level"),
)


# Two-stage least squares with the variant as instrument, and the least-squares fit that it is held against.
CAUSAL = Table(
    "causal readings",
    {
        "cohort": column(TEXT),
        "analysis": column(TEXT),
        "outcome": column(TEXT),
        "exposure": column(TEXT),
        "instrument": column(TEXT),
        "effect_allele": column(TEXT),
        "n": column(WHOLE, low=0),
        "n_participants": column(WHOLE, low=0),
        "first_stage_f": column(REAL, nullable=True, low=0),
        "first_stage_r2": column(REAL, nullable=True, low=0, high=1),
        "estimate": column(REAL, nullable=True),
        "se": column(REAL, nullable=True, low=0),
        "ci_low": column(REAL, nullable=True),
        "ci_high": column(REAL, nullable=True),
        "p_value": column(REAL, nullable=True, low=0, high=1),
        "wald_se": column(REAL, nullable=True, low=0),
        "ar_low": column(REAL, nullable=True),
        "ar_high": column(REAL, nullable=True),
        "ar_shape": column(TEXT, nullable=True),
        "ar_p_value": column(REAL, nullable=True, low=0, high=1),
        "observed": column(REAL, nullable=True),
        "observed_low": column(REAL, nullable=True),
        "observed_high": column(REAL, nullable=True),
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


# An analysis by other choices than the plan's.
SENSITIVITY = Table(
    "sensitivity",
    {
        "cohort": column(TEXT),
        "analysis": column(TEXT),
        "kind": column(
            TEXT,
            allowed=(
                "as planned",
                "covariates",
                "ancestry",
                "relatives",
                "outliers",
                "influence",
                "batch",
                "visits",
                "valid days",
                "constants",
            ),
        ),
        "choice": column(TEXT),
        "n_participants": column(WHOLE, low=0),
        "estimate": column(REAL, nullable=True),
        "se": column(REAL, nullable=True, low=0),
        "ci_low": column(REAL, nullable=True),
        "ci_high": column(REAL, nullable=True),
        **_PERCENT,
        "note": column(TEXT, nullable=True),
    },
    key=("cohort", "analysis", "kind", "choice"),
)


# `group` is everybody or the people of one ancestry, of all cohorts.
POOLED = Table(
    "pooled estimates",
    {
        "analysis": column(TEXT),
        "group": column(TEXT),
        "model": column(TEXT, allowed=("fixed", "paule_mandel", "reml")),
        "effect_allele": column(TEXT, nullable=True),
        "scale": column(TEXT, allowed=_SCALES),
        "cohorts": column(WHOLE, low=1),
        "n_participants": column(WHOLE, low=0),
        "estimate": column(REAL),
        "se": column(REAL, low=0),
        "ci_low": column(REAL),
        "ci_high": column(REAL),
        "p_value": column(REAL, low=0, high=1),
        **_PERCENT,
        "tau2": column(REAL, low=0),
        "i2_percent": column(REAL, nullable=True, low=0, high=100),
        "i2_low": column(REAL, nullable=True, low=0, high=100),
        "i2_high": column(REAL, nullable=True, low=0, high=100),
        "q": column(REAL, nullable=True),
        "q_p_value": column(REAL, nullable=True),
        "prediction_low": column(REAL, nullable=True),
        "prediction_high": column(REAL, nullable=True),
    },
    key=("analysis", "group", "model"),
)


# Pooled without one cohort: with fixed effects, and with random ones.
LEFT_OUT = Table(
    "pooled without one cohort",
    {
        "analysis": column(TEXT),
        "left_out": column(TEXT),
        "scale": column(TEXT, allowed=_SCALES),
        "cohorts": column(WHOLE, low=1),
        "estimate": column(REAL),
        "se": column(REAL, low=0),
        "ci_low": column(REAL),
        "ci_high": column(REAL),
        "random_estimate": column(REAL),
        "random_low": column(REAL),
        "random_high": column(REAL),
    },
    key=("analysis", "left_out"),
)


VERDICT_WORDS = (
    "replicated",
    "same direction, smaller",
    "same direction, larger",
    "inconclusive",
    "contradicted",
    "not computable",
)


_P = {"nullable": True, "low": 0, "high": 1}
# One row per claim, benchmark and cohort (or "pooled"). The estimate, the published value and the prediction
# interval are in the benchmark's own scale, given beside them.
VERDICTS = Table(
    "verdicts",
    {
        "claim": column(TEXT),
        "benchmark": column(TEXT),
        "analysis": column(TEXT),
        "cohort": column(TEXT),
        "scale": column(TEXT, allowed=("percent", "ratio", "r2", "odds_ratio", "difference")),
        "estimate": column(REAL, nullable=True),
        "ci_low": column(REAL, nullable=True),
        "ci_high": column(REAL, nullable=True),
        "published": column(TEXT),
        "about_low": column(REAL, nullable=True),
        "about_high": column(REAL, nullable=True),
        "published_low": column(REAL, nullable=True),
        "published_high": column(REAL, nullable=True),
        "reference": column(TEXT),
        "sign_agrees": column("boolean", nullable=True),
        "significant": column("boolean", nullable=True),
        # The published value, or one that rounds to it, in our interval.
        "in_interval": column("boolean", nullable=True),
        "intervals_overlap": column("boolean", nullable=True),
        # Of our estimate, given the published one.
        "prediction_low": column(REAL, nullable=True),
        "prediction_high": column(REAL, nullable=True),
        "in_prediction": column("boolean", nullable=True),
        "difference_p_value": column(REAL, **_P),
        "equivalence_p_value": column(REAL, **_P),
        "equivalent": column("boolean", nullable=True),
        "sceptical_p_value": column(REAL, **_P),
        # Of no effect over the published one.
        "replication_bayes_factor": column(REAL, nullable=True, low=0),
        "small_telescopes_p_value": column(REAL, **_P),
        "power": column(REAL, **_P),
        "smallest_effect": column(REAL, nullable=True),
        "n": column(WHOLE, nullable=True),
        "n_for_80_percent_power": column(WHOLE, nullable=True),
        "verdict": column(TEXT, allowed=VERDICT_WORDS),
        "reason": column(TEXT),
    },
    key=("claim", "benchmark", "cohort"),
)


# How often each verdict comes out where the truth is known.
OPERATING = Table(
    "operating characteristics",
    {
        "benchmark": column(TEXT),
        "truth_percent": column(REAL),
        "n": column(WHOLE, low=1),
        "verdict": column(TEXT, allowed=VERDICT_WORDS),
        "share": column(REAL, low=0, high=1),
        "monte_carlo_se": column(REAL, low=0),
    },
    key=("benchmark", "truth_percent", "n", "verdict"),
)


# What the models give in simulated cohorts; `rejected` is the share of them with p below 0.05.
CALIBRATION = Table(
    "calibration",
    {
        "what": column(TEXT),
        "n": column(WHOLE, low=1),
        "truth": column(REAL),
        "replicates": column(WHOLE, low=1),
        "failed": column(WHOLE, low=0),
        **{
            name: column(REAL, nullable=True)
            for measure in ("bias", "coverage", "rejected")
            for name in (measure, f"{measure}_se")
        },
    },
    key=("what", "n", "truth"),
)
