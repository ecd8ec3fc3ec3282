"""Participants, assays and activity with a known effect of the variant, as a cohort would provide them."""

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from il6r import seeds
from il6r.errors import InputError
from il6r.synthetic import activity_forms, assay_forms, findings, plate_readings, recordings
from il6r.synthetic.truth import MVPA_POWER, Effects, covariate_sum, true_values

# Means by ancestry of what is confounded with it: years, kg/m2, hours of wear a day, and the mean
# place in the order in which samples were plated (0 first, 1 last).
_AGE = {"AFR": 44.0, "EAS": 55.0}
_BMI = {"AFR": 28.5, "EAS": 23.5}
_WEAR_H = {"AFR": 19.5, "EAS": 22.0}
_PLATING = {"AFR": 0.1, "EAS": 0.9}
_ELSEWHERE = {"age": 52.0, "bmi": 26.0, "wear_h": 21.0, "plating": 0.5}
# Person-days and people, as standard deviations of logs.
_DAY_SD, _PERSON_ACTIVITY_SD = 0.25, 0.30
# The share of people without activity.
_NEVER_WORN = 0.04


@dataclass(frozen=True)
class Forms:
    """How a cohort provides its data; see `synthetic` in config/README.md."""

    visits: int
    replicates: int
    analytes: tuple[str, ...]
    unit: str
    limit_ng_ml: float
    activity_form: str
    days: int
    registry_gap_rate: float
    epoch_recordings: int = 0
    raw_recordings: int = 0
    raw_days: int = 3
    questionnaire: str | None = None
    assay_form: str = "long"
    acute_exercise: bool = False
    participant_columns: tuple[str, ...] = ()
    sample_columns: tuple[str, ...] = ()

    @classmethod
    def from_config(cls, spec: dict) -> "Forms":
        """Read a cohort's `synthetic` section."""
        return cls(
            visits=spec["visits"],
            replicates=spec["replicates"],
            analytes=tuple(spec["analytes"]),
            unit=spec["unit"],
            limit_ng_ml=spec["detection_limit_ng_ml"],
            activity_form=spec["activity_form"],
            days=spec["days"],
            registry_gap_rate=spec["registry_gap_rate"],
            epoch_recordings=spec["epoch_recordings"],
            raw_recordings=spec["raw_recordings"],
            questionnaire=spec.get("questionnaire"),
            assay_form=spec["assay_form"],
            acute_exercise=spec["acute_exercise"],
            participant_columns=tuple(spec["participant_columns"]),
            sample_columns=tuple(spec["sample_columns"]),
        )

    @property
    def recorded_people(self) -> int:
        """How many people's recordings are provided."""
        return max(self.epoch_recordings, self.raw_recordings)

    @property
    def trained(self) -> bool:
        """Whether samples tell of training, and a programme of it lies between them."""
        return "training" in self.sample_columns

    @property
    def plates_hold_people(self) -> bool:
        """Whether all samples of a person are on one plate, so that plates and visits are not the same."""
        return self.trained

    @property
    def people_on_a_plate(self) -> int:
        """How many people's samples share a plate."""
        size = assay_forms.PLATE_SIZE[self.assay_form]
        return size // (self.visits + self.acute_exercise) if self.plates_hold_people else size

    def recorded(self, days: pd.DataFrame) -> pd.DataFrame:
        """The person-days that are provided as recordings, and in no table."""
        last = self.raw_days if self.raw_recordings else self.days
        return days[(days["number"] < self.recorded_people) & (days["measurementday"] <= last)]


