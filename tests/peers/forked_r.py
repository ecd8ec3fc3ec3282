"""R with its packages loaded once: each script runs in a process forked off it, as by Rscript."""

import functools
import subprocess
import tempfile
from pathlib import Path

from conftest import program

# Answers each path of a script with what it prints, or how it failed, and a line that says which.
SERVER = """
paths <- file('stdin', 'r')
while (length(path <- readLines(paths, 1))) {
  code <- readLines(path)
  loaded <- unlist(regmatches(code, gregexpr("(?<=library[(])[[:alnum:]]+", code, perl=TRUE)))
  for (package in loaded) suppressPackageStartupMessages(requireNamespace(package, quietly=TRUE))
  run <- quote(utils::capture.output(source(path, local=new.env())))
  found <- parallel::mccollect(parallel::mcparallel(eval(run)))[[1]]
  failed <- is.null(found) || inherits(found, 'try-error')
  cat(found, if (failed) '<failed>' else '<done>', sep='\\n')
  flush(stdout())
}"""


def printed_by_r(code: str) -> str:
    """What an R script prints; fails the test with the error's message."""
    server = _server()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "script.R")
        script.write_text(code + "\n")
        print(script, file=server.stdin, flush=True)
        lines = []
        while (line := server.stdout.readline()) not in ("<done>\n", "<failed>\n"):
            assert line, "R has ended"
            lines.append(line)
    assert line == "<done>\n", "".join(lines) + code
    return "".join(lines).removesuffix("\n")


def has_package(name: str) -> bool:
    """Whether R has a package."""
    return name in _installed()


@functools.cache
def _installed() -> set[str]:
    return set(printed_by_r("cat(.packages(all.available=TRUE))").split())


@functools.cache
def _server() -> subprocess.Popen:
    """The process that loads packages; it ends with this one, when its input does."""
    command = [program("Rscript"), "-e", SERVER]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
