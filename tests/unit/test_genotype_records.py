"""Records in all the shapes in which cohorts hold one variant."""

import numpy as np
import pandas as pd
import pysam
import pysam.bcftools
import pytest
from reading import CATALOGUE, calls_in, extract, frame
from small_cohort import POSITION, vcf_text

from il6r.errors import InputError
from il6r.genotypes.columns import BEYOND, TextColumns
from il6r.genotypes.index import read_index
from il6r.genotypes.vcf import VcfFile


def record(position, ref, alt, calls, info=".", keys="GT", contig="chr1", quality="PASS"):
    return "\t".join([contig, str(position), ".", ref, alt, ".", quality, info, keys, *calls]) + "\n"


def vcf(path, *records, samples=None, version="4.2"):
    """A file with these records."""
    names = samples or [f"S{k}" for k in range(len(records[0].rstrip("\n").split("\t")) - 9)]
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *names]
    header = f"##fileformat=VCFv{version}\n##contig=<ID=chr1,length=248956422>\n"
    path.write_text(header + "\t".join(columns) + "\n" + "".join(records))
    return path


def values(path, **options):
    """Dosages, with None for missing."""
    dosage = calls_in(path, **options)["dosage"].astype(object)
    return dosage.where(dosage.notna(), None).tolist()


CALLS = ["0/0", "0/1", "1/1"]


@pytest.mark.parametrize(
    ("ref", "alt", "calls", "strand"),
    [
        ("A", "C", CALLS, "plus"),
        ("C", "A", CALLS[::-1], "plus"),
        ("T", "G", CALLS, "minus"),
        ("G", "T", CALLS[::-1], "minus"),
    ],
)
def test_either_strand_and_either_order_give_the_same_dosages(tmp_path, ref, alt, calls, strand):
    cohort = extract([vcf(tmp_path / "a.vcf", record(POSITION, ref, alt, calls))])
    assert cohort.dosage.tolist() == [0, 1, 2]
    assert frame(cohort)["genotype"].tolist() == ["AA", "AC", "CC"]
    assert cohort.sources[0]["strand"] == strand


def test_a_third_base_and_a_deleted_one_are_not_the_effect_allele(tmp_path):
    path = vcf(tmp_path / "a.vcf", record(POSITION, "A", "*,C", ["0/1", "1/2", "2/2", "0/0"]))
    calls = calls_in(path)
    assert calls["dosage"].tolist() == [0, 1, 2, 0]
    assert calls["genotype"].tolist() == [None, None, "CC", "AA"]


def test_longer_alleles_are_looked_up_at_the_variants_base(tmp_path):
    mnp = record(POSITION - 1, "GA", "GC,TA", ["0/1", "1/2", "0/2"])
    assert values(vcf(tmp_path / "mnp.vcf", mnp)) == [1, 1, 0]
    # A deletion and an insertion that begin here leave the base as it is.
    joined = record(POSITION, "AT", "CT,A,ATG", ["0/1", "1/2", "3/3"])
    assert values(vcf(tmp_path / "joined.vcf", joined)) == [1, 1, 0]
    # Other variants over the position are not in the way.
    deletion = record(POSITION - 2, "TGAT", "T", ["0/1", "0/0", "0/0"])
    insertion = record(POSITION, "A", "AT", ["1/1", "0/0", "0/0"])
    path = vcf(tmp_path / "other.vcf", deletion, record(POSITION, "A", "C", CALLS), insertion)
    assert values(path) == [0, 1, 2]
    with pytest.raises(InputError, match="rs2228145 is not in it"):
        extract([vcf(tmp_path / "only.vcf", deletion, insertion)])


@pytest.mark.parametrize(("ref", "alts"), [("A", "CT"), ("C", "AT"), ("T", "GA"), ("G", "TA")])
def test_records_split_over_lines_equal_the_joined_one(tmp_path, ref, alts):
    joined = ["0/0", "0/1", "1/1", "0/2", "1/2", "2/2", "./.", "0|1"]
    one = calls_in(vcf(tmp_path / "one.vcf", record(POSITION, ref, ",".join(alts), joined)))
    split = [
        record(POSITION, ref, alt, [call.translate(alone) for call in joined])
        for alt, alone in zip(alts, (str.maketrans("2", "0"), str.maketrans("12", "01")), strict=True)
    ]
    for order in (split, split[::-1]):
        two = calls_in(vcf(tmp_path / "two.vcf", *order))
        pd.testing.assert_frame_equal(one, two)


def test_vcf_4_4_may_begin_a_call_with_a_separator(tmp_path):
    path = vcf(tmp_path / "a.vcf", record(POSITION, "A", "C", ["|0|1", "/1/1", "1"]), version="4.4")
    assert values(path) == [1, 2, None]


def test_haplotype_dosages_add_up(tmp_path):
    calls = ["0|1:0.1,0.9", "1|1:1,0.8", ".|.:.,.", "0|1:."]
    path = vcf(tmp_path / "a.vcf", record(POSITION, "C", "A", calls, keys="GT:HDS"))
    calls = calls_in(path)
    assert calls["dosage"].tolist()[:2] == pytest.approx([1.0, 0.2])
    assert calls["field"].tolist() == ["HDS", "HDS", "none", "GT"]


