"""A simulation study: how do the models perform in cohorts whose truth is known?"""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any, TypeAlias, TypeVar

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track

from il6r import seeds
from il6r.association import calibration_designs, genetic_models, instrument, permutation
from il6r.association.calibration_designs import (
    ANCESTRIES,
    ARTHRITIS,
    BETWEEN,
    CAUSAL,
    GENOTYPES,
    MINUTES,
    SIL6R,
    WEEK,
    WITHIN,
    Design,
)
from il6r.association.coefficients import Fit, NotEstimableError
from il6r.association.estimation import estimate
from il6r.association.selection import Cohort, Selection, select
from il6r.origin import VERSION
from il6r.plan import Analysis, Covariate, Plan

Result = TypeVar("Result")
# Pools estimates, variances and degrees of freedom; the summaries by the names of models (`pooling.combine`).
Combine: TypeAlias = Callable[[np.ndarray, np.ndarray, np.ndarray], dict[str, dict[str, float]]]
_LEVEL = 0.95
_DRAWS = 499
# So many replicates are one task of a process.
_AT_ONCE = 20
_ADDITIVE = Analysis("additive", "", "sil6r")
_ADJUSTED = tuple(map(Covariate, ("age", "sex", "ancestry")))
_OPERATING = replace(_ADDITIVE, covariates=(*_ADJUSTED, Covariate("plate")))
_CAUSAL_READING = Analysis("causal", "", "activity", exposure="sil6r", exposure_transform="log")
# What each model of the designs estimates, and what is true of it per effect of the simulation.
_ANALYSES = {
    "least squares": (_ADDITIVE, SIL6R),
    "least squares, ancestry": (replace(_ADDITIVE, covariates=_ADJUSTED), SIL6R),
    "least squares, components": (
        replace(_ADDITIVE, covariates=tuple(map(Covariate, ("age", "sex", "pc1", "pc2")))),
        SIL6R,
    ),
    "least squares, CC against AA": (
        replace(_ADDITIVE, coding="genotypic", contrast="CC against AA"),
        2 * SIL6R,
    ),
    "censored log-normal": (replace(_ADDITIVE, family="censored_lognormal"), SIL6R),
    "logistic": (
        Analysis("arthritis", "", "rheumatoid_arthritis", transform="none", family="binomial"),
        ARTHRITIS,
    ),
    "quasi-Poisson": (
        Analysis("minutes", "", "mvpa_min_per_day", transform="none", family="quasi_poisson"),
        MINUTES,
    ),
    "mixed, within people": (
        Analysis(
            "within", "", "sil6r", exposure="enmo_7d_mg", part="within", family="mixed", random="participant"
        ),
        WEEK,
    ),
    "mixed, kinship": (replace(_ADDITIVE, family="mixed", random="kinship"), SIL6R),
    "share of variance": (
        replace(_ADDITIVE, family="censored_lognormal", estimate="variance_explained"),
        SIL6R,
    ),
    "two-stage least squares": (_CAUSAL_READING, CAUSAL),
    "Anderson-Rubin set": (_CAUSAL_READING, CAUSAL),
}
# Tests that give no interval: their hypothesis is true where there is no effect, or whether or not there is.
_TESTS = ("permutation", "departure from multiplicative")
# Pools, by the name that `combine` has for the model.
_POOLS = {"pooled, fixed effects": "fixed", "pooled, random effects": "paule_mandel"}
MODELS = (*_ANALYSES, *_TESTS, *_POOLS)
# An effect merely shifts the estimates of these, so that cohorts without one show coverage and bias as well.
_SHIFTED = (
    *(name for name in _ANALYSES if name.startswith(("least squares", "mixed"))),
    *_POOLS,
)


def performance(
    designs: list[Design], replicates: int, seed: int, combine: Combine, workers: int = 1
) -> pd.DataFrame:
    """Bias and coverage of 95 % intervals with an effect, rejections without, and their Monte Carlo errors.

    Parameters
    ----------
    designs : what is simulated, and the model that is tried.
    replicates : simulated cohorts of each design with an effect, and as many without.
    combine : pools the estimates of several cohorts.
    workers : processes; they do not change the numbers.

    Returns
    -------
    `CALIBRATION`, a row for each design.
    """
    starts = range(0, replicates, _AT_ONCE)
    tasks = [
        (design, start, min(start + _AT_ONCE, replicates), seed, combine)
        for design in designs
        for start in starts
    ]
    found = shared_out(_replicates, tasks, workers, "simulated cohorts")
    rows = []
    for number, design in enumerate(designs):
        own = np.concatenate(found[number * len(starts) : (number + 1) * len(starts)])
        rows.append(design.columns | _summary(design, own) | {"version": VERSION})
    return pd.DataFrame(rows)


