"""What do Olink's NPX say about the three molecules, and which of them can be used?"""

import contextlib
import functools
import re
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from il6r.assays import long_tables
from il6r.errors import InputError, quoted, shown
from il6r.units import CANONICAL
from il6r.user_tables import kinds
from il6r.user_tables.names import refuse_absent_columns
from il6r.user_tables.table import UserTable, open_table
from il6r.user_tables.text_encoding import encoding_of, first_line
from il6r.user_tables.text_tables import MISSING

# UniProt accessions of IL6R, IL6 and IL6ST (gp130).
_UNIPROT = {"P08887": "sil6r", "P05231": "il6", "P40189": "sgp130"}
_PLACES = {analyte: place for place, analyte in enumerate(CANONICAL)}
# Our column to what Olink's programs have called it, without case, blanks and underscores; the first that is
# there counts.
_COLUMNS = {
    "sample_id": ("sampleid",),
    "uniprot": ("uniprot",),
    "assay": ("assay",),
    "value": ("npx",),
    "lod": ("lod", "platelod", "maxlod", "nclod", "fixedlod"),
    "plate": ("plateid",),
    "panel": ("panel",),
    "block": ("block",),
    "olink_id": ("olinkid",),
    "sample_type": ("sampletype",),
    "sample_qc": ("qcwarning", "sampleqc"),
    "assay_qc": ("assaywarning", "assayqc"),
    # Only where the configuration names them: a run has dates too.
    "visit": (),
    "date": (),
}
_ALIASES = {"participant": "sample_id", "analyte": "assay"}
_NEEDED = {("sample_id",): "SampleID", ("uniprot", "assay"): "UniProt", ("value",): "NPX"}
_KEYS, _NUMBERS = ("uniprot", "assay"), ("value", "lod")
# Rows of a Parquet file, and bytes of a csv file, that are held at a time.
_ROWS, _BYTES = 1 << 17, 1 << 20
# Names that are remembered: more than there are assays.
_NAMES = 1 << 14
# Names of control samples, where no column tells them apart. A participant of a case-control study may be
# called "control 12".
_CONTROL = (
    r"(?i)(control|ctrl)[ _-]?sample.*|(sample|plate|inter-?plate|neg(ative)?|pos(itive)?|pooled|external)"
    r"[ _-]?(control|ctrl)s?([ _-].*)?|ipc([ _-]?\d+)?|neg([ _-]?\d+)?"
)
# NPX beyond this are no logarithms to base 2 of anything that was counted; where their median is, they are
# linear values.
_MOST_NPX = 50.0
_REASONS = {
    "control": "control sample",
    "missing": "no value",
    "sample_qc": "sample with a warning of Olink's quality control",
    "assay_qc": "assay with a warning of Olink's quality control",
    "panel": "measured in another panel as well",
}


class _Rows(NamedTuple):
    """The rows of the three assays.

    Attributes
    ----------
    frame : by our names of columns, indexed by their numbers in the file.
    path, called : the file, and what a row of it is called.
    decimal_comma : whether a comma may be a decimal one.
    """

    frame: pd.DataFrame
    path: str
    called: str
    decimal_comma: bool

    def at(self, number) -> str:
        """A row, as sentences call it."""
        return f"{self.path}, {self.called} {number}"


def read_npx(
    path, *, columns: dict[str, str] | None = None, sheet: str | None = None
) -> tuple[pd.DataFrame, list[tuple[str, int]]]:
    """Read Olink's long table of NPX (Target, Explore, Explore HT, Reveal), of IL6R, IL6 and IL6ST only.

    NPX are logarithms to base 2 on a scale that differs between assays and projects (Wik 2021, doi
    10.1016/j.mcpro.2021.100168); `value` is 2^NPX. What lies below its LOD is censored at 2^LOD. Control
    samples and what quality control warns of are left out. Where several panels have an assay, as IL-6 in
    Explore, the one with most results above the LOD counts (the first by name, where they are equal).

    Parameters
    ----------
    path : text (gzip by name) or Parquet, of any size: other assays' rows are not kept; or any other table
        that `user_tables.table.read_table` reads.
    columns : our column name (sample_id or participant, analyte, value, lod, plate, visit, date) to the
        file's, where it has not Olink's.
    sheet : of a workbook.

    Returns
    -------
    results : one row per usable value; `line` is the row's number in a Parquet file.
    counts : (reason, dropped) for these assays' rows that give no result.

    Raises
    ------
    InputError : the file is no such table; it has none of the three; linear values; a QC that is neither a
        pass nor a warning; a sample twice.
    """
    if _is_parquet(path):
        rows = _of_parquet(path, columns or {})
    elif kinds.kind_of(path) == kinds.TEXT and sheet is None:
        rows = _of_csv(path, columns or {})
    else:
        rows = _of_table(path, columns or {}, sheet)
    frame = rows.frame
    if frame.empty:
        raise InputError(
            path,
            "it holds none of IL6R (P08887), IL6 (P05231) and IL6ST (P40189)",
            "give the file of a panel that measures one of them",
        )
    for column in _NUMBERS:
        frame[column] = _logarithms(rows, column)
    frame["panel"] = _panels(frame)
    reason = _reasons(rows)
    usable = frame[reason.isna()]
    if usable.empty:
        raise InputError(path, "it holds no value", "give at least one NPX without a warning")
    other = usable["panel"] != usable["analyte"].map(_best_panels(usable))
    reason[usable.index[other]] = _REASONS["panel"]
    results = _results(usable[~other], rows)
    _refuse_repeats(results, rows)
    dropped = reason.value_counts()
    counts = [(text, int(dropped.get(text, 0))) for text in _REASONS.values()]
    return results, [(text, n) for text, n in counts if n or text == _REASONS["missing"]]


