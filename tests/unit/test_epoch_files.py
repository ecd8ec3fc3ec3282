"""Files of epochs: the forms that are read, and the sentences about those that are not."""

import gzip
import re

import numpy as np
import pandas as pd
import pytest
from conftest import real

from il6r.activity import epoch_files
from il6r.activity.epoch_files import read_epochs
from il6r.errors import InputError

HEADER = "acceleration (mg) - 2014-12-08 10:00:00 - {end} - sampleRate = {seconds} seconds,imputed"


def moment(text: str) -> int:
    """Seconds since 1970 of a time without a zone."""
    return int(pd.Timestamp(text).timestamp())


def put(path, *lines, end="\n"):
    content = ("\n".join(lines) + end).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def ukb(path, *rows, end="2014-12-08 10:00:15", seconds="5", header=HEADER):
    return put(path, header.format(end=end, seconds=seconds), *rows)


ROWS_90004 = ("12.3,0", "0,0", "40.5,1", "7,0")
UNIX = "1741000000,3,1"
ROWS = (
    "2025-03-03 10:00:00,12.3,1",
    "2025-03-03 10:00:05,0,1",
    "2025-03-03 10:00:10,40.5,0",
    "2025-03-03 10:00:15,7,1",
)


def plain(path, *rows, header="time,enmo_mg,worn"):
    return put(path, header, *rows)


def read_plain(path, **options):
    return read_epochs(path, "epochs", **options)


# UK Biobank's field 90004


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_field_90004_is_read_as_uk_biobank_writes_it(tmp_path, name):
    found = read_epochs(ukb(tmp_path / name, *ROWS_90004), "epochs_90004")
    assert (found.start, found.seconds, found.utc) == (moment("2014-12-08 10:00:00"), 5, False)
    assert found.enmo_mg.tolist() == [12.3, 0, 40.5, 7]
    # Its imputed time is time not worn.
    assert found.worn.tolist() == [True, True, False, True]


def test_a_missing_value_of_field_90004_is_no_recorded_time(tmp_path):
    found = read_epochs(ukb(tmp_path / "a.csv", "1,0", ",1", ",0", "2,0"), "epochs_90004")
    assert np.isnan(found.enmo_mg).tolist() == [False, True, True, False]
    assert found.worn.tolist() == [True, False, False, True]


def test_the_real_file_is_told_to_be_cut_short():
    path = real("activity", "raw", "GGIR", "ukbiobank.csv")
    with pytest.raises(
        InputError, match=r"its header announces 120,960 epochs and it has 502; copy or export"
    ):
        read_epochs(path, "epochs_90004")
    # The 502 epochs that are there are read where the header says so.
    assert len(path.read_text().splitlines()) == 503


