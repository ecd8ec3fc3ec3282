"""Which samples does a device's file hold, and can they be what a worn accelerometer measured?"""

import contextlib
import os
import re
import tempfile
import time
import zlib
from pathlib import Path

import actfast
import numpy as np
from isal import igzip, isal_zlib

from il6r.activity import gt3x, raw_csv
from il6r.activity.accelerometry import NANOSECONDS, Recording
from il6r.errors import InputError

# How files of each kind begin, and what their names end with.
_AXIVITY, _GENEACTIV, _ZIP, _GZIP = b"MD\xfc\x03", b"Device Identity", b"PK\x03\x04", b"\x1f\x8b"
_ENDINGS = {
    "Axivity .cwa": (".cwa",),
    "GENEActiv .bin": (".bin",),
    "ActiGraph .gt3x": (".gt3x",),
    "csv": (".csv",),
}
# Files that are known and not read: where a mark stands, the mark, what they are, what to do.
_OTHERS = (
    (0, b"GENEA/", "a recording of a GENEA", "convert it to a csv of time, x, y and z in g"),
    (512, b"MDTC", "a recording of a Matrix", "convert it to a csv of time, x, y and z in g"),
    (0, b"RIFF", "a sound file (.wav)", "give the .cwa file it was made from"),
    (0, b"SQLite format 3", "an ActiGraph .agd file of counts", "give the .gt3x file"),
    (0, b"\xd0\xcf\x11\xe0", "an Excel file", "give the device's own file"),
)
_COPY = "copy it again from the device or from where it was downloaded to"
# Bytes of a .cwa file's header and of a sector, and the most samples in one (Open Movement's description of
# the format); sectors decoded at a time.
_CWA_HEADER, _SECTOR, _SECTOR_SAMPLES, _SECTORS = 1024, 512, 120, 1024
# Where a header says which model it is; all but one are AX3.
_HARDWARE, _AX6 = 4, b"\x64"
_SECTOR_PARTS = np.dtype(
    {
        "names": ["mark", "length", "session"],
        "formats": ["S2", "<u2", "<u4"],
        "offsets": [0, 2, 6],
        "itemsize": _SECTOR,
    }
)
# A page of a .bin file: nine lines, the third with its time, then 300 samples of twelve hexadecimal digits
# (the maker's description); bytes decoded at a time.
_PAGE_MARK, _PAGE_TIME, _LINE = b"Recorded Data", b"Page Time:", rb"[\x20-\x7e]*\r?\n"
_PAGE = re.compile(
    rb"(\r?\n(?:%b){2}%b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[:.]\d{3}\s*\n(?:%b){5})([0-9A-Fa-f]+)\s*"
    % (_LINE, _PAGE_TIME, _LINE)
)
_PAGE_SAMPLES, _SAMPLE_DIGITS, _BIN_PIECE = 300, 12, 1 << 20
_SERIAL = re.compile(rb"Device Unique Serial Code:([^\r\n]*)")
# Samples looked at together in checks.
_CHUNK = 1 << 22
# A sample's own gain and offset may carry it a little beyond the nominal limit.
_BEYOND = 1.1
# Blocks of samples carry the time of one of them; at a rate that is off by a percent the next block begins
# up to 0.1 s before the last one's end. More than this is a clock that was set.
_BACK_S = 1.0
# Gravity makes the median near 1 g for whoever wears the device, and 9.8 or 1,000 in other units; not in
# the first seconds, when some devices have yet to settle.
_MEDIAN_G, _SETTLED_S = (0.3, 3.0), 60
# Rates of the devices are within a few percent of nominal.
_RATE_RATIO = 1.2
# A clock that was never set begins in 1970, or in 2000 in an Axivity.
_FIRST_DATE = np.datetime64("2001-01-01", "ns").astype(np.int64)


