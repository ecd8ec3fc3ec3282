"""Simulated genotypes as the VCF and BCF files cohorts have: in many forms, of the same or other people."""

import contextlib
import gzip
import heapq
import itertools
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pysam
import pysam.bcftools

from il6r.synthetic.genotypes import Site
from il6r.synthetic.vcf_records import Records
from il6r.variants import Variant

# gzip's own default; Python's, 9, takes genotypes ten times as long for a few percent.
_GZIP_LEVEL = 6


def write_files(
    streams: dict[str, Iterable[Site]],
    paths: list[str],
    forms: list[dict],
    samples: list[str],
    *,
    overlap: int,
    variant: Variant,
    build: str,
    chromosomes: pd.DataFrame,
    seed: int,
) -> None:
    """Write sites to one or more files, and index those that are to be.

    Parameters
    ----------
    streams : sites by what they are ("region", "markers"), each in order of chromosome and position and
        with all people in the order of `samples`. They are read once, a site at a time.
    paths : one for each form, in any folder; its form decides what is written.
    forms : as `config.genotype_forms` gives them.
    overlap : people of the first batch who are in the second too.
    variant, build, chromosomes : see `Records`.
    """
    rows = people_of_files(forms, len(samples), overlap)
    files = [Records(form, variant, build, chromosomes, seed) for form in forms]
    texts = [
        path + ".tmp.vcf.gz" if form["name"].endswith(".bcf") else path for path, form in zip(paths, forms)
    ]
    tagged = (zip(itertools.repeat(kind), sites) for kind, sites in streams.items())
    with contextlib.ExitStack() as stack:
        outputs = [stack.enter_context(_opened(*pair)) for pair in zip(texts, forms, strict=True)]
        for output, file, part in zip(outputs, files, rows, strict=True):
            output.write(file.header(samples[part]))
        for kind, site in heapq.merge(*tagged, key=lambda pair: (int(pair[1].chrom), pair[1].position)):
            for output, file, form, part in zip(outputs, files, forms, rows, strict=True):
                if form["holds"] in (kind, "all"):
                    for line in file.lines(site, part):
                        output.write(line)
    for text, path, form in zip(texts, paths, forms, strict=True):
        if text != path:
            # Without --no-version bcftools would write the date and this machine's paths.
            pysam.bcftools.view("--no-version", "-Ob", "-o", path, text, catch_stdout=False)
            Path(text).unlink()
        if form["index"]:
            pysam.bcftools.index("-f", f"--{form['index']}", path, catch_stdout=False)


def people_of_files(forms: list[dict], people: int, overlap: int) -> list[slice]:
    """Which people are in each file: all, or its batch; batches, in order, differ by at most one.

    The last `overlap` people of the first batch are in the second too.
    """
    batches = [number for number, form in enumerate(forms) if form["people"] == "batch"]
    sizes = [len(part) for part in np.array_split(np.arange(people), max(len(batches), 1))]
    ends = list(itertools.accumulate(sizes, initial=0))
    rows = [slice(0, people)] * len(forms)
    for place, number in enumerate(batches):
        rows[number] = slice(ends[place] - (overlap if place == 1 else 0), ends[place + 1])
    return rows


@contextlib.contextmanager
def _opened(path: str, form: dict):
    """A file to write a form's text to, compressed as it says; BCF is made of bgzipped text."""
    if form["compression"] == "bgzip" or form["name"].endswith(".bcf"):
        with pysam.BGZFile(path, "w", None) as stream:
            yield stream
    elif form["compression"] == "none":
        with open(path, "wb") as stream:
            yield stream
    else:
        # gzip would write the file's name and the time.
        with open(path, "wb") as plain, gzip.GzipFile("", "wb", _GZIP_LEVEL, plain, mtime=0) as stream:
            yield stream
