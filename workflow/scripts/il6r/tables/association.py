"""Tables of the association stage: each cohort's estimates and what stands beside them."""

import functools
import re

from il6r.tables.contract import REAL, TEXT, WHOLE, Column, Quantity, Table, column, flow_table

# The group of an estimate that is of everybody, and of one pooled over everybody.
EVERYBODY = "all"
SCALES = ("log_ratio", "difference", "sd", "log_odds", "r2", "correlation")
ON_SCALE = "the scale's"
# The note of an optional analysis whose outcome a cohort has not, and of one that lacks another column.
NOT_MEASURED = "the cohort has no such measurement"
_ABSENT_COLUMN = re.compile(r"no (\S+) here")
P_VALUE: Quantity = {"unit": "p", "nullable": True, "low": 0, "high": 1}
# Times by which a p-value and its permutation p differ where they disagree.
_FAR_APART = 10
# The percent columns restate a log ratio or log odds ratio r as 100 (exp(r) - 1).
PERCENT = {
    "percent": column(REAL, "The estimate of a ratio, restated.", unit="percent", nullable=True),
    "percent_low": column(REAL, "Lower end of its 95 % interval.", unit="percent", nullable=True),
    "percent_high": column(REAL, "Upper end of that interval.", unit="percent", nullable=True),
}
_COHORT = column(TEXT, "The cohort's name in the configuration.")
_ANALYSIS = column(TEXT, "The plan's analysis.")
_EFFECT_ALLELE = column(TEXT, "The allele whose copies are counted.")
_N = column(WHOLE, "Rows: participants, or visits of them.", low=0)
_PARTICIPANTS = column(WHOLE, "Participants.", low=0)
_NOTE = column(TEXT, "Why there is no estimate, or what a reader should know of it.", nullable=True)


def no_column(name: str) -> str:
    """The note of an optional analysis of which a cohort lacks a column beside the outcome."""
    return f"no {name} here"


def absent_column(note: str) -> str | None:
    """The column that such a note is of; None of any other."""
    found = _ABSENT_COLUMN.fullmatch(note)
    return found and found[1]


def disagree(p_value: float | None, p_permutation: float | None, draws: int) -> bool:
    """Whether a model's p and its permutation p differ more than tenfold, as far as `draws` can tell."""
    if p_value is None or p_permutation is None or not (p_value >= 0 and p_permutation >= 0):
        return False
    least = 1 / (1 + draws)
    ratio = max(p_value, least) / max(p_permutation, least)
    return not 1 / _FAR_APART <= ratio <= _FAR_APART


def interval(unit: str = ON_SCALE) -> dict[str, Column]:
    """An estimate's columns, which may be missing."""
    return {
        "estimate": column(REAL, "The estimate.", unit=unit, nullable=True),
        "se": column(REAL, "Its standard error.", unit=unit, nullable=True, low=0),
        "ci_low": column(REAL, "Lower end of its 95 % interval.", unit=unit, nullable=True),
        "ci_high": column(REAL, "Upper end of that interval.", unit=unit, nullable=True),
    }


