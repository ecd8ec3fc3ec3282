"""Files to measure on, made from a fixed seed."""

from pathlib import Path

import numpy as np
import pysam
import pysam.bcftools

POSITION = 154_454_494


def write_cohort_files(folder: Path, *, people: int, records: int) -> dict[str, Path]:
    """A bgzipped VCF and a BCF of the same hard calls, indexed, the study variant in the middle."""
    vcf, bcf = folder / "calls.vcf.gz", folder / "calls.bcf"
    if vcf.exists():
        return {"vcf": vcf, "bcf": bcf}
    rng = np.random.default_rng(1)
    texts = np.array([b"0/0", b"0/1", b"1/1"], dtype=object)
    header = [
        "##fileformat=VCFv4.2",
        "##contig=<ID=chr1,length=248956422>",
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
        "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"])
        + "".join(f"\tS{number}" for number in range(people)),
    ]
    with pysam.BGZFile(str(vcf), "w") as stream:
        stream.write(("\n".join(header) + "\n").encode())
        for number in range(records):
            position = POSITION + 100 * (number - records // 2)
            name = "rs2228145" if position == POSITION else "."
            calls = texts[rng.binomial(2, 0.39, people)]
            start = f"chr1\t{position}\t{name}\tA\tC\t.\tPASS\t.\tGT\t".encode()
            stream.write(start + b"\t".join(calls.tolist()) + b"\n")
    pysam.tabix_index(str(vcf), preset="vcf", force=True)
    pysam.bcftools.view("--no-version", "-Ob", "-o", str(bcf), str(vcf), catch_stdout=False)
    pysam.bcftools.index("-f", str(bcf), catch_stdout=False)
    return {"vcf": vcf, "bcf": bcf}
