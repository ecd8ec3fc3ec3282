"""A table that keeps its contract passes in the contract's types; each way to break it is refused."""

import pandas as pd
import pytest
from pandera.errors import SchemaError, SchemaErrors

from il6r.tables.contract import FLAG, REAL, TEXT, WHOLE, Table, column
from il6r.tables.dictionary import contracts, rows

TABLES = contracts()
# What cells may hold is one of these in every column of every table; what they mean is not checked.
SPECS = sorted(
    {
        spec._replace(meaning="", unit="", required=True)
        for table in TABLES.values()
        for spec in table.columns.values()
    },
    key=str,
)


def cells(spec) -> list:
    """Two different cells that a column may hold, as Python's own types."""
    if spec.allowed is not None:
        return [spec.allowed[0], spec.allowed[-1]]
    if spec.kind == TEXT:
        return ["one", "two"]
    if spec.kind in (FLAG, "boolean"):
        return [True, False]
    low, high = (spec.low or 0), (2 if spec.high is None else spec.high)
    return [int(low), int(high)] if spec.kind == WHOLE else [float(low), float(high)]


def valid(table: Table) -> pd.DataFrame:
    """Two rows that keep a contract, not in the contract's types yet."""
    return pd.DataFrame({name: cells(spec) for name, spec in table.columns.items()}, dtype=object)


def bad_cells(spec):
    """A cell for each way in which a cell can break a column's contract."""
    if not spec.nullable and spec.kind != FLAG:
        yield None
    if spec.kind in (REAL, WHOLE):
        yield "high"
    if spec.kind == WHOLE:
        yield 1.5
    if spec.low is not None:
        yield spec.low - 1
        # As for pandera, no number of a range is beyond 1e300.
        yield float("inf")
    if spec.high is not None:
        yield spec.high + 1
    if spec.allowed is not None:
        yield "another"


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_what_keeps_the_contract_is_given_back_as_pandera_would(table):
    frame = valid(table)
    checked = table.check(frame[frame.columns[::-1]])
    assert {name: str(cells.dtype) for name, cells in checked.items()} == {
        name: spec.kind for name, spec in table.columns.items()
    }
    pd.testing.assert_frame_equal(checked, table._schema().validate(frame))
    pd.testing.assert_frame_equal(table.check(frame.iloc[:0]), table._schema().validate(frame.iloc[:0]))


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_and_its_columns_say_what_they_are(table):
    for said in (table.meaning, *(spec.meaning for spec in table.columns.values())):
        assert said.endswith(".")
        assert not said[0].isspace()
    for name, spec in table.columns.items():
        assert table.unit_of(name) or spec.kind != REAL, name
    assert table.of_people == (
        table.file.endswith(".parquet") or table.name in ("conflicts", "true_relatives")
    )


def test_the_dictionary_has_each_column_of_each_table_with_its_unit():
    said = {(row["table"], row["column"]): row for row in rows()}
    assert len(said) == sum(len(table.columns) for table in TABLES.values())
    assert said["person_days", "enmo_mg"]["unit"].startswith("milli-g")
    assert said["concentrations", "sil6r_low_ng_ml"]["unit"] == "ng/mL"
    assert said["sensitivity", "kind"]["unit"] is None


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_key_that_is_there_twice_a_column_too_few_and_one_too_many_are_refused(table):
    needed = next(name for name, spec in table.columns.items() if spec.required)
    broken = [valid(table).drop(columns=needed)]
    broken += [valid(table).iloc[[0, 0]]] * bool(table.key)
    broken += [valid(table).assign(another=1)] * (not table.extra)
    for frame in broken:
        with pytest.raises((SchemaError, SchemaErrors)):
            table.check(frame)


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_a_cell_that_a_column_may_not_hold_is_refused(spec):
    table = Table("one.tsv", "One column.", {"x": spec})
    for cell in bad_cells(spec):
        with pytest.raises((SchemaError, SchemaErrors)):
            print(cell, table.check(pd.DataFrame({"x": [cells(spec)[0], cell]}, dtype=object)))


def test_missing_cells_are_in_no_range_and_a_users_own_columns_follow():
    columns = {
        "x": column(REAL, "A number.", nullable=True, low=0),
        "y": column(WHOLE, "A count.", nullable=True),
    }
    frame = pd.DataFrame({"mine": ["a", "b"], "y": [None, 3], "x": [None, 1]})
    checked = Table("own.tsv", "A user's.", columns, extra=True).check(frame)
    assert list(checked) == ["x", "y", "mine"]
    assert checked["x"].isna().tolist() == checked["y"].isna().tolist() == [True, False]
