"""The section on methods, written from the settings that were used and from what the tables say."""

from il6r.report import blocks, privacy
from il6r.report.activity import methods as activity
from il6r.report.assays import methods as assays
from il6r.report.association import methods as association
from il6r.report.genotypes import methods as genotypes
from il6r.report.load import Study
from il6r.report.replication import methods as replication
from il6r.tables.association import CAUSAL, ESTIMATES, GENETIC_MODELS, SENSITIVITY
from il6r.tables.genotypes import SOURCES
from il6r.tables.replication import POOLED

TITLE = "Methods"


def content(study: Study) -> list[blocks.Block]:
    """What was done, as a reader of a paper would want it."""
    config, estimates = study.config, study.table(ESTIMATES)
    others = (study.table(one) for one in (GENETIC_MODELS, SENSITIVITY, CAUSAL))
    return [
        blocks.Words(
            [
                *genotypes.sentences(config, study.table(SOURCES)),
                *assays.sentences(config, estimates, study.resource("constants")),
                *activity.sentences(config),
                *association.sentences(study.plan, estimates, *others),
                *replication.sentences(study.plan, study.table(POOLED)),
                _rounding(study.minimum),
            ]
        )
    ]


def _rounding(minimum: int) -> str:
    """How numbers of people are told."""
    base = privacy.step(minimum)
    if base == 1:
        return "Numbers of people are exact."
    return (
        f"Numbers of people are rounded down to multiples of {base}, so that no group of fewer than "
        f"{minimum} follows from a difference; shares, allele frequencies and their intervals are computed "
        "from the rounded numbers, p-values of genotype counts are given between limits, and results of "
        f"groups of fewer than {base} people are not shown."
    )
