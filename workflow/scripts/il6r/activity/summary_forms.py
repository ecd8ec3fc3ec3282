"""What are the columns of other programs' activity summaries called, and which are they in a file?"""

import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from il6r.errors import InputError, quoted, shown
from il6r.user_tables.table import UserTable, open_table

# GGIR calls the whole day _0-24hr, _24hr or _0-24h in its versions; R turns what stands in a name beside
# letters, digits and _ into points when it reads a table and writes it again.
WINDOW = r"_(?:0[-.])?24hr?"
# The bounds of a column of time between two accelerations.
LEVEL = (
    r"\[(\d[\d.]*(?:e\+\d+)?),(\d[\d.]*(?:e\+\d+)?|Inf)\)"
    r"|X?\.(\d+(?:e\.\d+)?)\.(\d+(?:e\.\d+)?|Inf)\."
)
MINUTES = (
    "sedentary_min_per_day", "light_min_per_day", "mvpa_min_per_day", "vigorous_min_per_day",
    "mvpa_bouts_min_per_day",
)  # fmt: skip
_OTHER_MEASURE = re.compile(rf"(?i:.*(?:mims|counts?|cpm)(?![a-z]).*)|(?:AD_)?mean_(?!ENMO_)\w+_mg{WINDOW}")


class _Field(NamedTuple):
    """A column: the file's name for it, as sentences give it, and the pattern of all its spellings."""

    name: str
    pattern: str
    needed: bool = False


def _same_name(*names: str, needed: bool = False) -> dict[str, _Field]:
    return {name: _Field(name, re.escape(name), needed) for name in names}


# Found by what the file's other columns say, or where the configuration names a column.
_GIVEN = {name: _Field(name, "") for name in MINUTES}
_PART2 = {
    "participant": _Field("ID", "ID|id", needed=True),
    "date": _Field("calendar_date", "calend[ae]r_date", needed=True),
    "wear_h": _Field("N valid hours", "N[ .]valid[ .]hours", needed=True),
    "recorded_h": _Field("N hours", "N[ .]hours"),
    "enmo_mg": _Field("mean_ENMO_mg_0-24hr", f"mean_ENMO_mg{WINDOW}", needed=True),
    **_GIVEN,
    "intensity_gradient": _Field("ig_gradient_ENMO_0-24hr", f"ig_gradient_ENMO{WINDOW}"),
    "l5_mg": _Field("L5_ENMO_mg_0-24hr", f"L5_ENMO_mg{WINDOW}"),
    "l5_start_h": _Field("L5hr_ENMO_mg_0-24hr", f"L5hr_ENMO_mg{WINDOW}"),
    "m10_mg": _Field("M10_ENMO_mg_0-24hr", f"M10_ENMO_mg{WINDOW}"),
    "m10_start_h": _Field("M10hr_ENMO_mg_0-24hr", f"M10hr_ENMO_mg{WINDOW}"),
}
_PART2_SUMMARY = {
    "participant": _PART2["participant"],
    "enmo_mg": _Field("AD_mean_ENMO_mg_0-24hr", f"AD_mean_ENMO_mg{WINDOW}", needed=True),
    "weekend_days": _Field(
        "N valid weekend days (WE)",
        r"N[ .]valid[ .](?:weekend[ .]days|WEdays)(?:[ .]+\(?WE[).])?",
        needed=True,
    ),
    "weekdays": _Field(
        "N valid weekdays (WD)", r"N[ .]valid[ .](?:weekdays|WKdays)(?:[ .]+\(?WD[).])?", needed=True
    ),
    "worn_days": _Field("wear_dur_def_proto_day", "wear_dur_def_proto_day"),
    "measured_days": _Field("meas_dur_def_proto_day", "meas_dur_def_proto_day"),
    **_GIVEN,
}
# Version 1 of GGIR wrote nightandday for day_spt and TINday for day_total_IN.
_PART5_MEASURES = {
    "enmo_mg": _Field("ACC_day_spt_mg", "ACC_(?:day_spt|nightandday)_mg", needed=True),
    "window_min": _Field("dur_day_spt_min", "dur_(?:day_spt|nightandday)_min", needed=True),
    "nonwear_percent": _Field("nonwear_perc_day_spt", "nonwear_perc_(?:day_spt|nightandday)", needed=True),
    "sedentary_min_per_day": _Field("dur_day_total_IN_min", "dur_(?:day_total_IN|TINday)_min"),
    "light_min_per_day": _Field("dur_day_total_LIG_min", "dur_(?:day_total_LIG|TLIGday)_min"),
    "moderate_min_per_day": _Field("dur_day_total_MOD_min", "dur_(?:day_total_MOD|TMODday)_min"),
    "vigorous_min_per_day": _Field("dur_day_total_VIG_min", "dur_(?:day_total_VIG|TVIGday)_min"),
}
_PART5 = {
    "participant": _PART2["participant"],
    "date": _Field("calendar_date", "calend[ae]r_?date", needed=True),
    **_PART5_MEASURES,
    "mvpa_bouts_min_per_day": _Field("dur_day_MVPA_bts_10_min", "dur_day_MVPA_bts_10_min"),
    "intensity_gradient": _Field("ig_gradient", "ig_gradient(?:_ENMO)?"),
    "l5_mg": _Field("L5VALUE", "L5VALUE"),
    "l5_start_h": _Field("L5TIME_num", "L5TIME_num"),
    "m10_mg": _Field("M10VALUE", "M10VALUE"),
    "m10_start_h": _Field("M10TIME_num", "M10TIME_num"),
}
_PART5_SUMMARY = {
    "participant": _PART2["participant"],
    **{ours: _Field(f"{f.name}_pla", f"{f.pattern}_pla", f.needed) for ours, f in _PART5_MEASURES.items()},
    "valid_days": _Field("Nvaliddays", "Nvaliddays", needed=True),
    "weekend_days": _Field("Nvaliddays_WE", "Nvaliddays_WE", needed=True),
}


