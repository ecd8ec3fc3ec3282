"""The section on cohorts: who is in them, and what their genotypes, assays and activity are like."""

from il6r.report import blocks
from il6r.report.activity import section as activity
from il6r.report.assays import section as assays
from il6r.report.cohort import section as cohort
from il6r.report.genotypes import section as genotypes
from il6r.report.load import Study

TITLE = "Cohorts"


def content(study: Study) -> list[blocks.Block]:
    """What is known of the people, then of their genotypes, assays and activity."""
    parts = (cohort, genotypes, assays, activity)
    return [blocks.Disclosure(part.TITLE, part.content(study)) for part in parts]
