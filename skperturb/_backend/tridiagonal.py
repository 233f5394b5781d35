"""Tridiagonal: eigenvectors of a symmetric matrix in two factors that are never multiplied out.

A = Q T Q' with a tridiagonal T = Z diag(w) Z' has the eigenvectors Q Z. That product takes a
third of the time of LAPACK's decomposition; coordinates Z'(Q'B) of few columns B do not need it.
"""

from functools import partial

import numpy as np
from scipy.linalg import LinAlgError, blas, lapack

# Rows of B to a column, below which the two products with B take about as long as Q Z.
_LEAST_PER_COLUMN = 2


class TridiagonalEigenvectors:
    """
    Orthogonal matrix V = Q Z, which columns are multiplied by factor by factor.

    Parameters
    ----------
    reduced : ndarray of shape (size, size)
        What LAPACK's reduction to tridiagonal form makes of the lower triangle, in Fortran order.
    scales : ndarray of shape (size - 1,)
        Scales of the reflections that Q consists of.
    rotation : ndarray of shape (size, size)
        Z, in Fortran order.
    """

    def __init__(self, reduced, scales, rotation):
        size = len(rotation)
        # Q reflects all rows but the first, by vectors that stand below the diagonal. Seen from
        # one number on they stand as LAPACK expects those of a QR factorisation: no copy.
        below = reduced.reshape(-1, order="F")[1 : 1 + size * (size - 1)]
        self.reflectors = below.reshape((size, size - 1), order="F")
        self.scales, self.rotation = scales, rotation

    def coordinates(self, B):
        """Return V'B, the coordinates of columns B on the eigenvectors."""
        reflected = np.array(B, dtype=np.float64, order="F")
        apply = partial(lapack.dormqr, "L", "T", self.reflectors, self.scales, reflected[1:])
        best_lwork = int(apply(-1)[1][0])
        reflected[1:] = apply(best_lwork)[0]
        return blas.dgemm(1.0, reflected, self.rotation, trans_a=True).T


def factors_pay(size, n_columns):
    """Whether coordinates of these columns take less time without the eigenvectors."""
    # SciPy has LAPACK's divide and conquer for tridiagonal matrices since version 1.16; the
    # eigenvectors of what it had before are orthogonal to two digits less.
    return hasattr(lapack, "dstevd") and size >= _LEAST_PER_COLUMN * n_columns


def eigh_in_factors(gram):
    """Eigenvalues of a symmetric matrix, ascending and none below 0, and eigenvectors in factors.

    All of them by LAPACK's divide and conquer, which overwrites a writeable matrix.
    """
    lwork = int(lapack.dsytrd_lwork(len(gram), lower=1)[0])
    reduced, diagonal, off_diagonal, scales, _ = lapack.dsytrd(
        gram, lower=1, lwork=lwork, overwrite_a=gram.flags.writeable
    )
    eigenvalues, rotation, info = lapack.dstevd(
        diagonal, off_diagonal, overwrite_d=1, overwrite_e=1
    )
    if info:
        msg = f"dstevd must find all eigenvalues, got info {info}; scale the features to about 1."
        raise LinAlgError(msg)
    vectors = TridiagonalEigenvectors(reduced, scales, rotation)
    return np.maximum(eigenvalues, 0.0), vectors
