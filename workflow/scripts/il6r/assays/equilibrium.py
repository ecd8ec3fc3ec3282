"""How do IL-6, its soluble receptor and sgp130 share themselves out between free and bound?

Mass action with one molecule of each:

    IL-6 + sIL-6R <-> IL-6/sIL-6R               Kd1 = [IL-6] [sIL-6R] / [IL-6/sIL-6R]
    IL-6/sIL-6R + sgp130 <-> all three          Kd2 = [IL-6/sIL-6R] [sgp130] / [all three]

sgp130 binds neither IL-6 nor sIL-6R alone. The three balances of mass are reduced to one equation in the free
concentration of whichever is scarcest. With s and b the scarcer and the more abundant of IL-6 and sIL-6R,
each term of that equation is positive, so that no digits cancel however unequal the totals are. Where the
scarcest is IL-6 or sIL-6R (free: l), with r = l + (b - s), c = l r / Kd1 and g = l + c + (sgp130 - s),

    l + c + c g / Kd2 = s,

and where it is sgp130 (free: g), with l and c from l + c = g + (s - sgp130),

    g + c g / Kd2 = sgp130.

In logarithms the left side rises with a slope of 1 to 4, so that Newton's steps find the root in a few, and
an error in the last digit of the equation is one in the last digit of the answer.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

# Newton's error is about its last step squared: after a relative step below this nothing is left of it.
_CONVERGED = 1e-9
# 3 are enough for plasma, and 40 where totals and constants lie thirty orders of magnitude apart.
_MOST_STEPS = 200


class Equilibrium(NamedTuple):
    """Concentrations at equilibrium, pM; float64 arrays of one shape.

    Attributes
    ----------
    free_il6_pm, free_sil6r_pm, free_sgp130_pm : not bound.
    binary_pm : the complex of IL-6 and sIL-6R, which can activate cells by trans-signalling.
    ternary_pm : the complex of all three, which cannot.
    """

    free_il6_pm: np.ndarray
    free_sil6r_pm: np.ndarray
    free_sgp130_pm: np.ndarray
    binary_pm: np.ndarray
    ternary_pm: np.ndarray


def solve(il6_pm, sil6r_pm, sgp130_pm, kd1_pm, kd2_pm) -> Equilibrium:
    """Free and bound concentrations from total ones, to about 1e-15 of each total.

    An infinite total stands for the limit of ever larger ones; where the limit depends on how all three grow,
    the binary complex is NaN. A NaN total gives NaN.

    Parameters
    ----------
    il6_pm, sil6r_pm, sgp130_pm : total concentrations, pM, >= 0; of shapes that broadcast.
    kd1_pm : dissociation constant of IL-6 and sIL-6R, pM, > 0 and finite; broadcasts too.
    kd2_pm : dissociation constant of that complex and sgp130, pM, likewise.

    Raises
    ------
    ValueError : a negative total, or a constant that is not positive.
    """
    given = [np.asarray(x, dtype=np.float64) for x in (il6_pm, sil6r_pm, sgp130_pm, kd1_pm, kd2_pm)]
    if any((total < 0).any() for total in given[:3]):
        raise ValueError("a total concentration is negative")
    if not all((np.isfinite(constant) & (constant > 0)).all() for constant in given[3:]):
        raise ValueError("a dissociation constant is not a positive number")
    together = np.broadcast_arrays(*given)
    found = np.empty((len(Equilibrium._fields), together[0].size))
    # Copies: numba takes what is broadcast for writeable.
    il6, sil6r, sgp130, kd1, kd2 = (x.flatten() for x in together)
    _solve_each(il6, sil6r, sgp130, kd1, kd2, found)
    return Equilibrium(*found.reshape(len(found), *together[0].shape))


@njit(cache=True, nogil=True)
def _solve_each(il6, sil6r, sgp130, kd1, kd2, found):
    for i in range(len(il6)):
        if np.isnan(il6[i]) or np.isnan(sil6r[i]) or np.isnan(sgp130[i]):
            found[:, i] = np.nan
            continue
        # IL-6 and sIL-6R play the same part.
        scarce, abundant = min(il6[i], sil6r[i]), max(il6[i], sil6r[i])
        if np.isinf(abundant) or np.isinf(sgp130[i]):
            low, high, g, c, t = _at_infinity(scarce, abundant, sgp130[i], kd2[i])
        else:
            low, high, g, c, t = _at(scarce, abundant, sgp130[i], kd1[i], kd2[i])
        found[0, i], found[1, i] = (low, high) if il6[i] <= sil6r[i] else (high, low)
        found[2, i], found[3, i], found[4, i] = g, c, t


@njit(cache=True, nogil=True)
def _at(scarce, abundant, sgp130, kd1, kd2):
    """Free concentrations of the two and of sgp130, and of both complexes."""
    excess = abundant - scarce
    if scarce == 0.0:
        return 0.0, abundant, sgp130, 0.0, 0.0
    if sgp130 == 0.0:
        free = _free_of_scarcer(scarce, excess, kd1)
        return free, free + excess, 0.0, free * ((free + excess) / kd1), 0.0
    target = min(scarce, sgp130)
    x, lower, upper = target, 0.0, np.inf
    for _ in range(_MOST_STEPS):
        total, slope = _total_and_slope(x, scarce, excess, sgp130, kd1, kd2)
        distance = np.log(total / target)
        if distance > 0.0:
            upper = x
            # The slope is at least 1.
            lower = max(lower, x * (target / total))
        else:
            lower = x
        following = x * np.exp(-distance / slope)
        if abs(following - x) <= _CONVERGED * x:
            x = following
            break
        x = following if lower < following < upper else np.sqrt(lower) * np.sqrt(upper)
    return _species(x, scarce, excess, sgp130, kd1, kd2)


@njit(cache=True, nogil=True)
def _species(x, scarce, excess, sgp130, kd1, kd2):
    """All concentrations, given the free one of the scarcest."""
    if scarce <= sgp130:
        low = x
        c = low * ((low + excess) / kd1)
        g = low + c + (sgp130 - scarce)
    else:
        g = x
        low = _free_of_scarcer(g + (scarce - sgp130), excess, kd1)
        c = low * ((low + excess) / kd1)
    return low, low + excess, g, c, c * (g / kd2)


@njit(cache=True, nogil=True)
def _total_and_slope(x, scarce, excess, sgp130, kd1, kd2):
    """The left side of the equation, and the slope of its logarithm over that of `x`."""
    low, high, g, c, t = _species(x, scarce, excess, sgp130, kd1, kd2)
    # As the logarithm of `low` rises by 1, that of c rises by `steepness` and low + c by `rise`.
    steepness = 1.0 + low / high
    rise = low + c * steepness
    if scarce <= sgp130:
        total = low + c + t
        return total, (rise + t * (steepness + rise / g)) / total
    total = g + t
    return total, (g + t * (1.0 + steepness * (g / rise))) / total


@njit(cache=True, nogil=True)
def _free_of_scarcer(total, excess, kd):
    """Free concentration of the scarcer of two that bind each other; `excess` is how much more the other is.

    The positive root of l^2 + (kd + excess) l - kd total, in the form that subtracts nothing.
    """
    half = (kd + excess) / 2.0
    return kd * (total / (half + np.sqrt(half * half + kd * total)))


@njit(cache=True, nogil=True)
def _at_infinity(scarce, abundant, sgp130, kd2):
    """What `_at` tends to as the totals that are infinite grow."""
    if np.isinf(scarce):
        if np.isinf(sgp130):
            return np.inf, np.inf, np.inf, np.nan, np.inf
        return np.inf, np.inf, 0.0, np.inf, sgp130
    if np.isinf(sgp130):
        # The complex binds sgp130 as fast as it forms.
        return 0.0, abundant - scarce, np.inf, 0.0, scarce
    # The scarcer one is all bound, and only what binds sgp130 is to be shared out.
    free = _free_of_scarcer(min(scarce, sgp130), abs(scarce - sgp130), kd2)
    other = free + abs(scarce - sgp130)
    c, g = (free, other) if scarce <= sgp130 else (other, free)
    return 0.0, np.inf, g, c, c * (g / kd2)
