"""Which rows of the analysis set does an analysis use, and what does each of them give?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import ndtri

from il6r import outcomes, seeds
from il6r.association import informative
from il6r.association.coefficients import NotEstimableError
from il6r.association.genotype_probabilities import PROBABILITIES, genotype_probabilities
from il6r.errors import InputError
from il6r.flow import Flow
from il6r.plan import MEAN, VARIANT, Analysis, Causal, Covariate, Plan
from il6r.tables.association import NOT_MEASURED, no_column

# Outcomes in proportion to IL-6, whose limits are theirs, and their columns.
LIKE_IL6 = ("active_complex", "buffered_complex")
COLUMNS_LIKE_IL6 = tuple(outcomes.OUTCOMES[name].column for name in LIKE_IL6)
# What somebody has or has not, as tables write it.
_CASES = {"1": 1.0, "yes": 1.0, "true": 1.0, "case": 1.0, "0": 0.0, "no": 0.0, "false": 0.0, "control": 0.0}


@dataclass(frozen=True)
class Kinship:
    """Pairs of relatives; of all others the kinship is 0.

    Attributes
    ----------
    first, second : int64, shape (pairs,): numbers of participants.
    coefficient : float64, shape (pairs,): kinship coefficients, 1/4 of full siblings.
    """

    first: np.ndarray
    second: np.ndarray
    coefficient: np.ndarray


@dataclass(frozen=True)
class Cohort:
    """A cohort as its analyses see it.

    Attributes
    ----------
    analysis_set : `ANALYSIS_SET`; its texts become categories, so that groups are found once. It may have a
        number for each participant at hand, in `_person`.
    genotypes : the genotypes with 0, 1 and 2 effect alleles.
    plan, plan_file : the plan, and what sentences call it.
    own_sets : the cohort's own sets of covariates.
    relatives : `RELATIVES`, or None where no kinship is known.
    seed : of what is drawn at random in an analysis.
    """

    name: str
    analysis_set: pd.DataFrame
    genotypes: tuple[str, str, str]
    plan: Plan
    plan_file: str
    own_sets: dict[str, list[str]]
    relatives: pd.DataFrame | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        table = self.analysis_set
        texts = [name for name, kind in table.dtypes.items() if isinstance(kind, pd.StringDtype)]
        categories = {name: "category" for name in texts if name != "participant"}
        if categories:
            object.__setattr__(self, "analysis_set", table.astype(categories))

    @cached_property
    def person(self) -> pd.Series:
        """A number for each participant: int64, as long as the analysis set."""
        if "_person" in self.analysis_set:
            return self.analysis_set["_person"]
        return pd.Series(pd.factorize(self.analysis_set["participant"])[0], self.analysis_set.index)

    @cached_property
    def repeats(self) -> pd.Series:
        """Which rows are not their participant's first: bool, as long as the analysis set."""
        return self.person.duplicated()

    def part(self, names: Sequence[str], rows: np.ndarray) -> pd.DataFrame:
        """Some columns of the analysis set, then `_person`, in some of its rows (bool, shape (n,))."""
        places = [self._places[name] for name in (*names, "_person")]
        # By places, since pandas makes Arrow arrays of names, which takes as long as a small model.
        columns = self._numbered.iloc[:, places]
        return columns if rows.all() else columns[rows]

    @cached_property
    def _numbered(self) -> pd.DataFrame:
        table = self.analysis_set
        return table if "_person" in table else table.assign(_person=self.person)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self._numbered.columns)}

    @cached_property
    def kinship(self) -> Kinship | None:
        """Pairs of participants whose kinship the genotypes tell, by the numbers of `person`."""
        if self.relatives is None or self.relatives.empty or "sample" not in self.analysis_set:
            return None
        first = ~self.repeats
        numbers = pd.Series(
            self.person[first].to_numpy(), self.analysis_set.loc[first, "sample"].astype("str")
        )
        one, other = (self.relatives[name].map(numbers) for name in ("sample_1", "sample_2"))
        here = (one.notna() & other.notna()).to_numpy()
        if not here.any():
            return None
        return Kinship(
            one[here].to_numpy(dtype=np.int64),
            other[here].to_numpy(dtype=np.int64),
            self.relatives.loc[here, "kinship"].to_numpy(dtype=float),
        )

    @cached_property
    def _filled(self) -> dict[str, bool]:
        """Whether somebody has a column's value, of columns that were asked for."""
        return {}

    def has(self, name: str) -> bool:
        """Whether there is a column, and somebody has a value in it."""
        if name not in self._filled:
            table = self.analysis_set
            self._filled[name] = name in table and _filled(table[name])
        return self._filled[name]

    def covariates(self, analysis: Analysis | Causal) -> tuple[Covariate, ...]:
        """An analysis's covariates here, `plate` standing for the outcome's own."""
        given = self.plan.covariates(analysis.covariates, self.own_sets)
        plate = outcomes.get(analysis.outcome).plate
        return tuple(replace(one, column=plate) if one.column == "plate" else one for one in given)

    def column(self, name: str) -> str:
        """The column of the analysis set that an outcome or exposure of the plan is."""
        return outcomes.get(name).column_in(self.analysis_set)


