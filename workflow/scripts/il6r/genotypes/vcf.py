"""Which record of a VCF or BCF file is the variant, and on which build does the file lie?"""

import contextlib
import gzip
import re
import zlib
from collections.abc import Iterator
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
    """One VCF record as text; `samples` holds the sample columns."""

    contig: str
    position: int
    id: str
    ref: str
    alts: tuple[str, ...]
    info: dict[str, str]
    format: tuple[str, ...]
    samples: tuple[str, ...]

    @property
    def alleles(self) -> tuple[str, ...]:
        """REF and ALT alleles in the record's numbering."""
        return (self.ref, *self.alts)


class VcfFile:
    """A VCF or BCF file, plain, gzipped or bgzipped, with or without an index.

    VCF lines are read as text, so that each is held against the header: htslib drops surplus columns
    in silence, and with one sample name missing from the header every call would be the next person's.

    Attributes
    ----------
    path : as given.
    samples : in the header's order.
    lengths : contig names in the header, with their lengths where it gives them.

    Raises
    ------
    InputError : from every method, where the file is missing, truncated, not a VCF, names a sample
        twice, has lines that do not fit its header, or an index that is another file's.
    """

    def __init__(self, path):
        self.path = str(path)
        if not Path(path).is_file():
            raise InputError(path, "there is no such file", "check genotypes.files in the config")
        self._refuse_truncated()
        with self._reading():
            self._bcf = self._open()(self.path, "rb").read(3) == b"BCF"
            if self._bcf:
                with pysam.VariantFile(self.path) as vcf:
                    contigs = vcf.header.contigs
                    self.samples = list(vcf.header.samples)
                    self.lengths = {name: contigs[name].length for name in contigs}
            else:
                self._read_header()
        if not self.samples:
            raise InputError(
                path, "it has no sample columns", "give a VCF with genotypes, not one of sites only"
            )
        seen: dict[str, int] = {}
        for number, name in enumerate(self.samples, start=10):
            if seen.setdefault(name, number) != number:
                raise InputError(
                    path,
                    f"one sample is twice in its header (columns {seen[name]} and {number})",
                    "rename one with 'bcftools reheader'",
                )

    def records_at(self, chrom: str, positions: set[int]) -> list[Record]:
        """All records that start at one of `positions` (1-based) of chromosome `chrom`.

        By index where there is one; else, and where the file is younger than an index that finds
        nothing, the whole file is read.
        """
        names = (chrom, f"chr{chrom}")
        with self._reading():
            index = self._index()
            if index is not None:
                found = self._fetch(index, names, positions)
                stale = Path(index).stat().st_mtime < Path(self.path).stat().st_mtime
                if found or not stale:
                    return found
            wanted = {(name, position) for name in names for position in positions}
            return [self._parse(line) for line in self._lines() if _place(line) in wanted]

    def _fetch(self, index: str, names: tuple[str, ...], positions: set[int]) -> list[Record]:
        """Records by index, once the index has shown that it knows the file's first record."""
        first = next(iter(self._lines()), None)
        if first is None:
            return []
        with self._indexed(index) as (contigs, fetch):
            contig, position = _place(first)
            if contig not in contigs or first not in fetch(contig, position):
                raise InputError(
                    self.path,
                    f"its index {Path(index).name} is another file's",
                    "make it again with 'bcftools index -f'",
                )
            return [
                self._parse(line)
                for name in names
                if name in contigs
                for position in sorted(positions)
                for line in fetch(name, position)
                if _place(line)[1] == position
            ]

    @contextlib.contextmanager
    def _indexed(self, index: str):
        """The contigs an index knows, and a function from a position to the lines that overlap it."""
        if self._bcf:
            with pysam.VariantFile(self.path, index_filename=index) as vcf:
                yield set(vcf.header.contigs), lambda name, at: list(map(str, vcf.fetch(name, at - 1, at)))
        else:
            with pysam.TabixFile(self.path, index=index) as vcf:
                yield set(vcf.contigs), lambda name, at: [f"{x}\n" for x in vcf.fetch(name, at - 1, at)]

    def _lines(self) -> Iterator[str]:
        """The file's records as text, from the first on."""
        if self._bcf:
            with pysam.VariantFile(self.path) as vcf:
                yield from map(str, vcf)
        else:
            with self._open()(self.path, "rt", errors="replace") as stream:
                yield from (line for line in stream if not line.startswith("#"))

    def _parse(self, line: str) -> Record:
        fields = line.rstrip("\r\n").split("\t")
        if len(fields) != 9 + len(self.samples):
            raise InputError(
                f"{self.path}, {fields[0]}:{fields[1] if len(fields) > 1 else '?'}",
                f"the line has {len(fields) - 9:,} sample columns, the header {len(self.samples):,}",
                "write the file again",
            )
        chrom, position, name, ref, alt, _, _, info, keys = fields[:9]
        entries = (entry.partition("=") for entry in info.split(";"))
        return Record(
            contig=chrom,
            position=int(position),
            id=name,
            ref=ref.upper(),
            alts=tuple(a if a.startswith("<") else a.upper() for a in alt.split(",") if a != "."),
            info={key: value for key, _, value in entries},
            format=tuple(keys.split(":")),
            samples=tuple(fields[9:]),
        )

    def _read_header(self) -> None:
        self.lengths, self.samples = {}, None
        with self._open()(self.path, "rt", encoding="utf-8-sig", errors="replace") as stream:
            for number, line in enumerate(stream):
                if number == 0 and not line.startswith("##fileformat=VCF"):
                    break
                if line.startswith("##contig="):
                    name = re.search(r"[<,]ID=([^,>]+)", line)
                    length = re.search(r"[<,]length=(\d+)", line)
                    if name:
                        self.lengths[name[1]] = int(length[1]) if length else None
                elif line.startswith("#CHROM"):
                    self.samples = line.rstrip("\r\n").split("\t")[9:]
                    break
        if self.samples is None:
            raise InputError(
                self.path, "it is not a VCF or BCF file", "give the genotypes as .vcf, .vcf.gz or .bcf"
            )

    def _open(self):
        with open(self.path, "rb") as stream:
            return gzip.open if stream.read(2) == b"\x1f\x8b" else open

    def _index(self) -> str | None:
        found = (f"{self.path}{ending}" for ending in (".tbi", ".csi"))
        return next((path for path in found if self._bgzipped and Path(path).is_file()), None)

    def _refuse_truncated(self) -> None:
        with open(self.path, "rb") as stream:
            head = stream.read(18)
            if not head:
                raise InputError(self.path, "it is empty", "give the file that holds the genotypes")
            self._bgzipped = head[:4] == b"\x1f\x8b\x08\x04" and head[12:14] == b"BC"
            stream.seek(-min(len(_BGZF_END), stream.seek(0, 2)), 2)
            if self._bgzipped and stream.read() != _BGZF_END:
                raise InputError(
                    self.path,
                    "it is truncated (the block that ends every complete bgzip file is missing)",
                    "copy or compress it again",
                )

    @contextlib.contextmanager
    def _reading(self):
        """What the libraries raise on damaged files, as a sentence."""
        try:
            yield
        except (OSError, EOFError, ValueError, zlib.error) as error:
            raise InputError(
                self.path,
                "it cannot be read to its end as VCF or BCF",
                "check it with 'bcftools view' and copy or write it again",
            ) from error


def find_build(
    vcf: VcfFile, catalogue: dict[str, Variant], configured: str | None, chrom: str
) -> tuple[str | None, str]:
    """The build the file's positions are on, and what says so.

    The length of chromosome 1 in the header decides; without it, the positions of catalogued rsIDs
    in the file; without those, the configuration.

    Parameters
    ----------
    configured : "GRCh37", "GRCh38", or None if the user leaves it to the file.
    chrom : the chromosome of interest; a file whose header lists others only has no build (None).

    Raises
    ------
    InputError : the file contradicts the configuration or itself, is on another build, or nothing
        tells.
    """
    if vcf.lengths and not {chrom, f"chr{chrom}"} & set(vcf.lengths):
        return None, f"no contig {chrom} or chr{chrom}, but {shown(vcf.lengths)}"
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


def _place(line: str) -> tuple[str, int]:
    contig, _, rest = line.partition("\t")
    return contig, int(rest.partition("\t")[0])
