"""What is each verdict set against?"""

import pandas as pd

from il6r.report import wording

# A published value that is a direction only.
_DIRECTIONS = ("greater", "less")


def published_rows(published: pd.DataFrame) -> list[dict[str, str]]:
    """What verdicts are set against: each value as its source has it, and where it comes from.

    Parameters
    ----------
    published : `resources/published_effects.tsv`.
    """
    rows = []
    for row in published.to_dict("records"):
        value = row["value"]
        if value not in _DIRECTIONS:
            value = wording.published(float(value), row["scale"], not pd.isna(row["about_low"]))
        if not pd.isna(row["low"]):
            value += f" ({row['low']:g} to {row['high']:g})".replace("-", wording.MINUS)
        texts = ("reference", "doi", "variant", "population", "n", "note")
        rows.append(
            {
                "claim": wording.claim(row["claim"], "effect"),
                "value": value,
                **{key: "" if pd.isna(row[key]) else str(row[key]) for key in texts},
            }
        )
    return rows
