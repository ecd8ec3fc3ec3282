"""The documents' site has every page, and asks no other server for anything."""

import importlib.util
import os
import re
import subprocess

import pytest
from conftest import REPO

from il6r.tables import dictionary

PACKAGE = REPO / "workflow" / "scripts" / "il6r"
MKDOCS = REPO / ".venv-docs" / "bin" / "mkdocs"


@pytest.fixture(scope="module")
def pages():
    spec = importlib.util.spec_from_file_location("pages", REPO / "docs" / "pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built; a broken link is an error."""
    if not MKDOCS.exists():
        pytest.skip("no .venv-docs; make docs sets it up")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [MKDOCS, "build", "--strict", "--config-file", "docs/mkdocs.yml", "--site-dir", folder],
        cwd=REPO,
        env={**os.environ, "PYTHONPATH": "workflow/scripts"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def places(entry):
    """The pages of a menu, or of a part of it."""
    if isinstance(entry, str):
        yield entry
    else:
        for part in entry.values() if isinstance(entry, dict) else entry:
            yield from places(part)


def test_the_menu_has_every_document_and_every_made_page_once(pages):
    listed = list(places(pages.menu()))
    assert len(listed) == len(set(listed))
    documents = {f"docs/{path.name}" for path in REPO.glob("docs/*.md")}
    documents |= {"README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md", "config/README.md"}
    assert documents <= set(listed)
    assert {place for place in pages.documents() if place.endswith(".md")} | set(pages.made()) == set(listed)
    for place, path in pages.documents().items():
        assert path.is_file(), place


def test_every_module_and_every_table_has_its_place(pages):
    made = pages.made()
    code = "".join(text for place, text in made.items() if place.startswith("code/"))
    documented = re.findall(r"^::: (\S+)$", code, flags=re.M)
    modules = {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in PACKAGE.rglob("*.py")
    }
    assert sorted(documented) == sorted(modules)
    assert "::: il6r.cohort\n" in made["code/cohort.md"]
    headings = re.findall(r"^## (\S+)$", made["results/tables.md"], flags=re.M)
    assert headings == list(dictionary.contracts())
    for row in dictionary.rows():
        assert row["meaning"].replace("|", "\\|") in made["results/tables.md"]


def test_the_page_on_estimates_names_modules_that_are_there():
    text = (REPO / "docs" / "estimates.md").read_text()
    named = re.findall(r"`((?:genotypes|assays|activity|association|replication)\.\w+)`", text)
    assert len(set(named)) > 20
    for module in named:
        assert (PACKAGE / f"{module.replace('.', '/')}.py").is_file(), module


def test_the_sites_lock_has_hashes_and_no_addresses():
    text = (REPO / "envs" / "requirements-docs.txt").read_text()
    blocks = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.M)[1:]
    assert any(block.startswith("mkdocs==") for block in blocks)
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text


def test_the_site_links_its_pages_and_asks_no_other_server(site):
    for page in site.rglob("*.html"):
        for tag in re.findall(r"<(?:link|script|img|iframe|source)\b[^>]*>", page.read_text()):
            assert not re.search(r"""(?:src|href)=["']?(?:\w+:)?//""", tag), (page, tag)
    for sheet in site.rglob("*.css"):
        assert not re.search(r"""(?:url\(|@import)\s*["']?(?:\w+:)?//""", sheet.read_text()), sheet
    # Parameters of a docstring are a list, whose types are in the signature.
    page = (site / "code" / "association.html").read_text()
    assert "<code>seed</code>: of permutations." in page
    assert "mvpa_min_&lt;set&gt;" in (site / "code" / "activity.html").read_text()
