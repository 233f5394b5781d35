"""Figures: how well scores order the models of each task, and how sure the mean over tasks is."""

from typing import NamedTuple

import numpy as np

from skperturb.evaluation import regret_at_k, relative_accuracy_at_k, weighted_kendall_tau
from study.dataset import tasks_with_accuracies
from study.resample_figures import regrets, weighted_taus

_CONFIDENCE = 0.95


class Figures(NamedTuple):
    """Per measured task: tau, regret at 1, relative accuracy at 3."""

    taus: np.ndarray
    regrets: np.ndarray
    shares: np.ndarray


def figures(accuracies, scores):
    """Judge scores, `(n_tasks, n_models)`, by the accuracies of the measured tasks."""
    pairs = [(accuracies[task], scores[task]) for task in tasks_with_accuracies(accuracies)]
    return Figures(
        np.array([weighted_kendall_tau(*pair) for pair in pairs]),
        np.array([regret_at_k(*pair) for pair in pairs]),
        np.array([relative_accuracy_at_k(*pair, k=3) for pair in pairs]),
    )


def taus_of_many(accuracies, many):
    """Return the taus on the measured tasks of many scores, `(n_measured, n_scores)`."""
    tasks = tasks_with_accuracies(accuracies)
    stacked = np.stack(many, axis=1)  # tasks by scores by models
    return np.array(
        [
            weighted_taus(np.broadcast_to(accuracies[task], stacked[task].shape), stacked[task])
            for task in tasks
        ]
    )


def resample_means(accuracies, scores, n_draws, seed=0):
    """Return mean tau and mean regret of resampled tasks and models, `(2, n_draws)`.

    Tasks and models are both drawn with replacement, the same models for all tasks of a draw;
    scores stay as they are. The same seed gives the same draws for all scores, so that
    differences are paired.
    """
    tasks = tasks_with_accuracies(accuracies)
    rng = np.random.default_rng(seed)
    n_models = accuracies.shape[1]
    models = rng.integers(n_models, size=(n_draws, n_models))
    times = rng.multinomial(len(tasks), np.full(len(tasks), 1 / len(tasks)), size=n_draws)
    draws = [(accuracies[task][models], scores[task][models]) for task in tasks]
    values = np.array([[weighted_taus(*each), regrets(*each)] for each in draws])
    return np.einsum("tfd,dt->fd", values, times) / len(tasks)


def interval(values):
    """Return the central 95 % of the draws."""
    tail = (1 - _CONFIDENCE) / 2
    return np.quantile(values, [tail, 1 - tail])
