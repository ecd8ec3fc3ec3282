"""Tables of concentrations and NPX: units, limits, qualifiers, and the sentences about what is no result."""

import gzip
import re

import numpy as np
import openpyxl
import pandas as pd
import pytest
from conftest import REPO

from il6r import units
from il6r.assays.long_tables import check_levels, read_long
from il6r.assays.npx import read_npx
from il6r.assays.wide_tables import read_wide
from il6r.errors import InputError

RANGES = pd.read_csv(REPO / "resources" / "reference_ranges.tsv", sep="\t")
LONG = "participant,analyte,value,unit"
# The columns and the two lines of IL6R and IL6 are those of an Explore 3072 file; IDs and values are not.
OLINK = (
    "SampleID;Index;OlinkID;UniProt;Assay;MissingFreq;Panel;Panel_Lot_Nr;PlateID;QC_Warning;LOD;NPX;"
    "Normalization;Assay_Warning;Sample_Type;ExploreVersion"
)
COLUMNS = {
    "file": "str", "line": "Int64", "sample": "str", "named_by": "str", "visit": "str", "date": "str",
    "plate": "str", "replicate": "str", "analyte": "str",
    "value": "float64", "low": "float64", "high": "float64",
    "se_log": "float64", "replicates": "Int64", "cv_percent": "float64", "relative": "bool",
}  # fmt: skip


def put(tmp_path, header, *rows, name="assays.csv"):
    path = tmp_path / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def long(tmp_path, *rows, header=LONG, **options):
    return read_long(put(tmp_path, header, *rows), **options)


def wide(tmp_path, header, *rows, **options):
    return read_wide(put(tmp_path, header, *rows), **options)


def bounds(results):
    return results[["value", "low", "high"]].to_numpy().tolist()


def npx_line(sample, npx, **other):
    cells = {
        "OlinkID": "OID20385", "UniProt": "P08887", "Assay": "IL6R", "Panel": "Cardiometabolic",
        "PlateID": "P1", "QC_Warning": "PASS", "LOD": "-7.4514", "Assay_Warning": "PASS",
        "Sample_Type": "SAMPLE", "Normalization": "Plate control", **other,
    }  # fmt: skip
    cells |= {"SampleID": sample, "NPX": str(npx)}
    return ";".join(cells.get(name, "0") for name in OLINK.split(";"))


def il6(sample, npx, panel, **other):
    number = ["Cardiometabolic", "Inflammation", "Neurology", "Oncology"].index(panel)
    cells = {"UniProt": "P05231", "Assay": "IL6", "Panel": panel, "OlinkID": f"OID2{number}563"}
    return npx_line(sample, npx, **cells | other)


def npx(tmp_path, *rows, **options):
    return read_npx(put(tmp_path, OLINK, *rows, name="npx.csv"), **options)


def parquet(tmp_path, *rows, **columns):
    path = tmp_path / "npx.parquet"
    csv = put(tmp_path, OLINK, *rows, name="npx.csv")
    pd.read_csv(csv, sep=";", keep_default_na=False, na_values=[""]).assign(**columns).to_parquet(path)
    return path


@pytest.mark.parametrize(
    ("unit", "value"), [("ng/mL", 1), ("pg/ml", 1e-3), ("µg/L", 1), ("ng / L", 1e-3), ("ug/mL", 1e3)]
)
def test_units_become_ng_per_ml(tmp_path, unit, value):
    assert units.factor(unit, "sil6r", "here") == pytest.approx(value)
    results, _ = long(tmp_path, f"a,sIL-6R,40,{unit}")
    assert results["value"].tolist() == pytest.approx([40 * value])


def test_every_reader_gives_the_same_columns(tmp_path):
    for results, _ in (
        long(tmp_path, "a,sIL-6R,30,ng/mL"),
        wide(tmp_path, "participant,il6_pg_ml", "a,2"),
        npx(tmp_path, npx_line("a", 1.5)),
    ):
        assert results.dtypes.astype(str).to_dict() == COLUMNS
        assert results[["replicates", "line"]].to_numpy().tolist() == [[1, 2]]
        assert results[["se_log", "cv_percent", "visit", "replicate"]].isna().all(axis=None)


def test_what_is_beyond_a_limit_keeps_its_bounds_and_what_is_empty_is_counted(tmp_path):
    rows = ["a,sIL-6R,<15000,pg/mL", "b,sIL-6R,30000,pg/mL", "c,sIL-6R,,pg/mL", "d,sIL-6R,>6e4,pg/mL"]
    results, counts = long(tmp_path, *rows)
    assert bounds(results) == [[15, 0, 15], [30, 30, 30], [60, 60, np.inf]]
    assert results["line"].tolist() == [2, 3, 5]
    assert counts == [("no value", 1)]


