"""Does each claim hold here, in words, for programs and for the screen?"""

from typing import Any, TypedDict

import pandas as pd

from il6r.plan import Plan
from il6r.report import wording
from il6r.report.load import Truths
from il6r.report.privacy import shown_estimates
from il6r.report.replication.words import NOT_COMPUTABLE, STATISTICS, TOGETHER, Findings, or_none
from il6r.tables.association import EVERYBODY


class Pooled(TypedDict):
    """One analysis pooled with fixed effects, on the scale readers meet it on."""

    text: str
    estimate: float
    ci_low: float
    ci_high: float
    cohorts: int
    participants: int
    i2_percent: float | None


class Claim(TypedDict):
    """A claim: its estimate, other estimates that bear on it, and each benchmark's verdicts."""

    claim: str
    label: str
    of_the_review: bool
    analysis: str
    scale: str
    tested: bool
    pooled: Pooled | None
    also: str | None
    benchmarks: list[dict[str, Any]]


def claims(found: Findings) -> list[Claim]:
    """Each claim with its pooled estimate and every benchmark's verdicts; the review's own first."""
    pools = found.shown_pools()
    pools = pools[pools["group"] == EVERYBODY]
    told: list[Claim] = []
    for claim, rows in found.shown_verdicts().groupby("claim", sort=False):
        analysis, scale = rows[["analysis", "scale"]].iloc[0]
        told.append(
            {
                "claim": claim,
                "label": wording.claim(claim, found.effect),
                "of_the_review": claim in wording.REVIEW,
                "analysis": analysis,
                "scale": scale,
                "tested": bool((rows["verdict"] != NOT_COMPUTABLE).any()),
                "pooled": _pooled(pools[pools["analysis"] == analysis], scale),
                "also": _also(found, claim, analysis, pools),
                "benchmarks": [
                    _benchmark(name, verdicts) for name, verdicts in rows.groupby("benchmark", sort=False)
                ],
            }
        )
    return told


def basis(pooled: Pooled) -> str:
    """What a pooled estimate rests on, in a line."""
    several = "s" if pooled["cohorts"] != 1 else ""
    i2 = "" if pooled["i2_percent"] is None else f"; I\N{SUPERSCRIPT TWO} {pooled['i2_percent']:.0f} %"
    return (
        f"pooled over {pooled['cohorts']} cohort{several}, {pooled['participants']:,} people; 95 % "
        f"interval{i2}"
    )


def screen_lines(title: str, found: Findings) -> str:
    """One line for each claim that could be tested, and one for the others."""
    lines, absent = [title, ""], []
    for claim in claims(found):
        if not claim["tested"] or claim["pooled"] is None:
            absent.append(claim["label"])
            continue
        verdicts = "; ".join(
            f"{b['source']} \N{RIGHTWARDS ARROW} {b['verdict']}" for b in claim["benchmarks"]
        )
        pooled = claim["pooled"]
        people = f"{pooled['cohorts']} cohort{'s' if pooled['cohorts'] > 1 else ''}, "
        people += f"{pooled['participants']:,} people"
        lines.append(f"{claim['label']}: {pooled['text']}, {people} | {verdicts}")
    if absent:
        lines.append(f"Not tested here: {'; '.join(absent)}")
    return "\n".join([*lines, ""])


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
    of_all = shown_estimates(estimates[estimates["stratum"] == EVERYBODY], minimum)
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


def _pooled(pools: pd.DataFrame, scale: str) -> Pooled | None:
    """One analysis pooled with fixed effects, and the prediction interval of random ones."""
    models = pools.set_index("model")
    if "fixed" not in models.index:
        return None
    row = models.loc["fixed"]
    value, low, high = (wording.on_scale(row[key], scale) for key in ("estimate", "ci_low", "ci_high"))
    return {
        "text": wording.with_interval(value, low, high, scale),
        "estimate": value,
        "ci_low": low,
        "ci_high": high,
        "cohorts": int(row["cohorts"]),
        "participants": int(row["n_participants"]),
        "i2_percent": or_none(row["i2_percent"]),
    }


def _also(found: Findings, claim: str, leading: str, pools: pd.DataFrame) -> str | None:
    """Other analyses that bear on a claim without deciding it, the plan's first of each outcome, in words."""
    fixed, parts, told = pools[pools["model"] == "fixed"].set_index("analysis"), [], set()
    for name, one in found.plan.analyses.items():
        if one.claim != claim or name == leading or name not in fixed.index or one.outcome in told:
            continue
        told.add(one.outcome)
        parts.append(f"{one.label} {wording.interval_of(fixed.loc[name], found.scale(name))}")
    return "; ".join(parts) or None


def _benchmark(name: str, verdicts: pd.DataFrame) -> dict[str, Any]:
    overall = verdicts[verdicts["cohort"] == TOGETHER].iloc[0]
    return {
        "benchmark": name,
        "source": wording.benchmark(overall),
        "verdict": overall["verdict"],
        "reason": overall["reason"],
        **{key: or_none(overall[key]) for key in [*STATISTICS, "prediction_high"] if key != "estimate"},
        "cohorts": dict(verdicts[verdicts["cohort"] != TOGETHER][["cohort", "verdict"]].to_numpy()),
    }
