"""Simulated histories, whose truth is known."""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from skperturb.prediction._mixed_model import TaskTables


class Simulation(NamedTuple):
    """Tasks with scores and accuracies, and what they were drawn from."""

    tasks: list
    accuracies: list
    effects: np.ndarray
    weights: np.ndarray


def simulate_tables(
    n_tasks, n_models, n_metrics, *, models=0.6, metrics=0.4, noise=0.5, missing=0.2, seed=0
):
    """Draw tables from the model itself, with known noise; also the effects and the weights."""
    rng = np.random.default_rng(seed)
    shape = n_tasks, n_models
    effects, weights = rng.normal(0, models, n_models), rng.normal(0, metrics, n_metrics)
    columns = rng.standard_normal((n_metrics, *shape))
    known = rng.uniform(0, 0.1, shape)
    measured = rng.random(shape) >= missing
    responses = effects + np.tensordot(weights, columns, axes=1) + rng.normal(0, 3, (n_tasks, 1))
    responses += rng.standard_normal(shape) * np.sqrt(noise**2 + known)
    tables = TaskTables(np.where(measured, responses, 0), measured, known * measured, columns)
    return tables, effects, weights


def simulate_history(
    n_tasks, n_models=12, *, models=0.6, weights=(0.5, 0.2), noise=0.5, missing=0.0, seed=0
):
    """Draw tasks with scores by metrics "m0", "m1", ..., and accuracies on a logit scale."""
    rng = np.random.default_rng(seed)
    weights = np.array(weights)
    effects = rng.normal(0, models, n_models)
    names = [f"model{i:02d}" for i in range(n_models)]
    tasks, accuracies = [], []
    for _ in range(n_tasks):
        scores = rng.standard_normal((n_models, len(weights)))
        z = effects + scores @ weights + rng.normal(0, noise, n_models)
        values = expit(rng.normal(1.5, 0.7) + np.exp(rng.normal(-1, 0.3)) * z)
        there = rng.random(n_models) >= missing
        there[:3] = True
        tasks.append(as_task(names, scores))
        accuracies.append(
            {name: a for name, a, yes in zip(names, values, there, strict=True) if yes}
        )
    return Simulation(tasks, accuracies, effects, weights)


def as_task(names, scores):
    """Return scores of models by metrics as a task."""
    return {
        name: {f"m{j}": float(score) for j, score in enumerate(row)}
        for name, row in zip(names, scores, strict=True)
    }
