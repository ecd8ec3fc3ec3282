"""How many effect alleles does each sample of a cohort carry at the variant?"""

import dataclasses
import functools
import itertools
import operator
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from il6r.errors import InputError
from il6r.genotypes.build import find_builds
from il6r.genotypes.dosage import (
    CHANCE_CONFLICTS,
    CONFLICT,
    SAME_CALL,
    Dosages,
    read_block,
    read_match,
)
from il6r.genotypes.site import Match, Site, find_site
from il6r.genotypes.vcf import Record, VcfFile
from il6r.tables.genotypes import FIELDS
from il6r.variants import Variant

# PLINK 2's --hard-call-threshold default: a dosage within 0.1 of a whole number is that genotype.
HARD_CALL_THRESHOLD = 0.1
# INFO keys under which imputation servers report a record's quality (Minimac, Beagle, IMPUTE; ER2 is
# Minimac's comparison with genotyped sites).
_QUALITY_KEYS = ("R2", "DR2", "INFO", "ER2")


@dataclasses.dataclass(frozen=True)
class Options:
    """How calls are read; see `genotypes` in config/README.md."""

    build: str | None = None
    fields: Sequence[str] = ("DS", "HDS", "GP", "GT")
    filters: Sequence[str] = ()
    min_imputation_quality: float = 0.3
    min_gq: float = 0
    min_dp: float = 0
    min_block_gq: float = 20
    min_block_dp: float = 10
    min_concordance: float = 0.9

    @classmethod
    def from_config(cls, section: dict) -> "Options":
        """Read a cohort's `genotypes` section."""
        return cls(**{key: section[key] for key in cls.__dataclass_fields__ if key in section})


@dataclasses.dataclass
class CohortCalls:
    """A cohort's calls, as columns of equal length, and where they came from.

    Attributes
    ----------
    samples : names, sorted.
    dosage : float64, NaN where missing.
    genotype : int8, copies of the effect allele where the dosage is near enough to a genotype, else -1.
    probabilities : float64, shape (samples, 2), of one and of two effect alleles, NaN where missing or where
        there may be a third allele; None where every call is a genotype.
    field : int8, place in `FIELDS`.
    file : int64, number of the file, from 1.
    study_dosage : the study variant's dosages beside a proxy's, or None.
    sources, concordance, conflicts : rows of the tables of that name.
    """

    samples: list[str]
    dosage: np.ndarray
    genotype: np.ndarray
    probabilities: np.ndarray | None
    field: np.ndarray
    file: np.ndarray
    study_dosage: np.ndarray | None = None
    sources: list[dict] = dataclasses.field(default_factory=list)
    concordance: list[dict] = dataclasses.field(default_factory=list)
    conflicts: list[dict] = dataclasses.field(default_factory=list)


