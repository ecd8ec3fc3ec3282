"""What genome-wide markers do people of these ancestries carry, so that structure has a known truth?"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from il6r import seeds
from il6r.synthetic.genotypes import BASES, Site
from il6r.synthetic.relatives import Relatives
from il6r.variants import Variant

# How far each ancestry is from their common ancestors. The three pairs' F_ST are then 0.15 (AFR, EUR),
# 0.11 (EUR, EAS) and 0.19 (AFR, EAS): approximately those of HapMap 3 and the 1000 Genomes Project.
F_ST = {"AFR": 0.23, "EAS": 0.15, "EUR": 0.07}
# Ancestral frequencies of common SNPs, as arrays hold them.
_ANCESTRAL = (0.1, 0.9)
# No marker is in linkage disequilibrium with the variant's region.
_AVOIDED_BP = 2_000_000


def fst(group: str, other: str) -> float:
    """The F_ST (Hudson's, as a ratio of averages) that two ancestries' markers have in expectation.

    In the Balding-Nichols model the squared difference of two groups' frequencies is on average
    p (1 - p) (F_1 + F_2), and the chance that two alleles of theirs differ 2 p (1 - p).
    """
    return (F_ST[group] + F_ST[other]) / 2


def places(number: int, chromosomes: pd.DataFrame, build: str, variant: Variant) -> list[tuple[str, int]]:
    """Chromosome and position of `number` markers, evenly spread over the autosomes.

    Parameters
    ----------
    chromosomes : resources/chromosomes.tsv by chromosome; lengths in bp.
    variant : 2 Mb on either side of it have no marker.
    """
    lengths = chromosomes[f"{build.lower()}_length"]
    ends = lengths.cumsum().to_numpy()
    gap = ends[lengths.index.get_loc(variant.chrom)] - lengths[variant.chrom]
    gap += variant.positions[build] - _AVOIDED_BP - 1
    # Positions along the chromosomes laid end to end, with the gap cut out.
    along = ((np.arange(number) + 0.5) * (ends[-1] - 2 * _AVOIDED_BP - 1) / max(number, 1)).astype(np.int64)
    along[along >= gap] += 2 * _AVOIDED_BP + 1
    chromosome = np.searchsorted(ends, along, side="right")
    starts = ends - lengths.to_numpy()
    return [(lengths.index[c], int(at - starts[c] + 1)) for c, at in zip(chromosome, along, strict=True)]


def sites(
    where: list[tuple[str, int]], ancestry: np.ndarray, relatives: Relatives, seed: int
) -> Iterator[Site]:
    """Unlinked SNPs at given places, by the model of Balding and Nichols (1995, doi 10.1007/BF01441146).

    A marker's frequency in an ancestry is Beta-distributed around the ancestral p with variance
    F p (1 - p); within ancestries unrelated people's alleles are independent. Markers that happen to be
    monomorphic stay, since leaving them out would change the F_ST.

    Parameters
    ----------
    where : chromosome and position of each marker, in order.
    ancestry : str, shape (n,).
    relatives : who inherits whose alleles; at each marker anew.
    """
    rng = seeds.generator(seed, "markers")
    groups, group_of_person = np.unique(ancestry.astype(str), return_inverse=True)
    spread = np.array([(1 - F_ST[group]) / F_ST[group] for group in groups])
    for chrom, position in where:
        p = rng.uniform(*_ANCESTRAL)
        frequency = rng.beta(p * spread, (1 - p) * spread).astype(np.float32)
        drawn = rng.random((len(ancestry), 2), dtype=np.float32) < frequency[group_of_person][:, None]
        ref, alt = rng.permutation(len(BASES))[:2]
        haplotypes = drawn.ravel().astype(np.int8)[relatives.transmit(rng).ravel()]
        yield Site(chrom, position, ".", (BASES[ref], BASES[alt]), haplotypes)