def family_codes(frame: pd.DataFrame, person: np.ndarray) -> np.ndarray | None:
    """Codes of families, of which a participant without one is one: int64, shape (n,).

    None where nobody's family is known.

    Parameters
    ----------
    frame : rows of `ANALYSIS_SET`.
    person : int64, shape (n,): codes of participants.
    """
    if "family" not in frame or not frame["family"].notna().any():
        return None
    own = pd.factorize(frame["family"])[0]
    return np.asarray(pd.factorize(np.where(own >= 0, own, own.max() + 1 + person))[0])


@dataclass(frozen=True)
class Selection:
    """The rows of one analysis.

    Attributes
    ----------
    frame : the rows, in the order of the analysis set, with `_person` (a number for each participant),
        `dosage`, `genotype` and its probabilities, the exposure, the covariates and what else the analysis
        names, with the bounds of those that may be censored.
    outcome : the outcome's column.
    values : float64, shape (n,): the outcome as it is modelled; logarithms, ranks' normal scores, or 0 and 1.
    bounds : two float64 of shape (n,), between which the modelled value lies; None where it is not bounded.
    covariates : those that the model has.
    notes : what the reader should know.
    kinship : of the cohort's participants, by their `_person`.
    seed : what random draws of the analysis depend on.
    """

    frame: pd.DataFrame
    outcome: str
    values: np.ndarray
    bounds: tuple[np.ndarray, np.ndarray] | None
    covariates: tuple[Covariate, ...]
    notes: tuple[str, ...]
    kinship: Kinship | None = None
    seed: int = 0

    def where(self, keep: np.ndarray) -> "Selection":
        """Some of its rows (bool, shape (n,)), without those whose groups then tell nothing."""
        quantified = None if self.bounds is None else ~self.censored
        keep = informative.rows(self.frame, keep, self.covariates, quantified)
        bounds = None if self.bounds is None else tuple(end[keep] for end in self.bounds)
        return replace(self, frame=self.frame[keep], values=self.values[keep], bounds=bounds)

    @cached_property
    def person(self) -> np.ndarray:
        """Codes of participants from 0, in the order of their first rows: int64, shape (n,)."""
        codes = self.frame["_person"].to_numpy()
        return np.arange(len(codes)) if (np.diff(codes) > 0).all() else pd.factorize(codes)[0]

    @cached_property
    def people(self) -> int:
        """How many participants there are."""
        return int(self.person.max(initial=-1)) + 1

    @property
    def repeated(self) -> bool:
        """Whether some participant has several rows."""
        return self.people < len(self.person)

    @cached_property
    def family(self) -> np.ndarray | None:
        """Codes of families, of which a participant without relatives here is one: int64, shape (n,).

        None where no two participants are known to be of one family.
        """
        codes = family_codes(self.frame, self.person)
        return codes if codes is not None and codes.max() + 1 < self.people else None

    @property
    def clusters(self) -> np.ndarray | None:
        """Codes of the units within which rows may be correlated; None where all are independent."""
        if self.family is not None:
            return self.family
        return self.person if self.repeated else None

    @property
    def unit(self) -> str:
        """What the clusters are: families, which hold all rows of their members, or participants."""
        return "participant" if self.family is None else "family"

    @property
    def censored(self) -> np.ndarray:
        """Which values lie beyond a limit of the assay: bool, shape (n,)."""
        if self.bounds is None:
            return np.zeros(len(self.frame), dtype=bool)
        return self.bounds[0] < self.bounds[1]

    @property
    def beyond_limit(self) -> int:
        """How many rows' outcome lies beyond a limit, whether or not the model takes it by its bounds."""
        ends = outcomes.bounds_of(self.outcome)
        if self.bounds is not None or ends is None or ends[0] not in self.frame:
            return int(self.censored.sum())
        return int((self.frame[ends[0]] < self.frame[ends[1]]).sum())


