"""Which build of the genome does a file lie on?"""

import re
from collections.abc import Sequence

from il6r.errors import InputError, shown
from il6r.genotypes.vcf import VcfFile, chromosome
from il6r.variants import BUILDS, Variant

# Lengths and accessions of chromosome 1 (Genome Reference Consortium, NCBI Assembly), of the build that is
# refused, too.
_CHR1_LENGTH = {249250621: "GRCh37", 248956422: "GRCh38", 247249719: "NCBI36"}
_CHR1_ACCESSION = {
    "NC_000001.9": "NCBI36",
    "NC_000001.10": "GRCh37",
    "NC_000001.11": "GRCh38",
    "CM000663.1": "GRCh37",
    "CM000663.2": "GRCh38",
}
_OLD = r"(?i)\b(?:NCBI-?36|hg18|b36|build36)\b"
_NEWER = r"(?i)GRCh3[78]|hg19|hg38|b37|b38"
_UNTOLD = (None, "nothing tells")


def find_builds(
    files: Sequence[VcfFile], catalogue: dict[str, Variant], configured: str | None, chrom: str
) -> list[tuple[str | None, str]]:
    """The build each file's positions are on, and what says so.

    The length of chromosome 1 in the header decides, or its accession; without them, the positions of
    catalogued rsIDs in the file; without those, the configuration, or the cohort's other files.

    Parameters
    ----------
    configured : "GRCh37", "GRCh38", or None if the user leaves it to the files.
    chrom : the chromosome of interest; a file whose header lists others only has no build (None).

    Raises
    ------
    InputError : a file contradicts the configuration or itself, is on another build, or nothing tells.
    """
    found = [_find(file, catalogue, configured, chrom) for file in files]
    told = {build for build, _ in found if build is not None}
    for number, (file, build) in enumerate(zip(files, found, strict=True)):
        if build != _UNTOLD:
            continue
        if len(told) != 1:
            raise InputError(
                file.path,
                "its build cannot be told (no contig length in the header, no catalogued rsID)",
                "set genotypes.build to GRCh37 or GRCh38",
            )
        found[number] = (next(iter(told)), "the cohort's other files")
    return found


def _find(vcf: VcfFile, catalogue, configured: str | None, chrom: str) -> tuple[str | None, str]:
    if vcf.lengths and chrom not in map(chromosome, vcf.lengths):
        return None, f"no contig of chromosome {chrom}, but {shown(vcf.lengths)}"
    build, evidence = told_by_header(vcf)
    if build is None:
        build, evidence = _by_rsid(vcf, catalogue)
    if build is None:
        return _UNTOLD if configured is None else (configured, "configuration")
    if build not in BUILDS:
        raise InputError(
            vcf.path,
            f"it is on {build} ({evidence}), which is not supported",
            "lift it over to GRCh38, for instance with 'bcftools +liftover'",
        )
    if configured is not None and configured != build:
        raise InputError(
            vcf.path,
            f"it is on {build} ({evidence}), but the config says {configured}",
            "correct genotypes.build, or leave it out",
        )
    return build, evidence


def told_by_header(vcf: VcfFile) -> tuple[str | None, str]:
    """The build that a file's header tells, and by what; (None, "") if it does not.

    Raises
    ------
    InputError : it tells two.
    """
    found = {}
    # PLINK 1.9 writes the last position there is as a contig's length.
    guessed = re.search(r"(?m)^##source=PLINK", vcf.header)
    for name, length in vcf.lengths.items():
        if chromosome(name) == "1" and length and (length in _CHR1_LENGTH or not guessed):
            found[_CHR1_LENGTH.get(length, f"a build with {length:,} bp")] = "length of chromosome 1"
        if name in _CHR1_ACCESSION:
            found.setdefault(_CHR1_ACCESSION[name], f"contig {name}")
    if len(found) > 1:
        raise InputError(
            vcf.path,
            f"its header speaks of two builds ({shown(f'{v}: {k}' for k, v in found.items())})",
            "correct its contig lines with 'bcftools reheader'",
        )
    if found:
        build, evidence = found.popitem()
        return build, f"{evidence} in the header"
    # NCBI36's positions are close to GRCh37's, and files that old have no lengths: any word counts.
    lines = re.findall(r"(?im)^##(?:reference|contig|assembly)=.*$", vcf.header)
    old = any(re.search(_OLD, line) and not re.search(_NEWER, line) for line in lines)
    return ("NCBI36", "named in the header") if old else (None, "")


def _by_rsid(vcf: VcfFile, catalogue: dict[str, Variant]) -> tuple[str | None, str]:
    names = {name: known for known in catalogue.values() for name in (known.id, *known.aliases)}
    seen: dict[str, list[str]] = {}
    for chrom in {known.chrom for known in catalogue.values()}:
        positions = {
            position
            for known in catalogue.values()
            if known.chrom == chrom
            for position in known.positions.values()
        }
        for record in vcf.records_over(chrom, positions):
            for name in record.id.split(";"):
                for build in BUILDS:
                    if name in names and names[name].positions[build] == record.position:
                        seen.setdefault(build, []).append(name)
    if len(seen) > 1:
        raise InputError(
            vcf.path,
            f"its rsIDs lie on two builds ({shown(f'{v[0]} on {k}' for k, v in seen.items())})",
            "make a file on one build",
        )
    for build, found in seen.items():
        return build, f"position of {', '.join(sorted(set(found)))}"
    return None, ""
