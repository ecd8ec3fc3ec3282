"""What does the line of a command ask for, in the form name=value?"""

import contextlib
import datetime
import math
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from il6r.errors import InputError, shown


class Argument(NamedTuple):
    """An argument that a command knows.

    Attributes
    ----------
    kind : int, float, str or datetime.date.
    default : None where it must be given.
    low, high : the least and the largest number that it may be.
    """

    kind: type
    default: Any = None
    low: float = -math.inf
    high: float = math.inf


def read(command: str, given: Sequence[str], known: dict[str, Argument]) -> dict[str, Any]:
    """The values of a command's arguments, its defaults where they are not given.

    Raises
    ------
    InputError : one is unknown, given twice, missing, no number, or out of its range.
    """
    values: dict[str, Any] = {}
    for text in given:
        name, _, value = text.partition("=")
        if name not in known:
            raise InputError(command, f"'{name}' is no argument of it", f"give {shown(known, 20)}")
        if name in values:
            raise InputError(command, f"{name} is given twice", "give it once")
        values[name] = _value(command, name, value, known[name])
    for name, one in known.items():
        if name not in values and one.default is None:
            example = f"{name}=60" if one.kind is int else f"{name}=..."
            raise InputError(command, f"{name} is not given", f"add {example}")
    return {name: values.get(name, one.default) for name, one in known.items()}


@contextlib.contextmanager
def mistakes_told() -> Iterator[None]:
    """End with a user's mistake as one sentence on the screen, and a non-zero exit code."""
    try:
        yield
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)


def _value(command: str, name: str, text: str, one: Argument) -> Any:
    if one.kind is str:
        if not text:
            raise InputError(command, f"{name} is empty", f"give {name}=...")
        return text
    what = {int: "whole number", datetime.date: "day, as 2026-01-31"}.get(one.kind, "number")
    try:
        if one.kind is datetime.date:
            return datetime.date.fromisoformat(text)
        value = one.kind(text)
    except ValueError as error:
        raise InputError(command, f"{name} '{text}' is no {what}", f"give a {what}") from error
    if not one.low <= value <= one.high:
        ends = f"{one.low:g} or more" if math.isinf(one.high) else f"{one.low:g} to {one.high:g}"
        raise InputError(command, f"{name} is {text}", f"give {ends}")
    return value
