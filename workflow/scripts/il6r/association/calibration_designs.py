"""In which simulated cohorts, of what known truth, are the models tried?"""

import itertools
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

# The simulated truth: effects per effect allele as logarithms.
SIL6R, ARTHRITIS, MINUTES = float(np.log(1.5)), float(np.log(0.872)), float(np.log(0.94))
# Of the logarithm of sIL-6R on that of activity: the variant's effect on activity goes through sIL-6R.
CAUSAL = MINUTES / SIL6R
# Previous week's activity on log sIL-6R, per mg.
WEEK = -0.01
GENOTYPES = ("AA", "AC", "CC")
_GENOTYPE, _SEX = pd.CategoricalDtype(GENOTYPES), pd.CategoricalDtype(("female", "male"))
# Standard deviations of log sIL-6R between people and within; the variant then explains about half.
BETWEEN, WITHIN = 0.25, 0.12
AS_ASSUMED, HEAVY, BY_GENOTYPE = "as assumed", "heavy tails", "variance by genotype"
SIBLINGS, CORRELATED, ANCESTRIES = "siblings", "correlated weeks", "two ancestries"
COHORTS_DIFFER = "cohorts differ"
# Models in which sIL-6R is the exposure and the variant its instrument, or a week's activity the exposure.
INSTRUMENTAL = ("two-stage least squares", "Anderson-Rubin set")
WITHIN_PEOPLE = ("mixed, within people",)
_SIBSHIP = 3
# Two ancestries that differ in allele frequency and in everything else.
_ANCESTRY_FREQUENCY = {"AFR": 0.15, "EUR": 0.39}
_PLATE = 80
# What each effect allele adds to the standard deviation where it goes with the genotype.
_MORE = 0.5
# Correlation of a week with the one before where weeks are correlated, and deviation of people's slopes.
_WEEK_TO_WEEK, _SLOPES = 0.7, 0.01
_WEEK_SD = 5.0
# Standard deviation of the true effect between cohorts, where they differ.
_HETEROGENEITY = 0.1


@dataclass(frozen=True)
class Design:
    """A kind of simulated cohort, and the model that is tried in it.

    Attributes
    ----------
    model : which is tried, one of `simulation_study.MODELS`.
    situation : "as assumed" (normal, independent people); "heavy tails" (Student's t with 3 degrees of
        freedom); "variance by genotype" (half as much again of the standard deviation per effect allele);
        "siblings" (families of three); "correlated weeks" (weeks and errors correlated from visit to visit,
        slopes that differ between people); "two ancestries" (confounding); "cohorts differ" (in their truth).
    people : in each cohort.
    visits : of each of them.
    censored : share of sIL-6R below the assay's limit.
    frequency : of the effect allele.
    cohorts : that are pooled; 1 where none are.
    reason : why it is tried.
    """

    model: str
    situation: str
    people: int
    visits: int
    censored: float
    frequency: float
    cohorts: int
    reason: str

    @property
    def columns(self) -> dict[str, Any]:
        """The design as columns of `CALIBRATION`."""
        return asdict(self)


def load(path: str | Path) -> list[Design]:
    """The designs of resources/calibration_designs.tsv, in its order."""
    return [Design(**row) for row in pd.read_csv(path, sep="\t").to_dict("records")]


