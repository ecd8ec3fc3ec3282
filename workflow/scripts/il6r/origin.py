"""Which workflow is this: in what folder, which version, which commit?"""

import os
import subprocess
from pathlib import Path

VERSION = "0.2.0"
RELEASED = "2026-11-30"

_PACKAGE = Path(__file__).resolve().parent
# An installed package has the workflow's other files inside; otherwise it lies in the workflow itself.
_INSTALLED = _PACKAGE / "files"
ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parents[2]


def file(*parts: str) -> Path:
    """A file of the workflow, named as in its repository: `file("resources", "variants.tsv")`."""
    return ROOT.joinpath(*parts)


def commit(root: Path = ROOT) -> str:
    """The commit that a workflow's folder is a checkout of, and whether its code has changed since.

    Parameters
    ----------
    root : the folder; one that merely lies within a checkout of something else has no commit.
    """
    found = _git(root, "rev-parse", "--show-toplevel", "HEAD")
    if found is None or Path(found.split("\n")[0]).resolve() != Path(root).resolve():
        return "none known (not a git checkout)"
    # What a study has for itself, its configuration, is in the report anyway.
    changes = _git(root, "status", "--porcelain", "--", "Snakefile", "workflow", "resources")
    return found.split("\n")[1] + (" with changes" if changes else "")


def _git(root: Path, *command: str) -> str | None:
    """What git prints about a folder; None where there is no git, or it knows nothing of the folder."""
    # Whoever runs a workflow trusts its folder, whoever owns that.
    options = ["-C", str(root), "-c", f"safe.directory={root}", "--no-optional-locks"]
    # Variables of a hook that runs this would name another repository.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        done = subprocess.run(["git", *options, *command], capture_output=True, text=True, env=environment)
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None
