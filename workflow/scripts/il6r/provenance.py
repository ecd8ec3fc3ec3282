"""What does a run depend on: which input bytes, which versions of this workflow and of others' packages?"""

import hashlib
import importlib.metadata
import platform
import re
from collections.abc import Set
from pathlib import Path

import pandas as pd

from il6r import origin

PACKAGES = (
    "snakemake", "numpy", "scipy", "pandas", "pyarrow", "pandera", "pysam",
    "matplotlib", "seaborn", "msprime", "stdpopsim", "jinja2", "numba", "actfast",
)  # fmt: skip
# What stands for files that are named after people.
NAMED = "files named after people"
_MARKS = re.compile(r"[._-]|\s")


def fingerprint(
    cohort: str, files: dict[str, list[str]], recordings: pd.DataFrame, people: Set[str]
) -> pd.DataFrame:
    """`INPUTS`: role, name, size and SHA-256 of each file; no folder names, and no name of a person.

    Files that are named after people are one row for each role: their bytes together, and the SHA-256 of
    theirs in order, one a line.

    Parameters
    ----------
    recordings : `RECORDINGS`, whose names are mostly their participants'; those that were used are one row.
    people : IDs of the participants and of their samples.
    """
    rows = []
    for role, paths in files.items():
        named = []
        for path in paths:
            with open(path, "rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = Path(path).stat().st_size
            if _names_somebody(Path(path).name, people):
                named.append((size, digest))
            else:
                rows.append((cohort, role, Path(path).name, size, digest))
        if named:
            rows.append((cohort, role, NAMED, *_together(named)))
    used = recordings.dropna(subset=["sha256"])
    if len(used):
        together = _together(list(zip(used["bytes"], used["sha256"], strict=True)))
        rows.append((cohort, "recordings", NAMED, *together))
    return pd.DataFrame(rows, columns=["cohort", "role", "file", "bytes", "sha256"])


def _together(files: list[tuple[int, str]]) -> tuple[int, str]:
    """The bytes of several files, and the SHA-256 of theirs."""
    lines = "".join(f"{digest}\n" for _, digest in files)
    return int(sum(size for size, _ in files)), hashlib.sha256(lines.encode()).hexdigest()


def _names_somebody(name: str, people: Set[str]) -> bool:
    """Whether a file's name has an ID in it, between its ends and the marks that part words."""
    ends = [0, *(found.end() for found in _MARKS.finditer(name))]
    starts = [*(found.start() for found in _MARKS.finditer(name)), len(name)]
    return any(name[first:last] in people for first in ends for last in starts if first < last)


def versions() -> dict[str, str]:
    """Versions of the workflow, with its commit, of Python and of the packages the results depend on."""
    return {
        "il6r-replication": origin.VERSION,
        "commit": origin.commit(),
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in PACKAGES},
    }
