"""What the default study leaves to publish agrees with its report: methods, references, checklists, words."""

import base64
import html
import re
from urllib.parse import unquote

import bibtexparser
import pytest

NUMBER = re.compile(r"(?<![A-Za-z\d])\d+(?:,\d{3})*(?:\.\d+)?")
# Of each guideline, how many items the run must fill, wholly or in part.
FILLED = {"STREGA": (22, 16), "STROBE-MR": (20, 13), "Accelerometry": (17, 13), "Immunoassays": (18, 11)}


@pytest.fixture(scope="module")
def page(default_study):
    return (default_study / "report" / "report.html").read_text(encoding="utf-8")


def plain(part):
    """A part of the page as its text."""
    return html.unescape(re.sub(r"<[^>]*>", " ", re.sub(r'="data:[^"]*"', "", part)))


def sections(page):
    return dict(re.findall(r'<section id="(\w+)"(.*?)</section>', page, flags=re.S))


def rows(page):
    """The rows of each checklist as its cells, which keep their markup, by the guideline's name."""
    found = {}
    for table in re.findall(r'<figure class="tab".*?</figure>', sections(page)["checklists"], flags=re.S):
        name = re.search(r"</b> (\S+), ", table)[1]
        lines = re.findall(r'<tr role="row">\s*(<th scope="row".*?)</tr>', table, flags=re.S)
        found[name] = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, flags=re.S) for line in lines]
    return found


def test_every_number_of_a_filled_item_stands_in_the_section_that_it_links_to(page):
    told = {name: set(NUMBER.findall(plain(part))) for name, part in sections(page).items()}
    compared = 0
    for name, items in rows(page).items():
        for item, _, _, said, _ in items:
            if link := re.search(r'href="#(\w+)"', said):
                numbers = NUMBER.findall(plain(re.sub(r"<a .*?</a>", "", said)))
                assert set(numbers) <= told[link[1]], (name, item, said)
                compared += len(numbers)
    assert compared > 100


def test_guidelines_are_filled_as_far_as_a_run_can_and_the_caption_counts_it(page):
    found = rows(page)
    assert list(found) == list(FILLED)
    for name, (number, least) in FILLED.items():
        statuses = [plain(row[2]).strip() for row in found[name]]
        assert len(statuses) == number
        assert sum(status in ("done", "in part") for status in statuses) >= least, name
        counts = ", ".join(
            f"{statuses.count(status)} {status}"
            for status in ("done", "in part", "yours", "does not apply")
            if status in statuses
        )
        assert re.search(rf"</b> {name}, [^<]*(<a [^>]*>[^<]*</a>[^<]*)*: {counts}", page), (name, counts)
        for _, _, status, said, yours in found[name]:
            assert bool(plain(yours).strip()) == (plain(status).strip() in ("yours", "in part"))
            assert bool(plain(said).strip()) == (plain(status).strip() != "yours")


def test_methods_and_references_are_files_and_the_same_in_the_page(page, default_study):
    folder = default_study / "report"
    held = dict(
        re.findall(r'href="data:[^",]*?((?:;base64)?,[^"]*)" download="(methods\.md|references\.bib)"', page)
    )
    assert len(held) == 2
    for content, name in held.items():
        code, _, data = html.unescape(content).partition(",")
        decoded = base64.b64decode(data) if code else unquote(data).encode()
        assert decoded == (folder / name).read_bytes(), name
    methods = (folder / "methods.md").read_text(encoding="utf-8")
    library = bibtexparser.parse_string((folder / "references.bib").read_text(encoding="utf-8"))
    assert library.failed_blocks == []
    assert set(re.findall(r"[\[ ]@(\w+)", methods)) == set(library.entries_dict)
    paragraph = re.search(r'<blockquote class="para"[^>]*>(.*?)</blockquote>', page, flags=re.S)[1]
    assert html.unescape(re.sub(r"<[^>]*>", "", paragraph)) in methods
    for entry in library.entries:
        if "doi" in entry.fields_dict:
            assert f">{entry['doi']}</a>" in html.unescape(sections(page)["methods"]), entry.key


def test_every_term_of_the_glossary_is_used_elsewhere_on_the_page(page):
    rest = plain("".join(part for name, part in sections(page).items() if name != "glossary")).lower()
    terms = re.findall(r"<dt>(.*?)</dt>", sections(page)["glossary"], flags=re.S)
    assert 25 <= len(terms) <= 40
    for term in terms:
        words = [re.sub(r"<[^>]*>", "", one).strip().lower() for one in html.unescape(term).split(",")]
        assert any(word in re.sub(r"f\s+st\b", "fst", rest) for word in words), term
