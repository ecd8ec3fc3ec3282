"""Who is related to whom, and which people are unrelated?"""

import heapq

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.stats import norm

from il6r.genotypes.snps import frequencies, genotype_counts, person_counts

# Lowest kinship of a duplicate, a first- and a second-degree relative: 2**-1.5, 2**-2.5, 2**-3.5
# (Manichaikul et al. 2010, table 1, as the KING manual rounds them).
LOWEST_KINSHIP = (0.354, 0.177, 0.0884)
# The same of a third-degree relative, who is told apart within families only.
LOWEST_IN_FAMILY = 0.0442
# SNPs of the screen. A kinship's standard error is then about 0.01, so that a pair at the lowest kinship
# and an unrelated one are some nine standard errors apart: five for the one, four for the other.
SCREEN_SNPS = 4_096
# Standard errors by which the screen may be wrong about a pair at the lowest kinship.
SCREEN_ERRORS = 5.0
# How many unrelated pairs may be called related in a whole sample.
FALSE_PAIRS = 0.05
PEOPLE_PER_BLOCK = 2_048
SNPS_PER_BLOCK = 512
PAIRS_PER_BLOCK = 4_096


def related_pairs(calls: np.ndarray, samples: list[str]) -> pd.DataFrame:
    """Pairs of the second degree or closer, by KING-robust kinship.

    The between-family estimator of Manichaikul et al. 2010 (doi 10.1093/bioinformatics/btq559) over
    SNPs called in both people, with the smaller count of heterozygotes below the line, as in KING and
    in PLINK 2. It holds in structured samples; people of two admixed ancestries come out too low.

    With few SNPs some of many unrelated pairs come out as related: see `lowest_told`.

    Pairs are screened on `SCREEN_SNPS` evenly spaced SNPs, and those that may be related estimated on
    all SNPs, as the KING program does.

    Parameters
    ----------
    calls : int8, shape (m, n): number of ALT alleles, -1 where missing. Linked SNPs need not be pruned.
    samples : n names.

    Returns
    -------
    `RELATIVES`, in the order of `samples`.
    """
    first, second = _screen(calls)
    kinship, snps = _kinship(calls, first, second)
    keep = kinship >= lowest_told(calls)
    return _pairs(samples, first[keep], second[keep], kinship[keep], snps[keep])


def distant_pairs(calls: np.ndarray, samples: list[str], family: np.ndarray) -> pd.DataFrame:
    """Pairs of the third degree within families, such as cousins, as `related_pairs` has them.

    Beyond what the noise of as many pairs could make of nobody: see `lowest_told`.

    Parameters
    ----------
    calls, samples : as in `related_pairs`.
    family : object, shape (n,), of `families`.
    """
    codes = pd.factorize(family)[0]
    order = np.argsort(codes, kind="stable")
    order = order[codes[order] >= 0]
    own = codes[order]
    # Each member with those of the family who come later.
    later = np.searchsorted(own, own, side="right") - np.arange(len(own)) - 1
    one = np.repeat(np.arange(len(own)), later)
    other = np.arange(len(one)) - np.repeat(np.cumsum(later) - later, later) + one + 1
    first, second = order[one], order[other]
    kinship, snps = _kinship(calls, first, second)
    lowest = max(LOWEST_IN_FAMILY, _noise(calls, len(first)))
    keep = (kinship >= lowest) & (kinship < lowest_told(calls))
    return _pairs(samples, first[keep], second[keep], kinship[keep], snps[keep])


def lowest_told(calls: np.ndarray) -> float:
    """The lowest kinship at which a pair is called related: of the second degree, or above the noise.

    Noise is what the highest of all unrelated pairs exceeds with probability 0.05, from the estimator's
    standard error over these SNPs (an unrelated pair's squared difference at allele frequency p has mean
    4x and mean square 4x + 24x2, x = p(1 - p)).
    """
    return max(LOWEST_KINSHIP[-1], _noise(calls, calls.shape[1] * (calls.shape[1] - 1) / 2))


def _noise(calls: np.ndarray, pairs: float) -> float:
    """The kinship that the highest of so many unrelated pairs exceeds with probability 0.05."""
    p = frequencies(genotype_counts(calls))
    x = p * (1 - p)
    heterozygotes = 2 * x.sum()
    if heterozygotes == 0 or pairs < 1:
        return 0.0
    error = np.sqrt((4 * x + 24 * x**2 - 16 * x**2).sum()) / (4 * heterozygotes)
    return float(error * norm.isf(FALSE_PAIRS / pairs))


