"""The section that answers first: each claim, its estimate and its verdicts."""

from il6r.report import blocks
from il6r.report.load import Study
from il6r.report.replication.words import findings
from il6r.report.verdicts.words import Claim, basis, claims, truth_rows
from il6r.tables.association import ESTIMATES
from il6r.tables.genotypes import SOURCES

TITLE = "Verdicts"


def content(study: Study) -> list[blocks.Block]:
    """The review's claims as cards, others in a table, and what a simulation should have found."""
    told = claims(findings(study))
    others = [claim for claim in told if not claim["of_the_review"]]
    tested = [claim for claim in others if claim["tested"]]
    untested = [claim["label"] for claim in others if not claim["tested"]]
    found: list[blocks.Block] = [_card(claim) for claim in told if claim["of_the_review"]]
    if tested:
        found += [
            blocks.Heading("What else was published"),
            blocks.Shown(
                "Further claims, pooled over the cohorts that measured them, with 95 % intervals",
                ["claim", "estimate", "cohorts, people", "set against", "verdict", "why"],
                [row for claim in tested for row in _rows(claim)],
            ),
        ]
    if untested:
        found.append(
            blocks.Words(
                [
                    "Not tested here, since no cohort measured what it takes, or too few people: "
                    f"{'; '.join(untested)}."
                ]
            )
        )
    return found + _truth(study)


def _card(claim: Claim) -> blocks.ClaimCard:
    pooled = claim["pooled"]
    return blocks.ClaimCard(
        claim["label"],
        pooled["text"] if pooled else "",
        basis(pooled) if pooled else "No cohort could estimate it.",
        f"Also: {claim['also']}." if pooled and claim["also"] else "",
        [
            blocks.Judged(
                blocks.Verdict(one["verdict"]),
                one["source"],
                f"{one['reason']}.",
                "; ".join(f"{cohort}: {verdict}" for cohort, verdict in one["cohorts"].items()),
            )
            for one in claim["benchmarks"]
        ],
    )


def _rows(claim: Claim) -> list[list[str | blocks.Cell | blocks.Verdict]]:
    """A claim's rows of the table, one for each published value; what they share is one cell over all."""
    pooled, judged = claim["pooled"], claim["benchmarks"]
    shared = (
        claim["label"],
        pooled["text"] if pooled else "not pooled",
        f"{pooled['cohorts']}, {pooled['participants']:,}" if pooled else "",
    )
    rows = [[one["source"], blocks.Verdict(one["verdict"]), one["reason"]] for one in judged]
    return [[*(blocks.Cell(text, rows=len(rows)) for text in shared), *rows[0]], *rows[1:]]


def _truth(study: Study) -> list[blocks.Block]:
    sources = study.table(SOURCES)
    quality = sources.dropna(subset="imputation_quality").set_index("cohort")["imputation_quality"]
    rows = truth_rows(study.plan, study.table(ESTIMATES), study.truths, quality.to_dict(), study.minimum)
    if not rows:
        return []
    columns = {
        "cohort": "cohort",
        "analysis": "analysis",
        "truth": "truth",
        "estimate": "estimate",
        "covered": "interval covers the truth",
    }
    return [
        blocks.Heading("Against the known truth"),
        blocks.Words(["These cohorts are synthetic, so what the analysis should find is known."]),
        blocks.table(
            "Truth and estimate of each synthetic cohort, with 95 % intervals", columns, rows, one_line=True
        ),
    ]
