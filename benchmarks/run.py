"""Measure our steps beside their peers: each in turn, several times, medians of whole processes.

    python benchmarks/run.py            all entries
    python benchmarks/run.py NAME       one entry

Prints a table and writes results/benchmarks.tsv. Peer columns are empty where no peer is installed.
"""

import functools
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from data import write_cohort_files
from measure import Usage, run

REPO = Path(__file__).resolve().parent.parent
RUNS = 5
COLUMNS = [
    "name",
    "ours_seconds",
    "ours_peak_mb",
    "peer",
    "peer_seconds",
    "peer_peak_mb",
    "ratio",
]


def row(name: str, ours: list[Usage], peer: str = "", theirs: list[Usage] = ()) -> dict:
    """One line of the table: medians, and how many times the peer's time ours takes."""
    found = {
        "name": name,
        "ours_seconds": statistics.median(usage.seconds for usage in ours),
        "ours_peak_mb": statistics.median(usage.peak_mb for usage in ours),
        "peer": peer,
    }
    if theirs:
        found["peer_seconds"] = statistics.median(usage.seconds for usage in theirs)
        found["peer_peak_mb"] = statistics.median(usage.peak_mb for usage in theirs)
        found["ratio"] = found["ours_seconds"] / found["peer_seconds"]
    return found


def study() -> Iterator[dict]:
    """The default study, whole and by stage (stages: sums over jobs of Snakemake's own measurements)."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "snakemake", "-c2", "--snakefile", REPO / "Snakefile"]
        yield row("study", [run([*command, "--directory", folder], cwd=REPO)])
        stages = {}
        for smk in sorted((REPO / "workflow" / "rules").glob("*.smk")):
            for line in smk.read_text().splitlines():
                if '"../scripts/' in line:
                    stages[Path(line.strip().strip('",')).stem] = smk.stem
        usages: dict[str, list[Usage]] = {}
        for path in sorted(Path(folder, "results", "benchmarks").rglob("*.tsv")):
            name = path.parent.name if path.parent.name != "benchmarks" else path.stem
            job = pd.read_csv(path, sep="\t").iloc[0]
            peak = pd.to_numeric(job["max_rss"], errors="coerce")
            usages.setdefault(stages[name], []).append(Usage(job["s"], 0 if pd.isna(peak) else peak))
        for stage, jobs in usages.items():
            seconds = sum(usage.seconds for usage in jobs)
            yield row(f"study/{stage}", [Usage(seconds, max(usage.peak_mb for usage in jobs))])


def extraction(form: str) -> Iterator[dict]:
    """One site out of 3,000 people x 50,000 records, by index: our whole step against bcftools query."""
    path = write_cohort_files(Path(_folder().name), people=3_000, records=50_000)[form]
    ours = [sys.executable, REPO / "benchmarks" / "extract.py", path]
    bcftools = shutil.which("bcftools")
    theirs = [bcftools, "query", "-r", "chr1:154454494", "-f", "[%SAMPLE\t%GT\n]", path]
    run(ours, cwd=REPO)
    pairs = [(run(ours, cwd=REPO), run(theirs) if bcftools else None) for _ in range(RUNS)]
    first, second = zip(*pairs, strict=True)
    peer = ("bcftools query", second) if bcftools else ("", ())
    yield row(f"extraction_{form}", list(first), *peer)


@functools.cache
def _folder() -> tempfile.TemporaryDirectory:
    """Where the files of several entries are, until the end."""
    return tempfile.TemporaryDirectory()


ENTRIES = {
    "study": study,
    "extraction_vcf": lambda: extraction("vcf"),
    "extraction_bcf": lambda: extraction("bcf"),
}


def main(names: list[str]) -> None:
    """Measure the named entries, or all."""
    unknown = set(names) - set(ENTRIES)
    if unknown:
        sys.exit(f"error: there is no benchmark '{unknown.pop()}'; choose from {', '.join(ENTRIES)}")
    rows = [found for name in names or ENTRIES for found in ENTRIES[name]()]
    table = pd.DataFrame(rows, columns=COLUMNS)
    print(table.to_string(index=False, float_format=lambda value: f"{value:.3g}", na_rep=""))
    target = REPO / "results" / "benchmarks.tsv"
    table.to_csv(target, sep="\t", index=False, float_format="%.4g")
    print(f"written: {target.relative_to(REPO)}")


if __name__ == "__main__":
    if shutil.which("bcftools") is None:
        print("bcftools is not installed: its columns stay empty", file=sys.stderr)
    try:
        main(sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: {error}")
