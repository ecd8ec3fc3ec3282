"""The page's template knows kinds of blocks and no section; figures are in one register."""

import ast
import re
from base64 import b64decode
from html import unescape
from urllib.parse import unquote_to_bytes

import pytest
from conftest import REPO
from made_study import TEMPLATE, made_study

from il6r.report import blocks, gallery, markup, page
from il6r.report.numbering import numbered
from il6r.report.register import FIGURES
from il6r.tables.replication import VERDICT_WORDS

NASTY = "F_ST & <b>'\"{{ x }}, doi 10.1111/sms.14241."
SHOWN_NASTY = (
    "F<sub>ST</sub> &amp; &lt;b&gt;&#39;&#34;{{ x }}, doi "
    '<a href="https://doi.org/10.1111/sms.14241">10.1111/sms.14241</a>.'
)
PLAIN = "a & <b>'\"{{ x }}"
SHOWN_PLAIN = "a &amp; &lt;b&gt;&#39;&#34;{{ x }}"
VERDICT = blocks.Verdict("same direction, smaller")
SHOWN_VERDICT = (
    '<span class="pill siz"><svg class="i" aria-hidden="true"><use href="#i-siz"/></svg>'
    "Same direction, smaller</span>"
)
# One block of each kind, and what it is on the page.
EACH = {
    blocks.Heading(NASTY, "here", 4): f'<h4 class="h4b" id="here">{SHOWN_NASTY}</h4>',
    blocks.Words((NASTY, ("second ", blocks.Link("claim", "c-x")))): (
        f'<p>{SHOWN_NASTY}</p> <p>second <a href="#c-x">claim</a></p>'
    ),
    blocks.Pointer("See", PLAIN, "there"): f'<p>See <a href="#there">{SHOWN_PLAIN}</a>.</p>',
    blocks.Warned("Proxy", NASTY): f'<p class="sim"><strong>Proxy.</strong> {SHOWN_NASTY}</p>',
    blocks.Sentences((blocks.Named("one", f": {NASTY}"), "two"), ordered=True): (
        f'<ol class="sentences"> <li><strong>one</strong>: {SHOWN_NASTY}</li> <li>two</li> </ol>'
    ),
    blocks.Sentences(("one",)): '<ul class="sentences"> <li>one</li> </ul>',
    blocks.Shown(
        NASTY, (NASTY, "n"), ((blocks.Cell("two", rows=2), 7), (VERDICT,)), how="A row is a cohort"
    ): (
        f'<figure class="tab" id="table-1"> <figcaption><b>Table 1.</b> {SHOWN_NASTY}. A row is a cohort'
        '</figcaption> <div class="scroll" tabindex="0" role="region" aria-label="Table 1"> '
        f'<table class="data" role="table"> <thead role="rowgroup"><tr role="row"><th scope="col" '
        f'role="columnheader">{SHOWN_NASTY}</th><th scope="col" role="columnheader">n</th></tr></thead> '
        '<tbody role="rowgroup"> <tr> <td rowspan="2">two</td> '
        f"<td>7</td> </tr> <tr> <td>{SHOWN_VERDICT}"
        "</td> </tr> </tbody> </table> </div> </figure>"
    ),
    blocks.Shown(
        "of groups",
        ("name", PLAIN),
        (blocks.Group(NASTY, ((blocks.Cell("a\nb", head=True), blocks.Cell("0f", code=True)),)),),
        one_line=True,
    ): (
        '<figure class="tab" id="table-1"> <figcaption><b>Table 1.</b> of groups</figcaption> <div '
        'class="scroll" tabindex="0" role="region" aria-label="Table 1"> <table class="data stack" '
        'role="table"> <thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">name</th>'
        f'<th scope="col" role="columnheader">{SHOWN_PLAIN}</th></tr></thead> <tbody role="rowgroup"> '
        '<tr class="grp" role="row"><th scope="rowgroup" role="rowheader" colspan="2">'
        f'{SHOWN_NASTY}</th></tr> <tr role="row" class="one-line"> <th scope="row" role="rowheader">a<br>b'
        f'</th> <td role="cell" data-h="{SHOWN_PLAIN}"><code>0f</code></td> </tr> </tbody> </table> </div> '
        "</figure>"
    ),
    blocks.Figure("wear", PLAIN, NASTY): (
        '<figure class="fig" id="figure-1" data-name="wear"> <div class="scroll paper" tabindex="0" '
        f'role="region" aria-label="Figure 1"><img src="data:,svg" alt="{SHOWN_PLAIN}"></div> '
        f'<figcaption><b>Figure 1.</b> {SHOWN_NASTY} <span class="files"><a '
        'class="btn" href="data:,pdf" download="wear.pdf" aria-label="Figure 1 as pdf">pdf</a></span>'
        "</figcaption> </figure>"
    ),
    blocks.Disclosure(NASTY, (blocks.Words(("inside",)),), VERDICT, narrow=True): (
        f'<details class="d sub narrow"> <summary><span class="sm-t">{SHOWN_NASTY}</span> {SHOWN_VERDICT}'
        '</summary> <div class="in noprint"> <p>inside</p> </div> </details>'
    ),
    blocks.Disclosure("Short", (), printed=True): (
        '<details class="d sub printed"> <summary><span class="sm-t">Short</span></summary> <div class="in"> '
        "</div> </details>"
    ),
    blocks.Disclosure(
        "A card",
        (),
        VERDICT,
        anchor="c-card",
        open=True,
        lights=(blocks.Light("pass", "Genotypes"), blocks.Light("not measured", "Assays")),
        beside="+1 %",
    ): (
        '<details class="d claim siz" id="c-card" open> <summary><span class="sm-t"><h3>A card</h3></span> '
        f'<span class="sm-v">+1 %</span> {SHOWN_VERDICT} <span class="dots"><span class="pass"><svg '
        'class="i" aria-hidden="true"><use href="#i-q-pass"/></svg><span class="vh">Genotypes: pass</span>'
        '</span><span class="none"><svg class="i" aria-hidden="true"><use href="#i-q-none"/></svg><span '
        'class="vh">Assays: not measured</span></span></span></summary> <div class="in"> </div> </details>'
    ),
    blocks.Columns((blocks.Words(("left",)),), (blocks.Words((blocks.Light("look", "why"),)),)): (
        '<div class="cl"><div> <p>left</p> </div><div> <p><span class="lt look"><svg class="i" '
        'aria-hidden="true"><use href="#i-q-look"/></svg>Look</span> <span class="why">why</span></p> '
        "</div></div>"
    ),
    blocks.Downloads((blocks.Download("a.csv", "What it holds.", b'a,"b"\n', rows=1),)): (
        '<ul class="files"> <li><a href="data:text/csv,a,%22b%22%0A" download="a.csv">a.csv</a> What it '
        'holds. 1 row. <span class="soft">6 bytes</span></li> </ul>'
    ),
    blocks.Pasted("para", NASTY, (blocks.Download("a.bib", PLAIN, b"@a", "text/plain"),)): (
        f'<blockquote class="para" id="para">{SHOWN_NASTY}</blockquote> <p class="acts"><button '
        'class="btn js" type="button" data-copy="para">Copy paragraph</button> <a class="btn" '
        f'href="data:text/plain,@a" download="a.bib" title="{SHOWN_PLAIN}">a.bib</a></p>'
    ),
    blocks.Small((NASTY,)): f'<div class="cols"> <p>{SHOWN_NASTY}</p> </div>',
    blocks.References((NASTY,)): f'<ul class="refs"> <li>{SHOWN_NASTY}</li> </ul>',
    blocks.Terms((blocks.Named("CV", ("in ", blocks.Status("in part"))),)): (
        '<dl class="gloss"> <div><dt>CV</dt><dd>in <span class="ck inpart">in part</span></dd></div> </dl>'
    ),
    blocks.Code(PLAIN): f'<pre tabindex="0">{SHOWN_PLAIN}</pre>',
}
FILES = {"wear": {"svg": "data:,svg", "pdf": "data:,pdf"}}


