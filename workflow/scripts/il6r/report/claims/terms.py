"""What would change what is said of a claim?"""

import re
from collections.abc import Sequence

import pandas as pd

from il6r.report import wording
from il6r.report.association import specifications
from il6r.report.blocks import Verdict
from il6r.report.claims.parts import Judged, Term
from il6r.report.replication.words import RANDOM, Findings
from il6r.report.verdicts.strength import met
from il6r.report.verdicts.words import Claim
from il6r.tables.association import EVERYBODY

_CHECKS = {
    "powered": "Power",
    "cohorts_agree": "Cohorts agree",
    "robust": "Robust",
    "survives_holm": "Several tests",
    "data_pass": "Data quality",
}
_ROLES = {"primary": "gives the verdict", "best": "best evidence"}
_CONTEXT = "context, no verdict"
# An estimate with its interval, with which a reason begins; the forest beside it has both.
_ESTIMATE = re.compile(r"^[^()]+ \(95 % interval [^()]+\) ")


def judged(found: Findings, claim: Claim) -> list[Judged]:
    """The verdict on each published value of a claim and why, the one that decides first; then context."""
    analyses = found.verdicts.drop_duplicates("benchmark").set_index("benchmark")["analysis"]
    told = []
    for role, called in _ROLES.items():
        for one in claim["benchmarks"]:
            if one["role"] == role and one["verdict"]:
                # The claim's own word may rest on more than the pooled estimate's.
                word = (role == "primary" and claim["verdict"]) or one["verdict"]
                same = analyses[one["benchmark"]] == claim["analysis"]
                reason = _reason(one["reason"], same=same)
                told.append(Judged(called, one["source"], reason, Verdict(str(word))))
    if claim["context"]:
        sources = f"{'; '.join(claim['context'])}"
        told.append(Judged(_CONTEXT, sources, "How each agrees stands under all statistics."))
    return told


def terms(
    found: Findings, sensitivity: pd.DataFrame, truths: Sequence[dict[str, str]], claim: Claim, rate: str
) -> list[Term]:
    """How strong a claim's verdict is by its five checks, and what would change it.

    Parameters
    ----------
    sensitivity : `SENSITIVITY` of all cohorts.
    truths : rows of `verdicts.words.truth_rows`.
    rate : how often verdicts would be given by what is true; empty if that was not asked.
    """
    made = []
    if claim["checks"]:
        strength = claim["strength"] or "no strength, since nothing is decided"
        count = f"{met(claim['checks'])} of {len(claim['checks'])} checks met"
        made.append(Term("Evidence", f"{capital(strength)}; {count}."))
    added = {"cohorts_agree": _cohorts(found, claim), "robust": _alternatives(found, sensitivity, claim)}
    for one in claim["checks"]:
        told = capital(one["text"].partition(": ")[2].removesuffix("."))
        said = " ".join(f"{text}." for text in (told, *added.get(one["check"], [])))
        made.append(Term(_CHECKS[one["check"]], said, one["met"]))
    others = {
        "Would change it": "; ".join(claim["changes"]),
        "How sure": rate.removesuffix("."),
        "Simulated truth": _truth(found, truths, claim),
        "Also estimated": claim["also"] or "",
    }
    return made + [Term(name, f"{capital(text)}.") for name, text in others.items() if text]


def capital(text: str) -> str:
    """A text as a sentence begins; p-values and names such as sIL-6R stay as they are."""
    return text if text.startswith("p ") or text[1:2].isupper() else text[:1].upper() + text[1:]


def _reason(reason: str, *, same: bool) -> str:
    """Why a verdict was given; without the estimate where that is the `same` as the claim's."""
    text = _ESTIMATE.sub("", reason) if same else reason
    return f"{capital(text).removesuffix('.')}."


def _cohorts(found: Findings, claim: Claim) -> list[str]:
    """The interval of heterogeneity, and between which estimates the pool lies without each cohort."""
    told = []
    pools = found.shown_pools()
    pools = pools[(pools["analysis"] == claim["analysis"]) & (pools["group"] == EVERYBODY)]
    pooled, model = claim["pooled"], claim["pooled"]["model"] if claim["pooled"] else ""
    for row in pools[pools["model"] == "fixed"].to_dict("records"):
        if not pd.isna(row["i2_low"]):
            told.append(
                f"The 95 % interval of I\N{SUPERSCRIPT TWO} is {row['i2_low']:.0f} to {row['i2_high']:.0f} %"
            )
    left = found.left_out[found.left_out["analysis"] == claim["analysis"]]
    left = left[[not found.gives_away(name, claim["analysis"]) for name in left["left_out"]]]
    if len(left) > 1 and pooled:
        scale, column = claim["scale"], "random_estimate" if model == RANDOM else "estimate"
        low, high = (wording.on_scale(end, scale) for end in (left[column].min(), left[column].max()))
        told.append(f"Without each cohort in turn: {wording.interval(low, high, scale)}")
    return told


def _alternatives(found: Findings, sensitivity: pd.DataFrame, claim: Claim) -> list[str]:
    """Between which estimates alternative analyses of single cohorts lie."""
    rows = specifications.of_claims(found.plan, sensitivity, found.minimum).get(claim["analysis"])
    if rows is None:
        return []
    others = rows.loc[rows["kind"] != specifications.PLANNED, "estimate"]
    low, high = (wording.on_scale(end, claim["scale"]) for end in (others.min(), others.max()))
    return [f"In single cohorts they give {wording.interval(low, high, claim['scale'])}"]


def _truth(found: Findings, truths: Sequence[dict[str, str]], claim: Claim) -> str:
    """In how many cohorts' intervals the simulated truth lies."""
    label = found.plan.analyses[claim["analysis"]].label
    own = [row for row in truths if row["analysis"] == label]
    if not own:
        return ""
    covered = sum(row["covered"] == "yes" for row in own)
    values = wording.listed(list(dict.fromkeys(row["truth"] for row in own)), "or")
    return f"{values}: inside {covered} of {len(own)} cohort intervals"
