"""What does the supplement hold? Every table of the report as a sheet, and the estimates for programs."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter

from il6r import origin
from il6r.report.blocks import Block, Cell, Columns, Disclosure, Group, Inline, Light, Section, Shown, Text
from il6r.tables.contract import Table

_WIDTH = 24


class Records(NamedTuple):
    """A table for programs: its contract, and rows with those of its columns that may be passed on."""

    contract: Table
    rows: Sequence[Mapping[str, Any]]


def write(path: str | Path, title: str, sections: Sequence[Section], records: Sequence[Records]) -> None:
    """Write the workbook: contents, the report's tables, tables for programs, and their dictionary.

    Its tables hold what the report shows and no more, in the report's words; those for programs hold numbers
    to full precision, counts of people rounded as in the report. Same input, same bytes.

    Parameters
    ----------
    sections : the report's, numbered.
    """
    tables = [(section.title, table) for section in sections for table in _tables(section.blocks)]
    with xlsxwriter.Workbook(str(path)) as book:
        day = datetime.datetime.fromisoformat(origin.RELEASED)
        book.set_properties({"title": title, "author": f"il6r-replication {origin.VERSION}", "created": day})
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        contents = book.add_worksheet("Contents")
        listed = [(table.number, table.caption, section) for section, table in tables]
        listed += [(one.contract.name, one.contract.meaning, "for programs") for one in records]
        listed.append(("Dictionary", "What each column of the tables for programs means.", "for programs"))
        _fill(contents, 0, [("sheet", "what it holds", "section of the report"), *listed], bold)
        contents.set_column(1, 1, 3 * _WIDTH, wrapped)
        for _, table in tables:
            sheet = book.add_worksheet(table.number)
            sheet.write_string(0, 0, f"{table.number}. {table.caption}", bold)
            sheet.write_string(1, 0, table.how)
            _fill(sheet, 3, [tuple(table.heads), *_rows(table)], bold)
            sheet.set_column(0, len(table.heads), _WIDTH, wrapped)
        for one in records:
            columns = [name for name in one.contract.columns if any(name in row for row in one.rows)]
            rows = [tuple(row.get(name) for name in columns) for row in one.rows]
            _fill(book.add_worksheet(one.contract.name), 0, [tuple(columns), *rows], bold)
        _fill(book.add_worksheet("Dictionary"), 0, _dictionary(records), bold)


def _tables(parts: Sequence[Block]) -> Iterator[Shown]:
    for part in parts:
        if isinstance(part, Shown):
            yield part
        elif isinstance(part, Disclosure):
            yield from _tables(part.blocks)
        elif isinstance(part, Columns):
            yield from _tables([*part.left, *part.right])


def _rows(table: Shown) -> Iterator[tuple[str, ...]]:
    """The rows' cells as text; a cell over several rows is repeated in each."""
    held: dict[int, tuple[int, str]] = {}
    for one in table.rows:
        if isinstance(one, Group):
            yield (one.label,)
        for cells in one.rows if isinstance(one, Group) else [one]:
            own = iter(cells)
            found: list[str] = []
            for place in range(len(table.heads)):
                left, text = held.pop(place, (0, ""))
                if not left:
                    cell = next(own, "")
                    text = plain(cell)
                    left = cell.rows if isinstance(cell, Cell) else 1
                if left > 1:
                    held[place] = (left - 1, text)
                found.append(text)
            yield tuple(found)


def plain(text: Text) -> str:
    """A cell's text without what it looks like."""
    if isinstance(text, str):
        return text
    if isinstance(text, Light):
        return ": ".join(filter(None, (text.level, text.text)))
    if isinstance(text, Inline):
        # A picture has no words of its own: its numbers are cells beside it.
        own = next((getattr(text, name) for name in ("word", "text", "label") if hasattr(text, name)), "")
        note = getattr(text, "note", "")
        return f"{plain(own)} ({note})" if note else plain(own)
    return "".join(map(plain, text)) if isinstance(text, Sequence) else str(text)


def _fill(sheet: Any, first: int, rows: Sequence[tuple[Any, ...]], head: Any) -> None:
    """Rows from a line of the sheet on, the first of them as heads; no text becomes a formula."""
    for line, row in enumerate(rows, start=first):
        for place, value in enumerate(row):
            look = head if line == first else None
            if value is None or value == "":
                sheet.write_blank(line, place, None, look)
            elif isinstance(value, bool):
                sheet.write_boolean(line, place, value, look)
            elif isinstance(value, (int, float)):
                sheet.write_number(line, place, value, look)
            else:
                sheet.write_string(line, place, str(value), look)


def _dictionary(records: Sequence[Records]) -> list[tuple[str, ...]]:
    rows = [
        (one.contract.name, name, spec.meaning, one.contract.unit_of(name))
        for one in records
        for name, spec in one.contract.columns.items()
        if any(name in row for row in one.rows)
    ]
    return [("table", "column", "meaning", "unit"), *rows]
