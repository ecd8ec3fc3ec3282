"""Which samples does a csv file of raw acceleration hold?

Two forms are read: what ActiGraph's software exports (ten lines about the device, names of columns or none,
timestamps or none), and what Axivity's exports (timestamps in Unix seconds or as text, then x, y and z).
"""

import codecs
import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from il6r.activity import gt3x
from il6r.activity.accelerometry import NANOSECONDS, Recording
from il6r.errors import InputError, quoted

# Bytes: looked at for the layout, and read at a time.
_HEAD, _BLOCK = 1 << 16, 1 << 23
# Limits in g of the devices whose csv files do not give theirs; the smallest that holds all samples counts.
_LIMITS_G = (8.0, 16.0)
# Seconds that nanoseconds in 64 bits can count, to the year 2255.
_MOST_S = 9e9
# Characters of a cell in a sentence.
_SHOWN = 40
_RAW = "export the raw acceleration in g"
_COUNTS = f"give them as form: epochs with unit: counts, or {_RAW}"
_PLAIN = "give columns time, x, y and z in g, with times as YYYY-MM-DD HH:MM:SS.fff"
_DATE_AND_TIME = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4} +\d{1,2}:\d\d:\d\d(\.\d+)?")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?")
# Text files that hold something else, by how they begin.
_OTHERS = (
    (r"acceleration \(mg\) - ", "these are epochs, not raw acceleration", "give them as form: epochs"),
    (r"Device Type,GENEActiv", "this is a GENEActiv csv file", "give the device's .bin file"),
    (r"Actiware", "these are Actiwatch counts, not raw acceleration", _COUNTS),
    (r"Actical", "these are Actical counts, not raw acceleration", _COUNTS),
    (
        r"[^\n]*\n\d\d-\w{3}-\d{4}\s*\n\d\d:\d\d\s*\n",
        "these are Actiwatch counts (.AWD), not raw acceleration",
        _COUNTS,
    ),
)


@dataclass
class _Header:
    """What ActiGraph's `lines` about the device say; the attributes are those of `_Layout`."""

    lines: int = 0
    rate: float | None = None
    start: int | None = None
    date_order: str = ""
    limit: float | None = None
    device: str = ""


@dataclass
class _Layout:
    """How to read the lines after the header.

    Attributes
    ----------
    skip : lines before the first sample.
    columns : how many.
    axes, time : the columns of x, y and z, and of the timestamps (None if there are none).
    clock : "unix", "iso", "iso with zone" or "date", or "" without timestamps.
    date_order : of a "date": the places of year, month and day.
    start : ns, where there are no timestamps.
    rate : Hz, None if it follows from the timestamps.
    limit : g, None if not known.
    """

    separator: str
    decimal: str
    skip: int
    columns: int
    axes: list[int]
    time: int | None
    clock: str
    date_order: str
    start: int | None
    rate: float | None
    limit: float | None
    device: str


def text_of(head: bytes) -> str | None:
    """The beginning of a file as text, but for a character that may be cut at its end; None if it is none."""
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError:
        return None
    return None if re.search(r"[\0-\x08\x0e-\x1f]", text) else text


def read(stream, path) -> Recording:
    """Read the samples of a raw csv file.

    Timestamps in Unix seconds, and texts with a zone, are UTC; others are the device's local time. The rate
    is the header's, or what the timestamps say.

    Parameters
    ----------
    stream : the file's uncompressed bytes, from the beginning; it must be able to go back there.
    path : what sentences call it.

    Raises
    ------
    InputError : the file is no text, holds counts or epochs, has no columns x, y and z in g, or a line
        cannot be read.
    """
    head = text_of(stream.read(_HEAD))
    if head is None:
        raise InputError(path, "it is not UTF-8 text throughout", _RAW)
    layout = _layout(head, path)
    stream.seek(0)
    time, acceleration = _samples(stream, layout, path)
    rate = layout.rate if layout.rate is not None else _rate(time)
    if layout.time is None and rate > 0:
        time = layout.start + np.rint(np.arange(len(acceleration)) * (NANOSECONDS / rate)).astype(np.int64)
    limit = layout.limit
    if limit is None:
        largest = max(acceleration.max(initial=0), -acceleration.min(initial=0))
        limit = next((g for g in _LIMITS_G if largest <= g), _LIMITS_G[-1])
    utc = layout.clock in ("unix", "iso with zone")
    return Recording(time, acceleration, rate, limit, layout.device, utc=utc)


