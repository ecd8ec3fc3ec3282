"""In which encoding is a text file written, and what does its first line say?"""

import codecs
import contextlib
import csv
import gzip
import io
import logging
import re
import zlib

from il6r.errors import InputError, quoted

NOTES = logging.getLogger("il6r")
CANNOT_BE_READ = "it cannot be read as a UTF-8 table"
_REMEDY = "copy or export it again as csv or tsv with one header line"
# Longer ones first, since the mark of UTF-16 is the beginning of that of UTF-32.
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_BLOCK, _LONGEST_LINE = 1 << 20, 1_000_000
# Bytes 0x80 to 0x9f are these in cp1252, but for five that are nothing; in latin-1 they are control
# characters, which no table has. Where none is there, the two are the same.
_CP1252_ONLY = re.compile("[€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
# What texts in other encodings (of DOS, Macintosh, Cyrillic, Greek, Japanese ...) look like as cp1252: many
# accented letters in a row, a capital one behind a small letter, or a sign within a word.
_NOT_CP1252 = re.compile(
    "[À-ÖØ-öø-ÿŠšŒœŽžŸ]{4}"
    "|[a-zß-öø-ÿšœž][À-ÖØ-ÞŠŒŽŸ]"
    "|(?<=[A-Za-zÀ-ÖØ-öø-ÿ])[‚ƒ„…†‡ˆ‰‹•˜™›“”¡¢£¤¥¦§¨©«¬®¯¶¸»¼½¾¿](?=[A-Za-zÀ-ÖØ-öø-ÿ])"
)


def opened(path, mode: str = "rb", **options):
    """A file, uncompressed if it is gzip by its name."""
    return gzip.open(path, mode, **options) if str(path).endswith(".gz") else open(path, mode, **options)


@contextlib.contextmanager
def damage_told(path):
    """What damaged files raise, as a sentence."""
    try:
        yield
    except (OSError, EOFError, UnicodeError, csv.Error, zlib.error) as error:
        raise InputError(path, CANNOT_BE_READ, _REMEDY) from error


def encoding_of(path) -> str:
    """The encoding of a whole text file, as Python calls it; one that is guessed is noted in the log.

    A byte order mark tells; without one it is UTF-8 if all of it can be, UTF-16 if every other byte of its
    beginning is mostly 0, else cp1252 (of which latin-1 is the part that people write).

    Raises
    ------
    InputError : it is no text, or in an encoding that cannot be told.
    """
    with damage_told(path), opened(path) as stream:
        start = stream.read(_BLOCK)
        marked = next((name for mark, name in _MARKS.items() if start.startswith(mark)), None)
        if marked in ("utf-16", "utf-32"):
            return marked
        if b"\0" in start:
            return _utf_16(path, start)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            for block in (start, *iter(lambda: stream.read(_BLOCK), b"")):
                if b"\0" in block:
                    raise _no_text(path)
                # Most are, and to see that takes far less time.
                if not block.isascii() or decoder.getstate()[0]:
                    decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            if marked:
                raise InputError(path, "it begins as UTF-8 and does not go on as such", _REMEDY) from error
            return _one_byte(path)
    return "utf-8"


def is_not_cp1252(text: str) -> bool:
    """Whether a text that was read as cp1252 makes no sense as such."""
    return bool(_NOT_CP1252.search(text))


def first_line(path) -> tuple[list[str], str, str]:
    """The names in the first line, the separator between them, and the encoding as far as that line tells.

    Raises
    ------
    InputError : empty, no text, CR line ends, a name twice, or numbers in place of names.
    """
    with damage_told(path), opened(path) as stream:
        start = stream.readline(_LONGEST_LINE)
    if not start:
        raise InputError(path, "it is empty", "give the file that holds the data")
    try:
        text, encoding = start.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        encoding = encoding_of(path)
        with damage_told(path), opened(path, "rt", encoding=encoding, newline="\n") as stream:
            text = stream.readline(_LONGEST_LINE)
    return *header_of(path, text), encoding


def header_of(path, text: str) -> tuple[list[str], str]:
    """The names in a first line, and the separator between them; InputError as of `first_line`."""
    if "\r" in text.rstrip("\r\n"):
        raise InputError(
            path, "its lines end with CR alone, as on old Macintoshes", "save it with LF or CRLF line ends"
        )
    bare = re.sub('"[^"]*"', "", text)
    separator = max("\t,;", key=bare.count)
    with damage_told(path):
        cells = next(csv.reader(io.StringIO(text.strip("\r\n")), delimiter=separator), [])
    names = [name.strip() for name in cells]
    if not any(names):
        raise InputError(path, "its first line is empty", "begin the file with one header line")
    for place, name in enumerate(names):
        if name and name in names[:place]:
            raise InputError(path, f"column {quoted(name)} is there twice", "rename or delete one")
        # Five digits may be the number of a UK Biobank field.
        if re.fullmatch(r"[-+]?\d+([.,]\d+)?", name) and not re.fullmatch(r"\d{5}", name):
            raise InputError(
                path, "its first line holds numbers, not names", "begin the file with one header line"
            )
    return names, separator


def _no_text(path) -> InputError:
    return InputError(path, "it is not a text table", "export it as UTF-8 csv or tsv, or as .xlsx")


def _utf_16(path, start: bytes) -> str:
    """UTF-16 without a mark: one of the two bytes of nearly every character is 0."""
    pairs = len(start) // 2 or 1
    even, odd = (start[place::2].count(0) / pairs for place in (0, 1))
    if max(even, odd) < 0.5 or min(even, odd) > 0.1:
        raise _no_text(path)
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    with opened(path, "rt", encoding=encoding, newline="") as stream:
        if any("\0" in block for block in iter(lambda: stream.read(_BLOCK), "")):
            raise _no_text(path)
    NOTES.info("%s: it was read as UTF-16, though it has no mark that says so", path)
    return encoding


def _one_byte(path) -> str:
    """cp1252, where the text makes sense as such."""
    only = False
    with opened(path, "rt", encoding="cp1252", newline="\n") as stream:
        try:
            for line in stream:
                if line.isascii():
                    continue
                if is_not_cp1252(line):
                    raise UnicodeError
                only = only or bool(_CP1252_ONLY.search(line))
        except UnicodeError as error:
            raise InputError(
                path, "its encoding cannot be told: it is neither UTF-8 nor cp1252", "save it as UTF-8"
            ) from error
    NOTES.info("%s: it is not UTF-8 and was read as %s", path, "cp1252" if only else "latin-1")
    return "cp1252"
