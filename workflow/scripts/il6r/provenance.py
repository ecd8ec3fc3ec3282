"""What does a run depend on: which input bytes, which versions of this workflow and of others' packages?"""

import hashlib
import importlib.metadata
import platform
from pathlib import Path

import pandas as pd

from il6r import origin

PACKAGES = (
    "snakemake", "numpy", "scipy", "pandas", "pyarrow", "pandera", "pysam",
    "matplotlib", "seaborn", "msprime", "stdpopsim", "jinja2", "numba", "actfast",
)  # fmt: skip


def fingerprint(cohort: str, files: dict[str, list[str]], recordings: pd.DataFrame) -> pd.DataFrame:
    """`INPUTS`: role, name, size and SHA-256 of each file; no folder names.

    Parameters
    ----------
    recordings : `RECORDINGS`. Their names are mostly their participants', so that those that were
        used are one row: their bytes, and the SHA-256 of theirs in order, one a line.
    """
    rows = []
    for role, paths in files.items():
        for path in paths:
            with open(path, "rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            rows.append((cohort, role, Path(path).name, Path(path).stat().st_size, digest))
    used = recordings.dropna(subset=["sha256"])
    if len(used):
        digest = hashlib.sha256("".join(f"{one}\n" for one in used["sha256"]).encode()).hexdigest()
        rows.append((cohort, "recordings", "recordings that were used", int(used["bytes"].sum()), digest))
    return pd.DataFrame(rows, columns=["cohort", "role", "file", "bytes", "sha256"])


def versions() -> dict[str, str]:
    """Versions of the workflow, with its commit, of Python and of the packages the results depend on."""
    return {
        "il6r-replication": origin.VERSION,
        "commit": origin.commit(),
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in PACKAGES},
    }