ESTIMATES = Table(
    "{cohort}/association/estimates.tsv",
    "Every analysis of the plan, and of its strata: estimate, error, 95 % interval, p-values and n, with the "
    "effect allele and the scale; what is not estimable has the reason.",
    {
        "cohort": _COHORT,
        "analysis": _ANALYSIS,
        "stratum": column(TEXT, 'The stratum, "all" for everybody.'),
        "priority": column(TEXT, "Whether the plan has it as primary.", allowed=("primary", "secondary")),
        "outcome": column(TEXT, "The outcome."),
        "exposure": column(TEXT, "The exposure."),
        "coding": column(TEXT, "How the exposure enters the model."),
        "effect_allele": column(
            TEXT, "The allele whose copies are counted, where the exposure is the variant.", nullable=True
        ),
        "scale": column(TEXT, "What the estimate is.", allowed=SCALES),
        **interval(),
        "df": column(
            REAL,
            "Degrees of freedom of interval and p-value by t; empty where they are normal or a likelihood's.",
            unit="1",
            nullable=True,
            low=0,
        ),
        "p_value": column(REAL, "p-value.", **P_VALUE),
        "p_adjusted": column(
            REAL,
            "The same, by Holm over the cohort's primary analyses, by Benjamini and Hochberg over its "
            "secondary ones.",
            **P_VALUE,
        ),
        "p_permutation": column(
            REAL,
            "p-value from permutations; a note where it is more than ten times the other, or less than "
            "a tenth.",
            **P_VALUE,
        ),
        "joint_df": column(WHOLE, "Terms of a joint test: both genotypes, or a curve.", nullable=True, low=1),
        "joint_p_value": column(REAL, "Its p-value.", **P_VALUE),
        "n": _N,
        "n_participants": _PARTICIPANTS,
        "n_cases": column(WHOLE, "Cases, of a yes-or-no outcome.", nullable=True, low=0),
        "n_censored": column(WHOLE, "Rows whose outcome is beyond a limit of its assay.", low=0),
        "n_exposure_censored": column(
            WHOLE,
            "Rows whose exposure or a covariate is beyond a limit of its assay, and is imputed between its "
            "bounds.",
            low=0,
        ),
        **PERCENT,
        "r2_variant": column(
            REAL,
            "Share of the outcome's variance that the exposure explains, given covariates.",
            unit="1",
            nullable=True,
            low=0,
            high=1,
        ),
        "r2_adjusted": column(
            REAL,
            "That share less what chance adds to it (Ezekiel's).",
            unit="1",
            nullable=True,
            low=0,
            high=1,
        ),
        "model": column(TEXT, "The family of models."),
        "errors": column(TEXT, "How the standard error was computed."),
        "covariates": column(TEXT, "What the model is adjusted for.", nullable=True),
        "note": _NOTE,
    },
    key=("cohort", "analysis", "stratum"),
)

GENETIC_MODELS = Table(
    "{cohort}/association/genetic_models.tsv",
    "Genetic models of the primary outcomes on one likelihood: alleles multiply the level, or add to it, or "
    "each genotype has its own.",
    {
        "cohort": _COHORT,
        "outcome": column(TEXT, "The outcome."),
        "genetic_model": column(
            TEXT, "The genetic model.", allowed=("multiplicative", "additive", "genotypic")
        ),
        "effect_allele": _EFFECT_ALLELE,
        "n": _N,
        "n_participants": _PARTICIPANTS,
        "log_likelihood": column(REAL, "The largest log-likelihood.", unit="nats", nullable=True),
        "parameters": column(WHOLE, "Parameters of the genotype.", nullable=True, low=1, high=2),
        "percent": column(
            REAL,
            "Per allele; of the additive model in percent of the level without effect alleles.",
            unit="percent",
            nullable=True,
        ),
        "percent_low": PERCENT["percent_low"],
        "percent_high": PERCENT["percent_high"],
        "cc_aa_ratio": column(REAL, "Level of two effect alleles over none.", unit="1", nullable=True),
        "ratio_low": column(REAL, "Lower end of its 95 % interval.", unit="1", nullable=True),
        "ratio_high": column(REAL, "Upper end of that interval.", unit="1", nullable=True),
        "departure_p_value": column(REAL, "p-value of the departure from it.", **P_VALUE),
        "note": _NOTE,
    },
    key=("cohort", "outcome", "genetic_model"),
)