@pytest.mark.parametrize(
    "text", ["LOD", "<LOD", "< lod", "LLOQ", "<LLOQ", "BLQ", "ND", "n.d.", "OOR <", "not detected", "≤LLOQ"]
)
def test_words_stand_for_the_limit_of_their_line_or_else_for_the_configured_one(tmp_path, text):
    header = "participant,analyte,value,unit,lod"
    rows = [f"a,IL-6,{text},pg/mL,0.5", f"b,IL-6,{text},pg/mL,", "c,IL-6,2,pg/mL,"]
    results, _ = long(tmp_path, *rows, header=header, lod={"il6": 0.7, "sil6r": 9})
    assert bounds(results) == [[0.5, 0, 0.5], [0.7, 0, 0.7], [2, 2, 2]]
    with pytest.raises(InputError, match=r"line 3: value '.*' does not say the limit; write it as '<limit'"):
        long(tmp_path, *rows, header=header)


def test_a_word_above_takes_the_upper_limit_and_a_sign_may_not_contradict_a_word(tmp_path):
    header = "participant,analyte,value,unit,uloq"
    results, _ = long(tmp_path, "a,IL-6,>ULOQ,ng/L,600", "b,IL-6,uloq,ng/L,500", header=header)
    assert bounds(results) == [[600, 600, np.inf], [500, 500, np.inf]]
    for text in (">LOD", "<ULOQ"):
        with pytest.raises(InputError, match=f"line 2: value '{text}' contradicts itself"):
            long(tmp_path, f"a,IL-6,{text},pg/mL", lod={"il6": 1})
    with pytest.raises(
        InputError, match=r"line 2: value '>ULOQ' does not say the limit; write it as '>limit'; leave"
    ):
        long(tmp_path, "a,IL-6,>ULOQ,pg/mL")


def test_a_number_beyond_a_known_limit_is_taken_as_beyond_it(tmp_path):
    header = "participant,analyte,value,unit,lod,uloq"
    rows = ["a,IL-6,0.25,pg/mL,0.5,90", "b,IL-6,95,pg/mL,0.5,90", "c,IL-6,0.5,pg/mL,0.5,90"]
    rows += ["d,IL-6,<0.2,pg/mL,0.5,90", "e,IL-6,>99,pg/mL,0.5,90"]
    results, _ = long(tmp_path, *rows, header=header)
    expected = [[0.5, 0, 0.5], [90, 90, np.inf], [0.5, 0.5, 0.5], [0.2, 0, 0.2], [99, 99, np.inf]]
    assert bounds(results) == expected


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "a,sIL-6R,0,ng/mL",
            "concentration '0' is zero; write a value below the detection limit as '<limit'",
        ),
        ("a,sIL-6R,<0,ng/mL", "concentration '<0' is zero"),
        ("a,sIL-6R,1e-300,ng/mL", "is zero"),
        ("a,sIL-6R,-3,ng/mL", "concentration '-3' is negative"),
        ("a,sIL-6R,high,ng/mL", "value 'AAAA' is not a number; correct it, or leave the cell empty"),
        ("a,sIL-6R,high 24.37,ng/mL", "value 'AAAA 00.00' is not a number"),
        ("a,sIL-6R,3-5,ng/mL", "value '3-5' is a range; write one number, or '<limit' or '>limit'"),
        ("a,sIL-6R,3 – 5.5,ng/mL", "is a range"),
        ("a,sIL-6R,2025-05-03,ng/mL", "is a date; format the column as numbers"),
        ("a,sIL-6R,03-May,ng/mL", "is a date"),
        ("a,sIL-6R,inf,ng/mL", "is not a number"),
        ("a,sIL-6R,2e12,ng/mL", "is too large for a concentration; correct it"),
        ('a,sIL-6R,"24,37",ng/mL', "value '24,37' has a decimal comma; write decimals with a point"),
        ("a,sIL-6R,30,furlongs", "unknown unit 'furlongs'; use one of"),
        ("a,sIL-6R,30,", "the concentration has no unit; fill in the unit column"),
        ("a,cortisol,30,ng/mL", "unknown analyte 'cortisol'; use sIL-6R, IL-6 or sgp130"),
        (",sIL-6R,30,ng/mL", "'participant' is empty"),
        ("a,,30,ng/mL", "'analyte' is empty"),
    ],
)
def test_a_line_without_a_result_is_named(tmp_path, row, said):
    with pytest.raises(InputError, match=f"assays.csv, line 3: .*{re.escape(said)}"):
        long(tmp_path, "z,sIL-6R,31,ng/mL", row)


