"""What tests share: where things are, how the workflow is run, and a small valid cohort."""

import hashlib
import os
import shutil
import subprocess
import sys
from base64 import urlsafe_b64decode
from pathlib import Path

import pandas as pd
import pytest

REPO = Path(__file__).resolve().parent.parent
SHARED = REPO.parent / "shared"


def real(*parts) -> Path:
    """A file of the real data beside the checkout; skips the test where it is absent."""
    path = SHARED.joinpath("real", *parts)
    if not path.exists():
        pytest.skip(f"real data not there: {'/'.join(parts)}")
    return path


def facts(name: str) -> pd.DataFrame:
    """A table of published facts beside the checkout; skips the test where it is absent."""
    path = SHARED / "facts" / name
    if not path.exists():
        pytest.skip(f"facts not there: {name}")
    return pd.read_csv(path, sep="\t")


def program(name: str) -> str:
    """A peer program; skips the test where it is not installed."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def call(*command, **options) -> str:
    """Run a program that must succeed, and return what it prints."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="session")
def reduced(tmp_path_factory) -> Path:
    """The results of the reduced study, made once for the tests of group "reduced"."""
    folder = tmp_path_factory.mktemp("reduced")
    succeeds("-c2", "--configfile", REPO / "tests" / "studies" / "reduced.yaml", folder=folder)
    return folder / "results"


def snakemake(*arguments, folder=None, environment=(), umask=-1) -> subprocess.CompletedProcess:
    """Run the workflow from the checkout; results go below `folder`. Never raises.

    Parameters
    ----------
    environment : variables in addition to the tests' own.
    umask : of the run; -1 leaves the tests' own.
    """
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPO / "Snakefile")]
    if folder is not None:
        command += ["--directory", str(folder)]
    return subprocess.run(
        [*command, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=REPO,
        env={**os.environ, "COLUMNS": "200", **dict(environment)},
        umask=umask,
        timeout=900,
    )


def succeeds(*arguments, **options) -> subprocess.CompletedProcess:
    """Run the workflow as `snakemake` does; fails the test with the end of its output if it fails."""
    done = snakemake(*arguments, **options)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return done


def printed_with_threads(code: str) -> list[bytes]:
    """What a Python program prints with one thread of BLAS, and with two."""
    return [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            check=True,
        ).stdout
        for threads in ("1", "2")
    ]


def digests(results: Path) -> dict[str, str]:
    """SHA-256 of every result; logs and timings are not results."""
    return {
        str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(results.rglob("*"))
        if path.is_file() and path.relative_to(results).parts[0] not in ("logs", "benchmarks")
    }


def finished(folder):
    """What Snakemake knows to be finished: each file's modification time in ns and inode.

    It writes down all of a job's files before it takes the marks of files in work away from them; killed in
    between, it makes them again.
    """
    done = _written_down(folder, "metadata") - _written_down(folder, "incomplete")
    return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in done if path.exists()}


def _written_down(folder, kind):
    """The files of which Snakemake keeps a record of some kind."""
    records = folder / ".snakemake" / kind
    names = (
        "".join(part.removeprefix("@") for part in path.relative_to(records).parts)
        for path in records.rglob("*")
        if path.is_file() and path.name != "migration_underway"
    )
    return {folder / urlsafe_b64decode(name).decode() for name in names}
