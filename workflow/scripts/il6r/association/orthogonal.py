"""What do the terms of a model span, beside a factor of many levels, whatever the number of cores?"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from il6r.association.coefficients import NotEstimableError

# Residuals this small beside the values are what rounding leaves.
ROUNDING = 1e-12
# Multiplications up to which OpenBLAS gives a product of matrices to one thread (its interface/gemm.c): sums
# of such products do not depend on how many threads there are.
_SMALL_PRODUCT = 262_144
# Added to the products of columns of length 1: far above their rounding errors, and small enough for the
# columns it leaves to be independent in the next pass wherever the matrix has full rank.
_SHIFT = 1e-12
# Columns whose products differ by less from those of orthonormal ones are orthonormal after one more pass.
_NEARLY = 1e-3
# Rows up to which sums by level take less time column by column than a sparse matrix takes to make.
_FEW_ROWS = 2_000
# Rows of a matrix that are written at a time, so that they stay in the processor's cache.
_ROWS = 4_096
# A column that lies this near to a combination of the others, relative to its length, is one.
_DEPENDENT = 1e-8


class Levels:
    """A factor whose indicator columns are never formed; one without levels where `codes` is None.

    Parameters
    ----------
    codes : int64, shape (n,), of 0 and above; or None.
    counts : int64, shape (levels,): rows of each level, of which some may not occur; None leaves those out.

    Attributes
    ----------
    codes : int64, shape (n,), 0 to number - 1, or None.
    counts : int64, shape (number,).
    """

    def __init__(self, codes: np.ndarray | None, counts: np.ndarray | None = None):
        if codes is None:
            counts = np.empty(0, dtype=np.int64)
        elif counts is None:
            counts = np.bincount(codes)
            there = counts > 0
            if not there.all():
                codes, counts = (np.cumsum(there) - 1)[codes], counts[there]
        self.codes, self.counts = codes, counts

    @property
    def number(self) -> int:
        """How many levels there are."""
        return len(self.counts)

    @cached_property
    def _indicators(self) -> sparse.csc_array:
        """The levels as rows, with one entry in each column."""
        # Asked for only where there are levels.
        assert self.codes is not None
        n = len(self.codes)
        return sparse.csc_array((np.ones(n), self.codes, np.arange(n + 1)), shape=(self.number, n))

    def among(self, rows: np.ndarray) -> "Levels":
        """The same levels in some of the rows (bool, or places), among which some may not occur."""
        if self.codes is None:
            return self
        codes = self.codes[rows]
        return Levels(codes, np.bincount(codes, minlength=self.number))

    def sums(self, rows: np.ndarray) -> np.ndarray:
        """Sums over the rows of each level: from shape (n, m) to (number, m)."""
        if self.codes is None:
            return np.empty((0, rows.shape[1]))
        if len(rows) <= _FEW_ROWS:
            columns = (np.bincount(self.codes, column, self.number) for column in rows.T)
            return np.stack([*columns], axis=1) if rows.shape[1] else np.empty((self.number, 0))
        return np.asarray(self._indicators @ np.ascontiguousarray(rows))

    def within(self, rows: np.ndarray) -> np.ndarray:
        """Rows less the mean of their level, shape (n, m)."""
        if self.codes is None:
            return rows
        means = np.take(self.sums(rows) / self.counts[:, None], self.codes, axis=0)
        return np.asarray(np.subtract(rows, means, out=means))


@dataclass(frozen=True)
class Basis:
    """The columns of a matrix, within the levels of a factor, as q @ r.

    Attributes
    ----------
    q : float64, shape (n, terms): orthonormal columns.
    r : float64, shape (terms, terms), upper triangular.
    levels : the factor.
    """

    q: np.ndarray
    r: np.ndarray
    levels: Levels

    @cached_property
    def inverse(self) -> np.ndarray:
        """The inverse of r, which takes coefficients of q to those of the matrix."""
        return np.linalg.inv(self.r)

    @cached_property
    def of_columns(self) -> np.ndarray:
        """The diagonal of the projection on the columns alone, shape (n,)."""
        return np.asarray(np.einsum("nk,nk->n", self.q, self.q))

    @cached_property
    def leverage(self) -> np.ndarray:
        """The diagonal of the projection on columns and levels, shape (n,)."""
        own, levels = self.of_columns, self.levels
        return own if levels.codes is None else own + (1 / levels.counts)[levels.codes]

    def project(self, values: np.ndarray, out: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients of q, shape (terms, m), and residuals, shape (n, m), of values of shape (n, m).

        The residuals are in `out`, where it is given: a C-contiguous array of their shape.
        """
        values = self.levels.within(values)
        coefficients = cross(self.q, values)
        residuals = times(self.q, coefficients, out)
        return coefficients, np.subtract(values, residuals, out=residuals)


