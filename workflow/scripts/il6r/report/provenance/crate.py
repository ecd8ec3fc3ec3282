"""How is a run described for programs? As a Workflow Run RO-Crate, the standard for a workflow's run.

The crate is the results folder. It names what may be passed on and what it was made from: no identifier, no
place on a machine, no clock, and of tables of people nothing.

Sources: Leo 2024 (Workflow Run RO-Crate, doi 10.1371/journal.pone.0309210); Soiland-Reyes 2022 (RO-Crate, doi
10.3233/DS-210053).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rocrate.model.computationalworkflow import ComputationalWorkflow
from rocrate.model.contextentity import ContextEntity
from rocrate.model.file import File
from rocrate.model.softwareapplication import SoftwareApplication
from rocrate.rocrate import ROCrate

from il6r import origin, provenance
from il6r.report.load import Study
from il6r.report.provenance import inputs, registered, section
from il6r.tables.cohort import INPUTS

# The release of RO-Crate that the profiles are defined on, and the profiles.
_RELEASE = "1.1"
_OF_WORKFLOWS = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    _OF_WORKFLOWS: ("Workflow RO-Crate", "1.0"),
}
# What the entity of a workflow keeps to.
_BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
# Terms of its own that the profiles use.
_TERMS = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}
_FORMATS = {
    ".html": "text/html",
    ".json": "application/json",
    ".txt": "text/plain",
    ".svg": "image/svg+xml",
    ".pdf": "application/pdf",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".md": "text/markdown",
    ".bib": "application/x-bibtex",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_LICENCE = "https://spdx.org/licenses/MIT"


class Result(NamedTuple):
    """A file that the crate holds: its place in the results folder, where it lies, and what it is."""

    place: str
    path: str | Path
    meaning: str


def described(study: Study, answer: str, results: Iterable[Result], workflow: Result) -> str:
    """The crate's metadata, ro-crate-metadata.json.

    Parameters
    ----------
    answer : what the study found, in a sentence.
    results : what may be passed on.
    workflow : the file that the run was started from.
    """
    versions = provenance.versions()
    crate = ROCrate(version=_RELEASE)
    crate.metadata.extra_terms.update(_TERMS)
    crate.metadata["conformsTo"] = [{"@id": crate.metadata.profile}, {"@id": _OF_WORKFLOWS}]
    crate.name, crate.description = study.config["title"], answer
    crate.datePublished = origin.RELEASED
    crate.license = _entity(crate, _LICENCE, "CreativeWork", name="MIT", identifier=_LICENCE)
    crate.root_dataset["conformsTo"] = [
        _entity(crate, url, "CreativeWork", name=name, version=version)
        for url, (name, version) in _PROFILES.items()
    ]
    made = [_file(crate, result) for result in results]
    files = inputs.told(study.table(INPUTS), study.minimum)
    given = [_input(crate, row) for row in files.to_dict("records")]
    chosen = [
        *_settings(crate, section.chosen(study)),
        _parameter(crate, "plan_sha256", registered.digest(study)),
    ]
    tool = _workflow(crate, workflow, versions)
    tool["input"] = [value["exampleOfWork"] for value in chosen]
    crate.mainEntity = tool
    run = _entity(
        crate,
        "#run",
        "CreateAction",
        name=f"A run of il6r-replication {versions['il6r-replication']}",
        description="snakemake, with the configuration whose chosen settings are objects of this action",
        actionStatus="http://schema.org/CompletedActionStatus",
        instrument=tool,
        object=[*given, *chosen],
        result=made,
    )
    crate.root_dataset["mentions"] = run
    return json.dumps(crate.metadata.generate(), indent=1, ensure_ascii=False) + "\n"


def _entity(crate: ROCrate, place: str, kind: str, **properties: Any) -> ContextEntity:
    """An entity of the crate, added to it."""
    entity = ContextEntity(crate, place, {"@type": kind, **properties})
    crate.add(entity)
    return entity


def _file(crate: ROCrate, result: Result) -> File:
    content = Path(result.path).read_bytes()
    ending = Path(result.place).suffix
    described = {
        "name": result.meaning,
        "encodingFormat": _FORMATS[ending],
        "contentSize": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    file = File(crate, dest_path=result.place, properties=described)
    crate.add(file)
    return file


def _input(crate: ROCrate, row: Mapping[Any, Any]) -> ContextEntity:
    """A file that was read, which the crate does not hold."""
    size = {"contentSize": str(row["bytes"])} if "bytes" in row else {}
    return _entity(
        crate,
        f"#{row['cohort']}-{row['role']}-{row['sha256'][:16]}",
        "CreativeWork",
        name=f"{row['cohort']}, {row['role']}: {row['file']}",
        sha256=row["sha256"],
        **size,
    )


def _settings(crate: ROCrate, settings: Mapping[str, Any], prefix: str = "") -> list[ContextEntity]:
    """A value for each setting, by the keys that lead to it."""
    found: list[ContextEntity] = []
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            found += _settings(crate, value, f"{prefix}{key}.")
        else:
            found.append(_parameter(crate, f"{prefix}{key}", value))
    return found


def _parameter(crate: ROCrate, name: str, value: Any) -> ContextEntity:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    formal = _entity(crate, f"#parameter-{name}", "FormalParameter", name=name, additionalType="Text")
    return _entity(crate, f"#value-{name}", "PropertyValue", name=name, value=text, exampleOfWork=formal)


def _workflow(crate: ROCrate, workflow: Result, versions: Mapping[str, str]) -> ComputationalWorkflow:
    """The workflow with its language and the software that it depends on."""
    language = _entity(
        crate,
        "https://w3id.org/workflowhub/workflow-ro-crate#snakemake",
        "ComputerLanguage",
        name="Snakemake",
        identifier={"@id": "https://doi.org/10.1093/bioinformatics/bts480"},
        url={"@id": "https://snakemake.readthedocs.io"},
        version=versions["snakemake"],
    )
    software = [_software(crate, name, version) for name, version in _others(versions)]
    content = Path(workflow.path).read_bytes()
    tool = ComputationalWorkflow(
        crate,
        dest_path=workflow.place,
        properties={
            "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
            "conformsTo": {"@id": _BIOSCHEMAS},
            "name": "il6r-replication",
            "description": workflow.meaning,
            "version": versions["il6r-replication"],
            "softwareVersion": versions["commit"],
            "programmingLanguage": language,
            "softwareRequirements": software,
            "encodingFormat": "text/x-snakemake",
            "contentSize": str(len(content)),
            "sha256": hashlib.sha256(content).hexdigest(),
        },
    )
    crate.add(tool)
    return tool


def _others(versions: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """The software beside the workflow itself."""
    return [
        (name, version) for name, version in versions.items() if name not in ("il6r-replication", "commit")
    ]


def _software(crate: ROCrate, name: str, version: str) -> SoftwareApplication:
    software = SoftwareApplication(
        crate, f"pkg:pypi/{name}@{version}", {"name": name, "softwareVersion": version}
    )
    crate.add(software)
    return software
