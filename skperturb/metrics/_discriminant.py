"""Discriminant: posteriors of Gaussian classes that share one covariance."""

import numpy as np
from scipy import linalg
from scipy.special import softmax

from skperturb._classes import ROUNDING, mean_square
from skperturb.metrics._gram import triangular_root


def rounding_trace(X):
    """Trace of a within-class covariance that is rounding; 1 if X is zero throughout."""
    return ROUNDING**2 * mean_square(X) or 1.0


def regularised_directions(rows, W, ridge):
    """Solve (W'W + ridge I) V = M' for the columns V, M being `rows` such as class means."""
    return linalg.cho_solve((triangular_root(W, ridge), False), rows.T, check_finite=False)


def gaussian_posteriors(X, means, priors, directions):
    """softmax_c(x' v_c - mu_c' v_c / 2 + log pi_c), `(n_samples, n_classes)`."""
    offsets = np.log(priors) - np.einsum("cj,jc->c", means, directions) / 2
    return softmax(X @ directions + offsets, axis=1)


def mean_own_posterior(posteriors, codes):
    """Mean over samples of the posterior of the true class."""
    return posteriors[np.arange(len(codes)), codes].mean()
