"""Which cells of a file are the wells of plates, listed in a table or laid out as the plate is?"""

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from il6r.errors import InputError, shape
from il6r.user_tables.sheets import Sheet
from il6r.user_tables.table import open_sheet, read_sheets
from il6r.user_tables.text_tables import MISSING

# Rows and columns of the largest plate there is a reader for here, 384 wells.
ROWS, COLUMNS = "ABCDEFGHIJKLMNOP", 24
_CORRECTED = "give one corrected reading a well (such as 450 nm minus 570 nm)"
_PLATE = re.compile(
    r"plate(?![^\W\d_])(?P<label>\s*(?:no|nr|number|name|id|barcode)\b\.?)?(?P<colon>\s*[:#=])?\s*(?P<rest>.*)",
    re.IGNORECASE,
)
# What else an instrument says about plates.
_NO_PLATE = re.compile(r"(type|reader|read|layout|map|format|size|definition)\b", re.IGNORECASE)
_WAVELENGTH = re.compile(r"\b([3-9]\d\d)\s*nm\b", re.IGNORECASE)
_WELL = re.compile(r"([A-P]) *0*([1-9]|1\d|2[0-4])", re.IGNORECASE)
# Wells of a 96-well plate; one with more wells than these is of 384. Fewer than a tenth outside are slips.
_ROWS_96, _COLUMNS_96, _SLIPS = 8, 12, 0.1


@dataclass(frozen=True)
class _Grid:
    """The cells of one plate, laid out as the plate is.

    Attributes
    ----------
    plate : its name by the lines above it, "" where they give none.
    line : that of the column numbers.
    row, column : of each well that is not empty, from 0.
    text : what the well's cell says.
    """

    plate: str
    line: int
    row: list[int]
    column: list[int]
    text: list[str]


def read(
    paths,
    columns: dict[str, str],
    known: tuple[str, ...],
    content: str,
    *,
    named_by_file: bool,
    only: str | None = None,
) -> pd.DataFrame:
    """The wells of the plates in files, with what the files say of them, as text.

    A file, or each sheet of a workbook, is a long table with a line for each well, or holds plate grids.

    Parameters
    ----------
    columns : our column name to the files'.
    known : columns that a long table may have; `well` and `content` it must.
    content : the column of what the cells of a grid hold.
    named_by_file : whether a plate without a name is named as its file is; a workbook with several sheets
        of plates names each as the sheet is.
    only : the name of the only sheet that is read.

    Returns
    -------
    pandas.DataFrame : a row per well, in the files' order: `known`, `row` and `column` from 0, `part` (the
        file's place, from 0), `file`, `source` (the file and sheet), `line`, `grid` (whether it is of one)
        and `decimal_comma` (whether its numbers may have one).

    Raises
    ------
    InputError : what `read_sheets` raises; no table and no grid; no wells in the column `well`.
    """
    frames = []
    for part, path in enumerate(paths):
        tables = _tables(path, columns, content, only)
        stem = Path(str(path).removesuffix(".gz")).stem if named_by_file else None
        for sheet, grids in tables:
            plate = sheet.name if len(tables) > 1 else stem
            about = {"part": part, "file": str(path), "source": sheet.place, "grid": grids is not None}
            about |= {"decimal_comma": sheet.decimal_comma, "plate": plate}
            if grids is None:
                renamed = _rename(columns, known, sheet.header)
                table = open_sheet(sheet).table(("well", content), renamed)
                table.refuse_faults(known)
                table.filled("well")
                cells = {name: table.frame[name] for name in known if name in table}
                lines = table.frame.index
                frames.append(pd.DataFrame(about | {"line": lines} | cells, index=lines))
            for grid in grids or ():
                cells = {"row": grid.row, "column": grid.column, content: grid.text}
                lines = {"line": [grid.line + 1 + row for row in grid.row]}
                frames.append(pd.DataFrame(about | {"plate": grid.plate or plate} | lines | cells))
    absent = pd.DataFrame(columns=[*known, "row", "column"], dtype="object")
    wells = pd.concat([absent, *frames], ignore_index=True)
    return _placed(wells.astype(dict.fromkeys(known, "str") | {"part": "int64", "line": "int64"}))


def label(well: pd.Series) -> str:
    """What a plate's well is called, such as H12."""
    return f"{ROWS[well['row']]}{well['column'] + 1}"


