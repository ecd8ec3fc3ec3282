"""What has a run to say to each item of a reporting guideline, and what is left to the authors?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

from il6r.report.load import Study

# Of each item that a run can fill, by its number: what it says, empty where this run cannot.
Sentences: TypeAlias = Mapping[str, Callable[[Study], str]]
# What an item comes to.
DONE, IN_PART, YOURS, NOT_HERE = "done", "in part", "yours", "does not apply"
STATUSES = (DONE, IN_PART, YOURS, NOT_HERE)


@dataclass(frozen=True)
class Item:
    """An item of a guideline.

    Attributes
    ----------
    item : its number; topic : what it asks for.
    section : the anchor of the section that holds what the run says, empty where it says nothing.
    sentence : what the run says.
    yours : what is left to write.
    status : one of `STATUSES`.
    """

    item: str
    topic: str
    section: str
    sentence: str
    yours: str
    status: str


def answered(study: Study, name: str, sentences: Sentences, not_here: str) -> list[Item]:
    """The items of a guideline, with what a run says to each.

    Parameters
    ----------
    name : of the guideline in `resources/checklists.tsv`.
    sentences : what a run can say, by item.
    not_here : why the guideline does not apply to the run, empty where it does.
    """
    table = study.resource("checklists")
    own = table[table["checklist"] == name].fillna("")
    return [_answered(study, row, sentences, not_here) for row in own.to_dict("records")]


def counted(items: list[Item]) -> str:
    """How many items there are of each status: 12 done, 6 in part, 4 yours."""
    numbers = pd.Series([one.status for one in items]).value_counts()
    return ", ".join(f"{numbers[status]} {status}" for status in STATUSES if status in numbers)


def _answered(study: Study, row: dict[str, str], sentences: Sentences, not_here: str) -> Item:
    item, yours = str(row["item"]), row["yours"]
    if not_here:
        return Item(item, row["topic"], "", not_here, "", NOT_HERE)
    text = sentences[item](study) if item in sentences else ""
    if text:
        return Item(item, row["topic"], row["section"], text, yours, IN_PART if yours else DONE)
    if yours:
        return Item(item, row["topic"], "", "", yours, YOURS)
    return Item(item, row["topic"], "", "Nothing of this kind was in this run.", "", NOT_HERE)
