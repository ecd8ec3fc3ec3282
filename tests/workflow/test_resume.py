"""A run that is killed, runs out of disk or has company: nothing half-written, nothing done twice."""

import contextlib
import os
import re
import shutil
import subprocess
import time

import pytest
import yaml
from conftest import REPO, copy_checkout, digests, finished, run_in, snakemake, started, succeeds

STUDY = REPO / "tests" / "studies" / "tiny.yaml"


@pytest.fixture(scope="module")
def whole(tiny):
    """Digests of the study's results."""
    return digests(tiny)


def run_of(folder, *arguments):
    """A run in a process of its own, of which results go below a folder."""
    with (folder / "screen.txt").open("a") as screen:
        return started(REPO, "-c2", "--directory", folder, *arguments, stdout=screen, stderr=screen)


def jobs_done(results):
    logs = (results / "logs").rglob("*.log")
    return sum("\ndone: " in path.read_text() for path in logs)


def test_killed_at_seven_moments_and_started_again_by_the_same_command(clone, whole, tmp_path):
    jobs = jobs_done(clone / "results")
    moments = sorted({round(moment * jobs / 7) for moment in range(7)})
    assert len(moments) == 7
    done_before = {}
    for moment in moments:
        run = run_of(tmp_path, "--configfile", STUDY)
        # The first moment is while the files are being looked at, before any job.
        if moment == 0:
            time.sleep(2.5)
        while run.poll() is None and jobs_done(tmp_path / "results") < moment:
            time.sleep(0.02)
        # Into the next job: killed at the very moment that one ends, its mark is not made yet.
        time.sleep(0.3)
        assert done_before.items() <= finished(tmp_path).items()
        done_before = finished(tmp_path)
        assert run.poll() is None, (tmp_path / "screen.txt").read_text()[-3000:]
        run.kill()
        run.wait()
    succeeds("-c2", "--configfile", STUDY, folder=tmp_path)
    assert digests(tmp_path / "results") == whole
    assert done_before.items() <= finished(tmp_path).items()
    assert len(done_before) > 25
    assert not list((tmp_path / "results").rglob(".*"))
    assert "Nothing to be done" in succeeds("-c2", "--configfile", STUDY, folder=tmp_path).stderr


@contextlib.contextmanager
def small_disk(folder, megabytes):
    """A disk of so many megabytes at `folder`; skips the test where one cannot be made."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("a small disk can only be mounted by root")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_one_sentence_and_the_run_resumes_when_there_is_room(whole, tmp_path):
    results = tmp_path / "results"
    with small_disk(results, 1):
        # Full at the first file, then at a later one.
        for size in ("50k", "400k"):
            subprocess.run(["mount", "-o", f"remount,size={size}", str(results)], check=True)
            done = snakemake("estimates", "-c2", "--configfile", STUDY, folder=tmp_path)
            assert done.returncode != 0
            screen = done.stdout + done.stderr
            assert "the disk or the quota is full; make room" in screen
            assert "Traceback" not in screen
            assert not list(results.rglob(".draft*"))
        assert jobs_done(results) > 3
        subprocess.run(["mount", "-o", "remount,size=200m", str(results)], check=True)
        succeeds("estimates", "-c2", "--configfile", STUDY, folder=tmp_path)
        assert_estimated(results, whole)


def assert_estimated(results, whole):
    """All that a cohort's estimates need is there, and as in an undisturbed run."""
    made = digests(results)
    assert "tiny/association/estimates.tsv" in made
    assert made.items() <= whole.items()


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """Two studies run at once from one folder, and what two more runs on the first one's results came to."""
    folder = tmp_path_factory.mktemp("company")
    runs = []
    for name in ("one", "two"):
        config = yaml.safe_load(STUDY.read_text()) | {"results": name}
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
        runs.append(run_of(folder, "estimates", "--configfile", folder / f"{name}.yaml"))
    while jobs_done(folder / "one") < 1:
        assert runs[0].poll() is None
        time.sleep(0.05)
    # Any run in the folder that ends takes all marks away, so one that comes later must be refused too.
    refused = [snakemake("-c2", "--configfile", folder / "one.yaml", folder=folder) for _ in range(2)]
    assert [run.wait(300) for run in runs] == [0, 0], (folder / "screen.txt").read_text()[-3000:]
    return folder, refused


def test_two_studies_from_one_folder_do_not_disturb_each_other(whole, company):
    folder, _ = company
    assert_estimated(folder / "one", whole)
    assert_estimated(folder / "two", whole)


def test_a_second_run_on_the_same_results_is_refused_with_the_way_out(company):
    for refused in company[1]:
        assert refused.returncode != 0
        assert "cannot be locked" in refused.stdout + refused.stderr
        assert "--unlock" in refused.stdout + refused.stderr


def rules_to_run(code):
    """The rules that a dry run names."""
    table = run_in(code, "--dry-run").split("Job stats")[-1].split("total")[0]
    names = re.findall(r"^ ([a-z][a-z ]+?) +\d+", table, flags=re.M)
    return {name.strip().replace(" ", "_") for name in names} - {"all"}


AFTER_FITTING = {"judge_claims", "draw_figures", "write_report", "write_crate"}


@pytest.mark.parametrize(
    ("module", "rerun"),
    [
        ("association/estimation.py", {"fit_models"} | AFTER_FITTING),
        (
            "assays/combine.py",
            {"read_assays", "check_data", "build_analysis_set", "fit_models"} | AFTER_FITTING,
        ),
        ("replication/verdicts.py", AFTER_FITTING),
        ("report/page.py", {"write_report", "write_crate"}),
    ],
)
def test_editing_a_module_reruns_what_uses_it_and_what_follows(own_clone, module, rerun):
    path = own_clone / "workflow" / "scripts" / "il6r" / module
    text = path.read_text()
    path.write_text(text + "\n# edited\n")
    try:
        assert rules_to_run(own_clone) == rerun
    finally:
        path.write_text(text)


def test_touching_every_file_reruns_nothing(own_clone):
    for path in own_clone.rglob("*"):
        if path.is_file() and not {".snakemake", "results"} & set(path.relative_to(own_clone).parts):
            path.touch()
    assert "Nothing to be done" in run_in(own_clone)


def test_a_new_clone_with_the_old_results_reruns_nothing(clone, tmp_path):
    copy_checkout(tmp_path / "new")
    shutil.copytree(clone / "results", tmp_path / "new" / "results")
    shutil.copytree(clone / ".snakemake", tmp_path / "new" / ".snakemake")
    assert "Nothing to be done" in run_in(tmp_path / "new")
