"""The section on reporting checklists."""

from il6r.report import blocks
from il6r.report.load import Study

TITLE = "Checklists"


def content(study: Study) -> list[blocks.Block]:
    """Nothing yet."""
    return []
