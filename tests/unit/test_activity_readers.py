"""Device files written by the tests: their samples come back, and what cannot be right is one sentence."""

import gzip
import io
import json
import struct
import zipfile

import numpy as np
import pytest

from il6r.activity import devices
from il6r.activity.devices import read_recording
from il6r.activity.isolation import Failure, each
from il6r.errors import InputError

# A Monday.
START = int(np.datetime64("2025-03-03T09:00:00").astype(int))
SECOND = 1_000_000_000
COPY = "copy it again from the device or from where it was downloaded to"
OWN_FILE = "give the device's own file"
UNITS = "export it again in g (not in m/s2, mg or counts)"
COUNTS = "give them as form: epochs with unit: counts, or export the raw acceleration in g"
PLAIN = "give columns time, x, y and z in g, with times as YYYY-MM-DD HH:MM:SS.fff"


def counts(samples, seed=1):
    """Counts of 1/256 g around gravity on z."""
    return np.random.default_rng(seed).integers(-40, 41, (samples, 3)) + np.array([0, 0, 256])


# ------------------------------------------------------------------ Axivity, after the published format


def stamp(second):
    when = np.datetime64(second, "s").item()
    return (
        (when.year - 2000) << 26
        | when.month << 22
        | when.day << 17
        | when.hour << 12
        | when.minute << 6
        | when.second
    )


def cwa_header(rate_code=0x4A):
    header = bytearray(b"\xff" * 1024)
    header[:11] = struct.pack("<2sHBHI", b"MD", 1020, 0x17, 1234, 7)
    header[36] = rate_code
    return bytes(header)


