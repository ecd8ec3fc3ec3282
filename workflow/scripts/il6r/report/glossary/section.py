"""The section on words."""

from il6r.report import blocks
from il6r.report.load import Study

TITLE = "Glossary"


def content(study: Study) -> list[blocks.Block]:
    """Nothing yet."""
    return []
