"""One table in every form that users' tables come in."""

import datetime
import gzip

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat

TEXTS = {
    "csv": (",", ".", "utf-8"),
    "tsv": ("\t", ".", "utf-8"),
    "semicolon": (";", ",", "utf-8"),
    "BOM": (",", ".", "utf-8-sig"),
    "UTF-16": ("\t", ",", "utf-16"),
    "UTF-16 without a mark": (",", ".", "utf-16-le"),
    "big-endian UTF-16 without a mark": (",", ".", "utf-16-be"),
    "latin-1": (",", ".", "latin-1"),
    "gzip": (";", ",", "cp1252"),
}
WORKBOOKS = ("xlsx", "xlsx of texts")
STATISTICS = ("sav", "zsav", "dta 10", "dta 12", "dta 13", "dta 15")
FORMS = (*TEXTS, *WORKBOOKS, *STATISTICS)


def write(folder, frame: pd.DataFrame, form: str, *, labels=None, padded=None):
    """Write a table of texts, numbers and dates (`datetime.date`); what is None or NaN is empty.

    Parameters
    ----------
    labels : by column, the codes that statistics programs have for its texts.
    padded : by column of whole numbers, how many digits are shown.
    """
    labels, padded = labels or {}, padded or {}
    if form in TEXTS:
        return _text(folder, frame, form, padded)
    if form in WORKBOOKS:
        return _workbook(folder, frame, padded, as_texts=form == "xlsx of texts")
    codes = {name: {text: code for code, text in given.items()} for name, given in labels.items()}
    coded = frame.assign(**{name: frame[name].map(codes[name]) for name in codes})
    kind, _, version = form.partition(" ")
    path = folder / f"table.{kind}"
    if kind == "dta":
        formats = {name: f"%0{width}.0f" for name, width in padded.items()}
        write, options = pyreadstat.write_dta, {"version": int(version)}
    else:
        formats = {name: f"N{width}" for name, width in padded.items()}
        write, options = pyreadstat.write_sav, {"compress": kind == "zsav"}
    write(coded, str(path), variable_value_labels=labels, variable_format=formats, **options)
    return path


def cells(frame: pd.DataFrame, padded=None, comma: str = ".") -> pd.DataFrame:
    """The cells of a table as people see them."""
    padded = padded or {}

    def text(value, width):
        """One cell."""
        if value is None or (isinstance(value, float) and np.isnan(value)):
            return ""
        if isinstance(value, datetime.date | str):
            return str(value)
        shown = str(int(value)).zfill(width) if float(value).is_integer() else repr(float(value))
        return shown.replace(".", comma)

    return pd.DataFrame(
        {name: [text(value, padded.get(name, 0)) for value in frame[name]] for name in frame}, dtype="str"
    )


def _text(folder, frame, form, padded):
    separator, comma, encoding = TEXTS[form]
    content = cells(frame, padded, comma).to_csv(sep=separator, index=False).encode(encoding)
    path = folder / ("table.csv.gz" if form == "gzip" else "table.csv")
    path.write_bytes(gzip.compress(content) if form == "gzip" else content)
    return path


def _workbook(folder, frame, padded, *, as_texts):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(list(frame))
    rows = cells(frame, padded, ",") if as_texts else frame.astype(object)
    for row in rows.itertuples(index=False):
        sheet.append([None if value == "" or pd.isna(value) else value for value in row])
    for place, name in enumerate(frame, start=1):
        for cell in next(sheet.iter_cols(place, place, 2)):
            if name in padded and not as_texts:
                cell.number_format = "0" * padded[name]
    book.save(folder / "table.xlsx")
    return folder / "table.xlsx"
