"""Reading calls: fields, orientation, multi-allelic records, and what is not a call."""

import os
import shutil

import numpy as np
import pandas as pd
import pysam
import pytest
import small_cohort
from conftest import facts, real
from reading import STUDY, extract, frame
from small_cohort import vcf_text

from il6r.errors import InputError
from il6r.genotypes import quality
from il6r.genotypes.vcf import VcfFile


def read(tmp_path, text, variant=STUDY, **options):
    path = tmp_path / "calls.vcf"
    path.write_text(text)
    cohort = extract([path], variant, **options)
    return frame(cohort, variant), pd.DataFrame(cohort.sources)


def test_gt_counts_the_effect_allele_and_half_haploid_and_polyploid_calls_are_missing(tmp_path):
    calls, _ = read(tmp_path, vcf_text(["0/0", "0|1", "1/1", "./1", "1", "./.", "0/1/1"]))
    assert calls["dosage"].tolist()[:3] == [0, 1, 2]
    assert calls["dosage"].isna().tolist()[3:] == [True] * 4
    assert calls["genotype"].tolist()[:3] == ["AA", "AC", "CC"]
    assert calls["field"].tolist() == ["GT"] * 3 + ["none"] * 4


def test_ref_and_alt_in_the_other_order_give_the_same_dosages(tmp_path):
    calls, _ = read(tmp_path, vcf_text(["0/0", "0/1", "1/1"], ref="C", alt="A"))
    assert calls["dosage"].tolist() == [2, 1, 0]
    text = vcf_text(["0/0:0.1:0.9,0.1,0", "1/1:1.8:0,0.2,0.8"], ref="C", alt="A", keys="GT:DS:GP")
    calls, _ = read(tmp_path, text)
    assert calls["dosage"].tolist() == pytest.approx([1.9, 0.2])


def test_each_sample_takes_the_first_field_in_the_order_that_gives_a_dosage(tmp_path):
    text = vcf_text(["0/1:0.9:0.2,0.7,0.1", "0/1:.:0.2,0.7,0.1", "1/1:.:.,.,.", "./."], keys="GT:DS:GP")
    calls, _ = read(tmp_path, text)
    assert calls["dosage"].tolist()[:3] == pytest.approx([0.9, 0.9, 2.0])
    assert calls["field"].tolist() == ["DS", "GP", "GT", "none"]
    calls, _ = read(tmp_path, text, fields=("GT",))
    assert calls["dosage"].tolist()[:3] == [1, 1, 2]


def test_a_dosage_is_a_genotype_only_within_a_tenth(tmp_path):
    calls, _ = read(tmp_path, vcf_text(["0.1", "0.11", "1.0", "1.95"], keys="DS"))
    assert calls["genotype"].tolist() == ["AA", None, "AC", "CC"]


def test_a_third_allele_is_not_the_effect_allele_and_its_carriers_have_no_genotype(tmp_path):
    calls, _ = read(tmp_path, vcf_text(["0/0", "0/1", "1/2", "0/2", "2/2"], alt="T,C"))
    assert calls["dosage"].tolist() == [0, 0, 1, 1, 2]
    assert calls["genotype"].tolist() == ["AA", None, None, "AC", "CC"]
    # GP of three alleles in the specification's order: AA, AT, TT, AC, TC, CC
    calls, _ = read(tmp_path, vcf_text(["0.1,0.2,0,0.3,0.1,0.3"], alt="T,C", keys="GP"))
    assert calls["dosage"].tolist() == pytest.approx([0.3 + 0.1 + 0.6])


def test_an_indel_at_the_position_is_not_the_variant(tmp_path):
    with pytest.raises(InputError, match="not in it"):
        read(tmp_path, vcf_text(["0/1"], ref="AT", alt="A"))


