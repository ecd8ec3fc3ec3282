"""A page and a summary of made-up people, written by the report's own functions or with exact numbers."""

import html
from collections.abc import Mapping

import numpy as np
import pandas as pd

from il6r.report import privacy
from il6r.report.association import estimates
from il6r.report.genotypes import calls
from il6r.tables.association import ESTIMATES
from il6r.tables.genotypes import GENOTYPES_QC

COHORT, OUTCOME, ANALYSIS = "one", "sil6r_ng_ml", "sil6r_additive"
# Where people have no declared ancestry.
NONE = ""


def page(people: Mapping[str, np.ndarray], minimum: int) -> tuple[str, dict]:
    """What a report says of these people.

    Parameters
    ----------
    people : by ancestry, how many people have 0, 1 and 2 effect alleles (rows) and are without a level, have
        one but no covariates, or are in the model (columns).
    minimum : as `min_cell_size`; with 1 all numbers are exact.
    """
    everybody = sum(people.values())
    calls_rows = [
        [row["cohort"], row["group"], row["samples"], row["call_rate"], *row["counts"], row["frequency"]]
        for row in calls.quality_rows(_quality(people), minimum)
    ]
    means = [
        [COHORT, OUTCOME, f"genotype {copies}", privacy.people(int(everybody[copies, 1:].sum()), minimum)]
        for copies in range(3)
    ]
    heads = ["cohort", "group", "samples", "call rate", "0", "1", "2", "frequency"]
    text = f"<p>{privacy.rounding([], minimum)}</p>" + _table(heads, calls_rows)
    text += _table(["cohort", "outcome", "genotype", "participants"], means)
    return text, {"estimates": estimates.for_programs(_estimates(people), minimum)}


def _table(heads: list[str], rows: list[list[str]]) -> str:
    def line(cells):
        return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"

    return f"<table>{''.join(map(line, [heads, *rows]))}</table>"


def _groups(people: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {"all": sum(people.values())} | {name: of for name, of in people.items() if name != NONE}


def _quality(people: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """`GENOTYPES_QC` with what the words need."""
    rows = []
    for group, cells in _groups(people).items():
        none, one, two = (int(of) for of in cells.sum(axis=1))
        samples = none + one + two
        share = (one + 2 * two) / (2 * samples) if samples else None
        rows.append(
            {"group": group, "samples": samples, "called": samples, "n_0": none, "n_1": one, "n_2": two,
             "frequency": share, "hwe_midp": 0.5}
        )  # fmt: skip
    return pd.DataFrame(rows).reindex(columns=list(GENOTYPES_QC.columns)).assign(cohort=COHORT)


def _estimates(people: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """`ESTIMATES` of one analysis, of everybody and by ancestry."""
    rows = [
        {"cohort": COHORT, "analysis": ANALYSIS, "stratum": group, "estimate": 0.4,
         "n_participants": int(cells[:, 2].sum()), "n": int(cells[:, 2].sum())}
        for group, cells in _groups(people).items()
    ]  # fmt: skip
    return pd.DataFrame(rows).reindex(columns=list(ESTIMATES.columns))
