"""Tensor rows: features on a device about a mean, read block by block in double precision.

The counterpart of `_blocks` and `_centred` for tensors. What is short, as long as a row or
a column of classes, comes to the host as a NumPy array.
"""

from functools import cached_property

import numpy as np

from skperturb._array_api import beside, namespace, on_host, precision_of, taken

_BLOCK = 2**25  # numbers, 256 MB in float64: enough to fill a device, few beside its memory


def slices(n_rows, n_columns):
    """Slices that cut rows into blocks which are copied one at a time."""
    step = max(1, _BLOCK // max(1, n_columns))
    return [slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step)]


class TensorRows:
    """The rows of a tensor, in the precision that is computed in, without a copy of it.

    They are those of `X` or, where vectors `(n_columns,)` on the device are given, less
    `origin`, less `mean`, and 0 in the columns that `live` is 0 in.
    """

    def __init__(self, X, *, origin=None, mean=None, live=None):
        self.X, self.shape, self.xp = X, X.shape, namespace(X)
        self.offsets = [each for each in (origin, mean) if each is not None]
        self.live = live
        self.dtype = precision_of(X)

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, rows):
        return self._about(self.X[rows, ...], slice(None))

    def take(self, numbers):
        """Return the rows of these numbers, an array of the device."""
        return self._about(self.xp.take(self.X, numbers, axis=0), slice(None))

    def columns(self, block):
        """Return some columns of all rows."""
        return self._about(self.X[:, block], block)

    def _about(self, chosen, block):
        chosen = self.xp.astype(chosen, self.dtype, copy=False)
        for offset in self.offsets:
            chosen = chosen - offset[block]
        return chosen if self.live is None else chosen * self.live[block]

    @property
    def is_wide(self):
        """Whether there are no more rows than columns."""
        return self.shape[0] <= self.shape[1]

    @cached_property
    def eps(self):
        """Rounding of the numbers that are computed with."""
        return float(self.xp.finfo(self.dtype).eps)

    @property
    def is_double(self):
        """Whether products of rows keep enough digits to be decomposed."""
        return self.eps < 1e-15

    def slices(self, n_columns=0):
        """Slices of rows, short enough for as many columns to be computed beside them."""
        return slices(len(self), max(self.shape[1], n_columns))

    def blocks(self):
        """Blocks of the rows."""
        return (self[block] for block in self.slices())

    def gram(self):
        """Gram matrix of the shorter side: X'X, or XX' where there are no more rows."""
        if self.is_wide:
            blocks = (self.columns(block) for block in slices(*self.shape[::-1]))
            return _sum(block @ block.T for block in blocks)
        return _sum(block.T @ block for block in self.blocks())

    def row_squares(self):
        """Squared norm of each row, `(n_rows,)`, on the host."""
        return np.concatenate([on_host(self.xp.sum(B * B, axis=1)) for B in self.blocks()])

    def total_square(self):
        """Sum of the squares of all numbers."""
        return sum(float(self.xp.sum(block * block)) for block in self.blocks())


def _sum(terms):
    """Sum of arrays, added to the first of them."""
    terms = iter(terms)
    total = next(terms)
    for term in terms:
        total += term
    return total


def largest_size(X):
    """Largest absolute value in a tensor."""
    xp = namespace(X)
    return max(float(xp.max(xp.abs(block))) for block in TensorRows(X).blocks())


def centred_rows(X):
    """TensorRows about their mean; columns that only rounding varies become zero."""
    xp, first = namespace(X), TensorRows(X)[:1][0, :]
    rows = TensorRows(X, origin=first)
    sums = _sum(xp.sum(block, axis=0) for block in rows.blocks())
    squares = _sum(xp.sum(block * block, axis=0) for block in rows.blocks())
    mean, squares = on_host(sums) / len(rows), on_host(squares)
    variation = squares - len(rows) * mean**2
    return steadied(rows, mean, variation - 1e-8 * squares)[0]


def steadied(rows, mean, variation):
    """TensorRows about the mean, and which of their columns are made zero.

    The mean is given about the origin of `rows`. `variation` is a lower bound of the squared
    norm of each centred column: only where it leaves one in doubt are norms computed.
    """
    xp, origin = rows.xp, rows.offsets[0]
    centred = TensorRows(rows.X, origin=origin, mean=beside(mean, rows.X))
    limits = (64 * rows.eps) ** 2 * len(rows) * (on_host(origin) + mean) ** 2
    if not np.any(variation <= limits):
        return centred, np.zeros(len(mean), dtype=bool)
    exact = on_host(_sum(xp.sum(block * block, axis=0) for block in centred.blocks()))
    noise = (variation <= limits) & (exact <= limits)
    if noise.any():
        centred.live = beside(np.where(noise, 0.0, 1.0), rows.X)
    return centred, noise


def column_means(X):
    """Mean of every column on the host; equal rows have exactly themselves as mean."""
    first = TensorRows(X)[:1][0, :]
    rows = TensorRows(X, origin=first)
    return on_host(first + _sum(rows.xp.sum(block, axis=0) for block in rows.blocks()) / len(rows))


def without_dead_columns(X):
    """Return X, or a copy without the columns that are zero throughout, unless all are."""
    xp = namespace(X)
    live = np.zeros(X.shape[1], dtype=bool)
    for block in slices(*X.shape):
        live |= on_host(xp.sum(xp.astype(X[block, ...] != 0, xp.int32), axis=0)) > 0
        if live.all():
            return X
    return taken(X, np.flatnonzero(live), axis=1) if live.any() else X
