"""Spectrum: singular values of features, and targets projected on the left vectors."""

from typing import NamedTuple

import numpy as np

from skperturb._backend import get_backend, to_numpy
from skperturb._chunked import ChunkedMatrix
from skperturb._memoize import memoize, writable


class Spectrum(NamedTuple):
    """What a linear model of targets T on features X depends on, all on the host.

    `singular_values_sq` are the squared non-zero singular values of X, `(rank,)`;
    `projections` the coordinates of T on the left singular vectors, `(rank, n_columns)`;
    `residuals` the square norms of what is left of T, and `totals` those of T, `(n_columns,)`.
    """

    singular_values_sq: np.ndarray
    projections: np.ndarray
    residuals: np.ndarray
    totals: np.ndarray


@memoize
def gram_eigenvectors(gram):
    """Eigenvalues of a Gram matrix, ascending and on the host, and its eigenvectors.

    Those below one rounding of the largest are left out. The matrix may be overwritten.
    """
    backend = get_backend(gram)
    eigenvalues, vectors = backend.eigh(writable(gram))
    n_null = _count_null(eigenvalues, backend.eps)
    return eigenvalues[n_null:], vectors[:, n_null:] if n_null else vectors


@memoize
def gram_factors(gram):
    """Eigenvalues of a Gram matrix, and its TridiagonalEigenvectors; it may be overwritten."""
    return get_backend(gram).eigh_in_factors(writable(gram))


def _count_null(eigenvalues, eps):
    """Count the eigenvalues that are no more than one rounding of the largest."""
    return int(np.sum(eigenvalues <= eps * eigenvalues.max(initial=0.0)))


def gram_spectrum(matrix, columns, gram):
    """Spectrum from the Gram matrix of the shorter side, which may be overwritten.

    Squared singular values carry an absolute error of a few roundings of the largest one.
    Residuals are differences, good to a rounding of the whole.
    """
    totals = columns.norms_sq()
    # Shuffled labels, too, are scored on a whole set of rows: they share the eigenvectors.
    is_shared = getattr(matrix.X, "whole", None) is not None
    is_fast = not is_shared and matrix.backend.factors_pay(gram.shape[0], len(totals))
    project = _project_by_factors if is_fast else _project_by_vectors
    singular_values_sq, projections = project(matrix, columns, gram)
    residuals = np.maximum(totals - np.sum(projections**2, axis=0), 0.0)
    if len(singular_values_sq) == len(matrix):
        residuals = np.zeros(len(totals))
    return Spectrum(singular_values_sq, projections, residuals, totals)


def _project_by_factors(matrix, columns, gram):
    """Squared singular values, and projections of few columns, without an eigenvector."""
    eigenvalues, vectors = gram_factors(gram)
    n_null = _count_null(eigenvalues, matrix.backend.eps)
    singular_values_sq = eigenvalues[n_null:]
    if matrix.is_wide:
        return singular_values_sq, vectors.coordinates(columns.rows())[n_null:]
    products = vectors.coordinates(columns.rmatmul(matrix).T)[n_null:]
    return singular_values_sq, products / np.sqrt(singular_values_sq)[:, None]


def _project_by_vectors(matrix, columns, gram):
    """Squared singular values, and projections of any number of columns."""
    singular_values_sq, vectors = gram_eigenvectors(gram)
    if matrix.is_wide:
        return singular_values_sq, to_numpy(columns.rmatmul(ChunkedMatrix(vectors))).T
    products = matrix.backend.matmul(vectors.T, columns.rmatmul(matrix).T)
    return singular_values_sq, to_numpy(products) / np.sqrt(singular_values_sq)[:, None]


@memoize
def svd_vectors(matrix, tolerance):
    """Left singular vectors, and squared singular values on the host, with all digits.

    Singular values up to `tolerance` times the largest count as zero.
    """
    vectors, values = matrix.backend.svd(matrix.rows())
    rank = int(np.sum(values > tolerance * values.max(initial=0.0)))
    return vectors[:, :rank], values[:rank] ** 2


def svd_spectrum(matrix, columns, *, tolerance):
    """Spectrum from the singular value decomposition: slower, with all digits."""
    matmul = matrix.backend.matmul
    vectors, singular_values_sq = svd_vectors(matrix, tolerance)
    projections = columns.rmatmul(ChunkedMatrix(vectors)).T
    rest = columns.rows() - matmul(vectors, projections)
    # Twice is enough: what rounding left of T along the vectors goes with the second pass.
    rest = rest - matmul(vectors, matmul(vectors.T, rest))
    residuals = to_numpy(matrix.backend.sum_squares(rest, axis=0))
    return Spectrum(singular_values_sq, to_numpy(projections), residuals, columns.norms_sq())


def principal_coordinates(X):
    """Coordinates of the rows of an array on the principal axes, U S, and the squares S^2.

    `(n_samples, m)` and `(m,)` with m the shorter side of X: a linear model of the rows
    loses nothing by them, and no matrix is larger than the shorter side.
    """
    matrix = ChunkedMatrix(X)
    singular_values_sq, vectors = gram_eigenvectors(matrix.gram())
    if matrix.is_wide:
        return vectors * np.sqrt(singular_values_sq), singular_values_sq
    return matrix.matmul(vectors), singular_values_sq
