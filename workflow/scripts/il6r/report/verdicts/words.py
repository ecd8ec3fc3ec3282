"""Does each claim hold here, in words, for programs and for the screen?"""

import functools
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, TypedDict

import pandas as pd

from il6r import outcomes
from il6r.plan import Plan
from il6r.report import privacy, wording
from il6r.report.load import Truths
from il6r.report.replication.words import (
    NOT_COMPUTABLE,
    STATISTICS,
    TOGETHER,
    Findings,
    or_none,
    shown_word,
)
from il6r.report.verdicts.strength import CHECK_FIRST, DISAGREE, Check, changes, checks, met
from il6r.tables.association import EVERYBODY

# Verdicts after which a sentence says how many people an answer takes.
_OPEN = ("inconclusive", "same direction, imprecise", "no effect not confirmed")
# The residue that rs2228145 changes is not in the form of sIL-6R that assays are meant for.
_RESIDUE = (
    "rs2228145 changes an amino acid (Asp358Ala), and such a variant can change how an antibody or aptamer "
    "binds instead of how much there is to bind. Shed sIL-6R ends near Pro355 and Val356 (Riethmueller et "
    "al. 2017, PLoS Biology), so that residue 358 is not in that form; IL-6R on vesicles carries it "
    "(PMC4646259). An artefact is unlikely, therefore, but not excluded: measure a part of the samples on a "
    "second platform."
)


class Pooled(TypedDict):
    """The pooled estimate that decides, on the scale of the published value."""

    text: str
    estimate: float
    ci_low: float
    ci_high: float
    model: str
    cohorts: int
    participants: int | None
    people: str
    i2_percent: float | None


class Best(TypedDict):
    """The best evidence beside a claim's primary value; `here` is an estimate of its own, if it has one."""

    source: str
    here: str | None
    verdict: str
    reason: str


class Claim(TypedDict):
    """A claim: its sentence, verdict, estimate, strength, and everything else that was published of it.

    A claim without a primary published value has no verdict.
    """

    claim: str
    label: str
    sentence: str
    of_the_review: bool
    analysis: str
    scale: str
    tested: bool
    verdict: str | None
    source: str | None
    reason: str
    pooled: Pooled | None
    best: Best | None
    strength: str | None
    checks: list[Check]
    changes: list[str]
    context: list[str]
    also: str | None
    benchmarks: list[dict[str, Any]]


@functools.cache
def claims(found: Findings) -> list[Claim]:
    """Each claim with its verdict and what that rests on; the review's own first."""
    pools = found.shown_pools()
    pools = pools[(pools["group"] == EVERYBODY) & (pools["model"] == "fixed")].set_index("analysis")
    assessed = found.shown_claims()
    tested = int(assessed["p_holm"].notna().sum())
    decided = {row["claim"]: row for row in assessed.to_dict("records")}
    told: list[Claim] = []
    for name, rows in found.shown_verdicts().groupby("claim", sort=False):
        claim = _claim(found, str(name), rows, decided.get(str(name)), pools, tested)
        claim["sentence"] = f"{claim['label']}: {sentence(claim)}"
        told.append(claim)
    return told


def sentence(claim: Claim) -> str:
    """What is said of a claim after its name: estimate, verdict, best evidence and strength."""
    pooled, verdict = claim["pooled"], claim["verdict"]
    if verdict is None:
        return "no verdict, since no published value of it is to be replicated."
    if pooled is None:
        return f"{verdict}, since {claim['reason']}." if claim["tested"] else "not tested here."
    people = (
        f"{pooled['text']}, {pooled['cohorts']} cohort{'s' if pooled['cohorts'] > 1 else ''}, "
        f"{pooled['people']} people"
    )
    if verdict == CHECK_FIRST:
        return f"{people}: {verdict}. {claim['reason']}"
    said = f"{people}: {verdict} ({claim['source']}{_added(claim)})"
    if best := claim["best"]:
        here = f", here {best['here']}" if best["here"] else ""
        said += f"; best evidence ({best['source']}{here}): {best['verdict']}"
    if claim["strength"]:
        said += f"; strength {claim['strength']} ({met(claim['checks'])} of {len(claim['checks'])} checks)"
    return f"{said}."


