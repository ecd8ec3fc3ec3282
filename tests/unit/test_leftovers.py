"""Marks and Slurm jobs of a run that was killed are told from those of one that lives."""

import os
import subprocess
import sys

import pytest
from conftest import REPO

from il6r.errors import InputError
from il6r.leftovers import Claim, cancel_slurm_jobs

HOLDER = """
import sys
from il6r.leftovers import Claim
claim = Claim(*sys.argv[1:])
print(claim.take(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def state(tmp_path):
    """Snakemake's folder with the marks of a run on `mine` and of one on `other`."""
    (tmp_path / "locks").mkdir()
    for number, folder in enumerate(("mine", "other")):
        (tmp_path / "locks" / f"{number}.output.lock").write_text(f"{folder}/a.tsv\n{folder}/b.tsv\n")
    return tmp_path


def marks(state):
    return sorted(path.name for path in (state / "locks").iterdir())


@pytest.fixture
def holder(state):
    """Another process that holds the claim on `mine`, until it is killed."""
    command = [sys.executable, "-c", HOLDER, "mine", str(state)]
    environment = {**os.environ, "PYTHONPATH": str(REPO / "workflow" / "scripts")}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, env=environment, **pipes)
    assert process.stdout.readline() == "True\n"
    yield process
    process.kill()
    process.communicate()


def test_marks_of_a_living_run_stay_and_a_second_run_is_refused(state, holder):
    Claim("mine", str(state)).clear_stale_marks()
    assert len(marks(state)) == 2
    assert not Claim("mine", str(state)).take()
    assert Claim("other", str(state)).take()


def test_marks_of_a_killed_run_are_removed_and_no_others(state, holder):
    holder.kill()
    holder.wait()
    claim = Claim("mine", str(state))
    claim.clear_stale_marks()
    assert marks(state) == ["1.output.lock"]
    assert claim.take()


def test_marks_of_a_run_on_another_machine_stay(state, holder, monkeypatch):
    holder.kill()
    holder.wait()
    monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
    Claim("mine", str(state)).clear_stale_marks()
    assert len(marks(state)) == 2


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """Programs in Slurm's place: jobs 7 and 8 were sent from here, 9 from elsewhere."""
    (tmp_path / "queue").write_text(f"7|{tmp_path}\n8|{tmp_path}\n9|/elsewhere\n")
    for name, script in (
        ("squeue", "cat queue"),
        ("scancel", 'for id in "$@"; do echo $id >> cancelled; sed -i "/^$id|/d" queue; done'),
    ):
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\ncd {tmp_path}\n{script}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    return tmp_path


def test_only_jobs_of_the_killed_run_that_were_sent_from_here_are_cancelled(slurm):
    cancel_slurm_jobs({"5", "7", "9"}, slurm)
    assert (slurm / "cancelled").read_text() == "7\n"


def test_a_job_that_does_not_end_is_a_sentence(slurm, monkeypatch):
    (slurm / "bin" / "scancel").write_text("#!/bin/sh\n")
    monkeypatch.setattr("il6r.leftovers._END", 1.5)
    with pytest.raises(InputError, match=r"Slurm job 8: it belongs .* and does not end; wait until"):
        cancel_slurm_jobs({"8"}, slurm)
