"""The section that sums up the findings: a row a claim, with what was published and found on one axis."""

from collections.abc import Sequence

from il6r.report import blocks
from il6r.report.answer.grammar import UNDECIDED, look_of
from il6r.report.findings.parts import Part, Summary
from il6r.report.findings.rows import anchor_of, finding
from il6r.report.load import Study
from il6r.report.replication.words import Findings, findings
from il6r.report.verdicts.words import Claim, claims

TITLE = "Summary of findings"
HEADS = ("Claim", "Published", "Here", "Effect as a share of the published effect", "Verdict", "People")

_NOTES = (
    "Axis: share of the published effect that decides, on the scale of the model (0 no effect, 1 as "
    "published, 2 twice as much). Evidence: how many of five checks are met (",
    blocks.Link("which", "rule"),
    "). I\N{SUPERSCRIPT TWO}: variation between cohorts beyond chance (",
    blocks.Link("glossary", "glossary"),
    ").",
)


def content(study: Study) -> list[blocks.Block]:
    """The table; claims that are decided before those that are not."""
    found = findings(study)
    told = claims(found)
    shown = [claim for claim in told if claim["tested"] or claim["pooled"]]
    untested = [blocks.Link(claim["label"], anchor_of(claim)) for claim in told if claim not in shown]
    if not told:
        return []
    parts = _parts(study, found, shown)
    return [
        Summary(
            "Summary of findings",
            HEADS,
            [blocks.Group(part.label, [one.cells for one in part.findings]) for part in parts],
            how="A row is a claim: what was published, what was found here, and both on one axis",
            parts=parts,
            untested=untested,
            notes=_NOTES,
        )
    ]


def _parts(study: Study, found: Findings, shown: Sequence[Claim]) -> list[Part]:
    published = study.resource("published")
    groups: dict[str, list[Claim]] = {
        "The review\N{RIGHT SINGLE QUOTATION MARK}s own claims": [],
        "What else was published: decided here": [],
        "What else was published: left open here": [],
    }
    lead, decided, undecided = groups.values()
    for claim in shown:
        look = look_of(claim["verdict"], tested=claim["tested"])
        if claim["of_the_review"]:
            lead.append(claim)
        else:
            (undecided if look in (*UNDECIDED, "not") else decided).append(claim)
    return [
        Part(label, [finding(found, published, claim) for claim in own], dense=own is not lead)
        for label, own in groups.items()
        if own
    ]