def sector(values, number, start=START, session=7, shift_s=0):
    """120 packed samples at 100 Hz; the sample at the full second is number -20 k of sector k."""
    begin = number * 120
    packed = sum((values[:, axis].astype(np.int64) & 0x3FF) << (10 * axis) for axis in range(3))
    body = struct.pack(
        "<2sHHIIIHHBBBBhH",
        b"AX", 508, 0, session, number, stamp(start + begin // 100 + shift_s), 0, 300, 0, 200, 0x4A, 0x30,
        -(begin % 100), 120,
    ) + packed.astype("<u4").tobytes()  # fmt: skip
    return body + struct.pack("<H", -int(np.frombuffer(body, "<u2").sum()) & 0xFFFF)


def cwa(sectors=80, change=None, **options):
    """A .cwa file; `change` maps a sector's number to options of its own."""
    values = counts(sectors * 120).reshape(sectors, 120, 3)
    options = [{**options, **(change or {}).get(number, {})} for number in range(sectors)]
    blocks = [sector(values[number], number, **options[number]) for number in range(sectors)]
    return cwa_header() + b"".join(blocks)


def damage(content, *places):
    content = bytearray(content)
    for place in places:
        content[place] ^= 0x55
    return bytes(content)


# ------------------------------------------------------------------ GENEActiv, after the published format


def page(number, second, device="012345", samples=300):
    raw = counts(300, number)[:samples].astype(np.int64) & 0xFFF
    digits = "".join(f"{x:03X}{y:03X}{z:03X}000" for x, y, z in raw)
    when = str(np.datetime64(second, "s")).replace("T", " ")
    lines = [
        "Recorded Data", f"Device Unique Serial Code:{device}", f"Sequence Number:{number}",
        f"Page Time:{when}:000", "Unassigned:", "Temperature:21.5", "Battery voltage:4.1",
        "Device Status:Recording", "Measurement Frequency:100.0", digits,
    ]  # fmt: skip
    return "".join(f"{line}\r\n" for line in lines).encode()


def bin_header(rate="100.0 Hz", notes=b""):
    """The 59 lines that every such file begins with."""
    parts = {
        "Device Identity": ["Device Unique Serial Code:012345", "Device Type:GENEActiv", "Device Model:1.1",
            "Device Firmware Version:Ver1", "Calibration Date:2012-04-03 11:08:52:000"],
        "Device Capabilities": ["Accelerometer Range:-8 to 8", "Accelerometer Resolution:0.0039",
            "Accelerometer Units:g", "Light Meter Range:0 to 5000", "Light Meter Resolution:5",
            "Light Meter Units:lux", "Temperature Sensor Range:0 to 70", "Temperature Sensor Resolution:0.1",
            "Temperature Sensor Units:deg. C"],
        "Configuration Info": [f"Measurement Frequency:{rate}", "Measurement Period:216 Hours",
            "Start Time:2025-03-03 09:00:00:000", "Time Zone:GMT +00:00"],
        "Trial Info": ["Study Centre:", "Study Code:", "Investigator ID:", "Exercise Type:",
            "Config Operator ID:", "Config Time:2025-03-01 14:02:12:642", "Config Notes:NOTES",
            "Extract Operator ID:", "Extract Time:2025-03-20 17:25:40:479", "Extract Notes:"],
        "Subject Info": ["Device Location Code:", "Subject Code:", "Date of Birth:1900-1-1", "Sex:",
            "Height:", "Weight:", "Handedness Code:", "Subject Notes:"],
        "Calibration Data": [f"{axis} {what}" for axis in "xyz" for what in ("gain:25600", "offset:0")]
            + ["Volts:300", "Lux:800"],
        "Memory Status": ["Number of Pages:30"],
    }  # fmt: skip
    lines = [line for name, values in parts.items() for line in (name, *values, "")]
    return "".join(f"{line}\r\n" for line in lines).encode().replace(b"NOTES", notes)


def geneactiv(pages=30, **options):
    return bin_header(**options) + b"".join(page(number, START + 3 * number) for number in range(pages))


# ------------------------------------------------------------------ ActiGraph, after the published format


def record(kind, second, payload):
    body = struct.pack("<BBIH", 0x1E, kind, second, len(payload)) + payload
    return body + bytes([0xFF ^ int(np.bitwise_xor.reduce(np.frombuffer(body, np.uint8)))])


def activity2(second, values):
    return record(26, second, values.astype("<i2").tobytes())


def gt3x(log, files=None, **info):
    settings = {"Serial Number": "MOS2A0001", "Device Type": "wGT3XBT", "Sample Rate": "30", **info}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("info.txt", "".join(f"{key}: {value}\r\n" for key, value in settings.items()))
        for name, data in ({"log.bin": log} if files is None else files).items():
            archive.writestr(name, data)
    return content.getvalue()


def seconds(number, samples=30):
    return [activity2(START + second, counts(samples, second)) for second in range(number)]


# ------------------------------------------------------------------ csv


def actigraph_csv(rows, names="", start="9:00:00", date="3/3/2025", rate=" at 30 Hz ", period="00:00:00"):
    lines = [
        f"------- Data File Created By ActiGraph wGT3XBT ActiLife v6 date format M/d/yyyy{rate}-------",
        "Serial Number: MOS2A0001", f"Start Time {start}", f"Start Date {date}",
        f"Epoch Period (hh:mm:ss) {period}", "Download Time 10:28:51", "Download Date 3/9/2025",
        "Current Memory Address: 0", "Current Battery Voltage: 3.97     Mode = 12",
        "--------------------------------------------------",
    ]  # fmt: skip
    return "\r\n".join([*lines, *([names] if names else []), *rows, ""]).encode()


def rows(values, times=None, separator=","):
    cells = [[f"{value:.4f}" for value in row] for row in values / 256]
    if times is not None:
        cells = [[time, *row] for time, row in zip(times, cells, strict=True)]
    return [separator.join(row) for row in cells]


def texts(samples, rate=30, style="iso"):
    ms = np.arange(samples) * 1000 // rate
    when = np.datetime64(START, "s").astype("M8[ms]") + ms.astype("m8[ms]")
    if style == "iso":
        return [str(moment).replace("T", " ") for moment in when]
    return [f"3/3/2025 9:{moment.item():%M:%S.%f}"[:-3] for moment in when]


def table(*lines):
    return "\n".join([*lines, ""]).encode()


def unix(samples, start=START, rate=100):
    return [f"{start + number / rate:.4f}" for number in range(samples)]


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return path


# ------------------------------------------------------------------ what is read


def test_an_axivity_recording_comes_back_sample_by_sample(tmp_path):
    recording = read_recording(write(tmp_path, "a.CWA", cwa()))
    assert (recording.device, recording.rate_hz, recording.range_g) == ("Axivity AX3", 100.0, 8.0)
    assert recording.time.tolist() == [START * SECOND + number * SECOND // 100 for number in range(9600)]
    np.testing.assert_array_equal(recording.acceleration, (counts(9600) / 256).astype(np.float32))
    assert not recording.utc
    assert recording.corrupt_blocks == 0
    # The maker's formula for its thermometer: counts x 75 / 256 - 50.
    np.testing.assert_allclose(recording.temperature, 300 * 75 / 256 - 50)
    assert recording.temperature_time[[0, 1]].tolist() == [START * SECOND, START * SECOND + 1_200_000_000]


def test_the_size_of_the_pieces_that_are_decoded_changes_nothing(tmp_path, monkeypatch):
    paths = [
        write(tmp_path, "a.cwa", damage(cwa(), 1024 + 512 * 7 + 100)),
        write(tmp_path, "a.bin", geneactiv()),
    ]
    whole = [read_recording(path) for path in paths]
    monkeypatch.setattr(devices, "_SECTORS", 7)
    monkeypatch.setattr(devices, "_BIN_PIECE", 5_000)
    for path, expected in zip(paths, whole, strict=True):
        sliced = read_recording(path)
        for name in ("time", "acceleration", "temperature_time", "temperature"):
            np.testing.assert_array_equal(getattr(sliced, name), getattr(expected, name))
        assert sliced.corrupt_blocks == expected.corrupt_blocks


def test_a_gzipped_file_is_the_same_recording(tmp_path):
    plain = {"a.cwa": cwa(), "a.bin": geneactiv(), "a.gt3x": gt3x(b"".join(seconds(70))),
             "a.csv": table(*rows(counts(7000), unix(7000)))}  # fmt: skip
    for name, content in plain.items():
        expected = read_recording(write(tmp_path, name, content), "UTC")
        found = read_recording(write(tmp_path, f"{name}.gz", gzip.compress(content)), "UTC")
        np.testing.assert_array_equal(found.time, expected.time)
        np.testing.assert_array_equal(found.acceleration, expected.acceleration)


def test_damaged_sectors_are_skipped_and_counted(tmp_path):
    content = damage(cwa(), 1024 + 512 * 3 + 99, 1024 + 512 * 40)
    # A sector that is cut off can only be lost.
    recording = read_recording(write(tmp_path, "a.cwa", content[:-100]))
    assert recording.corrupt_blocks == 3
    kept = np.delete(counts(9600).reshape(80, 120, 3), [3, 40, 79], axis=0).reshape(-1, 3) / 256
    np.testing.assert_array_equal(recording.acceleration, kept.astype(np.float32))


def test_blocks_that_begin_a_little_early_take_the_time_of_the_last_ones_end(tmp_path):
    early = cwa(change={number: {"shift_s": -1} for number in range(40, 80)})
    recording = read_recording(write(tmp_path, "a.cwa", early))
    steps = np.diff(recording.time)
    assert len(recording.time) == 9600
    assert steps.min() == 0
    assert recording.time[-1] == (START + 95) * SECOND - SECOND // 100


def test_a_geneactiv_recording_comes_back_sample_by_sample(tmp_path):
    recording = read_recording(write(tmp_path, "a.bin", geneactiv(notes="Münster".encode("latin-1"))))
    assert (recording.device, recording.rate_hz, recording.range_g) == ("GENEActiv", 100.0, 8.0)
    assert recording.time.tolist() == [START * SECOND + number * SECOND // 100 for number in range(9000)]
    # (100 counts - offset) / gain, the maker's formula.
    expected = np.concatenate([counts(300, number) for number in range(30)]) * 100 / 25600
    np.testing.assert_allclose(recording.acceleration, expected, atol=1e-6)
    assert recording.temperature.tolist() == [21.5] * 30


def test_damaged_pages_are_skipped_and_the_samples_of_a_page_that_is_cut_off_are_kept(tmp_path):
    pages = [page(number, START + 3 * number) for number in range(30)]
    pages[4] = pages[4].replace(b"00\r\n", b"0\r\n")
    pages[9] = damage(pages[9], 500)
    pages[20] = pages[20].replace(b"Page Time:2", b"Page Time:x")
    # Cut within its 100th sample.
    pages[29] = pages[29][: pages[29].index(b"100.0\r\n") + 7 + 99 * 12 + 5]
    recording = read_recording(write(tmp_path, "a.bin", bin_header() + b"".join(pages)))
    assert recording.corrupt_blocks == 4
    assert len(recording.time) == 26 * 300 + 99


# The maker's worked example of packed samples: y, x, z of three samples, in counts.
PACKED = bytes.fromhex("00 60 08 EB D0 07 00 9E BF 00 70 08 EB F0")
UNPACKED = np.array([[8, 6, -323], [9, 7, -321], [8, 7, -321]])


def test_packed_samples_are_those_of_the_makers_example(tmp_path):
    log = record(0, START, PACKED) + record(0, START + 1, PACKED) + record(0, START + 5, b"\0")
    recording = read_recording(
        write(tmp_path, "a.gt3x", gt3x(log, **{"Serial Number": "NEO1C1", "Sample Rate": "3"}))
    )
    np.testing.assert_allclose(recording.acceleration, np.tile(UNPACKED, (2, 1)) / 341, atol=1e-7)
    np.testing.assert_allclose(recording.time / SECOND - START, np.arange(6) / 3, atol=1e-6)
    assert recording.range_g == 6.0


def test_a_file_of_the_first_generation_has_samples_from_its_start_on(tmp_path):
    ticks = (START + 62_135_596_800) * 10_000_000
    info = {"Serial Number": "NEO1C1", "Start Date": ticks, "Device Type": "GT3X+"}
    content = gt3x(b"", {"activity.bin": PACKED, "lux.bin": b""}, **info)
    recording = read_recording(write(tmp_path, "a.gt3x", content))
    np.testing.assert_allclose(recording.acceleration, UNPACKED / 341, atol=1e-7)
    np.testing.assert_allclose(recording.time / SECOND - START, np.arange(3) / 30, atol=1e-6)
    assert recording.device == "ActiGraph GT3X+"


def test_samples_of_the_newer_records_are_scaled_by_the_settings_and_gaps_stay_gaps(tmp_path):
    # The maker's example: 48, -52 and 322 counts are 0.188, -0.203 and 1.258 g.
    values = np.tile(np.frombuffer(bytes.fromhex("3000ccff4201"), "<i2"), (30, 1))
    log = activity2(START, values) + record(3, START + 1, b"\x08") + activity2(START + 60, values)
    recording = read_recording(write(tmp_path, "a.gt3x", gt3x(log, **{"Acceleration Scale": "256,0"})))
    np.testing.assert_allclose(recording.acceleration[0], [0.188, -0.203, 1.258], atol=5e-4)
    assert recording.time[30] - recording.time[29] == 59 * SECOND + SECOND // 30 + 1
    assert recording.range_g == 8.0


def test_damaged_records_padding_and_repeated_seconds_lose_only_themselves(tmp_path):
    log = seconds(70)
    log[5] = damage(log[5], 20)
    log[9] += bytes(7)
    # Its size is wrong, so that it seems to go on for 64 kB.
    log[12] = damage(log[12], 7)
    log[30] += log[30]
    recording = read_recording(write(tmp_path, "a.gt3x", gt3x(b"".join(log)[:-3])))
    found = (recording.time // SECOND - START)[::30].tolist()
    # The record before a damaged one may be told apart from noise only by what follows it.
    assert found == [second for second in range(70) if second not in (5, 12, 69)]
    assert recording.corrupt_blocks == 4


def test_a_log_longer_than_a_piece_is_read_whole(tmp_path, monkeypatch):
    path = write(tmp_path, "a.gt3x", gt3x(b"".join(seconds(700, 100)), **{"Sample Rate": "100"}))
    whole = read_recording(path)
    monkeypatch.setattr("il6r.activity.gt3x._PIECE", 70_000)
    pieces = read_recording(path)
    np.testing.assert_array_equal(pieces.time, whole.time)
    np.testing.assert_array_equal(pieces.acceleration, whole.acceleration)
    assert len(whole.time) == 70_000


def test_an_actigraph_whose_metadata_say_so_has_a_clock_in_utc(tmp_path):
    said = record(6, START - 60, json.dumps({"MetadataType": "LocalTimeLog", "UsedUtc": True}).encode())
    path = write(tmp_path, "a.gt3x", gt3x(said + b"".join(seconds(3))))
    assert read_recording(path, "Europe/Vienna").utc
    with pytest.raises(
        InputError, match="its times are UTC, and the time zone in which it was worn is missing"
    ):
        read_recording(path)


NAMES = "Timestamp,Accelerometer X,Accelerometer Y,Accelerometer Z"
ACTIGRAPH = {
    "no names": actigraph_csv(rows(counts(90))),
    "names": actigraph_csv(rows(counts(90)), NAMES.removeprefix("Timestamp,")),
    "other order": actigraph_csv(
        rows(counts(90)[:, [1, 0, 2]]), "Accelerometer Y,Accelerometer X,Accelerometer Z"
    ),
    "times": actigraph_csv(rows(counts(90), texts(90, style="us")), NAMES),
    "iso times": actigraph_csv(rows(counts(90), texts(90)), NAMES),
    "times without names": actigraph_csv(rows(counts(90), texts(90))),
    "clock without date": actigraph_csv(rows(counts(90), ["9:00:00"] * 90), "Time,X,Y,Z"),
    "decimal comma": actigraph_csv([row.replace(".", ",") for row in rows(counts(90), separator=";")]),
}


@pytest.mark.parametrize("form", ACTIGRAPH)
def test_an_actigraph_csv_is_read_in_each_of_its_forms(tmp_path, form):
    recording = read_recording(write(tmp_path, "a.csv", ACTIGRAPH[form]))
    np.testing.assert_allclose(recording.acceleration, counts(90) / 256, atol=6e-5)
    # Timestamps are written in whole milliseconds.
    np.testing.assert_allclose(recording.time / SECOND - START, np.arange(90) / 30, atol=1.1e-3)
    assert (recording.device, recording.rate_hz, recording.range_g) == ("ActiGraph wGT3XBT", 30.0, 8.0)
    assert not recording.utc


def test_an_actigraph_csv_whose_header_does_not_name_the_model_is_of_an_actigraph(tmp_path):
    headed = actigraph_csv(rows(counts(90), texts(90)), NAMES)
    for name, first in (("blanks", b"ActiGraph   wGT3XBT"), ("none", b"ActiGraph")):
        line, rest = headed.split(b"\r\n", 1)
        line = line[: line.index(b"ActiGraph")] + first
        recording = read_recording(write(tmp_path, f"{name}.csv", line + b"\r\n" + rest))
        assert recording.device == {"blanks": "ActiGraph wGT3XBT", "none": "ActiGraph"}[name]
        assert recording.rate_hz == 30.0


NAMED = "Time,Accel-X (g),Accel-Y (g),Accel-Z (g),Gyro-X (d/s),Gyro-Y (d/s),Gyro-Z (d/s)"
AXIVITY = {
    "unix": (table(*rows(counts(90), unix(90))), True),
    "unix with names": (table(NAMED, *(f"{row},1,2,3" for row in rows(counts(90), unix(90)))), True),
    "text": (table(*rows(counts(90), texts(90, 100))), False),
    "text with T": (
        table("time,x,y,z", *rows(counts(90), [t.replace(" ", "T") for t in texts(90, 100)])),
        False,
    ),
    "text in UTC": (table("time,x,y,z", *rows(counts(90), [f"{t}Z" for t in texts(90, 100)])), True),
    "tabs": (table("time\tx\ty\tz", *rows(counts(90), unix(90), "\t")), True),
    "byte order mark": (b"\xef\xbb\xbf" + table("time,x,y,z", *rows(counts(90), unix(90))), True),
}


@pytest.mark.parametrize("form", AXIVITY)
def test_a_csv_of_times_and_samples_is_read_in_each_of_its_forms(tmp_path, form):
    content, utc = AXIVITY[form]
    recording = read_recording(write(tmp_path, "a.csv", content), "UTC")
    np.testing.assert_allclose(recording.acceleration, counts(90) / 256, atol=6e-5)
    np.testing.assert_allclose(recording.time / SECOND - START, np.arange(90) / 100, atol=1e-6)
    assert (recording.rate_hz, recording.range_g, recording.utc) == (100.0, 8.0, utc)


def test_a_csv_beyond_8_g_is_of_a_device_with_16_g(tmp_path):
    values = counts(90) * 10
    assert read_recording(write(tmp_path, "a.csv", table(*rows(values, texts(90))))).range_g == 16.0


# ------------------------------------------------------------------ what is refused

GOOD = rows(counts(200), unix(200))
LONG = unix(7000)
DATED = "correct its dates, or leave it out"
APART = "give each recording in a file of its own"
READ_HERE = "it is nothing that is read here (Axivity .cwa, GENEActiv .bin, ActiGraph .gt3x, raw csv)"
RENAME = "give the right file, or rename it"
NO_SAMPLES = ": it holds no samples; give a file with a recording, or leave it out."
NO_DATA = ": it holds no samples; give the file with its data."
RATE_0 = ": its sampling rate is 0; export it again with the device's sampling rate."
NO_TIMES = f": it has no timestamps, and no start and sampling rate in a header; {PLAIN}."
CUT = f": it is damaged or cut short; {COPY}."
NOT_READ = "which is not read here; convert it to a csv of time, x, y and z in g."
WRONG = ": it has the wrong extension: it is"
TWO = ": it holds two recordings"
REFUSED = {
    # Files that are of another kind than their name says, empty, or cut.
    "empty": ("a.cwa", b"", f": it is empty; {COPY}."),
    "empty gzip": ("a.csv.gz", gzip.compress(b""), f": it is empty; {COPY}."),
    "gt3x as cwa": ("a.cwa", gt3x(b""), f"{WRONG} ActiGraph .gt3x by its content; {RENAME}."),
    "cwa as bin": ("a.bin", cwa(2), f"{WRONG} Axivity .cwa by its content; {RENAME}."),
    "bin as csv": ("a.csv", geneactiv(1), f"{WRONG} GENEActiv .bin by its content; {RENAME}."),
    "csv as gt3x": ("a.gt3x", table(*GOOD), f"{WRONG} text; {RENAME}."),
    "not gzipped": (
        "a.cwa.gz",
        cwa(2),
        ": it is not gzipped by its content and not by its extension; rename it.",
    ),
    "gzipped": (
        "a.cwa",
        gzip.compress(cwa(2)),
        ": it is gzipped by its content and not by its extension; rename it.",
    ),
    "noise": ("a.bin", bytes(range(256)) * 8, f": {READ_HERE}; {OWN_FILE}."),
    "cut gzip": ("a.cwa.gz", gzip.compress(cwa(20))[:-900], CUT),
    "cut gzipped csv": ("a.csv.gz", gzip.compress(table(*GOOD))[:-9], CUT),
    "GENEA": ("a.bin", b"GENEA/1.00\r\n", f": it is a recording of a GENEA, {NOT_READ}"),
    "Matrix": ("a.BIN", bytes(512) + b"MDTC" + bytes(99), f": it is a recording of a Matrix, {NOT_READ}"),
    "wav": (
        "a.wav",
        b"RIFF\0\0\0\0WAVEfmt ",
        ": it is a sound file (.wav), which is not read here; give the .cwa file it was made from.",
    ),
    "agd": (
        "a.agd",
        b"SQLite format 3\0",
        ": it is an ActiGraph .agd file of counts, which is not read here; give the .gt3x file.",
    ),
    "Excel": (
        "a.xls",
        b"\xd0\xcf\x11\xe0\xa1\xb1",
        f": it is an Excel file, which is not read here; {OWN_FILE}.",
    ),
    # Axivity.
    "header cut": ("a.cwa", cwa(2)[:700], f": it is cut short within its header; {COPY}."),
    "header only": ("a.cwa", cwa(0), NO_SAMPLES),
    "two sessions": (
        "a.cwa",
        cwa(change={40: {"session": 8}}),
        f"{TWO} (its blocks are of different sessions); {APART}.",
    ),
    "two files in one": (
        "a.cwa",
        cwa(20) + cwa(20),
        f"{TWO} (a second header stands at byte 11,264); {APART}.",
    ),
    "clock never set": (
        "a.cwa",
        cwa(start=946_684_800 + 60),
        f": it begins on 2000-01-01: the device's clock was never set; {DATED}.",
    ),
    "future": (
        "a.cwa",
        cwa(start=START + 30 * 31_557_600),
        f": it ends on 2055-03-03, in the future; {DATED}.",
    ),
    "clock set back": (
        "a.cwa",
        cwa(change={number: {"shift_s": -3600} for number in range(40, 80)}),
        ": its clock goes back by 3,600.0 s; "
        "give the recordings before and after that in files of their own.",
    ),
    "other rate": (
        "a.cwa",
        cwa_header(0x48) + cwa()[1024:],
        ": its sampling rate is given as 25 Hz and its samples come 100 a second; "
        "correct its header or its timestamps.",
    ),
    # GENEActiv.
    "bin header cut": ("a.bin", bin_header()[:300], f": its header or a block is damaged; {COPY}."),
    "page in header": (
        "a.bin",
        geneactiv().replace(b"Recorded Data", b"Recorded data", 1),
        f": its header or a block is damaged; {COPY}.",
    ),
    "bin rate": (
        "a.bin",
        geneactiv(rate="fast"),
        f": the device's settings in its header are damaged; {COPY}.",
    ),
    "bin rate 0": ("a.bin", geneactiv(rate="0 Hz"), RATE_0),
    "two devices": (
        "a.bin",
        geneactiv() + page(30, START + 90, "099999"),
        f"{TWO} (its pages are of different devices); {APART}.",
    ),
    "two bin files in one": (
        "a.bin",
        geneactiv() + geneactiv(),
        f"{TWO} (a second header stands among its pages); {APART}.",
    ),
    "gain": (
        "a.bin",
        geneactiv().replace(b"x gain:25600", b"x gain:100"),
        f": 40 g is beyond the device's range of 8 g; {UNITS}.",
    ),
    # ActiGraph.
    "cut zip": (
        "a.gt3x",
        gt3x(b"".join(seconds(3)))[:-30],
        f": this .gt3x file is damaged or cut short; {COPY}.",
    ),
    "other zip": (
        "a.gt3x",
        gt3x(b"", {"word.xml": b"<w/>"}),
        f": it is a zip archive and no .gt3x file; {OWN_FILE}.",
    ),
    "gt3x rate 0": ("a.gt3x", gt3x(b"".join(seconds(3)), **{"Sample Rate": "0"}), RATE_0),
    "gt3x rate": (
        "a.gt3x",
        gt3x(b"".join(seconds(3)), **{"Sample Rate": "fast"}),
        f": 'Sample Rate' in its info.txt is not a number; {COPY}.",
    ),
    "not calibrated": (
        "a.gt3x",
        gt3x(b"", {"log.bin": b"", "calibration.json": b'{"isCalibrated": false}'}),
        ": its samples are not calibrated; export it as raw csv with the maker's software.",
    ),
    "no records": ("a.gt3x", gt3x(record(2, START, b"\0\0")), NO_SAMPLES),
    # Text.
    "counts": (
        "a.csv",
        actigraph_csv(["1,2,3"], period="00:01:00"),
        f": these are ActiGraph counts in 60-s epochs, not raw acceleration; {COUNTS}.",
    ),
    "counts by name": (
        "a.csv",
        actigraph_csv(["1,2,3,3"], "axis1,axis2,axis3,vm"),
        f": these are ActiGraph counts, not raw acceleration; {COUNTS}.",
    ),
    "Actiwatch": (
        "a.csv",
        b"\xef\xbb\xbfActiware-export,,\n",
        f": these are Actiwatch counts, not raw acceleration; {COUNTS}.",
    ),
    "AWD": (
        "a.AWD",
        b"ab\r\n01-Oct-2009\r\n17:00\r\n 4\r\n",
        f": these are Actiwatch counts (.AWD), not raw acceleration; {COUNTS}.",
    ),
    "Actical": (
        "a.csv",
        b"Actical List Export File,,\n",
        f": these are Actical counts, not raw acceleration; {COUNTS}.",
    ),
    "GENEActiv csv": (
        "a.csv",
        b"Device Type,GENEActiv\n",
        ": this is a GENEActiv csv file; give the device's .bin file.",
    ),
    "epochs": (
        "a.csv",
        b"acceleration (mg) - 2014-12-08 10:00:00 - 2014-12-15 09:59:55 - "
        b"sampleRate = 5 seconds,imputed\n1,0\n",
        ": these are epochs, not raw acceleration; give them as form: epochs.",
    ),
    "other table": (
        "a.csv",
        table("participant,date,enmo_mg", "P1,2025-03-03,30"),
        ": it has no columns of acceleration along x, y and z among 'participant', 'date', 'enmo_mg'; "
        f"{PLAIN}.",
    ),
    "two columns": ("a.csv", table("1740000000.0,0.5"), f": it has 2 columns without names; {PLAIN}."),
    "no times": ("a.csv", table("x,y,z", "0,0,1"), NO_TIMES),
    "no rate": ("a.csv", actigraph_csv(["0,0,1"], rate=" "), NO_TIMES),
    "no start": ("a.csv", actigraph_csv(["0,0,1"], date="31/31/2025"), NO_TIMES),
    "odd times": (
        "a.csv",
        table("3.3.2025 9:00:00,0,0,1"),
        f", line 1: the timestamp '3.3.2025 9:00:00' is of no known form; {PLAIN}.",
    ),
    "unending header": (
        "a.csv",
        actigraph_csv(["0,0,1"]).replace(b"\r\n" + b"-" * 50, b""),
        ": its ActiGraph header has no end; export it again.",
    ),
    "header without data": ("a.csv", actigraph_csv([])[:-2], NO_DATA),
    "names without data": ("a.csv", table("time,x,y,z"), NO_DATA),
    "mg by name": (
        "a.csv",
        table("time,x [mg],y [mg],z [mg]", "1740000000.0,1,2,1000"),
        ": column 'x [mg]' is not in g; export the raw acceleration in g.",
    ),
    "csv rate 0": ("a.csv", actigraph_csv(["0,0,1"], rate=" at 0 Hz "), RATE_0),
    "one time": ("a.csv", table(*["1740992400,0,0,1"] * 9), RATE_0),
    "cut line": (
        "a.csv",
        table(*GOOD)[:-12],
        ", line 200: it has 3 columns where 4 are expected (is the file cut short?); export it again.",
    ),
    "decimal comma": (
        "a.csv",
        table(*GOOD, "1741000000,0,0,0,0,1,0"),
        ", line 201: it has 7 columns where 4 are expected (is it a decimal comma?); export it again.",
    ),
    "no number": (
        "a.csv",
        actigraph_csv(["0,0,1", "0,none,1"]),
        ", line 12: 'none' is not a number; correct or delete the line.",
    ),
    "no timestamp": (
        "a.csv",
        table(*rows(counts(2), texts(2)), "2025-13-01 00:00:00,0,0,1"),
        ", line 3: '2025-13-01 00:00:00' is not a timestamp; correct or delete the line.",
    ),
    "milliseconds": (
        "a.csv",
        table("1741000000000,0,0,1"),
        f": its timestamps are no Unix seconds; {PLAIN}.",
    ),
    "distant start": ("a.csv", actigraph_csv(["0,0,1"], date="3/3/9999"), NO_TIMES),
    "long cell": (
        "a.csv",
        table(*GOOD, f"1741000000,0,0,{'x' * 99}"),
        ", line 201: a cell is not a number; correct or delete the line.",
    ),
    "Latin-1": (
        "a.csv",
        table(*rows(counts(50), unix(50))) + b"\xfc" + table(*GOOD),
        ": it is not UTF-8 text throughout; export the raw acceleration in g.",
    ),
    "not finite": (
        "a.csv",
        table(*GOOD, "1741000000,0,nan,0"),
        ": there are samples that are no numbers; export it again.",
    ),
    "counted from 0": (
        "a.csv",
        table(*rows(counts(200), unix(200, 0))),
        f": it begins on 1970-01-01: the device's clock was never set; {DATED}.",
    ),
    "m/s2": (
        "a.csv",
        table(*rows(counts(7000) * 5, LONG)),
        f": the median acceleration is 5.04 where gravity makes it 1 g; {UNITS}.",
    ),
    "mg": (
        "a.csv",
        table(*rows(counts(200) * 1000, unix(200))),
        f": 1,156 g is beyond the device's range of 16 g; {UNITS}.",
    ),
    "zeros": ("a.csv", table(*rows(counts(200) * 0, unix(200))), ": all its samples are 0; leave it out."),
    "no time zone": (
        "a.csv",
        table(*GOOD),
        ": its times are UTC, and the time zone in which it was worn is missing; "
        "give time_zone in the config, such as Europe/London.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_right_is_refused_in_one_sentence(tmp_path, case):
    name, content, sentence = REFUSED[case]
    path = write(tmp_path, name, content)
    with pytest.raises(InputError) as caught:
        read_recording(path, None if case == "no time zone" else "UTC")
    assert str(caught.value) == f"{path}{sentence}"


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    for path, reason in ((tmp_path / "a.cwa", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(InputError) as caught:
            read_recording(path)
        said = f"{path}: it cannot be opened ({reason}); check that it is a file that you may read."
        assert str(caught.value) == said


def test_whatever_is_cut_or_damaged_ends_in_a_recording_or_a_sentence(tmp_path):
    random = np.random.default_rng(7)
    sources = {
        "a.cwa": cwa(60),
        "a.bin": geneactiv(20),
        "a.gt3x": gt3x(b"".join(seconds(70))),
        "a.csv": actigraph_csv(rows(counts(300))),
    }
    cases = []
    for name, content in sources.items():
        cases += [(name, content[:length]) for length in random.integers(1, len(content), 12)]
        for _ in range(12):
            # Headers are a small part of a file and most of what can go wrong.
            end = random.choice([2000, len(content)])
            cases.append((name, damage(content, *random.integers(0, min(end, len(content)), 4))))

    def outcome(case):
        recording = read_recording(write(tmp_path, *case), "UTC")
        assert len(recording.time) == len(recording.acceleration) > 0
        assert np.diff(recording.time).min(initial=0) >= 0
        assert np.abs(recording.acceleration).max() <= recording.range_g * 1.1
        return "recording"

    found = [result for _, result in each(outcome, cases, timeout_s=60, label=lambda case: case[0])]
    sentences = [result.sentence for result in found if isinstance(result, Failure)]
    assert 0 < len(sentences) < len(found)
    for sentence in sentences:
        assert "traceback" not in sentence
        assert sentence.startswith(str(tmp_path))
        assert sentence.isprintable()
