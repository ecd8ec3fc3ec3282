"""Between which numbers does every unknown cell lie, by an integer solver?

A cohort's people fall into cells: genotype (0, 1 or 2 effect alleles, or none that is sure) by ancestry (each
group that is named, and everybody else) by step (which of the numbers of one outcome they are counted in).
What was read are sums of cells between two bounds, or their ratios; the solver (HiGHS) gives the least and
the largest number of people that a cell, or a sum of cells, may have.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

GENOTYPES = (0, 1, 2, "unsure")
# More people than any cohort has.
_EVERYBODY = 1e6
# People who are in none of the groups that are named.
REST = "no group"


class Cell(NamedTuple):
    """A genotype, an ancestry, and the step: 0 for the genotype files, then one for each nested number."""

    genotype: int | str
    ancestry: str
    step: int


@dataclass(frozen=True)
class Sum:
    """A sum of cells between two bounds, with weights (1, or effect alleles), and where it was read."""

    where: str
    weights: tuple[tuple[Cell, float], ...]
    low: float
    high: float


@dataclass
class Table:
    """The unknown cells of one cohort and what is known of their sums.

    Attributes
    ----------
    ancestries : the groups that are named; `REST` is added.
    steps : names of nested numbers, from the outermost; the genotype files are step 0.
    """

    ancestries: list[str]
    steps: list[str] = field(default_factory=list)
    known: list[Sum] = field(default_factory=list)

    @property
    def cells(self) -> list[Cell]:
        """All cells; somebody at a step is in none of the later ones."""
        return [
            Cell(*one) for one in product(GENOTYPES, [*self.ancestries, REST], range(len(self.steps) + 1))
        ]

    def where(self, genotype=None, ancestry=None, step: int = 0) -> list[Cell]:
        """The cells of a genotype or all, an ancestry or all, who are counted at a step."""
        return [
            one
            for one in self.cells
            if (genotype is None or one.genotype == genotype)
            and (ancestry is None or one.ancestry == ancestry)
            and one.step >= step
        ]

    def add(self, where: str, cells: Iterable[Cell], low: float, high: float) -> None:
        """So many people are in these cells together."""
        self.known.append(Sum(where, tuple((one, 1.0) for one in cells), low, high))

    def add_frequency(self, where: str, cells: list[Cell], low: float, high: float, of_sure: bool) -> None:
        """The effect allele's frequency in these cells is between these.

        Of people whose genotype is sure alone, or of those of a dosage too, who have 0 to 2 alleles.
        """
        for end, low_end, high_end, most in ((low, 0, np.inf, 2.0), (high, -np.inf, 0, -2 * high)):
            weights = {one: 0.0 if of_sure else most for one in cells}
            weights |= {one: one.genotype - 2 * end for one in cells if one.genotype != "unsure"}
            self.known.append(Sum(where, tuple(weights.items()), low_end, high_end))

    def add_share(self, where: str, part: list[Cell], whole: list[Cell], low: float, high: float) -> None:
        """Of the people in `whole` this share is in `part`."""
        inside = set(part)
        for share, low_end, high_end in ((low, 0, np.inf), (high, -np.inf, 0)):
            weights = tuple((one, float(one in inside) - share) for one in whole)
            self.known.append(Sum(where, weights, low_end, high_end))

    def solver(self) -> "Solver":
        """What finds the least and the largest numbers."""
        return Solver(self)


class Solver:
    """The integer programme of one table; `fitting` are numbers of people by cell that were found to fit."""

    def __init__(self, table: Table) -> None:
        self.cells = table.cells
        self.place = {one: k for k, one in enumerate(self.cells)}
        matrix = np.zeros((len(table.known), len(self.cells)))
        for row, one in enumerate(table.known):
            for cell, weight in one.weights:
                matrix[row, self.place[cell]] += weight
        self.seen = LinearConstraint(
            matrix, [one.low for one in table.known], [one.high for one in table.known]
        )
        self.fitting: list[np.ndarray] = []

    def end(self, some: Iterable[Cell], sign: int) -> float:
        """The least (sign 1) or the largest (sign -1) number of people in some cells.

        Raises
        ------
        ValueError : nothing fits what was read, which was read wrongly then.
        """
        wanted = np.zeros(len(self.cells))
        wanted[[self.place[one] for one in some]] = 1
        done = milp(
            sign * wanted,
            constraints=self.seen,
            integrality=np.ones(len(self.cells)),
            bounds=Bounds(0, _EVERYBODY),
        )
        if done.x is None:
            raise ValueError(f"nothing fits: {done.message}")
        self.fitting.append(done.x.round())
        return float(round(sign * done.fun))

    def ends(self, some: Iterable[Cell]) -> tuple[float, float]:
        """The least and the largest number of people in some cells."""
        some = list(some)
        return self.end(some, 1), self.end(some, -1)

    def may_have(self, some: Iterable[Cell], number: int) -> bool:
        """Whether numbers that were found to fit have so many people in some cells."""
        places = [self.place[one] for one in some]
        return any(one[places].sum() >= number for one in self.fitting)


def queries(table: Table) -> Iterator[tuple[str, list[Cell]]]:
    """Everything that may be a small group: cells and their sums, at each step and between steps."""
    ancestries: list[str | None] = [*table.ancestries, REST]
    for step in range(len(table.steps) + 1):
        for genotype, ancestry in product((*GENOTYPES, None), [*ancestries, None]):
            counted = table.where(genotype, ancestry, step)
            name = f"{'all' if genotype is None else genotype} in {ancestry or 'all'}"
            if genotype is not None or ancestry is not None:
                yield f"{name}, counted in {table.steps[step - 1] if step else 'the files'}", counted
            if step < len(table.steps):
                here = [one for one in counted if one.step == step]
                yield f"{name}, not counted in {table.steps[step]}", here


def small(table: Table, minimum: int) -> list[str]:
    """The groups of which it is known that they have fewer people than the minimum, and may have somebody."""
    solver = table.solver()
    found = []
    for name, cells in queries(table):
        if not solver.may_have(cells, minimum) and 0 < (high := solver.end(cells, -1)) < minimum:
            found.append(f"{name}: {solver.end(cells, 1):g} to {high:g}")
    return found