def _is_parquet(path) -> bool:
    with _reading(path), open(path, "rb") as stream:
        return stream.read(4) == b"PAR1"


def _of_parquet(path, columns: dict[str, str]) -> _Rows:
    """The three assays' rows of a Parquet file; of row groups without them only the assays are read."""
    with _reading(path):
        names = pq.read_schema(path).names
        found = _found(names, columns, path)
        texts = [found[name] for name in found if name not in _NUMBERS]
        file = pq.ParquetFile(path, read_dictionary=texts)
        keys = [found[name] for name in _KEYS if name in found]
        pieces, at = [], 0
        for group in range(file.num_row_groups):

            def batches(wanted, group=group):
                """The row group's columns, some rows at a time."""
                return file.iter_batches(_ROWS, row_groups=[group], columns=wanted, use_threads=False)

            if any((_analytes(batch, found) >= 0).any() for batch in batches(keys)):
                start = at
                for batch in batches(list(dict.fromkeys(found.values()))):
                    pieces.append(_kept(batch, found, start + 1))
                    start += len(batch)
            at += file.metadata.row_group(group).num_rows
    return _Rows(_joined(pieces, at, path), str(path), "row", False)


def _of_csv(path, columns: dict[str, str]) -> _Rows:
    """The three assays' rows of a text file."""
    encoding = encoding_of(path)
    names, separator, _ = first_line(path)
    found = _found(names, columns, path)
    pieces, at = [], 0
    with _reading(path), pa.input_stream(str(path)) as stream:
        # Blank lines count, so that the numbers of the others are right.
        reader = csv.open_csv(
            stream,
            read_options=csv.ReadOptions(
                skip_rows=1, column_names=names, block_size=_BYTES, use_threads=False, encoding=encoding
            ),
            parse_options=csv.ParseOptions(delimiter=separator, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(found.values(), pa.string()),
                include_columns=list(dict.fromkeys(found.values())),
                strings_can_be_null=False,
            ),
        )
        for batch in reader:
            pieces.append(_kept(batch, found, at + 2))
            at += len(batch)
    return _Rows(_joined(pieces, at, path), str(path), "line", separator != ",")


def _of_table(path, columns: dict[str, str], sheet: str | None) -> _Rows:
    """The three assays' rows of a workbook, or of an SPSS or Stata file."""

    def fits(names: list[str]) -> bool:
        """Whether a workbook's sheet holds NPX."""
        return columns.get("value") in names or any(name.upper() == "NPX" for name in names)

    opened = open_table(path, sheet, fits)
    found = _found(opened.names, columns, opened.place)
    table = opened.table()
    table.refuse_faults(set(found.values()) - {found.get("date")})
    batch = pa.RecordBatch.from_pandas(table.frame, preserve_index=False)
    kept = _kept(batch, found, 0)
    kept.index = table.frame.index[kept.index]
    return _Rows(_joined([kept], len(batch), path), opened.place, "line", True)


