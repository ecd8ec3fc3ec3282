"""Measure our steps beside their peers: each in turn, several times, medians of whole processes.

    python benchmarks/run.py            all entries
    python benchmarks/run.py NAME       one entry

Prints a table and writes results/benchmarks.tsv. Peer columns are empty where no peer is installed.
"""

import functools
import itertools
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import activity_cwa
import activity_epochs
import activity_signal
import calibrate
import equilibrium
import outcomes_vs_plink2
import pandas as pd
import permutation
import plan_500k
import plates
import structure
from data import write_cohort_files
from measure import Usage, run, run_timed

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


def extraction(name: str, form: str, people: int, records: int, imputed: bool) -> Iterator[dict]:
    """One site by index, from opening the file to dosages in memory, against a whole bcftools query process.

    Then our whole step with imports and tables; then the bcftools that pysam carries.
    """
    folder = Path(_folder().name, f"{people}x{records}")
    path = write_cohort_files(folder, people=people, records=records, imputed=imputed)[form]
    ours = [sys.executable, REPO / "benchmarks" / "extract.py", path]
    field, region = "DS" if imputed else "GT", "chr1:154454494"
    inside = [sys.executable, REPO / "benchmarks" / "bcftools_inside.py", path, region, field]
    bcftools = shutil.which("bcftools")
    theirs = [bcftools, "query", "-r", region, "-f", f"[%SAMPLE\t%{field}\n]", path]
    runs = [
        (run_timed(ours), run([*ours, folder]), run_timed(inside), run(theirs) if bcftools else None)
        for _ in range(RUNS + 1)
    ][1:]
    reading, step, carried, peers = map(list, zip(*runs, strict=True))
    peer = ("bcftools query", peers) if bcftools else ()
    yield row(name, reading, *peer)
    yield row(f"{name}/whole step", step, *peer)
    yield row(f"{name}/pysam.bcftools", carried, *peer)


@functools.cache
def _folder() -> tempfile.TemporaryDirectory:
    """Where the files of several entries are, until the end."""
    return tempfile.TemporaryDirectory()


def _subfolder(name: str) -> Path:
    folder = Path(_folder().name, name)
    folder.mkdir(exist_ok=True)
    return folder


ENTRIES = {
    "study": study,
    "extraction_vcf": lambda: extraction("extraction_vcf", "vcf", 3_000, 50_000, False),
    "extraction_bcf": lambda: extraction("extraction_bcf", "bcf", 3_000, 50_000, False),
    "extraction_vcf_500k": lambda: extraction("extraction_vcf_500k", "vcf", 500_000, 20, True),
    "kinship": lambda: itertools.starmap(row, structure.kinship(_subfolder("structure"))),
    "pca": lambda: itertools.starmap(row, structure.pca(_subfolder("structure"))),
    "structure_hapmap3": lambda: itertools.starmap(row, structure.hapmap3(_subfolder("hapmap3"))),
    "extraction_bcf_500k": lambda: extraction("extraction_bcf_500k", "bcf", 500_000, 20, True),
    "activity_array": lambda: itertools.starmap(row, activity_signal.array(_subfolder("activity"))),
    "activity_cwa": lambda: itertools.starmap(row, activity_cwa.cwa(_subfolder("activity"))),
    "plates": lambda: itertools.starmap(row, plates.plates(_subfolder("plates"))),
    "plan_500k": lambda: itertools.starmap(row, plan_500k.plan_500k(_subfolder("plan_500k"))),
    "outcomes_vs_plink2": lambda: itertools.starmap(row, outcomes_vs_plink2.outcomes(_subfolder("outcomes"))),
    "permutation": lambda: itertools.starmap(row, permutation.permutations(_subfolder("permutation"))),
    "calibrate": lambda: itertools.starmap(row, calibrate.calibrate()),
    "equilibrium": lambda: itertools.starmap(row, equilibrium.equilibrium(_subfolder("equilibrium"))),
    "activity_epochs": lambda: itertools.starmap(row, activity_epochs.epochs(_subfolder("activity_epochs"))),
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
