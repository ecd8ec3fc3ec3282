"""What was done, every step with its settings, and which publications are behind it?"""

from il6r.report import privacy
from il6r.report.activity import methods as activity
from il6r.report.assays import methods as assays
from il6r.report.association import methods as association
from il6r.report.genotypes import methods as genotypes
from il6r.report.load import Study
from il6r.report.methods import paragraph, references
from il6r.report.methods.references import Reference
from il6r.report.replication import methods as replication
from il6r.tables.activity import ACTIVITY_QC
from il6r.tables.assays import ASSAYS_QC
from il6r.tables.association import CAUSAL, ESTIMATES, GENETIC_MODELS, SENSITIVITY
from il6r.tables.genotypes import SOURCES
from il6r.tables.replication import POOLED


def sentences(study: Study) -> list[str]:
    """Every step that ran, as a reader of a paper's supplement would want it."""
    config, estimates = study.config, study.table(ESTIMATES)
    others = (study.table(one) for one in (GENETIC_MODELS, SENSITIVITY, CAUSAL))
    measured = study.table(ASSAYS_QC)["samples"].gt(0).any()
    quality = study.table(ACTIVITY_QC)
    active = quality["people"].gt(0).any() or quality["questionnaires_scored"].gt(0).any()
    return [
        *genotypes.sentences(config, study.table(SOURCES)),
        *(assays.sentences(config, estimates, study.resource("constants")) if measured else []),
        *(activity.sentences(config) if active else []),
        *association.sentences(study.plan, estimates, *others),
        *replication.sentences(study.plan, study.table(POOLED)),
        _rounding(study.minimum),
    ]


def cited(study: Study) -> list[Reference]:
    """What the paragraph, the methods in full and the published values of this study cite, by their keys."""
    texts = [*paragraph.sentences(study), *sentences(study), *study.resource("published")["doi"].dropna()]
    return references.cited(texts, references.load(study.resource("references")))


def markdown(study: Study) -> str:
    """The paragraph, the methods in full and the references as Markdown, with citations that pandoc knows."""
    listed = [f"- [@{one.key}] {references.in_list(one)}" for one in cited(study)]
    return "\n".join(
        [
            "# Methods",
            "",
            " ".join(paragraph.sentences(study)),
            "",
            "## In full",
            "",
            *(line for text in sentences(study) for line in (text, "")),
            "## References",
            "",
            "Keys are those of references.bib.",
            "",
            *listed,
            "",
        ]
    )


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
