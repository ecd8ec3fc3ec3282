"""The workflow is one and the same by every door: clone, module, git repository, snakedeploy."""

import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading

import pytest
import small_cohort
from conftest import REPO, call, copy_what_git_would_commit, digests, forked

from il6r.leftovers import Claim
from il6r.origin import VERSION

STUDY = REPO / "tests" / "studies" / "tiny.yaml"
# What one job makes, and what another makes of it.
DOSAGES, CALLS = "results/synthetic/tiny/true_dosages.parquet", "results/tiny/genotypes/calls.parquet"
DOCUMENTED = re.search(
    r"^```python\n(configfile.*?)^```", (REPO / "docs" / "deployment.md").read_text(), flags=re.M | re.S
).group(1)
# As `snakedeploy deploy-workflow` 0.17 writes it.
SNAKEDEPLOYS = f"""from snakemake.utils import min_version


min_version("6.10.0")


configfile: "config/config.yaml"


# declare https://github.com/OWNER/il6r-replication as a module
module il6r_replication:
    snakefile: 
        github("OWNER/il6r-replication", path="workflow/Snakefile", tag="v{VERSION}")
    config:
        config


# use all rules from https://github.com/OWNER/il6r-replication
use rule * from il6r_replication
"""  # noqa: W291
pytestmark = pytest.mark.xdist_group("doors")


def module(source, more="", name="*"):
    """A Snakefile that imports the workflow."""
    return (
        f'configfile: "config/config.yaml"\n\nmodule il6r:\n    snakefile: "{source}"\n    config: config\n'
        f"{more}\nuse rule * from il6r as {name}\n"
    )


def git(repository, *command):
    who = ("-c", "user.name=il6r", "-c", "user.email=il6r@localhost")
    return call("git", "-C", repository, *who, *command).strip()


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A repository whose tagged commit is the checkout as it is."""
    folder = tmp_path_factory.mktemp("published") / "il6r-replication"
    copy_what_git_would_commit(folder)
    call("git", "init", "--quiet", folder)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "As it is.")
    git(folder, "tag", f"v{VERSION}")
    return folder


@pytest.fixture
def runs(published, tmp_path):
    """A run of Snakemake in some folder, where GitHub is the published repository and nothing is cached.

    It may be `alone`: by the command itself, in a process of which nothing has been imported before.
    """
    (tmp_path / "gitconfig").write_text(
        f'[url "file://{published}"]\n    insteadOf = https://github.com/OWNER/il6r-replication\n'
    )
    environment = {
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "COLUMNS": "200",
    }

    def run(folder, *arguments, code=0, alone=False, **more):
        if alone:
            command = [sys.executable, "-m", "snakemake", "-c1", *map(str, arguments)]
            done = subprocess.run(
                command, cwd=folder, env=os.environ | environment | more, capture_output=True, text=True
            )
        else:
            done = forked(folder, "-c1", *arguments, **environment, **more)
        screen = done.stdout + done.stderr
        assert done.returncode == code, screen[-5000:]
        return screen

    return run


def importing(folder, snakefile, study=STUDY):
    """A folder with a Snakefile and a study."""
    (folder / "config").mkdir(parents=True)
    shutil.copy(study, folder / "config" / "config.yaml")
    (folder / "Snakefile").write_text(snakefile)
    return folder


@pytest.fixture(scope="module")
def imported(published, tmp_path_factory):
    """A folder in which the whole study was run as a module from a git repository."""
    folder = importing(
        tmp_path_factory.mktemp("git") / "study",
        module(f"git+file://{published}/Snakefile@v{VERSION}"),
    )
    # Snakedeploy copies them too.
    shutil.copytree(published / "profiles", folder / "profiles")
    done = forked(folder, "-c1")
    assert done.returncode == 0, done.stderr[-5000:]
    return folder


def same_so_far(results, imported):
    """Whether all that there is has the bytes of the whole study."""
    made = digests(results)
    made.pop("README.md", None)
    assert DOSAGES.removeprefix("results/") in made
    return made.items() <= digests(imported / "results").items()


def rules_named(screen):
    """The rules in a dry run's table."""
    table = screen.split("Job stats")[-1].split("total")[0]
    names = re.findall(r"^ ?([a-z][\w ]*?) +\d+", table, flags=re.M)
    return {name.replace(" ", "_") for name in names} - {"count"}


