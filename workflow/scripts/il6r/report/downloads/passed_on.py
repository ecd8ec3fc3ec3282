"""What may be passed on, and what is each file of it?"""

from collections.abc import Mapping

from il6r.report.register import FIGURES

# What the report itself consists of.
_OF_REPORT = {
    "report/report.html": "the report",
    "report/methods.md": "the methods, to paste",
    "report/references.bib": "what the methods cite, as BibTeX",
}
# What lies beside the report in the results folder and may be passed on as it may.
BESIDE: Mapping[str, str] = {
    "report/supplement.xlsx": "every table of this page as a sheet, and the estimates with their dictionary",
    "report/claims.txt": "a sentence for each claim, as a run ends with",
    "report/summary.json": "claims, estimates and pools for programs",
    "report/figures/": "every figure as SVG and PDF, with a csv of what it draws",
    "ro-crate-metadata.json": "the run as a Workflow Run RO-Crate",
    "dictionary.tsv": "what each column of each table of the results folder means",
}


def meaning(place: str) -> str:
    """What a file is that may be passed on, by its place in the results folder."""
    name = place.rpartition("/")[2]
    if place.startswith("report/figures/"):
        stem, _, kind = name.partition(".")
        label = FIGURES[stem].label
        return f"Figure: {label}" if kind != "csv" else f"What is drawn in the figure: {label}"
    return {**_OF_REPORT, **BESIDE}[place]
