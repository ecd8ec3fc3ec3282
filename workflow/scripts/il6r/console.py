"""What does Snakemake's own log say, and what of it stands last on the screen when a run ends?"""

import re
from pathlib import Path

_RUN = re.compile(r"SLURM run ID: (\S+)")
_ERROR = re.compile(r"( *)(?:message: )?Error in (rule|group) (\w+)")
_LOG = re.compile(r" +log: (.+?)(?: \(check log file\(s\).*)?$")
# What Slurm writes into a job's log when it ends the job.
_SLURM = re.compile(r"slurmstepd.* error: (.*(?:memory|CANCELLED|TIME LIMIT|oom|OOM).*)")


def slurm_run(snakemake_log: str) -> str:
    """The name that a run gives its Slurm jobs, from Snakemake's own log; empty if there is none."""
    found = _RUN.search(snakemake_log)
    return found.group(1) if found else ""


def failures(snakemake_log: str) -> list[str]:
    """For each job that failed for good: which, where its log is, and the last line in it.

    Where the last line says that the job had begun, or nothing, it was stopped from outside, and what
    Slurm says about that follows. Where several rules ran as one Slurm job, those that ended well, or never
    began because another had failed, are left out.

    Parameters
    ----------
    snakemake_log : the text of the log Snakemake keeps of the whole run.
    """
    failed, stopped = {}, {}
    for name, log, slurm_log in _failed_jobs(snakemake_log):
        last = _last_line(log)
        if last.startswith("done: "):
            continue
        if last and not last.startswith("start: "):
            failed[name, log] = (slurm_log, f"{name} failed; its log: {log}\n{last}")
        else:
            stopped[name, log] = (slurm_log, bool(last))
    explained = {slurm_log for slurm_log, _ in failed.values()} - {None}
    begun = {slurm_log for slurm_log, had_begun in stopped.values() if had_begun} - {None}
    messages = [message for _, message in failed.values()]
    for (name, log), (slurm_log, had_begun) in stopped.items():
        if slurm_log in explained or (slurm_log in begun and not had_begun):
            continue
        messages.append(
            f"{name} was stopped before it had ended (no memory or time left, or a machine that failed); "
            f"its log: {log}" + _slurms_words(slurm_log)
        )
        explained |= {slurm_log} - {None}
    return messages


def _failed_jobs(text: str) -> list[tuple[str, str, str | None]]:
    """Rule, its log, and Slurm's log or None, of every failure; the last one of a job that was retried."""
    jobs: dict[tuple[str, str], str | None] = {}
    kind, name = "", ""
    group_log = None
    for line in text.splitlines():
        if error := _ERROR.match(line):
            indent, kind, name = error.groups()
            if not indent and kind == "rule":
                group_log = None
        elif (log := _LOG.match(line)) and kind:
            paths = log.group(1).split(", ")
            if kind == "group":
                group_log = paths[0]
            else:
                jobs[name, paths[0]] = paths[1] if len(paths) > 1 else group_log
            kind = ""
    return [(name, log, slurm_log) for (name, log), slurm_log in jobs.items()]


def _last_line(path: str) -> str:
    lines = Path(path).read_text(encoding="utf-8").split("\n") if Path(path).is_file() else []
    return next((line for line in reversed(lines) if line.strip()), "")


def _slurms_words(path: str | None) -> str:
    if path is None:
        return ""
    found = (
        _SLURM.findall(Path(path).read_text(encoding="utf-8", errors="replace"))
        if Path(path).is_file()
        else []
    )
    return f"\n{found[-1] if found else 'Slurm gives no reason'} (Slurm's log: {path})"
