"""What has a run that was killed left behind, and how does the next one clear it away?

Snakemake marks the files a run works on, and a run that is killed outright (power failure, kill -9, a
login node that is rebooted) never takes its marks away: the same command is then refused. Its Slurm jobs
go on, too, and would write what the next run is about to write. Here each run also holds a lock that the
system itself releases when the process ends, so that what has no living owner is known as such.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import TextIO

from il6r.errors import InputError

# Seconds: how long a look at another run's lock may take, and how long Slurm's to end a job.
_LOOK, _END = 2.0, 180.0


class Claim:
    """One run's lock on its results folder, with a note of who holds it.

    It works where the file system has locks (`flock`), local disks and NFS among them; elsewhere
    nothing is cleared away and Snakemake's own marks decide.

    Parameters
    ----------
    results : the folder of results as the configuration names it; the lock lies in its logs/.
    state : the folder that Snakemake keeps its marks in, `.snakemake`.
    """

    def __init__(self, results: str, state: str = ".snakemake"):
        self._results = results
        self._marks = Path(state, "locks")
        self._path = Path(results, "logs", "claim")
        self._stream: TextIO | None = None
        # Read now, since Snakemake takes Slurm's variables away before it sends jobs.
        self._head = os.environ.get("SLURM_JOB_ID", "")

    def clear_up(self, forgotten: bool = True) -> None:
        """Remove the marks, and cancel the Slurm jobs, of a run on these results that is no more.

        To be called before Snakemake looks at what is there: a job that is cancelled takes away what it
        has made.

        Parameters
        ----------
        forgotten : whether marks without a claim are a killed run's, which they are where every run
            takes its claim.

        Raises
        ------
        InputError : Slurm does not answer, or a job does not end within three minutes.
        """
        if not self._path.is_file():
            if forgotten:
                self._remove_marks()  # of a run that was killed before it could take its claim
            return
        with self._path.open("r+") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return  # a living run holds it, or there are no locks on this file system
            note = _note(stream)
            if not self._may_live_elsewhere(note):
                self._remove_marks()
                _cancel(note["jobs"])

    def take(self) -> bool:
        """Hold the results until this process ends; False if another run holds them.

        Raises
        ------
        InputError : Slurm does not answer, or still has jobs of the run before, which may live elsewhere.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = self._path.open("a+")
        until = time.monotonic() + _LOOK
        while True:
            try:
                fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    return False
                time.sleep(0.1)
            except OSError:
                break  # no locks on this file system
            else:
                break
        jobs = _note(self._stream)["jobs"]
        if _slurm_jobs(name=jobs):
            raise InputError(
                f"Slurm jobs named {jobs}",
                f"they belong to a run on {self._results} that was killed on another machine",
                f"cancel them (scancel --name={jobs}), then give the same command again",
            )
        return True

    def sign(self, jobs: str) -> None:
        """Note this machine, the Slurm job this process runs in, and the name of its own Slurm jobs."""
        # Only who has taken the results signs for them.
        assert self._stream is not None
        self._stream.truncate(0)
        self._stream.write("\n".join([socket.gethostname(), self._head, jobs]) + "\n")
        self._stream.flush()

    def _remove_marks(self) -> None:
        for path in self._marks.glob("*.lock"):
            if any(line.startswith(f"{self._results}/") for line in path.read_text().splitlines()):
                path.unlink(missing_ok=True)

    def _may_live_elsewhere(self, note: dict[str, str]) -> bool:
        """Some cluster file systems keep locks within one machine, so that one from elsewhere is unseen."""
        if note["host"] in ("", socket.gethostname()):
            return False
        if note["head"] and note["head"] == self._head:
            return False  # this very job, which Slurm has started again
        return not note["head"] or bool(_slurm_jobs(number=note["head"]))


def _note(stream: TextIO) -> dict[str, str]:
    """What the run that took the claim has signed it with; empty texts where it has not."""
    stream.seek(0)
    lines = [*stream.read().split("\n"), "", "", ""]
    return dict(zip(("host", "head", "jobs"), lines[:3], strict=True))


def _cancel(name: str) -> None:
    left = _slurm_jobs(name=name)
    if left:
        print(f"cancelling {len(left)} Slurm jobs of a run that was killed", flush=True)
        # A job that has ended meanwhile makes scancel fail; whether all have is looked at below.
        subprocess.run(["scancel", *left], check=False)
    until = time.monotonic() + _END
    while left := _slurm_jobs(name=name):
        if time.monotonic() > until:
            raise InputError(
                f"Slurm job {', '.join(left)}",
                "it belongs to a run that was killed, and does not end",
                "wait until it has, then give the same command again",
            )
        time.sleep(1)


def _slurm_jobs(name: str = "", number: str = "") -> list[str]:
    """The numbers of this user's jobs of that name, or with that number, that have not ended."""
    if not name + number or shutil.which("squeue") is None:
        return []
    command = ["squeue", "--me", "--noheader", "--format=%i|%j"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise InputError(
            "squeue",
            f"it cannot say which jobs of a run before are left ({done.stderr.strip()})",
            "give the same command again when Slurm answers",
        )
    jobs = dict(line.split("|", 1) for line in done.stdout.splitlines())
    return [job for job, its_name in jobs.items() if its_name == name or job == number]
