"""Where the workflow lies: ROOT, a folder with the scripts' package, the resources and all else.

Snakemake fetches a module from a git repository file by file, as it needs them, which a package cannot be
imported from. The repository is then checked out in .snakemake/il6r of the working folder. What differs from
the commit that was there before is written anew and nothing else, so that only what depends on it reruns.
"""

import os
import subprocess
import sys
from pathlib import Path

from snakemake.sourcecache import LocalSourceFile


def check_out(repository, ref, folder):
    """Make `folder` a checkout of a commit, tag or branch of a git repository on this machine."""
    # Variables of a hook that runs this would name another repository.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}

    def git(*command):
        done = subprocess.run(["git", *command], capture_output=True, text=True, env=environment)
        if done.returncode != 0:
            sys.exit(
                f"error: {repository}, {ref}: git cannot check it out ({done.stderr.strip()}); delete "
                f"{folder}, then give the same command again."
            )
        return done.stdout.strip()

    commit = git("-C", repository, "rev-parse", "--verify", f"{ref}^{{commit}}")
    own = ["--git-dir", f"{folder}/.git", "--work-tree", folder]
    git("init", "--quiet", folder)
    head = Path(folder, ".git", "HEAD").read_text().strip()
    if head != commit:
        git(*own, "fetch", "--quiet", "--depth", "1", "--no-tags", repository, commit)
        git(*own, "checkout", "--quiet", "--force", "--detach", commit)


source = workflow.current_basedir
if isinstance(source, LocalSourceFile):
    ROOT = Path(source).parents[1]
else:
    ROOT = Path(".snakemake", "il6r").absolute()
    # Of github(), the clone that Snakemake keeps.
    hosted = getattr(source, "hosted_repo", None)
    if not hasattr(source, "ref"):
        sys.exit(
            f"error: {source}: a single file of the workflow is not enough; name a folder, or a git repository."
        )
    # Jobs find it as the run that sends them has left it.
    if workflow.is_main_process:
        check_out(str(hosted.repo.git_dir if hosted else source.repo_path), source.ref, str(ROOT))


def here(*parts):
    """A file of the workflow itself, as seen from the folder Snakemake runs in."""
    path = Path(ROOT, *parts)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def study_file(*parts):
    """A file of the folder Snakemake runs in if it is there, else the workflow's own of that name."""
    return str(Path(*parts)) if Path(*parts).is_file() else here(*parts)
