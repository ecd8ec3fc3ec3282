"""How does an outcome depend on the terms where relatives resemble each other by their kinship?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from il6r.association.cluster_robust import ClusterRobust, adjust
from il6r.association.coefficients import Coefficients, NotEstimableError
from il6r.association.orthogonal import Basis, Levels, cross, orthogonalise, times
from il6r.association.selection import Kinship

# The highest kinship there is, of a person with themselves or a twin; estimates of it have an error.
_SELF = 0.5
# Shares of the variance of kinship, and of the person beside it, from which the climb may start.
_SHARES = (0.0, 0.2, 0.5, 0.8)
_MOST_STEPS = 200
_MOST_HALVINGS = 40
# The last step in shares of the variance: what follows is of the order of its square, or of its like.
_SETTLED = 1e-9
# Share of the variance below which a component is none; the residual one stays there, lest a matrix of twins
# be singular.
_NOTHING = 1e-6
# Eigenvalues down to which a family's matrix is singular by rounding alone, as twins make it.
_ROUNDING = 1e-9
# A family's matrices take the square of its rows in memory, and their inverse the cube in time.
_MOST_ROWS = 3_000
# Residuals relative to the values: less is rounding.
_NO_RESIDUAL = 1e-12


@dataclass(frozen=True)
class KinshipFit:
    """A mixed model with kinship.

    Attributes
    ----------
    coefficients : of the terms, with the model's errors and the degrees of freedom of the term that was asked
        for; their log likelihood is the restricted one.
    robust : the same with errors robust to any correlation within clusters: CR2, with the model as working
        model and Satterthwaite's degrees of freedom (`cluster_robust.adjust`); None where all people are of
        one cluster.
    share : of the variance, given the terms, that goes with kinship.
    repaired : families whose estimated kinships no people can have, and which were moved to the nearest
        possible ones.
    """

    coefficients: Coefficients
    robust: Coefficients | None
    share: float
    repaired: int


@dataclass(frozen=True)
class _Block:
    """Families with as many people and rows as each other.

    Attributes
    ----------
    rows : int, shape (families, size): which of the data's.
    parts : of each component of the variance but the residual one, float64, shape (families, size, size): the
        correlations that it gives the rows.
    """

    rows: np.ndarray
    parts: tuple[np.ndarray, ...]

    def covariance(self, variances: np.ndarray) -> np.ndarray:
        """The rows' covariance at components of the variance, shape (families, size, size)."""
        found = sum(v * part for v, part in zip(variances[:-1], self.parts, strict=True))
        return np.asarray(found + variances[-1] * np.eye(self.rows.shape[1]))


@dataclass(frozen=True)
class _Data:
    """Orthonormal columns, the residuals of least squares, of length 1, and the blocks of rows."""

    columns: np.ndarray
    outcome: np.ndarray
    blocks: list[_Block]

    @property
    def components(self) -> int:
        """Components of the variance: of kinship, of the person if some have several rows, and residual."""
        return len(self.blocks[0].parts) + 1

    @property
    def df(self) -> int:
        """Rows less terms."""
        n, terms = self.columns.shape
        return int(n - terms)


@dataclass(frozen=True)
class _Point:
    """The restricted likelihood at some components of the variance.

    Attributes
    ----------
    value : log likelihood.
    rest : the generalised residual sum of squares.
    params, covariance : of the terms.
    weighted, residual : the inverse of the rows' covariance times the columns, and times the residuals.
    inverses : of each block's covariance.
    """

    value: float
    rest: float
    params: np.ndarray
    covariance: np.ndarray
    weighted: np.ndarray
    residual: np.ndarray
    inverses: list[np.ndarray]


