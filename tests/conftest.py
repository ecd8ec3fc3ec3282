"""What tests share: where things are, how the workflow is run, and a small valid cohort."""

import atexit
import compileall
import fcntl
import functools
import gc
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from base64 import urlsafe_b64decode
from pathlib import Path

import pandas as pd
import pytest

REPO = Path(__file__).resolve().parent.parent
SHARED = REPO.parent / "shared"
# For the processes that xdist starts: a fit took ten times its work where threads of BLAS waited for cores
# that other tests had. A job has its rule's threads, and tests of threads set their own number.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Even where Python is told to leave no compiled modules behind: hundreds of processes import the package, and
# each worker all tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


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


def pytest_configure(config):
    """Compile the package once, also for jobs of the tests' Slurm, whose user may not write here."""
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(REPO / "workflow" / "scripts", quiet=1)


def pytest_collection_modifyitems(items):
    """Whole runs of studies begin first, so that no process is left alone with one at the end."""
    later = {"peers": 1, "unit": 2}
    items.sort(key=lambda item: later.get(item.path.parent.name, 0))


def pytest_collection_finish():
    """Modules and tests, which all stay to the end, are not searched for garbage again and again."""
    gc.collect()
    gc.freeze()


def made_once(tmp_path_factory, name, make) -> Path:
    """A folder that `make(folder)` fills once for all processes of pytest; nobody is to change it."""
    base = tmp_path_factory.getbasetemp()
    # Each of several processes has a folder of its own in the one that they share.
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, done = base / name, base / f"{name}.done"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            folder.mkdir(exist_ok=True)
            make(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def reduced(tmp_path_factory) -> Path:
    """The results of the reduced study."""
    config = REPO / "tests" / "studies" / "reduced.yaml"

    def make(folder):
        succeeds("-c2", "--configfile", config, folder=folder)

    return made_once(tmp_path_factory, "reduced", make) / "results"


@pytest.fixture(scope="session")
def default_study(tmp_path_factory) -> Path:
    """The results of the default study; what its run printed is beside them, in printed.txt."""

    def make(folder):
        done = succeeds("-c2", folder=folder)
        (folder / "printed.txt").write_text(done.stdout + done.stderr)

    return made_once(tmp_path_factory, "default", make) / "results"


@pytest.fixture(scope="session")
def clone(tmp_path_factory) -> Path:
    """A copy of the checkout as `git clone` makes it, in which the study of tiny.yaml has been run."""

    def make(folder):
        copy_checkout(folder / "code")
        # The scripts of its jobs can be run again.
        run_in(folder / "code", "--skip-script-cleanup")

    return made_once(tmp_path_factory, "clone", make) / "code"


@pytest.fixture(scope="module")
def own_clone(clone, tmp_path_factory) -> Path:
    """A copy of it with its results, which tests may edit while others use the first."""
    return Path(shutil.copytree(clone, tmp_path_factory.mktemp("own") / "code", symlinks=True))


@pytest.fixture(scope="session")
def tiny(clone) -> Path:
    """The results of the tiny study."""
    return clone / "results"


def another_environment(folder) -> dict[str, str]:
    """Variables of a time zone, a hash seed and a locale with decimal commas, which is made in a folder.

    The locale is not UTF-8; it is C where none can be made.
    """
    name = folder / "de_DE"
    if shutil.which("localedef"):
        subprocess.run(["localedef", "-i", "de_DE", "-f", "ISO-8859-1", name], check=False)
    locale = {"LOCPATH": str(folder), "LC_ALL": name.name} if name.exists() else {"LC_ALL": "C"}
    return {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "1", **locale}


def copy_checkout(target):
    """Copy all files that are the workflow's, with tiny.yaml as the default study.

    All are as new as now, and of the same commit.
    """
    leave_out = shutil.ignore_patterns(".*", "results", "docs", "tests", "benchmarks", "__pycache__")
    shutil.copytree(REPO, target, ignore=leave_out, copy_function=shutil.copyfile)
    shutil.copyfile(REPO / "tests" / "studies" / "tiny.yaml", target / "config" / "config.yaml")
    # Without it, compiled modules would be changes of the commit.
    shutil.copyfile(REPO / ".gitignore", target / ".gitignore")
    (target / ".git").write_text(f"gitdir: {call('git', 'rev-parse', '--absolute-git-dir', cwd=REPO)}")


def run_in(code, *arguments):
    """Run the default study of a checkout in the checkout itself; returns what is printed."""
    done = forked(code, "-c2", *arguments)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def snakemake(*arguments, folder=None) -> subprocess.CompletedProcess:
    """Run the workflow from the checkout; results go below `folder`. Never raises."""
    where = [] if folder is None else ["--directory", folder]
    return forked(REPO, "--snakefile", REPO / "Snakefile", *where, *arguments)


def forked(folder, *arguments, **environment) -> subprocess.CompletedProcess:
    """Run Snakemake in a folder, with further variables. Never raises.

    It is a process forked off one that has imported Snakemake, and so are its scripts (see `forked_scripts`).
    """
    arguments = list(map(str, arguments))
    with tempfile.TemporaryDirectory() as made:
        screens = [f"{made}/output", f"{made}/errors"]
        request = {"arguments": arguments, "folder": str(folder), "screens": screens}
        request["environment"] = {**os.environ, "COLUMNS": "200", **environment}
        server, _ = _forking_snakemake()
        print(json.dumps(request), file=server.stdin, flush=True)
        status = int(server.stdout.readline())
        return subprocess.CompletedProcess(arguments, status, *(Path(name).read_text() for name in screens))


@functools.cache
def _forking_snakemake():
    """The process that has imported Snakemake, and the Python of its scripts; they end with this process."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    command = [sys.executable, REPO / "tests" / "forked_snakemake.py", folder]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    server = subprocess.Popen(command, cwd=REPO, **pipes)
    return server, server.stdout.readline().strip()


def started(folder, *arguments, **options) -> subprocess.Popen:
    """Start Snakemake in a process of its own, to be killed; its scripts are forked as those of `forked`."""
    code = "import sys; from snakemake import cli; sys.executable = sys.argv.pop(1); cli.main(sys.argv[1:])"
    python = _forking_snakemake()[1]
    return subprocess.Popen([sys.executable, "-c", code, python, *map(str, arguments)], cwd=folder, **options)


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


def digests(results: Path, read=Path.read_bytes) -> dict[str, str]:
    """SHA-256 of every result; logs and timings are not results."""
    return {
        str(path.relative_to(results)): hashlib.sha256(read(path)).hexdigest()
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


def copy_what_git_would_commit(folder: Path) -> None:
    """Copy the checkout's files to a folder, as they are, without those that git ignores."""
    names = call("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=REPO)
    for name in filter(None, names.split("\0")):
        if (REPO / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPO / name, folder / name)
