"""The mixed model: what a task's accuracies owe to its models, and what to its metrics."""

from typing import NamedTuple

import numpy as np
from scipy import linalg, optimize

# Logarithms of the median variances of models, metrics and noise, and the spread of those of the
# deviations: weak enough that ten tasks overrule them, strong enough that one task, which cannot
# tell effect from noise, works.
_LOG_MEDIANS = 2.0 * np.log([0.6, 0.2, 0.5])
_LOG_SPREAD = 1.0
_LOG_BOUNDS, _LOG_NOTHING = (-14.0, 8.0), -30.0


class TaskTables(NamedTuple):
    """
    What was observed, as arrays of tasks by models.

    `responses` and the variances in `noise` count only where `measured`. `columns` is of shape
    (n_metrics, n_tasks, n_models). `root` is a square root L of the models' kernel K = L L', of
    shape (n_models, n_models), None for the identity. `fixed` holds the variances of the columns'
    weights that are not estimated, NaN for the others; None estimates them all.
    """

    responses: np.ndarray
    measured: np.ndarray
    noise: np.ndarray
    columns: np.ndarray
    root: np.ndarray | None = None
    fixed: np.ndarray | None = None


class Variances(NamedTuple):
    """Variances of the effects of models, of the weight of each metric, and of the rest."""

    models: float
    metrics: np.ndarray
    noise: float


class WeightPosterior(NamedTuple):
    """Mean and covariance of all weights, those of the models first; intercepts of the tasks."""

    mean: np.ndarray
    covariance: np.ndarray
    intercepts: np.ndarray


class _NormalEquations(NamedTuple):
    """X'AX, X'Az and z'Az, where A whitens and takes out the intercept of each task."""

    gram: np.ndarray
    rhs: np.ndarray
    total: float
    weights: np.ndarray
    projected: np.ndarray


def prior_variances(fixed):
    """Return the variances before any task is seen; those of the columns where not `fixed`."""
    return _variances_of(_LOG_MEDIANS, fixed)


def weight_posterior(tables, variances):
    """Return the posterior of the weights under known variances."""
    equations = _normal_equations(tables, variances.noise)
    factor = _precision_factor(equations, tables, variances)
    mean = linalg.cho_solve(factor, equations.rhs)
    covariance = linalg.cho_solve(factor, np.eye(len(mean)))
    residuals = np.where(tables.measured, tables.responses - _fitted(tables, mean), 0.0)
    sums = equations.weights.sum(axis=1)
    intercepts = (equations.weights * residuals).sum(axis=1) / np.where(sums > 0, sums, 1.0)
    return WeightPosterior(mean, covariance, intercepts)


def log_marginal_likelihood(tables, variances):
    """
    Return the logarithm of the likelihood, and its gradient by the logarithms of the variances.

    Weights are integrated out, and the intercept of each task under a flat prior (restricted
    likelihood). The gradient is in the order models, metrics (one each), noise.
    """
    equations = _normal_equations(tables, variances.noise)
    factor = _precision_factor(equations, tables, variances)
    mean = linalg.cho_solve(factor, equations.rhs)
    prior = _prior_variances(tables, variances)
    value = -0.5 * (
        _log_determinant(tables, equations.weights)
        + np.log(prior).sum()
        + 2.0 * np.log(np.diag(factor[0])).sum()
        + equations.total
        - equations.rhs @ mean
    )
    inverse = linalg.cho_solve(factor, np.eye(len(mean)))
    by_weight = -0.5 * (1.0 - (np.diag(inverse) + mean**2) / prior)
    n_effects = len(prior) - len(tables.columns)
    noise = _noise_gradient(tables, equations, mean, inverse) * variances.noise
    return value, np.concatenate([[by_weight[:n_effects].sum()], by_weight[n_effects:], [noise]])


def fit_variances(tables, *, models=True):
    """
    Return the variances of the largest marginal likelihood, under weak priors.

    Without `models` their effects are held at nothing.
    """
    fixed = _fixed_variances(tables)
    estimated = np.isnan(fixed)
    free = np.array([models, estimated.any(), True])
    start = np.where(free, _LOG_MEDIANS, [_LOG_NOTHING, _LOG_MEDIANS[1], _LOG_MEDIANS[2]])

    def objective(values):
        logs = start.copy()
        logs[free] = values
        value, gradient = log_marginal_likelihood(tables, _variances_of(logs, fixed))
        gradient = np.array([gradient[0], gradient[1:-1][estimated].sum(), gradient[-1]])
        pull = (logs - _LOG_MEDIANS) / (2.0 * _LOG_SPREAD) ** 2
        value -= 0.5 * np.sum((pull * (logs - _LOG_MEDIANS))[free])
        return -value, -(gradient - pull)[free]

    bounds = [_LOG_BOUNDS] * int(free.sum())
    options = {"ftol": 1e-13, "gtol": 1e-7}
    found = optimize.minimize(
        objective, start[free], jac=True, bounds=bounds, method="L-BFGS-B", options=options
    )
    logs = start.copy()
    logs[free] = found.x
    return _variances_of(logs, fixed)


