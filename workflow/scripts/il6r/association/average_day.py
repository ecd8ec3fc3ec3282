"""How does the average day go in each genotype group?"""

import numpy as np
import pandas as pd
from scipy.special import stdtrit

_HOURS = range(24)


def by_genotype(
    cohort: str, analysis_set: pd.DataFrame, activity: pd.DataFrame, genotypes: tuple[str, str, str]
) -> pd.DataFrame:
    """Mean acceleration by clock hour over the people of each best-guess genotype, with 95 % t intervals.

    Parameters
    ----------
    analysis_set : `ANALYSIS_SET`.
    activity : `PERSON_ACTIVITY`; only people whose activity came as epochs have hours.
    genotypes : the genotypes with 0, 1 and 2 effect alleles.

    Returns
    -------
    `AVERAGE_DAY`; no rows where nobody has hours.
    """
    hours = [f"h{hour:02d}_mg" for hour in _HOURS]
    people = analysis_set.loc[analysis_set["in_activity"], ["participant", "genotype"]]
    people = people.merge(activity[["participant", *hours]], on="participant").dropna(subset=hours)
    uncertain = int(people["genotype"].isna().sum())
    rows = []
    for copies, genotype in enumerate(genotypes):
        values = people.loc[people["genotype"] == genotype, hours].to_numpy(dtype=float)
        n = len(values)
        if n == 0:
            continue
        mean = values.mean(axis=0)
        half = np.full(len(hours), np.nan)
        if n > 1:
            half = stdtrit(n - 1, 0.975) * values.std(axis=0, ddof=1) / np.sqrt(n)
        for hour in _HOURS:
            rows.append(
                {
                    "cohort": cohort,
                    "genotype": genotype,
                    "copies": copies,
                    "hour": hour,
                    "participants": n,
                    "participants_uncertain": uncertain,
                    "enmo_mg": mean[hour],
                    "ci_low": mean[hour] - half[hour],
                    "ci_high": mean[hour] + half[hour],
                }
            )
    return pd.DataFrame(rows)
