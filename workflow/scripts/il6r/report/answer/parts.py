"""What is the answer made of on the page? Blocks with a macro each in `findings.j2`."""

from collections.abc import Sequence
from dataclasses import dataclass

from il6r.report.blocks import Block, Link, Text


@dataclass(frozen=True)
class Tile:
    """A claim's icon, which leads to it: its anchor, the look of its verdict, and both in words."""

    anchor: str
    look: str
    text: str


@dataclass(frozen=True)
class Tally:
    """How many claims have a verdict: its look, the number, and what it is called."""

    look: str
    count: int
    label: str


@dataclass(frozen=True)
class Way:
    """What a reader with so much time, or with such a purpose, follows."""

    purpose: str
    links: Sequence[Link]


@dataclass(frozen=True)
class Answered(Block):
    """The answer: first words, sentences, an estimate with its published values, all verdicts, and ways on.

    Attributes
    ----------
    look : the look of a verdict, whose colour the answer has.
    key : the estimate of the first claim, beside what was published.
    """

    look: str
    head: str
    sentences: str
    key: Text
    tiles: Sequence[Tile]
    tally: Sequence[Tally]
    ways: Sequence[Way]
