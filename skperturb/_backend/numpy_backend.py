"""NumpyBackend: arrays of NumPy, computed by SciPy's BLAS and LAPACK.

NumPy may bring a BLAS of its own, whose idle threads wait actively for some 50 ms after each
product and would halve SciPy's speed. So that the two never alternate, large products and
decompositions are all SciPy's.
"""

import math

import numpy as np
from scipy import linalg, sparse
from scipy.linalg import blas, lapack
from scipy.sparse.linalg import LinearOperator, eigsh

from skperturb._backend.tridiagonal import eigh_in_factors, factors_pay

_LANCZOS_SIZE = 256  # rows of a matrix below which Lanczos' method does not pay


class NumpyBackend:
    """How the numerics compute with NumPy's arrays, in float64."""

    xp = np
    dtype = np.float64
    eps = float(np.finfo(np.float64).eps)
    # Whether a Gram matrix keeps enough digits to be decomposed.
    is_double = True

    block_size = 2**16  # numbers, 512 kB: a block that is computed with stays in the cache
    product_rows = 640  # least rows of a block that is multiplied at full speed

    def row_slices(self, n_rows, n_columns, *, for_products=False):
        """Slices of rows that stay in the cache, or are long enough for fast products."""
        step = max(self.product_rows if for_products else 1, self.block_size // max(1, n_columns))
        return [slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step)]

    def asarray(self, values):
        """Values of a NumPy array as an array to compute with."""
        return values

    def to_compute(self, chosen, offset=None):
        """A block in float64 and C order, less an offset; a new array where there is one."""
        if offset is None:
            return np.asarray(chosen, dtype=np.float64, order="C")
        # In one pass: a block in float64 first would cost half of the time of float32.
        return np.subtract(chosen, offset, order="C")

    def take(self, array, indices, axis=0):
        """Rows or columns by their indices."""
        return np.take(array, indices, axis=axis)

    def sum_squares(self, block, axis=None):
        """Sums of squares over an axis, or (as a float) over all, without a temporary array."""
        if axis is None:
            return float(np.einsum("ij,ij->", block, block))
        return np.einsum("ij,ij->i" if axis else "ij,ij->j", block, block)

    def segment_sum(self, rows, codes, n_classes):
        """Sum of the rows of each class, `(n_classes, n_columns)`."""
        indicators = sparse.csr_array(
            (np.ones(len(codes)), codes, np.arange(len(codes) + 1)), shape=(len(codes), n_classes)
        )
        return indicators.T @ rows

    def matmul(self, A, B, out=None):
        """The product A B in C order, as `out` must be."""
        if not (A.size and B.size):  # BLAS takes no empty sides
            return np.zeros((A.shape[0], B.shape[1]))
        room = {} if out is None else {"c": out.T, "overwrite_c": True}
        # BLAS reads rows as columns: it is asked for B'A'.
        (right, turn_right), (left, turn_left) = _as_columns(B), _as_columns(A)
        return blas.dgemm(1.0, right, left, trans_a=turn_right, trans_b=turn_left, **room).T

    def stack_rows(self, blocks, shape, dtype):
        """Blocks of rows, one below the other, in another type."""
        stacked, start = np.empty(shape, dtype), 0
        for block in blocks:
            stacked[start : start + len(block)] = block
            start += len(block)
        return stacked

    def syrk(self, blocks, n_columns):
        """Sum of B'B over blocks B of rows, `(n_columns, n_columns)`, in Fortran order."""
        return self._add_products(np.zeros((n_columns, n_columns), order="F"), blocks, 1.0)

    def downdate(self, gram, blocks):
        """A Gram matrix, of which only the upper triangle is read, less each B'B, in place."""
        return self._add_products(gram, blocks, -1.0)

    def pack(self, gram):
        """The upper triangle of a symmetric matrix, as a vector."""
        return lapack.dtrttp(gram)[0]

    def unpack(self, packed):
        """Matrix in Fortran order with a packed upper triangle, and zeros below it."""
        size = (math.isqrt(8 * len(packed) + 1) - 1) // 2
        return lapack.dtpttr(size, packed)[0]

    @staticmethod
    def _add_products(total, blocks, factor):
        if not len(total):
            return total
        # BLAS adds each product to the sum in place, and computes the upper triangle only.
        for block in blocks:
            total = blas.dsyrk(factor, block.T, beta=1.0, c=total, overwrite_c=True)
        return _mirror_upper(total)

    def eigh(self, gram, n_largest=None):
        """Eigenvalues of a symmetric matrix, ascending and none below 0, and eigenvectors.

        All of them by LAPACK's divide and conquer, which overwrites a writeable matrix, or
        only the largest.
        """
        size = len(gram)
        if not size:
            return np.zeros(0), gram
        found = None if n_largest in (None, size) else _find_largest(gram, n_largest)
        if found is None:
            overwrite = gram.flags.writeable and n_largest in (None, size)
            values, vectors = linalg.eigh(
                gram, driver="evd", overwrite_a=overwrite, check_finite=False
            )
            first = 0 if n_largest is None else size - n_largest
            found = values[first:], vectors[:, first:]
        return np.maximum(found[0], 0.0), found[1]

    factors_pay = staticmethod(factors_pay)
    eigh_in_factors = staticmethod(eigh_in_factors)

    def largest_eigenvalue(self, gram):
        """Largest eigenvalue of a Gram matrix: by Lanczos' method where the matrix is large."""
        last = len(gram) - 1
        if last < _LANCZOS_SIZE or not gram.any():
            # All of them: LAPACK's search for some may fail where many are equal.
            values = linalg.eigh(gram, driver="evd", eigvals_only=True)
            return max(float(values[last]), 0.0)
        # The error is about the square of the tolerance, over the gap to the next eigenvalue.
        start = np.random.default_rng(0).standard_normal(len(gram))
        times = LinearOperator(gram.shape, lambda v: blas.dsymv(1.0, gram, v), dtype=np.float64)
        return float(eigsh(times, k=1, tol=1e-8, v0=start, return_eigenvectors=False)[0])

    def svd(self, A):
        """Left singular vectors and singular values."""
        vectors, values, _ = linalg.svd(A, full_matrices=False)
        return vectors, values

    def qr(self, A):
        """Orthonormal basis of the columns of A, and the triangular factor."""
        return linalg.qr(A, mode="economic", check_finite=False)

    def triangular_factor(self, A):
        """Upper triangular R of A = QR, R'R being A'A."""
        return linalg.qr(A, mode="r", check_finite=False)[0][: A.shape[1]]

    def cholesky(self, gram, ridge):
        """Upper triangular R with R'R = gram + ridge I, or None; the matrix is overwritten."""
        gram.flat[:: len(gram) + 1] += ridge
        try:
            return linalg.cholesky(gram, check_finite=False, overwrite_a=True)
        except linalg.LinAlgError:
            return None

    def diagonal_matrix(self, diagonal):
        """Matrix with this diagonal."""
        return np.diag(diagonal)

    def cho_solve(self, factor, rhs):
        """Solve R'R S = `rhs` for an upper triangular R."""
        return linalg.cho_solve((factor, False), rhs, check_finite=False)


NUMPY = NumpyBackend()


def _find_largest(gram, n_largest):
    """Largest eigenvalues of a symmetric matrix, and eigenvectors, or None.

    LAPACK's search for some eigenvalues fails, or finds too few, where many are equal.
    """
    chosen = [len(gram) - n_largest, len(gram) - 1]
    try:
        values, vectors = linalg.eigh(gram, subset_by_index=chosen, check_finite=False)
    except linalg.LinAlgError:
        return None
    return (values, vectors) if len(values) == n_largest else None


def _as_columns(M):
    """The transpose of M as BLAS takes it without a copy, and whether it still has to turn it."""
    return (M.T, False) if M.flags.c_contiguous else (M, True)


def _mirror_upper(upper, step=64):
    """Copy the upper triangle of a square matrix to the lower one, in place."""
    for start in range(0, len(upper), step):
        block = slice(start, start + step)
        upper[start + step :, block] = upper[block, start + step :].T
        corner = np.triu(upper[block, block])
        upper[block, block] = corner + np.triu(corner, 1).T
    return upper
