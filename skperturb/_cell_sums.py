"""CellSums: what is summed over a cell of rows once, for all subsets that hold or lack it."""

import numpy as np

from skperturb._backend import NUMPY
from skperturb._class_stats import class_indices, iter_class_blocks


def sum_moments(matrix, row_norms_sq, blocks):
    """Sums of blocks of rows, and of the rows times their squared norms, `(2, n_columns)`."""
    total = np.zeros((2, matrix.shape[1]))
    for block in blocks:
        norms_sq = row_norms_sq[block]
        weights = np.stack([np.ones(len(norms_sq)), norms_sq])
        total += NUMPY.matmul(weights, matrix.rows(block))
    return total


class CellSums:
    """
    Sums over cells of rows less the mean of all rows.

    Parameters
    ----------
    centered : ChunkedMatrix
        All rows less their mean.
    row_norms_sq : ndarray of shape (n_rows,)
        Their squared norms.
    cells : ndarray of int of shape (n_rows,)
        The cell of each row, -1 where it is in none.
    """

    def __init__(self, centered, row_norms_sq, cells):
        self.centered, self.row_norms_sq, self.cells = centered, row_norms_sq, cells
        self._members = class_indices(cells + 1, cells.max() + 2)[1:]
        self._kept: dict = {}

    def split(self, is_chosen, n_kept):
        """Return the cells that are chosen whole, and the other chosen rows.

        None is whole where `n_kept` numbers for each would take more memory than the features:
        so much at most for each kind of sums (of both Gram matrices, twice).
        """
        n_cells = len(self._members)
        if 8 * n_cells * n_kept > self.centered.X.nbytes:
            return [], np.flatnonzero(is_chosen)
        # The last stands for the rows in no cell, whose number is -1.
        is_whole = np.array([bool(len(m)) and is_chosen[m].all() for m in (*self._members, [])])
        return np.flatnonzero(is_whole), np.flatnonzero(is_chosen & ~is_whole[self.cells])

    def moments(self, rows):
        """Return the moments of some rows (see `sum_moments`)."""
        return sum_moments(self.centered, self.row_norms_sq, self._cut(rows))

    def cell_moments(self, cell):
        """Return the moments of a cell."""
        return self._once(("moments", cell), lambda: self.moments(self._members[cell]))

    def cell_gram(self, cell, matrix):
        """Return inner products of the columns of a matrix over the rows of a cell, packed."""
        rows = iter_class_blocks(matrix, self._members[cell], for_products=True)
        key = "gram", cell, matrix.offset is None
        return self._once(key, lambda: NUMPY.pack(NUMPY.syrk(rows, matrix.shape[1])))

    def cell_class_sums(self, cell, codes, n_classes):
        """Return the sum of the rows of each class in a cell, computed anew for other codes."""
        members = self._members[cell]
        key, own = ("class sums", cell), codes[members]
        before, sums = self._kept.get(key, (None, None))
        if not np.array_equal(before, own):
            sums = self.class_sums(members, codes, n_classes)
            self._kept[key] = own, sums
        return sums

    def class_sums(self, rows, codes, n_classes):
        """Return the sum of the given rows of each class; `codes` are those of all rows."""
        total = np.zeros((n_classes, self.centered.shape[1]))
        for block in self._cut(rows):
            total += NUMPY.segment_sum(self.centered.rows(block), codes[block], n_classes)
        return total

    def _cut(self, rows):
        """Return the numbers of some rows in blocks."""
        blocks = NUMPY.row_slices(len(rows), self.centered.shape[1], for_products=True)
        return (rows[block] for block in blocks)

    def _once(self, key, compute):
        if key not in self._kept:
            self._kept[key] = compute()
        return self._kept[key]