@pytest.mark.parametrize(
    ("header", "rows", "said"),
    [
        (LONG, [], "it has a header and no rows"),
        (LONG, ["a,sIL-6R,,ng/mL"], "it holds no value; give at least one measured concentration"),
        ("participant,analyte,value", ["a,sIL-6R,30"], "there is no column 'unit' among"),
        ("id,analyte,value,unit", ["a,sIL-6R,30,ng/mL"], "there is no column 'participant' among"),
        ("SampleID,Assay,NPX", ["a,IL6R,3"], "it holds Olink's NPX, no concentrations; give it as form: npx"),
        (f"{LONG},lod", ["a,IL-6,3,pg/mL,0"], "line 2: lod '0' is not above zero"),
        (f"{LONG},lod", ["a,IL-6,3,pg/mL,low"], "line 2: lod 'AAA' is not a number"),
        (f"{LONG},date", ["a,IL-6,3,pg/mL,2025-02-30"], "line 2: date '2025-02-30' is not a date"),
        (
            LONG,
            ["a,30,sIL-6R,ng/mL", "b,31,IL-6,ng/mL"],
            "'analyte' holds no analyte and column 'value' nothing",
        ),
        (
            LONG,
            ["30,IL-6,P001,pg/mL", "5,IL-6,P002,pg/mL"],
            "'value' holds no number and column 'participant'",
        ),
        (
            LONG,
            ["a,pg/mL,3,IL-6"],
            "column 'analyte' holds no analyte and column 'unit' nothing else; correct",
        ),
        (LONG, ["a,IL-6,pg/mL,3"], "column 'value' holds no number and column 'unit' nothing else"),
    ],
)
def test_a_table_of_another_kind_is_named(tmp_path, header, rows, said):
    with pytest.raises(InputError, match=re.escape(said)):
        long(tmp_path, *rows, header=header)


def test_decimal_commas_are_read_where_they_cannot_separate_anything(tmp_path):
    header = "participant;analyte;value;unit;lod"
    rows = ["a;IL-6;2,5;pg/mL;0,7", "b;IL-6;<0,25;pg/mL;", "c;IL-6;3;pg/mL;", "d;IL-6;1,5E2;pg/mL;"]
    for separator in (";", "\t"):
        lines = [line.replace(";", separator) for line in rows]
        results, _ = long(tmp_path, *lines, header=header.replace(";", separator))
        assert results["value"].tolist() == [2.5, 0.25, 3, 150]
    for values, said in (
        (["2,5", "2.5"], "decimal point, others a comma"),
        (["1,234", "987"], "may have a thousands separator"),
        (["1.234,5", "987"], "thousands separator"),
    ):
        spoilt = [f"p{i};IL-6;{value};pg/mL;" for i, value in enumerate(values)]
        with pytest.raises(InputError, match=said):
            long(tmp_path, *spoilt, header=header)


def test_a_configured_limit_is_one_number_for_one_unit(tmp_path):
    rows = ["a,sIL-6R,ND,ng/mL", "b,sIL-6R,30000,pg/mL"]
    with pytest.raises(
        InputError, match="lod of sil6r is one number, and the file has units 'ng/mL' and 'pg/mL'"
    ):
        long(tmp_path, *rows, lod={"sil6r": 5})


def test_the_same_result_twice_is_refused_unless_replicates_visits_or_dates_tell_them_apart(tmp_path):
    twice = ["a,sIL-6R,30,ng/mL", "b,sIL-6R,31,ng/mL", "a,sIL-6R,40,ng/mL"]
    with pytest.raises(
        InputError, match=r"line 4: this participant's sil6r at visit '1' is already on line 2"
    ):
        long(tmp_path, *twice)
    for column in ("replicate", "visit"):
        rows = [f"{row},{number}" for number, row in enumerate(twice)]
        results, _ = long(tmp_path, *rows, header=f"{LONG},{column}")
        assert results[column].tolist() == ["0", "1", "2"]
    dated = [f"{row},2025-03-{3 + number:02d}" for number, row in enumerate(twice)]
    results, _ = long(tmp_path, *dated, header=f"{LONG},date")
    assert results["date"].tolist() == ["2025-03-03", "2025-03-04", "2025-03-05"]
    with pytest.raises(InputError, match="this sample's sil6r at visit 'x' is already on line 2"):
        long(tmp_path, *[f"{row},x" for row in twice], header="sample_id,analyte,value,unit,visit")


