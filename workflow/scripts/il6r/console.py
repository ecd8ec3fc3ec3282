"""What stands last on the screen when a run ends?"""

import re
from pathlib import Path

# How Snakemake's own log introduces a failed job and names its log file.
_FAILED = re.compile(r"Error in rule (\w+)[\s\S]*?\n\s+log: (\S+)")


def failures(snakemake_log: str) -> list[str]:
    """For each job that failed: which, where its log is, and the last line in it.

    Parameters
    ----------
    snakemake_log : the text of the log Snakemake keeps of the whole run.
    """
    messages = []
    for name, log in dict.fromkeys(_FAILED.findall(snakemake_log)):
        lines = Path(log).read_text().splitlines() if Path(log).is_file() else []
        last = lines[-1] if lines else "the log is empty"
        messages.append(f"{name} failed; its log: {log}\n{last}")
    return messages