GENOTYPE_COVARIATES = Table(
    "{cohort}/association/genotype_covariates.tsv",
    "Covariates by best-guess genotype: means, or shares in percent of each category; who has no such "
    "genotype counts in the trend alone.",
    {
        "cohort": _COHORT,
        "covariate": column(TEXT, "The covariate."),
        "level": column(TEXT, "The category, empty for a number."),
        "n": column(WHOLE, "Participants with a value.", low=0),
        **{
            f"value_{copies}": column(
                REAL,
                f"Mean, or percent, with {copies} effect alleles.",
                unit="the covariate's, or percent",
                nullable=True,
            )
            for copies in range(3)
        },
        **{
            f"participants_{copies}": column(WHOLE, f"Participants with {copies} effect alleles.", low=0)
            for copies in range(3)
        },
        "p_value": column(REAL, "p-value of the covariate's trend over the effect alleles.", **P_VALUE),
    },
    key=("cohort", "covariate", "level"),
)

_ELASTICITY = "percent of the outcome for one percent of the exposure"
_ON_LOG = "natural logarithm"
CAUSAL = Table(
    "{cohort}/association/causal.tsv",
    "Effects of an exposure read from the variant as instrument: in those with outcome and exposure, beside "
    "what is observed; and of everybody with the outcome, by the variant's effect on the exposure in "
    "everybody who has that, or by a published one.",
    {
        "cohort": _COHORT,
        "analysis": _ANALYSIS,
        "outcome": column(TEXT, "The outcome."),
        "exposure": column(TEXT, "The exposure."),
        "instrument": column(TEXT, "The instrument."),
        "effect_allele": _EFFECT_ALLELE,
        "n": _N,
        "n_participants": _PARTICIPANTS,
        "n_exposure_censored": column(
            WHOLE, "Rows whose exposure or a covariate is beyond a limit of its assay.", low=0
        ),
        "first_stage_f": column(REAL, "F of the instrument on the exposure.", unit="1", nullable=True, low=0),
        "first_stage_r2": column(REAL, "Its partial R².", unit="1", nullable=True, low=0, high=1),
        **interval(_ELASTICITY),
        "p_value": column(REAL, "p-value.", **P_VALUE),
        "wald_se": column(
            REAL, "Delta-method error of the Wald ratio.", unit=_ELASTICITY, nullable=True, low=0
        ),
        "ar_low": column(REAL, "Lower end of the 95 % Anderson-Rubin set.", unit=_ELASTICITY, nullable=True),
        "ar_high": column(REAL, "Upper end of that set.", unit=_ELASTICITY, nullable=True),
        "ar_shape": column(TEXT, "Its shape: an interval, rays, everything, nothing.", nullable=True),
        "ar_p_value": column(REAL, "p-value of the Anderson-Rubin test of no effect.", **P_VALUE),
        "observed": column(REAL, "The least-squares estimate.", unit=_ELASTICITY, nullable=True),
        "observed_low": column(REAL, "Lower end of its 95 % interval.", unit=_ELASTICITY, nullable=True),
        "observed_high": column(REAL, "Upper end of that interval.", unit=_ELASTICITY, nullable=True),
        "hausman_p_value": column(
            REAL, "p-value of Hausman's test that the observed effect and the instrument's agree.", **P_VALUE
        ),
        "note": _NOTE,
        "reduced_form": column(
            REAL,
            "Effect per allele on the outcome, in everybody who has it.",
            unit=_ON_LOG,
            nullable=True,
        ),
        "reduced_form_se": column(REAL, "Its standard error.", unit=_ON_LOG, nullable=True, low=0),
        "reduced_form_low": column(REAL, "Lower end of its 95 % interval.", unit=_ON_LOG, nullable=True),
        "reduced_form_high": column(REAL, "Upper end of that interval.", unit=_ON_LOG, nullable=True),
        "reduced_form_participants": column(WHOLE, "Participants with the outcome.", nullable=True, low=0),
        "first_stage": column(
            REAL,
            "Effect per allele on the exposure, in everybody who has it, or published.",
            unit=_ON_LOG,
            nullable=True,
        ),
        "first_stage_se": column(REAL, "Its standard error.", unit=_ON_LOG, nullable=True, low=0),
        "first_stage_low": column(REAL, "Lower end of its 95 % interval.", unit=_ON_LOG, nullable=True),
        "first_stage_high": column(REAL, "Upper end of that interval.", unit=_ON_LOG, nullable=True),
        "first_stage_source": column(
            TEXT, 'Where it is from: "this cohort", or a benchmark of published effects.', nullable=True
        ),
        "first_stage_participants": column(
            WHOLE, "Participants of this cohort with the exposure.", nullable=True, low=0
        ),
        "overlap_participants": column(WHOLE, "Participants behind both effects.", nullable=True, low=0),
        "two_sample": column(
            REAL,
            "The effect on the outcome over that on the exposure (two-sample reading).",
            unit=_ELASTICITY,
            nullable=True,
        ),
        "two_sample_se": column(
            REAL, "Its standard error (delta method).", unit=_ELASTICITY, nullable=True, low=0
        ),
        "two_sample_low": column(REAL, "Lower end of its 95 % interval.", unit=_ELASTICITY, nullable=True),
        "two_sample_high": column(REAL, "Upper end of that interval.", unit=_ELASTICITY, nullable=True),
        "two_sample_p_value": column(REAL, "p-value of the two-sample reading.", **P_VALUE),
        "two_sample_ar_low": column(
            REAL, "Lower end of its 95 % Anderson-Rubin set.", unit=_ELASTICITY, nullable=True
        ),
        "two_sample_ar_high": column(REAL, "Upper end of that set.", unit=_ELASTICITY, nullable=True),
        "two_sample_ar_shape": column(TEXT, "Its shape, as of `ar_shape`.", nullable=True),
        "direct_percent": column(
            REAL,
            "Direct effect per allele on the outcome, past the exposure, that would explain all of the "
            "two-sample reading.",
            unit="percent",
            nullable=True,
        ),
        "direct_enough_percent": column(
            REAL,
            "The one nearest to 0 beside which no effect of the exposure is left that differs from 0; 0 "
            "where none does anyway.",
            unit="percent",
            nullable=True,
        ),
        "two_sample_note": column(TEXT, "Why there is no two-sample reading.", nullable=True),
    },
    key=("cohort", "analysis"),
)

