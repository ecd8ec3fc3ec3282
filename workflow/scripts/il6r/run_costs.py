"""How long did each rule take, and how much memory, by what Snakemake measured of its jobs?"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# What a rule's jobs took, beside their measurements: no part of what a rerun gives again.
FILE = "rules.tsv"


class Cost(NamedTuple):
    """What the jobs of one rule took.

    Attributes
    ----------
    rule, jobs : the rule, and how many of its jobs were measured.
    seconds : of all jobs together; longest_s : of the longest one.
    cpu_s : processor time of all jobs; missing where jobs were too short to be looked at.
    memory_mb : the most that one job held (resident set), in MiB; missing likewise.
    """

    rule: str
    jobs: int
    seconds: float
    longest_s: float
    cpu_s: float | None
    memory_mb: float | None


def costs(folder: Path) -> Iterator[Cost]:
    """What each rule's jobs took, by the name of the rule.

    Parameters
    ----------
    folder : where the benchmarks lie: RULE.tsv, or RULE/ with a file a job.
    """
    rules: dict[str, list[dict[str, str]]] = {}
    for path in sorted(folder.rglob("*.tsv")):
        if path.name != FILE:
            rule = path.relative_to(folder).parts[0].removesuffix(".tsv")
            with path.open(encoding="utf-8", newline="") as stream:
                rules.setdefault(rule, []).extend(csv.DictReader(stream, delimiter="\t"))
    for rule, jobs in sorted(rules.items()):
        seconds = _known(jobs, "s")
        cpu, memory = _known(jobs, "cpu_time"), _known(jobs, "max_rss")
        yield Cost(
            rule,
            len(jobs),
            sum(seconds),
            max(seconds, default=0.0),
            sum(cpu) if cpu else None,
            max(memory, default=None),
        )


def write(folder: Path) -> None:
    """Write the costs beside the benchmarks, where there are any."""
    if not folder.is_dir():
        return
    with (folder / FILE).open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream, delimiter="\t", lineterminator="\n")
        lines.writerow(Cost._fields)
        for cost in costs(folder):
            lines.writerow(
                "NA" if one is None else f"{one:.1f}" if isinstance(one, float) else one for one in cost
            )


def _known(jobs: list[dict[str, str]], key: str) -> list[float]:
    return [float(job[key]) for job in jobs if job.get(key, "NA") not in ("NA", "-", "")]