def test_identifiers_stay_as_they_are_written(tmp_path):
    names = ["=1+2", "@sum", "-5", "007", "Zoë Müller", "患者7", "1e5"]
    results, _ = long(tmp_path, *[f"{name},sIL-6R,30,ng/mL" for name in names])
    assert results["sample"].tolist() == names
    results, _ = wide(tmp_path, "participant,il6_pg_ml", *[f"{name},3" for name in names])
    assert results["sample"].tolist() == names
    results, _ = npx(tmp_path, *[npx_line(name, 3) for name in names])
    assert results["sample"].tolist() == names


def test_a_sample_id_stands_for_a_participant_where_the_file_or_the_configuration_says_so(tmp_path):
    header = "participant,sample_id,analyte,value,unit"
    row = "a,s1,sIL-6R,30,ng/mL"
    assert long(tmp_path, row, header=header)[0]["sample"].tolist() == ["a"]
    chosen, _ = long(tmp_path, row, header=header, columns={"sample_id": "sample_id"})
    assert chosen["sample"].tolist() == ["s1"]
    assert long(tmp_path, row, header=header.replace("participant", "x"))[0]["sample"].tolist() == ["s1"]


@pytest.mark.parametrize(
    ("name", "analyte", "value"),
    [
        ("sil6r_ng_ml", "sil6r", 30),
        ("sIL-6R (ng/mL)", "sil6r", 30),
        ("sIL.6R..pg.mL.", "sil6r", 0.03),
        ("sIL-6Rα [µg/L]", "sil6r", 30),
        ("IL6 [pg/mL]", "il6", 30),
        ("hs-IL-6; ng/L", "il6", 30),
        ("sgp130_ng_per_ml", "sgp130", 30),
        ("Soluble gp130 (pg/ml)", "sgp130", 0.03),
    ],
)
def test_a_columns_name_gives_its_analyte_and_unit(tmp_path, name, analyte, value):
    results, counts = wide(tmp_path, f"participant\tage\t{name}", "a\t40\t30", "b\t41\t<5", "c\t42\t")
    assert results["analyte"].unique().tolist() == [analyte]
    assert bounds(results) == [pytest.approx([value] * 3), pytest.approx([value / 6, 0, value / 6])]
    assert counts == [("no value", 1)]


def test_units_and_limits_of_columns_come_from_the_configuration(tmp_path):
    rows = ["a,30,ND,250", "b,,2,300"]
    results, counts = wide(
        tmp_path,
        "ID,X,IL-6,sgp130",
        *rows,
        columns={"participant": "ID", "sil6r": "X"},
        units={"il6": "pg/mL"},
        unit="ng/mL",
        lod={"il6": 0.5},
    )
    found = results[["line", "analyte", "value", "low"]].values.tolist()
    assert found == [
        [2, "sil6r", 30, 30],
        [2, "il6", 0.5, 0],
        [3, "il6", 2, 2],
        [2, "sgp130", 250, 250],
        [3, "sgp130", 300, 300],
    ]
    assert counts == [("no value", 1)]


@pytest.mark.parametrize(
    ("header", "options", "said"),
    [
        ("participant,age,IL-6", {}, "column 'IL-6' does not say its unit; give it as units.il6"),
        ("participant,age,IL-6 (nmol/L)", {}, "unknown unit 'nmol/L'"),
        ("participant,age,IL-6 (log2)", {"unit": "pg/mL"}, "unknown unit 'log2'"),
        ("participant,age,IL-6 (serum)", {}, "column 'IL-6 .serum.' does not say its unit"),
        ("participant,age,bmi", {}, "no column is an analyte's among 'participant', 'age', 'bmi'; name the"),
        ("participant,analyte,value", {}, "no column is an analyte's among .*; give it as form: long"),
        (
            "participant,il6_pg_ml,IL-6 (ng/L)",
            {},
            "columns 'il6_pg_ml' and 'IL-6 .*' both hold il6; say which",
        ),
        (
            "participant,age,il6_pg_ml",
            {"units": {"il6": "ng/mL"}},
            "column 'il6_pg_ml' says pg/ml, and units.il6",
        ),
        ("participant,age,il6_pg_ml", {"columns": {"sil6r": "x"}}, "no column 'x' .configured as sil6r"),
        ("id,age,il6_pg_ml", {}, "there is no column 'participant'"),
        (
            "participant,il6_pg_ml,visit",
            {},
            "line 3: this participant's il6 at visit '3' is already on line 2",
        ),
        ("participant,sil6r_ng_ml,il6_pg_ml", {}, "line 4: il6_pg_ml 'AAA' is not a number"),
    ],
)
def test_a_wide_table_that_is_none_is_named(tmp_path, header, options, said):
    with pytest.raises(InputError, match=said):
        wide(tmp_path, header, "a,2,3", "a,2,3" if "visit" in header else "b,2,3", "c,2,low", **options)


