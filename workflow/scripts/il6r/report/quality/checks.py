"""What do the checks of a cohort's data come to, domain by domain, in words and rows?"""

from typing import Any

import pandas as pd

from il6r import outcomes
from il6r.effect_text import quantity
from il6r.report import blocks, privacy
from il6r.tables.data_checks import LEVELS

# Genome-wide checks, which are told apart from those of the variant's calls.
_GENOME_WIDE = ("structure_snps", "duplicates", "outliers")
_GENOTYPES, _ANCESTRY = "Genotypes", "Ancestry and relatives"
_STAGES = {"genotypes": _GENOTYPES, "assays": "Assays", "activity": "Activity", "size": "Sample size"}
DOMAINS = (_GENOTYPES, _ANCESTRY, *list(_STAGES.values())[1:])
PASS, LOOK, FAIL, ABSENT = LEVELS
# What a check's value is called where there is little room; of assays, with the analyte.
SHORT = {
    "call_rate": "call rate",
    "hwe": "Hardy-Weinberg p",
    "absent_genotype": "people expected of an absent genotype",
    "frequency": "frequency against the reference, p",
    "frequency_range": "frequency against all ancestries, p",
    "files_differ": "frequency between files, p",
    "discordance": "calls that differ between files",
    "imputation_quality": "imputation quality",
    "proxy_r2": "r\N{SUPERSCRIPT TWO} of proxy and variant",
    "structure_snps": "independent SNPs",
    "duplicates": "duplicates or twins",
    "outliers": "genome-wide outliers",
    "outside_limits": "outside limits",
    "replicates_cv": "CV of replicates",
    "plates_cv": "CV of controls between plates",
    "plates_failed": "plates failed",
    "controls_in_range": "controls in range",
    "level_fold": "median against published ranges",
    "relative_units": "relative units",
    "recordings_failed": "recordings failed",
    "uncalibrated": "recordings not calibrated",
    "calibration_error": "calibration error",
    "people_with_enough_days": "people with enough valid days",
    "people": "people",
    "smallest_genotype": "people of the rarest genotype",
}
# Those whose value stands before what it is of: 2 % plates failed, 1,140 people.
_COUNTED = (
    "structure_snps", "duplicates", "outliers", "outside_limits", "plates_failed", "controls_in_range",
    "relative_units", "recordings_failed", "uncalibrated", "people_with_enough_days", "people",
    "smallest_genotype",
)  # fmt: skip
# Shares of people or of their samples, which are told as whole percents.
_OF_PEOPLE = (
    "call_rate", "discordance", "duplicates", "outliers", "outside_limits", "relative_units",
    "people_with_enough_days",
)  # fmt: skip
_BEYOND = {"low": "below", "high": "above"}
# Numbers of an absent measure are hidden since few people are behind them.
_HIDDEN = "not shown: of few people"


def lights(checks: pd.DataFrame, minimum: int) -> dict[str, blocks.Light]:
    """The worst level of each domain, with the check that gives it.

    Parameters
    ----------
    checks : one cohort's rows of `DATA_CHECKS`.
    """
    domains = checks.apply(_domain, axis=1) if len(checks) else pd.Series(dtype=object)
    return {domain: _worst(checks[domains == domain], minimum) for domain in DOMAINS}


def table(cohort: str, checks: pd.DataFrame, limits: pd.DataFrame, minimum: int) -> list[blocks.Block]:
    """A cohort's checks that were made, beside their limits, and why the others were not.

    Parameters
    ----------
    checks : its rows of `DATA_CHECKS`.
    limits : `resources/quality_limits.tsv`.
    """
    made, absent = checks[checks["level"] != ABSENT], checks[checks["level"] == ABSENT]
    shown: list[blocks.Block] = []
    sides = dict(zip(limits["check"], limits["bad"], strict=True))
    if len(made):
        groups = [
            blocks.Group(domain, [_row(row, sides, minimum) for row in own.to_dict("records")])
            for domain, own in made.groupby(made.apply(_domain, axis=1), sort=False)
        ]
        shown.append(
            blocks.Shown(
                f"{cohort}: every check and its limits",
                ["check", "value", "limit", "result"],
                groups,
                how="A value beyond a limit needs a look, or fails and holds back verdicts that rest on it",
            )
        )
    reasons = [
        f"{_lower(sentence.removesuffix('.'))} ({', '.join(_name(row) for row in of.to_dict('records'))})"
        for sentence, of in absent.groupby("sentence", sort=False)
    ]
    if reasons:
        shown.append(blocks.Words([f"Not measured: {'; '.join(reasons)}."]))
    return shown