def fit(
    y: np.ndarray,
    matrix: np.ndarray,
    person: np.ndarray,
    kinship: Kinship,
    *,
    term: int,
    clusters: np.ndarray,
    basis: Basis | None = None,
) -> KinshipFit:
    """Regress `y` on `matrix` with a random effect for each person, correlated by twice their kinship.

    y = X b + g + e, and where people have several rows y = X b + g + p + e. The covariance of g is its
    variance times twice the kinship matrix (1 on its diagonal), p is the person's own beside it, e is
    independent (Kang et al. 2010, doi 10.1038/ng.548). The matrix has a block for each family, so that the
    blocks' inverses are all that is needed. The variances are those of the greatest restricted likelihood
    (Patterson & Thompson 1971, doi 10.1093/biomet/58.3.545), found by Newton's steps from the best of a
    grid; none is below 0. Degrees of freedom are Satterthwaite's for `term` (Fai & Cornelius 1996, doi
    10.1080/00949659608811740).

    A family's estimated kinships may be such that no people could have them, as their matrix has a negative
    eigenvalue: it then becomes 0, and the diagonal 1 again.

    Parameters
    ----------
    y : float64, shape (n,).
    matrix : float64, shape (n, terms), of full rank, with an intercept.
    person : int, shape (n,): the numbers of participants in `kinship`.
    kinship : pairs of relatives, of whom some may not be here.
    term : the column that is wanted.
    clusters : int, shape (n,): families, for the robust errors.
    basis : what `orthogonalise` makes of `matrix`, where it is at hand.

    Raises
    ------
    NotEstimableError : no two people are relatives; a family has more than 3,000 rows; nothing varies beside
        kinship, or about the model; one of several clusters alone determines a term; what `orthogonalise`
        raises.
    """
    basis = basis or orthogonalise(matrix)
    start, residual = basis.project(y[:, None])
    unit = float(np.linalg.norm(residual))
    if unit <= _NO_RESIDUAL * np.linalg.norm(y):
        raise NotEstimableError("the values do not vary about the model")
    blocks, repaired = _blocks(person, kinship)
    data = _Data(basis.q, residual[:, 0] / unit, blocks)
    variances = _climb(data, _start(data))
    there = variances > 2 * _NOTHING * variances.sum()
    if not there[-1] and any(_singular(block.parts[0]) for block in blocks):
        raise NotEstimableError("nothing varies beside kinship but by the terms")
    point = _point(data, variances)
    derivatives = _derivatives(data, point)
    weights = basis.inverse[term]
    covariance = unit**2 * basis.inverse @ point.covariance @ basis.inverse.T
    log_units = data.df * np.log(unit) + np.log(np.abs(np.diag(basis.r))).sum()
    coefficients = Coefficients(
        basis.inverse @ (start[:, 0] + unit * point.params),
        covariance,
        _satterthwaite(weights, point.covariance, derivatives, there),
        "mixed, kinship",
        "model",
        float(point.value - log_units),
    )
    rest = unit * (data.outcome - times(data.columns, point.params[:, None])[:, 0])
    found = _bias_reduced(data, variances, rest, clusters, basis.inverse)
    robust = None
    if found is not None:
        covariance, df = found
        robust = replace(coefficients, covariance=covariance, df=df, errors="cluster-robust by participant")
    return KinshipFit(coefficients, robust, float(variances[0] / variances.sum()), repaired)


