"""Which blood samples were drawn of whom, when, how, and into what?"""

import re

import numpy as np
import pandas as pd

from il6r import outcomes
from il6r.errors import InputError, quoted, shown
from il6r.tables.activity import PERSON_ACTIVITY
from il6r.tables.assays import BALANCE, CONCENTRATIONS
from il6r.tables.cohort import ANALYSIS_SET
from il6r.tables.genotypes import CALLS, STRUCTURE
from il6r.user_tables.names import SAMPLES
from il6r.user_tables.table import UserTable, read_table

# What a sample drawn after acute exercise is called; every other time point is a resting one.
POST_EXERCISE = "post-exercise"
_BOUT = r"(?:the )?(?:exercise|ex|run|race|marathon|ride|cycling|swim|match|game|bout|session|exertion)"
_DURATION = r"\d+(?:\.\d+)? ?(?:min|mins|minutes?|h|hrs?|hours?)"
_BEFORE = rf"(?:{_DURATION} )?(?:pre|before)(?: ?{_BOUT})?(?: {_DURATION})?|(?:t ?)?[-−] ?{_DURATION}"
_CALM = r"(?:at )?rest(?:ing)?|base ?line|basal|fast(?:ed|ing)"
_AFTER = (
    rf"(?:immediately |directly )?(?:post|after|acute|peak|during)(?: ?{_BOUT})?(?: {_DURATION})?",
    rf"(?:t ?)?\+? ?{_DURATION}(?: (?:post|after)(?: ?{_BOUT})?)?",
    rf".*\b(?:post|after|end of) ?{_BOUT}(?: {_DURATION})?",
    "exercise|finish|pe|recovery",
)
_TIME_POINTS = {
    "rest": re.compile(rf"{_BEFORE}|(?:{_CALM})(?: (?:{_CALM}))*"),
    POST_EXERCISE: re.compile("|".join(_AFTER)),
}
# Other words for some time after exercise; but after a programme of training people are at rest.
_LIKE_AFTER = re.compile(
    r"post|after|recover|cool ?down|immediate|\bipe\b|\+ ?\d|\b(end|during|peak)\b.*\bex"
)
_OVER_WEEKS = re.compile(
    r"week|month|year|train|interven|program|diet|follow|treat|surg|\bop\b|vaccin|partum|menopaus"
)
# Some count from the beginning of exercise and some from its end.
_EITHER = re.compile(r"(?:t ?)?\+? ?0+(?:\.0+)? ?(?:min|mins|minutes?|h|hrs?|hours?)")
_PLASMA = {
    "edta": "edta|k[23]edta",
    "heparin": "(li|lithium|na|sodium)?hep(arin)?",
    "citrate": "(na|sodium)?citrate",
}
_MATRICES = {
    **{name: re.compile(rf"(plasma)?({words})(plasma)?") for name, words in _PLASMA.items()},
    "plasma": re.compile("plasma"),
    "serum": re.compile("serum|sst"),
    "capillary": re.compile("capillary(blood|plasma|serum|edta)?|finger(tip|prick)|earlobe"),
    "dried blood spot": re.compile("driedbloodspots?|dbs"),
}
_SHORT = dict.fromkeys(("hb", "hgb"), "haemoglobin_g_dl") | {"hct": "haematocrit_percent"}
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(:[0-5]\d(\.\d+)?)?")
# Plausible values in people, and what haemoglobin looks like in g/L.
_HAEMOGLOBIN_G_DL, _HAEMOGLOBIN_G_L, _HAEMATOCRIT_PERCENT = (5.0, 25.0), (80.0, 250.0), (15.0, 75.0)
# Hours since exercise that anybody counts (a year), and more thaws than a sample is of use after.
_HOURS, _THAWS = (0.0, 8766.0), (0.0, 100.0)
# What a number of a cohort's own column may be, as in the participant table.
_ANY_NUMBER = (-1e12, 1e12)
# What the table itself may say, what is added to it here, and what a further column would be taken for later.
_ADDED = ("file", "line", "numbered")
_JOINED = (CALLS, PERSON_ACTIVITY, CONCENTRATIONS, BALANCE, ANALYSIS_SET)
_MADE = {name for table in _JOINED for name in table.columns}
_MADE |= {name for name in STRUCTURE.columns if re.fullmatch(r"pc\d+|family|unrelated", name)}
_MADE |= {"plate", "enmo_7d_mg", "days_7d", *outcomes.RESPONSES, *_ADDED}


