"""What is a table's contract, and how is a table written and read under it?"""

from dataclasses import dataclass, field
from typing import NamedTuple

TEXT, REAL, WHOLE, FLAG = "str", "float64", "Int64", "bool"


class Column(NamedTuple):
    """One column: its pandas type, whether cells may be missing, and what they may hold."""

    kind: str
    nullable: bool
    low: float | None
    high: float | None
    allowed: tuple | None
    required: bool


def column(kind, *, nullable=False, low=None, high=None, allowed=None, required=True) -> Column:
    """A column; `low` and `high` are the allowed range, both ends included."""
    return Column(kind, nullable, low, high, allowed, required)


@dataclass(frozen=True)
class Table:
    """One table's contract.

    Attributes
    ----------
    name : what error messages call it.
    columns : columns by name, in the order they are written.
    key : the columns that identify a row.
    extra : whether further columns (a user's own covariates) may follow.
    """

    name: str
    columns: dict[str, Column] = field(repr=False)
    key: tuple[str, ...] = ()
    extra: bool = False

    def check(self, frame):
        """The frame in schema order and types; pandera.errors.SchemaError if it breaks the contract."""
        # Here and not above, since reading a biobank's calls takes less time than importing pandera.
        import pandera.pandas as pa

        def checks(spec):
            """A column's pandera checks."""
            if spec.low is not None or spec.high is not None:
                yield pa.Check.in_range(
                    -1e300 if spec.low is None else spec.low, 1e300 if spec.high is None else spec.high
                )
            if spec.allowed is not None:
                yield pa.Check.isin(list(spec.allowed))

        schema = pa.DataFrameSchema(
            {
                name: pa.Column(
                    spec.kind, list(checks(spec)), nullable=spec.nullable, required=spec.required, coerce=True
                )
                for name, spec in self.columns.items()
            },
            unique=list(self.key) or None,
            strict=not self.extra,
            name=self.name,
        )
        present = [name for name in self.columns if name in frame]
        others = [name for name in frame if name not in self.columns]
        return schema.validate(frame[present + others].reset_index(drop=True))

    def write(self, frame, path) -> None:
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

    def write_rows(self, rows: list[dict], path) -> None:
        """Write a table, which may be empty, from its rows."""
        import pandas as pd

        names = [name for name, spec in self.columns.items() if spec.required or any(name in r for r in rows)]
        self.write(pd.DataFrame(rows, columns=names), path)

    def write_arrays(self, columns: dict, path) -> None:
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

    def read(self, path):
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
