"""How sure are coefficients where rows go together within groups, of which there may be few?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from il6r.association.orthogonal import Levels, cross

# Numbers of a block of groups that are worked on at a time: 16 MB.
_AT_ONCE = 2_000_000
# Eigenvalues relative to the largest: less is rounding.
_NOTHING = 1e-12


@dataclass(frozen=True)
class _Block:
    """Groups of as many rows, in coordinates of what the columns span in each.

    Attributes
    ----------
    rows : shape (groups, rows, terms): the groups' part of the matrix.
    adjusted : the same, weighted as residuals enter the coefficients and adjusted for leverage.
    rooted : `adjusted` times the Cholesky factor of the working covariance.
    """

    rows: np.ndarray
    adjusted: np.ndarray
    rooted: np.ndarray


@dataclass(frozen=True)
class BiasReduced:
    """Bias-reduced linearization, CR2: errors that are right on average where the working model holds.

    Bell & McCaffrey 2002 (Survey Methodology 28:169-181) and, for weights and working models, Pustejovsky &
    Tipton 2018 (doi 10.1080/07350015.2016.1247004), whose R package clubSandwich gives the same.

    Attributes
    ----------
    scores : float64, shape (groups, terms): what each group adds to the coefficients, before `inverse`.
    inverse : float64, shape (terms, terms), of the information.
    """

    scores: np.ndarray
    inverse: np.ndarray
    _blocks: list[_Block]

    def covariance(self) -> np.ndarray:
        """Covariance of the coefficients, shape (terms, terms)."""
        return np.asarray(self.inverse @ cross(self.scores, self.scores) @ self.inverse)

    def df(self, weights: np.ndarray) -> float:
        """Degrees of freedom of the covariance of combinations of coefficients: (combinations, terms).

        Of one Satterthwaite's: twice the squared mean of its variance over that variance's own, if the
        working model holds. Of several those of the nearest Wishart distribution (the same, section 3.2).
        """
        own, shared = self._parts(weights.T)
        mean = own.sum(axis=0) - np.einsum("gks,gkt->st", shared, shared)
        # In units in which the covariance is 1 on average.
        values, vectors = np.linalg.eigh(mean)
        unit = vectors / np.sqrt(values)
        own, shared = unit.T @ own @ unit, shared @ unit
        number, size = len(weights), shared.shape[1]
        products = cross(shared.reshape(len(shared), -1), shared.reshape(len(shared), -1))
        products = products.reshape(size, number, size, number)
        spread = float(np.sum(products**2) + np.einsum("asbt,atbs->", products, products))
        among = shared.transpose(0, 2, 1) @ shared
        for square, sign in ((own - among, 1), (among, -1)):
            spread += sign * float(np.sum(np.trace(square, axis1=1, axis2=2) ** 2))
            spread += sign * float(np.einsum("gst,gts->", square, square))
        return number * (number + 1) / spread

    def _parts(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of combinations, shape (terms, k): what makes up the variance of the groups' contributions.

        Contributions of groups g and h have covariance (g == h) own[g] - shared[g]' shared[h], with own of
        shape (groups, k, k) and shared of shape (groups, terms, k).
        """
        weights = self.inverse @ weights
        root = np.linalg.cholesky(self.inverse)
        own, shared = [], []
        for block in self._blocks:
            rooted = block.rooted @ weights
            own.append(rooted.transpose(0, 2, 1) @ rooted)
            shared.append(root.T @ (block.rows.transpose(0, 2, 1) @ (block.adjusted @ weights)))
        return np.concatenate(own), np.concatenate(shared)


def reduce_bias(
    rows: np.ndarray,
    residuals: np.ndarray,
    groups: Levels,
    inverse: np.ndarray,
    working: Callable[[np.ndarray], np.ndarray],
) -> BiasReduced:
    """The errors of coefficients by (weighted) least squares, whose residuals go together within groups.

    Parameters
    ----------
    rows : float64, shape (n, terms), of columns of about the same length.
    residuals : float64, shape (n, 1).
    inverse : float64, shape (terms, terms): of the information, sum of rows' inv(working) rows.
    working : from a groups' rows, shape (groups, rows, terms), the covariance of their residuals, but for a
        factor, of shape (groups, rows, rows). What is not spanned by the rows must have variance 1, since
        groups are given in coordinates of what they span.
    """
    blocks, scores = [], []
    for some, rest in _blocks(rows, residuals, groups):
        own = working(some)
        lower = np.linalg.cholesky(own)
        upper = lower.swapaxes(-1, -2)
        whitened = np.linalg.solve(lower, some)
        # The covariance of residuals, and the adjustment by which it becomes that of errors.
        left = own - some @ inverse @ some.transpose(0, 2, 1)
        values, vectors = np.linalg.eigh(upper @ left @ lower)
        keep = values > _NOTHING * values.max(axis=1, keepdims=True)
        root = np.where(keep, 1 / np.sqrt(np.where(keep, values, 1.0)), 0.0)
        turned = vectors @ (root[:, :, None] * (vectors.transpose(0, 2, 1) @ whitened))
        adjusted = lower @ turned
        blocks.append(_Block(some, adjusted, upper @ adjusted))
        scores.append((adjusted.transpose(0, 2, 1) @ rest)[:, :, 0])
    return BiasReduced(np.concatenate(scores), inverse, blocks)


def _blocks(
    rows: np.ndarray, residuals: np.ndarray, groups: Levels
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows and residuals of groups of one size, in coordinates of what the rows span if those are fewer."""
    # Without groups nothing goes together.
    assert groups.codes is not None
    order = np.argsort(groups.codes, kind="stable")
    first = np.cumsum(groups.counts) - groups.counts
    terms = rows.shape[1]
    for size in np.unique(groups.counts):
        starts = first[groups.counts == size]
        step = max(1, _AT_ONCE // int(size * max(size, terms)))
        for k in range(0, len(starts), step):
            places = order[starts[k : k + step, None] + np.arange(size)]
            some, rest = rows[places], residuals[places]
            yield _in_span(some, rest) if size > terms else (some, rest)


def _in_span(some: np.ndarray, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same groups in coordinates of what the rows span: shapes (groups, terms, terms or 1)."""
    terms = some.shape[2]
    products = np.array([cross(one, np.hstack([one, left])) for one, left in zip(some, rest, strict=True)])
    values, vectors = np.linalg.eigh(products[:, :, :terms])
    keep = values > _NOTHING * values[:, -1:]
    root = np.sqrt(np.where(keep, values, 1.0))
    turned = vectors.transpose(0, 2, 1)
    return (
        np.where(keep, root, 0.0)[:, :, None] * turned,
        (turned @ products[:, :, terms:]) * (keep / root)[:, :, None],
    )
