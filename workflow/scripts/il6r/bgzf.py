"""What does a genotype file hold, uncompressed?

pysam's htslib is built on zlib; ISA-L inflates the same blocks in half the time, which is most of what
reading one site of a biobank's file takes (benchmarks/, extraction_bcf_500k).
"""

import mmap
import struct
from pathlib import Path

from isal import igzip, isal_zlib

# A block's header before the compressed data, and its checksum and size behind them (SAM specification 4.1).
_HEAD, _TAIL = 18, 8
# Bytes that a block may hold.
_LARGEST = 1 << 16


def open_stream(path):
    """A binary stream over a plain, gzipped or bgzipped file: read, readline, tell, seek, close.

    For a bgzipped file `tell` and `seek` take the virtual offsets that indexes hold.
    """
    with Path(path).open("rb") as stream:
        head = stream.read(_HEAD)
    if is_bgzipped(head):
        return BgzfReader(path)
    return igzip.open(path, "rb") if head[:2] == b"\x1f\x8b" else Path(path).open("rb")


def is_bgzipped(head: bytes) -> bool:
    """Whether a file that begins with these 18 bytes is compressed in blocks, so that it can be indexed."""
    return head[:4] == b"\x1f\x8b\x08\x04" and head[12:14] == b"BC"


class BgzfReader:
    """A bgzipped file (SAM specification, section 4.1).

    A virtual offset is the offset of a block in the file, shifted left by 16 bits, plus the offset in the
    block's data.

    Raises
    ------
    ValueError, struct.error, isal.isal_zlib.error : from every method, where a block is damaged.
    """

    def __init__(self, path):
        with Path(path).open("rb") as stream:
            self._file = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        self._load(0)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def tell(self) -> int:
        """The virtual offset of the next byte."""
        return self._next << 16 if self._at == len(self._block) else self._start << 16 | self._at

    def seek(self, offset: int) -> None:
        """Go to a virtual offset."""
        self._load(offset >> 16)
        self._at = offset & 0xFFFF
        if self._at > len(self._block):
            raise ValueError("an offset is beyond its block")

    def read(self, size: int) -> bytes:
        """The next `size` bytes; fewer at the end."""
        parts = []
        while size > 0 and self._more():
            part = self._block[self._at : self._at + size]
            parts.append(part)
            self._at += len(part)
            size -= len(part)
        return b"".join(parts)

    def readline(self) -> bytes:
        """The bytes up to and with the next line feed; nothing at the end."""
        parts = []
        while self._more():
            end = self._block.find(b"\n", self._at) + 1 or len(self._block)
            parts.append(self._block[self._at : end])
            self._at = end
            if parts[-1].endswith(b"\n"):
                break
        return b"".join(parts)

    def _more(self) -> bool:
        """Whether there is another byte; its block is then loaded."""
        while self._at == len(self._block):
            if self._next >= len(self._file):
                return False
            self._load(self._next)
        return True

    def _load(self, start: int) -> None:
        self._start, self._at, self._block = start, 0, b""
        self._next = start
        if start >= len(self._file):
            return
        head = self._file[start : start + _HEAD]
        if not is_bgzipped(head):
            raise ValueError("a block does not begin where it should")
        self._next = start + struct.unpack_from("<H", head, 16)[0] + 1
        checksum, size = struct.unpack("<II", self._file[self._next - _TAIL : self._next])
        if size > _LARGEST:
            raise ValueError("a block's size is wrong")
        self._block = isal_zlib.decompress(self._file[start + _HEAD : self._next - _TAIL], -15, size or 1)
        if len(self._block) != size or isal_zlib.crc32(self._block) != checksum:
            raise ValueError("a block's checksum is wrong")
