"""PCA by the Gram matrix of the shorter side, read in blocks, on any backend."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.decomposition import PCA

from skperturb._backend import to_numpy

# Least share of the largest variance, for the last component kept, at which a Gram matrix
# is enough: below, rounding of the largest is felt in the last.
_LEAST_VARIANCE = 1e-11


class Components(NamedTuple):
    """Axes `(n_components, n_features)`, rows on them, and variances, largest first.

    The variances, and the total variance of the features, are on the host.
    """

    axes: Any
    projected: Any
    variances: np.ndarray
    total_variance: float


def leading_components(centered, n_components):
    """Leading components of centred features, None where their variances are too far apart.

    The Gram matrix gives the space that they span. The axes within it, the projections and
    their variances are found from the projected rows, so that components are uncorrelated.
    """
    backend = centered.backend
    if not backend.is_double:
        return None
    gram = centered.gram()
    total = float(backend.xp.linalg.trace(gram))
    basis = _leading_basis(centered, gram, n_components)
    return None if basis is None else _components_within(basis, centered, total)


def _leading_basis(centered, gram, n_components):
    """Orthonormal basis `(n_features, n_components)` from a Gram matrix, or None."""
    backend = centered.backend
    eigenvalues, vectors = backend.eigh(gram, n_components)
    if eigenvalues[0] <= _LEAST_VARIANCE * eigenvalues[-1]:
        return None
    if centered.is_wide:
        columns = centered.iter_columns()
        vectors = backend.xp.concat([backend.matmul(block.T, vectors) for block in columns])
    return backend.qr(vectors)[0]


def _components_within(basis, centered, total):
    """Components of centred rows in the space of an orthonormal basis."""
    backend, degrees_of_freedom = centered.backend, len(centered) - 1
    projected = centered.matmul(basis)
    eigenvalues, rotation = backend.eigh(backend.syrk([projected], basis.shape[1]))
    rotation = backend.xp.flip(rotation, axis=1)
    rotation = rotation * _axis_signs(backend.matmul(basis, rotation), backend)
    variances = eigenvalues[::-1] / degrees_of_freedom
    return Components(
        backend.matmul(basis, rotation).T,
        backend.matmul(projected, rotation),
        variances,
        max(total / degrees_of_freedom, float(variances.sum())),
    )


def _axis_signs(axes, backend):
    """Signs that make the largest entry of each column positive, as scikit-learn does."""
    axes = to_numpy(axes)
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    return backend.asarray(signs)


def as_pca(components, n_samples):
    """PCA of scikit-learn, of centred features, with these components for its own."""
    n_components, n_features = components.axes.shape
    pca = PCA(n_components)
    pca.components_ = components.axes
    pca.mean_ = np.zeros(n_features)
    pca.explained_variance_ = components.variances
    pca.explained_variance_ratio_ = components.variances / (components.total_variance or 1.0)
    pca.singular_values_ = np.sqrt((n_samples - 1) * components.variances)
    rest = components.total_variance - components.variances.sum()
    pca.noise_variance_ = rest / max(1, min(n_samples, n_features) - n_components)
    pca.n_components_, pca.n_features_in_, pca.n_samples_ = n_components, n_features, n_samples
    return pca
