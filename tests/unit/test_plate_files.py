"""ELISA plates: the forms of readings and layouts that are read, and the sentences about the others."""

import datetime
import gzip
import io
import random
import re
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from il6r.assays import plate_files
from il6r.errors import InputError
from il6r.user_tables.cell_numbers import to_numbers
from il6r.user_tables.table import open_sheet, read_sheets

CONCENTRATIONS = (0.0, 31.2, 62.5, 125.0, 250.0, 500.0, 1000.0, 2000.0)


def well(row, column):
    return f"{'ABCDEFGHIJKLMNOP'[row]}{column + 1}"


def optical(concentration):
    return 0.05 + 2.5 * concentration / (concentration + 700.0)


def plate(name="P1", samples=("sub-a", "sub-b", "sub-c", "sub-d")):
    """Standards twice in columns 1 and 2, blanks and a control twice in 3, samples twice in 4 and 5."""
    lines = []
    for column in (0, 1):
        for row, concentration in enumerate(CONCENTRATIONS):
            od = optical(concentration) + 0.001 * column
            lines.append((well(row, column), od, "standard", "", concentration, "", "", ""))
    lines += [(well(row, 2), 0.04 + 0.002 * row, "blank", "", "", "", "", "") for row in (0, 1)]
    lines += [(well(row, 2), 0.7 + 0.01 * row, "control", "high", "", 2, 400, 600) for row in (2, 3)]
    for place, sample in enumerate(samples):
        for column in (3, 4):
            od = 0.3 + 0.1 * place + 0.005 * column
            lines.append((well(place, column), od, "sample", sample, "", 20, "", ""))
    names = ["well", "od", "role", "name", "concentration", "dilution", "low", "high"]
    frame = pd.DataFrame(lines, columns=names)
    # No two plates read the same.
    frame["od"] = (frame["od"] + sum(map(ord, name)) % 97 / 1000).round(3)
    frame.insert(0, "plate", name)
    return frame.astype("str")


READING = ["plate", "well", "od"]
LAYOUT = ["plate", "well", "role", "name", "concentration", "dilution", "low", "high"]


def put(tmp_path, frame, columns, name, separator=","):
    path = tmp_path / name
    path.write_text(frame[columns].to_csv(index=False, sep=separator))
    return path


def grid_lines(frame, content="od", separator=",", height=8, width=12):
    """The plate as a grid of texts."""
    cells = {row["well"]: row[content] for _, row in frame.iterrows()}
    lines = [separator.join(["", *map(str, range(1, width + 1))])]
    for row in range(height):
        texts = [cells.get(well(row, column), "") for column in range(width)]
        lines.append(separator.join(["ABCDEFGHIJKLMNOP"[row], *texts]))
    return lines


def book(path, **sheets):
    """A workbook of lists of rows."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        worksheet = workbook.create_sheet(name)
        for row in rows:
            worksheet.append(row)
    workbook.save(path)
    return path


def table_rows(frame, columns):
    """Rows as Excel keeps them, numbers as numbers."""
    rows = []
    for values in frame[columns].itertuples(index=False):
        cells = []
        for name, text in zip(columns, values, strict=True):
            number = name not in ("plate", "well", "role", "name") and text
            cells.append(float(text) if number else text or None)
        rows.append(cells)
    return [columns, *rows]


def both(tmp_path, frame=None, change=None, **options):
    """Read a plate's readings and layout from two csv files, after a change of the frame."""
    frame = plate() if frame is None else frame
    if change:
        change(frame)
    readings = put(tmp_path, frame, READING, "readings.csv")
    layout = put(tmp_path, frame, LAYOUT, "layout.csv")
    return plate_files.read_plates([readings], [layout], options)


def check(wells, frame):
    """`wells` are those of `frame`, well by well."""
    assert list(wells.columns) == list(plate_files.COLUMNS)
    got = wells.set_index(["plate", wells["row"].map("ABCDEFGHIJKLMNOP".__getitem__), "column"])
    assert len(got) == len(frame)
    for row in frame.itertuples():
        one = got.loc[(row.plate, row.well[0], int(row.well[1:]) - 1)]
        assert one["od"] == pytest.approx(float(row.od))
        assert one["role"] == row.role
        assert not one["over"]
        if row.role == "standard":
            assert one["concentration"] == float(row.concentration)
        if row.role in ("control", "sample"):
            assert one["name"] == row.name
        else:
            assert pd.isna(one["name"])


@pytest.fixture
def frame():
    return plate()


def test_long_tables_give_a_row_for_each_well(tmp_path, frame):
    wells = both(tmp_path, frame)
    check(wells, frame)
    assert wells["dilution"].tolist().count(20.0) == 8
    assert wells["dilution"].tolist().count(2.0) == 2
    written = both(
        tmp_path, frame.assign(dilution=frame["dilution"].map(lambda each: f"1:{each}" if each else each))
    )
    assert written["dilution"].tolist() == wells["dilution"].tolist()
    assert wells.loc[wells["role"] == "control", "low"].tolist() == [400.0, 400.0]
    assert wells.loc[wells["role"] == "control", "high"].tolist() == [600.0, 600.0]
    assert wells.loc[wells["role"] != "control", "low"].isna().all()
    assert wells["line"].dtype == "Int64"
    # A1 is the first line below the header, B1 the second; the frame goes along rows.
    assert wells["line"].tolist()[0] == 2
    assert wells.loc[(wells["row"] == 1) & (wells["column"] == 0), "line"].item() == 3
    assert wells[["row", "column"]].apply(tuple, axis=1).is_monotonic_increasing
    assert wells.attrs == {"not in the layout": 0, "no reading": 0}


