"""Is each published claim replicated here, and why (not)?"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from il6r import effect_text
from il6r.replication import agreement
from il6r.replication.agreement import Numbers
from il6r.replication.benchmarks import DIRECTIONS
from il6r.replication.effect_measures import (
    MEASURES,
    estimate_on_analysis_scale,
    on_analysis_scale,
    on_measure,
    share_of_effect,
)
from il6r.tables.association import EVERYBODY
from il6r.tables.replication import VERDICTS

NOT_COMPUTABLE = "not computable"
POOLED = "pooled"
# Published directions, and their signs.
RULE = (
    "Everything is read from the 95 % interval of the estimate here. Zero is no effect, of a ratio 1.",
    "Two estimates differ if Cochran's Q on one degree of freedom has p below 0.05 (Welch's t, where the "
    "error here has degrees of freedom), where the published standard error is known. Where it is not, they "
    "differ if the interval here leaves out the published value, or all that rounds to it where it was given "
    'as "about".',
    "Contradicted: the interval excludes zero, on the side opposite to the published effect.",
    "Replicated: the interval excludes zero on the published side, and the estimates do not differ. Where "
    "only a direction is published, the side decides.",
    "Same direction, smaller or larger: the interval excludes zero on the published side, and the estimates "
    "differ.",
    "Contradicted, too: the interval includes zero, the estimates differ, and the interval leaves out even "
    "the smallest share of the published effect that counts (half of it, unless the plan says otherwise).",
    "Inconclusive: the interval includes zero, and the published effect, or that share of it, cannot be "
    "excluded either. The reason says how many people it would take.",
    "Not computable: there is no estimate here, for the reason that is given.",
    "A published value without a standard error counts as exact. No verdict is adjusted for the number of "
    "claims: where nothing has an effect, one in forty is called replicated, or of the same direction.",
)
_MISSING_ANALYSIS = {"met_aa_vs_ac": "MET-minutes from a questionnaire were not measured here"}
_FLAGS = ("sign_agrees", "significant", "in_interval", "intervals_overlap", "in_prediction", "equivalent")


@dataclass(frozen=True)
class Measured:
    """An estimate on the scale on which it is compared (a log ratio, Fisher's z), with 95 % interval.

    `df` are the degrees of freedom of its error, infinite where it counts as known.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    n: int
    df: float = math.inf


@dataclass(frozen=True)
class PublishedValue:
    """The value of a published effect, on the scale on which it is compared.

    Attributes
    ----------
    about : the range that rounds to the value where it was given as "about", else the value twice.
    share, smallest : the share of the effect below which it is another finding, and the effect of that share.
    margin : within these ends an effect counts as equivalent.
    interval, se : None where not published.
    """

    value: float
    about: tuple[float, float]
    share: float
    smallest: float
    margin: tuple[float, float]
    interval: tuple[float, float] | None = None

    @property
    def se(self) -> float | None:
        """The standard error, from the 95 % interval."""
        return None if self.interval is None else (self.interval[1] - self.interval[0]) / (2 * agreement.Z)


@dataclass(frozen=True)
class Benchmark:
    """A published effect.

    Attributes
    ----------
    scale : the unit it was published in.
    sign : its direction.
    published : None where only the direction was published.
    """

    scale: str
    sign: int
    published: PublishedValue | None = None

    @classmethod
    def read(cls, row: Any, settings: dict[str, float]) -> "Benchmark":
        """A row of `resources/published_effects.tsv`.

        Parameters
        ----------
        settings : `replication` of the plan: equivalence_margin and smallest_share, shares of the effect.
        """
        scale = row.scale
        if row.value in DIRECTIONS:
            return cls(scale, DIRECTIONS[row.value])
        given = float(row.value)
        value = on_analysis_scale(given, scale)

        def between(low: float, high: float) -> tuple[float, float] | None:
            """A range on the analysis scale; None where it is not given."""
            if pd.isna(low):
                return None
            return on_analysis_scale(float(low), scale), on_analysis_scale(float(high), scale)

        share, margin = settings["smallest_share"], settings["equivalence_margin"]
        low, high = sorted(share_of_effect(given, part, scale) for part in (1 - margin, 1 + margin))
        published = PublishedValue(
            value,
            about=between(row.about_low, row.about_high) or (value, value),
            share=share,
            smallest=share_of_effect(given, share, scale),
            margin=(low, high),
            interval=between(row.low, row.high),
        )
        return cls(scale, int(np.sign(value)), published)


def judge(
    estimates: pd.DataFrame, pooled: pd.DataFrame, published: pd.DataFrame, settings: dict[str, float]
) -> pd.DataFrame:
    """Set every cohort's estimates, and the pooled ones, against every published benchmark.

    The pooled estimate is the fixed-effects one of everybody, as is usual for one variant's effect across
    cohorts; the random-effects ones stand beside it in `POOLED`. The measures of agreement are those
    of `agreement`; equivalence is to the published value with its error, where that is known.

    Parameters
    ----------
    estimates : `ESTIMATES` of all cohorts.
    pooled : `POOLED`.
    published : `resources/published_effects.tsv`.
    settings : `replication` of the plan.

    Returns
    -------
    `VERDICTS`: for each benchmark every cohort in order, then "pooled".
    """
    estimates = estimates[estimates["stratum"] == EVERYBODY]
    pooled = pooled[(pooled["group"] == EVERYBODY) & (pooled["model"] == "fixed")]
    rows = []
    for row in published.itertuples():
        benchmark = Benchmark.read(row, settings)
        own = estimates[estimates["analysis"] == row.analysis]
        for cohort in dict.fromkeys(estimates["cohort"]):
            found = own[own["cohort"] == cohort]
            rows.append(_judge_one(row, benchmark, cohort, found.dropna(subset="estimate"), found))
        found = pooled[pooled["analysis"] == row.analysis]
        rows.append(_judge_one(row, benchmark, POOLED, found, own))
    table = pd.DataFrame(rows).reindex(columns=list(VERDICTS.columns))
    return table.astype(dict.fromkeys(_FLAGS, "boolean"))


def verdict(ours: Measured, benchmark: Benchmark) -> tuple[str, str]:
    """The verdict's word and its reason, by a rule fixed before any data are seen.

    Zero is no effect. The estimates differ if Cochran's Q on 1 degree of freedom has p below 0.05 where the
    published standard error is known; where it is not, if our 95 % interval leaves out the published value,
    or all that rounds to it where it was given as "about".

    1. Our interval leaves out zero, on the side opposite to the published effect: contradicted.
    2. It leaves out zero on the published side: replicated if the estimates do not differ, or if only the
       direction was published; else same direction, smaller or larger.
    3. It includes zero: contradicted if the estimates differ and it leaves out even the smallest share of the
       published effect that counts (by default half), else inconclusive.

    Parameters
    ----------
    ours : the estimate here.
    benchmark : the published effect, not zero.
    """
    estimate, se, low, high = (
        np.array([number]) for number in (ours.estimate, ours.se, ours.ci_low, ours.ci_high)
    )
    word = str(verdict_words(estimate, se, low, high, benchmark, ours.df)[0])
    return word, _reason(word, ours, benchmark)


def verdict_words(
    estimate: np.ndarray,
    se: np.ndarray,
    ci_low: np.ndarray,
    ci_high: np.ndarray,
    benchmark: Benchmark,
    df: Numbers = np.inf,
) -> np.ndarray:
    """The words that the rule of `verdict` gives to many estimates.

    Parameters
    ----------
    estimate, se, ci_low, ci_high : float64, shape (n,), on the scale on which the benchmark is compared; not
        a number where there is no estimate.
    df : degrees of freedom of their errors.

    Returns
    -------
    Of `VERDICT_WORDS`, shape (n,).
    """
    # Towards the published direction.
    size = benchmark.sign * estimate
    low, high = (ci_low, ci_high) if benchmark.sign > 0 else (-ci_high, -ci_low)
    missing, opposite, seen = np.isnan(estimate), high < 0, low > 0
    published = benchmark.published
    cases = [(missing, NOT_COMPUTABLE), (opposite, "contradicted")]
    if published is None:
        cases += [(seen, "replicated")]
    else:
        differ = _differ(estimate, se, ci_low, ci_high, published, df)
        cases += [
            (seen & ~differ, "replicated"),
            (seen & (size < abs(published.value)), "same direction, smaller"),
            (seen, "same direction, larger"),
            (differ & (high < abs(published.smallest)), "contradicted"),
        ]
    words = [np.array(word) for _, word in cases]
    return np.select([case for case, _ in cases], words, "inconclusive")


def _differ(
    estimate: Numbers, se: Numbers, ci_low: Numbers, ci_high: Numbers, published: PublishedValue, df: Numbers
) -> Numbers:
    if published.se is not None:
        return agreement.q_test(published.value, published.se, estimate, se, df) < 0.05
    return (ci_low > published.about[1]) | (ci_high < published.about[0])


def _judge_one(
    row: Any, benchmark: Benchmark, cohort: str, found: pd.DataFrame, own: pd.DataFrame
) -> dict[str, Any]:
    """A row of the table; `found` has the estimate or no row, and then those of `own` say why."""
    published = benchmark.published
    judged = {
        "claim": row.claim,
        "benchmark": row.benchmark,
        "analysis": row.analysis,
        "cohort": cohort,
        "scale": row.scale,
        "published": row.value if published is None else f"{float(row.value):g}",
        "about_low": row.about_low,
        "about_high": row.about_high,
        "published_low": row.low,
        "published_high": row.high,
        "reference": f"{row.reference}, doi {row.doi}",
        "verdict": NOT_COMPUTABLE,
    }
    if found.empty:
        return judged | {"reason": _why_absent(row.analysis, own)}
    if benchmark.sign == 0:
        return judged | {"reason": "the published effect is zero, which has no direction and no share"}
    if found["scale"].iloc[0] not in MEASURES[row.scale].models:
        return judged | {"reason": "the published effect is on another scale than the estimate here"}
    one = found.iloc[0]
    estimate, se, low, high = (float(one[key]) for key in ("estimate", "se", "ci_low", "ci_high"))
    numbers = estimate_on_analysis_scale(estimate, se, low, high, row.scale)
    df = math.inf if pd.isna(one["df"]) else float(one["df"])
    ours = Measured(*numbers, int(one["n_participants"]), df)
    word, reason = verdict(ours, benchmark)
    judged |= {
        **{key: on_measure(getattr(ours, key), row.scale) for key in ("estimate", "ci_low", "ci_high")},
        "n": ours.n,
        "significant": ours.ci_low > 0 or ours.ci_high < 0,
        # A share of variance has no sign.
        "sign_agrees": None if row.scale == "r2" else bool(np.sign(ours.estimate) == benchmark.sign),
        "smallest_effect": on_measure(
            benchmark.sign * agreement.smallest_effect(ours.se, ours.df), row.scale
        ),
        "verdict": word,
        "reason": reason,
    }
    return judged if published is None else judged | _measures(ours, row.scale, published)


def _measures(ours: Measured, scale: str, published: PublishedValue) -> dict[str, Any]:
    """How well an estimate agrees with a published value, and what it could have seen."""
    value, interval, se = published.value, published.interval, published.se
    error = ours.se if se is None else math.hypot(ours.se, se)
    df = agreement.df_of_difference(error, ours.se, ours.df)
    equivalence_p = float(agreement.equivalence(ours.estimate, error, *published.margin, df))
    measures = {
        "in_interval": ours.ci_low <= published.about[1] and ours.ci_high >= published.about[0],
        "equivalence_p_value": equivalence_p,
        "equivalent": equivalence_p < 0.05,
        "power": float(agreement.power(value, ours.se, ours.df)),
        "n_for_80_percent_power": _n_needed(ours, value),
    }
    if interval is None or se is None:
        return measures
    both = (value, se, ours.estimate, ours.se)
    low, _, high = agreement.prediction_interval(value, se, ours.se, ours.df)
    z = agreement.z_of_t(ours.estimate / ours.se, ours.df)
    sceptical = agreement.p_sceptical(value / se, z, (se / ours.se) ** 2)
    # No share of variance is below 0.
    lowest = 0.0 if scale == "r2" else -math.inf
    return measures | {
        "intervals_overlap": ours.ci_low <= interval[1] and ours.ci_high >= interval[0],
        "prediction_low": on_measure(max(low, lowest), scale),
        "prediction_high": on_measure(high, scale),
        "in_prediction": bool(low <= ours.estimate <= high),
        "difference_p_value": float(agreement.q_test(*both, ours.df)),
        # Two-sided it would call opposite effects a success.
        "sceptical_p_value": float(sceptical) if ours.estimate * value > 0 else 1.0,
        "replication_bayes_factor": float(agreement.replication_bayes_factor(*both)),
        "small_telescopes_p_value": float(agreement.small_telescopes(*both, ours.df)),
    }


def _n_needed(ours: Measured, effect: float) -> int:
    """People for 80 % power to see an effect."""
    return int(agreement.n_for_power(ours.n, ours.se, effect, ours.df))


def _reason(word: str, ours: Measured, benchmark: Benchmark) -> str:
    """Why this word: the numbers that decided it, in the published unit."""
    null = MEASURES[benchmark.scale].null
    low, high = (on_measure(end, benchmark.scale) for end in (ours.ci_low, ours.ci_high))
    after = effect_text.digits(low, high, benchmark.scale)

    def told(number: float) -> str:
        """A compared number as readers know it."""
        return effect_text.number(on_measure(number, benchmark.scale), benchmark.scale, after)

    start = f"{told(ours.estimate)} (95 % interval {effect_text.interval(low, high, benchmark.scale)})"
    seen = ours.ci_low > 0 or ours.ci_high < 0
    start += f" {'excludes' if seen else 'includes'} {null}"
    if benchmark.published is None:
        if word == "inconclusive":
            smallest = told(benchmark.sign * agreement.smallest_effect(ours.se, ours.df))
            return (
                f"{start}; only the direction is published, so how many people it would take cannot be said: "
                f"{ours.n:,} people see {smallest} with 80 % power"
            )
        return f"{start}, {'in' if word == 'replicated' else 'against'} the published direction"
    return start + _comparison(word, seen, ours, benchmark.scale, benchmark.published, told)


def _comparison(
    word: str, seen: bool, ours: Measured, scale: str, published: PublishedValue, told: Callable[[float], str]
) -> str:
    """What a reason says of a published value."""
    rounded = published.about[0] < published.about[1]
    number = effect_text.published(on_measure(published.value, scale), scale)
    value = f"the published {'about ' if rounded else ''}{number}"
    untested = "; the test of the difference is not computable: no standard error was published"
    if published.se is None:
        everything = f"{value} and all that rounds to it" if rounded else value
        holds = f"holds {'values that round to ' if rounded else ''}{value}"
        leaves_out = f"leaves out {everything}"
    else:
        p = agreement.q_test(published.value, published.se, ours.estimate, ours.se, ours.df)
        untested, p_text = "", "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"
        holds, leaves_out = (f"{verb} from {value} ({p_text})" for verb in ("does not differ", "differs"))
    share = "half" if published.share == 0.5 else f"{100 * published.share:g} %"
    if word == "replicated":
        return f" and {holds}{untested}"
    if word.startswith("same direction"):
        return f" and {leaves_out}: the effect here is {word.removeprefix('same direction, ')}{untested}"
    if word == "contradicted":
        if seen:
            return f", on the side opposite to {value}{untested}"
        return f", {leaves_out} and leaves out even {share} of it ({told(published.smallest)}){untested}"
    needed = f"{_n_needed(ours, published.value):,} people"
    if _differ(ours.estimate, ours.se, ours.ci_low, ours.ci_high, published, ours.df):
        return (
            f" and {leaves_out}, but not {share} of it ({told(published.smallest)}): smaller than published, "
            f"{MEASURES[scale].null} not excluded; 80 % power takes about {needed} for the "
            f"published effect and {_n_needed(ours, published.smallest):,} for {share} of it, here are "
            f"{ours.n:,}{untested}"
        )
    power = 100 * float(agreement.power(published.value, ours.se, ours.df))
    return (
        f" and {holds}; 80 % power to see that takes about {needed}, the {ours.n:,} here have {power:.0f} %"
        f"{untested}"
    )


def _why_absent(analysis: str, own: pd.DataFrame) -> str:
    """Why there is no estimate, from the rows of one cohort, or of all of which none is pooled."""
    if own["estimate"].notna().any():
        return "the cohorts' units differ, so that they are not pooled"
    notes = own["note"].dropna().unique()
    return _MISSING_ANALYSIS.get(analysis) or (notes[0] if len(notes) == 1 else "no estimate here")
