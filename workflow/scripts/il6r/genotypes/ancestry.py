"""Which directions of ancestry are there in a sample, and who does not lie where their group lies?"""

import math

import numpy as np
from scipy import stats

from il6r.genotypes.snps import LOWEST_CALL_RATE, frequencies, genotype_counts
from il6r.tables.genotypes import COMPONENTS

# Width and number of the blocks of the Krylov space: as wide as the components wanted and half again;
# every block is one pass over the calls.
BLOCK_WIDTH, BLOCKS = 16, 8
CALLS_PER_BLOCK = 4_000_000
# A missing call is put at the mean rounded to a thousandth of an allele.
FILL_BITS = 10
# Where an outlier begins, in robust standard deviations (Price et al. 2006, doi 10.1038/ng1847, use 6).
OUTLIER_DEVIATIONS = 6.0
OUTLIER_COMPONENTS = 4
SMALLEST_GROUP_WITH_SPREAD = 20
SMALLEST_GROUP_WITH_CENTRE = 10
# Share of a group that is nearest to its own centre, from which its others are out of place.
SEPARATE = 0.95
# Significance of the test that a component differs between groups; ten components are tested.
DIFFERS = 0.001 / COMPONENTS


def components(calls: np.ndarray, training: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Principal components of the `training` people, and everybody's coordinates on them.

    Calls are centred and divided by sqrt(p(1 - p)) (Patterson et al. 2006,
    doi 10.1371/journal.pgen.0020190), missing ones are put at the mean. Components are found in a block
    Krylov space from a random start (Halko et al. 2011, doi 10.1137/090771806; Musco & Musco 2015,
    arXiv 1504.05477). The squares of the coordinates of the training people sum to the eigenvalue of the
    relationship matrix; others are projected, as if their missing calls were like their called ones.
    The person with the largest coordinate on a component has it positive. Coordinates are rounded to six
    decimals; they do not depend on the number of threads, as all large products are exact.

    Parameters
    ----------
    calls : int8, shape (m, n): independent SNPs; -1 where missing.
    training : bool, shape (n,): unrelated people of good quality.

    Returns
    -------
    coordinates : float64, shape (n, 10), NaN where the sample has fewer components.
    shares : float64, shape (10,): each component's share of the training people's variance.
    """
    coordinates = np.full((calls.shape[1], COMPONENTS), np.nan)
    shares = np.full(COMPONENTS, np.nan)
    counts = genotype_counts(calls, training)
    varies = (counts > 0).sum(axis=1) > 1
    if not varies.any():
        return coordinates, shares
    if not varies.all():
        calls, counts = calls[varies], counts[varies]
    p = frequencies(counts)
    scale = 1 / np.sqrt(p * (1 - p))
    deviations = (np.arange(3) - 2 * p[:, None]) * scale[:, None]
    variance = float((counts * deviations**2).sum() / len(calls))
    basis, images = _krylov_space(calls, 2 * p, scale, training)
    small = np.einsum("nk,nl->kl", basis, images[training])
    values, vectors = np.linalg.eigh((small + small.T) / 2)
    found = [k for k in np.argsort(-values)[:COMPONENTS] if values[k] > 1e-6 * variance]
    for number, k in enumerate(found):
        # The image is the eigenvalue times the eigenvector, and defined for who was not in training.
        coordinate = images @ vectors[:, k] / np.sqrt(values[k])
        projected = ~training
        coordinate[projected] /= np.maximum(np.mean(calls[:, projected] >= 0, axis=0), 1e-9)
        trained = np.flatnonzero(training)
        largest = trained[np.argmax(np.abs(np.round(coordinate[trained], 6)))]
        coordinates[:, number] = np.round(coordinate * np.sign(coordinate[largest]), 6) + 0.0
        shares[number] = round(min(values[k] / variance, 1.0), 9)
    return coordinates, shares


def nearest_group(coordinates: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The declared group whose centre is nearest to each person, on components that differ by group.

    A centre is the median of a group of at least 10; a component counts where an analysis of variance
    finds the groups' means to differ. None where there are not two such groups or no such component.

    Parameters
    ----------
    coordinates : float64, shape (n, k), as from `components`.
    groups : object, shape (n,): declared label or None.

    Returns
    -------
    object, shape (n,)
    """
    nearest = np.full(len(groups), None, dtype=object)
    coordinates = coordinates[:, np.isfinite(coordinates).all(axis=0)]
    members = _members(groups, SMALLEST_GROUP_WITH_CENTRE)
    if len(members) < 2:
        return nearest
    differing = [
        k
        for k, values in enumerate(coordinates.T)
        if stats.f_oneway(*(values[inside] for inside in members.values())).pvalue < DIFFERS
    ]
    if not differing:
        return nearest
    labels = np.array(list(members), dtype=object)
    centres = np.array([np.median(coordinates[inside][:, differing], axis=0) for inside in members.values()])
    distance = np.array([((coordinates[:, differing] - centre) ** 2).sum(axis=1) for centre in centres])
    return labels[distance.argmin(axis=0)]


def outliers(
    call_rate: np.ndarray,
    heterozygosity: np.ndarray,
    coordinates: np.ndarray,
    groups: np.ndarray,
    nearest: np.ndarray,
) -> np.ndarray:
    """Why a person is unlike the others, in words; None for who is not.

    A call rate below 0.95; a heterozygosity, or a place on the first four components, more than six
    robust standard deviations from the median of the declared group (for heterozygosity, of the nearest
    group where none is declared, of everybody where there is neither) of at least 20; a centre of another
    group that is nearest, where at least 95 % of the declared group are nearest to their own.

    Returns
    -------
    object, shape (n,)
    """
    n = len(groups)
    reasons: list[list[str]] = [[] for _ in range(n)]
    for person in np.flatnonzero(call_rate < LOWEST_CALL_RATE):
        reasons[person].append(f"call rate {call_rate[person]:.3f}")
    declared = np.array([group is not None for group in groups], dtype=bool)
    compared = np.where(declared, groups, nearest)
    compared = np.array(["everybody" if group is None else group for group in compared], dtype=object)
    for inside in _members(compared, SMALLEST_GROUP_WITH_SPREAD).values():
        deviations = _robust_deviations(heterozygosity[inside])
        for person, z in zip(inside, deviations, strict=True):
            if abs(z) > OUTLIER_DEVIATIONS:
                reasons[person].append(f"heterozygosity {'high' if z > 0 else 'low'}")
    for group, inside in _members(groups, SMALLEST_GROUP_WITH_CENTRE).items():
        if len(inside) >= SMALLEST_GROUP_WITH_SPREAD:
            deviations = np.array(
                [_robust_deviations(values) for values in coordinates[inside, :OUTLIER_COMPONENTS].T]
            )
            away = (np.abs(deviations) > OUTLIER_DEVIATIONS).any(axis=0)
        else:
            away = np.zeros(len(inside), dtype=bool)
        elsewhere = nearest[inside] != group
        out_of_place = elsewhere & (np.mean(~elsewhere) >= SEPARATE)
        for person in inside[away | out_of_place]:
            place = f", nearest to {nearest[person]}" if nearest[person] not in (None, group) else ""
            reasons[person].append(f"components unlike {group}{place}")
    return np.array(["; ".join(found) if found else None for found in reasons], dtype=object)


def _members(groups: np.ndarray, smallest: int) -> dict[str, np.ndarray]:
    """Indices of the members of each group of at least `smallest`, groups by name."""
    labels = sorted({group for group in groups if group is not None})
    members = {label: np.flatnonzero(groups == label) for label in labels}
    return {label: inside for label, inside in members.items() if len(inside) >= smallest}


def _robust_deviations(values: np.ndarray) -> np.ndarray:
    """Distances from the median in robust standard deviations; 0 where there is no spread or no value."""
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return np.zeros(len(values))
    spread = stats.median_abs_deviation(known, scale="normal")
    if spread == 0:
        return np.zeros(len(values))
    return np.nan_to_num((values - np.median(known)) / spread)


def _krylov_space(calls, mean, scale, training) -> tuple[np.ndarray, np.ndarray]:
    """An orthonormal basis of the training people's Krylov space, and its image in everybody.

    Returns
    -------
    basis : float64, shape (training people, k).
    images : float64, shape (n, k): the relationship matrix, X'X / m, times the basis.
    """
    n = int(training.sum())
    width = min(BLOCK_WIDTH, n)
    block = _orthonormal(np.random.default_rng(1).standard_normal((n, width)), np.empty((n, 0)))
    bases: list[np.ndarray] = []
    images: list[np.ndarray] = []
    while block.shape[1] and len(bases) < BLOCKS:
        bases.append(block)
        images.append(_relationships_times(calls, mean, scale, training, block))
        block = _orthonormal(images[-1][training], np.column_stack(bases))
    return np.column_stack(bases), np.column_stack(images)


def _orthonormal(block: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """The part of `block` outside of `basis`, as orthonormal columns; fewer where it is of lower rank."""
    size = np.sqrt((block**2).sum(axis=0).max())
    # Twice: the first time leaves rounding errors as large as the part itself may be.
    for _ in range(2):
        # einsum sums in an order that does not depend on threads.
        block = block - np.einsum("nk,kl->nl", basis, np.einsum("nk,nl->kl", basis, block))
        values, vectors = np.linalg.eigh(np.einsum("nk,nl->kl", block, block))
        kept = np.sqrt(np.maximum(values, 0)) > 1e-6 * size
        block = np.einsum("nk,kl->nl", block, vectors[:, kept] / np.sqrt(values[kept]))
        size = 1.0
    return block


def _relationships_times(calls, mean, scale, training, block) -> np.ndarray:
    """X'X / m times `block`: shape (n, k); X has everybody's standardised calls.

    Calls are whole numbers, missing ones filled in on a grid of 2**-FILL_BITS; the factors are rounded to
    so many binary digits that float64 holds every product and partial sum of the two matrix products
    exactly. The result then depends neither on the order of sums nor on threads. Centring and scaling
    come before and after.
    """
    m, n = calls.shape
    bits = 53 - (FILL_BITS + 2) - math.ceil(math.log2(max(m, n) + 1))
    filled = np.rint(mean * 2**FILL_BITS) / 2**FILL_BITS
    factor = np.zeros((n, block.shape[1]))
    factor[training] = _on_grid(block, np.abs(block).max(), bits)
    total = factor.sum(axis=0)
    image, shift = np.zeros((block.shape[1], n)), np.zeros(block.shape[1])
    # By Cauchy-Schwarz, as the columns of the block have length 1: one grid for all SNPs.
    largest = 2 * np.sqrt(n) * (scale**2).max()
    snps = max(CALLS_PER_BLOCK // n, 1)
    buffer = np.empty((snps, n))
    for start in range(0, m, snps):
        rows = slice(start, min(start + snps, m))
        values = buffer[: rows.stop - start]
        values[...] = calls[rows]
        if calls[rows].min() < 0:
            np.copyto(values, filled[rows, None], where=calls[rows] < 0)
        weights = (values @ factor - mean[rows, None] * total) * scale[rows, None] ** 2
        weights = _on_grid(weights, largest, bits)
        image += weights.T @ values
        shift += (weights * mean[rows, None]).sum(axis=0)
    return (image - shift[:, None]).T / m


def _on_grid(values: np.ndarray, largest: float, bits: int) -> np.ndarray:
    """`values`, at most `largest`, rounded to `bits` binary digits below it."""
    step = 2.0 ** (math.ceil(math.log2(largest)) - bits)
    return np.rint(values / step) * step
