"""RowSubset: some rows of features, and what all of the rows share.

A resample is a set of row numbers. What a metric asks of its rows follows from results for all
rows, which are computed once, and from the rows that are left out: a Gram matrix of rows by its
entries, one of columns by subtraction. Where rows are dealt to cells of which subsets lack whole
ones, what is summed over a cell serves them all. Rows are read in blocks and never copied as a
whole. A function that has a shorter way for a subset registers it (`functools.singledispatch`).
"""

from functools import cached_property
from itertools import chain

import numpy as np

from skperturb._backend import NUMPY
from skperturb._cell_sums import CellSums, sum_moments
from skperturb._chunked import ChunkedMatrix, center
from skperturb._class_stats import (
    center_labelled,
    center_with_class_means,
    class_counts,
    iter_class_blocks,
)
from skperturb._memoize import memoize, use_memo

# Least share of the variation (or of the squares) of all rows that a subset must have for its
# number of rows: below, subtraction would cost it more than a digit.
_LEAST_SHARE = 0.1


class SharedRows:
    """
    Features of which subsets are to be scored, and what is computed once for all of them.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        Finite features of any real type.
    """

    def __init__(self, X):
        self.X, self.memo = X, {}
        self._cell_sums = None

    def compute(self, function, *args):
        """Return `function(X, *args)`, computed once."""
        with use_memo(self.memo):
            return memoize(function)(self.X, *args)

    def take(self, rows, cells=None):
        """Return the rows of these numbers, all for None: a RowSubset, or a copy where it is safer.

        Rows that vary far less than all rows do, or are far smaller, are scored as a copy. `cells`
        is the cell of every row, -1 for none; one array of cells serves several subsets.
        """
        rows = np.arange(len(self.X)) if rows is None else rows
        subset = self.subset(rows, cells)
        return subset if subset.is_typical else self.X[rows]

    def subset(self, rows, cells=None):
        """Return a RowSubset, however its rows vary."""
        return RowSubset(self, rows, self._no_cells if cells is None else cells)

    def sum_cells(self, cells):
        """Return the CellSums of these cells; those of the cells before are let go."""
        if self._cell_sums is None or self._cell_sums.cells is not cells:
            self._cell_sums = CellSums(self.centered, self.row_norms_sq[0], cells)
        return self._cell_sums

    @cached_property
    def _no_cells(self):
        return np.full(len(self.X), -1)

    @cached_property
    def centered(self):
        """ChunkedMatrix of all rows less their mean."""
        return self.compute(center)

    @cached_property
    def row_norms_sq(self):
        """Squared norms of all rows less their mean, and as they are, `(2, n_rows)`."""
        return np.stack([self.centered.row_norms_sq(), ChunkedMatrix(self.X).row_norms_sq()])

    @cached_property
    def moments(self):
        """Sums of all rows less their mean, and of these times their squared norms."""
        blocks = self.centered.row_slices(for_products=True)
        return sum_moments(self.centered, self.row_norms_sq[0], blocks)


def _transform_all(X, function, *args):
    return SharedRows(function(X, *args))


def row_gram(X, is_centered):
    """Inner products of all rows, less their mean or as they are, `(n_rows, n_rows)`."""
    matrix = center(X) if is_centered else ChunkedMatrix(X)
    return NUMPY.syrk((block.T for block in matrix.iter_columns()), len(matrix))


def column_gram(X, is_centered):
    """Inner products of all columns, less their mean or as they are, `(n_columns, n_columns)`."""
    matrix = center(X) if is_centered else ChunkedMatrix(X)
    return NUMPY.syrk(matrix.iter_rows(for_products=True), matrix.shape[1])


def _center_gram(gram):
    """Turn inner products of rows into those of the rows less their mean, in place."""
    means = gram.mean(axis=0)
    gram -= means
    gram -= (means - means.mean())[:, None]
    return gram


