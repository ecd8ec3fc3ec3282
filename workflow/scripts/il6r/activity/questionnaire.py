"""How active does each person say they are, in MET-minutes a week?

The International Physical Activity Questionnaire, short and long form of the last 7 days, by the IPAQ
Research Committee's Guidelines for Data Processing and Analysis, November 2005; sections in comments are
theirs.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from il6r.activity.summary_forms import each_once, refuse_unknown_columns
from il6r.errors import InputError, quoted
from il6r.tables.activity import QUESTIONNAIRES_READ
from il6r.user_tables.names import OF_FORM
from il6r.user_tables.table import UserTable, read_table


class _Item(NamedTuple):
    """One question on days and time: its class of intensity, and its energy cost in METs (5.1, 6.2)."""

    name: str
    intensity: str
    mets: float


_CLASSES = ("walking", "moderate", "vigorous")
_ITEMS = {
    "ipaq_short": (
        _Item("vigorous", "vigorous", 8.0),
        _Item("moderate", "moderate", 4.0),
        _Item("walking", "walking", 3.3),
    ),
    # Cycling and vigorous work in the yard are of moderate intensity by their METs (6.2).
    "ipaq_long": (
        _Item("work_vigorous", "vigorous", 8.0),
        _Item("work_moderate", "moderate", 4.0),
        _Item("work_walking", "walking", 3.3),
        _Item("transport_cycling", "moderate", 6.0),
        _Item("transport_walking", "walking", 3.3),
        _Item("yard_vigorous", "moderate", 5.5),
        _Item("yard_moderate", "moderate", 4.0),
        _Item("inside_moderate", "moderate", 3.0),
        _Item("leisure_walking", "walking", 3.3),
        _Item("leisure_vigorous", "vigorous", 8.0),
        _Item("leisure_moderate", "moderate", 4.0),
    ),
}
# Questions on sitting, and the days of a week that each is about (5.4, 6.4).
_SITTING_DAYS = {
    "ipaq_short": {"sitting": 7},
    "ipaq_long": {"sitting_weekday": 5, "sitting_weekend": 2},
}
# What stands for "don't know", "not sure" and "refused" (7.1, 7.2); minutes have three digits for it.
_UNKNOWN = ("don't know", "dont know", "not sure", "don't know/not sure", "refused", "dk", "-1", "-3")
_UNKNOWN_DAYS, _UNKNOWN_MINUTES = ("8", "9", "88", "99"), ("998", "999")
# These hours were meant as minutes (7.1 II).
_HOURS_ARE_MINUTES = (15, 30, 45, 60, 90)
# More walking, moderate and vigorous activity than that, minutes a day, leaves no time to sleep (7.2).
_MAX_MIN_PER_DAY = 960
_DAY_MIN = 1440
# Minutes a day: shorter activity does not count (7.3), and each class counts no more than that (7.4).
_MIN_BOUT, _MAX_CLASS = 10, 180


def read_ipaq(
    path, form: str, columns: dict[str, str] | None = None, sheet: str | None = None
) -> pd.DataFrame:
    """Read and score one table of answers to the IPAQ.

    Each question is a pair of columns, `<question>_days` (0 to 7) and `<question>_min_per_day`; time may
    also be given, or be split, as `<question>_hours_per_day`. After 0 days, time may be empty. Questions of
    the short form are vigorous, moderate and walking, and of the long form work_vigorous, work_moderate,
    work_walking, transport_cycling, transport_walking, yard_vigorous, yard_moderate, inside_moderate,
    leisure_walking, leisure_vigorous and leisure_moderate. Optional are the time of sitting (sitting; in the
    long form sitting_weekday and sitting_weekend) and, in the long form, `has_work` (1 or 0, yes or no).

    Parameters
    ----------
    path : any table that `read_table` reads, one line for each participant.
    form : "ipaq_short" or "ipaq_long".
    columns : our column name to the file's.
    sheet : of a workbook.

    Returns
    -------
    `QUESTIONNAIRES_READ` without `file`: everybody in the file; `excluded` says why there is no score.

    Raises
    ------
    InputError : what `read_table` raises; a participant twice; days over 7, or more time than a day has.
    """
    items = _ITEMS[form]
    sitting = _SITTING_DAYS[form]
    days = [f"{item.name}_days" for item in items]
    refuse_unknown_columns(columns, OF_FORM[form], form)
    table = read_table(path, ("participant", *days), columns, sheet)
    participants = each_once(table, "participant")
    for item in items:
        _refuse_no_time(table, item.name)
    on = pd.DataFrame({item.name: _days(table, f"{item.name}_days") for item in items})
    time = pd.DataFrame({item.name: _minutes(table, item.name) for item in items})
    if form == "ipaq_long" and "has_work" in table:
        on = _without_work(on, table)
    excluded = _excluded(on, time)
    scores = _scores(items, on, time).where(excluded.isna())
    seated = sum(_minutes(table, name) * number / 7 for name, number in sitting.items())
    found = pd.DataFrame({"participant": participants, "line": on.index, "excluded": excluded})
    found = found.assign(**scores, sitting_min_per_day=seated)
    return found[[name for name in QUESTIONNAIRES_READ.columns if name != "file"]].reset_index(drop=True)


def _refuse_no_time(table: UserTable, name: str) -> None:
    if f"{name}_min_per_day" not in table and f"{name}_hours_per_day" not in table:
        raise InputError(
            table.place,
            f"there is no column '{name}_min_per_day'",
            f"add it or '{name}_hours_per_day', or name its column under 'columns' in the config",
        )


def _known(table: UserTable, column: str, unknown: tuple[str, ...]) -> tuple[UserTable, pd.Series]:
    """The table with "don't know" and its codes made missing in one column, and where they were."""
    text = table.frame[column].str.lower().str.replace("\u2019", "'").str.removesuffix(".0")
    asked = text.isin([*_UNKNOWN, *unknown])
    return _masked(table, column, asked), asked


def _masked(table: UserTable, column: str, where: pd.Series) -> UserTable:
    """The table with some cells of a column made missing."""
    return table.with_frame(table.frame.assign(**{column: table.frame[column].mask(where)}))


def _days(table: UserTable, column: str) -> pd.Series:
    """Days a week, missing where not known."""
    known, _ = _known(table, column, _UNKNOWN_DAYS)
    return known.numbers(column, 0, 7)


def _minutes(table: UserTable, name: str) -> pd.Series:
    """Minutes a day out of minutes and hours, missing where neither is there or one is not known (7.1)."""
    total = pd.Series(np.nan, index=table.frame.index)
    not_known = pd.Series(False, index=table.frame.index)
    if (column := f"{name}_min_per_day") in table:
        known, not_known = _known(table, column, _UNKNOWN_MINUTES)
        total = known.numbers(column, 0, _DAY_MIN)
    if (column := f"{name}_hours_per_day") in table:
        known, unsure = _known(table, column, ())
        given = known.numbers(column)
        # Nobody walks 15 hours a day, but one may sit so long.
        meant = given.isin(_HOURS_ARE_MINUTES) & ((given > 24) | (not name.startswith("sitting")))
        hours = _masked(known, column, meant).numbers(column, 0, 24)
        total = total.add((60 * hours).where(~meant, given), fill_value=0)
        not_known |= unsure
    if (total > _DAY_MIN).any():
        line = (total > _DAY_MIN).idxmax()
        raise InputError(
            table.at(line),
            f"hours and minutes of {name} add up to {total[line]:g} minutes, more than a day has",
            "correct them, or leave the cells empty if the time is not known",
        )
    return total.where(~not_known)


def _without_work(on: pd.DataFrame, table: UserTable) -> pd.DataFrame:
    """Days, with 0 for the questions on work that somebody without work has skipped."""
    text = table.texts("has_work").str.lower()
    wrong = text.notna() & ~text.isin(["0", "1", "no", "yes"])
    if wrong.any():
        line = wrong.idxmax()
        raise InputError(
            table.at(line),
            f"has_work {quoted(table.frame.at[line, 'has_work'])} is neither yes nor no",
            "write 1 or 0, or yes or no",
        )
    skipped = text.isin(["0", "no"])
    work = [name for name in on if name.startswith("work_")]
    return on.assign(**{name: on[name].mask(skipped & on[name].isna(), 0.0) for name in work})


def _excluded(on: pd.DataFrame, time: pd.DataFrame) -> pd.Series:
    """Why somebody has no score: the first reason that applies, or missing."""
    not_known = (on.isna() & (time != 0)) | (time.isna() & (on != 0))
    reasons = {
        "days or time not known": not_known.any(axis=1),
        "time given for no day": ((on == 0) & (time >= _MIN_BOUT)).any(axis=1),
        f"more than {_MAX_MIN_PER_DAY} active minutes a day": time.sum(axis=1) > _MAX_MIN_PER_DAY,
    }
    excluded = pd.Series(None, index=on.index, dtype="str")
    for reason, applies in reversed(reasons.items()):
        excluded[applies] = reason
    return excluded


def _scores(items: tuple[_Item, ...], on: pd.DataFrame, time: pd.DataFrame) -> pd.DataFrame:
    """MET-minutes a week by class of intensity and in all, and the category (5.2, 6.3)."""
    time = time.where(time >= _MIN_BOUT, 0.0)
    days = on.where(time > 0, 0.0)
    scores, of_class = {}, {}
    for intensity in _CLASSES:
        names = [item.name for item in items if item.intensity == intensity]
        mets = {item.name: item.mets for item in items if item.name in names}
        total = time[names].sum(axis=1)
        # The long form sums a class over the domains before it is cut; each question keeps its share.
        share = (_MAX_CLASS / total.where(total > _MAX_CLASS)).fillna(1.0)
        scores[f"{intensity}_met_min_per_week"] = share * (time[names] * days[names]).mul(mets).sum(axis=1)
        of_class[intensity] = names
    # Thresholds are in tenths of a MET-minute, which sums of floats miss by less than that.
    scores = pd.DataFrame(scores).round(6)
    met = scores.sum(axis=1).round(6)
    vigorous, lighter = of_class["vigorous"], [*of_class["moderate"], *of_class["walking"]]
    # Days of different activities are added, as if none was the same day (7.6).
    high = ((days[vigorous].sum(axis=1) >= 3) & (met >= 1500)) | ((days.sum(axis=1) >= 7) & (met >= 3000))
    moderate = (
        (days[vigorous].where(time[vigorous] >= 20).sum(axis=1) >= 3)
        | (days[lighter].where(time[lighter] >= 30).sum(axis=1) >= 5)
        | ((days.sum(axis=1) >= 5) & (met >= 600))
    )
    category = pd.Series(
        np.select([high, moderate], ["high", "moderate"], "low"), index=met.index, dtype="str"
    )
    return scores.assign(met_min_per_week=met, category=category)
