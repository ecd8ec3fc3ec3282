"""Which records does a VCF or BCF file hold, and what do they say?"""

import contextlib
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from isal import isal_zlib

from il6r.bgzf import is_bgzipped, open_stream
from il6r.errors import InputError
from il6r.genotypes import bcf
from il6r.genotypes.columns import TextColumns, TypedColumns
from il6r.genotypes.index import Index, read_index

# The empty block that ends every complete BGZF file (SAM/VCF specification, section 4.1.2).
_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
# The number that ends chromosome 1's accession in RefSeq and INSDC; the next chromosomes count on.
_CM_CHROMOSOME_1 = 663
# A record's contig and position are within its first bytes.
_PLACE_BYTES = 256
# A BCF record of five million people is smaller.
_LARGEST_RECORD = 1 << 30
# What damaged files raise.
_DAMAGE = (OSError, EOFError, ValueError, LookupError, struct.error, isal_zlib.error)


class _ForeignIndexError(ValueError):
    """An index is not this file's."""


@dataclass(frozen=True)
class Record:
    """One VCF or BCF record.

    Attributes
    ----------
    position, end : the first and last base (1-based) that it is about; END counts where it is given.
    filters : FILTER's entries; none where it is missing.
    info : INFO's values as text; an empty one for a flag.
    columns : what it says of each sample.
    """

    contig: str
    position: int
    end: int
    id: str
    ref: str
    alts: tuple[str, ...]
    filters: tuple[str, ...]
    info: dict[str, str]
    columns: TextColumns | TypedColumns

    @property
    def alleles(self) -> tuple[str, ...]:
        """REF and ALT alleles in the record's numbering."""
        return (self.ref, *self.alts)


