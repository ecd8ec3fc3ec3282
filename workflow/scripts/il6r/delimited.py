"""Users' delimited text files: read as text, then turned into values that name their line when wrong."""

import contextlib
import csv
import gzip
import re
import zlib

import numpy as np
import pandas as pd

from il6r.errors import InputError, quoted, shown

# What people write for "no value"; anything else in a number column is an error.
MISSING = ("", "NA", "N/A", "NaN", "nan", "null", ".")
_ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})([T ].*)?$")


def read(path, required: tuple[str, ...] = (), rename: dict[str, str] | None = None) -> pd.DataFrame:
    """Read a comma-, tab- or semicolon-separated file with a header line, every cell as text.

    Parameters
    ----------
    path : the file; gzip is recognised by its name.
    required : columns that must be there (after renaming).
    rename : our column name to the file's, for files that use other names.

    Returns
    -------
    pandas.DataFrame of stripped strings (missing values as NA), indexed by line number in the file.

    Raises
    ------
    InputError : not a text table, uneven lines, no rows, or a required column is absent.
    """
    names, separator = header(path)
    _refuse_uneven_lines(path, names, separator)
    with _reading(path):
        frame = pd.read_csv(
            path,
            sep=separator,
            dtype=str,
            keep_default_na=False,
            na_values=list(MISSING),
            skip_blank_lines=False,
            encoding="utf-8-sig",
        )
    frame.index += 2
    frame.columns = [str(name).strip() for name in frame.columns]
    for ours, theirs in (rename or {}).items():
        if theirs not in frame:
            raise InputError(
                path,
                f"there is no column '{theirs}' (configured as {ours})",
                f"choose from {shown(frame.columns, 12)}",
            )
    if rename:
        # All at once, since one of our names may be what the file calls another column.
        given = {theirs: ours for ours, theirs in rename.items()}
        replaced = [ours for ours in rename if ours in frame and ours not in given]
        frame = frame.drop(columns=replaced).rename(columns=given)
    absent = [name for name in required if name not in frame]
    if absent:
        alike = [name for name in names if name.lower() in absent]
        raise InputError(
            path,
            f"there is no column {shown(absent)} among {', '.join(map(quoted, names[:12]))}",
            f"write {shown(alike)} in lower case"
            if alike
            else "add it, or name the column that holds it under 'columns' in the config",
        )
    frame = frame.dropna(how="all")
    if frame.empty:
        raise InputError(path, "it has a header and no rows", "give it at least one row")
    return frame.apply(lambda column: column.str.strip())


def filled(frame: pd.DataFrame, column: str, path) -> pd.Series:
    """`column`, which may have no empty cell; InputError names the first line that has one."""
    empty = frame[column].isna()
    if empty.any():
        raise InputError(
            f"{path}, line {empty.idxmax()}",
            f"'{column}' is empty",
            "fill it in or delete the line",
        )
    return frame[column]


def numbers(frame: pd.DataFrame, column: str, path, low=-np.inf, high=np.inf) -> pd.Series:
    """`column` as float64, empty cells as NaN.

    Raises
    ------
    InputError : a cell is not a number (decimal commas are named as such) or lies outside
        `low` to `high`; the sentence names the file's line.
    """
    values = pd.to_numeric(frame[column], errors="coerce").astype("float64")
    wrong = (values.isna() & frame[column].notna()) | np.isinf(values)
    if wrong.any():
        line = wrong.idxmax()
        text = frame.at[line, column]
        if re.fullmatch(r"[+-]?\d+,\d+", text):
            raise InputError(
                f"{path}, line {line}",
                f"{column} '{text}' has a decimal comma",
                "write decimals with a point throughout the file",
            )
        raise InputError(
            f"{path}, line {line}",
            f"{column} {quoted(text)} is not a number",
            "correct it, or leave the cell empty if the value is missing",
        )
    outside = (values < low) | (values > high)
    if outside.any():
        line = outside.idxmax()
        raise InputError(
            f"{path}, line {line}",
            f"{column} {quoted(frame.at[line, column])[1:-1]} is outside {low:g} to {high:g}",
            "correct it, or leave the cell empty if the value is missing",
        )
    return values


