"""Marks and Slurm jobs of a run that was killed are told from those of one that lives."""

import os
import subprocess
import sys

import pytest
from conftest import REPO

from il6r.errors import InputError
from il6r.leftovers import Claim

HOLDER = """
import sys
from il6r.leftovers import Claim
claim = Claim(*sys.argv[1:])
claim.clear_up()
took = claim.take()
claim.sign("run-1") if took else None
print(took, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def state(tmp_path):
    """Snakemake's folder with the mark of a run on `other`."""
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "1.output.lock").write_text(f"{tmp_path}/other/a.tsv\n{tmp_path}/other/b.tsv\n")
    return tmp_path


def marks(state):
    return sorted(path.name for path in (state / "locks").iterdir())


@pytest.fixture
def holder(state):
    """Another process that has marked `mine` and holds the claim on it, until it is killed."""
    command = [sys.executable, "-c", HOLDER, str(state / "mine"), str(state)]
    environment = {**os.environ, "PYTHONPATH": str(REPO / "workflow" / "scripts")}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, env=environment, **pipes)
    assert process.stdout.readline() == "True\n"
    (state / "locks" / "0.output.lock").write_text(f"{state}/mine/a.tsv\n{state}/mine/b.tsv\n")
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
def killed(holder):
    """What the holder has left behind."""
    holder.kill()
    holder.wait()


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """Programs in Slurm's place: jobs 7 and 8 are of run-1, 9 of run-2; 5 is a head job."""
    (tmp_path / "queue").write_text("5|head\n7|run-1\n8|run-1\n9|run-2\n")
    (tmp_path / "cancelled").write_text("")
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


def test_a_living_run_keeps_marks_and_jobs_and_a_second_one_is_refused(state, slurm, holder):
    claim = Claim(str(state / "mine"), str(state))
    claim.clear_up()
    assert len(marks(state)) == 2
    assert (slurm / "cancelled").read_text() == ""
    assert not claim.take()
    other = Claim(str(state / "other"), str(state))
    other.clear_up()
    assert other.take()


def test_marks_and_jobs_of_a_killed_run_go_and_no_others(state, slurm, killed):
    claim = Claim(str(state / "mine"), str(state))
    claim.clear_up()
    assert marks(state) == ["1.output.lock"]
    assert (slurm / "cancelled").read_text() == "7\n8\n"
    assert claim.take()


@pytest.fixture
def elsewhere(monkeypatch):
    """The next run is on another machine, where locks of this one may not be seen."""
    monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")


def test_a_run_on_another_machine_may_live(state, slurm, killed, elsewhere):
    claim = Claim(str(state / "mine"), str(state))
    claim.clear_up()
    assert len(marks(state)) == 2
    with pytest.raises(InputError, match=r"killed on another machine; cancel them \(scancel --name=run-1\)"):
        claim.take()
    assert (slurm / "cancelled").read_text() == ""
    (slurm / "queue").write_text("")
    assert claim.take()


def test_marks_of_a_run_that_was_killed_before_its_claim_are_removed(state):
    Claim(str(state / "other"), str(state)).clear_up()
    assert marks(state) == []


@pytest.mark.parametrize(("head", "cleared"), [("5", False), ("6", True), ("requeued", True)])
def test_a_head_job_on_another_machine_lives_while_slurm_has_it(
    state, slurm, monkeypatch, elsewhere, head, cleared
):
    requeued = head == "requeued"
    monkeypatch.setenv("SLURM_JOB_ID", "5" if requeued else head)
    claim = Claim(str(state / "mine"), str(state))
    monkeypatch.delenv("SLURM_JOB_ID")
    claim.clear_up()
    assert claim.take()
    monkeypatch.setattr("socket.gethostname", lambda: "node-1")
    claim.sign("run-1")
    del claim
    (state / "locks" / "0.output.lock").write_text(f"{state}/mine/a.tsv\n")
    monkeypatch.setattr("socket.gethostname", lambda: "node-2")
    if requeued:
        monkeypatch.setenv("SLURM_JOB_ID", "5")
    Claim(str(state / "mine"), str(state)).clear_up()
    assert ("0.output.lock" in marks(state)) is not cleared
    assert (slurm / "cancelled").read_text() == ("7\n8\n" if cleared else "")


def test_a_job_that_does_not_end_is_a_sentence(state, slurm, killed, monkeypatch):
    (slurm / "bin" / "scancel").write_text("#!/bin/sh\n")
    monkeypatch.setattr("il6r.leftovers._END", 1.5)
    with pytest.raises(InputError, match="Slurm job 7, 8: it belongs to a run that was killed, and does not"):
        Claim(str(state / "mine"), str(state)).clear_up()


def test_slurm_that_does_not_answer_is_a_sentence(state, slurm, killed):
    (slurm / "bin" / "squeue").write_text(
        "#!/bin/sh\necho 'Unable to contact slurm controller' >&2; exit 1\n"
    )
    with pytest.raises(InputError, match=r"squeue: .* \(Unable to contact slurm controller\); give the same"):
        Claim(str(state / "mine"), str(state)).clear_up()