@pytest.mark.parametrize("spelling", ["A1", "a1", "A01", "a 1", "A001"])
def test_wells_are_read_as_people_write_them(tmp_path, frame, spelling):
    frame.loc[0, "well"] = spelling
    wells = both(tmp_path, frame)
    assert wells.loc[0, ["row", "column"]].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.tsv", lambda text: text.replace(",", "\t").encode()),
        ("r.csv", lambda text: text.replace(",", ";").encode()),
        ("r.csv", lambda text: text.replace(",", ";").replace(".", ",").encode()),
        ("r.csv", lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()),
        ("r.csv.gz", lambda text: gzip.compress(text.encode())),
        ("r.xls", lambda text: text.replace(",", "\t").encode()),
    ],
    ids=["tabs", "semicolons", "decimal commas", "Windows", "gzip", "text named .xls"],
)
@pytest.mark.parametrize("form", ["long", "grid"])
def test_separators_line_ends_and_decimal_commas_of_all_kinds_are_read(tmp_path, frame, name, content, form):
    text = frame[READING].to_csv(index=False) if form == "long" else "\n".join(grid_lines(frame)) + "\n"
    readings = tmp_path / name
    readings.write_bytes(content(text))
    frame["plate"] = "P1" if form == "long" else "r"
    layout = put(tmp_path, frame, LAYOUT, "layout.csv")
    check(plate_files.read_plates([readings], [layout], {}), frame)


def test_a_grid_with_an_instruments_lines_is_read(tmp_path, frame):
    lines = [
        "Software Version,3.11.19",
        "Experiment: sIL-6R; batch 4",
        "Plate Number,Plate 1",
        "Plate Type,96 WELL PLATE (Use plate lid)",
        "Wavelength: 450 nm (reference 570 nm)",
        "",
        *[f"{line},450-570" for line in grid_lines(frame)],
        "",
        "Temperature,24.1",
    ]
    lines[6] = lines[6].removesuffix(",450-570")
    (tmp_path / "export.csv").write_text("\n".join(lines))
    frame["plate"] = "Plate 1"
    layout = put(tmp_path, frame.assign(plate="1"), LAYOUT, "layout.csv")
    check(plate_files.read_plates([tmp_path / "export.csv"], [layout], {}), frame)


@pytest.mark.parametrize(
    ("above", "name"),
    [
        ("Plate: P07", "P07"),
        ("Plate 7", "Plate 7"),
        ("Plate ID,P07", "P07"),
        ("Plate No. 7", "7"),
        ("P07", "P07"),
    ],
)
def test_several_grids_in_a_file_have_the_names_above_them(tmp_path, above, name):
    one, two = plate("first"), plate(name, ("sub-e", "sub-f"))
    lines = ["Plate: first", *grid_lines(one), "", "Mode: endpoint", above, *grid_lines(two)]
    (tmp_path / "export.csv").write_text("\n".join(lines))
    layout = put(tmp_path, pd.concat([one, two]), LAYOUT, "layout.csv")
    wells = plate_files.read_plates([tmp_path / "export.csv"], [layout], {})
    check(wells, pd.concat([one, two]))
    assert wells["plate"].unique().tolist() == ["first", name]


def test_plates_without_a_name_are_named_as_their_file_or_sheet(tmp_path):
    frames = [plate("p1"), plate("p2", ("sub-e",)), plate("p3", ("sub-f",)), plate("p4", ("sub-g",))]
    (tmp_path / "p1.csv").write_text("\n".join(grid_lines(frames[0])))
    put(tmp_path, frames[1], ["well", "od"], "p2.csv")
    book(
        tmp_path / "more.xlsx",
        p3=[line.split(",") for line in grid_lines(frames[2])],
        empty=[],
        notes=[["read by", "K."]],
        p4=table_rows(frames[3], ["well", "od"]),
    )
    layout = put(tmp_path, pd.concat(frames), LAYOUT, "layout.csv")
    wells = plate_files.read_plates(
        [tmp_path / "p1.csv", tmp_path / "p2.csv", tmp_path / "more.xlsx"], [layout], {}
    )
    check(wells, pd.concat(frames))
    assert wells["file"].unique().tolist() == [
        str(tmp_path / name) for name in ("p1.csv", "p2.csv", "more.xlsx")
    ]


def test_a_plate_of_384_wells_is_read(tmp_path):
    cells = {
        well(row, column): f"{0.1 + 0.005 * (row + column):.3f}" for row in range(16) for column in range(24)
    }
    frame = pd.DataFrame({"plate": "big", "well": list(cells), "od": list(cells.values())})
    lines = grid_lines(frame, height=16, width=24)
    (tmp_path / "big.csv").write_text("\n".join(lines))
    frame = frame.assign(role="sample", name=[f"s-{place}" for place in cells])
    layout = put(tmp_path, frame, LAYOUT[:4], "layout.csv")
    wells = plate_files.read_plates([tmp_path / "big.csv"], [layout], {})
    assert len(wells) == 384
    assert wells["row"].max() == 15
    assert wells["column"].max() == 23
    assert wells["od"].iloc[-1] == pytest.approx(0.29)


def test_a_workbook_may_hold_readings_and_layout_on_two_sheets(tmp_path, frame):
    path = book(tmp_path / "all.xlsx", Readings=table_rows(frame, READING), Layout=table_rows(frame, LAYOUT))
    check(plate_files.read_plates([path], [path], {}), frame)


