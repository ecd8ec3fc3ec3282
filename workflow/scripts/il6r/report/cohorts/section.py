"""The section on cohorts: a card for each, and what is told across them."""

from il6r.report import blocks
from il6r.report.activity import words as activity
from il6r.report.assays import words as assays
from il6r.report.cohort.words import whole_flow
from il6r.report.cohorts.card import card
from il6r.report.genotypes import calls
from il6r.report.load import Study
from il6r.report.verdicts.words import relative_units
from il6r.tables.activity import WEAR
from il6r.tables.assays import ASSAYS_QC, VARIABILITY
from il6r.tables.association import AVERAGE_DAY, ESTIMATES, GENOTYPE_MEANS, SENSITIVITY
from il6r.tables.genotypes import GENOTYPES_QC, SOURCES

TITLE = "Cohorts"


def content(study: Study) -> list[blocks.Block]:
    """The cards, in the configuration's order, closed at first."""
    flow = whole_flow(study)
    return [*(card(study, name, flow) for name in study.cohorts), *_across(study)]


def _across(study: Study) -> list[blocks.Block]:
    """What is told of the cohorts together, under one line."""
    cohorts, minimum = study.cohorts, study.minimum
    estimates = study.table(ESTIMATES)
    told = {
        "Genotypes": calls.quality_notes(
            study.table(GENOTYPES_QC), study.table(SOURCES), study.config["variant"], minimum
        ),
        "Assays": [
            *relative_units(estimates),
            *assays.spread_sentences(cohorts, study.table(VARIABILITY), study.table(ASSAYS_QC), minimum),
        ],
        "The balance of IL-6 signalling": assays.balance_sentences(
            estimates, study.table(SENSITIVITY), study.table(GENOTYPE_MEANS), minimum
        ),
        "Wear and the average day, as the figures draw them": [
            *activity.wear_sentences(cohorts, study.table(WEAR), minimum),
            *activity.day_sentences(cohorts, study.table(AVERAGE_DAY), minimum),
        ],
    }
    parts: list[blocks.Block] = []
    for name, said in told.items():
        if said:
            parts += [blocks.Heading(name, level=4), blocks.Words(said)]
    return [blocks.Disclosure("Across cohorts", parts)] if parts else []
