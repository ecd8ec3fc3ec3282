"""What every rule's script does around its few lines of work: keep a log, and fail clearly."""

import contextlib
import sys
import traceback
from pathlib import Path

from il6r.errors import InputError


@contextlib.contextmanager
def job(snakemake):
    """Run a script's body with its log open.

    Snakemake leaves the declared log of a failing `script:` empty, so the log is written here: a
    user's mistake as one line that starts with "error:", our own as the traceback. Both also go to
    the screen, and both end the script with a non-zero exit code.

    Parameters
    ----------
    snakemake : the object Snakemake gives a script; only `rule`, `wildcards` and `log` are read.
    """
    path = Path(snakemake.log[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    name = " ".join([snakemake.rule, *map(str, snakemake.wildcards)])
    with path.open("w") as log:
        print(f"start: {name}", file=log, flush=True)
        try:
            yield
        except InputError as error:
            print(f"error: {error}", file=log)
            print(f"error: {error}", file=sys.stderr)
            sys.exit(1)
        except BaseException:
            traceback.print_exc(file=log)
            raise
        print(f"done: {name}", file=log)