def test_a_layout_may_be_a_grid(tmp_path, frame):
    said = frame.assign(
        cell=[
            {"standard": f"STD {row.concentration}", "blank": "BLANK", "control": "CTRL high"}.get(
                row.role, row.said
            )
            for row in frame.rename(columns={"name": "said"}).itertuples()
        ]
    )
    (tmp_path / "layout.csv").write_text("\n".join(grid_lines(said, "cell")))
    readings = put(tmp_path, frame, READING, "readings.csv")
    wells = plate_files.read_plates([readings], [tmp_path / "layout.csv"], {})
    check(wells, frame)
    assert set(wells["dilution"]) == {1.0}
    # Row A is on line 2 of the file, below the column numbers.
    assert (wells["line"] == wells["row"] + 2).all()


def test_one_layout_holds_for_every_plate_where_it_has_no_samples(tmp_path):
    one, two = plate("P1"), plate("P2", ("sub-e",))
    (tmp_path / "a").mkdir()
    shared = one[one["role"] != "sample"].assign(plate="")
    samples = pd.concat([one, two]).query("role == 'sample'")
    layout = put(tmp_path, pd.concat([shared, samples]), LAYOUT, "layout.csv")
    readings = put(tmp_path, pd.concat([one, two]), READING, "readings.csv")
    check(plate_files.read_plates([readings], [layout], {}), pd.concat([one, two]))


def test_layouts_go_with_their_files_in_order(tmp_path):
    frames = [plate("first"), plate("second", ("sub-e", "sub-f"))]
    files = [put(tmp_path, frame, ["well", "od"], f"{frame['plate'].iloc[0]}.csv") for frame in frames]
    layouts = [
        put(tmp_path, frame, LAYOUT[1:], f"layout_{place}.csv") for place, frame in enumerate(frames, start=1)
    ]
    check(plate_files.read_plates(files, layouts, {}), pd.concat(frames))


def test_columns_may_have_other_names(tmp_path, frame):
    readings = put(
        tmp_path, frame.rename(columns={"od": "OD450"}), ["plate", "well", "OD450"], "readings.csv"
    )
    theirs = {"plate": "Plaat", "well": "Positie", "role": "Soort", "name": "Monster"}
    layout = put(
        tmp_path, frame.rename(columns=theirs), [theirs.get(name, name) for name in LAYOUT], "l.csv", ";"
    )
    check(plate_files.read_plates([readings], [layout], theirs | {"od": "OD450"}), frame)


@pytest.mark.parametrize(
    "text", ["OVER", "Ovrflw", "OVERFLOW", ">4", "> 4.000", "####", "#SAT", "over range"]
)
def test_readings_beyond_the_readers_range_are_kept_as_such(tmp_path, frame, text):
    frame.loc[frame["well"] == "H1", "od"] = text
    wells = both(tmp_path, frame)
    over = wells[wells["over"]]
    assert over[["row", "column"]].to_numpy().tolist() == [[7, 0]]
    assert over["od"].isna().all()
    assert wells["od"].isna().sum() == 1


def test_what_is_in_readings_or_layout_only_is_counted(tmp_path, frame):
    readings = put(tmp_path, frame[frame["well"] != "D5"], READING, "readings.csv")
    layout = frame[frame["well"] != "A3"].assign(
        role=lambda one: one["role"].mask(one["well"] == "B3", "empty")
    )
    wells = plate_files.read_plates([readings], [put(tmp_path, layout, LAYOUT, "layout.csv")], {})
    assert len(wells) == len(frame) - 3
    assert wells.attrs == {"not in the layout": 2, "no reading": 1}


def test_empty_wells_are_skipped(tmp_path, frame):
    frame.loc[frame["well"] == "D5", "od"] = "NA"
    frame.loc[frame["well"] == "D4", "od"] = ""
    assert len(both(tmp_path, frame)) == len(frame) - 2


@pytest.mark.parametrize(
    ("words", "role"),
    [
        (("std", "STD", "Standard", "cal", "S"), "standard"),
        (("blk", "NSB", "Blank"), "blank"),
        (("ctrl", "QC", "Control"), "control"),
        (("unk", "Unknown", "Sample"), "sample"),
    ],
)
def test_roles_have_synonyms(tmp_path, frame, words, role):
    for place, index in enumerate(frame.index[frame["role"] == role]):
        frame.loc[index, "role"] = words[place % len(words)]
    assert (both(tmp_path, frame)["role"] == role).sum() == (plate()["role"] == role).sum()


def test_a_bridge_may_be_on_several_plates_and_a_control_without_a_name(tmp_path):
    frame = pd.concat([plate("P1"), plate("P2", ("sub-a",))], ignore_index=True)
    frame.loc[frame["name"] == "sub-a", "role"] = "bridge"
    frame.loc[frame["role"] == "control", "name"] = ""
    wells = both(tmp_path, frame)
    assert wells.loc[wells["role"] == "bridge", "plate"].tolist() == ["P1", "P1", "P2", "P2"]
    assert set(wells.loc[wells["role"] == "control", "name"]) == {"control"}