def test_calls_below_the_quality_asked_for_are_missing_and_counted(tmp_path):
    calls = ["0/1:40:12", "0/1:10:12", "1/1:40:3", "1/1:.:20", "./.:0:0", "0:40:12"]
    path = vcf(tmp_path / "a.vcf", record(POSITION, "A", "C", calls, keys="GT:GQ:DP"))
    cohort = extract([path], min_gq=20, min_dp=8)
    assert np.isnan(cohort.dosage).tolist() == [False, True, True, True, True, True]
    counted = {k: cohort.sources[0][k] for k in ("low_quality", "not_diploid", "half_called")}
    assert counted == {"low_quality": 3, "not_diploid": 1, "half_called": 0}
    plain = vcf(tmp_path / "b.vcf", record(POSITION, "A", "C", CALLS))
    with pytest.raises(InputError, match="its calls have no GQ, for which the config sets a minimum; leave"):
        extract([plain], min_gq=20)


def test_a_record_that_failed_a_filter_is_refused_unless_listed(tmp_path):
    path = vcf(tmp_path / "a.vcf", record(POSITION, "A", "C", CALLS, quality="LowQual;VQSR"))
    with pytest.raises(InputError, match=r"did not pass its filters \(LowQual;VQSR\); list the filter"):
        extract([path])
    assert values(path, filters=["LowQual", "VQSR"]) == [0, 1, 2]
    assert values(vcf(tmp_path / "b.vcf", record(POSITION, "A", "C", CALLS, quality="."))) == [0, 1, 2]


@pytest.mark.parametrize(
    ("info", "quality"),
    [
        ("R2=0.5;ER2=0.9", 0.5),
        ("DR2=0.1,0.8", 0.8),
        ("INFO=0.7", 0.7),
        ("TYPED;ER2=0.6", 0.6),
        ("R2;AF=0.1", None),
    ],
)
def test_imputation_quality_is_that_of_the_effect_allele(tmp_path, info, quality):
    alt = "T,C" if "," in info else "C"
    path = vcf(tmp_path / "a.vcf", record(POSITION, "A", alt, ["0/0", "0/1"], info=info))
    assert extract([path]).sources[0]["imputation_quality"] == quality
    if quality is not None:
        with pytest.raises(InputError, match=r"below the configured 0\.95"):
            extract([path], min_imputation_quality=0.95)


@pytest.mark.parametrize("alt", ["<NON_REF>", "<*>", "."])
def test_a_sure_reference_block_is_a_reference_call_and_an_unsure_one_is_missing(tmp_path, alt):
    calls = ["0/0:40:30", "0/0:5:30", "0/0:.:30", "./.:40:30", "0/0:20:1"]
    info = f"END={POSITION + 50}"
    path = vcf(tmp_path / "a.vcf", record(POSITION - 90, "T", alt, calls, info=info, keys="GT:GQ:DP"))
    calls = calls_in(path)
    assert calls["genotype"].tolist() == ["AA", None, None, None, "AA"]
    assert calls["field"].tolist() == ["block", "none", "none", "none", "block"]
    by_depth = ["0/0:12", "0/0:9"]
    path = vcf(tmp_path / "b.vcf", record(POSITION - 90, "T", alt, by_depth, info=info, keys="GT:MIN_DP"))
    assert values(path) == [0, None]
    path = vcf(tmp_path / "c.vcf", record(POSITION - 90, "T", alt, ["0/0", "0/0"], info=info))
    assert values(path) == [None, None]
    path = vcf(tmp_path / "d.vcf", record(POSITION - 90, "T", alt, by_depth, info=f"END={POSITION - 1}"))
    with pytest.raises(InputError, match="not in it"):
        extract([path])


def test_gvcf_files_of_single_people_join(tmp_path):
    carrier = record(POSITION, "A", "C,<NON_REF>", ["0/1:50"], keys="GT:GQ")
    block = record(POSITION - 9, "T", "<NON_REF>", ["0/0:50"], info=f"END={POSITION + 9}", keys="GT:GQ")
    paths = [
        vcf(tmp_path / "a.vcf", carrier, samples=["one"]),
        vcf(tmp_path / "b.vcf", block, samples=["two"]),
    ]
    calls = calls_in(*paths)
    assert calls["dosage"].to_dict() == {"one": 1, "two": 0}


