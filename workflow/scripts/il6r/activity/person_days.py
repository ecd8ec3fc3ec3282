"""Which days and which people count, and what is each person's mean?"""

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from il6r.errors import InputError, shape

_MINUTES = ("sedentary_min_per_day", "light_min_per_day", "mvpa_min_per_day", "vigorous_min_per_day")
# Means over valid days, of what day rows have.
_AVERAGED = (
    "enmo_mg", "wear_h", *_MINUTES, "other_value", "recorded_h", "enmo_not_imputed_mg",
    "mvpa_bouts_min_per_day", "intensity_gradient", "l5_mg", "m10_mg",
    *(f"h{hour:02d}_mg" for hour in range(24)),
)  # fmt: skip
_CLOCK_TIMES = ("l5_start_h", "m10_start_h")
_SEASONS = ("Dec-Feb", "Mar-May", "Jun-Aug", "Sep-Nov")


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

    @classmethod
    def from_settings(cls, settings: dict) -> "ValidityRules":
        """Take what is ours from the configuration's `activity` section."""
        return cls(**{item.name: settings[item.name] for item in fields(cls)})


def put_together(shards: list[pd.DataFrame], files: list[list[str]]) -> pd.DataFrame:
    """The tables of a cohort's shards, one below the other, with each row's file by its name.

    Parameters
    ----------
    shards : tables with a column `file`, the place of the row's file in its shard.
    files : the files each shard was read from.
    """
    named = [
        shard.assign(file=np.array(names, dtype=object)[shard["file"].to_numpy(dtype=int)])
        for shard, names in zip(shards, files, strict=True)
    ]
    return pd.concat(named, ignore_index=True)


def mark_valid_days(
    days: pd.DataFrame, rules: ValidityRules, *, alone: bool = True
) -> tuple[pd.DataFrame, int]:
    """Say which of a cohort's person-days count.

    Where a device was changed in the course of a day, the part with more wear stands for it.

    Parameters
    ----------
    days : `DAYS_READ` of the whole cohort, with files by name; may be empty.
    alone : whether the cohort has nothing else to tell of activity, so that some day must count.

    Returns
    -------
    person_days : `PERSON_DAYS`, sorted by participant and date.
    parts : how many parts of days were left for another part with more wear.

    Raises
    ------
    InputError : a day twice; somebody's days in two units; accelerations that look like g; no valid day in
        the whole cohort.
    """
    _refuse_two_units(days)
    whole = _one_part_a_day(days)
    parts = len(days) - len(whole)
    days = whole
    path = " and ".join(_shown(row) for row in days.drop_duplicates("file").head(3).itertuples())
    days["weekend"] = pd.to_datetime(days["date"]).dt.day_of_week >= 5
    days["valid"] = counts(days, rules)
    moving = (days["enmo_mg"] > 0) | (days["other_value"] > 0)
    alone = alone and len(days) > 0
    if alone and not moving.any():
        problem = "no line" if days["line"].notna().all() else "no person-day"
        raise InputError(
            path, f"{problem} has an acceleration above 0", "check the ENMO column, or the files"
        )
    # The lowest day means of people who wear a device are several mg.
    if days["enmo_mg"].median() < 1 and days["line"].notna().any():
        raise InputError(
            path,
            f"the median acceleration is {days['enmo_mg'].median():.3g} mg, which looks like g",
            "multiply the column by 1000",
        )
    if alone and not days["valid"].any():
        raise InputError(
            path,
            f"nobody has a valid day (the longest wear is {days['wear_h'].max():.3g} h, a valid day "
            f"needs {rules.valid_day_hours:g} h)",
            "check the wear column's unit, or lower activity.valid_day_hours",
        )
    days = days.drop(columns=["file", "line"]).sort_values(["participant", "date"], ignore_index=True)
    return days, parts


def counts(days: pd.DataFrame, rules: ValidityRules) -> pd.Series:
    """Which days have wear enough, and some movement, to count."""
    moving = (days["enmo_mg"] > 0) | (days["other_value"] > 0)
    return (days["wear_h"] >= rules.valid_day_hours) & (days["wear_h"] > 0) & moving


def include_summaries(summaries: pd.DataFrame, rules: ValidityRules) -> pd.DataFrame:
    """Say which people are analysed of those whom other programs summarised.

    Parameters
    ----------
    summaries : `SUMMARIES_READ`. Where the program counted valid days, none stands for a missing number.

    Returns
    -------
    The same without `counts_days`, with `included`, and `reason` for everybody who is not.
    """
    own, needed = (
        summaries.drop(columns="counts_days"),
        {
            "valid_days": (rules.min_valid_days, "valid day"),
            "weekend_days": (rules.min_weekend_days, "valid weekend day"),
        },
    )
    for column, (least, what) in needed.items():
        few = summaries["counts_days"] & (own[column].fillna(0) < least)
        own.loc[few & own["reason"].isna(), "reason"] = f"fewer than {counted(least, what)}"
    return own.assign(included=own["reason"].isna())