@pytest.mark.parametrize("name", ["Åsa-Ö", "=SUM(1;2)", "+49-1", "-7", "@x", "被験者1", "007", "1001"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_identifiers_of_all_kinds_stay_what_they_are(tmp_path, form, name):
    frame = plate(samples=(name, "sub-b"))
    readings = put(tmp_path, frame, READING, "readings.csv")
    if form == "csv":
        layout = put(tmp_path, frame, LAYOUT, "layout.csv")
    else:
        layout = book(tmp_path / "layout.xlsx", Layout=table_rows(frame, LAYOUT))
        workbook = openpyxl.load_workbook(layout)
        for row in workbook["Layout"].iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    cell.data_type = "s"
        workbook.save(layout)
    wells = plate_files.read_plates([readings], [layout], {})
    assert set(wells["name"].dropna()) == {"high", name, "sub-b"}


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [(1001, "General", "1001"), (1001.0, "0.00", "1001"), (12, "0000", "0012"), (True, "General", "TRUE")],
)
def test_numbers_in_excel_are_what_people_see(tmp_path, value, style, text):
    path = book(tmp_path / "b.xlsx", Sheet1=[["a"], [value]])
    workbook = openpyxl.load_workbook(path)
    workbook["Sheet1"]["A2"].number_format = style
    workbook.save(path)
    (sheet,) = read_sheets(path, None, lambda cells: False)
    assert open_sheet(sheet).table().frame["a"].tolist() == [text]


def test_decimal_commas_in_texts_of_excel_are_read(tmp_path, frame):
    rows = [[text.replace(".", ",") for text in row] for row in frame[READING].to_numpy().tolist()]
    path = book(tmp_path / "readings.xlsx", Sheet1=[READING, *rows])
    layout = put(tmp_path, frame, LAYOUT, "layout.csv")
    check(plate_files.read_plates([path], [layout], {}), frame)


def excel(tmp_path, frame, change, columns=LAYOUT):
    """Read a plate whose layout is a workbook, after a change of its sheet."""
    path = book(tmp_path / "layout.xlsx", Layout=table_rows(frame, columns))
    workbook = openpyxl.load_workbook(path)
    change(workbook["Layout"])
    workbook.save(path)
    return plate_files.read_plates([put(tmp_path, frame, READING, "readings.csv")], [path], {})


def set_cell(place, value):
    """A change that puts a value into a cell."""

    def change(sheet):
        """Put it there."""
        sheet[place] = value

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            set_cell("D22", datetime.datetime(2024, 3, 5)),
            "cell D22: it is a date or time, .* format the column as text",
        ),
        (set_cell("E3", datetime.date(2031, 2, 1)), "cell E3: it is a date or time"),
        (set_cell("F22", datetime.time(1, 20)), "cell F22: it is a date or time"),
        (set_cell("E2", "=1000*2"), "cell E2: it holds a formula without its value; open the file in Excel"),
        (set_cell("D22", "#REF!"), "cell D22: it holds the error #REF!; correct the formula"),
        (set_cell("E3", "#DIV/0!"), "cell E3: it holds the error #DIV/0!"),
        (
            lambda sheet: sheet.merge_cells("D22:D23"),
            "cell D22: it is one of the merged cells D22:D23; unmerge",
        ),
        (lambda sheet: sheet.merge_cells("B1:C1"), "cell B1: it is one of the merged cells B1:C1"),
        (set_cell("D1", "role"), "sheet 'Layout': column 'role' is there twice"),
        (set_cell("C1", "Art"), "there is no column 'role' among 'plate', 'well', 'Art'"),
        (lambda sheet: sheet.delete_rows(2, 99), "it has a header and no rows"),
        (set_cell("E9", "2,000"), "concentration '2,000' has or may have a thousands separator"),
        (set_cell("E8", "1000,5"), "has a decimal point, others a comma"),
    ],
)
def test_what_excel_does_to_tables_is_one_sentence(tmp_path, frame, change, sentence):
    with pytest.raises(InputError, match=re.escape(str(tmp_path / "layout.xlsx")) + ".*" + sentence):
        excel(tmp_path, frame, change)


def test_faults_in_columns_and_lines_that_are_not_used_do_no_harm(tmp_path, frame):
    def change(sheet):
        """A column of notes with a date, an error and merged cells; a title is no part of a grid."""
        sheet["I1"] = "note"
        sheet["I2"], sheet["I3"] = datetime.datetime(2024, 3, 5), "#N/A"
        sheet.merge_cells("I4:I9")

    check(excel(tmp_path, frame, change), frame)
    rows = [[cell or None for cell in line.split(",")] for line in grid_lines(frame)]
    path = book(
        tmp_path / "P1.xlsx", Sheet1=[["sIL-6R", None], ["Read on", datetime.date(2024, 3, 5)], *rows]
    )
    workbook = openpyxl.load_workbook(path)
    workbook["Sheet1"].merge_cells("A1:M1")
    workbook.save(path)
    layout = put(tmp_path, frame, LAYOUT, "layout.csv")
    check(plate_files.read_plates([path], [layout], {}), frame)
    workbook["Sheet1"].merge_cells("B5:C5")
    workbook.save(path)
    with pytest.raises(InputError, match="cell B5: it is one of the merged cells B5:C5"):
        plate_files.read_plates([path], [layout], {})


def test_a_formula_with_its_value_is_its_value(tmp_path):
    path = book(tmp_path / "b.xlsx", Sheet1=[["a", "b"], ["=1+1", "x"], ["=A1", "y"]])
    parts = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            parts[name] = archive.read(name)
    xml = parts["xl/worksheets/sheet1.xml"]
    assert xml.count(b"<f>") == 2
    xml = re.sub(rb"<f>1\+1</f><v ?/?>(</v>)?", b"<f>1+1</f><v>2</v>", xml)
    parts["xl/worksheets/sheet1.xml"] = xml
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    (sheet,) = read_sheets(path, None, lambda cells: False)
    assert sheet.rows[1] == ["2", "x"]
    assert list(sheet.faults) == [(2, 0)]