def _pairs(
    samples: list[str], first: np.ndarray, second: np.ndarray, kinship: np.ndarray, snps: np.ndarray
) -> pd.DataFrame:
    """`RELATIVES` of pairs by their indices."""
    names = np.array(samples, dtype=object)
    return pd.DataFrame(
        {
            "sample_1": names[first],
            "sample_2": names[second],
            "kinship": kinship,
            "degree": (kinship[:, None] < np.array(LOWEST_KINSHIP)).sum(axis=1),
            "snps": snps,
        }
    )


def families(pairs: pd.DataFrame, samples: list[str]) -> np.ndarray:
    """The family of each sample: people joined by a chain of `pairs`; None for who has no relative.

    Families are F0001, F0002, ... in the order of their first members in `samples`.

    Returns
    -------
    object, shape (n,)
    """
    first, second = _indices(pairs, samples)
    n = len(samples)
    links = coo_array((np.ones(len(first), dtype=bool), (first, second)), shape=(n, n))
    _, component = connected_components(links, directed=False)
    related = np.unique(np.concatenate([first, second]))
    number = {label: k for k, label in enumerate(dict.fromkeys(component[related]), start=1)}
    family = np.full(n, None, dtype=object)
    family[related] = [f"F{number[label]:04d}" for label in component[related]]
    return family


def unrelated(pairs: pd.DataFrame, samples: list[str], call_rate: np.ndarray) -> np.ndarray:
    """A maximal set of people no two of whom are among `pairs`.

    Whoever has most relatives left is dropped first; of several, who has the lower call rate, then who
    comes later by name. Who has lost all relatives by the end comes back, last dropped first.

    Parameters
    ----------
    call_rate : float64, shape (n,).

    Returns
    -------
    bool, shape (n,)
    """
    first, second = _indices(pairs, samples)
    relatives: dict[int, set[int]] = {}
    for i, j in zip(first.tolist(), second.tolist(), strict=True):
        relatives.setdefault(i, set()).add(j)
        relatives.setdefault(j, set()).add(i)
    order = {i: rank for rank, i in enumerate(sorted(relatives, key=lambda i: samples[i]))}
    left = {i: len(others) for i, others in relatives.items()}
    queue = [(-left[i], call_rate[i], -order[i], i) for i in relatives]
    heapq.heapify(queue)
    kept = np.ones(len(samples), dtype=bool)
    dropped = []
    while queue:
        count, _, _, i = heapq.heappop(queue)
        # An entry is out of date once a relative has been dropped; a newer one stands in the queue.
        if not kept[i] or -count != left[i] or count == 0:
            continue
        kept[i] = False
        dropped.append(i)
        for j in relatives[i]:
            left[j] -= 1
            heapq.heappush(queue, (-left[j], call_rate[j], -order[j], j))
    for i in reversed(dropped):
        kept[i] = not kept[list(relatives[i])].any()
    return kept


def _indices(pairs: pd.DataFrame, samples: list[str]) -> tuple[np.ndarray, np.ndarray]:
    index = pd.Index(samples)
    return index.get_indexer(pairs["sample_1"]), index.get_indexer(pairs["sample_2"])


