"""Which exposures and covariates lie beyond the limits of their assays, and what may they be in truth?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from il6r import outcomes, seeds
from il6r.association import imputation
from il6r.association.coefficients import NotEstimableError
from il6r.association.design import column_like, exposure_columns, independent, make_design
from il6r.association.orthogonal import Levels
from il6r.association.selection import COLUMNS_LIKE_IL6, Selection
from il6r.plan import MEAN, VARIANT, Analysis


@dataclass(frozen=True)
class Limited:
    """A measured exposure, modifier or covariate of which some values are known between bounds only.

    Attributes
    ----------
    column : of the frame.
    values : float64, shape (n,), as they are in the frame.
    low, high : float64, shape (n,): the bounds; the value itself where it is quantified.
    """

    column: str
    values: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def bounded(self) -> np.ndarray:
        """Which values lie beyond a limit: bool, shape (n,)."""
        return self.low < self.high


def limited(selection: Selection, analysis: Analysis) -> list[Limited]:
    """Those of an analysis's exposure, modifier and covariates that have values beyond a limit."""
    frame = selection.frame
    names = [column_like(frame, name) for name in (analysis.exposure, analysis.interaction) if name]
    return limited_columns(frame, [*names, *(one.column for one in selection.covariates)])


def limited_columns(frame: pd.DataFrame, names: Iterable[str]) -> list[Limited]:
    """Those of some columns that have values beyond a limit."""
    found = []
    for name in dict.fromkeys(names):
        ends = outcomes.bounds_of(name)
        if ends is None or name not in frame or ends[0] not in frame:
            continue
        values, low, high = (frame[column].to_numpy(dtype=float) for column in (name, *ends))
        bounded = low < high
        if name in COLUMNS_LIKE_IL6:
            # Where the limit is another molecule's, it lies near what follows from the limit.
            bounded &= frame["il6_censored"].to_numpy(dtype=float, na_value=0.0) > 0
        if bounded.any():
            known = (np.where(bounded, end, values) for end in (low, high))
            found.append(Limited(name, values, *known))
    return found


def count(selection: Selection, analysis: Analysis) -> int:
    """Rows of which some exposure, modifier or covariate lies beyond a limit."""
    rows = np.zeros(len(selection.frame), dtype=bool)
    for one in limited(selection, analysis):
        rows |= one.bounded
    return int(rows.sum())


def note(selection: Selection, analysis: Analysis) -> str:
    """What a reader should know of the values that are imputed."""
    counts = (f"{one.bounded.sum():,} of {one.column}" for one in limited(selection, analysis))
    return f"values beyond a limit imputed between their bounds: {', '.join(counts)}"


@dataclass(frozen=True)
class Completed:
    """The rows of an analysis, over and over, with other values behind the bounds each time.

    Attributes
    ----------
    selection : the rows as they are known.
    own : what is imputed.
    drawn : of each, float64, shape (its bounded rows, imputations): logarithms.
    """

    selection: Selection
    own: list[Limited]
    drawn: list[np.ndarray]

    def __iter__(self) -> Iterator[Selection]:
        ends = [end for one in self.own for end in outcomes.bounds_of(one.column) or ()]
        bare = self.selection.frame.drop(columns=ends)
        for k in range(self.drawn[0].shape[1]):
            columns = {}
            for one, values in zip(self.own, self.drawn, strict=True):
                columns[one.column] = one.values.copy()
                columns[one.column][one.bounded] = np.exp(values[:, k])
            yield replace(self.selection, frame=bare.assign(**columns))


def completed(selection: Selection, analysis: Analysis, genotypes: tuple[str, str, str]) -> Completed:
    """Impute the values of an analysis that lie beyond limits, where there are some.

    Logarithms of assay values are taken as normal given covariates, the variant and the outcome
    (`imputation.draw`): without the outcome, effects would be drawn towards 0 (Moons et al. 2006,
    doi 10.1016/j.jclinepi.2006.01.009). An outcome that is censored itself is drawn along, but not returned.

    Raises
    ------
    NotEstimableError : a curve is asked for; a value that is not above 0; what `imputation.draw` raises.
    """
    own = limited(selection, analysis)
    if analysis.shape == "quadratic":
        raise NotEstimableError("no curve is told of an exposure with values beyond a limit")
    if any((one.values <= 0).any() for one in own):
        raise NotEstimableError("an exposure or covariate with values beyond a limit is not always above 0")
    with np.errstate(divide="ignore"):
        targets = [imputation.Target(np.log(one.values), (np.log(one.low), np.log(one.high))) for one in own]
    predictors = _predictors(selection, analysis, genotypes, {one.column for one in own})
    if selection.censored.any() and selection.bounds is not None:
        targets.append(imputation.Target(selection.values, selection.bounds))
    rng = seeds.generator(selection.seed, "imputation")
    hidden = np.any([one.bounded for one in targets], axis=0)
    number = imputation.number_for(float(hidden.mean()))
    drawn = [np.empty((int(one.bounded.sum()), number)) for one in targets]
    for part in _apart(selection.frame, analysis):
        for target, own_draws, values in zip(
            targets,
            drawn,
            _draw_part(targets, predictors, selection.clusters, part, rng, number),
            strict=True,
        ):
            own_draws[part[target.bounded]] = values
    return Completed(selection, own, drawn[: len(own)])


