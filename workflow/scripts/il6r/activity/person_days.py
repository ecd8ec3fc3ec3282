"""How active is each person, on which valid days?"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from il6r import delimited
from il6r.errors import InputError

# GGIR part 2 names its day columns after the metric and the window, for instance
# mean_ENMO_mg_0-24hr and [100,400)_ENMO_mg_0-24hr (GGIR manual, part2_daysummary.csv).
_GGIR_MEAN = "mean_ENMO_mg_0-24hr"
_GGIR_LEVEL = re.compile(r"\[([\d.e+]+),([\d.e+]+)\)_ENMO_mg_0-24hr$")
# Cut points in mg between sedentary and light, and light and moderate (GGIR's defaults).
_LIGHT_FROM, _MVPA_FROM = 40.0, 100.0
_MINUTES = ("sedentary_min_per_day", "light_min_per_day", "mvpa_min_per_day")


@dataclass(frozen=True)
class ValidityRules:
    """Which days and which people count.

    Attributes
    ----------
    valid_day_hours : wear a day needs (GGIR's default is 16).
    min_valid_days : valid days a person needs.
    min_weekend_days : how many of them must be a Saturday or Sunday.
    """

    valid_day_hours: float
    min_valid_days: int
    min_weekend_days: int


def read_person_days(paths, form: str, columns: dict[str, str] | None = None) -> pd.DataFrame:
    """Read tables of person-days.

    Parameters
    ----------
    paths : csv or tsv, gzip by name.
    form : "person_days" (participant, date, enmo_mg, wear_h and optionally the minutes
        sedentary_min_per_day, light_min_per_day, mvpa_min_per_day) or "ggir_part2"
        (GGIR's part2_daysummary.csv).
    columns : our column name to the file's.

    Returns
    -------
    `tables.DAYS_READ`, in the order of the files.

    Raises
    ------
    InputError : what `delimited` raises; more than 24 h or 1,440 min in a day.
    """
    read = {"person_days": _read_plain, "ggir_part2": _read_ggir}[form]
    parts = []
    for place, path in enumerate(paths):
        days = read(path, columns)
        total = days[list(_MINUTES)].sum(axis=1)
        if (total > 1500.5).any():
            raise InputError(
                f"{path}, line {days['line'][total > 1500.5].iloc[0]}",
                f"sedentary, light and MVPA minutes add up to {total[total > 1500.5].iloc[0]:.0f}, more "
                "than a day has",
                "check the columns' units",
            )
        parts.append(days.assign(file=place))
    return pd.concat(parts, ignore_index=True)


def mark_valid_days(shards: list[pd.DataFrame], files: list[list[str]], rules: ValidityRules) -> pd.DataFrame:
    """Put a cohort's person-days together and say which of them count.

    Parameters
    ----------
    shards : `tables.DAYS_READ` of each shard.
    files : the files each shard was read from.

    Returns
    -------
    `tables.PERSON_DAYS`, sorted by participant and date.

    Raises
    ------
    InputError : a day twice; accelerations that look like g; no valid day in the whole cohort.
    """
    days = pd.concat(
        [
            shard.assign(file=np.array(names, dtype=object)[shard["file"].to_numpy(dtype=int)])
            for shard, names in zip(shards, files, strict=True)
        ],
        ignore_index=True,
    )
    _refuse_repeated_days(days)
    path = " and ".join(days["file"].unique()[:3])
    days["weekend"] = pd.to_datetime(days["date"]).dt.day_of_week >= 5
    days["valid"] = (days["wear_h"] >= rules.valid_day_hours) & (days["enmo_mg"] > 0)
    if not (days["enmo_mg"] > 0).any():
        raise InputError(path, "no line has an acceleration above 0", "check the ENMO column")
    if days["enmo_mg"].median() < 1:
        raise InputError(
            path,
            f"the median acceleration is {days['enmo_mg'].median():.3g} mg, which looks like g",
            "multiply the column by 1000",
        )
    if not days["valid"].any():
        raise InputError(
            path,
            f"nobody has a valid day (the longest wear is {days['wear_h'].max():.3g} h, a valid day "
            f"needs {rules.valid_day_hours:g} h)",
            "check the wear column's unit, or lower activity.valid_day_hours",
        )
    return days.drop(columns=["file", "line"]).sort_values(["participant", "date"], ignore_index=True)


def summarise_people(days: pd.DataFrame, rules: ValidityRules) -> pd.DataFrame:
    """Each person's means over their valid days.

    Returns
    -------
    `tables.PERSON_ACTIVITY`: everyone with a day in the file; `included` says who has enough valid
    days. Means are plain means over valid days, as GGIR's `AD_` columns are.
    """
    valid = days[days["valid"]].groupby("participant")
    people = pd.DataFrame(index=pd.Index(sorted(days["participant"].unique()), name="participant"))
    for column in ("enmo_mg", "wear_h", *_MINUTES):
        people[column] = valid[column].mean()
    people["valid_days"] = valid.size()
    people["weekend_days"] = valid["weekend"].sum()
    counts = people[["valid_days", "weekend_days"]].fillna(0).astype("Int64")
    people[["valid_days", "weekend_days"]] = counts
    people["weekend_share"] = valid["weekend"].mean()
    people["included"] = (counts["valid_days"] >= rules.min_valid_days) & (
        counts["weekend_days"] >= rules.min_weekend_days
    )
    return people.reset_index()


def flow(days: pd.DataFrame, people: pd.DataFrame, rules: ValidityRules, cohort: str) -> pd.DataFrame:
    """The activity stage's part of `tables.FLOW`: days, then people."""
    n_days, n_valid = len(days), int(days["valid"].sum())
    enough = people["valid_days"] >= rules.min_valid_days
    n_people, n_enough, n_included = len(people), int(enough.sum()), int(people["included"].sum())
    steps = [
        ("person-days", "in the activity files", 0, n_days),
        (
            "person-days",
            f"less than {rules.valid_day_hours:g} h of wear",
            n_days - n_valid,
            n_valid,
        ),
        ("people with activity", "in the activity files", 0, n_people),
        (
            "people with activity",
            f"fewer than {rules.min_valid_days} valid days",
            n_people - n_enough,
            n_enough,
        ),
        (
            "people with activity",
            f"fewer than {rules.min_weekend_days} valid weekend days",
            n_enough - n_included,
            n_included,
        ),
    ]
    frame = pd.DataFrame(steps, columns=["counted", "reason", "dropped", "left"])
    return frame.assign(cohort=cohort, stage="activity", analysis=None)


def _refuse_repeated_days(days: pd.DataFrame) -> None:
    repeated = days[days.duplicated(["participant", "date"])]
    if repeated.empty:
        return
    row = repeated.iloc[0]
    first = days[(days["participant"] == row.participant) & (days["date"] == row.date)].iloc[0]
    place = "" if first.file == row.file else f" of {first.file}"
    raise InputError(
        f"{row.file}, line {row.line}",
        f"this participant's {row.date} is already on line {first.line}{place}",
        "keep one line per participant and day",
    )


def _read_plain(path, columns) -> pd.DataFrame:
    frame = delimited.read(path, ("participant", "date", "enmo_mg", "wear_h"), columns)
    days = _identified(frame, "participant", "date", path)
    days["enmo_mg"] = delimited.numbers(frame, "enmo_mg", path, 0, 8000)
    days["wear_h"] = delimited.numbers(frame, "wear_h", path, 0, 24)
    for column in _MINUTES:
        days[column] = delimited.numbers(frame, column, path, 0, 1440) if column in frame else np.nan
    return days


def _read_ggir(path, columns) -> pd.DataFrame:
    frame = delimited.read(path, ("ID", "calendar_date", "N valid hours", _GGIR_MEAN), columns)
    days = _identified(frame, "ID", "calendar_date", path)
    days["enmo_mg"] = delimited.numbers(frame, _GGIR_MEAN, path, 0, 8000)
    days["wear_h"] = delimited.numbers(frame, "N valid hours", path, 0, 25).clip(upper=24)
    levels = {name: match for name in frame if (match := _GGIR_LEVEL.match(name))}
    bounds = {
        "sedentary_min_per_day": (0.0, _LIGHT_FROM),
        "light_min_per_day": (_LIGHT_FROM, _MVPA_FROM),
        "mvpa_min_per_day": (_MVPA_FROM, np.inf),
    }
    for column, (low, high) in bounds.items():
        parts = [
            name
            for name, match in levels.items()
            if float(match.group(1)) >= low and (float(match.group(2)) <= high or high == np.inf)
        ]
        days[column] = (
            sum(delimited.numbers(frame, name, path, 0, 1500) for name in parts).clip(upper=1440)
            if parts
            else np.nan
        )
    return days


def _identified(frame: pd.DataFrame, person: str, day: str, path) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "participant": delimited.filled(frame, person, path),
            "date": delimited.filled(frame.assign(**{day: delimited.dates(frame, day, path)}), day, path),
            "line": frame.index,
        }
    )
