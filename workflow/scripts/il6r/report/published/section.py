"""The section on published values: what each verdict is set against."""

from il6r.report import blocks
from il6r.report.load import Study
from il6r.report.published.words import published_rows

TITLE = "Published values"
_HEADS = ("reference, and where it was read", "claim", "role", "value", "variant", "population", "n", "note")


def content(study: Study) -> list[blocks.Block]:
    """Every published value with its source."""
    rows: list[list[blocks.Text]] = [
        [
            blocks.Cell(f"{row['reference']}\ndoi {row['doi']}\n{row['read']}", head=True),
            *(row[key] for key in _HEADS[1:]),
        ]
        for row in published_rows(study.resource("published"))
    ]
    return [blocks.Shown("What each verdict is set against", _HEADS, rows)]
