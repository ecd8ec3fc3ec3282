"""Does each plate's standard curve hold, over which range, and where are its wells on it?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from il6r.assays import curves, replicates


@dataclass
class Plates:
    """Plates in the order they were given; concentrations in canonical units, at dilution 1.

    Attributes
    ----------
    names : object, shape (plates,).
    curves : fitted; a plate may have one and fail.
    level, level_od, back, error_percent : float64, shape (plates, levels): standards, the mean OD of each,
        the concentration that the curve gives back for it, and by how much that is off; NaN beyond the last.
    passing : bool, shape (plates, levels).
    lloq, uloq : float64, shape (plates,), limits of quantification.
    failed : object, shape (plates,), why nothing can be read off the plate, or None.
    od_error : float64, shape (plates,), relative standard deviation of one well's OD.
    factor, factor_variance : float64, shape (plates,), by which bridging multiplies, and of its logarithm.
    """

    names: np.ndarray
    curves: curves.Curves
    level: np.ndarray
    level_od: np.ndarray
    back: np.ndarray
    error_percent: np.ndarray
    passing: np.ndarray
    lloq: np.ndarray
    uloq: np.ndarray
    failed: np.ndarray
    od_error: np.ndarray
    factor: np.ndarray
    factor_variance: np.ndarray


@dataclass
class Readings:
    """Wells on the curves of their plates; arrays of shape (wells, ...).

    Attributes
    ----------
    plate : int64, from 0.
    log_x : float64, ln of the concentration in the well; infinite beyond the curve or the reader's range.
    by_od, by_parameters : derivatives of log_x (`curves.invert`).
    state : int64: -1, 0 or 1 where the well is below, within or above the range of quantification.
    clipped : float64, the concentration in the well, or the limit that it is beyond.
    """

    plate: np.ndarray
    log_x: np.ndarray
    by_od: np.ndarray
    by_parameters: np.ndarray
    state: np.ndarray
    clipped: np.ndarray


def fit_plates(
    wells: pd.DataFrame, number: np.ndarray, names: np.ndarray, settings: dict, lloq: float, uloq: float
) -> Plates:
    """Fit and judge the curve of every plate.

    Parameters
    ----------
    wells : as `plate_files.read_plates` gives them, concentrations in canonical units.
    number : int64, shape (wells,), each well's plate.
    names : of the plates.
    settings : the rules of config section `assays`.
    lloq, uloq : no plate's range of quantification reaches further.
    """
    n = len(names)
    used = ((wells["role"] == "standard") & wells["od"].notna()).to_numpy()
    own, x, y = number[used], *(wells.loc[used, column].to_numpy(float) for column in ("concentration", "od"))
    fitted = curves.fit(own, x, y, n, curve=settings["curve"], weights=settings["curve_weights"])
    level, level_od = curves.levels(own, x, y, n)
    back = curves.back_calculate(fitted.parameters, level, level_od)
    error = 100 * (np.divide(back, level, out=np.full(level.shape, np.nan), where=level > 0) - 1)
    largest, share = settings["max_standard_error_percent"], settings["min_standards_share"]
    lowest, highest, passing = curves.limits(
        level, error, largest=largest, largest_lowest=settings["max_lloq_error_percent"]
    )
    lowest, highest = np.maximum(lowest, lloq), np.minimum(highest, uloq)
    failed = fitted.failed.copy()
    few = passing.sum(axis=1) < share * (level > 0).sum(axis=1)
    reason = f"fewer than {100 * share:g} % of its standards are within {largest:g} %"
    failed[few & ~failed.astype(bool)] = reason
    failed[~(lowest < highest) & ~failed.astype(bool)] = "its standards leave no range of quantification"
    od_error = replicates.od_error(wells, number, n, settings["max_replicate_cv_percent"])
    return Plates(
        names=names,
        curves=fitted,
        level=level,
        level_od=level_od,
        back=back,
        error_percent=error,
        passing=passing,
        lloq=lowest,
        uloq=highest,
        failed=failed,
        od_error=np.where(np.isnan(od_error), fitted.residual, od_error),
        factor=np.ones(n),
        factor_variance=np.zeros(n),
    )


def read_wells(wells: pd.DataFrame, number: np.ndarray, plates: Plates) -> Readings:
    """Read every well off its plate's curve."""
    log_x, by_od, by_parameters = curves.invert(plates.curves.parameters[number], wells["od"].to_numpy(float))
    log_x = np.where(wells["over"].to_numpy(bool), np.inf, log_x)
    low, high = plates.lloq[number], plates.uloq[number]
    log_low, log_high = np.log(low), np.log(high)
    state = (log_x > log_high).astype(np.int64) - (log_x < log_low)
    within = np.exp(np.where(state == 0, log_x, 0.0))
    clipped = np.where(state < 0, low, np.where(state > 0, high, within))
    return Readings(number, log_x, by_od, by_parameters, state, clipped)