@pytest.mark.parametrize(
    ("start", "end", "rows"),
    [
        ("2025-03-29 23:00:00", "2025-03-30 06:59:00", 7 * 60),
        ("2025-03-29 23:00:00", "2025-03-30 05:59:00", 7 * 60),
        ("2025-10-25 23:00:00", "2025-10-26 05:59:00", 8 * 60),
    ],
    ids=["by clocks, spring", "by the device", "by clocks, autumn"],
)
def test_a_header_that_ends_by_changed_clocks_is_no_cut_file(tmp_path, start, end, rows):
    header = HEADER.replace("2014-12-08 10:00:00", start)
    path = ukb(tmp_path / "a.csv", *["20,0"] * rows, end=end, seconds="60", header=header)
    found = read_epochs(path, "epochs_90004", time_zone="Europe/London")
    assert len(found.enmo_mg) == rows
    assert found.start == moment(start)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"end": "2014-12-08 10:00:20"},
            "its header announces 5 epochs and it has 4; copy or export it again",
        ),
        (
            {"end": "2014-12-08 10:00:10"},
            "announces 3 epochs and it has 4; correct the times in its first line",
        ),
        ({"seconds": "0"}, "line 1: the epoch length is 0 seconds; give epochs of 1 to 60 whole seconds"),
        ({"seconds": "2.5"}, "line 1: the epoch length is 2.5 seconds; give epochs of 1 to 60 whole"),
        ({"header": HEADER.replace("10:00:00", "10:00:00Z")}, "its first column is not called"),
        ({"seconds": "-5"}, "line 1: the epoch length is -5 seconds"),
        ({"seconds": "7"}, "line 1: the epoch length is 7 seconds; give epochs .* a day can be divided into"),
        ({"seconds": "fast"}, "line 1: the epoch length is fast seconds"),
        ({"seconds": "0.5"}, "line 1: the epoch length is 0.5 seconds"),
        ({"end": "2014-12-38 10:00:15"}, "line 1: '2014-12-38 10:00:15' is not a time"),
        ({"header": HEADER.removesuffix(",imputed") + ",x"}, "it does not say when the device was worn"),
        ({"header": "acc,imputed"}, "its first column is not called 'acceleration .mg. - start - end"),
        (
            {"header": HEADER.replace("2014", "1970"), "end": "1970-12-08 10:00:15"},
            "line 1: the recording is from 1970-12-08 to 1970-12-08, which cannot be right",
        ),
        (
            {"header": HEADER.replace("2014", "2094"), "end": "2094-12-08 10:00:15"},
            "line 1: the recording is from 2094-12-08 to 2094-12-08, which cannot be right",
        ),
    ],
)
def test_headers_of_field_90004_that_cannot_be_are_refused(tmp_path, change, problem):
    with pytest.raises(InputError, match=problem):
        read_epochs(ukb(tmp_path / "a.csv", *ROWS_90004, **change), "epochs_90004")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("-3,0", "line 3: the value -3 mg is outside 0 to 8000"),
        ("8001,0", "line 3: the value 8001 mg is outside 0 to 8000"),
        ("inf,0", "line 3: the value inf mg is outside 0 to 8000"),
        ("3,2", "line 3: imputed is 2; write 0 or 1 in every line"),
        ("3,", "line 3: imputed is empty; write 0 or 1 in every line"),
        ("3,no", "line 3: imputed 'no' is not a number"),
        ("a,0", "line 3: .* 'a' is not a number"),
        ("3,0,0", "line 3: it has 3 columns, the header 2"),
        ("3", "line 3: it has 1 columns, the header 2"),
        ('"3,5",0', "line 3: .* '3,5' has a decimal comma"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, row, problem):
    path = ukb(tmp_path / "a.csv", "1,0", row, "2,0", "3,1")
    with pytest.raises(InputError, match=problem):
        read_epochs(path, "epochs_90004")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "it is empty"),
        (b"PK\x03\x04\x00\x00", "it is not a text table"),
        (HEADER.encode() + b"\n", "it has a header and no rows|its header announces"),
        (b"\n" + HEADER.encode() + b"\n1,0\n", "its first line is empty"),
        (gzip.compress(b"x,imputed\n" + b"1,0\n" * 9999, mtime=0)[:40], "it is not a text table"),
    ],
    ids=["empty", "a zip", "header only", "blank first", "gzip without its name"],
)
def test_what_is_no_table_of_epochs_is_named(tmp_path, content, problem):
    path = tmp_path / "a.csv"
    path.write_bytes(content.replace(b"{end}", b"2014-12-08 10:00:00").replace(b"{seconds}", b"5"))
    with pytest.raises(InputError, match=problem):
        read_epochs(path, "epochs_90004")


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.99])
def test_a_compressed_file_that_was_cut_is_one_sentence(tmp_path, keep):
    rows = [f"{value:.2f},0" for value in np.random.default_rng(1).exponential(30, 20_000)]
    path = ukb(tmp_path / "a.csv.gz", *rows, end="2014-12-09 13:46:35")
    assert len(read_epochs(path, "epochs_90004").enmo_mg) == 20_000
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(InputError, match="it cannot be read as a UTF-8 table"):
        read_epochs(path, "epochs_90004")