def test_workbooks_are_read_and_their_faulty_cells_named(tmp_path):
    def workbook(sheets):
        """A file with these sheets."""
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        book.save(tmp_path / "assays.xlsx")
        return tmp_path / "assays.xlsx"

    header = ["participant", "analyte", "value", "unit", "date"]
    day = pd.Timestamp("2025-03-10").to_pydatetime()
    rows = [header, [1001, "sIL-6R", 30.5, "ng/mL", day], ["b", "sIL-6R", "<5", "ng/mL", None]]
    results, _ = read_long(workbook({"notes": [["see the other sheet"]], "data": rows}))
    assert results["sample"].tolist() == ["1001", "b"]
    assert bounds(results) == [[30.5] * 3, [5, 0, 5]]
    assert results["date"].tolist()[0] == "2025-03-10"
    results, _ = read_wide(workbook({"data": [["participant", "IL-6 (pg/mL)"], ["a", 2.5]]}))
    assert results["value"].tolist() == [2.5]
    rows[2][2] = day
    with pytest.raises(InputError, match="sheet 'data', cell C3: it is a date"):
        read_long(workbook({"data": rows}))
    rows[2][2] = -5
    with pytest.raises(InputError, match="sheet 'data', line 3: concentration '-5' is negative"):
        read_long(workbook({"data": rows}))
    with pytest.raises(InputError, match="its sheets 'one', 'two' all hold results; give each as a file"):
        read_long(workbook({"one": rows, "two": rows}))
    with pytest.raises(InputError, match="no column 'participant'"):
        read_long(workbook({"one": [["x", "y"], [1, 2]]}))


def test_npx_are_powers_of_two_censored_at_their_limit(tmp_path):
    rows = [
        npx_line("a", -0.1666),
        npx_line("b", -2, LOD="-1.5"),
        npx_line("c", "", LOD=""),
        npx_line("d", 3, LOD=""),
    ]
    results, counts = npx(tmp_path, *rows, npx_line("e", 9, UniProt="Q14204", Assay="DYNC1H1"))
    expected = [[2**-0.1666] * 3, [2**-1.5, 0, 2**-1.5], [8, 8, 8]]
    assert bounds(results) == [pytest.approx(row) for row in expected]
    assert results["relative"].all()
    assert results[["sample", "plate", "line"]].values.tolist() == [
        ["a", "P1", 2],
        ["b", "P1", 3],
        ["d", "P1", 5],
    ]
    assert counts == [("no value", 1)]


def test_controls_and_what_quality_control_warns_of_are_counted_and_left_out(tmp_path):
    rows = [
        npx_line("a", 1),
        npx_line("b", 1, QC_Warning="WARN"),
        npx_line("c", 1, Assay_Warning="Warning"),
        npx_line("d", 1, QC_Warning="FAIL", Assay_Warning="EXCLUDED"),
        npx_line("e", "", QC_Warning="WARN"),
        npx_line("Control 7", 1),
        *[npx_line("NPC", 1, Sample_Type=kind) for kind in ("CONTROL", "PLATE_CONTROL", "negative_control")],
    ]
    results, counts = npx(tmp_path, *rows)
    assert results["sample"].tolist() == ["a", "Control 7"]
    assert counts == [
        ("control sample", 3),
        ("no value", 1),
        ("sample with a warning of Olink's quality control", 2),
        ("assay with a warning of Olink's quality control", 1),
    ]
    assert len(results) + sum(dropped for _, dropped in counts) == len(rows)