def mark(name, column, value):
    """A change of the layout's or readings' cell in the line of a well."""

    def change(frame):
        """Put the value there."""
        frame.loc[frame["well"] == name, column] = value

    return change


def reverse(frame):
    """The standards' concentrations upside down."""
    rows = frame.index[frame["role"] == "standard"]
    frame.loc[rows, "concentration"] = frame.loc[rows, "concentration"].to_numpy()[::-1]


def faint(frame):
    """All readings near the blank's."""
    od = frame["od"].astype(float)
    frame["od"] = (0.045 + 0.01 * od).round(4).astype(str)


def without_blanks(frame):
    """Faint readings of a plate without blanks."""
    faint(frame)
    frame.loc[frame["role"] == "blank", ["role", "name"]] = ["control", "low"]


def exchange(frame):
    """Readings in place of concentrations of up to 10 ng/mL, where the samples are read otherwise."""
    rows = frame.index[frame["role"] == "standard"]
    od = frame.loc[rows, "od"].to_numpy().copy()
    frame.loc[rows, "od"] = [f"{0.005 * float(text):g}" for text in frame.loc[rows, "concentration"]]
    frame.loc[rows, "concentration"] = od


def constant(text):
    """A change that makes all readings the same."""

    def change(frame):
        """Put it everywhere."""
        frame["od"] = text

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (mark("A1", "well", "Z99"), "readings.csv, line 2: there is no well 'A00'"),
        (mark("A1", "well", "A13"), "readings.csv, line 2: well A13 is not on a plate of 96 wells"),
        (
            mark("B1", "well", "A1"),
            "readings.csv, line 3: well A1 of this plate is also on line 2 of .*readings.csv",
        ),
        (mark("B1", "well", ""), "readings.csv, line 3: 'well' is empty"),
        (mark("B1", "plate", ""), "readings.csv, line 3: 'plate' is empty"),
        (mark("A4", "od", "high"), r"readings.csv, line 22, plate 'P1', well A4: OD 'AAAA' is not a number"),
        (mark("A4", "od", "1 234.5"), "well A4: OD '1 234.5' has or may have a thousands separator"),
        (mark("A4", "od", "0,5"), "OD '0,5' has a decimal comma"),
        (mark("A4", "od", "inf"), "well A4: OD 'AAA' is not a number"),
        (
            mark("A4", "od", "-0.5"),
            "readings.csv, plate 'P1', well A4: an OD of -0.5 is below -0.2; give optical",
        ),
        (
            mark("A4", "od", "23456"),
            "plate 'P1', well A4: an OD of 23456 is above 10; .* not raw counts, percent",
        ),
        (mark("A1", "concentration", ""), "layout.csv, line 2, well A1: this standard has no concentration"),
        (mark("A1", "concentration", "-1"), "line 2, well A1: this standard's concentration is negative"),
        (mark("A1", "concentration", "two"), "layout.csv, line 2: concentration 'AAA' is not a number"),
        (mark("A4", "dilution", "0"), "line 22, well A4: this dilution is below 1"),
        (mark("A4", "dilution", "-2"), "line 22, well A4: this dilution is below 1"),
        (mark("C3", "low", "900"), "line 20, well C3: this control's low limit is above the high"),
        (mark("A4", "role", "reference"), "layout.csv, line 22: unknown role 'AAAAAAAAA'; use standard"),
        (mark("A4", "role", ""), "layout.csv, line 22: it has a name and no role"),
        (mark("A4", "name", ""), "line 22, well A4: this well has no name"),
        (reverse, "plate 'P1': its standards are in the wrong order"),
        (exchange, "plate 'P1': its standards have ODs like concentrations, .* correct the swapped columns"),
        (
            faint,
            "plate 'P1': the OD of its highest standard is less than 3 times that of its blank: it was",
        ),
        (
            without_blanks,
            "less than 3 times that of its lowest standard: .*give the readings at the kit's wavelength",
        ),
        (constant("0.000"), "plate 'P1': all its ODs are zero"),
        (constant("0.123"), "plate 'P1': all its ODs are the same"),
        (constant("OVER"), "plate 'P1': every reading is beyond the reader's range"),
        (constant(""), "readings.csv: it holds no reading"),
    ],
)
def test_readings_and_layouts_that_cannot_be_are_one_sentence(tmp_path, frame, change, sentence):
    with pytest.raises(InputError, match=sentence):
        both(tmp_path, frame, change)


def test_columns_that_are_swapped_are_named(tmp_path, frame):
    layout = put(tmp_path, frame, LAYOUT, "layout.csv")
    for columns, sentence in (
        (
            {"well": "od", "od": "well"},
            "readings.csv: its column 'well' holds no wells .* correct the swapped",
        ),
        ({"plate": "name", "name": "plate"}, "readings.csv: its column 'plate' differs from well to well"),
    ):
        swapped = frame.rename(columns=columns)
        swapped["plate"] = swapped["plate"].replace("", "x")
        with pytest.raises(InputError, match=sentence):
            plate_files.read_plates([put(tmp_path, swapped, READING, "readings.csv")], [layout], {})
    readings = put(tmp_path, frame, READING, "readings.csv")
    for columns, sentence in (
        ({"role": "name", "name": "role"}, "layout.csv, line 2: it has a name and no role|holds no role"),
        ({"role": "well", "well": "role"}, "layout.csv: its column 'well' holds no wells"),
        ({"role": "dilution", "dilution": "role"}, "layout.csv: its column 'role' holds no role"),
    ):
        layout = put(tmp_path, frame.rename(columns=columns), LAYOUT, "layout.csv")
        with pytest.raises(InputError, match=sentence):
            plate_files.read_plates([readings], [layout], {})