def test_the_same_person_in_two_files_is_counted_and_a_conflict_is_missing_and_listed(tmp_path):
    names = [f"S{k:02d}" for k in range(20)]
    first = ["0/1"] * 20
    second = ["0/1"] * 18 + ["1/1", "./."]
    worse = ["1/1"] * 3 + second[3:]
    first[0] = "./."
    one = vcf(tmp_path / "one.vcf", record(POSITION, "A", "C", first), samples=names)
    swapped = [call.replace("1/1", "0/0") for call in second]
    two = vcf(tmp_path / "two.vcf", record(POSITION, "C", "A", swapped), samples=names)
    cohort = extract([one, two])
    assert cohort.concordance == [
        {"file_1": 1, "file_2": 2, "samples": 20, "called_in_both": 18, "agree": 17, "concordance": 17 / 18}
    ]
    assert cohort.conflicts == [{"sample": "S18", "file_1": 1, "file_2": 2, "dosage_1": 1.0, "dosage_2": 2.0}]
    calls = frame(cohort)
    assert np.isnan(calls.loc["S18", "dosage"])
    assert calls.loc["S18", "field"] == "conflict"
    assert calls.loc["S00", ["dosage", "file"]].tolist() == [1, 2]
    assert calls.loc["S19", ["dosage", "file"]].tolist() == [1, 1]
    # One person may be a mistake; three are the file's.
    extract([one, two], min_concordance=0.95)
    three = vcf(tmp_path / "three.vcf", record(POSITION, "A", "C", worse), samples=names)
    with pytest.raises(InputError, match=r"two files agree about 83 % of people; find out which is right"):
        extract([one, three])


def test_a_proxys_build_may_be_told_by_the_cohorts_other_file(tmp_path):
    one = vcf(tmp_path / "one.vcf", record(POSITION, "A", "C", CALLS))
    text = vcf_text(["0/0"] * 3, samples=["S0", "S1", "S2"], length=None, name=".", position=99)
    (tmp_path / "two.vcf").write_text(text)
    cohort = extract([one, tmp_path / "two.vcf"])
    assert [source["build_evidence"] for source in cohort.sources] == [
        "length of chromosome 1 in the header", "the cohort's other files",
    ]  # fmt: skip


def test_an_index_of_either_kind_finds_the_records_over_every_position(tmp_path):
    rng = np.random.default_rng(5)
    starts = np.sort(rng.choice(np.arange(1, 3_000_000), 400, replace=False))
    lengths = rng.choice([1, 2, 50, 20_000, 700_000], 400, p=[0.6, 0.2, 0.1, 0.06, 0.04])
    lines = [
        record(start, "A", "<DEL>" if length > 1 else "C", ["0/1"], info=f"END={start + length - 1}")
        for start, length in zip(starts, lengths, strict=True)
    ]
    text = vcf(tmp_path / "plain.vcf", *lines).read_text()
    positions = [int(p) for p in rng.integers(1, 3_600_000, 60)]
    for kind in ("tbi", "csi", "bcf"):
        path = tmp_path / f"calls.{'bcf' if kind == 'bcf' else f'{kind}.vcf.gz'}"
        if kind == "bcf":
            keys = '##INFO=<ID=END,Number=1,Type=Integer,Description="end">\n'
            keys += '##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">\n'
            (tmp_path / "full.vcf").write_text(text.replace("##contig", f"{keys}##contig", 1))
            pysam.bcftools.view("-Ob", "-o", str(path), str(tmp_path / "full.vcf"), catch_stdout=False)
            pysam.bcftools.index(str(path), catch_stdout=False)
        else:
            with pysam.BGZFile(str(path), "w") as stream:
                stream.write(text.encode())
            pysam.tabix_index(str(path), preset="vcf", force=True, csi=kind == "csi")
        indexed, index = VcfFile(path), read_index(VcfFile(path)._index_beside())
        assert len(index.bins) == 1
        for position in positions:
            expected = [int(s) for s, n in zip(starts, lengths, strict=True) if s <= position < s + n]
            assert [r.position for r in indexed.records_over("1", {position})] == expected


def test_the_catalogue_is_on_the_plus_strand_and_not_palindromic():
    for variant in CATALOGUE.values():
        assert {variant.ref, variant.alt} not in ({"A", "T"}, {"C", "G"})


@pytest.mark.parametrize(
    "texts",
    [
        ["0.1", "0.95", "1", "2.000", "5.", ".5", "00.25", "0.123456789012345", "0.12345678901234567"],
        ["1e-3", "-0.5", "+1", "123456789012.345", "0", "1E2", "0.3", "99999999999999.9", "nan"],
    ],
)
def test_numbers_are_what_python_takes_them_for_to_the_last_bit(texts):
    rng = np.random.default_rng(77)
    texts = [
        *texts,
        *(f"{value:.{digits}f}" for value, digits in zip(rng.random(300), [1, 3, 9] * 100, strict=True)),
    ]
    # Lists of one, two and three numbers, and of as many in each sample.
    for lists in ([texts[k : k + 1 + k % 3] for k in range(len(texts) - 3)], [[text, "."] for text in texts]):
        line = "\t".join(f"0/1:{','.join(numbers)}:7" for numbers in lists).encode()
        found = TextColumns(line, 0, ("GT", "DS", "DP")).numbers("DS")
        for row, numbers in zip(found, lists, strict=True):
            expected = [float("nan" if text == "." else text) for text in numbers]
            np.testing.assert_array_equal(row[: len(numbers)], expected)
            assert (row[len(numbers) :] == BEYOND).all()


@pytest.mark.parametrize("text", ["1..2", "1.2.3", "x", "0x1", "1-2", "0.5;", "\xbd"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match="is no number"):
        TextColumns(f"0.5\t{text}".encode("latin-1"), 0, ("DS",)).numbers("DS")
