"""The section on figures: every figure of the register."""

from il6r.report import blocks
from il6r.report.load import Study
from il6r.report.register import FIGURES

TITLE = "Figures"
# Those that stand open, since they show the two findings that all others rest on.
_OPEN = ("sil6r_by_genotype", "activity_by_genotype")


def content(study: Study) -> list[blocks.Block]:
    """Two figures, and the others each under a line."""
    others = [
        blocks.Disclosure(_capital(one.label), [study.figure(name)])
        for name, one in FIGURES.items()
        if name not in _OPEN
    ]
    return [*(study.figure(name) for name in _OPEN), *others]


def _capital(label: str) -> str:
    return f"{label[0].upper()}{label[1:]}"
