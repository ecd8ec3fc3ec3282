"""Every figure of the report, one after another."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import matplotlib.pyplot as plt
import pandas as pd

from il6r import variants
from il6r.plan import Plan
from il6r.report import (
    activity_figures,
    assay_figures,
    balance_figures,
    figures,
    forest_figure,
    linkage,
    linkage_figures,
    load,
    operating_figure,
    replication,
    specification_figure,
    structure_figures,
)
from il6r.tables.cohort import ANALYSIS_SET
from il6r.tables.genotypes import STRUCTURE


def draw(output: dict[str, list[str]], workers: int, *arguments) -> None:
    """Draw every figure to its files, in so many processes, which change nothing in them.

    Parameters
    ----------
    output : the files of each figure by the name of the rule's output.
    arguments : of `_figures`.
    """
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        try:
            drawn = [pool.submit(_save, figure, output[name]) for name, figure in _figures(*arguments)]
            for one in drawn:
                one.result()
        except BaseException:
            # Or those that have not begun would be waited for.
            pool.shutdown(cancel_futures=True)
            raise


def _save(figure: Callable[[], plt.Figure], paths: list[str]) -> None:
    with figures.style():
        figures.save(figure(), paths)


def _figures(
    given, plan: Plan, cohorts: list[str], settings: dict[str, dict], minimum: int
) -> Iterator[tuple[str, Callable[[], plt.Figure]]]:
    """The names of the rule's outputs, and what draws the figure.

    Parameters
    ----------
    given : the rule's inputs: paths by name, lists of them of what each cohort has.
    settings : of `valid_day_hours` and `standard_error_percent`, each cohort's.
    """
    read, assays = load.genotype_tables(cohorts, given), load.assay_tables(cohorts, given)
    active = load.activity_tables(cohorts, given)
    associated = load.association_tables(cohorts, given)
    estimates, means = associated["estimates"], associated["genotype_means"]
    together = load.replication_tables(given)
    yield "flow_figure", partial(figures.participant_flow, load.flow(cohorts, given), plan, minimum)
    sets = [ANALYSIS_SET.read(path) for path in given.analysis_set]
    for outcome in ("sil6r", "activity"):
        people = pd.concat(
            [figures.participant_values(own, name, outcome) for name, own in zip(cohorts, sets, strict=True)]
        )
        yield outcome, partial(figures.by_genotype, people, means, outcome, minimum)
    published = pd.read_csv(given.published, sep="\t")
    yield "forest", partial(forest_figure.forest, plan, estimates, together["pooled"], published, minimum)
    yield "specifications", partial(specification_figure.draw, plan, associated["sensitivity"], minimum)
    labels = replication.benchmark_labels(together["verdicts"])
    yield "operating", partial(operating_figure.draw, together["operating"], labels)

    yield "frequency", partial(figures.allele_frequency, read["qc"], minimum)
    structure = load.together(STRUCTURE, cohorts, given.structure)
    looks = figures.group_looks(structure["group"])
    summary = read["structure_summary"]
    yield "components", partial(structure_figures.ancestry_components, structure, summary, looks, minimum)
    yield "fst", partial(structure_figures.fst_matrix, read["fst"], minimum)
    places = linkage.places(read["sources"], variants.load_catalogue(given.variants))
    genes = pd.read_csv(given.gene, sep="\t")
    ld, decay = read["ld"], read["ld_decay"]
    yield "linkage", partial(linkage_figures.linkage, ld, decay, genes, places, looks, minimum)

    yield "assay_plates", partial(assay_figures.plates, assays, settings["standard_error_percent"], minimum)
    yield "balance", partial(balance_figures.balance, estimates, associated["sensitivity"], means, minimum)
    yield "wear", partial(activity_figures.wear, active["wear"], settings["valid_day_hours"], minimum)
    yield "average_day", partial(activity_figures.average_day, active["average_day"], minimum)
