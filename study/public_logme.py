"""LogME as most public code computes it: the evidence misses directions where d > n."""

import numpy as np

from skperturb.metrics import BaseMetric

_MOST_STEPS = 11


def public_evidence(squares, energies, outside, n, d):
    """Return the log evidence per sample of one column as in the widely copied code.

    `squares` are the min(n, d) squared singular values, `energies` how the square norm of the
    column splits over them, `outside` what is left. The sum of logarithms runs over these, but
    ``d / 2 log(alpha)`` over all d directions: with n < d the result is off by
    (d - n) / 2n log(alpha). It also stops within 1e-3 of the fixed point, from
    alpha = beta = 1, and adds 1e-5 to both denominators.
    """
    alpha = beta = 1.0
    for _ in range(_MOST_STEPS):
        ratio = alpha / beta
        used = np.sum(squares / (squares + ratio))
        weight = np.sum(squares * energies / (ratio + squares) ** 2)
        misfit = np.sum(energies / (1 + squares / ratio) ** 2) + outside
        alpha, beta = used / (weight + 1e-5), (n - used) / (misfit + 1e-5)
        if abs(alpha / beta - ratio) / ratio <= 1e-3:
            break
    logs = d * np.log(alpha) + n * np.log(beta) - np.sum(np.log(alpha + beta * squares))
    return (logs - beta * misfit - alpha * weight - n * np.log(2 * np.pi)) / (2 * n)


class PublicLogME(BaseMetric):
    """LogME with the errors of the widely copied code, to measure what they cost."""

    _tasks = ("classification",)

    def _check_parameters(self):
        """Have no parameters."""

    def _score(self, X, target):
        left, lengths, _ = np.linalg.svd(X, full_matrices=False)
        energies = (left.T @ target.columns) ** 2
        outside = np.sum(target.columns**2, axis=0) - energies.sum(axis=0)
        pairs = zip(energies.T, outside, strict=True)
        return np.mean([public_evidence(lengths**2, *pair, *X.shape) for pair in pairs]), {}
