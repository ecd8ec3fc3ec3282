"""What does a table with a column for each analyte say?"""

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from il6r.assays import long_tables
from il6r.errors import InputError, quoted
from il6r.units import CANONICAL, factor

# A unit at the end of a column's name, as in il6_pg_ml, IL-6 pg/mL, and what R makes of IL-6 (pg/mL).
_UNIT_AT_END = re.compile(r"(.*?)[^a-z0-9]*\b(fg|pg|ng|ug|mg)(?:[^a-z0-9]*per)?[^a-z0-9]*(ml|l)[^a-z0-9]*")
_IN_BRACKETS = re.compile(r"(.*?)[,;:\s_]*[(\[]([^()\[\]]*)[)\]]\s*")
# How many of a file's columns a sentence names.
_SHOWN = 12
# What brackets after an analyte may hold beside a unit.
_MATRICES = ("serum", "plasma", "edta", "edtaplasma", "heparin", "citrate", "capillary", "elisa", "")


class _Measured(NamedTuple):
    """A column of the file, and its unit where its name gives one."""

    name: str
    unit: str | None


def read_wide(
    path,
    *,
    columns: dict[str, str] | None = None,
    sheet: str | None = None,
    units: dict[str, str] | None = None,
    unit: str | None = None,
    lod: dict[str, float] | None = None,
) -> tuple[pd.DataFrame, list[tuple[str, int]]]:
    """Read a table with one line for each participant, or for each of a participant's visits.

    It has `participant` (or `sample_id`) and a column for each analyte, recognised by its name with or
    without a unit (`sil6r_ng_ml`, `sIL-6R (ng/mL)`, `IL6 [pg/mL]`, `IL-6`); optionally `visit`, `date`,
    `plate` and `replicate`. Cells are as the values of `long_tables.read_long`.

    Parameters
    ----------
    path : any table that `user_tables.table.read_table` reads.
    columns : our column name, or an analyte, to the file's column.
    sheet : of a workbook.
    units, unit : by analyte, and of all, for columns whose name does not say it.
    lod : limits by analyte, in the column's unit.

    Returns
    -------
    results, counts : as of `long_tables.read_long`; each analyte's cell counts as a result.

    Raises
    ------
    InputError : as `long_tables.read_long`; no column of an analyte, two of one, or one without a unit.
    """
    columns = columns or {}
    source = long_tables.open_source(path, columns, sheet)
    found = _analyte_columns(source.names, columns, source.place)
    sample = long_tables.sample_column(source.names, columns)
    renamed = {**columns, **{analyte: column.name for analyte, column in found.items()}}
    table = source.read([sample], renamed, list(found))
    frame = table.frame
    table.filled(sample)
    parts = []
    for analyte, column in found.items():
        canonical = factor(_unit(analyte, column, units or {}, unit, source.place), analyte, source.place)
        limits = {
            "lod": pd.Series((lod or {}).get(analyte, np.nan), index=frame.index),
            "uloq": pd.Series(np.nan, index=frame.index),
        }
        values = long_tables.quantified(frame[analyte], column.name, source, **limits)
        parts.append(long_tables.assemble(table, sample, analyte, values * canonical, source.path))
    results = pd.concat(parts, ignore_index=True)
    long_tables.refuse_repeats(results, sample, source)
    return results, [("no value", len(frame) * len(found) - len(results))]


def _analyte_columns(names: list[str], columns: dict[str, str], path) -> dict[str, _Measured]:
    """The column of each analyte the file has: the configured one, or the one whose name says so."""
    found = {
        analyte: _Measured(columns[analyte], _named(columns[analyte])[1])
        for analyte in CANONICAL
        if analyte in columns
    }
    other = set(columns.values())
    for name in names:
        analyte, unit = _named(name)
        if analyte is None or analyte in columns or name in other:
            continue
        if analyte in found:
            raise InputError(
                path,
                f"columns {quoted(found[analyte].name)} and {quoted(name)} both hold {analyte}",
                f"say which counts as {analyte} under 'columns' in the config",
            )
        found[analyte] = _Measured(name, unit)
    if not found:
        long = {"analyte", "value"} <= set(names)
        raise InputError(
            path,
            f"no column is an analyte's among {', '.join(map(quoted, names[:_SHOWN]))}",
            "give it as form: long" if long else "name the columns of sil6r, il6 or sgp130 under 'columns'",
        )
    return {analyte: found[analyte] for analyte in CANONICAL if analyte in found}


def _named(name: str) -> tuple[str | None, str | None]:
    """The analyte and the unit that a column's name gives."""
    brackets = _IN_BRACKETS.fullmatch(name)
    if brackets and long_tables.analyte_of(brackets.group(1)):
        inside = brackets.group(2)
        # What a sample is may stand there too.
        unit = None if re.sub(r"\W", "", inside.casefold()) in _MATRICES else inside
        return long_tables.analyte_of(brackets.group(1)), unit
    plain = re.sub("[µμ]", "u", name.casefold()).replace("_", " ")
    ending = _UNIT_AT_END.fullmatch(plain)
    if ending:
        return long_tables.analyte_of(ending.group(1)), f"{ending.group(2)}/{ending.group(3)}"
    return long_tables.analyte_of(name), None


def _unit(analyte: str, column: _Measured, units: dict[str, str], unit: str | None, path) -> str:
    own, given = column.unit, units.get(analyte)
    if own and given and factor(own, analyte, path) != factor(given, analyte, path):
        raise InputError(
            path,
            f"column {quoted(column.name)} says {own}, and units.{analyte} in the config {given}",
            "correct one of them",
        )
    said = own or given or unit
    if not said:
        raise InputError(
            path,
            f"column {quoted(column.name)} does not say its unit",
            f"give it as units.{analyte} in the config, or in the column's name, as in 'il6_pg_ml'",
        )
    return said
