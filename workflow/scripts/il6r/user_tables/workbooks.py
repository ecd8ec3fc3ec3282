"""What are the cells of an Excel workbook's sheets, and which of them hold no plain value?"""

import datetime
import itertools
import re
import warnings

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.cell import coordinate_from_string, range_boundaries

from il6r.errors import InputError, quoted, shown
from il6r.user_tables.sheets import Fault, Sheet

# The most rows a sheet of Excel can have.
_MOST_ROWS = 1_048_576
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)(.*?)</(?:\w+:)?c>", re.DOTALL
)
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref=\"([A-Z]+\d+:[A-Z]+\d+)\"")
# Parts of a format that shows a number with leading zeros: digits, and what is written between them.
_PADDED = re.compile(r'0|"[^"]*"|\\.|[-_/. ]')


def read_workbook(path: str, sheet: str | None = None) -> list[Sheet]:
    """The sheets of a workbook that are not empty, or the one of a name.

    Numbers read as people see them: 1001.0 as "1001", and with the leading zeros that a format such as 0000
    shows. Dates are ISO 8601.

    Raises
    ------
    InputError : it is damaged or empty, or has no sheet of that name.
    """
    sheets = []
    # openpyxl raises whatever its parsers stumble over, and warns of styles and extensions nobody needs here.
    try:
        with warnings.catch_warnings(), open(path, "rb") as stream:
            warnings.simplefilter("ignore")
            reader = ExcelReader(stream, read_only=True, data_only=True, keep_links=False)
            reader.read()
            parts = {part.name: link.target for part, link in reader.parser.find_sheets()}
            names = [worksheet.title for worksheet in reader.wb.worksheets]
            for worksheet in reader.wb.worksheets:
                if sheet in (None, worksheet.title):
                    rows, faults = _cells(worksheet)
                    xml = reader.archive.read(parts[worksheet.title])
                    faults = _merged(xml, rows) | _uncomputed(xml) | faults
                    sheets.append(Sheet(path, worksheet.title, rows, True, faults))
    except Exception as error:
        raise InputError(
            path, "it cannot be read as an Excel workbook", "export it as UTF-8 csv or tsv, or as .xlsx"
        ) from error
    if sheet is not None and sheet not in names:
        raise InputError(path, f"it has no sheet {quoted(sheet)}", f"choose from {shown(names, 12)}")
    filled = [one for one in sheets if any(map(any, one.rows))]
    if not filled:
        where = path if sheet is None else sheets[0].place
        raise InputError(where, "it is empty", "give the file that holds the data")
    return filled


def _cells(worksheet) -> tuple[list[list[str]], dict[tuple[int, int], Fault]]:
    """The texts of a sheet, and what is wrong with cells that have no plain one."""
    # The dimensions that a file states may be wrong, and those of formatted but empty cells are vast.
    worksheet.reset_dimensions()
    rows: list[list[str]] = []
    faults: dict[tuple[int, int], Fault] = {}
    for place, cells in enumerate(itertools.islice(worksheet.iter_rows(), _MOST_ROWS)):
        texts = []
        for column, cell in enumerate(cells):
            value = cell.value
            if isinstance(value, str):
                texts.append(value.strip())
                if cell.data_type == "e":
                    faults[place, column] = Fault(
                        f"it holds the error {value}", "correct the formula, or enter the value itself"
                    )
            elif isinstance(value, datetime.date | datetime.time | datetime.timedelta):
                texts.append(_moment(value))
                faults[place, column] = Fault(
                    "it is a date or time, which Excel makes of texts that look like one",
                    "format the column as text and enter what it was again",
                    is_date=True,
                )
            else:
                texts.append("" if value is None else _number(value, cell.number_format))
        rows.append(texts)
    return rows, faults


def _moment(value) -> str:
    """A date, of which Excel knows only with a time of day, or another moment."""
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _number(value, style: str) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _padded(value, style) if isinstance(value, int) and value >= 0 else str(value)


def _padded(value: int, style: str) -> str:
    """A whole number with the zeros and signs of a format such as 0000, "P"000 or 000-000."""
    parts = _PADDED.findall(style) if style.count("0") > 1 else []
    zeros = parts.count("0")
    if zeros < 2 or "".join(parts) != style or "." in parts:
        return str(value)
    digits = str(value).zfill(zeros)
    # What the zeros have no room for stands before them.
    room = len(digits) - zeros + 1
    written = iter([digits[:room], *digits[room:]])
    texts = (next(written) if part == "0" else part.strip('"').removeprefix("\\") for part in parts)
    return "".join(texts).strip()


def _merged(xml: bytes, rows: list) -> dict[tuple[int, int], Fault]:
    faults: dict[tuple[int, int], Fault] = {}
    widest = max(map(len, rows), default=0)
    for match in _MERGED.finditer(xml):
        area = match.group(1).decode()
        left, top, right, bottom = range_boundaries(area)
        fault = Fault(f"it is one of the merged cells {area}", "unmerge them and fill in each")
        for row in range(top - 1, min(bottom, len(rows))):
            faults |= dict.fromkeys(((row, column) for column in range(left - 1, min(right, widest))), fault)
    return faults


def _uncomputed(xml: bytes) -> dict[tuple[int, int], Fault]:
    """Cells with a formula whose value the program that wrote the file has not computed."""
    faults: dict[tuple[int, int], Fault] = {}
    for match in _FORMULA.finditer(xml):
        place, text = re.search(rb"\br=\"([A-Z]+\d+)\"", match.group(1)), b't="str"' in match.group(1)
        if place and not text and not re.search(rb"<(?:\w+:)?v>[^<]", match.group(2)):
            letters, row = coordinate_from_string(place.group(1).decode())
            faults[row - 1, range_boundaries(f"{letters}1")[0] - 1] = Fault(
                "it holds a formula without its value",
                "open the file in Excel or LibreOffice and save it, or enter the value itself",
            )
    return faults
