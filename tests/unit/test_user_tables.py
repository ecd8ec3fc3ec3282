"""Users' tables: the forms that are read, and the sentences about those that are not."""

import datetime
import logging
import re
import struct
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
import user_table_forms
import yaml
from conftest import REPO
from user_table_forms import FORMS, TEXTS

from il6r.activity.questionnaire import read_ipaq
from il6r.activity.summaries import read_day_summaries
from il6r.assays.long_tables import read_long
from il6r.assays.npx import read_npx
from il6r.assays.sample_tables import read_samples
from il6r.assays.wide_tables import read_wide
from il6r.cohort import read_participants
from il6r.errors import InputError
from il6r.user_tables import configured, kinds, names
from il6r.user_tables.table import read_table


def put(tmp_path, content: bytes, name="table.csv"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,x\n2,y\n",
        b"a;b\n1;x\n2;y\n",
        b"a\tb\n1\tx\n2\ty\n",
        b"\xef\xbb\xbfa,b\r\n1,x\r\n2,y\r\n",
        b'a,b\n"1",x\n\n2, y \n',
    ],
    ids=["comma", "semicolon", "tab", "Windows", "quotes and blanks"],
)
def test_separators_line_ends_and_quotes_of_all_kinds_are_read(tmp_path, content):
    frame = read_table(put(tmp_path, content), ("a", "b")).frame
    assert frame["a"].tolist() == ["1", "2"]
    assert frame["b"].tolist() == ["x", "y"]


def test_identifiers_keep_their_leading_zeros(tmp_path):
    assert read_table(put(tmp_path, b"a,b\n007,1e5\n")).frame["a"].tolist() == ["007"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "it is empty"),
        (b"\ra,b\n1,2\n", "its lines end with CR alone"),
        (b"a,b\n", "it has a header and no rows"),
        (b"a,b\n1,2,3\n4,5,6\n", r"line 2: it has 3 columns, the header 2 \(is it a decimal comma"),
        (b"a,b\n1,2\n3,4,5\n", "line 3: it has 3 columns, the header 2"),
        (b"a,b\n1,2\n3,4\n5", "line 4: it has 1 columns, the header 2"),
        (b'a,b\n1,"2\n3",4\n', "line 2: a quoted cell goes on over the end"),
        (b"1,0.5\n2,0.7\n", "its first line holds numbers, not names"),
        (b"LON0000001,S0000020\nx,y\n", r"no column 'a', 'b' among 'AAA0000000', 'A0000000'"),
        (b"A,B\n1,2\n", "write 'A', 'B' in lower case"),
        (b"PK\x03\x04\x00\x00", "it cannot be read as an Excel workbook; export it as UTF-8 csv"),
        (b"$FL2\x00\x00", "it cannot be read as an SPSS file; save it again"),
        (b"<stata_dta><header>", "it cannot be read as a Stata file; save it again"),
        (b"PAR1\x15\x04\x15\x00", "it is not a text table"),
        (b"a,b\n1,2\n\x00,3\n", "it is not a text table"),
        (b"\n1,2\n", "its first line is empty"),
        (b"\xef\xbb\xbfa,b\n1,\xb5\n", "it begins as UTF-8 and does not go on as such"),
        # Of DOS, Macintosh and Cyrillic, Greek and Japanese text editors.
        ("a,b\nKöln,2\n".encode("cp850"), "its encoding cannot be told: .* save it as UTF-8"),
        ("a,b\nMünchen,2\n".encode("cp437"), "its encoding cannot be told"),
        ("a,b\nGrüße,2\n".encode("mac_roman"), "its encoding cannot be told"),
        ("a,b\nпациент,2\n".encode("cp1251"), "its encoding cannot be told"),
        ("a,b\nασθενής,2\n".encode("cp1253"), "its encoding cannot be told"),
        ("a,b\n被験者,2\n".encode("shift_jis"), "its encoding cannot be told"),
        (b"a,a\n1,2\n", "column 'a' is there twice"),
        (b"a,c\n1,2\n", "there is no column 'b' among 'a', 'c'"),
    ],
)
def test_what_is_no_table_is_named(tmp_path, content, problem):
    with pytest.raises(InputError, match=problem):
        read_table(put(tmp_path, content), ("a", "b"))


