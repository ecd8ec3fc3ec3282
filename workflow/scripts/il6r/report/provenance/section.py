"""The section on provenance: input files, versions and the configuration."""

import yaml

from il6r import provenance
from il6r.report import blocks
from il6r.report.load import Study
from il6r.report.provenance import registered
from il6r.tables.cohort import INPUTS

TITLE = "Provenance"


def content(study: Study) -> list[blocks.Block]:
    """Every input file with its checksum, versions, the registration of the plan, and the configuration."""
    rows = [
        [row.cohort, row.role, row.file, f"{row.bytes:,}", blocks.Cell(row.sha256, code=True)]
        for row in study.table(INPUTS).itertuples()
    ]
    versions = ", ".join(f"{name} {version}" for name, version in provenance.versions().items())
    config = yaml.safe_dump(study.config, sort_keys=False, allow_unicode=True, width=90)
    return [
        blocks.Shown("Input files", ["cohort", "role", "file", "bytes", "SHA-256"], rows),
        blocks.Words([f"Versions: {versions}."]),
        *registered.content(study),
        blocks.Disclosure("Configuration, defaults filled in", [blocks.Code(config)]),
    ]