def dates(frame: pd.DataFrame, column: str, path) -> pd.Series:
    """`column` as ISO 8601 dates (text, YYYY-MM-DD; a time after the date is cut off).

    Raises
    ------
    InputError : a cell is not a calendar date in that form or not of this time; the sentence names the
        file's line.
    """
    distinct = {}
    for text in frame[column].dropna().unique():
        match = _ISO_DATE.match(text)
        day = match.group(1) if match else None
        if day is None or pd.isna(pd.to_datetime(day, format="%Y-%m-%d", errors="coerce")):
            line = (frame[column] == text).idxmax()
            raise InputError(
                f"{path}, line {line}",
                f"{column} {quoted(text)} is not a date",
                "write dates as YYYY-MM-DD",
            )
        if not "1950" <= day[:4] < "2100":
            raise InputError(
                f"{path}, line {(frame[column] == text).idxmax()}",
                f"the year of {column} '{day}' cannot be right",
                "correct it, or leave the cell empty",
            )
        distinct[text] = day
    return frame[column].map(distinct).astype("str").where(frame[column].notna(), None)


def header(path) -> tuple[list[str], str]:
    """The names in the first line, and the separator between them.

    Raises
    ------
    InputError : empty, no text, CR line ends, a name twice, or numbers in place of names.
    """
    with _reading(path), _opened(path, "rb") as stream:
        line = stream.readline(1_000_000)
    if not line:
        raise InputError(path, "it is empty", "give the file that holds the data")
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise InputError(
            path, "it is not a text table", "export it as UTF-8 csv or tsv (not Excel, not UTF-16)"
        )
    if "\r" in text.rstrip("\r\n"):
        raise InputError(
            path, "its lines end with CR alone, as on old Macintoshes", "save it with LF or CRLF line ends"
        )
    separator = max("\t,;", key=text.count)
    names = [name.strip() for name in next(csv.reader([text.strip("\r\n")], delimiter=separator), [])]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InputError(path, f"column {quoted(name)} is there twice", "rename or delete one")
        # Five digits may be the number of a UK Biobank field.
        if re.fullmatch(r"[-+]?\d+([.,]\d+)?", name) and not re.fullmatch(r"\d{5}", name):
            raise InputError(
                path, "its first line holds numbers, not names", "begin the file with one header line"
            )
    return names, separator


def _refuse_uneven_lines(path, names: list[str], separator: str) -> None:
    """pandas fills short lines up in silence; a cut file would lose values nobody misses."""
    with _reading(path), _opened(path, "rt", encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, delimiter=separator)
        for number, cells in enumerate(reader, start=1):
            if reader.line_num != number:
                raise InputError(
                    f"{path}, line {number}",
                    "a quoted cell goes on over the end of the line",
                    "close the quotes, or write the cell on one line",
                )
            if cells and len(cells) != len(names):
                comma = " (is it a decimal comma?)" if separator == "," else ""
                raise InputError(
                    f"{path}, line {number}",
                    f"it has {len(cells)} columns, the header {len(names)}{comma}",
                    "give each line the header's columns",
                )


def _opened(path, mode, **options):
    return gzip.open(path, mode, **options) if str(path).endswith(".gz") else open(path, mode, **options)


@contextlib.contextmanager
def _reading(path):
    """What damaged files raise, as a sentence."""
    try:
        yield
    except (
        OSError,
        EOFError,
        UnicodeDecodeError,
        csv.Error,
        zlib.error,
        pd.errors.ParserError,
    ) as error:
        raise InputError(
            path,
            "it cannot be read as a UTF-8 table",
            "copy or export it again as csv or tsv with one header line",
        ) from error
