"""What do other programs' summaries of activity say, by day or by person?"""

import re

import numpy as np
import pandas as pd

from il6r.activity.summary_forms import LEVEL, MINUTES, WINDOW, Sheet, each_once, open_sheet
from il6r.errors import InputError, quoted, shown
from il6r.tables.activity import DAYS_READ, SUMMARIES_READ

# GGIR's default bounds between sedentary, light, moderate and vigorous, mg (its argument `ilevels`).
GGIR_LEVELS = (40.0, 100.0, 400.0)
# UK Biobank's wear protocol, days (Doherty 2017, doi 10.1371/journal.pone.0169649), which also takes a
# person's mean above 100 mg for unrealistic: no table's median is that high.
_UKB_DAYS = 7
_MAX_MEDIAN_MG = 100.0
_LONGEST_DAY_H = 25.0
# GGIR's windows from waking to waking may span a night in which no sleep was found.
_LONGEST_WINDOW_MIN = 72 * 60
# No device records for so long.
_MANY_DAYS = 10_000
_NO = ("0", "no", "false")
_WHOLE_DAY = ("sedentary_min_per_day", "light_min_per_day", "mvpa_min_per_day")


def read_day_summaries(
    path,
    form: str,
    columns: dict[str, str] | None = None,
    unit: str = "mg",
    *,
    levels: tuple[float, float, float] = GGIR_LEVELS,
    sheet: str | None = None,
) -> pd.DataFrame:
    """Read one table of person-days.

    Parameters
    ----------
    path : any table that `user_tables.table.read_table` reads.
    form : "person_days" (columns named as the result's), "ggir_part2" (part2_daysummary.csv) or
        "ggir_part5" (a part5_daysummary: minutes are those awake, and windows from waking to waking that
        last longer than a day are brought to 24 h).
    columns : our column name to the file's.
    unit : "mg", or what the column `other_value` is in; then no acceleration is read.
    levels : lower bounds of light, moderate and vigorous activity in mg; minutes of part 2 stay missing
        where the file's own bounds do not agree with them. Part 5 has minutes by its own bounds only.
    sheet : of a workbook.

    Returns
    -------
    `DAYS_READ` without `file`; what the form cannot say is missing.

    Raises
    ------
    InputError : what `read_table` raises; a column is absent or unknown; counts given as mg; more hours or
        minutes than a day has; more vigorous activity than MVPA; part 5 windows of several kinds.
    """
    found = open_sheet(path, form, columns, unit, sheet)
    date = found.place["date"]
    found.table.filled(date)
    days = pd.DataFrame(
        {
            "participant": found.table.filled(found.place["participant"]),
            "date": found.table.dates(date),
            "line": found.frame.index,
            **_value(found, unit),
        }
    )
    hours = pd.Series(_LONGEST_DAY_H, index=days.index)
    if form == "person_days":
        # Clocks are set back in a night of the weekend; only then has a day 25 hours.
        hours[pd.to_datetime(days["date"]).dt.day_of_week < 5] = 24.0
        days["wear_h"] = _within(found, "wear_h", hours)
        for column in MINUTES:
            days[column] = _within(found, column, 60 * hours)
    elif form == "ggir_part2":
        for column in ("wear_h", "recorded_h"):
            days[column] = found.numbers(column, 0, _LONGEST_DAY_H)
        days = days.assign(**_minutes_by_level(found, "", levels))
    else:
        _refuse_several_windows(found)
        days = days.assign(**_part5(found))
    for column in ("l5_mg", "m10_mg"):
        days[column] = found.numbers(column, 0, 8000)
    for column in ("l5_start_h", "m10_start_h"):
        # GGIR counts on after midnight where the window began the day before.
        days[column] = found.numbers(column, 0, 48) % 24
    days["intensity_gradient"] = found.numbers("intensity_gradient", -np.inf)
    _refuse_contradictions(days, found.path, 60 * hours)
    known = [name for name in DAYS_READ.columns if name != "file"]
    return days.reindex(columns=known).reset_index(drop=True)


