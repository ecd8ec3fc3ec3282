"""Which estimates and which published values stand in a claim's forest?"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from il6r import outcomes
from il6r.report import privacy, wording
from il6r.report.blocks import Verdict
from il6r.report.claims.forest import Forest, Line, Mark, about, forest, no_effect
from il6r.report.published.words import value as published_value
from il6r.report.replication.words import RANDOM, TOGETHER, Findings
from il6r.report.verdicts.words import Claim
from il6r.tables.association import EVERYBODY

_SCALES = {
    "percent": "difference in percent",
    "ratio": "ratio",
    "odds_ratio": "odds ratio",
    "r2": "share of the variance that is explained",
    "difference": "difference in the outcome's unit",
    "sd": "difference in standard deviations",
    "correlation": "correlation",
}
# What pictures show, by what there is to be read.
_READ = {
    "cohort": "squares are cohorts",
    "alone": "the square is the cohort",
    "decides": "the lens is the pooled estimate that decides",
    "lead": "filled diamonds are the published value that decides",
    "other": "hollow ones other published values",
}
_DASHED, _ARROWS = "dashed lines are ranges", "arrows say that an interval goes on"
_ROLES = ("primary", "best", "context")
_RELATIVE = {one.relative for one in outcomes.ANALYTES.values()}
# Thousands in what a source says of its people.
_NUMBER = re.compile(r"\d{4,}")


def forest_of(found: Findings, published: pd.DataFrame, claim: Claim) -> Forest:
    """A claim's cohorts, pooled estimates and published values on the scale of the value that decides.

    Parameters
    ----------
    published : `resources/published_effects.tsv`.
    """
    here = [*_cohorts(found, claim), *_pooled(found, claim)]
    made = forest(
        f"{claim['label']}: {_SCALES[claim['scale']]}",
        "",
        here,
        _published(found, published, claim),
        claim["scale"],
    )
    look = Verdict(claim["verdict"]).look if claim["verdict"] else ""
    return replace(made, how=_how(made.marks), look=look)


def _how(marks: Sequence[Mark]) -> str:
    """One sentence on what the pictures of a forest show."""
    drawn = [one for one in marks if one.x is not None or one.low is not None]
    parts = [text for role, text in _READ.items() if any(one.role == role for one in drawn)]
    if any(one.dashed for one in drawn):
        parts.append(_DASHED)
    if any(one.left or one.right for one in drawn):
        parts.append(_ARROWS)
    text = "; ".join([*parts, "the vertical line is no effect"])
    return f"{text[0].upper()}{text[1:]}"


def without_estimate(found: Findings, claim: Claim) -> list[str]:
    """Which cohorts have no row in the forest, and why, in sentences."""
    rows = _of_cohorts(found, claim)
    absent = rows[rows["estimate"].isna() & (rows["reason"] != privacy.FEW)]
    return [
        f"No estimate in {wording.listed(list(own['cohort']))}: {reason}."
        for reason, own in absent.groupby("reason", sort=False)
    ]


def decisive(claim: Claim) -> str:
    """The published value that gives a claim its word, or else its first, by name."""
    ranked = sorted(claim["benchmarks"], key=lambda one: _ROLES.index(one["role"]))
    return str(ranked[0]["benchmark"])


def _of_cohorts(found: Findings, claim: Claim) -> pd.DataFrame:
    """The rows of `VERDICTS` of the value that decides, of each cohort."""
    rows = found.shown_verdicts()
    return rows[(rows["benchmark"] == decisive(claim)) & (rows["cohort"] != TOGETHER)]


def _cohorts(found: Findings, claim: Claim) -> list[Line]:
    """A line for each cohort that has an estimate; a single one decides."""
    measured = found.estimates[found.estimates["analysis"] == claim["analysis"]]
    relative = set(measured.loc[measured["outcome"].isin(_RELATIVE), "cohort"])
    of_cohorts = _of_cohorts(found, claim)
    together = claim["pooled"]["cohorts"] if claim["pooled"] else 0
    everybody = together == of_cohorts["estimate"].notna().sum()
    lines = []
    for row in of_cohorts.to_dict("records"):
        name = row["cohort"]
        note = f"relative units{'' if everybody else ', not pooled'}" if name in relative else ""
        if row["reason"] == privacy.FEW:
            lines.append(Line(name, privacy.FEW, "cohort", href=f"#co-{name}", note=note))
        elif not pd.isna(row["estimate"]):
            kind = "alone" if together == 1 and (everybody or name not in relative) else "cohort"
            people = "" if pd.isna(row["n"]) else privacy.people(int(row["n"]), found.minimum)
            lines.append(
                Line(name, wording.with_interval(*_ends(row), claim["scale"]), kind, people, f"#co-{name}",
                     note, *_ends(row))
            )  # fmt: skip
    return lines


def _ends(row: dict[str, Any]) -> tuple[float, float, float]:
    return float(row["estimate"]), float(row["ci_low"]), float(row["ci_high"])


def _pooled(found: Findings, claim: Claim) -> list[Line]:
    """The pooled estimates and the interval of a further cohort; none of a single cohort."""
    pools, scale = found.shown_pools(), claim["scale"]
    own = pools[
        (pools["analysis"] == claim["analysis"]) & (pools["group"] == EVERYBODY) & (pools["cohorts"] > 1)
    ]
    decides = claim["pooled"]["model"] if claim["pooled"] else ""
    lines = []
    for model, name in (("fixed", "Pooled (fixed)"), (RANDOM, "Pooled (random)")):
        for row in own[own["model"] == model].to_dict("records"):
            value, low, high = (
                wording.on_scale(row[key], scale) for key in ("estimate", "ci_low", "ci_high")
            )
            people = privacy.people(int(row["n_participants"]), found.minimum) if model == "fixed" else ""
            text = wording.with_interval(value, low, high, scale)
            kind = "decides" if model == decides else "pooled"
            lines.append(Line(name, text, kind, people, value=value, low=low, high=high))
            if model == RANDOM and not pd.isna(row["prediction_low"]):
                low, high = (wording.on_scale(row[f"prediction_{end}"], scale) for end in ("low", "high"))
                text = wording.interval(low, high, scale)
                lines.append(Line("Next cohort", text, "next", low=low, high=high))
    return lines


def _published(found: Findings, published: pd.DataFrame, claim: Claim) -> list[Line]:
    """A line for each published value, the one that decides first; of another outcome without a picture."""
    rows = published[published["benchmark"].isin([one["benchmark"] for one in claim["benchmarks"]])]
    rows = rows.sort_values("role", key=lambda roles: roles.map(_ROLES.index), kind="stable")
    return [_published_line(found, row, claim) for row in rows.to_dict("records")]


def _published_line(found: Findings, row: dict[str, Any], claim: Claim) -> Line:
    analyses, scale = found.plan.analyses, claim["scale"]
    other = row["analysis"] != claim["analysis"]
    text = f"direction only: {row['value']}" if row["kind"] == "direction" else published_value(row)
    line = Line(
        wording.source(row["reference"]),
        text,
        "lead" if row["benchmark"] == decisive(claim) else "other",
        "" if pd.isna(row["n"]) else _NUMBER.sub(lambda found: f"{int(found[0]):,}", _whole(row["n"])),
        "" if pd.isna(row["doi"]) else f"https://doi.org/{row['doi']}",
        analyses[row["analysis"]].label if other else "",
        *_published_ends(row),
        about=row["kind"] in ("about", "no_effect", "bound"),
    )
    drawn = row["scale"] == scale and analyses[row["analysis"]].outcome == analyses[claim["analysis"]].outcome
    return line if drawn else replace(line, value=None, low=None, high=None)


def _whole(number: Any) -> str:
    return f"{number:g}" if isinstance(number, float) and number < 1e5 else str(number).removesuffix(".0")


def _published_ends(row: dict[str, Any]) -> tuple[float | None, float | None, float | None]:
    """What is drawn of a published value: the value and its interval, or the ends of no effect."""
    kind, scale = row["kind"], row["scale"]
    if kind == "direction":
        return None, None, None
    if kind in ("no_effect", "bound"):
        high = float(row["value"] if kind == "bound" else row["bound"])
        none = no_effect(scale)
        opposite = {"ratio": 1 / high, "odds_ratio": 1 / high, "percent": 100 * (1 / (1 + high / 100) - 1)}
        ends = sorted((opposite.get(scale, 2 * none - high), high))
        return None, ends[0], ends[1]
    value = float(row["value"])
    if kind == "about":
        return value, *about(value, scale)
    return value, _known(row["low"]), _known(row["high"])


def _known(number: float) -> float | None:
    return None if pd.isna(number) else float(number)
