"""What else does a cohort know of its people and their samples that the review has a finding on?"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from il6r.synthetic import assay_forms
from il6r.synthetic.truth import Effects, Findings, covariate_sum, percent

# Geometric means of AA homozygotes (as in `covariate_sum`, at age 50, female, BMI 25), healthy adults' usual
# values, and standard deviations of logs. CRP rises with BMI and differs between ancestries, as the variant's
# frequency does, so that a model without covariates is biased.
_CRP_MG_L, _CRP_SD, _FIBRINOGEN_G_L, _FIBRINOGEN_SD = 1.4, 0.9, 2.9, 0.2
_CRP = {"age_decade": 0.08, "male": -0.1, "bmi_5": 0.3, "ancestry": {"AFR": 0.2, "EAS": -0.5}}
_FIBRINOGEN = {"age_decade": 0.04, "male": -0.05, "bmi_5": 0.05, "ancestry": {"AFR": 0.08, "EAS": -0.04}}
# Cases are collected, as in the case-control study of Marinou 2010 (doi 10.1136/ard.2008.100644): their share
# among AA homozygotes, which is 30 % among all.
_ARTHRITIS_AMONG_AA = 0.32
# Points out of 100, far enough from both ends that hardly anybody is there.
_FATIGUE, _FATIGUE_SD = 42.0, 10.0
# What AA homozygotes gain in percent by a programme beyond controls, and how people differ.
_PROGRAMME_GAIN, _RESPONSE_SD = 8.0, 10.0
_PROGRAMMES = np.array(["control", "diet and exercise"], dtype=object)

# Illnesses and habits whose share among AA homozygotes is that.
_CONDITIONS = (
    "coronary_heart_disease", "asthma", "nash", "type_1_diabetes", "covid19_admission", "smoker",
)  # fmt: skip
_AMONG_AA = 0.25
# Scales of wellbeing: points of their mean and standard deviation.
_SCALES = ("stress", "mood", "sleep_quality", "upper_respiratory_symptoms")
_POINTS, _POINTS_SD = 50.0, 10.0
# What analyses call them.
_SHORT = {"sleep_quality": "sleep", "upper_respiratory_symptoms": "symptoms"}
# What a programme does to AA homozygotes beyond controls, and how people differ.
_CHANGES = {
    "waist_change_cm": (-3.0, 3.0),
    "triglycerides_change_mmol_l": (-0.2, 0.3),
    "glucose_change_mmol_l": (-0.2, 0.3),
}

# Hours of training a week of somebody as active as is expected of them, where IL-6 is lowest; how weeks and
# people differ, as standard deviations of logs; and the least and most that anybody reports.
_LOAD_H, _LOAD_SD, _PERSON_SD, _LOAD_RANGE = 6.0, 0.2, 0.3, (1.0, 14.0)
# A day on which the device was worn for less is not valid by GGIR's default: what nobody measured is no part
# of the truth, which a mean over other days would only find attenuated.
_WORN_H, _DAYS = 16.0, 7
# Minutes of a bout: the review's bouts are of 35 minutes, which is what people do on average.
_MINUTES, _USUAL_MIN = (20, 50), 35


def participant_columns(
    people: pd.DataFrame, sil6r: np.ndarray, effects: Effects, forms, stream
) -> pd.DataFrame:
    """The further columns of the participant table, some of whose cells are empty.

    Parameters
    ----------
    people : with dosage and covariates.
    sil6r : logarithm of each person's level in ng/mL, shape (people,).
    forms : `phenotypes.Forms`.
    stream : a purpose's random numbers, by its name.

    Returns
    -------
    crp_mg_l and fibrinogen_g_l; rheumatoid_arthritis and other conditions (yes, no); fatigue (0 to 100),
    stress and other scales of wellbeing; programme, programme_response (percent) and changes by it; index as
    of `people`.
    """
    # What came later draws from a stream of its own, so that the rest stays what it was.
    made: dict[str, dict[str, Callable[..., dict]]] = {
        "crp": {"crp": _crp},
        "disease": {"disease": _disease, "conditions": _conditions},
        "wellbeing": {"wellbeing": _wellbeing, "scales": _scales},
        "programme": {"programme": _programme, "changes": _changes},
    }
    table = pd.DataFrame(index=people.index)
    for name in forms.participant_columns:
        for purpose, make in made[name].items():
            rng = stream(purpose)
            for column, values in make(people.assign(**table), sil6r, effects, rng).items():
                known = rng.random(len(people)) >= forms.registry_gap_rate
                # Nobody is without an allotted arm.
                given = values if column == "programme" else pd.Series(values, people.index).where(known)
                table[column] = given
    return table


@dataclass(frozen=True)
class Training:
    """People's training before and between their visits, and what it does to their blood.

    Attributes
    ----------
    load_h : hours of training in the week before each visit, shape (people, visits).
    sil6r, il6 : added to the logarithms at each visit, shape (people, visits).
    high : whose exercise on the last visit's day is of high intensity, bool of shape (people,).
    minutes : how long it takes, shape (people,).
    """

    load_h: np.ndarray
    sil6r: np.ndarray
    il6: np.ndarray
    high: np.ndarray
    minutes: np.ndarray

    @classmethod
    def simulated(
        cls, people: pd.DataFrame, days: pd.DataFrame, effects: Effects, visits: int, bouts: "Bouts", rng
    ) -> "Training":
        """Training of people whose days were recorded.

        The mean acceleration over the worn days of the week before a visit moves sIL-6R by as much as it is
        away from the person's mean over all visits, so that nothing of it goes along with the variant.
        Training is in proportion to the activity beyond what is expected of the person's genotype and
        covariates, for the same reason. Before the second half of the visits lies a programme.

        Parameters
        ----------
        days : as `phenotypes.simulate_days` makes them; `number` is the index of `people`.
        bouts : theirs.
        """
        truth, week_mg = effects.findings, _weeks_before(people, days, visits)
        expected = np.log(effects.enmo_mg) + effects.activity_per_allele * people["dosage"].to_numpy()
        beyond = np.log(week_mg).sub(expected + covariate_sum(people, effects.activity), axis=0)
        usual = rng.normal(0, _PERSON_SD, (len(people), 1))
        habit = np.where(beyond.notna(), beyond, usual)
        load_h = _LOAD_H * np.exp(habit + rng.normal(0, _LOAD_SD, habit.shape))
        load_h = load_h.clip(*_LOAD_RANGE).round(1)
        away = week_mg.sub(week_mg.mean(axis=1), axis=0).fillna(0.0).to_numpy()
        return cls(
            load_h,
            truth.sil6r_per_mg * away + truth.sil6r_after_training * _second_half(visits),
            truth.il6_per_squared_load * (load_h - _LOAD_H) ** 2,
            bouts.high,
            bouts.minutes,
        )

    def change(self, people: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
        """Results of these people (as of `assay_forms.simulate_results`) with what training adds to them."""
        row = pd.Index(people["participant"]).get_indexer(results["participant"])
        # After exercise the week before is that of the same day's sample at rest.
        visit = results["visit"].to_numpy().clip(max=self.load_h.shape[1]) - 1
        log = results["log"].to_numpy(copy=True)
        for analyte, added in (("sil6r", self.sil6r), ("il6", self.il6)):
            own = (results["analyte"] == analyte).to_numpy()
            log[own] += added[row[own], visit[own]]
        return results.assign(log=log)

    def describe(self, people: pd.DataFrame, samples: pd.DataFrame, forms) -> pd.DataFrame:
        """A table of these people's samples with the columns of their training."""
        visits = self.load_h.shape[1]
        numbers = pd.Series(np.arange(1, visits + 2))
        place = pd.Index(assay_forms.visit_names(numbers, forms)).get_indexer(samples["visit"])
        row = pd.Index(people["participant"]).get_indexer(samples["participant"])
        before, exercised = place.clip(max=visits - 1), place == visits
        table = samples.assign(
            training_load=self.load_h[row, before],
            after_training=np.where(_second_half(visits)[before], "yes", "no"),
        )
        if not forms.acute_exercise:
            return table
        intensity = np.where(self.high[row], "high", "low")
        return table.assign(
            exercise_intensity=np.where(exercised, intensity, ""),
            exercise_min=np.where(exercised, self.minutes[row].astype(str), ""),
        )


