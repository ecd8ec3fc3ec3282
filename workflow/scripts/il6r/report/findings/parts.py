"""What is the table of findings made of on the page? Parts with a macro each in `findings.j2`."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from il6r.report.blocks import Inline, Link, Shown, Text, Verdict
from il6r.report.findings.strip import Strip


@dataclass(frozen=True)
class Finding:
    """A claim's row.

    Attributes
    ----------
    claim : what it says, linked to its card.
    whom : whose publication decides, and how many others there are.
    published : what was published, without its source.
    here, interval : what was found, and the 95 % interval; empty where nothing could be pooled.
    strip : the picture of both; None where there is nothing to draw.
    verdict : None where nothing was published that could be replicated.
    met, checks : how many of so many checks of strength are met; 0 of 0 where nothing is decided.
    strength : what that comes to.
    more : what the best evidence says, where that is another value; or why there is no estimate.
    people, cohorts, i2 : on what it rests, in words.
    """

    claim: Link
    whom: str
    published: str
    here: str
    interval: str
    strip: Strip | None
    verdict: Verdict | None
    met: int
    checks: int
    strength: str
    more: str
    people: str
    cohorts: str
    i2: str

    @property
    def cells(self) -> list[Text]:
        """The row as text, a cell for each head of the table."""
        return [
            self.claim.text,
            f"{self.published} ({self.whom})",
            f"{self.here} ({self.interval})" if self.here else self.more,
            self.strip.sentence if self.strip else "",
            f"{self.verdict.word} ({self.strength})" if self.verdict else "",
            ", ".join(filter(None, (self.people, self.cohorts, self.i2))),
        ]


@dataclass(frozen=True)
class Part(Inline):
    """Findings under a heading of their own; `dense` ones are in smaller print."""

    label: str
    findings: Sequence[Finding]
    dense: bool = False


@dataclass(frozen=True)
class Summary(Shown):
    """The table of findings.

    Attributes
    ----------
    parts : its rows, in groups.
    untested : claims that no cohort could test, linked to where the reasons are.
    notes : what stands under it.
    """

    parts: Sequence[Part] = field(default_factory=tuple)
    untested: Sequence[Link] = ()
    notes: Text = ""
