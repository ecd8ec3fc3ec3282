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
    started = [sys.executable, "-S", "-E", __file__, *map(str, command)]
    done = subprocess.run(started, capture_output=True, text=True, **options)
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, list(map(str, command)))
    seconds, peak_kb = done.stdout.split()
    return Usage(float(seconds), float(peak_kb) / 1024)


if __name__ == "__main__":
    before = time.perf_counter()
    null = os.open(os.devnull, os.O_WRONLY)
    actions = [(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)]
    child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=actions)
    _, status, usage = os.wait4(child, 0)
    print(time.perf_counter() - before, usage.ru_maxrss)
    sys.exit(os.waitstatus_to_exitcode(status))