def test_columns_are_renamed_by_the_configuration(tmp_path):
    frame = read_table(put(tmp_path, b"ID,b\n1,2\n"), ("a", "b"), {"a": "ID"}).frame
    assert list(frame) == ["a", "b"]
    for columns in ({"a": "b", "b": "a"}, {"b": "a", "a": "b"}):
        exchanged = read_table(put(tmp_path, b"a,b\n1,2\n"), ("a", "b"), columns).frame
        assert exchanged[["a", "b"]].values.tolist() == [["2", "1"]]
    replaced = read_table(put(tmp_path, b"a,b,c\n1,2,3\n"), ("a",), {"a": "c"}).frame
    assert replaced.to_dict("list") == {"b": ["2"], "a": ["3"]}
    with pytest.raises(InputError, match=r"no column 'id' \(configured as a\); choose from 'ID', 'b'"):
        read_table(put(tmp_path, b"ID,b\n1,2\n"), ("a",), {"a": "id"})


def test_a_column_of_the_file_may_be_two_of_ours(tmp_path):
    path = put(tmp_path, b"age,record_id\n32,7\n41,8\n")
    people = read_participants(path, {"participant": "record_id", "sample": "record_id"})
    assert people.to_dict("list") == {"participant": ["7", "8"], "sample": ["7", "8"], "age": [32, 41]}
    path = put(tmp_path, b"batch,id,analyte,value,unit\n1,a,sIL-6R,30,ng/mL\n2,b,sIL-6R,31,ng/mL\n")
    columns = {"participant": "id", "plate": "batch", "visit": "batch"}
    results, _ = read_long(path, columns=columns)
    assert results[["sample", "plate", "visit"]].values.tolist() == [["a", "1", "1"], ["b", "2", "2"]]


# One table in every form

DAYS = [datetime.date(2025, 3, 3), datetime.date(2025, 3, 4), None, datetime.date(2025, 3, 5)]
PEOPLE = pd.DataFrame(
    {
        "participant": [1001, 1002, 1003, 1004],
        "sample": [7.0, 12.0, np.nan, 345.0],
        "age": [32.0, 41.5, 29.0, np.nan],
        "sex": ["female", "male", "female", "male"],
        "bmi": [22.4, 27.0, np.nan, 24.123456],
        "centre": ["Köln", "Málaga", "Ås", "x" * 240],
        "born": DAYS,
        "crp_mg_l": [0.1, 12.25, 3e-7, 2.0],
    }
)
SEX = {"sex": {1: "female", 2: "male"}}


@pytest.mark.parametrize("form", FORMS)
def test_participants_are_the_same_in_every_form(tmp_path, form):
    path = user_table_forms.write(tmp_path, PEOPLE, form, labels=SEX, padded={"sample": 4})
    people = read_participants(path)
    expected = pd.DataFrame(
        {
            "participant": ["1001", "1002", "1003", "1004"],
            "sample": ["0007", "0012", None, "0345"],
            "age": [32.0, 41.5, 29.0, np.nan],
            "sex": ["female", "male", "female", "male"],
            "bmi": [22.4, 27.0, np.nan, 24.123456],
            "centre": ["Köln", "Málaga", "Ås", "x" * 240],
            "born": ["2025-03-03", "2025-03-04", None, "2025-03-05"],
            "crp_mg_l": [0.1, 12.25, 3e-7, 2.0],
        }
    )
    texts = ["participant", "sample", "sex", "centre", "born"]
    pd.testing.assert_frame_equal(people, expected.astype(dict.fromkeys(texts, "str")))


