"""Arithmetic on labelled samples: means and radii of classes, and what rounding hides."""

import numpy as np
from scipy import sparse

# Rounding errors of means and distances stay below this share of the numbers that they
# are computed from; a length below that bound is no length at all.
ROUNDING = 64 * np.finfo(np.float64).eps


def centre(X):
    """Subtract the mean of every column; columns that only rounding varies become zero.

    Differences are taken from one row first, so that equal rows give exact zeros.
    """
    centred = X - X[0]
    centred -= centred.mean(axis=0)
    bounds = ROUNDING * np.linalg.norm(X, axis=0)
    centred[:, np.linalg.norm(centred, axis=0) <= bounds] = 0.0
    return centred


def unit_sized(Z):
    """Divide `Z` by its largest absolute entry, so that fourth powers keep their digits."""
    return Z / (max(Z.max(), -Z.min()) or 1.0)


def mean_square(X):
    """Mean squared norm of the rows of `X`."""
    return np.einsum("ij,ij->", X, X) / len(X)


def class_sums(X, codes, n_classes):
    """Sum the rows of `X` over each class, `(n_classes, n_columns)`."""
    n_samples = len(codes)
    membership = sparse.csr_matrix(
        (np.ones(n_samples), codes, np.arange(n_samples + 1)),
        shape=(n_samples, n_classes),
    )
    return membership.T @ X


def class_means(X, codes, counts):
    """Average the rows of `X` over each class, `(n_classes, n_features)`.

    Sums are taken about one sample of the class: a class of equal samples has exactly
    that sample as its mean, and a large common offset costs no digits.
    """
    _, first = np.unique(codes, return_index=True)
    origins = X[first].astype(np.float64)
    return origins + class_sums(X - origins[codes], codes, len(counts)) / counts[:, None]


def class_radii(X, codes, means, counts):
    """Root of the summed per-feature variances (1/n_c) of each class, `(n_classes,)`."""
    offsets = X - means[codes]
    squares = np.einsum("ij,ij->i", offsets, offsets)
    return np.sqrt(np.bincount(codes, weights=squares, minlength=len(counts)) / counts)


def rounding_lengths(means, radii):
    """Length, per class, below which a distance from its mean is rounding, `(n_classes,)`."""
    return ROUNDING * (np.linalg.norm(means, axis=1) + radii)
