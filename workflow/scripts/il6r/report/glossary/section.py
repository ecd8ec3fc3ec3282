"""The section on words: what those of the field mean that the report uses."""

from il6r.report import blocks
from il6r.report.glossary import terms
from il6r.report.load import Study
from il6r.report.methods import in_full, paragraph
from il6r.tables.genotypes import GENOTYPES_QC

TITLE = "Glossary"


def content(study: Study) -> list[blocks.Block]:
    """The terms that every report uses, and those of the methods of this one."""
    groups = study.table(GENOTYPES_QC)["group"].unique()
    used = terms.used("\n".join([*paragraph.sentences(study), *in_full.sentences(study), *groups]))
    return [
        blocks.Disclosure(
            "Words of this report",
            [blocks.Terms([blocks.Named(one.term, one.meaning) for one in used])],
            beside=f"{len(used)} terms",
            printed=True,
        )
    ]
