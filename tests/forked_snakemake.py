"""Snakemake with all its imports made once: each line of standard input is a run in a process of its own.

The only argument is an empty folder. The first line of the output is the Python of the jobs' scripts, which
are forked off as well (see `forked_scripts`). A line of the input is JSON: arguments, folder, files for what
is printed and for errors, and environment. The answer is a line with the exit status. Imports are more than
half of what a dry run takes.
"""

import gc
import json
import os
import sys
from pathlib import Path

import forked_scripts
from snakemake import cli


def run(arguments, folder, screens, environment):
    """What `python -m snakemake` does, in this process."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, name in enumerate([os.devnull, *screens]):
        opened = os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC if number else os.O_RDONLY)
        os.dup2(opened, number)
    sys.argv[1:] = arguments
    cli.main(arguments)


if __name__ == "__main__":
    python = str(forked_scripts.interpreter(Path(sys.argv[1])))
    # Its plugins are imported by the parser.
    cli.get_argument_parser()
    # A collector that touches what is shared would copy it for each run.
    gc.collect()
    gc.freeze()
    print(python, flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            sys.executable = python
            forked_scripts.leave(run, *json.loads(line).values())
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
