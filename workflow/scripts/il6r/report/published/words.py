"""What is each verdict set against?"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from il6r.report import wording

# What a value is to its claim.
_ROLES = {"primary": "decides", "best": "best evidence", "context": "context"}
_TEXTS = ("reference", "doi", "read", "variant", "population", "n", "note")


def published_rows(published: pd.DataFrame) -> list[dict[str, str]]:
    """What verdicts are set against: each value as its source has it, and where it was read.

    Parameters
    ----------
    published : `resources/published_effects.tsv`.
    """
    return [
        {
            "claim": wording.claim(row["claim"], "effect"),
            "role": _ROLES[row["role"]],
            "value": value(row),
            **{key: "" if pd.isna(row[key]) else str(row[key]) for key in _TEXTS},
        }
        for row in published.to_dict("records")
    ]


def value(row: Mapping[str, Any]) -> str:
    """A published value with what its source says of its error, by its kind.

    Parameters
    ----------
    row : of `resources/published_effects.tsv`.
    """
    kind, scale = row["kind"], row["scale"]
    if kind == "direction":
        return str(row["value"])
    if kind in ("no_effect", "bound"):
        bound = wording.published(row["bound"], scale, False)
        return f"no effect, within {bound}" if kind == "no_effect" else f"not beyond {bound}"
    text = wording.published(float(row["value"]), scale, kind == "about")
    if not pd.isna(row["low"]):
        return text + f" ({row['low']:g} to {row['high']:g})".replace("-", wording.MINUS)
    if not pd.isna(row["n_pairs"]):
        return f"{text} ({row['n_pairs']:g} pairs)"
    return text if pd.isna(row["p"]) else f"{text} (p {row['p']:g})"