def others():
    """Tables for the other readers, by name, each with its reader and what codes its texts have."""
    people = [f"Å{number}" for number in range(4)]
    samples = pd.DataFrame(
        {
            "participant": [1001, 1001, 1002, 1003],
            "sample_id": ["a", "b", "c", "d"],
            "date": [day or datetime.date(2025, 3, 9) for day in DAYS],
            "time_point": ["rest", "post", "rest", "rest"],
            "haemoglobin_g_dl": [14.2, 15.125, np.nan, 13.0],
            "training_load": [1.5, 2.0, 0.25, np.nan],
        }
    )
    long = pd.DataFrame(
        {
            "participant": people,
            "analyte": ["sIL-6R", "IL-6", "sIL-6R", "sIL-6R"],
            "value": [24.37, 1.5, 1000.0, 30.0],
            "unit": ["ng/mL", "pg/mL", "ng/mL", "ng/mL"],
            "date": DAYS,
            "lod": [0.5, 0.25, np.nan, 0.5],
        }
    )
    wide = pd.DataFrame({"participant": people, "il6_pg_ml": [1.5, 2.25, np.nan, 3.0], "visit": [1, 1, 2, 1]})
    days = pd.DataFrame(
        {
            "participant": people,
            "date": [day or datetime.date(2025, 3, 9) for day in DAYS],
            "enmo_mg": [32.38, 45.51, np.nan, 20.0],
            "wear_h": [22.5, 24.0, 3.0, 16.25],
        }
    )
    ipaq = pd.DataFrame({"participant": people})
    for name in ("vigorous", "moderate", "walking"):
        ipaq[f"{name}_days"] = [0.0, 3.0, 7.0, np.nan]
        ipaq[f"{name}_hours_per_day"] = [np.nan, 0.5, 1.25, np.nan]
    npx = pd.DataFrame(
        {
            "SampleID": people,
            "UniProt": ["P05231"] * 4,
            "NPX": [1.5, -0.25, 3.0, np.nan],
            "QC_Warning": ["PASS", "PASS", "WARN", "PASS"],
        }
    )
    coded = {"time_point": {1: "rest", 2: "post"}}
    return {
        "samples": (samples, read_samples, coded),
        "long": (long, lambda path: read_long(path)[0], {"unit": {1: "ng/mL", 2: "pg/mL"}}),
        "wide": (wide, lambda path: read_wide(path)[0], {}),
        "npx": (npx, lambda path: read_npx(path)[0], {"QC_Warning": {0: "PASS", 1: "WARN"}}),
        "summaries": (days, lambda path: read_day_summaries(path, "person_days"), {}),
        "questionnaire": (ipaq, lambda path: read_ipaq(path, "ipaq_short"), {}),
    }


@pytest.mark.parametrize("form", FORMS[1:])
@pytest.mark.parametrize("name", others())
def test_other_tables_are_the_same_in_every_form(tmp_path, name, form):
    table, read, labels = others()[name]
    (tmp_path / "csv").mkdir()
    plain = read(user_table_forms.write(tmp_path / "csv", table, "csv"))
    found = read(user_table_forms.write(tmp_path, table, form, labels=labels))
    assert len(plain) >= 2
    pd.testing.assert_frame_equal(
        found.drop(columns="file", errors="ignore"), plain.drop(columns="file", errors="ignore")
    )


def test_other_programs_read_the_same_cells(tmp_path):
    table = PEOPLE.drop(columns="born")
    numeric = ["participant", "sample", "age", "bmi", "crp_mg_l"]
    readers = {
        "csv": pd.read_csv,
        "xlsx": pd.read_excel,
        "sav": lambda path: pyreadstat.read_sav(path, apply_value_formats=True)[0],
        "dta 15": lambda path: pyreadstat.read_dta(path, apply_value_formats=True)[0],
        "dta 15 again": pd.read_stata,
    }
    for form, read in readers.items():
        path = user_table_forms.write(tmp_path, table, form.removesuffix(" again"), labels=SEX)
        theirs, ours = read(path), read_table(path)
        for name in table:
            if name in numeric:
                np.testing.assert_array_equal(ours.numbers(name), theirs[name].astype(float), form)
            else:
                assert ours.texts(name).tolist() == theirs[name].astype(str).tolist(), (form, name)


# Encodings


