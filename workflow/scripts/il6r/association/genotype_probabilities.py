"""How likely is each of the three genotypes in each row?"""

import numpy as np
import pandas as pd

# Columns of the analysis set, which it has where a call is imputed.
PROBABILITIES = ("probability_1", "probability_2")


def genotype_probabilities(frame: pd.DataFrame, genotypes: tuple[str, str, str]) -> np.ndarray:
    """The probabilities of 0, 1 and 2 effect alleles, 0 or 1 where every call is a genotype.

    Their use in place of the genotype gives unbiased contrasts where they are calibrated (Zheng et al. 2011,
    Genetic Epidemiology 35:102-110, "dosage").

    Parameters
    ----------
    frame : rows of `ANALYSIS_SET`.
    genotypes : the genotypes with 0, 1 and 2 effect alleles.

    Returns
    -------
    float64, shape (n, 3), not a number where there may be an allele that is neither.
    """
    if not set(PROBABILITIES) <= set(frame):
        sure = np.column_stack([frame["genotype"] == genotype for genotype in genotypes]).astype(float)
        sure[frame["genotype"].isna().to_numpy()] = np.nan
        return sure
    one, two = (frame[name].to_numpy(dtype=float) for name in PROBABILITIES)
    return np.column_stack([1 - one - two, one, two])