def value(row: Any, minimum: int) -> str:
    """A check's value; of people as numbers of people are shown, with the deviation beside a p-value."""
    if pd.isna(row["value"]):
        return _HIDDEN
    if row["stage"] == "size":
        return privacy.people(int(row["value"]), minimum)
    if _stem(row) in _OF_PEOPLE:
        return _whole_percent(row["value"])
    deviation = "" if pd.isna(row["deviation"]) else f", deviation {row['deviation']:.2g}"
    return f"{quantity(row['value'], row['unit'])}{deviation}"


def _row(row: dict[str, Any], sides: dict[str, str], minimum: int) -> list[blocks.Text]:
    return [
        blocks.Cell(_name(row), head=True),
        value(row, minimum),
        _limits(row, _BEYOND[sides[_stem(row)]]),
        blocks.Light(row["level"], _said(row)),
    ]


def _domain(row: Any) -> str:
    return _ANCESTRY if row["check"] in _GENOME_WIDE else _STAGES[row["stage"]]


def _worst(rows: pd.DataFrame, minimum: int) -> blocks.Light:
    """The worst level among checks, with its first check and how many others have it too."""
    for level in (FAIL, LOOK, PASS):
        own = rows[rows["level"] == level]
        if len(own):
            break
    else:
        absent = rows["sentence"].dropna()
        return blocks.Light(ABSENT, "" if absent.empty else _lower(absent.iloc[0].removesuffix(".")))
    if level == PASS:
        shown = own.dropna(subset="value")
        if shown.empty:
            return blocks.Light(level, f"{SHORT[_stem(own.iloc[0])]} (value not shown)")
        return blocks.Light(level, _told(shown.iloc[0].to_dict(), minimum))
    row = own.iloc[0].to_dict()
    more = f", {len(own) - 1} more" if len(own) > 1 else ""
    looked = ", looked at" if row["looked_at"] else ""
    return blocks.Light(level, f"{_told(row, minimum)}{looked}{more}")


def _told(row: dict[str, Any], minimum: int) -> str:
    """A check with its value, in a few words."""
    told, short = value(row, minimum).partition(", deviation")[0], SHORT[_stem(row)]
    known = _stem(row) in _COUNTED and not pd.isna(row["value"])
    text = f"{told} {short}" if known else f"{short} {told}"
    return text if pd.isna(row["analyte"]) else f"{outcomes.ANALYTES[row['analyte']].label}: {text}"


def _stem(row: Any) -> str:
    """The check without its analyte."""
    check = str(row["check"])
    return check if pd.isna(row["analyte"]) else check.removesuffix(f"_{row['analyte']}")


def _name(row: Any) -> str:
    short = SHORT[_stem(row)]
    return short if pd.isna(row["analyte"]) else f"{outcomes.ANALYTES[row['analyte']].label} {short}"


def _whole_percent(share: float) -> str:
    """A share in whole percent; next to none and all as a bound, from which no few people follow."""
    percent = round(100 * share)
    if percent == 100 and share < 1:
        return "over 99 %"
    return "under 1 %" if percent == 0 and share > 0 else f"{percent} %"


def _limits(row: Any, beyond: str) -> str:
    """The limits of a check, with the deviation that counts beside a p-value."""
    told = []
    for level in (LOOK, FAIL):
        if not pd.isna(row[level]):
            deviation = row[f"deviation_{level}"]
            also = "" if pd.isna(deviation) else f" and deviation {deviation:g}"
            told.append(f"{level} {beyond} {quantity(row[level], row['unit'])}{also}")
    return ", ".join(told)


def _said(row: Any) -> str:
    """What is wrong, what to do, and what the plan says of it."""
    looked = f"Looked at: {row['looked_at_reason']}." if row["looked_at"] else None
    return " ".join(text for text in (row["sentence"], row["advice"], looked) if text and not pd.isna(text))


def _lower(text: str) -> str:
    """A sentence as part of another, unless it begins with an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
