"""ArrayAPIBackend: tensors of any library of the array API, computed on their device."""

import numpy as np

from skperturb._backend.conversion import to_numpy, widest_float


class ArrayAPIBackend:
    """How the numerics compute with tensors, in float64 or the widest type of the device."""

    block_size = 2**25  # numbers, 256 MB in float64: enough to fill a device, few beside its memory

    def __init__(self, xp, device):
        self.xp, self.device = xp, device
        self.dtype = widest_float(xp, device)
        self.eps = float(xp.finfo(self.dtype).eps)

    @property
    def is_double(self):
        """Whether a Gram matrix keeps enough digits to be decomposed."""
        return self.eps < 1e-15

    def row_slices(self, n_rows, n_columns, *, for_products=False):
        """Slices that cut rows into blocks which are copied one at a time."""
        step = max(1, self.block_size // max(1, n_columns))
        return [slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step)]

    def asarray(self, values):
        """Values of a NumPy array as a tensor, numbers in the type that is computed in."""
        if not values.flags.writeable or min(values.strides, default=0) < 0:
            values = values.copy()  # PyTorch takes no others, or warns of them
        dtype = self.dtype if values.dtype == np.float64 else None
        return self.xp.asarray(values, dtype=dtype, device=self.device)

    def to_compute(self, chosen, offset=None):
        """A block in the type that is computed in, less an offset; a new one where there is one."""
        chosen = self.xp.astype(chosen, self.dtype, copy=False)
        return chosen if offset is None else chosen - offset

    def take(self, array, indices, axis=0):
        """Rows or columns by their indices in a NumPy array."""
        return self.xp.take(array, self.asarray(indices), axis=axis)

    def sum_squares(self, block, axis=None):
        """Sums of squares over an axis, or (as a float) over all."""
        sums = self.xp.sum(block * block, axis=axis)
        return float(sums) if axis is None else sums

    def segment_sum(self, rows, codes, n_classes):
        """Sum of the rows of each class, `(n_classes, n_columns)`."""
        order = self.asarray(np.argsort(codes, kind="stable"))
        stops = np.cumsum(np.bincount(codes, minlength=n_classes)).tolist()
        sums = [
            self.xp.sum(self.xp.take(rows, order[start:stop], axis=0), axis=0)
            for start, stop in zip([0, *stops[:-1]], stops, strict=True)
        ]
        return self.xp.stack(sums)

    def matmul(self, A, B):
        """The product A B."""
        return self.xp.matmul(A, B)

    def stack_rows(self, blocks, shape, dtype):
        """Blocks of rows, one below the other, in another type."""
        return self.xp.concat([self.xp.astype(block, dtype, copy=False) for block in blocks])

    def syrk(self, blocks, n_columns):
        """Sum of B'B over blocks B of rows, `(n_columns, n_columns)`."""
        total = self.xp.zeros((n_columns, n_columns), dtype=self.dtype, device=self.device)
        for block in blocks:
            total += self.matmul(self.xp.matrix_transpose(block), block)
        return total

    def eigh(self, gram, n_largest=None):
        """Eigenvalues of a symmetric matrix, ascending and none below 0, and eigenvectors.

        The eigenvalues are on the host.
        """
        values, vectors = self.xp.linalg.eigh(gram)
        first = 0 if n_largest is None else gram.shape[0] - n_largest
        return np.maximum(to_numpy(values)[first:], 0.0), vectors[:, first:]

    def factors_pay(self, size, n_columns):
        """Whether eigenvectors are better left in factors: libraries have no such decomposition."""
        return False

    def largest_eigenvalue(self, gram):
        """Largest eigenvalue of a Gram matrix."""
        return max(float(self.xp.linalg.eigvalsh(gram)[-1]), 0.0)

    def svd(self, A):
        """Left singular vectors, and singular values on the host."""
        vectors, values, _ = self.xp.linalg.svd(A, full_matrices=False)
        return vectors, to_numpy(values)

    def qr(self, A):
        """Orthonormal basis of the columns of A, and the triangular factor."""
        return self.xp.linalg.qr(A)

    def triangular_factor(self, A):
        """Upper triangular R of A = QR, R'R being A'A."""
        return self.xp.linalg.qr(A)[1]

    def cholesky(self, gram, ridge):
        """Upper triangular R with R'R = gram + ridge I, or None."""
        identity = self.xp.eye(gram.shape[0], dtype=self.dtype, device=self.device)
        try:
            factor = self.xp.linalg.cholesky(gram + ridge * identity)
        except (RuntimeError, ValueError):  # of the kinds that PyTorch's and NumPy's are
            return None
        return self.xp.matrix_transpose(factor)

    def diagonal_matrix(self, diagonal):
        """Matrix with this diagonal."""
        return diagonal * self.xp.eye(diagonal.shape[0], dtype=self.dtype, device=self.device)

    def cho_solve(self, factor, rhs):
        """Solve R'R S = `rhs` for an upper triangular R."""
        solve = self.xp.linalg.solve
        return solve(factor, solve(self.xp.matrix_transpose(factor), rhs))