@pytest.mark.parametrize(
    ("encoding", "texts", "note"),
    [
        ("utf-8", "Köln €5", None),
        ("utf-8-sig", "Köln €5", None),
        ("utf-16", "Köln €5", None),
        ("utf-32", "Köln €5", None),
        ("utf-16-le", "Köln €5", "it was read as UTF-16, though it has no mark that says so"),
        ("utf-16-be", "Köln €5", "it was read as UTF-16, though it has no mark that says so"),
        ("latin-1", "Köln µ½ É d'Été", "it is not UTF-8 and was read as latin-1"),
        ("cp1252", "O’Neill – “Š” € œuvre", "it is not UTF-8 and was read as cp1252"),
    ],
)
@pytest.mark.parametrize("name", ["table.csv", "table.csv.gz"])
def test_what_is_guessed_of_an_encoding_is_noted(tmp_path, caplog, name, encoding, texts, note):
    content = f"a;ö\r\n1;{texts}\r\n".encode(encoding)
    path = put(tmp_path, user_table_forms.gzip.compress(content) if name.endswith("gz") else content, name)
    caplog.set_level(logging.INFO, "il6r")
    assert read_table(path).frame.to_dict("list") == {"a": ["1"], "ö": [texts]}
    assert {record.getMessage() for record in caplog.records} == ({f"{path}: {note}"} if note else set())


def test_a_letter_late_in_a_long_file_tells_its_encoding(tmp_path):
    rows = [f"{number},x" for number in range(300_000)]
    path = put(tmp_path, "\n".join(["a,b", *rows, "7,Köln"]).encode("cp1252"))
    assert read_table(path).frame["b"].iloc[-1] == "Köln"
    path = put(tmp_path, "\n".join(["a,b", *rows, "7,Köln"]).encode("utf-8"))
    assert read_table(path).frame["b"].iloc[-1] == "Köln"


# Text


@pytest.mark.parametrize(
    ("content", "cells"),
    [
        (b'"a, b";c\n1;2\n', {"a, b": ["1"], "c": ["2"]}),
        (b"a,b,,\n1,2,,\n3,4,,\n", {"a": ["1", "3"], "b": ["2", "4"]}),
        (b'"","a"\n"1","x"\n"2","y"\n', {"a": ["x", "y"]}),
        (b"a\tb\n1,5\t2;5\n", {"a": ["1,5"], "b": ["2;5"]}),
        (b'a,b\n"x ""y""",2\n', {"a": ['x "y"'], "b": ["2"]}),
        (b"a,b\n ,2\n", {"a": [None], "b": ["2"]}),
        (b"a,b\n NA ,2\n", {"a": [None], "b": ["2"]}),
        (b"a\n1\n", {"a": ["1"]}),
    ],
)
def test_cells_are_what_stands_between_separators(tmp_path, content, cells):
    frame = read_table(put(tmp_path, content)).frame
    assert frame.astype(object).where(frame.notna(), None).to_dict("list") == cells


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a;b\n1,5;x\n,25;y\n-2;z\n", [1.5, 0.25, -2]),
        (b"a\tb\n1,5e3\tx\n", [1500]),
        (b"a;b\n1.234;1,5\n2.345;2,5\n", "line 2: a '1.234' has or may have a thousands separator"),
        (b"a;b\n1.234;x\n2.345;y\n", [1.234, 2.345]),
        (b"a;b\n1.234,5;1,5\n", "line 2: a '1.234,5' has or may have a thousands separator"),
        (b"a;b\n1,234;x\n5,678;y\n", "line 2: a '1,234' has or may have a thousands separator"),
        ("a;b\n1\u202f234,5;x\n".encode(), "line 2: a '1\u202f234,5' has or may have a thousands separator"),
        (b"a;b\n1,5;x\n2.5;y\n", "line 3: a '2.5' has a decimal point, others a comma"),
        (b'a,b\n1,x\n"1,5",y\n', "line 3: a '1,5' has a decimal comma; write decimals with a point"),
        (b"a;b\n1,5;x\nhigh;y\n", "line 3: a 'high' is not a number"),
    ],
)
def test_decimal_commas_are_read_where_they_are_clear(tmp_path, content, said):
    table = read_table(put(tmp_path, content))
    if isinstance(said, list):
        assert table.numbers("a").tolist() == said
    else:
        with pytest.raises(InputError, match=re.escape(said)):
            table.numbers("a")