def test_plates_of_readings_and_layout_must_be_the_same(tmp_path):
    one, two = plate("P1"), plate("P2", ("sub-e",))
    pair = pd.concat([one, two], ignore_index=True)
    readings, layout = put(tmp_path, pair, READING, "r.csv"), put(tmp_path, pair, LAYOUT, "l.csv")
    with pytest.raises(InputError, match=r"r.csv: plate 'P2' is not in the layout"):
        plate_files.read_plates([readings], [put(tmp_path, one, LAYOUT, "one.csv")], {})
    with pytest.raises(InputError, match=r"l.csv, line 30: there are no readings of plate '.*'; give them"):
        plate_files.read_plates([put(tmp_path, one, READING, "one.csv")], [layout], {})
    with pytest.raises(InputError, match=r"there are 2 layouts for 1 files of readings"):
        plate_files.read_plates([readings], [layout, layout], {})
    with pytest.raises(InputError, match=r"there are 0 layouts for 1 files"):
        plate_files.read_plates([readings], [], {})
    with pytest.raises(
        InputError, match=r"l.csv, line 22: it has a sample without a plate, and there are several"
    ):
        plate_files.read_plates([readings], [put(tmp_path, one, LAYOUT[1:], "l.csv")], {})


def test_a_layout_of_another_plate_is_one_sentence(tmp_path, frame):
    other = frame.assign(well=[f"{'ABCDEFGH'[place % 8]}{9 + place // 8}" for place in range(len(frame))])
    readings = put(tmp_path, frame, READING, "readings.csv")
    layout = put(tmp_path, other, LAYOUT, "layout.csv")
    with pytest.raises(InputError, match="plate 'P1': only 0 of the 28 wells in its layout have a reading"):
        plate_files.read_plates([readings], [layout], {})


def test_a_sample_on_two_plates_is_named_by_its_lines_only(tmp_path):
    frame = pd.concat([plate("P1"), plate("P2", ("sub-a",))], ignore_index=True)
    with pytest.raises(InputError) as raised:
        both(tmp_path, frame)
    sentence = str(raised.value)
    # 28 lines of P1 and 20 others of P2 stand before, with the header.
    assert "layout.csv, line 50: this sample of plate 'P2' is also on plate 'P1' (line 22 of" in sentence
    assert "role bridge" in sentence
    assert "sub-a" not in sentence


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            ["Wavelength: 450 nm", "GRID", "Wavelength: 570 nm", "GRID"],
            "readings at 450 and 570 nm of a plate; give one",
        ),
        (["GRID", "", "GRID"], "line 1: this grid's plate has no name; put a line such as 'Plate: 2'"),
        (["Plate: 1", "GRID", "Plate: 1", "GRID"], "line 12: the name of this grid's plate is there twice"),
        (["1,2,3", "x,y,z"], "it holds neither a table with a column 'well' nor a plate grid"),
    ],
)
def test_grids_that_cannot_be_told_apart_are_one_sentence(tmp_path, frame, lines, sentence):
    text = "\n".join("\n".join(grid_lines(frame)) if line == "GRID" else line for line in lines)
    (tmp_path / "g.csv").write_text(text)
    layout = put(tmp_path, frame, LAYOUT, "layout.csv")
    with pytest.raises(InputError, match=r"g.csv.*" + sentence):
        plate_files.read_plates([tmp_path / "g.csv"], [layout], {})


def header(text):
    """A change of the line of column numbers."""

    def change(lines):
        """Put it there."""
        lines[0] = text

    return change


def side_by_side(lines):
    """A second grid to the right."""
    lines[0] += ",,1,2"
    lines[1] += ",A,3,4"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda lines: lines.pop(3), "line 4: row D stands where row C is expected"),
        (lambda lines: lines.insert(2, ",0.1"), "line 3: a second line of readings follows a plate's row"),
        (lambda lines: lines.append("I,0.1"), "line 10: well I1 is not on a plate of 96 wells"),
        (header(",1,2,3,5,6"), "line 1: there are cells to the right of the grid's column 3"),
        (header(",1,2,3,4,5,6,1,2"), "line 1: there are cells to the right of the grid's column 6"),
        (header("," + ",".join(map(str, range(1, 31)))), "line 1: a plate grid has 30 columns"),
        (side_by_side, "line 1: two grids are side by side"),
        (lambda lines: lines.extend(f"{letter}," for letter in "IJKLMNOPQ"), "row Q stands where no further"),
    ],
)  # fmt: skip
def test_grids_out_of_order_are_one_sentence(tmp_path, frame, change, sentence):
    lines = grid_lines(frame)
    change(lines)
    (tmp_path / "P1.csv").write_text("\n".join(lines))
    layout = put(tmp_path, frame, LAYOUT, "layout.csv")
    with pytest.raises(InputError, match=sentence):
        plate_files.read_plates([tmp_path / "P1.csv"], [layout], {})


