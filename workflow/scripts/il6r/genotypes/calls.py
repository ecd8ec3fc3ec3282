"""How many effect alleles does each sample carry at the variant?"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from il6r.errors import InputError
from il6r.genotypes.vcf import Record, VcfFile, find_build
from il6r.variants import Variant

# PLINK 2's --hard-call-threshold default: a dosage within 0.1 of a whole number is that genotype.
HARD_CALL_THRESHOLD = 0.1
# INFO keys under which imputation servers report a record's quality (Minimac, Beagle, IMPUTE).
_QUALITY_KEYS = ("R2", "DR2", "INFO")


def extract_calls(
    paths: Sequence[str],
    catalogue: dict[str, Variant],
    variant: Variant,
    *,
    build: str | None,
    fields: Sequence[str],
    min_imputation_quality: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read one variant's calls from a cohort's genotype files.

    The files hold different people, different chromosomes, or both. An absent record is never a
    reference call: people in whose files there is none are an error.

    Parameters
    ----------
    paths : VCF or BCF files.
    catalogue : known variants, by whose rsIDs a build may be told.
    variant : the variant to read (the study variant or a proxy the user declared).
    build : the configured build, or None.
    fields : FORMAT fields in order of preference, out of DS, GP and GT. A sample takes the first
        that gives it a dosage.
    min_imputation_quality : a record whose R2, DR2 or INFO is lower is refused.

    Returns
    -------
    calls : `tables.CALLS`, one row per sample, sorted by sample.
    sources : `tables.SOURCES`, one row per file in the order given.

    Raises
    ------
    InputError : see `VcfFile`, `find_build`; also: variant in none of somebody's files, alleles that
        do not match the catalogue, the variant on two lines, a sample in two files.
    """
    calls, sources, elsewhere = [], [], []
    for number, path in enumerate(paths, start=1):
        vcf = VcfFile(path)
        file_build, evidence = find_build(vcf, catalogue, build, variant.chrom)
        record = _find(vcf, variant, file_build) if file_build else None
        quality = _imputation_quality(record)
        if quality is not None and quality < min_imputation_quality:
            raise InputError(
                path,
                f"{variant.id} was imputed with quality {quality:g}, "
                f"below the configured {min_imputation_quality:g}",
                "use a better imputation, a configured proxy, or lower genotypes.min_imputation_quality",
            )
        source = {
            "file": number,
            "variant": variant.id,
            "build": file_build,
            "build_evidence": evidence,
            "effect_allele": variant.effect_allele,
            "imputation_quality": quality,
            "samples": len(vcf.samples),
            "found": record is not None,
        }
        if record is None:
            elsewhere.append(vcf)
        else:
            source |= {"contig": record.contig, "position": record.position, "ref": record.ref}
            source["alt"] = ",".join(record.alts)
            frame = read_samples(record, variant, fields, path)
            calls.append(frame.assign(sample=vcf.samples, effect_allele=variant.effect_allele, file=number))
        sources.append(source)
    if not calls:
        places = sorted({str(variant.positions[b]) for s in sources if (b := s["build"])})
        looked = f"position {' and '.join(places)}" if places else "no file has that chromosome"
        raise InputError(
            ", ".join(map(str, paths)),
            f"{variant.id} is not in it (chromosome {variant.chrom}, {looked}); an absent record is not "
            "a reference call",
            _proxy_advice(elsewhere, catalogue, variant, sources),
        )
    frame = pd.concat(calls, ignore_index=True)
    known = set(frame["sample"])
    for vcf in elsewhere:
        lost = len(set(vcf.samples) - known)
        if lost:
            raise InputError(
                vcf.path,
                f"{variant.id} is not in it, and {lost:,} of its samples are in no other file; an absent "
                "record is not a reference call",
                "leave the file out of genotypes.files, or give one in which these people were called",
            )
    duplicated = frame["sample"].duplicated()
    if duplicated.any():
        number = frame.loc[duplicated, "file"].iloc[0]
        raise InputError(
            paths[number - 1],
            f"{duplicated.sum():,} of its samples are in another file with the variant, too",
            "give each person's variant in one file",
        )
    return frame.sort_values("sample", ignore_index=True), pd.DataFrame(sources)


