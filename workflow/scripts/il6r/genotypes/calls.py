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

    The files hold different people, different chromosomes, or both. A sample whose files lack the
    variant is not called: an absent record is never a reference call.

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
    InputError : see `VcfFile`, `find_build`; also: variant in none of the files, alleles that do
        not match the catalogue, the variant on two lines, a sample in two files.
    """
    calls, sources, elsewhere = [], [], []
    for number, path in enumerate(paths, start=1):
        vcf = VcfFile(path)
        file_build, evidence = find_build(vcf, catalogue, build)
        record = _find(vcf, variant, file_build)
        quality = _imputation_quality(record)
        if quality is not None and quality < min_imputation_quality:
            raise InputError(
                path,
                f"{variant.id} was imputed with quality {quality:g}, "
                f"below the configured {min_imputation_quality:g}",
                "use a better imputation, a configured proxy, or lower genotypes.min_imputation_quality",
            )
        sources.append(
            {
                "file": number,
                "variant": variant.id,
                "build": file_build,
                "build_evidence": evidence,
                "contig": record.contig if record else None,
                "position": record.position if record else None,
                "ref": record.ref if record else None,
                "alt": ",".join(record.alts) if record else None,
                "effect_allele": variant.effect_allele,
                "imputation_quality": quality,
                "samples": len(vcf.samples),
                "found": record is not None,
            }
        )
        if record is None:
            elsewhere.append((number, vcf.samples))
            continue
        dosage, field = dosages(record, variant.effect_allele, fields, len(vcf.samples), path)
        calls.append(
            pd.DataFrame(
                {
                    "sample": vcf.samples,
                    "dosage": dosage,
                    "genotype": hard_calls(record, variant, dosage, len(vcf.samples)),
                    "field": field,
                    "effect_allele": variant.effect_allele,
                    "file": number,
                }
            )
        )
    if not calls:
        raise InputError(
            ", ".join(map(str, paths)),
            f"{variant.id} is not in it (looked at chromosome {variant.chrom}, position "
            f"{' and '.join(sorted({str(variant.positions[s['build']]) for s in sources}))}); "
            "an absent record is not a reference call",
            _proxy_advice(paths, catalogue, variant, sources),
        )
    frame = pd.concat(calls, ignore_index=True)
    known = set(frame["sample"])
    for number, samples in elsewhere:
        absent = [sample for sample in samples if sample not in known]
        frame = pd.concat(
            [
                frame,
                pd.DataFrame(
                    {
                        "sample": pd.Series(absent, dtype=object),
                        "dosage": np.nan,
                        "genotype": None,
                        "field": "none",
                        "effect_allele": variant.effect_allele,
                        "file": number,
                    }
                ),
            ],
            ignore_index=True,
        )
        known.update(absent)
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
    return pd.DataFrame(
        [
            (cohort, "genotypes", None, "samples", "in the genotype files", 0, len(calls)),
            (
                cohort,
                "genotypes",
                None,
                "samples",
                "no call at the variant",
                missing,
                len(calls) - missing,
            ),
        ],
        columns=["cohort", "stage", "analysis", "counted", "reason", "dropped", "left"],
    )


def dosages(
    record: Record, effect: str, fields: Sequence[str], n: int, path
) -> tuple[np.ndarray, np.ndarray]:
    """Effect-allele dosage of each sample, and the FORMAT field it came from.

    GT counts effect alleles in complete diploid calls; half calls and other ploidies are missing.
    DS is the dosage of each ALT allele, GP the probability of each genotype in the VCF
    specification's order. Alleles other than the effect allele count as 0 copies.

    Returns
    -------
    dosage : float64, shape (n,), in 0..2, NaN where missing.
    field : str, shape (n,), "none" where missing.
    """
    dosage = np.full(n, np.nan)
    source = np.full(n, "none", dtype=object)
    columns = _SampleColumns(record.samples, n, path)
    index = record.alleles.index(effect) if effect in record.alleles else None
    for name in fields:
        if name not in record.format:
            continue
        texts, inverse = columns.distinct(record.format.index(name))
        read = _readers(len(record.alleles), index)[name]
        try:
            values = np.array([read(text) for text in texts], dtype=float)
        except ValueError as error:
            raise InputError(
                f"{path}, {record.contig}:{record.position}",
                f"a {name} value cannot be read ({error})",
                f"correct it, or leave {name} out of genotypes.fields",
            ) from error
        take = np.isnan(dosage) & ~np.isnan(values[inverse])
        dosage[take] = values[inverse][take]
        source[take] = name
    return dosage, source


def hard_calls(record: Record, variant: Variant, dosage: np.ndarray, n: int) -> np.ndarray:
    """The genotype (AA, AC, CC) nearest to each dosage, None if further off than 0.1.

    Carriers of a third allele have a dosage but are none of these genotypes.
    """
    copies = np.where(np.isnan(dosage), 0, np.rint(dosage)).astype(int)
    near = np.abs(dosage - copies) <= HARD_CALL_THRESHOLD + 1e-9
    genotypes = np.array(variant.genotypes, dtype=object)[copies]
    third = {
        str(number)
        for number, allele in enumerate(record.alleles)
        if allele not in (variant.effect_allele, variant.other_allele)
    }
    if third and "GT" in record.format:
        texts, inverse = _SampleColumns(record.samples, n, "").distinct(record.format.index("GT"))
        carries = [bool(third & set(text.replace("|", "/").split("/"))) for text in texts]
        near &= ~np.array(carries)[inverse]
    genotypes[~near] = None
    return genotypes


def _find(vcf: VcfFile, variant: Variant, build: str) -> Record | None:
    position = variant.positions[build]
    records = vcf.records_at(variant.chrom, {position})
    catalogued = {variant.effect_allele, variant.other_allele}
    # Single-base records only: an indel that starts here is another variant.
    single = [record for record in records if all(len(allele) == 1 for allele in record.alleles)]
    matching = [
        record
        for record in single
        if record.ref in catalogued and (not record.alts or catalogued <= set(record.alleles))
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


def _proxy_advice(paths, catalogue, variant, sources) -> str:
    present = [
        other.id
        for path, source in zip(paths, sources, strict=True)
        for other in catalogue.values()
        if other.id != variant.id
        and VcfFile(path).records_at(other.chrom, {other.positions[source["build"]]})
    ]
    if not present:
        return "check genotypes.files and genotypes.build"
    return (
        f"check genotypes.files, or declare a proxy that is there "
        f"(genotypes.proxy: {' or '.join(dict.fromkeys(present))})"
    )


def _readers(alleles: int, effect: int | None) -> dict[str, Callable[[str], float]]:
    """For each FORMAT field, the function from a sample's text to its dosage of allele `effect`.

    `effect` is the allele's number in the record, None where only the other allele is listed.
    """

    def gt(text: str) -> float:
        called = text.replace("|", "/").split("/")
        if len(called) != 2 or "." in called:
            return np.nan
        if any(int(number) >= alleles for number in called):
            raise ValueError(f"'{text}' names an allele that is not listed")
        return float(sum(int(number) == effect for number in called))

    def ds(text: str) -> float:
        if text in ("", "."):
            return np.nan
        values = [np.nan if part == "." else float(part) for part in text.split(",")]
        if len(values) != alleles - 1:
            raise ValueError(f"'{text}' has {len(values)} values for {alleles - 1} ALT alleles")
        total = 0.0 if effect is None else 2.0 - sum(values) if effect == 0 else values[effect - 1]
        if total < -0.01 or total > 2.01:
            raise ValueError(f"'{text}' is outside 0 to 2")
        return min(max(total, 0.0), 2.0)

    # Genotypes (j, k), j <= k, in the order of the VCF specification, section 1.6.2.
    pairs = [(j, k) for k in range(alleles) for j in range(k + 1)]

    def gp(text: str) -> float:
        if text in ("", ".") or set(text) <= {".", ","}:
            return np.nan
        values = [float(part) for part in text.split(",")]
        if len(values) != len(pairs):
            raise ValueError(f"'{text}' has {len(values)} values for {len(pairs)} genotypes")
        if not 0.98 <= sum(values) <= 1.02:
            raise ValueError(f"'{text}' does not add up to 1")
        weighted = sum(p * ((j == effect) + (k == effect)) for p, (j, k) in zip(values, pairs, strict=True))
        return weighted / sum(values)

    return {"GT": gt, "DS": ds, "GP": gp}


class _SampleColumns:
    """The sample columns of one record as bytes, cut into subfields without a loop over samples."""

    def __init__(self, samples: bytes, n: int, path):
        self.bytes = np.frombuffer(samples, dtype=np.uint8)
        tabs = np.flatnonzero(self.bytes == ord("\t"))
        self.starts = np.concatenate([[0], tabs + 1])
        self.ends = np.concatenate([tabs, [self.bytes.size]])
        self.colons = np.flatnonzero(self.bytes == ord(":"))
        if self.starts.size != n:
            raise InputError(
                path,
                f"a line has {self.starts.size:,} sample columns, its header {n:,}",
                "write the file again",
            )

    def distinct(self, k: int) -> tuple[list[str], np.ndarray]:
        """The distinct texts of subfield `k`, and each sample's index among them.

        Few texts are distinct, so parsing them one by one costs nothing; a loop over 500,000
        samples would cost more than a second.
        """
        first = np.searchsorted(self.colons, self.starts)
        last = np.searchsorted(self.colons, self.ends)
        padded = np.append(self.colons, self.bytes.size)
        exists = k <= last - first
        begin = self.starts if k == 0 else padded[np.minimum(first + k - 1, padded.size - 1)] + 1
        end = np.where(first + k < last, padded[np.minimum(first + k, padded.size - 1)], self.ends)
        length = np.where(exists, end - begin, 0)
        width = max(1, int(length.max(initial=0)))
        take = begin[:, None] + np.arange(width)
        inside = np.arange(width) < length[:, None]
        text = np.where(inside, self.bytes[np.minimum(take, max(self.bytes.size - 1, 0))], 0)
        text = np.ascontiguousarray(text, dtype=np.uint8).view(f"S{width}").ravel()
        texts, inverse = np.unique(text, return_inverse=True)
        return [value.decode() for value in texts], inverse