def simulate(
    rng: np.random.Generator, design: Design, *, effect: bool
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """A cohort whose truth is known.

    Parameters
    ----------
    effect : whether exposures do anything to outcomes. sIL-6R depends on the variant even without where it
        is the exposure itself (two-stage least squares).

    Returns
    -------
    analysis_set : what the models use of `ANALYSIS_SET`, one row per participant and visit, with `_person`.
    relatives : pairs of siblings as `RELATIVES`; None where there are none.
    """
    people, visits = design.people, design.visits
    family = np.arange(people) // _SIBSHIP
    copies = _copies(rng, design, family)
    scale = 1 + _MORE * copies if design.situation == BY_GENOTYPE else np.ones(people)
    rows = np.repeat(np.arange(people), visits)
    person = _noise(rng, people, design)
    if design.situation == SIBLINGS:
        # Half of what differs between people is common to siblings, as is half of their genes.
        person = np.sqrt(0.5) * person + np.sqrt(0.5) * _noise(rng, family[-1] + 1, design)[family]
    # What makes people both less active and their sIL-6R higher, and is not measured.
    unseen = np.sqrt(1 / 3) * person + np.sqrt(2 / 3) * rng.normal(0, 1, people)
    per_allele = SIL6R * (effect or design.model in INSTRUMENTAL)
    if design.situation == COHORTS_DIFFER:
        per_allele += rng.normal(0, _HETEROGENEITY)
    person = 3.3 + per_allele * copies + BETWEEN * scale * person
    correlated = design.situation == CORRELATED
    week = 30 + _WEEK_SD * _series(rng, people, visits, correlated)
    slopes = WEEK * effect + (_SLOPES * rng.normal(0, 1, people) if correlated else np.zeros(people))
    within = (
        _series(rng, people, visits, True).ravel() if correlated else _noise(rng, people * visits, design)
    )
    level = person[rows] + WITHIN * scale[rows] * within
    if design.model in WITHIN_PEOPLE:
        level = level + (slopes[:, None] * (week - 30)).ravel()
    limit = float(np.exp(np.quantile(level, design.censored))) if design.censored else 0.0
    value = np.maximum(np.exp(level), limit)
    activity = 3.4 + (CAUSAL if effect else 0.0) * person + 0.15 * unseen + rng.normal(0, 0.2, people)
    # A tenth have no minute.
    minutes = rng.gamma(0.8, 40 * np.exp(MINUTES * effect * copies) / 0.8) * (rng.random(people) > 0.1)
    cases = rng.random(people) < 1 / (1 + np.exp(0.4 - ARTHRITIS * effect * copies))
    others = {
        **dict.fromkeys(INSTRUMENTAL, ("enmo_mg", np.exp(activity)[rows])),
        **dict.fromkeys(WITHIN_PEOPLE, ("enmo_7d_mg", week.ravel())),
        "quasi-Poisson": ("mvpa_min_per_day", minutes[rows]),
        "logistic": ("rheumatoid_arthritis", cases[rows].astype(float)),
    }
    columns = {
        "participant": rows,
        "_person": rows,
        "dosage": copies[rows].astype(float),
        # Made as categories, which a cohort's texts become: converting them takes as long as a fit.
        "genotype": pd.Categorical.from_codes(copies[rows], dtype=_GENOTYPE),
        "sil6r_ng_ml": value,
    }
    if design.censored:
        columns |= {
            "sil6r_low_ng_ml": np.where(np.exp(level) <= limit, 0.0, value),
            "sil6r_high_ng_ml": value,
        }
    if design.model in others:
        columns |= [others[design.model]]
    if design.situation == SIBLINGS:
        columns |= {"family": family[rows], "sample": rows}
    frame = _framed(columns)
    if design.situation != SIBLINGS:
        return frame, None
    first, second = (
        (np.arange(0, people, _SIBSHIP)[:, None] + np.array(places)).ravel()
        for places in zip(*itertools.combinations(range(_SIBSHIP), 2), strict=True)
    )
    here = second < people
    samples = np.arange(people).astype(str)
    return frame, pd.DataFrame(
        {"sample_1": samples[first[here]], "sample_2": samples[second[here]], "kinship": 0.25}
    )


def confounded(rng: np.random.Generator, people: int, per_allele: float) -> pd.DataFrame:
    """An analysis set whose truth is known, confounded by ancestry.

    Parameters
    ----------
    per_allele : the effect on log sIL-6R.

    Returns
    -------
    DataFrame with what the models use of `ANALYSIS_SET`, one row per participant, with `_person`.
    """
    ancestry = rng.choice(list(_ANCESTRY_FREQUENCY), people)
    african = ancestry == "AFR"
    copies = rng.binomial(2, np.where(african, _ANCESTRY_FREQUENCY["AFR"], _ANCESTRY_FREQUENCY["EUR"]))
    age, male = rng.normal(50, 9, people) - 6 * african, rng.random(people) < 0.5
    plate = rng.integers(0, max(people // _PLATE, 2), people)
    level = 3.3 + per_allele * copies + 0.3 * african + 0.003 * (age - 50) + 0.08 * male + 0.02 * (plate % 5)
    level += rng.normal(0, np.hypot(BETWEEN, WITHIN), people)
    value = np.exp(level)
    return _framed(
        {
            "participant": np.arange(people),
            "_person": np.arange(people),
            "dosage": copies.astype(float),
            "genotype": pd.Categorical.from_codes(copies, dtype=_GENOTYPE),
            "ancestry": pd.Categorical(ancestry),
            "age": age,
            "sex": pd.Categorical.from_codes(male.astype(int), dtype=_SEX),
            # Components of many markers tell continents apart, with little noise.
            "pc1": african + rng.normal(0, 0.05, people),
            "pc2": rng.normal(0, 1, people),
            "plate": pd.Categorical([f"plate {number}" for number in plate]),
            "sil6r_ng_ml": value,
            "sil6r_low_ng_ml": value,
            "sil6r_high_ng_ml": value,
        }
    )


def _framed(columns: dict[str, Any]) -> pd.DataFrame:
    """A table whose names are Python's: those of Arrow take as long as a fit."""
    frame = pd.DataFrame(columns)
    frame.columns = pd.Index(list(columns), dtype=object)
    return frame


def _copies(rng: np.random.Generator, design: Design, family: np.ndarray) -> np.ndarray:
    """Effect alleles: int64, shape (people,)."""
    if design.situation != SIBLINGS:
        return np.asarray(rng.binomial(2, design.frequency, design.people))
    parents = rng.random((family[-1] + 1, 2, 2)) < design.frequency
    passed = rng.integers(0, 2, (design.people, 2))
    alleles = [parents[family, parent, passed[:, parent]] for parent in range(2)]
    return np.asarray(np.sum(alleles, axis=0, dtype=np.int64))


def _noise(rng: np.random.Generator, size: int, design: Design) -> np.ndarray:
    """Errors of variance 1."""
    if design.situation == HEAVY:
        return np.asarray(rng.standard_t(3, size) / np.sqrt(3))
    return rng.normal(0, 1, size)


def _series(rng: np.random.Generator, people: int, visits: int, correlated: bool) -> np.ndarray:
    """Values of variance 1, correlated with the visit's before or not: float64, shape (people, visits)."""
    values = rng.normal(0, 1, (people, visits))
    if correlated:
        for visit in range(1, visits):
            values[:, visit] = (
                _WEEK_TO_WEEK * values[:, visit - 1] + np.sqrt(1 - _WEEK_TO_WEEK**2) * values[:, visit]
            )
    return values
