"""What does a spreadsheet hold: the cells of a csv, tsv or Excel file, and the tables in them?"""

import contextlib
import csv
import datetime
import gzip
import io
import itertools
import re
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.cell import coordinate_from_string, get_column_letter, range_boundaries

from il6r import delimited
from il6r.errors import InputError, quoted, shape, shown

# The most rows a sheet of Excel can have.
_MOST_ROWS = 1_048_576
# Lines that are looked at for the separator.
_HEAD = 500
# How zip archives (.xlsx), and the older containers of .xls and of encrypted workbooks begin.
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_TEXT = "export it as UTF-8 csv or tsv, or as .xlsx"
_COMMA = r"^([+-]?\d*),(\d+(?:[eE][+-]?\d+)?)$"
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)(.*?)</(?:\w+:)?c>", re.DOTALL
)
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref=\"([A-Z]+\d+:[A-Z]+\d+)\"")


@dataclass(frozen=True)
class Sheet:
    """The cells of a text file, or of one sheet of a workbook.

    Attributes
    ----------
    path : the file.
    name : the sheet's in its workbook, "" for a text file.
    rows : stripped texts, "" where empty; `rows[0]` is line 1, and a row ends where its cells do.
    decimal_comma : whether "0,5" is one cell; where commas separate cells it would be two.
    faults : (row, column) from 0 of the cells without a plain value, with what is wrong and what to do.
    """

    path: str
    name: str
    rows: list[list[str]]
    decimal_comma: bool
    faults: dict[tuple[int, int], tuple[str, str]]

    @property
    def place(self) -> str:
        """The file, and the sheet in it."""
        return f"{self.path}, sheet '{self.name}'" if self.name else self.path

    @property
    def header(self) -> list[str]:
        """The cells of the first line that is not empty."""
        return self.rows[self.first]

    @property
    def first(self) -> int:
        """The row, from 0, of the first line that is not empty."""
        return next(place for place, row in enumerate(self.rows) if any(row))

    def cell(self, row: int, column: int) -> str:
        """The text of a cell, "" outside of the sheet."""
        return self.rows[row][column] if row < len(self.rows) and column < len(self.rows[row]) else ""

    def refuse_faults(self, rows: range, columns) -> None:
        """InputError for the first cell of `rows` and `columns` (from 0) that holds no plain value."""
        for row, column in sorted(place for place in self.faults if place[0] in rows and place[1] in columns):
            problem, remedy = self.faults[row, column]
            raise InputError(f"{self.place}, cell {get_column_letter(column + 1)}{row + 1}", problem, remedy)


def read(path, is_header: Callable[[list[str]], bool] = lambda cells: False) -> list[Sheet]:
    """Read a comma-, semicolon- or tab-separated text (gzip by name) or an Excel workbook as cells of text.

    Numbers that Excel stores read as people see them: 1001.0 as "1001", and with the leading zeros that a
    format such as 0000 shows. What begins like a formula ("=", "+", "-", "@") in a text stays text.

    Parameters
    ----------
    is_header : whether a line is the header of a table. No more is kept of a text that begins with one, since
        `table` reads the file itself.

    Returns
    -------
    list of Sheet : those that are not empty, in their order.

    Raises
    ------
    InputError : the file is empty, damaged, protected by a password, no UTF-8 text, or not of these kinds.
    """
    path = str(path)
    with _reading(path), open(path, "rb") as stream:
        start = stream.read(4)
    if start == _ZIP:
        sheets = _workbook(path)
    elif start == _OLE:
        with _reading(path), open(path, "rb") as stream:
            encrypted = "EncryptedPackage".encode("utf-16-le") in stream.read()
        if encrypted:
            raise InputError(path, "it is protected by a password", "save it without a password")
        raise InputError(path, "it is an Excel file of the old kind (.xls)", "save it as .xlsx, csv or tsv")
    elif path.lower().endswith((".xlsx", ".xlsm")):
        raise InputError(path, "it is not an Excel workbook", "export it again as .xlsx, or name it .csv")
    else:
        sheets = [_text(path, is_header)]
    sheets = [sheet for sheet in sheets if any(map(any, sheet.rows))]
    if not sheets:
        raise InputError(path, "it is empty", "give the file that holds the data")
    return sheets


