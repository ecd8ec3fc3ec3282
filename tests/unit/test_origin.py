"""One version everywhere, and the commit a report is from."""

import re

import pytest
import yaml
from conftest import REPO, call

import il6r
from il6r import origin, provenance


def test_the_version_is_the_same_wherever_it_is_written():
    assert il6r.__version__ == origin.VERSION == provenance.versions()["il6r-replication"]
    citation = yaml.safe_load((REPO / "CITATION.cff").read_text())
    number, date = re.search(
        r"^## (\d\S*) - (\S+)$", (REPO / "CHANGELOG.md").read_text(), flags=re.M
    ).groups()
    assert citation["version"] == number == origin.VERSION
    assert str(citation["date-released"]) == date == origin.RELEASED
    named = re.findall(r"v(\d+\.\d+\.\d+)", (REPO / "docs" / "deployment.md").read_text())
    assert set(named) == {origin.VERSION}


def test_an_unknown_attribute_is_one():
    with pytest.raises(AttributeError, match="no attribute 'version'"):
        _ = il6r.version


@pytest.fixture
def checkout(tmp_path):
    """A small checkout, and its commit."""
    (tmp_path / "workflow").mkdir()
    (tmp_path / "Snakefile").write_text("")
    (tmp_path / "workflow" / "a.py").write_text("")
    who = ["-c", "user.name=a", "-c", "user.email=a@localhost"]
    for command in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "A."]):
        call("git", *command, cwd=tmp_path)
    return tmp_path, call("git", "rev-parse", "HEAD", cwd=tmp_path).strip()


def test_the_commit_of_a_checkout_says_whether_its_code_has_changed(checkout):
    folder, commit = checkout
    assert origin.commit(folder) == commit
    (folder / "results").mkdir()
    (folder / "results" / "report.html").write_text("")
    assert origin.commit(folder) == commit
    (folder / "workflow" / "b.py").write_text("")
    assert origin.commit(folder) == f"{commit} with changes"


def test_the_commit_is_the_folders_own_whatever_a_hook_says(checkout, monkeypatch):
    folder, commit = checkout
    monkeypatch.setenv("GIT_DIR", str(folder / "elsewhere"))
    assert origin.commit(folder) == commit


def test_a_folder_within_another_checkout_or_without_git_has_no_commit(
    checkout, monkeypatch, tmp_path_factory
):
    folder, _ = checkout
    assert origin.commit(folder / "workflow") == "none known (not a git checkout)"
    assert origin.commit(tmp_path_factory.mktemp("plain")) == "none known (not a git checkout)"
    monkeypatch.setenv("PATH", str(folder))
    assert origin.commit(folder) == "none known (not a git checkout)"


def test_a_file_is_named_as_in_the_repository():
    assert origin.file("resources", "variants.tsv") == REPO / "resources" / "variants.tsv"
