"""Pooled covariance: of the classes within, each shrunk on its own or all as a whole."""

from typing import Any, NamedTuple

import numpy as np

from skperturb._backend import to_numpy
from skperturb._chunked import ChunkedMatrix
from skperturb._class_stats import (
    center_with_class_means,
    class_indices,
    class_means,
    iter_class_blocks,
    iter_within_rows,
)
from skperturb.metrics._linalg.gaussian import ledoit_wolf_shrinkage


class PooledCovariance(NamedTuple):
    """Centred rows, class means about the same mean, covariance within, and its plain trace."""

    centered: ChunkedMatrix
    means: Any
    covariance: Any
    trace: float


class ShrunkScatter(NamedTuple):
    """Scatter of a class, drawn by a Ledoit-Wolf `shrinkage` towards a `diagonal`.

    That is (1 - shrinkage) `scatter` + `diagonal`, all times the number of samples. A class
    with no more rows than features leaves its scatter for later, as None. `total` is the
    trace of the scatter.
    """

    shrinkage: float
    diagonal: Any
    scatter: Any
    total: float


def pool_by_class(X, codes, counts):
    """Pool the covariances of the classes, each shrunk; a class of one sample adds nothing."""
    centered, means = center_with_class_means(X, codes, len(counts))
    absolute_means = class_means(X, codes, len(counts))
    backend, n_features = centered.backend, X.shape[1]
    pooled, diagonal, total = backend.syrk([], n_features), 0.0, 0.0
    weights = np.zeros(len(counts))
    for code, class_idx in enumerate(class_indices(codes, len(counts))):
        within = ChunkedMatrix(X, offset=absolute_means[code, :], mask=centered.mask)
        shrunk = shrink_scatter(within, class_idx, means[code, :])
        diagonal, total = diagonal + shrunk.diagonal, total + shrunk.total
        if shrunk.scatter is None:
            weights[code] = 1.0 - shrunk.shrinkage
        else:
            scaled = shrunk.scatter
            scaled *= 1.0 - shrunk.shrinkage
            pooled += scaled
    # The small classes are summed up together: their products alone would be too short.
    pooled += backend.syrk(_iter_weighted_rows(centered, means, codes, weights), n_features)
    # In place: d x d matrices are the largest that there are.
    pooled += backend.diagonal_matrix(diagonal)
    pooled /= len(centered)
    return PooledCovariance(centered, means, pooled, total / len(centered))


def shrink_scatter(within, class_idx, mean):
    """Shrink the scatter of a class as scikit-learn's LDA does, its features standardised.

    The rows of `within` are about the `mean` of the class.
    """
    is_large = len(class_idx) > within.shape[1]
    measure = _measure_large_class if is_large else _measure_small_class
    # ||Z'Z||^2 and the norms of the rows of Z are all that the Ledoit-Wolf estimate needs.
    scatter, squares, scales, gram_norm_sq, norms_sq = measure(within, class_idx, mean)
    powers, shape = (norms_sq.sum(), norms_sq.dot(norms_sq)), (len(norms_sq), within.shape[1])
    shrinkage = ledoit_wolf_shrinkage(gram_norm_sq, powers, shape)
    diagonal = float(shrinkage * powers[0] / within.shape[1]) * scales**2
    return ShrunkScatter(shrinkage, diagonal, scatter, float(within.backend.xp.sum(squares)))


def _measure_large_class(within, class_idx, mean):
    """Scatter, sums of squares and deviations of columns, and the norms of standardised rows Z."""
    backend = within.backend
    blocks = iter_class_blocks(within, class_idx, for_products=True)
    scatter = backend.syrk(blocks, within.shape[1])
    squares = 1.0 * backend.xp.linalg.diagonal(scatter)
    scales = _standard_deviations(squares, len(class_idx), mean, backend)
    correlations = scatter / scales
    correlations /= scales[:, None]
    norms_sq = [
        to_numpy(backend.sum_squares(rows / scales, axis=1))
        for rows in iter_class_blocks(within, class_idx)
    ]
    return scatter, squares, scales, backend.sum_squares(correlations), np.concatenate(norms_sq)


def _measure_small_class(within, class_idx, mean):
    """The same of a class with no more rows than features, by products of rows."""
    backend, rows = within.backend, within.rows(class_idx)
    squares = backend.sum_squares(rows, axis=0)
    scales = _standard_deviations(squares, len(class_idx), mean, backend)
    rows /= scales
    gram_norm_sq = backend.sum_squares(backend.syrk([rows.T], len(class_idx)))
    return None, squares, scales, gram_norm_sq, to_numpy(backend.sum_squares(rows, axis=1))


def _standard_deviations(squares, n_samples, mean, backend):
    """Standard deviations, but 1 where scikit-learn takes a feature for constant."""
    variances = squares / n_samples
    rounding = n_samples * backend.eps * (variances + n_samples * backend.eps * mean**2)
    xp = backend.xp
    return xp.sqrt(xp.where(variances <= rounding, xp.ones_like(variances), variances))


def _iter_weighted_rows(centered, means, codes, weights):
    """Yield rows about the means of their classes, times the roots of the classes' weights."""
    chosen, roots = np.flatnonzero(weights[codes]), np.sqrt(weights)
    for block in centered.backend.row_slices(len(chosen), centered.shape[1], for_products=True):
        row_idx = chosen[block]
        rows = centered.rows(row_idx)
        rows -= centered.backend.take(means, codes[row_idx])
        rows *= centered.backend.asarray(roots[codes[row_idx]])[:, None]
        yield rows


def pool_as_a_whole(X, codes, counts, shrinkage):
    """Pool the covariances of the classes, and shrink towards a multiple of the identity."""
    centered, means = center_with_class_means(X, codes, len(counts))
    backend, n_features = centered.backend, X.shape[1]
    covariance = backend.syrk(iter_within_rows(centered, means, codes), n_features)
    covariance /= len(centered)
    trace = float(backend.xp.linalg.trace(covariance))
    covariance *= 1.0 - shrinkage
    identity = backend.asarray(np.ones(n_features))
    covariance += backend.diagonal_matrix(shrinkage * trace / n_features * identity)
    return PooledCovariance(centered, means, covariance, trace)
