"""Tables of the replication stage: pooled values and verdicts, of all cohorts."""

from il6r.tables.association import ON_SCALE, P_VALUE, PERCENT, SCALES, interval
from il6r.tables.contract import MAYBE, REAL, TEXT, WHOLE, Quantity, Table, column

_SCALE = column(TEXT, "What the estimate is.", allowed=SCALES)
_COHORTS = column(WHOLE, "Cohorts that are pooled.", low=1)
_CERTAIN = {name: spec._replace(nullable=False) for name, spec in interval().items()}
_DF = {
    "df": column(
        REAL, "Degrees of freedom of interval and p-value by t; empty where they are normal.", unit="1",
        nullable=True, low=0,
    )
}  # fmt: skip
_I2: Quantity = {"unit": "percent", "nullable": True, "low": 0, "high": 100}

POOLED = Table(
    "replication/pooled.tsv",
    "Estimates pooled over cohorts, of everybody and by ancestry, with fixed effects and with random ones "
    "(Paule-Mandel, restricted likelihood; Hartung-Knapp intervals), heterogeneity, prediction intervals.",
    {
        "analysis": column(TEXT, "The plan's analysis."),
        "group": column(TEXT, 'Everybody ("all"), or the people of one ancestry, of all cohorts.'),
        "model": column(TEXT, "How cohorts are pooled.", allowed=("fixed", "paule_mandel", "reml")),
        "effect_allele": column(TEXT, "The allele whose copies are counted.", nullable=True),
        "scale": _SCALE,
        "cohorts": _COHORTS,
        "n_participants": column(WHOLE, "Participants.", low=0),
        **_CERTAIN,
        **_DF,
        "p_value": column(REAL, "p-value.", unit="p", low=0, high=1),
        **PERCENT,
        "tau2": column(REAL, "Variance between cohorts.", unit=f"{ON_SCALE}, squared", low=0),
        "i2_percent": column(REAL, "I², the share of variance that lies between cohorts.", **_I2),
        "i2_low": column(REAL, "Lower end of its 95 % interval.", **_I2),
        "i2_high": column(REAL, "Upper end of that interval.", **_I2),
        "q": column(REAL, "Cochran's Q.", unit="1", nullable=True),
        "q_p_value": column(REAL, "Its p-value.", unit="p", nullable=True),
        "prediction_low": column(
            REAL, "Lower end of the 95 % prediction interval of a further cohort.", unit=ON_SCALE,
            nullable=True,
        ),
        "prediction_high": column(REAL, "Upper end of that interval.", unit=ON_SCALE, nullable=True),
    },
    key=("analysis", "group", "model"),
)  # fmt: skip

LEFT_OUT = Table(
    "replication/left_out.tsv",
    "Pooled without one cohort: with fixed effects, and with random ones (Paule-Mandel).",
    {
        "analysis": column(TEXT, "The plan's analysis."),
        "left_out": column(TEXT, "The cohort that is left out."),
        "scale": _SCALE,
        "cohorts": _COHORTS,
        **_CERTAIN,
        **_DF,
        "random_estimate": column(REAL, "The estimate with random effects.", unit=ON_SCALE),
        "random_low": column(REAL, "Lower end of its 95 % interval.", unit=ON_SCALE),
        "random_high": column(REAL, "Upper end of that interval.", unit=ON_SCALE),
    },
    key=("analysis", "left_out"),
)

VERDICT_WORDS = (
    "replicated",
    "direction confirmed",
    "same direction, imprecise",
    "same direction, smaller",
    "same direction, larger",
    "same direction, size not comparable",
    "same direction, negligible",
    "no effect confirmed",
    "within the bound",
    "inconclusive",
    "no effect not confirmed",
    "beyond the bound",
    "contradicted",
    "cohorts disagree",
    "check the data first",
    "too few people",
    "not computable",
)
KINDS = ("effect", "about", "direction", "correlation", "standardised", "no_effect", "bound")

