"""Genotypes with real coalescent LD around a study variant of the right frequency in each ancestry."""

from collections.abc import Iterator
from dataclasses import dataclass

import msprime
import numpy as np
import pandas as pd
import stdpopsim
import tskit

from il6r import seeds
from il6r.synthetic.relatives import Relatives, choose
from il6r.variants import Variant

# Gutenkunst et al. 2009 (doi 10.1371/journal.pgen.1000695): out of Africa with three populations.
_MODEL = "OutOfAfrica_3G09"
_POPULATION = {"AFR": "YRI", "EUR": "CEU", "EAS": "CHB"}
# The whole simulated stretch; the variant is looked for in its middle half.
_LENGTH_BP = 1_000_000
# Sites tried as the study variant come from mutations this much denser than real ones.
_CANDIDATE_RATE = 2e-7
_TOLERANCE = 0.02
_ATTEMPTS = 12
# Large samples take minutes for each attempt, so they get fewer: this many people over all attempts.
_PEOPLE_TRIED = 240_000
BASES = "ACGT"


@dataclass(frozen=True)
class Site:
    """One variant site of the simulated people.

    Attributes
    ----------
    chrom : "1" to "22".
    position : on the build's chromosome.
    id : the study variant's rsID; "." for all others.
    alleles : REF first; two, or three at the multi-allelic site.
    haplotypes : int8, shape (2 n,): allele numbers, the two of each person side by side.
    """

    chrom: str
    position: int
    id: str
    alleles: tuple[str, ...]
    haplotypes: np.ndarray


@dataclass(frozen=True)
class SimulatedGenotypes:
    """People of known ancestry and their sites.

    Attributes
    ----------
    ancestry : str, shape (n,), in the order of the samples.
    dosage : float64, shape (n,): effect alleles at the study variant.
    relatives : who inherits whose haplotypes.
    """

    ancestry: np.ndarray
    dosage: np.ndarray
    relatives: Relatives
    _trees: tskit.TreeSequence
    _study_site: int
    _haplotypes: np.ndarray
    _variant: Variant
    _build: str
    _seed: int
    _min_frequency: float

    @property
    def samples(self) -> list[str]:
        """Sample names, in order."""
        return [f"S{number:07d}" for number in range(1, len(self.dosage) + 1)]

    def sites(self) -> Iterator[Site]:
        """The region's sites in order of position, one at a time, so that memory holds one record only."""
        rng = seeds.generator(self._seed, "alleles")
        trees, study = self._trees, self._study_site
        shift = self._variant.positions[self._build] - int(trees.site(study).position)
        multiallelic = study + 1 if study + 1 < trees.num_sites else study - 1
        for site in trees.variants(copy=False):
            number = site.site.id
            ref, alt, other = rng.permutation(4)[:3]
            drawn = site.genotypes[self._haplotypes].astype(np.int8)
            position = int(site.site.position) + shift
            alleles: tuple[str, ...]
            if number == study:
                alleles = (self._variant.ref, self._variant.alt)
                if self._variant.effect_allele == self._variant.ref:
                    drawn = np.int8(1) - drawn
                yield Site(self._variant.chrom, position, self._variant.id, alleles, drawn)
                continue
            frequency = drawn.mean()
            if min(frequency, 1 - frequency) < self._min_frequency and number != multiallelic:
                continue
            alleles = (BASES[ref], BASES[alt])
            if number == multiallelic:
                alleles = (*alleles, BASES[other])
                # Half of the ALT haplotypes carry the second ALT allele, and so do their copies.
                kinds = rng.integers(1, 3, drawn.size, dtype=np.int8)
                drawn = drawn * kinds[self._haplotypes]
            yield Site(self._variant.chrom, position, ".", alleles, drawn)


