"""The section that sums up the findings: a row a claim."""

from il6r.report import blocks
from il6r.report.load import Study
from il6r.report.replication.words import findings
from il6r.report.verdicts.words import Claim, claims

TITLE = "Summary of findings"


def content(study: Study) -> list[blocks.Block]:
    """Claims that were tested."""
    rows = [_row(claim) for claim in claims(findings(study)) if claim["tested"]]
    heads = ["claim", "here", "cohorts, people", "published", "verdict", "strength"]
    return [blocks.Shown("Summary of findings", heads, rows, how="A row is a claim")] if rows else []


def _row(claim: Claim) -> list[blocks.Text]:
    pooled, verdict = claim["pooled"], claim["verdict"]
    return [
        blocks.Cell(claim["label"], head=True),
        pooled["text"] if pooled else "not pooled",
        f"{pooled['cohorts']}, {pooled['participants']:,}" if pooled else "",
        claim["source"] or "",
        "none" if verdict is None else blocks.Verdict(verdict),
        claim["strength"] or "",
    ]
