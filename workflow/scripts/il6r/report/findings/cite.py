"""What should be known before a finding is cited?"""

from collections.abc import Callable, Sequence
from typing import Any

from il6r.report import blocks, wording
from il6r.report.answer.grammar import HOLDS, look_of
from il6r.report.blocks import Link, Text, Verdict
from il6r.report.findings.rows import anchor_of, decisive
from il6r.report.load import Study
from il6r.report.replication.words import TOGETHER, Findings, findings
from il6r.report.verdicts.words import Claim, claims
from il6r.tables.data_checks import DATA_CHECKS

TITLE = "Before you cite"
# Claims that a caution names, at most; the table has them all.
_NAMED = 6
_QUOTE = (
    "To quote: report/claims.txt has a sentence for each claim; the paragraph, the references and how this "
    "workflow is cited are under ",
    Link("Methods", "methods"),
    ".",
)


def content(study: Study) -> list[blocks.Block]:
    """A list of cautions, and what there is to quote."""
    return [blocks.Sentences([*cautions(study), _QUOTE])]


def cautions(study: Study) -> list[Text]:
    """Cautions, each with links to the claims that it is about."""
    found = findings(study)
    told = [claim for claim in claims(found) if claim["pooled"] and claim["verdict"]]
    robust = {row["claim"]: row for row in found.shown_claims().to_dict("records")}
    holds = [claim for claim in told if _look(claim) in HOLDS]

    def alternatives(claim: Claim) -> str:
        row = robust[claim["claim"]]
        return f"{row['alternatives_alike']} of {row['alternatives']} alternative analyses agree"

    said = [
        _caution(
            "Another size than published, though the same direction",
            [claim for claim in told if _look(claim) == "siz"],
            lambda claim: f"{claim['verdict']}; {claim['source']}",
        ),
        _caution(
            "Confirmed beside the value that decides, but not beside the best evidence",
            [
                claim
                for claim in holds
                if claim["best"] and Verdict(claim["best"]["verdict"]).look not in HOLDS
            ],
            lambda claim: f"{claim['best']['source']}: {claim['best']['verdict']}" if claim["best"] else "",
        ),
        _caution(
            "Contradicted",
            [claim for claim in told if _look(claim) == "con"],
            lambda claim: f"here {claim['pooled']['text'] if claim['pooled'] else ''}; {claim['source']}",
        ),
        _caution(
            "Cohorts disagree, so that no one number answers",
            [claim for claim in told if _look(claim) == "dis"],
            lambda claim: _apart(found, claim),
        ),
        _caution(
            "Held back until the data are checked",
            [claim for claim in told if _look(claim) == "chk"],
            lambda claim: "",
        ),
        _caution(
            "Sensitive to analysis choices although confirmed",
            [claim for claim in holds if _unmet(robust[claim["claim"]], "robust")],
            alternatives,
        ),
        _caution(
            "Confirmed with weak evidence",
            [claim for claim in holds if claim["strength"] == "weak"],
            lambda claim: "",
        ),
    ]
    return [*(one for one in said if one), _quality(study)]


def _apart(found: Findings, claim: Claim) -> str:
    """The estimates of cohorts that disagree, the lowest first, and what they may be compared by."""
    rows = found.shown_verdicts()
    own = rows[(rows["benchmark"] == decisive(claim)) & (rows["cohort"] != TOGETHER)]
    own = own.dropna(subset="estimate").sort_values("estimate", kind="stable")
    told = [f"{row.cohort} {wording.number(row.estimate, claim['scale'])}" for row in own.itertuples()]
    named = ", ".join(told) if len(told) <= _NAMED else f"from {told[0]} to {told[-1]}"
    return f"{named}; why is not tested: Data quality has their people and assays"


def _look(claim: Claim) -> str:
    return look_of(claim["verdict"], tested=claim["tested"])


def _unmet(row: dict[str, Any], check: str) -> bool:
    """Whether there were alternatives, and too few of them agree."""
    return bool(row["alternatives"]) and not row[check]


def _caution(what: str, about: Sequence[Claim], note: Callable[[Claim], str]) -> Text:
    """A sentence that names the claims; an empty one where there are none."""
    if not about:
        return ""
    parts: list[str | blocks.Inline] = [f"{what}: "]
    for place, claim in enumerate(about[:_NAMED]):
        parts += ["; " if place else "", Link(claim["label"], anchor_of(claim))]
        if text := note(claim):
            parts.append(f" ({text})")
    more = len(about) - _NAMED
    return (*parts, f"; and {more} more in Table 1." if more > 0 else ".")


def _quality(study: Study) -> Text:
    """What the checks of the data come to."""
    checks = study.table(DATA_CHECKS)
    table = Link("Data quality", "quality")
    if checks.empty:
        return "The data of no cohort were checked."
    failed, looks = (checks[checks["level"] == level] for level in ("fail", "look"))
    if failed.empty:
        fails = "No check of the data fails"
    else:
        named = [f"{row.check} in {row.cohort}" for row in failed.head(_NAMED).itertuples()]
        more = f" and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
        fails = (
            f"{len(failed)} check{'s' if len(failed) > 1 else ''} of the data fail: {', '.join(named)}{more}"
        )
    several = "are worth" if len(looks) != 1 else "is worth"
    return (f"{fails}; {len(looks) or 'none'} {several} a look (", table, ").")
