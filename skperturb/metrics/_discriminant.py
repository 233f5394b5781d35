"""Discriminant: posteriors of Gaussian classes that share one covariance."""

import numpy as np
from scipy.special import softmax

from skperturb._centred import ROUNDING


def rounding_trace(mean_square):
    """Trace of a within-class covariance that is rounding; 1 if all rows are zero."""
    return ROUNDING**2 * mean_square or 1.0


def gaussian_posteriors(projected, means, priors, directions):
    """softmax_c(x' v_c - mu_c' v_c / 2 + log pi_c) of the rows x' V, `(n_samples, n_classes)`."""
    return softmax(projected + gaussian_offsets(means, priors, directions), axis=1)


def gaussian_offsets(means, priors, directions):
    """log pi_c - mu_c' v_c / 2, `(n_classes,)`."""
    return np.log(priors) - np.einsum("cj,jc->c", means, directions) / 2


def mean_own_posterior(posteriors, codes):
    """Mean over samples of the posterior of the true class."""
    return posteriors[np.arange(len(codes)), codes].mean()
