"""The section on checklists: each item with what the report says to it, or what is to be written."""

from collections.abc import Callable
from dataclasses import dataclass

from il6r.report import blocks
from il6r.report.checklists import accelerometry, immunoassay, items, strega, strobe_mr
from il6r.report.load import Study

TITLE = "Checklists"
_HEADS = ("item", "topic", "status", "what this report says", "yours to write")
_HOW = "Done: the sentence and the section that it links to answer the item; in part: authors add to it"


@dataclass(frozen=True)
class _Guideline:
    """A guideline: its name in `resources/checklists.tsv`, what it is called, of what, and its source.

    One that is `printed` is on paper too; the others are in the supplement.
    """

    name: str
    title: str
    subject: str
    source: str
    sentences: items.Sentences
    not_here: Callable[[Study], str]
    printed: bool = False


GUIDELINES = (
    _Guideline(
        "strega",
        "STREGA",
        "genetic association studies",
        "Little 2009, doi 10.1371/journal.pmed.1000022",
        strega.SENTENCES,
        lambda _study: "",
        printed=True,
    ),
    _Guideline(
        "strobe_mr",
        "STROBE-MR",
        "Mendelian randomisation",
        "Skrivankova 2021, doi 10.1001/jama.2021.18236",
        strobe_mr.SENTENCES,
        strobe_mr.not_here,
    ),
    _Guideline(
        "accelerometry",
        "Accelerometry",
        "collection and processing criteria",
        "after the criteria of Migueles 2017, doi 10.1007/s40279-017-0716-0",
        accelerometry.SENTENCES,
        accelerometry.not_here,
    ),
    _Guideline(
        "immunoassay",
        "Immunoassays",
        "validation and conduct",
        "after the parameters of Andreasson 2015, doi 10.3389/fneur.2015.00179, and ICH M10",
        immunoassay.SENTENCES,
        immunoassay.not_here,
    ),
)


def content(study: Study) -> list[blocks.Block]:
    """A table for each guideline, under a line that counts what is done."""
    return [_table(study, one) for one in GUIDELINES]


def answers(study: Study) -> dict[str, list[items.Item]]:
    """The items of each guideline, by its name."""
    return {
        one.name: items.answered(study, one.name, one.sentences, one.not_here(study)) for one in GUIDELINES
    }


def _table(study: Study, guideline: _Guideline) -> blocks.Disclosure:
    found = items.answered(study, guideline.name, guideline.sentences, guideline.not_here(study))
    numbers = items.counted(found)
    rows = [
        [blocks.Cell(one.item, head=True), one.topic, blocks.Status(one.status), _said(one), one.yours]
        for one in found
    ]
    caption = f"{guideline.title}, {guideline.subject} ({guideline.source}): {numbers}"
    return blocks.Disclosure(
        f"{guideline.title}: {guideline.subject}",
        [blocks.Shown(caption, _HEADS, rows, how=_HOW)],
        beside=numbers,
        printed=guideline.printed,
    )


def _said(one: items.Item) -> blocks.Text:
    """An item's sentence, which ends with a link to the section that holds it."""
    if not one.section:
        return one.sentence
    return (f"{one.sentence} ", blocks.Link(one.section, one.section))
