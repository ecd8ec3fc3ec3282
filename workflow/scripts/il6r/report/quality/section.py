"""The section on data quality: a row a cohort, and every check beside its limits."""

from il6r.report import blocks
from il6r.report.cohort import data_checks
from il6r.report.load import Study

TITLE = "Data quality"


def content(study: Study) -> list[blocks.Block]:
    """What the checks of the data say."""
    return data_checks.content(study)
