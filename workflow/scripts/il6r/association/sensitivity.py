"""How do effects move with choices: of valid days and cut points, of the constants of binding?"""

import numpy as np
import pandas as pd

from il6r import outcomes
from il6r.association.analyses import log_bounds
from il6r.association.design import make_design
from il6r.association.models import NotEstimableError, fit, fit_mean


def fit_choices(
    cohort: str, analysis_set: pd.DataFrame, alternatives: pd.DataFrame, covariates: list[str]
) -> pd.DataFrame:
    """The additive effect of the variant on activity by each choice.

    Mean acceleration is analysed as its logarithm. MVPA, of which some have no minute, as the logarithm of
    its mean. Wear, where it is a covariate, is that of the days which the choice lets count.

    Parameters
    ----------
    analysis_set : `tables.ANALYSIS_SET`.
    alternatives : `tables.ALTERNATIVES`.
    covariates : of the activity models.

    Returns
    -------
    `tables.SENSITIVITY`, choices in the order of `alternatives`.
    """
    columns = dict.fromkeys(["participant", "dosage", *covariates])
    people = analysis_set.loc[~analysis_set["participant"].duplicated(), list(columns)]
    people = people.drop(columns="wear_h", errors="ignore")
    rows = []
    for (outcome, choice), values in alternatives.groupby(["outcome", "choice"], sort=False):
        frame = people.merge(values[["participant", "value", "wear_h"]], on="participant")
        frame = frame.dropna(subset=[name for name in columns if name in frame])
        if outcome == "enmo_mg":
            frame = frame[frame["value"] > 0]
        row = {"cohort": cohort, "outcome": outcome, "choice": choice, "n_participants": len(frame)}
        rows.append(row | _effect(frame, outcome, covariates))
    return pd.DataFrame(rows)


def fit_constants(
    cohort: str, analysis_set: pd.DataFrame, balance: pd.DataFrame, covariates: dict[str, list[str]]
) -> pd.DataFrame:
    """The additive effect of the variant on the predicted balance, by each choice of constants.

    Parameters
    ----------
    analysis_set : `tables.ANALYSIS_SET`.
    balance : `tables.BALANCE`.
    covariates : for "sil6r", "activity" and "met".

    Returns
    -------
    `tables.SENSITIVITY`, choices in the order of `balance`.
    """
    used = analysis_set[analysis_set["in_balance"]]
    filled = [name for name in used if used[name].notna().any()]
    rows = []
    for outcome in outcomes.BALANCE if len(used) else ():
        own = outcomes.covariates_of(outcome, covariates, filled)
        column = outcomes.COLUMN[outcome]
        columns = list(dict.fromkeys(["participant", "visit", "dosage", "il6_censored", *own]))
        for choice, values in balance.groupby("choice", sort=False):
            names = [column, *outcomes.bounds(column, outcome)]
            frame = used[columns].merge(values[["participant", "visit", *names]], on=["participant", "visit"])
            people, clusters = np.unique(frame["participant"], return_inverse=True)
            row = {"cohort": cohort, "outcome": column, "choice": choice, "n_participants": len(people)}
            repeated = clusters if len(people) < len(frame) else None
            bounds = log_bounds(frame, outcome, column)
            frame = frame.assign(value=frame[column])
            rows.append(row | _effect(frame, column, own, bounds=bounds, clusters=repeated))
    return pd.DataFrame(rows)


def _effect(frame: pd.DataFrame, outcome: str, covariates: list[str], **arguments) -> dict:
    """Estimate with its interval, as logarithm and in percent, or a note."""
    if frame["dosage"].nunique() < 2 or frame["value"].nunique() < 2:
        return {"note": "too few people"}
    design = make_design(frame[["dosage"]], frame[covariates])
    # Errors need people beyond the terms; an estimate on hardly any is none.
    if frame["participant"].nunique() <= 2 * len(design.names):
        return {"note": f"too few people for {len(design.names)} terms"}
    y = frame["value"].to_numpy(dtype=float)
    try:
        if outcome == "mvpa_min_per_day":
            found = fit_mean(y, design.matrix, term=1)
        else:
            found = fit(np.log(y), design.matrix, term=1, **arguments)
    except NotEstimableError as error:
        return {"note": str(error)}
    ends = {"percent": found.estimate, "percent_low": found.ci_low, "percent_high": found.ci_high}
    return {
        "estimate": found.estimate,
        "se": found.se,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        **{name: 100 * np.expm1(value) for name, value in ends.items()},
    }
