"""The section on methods: a paragraph to paste, every step with its settings, and the references."""

from il6r.report import blocks
from il6r.report.load import Study
from il6r.report.methods import in_full, paragraph, references

TITLE = "Methods"


def content(study: Study) -> list[blocks.Block]:
    """What was done, as a paper would tell it, and in full."""
    cited = in_full.cited(study)
    files = [
        blocks.Download(
            "methods.md",
            "The paragraph, the methods in full and the references.",
            in_full.markdown(study).encode(),
            "text/markdown",
        ),
        blocks.Download(
            "references.bib",
            "The references as BibTeX.",
            references.bibtex(cited).encode(),
            "application/x-bibtex",
        ),
    ]
    return [
        blocks.Words(
            [
                "A paragraph to paste, made from the settings of this run; its citation keys are those of "
                "references.bib."
            ]
        ),
        blocks.Pasted("methods-paragraph", " ".join(paragraph.sentences(study)), files),
        blocks.Disclosure("Methods in full", [blocks.Small(in_full.sentences(study))]),
        blocks.Disclosure(
            "References",
            [blocks.References([references.in_list(one) for one in cited])],
            beside=f"{len(cited)} publications",
            printed=True,
        ),
    ]
