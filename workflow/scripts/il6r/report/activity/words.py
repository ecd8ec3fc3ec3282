"""What does activity rest on in each cohort?"""

import pandas as pd

from il6r.report import privacy, wording
from il6r.report.blocks import Headed

# Rows of the table, by the column of `ACTIVITY_QC`; one that has nothing to say of any cohort is left
# out.
_ROWS = {
    "recordings": "recordings given",
    "recordings_failed": "recordings that failed",
    "recorded_h_median": "hours recorded (median)",
    "raw_recordings": "raw recordings used",
    "raw_recordings_with_corrupt_blocks": "raw recordings with corrupt blocks",
    "raw_recordings_with_gaps": "raw recordings with gaps",
    "calibrated": "raw recordings calibrated",
    "person_days": "person-days",
    "valid_days": "valid person-days",
    "wear_h_median": "wear of a person-day in hours (median, quartiles)",
    "people": "people with accelerometry",
    "people_included": "people with enough of it",
    "valid_days_median": "valid days of a person (median)",
    "questionnaires_scored": "questionnaires scored",
    "met_min_per_week_median": "MET-minutes a week (median)",
}
# What counts are among: where that is nothing, a count of 0 says nothing.
_AMONG = {
    "recordings_failed": "recordings",
    "raw_recordings_with_corrupt_blocks": "raw_recordings",
    "raw_recordings_with_gaps": "raw_recordings",
    "calibrated": "raw_recordings",
    "valid_days": "person_days",
    "people_included": "people",
}


def rows(cohorts: list[str], qc: pd.DataFrame, wear: pd.DataFrame, minimum: int) -> list[Headed]:
    """What the activity files held: one row for each quantity, a cell for each cohort.

    Counts are rounded; medians are there where they are over enough people or recordings.

    Parameters
    ----------
    qc, wear : `ACTIVITY_QC` and `WEAR` of all cohorts with a column `cohort`.
    """
    cells = {cohort: _cells(cohort, qc, wear, minimum) for cohort in cohorts}
    table: list[Headed] = [
        {"name": label, "cells": [cells[cohort][key] for cohort in cohorts]} for key, label in _ROWS.items()
    ]
    return [row for row in table if any(row["cells"])]


def calibration_sentences(qc: pd.DataFrame, minimum: int) -> list[str]:
    """How far each cohort's raw recordings were off before and after calibration, clipped and drifting."""
    found = []
    for row in qc[qc["raw_recordings"] > 0].itertuples():
        if not privacy.enough(row.raw_recordings, minimum):
            found.append(
                f"{row.cohort}: there are under {privacy.step(minimum)} raw recordings; their quality is not "
                "shown."
            )
            continue
        if not privacy.enough(row.calibrated, minimum):
            text = (
                f"{row.cohort}: under {privacy.step(minimum)} recordings were calibrated; their errors are "
                "not shown"
            )
        else:
            text = (
                f"{row.cohort}: calibration brought the median error of {_rounded(row.calibrated, minimum)} "
                f"raw recordings from {row.calibration_before_mg_median:.2f} to "
                f"{row.calibration_after_mg_median:.2f} mg; afterwards nine in ten are off by at most "
                f"{row.calibration_after_mg_90_percent:.2f} mg"
            )
        parts = []
        if not pd.isna(row.clipped_percent_median):
            parts.append(f"{row.clipped_percent_median:.2g} % of its samples near the device's limit")
        if not pd.isna(row.clock_drift_ppm_median):
            parts.append(f"a sampling rate {row.clock_drift_ppm_median:.0f} ppm off nominal")
        found.append(text + (f". The median recording has {' and '.join(parts)}." if parts else "."))
    return found