def orthogonalise(
    matrix: np.ndarray, absorbed: np.ndarray | None = None, dependent: float = _DEPENDENT
) -> Basis:
    """An orthonormal basis of the columns, within the levels of a factor.

    Cholesky's factor of the columns' products gives R, and dividing by it Q, until that is orthogonal to the
    last digits: the first time with a shift, so that it succeeds on columns near to dependent, then once or,
    where columns are near to dependent, twice more (Fukaya et al. 2020, doi 10.1137/18M1218212). That is as
    sound as Householder's QR.

    Parameters
    ----------
    matrix : float64, shape (n, terms).
    absorbed : int64, shape (n,): the levels of a factor, or None.
    dependent : a column that lies this near to a combination of the others, relative to its length, is one.

    Raises
    ------
    NotEstimableError : a column is a combination of others (or the same throughout each level), or there are
        no more rows than columns and levels.
    """
    levels = Levels(absorbed)
    n, terms = matrix.shape
    if n <= terms + levels.number:
        raise NotEstimableError(f"{n} observations are too few for {terms + levels.number} terms")
    columns = levels.within(matrix)
    products = cross(columns, columns)
    squares = np.diag(products) if absorbed is None else np.einsum("nk,nk->k", matrix, matrix)
    length = np.sqrt(squares)
    # To columns of length 1, in the first pass.
    unit = 1 / np.where(length > 0, length, 1)
    products = products * np.outer(unit, unit)
    q, r = columns, np.diag(length)
    try:
        for shift in (_SHIFT, 0, 0):
            factor = np.linalg.cholesky(products + shift * np.eye(terms)).T
            inverse = np.linalg.inv(factor)
            if shift:
                inverse *= unit[:, None]
            # In place where that is possible: new memory costs as much as the products.
            q, r = times(q, inverse) if shift else _multiply(q, inverse), factor @ r
            if not shift and np.abs(products - np.eye(terms)).max(initial=0) < _NEARLY:
                break
            products = cross(q, q)
    except np.linalg.LinAlgError as error:
        raise NotEstimableError("a term is a combination of the others") from error
    if not (np.diag(r) > dependent * length).all():
        raise NotEstimableError("a term is a combination of the others")
    return Basis(q, r, levels)


def stack(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Columns of shape (n,) as a matrix, some rows at a time: `np.column_stack`, which leaves the cache."""
    matrix = np.empty((len(columns[0]), len(columns)))
    for start in range(0, len(matrix), _ROWS):
        rows = slice(start, start + _ROWS)
        for k, column in enumerate(columns):
            matrix[rows, k] = column[rows]
    return matrix


def weighted_products(columns: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The sum over rows of weight times the row's outer product, shape (terms, terms).

    The same on any number of threads; `weight` has shape (n,).
    """
    terms = columns.shape[1]
    _, rows, _ = _blocks(len(columns), terms * terms)
    total = np.zeros((terms, terms))
    # Some rows at a time, which stay in the cache.
    for start in range(0, len(columns), rows):
        some = columns[start : start + rows]
        total += (some * weight[start : start + rows, None]).T @ some
    return total


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a' b of two matrices of shapes (n, k) and (n, m), the same on any number of threads."""
    k, m = a.shape[1], b.shape[1]
    if k == m == 1:
        # BLAS shares the product of two vectors out among threads.
        return np.asarray(np.sum(a * b)).reshape(1, 1)
    blocks, rows, whole = _blocks(len(a), k * m)
    if not blocks:
        return np.asarray(a.T @ b)
    if a is b:
        # NumPy takes the product of a matrix with itself to a routine that is slower where columns are few.
        products = np.empty((k, k))
        products[:, :-1] = cross(a, a[:, :-1])
        products[:-1, -1] = products[-1, :-1]
        products[-1, -1] = cross(a[:, -1:], a[:, -1:])[0, 0]
        return products
    sums = a[:whole].reshape(blocks, rows, k).transpose(0, 2, 1) @ b[:whole].reshape(blocks, rows, m)
    return np.asarray(sums.sum(axis=0) + a[whole:].T @ b[whole:])


def times(a: np.ndarray, c: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """a c of matrices of shapes (n, k) and (k, m), the same on any number of threads; in `out` if given."""
    k, m = c.shape
    blocks, rows, whole = _blocks(len(a), k * m)
    if not blocks:
        return np.asarray(np.matmul(a, c, out=out))
    product = np.empty((len(a), m)) if out is None else out
    np.matmul(a[:whole].reshape(blocks, rows, k), c, out=product[:whole].reshape(blocks, rows, m))
    np.matmul(a[whole:], c, out=product[whole:])
    return product


def _multiply(a: np.ndarray, c: np.ndarray) -> np.ndarray:
    """`times` in the memory of `a`; `c` has shape (k, k)."""
    _, rows, _ = _blocks(len(a), c.size)
    for start in range(0, len(a), rows):
        a[start : start + rows] = a[start : start + rows] @ c
    return a


def _blocks(n: int, products: int) -> tuple[int, int, int]:
    """How many blocks of how many rows, and their rows in all, where a row takes so many multiplications."""
    rows = max(_SMALL_PRODUCT // max(products, 1), 1)
    return n // rows, rows, n // rows * rows