def _layout(head: str, path) -> _Layout:
    for beginning, problem, remedy in _OTHERS:
        if re.match(beginning, head):
            raise InputError(path, problem, remedy)
    lines = [line.rstrip("\r") for line in head.split("\n")]
    header = _actigraph_header(lines, path)
    skip = header.lines
    if len(lines) <= skip:
        raise InputError(path, "it holds no samples", "give the file with its data")
    # A comma may be a decimal one.
    separator = next((one for one in ";\t" if one in lines[skip]), ",")
    cells = _cells(lines[skip], separator)
    names = [] if any(_is_value(cell) for cell in cells) else cells
    if names:
        skip += 1
        cells = _cells(lines[skip], separator) if len(lines) > skip else []
        if not any(cells):
            raise InputError(path, "it holds no samples", "give the file with its data")
    comma = separator != "," and any(re.search(r"\d,\d", line) for line in lines[skip:])
    decimal = "," if comma else "."
    time, axes = _columns(names, cells, header.device, path)
    clock = (
        "" if time is None else _clock(cells[time].replace(decimal, "."), header, f"{path}, line {skip + 1}")
    )
    if time is None and (header.start is None or header.rate is None):
        raise InputError(path, "it has no timestamps, and no start and sampling rate in a header", _PLAIN)
    return _Layout(
        separator=separator,
        decimal=decimal,
        skip=skip,
        columns=len(names or cells),
        axes=axes,
        time=time,
        clock=clock,
        date_order=header.date_order,
        start=header.start,
        rate=header.rate,
        limit=header.limit,
        device=header.device or "raw csv",
    )


def _actigraph_header(lines: list[str], path) -> _Header:
    """What ActiGraph's lines about the device say; nothing where the file does not begin with such lines."""
    if not (lines and re.match(r"[\s\"-]*data (table )?file created by actigraph", lines[0], re.IGNORECASE)):
        return _Header()
    ends = [number for number, line in enumerate(lines[1:21], start=2) if line.startswith("----------")]
    if not ends:
        raise InputError(path, "its ActiGraph header has no end", "export it again")
    text = "\n".join(lines[: ends[0]])
    model = re.search(r"created by actigraph +([^\s-]\S*)", text, re.IGNORECASE)
    serial = re.search(r"Serial Number: *(\w+)", text)
    epoch = re.search(r"Epoch Period \(hh:mm:ss\) *(\d+):(\d\d):(\d\d)", text)
    seconds = (
        sum(int(part) * unit for part, unit in zip(epoch.groups(), (3600, 60, 1), strict=True))
        if epoch
        else 0
    )
    if seconds:
        raise InputError(
            path, f"these are ActiGraph counts in {seconds}-s epochs, not raw acceleration", _COUNTS
        )
    rate = re.search(r" at +(\d+(?:[.,]\d+)?) *Hz", text)
    order = re.search(r"date format ([dMy]+)\W([dMy]+)\W([dMy]+)", text)
    date_order = "".join(part[0].lower() for part in order.groups()) if order else ""
    return _Header(
        lines=ends[0],
        rate=float(rate.group(1).replace(",", ".")) if rate else None,
        start=_start(text, date_order),
        date_order=date_order,
        limit=gt3x.limits(serial.group(1) if serial else "")[1],
        device=f"ActiGraph {model.group(1)}" if model else "ActiGraph",
    )


