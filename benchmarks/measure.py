"""Wall time and peak memory of a whole process, as the operating system accounts for them."""

import os
import subprocess
import sys
import time
from typing import NamedTuple


class Usage(NamedTuple):
    """Seconds of wall time, and the largest resident set of the process or one of its children, in MB."""

    seconds: float
    peak_mb: float


def run(command, **options) -> Usage:
    """Run a command that must succeed, its output thrown away.

    It is started by a small process of its own (this file): a process begins with its parent's
    resident set, so a large parent would hide a small program's peak.
    """
    return _started("silent", command, **options)


def run_timed(command, **options) -> Usage:
    """Run a command that must succeed and prints the seconds it wants to be measured by."""
    return _started("timed", command, **options)


def _started(how: str, command, **options) -> Usage:
    started = [sys.executable, "-S", "-E", __file__, how, *map(str, command)]
    done = subprocess.run(started, capture_output=True, text=True, **options)
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, list(map(str, command)))
    *printed, last = done.stdout.splitlines()
    seconds, peak_kb = last.split()
    return Usage(float(printed[-1] if how == "timed" else seconds), float(peak_kb) / 1024)


if __name__ == "__main__":
    before = time.perf_counter()
    null = os.open(os.devnull, os.O_WRONLY)
    how, *command = sys.argv[1:]
    silenced = (1, 2) if how == "silent" else (2,)
    actions = [(os.POSIX_SPAWN_DUP2, null, stream) for stream in silenced]
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(child, 0)
    print(time.perf_counter() - before, usage.ru_maxrss)
    sys.exit(os.waitstatus_to_exitcode(status))