@dataclass(frozen=True)
class Bouts:
    """Bouts of exercise of low or high intensity, at random: `high` (bool) and `minutes`, shape (people,)."""

    high: np.ndarray
    minutes: np.ndarray

    @classmethod
    def drawn(cls, people: int, rng: np.random.Generator) -> "Bouts":
        """One of each of so many people."""
        low, high = _MINUTES
        return cls(rng.random(people) < 0.5, rng.integers(low, high + 1, people))

    def of(self, exercise: assay_forms.Exercise, truth: Findings) -> assay_forms.Exercise:
        """An exercise of the usual intensity as it is in these bouts."""
        rise = np.where(self.high, truth.il6_after_high, truth.il6_after_low)
        rise = rise + truth.il6_per_min * (self.minutes - _USUAL_MIN)
        return replace(exercise, il6_rise=exercise.il6_rise - np.log(assay_forms.IL6_RISE) + rise)


def true_values(effects: Effects, forms, trained: list[Training]) -> dict:
    """What the analyses of these findings should find, in the units the report uses; see `truth.true_values`.

    The correlation with training follows from these people's loads and changes (`trained`, some at a time).
    sIL-6R as a cause of fatigue is found as it is where a sample's concentration is the person's level, not
    where it is a visit's, one of several wells' or read from a plate; and where no value is a limit.
    """
    truth, made, known = effects.findings, set(forms.participant_columns), forms.limit_ng_ml == 0
    # BMI differs between ancestries, and by nothing else.
    values = {"bmi_additive": {"percent": 0.0}}
    if "crp" in made:
        values["crp_additive"] = {"percent": percent(truth.crp_per_allele)}
        values["fibrinogen_additive"] = {"percent": percent(truth.fibrinogen_per_allele)}
    if "disease" in made:
        values["rheumatoid_arthritis"] = {"odds_ratio": float(np.exp(truth.arthritis_per_allele))}
        for name in _CONDITIONS:
            analysis = "smoking_additive" if name == "smoker" else name
            values[analysis] = {"odds_ratio": float(np.exp(truth.odds.get(name, 0.0)))}
    if "wellbeing" in made and known and (forms.visits, forms.replicates, forms.assay_form) == (1, 1, "long"):
        values["fatigue_on_sil6r"] = {"difference": float(truth.fatigue_per_log_sil6r)}
        for name in _SCALES:
            analysis = f"{_SHORT.get(name, name)}_sil6r_correlation"
            values[analysis] = {"correlation": float(truth.correlations.get(name, 0.0))}
    if "programme" in made:
        values["programme_by_genotype"] = {"difference": float(truth.programme_per_allele)}
        for name in _CHANGES:
            analysis = f"{name.split('_')[0]}_programme_by_genotype"
            values[analysis] = {"difference": float(truth.changes.get(name, 0.0))}
    if forms.acute_exercise:
        # Once corrected for what plasma is lost.
        for analyte in ("sil6r", "sgp130"):
            if analyte in forms.analytes and known:
                values[f"{analyte}_after_exercise"] = {"percent": 0.0}
    if not forms.trained:
        return values
    if "sil6r" in forms.analytes and known:
        values["sil6r_on_activity_within"] = {"percent": percent(truth.sil6r_per_mg)}
        values["sil6r_after_training"] = {"percent": percent(truth.sil6r_after_training)}
        correlation = _with_load(trained, assay_forms.visit_variance(effects, forms))
        values["sil6r_training_distance_correlation"] = {"correlation": correlation}
    if "sgp130" in forms.analytes:
        values["sgp130_on_activity"] = {"percent": 0.0}
    if "il6" in forms.analytes:
        values["il6_over_training_load"] = {"percent": percent(truth.il6_per_squared_load)}
        # Training is no more after the programme than before.
        values["il6_after_training"] = {"percent": 0.0}
    if "il6" in forms.analytes and forms.acute_exercise:
        values["il6_after_low_intensity"] = {"percent": percent(truth.il6_after_low)}
        values["il6_after_high_intensity"] = {"percent": percent(truth.il6_after_high)}
        values["il6_response_by_intensity"] = {"percent": percent(truth.il6_after_high - truth.il6_after_low)}
        values["il6_response_by_duration"] = {"percent": percent(truth.il6_per_min)}
        values["il6_response_on_duration_variance"] = {"r2": _of_duration(truth, forms)}
    return values


