"""Shrinkage: how far a covariance is drawn towards a multiple of the identity."""

import numpy as np


def ledoit_wolf_share(squared_norm, row_squares, n_features):
    """Ledoit-Wolf share of the identity, in [0, 1], for n centred rows of X.

    `squared_norm` is ||X'X||^2, the same as ||XX'||^2, and `row_squares` are the squared
    norms of the rows, whose squares sum up to the sum of (X**2)'(X**2): with both known
    no further product of matrices is needed. One feature is not shrunk.
    """
    n_samples = len(row_squares)
    average = row_squares.sum() / (n_samples * n_features)
    norm = squared_norm / n_samples**2
    spread = (np.sum(row_squares**2) / n_samples - norm) / (n_features * n_samples)
    distance = norm / n_features - average**2
    if n_features == 1 or spread <= 0.0:
        return 0.0
    return min(spread / distance, 1.0) if distance > 0.0 else 1.0
