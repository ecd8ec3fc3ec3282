"""Studies made of tables in memory, as the report's sections and figures take them."""

import functools
import importlib
import re
from types import SimpleNamespace

import pandas as pd
from conftest import REPO

from il6r import variants
from il6r.replication.rule_in_words import RULE
from il6r.report import page
from il6r.report.blocks import Section
from il6r.report.load import Study
from il6r.report.numbering import numbered
from il6r.report.register import FIGURES
from il6r.tables.dictionary import contracts

TEMPLATE = str(REPO / "workflow" / "report" / "report.html.j2")
CATALOGUE = variants.load_catalogue(REPO / "resources" / "variants.tsv")
# Files of a figure that is not looked at.
NO_FILES = {"svg": "data:,"}
RESOURCES = {
    "published": "published_effects.tsv",
    "gene": "gene.tsv",
    "calibration": "calibration.tsv",
    "constants": "binding_constants.tsv",
    "limits": "quality_limits.tsv",
    "references": "references.tsv",
    "checklists": "checklists.tsv",
}


def empty(table):
    """A contract's table of no rows, with the column `cohort`."""
    names = [name for name, spec in table.columns.items() if spec.required]
    frame = table.check(pd.DataFrame(columns=names))
    return frame if "cohort" in frame else frame.assign(cohort=pd.Series(dtype=object))


@functools.cache
def _all_empty():
    """Every contract's table of no rows, by name."""
    return {name: empty(one) for name, one in contracts().items()}


def made_study(cohorts, tables, minimum=5, plan=None, rules=None, **resources):
    """A study with these tables, by name; others are empty.

    Parameters
    ----------
    rules : settings of each cohort, by the cohort.
    resources : tables of `resources/`, by the name of the rule's input, other than the workflow's own.
    """
    config = {
        "title": "A study",
        "variant": "rs2228145",
        "seed": 1,
        "min_cell_size": minimum,
        "cohorts": {name: {"genotypes": {}, **(rules or {}).get(name, {})} for name in cohorts},
    }
    files = {name: REPO / "resources" / file for name, file in RESOURCES.items()}
    schema = REPO / "workflow" / "schemas" / "config.schema.yaml"
    given = SimpleNamespace(truths=[], config_schema=schema, **files)
    in_memory = {name: table.copy() for name, table in _all_empty().items()}
    assert set(tables) <= set(in_memory), set(tables) - set(in_memory)
    study = Study(config, given, RULE, in_memory=in_memory | tables)
    study.plan, study.catalogue = plan, CATALOGUE
    own = study.resource
    study.resource = lambda name: resources[name] if name in resources else own(name)
    return study


def written(study, *names):
    """The page with the sections of these folders alone, without style sheet, script, icons and images."""
    modules = [importlib.import_module(f"il6r.report.{name}.section") for name in names]
    sections = [
        Section(name, one.TITLE, one.content(study)) for name, one in zip(names, modules, strict=True)
    ]
    html = page.rendered(
        TEMPLATE, "A study", "its lead", [], numbered(sections), dict.fromkeys(FIGURES, NO_FILES)
    )
    html = re.sub(r"<(style|script|defs)>.*?</\1>", "", html, flags=re.S)
    return re.sub(r'(src|href)="data:[^"]*"', "", html)