def write_cohort(
    cohort: str, dosages: pd.DataFrame, sexes: pd.Series | None, groups: dict[str, str],
    effects: Effects, forms: Forms, paths: dict, seed: int, constants: pd.DataFrame,
) -> None:  # fmt: skip
    """Write a cohort's participant table, assays, activity and truth.

    Parameters
    ----------
    dosages : sample, ancestry (a population's label will do) and dosage, one row per sample; a
        missing dosage is drawn from its ancestry's frequency, since the person has a genotype even
        if the calls do not.
    sexes : sex by sample where it is known.
    groups : the ancestry group (AFR, EUR, ...) of each label.
    paths : of "participants", "assays" and "truth"; a list of "activity" tables; lists of "epochs" and "raw"
        with the recordings of the people numbered from 1; and lists of one or none: "questionnaire", "layout"
        (of plates, whose readings are the "assays") and "samples" (of blood, where there is acute exercise or
        training).
        People are made one activity table at a time, and recordings one after another, so that memory does
        not grow with the cohort; what is written plate by plate waits for everybody's concentrations.
    constants : `resources/binding_constants.tsv`.

    Raises
    ------
    InputError : more recordings than people; epochs and raw recordings of the same people; a form of assays
        that does not hold what is asked for; training without visits, or days before them.
    """
    _refuse_impossible_recordings(cohort, len(dosages), forms)
    _refuse_impossible_assays(cohort, forms)
    _refuse_impossible_training(cohort, forms)
    people = simulate_people(cohort, dosages, sexes, groups, seed, forms.people_on_a_plate)
    form = {"index": False, "lineterminator": "\n"}

    def stream(purpose, number=0):
        """Random numbers for one purpose and the people from a number on."""
        return seeds.generator(seed, cohort, purpose, number)

    with contextlib.ExitStack() as stack:

        def opened(names):
            """Files open for writing."""
            return [stack.enter_context(open(name, "w", encoding="utf-8")) for name in names]

        registry, assays = opened([paths["participants"], paths["assays"]])
        questionnaires, layouts, samples = (
            opened(paths[kind]) for kind in ("questionnaire", "layout", "samples")
        )
        start, logs, trainings = 0, [], []
        for path, part in zip(
            paths["activity"], np.array_split(np.arange(len(people)), len(paths["activity"])), strict=True
        ):
            chunk, header = people.iloc[part], start == 0
            rng = stream("phenotypes", start)
            exercise, training = None, stream("training", start)
            bouts = findings.Bouts.drawn(len(chunk), training) if forms.trained else None
            if forms.acute_exercise:
                exercise = assay_forms.Exercise.drawn(len(chunk), stream("exercise", start))
                exercise = bouts.of(exercise, effects.findings) if bouts else exercise
            levels = assay_forms.simulate_levels(chunk, effects, forms, rng)
            results = assay_forms.simulate_results(chunk, levels, effects, forms, rng, exercise)
            wearers = simulate_wearers(chunk, effects, rng)
            days = simulate_days(wearers, effects, forms, rng)
            if bouts:
                trained = findings.Training.simulated(chunk, days, effects, forms.visits, bouts, training)
                results = trained.change(chunk, results)
                trainings.append(trained)
            further = findings.participant_columns(
                chunk, levels["sil6r"], effects, forms, lambda purpose, start=start: stream(purpose, start)
            )
            _participant_table(chunk, forms.registry_gap_rate, rng).join(further).to_csv(
                registry, sep="\t", header=header, **form
            )
            if forms.assay_form == "long":
                assay_forms.long_table(results, forms).to_csv(assays, header=header, **form)
            else:
                logs.append(assay_forms.by_participant(results))
            for file in samples:
                table = assay_forms.sample_table(chunk, results, forms, exercise)
                table = trained.describe(chunk, table, forms) if bouts else table
                table.to_csv(file, sep="\t", header=header, **form)
            table = activity_forms.FORMS[forms.activity_form](days, rng)
            # Those who are in no table are active too, and the first few people always wear a device.
            rng = stream("others", start)
            others = simulate_wearers(chunk.drop(wearers.index), effects, rng, never_worn=0.0)
            late = simulate_days(others[others.index < forms.recorded_people], effects, forms, rng)
            recorded = forms.recorded(days)
            table.drop(recorded.index).to_csv(path, **form)
            for number, own in pd.concat([recorded, forms.recorded(late)]).groupby("number"):
                _write_recording(own, number, forms, paths, stream("recording", number))
            for file in questionnaires:
                level = pd.concat([wearers, others])["activity"].sort_index() - np.log(effects.enmo_mg)
                # There is a file only where a form of it is wanted.
                assert forms.questionnaire is not None
                answer = activity_forms.QUESTIONNAIRES[forms.questionnaire]
                answers = answer(chunk["participant"], level.to_numpy(), stream("questionnaire", start))
                answers.to_csv(file, header=header, **form)
            start += len(part)
        if forms.assay_form == "npx":
            assay_forms.write_npx(people, pd.concat(logs), assays, stream("npx"))
        for layout in layouts:
            shifts = people["plate_shift"] * effects.sil6r["plates_first_to_last"]
            own = pd.concat(logs)["sil6r"].reindex(people["participant"]).to_numpy()
            plate_readings.write_plates(
                people.assign(shift=shifts), own, forms.limit_ng_ml, assays, layout, stream("plates")
            )
    asked, relative = forms.questionnaire is not None, forms.assay_form == "npx"
    changed = np.concatenate([part.sil6r for part in trainings]) if trainings else None
    truth = true_values(people, effects, forms.analytes, asked, relative, constants, changed)
    truth |= findings.true_values(effects, forms, trainings)
    Path(paths["truth"]).write_text(json.dumps(truth, indent=2) + "\n", encoding="utf-8")


