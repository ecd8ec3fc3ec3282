"""Which record of a VCF or BCF file is the variant, and on which build does the file lie?"""

import gzip
import shutil
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import pysam

from il6r.errors import InputError, shown
from il6r.variants import BUILDS, Variant

# Lengths of chromosome 1 (Genome Reference Consortium) and of the builds that are not read here.
_CHR1_LENGTH = {249250621: "GRCh37", 248956422: "GRCh38", 247249719: "NCBI36"}
# The empty block that ends every complete BGZF file (SAM/VCF specification, section 4.1.2).
_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")

# htslib's own messages would go to the screen as a second, unexplained voice.
pysam.set_verbosity(0)


@dataclass(frozen=True)
class Record:
    """One VCF record as text: alleles, ID, INFO, FORMAT keys and the bytes of the sample columns."""

    contig: str
    position: int
    id: str
    ref: str
    alts: tuple[str, ...]
    info: dict[str, str]
    format: tuple[str, ...]
    samples: bytes

    @property
    def alleles(self) -> tuple[str, ...]:
        """REF and ALT alleles in the record's numbering."""
        return (self.ref, *self.alts)


class VcfFile:
    """A VCF or BCF file, plain, gzipped or bgzipped, with or without an index.

    Raises
    ------
    InputError : from every method, where the file is missing, truncated, not a VCF, or names a
        sample twice.
    """

    def __init__(self, path):
        self.path = str(path)
        if not Path(path).is_file():
            raise InputError(path, "there is no such file", "check genotypes.files in the config")
        self._opened = self.path
        compression = self._compression()
        if compression == "bgzip":
            self._refuse_truncated()
        elif compression == "gzip":
            self._recompress()
        try:
            with pysam.VariantFile(self._opened) as vcf:
                self.samples = list(vcf.header.samples)
                self.lengths = {name: vcf.header.contigs[name].length for name in vcf.header.contigs}
                self._indexed = vcf.index is not None
        except (OSError, ValueError) as error:
            raise self._unreadable() from error
        if not self.samples:
            raise InputError(
                path, "it has no sample columns", "give a VCF with genotypes, not one of sites only"
            )

    def records_at(self, chrom: str, positions: set[int]) -> list[Record]:
        """All records that start at one of `positions` (1-based) of chromosome `chrom`.

        By index where there is one; else the whole file is read once.
        """
        names = (chrom, f"chr{chrom}")
        try:
            with pysam.VariantFile(self._opened) as vcf:
                if self._indexed:
                    found = [
                        record
                        for name in names
                        if vcf.is_valid_reference_name(name)
                        for position in sorted(positions)
                        for record in vcf.fetch(name, position - 1, position)
                        if record.pos == position
                    ]
                    return [_parse(str(record)) for record in found]
                return [
                    _parse(str(record)) for record in vcf if record.pos in positions and record.chrom in names
                ]
        except (OSError, ValueError) as error:
            raise self._unreadable() from error

    def _compression(self) -> str:
        with open(self.path, "rb") as stream:
            head = stream.read(18)
        if not head:
            raise InputError(self.path, "it is empty", "give the file that holds the genotypes")
        if head[:4] == b"\x1f\x8b\x08\x04" and head[12:14] == b"BC":
            return "bgzip"
        return "gzip" if head[:2] == b"\x1f\x8b" else "none"

    def _refuse_truncated(self) -> None:
        with open(self.path, "rb") as stream:
            stream.seek(-min(len(_BGZF_END), stream.seek(0, 2)), 2)
            if stream.read() != _BGZF_END:
                raise InputError(
                    self.path,
                    "it is truncated (the block that ends every complete bgzip file is missing)",
                    "copy or compress it again",
                )

    def _recompress(self) -> None:
        # htslib cannot read plain gzip through pysam; a bgzipped copy lives as long as this object.
        self._copy = tempfile.TemporaryDirectory()
        self._opened = str(Path(self._copy.name, "copy.vcf.gz"))
        try:
            with gzip.open(self.path) as plain, pysam.BGZFile(self._opened, "w") as copy:
                shutil.copyfileobj(plain, copy, 1 << 20)
        except (EOFError, OSError, zlib.error) as error:
            raise self._unreadable() from error

    def _unreadable(self) -> InputError:
        header = self._header_line()
        if header is None and not self._starts_like_vcf():
            return InputError(
                self.path, "it is not a VCF or BCF file", "give the genotypes as .vcf, .vcf.gz or .bcf"
            )
        columns: dict[str, int] = {}
        for number, name in enumerate(header or [], start=1):
            if number > 9 and columns.setdefault(name, number) != number:
                return InputError(
                    self.path,
                    f"one sample is twice in its header (columns {columns[name]} and {number})",
                    "rename one with 'bcftools reheader'",
                )
        return InputError(
            self.path,
            "it cannot be read to its end as VCF or BCF",
            "check it with 'bcftools view' and copy or write it again",
        )

    def _starts_like_vcf(self) -> bool:
        with open(self.path, "rb") as stream:
            head = stream.read(4)
        return head[:2] == b"\x1f\x8b" or head == b"##fi"

    def _header_line(self) -> list[str] | None:
        """The names of a text VCF's columns, or None where they cannot be reached."""
        opened = open if self._compression() == "none" else gzip.open
        try:
            with opened(self.path, "rb") as stream:
                for line in stream:
                    if line.startswith(b"#CHROM"):
                        return line.decode(errors="replace").rstrip("\n").split("\t")
                    if not line.startswith(b"##"):
                        return None
        except (EOFError, OSError, zlib.error):
            return None
        return None


def find_build(vcf: VcfFile, catalogue: dict[str, Variant], configured: str | None) -> tuple[str, str]:
    """The build the file's positions are on, and what says so.

    The length of chromosome 1 in the header decides; without it, the positions of catalogued rsIDs
    in the file; without those, the configuration.

    Parameters
    ----------
    configured : "GRCh37", "GRCh38", or None if the user leaves it to the file.

    Raises
    ------
    InputError : the file contradicts the configuration or itself, is on another build, or nothing
        tells.
    """
    build, evidence = _build_by_length(vcf), "length of chromosome 1 in the header"
    if build is None:
        build, evidence = _build_by_rsid(vcf, catalogue)
    if build is None:
        if configured is None:
            raise InputError(
                vcf.path,
                "its build cannot be told (no contig length in the header, no catalogued rsID)",
                "set genotypes.build to GRCh37 or GRCh38",
            )
        return configured, "configuration"
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


def _build_by_length(vcf: VcfFile) -> str | None:
    for name in ("1", "chr1"):
        if vcf.lengths.get(name):
            return _CHR1_LENGTH.get(vcf.lengths[name], f"a build with {vcf.lengths[name]:,} bp")
    return None


def _build_by_rsid(vcf: VcfFile, catalogue: dict[str, Variant]) -> tuple[str | None, str]:
    names = {name: known for known in catalogue.values() for name in (known.id, *known.aliases)}
    positions = {position for known in catalogue.values() for position in known.positions.values()}
    seen: dict[str, list[str]] = {}
    for record in vcf.records_at("1", positions):
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


def _parse(line: str) -> Record:
    chrom, position, name, ref, alt, _, _, info, rest = line.rstrip("\n").split("\t", 8)
    keys, _, samples = rest.partition("\t")
    fields = (entry.partition("=") for entry in info.split(";"))
    return Record(
        contig=chrom,
        position=int(position),
        id=name,
        ref=ref,
        alts=tuple(a for a in alt.split(",") if a != "."),
        info={key: value for key, _, value in fields},
        format=tuple(keys.split(":")),
        samples=samples.encode(),
    )