def screen_lines(title: str, found: Findings) -> str:
    """One line for each claim that could be tested, and one for the others, which names the review's."""
    told = [claim for claim in claims(found) if claim["verdict"] is not None]
    lines = [title, "", *(claim["sentence"] for claim in told if claim["tested"])]
    absent = [claim for claim in told if not claim["tested"]]
    named = [claim["label"] for claim in absent if claim["of_the_review"]]
    if others := len(absent) - len(named):
        more = "other " if len(told) > others else ""
        named.append(f"{others} {more}claim{'s' if others > 1 else ''}, which the report lists")
    if named:
        lines.append(f"Not tested here: {'; '.join(named)}")
    return "\n".join([*lines, ""])


def relative_units(estimates: pd.DataFrame) -> list[str]:
    """What is to be known of cohorts that measured in relative units.

    Parameters
    ----------
    estimates : `ESTIMATES` of all cohorts.
    """
    there = estimates[estimates["estimate"].notna()]
    said = []
    for cohort, own in there.groupby("cohort", sort=False):
        measured = [one for one in outcomes.ANALYTES.values() if (own["outcome"] == one.relative).any()]
        if measured:
            labels = wording.listed([one.label for one in measured])
            said.append(
                f"{cohort} measured {labels} in relative units (NPX, RFU), which are not proportional to "
                "concentrations: such estimates are judged by direction only and stay out of the pooled size."
            )
    sil6r = outcomes.ANALYTES["sil6r"].relative
    return [" ".join([*said, _RESIDUE])] if (there["outcome"] == sil6r).any() else said


def truth_rows(
    plan: Plan, estimates: pd.DataFrame, truths: Truths, quality: dict[str, float], minimum: int
) -> list[dict[str, str]]:
    """What each synthetic cohort's analyses should have found, and whether the interval holds it.

    Parameters
    ----------
    truths : for each synthetic cohort, the true value of each analysis on the reader's scale, by its name.
    quality : imputation quality of the cohorts that are imputed.
    """
    rows = []
    of_all = privacy.shown_estimates(estimates[estimates["stratum"] == EVERYBODY], minimum)
    for cohort, truth in truths.items():
        own = of_all[of_all["cohort"] == cohort].set_index("analysis")
        for analysis, value in truth.items():
            one = plan.analyses.get(analysis)
            # Another plan may ask on another scale.
            if analysis not in own.index or one is None or wording.reader_scale(one) not in value:
                continue
            scale, found = wording.reader_scale(one), own.loc[analysis]
            low, high = (wording.on_scale(found[key], scale) for key in ("ci_low", "ci_high"))
            true = value[scale]
            text = wording.number(true, scale, wording.digits(low, high, scale))
            if scale == "r2" and cohort in quality:
                # A calibrated imputed dosage keeps this share of the genotype's variance.
                true *= quality[cohort]
                text += f", {wording.number(true, scale)} after imputation"
            rows.append(
                {
                    "cohort": cohort,
                    "analysis": one.label,
                    "truth": text,
                    "estimate": wording.interval_of(found, scale),
                    "covered": "yes" if low <= true <= high else "no",
                }
            )
    return rows


def _claim(
    found: Findings,
    name: str,
    rows: pd.DataFrame,
    row: dict[Any, Any] | None,
    pools: pd.DataFrame,
    tested: int,
) -> Claim:
    """A claim without its sentence; `row` is of `CLAIMS`, and None without a primary published value."""
    of_pool = rows[rows["cohort"] == TOGETHER].set_index("benchmark", drop=False)
    decides = row["benchmark"] if row else of_pool.index[0]
    judged = of_pool.loc[decides].to_dict()
    analysis = judged["analysis"]
    pooled = _pooled(row, judged, pools, found.minimum)
    own = rows[rows["benchmark"] == decides]
    made = checks(row, judged, pools.loc[analysis].to_dict(), tested) if row and pooled else []
    best = of_pool.loc[row["best_benchmark"]] if row and not pd.isna(row["best_benchmark"]) else None
    context = [one for one in of_pool.to_dict("records") if one["role"] == "context"]
    return {
        "claim": name,
        "label": wording.claim(name, found.effect),
        "sentence": "",
        "of_the_review": name in wording.REVIEW,
        "analysis": analysis,
        "scale": judged["scale"],
        "tested": bool(row) and bool((own["verdict"] != NOT_COMPUTABLE).any()),
        "verdict": wording.verdict(row["verdict"], row["same_size"]) if row else None,
        "source": _source(judged) if row else None,
        "reason": judged["reason"],
        "pooled": pooled,
        "best": None if best is None else _best(best.to_dict(), analysis),
        "strength": or_none(row["strength"]) if row else None,
        "checks": made,
        "changes": changes(row, judged, found.minimum) if row and pooled else [],
        "context": [f"{_source(one)}{_here(one, analysis)}" for one in context],
        "also": _also(found, name, analysis, pools),
        "benchmarks": [
            _benchmark(key, verdicts, found.minimum)
            for key, verdicts in rows.groupby("benchmark", sort=False)
        ],
    }


