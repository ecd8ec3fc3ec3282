"""The report: one HTML page without outside requests, its summary as JSON, and lines for the screen."""

import functools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import jinja2
from markupsafe import Markup

from il6r import provenance
from il6r.report import blocks, markup, privacy
from il6r.report.answer import section as answer
from il6r.report.association import estimates
from il6r.report.checklists import section as checklists
from il6r.report.claims import section as claims_section
from il6r.report.cohorts import section as cohorts
from il6r.report.downloads import section as downloads
from il6r.report.downloads import supplement as workbook
from il6r.report.figures import section as figures
from il6r.report.findings import cite
from il6r.report.findings import section as findings_section
from il6r.report.genotypes import calls, populations
from il6r.report.glossary import section as glossary
from il6r.report.load import Study
from il6r.report.methods import section as methods
from il6r.report.numbering import numbered
from il6r.report.provenance import inputs, registered
from il6r.report.provenance import section as provenance_section
from il6r.report.quality import section as quality
from il6r.report.replication.words import findings, for_programs
from il6r.report.rule import section as rule
from il6r.report.verdicts.words import claims
from il6r.report.verdicts.words import screen_lines as lines_of
from il6r.tables.association import ESTIMATES
from il6r.tables.cohort import INPUTS
from il6r.tables.genotypes import FST, GENOTYPES_QC, SOURCES, STRUCTURE_SUMMARY

# In the page's order, by the anchor of each.
SECTIONS: dict[str, ModuleType] = {
    "answer": answer,
    "findings": findings_section,
    "cite": cite,
    "quality": quality,
    "claims": claims_section,
    "cohorts": cohorts,
    "figures": figures,
    "rule": rule,
    "methods": methods,
    "checklists": checklists,
    "downloads": downloads,
    "provenance": provenance_section,
    "glossary": glossary,
}
# Sections whose titles only the navigation and readers of the screen need.
_QUIET = ("answer", "findings")
# The media type of a figure's files that are part of the page, by the ends of their names. PDFs, which
# would make it a fifth larger, lie beside it.
_MEDIA = {"svg": "image/svg+xml", "csv": "text/csv"}


def write(study: Study, images: Mapping[str, Mapping[str, str]], template: str) -> str:
    """The report's HTML.

    Parameters
    ----------
    images : paths of each figure's files, by the ends of their names, by its name.
    template : path of the jinja2 template, beside which its macros, stylesheet and script are.
    """
    files = {
        name: {
            kind: markup.uri_of(Path(path).read_bytes(), _MEDIA[kind])
            if kind in _MEDIA
            else f"figures/{Path(path).name}"
            for kind, path in own.items()
        }
        for name, own in images.items()
    }
    return rendered(
        template,
        study.config["title"],
        answer.lead(study),
        [*_warnings(study), *registered.opening(study)],
        sections(study),
        files,
    )


@functools.cache
def sections(study: Study) -> tuple[blocks.Section, ...]:
    """All sections of the page in their order, numbered."""
    made = [
        blocks.Section(name, module.TITLE, module.content(study), quiet=name in _QUIET)
        for name, module in SECTIONS.items()
    ]
    # What downloads hold stands in the other sections too.
    told = [one for one in made if one.name != "downloads"]
    rounding = blocks.Words([privacy.rounding(told, study.minimum)])
    whole = [replace(one, blocks=[*one.blocks, rounding]) if one.name == "quality" else one for one in made]
    return tuple(numbered(whole))


def supplement(study: Study, path: str | Path) -> None:
    """Write the page's tables as a workbook, beside the estimates for programs."""
    workbook.write(path, study.config["title"], sections(study), downloads.records(study))


def rendered(
    template: str,
    title: str,
    lead: str,
    opening: Sequence[blocks.Block],
    sections: Sequence[blocks.Section],
    images: Mapping[str, Mapping[str, str]],
) -> str:
    """The template with these sections; one without blocks is left out, of the navigation too.

    Parameters
    ----------
    lead : what stands above the title; opening : blocks above the sections, which are numbered.
    images : the files of each figure as addresses that hold them, by the ends of their names, by its name.
    """
    folder = Path(template).parent
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "markup": markup.markup,
        "capital": markup.capital,
        "anchor": markup.anchor,
        "data_uri": markup.data_uri,
        "size": markup.size,
    }
    shown = [replace(one, blocks=_pictured(one.blocks, images)) for one in sections if one.blocks]
    return environment.get_template(Path(template).name).render(
        title=title,
        lead=lead,
        opening=opening,
        sections=shown,
        style=Markup((folder / "page.css").read_text(encoding="utf-8")),
        script=Markup((folder / "page.js").read_text(encoding="utf-8")),
    )


def summary(study: Study) -> str:
    """The verdicts and estimates as JSON, for programs; groups only, as in the report."""
    found, minimum = findings(study), study.minimum
    data = {
        "title": study.config["title"],
        "variant": study.config["variant"],
        "answer": answer.sentence(study),
        "claims": claims(found),
        "estimates": estimates.for_programs(study.table(ESTIMATES), minimum),
        "pooled": for_programs(found),
        "structure": populations.summary(
            study.table(STRUCTURE_SUMMARY), study.table(FST), study.cohorts, minimum
        ),
        "truth": study.truths,
        "inputs": inputs.told(study.table(INPUTS), minimum).to_dict("records"),
        "versions": provenance.versions(),
    }
    return json.dumps(_rounded(data), indent=1, allow_nan=False) + "\n"


def screen_lines(study: Study) -> str:
    """One line for each claim."""
    return lines_of(study.config["title"], findings(study))


def _warnings(study: Study) -> list[blocks.Block]:
    """What nobody should miss: calls of a proxy, and measurements that are made up."""
    proxies = calls.proxy_warnings(
        study.table(SOURCES),
        study.table(GENOTYPES_QC),
        study.catalogue,
        study.config["variant"],
        study.minimum,
    )
    whose = (
        "All cohorts were" if len(study.truths) == len(study.cohorts) else f"{', '.join(study.truths)} were"
    )
    simulated = f"{whose} generated with a known truth: a rehearsal that says nothing about people."
    return [
        *(blocks.Warned("Proxy", text) for text in proxies),
        *([blocks.Warned("Simulated data", simulated)] if study.truths else []),
    ]


def _pictured(parts: Sequence[blocks.Block], images: Mapping[str, Mapping[str, str]]) -> list[blocks.Block]:
    """Blocks in which each figure has its files."""
    return [_with_files(part, images) for part in parts]


def _with_files(part: blocks.Block, images: Mapping[str, Mapping[str, str]]) -> blocks.Block:
    if isinstance(part, blocks.Figure):
        return replace(part, files=images[part.name])
    if isinstance(part, blocks.Disclosure):
        return replace(part, blocks=_pictured(part.blocks, images))
    if isinstance(part, blocks.Columns):
        return replace(part, left=_pictured(part.left, images), right=_pictured(part.right, images))
    return part


def _rounded(value: object) -> object:
    """Numbers to ten significant digits, as in the TSV tables; what is none is null."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.10g}") if math.isfinite(value) else None
    return value
