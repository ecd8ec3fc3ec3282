"""Beyond which limits are a cohort's data worth a look, or hold its verdicts back, and why there?"""

import csv
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from il6r.errors import InputError, shown
from il6r.outcomes import ANALYTES
from il6r.tables.data_checks import CHECKED

UNITS = ("share", "p", "people", "1", "percent", "fold", "milli-g")
_NUMBERS = ("look", "fail", "deviation_look", "deviation_fail")


@dataclass(frozen=True)
class Limit:
    """A check and its limits.

    Attributes
    ----------
    check, stage : its name, and the stage whose data it is of.
    what, unit : what its value is, as a sentence begins, and the unit.
    bad : whether "low" or "high" values are bad.
    look, fail : the limits, in `unit`; None for none. A value at its limit passes.
    deviation : what says how large a thing a p-value tests; empty where the value is no p-value.
    deviation_look, deviation_fail : the least deviation that counts beside the p-value.
    cause, remedy : what is usually behind it, and what to do, as parts of a sentence.
    why, reference, doi, read : why the limits are there, who says so, and how that was read.
    """

    check: str
    stage: str
    what: str
    unit: str
    bad: str
    look: float | None
    fail: float | None
    deviation: str
    deviation_look: float | None
    deviation_fail: float | None
    cause: str
    remedy: str
    why: str
    reference: str
    doi: str
    read: str

    def level(self, value: float, deviation: float | None = None) -> str:
        """Whether a value, with the deviation beside a p-value, is a "pass", worth a "look", or a "fail"."""
        for name, limit, least in (
            ("fail", self.fail, self.deviation_fail),
            ("look", self.look, self.deviation_look),
        ):
            if limit is None or (value >= limit if self.bad == "low" else value <= limit):
                continue
            if least is None or (deviation is not None and deviation >= least):
                return name
        return "pass"


def load(path: str | Path) -> dict[str, Limit]:
    """Read `resources/quality_limits.tsv`.

    Returns
    -------
    Limits by check, in the file's order.

    Raises
    ------
    InputError : a column is missing or a check is there twice; an unknown stage, unit or direction; a limit
        that is no number, or that is reached before a look is; no reason or source.
    """
    # The plain csv module: the workflow reads the names of checks at each start.
    lines = csv.DictReader(Path(path).read_text(encoding="utf-8").splitlines(), delimiter="\t")
    names = [field.name for field in fields(Limit)]
    missing = [name for name in names if name not in (lines.fieldnames or ())]
    if missing:
        raise InputError(path, f"there is no column {shown(missing)}", "add it")
    limits: dict[str, Limit] = {}
    for line, row in enumerate(lines, start=2):
        problem = _problem(row, limits)
        if problem:
            raise InputError(f"{path}, line {line}", problem, "correct it")
        cells: dict[str, Any] = {name: row[name] for name in names}
        cells |= {name: float(row[name]) if row[name] else None for name in _NUMBERS}
        limits[row["check"]] = Limit(**cells)
    return limits


def checks(path: str | Path) -> list[str]:
    """The names of all checks of a file of limits as `DATA_CHECKS` has them: those of assays by analyte."""
    return [name for limit in load(path).values() for name in names_of(limit)]


def names_of(limit: Limit) -> dict[str, str | None]:
    """The names of a check, and the analyte that each is of; of other stages its own, and none."""
    if limit.stage != "assays":
        return {limit.check: None}
    return {f"{limit.check}_{analyte}": analyte for analyte in ANALYTES}


def _problem(row: dict[str, str], before: dict[str, Limit]) -> str | None:
    """What is wrong with a line, None if nothing is."""
    if None in row.values():
        return "it has fewer cells than there are columns"
    if row["check"] in before:
        return f"the check '{row['check']}' is there twice"
    for name, known in (("stage", CHECKED), ("unit", UNITS), ("bad", ("low", "high"))):
        if row[name] not in known:
            return f"the {name} '{row[name]}' is not one of {shown(known, 10)}"
    for name in ("what", "cause", "remedy", "why", "reference"):
        if not row[name].strip():
            return f"'{name}' is empty"
    for name in _NUMBERS:
        if row[name] and not _is_number(row[name]):
            return f"its {name} '{row[name]}' is no number"
    if row["fail"] and row["look"]:
        order: Callable[[float, float], bool] = float.__gt__ if row["bad"] == "high" else float.__lt__
        if not order(float(row["fail"]), float(row["look"])):
            return "its limits are in the wrong order: what fails must be worse than what is worth a look"
    if bool(row["deviation"]) != bool(row["deviation_look"]) or (
        row["deviation"] and row["fail"] and not row["deviation_fail"]
    ):
        return "a deviation and its limits go together"
    return None


def _is_number(text: str) -> bool:
    """Whether a text is a finite number."""
    try:
        return abs(float(text)) < float("inf")
    except ValueError:
        return False