def simulate_people(cohort, dosages, sexes, groups, seed, plate_size: int) -> pd.DataFrame:
    """Age, sex, BMI, wear and plates of everyone, and the numbers that make them up."""
    rng = seeds.generator(seed, cohort, "people")
    n = len(dosages)
    people = dosages.reset_index(drop=True).copy()
    group = people["ancestry"].map(groups)
    means = {
        name: group.map(by).fillna(_ELSEWHERE[name]).to_numpy(dtype=float)
        for name, by in (("age", _AGE), ("bmi", _BMI), ("wear_h", _WEAR_H), ("plating", _PLATING))
    }
    people["group"] = group
    people["age"] = rng.normal(means["age"], 9).clip(20, 85).round(1)
    people["bmi"] = rng.normal(means["bmi"], 3.5).clip(16, 50).round(1)
    drawn = np.where(rng.random(n) < 0.5, "male", "female")
    people["sex"] = drawn if sexes is None else people["sample"].map(sexes).fillna("female")
    people["wear_mean"] = rng.normal(means["wear_h"], 0.8).clip(14, 24)
    place = np.argsort(np.argsort(means["plating"] + rng.normal(0, 0.35, n)))
    people["plate"] = place // plate_size + 1
    # Later plates read lower, and ancestries were plated at different times.
    people["plate_shift"] = 0.5 - place / max(n - 1, 1)
    frequency = people.groupby("ancestry")["dosage"].transform("mean") / 2
    drawn = rng.binomial(2, frequency.fillna(frequency.mean()))
    people["dosage"] = people["dosage"].fillna(pd.Series(drawn, people.index).astype(float))
    numbers = rng.permutation(n) + 1
    people["participant"] = [f"{cohort[:3].upper()}{number:07d}" for number in numbers]
    return people.sort_values("participant", ignore_index=True)


def simulate_wearers(
    people: pd.DataFrame, effects: Effects, rng, never_worn: float = _NEVER_WORN
) -> pd.DataFrame:
    """The people who wore a device, with the log of their mean acceleration in mg as `activity`."""
    worn = people[rng.random(len(people)) >= never_worn]
    return worn.assign(
        activity=np.log(effects.enmo_mg)
        + effects.activity_per_allele * worn["dosage"].to_numpy()
        + covariate_sum(worn, effects.activity)
        + rng.normal(0, _PERSON_ACTIVITY_SD, len(worn))
    )