def read_person_summaries(
    path,
    form: str,
    columns: dict[str, str] | None = None,
    unit: str = "mg",
    *,
    levels: tuple[float, float, float] = GGIR_LEVELS,
    sheet: str | None = None,
) -> pd.DataFrame:
    """Read one table with a line for each person.

    Parameters
    ----------
    path, columns, unit, levels, sheet : as in `read_day_summaries`.
    form : "ggir_part2_summary" (part2_summary.csv, its AD_ columns), "ggir_part5_summary" (a
        part5_personsummary, its plain means _pla) or "ukb_fields" (UK Biobank fields 90012, 90015 and
        90016, and 90002 and 90051 where they are there).

    Returns
    -------
    `SUMMARIES_READ` without `file`: everybody in the file. `wear_h` is the mean over the days
    measured, not over the valid ones. UK Biobank's have a reason not to be included unless wear and
    calibration are marked good and no data problem is.

    Raises
    ------
    InputError : as in `read_day_summaries`; a participant twice; accelerations that look like g; a flag
        that is neither yes nor no.
    """
    found = open_sheet(path, form, columns, unit, sheet)
    people = pd.DataFrame(
        {
            "participant": each_once(found.table, found.place["participant"]),
            "line": found.frame.index,
            **_value(found, unit),
        }
    )
    if people["enmo_mg"].median() < 1:
        raise InputError(
            found.path,
            f"the median acceleration is {people['enmo_mg'].median():.3g} mg, which looks like g",
            "multiply the column by 1000",
        )
    value = people["enmo_mg" if unit == "mg" else "other_value"]
    reasons = [("no activity in the summary", ~(value > 0))]
    if form == "ukb_fields":
        people["wear_h"] = (24 * found.numbers("worn_days", 0, 2 * _UKB_DAYS) / _UKB_DAYS).clip(upper=24)
        reasons += _ukb_reasons(found)
    else:
        people = people.assign(**_ggir_people(found, form, levels))
    _refuse_contradictions(people, found.path, 60 * _LONGEST_DAY_H)
    people["reason"] = pd.Series(None, index=people.index, dtype="str")
    for reason, applies in reversed(reasons):
        people.loc[applies, "reason"] = reason
    people["counts_days"] = form != "ukb_fields"
    known = [name for name in SUMMARIES_READ.columns if name != "file"]
    people = people.reindex(columns=known).reset_index(drop=True)
    return people.astype({"valid_days": "Int64", "weekend_days": "Int64"})


def _value(sheet: Sheet, unit: str) -> dict[str, pd.Series]:
    """Mean acceleration, or the measure in another unit."""
    missing = pd.Series(np.nan, index=sheet.frame.index)
    if unit != "mg":
        return {"enmo_mg": missing, "other_value": sheet.numbers("other_value", 0, 1e12)}
    median = sheet.numbers("enmo_mg", -np.inf).median()
    if median > _MAX_MEDIAN_MG:
        raise InputError(
            sheet.path,
            f"the median of '{sheet.place['enmo_mg']}' is {median:,.6g} mg, where people's mean acceleration "
            f"is below {_MAX_MEDIAN_MG:g} mg: it looks like counts or MIMS",
            "give its unit as activity.unit and its name as other_value under 'columns' in the config",
        )
    return {"enmo_mg": sheet.numbers("enmo_mg", 0, 8000), "other_value": missing}


def _within(sheet: Sheet, ours: str, high: pd.Series) -> pd.Series:
    """A column's values, each line's up to its own limit."""
    parts = [
        Sheet(sheet.table.with_frame(rows), sheet.place).numbers(ours, 0, limit)
        for limit, rows in sheet.frame.groupby(high)
    ]
    return pd.concat(parts).reindex(sheet.frame.index)


def _minutes_by_level(sheet: Sheet, prefix: str, levels) -> dict[str, pd.Series]:
    """Minutes by intensity from part 2's columns of time between two accelerations, and in bouts."""
    light, moderate, vigorous = levels
    pattern = re.compile(rf"{prefix}(?:{LEVEL})_(?:ENMO_mg{WINDOW}|mg{WINDOW}_ENMO)")
    bands: dict[tuple[float, float], str] = {}
    for name in sheet.frame:
        if match := pattern.fullmatch(name):
            low, high = (float(text.replace("e.", "e+")) for text in match.groups() if text)
            bands[low, high] = name
    above = rf"T{moderate:g}(?:_ENMO)?(?:{WINDOW})?"
    names = {
        "sedentary_min_per_day": _between(bands, 0, light),
        "light_min_per_day": _between(bands, light, moderate),
        "mvpa_min_per_day": _between(bands, moderate) or _first(sheet, rf"{prefix}MVPA_E\d+S_{above}"),
        "vigorous_min_per_day": _between(bands, vigorous),
        "mvpa_bouts_min_per_day": _first(sheet, rf"{prefix}MVPA_E\d+S_B10M\d+[%.]_{above}"),
    }
    missing = pd.Series(np.nan, index=sheet.frame.index)
    minutes = {}
    for ours, columns in names.items():
        columns = [sheet.place[ours]] if ours in sheet.place else columns
        parts = [sheet.table.numbers(name, 0, 60 * _LONGEST_DAY_H) for name in columns]
        minutes[ours] = sum(parts) if parts else missing
    return minutes


def _between(bands: dict[tuple[float, float], str], low: float, high: float = np.inf) -> list[str]:
    """The columns that make up the time from `low` to `high` exactly, or none."""
    edge, chosen = low, []
    for (start, end), name in sorted(bands.items()):
        if start == edge and end <= high:
            edge = end
            chosen.append(name)
    last = max((end for _, end in bands), default=None)
    return chosen if edge == high or (high == np.inf and edge == last) else []


