"""The section on claims: what each verdict rests on, and every other estimate."""

from il6r.report import blocks
from il6r.report.association import section as association
from il6r.report.load import Study
from il6r.report.replication import section as replication
from il6r.report.verdicts import section as verdicts

TITLE = "Claims, one by one"


def content(study: Study) -> list[blocks.Block]:
    """The claims' cards, then what else was estimated."""
    return [*verdicts.content(study), *replication.content(study), *association.content(study)]
