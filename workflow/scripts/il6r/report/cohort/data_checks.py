"""Can each cohort's data carry a verdict, in words and rows?"""

from typing import Any

import pandas as pd

from il6r.effect_text import quantity
from il6r.report import blocks
from il6r.report.load import Study
from il6r.tables.replication import CHECKED, DATA_CHECKS, LEVELS

_HEADS = ["check", "value", "look", "fail", "level", "what is wrong, and what to do"]


def content(study: Study) -> list[blocks.Block]:
    """A row for each cohort with the worst check of each stage, and all checks beside their limits."""
    checks = study.table(DATA_CHECKS)
    if checks.empty:
        return []
    return [
        blocks.Words(
            [
                "Each cohort's data beside limits that were set before (resources/quality_limits.tsv has "
                "their reasons and sources). What fails holds back every verdict that rests on it, until the "
                "plan says that it was looked at (replication.looked_at); a look is a remark."
            ]
        ),
        blocks.Shown(
            "The worst check of each cohort's genotypes, assays, activity and size",
            ["cohort", *CHECKED],
            [
                [blocks.Cell(cohort, head=True), *(_worst(rows[rows["stage"] == stage]) for stage in CHECKED)]
                for cohort, rows in checks.groupby("cohort", sort=False)
            ],
        ),
        blocks.Disclosure(
            "All data checks, with values and limits",
            [
                block
                for cohort, rows in checks.groupby("cohort", sort=False)
                for block in _of_cohort(str(cohort), rows)
            ],
        ),
    ]


def _worst(rows: pd.DataFrame) -> str:
    """The worst level of a stage, with what is wrong; of several, how many there are besides."""
    for level in ("fail", "look"):
        bad = rows[rows["level"] == level]
        if len(bad):
            more = f" {len(bad) - 1} more below." if len(bad) > 1 else ""
            return f"{_level(bad.iloc[0].to_dict())}: {bad['sentence'].iloc[0]}{more}"
    return "pass" if (rows["level"] == "pass").any() else LEVELS[-1]


def _of_cohort(cohort: str, rows: pd.DataFrame) -> list[blocks.Block]:
    """A cohort's table of the checks that were made, and why the others were not."""
    made = rows[rows["level"] != LEVELS[-1]]
    absent = rows[rows["level"] == LEVELS[-1]]
    reasons = [
        f"{sentence.removesuffix('.')} ({', '.join(of['check'])})"
        for sentence, of in absent.groupby("sentence", sort=False)
    ]
    table = blocks.Shown(
        f"Data checks of {cohort}",
        _HEADS,
        [
            [
                blocks.Cell(row["check"], head=True),
                _value(row),
                _limit(row["look"], row["unit"], row["deviation_look"]),
                _limit(row["fail"], row["unit"], row["deviation_fail"]),
                _level(row),
                " ".join(text for text in (row["sentence"], row["advice"]) if not pd.isna(text)),
            ]
            for row in made.to_dict("records")
        ],
    )
    return [table, *([blocks.Words([f"Not measured in {cohort}: {'; '.join(reasons)}."])] if reasons else [])]


def _level(row: dict[str, Any]) -> str:
    """A row's level, and what the plan says where somebody has looked at it."""
    looked = f" (looked at: {row['looked_at_reason']})" if row["looked_at"] else ""
    return f"{row['level']}{looked}"


def _value(row: dict[str, Any]) -> str:
    """A row's value, with the deviation beside a p-value."""
    if pd.isna(row["value"]):
        return "not shown: of few people"
    deviation = "" if pd.isna(row["deviation"]) else f", deviation {row['deviation']:.2g}"
    least = "at least " if row["stage"] == "size" else ""
    return f"{least}{quantity(row['value'], row['unit'])}{deviation}"


def _limit(value: float, unit: str, deviation: float) -> str:
    """A limit, and the deviation that counts beside a p-value; empty where there is none."""
    if pd.isna(value):
        return ""
    return quantity(value, unit) + ("" if pd.isna(deviation) else f", deviation {deviation:g}")