def table(
    sheet: Sheet,
    required: tuple[str, ...] = (),
    rename: dict[str, str] | None = None,
    used: tuple[str, ...] | None = None,
) -> pd.DataFrame:
    """A sheet with one header line as a table, as `delimited.read` gives it for a text file.

    Parameters
    ----------
    required : columns that must be there (after renaming).
    rename : our column name to the file's.
    used : columns (after renaming) whose cells must hold plain values: no dates, errors, merged cells or
        formulas without a value. None for all columns. Dates in other columns read as ISO 8601.

    Returns
    -------
    pandas.DataFrame of stripped strings (missing values as NA), indexed by line number in the file.

    Raises
    ------
    InputError : what `delimited.read` raises, and cells that hold no plain value.
    """
    if not sheet.name:
        return delimited.read(sheet.path, required, rename)
    rename, first = rename or {}, sheet.first
    sheet.refuse_faults(range(first, first + 1), range(len(sheet.header)))
    names = {name: place for place, name in enumerate(sheet.header) if name}
    if len(names) < sum(map(bool, sheet.header)):
        twice = next(name for place, name in enumerate(sheet.header) if name and names[name] != place)
        raise InputError(sheet.place, f"column {quoted(twice)} is there twice", "rename or delete one")
    for ours, theirs in rename.items():
        if theirs not in names:
            raise InputError(
                sheet.place,
                f"there is no column '{theirs}' (configured as {ours})",
                f"choose from {shown(names, 12)}",
            )
    given = {theirs: ours for ours, theirs in rename.items()}
    columns = {
        given.get(name, name): place for name, place in names.items() if name in given or name not in rename
    }
    absent = [name for name in required if name not in columns]
    if absent:
        raise InputError(
            sheet.place,
            f"there is no column {shown(absent)} among {', '.join(map(quoted, list(names)[:12]))}",
            "add it, or name the column that holds it under 'columns' in the config",
        )
    lines = [place for place in range(first + 1, len(sheet.rows)) if any(sheet.rows[place])]
    if not lines:
        raise InputError(sheet.place, "it has a header and no rows", "give it at least one row")
    checked = {place for name, place in columns.items() if used is None or name in used}
    sheet.refuse_faults(range(first, len(sheet.rows)), checked)
    cells = {name: [sheet.cell(line, place) for line in lines] for name, place in columns.items()}
    frame = pd.DataFrame(cells, index=[line + 1 for line in lines], dtype="str")
    return frame.mask(frame.isin(delimited.MISSING))


def numbers(
    texts: pd.Series,
    what: str,
    where: Callable[[object], str],
    sheet: pd.Series,
    decimal_comma: pd.Series,
) -> pd.Series:
    """Texts as float64, missing ones as NaN; decimals with a comma too where it is clear that they are.

    Parameters
    ----------
    what : what the numbers are, for sentences.
    where : the place of a value by its label in the index.
    sheet : the `Sheet.place` of each text; commas and points must be used alike in each.
    decimal_comma : whether a comma may be a decimal one there (`Sheet.decimal_comma`).

    Raises
    ------
    InputError : a text is no finite number, has a thousands separator or may have one, or points and
        commas are mixed.
    """
    commas = texts.str.contains(",", regex=False).fillna(False).astype(bool)
    if commas.any():
        some = texts[sheet.isin(sheet[commas].unique())]
        for _, cells in some.groupby(sheet[some.index], sort=False):
            _refuse_unclear(cells, what, where, decimal_comma[cells.index[0]])
        texts = texts.str.replace(_COMMA, r"\1.\2", regex=True)
    values = pd.to_numeric(texts, errors="coerce").astype("float64")
    wrong = (values.isna() & texts.notna()) | np.isinf(values)
    if wrong.any():
        label = wrong.idxmax()
        if re.fullmatch(r"[+-]?\d{1,3}([ .,'’]\d{3})+([.,]\d+)?", texts[label]):
            raise _thousands(what, texts[label], where(label))
        raise InputError(
            where(label),
            f"{what} '{shape(texts[label])}' is not a number",
            "correct it, or leave the cell empty if the value is missing",
        )
    return values


@contextlib.contextmanager
def _reading(path: str):
    """What damaged files raise, as a sentence."""
    try:
        yield
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise InputError(path, "it cannot be read as a UTF-8 table", _TEXT) from error


def _text(path: str, is_header: Callable) -> Sheet:
    with _reading(path):
        with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as stream:
            text = stream.read().decode("utf-8-sig")
        if "\0" in text:
            raise InputError(path, "it is not a text table", _TEXT)
        if re.search(r"\r(?!\n)", text):
            raise InputError(
                path,
                "its lines end with CR alone, as on old Macintoshes",
                "save it with LF or CRLF line ends",
            )
        separator = _separator(text)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        rows = []
        for number, cells in enumerate(reader, start=1):
            if reader.line_num != number:
                raise InputError(
                    f"{path}, line {number}",
                    "a quoted cell goes on over the end of the line",
                    "close the quotes, or write the cell on one line",
                )
            rows.append(list(map(str.strip, cells)))
            if number == 1 and is_header(rows[0]):
                break
    return Sheet(path, "", rows, separator != ",", {})


