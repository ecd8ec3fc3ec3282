"""The section on claims: a card for each that was tested, every other estimate, and what was not tested."""

from il6r.report import blocks, wording
from il6r.report.claims import others
from il6r.report.claims.lines import forest_of, without_estimate
from il6r.report.claims.parts import Absent, ClaimTerms, Term, Untested, Verdicts
from il6r.report.claims.terms import capital, judged, terms
from il6r.report.load import Study
from il6r.report.replication import error_rates
from il6r.report.replication.words import Findings, findings
from il6r.report.verdicts.words import Claim, claims
from il6r.tables.association import SENSITIVITY

TITLE = "Claims, one by one"
# With more cohorts than this the forests are long, and the first claim alone stands open.
_MANY_COHORTS = 8
# So many cards of further claims stand below each other; more are under one line.
_MANY_CLAIMS = 14


def content(study: Study) -> list[blocks.Block]:
    """Cards of the claims that were tested, the leading ones open; the others; and a list of the rest."""
    found = findings(study)
    told = claims(found)
    shown = [claim for claim in told if claim["pooled"]]
    open_ones = [claim["claim"] for claim in shown if claim["of_the_review"]]
    if len(study.cohorts) > _MANY_COHORTS:
        open_ones = open_ones[:1]
    said = error_rates.sentences(study)
    statistics = others.statistics(
        found, {wording.claim(name, found.effect): own for name, own in said.items()}
    )
    truths = others.simulated(study)
    parts: list[blocks.Block] = [
        blocks.Words(
            [
                "Each card shows cohorts, pool and published values on one axis, the verdict on every "
                "published value, and what would change it."
                if shown
                else "No claim could be tested: no cohort has an estimate that may be shown."
            ]
        )
    ]
    leading: list[blocks.Block] = []
    further: list[blocks.Block] = []
    for claim in shown:
        rate = (said.get(claim["claim"]) or [""])[0]
        made = terms(found, study.table(SENSITIVITY), truths, claim, rate)
        card = blocks.Disclosure(
            claim["label"],
            [*_card(study, found, claim), *_folded(made, statistics.get(claim["label"], []))],
            verdict=blocks.Verdict(claim["verdict"]) if claim["verdict"] else None,
            anchor=f"c-{claim['claim']}",
            open=claim["claim"] in open_ones,
            label=capital(found.plan.analyses[claim["analysis"]].label),
            beside=claim["pooled"]["text"] if claim["pooled"] else "",
        )
        (leading if claim["of_the_review"] else further).append(card)
    if len(further) > _MANY_CLAIMS:
        further = [blocks.Disclosure(f"What else was published: {len(further)} claims", further)]
    parts += [*leading, *further]
    parts += _not_tested([claim for claim in told if not claim["pooled"]])
    if kinds := others.content(study):
        parts += [blocks.Heading("Every other estimate", "estimates"), *kinds]
    return parts


def _card(study: Study, found: Findings, claim: Claim) -> list[blocks.Block]:
    """The forest beside the verdict on each published value."""
    forest: list[blocks.Block] = [forest_of(found, study.resource("published"), claim)]
    if absent := without_estimate(found, claim):
        forest.append(blocks.Words([" ".join(absent)]))
    verdicts = [blocks.Heading("Verdicts", level=4), Verdicts(judged(found, claim))]
    return [blocks.Columns(forest, verdicts)]


def _folded(made: list[Term], statistics: list[blocks.Block]) -> list[blocks.Block]:
    """What would change a claim, and all its statistics under a line."""
    told: list[blocks.Block] = []
    if made:
        told += [blocks.Heading("What would change it", level=4), ClaimTerms(made)]
    if statistics:
        told.append(blocks.Disclosure("All statistics of this claim", statistics, narrow=True))
    return told


def _not_tested(untested: list[Claim]) -> list[blocks.Block]:
    """One list of the claims without an estimate, and why."""
    if not untested:
        return []
    lines = [
        Absent(f"c-{claim['claim']}", claim["label"], claim["reason"].removesuffix(".")) for claim in untested
    ]
    several = "s" if len(untested) > 1 else ""
    return [
        blocks.Disclosure(
            f"Not tested here: {len(untested)} claim{several}, and why",
            [Untested(lines)],
            anchor="not-tested",
            label="Not tested",
        )
    ]