def extract_calls(
    paths: Sequence[str],
    indexes: Sequence[str | None],
    catalogue: dict[str, Variant],
    variant: Variant,
    options: Options,
) -> CohortCalls:
    """Read one variant's calls from a cohort's genotype files.

    The files hold different people, different chromosomes, or both. An absent record is never a
    reference call: people in whose files there is none are an error. The first call of a person in
    several files counts; where two differ by more than half an allele, the call is missing.

    Parameters
    ----------
    paths : VCF or BCF files.
    indexes : for each file its index, or None to look for one beside it.
    catalogue : known variants, by whose rsIDs a build may be told.
    variant : the variant to read (the study variant or a proxy the user declared).

    Raises
    ------
    InputError : see `VcfFile`, `find_builds`, `find_site` and `read_match`; also: variant in none of
        somebody's files; a record whose FILTER or imputation quality is refused; lines or files that
        disagree about too many people.
    """
    found, sources, conflicts, elsewhere = [], [], [], []
    files = [VcfFile(path, index) for path, index in zip(paths, indexes, strict=True)]
    builds = find_builds(files, catalogue, options.build, variant.chrom)
    for number, (vcf, (build, evidence)) in enumerate(zip(files, builds, strict=True), start=1):
        path = vcf.path
        site = Site([], [], [])
        if build is not None:
            records = vcf.records_over(variant.chrom, {variant.positions[build]})
            site = find_site(records, variant, build, path)
        source = _source(number, vcf, variant, site) | {"build": build, "build_evidence": evidence}
        sources.append(source)
        if not source["found"]:
            elsewhere.append((vcf, build))
            continue
        dosages, pairs = _read_file(site, variant, options, path)
        conflicts += [
            {"sample": vcf.samples[k], "file_1": number, "file_2": number, "dosage_1": a, "dosage_2": b}
            for k, a, b in pairs
        ]
        source |= {key: getattr(dosages, key) for key in ("not_diploid", "half_called", "low_quality")}
        source["records_disagree"] = len(pairs)
        source["imputed"] = int(dosages.imputed.sum())
        source["with_probabilities"] = int((dosages.imputed & ~np.isnan(dosages.two)).sum())
        found.append((number, vcf, dosages))
    if not found:
        raise _not_found(paths, sources, elsewhere, catalogue, variant)
    cohort = _join(found, options, paths)
    cohort.sources, cohort.conflicts = sources, conflicts + cohort.conflicts
    known = set(cohort.samples) if elsewhere else set()
    for vcf, _ in elsewhere:
        lost = len(set(vcf.samples) - known)
        if lost:
            raise InputError(
                vcf.path,
                f"{variant.id} is not in it, and {lost:,} of its samples are in no other file; an absent "
                "record is not a reference call",
                "leave the file out of genotypes.files, or give one in which these people were called",
            )
    return cohort


def add_study_variant(
    paths: Sequence[str],
    indexes: Sequence[str | None],
    study: Variant,
    cohort: CohortCalls,
    options: Options,
) -> None:
    """Beside a proxy's calls, those of the study variant where the files have it, as `study_dosage`."""
    dosage = np.full(len(cohort.samples), np.nan)
    place = {name: k for k, name in enumerate(cohort.samples)}
    for path, index, source in zip(paths, indexes, cohort.sources, strict=True):
        if source["build"] is None:
            continue
        vcf = VcfFile(path, index)
        for name, value in zip(vcf.samples, _study_dosage(vcf, study, source["build"], options), strict=True):
            if name in place and np.isnan(dosage[place[name]]):
                dosage[place[name]] = value
    if not np.isnan(dosage).all():
        cohort.study_dosage = dosage


def table(cohort: CohortCalls, variant: Variant) -> dict[str, pa.Array]:
    """The columns of `CALLS`."""

    def text(codes: np.ndarray, values: Sequence[str]) -> pa.Array:
        """Texts by their place in `values`; missing where it is negative."""
        codes = pa.array(codes, mask=codes < 0)
        return pa.DictionaryArray.from_arrays(codes, pa.array(values)).cast(pa.string())

    columns = {
        "sample": pa.array(cohort.samples),
        "dosage": pa.array(cohort.dosage, from_pandas=True),
        "genotype": text(cohort.genotype, variant.genotypes),
        "field": text(cohort.field, FIELDS),
        "effect_allele": text(np.zeros(len(cohort.samples), dtype=np.int8), [variant.effect_allele]),
        "file": pa.array(cohort.file),
    }
    if cohort.probabilities is not None:
        for place, name in enumerate(("probability_1", "probability_2")):
            columns[name] = pa.array(cohort.probabilities[:, place], from_pandas=True)
    if cohort.study_dosage is not None:
        columns["study_dosage"] = pa.array(cohort.study_dosage, from_pandas=True)
    return columns


def flow(cohort: CohortCalls, name: str) -> list[dict]:
    """The genotype stage's rows of `GENOTYPES_FLOW`: samples read, and those without a call."""
    samples = len(cohort.samples)
    disagree = int((cohort.field == CONFLICT).sum())
    missing = int(np.isnan(cohort.dosage).sum())
    chain = [
        ("in the genotype files", 0, samples),
        ("calls in two files or lines disagree", disagree, samples - disagree),
        ("no call at the variant", missing - disagree, samples - missing),
    ]
    return [
        {
            "cohort": name,
            "stage": "genotypes",
            "analysis": None,
            "counted": "samples",
            "reason": reason,
            "dropped": dropped,
            "left": left,
        }
        for reason, dropped, left in chain
    ]


