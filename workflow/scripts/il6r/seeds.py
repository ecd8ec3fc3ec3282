"""Random numbers that depend on the configured seed and on what they are for, and on nothing else."""

import hashlib

import numpy as np


def derive(seed: int, *purpose: object) -> int:
    """A 31-bit seed of its own for each purpose (msprime takes no larger ones)."""
    text = "/".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % (2**31 - 1) + 1


def generator(seed: int, *purpose: object) -> np.random.Generator:
    """A numpy generator of its own for each purpose."""
    return np.random.default_rng(derive(seed, *purpose))
