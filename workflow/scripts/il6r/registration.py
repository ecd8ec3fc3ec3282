"""What was registered before the data were seen, and what has been changed since?"""

import csv
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from il6r import origin
from il6r.errors import InputError
from il6r.plan import Plan

# Nested dictionaries, lists, texts and numbers.
Content: TypeAlias = dict[str, Any]
# How the page's block for programs begins and ends.
_BEGIN, _END = "```json\n", "\n```"
_MADE_BY = "make register"
# Of the tables of resources what decides; notes and references may be corrected.
_PUBLISHED = (
    "claim", "role", "kind", "analysis", "scale", "value", "low", "high", "p", "bound", "n_pairs",
)  # fmt: skip
_LIMITS = ("stage", "unit", "bad", "look", "fail", "deviation", "deviation_look", "deviation_fail")
# Parts of the content that are items by name, and what one of them is called.
_ITEMS = {
    ("plan", "analyses"): "the analysis",
    ("plan", "causal"): "the causal reading",
    ("plan", "covariate_sets"): "the set of covariates",
    ("published",): "the published value",
    ("quality_limits",): "the limit of quality",
    ("own_covariates",): "covariates of the cohort",
}
# A registration may be longer in words; what differs is told up to so many letters each.
_LONGEST = 120


def content(
    plan: Plan, published: str | Path, limits: str | Path, rule: Sequence[str], own_covariates: Content
) -> Content:
    """What is registered: all that decides about a verdict, but the data.

    Parameters
    ----------
    published, limits : the tables of published effects and of limits of quality.
    rule : the rule of verdicts in sentences.
    own_covariates : sets of covariates of cohorts that have their own, by cohort.
    """
    found = {
        "plan": asdict(plan),
        "published": _rows(published, "benchmark", _PUBLISHED),
        "quality_limits": _rows(limits, "check", _LIMITS),
        "rule": list(rule),
        "own_covariates": {cohort: sets for cohort, sets in own_covariates.items() if sets},
    }
    # As it comes back from a page.
    return dict(_saying(json.loads(json.dumps(found))))


def own_covariates(path: str | Path) -> Content:
    """The sets of covariates of cohorts that have their own, by cohort, from a study's configuration.

    Raises
    ------
    InputError : there is no such file, or it is no configuration.
    """
    if not Path(path).is_file():
        raise InputError("make register", f"there is no file '{path}'", "correct config=...")
    try:
        given = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        return {name: dict(one.get("covariates", {})) for name, one in given["cohorts"].items()}
    except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(path, "it is no configuration with cohorts", "correct config=...") from error


def refuse_existing(path: str | Path) -> None:
    """InputError where a page would be written over another, or into no folder."""
    if Path(path).exists():
        raise InputError("make register", f"'{path}' is there already", "give file=... with another name")
    if not Path(path).parent.is_dir():
        raise InputError("make register", f"there is no folder for '{path}'", "make it, or correct file=...")


def digest(registered: Content) -> str:
    """SHA-256 of a content, in whatever order its keys are."""
    text = json.dumps(registered, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def block(registered: Content, date: str) -> str:
    """The part of a registration's page that programs read."""
    made = {
        "made_by": _MADE_BY,
        "version": origin.VERSION,
        "date": date,
        "sha256": digest(registered),
        "content": registered,
    }
    return f"{_BEGIN}{json.dumps(made, indent=1, ensure_ascii=False)}{_END}"


def load(path: str | Path) -> Content:
    """What a registration's page says to programs: `version`, `date`, `sha256` and `content`.

    Raises
    ------
    InputError : there is no such file, it has no block of `make register`, or what the block holds is not
        what its SHA-256 is of.
    """
    if not Path(path).is_file():
        raise InputError(
            "config, association.registration",
            f"there is no file '{path}'",
            "correct the path (it counts from the folder Snakemake runs in)",
        )
    remedy = "name the page as make register wrote it"
    try:
        text = Path(path).read_text(encoding="utf-8")
        made = json.loads(text.split(_BEGIN)[-1].split(_END)[0]) if _BEGIN in text else None
    except ValueError as error:
        raise InputError(path, "its block for programs cannot be read", remedy) from error
    if not isinstance(made, dict) or made.get("made_by") != _MADE_BY or "content" not in made:
        raise InputError(path, "it is no registration of make register", remedy)
    if digest(made["content"]) != made.get("sha256"):
        raise InputError(path, "it was edited: its SHA-256 is not that of what it holds", remedy)
    return made


def changes(registered: Content, here: Content) -> list[str]:
    """What is otherwise here than it was registered: a part of a sentence for each change, in order."""
    found: list[str] = []
    for place, what in _ITEMS.items():
        found += _changed_items(_part(registered, place), _part(here, place), what)
    before, now = _settings(registered), _settings(here)
    found += [
        f"{name} was {_told(before.get(name))} and is {_told(now.get(name))}"
        for name in dict.fromkeys([*before, *now])
        if before.get(name) != now.get(name)
    ]
    sentences = registered.get("rule", []), here.get("rule", [])
    if sentences[0] != sentences[1]:
        new = [text for text in sentences[1] if text not in sentences[0]]
        gone = [text for text in sentences[0] if text not in sentences[1]]
        found.append(f"the rule of verdicts has {len(new)} sentences that are new and lacks {len(gone)}")
    return found


def _rows(path: str | Path, key: str, columns: Sequence[str]) -> Content:
    with open(path, encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    return {row[key]: {name: row[name] for name in columns if row.get(name)} for row in rows}


def _part(whole: Content, place: tuple[str, ...]) -> Content:
    for key in place:
        whole = whole.get(key, {})
    return whole


def _settings(whole: Content) -> Content:
    """What the plan says beside its analyses and sets of covariates."""
    plan = whole.get("plan", {})
    rule = {f"replication.{name}": value for name, value in plan.get("replication", {}).items()}
    draws = {f"permutations.{name}": plan.get(name) for name in ("draws", "most_people")}
    return rule | draws | {"replication.looked_at": plan.get("looked_at", [])}


def _changed_items(before: Content, now: Content, what: str) -> Iterator[str]:
    for name in dict.fromkeys([*before, *now]):
        if name not in now:
            yield f"{what} '{name}' is gone"
        elif name not in before:
            yield f"{what} '{name}' is new"
        elif before[name] != now[name]:
            yield f"{what} '{name}' {_difference(before[name], now[name])}"


def _difference(before: Any, now: Any) -> str:
    if not isinstance(before, dict) or not isinstance(now, dict):
        return f"was {_told(before)} and is {_told(now)}"
    return ", ".join(
        f"has {key} {_told(now.get(key))} (registered: {_told(before.get(key))})"
        for key in dict.fromkeys([*before, *now])
        if before.get(key) != now.get(key)
    )


def _told(value: Any) -> str:
    """A value in a sentence."""
    if value in (None, "", [], {}):
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(_plain(value), ensure_ascii=False)
    text = text.replace('"', "")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _saying(value: Any) -> Any:
    """A value without the keys that say nothing: what is empty, and what is not asked for."""
    if isinstance(value, list):
        return [_saying(one) for one in value]
    if not isinstance(value, dict):
        return value
    saying = {key: _saying(one) for key, one in value.items()}
    return {
        key: one
        for key, one in saying.items()
        if one is not None and one is not False and one not in ("", [], {})
    }


def _plain(value: Any) -> Any:
    """A value in which a covariate that is neither spline nor factor is its column."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value["column"] if isinstance(value, dict) and set(value) == {"column"} else value