def flow(calls: pd.DataFrame, cohort: str) -> pd.DataFrame:
    """The genotype stage's part of `tables.FLOW`: samples read, and those without a call."""
    missing = int(calls["dosage"].isna().sum())
    start = (cohort, "genotypes", None, "samples")
    return pd.DataFrame(
        [
            (*start, "in the genotype files", 0, len(calls)),
            (*start, "no call at the variant", missing, len(calls) - missing),
        ],
        columns=["cohort", "stage", "analysis", "counted", "reason", "dropped", "left"],
    )


def read_samples(record: Record, variant: Variant, fields: Sequence[str], path) -> pd.DataFrame:
    """Effect-allele dosage and genotype of each sample in one record.

    GT counts effect alleles in complete diploid calls; half calls and other ploidies are missing.
    DS is the dosage of each ALT allele, GP the probability of each genotype in the VCF
    specification's order. Alleles other than the effect allele count as 0 copies; carriers of a third
    allele have a dosage but no genotype. A genotype is a dosage within 0.1 of a whole number.

    Returns
    -------
    columns dosage (float64 in 0..2, NaN where missing), field ("none" where missing) and genotype
    (None where there is none), one row per sample in the record's order.

    Raises
    ------
    InputError : a value that its field cannot have.
    """
    # Each distinct text is parsed once: samples share few, and a loop over 500,000 would take seconds.
    codes, texts = pd.factorize(np.array(record.samples, dtype=object))
    places = {name: place for place, name in enumerate(record.format)}
    readers = _readers(record.alleles, variant)
    present = [name for name in fields if name in places]
    parsed = []
    for text in texts:
        parts = text.split(":")
        values = {name: parts[place] for name, place in places.items() if place < len(parts)}
        dosage, field = np.nan, "none"
        for name in present:
            try:
                dosage = readers[name](values.get(name, "."))
            except ValueError as error:
                raise InputError(
                    f"{path}, {record.contig}:{record.position}",
                    f"a {name} value cannot be read ({error})",
                    f"correct it, or leave {name} out of genotypes.fields",
                ) from error
            if not np.isnan(dosage):
                field = name
                break
        parsed.append((dosage, field, _genotype(dosage, values.get("GT", ""), record, variant)))
    columns = zip(*parsed, strict=True)
    return pd.DataFrame(
        {
            name: np.array(column, dtype=kind)[codes]
            for name, kind, column in zip(
                ("dosage", "field", "genotype"), (float, object, object), columns, strict=True
            )
        }
    )


def _genotype(dosage: float, gt: str, record: Record, variant: Variant) -> str | None:
    """The genotype (AA, AC, CC) a dosage is near enough to; none for carriers of a third allele."""
    if np.isnan(dosage) or abs(dosage - round(dosage)) > HARD_CALL_THRESHOLD + 1e-9:
        return None
    ours = (variant.effect_allele, variant.other_allele)
    third = {str(number) for number, allele in enumerate(record.alleles) if allele not in ours}
    if third & set(gt.replace("|", "/").split("/")):
        return None
    return variant.genotypes[round(dosage)]