# Plain epochs


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", "\t"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text + "\n",
        lambda text: text.replace(" 10", "T10"),
        lambda text: re.sub(r"(:\d\d),", r"\1.000,", text),
        lambda text: text.replace("12.3,1", " 12.3 ,1"),
        lambda text: text.replace("worn", '"worn"').replace(",7", ',"7"'),
        lambda text: text.replace("time,", "x,time,").replace("2025", "9,2025"),
    ],
    ids=[
        "comma", "semicolon", "tab", "Windows", "BOM", "blank line", "T", "milliseconds", "blanks", "quotes",
        "other columns",
    ],
)  # fmt: skip
def test_plain_epochs_of_all_kinds_are_read_alike(tmp_path, change):
    path = tmp_path / "a.csv"
    path.write_bytes(change("\n".join(["time,enmo_mg,worn", *ROWS, ""])).encode())
    found = read_plain(path)
    assert (found.start, found.seconds, found.utc, found.unit) == (moment("2025-03-03 10:00"), 5, False, "mg")
    assert found.enmo_mg.tolist() == [12.3, 0, 40.5, 7]
    assert found.worn.tolist() == [True, True, False, True]


@pytest.mark.parametrize("name", ["imputed", "nonwear"])
def test_time_imputed_and_non_wear_are_time_not_worn(tmp_path, name):
    found = read_plain(plain(tmp_path / "a.csv", *ROWS, header=f"time,enmo_mg,{name}"))
    assert found.worn.tolist() == [False, False, True, False]


def test_columns_are_called_what_the_config_says(tmp_path):
    path = plain(tmp_path / "a.csv", *ROWS, header="zeit,acc,wearing")
    found = read_plain(path, columns={"time": "zeit", "enmo_mg": "acc", "worn": "wearing"})
    assert found.enmo_mg.tolist() == [12.3, 0, 40.5, 7]
    assert found.worn.tolist() == [True, True, False, True]
    with pytest.raises(InputError, match="there is no column 'uhrzeit'"):
        read_plain(path, columns={"time": "uhrzeit", "enmo_mg": "acc", "worn": "wearing"})


@pytest.mark.parametrize(
    ("times", "zone", "start", "utc"),
    [
        (["1741000000", "1741000005"], "Europe/London", 1741000000, True),
        (["1.741e9", "1741000005.0"], "Europe/London", 1741000000, True),
        (["2025-07-03T10:00:00Z", "2025-07-03T10:00:05Z"], "Asia/Tokyo", moment("2025-07-03 10:00"), True),
        (["2025-07-03T10:00:00+0100", "2025-07-03T10:00:05+0100"], "UTC", moment("2025-07-03 09:00"), True),
        (["2025-07-03 10:00:00-03:30", "2025-07-03 10:00:05-03:30"], "UTC", moment("2025-07-03 13:30"), True),
        # More digits of a second than any clock has.
        (
            [f"2025-07-03T10:00:{s}.{'0' * 16}+01:00" for s in ("00", "05")],
            "UTC",
            moment("2025-07-03 09:00"),
            True,
        ),
        # As it is written where no zone is given.
        (["2025-07-03T10:00:00+0100", "2025-07-03T10:00:05+0100"], None, moment("2025-07-03 10:00"), False),
        # The hour that there is twice, told apart by its offset.
        (
            ["2025-10-26T01:59:55+0100", "2025-10-26T01:00:00+0000"],
            "UTC",
            moment("2025-10-26 00:59:55"),
            True,
        ),
        (["2025-07-03 10:00:00", "2025-07-03 10:00:05"], "Europe/London", moment("2025-07-03 10:00"), False),
    ],
)
def test_times_are_read_with_their_zone(tmp_path, times, zone, start, utc):
    path = plain(tmp_path / "a.csv", *(f"{time},3,1" for time in times))
    found = read_plain(path, time_zone=zone)
    assert (found.start, found.seconds, found.utc) == (start, 5, utc)
    assert len(found.enmo_mg) == 2