def _screen(calls: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Indices, the lower first, of pairs whose kinship on a sample of the SNPs may be high enough.

    Kinship is 1/2 - D / 4H, with D the sum of squared differences of two people's calls and H the
    smaller count of heterozygotes: it is at least t where D <= (2 - 4t) H. With homozygotes coded -1 and
    1 and heterozygotes and missing calls 0, D is hom_i + hom_j - 2 s_ij and s a matrix product. H comes
    from all SNPs, which halves the error. People are taken by rising H, so that the smaller count of a
    pair is its first one's; the right-hand side is then u_i + v_j, and two more columns of the product
    subtract it. Missing calls scale s by both call rates.
    """
    m = len(calls)
    rows = np.linspace(0, m - 1, min(m, SCREEN_SNPS)).round().astype(int) if m else np.arange(0)
    sampled = calls[rows]
    called, heterozygous = person_counts(sampled)
    all_called, all_heterozygous = person_counts(calls)
    # Without a heterozygous call there is no estimate.
    people = np.flatnonzero((called > 0) & (all_heterozygous > 0))
    rate = all_heterozygous[people] / all_called[people]
    people, rate = people[np.argsort(rate, kind="stable")], np.sort(rate, kind="stable")
    if len(people) < 2:
        return np.empty(0, dtype=int), np.empty(0, dtype=int)
    called, heterozygous = called[people], heterozygous[people]
    call_rate = called / len(rows)
    sampled_rate = heterozygous.sum() / called.sum()
    total_rate = all_heterozygous[people].sum() / all_called[people].sum()
    expected = rate * len(rows) * sampled_rate / total_rate
    slope = 2 - 4 * LOWEST_KINSHIP[-1]
    sampling = _screen_error(sampled) * np.sqrt(1 - len(rows) / m)
    # The other person's missing calls take a random part of mine: a count with a variance of at most a
    # quarter of theirs, which enters D once and H with the slope.
    missing = (1 + slope) / 2 * np.sqrt(len(rows) * (1 - call_rate))
    # Half of each of a pair: together at least the root of the sum of the three squares.
    error = SCREEN_ERRORS * np.sqrt(sampling**2 + 4 * missing**2)
    homozygous = (called - heterozygous) / call_rate - error / 2
    u = call_rate * (homozygous - slope * expected) / 2
    v = call_rate * homozygous / 2
    coded = np.where(sampled < 0, 0, sampled - 1).astype(np.int8).T[people]
    blocks = [slice(start, start + PEOPLE_PER_BLOCK) for start in range(0, len(people), PEOPLE_PER_BLOCK)]
    found = []
    for a, rows_of in enumerate(blocks):
        left = np.column_stack([coded[rows_of], -u[rows_of], -call_rate[rows_of]]).astype(np.float32)
        for columns_of in blocks[a:]:
            right = np.column_stack([coded[columns_of], call_rate[columns_of], v[columns_of]])
            excess = left @ right.astype(np.float32).T
            # s is whole; half of one is far above the rounding error of the two last columns.
            i, j = np.divmod(np.flatnonzero(excess >= -0.5), excess.shape[1])
            i, j = i + rows_of.start, j + columns_of.start
            found.append(np.stack([i[i < j], j[i < j]]))
    pairs = np.sort(people[np.concatenate(found, axis=1)], axis=0)
    order = np.lexsort(pairs[::-1])
    return pairs[0, order], pairs[1, order]


def _screen_error(sampled: np.ndarray) -> float:
    """Standard error of D over the sampled SNPs, of a pair at the lowest kinship t.

    Such a pair shares one allele by descent at 4t of SNPs and none at the others; with x = p(1 - p),
    the mean of the squared difference is 2x and 4x there, its mean square 2x and 4x + 24 x2.
    """
    p = frequencies(genotype_counts(sampled))
    x, sharing = p * (1 - p), 4 * LOWEST_KINSHIP[-1]
    mean = sharing * 2 * x + (1 - sharing) * 4 * x
    mean_square = sharing * 2 * x + (1 - sharing) * (4 * x + 24 * x**2)
    return float(np.sqrt((mean_square - mean**2).sum()))


def _kinship(calls: np.ndarray, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Kinship of each pair over all SNPs called in both (NaN without a heterozygote), and their number.

    Calls are packed into a bit for each SNP, and counted 64 at a time.
    """
    people = np.unique(np.concatenate([first, second]))
    planes = _pack(calls, people)
    first, second = np.searchsorted(people, first), np.searchsorted(people, second)
    kinship, snps = np.full(len(first), np.nan), np.zeros(len(first), dtype=np.int64)
    for start in range(0, len(first), PAIRS_PER_BLOCK):
        block = slice(start, start + PAIRS_PER_BLOCK)
        het_1, ref_1, alt_1 = planes[:, first[block]]
        het_2, ref_2, alt_2 = planes[:, second[block]]
        called_1, called_2 = het_1 | ref_1 | alt_1, het_2 | ref_2 | alt_2
        both_het = _count(het_1 & het_2)
        opposite = _count((ref_1 & alt_2) | (alt_1 & ref_2))
        count_1, count_2 = _count(het_1 & called_2), _count(het_2 & called_1)
        smaller = np.minimum(count_1, count_2).astype(float)
        smaller[smaller == 0] = np.nan
        kinship[block] = (both_het - 2 * opposite) / (2 * smaller) + 0.5 - (count_1 + count_2) / (4 * smaller)
        snps[block] = _count(called_1 & called_2)
    return kinship, snps


def _pack(calls: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Whether each call is 1, 0 and 2, as bits: uint64, shape (3, people, ceil(m / 64))."""
    words = -(-len(calls) // 64)
    planes = np.zeros((3, len(people), words * 8), dtype=np.uint8)
    for start in range(0, len(calls), SNPS_PER_BLOCK):
        block = np.ascontiguousarray(calls[start : start + SNPS_PER_BLOCK, people].T)
        for plane, call in zip(planes, (1, 0, 2), strict=True):
            bits = np.packbits(block == call, axis=1)
            plane[:, start // 8 : start // 8 + bits.shape[1]] = bits
    return planes.view(np.uint64)


def _count(bits: np.ndarray) -> np.ndarray:
    return np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