def check(wells: pd.DataFrame) -> None:
    """InputError where a well is there twice, or outside of a plate whose other wells are of 96.

    Parameters
    ----------
    wells : plate, row, column, source (file and sheet), line.
    """
    key = ["plate", "row", "column"]
    repeated = wells.duplicated(key)
    if repeated.any():
        second = wells.loc[repeated.idxmax()]
        first = wells.loc[(wells[key] == second[key]).all(axis=1).idxmax()]
        raise InputError(
            f"{second['source']}, line {second['line']}",
            f"well {label(second)} of this plate is also on line {first['line']} of {first['source']}",
            "delete one of them, or correct the plate",
        )
    outside = (wells["row"] >= _ROWS_96) | (wells["column"] >= _COLUMNS_96)
    slip = outside & (outside.groupby(wells["plate"]).transform("mean") < _SLIPS)
    if slip.any():
        well = wells.loc[slip.idxmax()]
        raise InputError(
            f"{well['source']}, line {well['line']}",
            f"well {label(well)} is not on a plate of 96 wells",
            "give rows A to H and columns 1 to 12",
        )


def _grids(sheet: Sheet) -> list[_Grid]:
    """The plate grids of a sheet: column numbers from 1 across, row letters from A down, in 96 or 384 wells.

    A grid's name is in the nearest line above whose first cell begins with "plate"; where there are several
    grids, the first cell of the line above will do. Other lines between are an instrument's, as is a column
    to the right that says the same in each row.

    Raises
    ------
    InputError : rows or columns out of order, a second reading of a plate (at another wavelength), grids
        side by side or without names, cells right of the grid or without a plain value.
    """
    found, names, wavelengths, end = [], [], set(), 0
    for top in range(len(sheet.rows) - 1):
        left = _corner(sheet, top) if top >= end else None
        if left is None:
            continue
        width, bottom = _extent(sheet, top, left)
        sheet.refuse_faults(range(top, bottom), range(left, left + width + 1))
        above = sheet.rows[end:top]
        labels = _labels(sheet, range(top, bottom), left + width + 1)
        wavelengths |= _wavelengths(above) | labels
        wells = [
            (row, column, sheet.cell(top + 1 + row, left + 1 + column))
            for row in range(bottom - top - 1)
            for column in range(width)
        ]
        wells = [well for well in wells if well[2] not in MISSING]
        name, otherwise = _plate_name(above)
        row, column, text = map(list, zip(*wells, strict=True)) if wells else ([], [], [])
        found.append(_Grid(name, top + 1, row, column, text))
        names.append(name or otherwise)
        end = bottom
    if len(found) < 2:
        return found
    for place, name in enumerate(names):
        if name and name not in names[:place]:
            continue
        where = f"{sheet.place}, line {found[place].line}"
        if len(wavelengths) > 1:
            both = " and ".join(map(str, sorted(wavelengths)))
            raise InputError(where, f"there are readings at {both} nm of a plate", _CORRECTED)
        problem = "the name of this grid's plate is there twice" if name else "this grid's plate has no name"
        raise InputError(where, problem, "put a line such as 'Plate: 2' above each grid")
    return [
        _Grid(name, grid.line, grid.row, grid.column, grid.text)
        for name, grid in zip(names, found, strict=True)
    ]


def _corner(sheet: Sheet, top: int) -> int | None:
    """The column of the row letters of a grid whose column numbers are in row `top`; None if none are."""
    row = sheet.rows[top]
    lefts = [
        place - 1
        for place, (cell, following) in enumerate(itertools.pairwise(row))
        if cell == "1" and following == "2" and place and sheet.cell(top + 1, place - 1).upper() == "A"
    ]
    if len(lefts) > 1:
        raise InputError(
            f"{sheet.place}, line {top + 1}", "two grids are side by side", "put one below the other"
        )
    return lefts[0] if lefts else None


def _extent(sheet: Sheet, top: int, left: int) -> tuple[int, int]:
    """How many columns a grid has, and the row below it."""
    width = next(n for n in itertools.count() if sheet.cell(top, left + 1 + n) != str(n + 1))
    height = next(n for n in itertools.count() if sheet.cell(top + 1 + n, left).upper() != (ROWS + " ")[n])
    bottom = top + 1 + height
    where = f"{sheet.place}, line {bottom + 1}"
    letter, expected = sheet.cell(bottom, left).upper(), ROWS[height : height + 1]
    if width > COLUMNS:
        raise InputError(
            f"{sheet.place}, line {top + 1}", f"a plate grid has {width} columns", f"give at most {COLUMNS}"
        )
    if re.fullmatch("[A-Z]", letter):
        raise InputError(
            where,
            f"row {letter} stands where {f'row {expected}' if expected else 'no further row'} is expected",
            "give the rows from A in order",
        )
    if not letter and any(sheet.cell(bottom, left + 1 + n) for n in range(width)):
        raise InputError(where, "a second line of readings follows a plate's row", _CORRECTED)
    return width, bottom


