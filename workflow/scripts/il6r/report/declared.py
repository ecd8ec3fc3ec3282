"""Texts that repeat what contracts and the register of figures say: made from them by `make declared`.

They are the captions of Snakemake's own report, one a figure and one a table that it shows, and the overview
of the results.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from il6r.report.register import FIGURES
from il6r.tables.contract import Table
from il6r.tables.dictionary import contracts

# What appears among the results beside tables and figures.
_BESIDE = {
    "report/report.html": "The report: verdicts first, one file, no outside requests.",
    "report/summary.json": "Verdicts, power and estimates for programs.",
    "report/claims.txt": "The lines shown at the end of a run.",
    "report/methods.md": "A methods paragraph to paste, the methods in full, the references.",
    "report/references.bib": "What the methods and the published values cite, as BibTeX.",
    "calibration/calibration.svg": "What `make calibrate` measured, as a figure.",
    "power/*.svg": "What `make power` found of a planned study.",
    "<cohort>/genotypes/markers.npz, region.npz": "The calls that structure and linkage are computed from.",
    "<cohort>/genotypes/indexes/": "Indexes of genotype files that came without.",
    "synthetic/<cohort>/": "A synthetic cohort's input files, and the truth they were made with.",
    "logs/, benchmarks/": "Each job's log (and `claim`, by which a run holds the results); time and memory.",
    "benchmarks/rules.tsv": "The same of each rule's jobs together.",
    "benchmarks.tsv": "What `make bench` measured.",
}
_PRIVACY = (
    "Tables whose rows are people (participants, samples, or what belongs to one), the .npz files and "
    "everything under `synthetic/` hold rows of participants; the rest holds groups, with exact numbers. "
    "Only what is under `report/` is made to be passed on: there numbers of people are rounded, so that none "
    "of fewer than `min_cell_size` follows (docs/disclosure.md)."
)
# What captions that are written before a run say of the step of rounding.
_STEP = "a step (10 for groups of at least 5)"
# What has a meaning in reStructuredText.
_MARKUP = re.compile(r"([\\*`|_])")


def texts(root: Path) -> dict[str, str]:
    """Every text that is made from declarations, by its place in the repository at `root`."""
    figures = {
        f"workflow/report/{one.name}.rst": _caption(one.caption, '{{ snakemake.config["min_cell_size"] }}')
        for one in FIGURES.values()
    }
    tables = {
        f"workflow/report/{table.name}.rst": (
            "{{ snakemake.wildcards.cohort }}: " if _by_cohort(table) else ""
        )
        + _caption(table.meaning)
        for table in shown_tables(root)
    }
    return {**figures, **tables, "results/README.md": _overview()}


def shown_tables(root: Path) -> Iterator[Table]:
    """The tables that Snakemake's own report shows: those that rules write with `shown=True`."""
    known = contracts()
    for path in sorted((root / "workflow" / "rules").glob("*.smk")):
        for names in re.findall(r"files\(([A-Z0-9_,\s]+),\s*shown=True", path.read_text()):
            yield from (known[name.strip().lower()] for name in names.split(","))


def _by_cohort(table: Table) -> bool:
    return "{cohort}" in table.file


def _caption(text: str, minimum: str = "") -> str:
    """A caption in reStructuredText, in which `{minimum}` is what Snakemake puts in its place."""
    text = _MARKUP.sub(r"\\\1", text).replace("{step}", _STEP)
    return text.replace("{minimum}", minimum) + "\n"


def _overview() -> str:
    """The overview of what a run leaves, in Markdown."""
    figures = {
        f"report/figures/{one.name}.svg, .pdf, .csv": one.caption.replace(
            "{minimum}", "`min_cell_size`"
        ).replace("{step}", _STEP)
        for one in FIGURES.values()
    }
    tables = [
        f"| {_file(table.file)} | {'people' if table.of_people else 'groups'} | {_cell(table.meaning)} |"
        for table in contracts().values()
    ]
    lines = [
        "# What appears here",
        "",
        "Made by `make declared` from the tables' contracts and the register of figures. What each column of "
        "each table means stands in `dictionary.tsv`.",
        "",
        _PRIVACY,
        "",
        *_table(_BESIDE),
        "",
        "## Figures",
        "",
        *_table(figures),
        "",
        "## Tables",
        "",
        "| file | rows | what |",
        "|---|---|---|",
        *tables,
    ]
    return "\n".join(lines) + "\n"


def _table(what: dict[str, str]) -> list[str]:
    rows = [f"| {_file(file)} | {_cell(text)} |" for file, text in what.items()]
    return ["| file | what |", "|---|---|", *rows]


def _file(name: str) -> str:
    names = name.replace("{", "<").replace("}", ">").split(", ")
    return ", ".join(f"`{one}`" for one in names)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    for place, text in texts(Path()).items():
        Path(place).write_text(text)
