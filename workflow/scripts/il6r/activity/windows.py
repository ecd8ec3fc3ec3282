"""What do the samples of each window of a recording add up to?

Windows are consecutive, of equal length, and a sample belongs to the one its own timestamp falls into. Every
window is summed by itself, in the order of its samples, so that no number depends on how the work is divided.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numba import njit

from il6r.activity.accelerometry import NANOSECONDS

# A step in time is a gap if it is longer than a second and than three sample intervals: devices stamp blocks
# of samples, and the steps between blocks vary by some intervals.
GAP_S, GAP_INTERVALS = 1.0, 3.0
# Timestamps are rounded on their way here: a sample that is so early, nanoseconds, is in the next window.
ROUNDING = 1_000
# How many windows a thread works on at a time.
WINDOWS_PER_CHUNK = 1024


@dataclass
class Blocks:
    """Sums over windows; arrays of shape (n,) or, where there is one for each axis, (n, 3).

    Attributes
    ----------
    start : the first window's start, nanoseconds on the device's clock; a multiple of `width`.
    width : nanoseconds.
    count : float64, samples (a stretch that stands for missing ones counts by its length).
    total, squares : float64, sums of the samples in g, and of their squares.
    low, high : float64, least and greatest of about `per_second` samples a second; inf and -inf where none.
    clipped : int64, samples beyond the limit on some axis.
    """

    start: int
    width: int
    count: np.ndarray
    total: np.ndarray
    squares: np.ndarray
    low: np.ndarray
    high: np.ndarray
    clipped: np.ndarray


def window_of(moment: int, width: int) -> int:
    """In which window from 1970 on a moment lies; both in nanoseconds."""
    return (int(moment) + ROUNDING) // width


def find_gaps(time: np.ndarray, rate_hz: float) -> np.ndarray:
    """Where a recording has gaps.

    Returns
    -------
    int64, shape (gaps,): the last sample before each.
    """
    limit = gap_limit(rate_hz)
    # Time never decreases: a stretch of samples that is no longer than the limit has no gap within.
    stride = max(int(rate_hz * limit / NANOSECONDS / 2), 1)
    return _find_gaps(time, limit, stride)


def gap_limit(rate_hz: float) -> int:
    """The longest step in time that is no gap, nanoseconds."""
    return int(max(GAP_S, GAP_INTERVALS / rate_hz) * NANOSECONDS)


def edges(time: np.ndarray, rate_hz: float, start: int, width: int, n: int) -> np.ndarray:
    """Where windows begin and end.

    Parameters
    ----------
    start, width : of the first window, and of each, nanoseconds.

    Returns
    -------
    int64, shape (n + 1,): the first sample at or after the start of each window, and of the one after.
    """
    return _edges(time, start - ROUNDING, width, n, rate_hz * width / NANOSECONDS)


def statistics(
    time: np.ndarray,
    acceleration: np.ndarray,
    rate_hz: float,
    start: int,
    width: int,
    n: int,
    *,
    per_second: float,
    limit_g: float,
    threads: int = 1,
) -> Blocks:
    """Sums over the samples of each window.

    Parameters
    ----------
    per_second : extremes are sought among every k-th sample, with the least k that gives no more than that;
        so they are comparable between sampling rates.
    limit_g : a sample beyond it on some axis is clipped.
    """
    edge = edges(time, rate_hz, start, width, n)
    total, squares, low, high = (np.empty((n, 3)) for _ in range(4))
    clipped = np.empty(n, dtype=np.int64)
    every = max(int(np.ceil(rate_hz / per_second)), 1)

    def work(first, last):
        """Gather the statistics of some of the windows."""
        _statistics(acceleration, edge, first, last, every, limit_g, total, squares, low, high, clipped)

    _share_out(work, n, threads)
    return Blocks(start, width, np.diff(edge).astype(float), total, squares, low, high, clipped)


def enmo_sums(
    time: np.ndarray,
    acceleration: np.ndarray,
    rate_hz: float,
    start: int,
    width: int,
    gain: np.ndarray,
    offset: np.ndarray,
    *,
    resample: bool = False,
    threads: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """Sums of the Euclidean norm minus one of the samples of each window.

    Negative values are set to 0 (van Hees et al. 2013, doi 10.1371/journal.pone.0061691).

    Parameters
    ----------
    gain : float64, shape (3,).
    offset : float64, shape (n, 3): a sample in window k becomes sample x gain + offset[k], in g.
    resample : whether samples are interpolated linearly to a grid at the nominal rate that begins with the
        first sample; no point of the grid lies in a gap.

    Returns
    -------
    total : float64, shape (n,), the sum over the samples, g.
    count : float64, shape (n,), how many there are.
    """
    n = len(offset)
    edge = edges(time, rate_hz, start, width, n)
    total, count = np.empty(n), np.diff(edge).astype(float)

    def work(first, last):
        """Sum ENMO over some of the windows."""
        if resample:
            period, limit = NANOSECONDS / rate_hz, gap_limit(rate_hz)
            grid = start - ROUNDING, width, period, limit
            _enmo_resampled(time, acceleration, edge, first, last, *grid, gain, offset, total, count)
        else:
            _enmo(acceleration, edge, first, last, gain, offset, total)

    _share_out(work, n, threads)
    return total, count


def spread_gaps(begin: np.ndarray, end: np.ndarray, start: int, width: int) -> tuple[np.ndarray, ...]:
    """Which windows lie in which gaps, and how long.

    Parameters
    ----------
    begin, end : int64, nanoseconds, ascending and without overlap.

    Returns
    -------
    gap, window : int64, an entry for each gap and window that have time in common.
    seconds : float64, how much.
    """
    first, last = (begin - start) // width, (end - 1 - start) // width
    counts = np.where(end > begin, last - first + 1, 0)
    gap = np.repeat(np.arange(len(begin)), counts)
    window = first[gap] + np.arange(len(gap)) - np.repeat(np.cumsum(counts) - counts, counts)
    opens = start + window * width
    common = np.minimum(end[gap], opens + width) - np.maximum(begin[gap], opens)
    return gap, window, common / NANOSECONDS


def _share_out(work: Callable[[int, int], None], n: int, threads: int) -> None:
    """Call `work` with the bounds of each chunk of n windows; it must write to those only."""
    firsts = range(0, n, WINDOWS_PER_CHUNK)
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, first, min(first + WINDOWS_PER_CHUNK, n)) for first in firsts]:
            done.result()


@njit(cache=True, nogil=True)
def _find_gaps(time, limit, stride):
    here, last, gaps = 0, len(time) - 1, 0
    # Each gap takes longer than the limit.
    found = np.empty(min((time[last] - time[0]) // limit, last) + 1, dtype=np.int64)
    while here < last:
        ahead = min(here + stride, last)
        if time[ahead] - time[here] > limit:
            for i in range(here, ahead):
                if time[i + 1] - time[i] > limit:
                    found[gaps] = i
                    gaps += 1
        here = ahead
    return found[:gaps].copy()


@njit(cache=True, nogil=True)
def _edges(time, start, width, n, expected):
    edge = np.empty(n + 1, dtype=np.int64)
    end = len(time)
    below = 0
    for k in range(n + 1):
        bound = start + k * width
        # Bracket the bound around where a steady clock would have it, twice as wide each time; then halve.
        # Every sample before `below` is earlier than the bound; none from `above` on is.
        step = max(int(expected), 1)
        above = below
        while above < end and time[above] < bound:
            below = above + 1
            above = min(above + step, end)
            if above == end:
                break
            step *= 2
        while below < above:
            middle = (below + above) // 2
            if time[middle] < bound:
                below = middle + 1
            else:
                above = middle
        edge[k] = below
    return edge


@njit(cache=True, nogil=True)
def _statistics(acceleration, edge, first, last, every, limit, total, squares, low, high, clipped):
    for k in range(first, last):
        x = y = z = xx = yy = zz = 0.0
        beyond = 0
        for i in range(edge[k], edge[k + 1]):
            a = np.float64(acceleration[i, 0])
            b = np.float64(acceleration[i, 1])
            c = np.float64(acceleration[i, 2])
            x, y, z = x + a, y + b, z + c
            xx, yy, zz = xx + a * a, yy + b * b, zz + c * c
            beyond += max(abs(a), abs(b), abs(c)) > limit
        total[k, 0], total[k, 1], total[k, 2] = x, y, z
        squares[k, 0], squares[k, 1], squares[k, 2] = xx, yy, zz
        clipped[k] = beyond
        for axis in range(3):
            least, greatest = np.inf, -np.inf
            for i in range(edge[k], edge[k + 1], every):
                least = min(least, acceleration[i, axis])
                greatest = max(greatest, acceleration[i, axis])
            low[k, axis], high[k, axis] = least, greatest


@njit(cache=True, nogil=True)
def _enmo(acceleration, edge, first, last, gain, offset, total):
    for k in range(first, last):
        summed = 0.0
        for i in range(edge[k], edge[k + 1]):
            x = acceleration[i, 0] * gain[0] + offset[k, 0]
            y = acceleration[i, 1] * gain[1] + offset[k, 1]
            z = acceleration[i, 2] * gain[2] + offset[k, 2]
            summed += max(np.sqrt(x * x + y * y + z * z) - 1.0, 0.0)
        total[k] = summed


@njit(cache=True, nogil=True)
def _enmo_resampled(
    time, acceleration, edge, first, last, start, width, period, limit, gain, offset, total, count
):
    for k in range(first, last):
        opens = start + k * width - time[0]
        point = max(int(np.ceil(opens / period)), 0)
        # The last sample that is not after the point of the grid.
        i = max(edge[k] - 1, 0)
        summed, points = 0.0, 0
        while point * period < opens + width:
            moment = time[0] + int(point * period)
            while i + 1 < len(time) and time[i + 1] <= moment:
                i += 1
            if i + 1 == len(time):
                break
            between = time[i + 1] - time[i]
            if between <= limit:
                share = (moment - time[i]) / between
                squared = 0.0
                for axis in range(3):
                    before = np.float64(acceleration[i, axis])
                    after = np.float64(acceleration[i + 1, axis])
                    value = before + (after - before) * share
                    squared += (value * gain[axis] + offset[k, axis]) ** 2
                summed += max(np.sqrt(squared) - 1.0, 0.0)
                points += 1
            point += 1
        total[k], count[k] = summed, points
