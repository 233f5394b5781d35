"""Cholesky: a stable factor of a regularised Gram matrix, and wide rows in fewer columns."""

import numpy as np

from skperturb._backend import get_backend, to_numpy

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
    return get_backend(X).triangular_factor(X.T).T


def cholesky_factor(gram, ridge, design):
    """Upper triangular R with R'R = gram + ridge I, for a ridge above 0.

    The Gram matrix W'W, which may be overwritten, loses what is small beside its largest
    eigenvalue. Where the pivots say so, the factor comes from W itself, which the function
    `design` returns.
    """
    backend, size = get_backend(gram), gram.shape[0]
    factor = backend.cholesky(gram, ridge) if backend.is_double else None
    if factor is not None and is_well_conditioned(factor):
        return factor
    identity = backend.asarray(np.sqrt(ridge) * np.eye(size))
    return backend.triangular_factor(backend.xp.concat([design(), identity]))


def is_well_conditioned(factor):
    """Whether the Gram matrix of this factor kept the digits that its inverse needs."""
    pivots = _diagonal(factor) ** 2
    return pivots.min() > WELL_CONDITIONED * pivots.max()


def solve_regularized(gram, ridge, rhs, design):
    """Solve (gram + ridge I) S = `rhs`, the Gram matrix as in `cholesky_factor`."""
    factor = cholesky_factor(gram, ridge, design)
    return get_backend(factor).cho_solve(factor, rhs)


def half_log_det(factor):
    """Half the log determinant of R'R."""
    return float(np.log(np.abs(_diagonal(factor))).sum())


def _diagonal(matrix):
    return to_numpy(get_backend(matrix).xp.linalg.diagonal(matrix))
