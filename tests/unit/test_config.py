"""What the configuration's file names mean."""

import pysam
import pytest
from small_cohort import write_vcf

from il6r import config
from il6r.errors import InputError


def study(**genotypes):
    return {"cohorts": {"mine": {"genotypes": genotypes}}}


def test_patterns_become_the_files_they_match_in_order_and_names_stay_as_they_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("chr10.vcf.gz", "chr2.vcf.gz", "chr1.vcf.gz", "chr1.vcf.gz.tbi", "more.bcf"):
        (tmp_path / name).write_text("")
    found = study(files=["more.bcf", "chr*.vcf.gz", "chr1.vcf.gz"], markers="chr?.vcf.gz")
    config.expand_patterns(found)
    assert found["cohorts"]["mine"]["genotypes"] == {
        "files": ["more.bcf", "chr1.vcf.gz", "chr10.vcf.gz", "chr2.vcf.gz"],
        "markers": ["chr1.vcf.gz", "chr2.vcf.gz"],
    }
    one = study(files="more.bcf")
    config.expand_patterns(one)
    assert one == study(files=["more.bcf"])
    with pytest.raises(
        InputError, match=r"genotypes\.files: no file matches 'chr\*\.bcf'; correct the pattern"
    ):
        config.expand_patterns(study(files="chr*.bcf"))


def test_an_index_is_made_only_for_files_that_could_have_one_and_have_none(tmp_path):
    write_vcf(tmp_path / "with.vcf.gz", [0, 1])
    write_vcf(tmp_path / "without.vcf.gz", [0, 1], index=False)
    write_vcf(tmp_path / "plain.vcf", [0, 1])
    pysam.tabix_index(str(tmp_path / "with.vcf.gz"), preset="vcf", force=True, csi=True)
    lacking = [
        name for name in ("with.vcf.gz", "without.vcf.gz", "plain.vcf") if config.lacks_index(tmp_path / name)
    ]
    assert lacking == ["without.vcf.gz"]
