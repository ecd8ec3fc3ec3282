"""Simulated activity as the tables that accelerometer programs write and questionnaires give."""

import numpy as np
import pandas as pd

_WEEKDAYS = np.array(
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"], dtype=object
)
# Metabolic equivalents of the IPAQ's classes (its scoring protocol, 2005), and the MET-minutes a week of
# somebody of the cohort's own activity.
_METS = {"vigorous": 8.0, "moderate": 4.0, "walking": 3.3}
_MET_MIN_PER_WEEK, _MET_SD = 2400.0, 0.5
# Days a week on which each class is done, from the first number to below the second.
_DAYS = {"vigorous": (1, 5), "moderate": (2, 7), "walking": (4, 8)}
# The protocol counts no bout below 10 minutes, and no more than 180 a day of a class.
_LEAST_MIN, _MOST_MIN = 10, 175
# Shares of people who do nothing vigorous, who do not know how long they did something or sit, and who
# report more than the 960 minutes a day that the protocol allows.
_NEVER_VIGOROUS, _NOT_KNOWN, _SITTING_NOT_KNOWN, _TOO_MUCH = 0.25, 0.03, 0.08, 0.01


def person_days(days: pd.DataFrame, _rng: np.random.Generator) -> pd.DataFrame:
    """A plain table, minutes over worn time only."""
    worn = (days["wear_h"] * 60).to_numpy()
    # Minutes of activity cannot exceed the time the monitor was worn.
    active = (days["light_min"] + days["mvpa_min"]).to_numpy()
    shrink = np.minimum(1.0, 0.8 * worn / active)
    return pd.DataFrame(
        {
            "participant": days["participant"],
            "date": days["date"],
            "enmo_mg": days["enmo_mg"],
            "wear_h": days["wear_h"],
            "sedentary_min_per_day": (worn - shrink * active).round(1),
            "light_min_per_day": (shrink * days["light_min"]).round(1),
            "mvpa_min_per_day": (shrink * days["mvpa_min"]).round(1),
        }
    )


def ggir_part2(days: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The columns of GGIR's part2_daysummary.csv that describe the day; non-wear is imputed."""
    vigorous = (0.06 * days["mvpa_min"] * np.exp(rng.normal(0, 0.5, len(days)))).round(2)
    return pd.DataFrame(
        {
            "ID": days["participant"],
            "filename": days["participant"] + ".cwa",
            "calendar_date": days["date"],
            "N valid hours": days["wear_h"],
            "N hours": 24,
            "weekday": _WEEKDAYS[days["weekday"].to_numpy()],
            "measurementday": days["measurementday"],
            "mean_ENMO_mg_0-24hr": days["enmo_mg"],
            "[0,40)_ENMO_mg_0-24hr": (1440 - days["light_min"] - days["mvpa_min"] - vigorous).round(2),
            "[40,100)_ENMO_mg_0-24hr": days["light_min"],
            "[100,400)_ENMO_mg_0-24hr": days["mvpa_min"],
            "[400,8e+03)_ENMO_mg_0-24hr": vigorous,
        }
    )


def ipaq_short(participants: pd.Series, activity: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Answers to the short IPAQ whose MET-minutes a week have a mean proportional to exp(activity).

    Parameters
    ----------
    activity : log of each person's activity over the cohort's own.
    """
    n = len(participants)
    left = _MET_MIN_PER_WEEK * np.exp(activity + rng.normal(0, _MET_SD, n))
    shares = {
        "vigorous": np.where(rng.random(n) < _NEVER_VIGOROUS, 0.0, rng.beta(2, 3, n)),
        "moderate": rng.beta(3, 3, n),
        "walking": np.ones(n),
    }
    answers = pd.DataFrame({"participant": participants.to_numpy()})
    room = 7 * _MOST_MIN * sum(_METS.values())
    for name, mets in _METS.items():
        # What is too little to be asked for, or too much for a week, is done in another class.
        room -= 7 * _MOST_MIN * mets
        minutes = (np.maximum(left * shares[name], left - room) / mets).clip(max=7 * _MOST_MIN)
        minutes = np.where(minutes < _LEAST_MIN, 0.0, minutes)
        left = left - minutes * mets
        days = rng.integers(*_DAYS[name], n).clip(np.ceil(minutes / _MOST_MIN), minutes // _LEAST_MIN)
        answers[f"{name}_days"] = days
        answers[f"{name}_min_per_day"] = np.rint(minutes / np.maximum(days, 1))
    answers["sitting_min_per_day"] = (30 * np.rint(rng.normal(12, 4, n))).clip(60, 900)
    answers = answers.astype(dict.fromkeys(answers.columns[1:], "Int64"))
    columns = [f"{name}_min_per_day" for name in _METS]
    too_much = rng.random(n) < _TOO_MUCH
    answers.loc[too_much, columns] = 30 * rng.integers(11, 20, (too_much.sum(), 3))
    answers.loc[too_much, [f"{name}_days" for name in _METS]] = 7
    not_known = np.where(rng.random(n) < _NOT_KNOWN, rng.integers(0, 3, n), 3)
    for place, column in enumerate(columns):
        answers[column] = answers[column].mask(not_known == place)
    answers["sitting_min_per_day"] = answers["sitting_min_per_day"].mask(rng.random(n) < _SITTING_NOT_KNOWN)
    return answers


FORMS = {"person_days": person_days, "ggir_part2": ggir_part2}
QUESTIONNAIRES = {"ipaq_short": ipaq_short}