class VcfFile:
    """A VCF (4.0 to 4.4) or BCF file, plain, gzipped or bgzipped, with or without an index.

    Read without htslib, which drops surplus columns in silence (with one sample name missing from the
    header every call would be the next person's) and makes an object of each sample. Here each record is
    compared with the header, and its samples are arrays.

    Attributes
    ----------
    path : as given.
    samples : in the header's order.
    lengths : contig names in the header, with their lengths where it gives them.
    header : the header as text, without the line of column names.

    Raises
    ------
    InputError : from every method, where the file is missing, truncated, not a VCF, has lines that do
        not fit its header, or an index that is another file's.
    """

    def __init__(self, path, index: str | None = None):
        self.path, self.index = str(path), index
        if not Path(path).is_file():
            raise InputError(path, "there is no such file", "check genotypes.files in the config")
        self._refuse_truncated()
        with self._opened() as stream:
            self._bcf = stream.read(3) == b"BCF"
        with self._opened() as stream:
            (self._read_bcf_header if self._bcf else self._read_header)(stream)
            self._first = stream.tell()
        if not self.samples:
            raise InputError(
                path, "it has no sample columns", "give a VCF with genotypes, not one of sites only"
            )

    def records(self) -> Iterator[Record]:
        """All records, in the file's order."""
        with self._opened() as stream:
            stream.seek(self._first)
            for place in self._places(stream):
                yield place.record()

    def records_over(self, chrom: str, positions: set[int]) -> list[Record]:
        """All records over one of `positions` (1-based) of chromosome `chrom`, whatever they start with.

        By index where there is one; else, and where the file is younger than an index that finds
        nothing, the whole file is read.
        """
        index = self.index or self._index_beside()
        with self._opened() as stream:
            if index is not None:
                stale = Path(index).stat().st_mtime < Path(self.path).stat().st_mtime
                try:
                    found = self._by_index(stream, index, chrom, positions)
                except _DAMAGE as error:
                    if not stale:
                        problem = str(error) if isinstance(error, _ForeignIndexError) else "does not fit it"
                        raise self._index_mistake(index, problem) from error
                    found = []
                if found or not stale:
                    return found
            stream.seek(self._first)
            return [
                place.record()
                for place in self._places(stream)
                if chromosome(place.contig) == chrom and place.covers(positions)
            ]

    def _by_index(self, stream, path: str, chrom: str, positions: set[int]) -> list[Record]:
        try:
            index = read_index(path)
        except (*_DAMAGE, zlib.error) as error:
            raise _ForeignIndexError("cannot be read") from error
        contigs = self._names.contigs if self._bcf else dict(enumerate(index.names))
        self._refuse_foreign(stream, index, contigs)
        found: dict[int, Record] = {}
        for number, contig in contigs.items():
            if chromosome(contig) != chrom:
                continue
            for position in sorted(positions):
                for begin, end in index.chunks(number, position):
                    stream.seek(begin)
                    while stream.tell() < end:
                        ahead = self._next_place(stream)
                        if not ahead[0]:
                            raise _ForeignIndexError("is another file's")
                        if ahead > (contig, position):
                            break
                        place = next(self._places(stream))
                        if place.covers({position}):
                            found.setdefault(place.start, place.record())
        return [found[start] for start in sorted(found)]

    def _refuse_foreign(self, stream, index: Index, contigs: dict[int, str]) -> None:
        """An index of the file knows where its first record is."""
        stream.seek(self._first)
        first, (contig, position) = stream.tell(), self._next_place(stream)
        numbers = [number for number, name in contigs.items() if name == contig]
        chunks = index.chunks(numbers[0], position) if numbers else []
        if contig and not any(begin <= first < end for begin, end in chunks):
            raise _ForeignIndexError("is another file's")

    def _next_place(self, stream) -> tuple[str, int]:
        """Contig and position of the record ahead, without going there; ("", 0) if there is none."""
        start = stream.tell()
        head = stream.read(_PLACE_BYTES)
        stream.seek(start)
        if not head:
            return "", 0
        if self._bcf:
            contig, position = struct.unpack_from("<ii", head, 8)
            return self._names.contigs[contig], position + 1
        contig, position = head.split(b"\t", 2)[:2]
        return contig.decode(errors="replace"), int(position)

    def _index_mistake(self, path: str, problem: str) -> InputError:
        return InputError(
            self.path,
            f"its index {Path(path).name} {problem}",
            "remove it, and make it again with 'bcftools index'",
        )

    def _places(self, stream) -> Iterator["_Line | _Binary"]:
        """The records from where the stream stands, not yet read beyond their place."""
        while True:
            start = stream.tell()
            if self._bcf:
                sizes = stream.read(8)
                if not sizes:
                    return
                shared, individual = struct.unpack("<II", sizes)
                if shared + individual > _LARGEST_RECORD:
                    raise ValueError("a record's length is wrong")
                data = stream.read(shared + individual)
                if len(data) < shared + individual:
                    raise EOFError("a record ends early")
                yield _Binary(self, start, data, shared)
                continue
            line = stream.readline()
            if not line:
                return
            if line.startswith(b"#CHROM"):
                raise InputError(
                    self.path,
                    "it has a second header, as if two files were written into one",
                    "join them with 'bcftools concat' or 'bcftools merge'",
                )
            if not line.startswith(b"#") and not line.isspace():
                yield _Line(self, start, line.rstrip(b"\r\n"))

    def _read_header(self, stream) -> None:
        lines, samples = [], None
        for number, raw in enumerate(iter(stream.readline, b"")):
            line = raw.decode("utf-8-sig" if number == 0 else "utf-8", errors="replace").rstrip("\r\n")
            if number == 0 and not line.startswith("##fileformat=VCF"):
                break
            if line.startswith("#CHROM"):
                samples = line.split("\t")[9:]
                break
            if not line.startswith("##"):
                break
            lines.append(line)
        if samples is None:
            raise InputError(
                self.path, "it is not a VCF or BCF file", "give the genotypes as .vcf, .vcf.gz or .bcf"
            )
        self.samples = samples
        self.header = "\n".join(lines)
        self.lengths = _contigs(self.header)

    def _read_bcf_header(self, stream) -> None:
        magic, size = struct.unpack("<5sI", stream.read(9))
        if magic[:4] != b"BCF\2":
            raise ValueError("it is of BCF's first version")
        text = stream.read(size)
        columns = text.rindex(b"\n#CHROM") + 1
        self.header = text[:columns].decode(errors="replace")
        self.samples = text[columns:].rstrip(b"\r\n\0").decode(errors="replace").split("\t")[9:]
        self.lengths = _contigs(self.header)
        self._names = bcf.Dictionaries(self.header)

    def _index_beside(self) -> str | None:
        found = [path for ending in (".tbi", ".csi") if Path(path := f"{self.path}{ending}").is_file()]
        # The younger one, if somebody made another to replace a bad one.
        return max(found, key=lambda path: Path(path).stat().st_mtime) if self._bgzipped and found else None

    def _refuse_truncated(self) -> None:
        with open(self.path, "rb") as stream:
            head = stream.read(18)
            if not head:
                raise InputError(self.path, "it is empty", "give the file that holds the genotypes")
            self._bgzipped = is_bgzipped(head)
            stream.seek(-min(len(_BGZF_END), stream.seek(0, 2)), 2)
            if self._bgzipped and stream.read() != _BGZF_END:
                raise InputError(
                    self.path,
                    "it is truncated (the block that ends every complete bgzip file is missing)",
                    "copy or compress it again",
                )

    def refuse_repeated_samples(self) -> None:
        """InputError if a sample is twice in the header; not when opened, since it takes a biobank's time."""
        seen: dict[str, int] = {}
        for number, name in enumerate(self.samples, start=10):
            if seen.setdefault(name, number) != number:
                raise InputError(
                    self.path,
                    f"one sample is twice in its header (columns {seen[name]} and {number})",
                    "rename one with 'bcftools reheader'",
                )

    @contextlib.contextmanager
    def _opened(self):
        """The file as an uncompressed stream; what damaged files raise, as a sentence."""
        try:
            with contextlib.closing(open_stream(self.path)) as stream:
                yield stream
        except _DAMAGE as error:
            raise InputError(
                self.path,
                "it cannot be read to its end as VCF or BCF",
                "check it with 'bcftools view' and copy or write it again",
            ) from error


