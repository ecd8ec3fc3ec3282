"""The section on downloads."""

from il6r.report import blocks
from il6r.report.load import Study

TITLE = "Downloads"


def content(study: Study) -> list[blocks.Block]:
    """Nothing yet."""
    return []
