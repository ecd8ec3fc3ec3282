"""`pip install .` installs the package with what it reads, and the dependencies that are named elsewhere."""

import os
import re
import subprocess
import sys
import zipfile

import pytest
from conftest import REPO, call, copy_what_git_would_commit

from il6r.origin import VERSION

SCRIPTS = REPO / "workflow" / "scripts"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The package as `pip install .` builds it, without the network."""
    folder = tmp_path_factory.mktemp("package")
    copy_what_git_would_commit(folder / "code")
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    call(sys.executable, "-m", "pip", "wheel", "-q", *offline, "-w", folder, folder / "code")
    (found,) = folder.glob("*.whl")
    return found


def test_it_holds_every_module_and_every_file_it_reads(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    ours = {str(path.relative_to(SCRIPTS)) for path in SCRIPTS.glob("il6r/**/*.py")}
    read = [*REPO.glob("resources/*.tsv"), *REPO.glob("workflow/schemas/*"), *REPO.glob("workflow/report/*")]
    read += [REPO / "config" / "config.yaml", REPO / "config" / "plan.yaml"]
    files = {f"il6r/files/{path.relative_to(REPO)}" for path in read}
    assert {name for name in names if ".dist-info/" not in name} == ours | files


def test_its_metadata_are_those_named_elsewhere(wheel):
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"il6r_replication-{VERSION}.dist-info/METADATA").decode()
    named = (REPO / "envs" / "requirements.in").read_text().splitlines()
    wanted = [line for line in named if line and not line.startswith("#")]
    assert re.findall(r"^Requires-Dist: (.+)$", metadata, flags=re.M) == wanted
    assert f"\nVersion: {VERSION}\n" in metadata


def test_what_the_documents_say_of_it_runs_where_there_is_no_checkout(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    text = (REPO / "docs" / "deployment.md").read_text()
    (documented,) = re.findall(r"^```python\n(import il6r.*?)^```", text, flags=re.M | re.S)
    code = f"""{documented}
import importlib.metadata
from il6r import config, plan
from il6r.report import page
assert il6r.__file__.startswith({str(tmp_path)!r})
assert importlib.metadata.version("il6r-replication") == il6r.__version__
plan.load(origin.file("config", "plan.yaml"), origin.file("workflow", "schemas", "plan.schema.yaml"))
print(list(catalogue)[0], origin.file("workflow", "report", "report.html.j2").is_file(), origin.commit())
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.stdout == f"{VERSION}\nrs2228145 True none known (not a git checkout)\n", done.stderr
