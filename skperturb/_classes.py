"""Arithmetic on labelled samples: means, variances and radii of classes."""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from skperturb._blocks import row_blocks
from skperturb._centred import ROUNDING, steadied
from skperturb._shared import shared


class ClassMoments(NamedTuple):
    """Means and per-feature variances (1/n_c) of the classes, `(n_classes, n_features)`."""

    means: np.ndarray
    variances: np.ndarray


def class_sums(X, codes, n_classes):
    """Sum the rows of `X` over each class, `(n_classes, n_columns)`."""
    n_samples = len(codes)
    membership = sparse.csr_matrix(
        (np.ones(n_samples), codes, np.arange(n_samples + 1)),
        shape=(n_samples, n_classes),
    )
    return membership.T @ X


def rows_of_classes(codes, counts):
    """Numbers of the rows of each class, in the order of the rows."""
    return np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])


def class_blocks(X, codes, counts):
    """Blocks of rows of one class at a time, as pairs of its code and row numbers."""
    for code, own in enumerate(rows_of_classes(codes, counts)):
        for block in row_blocks(len(own), X.shape[1]):
            yield code, own[block]


def first_rows(X, codes):
    """First row of each class in float64, `(n_classes, n_features)`."""
    return X[np.unique(codes, return_index=True)[1]].astype(np.float64)


def class_means(X, codes, counts, *, origin=0.0):
    """Average the rows of `X`, less `origin`, over each class, `(n_classes, n_features)`.

    Sums are taken about one sample of the class: a class of equal samples has exactly
    that sample as its mean, and a large common offset costs no digits.
    """
    firsts = first_rows(X, codes)
    sums = np.zeros(firsts.shape)
    for code, block in class_blocks(X, codes, counts):
        sums[code] += (X[block] - firsts[code]).sum(axis=0)
    return firsts - origin + sums / counts[:, None]


def class_rows(X, codes, counts):
    """Each class as its code, its mean about the first row of X, and its rows about that mean."""
    origin = X[0].astype(np.float64)
    for code, own in enumerate(rows_of_classes(codes, counts)):
        first = X[own[0]].astype(np.float64)
        within, total = np.empty((len(own), X.shape[1])), np.zeros(X.shape[1])
        for block in row_blocks(*within.shape):
            total += np.subtract(X[own[block]], first, out=within[block]).sum(axis=0)
        shift = total / len(own)
        within -= shift
        yield code, first - origin + shift, within


def class_moments(X, codes, counts):
    """Means and variances of the classes, from one pass over `X`.

    Squares are taken about the mean of their block, and of the blocks' means about the
    first, as in the parallel algorithm of Chan, Golub and LeVeque.
    """
    firsts = first_rows(X, codes)
    means, squares, seen = np.zeros(firsts.shape), np.zeros(firsts.shape), np.zeros(len(counts))
    for code, block in class_blocks(X, codes, counts):
        rows = X[block] - firsts[code]
        own = rows.mean(axis=0)
        rows -= own
        share = len(rows) / (seen[code] + len(rows))
        step = own - means[code]
        squares[code] += np.einsum("ij,ij->j", rows, rows) + seen[code] * share * step**2
        means[code] += share * step
        seen[code] += len(rows)
    return ClassMoments(firsts + means, squares / counts[:, None])


@shared
def class_counts(codes, n_classes):
    """Number of samples of each class, `(n_classes,)`."""
    return np.bincount(codes, minlength=n_classes)


@shared
def centred_classes(X, codes, counts):
    """Return CentredRows of X, and the class means about the same mean."""
    means = class_means(X, codes, counts, origin=X[0].astype(np.float64))
    return centred_by(X, means, counts), means


def centred_by(X, means, counts):
    """CentredRows of X, of class means about the first row, which become about the mean."""
    mean = counts @ means / len(X)
    means -= mean
    centred = steadied(X, X[0].astype(np.float64), mean, counts @ means**2)
    if centred.X is not X:
        means[:, np.ptp(centred.X, axis=0) == 0] = 0.0
    return centred


def within_rows(centred, means, codes):
    """Blocks of rows about the means of their classes, long enough for products."""
    for block in row_blocks(*centred.shape, multiplied=True):
        rows = centred[block]
        rows -= means[codes[block]]
        yield rows


def within_square(centred, means, codes):
    """Sum over samples of the squared distance from the mean of their class."""
    return sum(np.einsum("ij,ij->", rows, rows) for rows in within_rows(centred, means, codes))


def class_radii(variances):
    """Root of the summed variances of each class, `(n_classes,)`."""
    return np.sqrt(variances.sum(axis=1))


def rounding_lengths(means, radii):
    """Length, per class, below which a distance from its mean is rounding, `(n_classes,)`."""
    return ROUNDING * (np.linalg.norm(means, axis=1) + radii)