def select(cohort: Cohort, analysis: Analysis, flow: Flow | None = None) -> Selection:
    """The rows that have all that an analysis needs.

    Blood samples at rest count, or those after exercise, or all, as the analysis says; an outcome that is one
    of the person has one row a participant, with what varies between visits averaged. Everyone who drops out
    is counted in `flow`.

    Raises
    ------
    InputError : a column that the cohort has not, or whose values it cannot take, of an analysis that is not
        optional; a covariate of a set.
    NotEstimableError : the same of an optional analysis; or nobody is left.
    """
    columns = _columns(cohort, analysis)
    frame, by_visit = _rows(cohort, analysis, columns)
    _refuse_texts(cohort, analysis, frame[columns.outcome])
    steps = _steps(analysis, columns, frame, cohort.genotypes)
    if flow is not None:
        _count(flow, cohort, analysis, frame, steps, by_visit)
    keep = steps[-1][1]
    frame = frame if keep.all() else frame[keep]
    if frame.empty:
        raise NotEstimableError("nobody has all that it needs")
    bounds = (
        _log_bounds(frame, analysis.outcome, columns.outcome, columns.bounds) if columns.bounded else None
    )
    values = _values(cohort, analysis, frame[columns.outcome])
    notes = (*columns.notes, *_limits_taken(cohort, analysis, columns, frame))
    seed = seeds.derive(cohort.seed, cohort.name, analysis.name)
    return Selection(frame, columns.outcome, values, bounds, columns.covariates, notes, cohort.kinship, seed)


def _filled(values: pd.Series) -> bool:
    """Whether there is a value; mostly the first is one."""
    known = values.array
    return len(known) > 0 and (not pd.isna(known[0]) or not known.isna().all())


