"""The accuracies of a new task: what is expected of them, given those measured so far."""

from typing import NamedTuple

import numpy as np
from scipy import special

from skperturb.prediction._level import scale_nodes

_QUADRATURE = np.polynomial.hermite_e.hermegauss(20)


class Expectation(NamedTuple):
    """Mean and covariance, over the models of a task, of what the mixed model predicts."""

    mean: np.ndarray
    covariance: np.ndarray


class Mixture(NamedTuple):
    """
    Normal distributions of the links of accuracies, one for each scale that the task may have.

    Row j of `means` and `variances`, `(n_scales, n_models)`, belongs to `scales[j]` and has the
    weight `weights[j]`. `gains`, `(n_scales, n_models, n_known)`, say what a surprise in a
    measured accuracy does to all.
    """

    weights: np.ndarray
    scales: np.ndarray
    means: np.ndarray
    variances: np.ndarray
    gains: np.ndarray


def condition(expectation, level, known, values, noise):
    """
    Return the posterior of a task's accuracies as a mixture over its unknown scale.

    The link of an accuracy is location + scale * z, where z is what the mixed model predicts.
    `known` are the places of the measured models, `values` and `noise` the links of their
    accuracies and the variances of the error in them.
    """
    scales, log_weights = scale_nodes(level)
    means = level.location + scales[:, None] * expectation.mean
    diagonal = np.diag(expectation.covariance)
    variances = level.location_variance + scales[:, None] ** 2 * diagonal
    among = expectation.covariance[:, known]
    crossed = level.location_variance + scales[:, None, None] ** 2 * among
    observed = crossed[:, known] + np.diag(noise)
    factor = np.linalg.cholesky(observed)
    surprise = values - means[:, known]
    white = np.linalg.solve(factor, surprise[..., None])[..., 0]
    log_weights = log_weights - 0.5 * np.sum(white**2, axis=1)
    log_weights -= np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    gains = np.linalg.solve(observed, crossed.transpose(0, 2, 1)).transpose(0, 2, 1)
    means = means + np.einsum("jmk,jk->jm", gains, surprise)
    variances = np.maximum(variances - np.einsum("jmk,jmk->jm", gains, crossed), 0.0)
    exact = known[noise == 0]
    means[:, exact], variances[:, exact] = values[noise == 0], 0.0
    return Mixture(special.softmax(log_weights), scales, means, variances, gains)


def sample(mixture, expectation, level, known, values, noise, n_samples, generator):
    """Return draws of the links of all accuracies, `(n_samples, n_models)`."""
    # A draw from before the measurements becomes one from after by what they say of its error.
    node = generator.choice(len(mixture.scales), size=n_samples, p=mixture.weights)
    root = np.linalg.cholesky(expectation.covariance)
    z = expectation.mean + generator.standard_normal((n_samples, len(root))) @ root.T
    locations = generator.normal(level.location, np.sqrt(level.location_variance), n_samples)
    draws = locations[:, None] + mixture.scales[node, None] * z
    errors = generator.standard_normal((n_samples, len(known))) * np.sqrt(noise)
    surprise = values - draws[:, known] - errors
    draws += np.einsum("smk,sk->sm", mixture.gains[node], surprise)
    draws[:, known[noise == 0]] = values[noise == 0]
    return draws


def quantile(mixture, share):
    """Return a quantile of the link of each accuracy, by bisection."""
    deviations = np.sqrt(mixture.variances)
    low = (mixture.means - 10.0 * deviations).min(axis=0)
    high = (mixture.means + 10.0 * deviations).max(axis=0)
    safe = np.where(deviations > 0, deviations, 1.0)
    for _ in range(60):
        middle = (low + high) / 2.0
        below = mixture.weights @ special.ndtr((middle - mixture.means) / safe)
        low, high = np.where(below < share, middle, low), np.where(below < share, high, middle)
    return np.where((deviations == 0).all(axis=0), mixture.means[0], (low + high) / 2.0)


def moments(mixture, transform):
    """Return mean and standard deviation of a function of the link of each accuracy."""
    nodes, weights = _QUADRATURE
    deviations = np.sqrt(mixture.variances)
    values = transform(mixture.means[..., None] + deviations[..., None] * nodes)
    shares = mixture.weights[:, None] * (weights / weights.sum())
    mean = np.einsum("jmq,jq->m", values, shares)
    square = np.einsum("jmq,jq->m", (values - mean[:, None]) ** 2, shares)
    return mean, np.where((deviations == 0).all(axis=0), 0.0, np.sqrt(square))
