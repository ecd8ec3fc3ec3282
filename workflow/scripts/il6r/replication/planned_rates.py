"""How often would each verdict be given in a planned study, and how many people would it take?"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from il6r.errors import InputError, shown
from il6r.replication import verdict_rule
from il6r.replication.agreement import ENOUGH_POWER
from il6r.replication.effect_measures import estimate_on_analysis_scale, on_measure
from il6r.replication.error_rates import (
    Drawn,
    confirming,
    judged,
    of_claim,
    pooled_draws,
    shares,
    true_effects,
)
from il6r.replication.published_values import Benchmark
from il6r.replication.verdict_rule import FEWEST_DF
from il6r.tables.replication import ERROR_RATES

# Estimates by analysis, truth and people of each cohort: float64, shape (replicates, cohorts, 7), as of
# `association.planned_cohorts`.
Simulation: TypeAlias = Callable[[str, float, int], np.ndarray]
# A number of people is settled when the next one is within this share of it, or after so many tries.
_SETTLED, _TRIES = 0.05, 4
# By how much studies grow in which the claim was confirmed too seldom, and how often.
_MORE, _MOST_STEPS = 1.15, 8
# More people than these are not simulated.
_MOST_PEOPLE = 4000
# With fewer studies that have an estimate than this share there is nothing to start from.
_ENOUGH = 0.5
_PARTS = ("estimate", "se", "below", "above", "df", "residual_df")


@dataclass(frozen=True)
class Needed:
    """How many people of each cohort it takes to confirm a claim in 80 % of studies.

    Attributes
    ----------
    truth, effect : under which; `effect` in the published unit.
    planned : the mean over simulated studies of the chance that `verdict_rule.chance` gives each.
    people : that `verdict_rule.people_needed` gives; not a number where no number of people does.
    simulated : people of simulated studies in which the claim was confirmed as often; None where none were.
    share, monte_carlo_se : how often it was confirmed in those.
    """

    truth: str
    effect: float
    planned: float
    people: float
    simulated: int | None = None
    share: float = np.nan
    monte_carlo_se: float = np.nan


@dataclass(frozen=True)
class Outlook:
    """One claim in a planned study.

    Attributes
    ----------
    row : its primary published value.
    rates : `ERROR_RATES`, of the cohort "planned".
    needed : the people that it takes; None where nobody says how large the effect is.
    """

    row: Any
    rates: pd.DataFrame
    needed: Needed | None


def outlooks(
    published: pd.DataFrame,
    settings: dict[str, Any],
    simulation: Simulation,
    people: int,
    analyses: Collection[str],
    claim: str = "",
) -> list[Outlook]:
    """What a planned study would say of each claim that can be simulated.

    Parameters
    ----------
    published, settings : as of `verdicts.judge`.
    people : of each cohort.
    analyses : those that `simulation` knows.
    claim : the only one that is asked for; empty for all.

    Raises
    ------
    InputError : there is no such claim.
    """
    primaries = published[published["role"] == "primary"].drop_duplicates("claim")
    primaries = primaries[primaries["analysis"].isin(analyses)]
    if claim and claim not in set(primaries["claim"]):
        raise InputError(
            "claim",
            f"'{claim}' is none that can be simulated",
            f"give one of {shown(primaries['claim'], 20)}",
        )
    return [
        Outlook(
            row,
            planned_rates(row, published, settings, simulation, people),
            people_needed(row, published, settings, simulation, people),
        )
        for row in primaries.itertuples()
        if claim in ("", row.claim)
    ]


def planned_rates(
    row: Any, published: pd.DataFrame, settings: dict[str, Any], simulation: Simulation, people: int
) -> pd.DataFrame:
    """The verdicts on simulated studies, beside a claim's primary published value, by the truth.

    Parameters
    ----------
    row : the primary published value.
    published, settings : as of `verdicts.judge`.
    people : of each cohort.

    Returns
    -------
    `ERROR_RATES`, of the cohort "planned".
    """
    primary, best = of_claim(row, published, settings)
    place = {key: getattr(row, key) for key in ("claim", "analysis", "benchmark", "scale")}
    rows = []
    for truth, effect in true_effects(primary, best).items():
        drawn = _drawn(simulation(row.analysis, _in_model(effect, primary), people), effect, primary)
        codes = judged(drawn, effect, primary, settings.get("fewest_df", FEWEST_DF))
        told = {"cohort": "planned", "n": people, "truth": truth, "effect": on_measure(effect, primary.scale)}
        rows += [place | told | share for share in shares(codes, confirming(primary))]
    return pd.DataFrame(rows, columns=list(ERROR_RATES.columns))


def people_needed(
    row: Any, published: pd.DataFrame, settings: dict[str, Any], simulation: Simulation, people: int
) -> Needed | None:
    """With how many people of each cohort a claim would be confirmed in 80 % of studies, if it is true.

    The number is that of `verdict_rule.people_needed`, from the usual error of simulated studies; it is
    computed again from studies of that size until it stays, and studies of that size are judged.

    Parameters
    ----------
    As of `planned_rates`.

    Returns
    -------
    None where nobody says how large the effect is.
    """
    primary, best = of_claim(row, published, settings)
    effects = true_effects(primary, best)
    truth = next((name for name in ("published", "of interest") if name in effects), None)
    if truth is None:
        return None
    effect, fewest = effects[truth], settings.get("fewest_df", FEWEST_DF)

    def studies(size: int) -> Drawn:
        """Simulated studies of that many people in each cohort."""
        return _drawn(simulation(row.analysis, _in_model(effect, primary), size), effect, primary)

    drawn, size = studies(people), people
    planned = _chance(primary, effect, drawn, fewest)
    while np.isnan(drawn.estimate).mean() > 1 - _ENOUGH and size < _MOST_PEOPLE:
        size *= 2
        drawn = studies(size)
    told = on_measure(effect, primary.scale)
    for _ in range(_TRIES):
        needed = verdict_rule.people_needed(primary, size, *_usual(drawn), fewest)
        if not needed <= _MOST_PEOPLE:
            return Needed(truth, told, planned, needed)
        if abs(needed - size) <= _SETTLED * size:
            break
        size = int(needed)
        drawn = studies(size)
    word = confirming(primary)
    for _ in range(_MOST_STEPS):
        codes = judged(drawn, effect, primary, fewest)
        (found,) = (one for one in shares(codes, word) if one["verdict"] == word)
        # Where an estimate may be absent, or errors differ much, it takes more than the usual study says.
        if found["share"] >= ENOUGH_POWER - found["monte_carlo_se"]:
            break
        size = int(np.ceil(_MORE * size))
        drawn = studies(size)
    return Needed(truth, told, planned, needed, size, found["share"], found["monte_carlo_se"])


def _drawn(fits: np.ndarray, effect: float, benchmark: Benchmark) -> Drawn:
    """Simulated studies as estimates around their truth, pooled where there are several cohorts."""
    cohorts = [_one_cohort(fits[:, place], effect, benchmark) for place in range(fits.shape[1])]
    if len(cohorts) == 1:
        return cohorts[0]
    there = np.stack([~np.isnan(one.estimate) for one in cohorts], axis=-1)
    parts = {name: np.full(len(fits), np.nan) for name in _PARTS}
    disagreeing = np.zeros(len(fits), dtype=bool)
    # Studies in which the same cohorts have an estimate are pooled together.
    for pattern in np.unique(there, axis=0):
        own = (there == pattern).all(axis=1)
        behind = [one.some(own) for one, seen in zip(cohorts, pattern, strict=True) if seen]
        if behind:
            pool = pooled_draws(behind, int(fits[own, :, 5][0, pattern].sum()))
            for name, values in parts.items():
                values[own] = getattr(pool, name)
            disagreeing[own] = pool.disagreeing
    return Drawn(**parts, disagreeing=disagreeing)


def _one_cohort(fits: np.ndarray, effect: float, benchmark: Benchmark) -> Drawn:
    """One cohort of each simulated study."""
    estimate, se, low, high, df, n, sign = fits.T
    if benchmark.scale == "r2":
        ends = zip(estimate, se, low, high, strict=True)
        compared = [estimate_on_analysis_scale(*one, "r2") for one in ends]
        estimate, se, low, high = np.array(compared).T
    else:
        sign = np.ones(len(fits))
    return Drawn(sign * estimate - effect, se, estimate - low, high - estimate, df, np.minimum(df, n - 2))


def _usual(drawn: Drawn) -> tuple[float, float]:
    """The error, and its degrees of freedom, of the study in the middle."""
    df = np.broadcast_to(drawn.df, drawn.se.shape)
    return float(np.nanmedian(drawn.se)), float(np.nanmedian(df))


def _chance(primary: Benchmark, effect: float, drawn: Drawn, fewest_df: float) -> float:
    """The mean chance of simulated studies, of which one that is not judged has none."""
    there = drawn.some(np.greater_equal(drawn.residual_df, fewest_df) & ~np.isnan(drawn.estimate))
    chances = verdict_rule.chance(primary, effect, there.se, there.df)
    return float(np.sum(chances) / len(drawn.estimate))


def _in_model(effect: float, benchmark: Benchmark) -> float:
    """A truth as the simulation takes it: a share of variance as such."""
    return on_measure(effect, "r2") if benchmark.scale == "r2" else effect