def _fixed_variances(tables):
    return np.full(len(tables.columns), np.nan) if tables.fixed is None else tables.fixed


def _variances_of(logs, fixed):
    models, metrics, noise = np.exp(logs)
    return Variances(float(models), np.where(np.isnan(fixed), metrics, fixed), float(noise))


def _prior_variances(tables, variances):
    n_models = tables.responses.shape[1]
    return np.concatenate([np.full(n_models, variances.models), variances.metrics])


def _fitted(tables, mean):
    n_models = tables.responses.shape[1]
    effects = mean[:n_models] if tables.root is None else tables.root @ mean[:n_models]
    return effects + np.tensordot(mean[n_models:], tables.columns, axes=1)


def _project(weights, table):
    """Return A x: weighted, and less the weighted mean of each task."""
    sums = weights.sum(axis=-1, keepdims=True)
    means = (weights * table).sum(axis=-1, keepdims=True) / np.where(sums > 0, sums, 1.0)
    return weights * (table - means)


def _normal_equations(tables, noise):
    weights = np.where(tables.measured, 1.0 / (noise + tables.noise), 0.0)
    projected = _project(weights, tables.columns)
    response = _project(weights, tables.responses)
    sums = weights.sum(axis=1, keepdims=True)
    effects = -(weights / np.where(sums > 0, sums, 1.0)).T @ weights
    effects[np.diag_indices_from(effects)] += weights.sum(axis=0)
    crossed = projected.sum(axis=1).T
    among = np.tensordot(projected, tables.columns, axes=([1, 2], [1, 2]))
    by_model = response.sum(axis=0)
    by_metric = np.tensordot(tables.columns, response, axes=2)
    gram, rhs = _assemble(effects, crossed, among, tables.root), by_model
    rhs = np.concatenate([by_model if tables.root is None else tables.root.T @ by_model, by_metric])
    return _NormalEquations(
        gram, rhs, float(np.sum(tables.responses * response)), weights, projected
    )


def _assemble(effects, crossed, among, root):
    """Return the symmetric matrix of the blocks, those of the models in their kernel's root."""
    if root is not None:
        effects, crossed = root.T @ effects @ root, root.T @ crossed
    return np.block([[effects, crossed], [crossed.T, among]])


def _precision_factor(equations, tables, variances):
    precision = equations.gram + np.diag(1.0 / _prior_variances(tables, variances))
    return linalg.cho_factor(precision, lower=True)


def _log_determinant(tables, weights):
    """Return log |D| of the noise plus what the flat intercepts add."""
    sums = weights.sum(axis=1)
    n_measured = int(tables.measured.sum())
    n_tasks = int(np.sum(sums > 0))
    constant = (n_measured - n_tasks) * np.log(2.0 * np.pi)
    return constant - np.log(weights[tables.measured]).sum() + np.log(sums[sums > 0]).sum()


def _noise_gradient(tables, equations, mean, inverse):
    """Return the derivative by the variance of the noise: (|Pz|^2 - tr P) / 2."""
    weights = equations.weights
    residuals = _project(weights, tables.responses - _fitted(tables, mean))
    sums = weights.sum(axis=1, keepdims=True)
    sums = np.where(sums > 0, sums, 1.0)
    squares = (weights**2).sum(axis=1, keepdims=True)
    trace = weights.sum() - (squares / sums).sum()
    half = (weights**2 / sums).T @ weights
    effects = (weights * (squares / sums**2)).T @ weights - half - half.T
    effects[np.diag_indices_from(effects)] += (weights**2).sum(axis=0)
    twice = _project(weights, equations.projected)
    among = np.tensordot(equations.projected, equations.projected, axes=([1, 2], [1, 2]))
    crossed = twice.sum(axis=1).T
    trace -= np.sum(inverse * _assemble(effects, crossed, among, tables.root))
    return 0.5 * (np.sum(residuals**2) - trace)
