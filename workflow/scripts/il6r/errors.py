"""What goes wrong by the user's hand, and how it is said."""

import re


class InputError(Exception):
    """A mistake in a user's input, told in one sentence.

    Parameters
    ----------
    where : the file, with its line or participant where there is one.
    problem : what is wrong there.
    remedy : what the user should do about it.
    """

    def __init__(self, where: object, problem: str, remedy: str):
        super().__init__(f"{where}: {problem}; {remedy}.")


def shown(values, limit: int = 3) -> str:
    """The first `limit` of `values` in quotes, and how many more there are."""
    values = list(values)
    text = ", ".join(f"'{value}'" for value in values[:limit])
    return text if len(values) <= limit else f"{text} and {len(values) - limit:,} more"


def quoted(cell: str) -> str:
    """A user's cell as a sentence may show it: as it is, or its shape if it may be an identifier."""
    digits = re.search(r"\d{2}", cell) and re.search(r"[^\W\d_]", cell)
    return f"'{shape(cell) if digits or re.search('[0-9]{6}', cell) else cell}'"


def shape(identifier: str) -> str:
    """What an identifier looks like without what it says: letters as A, digits as 0.

    Sentences go to screens and logs, where no participant may be named.
    """
    return re.sub(r"[^\W\d_]", "A", re.sub(r"\d", "0", str(identifier)))