# Workbooks


def book(tmp_path, **sheets):
    """A workbook with these sheets of rows; a cell may be a pair of its value and its format."""
    found = openpyxl.Workbook()
    found.remove(found.active)
    for name, rows in sheets.items():
        sheet = found.create_sheet(name)
        for row in rows:
            sheet.append([cell[0] if isinstance(cell, tuple) else cell for cell in row])
            for place, cell in enumerate(row):
                if isinstance(cell, tuple):
                    sheet.cell(sheet.max_row, place + 1).number_format = cell[1]
    found.save(tmp_path / "table.xlsx")
    return tmp_path / "table.xlsx"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ((7, '"P"000'), "P007"),
        ((1234, '"P"000'), "P1234"),
        ((123456, "000-000"), "123-456"),
        ((12, "\\S00000"), "S00012"),
        ((24.0, '0" ng"'), "24"),
        ((24.5, "0.00"), "24.5"),
        ((12, "#,##0"), "12"),
        ((datetime.datetime(2024, 3, 5), "yyyy-mm-dd"), "2024-03-05"),
        ((datetime.datetime(2024, 3, 5, 10, 30), "yyyy-mm-dd hh:mm"), "2024-03-05T10:30:00"),
        ((10**15 + 1, "General"), "1000000000000001"),
        ("x" * 30_000, "x" * 30_000),
    ],
)
def test_cells_of_workbooks_are_what_people_see(tmp_path, cell, text):
    assert read_table(book(tmp_path, one=[["a"], [cell]])).texts("a").tolist() == [text]


def test_the_sheet_that_is_meant_is_named_or_has_the_columns(tmp_path):
    people, other = [["participant", "sample"], ["a", "b"]], [["participant", "sample"], ["c", "d"]]
    path = book(tmp_path, notes=[["read me"]], data=people, empty=[])
    assert read_participants(path)["sample"].tolist() == ["b"]
    path = book(tmp_path, data=people, more=other)
    assert read_participants(path, sheet="more")["sample"].tolist() == ["d"]
    with pytest.raises(InputError, match=r"'data', 'more' .* or name one as 'sheet' in the config"):
        read_participants(path)
    with pytest.raises(InputError, match=r"it has no sheet 'mroe'; choose from 'data', 'more'"):
        read_participants(path, sheet="mroe")
    with pytest.raises(InputError, match="sheet 'empty': it is empty"):
        read_participants(book(tmp_path, data=people, empty=[]), sheet="empty")
    with pytest.raises(InputError, match="it is no Excel workbook, and 'sheet' names a sheet of one"):
        read_participants(put(tmp_path, b"participant,sample\na,b\n"), sheet="data")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ([datetime.date(2024, 3, 5), "s", 30, "x"], "cell A3: it is a date or time"),
        (["b", "s", datetime.date(2024, 3, 5), "x"], "cell C3: it is a date or time"),
        (["b", "s", 30, datetime.date(2024, 3, 5)], "cell D3: it is a date or time"),
        (["b", "s", "=1+1", "x"], "cell C3: it holds a formula without its value"),
        (["b", "s", 30, "#N/A"], "cell D3: it holds the error #N/A"),
        (["b", "s", "old", "x"], "line 3: age 'old' is not a number"),
        ([None, "s", 30, "x"], "line 3: 'participant' is empty"),
        (["a", "s", 30, "x"], "line 3: the participant is already on line 2"),
    ],
)
def test_a_faulty_cell_of_a_workbook_is_named(tmp_path, row, sentence):
    path = book(tmp_path, people=[["participant", "sample", "age", "group"], ["a", "t", 20, "y"], row])
    with pytest.raises(InputError, match=f"sheet 'people', {sentence}"):
        read_participants(path)