def _study_dosage(vcf: VcfFile, study: Variant, build: str, options: Options) -> np.ndarray:
    """One file's dosages of the study variant; all missing where it has none that could be used."""
    try:
        records = vcf.records_over(study.chrom, {study.positions[build]})
        site = find_site(records, study, build, vcf.path)
        if site.matches or site.blocks:
            return _read_file(site, study, options, vcf.path)[0].dosage
    except InputError:
        # A study variant that is badly imputed or failed its filter is why a proxy was declared.
        return np.full(len(vcf.samples), np.nan)
    return np.full(len(vcf.samples), np.nan)


def _read_file(site: Site, variant: Variant, options: Options, path: str) -> tuple[Dosages, list[tuple]]:
    """One file's dosages, and (sample number, dosage, other dosage) where its records disagree."""
    accepted = {*options.filters, "PASS"}
    passed = [match for match in site.matches if set(match.record.filters) <= accepted]
    blocks = [record for record in site.blocks if set(record.filters) <= accepted]
    if not passed and not blocks:
        record = site.matches[0].record if site.matches else site.blocks[0]
        named = ";".join(record.filters)
        raise InputError(
            f"{path}, {record.contig}:{record.position}",
            f"the record of {variant.id} did not pass its filters ({named})",
            "list the filter under genotypes.filters if you trust it",
        )
    dosages = functools.partial(
        read_match,
        fields=options.fields,
        min_gq=options.min_gq,
        min_dp=options.min_dp,
        min_concordance=options.min_concordance,
        path=path,
    )
    read = []
    for match in _well_imputed(passed, variant, options, path):
        own = dosages(match)
        for split in site.others:
            if split.record.position != match.record.position or split.record.ref != match.record.ref:
                continue
            # Lines split from one multi-allelic record: in each, the others' ALT alleles are written as REF.
            extra = dosages(split).third
            own.third[:] += extra
            if 0 in match.effect:
                own.dosage[:] = np.clip(own.dosage - extra, 0, 2)
        read.append(own)
    effect_is_reference = variant.effect_allele == variant.ref
    min_gq, min_dp = options.min_block_gq, options.min_block_dp
    read += [read_block(r, effect_is_reference, min_gq=min_gq, min_dp=min_dp, path=path) for r in blocks]
    first, pairs = read[0], []
    for other in read[1:]:
        apart = np.abs(first.dosage - other.dosage) > SAME_CALL
        pairs += [(k, first.dosage[k], other.dosage[k]) for k in np.flatnonzero(apart).tolist()]
        both = ~np.isnan(first.dosage) & ~np.isnan(other.dosage)
        _refuse_discordant(int(both.sum()), int(apart.sum()), f"{path}, {variant.id}", "lines", options)
        fill = np.isnan(first.dosage) & (first.field != CONFLICT)
        for column in ("dosage", "third", "two", "field"):
            getattr(first, column)[fill] = getattr(other, column)[fill]
        first.dosage[apart], first.field[apart] = np.nan, CONFLICT
    return Dosages(
        first.dosage,
        first.third,
        first.two,
        first.field,
        *(sum(getattr(own, key) for own in read) for key in ("not_diploid", "half_called", "low_quality")),
    ), pairs


def _join(found, options: Options, paths) -> CohortCalls:
    """The calls of all files in one, and how far the files agree about people in two of them."""
    dosage = np.concatenate([own.dosage for _, _, own in found])
    third = np.concatenate([own.third for _, _, own in found])
    two = np.concatenate([own.two for _, _, own in found])
    read_from = np.concatenate([own.field for _, _, own in found])
    file = np.concatenate([np.full(len(own.dosage), number) for number, _, own in found])
    samples = found[0][1].samples
    agreement: dict[tuple[int, int], list[int]] = {}
    conflicts: list[dict] = []
    keep = np.arange(len(dosage))
    if len(found) > 1:
        samples = list(itertools.chain.from_iterable(vcf.samples for _, vcf, _ in found))
        for _, vcf, _ in found:
            vcf.refuse_repeated_samples()
        keep, agreement, conflicts = _merge_repeated(samples, dosage, third, two, read_from, file)
    samples, order = _sorted(samples, keep)
    if any(map(operator.eq, samples, itertools.islice(samples, 1, None))):
        found[0][1].refuse_repeated_samples()
    return CohortCalls(
        samples=samples,
        dosage=dosage[order],
        genotype=_genotypes(dosage[order], third[order]),
        probabilities=_probabilities(dosage[order], third[order], two[order]),
        field=read_from[order],
        file=file[order],
        concordance=_concordance(agreement, options, paths),
        conflicts=conflicts,
    )


