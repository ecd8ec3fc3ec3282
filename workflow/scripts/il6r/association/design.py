"""Which columns does a model have: its exposure, coded as the plan says, and its covariates?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from il6r import outcomes
from il6r.association.coefficients import NotEstimableError
from il6r.association.genotype_probabilities import genotype_probabilities
from il6r.association.orthogonal import Basis, orthogonalise, stack
from il6r.association.selection import Selection
from il6r.plan import MEAN, Analysis, Covariate

# A factor with more groups than this has no columns of its own where the model can do without them.
_MOST_INDICATORS = 24
INTERCEPT = "(intercept)"
# A genotype of fewer expected people than rounds to one is nobody's.
_SOMEBODY = 0.5
# Share of a column's length that is left where other columns make it up.
_NOTHING = 1e-7


# Each row's place among some groups, shape (n,), and these.
_Groups: TypeAlias = tuple[np.ndarray, Sequence[object]]


class TooFewError(NotEstimableError):
    """Not more people than the model has terms; `people` and `terms` say how many."""

    def __init__(self, people: int, terms: int):
        super().__init__(f"too few participants for {terms:,} terms")
        self.people, self.terms = people, terms


@dataclass(frozen=True)
class Design:
    """A model matrix.

    Attributes
    ----------
    matrix : float64, shape (n, terms), of full rank; the intercept is column 0 unless a factor is absorbed.
    names : each column's name.
    interest : the column whose coefficient is the estimate.
    joint : the columns that are tested together, if there are several.
    absorbed : int64, shape (n,), the groups of a factor without columns, or None.
    left_out : covariate columns that were constant or made up of others.
    basis : what `orthogonalise` makes of matrix and absorbed groups.
    """

    matrix: np.ndarray
    names: list[str]
    interest: int
    joint: list[int]
    absorbed: np.ndarray | None
    left_out: list[str]
    basis: Basis

    @property
    def terms(self) -> int:
        """How many coefficients the model has."""
        return int(self.matrix.shape[1]) + self.basis.levels.number


def make_design(
    selection: Selection, analysis: Analysis, genotypes: tuple[str, str, str], *, absorbing: bool
) -> Design:
    """The matrix of an analysis in the rows it uses.

    Numbers are centred, so that the matrix is well conditioned; text becomes one indicator per group but the
    first. A covariate that is made up of those before it is left out, as R's `lm` does.

    Parameters
    ----------
    absorbing : whether the model can do without the columns of a factor of many groups.

    Raises
    ------
    TooFewError : not more people than terms.
    NotEstimableError : the exposure does not vary, lacks a group, or is made up of covariates.
    """
    frame = selection.frame
    exposures = exposure_columns(frame, analysis, genotypes)
    absorbed, given = None, list(selection.covariates)
    factors = {one: _groups(frame[one.column]) for one in given if is_grouped(one, frame)}
    if analysis.by_person:
        absorbed = selection.person
    elif absorbing and analysis.exposure != MEAN:
        absorbed, given = _to_absorb(factors, given)
    covariates: dict[str, np.ndarray] = {}
    for covariate in given:
        covariates |= _columns(covariate, frame, factors.get(covariate))
    size = len(frame)
    columns = {} if absorbed is not None else {INTERCEPT: np.ones(size)}
    columns |= covariates
    if not exposures:
        # The mean is the intercept, the covariates being centred.
        columns = {name: values - values.mean() for name, values in columns.items() if name != INTERCEPT}
        columns = {INTERCEPT: np.ones(size)} | columns
    # The exposure first, after the intercept.
    everything = columns | exposures
    order = [name for name in everything if name == INTERCEPT] + list(exposures)
    order += [name for name in everything if name not in order]
    left_out, basis = [], None
    matrix = stack([everything[name] for name in order])
    try:
        basis = orthogonalise(matrix, absorbed, _NOTHING)
    except NotEstimableError:
        # The exposure last, so that a covariate is what is left out.
        names = [*columns, *exposures]
        kept = independent([everything[name] for name in names], absorbed)
        left_out = [name for name, stays in zip(names, kept, strict=True) if not stays]
        if set(left_out) & set(exposures):
            raise NotEstimableError("the exposure is made up of covariates") from None
        matrix = matrix[:, [name not in left_out for name in order]]
        order = [name for name in order if name not in left_out]
    terms = len(order) + (0 if absorbed is None or analysis.by_person else int(absorbed.max()) + 1)
    if selection.people <= terms:
        raise TooFewError(selection.people, terms)
    first = order.index(next(iter(exposures))) if exposures else 0
    joint = [order.index(name) for name in _joint(exposures, analysis)]
    return Design(matrix, order, first, joint, absorbed, left_out, basis or orthogonalise(matrix, absorbed))


def independent(columns: list[np.ndarray], absorbed: np.ndarray | None) -> list[bool]:
    """Which columns are not made up of those before them and the absorbed groups."""
    kept: list[bool] = []
    basis: np.ndarray = np.empty((len(columns[0]), len(columns)), order="F")
    for column in columns:
        rest = _rest(column, basis[:, : sum(kept)], absorbed)
        length = float(np.linalg.norm(rest))
        stays = length > _NOTHING * max(float(np.linalg.norm(column)), 1e-300)
        if stays:
            basis[:, sum(kept)] = rest / length
        kept.append(stays)
    return kept


def exposure_columns(
    frame: pd.DataFrame, analysis: Analysis, genotypes: tuple[str, str, str]
) -> dict[str, np.ndarray]:
    """The columns of an exposure by name, the one of interest first; none where the mean is estimated.

    Raises
    ------
    NotEstimableError : everybody has the same, or a group that it needs is empty.
    """
    if analysis.exposure == MEAN:
        return {}
    if not analysis.of_variant:
        columns = _measured(frame, analysis)
    elif analysis.contrast:
        columns = _genotypes(frame, analysis.contrast, genotypes)
    else:
        if not _varies(frame["dosage"]):
            absent = [f"nobody is {one}" for one in genotypes if not (frame["genotype"] == one).any()]
            raise NotEstimableError("; ".join(["everybody has the same dosage", *absent]))
        columns = {"dosage": frame["dosage"].to_numpy(dtype=float)}
    return _with_interaction(columns, frame, analysis.interaction) if analysis.interaction else columns


def coding_in_words(analysis: Analysis, genotypes: tuple[str, str, str]) -> str:
    """What the estimate compares: additive, CC against AA, per unit."""
    if analysis.exposure == MEAN:
        return "mean"
    if analysis.contrast:
        words = {"AA": genotypes[0], "AC": genotypes[1], "CC": genotypes[2], "A": genotypes[0][0],
                 "C": genotypes[2][0]} if analysis.of_variant else {}  # fmt: skip
        text = " ".join(words.get(word, word) for word in analysis.contrast.split())
    elif analysis.of_variant:
        text = "additive"
    elif analysis.shape == "quadratic":
        text = "curvature"
    else:
        text = "per log unit" if analysis.exposure_transform == "log" else "per unit"
    if analysis.part:
        text += f", {analysis.part} people"
    return f"{text}, by {analysis.interaction}" if analysis.interaction else text


def _rest(column: np.ndarray, basis: np.ndarray, absorbed: np.ndarray | None) -> np.ndarray:
    """What of a column lies outside the basis and the absorbed groups."""
    rest = column
    # Twice, because one Gram-Schmidt pass loses orthogonality when columns are nearly dependent.
    for _ in range(2):
        if absorbed is not None:
            rest = rest - (np.bincount(absorbed, weights=rest) / np.bincount(absorbed))[absorbed]
        rest = rest - basis @ (basis.T @ rest)
    return rest


def _to_absorb(
    factors: dict[Covariate, _Groups], covariates: list[Covariate]
) -> tuple[np.ndarray | None, list[Covariate]]:
    """The groups of the factor with the most of them, if they are many, and the other covariates."""
    sizes = {covariate: len(groups) for covariate, (_, groups) in factors.items()}
    largest = max(sizes, key=lambda covariate: sizes[covariate], default=None)
    if largest is None or sizes[largest] <= _MOST_INDICATORS:
        return None, covariates
    return factors[largest][0].astype(np.int64), [
        covariate for covariate in covariates if covariate != largest
    ]


def _groups(values: pd.Series) -> _Groups:
    """Each row's place among the groups that occur, and these in their order."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        codes, groups = pd.factorize(values, sort=True)
        return codes, groups
    # The same in less time.
    codes = np.asarray(values.cat.codes)
    there = np.bincount(codes, minlength=len(values.cat.categories)) > 0
    return codes if there.all() else (np.cumsum(there) - 1)[codes], values.cat.categories[there]


