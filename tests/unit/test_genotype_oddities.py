"""What real files hold beside the record that is looked for, and what damaged or mistaken ones do."""

import os
import struct

import numpy as np
import pysam
import pysam.bcftools
import pytest
from reading import CATALOGUE, STUDY, calls_in, extract, frame
from small_cohort import POSITION
from test_genotype_records import CALLS, record, values, vcf

from il6r.errors import InputError
from il6r.genotypes.calls import Options, add_study_variant
from il6r.genotypes.markers import read_sites
from il6r.genotypes.vcf import VcfFile

OURS = record(POSITION, "A", "C", CALLS)


@pytest.mark.parametrize(
    ("ref", "alt", "info"),
    [
        ("N", "<DEL>", f"SVTYPE=DEL;END={POSITION + 500}"),
        ("T", "<CN0>,<CN2>", f"END={POSITION + 500}"),
        ("T", "<INS>", f"END={POSITION + 1}"),
        ("T", "T]chr2:321681]", f"END={POSITION + 1}"),
        ("T", "G", f"END={POSITION + 1}"),
        ("TGA", ".", "."),
        ("TGA", "T", f"END={POSITION}"),
    ],
)
def test_other_variants_over_the_position_are_not_in_the_way(tmp_path, ref, alt, info):
    other = record(POSITION - 2 if len(ref) == 3 else POSITION - 500, ref, alt, ["0/0"] * 3, info=info)
    assert values(vcf(tmp_path / "a.vcf", other, OURS)) == [0, 1, 2]
    with pytest.raises(InputError, match="rs2228145 is not in it"):
        extract([vcf(tmp_path / "b.vcf", other)])


def test_two_other_bases_are_not_the_opposite_strand(tmp_path):
    path = vcf(tmp_path / "a.vcf", record(POSITION, "A", "G,T", ["1/2", "0/0"]))
    with pytest.raises(InputError, match="A>G,T do not match rs2228145"):
        extract([path])
    mirrored = vcf(tmp_path / "b.vcf", record(POSITION, "T", "G,A,C", ["0/1", "2/3", "1/1"]))
    assert values(mirrored) == [1, 0, 2]


def test_another_rsid_at_the_position_is_refused_and_synonyms_are_not(tmp_path):
    other = OURS.replace("\t.\tA", "\trs999999\tA", 1)
    with pytest.raises(
        InputError, match=r"the record where rs2228145 lies on GRCh38 is rs999999; check genot"
    ):
        extract([vcf(tmp_path / "a.vcf", other)])
    for name in ("rs8192284", "rs2228145;rs999999", "1:154454494:A:C", "Affx-123"):
        assert values(vcf(tmp_path / "b.vcf", OURS.replace("\t.\tA", f"\t{name}\tA", 1))) == [0, 1, 2]


def test_without_an_alt_allele_a_missing_dosage_is_not_zero(tmp_path):
    path = vcf(tmp_path / "a.vcf", record(POSITION, "A", ".", ["./.:.", "0/0:.", "0/0:0"], keys="GT:DS"))
    assert values(path) == [None, 0, 0]
    assert values(path, fields=["DS"]) == [None, None, None]


def test_a_block_is_held_to_filter_reference_and_each_persons_quality(tmp_path):
    info = f"END={POSITION + 5}"
    low = record(POSITION - 9, "T", "<NON_REF>", ["0/0:50"], info=info, keys="GT:GQ", quality="LowQual")
    with pytest.raises(InputError, match=r"did not pass its filters \(LowQual\)"):
        extract([vcf(tmp_path / "a.vcf", low)])
    with pytest.raises(InputError, match=r"its alleles G><NON_REF> do not match rs2228145"):
        extract([vcf(tmp_path / "b.vcf", record(POSITION, "G", "<NON_REF>", ["0/0:50"], keys="GT:GQ"))])
    one_base = record(POSITION, "A", ".", ["0/0:1", "0/0:30"], info=f"END={POSITION}", keys="GT:DP")
    assert values(vcf(tmp_path / "c.vcf", one_base)) == [None, 0]
    all_sites = record(POSITION, "A", ".", ["0/0:0:0", "0/0:30:60"], keys="GT:DP:RGQ")
    assert values(vcf(tmp_path / "d.vcf", all_sites)) == [None, 0]
    either = record(POSITION, "A", "<NON_REF>", ["0/0:.:60", "0/0:30:."], keys="GT:GQ:RGQ")
    assert values(vcf(tmp_path / "e.vcf", either)) == [0, 0]
    with pytest.raises(InputError, match=r"a GQ value cannot be read \('x' is no number\)"):
        extract([vcf(tmp_path / "f.vcf", record(POSITION, "A", "<NON_REF>", ["0/0:x"], keys="GT:GQ"))])


