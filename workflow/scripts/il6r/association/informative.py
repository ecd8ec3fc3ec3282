"""Which rows are in groups that can tell something?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from il6r.plan import Covariate


def rows(
    frame: pd.DataFrame, keep: np.ndarray, covariates: Sequence[Covariate], quantified: np.ndarray | None
) -> np.ndarray:
    """Those of the rows to keep whose groups by each covariate can tell something.

    A group with one member says nothing about the variant and makes HC3 errors undefined; one with no
    quantified value has no level, and takes its rows' probability to one whatever the other terms.

    Parameters
    ----------
    frame : as of `selection.Selection`, of n rows.
    keep : bool, shape (n,).
    covariates : those that the model has.
    quantified : bool, shape (n,), whether the outcome is known; None where it always is.

    Returns
    -------
    bool, shape (n,).
    """
    groups = [
        _codes(frame[covariate.column])
        for covariate in covariates
        if covariate.factor or not pd.api.types.is_numeric_dtype(frame[covariate.column])
    ]
    if not groups:
        return keep
    person = frame["_person"].to_numpy()
    people = person.max(initial=-1) + 1
    repeated = np.bincount(person).max(initial=0) > 1
    keep = keep.copy()
    while True:
        places = np.flatnonzero(keep)
        bad = np.zeros(len(places), dtype=bool)
        hidden = None if quantified is None else np.flatnonzero(~quantified[places])
        for codes in groups:
            own = codes if len(places) == len(codes) else codes[places]
            sizes = members = np.bincount(own)
            if repeated:
                pairs = own.astype(np.int64) * people + person[places]
                members = np.bincount(np.unique(pairs) // people)
            nothing = members == 1
            if hidden is not None:
                nothing |= (np.bincount(own[hidden], minlength=len(sizes)) == sizes) & (sizes > 0)
            # Mostly there are none, and no row need be looked at.
            if nothing.any():
                bad |= nothing[own]
        if not bad.any():
            return keep
        keep[places[bad]] = False


def several_rows(frame: pd.DataFrame, keep: np.ndarray) -> np.ndarray:
    """Those of the rows to keep whose person has more than one of them: see `rows`."""
    person = frame["_person"].to_numpy()
    return np.asarray(keep & (np.bincount(person, weights=keep)[person] > 1))


def _codes(values: pd.Series) -> np.ndarray:
    """A number for each group: shape (n,); some may be nobody's."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return np.asarray(values.cat.codes)
    return np.asarray(pd.factorize(values)[0])
