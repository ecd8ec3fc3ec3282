"""A run is a research object that its standard's validator passes, and that gives nobody away."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import rocrate
from conftest import REPO, call

PROFILE = "workflow-run-crate-0.5"
# Recommendations that are not followed, and why.
LEFT = {
    "process-run-crate-0.5_3.2": "a package is found by its purl",
    "process-run-crate-0.5_5.1": "types are asked for addresses of the web; packages have purls",
    "workflow-ro-crate-1.0_6.1": "the overview of the results is not part of a run",
    "workflow-ro-crate-1.0_6.2": "the same",
    "process-run-crate-0.5_8.4": "same input, same bytes: no output holds a time of day",
    "process-run-crate-0.5_8.6": "who ran it is not known",
    "ro-crate-1.1_22.2": "the same",
    "ro-crate-1.1_22.3": "the same",
}


@pytest.fixture(scope="module")
def crate(tiny):
    return json.loads((tiny / "ro-crate-metadata.json").read_text())


def by_id(crate):
    return {entity["@id"]: entity for entity in crate["@graph"]}


@pytest.mark.parametrize(("severity", "allowed"), [("REQUIRED", set()), ("RECOMMENDED", set(LEFT))])
def test_the_validator_passes_it(tiny, tmp_path, severity, allowed):
    python = REPO / ".venv-crate" / "bin" / "python"
    if not python.exists():
        pytest.skip("the validator is not installed: make .venv-crate/crate.stamp")
    # It writes beside what it looks at.
    folder = shutil.copytree(tiny, tmp_path / "crate")
    context = Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld"
    told = call(
        python, REPO / "tests" / "validated_crate.py", folder, context, PROFILE, severity, cwd=tmp_path
    )
    *issues, last = told.strip().split("\n")
    assert last == "validated"
    assert {line.split("\t")[1] for line in issues if "\t" in line} <= allowed, issues


def test_every_file_is_there_with_its_size_and_checksum(tiny, crate):
    files = [entity for entity in crate["@graph"] if "File" in entity["@type"]]
    assert len(files) > 40
    for entity in files:
        content = (tiny / entity["@id"]).read_bytes()
        assert entity["contentSize"] == str(len(content))
        assert entity["sha256"] == hashlib.sha256(content).hexdigest()
    # What may be passed on, and no table with exact numbers.
    assert {entity["@id"].split("/")[0] for entity in files} == {"report", "workflow", "dictionary.tsv"}


def test_it_says_what_was_found_with_what_and_by_which_settings(crate, tiny):
    entities = by_id(crate)
    summary = json.loads((tiny / "report" / "summary.json").read_text())
    assert entities["./"]["description"] == summary["answer"]
    run = entities["#run"]
    assert run["instrument"] == entities["./"]["mainEntity"] == {"@id": "workflow/Snakefile"}
    values = {entities[one["@id"]].get("name"): entities[one["@id"]].get("value") for one in run["object"]}
    # Chosen in tiny.yaml, and a default.
    assert "title" in values
    assert "variant" not in values
    assert len(values["plan_sha256"]) == 64
    versions = {
        entity["name"]: entity["softwareVersion"]
        for entity in crate["@graph"]
        if entity["@type"] == "SoftwareApplication"
    }
    assert versions["numpy"] == summary["versions"]["numpy"]
    inputs = [entities[one["@id"]] for one in run["object"] if "sha256" in entities[one["@id"]]]
    assert {one["sha256"] for one in inputs} == {row["sha256"] for row in summary["inputs"]}


def test_it_has_no_clock_and_no_place_on_a_machine(tiny):
    text = (tiny / "ro-crate-metadata.json").read_text()
    assert str(tiny.parent) not in text
    assert str(Path.home()) not in text
    assert "endTime" not in text