def _start(text: str, date_order: str) -> int | None:
    """Start date and time of an ActiGraph header, in ns; None if they cannot be told."""
    date = re.search(r"Start Date *(\d+)\W(\d+)\W(\d+)", text)
    clock = re.search(r"Start Time *(\d+:\d\d:\d\d)", text)
    if not (date and clock and sorted(date_order) == ["d", "m", "y"]):
        return None
    part = dict(zip(date_order, date.groups(), strict=True))
    try:
        start = np.datetime64(f"{part['y']:0>4}-{part['m']:0>2}-{part['d']:0>2}T{clock.group(1):0>8}", "s")
    except ValueError:
        return None
    return int(start.astype(np.int64)) * NANOSECONDS if abs(start.astype(np.int64)) < _MOST_S else None


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip().strip('"').strip() for cell in line.split(separator)]


def _is_value(cell: str) -> bool:
    return _is_timestamp(cell) or bool(re.fullmatch(r"[+-]?\d*[.,]?\d+([eE][+-]?\d+)?", cell))


def _is_timestamp(cell: str) -> bool:
    """Whether it tells a date and a time, or seconds."""
    text = cell.replace(",", ".")
    return bool(_ISO.fullmatch(text) or _DATE_AND_TIME.match(text) or re.fullmatch(r"\d+(\.\d+)?", text))


def _columns(names: list[str], cells: list[str], device: str, path) -> tuple[int | None, list[int]]:
    """Which columns hold the timestamps (None if none does) and x, y and z."""
    if not names:
        first = 0 if device and not re.search(r"\d[ T]\d", cells[0]) else 1
        if len(cells) < first + 3:
            raise InputError(path, f"it has {len(cells)} columns without names", _PLAIN)
        return (0 if first else None), [first, first + 1, first + 2]
    lower = [name.lower() for name in names]
    if {"axis1", "axis2", "axis3"} <= set(lower):
        raise InputError(path, "these are ActiGraph counts, not raw acceleration", _COUNTS)
    axes = []
    for axis in "xyz":
        pattern = rf"(acc[a-z]*)?[^a-z]*{axis}([^a-z].*)?"
        fitting = [place for place, name in enumerate(lower) if re.fullmatch(pattern, name)]
        if len(fitting) != 1:
            shown = ", ".join(map(quoted, names[:8]))
            raise InputError(
                path, f"it has no columns of acceleration along x, y and z among {shown}", _PLAIN
            )
        axes.append(fitting[0])
    for place in axes:
        unit = re.search(r"[(\[](.*)[)\]]", lower[place])
        if unit and unit.group(1) not in ("g", ""):
            raise InputError(path, f"column {quoted(names[place])} is not in g", _RAW)
    # A time without its date is of no use, and the header may have the start.
    of_first = dict(zip(lower, cells, strict=False))
    times = [name for name in lower if "time" in name and _is_timestamp(of_first.get(name, ""))]
    return (lower.index(times[0]) if times else None), axes


def _clock(cell: str, header: _Header, where: str) -> str:
    """How timestamps are written."""
    iso = _ISO.fullmatch(cell)
    if iso:
        return "iso with zone" if iso.group(2) else "iso"
    if re.fullmatch(r"\d+(\.\d+)?", cell):
        return "unix"
    if _DATE_AND_TIME.fullmatch(cell) and header.date_order in ("mdy", "dmy"):
        return "date"
    raise InputError(where, f"the timestamp {quoted(cell)} is of no known form", _PLAIN)


