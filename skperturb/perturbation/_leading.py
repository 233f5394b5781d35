"""Leading: the first principal components of large features, from a Gram matrix."""

from typing import Any, NamedTuple

import numpy as np
from scipy import linalg
from scipy.linalg import blas
from sklearn.decomposition import PCA

from skperturb._blocks import Rows, cut, gram, product, products, row_blocks, upper_gram
from skperturb._centred import OffsetRows, mean_square

# Below, or for more components, the exact solvers take no longer.
_LEAST_SIDE = 256
_LARGEST_SHARE = 0.25
# Least share of the largest variance, for the last component kept, at which a Gram matrix
# is enough. Single precision would make it in half the time; but its rounding, which other
# numbers of threads or another order of the rows change, is felt in the sixth digit of
# scores where the variances of the last component kept and the first left out are close.
_LEAST_SHARE = 1e-11
# Largest squared norm of the mean, in total variances, at which it may be subtracted from
# products instead of from every row: rounding grows by about that. Some rows tell.
_MODEST_SHARE = 4.0
_SAMPLED = 256


class Moments(NamedTuple):
    """Rows about an origin, their mean, and the Gram matrix of their centred shorter side.

    Only the upper triangle of the matrix is filled.
    """

    rows: Rows
    origin: Any
    mean: np.ndarray
    upper: np.ndarray


class Components(NamedTuple):
    """Mean, axes `(n_components, n_features)`, rows on them, and variances, largest first.

    The rows are None where they stayed on a device.
    """

    mean: np.ndarray
    axes: np.ndarray
    projected: Any
    variances: np.ndarray
    total_variance: float


def is_shortcut(shape, n_components):
    """Whether features are large on both sides, and few components are asked for."""
    return min(shape) >= _LEAST_SIDE and n_components <= _LARGEST_SHARE * min(shape)


def leading_components(X, n_components):
    """Leading components of features, None where their variances are too far apart.

    The Gram matrix gives the space that they span. The axes within it, the projections and
    their variances are found from the projected rows, so that components are uncorrelated.
    """
    moments = (wide_moments if len(X) <= X.shape[1] else tall_moments)(X)
    basis = leading_basis(moments.rows, moments.upper, n_components)
    return None if basis is None else components_within(basis, moments)


def components_within(basis, moments):
    """Components of centred rows in the space of an orthonormal basis."""
    degrees = len(moments.rows) - 1
    projected = moments.rows.times(basis)
    projected -= product(moments.mean[None], basis)
    squares, turn = linalg.eigh(gram([projected], basis.shape[1]), check_finite=False)
    turn = turn[:, ::-1] * axis_signs(product(basis, turn[:, ::-1]))
    projected = products(projected, turn)
    variances = squares[::-1] / degrees
    total = max(np.trace(moments.upper) / degrees, variances.sum())
    mean = moments.origin + moments.mean
    return Components(mean, product(basis, turn).T, projected, variances, total)


def axis_signs(axes):
    """Signs that make the largest entry of each column positive, as scikit-learn does."""
    return np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])


def leading_basis(rows, upper, n_components):
    """Orthonormal basis `(n_features, n_components)` from a Gram matrix, or None."""
    last = len(upper) - 1
    chosen = [last + 1 - n_components, last]
    squares, vectors = linalg.eigh(upper, lower=False, subset_by_index=chosen, check_finite=False)
    if squares[0] <= _LEAST_SHARE * squares[-1]:
        return None
    if rows.is_wide:
        columns = row_blocks(*rows.shape[::-1], multiplied=True)
        vectors = np.concatenate([product(rows.columns(block).T, vectors) for block in columns])
    return linalg.qr(vectors, mode="economic", check_finite=False)[0]


def tall_moments(X):
    """Moments of the columns from one pass over the rows."""
    rows, origin = near_mean(X)
    sums = np.zeros(X.shape[1])

    def blocks():
        for block in cut(rows, multiplied=True):
            sums[:] += block.sum(axis=0)
            yield block

    upper = upper_gram(blocks(), X.shape[1])
    mean = sums / len(X)
    upper = blas.dsyr(-len(X), mean, a=upper, overwrite_a=True)
    return Moments(rows, origin, mean, upper)


def near_mean(X):
    """Rows about an origin near their mean, and that origin: 0, without a copy, if it will do."""
    first, some = X[0].astype(np.float64), X[:: max(1, len(X) // _SAMPLED)]
    origin = first + (some - first).mean(axis=0)
    if origin @ origin <= _MODEST_SHARE * mean_square(some - origin):
        return Rows(X), 0.0
    return OffsetRows(X, origin), origin


def wide_moments(X):
    """Moments of the rows about their mean, from one pass over the columns."""
    mean = X[0].astype(np.float64)

    def blocks():
        for block in row_blocks(*X.shape[::-1], multiplied=True):
            columns = X[:, block] - mean[block]
            shift = columns.mean(axis=0)
            mean[block] += shift
            columns -= shift
            yield columns.T

    upper = upper_gram(blocks(), len(X))
    return Moments(OffsetRows(X, mean), mean, np.zeros(X.shape[1]), upper)


def as_pca(components, n_samples):
    """PCA of scikit-learn, of centred features, with these components for its own."""
    n_components, n_features = components.axes.shape
    pca = PCA(n_components)
    pca.components_ = components.axes
    pca.mean_ = np.zeros(n_features)
    pca.explained_variance_ = components.variances
    pca.explained_variance_ratio_ = components.variances / components.total_variance
    pca.singular_values_ = np.sqrt((n_samples - 1) * components.variances)
    rest = components.total_variance - components.variances.sum()
    pca.noise_variance_ = rest / max(1, min(n_samples, n_features) - n_components)
    pca.n_components_, pca.n_features_in_, pca.n_samples_ = n_components, n_features, n_samples
    return pca
