"""What a report says it was made from: settings that were chosen, and files without the names of people."""

import copy

import pandas as pd
import pytest
import yaml
from conftest import REPO
from snakemake.utils import validate

from il6r import provenance
from il6r.report.provenance import settings

SCHEMA_FILE = REPO / "workflow" / "schemas" / "config.schema.yaml"
SCHEMA = yaml.safe_load(SCHEMA_FILE.read_text())
NOTHING = pd.DataFrame({"sha256": [], "bytes": []})


def filled(config):
    """A configuration with its defaults, as a run has it."""
    config = copy.deepcopy(config)
    validate(config, str(SCHEMA_FILE))
    return config


def cohort(**keys):
    files = {"genotypes": {"files": ["calls.vcf"]}, "participants": {"file": "people.tsv"}}
    return {**files, "assays": [{"file": ["assays.csv"]}], "activity": [{"file": ["days.csv"]}], **keys}


def test_what_was_chosen_is_what_a_user_wrote_but_for_what_equals_a_default():
    own = {
        "title": "Ours",
        "activity": {"min_valid_days": 5},
        "cohorts": {
            "mine": cohort(
                assays=[{"file": ["assays.csv"], "form": "npx"}], assay_rules={"max_replicate_cv_percent": 10}
            )
        },
    }
    assert settings.chosen(filled(own), SCHEMA) == own
    # What is written out and is a default is none that was chosen.
    as_well = {**own, "seed": 1, "activity": {"min_valid_days": 5, "epoch_s": 5}, "truth": {}}
    assert settings.chosen(filled(as_well), SCHEMA) == own


def test_a_source_alone_is_looked_through_as_a_list_of_one_is():
    own = {"cohorts": {"mine": cohort(assays={"file": "assays.csv", "unit": "pg/mL"})}}
    del own["cohorts"]["mine"]["activity"]
    given = copy.deepcopy(own)
    given["cohorts"]["mine"]["assays"]["form"] = "long"
    assert settings.chosen(filled(given), SCHEMA) == own


def test_settings_are_written_without_anchors():
    shared = ["age", "sex"]
    text = settings.as_yaml({"one": shared, "two": shared})
    assert text == "one:\n- age\n- sex\ntwo:\n- age\n- sex\n"


@pytest.fixture
def files(tmp_path):
    for name in ("chr1.vcf.gz", "NA-001.g.vcf.gz", "NA-002.g.vcf.gz", "plate_7.csv"):
        (tmp_path / name).write_text(name)
    return tmp_path


def test_files_named_after_people_are_one_row_without_a_name(files):
    genotypes = [files / "chr1.vcf.gz", files / "NA-001.g.vcf.gz", files / "NA-002.g.vcf.gz"]
    given = {"genotypes": list(map(str, genotypes)), "assays": [str(files / "plate_7.csv")]}
    found = provenance.fingerprint("mine", given, NOTHING, {"NA-001", "NA-002", "NA"})
    assert list(found["file"]) == ["chr1.vcf.gz", provenance.NAMED, "plate_7.csv"]
    named = found.iloc[1]
    assert named["bytes"] == sum(path.stat().st_size for path in genotypes[1:])
    # The checksum is that of both, and of their order.
    other = provenance.fingerprint(
        "mine", {"genotypes": [*given["genotypes"][::-1]]}, NOTHING, {"NA-001", "NA-002"}
    )
    assert set(other["file"]) == {"chr1.vcf.gz", provenance.NAMED}
    assert named["sha256"] not in set(other["sha256"])


@pytest.mark.parametrize("name", ["7", "plate_7", "ATH 7", "x.7.y"])
def test_an_id_is_found_between_the_marks_that_part_words(tmp_path, name):
    (tmp_path / f"{name}.csv").write_text("")
    given = {"assays": [str(tmp_path / f"{name}.csv")]}
    assert list(provenance.fingerprint("mine", given, NOTHING, {"7"})["file"]) == [provenance.NAMED]
    assert list(provenance.fingerprint("mine", given, NOTHING, {"77"})["file"]) == [f"{name}.csv"]
