"""How much do concentrations vary between people, and how much within them over visits?"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import fdtri

from il6r import units
from il6r.assays.sample_tables import at_rest


class Variance(NamedTuple):
    """A one-way analysis of variance of repeated measurements, people being a random effect.

    Attributes
    ----------
    people, samples : how many.
    between, within : mean squares between and within people; NaN where there are no degrees of freedom.
    of_means : variance of the people's means, each counting once; NaN for one person.
    size : the number of samples per person that the mean square between people goes by (Searle's n0).
    harmonic : harmonic mean of the people's numbers of samples.
    """

    people: int
    samples: int
    between: float
    within: float
    of_means: float
    size: float
    harmonic: float

    def total(self) -> float:
        """Variance of single samples of different people; NaN of one person."""
        return sum(self.components()) if self.samples > self.people > 1 else self.of_means

    def components(self) -> tuple[float, float]:
        """Variance between people (0 where its estimate is negative, NaN where unknown) and within them."""
        if not self.people > 1 or np.isnan(self.within):
            return np.nan, self.within
        return max(0.0, (self.between - self.within) / self.size), self.within

    def icc_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Interval of the intraclass correlation, NaN where it is not known; its ends may be negative.

        For equal numbers of samples the exact one of Shrout PE, Fleiss JL 1979, Psychol Bull 86:420-428, doi
        10.1037/0033-2909.86.2.420. For unequal ones that of Thomas JD, Hultquist RA 1978, Ann Stat 6:582-587,
        doi 10.1214/aos/1176344202, which puts the means' variance and the harmonic mean into the same
        formula; compared with others by Donner A, Wells G 1986, Biometrics 42:401-412, doi 10.2307/2530999.
        """
        if not self.people > 1 or not self.within > 0:
            return np.nan, np.nan
        ratio = self.harmonic * self.of_means / self.within
        tails = np.array([1 + level, 1 - level]) / 2
        limits = ratio / fdtri(self.people - 1, self.samples - self.people, tails)
        low, high = (limits - 1) / (limits + self.harmonic - 1)
        return float(low), float(high)


def analyse(values, people) -> Variance:
    """The analysis of variance behind variance components and intraclass correlation.

    For unequal numbers of samples per person as in Donner A 1986, Int Stat Rev 54:67-82.

    Parameters
    ----------
    values : (n,) measurements on the scale on which effects add up, such as logarithms.
    people : (n,) whom each is of.
    """
    values, (codes, _) = np.asarray(values, float), pd.factorize(np.asarray(people))
    sizes = np.bincount(codes)
    people, samples = len(sizes), len(values)
    if not samples:
        return Variance(0, 0, *[np.nan] * 5)
    # About the mean, since sums of squares of large numbers lose their digits.
    values = values - values.mean()
    means = np.bincount(codes, values) / sizes
    residual = values - means[codes]
    several, repeated = people > 1, samples > people
    return Variance(
        people,
        samples,
        between=(sizes * (means - values.mean()) ** 2).sum() / (people - 1) if several else np.nan,
        within=(residual**2).sum() / (samples - people) if repeated else np.nan,
        of_means=means.var(ddof=1) if several else np.nan,
        size=(samples - (sizes**2).sum() / samples) / (people - 1) if several else np.nan,
        harmonic=people / (1 / sizes).sum(),
    )


def describe(samples: pd.DataFrame, inter_plate_cv_percent: dict[str, float] | None = None) -> pd.DataFrame:
    """Standard deviations between and within people, and the intraclass correlation over visits.

    Only resting samples count. Censored values are left out, so that where many are censored, what varies
    below the limit is missed. What changes a person's level over the visits, such as training, is part of the
    variation within.

    Parameters
    ----------
    samples : one row per participant, visit and analyte: `analyte`, `participant`, `value` (> 0), `censored`
        (bool), and `time_point` where known.
    inter_plate_cv_percent : between plates, by analyte, where it is known.

    Returns
    -------
    `VARIABILITY`, one row per analyte in `samples`. The variance between people is at least 0, and so
    are the intraclass correlation (ICC(1), of a single sample) and its 95 % interval. All but the standard
    deviation of single samples are missing where nobody has two.
    """
    used = samples[at_rest(samples) & ~samples["censored"].astype(bool)]
    rows = []
    for analyte in units.CANONICAL:
        if not (samples["analyte"] == analyte).any():
            continue
        own = used[used["analyte"] == analyte]
        variance = analyse(np.log(own["value"].to_numpy()), own["participant"])
        between, within = variance.components()
        icc_low, icc_high = np.maximum(variance.icc_interval(), 0.0)
        total = between + within
        rows.append(
            {
                "analyte": analyte,
                "people": variance.people,
                "samples": variance.samples,
                "mean_visits": variance.samples / variance.people if variance.people else np.nan,
                "between_sd_log": np.sqrt(between),
                "within_sd_log": np.sqrt(within),
                "total_sd_log": np.sqrt(variance.total()),
                "icc": between / total if total > 0 else np.nan,
                "icc_low": icc_low,
                "icc_high": icc_high,
                "inter_plate_cv_percent": (inter_plate_cv_percent or {}).get(analyte, np.nan),
            }
        )
    columns = ["analyte", "people", "samples", "mean_visits", "between_sd_log", "within_sd_log"]
    columns += ["total_sd_log", "icc", "icc_low", "icc_high", "inter_plate_cv_percent"]
    return pd.DataFrame(rows, columns=columns)
