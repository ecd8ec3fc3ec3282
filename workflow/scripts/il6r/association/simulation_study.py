"""A simulation study: how do the models perform in cohorts whose truth is known?"""

import itertools
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from il6r import seeds
from il6r.association import instrument
from il6r.association.coefficients import Fit, NotEstimableError
from il6r.association.design import make_design
from il6r.association.estimation import estimate
from il6r.association.selection import Cohort, select
from il6r.plan import Analysis, Covariate, Plan

Result = TypeVar("Result")
# The simulated truth: effects per effect allele as logarithms, and of sIL-6R on activity.
SIL6R, ARTHRITIS = float(np.log(1.5)), float(np.log(0.872))
# The effect on activity goes through sIL-6R, so that the variant is a valid instrument.
_ACTIVITY = float(np.log(0.94)) / SIL6R
# Previous week's activity on sIL-6R, per mg.
_WEEK = -0.01
# Two ancestries that differ in allele frequency and in everything else.
_FREQUENCY = {"AFR": 0.15, "EUR": 0.39}
# Standard deviations of log sIL-6R between people and within; the variant then explains about half in EUR.
_BETWEEN, _WITHIN = 0.25, 0.12
_VISITS, _PLATE = 3, 80
_GENOTYPES = ("AA", "AC", "CC")
_LEVEL = 0.95


@dataclass(frozen=True)
class Setting:
    """One model to be tried.

    Attributes
    ----------
    analysis : what is estimated.
    data : "plain", "limit" (a fifth of sIL-6R below it) or "visits" (three a participant).
    truth : the estimate that is true where the effects are those above; 0 where there are none.
    null : whether it is also tried without effects.
    """

    analysis: Analysis
    data: str
    truth: float
    null: bool = True


def settings() -> dict[str, Setting]:
    """Every family of models of the plan, by what it is called."""
    adjusted = tuple(map(Covariate, ("age", "sex", "ancestry")))
    plated = (*adjusted, Covariate("plate"))
    plain = Analysis("additive", "", "sil6r", covariates=plated)
    variance = 2 * float(np.mean([f * (1 - f) for f in _FREQUENCY.values()]))
    signal, noise = SIL6R**2 * variance, _BETWEEN**2 + _WITHIN**2
    visits = Analysis(
        "within", "", "sil6r", exposure="enmo_7d_mg", part="within", family="mixed", random="participant",
        covariates=plated,
    )  # fmt: skip
    return {
        "least squares": Setting(plain, "plain", SIL6R),
        "least squares, components for ancestry": Setting(
            replace(plain, covariates=(*map(Covariate, ("age", "sex", "pc1", "pc2")), Covariate("plate"))),
            "plain",
            SIL6R,
        ),
        "least squares, CC against AA": Setting(
            replace(plain, coding="genotypic", contrast="CC against AA"), "plain", 2 * SIL6R
        ),
        "least squares without ancestry": Setting(replace(plain, covariates=()), "plain", SIL6R),
        "censored log-normal, a fifth below the limit": Setting(
            replace(plain, family="censored_lognormal"), "limit", SIL6R
        ),
        "least squares, three visits": Setting(plain, "visits", SIL6R),
        "mixed, random intercept, within people": Setting(visits, "visits", _WEEK),
        "mean of minutes (log-linear)": Setting(
            Analysis("minutes", "", "mvpa_min_per_day", transform="none", family="quasi_poisson",
                     covariates=adjusted), "plain", _ACTIVITY * SIL6R,
        ),
        "logistic": Setting(
            Analysis("arthritis", "", "rheumatoid_arthritis", transform="none", family="binomial",
                     covariates=adjusted), "plain", ARTHRITIS,
        ),
        "share of variance explained": Setting(
            replace(plain, estimate="variance_explained"), "plain", signal / (signal + noise), null=False
        ),
        "two-stage least squares": Setting(
            Analysis("causal", "", "activity", exposure="sil6r", exposure_transform="log",
                     covariates=adjusted), "plain", _ACTIVITY, null=False,
        ),
    }  # fmt: skip


