"""Canonical axes: signs, and axes of equal variance, that do not depend on the order of the rows.

Principal axes of equal variance are any basis of the space that they span, and rounding
decides which: of one-hot rows that is all of them.
"""

import numpy as np

from skperturb._backend import NUMPY, get_backend, to_numpy

_EQUAL = 1e-9  # of a variance
_ROUNDING = 1e-12  # of the largest variance
_LARGEST = 1.0 - 1e-5  # share of the largest loading from which loadings are as large


def equal_variances(variances):
    """Whether each variance but the last, of descending ones, equals the next."""
    single = 64 * float(np.finfo(variances.dtype).eps)  # counts where they are float32
    rounding = max(_ROUNDING, single) * variances[0]
    gaps, following = variances[:-1] - variances[1:], variances[1:]
    is_gap = gaps > np.maximum(max(_EQUAL, single) * following, rounding)
    return ~is_gap & (following > rounding)


def canonical_rotation(axes, variances):
    """Rotation of axes `(n_axes, n_features)` to canonical ones.

    The first axis of a space is the projection on it of the feature that it holds most of, the
    first of several such; the next one that of the space orthogonal to it, and so on.
    """
    is_equal = equal_variances(variances)
    axes, rotation = np.asarray(axes, dtype=np.float64), np.eye(len(axes))
    starts = np.flatnonzero(np.concatenate([[True], ~is_equal]))
    for start, stop in zip(starts, [*starts[1:], len(axes)], strict=True):
        if stop - start > 1:
            rotation[start:stop, start:stop] = _rotation_within(axes[start:stop])
    return rotation


def rotate_to_canonical(pca):
    """Make the axes of a fitted PCA of scikit-learn canonical ones."""
    axes = pca.components_
    backend = get_backend(axes)
    variances = to_numpy(pca.explained_variance_)
    if equal_variances(variances).any():
        rotation = canonical_rotation(to_numpy(axes), variances)
        axes = backend.matmul(backend.asarray(rotation), axes)
        axes = backend.xp.astype(axes, pca.components_.dtype, copy=False)
    pca.components_ = axes * backend.asarray(canonical_signs(to_numpy(axes)))[:, None]


def canonical_signs(axes):
    """Signs that make the first of the largest loadings of each axis positive, `(n_axes,)`.

    scikit-learn takes the largest, which rounding decides where two are equal: always, with
    two features.
    """
    sizes = np.abs(axes)
    first = np.argmax(sizes >= _LARGEST * sizes.max(axis=1, keepdims=True), axis=1)
    return np.sign(axes[np.arange(len(axes)), first])


def _rotation_within(axes):
    rest = axes.copy()
    found: list[np.ndarray] = []
    for _ in range(len(axes)):
        sizes = NUMPY.sum_squares(rest, axis=0)
        direction = rest[:, np.argmax(sizes >= _LARGEST * sizes.max())].copy()
        for other in found:  # what rounding has left along the others
            direction -= other.dot(direction) * other
        direction /= np.linalg.norm(direction)
        rest -= np.outer(direction, direction.dot(rest))
        found.append(direction)
    return np.stack(found)