def summarise_people(
    days: pd.DataFrame, summaries: pd.DataFrame, questionnaire: pd.DataFrame, rules: ValidityRules
) -> pd.DataFrame:
    """Each person's means over valid days, or as another program gave them, and their questionnaire.

    Parameters
    ----------
    days : `PERSON_DAYS`.
    summaries : as from `include_summaries`; questionnaire : `QUESTIONNAIRES_READ` of the whole cohort; with
        files by name.

    Returns
    -------
    `PERSON_ACTIVITY`: everyone with a day, a summary or a score; `included` says whose
    accelerometry is enough. Means are plain means over valid days, as GGIR's `AD_` columns are; clock
    times are averaged around the clock.

    Raises
    ------
    InputError : somebody is in two sources.
    """
    _refuse_repeated(summaries)
    _refuse_repeated(questionnaire)
    both = summaries[summaries["participant"].isin(days["participant"])]
    if len(both):
        raise InputError(
            f"{both['file'].iloc[0]}, line {both['line'].iloc[0]}",
            "this participant also has person-days in another activity file",
            "leave the participant out of one of the two",
        )
    means = _means(days, rules)
    given = summaries.drop(columns=["file", "line", "reason"]).set_index("participant")
    given["weekend_share"] = given["weekend_days"] / given["valid_days"]
    people = pd.concat([part for part in (means, given) if len(part)] or [means])
    scores = questionnaire.set_index("participant").rename(columns={"category": "met_category"})
    names = ["met_min_per_week", "met_category", "sitting_min_per_day"]
    people = people.join(scores[names], how="outer").sort_index()
    people["included"] = people["included"].fillna(False).astype(bool)
    return people.reset_index(names="participant")


def enough(days: pd.DataFrame, rules: ValidityRules) -> pd.DataFrame:
    """Who has enough valid days.

    Parameters
    ----------
    days : `PERSON_DAYS`, with `valid` as the rules say.

    Returns
    -------
    Indexed by participant: valid_days, weekend_days, included.
    """
    people = pd.DataFrame(index=pd.Index(sorted(days["participant"].unique()), name="participant"))
    valid = days[days["valid"]].groupby("participant")
    people["valid_days"] = valid.size().reindex(people.index, fill_value=0).astype("Int64")
    people["weekend_days"] = valid["weekend"].sum().reindex(people.index, fill_value=0).astype("Int64")
    enough_days = people["valid_days"] >= rules.min_valid_days
    people["included"] = (enough_days & (people["weekend_days"] >= rules.min_weekend_days)).astype(bool)
    return people


def flow(
    cohort: str,
    recordings: pd.DataFrame,
    days: pd.DataFrame,
    parts: int,
    summaries: pd.DataFrame,
    questionnaire: pd.DataFrame,
    rules: ValidityRules,
) -> pd.DataFrame:
    """The activity stage's part of `ACTIVITY_FLOW`: recordings, days, people, answers.

    Parameters
    ----------
    recordings : `RECORDINGS`; days : `PERSON_DAYS`; parts : from `mark_valid_days`.
    summaries, questionnaire : as in `summarise_people`.
    """
    rows = []

    def count(counted, total, dropped):
        """A chain of counts, with what each reason takes away."""
        rows.append((counted, "in the activity files", 0, total))
        for reason, number in dropped:
            rows.append((counted, reason, number, rows[-1][-1] - number))

    if len(recordings):
        failed = int(recordings["failure"].notna().sum())
        count("recordings", len(recordings), [("could not be read, or too short", failed)])
    if len(days):
        short = int((~days["valid"]).sum())
        reasons = [("part of a day that another recording has more of", parts)] if parts else []
        reasons.append((f"less than {rules.valid_day_hours:g} h of wear, or no movement", short))
        count("person-days", len(days) + parts, reasons)
    people = enough(days, rules)
    if len(people) + len(summaries):
        few = people["valid_days"] < rules.min_valid_days
        others = summaries.loc[~summaries["included"], "reason"].value_counts(sort=False).sort_index()
        reasons = [(f"fewer than {counted(rules.min_valid_days, 'valid day')}", int(few.sum()))]
        if rules.min_weekend_days:
            weekend = f"fewer than {counted(rules.min_weekend_days, 'valid weekend day')}"
            reasons.append((weekend, int((~few & ~people["included"]).sum())))
        count(
            "people with activity",
            len(people) + len(summaries),
            [*(reasons if len(people) else []), *((text, int(number)) for text, number in others.items())],
        )
    if len(questionnaire):
        why = questionnaire["excluded"].dropna().value_counts(sort=False).sort_index()
        count("people with a questionnaire", len(questionnaire), [(t, int(n)) for t, n in why.items()])
    frame = pd.DataFrame(rows, columns=["counted", "reason", "dropped", "left"])
    return frame.assign(cohort=cohort, stage="activity", analysis=None)


def counted(number: int, what: str) -> str:
    """A number with its noun: 1 valid day, 4 valid days."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def refuse_failures(recordings: pd.DataFrame, max_failed_share: float, where: str) -> None:
    """InputError if more of a cohort's recordings failed than may; `where` is the folder of its shards."""
    failed, given = int(recordings["failure"].notna().sum()), len(recordings)
    # So that 29 of 100 are not more than a share of 0.29.
    if failed > max_failed_share * given + 1e-9:
        raise InputError(
            "config, activity.max_failed_share",
            f"more than the share of {max_failed_share:g} of the recordings cannot be used",
            f"see column 'failure' of {where}/*_recordings_read.parquet, and mend the files, leave them out "
            "or raise the share",
        )


