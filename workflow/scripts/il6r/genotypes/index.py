"""From where on in a bgzipped VCF or BCF file may records over a position lie?"""

import gzip
import struct
from dataclasses import dataclass
from pathlib import Path

# A tbi index has bins of 2^14 bases in 5 levels above them; a csi index says what it has (SAM/BAM and tabix
# specifications).
_TBI_MIN_SHIFT, _TBI_DEPTH = 14, 5


@dataclass(frozen=True)
class Index:
    """A tbi or csi index.

    Attributes
    ----------
    names : contigs by number; none in a BCF's csi, whose numbers are those of its header.
    bins : for each contig, bin number -> (virtual offset of the first record that reaches into the bin,
        or 0; chunks as pairs of virtual offsets).
    linear : for each contig of a tbi, the same first offset for each 16,384 bases.
    """

    names: list[str]
    bins: list[dict[int, tuple[int, list[tuple[int, int]]]]]
    linear: list[list[int]]
    min_shift: int
    depth: int

    def chunks(self, contig: int, position: int) -> list[tuple[int, int]]:
        """The stretches (pairs of virtual offsets) that hold every record over a 1-based position."""
        if contig >= len(self.bins):
            return []
        own, at = self.bins[contig], position - 1
        numbers = [
            ((1 << 3 * level) - 1) // 7 + (at >> (self.min_shift + 3 * (self.depth - level)))
            for level in range(self.depth + 1)
        ]
        if self.linear:
            row = self.linear[contig]
            first = row[min(at >> self.min_shift, len(row) - 1)] if row else 0
        else:
            first = max((own[number][0] for number in numbers if number in own), default=0)
        found = [c for number in numbers if number in own for c in own[number][1] if c[1] > first]
        merged: list[tuple[int, int]] = []
        for begin, end in sorted((max(begin, first), end) for begin, end in found):
            if merged and begin <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((begin, end))
        return merged


def read_index(path) -> Index:
    """Read a tbi or csi index.

    Raises
    ------
    ValueError, struct.error, OSError, EOFError, zlib.error : it is neither, or cut short.
    """
    data = gzip.decompress(Path(path).read_bytes())
    at = 4

    def take(form: str) -> tuple:
        """The next little-endian values, of a struct format."""
        nonlocal at
        values = struct.unpack_from("<" + form, data, at)
        at += struct.calcsize("<" + form)
        return values

    csi = data[:4] == b"CSI\1"
    if csi:
        min_shift, depth, length = take("iii")
        names = _names(data[at + 28 : at + length])
        at += length
        (contigs,) = take("i")
    elif data[:4] == b"TBI\1":
        min_shift, depth = _TBI_MIN_SHIFT, _TBI_DEPTH
        contigs, *_, length = take("8i")
        names = _names(data[at : at + length])
        at += length
    else:
        raise ValueError("it is neither a tbi nor a csi index")
    bins, linear = [], []
    for _ in range(contigs):
        own = {}
        for _ in range(take("i")[0]):
            number, first = take("IQ") if csi else (*take("I"), 0)
            (chunks,) = take("i")
            flat = take(f"{2 * chunks}Q")
            own[number] = (first, list(zip(flat[::2], flat[1::2], strict=True)))
        bins.append(own)
        if not csi:
            linear.append(list(take(f"{take('i')[0]}Q")))
    return Index(names, bins, linear, min_shift, depth)


def _names(data: bytes) -> list[str]:
    return [name.decode() for name in data.split(b"\0")[:-1]]