def test_two_lines_that_agree_are_one_and_a_person_they_disagree_about_has_no_call(tmp_path):
    one, other = ["0/1", "0/0", "./."] * 10, ["0/1", "0/0", "1/1"] * 10
    second = vcf_text(other).splitlines()[-1] + "\n"
    calls, sources = read(tmp_path, vcf_text(one) + second)
    assert calls["dosage"].tolist() == [1, 0, 2] * 10
    assert sources.loc[0, "records"] == 2
    other[0] = "1/1"
    second = vcf_text(other).splitlines()[-1] + "\n"
    calls, sources = read(tmp_path, vcf_text(one) + second)
    assert np.isnan(calls["dosage"].iloc[0])
    assert calls["field"].iloc[0] == "conflict"
    assert sources.loc[0, "records_disagree"] == 1
    second = vcf_text(["1/1"] * 30).splitlines()[-1] + "\n"
    with pytest.raises(InputError, match=r"two lines agree about 0 % of people; find out which is right"):
        read(tmp_path, vcf_text(one) + second)


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ({"calls": ["2.7"], "keys": "DS"}, "outside 0 to 2"),
        ({"calls": ["0.9,0.9,0"], "keys": "GP"}, "not probabilities that add up to 1"),
        ({"calls": ["0.5,0.5"], "keys": "GP"}, "a list has 2 values for 3 genotypes"),
    ],
)
def test_impossible_values_are_refused_with_the_field_named(tmp_path, record, problem):
    with pytest.raises(InputError, match=problem) as refused:
        read(tmp_path, vcf_text(**record))
    assert f"leave {record['keys']} out of genotypes.fields" in str(refused.value)


def test_the_build_is_told_by_contig_length_then_rsid_then_configuration(tmp_path):
    grch37 = STUDY.positions["GRCh37"]
    _, sources = read(tmp_path, vcf_text(["0/1"], contig="1", length=249250621, position=grch37))
    assert sources.loc[0, ["build", "contig"]].tolist() == ["GRCh37", "1"]
    _, sources = read(tmp_path, vcf_text(["0/1"], length=None, position=grch37))
    assert sources.loc[0, ["build", "build_evidence"]].tolist() == ["GRCh37", "position of rs2228145"]
    for contig, build in (("NC_000001.10", "GRCh37"), ("CM000663.2", "GRCh38")):
        _, sources = read(
            tmp_path, vcf_text(["0/1"], contig=contig, length=None, name=".", position=STUDY.positions[build])
        )
        assert sources.loc[0, ["build", "build_evidence"]].tolist() == [
            build,
            f"contig {contig} in the header",
        ]
    with pytest.raises(InputError, match=r"it is on NCBI36 \(contig NC_000001\.9 in the header\)"):
        read(tmp_path, vcf_text(["0/1"], contig="NC_000001.9", length=None, name="."))
    old = vcf_text(["0/1"], contig="1", length=None, name=".").replace(
        "##FILTER", "##reference=hg18\n##FILTER", 1
    )
    with pytest.raises(InputError, match=r"it is on NCBI36 \(named in the header\)"):
        read(tmp_path, old)
    _, sources = read(tmp_path, vcf_text(["0/1"], length=None, name="."), build="GRCh38")
    assert sources.loc[0, "build_evidence"] == "configuration"
    with pytest.raises(InputError, match=r"it is on NCBI36 .*, which is not supported"):
        read(tmp_path, vcf_text(["0/1"], length=247249719))


def test_people_in_one_file_and_chromosomes_in_another(tmp_path):
    small_cohort.write_vcf(tmp_path / "a.vcf", [0, 1], samples=["S1", "S2"])
    small_cohort.write_vcf(tmp_path / "b.vcf", [2], samples=["S3"])
    # Another chromosome of S1, and a file with S4, whose variant is nowhere.
    small_cohort.write_vcf(tmp_path / "c.vcf", [0], samples=["S1"], contig="chr2", name=".")
    small_cohort.write_vcf(tmp_path / "d.vcf", [0, 0], samples=["S1", "S4"], position=5000, name=".")

    def files(names):
        return [tmp_path / f"{name}.vcf" for name in names]

    cohort = extract(files("abc"))
    assert cohort.samples == ["S1", "S2", "S3"]
    assert cohort.dosage.tolist() == [0, 1, 2]
    assert [source["found"] for source in cohort.sources] == [True, True, False]
    with pytest.raises(InputError, match=r"d\.vcf: rs2228145 is not in it, and 1 of its samples"):
        extract(files("abcd"))