def is_grouped(covariate: Covariate, frame: pd.DataFrame) -> bool:
    """Whether a covariate's values are groups rather than numbers."""
    return covariate.factor or not pd.api.types.is_numeric_dtype(frame[covariate.column])


def _columns(covariate: Covariate, frame: pd.DataFrame, factor: _Groups | None) -> dict[str, np.ndarray]:
    """A covariate's columns by name, of a factor by its groups."""
    name, values = covariate.column, frame[covariate.column]
    if factor is not None:
        codes, groups = factor
        if len(groups) == 1:
            return {name: np.zeros(len(values))}
        return {f"{name}={group}": (codes == k).astype(float) for k, group in enumerate(groups) if k > 0}
    numeric = values.to_numpy(dtype=float)
    if covariate.spline is None:
        return {name: numeric - numeric.mean()}
    return {
        f"{covariate}.{k + 1}": column - column.mean()
        for k, column in enumerate(_natural_spline(numeric, covariate.spline).T)
    }


def _natural_spline(x: np.ndarray, df: int) -> np.ndarray:
    """A natural cubic spline's columns, shape (n, df), by its truncated powers.

    Knots are at equal quantiles, of which the outer two are the extremes (Hastie, Tibshirani & Friedman 2009,
    Elements of Statistical Learning, equation 5.4); it spans what R's `splines::ns(x, df)` does.
    """
    knots = np.quantile(x, np.linspace(0, 1, df + 1))
    # In the unit of the range, so that cubes stay near 1.
    low, span = knots[0], max(knots[-1] - knots[0], 1e-300)
    x, knots = (x - low) / span, (knots - low) / span

    def curve(k: int) -> np.ndarray:
        """The scaled difference of truncated cubes that is linear beyond the last knot."""
        cubes = np.clip(x - knots[k], 0, None) ** 3 - np.clip(x - knots[-1], 0, None) ** 3
        return np.asarray(cubes / max(knots[-1] - knots[k], 1e-300))

    return np.column_stack([x, *(curve(k) - curve(df - 1) for k in range(df - 1))])


