"""What CONTRIBUTING.md tells a newcomer to do is done to a copy of the checkout: all of it, in one run."""

import os
import re
import shutil
import sys

import numpy as np
import pandas as pd
import pytest
import small_cohort
from conftest import REPO, call, forked

CONTRIBUTING = (REPO / "CONTRIBUTING.md").read_text()
_NOT_COPIED = (".*", "results", "site", "__pycache__", "tests", "benchmarks")


def changes(text):
    """The blocks of the document with the file that each belongs to: file, language, block."""
    file = None
    for named, language, body in re.findall(
        r"^`([\w./-]+)`$|^```(diff|python)\n(.*?)^```$", text, flags=re.M | re.S
    ):
        if named:
            file = named
        else:
            yield file, language, body


def change(path, language, body):
    """Apply one block as the document says."""
    text = path.read_text() if path.exists() else ""
    if language != "diff":
        path.write_text(text + body)
        return
    lines, rows = body.splitlines(), text.splitlines()
    old = [line[1:] for line in lines if line[0] in " -"]
    places = [k for k in range(len(rows)) if len(rows) >= k + len(old) and all(map(is_shown, rows[k:], old))]
    assert len(places) == 1, f"{path} has these lines {len(places)} times: {old}"
    place = places[0]
    there = iter(rows[place : place + len(old)])
    new = []
    for line in lines:
        row = line[1:] if line[0] == "+" else next(there)
        new += [row] if line[0] != "-" else []
    rows[place : place + len(old)] = new
    small_cohort.lines(path, rows)


def is_shown(row, line):
    """Whether a line of a block is this row of the file, whose end it may leave out."""
    return row.startswith(line[:-3]) if line.endswith("...") else row == line


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the checkout in which every change of the document is made."""
    copy = tmp_path_factory.mktemp("copy") / "checkout"
    shutil.copytree(REPO, copy, ignore=shutil.ignore_patterns(*_NOT_COPIED))
    made = list(changes(CONTRIBUTING))
    assert len(made) > 10
    for file, language, body in made:
        change(copy / file, language, body)
    call(sys.executable, "-m", "ruff", "format", cwd=copy)
    # `make declared`.
    (copy / "results").mkdir()
    environment = {**os.environ, "PYTHONPATH": "workflow/scripts"}
    call(sys.executable, "-m", "il6r.report.declared", cwd=copy, env=environment)
    return copy


@pytest.fixture(scope="module")
def study(checkout, tmp_path_factory):
    """A study run in that copy: a cohort whose assays have the new form."""
    folder = tmp_path_factory.mktemp("study")
    config = small_cohort.write(folder)
    assays = folder / "data" / "assays.csv"
    small_cohort.edit(assays, 1, "participant,analyte,value,unit", "Subject,Test,Result,Units")
    config["cohorts"]["small"]["assays"]["form"] = "laboratory"
    small_cohort.configure(folder, config)
    done = forked(checkout, "-c1", "--directory", folder, "--configfile", folder / "config.yaml")
    assert done.returncode == 0, done.stderr[-5000:]
    return folder


def test_a_table_is_in_three_places(study, checkout):
    visits = pd.read_csv(study / "results" / "small" / "cohort" / "visits.tsv", sep="\t")
    assert visits.to_dict("list") == {"visits": [1], "participants": [small_cohort.PEOPLE]}
    dictionary = pd.read_csv(study / "results" / "dictionary.tsv", sep="\t")
    own = dictionary[dictionary["table"] == "visits"]
    assert list(own["column"]) == ["visits", "participants"]
    assert set(own["file"]) == {"<cohort>/cohort/visits.tsv"}
    assert "`<cohort>/cohort/visits.tsv`" in (checkout / "results" / "README.md").read_text()


def test_a_figure_is_drawn_and_stands_in_the_report(study, checkout):
    for ending in ("svg", "pdf"):
        assert (study / "results" / "report" / "figures" / f"visits.{ending}").stat().st_size
    drawn = (study / "results" / "report" / "figures" / "visits.csv").read_text()
    assert drawn == f"cohort,visits,participants\nsmall,1,{small_cohort.PEOPLE // 10 * 10}\n"
    page = (study / "results" / "report" / "report.html").read_text()
    assert page.count("Bar chart of the number of participants by the number of their visits") == 1
    assert (
        "Participants by their visits at which blood was drawn; numbers of people are rounded down." in page
    )
    assert "Participants by their visits" in (checkout / "workflow" / "report" / "visits.rst").read_text()


def test_an_analysis_is_an_entry_of_the_plan(study):
    estimates = pd.read_csv(study / "results" / "small" / "association" / "estimates.tsv", sep="\t")
    own = estimates.set_index("analysis").loc["sil6r_cc_vs_carriers"]
    # People with 0, 1 and 2 alleles are as 2 to 3 to 1, and an allele adds 0.4 to the logarithm.
    truth = 0.4 * (2 - 3 / 5)
    assert own["n_participants"] == small_cohort.PEOPLE
    assert abs(own["estimate"] - truth) < 3 * own["se"]
    assert own["ci_low"] > 0


def test_a_form_of_file_is_read(study):
    table = pd.read_parquet(study / "results" / "small" / "assays" / "concentrations.parquet")
    exported = pd.read_csv(study / "data" / "assays.csv").set_index("Subject")["Result"]
    np.testing.assert_allclose(table.set_index("participant")["sil6r_ng_ml"][exported.index], exported)
    assert "a laboratory system" in (study / "results" / "report" / "report.html").read_text()


def test_the_changed_checkout_is_in_order(checkout):
    call(sys.executable, "-m", "ruff", "check", cwd=checkout)
    call(sys.executable, "-m", "snakefmt", "--check", "Snakefile", "workflow", cwd=checkout)


def test_the_document_names_files_that_are_there(checkout):
    named = re.findall(r"`((?:workflow|tests|resources|config|docs)/[\w./-]+\.\w+)`", CONTRIBUTING)
    assert len(named) > 15
    for path in named:
        assert (REPO / path).exists() or (checkout / path).exists(), path
