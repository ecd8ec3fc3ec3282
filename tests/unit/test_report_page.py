"""The page's template knows kinds of blocks and no section; figures are in one register."""

import ast
import re
from types import SimpleNamespace

import pytest
from conftest import REPO
from made_study import TEMPLATE, made_study

from il6r.report import blocks, gallery, page
from il6r.report.register import FIGURES
from il6r.tables.replication import VERDICT_WORDS

NASTY = "F_ST & <b>'\"{{ x }}"
SHOWN_NASTY = "F<sub>ST</sub> &amp; &lt;b&gt;&#39;&#34;{{ x }}"
PLAIN_NASTY = "F_ST &amp; &lt;b&gt;&#39;&#34;{{ x }}"
VERDICT = blocks.Verdict("same direction, smaller")
# One block of each kind, and what it is on the page.
EACH = {
    blocks.Heading(NASTY, "here", 4): f'<h4 id="here">{PLAIN_NASTY}</h4>',
    blocks.Words((NASTY, "second")): f"<p>{SHOWN_NASTY}</p> <p>second</p>",
    blocks.Pointer("See", NASTY, "there"): f'<p>See <a href="#there">{PLAIN_NASTY}</a>.</p>',
    blocks.Warned("Proxy", NASTY): f'<p class="warning"><strong>Proxy.</strong> {PLAIN_NASTY}</p>',
    blocks.Sentences((blocks.Named("one", f": {NASTY}"), "two"), ordered=True): (
        f'<ol class="sentences"> <li><strong>one</strong>: {PLAIN_NASTY}</li> <li>two</li> </ol>'
    ),
    blocks.Sentences(("one",)): '<ul class="sentences"> <li>one</li> </ul>',
    blocks.Shown(NASTY, (NASTY, "n"), ((blocks.Cell("two", rows=2), 7), (VERDICT,))): (
        f'<p class="caption">{SHOWN_NASTY}</p> <div class="scroll" tabindex="0" role="region" '
        f'aria-label="{PLAIN_NASTY}"> <table> <thead><tr><th scope="col">{SHOWN_NASTY}</th>'
        '<th scope="col">n</th></tr></thead> <tbody> <tr><td rowspan="2">two</td> <td>7</td> </tr> <tr><td>'
        '<span class="verdict partly">same direction, smaller</span></td> </tr> </tbody> </table> </div>'
    ),
    blocks.Shown(
        "of groups",
        ("name", "sum"),
        (blocks.Group(NASTY, ((blocks.Cell("a\nb", head=True), blocks.Cell("0f", code=True)),)),),
        one_line=True,
    ): (
        '<p class="caption">of groups</p> <div class="scroll" tabindex="0" role="region" '
        'aria-label="of groups"> <table> <thead><tr><th scope="col">name</th><th scope="col">sum</th></tr>'
        f'</thead> <tbody> <tr><th scope="rowgroup" colspan="2">{PLAIN_NASTY}</th></tr> '
        '<tr class="one-line"><th scope="row">a<br>b</th> <td><code>0f</code></td> </tr> </tbody> </table> '
        "</div>"
    ),
    blocks.Figure("wear", NASTY, NASTY): (
        '<figure> <div class="scroll" tabindex="0" role="region" aria-label="Figure"><img '
        f'src="data:image/svg+xml;base64,PHN2Zz4=" alt="{PLAIN_NASTY}"></div> '
        f"<figcaption>{SHOWN_NASTY}</figcaption> </figure>"
    ),
    blocks.Disclosure(NASTY, (blocks.Words(("inside",)),), VERDICT, narrow=True): (
        '<details class="narrow"><summary><span class="verdict partly">same direction, smaller</span> '
        f"{PLAIN_NASTY}</summary> <p>inside</p> </details>"
    ),
    blocks.Code(NASTY): f"<pre>{PLAIN_NASTY}</pre>",
    blocks.ClaimCard(
        "a claim",
        "+1 %",
        "of 5",
        (blocks.Judged("best evidence", VERDICT, "Who", NASTY),),
        "Strength: weak",
        (blocks.Checked(True, NASTY), blocks.Checked(False, "data: y")),
        (blocks.Named("Also:", NASTY),),
    ): (
        '<div class="claim"> <h3>a claim</h3> <p><span class="estimate">+1 %</span><br>of 5</p> '
        '<ul class="benchmarks"> <li><span class="verdict partly">same direction, smaller</span> '
        f'<strong>Who</strong> <span class="soft">best evidence</span> <br>{PLAIN_NASTY}</li> </ul> '
        '<p class="strength">Strength: weak</p> <ul class="checks"> '
        f'<li class="met"><strong>met</strong> {PLAIN_NASTY}</li> '
        '<li class="unmet"><strong>not met</strong> data: y</li> </ul> '
        f"<p><strong>Also:</strong> {PLAIN_NASTY}</p> </div>"
    ),
    blocks.ClaimCard("another", "", "Nobody could.", (), "", (), ()): (
        '<div class="claim"> <h3>another</h3> <p>Nobody could.</p> <ul class="benchmarks"> </ul> </div>'
    ),
}


