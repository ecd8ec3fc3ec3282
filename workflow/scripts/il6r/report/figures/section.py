"""The section on figures: every figure of the register."""

from il6r.report import blocks
from il6r.report.load import Study
from il6r.report.register import FIGURES

TITLE = "Figures"
# The one that stands open: what the variant does to sIL-6R is what all else rests on.
_OPEN = "sil6r_by_genotype"


def content(study: Study) -> list[blocks.Block]:
    """One figure, and the others each under a line."""
    others = [
        blocks.Disclosure(f"{one.label[0].upper()}{one.label[1:]}", [study.figure(name)])
        for name, one in FIGURES.items()
        if name != _OPEN
    ]
    return [study.figure(_OPEN), *others]