def read_samples(path, columns: dict[str, str] | None = None, sheet: str | None = None) -> pd.DataFrame:
    """Read a table of blood samples, one a line.

    Only `participant` is needed. Without `visit`, a participant's samples are numbered in the order of date
    and time, on one date the resting sample first. A time may stand in its own column or after the date.
    Further columns are kept, as numbers if every value is one, else as text.

    Parameters
    ----------
    path : any table that `read_table` reads.
    columns : our column name to the file's.
    sheet : of a workbook.

    Returns
    -------
    DataFrame, one row a sample: `file`, `line` (Int64), `participant`, `sample_id` (NA), `visit`, `numbered`
    (bool: the visit is a number given here), `date` (ISO, NA), `time` (HH:MM, NA), `time_point` ("rest",
    "post-exercise" or as given, NA), `matrix` (NA), `hours_since_exercise` (h), `freeze_thaw_cycles` (Int64),
    `haemoglobin_g_dl` and `haematocrit_percent` (NaN where not measured), and further columns.

    Raises
    ------
    InputError : what `read_table` raises; a sample ID twice, or a participant's visit; a matrix that is not
        known; a haemoglobin in g/L, a haematocrit that is a fraction, or another implausible value; a further
        column with the name of one that the workflow makes.
    """
    given = _spelled_here(read_table(path, ("participant",), columns, sheet))
    people = given.filled("participant")
    given = given.with_frame(given.frame.dropna(axis="columns", how="all"))
    table = pd.DataFrame(
        {
            "file": str(path),
            "line": given.frame.index.astype("Int64"),
            "participant": people,
            "sample_id": given.filled("sample_id") if "sample_id" in given else None,
            "date": given.dates("date") if "date" in given else None,
            "time": _times(given),
            "time_point": _each(given, "time_point", _time_point),
            "matrix": _each(given, "matrix", _matrix),
            "hours_since_exercise": _numbers(given, "hours_since_exercise", _HOURS),
            "freeze_thaw_cycles": _thaws(given),
            "haemoglobin_g_dl": _haemoglobin(given),
            "haematocrit_percent": _haematocrit(given),
            **_further(given),
        },
        index=given.frame.index,
    )
    text = ["sample_id", "date", "time", "time_point", "matrix"]
    table[text] = table[text].astype("str")
    numbered = "visit" not in given
    visit = _numbers_in_order(table) if numbered else given.filled("visit")
    table["time_point"] = table["time_point"].fillna(told_by_visit(visit))
    table.insert(4, "visit", visit)
    table.insert(5, "numbered", numbered)
    _refuse_twice(table, given)
    return table.reset_index(drop=True)


def told_by_visit(visit: pd.Series) -> pd.Series:
    """The time point that a visit's name says where it is one's: "post", "2 h after exercise"; else NA."""
    known = {
        text: next((name for name, pattern in _TIME_POINTS.items() if pattern.fullmatch(_plain(text))), None)
        for text in visit.dropna().unique()
    }
    return visit.map(known).astype("str")


def at_rest(table: pd.DataFrame) -> pd.Series:
    """Which rows are of resting samples: all that are not called post-exercise (bool)."""
    if "time_point" not in table:
        return pd.Series(True, index=table.index)
    return ~table["time_point"].eq(POST_EXERCISE).fillna(False).astype(bool)


def further_columns(samples: pd.DataFrame) -> list[str]:
    """Names of what a table of samples says beside what is known of samples."""
    return [name for name in samples if name not in (*SAMPLES, *_ADDED)]


def _further(given: UserTable) -> dict[str, pd.Series]:
    """A cohort's own columns of its samples."""
    own = [name for name in given.frame if name not in SAMPLES]
    clash = sorted(_MADE & set(own))
    if clash:
        raise InputError(
            given.place,
            f"its column {shown(clash)} has the name of a column the workflow makes",
            "rename it, or leave it out",
        )
    return {
        name: given.numbers(name, *_ANY_NUMBER)
        if given.are_numbers(name)
        else given.texts(name).astype("str")
        for name in own
    }


def _spelled_here(given: UserTable) -> UserTable:
    """American column names as ours."""
    known = {"haemoglobin_g_dl", "haematocrit_percent"}
    for name in given.frame.columns:
        ours = re.sub(r"^hem(?=ato|oglo)", "haem", name.lower().strip())
        ours = _SHORT.get(ours, ours)
        if not re.match(r"haem(atocrit|oglobin)", ours):
            continue
        if ours not in known:
            raise InputError(
                given.place,
                f"column {quoted(name)} is in a unit that is not read",
                "give haemoglobin_g_dl in g/dL and haematocrit_percent in percent",
            )
        if name != ours and ours in given:
            raise InputError(given.place, f"columns '{ours}' and {quoted(name)} are the same", "delete one")
        given = given.renamed({name: ours})
    return given


def _each(given: UserTable, column: str, canonical) -> pd.Series | None:
    """`canonical(text, where)` of each cell; NA where it is empty, None where the column is not there."""
    if column not in given:
        return None
    cells = given.texts(column)
    lines = cells.index.to_series().groupby(cells, sort=False).first()
    known = {text: canonical(text, given.at(line)) for text, line in lines.items()}
    return cells.map(known)