def write_indexed(path, text):
    with pysam.BGZFile(str(path), "w") as stream:
        stream.write(text.encode())
    pysam.tabix_index(str(path), preset="vcf", force=True)


def test_a_header_with_a_name_too_few_is_refused(tmp_path):
    text = vcf_text(["0/0", "0/1", "1/1"]).replace("S000\tS001", "S001")
    with pytest.raises(InputError, match="the line has 3 sample columns, the header 2"):
        read(tmp_path, text)


def test_another_files_index_is_refused(tmp_path):
    small_cohort.write_vcf(tmp_path / "one.vcf.gz", [0, 1])
    write_indexed(tmp_path / "two.vcf.gz", vcf_text(["0/0", "0/1"], contig="chr2", position=9))
    shutil.copy(tmp_path / "two.vcf.gz.tbi", tmp_path / "one.vcf.gz.tbi")
    with pytest.raises(InputError, match=r"its index one\.vcf\.gz\.tbi is another file's"):
        VcfFile(tmp_path / "one.vcf.gz").records_over("1", {small_cohort.POSITION})


def test_a_file_younger_than_its_index_is_read_whole(tmp_path):
    text = vcf_text(["0/0", "0/1"], position=5000)
    path = tmp_path / "calls.vcf.gz"
    write_indexed(path, text)
    stale = (tmp_path / "calls.vcf.gz.tbi").read_bytes()
    last = text.splitlines()[-1].replace("\t5000\t", f"\t{small_cohort.POSITION}\t")
    write_indexed(path, text + last + "\n")
    (tmp_path / "calls.vcf.gz.tbi").write_bytes(stale)
    os.utime(tmp_path / "calls.vcf.gz.tbi", (1, 1))
    assert len(VcfFile(path).records_over("1", {small_cohort.POSITION})) == 1


def test_csi_indexes_of_vcf_files_are_found(tmp_path):
    small_cohort.write_vcf(tmp_path / "calls.vcf.gz", [0, 1], index=False)
    pysam.tabix_index(str(tmp_path / "calls.vcf.gz"), preset="vcf", force=True, csi=True)
    assert len(VcfFile(tmp_path / "calls.vcf.gz").records_over("1", {small_cohort.POSITION})) == 1


def test_symbolic_alleles_do_not_hide_the_variant(tmp_path):
    calls, _ = read(tmp_path, vcf_text(["0/0", "0/1", "1/1"], alt="C,<NON_REF>"))
    assert calls["dosage"].tolist() == [0, 1, 2]


def test_an_exome_without_the_record_is_not_found_and_its_proxy_is_offered():
    with pytest.raises(InputError, match="not a reference call") as refused:
        extract([real("genotypes", "Pfeiffer.vcf.gz")])
    assert "genotypes.proxy: rs7529229" in str(refused.value)


def test_hwe_equals_the_published_values():
    vectors = facts("test_vectors.tsv").set_index("call")["expected"]
    exact, _ = quality.hwe_exact(500, 10, 5000)
    assert exact == pytest.approx(float(vectors["snphwe(hets=500,hom1=10,hom2=5000)"]), rel=1e-9)
    exact, _ = quality.hwe_exact(1000, 20, 5000)
    assert exact == pytest.approx(float(vectors["snphwe(hets=1000,hom1=20,hom2=5000)"]), rel=1e-8)
    # SELOME 0.6556635; mid-p 0.6330965
    assert quality.hwe_exact(489, 298, 213) == pytest.approx((0.6556635, 0.6330965), abs=5e-8)
    assert quality.hwe_exact(28, 68, 4)[0] == pytest.approx(0.5153670, abs=5e-8)


def test_hwe_of_a_biobank_neither_overflows_nor_stops():
    exact, midp = quality.hwe_exact(237_900, 186_050, 76_050)
    assert 0.9 < midp < exact <= 1
    assert quality.hwe_exact(0, 250_000, 250_000)[1] == 0
    assert quality.hwe_exact(0, 10, 0) == (1.0, 0.5)