def _ukb(number: int, title: str, needed: bool = False) -> _Field:
    """A field of UK Biobank: 90012-0.0, f.90012.0.0, p90012, 90012 and alike, or its title."""
    spelled = rf"[A-Za-z]?[._]?{number}(?:[-._]i?0)?(?:[-._]a?0)?"
    return _Field(str(number), f"{spelled}|{title}", needed)


_UKB = {
    "participant": _Field("eid", r"(?:f\.|[nf]_)?eid|Participant ID|participant", needed=True),
    "enmo_mg": _ukb(90012, "Overall acceleration average", needed=True),
    "good_wear": _ukb(90015, "Data quality, good wear time", needed=True),
    "good_calibration": _ukb(90016, "Data quality, good calibration", needed=True),
    "data_problem": _ukb(90002, "Data problem indicator"),
    "worn_days": _ukb(90051, "Wear duration overall"),
}
_FORMS = {
    "person_days": {
        **_same_name("participant", "date", "enmo_mg", "wear_h", needed=True),
        **_same_name(*MINUTES),
    },
    "ggir_part2": _PART2,
    "ggir_part5": _PART5,
    "ggir_part2_summary": _PART2_SUMMARY,
    "ggir_part5_summary": _PART5_SUMMARY,
    "ukb_fields": _UKB,
}
# What the configuration may also call columns of GGIR's day summaries.
_GGIR_NAMES = {"ID": "participant", "calendar_date": "date", "N valid hours": "wear_h"}


@dataclass
class Sheet:
    """A file's cells as text by line, and which of its columns hold what we look for.

    Attributes
    ----------
    table : the file's.
    place : our column name to the one in `table`.
    """

    table: UserTable
    place: dict[str, str]

    @property
    def path(self) -> str:
        """What sentences call the file."""
        return self.table.place

    @property
    def frame(self) -> pd.DataFrame:
        """The cells as text by line."""
        return self.table.frame

    def numbers(self, ours: str, low: float = 0, high: float = np.inf) -> pd.Series:
        """A column's values by line, float64, all missing where the file has none of it.

        Raises
        ------
        InputError : a cell is not a number from `low` to `high`.
        """
        if ours not in self.place:
            return pd.Series(np.nan, index=self.frame.index)
        return self.table.numbers(self.place[ours], low, high)