def test_one_persons_gvcf_may_hold_a_third_allele(tmp_path):
    third = vcf(
        tmp_path / "a.vcf", record(POSITION, "A", "T,<NON_REF>", ["0/1:50"], keys="GT:GQ"), samples=["a"]
    )
    gone = vcf(
        tmp_path / "b.vcf", record(POSITION, "A", "*,<NON_REF>", ["1/1:50"], keys="GT:GQ"), samples=["b"]
    )
    ours = vcf(
        tmp_path / "c.vcf", record(POSITION, "A", "C,<NON_REF>", ["0/1:50"], keys="GT:GQ"), samples=["c"]
    )
    calls = calls_in(third, gone, ours)
    assert calls["dosage"].tolist() == [0, 0, 1]
    assert calls["genotype"].tolist() == [None, None, "AC"]


def test_a_call_without_a_read_is_no_call(tmp_path):
    path = vcf(
        tmp_path / "a.vcf", record(POSITION, "A", "C", ["0/0:0:0", "0/0:12:30", "0/1:.:."], keys="GT:DP:GQ")
    )
    cohort = extract([path])
    assert np.isnan(cohort.dosage).tolist() == [True, False, False]
    assert cohort.sources[0]["low_quality"] == 1


def test_dosages_that_contradict_gt_are_refused(tmp_path):
    calls = ["0/0:2", "0/1:1", "1/1:0"] * 3
    path = vcf(tmp_path / "a.vcf", record(POSITION, "A", "C", calls, keys="GT:DS"))
    with pytest.raises(InputError, match=r"its dosages contradict GT in 67 % of people; find out which"):
        extract([path])
    assert values(path, fields=["GT"]) == [0, 1, 2] * 3


def test_phred_scaled_gp_is_read(tmp_path):
    calls = ["0/1:49.72,4.641e-05,53.0", "0/0:0,30,60", "1/1:99,40,0.0004"]
    path = vcf(tmp_path / "a.vcf", record(POSITION, "A", "C", calls, keys="GT:GP"))
    assert values(path, fields=["GP"]) == pytest.approx([1, 0.001, 2], abs=1e-3)


def test_a_record_without_a_field_that_is_read_is_refused(tmp_path):
    path = vcf(tmp_path / "a.vcf", record(POSITION, "A", "C", ["0/1:9"], keys="LGT:PL"))
    with pytest.raises(InputError, match=r"none of the fields DS, HDS, GP, GT, but LGT, PL; give calls"):
        extract([path])


def test_of_two_lines_the_poorly_imputed_one_is_left_out(tmp_path):
    poor = record(POSITION, "A", "C", CALLS[::-1], info="R2=0.1")
    path = vcf(tmp_path / "a.vcf", poor, record(POSITION, "A", "C", CALLS, info="R2=0.9"))
    assert values(path, min_imputation_quality=0.3) == [0, 1, 2]


@pytest.mark.parametrize(
    "value", ["0.98120," * 12 + "x", "9" * 20_000 + "x", "1-2", "1.2.3", "--1", "1e400", "nan"]
)
def test_an_odd_quality_is_none(tmp_path, value):
    path = vcf(tmp_path / "a.vcf", record(POSITION, "A", "C", CALLS, info=f"R2={value}"))
    assert extract([path]).sources[0]["imputation_quality"] is None


def test_two_files_in_one_are_refused(tmp_path):
    one = vcf(tmp_path / "a.vcf", record(5000, "A", "C", CALLS), samples=["a", "b", "c"])
    two = vcf(tmp_path / "b.vcf", OURS, samples=["c", "b", "a"])
    one.write_text(one.read_text() + two.read_text())
    with pytest.raises(
        InputError, match="it has a second header, as if two files were written into one; join"
    ):
        extract([one])


