"""The report as its readers meet it: on a desk, on a phone, in the dark, on paper, and without JavaScript."""

import html
import io
import re
import unicodedata

import chromium
import pytest
from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader

# Screens of a desk that the default study's page may fill before anything is unfolded.
MOST_SCREENS = 15
MOST_BYTES = 3_000_000
MOST_SHEETS = 20
# The texts of headings and cells, by their parts, but for pictures and what only the screen's readers get.
WHAT_IS_PRINTED = """() => {
    const parts = "main :is(h1, h2, h3, h4, summary, caption, td, th)"
    const hidden = ".noprint, .vh, svg, button.tool"
    const walk = (node) => node.nodeType === Node.TEXT_NODE ? [node.textContent]
        : node.matches && node.matches(hidden) ? [] : [...node.childNodes].flatMap(walk)
    return [...document.querySelectorAll(parts)].filter(one => !one.closest(hidden)).flatMap(walk)
}"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def running():
    with chromium.browser() as running:
        yield running


@pytest.fixture(scope="module")
def report(default_study):
    return default_study / "report" / "report.html"


def violations(page):
    """What axe-core finds, each rule with the elements that break it."""
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return {one["id"]: [node["html"][:200] for node in one["nodes"][:3]] for one in found}


def unfold(page):
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


def words(text):
    """Letters and digits alone: paper breaks lines elsewhere, keeps no spaces, and joins f and i."""
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["closed", "open"])
def test_nothing_breaks_a_rule_of_accessibility(running, report, scheme, state):
    with chromium.opened(running, report, scheme=scheme) as page:
        if state == "open":
            unfold(page)
        assert violations(page) == {}


def test_the_page_is_short_and_small(running, report):
    assert report.stat().st_size <= MOST_BYTES
    with chromium.opened(running, report) as page:
        height = page.evaluate("document.documentElement.scrollHeight")
        assert height <= MOST_SCREENS * chromium.DESKTOP["height"]


def test_the_answer_and_the_first_effect_stand_on_the_first_screen(running, report):
    with chromium.opened(running, report) as page:
        for selector in ("#answer", "#findings svg"):
            box = page.locator(selector).first.bounding_box()
            assert 0 <= box["y"] < box["y"] + min(box["height"], 60) <= chromium.DESKTOP["height"], selector


@pytest.mark.parametrize("state", ["closed", "open"])
def test_on_a_phone_nothing_is_wider_than_the_screen(running, report, state):
    with chromium.opened(running, report, size=chromium.PHONE) as page:
        if state == "open":
            unfold(page)
        assert page.evaluate("document.documentElement.scrollWidth") == chromium.PHONE["width"]


def test_without_javascript_every_text_table_and_link_is_there(running, report):
    with chromium.opened(running, report) as page:
        unfold(page)
        headings = page.locator("main :is(h1, h2, h3, h4)").all_inner_texts()
        rows = page.evaluate("document.querySelectorAll('main tr').length")
    with chromium.opened(running, report, script=False) as page:
        # No script may run, so that what is read is the page's own text.
        text = page.content()
        assert text.count("<tr") == rows
        plain = words(html.unescape(re.sub(r"<[^>]+>", " ", text)))
        assert all(words(heading) in plain for heading in headings)
        targets = set(re.findall(r'href="#([^"]+)"', text))
        assert targets <= set(re.findall(r'id="([^"]+)"', text))
        # A closed part opens by its line alone.
        # Held by itself: a locator would look for the first closed part again.
        part = page.locator("main details:not([open])").first.element_handle()
        part.query_selector("summary").click()
        assert part.get_attribute("open") is not None


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_on_paper_every_heading_and_row_of_every_table_is_there(running, report, script):
    with chromium.opened(running, report) as page:
        unfold(page)
        wanted = page.evaluate(WHAT_IS_PRINTED)
    with chromium.opened(running, report, script=script) as page:
        printed = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
    assert len(printed.pages) <= MOST_SHEETS
    text = words("".join(sheet.extract_text() for sheet in printed.pages))
    missing = [one for one in map(words, wanted) if one and one not in text]
    assert not missing, missing[:20]
