"""What is a table's contract, and how is a table written and read under it?

Participant-level tables are Parquet; results that people read are TSV with "NA" for missing and ten
significant digits. A table is checked when written and when read.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple, TypedDict

if TYPE_CHECKING:
    # Where a table is read or written, since reading calls must start fast and these do not.
    import pandas as pd
    import pandera.pandas as pandera

# Names of files that several stages have.
_SHARED_STEMS = ("qc", "flow")
TEXT, REAL, WHOLE, FLAG, MAYBE = "str", "float64", "Int64", "bool", "boolean"
# The units that the ends of column names stand for.
_UNITS = {
    "_ng_ml": "ng/mL",
    "_pg_ml": "pg/mL",
    "_pm": "pmol/L",
    "_mg": "milli-g (thousandths of standard gravity)",
    "_min_per_day": "minutes a day",
    "_min_per_week": "minutes a week",
    "_h": "hours",
    "_hz": "Hz",
    "_ppm": "parts per million",
    "_percent": "percent",
    "_utc": "seconds since 1970-01-01 UTC",
    "_kb": "kilobases",
}


class Column(NamedTuple):
    """One column: its pandas type, what it means, its unit, and what cells may hold."""

    kind: str
    meaning: str
    unit: str
    nullable: bool
    low: float | None
    high: float | None
    allowed: tuple[str, ...] | None
    required: bool

    def range(self) -> tuple[float, float] | None:
        """The lowest and highest value allowed, None if any is."""
        if self.low is None and self.high is None:
            return None
        return -1e300 if self.low is None else self.low, 1e300 if self.high is None else self.high


class Cells(TypedDict, total=False):
    """What cells of several columns may hold, as `column` takes it."""

    nullable: bool
    low: float
    high: float
    required: bool


class Quantity(Cells):
    """The same, and their unit."""

    unit: str


def column(
    kind: str,
    meaning: str,
    *,
    unit: str = "",
    nullable: bool = False,
    low: float | None = None,
    high: float | None = None,
    allowed: tuple[str, ...] | None = None,
    required: bool = True,
) -> Column:
    """A column.

    `low` and `high` are the allowed range, both ends included. A unit that the name says need not be given.
    """
    return Column(kind, meaning, unit, nullable, low, high, allowed, required)


@dataclass(frozen=True)
class Table:
    """One table's contract.

    Attributes
    ----------
    file : its place below the results folder, with Snakemake's wildcards.
    meaning : what it is, in one sentence.
    columns : columns by name, in the order they are written.
    key : the columns that identify a row.
    extra : whether further columns (a user's own covariates) may follow.
    of_people : whether its rows are participants, samples, or what belongs to one.
    """

    file: str
    meaning: str
    columns: dict[str, Column] = field(repr=False)
    key: tuple[str, ...] = ()
    extra: bool = False
    of_people: bool = False

    @property
    def name(self) -> str:
        """Its file's name, without a shard's number; of files that several stages have, with the folder's."""
        path = PurePosixPath(self.file)
        stem = path.stem.removeprefix("{shard}_")
        return f"{path.parent.name}_{stem}" if stem in _SHARED_STEMS else stem

    def unit_of(self, name: str) -> str:
        """The unit of a column's cells: what is declared, or what the end of its name stands for."""
        declared = self.columns[name].unit
        return declared or next((unit for end, unit in _UNITS.items() if name.endswith(end)), "")

    def at(self, file: str, meaning: str) -> "Table":
        """A table of the same columns in another file."""
        return replace(self, file=file, meaning=meaning)

    def check(self, frame: "pd.DataFrame") -> "pd.DataFrame":
        """The frame in schema order and types; a SchemaError(s) of pandera if it breaks the contract."""
        present = [name for name in self.columns if name in frame]
        others = [name for name in frame if name not in self.columns]
        frame = frame[present + others].reset_index(drop=True)
        kept = self._as_agreed(frame)
        return self._schema().validate(frame) if kept is None else kept

    def _as_agreed(self, frame: "pd.DataFrame") -> "pd.DataFrame | None":
        """The frame in the contract's types, None if it may break the contract.

        What pandera would say of a table, in a tenth of its time and without importing it, which takes as
        long as most rules' own work. A table that is not in order goes to pandera, to be told why.
        """
        present = [name for name in self.columns if name in frame]
        if any(spec.required and name not in frame for name, spec in self.columns.items()):
            return None
        if not frame.columns.is_unique or (not self.extra and len(present) < frame.shape[1]):
            return None
        others = [name for name in present if str(frame[name].dtype) != self.columns[name].kind]
        try:
            frame = frame.astype({name: self.columns[name].kind for name in others}) if others else frame
        except (TypeError, ValueError, OverflowError):
            return None
        if self.key and frame.duplicated(list(self.key)).any():
            return None
        for name in present:
            spec, cells = self.columns[name], frame[name]
            if not spec.nullable and cells.hasnans:
                return None
            if (limits := spec.range()) is not None:
                # What is missing lies neither below nor above.
                values = cells.to_numpy(dtype="float64", na_value=math.nan)
                if (values < limits[0]).any() or (values > limits[1]).any():
                    return None
            if spec.allowed is not None and not cells.dropna().isin(spec.allowed).all():
                return None
        return frame

    def _schema(self) -> "pandera.DataFrameSchema":
        """The contract in pandera's words."""
        import pandera.pandas as pandera

        def checks(spec: Column) -> Iterator[pandera.Check]:
            """A column's pandera checks."""
            limits = spec.range()
            if limits is not None:
                yield pandera.Check.in_range(*limits)
            if spec.allowed is not None:
                yield pandera.Check.isin(list(spec.allowed))

        return pandera.DataFrameSchema(
            {
                name: pandera.Column(
                    spec.kind, list(checks(spec)), nullable=spec.nullable, required=spec.required, coerce=True
                )
                for name, spec in self.columns.items()
            },
            unique=list(self.key) or None,
            strict=not self.extra,
            name=self.name,
        )

    def write(self, frame: "pd.DataFrame", path: str | Path) -> None:
        """Check `frame` and write it as Parquet or TSV, by the ending of `path`.

        A column that may be missing in each row may be missing altogether, and any of a table without rows.
        """
        absent = {
            name: None
            for name, spec in self.columns.items()
            if spec.required and (spec.nullable or not len(frame)) and name not in frame
        }
        frame = self.check(frame.assign(**absent).astype(dict.fromkeys(absent, "object")))
        if str(path).endswith(".parquet"):
            frame.to_parquet(path, index=False)
        else:
            frame.to_csv(path, sep="\t", index=False, na_rep="NA", float_format="%.10g", lineterminator="\n")

    def write_rows(self, rows: Sequence[Mapping[str, object]], path: str | Path) -> None:
        """Write a table, which may be empty, from its rows."""
        import pandas as pd

        unknown = {name for row in rows for name in row} - set(self.columns)
        if unknown and not self.extra:
            raise ValueError(f"{self.name}: rows have {sorted(unknown)}, which the table has not")
        names = [name for name, spec in self.columns.items() if spec.required or any(name in r for r in rows)]
        self.write(pd.DataFrame(rows, columns=names), path)

    def write_arrays(self, columns: Mapping[str, object], path: str | Path) -> None:
        """Write Parquet from pyarrow arrays without a data frame between, for a table of a whole biobank.

        Names, types and missing values are checked here, the rest when it is read.
        """
        import pyarrow as pa
        import pyarrow.parquet

        kinds = {TEXT: pa.string(), REAL: pa.float64(), WHOLE: pa.int64(), FLAG: pa.bool_()}
        schema = pa.schema(
            [
                pa.field(name, kinds[spec.kind], nullable=spec.nullable)
                for name, spec in self.columns.items()
                if spec.required or name in columns
            ]
        )
        table = pa.table(columns).select(schema.names).cast(schema)
        table.validate(full=True)
        pa.parquet.write_table(table, path)

    def read(self, path: str | Path) -> "pd.DataFrame":
        """Read a table written by `write` and check it."""
        import pandas as pd

        if str(path).endswith(".parquet"):
            return self.check(pd.read_parquet(path))
        frame = pd.read_csv(
            path,
            sep="\t",
            dtype={name: spec.kind for name, spec in self.columns.items()},
            keep_default_na=False,
            na_values=["NA"],
        )
        return self.check(frame)


def flow_table(stage: str, meaning: str) -> Table:
    """A stage's table of where everybody went.

    Within one `stage`, `counted` and `analysis`, each row's `left` is the row above's less what this one
    dropped; a chain's first row drops nothing.
    """
    return Table(
        f"{{cohort}}/{stage}/flow.tsv",
        meaning,
        {
            "cohort": column(TEXT, "The cohort's name in the configuration."),
            "stage": column(
                TEXT,
                "The stage that counted.",
                allowed=("genotypes", "assays", "activity", "cohort", "association"),
            ),
            "analysis": column(TEXT, "The analysis of the plan that is counted for.", nullable=True),
            "counted": column(TEXT, "What is counted: samples, participants, person-days, ..."),
            "reason": column(TEXT, "Why rows were dropped; of a chain's first row, where they are from."),
            "dropped": column(WHOLE, "How many were dropped for this reason.", low=0),
            "left": column(WHOLE, "How many are left after that.", low=0),
        },
    )
