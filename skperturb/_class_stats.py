"""Class statistics: means, variances and radii of labelled samples."""

from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np

from skperturb._backend import get_backend, to_numpy
from skperturb._chunked import ROUNDING, ChunkedMatrix, center_and_mask_noise
from skperturb._memoize import memoize


class ClassMoments(NamedTuple):
    """Means and per-feature variances (1/n_c) of the classes, `(n_classes, n_features)`."""

    means: Any
    variances: Any


@memoize
def class_counts(codes, n_classes):
    """Number of samples of each class, `(n_classes,)`."""
    return np.bincount(codes, minlength=n_classes)


@memoize
def class_indices(codes, n_classes):
    """Indices of the rows of each class, in the order of the rows."""
    stops = np.cumsum(np.bincount(codes, minlength=n_classes))
    return tuple(np.split(np.argsort(codes, kind="stable"), stops[:-1]))


def iter_class_blocks(matrix, class_idx, *, for_products=False):
    """Yield blocks of the rows of one class, or of any indices."""
    n_rows, n_columns = len(class_idx), matrix.shape[1]
    for block in matrix.backend.row_slices(n_rows, n_columns, for_products=for_products):
        yield matrix.rows(class_idx[block])


@memoize
def class_means(X, codes, n_classes):
    """Mean of each class, `(n_classes, n_features)`.

    Sums are taken about one sample of the class: a class of equal samples has exactly that
    sample as its mean, and a large common offset costs no digits.
    """
    # Class by class and not in the order of the rows: a class may have an offset of its own.
    xp, means = get_backend(X).xp, []
    for class_idx in class_indices(codes, n_classes):
        about_first = offset_by_first(X, class_idx)
        total = sum(xp.sum(block, axis=0) for block in iter_class_blocks(about_first, class_idx))
        means.append(about_first.offset + total / len(class_idx))
    return xp.stack(means)


def offset_by_first(X, class_idx):
    """ChunkedMatrix of `X` less the first sample of a class."""
    first = ChunkedMatrix(X).rows(class_idx[:1])[0, ...]
    return ChunkedMatrix(X, offset=first)


def class_moments(X, codes, n_classes):
    """Means and variances of the classes, from one pass over `X`."""
    xp = get_backend(X).xp
    moments = [_moments_of_rows(X, idx) for idx in class_indices(codes, n_classes)]
    means, variances = zip(*moments, strict=True)
    return ClassMoments(xp.stack(means), xp.stack(variances))


def _moments_of_rows(X, class_idx):
    """Mean and variances of one class.

    Squares are taken about the mean of their block, and of the blocks' means about the
    first sample, as in the parallel algorithm of Chan, Golub and LeVeque.
    """
    matrix = offset_by_first(X, class_idx)
    xp, mean, squares, n_seen = matrix.backend.xp, 0.0 * matrix.offset, 0.0, 0
    for rows in iter_class_blocks(matrix, class_idx):
        n_rows = rows.shape[0]
        block_mean = xp.sum(rows, axis=0) / n_rows
        rows -= block_mean
        weight = n_rows / (n_seen + n_rows)
        step = block_mean - mean
        within = matrix.backend.sum_squares(rows, axis=0)
        squares = squares + within + n_seen * weight * step**2
        mean = mean + weight * step
        n_seen += n_rows
    return matrix.offset + mean, squares / n_seen


@memoize
@singledispatch
def center_with_class_means(X, codes, n_classes):
    """ChunkedMatrix of `X` less its mean, and the class means less the same mean."""
    backend, means = get_backend(X), class_means(X, codes, n_classes)
    weights = backend.asarray(class_counts(codes, n_classes) / X.shape[0])[:, None]
    # About one class mean: equal rows have exactly themselves as mean.
    origin = means[0, :]
    mean = origin + backend.xp.sum(weights * (means - origin), axis=0)
    means = means - mean
    # Between classes a column varies no more than as a whole: the lower bound that is asked for.
    between = X.shape[0] * backend.xp.sum(weights * means**2, axis=0)
    centered = center_and_mask_noise(X, mean, between)
    return centered, means if centered.mask is None else means * centered.mask


@singledispatch
def center_labelled(X, codes, n_classes):
    """ChunkedMatrix of `X` less its mean, the one that metrics of class means share."""
    return center_with_class_means(X, codes, n_classes)[0]


def iter_within_rows(centered, means, codes):
    """Yield blocks of rows about the means of their classes, long enough for products."""
    for block in centered.row_slices(for_products=True):
        rows = centered.rows(block)
        rows -= centered.backend.take(means, codes[block])
        yield rows


def within_ss(centered, means, codes):
    """Sum over samples of the squared distance from the mean of their class."""
    within = iter_within_rows(centered, means, codes)
    return sum(centered.backend.sum_squares(rows) for rows in within)


def class_radii(variances):
    """Root of the summed variances of each class, `(n_classes,)`."""
    return np.sqrt(to_numpy(variances).sum(axis=1))


def rounding_lengths(means, radii):
    """Length, per class, below which a distance from its mean is rounding, `(n_classes,)`."""
    return ROUNDING * (np.linalg.norm(means, axis=1) + radii)
