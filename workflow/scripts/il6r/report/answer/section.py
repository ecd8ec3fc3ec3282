"""The section that answers first: in a sentence, by an estimate, and with each verdict as an icon."""

from collections import Counter
from collections.abc import Sequence

from il6r.report.answer.grammar import Judged, answer, look_of
from il6r.report.answer.parts import Answered, Tally, Tile, Way
from il6r.report.blocks import Link
from il6r.report.findings import cite
from il6r.report.findings.rows import anchor_of
from il6r.report.load import Study
from il6r.report.replication.words import findings
from il6r.report.verdicts.words import Claim, claims

TITLE = "Answer"
# What each look of a verdict is called in the tally.
TALLY = {
    "rep": "replicated",
    "dir": "direction confirmed",
    "siz": "size differs",
    "con": "contradicted",
    "inc": "inconclusive",
    "dis": "cohorts disagree",
    "chk": "data to check",
    "not": "not tested",
}
# Shown though there are none.
_ALWAYS = ("rep", "dir", "siz", "con", "inc", "not")


def content(study: Study) -> list[Answered]:
    """The answer."""
    told = [claim for claim in claims(findings(study)) if claim["verdict"] is not None]
    looks = [look_of(claim["verdict"], tested=claim["tested"]) for claim in told]
    judged = [Judged(look, claim["of_the_review"]) for look, claim in zip(looks, told, strict=True)]
    said = answer(judged)
    order = sorted(zip(looks, told, strict=True), key=lambda one: list(TALLY).index(one[0]))
    tiles = [
        Tile(anchor_of(claim), look, f"{claim['label']}: {claim['verdict']}")
        for look, claim in order
        if claim["tested"]
    ]
    count = Counter(looks)
    tally = [
        Tally(look, count[look], label) for look, label in TALLY.items() if count[look] or look in _ALWAYS
    ]
    ways = _ways(study, any_claim=bool(claims(findings(study))))
    return [Answered(said.look, said.head, said.sentences, _key(told), tiles, tally, ways)]


def sentence(study: Study) -> str:
    """The answer in words, as the page begins with it."""
    (said,) = content(study)
    return f"{said.head} {said.sentences}"


def lead(study: Study) -> str:
    """The line above the title."""
    number = len(study.cohorts)
    tested = sum(claim["tested"] for claim in claims(findings(study)))
    variant = study.catalogue[study.config["variant"]]
    change = f"IL6R p.Asp358Ala, {variant.other_allele}>{variant.effect_allele}"
    return (
        f"Replication report · {study.config['variant']} ({change}) · {number} cohort{_s(number)} · "
        f"{tested} claim{_s(tested)} tested"
    )


def _key(told: Sequence[Claim]) -> str:
    """The estimate of the first claim that has one, and the word beside each value that decides."""
    for claim in told:
        if pooled := claim["pooled"]:
            value, _, interval = pooled["text"].partition(" (")
            cohorts, people = pooled["cohorts"], pooled["people"]
            words = {"primary": claim["verdict"], "best": claim["best"] and claim["best"]["verdict"]}
            published = [
                f"{one['source']}{f': {word}' if word else ''}"
                for role, word in words.items()
                for one in claim["benchmarks"]
                if one["role"] == role
            ]
            return (
                f"{claim['label']}: {value} (95 % interval {interval}, {cohorts} cohort{_s(cohorts)}, "
                f"{people} people. Published: {'; '.join(published)}."
            )
    return ""


def _ways(study: Study, *, any_claim: bool) -> list[Way]:
    cautions = len(cite.cautions(study))
    return [
        *([Way("30 seconds", [Link("Table 1", "findings")])] if any_claim else []),
        Way("before citing", [Link(f"{cautions} caution{_s(cautions)}", "cite")]),
        Way("10 minutes", [Link("claims", "claims"), Link("data quality", "quality")]),
        Way("audit", [Link("checklists", "checklists"), Link("provenance", "provenance")]),
        Way("data", [Link("downloads", "downloads")]),
    ]


def _s(number: int) -> str:
    return "" if number == 1 else "s"