def test_controls_are_told_by_their_names_where_no_column_does(tmp_path):
    names = ["CONTROL_SAMPLE_AS 1", "Neg", "Neg_control", "Plate control", "IPC 2", "sample ctrl 3", "Neg 1"]
    people = ["ctrl_017", "Control 12", "case3", "negev", "P1"]
    lines = [npx_line(name, 1, Sample_Type="") for name in [*names, *people]]
    results, counts = npx(tmp_path, *lines)
    assert results["sample"].tolist() == people
    assert counts[0] == ("control sample", len(names))


def test_of_an_assay_in_several_panels_the_one_with_most_above_its_limit_counts(tmp_path):
    def rows(**lods):
        """Three samples in four panels."""
        return [
            il6(sample, 1, panel, LOD=lods.get(panel, "0"), QC_Warning=lods.get(f"{panel}_qc", "PASS"))
            for sample in "abc"
            for panel in ("Oncology", "Neurology", "Inflammation", "Cardiometabolic")
        ]

    def panel_of(results):
        """The panel of the lines that were kept."""
        kept = {(line - 2) % 4 for line in results["line"]}
        return (
            ("Oncology", "Neurology", "Inflammation", "Cardiometabolic")[kept.pop()]
            if len(kept) == 1
            else kept
        )

    results, counts = npx(tmp_path, *rows())
    assert panel_of(results) == "Cardiometabolic"
    assert counts == [("no value", 0), ("measured in another panel as well", 9)]
    results, counts = npx(tmp_path, *rows(Cardiometabolic="2", Inflammation_qc="WARN"))
    assert panel_of(results) == "Neurology"
    assert counts[1:] == [
        ("sample with a warning of Olink's quality control", 3),
        ("measured in another panel as well", 6),
    ]
    # Versions of one panel are one assay.
    versions = [il6("a", 1, "Oncology", Panel="Target 96 Inflammation(v.3021)", PlateID="1")]
    versions += [il6("b", 1, "Oncology", Panel="Target 96 Inflammation(v.3022)", PlateID="2")]
    assert len(npx(tmp_path, *versions)[0]) == 2


def test_accessions_count_before_names_and_names_where_there_is_none(tmp_path):
    rows = [
        npx_line("a", 1, UniProt="", Assay="IL-6RA"),
        npx_line("b", 1, UniProt="P08887-2", Assay="X"),
        npx_line("c", 1, UniProt="Q00000", Assay="IL6R"),
        npx_line("d", 1, UniProt="P40189", Assay="IL6ST", OlinkID="OID20001"),
    ]
    results, _ = npx(tmp_path, *rows)
    assert results[["sample", "analyte"]].values.tolist() == [["a", "sil6r"], ["b", "sil6r"], ["d", "sgp130"]]


def test_parquet_text_and_gzip_give_the_same_results(tmp_path):
    rows = [npx_line(f"s{i}", i / 7, LOD="2", QC_Warning="WARN" if i % 5 == 0 else "Pass") for i in range(60)]
    rows += [il6(f"s{i}", i / 9, "Inflammation") for i in range(60)]
    rows += [npx_line(f"s{i}", 1, UniProt=f"Q{j:05d}", Assay=f"G{j}") for i in range(5) for j in range(40)]
    text, counts = npx(tmp_path, *rows)
    (tmp_path / "npx.csv.gz").write_bytes(gzip.compress((tmp_path / "npx.csv").read_bytes()))
    zipped, _ = read_npx(tmp_path / "npx.csv.gz")
    path = parquet(tmp_path, *rows)
    table = pd.read_parquet(path).rename(columns={"QC_Warning": "SampleQC", "Assay_Warning": "AssayQC"})
    table.to_parquet(path, row_group_size=7)
    binary, binary_counts = read_npx(path)
    assert counts == binary_counts
    for other, first in ((zipped, 2), (binary, 1)):
        other = other.assign(line=other["line"] + 2 - first, file=text["file"].iloc[0]).reset_index(drop=True)
        pd.testing.assert_frame_equal(other, text.reset_index(drop=True))


def test_explore_ht_and_target_names_of_columns_are_known(tmp_path):
    ht = "SampleID;SampleType;PlateID;OlinkID;UniProt;Assay;Panel;Block;NPX;AssayQC;SampleQC\n"
    ht += "a;SAMPLE;P1;OID40001;P05231;IL6;Explore_HT;2;1;PASS;PASS\n"
    ht += "b;SAMPLE;P1;OID40001;P05231;IL6;Explore_HT;2;1;PASS;WARN\n"
    path = tmp_path / "npx.csv"
    path.write_text(ht)
    results, counts = read_npx(path)
    assert results["sample"].tolist() == ["a"]
    assert counts[1] == ("sample with a warning of Olink's quality control", 1)
    # As R writes what OlinkAnalyze has read: with commas, quotes and the rows' numbers.
    path.write_text('"","SampleID","UniProt","Assay","MaxLOD","NPX"\n"1","A1","P05231","IL6",2.5,1\n')
    results, _ = read_npx(path)
    assert bounds(results) == [pytest.approx([2**2.5, 0, 2**2.5])]