def test_merged_cells_of_a_table_are_named(tmp_path):
    path = book(tmp_path, people=[["participant", "sample"], ["a", "s"], ["b", None]])
    found = openpyxl.load_workbook(path)
    found["people"].merge_cells("B2:B3")
    found.save(path)
    with pytest.raises(InputError, match="cell B2: it is one of the merged cells B2:B3; unmerge them"):
        read_participants(path)


# SPSS and Stata


def test_values_with_labels_are_their_labels_and_user_missing_ones_are_missing(tmp_path):
    data = pd.DataFrame(
        {"id": [1.0, 2, 3, 4], "sex": [1.0, 2, 9, 3], "code": ["m", "f", "x", ""], "grade": [1.0, 2, 1, 2]}
    )
    labels = {
        "sex": {1: "male", 2: "female", 9: "refused"}, "code": {"m": "man"}, "grade": {1: "2", 2: "1"},
    }  # fmt: skip
    path = str(tmp_path / "table.sav")
    pyreadstat.write_sav(data, path, variable_value_labels=labels, missing_ranges={"sex": [9]})
    frame = read_table(path).frame.astype(object)
    cells = frame.where(frame.notna(), None).to_dict("list")
    assert cells == {
        "id": ["1", "2", "3", "4"],
        "sex": ["male", "female", None, "3"],
        "code": ["man", "f", "x", None],
        "grade": ["2", "1", "2", "1"],
    }
    path = str(tmp_path / "table.dta")
    data = pd.DataFrame({"sex": pd.Series([1.0, 2.0, "a", "b"], dtype=object), "id": [1, 2, 3, 4]})
    pyreadstat.write_dta(data, path, missing_user_values={"sex": ["a", "b"]})
    assert read_table(path).frame["sex"].fillna("").tolist() == ["1", "2", "", ""]


@pytest.mark.parametrize(
    ("style", "value", "text"),
    [
        ("%td", 23440, "2024-03-05"),
        ("%tdDD/NN/CCYY", 23440, "2024-03-05"),
        ("%d", -1, "1959-12-31"),
        ("%tc", 23440 * 86_400_000, "2024-03-05"),
        ("%tcHH:MM", 23440 * 86_400_000 + 37_800_000, "2024-03-05T10:30:00"),
        ("%tw", 3300, "2023w25"),
        ("%tm", 770, "2024m3"),
        ("%tq", 256, "2024q1"),
        ("%ty", 2024, "2024"),
        ("%05.0f", 12, "00012"),
        ("%9.0g", 1e15, "1000000000000000"),
        ("DATE11", 13928976000, "2024-03-05"),
        ("EDATE10", 13928976000, "2024-03-05"),
        ("MOYR8", 13928976000, "2024-03-05"),
        ("DATETIME20", 13928976000 + 37_800, "2024-03-05T10:30:00"),
        ("TIME8", 37_800, "10:30:00"),
        ("N8", 12, "00000012"),
        ("F8.2", 1001, "1001"),
        ("F8.2", 0.1, "0.1"),
    ],
)
def test_dates_and_numbers_are_what_people_see(tmp_path, style, value, text):
    write, name = (pyreadstat.write_dta, "t.dta") if style[0] == "%" else (pyreadstat.write_sav, "t.sav")
    data = pd.DataFrame({"a": [float(value), np.nan], "b": ["x", "y"]})
    write(data, str(tmp_path / name), variable_format={"a": style})
    assert read_table(tmp_path / name).frame["a"].fillna("").tolist() == [text, ""]