def _merge_repeated(
    samples: list[str], dosage, third, of_two, read_from, file
) -> tuple[np.ndarray, dict, list[dict]]:
    """Put the calls of people in several files into their first row, in place.

    Returns
    -------
    The rows to keep; by pair of files, how many people are in both, are called in both, and agree; the rows
    of `CONFLICTS`, whose first rows lose their call.
    """
    keep, conflicts = np.ones(len(samples), dtype=bool), []
    agreement: dict[tuple[int, int], list[int]] = {}
    first: dict[str, int] = {}
    again = [(first[name], k) for k, name in enumerate(samples) if first.setdefault(name, k) != k]
    for one, two in again:
        keep[two] = False
        pair = (int(file[one]), int(file[two]))
        counted = agreement.setdefault(pair, [0, 0, 0])
        counted[0] += 1
        if np.isnan(dosage[two]) or read_from[one] == CONFLICT:
            continue
        if np.isnan(dosage[one]):
            for column in (dosage, third, of_two, read_from, file):
                column[one] = column[two]
            continue
        counted[1] += 1
        if abs(dosage[one] - dosage[two]) <= SAME_CALL:
            counted[2] += 1
            continue
        conflict = (samples[one], *pair, dosage[one], dosage[two])
        conflicts.append(
            dict(zip(("sample", "file_1", "file_2", "dosage_1", "dosage_2"), conflict, strict=True))
        )
        dosage[one], read_from[one] = np.nan, CONFLICT
    return np.flatnonzero(keep), agreement, conflicts


def _sorted(samples: list[str], keep: np.ndarray) -> tuple[list[str], np.ndarray | slice]:
    """The names of the rows to keep in their order, and the rows in that order."""
    # Names that rise from file to end are in order and none is there twice, which one pass tells.
    if len(keep) == len(samples) and all(map(operator.lt, samples, itertools.islice(samples, 1, None))):
        return samples, slice(None)
    names = np.array(samples, dtype=object)
    order = keep[np.argsort(names[keep], kind="stable")]
    return names[order].tolist(), order


def _concordance(agreement: dict, options: Options, paths) -> list[dict]:
    """The rows of `CONCORDANCE`; InputError where two files disagree about too many people."""
    rows = []
    for (one, two), (both, called, agree) in sorted(agreement.items()):
        _refuse_discordant(called, called - agree, f"{paths[one - 1]} and {paths[two - 1]}", "files", options)
        rows.append(
            {
                "file_1": one,
                "file_2": two,
                "samples": both,
                "called_in_both": called,
                "agree": agree,
                "concordance": agree / called if called else None,
            }
        )
    return rows


def _genotypes(dosage: np.ndarray, third: np.ndarray) -> np.ndarray:
    """Copies where a dosage is near enough to a whole number; -1 elsewhere and for carriers of a third."""
    copies = np.round(np.nan_to_num(dosage))
    near = np.abs(dosage - copies) <= HARD_CALL_THRESHOLD + 1e-9
    return np.where(near & (third <= HARD_CALL_THRESHOLD), copies, -1).astype(np.int8)


def _probabilities(dosage: np.ndarray, third: np.ndarray, two: np.ndarray) -> np.ndarray | None:
    """Probabilities of one and of two effect alleles that give the dosage; None if all are 0 or 1.

    Where nothing but the dosage is known it lies between two neighbouring genotypes, which have
    probabilities in proportion to its distance from the other, as in PLINK 2's `--glm dominant` and others.
    """
    if np.isnan(two).all() and (np.isnan(dosage) | (dosage == np.rint(dosage))).all():
        return None
    least = np.maximum(dosage - 1, 0)
    # Rounded probabilities may miss what the dosage allows.
    two = np.where(np.isnan(two), least, np.clip(two, least, dosage / 2))
    two[third > HARD_CALL_THRESHOLD] = np.nan
    both = np.column_stack([dosage - 2 * two, two])
    return None if (np.isnan(both) | (both == np.rint(both))).all() else both