def _time_point(text: str, where: str) -> str:
    """Either rest or post-exercise where the text means that, else the text itself."""
    plain = _plain(text)
    if _EITHER.fullmatch(plain):
        raise InputError(
            where,
            f"time point {quoted(text)} may be before exercise or after it",
            "write rest or post-exercise",
        )
    for name, pattern in _TIME_POINTS.items():
        if pattern.fullmatch(plain):
            return name
    return POST_EXERCISE if _LIKE_AFTER.search(plain) and not _OVER_WEEKS.search(plain) else text


def _plain(text: str) -> str:
    return re.sub(r"[ _]+|(?<=[a-z]{2})-", " ", text.lower()).strip()


def _matrix(text: str, where: str) -> str:
    """One of the known words for what a sample is."""
    plain = re.sub(r"[\W_]+", "", text.lower())
    for name, pattern in _MATRICES.items():
        if pattern.fullmatch(plain):
            return name
    raise InputError(where, f"unknown matrix {quoted(text)}", f"use one of {', '.join(_MATRICES)}")


def _times(given: UserTable) -> pd.Series | None:
    """Times of day as HH:MM."""

    def canonical(text, where):
        """HH:MM of one cell."""
        match = _TIME.fullmatch(text)
        if not match:
            raise InputError(
                where, f"time {quoted(text)} is not a time of day", "write times as HH:MM, to 23:59"
            )
        return f"{int(match.group(1)):02d}:{match.group(2)}"

    if "time" not in given and "date" in given:
        # The rest of an ISO date and time; a zone does not matter within one day.
        time = given.frame["date"].str.extract(r"^.{10}[T ]+(\d?\d:\d\d(?::\d\d)?)", expand=False)
        given = given.with_frame(given.frame.assign(time=time))
    return _each(given, "time", canonical)


def _numbers(given: UserTable, column: str, limits: tuple[float, float]) -> pd.Series:
    if column not in given:
        return pd.Series(np.nan, index=given.frame.index)
    return given.numbers(column, *limits)


def _thaws(given: UserTable) -> pd.Series:
    values = _numbers(given, "freeze_thaw_cycles", _THAWS)
    broken = values.notna() & (values % 1 != 0)
    if broken.any():
        line = broken.idxmax()
        raise InputError(
            given.at(line),
            f"freeze_thaw_cycles '{values[line]:g}' is not a whole number",
            "count how often the sample was thawed",
        )
    return values.astype("Int64")


def _haemoglobin(given: UserTable) -> pd.Series:
    values = _numbers(given, "haemoglobin_g_dl", (-np.inf, np.inf))
    per_litre = values.between(*_HAEMOGLOBIN_G_L)
    if per_litre.any():
        line = per_litre.idxmax()
        raise InputError(
            given.at(line),
            f"haemoglobin '{values[line]:g}' looks like g/L",
            "divide the column by 10, to g/dL",
        )
    return _numbers(given, "haemoglobin_g_dl", _HAEMOGLOBIN_G_DL)


def _haematocrit(given: UserTable) -> pd.Series:
    values = _numbers(given, "haematocrit_percent", (-np.inf, np.inf))
    fraction = (values > 0) & (values < 1)
    if fraction.any():
        line = fraction.idxmax()
        raise InputError(given.at(line), f"haematocrit '{values[line]:g}' is a fraction", "give percent")
    return _numbers(given, "haematocrit_percent", _HAEMATOCRIT_PERCENT)


def _numbers_in_order(table: pd.DataFrame) -> pd.Series:
    """Each participant's moments of sampling, numbered from 1."""
    of_moment = ["participant", "date", "time", "time_point"]
    table = table.assign(
        moment=table.groupby(of_moment, dropna=False, sort=False).ngroup(), after=~at_rest(table)
    )
    moments = table.drop_duplicates("moment").sort_values(["participant", "date", "time", "after", "line"])
    number = (moments.groupby("participant").cumcount() + 1).astype("str")
    return table["moment"].map(pd.Series(number.array, moments["moment"].array))


def _refuse_twice(table: pd.DataFrame, given: UserTable) -> None:
    """InputError where two lines are of one sample."""
    named = table[table["sample_id"].notna()]
    for rows, key, problem, remedy in (
        (named, ["sample_id"], "this sample ID is already", "give each sample one line and its own ID"),
        (
            table,
            ["participant", "visit"],
            "a sample of this participant and visit is already",
            "tell them apart in a 'visit' column, or by date, time or time_point without one",
        ),
    ):
        again = rows.duplicated(key)
        if again.any():
            line = again.idxmax()
            first = (rows[key] == rows.loc[line, key]).all(axis=1).idxmax()
            raise InputError(given.at(line), f"{problem} on line {first}", remedy)