def test_what_a_file_leaves_out_is_missing(tmp_path):
    unknown = ("2025-03-03 10:00:30,,", "2025-03-03 10:00:35,,1")
    found = read_plain(plain(tmp_path / "a.csv", ROWS[0], ROWS[1], ROWS[3], *unknown))
    assert found.seconds == 5
    assert np.isnan(found.enmo_mg).tolist() == [False, False, True, False, True, True, True, True]
    assert found.worn.tolist() == [True, True, False, True, False, False, False, False]


def test_a_start_between_two_epochs_is_put_back(tmp_path):
    rows = [f"2025-03-03 10:{minute:02d}:17,3,1" for minute in range(3)]
    assert read_plain(plain(tmp_path / "a.csv", *rows)).start == moment("2025-03-03 10:00")
    header = HEADER.replace("10:00:00", "10:00:03")
    path = ukb(tmp_path / "b.csv", *ROWS_90004, end="2014-12-08 10:00:18", header=header)
    assert read_epochs(path, "epochs_90004").start == moment("2014-12-08 10:00")


def test_one_epoch_needs_its_length(tmp_path):
    path = plain(tmp_path / "a.csv", ROWS[0])
    assert read_plain(path, epoch_s=5).enmo_mg.tolist() == [12.3]
    with pytest.raises(InputError, match="the epoch length is 0 seconds"):
        read_plain(path)


def test_counts_have_their_unit(tmp_path):
    path = plain(tmp_path / "a.csv", *(row.replace("40.5", "9500") for row in ROWS), header="time,vm,worn")
    found = read_plain(path, columns={"other_value": "vm"}, unit="counts")
    assert found.unit == "counts"
    assert found.enmo_mg.tolist() == [12.3, 0, 9500, 7]


@pytest.mark.parametrize(
    ("rows", "options", "problem"),
    [
        ((ROWS[0], ROWS[0]), {}, "line 3: the epoch begins when the one above it does"),
        ((ROWS[1], ROWS[0]), {}, "line 3: the epoch begins before the one above it .* clocks were set back"),
        ((*ROWS, "2025-03-03 10:00:18,3,1"), {}, "line 6: the epoch begins 3 s after the one above it"),
        ((ROWS[0], "2025-03-03 10:02:00,3,1"), {}, "the epoch length is 120 seconds"),
        ((ROWS[0], "2025-03-03 10:00:07,3,1"), {}, "the epoch length is 7 seconds"),
        (ROWS, {"epoch_s": 60}, "its epochs are 5 seconds long, and 60 are configured"),
        ((ROWS[0].replace("2025", "1970"),), {"epoch_s": 5}, "line 2: the recording is from 1970-03-03 to"),
        ((ROWS[0].replace("2025", "2090"),), {"epoch_s": 5}, "to 2090-03-03, which cannot be right"),
        (
            (ROWS[0].replace("2025", "2022"), ROWS[1].replace("2025", "2022"), ROWS[2]),
            {},
            "line 2: the recording goes from 2022-03-03 to 2025-03-03, longer than 366 days",
        ),
        ((UNIX, "1741000005,3,1"), {}, "its times are seconds since 1970 in UTC, and without a time zone"),
        ((UNIX, "1741000005.5,3,1"), {"time_zone": "UTC"}, "line 3: the time .* is not a whole second"),
        ((UNIX, "x,3,1"), {"time_zone": "UTC"}, "line 3: the time 'x' is not a whole second of a day"),
        (("1741000000000,3,1", "1741000005000,3,1"), {"time_zone": "UTC"}, "length is 5000 seconds"),
        (("1e300,3,1",), {"time_zone": "UTC", "epoch_s": 5}, "which cannot be right"),
        (
            ("2025-07-03T10:00:00Z,3,1",),
            {"epoch_s": 5},
            "its times are in UTC, and without a time zone no day",
        ),
        (
            ("2025-10-26T01:59:55+0100,3,1", "2025-10-26T01:00:00+0000,3,1"),
            {},
            "line 3: the times' offset from UTC changes, and without a time zone",
        ),
        ((ROWS[0], "2025-03-03 10:00:05Z,3,1"), {}, "line 3: some times have an offset .* others have none"),
        ((ROWS[0], "03/03/2025 10:00:05,3,1"), {}, "line 3: the time '03/03/2025 10:00:05' is not"),
        ((ROWS[0], "2025-02-30 10:00:05,3,1"), {}, "line 3: the time '2025-02-30 10:00:05' is not a whole"),
        ((ROWS[0], "2025-03-03 10:00:05.5,3,1"), {}, "line 3: the time '2025-03-03 10:00:05.5' is not"),
        ((ROWS[0], ",3,1"), {}, "line 3: 'time' is empty"),
        ((ROWS[0], ROWS[1].replace("0,1", "-1,1")), {}, "line 3: the value -1 mg is outside 0 to 8000"),
        ((ROWS[0], ROWS[1].replace("0,1", "0,yes")), {}, "line 3: worn 'yes' is not a number"),
        ((ROWS[0], ROWS[1].replace("0,1", "0,")), {}, "line 3: worn is empty"),
        ((ROWS[0].replace("12.3", ""), ROWS[1].replace("0,1", ",1")), {}, "no epoch has a value"),
        (ROWS, {"time_zone": "Mars"}, "activity.time_zone 'Mars': it is not in the IANA database"),
    ],
)
def test_epochs_that_cannot_be_are_one_sentence(tmp_path, rows, options, problem):
    with pytest.raises(InputError, match=problem):
        read_plain(plain(tmp_path / "a.csv", *rows), **options)


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (
            "time,enmo_mg,x",
            "it does not say when the device was worn, and a day not worn is not a sedentary day",
        ),
        ("time,acc,worn", "there is no column 'enmo_mg' among 'time', 'acc', 'worn'"),
        ("timestamp,enmo_mg,worn", "there is no column 'time' among"),
    ],
)
def test_columns_that_are_missing_are_named(tmp_path, header, problem):
    with pytest.raises(InputError, match=problem):
        read_plain(plain(tmp_path / "a.csv", *ROWS, header=header))


