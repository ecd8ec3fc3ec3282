"""A cohort read back from any form it may be written in has the same dosages."""

import gzip
import tempfile
from pathlib import Path

import numpy as np
import pysam
import pysam.bcftools
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import STUDY, calls_in

LENGTH = {"GRCh37": 249250621, "GRCh38": 248956422}
CONTIGS = {
    "GRCh37": ["1", "chr1", "NC_000001.10", "CM000663.1"],
    "GRCh38": ["1", "chr1", "NC_000001.11", "CM000663.2"],
}
COMPLEMENT = str.maketrans("ACGT", "TGCA")
# The two alleles of a person, 2 for a third allele; None is a missing call.
people = st.lists(
    st.one_of(st.none(), *(st.tuples(*[st.sampled_from(some)] * 2) for some in ([0, 1], [0, 1, 2]))),
    min_size=2,
    max_size=12,
)
file_form = st.fixed_dictionaries(
    {
        "storage": st.sampled_from(["plain", "gzip", "tbi", "csi", "unindexed", "bcf"]),
        "version": st.sampled_from(["4.0", "4.1", "4.2", "4.3", "4.4"]),
        "swapped": st.booleans(),
        "minus": st.booleans(),
        "split": st.booleans(),
        "phased": st.booleans(),
        "crlf": st.booleans(),
        "field": st.sampled_from(["GT", "DS", "HDS", "GP", "GT:DS", "GT:DS:GP", "GT:HDS"]),
        "build": st.sampled_from(["GRCh37", "GRCh38"]),
        "contig": st.integers(0, 3),
        "neighbours": st.booleans(),
    }
)


def as_text(call, order, form, alts) -> str:
    """One person's sample column in a record whose alleles are `order` (0 other, 1 effect, 2 third)."""
    numbers = None if call is None else sorted((order.index(a) if a in order else 0) for a in call)
    mark = "|" if form["phased"] else "/"
    dosage = [None] * alts if numbers is None else [numbers.count(k) for k in range(1, alts + 1)]
    parts = []
    for key in form["field"].split(":"):
        if numbers is None:
            parts.append({"GT": f".{mark}.", "HDS": ".,."}.get(key, "."))
        elif key == "GT":
            parts.append(mark.join(map(str, numbers)))
        elif key == "DS":
            parts.append(",".join(map(str, dosage)))
        elif key == "HDS":
            parts.append(",".join(str(int(number == 1)) for number in numbers))
        else:
            pairs = [(j, k) for k in range(alts + 1) for j in range(k + 1)]
            parts.append(",".join("1" if list(pair) == numbers else "0" for pair in pairs))
    return ":".join(parts)


def write(path: Path, form: dict, names: list[str], calls: list) -> Path:
    """Write one file of a cohort."""
    bases = {0: STUDY.other_allele, 1: STUDY.effect_allele, 2: "T"}
    third = any(call and 2 in call for call in calls)
    order = [1, 0] if form["swapped"] else [0, 1]
    orders = [[*order, 2]] if third else [order]
    if third and (form["split"] or "HDS" in form["field"]):
        orders = [order, [order[0], 2]]
    contig, at = CONTIGS[form["build"]][form["contig"]], STUDY.positions[form["build"]]
    lines = []
    for alleles in orders:
        text = [bases[a].translate(COMPLEMENT) if form["minus"] else bases[a] for a in alleles]
        cells = [as_text(call, alleles, form, len(alleles) - 1) for call in calls]
        fixed = [contig, at, "rs2228145", text[0], ",".join(text[1:]), ".", "PASS", ".", form["field"]]
        lines.append("\t".join(map(str, fixed + cells)))
    if form["neighbours"]:
        cells = [".:." if ":" in form["field"] else "."] * len(names)
        for place, position, ref, alt in ((0, at - 3, "GTTA", "G"), (len(lines) + 1, at, "A", "AT")):
            fixed = [contig, position, ".", ref, alt, ".", "PASS", ".", "GT"]
            lines.insert(place, "\t".join(map(str, [*fixed, *["0/0" for _ in cells]])))
    keys = [("GT", "1", "String"), ("DS", "A", "Float"), ("HDS", ".", "Float"), ("GP", "G", "Float")]
    header = [
        f"##fileformat=VCFv{form['version']}",
        f"##contig=<ID={contig},length={LENGTH[form['build']]}>",
        *(f'##FORMAT=<ID={k},Number={n},Type={t},Description="{k}">' for k, n, t in keys),
        "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *names]),
    ]
    storage = form["storage"]
    end = "\r\n" if form["crlf"] and storage in ("plain", "gzip") else "\n"
    data = (end.join(header + lines) + end).encode()
    if storage == "plain":
        path = path.with_suffix(".vcf")
        path.write_bytes(data)
    elif storage == "gzip":
        path = path.with_suffix(".vcf.gz")
        path.write_bytes(gzip.compress(data))
    else:
        vcf = path.with_suffix(".vcf.gz")
        with pysam.BGZFile(str(vcf), "w") as stream:
            stream.write(data)
        if storage in ("tbi", "csi"):
            pysam.tabix_index(str(vcf), preset="vcf", force=True, csi=storage == "csi")
        path = vcf
        if storage == "bcf":
            path = path.with_suffix("").with_suffix(".bcf")
            pysam.bcftools.view("-Ob", "-o", str(path), str(vcf), catch_stdout=False)
            pysam.bcftools.index("-f", str(path), catch_stdout=False)
    return path


@settings(max_examples=80, deadline=None, derandomize=True)
@given(calls=people, forms=st.lists(file_form, min_size=1, max_size=3), data=st.data())
def test_whatever_the_form_of_the_files_the_dosages_are_the_same(calls, forms, data):
    order = data.draw(st.permutations(range(len(calls))))
    batches = [list(part) for part in np.array_split(order, min(len(forms), len(calls)))]
    with tempfile.TemporaryDirectory() as folder:
        paths = [
            write(Path(folder, f"f{number}"), form, [f"S{k}" for k in batch], [calls[k] for k in batch])
            for number, (form, batch) in enumerate(zip(forms, batches, strict=False))
        ]
        found = calls_in(*paths)
    assert len(found) == len(calls)
    for k, call in enumerate(calls):
        row = found.loc[f"S{k}"]
        if call is None:
            assert np.isnan(row["dosage"])
            assert row["field"] == "none"
            continue
        assert row["dosage"] == sum(a == 1 for a in call)
        genotype = None if 2 in call else ("AA", "AC", "CC")[sum(call)]
        assert row["genotype"] == genotype
