"""How far is each axis of an accelerometer off, by what it measures of gravity while it lies still?

The method is van Hees et al. 2014 (doi 10.1152/japplphysiol.00421.2014): in windows without movement the mean
acceleration must lie on a sphere of 1 g around 0.
"""

from dataclasses import dataclass, field

import numpy as np

from il6r.activity.windows import Blocks

# Length of a window in which the device may be still, seconds, and standard deviation of an axis below which
# it is, g (van Hees et al. 2014).
STILL_WINDOW_S, STILL_SD_G = 10, 0.013
# What is further from 1 g is no gravity: zeros in the place of samples, or an axis that sticks at its limit.
FURTHEST_G = 0.5
# A window with fewer of its samples does not show that the device was still for so long.
COMPLETE = 0.9
# Fewer still windows say too little.
FEWEST_WINDOWS = 10
# Windows count by the inverse of how far they are off, and none counts as if it were nearer than that, g
# (van Hees et al. 2014).
NEAREST_G = 0.01
# From which standard deviation, degrees Celsius, temperature can be told to matter.
TEMPERATURE_SD = 0.5
# A worse-determined gain or offset is no correction, g; still windows are taken to be off by 1 mg at least.
LARGEST_ERROR_G, SMALLEST_RESIDUAL_G = 0.01, 0.001
# No device in working order is further off: the sensors' makers allow 10 % and 0.25 g (ADXL345 data sheet).
LARGEST_GAIN_CHANGE, LARGEST_OFFSET_G = 0.2, 0.3
STEPS, CONVERGED = 200, 1e-8
# Condition of the equations for gain and offset, beyond which their solution is mostly rounding.
LARGEST_CONDITION = 1e10


@dataclass(frozen=True)
class Calibration:
    """A measured acceleration a at temperature T is a x gain + offset + (T - reference) x drift, in g.

    Attributes
    ----------
    gain, offset : float64, shape (3,), the axes'; g.
    drift : float64, shape (3,), g per degree Celsius.
    reference : degrees Celsius.
    outcome : "applied", "not needed", or why not.
    before_mg, after_mg : mean distance of still windows from 1 g without and with the calibration; NaN where
        there are too few.
    """

    outcome: str
    gain: np.ndarray = field(default_factory=lambda: np.ones(3))
    offset: np.ndarray = field(default_factory=lambda: np.zeros(3))
    drift: np.ndarray = field(default_factory=lambda: np.zeros(3))
    reference: float = 0.0
    before_mg: float = np.nan
    after_mg: float = np.nan

    def offsets(self, temperature: np.ndarray) -> np.ndarray:
        """The offset at each temperature, shape (n, 3), g; where it is not known, as at the reference."""
        away = np.nan_to_num(temperature - self.reference)
        return self.offset + away[:, None] * self.drift


def still_windows(blocks: Blocks, rate_hz: float) -> np.ndarray:
    """In which windows the device was still.

    Parameters
    ----------
    blocks : windows of `STILL_WINDOW_S`, without anything that stands for missing samples.

    Returns
    -------
    bool, shape (n,)
    """
    n = np.maximum(blocks.count, 2)[:, None]
    mean = blocks.total / n
    variance = np.maximum(blocks.squares / n - mean**2, 0) * n / (n - 1)
    still = (variance < STILL_SD_G**2).all(axis=1) & (np.abs(_norm(mean) - 1) < FURTHEST_G)
    return still & (blocks.count >= COMPLETE * STILL_WINDOW_S * rate_hz)


