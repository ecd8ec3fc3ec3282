"""Files made to break parsers: each ends as calls equal to bcftools', "not found", or one sentence."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from conftest import REPO, program, real
from reading import frame

from il6r.errors import InputError
from il6r.genotypes.calls import Options, extract_calls
from il6r.genotypes.vcf import VcfFile, chromosome
from il6r.variants import Variant

MEMORY_MB, SECONDS = 1000, 120
# As `python test_vcf_corpus.py FOLDER` this file reads the corpus in a process of its own (see below).
_VARIANTS = 3


def variants_of(path):
    """The first SNVs of a file, as variants to read from it."""
    found = {}
    for record in VcfFile(path).records():
        chrom = chromosome(record.contig)
        if chrom and len(found) < _VARIANTS and record.alts and record.columns.keys:
            ref, alt = record.ref, record.alts[0]
            if {ref, alt} <= set("ACGT"):
                positions = {"GRCh37": record.position, "GRCh38": 10**9}
                found[record.contig, record.position] = Variant(
                    "rs1", tuple(record.id.split(";")), chrom, positions, ref, alt, alt, "", "", ()
                )
    return found


def read(path):
    """What becomes of one file: its calls by variant, None if it has none, or a sentence."""
    try:
        found = variants_of(path)
        calls = {}
        for (contig, position), variant in found.items():
            cohort = extract_calls(
                [str(path)], [None], {"rs1": variant}, variant, Options(build="GRCh37", fields=["GT"])
            )
            found = frame(cohort, variant)
            said = found["dosage"].astype(object).where(found["dosage"].notna(), None)
            said[found["field"] == "conflict"] = "conflict"
            calls[f"{contig}:{position}:{variant.alt}"] = said.to_dict()
    except InputError as error:
        return str(error)
    return calls or None


def theirs(path, place):
    """bcftools' count of the ALT allele of each sample in complete diploid calls, over all lines with it."""
    contig, position, alt = place.split(":")
    form = "%REF\t%ALT[\t%SAMPLE=%GT]\n"
    place = ["-t", f"{contig}:{position}", "-i", f"POS={position}"]
    done = subprocess.run(
        [program("bcftools"), "query", *place, "-f", form, path], capture_output=True, text=True
    )
    if "no such tag" in done.stderr:
        return {}
    assert done.returncode == 0, done.stderr
    calls: dict[str, set[int]] = {}
    for line in done.stdout.splitlines():
        ref, alts, *cells = line.split("\t")
        alleles = [ref, *alts.split(",")]
        for sample, text in (cell.rsplit("=", 1) for cell in cells if alt in alleles):
            numbers = text.replace("|", "/").split("/")
            if len(numbers) == 2 and "." not in numbers:
                calls.setdefault(sample, set()).add(numbers.count(str(alleles.index(alt))))
    # Two lines that differ about somebody leave no call.
    return {sample: found.pop() for sample, found in calls.items() if len(found) == 1}


def test_every_file_is_read_as_bcftools_reads_it_or_refused_in_a_sentence(capsys):
    folder = real("vcf-corpus")
    program("bcftools")
    paths = f"{REPO / 'workflow' / 'scripts'}:{REPO / 'tests'}"
    done = subprocess.run(
        [sys.executable, __file__, folder],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["peak_mb"] < MEMORY_MB
    outcomes = {}
    for name, calls in result["files"].items():
        if isinstance(calls, dict):
            outcomes[name] = "equal to bcftools"
            for place, ours in calls.items():
                # Two records of a file may give one person two genotypes.
                disagree = {sample for sample, said in ours.items() if said == "conflict"}
                expected = {s: d for s, d in theirs(folder / name, place).items() if s not in disagree}
                assert {s: d for s, d in ours.items() if d not in (None, "conflict")} == expected, name
                if disagree:
                    outcomes[name] = f"equal to bcftools, but its records disagree about {len(disagree)}"
        elif calls is None:
            outcomes[name] = "not found"
        else:
            assert calls.count("\n") == 0
            assert calls.endswith(".")
            outcomes[name] = calls.split(": ", 1)[1].split(" (")[0].split(";")[0]
    table = pd.Series(outcomes, name="outcome").rename_axis("file").sort_index()
    with capsys.disabled():
        print(f"\n{table.value_counts().to_string()}\n")
    expected = pd.read_csv(REPO / "tests" / "peers" / "vcf_corpus.tsv", sep="\t", index_col="file")["outcome"]
    assert table.to_dict() == expected.to_dict()


if __name__ == "__main__":
    from pathlib import Path

    root = Path(sys.argv[1])
    paths = [p for p in sorted(root.rglob("*")) if p.name.endswith((".vcf", ".vcf.gz", ".bcf"))]
    files = {str(path.relative_to(root)): read(path) for path in paths}
    # Of this program alone: the peak that getrusage tells is at least that of the process it was forked from.
    status = Path("/proc/self/status").read_text()
    peak_mb = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024
    print(
        json.dumps(
            {"files": files, "peak_mb": peak_mb}, default=lambda value: None if np.isnan(value) else value
        )
    )
