"""Target columns: classes or numbers as columns of a matrix T, beside features of any backend.

What a linear model asks of T are its products with features, its norms, and blocks of its
rows; the columns of classes are never stored.
"""

import numpy as np


class IndicatorColumns:
    """Columns (e_c - shift_c) scale_c, e_c being 1 for the rows of class c and 0 elsewhere."""

    def __init__(self, backend, target, *, shifts=None, scales=None):
        n_classes = len(target.counts)
        self.backend, self.codes, self.counts = backend, target.codes, target.counts
        self.shifts = np.zeros(n_classes) if shifts is None else shifts
        self.scales = np.ones(n_classes) if scales is None else scales

    def rmatmul(self, matrix):
        """Return T' times a ChunkedMatrix, `(n_classes, n_columns)`."""
        backend, xp = matrix.backend, matrix.backend.xp
        sums = matrix.class_sums(self.codes, len(self.counts))
        shifts, scales = backend.asarray(self.shifts), backend.asarray(self.scales)
        return scales[:, None] * (sums - shifts[:, None] * xp.sum(sums, axis=0)[None, :])

    def rows(self, block=slice(None)):
        """Return some rows of T."""
        return self.backend.asarray((self.indicators(block) - self.shifts) * self.scales)

    def indicators(self, block=slice(None)):
        """Return which class is that of each row, on the host."""
        return self.codes[block, None] == np.arange(len(self.counts))

    def norms_sq(self):
        """Return the squared norm of each column, `(n_classes,)`, on the host."""
        inside = self.counts * (1.0 - self.shifts) ** 2
        outside = (len(self.codes) - self.counts) * self.shifts**2
        return self.scales**2 * (inside + outside)


class NumberColumns:
    """Columns of any numbers, which stay on the host until some of their rows are needed."""

    def __init__(self, backend, values):
        self.backend, self.values = backend, values

    def rmatmul(self, matrix):
        """Return T' times a ChunkedMatrix, `(n_columns of T, n_columns)`."""
        blocks = matrix.row_slices(for_products=True)
        return sum(self.backend.matmul(self.rows(block).T, matrix.rows(block)) for block in blocks)

    def rows(self, block=slice(None)):
        """Return some rows of T."""
        return self.backend.asarray(self.values[block])

    def norms_sq(self):
        """Return the squared norm of each column, on the host."""
        return np.sum(self.values**2, axis=0)


def target_columns(backend, target):
    """Columns of a target: an indicator for each class, or the numbers that it has."""
    if target.task == "classification":
        return IndicatorColumns(backend, target)
    return NumberColumns(backend, target.outputs)


def contrast_columns(backend, target):
    """Columns (e_c - pi_c) / sqrt(n_c) of classes, so that S_b = X' D D' X / n."""
    priors = target.counts / len(target.codes)
    return IndicatorColumns(backend, target, shifts=priors, scales=target.counts**-0.5)


def centered_signs(backend, target):
    """Centred columns of the signs of classes or labels, or of the outputs of a regression."""
    if target.task == "classification":
        priors = target.counts / len(target.codes)
        return IndicatorColumns(backend, target, shifts=priors, scales=np.full(len(priors), 2.0))
    values = target.outputs if target.task == "regression" else target.signs
    return NumberColumns(backend, values - values.mean(axis=0))