def per_allele_estimates(
    truths: tuple[float, ...], sizes: tuple[int, ...], replicates: int, seed: int, workers: int = 1
) -> dict[tuple[float, int], tuple[np.ndarray, ...]]:
    """Additive estimates on sIL-6R in simulated cohorts, by true percent per allele and people in each.

    Returns
    -------
    Arrays estimate, se, ci_low and ci_high, float64, shape (replicates,); not a number where there is none.
    """
    tasks = [
        (truth, size, seed, number) for truth in truths for size in sizes for number in range(replicates)
    ]
    fits = np.array(shared_out(_one_estimate, tasks, workers, "simulated verdicts"))
    shaped = fits.reshape(len(truths), len(sizes), replicates, 4)
    return {
        (truth, size): tuple(shaped[i, j].T) for i, truth in enumerate(truths) for j, size in enumerate(sizes)
    }


def shared_out(
    function: Callable[..., Result], tasks: list[tuple[Any, ...]], workers: int, what: str
) -> list[Result]:
    """A function's results over tasks in their order, from so many processes, with a bar of progress."""

    def shown(results: Iterator[Result]) -> list[Result]:
        """The results, counted on the screen as they come; where that is none, nothing is written."""
        console = Console(stderr=True)
        return list(track(results, what, len(tasks), console=console, disable=not console.is_terminal))

    if workers == 1:
        return shown(itertools.starmap(function, tasks))
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        return shown(pool.map(function, *zip(*tasks, strict=True), chunksize=_chunk(len(tasks), workers)))