def test_a_module_from_git_names_version_and_commit_and_runs_once(published, imported, runs):
    page = (imported / "results" / "report" / "report.html").read_text()
    assert f"il6r-replication {VERSION}, commit {git(published, 'rev-parse', 'HEAD')}, with" in page
    assert "Nothing to be done" in runs(imported)


def test_another_commit_reruns_only_what_it_changes(published, imported, runs):
    page = published / "workflow" / "scripts" / "il6r" / "report" / "page.py"
    text = page.read_text()
    try:
        page.write_text(text + "\n# edited\n")
        (published / "README.md").write_text("edited")
        git(published, "commit", "--quiet", "--all", "--message", "Edited.")
        edited = (imported / "Snakefile").read_text().replace(f"@v{VERSION}", "@HEAD")
        (imported / "Snakefile.edited").write_text(edited)
        assert rules_named(runs(imported, "-n", "-s", "Snakefile.edited")) == {
            "write_report",
            "write_crate",
            "all",
        }
    finally:
        git(published, "reset", "--quiet", "--hard", f"v{VERSION}")


def test_a_clone_in_itself_whatever_is_installed(published, imported, runs, tmp_path):
    (tmp_path / "il6r").mkdir()
    (tmp_path / "il6r" / "__init__.py").write_text("raise ImportError('another il6r')")
    runs(published, DOSAGES, "--configfile", STUDY, alone=True, PYTHONPATH=str(tmp_path))
    assert same_so_far(published / "results", imported)


def test_a_clone_from_elsewhere(published, imported, runs, tmp_path):
    study = tmp_path / "study"
    runs(tmp_path, DOSAGES, "-s", published / "Snakefile", "--directory", study, "--configfile", STUDY)
    assert same_so_far(study / "results", imported)


def test_the_catalogues_door_and_test_folder(published, imported, runs):
    door = ["-s", "workflow/Snakefile", "--directory", ".test"]
    screen = runs(published, "-n", *door)
    assert re.search(r"everything +1\s+total +20\b", screen)
    runs(published, DOSAGES, *door)
    assert same_so_far(published / ".test" / "results", imported)


def test_a_module_of_a_clone(published, imported, runs, tmp_path):
    folder = importing(tmp_path / "study", module(published / "Snakefile", name="il6r_*"))
    assert re.search(r"il6r_all +1\s+total +20\b", runs(folder, "-n"))
    (folder / "Snakefile").write_text(module(published / "workflow" / "Snakefile", name="il6r_*"))
    runs(folder, DOSAGES)
    assert same_so_far(folder / "results", imported)


def test_a_module_from_git_with_a_prefix(published, imported, runs, tmp_path):
    source = f"git+file://{published}/workflow/Snakefile@v{VERSION}"
    folder = importing(tmp_path / "study", module(source, more='    prefix: "moved"\n', name="il6r_*"))
    runs(folder, f"moved/{CALLS}")
    assert same_so_far(folder / "moved" / "results", imported)
    assert {path.name for path in folder.iterdir()} == {".snakemake", "Snakefile", "config", "moved"}


def test_two_studies_of_one_module_side_by_side(published, runs, tmp_path):
    source = f"git+file://{published}/workflow/Snakefile@v{VERSION}"
    one, two = (
        module(source, more=f"    {prefix}\n", name=f"{name}_*")
        .replace("il6r:", f"{name}:")
        .replace("from il6r", f"from {name}")
        for name, prefix in (("one", 'prefix: "a"'), ("two", 'replace_prefix: {"results/": "b/"}'))
    )
    both = "rule both:\n    input: rules.one_all.input, rules.two_all.input\n"
    screen = runs(importing(tmp_path / "study", one + two + both), "-n", "both")
    assert re.search(r"total +39\n", screen)
    assert (
        "input: a/results/report/report.html, a/results/report/summary.json, "
        "a/results/ro-crate-metadata.json, b/report/report.html" in screen
    )