def page_of(opening, sections):
    html = page.rendered(TEMPLATE, "A title", "its lead", opening, sections, {"wear": "PHN2Zz4="})
    return re.sub(r"\s+", " ", html[html.index("<header>") :])


@pytest.mark.parametrize("block", EACH, ids=lambda block: block.kind)
def test_each_kind_of_block_is_written_and_its_text_is_escaped(block):
    html = page_of([], [blocks.Section("x", "X", [block])])
    assert f"<h2>X</h2> {EACH[block]} </section>" in html


def test_a_verdicts_look_says_whether_it_agrees_with_the_claim():
    looks = {word: blocks.Verdict(word).look for word in [*VERDICT_WORDS, "replicated, same size"]}
    assert {word for word, look in looks.items() if look == "agrees"} == {
        "replicated", "replicated, same size", "direction confirmed", "no effect confirmed",
        "within the bound",
    }  # fmt: skip
    assert {word for word, look in looks.items() if look == "against"} == {"contradicted", "beyond the bound"}
    assert looks["no effect not confirmed"] == looks["inconclusive"] == "open"
    style = (REPO / "workflow/report/report.html.j2").read_text()
    assert all(f".{look} {{" in style for look in looks.values())


def test_every_kind_of_block_was_among_them():
    kinds = {one for one in vars(blocks).values() if isinstance(one, type) and issubclass(one, blocks.Block)}
    assert {type(block) for block in EACH} == kinds - {blocks.Block}


def test_the_navigation_is_that_of_the_sections_and_one_without_blocks_is_in_neither():
    some = [blocks.Words(["some"])]
    sections = [blocks.Section(name, name.upper(), some if name != "b" else []) for name in "abc"]
    html = page_of([blocks.Warned("Proxy", "first")], sections)
    assert '<nav aria-label="Sections"><a href="#a">A</a> <a href="#c">C</a> </nav>' in html
    assert re.findall(r'<section id="(.)">', html) == ["a", "c"]
    assert html.index("first") < html.index("<section")


def test_the_template_names_no_section_and_no_figure():
    body = re.sub(
        r"<style>.*?</style>", "", (REPO / "workflow/report/report.html.j2").read_text(), flags=re.S
    )
    for name in (*page.SECTIONS, *(section.TITLE for section in page.SECTIONS.values()), *FIGURES):
        assert not re.search(rf"(?<![\w-]){name}(?![\w-])", body), name


def test_a_table_of_rows_by_key_has_a_head_for_each_cell():
    rows = [{"b": ["1", "2"], "a": "x"}]
    assert blocks.table("c", {"a": "A", "b": ["B1", "B2"]}, rows) == blocks.Shown(
        "c", ["A", "B1", "B2"], [["x", "1", "2"]]
    )


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_of_the_register_is_drawn_by_the_function_of_its_name_in_its_section(name):
    function = gallery.function_of(name)
    assert function.__module__ == f"il6r.report.{FIGURES[name].section}.figures"
    assert function.__name__ == name


def test_every_figure_is_on_the_page_once_in_the_registers_order():
    places = []
    for section in page.SECTIONS:
        tree = ast.parse((REPO / f"workflow/scripts/il6r/report/{section}/section.py").read_text())
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        shown = [node for node in calls if getattr(node.func, "attr", "") == "figure"]
        places += [(section, node.args[0].value) for node in sorted(shown, key=lambda node: node.lineno)]
    assert places == [(one.section, one.name) for one in FIGURES.values()]


def test_a_figure_that_its_section_does_not_place_comes_at_the_sections_end(monkeypatch):
    entry = FIGURES["wear"]._replace(name="nights", caption="At least {minimum} nights.")
    monkeypatch.setitem(FIGURES, "nights", entry)
    study = made_study(["one"], {}, minimum=7)
    monkeypatch.setitem(page.SECTIONS, "activity", SimpleNamespace(TITLE="Activity", content=placing_wear))
    names = [block.name for block in page.section(study, "activity").blocks]
    assert names == ["wear", "average_day", "nights"]
    assert page.section(study, "activity").blocks[-1].caption == "At least 7 nights."


def placing_wear(study):
    return [study.figure("wear")]


def test_the_register_imports_nothing_that_takes_time():
    tree = ast.parse((REPO / "workflow/scripts/il6r/report/register.py").read_text())
    imported = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert imported == ["typing"]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
