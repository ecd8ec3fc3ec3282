"""How good is a cohort's activity data: recordings, calibration, wear and answers?"""

import numpy as np
import pandas as pd


def describe(recordings: pd.DataFrame, days: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """One row of counts and medians.

    Parameters
    ----------
    recordings, days, people : `RECORDINGS`, `PERSON_DAYS` and `PERSON_ACTIVITY`.

    Returns
    -------
    `ACTIVITY_QC`. Quantities of recordings are over those that could be used, of calibration over
    those to which it was applied.
    """
    used = recordings[recordings["failure"].isna()]
    raw = used[used["calibration"].notna()]
    applied = raw[raw["calibration"] == "applied"]
    wear = days["wear_h"].dropna()
    measured = people[people[["enmo_mg", "other_value", "valid_days"]].notna().any(axis=1)]
    return pd.DataFrame(
        {
            "recordings": len(recordings),
            "recordings_failed": len(recordings) - len(used),
            "recorded_h_median": _median(used["recorded_h"]),
            "raw_recordings": len(raw),
            "raw_recordings_with_corrupt_blocks": int((raw["corrupt_blocks"] > 0).sum()),
            "raw_recordings_with_gaps": int((raw["gaps"] > 0).sum()),
            "clipped_percent_median": 100 * _median(raw["clipped_share"]),
            "clock_drift_ppm_median": _median(raw["clock_drift_ppm"].abs()),
            "calibrated": len(applied),
            "calibration_before_mg_median": _median(applied["calibration_before_mg"]),
            "calibration_after_mg_median": _median(applied["calibration_after_mg"]),
            "calibration_after_mg_90_percent": _quantile(applied["calibration_after_mg"], 0.9),
            "person_days": len(days),
            "valid_days": int(days["valid"].sum()),
            "wear_h_median": _median(wear),
            "wear_h_low_quartile": _quantile(wear, 0.25),
            "wear_h_high_quartile": _quantile(wear, 0.75),
            "people": len(measured),
            "people_included": int(measured["included"].sum()),
            "valid_days_median": _median(measured["valid_days"]),
            "questionnaires_scored": int(people["met_min_per_week"].notna().sum()),
            "met_min_per_week_median": _median(people["met_min_per_week"]),
        },
        index=[0],
    )


def wear_by_hour(days: pd.DataFrame) -> pd.DataFrame:
    """How many person-days, and of how many people, have how many whole hours of wear.

    Returns
    -------
    `WEAR`: hours 0 to 24, in order; a day of 25 hours counts with 24.
    """
    known = days.dropna(subset="wear_h")
    hour = known["wear_h"].clip(upper=24).astype(int)
    counts = known.groupby(hour)["participant"].agg(["size", "nunique"]).reindex(np.arange(25), fill_value=0)
    return pd.DataFrame(
        {"wear_h": counts.index, "person_days": counts["size"], "people": counts["nunique"]}
    ).reset_index(drop=True)


def _median(values: pd.Series) -> float:
    return _quantile(values, 0.5)


def _quantile(values: pd.Series, share: float) -> float:
    known = values.dropna().to_numpy(dtype=float)
    return float(np.quantile(known, share)) if len(known) else np.nan
