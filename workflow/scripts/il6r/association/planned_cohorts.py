"""What would analyses of the plan estimate in cohorts that nobody has measured yet?"""

from dataclasses import dataclass, field, fields, replace

import numpy as np
import pandas as pd

from il6r import outcomes, seeds
from il6r.arguments import Argument
from il6r.association.calibration_designs import BETWEEN, GENOTYPES, WITHIN
from il6r.association.coefficients import NotEstimableError
from il6r.association.estimation import estimate
from il6r.association.selection import Cohort, select
from il6r.association.simulation_study import shared_out
from il6r.plan import Analysis, Plan

# What is kept of each fit.
COLUMNS = ("estimate", "se", "ci_low", "ci_high", "df", "n_participants", "sign")
_SHIFTED = np.array([name in ("estimate", "ci_low", "ci_high") for name in COLUMNS], dtype=float)
# Effects of the contrasts that can be simulated, by copies of the effect allele, per unit of their effect.
_CONTRASTS = {
    "CC against AA": (0.0, 0.5, 1.0),
    "AA against C carriers": (1.0, 0.0, 0.0),
    "C carriers against AA": (0.0, 1.0, 1.0),
}
_OUTCOMES = ("sil6r", "activity")


# What a study is planned with on the line of a command.
ARGUMENTS = {
    "people": Argument(int, None, 4, 4000),
    "visits": Argument(int, 1, 1, 52),
    "censored": Argument(float, 0.0, 0, 0.9),
    "frequency": Argument(float, 0.39, 0.01, 0.99),
    "cohorts": Argument(int, 1, 1, 20),
    "between": Argument(float, BETWEEN, 0.01, 5),
    "within": Argument(float, WITHIN, 0, 5),
    "activity_sd": Argument(float, 0.3, 0.01, 5),
}


@dataclass(frozen=True)
class PlannedStudy:
    """What is planned, and what is assumed.

    Attributes
    ----------
    people, visits : of each cohort, and of each of its people.
    censored : share of sIL-6R below the assay's limit.
    frequency : of the effect allele, in Hardy-Weinberg proportions.
    cohorts : that are pooled.
    between, within : standard deviations of log sIL-6R between people of one genotype, and within people.
    activity_sd : that of log activity between people of one genotype.
    """

    people: int
    visits: int = 1
    censored: float = 0.0
    frequency: float = 0.39
    cohorts: int = 1
    between: float = BETWEEN
    within: float = WITHIN
    activity_sd: float = 0.3

    @property
    def in_words(self) -> list[str]:
        """What is planned and what is assumed, in sentences."""
        visits = f", {self.visits} visits each" if self.visits > 1 else ""
        cohorts = f"{self.cohorts} cohorts of " if self.cohorts > 1 else ""
        censored = f", {100 * self.censored:g} % of sIL-6R below the limit" if self.censored else ""
        return [
            f"{cohorts}{self.people:,} people{visits}{censored}; effect-allele frequency {self.frequency:g}.",
            f"Assumed: standard deviations of log sIL-6R of {self.between:g} between people of one genotype "
            f"and {self.within:g} within people, and of {self.activity_sd:g} of log activity; no covariates.",
        ]

    @property
    def name(self) -> str:
        """A name of its own for a file, of what is not as usual."""
        usual = PlannedStudy(self.people)
        own = [one.name for one in fields(self) if getattr(self, one.name) != getattr(usual, one.name)]
        return "_".join(f"{name}_{getattr(self, name):g}" for name in ("people", *own))