def test_headers_are_read_as_they_are_written(tmp_path):
    path = vcf(tmp_path / "a.vcf", OURS)
    text = path.read_text()
    path.write_text(text.replace("ID=chr1,length=248956422", 'ID="chr1", length=248956422') + "\n")
    assert extract([path]).sources[0]["build_evidence"] == "length of chromosome 1 in the header"
    lifted = "##reference=file:///liftover-hg18-to/hg38.fa\n##contig=<ID=chr1>"
    path.write_text(
        text.replace("##contig=<ID=chr1,length=248956422>", lifted).replace("\t.\tA", "\trs2228145\tA")
    )
    assert extract([path]).sources[0]["build_evidence"] == "position of rs2228145"
    # PLINK 1.9 writes the last position as the length.
    plink = "##source=PLINKv1.90\n##contig=<ID=chr1,length=249240544>"
    path.write_text(text.replace("##contig=<ID=chr1,length=248956422>", plink))
    assert extract([path], build="GRCh38").sources[0]["build_evidence"] == "configuration"
    quoting = text.replace(
        "##contig", '##cmd="grep #CHROM"\n##FORMAT=<ID=GT,Number=1,Type=String,Description="g">\n##contig', 1
    )
    path.write_text(quoting)
    pysam.bcftools.view("-Ob", "-o", str(tmp_path / "a.bcf"), str(path), catch_stdout=False)
    assert values(tmp_path / "a.bcf") == [0, 1, 2]


def bgzip(path, text):
    with pysam.BGZFile(str(path), "w") as stream:
        stream.write(text.encode())
    return path


@pytest.mark.parametrize("spacing", [10, 1000, 40_000])
def test_an_index_of_a_longer_file_is_told_and_neither_hangs_nor_misleads(tmp_path, spacing):
    lines = [record(POSITION - spacing * (200 - k), "A", "C", ["0/1"] * 40) for k in range(201)]
    whole = vcf(tmp_path / "plain.vcf", *lines).read_text()
    path = bgzip(tmp_path / "a.vcf.gz", whole)
    pysam.tabix_index(str(path), preset="vcf", force=True)
    index = tmp_path / "a.vcf.gz.tbi"
    for kept in (3, 50, 199):
        bgzip(path, "".join(whole.splitlines(keepends=True)[: 3 + kept]))
        later = path.stat().st_mtime + 10
        os.utime(index, (later, later))
        try:
            assert VcfFile(path).records_over("1", {POSITION}) == []
        except InputError as error:
            assert "its index a.vcf.gz.tbi" in str(error)  # noqa: PT017
        # A file younger than its index is read whole.
        os.utime(index, (1, 1))
        assert VcfFile(path).records_over("1", {POSITION}) == []
        last = POSITION - spacing * (201 - kept)
        assert len(VcfFile(path).records_over("1", {last})) == 1


def test_a_damaged_block_size_is_a_sentence(tmp_path):
    path = bgzip(tmp_path / "a.vcf.gz", vcf(tmp_path / "plain.vcf", OURS).read_text())
    data = bytearray(path.read_bytes())
    end = struct.unpack_from("<H", data, 16)[0] + 1
    struct.pack_into("<I", data, end - 4, 0xF0000000)
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match="it cannot be read to its end as VCF or BCF"):
        extract([path])


def test_a_proxy_is_read_though_the_study_variant_is_unusable(tmp_path):
    proxy = CATALOGUE["rs4129267"]
    at = proxy.positions["GRCh38"]
    for number, ours in enumerate(
        (
            record(POSITION, "A", "C", CALLS, info="R2=0.1"),
            record(POSITION, "A", "C", CALLS, quality="LowQual"),
            record(POSITION, "A", "T", CALLS),
        )
    ):
        path = vcf(tmp_path / f"{number}.vcf", record(at, "C", "T", CALLS), ours)
        options = Options(min_imputation_quality=0.3)
        cohort = extract([path], proxy)
        add_study_variant([str(path)], [None], STUDY, cohort, options)
        assert cohort.study_dosage is None
        assert frame(cohort, proxy)["genotype"].tolist() == ["CC", "CT", "TT"]
    # Of a person in two files a missing study call does not replace the other.
    one = vcf(tmp_path / "one.vcf", record(at, "C", "T", CALLS), OURS)
    two = vcf(tmp_path / "two.vcf", record(at, "C", "T", CALLS), record(POSITION, "A", "C", ["./."] * 3))
    cohort = extract([one, two], proxy)
    add_study_variant([str(one), str(two)], [None, None], STUDY, cohort, Options())
    assert cohort.study_dosage.tolist() == [0, 1, 2]


def test_markers_on_another_build_are_refused(tmp_path):
    one = vcf(tmp_path / "one.vcf", OURS)
    other = tmp_path / "two.vcf"
    other.write_text(one.read_text().replace("248956422", "249250621"))
    with pytest.raises(
        InputError, match=r"it is on GRCh37 \(length of chromosome 1 in the header\), and the coh"
    ):
        read_sites([one, other], STUDY, "GRCh38")