def _labels(sheet: Sheet, rows: range, right: int) -> set[int]:
    """The wavelengths in what stands to the right of a grid, which must be the same in each row."""
    found = set()
    for column in range(right, max(len(sheet.rows[row]) for row in rows)):
        texts = {sheet.cell(row, column) for row in rows[1:]} - {""}
        if len(texts) > 1 or sheet.cell(rows[0], column).isdigit():
            raise InputError(
                f"{sheet.place}, line {rows[0] + 1}",
                f"there are cells to the right of the grid's column {sheet.cell(rows[0], right - 1)}",
                "number the columns from 1 in order, and put nothing beside the grid",
            )
        found |= {int(number) for text in texts for number in re.findall(r"[3-9]\d\d", text)}
    return found


def _wavelengths(lines: list[list[str]]) -> set[int]:
    """In nm, as an instrument's lines above a grid give them."""
    found = set()
    for cells in lines:
        text = " ".join(cells)
        pattern = r"\b([3-9]\d\d)\b" if "wavelength" in text.lower() else _WAVELENGTH
        found |= set(map(int, re.findall(pattern, text)))
    return found


def _plate_name(lines: list[list[str]]) -> tuple[str, str]:
    """What lines above a grid call its plate, and what the nearest of them begins with."""
    filled = [[cell for cell in cells if cell] for cells in reversed(lines) if any(cells)]
    for cells in filled:
        match = _PLATE.fullmatch(cells[0])
        if not match or _NO_PLATE.match(match["rest"]):
            continue
        following = cells[1] if len(cells) > 1 else ""
        name = match["rest"] or following
        whole = match["rest"] and not match["label"] and not match["colon"]
        if name:
            return " ".join((cells[0] if whole else name).split()), ""
    nearest = filled[:1]
    return "", "" if not nearest or _wavelengths(nearest) else nearest[0][0]


def _tables(path, columns: dict[str, str], content: str, only: str | None) -> list[tuple]:
    """The sheets of a file that hold plates, each with its grids, or None where it is a long table."""

    def is_header(cells: list[str]) -> bool:
        """Whether one of these names a column of wells."""
        return any(cell and cell.lower() in ("well", columns.get("well", "").lower()) for cell in cells)

    found = []
    for sheet in read_sheets(path, only, is_header):
        tables = None if is_header(sheet.header) else _grids(sheet)
        if tables is None or tables:
            found.append((sheet, tables))
    if not found:
        raise InputError(
            path,
            "it holds neither a table with a column 'well' nor a plate grid",
            "give a table with a header line, or a grid with columns 1 to 12 and rows A to H",
        )
    wanted = columns.get(content, content)
    # A workbook may have the readings on one sheet and the layout on another.
    fitting = [(sheet, tables) for sheet, tables in found if tables is not None or wanted in sheet.header]
    return fitting or found


def _rename(columns: dict[str, str], known: tuple[str, ...], header: list[str]) -> dict[str, str]:
    """The configured names that a file must have; those that readings and layout share may be in one only."""
    shared = ("plate", "well")
    return {
        ours: theirs
        for ours, theirs in columns.items()
        if ours in known
        and (theirs in header or ours not in shared or (ours not in header and ours != "plate"))
    }


def _placed(wells: pd.DataFrame) -> pd.DataFrame:
    """`wells` with the rows and columns, from 0, that long tables give as text."""
    listed = ~wells["grid"].astype(bool)
    codes, texts = pd.factorize(wells.loc[listed, "well"])
    matches = [match for text in texts if (match := _WELL.fullmatch(text))]
    if len(matches) < len(texts):
        known = pd.Series([bool(_WELL.fullmatch(text)) for text in texts], dtype=bool).to_numpy()[codes]
        first = wells[listed][~known].iloc[0]
        if not known[wells.loc[listed, "source"] == first["source"]].any():
            raise InputError(
                first["source"],
                "its column 'well' holds no wells such as A1 or H12",
                "correct the swapped columns, or their names",
            )
        raise InputError(
            f"{first['source']}, line {first['line']}",
            f"there is no well '{shape(first['well'])}'",
            "give rows A to H and columns 1 to 12 (384 wells: A to P and 1 to 24)",
        )
    for name, places in (
        ("row", [ROWS.index(match[1].upper()) for match in matches]),
        ("column", [int(match[2]) - 1 for match in matches]),
    ):
        wells.loc[listed, name] = np.array(places, np.int64)[codes]
    return wells.astype({"row": "int64", "column": "int64", "grid": bool, "decimal_comma": bool})