@dataclass
class Simulations:
    """Fits of a planned study's analyses, each without covariates and strata; simulated once, when asked for.

    Attributes
    ----------
    analyses : the plan's, by name.
    replicates : simulated studies.
    workers : processes; they do not change the numbers.
    """

    study: PlannedStudy
    analyses: dict[str, Analysis]
    replicates: int
    seed: int
    workers: int = 1
    _known: dict[tuple[str, float, int], np.ndarray] = field(default_factory=dict, repr=False)

    @property
    def possible(self) -> list[str]:
        """The analyses that can be simulated: sIL-6R or activity by genotype, on a logarithm."""
        return [name for name, analysis in self.analyses.items() if _can_be_simulated(analysis)]

    def __call__(self, name: str, effect: float, people: int) -> np.ndarray:
        """An analysis in the study with so many people in each cohort.

        Parameters
        ----------
        effect : the truth, in the scale of the analysis: a logarithm of a ratio, or a share of variance.

        Returns
        -------
        float64, shape (replicates, cohorts, 7), by `COLUMNS`; not a number where there is no estimate.
        """
        analysis = self.analyses[name]
        # Least squares' estimates are shifted by the truth, and their errors are the same.
        shifts = analysis.linear and analysis.estimate == "effect" and not self.study.censored
        key = (name, 0.0 if shifts else effect, people)
        if key not in self._known:
            self._known[key] = self._fits(analysis, key[1], people)
        return self._known[key] + effect * _SHIFTED if shifts else self._known[key]

    def _fits(self, analysis: Analysis, effect: float, people: int) -> np.ndarray:
        bare = replace(analysis, covariates=(), strata=None, subset={})
        study, cohorts = replace(self.study, people=people), self.study.cohorts
        tasks = [
            (study, bare, effect, self.seed, number, cohort)
            for number in range(self.replicates)
            for cohort in range(cohorts)
        ]
        found = np.array(shared_out(_one_fit, tasks, self.workers, f"{analysis.name}, {people:,} people"))
        return found.reshape(self.replicates, cohorts, len(COLUMNS))


def simulate(
    rng: np.random.Generator, study: PlannedStudy, analysis: Analysis, effect: float
) -> pd.DataFrame:
    """What an analysis uses of `ANALYSIS_SET` in one planned cohort: a row a visit, of activity a person."""
    copies = rng.binomial(2, study.frequency, study.people)
    of_sil6r = analysis.outcome == "sil6r"
    rows = np.repeat(np.arange(study.people), study.visits if of_sil6r else 1)
    between = study.between if of_sil6r else study.activity_sd
    level = (_by_copies(study, analysis, effect)[copies] + rng.normal(0, between, study.people))[rows]
    outcome = outcomes.get(analysis.outcome)
    columns = {
        "participant": rows,
        "dosage": copies[rows].astype(float),
        "genotype": pd.Categorical.from_codes(copies[rows], GENOTYPES),
    }
    if not of_sil6r:
        return pd.DataFrame({**columns, outcome.column: np.exp(level)})
    level = level + rng.normal(0, study.within, len(rows))
    limit = np.exp(np.quantile(level, study.censored)) if study.censored else 0.0
    value = np.maximum(np.exp(level), limit)
    low, high = outcome.bounds(outcome.column)
    bounds = {low: np.where(np.exp(level) <= limit, 0.0, value), high: value} if study.censored else {}
    return pd.DataFrame({**columns, outcome.column: value, **bounds})


def _can_be_simulated(analysis: Analysis) -> bool:
    known = analysis.per_allele or analysis.contrast in _CONTRASTS
    return known and analysis.of_variant and analysis.outcome in _OUTCOMES and analysis.transform == "log"


def _by_copies(study: PlannedStudy, analysis: Analysis, effect: float) -> np.ndarray:
    """The mean of the logarithm by copies of the effect allele: float64, shape (3,)."""
    if analysis.estimate == "variance_explained":
        noise = study.between**2 + study.within**2
        spread = 2 * study.frequency * (1 - study.frequency)
        effect = float(np.sqrt(effect / (1 - effect) * noise / spread))
    each = _CONTRASTS[analysis.contrast] if analysis.contrast else (0.0, 1.0, 2.0)
    return effect * np.array(each)


def _one_fit(
    study: PlannedStudy, analysis: Analysis, effect: float, seed: int, number: int, cohort: int
) -> tuple[float, ...]:
    # The same people and the same errors under every truth, so that truths differ by nothing else.
    rng = seeds.generator(seed, "planned", analysis.name, study.people, study.visits, number, cohort)
    frame = simulate(rng, study, analysis, effect)
    made = Cohort("planned", frame, GENOTYPES, Plan({}, {}, {}), "the plan", {})
    try:
        selection = select(made, analysis)
        fit = estimate(selection, analysis, GENOTYPES).fit
    except NotEstimableError:
        return (np.nan,) * len(COLUMNS)
    dosage = selection.frame["dosage"].to_numpy()
    sign = float(np.sign((dosage - dosage.mean()) @ selection.values))
    return fit.estimate, fit.se, fit.ci_low, fit.ci_high, fit.df, float(study.people), sign