@pytest.mark.parametrize("form", ["sav", "zsav", "xlsx", "dta 13", "dta 15"])
def test_long_texts_are_whole(tmp_path, form):
    table = pd.DataFrame({"participant": ["a", "b"], "note": ["Zürich " * 1000 + "x", "y" * 255]})
    table["note"] = table["note"].str[-1900:] if form == "dta 13" else table["note"]
    path = user_table_forms.write(tmp_path, table, form)
    assert read_table(path).frame["note"].tolist() == table["note"].tolist()


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        ("Köln", "cp1252", "Köln"),
        ("Köln", "utf-8", "Köln"),
        ("Grüße", "mac_roman", None),
    ],
)
def test_texts_of_old_stata_files_are_in_the_encoding_they_must_be_in(tmp_path, caplog, text, encoding, said):
    mark = "#" * len(text.encode(encoding))
    path = tmp_path / "t.dta"
    pyreadstat.write_dta(pd.DataFrame({"a": [mark], "b": [1]}), str(path), version=12)
    content = path.read_bytes()
    assert content.count(mark.encode()) == 1
    path.write_bytes(content.replace(mark.encode(), text.encode(encoding)))
    caplog.set_level(logging.INFO, "il6r")
    if said is None:
        with pytest.raises(InputError, match="the encoding of its texts cannot be told; export it as UTF-8"):
            read_table(path)
    else:
        assert read_table(path).frame["a"].tolist() == [said]
        assert bool(caplog.records) == (encoding != "utf-8")


@pytest.mark.parametrize("version", [114, 117, 118, 119])
def test_stata_files_of_other_programs_are_read(tmp_path, version):
    data = pd.DataFrame({"f": np.array([24.37, 0.1, 1e10], "float32"), "i": np.array([1, 2, 100], "int8")})
    data["text"] = ["Köln " * (40 if version < 117 else 3000) + "x", "", "b"]
    path = tmp_path / "t.dta"
    data.to_stata(path, version=version, write_index=False, convert_strl=["text"] if version >= 117 else None)
    frame = read_table(path).frame
    assert frame["f"].tolist() == ["24.37", "0.1", "10000000000"]
    assert frame["i"].tolist() == ["1", "2", "100"]
    assert frame["text"].fillna("").tolist() == data["text"].tolist()
    assert kinds.rows_in(path) == 3


def test_a_line_of_a_statistics_file_is_named_as_where_it_is_exported(tmp_path):
    path = str(tmp_path / "table.sav")
    people = pd.DataFrame({"participant": ["a", "b"], "sample": ["s", "t"], "age": [30, 300]})
    pyreadstat.write_sav(people, path)
    with pytest.raises(InputError, match=r"table.sav, line 3: age 300 is outside 0 to 120"):
        read_participants(path)


@pytest.mark.parametrize("form", ["sav", "zsav", "dta 12", "dta 15", "xlsx"])
@pytest.mark.parametrize("keep", [0.1, 0.5, 0.95])
def test_a_file_that_was_cut_is_one_sentence(tmp_path, form, keep):
    path = user_table_forms.write(tmp_path, pd.concat([PEOPLE] * 50), form, labels=SEX)
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(InputError, match=r"it cannot be read as an? (SPSS file|Stata file|Excel workbook)"):
        read_participants(path)


@pytest.mark.parametrize(
    ("ending", "kind"), [("xlsx", "an Excel workbook"), ("sav", "an SPSS file"), ("dta", "a Stata file")]
)
def test_a_file_that_is_not_what_its_name_says_is_one_sentence(tmp_path, ending, kind):
    with pytest.raises(InputError, match=f"it is not {kind}; export it again as .{ending}, or name it .csv"):
        read_table(put(tmp_path, b"a,b\n1,2\n", f"table.{ending}"))


# Rows, and what the configuration says


@pytest.mark.parametrize("form", [*TEXTS, *user_table_forms.WORKBOOKS, *user_table_forms.STATISTICS])
def test_how_many_rows_a_table_has_is_known_without_reading_it(tmp_path, form):
    path = user_table_forms.write(tmp_path, pd.concat([PEOPLE] * 30), form, labels=SEX)
    assert kinds.rows_in(path) == 120


def test_formatted_but_empty_rows_of_a_workbook_do_not_count(tmp_path):
    path = book(tmp_path, people=[["participant"], ["a"], *[[(None, "0000")] for _ in range(500)]])
    assert kinds.rows_in(path) == 1
    with zipfile.ZipFile(path) as archive:
        assert archive.read("xl/worksheets/sheet1.xml").count(b"<row ") == 502