def each_once(table: UserTable, column: str) -> pd.Series:
    """The participants of a table with a line for each.

    InputError names the line of one that is empty or comes again.
    """
    people = table.filled(column)
    again = people.duplicated()
    if again.any():
        line = again.idxmax()
        raise InputError(
            table.at(line),
            f"this participant is already on line {(people == people[line]).idxmax()}",
            "keep one line per participant",
        )
    return people


def refuse_unknown_columns(columns: dict[str, str] | None, known, form: str) -> None:
    """InputError where the configuration names a column that the form has no use for."""
    for name in columns or {}:
        if name not in known:
            raise InputError(
                "config, activity.columns",
                f"'{name}' is no column of form {form}",
                f"choose from {', '.join(known)}",
            )


def open_sheet(path, form: str, columns: dict[str, str] | None, unit: str, sheet: str | None = None) -> Sheet:
    """Read a file and find its columns.

    Parameters
    ----------
    path, form, columns, unit, sheet : as in `summaries.read_day_summaries`.

    Raises
    ------
    InputError : what `open_table` raises; a column is needed and not there, or is not known to the form,
        or given as mg and named otherwise.
    """
    fields = _FORMS[form]
    renamed = {
        name if name in fields else _GGIR_NAMES.get(name, name): n for name, n in (columns or {}).items()
    }
    refuse_unknown_columns(renamed, [*fields, "other_value"], form)
    if unit == "mg" and _OTHER_MEASURE.fullmatch(renamed.get("enmo_mg", "")):
        raise InputError(
            "config, activity.columns",
            f"'{renamed['enmo_mg']}' is given as enmo_mg, and by its name it is not ENMO in mg",
            "give its unit as activity.unit and name it as other_value",
        )
    whose = re.escape(renamed["participant"]) if "participant" in renamed else fields["participant"].pattern

    def fits(names: list[str]) -> bool:
        """Whether a workbook's sheet says whose its lines are."""
        return any(re.fullmatch(whose, name) for name in names)

    table = open_table(path, sheet, fits).table((), renamed)
    frame = table.frame
    place = {ours: ours for ours in renamed}
    for ours, spec in fields.items():
        found = [name for name in frame if re.fullmatch(spec.pattern, name)]
        if ours not in place and found:
            place[ours] = found[0]
    if "other_value" in frame:
        place["other_value"] = "other_value"
    needed = {ours: spec.name for ours, spec in fields.items() if spec.needed}
    if unit != "mg":
        del needed["enmo_mg"]
        needed["other_value"] = "other_value"
    absent = [name for ours, name in needed.items() if ours not in place]
    if absent:
        _refuse_absent(table.place, form, list(frame), absent, unit)
    return Sheet(table, place)


def _refuse_absent(path, form: str, names: list[str], absent: list[str], unit: str) -> None:
    alike = [name for name in names if name.lower() in absent]
    others = [
        other
        for other, fields in _FORMS.items()
        if other != form
        and all(any(re.fullmatch(f.pattern, n) for n in names) for f in fields.values() if f.needed)
    ]
    measures = [name for name in names if _OTHER_MEASURE.fullmatch(name)]
    if alike:
        remedy = f"write {shown(alike)} in lower case"
    elif others:
        remedy = f"it looks like form {others[0]}, so set activity.form to that"
    elif unit != "mg":
        remedy = f"name the column that is in {unit} as other_value under 'columns' in the config"
    elif absent == [_FORMS[form]["enmo_mg"].name] and measures:
        remedy = (
            f"if '{measures[0]}' is to be analysed, give its unit as activity.unit and its name as "
            "other_value under 'columns' in the config"
        )
    else:
        remedy = "add it, or name the column that holds it under 'columns' in the config"
    shown_names = ", ".join(map(quoted, names[:12]))
    raise InputError(path, f"there is no column {shown(absent)} among {shown_names}", remedy)
