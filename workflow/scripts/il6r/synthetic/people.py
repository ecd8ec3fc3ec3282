"""Whose genotypes are measurements simulated onto?"""

import pandas as pd

from il6r.errors import InputError
from il6r.tables.genotypes import CALLS
from il6r.tables.synthetic import TRUE_DOSAGES
from il6r.user_tables.table import read_table


def load(path, people_path=None) -> tuple[pd.DataFrame, pd.Series | None]:
    """Sample, ancestry and dosage of the people to simulate, and their sexes if known.

    Parameters
    ----------
    path : true dosages of simulated people, or the calls of real ones.
    people_path : for real ones, a table with columns sample, population and optionally sex.

    Raises
    ------
    InputError : a called sample is not in the table of people.
    """
    if people_path is None:
        return TRUE_DOSAGES.read(path), None
    calls = CALLS.read(path)
    people = read_table(people_path, ("sample", "population")).frame.set_index("sample")
    absent = ~calls["sample"].isin(people.index)
    if absent.any():
        raise InputError(
            people_path,
            f"{absent.sum():,} samples of the genotype files are not in it",
            "add them",
        )
    dosages = calls[["sample", "dosage"]].assign(ancestry=calls["sample"].map(people["population"]))
    return dosages, people.get("sex")