def _with_load(trained: list[Training], variance: float) -> float:
    """The correlation of log sIL-6R and training load within people, given whether a programme was before.

    Parameters
    ----------
    variance : of log sIL-6R about the person's level and what training does.
    """
    load, changes = (
        np.concatenate([getattr(part, name) for part in trained]) for name in ("load_h", "sil6r")
    )
    after = _second_half(load.shape[1])
    for own in (load, changes):
        own -= own.mean(axis=1, keepdims=True)
        for half in (after, ~after):
            own[:, half] -= own[:, half].mean()
    spread = (changes**2).sum() + load.shape[0] * (load.shape[1] - 1) * variance
    return float((load * changes).sum() / np.sqrt((load**2).sum() * spread))


def _of_duration(truth: Findings, forms) -> float:
    """The share of the variance of log IL-6's rise that the logarithm of a bout's minutes explains."""
    minutes = np.arange(_MINUTES[0], _MINUTES[1] + 1)
    rise = truth.il6_per_min * minutes
    explained = np.corrcoef(rise, np.log(minutes))[0, 1] ** 2 * rise.var() if rise.var() > 0 else 0.0
    intensity = ((truth.il6_after_high - truth.il6_after_low) / 2) ** 2
    return float(explained / (rise.var() + intensity + assay_forms.rise_variance(forms)))


