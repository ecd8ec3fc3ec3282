"""What does a table that a user gives hold, whatever kind of file it is in?"""

import dataclasses
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from il6r.errors import InputError, quoted, shown
from il6r.user_tables import kinds
from il6r.user_tables.cell_numbers import are_numbers, has_decimal_commas, thousands, to_numbers
from il6r.user_tables.names import SHOWN, refuse_absent_columns
from il6r.user_tables.sheets import Fault, Sheet
from il6r.user_tables.text_encoding import first_line
from il6r.user_tables.text_tables import MISSING, read_text_cells, read_text_table

_ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})([T ].*)?$")
# Cells that are looked at first, to see whether all of them have to be.
_HEAD = 1000
_NO_SHEET = "it is no Excel workbook, and 'sheet' names a sheet of one"


@dataclass(frozen=True)
class UserTable:
    """The cells of a table with a header line as text.

    Attributes
    ----------
    frame : stripped strings (missing values as NA), indexed by line number in the file. In an SPSS or Stata
        file the first case is on line 2, as it is where such a file is exported.
    place : what sentences call the table: its file, and its sheet if it is in a workbook.
    decimal_comma : whether a comma may be a decimal one, since it does not separate columns.
    sheet : of a workbook.
    faults : by column, the cells (row and column from 0) of the sheet that hold no plain value.
    """

    frame: pd.DataFrame
    place: str
    decimal_comma: bool
    sheet: Sheet | None = None
    faults: dict[str, dict[tuple[int, int], Fault]] = dataclasses.field(default_factory=dict)

    def __contains__(self, column: str) -> bool:
        """Whether there is a column of this name."""
        return column in self.frame

    def at(self, line) -> str:
        """A line, as sentences call it."""
        return f"{self.place}, line {line}"

    def with_frame(self, frame: pd.DataFrame) -> "UserTable":
        """The same table with other cells, whose columns and lines keep their names."""
        return dataclasses.replace(self, frame=frame)

    def renamed(self, names: dict[str, str]) -> "UserTable":
        """The same table with other names of columns (by the names they have)."""
        faults = {names.get(name, name): found for name, found in self.faults.items()}
        return dataclasses.replace(self, frame=self.frame.rename(columns=names), faults=faults)

    def texts(self, column: str) -> pd.Series:
        """A column's cells.

        Raises
        ------
        InputError : a cell of a workbook holds an error, is merged, or is a date among what is none.
        """
        cells = self.frame[column]
        dates = sum(fault.is_date for fault in self.faults.get(column, {}).values())
        self._refuse_faults(column, dates=dates < cells.notna().sum())
        return cells

    def filled(self, column: str) -> pd.Series:
        """A column that may have no empty cell; InputError names the first line that has one."""
        cells = self.texts(column)
        empty = cells.isna()
        if empty.any():
            raise InputError(self.at(empty.idxmax()), f"'{column}' is empty", "fill it in or delete the line")
        return cells

    def numbers(self, column: str, low=-np.inf, high=np.inf) -> pd.Series:
        """A column as float64, empty cells as NaN; decimals with a comma where these do not separate columns.

        Raises
        ------
        InputError : a cell is not a number, may have a thousands separator, or lies outside `low` to `high`;
            the sentence names the file's line.
        """
        self._refuse_faults(column, dates=True)
        texts = self.frame[column]
        self._refuse_points_between_thousands(column)
        values = to_numbers(
            texts,
            column,
            self.at,
            pd.Series(self.place, index=texts.index),
            pd.Series(self.decimal_comma, index=texts.index),
            quoted,
        )
        outside = (values < low) | (values > high)
        if outside.any():
            line = outside.idxmax()
            raise InputError(
                self.at(line),
                f"{column} {quoted(texts[line])[1:-1]} is outside {low:g} to {high:g}",
                "correct it, or leave the cell empty if the value is missing",
            )
        return values

    def are_numbers(self, column: str) -> bool:
        """Whether every cell of a column that is not empty is a number."""
        return are_numbers(self.frame[column], decimal_comma=self.decimal_comma)

    def dates(self, column: str) -> pd.Series:
        """A column as ISO 8601 dates (text, YYYY-MM-DD; a time after the date is cut off).

        Raises
        ------
        InputError : a cell is not a calendar date in that form or not of this time; the sentence names the
            file's line.
        """
        self._refuse_faults(column, dates=False)
        cells = self.frame[column]
        distinct = {}
        for text in cells.dropna().unique():
            match = _ISO_DATE.match(text)
            day = match.group(1) if match else None
            if day is None or pd.isna(pd.to_datetime(day, format="%Y-%m-%d", errors="coerce")):
                raise InputError(
                    self.at((cells == text).idxmax()),
                    f"{column} {quoted(text)} is not a date",
                    "write dates as YYYY-MM-DD",
                )
            if not "1950" <= day[:4] < "2100":
                raise InputError(
                    self.at((cells == text).idxmax()),
                    f"the year of {column} '{day}' cannot be right",
                    "correct it, or leave the cell empty",
                )
            distinct[text] = day
        return cells.map(distinct).astype("str").where(cells.notna(), None)

    def refuse_faults(self, columns: Iterable[str]) -> None:
        """InputError for the first cell of some columns that holds no plain value, or a date."""
        for column in columns:
            self._refuse_faults(column, dates=True)

    def _refuse_faults(self, column: str, *, dates: bool) -> None:
        for (row, place), fault in self.faults.get(column, {}).items():
            if self.sheet is not None and (dates or not fault.is_date):
                self.sheet.refuse(row, place)

    def _refuse_points_between_thousands(self, column: str) -> None:
        """InputError where 1.234 may be 1234, since other columns have decimal commas."""
        pattern = r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+"
        if not self.decimal_comma:
            return
        cells = self.frame[column].dropna()
        for some in (cells.iloc[:_HEAD], cells):
            pointed = some[some.str.contains(".", regex=False)]
            if not pointed.str.fullmatch(pattern).all():
                return
        if len(pointed) and any(
            has_decimal_commas(self.frame[other]) for other in self.frame if other != column
        ):
            raise thousands(column, pointed.iloc[0], self.at(pointed.index[0]))


