"""A valid cohort of 60 people as plain files, for tests that then spoil one thing."""

from pathlib import Path

import numpy as np
import pysam
import yaml

PEOPLE = 60
POSITION = 154454494


def write(folder: Path) -> dict:
    """Write data/ and config.yaml below `folder`; returns the configuration."""
    rng = np.random.default_rng(60)
    data = folder / "data"
    data.mkdir(parents=True)
    dosage = np.array([0, 1, 2, 1, 0, 1] * 10)
    write_vcf(data / "calls.vcf.gz", dosage)
    sex = np.array(["female", "male"])[np.arange(PEOPLE) % 2]
    age = rng.integers(25, 70, PEOPLE)
    rows = [f"P{i:03d}\tS{i:03d}\t{age[i]}\t{sex[i]}" for i in range(PEOPLE)]
    lines(data / "participants.tsv", ["participant\tsample\tage\tsex", *rows])
    sil6r = np.exp(np.log(30) + 0.4 * dosage + rng.normal(0, 0.28, PEOPLE))
    rows = [f"P{i:03d},sIL-6R,{sil6r[i]:.2f},ng/mL,2025-03-10" for i in range(PEOPLE)]
    lines(data / "assays.csv", ["participant,analyte,value,unit,date", *rows])
    enmo = np.exp(np.log(30) - 0.06 * dosage + rng.normal(0, 0.3, PEOPLE))
    rows = [
        f"P{i:03d},2025-03-{day:02d},{enmo[i] * np.exp(rng.normal(0, 0.2)):.2f},22.5"
        for i in range(PEOPLE)
        for day in range(3, 10)
    ]
    lines(data / "activity.csv", ["participant,date,enmo_mg,wear_h", *rows])
    config = {
        "cohorts": {
            "small": {
                "genotypes": {"files": ["data/calls.vcf.gz"]},
                "participants": {"file": "data/participants.tsv"},
                "assays": {"file": "data/assays.csv"},
                "activity": {"file": "data/activity.csv"},
                "covariates": {"sil6r": ["age", "sex"], "activity": ["age", "sex"]},
            }
        }
    }
    configure(folder, config)
    return config


def configure(folder: Path, config: dict) -> None:
    """Write the configuration."""
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))


def lines(path: Path, rows: list[str]) -> None:
    """Write a text file from its lines."""
    path.write_text("\n".join(rows) + "\n")


def edit(path: Path, line: int, old: str, new: str) -> None:
    """Replace `old` by `new` on one line (counted from 1) of a text file."""
    rows = path.read_text().splitlines()
    assert old in rows[line - 1], rows[line - 1]
    rows[line - 1] = rows[line - 1].replace(old, new)
    lines(path, rows)


def vcf_text(
    calls: list[str],
    *,
    contig="chr1",
    length=248956422,
    position=POSITION,
    name="rs2228145",
    ref="A",
    alt="C",
    info=".",
    keys="GT",
    samples=None,
) -> str:
    """A VCF with one record; `calls` are the sample columns as text."""
    samples = samples or [f"S{i:03d}" for i in range(len(calls))]
    contig_line = f"##contig=<ID={contig}{f',length={length}' if length else ''}>"
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples]
    record = [contig, str(position), name, ref, alt, ".", "PASS", info, keys, *calls]
    header = [
        "##fileformat=VCFv4.2",
        '##FILTER=<ID=PASS,Description="All filters passed">',
        contig_line,
        '##INFO=<ID=R2,Number=1,Type=Float,Description="Imputation quality">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
        '##FORMAT=<ID=DS,Number=A,Type=Float,Description="Dosage">',
        '##FORMAT=<ID=GP,Number=G,Type=Float,Description="Genotype probabilities">',
    ]
    return "\n".join([*header, "\t".join(columns), "\t".join(record)]) + "\n"


def write_vcf(path: Path, dosage, index=True, **record) -> None:
    """Write hard calls as a bgzipped VCF with an index, or as plain text by the file's name."""
    calls = [("0/0", "0/1", "1/1")[copies] for copies in dosage]
    text = vcf_text(calls, **record)
    if path.suffix != ".gz":
        path.write_text(text)
        return
    with pysam.BGZFile(str(path), "w") as stream:
        stream.write(text.encode())
    if index:
        pysam.tabix_index(str(path), preset="vcf", force=True)
