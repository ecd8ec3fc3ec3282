"""What does a fitted model say of its terms?"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

# Importing scipy.stats takes longer than most fits.
from scipy.special import chdtrc, fdtrc, stdtr, stdtrit

CONFIDENCE = 0.95


class NotEstimableError(Exception):
    """The data do not determine the model; the message says why."""


@dataclass(frozen=True)
class Fit:
    """One number of a fitted model, with its 95 % interval, and how its error was estimated.

    `df` are the degrees of freedom of interval and p-value by t, infinite where they are normal, not a number
    where they are neither.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float
    model: str
    errors: str
    df: float


@dataclass(frozen=True)
class Coefficients:
    """The terms of a fitted model.

    Attributes
    ----------
    params : float64, shape (terms,).
    covariance : float64, shape (terms, terms).
    df : degrees of freedom of t and F; infinite where they are normal and chi-squared.
    model, errors : in words.
    log_likelihood : at the maximum (of the restricted likelihood, or not a number, where the model says so).
    override : terms whose interval and p-value are not Wald's.
    df_of : degrees of freedom of a combination of terms, given its weights, where they are not all `df`.
    joint_of : the p-value of the test that several terms are 0, where it is not that of Wald's F with `df`.
    """

    params: np.ndarray
    covariance: np.ndarray
    df: float
    model: str
    errors: str
    log_likelihood: float = float("nan")
    override: dict[int, Fit] = field(default_factory=dict)
    df_of: Callable[[np.ndarray], float] | None = None
    joint_of: Callable[[list[int]], float] | None = None

    def term(self, k: int) -> Fit:
        """One term's estimate with its interval and two-sided p-value."""
        if k in self.override:
            return self.override[k]
        return self.contrast(np.eye(len(self.params))[k])

    def contrast(self, weights: np.ndarray) -> Fit:
        """A linear combination of the terms; `weights` has shape (terms,)."""
        estimate = float(weights @ self.params)
        se = float(np.sqrt(weights @ self.covariance @ weights))
        # Student's t with infinite degrees of freedom is the normal distribution.
        df = self.df if self.df_of is None else self.df_of(weights)
        half = float(stdtrit(df, 0.5 + CONFIDENCE / 2)) * se
        p_value = float(2 * stdtr(df, -abs(estimate) / se))
        return Fit(estimate, se, estimate - half, estimate + half, p_value, self.model, self.errors, df)

    def joint(self, ks: list[int]) -> tuple[int, float]:
        """Wald's test that all terms `ks` are 0: degrees of freedom and p-value.

        Where combinations have degrees of freedom of their own, F has those that give it the mean of the sum
        of its independent parts (Fai & Cornelius 1996, doi 10.1080/00949659608811740).
        """
        if self.joint_of is not None:
            return len(ks), self.joint_of(ks)
        params, block = self.params[ks], self.covariance[np.ix_(ks, ks)]
        wald, df = float(params @ np.linalg.solve(block, params)), self.df
        if self.df_of is not None:
            vectors = np.linalg.eigh(block)[1]
            parts = np.array([self.df_of(part) for part in vectors.T @ np.eye(len(self.params))[ks]])
            mean = np.sum(parts / (parts - 2))
            # A part of 2 degrees of freedom or fewer has no mean.
            df = 2.0 if parts.min() <= 2 else float(2 * mean / (mean - len(ks)))
        if np.isinf(df):
            return len(ks), float(chdtrc(len(ks), wald))
        return len(ks), float(fdtrc(len(ks), df, wald / len(ks)))
