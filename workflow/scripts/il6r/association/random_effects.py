"""How likely are variances of the intercepts and slopes of groups, and how sure are they?"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize

from il6r.association.coefficients import NotEstimableError
from il6r.association.orthogonal import Levels, cross

# Standard deviations of slopes, in those of residuals, from which maxima are looked for.
_STARTS = (0.1, 0.5, 2.0)
# Steps of parameters of order 1 that lose least to rounding and to curvature.
_STEP = 1e-5
# A derivative of minus twice the log likelihood that is none.
_FLAT = 1e-6
# Second derivatives relative to the largest: less is none at all.
_NO_CURVATURE = 1e-9


@dataclass(frozen=True)
class At:
    """The restricted likelihood at some relative covariance of effects, with everything else at its best.

    Attributes
    ----------
    deviance : minus twice the log likelihood.
    slope : shape (effects, effects), lower triangular: its derivatives in the factor.
    rest_slope : the same of the residuals' weighted sum of squares.
    information : shape (terms, terms), in the unit of the residual variance.
    params : shape (terms,).
    variance : of the residuals.
    crossed : shape (groups, effects, terms): effects' columns times the inverse covariance times the terms'.
    """

    deviance: float
    slope: np.ndarray
    rest_slope: np.ndarray
    information: np.ndarray
    params: np.ndarray
    variance: float
    crossed: np.ndarray


class Effects:
    """All that the restricted likelihood of a model with effects of groups takes from the rows.

    A group's rows have covariance 1 + effects @ factor @ factor' @ effects', times the residual variance
    (Bates et al. 2015, doi 10.18637/jss.v067.i01).

    Parameters
    ----------
    columns, outcome : float64, shapes (n, terms) and (n,).
    effects : float64, shape (n, effects): the columns whose coefficients vary between groups.
    """

    def __init__(self, columns: np.ndarray, outcome: np.ndarray, effects: np.ndarray, groups: Levels):
        everything = np.column_stack([columns, outcome])
        self.df = len(columns) - columns.shape[1]
        self._total = cross(everything, everything)
        # Sums over each group of products of an effect with each column: shape (groups, effects, ...).
        self._crossed = np.stack([groups.sums(everything * one[:, None]) for one in effects.T], axis=1)
        self._own = np.stack([groups.sums(effects * one[:, None]) for one in effects.T], axis=1)

    def at(self, factor: np.ndarray, variance: float | None = None) -> At:
        """The likelihood at a factor, shape (effects, effects); its slopes at `variance`, if not the best."""
        own, count = self._own, len(factor)
        scaled = np.eye(count) + factor.T @ own @ factor
        shrink = factor @ np.linalg.solve(scaled, np.broadcast_to(factor.T, scaled.shape))
        # What is left of effects' products with anything where the inverse covariance stands between.
        kept = np.eye(count) - own @ shrink
        crossed = kept @ self._crossed
        flat = self._crossed.reshape(-1, len(self._total))
        products = self._total - cross(flat, (shrink @ self._crossed).reshape(flat.shape))
        information, right = products[:-1, :-1], products[:-1, -1]
        inverse = np.linalg.inv(information)
        params = inverse @ right
        rest = float(products[-1, -1] - right @ params)
        best = rest / self.df
        left = crossed[:, :, -1] - crossed[:, :, :-1] @ params
        of_terms = crossed[:, :, :-1]
        rest_slope = -2 * np.tril(cross(left, left) @ factor)
        # One row for each group and term.
        rows = [part.transpose(0, 2, 1).reshape(-1, count) for part in (of_terms, of_terms @ inverse)]
        among = cross(*rows)
        slope = 2 * np.tril(((kept @ own).sum(axis=0) - among) @ factor)
        determinants = np.linalg.slogdet(scaled)[1].sum() + np.linalg.slogdet(information)[1]
        return At(
            float(self.df * (np.log(2 * np.pi * best) + 1) + determinants),
            slope + rest_slope / (best if variance is None else variance),
            rest_slope,
            information,
            params,
            best,
            of_terms,
        )

    def best(self, intercepts: float) -> np.ndarray:
        """The factor of greatest likelihood, shape (2, 2), for an intercept and a slope.

        Parameters
        ----------
        intercepts : standard deviation of intercepts, in those of residuals, from which to look for it.
        """
        lower = np.tril_indices(2)

        def unpacked(numbers: np.ndarray) -> np.ndarray:
            """The factor."""
            factor = np.zeros((2, 2))
            factor[lower] = numbers
            return factor

        def value(numbers: np.ndarray) -> tuple[float, np.ndarray]:
            """Deviance and its derivatives."""
            at = self.at(unpacked(numbers))
            return at.deviance, at.slope[lower]

        found: list[Any] = [
            optimize.minimize(value, [intercepts + 0.1, 0.0, start], jac=True, method="BFGS",
                              options={"gtol": _FLAT, "maxiter": 500})
            for start in _STARTS
        ]  # fmt: skip
        best = min(found, key=lambda one: one.fun)
        # Rounding may stop the steps before the slope is as small as they are asked for.
        if not np.isfinite(best.fun) or np.abs(best.jac).max() > 1e-3:
            raise NotEstimableError("the variances of intercepts and slopes did not converge")
        return unpacked(best.x)

    def satterthwaite(self, factor: np.ndarray) -> "Satterthwaite":
        """Degrees of freedom with the model's errors, at the factor of greatest likelihood."""
        at = self.at(factor)
        lower = np.tril_indices(len(factor))
        number = len(lower[0])
        curvature = np.empty((number + 1, number + 1))
        # The first parameter is the logarithm of the residual variance.
        curvature[0, 0] = self.df
        curvature[0, 1:] = curvature[1:, 0] = -at.rest_slope[lower] / at.variance
        for k, place in enumerate(zip(*lower, strict=True)):
            step = np.zeros_like(factor)
            step[place] = _STEP
            rise = self.at(factor + step, at.variance).slope - self.at(factor - step, at.variance).slope
            curvature[1:, 1 + k] = rise[lower] / (2 * _STEP)
        # Of a variance that is 0, nothing is learned and nothing depends on it.
        covariance = 2 * np.linalg.pinv((curvature + curvature.T) / 2, rcond=_NO_CURVATURE, hermitian=True)
        return Satterthwaite(factor, np.linalg.inv(at.information), at.crossed, covariance)


