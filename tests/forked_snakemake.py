"""Snakemake with all its imports made once: each line of standard input is a run in a process of its own.

A line is JSON: arguments, folder, environment, and the files for what is printed and for errors. The answer
is a line with the exit status. Imports are more than half of what a dry run takes.
"""

import json
import os
import sys

from snakemake import cli


def run(arguments, folder, environment, screens):
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
    # Its plugins are imported by the parser.
    cli.get_argument_parser()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(**json.loads(line))
            sys.exit()
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
