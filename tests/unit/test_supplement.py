"""The supplement has the report's tables, sheet by sheet, and the same bytes each time."""

from openpyxl import load_workbook

from il6r.report import blocks
from il6r.report.downloads import supplement
from il6r.report.numbering import numbered
from il6r.tables.association import ESTIMATES

TABLE = blocks.Shown(
    "What was found",
    ["cohort", "estimate", "quality"],
    [
        [blocks.Cell("one", rows=2, head=True), "+50 %", blocks.Light("look", "few SNPs")],
        ["+51 %", blocks.Verdict("replicated")],
        blocks.Group("Together", [["all", "=1+1", blocks.Link("the rule", "rule")]]),
    ],
    how="A row an estimate",
)
FOLDED = blocks.Disclosure("More", [blocks.Shown("The rest", ["a"], [["1,240"]])])
SECTIONS = numbered([blocks.Section("findings", "Findings", [TABLE, FOLDED])])
RECORDS = [supplement.Records(ESTIMATES, [{"cohort": "one", "estimate": 0.405, "n_participants": None}])]


def written(folder, name="one.xlsx"):
    supplement.write(folder / name, "A study", SECTIONS, RECORDS)
    return folder / name


def test_each_table_is_a_sheet_in_the_reports_words(tmp_path):
    book = load_workbook(written(tmp_path))
    assert book.sheetnames == ["Contents", "Table 1", "Table S1", "estimates", "Dictionary"]
    rows = list(book["Table 1"].iter_rows(values_only=True))
    assert rows[0][0] == "Table 1. What was found"
    assert rows[1][0] == "A row an estimate"
    assert rows[3:] == [
        ("cohort", "estimate", "quality"),
        ("one", "+50 %", "look: few SNPs"),
        ("one", "+51 %", "replicated"),
        ("Together", None, None),
        ("all", "=1+1", "the rule"),
    ]
    # A text that begins as a formula does is a text.
    assert book["Table 1"]["B8"].data_type == "s"
    assert [row[0] for row in book["Contents"].iter_rows(values_only=True)][1:] == book.sheetnames[1:]


def test_tables_for_programs_have_numbers_and_each_column_its_meaning(tmp_path):
    book = load_workbook(written(tmp_path))
    assert list(book["estimates"].iter_rows(values_only=True)) == [
        ("cohort", "estimate", "n_participants"),
        ("one", 0.405, None),
    ]
    meanings = {row[1]: row[2] for row in book["Dictionary"].iter_rows(values_only=True)}
    assert meanings["estimate"] == ESTIMATES.columns["estimate"].meaning
    assert set(meanings) == {"column", "cohort", "estimate", "n_participants"}


def test_the_same_tables_have_the_same_bytes(tmp_path):
    assert written(tmp_path).read_bytes() == written(tmp_path, "two.xlsx").read_bytes()
