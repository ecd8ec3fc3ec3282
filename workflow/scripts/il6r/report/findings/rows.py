"""What stands in each row of the table of findings?"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from il6r.report import wording
from il6r.report.answer.grammar import look_of
from il6r.report.blocks import Link, Verdict
from il6r.report.findings.parts import Finding
from il6r.report.findings.strip import Estimate, Published, Strip, adding, of_bound, of_direction, of_size
from il6r.report.replication.words import TOGETHER, Findings
from il6r.report.verdicts.strength import met
from il6r.report.verdicts.words import Claim

# Where the reasons stand of claims without an estimate.
UNTESTED = "not-tested"
_SIZED = ("effect", "about", "correlation", "standardised")
_SIGNS = {"greater": 1, "less": -1}


def finding(found: Findings, published: pd.DataFrame, claim: Claim) -> Finding:
    """A claim's row.

    Parameters
    ----------
    published : `resources/published_effects.tsv`.
    """
    rows = found.shown_verdicts()
    rows = rows[rows["claim"] == claim["claim"]]
    together = rows[rows["cohort"] == TOGETHER].set_index("benchmark", drop=False)
    decides = decisive(claim)
    lead = together.loc[decides].to_dict()
    pooled = claim["pooled"]
    here, _, interval = pooled["text"].partition(" (") if pooled else ("", "", "")
    source = wording.source(lead["reference"])
    value = wording.benchmark(together.loc[decides]).removeprefix(f"{source}: ")
    return Finding(
        claim=Link(claim["label"], anchor_of(claim)),
        whom=f"{source}{_others(len(claim['benchmarks']) - 1)}",
        published=value,
        here=here,
        interval=interval.removesuffix(")"),
        strip=_strip(found, published, claim, rows, lead) if pooled else None,
        verdict=None if claim["verdict"] is None else Verdict(claim["verdict"]),
        met=met(claim["checks"]) if claim["strength"] else 0,
        checks=len(claim["checks"]) if claim["strength"] else 0,
        strength=claim["strength"] or "",
        more=_more(claim),
        people=pooled["people"] if pooled else "",
        cohorts=_cohorts(pooled["cohorts"]) if pooled else "",
        i2=_i2(pooled["i2_percent"]) if pooled else "",
    )


def anchor_of(claim: Claim) -> str:
    """Where a claim is told of in full; without an estimate, where the reason stands."""
    return f"c-{claim['claim']}" if claim["pooled"] else UNTESTED


def decisive(claim: Claim) -> str:
    """The published value that gives a claim its word, or else the first that was published."""
    order = {"primary": 0, "best": 1, "context": 2}
    return str(min(claim["benchmarks"], key=lambda one: order[one["role"]])["benchmark"])


def _others(count: int) -> str:
    return "" if not count else f", {count} more"


def _cohorts(count: int) -> str:
    return f"{count} cohort{'s' if count != 1 else ''}"


def _i2(percent: float | None) -> str:
    return "" if percent is None else f"I\N{SUPERSCRIPT TWO} {percent:.0f} %"


def _more(claim: Claim) -> str:
    """The word beside the best evidence; of a claim without an estimate, the reason."""
    if claim["verdict"] is None:
        return "context only: nothing to replicate"
    if not claim["pooled"]:
        return claim["reason"]
    best = claim["best"]
    return f"best evidence ({best['source']}): {best['verdict']}" if best else ""


def _strip(
    found: Findings, published: pd.DataFrame, claim: Claim, rows: pd.DataFrame, lead: Mapping[Any, Any]
) -> Strip | None:
    pooled, scale, kind = claim["pooled"], claim["scale"], lead["kind"]
    if pooled is None:
        return None
    here = Estimate(*(adding(pooled[key], scale) for key in ("estimate", "ci_low", "ci_high")))
    own = rows[(rows["benchmark"] == lead["benchmark"]) & (rows["cohort"] != TOGETHER)]
    cohorts = [adding(value, scale) for value in own["estimate"].dropna()]
    sources = "; ".join(str(one["source"]) for one in claim["benchmarks"])
    sentence = f"Here {pooled['text']}. Published: {sources}."
    look = look_of(claim["verdict"], tested=claim["tested"])
    if kind == "direction":
        return of_direction(here, cohorts, _SIGNS[lead["published"]], look, sentence)
    if kind in ("no_effect", "bound"):
        bound = published.set_index("benchmark").at[lead["benchmark"], "bound"]
        return of_bound(here, cohorts, abs(adding(float(bound), scale)), look, sentence)
    others = [
        _published(one)
        for one in rows[rows["cohort"] == TOGETHER].to_dict("records")
        if one["benchmark"] != lead["benchmark"] and _same_measure(found, one, lead)
    ]
    return of_size(here, cohorts, _published(lead), others, look, sentence)


def _same_measure(found: Findings, other: Mapping[Any, Any], lead: Mapping[Any, Any]) -> bool:
    """Whether a published value is a size of the same outcome, on the same scale, as the one that decides."""
    outcomes = [found.plan.analyses[one["analysis"]].outcome for one in (other, lead)]
    return other["kind"] in _SIZED and other["scale"] == lead["scale"] and outcomes[0] == outcomes[1]


def _published(row: Mapping[Any, Any]) -> Published:
    value, low, high = (
        adding(float(row[key]), row["scale"]) for key in ("published", "published_low", "published_high")
    )
    name = f"{wording.source(row['reference'])}: "
    text = wording.published(float(row["published"]), row["scale"], row["kind"] == "about")
    return Published(Estimate(value, low, high), name + text, row["kind"] == "about")
