"""Users' delimited text files: read as text, then turned into values that name their line when wrong."""

import gzip
import re
from pathlib import Path

import numpy as np
import pandas as pd

from il6r.errors import InputError, shown

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
    header = _header(path)
    separator = max("\t,;", key=header.count)
    names = [name.strip(' "') for name in header.rstrip("\r\n").split(separator)]
    if len(set(names)) < len(names):
        again = next(name for place, name in enumerate(names) if name in names[:place])
        raise InputError(path, f"column '{again}' is there twice", "rename or delete one")
    try:
        frame = pd.read_csv(
            path,
            sep=separator,
            dtype=str,
            keep_default_na=False,
            na_values=list(MISSING),
            skip_blank_lines=False,
            encoding="utf-8-sig",
        )
    except (pd.errors.ParserError, UnicodeDecodeError, EOFError, OSError, ValueError) as error:
        reason = re.sub(r"\s+", " ", str(error)).removeprefix("Error tokenizing data. ").rstrip(". ")
        raise InputError(
            path,
            f"it cannot be read as a table ({reason})",
            "write it as UTF-8 text with one header line and the same number of columns in each line",
        ) from error
    # pandas takes the surplus first columns for row labels.
    if frame.index.size and not isinstance(frame.index, pd.RangeIndex):
        raise InputError(path, "its lines have more columns than its header", "give every column a name")
    frame.index += 2
    frame.columns = [str(name).strip() for name in frame.columns]
    for ours, theirs in (rename or {}).items():
        if theirs not in frame:
            raise InputError(
                path,
                f"there is no column '{theirs}' (configured as {ours})",
                f"choose from {shown(frame.columns, 12)}",
            )
        if ours != theirs and ours in frame:
            frame = frame.drop(columns=ours)
        frame = frame.rename(columns={theirs: ours})
    absent = [name for name in required if name not in frame]
    if absent:
        raise InputError(
            path,
            f"there is no column {shown(absent)} (found {shown(frame.columns, 12)})",
            "add it, or name the column that holds it under 'columns' in the config",
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
            f"{column} '{text}' is not a number",
            "correct it, or leave the cell empty if the value is missing",
        )
    outside = (values < low) | (values > high)
    if outside.any():
        line = outside.idxmax()
        raise InputError(
            f"{path}, line {line}",
            f"{column} {frame.at[line, column]} is outside {low:g} to {high:g}",
            "correct it, or leave the cell empty if the value is missing",
        )
    return values


def dates(frame: pd.DataFrame, column: str, path) -> pd.Series:
    """`column` as ISO 8601 dates (text, YYYY-MM-DD; a time after the date is cut off).

    Raises
    ------
    InputError : a cell is not a calendar date in that form; the sentence names the file's line.
    """
    distinct = {}
    for text in frame[column].dropna().unique():
        match = _ISO_DATE.match(text)
        day = match.group(1) if match else None
        if day is None or pd.isna(pd.to_datetime(day, format="%Y-%m-%d", errors="coerce")):
            line = (frame[column] == text).idxmax()
            raise InputError(
                f"{path}, line {line}",
                f"{column} '{text}' is not a date",
                "write dates as YYYY-MM-DD",
            )
        distinct[text] = day
    return frame[column].map(distinct).astype("str").where(frame[column].notna(), None)


def _header(path) -> str:
    path = Path(path)
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            line = stream.readline(1_000_000)
    except (OSError, EOFError) as error:
        raise InputError(path, f"it cannot be opened ({error})", "check the file") from error
    if not line.strip():
        raise InputError(path, "it is empty", "give the file that holds the data")
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise InputError(
            path, "it is not a text table", "export it as UTF-8 csv or tsv (not Excel, not UTF-16)"
        )
    return text
