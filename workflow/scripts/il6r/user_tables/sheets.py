"""What is a sheet of cells, of a workbook or of a text?"""

from dataclasses import dataclass
from typing import NamedTuple

from il6r.errors import InputError


class Fault(NamedTuple):
    """Why a cell holds no plain value, what to do, and whether it is a date, which some columns may hold."""

    problem: str
    remedy: str
    is_date: bool = False


@dataclass(frozen=True)
class Sheet:
    """The cells of one sheet of a workbook, or of a text file.

    Attributes
    ----------
    path : the file.
    name : the sheet's in its workbook, "" for a text file.
    rows : stripped texts, "" where empty; `rows[0]` is line 1, and a row ends where its cells do.
    decimal_comma : whether "0,5" is one cell; where commas separate cells it would be two.
    faults : (row, column) from 0 of the cells without a plain value.
    """

    path: str
    name: str
    rows: list[list[str]]
    decimal_comma: bool
    faults: dict[tuple[int, int], Fault]

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
            self.refuse(row, column)

    def refuse(self, row: int, column: int) -> None:
        """InputError for one cell that holds no plain value."""
        from openpyxl.utils.cell import get_column_letter

        fault = self.faults[row, column]
        where = f"{self.place}, cell {get_column_letter(column + 1)}{row + 1}"
        raise InputError(where, fault.problem, fault.remedy)
