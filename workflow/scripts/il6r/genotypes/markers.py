"""What are everybody's calls genome-wide, and around the study variant?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from il6r.errors import InputError
from il6r.genotypes.build import told_by_header
from il6r.genotypes.columns import MISSING
from il6r.genotypes.vcf import Record, VcfFile, chromosome
from il6r.variants import COMPLEMENT, Variant

# How far the variant's region reaches to each side.
REGION_BP = 250_000
# Markers nearer to each other than this say the same; a sequenced chromosome would fill the memory.
MARKER_SPACING_BP = 2_000
# Rarer alleles say little about structure and linkage (PLINK's and EIGENSOFT's users' common choices).
_MIN_MARKER_FREQUENCY, MIN_REGION_FREQUENCY = 0.01, 0.05
_MIN_REGION_CALL_RATE = 0.8


@dataclass(frozen=True)
class Markers:
    """Calls of biallelic autosomal SNPs, in order of chromosome and position.

    Attributes
    ----------
    samples : n names.
    chromosome : int8, shape (m,), 1 to 22.
    position : int32, shape (m,).
    calls : int8, shape (m, n): number of ALT alleles, -1 where missing.
    build : GRCh37 or GRCh38.
    """

    samples: list[str]
    chromosome: np.ndarray
    position: np.ndarray
    calls: np.ndarray
    build: str


@dataclass(frozen=True)
class Region:
    """Calls of the common biallelic sites (minor allele frequency at least 0.05) around the variant.

    Attributes
    ----------
    samples : n names.
    position : int32, shape (m,), in order.
    calls : int8, shape (m, n): number of ALT alleles, -1 where missing.
    haplotypes : int8, shape (m, 2n): alleles of each person's two chromosomes beside each other, -1
        where missing; None if not all calls are phased.
    alleles : (REF, ALT) of each site.
    study : row of the study variant, or None.
    effect_is_alt : whether ALT is the study variant's effect allele.
    """

    samples: list[str]
    position: np.ndarray
    calls: np.ndarray
    haplotypes: np.ndarray | None
    alleles: list[tuple[str, str]]
    study: int | None
    effect_is_alt: bool


def read_sites(paths: Sequence[str], variant: Variant, build: str) -> tuple[Markers, Region]:
    """Read all biallelic autosomal SNPs of a cohort's files, each file once from end to end.

    Files may hold other chromosomes, other people, or both. A site's alleles are compared with those of
    the file that had it first, so that REF and ALT may be exchanged, or written for the other strand, in
    one of them; sites where strands cannot be told (A/T, C/G) are left out where there are several files
    of different people. The first call of a person in several files counts. Sites with GT only.
    Markers are at least 2 kb apart, so that a sequenced stretch is not more than its length's worth.

    Parameters
    ----------
    variant : whose region (250 kb to each side) is read with haplotypes.
    build : what positions are on, as found when the variant was read.

    Raises
    ------
    InputError : see `VcfFile`; a GT that is none; a file on another build.
    """
    files = [VcfFile(path) for path in paths]
    for file in files:
        file.refuse_repeated_samples()
        told, evidence = told_by_header(file)
        if told not in (None, build):
            raise InputError(
                file.path,
                f"it is on {told} ({evidence}), and the cohort's variant was read on {build}",
                "give files on one build, or set genotypes.structure to false",
            )
    samples = list(dict.fromkeys(name for file in files for name in file.samples))
    place = {name: k for k, name in enumerate(samples)}
    batches = len({tuple(file.samples) for file in files}) > 1
    start = variant.positions[build] - REGION_BP
    end = variant.positions[build] + REGION_BP
    sites: dict[tuple[int, int, frozenset[str]], _Site] = {}
    for file in files:
        whole = file.samples == samples
        columns = slice(None) if whole else np.array([place[name] for name in file.samples])
        last = ("", 0)
        for record in file.records():
            chrom = chromosome(record.contig)
            if chrom is None or not chrom.isdigit() or not _is_biallelic_snp(record):
                continue
            inside = chrom == variant.chrom and start <= record.position <= end
            near = last[0] == chrom and abs(record.position - last[1]) < MARKER_SPACING_BP
            if near and not inside and _known(sites, record, int(chrom)) is None:
                continue
            calls, haplotypes = _calls(record, file.path, inside)
            if not batches and not _is_common(calls, _MIN_MARKER_FREQUENCY):
                continue
            site, flip = _site(sites, record, int(chrom), batches, len(samples), whole)
            if site is not None:
                site.add(columns, calls, haplotypes, flip)
                last = (chrom, record.position)
    # A multi-allelic site that is split over lines has several.
    at = Counter((site.chrom, site.position) for site in sites.values())
    ordered = sorted(
        (site for site in sites.values() if at[site.chrom, site.position] == 1),
        key=lambda site: (site.chrom, site.position),
    )
    return _markers(ordered, samples, build), _region(ordered, samples, variant, build)


def save(data: Markers | Region, path) -> None:
    """Write either of them as an uncompressed .npz file."""
    np.savez(path, allow_pickle=False, **{f.name: _packed(getattr(data, f.name)) for f in fields(data)})


def load_markers(path) -> Markers:
    """Read what `save` wrote."""
    with np.load(path) as data:
        return Markers(
            data["samples"].tolist(), data["chromosome"], data["position"], data["calls"], str(data["build"])
        )


def load_region(path) -> Region:
    """Read what `save` wrote."""
    with np.load(path) as data:
        study = int(data["study"])
        return Region(
            data["samples"].tolist(),
            data["position"],
            data["calls"],
            data["haplotypes"] if data["haplotypes"].ndim == 2 else None,
            [(ref, alt) for ref, alt in data["alleles"].tolist()],
            None if study < 0 else study,
            bool(data["effect_is_alt"]),
        )


def declared_groups(samples: list[str], participants: pd.DataFrame) -> np.ndarray:
    """The ancestry that `PARTICIPANTS` declares for each sample: object, shape (n,), None if none."""
    if "ancestry" not in participants:
        return np.full(len(samples), None, dtype=object)
    known = participants.dropna(subset=["sample", "ancestry"]).set_index("sample")["ancestry"]
    return np.array([known.get(name) for name in samples], dtype=object)


class _Site:
    """One site's calls while files are read."""

    def __init__(self, record: Record, chrom: int, samples: int):
        self.chrom, self.position = chrom, record.position
        self.alleles = (record.ref, record.alts[0])
        self.calls = np.full(samples, MISSING, dtype=np.int8)
        self.haplotypes: np.ndarray | None = None
        self.phased = True

    def add(self, columns, calls: np.ndarray, haplotypes: np.ndarray | None, flip: bool) -> None:
        """Fill in one file's calls where there is none yet."""
        if flip:
            calls = np.where(calls < 0, calls, 2 - calls).astype(np.int8)
        new = self.calls[columns] < 0
        self.calls[columns] = np.where(new, calls, self.calls[columns])
        if haplotypes is None:
            self.phased = False
            return
        if self.haplotypes is None:
            self.haplotypes = np.full((len(self.calls), 2), MISSING, dtype=np.int8)
        if flip:
            haplotypes = np.where(haplotypes < 0, haplotypes, 1 - haplotypes)
        self.haplotypes[columns] = np.where(new[:, None], haplotypes, self.haplotypes[columns])