def calibrate(means: np.ndarray, temperature: np.ndarray, min_sphere_g: float) -> Calibration:
    """Fit gain, offset and, where temperature varies, its effect, so that still windows measure 1 g.

    The sum of weighted squared distances from the sphere is made least by Gauss-Newton steps, the weights
    following the distances, until none changes by 1e-8.

    Parameters
    ----------
    means : float64, shape (n, 3), mean accelerations of still windows, g.
    temperature : float64, shape (n,), degrees Celsius; NaN where not known.
    min_sphere_g : how far below and above 0 the windows must reach on each axis.
    """
    if len(means) < FEWEST_WINDOWS:
        return Calibration(f"not applied: fewer than {FEWEST_WINDOWS} still windows")
    before = 1000 * float(np.abs(_norm(means) - 1).mean())
    if not ((means.min(axis=0) < -min_sphere_g) & (means.max(axis=0) > min_sphere_g)).all():
        return Calibration(
            f"not applied: still windows do not reach {min_sphere_g:g} g on both sides of every axis",
            before_mg=before,
        )
    reference, spread = 0.0, 0.0
    if np.isfinite(temperature).all():
        reference, spread = float(temperature.mean()), float(temperature.std())
    warmth = (temperature - reference) / spread if spread >= TEMPERATURE_SD else None
    fitted = _fit(means, warmth)
    if fitted is None and warmth is not None:
        warmth = None
        fitted = _fit(means, None)
    if fitted is None:
        return Calibration(
            "not applied: still windows do not determine gain and offset of every axis", before_mg=before
        )
    gain, offset, drift = fitted
    if (np.abs(gain - 1) > LARGEST_GAIN_CHANGE).any() or (np.abs(offset) > LARGEST_OFFSET_G).any():
        return Calibration(
            "not applied: a gain or an offset would be further off than any device's", before_mg=before
        )
    after = 1000 * float(np.abs(_norm(_corrected(means, warmth, gain, offset, drift)) - 1).mean())
    if after >= before:
        return Calibration("not needed", before_mg=before, after_mg=before)
    drift = drift / spread if warmth is not None else drift
    return Calibration("applied", gain, offset, drift, reference, before, after)


def _norm(vectors: np.ndarray) -> np.ndarray:
    return np.sqrt(np.einsum("nk,nk->n", vectors, vectors))


def _corrected(means, warmth, gain, offset, drift) -> np.ndarray:
    corrected = means * gain + offset
    return corrected if warmth is None else corrected + warmth[:, None] * drift


def _fit(means: np.ndarray, warmth: np.ndarray | None):
    """Gain, offset and effect of `warmth`; None where they do not follow from the windows.

    A gain of 0 and an offset of 1 g fit any windows. Where these leave room for it the steps lead there, and
    the equations lose their rank.
    """
    parameters = np.concatenate([np.ones(3), np.zeros(6)])
    free = 6 if warmth is None else 9
    weights = np.ones(len(means))
    for _ in range(STEPS):
        corrected = _corrected(means, warmth, *np.split(parameters, 3))
        norm = _norm(corrected)
        if not norm.all():
            return None
        distance = norm - 1
        towards = corrected / norm[:, None]
        slopes = [towards * means, towards]
        if warmth is not None:
            slopes.append(towards * warmth[:, None])
        slope = np.hstack(slopes)
        weighted = slope * weights[:, None]
        # Products by einsum: what BLAS gives may depend on how many threads it has.
        step = _solved(np.einsum("nk,nl->kl", weighted, slope), np.einsum("nk,n->k", weighted, distance))
        if step is None:
            return None
        parameters[:free] -= step
        if np.abs(step).max() < CONVERGED:
            residual = max(np.sqrt((distance**2).mean()), SMALLEST_RESIDUAL_G)
            least = np.linalg.eigvalsh(np.einsum("nk,nl->kl", slope, slope))[0]
            return np.split(parameters, 3) if residual <= LARGEST_ERROR_G * np.sqrt(least) else None
        weights = 1 / np.maximum(np.abs(distance), NEAREST_G)
    return None


def _solved(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray | None:
    """The solution of a system of equations, or None where it has none that is exact to some digits."""
    if np.linalg.cond(matrix) > LARGEST_CONDITION:
        return None
    return np.linalg.solve(matrix, vector)