_BENCHMARKS = "the benchmark's scale"
_MEASURE = column(
    TEXT,
    "The benchmark's scale.",
    allowed=("percent", "ratio", "r2", "odds_ratio", "difference", "sd", "correlation"),
)
_VALUE: Quantity = {"unit": _BENCHMARKS, "nullable": True}
VERDICTS = Table(
    "replication/verdicts.tsv",
    "Each published benchmark against each cohort and the pooled estimate: every measure of agreement, the "
    "verdict and its reason. Estimate, published value and prediction interval are on the benchmark's scale.",
    {
        "claim": column(TEXT, "The claim."),
        "benchmark": column(TEXT, "The published value."),
        "role": column(
            TEXT,
            "Whether it gives the claim its word (primary), a word beside that (best), or none (context).",
            allowed=("primary", "best", "context"),
        ),
        "kind": column(TEXT, "What was published.", allowed=KINDS),
        "analysis": column(TEXT, "The plan's analysis."),
        "cohort": column(TEXT, 'The cohort, or "pooled".'),
        "scale": _MEASURE,
        "estimate": column(REAL, "Our estimate.", **_VALUE),
        "ci_low": column(REAL, "Lower end of its 95 % interval.", **_VALUE),
        "ci_high": column(REAL, "Upper end of that interval.", **_VALUE),
        "published": column(TEXT, "The published value as printed."),
        "published_low": column(REAL, "Lower end of the published 95 % interval.", **_VALUE),
        "published_high": column(REAL, "Upper end of that interval.", **_VALUE),
        "reference": column(TEXT, "Where it was published."),
        "sign_agrees": column(MAYBE, "Whether the direction is the published one.", nullable=True),
        "significant": column(MAYBE, "Whether our interval excludes no effect.", nullable=True),
        "in_interval": column(
            MAYBE, "Whether the published value, or one near to it if it is \"about\", is in our interval.",
            nullable=True,
        ),
        "intervals_overlap": column(MAYBE, "Whether the two intervals overlap.", nullable=True),
        "prediction_low": column(
            REAL, "Lower end of the 95 % prediction interval of our estimate, given the published one.",
            **_VALUE,
        ),
        "prediction_high": column(REAL, "Upper end of that interval.", **_VALUE),
        "in_prediction": column(MAYBE, "Whether our estimate is in it.", nullable=True),
        "difference_p_value": column(REAL, "p-value of the difference.", **P_VALUE),
        "equivalence_p_value": column(REAL, "p-value of the test of equivalence.", **P_VALUE),
        "equivalent": column(MAYBE, "Whether they are equivalent within the plan's margin.", nullable=True),
        "sceptical_p_value": column(REAL, "Held's sceptical p-value.", **P_VALUE),
        "replication_bayes_factor": column(
            REAL, "Bayes factor of no effect over the published one.", unit="1", nullable=True, low=0
        ),
        "small_telescopes_p_value": column(REAL, "p-value of Simonsohn's small telescopes.", **P_VALUE),
        "power": column(
            REAL, "Chance of a confirming verdict where the published effect is the truth.", unit="1",
            nullable=True, low=0, high=1,
        ),
        "smallest_effect": column(REAL, "Smallest effect detected with 80 % power.", **_VALUE),
        "n": column(WHOLE, "Participants.", nullable=True),
        "n_for_80_percent_power": column(WHOLE, "Participants with whom that chance is 80 %.", nullable=True),
        "verdict": column(TEXT, "The verdict; none of context.", allowed=VERDICT_WORDS, nullable=True),
        "reason": column(TEXT, "Its reason."),
    },
    key=("claim", "benchmark", "cohort"),
)  # fmt: skip