def _first(sheet: Sheet, pattern: str) -> list[str]:
    return [name for name in sheet.frame if re.fullmatch(pattern, name)][:1]


def _part5(sheet: Sheet) -> dict[str, pd.Series]:
    """Wear and minutes of part 5; those of a window that lasts longer than a day as 24 h of it."""
    window = sheet.numbers("window_min", 0, _LONGEST_WINDOW_MIN)
    share = (1440 / window).where(window > 60 * _LONGEST_DAY_H, 1.0)
    names = ("sedentary", "light", "moderate", "vigorous", "mvpa_bouts")
    minutes = {
        f"{name}_min_per_day": sheet.numbers(f"{name}_min_per_day", 0, _LONGEST_WINDOW_MIN) * share
        for name in names
    }
    recorded = window * share / 60
    return minutes | {
        "mvpa_min_per_day": minutes["moderate_min_per_day"] + minutes["vigorous_min_per_day"],
        "recorded_h": recorded,
        "wear_h": recorded * (1 - sheet.numbers("nonwear_percent", 0, 100) / 100),
    }


def _refuse_several_windows(sheet: Sheet) -> None:
    """Part 5 gives a day as from midnight to midnight (MM), waking to waking (WW) and onset to onset (OO)."""
    if "window" not in sheet.frame:
        return
    kinds = sorted(sheet.frame["window"].dropna().unique())
    if len(kinds) > 1 or not set(kinds) <= {"MM", "WW", "OO"}:
        raise InputError(
            sheet.path,
            f"it has windows of the kinds {shown(kinds)}",
            "give the file of one kind of whole days (MM or WW)",
        )


def _ggir_people(sheet: Sheet, form: str, levels) -> dict[str, pd.Series]:
    """Valid days, wear and minutes of people in GGIR's summaries."""
    weekend = sheet.numbers("weekend_days", 0, _MANY_DAYS).round()
    if form == "ggir_part5_summary":
        days = sheet.numbers("valid_days", 0, _MANY_DAYS).round()
        return {"valid_days": days, "weekend_days": weekend, **_part5(sheet)}
    measured = sheet.numbers("measured_days", 0, _MANY_DAYS)
    wear = (24 * sheet.numbers("worn_days", 0, _MANY_DAYS) / measured.where(measured > 0)).clip(upper=24)
    return {
        "valid_days": weekend + sheet.numbers("weekdays", 0, _MANY_DAYS).round(),
        "weekend_days": weekend,
        "wear_h": wear,
        **_minutes_by_level(sheet, "AD_", levels),
    }


def _ukb_reasons(sheet: Sheet) -> list[tuple[str, pd.Series]]:
    """Why people of UK Biobank are not included: what its quality fields say."""
    problem = pd.Series(False, index=sheet.frame.index)
    if "data_problem" in sheet.place:
        text = sheet.frame[sheet.place["data_problem"]].fillna("0").str.lower().str.removesuffix(".0")
        # What the problem is may be written out.
        problem = ~text.isin(_NO)
    return [
        ("a data problem is marked (field 90002)", problem),
        ("wear time is not marked good (field 90015)", ~_flag(sheet, "good_wear")),
        ("calibration is not marked good (field 90016)", ~_flag(sheet, "good_calibration")),
    ]


def _flag(sheet: Sheet, ours: str) -> pd.Series:
    """A column of 1 and 0 or Yes and No, False where it is empty."""
    column = sheet.place[ours]
    text = sheet.table.texts(column).str.lower().str.removesuffix(".0")
    yes = text.isin(["1", "yes", "true"])
    wrong = text.notna() & ~yes & ~text.isin(_NO)
    if wrong.any():
        line = wrong.idxmax()
        raise InputError(
            f"{sheet.path}, line {line}",
            f"{column} {quoted(sheet.frame.at[line, column])} is neither yes nor no",
            "write 1 or 0, or Yes or No",
        )
    return yes


def _refuse_contradictions(rows: pd.DataFrame, path, limit) -> None:
    """More time than there is, or a part that is larger than its whole."""
    rows = rows.reindex(columns=[*_WHOLE_DAY, "vigorous_min_per_day"])
    total = rows[list(_WHOLE_DAY)].sum(axis=1)
    over = total > limit + 0.5
    if over.any():
        line = over.idxmax()
        raise InputError(
            f"{path}, line {line}",
            f"sedentary, light and MVPA minutes add up to {total[line]:.0f}, more than a day has",
            "check the columns' units",
        )
    more = rows["vigorous_min_per_day"] > rows["mvpa_min_per_day"] + 0.5
    if more.any():
        row = rows.loc[more.idxmax()]
        raise InputError(
            f"{path}, line {row.name}",
            f"{row['vigorous_min_per_day']:g} minutes are vigorous and {row['mvpa_min_per_day']:g} MVPA, "
            "which is moderate and vigorous together",
            "add the vigorous minutes to mvpa_min_per_day",
        )