def test_wear_that_is_told_twice_needs_a_choice(tmp_path):
    path = plain(tmp_path / "a.csv", *(f"{row},0" for row in ROWS), header="time,enmo_mg,worn,imputed")
    with pytest.raises(InputError, match="it has a column 'worn' and a column 'imputed'; say which is meant"):
        read_plain(path)
    assert read_plain(path, columns={"imputed": "imputed"}).worn.all()


def test_two_participants_in_one_file_are_refused_without_their_names(tmp_path):
    people = ["LON0001", "LON0001", "LON0002", "LON0002"]
    rows = [f"{who},{row}" for who, row in zip(people, ROWS, strict=True)]
    path = plain(tmp_path / "a.csv", *rows, header="participant,time,enmo_mg,worn")
    with pytest.raises(
        InputError, match=r"line 4: a second participant begins; give each recording"
    ) as caught:
        read_plain(path)
    assert "LON" not in str(caught.value)
    path = plain(tmp_path / "b.csv", *(f"LON0001,{row}" for row in ROWS), header="eid,time,enmo_mg,worn")
    assert len(read_plain(path, columns={"participant": "eid"}).enmo_mg) == 4
    with pytest.raises(
        InputError, match=r"line 2: the participant is not the one whom the file's name says; "
    ):
        read_plain(path, columns={"participant": "eid"}, participant="LON0002")


@pytest.mark.parametrize("suffix", ["", ".000000", "+0000", ".000000+01:00 [Europe/London]"])
def test_a_90004_header_may_say_its_zone_behind_local_times(tmp_path, suffix):
    header = HEADER.replace("10:00:00", f"10:00:00{suffix}")
    found = read_epochs(
        ukb(tmp_path / "a.csv", *ROWS_90004, header=header, end=f"2014-12-08 10:00:15{suffix}"),
        "epochs_90004",
    )
    assert found.start == moment("2014-12-08 10:00:00")