_GENOTYPE = {
    "genotype": column(TEXT, "The best-guess genotype."),
    "copies": column(WHOLE, "Its effect alleles.", low=0, high=2),
}
_UNCERTAIN = {
    "participants_uncertain": column(
        WHOLE,
        "Participants in none of the genotypes, since theirs is uncertain or has a third allele.",
        low=0,
    )
}
_adjusted = functools.partial(column, REAL, unit="the outcome's", nullable=True, required=False)
GENOTYPE_MEANS = Table(
    "{cohort}/association/genotype_means.tsv",
    "Geometric mean of each outcome by best-guess genotype, with 95 % intervals, not adjusted, and adjusted "
    "for the covariates of the models; who has no such genotype (an imputed dosage more than 0.1 from a "
    "whole number) is counted, and is in the models.",
    {
        "cohort": _COHORT,
        "outcome": column(TEXT, "The outcome's column in the analysis set."),
        **_GENOTYPE,
        "participants": _PARTICIPANTS,
        **_UNCERTAIN,
        "geometric_mean": column(REAL, "Geometric mean.", unit="the outcome's", nullable=True),
        "ci_low": column(REAL, "Lower end of its 95 % interval.", unit="the outcome's", nullable=True),
        "ci_high": column(REAL, "Upper end of that interval.", unit="the outcome's", nullable=True),
        "adjusted_mean": _adjusted(
            "Geometric mean by the model of the plan's first analysis of the outcome and the variant, with a "
            "mean for each genotype, where every covariate is at its mean over the model's rows; missing "
            "where there is none."
        ),
        "adjusted_low": _adjusted("Lower end of its 95 % interval."),
        "adjusted_high": _adjusted("Upper end of that interval."),
        "adjusted_for": column(
            TEXT,
            "The covariates of that model, which has genotype probabilities where there are some.",
            nullable=True,
            required=False,
        ),
    },
    key=("cohort", "outcome", "genotype"),
)