def test_cases_that_a_header_does_not_count_are_estimated(tmp_path):
    path = user_table_forms.write(tmp_path, PEOPLE[["age"]], "sav")
    content = bytearray(path.read_bytes())
    assert struct.unpack("<i", content[80:84]) == (4,)
    content[80:84] = struct.pack("<i", -1)
    path.write_bytes(content)
    assert read_table(path).numbers("age").fillna(0).tolist()[:3] == [32, 41.5, 29]
    assert kinds.rows_in(path) >= 3


def cohort(path, section="participants", **keys):
    """A cohort whose one section names a file."""
    return {"mine": {section: {"file": str(path), **keys}}}


@pytest.mark.parametrize(
    ("section", "keys", "sentence"),
    [
        (
            "participants",
            {"columns": {"partcipant": "id"}},
            "'partcipant' is not one of our columns, nor a name",
        ),
        (
            "samples",
            {"columns": {"time_piont": "id"}},
            "use one of participant, sample_id, visit, date, time,",
        ),
        (
            "assays",
            {"columns": {"palte": "id"}},
            "cohorts.mine.assays.columns: 'palte' is not one of our columns",
        ),
        ("assays", {"form": "plates", "columns": {"OD": "id"}}, "use one of plate, well, od, role"),
        ("activity", {"columns": {"wear": "id"}}, "cohorts.mine.activity.columns: 'wear' is not one of our"),
        (
            "activity",
            {"form": "ipaq_short", "columns": {"vigorous": "id"}},
            "use one of participant, vigorous_days",
        ),
        (
            "participants",
            {"columns": {"age": "Age"}},
            "there is no column 'Age' (configured as age); choose from 'id'",
        ),
        ("participants", {"sheet": "data"}, "participants.sheet: "),
    ],
)
def test_keys_that_agree_with_no_file_are_refused_before_anything_is_read(tmp_path, section, keys, sentence):
    path = put(tmp_path, b"id,b\n1,2\n")
    with pytest.raises(InputError, match=re.escape(sentence)):
        configured.check(cohort(path, section, **keys), {"crp_mg_l"})


def test_keys_that_agree_with_the_files_are_accepted(tmp_path):
    path = put(tmp_path, b"id,CRP,PC_1\n1,2,3\n")
    columns = {"participant": "id", "sample": "id", "crp_mg_l": "CRP", "pc1": "PC_1"}
    configured.check(cohort(path, columns=columns), {"crp_mg_l"})
    workbook = book(tmp_path, one=[["a"]], two=[["b"]])
    configured.check(cohort(workbook, sheet="two"), set())
    with pytest.raises(InputError, match=r"table.xlsx: it has no sheet 'three'; choose from 'one', 'two'"):
        configured.check(cohort(workbook, sheet="three"), set())


def test_the_names_of_forms_are_those_that_their_readers_know():
    from il6r.activity import questionnaire, summary_forms
    from il6r.assays import npx, plate_files, plate_layouts

    aliases = {"ID", "calendar_date", "N valid hours"}
    for form, fields in summary_forms._FORMS.items():
        assert set(names.OF_FORM[form]) - aliases == {*fields, "other_value"}, form
        assert aliases.isdisjoint(names.OF_FORM[form]) == (not form.startswith("ggir")), form
    for form, items in questionnaire._ITEMS.items():
        assert {f"{item.name}_days" for item in items} <= set(names.OF_FORM[form])
        assert {f"{name}_min_per_day" for name in questionnaire._SITTING_DAYS[form]} <= set(
            names.OF_FORM[form]
        )
    assert set(names.OF_FORM["npx"]) == {*npx._COLUMNS, *npx._ALIASES}
    assert set(names.OF_FORM["plates"]) == {*plate_files._KNOWN, *plate_layouts.KNOWN}


def test_every_form_of_the_schema_says_which_columns_may_be_named():
    schema = yaml.safe_load((REPO / "workflow" / "schemas" / "config.schema.yaml").read_text())
    sources = [
        schema["$defs"][f"{stage}_source"]["properties"]["form"]["enum"] for stage in ("assay", "activity")
    ]
    assert {form for forms in sources for form in forms} == set(names.OF_FORM)
