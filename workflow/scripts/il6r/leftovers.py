"""What has a run that was killed left behind, and how does the next one clear it away?

Snakemake marks the files a run works on, and a run that is killed outright (power failure, kill -9, a
login node that is rebooted) never takes its marks away: the same command is then refused. Here each
run also holds a lock that the system itself releases when the process ends, so that marks without a
living owner are known as such.
"""

import fcntl
import hashlib
import shutil
import socket
import subprocess
import time
from pathlib import Path

from il6r.errors import InputError

# Seconds: how long a look at another run's lock may take, and how long Slurm's to end a job.
_LOOK, _END = 2.0, 180.0


class Claim:
    """One run's lock on its results folder.

    It works where the file system has locks (`flock`), local disks and NFS among them; elsewhere
    nothing is cleared away and Snakemake's own marks decide.

    Parameters
    ----------
    results : the folder of results as the configuration names it.
    state : Snakemake's folder, `.snakemake`.
    """

    def __init__(self, results: str, state: str = ".snakemake"):
        self._results = results.rstrip("/") + "/"
        self._marks = Path(state, "locks")
        name = hashlib.sha256(str(Path(results).resolve()).encode()).hexdigest()[:16]
        self._path = Path(state, "claims", name)
        self._held = None

    def clear_stale_marks(self) -> None:
        """Remove Snakemake's marks on the results if the run that made them is no more."""
        marks = [path for path in self._marks.glob("*.lock") if self._marks_results(path)]
        if not marks:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return  # held by a living run, or no locks on this file system
            # Some cluster file systems keep locks within one machine only.
            stream.seek(0)
            if stream.read().strip() in ("", socket.gethostname()):
                for path in marks:
                    path.unlink(missing_ok=True)

    def take(self) -> bool:
        """Hold the results until this process ends; False if another run holds them."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._held = self._path.open("a+")
        until = time.monotonic() + _LOOK
        while True:
            try:
                fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    return False
                time.sleep(0.1)
            except OSError:
                return True  # no locks on this file system
            else:
                self._held.truncate(0)
                self._held.write(socket.gethostname())
                self._held.flush()
                return True

    def _marks_results(self, path: Path) -> bool:
        return any(line.startswith(self._results) for line in path.read_text().splitlines())


def cancel_slurm_jobs(ids: set[str], folder: Path) -> None:
    """Cancel what a killed run has queued or running on Slurm, and wait until it has ended.

    Its jobs would go on writing the files that this run is about to make.

    Parameters
    ----------
    ids : Slurm's numbers of the jobs, from Snakemake's marks on unfinished files.
    folder : where Snakemake ran; a job of another folder is left alone.

    Raises
    ------
    InputError : a job is still there after three minutes.
    """
    if not ids or shutil.which("squeue") is None:
        return
    left = ids & _slurm_jobs(folder)
    if left:
        print(f"cancelling {len(left)} Slurm jobs of a run that was killed", flush=True)
        subprocess.run(["scancel", *sorted(left)], check=True)
    until = time.monotonic() + _END
    while left := left & _slurm_jobs(folder):
        if time.monotonic() > until:
            raise InputError(
                f"Slurm job {', '.join(sorted(left))}",
                "it belongs to a run that was killed, and does not end",
                "wait until it has, then give the same command again",
            )
        time.sleep(1)


def _slurm_jobs(folder: Path) -> set[str]:
    """The numbers of this user's jobs that were sent from `folder` and have not ended."""
    command = ["squeue", "--me", "--noheader", "--format=%i|%Z"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    jobs = (line.split("|", 1) for line in lines)
    return {number for number, sent_from in jobs if Path(sent_from).resolve() == folder.resolve()}