AVERAGE_DAY = Table(
    "{cohort}/association/average_day.tsv",
    "Mean acceleration by clock hour in each best-guess genotype, of people whose activity came as epochs.",
    {
        "cohort": _COHORT,
        **_GENOTYPE,
        "hour": column(WHOLE, "The clock hour.", unit="hours", low=0, high=23),
        "participants": column(WHOLE, "Participants.", low=1),
        **_UNCERTAIN,
        "enmo_mg": column(REAL, "Mean acceleration (ENMO).", low=0),
        "ci_low": column(REAL, "Lower end of its 95 % interval.", unit="milli-g", nullable=True),
        "ci_high": column(REAL, "Upper end of that interval.", unit="milli-g", nullable=True),
    },
    key=("cohort", "genotype", "hour"),
)

SENSITIVITY = Table(
    "{cohort}/association/sensitivity.tsv",
    "Alternative analyses, one change to the plan at a time: covariates, people, models, batches, valid "
    "days, "
    "constants.",
    {
        "cohort": _COHORT,
        "analysis": _ANALYSIS,
        "kind": column(
            TEXT,
            "The kind of choice.",
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
        "choice": column(TEXT, "The choice."),
        "n_participants": _PARTICIPANTS,
        **interval(),
        **PERCENT,
        "note": _NOTE,
    },
    key=("cohort", "analysis", "kind", "choice"),
)

ASSOCIATION_FLOW = flow_table(
    "association", "Everyone who dropped out between the analysis set and each analysis, with the reason."
)

_SHARE: Quantity = {"unit": "1", "nullable": True, "low": 0, "high": 1}
CALIBRATION = Table(
    "calibration/calibration.tsv",
    "Bias and coverage of each family of models in simulated cohorts of known truth, and how often it "
    "rejects what is true (`make calibrate`).",
    {
        "model": column(TEXT, "The model."),
        "situation": column(
            TEXT, "What is simulated: as assumed, or how it differs from what models assume."
        ),
        "people": column(WHOLE, "People of a simulated cohort.", low=1),
        "visits": column(WHOLE, "Visits of each of them.", low=1),
        "censored": column(REAL, "Share of values below the assay's limit.", unit="1", low=0, high=1),
        "frequency": column(REAL, "Effect-allele frequency.", unit="1", low=0, high=1),
        "cohorts": column(WHOLE, "Cohorts that are pooled; 1 where none are.", low=1),
        "replicates": column(WHOLE, "Simulated cohorts, or pools.", low=1),
        "failed": column(WHOLE, "Of them without an estimate, with an effect or without.", low=0),
        "truth": column(
            REAL, "The true value where bias and coverage are told.", unit=ON_SCALE, nullable=True
        ),
        "bias": column(REAL, "Mean estimate less the truth.", unit=ON_SCALE, nullable=True),
        "bias_se": column(REAL, "Its Monte Carlo standard error.", unit=ON_SCALE, nullable=True),
        "coverage": column(REAL, "Share of 95 % intervals that hold the truth.", **_SHARE),
        "coverage_se": column(REAL, "Its Monte Carlo standard error.", **_SHARE),
        "rejected": column(
            REAL, "Share with p below 0.05 where there is no effect, or no departure.", **_SHARE
        ),
        "rejected_se": column(REAL, "Its Monte Carlo standard error.", **_SHARE),
        "version": column(TEXT, "The workflow's version that made it."),
        "reason": column(TEXT, "Why this is simulated."),
    },
    key=("model", "situation", "people", "visits", "censored", "frequency", "cohorts"),
)