@dataclass(frozen=True)
class OpenTable:
    """A table of which the header is known, and whose columns may still be chosen.

    Attributes
    ----------
    names : of the columns in the file.
    place, decimal_comma : as of `UserTable`.
    load : reads the cells, by the file's names.
    """

    names: list[str]
    place: str
    decimal_comma: bool
    load: Callable[[], UserTable]

    def table(self, required: Iterable[str] = (), columns: dict[str, str] | None = None) -> UserTable:
        """The table with our names of columns.

        Parameters
        ----------
        required : columns that must be there (after renaming).
        columns : our column name to the file's; a column of the file may be several of ours. Columns that
            are not named keep their name, unless it is one of ours now.

        Raises
        ------
        InputError : what is wrong with the file; no rows; a required or configured column is absent.
        """
        columns = columns or {}
        refuse_absent_columns(columns, self.names, self.place)
        ours_of: dict[str, list[str]] = {name: [name] for name in self.names if name and name not in columns}
        for theirs in columns.values():
            ours_of[theirs] = []
        for ours, theirs in columns.items():
            ours_of[theirs].append(ours)
        sources = {ours: name for name in self.names if name in ours_of for ours in ours_of[name]}
        absent = [name for name in required if name not in sources]
        if absent:
            alike = [name for name in self.names if name.lower() in absent]
            raise InputError(
                self.place,
                f"there is no column {shown(absent)} among {', '.join(map(quoted, self.names[:SHOWN]))}",
                f"write {shown(alike)} in lower case"
                if alike
                else "add it, or name the column that holds it under 'columns' in the config",
            )
        whole = self.load()
        if whole.frame.empty:
            raise InputError(self.place, "it has a header and no rows", "give it at least one row")
        frame = whole.frame
        if columns:
            frame = frame[list(sources.values())].set_axis(list(sources), axis="columns")
        faults = {ours: whole.faults[theirs] for ours, theirs in sources.items() if theirs in whole.faults}
        return dataclasses.replace(whole, frame=frame, faults=faults)


def read_table(
    path,
    required: tuple[str, ...] = (),
    columns: dict[str, str] | None = None,
    sheet: str | None = None,
) -> UserTable:
    """Read a table with one header line: text, an Excel workbook, an SPSS or a Stata file.

    Texts are separated by commas, tabs or semicolons, in UTF-8, UTF-16, cp1252 or latin-1, gzip by name.

    Parameters
    ----------
    required, columns : as of `OpenTable.table`.
    sheet : the sheet of a workbook; without it the only one, or the only one that has the required columns.

    Raises
    ------
    InputError : the file is empty, damaged, protected by a password or not of these kinds; several sheets
        might be meant; uneven lines; what `OpenTable.table` raises.
    """
    theirs = {(columns or {}).get(name, name) for name in required}
    return open_table(path, sheet, lambda names: theirs <= set(names)).table(required, columns)


