"""Relatives and principal components of 50,000 simulated people and of HapMap 3, beside PLINK 2.

`kinship`, `pca` and `hapmap3` give the arguments of `run.row`. As a program,

    python benchmarks/structure.py kinship|pca|describe FOLDER

it is our process that they measure, on the data set that they have written to FOLDER.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import allel
import numpy as np
import pandas as pd
from measure import Usage, run

REPO = Path(__file__).resolve().parent.parent
sys.path.append(str(REPO / "workflow" / "scripts"))

from il6r.genotypes.ancestry import components  # noqa: E402
from il6r.genotypes.kinship import related_pairs  # noqa: E402
from il6r.genotypes.markers import Markers  # noqa: E402
from il6r.genotypes.structure import describe_structure  # noqa: E402

HAPMAP = REPO.parent / "shared" / "real" / "genotypes" / "hapmap3_grch37.vcf.gz"
PEOPLE, SNPS, POPULATIONS, F_ST, DUPLICATES = 50_000, 20_000, 4, 0.1, 100
# A PLINK 1 .bed file begins with these bytes; 0, 1 and 2 ALT alleles are 3, 2 and 0 in it, missing is 1.
BED_MAGIC, BED_CODES = bytes([0x6C, 0x1B, 0x01]), np.array([3, 2, 0, 1], dtype=np.uint8)
RUNS = 3


def kinship(folder: Path) -> Iterator[tuple[str, list[Usage], str, list[Usage]]]:
    """All pairs of 50,000 people, of which 100 are duplicates."""
    write_structured_cohort(folder)
    peer = ["--bfile", "cohort", "--make-king", "triangle", "bin4", "--out", "king"]
    yield "kinship_50000", *_beside("kinship", folder, peer, "plink2 --make-king", runs=1)


def pca(folder: Path) -> Iterator[tuple[str, list[Usage], str, list[Usage]]]:
    """Ten components of 50,000 people of four populations."""
    write_structured_cohort(folder)
    peer = ["--bfile", "cohort", "--pca", "approx", "10", "--out", "pca"]
    yield "pca_50000", *_beside("pca", folder, peer, "plink2 --pca approx", runs=1)


def hapmap3(folder: Path) -> Iterator[tuple[str, list[Usage], str, list[Usage]]]:
    """Quality, relatives, pruning and components of HapMap 3; PLINK 2 does relatives and components."""
    if HAPMAP.exists():
        write_hapmap3(folder)
        peer = ["--bfile", "cohort", "--make-king", "triangle", "bin4", "--pca", "10", "--out", "both"]
        yield "structure_hapmap3", *_beside("describe", folder, peer, "plink2 --make-king --pca", runs=RUNS)


def write_structured_cohort(folder: Path) -> None:
    """Balding-Nichols calls of four populations, the last people copies of the first ones."""
    if (folder / "cohort.fam").exists():
        return
    rng = np.random.default_rng(1)
    population = np.arange(PEOPLE) * POPULATIONS // PEOPLE
    spread = (1 - F_ST) / F_ST
    calls = np.lib.format.open_memmap(folder / "calls.npy", "w+", dtype=np.int8, shape=(SNPS, PEOPLE))
    for row in calls:
        ancestral = rng.uniform(0.1, 0.9)
        frequency = rng.beta(ancestral * spread, (1 - ancestral) * spread, POPULATIONS)[population]
        row[:] = (rng.random((2, PEOPLE), dtype=np.float32) < frequency).sum(axis=0)
        row[-DUPLICATES:] = row[:DUPLICATES]
    chromosome = np.arange(SNPS) * 22 // SNPS + 1
    _write_sites(folder, calls, chromosome, 100_000 * np.arange(1, SNPS + 1))


def write_hapmap3(folder: Path) -> None:
    """HapMap 3 as arrays and for PLINK 2."""
    read = allel.read_vcf(str(HAPMAP), fields=["variants/CHROM", "variants/POS", "calldata/GT"])
    calls = allel.GenotypeArray(read["calldata/GT"]).to_n_alt(fill=-1).astype(np.int8)
    chromosome = read["variants/CHROM"].astype(int)
    order = np.lexsort((read["variants/POS"], chromosome))
    np.save(folder / "calls.npy", calls[order])
    _write_sites(folder, calls[order], chromosome[order], read["variants/POS"][order])


def _write_sites(folder: Path, calls, chromosome, position) -> None:
    """What goes with calls.npy: sites for us; .bed, .bim and .fam for PLINK 2."""
    np.savez(folder / "sites.npz", chromosome=chromosome, position=position)
    people = calls.shape[1]
    shifts = np.array([0, 2, 4, 6], dtype=np.uint8)
    with open(folder / "cohort.bed", "wb") as bed:
        bed.write(BED_MAGIC)
        for row in calls:
            padded = np.zeros(-(-people // 4) * 4, dtype=np.uint8)
            padded[:people] = BED_CODES[row]
            bed.write(np.bitwise_or.reduce(padded.reshape(-1, 4) << shifts, axis=1).tobytes())
    sites = enumerate(zip(chromosome.tolist(), position.tolist(), strict=True))
    (folder / "cohort.bim").write_text(
        "".join(f"{chrom}\tsnp{k}\t0\t{pos}\tC\tA\n" for k, (chrom, pos) in sites)
    )
    (folder / "cohort.fam").write_text("".join(f"0\tS{k}\t0\t0\t0\t-9\n" for k in range(people)))


def _beside(step: str, folder: Path, peer: list[str], name: str, *, runs: int):
    ours = [sys.executable, __file__, step, folder]
    first = [run(ours, cwd=REPO) for _ in range(runs)]
    plink2 = shutil.which("plink2")
    if plink2 is None:
        return first, "", []
    # As many threads as BLAS has here.
    return first, name, [run([plink2, *peer, "--threads", "2"], cwd=folder) for _ in range(runs)]


def _step(step: str, folder: Path) -> None:
    calls = np.load(folder / "calls.npy")
    n = calls.shape[1]
    samples = [f"S{k}" for k in range(n)]
    if step == "kinship":
        related_pairs(calls, samples)
    elif step == "pca":
        components(calls, np.ones(n, dtype=bool))
    else:
        sites = np.load(folder / "sites.npz")
        markers = Markers(samples, sites["chromosome"], sites["position"], calls, "GRCh37")
        regions = pd.read_csv(REPO / "resources" / "long_range_ld.tsv", sep="\t")
        describe_structure(markers, np.full(n, None, dtype=object), regions)


if __name__ == "__main__":
    _step(sys.argv[1], Path(sys.argv[2]))
