"""What kind of file is it, which sheets does it have, and about how many rows?"""

import gzip
import re
import struct
import zipfile
import zlib
from xml.etree import ElementTree

from il6r.errors import InputError

TEXT, WORKBOOK, OLD_WORKBOOK, SPSS, STATA = "text", "workbook", "old workbook", "SPSS", "Stata"
# How files of each kind begin; zip archives are .xlsx, and the older containers .xls or encrypted workbooks.
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_SPSS = (b"$FL2", b"$FL3")
# Stata before version 13 (formats 105 to 115): the format, the order of bytes, and 1.
_OLD_STATA = re.compile(rb"[\x69-\x73][\x01\x02]\x01")
_NEW_STATA = b"<stata_dta>"
# What a file whose name ends like this must be.
_ENDINGS = {".xlsx": WORKBOOK, ".xlsm": WORKBOOK, ".sav": SPSS, ".zsav": SPSS, ".dta": STATA}
_NAMES = {WORKBOOK: "Excel workbook", SPSS: "SPSS file", STATA: "Stata file"}
# Namespaces come before the names of elements.
_ROW, _VALUE = re.compile(rb"<(?:\w+:)?row\b"), re.compile(rb"<(?:\w+:)?(?:v|is)>")
_BLOCK = 1 << 20


def kind_of(path) -> str:
    """One of the kinds above, by how the file begins.

    Raises
    ------
    InputError : it cannot be opened, or its name says that it is of another kind.
    """
    try:
        with open(path, "rb") as stream:
            start = stream.read(12)
    except OSError as error:
        raise InputError(path, "it cannot be read", "see that it is there and may be read") from error
    kind = TEXT
    for this, fits in (
        (WORKBOOK, start.startswith(_ZIP)),
        (OLD_WORKBOOK, start.startswith(_OLE)),
        (SPSS, start.startswith(_SPSS)),
        (STATA, start.startswith(_NEW_STATA) or bool(_OLD_STATA.match(start))),
    ):
        kind = this if fits else kind
    name = str(path).lower()
    wanted = next((one for ending, one in _ENDINGS.items() if name.endswith(ending)), kind)
    if kind not in (wanted, OLD_WORKBOOK):
        ending = name[name.rindex(".") :]
        raise InputError(
            path, f"it is not an {_NAMES[wanted]}".replace("an Stata", "a Stata"),
            f"export it again as {ending}, or name it .csv",
        )  # fmt: skip
    return kind


def sheet_names(path) -> list[str]:
    """The names of a workbook's sheets; none where they are not where Excel writes them."""
    try:
        with zipfile.ZipFile(path) as archive:
            root = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    except (OSError, KeyError, zipfile.BadZipFile, zlib.error, ElementTree.ParseError):
        # The reader says what is wrong with such a file.
        return []
    return [element.get("name", "") for element in root.iter() if element.tag.rpartition("}")[2] == "sheet"]


def rows_in(path) -> int:
    """About how many rows a table has, which is what jobs are sized by.

    Raises
    ------
    InputError : a text is named as gzip and is not; what `kind_of` raises.
    """
    kind = kind_of(path)
    count = {WORKBOOK: _rows_of_workbook, SPSS: _rows_of_spss, STATA: _rows_of_stata}.get(kind, _lines)
    return max(count(path), 1)


def _lines(path) -> int:
    opened = gzip.open if str(path).endswith(".gz") else open
    try:
        with opened(path, "rb") as table:
            return sum(block.count(b"\n") for block in iter(lambda: table.read(_BLOCK), b"")) - 1
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(path, "it is not a whole gzip file", "compress it again") from error


def _rows_of_workbook(path) -> int:
    """Rows that hold a value, of the sheet with most of them."""
    most = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if re.match(r"xl/worksheets/[^/]+\.xml$", name):
                    with archive.open(name) as sheet:
                        most = max(most, _filled_rows(sheet) - 1)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise InputError(
            path, "it cannot be read as an Excel workbook", "export it as UTF-8 csv or tsv, or as .xlsx"
        ) from error
    return most


def _filled_rows(sheet) -> int:
    count, rest = 0, b""
    for block in iter(lambda: sheet.read(_BLOCK), b""):
        *whole, rest = _ROW.split(rest + block)
        count += sum(bool(_VALUE.search(row)) for row in whole)
    return count + bool(_VALUE.search(rest))


def _rows_of_spss(path) -> int:
    """The number of cases in the header; some programs write -1 there."""
    with open(path, "rb") as stream:
        header = stream.read(84)
        size = stream.seek(0, 2)
    if len(header) < 84:
        return 1
    order = "<" if header[64:68] in (b"\2\0\0\0", b"\3\0\0\0") else ">"
    values, *_, cases = struct.unpack(f"{order}4i", header[68:84])
    return cases if cases >= 0 else size // (8 * max(values, 1))


def _rows_of_stata(path) -> int:
    with open(path, "rb") as stream:
        header = stream.read(1000)
    new = re.search(rb"<byteorder>(LSF|MSF)</byteorder>.*?<N>(.*?)</N>", header, re.DOTALL)
    if new:
        return int.from_bytes(new.group(2), "little" if new.group(1) == b"LSF" else "big")
    return int.from_bytes(header[6:10], "little" if header[1:2] == b"\2" else "big")