def _genotypes(frame: pd.DataFrame, contrast: str, genotypes: tuple[str, str, str]) -> dict[str, np.ndarray]:
    """Probabilities of genotype groups (indicators, of calls), that of the contrast's first side first."""
    members = {"AA": (0,), "AC": (1,), "CC": (2,), "C carriers": (1, 2), "A carriers": (0, 1)}
    ours, theirs = contrast.split(" against ")
    probability = genotype_probabilities(frame, genotypes).T
    present = [copies for copies in range(3) if probability[copies].sum() >= _SOMEBODY]
    for side in (ours, theirs):
        if not set(present) & set(members[side]):
            absent = [genotype for copies, genotype in enumerate(genotypes) if copies not in present]
            raise NotEstimableError("; ".join(f"nobody is {one}" for one in absent))
    columns = {ours: sum(probability[copies] for copies in members[ours])}
    # Without heterozygotes their indicator would be a column of zeros.
    for third in present:
        if third not in (*members[ours], *members[theirs]):
            columns[genotypes[third]] = probability[third]
    return columns


def _measured(frame: pd.DataFrame, analysis: Analysis) -> dict[str, np.ndarray]:
    """A measured exposure: a number's columns, or one for each group but that compared with."""
    values = frame[column_like(frame, analysis.exposure)]
    if not _varies(values):
        raise NotEstimableError(f"everybody has the same {analysis.exposure}")
    numeric = pd.api.types.is_numeric_dtype(values)
    if not numeric and (analysis.part or analysis.shape != "linear" or analysis.exposure_transform != "none"):
        raise NotEstimableError(f"{analysis.exposure} does not hold numbers only")
    if numeric and analysis.contrast:
        # Groups that are written as numbers, and yes and no as 1 and 0.
        values = values.map(lambda number: f"{number:g}")
        if set(analysis.contrast.split(" against ")) == {"yes", "no"} and set(values) == {"0", "1"}:
            values = values.map({"0": "no", "1": "yes"})
    if not numeric or analysis.contrast:
        return _sides(values.astype("str"), analysis)
    x = exposure_values(frame, analysis)
    if analysis.part:
        person = pd.factorize(frame["_person"])[0]
        between = (np.bincount(person, weights=x) / np.bincount(person))[person]
        within = x - between
        if np.ptp(within) <= _NOTHING * np.ptp(x):
            raise NotEstimableError(f"{analysis.exposure} does not vary within people")
        if analysis.by_person:
            return {"within": within}
        parts = {"within": within, "between": between - between.mean()}
        return {analysis.part: parts.pop(analysis.part), **parts}
    x = x - x.mean()
    return {"square": x**2, "linear": x} if analysis.shape == "quadratic" else {analysis.exposure: x}