class _Line:
    """One line of a VCF file."""

    def __init__(self, file: VcfFile, start: int, line: bytes):
        self.file, self.start, self._line = file, start, line
        tab = line.index(b"\t")
        self.contig = line[:tab].decode(errors="replace")
        self.position = int(line[tab + 1 : line.index(b"\t", tab + 1)])
        if self.position < 0:
            raise ValueError("a position is negative")

    def covers(self, positions: set[int]) -> bool:
        """Whether the record is about one of the positions."""
        if self.position > max(positions):
            return False
        fixed, _ = self._fixed()
        end = _end(self.position, fixed[3], fixed[7])
        return any(self.position <= position <= end for position in positions)

    def record(self) -> Record:
        """The whole record."""
        fixed, samples = self._fixed()
        _, _, name, ref, alt, _, filters, info, keys = fixed
        columns = TextColumns(self._line, samples, tuple(keys.split(":")))
        if samples > len(self._line) or len(columns) != len(self.file.samples):
            count = 0 if samples > len(self._line) else len(columns)
            raise InputError(
                f"{self.file.path}, {self.contig}:{self.position}",
                f"the line has {count:,} sample columns, the header {len(self.file.samples):,}",
                "write the file again",
            )
        return Record(
            contig=self.contig,
            position=self.position,
            end=_end(self.position, ref, info),
            id=name,
            ref=ref.upper(),
            alts=_alts(alt.split(",")),
            filters=tuple(name for name in filters.split(";") if name != "."),
            info={key: value for key, _, value in (entry.partition("=") for entry in info.split(";"))},
            columns=columns,
        )

    def _fixed(self) -> tuple[list[str], int]:
        """The nine columns before the samples, and where those begin."""
        # Not split(): it would copy the samples, which are megabytes.
        fixed, at = [], 0
        for _ in range(9):
            tab = self._line.find(b"\t", at)
            tab = len(self._line) if tab < 0 else tab
            fixed.append(self._line[at:tab].decode(errors="replace"))
            at = tab + 1
        return fixed, at


class _Binary:
    """One record of a BCF file."""

    def __init__(self, file: VcfFile, start: int, data: bytes, shared: int):
        self.file, self.start = file, start
        contig, position, length = struct.unpack_from("<iii", data, 0)
        self.contig, self.position = file._names.contigs[contig], position + 1
        self._end, self._data, self._shared = position + length, data, shared

    def covers(self, positions: set[int]) -> bool:
        """Whether the record is about one of the positions."""
        return any(self.position <= position <= self._end for position in positions)

    def record(self) -> Record:
        """The whole record."""
        shared = bcf.SharedPart(self._data[: self._shared], self.file._names)
        if shared.samples != len(self.file.samples):
            raise ValueError("the record has not as many samples as the header")
        return Record(
            contig=self.contig,
            position=self.position,
            end=self._end,
            id=shared.id,
            ref=shared.alleles[0].upper(),
            alts=_alts(shared.alleles[1:]),
            filters=shared.filters,
            info=shared.info,
            columns=bcf.read_columns(self._data[self._shared :], shared, self.file._names),
        )


def chromosome(contig: str) -> str | None:
    """The chromosome ("1" to "22", "X", "Y") that a contig's name means, or None.

    Known are 1, chr1, the accessions of RefSeq (NC_000001.11) and of INSDC (CM000663.2).
    """
    plain = re.fullmatch(r"(?:chr)?0?([1-9]|1\d|2[0-2]|X|Y)", contig, flags=re.IGNORECASE)
    if plain:
        return plain[1].upper()
    accession = re.fullmatch(r"(?:NC_0000(\d\d)|CM000(6[6-8]\d))\.\d+", contig)
    if not accession:
        return None
    number = int(accession[1]) if accession[1] else int(accession[2]) - _CM_CHROMOSOME_1 + 1
    return {23: "X", 24: "Y"}.get(number, str(number)) if 1 <= number <= 24 else None


def _contigs(header: str) -> dict[str, int | None]:
    found = {}
    for line in re.findall(r"(?m)^##contig=.*$", header):
        name = re.search(r'[<,]\s*ID="?([^,">]+)', line)
        length = re.search(r'[<,]\s*length=\s*"?(\d+)', line)
        if name:
            found[name[1]] = int(length[1]) if length else None
    return found


def _alts(alts) -> tuple[str, ...]:
    return tuple(alt if alt.startswith("<") else alt.upper() for alt in alts if alt != ".")


def _end(position: int, ref: str, info: str) -> int:
    stated = re.search(r"(?:^|;)END=(\d+)", info)
    return max(int(stated[1]) if stated else 0, position + len(ref) - 1)
