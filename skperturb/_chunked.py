"""ChunkedMatrix: features read in blocks, less an offset, in the type that is computed in.

float16, float32, integers and memory maps are never copied as a whole.
"""

from functools import singledispatch

import numpy as np

from skperturb._backend import get_backend, release_pages, to_numpy
from skperturb._memoize import memoize

# Rounding errors of means and distances stay below this many roundings of the numbers that
# they are computed from; a length below that bound is no length at all.
ROUNDINGS = 64
ROUNDING = ROUNDINGS * float(np.finfo(np.float64).eps)

_HELD_BYTES = 2**22  # of a memory map that stay in memory behind a block

# Largest offset, in lengths of the first row less it, that may be subtracted from products
# instead of from every row: of all columns together, and of each. Rounding grows by about that.
_MODEST_OFFSET = 2.0
_MODEST_COLUMN = 1e5


class ChunkedMatrix:
    """
    The rows of `X`, less an offset, computed when they are asked for.

    Parameters
    ----------
    X : array of shape (n_rows, n_columns)
        Numbers of any type, of NumPy or of another library.
    offset : array of shape (n_columns,), default=None
        What is subtracted from every row. Blocks are then new arrays; without an offset they
        may be views of `X`, and must not be written to.
    mask : array of shape (n_columns,), default=None
        0 for the columns that count as zero throughout, 1 for the others.
    """

    def __init__(self, X, *, offset=None, mask=None):
        self.X, self.shape = X, tuple(X.shape)
        self.backend = get_backend(X)
        self.offset, self.mask = offset, mask

    def __len__(self):
        return self.shape[0]

    @property
    def is_wide(self):
        """Whether there are no more rows than columns."""
        return self.shape[0] <= self.shape[1]

    def rows(self, selection=slice(None)):
        """Return the rows of a slice, or of indices in a NumPy array."""
        if isinstance(selection, slice):
            return self._prepare(self.X[selection, ...], slice(None))
        return self._prepare(self.backend.take(self.X, selection), slice(None))

    def columns(self, selection):
        """Return all rows of the columns of a slice."""
        return self._prepare(self.X[:, selection], selection)

    def _prepare(self, block, columns):
        offset = None if self.offset is None else self.offset[columns]
        block = self.backend.to_compute(block, offset)
        return block if self.mask is None else block * self.mask[columns]

    def row_slices(self, *, for_products=False):
        """Yield slices that cut the rows into blocks; of a memory map, blocks behind are let go."""
        # Rows that are shared with other computations are no array, but may be all of one.
        mapped = self.X if isinstance(self.X, np.ndarray) else getattr(self.X, "whole", None)
        start = 0
        for block in self.backend.row_slices(*self.shape, for_products=for_products):
            yield block
            if mapped is not None:
                behind = mapped[start : block.stop]
                if behind.nbytes >= _HELD_BYTES or block.stop == len(self):
                    release_pages(behind)
                    start = block.stop

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

    def iter_products(self, V):
        """Yield slices of the rows, and these rows times V.

        An offset is subtracted from the products where that costs no digits: rows of a
        modest mean need no centred copy.
        """
        plain, offset_product = self, None
        if self._has_modest_offset():
            plain = ChunkedMatrix(self.X)
            offset_product = self.backend.matmul(self.offset[None, :], V)
        for block in self.row_slices(for_products=True):
            product = self.backend.matmul(plain.rows(block), V)
            if offset_product is not None:
                product -= offset_product
            yield block, product

    def _has_modest_offset(self):
        """Whether the offset is about as small as the first row that it is subtracted from."""
        if self.offset is None or self.mask is not None:
            return False
        offset, centered = (
            np.abs(to_numpy(self.offset)),
            np.abs(to_numpy(self.rows(slice(1))[0, :])),
        )
        is_modest = np.linalg.norm(offset) <= _MODEST_OFFSET * np.linalg.norm(centered)
        return is_modest and np.all(offset <= _MODEST_COLUMN * centered)

    def matmul(self, V):
        """Return these rows times V, `(n_rows, n_columns of V)`."""
        products = (product for _, product in self.iter_products(V))
        return self.backend.stack_rows(products, (len(self), V.shape[1]), self.backend.dtype)

    def row_norms_sq(self):
        """Return the squared norm of each row, `(n_rows,)`, on the host."""
        norms = (self.backend.sum_squares(block, axis=1) for block in self.iter_rows())
        return np.concatenate([to_numpy(each) for each in norms])

    def norm_powers(self, gram):
        """Return the sum of the squared norms of the rows, and that of the squares of these.

        `gram` may spare a pass: for rows that are shared with others (`RowSubset`).
        """
        norms_sq = self.row_norms_sq()
        return norms_sq.sum(), norms_sq.dot(norms_sq)

    def class_sums(self, codes, n_classes):
        """Return the sum of the rows of each class, `(n_classes, n_columns)`."""
        return sum(
            self.backend.segment_sum(self.rows(block), codes[block], n_classes)
            for block in self.row_slices(for_products=True)
        )

    def norm_sq(self):
        """Return the sum of the squares of all numbers."""
        return sum(self.backend.sum_squares(block) for block in self.iter_rows())


def first_row(X):
    """First row of `X` in the type that is computed in, `(n_columns,)`."""
    return get_backend(X).to_compute(X[:1, ...])[0, ...]


@memoize
@singledispatch
def center(X):
    """ChunkedMatrix of `X` less its mean; columns that only rounding varies become zero."""
    backend, origin = get_backend(X), first_row(X)
    sums, squares = 0.0, 0.0
    # About one row: equal rows give exact zeros, and a large common offset costs no digits.
    for block in ChunkedMatrix(X, offset=origin).iter_rows():
        sums = sums + backend.xp.sum(block, axis=0)
        squares = squares + backend.sum_squares(block, axis=0)
    shift = sums / X.shape[0]
    variation = squares - X.shape[0] * shift**2
    return center_and_mask_noise(X, origin + shift, variation - 1e-8 * squares)


def center_and_mask_noise(X, mean, variation):
    """ChunkedMatrix of `X` less its mean, its noise columns masked.

    A column is noise where it is constant but for rounding: where the squared norm of what
    is left of it is no more than rounding of the mean can make it. `variation` is a lower
    bound of that norm `(n_columns,)`: only columns that it leaves in doubt are looked at.
    """
    centered = ChunkedMatrix(X, offset=mean)
    rounding = ROUNDINGS * centered.backend.eps
    limits = to_numpy(rounding**2 * X.shape[0] * mean**2)
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
    backend, norms_sq = matrix.backend, 0.0
    offset = backend.take(matrix.offset, columns)
    for block in matrix.row_slices():
        chosen = backend.take(matrix.X[block, ...], columns, axis=1)
        rows = backend.to_compute(chosen, offset)
        norms_sq = norms_sq + backend.sum_squares(rows, axis=0)
    return to_numpy(norms_sq)


def column_means(X):
    """Mean of every column; equal rows have exactly themselves as mean."""
    origin = first_row(X)
    blocks = ChunkedMatrix(X, offset=origin).iter_rows()
    return origin + sum(get_backend(X).xp.sum(block, axis=0) for block in blocks) / X.shape[0]


def scale_to_unit(Z):
    """Divide a NumPy array by its largest absolute entry, so that fourth powers keep digits."""
    return Z / (max(Z.max(), -Z.min()) or 1.0)