def _samples(stream, layout: _Layout, path) -> tuple[np.ndarray, np.ndarray]:
    """Times (empty if the file has none) and samples."""
    clocks = {
        "unix": pa.float64(),
        "iso": pa.timestamp("ns"),
        "iso with zone": pa.timestamp("ns", "UTC"),
        "date": pa.string(),
    }
    names = [f"c{number}" for number in range(layout.columns)]
    axes = [names[place] for place in layout.axes]
    types = dict.fromkeys(axes, pa.float32())
    if layout.time is not None:
        types[names[layout.time]] = clocks[layout.clock]
    pieces = []
    try:
        reader = csv.open_csv(
            stream,
            read_options=csv.ReadOptions(
                skip_rows=layout.skip, column_names=names, block_size=_BLOCK, use_threads=False
            ),
            parse_options=csv.ParseOptions(delimiter=layout.separator),
            convert_options=csv.ConvertOptions(
                column_types=types,
                include_columns=list(types),
                decimal_point=layout.decimal,
                null_values=[],
                strings_can_be_null=False,
            ),
        )
        for batch in reader:
            time = None if layout.time is None else _times(batch[names[layout.time]], layout, path)
            columns = [batch[name].to_numpy(zero_copy_only=False) for name in axes]
            pieces.append((time, np.stack(columns, axis=1)))
    except pa.ArrowInvalid as error:
        raise _line_error(str(error), path) from error
    return _joined(pieces)


def _times(column, layout: _Layout, path) -> np.ndarray:
    """Timestamps in ns."""
    if layout.clock == "unix":
        seconds = column.to_numpy(zero_copy_only=False)
        if not (np.abs(seconds) < _MOST_S).all():
            raise InputError(path, "its timestamps are no Unix seconds", _PLAIN)
        return np.rint(seconds * NANOSECONDS).astype(np.int64)
    if layout.clock == "date":
        order = r"\3-\1-\2" if layout.date_order == "mdy" else r"\3-\2-\1"
        column = pc.replace_substring_regex(column, r"\b(\d)([/.:-])", r"0\1\2")
        column = pc.replace_substring_regex(column, r"^(\d\d?)[/.-](\d\d?)[/.-](\d{4}) +", order + " ")
        column = column.cast(pa.timestamp("ns"))
    return column.cast(pa.int64()).to_numpy(zero_copy_only=False)


def _joined(pieces: list) -> tuple[np.ndarray, np.ndarray]:
    """One array of each, freeing the pieces on the way."""
    total = sum(len(samples) for _, samples in pieces)
    timed = bool(pieces) and pieces[0][0] is not None
    time, acceleration = np.empty(total if timed else 0, np.int64), np.empty((total, 3), np.float32)
    pieces.reverse()
    at = 0
    while pieces:
        times, samples = pieces.pop()
        if timed:
            time[at : at + len(samples)] = times
        acceleration[at : at + len(samples)] = samples
        at += len(samples)
    return time, acceleration


def _rate(time: np.ndarray) -> float:
    """Samples per second between gaps, to a tenth."""
    steps = np.diff(time[:1_000_000])
    steps = steps[steps > 0]
    if not len(steps):
        return 0.0
    # Times may be written in whole milliseconds; blocks of samples begin a little early or late.
    usual = steps[np.abs(steps - np.median(steps)) <= 0.1 * np.median(steps) + NANOSECONDS / 1000]
    return round(float(NANOSECONDS / usual.mean()), 1)


def _line_error(message: str, path) -> InputError:
    """What the csv reader says, in our words."""
    row = re.search(r"Row #(\d+)", message)
    where = f"{path}, line {row.group(1)}" if row else path
    number = re.search(r"Expected (\d+) columns, got (\d+)", message)
    if number:
        expected, got = map(int, number.groups())
        comma = " (is it a decimal comma?)" if got > expected else " (is the file cut short?)"
        return InputError(
            where, f"it has {got} columns where {expected} are expected{comma}", "export it again"
        )
    value = re.search(r"invalid value '(.*)'", message, re.DOTALL)
    if value:
        what, cell = "a timestamp" if "timestamp" in message else "a number", value.group(1)
        shown = quoted(cell) if cell.isprintable() and len(cell) <= _SHOWN else "a cell"
        return InputError(where, f"{shown} is not {what}", "correct or delete the line")
    return InputError(where, "it cannot be read as csv", "export it again")