def read_recording(path, time_zone: str | None = None) -> Recording:
    """Read a device's file, and refuse what cannot be one person's worn accelerometer.

    Read are Axivity .cwa (AX3, AX6), GENEActiv .bin, ActiGraph .gt3x and raw csv (ActiGraph, Axivity), each
    also gzipped, told apart by content. Damaged blocks are skipped and counted. Where a block begins before
    the end of the last one by at most a second, its samples take that end's time, so that time never
    decreases and no sample is lost.

    A damaged file may crash a reader: call this through `isolation.each`.

    Parameters
    ----------
    path : the file.
    time_zone : where the device was worn; whether there is one matters for recordings whose clock is UTC.

    Raises
    ------
    InputError : a file of another kind, with the wrong extension, empty, damaged or cut short; a recording
        without samples, of two sessions or devices, with a clock that was never set, is in the future or
        goes back, a rate of 0 or one that its times contradict, values beyond the device's range or not in
        g; times in UTC without `time_zone`.
    """
    recording = _read(Path(path))
    _refuse_times(recording, path)
    _refuse_values(recording, path)
    if recording.utc and time_zone is None:
        raise InputError(
            path,
            "its times are UTC, and the time zone in which it was worn is missing",
            "give time_zone in the config, such as Europe/London",
        )
    return recording


def _read(path: Path) -> Recording:
    with contextlib.ExitStack() as stack:
        try:
            stream = stack.enter_context(open(path, "rb"))
        except OSError as error:
            problem = f"it cannot be opened ({error.strerror})"
            raise InputError(path, problem, "check that it is a file that you may read") from error
        try:
            zipped = stream.peek(2)[:2] == _GZIP
            if zipped:
                stream = stack.enter_context(igzip.open(stream))
            kind = _kind(stream, path)
            _refuse_wrong_extension(path, kind, zipped)
            if kind == "csv":
                return raw_csv.read(stream, path)
            if zipped:
                stream = _inflated(stream, stack.enter_context(tempfile.TemporaryFile()))
        except (EOFError, zlib.error, isal_zlib.error, igzip.BadGzipFile) as error:
            raise InputError(path, "it is damaged or cut short", _COPY) from error
        if kind == "Axivity .cwa":
            return _axivity(stream, path)
        return _geneactiv(stream, path) if kind == "GENEActiv .bin" else gt3x.read(stream, path)


def _kind(stream, path) -> str:
    """What a file is by its content; the stream is at its beginning afterwards."""
    head = stream.read(1024)
    stream.seek(0)
    if not head:
        raise InputError(path, "it is empty", _COPY)
    for place, mark, what, remedy in _OTHERS:
        if head[place:].startswith(mark):
            raise InputError(path, f"it is {what}, which is not read here", remedy)
    if head.startswith(_AXIVITY):
        return "Axivity .cwa"
    if head.startswith(_GENEACTIV):
        return "GENEActiv .bin"
    if head.startswith(_ZIP):
        return "ActiGraph .gt3x"
    if raw_csv.text_of(head) is None:
        problem = "it is nothing that is read here (Axivity .cwa, GENEActiv .bin, ActiGraph .gt3x, raw csv)"
        raise InputError(path, problem, "give the device's own file")
    return "csv"


def _refuse_wrong_extension(path: Path, kind: str, zipped: bool) -> None:
    """A name that says another kind than the content is a mistake somewhere."""
    endings = [ending.lower() for ending in path.suffixes]
    if zipped != (endings[-1:] == [".gz"]):
        what = "gzipped" if zipped else "not gzipped"
        raise InputError(path, f"it is {what} by its content and not by its extension", "rename it")
    ending = [ending for ending in endings if ending != ".gz"][-1:]
    known = {name for names in _ENDINGS.values() for name in names}
    if set(ending) & known - set(_ENDINGS[kind]):
        what = "text" if kind == "csv" else f"{kind} by its content"
        raise InputError(
            path, f"it has the wrong extension: it is {what}", "give the right file, or rename it"
        )


def _inflated(stream, content):
    """A gzipped file's content, in a file that can be read from anywhere."""
    while piece := stream.read(_CHUNK):
        content.write(piece)
    content.seek(0)
    return content


def _axivity(stream, path) -> Recording:
    """Samples of a .cwa file: a header, then sectors with a checksum each."""
    most = stream.seek(0, 2) // _SECTOR * _SECTOR_SAMPLES
    stream.seek(0)
    about, recording = _decoded(_sectors(stream, path), most, path)
    stream.seek(_HARDWARE)
    recording.device = "Axivity AX6" if stream.read(1) == _AX6 else "Axivity AX3"
    with _settings(path):
        recording.rate_hz = float(about["configuration"]["sample_rate_hz"])
        recording.range_g = float(about["configuration"]["accelerometer_range_g"])
    return recording


