"""The section on the rule of verdicts: its sentences, how often it is right, and what was published."""

from il6r.report import blocks
from il6r.report.load import Study
from il6r.report.published import section as published
from il6r.report.replication import words

TITLE = "How verdicts are made"


def content(study: Study) -> list[blocks.Block]:
    """The rule, its error rates, and the published values that it is applied to."""
    found = words.findings(study)
    return [
        blocks.Sentences(found.rule, ordered=True),
        *_operating(found),
        blocks.Disclosure(published.TITLE, published.content(study)),
    ]


def _operating(found: words.Findings) -> list[blocks.Block]:
    groups = words.operating_groups(found)
    table = blocks.Shown(
        "Share of each verdict, with its Monte Carlo standard error",
        ["people", "truth", *words.words_told(found.operating)],
        [blocks.Group(group["source"], group["rows"]) for group in groups],
        one_line=True,
    )
    return [blocks.Disclosure("How often each verdict comes out", [table])] if groups else []