def _site(sites, record: Record, chrom: int, batches: bool, samples: int, whole: bool):
    """The site a record belongs to, and whether its REF is the site's ALT; (None, False) if unsure."""
    ref, alt = record.alleles
    other_strand = (ref.translate(COMPLEMENT), alt.translate(COMPLEMENT))
    if batches and not whole and set(other_strand) == {ref, alt}:
        return None, False
    site = _known(sites, record, chrom)
    if site is not None:
        same_strand = set(site.alleles) == {ref, alt}
        return site, site.alleles[0] != (ref if same_strand else other_strand[0])
    site = sites[chrom, record.position, frozenset((ref, alt))] = _Site(record, chrom, samples)
    return site, False


def _known(sites, record: Record, chrom: int) -> _Site | None:
    """The site read before that has a record's alleles, on either strand."""
    for alleles in (record.alleles, [allele.translate(COMPLEMENT) for allele in record.alleles]):
        site = sites.get((chrom, record.position, frozenset(alleles)))
        if site is not None:
            return site
    return None


def _is_biallelic_snp(record: Record) -> bool:
    return (
        len(record.alts) == 1
        and "GT" in record.columns.keys
        and all(allele in ("A", "C", "G", "T") for allele in record.alleles)
    )


def _calls(record: Record, path: str, with_haplotypes: bool) -> tuple[np.ndarray, np.ndarray | None]:
    """ALT counts of complete diploid calls; and, if asked for and all calls are phased, the alleles."""
    try:
        alleles, phased = record.columns.alleles()
    except ValueError as error:
        raise InputError(
            f"{path}, {record.contig}:{record.position}",
            f"a GT value cannot be read ({error})",
            "correct it, or leave the file out of genotypes.markers",
        ) from error
    if alleles.shape[1] != 2:
        alleles = np.where((alleles >= 0).sum(axis=1)[:, None] == 2, alleles[:, :2], MISSING)
        if alleles.shape[1] < 2:
            alleles = np.full((len(alleles), 2), MISSING)
    complete = np.all((alleles >= 0) & (alleles <= 1), axis=1)
    calls = np.where(complete, alleles.sum(axis=1), MISSING).astype(np.int8)
    if not with_haplotypes or not (phased | (calls != 1)).all():
        return calls, None
    return calls, np.where(complete[:, None], alleles, MISSING).astype(np.int8)