def test_a_module_that_is_given_no_configuration(published, runs, tmp_path):
    (tmp_path / "Snakefile").write_text(
        f'module il6r:\n    snakefile: "{published}/Snakefile"\n\nuse rule * from il6r\n'
    )
    for study, cohort in ((["--configfile", STUDY], "tiny"), ([], "proteomic")):
        assert f"simulate_genotypes_{cohort}" in runs(tmp_path, "--list-rules", *study)


def test_as_snakedeploy_lays_it_out(published, imported, runs, tmp_path):
    folder = tmp_path / "study"
    for name in ("config", "profiles"):
        shutil.copytree(published / name, folder / name)
    (folder / "workflow").mkdir()
    (folder / "workflow" / "Snakefile").write_text(SNAKEDEPLOYS)
    shutil.copy(STUDY, folder / "config" / "config.yaml")
    runs(folder, DOSAGES, alone=True)
    assert same_so_far(folder / "results", imported)
    # The plan beside the study is the study's.
    (folder / "config" / "plan.yaml").write_text("analyses: none\n")
    assert "error: config/plan.yaml, analyses: " in runs(folder, "-n", code=1)


@pytest.fixture
def documented(runs, tmp_path):
    """The documents' module on the small cohort, with a prefix; and a run in it."""
    study = tmp_path / "study"
    small_cohort.write(study)
    folder = importing(study, DOCUMENTED.replace("config:\n", 'prefix: "moved"\n    config:\n'), STUDY)
    shutil.move(folder / "config.yaml", folder / "config" / "config.yaml")
    return folder


PARTICIPANTS = "moved/results/small/cohort/participants.parquet"


def test_the_documented_module_holds_its_results_and_finds_the_data_where_they_are(
    documented, runs, monkeypatch
):
    monkeypatch.chdir(documented)
    claim = Claim("moved/results")
    assert claim.take()
    claim.sign("")
    assert "cannot be locked" in runs(documented, PARTICIPANTS, code=1)
    assert not (documented / PARTICIPANTS).exists()
    # As if killed.
    claim._stream.close()
    mark = documented / ".snakemake" / "locks" / "0.output.lock"
    mark.parent.mkdir(exist_ok=True)
    mark.write_text(f"{PARTICIPANTS}\n")
    runs(documented, PARTICIPANTS)
    assert (documented / PARTICIPANTS).is_file()


def test_the_documented_module_says_last_what_failed(documented, runs):
    small_cohort.edit(documented / "data" / "participants.tsv", 3, "male", "mal")
    screen = runs(documented, PARTICIPANTS, code=1)
    assert re.search(
        r"read_participants failed; its log: moved/results/logs/read_participants/small\.log\n"
        r"error: data/participants\.tsv, line 3: ",
        screen,
    )


@pytest.mark.parametrize("door", ["Snakefile", "workflow/Snakefile"])
def test_snakemakes_linter_is_content(door):
    done = forked(REPO, "--lint", "--snakefile", door)
    assert done.returncode == 0, done.stdout + done.stderr


def test_without_handlers_a_living_runs_mark_stays(published, runs, tmp_path):
    folder = importing(tmp_path / "study", module(published / "Snakefile"))
    mark = folder / ".snakemake" / "locks" / "0.output.lock"
    mark.parent.mkdir(parents=True)
    mark.write_text(f"{CALLS}\n")
    assert "cannot be locked" in runs(folder, CALLS, code=1)
    assert mark.is_file()


def test_a_checkout_that_git_cannot_make_is_refused_in_one_sentence(published, runs, tmp_path):
    source = f"git+file://{published}/Snakefile@v{VERSION}"
    folder = importing(tmp_path / "study", module(source))
    (folder / ".snakemake").mkdir()
    (folder / ".snakemake" / "il6r").write_text("in the way")
    screen = runs(folder, "-n", code=1)
    assert re.search(
        rf"error: .*, v{VERSION}: git cannot check it out \(.+\); delete .*il6r, then give", screen
    )


def test_a_single_file_from_the_web_is_refused_in_one_sentence(published, runs, tmp_path):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=published)
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        folder = importing(tmp_path / "study", module(f"http://localhost:{server.server_port}/Snakefile"))
        screen = runs(folder, "-n", code=1, no_proxy="localhost")
        server.shutdown()
    assert re.search(
        r"error: http://.+: a single file of the workflow is not enough; name a folder, or", screen
    )
