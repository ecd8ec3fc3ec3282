"""The part on replication: what each verdict rests on, and pooled estimates."""

from collections.abc import Sequence

from il6r.report import blocks, wording
from il6r.report.load import Study
from il6r.report.replication import error_rates, words
from il6r.report.replication.words import Findings, Pool

TITLE = "Replication"
_LEFT_OUT = {
    "analysis": "analysis",
    "left_out": "without",
    "fixed": "fixed effects",
    "random": "random effects (Paule-Mandel)",
}


def content(study: Study) -> list[blocks.Block]:
    """Details of verdicts, and pools."""
    found = words.findings(study)
    rates = {wording.claim(name, found.effect): said for name, said in error_rates.sentences(study).items()}
    return [
        blocks.Heading("What each verdict rests on", "agreement"),
        *_details(found, rates),
        blocks.Heading("Pooled", "pooled"),
        *_pools(found),
    ]


def _details(found: Findings, rates: dict[str, list[str]]) -> list[blocks.Block]:
    """A heading for each claim, its error rates, and how the estimates agree with each published value."""
    by_claim: dict[str, list[blocks.Block]] = {}
    for detail in words.details(found):
        caption = f"{detail['claim']}, compared with {detail['source']}"
        word = detail["verdict"]
        reasons = [blocks.Named(cohort, f": {reason}.") for cohort, reason in detail["reasons"].items()]
        told: list[blocks.Block] = [blocks.Sentences(said)] if (said := rates.get(detail["claim"])) else []
        by_claim.setdefault(detail["claim"], told).append(
            blocks.Disclosure(
                detail["source"] if word else f"{detail['source']} (context, without a verdict)",
                [blocks.headed(caption, detail["heads"], detail["rows"]), blocks.Sentences(reasons)],
                verdict=blocks.Verdict(word) if word else None,
            )
        )
    return [
        block for claim, details in by_claim.items() for block in (blocks.Heading(claim, level=4), *details)
    ]


def _pools(found: Findings) -> list[blocks.Block]:
    shown: list[blocks.Block] = [blocks.Words(said)] if (said := words.pooling_sentences(found)) else []
    shown.append(_pooled("Pooled estimates with 95 % intervals", words.pooled_groups(found)))
    if groups := words.ancestry_groups(found):
        caption = (
            "Pooled estimates by ancestry with 95 % intervals; people rounded down to multiples of "
            f"{found.minimum}"
        )
        shown.append(blocks.Disclosure("Pooled within each ancestry", [_pooled(caption, groups)]))
    if rows := words.left_out_rows(found):
        caption = "Pooled estimates without one cohort, with 95 % intervals"
        shown.append(
            blocks.Disclosure("Pooled without each cohort in turn", [blocks.table(caption, _LEFT_OUT, rows)])
        )
    return shown


def _pooled(caption: str, groups: Sequence[Pool]) -> blocks.Shown:
    rows = [blocks.Group(group["label"], group["rows"]) for group in groups]
    return blocks.Shown(caption, ["effects", *words.POOL_HEADS], rows, one_line=True)
