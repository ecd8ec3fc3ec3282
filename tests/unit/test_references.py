"""What methods and resources cite has an entry, and entries are BibTeX that another program reads."""

import re

import bibtexparser
import pandas as pd
import pytest
from conftest import REPO

from il6r import origin
from il6r.report.methods import references

TABLE = pd.read_csv(REPO / "resources" / "references.tsv", sep="\t")
KNOWN = references.load(TABLE)
BY_KEY = {one.key: one for one in KNOWN}
REPORT = REPO / "workflow" / "scripts" / "il6r" / "report"
# Crossref's pattern, without what ends a sentence.
DOI = re.compile(r"10\.\d{4,9}/[^\s\"';,|<>]*[\w)]")


def text_of(path):
    """A file's text; in a module, strings that follow each other are one."""
    return re.sub(r'"\s*\n\s*f?"', "", path.read_text(encoding="utf-8"))


SOURCES = [
    *(path for path in REPORT.rglob("*.py")),
    *(path for path in (REPO / "resources").glob("*.tsv") if path.name != "references.tsv"),
]


def dois_in(text):
    for doi in DOI.findall(text):
        while doi.endswith(")") and doi.count(")") > doi.count("("):
            doi = doi[:-1]
        yield doi.rstrip(".")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_every_doi_of_the_report_and_of_resources_has_its_entry(path):
    known = {one.doi for one in KNOWN}
    assert {doi for doi in dois_in(text_of(path)) if doi not in known} == set()


def test_every_key_that_a_text_cites_is_an_entry_and_keys_and_dois_are_unique():
    cited = {key for path in REPORT.rglob("*.py") for key in re.findall(r"[\[ ]@(\w+)[\];]", text_of(path))}
    assert len(cited) > 30
    assert cited <= set(BY_KEY) | {"key"}
    assert TABLE["key"].is_unique
    assert TABLE["doi"].dropna().is_unique
    assert list(TABLE["key"]) == sorted(TABLE["key"])


def test_an_entry_without_a_doi_is_cited_by_words_that_some_text_has():
    everything = "\n".join(map(text_of, SOURCES))
    without = [one for one in KNOWN if not one.doi and one.key != references.WORKFLOW]
    assert without
    for one in without:
        assert one.cited_as, one.key
        assert one.cited_as in everything, one.key


def test_bibtex_is_read_by_another_program_with_the_same_fields():
    library = bibtexparser.parse_string(references.bibtex(KNOWN))
    assert library.failed_blocks == []
    read = library.entries_dict
    assert set(read) == set(BY_KEY)
    for key, one in BY_KEY.items():
        fields = {name: field.value for name, field in read[key].fields_dict.items()}
        assert fields.get("doi", "") == one.doi
        assert fields["year"] == one.year
        assert fields.get("title", "").strip("{}").replace("\\", "") == one.title
        assert fields.get("author", "").replace("\\", "") == one.authors
    assert read[references.WORKFLOW].fields_dict["version"].value == origin.VERSION


def test_a_publication_is_found_by_doi_key_or_words_and_by_no_longer_doi():
    def found(text):
        return [one.key for one in references.cited([text], KNOWN)]

    assert found("(Hartung & Knapp 2001, doi 10.1002/sim.791)") == ["hartung2001"]
    assert found("doi 10.1002/sim.79100") == []
    assert found("[@tobin1958; @holm1979]") == ["holm1979", "tobin1958"]
    assert found("limits of error follow ICH M10.") == ["ichm10"]


def test_a_list_of_references_names_people_groups_and_places():
    lines = {key: references.in_list(one) for key, one in BY_KEY.items()}
    assert lines["tobin1958"] == (
        "Tobin J. Estimation of relationships for limited dependent variables. Econometrica "
        "1958;26(1):24-36, "
        "doi 10.2307/1907382."
    )
    assert lines["kang2010"].startswith("Kang HM et al. Variance component model")
    assert lines["erfc2012"].startswith("IL6R Genetics Consortium and Emerging Risk Factors Collaboration. ")
    assert lines["rubin1987"].endswith("Wiley 1987, doi 10.1002/9780470316696.")
    assert f"Version {origin.VERSION}" in lines[references.WORKFLOW]
