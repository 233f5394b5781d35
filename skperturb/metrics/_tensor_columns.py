"""Tensor columns: targets as columns of numbers beside the rows of a tensor."""

import numpy as np

from skperturb._array_api import beside, extra, precision_of
from skperturb._tensor_classes import Members, class_sums


class ClassColumns:
    """Columns (e_c - share_c) scale_c, e_c being 1 for the members of class c and 0 elsewhere.

    They are never stored: what is asked of them are sums over classes, or some of their rows.
    """

    def __init__(self, X, target, *, shares=None, scales=None):
        n_classes = len(target.counts)
        self.X, self.counts = X, target.counts
        self.codes = beside(target.codes, X)
        self.members = Members(target.codes, target.counts, X)
        self.shares = np.zeros(n_classes) if shares is None else shares
        self.scales = np.ones(n_classes) if scales is None else scales

    def __len__(self):
        return self.X.shape[0]

    def pull(self, rows):
        """T' A for the rows A, `(n_columns, n_columns of A)`, on the device."""
        sums, xp = class_sums(rows, self.members), rows.xp
        shares, scales = beside(self.shares, sums), beside(self.scales, sums)
        return scales[:, None] * (sums - shares[:, None] * xp.sum(sums, axis=0)[None, :])

    def ones(self, block=slice(None)):
        """Some rows of the indicators e_c, on the device."""
        return extra().one_hot(self.codes[block], len(self.counts), dtype=precision_of(self.X))

    def dense(self, block=slice(None)):
        """Some rows of T, on the device."""
        shares, scales = beside(self.shares, self.X), beside(self.scales, self.X)
        return (self.ones(block) - shares) * scales

    def squares(self):
        """Squared norm of each column, on the host."""
        inside = self.counts * (1.0 - self.shares) ** 2
        outside = (len(self) - self.counts) * self.shares**2
        return self.scales**2 * (inside + outside)


class NumberColumns:
    """Columns of any numbers, which stay on the host until some of their rows are needed."""

    def __init__(self, X, values):
        self.X, self.values = X, values

    def __len__(self):
        return len(self.values)

    def pull(self, rows):
        """T' A for the rows A, `(n_columns, n_columns of A)`, on the device."""
        return sum(self.dense(block).T @ rows[block] for block in rows.slices())

    def dense(self, block=slice(None)):
        """Some rows of T, on the device."""
        return beside(self.values[block], self.X)

    def squares(self):
        """Squared norm of each column, on the host."""
        return np.sum(self.values**2, axis=0)


def target_columns(X, target):
    """Columns of a target: one for each class, or those of the numbers that it has."""
    if target.task == "classification":
        return ClassColumns(X, target)
    return NumberColumns(X, target.outputs)


def indicator_columns(X, target):
    """Columns (e_c - pi_c) / sqrt(n_c) of classes, as in HScore."""
    shares = target.counts / X.shape[0]
    return ClassColumns(X, target, shares=shares, scales=1.0 / np.sqrt(target.counts))


def sign_columns(X, target):
    """Centred columns of the signs of classes or labels, or of the numbers of a regression."""
    if target.task == "classification":
        shares = target.counts / X.shape[0]
        return ClassColumns(X, target, shares=shares, scales=np.full(len(shares), 2.0))
    values = target.outputs if target.task == "regression" else target.signs
    return NumberColumns(X, values - values.mean(axis=0))
