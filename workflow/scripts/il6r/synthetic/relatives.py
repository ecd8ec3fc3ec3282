"""Who in a synthetic cohort is whose child or the same person twice, and which haplotypes do they carry?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from il6r import seeds

_CHILDREN = 2


@dataclass(frozen=True)
class Relatives:
    """The related people of a cohort, by their places in its order of samples.

    Attributes
    ----------
    people : number of people.
    parents, children : int, shape (families, 2): two parents and their two children.
    originals, copies : int, shape (duplicates,): one person under two sample names.
    """

    people: int
    parents: np.ndarray
    children: np.ndarray
    originals: np.ndarray
    copies: np.ndarray

    def transmit(self, rng: np.random.Generator) -> np.ndarray:
        """Whose haplotype each of everyone's two is, at one locus.

        Returns
        -------
        int, shape (n, 2): numbers 2 i and 2 i + 1 are person i's own two. A child has one of either
        parent's, each with chance 1/2; a copy has its original's.
        """
        carried = np.arange(2 * self.people).reshape(-1, 2)
        for child in range(_CHILDREN):
            drawn = rng.integers(0, 2, self.parents.shape)
            carried[self.children[:, child]] = 2 * self.parents + drawn
        carried[self.copies] = carried[self.originals]
        return carried

    def pairs(self, samples: list[str]) -> pd.DataFrame:
        """Every related pair: sample_1, sample_2 (in order of name) and degree.

        Degree 0 is the same person, 1 parent and child or full siblings.
        """
        first = [
            (one, other)
            for parents, children in zip(self.parents, self.children, strict=True)
            for one, other in [children, *((parent, child) for parent in parents for child in children)]
        ]
        pairs = [(*sorted((samples[one], samples[other])), 1) for one, other in first]
        same = zip(self.originals, self.copies, strict=True)
        pairs += [(*sorted((samples[one], samples[other])), 0) for one, other in same]
        return pd.DataFrame(sorted(pairs), columns=["sample_1", "sample_2", "degree"])


def choose(ancestry: np.ndarray, families: int, duplicates: int, seed: int) -> Relatives:
    """Choose who is related, at random within ancestries, which take turns.

    Parameters
    ----------
    ancestry : str, shape (n,).
    families : each takes four people of one ancestry: two parents, and two who become their children.
    duplicates : each takes two: a person, and one who becomes that person's copy.
    """
    rng = seeds.generator(seed, "relatives")
    pools = [list(rng.permutation(np.flatnonzero(ancestry == group))) for group in sorted(set(ancestry))]

    def taken(count, size):
        """So many rows of people of one ancestry, each person once; ancestries in turn."""
        rows = [[pools[k % len(pools)].pop() for _ in range(size)] for k in range(count)]
        return np.array(rows, dtype=int).reshape(count, size)

    together = taken(families, 2 + _CHILDREN)
    twice = taken(duplicates, 2)
    return Relatives(len(ancestry), together[:, :2], together[:, 2:], twice[:, 0], twice[:, 1])
