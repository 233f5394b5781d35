"""Spectrum: singular values of features, and targets projected on the left vectors."""

from typing import NamedTuple

import numpy as np
from scipy import linalg

_EPS = np.finfo(np.float64).eps


class Spectrum(NamedTuple):
    """What a linear model of targets T on features X depends on.

    `squares` are the squared non-zero singular values of X, `(rank,)`; `projections` the
    coordinates of T on the left singular vectors, `(rank, n_columns)`; `residuals` the
    square norms of what is left of T, `(n_columns,)`.
    """

    squares: np.ndarray
    projections: np.ndarray
    residuals: np.ndarray


def gram_spectrum(X, T):
    """Spectrum from the Gram matrix of the shorter side and its eigenvectors.

    Squares carry an absolute error of a few roundings of the largest one; those below
    one rounding are left out. Residuals are differences, good to a rounding of the whole.
    """
    wide, squares, vectors = _gram_eigenvectors(X)
    kept = squares > _EPS * squares.max(initial=0.0)
    squares, vectors = squares[kept], vectors[:, kept]
    projections = vectors.T @ (T if wide else X.T @ T)
    if not wide:
        projections /= np.sqrt(squares)[:, None]
    if len(squares) == len(X):
        return Spectrum(squares, projections, np.zeros(T.shape[1]))
    residuals = np.sum(T**2, axis=0) - np.sum(projections**2, axis=0)
    return Spectrum(squares, projections, np.maximum(residuals, 0.0))


def svd_spectrum(X, T, *, tolerance):
    """Spectrum from the singular value decomposition of X: slower, with all digits.

    Singular values up to `tolerance` times the largest count as zero.
    """
    vectors, squares = svd_vectors(X, tolerance=tolerance)
    projections = vectors.T @ T
    rest = T - vectors @ projections
    # Twice is enough: what rounding left of T along the vectors goes with the second pass.
    rest -= vectors @ (vectors.T @ rest)
    return Spectrum(squares, projections, np.sum(rest**2, axis=0))


def gram_vectors(X):
    """Left singular vectors and squared singular values of X, from its Gram matrix.

    Vectors of small values are inexact where X is tall; squares below one rounding of the
    largest are left out.
    """
    wide, squares, vectors = _gram_eigenvectors(X)
    kept = squares > _EPS * max(X.shape) * squares.max(initial=0.0)
    squares, vectors = squares[kept], vectors[:, kept]
    return (vectors if wide else X @ vectors / np.sqrt(squares)), squares


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


def _gram_eigenvectors(X):
    """Whether X has no more rows than columns; squares and vectors of its smaller Gram matrix."""
    wide = X.shape[0] <= X.shape[1]
    squares, vectors = np.linalg.eigh(X @ X.T if wide else X.T @ X)
    return wide, np.maximum(squares, 0.0), vectors
