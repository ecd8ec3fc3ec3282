"""Which number has each table and each figure of the page?

What stands open is counted through the page ("Table 3"), what is folded beside it ("Table S3").
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from il6r.report.blocks import Block, Columns, Disclosure, Figure, Section, Shown


def numbered(sections: Sequence[Section]) -> list[Section]:
    """The sections with a number for each table and figure, in the order of the page."""
    counted: Counter[str] = Counter()
    return [replace(one, blocks=_all(one.blocks, counted, supplementary=False)) for one in sections]


def _all(parts: Sequence[Block], counted: Counter[str], *, supplementary: bool) -> list[Block]:
    return [_one(part, counted, supplementary=supplementary) for part in parts]


def _one(part: Block, counted: Counter[str], *, supplementary: bool) -> Block:
    if isinstance(part, Disclosure):
        closed = supplementary or not part.open
        return replace(part, blocks=_all(part.blocks, counted, supplementary=closed))
    if isinstance(part, Columns):
        left = _all(part.left, counted, supplementary=supplementary)
        return replace(part, left=left, right=_all(part.right, counted, supplementary=supplementary))
    # What another module derives of a table, such as a forest, is a table too.
    if not isinstance(part, Shown | Figure):
        return part
    name = "Table" if isinstance(part, Shown) else "Figure"
    series = f"{name} S" if supplementary else f"{name} "
    counted[series] += 1
    return replace(part, number=f"{series}{counted[series]}")
