"""What should be known before a finding is cited?"""

from il6r.report import blocks
from il6r.report.load import Study

TITLE = "Before you cite"


def content(study: Study) -> list[blocks.Block]:
    """Nothing yet."""
    return []
