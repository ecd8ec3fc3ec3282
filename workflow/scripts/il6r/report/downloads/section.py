"""The section on downloads: what of the results can be taken along, and where the rest lies."""

import io
from typing import Any

import pandas as pd

from il6r.report import blocks
from il6r.report.association import estimates
from il6r.report.downloads.passed_on import BESIDE
from il6r.report.downloads.supplement import Records
from il6r.report.load import Study
from il6r.report.replication.words import findings, for_programs
from il6r.tables.association import ESTIMATES
from il6r.tables.replication import POOLED

TITLE = "Downloads"


def content(study: Study) -> list[blocks.Block]:
    """The tables for programs as files that are part of the page, and what lies beside it."""
    files = [
        blocks.Download(
            f"{one.contract.name}.csv", one.contract.meaning, _csv(one.rows), "text/csv", len(one.rows)
        )
        for one in records(study)
        if one.rows
    ]
    return [
        *([blocks.Downloads(files)] if files else []),
        blocks.Words(
            [
                "Beside this page in the results folder lies what may be passed on like it. The other tables "
                "there have exact numbers of people and are their owner's to keep."
            ]
        ),
        blocks.Sentences([blocks.Named(name, f": {what}.") for name, what in BESIDE.items()]),
    ]


def records(study: Study) -> list[Records]:
    """The tables for programs: estimates of each cohort, and pooled."""
    own = estimates.for_programs(study.table(ESTIMATES), study.minimum)
    return [Records(ESTIMATES, own), Records(POOLED, for_programs(findings(study)))]


def _csv(rows: Any) -> bytes:
    """Rows as csv with ten significant digits."""
    text = io.StringIO()
    pd.DataFrame(rows).to_csv(text, index=False, float_format="%.10g", lineterminator="\n")
    return text.getvalue().encode()
