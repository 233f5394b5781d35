"""PCA by the Gram matrix of the shorter side, read in blocks, on any backend."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.decomposition import PCA

from skperturb._backend import to_numpy
from skperturb._memoize import writable
from skperturb.decomposition._canonical_axes import (
    canonical_rotation,
    canonical_signs,
    equal_variances,
)

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
    Those of equal variance are canonical ones.
    """
    backend = centered.backend
    if not backend.is_double:
        return None
    gram = centered.gram()
    total = float(backend.xp.linalg.trace(gram))
    basis = _leading_basis(centered, gram, n_components)
    if basis is None:
        return None
    found = _rotate(_components_within(basis, centered, total), backend)
    return found._replace(
        axes=found.axes[:n_components, :],
        projected=found.projected[:, :n_components],
        variances=found.variances[:n_components],
    )


def _leading_basis(centered, gram, n_components):
    """Orthonormal basis from a Gram matrix, of n_components vectors or a few more, or None.

    Where the variances of the last component and of the next one are equal, the space that
    they span is kept as a whole.
    """
    backend, size = centered.backend, gram.shape[0]
    eigenvalues, vectors = backend.eigh(gram, min(n_components + 1, size))
    if n_components < size:
        if equal_variances(eigenvalues[::-1])[-1] and len(eigenvalues) < size:
            eigenvalues, vectors = backend.eigh(writable(gram))
        is_equal = equal_variances(eigenvalues[::-1])[n_components - 1 :]
        n_kept = n_components + int(np.argmin(np.append(is_equal, False)))
        eigenvalues, vectors = eigenvalues[-n_kept:], vectors[:, -n_kept:]
    if eigenvalues[0] <= _LEAST_VARIANCE * eigenvalues[-1]:
        return None
    if centered.is_wide:
        columns = centered.iter_columns()
        vectors = backend.xp.concat([backend.matmul(block.T, vectors) for block in columns])
    return backend.qr(vectors)[0]


def _rotate(found, backend):
    """Components with canonical axes where their variances are equal."""
    if not equal_variances(found.variances).any():
        return found
    rotation = canonical_rotation(to_numpy(found.axes), found.variances)
    axes = backend.matmul(backend.asarray(rotation), found.axes)
    projected = backend.matmul(found.projected, backend.asarray(rotation.T.copy()))
    return found._replace(axes=axes, projected=projected)


def _components_within(basis, centered, total):
    """Components of centred rows in the space of an orthonormal basis."""
    backend, degrees_of_freedom = centered.backend, len(centered) - 1
    projected = centered.matmul(basis)
    eigenvalues, rotation = backend.eigh(backend.syrk([projected], basis.shape[1]))
    rotation = backend.xp.flip(rotation, axis=1)
    signs = canonical_signs(to_numpy(backend.matmul(basis, rotation)).T)
    rotation = rotation * backend.asarray(signs)
    variances = eigenvalues[::-1] / degrees_of_freedom
    return Components(
        backend.matmul(basis, rotation).T,
        backend.matmul(projected, rotation),
        variances,
        max(total / degrees_of_freedom, float(variances.sum())),
    )


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