def page_of(opening, sections):
    html = page.rendered(TEMPLATE, "A title", "its lead", opening, numbered(sections), FILES)
    return re.sub(r"\s+", " ", html[html.index("<nav") :])


@pytest.mark.parametrize("block", EACH, ids=lambda block: block.kind)
def test_each_kind_of_block_is_written_and_its_text_is_escaped(block):
    html = page_of([], [blocks.Section("x", "X", [block])])
    assert f'<h2 id="h-x">X</h2> {EACH[block]} </section>' in html


def test_every_verdict_has_an_icon_and_a_colour():
    looks = {word: blocks.Verdict(word).look for word in [*VERDICT_WORDS, "replicated, same size"]}
    assert set(looks.values()) == set(blocks.LOOKS)
    assert looks["replicated, same size"] == looks["replicated"]
    assert looks["no effect not confirmed"] == looks["inconclusive"]
    icons = (REPO / "workflow/report/report.html.j2").read_text()
    style = (REPO / "workflow/report/page.css").read_text()
    for look in blocks.LOOKS:
        assert f'<symbol id="i-{look}"' in icons
        assert re.search(rf"^(\.\w+,)*\.{look}[, ].*color:", style, flags=re.M), look


def test_every_kind_of_block_was_among_them():
    kinds = {one for one in vars(blocks).values() if isinstance(one, type) and issubclass(one, blocks.Block)}
    assert {type(block) for block in EACH} == kinds - {blocks.Block}


