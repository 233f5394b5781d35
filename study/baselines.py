"""Baselines: what no metric is needed for."""

import numpy as np

from skperturb.evaluation import static_ranking
from study.dataset import tasks_with_accuracies
from study.figures import Figures, figures

_ORDERS = 300


def baseline_scores(study, truth):
    """Return the scores of each baseline, `(n_tasks, n_models)`, by name."""
    accuracies = study.accuracies[truth]
    found = {"number of features": study.widths}
    if len(tasks_with_accuracies(accuracies)) > 1:
        found = {"mean rank on the other tasks": static_ranking(accuracies), **found}
    return found


def random_order(accuracies, seed=0):
    """Return the figures that random orders have on average."""
    rng = np.random.default_rng(seed)
    draws = [figures(accuracies, rng.random(accuracies.shape)) for _ in range(_ORDERS)]
    return Figures(*np.mean(draws, axis=0))
