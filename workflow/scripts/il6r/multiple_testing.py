"""How are p-values adjusted for the number of tests?"""

import numpy as np


def holm(p_values: np.ndarray) -> np.ndarray:
    """By the family-wise error (Holm 1979, Scand J Stat 6, 65-70), in the order given.

    Parameters
    ----------
    p_values : float64, shape (tests,).
    """
    order = np.argsort(p_values)
    steps = np.maximum.accumulate(p_values[order] * np.arange(len(order), 0, -1))
    return _back(steps, order)


def benjamini_hochberg(p_values: np.ndarray) -> np.ndarray:
    """By the false discovery rate (Benjamini & Hochberg 1995, doi 10.1111/j.2517-6161.1995.tb02031.x).

    Parameters
    ----------
    p_values : float64, shape (tests,).
    """
    order = np.argsort(p_values)
    steps = p_values[order] * len(order) / np.arange(1, len(order) + 1)
    return _back(np.minimum.accumulate(steps[::-1])[::-1], order)


def _back(adjusted: np.ndarray, order: np.ndarray) -> np.ndarray:
    """In the order that the p-values came in, and at most 1."""
    given = np.empty(len(order))
    given[order] = np.minimum(adjusted, 1.0)
    return given
