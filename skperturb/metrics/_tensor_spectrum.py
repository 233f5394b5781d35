"""Tensor spectrum: singular values of features on a device, and targets projected on the vectors.

The counterpart of `_spectrum` for tensors. Decompositions are computed on the device;
what they come to, a number per direction and column, is on the host.
"""

import numpy as np

from skperturb._array_api import beside, on_host
from skperturb._tensor_rows import TensorRows
from skperturb.metrics._gram import WELL_CONDITIONED
from skperturb.metrics._spectrum import Spectrum


def eigenvectors(rows):
    """Eigenvalues of the Gram matrix of the shorter side, ascending, on the host, and vectors.

    Those below one rounding of the largest are left out.
    """
    squares, vectors = rows.xp.linalg.eigh(rows.gram())
    squares = on_host(squares)
    first = int(np.sum(squares <= rows.eps * max(squares[-1], 0.0)))
    return squares[first:], vectors[:, first:]


def gram_spectrum(rows, columns):
    """Spectrum from the Gram matrix of the shorter side, with the errors of `_spectrum`."""
    squares, vectors = eigenvectors(rows)
    if rows.is_wide:
        projections = on_host(columns.pull(TensorRows(vectors))).T
    else:
        projections = on_host(vectors.T @ columns.pull(rows).T) / np.sqrt(squares)[:, None]
    totals = columns.squares()
    if len(squares) == len(rows):
        return Spectrum(squares, projections, np.zeros(len(totals)), totals)
    residuals = totals - np.sum(projections**2, axis=0)
    return Spectrum(squares, projections, np.maximum(residuals, 0.0), totals)


def svd_vectors(rows, *, tolerance):
    """Left singular vectors, and squared singular values on the host, with all digits.

    Singular values up to `tolerance` times the largest count as zero.
    """
    vectors, values, _ = rows.xp.linalg.svd(rows[:], full_matrices=False)
    values = on_host(values)
    rank = int(np.sum(values > tolerance * values.max(initial=0.0)))
    return vectors[:, :rank], values[:rank] ** 2


def svd_spectrum(rows, columns, *, tolerance):
    """Spectrum from the singular value decomposition: slower, with all digits."""
    vectors, squares = svd_vectors(rows, tolerance=tolerance)
    projections = columns.pull(TensorRows(vectors)).T
    rest = columns.dense() - vectors @ projections
    # Twice is enough: what rounding left of T along the vectors goes with the second pass.
    rest = rest - vectors @ (vectors.T @ rest)
    residuals = on_host(rows.xp.sum(rest * rest, axis=0))
    return Spectrum(squares, on_host(projections), residuals, columns.squares())


def triangular_root(rows, gram, ridge, factor):
    """Lower triangular R with RR' = gram + ridge I, for a ridge above 0.

    As in `_gram`: from the Gram matrix W'W, or from W itself, which the function `factor`
    returns, where the matrix has lost digits that are felt.
    """
    xp, size = rows.xp, gram.shape[0]
    identity = beside(np.eye(size), gram)
    if rows.is_double:
        try:
            root = xp.linalg.cholesky(gram + ridge * identity)
        except (RuntimeError, ValueError):  # of the kinds that PyTorch's and NumPy's are
            root = 0.0 * identity
        pivots = on_host(xp.linalg.diagonal(root)) ** 2
        if pivots.min() > WELL_CONDITIONED * pivots.max():
            return root
    return xp.linalg.qr(xp.concat([factor(), ridge**0.5 * identity]))[1].T


def regularised_solve(rows, gram, ridge, right, factor):
    """Solve (gram + ridge I) S = `right`, the Gram matrix as in `triangular_root`."""
    solve, root = rows.xp.linalg.solve, triangular_root(rows, gram, ridge, factor)
    return solve(root.T, solve(root, right))


def log_volume(root):
    """Half the log determinant of RR'."""
    return float(np.log(np.abs(on_host(TensorRows(root).xp.linalg.diagonal(root)))).sum())