def test_an_offset_that_no_place_has_is_refused(tmp_path):
    path = plain(tmp_path / "a.csv", *(row.replace(",", "+99:99,", 1) for row in ROWS))
    with pytest.raises(InputError, match=r"line 2: the time '.*' is not a whole second"):
        read_plain(path)


def test_local_times_that_skip_an_hour_with_the_clocks_are_no_devices(tmp_path):
    before = [f"2025-03-30 00:{minute:02d}:00,3,1" for minute in range(60)]
    after = [f"2025-03-30 02:{minute:02d}:00,3,1" for minute in range(60)]
    path = plain(tmp_path / "a.csv", *before, *after)
    with pytest.raises(
        InputError, match="line 62: the times leave out the hour that clocks skipped in Europe/Lon"
    ):
        read_plain(path, time_zone="Europe/London")
    # Elsewhere, or without a zone, it is a gap.
    for zone in (None, "Asia/Tokyo"):
        assert np.isnan(read_plain(path, time_zone=zone).enmo_mg).sum() == 60


# Units


def hours_of(tmp_path, values):
    times = pd.date_range("2025-03-03", periods=len(values), freq="60s")
    frame = pd.DataFrame({"time": times, "enmo_mg": values, "worn": 1})
    frame.to_csv(tmp_path / "a.csv", index=False)
    return tmp_path / "a.csv"


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (lambda rng, n: rng.exponential(0.03, n), r"the mean while worn is 0\.03.* mg, which looks like g"),
        (
            lambda rng, n: rng.exponential(2000, n).clip(0, 7999),
            "the mean while worn is .* which looks like counts",
        ),
        (
            lambda rng, n: np.round(rng.exponential(150, n)).astype(int),
            "in whole numbers, which looks like counts and not like mg; name the unit in the config",
        ),
    ],
    ids=["g", "counts a minute", "counts in 5 s"],
)
def test_values_in_another_unit_than_mg_are_recognised(tmp_path, values, problem):
    rng = np.random.default_rng(1)
    with pytest.raises(InputError, match=problem):
        read_plain(hours_of(tmp_path, values(rng, 1440)))
    # In less than half a day nothing is known of what is usual.
    assert len(read_plain(hours_of(tmp_path, values(rng, 120))).enmo_mg) == 120


@pytest.mark.parametrize("mean", [0.0, 3, 30, 150])
def test_still_and_active_people_are_not_taken_for_another_unit(tmp_path, mean):
    values = np.random.default_rng(1).exponential(mean, 1440).clip(0, 8000)
    assert len(read_plain(hours_of(tmp_path, values)).enmo_mg) == 1440


# GGIR's files


def ggir(tmp_path, *short, long=("2025-03-03T10:00:00+0000,0,0", "2025-03-03T10:15:00+0000,2,0")):
    if long:
        put(tmp_path / "metalong_a.csv", '"timestamp","nonwearscore","clippingscore"', *long)
    return put(tmp_path / "metashort_a.csv", '"timestamp","anglez","ENMO"', *short)


SHORT = [f'"2025-03-03T10:{minute:02d}:00+0000",1.5,0.0301' for minute in range(45)]


def test_ggirs_epochs_are_g_and_worn_by_its_scores(tmp_path):
    long = [
        f"2025-03-03T10:{minute:02d}:00+0000,{score}"
        for minute, score in ((0, "1,0"), (15, "2,0"), (30, "0,0.31"))
    ]
    found = read_epochs(ggir(tmp_path, *SHORT, long=long), "ggir_epochs", time_zone="Europe/London")
    assert found.seconds == 60
    assert found.enmo_mg == pytest.approx(30.1)
    # A score of 2 or more is non-wear, and so is a window with more than 30 % of clipped samples.
    assert found.worn.tolist() == [True] * 15 + [False] * 30


def test_ggirs_counts_are_not_multiplied(tmp_path):
    path = ggir(tmp_path, *(row.replace("0.0301", "250") for row in SHORT))
    found = read_epochs(path, "ggir_epochs", columns={"other_value": "ENMO"}, unit="counts")
    assert (found.unit, found.enmo_mg.tolist()) == ("counts", [250] * 45)


