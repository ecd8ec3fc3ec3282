"""What are the cells of a comma-, semicolon- or tab-separated text file?"""

import csv
import io
import re
from collections.abc import Callable

import pandas as pd

from il6r.errors import InputError
from il6r.user_tables.text_encoding import CANNOT_BE_READ, damage_told, encoding_of, header_of, opened

# What people write for "no value"; anything else in a number column is an error.
MISSING = ("", "NA", "N/A", "NaN", "nan", "null", ".")
# Lines that are looked at for the separator.
_HEAD = 500


def read_text_table(path) -> tuple[pd.DataFrame, str]:
    """A text with a header line as a table, and what separates its cells.

    Returns
    -------
    Stripped strings (missing values as NA) by line number in the file, without lines that are empty; columns
    without a name are left out.

    Raises
    ------
    InputError : not a text table, uneven lines, a name twice.
    """
    encoding = encoding_of(path)
    names, separator = _refuse_uneven_lines(path, encoding)
    try:
        with damage_told(path):
            frame = pd.read_csv(
                path,
                sep=separator,
                dtype=str,
                keep_default_na=False,
                na_values=list(MISSING),
                skip_blank_lines=False,
                encoding=encoding,
            )
    except pd.errors.ParserError as error:
        raise InputError(path, CANNOT_BE_READ, "export it again as csv or tsv") from error
    frame.index += 2
    frame.columns = names
    if "" in names:
        frame = frame.loc[:, [bool(name) for name in names]]
    return frame.dropna(how="all").apply(_stripped), separator


def read_text_cells(path, is_header: Callable[[list[str]], bool]) -> tuple[list[list[str]], str]:
    """The stripped cells of each line of a text, and what separates them.

    Of a text that begins with a header (`is_header` of its first line) no more is kept.

    Raises
    ------
    InputError : not a text table.
    """
    with damage_told(path), opened(path, "rt", encoding=_unmarked(encoding_of(path)), newline="") as stream:
        text = stream.read()
    if re.search(r"\r(?!\n)", text):
        raise InputError(
            path, "its lines end with CR alone, as on old Macintoshes", "save it with LF or CRLF line ends"
        )
    separator = _separator(text)
    rows = []
    with damage_told(path):
        for cells in _whole_lines(path, io.StringIO(text, newline=""), separator):
            rows.append(list(map(str.strip, cells)))
            if len(rows) == 1 and is_header(rows[0]):
                break
    return rows, separator


def _refuse_uneven_lines(path, encoding: str) -> tuple[list[str], str]:
    """The header; pandas fills short lines up in silence, and a cut file would lose values nobody misses."""
    with damage_told(path), opened(path, "rt", encoding=_unmarked(encoding), newline="\n") as stream:
        first = stream.readline()
        if not first:
            raise InputError(path, "it is empty", "give the file that holds the data")
        names, separator = header_of(path, first)
        for number, cells in enumerate(_whole_lines(path, stream, separator, 2), start=2):
            if cells and len(cells) != len(names):
                comma = " (is it a decimal comma?)" if separator == "," else ""
                raise InputError(
                    f"{path}, line {number}",
                    f"it has {len(cells)} columns, the header {len(names)}{comma}",
                    "give each line the header's columns",
                )
    return names, separator


def _stripped(column: pd.Series) -> pd.Series:
    texts = column.str.strip()
    # Cells that are missing as they stand have been told by pandas.
    return texts if texts.equals(column) else texts.mask(texts.isin(MISSING))


def _whole_lines(path, lines, separator: str, first: int = 1):
    """The cells of each line; InputError where they go on over its end."""
    reader = csv.reader(lines, delimiter=separator)
    for number, cells in enumerate(reader, start=1):
        if reader.line_num != number:
            raise InputError(
                f"{path}, line {number + first - 1}",
                "a quoted cell goes on over the end of the line",
                "close the quotes, or write the cell on one line",
            )
        yield cells


def _unmarked(encoding: str) -> str:
    """The encoding that leaves out a byte order mark if there is one."""
    return "utf-8-sig" if encoding == "utf-8" else encoding


def _separator(text: str) -> str:
    """What separates cells; a comma beside it may be a decimal one, and instruments write lines of prose."""
    head = [line for line in text.split("\n", _HEAD)[:_HEAD] if re.search("[\t;,]", line)]
    return next((one for one in "\t;" if 2 * sum(one in line for line in head) > len(head)), ",")
