"""Blocks: passes over features that read them once and never hold a copy of the whole.

Large products are made by SciPy's BLAS, as its decompositions are. NumPy may bring another,
whose threads wait actively for some 50 ms after each product, and would halve SciPy's speed.
"""

import numpy as np
from scipy import sparse
from scipy.linalg import blas

from skperturb._shared import shared

_CACHED = 2**16  # numbers, 512 kB: a block that is computed with while it stays in the cache
_MULTIPLIED = 640  # rows at least: a block that is long enough for products at full speed


def row_blocks(n_rows, n_columns, *, multiplied=False):
    """Slices that cut rows into blocks for the cache, long enough to be multiplied if need be."""
    step = max(_MULTIPLIED if multiplied else 1, _CACHED // max(1, n_columns))
    return [slice(start, start + step) for start in range(0, n_rows, step)]


def cut(rows, *, multiplied=False):
    """The blocks of the rows themselves."""
    return (rows[block] for block in row_blocks(*rows.shape, multiplied=multiplied))


def gram(blocks, n_columns):
    """Sum of B'B over blocks B of rows, `(n_columns, n_columns)`."""
    return mirrored(upper_gram(blocks, n_columns))


def upper_gram(blocks, n_columns):
    """Upper triangle of the sum of B'B over blocks B of rows, zeros below.

    BLAS adds each product to the sum in place, and computes one triangle only.
    """
    upper = np.zeros((n_columns, n_columns), order="F")
    if not n_columns:
        return upper
    for block in blocks:
        upper = blas.dsyrk(1.0, block.T, beta=1.0, c=upper, overwrite_c=True)
    return upper


def add_scaled(total, matrix, factor):
    """Add `factor` times `matrix` to `total` in place; both are in Fortran order."""
    blas.daxpy(matrix.ravel("F"), total.ravel("F"), a=factor)


def mirrored(upper, step=256):
    """Copy the upper triangle of a square matrix to the lower one, in place."""
    for start in range(0, len(upper), step):
        block = slice(start, start + step)
        upper[start + step :, block] = upper[block, start + step :].T
        corner = np.triu(upper[block, block])
        upper[block, block] = corner + np.triu(corner, 1).T
    return upper


class Rows:
    """The rows of `X` in float64, computed when they are asked for."""

    def __init__(self, X):
        self.X = X
        self.shape = X.shape

    def __len__(self):
        return len(self.X)

    def __getitem__(self, rows):
        return self.X[rows].astype(np.float64, copy=False)

    def columns(self, block):
        """Return some columns of all rows."""
        return self.X[:, block].astype(np.float64, copy=False)

    def times(self, V):
        """These rows times V, `(n_rows, n_columns)`."""
        return products(self, V)

    @property
    def is_wide(self):
        """Whether there are no more rows than columns."""
        return self.shape[0] <= self.shape[1]

    @shared
    def gram(self):
        """Gram matrix of the shorter side: X'X, or XX' where there are no more rows."""
        if self.is_wide:
            columns = row_blocks(*self.shape[::-1], multiplied=True)
            return gram((self.columns(block).T for block in columns), self.shape[0])
        return gram(cut(self, multiplied=True), self.shape[1])


def product(A, B, out=None):
    """The matrix product A B, of one dtype, by SciPy's BLAS; A may be sparse.

    A dense product is in C order, as `out` must be.
    """
    if sparse.issparse(A):
        return A @ B
    gemm = blas.sgemm if A.dtype == np.float32 else blas.dgemm
    room = {} if out is None else {"c": out.T, "overwrite_c": True}
    # BLAS reads rows as columns: it is asked for B'A'.
    (right, turn_right), (left, turn_left) = _in_columns(B), _in_columns(A)
    return gemm(1.0, right, left, trans_a=turn_right, trans_b=turn_left, **room).T


def _in_columns(M):
    """The transpose of M as BLAS takes it without a copy, and whether it still has to turn it."""
    return (M.T, False) if M.flags.c_contiguous else (M, True)


def products(rows, V):
    """`rows` times V, `(n_rows, n_columns)`, block by block in float64."""
    found = np.empty((len(rows), V.shape[1]))
    for block in row_blocks(len(rows), rows.shape[1] // 4):  # longer than the cache pays here
        product(rows[block], V, out=found[block])
    return found


def cross_products(rows, T):
    """`rows` transposed times T, sparse or not, `(n_columns, n_columns of T)`."""
    total = np.zeros((T.shape[1], rows.shape[1]))
    for block in row_blocks(*rows.shape, multiplied=True):
        total += product(T[block].T, rows[block])
    return total.T


def row_squares(rows):
    """Squared norm of each row, `(n_rows,)`."""
    return np.concatenate([np.einsum("ij,ij->i", block, block) for block in cut(rows)])


def total_square(rows):
    """Sum of the squares of all numbers in `rows`."""
    return row_squares(rows).sum()
