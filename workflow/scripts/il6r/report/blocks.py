"""What is a section of the report made of? One kind of block for each macro of the page's template."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict


class Block:
    """A part of a section; the template has a macro of the same name for each kind."""

    @property
    def kind(self) -> str:
        """The name of its macro."""
        return type(self).__name__


@dataclass(frozen=True)
class Heading(Block):
    """A heading within a section, with the anchor that links to it, if one does."""

    text: str
    anchor: str = ""
    level: int = 3


@dataclass(frozen=True)
class Words(Block):
    """Paragraphs."""

    sentences: Sequence[str]


@dataclass(frozen=True)
class Pointer(Block):
    """A paragraph that ends with a link to another part of the page."""

    text: str
    label: str
    anchor: str


@dataclass(frozen=True)
class Warned(Block):
    """A paragraph that nobody should miss, under one word."""

    word: str
    text: str


@dataclass(frozen=True)
class Sentences(Block):
    """A list; with `ordered` its lines are numbered. A line may have a name before it."""

    lines: Sequence["str | Named"]
    ordered: bool = False


@dataclass(frozen=True)
class Named:
    """A line of a list that begins with a name."""

    name: str
    text: str = ""


# How the page shows a verdict's word: what agrees, what agrees in part, what goes against the claim, and what
# waits. All others leave it open.
_LOOKS = {
    "agrees": ("replicated", "direction confirmed", "no effect confirmed", "within the bound"),
    "partly": ("same direction",),
    "against": ("contradicted", "beyond the bound"),
    "waits": ("cohorts disagree", "check the data first"),
}


@dataclass(frozen=True)
class Verdict:
    """A verdict's word, on the screen in a frame of its colour and line."""

    word: str

    @property
    def look(self) -> str:
        """What it comes to, by which the stylesheet knows it."""
        return next((look for look, words in _LOOKS.items() if self.word.startswith(words)), "open")


@dataclass(frozen=True)
class Cell:
    """A table's cell that is more than text: over several rows, a head of its row, a verdict, or code."""

    text: "str | Verdict"
    rows: int = 1
    head: bool = False
    code: bool = False


@dataclass(frozen=True)
class Group:
    """Rows of a table under a heading of their own."""

    label: str
    rows: Sequence[Sequence["str | Cell"]]


@dataclass(frozen=True)
class Shown(Block):
    """A table: its caption, the heads of its columns, and rows of cells, which may be in groups.

    Rows that are `one_line` are not broken. A cell's line breaks are kept.
    """

    caption: str
    heads: Sequence[str]
    rows: Sequence["Sequence[str | Cell | Verdict] | Group"]
    one_line: bool = False


@dataclass(frozen=True)
class Figure(Block):
    """A figure, by its name in the register."""

    name: str
    alternative: str
    caption: str


@dataclass(frozen=True)
class Disclosure(Block):
    """Blocks that are closed at first, under a line that says what they are; a verdict may lead it."""

    summary: str
    blocks: Sequence[Block]
    verdict: Verdict | None = None
    narrow: bool = False


@dataclass(frozen=True)
class Code(Block):
    """Text in which every space counts."""

    text: str


@dataclass(frozen=True)
class Judged:
    """One published value on a claim's card: what it is to the claim, its verdict, and why."""

    role: str
    verdict: Verdict
    source: str
    reason: str


@dataclass(frozen=True)
class Checked:
    """One check on a claim's card: whether it is met, and its numbers."""

    met: bool
    text: str


@dataclass(frozen=True)
class ClaimCard(Block):
    """A claim: the estimate, what it rests on, its verdicts, how strong they are, and notes under a name."""

    label: str
    estimate: str
    basis: str
    judged: Sequence[Judged]
    strength: str
    checks: Sequence[Checked]
    notes: Sequence[Named]


@dataclass(frozen=True)
class Section:
    """A section of the page, in its order; the navigation has its title."""

    name: str
    title: str
    blocks: Sequence[Block]


class Headed(TypedDict):
    """A row of a table that begins with a head: its name and the cells after it."""

    name: str
    cells: list[str]


def table(
    caption: str,
    columns: Mapping[str, str | Sequence[str]],
    rows: Iterable[Mapping[str, Any]],
    *,
    one_line: bool = False,
) -> Shown:
    """A table of rows by key.

    Parameters
    ----------
    columns : the head of each column by its key in the rows; of a key whose rows have a list, several heads.
    """
    heads = [head for own in columns.values() for head in ([own] if isinstance(own, str) else own)]
    cells = [
        [cell for key, own in columns.items() for cell in ([row[key]] if isinstance(own, str) else row[key])]
        for row in rows
    ]
    return Shown(caption, heads, cells, one_line)


def headed(caption: str, heads: Sequence[str], rows: Iterable[Headed]) -> Shown:
    """A table whose rows have a head each."""
    return Shown(caption, heads, [[Cell(row["name"], head=True), *row["cells"]] for row in rows])
