"""What wraps every rule's script: a log, outputs that appear only when they are whole, clear failures."""

import contextlib
import errno
import functools
import logging
import secrets
import shutil
import signal
import sys
import traceback
from pathlib import Path
from types import SimpleNamespace

from il6r.errors import InputError

# Bytes; a file is written in larger blocks than that.
_LITTLE_ROOM = 1 << 17


class _Notes(logging.Handler):
    """Writes what modules note (logger "il6r") into a job's log, each line once."""

    def __init__(self, log: Path):
        """Keep where the log is."""
        super().__init__()
        self.log = log
        self.written: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Write one note."""
        text = record.getMessage()
        if text not in self.written:
            self.written.add(text)
            _append(self.log, text)


@contextlib.contextmanager
def job(snakemake):
    """Run a script's body with its log open, and give it names to write its outputs under.

    Outputs are written as drafts in their own folder and get their names when the body has ended,
    so that a job that is killed, or goes on after Snakemake was killed, never leaves part of a file
    under a name that another job reads.

    Snakemake leaves the declared log of a failing `script:` empty, so the log is written here: a
    user's mistake, a full disk or a signal as one line that starts with "error:", our own as the
    traceback.
    Both also go to the screen, and both end the script with a non-zero exit code.

    Parameters
    ----------
    snakemake : the object Snakemake gives a script; `rule`, `wildcards`, `output` and `log` are read.

    Yields
    ------
    The draft of each named output, as an attribute: a path, or a list of paths; and `say`, which takes a
    line for the log.
    """
    name = " ".join([snakemake.rule, *map(str, snakemake.wildcards)])
    mark = f".draft-{secrets.token_hex(4)}-"
    drafts = {path: str(Path(path).with_name(mark + Path(path).name)) for path in snakemake.output}
    # Python would end in silence, and leave the drafts.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    log = Path(snakemake.log[0])
    notes, logger = _Notes(log), logging.getLogger("il6r")
    logger.setLevel(logging.INFO)
    logger.addHandler(notes)
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(f"start: {name}\n", encoding="utf-8")
        # Drafts of a job that was killed, or of one that outlived its Snakemake and now cannot end.
        _remove(".draft-????????-", drafts)
        yield SimpleNamespace(
            say=functools.partial(_append, log),
            **{
                key: drafts[value] if isinstance(value, str) else [drafts[path] for path in value]
                for key, value in snakemake.output.items()
            },
        )
        for path, draft in drafts.items():
            Path(draft).replace(path)
        _append(log, f"done: {name}")
    except BaseException as error:
        if isinstance(error, OSError) and error.errno is None and _is_full(snakemake.output):
            # pysam does not say why it could not write.
            error.errno = errno.ENOSPC
        # First of all, since a full disk has no room for the log otherwise.
        _remove(mark, drafts)
        sentence = _sentence(error, snakemake.output)
        if sentence is None:
            _append(log, traceback.format_exc().rstrip())
            raise
        print(f"error: {sentence}", file=sys.stderr)
        # Where the disk has no room for one more line either, the screen has said it.
        with contextlib.suppress(OSError):
            _append(log, f"error: {sentence}")
        sys.exit(1)
    finally:
        logger.removeHandler(notes)


def _is_full(outputs) -> bool:
    return shutil.disk_usage(Path(outputs[0]).parent).free < _LITTLE_ROOM


def _remove(mark: str, outputs) -> None:
    """Remove drafts of outputs, and files that were written beside them."""
    for path in map(Path, outputs):
        for draft in path.parent.glob(f"{mark}{path.name}*"):
            draft.unlink(missing_ok=True)


def _append(log: Path, text: str) -> None:
    with log.open("a", encoding="utf-8") as stream:
        print(text, file=stream)


def _sentence(error: BaseException, outputs) -> str | None:
    """What a user is told; None if the error is ours."""
    if isinstance(error, InputError):
        return str(error)
    again = "give the same command again: what was finished is kept"
    if isinstance(error, KeyboardInterrupt):
        return str(InputError("this job", "a signal stopped it (Ctrl-C, scancel, or no time left)", again))
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return str(
            InputError(
                Path(outputs[0]).parent,
                "the disk or the quota is full",
                f"make room, then {again}",
            )
        )
    return None