def _varies(values: pd.Series) -> bool:
    """Whether there are two different ones."""
    if pd.api.types.is_numeric_dtype(values):
        # Counting half a million numbers takes as long as a model of them.
        return bool(values.max() > values.min())
    return int(values.nunique()) > 1


def exposure_values(frame: pd.DataFrame, analysis: Analysis) -> np.ndarray:
    """A measured exposure's numbers as they are modelled: float64, shape (n,).

    Raises
    ------
    NotEstimableError : one of which there is no logarithm.
    """
    x: np.ndarray = frame[column_like(frame, analysis.exposure)].to_numpy(dtype=float)
    if analysis.exposure_transform != "log":
        return x
    if (x <= 0).any():
        raise NotEstimableError(f"{analysis.exposure} is not always above 0")
    return np.asarray(np.log(x))


def _sides(values: pd.Series, analysis: Analysis) -> dict[str, np.ndarray]:
    """Indicators of the groups of a text, that of the contrast's first side first."""
    groups = sorted(values.unique())
    if analysis.contrast:
        ours, theirs = analysis.contrast.split(" against ")
    elif len(groups) == 2:
        theirs, ours = groups
    else:
        raise NotEstimableError(f"{analysis.exposure} has {len(groups)} groups and no contrast says which")
    for side in (ours, theirs):
        if side not in groups:
            raise NotEstimableError(f"nobody has {analysis.exposure} '{side}'")
    return {group: (values == group).to_numpy(dtype=float) for group in (ours, *groups)
            if group != theirs}  # fmt: skip


def _with_interaction(
    columns: dict[str, np.ndarray], frame: pd.DataFrame, interaction: str
) -> dict[str, np.ndarray]:
    """The product with another column first, then what it is the product of."""
    values = frame[column_like(frame, interaction)]
    if not _varies(values):
        raise NotEstimableError(f"everybody has the same {interaction}")
    numeric = pd.api.types.is_numeric_dtype(values)
    if numeric:
        other = values.to_numpy(dtype=float) - values.mean()
    else:
        groups = sorted(values.astype("str").unique())
        if len(groups) > 2:
            raise NotEstimableError(f"{interaction} has {len(groups)} groups; an interaction needs two")
        other = (values.astype("str") == groups[1]).to_numpy(dtype=float)
    exposure = next(iter(columns.values()))
    against = "" if numeric else f", {groups[1]} against {groups[0]}"
    return {f"by {interaction}{against}": exposure * other, **columns, interaction: other}


def column_like(frame: pd.DataFrame, name: str) -> str:
    """The frame's column of an outcome or exposure that the plan calls by its short name."""
    return name if name in frame else outcomes.get(name).column_in(frame)


def _joint(exposures: dict[str, np.ndarray], analysis: Analysis) -> list[str]:
    """The exposure's columns that are tested together: both genotypes, or a curve."""
    if analysis.coding == "genotypic" or analysis.shape == "quadratic":
        return list(exposures) if len(exposures) > 1 else []
    return []
