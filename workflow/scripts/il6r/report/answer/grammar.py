"""Which sentence answers, given the verdict on each claim?"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from il6r.report import wording
from il6r.report.blocks import Verdict

# Looks of verdicts (`blocks.LOOKS`) with which a claim holds, and with which nothing is decided.
HOLDS, UNDECIDED = ("rep", "dir"), ("inc", "dis", "chk")
NOT_TESTED = "not"
# The first words when at least half of the claims that lead are undecided, by what most of them wait for.
_WHY = {
    "inc": "Undecided: too few people.",
    "dis": "Undecided: cohorts disagree.",
    "chk": "Undecided: the data must be checked first.",
}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Judged(NamedTuple):
    """A claim: its look, of `blocks.LOOKS`, and whether it is one that the study asks about."""

    look: str
    leads: bool


class Answer(NamedTuple):
    """The first words, the sentences after them, and the look that gives the answer its colour."""

    head: str
    sentences: str
    look: str


def answer(claims: Sequence[Judged]) -> Answer:
    """The answer: first words over the leading claims, then what holds of all that were tested.

    Where no leading claim could be tested, the first words are over all.
    """
    tested = [one for one in claims if one.look != NOT_TESTED]
    if not tested:
        return Answer("No answer:", "no claim could be tested.", NOT_TESTED)
    leading = [one.look for one in claims if one.leads]
    asked = [look for look in leading if look != NOT_TESTED]
    head, look = _head(asked or [one.look for one in tested])
    told = [_leading(leading, asked), _all([one.look for one in tested])]
    return Answer(head, " ".join(filter(None, told)), look)


def look_of(verdict: str | None, *, tested: bool) -> str:
    """A claim's look; one that no cohort could test has no other."""
    return Verdict(verdict).look if tested and verdict else NOT_TESTED


def _head(looks: Sequence[str]) -> tuple[str, str]:
    """The first words, and the look that they have."""
    count, total = Counter(looks), len(looks)
    hold, undecided = _sum(count, HOLDS), _sum(count, UNDECIDED)
    if hold == total:
        return "Yes.", "rep"
    if 2 * hold > total:
        return "Mostly yes.", "rep"
    if 2 * undecided >= total:
        # Of equals the one that more people would settle.
        most = max(UNDECIDED, key=lambda look: count[look])
        return _WHY[most], most
    if 2 * count["con"] > total:
        return "No.", "con"
    return "In part.", "siz"


def _leading(leading: Sequence[str], asked: Sequence[str]) -> str:
    """How many of the leading claims hold."""
    if not leading:
        return ""
    if not asked:
        return "None of the leading claims could be tested."
    hold, total = _sum(Counter(asked), HOLDS), len(asked)
    tested = " that could be tested" if len(asked) < len(leading) else ""
    if total == 1:
        return f"The leading claim{tested} {'holds here' if hold else 'is not confirmed here'}."
    if hold == 0:
        return f"None of the {_number(total)} leading claims{tested} is confirmed here."
    if hold == total:
        number = "Both" if total == 2 else f"All {_number(total)}"
        return f"{number} leading claims{tested} hold here."
    many = f"{_number(hold).capitalize()} of the {_number(total)} leading claims{tested}"
    return f"{many} {'holds' if hold == 1 else 'hold'} here."


def _all(looks: Sequence[str]) -> str:
    """What all tested claims come to; what none came to is left out, but for contradictions."""
    count, total = Counter(looks), len(looks)
    hold, direction = _sum(count, HOLDS), count["dir"]
    parts = []
    if hold:
        parts.append(f"{_many(hold, 'replicates', 'replicate', total)}{_on_direction(hold, direction)}")
    if count["siz"]:
        parts.append(f"{_many(count['siz'], 'agrees', 'agree', total)} in direction but not in size")
    if count["inc"]:
        parts.append(f"{_many(count['inc'], 'is', 'are', total)} inconclusive")
    if count["dis"]:
        parts.append(f"{_many(count['dis'], 'is', 'are', total)} left open by cohorts that disagree")
    if count["chk"]:
        parts.append(f"{_many(count['chk'], 'waits', 'wait', total)} for a check of the data")
    if total == 1:
        return f"One published claim was tested: it {parts[0] if parts else 'is contradicted'}."
    said = _many(count["con"], "is", "are", total) if count["con"] else "none is"
    return f"Of {total} published claims tested, {wording.listed([*parts, f'{said} contradicted'])}."


def _on_direction(hold: int, direction: int) -> str:
    if not direction:
        return ""
    if direction == hold:
        return " on direction, as no size was published"
    return f" ({direction} of them on direction, as no size was published)"


def _many(count: int, one: str, several: str, total: int) -> str:
    """A number with its verb; of a single claim the verb alone."""
    if total == 1:
        return one
    return f"{count} {one if count == 1 else several}"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else f"{count}"


def _sum(count: Counter[str], looks: Sequence[str]) -> int:
    return sum(count[look] for look in looks)