def _draw_part(
    targets: Sequence[imputation.Target],
    predictors: np.ndarray,
    clusters: np.ndarray | None,
    part: np.ndarray,
    rng: np.random.Generator,
    number: int,
) -> list[np.ndarray]:
    """As `imputation.draw`, of some of the rows (bool, shape (n,)), in which some targets may be known."""
    some = [
        imputation.Target(one.values[part], (one.bounds[0][part], one.bounds[1][part])) for one in targets
    ]
    hidden = [one for one in some if one.bounded.any()]
    nothing = np.empty((0, number))
    if not hidden:
        return [nothing] * len(some)
    columns = predictors
    if not part.all():
        columns = _independent([*predictors[part].T, *(one.values for one in some if not one.bounded.any())])
    groups = None if clusters is None else pd.factorize(clusters[part])[0]
    drawn = iter(imputation.draw(hidden, columns, rng, groups=groups, number=number))
    return [next(drawn) if one.bounded.any() else nothing for one in some]


def _predictors(
    selection: Selection, analysis: Analysis, genotypes: tuple[str, str, str], bounded: set[str]
) -> np.ndarray:
    """What is known of everybody: covariates, variant, exposure, modifier, outcome: float64, (n, terms)."""
    frame = selection.frame
    known = replace(
        selection, covariates=tuple(one for one in selection.covariates if one.column not in bounded)
    )
    plain = Analysis(analysis.name, analysis.label, analysis.outcome, exposure=VARIANT)
    try:
        matrix = make_design(known, plain, genotypes, absorbing=False).matrix
    except NotEstimableError:
        # Everybody has the same dosage, or it is made up of covariates.
        matrix = make_design(known, replace(plain, exposure=MEAN), genotypes, absorbing=False).matrix
    columns = list(matrix.T)
    modifiers = _modifiers(frame, analysis, bounded)
    if column_like(frame, analysis.exposure) not in bounded and not analysis.of_variant:
        columns += exposure_columns(frame, replace(analysis, interaction=None), genotypes).values()
    columns += modifiers
    # A censored outcome is drawn along.
    outcome = [] if selection.censored.any() else _of_outcome(selection, analysis)
    columns += outcome + [modifier * term for modifier in modifiers for term in outcome]
    return _independent(columns)


def _independent(columns: list[np.ndarray]) -> np.ndarray:
    """Those of some columns that are not made up of the ones before them, as a matrix."""
    kept = independent(columns, None)
    return np.column_stack([column for column, stays in zip(columns, kept, strict=True) if stays])


def _apart(frame: pd.DataFrame, analysis: Analysis) -> list[np.ndarray]:
    """Rows that are drawn by themselves (bool, shape (n,)): the groups between which an effect may differ.

    Where it does, so does what the outcome says of the exposure, and how surely.
    """
    name = column_like(frame, analysis.interaction) if analysis.interaction else None
    if name is None or pd.api.types.is_numeric_dtype(frame[name]):
        return [np.ones(len(frame), dtype=bool)]
    return [(frame[name] == group).to_numpy() for group in sorted(frame[name].unique())]


def _modifiers(frame: pd.DataFrame, analysis: Analysis, bounded: set[str]) -> list[np.ndarray]:
    """What the effect of a bounded exposure, or that of the exposure with a bounded modifier, depends on."""
    if not analysis.interaction:
        return []
    name = column_like(frame, analysis.interaction)
    if name in bounded:
        other = "dosage" if analysis.of_variant else column_like(frame, analysis.exposure)
        if other in bounded:
            return []
        name = other
    values = frame[name]
    if not pd.api.types.is_numeric_dtype(values):
        return [(values == group).to_numpy(dtype=float) for group in sorted(values.unique())[1:]]
    numbers = values.to_numpy(dtype=float)
    return [numbers - numbers.mean()]


def _of_outcome(selection: Selection, analysis: Analysis) -> list[np.ndarray]:
    """Terms that the bounded value's logarithm is linear in, given the outcome."""
    values = selection.values
    if analysis.family == "quasi_poisson":
        there = values > 0
        terms = [np.log(np.where(there, values, 1.0)), (~there).astype(float)]
    else:
        terms = [values - values.mean()]
    if selection.clusters is None:
        return terms
    # Between people an effect may be another than within them.
    levels = Levels(selection.clusters)
    rows = np.column_stack(terms)
    return [*terms, *(rows - levels.within(rows)).T]
