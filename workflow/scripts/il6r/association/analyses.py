"""The analyses of one cohort: which outcome, coded how, adjusted for what."""

import numpy as np
import pandas as pd
from scipy import stats

from il6r import outcomes
from il6r.association.design import Design, make_design
from il6r.association.models import Fit, NotEstimableError, fit, fit_mean, variance_explained
from il6r.errors import InputError

# Analysis name: outcome, coding of the genotype, and the scale of its estimate.
ANALYSES = {
    "sil6r_additive": ("sil6r", "additive", "log_ratio"),
    "sil6r_cc_vs_aa": ("sil6r", "CC against AA", "log_ratio"),
    "sil6r_variance": ("sil6r", "additive", "r2"),
    "activity_additive": ("activity", "additive", "log_ratio"),
    "activity_aa_vs_carriers": ("activity", "AA against C carriers", "log_ratio"),
    "met_additive": ("met", "additive", "log_ratio"),
    "met_aa_vs_ac": ("met", "AA against AC", "log_ratio"),
    "other_additive": ("other", "additive", "log_ratio"),
    "other_aa_vs_carriers": ("other", "AA against C carriers", "log_ratio"),
    "il6_additive": ("il6", "additive", "log_ratio"),
    "sgp130_additive": ("sgp130", "additive", "log_ratio"),
    **{f"{outcome}_additive": (outcome, "additive", "log_ratio") for outcome in outcomes.BALANCE},
}
# Outcomes in proportion to IL-6, whose limits are theirs.
_LIKE_IL6 = ("active_complex", "buffered_complex")
# Outcomes whose means by genotype are given.
_MEANS_OF = ("sil6r", "activity", "il6", "sgp130", "active_complex", "buffered_complex")


