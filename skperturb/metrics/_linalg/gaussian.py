"""Gaussian: classes that share one covariance, their posteriors, and how it is shrunk."""

import numpy as np

from skperturb._backend import to_numpy
from skperturb._chunked import ROUNDING


def rounding_trace(mean_norm_sq):
    """Trace of a within-class covariance that is rounding; 1 if all rows are zero."""
    return ROUNDING**2 * mean_norm_sq or 1.0


def iter_posteriors(matrix, means, priors, directions):
    """Yield slices of the rows, and softmax_c(x' v_c - mu_c' v_c / 2 + log pi_c) of the rows x.

    The columns of `directions` are v_c, a posterior block is `(n_rows, n_classes)`.
    """
    backend, xp = matrix.backend, matrix.backend.xp
    offsets = backend.asarray(np.log(priors)) - xp.sum(means * directions.T, axis=1) / 2
    for block, logits in matrix.iter_products(directions):
        logits += offsets
        yield block, softmax(logits, xp)


def softmax(logits, xp):
    """Softmax over each row."""
    odds = xp.exp(logits - xp.max(logits, axis=1, keepdims=True))
    odds /= xp.sum(odds, axis=1, keepdims=True)
    return odds


def take_true_class(posteriors, codes, backend):
    """Entry of each row at the class of the row, `(n_rows,)`."""
    return backend.xp.take_along_axis(posteriors, backend.asarray(codes)[:, None], axis=1)[:, 0]


def mean_true_posterior(matrix, means, directions, target):
    """Mean over samples of the posterior of the true class."""
    total, backend = 0.0, matrix.backend
    priors = target.counts / len(matrix)
    for block, posteriors in iter_posteriors(matrix, means, priors, directions):
        total += float(backend.xp.sum(take_true_class(posteriors, target.codes[block], backend)))
    return total / len(matrix)


def class_mean_norm_sq(means, counts):
    """Mean over samples of the squared norm of the mean of their class."""
    return float(np.average(np.sum(to_numpy(means) ** 2, axis=1), weights=counts))


def ledoit_wolf_shrinkage(gram_norm_sq, norm_powers, shape):
    """Ledoit-Wolf share of the identity in a covariance, in [0, 1], for n centred rows of X.

    `gram_norm_sq` is ||X'X||^2, the same as ||XX'||^2, and `norm_powers` are the sum of the squared
    norms of the rows and that of the squares of these, which is the sum of (X**2)'(X**2): with
    both known no further product of matrices is needed. One feature is not shrunk.
    """
    n_samples, n_features = shape
    squares, fourths = norm_powers
    average = squares / (n_samples * n_features)
    norm_sq = gram_norm_sq / n_samples**2
    spread = (fourths / n_samples - norm_sq) / (n_features * n_samples)
    distance = norm_sq / n_features - average**2
    if n_features == 1 or spread <= 0.0:
        return 0.0
    return float(min(spread / distance, 1.0)) if distance > 0.0 else 1.0