def simulate_days(worn: pd.DataFrame, effects: Effects, forms: Forms, rng) -> pd.DataFrame:
    """Person-days of people who wore a device.

    Columns are the person's number, from 0, and participant, date, wear_h, enmo_mg and minutes by intensity.
    """
    n, days = len(worn), forms.days
    wear = worn["wear_mean"].to_numpy()[:, None] + rng.normal(0, 1.0, (n, days))
    # A forgotten day now and then: the monitor lay in a drawer for most of it.
    wear = np.where(rng.random((n, days)) < 0.06, rng.uniform(2, 15, (n, days)), wear).clip(0, 24)
    start = rng.integers(0, 7, n)[:, None] if forms.visits == 1 else np.zeros((n, 1), dtype=int)
    day = start + np.arange(days)[None, :]
    log_day = worn["activity"].to_numpy()[:, None] + rng.normal(0, _DAY_SD, (n, days))
    log_day += effects.activity["wear_hour"] * (wear - 21.0)
    log_day += np.where(day % 7 >= 5, 0.05, 0.0)
    enmo = np.exp(log_day)
    mvpa = (55 * (enmo / 28) ** MVPA_POWER * np.exp(rng.normal(0, 0.2, (n, days)))).clip(0, 400)
    light = (180 * (enmo / 28) ** 0.6 * np.exp(rng.normal(0, 0.15, (n, days)))).clip(0, 700)
    last = int(day.max(initial=0))
    dates = np.array([assay_forms.iso_date(offset) for offset in range(last + 1)], dtype=object)
    return pd.DataFrame(
        {
            "number": np.repeat(worn.index.to_numpy(), days),
            "participant": np.repeat(worn["participant"].to_numpy(), days),
            "date": dates[day].ravel(),
            "weekday": (day % 7).ravel(),
            "measurementday": np.tile(np.arange(1, days + 1), n),
            "wear_h": wear.ravel().round(2),
            "enmo_mg": enmo.ravel().round(2),
            "light_min": light.ravel().round(1),
            "mvpa_min": mvpa.ravel().round(1),
        }
    )


def _refuse_impossible_recordings(cohort: str, people: int, forms: Forms) -> None:
    where = f"config, cohorts.{cohort}.synthetic"
    if forms.epoch_recordings and forms.raw_recordings:
        raise InputError(
            where, "epoch_recordings and raw_recordings would be of the same people and days", "keep one"
        )
    if forms.recorded_people > people:
        raise InputError(
            where,
            f"{forms.recorded_people:,} recordings are more than the cohort's {people:,} people",
            "ask for fewer",
        )


def _refuse_impossible_assays(cohort: str, forms: Forms) -> None:
    where, form = f"config, cohorts.{cohort}.synthetic", forms.assay_form
    if form == "long":
        return
    if (forms.visits, forms.replicates, forms.acute_exercise) != (1, 1, False):
        raise InputError(
            where,
            f"the assay form {form} has neither visits, replicates of its own nor acute exercise",
            "leave them out, or take the form long",
        )
    if form == "plates" and forms.analytes != ("sil6r",):
        raise InputError(where, "plates are of sIL-6R only", "leave out analytes, or take another form")


def _refuse_impossible_training(cohort: str, forms: Forms) -> None:
    if forms.trained and (forms.visits < 2 or forms.days < 7 * forms.visits):
        raise InputError(
            f"config, cohorts.{cohort}.synthetic",
            "training needs two visits or more, and seven days of activity for each",
            "ask for more visits and days, or leave out the sample column training",
        )


def _write_recording(days, number: int, forms: Forms, paths: dict, rng) -> None:
    if forms.raw_recordings:
        recordings.write_cwa(paths["raw"][number], days, number + 1, rng)
    else:
        recordings.write_90004(paths["epochs"][number], days, rng)


def _participant_table(people: pd.DataFrame, gap_rate: float, rng) -> pd.DataFrame:
    """What the cohort's registry holds.

    Some gave no blood, some no height and weight, and some were genotyped and withdrew.
    """
    n = len(people)
    table = people[["participant", "sample", "age", "sex", "bmi", "ancestry"]].copy()
    table["sample"] = table["sample"].where(rng.random(n) >= gap_rate)
    table["bmi"] = table["bmi"].where(rng.random(n) >= gap_rate)
    return table[rng.random(n) >= gap_rate]