def test_epochs_outside_ggirs_windows_are_not_worn(tmp_path):
    long = ("2025-03-03T10:05:00+0000,0,0", "2025-03-03T10:20:00+0000,0,0")
    found = read_epochs(ggir(tmp_path, *SHORT, long=long), "ggir_epochs")
    assert found.worn.tolist() == [False] * 5 + [True] * 30 + [False] * 10


@pytest.mark.parametrize(
    ("long", "zone", "problem"),
    [
        (
            ["2024-03-03T10:00:00+0000,0,0", "2024-03-03T10:15:00+0000,0,0"],
            None,
            "its windows are not in order of time, or not of the time of",
        ),
        (
            ["2025-03-03T10:15:00+0000,0,0", "2025-03-03T10:00:00+0000,0,0"],
            None,
            "its windows are not in order of time",
        ),
        (
            ["2025-03-03 10:00:00,0,0"],
            "Europe/Paris",
            "its times are not in UTC, unlike those of the file it",
        ),
    ],
)
def test_windows_of_another_recording_or_clock_are_refused(tmp_path, long, zone, problem):
    with pytest.raises(InputError, match=f"metalong_a.csv: {problem}.*; take both from one run of GGIR"):
        read_epochs(ggir(tmp_path, *SHORT, long=long), "ggir_epochs", time_zone=zone)


def test_ggirs_epochs_without_its_scores_are_refused(tmp_path):
    with pytest.raises(
        InputError, match="does not say when the device was worn, and there is no metalong file"
    ):
        read_epochs(ggir(tmp_path, *SHORT, long=()), "ggir_epochs")
    path = put(tmp_path / "epochs.csv", "timestamp,ENMO", "2025-03-03T10:00:00+0000,0.03")
    with pytest.raises(
        InputError, match="there is no metalong file beside it; put GGIR's metalong csv there"
    ):
        read_epochs(path, "ggir_epochs")


PART5 = [f"{1741000020 + 60 * row},2,30.5,{int(row == 3)}" for row in range(5)]


def test_ggirs_part_5_time_series_is_read(tmp_path):
    path = put(tmp_path / "a.csv", "timenum,angle,ACC,invalidepoch", *PART5)
    found = read_epochs(path, "ggir_epochs", time_zone="Europe/London")
    assert (found.start, found.seconds, found.utc) == (1741000020, 60, True)
    assert found.enmo_mg.tolist() == [30.5] * 5
    assert found.worn.tolist() == [True, True, True, False, True]
    with pytest.raises(InputError, match="its times are seconds since 1970 in UTC, and without a time zone"):
        read_epochs(path, "ggir_epochs")
    path = put(tmp_path / "b.csv", "timenum,angle,ACC,invalid", *PART5)
    with pytest.raises(InputError, match="it does not say when the device was worn"):
        read_epochs(path, "ggir_epochs", time_zone="Europe/London")


# Two ways of reading


@pytest.mark.parametrize("header", ["time,enmo_mg,worn", "participant,time,enmo_mg,worn"])
def test_reading_at_once_and_by_lines_give_the_same(tmp_path, monkeypatch, header):
    rng = np.random.default_rng(1)
    start = "A1," if header.startswith("participant") else ""
    times = pd.date_range("2025-03-03", periods=500, freq="5s")
    rows = [
        f"{start}{time},{value:.3f},{rng.integers(2)}"
        for time, value in zip(times, rng.random(500), strict=True)
    ]
    path = plain(tmp_path / "a.csv", *rows, header=header)
    fast = read_plain(path)
    monkeypatch.setattr(epoch_files, "_read_clean", lambda *_: None)
    slow = read_plain(path)
    assert (fast.start, fast.seconds, fast.utc) == (slow.start, slow.seconds, slow.utc)
    assert np.array_equal(fast.enmo_mg, slow.enmo_mg)
    assert np.array_equal(fast.worn, slow.worn)