def _is_common(calls: np.ndarray, least: float) -> bool:
    called = calls >= 0
    alleles = 2 * int(np.count_nonzero(called))
    count = int(calls[called].sum())
    return alleles > 0 and min(count, alleles - count) >= least * alleles and 0 < count < alleles


def _markers(sites: list[_Site], samples: list[str], build: str) -> Markers:
    spaced, last = [], (0, 0)
    for site in sites:
        near = site.chrom == last[0] and site.position - last[1] < MARKER_SPACING_BP
        if not near and _is_common(site.calls, _MIN_MARKER_FREQUENCY):
            spaced.append(site)
            last = (site.chrom, site.position)
    sites = spaced
    calls = np.empty((len(sites), len(samples)), dtype=np.int8)
    for row, site in zip(calls, sites, strict=True):
        row[:] = site.calls
    return Markers(
        samples,
        np.array([site.chrom for site in sites], dtype=np.int8),
        np.array([site.position for site in sites], dtype=np.int32),
        calls,
        build,
    )


def _region(sites: list[_Site], samples: list[str], variant: Variant, build: str) -> Region:
    at = variant.positions[build]
    inside = [
        site
        for site in sites
        if str(site.chrom) == variant.chrom
        and abs(site.position - at) <= REGION_BP
        and (site.position == at or _is_common(site.calls, MIN_REGION_FREQUENCY))
        and np.mean(site.calls >= 0) >= _MIN_REGION_CALL_RATE
    ]
    ours = {variant.effect_allele, variant.other_allele}
    theirs = {base.translate(COMPLEMENT) for base in ours}
    study = next(
        (k for k, s in enumerate(inside) if s.position == at and set(s.alleles) in (ours, theirs)), None
    )
    effect_is_alt = True
    if study is not None:
        alt = inside[study].alleles[1]
        effect_is_alt = variant.effect_allele in (alt, alt.translate(COMPLEMENT))
    haplotypes = [site.haplotypes.ravel() for site in inside if site.phased and site.haplotypes is not None]
    phased = bool(inside) and len(haplotypes) == len(inside)
    empty = np.empty((0, len(samples)), dtype=np.int8)
    return Region(
        samples,
        np.array([site.position for site in inside], dtype=np.int32),
        np.array([site.calls for site in inside], dtype=np.int8) if inside else empty,
        np.array(haplotypes, dtype=np.int8) if phased else None,
        [site.alleles for site in inside],
        study,
        effect_is_alt,
    )


def _packed(value) -> np.ndarray:
    return np.array(-1 if value is None else value)
