"""Is the plan of this report the one that was registered, and what was changed?"""

from functools import lru_cache
from typing import NamedTuple

from il6r import registration
from il6r.report import blocks
from il6r.report.load import Study


class Comparison(NamedTuple):
    """The plan here beside the registered one.

    Attributes
    ----------
    sentence : whether it is the registered one.
    changes : what is otherwise, in parts of sentences; empty where nothing is, or nothing is registered.
    sha256 : of the plan here, with published values, limits and rule.
    date : of the registration; empty where nothing is registered.
    """

    sentence: str
    changes: tuple[str, ...]
    sha256: str
    date: str = ""


def compared(study: Study) -> Comparison:
    """What a study's report says of its registration, which `association.registration` names."""
    here = _here(study)
    hashed = registration.digest(here)
    paths = list(getattr(study.given, "registration", ()))
    if not paths:
        return Comparison(
            "No registration of the plan is named (association.registration); the SHA-256 of plan, published "
            f"values, limits of quality and rule is {hashed}.",
            (),
            hashed,
        )
    made = _loaded(paths[0])
    where = f"the one registered on {made['date']} (SHA-256 {made['sha256'][:12]}...)"
    if made["sha256"] == hashed:
        return Comparison(
            f"The plan, the published values, the limits and the rule are {where}.", (), hashed, made["date"]
        )
    changes = tuple(registration.changes(made["content"], here))
    number = f"{len(changes)} change{'s' if len(changes) != 1 else ''}"
    return Comparison(f"The plan is not {where}: {number} since.", changes, hashed, made["date"])


def digest(study: Study) -> str:
    """SHA-256 of the plan, the published values, the limits of quality and the rule."""
    return registration.digest(_here(study))


def opening(study: Study) -> list[blocks.Block]:
    """What stands above the verdicts of a study that names a registration."""
    if not list(getattr(study.given, "registration", ())):
        return []
    found = compared(study)
    if not found.changes:
        return [blocks.Words([found.sentence])]
    return [blocks.Warned("Not as registered", f"{found.sentence} They are listed under provenance.")]


def content(study: Study) -> list[blocks.Block]:
    """The sentence, and each change."""
    found = compared(study)
    told: list[blocks.Block] = [blocks.Words([found.sentence])]
    if found.changes:
        sentences = [f"{one[0].upper()}{one[1:]}." for one in found.changes]
        told.append(
            blocks.Disclosure("What was changed since the registration", [blocks.Sentences(sentences)])
        )
    return told


def _here(study: Study) -> registration.Content:
    own = {name: cohort.get("covariates", {}) for name, cohort in study.config["cohorts"].items()}
    return registration.content(study.plan, study.given.published, study.given.limits, study.rule, own)


@lru_cache(maxsize=1)
def _loaded(path: str) -> registration.Content:
    return registration.load(path)
