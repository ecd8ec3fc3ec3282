"""What would each person's activity be by other choices than the configured ones?"""

import dataclasses

import pandas as pd

from il6r.activity.person_days import ValidityRules, counts, enough

CONFIGURED = "as configured"
# Hours and days that studies use beside GGIR's default of 16 h: Migueles 2017 (doi
# 10.1007/s40279-017-0716-0) reviews the choices.
_VALID_DAY_HOURS = (10, 12, 16, 20)
_VALID_DAYS = (1, 3, 4, 6)


def person_means(days: pd.DataFrame, rules: ValidityRules, imputation: str, cut_points: str) -> pd.DataFrame:
    """Mean acceleration and MVPA of each person by each choice.

    The choices are the wear a valid day needs, the days a person needs, whether a weekend day is needed,
    whether time not worn is imputed, and the cut points of MVPA. Days that came as another program's
    means keep them where the choice was made by that program.

    Parameters
    ----------
    days : `PERSON_DAYS`.
    imputation, cut_points : the configured ones.

    Returns
    -------
    `ALTERNATIVES`: those people only whom the choice includes.
    """
    frames = [
        _by_rules(days, name, changed, "enmo_mg", days["enmo_mg"]) for name, changed in _rules(rules).items()
    ]
    if imputation != "none" and days["enmo_not_imputed_mg"].notna().any():
        left_out = days["enmo_not_imputed_mg"].fillna(days["enmo_mg"])
        frames.append(_by_rules(days, "time not worn left out", rules, "enmo_mg", left_out))
    frames.append(_by_rules(days, CONFIGURED, rules, "mvpa_min_per_day", days["mvpa_min_per_day"]))
    known = {"mvpa_min_per_day", f"mvpa_min_{cut_points}"}
    for column in sorted(name for name in days if name.startswith("mvpa_min_") and name not in known):
        minutes = days[column].fillna(days["mvpa_min_per_day"])
        choice = f"cut points {column.removeprefix('mvpa_min_')}"
        frames.append(_by_rules(days, choice, rules, "mvpa_min_per_day", minutes))
    bouts = days["mvpa_bouts_min_per_day"]
    frames.append(_by_rules(days, "in bouts only", rules, "mvpa_min_per_day", bouts))
    return pd.concat(frames, ignore_index=True)


def _rules(rules: ValidityRules) -> dict[str, ValidityRules]:
    """The configured rules and others, by the choice's name."""
    found = {CONFIGURED: rules}
    for hours in _VALID_DAY_HOURS:
        found[f"valid day from {hours} h"] = dataclasses.replace(rules, valid_day_hours=hours)
    for days in _VALID_DAYS:
        # Nobody can have more weekend days than days.
        weekend = min(rules.min_weekend_days, days)
        name = f"from {days} valid day{'s' if days > 1 else ''}"
        found[name] = dataclasses.replace(rules, min_valid_days=days, min_weekend_days=weekend)
    found["no weekend day needed"] = dataclasses.replace(rules, min_weekend_days=0)
    return {name: changed for name, changed in found.items() if name == CONFIGURED or changed != rules}


def _by_rules(days, choice, rules, outcome, values) -> pd.DataFrame:
    """Means of `values` over the days, and for the people, that the rules let count."""
    frame = pd.DataFrame(
        {
            "participant": days["participant"],
            "weekend": days["weekend"],
            "valid": counts(days, rules),
            "value": values,
            "wear_h": days["wear_h"],
        }
    )
    counted = enough(frame, rules)
    means = frame[frame["valid"]].groupby("participant")[["value", "wear_h"]].mean()
    means = means[counted["included"].reindex(means.index)].dropna(subset="value").reset_index()
    return means.assign(choice=choice, outcome=outcome)
