"""What are the cells of an SPSS or Stata file, as people see them there?"""

import datetime
import functools
import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from il6r.errors import InputError
from il6r.user_tables.kinds import SPSS
from il6r.user_tables.text_encoding import NOTES, is_not_cp1252
from il6r.user_tables.text_tables import MISSING

# When SPSS's seconds, and Stata's days and milliseconds, begin.
_SPSS_EPOCH, _STATA_EPOCH = datetime.datetime(1582, 10, 14), datetime.datetime(1960, 1, 1)
_DATES = re.compile(r"(?:[AESJ]?DATE|DATETIME|YMDHMS|MOYR|QYR|WKYR)[\d.]*")
_TIMES = re.compile(r"M?TIME[\d.]*")
# Stata's weeks, months, quarters and halves of a year, which are counted from 1960.
_PERIODS = {"w": 52, "m": 12, "q": 4, "h": 2}
# Formats that show leading zeros: SPSS's N8, Stata's %08.0f.
_PADDED = re.compile(r"N(\d+)(?:\.0)?|%0(\d+)\.0[fg]c?")
_A_DAY_S = 86_400


def read_statistics_table(path, kind: str) -> pd.DataFrame:
    """The cases of an SPSS (.sav, .zsav) or Stata (.dta) file as cells of text.

    A value with a label reads as the label, a user-missing one as missing, a date as ISO 8601, a whole
    number without a decimal point, with the leading zeros that its format shows.

    Returns
    -------
    Strings (missing values as NA) by line as in a text table: the first case is on line 2.

    Raises
    ------
    InputError : it is damaged, or its texts are in no known encoding.
    """
    data, about = _read(path, kind)
    columns = {}
    for name in data:
        style, stored = about.original_variable_types[name] or "", about.readstat_variable_types[name]
        codes, values = pd.factorize(data[name])
        to_text = _moment_of(style) or _number_of(style, single=stored == "float")
        labels = about.variable_value_labels.get(name, {})
        texts = [
            labels.get(value) or (value if isinstance(value, str) else to_text(value)) for value in values
        ]
        texts = pd.Series([*texts, None], dtype="str").str.strip()
        # Codes of missing values are -1, which is the last text.
        columns[name] = texts.mask(texts.isin(MISSING)).to_numpy()[codes]
    frame = pd.DataFrame(columns, index=pd.RangeIndex(2, len(data) + 2), dtype="str")
    return frame.dropna(how="all")


def _read(path, kind: str):
    """The values and the description of a file.

    SPSS files say their encoding, new Stata files are in UTF-8; older ones are in one that they do not say.
    """
    import pyreadstat

    reader = functools.partial(
        pyreadstat.read_sav if kind == SPSS else pyreadstat.read_dta, disable_datetime_conversion=True
    )
    try:
        try:
            return reader(str(path), encoding=None if kind == SPSS else "utf-8")
        except (pyreadstat.ReadstatError, UnicodeDecodeError) as error:
            if not isinstance(error, UnicodeDecodeError) and "byte sequence" not in str(error):
                raise
            data, about = reader(str(path), encoding="cp1252")
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeError, OSError) as error:
        raise InputError(
            path,
            f"it cannot be read as {'an SPSS' if kind == SPSS else 'a Stata'} file",
            "save it again, or export it as UTF-8 csv",
        ) from error
    labels = (str(label) for given in about.variable_value_labels.values() for label in given.values())
    texts = (text for name in data.select_dtypes(["object", "str"]) for text in data[name].dropna().unique())
    if any(map(is_not_cp1252, map(str, (*labels, *texts)))):
        raise InputError(path, "the encoding of its texts cannot be told", "export it as UTF-8 csv")
    NOTES.info("%s: its texts are not UTF-8 and were read as cp1252", path)
    return data, about


def _moment_of(style: str) -> Callable[[float], str] | None:
    """What writes the values of a format of dates or times; None if the format is of none."""
    stata = re.match(r"%-?(?:t([a-zA-Z])|d)", style)
    if _DATES.fullmatch(style):
        return lambda value: _iso(_SPSS_EPOCH, value)
    if _TIMES.fullmatch(style):
        return _time
    if not stata or stata.group(1) == "y":
        return None
    unit = stata.group(1) or "d"
    if unit in _PERIODS:
        parts = _PERIODS[unit]
        return lambda value: f"{1960 + int(value) // parts}{unit}{int(value) % parts + 1}"
    seconds = _A_DAY_S if unit == "d" else 0.001
    return lambda value: _iso(_STATA_EPOCH, value * seconds)


def _iso(epoch: datetime.datetime, seconds: float) -> str:
    """A date, with the time of day where there is one."""
    try:
        moment = epoch + datetime.timedelta(seconds=round(float(seconds)))
    except OverflowError:
        return _number_of("", single=False)(seconds)
    midnight = moment.time() == datetime.time()
    return (moment.date() if midnight else moment).isoformat()


def _time(seconds: float) -> str:
    if not 0 <= seconds < _A_DAY_S:
        return _number_of("", single=False)(seconds)
    return (datetime.datetime.min + datetime.timedelta(seconds=round(float(seconds)))).time().isoformat()


def _number_of(style: str, *, single: bool) -> Callable[[float], str]:
    """What writes numbers, of single precision with no more digits than that has."""
    padded = _PADDED.fullmatch(style)
    width = int(padded.group(1) or padded.group(2)) if padded else 0

    def write(value) -> str:
        """The shortest text that is this number."""
        if float(value).is_integer():
            return str(int(value)).zfill(width)
        return str(np.float32(value)) if single else repr(float(value))

    return write