def test_the_navigation_is_that_of_the_sections_and_one_without_blocks_is_in_neither():
    card = blocks.Disclosure("A long name", [], VERDICT, anchor="c-one", label="short")
    some = [blocks.Words(["some"]), card]
    sections = [blocks.Section(name, name.upper(), some if name != "b" else []) for name in "abc"]
    html = page_of([blocks.Warned("Proxy", "first")], sections)
    listed = re.findall(r'<a href="#([\w-]+)">', html[: html.index("<main")])
    assert listed == ["a", "c", "a", "c-one", "c", "c-one"]
    assert re.findall(r'<section id="(.)"', html) == ["a", "c"]
    assert html.index("first") < html.index("<section")


def test_tables_and_figures_are_numbered_through_the_page_and_closed_ones_beside_them():
    table, figure = blocks.Shown("c", ["a"], []), blocks.Figure("wear", "alt", "cap")
    closed = blocks.Disclosure("s", [table, blocks.Disclosure("t", [figure], open=True)])
    shown = blocks.Disclosure("o", [blocks.Columns([table], [figure])], open=True)
    html = page_of([], [blocks.Section("a", "A", [table, closed, shown]), blocks.Section("b", "B", [table])])
    numbers = re.findall(r"<figcaption><b>([^<]*)\.</b>", html)
    assert numbers == ["Table 1", "Table S1", "Figure S1", "Table 2", "Figure 1", "Table 3"]
    assert re.findall(r'<figure class="\w+" id="([\w-]+)"', html) == [
        number.lower().replace(" ", "-") for number in numbers
    ]


@pytest.mark.parametrize(
    ("text", "dois"),
    [
        ("Nash 2022, doi 10.1111/sms.14241; read", ["10.1111/sms.14241"]),
        ("(10.1016/S0140-6736(11)61931-4)", ["10.1016/S0140-6736(11)61931-4"]),
        ("https://doi.org/10.1371/journal.pgen.1003444.", ["10.1371/journal.pgen.1003444"]),
        ("10.1002/a<b, 10.5/x", ["10.1002/a"]),
    ],
)
def test_dois_are_linked_without_what_follows_them(text, dois):
    html = str(markup.markup(text))
    assert re.findall(r'href="https://doi.org/([^"]*)"', html) == dois
    assert unescape(re.sub(r"<[^>]*>", "", html)) == text


@pytest.mark.parametrize("media", ["image/svg+xml", "application/pdf", "text/csv"])
@pytest.mark.parametrize(
    "content",
    [b'<svg a="1"><!-- a\n -->#%&\n</svg>', b"<svg a='1' b=\"2\"/>", bytes(range(256)), "r² 50 %".encode()],
)
def test_a_file_in_an_address_is_the_same_but_for_comments_space_and_quotes_of_an_svg(content, media):
    uri = str(markup.uri_of(content, media))
    assert not set(uri) & set('"<>#&\n')
    head, _, body = uri.partition(",")
    found = b64decode(body) if head.endswith(";base64") else unquote_to_bytes(body)
    if media == "image/svg+xml":
        content = content.replace(b"<!-- a\n -->", b"")
        content, found = (b" ".join(one.split()).replace(b'"', b"'") for one in (content, found))
    assert found == content


def test_the_templates_name_no_section_and_no_figure():
    folder = REPO / "workflow/report"
    body = "".join(path.read_text() for path in folder.glob("*.j2"))
    body = re.sub(r"<svg.*?</svg>", "", body, flags=re.S)
    for name in (*page.SECTIONS, *(section.TITLE for section in page.SECTIONS.values()), *FIGURES):
        assert not re.search(rf'(id|href|name)="#?{name}"', body), name


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


def test_every_figure_is_on_the_page_once():
    placed = list(figures_in(page.SECTIONS["figures"].content(made_study(["one"], {}))))
    assert sorted(placed) == sorted(FIGURES)
    elsewhere = [
        path
        for path in (REPO / "workflow/scripts/il6r/report").rglob("section.py")
        if "study.figure(" in path.read_text() and path.parent.name != "figures"
    ]
    assert elsewhere == []


def figures_in(parts):
    for part in parts:
        yield from [part.name] if isinstance(part, blocks.Figure) else figures_in(part.blocks)


def test_the_register_imports_nothing_that_takes_time():
    tree = ast.parse((REPO / "workflow/scripts/il6r/report/register.py").read_text())
    imported = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert imported == ["typing"]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