def _chunk(tasks: int, workers: int) -> int:
    """How many tasks a process takes at once: few, so that none has much left when others have ended."""
    return max(1, min(20, tasks // (8 * workers)))


def _one_estimate(truth: float, size: int, seed: int, number: int) -> tuple[float, float, float, float]:
    """One simulated cohort's additive estimate with its error and interval."""
    rng = seeds.generator(seed, "operating", truth, size, number)
    cohort = _cohort(calibration_designs.confounded(rng, size, float(np.log1p(truth / 100))))
    try:
        fit = estimate(select(cohort, _OPERATING), _OPERATING, GENOTYPES).fit
    except NotEstimableError:
        return (np.nan,) * 4
    return fit.estimate, fit.se, fit.ci_low, fit.ci_high


def _replicates(design: Design, start: int, stop: int, seed: int, combine: Combine) -> np.ndarray:
    """Estimates, whether their intervals hold the truth, and p-values.

    Returns
    -------
    float64, shape (replicates, effects, 3), in the order of `_effects`; not a number where there is none.
    """
    effects = _effects(design)
    found = np.full((stop - start, len(effects), 3), np.nan)
    for number in range(start, stop):
        for place, effect in enumerate(effects):
            rng = seeds.generator(seed, "calibration", *design.columns.values(), number, effect)
            try:
                found[number - start, place] = _tried(rng, design, effect, combine)
            except NotEstimableError:
                continue
    return found


def _effects(design: Design) -> tuple[bool, ...]:
    """Whether cohorts of a design are simulated with an effect, without, or both.

    Coverage and bias are those of the first, rejections those of the last.
    """
    if design.model == "departure from multiplicative":
        # An effect that is multiplicative is no departure.
        return (True,)
    if design.model in _SHIFTED or design.model == "permutation":
        return (False,)
    return True, False


def _tried(
    rng: np.random.Generator, design: Design, effect: bool, combine: Combine
) -> tuple[float, float, float]:
    """A design's model in one simulated cohort, or the cohorts of one pool."""
    truth = _truth(design) if effect else 0.0
    if design.model in _POOLS:
        fits = [_fitted(_simulated(rng, design, effect), _ADDITIVE) for _ in range(design.cohorts)]
        pooled = combine(
            np.array([fit.estimate for fit in fits]),
            np.array([fit.se**2 for fit in fits]),
            np.array([fit.df for fit in fits]),
        )[_POOLS[design.model]]
        held = pooled["ci_low"] <= truth <= pooled["ci_high"]
        return pooled["estimate"], held, pooled["p_value"]
    cohort = _simulated(rng, design, effect)
    if design.model in _TESTS:
        return np.nan, np.nan, _p_value(rng, design, select(cohort, _ADDITIVE))
    analysis = _ANALYSES[design.model][0]
    if analysis.name != "causal":
        fit = _fitted(cohort, analysis)
        return fit.estimate, fit.ci_low <= truth <= fit.ci_high, fit.p_value
    selection = select(cohort, analysis)
    found = instrument.two_stage(
        selection.values,
        np.log(selection.frame["sil6r_ng_ml"].to_numpy()),
        selection.frame["dosage"].to_numpy(),
        np.ones((len(selection.frame), 1)),
    )
    if design.model == "two-stage least squares":
        return found.estimate, found.ci_low <= truth <= found.ci_high, found.p_value
    held = {
        "interval": found.ar_low <= truth <= found.ar_high,
        "two rays": truth <= found.ar_low or truth >= found.ar_high,
        "whole line": True,
    }[found.ar_shape]
    # A set has no centre that could be biased.
    return np.nan, held, found.ar_p_value


def _p_value(rng: np.random.Generator, design: Design, selection: Selection) -> float:
    """The p-value of a test that gives no interval."""
    dosage, ones = selection.frame["dosage"].to_numpy(), np.ones((len(selection.frame), 1))
    if design.model == "permutation":
        return permutation.p_value(selection.values, dosage, ones, draws=_DRAWS, rng=rng)
    rows = genetic_models.compare(selection.values, dosage, dosage, ones)
    own = next(row for row in rows if row["genetic_model"] == "multiplicative")
    if "departure_p_value" not in own:
        raise NotEstimableError("no genotypic model")
    return float(own["departure_p_value"])


def _truth(design: Design) -> float:
    """What a design's model estimates, where there is an effect."""
    truth = _ANALYSES.get(design.model, (None, np.nan))[1]
    if design.model != "share of variance":
        return truth
    signal = truth**2 * 2 * design.frequency * (1 - design.frequency)
    return signal / (signal + BETWEEN**2 + WITHIN**2)


def _simulated(rng: np.random.Generator, design: Design, effect: bool) -> Cohort:
    """A cohort of a design."""
    if design.situation == ANCESTRIES:
        return _cohort(calibration_designs.confounded(rng, design.people, SIL6R if effect else 0.0))
    frame, relatives = calibration_designs.simulate(rng, design, effect=effect)
    return _cohort(frame, relatives)


def _cohort(frame: pd.DataFrame, relatives: pd.DataFrame | None = None) -> Cohort:
    return Cohort("simulated", frame, GENOTYPES, Plan({}, {}, {}), "the simulation study", {}, relatives)


def _fitted(cohort: Cohort, analysis: Analysis) -> Fit:
    """An analysis of a simulated cohort, as cohorts' analyses are done."""
    return estimate(select(cohort, analysis), analysis, GENOTYPES).fit


def _summary(design: Design, found: np.ndarray) -> dict[str, Any]:
    """A design's measures over its replicates, as `_replicates` gives them."""
    truth = _truth(design) if _effects(design)[0] else 0.0
    estimates, held, p = found[:, 0, 0], found[:, 0, 1], found[:, -1, 2]
    summary: dict[str, Any] = {
        "replicates": len(found),
        "failed": int(np.isnan(found[:, :, 2]).any(axis=1).sum()),
    }
    if (done := ~np.isnan(held)).sum() > 1:
        summary |= {
            "truth": truth,
            "bias": estimates[done].mean() - truth,
            "bias_se": estimates[done].std(ddof=1) / np.sqrt(done.sum()),
            **_share("coverage", held[done]),
        }
    if (done := ~np.isnan(p)).sum() > 1:
        summary |= _share("rejected", p[done] < 1 - _LEVEL)
    return summary


def _share(name: str, happened: np.ndarray) -> dict[str, float]:
    """How often something happened, with the Monte Carlo standard error."""
    share = float(happened.mean())
    return {name: share, f"{name}_se": float(np.sqrt(share * (1 - share) / len(happened)))}