class RowSubset:
    """
    Rows of shared features as an array that is read in blocks.

    Parameters
    ----------
    shared : SharedRows
        All rows.
    indices : ndarray of int of shape (n_rows,)
        The rows of the subset, each once.
    cells : ndarray of int of shape (n_all_rows,)
        The cell of each of all rows, -1 where it is in none.
    """

    ndim = 2

    def __init__(self, shared, indices, cells):
        self.shared, self.indices, self.cells = shared, indices, cells
        self.shape, self.dtype = (len(indices), shared.X.shape[1]), shared.X.dtype

    def __len__(self):
        return len(self.indices)

    def __getitem__(self, key):
        if not len(self.left_out):
            return self.shared.X[key]
        rows, columns = key
        return np.take(self.shared.X[:, columns], self.indices[rows], axis=0)

    def __array__(self, dtype=None, copy=None):
        return np.asarray(np.take(self.shared.X, self.indices, axis=0), dtype=dtype)

    def take(self, indices, axis=0, **unused):
        """Return rows by their indices, or columns of all rows, as `numpy.take` does."""
        if axis == 0:
            return np.take(self.shared.X, self.indices[indices], axis=0)
        return np.take(self.shared.X[self.indices], indices, axis=axis)

    def transform(self, function, *args):
        """Return these rows of what a function, row by row but for rounding, makes of all rows."""
        shared = self.shared.compute(_transform_all, function, *args)
        return shared.subset(self.indices, self.cells)

    def place(self, numbers):
        """Return where rows of these numbers stand in the subset, -1 where they do not."""
        places = np.full(len(self.shared.X), -1)
        places[self.indices] = np.arange(len(self))
        return places[numbers]

    @cached_property
    def is_kept(self):
        """Whether each of all rows is in the subset."""
        is_kept = np.zeros(len(self.shared.X), dtype=bool)
        is_kept[self.indices] = True
        return is_kept

    @cached_property
    def left_out(self):
        """Numbers of the rows that are not in the subset."""
        return np.flatnonzero(~self.is_kept)

    @property
    def whole(self):
        """The array of all rows, None where some are left out."""
        return None if len(self.left_out) else self.shared.X

    @cached_property
    def cell_sums(self):
        """CellSums of all rows."""
        return self.shared.sum_cells(self.cells)

    @cached_property
    def moments_left_out(self):
        """Sums of the rows left out less the mean of all, and of these times squared norms."""
        cells, rest = self.cell_sums.split(~self.is_kept, 2 * self.shape[1])
        return sum(map(self.cell_sums.cell_moments, cells), self.cell_sums.moments(rest))

    @cached_property
    def shift(self):
        """Mean of the subset less that of all rows, `(n_columns,)`."""
        if not len(self.left_out):
            return np.zeros(self.shape[1])
        # The deviations of all rows add up to zero, and fewer are left out than kept.
        return -self.moments_left_out[0] / len(self)

    def norm_powers(self, gram):
        """Return sums of the squared norms of the rows less their mean, and of their squares.

        `gram` holds the inner products of the columns of these rows.
        """
        shift, n_rows = self.shift, len(self)
        own, shift_sq = self.shared.row_norms_sq[0, self.indices], shift.dot(shift)
        weighted = self.shared.moments[1] - self.moments_left_out[1]
        # For a row x less the mean of all, ||x - s||^2 = ||x||^2 - 2 x's + s's.
        squares_along = shift.dot(gram.dot(shift)) + n_rows * shift_sq**2
        squares = own.sum()
        fourths = own.dot(own) + 4 * (squares_along - weighted.dot(shift))
        fourths += shift_sq * (2 * squares - 3 * n_rows * shift_sq)
        return squares - n_rows * shift_sq, fourths

    def class_sums(self, codes, n_classes):
        """Return the sum of the rows of each class, all less the mean of all rows."""
        sums, everything = self.cell_sums, np.zeros(len(self.shared.X), dtype=codes.dtype)
        everything[self.indices] = codes
        cells, rest = sums.split(self.is_kept, n_classes * self.shape[1])
        total = sums.class_sums(rest, everything, n_classes)
        for cell in cells:
            total += sums.cell_class_sums(cell, everything, n_classes)
        return total

    @property
    def is_typical(self):
        """Whether the subset varies, and is as large, as all rows are, but for a digit."""
        if not len(self.left_out):
            return True
        everything = self.shared.row_norms_sq
        own = everything[:, self.indices].sum(axis=1)
        own[0] -= len(self) * self.shift.dot(self.shift)
        share = len(self) / everything.shape[1]
        return bool(np.all(own >= _LEAST_SHARE * share * everything.sum(axis=1)))

    def gram(self, is_centered):
        """Return the Gram matrix of the shorter side, of the rows less their own mean or not."""
        is_wide = self.shape[0] <= self.shape[1]
        everything = self.shared.compute(row_gram if is_wide else column_gram, is_centered)
        if not len(self.left_out):
            return everything
        if not is_wide:
            return self._downdate(everything, is_centered)
        # Rows of the transpose, which is the same matrix, lie side by side in memory.
        gram = np.take(everything.T, self.indices, axis=0).take(self.indices, axis=1).T
        return _center_gram(gram) if is_centered else gram

    def _downdate(self, everything, is_centered):
        """Subtract what the rows left out, and a mean that is not theirs, add to inner products."""
        matrix = self.shared.centered if is_centered else ChunkedMatrix(self.shared.X)
        n_packed = matrix.shape[1] * (matrix.shape[1] + 1) // 2
        cells, rest = self.cell_sums.split(~self.is_kept, n_packed)
        if len(cells):
            packed = sum(self.cell_sums.cell_gram(cell, matrix) for cell in cells)
            gram = NUMPY.unpack(packed)
            np.subtract(everything, gram, out=gram)
        else:
            gram = everything.copy(order="F")
        missing = [np.sqrt(len(self)) * self.shift[None, :]] if is_centered else []
        rows = iter_class_blocks(matrix, rest, for_products=True)
        return NUMPY.downdate(gram, chain(rows, missing))


class SubsetMatrix(ChunkedMatrix):
    """The rows of a RowSubset as they are, or less their mean: its Gram matrix is a shorter way."""

    @memoize
    def gram(self):
        """Return the Gram matrix of the shorter side."""
        return self.X.gram(self.offset is not None)

    def class_sums(self, codes, n_classes):
        """Return the sum of the rows of each class."""
        if self.X.whole is not None:
            return super().class_sums(codes, n_classes)
        sums, origin = self.X.class_sums(codes, n_classes), self.X.shared.centered.offset
        step = origin if self.offset is None else origin - self.offset
        return sums + class_counts(codes, n_classes)[:, None] * step

    def norm_powers(self, gram):
        """Return sums of the squared norms of centred rows, and of their squares."""
        return super().norm_powers(gram) if self.X.whole is not None else self.X.norm_powers(gram)


@center.register
def _(X: RowSubset):
    everything = X.shared.centered
    return SubsetMatrix(X, offset=everything.offset + X.shift, mask=everything.mask)


@center_with_class_means.register
def _(X: RowSubset, codes, n_classes):
    centered = center(X)
    return centered, centered.class_sums(codes, n_classes) / class_counts(codes, n_classes)[:, None]


@center_labelled.register
def _(X: RowSubset, codes, n_classes):
    return center(X)
