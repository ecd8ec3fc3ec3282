"""What follows from a configuration: files, sources, shards, settings, sizes."""

import pytest
from conftest import REPO
from snakemake.utils import validate

from il6r.study import Study

SCHEMA = REPO / "workflow" / "schemas" / "config.schema.yaml"


def study(cohorts, **more):
    """A study whose configuration has every default."""
    config = {"cohorts": cohorts, **more}
    validate(config, str(SCHEMA))
    return Study(config, "out")


@pytest.fixture
def simulated():
    spec = {"people": {"AFR": 40, "EUR": 80}, "epoch_recordings": 2, "assay_form": "plates"}
    rules = {"max_replicate_cv_percent": 15}
    return study({"sim": {"synthetic": spec, "assay_rules": rules}}, people_per_shard=50)


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A cohort of 2,500 people with six files of activity in two forms, one of them another unit's."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people.tsv").write_text("participant\tsample\n" * 2501)
    epochs = [f"metashort_{k}.csv" for k in range(4)]
    for name in ("metalong_2.csv", *epochs, "a.csv", "b.csv"):
        (tmp_path / name).write_text("")
    (tmp_path / "calls.vcf").write_text("##fileformat=VCFv4.2\n")
    return study(
        {
            "mine": {
                "genotypes": {"files": ["calls.vcf"], "proxy": "rs4129267", "markers": ["array.vcf"]},
                "participants": {"file": "people.tsv"},
                "assays": [{"file": ["assays.csv"]}],
                "activity": [
                    {"file": ["a.csv", "b.csv"], "unit": "counts"},
                    {"file": epochs, "form": "ggir_epochs"},
                ],
                "assay_rules": {"max_replicate_cv_percent": 10},
                "activity_shards": 3,
            }
        },
        activity={"min_valid_days": 5},
    )


def test_a_simulated_cohorts_files_lie_in_the_results_and_its_shards_follow_from_its_people(simulated):
    made = simulated.synthetic_files("sim")
    assert simulated.people == {"sim": 120}
    assert made["activity"] == [f"out/synthetic/sim/activity_00{k}.csv" for k in (1, 2, 3)]
    assert made["epochs"] == [f"out/synthetic/sim/recordings/SIM000000{k}_90004_0_0.csv.gz" for k in (1, 2)]
    assert simulated.participant_table("sim") == made["participants"] == "out/synthetic/sim/participants.tsv"
    assert simulated.sample_tables("sim") == []
    (source,) = simulated.assay_sources("sim")
    assert (source["form"], source["layout"]) == ("plates", ["out/synthetic/sim/layout.csv"])
    assert [source["form"] for source in simulated.activity_sources("sim")] == ["person_days", "epochs_90004"]
    # Three tables and two recordings, dealt out to three jobs.
    assert [len(shard) for shard in simulated.shards["sim"].values()] == [2, 2, 1]
    assert simulated.people_to_simulate("sim") == {"dosages": "out/synthetic/sim/true_dosages.parquet"}
    assert not simulated.has_recordings_of_devices("sim")


def test_a_shard_knows_its_files_and_their_sources(mine):
    assert mine.people == {"mine": 2500}
    assert list(mine.shards["mine"]) == ["1", "2", "3"]
    assert mine.shard_files("mine", "1") == ["a.csv", "b.csv"]
    assert mine.shard_files("mine", "2") == ["metashort_0.csv", "metashort_1.csv"]
    assert mine.shard_files("mine", "1", form="ggir_epochs") == []
    (first,) = mine.shard_sources("mine", "1")
    assert (first["form"], first["unit"], first["files"]) == ("person_days", "counts", 2)
    assert "file" not in first
    assert mine.activity_tables("mine") == ["a.csv", "b.csv"]
    assert mine.other_unit("mine") == "counts"


def test_sizes_are_a_shards_a_cohorts_or_the_studys(mine):
    assert mine.people_of() == mine.people_of("mine") == 2500
    assert mine.people_of("mine", "2") == pytest.approx(2500 / 3)


def test_a_cohorts_settings_come_before_the_studys(mine, simulated):
    # Of a table there are no curves, whatever the cohort's rules are.
    assert mine.assay_settings("mine") == {"plasma_volume_correction": True}
    assert simulated.assay_settings("sim")["max_replicate_cv_percent"] == 15
    assert simulated.assay_settings("sim")["curve"] == "auto"
    assert mine.activity_settings("mine")["min_valid_days"] == 5
    assert mine.variant_read("mine") == "rs4129267"
    assert mine.marker_files("mine") == ["calls.vcf", "array.vcf"]
    assert mine.indexes_made("mine") == {}


def test_what_is_shown_names_no_recording_and_hides_a_truth_nobody_used(mine, simulated):
    shown = mine.shown()
    assert not {"results", "truth"} & set(shown)
    # Several files may be named after people, and a folder is a machine's.
    files = [source["file"] for source in shown["cohorts"]["mine"]["activity"]]
    assert files == ["among the input files"] * 2
    assert "/" not in str(shown["cohorts"]["mine"]["participants"]["file"])
    # A copy: the study goes on with the names.
    assert len(mine.shard_files("mine", "3")) == 2
    assert "truth" in simulated.shown()