def _found(names: list[str], columns: dict[str, str], path) -> dict[str, str]:
    """Our columns and the file's names of them."""
    given = {_ALIASES.get(ours, ours): theirs for ours, theirs in columns.items()}
    for ours in given:
        if ours not in _COLUMNS:
            raise InputError(
                path,
                f"the form npx has no column '{ours}' that 'columns' in the config could name",
                f"use one of {', '.join([*_ALIASES, *_COLUMNS])}",
            )
    refuse_absent_columns(columns, names, path)
    spelled: dict[str, str] = {}
    for name in names:
        spelled.setdefault(re.sub("[ _.]", "", name.lower()), name)
    found = {
        ours: given.get(ours) or next(spelled[one] for one in olinks if one in spelled)
        for ours, olinks in _COLUMNS.items()
        if ours in given or any(one in spelled for one in olinks)
    }
    twice = [theirs for theirs in found.values() if names.count(theirs) > 1]
    if twice:
        raise InputError(path, f"column {quoted(twice[0])} is there twice", "rename or delete one")
    absent = [olinks for ours, olinks in _NEEDED.items() if not set(ours) & set(found)]
    if absent:
        raise InputError(
            path,
            f"there is no column {shown(absent)} among {', '.join(map(quoted, names[:12]))}",
            "give Olink's long table of NPX, or name the column under 'columns' in the config",
        )
    return found


@functools.lru_cache(_NAMES)
def _of_assay(name: str) -> int:
    """The place of an assay's analyte among `CANONICAL`, -1 if it is none."""
    analyte = long_tables.analyte_of(name)
    return -1 if analyte is None else _PLACES[analyte]


@functools.lru_cache(_NAMES)
def _of_accession(text: str) -> int:
    """Likewise of a UniProt accession, also with the number of an isoform; -2 where none is given."""
    text = text.strip().split("-")[0]
    return -2 if text in MISSING else _PLACES.get(_UNIPROT.get(text, ""), -1)


def _analytes(batch: pa.RecordBatch, found: dict[str, str]) -> np.ndarray:
    """The place of each row's analyte among `CANONICAL`, -1 for other assays.

    Names count where there is no accession.
    """

    def coded(column, place_of, missing):
        """The places of a column's texts."""
        array = batch.column(found[column])
        if not pa.types.is_dictionary(array.type):
            array = pc.dictionary_encode(array.cast(pa.string()))
        places = [missing if text is None else place_of(text) for text in array.dictionary.to_pylist()]
        indices = array.indices.fill_null(len(places)).to_numpy(zero_copy_only=False)
        return np.array([*places, missing])[indices]

    by_name = coded("assay", _of_assay, -1) if "assay" in found else np.full(len(batch), -1)
    if "uniprot" not in found:
        return by_name
    by_accession = coded("uniprot", _of_accession, -2)
    return np.where(by_accession == -2, by_name, by_accession)


def _kept(batch: pa.RecordBatch, found: dict[str, str], first: int) -> pd.DataFrame:
    """The rows of the three assays, by our names of columns, indexed by their numbers in the file."""
    places = _analytes(batch, found)
    rows = np.flatnonzero(places >= 0)
    taken = pa.array(rows)
    columns = {ours: _cells(batch.column(theirs).take(taken)) for ours, theirs in found.items()}
    columns["analyte"] = np.array(list(_PLACES))[places[rows]]
    return pd.DataFrame(columns, index=first + rows)