CLAIMS = Table(
    "replication/claims.tsv",
    "One verdict a claim: of the pooled estimate beside the claim's primary published value, and beside the "
    "best evidence; how strong it is, by five checks; and what would change it.",
    {
        "claim": column(TEXT, "The claim."),
        "analysis": column(TEXT, "The plan's analysis."),
        "scale": _MEASURE,
        "benchmark": column(TEXT, "The primary published value."),
        "verdict": column(TEXT, "The claim's verdict.", allowed=VERDICT_WORDS),
        "reason": column(TEXT, "Its reason."),
        "same_size": column(MAYBE, "Whether estimate and published value are equivalent.", nullable=True),
        "best_benchmark": column(TEXT, "The best evidence, if that is another value.", nullable=True),
        "best_verdict": column(TEXT, "Its verdict.", allowed=VERDICT_WORDS, nullable=True),
        "best_reason": column(TEXT, "The reason of that.", nullable=True),
        "model": column(
            TEXT, "Which pooled estimate decides.", allowed=("fixed", "paule_mandel"), nullable=True
        ),
        "cohorts": column(WHOLE, "Cohorts behind it.", low=0),
        "cohorts_same_side": column(WHOLE, "Of them on the side of the pooled estimate.", low=0),
        "n_participants": column(WHOLE, "Participants.", low=0),
        "p_value": column(
            REAL, "p-value of the pooled estimate; of nulls and bounds that of equivalence.", **P_VALUE
        ),
        "p_holm": column(REAL, "The same, adjusted by Holm over the claims that have one.", **P_VALUE),
        "alternatives": column(WHOLE, "Alternative analyses.", low=0),
        "alternatives_alike": column(WHOLE, "Of them with the same verdict.", low=0),
        "powered": column(MAYBE, "Check 1: a chance of 80 % to confirm the published effect.", nullable=True),
        "cohorts_agree": column(
            MAYBE,
            "Check 2: two cohorts or more, on one side (but of nulls and bounds), I² below 50 %, Q with p of "
            "0.1 or more.",
            nullable=True,
        ),
        "robust": column(MAYBE, "Check 3: 90 % of alternatives have the same verdict.", nullable=True),
        "survives_holm": column(MAYBE, "Check 4: the adjusted p-value is below 0.05.", nullable=True),
        "data_pass": column(MAYBE, "Check 5: no cohort behind it fails a check of its data.", nullable=True),
        "failed_checks": column(TEXT, "What those that fail say.", nullable=True),
        "strength": column(
            TEXT, "Strong with 5 checks, moderate with 3 or 4, else weak; empty where nothing is decided.",
            allowed=("strong", "moderate", "weak"), nullable=True,
        ),
        "stays_low": column(
            REAL, "Least estimate of this precision with the same verdict; empty if it has no end.", **_VALUE
        ),
        "stays_high": column(REAL, "Largest such estimate.", **_VALUE),
        "n_for_80_percent_power": column(
            WHOLE, "Participants with whom the published effect is confirmed in 80 % of studies.",
            nullable=True,
        ),
        "moved_most_by": column(TEXT, "The cohort without which the estimate moves most.", nullable=True),
        "estimate_without": column(REAL, "The estimate without it.", **_VALUE),
        "verdict_without": column(TEXT, "The verdict without it.", allowed=VERDICT_WORDS, nullable=True),
    },
    key=("claim",),
)  # fmt: skip

# True effects under which error rates are given: none; of a published size half of it, it, and the best
# evidence's; of a direction the smallest effect of interest; of a null or bound the effect at the bound.
TRUTHS = ("none", "half", "published", "best", "of interest", "bound")
ERROR_RATES = Table(
    "replication/error_rates.tsv",
    "How often the rule would give each verdict beside a claim's primary published value under each true "
    "effect, at the precision that each cohort, and their pool, has; drawn from the estimate's distribution.",
    {
        "claim": column(TEXT, "The claim."),
        "cohort": column(TEXT, 'The cohort, or "pooled".'),
        "analysis": column(TEXT, "The plan's analysis."),
        "benchmark": column(TEXT, "The primary published value."),
        "scale": _MEASURE,
        "n": column(WHOLE, "Participants.", low=1),
        "truth": column(TEXT, "What is true.", allowed=TRUTHS),
        "effect": column(REAL, "That effect.", unit=_BENCHMARKS),
        "verdict": column(
            TEXT, "The verdict; one that never came out only where it would confirm the claim.",
            allowed=VERDICT_WORDS,
        ),
        "share": column(REAL, "How often it is given.", unit="1", low=0, high=1),
        "monte_carlo_se": column(REAL, "Monte Carlo standard error of the share.", unit="1", low=0),
    },
    key=("claim", "cohort", "truth", "verdict"),
)  # fmt: skip

OPERATING = Table(
    "replication/operating.tsv",
    "How often the rule gives each verdict on the effect per allele, by the true effect and the number of "
    "people, drawn from the sampling distribution of the additive model without covariates.",
    {
        "benchmark": column(TEXT, "The published value."),
        "truth_percent": column(REAL, "The true effect."),
        "n": column(WHOLE, "Participants.", low=1),
        "verdict": column(TEXT, "The verdict.", allowed=VERDICT_WORDS),
        "share": column(REAL, "How often it is given.", unit="1", low=0, high=1),
        "monte_carlo_se": column(REAL, "Monte Carlo standard error of the share.", unit="1", low=0),
    },
    key=("benchmark", "truth_percent", "n", "verdict"),
)

CALIBRATION_OPERATING = OPERATING.at(
    "calibration/calibration_operating.tsv",
    "How often the rule gives each verdict in simulated cohorts that are analysed like real ones.",
)
