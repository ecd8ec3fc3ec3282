"""What does one BCF2 record (VCF specification, section 6) say?"""

import re
import struct

import numpy as np

from il6r.genotypes.columns import BEYOND, TypedColumns

_INTEGERS = {1: "<i1", 2: "<i2", 3: "<i4"}
_FLOAT, _CHARACTER = 5, 7
# Bit patterns of the missing and the absent value of a float.
_FLOAT_MISSING, _FLOAT_ABSENT = 0x7F800001, 0x7F800002


class Dictionaries:
    """The numbers by which BCF records name contigs, and FILTER, INFO and FORMAT keys.

    Parameters
    ----------
    header : the file's header as text.
    """

    def __init__(self, header: str):
        self.contigs: dict[int, str] = {}
        self.keys: dict[int, str] = {0: "PASS"}
        known = {"PASS"}
        for line in header.splitlines():
            kind = re.match(r"##(contig|FILTER|INFO|FORMAT)=<", line)
            name = re.search(r"[<,]ID=([^,>]+)", line)
            if not kind or not name:
                continue
            number = re.search(r"[<,]IDX=(\d+)", line)
            if kind[1] == "contig":
                self.contigs[int(number[1]) if number else len(self.contigs)] = name[1]
            elif name[1] not in known:
                known.add(name[1])
                self.keys[int(number[1]) if number else len(self.keys)] = name[1]


class SharedPart:
    """The part of a BCF record that all samples share.

    Attributes
    ----------
    contig, position (1-based), end, id, alleles, filters, info : as in `vcf.Record`.
    """

    def __init__(self, data: bytes, names: Dictionaries):
        contig, position, length, _, n_info, n_allele, packed = struct.unpack_from("<iiifHHI", data, 0)
        self._data, self._at = data, 24
        self.contig, self.position = names.contigs[contig], position + 1
        self.end = position + length
        self.samples, self.fields = packed & 0xFFFFFF, packed >> 24
        self.id = self._text() or "."
        self.alleles = tuple(self._text() for _ in range(n_allele))
        self.filters = tuple(names.keys[number] for number in self._values() or ())
        self.info = {names.keys[self._values()[0]]: self._info() for _ in range(n_info)}

    def _info(self) -> str:
        values = self._values()
        if isinstance(values, bytes):
            return values.decode(errors="replace")
        return ",".join("." if value is None else f"{value:g}" for value in values)

    def _text(self) -> str:
        values = self._values()
        return values.decode(errors="replace") if isinstance(values, bytes) else ""

    def _values(self) -> list | bytes:
        """The next typed value: a list of numbers (None where missing), or text."""
        kind, count, self._at = _descriptor(self._data, self._at)
        if kind == 0:
            return []
        start, self._at = self._at, self._at + count * _width(kind)
        if self._at > len(self._data):
            raise ValueError("a value ends outside of its record")
        if kind == _CHARACTER:
            return self._data[start : self._at]
        array = _array(self._data, start, kind, count)
        if kind == _FLOAT:
            return [None if np.isnan(value) else float(value) for value in array if value != BEYOND]
        lowest = np.iinfo(array.dtype).min
        return [None if value == lowest else int(value) for value in array if value != lowest + 1]


def read_columns(data: bytes, shared: SharedPart, names: Dictionaries) -> TypedColumns:
    """The sample columns of a record, from the bytes behind its shared part.

    Raises
    ------
    ValueError, KeyError, IndexError, struct.error : they are not what the record says they are.
    """
    at, values = 0, {}
    for _ in range(shared.fields):
        kind, count, at = _descriptor(data, at)
        key = int(_array(data, at, kind, count)[0])
        at += count * _width(kind)
        kind, count, at = _descriptor(data, at)
        if kind == 0:
            continue
        size = shared.samples * count
        if kind == _CHARACTER:
            field = np.frombuffer(data, dtype=f"S{max(count, 1)}", count=shared.samples, offset=at)
        else:
            field = _array(data, at, kind, size).reshape(shared.samples, count)
        values[names.keys[key]] = field
        at += size * _width(kind)
    return TypedColumns(shared.samples, values)


def _descriptor(data: bytes, at: int) -> tuple[int, int, int]:
    """Type, number of values, and where they begin."""
    kind, count = data[at] & 15, data[at] >> 4
    at += 1
    if count == 15:
        inner, _, at = _descriptor(data, at)
        count = int(_array(data, at, inner, 1)[0])
        at += _width(inner)
    return kind, count, at


def _width(kind: int) -> int:
    return {0: 0, 1: 1, 2: 2, 3: 4, _FLOAT: 4, _CHARACTER: 1}[kind]


def _array(data: bytes, at: int, kind: int, count: int) -> np.ndarray:
    if kind == _FLOAT:
        bits = np.frombuffer(data, dtype="<u4", count=count, offset=at)
        values = bits.view("<f4").copy()
        values[bits == _FLOAT_MISSING] = np.nan
        values[bits == _FLOAT_ABSENT] = BEYOND
        return values
    return np.frombuffer(data, dtype=_INTEGERS[kind], count=count, offset=at)
