"""How sure is a proportion, and does it differ from a known one?

statsmodels has both, but takes more time to import than the steps that ask need for all their work.
"""

import math
from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)


def wilson_interval(count: float, total: float) -> tuple[float, float]:
    """The 95 % interval of count / total (Wilson 1927, doi 10.1080/01621459.1927.10502953)."""
    share, z2 = count / total, _Z**2
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2)) / (1 + z2 / total)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def score_test(count: float, total: float, expected: float) -> float:
    """Two-sided p-value of the hypothesis that the proportion behind count / total is `expected`."""
    z = (count / total - expected) / math.sqrt(expected * (1 - expected) / total)
    return math.erfc(abs(z) / math.sqrt(2))