@dataclass(frozen=True)
class Satterthwaite:
    """Degrees of freedom of combinations of coefficients with the model's errors.

    Twice the squared variance over the variance of its estimate, by the delta method from the second
    derivatives of the restricted likelihood (Giesbrecht & Burns 1985, doi 10.2307/2530872; Kuznetsova,
    Brockhoff & Christensen 2017, doi 10.18637/jss.v082.i13, whose lmerTest gives the same).

    Attributes
    ----------
    factor : shape (effects, effects).
    inverse : shape (terms, terms), of the information.
    crossed : as in `At`.
    covariance : of the logarithm of the residual variance and the factor's numbers.
    """

    factor: np.ndarray
    inverse: np.ndarray
    crossed: np.ndarray
    covariance: np.ndarray

    def df(self, weights: np.ndarray) -> float:
        """Of combinations, shape (combinations, terms): the fewest that an independent one of them has."""
        vectors = np.linalg.eigh(weights @ self.inverse @ weights.T)[1]
        return min(map(self._of_one, vectors.T @ weights))

    def _of_one(self, weights: np.ndarray) -> float:
        share = float(weights @ self.inverse @ weights)
        moved = self.crossed @ (self.inverse @ weights)
        of_factor = 2 * np.tril(cross(moved, moved) @ self.factor)[np.tril_indices(len(self.factor))]
        gradient = np.array([share, *of_factor])
        return float(2 * share**2 / (gradient @ self.covariance @ gradient))
