"""Every figure of a finished study can be read in print, without colours, of one cohort and of twenty."""

import functools
import itertools
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import readable
from conftest import REPO

from il6r.report import drawing, gallery, privacy
from il6r.report.load import Study
from il6r.report.register import FIGURES
from il6r.tables.dictionary import contracts

MINIMUM = 5
PRINTED_INCHES = 180 / 25.4
# Colours of one shape nearer than this are the same to somebody; 2.3 is a difference that is just seen.
APART = 15
OWN = ("sequenced", "imputed", "longitudinal", "proteomic")
RESOURCES = {"variants": "variants.tsv", "published": "published_effects.tsv", "gene": "gene.tsv"}
# What is counted in the figures' data.
COUNTS = ("people", "left_out", "person_days")


@functools.cache
def study_of(results, number):
    """The first cohort of a run alone, or all of them again and again under other names."""
    names = OWN[:1] if number == 1 else [f"{OWN[k % len(OWN)]} {k + 1}" for k in range(number)]
    own = [name.split()[0] for name in names]
    given = SimpleNamespace(
        plan=REPO / "config" / "plan.yaml",
        plan_schema=REPO / "workflow" / "schemas" / "plan.schema.yaml",
        truths=[],
        **{name: REPO / "resources" / file for name, file in RESOURCES.items()},
    )
    for name, table in contracts().items():
        places = own if "{cohort}" in table.file else [""]
        setattr(given, name, [str(results / table.file.replace("{cohort}", one)) for one in places])
    rules = {"assay_rules": {"max_standard_error_percent": 25}, "activity_rules": {"valid_day_hours": 16}}
    return Study(
        {"min_cell_size": MINIMUM, "cohorts": {name: {"genotypes": {}, **rules} for name in names}}, given
    )


@pytest.mark.parametrize("number", [1, 20])
@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_read(name, number, default_study):
    with drawing.style():
        figure, data = gallery.function_of(name)(study_of(default_study, number))
        texts = readable.written(figure)
    plt.close(figure)
    printed = PRINTED_INCHES / figure.get_size_inches()[0]
    assert min(one.points for one in texts) * printed >= 9 - 1e-6
    assert readable.overlaps(texts) == []
    assert readable.outside(figure, texts) == []
    # On a dark page, too.
    assert figure.get_facecolor() == (1, 1, 1, 1)
    for marks in readable.looks(figure):
        for (one, colour, shape), (other, another, own) in itertools.combinations(marks, 2):
            kinds = (None, *readable.COLOUR_BLIND)
            near = min(readable.distance(colour, another, kind) for kind in kinds)
            assert shape != own or near > APART, (one, other, near)
    # And is as private as what is told in words.
    assert len(data)
    for column in data.columns.intersection(COUNTS):
        counts = pd.to_numeric(data[column]).dropna()
        assert (counts % privacy.step(MINIMUM) == 0).all(), column


def test_each_figure_has_its_table_beside_it(default_study):
    for name in FIGURES:
        table = pd.read_csv(default_study / "report" / "figures" / f"{name}.csv")
        assert len(table), name
        assert not set(table) & {"participant", "sample", "family"}, name
