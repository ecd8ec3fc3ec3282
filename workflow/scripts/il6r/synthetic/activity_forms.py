"""Simulated person-days as the tables that accelerometer programs write."""

import numpy as np
import pandas as pd

_WEEKDAYS = np.array(
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"], dtype=object
)


def person_days(days: pd.DataFrame, _rng: np.random.Generator) -> pd.DataFrame:
    """A plain table, minutes over worn time only."""
    worn = (days["wear_h"] * 60).to_numpy()
    # Minutes of activity cannot exceed the time the monitor was worn.
    active = (days["light_min"] + days["mvpa_min"]).to_numpy()
    shrink = np.minimum(1.0, 0.8 * worn / active)
    return pd.DataFrame(
        {
            "participant": days["participant"],
            "date": days["date"],
            "enmo_mg": days["enmo_mg"],
            "wear_h": days["wear_h"],
            "sedentary_min_per_day": (worn - shrink * active).round(1),
            "light_min_per_day": (shrink * days["light_min"]).round(1),
            "mvpa_min_per_day": (shrink * days["mvpa_min"]).round(1),
        }
    )


def ggir_part2(days: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The columns of GGIR's part2_daysummary.csv that describe the day; non-wear is imputed."""
    vigorous = (0.06 * days["mvpa_min"] * np.exp(rng.normal(0, 0.5, len(days)))).round(2)
    return pd.DataFrame(
        {
            "ID": days["participant"],
            "filename": days["participant"] + ".cwa",
            "calendar_date": days["date"],
            "N valid hours": days["wear_h"],
            "N hours": 24,
            "weekday": _WEEKDAYS[days["weekday"].to_numpy()],
            "measurementday": days["measurementday"],
            "mean_ENMO_mg_0-24hr": days["enmo_mg"],
            "[0,40)_ENMO_mg_0-24hr": (1440 - days["light_min"] - days["mvpa_min"] - vigorous).round(2),
            "[40,100)_ENMO_mg_0-24hr": days["light_min"],
            "[100,400)_ENMO_mg_0-24hr": days["mvpa_min"],
            "[400,8e+03)_ENMO_mg_0-24hr": vigorous,
        }
    )


FORMS = {"person_days": person_days, "ggir_part2": ggir_part2}
