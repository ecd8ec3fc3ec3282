"""How far do wells in replicate differ?"""

import numpy as np
import pandas as pd


def codes(wells: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """Which group each well is in, int64, by order of appearance."""
    return wells.groupby(columns, sort=False, dropna=False).ngroup().to_numpy()


def means(values: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number and mean of each group's values, and their sum of squares about it."""
    n = np.bincount(group)
    mean = np.bincount(group, values) / np.maximum(n, 1)
    return n, mean, np.bincount(group, (values - mean[group]) ** 2)


def cv_percent(n: np.ndarray, mean: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """Coefficients of variation from `means`, n - 1 in the variance; NaN for one value, or a mean <= 0."""
    sd = np.sqrt(squares / np.maximum(n - 1, 1))
    return np.divide(100 * sd, mean, out=np.full(len(n), np.nan), where=(n > 1) & (mean > 0))


def od_error(wells: pd.DataFrame, number: np.ndarray, plates: int, largest: float) -> np.ndarray:
    """Each plate's relative error of one OD, pooled over all its wells in replicate.

    Blanks and standards of concentration 0 are left out, whose error is not in proportion to their OD, and
    replicates beyond the limit of CV, which are slips and no noise.

    Parameters
    ----------
    wells : as `plate_files.read_plates` gives them.
    number : int64, shape (wells,), each well's plate, from 0.
    largest : CV of ODs, percent.

    Returns
    -------
    float64, shape (plates,): NaN without replicates.
    """
    used = (wells["od"].notna() & (wells["role"] != "blank") & (wells["concentration"] != 0)).to_numpy()
    if not used.any():
        return np.full(plates, np.nan)
    own, plate = wells[used], number[used]
    group = codes(own, ["plate", "role", "name", "concentration", "dilution"])
    n, mean, squares = means(own["od"].to_numpy(float), group)
    cv = cv_percent(n, mean, squares)
    counted = cv <= largest
    of = plate[np.unique(group, return_index=True)[1]][counted]
    freedom = (n - 1)[counted].astype(float)
    variance = np.bincount(of, freedom * (cv[counted] / 100) ** 2, plates)
    freedom = np.bincount(of, freedom, plates)
    return np.sqrt(np.divide(variance, freedom, out=np.full(plates, np.nan), where=freedom > 0))
