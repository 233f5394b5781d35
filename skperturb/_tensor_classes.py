"""Tensor classes: means and variances of the classes of labelled samples on a device.

The counterpart of `_classes` for tensors; all that it returns is on the host, but rows.
"""

import numpy as np

from skperturb._array_api import beside, on_host
from skperturb._classes import ClassMoments
from skperturb._tensor_rows import TensorRows, slices, steadied


class Members:
    """Which rows belong to each class, as numbers of rows on the device of a tensor."""

    def __init__(self, codes, counts, tensor):
        self.codes, self.counts = codes, counts
        order = beside(np.argsort(codes, kind="stable"), tensor)
        stops = np.cumsum(counts).tolist()
        self.of_class = [order[a:b] for a, b in zip([0, *stops[:-1]], stops, strict=True)]

    def blocks(self, rows):
        """Blocks of rows of each class in turn, as lists of their numbers."""
        for own in self.of_class:
            yield [own[block] for block in slices(own.shape[0], rows.shape[1])]


def class_sums(rows, members):
    """Sum of the rows of each class, `(n_classes, n_columns)`, on the device."""
    xp = rows.xp
    return xp.stack(
        [sum(xp.sum(rows.take(b), axis=0) for b in blocks) for blocks in members.blocks(rows)]
    )


def class_means(rows, members):
    """Mean of the rows of each class, `(n_classes, n_columns)`, on the device.

    Sums are taken about one row of the class: a class of equal rows has exactly that row
    as its mean, and a large common offset costs no digits.
    """
    means = []
    for blocks in members.blocks(rows):
        first = rows.take(blocks[0][:1])
        total = sum(rows.xp.sum(rows.take(block) - first, axis=0) for block in blocks)
        means.append(first[0, :] + total / sum(block.shape[0] for block in blocks))
    return rows.xp.stack(means)


def class_moments(X, codes, counts):
    """Means and variances of the classes."""
    members = Members(codes, counts, X)
    rows = TensorRows(X, origin=TensorRows(X)[:1][0, :])
    means, squares = class_means(rows, members), []
    for code, blocks in enumerate(members.blocks(rows)):
        within = (rows.take(block) - means[code, :] for block in blocks)
        squares.append(sum(rows.xp.sum(block * block, axis=0) for block in within))
    variances = on_host(rows.xp.stack(squares)) / counts[:, None]
    return ClassMoments(on_host(means + rows.offsets[0]), variances)


def centred_classes(X, codes, counts):
    """TensorRows about their mean, and the class means about it."""
    rows = TensorRows(X, origin=TensorRows(X)[:1][0, :])
    means = np.array(on_host(class_means(rows, Members(codes, counts, X))))
    mean = counts @ means / len(rows)
    means -= mean
    centred, noise = steadied(rows, mean, counts @ means**2)
    means[:, noise] = 0.0
    return centred, means


def within_square(centred, means, codes):
    """Sum over samples of the squared distance from the mean of their class."""
    xp, means, codes = centred.xp, beside(means, centred.X), beside(codes, centred.X)
    rows = (centred[b] - xp.take(means, codes[b], axis=0) for b in centred.slices())
    return sum(float(xp.sum(block * block)) for block in rows)
