"""Which genetic model fits an outcome's levels: multiplicative, additive, or one mean for each genotype?"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import optimize
from scipy.special import stdtr

from il6r.association import censored, least_squares
from il6r.association.coefficients import Coefficients, NotEstimableError

# Gauss-Newton steps along a curve that is nearly straight; 2 or 3 are needed.
_MOST_STEPS = 30
# The last step, in standard errors; those that would follow are smaller still.
_LAST_STEP = 1e-5
_COPIES = np.array([1.0, 2.0])
# An allele cannot take more than half of AA's level, or nothing would be left of CC's.
_LEAST_SHARE = -0.5


class _Rows(NamedTuple):
    """What the models are fitted to; all but the shares as `compare` is given them."""

    y: np.ndarray
    shares: np.ndarray
    covariates: np.ndarray
    absorbed: np.ndarray | None
    bounds: tuple[np.ndarray, np.ndarray] | None
    clusters: np.ndarray | None


def compare(
    y: np.ndarray,
    dosage: np.ndarray,
    genotype_codes: np.ndarray,
    covariates: np.ndarray,
    *,
    absorbed: np.ndarray | None = None,
    bounds: tuple[np.ndarray, np.ndarray] | None = None,
    clusters: np.ndarray | None = None,
    probabilities: np.ndarray | None = None,
    people: np.ndarray | None = None,
) -> list[dict[str, Any]]:
    """Fit three genetic models to the same logarithms, so that their likelihoods can be compared.

    The logarithm of the outcome is normal about covariates and 0, m1 or m2 for AA, AC and CC:

    - multiplicative: m1 = b, m2 = 2 b;
    - additive: m1 = log(1 + d), m2 = log(1 + 2 d), each allele adding d times AA's level;
    - genotypic: m1 and m2 as they are.

    Of an imputed genotype it is the expected logarithm, by the genotypes' probabilities, so that the first
    two models are cases of the third whatever these are. The additive model is fitted by Gauss-Newton steps
    (linear fits to the tangent; Bates & Watts 1988, doi 10.1002/9780470316757, chapter 2), whose last gives
    its error.

    Parameters
    ----------
    y : float64, shape (n,), logarithms; where censored, some value within the bounds.
    dosage : float64, shape (n,), effect alleles, from 0 to 2.
    genotype_codes : float64, shape (n,): 0, 1 or 2 effect alleles, not a number where the genotype is in
        doubt. Without two participants of each there is no genotypic model.
    covariates : float64, shape (n, c), intercept first; without one where a factor is absorbed.
    absorbed : int64, shape (n,), groups of a covariate with many, or None.
    bounds : two float64 of shape (n,), logarithms between which the true ones lie, or None.
    clusters : int64, shape (n,), participants or families where rows are not independent, or None.
    probabilities : float64, shape (n, 2), of AC and CC. Where there are none, or not a number, a dosage
        between two genotypes is one or the other in proportion to its distance from them.
    people : int64, shape (n,): participants; None where they are the clusters.

    Returns
    -------
    list of dict : one row of `GENETIC_MODELS` per model, without cohort, outcome and allele. The
        likelihood is that of independent rows with equal variances. `departure_p_value` tests a model against
        the genotypic model by Wald's test of m2 = 2 m1, or of exp(m2) = 2 exp(m1) - 1 with the delta method,
        with the genotypic model's robust errors: a likelihood ratio would take a variance that goes with the
        genotype for a departure. A model that cannot be fitted has a note.
    """
    own = _Rows(y, _shares(dosage, probabilities), covariates, absorbed, bounds, clusters)
    if people is None:
        people = np.arange(len(y)) if clusters is None else clusters
    fits: dict[str, Coefficients] = {}
    notes: dict[str, str] = {}
    models: dict[str, Callable[[], Coefficients]] = {
        "genotypic": lambda: _genotypic(own, genotype_codes, people),
        "multiplicative": lambda: _fit(own, own.shares @ _COPIES),
        "additive": lambda: _additive(own, fits.get("genotypic")),
    }
    for name, fit in models.items():
        try:
            if len(y) == 0 or np.ptp(dosage) == 0:
                raise NotEstimableError("everybody has the same dosage")
            fits[name] = fit()
        except NotEstimableError as error:
            notes[name] = str(error)
    rows = []
    for name, describe in _DESCRIBED.items():
        row = {"genetic_model": name, "n": len(y), "n_participants": _number(people)}
        if name in notes:
            rows.append(row | {"note": notes[name]})
            continue
        found = fits[name]
        effect = found.term(len(found.params) - 1)
        row["log_likelihood"] = float(found.log_likelihood)
        row |= describe(np.array([effect.estimate, effect.ci_low, effect.ci_high]))
        if name != "genotypic" and "genotypic" in fits:
            row["departure_p_value"] = _wald(name, fits["genotypic"])
        rows.append(row)
    return rows


def _shares(dosage: np.ndarray, probabilities: np.ndarray | None) -> np.ndarray:
    """Probabilities of AC and CC, shape (n, 2): as given, else those of dosages between two genotypes."""
    between = np.column_stack([1 - np.abs(dosage - 1), np.maximum(dosage - 1, 0)])
    return between if probabilities is None else np.where(np.isnan(probabilities), between, probabilities)


def _fit(rows: _Rows, exposures: np.ndarray, shift: np.ndarray | float = 0.0) -> Coefficients:
    """A linear model of `y - shift`, the exposures last."""
    y, matrix = rows.y - shift, np.column_stack([rows.covariates, exposures])
    if rows.bounds is not None and censored.is_censored(rows.bounds):
        low, high = rows.bounds
        moved = low - shift, high - shift
        return censored.fit(y, matrix, moved, absorbed=rows.absorbed, clusters=rows.clusters)
    return least_squares.fit(y, matrix, absorbed=rows.absorbed, clusters=rows.clusters)


def _genotypic(rows: _Rows, genotype_codes: np.ndarray, people: np.ndarray) -> Coefficients:
    """The model with both genotypes' levels free, the last two terms."""
    participants = [_number(people[genotype_codes == copies]) for copies in range(3)]
    few = [str(copies) for copies in range(3) if participants[copies] < 2]
    if few:
        # One participant gives no error.
        raise NotEstimableError(f"fewer than two participants surely have {' or '.join(few)} effect alleles")
    return _fit(rows, rows.shares)


