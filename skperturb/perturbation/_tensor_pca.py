"""Tensor PCA: the first principal components of features on a device.

The counterpart of `_leading` for tensors, in the precision that is computed in.
"""

import numpy as np
from sklearn.decomposition import PCA

from skperturb._array_api import beside, learned_beside, on_host
from skperturb._tensor_rows import TensorRows, column_means, slices
from skperturb.perturbation._leading import Components, as_pca, axis_signs

# Of the largest variance: where the last component has less, its axis would have lost more
# than half of the digits to the Gram matrix.
_LEAST_SHARE = 1e-8


def fitted_pca(X, n_components, solver, random_state):
    """Mean of a tensor on the host, and PCA of scikit-learn, fitted on the device to the rest."""
    found = leading_components(X, n_components) if solver == "auto" else None
    if found is not None:
        pca = as_pca(found, X.shape[0])
        learned_beside(pca, X)
        return found.mean, pca
    mean = column_means(X)
    centred = TensorRows(X, origin=beside(mean, X))[:]
    pca = PCA(
        n_components,
        copy=False,  # the rows less their mean are a copy already
        svd_solver="full" if solver == "auto" else solver,
        power_iteration_normalizer="QR",
        random_state=random_state,
    )
    # Constant features have no variance to take shares of: 0/0 in a ratio we do not use.
    with np.errstate(invalid="ignore"):
        return mean, pca.fit(centred)


def leading_components(X, n_components):
    """Leading components of a tensor, on the host, None where their variances are too far apart."""
    mean = column_means(X)
    centred = TensorRows(X, origin=beside(mean, X))
    if not centred.is_double:
        return None
    xp, gram = centred.xp, centred.gram()
    total = float(xp.linalg.trace(gram))
    squares, vectors = xp.linalg.eigh(gram)
    squares, vectors = on_host(squares)[-n_components:], vectors[:, -n_components:]
    if squares[0] <= _LEAST_SHARE * squares[-1]:
        return None
    if centred.is_wide:
        columns = slices(*centred.shape[::-1])
        vectors = xp.concat([centred.columns(block).T @ vectors for block in columns])
    return components_within(xp.linalg.qr(vectors)[0], centred, mean, total)


def components_within(basis, centred, mean, total):
    """Components of centred rows in the space of an orthonormal basis; `total` their square."""
    xp, degrees = centred.xp, len(centred) - 1
    projected = xp.concat([block @ basis for block in centred.blocks()])
    squares, turn = xp.linalg.eigh(projected.T @ projected)
    turn = xp.flip(turn, axis=1)
    axes = on_host(basis @ turn)
    signs = axis_signs(axes)
    variances = on_host(squares)[::-1] / degrees
    total = max(total / degrees, variances.sum())
    return Components(mean, (axes * signs).T, None, variances, total)


def projections(pca, X, mean):
    """Rows of a tensor less the mean on the components of a fitted PCA, in the type of X."""
    rows = TensorRows(X, origin=mean)
    projected = rows.xp.concat([pca.transform(block) for block in rows.blocks()])
    return rows.xp.astype(projected, X.dtype, copy=False)