def _cells(array: pa.Array) -> np.ndarray:
    """Numbers as float64, whole ones that are identifiers included; anything else as text."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_floating(array.type) or pa.types.is_decimal(array.type):
        return array.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return array.cast(pa.string()).to_numpy(zero_copy_only=False)


def _joined(pieces: list[pd.DataFrame], total: int, path) -> pd.DataFrame:
    """All rows, as text where they are no measurements; missing ones as NA."""
    if not total:
        raise InputError(path, "it has a header and no rows", "give it at least one row")
    frame = pd.concat([piece for piece in pieces if len(piece)] or pieces or [pd.DataFrame()])
    for name in frame.columns:
        if name in _NUMBERS and frame[name].dtype == float:
            continue
        if frame[name].dtype == float:
            # Identifiers with gaps become numbers with a decimal point when tables are written.
            whole = (frame[name] % 1).fillna(0).eq(0)
            frame[name] = frame[name].astype("Int64") if whole.all() else frame[name]
        texts = frame[name].astype("str").str.strip()
        frame[name] = texts.mask(texts.isin(MISSING))
    return frame


def _logarithms(rows: _Rows, column: str) -> pd.Series:
    """NPX, or their limits, as float64; InputError if they cannot be logarithms."""
    if column not in rows.frame:
        return pd.Series(np.nan, index=rows.frame.index)
    label, values = {"value": "NPX", "lod": "LOD"}[column], rows.frame[column]
    if values.dtype != float:
        values = long_tables.numbers(values, label, rows.at, rows.decimal_comma)
    known = values.dropna()
    if len(known) and known.min() > 0 and known.median() > _MOST_NPX:
        raise InputError(
            rows.path,
            f"its {label} look like linear values, since their median is {known.median():.4g}",
            "export NPX, which are logarithms to base 2",
        )
    outside = known.abs() > _MOST_NPX
    if outside.any():
        raise InputError(
            rows.at(outside.idxmax()),
            f"{label} '{known[outside.idxmax()]:.4g}' is outside {-_MOST_NPX:g} to {_MOST_NPX:g}",
            "correct it, or leave the cell empty if the value is missing",
        )
    return values


def _reasons(rows: _Rows) -> pd.Series:
    """Why each row cannot be used, NA where it can."""
    frame = rows.frame
    kind = long_tables.optional(frame, "sample_type")
    named = frame["sample_id"].str.fullmatch(_CONTROL).fillna(False).astype(bool)
    control = (kind.str.upper() != "SAMPLE").where(kind.notna(), named).astype(bool)
    nameless = frame["sample_id"].isna() & ~control
    if nameless.any():
        raise InputError(rows.at(nameless.idxmax()), "the sample has no ID", "fill it in or delete the line")
    reason = pd.Series(None, index=frame.index, dtype="str")
    for name in ("assay_qc", "sample_qc"):
        reason[_warned(rows, name)] = _REASONS[name]
    reason[frame["value"].isna()] = _REASONS["missing"]
    reason[control] = _REASONS["control"]
    return reason


def _warned(rows: _Rows, column: str) -> pd.Series:
    """Rows about which quality control says anything but that they pass."""
    cells = long_tables.optional(rows.frame, column)
    words = cells.str.upper()
    warned = words.str.match("WARN|FAIL|MANUAL|EXCLUDED").fillna(False).astype(bool)
    unknown = words.notna() & ~warned & ~words.str.match("PASS").fillna(False).astype(bool)
    if unknown.any():
        row = unknown.idxmax()
        raise InputError(
            rows.at(row),
            f"quality control says {quoted(cells[row])}",
            "write PASS, WARN or FAIL, as Olink does",
        )
    return warned


def _panels(frame: pd.DataFrame) -> pd.Series:
    """What tells the versions of an assay apart: its panel without the kit's version, block and Olink ID."""
    parts = [long_tables.optional(frame, name).fillna("") for name in ("panel", "block", "olink_id")]
    parts[0] = parts[0].str.replace(r" ?\(v.*", "", regex=True)
    return parts[0] + " " + parts[1] + " " + parts[2]


def _best_panels(usable: pd.DataFrame) -> pd.Series:
    """Each analyte's panel with most samples above the LOD; the first by name, where they are equal."""
    above = (~(usable["value"] < usable["lod"])).groupby([usable["analyte"], usable["panel"]]).sum()
    ranked = above.rename("above").reset_index().sort_values(["above", "panel"], ascending=[False, True])
    return ranked.drop_duplicates("analyte").set_index("analyte")["panel"]


def _results(frame: pd.DataFrame, rows: _Rows) -> pd.DataFrame:
    below = frame["value"] < frame["lod"]
    value = np.exp2(frame["lod"].where(below, frame["value"]))
    values = pd.DataFrame({"value": value, "low": value.mask(below, 0.0), "high": value})
    columns = frame[[name for name in ("sample_id", "visit", "date", "plate") if name in frame]]
    table = UserTable(columns, rows.path, rows.decimal_comma)
    results = long_tables.assemble(table, "sample_id", frame["analyte"], values, rows.path)
    return results.assign(relative=True)


def _refuse_repeats(results: pd.DataFrame, rows: _Rows) -> None:
    """InputError where a sample's result is there twice."""
    keys = results[["sample", "visit", "date", "analyte"]].fillna("")
    repeated = keys.duplicated()
    if repeated.any():
        second = int(np.argmax(repeated))
        first = int(np.argmax((keys == keys.iloc[second]).all(axis=1)))
        raise InputError(
            rows.at(results["line"].iloc[second]),
            f"this sample's {keys['analyte'].iloc[second]} is already on {rows.called} "
            f"{results['line'].iloc[first]}",
            "give repeated samples IDs of their own, and delete what is there twice",
        )


@contextlib.contextmanager
def _reading(path):
    """What damaged files raise, as a sentence."""
    try:
        yield
    except (pa.ArrowException, OSError, EOFError, KeyError, ValueError) as error:
        row = re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+)", str(error))
        if row:
            number, expected, got = row.groups()
            raise InputError(
                f"{path}, line {number}",
                f"it has {got} columns, the header {expected}",
                "give each line the header's columns",
            ) from error
        raise InputError(
            path, "it cannot be read as a UTF-8 table or a Parquet file", "copy or export it again"
        ) from error