def _number(codes: np.ndarray) -> int:
    """How many different ones there are."""
    return int(np.count_nonzero(np.bincount(codes)))


def _additive(rows: _Rows, genotypic: Coefficients | None) -> Coefficients:
    """The model whose last term is d, from where the genotypic model has it, or from 0."""
    share = 0.0 if genotypic is None else _nearest_share(genotypic)
    for _ in range(_MOST_STEPS):
        levels = 1 + share * _COPIES
        slope = rows.shares @ (_COPIES / levels)
        shift = rows.shares @ np.log(levels) - share * slope
        tangent = _fit(rows, slope, shift)
        following = tangent.params[-1]
        if abs(following - share) <= _LAST_STEP * np.sqrt(tangent.covariance[-1, -1]):
            return tangent
        share = max(following, (share + _LEAST_SHARE) / 2)
    raise NotEstimableError("the additive model did not converge")


def _nearest_share(genotypic: Coefficients) -> float:
    """The d whose levels are nearest to the genotypic model's, in their errors."""
    precision = np.linalg.inv(genotypic.covariance[-2:, -2:])

    def distance(share: float) -> float:
        """Wald's statistic."""
        off = np.log(1 + share * _COPIES) - genotypic.params[-2:]
        return float(off @ precision @ off)

    # Between those that AC and CC alone would give, but not at the edge of what there can be.
    ends = np.maximum(np.expm1(genotypic.params[-2:]) / _COPIES, 0.9 * _LEAST_SHARE)
    return float(optimize.minimize_scalar(distance, bounds=np.sort(ends), method="bounded").x)


def _describe_multiplicative(ends: np.ndarray) -> dict[str, Any]:
    return {"parameters": 1, **_percent(np.expm1(ends)), **_ratio(np.exp(2 * ends))}


def _describe_additive(ends: np.ndarray) -> dict[str, Any]:
    # A symmetric interval may reach beyond what levels can be.
    ends = np.maximum(ends, _LEAST_SHARE)
    return {"parameters": 1, **_percent(ends), **_ratio(1 + 2 * ends)}


def _describe_genotypic(ends: np.ndarray) -> dict[str, Any]:
    return {"parameters": 2, **_ratio(np.exp(ends))}


_DESCRIBED = {
    "multiplicative": _describe_multiplicative,
    "additive": _describe_additive,
    "genotypic": _describe_genotypic,
}


def _percent(ends: np.ndarray) -> dict[str, Any]:
    """What an allele adds to AA's level, with its interval."""
    names = "percent", "percent_low", "percent_high"
    return dict(zip(names, (100 * ends).tolist(), strict=True))


def _ratio(ends: np.ndarray) -> dict[str, Any]:
    """CC's level over AA's, with its interval."""
    return dict(zip(("cc_aa_ratio", "ratio_low", "ratio_high"), ends.tolist(), strict=True))


def _wald(name: str, genotypic: Coefficients) -> float:
    """P-value of a model's condition on the genotypic model's levels."""
    weights = np.zeros(len(genotypic.params))
    heterozygous, homozygous = genotypic.params[-2:]
    if name == "multiplicative":
        weights[-2:] = -2, 1
        return genotypic.contrast(weights).p_value
    weights[-2:] = -2 * np.exp(heterozygous), np.exp(homozygous)
    departure = np.exp(homozygous) - 2 * np.exp(heterozygous) + 1
    linear = genotypic.contrast(weights)
    return float(2 * stdtr(linear.df, -abs(departure) / linear.se))
