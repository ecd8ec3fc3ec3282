"""When was the device not worn, or too near its limit to be believed?"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from il6r.activity.accelerometry import NANOSECONDS, Processing
from il6r.activity.windows import Blocks

# A window with samples of less than half a step shows nothing.
LEAST_STEPS = 0.5


def worn_steps(blocks: Blocks, gain: np.ndarray, rate_hz: float, processing: Processing) -> np.ndarray:
    """In which steps the device was worn.

    An axis is still in a window whose standard deviation and range are both below their limits. A window
    begins with every step and, at the end of the recording, is as long as what is left. All of its steps are
    then still on that axis, and a step that is still on `nonwear_axes` axes was not worn; nor was one that is
    still on some axis between two that were not worn (van Hees et al. 2013,
    doi 10.1371/journal.pone.0061691, in the form of 2023, which marks whole windows). A step with too many
    samples near the device's limit is not worn time either.

    Parameters
    ----------
    blocks : whole steps, of the same number of blocks each; what stands for missing samples included.
    gain : float64, shape (3,), of the calibration; an offset changes neither deviation nor range.

    Returns
    -------
    bool, shape (steps,)
    """
    in_step = processing.nonwear_step_min * 60 * NANOSECONDS // blocks.width
    steps = len(blocks.count) // in_step

    def by_step(sums):
        """The blocks of a step in an axis of their own: shape (steps, blocks, axes)."""
        return sums.reshape(steps, in_step, -1)

    count, total, squares = (
        by_step(sums).sum(axis=1) for sums in (blocks.count, blocks.total, blocks.squares)
    )
    low, high = by_step(blocks.low).min(axis=1), by_step(blocks.high).max(axis=1)
    clipped = by_step(blocks.clipped).sum(axis=(1, 2)) > processing.max_clipped_share * count[:, 0]
    still = _still(count, total, squares, gain * low, gain * high, gain, rate_hz, processing)
    axes = _covering(still, _steps_of_window(processing)).sum(axis=1)
    nonwear = axes >= processing.nonwear_axes
    nonwear[1:-1] |= (axes[1:-1] > 0) & nonwear[:-2] & nonwear[2:]
    return ~(nonwear | clipped)


def _still(count, total, squares, low, high, gain, rate_hz: float, processing: Processing) -> np.ndarray:
    """On which axes the device was still in the window that begins with each step: shape (steps, 3)."""
    steps = _steps_of_window(processing)
    count, total, squares = (_ahead(sums, steps, 0).sum(axis=-1) for sums in (count, total, squares))
    low, high = _ahead(low, steps, np.inf).min(axis=-1), _ahead(high, steps, -np.inf).max(axis=-1)
    n = np.maximum(count, 2)
    deviation = gain * np.sqrt(np.maximum(squares / n - (total / n) ** 2, 0) * n / (n - 1))
    return (
        (count >= LEAST_STEPS * processing.nonwear_step_min * 60 * rate_hz)
        & (1000 * deviation < processing.nonwear_sd_mg)
        & (1000 * (high - low) < processing.nonwear_range_mg)
    )


def _covering(still: np.ndarray, steps: int) -> np.ndarray:
    """Whether a window was still that begins with a step or with one of the `steps` - 1 before it."""
    return np.any(_ahead(still[::-1], steps, False), axis=-1)[::-1]


def _ahead(values: np.ndarray, steps: int, beyond) -> np.ndarray:
    """The values of as many steps as make a window, from each step on: shape (steps, axes, window)."""
    padding = np.full((steps - 1, *values.shape[1:]), beyond, dtype=values.dtype)
    return sliding_window_view(np.concatenate([values, padding]), steps, axis=0)


def _steps_of_window(processing: Processing) -> int:
    return max(processing.nonwear_window_min // processing.nonwear_step_min, 1)
