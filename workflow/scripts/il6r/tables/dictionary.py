"""Which tables are there, and what do they mean: every contract, and the data dictionary made of them."""

from il6r.tables import activity, assays, association, cohort, data_checks, genotypes, replication, synthetic
from il6r.tables.contract import TEXT, Table, column

DICTIONARY = Table(
    "dictionary.tsv",
    "What each column of each table means.",
    {
        "table": column(TEXT, "The table."),
        "file": column(TEXT, "Its place in the results folder."),
        "column": column(TEXT, "The column."),
        "type": column(TEXT, "What its cells are.", allowed=("text", "number", "whole number", "yes or no")),
        "unit": column(TEXT, "Their unit; 1 for what has none, NA for what is no quantity.", nullable=True),
        "meaning": column(TEXT, "What it means."),
    },
    key=("table", "column"),
)
_TYPES = {
    "str": "text",
    "float64": "number",
    "Int64": "whole number",
    "bool": "yes or no",
    "boolean": "yes or no",
}


def contracts() -> dict[str, Table]:
    """Every table that crosses a stage, by its name, in the order of the stages."""
    stages = (synthetic, genotypes, assays, activity, cohort, association, data_checks, replication)
    tables = (table for stage in stages for table in vars(stage).values() if isinstance(table, Table))
    return {table.name: table for table in (*tables, DICTIONARY)}


def rows() -> list[dict[str, str | None]]:
    """`DICTIONARY`: a row for each column of each table."""
    return [
        {
            "table": table.name,
            "file": table.file.replace("{", "<").replace("}", ">"),
            "column": name,
            "type": _TYPES[spec.kind],
            "unit": table.unit_of(name) or None,
            "meaning": spec.meaning,
        }
        for table in contracts().values()
        for name, spec in table.columns.items()
    ]