def refuse_overlaps(recordings: pd.DataFrame) -> None:
    """InputError where two recordings of one person overlap, or one file is there under two names."""
    again = recordings[recordings["sha256"].notna() & recordings["sha256"].duplicated()]
    if len(again):
        raise InputError(
            f"recording '{shape(again['file'].iloc[0])}'",
            "its bytes are those of another recording",
            "leave out the one that is not the participant's",
        )
    known = recordings.dropna(subset=["start_utc"]).sort_values(["participant", "start_utc"])
    before = known.shift()
    same = known["participant"] == before["participant"]
    overlap = known[same & (known["start_utc"] < before["end_utc"])]
    if overlap.empty:
        return
    row, other = overlap.iloc[0], before.loc[overlap.index[0]]
    raise InputError(
        f"recording '{shape(row['file'])}'",
        f"it begins at {row['start']}, before another recording of the same participant ends at "
        f"{other['end']}",
        "leave out one of the two, or name the participants apart",
    )


def _means(days: pd.DataFrame, rules: ValidityRules) -> pd.DataFrame:
    people = enough(days, rules)
    valid = days[days["valid"]]
    by_person = valid.groupby("participant")
    averaged = [name for name in days if name in _AVERAGED or name.startswith("mvpa_min_")]
    people = people.join(by_person[list(dict.fromkeys(averaged))].mean())
    people["weekend_share"] = by_person["weekend"].mean()
    for name, rows in (("weekday", valid[~valid["weekend"]]), ("weekend", valid[valid["weekend"]])):
        people[f"enmo_{name}_mg"] = rows.groupby("participant")["enmo_mg"].mean()
    for name in _CLOCK_TIMES:
        turn = np.exp(2j * np.pi * valid[name].astype(float) / 24)
        sums = pd.DataFrame({"x": turn.to_numpy().real, "y": turn.to_numpy().imag}).groupby(
            valid["participant"].to_numpy()
        )
        mean = sums.mean()
        people[name] = (np.arctan2(mean["y"], mean["x"]) / (2 * np.pi) * 24) % 24
    month = by_person["date"].min().str.slice(5, 7).astype(int)
    people["season"] = (month % 12 // 3).map(dict(enumerate(_SEASONS)))
    return people


def _one_part_a_day(days: pd.DataFrame) -> pd.DataFrame:
    """Each person's day once: of the parts that recordings have of it, the one with more wear."""
    key = ["participant", "date"]
    again = days[days.duplicated(key, keep=False)]
    tables = again[again["line"].notna()]
    if len(tables):
        # The later of two lines of the same person's day, or the line that a recording has too.
        row = tables[tables.duplicated(key) | ~tables.duplicated(key, keep=False)].iloc[0]
        first = again[(again["participant"] == row["participant"]) & (again["date"] == row["date"])]
        other = first.drop(index=row.name).iloc[0]
        place = f"in a {_shown(other)}"
        if not pd.isna(other["line"]):
            place = f"on line {other['line']}"
            place += "" if other["file"] == row["file"] else f" of {other['file']}"
        raise InputError(
            f"{row['file']}, line {row['line']}",
            f"this participant's {row['date']} is already {place}",
            "keep one line per participant and day",
        )
    # With equal wear the more active comes first, so that the order of the files does not matter.
    ordered = days.sort_values(
        [*key, "wear_h", "enmo_mg"], ascending=[True, True, False, False], kind="stable"
    )
    return ordered.drop_duplicates(key).sort_index().copy()


def _refuse_two_units(days: pd.DataFrame) -> None:
    """InputError where one person has days in mg and days in another unit."""
    other = set(days.loc[days["other_value"].notna(), "participant"])
    both = days[days["enmo_mg"].notna() & days["participant"].isin(other)]
    if len(both):
        raise InputError(
            _shown(both.iloc[0])
            + ("" if pd.isna(both["line"].iloc[0]) else f", line {both['line'].iloc[0]}"),
            "this participant has days in mg and days in another unit, whose validity is counted apart",
            "give the two units as two cohorts, or leave one of them out",
        )


def _refuse_repeated(rows: pd.DataFrame) -> None:
    """InputError where two lines are one participant's."""
    again = rows[rows.duplicated("participant")]
    if again.empty:
        return
    row = again.iloc[0]
    first = rows[rows["participant"] == row["participant"]].iloc[0]
    place = "" if first["file"] == row["file"] else f" of {first['file']}"
    raise InputError(
        f"{row['file']}, line {row['line']}",
        f"this participant is already on line {first['line']}{place}",
        "keep one line per participant",
    )


def _shown(row) -> str:
    """A file as a sentence may name it: a recording's name is mostly its participant's."""
    return row.file if not pd.isna(row.line) else f"recording '{shape(row.file.rsplit('/', 1)[-1])}'"
