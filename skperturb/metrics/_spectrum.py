"""Spectrum: singular values of features, and targets projected on the left vectors."""

from typing import NamedTuple

import numpy as np
from scipy import linalg, sparse

from skperturb._blocks import cross_products, product
from skperturb._shared import owned, shared

_EPS = np.finfo(np.float64).eps


class Spectrum(NamedTuple):
    """What a linear model of targets T on features X depends on.

    `squares` are the squared non-zero singular values of X, `(rank,)`; `projections` the
    coordinates of T on the left singular vectors, `(rank, n_columns)`; `residuals` the
    square norms of what is left of T, and `totals` those of T, `(n_columns,)`.
    """

    squares: np.ndarray
    projections: np.ndarray
    residuals: np.ndarray
    totals: np.ndarray


def column_squares(T):
    """Squared norm of each column of T, sparse or not."""
    squares = T.multiply(T) if sparse.issparse(T) else T**2
    return np.asarray(squares.sum(axis=0)).reshape(-1)


def gram_spectrum(rows, T, gram):
    """Spectrum from the Gram matrix of the shorter side, which may be overwritten.

    Squares carry an absolute error of a few roundings of the largest one; those below
    one rounding are left out. Residuals are differences, good to a rounding of the whole.
    T may be sparse.
    """
    squares, vectors = eigenvectors(gram)
    kept = squares > _EPS * squares.max(initial=0.0)
    if not kept.all():
        squares, vectors = squares[kept], vectors[:, kept]
    if rows.is_wide:
        projections = product(T.T, vectors).T
    else:
        projections = product(vectors.T, cross_products(rows, T)) / np.sqrt(squares)[:, None]
    totals = column_squares(T)
    if len(squares) == len(rows):
        return Spectrum(squares, projections, np.zeros(T.shape[1]), totals)
    residuals = totals - np.sum(projections**2, axis=0)
    return Spectrum(squares, projections, np.maximum(residuals, 0.0), totals)


def svd_spectrum(X, T, *, tolerance):
    """Spectrum from the singular value decomposition of X: slower, with all digits.

    Singular values up to `tolerance` times the largest count as zero.
    """
    vectors, squares = svd_vectors(X, tolerance=tolerance)
    projections = vectors.T @ T
    rest = T - vectors @ projections
    # Twice is enough: what rounding left of T along the vectors goes with the second pass.
    rest -= vectors @ (vectors.T @ rest)
    return Spectrum(squares, projections, np.sum(rest**2, axis=0), np.sum(T**2, axis=0))


def svd_vectors(X, *, tolerance):
    """Left singular vectors and squared singular values of X, with all digits.

    Singular values up to `tolerance` times the largest count as zero.
    """
    vectors, values, _ = linalg.svd(X, full_matrices=False)
    kept = values > tolerance * values.max(initial=0.0)
    return vectors[:, kept], values[kept] ** 2


def principal_coordinates(X):
    """Coordinates of the rows on the principal axes, U S, and the squares S^2.

    `(n_samples, m)` and `(m,)` with m the shorter side of X: a linear model of the rows
    loses nothing by them, and no matrix is larger than the shorter side.
    """
    wide, squares, vectors = _gram_eigenvectors(X)
    return (vectors * np.sqrt(squares) if wide else X @ vectors), squares


@shared
def eigenvectors(gram):
    """Eigenvalues of a Gram matrix, none below 0, in ascending order, and eigenvectors.

    The matrix is overwritten unless it is shared. The driver is LAPACK's divide and conquer.
    """
    if not len(gram):
        return np.zeros(0), gram
    driver = "evd" if len(gram) > 1 else "ev"  # SciPy 1.11 gives the first no room for one number
    squares, vectors = linalg.eigh(owned(gram), driver=driver, overwrite_a=True, check_finite=False)
    return np.maximum(squares, 0.0), vectors


def _gram_eigenvectors(X):
    """Whether X has no more rows than columns; squares and vectors of its smaller Gram matrix."""
    wide = X.shape[0] <= X.shape[1]
    return wide, *eigenvectors(X @ X.T if wide else X.T @ X)
