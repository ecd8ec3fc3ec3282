"""Which kinds of blocks has the section on claims of its own?"""

from collections.abc import Sequence
from dataclasses import dataclass

from il6r.report import blocks


@dataclass(frozen=True)
class Judged:
    """A published value: what it is to the claim, its verdict (none of context), and why; or all context."""

    role: str
    source: str
    reason: str
    verdict: blocks.Verdict | None = None


@dataclass(frozen=True)
class Verdicts(blocks.Block):
    """The verdict on each published value of a claim."""

    judged: Sequence[Judged]


@dataclass(frozen=True)
class Absent:
    """A claim without an estimate: what links lead to, what it is called, and why it was not tested."""

    anchor: str
    label: str
    reason: str


@dataclass(frozen=True)
class Untested(blocks.Block):
    """Claims that were not tested, as a list."""

    claims: Sequence[Absent]


@dataclass(frozen=True)
class Term:
    """A term and what is said of it; of a check, whether it is met."""

    name: str
    text: str
    met: bool | None = None


@dataclass(frozen=True)
class ClaimTerms(blocks.Block):
    """What is said of a claim under several terms."""

    terms: Sequence[Term]
