"""Formatters, linters and the type checker, as `make check` runs them."""

import subprocess
import sys

import pytest
from conftest import REPO


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check"],
        ["ruff", "format", "--check"],
        ["snakefmt", "--check", "Snakefile", "workflow"],
        ["mypy"],
    ],
    ids=" ".join,
)
def test_formatters_and_linters_are_content(command):
    name, *arguments = command
    done = subprocess.run([sys.executable, "-m", name, *arguments], cwd=REPO, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
