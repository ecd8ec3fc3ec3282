"""What the configuration's file names mean."""

import pysam
import pytest
from conftest import REPO
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


SCHEMA = REPO / "workflow" / "schemas" / "config.schema.yaml"


@pytest.mark.parametrize(
    ("activity", "more", "said"),
    [
        ([], {}, r"activity: \[\] should be non-empty; correct"),
        ("days.csv", {}, "activity: it holds 'days.csv'; give a section of keys or a list"),
        ([{"file": "a"}, {"fil": "b"}], {}, "activity.1: unknown key 'fil'; use one of file, form"),
        ({"file": "a", "form": "gt3x"}, {}, "activity.form: 'gt3x' is not one of"),
        (
            {"file": "a", "form": "raw", "unit": "counts"},
            {},
            "unit: the form raw is in mg, not in 'counts'; leave",
        ),
        (
            {"file": "a", "participant": "(.)"},
            {},
            "participant: the form person_days names its participants in",
        ),
        (
            [{"file": "a", "unit": "counts"}, {"file": "b", "unit": "MIMS"}],
            {},
            "unit: there are two units beside mg .'MIMS', 'counts'.; keep to one",
        ),
        (
            {"file": "a"},
            {"activity_rules": {"nonwear_step_min": 25}},
            "nonwear_window_min: 60 minutes are no multiple of the step's 25; choose a step that divides",
        ),
        (
            {"file": "a"},
            {"activity_rules": {"nonwear_step_min": 7, "nonwear_window_min": 70}},
            "nonwear_step_min: a day is no multiple of 7 minutes; choose",
        ),
    ],
)
def test_sources_and_settings_of_activity_that_contradict_each_other_are_refused(activity, more, said):
    files = {key: {"file": "x"} for key in ("participants", "assays")}
    mine = {"genotypes": {"files": "x"}, **files, "activity": activity, **more}
    with pytest.raises(InputError, match=rf"^config, cohorts\.mine\.(activity\.|activity_rules\.)?{said}"):
        config.check({"cohorts": {"mine": mine}}, SCHEMA)


@pytest.mark.parametrize(
    ("assays", "more", "said"),
    [
        ({"file": "a", "form": "plates", "analyte": "il6"}, {}, "assays: the form plates needs 'layout'"),
        (
            {"file": "a", "dilution": 50},
            {},
            r"assays\.dilution: the form long has no such key; leave it out, or",
        ),
        ([{"file": "a"}, {"file": ["b", "a"]}], {}, r"assays\.file: 'a' is there twice; leave it out once"),
        ({"file": "a", "form": "plate"}, {}, r"assays\.form: 'plate' is not one of"),
        ({"file": "a"}, {"assay_rules": {"curve": "3pl"}}, r"assay_rules\.curve: '3pl' is not one of"),
    ],
)
def test_sources_and_settings_of_assays_that_contradict_each_other_are_refused(assays, more, said):
    files = {key: {"file": "x"} for key in ("participants", "activity")}
    mine = {"genotypes": {"files": "x"}, **files, "assays": assays, **more}
    with pytest.raises(InputError, match=rf"^config, cohorts\.mine\.{said}"):
        config.check({"cohorts": {"mine": mine}}, SCHEMA)


def test_a_synthetic_cohort_has_no_sample_table_of_its_own():
    mine = {"synthetic": {"people": {"EUR": 10}}, "samples": {"file": "x"}}
    with pytest.raises(InputError, match=r"mine\.samples: a synthetic cohort makes its own; leave it out"):
        config.check({"cohorts": {"mine": mine}}, SCHEMA)


def test_more_recordings_than_people_cannot_be_simulated():
    made = {"people": {"EUR": 10}, "raw_recordings": 11}
    with pytest.raises(InputError, match=r"synthetic\.raw_recordings: there are fewer people than that; ask"):
        config.check({"cohorts": {"mine": {"synthetic": made}}}, SCHEMA)


@pytest.mark.parametrize("shards", [1, 2, 3, 7, 9])
def test_files_are_shared_out_in_order_to_at_most_so_many_shards(shards):
    items = list("abcdefg")
    dealt = config.shared_out(items, shards)
    assert [item for part in dealt.values() for item in part] == items
    assert list(dealt) == [str(k + 1) for k in range(len(dealt))]
    assert len(dealt) <= shards
    assert config.shared_out([], shards) == {}


def test_the_preset_of_all_of_us_sets_the_smallest_group_and_refuses_a_smaller_one():
    asked = {"disclosure": "all_of_us"}
    config.apply_preset(asked)
    assert asked["min_cell_size"] == 21
    more = {"disclosure": "all_of_us", "min_cell_size": 30}
    config.apply_preset(more)
    assert more["min_cell_size"] == 30
    with pytest.raises(
        InputError, match="min_cell_size: 5 is less than the 21 that disclosure: all_of_us asks"
    ):
        config.apply_preset({"disclosure": "all_of_us", "min_cell_size": 5})
    without = {}
    config.apply_preset(without)
    assert without == {}