def encrypted():
    """How a workbook with a password begins, and the name of the stream that holds it."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("r.csv", b"", "it is empty"),
        ("r.csv", b"\n \n,,\n", "it is empty"),
        ("r.csv", "Größe\n,1,2\nA,1,2\n".encode("cp437"), "its encoding cannot be told: .* save it as UTF-8"),
        ("r.csv", b"$FL2" + bytes(200), "it is a file of SPSS; export the plates as csv, tsv or .xlsx"),
        ("r.csv", b",1,2\nA\0,1,2\n", "it is not a text table"),
        ("r.csv", b",1,2\rA,0.1,0.2\r", "its lines end with CR alone"),
        ("r.csv", b'Title,"a\nb"\n,1,2\nA,1,2\n', "line 1: a quoted cell goes on over the end"),
        ("r.csv.gz", b",1,2\nA,1,2\n", "it cannot be read as a UTF-8 table"),
        ("r.csv.gz", gzip.compress(b",1,2\nA,1,2\n" * 99, mtime=0)[:-20], "cannot be read as a UTF-8 table"),
        ("r.csv", b"plate,well,od\nP1,A1,0.1,\nP1,A2,0.1\n", "line 2: it has 4 columns, the header 3"),
        ("r.csv", b"Plate,Well,OD\nP1,A1,0.1\n", "write 'Well', 'OD' in lower case"),
        ("r.xlsx", b"well,od\nA1,1\n", "it is not an Excel workbook; export it again"),
        ("r.xlsx", b"PK\x03\x04" + bytes(100), "it cannot be read as an Excel workbook"),
        ("r.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000), "an Excel file of the old kind"),
        ("r.xlsx", encrypted(), "it is protected by a password; save it without"),
    ],
)  # fmt: skip
def test_files_that_hold_no_cells_are_one_sentence(tmp_path, frame, name, content, sentence):
    path = tmp_path / name
    path.write_bytes(content)
    layout = put(tmp_path, frame, LAYOUT, "layout.csv")
    with pytest.raises(InputError, match=re.escape(str(path)) + ".*" + sentence):
        plate_files.read_plates([path], [layout], {})


def test_a_file_that_is_not_there_is_one_sentence(tmp_path, frame):
    layout = put(tmp_path, frame, LAYOUT, "layout.csv")
    with pytest.raises(InputError, match=r"absent.csv: it cannot be read"):
        plate_files.read_plates([tmp_path / "absent.csv"], [layout], {})


@pytest.mark.parametrize(
    ("texts", "comma", "numbers"),
    [
        (["0,5", "12", "1,25e3"], True, [0.5, 12, 1250]),
        (["0,123", "1,234"], True, [0.123, 1.234]),
        ([",5", "-0,01", None], True, [0.5, -0.01, np.nan]),
        (["1,234", "2,345"], True, "'1,234' has or may have a thousands separator"),
        (["1.234,5"], True, "'1.234,5' has or may have a thousands separator"),
        (["1'234.5"], True, "thousands separator"),
        (["1.234.567"], True, "thousands separator"),
        (["0,5", "0.5"], True, "'0.0' has a decimal point, others a comma"),
        (["0,5"], False, "'0,5' has a decimal comma; write decimals with a point"),
        (["a,b"], True, "'A,A' is not a number"),
        (["1e999"], True, "is not a number"),
        (["0x1F"], True, "is not a number"),
        (["1_000"], True, "is not a number"),
        (["True"], True, "is not a number"),
    ],
)
def test_numbers_are_read_where_it_is_clear_what_they_are(texts, comma, numbers):
    series, sheet = pd.Series(texts, dtype="str"), pd.Series("f", index=range(len(texts)))
    comma = sheet.map({"f": comma})
    if isinstance(numbers, str):
        with pytest.raises(InputError, match=r"f, line \d: x " + numbers if numbers[0] == "'" else numbers):
            to_numbers(series, "x", lambda label: f"f, line {label}", sheet, comma)
    else:
        values = to_numbers(series, "x", lambda label: f"f, line {label}", sheet, comma)
        np.testing.assert_allclose(values, numbers)


FUZZ = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def only_sentences(readings, layout):
    """The wells, or None if a sentence without a sample's name came out; other errors fail the test."""
    try:
        return plate_files.read_plates([readings], [layout], {})
    except InputError as error:
        sentence = str(error)
    assert not re.search("sub-", sentence), sentence
    return None


