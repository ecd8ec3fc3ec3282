"""The report: one HTML page without outside requests, its summary as JSON, and lines for the screen."""

import base64
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import jinja2

from il6r import provenance
from il6r.report import blocks
from il6r.report.activity import section as activity
from il6r.report.assays import section as assays
from il6r.report.association import estimates
from il6r.report.association import section as association
from il6r.report.cohort import section as cohort
from il6r.report.genotypes import calls, populations
from il6r.report.genotypes import section as genotypes
from il6r.report.load import Study
from il6r.report.methods import section as methods
from il6r.report.provenance import registered
from il6r.report.provenance import section as provenance_section
from il6r.report.published import section as published
from il6r.report.register import FIGURES
from il6r.report.replication import section as replication
from il6r.report.replication.words import findings, for_programs
from il6r.report.verdicts import section as verdicts
from il6r.report.verdicts.words import claims
from il6r.report.verdicts.words import screen_lines as lines_of
from il6r.tables.association import ESTIMATES
from il6r.tables.cohort import INPUTS
from il6r.tables.genotypes import FST, GENOTYPES_QC, SOURCES, STRUCTURE_SUMMARY

# In the page's order, by the anchor of each.
SECTIONS = {
    "verdicts": verdicts,
    "cohort": cohort,
    "genotypes": genotypes,
    "assays": assays,
    "activity": activity,
    "association": association,
    "replication": replication,
    "published": published,
    "methods": methods,
    "provenance": provenance_section,
}


def write(study: Study, images: dict[str, str], template: str) -> str:
    """The report's HTML.

    Parameters
    ----------
    images : paths of the SVG files by figure name.
    template : path of the jinja2 template.
    """
    number = len(study.cohorts)
    return rendered(
        template,
        study.config["title"],
        f"{study.config['variant']} (IL6R p.Asp358Ala) in {number} cohort{'s' if number != 1 else ''}, set "
        "against the published effects on soluble IL\N{NON-BREAKING HYPHEN}6 receptor (sIL-6R) and physical "
        "activity.",
        [*_warnings(study), *registered.opening(study)],
        [section(study, name) for name in SECTIONS],
        {name: base64.b64encode(Path(path).read_bytes()).decode() for name, path in images.items()},
    )


def section(study: Study, name: str) -> blocks.Section:
    """A section of the page. Figures of the register that it does not place itself come at its end."""
    parts = SECTIONS[name].content(study)
    placed = set(_figures_in(parts))
    rest = [one.name for one in FIGURES.values() if one.section == name and one.name not in placed]
    return blocks.Section(name, SECTIONS[name].TITLE, [*parts, *map(study.figure, rest)])


def rendered(
    template: str,
    title: str,
    lead: str,
    opening: Sequence[blocks.Block],
    sections: Sequence[blocks.Section],
    images: dict[str, str],
) -> str:
    """The template with these sections; one without blocks is left out, of the navigation too.

    Parameters
    ----------
    lead : what stands under the title; opening : blocks above the sections.
    images : SVG files in base64 by figure name.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(template).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(Path(template).name).render(
        title=title,
        lead=lead,
        opening=opening,
        sections=[section for section in sections if section.blocks],
        images=images,
    )


def summary(study: Study) -> str:
    """The verdicts and estimates as JSON, for programs; groups only, as in the report."""
    found, minimum = findings(study), study.minimum
    data = {
        "title": study.config["title"],
        "variant": study.config["variant"],
        "claims": claims(found),
        "estimates": estimates.for_programs(study.table(ESTIMATES), minimum),
        "pooled": for_programs(found),
        "structure": populations.summary(
            study.table(STRUCTURE_SUMMARY), study.table(FST), study.cohorts, minimum
        ),
        "truth": study.truths,
        "inputs": study.table(INPUTS).to_dict("records"),
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
    simulated = (
        f"The measurements of {', '.join(study.truths)} are made by this workflow with a known truth: this "
        "report rehearses the analysis and says nothing about people."
    )
    return [
        *(blocks.Warned("Proxy", text) for text in proxies),
        *([blocks.Warned("Simulated", simulated)] if study.truths else []),
    ]


def _figures_in(parts: Sequence[blocks.Block]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, blocks.Figure):
            yield part.name
        elif isinstance(part, blocks.Disclosure):
            yield from _figures_in(part.blocks)


def _rounded(value: object) -> object:
    """Numbers to ten significant digits, as in the TSV tables; what is none is null."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.10g}") if math.isfinite(value) else None
    return value