def open_table(path, sheet: str | None, fits: Callable[[list[str]], bool]) -> OpenTable:
    """Open a table, as `read_table` does.

    Parameters
    ----------
    fits : whether names of columns are those of the sheet that is meant, where a workbook has several.
    """
    kind = _kind(path)
    if sheet is not None and kind != kinds.WORKBOOK:
        raise InputError(path, _NO_SHEET, "leave out 'sheet'")
    if kind == kinds.TEXT:
        names, separator, _ = first_line(path)

        def load() -> UserTable:
            """Read the text."""
            return UserTable(read_text_table(path)[0], str(path), separator != ",")

        return OpenTable(names, str(path), separator != ",", load)
    if kind == kinds.WORKBOOK:
        sheets = _workbook(path, sheet)
        fitting = [one for one in sheets if fits(one.header)]
        if len(fitting) > 1:
            raise InputError(
                path,
                f"its sheets {shown([one.name for one in fitting])} all hold results",
                "give each as a file of its own, or name one as 'sheet' in the config",
            )
        return open_sheet((fitting or sheets)[0])
    # Here, since it takes longer to import than most texts take to be read, and so below.
    from il6r.user_tables.statistics_files import read_statistics_table

    table = UserTable(read_statistics_table(path, kind), str(path), True)
    return OpenTable(list(table.frame), table.place, True, lambda: table)


def read_sheets(path, sheet: str | None, is_header: Callable[[list[str]], bool]) -> list[Sheet]:
    """The cells of a text or of a workbook's sheets (or one of them) that are not empty, in their order.

    Parameters
    ----------
    is_header : whether a line is the header of a table. Of a text that begins with one no more is kept, since
        `open_sheet` reads the file itself.

    Raises
    ------
    InputError : the file is empty, damaged, protected by a password, or not of these kinds.
    """
    path, kind = str(path), _kind(path)
    if kind == kinds.WORKBOOK:
        return _workbook(path, sheet)
    if kind in (kinds.SPSS, kinds.STATA):
        raise InputError(path, f"it is a file of {kind}", "export the plates as csv, tsv or .xlsx")
    if sheet is not None:
        raise InputError(path, _NO_SHEET, "leave out 'sheet'")
    rows, separator = read_text_cells(path, is_header)
    if not any(map(any, rows)):
        raise InputError(path, "it is empty", "give the file that holds the data")
    return [Sheet(path, "", rows, separator != ",", {})]


def open_sheet(sheet: Sheet) -> OpenTable:
    """The table of a sheet whose first line is a header."""
    if not sheet.name:
        return open_table(sheet.path, None, lambda names: True)
    first = sheet.first
    sheet.refuse_faults(range(first, first + 1), range(len(sheet.header)))
    names = [name for name in sheet.header if name]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InputError(sheet.place, f"column {quoted(name)} is there twice", "rename or delete one")
    places = {name: place for place, name in enumerate(sheet.header) if name}

    def load() -> UserTable:
        """The cells below the header, without empty lines."""
        lines = [row for row in range(first + 1, len(sheet.rows)) if any(sheet.rows[row])]
        cells = {name: [sheet.cell(row, place) for row in lines] for name, place in places.items()}
        frame = pd.DataFrame(cells, index=[row + 1 for row in lines], dtype="str")
        filled, name_of = set(lines), {place: name for name, place in places.items()}
        faults: dict[str, dict[tuple[int, int], Fault]] = {}
        for (row, place), fault in sorted(sheet.faults.items()):
            if row in filled and place in name_of:
                faults.setdefault(name_of[place], {})[row, place] = fault
        return UserTable(frame.mask(frame.isin(MISSING)), sheet.place, True, sheet, faults)

    return OpenTable(names, sheet.place, True, load)


def _workbook(path, sheet: str | None) -> list[Sheet]:
    from il6r.user_tables.workbooks import read_workbook

    return read_workbook(str(path), sheet)


def _kind(path) -> str:
    kind = kinds.kind_of(path)
    if kind == kinds.OLD_WORKBOOK:
        with open(path, "rb") as stream:
            encrypted = "EncryptedPackage".encode("utf-16-le") in stream.read()
        if encrypted:
            raise InputError(path, "it is protected by a password", "save it without a password")
        raise InputError(path, "it is an Excel file of the old kind (.xls)", "save it as .xlsx, csv or tsv")
    return kind
