"""What does a fitted model say of its terms?"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

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

    def clustered_by(self, unit: str) -> "Fit":
        """The same, whose errors, if they are clustered, say what the clusters are."""
        return replace(self, errors=self.errors.replace("by participant", f"by {unit}"))


class Freedom(Protocol):
    """Degrees of freedom that differ between combinations of terms."""

    def df(self, weights: np.ndarray) -> float:
        """Those of combinations' covariance; `weights` has shape (combinations, terms)."""


@dataclass(frozen=True)
class Coefficients:
    """The terms of a fitted model.

    Attributes
    ----------
    params : float64, shape (terms,).
    covariance : float64, shape (terms, terms).
    df : degrees of freedom of t and F, infinite where they are normal and chi-squared; or how each
        combination has its own.
    model, errors : in words.
    log_likelihood : at the maximum (of the restricted likelihood, or not a number, where the model says so).
    behind : degrees of freedom of a single combination, where few rows may be behind it; None if they are
        `df`.
    override : terms whose interval and p-value are not Wald's.
    influence : gives float64, shape (n, terms or more): by how much each row moves the terms, to first order;
        None where the model does not say so.
    """

    params: np.ndarray
    covariance: np.ndarray
    df: float | Freedom
    model: str
    errors: str
    log_likelihood: float = float("nan")
    override: dict[int, Fit] = field(default_factory=dict)
    influence: Callable[[], np.ndarray] | None = None
    behind: Freedom | None = None

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
        df = self._df(weights[None])
        half = float(stdtrit(df, 0.5 + CONFIDENCE / 2)) * se
        p_value = float(2 * stdtr(df, -abs(estimate) / se))
        return Fit(estimate, se, estimate - half, estimate + half, p_value, self.model, self.errors, df)

    def joint(self, ks: list[int]) -> tuple[int, float]:
        """Wald's test that all terms `ks` are 0: degrees of freedom and p-value.

        Where combinations differ in degrees of freedom, by Hotelling's distribution (Pustejovsky & Tipton
        2018, doi 10.1080/07350015.2016.1247004, equation 13); the p-value is not a number where those are too
        few for it.
        """
        params, block, terms = self.params[ks], self.covariance[np.ix_(ks, ks)], len(ks)
        wald = float(params @ np.linalg.solve(block, params))
        df = self._df(np.eye(len(self.params))[ks])
        if np.isinf(df):
            return terms, float(chdtrc(terms, wald))
        if isinstance(self.df, float | int):
            return terms, float(fdtrc(terms, df, wald / terms))
        left = df - terms + 1
        return terms, float(fdtrc(terms, left, wald * left / (df * terms))) if left > 0 else float("nan")

    def _df(self, weights: np.ndarray) -> float:
        if self.behind is not None and len(weights) == 1:
            return self.behind.df(weights)
        return self.df if isinstance(self.df, float | int) else self.df.df(weights)