def log_bounds(frame: pd.DataFrame, outcome: str, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Logarithms between which the true values of an outcome lie: twice its own where it is quantified."""
    names = outcomes.get(outcome).bounds(column)
    if not outcomes.get(outcome).of_samples or names[0] not in frame:
        names = (column, column)
    return _log_bounds(frame, outcome, column, names)


@dataclass(frozen=True)
class _Columns:
    """The columns of the analysis set that an analysis uses in a cohort.

    Attributes
    ----------
    outcome : the outcome's.
    named : those beside outcome and covariates, by their part in the analysis: "exposure", "interaction",
        "subset", "subset 2" ...
    covariates : those that the cohort has, without what is asked about.
    bounds : the names of the outcome's bounds, whether or not the cohort has them.
    bounded : whether the model takes the outcome by its bounds.
    notes : what the reader should know.
    """

    outcome: str
    named: dict[str, str]
    covariates: tuple[Covariate, ...]
    bounds: tuple[str, str]
    bounded: bool
    notes: tuple[str, ...]

    @property
    def asked(self) -> dict[str, str]:
        """The exposure and what it interacts with, where they are columns."""
        return {part: name for part, name in self.named.items() if part in ("exposure", "interaction")}


def _columns(cohort: Cohort, analysis: Analysis) -> _Columns:
    """What an analysis uses; see `select` for what is raised where the cohort lacks it."""
    outcome, named = cohort.column(analysis.outcome), _named(cohort, analysis)
    for part, name in {"outcome": outcome, **named}.items():
        _require(cohort, analysis, part, name)
    covariates, notes = _covariates_here(cohort, analysis)
    if analysis.strata and not cohort.has(analysis.strata):
        notes = (*notes, f"no {analysis.strata} here to divide by")
    bounds = outcomes.get(analysis.outcome).bounds(outcome)
    # Mixed and Gaussian models take what lies beyond a limit as the limit.
    bounded = analysis.family == "censored_lognormal" and bounds[0] in cohort.analysis_set
    columns = _Columns(outcome, named, covariates, bounds, bounded, notes)
    # Adjusting for what is asked about would leave nothing.
    asked = {outcome, *columns.asked.values()}
    return replace(columns, covariates=tuple(one for one in covariates if one.column not in asked))


def _named(cohort: Cohort, analysis: Analysis) -> dict[str, str]:
    """The columns that an analysis needs beside outcome and covariates, by their part in it."""
    named = {}
    if analysis.exposure not in (VARIANT, MEAN):
        named["exposure"] = cohort.column(analysis.exposure)
    if analysis.interaction:
        named["interaction"] = cohort.column(analysis.interaction)
    named |= {"subset" if k == 0 else f"subset {k + 1}": name for k, name in enumerate(analysis.subset)}
    return named


def _require(cohort: Cohort, analysis: Analysis, part: str, name: str) -> None:
    """A column must be there, and filled for somebody."""
    there = name in cohort.analysis_set
    if cohort.has(name):
        return
    if analysis.optional or (there and outcomes.measures(name)):
        raise NotEstimableError(NOT_MEASURED if part == "outcome" else no_column(name))
    if there and name.endswith("_relative"):
        raise NotEstimableError(NOT_MEASURED)
    raise InputError(
        f"{cohort.plan_file}, analysis {analysis.name}",
        f"its {part.split()[0]} '{name}' is {'empty' if there else 'no column'} in cohort {cohort.name}",
        "correct the name, fill the column in, or mark the analysis as optional",
    )


def _covariates_here(cohort: Cohort, analysis: Analysis) -> tuple[tuple[Covariate, ...], tuple[str, ...]]:
    """The covariates that the cohort has, and a note on those that it may lack."""
    kept, absent = [], []
    for covariate in cohort.covariates(analysis):
        name = covariate.column
        there = name in cohort.analysis_set
        if cohort.has(name) and name not in _NO_COVARIATES:
            kept.append(covariate)
            continue
        listed = not isinstance(analysis.covariates, str)
        # Other assays than sIL-6R may come without plates.
        own_plate = name.endswith("plate") and analysis.outcome != "sil6r"
        if (listed and analysis.optional) or own_plate:
            absent.append(name)
            continue
        state = "is empty" if there and name not in _NO_COVARIATES else "is no column to adjust for"
        place = cohort.plan_file if listed else f"cohorts.{cohort.name}.covariates"
        raise InputError(
            f"cohort {cohort.name}",
            f"the covariate '{name}' of the analysis {analysis.name} {state}",
            f"add it to the participant table (a plate to the assays), or list others under {place}",
        )
    shown = [f"no {', '.join(absent)} here to adjust for"] if absent else []
    return tuple(kept), tuple(shown)


# Identifiers, and what would be adjusted away.
_NO_COVARIATES = frozenset(
    {"participant", "sample", "visit", "dosage", "genotype", *PROBABILITIES, "effect_allele"}
)


def _rows(cohort: Cohort, analysis: Analysis, columns: _Columns) -> tuple[pd.DataFrame, bool]:
    """Samples of the kind wanted, or one row a participant; and whether rows are samples."""
    whole, repeats, column = cohort.analysis_set, cohort.repeats, columns.outcome
    wanted: list[str | None] = ["dosage", "genotype", column, *columns.named.values()]
    wanted += PROBABILITIES if analysis.of_variant else ()
    wanted += [*(one.column for one in columns.covariates), "il6_censored", "unrelated", "family", "ancestry"]
    wanted += [analysis.strata, *columns.bounds]
    wanted += [end for name in tuple(wanted) if name for end in outcomes.bounds_of(name) or ()]
    names = [name for name in dict.fromkeys(wanted) if name and name in whole]
    rows = np.ones(len(whole), dtype=bool)
    if analysis.samples != "all" and "time_point" in whole:
        after = (whole["time_point"] == "post-exercise").to_numpy(dtype=bool)
        rows = after if analysis.samples == "after_exercise" else ~after
    by_visit = outcomes.get(analysis.outcome).of_samples
    if not by_visit and repeats.any() and analysis.outcome not in outcomes.OUTCOMES:
        by_visit = _varies(cohort.person[rows], whole.loc[rows, column])
    if by_visit:
        return cohort.part(names, rows), True
    first, person = np.ones(len(whole), dtype=bool), cohort.person
    if repeats.any():
        # The person's row is the first one of those wanted that has the outcome; of others, any.
        having = whole[column].notna() & rows
        own = having & ~person.where(having).duplicated()
        first = (own | (~repeats & ~person.isin(person[own]))).to_numpy()
    frame = cohort.part(names, first)
    if repeats.any():
        # What varies between samples is averaged over those wanted, of whom has some.
        for name in names:
            values = whole[name]
            if name == column or not pd.api.types.is_numeric_dtype(values):
                continue
            if name in outcomes.SAMPLE_COLUMNS or _varies(person, values):
                mean = values[rows].groupby(person[rows]).mean()
                frame[name] = mean.reindex(frame["_person"]).to_numpy()
    elif not rows.all():
        others = [name for name in names if name in outcomes.SAMPLE_COLUMNS]
        frame.loc[~rows[first], others] = np.nan
    return frame, False


def _varies(person: pd.Series, values: pd.Series) -> bool:
    """Whether values differ between rows of one participant."""
    pairs = pd.DataFrame({"person": person, "value": values}).dropna().drop_duplicates()
    return bool(pairs["person"].duplicated().any())


def _refuse_texts(cohort: Cohort, analysis: Analysis, values: pd.Series) -> None:
    """What `select` raises where an outcome that should be numbers is not."""
    if analysis.family != "binomial" and not pd.api.types.is_numeric_dtype(values):
        remedy = "give numbers (a value below a limit belongs to the assays), or the family binomial"
        raise _unusable(cohort, analysis, "does not hold numbers only", remedy)


def _unusable(cohort: Cohort, analysis: Analysis, problem: str, remedy: str) -> Exception:
    """The error for an outcome's column that holds something else than an analysis takes.

    An optional analysis may have met a column that a cohort happens to have under the same name.
    """
    if analysis.optional:
        return NotEstimableError(f"its outcome '{analysis.outcome}' {problem}; {remedy}")
    where, whose = f"{cohort.plan_file}, analysis {analysis.name}", f"its outcome '{analysis.outcome}'"
    return InputError(where, f"{whose} {problem} in cohort {cohort.name}", remedy)


def _steps(
    analysis: Analysis, columns: _Columns, frame: pd.DataFrame, genotypes: tuple[str, str, str]
) -> list[tuple[str, np.ndarray]]:
    """Reasons to drop rows, one after another, each with the rows that are left: bool, shape (n,).

    Raises
    ------
    NotEstimableError : nobody is in a subset; no value is quantified.
    """
    steps, keep = [], np.ones(len(frame), dtype=bool)
    for reason, fulfilled in _conditions(analysis, columns, frame, genotypes):
        keep = keep & fulfilled
        steps.append((reason, keep))
    quantified = None
    if columns.bounded:
        low, high = columns.bounds
        quantified = (frame[low] == frame[high]).to_numpy()
        if keep.any() and not quantified[keep].any():
            raise NotEstimableError("too few values above the detection limit")
    if analysis.by_person:
        keep = informative.several_rows(frame, keep)
        steps.append(("a single sample of the person", keep))
    keep = informative.rows(frame, keep, columns.covariates, quantified)
    while analysis.by_person and not (several := informative.several_rows(frame, keep))[keep].all():
        keep = informative.rows(frame, several, columns.covariates, quantified)
    return [*steps, ("alone in a covariate's group, or in one without a quantified value", keep)]


def _conditions(
    analysis: Analysis, columns: _Columns, frame: pd.DataFrame, genotypes: tuple[str, str, str]
) -> Iterator[tuple[str, np.ndarray]]:
    """What each row must fulfil: the reason to drop it, and which rows do (bool, shape (n,))."""
    usual = "enmo" if analysis.outcome == "activity" else analysis.outcome
    yield f"no usable {usual} value", _usable(analysis, frame[columns.outcome])
    for name, wanted in analysis.subset.items():
        inside = _within(frame[name], wanted)
        if not inside.any():
            raise NotEstimableError(f"nobody is in the subset by {name}")
        yield f"outside the subset by {name}", inside
    for part, name in columns.asked.items():
        yield f"no {analysis.exposure if part == 'exposure' else name}", _known(frame, name)
    for covariate in columns.covariates:
        yield f"no {covariate.column}", _known(frame, covariate.column)
    if analysis.contrast and analysis.of_variant:
        yield "may carry a third allele", np.isfinite(genotype_probabilities(frame, genotypes)[:, 0])


def _usable(analysis: Analysis, outcome: pd.Series) -> np.ndarray:
    """Which values can be modelled: bool, shape (n,)."""
    if analysis.scale != "log_ratio":
        return np.asarray(outcome.notna())
    # A missing value is neither.
    values: np.ndarray = outcome.to_numpy(dtype=float, na_value=np.nan)
    return values >= 0 if analysis.family == "quasi_poisson" else values > 0


def _known(frame: pd.DataFrame, name: str) -> np.ndarray:
    """Which rows have a column's value: bool, shape (n,)."""
    return np.asarray(frame[name].notna())


def _within(values: pd.Series, wanted: object) -> np.ndarray:
    """Which values are one of those wanted, or lie in the range wanted."""
    if isinstance(wanted, dict):
        numbers = pd.to_numeric(values, errors="coerce")
        return np.asarray(numbers.between(wanted.get("min", -np.inf), wanted.get("max", np.inf)))
    texts = [_as_text(one) for one in (wanted if isinstance(wanted, list) else [wanted])]
    if pd.api.types.is_numeric_dtype(values):
        return np.isin([_as_text(one) for one in values.to_numpy(dtype=float, na_value=np.nan)], texts)
    return np.asarray(values.astype("str").isin(texts))


def _as_text(value: object) -> str:
    """A value as tables write it: YAML takes an unquoted yes for true, and 1 for a number."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _count(
    flow: Flow,
    cohort: Cohort,
    analysis: Analysis,
    frame: pd.DataFrame,
    steps: list[tuple[str, np.ndarray]],
    by_visit: bool,
) -> None:
    everybody = (~cohort.repeats).sum()
    flow.start("association", analysis.name, "participants", "genotyped participants", everybody)
    person = frame["_person"].to_numpy() if frame["_person"].duplicated().any() else None
    for reason, mask in steps:
        flow.keep(reason, mask.sum() if person is None else (np.bincount(person[mask]) > 0).sum())
    if by_visit:
        flow.start("association", analysis.name, "person-visits", "measured", steps[0][1].sum())
        for reason, mask in steps[1:]:
            flow.keep(reason, mask.sum())


def _log_bounds(
    frame: pd.DataFrame, outcome: str, column: str, names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(divide="ignore"):
        low, high = (np.log(frame[name].to_numpy(dtype=float)) for name in names)
    if outcome in LIKE_IL6:
        # A limit of sIL-6R or sgp130 moves a complex little: it lies near what follows from the limit, and
        # the normal model would have it far below.
        value, followed = np.log(frame[column].to_numpy(dtype=float)), frame["il6_censored"].eq(True)
        low, high = (np.where(followed, end, value) for end in (low, high))
    return low, high


def _values(cohort: Cohort, analysis: Analysis, given: pd.Series) -> np.ndarray:
    """The outcome as it is modelled."""
    if analysis.family == "binomial":
        cases = given.astype("str").str.strip().str.lower().str.removesuffix(".0").map(_CASES)
        if cases.isna().any():
            remedy = "write yes or no (or 1 and 0, case and control), or leave it empty"
            raise _unusable(cohort, analysis, "is not always yes or no", remedy)
        return np.asarray(cases, dtype=float)
    values: np.ndarray = given.to_numpy(dtype=float)
    if analysis.transform == "rank":
        # Blom 1958's normal scores.
        return np.asarray(ndtri((pd.Series(values).rank().to_numpy() - 0.375) / (len(values) + 0.25)))
    return np.log(values) if analysis.transform == "log" else values


def _limits_taken(
    cohort: Cohort, analysis: Analysis, columns: _Columns, frame: pd.DataFrame
) -> tuple[str, ...]:
    """A note on values beyond a limit, where the model takes them as the limit."""
    low, high = columns.bounds
    if columns.bounded and analysis.outcome in LIKE_IL6:
        others = (frame[low] < frame[high]) & ~frame["il6_censored"].eq(True)
        followed = f"{others.sum():,} values whose sIL-6R or sgp130 is beyond a limit"
        return (f"{followed} are taken as what follows from the limit",) if others.any() else ()
    if columns.bounded or low not in cohort.analysis_set or not outcomes.get(analysis.outcome).of_samples:
        return ()
    censored = int((cohort.analysis_set.loc[frame.index, low] < frame[columns.outcome]).sum())
    return (f"{censored:,} values beyond a limit are taken as the limit",) if censored else ()
