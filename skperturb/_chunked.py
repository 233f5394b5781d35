"""ChunkedMatrix: features read in blocks, less their offsets, in the type that is computed in.

float16, float32, integers and memory maps are never copied as a whole.
"""

import numpy as np

from skperturb._backend import get_backend, to_numpy
from skperturb._memoize import memoize

# Rounding errors of means and distances stay below this many roundings of the numbers that
# they are computed from; a length below that bound is no length at all.
ROUNDINGS = 64
ROUNDING = ROUNDINGS * float(np.finfo(np.float64).eps)


class ChunkedMatrix:
    """
    The rows of `X`, less some offsets, computed when they are asked for.

    Parameters
    ----------
    X : array of shape (n_rows, n_columns)
        Numbers of any type, of NumPy or of another library.
    offsets : sequence of arrays of shape (n_columns,), default=()
        What is subtracted from every row, one after the other. Blocks are new arrays where
        there is an offset; otherwise they may be views of `X`, and must not be written to.
    mask : array of shape (n_columns,), default=None
        0 for the columns that count as zero throughout, 1 for the others.
    """

    def __init__(self, X, *, offsets=(), mask=None):
        self.X, self.shape = X, tuple(X.shape)
        self.backend = get_backend(X)
        self.offsets, self.mask = tuple(offsets), mask

    def __len__(self):
        return self.shape[0]

    @property
    def is_wide(self):
        """Whether there are no more rows than columns."""
        return self.shape[0] <= self.shape[1]

    def rows(self, selection=slice(None)):
        """Return the rows of a slice, or of indices in a NumPy array."""
        if isinstance(selection, slice):
            return self._subtract_offsets(self.X[selection, ...])
        return self._subtract_offsets(self.backend.take(self.X, selection))

    def columns(self, selection):
        """Return all rows of the columns of a slice."""
        return self._subtract_offsets(self.X[:, selection], selection)

    def _subtract_offsets(self, block, columns=slice(None)):
        first, *others = [offset[columns] for offset in self.offsets] or [None]
        block = self.backend.to_compute(block, first)
        for offset in others:
            block -= offset
        if self.mask is not None:
            block = block * self.mask[columns]
        return block

    def row_slices(self, *, for_products=False):
        """Slices that cut the rows into blocks."""
        return self.backend.row_slices(*self.shape, for_products=for_products)

    def iter_rows(self, *, for_products=False):
        """Yield the rows block by block."""
        return (self.rows(block) for block in self.row_slices(for_products=for_products))

    def iter_columns(self):
        """Yield all rows of some columns at a time."""
        blocks = self.backend.row_slices(*self.shape[::-1], for_products=True)
        return (self.columns(block) for block in blocks)

    @memoize
    def gram(self):
        """Return the Gram matrix of the shorter side: X'X, or XX' where there are no more rows."""
        if self.is_wide:
            transposed = (block.T for block in self.iter_columns())
            return self.backend.syrk(transposed, self.shape[0])
        return self.backend.syrk(self.iter_rows(for_products=True), self.shape[1])

    def matmul(self, V):
        """Return these rows times V, `(n_rows, n_columns of V)`."""
        return self.backend.stack_products(self.iter_rows(for_products=True), V, len(self))

    def row_norms_sq(self):
        """Return the squared norm of each row, `(n_rows,)`, on the host."""
        norms = (self.backend.sum_squares(block, axis=1) for block in self.iter_rows())
        return np.concatenate([to_numpy(each) for each in norms])

    def norm_sq(self):
        """Return the sum of the squares of all numbers."""
        return sum(self.backend.sum_squares(block) for block in self.iter_rows())


def first_row(X):
    """First row of `X` in the type that is computed in, `(n_columns,)`."""
    return get_backend(X).to_compute(X[:1, ...])[0, ...]


@memoize
def center(X):
    """ChunkedMatrix of `X` less its mean; columns that only rounding varies become zero.

    Differences are taken from one row first, so that equal rows give exact zeros and a large
    common offset costs no digits.
    """
    backend, origin = get_backend(X), first_row(X)
    sums, squares = 0.0, 0.0
    for block in ChunkedMatrix(X, offsets=[origin]).iter_rows():
        sums = sums + backend.xp.sum(block, axis=0)
        squares = squares + backend.sum_squares(block, axis=0)
    mean = sums / X.shape[0]
    variation = squares - X.shape[0] * mean**2
    return center_and_mask_noise(X, origin, mean, variation - 1e-8 * squares)


def center_and_mask_noise(X, origin, mean, variation):
    """ChunkedMatrix of `X` less `origin` and then `mean`, its noise columns masked.

    A column is noise where it is constant but for rounding: where the squared norm of what
    is left of it is no more than rounding of the mean can make it. `variation` is a lower
    bound of that norm `(n_columns,)`: only columns that it leaves in doubt are looked at.
    """
    centered = ChunkedMatrix(X, offsets=[origin, mean])
    rounding = ROUNDINGS * centered.backend.eps
    limits = to_numpy(rounding**2 * X.shape[0] * (origin + mean) ** 2)
    near_constant = np.flatnonzero(to_numpy(variation) <= limits)
    if len(near_constant):
        norms_sq = _column_norms_sq(centered, near_constant)
        is_noise = (norms_sq > 0.0) & (norms_sq <= limits[near_constant])
        if is_noise.any():
            mask = np.ones(X.shape[1])
            mask[near_constant[is_noise]] = 0.0
            centered.mask = centered.backend.asarray(mask)
    return centered


def _column_norms_sq(matrix, columns):
    """Squared norms of some columns of a matrix that has no mask yet, on the host."""
    backend = matrix.backend
    offsets = [backend.take(offset, columns) for offset in matrix.offsets]
    norms_sq = 0.0
    for block in matrix.row_slices():
        chosen = backend.take(matrix.X[block, ...], columns, axis=1)
        rows = ChunkedMatrix(chosen, offsets=offsets).rows()
        norms_sq = norms_sq + backend.sum_squares(rows, axis=0)
    return to_numpy(norms_sq)


def column_means(X):
    """Mean of every column; equal rows have exactly themselves as mean."""
    origin = first_row(X)
    blocks = ChunkedMatrix(X, offsets=[origin]).iter_rows()
    return origin + sum(get_backend(X).xp.sum(block, axis=0) for block in blocks) / X.shape[0]


def scale_to_unit(Z):
    """Divide a NumPy array by its largest absolute entry, so that fourth powers keep digits."""
    return Z / (max(Z.max(), -Z.min()) or 1.0)
