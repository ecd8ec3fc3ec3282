"""What do a sample's wells say together, in replicate and at several dilutions?"""

import numpy as np
import pandas as pd

from il6r.assays import replicates
from il6r.assays.plate_curves import Plates, Readings

# Why a well gave no concentration.
ON_FAILED_PLATE = "the plate's curve failed"
REPLICATES_DIFFER = "replicates differ by more than the limit of CV"
HOOKED = "hooked: reads lower than at a higher dilution"
OUT_OF_RANGE = "out of range, measured at another dilution"
CONTRADICTORY = "its dilutions contradict each other"


def measure(
    wells: pd.DataFrame, readings: Readings, plates: Plates, settings: dict, role: str
) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame]:
    """Average the wells of each sample (or bridge) on each plate.

    Wells at one dilution are replicates; if the CV of their concentrations exceeds its limit, all are
    rejected (what is beyond a limit of quantification counts as at it). A dilution is hooked, as by excess of
    antigen, if one that is more diluted reads higher by more than the limit. The others that are wholly
    within range are averaged; without any, the bounds of all of them hold together.

    Parameters
    ----------
    wells : as `plate_files.read_plates` gives them, index from 0.
    settings : the rules of config section `assays`.
    role : "sample" or "bridge".

    Returns
    -------
    measured : a row for each, by first well: `first` (that well), `plate` (number), `value`, `low`, `high`,
        `variance` (of ln value, without the plate's factor; NaN where not quantified), `replicates`,
        `cv_percent`. Bounds as in the rows of `results`; between two, the value is their geometric mean.
    rejected : object, shape (wells,), why a well of this role is not in it, or None.
    cv : plate (number) and CV in percent of replicates within range, whether rejected or not.
    """
    rejected = np.full(len(wells), None, dtype=object)
    of_role = (wells["role"] == role).to_numpy()
    on_failed = plates.failed[readings.plate].astype(bool)
    rejected[of_role & on_failed] = ON_FAILED_PLATE
    own = np.flatnonzero(of_role & ~on_failed)
    frame = wells.loc[own, ["plate", "name", "dilution"]]
    group = replicates.codes(frame, ["plate", "name", "dilution"])
    first = np.unique(group, return_index=True)[1]
    state, dilution = readings.state[own], frame["dilution"].to_numpy(float)
    clipped = readings.clipped[own] * dilution
    n, mean, squares = replicates.means(clipped, group)
    cv = replicates.cv_percent(n, mean, squares)
    groups = pd.DataFrame(
        {
            "sample": replicates.codes(frame, ["plate", "name"])[first],
            "dilution": dilution[first],
            "low": np.bincount(group, np.where(state < 0, 0.0, clipped)) / n,
            "high": np.bincount(group, np.where(state > 0, np.inf, clipped)) / n,
            "within": np.bincount(group, state != 0) == 0,
            "differ": cv > settings["max_replicate_cv_percent"],
        }
    )
    reason, low, high = _judge(groups, settings["max_dilution_difference_percent"])
    rejected[own] = reason[group]
    counted = pd.isna(reason)[group]
    sample = groups["sample"].to_numpy()[group[counted]]
    measured = _average(sample, clipped[counted], own[counted], wells, readings, plates)
    of = measured.pop("sample").to_numpy()
    bounded = ~np.isnan(low[of])
    low, high = (np.where(bounded, bound[of], measured["value"]) for bound in (low, high))
    between = (low > 0) & np.isfinite(high)
    middle = np.sqrt(np.where(between, low, 1.0)) * np.sqrt(np.where(between, high, 1.0))
    value = np.where(between, middle, np.where(np.isinf(high), low, high))
    measured["value"] = np.where(bounded, value, measured["value"])
    measured["low"], measured["high"] = low, high
    measured.loc[bounded, ["variance", "cv_percent"]] = np.nan
    of_replicates = groups["within"].to_numpy() & (n > 1)
    spread = {"plate": readings.plate[own][first][of_replicates], "cv_percent": cv[of_replicates]}
    return measured, rejected, pd.DataFrame(spread)


def _judge(groups: pd.DataFrame, difference: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which dilutions of the samples count.

    Returns
    -------
    reason : object, shape (groups,), why one does not, or None.
    low, high : float64, shape (samples,), bounds of those that have no dilution within range, else NaN.
    """
    sample, low, high = (groups[column].to_numpy() for column in ("sample", "low", "high"))
    within, differ = groups["within"].to_numpy(), groups["differ"].to_numpy()
    hooked = ~differ & _hooked(
        sample, groups["dilution"].to_numpy(), np.where(differ, 0.0, low), high, difference
    )
    used = ~differ & ~hooked
    samples = sample.max(initial=-1) + 1
    quantified = np.zeros(samples, dtype=bool)
    quantified[sample[used & within]] = True
    aside = used & quantified[sample] & ~within
    used &= ~aside
    at_least, at_most = np.zeros(samples), np.full(samples, np.inf)
    np.maximum.at(at_least, sample[used], low[used])
    np.minimum.at(at_most, sample[used], high[used])
    contradictory = used & (~quantified & (at_least >= at_most))[sample]
    reason = np.full(len(groups), None, dtype=object)
    reason[differ], reason[hooked] = REPLICATES_DIFFER, HOOKED
    reason[aside], reason[contradictory] = OUT_OF_RANGE, CONTRADICTORY
    at_least[quantified] = at_most[quantified] = np.nan
    return reason, at_least, at_most


def _hooked(sample, dilution, low, high, difference: float) -> np.ndarray:
    """Which dilutions read lower than a more diluted one of the sample, by more than `difference` percent."""
    order = np.lexsort((-dilution, sample))
    highest = pd.Series(low[order]).groupby(sample[order]).cummax()
    more_diluted = highest.groupby(sample[order]).shift(fill_value=0.0).to_numpy()
    hooked = np.zeros(len(sample), dtype=bool)
    hooked[order] = high[order] * (1 + difference / 100) < more_diluted
    return hooked


def _average(sample, value, well, wells: pd.DataFrame, readings: Readings, plates: Plates) -> pd.DataFrame:
    """Means of wells by sample, and the variances of their logarithms.

    By the delta method from the covariance of the plate's curve, which its wells share, and from the errors
    of the wells' own ODs.

    Parameters
    ----------
    sample, value, well : int64, float64, int64, shape (n,): of each well that counts its sample, its
        concentration times dilution, and which it is.
    """
    kept, sample = np.unique(sample, return_inverse=True)
    n, mean, squares = replicates.means(value, sample)
    first = np.full(len(kept), len(wells))
    np.minimum.at(first, sample, well)
    plate = readings.plate[first]
    weight = value / (n * mean)[sample]
    od = wells["od"].to_numpy(float)[well]
    of_od = weight * readings.by_od[well] * od * plates.od_error[readings.plate[well]]
    by_parameters = weight[:, None] * readings.by_parameters[well]
    shared = np.column_stack([np.bincount(sample, column, len(kept)) for column in by_parameters.T])
    of_curve = np.einsum("nk,nkl,nl->n", shared, plates.curves.covariance[plate], shared)
    averaged = {
        "sample": kept,
        "first": first,
        "plate": plate,
        "value": mean,
        "variance": of_curve + np.bincount(sample, of_od**2, len(kept)),
        "replicates": n,
        "cv_percent": replicates.cv_percent(n, mean, squares),
    }
    return pd.DataFrame(averaged).sort_values("first", ignore_index=True)
