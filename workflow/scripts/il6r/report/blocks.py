"""What is a section of the report made of? One kind of block for each macro of the page's templates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypedDict


class Block:
    """A part of a section; the templates have a macro of the same name for each kind."""

    @property
    def kind(self) -> str:
        """The name of its macro."""
        return type(self).__name__


class Inline:
    """A part of a text that is more than letters; the templates have a macro of the same name."""

    @property
    def kind(self) -> str:
        """The name of its macro."""
        return type(self).__name__


@dataclass(frozen=True)
class Link(Inline):
    """Words that lead to another part of the page, by its anchor."""

    text: str
    anchor: str


@dataclass(frozen=True)
class Light(Inline):
    """What a check of quality comes to, with its reason: an icon and a word, never a colour alone."""

    level: str
    text: str = ""

    @property
    def look(self) -> str:
        """The class and icon of its level, one of "pass", "look", "fail" and "not measured"."""
        return self.level if self.level in ("pass", "look", "fail") else "none"


# How the page shows a verdict's word: an icon, a colour, a place in the tally and in the answer, in the
# order of the tally.
LOOKS = {
    "rep": ("replicated", "no effect confirmed", "within the bound"),
    "dir": ("direction confirmed",),
    "siz": (
        "same direction, smaller",
        "same direction, larger",
        "same direction, size not comparable",
        "same direction, negligible",
    ),
    "con": ("contradicted", "beyond the bound"),
    "inc": ("inconclusive", "same direction, imprecise", "no effect not confirmed", "too few people"),
    "dis": ("cohorts disagree",),
    "chk": ("check the data first",),
    "not": ("not computable", "not tested"),
}


@dataclass(frozen=True)
class Verdict(Inline):
    """A verdict's word, with the icon and colour of what it comes to."""

    word: str

    @property
    def look(self) -> str:
        """What it comes to, of `LOOKS`, by which stylesheet and icons know it."""
        word = self.word.removesuffix(", same size")
        return next(look for look, words in LOOKS.items() if word in words)


# The class of an item of a checklist by its status; what a run does not fill has the last one.
_DONE = {"done": "here", "in part": "inpart"}


@dataclass(frozen=True)
class Status(Inline):
    """What an item of a checklist comes to, in a word."""

    word: str

    @property
    def look(self) -> str:
        """The class of its word."""
        return _DONE.get(self.word, "yours")


# Columns of a table whose rows become cards on a phone.
MOST_STACKED = 5
# Cards of a section that the navigation lists, at most.
MOST_LISTED = 24
# Rows of a table that are too few to be sorted.
FEWEST_SORTED = 3
# A text, or parts of one after each other.
Text: TypeAlias = "str | Inline | Sequence[str | Inline]"


@dataclass(frozen=True)
class Heading(Block):
    """A heading within a section, with the anchor that links to it, if one does."""

    text: str
    anchor: str = ""
    level: int = 3


@dataclass(frozen=True)
class Words(Block):
    """Paragraphs."""

    sentences: Sequence[Text]


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

    lines: Sequence["Text | Named"]
    ordered: bool = False


@dataclass(frozen=True)
class Named:
    """A line of a list that begins with a name."""

    name: str
    text: Text = ""


@dataclass(frozen=True)
class Cell(Inline):
    """A table's cell that is more than its text: over several rows, a head of its row, or code."""

    text: Text
    rows: int = 1
    head: bool = False
    code: bool = False


@dataclass(frozen=True)
class Group:
    """Rows of a table under a heading of their own."""

    label: str
    rows: Sequence[Sequence[Text]]


@dataclass(frozen=True)
class Shown(Block):
    """A table: its caption, the heads of its columns, and rows of cells, which may be in groups.

    Rows that are `one_line` are not broken. A cell's line breaks are kept.

    Attributes
    ----------
    how : one sentence that says how it is read.
    number : "Table 3" or "Table S3", which `numbering` gives.
    """

    caption: str
    heads: Sequence[str]
    rows: Sequence["Sequence[Text] | Group"]
    one_line: bool = False
    how: str = ""
    number: str = ""

    @property
    def all_rows(self) -> list[Sequence[Text]]:
        """Its rows without their groups."""
        return [own for one in self.rows for own in (one.rows if isinstance(one, Group) else [one])]

    @property
    def stacked(self) -> bool:
        """Whether its rows become cards on a narrow page: of few columns, and no cell over several rows."""
        return len(self.heads) <= MOST_STACKED and not self._tall

    @property
    def sortable(self) -> bool:
        """Whether readers may sort its rows, since there are several, and no cell is over several of them."""
        return len(self.all_rows) > FEWEST_SORTED and not self._tall

    @property
    def _tall(self) -> bool:
        return any(isinstance(cell, Cell) and cell.rows > 1 for row in self.all_rows for cell in row)


