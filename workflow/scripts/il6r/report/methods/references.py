"""Which publications does a text cite, and how are they written: as BibTeX and in a list of references?"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from il6r import origin

# The workflow itself, whose version is that of the code.
WORKFLOW = "il6rreplication"
# What BibTeX calls that in which a publication appeared, by its type.
_CONTAINERS = {"article": "journal", "misc": "howpublished", "techreport": "type"}
# What BibTeX takes for its own.
_SPECIAL = re.compile(r"([&%#$_])")
_AND_OTHERS = " and others"


@dataclass(frozen=True)
class Reference:
    """A publication; what is not known of it is an empty text.

    Attributes
    ----------
    key : by which texts cite it, [@key], and the key of its entry.
    type : the type of its entry (article, book, techreport, misc, software).
    authors : "Family, Given and Family, Given", which may end in "and others"; a group's name is in braces.
    journal : the journal, the series of a report, or the server of a preprint.
    cited_as : of one without a DOI, the words by which method texts cite it.
    """

    key: str
    type: str
    authors: str
    title: str
    journal: str
    year: str
    volume: str
    number: str
    pages: str
    publisher: str
    doi: str
    cited_as: str

    def is_cited(self, text: str) -> bool:
        """Whether a text names it: by its key, its DOI, or the words that stand for it."""
        by_doi = bool(self.doi) and re.search(rf"{re.escape(self.doi)}(?![\w/])", text) is not None
        return f"@{self.key}" in text or by_doi or (bool(self.cited_as) and self.cited_as in text)


def load(table: pd.DataFrame) -> list[Reference]:
    """The publications of `resources/references.tsv`, in the table's order, which is that of their keys."""
    texts = table.astype(object).where(table.notna(), "")
    return [
        Reference(**{str(key): _text(value) for key, value in row.items()})
        for row in texts.to_dict("records")
    ]


def cited(texts: Iterable[str], references: Iterable[Reference]) -> list[Reference]:
    """The publications that any of the texts names."""
    whole = "\n".join(texts)
    return [one for one in references if one.is_cited(whole)]


def bibtex(references: Iterable[Reference]) -> str:
    """Entries of BibTeX, one after the other."""
    return "\n".join(_entry(one) for one in references)


def in_list(reference: Reference) -> str:
    """A publication as a list of references has it: Tobin J. Title. Econometrica 1958;26(1):24-36, doi ..."""
    place = reference.journal or reference.publisher
    if reference.key == WORKFLOW:
        place = f"Version {origin.VERSION}"
    number = f"({reference.number})" if reference.volume and reference.number else reference.number
    volume = f"{reference.volume}{number}"
    where = f"{place} {reference.year}" + (f";{volume}" if volume else "")
    where += f":{reference.pages}" if reference.pages else ""
    parts = [_names(reference.authors), reference.title.removesuffix("?"), where]
    return (
        ". ".join(part for part in parts if part) + (f", doi {reference.doi}" if reference.doi else "") + "."
    )


def _text(value: object) -> str:
    """A cell as it is written: a year that pandas has read as 1958.0 is 1958."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _entry(reference: Reference) -> str:
    written = {
        "author": _escaped(reference.authors),
        # Doubled braces keep a title's capitals.
        "title": f"{{{_escaped(reference.title)}}}" if reference.title else "",
        _CONTAINERS.get(reference.type, "journal"): _escaped(reference.journal),
        "year": reference.year,
        "volume": reference.volume,
        "number": reference.number,
        "pages": reference.pages.replace("-", "--"),
        "institution" if reference.type == "techreport" else "publisher": _escaped(reference.publisher),
        "version": origin.VERSION if reference.key == WORKFLOW else "",
        "doi": reference.doi,
    }
    fields = [f"  {name} = {{{value}}}," for name, value in written.items() if value]
    return "\n".join([f"@{reference.type}{{{reference.key},", *fields, "}", ""])


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _names(authors: str) -> str:
    """Authors as a list of references has them: Anderson TW, Rubin H; a group by its name."""
    if authors.startswith("{"):
        return authors.strip("{}")
    named = authors.removesuffix(_AND_OTHERS)
    return ", ".join(map(_name, named.split(" and "))) + (" et al" if named != authors else "")


def _name(author: str) -> str:
    family, _, given = author.partition(", ")
    initials = "".join(part[0] for part in re.split(r"[ .-]+", given) if part)
    return f"{family} {initials}".strip()
