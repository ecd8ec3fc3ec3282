"""The section on provenance: what the report was made from and by what."""

import yaml

from il6r import provenance
from il6r.report import blocks
from il6r.report.load import Study
from il6r.report.provenance import inputs, registered, settings
from il6r.tables.cohort import INPUTS

TITLE = "Provenance"


def content(study: Study) -> list[blocks.Block]:
    """Versions, the plan and its registration, the settings that are no defaults, and every input file."""
    files = inputs.told(study.table(INPUTS), study.minimum)
    sizes = {"bytes": [f"{size:,}" for size in files["bytes"]]} if "bytes" in files else {}
    columns = {"cohort": files["cohort"], "role": files["role"], "file": files["file"], **sizes}
    columns["SHA-256"] = [blocks.Cell(text, code=True) for text in files["sha256"]]
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    versions = provenance.versions()
    own = versions.pop("il6r-replication"), versions.pop("commit")
    others = ", ".join(f"{name} {version}" for name, version in versions.items())
    return [
        blocks.Words(
            [
                f"Made by il6r-replication {own[0]}, commit {own[1]}, with the command snakemake and the "
                f"configuration below; random numbers from seed {study.config['seed']}.",
                f"Software: {others}.",
            ]
        ),
        *registered.content(study),
        blocks.Heading("Settings that differ from the defaults"),
        blocks.Code(settings.as_yaml(chosen(study))),
        blocks.Disclosure("Configuration, defaults filled in", [blocks.Code(settings.as_yaml(study.config))]),
        blocks.Disclosure(
            "Input files and their checksums",
            [
                blocks.Shown(
                    "Input files",
                    list(columns),
                    rows,
                    how="A row a file as it was read; files named after people are one row together.",
                )
            ],
        ),
    ]


def chosen(study: Study) -> dict[str, object]:
    """The settings of a study that are no defaults."""
    with open(study.given.config_schema, encoding="utf-8") as stream:
        return settings.chosen(study.config, yaml.safe_load(stream))