@dataclass(frozen=True)
class Figure(Block):
    """A figure, by its name in the register.

    Attributes
    ----------
    files : data URIs of what can be had of it by the ends of their names ("svg", "pdf", "csv"), from `page`.
    number : "Figure 3" or "Figure S3", which `numbering` gives.
    """

    name: str
    alternative: str
    caption: str
    files: Mapping[str, str] = field(default_factory=dict, hash=False)
    number: str = ""


@dataclass(frozen=True)
class Disclosure(Block):
    """Blocks that are folded under a line that says what they are, or stand open at first.

    Attributes
    ----------
    summary : the line; with an anchor a heading.
    verdict, lights : what the line ends with; a verdict's colour is that of the frame.
    narrow : its tables have many columns.
    anchor : what links lead to; with one it is a card, which the navigation lists under its section.
    open : whether it is open at first; what is not is supplementary, and numbered so.
    label : what the navigation calls it, if not by the summary.
    beside : what stands in the line after the summary, such as an estimate.
    printed : whether it is on paper though it is folded; of other folded parts the line is.
    """

    summary: str
    blocks: Sequence[Block]
    verdict: Verdict | None = None
    narrow: bool = False
    anchor: str = ""
    open: bool = False
    lights: Sequence[Light] = ()
    label: str = ""
    beside: str = ""
    printed: bool = False


@dataclass(frozen=True)
class Columns(Block):
    """Blocks side by side, below each other where the page is narrow; the left ones are the wider."""

    left: Sequence[Block]
    right: Sequence[Block]


@dataclass(frozen=True)
class Download:
    """A file to take along, as part of the page.

    Attributes
    ----------
    name : what it is saved as.
    what : what it holds, in a sentence.
    content : what stands in it.
    media : its media type.
    rows : of a table, the number of rows.
    """

    name: str
    what: str
    content: bytes
    media: str = "text/csv"
    rows: int | None = None


@dataclass(frozen=True)
class Downloads(Block):
    """A list of files to take along."""

    files: Sequence[Download]


@dataclass(frozen=True)
class Pasted(Block):
    """A paragraph to paste elsewhere: a button copies it, beside files to take along."""

    anchor: str
    text: str
    files: Sequence[Download]


@dataclass(frozen=True)
class Small(Block):
    """Paragraphs in small print, in columns on paper."""

    sentences: Sequence[str]


@dataclass(frozen=True)
class References(Block):
    """A list of publications."""

    lines: Sequence[str]


@dataclass(frozen=True)
class Terms(Block):
    """Words with what they mean."""

    terms: Sequence[Named]


@dataclass(frozen=True)
class Code(Block):
    """Text in which every space counts."""

    text: str


@dataclass(frozen=True)
class Section:
    """A section of the page, in its order; if it is quiet, its title stands in the navigation only."""

    name: str
    title: str
    blocks: Sequence[Block]
    quiet: bool = False

    @property
    def cards(self) -> list[Disclosure]:
        """Its parts that the navigation lists under it: its cards; of many, those that stand open."""
        cards = [block for block in self.blocks if isinstance(block, Disclosure) and block.anchor]
        return cards if len(cards) <= MOST_LISTED else [card for card in cards if card.open]


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
    how: str = "",
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
    return Shown(caption, heads, cells, one_line, how)


def headed(caption: str, heads: Sequence[str], rows: Iterable[Headed], *, how: str = "") -> Shown:
    """A table whose rows have a head each."""
    cells: list[list[Text]] = [[Cell(row["name"], head=True), *row["cells"]] for row in rows]
    return Shown(caption, heads, cells, how=how)
