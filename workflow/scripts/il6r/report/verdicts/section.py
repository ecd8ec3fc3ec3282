"""The part on claims: each, its estimate and its verdicts."""

from il6r.report import blocks
from il6r.report.load import Study
from il6r.report.replication import error_rates
from il6r.report.replication.words import findings
from il6r.report.verdicts.strength import met
from il6r.report.verdicts.words import Claim, basis, claims, relative_units, sentence, truth_rows
from il6r.tables.association import ESTIMATES
from il6r.tables.genotypes import SOURCES

TITLE = "Verdicts"
_CHECKS = ("power", "cohorts", "alternatives", "multiple testing", "data")


def content(study: Study) -> list[blocks.Block]:
    """The review's claims as cards, others in tables, and a simulation's truth."""
    told = claims(findings(study))
    review = [claim for claim in told if claim["of_the_review"]]
    others = [claim for claim in told if not claim["of_the_review"]]
    shown = [claim for claim in others if claim["tested"] or (claim["verdict"] is None and claim["pooled"])]
    untested = [claim["label"] for claim in others if claim not in shown]
    rates = error_rates.sentences(study)
    found: list[blocks.Block] = [_card(claim, rates.get(claim["claim"], [])) for claim in review]
    if said := relative_units(study.table(ESTIMATES)):
        found.append(blocks.Words(said))
    if shown:
        found += [
            blocks.Heading("What else was published"),
            blocks.Shown(
                "Further claims, pooled over the cohorts that measured them, with 95 % intervals",
                ["claim", "estimate", "cohorts, people", "published", "verdict", "strength", "why"],
                [_row(claim) for claim in shown],
            ),
            *_strengths([claim for claim in shown if claim["checks"]]),
        ]
    if untested:
        several = "s" if len(untested) > 1 else ""
        reason = "Not tested here, since no cohort measured what it takes, or too few people"
        head = f"{reason}: {len(untested)} claim{several}"
        found.append(blocks.Disclosure(head, [blocks.Sentences(untested)]))
    return found + _truth(study)


def _card(claim: Claim, rates: list[str]) -> blocks.ClaimCard:
    """A claim's card; of how often verdicts would be given, what is said first."""
    pooled, best = claim["pooled"], claim["best"]
    judged = []
    if claim["verdict"] is not None:
        judged.append(_judged("the claim's verdict", claim["verdict"], str(claim["source"]), claim["reason"]))
    if best:
        here = f", here {best['here']}" if best["here"] else ""
        judged.append(_judged("best evidence", best["verdict"], f"{best['source']}{here}", best["reason"]))
    return blocks.ClaimCard(
        claim["label"],
        pooled["text"] if pooled else "",
        basis(pooled) if pooled else "No cohort could estimate it.",
        judged,
        f"Strength: {_strength(claim)}",
        [blocks.Checked(one["met"], one["text"]) for one in claim["checks"]],
        [*_notes(claim), *(blocks.Named("How sure this study can be:", said) for said in rates[:1])],
    )


def _judged(role: str, word: str, source: str, reason: str) -> blocks.Judged:
    return blocks.Judged(role, blocks.Verdict(word), source, reason if reason.endswith(".") else f"{reason}.")


def _strength(claim: Claim) -> str:
    """A claim's strength with the number of checks that are met."""
    count = f"{met(claim['checks'])} of {len(claim['checks'])} checks met"
    return f"{claim['strength'] or 'none, since nothing is decided'} ({count})"


def _notes(claim: Claim) -> list[blocks.Named]:
    """What stands under a claim's checks, each under a name."""
    notes = {
        "What would change it:": "; ".join(claim["changes"]),
        "Also published, as context without a verdict:": "; ".join(claim["context"]),
        "Also estimated:": claim["also"],
    }
    return [blocks.Named(name, f"{text}.") for name, text in notes.items() if text]


def _row(claim: Claim) -> list[blocks.Text]:
    """A claim's row of the table."""
    pooled, verdict, best = claim["pooled"], claim["verdict"], claim["best"]
    beside = f"; best evidence ({best['source']}): {best['verdict']}" if best else ""
    return [
        claim["label"],
        pooled["text"] if pooled else "not pooled",
        f"{pooled['cohorts']}, {pooled['participants']:,}" if pooled else "",
        claim["source"] or "; ".join(claim["context"]),
        "none" if verdict is None else blocks.Verdict(verdict),
        claim["strength"] or "",
        sentence(claim) if verdict is None else f"{claim['reason']}{beside}",
    ]


def _strengths(checked: list[Claim]) -> list[blocks.Block]:
    """The checks of further claims, and what would change their verdicts, closed at first."""
    rows: list[list[blocks.Text]] = [
        [
            blocks.Cell(claim["label"], head=True),
            *(_check(one["met"], one["text"]) for one in claim["checks"]),
            "\n".join(claim["changes"]),
            "\n".join(claim["context"]),
        ]
        for claim in checked
    ]
    heads = ["claim", *_CHECKS, "what would change it", "context"]
    caption = "The five checks of each verdict's strength, and what would change it"
    return [blocks.Disclosure(caption, [blocks.Shown(caption, heads, rows)], narrow=True)] if rows else []


def _check(is_met: bool, text: str) -> str:
    return f"{'met' if is_met else 'not met'}: {text.partition(': ')[2]}"


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
