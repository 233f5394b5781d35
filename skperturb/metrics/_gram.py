"""Gram: a stable root of a regularised Gram matrix, and wide rows in fewer columns."""

import numpy as np
from scipy import linalg

# Least ratio of the squared pivots of a Gram matrix: below it, rounding of its largest
# eigenvalue is felt in the sixth digit of the inverse.
WELL_CONDITIONED = 1e-8


def row_coordinates(X):
    """Coordinates of the rows of X in their own span: at most n_samples columns.

    All inner products of rows stay what they are. Nothing of the features outside that
    span enters a discriminant, so wide features never need a matrix of d x d.
    """
    if X.shape[0] >= X.shape[1]:
        return X
    return linalg.qr(X.T, mode="r", check_finite=False)[0][: len(X)].T


def triangular_root(gram, ridge, factor):
    """Upper triangular R with R'R = gram + ridge I, for a ridge above 0.

    The Gram matrix W'W, which is overwritten, loses what is small beside its largest
    eigenvalue. Where the pivots say so, the root comes from W itself, which the function
    `factor` returns.
    """
    size = len(gram)
    gram.flat[:: size + 1] += ridge
    try:
        root = linalg.cholesky(gram, check_finite=False, overwrite_a=True)
    except linalg.LinAlgError:
        pass
    else:
        pivots = np.diagonal(root) ** 2
        if pivots.min() > WELL_CONDITIONED * pivots.max():
            return root
    stacked = np.vstack([factor(), np.sqrt(ridge) * np.eye(size)])
    return linalg.qr(stacked, mode="r", check_finite=False, overwrite_a=True)[0][:size]


def regularised_solve(gram, ridge, right, factor):
    """Solve (gram + ridge I) S = `right`, the Gram matrix as in `triangular_root`."""
    root = triangular_root(gram, ridge, factor)
    return linalg.cho_solve((root, False), right, check_finite=False)