def _separator(text: str) -> str:
    """What separates cells; a comma beside it may be a decimal one, and instruments write lines of prose."""
    head = [line for line in text.split("\n", _HEAD)[:_HEAD] if re.search("[\t;,]", line)]
    return next((one for one in "\t;" if 2 * sum(one in line for line in head) > len(head)), ",")


def _workbook(path: str) -> list[Sheet]:
    sheets = []
    # openpyxl raises whatever its parsers stumble over, and warns of styles and extensions nobody needs here.
    try:
        with warnings.catch_warnings(), open(path, "rb") as stream:
            warnings.simplefilter("ignore")
            reader = ExcelReader(stream, read_only=True, data_only=True, keep_links=False)
            reader.read()
            parts = {part.name: link.target for part, link in reader.parser.find_sheets()}
            for worksheet in reader.wb.worksheets:
                rows, faults = _cells(worksheet)
                xml = reader.archive.read(parts[worksheet.title])
                faults = _merged(xml, rows) | _uncomputed(xml) | faults
                sheets.append(Sheet(path, worksheet.title, rows, True, faults))
    except Exception as error:
        raise InputError(path, "it cannot be read as an Excel workbook", _TEXT) from error
    return sheets


def _cells(worksheet) -> tuple[list[list[str]], dict]:
    """The texts of a sheet, and what is wrong with cells that have no plain one."""
    # The dimensions that a file states may be wrong, and those of formatted but empty cells are vast.
    worksheet.reset_dimensions()
    rows, faults = [], {}
    for place, cells in enumerate(itertools.islice(worksheet.iter_rows(), _MOST_ROWS)):
        texts = []
        for column, cell in enumerate(cells):
            value = cell.value
            if isinstance(value, str):
                texts.append(value.strip())
                if cell.data_type == "e":
                    faults[place, column] = (
                        f"it holds the error {value}",
                        "correct the formula, or enter the value itself",
                    )
            elif isinstance(value, datetime.date | datetime.time | datetime.timedelta):
                texts.append(value.isoformat() if hasattr(value, "isoformat") else str(value))
                faults[place, column] = (
                    "it is a date or time, which Excel makes of texts that look like one",
                    "format the column as text and enter what it was again",
                )
            else:
                texts.append("" if value is None else _number(value, cell.number_format))
        rows.append(texts)
    return rows, faults


def _number(value, style: str) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    return text.zfill(len(style)) if isinstance(value, int) and re.fullmatch("0{2,}", style) else text


def _merged(xml: bytes, rows: list) -> dict:
    faults: dict[tuple[int, int], tuple[str, str]] = {}
    widest = max(map(len, rows), default=0)
    for match in _MERGED.finditer(xml):
        area = match.group(1).decode()
        left, top, right, bottom = range_boundaries(area)
        fault = (f"it is one of the merged cells {area}", "unmerge them and fill in each")
        for row in range(top - 1, min(bottom, len(rows))):
            faults |= dict.fromkeys(((row, column) for column in range(left - 1, min(right, widest))), fault)
    return faults


def _uncomputed(xml: bytes) -> dict:
    """Cells with a formula whose value the program that wrote the file has not computed."""
    faults = {}
    for match in _FORMULA.finditer(xml):
        place, text = re.search(rb"\br=\"([A-Z]+\d+)\"", match.group(1)), b't="str"' in match.group(1)
        if place and not text and not re.search(rb"<(?:\w+:)?v>[^<]", match.group(2)):
            letters, row = coordinate_from_string(place.group(1).decode())
            faults[row - 1, range_boundaries(f"{letters}1")[0] - 1] = (
                "it holds a formula without its value",
                "open the file in Excel or LibreOffice and save it, or enter the value itself",
            )
    return faults


def _refuse_unclear(cells: pd.Series, what: str, where: Callable, decimal_comma: bool) -> None:
    """InputError where commas in the cells of a sheet are not, or may not be, decimal ones."""
    commas = cells[cells.str.fullmatch(_COMMA).fillna(False).astype(bool)]
    if commas.empty:
        return
    if not decimal_comma:
        raise InputError(
            where(commas.index[0]),
            f"{what} '{commas.iloc[0]}' has a decimal comma",
            "write decimals with a point throughout the file",
        )
    if commas.str.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}").astype(bool).all():
        raise _thousands(what, commas.iloc[0], where(commas.index[0]))
    points = cells.str.contains(".", regex=False).fillna(False).astype(bool)
    if points.any():
        raise InputError(
            where(points.idxmax()),
            f"{what} '{shape(cells[points.idxmax()])}' has a decimal point, others a comma",
            "write decimals with a point throughout the file",
        )


def _thousands(what: str, text: str, where: str) -> InputError:
    return InputError(
        where,
        f"{what} '{text}' has or may have a thousands separator",
        "write decimals with a point, and nothing between thousands",
    )