def _find(vcf: VcfFile, variant: Variant, build: str) -> Record | None:
    position = variant.positions[build]
    records = vcf.records_at(variant.chrom, {position})
    catalogued = {variant.effect_allele, variant.other_allele}

    def bases(record):
        """The alleles that are sequence."""
        # Symbolic alleles (<NON_REF>, *) say nothing about which bases the record is about.
        return [allele for allele in record.alleles if not allele.startswith("<") and allele != "*"]

    # Single-base records only: an indel that starts here is another variant.
    single = [record for record in records if all(len(allele) == 1 for allele in bases(record))]
    matching = [
        record
        for record in single
        if record.ref in catalogued and (len(bases(record)) == 1 or catalogued <= set(bases(record)))
    ]
    where = f"{vcf.path}, {variant.chrom}:{position}"
    if len(matching) > 1:
        raise InputError(
            where,
            f"{variant.id} is on {len(matching)} lines",
            "keep one record, for instance with 'bcftools norm --rm-dup snps'",
        )
    if matching:
        return matching[0]
    if single:
        seen = " and ".join(f"{r.ref}>{','.join(r.alts) or '.'}" for r in single)
        raise InputError(
            where,
            f"its alleles {seen} do not match {variant.id}, which is {variant.ref}>{variant.alt} on "
            f"the plus strand of {build}",
            "check the build and the strand of the file",
        )
    return None


def _imputation_quality(record: Record | None) -> float | None:
    if record is None:
        return None
    values = (record.info.get(key, "").split(",")[0] for key in _QUALITY_KEYS)
    numbers = pd.to_numeric(pd.Series(list(values), dtype=object), errors="coerce").dropna()
    return float(numbers.iloc[0]) if len(numbers) else None


def _proxy_advice(files, catalogue, variant, sources) -> str:
    present = [
        other.id
        for vcf, source in zip(files, sources, strict=True)
        for other in catalogue.values()
        if other.id != variant.id
        and source["build"]
        and vcf.records_at(other.chrom, {other.positions[source["build"]]})
    ]
    advice = "check genotypes.files and genotypes.build"
    if present:
        advice += f", or declare a proxy (genotypes.proxy: {' or '.join(dict.fromkeys(present))})"
    return advice


def _readers(alleles: tuple[str, ...], variant: Variant) -> dict[str, Callable[[str], float]]:
    """For each FORMAT field, the function from a sample's text to its dosage of the effect allele."""
    # No number where the record lists the other allele only.
    effect = alleles.index(variant.effect_allele) if variant.effect_allele in alleles else None
    # Genotypes (j, k), j <= k, in the order of the VCF specification, section 1.6.2.
    pairs = [(j, k) for k in range(len(alleles)) for j in range(k + 1)]

    def gt(text: str) -> float:
        """Effect alleles in a complete diploid call."""
        called = text.replace("|", "/").split("/")
        if len(called) != 2 or "." in called:
            return np.nan
        if any(int(number) >= len(alleles) for number in called):
            raise ValueError(f"'{text}' names an allele that is not listed")
        return float(sum(int(number) == effect for number in called))

    def ds(text: str) -> float:
        """Effect-allele dosage from the ALT alleles' dosages."""
        values = _values(text, len(alleles) - 1, "ALT alleles")
        if not values:
            return np.nan
        total = 0.0 if effect is None else 2.0 - sum(values) if effect == 0 else values[effect - 1]
        if total < -0.01 or total > 2.01:
            raise ValueError(f"'{text}' is outside 0 to 2")
        return min(max(total, 0.0), 2.0)

    def gp(text: str) -> float:
        """Expected effect alleles from genotype probabilities."""
        values = _values(text, len(pairs), "genotypes")
        if not values:
            return np.nan
        if not 0.98 <= sum(values) <= 1.02 or min(values) < 0:
            raise ValueError(f"'{text}' are not probabilities that add up to 1")
        weighted = sum(p * ((j == effect) + (k == effect)) for p, (j, k) in zip(values, pairs, strict=True))
        return weighted / sum(values)

    return {"GT": gt, "DS": ds, "GP": gp}


def _values(text: str, count: int, of_what: str) -> list[float]:
    """The numbers of a comma-separated value, none where it is missing."""
    parts = text.split(",")
    if "." in parts or text == "":
        return []
    if len(parts) != count:
        raise ValueError(f"'{text}' has {len(parts)} values for {count} {of_what}")
    return [float(part) for part in parts]
