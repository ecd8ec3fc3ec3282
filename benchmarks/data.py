"""Files to measure on, made from a fixed seed."""

from pathlib import Path

import numpy as np
import pysam
import pysam.bcftools

POSITION = 154_454_494
# How many different calls an imputed record has here; DS and GP have three decimals.
_POSTERIORS = 4_000


def write_cohort_files(folder: Path, *, people: int, records: int, imputed: bool) -> dict[str, Path]:
    """A bgzipped VCF and a BCF of the same calls, indexed, the study variant in the middle.

    Hard calls; or, imputed, GT:DS:GP.
    """
    folder.mkdir(exist_ok=True)
    vcf, bcf = folder / "calls.vcf.gz", folder / "calls.bcf"
    if vcf.exists():
        return {"vcf": vcf, "bcf": bcf}
    rng = np.random.default_rng(1)
    header = [
        "##fileformat=VCFv4.2",
        "##contig=<ID=chr1,length=248956422>",
        '##INFO=<ID=R2,Number=1,Type=Float,Description="Imputation quality">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
        '##FORMAT=<ID=DS,Number=A,Type=Float,Description="Dosage">',
        '##FORMAT=<ID=GP,Number=G,Type=Float,Description="Genotype probabilities">',
        "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"])
        + "".join(f"\tS{number:07d}" for number in range(people)),
    ]
    info, keys = ("R2=0.95", "GT:DS:GP") if imputed else (".", "GT")
    with pysam.BGZFile(str(vcf), "w") as stream:
        stream.write(("\n".join(header) + "\n").encode())
        for number in range(records):
            position = POSITION + 100 * (number - records // 2)
            name = "rs2228145" if position == POSITION else "."
            start = f"chr1\t{position}\t{name}\tA\tC\t.\tPASS\t{info}\t{keys}\t".encode()
            calls = _imputed(rng, people) if imputed else _hard(rng, people)
            stream.write(start + b"\t".join(calls.tolist()) + b"\n")
    pysam.tabix_index(str(vcf), preset="vcf", force=True)
    pysam.bcftools.view("--no-version", "-Ob", "-o", str(bcf), str(vcf), catch_stdout=False)
    pysam.bcftools.index("-f", str(bcf), catch_stdout=False)
    return {"vcf": vcf, "bcf": bcf}


def _hard(rng: np.random.Generator, people: int) -> np.ndarray:
    return np.array([b"0/0", b"0/1", b"1/1"], dtype=object)[rng.binomial(2, 0.39, people)]


def _imputed(rng: np.random.Generator, people: int) -> np.ndarray:
    prior = np.array([0.3721, 0.4758, 0.1521])
    seen = rng.choice(3, _POSTERIORS, p=prior)
    sure = (1 - 0.2 * rng.random(_POSTERIORS) ** 3)[:, None]
    thousandths = np.round(1000 * (sure * np.eye(3)[seen] + (1 - sure) * prior)).astype(int)
    thousandths[np.arange(_POSTERIORS), seen] += 1000 - thousandths.sum(axis=1)
    texts = [
        f"{('0|0', '0|1', '1|1')[np.argmax(row)]}:{(row[1] + 2 * row[2]) / 1000:g}:"
        + ",".join(f"{value / 1000:g}" for value in row)
        for row in thousandths
    ]
    return np.array([text.encode() for text in texts], dtype=object)[rng.integers(0, _POSTERIORS, people)]