def shown_wear(wear: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """One cohort's `WEAR` with person-days as they may be drawn.

    They are rounded down to multiples of the step. Hours of fewer people than that have none, so that nobody
    can tell few people from nobody.
    """
    days = wear["person_days"] // privacy.step(minimum) * privacy.step(minimum)
    return wear.assign(person_days=days.where(privacy.enough(wear["people"], minimum), 0))


def wear_sentences(cohorts: list[str], wear: pd.DataFrame, minimum: int) -> list[str]:
    """Of which cohorts the figure cannot show wear."""
    without = [
        cohort for cohort in cohorts if not shown_wear(_own(wear, cohort), minimum)["person_days"].any()
    ]
    if not without:
        return []
    return [
        f"Not drawn: {wording.listed(without)}, where wear by day is not known, or each hour of wear is that "
        f"of under {privacy.step(minimum)} people."
    ]


def shown_days(average_day: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """The rows of `AVERAGE_DAY` whose genotype enough people have."""
    return average_day[privacy.enough(average_day["participants"], minimum)]


def day_sentences(cohorts: list[str], average_day: pd.DataFrame, minimum: int) -> list[str]:
    """Whose average day is shown, and which genotypes and cohorts are not."""
    found, without = [], []
    for cohort in cohorts:
        own = _own(average_day, cohort).drop_duplicates("genotype")
        shown = shown_days(own, minimum)
        if own.empty:
            without.append(cohort)
            continue
        text = f"{cohort}: {_genotypes(shown, minimum)}" if len(shown) else f"{cohort}: no genotype is shown"
        few = list(own.loc[~privacy.enough(own["participants"], minimum), "genotype"])
        if few:
            text += f"; under {privacy.step(minimum)} people have {wording.listed(few, 'or')}"
        if uncertain := own["participants_uncertain"].max():
            people = f"{_rounded(uncertain, minimum)} people"
            text += f"; the genotype of {people} is uncertain, and they are in no group"
        found.append(f"{text}.")
    if without:
        found.append(f"{wording.listed(without)}: nobody in the models has activity by the hour.")
    return found


def _cells(cohort: str, qc: pd.DataFrame, wear: pd.DataFrame, minimum: int) -> dict[str, str]:
    """One cohort's cells by row; empty where there is nothing to say."""
    row = _own(qc, cohort).iloc[0]
    # At least so many people have the days whose wear is known.
    worn_by = max(_own(wear, cohort)["people"], default=0)

    def count(key: str, among: str | None = None) -> str:
        """A rounded count; empty if what it is among is nothing."""
        return _rounded(row[key], minimum) if row[among or key] else ""

    def measure(key: str, text: str, behind: int) -> str:
        """A measure, in words, where enough people or recordings are behind it."""
        if behind == 0 or pd.isna(row[key]):
            return ""
        return text if privacy.enough(behind, minimum) else "not shown"

    quartiles = " to ".join(f"{row[f'wear_h_{name}_quartile']:.1f}" for name in ("low", "high"))
    texts = {
        "recorded_h_median": (
            f"{row['recorded_h_median']:.1f}",
            row["recordings"] - row["recordings_failed"],
        ),
        "wear_h_median": (f"{row['wear_h_median']:.1f} ({quartiles})", worn_by),
        "valid_days_median": (f"{row['valid_days_median']:g}", row["people"]),
        "met_min_per_week_median": (f"{row['met_min_per_week_median']:,.0f}", row["questionnaires_scored"]),
    }
    return {key: measure(key, *texts[key]) if key in texts else count(key, _AMONG.get(key)) for key in _ROWS}


def _genotypes(shown: pd.DataFrame, minimum: int) -> str:
    # Rounded, since other tables have the numbers of everybody with activity.
    parts = [
        f"{_rounded(row.participants, minimum)} people with {row.genotype}" for row in shown.itertuples()
    ]
    return wording.listed(parts)


def _own(table: pd.DataFrame, cohort: str) -> pd.DataFrame:
    return table[table["cohort"] == cohort]


def _rounded(count: int, minimum: int) -> str:
    return privacy.people(int(count), minimum)
