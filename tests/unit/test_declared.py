"""Captions and the overview of the results are what contracts and the register of figures say."""

import io
import re

import jinja2
import pytest
from conftest import REPO
from docutils.core import publish_parts

from il6r.report import declared
from il6r.report.register import FIGURES

TEXTS = declared.texts(REPO)


@pytest.mark.parametrize("place", TEXTS)
def test_what_is_committed_is_what_is_made(place):
    assert (REPO / place).read_text() == TEXTS[place], "run make declared"


def test_there_is_a_caption_for_each_figure_and_shown_table_and_no_other():
    there = {str(path.relative_to(REPO)) for path in (REPO / "workflow" / "report").glob("*.rst")}
    assert there == {place for place in TEXTS if place.endswith(".rst")}
    shown = {table.name for table in declared.shown_tables(REPO)}
    assert {"estimates", "verdicts", "cohort_flow", "activity_qc"} <= shown
    rules = "".join(path.read_text() for path in (REPO / "workflow" / "rules").glob("*.smk"))
    named = re.findall(r"\bfiles\(([^()]*)shown=True\)", rules)
    assert len(shown) == sum(names.count(",") for names in named)


@pytest.mark.parametrize("place", [place for place in TEXTS if place.endswith(".rst")])
def test_a_caption_is_set_without_a_complaint(place):
    snakemake = {"wildcards": {"cohort": "one"}, "config": {"min_cell_size": 7}}
    undefined = jinja2.StrictUndefined
    text = jinja2.Environment(undefined=undefined).from_string(TEXTS[place]).render(snakemake=snakemake)
    complaints = io.StringIO()
    html = publish_parts(text, writer="html", settings_overrides={"warning_stream": complaints})["body"]
    assert complaints.getvalue() == ""
    assert "problematic" not in html
    assert "\\" not in html


def test_the_overview_names_every_figure_and_says_which_tables_hold_people():
    overview = TEXTS["results/README.md"]
    for name in FIGURES:
        assert f"`report/figures/{name}.svg`" in overview
    assert "| `<cohort>/genotypes/conflicts.tsv` | people |" in overview
    assert "| `<cohort>/association/estimates.tsv` | groups |" in overview
    assert "none of fewer than `min_cell_size` follows" in overview
