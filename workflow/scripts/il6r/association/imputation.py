"""Which values may lie between their bounds, given everything else, and what do models of them all say?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from il6r.association import censored
from il6r.association.censored import Bounds
from il6r.association.coefficients import CONFIDENCE, Fit, NotEstimableError
from il6r.association.orthogonal import Basis, Levels, cross, orthogonalise, times

# Imputations by the share of rows to be imputed, about that of the information missing: from one seed to
# another the estimate then moves by 7 % of its error (White, Royston & Wood 2011, doi 10.1002/sim.4067, ask
# for at most 10 %).
_BY_SHARE, _FEWEST, _MOST = 200, 10, 100
# Steps of a chain, which starts near its distribution: as a draw about the maximum of the likelihood.
_STEPS, _STEPS_WITH_GROUPS = 20, 60
# Values that are drawn at a time: 80 MB.
_AT_A_TIME = 10_000_000
# What other columns leave of a value, relative to it: less is rounding.
_NO_RESIDUAL = 1e-12


@dataclass(frozen=True)
class Target:
    """A variable of which some values are known between bounds only.

    Attributes
    ----------
    values : float64, shape (n,), finite; where bounded, some value between the bounds.
    bounds : two float64 of shape (n,), equal where the value is known.
    """

    values: np.ndarray
    bounds: Bounds

    @property
    def bounded(self) -> np.ndarray:
        """Which values are known between bounds only: bool, shape (n,)."""
        return self.bounds[0] < self.bounds[1]


def number_for(share: float) -> int:
    """How many imputations there are to be where so large a share of the rows is imputed."""
    return int(np.clip(np.ceil(_BY_SHARE * share), _FEWEST, _MOST))


def draw(
    targets: Sequence[Target],
    predictors: np.ndarray,
    rng: np.random.Generator,
    *,
    groups: np.ndarray | None = None,
    number: int = _MOST,
) -> list[np.ndarray]:
    """Draw the values behind the bounds, together with the model's parameters.

    Each target is normal given predictors and the other targets, with a random intercept of each group where
    there are groups. Parameters and values are drawn in turn (data augmentation: Tanner & Wong 1987,
    doi 10.1080/01621459.1987.10478458; of a censored regression Chib 1992, doi 10.1016/0304-4076(92)90030-U),
    under priors that are flat in effects and in the logarithm of the residual standard deviation, and flat in
    the standard deviation of the intercepts. Each imputation is the end of a chain of its own, so that they
    are independent.

    Parameters
    ----------
    targets : each with some value that is bounded.
    predictors : float64, shape (n, terms), of full rank, with an intercept.
    rng : decides the draws, and with it the data.
    groups : int64, shape (n,), or None.
    number : of imputations.

    Returns
    -------
    For each target float64 of shape (its bounded rows, number).

    Raises
    ------
    NotEstimableError : as in `censored.fit_latent`, of one target on the predictors; other targets and
        predictors determine a target.
    """
    rows = np.flatnonzero(np.any([target.bounded for target in targets], axis=0))
    at_a_time = max(1, min(number, _AT_A_TIME // (len(rows) * len(targets))))
    model = _Model(targets, predictors, rows, groups)
    parts = []
    for start in range(0, number, at_a_time):
        chains = model.chains(min(at_a_time, number - start), rng)
        for _ in range(_STEPS if groups is None and len(targets) == 1 else _STEPS_WITH_GROUPS):
            for k in range(len(targets)):
                chains.step(k, rng)
        parts.append(chains.state)
    state = np.concatenate(parts, axis=2)
    return [state[k, target.bounded[rows]] for k, target in enumerate(targets)]


def pool(fits: Sequence[Fit]) -> Fit:
    """One estimate of those from each imputation (Rubin 1987, doi 10.1002/9780470316696).

    The degrees of freedom are those of Barnard & Rubin (1999, doi 10.1093/biomet/86.4.948), which are fewer
    than those of the complete data.
    """
    estimates, variances = (np.array([getattr(fit, name) for fit in fits]) for name in ("estimate", "se"))
    variances = variances**2
    number, first = len(fits), fits[0]
    estimate, between = float(estimates.mean()), float((1 + 1 / number) * estimates.var(ddof=1))
    total = float(variances.mean()) + between
    missing = between / total
    # Complete data's degrees of freedom, those of the number of imputations, and of both.
    complete = float(np.mean([fit.df for fit in fits]))
    observed = (complete + 1) / (complete + 3) * complete * (1 - missing) if np.isfinite(complete) else np.inf
    rate = missing**2 / (number - 1) + 1 / observed
    df = 1 / rate if rate > 0 else np.inf
    se = float(np.sqrt(total))
    half = float(stdtrit(df, 0.5 + CONFIDENCE / 2)) * se
    p_value = float(2 * stdtr(df, -abs(estimate) / se))
    return Fit(
        estimate, se, estimate - half, estimate + half, p_value, f"{first.model}, multiply imputed",
        first.errors, float(df),
    )  # fmt: skip


class _Model:
    """What does not change from step to step.

    Attributes
    ----------
    q, of_rows : the predictors' orthonormal columns, shape (n, terms), and those of `rows`.
    rows : int64, shape (r,): where some target is bounded.
    levels : of the groups, one without levels where there are none; `among` of `rows`.
    by_level : sums of `q` by level, shape (levels, terms).
    low, high : float64, shape (targets, r).
    products, squares, sums : of the rows outside `rows`: products of columns and targets, shape
        (targets, terms), of targets and targets, and the targets' sums by level, shape (targets, levels).
    df : rows less terms and other targets.
    """

    def __init__(
        self, targets: Sequence[Target], predictors: np.ndarray, rows: np.ndarray, groups: np.ndarray | None
    ):
        self.targets, self.rows = targets, rows
        self.q = orthogonalise(predictors).q
        basis = Basis(self.q, np.eye(self.q.shape[1]), Levels(None))
        self.of_rows = self.q[rows]
        self.levels = Levels(groups)
        inside = np.zeros(len(self.q), dtype=bool)
        inside[rows] = True
        self.among = self.levels.among(inside)
        self.by_level = self.levels.sums(self.q)
        self.low, self.high = (np.array([target.bounds[end][rows] for target in targets]) for end in (0, 1))
        # Of the values' deviations from a first fit, so that nothing large cancels.
        self.latent = [
            censored.fit_latent(target.values, self.q, target.bounds, basis=basis) for target in targets
        ]
        values = np.column_stack([target.values for target in targets])
        outside = values[~inside]
        self.products = cross(self.q[~inside], outside).T
        self.squares = cross(outside, outside)
        self.sums = self.levels.among(~inside).sums(outside).T
        self.known = values[rows].T
        self.df = len(self.q) - self.q.shape[1] - len(targets) + 1

    def chains(self, number: int, rng: np.random.Generator) -> "_Chains":
        """Chains at their start: values drawn about the maximum of each target's own likelihood."""
        state = np.repeat(self.known[:, :, None], number, axis=2)
        for k, latent in enumerate(self.latent):
            root = np.linalg.cholesky(latent.covariance)
            params = latent.params[:, None] + root @ rng.standard_normal((len(root), number))
            mean, sigma = times(self.of_rows, params[:-1]), np.exp(params[-1])
            state[k] = _between(mean, sigma, self.low[k], self.high[k], rng)
        return _Chains(self, state)