def _bias_reduced(
    data: _Data, variances: np.ndarray, rest: np.ndarray, clusters: np.ndarray, inverse: np.ndarray
) -> tuple[np.ndarray, ClusterRobust] | None:
    """CR2's covariance of the terms with the model as working model, and how it has degrees of freedom.

    `rest`: residuals, shape (n,). `inverse` takes coefficients of the columns to those of the matrix. People
    whom kinship joins are of one cluster; None if there is no other.
    """
    both = np.column_stack([data.columns, rest])
    kind, family, place = np.empty((3, len(rest)), dtype=np.int64)
    scales, families = [], 0
    for number, block in enumerate(data.blocks):
        lower = np.linalg.cholesky(block.covariance(variances))
        both[block.rows] = np.linalg.solve(lower, both[block.rows])
        scales.append(lower.swapaxes(1, 2) @ lower)
        kind[block.rows] = number
        family[block.rows], place[block.rows] = np.indices(block.rows.shape)
        family[block.rows] += families
        families += len(block.rows)
    first = np.cumsum([0, *(len(block.rows) for block in data.blocks)])
    nodes = families + clusters.max() + 1
    links = sparse.coo_array((np.ones(len(rest)), (family, families + clusters)), shape=(nodes, nodes))
    joined = Levels(connected_components(links, directed=False)[1][family])
    if joined.number < 2:
        return None

    def working(places: np.ndarray) -> np.ndarray:
        """L' L of clusters' rows, whose covariance is L L'; 0 between families."""
        whose, which = family[places], kind[places]
        same = whose[:, :, None] == whose[:, None, :]
        found = np.zeros(same.shape)
        for number, scale in enumerate(scales):
            line, one, other = np.nonzero(same & (which[:, :, None] == number))
            at = whose[line, one] - first[number], place[places[line, one]], place[places[line, other]]
            found[line, one, other] = scale[at]
        return found

    white, residual = both[:, :-1], both[:, -1]
    back = np.linalg.inv(np.linalg.cholesky(cross(white, white))).T
    found = adjust(times(white, back), inverse @ back, joined, working=working)
    return found.covariance(residual), found


def within_families(person: np.ndarray, family: np.ndarray) -> Kinship:
    """All pairs of people of one family, as alike as twins, which makes a random intercept of the family.

    Parameters
    ----------
    person, family : int, shape (n,): of each row.
    """
    people, first = np.unique(person, return_index=True)
    order = np.argsort(family[first], kind="stable")
    people, own = people[order], family[first][order]
    ends = np.searchsorted(own, own, side="right")
    # Each person with those of the family who come later.
    later = ends - np.arange(len(own)) - 1
    one = np.repeat(np.arange(len(own)), later)
    other = np.arange(len(one)) - np.repeat(np.cumsum(later) - later, later) + one + 1
    return Kinship(people[one], people[other], np.full(len(one), _SELF))


def _blocks(person: np.ndarray, kinship: Kinship) -> tuple[list[_Block], int]:
    """The rows by families of one shape, and how many families' kinships had to be repaired."""
    numbers, people = np.unique(person, return_inverse=True)
    n, visits = len(numbers), np.bincount(people)
    here = np.isin(kinship.first, numbers) & np.isin(kinship.second, numbers)
    first, second = (np.searchsorted(numbers, side[here]) for side in (kinship.first, kinship.second))
    if not len(first):
        raise NotEstimableError("no two relatives are here whose kinship is known")
    links = sparse.coo_array((np.ones(len(first), dtype=bool), (first, second)), shape=(n, n))
    family = connected_components(links, directed=False)[1]
    members, sizes = np.bincount(family), np.bincount(family, weights=visits).astype(int)
    if sizes.max() > _MOST_ROWS:
        raise NotEstimableError(f"a family of {sizes.max():,} rows is too large for a model of its kinship")
    place, order = _places(family, members), np.argsort(family[people], kind="stable")
    repeated, repaired, blocks = visits.max() > 1, 0, []
    starts = np.cumsum(sizes) - sizes
    for member, size in sorted(set(zip(members.tolist(), sizes.tolist(), strict=True))):
        own = np.flatnonzero((members == member) & (sizes == size))
        # A family's place among those of this shape.
        number = np.full(len(members), -1)
        number[own] = np.arange(len(own))
        pairs = number[family[first]] >= 0
        matrices = np.tile(np.eye(member), (len(own), 1, 1))
        at = number[family[first[pairs]]], place[first[pairs]], place[second[pairs]]
        matrices[at] = matrices[at[0], at[2], at[1]] = (
            np.clip(kinship.coefficient[here][pairs], 0, _SELF) / _SELF
        )
        matrices, moved = _possible(matrices)
        repaired += moved
        rows = order[starts[own][:, None] + np.arange(size)]
        whose = place[people[rows]]
        of_kinship = matrices[np.arange(len(own))[:, None, None], whose[:, :, None], whose[:, None, :]]
        same = (whose[:, :, None] == whose[:, None, :]).astype(float)
        blocks.append(_Block(rows, (of_kinship, same) if repeated else (of_kinship,)))
    return blocks, repaired


