"""Colours can be told from their ground in both themes, and the style sheet asks for nothing from outside."""

import itertools
import re

import pytest
from conftest import REPO

from il6r.report import blocks

FOLDER = REPO / "workflow" / "report"
STYLE = (FOLDER / "page.css").read_text()
# WCAG 2.2, success criterion 1.4.3 for text and 1.4.11 for shapes.
TEXT, SHAPE = 4.5, 3.0
GROUNDS = ("bg", "surf", "shade", "sim")
LETTERS = ("ink", "soft", "link", "rep", "siz", "con", "inc", "pass", "look", "fail")


def tokens(theme):
    pairs = re.findall(r"--(\w+):(?:light-dark\((#\w+),(#\w+)\)|(#\w+));", STYLE)
    return {name: single or (light, dark)[theme == "dark"] for name, light, dark, single in pairs}


def luminance(colour):
    """Relative luminance by the formula of WCAG 2.2."""
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(2 * one for one in digits)
    parts = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_formula_gives_the_contrasts_that_wcag_gives():
    # Black on white, and the lightest grey that passes as text on white.
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("letters", "ground"), list(itertools.product(LETTERS, GROUNDS)))
def test_letters_stand_out_from_every_ground(theme, letters, ground):
    own = tokens(theme)
    assert contrast(own[letters], own[ground]) >= TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_shapes_stand_out_and_every_colour_has_its_purpose(theme):
    own = tokens(theme)
    # Diamonds of what was published stand on the page and on the shade of what agrees.
    assert min(contrast(own["pub"], own[ground]) for ground in ("bg", "shade")) >= SHAPE
    assert set(own) == {*GROUNDS, *LETTERS, "pub", "line", "hair", "paper"}
    for name in own:
        assert f"var(--{name})" in STYLE, name


def test_verdicts_and_lights_are_told_apart_by_shape_too():
    icons = (FOLDER / "report.html.j2").read_text()
    shapes = dict(re.findall(r'<symbol id="i-([\w-]+)"[^>]*>(.*?)</symbol>', icons))
    looks = [*blocks.LOOKS, "q-pass", "q-look", "q-fail", "q-none"]
    assert set(looks) <= set(shapes)
    # A look at the data is the same sign in a verdict as in a check.
    same = [pair for pair in itertools.combinations(looks, 2) if shapes[pair[0]] == shapes[pair[1]]]
    assert same == [("chk", "q-look"), ("not", "q-none")]


def test_style_and_script_ask_for_nothing_from_outside():
    script = (FOLDER / "page.js").read_text()
    for text in (STYLE, script):
        assert not re.search(r"https?:|@import|url\(|fetch\(|XMLHttp|import\(", text)
    # What would end them within the page.
    assert "</" not in STYLE + script


def test_no_letter_is_smaller_than_nine_points_on_paper():
    paper = STYLE[STYLE.index("@media print") :]
    points = [float(size) for size in re.findall(r"font-size:([\d.]+)pt", paper)]
    assert points
    assert min(points) >= 9
    assert "body * { font-size:9pt!important; }" in paper
