"""Which SNPs, and whose calls, are good enough to describe structure, and which SNPs are independent?"""

import allel
import numpy as np
import pandas as pd

# Usual limits of genome-wide studies (Anderson et al. 2010, doi 10.1038/nprot.2010.116).
LOWEST_CALL_RATE = 0.95
LOWEST_FREQUENCY = 0.05
# Two SNPs of one window are independent below this r2; PLINK's tutorials use windows of 50, and 0.2.
PRUNING_WINDOW, PRUNING_STEP, PRUNING_R2 = 50, 25, 0.2
# r2's standard error is then below 0.02.
PRUNING_PEOPLE = 2_000
SNPS_PER_BLOCK = 512


def genotype_counts(calls: np.ndarray, people: np.ndarray | None = None) -> np.ndarray:
    """Number of `people` (bool, shape (n,); everybody without it) with 0, 1 and 2 ALT alleles.

    Returns
    -------
    int64, shape (m, 3)
    """
    chosen = np.ones(calls.shape[1], dtype=bool) if people is None else people
    # Row by row: numpy counts a one-dimensional mask several times faster than along an axis.
    counts = [[np.count_nonzero((row == call) & chosen) for call in range(3)] for row in calls]
    return np.array(counts, dtype=np.int64).reshape(-1, 3)


def person_counts(calls: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each person's numbers of calls and of heterozygous calls: int64, shape (n,) each."""
    called, heterozygous = np.zeros((2, calls.shape[1]), dtype=np.int64)
    for start in range(0, len(calls), SNPS_PER_BLOCK):
        block = calls[start : start + SNPS_PER_BLOCK]
        called += (block >= 0).sum(axis=0, dtype=np.int16)
        heterozygous += (block == 1).sum(axis=0, dtype=np.int16)
    return called, heterozygous


def frequencies(counts: np.ndarray) -> np.ndarray:
    """ALT frequency of each SNP from `genotype_counts`; 0 where nobody is called."""
    return (counts[:, 1] + 2 * counts[:, 2]) / (2 * np.maximum(counts.sum(axis=1), 1))


def good_snps(counts: np.ndarray, people: int) -> np.ndarray:
    """Whether each SNP is called in 95 % of `people` and its minor allele's frequency is at least 0.05."""
    p = frequencies(counts)
    called = counts.sum(axis=1) >= LOWEST_CALL_RATE * people
    return called & (np.minimum(p, 1 - p) >= LOWEST_FREQUENCY)


def person_quality(calls: np.ndarray, rows: np.ndarray) -> pd.DataFrame:
    """Each person's call rate, heterozygosity and inbreeding coefficient over SNPs `rows` (bool, (m,)).

    F = 1 - O / E, with O a person's heterozygous calls and E the number expected at the sample's
    frequencies over the SNPs called in that person, as PLINK's --het; NaN where E is 0.

    Returns
    -------
    DataFrame of n rows: call_rate, heterozygosity, inbreeding
    """
    n, snps = calls.shape[1], int(rows.sum())
    calls = calls[rows]
    called, heterozygous = person_counts(calls)
    p = frequencies(genotype_counts(calls))
    expectation = 2 * p * (1 - p)
    expected = np.full(n, expectation.sum())
    for start in range(0, snps, SNPS_PER_BLOCK):
        missing = np.flatnonzero(calls[start : start + SNPS_PER_BLOCK] < 0)
        snp, person = np.divmod(missing, n)
        expected -= np.bincount(person, weights=expectation[start + snp], minlength=n)
    known = called > 0
    # What is left of a sum after subtracting all its terms is not exactly 0.
    estimable = known & (expected > 1e-9)
    return pd.DataFrame(
        {
            "call_rate": called / snps if snps else np.full(n, np.nan),
            "heterozygosity": _ratio(heterozygous, called, known),
            "inbreeding": 1 - _ratio(heterozygous, expected, estimable),
        }
    )


def prune(markers, rows: np.ndarray, people: np.ndarray, long_range_ld: pd.DataFrame) -> np.ndarray:
    """Independent SNPs among `rows` (bool, (m,)): no two within a window with r2 above 0.2.

    SNPs in regions of long-range LD are left out whole: inversions and the HLA give components of
    their own (Price et al. 2008, doi 10.1016/j.ajhg.2008.06.005). r2 is the unphased one of Rogers &
    Huff 2009 (doi 10.1534/genetics.108.093153), over at most `PRUNING_PEOPLE` of `people` (bool, (n,)).

    Parameters
    ----------
    markers : `markers.Markers`.
    long_range_ld : columns build, chromosome, start, end (1-based, both ends included).

    Returns
    -------
    bool, shape (m,)
    """
    kept = rows & ~_in_regions(markers, long_range_ld)
    chosen = np.flatnonzero(people)
    if len(chosen) > PRUNING_PEOPLE:
        chosen = chosen[np.linspace(0, len(chosen) - 1, PRUNING_PEOPLE).round().astype(int)]
    for chromosome in range(1, 23):
        here = np.flatnonzero(kept & (markers.chromosome == chromosome))
        if len(here) > 1 and len(chosen):
            calls = markers.calls[here][:, chosen]
            kept[here] = allel.locate_unlinked(
                calls, size=PRUNING_WINDOW, step=PRUNING_STEP, threshold=PRUNING_R2
            )
    return kept


def _in_regions(markers, regions: pd.DataFrame) -> np.ndarray:
    inside = np.zeros(len(markers.position), dtype=bool)
    for region in regions[regions["build"] == markers.build].itertuples():
        inside |= (
            (markers.chromosome == region.chromosome)
            & (markers.position >= region.start)
            & (markers.position <= region.end)
        )
    return inside


def _ratio(above: np.ndarray, below: np.ndarray, where: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(len(above), np.nan), where=where)