def _added(claim: Claim) -> str:
    """What a sentence adds to a verdict that leaves a claim open."""
    pooled, verdict = claim["pooled"], claim["verdict"]
    (own,) = [one for one in claim["benchmarks"] if one["role"] == "primary"]
    needed = own["n_for_80_percent_power"]
    if verdict in _OPEN and pooled and needed and needed > (pooled["participants"] or 0):
        return f"; it would take about {needed:,} people"
    if verdict == DISAGREE:
        (own_check,) = [one["text"] for one in claim["checks"] if one["check"] == "cohorts_agree"]
        return f"; {own_check.removeprefix('cohorts: ')}"
    return ""


def _pooled(
    row: Mapping[Any, Any] | None, judged: Mapping[Any, Any], pools: pd.DataFrame, minimum: int
) -> Pooled | None:
    """The pooled estimate that decides, or that stands beside what is context."""
    if pd.isna(judged["estimate"]) or judged["analysis"] not in pools.index:
        return None
    fixed = pools.loc[judged["analysis"]]
    value, low, high = (float(judged[key]) for key in ("estimate", "ci_low", "ci_high"))
    ends = privacy.for_programs({"estimate": value, "ci_low": low, "ci_high": high}, (), minimum)
    return {
        "text": wording.with_interval(value, low, high, judged["scale"]),
        "estimate": ends["estimate"],
        "ci_low": ends["ci_low"],
        "ci_high": ends["ci_high"],
        "model": row["model"] if row else "fixed",
        "cohorts": int(fixed["cohorts"]),
        "participants": privacy.people_number(int(judged["n"]), minimum),
        "people": privacy.people(int(judged["n"]), minimum),
        "i2_percent": or_none(fixed["i2_percent"]),
    }


def _best(judged: Mapping[Any, Any], analysis: str) -> Best:
    return {
        "source": _source(judged),
        "here": _here(judged, analysis).removeprefix(", here ") or None,
        "verdict": str(shown_word(judged)),
        "reason": judged["reason"],
    }


def _here(judged: Mapping[Any, Any], analysis: str) -> str:
    """The estimate beside a published value that is compared with another analysis than the claim's."""
    if judged["analysis"] == analysis or pd.isna(judged["estimate"]):
        return ""
    value, low, high = (float(judged[key]) for key in ("estimate", "ci_low", "ci_high"))
    return f", here {wording.with_interval(value, low, high, judged['scale'])}"


def _source(judged: Mapping[Any, Any]) -> str:
    return wording.benchmark(SimpleNamespace(**judged))


def _also(found: Findings, claim: str, leading: str, pools: pd.DataFrame) -> str | None:
    """Other analyses that bear on a claim without deciding it, the plan's first of each outcome, in words."""
    parts, told = [], set()
    for name, one in found.plan.analyses.items():
        if one.claim != claim or name == leading or name not in pools.index or one.outcome in told:
            continue
        told.add(one.outcome)
        parts.append(f"{one.label} {wording.interval_of(pools.loc[name], found.scale(name))}")
    return "; ".join(parts) or None


def _benchmark(name: Any, verdicts: pd.DataFrame, minimum: int) -> dict[str, Any]:
    overall = verdicts[verdicts["cohort"] == TOGETHER].iloc[0]
    own = verdicts[verdicts["cohort"] != TOGETHER].to_dict("records")
    told = [key for key in [*STATISTICS, "prediction_high"] if key != "estimate"]
    numbers = {key: or_none(overall[key]) for key in told}
    return {
        "benchmark": name,
        "role": overall["role"],
        "source": wording.benchmark(overall),
        "verdict": shown_word(overall),
        "reason": overall["reason"],
        **privacy.for_programs(numbers, (), minimum),
        "cohorts": {one["cohort"]: shown_word(one) for one in own},
    }