def simulate(
    people: dict[str, int],
    variant: Variant,
    build: str,
    frequencies: dict[str, float],
    *,
    region_bp: int,
    min_frequency: float,
    families: int,
    duplicates: int,
    seed: int,
) -> SimulatedGenotypes:
    """Simulate diploid people of given ancestries by the coalescent with recombination.

    The study variant is put on the branch of the genealogies whose frequencies are nearest to the
    wanted ones; the sites around it are neutral mutations on the same genealogies, at chromosome 1's
    rates in stdpopsim's catalogue (doi 10.7554/eLife.54967). Further stretches are simulated until
    the largest difference in frequency is at most 0.02, at most 12 (fewer for more than 20,000
    people); the best is kept.

    Parameters
    ----------
    people : number of people by ancestry, out of AFR, EUR and EAS.
    frequencies : wanted effect-allele frequency by ancestry.
    region_bp : length of the stretch around the variant.
    min_frequency : other sites with a rarer allele are left out.
    families, duplicates : how many; see `relatives.choose`. A child has one whole haplotype of either
        parent, since recombination within the stretch in one generation is rare (1 in 500 for 200 kb).
    """
    groups = [group for group in sorted(people) if people[group] > 0]
    chromosome = stdpopsim.get_species("HomSap").genome.get_chromosome("chr1")
    demography = stdpopsim.get_species("HomSap").get_demographic_model(_MODEL).model
    wanted = np.array([frequencies[group] for group in groups])
    best = None
    for attempt in range(max(1, min(_ATTEMPTS, _PEOPLE_TRIED // sum(people.values())))):
        trees = msprime.sim_ancestry(
            {_POPULATION[group]: people[group] for group in groups},
            demography=demography,
            sequence_length=_LENGTH_BP,
            recombination_rate=chromosome.recombination_rate,
            random_seed=seeds.derive(seed, "ancestry", attempt),
        )
        position, node, off = _nearest_branch(trees, groups, wanted, seeds.derive(seed, "variant", attempt))
        if best is None or off < best[-1]:
            best = (trees, position, node, off)
        if off <= _TOLERANCE:
            break
    # There was an attempt.
    assert best is not None
    trees, position, node, _ = best
    trees = trees.keep_intervals(
        [[max(0, position - region_bp // 2), min(_LENGTH_BP, position + region_bp // 2)]],
        simplify=False,
    )
    trees = msprime.sim_mutations(
        trees,
        rate=chromosome.mutation_rate,
        model=msprime.BinaryMutationModel(),
        random_seed=seeds.derive(seed, "mutations"),
    )
    trees, study = _place(trees, position, node)
    ancestry = np.concatenate([np.repeat(group, people[group]) for group in groups])
    nodes = np.concatenate([_nodes(trees, group) for group in groups])
    # msprime numbers a person's two chromosomes one after the other, populations in turn.
    order = seeds.generator(seed, "order").permutation(nodes[::2] // 2)
    group_of_person = np.empty(len(ancestry), dtype=object)
    group_of_person[nodes[::2] // 2] = ancestry
    group_of_person = group_of_person[order]
    relatives = choose(group_of_person, families, duplicates, seed)
    own = (2 * order[:, None] + np.arange(2)).ravel()
    haplotypes = own[relatives.transmit(seeds.generator(seed, "transmission")).ravel()]
    carriers = next(v.genotypes[haplotypes] for v in trees.variants() if v.site.id == study)
    return SimulatedGenotypes(
        group_of_person,
        carriers.reshape(-1, 2).sum(axis=1).astype(float),
        relatives,
        trees,
        study,
        haplotypes,
        variant,
        build,
        seed,
        min_frequency,
    )


def truth_table(simulated: SimulatedGenotypes) -> pd.DataFrame:
    """`TRUE_DOSAGES` of the simulated people."""
    return pd.DataFrame(
        {
            "sample": simulated.samples,
            "ancestry": simulated.ancestry,
            "dosage": simulated.dosage,
        }
    )


def _nodes(trees: tskit.TreeSequence, group: str) -> np.ndarray:
    name = _POPULATION[group]
    number = next(p.id for p in trees.populations() if p.metadata["name"] == name)
    return trees.samples(population=number)


def _nearest_branch(trees, groups, wanted, seed) -> tuple[int, int, float]:
    """Position, node below the branch, and largest difference from the wanted frequencies."""
    tried = msprime.sim_mutations(
        trees, rate=_CANDIDATE_RATE, model=msprime.BinaryMutationModel(), random_seed=seed
    )
    # Where two mutations fell on one site, the site's frequency is not that of one branch.
    tables = tried.tables
    once = np.bincount(tables.mutations.site, minlength=tried.num_sites) == 1
    middle = np.abs(tables.sites.position - _LENGTH_BP / 2) < _LENGTH_BP / 4
    sets = [_nodes(tried, group) for group in groups]
    sizes = np.array([len(nodes) for nodes in sets])
    frequency = tried.sample_count_stat(
        sets,
        lambda counts: counts / sizes,
        len(sets),
        windows="sites",
        polarised=True,
        strict=False,
        span_normalise=False,
    )
    off = np.abs(frequency - wanted).max(axis=1)
    off[~(once & middle)] = np.inf
    site = int(np.argmin(off))
    node = tables.mutations.node[np.flatnonzero(tables.mutations.site == site)[0]]
    return int(tables.sites.position[site]), int(node), float(off[site])


def _place(trees, position: int, node: int) -> tuple[tskit.TreeSequence, int]:
    """Put one mutation above `node` at `position`, in place of any site there."""
    tables = trees.dump_tables()
    taken = np.flatnonzero(tables.sites.position == position)
    if len(taken):
        tables.delete_sites(taken)
    site = tables.sites.add_row(position, "0")
    tables.mutations.add_row(site, node, "1")
    tables.sort()
    placed = tables.tree_sequence()
    return placed, int(np.flatnonzero(placed.tables.sites.position == position)[0])