def _places(group: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Each element's place in its group, from 0: int, shape (n,)."""
    order = np.argsort(group, kind="stable")
    place = np.empty(len(group), dtype=np.int64)
    place[order] = np.arange(len(group)) - (np.cumsum(sizes) - sizes)[group[order]]
    return place


def _possible(matrices: np.ndarray) -> tuple[np.ndarray, int]:
    """Correlation matrices, shape (k, m, m), without negative eigenvalues, and how many had some."""
    if matrices.shape[1] < 2:
        return matrices, 0
    values, vectors = np.linalg.eigh(matrices)
    bad = values[:, 0] < -_ROUNDING
    if bad.any():
        moved = (vectors[bad] * np.maximum(values[bad], 0)[:, None, :]) @ vectors[bad].transpose(0, 2, 1)
        scale = 1 / np.sqrt(np.einsum("kii->ki", moved))
        matrices[bad] = moved * scale[:, :, None] * scale[:, None, :]
    return matrices, int(bad.sum())


def _singular(matrices: np.ndarray) -> bool:
    """Whether one of the matrices, shape (k, m, m), has no inverse beside which residuals could vanish."""
    return bool((np.linalg.eigvalsh(matrices)[:, 0] < np.sqrt(_NOTHING)).any())


def _point(data: _Data, variances: np.ndarray) -> _Point:
    """The restricted likelihood at components of the variance, the residual one last and above 0."""
    terms = data.columns.shape[1]
    both = np.column_stack([data.columns, data.outcome])
    weighted, log_determinant, inverses = np.empty_like(both), 0.0, []
    for block in data.blocks:
        covariance = block.covariance(variances)
        factors = np.linalg.cholesky(covariance)
        log_determinant += 2 * np.log(np.einsum("kii->ki", factors)).sum()
        inverses.append(np.linalg.inv(covariance))
        weighted[block.rows] = inverses[-1] @ both[block.rows]
    products = cross(both, weighted)
    information = products[:terms, :terms]
    params = np.linalg.solve(information, products[:terms, terms])
    rest = float(products[terms, terms] - products[:terms, terms] @ params)
    log_determinant += np.linalg.slogdet(information)[1]
    return _Point(
        -(data.df * np.log(2 * np.pi) + log_determinant + rest) / 2,
        rest,
        params,
        np.linalg.inv(information),
        weighted[:, :terms],
        weighted[:, terms] - times(weighted[:, :terms], params[:, None])[:, 0],
        inverses,
    )


@dataclass(frozen=True)
class _Derivatives:
    """Derivatives of the restricted log likelihood in the k components of the variance.

    Attributes
    ----------
    score : the slope, shape (k,).
    expected, observed : the curvature with its sign turned, shape (k, k).
    slopes : of the terms' inverse covariance, with their sign turned: shape (k, terms, terms).
    """

    score: np.ndarray
    expected: np.ndarray
    observed: np.ndarray
    slopes: np.ndarray

    def curvature(self, free: np.ndarray) -> np.ndarray:
        """That of some components: as observed, or the average with the expected where that is no maximum's.

        The average is never negative (Gilmour, Thompson & Cullis 1995, doi 10.2307/2533274).
        """
        observed: np.ndarray = self.observed[np.ix_(free, free)]
        if np.linalg.eigvalsh(observed)[0] > 0:
            return observed
        return np.asarray((observed + self.expected[np.ix_(free, free)]) / 2)


def _derivatives(data: _Data, point: _Point) -> _Derivatives:
    k, terms = data.components, data.columns.shape[1]
    traces, crossed = np.zeros(k), np.zeros((k, k))
    both = np.column_stack([point.weighted, point.residual])
    # A component's matrix times these, and the inverse covariance times that.
    moved, again = np.empty((2, k, *both.shape))
    for block, inverse in zip(data.blocks, point.inverses, strict=True):
        own = both[block.rows]
        products = [inverse @ part for part in block.parts] + [inverse]
        for i, part in enumerate((*block.parts, None)):
            moved[i][block.rows] = own if part is None else part @ own
            again[i][block.rows] = products[i] @ own if part is not None else inverse @ own
            traces[i] += np.einsum("kaa->", products[i])
            for j in range(i + 1):
                crossed[i, j] += np.einsum("kab,kba->", products[i], products[j])
                crossed[j, i] = crossed[i, j]
    slopes = np.array([cross(both, one) for one in moved])
    of_terms = point.covariance @ slopes[:, :terms, :terms]
    score = -(traces - np.trace(of_terms, axis1=1, axis2=2) - slopes[:, terms, terms]) / 2
    expected, observed = np.empty((2, k, k))
    for i, j in product(range(k), repeat=2):
        middle = np.sum(point.covariance * cross(moved[i][:, :terms], again[j][:, :terms]))
        expected[i, j] = (crossed[i, j] - 2 * middle + np.sum(of_terms[i] * of_terms[j].T)) / 2
        inner = cross(moved[i][:, terms:], again[j][:, terms:])[0, 0]
        inner -= slopes[i, :terms, terms] @ point.covariance @ slopes[j, :terms, terms]
        observed[i, j] = inner - expected[i, j]
    return _Derivatives(score, expected, observed, slopes[:, :terms, :terms])


def _starts(components: int) -> Iterator[np.ndarray]:
    """Shares of the variance, the residual one last and above 0."""
    for shares in product(_SHARES, repeat=components - 1):
        if sum(shares) < 1:
            yield np.array([*shares, 1 - sum(shares)])


def _start(data: _Data) -> np.ndarray:
    """The best of a grid of components of the variance."""
    best, at = -np.inf, np.empty(0)
    for shares in _starts(data.components):
        point = _point(data, shares)
        scale = point.rest / data.df
        # The likelihood at the best multiple of the shares.
        value = point.value + point.rest / 2 - data.df * (np.log(scale) + 1) / 2
        if value > best:
            best, at = value, scale * shares
    return at


def _climb(data: _Data, variances: np.ndarray) -> np.ndarray:
    """The components of the variance at which the restricted likelihood is greatest, none below 0."""
    point = _point(data, variances)
    for _ in range(_MOST_STEPS):
        derivatives = _derivatives(data, point)
        total = variances.sum()
        floor = np.append(np.zeros(len(variances) - 1), _NOTHING * total)
        # The floor moves with the total.
        free = (variances > 2 * floor) | (derivatives.score > 0)
        step = np.zeros(len(variances))
        step[free] = np.linalg.solve(derivatives.curvature(free), derivatives.score[free])
        # Far from a maximum the curvature says little of how far it is.
        step /= max(np.abs(step).max() / total, 1)
        # Sums of n numbers differ in their last digits.
        slack = 1e-12 * (1 + abs(point.value))
        for _ in range(_MOST_HALVINGS):
            following = np.maximum(variances + step, floor)
            following[:-1][following[:-1] < _NOTHING * total] = 0
            reached = _point(data, following)
            if reached.value >= point.value - slack:
                break
            step = step / 2
        else:
            return variances
        moved = np.abs(following - variances).max()
        variances, point = following, reached
        if moved < _SETTLED * total:
            return variances
    raise NotEstimableError("the mixed model with kinship did not converge")


def _satterthwaite(
    weights: np.ndarray, covariance: np.ndarray, derivatives: _Derivatives, there: np.ndarray
) -> float:
    """Degrees of freedom of a combination of the terms; components of the variance at 0 count as known."""
    influence = covariance @ weights
    gradient = np.einsum("i,kij,j->k", influence, derivatives.slopes, influence)[there]
    variance = gradient @ np.linalg.solve(derivatives.expected[np.ix_(there, there)], gradient)
    return float(2 * (weights @ covariance @ weights) ** 2 / variance)
