"""What does the page say that is deposited before the data are seen?"""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import yaml

from il6r import effect_text, origin, registration
from il6r.plan import Plan
from il6r.registration import Content
from il6r.report import wording


def page(
    registered: Content,
    date: str,
    plan: Plan,
    published: pd.DataFrame,
    planned: Sequence[str],
    effect: str,
) -> str:
    """The page in Markdown, which holds all that is registered for programs too.

    Parameters
    ----------
    registered : `registration.content`.
    date : of the registration.
    published : the published values of the plan's analyses.
    planned : the planned study and its error rates, in lines.
    effect : the effect allele.
    """
    parts = [
        "# Registration of the analysis plan",
        f"{date}, il6r-replication {origin.VERSION} ({origin.commit()}).",
        f"SHA-256 of plan, published values, limits of quality and rule: `{registration.digest(registered)}`",
        "Deposit this page where it gets a date that others can see, and name it in the configuration "
        "(`association.registration`): the report then says whether its plan is this one, and what was "
        "changed. The last block is what programs read; an edit of it is noticed.",
        "## Claims and the published values they are compared with",
        _claims(plan, published, effect),
        "## The rule of verdicts",
        "\n".join(f"{number}. {text}" for number, text in enumerate(registered["rule"], 1)),
        "## Error rates of the planned study",
        _code("\n".join(planned)),
        "## Covariates",
        "\n".join(
            f"- {name}: {', '.join(map(str, covariates))}" for name, covariates in plan.covariate_sets.items()
        ),
        *_own(registered),
        "## The plan",
        _code(yaml.safe_dump(registered["plan"], sort_keys=False, allow_unicode=True, width=100)),
        "## For programs",
        registration.block(registered, date),
    ]
    return "\n\n".join(parts) + "\n"


def _claims(plan: Plan, published: pd.DataFrame, effect: str) -> str:
    """A table with a row for each claim: its primary published value, and the best evidence beside it."""
    rows = ["| claim | analysis | primary published value | best evidence |", "|---|---|---|---|"]
    for row in published[published["role"] == "primary"].itertuples():
        best = published[(published["claim"] == row.claim) & (published["role"] == "best")]
        other = "; ".join(_value(one) for one in best.itertuples())
        label = plan.analyses[row.analysis].label
        rows.append(f"| {wording.claim(row.claim, effect)} | {label} | {_value(row)} | {other} |")
    return "\n".join(rows)


def _value(row: Any) -> str:
    """A published value with its interval and its source."""
    if row.kind == "direction":
        size = f"{row.value}, direction only"
    elif row.kind == "no_effect":
        size = f"none, within {effect_text.published(row.bound, row.scale)}"
    else:
        about = "about " if row.kind == "about" else ""
        size = about + effect_text.published(float(row.value), row.scale)
    interval = "" if pd.isna(row.low) else f" ({row.low:g} to {row.high:g})"
    return f"{size}{interval}, {row.reference}, doi {row.doi}"


def _own(registered: Content) -> list[str]:
    own = registered.get("own_covariates")
    return [_code(yaml.safe_dump({"cohorts": own}, sort_keys=False))] if own else []


def _code(text: str) -> str:
    return f"```\n{text.strip()}\n```"
