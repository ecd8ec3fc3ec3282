"""The section on the rule: its words, how often it is wrong, the checks of strength, and published values."""

from il6r.report import blocks
from il6r.report.load import Study
from il6r.report.published.words import published_rows
from il6r.report.replication import words as replication
from il6r.report.replication.words import Findings
from il6r.report.rule import words
from il6r.tables.replication import OPERATING, VERDICTS

TITLE = "How verdicts are made"
_PUBLISHED = (
    "reference, and where it was read",
    "claim",
    "role",
    "value",
    "variant",
    "population",
    "n",
    "note",
)


def content(study: Study) -> list[blocks.Block]:
    """A table of words, error rates, the five checks and what is said of several tests."""
    found = replication.findings(study)
    table = blocks.Shown(
        "The words of verdicts, fixed before any data are seen",
        ["verdict", "condition", "how to read it"],
        [[_pills(one.words), one.condition, one.reading] for one in words.words(study.plan)],
        how="A claim has the word whose condition its estimate meets beside its primary published value",
    )
    tested = int(found.shown_claims()["p_holm"].notna().sum())
    return [
        table,
        *_rates(study, found),
        blocks.Heading("Strength of a verdict", "checks"),
        blocks.Words(
            [
                "Five checks, fixed with the rule, say how much this run can carry, not whether the claim "
                "is true. Five make a verdict strong, three or four moderate, fewer weak; what is not "
                "decided has no strength."
            ]
        ),
        blocks.Sentences([blocks.Named(name, f": {text}.") for name, text in words.checks()]),
        blocks.Words(
            [
                "Verdicts themselves are not adjusted for the number of claims"
                + (f", of which {tested} have been tested here" if tested else "")
                + ": with no effect anywhere, about 1 in 40 intervals would still exclude no effect on the "
                "published side."
            ]
        ),
        blocks.Disclosure(
            "The rule in full, as it is registered", [blocks.Sentences(found.rule, ordered=True)]
        ),
        blocks.Disclosure("Every published value", _published(study)),
    ]


def _pills(given: tuple[str, ...]) -> list[str | blocks.Inline]:
    """Verdicts below each other."""
    pills: list[str | blocks.Inline] = []
    for word in given:
        pills += ["\n", blocks.Verdict(word)] if pills else [blocks.Verdict(word)]
    return pills


def _rates(study: Study, found: Findings) -> list[blocks.Block]:
    """How often the rule gives each word where the truth is known, in sentences and as a table."""
    groups = replication.operating_groups(found)
    if not groups:
        return []
    said = words.how_often(study.table(OPERATING), study.resource("published"), study.table(VERDICTS))
    table = blocks.Shown(
        "Share of each verdict, with its Monte Carlo standard error",
        ["people", "truth", *replication.words_told(found.operating)],
        [blocks.Group(group["source"], group["rows"]) for group in groups],
        one_line=True,
        how="A row is simulated studies of so many people with that true effect",
    )
    return [
        blocks.Heading("How often the rule is wrong", "operating"),
        blocks.Sentences(said),
        blocks.Disclosure("Shares of all verdicts, as a table", [table]),
    ]


def _published(study: Study) -> list[blocks.Block]:
    rows: list[list[blocks.Text]] = [
        [
            blocks.Cell(f"{row['reference']}\ndoi {row['doi']}\n{row['read']}", head=True),
            *(row[key] for key in _PUBLISHED[1:]),
        ]
        for row in published_rows(study.resource("published"))
    ]
    how = (
        "A row is a value; one of each claim decides, the best evidence has a word beside it, others are "
        "context"
    )
    return [blocks.Shown("What each verdict is compared with", _PUBLISHED, rows, how=how)]