def test_whole_numbers_in_parquet_are_identifiers(tmp_path):
    rows = [npx_line("x", 1), npx_line("y", 1), npx_line("z", 1, Sample_Type="CONTROL")]
    for column in ([1001, 1002, 9], [1001.0, 1002.0, np.nan], pd.Categorical(["1001", "1002", None])):
        results, _ = read_npx(parquet(tmp_path, *rows, SampleID=column))
        assert results["sample"].tolist() == ["1001", "1002"]


def test_visits_come_from_the_columns_the_configuration_names(tmp_path):
    rows = [npx_line("a", 1, Normalization="1"), npx_line("a", 2, Normalization="2")]
    results, _ = npx(tmp_path, *rows, columns={"visit": "Normalization", "participant": "SampleID"})
    assert results["visit"].tolist() == ["1", "2"]


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        ([], {}, "it has a header and no rows"),
        ([npx_line("a", 1, UniProt="Q1", Assay="CRP")], {}, r"it holds none of IL6R \(P08887\)"),
        (
            [npx_line("a", 1), npx_line("b", 1), npx_line("a", 2)],
            {},
            "line 4: this sample's sil6r is already on line 2",
        ),
        ([npx_line("", 1)], {}, "line 2: the sample has no ID; fill it in"),
        ([npx_line("a", "")], {}, "it holds no value"),
        (
            [npx_line("a", 1, QC_Warning="WARN")],
            {},
            "it holds no value; give at least one NPX without a warning",
        ),
        ([npx_line("a", "high")], {}, "line 2: NPX 'AAAA' is not a number"),
        ([npx_line("a", 1, LOD="low")], {}, "line 2: LOD 'AAA' is not a number"),
        ([npx_line("a", 1), npx_line("b", 77)], {}, "line 3: NPX '77' is outside -50 to 50"),
        (
            [npx_line(f"s{i}", 200 + 90 * i) for i in range(9)],
            {},
            "its NPX look like linear values, since their median",
        ),
        ([npx_line("a", 1, QC_Warning="perhaps")], {}, "line 2: quality control says 'perhaps'; write PASS"),
        ([npx_line("a", 1) + ";7"], {}, "line 2: it has 17 columns, the header 16"),
        ([npx_line("a", 1)], {"columns": {"value": "X"}}, "there is no column 'X' .configured as value"),
        ([npx_line("a", 1)], {"columns": {"unit": "NPX"}}, "the form npx has no column 'unit'"),
    ],
)
def test_npx_that_are_none_are_named(tmp_path, rows, options, said):
    with pytest.raises(InputError, match=f"npx.csv.*{said}"):
        npx(tmp_path, *rows, **options)


def test_files_that_hold_no_npx_are_named(tmp_path):
    path = tmp_path / "npx.parquet"
    path.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(InputError, match="it cannot be read as a UTF-8 table or a Parquet file"):
        read_npx(path)
    pd.DataFrame({"SampleID": ["a"], "Assay": ["IL6"]}).to_parquet(path)
    with pytest.raises(InputError, match="there is no column 'NPX' among 'SampleID', 'Assay'"):
        read_npx(path)
    rows = [npx_line("a", 1), npx_line("a", 2)]
    with pytest.raises(InputError, match=r"npx.parquet, row 2: this sample's sil6r is already on row 1"):
        read_npx(parquet(tmp_path, *rows))
    with pytest.raises(InputError, match="there is no column 'SampleID', 'UniProt', 'NPX' among 'a', 'b'"):
        read_npx(put(tmp_path, "a,b", "1,2"))


def test_one_plate_in_the_wrong_unit_is_named(tmp_path):
    header = f"{LONG},plate"
    good = [f"g{i},sIL-6R,{20 + i},ng/mL,one" for i in range(5)]
    bad = [f"b{i},sIL-6R,{20000 + i},ng/mL,two" for i in range(5)]
    results, _ = long(tmp_path, *good, *bad, header=header)
    with pytest.raises(
        InputError,
        match=r"assays.csv, plate 'two': the median sil6r is 2e\+04 ng/mL, a thousandfold too high",
    ):
        check_levels(results, RANGES)
    low = [row.replace("ng/mL", "pg/mL") for row in good]
    results, _ = long(tmp_path, *low, header=header)
    with pytest.raises(
        InputError, match=r"a thousandfold too low .* of 15 to 242.7 ng/mL; correct the unit "
    ):
        check_levels(results, RANGES)
    assert check_levels(results.assign(relative=True), RANGES) == {}