def _crp(people, _sil6r, effects, rng) -> dict:
    dosage, truth = people["dosage"].to_numpy(), effects.findings
    made = (
        ("crp_mg_l", _CRP_MG_L, _CRP, _CRP_SD, truth.crp_per_allele),
        ("fibrinogen_g_l", _FIBRINOGEN_G_L, _FIBRINOGEN, _FIBRINOGEN_SD, truth.fibrinogen_per_allele),
    )
    values = {}
    for name, level, covariates, sd, per_allele in made:
        log = np.log(level) + per_allele * dosage + covariate_sum(people, covariates)
        values[name] = np.exp(log + rng.normal(0, sd, len(people))).round(3)
    return values


def _disease(people, _sil6r, effects, rng) -> dict:
    among_aa = np.log(_ARTHRITIS_AMONG_AA / (1 - _ARTHRITIS_AMONG_AA))
    log_odds = among_aa + effects.findings.arthritis_per_allele * people["dosage"].to_numpy()
    cases = rng.random(len(people)) < 1 / (1 + np.exp(-log_odds))
    return {"rheumatoid_arthritis": np.where(cases, "yes", "no")}


def _conditions(people, _sil6r, effects, rng) -> dict:
    among_aa, dosage = np.log(_AMONG_AA / (1 - _AMONG_AA)), people["dosage"].to_numpy()
    made = {}
    for name in _CONDITIONS:
        log_odds = among_aa + effects.findings.odds.get(name, 0.0) * dosage
        cases = rng.random(len(people)) < 1 / (1 + np.exp(-log_odds))
        made[name] = np.where(cases, "yes", "no")
    return made


def _wellbeing(people, sil6r, effects, rng) -> dict:
    points = _FATIGUE + effects.findings.fatigue_per_log_sil6r * (sil6r - np.log(effects.sil6r_ng_ml))
    return {"fatigue": (points + rng.normal(0, _FATIGUE_SD, len(people))).clip(0, 100).round(1)}


def _scales(people, sil6r, effects, rng) -> dict:
    """Scales with a known correlation with the level given covariates, whatever the genotype's part in it."""
    level = pd.Series(sil6r - covariate_sum(people, effects.sil6r), people.index)
    away = level - level.groupby(people["ancestry"]).transform("mean")
    away = away.to_numpy() / away.std(ddof=0)
    made = {}
    for name in _SCALES:
        r = effects.findings.correlations.get(name, 0.0)
        scores = r * away + np.sqrt(1 - r**2) * rng.normal(size=len(people))
        made[name] = (_POINTS + _POINTS_SD * scores).round(2)
    return made


def _changes(people, _sil6r, effects, rng) -> dict:
    arm = (people["programme"] == _PROGRAMMES[1]).to_numpy()
    made = {}
    for name, (in_aa, sd) in _CHANGES.items():
        change = in_aa + effects.findings.changes.get(name, 0.0) * people["dosage"].to_numpy()
        made[name] = (arm * change + rng.normal(0, sd, len(people))).round(3)
    return made


def _programme(people, _sil6r, effects, rng) -> dict:
    arm = rng.integers(0, 2, len(people))
    gain = _PROGRAMME_GAIN + effects.findings.programme_per_allele * people["dosage"].to_numpy()
    response = arm * gain + rng.normal(0, _RESPONSE_SD, len(people))
    return {"programme": _PROGRAMMES[arm], "programme_response": response.round(2)}


def _weeks_before(people: pd.DataFrame, days: pd.DataFrame, visits: int) -> pd.DataFrame:
    """Mean acceleration (mg) over the worn days of the week before each visit.

    There is a row for each of the people, and a column for each visit from 1.
    """
    worn = days[(days["wear_h"] >= _WORN_H) & (days["measurementday"] <= _DAYS * visits)]
    visit = (worn["measurementday"] - 1) // _DAYS + 1
    means = worn["enmo_mg"].groupby([worn["number"], visit]).mean().unstack()
    return means.reindex(index=people.index, columns=range(1, visits + 1))


def _second_half(visits: int) -> np.ndarray:
    """Which visits, the first one first, come after the programme: bool, shape (visits,)."""
    return np.arange(visits) >= visits // 2
