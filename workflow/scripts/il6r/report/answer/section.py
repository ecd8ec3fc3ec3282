"""The section that answers first."""

from il6r.report import blocks
from il6r.report.load import Study
from il6r.report.replication.words import findings
from il6r.report.verdicts.words import claims, sentence

TITLE = "Answer"


def content(study: Study) -> list[blocks.Block]:
    """The review's claims in a sentence each."""
    review = [claim for claim in claims(findings(study)) if claim["of_the_review"]]
    lines = [blocks.Named(one["label"], f": {sentence(one)}") for one in review]
    return [blocks.Sentences(lines)] if review else []


def lead(study: Study) -> str:
    """The line above the title."""
    number = len(study.cohorts)
    told = [one for one in claims(findings(study)) if one["tested"]]
    variant = study.catalogue[study.config["variant"]]
    change = f"{variant.other_allele}>{variant.effect_allele}"
    return (
        f"Replication report · {study.config['variant']} (IL6R p.Asp358Ala, {change}) · {number} "
        f"cohort{'s' if number != 1 else ''} · {len(told)} claim{'s' if len(told) != 1 else ''}"
    )
