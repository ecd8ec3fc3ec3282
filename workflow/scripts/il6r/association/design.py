"""How do covariates become the columns of a model?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Design:
    """A model matrix.

    Attributes
    ----------
    matrix : float64, shape (n, terms); the intercept is column 0, the exposures follow.
    names : each column's name.
    left_out : covariate columns that were constant or repeated others.
    """

    matrix: np.ndarray
    names: list[str]
    left_out: list[str]


def make_design(exposures: pd.DataFrame, covariates: pd.DataFrame) -> Design:
    """Intercept, exposures and covariates as one matrix of full rank.

    Numbers enter as they are, centred (so that the matrix stays well conditioned); text becomes one
    indicator per group but the first. A column that is a combination of those before it is left out,
    as R's `lm` does; exposures come first, so only covariates can be.
    """
    columns: dict[str, np.ndarray] = {"intercept": np.ones(len(exposures))}
    for name in exposures:
        columns[name] = exposures[name].to_numpy(dtype=float)
    for name in covariates:
        values = covariates[name]
        if pd.api.types.is_numeric_dtype(values):
            numeric = values.to_numpy(dtype=float)
            columns[name] = numeric - numeric.mean() if len(numeric) else numeric
        else:
            groups = sorted(values.unique())
            columns |= {f"{name}={g}": (values == g).to_numpy(dtype=float) for g in groups[1:]}
            if len(groups) == 1:
                columns[name] = np.zeros(len(values))
    kept, left_out, basis = [], [], np.empty((len(exposures), 0))
    for name, column in columns.items():
        # Twice, because one Gram-Schmidt pass loses orthogonality when columns are nearly dependent.
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        size = np.linalg.norm(rest)
        if size <= 1e-7 * max(np.linalg.norm(column), 1e-300):
            left_out.append(name)
            continue
        kept.append(name)
        basis = np.column_stack([basis, rest / size])
    return Design(np.column_stack([columns[name] for name in kept]), kept, left_out)