def performance(replicates: int, people: int, seed: int, workers: int = 1) -> pd.DataFrame:
    """Bias, coverage of 95 % intervals, and the share of tests that reject, with Monte Carlo errors.

    Parameters
    ----------
    replicates : simulated cohorts.
    people : in each of them.
    workers : processes; they do not change the numbers.

    Returns
    -------
    `CALIBRATION`.
    """
    tasks = [(people, seed, number) for number in range(replicates)]
    found = [row for rows in _shared_out(_replicate, tasks, workers) for row in rows]
    rows = []
    for (what, truth), group in pd.DataFrame(found).groupby(["what", "truth"], sort=False):
        rows.append({"what": what, "n": people, "truth": truth} | _summary(group))
    return pd.DataFrame(rows)


def simulate(
    rng: np.random.Generator, people: int, *, per_allele: float, visits: int = 1, below: float = 0.0
) -> pd.DataFrame:
    """An analysis set whose truth is known, confounded by ancestry.

    Parameters
    ----------
    per_allele : the effect on log sIL-6R; without one there is none on anything else.
    below : the share of sIL-6R that lies below the limit.

    Returns
    -------
    DataFrame with what the models use of `ANALYSIS_SET`, one row per participant and visit.
    """
    ancestry = rng.choice(list(_FREQUENCY), people)
    african = ancestry == "AFR"
    dosage = rng.binomial(2, np.where(african, _FREQUENCY["AFR"], _FREQUENCY["EUR"]))
    age, male = rng.normal(50, 9, people) - 6 * african, rng.random(people) < 0.5
    plate = rng.integers(0, max(people // _PLATE, 2), people)
    # What makes people both less active and their sIL-6R higher, and is not measured.
    unseen = rng.normal(0, 1, people)
    person = 3.3 + per_allele * dosage + 0.3 * african + 0.003 * (age - 50) + 0.08 * male + 0.02 * (plate % 5)
    # Between people a third of the variance is what is not seen.
    person += _BETWEEN * (np.sqrt(1 / 3) * unseen + np.sqrt(2 / 3) * rng.normal(0, 1, people))
    some = per_allele != 0
    activity = 3.4 + some * _ACTIVITY * person - 0.2 * african - 0.005 * (age - 50)
    activity += 0.15 * unseen + rng.normal(0, 0.2, people)
    minutes = 40 * np.exp(some * _ACTIVITY * per_allele * dosage - 0.2 * african)
    odds = -0.8 + some * ARTHRITIS * dosage + 0.5 * african + 0.02 * (age - 50)
    rows = np.repeat(np.arange(people), visits)
    week = 30 + rng.normal(0, 6, people)[rows] + rng.normal(0, 5, len(rows))
    level = (
        person[rows] + rng.normal(0, _WITHIN, len(rows)) + (some * _WEEK * (week - 30) if visits > 1 else 0.0)
    )
    limit = np.exp(np.quantile(level, below)) if below else 0.0
    value = np.maximum(np.exp(level), limit)
    return pd.DataFrame(
        {
            "participant": rows,
            "dosage": dosage[rows].astype(float),
            "genotype": np.array(_GENOTYPES, dtype=object)[dosage[rows]],
            "ancestry": ancestry[rows],
            "age": age[rows],
            "sex": np.where(male, "male", "female")[rows],
            # Components of many markers tell continents apart, with little noise.
            "pc1": (african + rng.normal(0, 0.05, people))[rows],
            "pc2": rng.normal(0, 1, people)[rows],
            "plate": np.array([f"plate {number}" for number in range(plate.max() + 1)], dtype=object)[
                plate[rows]
            ],
            "sil6r_ng_ml": value,
            "sil6r_low_ng_ml": np.where(np.exp(level) <= limit, 0.0, value),
            "sil6r_high_ng_ml": value,
            "enmo_mg": np.exp(activity)[rows],
            "enmo_7d_mg": week,
            # Some have no minute.
            "mvpa_min_per_day": (rng.gamma(0.8, minutes / 0.8) * (rng.random(people) > 0.1))[rows],
            "rheumatoid_arthritis": np.where(rng.random(people) < 1 / (1 + np.exp(-odds)), "yes", "no")[rows],
        }
    )


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
    fits = np.array(list(_shared_out(_one_estimate, tasks, workers)))
    shaped = fits.reshape(len(truths), len(sizes), replicates, 4)
    return {
        (truth, size): tuple(shaped[i, j].T) for i, truth in enumerate(truths) for j, size in enumerate(sizes)
    }


def _shared_out(function: Callable[..., Result], tasks: list[tuple[Any, ...]], workers: int) -> list[Result]:
    """A function's results over tasks in their order, from so many processes."""
    if workers == 1:
        return list(itertools.starmap(function, tasks))
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        chunk = max(1, len(tasks) // (8 * workers))
        return list(pool.map(function, *zip(*tasks, strict=True), chunksize=chunk))


def _one_estimate(truth: float, size: int, seed: int, number: int) -> tuple[float, float, float, float]:
    """One simulated cohort's additive estimate with its error and interval."""
    rng = seeds.generator(seed, "operating", truth, size, number)
    cohort = _cohort(simulate(rng, size, per_allele=float(np.log1p(truth / 100))))
    fit = _fitted(settings()["least squares"].analysis, cohort)
    return (np.nan,) * 4 if fit is None else (fit.estimate, fit.se, fit.ci_low, fit.ci_high)


def _replicate(people: int, seed: int, number: int) -> list[dict[str, Any]]:
    """Every setting in one simulated cohort, with effects and without."""
    rows = []
    for effect in (SIL6R, 0.0):
        rng = seeds.generator(seed, "calibration", people, number, bool(effect))
        cohorts = {
            "plain": _cohort(simulate(rng, people, per_allele=effect)),
            "limit": _cohort(simulate(rng, people, per_allele=effect, below=0.2)),
            "visits": _cohort(simulate(rng, people, per_allele=effect, visits=_VISITS)),
        }
        for what, setting in settings().items():
            if not effect and not setting.null:
                continue
            fit = _fitted(setting.analysis, cohorts[setting.data])
            row = {"what": what, "truth": setting.truth if effect else 0.0, "failed": fit is None}
            if fit is not None:
                row |= {"estimate": fit.estimate, "low": fit.ci_low, "high": fit.ci_high, "p": fit.p_value}
            rows.append(row)
    return rows


def _cohort(frame: pd.DataFrame) -> Cohort:
    return Cohort("simulated", frame, _GENOTYPES, Plan({}, {}, {}), "the simulation study", {})


def _fitted(analysis: Analysis, cohort: Cohort) -> Fit | None:
    """An analysis of a simulated cohort, as cohorts' analyses are done; None if it fails."""
    try:
        selection = select(cohort, analysis)
        if analysis.name != "causal":
            return estimate(selection, analysis, _GENOTYPES).fit
        design = make_design(selection, analysis, _GENOTYPES, absorbing=False)
        found = instrument.two_stage(
            selection.values,
            design.matrix[:, design.interest],
            selection.frame["dosage"].to_numpy(),
            np.delete(design.matrix, design.interest, axis=1),
        )
    except NotEstimableError:
        return None
    interval = found.estimate, found.se, found.ci_low, found.ci_high, found.p_value
    return Fit(*interval, "two-stage", "robust", np.nan)


def _summary(group: pd.DataFrame) -> dict[str, Any]:
    """One setting's measures over its replicates."""
    done, truth = group[~group["failed"]], group["truth"].iloc[0]
    n = len(done)
    summary = {"replicates": len(group), "failed": int(group["failed"].sum())}
    if n < 2:
        return summary
    measures = {
        "coverage": ((done["low"] <= truth) & (truth <= done["high"])).mean(),
        "rejected": (done["p"] < 1 - _LEVEL).mean(),
    }
    summary |= {"bias": (done["estimate"] - truth).mean(), "bias_se": done["estimate"].std() / np.sqrt(n)}
    for name, share in measures.items():
        summary |= {name: share, f"{name}_se": np.sqrt(share * (1 - share) / n)}
    return summary
