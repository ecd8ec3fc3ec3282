"""The section on data quality: a row a cohort, with the worst check of each domain."""

from dataclasses import dataclass, replace

from il6r.report import blocks
from il6r.report.load import Study
from il6r.report.quality import checks
from il6r.tables.data_checks import DATA_CHECKS

TITLE = "Data quality"
# With more cohorts than this a reason is given only for what did not pass.
_MANY_COHORTS = 8


@dataclass(frozen=True)
class Quality(blocks.Shown):
    """A table of lights; with many cohorts its rows are `dense`."""

    dense: bool = False


def content(study: Study) -> list[blocks.Block]:
    """The table, and what its levels hold back."""
    table = study.table(DATA_CHECKS)
    if table.empty:
        return []
    dense = len(study.cohorts) > _MANY_COHORTS
    described = {name: cohort.get("description") or "" for name, cohort in study.config["cohorts"].items()}
    rows: list[list[blocks.Text]] = []
    for name in study.cohorts:
        lights = checks.lights(table[table["cohort"] == name], study.minimum)
        told = "" if dense else described[name]
        head = blocks.Cell((blocks.Link(name, f"co-{name}"), told), head=True)
        rows.append([head, *(_short(light, dense=dense) for light in lights.values())])
    return [
        Quality(
            "Checks of each cohort's data",
            ["Cohort", *checks.DOMAINS],
            rows,
            how="A cell is the worst check of a domain with its value; limits stand under the cohort",
            dense=dense,
        ),
        blocks.Words(
            [
                "Limits were set before the data were seen (resources/quality_limits.tsv has reasons and "
                "sources). What fails holds back every verdict that rests on it, until the plan says that "
                "it was looked at (replication.looked_at); a look is a remark."
            ]
        ),
    ]


def _short(light: blocks.Light, *, dense: bool) -> blocks.Light:
    return replace(light, text="") if dense and light.level == checks.PASS else light