def test_one_row_in_the_wrong_unit_is_named(tmp_path):
    rows = [f"p{i},sIL-6R,{30 + i},ng/mL" for i in range(9)]
    for row, said in (("x,sIL-6R,30,pg/mL", "0.0009"), ("x,sIL-6R,30000,ng/mL", "8.7e+02")):
        results, _ = long(tmp_path, *rows, row)
        with pytest.raises(
            InputError, match=f"line 11: the sil6r value is {re.escape(said)} times the median of its plate"
        ):
            check_levels(results, RANGES)
        with pytest.raises(InputError, match="plate 'one': the sil6r value is"):
            check_levels(results.assign(line=pd.NA, plate="one"), RANGES)


def test_another_kits_tenfold_level_is_not_taken_for_a_slip(tmp_path):
    # Montes-Cano 2011 report medians of 142 to 243 ng/mL, Marinou 2010 means of 17 to 22.
    results, _ = long(tmp_path, *[f"p{i},sIL-6R,{200 + i},ng/mL" for i in range(5)])
    assert check_levels(results, RANGES) == {}


def test_a_level_beyond_all_kits_is_noted(tmp_path):
    results, _ = long(tmp_path, *[f"p{i},sIL-6R,{0.3 + i / 10},ng/mL" for i in range(2)])
    assert check_levels(results, RANGES) == {
        "sil6r": "the median of the file is outside published values even across kits"
    }
    results["plate"] = "one"
    assert check_levels(results, RANGES)["sil6r"].startswith("the median of plate 'one' is")


def test_spoilt_files_give_sentences_that_name_nobody(tmp_path):
    """Bytes changed, lost, doubled and exchanged at random: results or an InputError, never an identifier."""
    rng = np.random.default_rng(6)
    header = "participant;analyte;value;unit;visit;date;plate;replicate;lod"
    long_rows = [f"ID{i}0815;sIL-6R;{20 + i},5;ng/mL;1;2025-03-10;p;1;0,5" for i in range(4)]
    wide_rows = [f"ID{i}0815,{20 + i}.5,<3,LOD" for i in range(4)]
    npx_rows = [npx_line(f"ID{i}0815", i) for i in range(4)] + [il6("ID40815", 1, "Oncology")]
    files = {
        "long.csv": (read_long, "\n".join([header, *long_rows]).encode()),
        "wide.csv": (
            lambda path: read_wide(path, lod={"sgp130": 9.0}),
            "\n".join(["participant,sil6r_ng_ml,il6_pg_ml,sgp130_ng_ml", *wide_rows]).encode(),
        ),
        "npx.csv": (read_npx, "\n".join([OLINK, *npx_rows]).encode()),
        "npx.parquet": (read_npx, parquet(tmp_path, *npx_rows).read_bytes()),
    }
    refused = dict.fromkeys(files, 0)
    for name, (read, content) in files.items():
        for _ in range(60):
            spoilt = np.frombuffer(content, np.uint8).copy()
            at, length = rng.integers(0, len(spoilt)), rng.integers(1, 20)
            kind = rng.integers(0, 4)
            if kind == 0:
                spoilt[at : at + length] = rng.choice(np.frombuffer(b'0,;.<>-\n"eNA\xff\0 ', np.uint8))
            elif kind == 1:
                spoilt = np.delete(spoilt, slice(at, at + length))
            elif kind == 2:
                spoilt = np.insert(spoilt, at, spoilt[at : at + length])
            else:
                other = rng.integers(0, len(spoilt))
                spoilt[at], spoilt[other] = spoilt[other], spoilt[at]
            (tmp_path / name).write_bytes(spoilt.tobytes())
            sentence = ""
            try:
                results, _ = read(tmp_path / name)
            except InputError as error:
                sentence = str(error)
                refused[name] += 1
            assert not re.search(r"ID\d0815|\n", sentence)
            assert sentence or (results["low"] <= results["value"]).all()
            assert sentence or (results["value"] <= results["high"]).all()
    assert min(refused.values()) > 5