class _Chains:
    """Independent chains of values and parameters.

    Attributes
    ----------
    state : float64, shape (targets, r, chains): the targets in the model's `rows`.
    """

    def __init__(self, model: _Model, state: np.ndarray):
        self.model, self.state = model, state
        targets, _, chains = state.shape
        levels = model.levels.number
        # Intercepts of groups, and their variance.
        self._intercepts = np.zeros((targets, levels, chains))
        spread = [np.exp(2 * latent.params[-1]) / 2 for latent in model.latent]
        self._spread = np.repeat(np.array(spread)[:, None], chains, axis=1)

    def step(self, k: int, rng: np.random.Generator) -> None:
        """Draw the parameters of one target's model, its intercepts, and its values."""
        model, state = self.model, self.state
        others = [j for j in range(len(state)) if j != k]
        products = np.array([cross(model.of_rows, part) for part in state]) + model.products[:, :, None]
        squares = np.einsum("irc,jrc->cij", state, state) + model.squares
        sums = np.array([model.among.sums(part) for part in state]) + model.sums[:, :, None]
        own, intercepts = products[k], self._intercepts[k]
        if model.levels.number:
            # The target less its intercepts.
            own = own - cross(model.by_level, intercepts)
            lost = np.einsum("jlc,lc->cj", sums, intercepts)
            squares[:, k, others] -= lost[:, others]
            squares[:, others, k] -= lost[:, others]
            squares[:, k, k] += (model.levels.counts @ intercepts**2) - 2 * lost[:, k]
        rest = products[others]
        inner = squares[:, others][:, :, others] - np.einsum("itc,jtc->cij", rest, rest)
        right = squares[:, others, k] - np.einsum("itc,tc->ci", rest, own)
        slopes = np.linalg.solve(inner, right[:, :, None])[:, :, 0]
        left = squares[:, k, k] - np.einsum("tc,tc->c", own, own) - np.einsum("ci,ci->c", right, slopes)
        if (left <= _NO_RESIDUAL * squares[:, k, k]).any():
            raise NotEstimableError("what else is known determines the bounded values")
        sigma = np.sqrt(left / rng.chisquare(model.df, len(left)))
        roots = np.linalg.cholesky(np.linalg.inv(inner))
        slopes = slopes + sigma[:, None] * np.einsum("cij,cj->ci", roots, rng.standard_normal(slopes.shape))
        effects = own - np.einsum("itc,ci->tc", rest, slopes) + sigma * rng.standard_normal(own.shape)
        mean = times(model.of_rows, effects) + np.einsum("irc,ci->rc", state[others], slopes)
        if model.levels.number:
            left_by_level = sums[k] - times(model.by_level, effects)
            left_by_level -= np.einsum("ilc,ci->lc", sums[others], slopes)
            precision = model.levels.counts[:, None] / sigma**2 + 1 / self._spread[k]
            noise = rng.standard_normal(precision.shape) / np.sqrt(precision)
            self._intercepts[k] = left_by_level / sigma**2 / precision + noise
            df = model.levels.number - 1
            self._spread[k] = (self._intercepts[k] ** 2).sum(axis=0) / rng.chisquare(df, len(left))
            mean += self._intercepts[k][model.among.codes]
        state[k] = _between(mean, sigma, model.low[k], model.high[k], rng)


def _between(
    mean: np.ndarray, sigma: np.ndarray, low: np.ndarray, high: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Normal values between bounds, shape (rows, chains): the bound where both are the same.

    `mean` has shape (rows, chains), `sigma` (chains,), `low` and `high` (rows,).
    """
    with np.errstate(invalid="ignore"):
        z_low, z_high = (low[:, None] - mean) / sigma, (high[:, None] - mean) / sigma
    # In the left tail, where probabilities keep their digits.
    mirrored = z_low > -z_high
    left, right = np.where(mirrored, -z_high, z_low), np.where(mirrored, -z_low, z_high)
    below, upto = ndtr(left), ndtr(right)
    probability = below + rng.random(mean.shape) * (upto - below)
    z = np.clip(ndtri(np.maximum(probability, np.finfo(float).tiny)), left, right)
    values = mean + sigma * np.where(mirrored, -z, z)
    # Rounding does not move what is known.
    return np.asarray(np.clip(values, low[:, None], high[:, None]))
