"""Which numbers do cells of text say, with decimal points or decimal commas?"""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from il6r.errors import InputError, shape

_COMMA = r"^([+-]?\d*),(\d+(?:[eE][+-]?\d+)?)$"
_THOUSANDS = r"[+-]?\d{1,3}(?:[ .,'’\u00a0\u202f]\d{3})+(?:[.,]\d+)?"


def to_numbers(
    texts: pd.Series,
    what: str,
    where: Callable[[object], str],
    sheet: pd.Series,
    decimal_comma: pd.Series,
    show: Callable[[str], str] = lambda text: f"'{shape(text)}'",
) -> pd.Series:
    """Texts as float64, missing ones as NaN; decimals with a comma too where it is clear that they are.

    Parameters
    ----------
    what : what the numbers are, for sentences.
    where : the place of a value by its label in the index.
    sheet : the place of the table or sheet of each text; commas and points must be used alike in each.
    decimal_comma : whether a comma may be a decimal one there.
    show : how sentences give a text that is no number.

    Raises
    ------
    InputError : a text is no finite number, has a thousands separator or may have one, or points and
        commas are mixed.
    """
    values = pd.to_numeric(texts, errors="coerce").astype("float64")
    wrong = (values.isna() & texts.notna()) | np.isinf(values)
    if not wrong.any():
        return values
    commas = texts[wrong].str.contains(",", regex=False)
    if commas.any():
        some = texts[sheet.isin(sheet[commas.index[commas]].unique())]
        for _, cells in some.groupby(sheet[some.index], sort=False):
            _refuse_unclear(cells, what, where, decimal_comma[cells.index[0]], show)
        values = pd.to_numeric(texts.str.replace(_COMMA, r"\1.\2", regex=True), errors="coerce")
        values = values.astype("float64")
        wrong = (values.isna() & texts.notna()) | np.isinf(values)
    if wrong.any():
        label = wrong.idxmax()
        if re.fullmatch(_THOUSANDS, texts[label]):
            raise thousands(what, texts[label], where(label))
        raise InputError(
            where(label),
            f"{what} {show(texts[label])} is not a number",
            "correct it, or leave the cell empty if the value is missing",
        )
    return values


def thousands(what: str, text: str, where: str) -> InputError:
    """That a number has, or may have, a thousands separator."""
    return InputError(
        where,
        f"{what} '{text}' has or may have a thousands separator",
        "write decimals with a point, and nothing between thousands",
    )


def are_numbers(texts: pd.Series, *, decimal_comma: bool) -> bool:
    """Whether every cell that is not empty is a number, with a decimal comma where that may be one."""
    values = pd.to_numeric(texts, errors="coerce")
    if decimal_comma and (values.isna() & texts.notna()).any():
        values = pd.to_numeric(texts.str.replace(_COMMA, r"\1.\2", regex=True), errors="coerce")
    return bool((values.notna() == texts.notna()).all())


def has_decimal_commas(texts: pd.Series) -> bool:
    """Whether every cell is a number, some with a comma that can only be a decimal one."""
    clear = texts.dropna().str.fullmatch(r"[+-]?(?:\d*,(?:\d{1,2}|\d{4,})|0?,\d+)")
    return bool(clear.any()) and are_numbers(texts, decimal_comma=True)


def _refuse_unclear(
    cells: pd.Series, what: str, where: Callable, decimal_comma: bool, show: Callable
) -> None:
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
        raise thousands(what, commas.iloc[0], where(commas.index[0]))
    points = cells.str.contains(".", regex=False).fillna(False).astype(bool)
    if points.any():
        raise InputError(
            where(points.idxmax()),
            f"{what} {show(cells[points.idxmax()])} has a decimal point, others a comma",
            "write decimals with a point throughout the file",
        )