def _source(number: int, vcf: VcfFile, variant: Variant, site: Site) -> dict:
    source = {
        "file": number,
        "variant": variant.id,
        "effect_allele": variant.effect_allele,
        "records": len(site.matches) + len(site.blocks),
        "samples": len(vcf.samples),
        "found": bool(site.matches or site.blocks),
        "not_diploid": 0,
        "half_called": 0,
        "low_quality": 0,
        "records_disagree": 0,
        "imputed": 0,
        "with_probabilities": 0,
    }
    for record in [match.record for match in site.matches[:1]] or site.blocks[:1]:
        source |= {"contig": record.contig, "position": record.position, "ref": record.ref}
        source["alt"] = ",".join(record.alts) or "."
        source["strand"] = site.matches[0].strand if site.matches else "plus"
    if site.matches:
        first = site.matches[0]
        source["imputation_quality"] = _imputation_quality(first.record, first.effect)
    return source


def _imputation_quality(record: Record, effect: frozenset[int]) -> float | None:
    # A flag of that name, or "." where nothing was imputed, is no quality.
    lists = (_numbers(record.info.get(key, "")) for key in _QUALITY_KEYS)
    values = next(filter(None, lists), None)
    if values is None:
        return None
    # One value for the record, or one for each ALT allele.
    own = [values[k - 1] for k in effect if 0 < k <= len(values)] if len(values) > 1 else values
    return min(own or values)


def _numbers(text: str) -> list[float]:
    try:
        values = [float(value) for value in text.split(",")]
    except ValueError:
        return []
    return values if np.isfinite(values).all() else []


def _well_imputed(matches: list[Match], variant: Variant, options: Options, path: str) -> list[Match]:
    """The records whose imputation quality is good enough; InputError if there were only others."""
    qualities = [(match, _imputation_quality(match.record, match.effect)) for match in matches]
    low = [quality for _, quality in qualities if quality is not None]
    good = [
        match for match, quality in qualities if quality is None or quality >= options.min_imputation_quality
    ]
    if matches and not good:
        raise InputError(
            path,
            f"{variant.id} was imputed with quality {max(low):g}, "
            f"below the configured {options.min_imputation_quality:g}",
            "use a better imputation, a configured proxy, or lower genotypes.min_imputation_quality",
        )
    return good


def _refuse_discordant(called: int, apart: int, where: str, what: str, options: Options) -> None:
    if apart > CHANCE_CONFLICTS and (called - apart) / called < options.min_concordance:
        raise InputError(
            where,
            f"two {what} agree about {100 * (called - apart) / called:.0f} % of people",
            "find out which is right and leave the other out, or lower genotypes.min_concordance",
        )


def _has(vcf: VcfFile, variant: Variant, build: str) -> bool:
    records = vcf.records_over(variant.chrom, {variant.positions[build]})
    try:
        return bool(find_site(records, variant, build, vcf.path).matches)
    except InputError:
        # Another variant's record, which has nothing to do with why this one was not found.
        return False


def _not_found(paths, sources, elsewhere, catalogue, variant: Variant) -> InputError:
    places = sorted({str(variant.positions[b]) for s in sources if (b := s["build"])})
    looked = f"position {' and '.join(places)}" if places else "no file has that chromosome"
    present = [
        other.id
        for vcf, build in elsewhere
        for other in catalogue.values()
        if other.id != variant.id and build and _has(vcf, other, build)
    ]
    advice = "check genotypes.files and genotypes.build"
    if present:
        advice += f", or declare a proxy (genotypes.proxy: {' or '.join(dict.fromkeys(present))})"
    return InputError(
        ", ".join(map(str, paths)),
        f"{variant.id} is not in it (chromosome {variant.chrom}, {looked}); an absent record is not "
        "a reference call",
        advice,
    )