@FUZZ
@given(content=st.binary(max_size=400))
def test_no_bytes_end_in_a_traceback(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("fuzz")
    frame = plate()
    path = folder / "r.csv"
    path.write_bytes(content)
    only_sentences(path, put(folder, frame, LAYOUT, "layout.csv"))
    path.write_bytes(b"well,od\n" + content)
    only_sentences(path, put(folder, frame, LAYOUT, "layout.csv"))
    only_sentences(put(folder, frame, READING, "readings.csv"), path)


CELLS = st.one_of(
    st.sampled_from(["", "A1", "A", "1", "2", "NA", "OVER", "-1", "1,5", "=A1", "P2", "Plate 1", "450 nm"]),
    st.sampled_from(["standard", "sample"]),
    st.text(max_size=6),
    st.floats(width=32).map(str),
)


@FUZZ
@given(data=st.data())
def test_no_edit_of_a_cell_ends_in_a_traceback(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz")
    frame = pd.concat([plate(), plate("P2", ("sub-x",))], ignore_index=True)
    for _ in range(data.draw(st.integers(1, 6))):
        row, column = data.draw(st.integers(0, len(frame) - 1)), data.draw(st.sampled_from([*LAYOUT, "od"]))
        frame.loc[row, column] = data.draw(CELLS)
    one, other = data.draw(st.sampled_from(LAYOUT)), data.draw(st.sampled_from([*LAYOUT, "od"]))
    if data.draw(st.booleans()):
        frame = frame.rename(columns={one: other, other: one})
    readings, layout = put(folder, frame, READING, "readings.csv"), put(folder, frame, LAYOUT, "layout.csv")
    wells = only_sentences(readings, layout)
    if wells is not None:
        assert wells["role"].isin(["standard", "blank", "control", "bridge", "sample"]).all()
        assert (wells["od"].isna() == wells["over"]).all()
        assert wells.loc[wells["role"] == "sample", "name"].notna().all()
        assert (wells["dilution"] > 0).all()


@FUZZ
@given(data=st.data())
def test_no_edit_of_a_grid_ends_in_a_traceback(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz")
    frame = plate()
    cells = [line.split(",") for line in ["Plate: P1", "Wavelength: 450 nm", *grid_lines(frame), "x"]]
    for _ in range(data.draw(st.integers(1, 5))):
        line = data.draw(st.integers(0, len(cells) - 1))
        if data.draw(st.booleans()):
            cells[line][data.draw(st.integers(0, len(cells[line]) - 1))] = data.draw(CELLS)
        else:
            cells.insert(data.draw(st.integers(0, len(cells) - 1)), list(cells[line]))
    (folder / "P1.csv").write_text("\n".join(",".join(line) for line in cells))
    layout = put(folder, frame, LAYOUT, "layout.csv")
    only_sentences(folder / "P1.csv", layout)
    only_sentences(put(folder, frame, READING, "readings.csv"), folder / "P1.csv")


def test_no_damage_to_a_workbook_ends_in_a_traceback(tmp_path, frame):
    path = book(tmp_path / "P1.xlsx", Readings=table_rows(frame, READING), Layout=table_rows(frame, LAYOUT))
    original = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    random.seed(1)
    for turn in range(60):
        if turn % 2:
            damaged = bytearray(original)
            for _ in range(random.randint(1, 20)):
                damaged[random.randrange(len(damaged))] = random.randrange(256)
        else:
            name = random.choice(sorted(parts))
            inner = bytearray(parts[name])
            for _ in range(random.randint(1, 4)):
                inner[random.randrange(len(inner))] = random.randrange(32, 127)
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w") as archive:
                for other, content in parts.items():
                    archive.writestr(other, bytes(inner) if other == name else content)
            damaged = stream.getvalue()
        path.write_bytes(bytes(damaged))
        only_sentences(path, path)


def test_a_cell_in_the_last_row_of_excel_is_no_harm(tmp_path, frame):
    rows = table_rows(frame, READING)
    path = book(tmp_path / "r.xlsx", Sheet1=rows)
    workbook = openpyxl.load_workbook(path)
    workbook["Sheet1"]["XFD1048576"].number_format = "0.0"
    workbook.save(path)
    check(plate_files.read_plates([path], [put(tmp_path, frame, LAYOUT, "l.csv")], {}), frame)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            mark("A4", "dilution", "0.5"),
            "well A4: this dilution is below 1; give the factor, as 100 for 1:100",
        ),
        (
            mark("A4", "dilution", ""),
            "well A4: it has no dilution, and others have one; give each its dilution",
        ),
        (
            mark("A4", "name", "1.23457E+11"),
            "well A4: a spreadsheet has spoilt its name; enter it again as text",
        ),
    ],
)
def test_dilutions_and_names_that_a_spreadsheet_or_a_hand_spoilt_are_named(tmp_path, change, sentence):
    with pytest.raises(InputError, match=f"layout.csv, line .*{re.escape(sentence)}"):
        both(tmp_path, change=change)


def test_a_plate_exported_twice_is_refused(tmp_path):
    frames = [plate("p1"), plate("p2", ("sub-e",))]
    frames[1]["od"] = frames[0]["od"]
    with pytest.raises(
        InputError, match="plate 'p2': its standards read what those of another plate read, well by well"
    ):
        both(tmp_path, pd.concat(frames, ignore_index=True))


def test_numbers_in_the_place_of_concentrations_are_refused(tmp_path):
    frame = plate()
    standards = frame["role"] == "standard"
    levels = frame.loc[standards, "concentration"].astype(float)
    frame.loc[standards, "concentration"] = levels.rank(method="dense").astype(int).astype(str)
    with pytest.raises(InputError, match="concentrations 1, 2, 3 and so on, which look like their numbers"):
        both(tmp_path, frame)


def test_layouts_in_another_order_than_readings_are_refused(tmp_path):
    frames = [plate("plate2"), plate("plate10", ("sub-e",))]
    files = [put(tmp_path, frame, READING, f"{frame['plate'].iloc[0]}.csv") for frame in frames]
    layouts = [
        put(tmp_path, frame, LAYOUT, f"layout{k}.csv") for frame, k in zip(frames, (2, 10), strict=True)
    ]
    with pytest.raises(InputError, match=r"layout10\.csv: it would be the layout of .*plate2\.csv"):
        plate_files.read_plates(files, layouts[::-1])


def test_a_grid_of_many_controls_is_one_of_participants(tmp_path):
    file = put(tmp_path, plate(), READING, "readings.csv")
    grid = [",1,2", *(f"{row},CTRL_{k:02d},CTRL_{k + 50:02d}" for k, row in enumerate("ABCDEFGH"))]
    (tmp_path / "layout.csv").write_text("\n".join(grid))
    with pytest.raises(InputError, match="16 different controls, which look like participants"):
        plate_files.read_plates([file], [tmp_path / "layout.csv"])


def test_a_dilution_may_hold_for_all_samples(tmp_path):
    frame = plate()
    frame["dilution"] = ""
    files = put(tmp_path, frame, READING, "readings.csv"), put(tmp_path, frame, LAYOUT, "layout.csv")
    wells = plate_files.read_plates(files[:1], files[1:], dilution=50)
    assert wells.groupby("role")["dilution"].unique().map(list).to_dict() == {
        role: [1.0 if role in ("standard", "blank") else 50.0] for role in wells["role"].unique()
    }
