"""Simulated genotypes as the VCF and BCF files cohorts have: sequenced or imputed, indexed."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pysam
import pysam.bcftools

from il6r import seeds
from il6r.synthetic.genotypes import Site

_LENGTHS = {"GRCh37": 249250621, "GRCh38": 248956422}
# How wrong an imputed call may be: the chance that the reference panel says nothing about a person
# at a site, on an even grid.
_UNINFORMATIVE = np.linspace(0.0, 0.08, 9)


def write_files(
    sites: Iterable[Site],
    paths: list[str],
    samples: list[list[str]],
    *,
    build: str,
    contig: str,
    imputed: bool,
    missing_rate: float,
    seed: int,
) -> None:
    """Write sites to one or more files of different people, and index them (tbi, or csi for BCF).

    Parameters
    ----------
    sites : in order of position; each holds all people, in the order of the files' samples.
    paths : ending in .vcf.gz or .bcf.
    samples : the people of each file.
    imputed : GT:DS:GP with an R2 per record instead of phased GT.
    missing_rate : share of sequenced calls that are missing.
    """
    rng = seeds.generator(seed, "calls")
    header = _header(build, contig, imputed)
    texts = [path if path.endswith(".vcf.gz") else path + ".tmp.vcf.gz" for path in paths]
    streams = [pysam.BGZFile(text, "w") for text in texts]
    for stream, names in zip(streams, samples, strict=True):
        columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *names]
        stream.write((header + "\t".join(columns) + "\n").encode())
    ends = np.cumsum([len(names) for names in samples])
    for site in sites:
        if imputed and len(site.alleles) > 2:
            continue  # imputation servers return biallelic records
        info, columns = _imputed(site, rng) if imputed else (".", _sequenced(site, missing_rate, rng))
        fixed = [contig, site.position, site.id, site.alleles[0], ",".join(site.alleles[1:])]
        keys = "GT:DS:GP" if imputed else "GT"
        start = "\t".join(map(str, [*fixed, ".", "PASS", info, keys])).encode()
        for stream, part in zip(streams, np.split(columns, ends[:-1]), strict=True):
            stream.write(start + b"\t" + b"\t".join(part.tolist()) + b"\n")
    for stream, text, path in zip(streams, texts, paths, strict=True):
        stream.close()
        if text == path:
            pysam.tabix_index(path, preset="vcf", force=True)
        else:
            # Without --no-version bcftools would write the date and this machine's paths.
            pysam.bcftools.view("--no-version", "-Ob", "-o", path, text, catch_stdout=False)
            pysam.bcftools.index("-f", path, catch_stdout=False)
            Path(text).unlink()


def split_evenly(samples: list[str], files: int) -> list[list[str]]:
    """The samples of each file, in order, in parts that differ by at most one."""
    return [list(part) for part in np.array_split(samples, files)]


def _header(build: str, contig: str, imputed: bool) -> str:
    lines = [
        "##fileformat=VCFv4.2",
        '##FILTER=<ID=PASS,Description="All filters passed">',
        f"##contig=<ID={contig},length={_LENGTHS[build]}>",
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    ]
    if imputed:
        lines += [
            '##INFO=<ID=R2,Number=1,Type=Float,Description="Estimated imputation quality">',
            '##FORMAT=<ID=DS,Number=A,Type=Float,Description="ALT allele dosage">',
            '##FORMAT=<ID=GP,Number=G,Type=Float,Description="Genotype probabilities">',
        ]
    return "\n".join(lines) + "\n"


def _sequenced(site: Site, missing_rate: float, rng: np.random.Generator) -> np.ndarray:
    texts = np.array([f"{a}|{b}".encode() for a in range(3) for b in range(3)] + [b".|."], dtype=object)
    pairs = site.haplotypes.reshape(-1, 2)
    codes = 3 * pairs[:, 0] + pairs[:, 1]
    codes[rng.random(codes.size, dtype=np.float32) < missing_rate] = 9
    return texts[codes]


def _imputed(site: Site, rng: np.random.Generator) -> tuple[str, np.ndarray]:
    """INFO and GT:DS:GP such that the expected genotype given DS is DS, as in a calibrated imputation.

    A person's haplotypes match the panel with a chance that varies; where they do not, the observed
    genotype is a draw from the population, and the posterior says so.
    """
    genotype = site.haplotypes.reshape(-1, 2).sum(axis=1)
    p = genotype.mean() / 2
    prior = np.array([(1 - p) ** 2, 2 * p * (1 - p), p**2])
    level = rng.integers(0, len(_UNINFORMATIVE), genotype.size)
    draw = np.searchsorted(np.cumsum(prior), rng.random(genotype.size)).clip(0, 2)
    wrong = rng.random(genotype.size) < _UNINFORMATIVE[level]
    observed = np.where(wrong, draw, genotype)
    texts, dosages = [], []
    for uninformative in _UNINFORMATIVE:
        for seen in range(3):
            posterior = uninformative * prior + (1 - uninformative) * (np.arange(3) == seen)
            rounded = np.round(posterior, 3)
            rounded[seen] = round(1 - rounded[[k for k in range(3) if k != seen]].sum(), 3)
            dosage = round(rounded[1] + 2 * rounded[2], 3)
            call = ("0|0", "0|1", "1|1")[int(np.argmax(rounded))]
            gp = ",".join(f"{value:g}" for value in rounded)
            texts.append(f"{call}:{dosage:g}:{gp}".encode())
            dosages.append(dosage)
    codes = 3 * level + observed
    ds = np.array(dosages)[codes]
    quality = ds.var() / max(2 * p * (1 - p), 1e-9)
    return f"R2={min(quality, 1.0):.3f}", np.array(texts, dtype=object)[codes]