def fit_cohort(
    cohort: str,
    analysis_set: pd.DataFrame,
    genotypes: tuple[str, str, str],
    covariates: dict[str, list[str]],
    other_unit: str | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fit every analysis to one cohort.

    Outcomes are analysed as logarithms, but for MET-minutes, of which some people have none: the logarithm
    of their mean is. What lies beyond a limit of its assay is modelled as censored; where participants have
    several visits, errors are robust to correlation within them.

    Parameters
    ----------
    analysis_set : `tables.ANALYSIS_SET`.
    genotypes : the genotypes with 0, 1 and 2 effect alleles.
    covariates : columns of the analysis set for "sil6r", "activity" and "met".
    other_unit : of `other_value`, which is an outcome of its own.

    Returns
    -------
    estimates : `tables.ESTIMATES`; an analysis that cannot be done has a note instead of numbers.
    means : `tables.GENOTYPE_MEANS`.

    Raises
    ------
    InputError : fewer observations than model terms.
    """

    def measured(outcome):
        """Whether the cohort's results speak of an outcome at all."""
        return outcome not in outcomes.OPTIONAL or analysis_set[outcomes.flag(outcome)].any()

    filled = [name for name in analysis_set if analysis_set[name].notna().any()]
    rows = [
        _analyse(cohort, name, analysis_set, genotypes, outcomes.covariates_of(outcome, covariates, filled))
        for name, (outcome, _, _) in ANALYSES.items()
        if measured(outcome)
    ]
    means = [
        row
        for outcome in filter(measured, _MEANS_OF)
        for row in _genotype_means(cohort, outcome, analysis_set, genotypes)
    ]
    estimates = pd.DataFrame(rows)
    estimates["outcome"] = estimates["outcome"].replace({"other_value": f"activity in {other_unit}"})
    return estimates, pd.DataFrame(means)


def _analyse(cohort, name, analysis_set, genotypes, covariates) -> dict:
    outcome, coding, scale = ANALYSES[name]
    column, frame = (
        outcomes.column_of(outcome, analysis_set),
        analysis_set[analysis_set[outcomes.flag(outcome)]],
    )
    if coding != "additive":
        frame = frame.dropna(subset="genotype")
    people, clusters = np.unique(frame["participant"], return_inverse=True)
    repeated = len(people) < len(frame)
    bounds = log_bounds(frame, outcome, column)
    censored = bounds[0] < bounds[1]
    named = {"CC": genotypes[2], "AC": genotypes[1], "AA": genotypes[0]}
    coding_text = " ".join(named.get(word, word) for word in coding.split())
    row = {
        "cohort": cohort,
        "analysis": name,
        "outcome": column,
        "coding": coding_text.replace("C carriers", f"{genotypes[2][0]} carriers"),
        "effect_allele": genotypes[2][0],
        "scale": scale,
        "n": len(frame),
        "n_participants": len(people),
        "n_censored": int(censored.sum()),
        "covariates": ", ".join(covariates) or None,
        "model": "none",
        "errors": "none",
    }
    exposures, notes = _code(frame, coding, genotypes)
    if frame.empty:
        return row | {"note": "the cohort has no such measurement"}
    if exposures is None:
        return row | {"note": "; ".join(notes)}
    design = make_design(exposures, frame[covariates])
    terms = len(design.names)
    if len(people) <= terms and coding != "additive":
        return row | {"note": f"too few participants for {terms} terms"}
    _refuse_too_few(cohort, name, len(people), terms)
    values = frame[column].to_numpy(dtype=float)
    y = values if outcome == "met" else np.log(values)
    if np.ptp(y) < 1e-9 and not censored.any():
        return row | {"note": "everybody has the same value"}
    if _alone(design, clusters):
        return row | {"note": "; ".join([*notes, "one participant alone determines a term"])}
    if design.left_out:
        notes.append(f"left out as constant or redundant: {', '.join(design.left_out)}")
    estimate = {"r2": variance_explained, "log_ratio": fit}[scale]
    arguments = {"bounds": bounds, "clusters": clusters if repeated else None}
    try:
        if outcome == "met":
            result: Fit = fit_mean(y, design.matrix, term=1)
        else:
            result = estimate(y, design.matrix, term=1, **arguments)
        if coding == "additive" and outcome != "met":
            explained = result if scale == "r2" else variance_explained(y, design.matrix, term=1, **arguments)
            row["r2_variant"] = explained.estimate
    except NotEstimableError as error:
        return row | {"note": "; ".join([*notes, str(error)])}
    row |= vars(result) | {"note": "; ".join(notes) or None}
    if scale == "log_ratio":
        ends = {"percent": result.estimate, "percent_low": result.ci_low}
        ends["percent_high"] = result.ci_high
        row |= {key: 100 * np.expm1(value) for key, value in ends.items()}
    return row


def _code(frame, coding, genotypes) -> tuple[pd.DataFrame | None, list[str]]:
    """The exposure columns (the one of interest first), or None and why not."""
    present = set(frame["genotype"].dropna())
    notes = [f"nobody is {genotype}" for genotype in genotypes if genotype not in present]
    if coding == "additive":
        exposures = frame[["dosage"]]
        if frame["dosage"].nunique() < 2:
            return None, ["everybody has the same dosage", *notes]
    elif coding == "CC against AA":
        exposures = pd.DataFrame(
            {g: (frame["genotype"] == g).astype(float) for g in (genotypes[2], genotypes[1])}
        )
        if not {genotypes[0], genotypes[2]} <= present:
            return None, notes
        # Without heterozygotes their indicator would be a column of zeros.
        exposures = exposures.loc[:, exposures.any()]
    elif coding == "AA against AC":
        exposures = pd.DataFrame(
            {g: (frame["genotype"] == g).astype(float) for g in (genotypes[0], genotypes[2])}
        )
        if not {genotypes[0], genotypes[1]} <= present:
            return None, notes
        exposures = exposures.loc[:, exposures.any()]
    else:
        exposures = (frame["genotype"] == genotypes[0]).astype(float).to_frame("homozygous")
        if exposures["homozygous"].nunique() < 2:
            return None, notes
    return exposures, notes


def log_bounds(frame: pd.DataFrame, outcome: str, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Logarithms between which the true values of an outcome lie: twice its own where it is quantified."""
    names = outcomes.bounds(column, outcome)
    if outcome not in outcomes.BY_SAMPLE or names[0] not in frame:
        names = (column, column)
    with np.errstate(divide="ignore"):
        low, high = (np.log(frame[name].to_numpy(dtype=float)) for name in names)
    if outcome in _LIKE_IL6:
        # A limit of sIL-6R or sgp130 moves a complex little: it lies near what follows from the limit, and
        # the normal model would have it far below.
        value, followed = np.log(frame[column].to_numpy(dtype=float)), frame["il6_censored"].eq(True)
        low, high = (np.where(followed, end, value) for end in (low, high))
    return low, high


def _alone(design: Design, clusters: np.ndarray) -> bool:
    """Whether some term rests on one participant, whose fit is then perfect and says nothing of error."""
    basis = np.linalg.qr(design.matrix)[0]
    # The rows of one participant span a direction of the model only if their largest singular value
    # is 1; the trace of their leverage, which is no smaller, says for whom to compute it.
    leverage = np.bincount(clusters, weights=(basis**2).sum(axis=1))
    suspects = np.flatnonzero(leverage > 1 - 1e-8)
    return any(np.linalg.norm(basis[clusters == suspect], 2) > 1 - 1e-8 for suspect in suspects)


def _refuse_too_few(cohort: str, name: str, people: int, terms: int) -> None:
    if people <= terms:
        raise InputError(
            f"cohort {cohort}, analysis {name}",
            f"{people} participants are too few for a model of {terms} terms",
            f"give more participants, or fewer covariates under cohorts.{cohort}.covariates",
        )


def _genotype_means(cohort, outcome, analysis_set, genotypes) -> list[dict]:
    """Geometric means by genotype over participants; their visits are averaged first."""
    column = outcomes.column_of(outcome, analysis_set)
    frame = analysis_set[analysis_set[outcomes.flag(outcome)]].dropna(subset="genotype")
    low, high = log_bounds(frame, outcome, column)
    frame = frame.assign(y=np.log(frame[column].astype(float)), low=low, high=high)
    people = frame.groupby("participant").agg(
        genotype=("genotype", "first"), y=("y", "mean"), low=("low", "mean"), high=("high", "mean")
    )
    rows = []
    for copies, genotype in enumerate(genotypes):
        group = people[people["genotype"] == genotype]
        row = {
            "cohort": cohort,
            "outcome": column,
            "genotype": genotype,
            "copies": copies,
            "participants": len(group),
        }
        y, low, high = (group[name].to_numpy() for name in ("y", "low", "high"))
        censored = low < high
        if (~censored).sum() > 2 and np.ptp(y[~censored]) > 0:
            if censored.any():
                mean = fit(y, np.ones((len(y), 1)), term=0, bounds=(low, high))
                ends = mean.ci_low, mean.ci_high
                row["geometric_mean"] = np.exp(mean.estimate)
            else:
                ends = stats.t.interval(0.95, len(y) - 1, y.mean(), stats.sem(y))
                row["geometric_mean"] = np.exp(y.mean())
            row |= {"ci_low": np.exp(ends[0]), "ci_high": np.exp(ends[1])}
        rows.append(row)
    return rows