def _sectors(stream, path):
    """Pieces of a .cwa file that are one each (header and sound sectors), and the damaged sectors in each."""
    header = stream.read(_CWA_HEADER)
    if len(header) < _CWA_HEADER:
        raise InputError(path, "it is cut short within its header", _COPY)
    yield header, 0
    sessions, at = set(), _CWA_HEADER
    while piece := stream.read(_SECTORS * _SECTOR):
        whole = len(piece) // _SECTOR * _SECTOR
        words = np.frombuffer(piece[:whole], "<u2").reshape(-1, _SECTOR // 2)
        parts = words.view(_SECTOR_PARTS)[:, 0]
        begun = (parts["mark"] == b"MD") & (parts["length"] == _CWA_HEADER - 4)
        if begun.any():
            _refuse_second(path, f"a second header stands at byte {at + int(begun.argmax()) * _SECTOR:,}")
        sound = (parts["mark"] == b"AX") & (parts["length"] == _SECTOR - 4)
        # The words of a sector add up to 0.
        sound &= words.sum(axis=1, dtype=np.uint16) == 0
        sessions.update(np.unique(parts["session"][sound]).tolist())
        if len(sessions) > 1:
            _refuse_second(path, "its blocks are of different sessions")
        # A sector that is cut off is one that is damaged.
        yield header + words[sound].tobytes(), int((~sound).sum()) + (len(piece) > whole)
        at += len(piece)


def _geneactiv(stream, path) -> Recording:
    """Samples of a .bin file: a text with a header and pages of samples."""
    most = stream.seek(0, 2) // _SAMPLE_DIGITS
    stream.seek(0)
    about, recording = _decoded(_pages(stream, path), most, path)
    with _settings(path):
        recording.device = "GENEActiv"
        recording.rate_hz = float(about["Configuration Info"]["Measurement Frequency"].split()[0])
        recording.range_g = float(about["Device Capabilities"]["Accelerometer Range"].split()[-1])
    return recording


def _pages(stream, path):
    """Pieces of a .bin file that are one each (header and sound pages), and the damaged pages in each."""
    header, _, rest = stream.read(_BIN_PIECE).partition(_PAGE_MARK)
    if _PAGE_TIME in header:
        raise InputError(path, "its header or a block is damaged", _COPY)
    # Notes may be in any encoding; the decoder takes UTF-8 only.
    header = re.sub(rb"[^\t\r\n\x20-\x7e]", b" ", header)
    yield header, 0
    serials = set(_SERIAL.findall(header))
    while rest:
        piece = stream.read(_BIN_PIECE)
        pages = (rest + piece).split(_PAGE_MARK)
        rest = pages.pop() if piece else b""
        sound, whole = [], 0
        for page in pages:
            if _GENEACTIV in page:
                _refuse_second(path, "a second header stands among its pages")
            lines = _PAGE.fullmatch(page)
            samples = len(lines.group(2)) // _SAMPLE_DIGITS if lines else 0
            # The last page may be cut off; its samples up to there are sound.
            if lines and (samples == _PAGE_SAMPLES or (samples and not piece and page is pages[-1])):
                sound.append(
                    _PAGE_MARK + lines.group(1) + lines.group(2)[: samples * _SAMPLE_DIGITS] + b"\r\n"
                )
                serials.update(_SERIAL.findall(page))
            whole += samples == _PAGE_SAMPLES
        if len(serials) > 1:
            _refuse_second(path, "its pages are of different devices")
        yield header + b"".join(sound), len(pages) - whole


def _refuse_second(path, how: str) -> None:
    raise InputError(path, f"it holds two recordings ({how})", "give each recording in a file of its own")


@contextlib.contextmanager
def _settings(path):
    """What a header lacks, or has where a number should be, as a sentence."""
    try:
        yield
    except (LookupError, ValueError) as error:
        raise InputError(path, "the device's settings in its header are damaged", _COPY) from error


def _decoded(pieces, most: int, path) -> tuple[dict, Recording]:
    """Have each piece decoded; what the header says, and samples without rate, range and device.

    The decoder takes a whole file, and nine times its size in memory; so it gets files of a piece each.
    """
    # Memory that is not written to is not taken.
    times, samples = np.empty(most, np.int64), np.empty((most, 3), np.float32)
    warm_times, warmth, kept, damaged = [], [], 0, 0
    about: dict = {}
    with tempfile.TemporaryFile(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as file:
        for piece, skipped in pieces:
            file.seek(0)
            file.truncate()
            file.write(piece)
            file.flush()
            file.seek(0)
            try:
                # By its number, so that nothing is left behind if the decoder crashes.
                result = actfast.read(f"/dev/fd/{file.fileno()}", lenient=True)
            except ValueError as error:
                raise InputError(path, "its header or a block is damaged", _COPY) from error
            about = about or result["metadata"]
            damaged += skipped + len(result["warnings"])
            fast, slow = result["timeseries"]["high_frequency"], result["timeseries"]["low_frequency"]
            end = kept + len(fast["datetime"])
            if end > kept:
                times[kept:end], samples[kept:end] = fast["datetime"], fast["acceleration"]
                warm_times.append(slow["datetime"])
                warmth.append(slow["temperature"].astype(np.float64))
                kept = end
    recording = Recording(times[:kept], samples[:kept], 0.0, 0.0, "", corrupt_blocks=damaged)
    if kept:
        recording.temperature_time, recording.temperature = np.concatenate(warm_times), np.concatenate(warmth)
    return about, recording


def _refuse_times(recording: Recording, path) -> None:
    """Refuse a clock or a rate that cannot be; make small steps back into none."""
    times = recording.time
    if not recording.rate_hz > 0:
        raise InputError(path, "its sampling rate is 0", "export it again with the device's sampling rate")
    if not len(times):
        raise InputError(path, "it holds no samples", "give a file with a recording, or leave it out")
    first, last = (str(np.datetime64(int(end), "ns").astype("M8[D]")) for end in (times[0], times[-1]))
    if times[0] < _FIRST_DATE:
        problem = f"it begins on {first}: the device's clock was never set"
        raise InputError(path, problem, "correct its dates, or leave it out")
    if times[-1] > time.time_ns() + 86_400 * NANOSECONDS:
        raise InputError(path, f"it ends on {last}, in the future", "correct its dates, or leave it out")
    # One sample more, so that steps from chunk to chunk count.
    back = min(
        np.diff(times[start : start + _CHUNK + 1]).min(initial=0) for start in range(0, len(times), _CHUNK)
    )
    if back < -_BACK_S * NANOSECONDS:
        problem = f"its clock goes back by {-back / NANOSECONDS:,.1f} s"
        raise InputError(path, problem, "give the recordings before and after that in files of their own")
    if back < 0:
        np.maximum.accumulate(times, out=times)
    step = np.median(np.diff(times[:_CHUNK])) if len(times) > 1 else NANOSECONDS / recording.rate_hz
    ratio = step * recording.rate_hz / NANOSECONDS
    if not 1 / _RATE_RATIO < ratio < _RATE_RATIO:
        comes = f"{NANOSECONDS / step:.4g} a second" if step > 0 else "all at one time"
        problem = f"its sampling rate is given as {recording.rate_hz:g} Hz and its samples come {comes}"
        raise InputError(path, problem, "correct its header or its timestamps")


def _refuse_values(recording: Recording, path) -> None:
    """Refuse samples that are no numbers, beyond the device's range, or not in g."""
    samples, limit = recording.acceleration, _BEYOND * recording.range_g
    for start in range(0, len(samples), _CHUNK):
        chunk = samples[start : start + _CHUNK]
        low, high = chunk.min(), chunk.max()
        if not np.isfinite([low, high]).all():
            raise InputError(path, "there are samples that are no numbers", "export it again")
        if low < -limit or high > limit:
            furthest = max(-low, high)
            problem = f"{furthest:,.4g} g is beyond the device's range of {recording.range_g:g} g"
            raise InputError(path, problem, "export it again in g (not in m/s2, mg or counts)")
    some = samples[:: max(1, len(samples) // 100_000)].astype(np.float64)
    norms = np.sqrt((some * some).sum(axis=1))
    # Some programs write zeros where the device slept.
    norms = norms[norms > 0]
    if not len(norms):
        raise InputError(path, "all its samples are 0", "leave it out")
    settled = recording.time[-1] - recording.time[0] > _SETTLED_S * NANOSECONDS
    if settled and not _MEDIAN_G[0] < np.median(norms) < _MEDIAN_G[1]:
        problem = f"the median acceleration is {np.median(norms):.3g} where gravity makes it 1 g"
        raise InputError(path, problem, "export it again in g (not in m/s2, mg or counts)")
