"""How is the study variant's region linked: LD between sites, its decay, and the haplotypes?"""

from itertools import pairwise

import numpy as np
import pandas as pd

from il6r.proportions import wilson_interval

SMALLEST_GROUP = 20
# As many sites as a figure of all pairs can show.
MOST_SITES = 120
DISTANCES_KB = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500)
NEIGHBOURS = 2
COMMON = 0.05
# The likelihood's maximum is reached where haplotype frequencies no longer move by more than this.
EM_STEPS, EM_TOLERANCE = 1_000, 1e-10
PAIRS_PER_BLOCK = 20_000


def linkage(region, groups: np.ndarray) -> pd.DataFrame:
    """r2 and |D'| of each pair of sites, in everybody and in each group of at least 20.

    From haplotype counts where all calls are phased; else haplotype frequencies are those of largest
    likelihood given the pair's genotypes (Hill 1974, doi 10.1038/hdy.1974.89), in Hardy-Weinberg
    proportions, by EM. Missing where a site does not vary. Where there are more than 120 sites, 120 evenly
    spaced ones are taken, the study variant among them.

    Parameters
    ----------
    region : `markers.Region`.
    groups : object, shape (n,): label of each sample or None.

    Returns
    -------
    `LD`
    """
    sites = _thinned(len(region.position), region.study)
    first, second = np.triu_indices(len(sites), 1)
    first, second = sites[first], sites[second]
    frames = []
    for label, members in _groups(groups):
        r2, d_prime = _ld(region, members, first, second)
        frames.append(
            pd.DataFrame(
                {
                    "group": label,
                    "samples": int(members.sum()),
                    "position_1": region.position[first],
                    "position_2": region.position[second],
                    "r2": r2,
                    "d_prime": d_prime,
                    "phased": region.haplotypes is not None,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def decay(region, groups: np.ndarray) -> pd.DataFrame:
    """Mean r2 of the pairs of sites in each range of distance, in everybody and in each group.

    All pairs of the region count, where r2 is defined (see `linkage`); a range is open at its lower end.

    Returns
    -------
    `LD_DECAY`
    """
    first, second = np.triu_indices(len(region.position), 1)
    kb = (region.position[second] - region.position[first]) / 1_000
    near = kb <= DISTANCES_KB[-1]
    first, second, kb = first[near], second[near], kb[near]
    bins = np.searchsorted(DISTANCES_KB, kb) - 1
    rows = []
    for label, members in _groups(groups):
        r2, _ = _ld(region, members, first, second)
        for k, (low, high) in enumerate(pairwise(DISTANCES_KB)):
            found = r2[(bins == k) & np.isfinite(r2)]
            rows.append(
                {
                    "group": label,
                    "distance_kb_low": low,
                    "distance_kb_high": high,
                    "pairs": len(found),
                    "mean_r2": found.mean() if len(found) else None,
                }
            )
    return pd.DataFrame(rows)


def haplotypes(region, groups: np.ndarray) -> pd.DataFrame:
    """Frequencies of the haplotypes of the study variant and its two nearest common sites on each side.

    Over chromosomes with all these alleles called; 95 % intervals by Wilson's method. Empty where calls
    are not phased or the study variant is not in the region.

    Returns
    -------
    `HAPLOTYPES`, by group and falling frequency
    """
    columns = ["group", "positions", "haplotype", "carries_effect_allele", "count", "chromosomes"]
    columns += ["frequency", "frequency_low", "frequency_high"]
    if region.haplotypes is None or region.study is None:
        return pd.DataFrame(columns=columns)
    chosen = _neighbourhood(region)
    positions = ",".join(str(position) for position in region.position[chosen])
    at_variant = int(np.flatnonzero(chosen == region.study)[0])
    rows = []
    for label, members in _groups(groups):
        alleles = region.haplotypes[chosen][:, np.repeat(members, 2)]
        alleles = alleles[:, (alleles >= 0).all(axis=0)]
        chromosomes = alleles.shape[1]
        distinct, counts = np.unique(alleles, axis=1, return_counts=True)
        for k in np.argsort(-counts, kind="stable"):
            low, high = wilson_interval(counts[k], chromosomes)
            rows.append(
                {
                    "group": label,
                    "positions": positions,
                    "haplotype": "-".join(
                        region.alleles[site][allele]
                        for site, allele in zip(chosen, distinct[:, k], strict=True)
                    ),
                    "carries_effect_allele": bool(distinct[at_variant, k] == int(region.effect_is_alt)),
                    "count": int(counts[k]),
                    "chromosomes": chromosomes,
                    "frequency": counts[k] / chromosomes,
                    "frequency_low": max(low, 0.0),
                    "frequency_high": min(high, 1.0),
                }
            )
    return pd.DataFrame(rows, columns=columns)


def _groups(groups: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Everybody, and the groups that are large enough, by name, with their members as bool (n,)."""
    labels = sorted({group for group in groups if group is not None})
    found = [(label, groups == label) for label in labels]
    everybody = ("all", np.ones(len(groups), dtype=bool))
    return [everybody, *((label, members) for label, members in found if members.sum() >= SMALLEST_GROUP)]


def _thinned(sites: int, study: int | None) -> np.ndarray:
    chosen = np.linspace(0, sites - 1, min(sites, MOST_SITES)).round().astype(int)
    if study is not None and sites:
        chosen[np.abs(chosen - study).argmin()] = study
    return chosen


def _neighbourhood(region) -> np.ndarray:
    """The study variant's row and those of its nearest sites common in everybody, in order."""
    called = np.maximum((region.calls >= 0).sum(axis=1), 1)
    frequency = np.where(region.calls > 0, region.calls, 0).sum(axis=1) / (2 * called)
    common = np.flatnonzero(np.minimum(frequency, 1 - frequency) >= COMMON)
    before, after = common[common < region.study], common[common > region.study]
    return np.concatenate([before[-NEIGHBOURS:], [region.study], after[:NEIGHBOURS]])


def _ld(region, members: np.ndarray, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """r2 and |D'| of pairs of sites, NaN where a site does not vary among the calls of both."""
    phased = region.haplotypes is not None
    calls = region.haplotypes[:, np.repeat(members, 2)] if phased else region.calls[:, members]
    table = _cross_table(calls, first, second, states=2 if phased else 3)
    r2, d_prime = np.empty(len(first)), np.empty(len(first))
    for start in range(0, len(first), PAIRS_PER_BLOCK):
        block = slice(start, start + PAIRS_PER_BLOCK)
        counts = table[block].astype(float)
        known, unknown, p, q = _phased(counts) if phased else _partly_phased(counts)
        r2[block], d_prime[block] = _measures(_expectation_maximum(known, unknown, p, q), p, q)
    return r2, d_prime


def _cross_table(calls: np.ndarray, first: np.ndarray, second: np.ndarray, states: int) -> np.ndarray:
    """Numbers of people (chromosomes) by state at two sites: float32, shape (pairs, states, states)."""
    # Counts below 2**24 are exact in float32 whatever the order of the sum.
    indicators = [(calls == state).astype(np.float32) for state in range(states)]
    table = np.empty((len(first), states, states), dtype=np.float32)
    for i, here in enumerate(indicators):
        for j, there in enumerate(indicators):
            table[:, i, j] = (here @ there.T)[first, second]
    return table


def _phased(table: np.ndarray) -> tuple[np.ndarray, ...]:
    """As `_partly_phased`, from 2 x 2 tables of haplotypes: no phase is unknown."""
    chromosomes = table.sum(axis=(1, 2))
    p, q = table[:, 1].sum(axis=1), table[:, :, 1].sum(axis=1)
    counts = (table[:, 1, 1], np.zeros(len(table)), p, q)
    return tuple(_share(count, chromosomes) for count in counts)


def _partly_phased(table: np.ndarray) -> tuple[np.ndarray, ...]:
    """Shares of chromosomes that are ALT-ALT for certain, perhaps, and ALT at each site, by genotypes.

    Only a double heterozygote (table[:, 1, 1]) has an unknown phase: one ALT-ALT chromosome or none.
    """
    chromosomes = 2 * table.sum(axis=(1, 2))
    p = table[:, 1].sum(axis=1) + 2 * table[:, 2].sum(axis=1)
    q = table[:, :, 1].sum(axis=1) + 2 * table[:, :, 2].sum(axis=1)
    known = 2 * table[:, 2, 2] + table[:, 2, 1] + table[:, 1, 2]
    return tuple(_share(count, chromosomes) for count in (known, table[:, 1, 1], p, q))


def _expectation_maximum(known, unknown, p, q) -> np.ndarray:
    """Frequency of ALT-ALT haplotypes by EM; both phases of a double heterozygote start as likely."""
    both = known + unknown / 2
    moving = np.flatnonzero(unknown > 0)
    for _ in range(EM_STEPS):
        x, a, b = both[moving], p[moving], q[moving]
        coupled = x * np.maximum(1 - a - b + x, 0)
        repelled = np.maximum(a - x, 0) * np.maximum(b - x, 0)
        either = coupled + repelled
        share = np.divide(coupled, either, out=np.full(len(x), 0.5), where=either > 0)
        both[moving] = known[moving] + unknown[moving] * share
        moving = moving[np.abs(both[moving] - x) > EM_TOLERANCE]
        if not len(moving):
            break
    return both


def _measures(both: np.ndarray, p: np.ndarray, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """r2 and |D'| from the frequencies of ALT-ALT haplotypes and of ALT at each site."""
    d = both - p * q
    variance = p * (1 - p) * q * (1 - q)
    # |D'| is relative to the largest D that the allele frequencies allow with this sign.
    largest = np.where(d < 0, np.minimum(p * q, (1 - p) * (1 - q)), np.minimum(p * (1 - q), q * (1 - p)))
    varies = variance > 0
    r2 = np.divide(d**2, variance, out=np.full(len(d), np.nan), where=varies)
    d_prime = np.divide(np.abs(d), largest, out=np.full(len(d), np.nan), where=varies)
    return np.minimum(r2, 1.0), np.minimum(d_prime, 1.0)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
