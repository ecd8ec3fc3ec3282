"""How does the average day go in each genotype group?"""

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from il6r.association import least_squares
from il6r.association.coefficients import NotEstimableError
from il6r.association.selection import family_codes

_HOURS = range(24)


def by_genotype(
    cohort: str, analysis_set: pd.DataFrame, activity: pd.DataFrame, genotypes: tuple[str, str, str]
) -> pd.DataFrame:
    """Mean acceleration by clock hour over the people of each best-guess genotype, with 95 % t intervals.

    Where relatives stay, intervals are robust to correlation within families (CR2).

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
    columns = ["participant", "genotype", *analysis_set.columns.intersection(["family"])]
    people = analysis_set.loc[analysis_set["in_activity"], columns]
    people = people.merge(activity[["participant", *hours]], on="participant").dropna(subset=hours)
    uncertain = int(people["genotype"].isna().sum())
    rows = []
    for copies, genotype in enumerate(genotypes):
        group = people[people["genotype"] == genotype]
        values = group[hours].to_numpy(dtype=float)
        n = len(values)
        if n == 0:
            continue
        mean, half = values.mean(axis=0), _half_widths(values, family_codes(group, np.arange(n)))
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


def _half_widths(values: np.ndarray, families: np.ndarray | None) -> np.ndarray:
    """Half the intervals of means of values, shape (n, hours); not a number where there can be none."""
    n, hours = values.shape
    if families is None or families.max() + 1 == n:
        if n == 1:
            return np.full(hours, np.nan)
        return np.asarray(stdtrit(n - 1, 0.975) * values.std(axis=0, ddof=1) / np.sqrt(n))
    try:
        fits = least_squares.fit_many(values, np.ones((n, 1)), term=0, clusters=families)
    except NotEstimableError:
        # All of one family.
        return np.full(hours, np.nan)
    return np.asarray(stdtrit(fits.df, 0.975) * fits.se)
