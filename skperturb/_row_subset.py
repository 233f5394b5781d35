"""RowSubset: some rows of features, and what all of the rows share.

A resample is a set of row numbers. What a metric asks of its rows follows from results for all
rows, which are computed once, and from the rows that are left out: a Gram matrix of rows by its
entries, one of columns by subtraction. Rows themselves are read in blocks and never copied as
a whole. A function that has a shorter way for a subset registers it (`functools.singledispatch`).
"""

from functools import cached_property

import numpy as np

from skperturb._backend import NUMPY
from skperturb._chunked import ChunkedMatrix, center
from skperturb._class_stats import center_labelled, center_with_class_means, class_counts
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

    def compute(self, function, *args):
        """Return `function(X, *args)`, computed once."""
        with use_memo(self.memo):
            return memoize(function)(self.X, *args)

    def take(self, rows):
        """Return the rows of these numbers, all for None: a RowSubset, or a copy where it is safer.

        Rows that vary far less than all rows do, or are far smaller, are scored as a copy.
        """
        subset = RowSubset(self, np.arange(len(self.X)) if rows is None else rows)
        return subset if subset.is_typical else self.X[rows]

    @cached_property
    def centered(self):
        """ChunkedMatrix of all rows less their mean."""
        return self.compute(center)

    @cached_property
    def row_norms_sq(self):
        """Squared norms of all rows less their mean, and as they are, `(2, n_rows)`."""
        return np.stack([self.centered.row_norms_sq(), ChunkedMatrix(self.X).row_norms_sq()])


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
    """

    ndim = 2

    def __init__(self, shared, indices):
        self.shared, self.indices = shared, indices
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
        return RowSubset(self.shared.compute(_transform_all, function, *args), self.indices)

    def place(self, numbers):
        """Return where rows of these numbers stand in the subset, -1 where they do not."""
        places = np.full(len(self.shared.X), -1)
        places[self.indices] = np.arange(len(self))
        return places[numbers]

    @cached_property
    def left_out(self):
        """Numbers of the rows that are not in the subset."""
        is_left_out = np.ones(len(self.shared.X), dtype=bool)
        is_left_out[self.indices] = False
        return np.flatnonzero(is_left_out)

    @property
    def whole(self):
        """The array of all rows, None where some are left out."""
        return None if len(self.left_out) else self.shared.X

    @cached_property
    def shift(self):
        """Mean of the subset less that of all rows, `(n_columns,)`."""
        # The deviations of all rows add up to zero, and fewer are left out than kept.
        rest = self.left_out
        blocks = NUMPY.row_slices(len(rest), self.shape[1])
        sums = sum(self.shared.centered.rows(rest[block]).sum(axis=0) for block in blocks)
        return -sums / len(self) if len(rest) else np.zeros(self.shape[1])

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
            return NUMPY.downdate(everything, self._iter_missing(is_centered))
        gram = np.take(everything, self.indices, axis=0).take(self.indices, axis=1).T
        return _center_gram(gram) if is_centered else gram

    def _iter_missing(self, is_centered):
        """Yield blocks of rows whose products are in the Gram matrix of all rows only."""
        matrix = self.shared.centered if is_centered else ChunkedMatrix(self.shared.X)
        blocks = NUMPY.row_slices(len(self.left_out), self.shape[1], for_products=True)
        for block in blocks:
            yield matrix.rows(self.left_out[block])
        if is_centered:  # and what the shift to their own mean takes from the rows of the subset
            yield np.sqrt(len(self)) * self.shift[None, :]


class SubsetMatrix(ChunkedMatrix):
    """The rows of a RowSubset as they are, or less their mean: its Gram matrix is a shorter way."""

    @memoize
    def gram(self):
        """Return the Gram matrix of the shorter side."""
        return self.X.gram(self.offset is not None)


@center.register
def _(X: RowSubset):
    everything = X.shared.centered
    return SubsetMatrix(X, offset=everything.offset + X.shift, mask=everything.mask)


@center_with_class_means.register
def _(X: RowSubset, codes, n_classes):
    centered = center(X)
    sums = sum(
        NUMPY.segment_sum(centered.rows(block), codes[block], n_classes)
        for block in centered.row_slices(for_products=True)
    )
    return centered, sums / class_counts(codes, n_classes)[:, None]


@center_labelled.register
def _(X: RowSubset, codes, n_classes):
    return center(X)
