"""What do the columns of a large table of epochs hold, and when did each epoch begin?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from isal import igzip, isal_zlib

from il6r.errors import InputError, quoted
from il6r.user_tables.table import read_table
from il6r.user_tables.text_encoding import first_line
from il6r.user_tables.text_tables import MISSING

_SUFFIX = re.compile(r"(?:\.0+)?(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d" + _SUFFIX.pattern)
_ISO_LENGTH = len("YYYY-MM-DD HH:MM:SS")
# Beyond any date, and still a number of seconds.
_LATEST = 1e15
_UNIX = re.compile(r"\d+(\.\d*)?([eE]\+?\d+)?")


@dataclass
class Table:
    """Some of a file's columns.

    Attributes
    ----------
    columns : by our names, numbers as float64 with NaN for empty cells, texts as a pyarrow array.
    lines : each row's line in the file.
    """

    columns: dict[str, np.ndarray | pa.Array]
    lines: Sequence[int]


def read_header(path) -> tuple[list[str], str]:
    """The names in a file's first line, and what stands between them.

    Raises
    ------
    InputError : as `first_line`; there is none.
    """
    names, separator, _ = first_line(path)
    return names, separator


def read_columns(path, header: tuple[list[str], str], wanted: dict[str, str], texts=()) -> Table:
    """Read columns of a table.

    What can be read at once is read fast; what cannot is read again by lines, to say which one is why.

    Parameters
    ----------
    path : csv or tsv, gzip by name.
    header : what `read_header` says.
    wanted : our column name to the file's.
    texts : those of ours that are text, in which no cell may be empty; the others are numbers.

    Raises
    ------
    InputError : as `read_table`, and `UserTable.filled` and `.numbers`.
    """
    if set(wanted.values()) <= set(header[0]):
        found = _read_clean(path, header, wanted, texts)
        if found is not None:
            return found
    table = read_table(path, tuple(wanted.values()))
    columns = {
        ours: pa.array(table.filled(theirs), pa.string())
        if ours in texts
        else table.numbers(theirs).to_numpy()
        for ours, theirs in wanted.items()
    }
    return Table(columns, table.frame.index)


def read_flags(table: Table, name: str, value: np.ndarray, path) -> np.ndarray:
    """A column of 0 and 1 as bool; it may be empty where `value` is missing.

    Raises
    ------
    InputError : another number; no flag beside a value.
    """
    flag = table.columns[name]
    wrong = (flag != 0) & (flag != 1) & ~(np.isnan(flag) & np.isnan(value))
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            f"{path}, line {table.lines[row]}",
            f"{name} is {'empty' if np.isnan(flag[row]) else f'{flag[row]:g}'}",
            "write 0 or 1 in every line",
        )
    return flag == 1


def read_times(table: Table, path, time_zone: str | None) -> tuple[np.ndarray, bool]:
    """When epochs began, from column `time`.

    Times are ISO (`YYYY-MM-DD HH:MM:SS`, with T or a blank, with an offset from UTC or without) or seconds
    since 1970 in UTC. Times with an offset are UTC where a zone is given, else local time as it is written.

    Returns
    -------
    int64, seconds since 1970-01-01; and whether they are UTC.

    Raises
    ------
    InputError : no whole second; more than one way of writing; times in UTC or with changing offsets,
        and no zone.
    """
    texts = table.columns["time"]
    if _UNIX.fullmatch(texts[0].as_py()):
        moments = _cast(table, texts, pa.float64(), _UNIX, path)
        if (moments != np.floor(moments)).any():
            _refuse_first(table, _UNIX, path)
        _need_zone(time_zone, path, "its times are seconds since 1970 in UTC")
        return np.minimum(moments, _LATEST).astype(np.int64), True
    # Bytes are cut faster than characters, and a time has only ASCII.
    cells = pc.cast(texts, pa.binary())
    if pc.max(pc.binary_length(texts)).as_py() <= _ISO_LENGTH:
        return _cast(table, texts, pa.timestamp("s"), _ISO, path).astype(np.int64), False
    moments = _cast(table, pc.binary_slice(cells, 0, _ISO_LENGTH), pa.timestamp("s"), _ISO, path)
    moments = moments.astype(np.int64)
    suffixes = pc.binary_slice(cells, _ISO_LENGTH, 2 * _ISO_LENGTH).dictionary_encode()
    matches = [
        _SUFFIX.fullmatch(suffix.decode(errors="replace")) for suffix in suffixes.dictionary.to_pylist()
    ]
    if None in matches:
        _refuse_first(table, _ISO, path)
    offsets = [match.group(1) for match in matches]
    if set(offsets) == {None}:
        return moments, False
    which = suffixes.indices.to_numpy()
    first_other = f"{path}, line {table.lines[int((which != which[0]).argmax())]}"
    if None in offsets:
        raise InputError(
            first_other,
            "some times have an offset from UTC and others have none",
            "write all of them in one way",
        )
    if len(set(offsets)) > 1:
        _need_zone(time_zone, first_other, "the times' offset from UTC changes")
    elif offsets[0] == "Z":
        _need_zone(time_zone, path, "its times are in UTC")
    if time_zone is None:
        return moments, False
    return moments - np.array([_offset_seconds(offset) for offset in offsets])[which], True


def _read_clean(path, header, wanted, texts) -> Table | None:
    """The columns of a file in which every cell is as it should be, else None."""
    names, separator = header
    types = {theirs: pa.string() if ours in texts else pa.float64() for ours, theirs in wanted.items()}
    try:
        content = Path(path).read_bytes()
        if str(path).endswith(".gz"):
            content = igzip.decompress(content)
        read = pa.csv.read_csv(
            pa.BufferReader(content),
            # One block, so that every column is one piece.
            pa.csv.ReadOptions(
                use_threads=False, block_size=len(content) + 1, skip_rows=1, column_names=names
            ),
            pa.csv.ParseOptions(delimiter=separator, ignore_empty_lines=False),
            pa.csv.ConvertOptions(
                column_types=types,
                include_columns=list(types),
                null_values=list(MISSING),
                strings_can_be_null=True,
            ),
        )
    except (pa.ArrowInvalid, OSError, EOFError, isal_zlib.error):
        return None
    pieces = {ours: read[theirs].combine_chunks() for ours, theirs in wanted.items()}
    if not len(read) or any(piece.null_count for ours, piece in pieces.items() if ours in texts):
        return None
    columns = {
        ours: piece if ours in texts else piece.to_numpy(zero_copy_only=False)
        for ours, piece in pieces.items()
    }
    return Table(columns, range(2, len(read) + 2))


def _need_zone(time_zone, where, problem) -> None:
    if time_zone is None:
        raise InputError(
            where,
            f"{problem}, and without a time zone no day begins at midnight",
            "set activity.time_zone, for instance Europe/London",
        )


def _offset_seconds(offset: str) -> int:
    if offset == "Z":
        return 0
    return (1 if offset[0] == "+" else -1) * (int(offset[1:3]) * 3600 + int(offset[-2:]) * 60)


def _cast(table: Table, cells: pa.Array, kind: pa.DataType, pattern: re.Pattern, path) -> np.ndarray:
    try:
        return pc.cast(pc.cast(cells, pa.string()), kind).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        _refuse_first(table, pattern, path)
        raise


def _refuse_first(table: Table, pattern: re.Pattern, path) -> None:
    """Name the first time that has not the form of `pattern`, or is no whole second, or on no day."""
    for line, text in zip(table.lines, table.columns["time"].to_pylist(), strict=True):
        if pattern.fullmatch(text):
            if pattern is _UNIX and float(text).is_integer():
                continue
            if pattern is _ISO and not pd.isna(pd.to_datetime(text[:_ISO_LENGTH], errors="coerce")):
                continue
        raise InputError(
            f"{path}, line {line}",
            f"the time {quoted(text)} is not a whole second of a day",
            "write all times as YYYY-MM-DD HH:MM:SS, with their offset from UTC if known, or as seconds "
            "since 1970",
        )
