"""Baselines: what no metric is needed for."""

import numpy as np

from skperturb.evaluation import static_ranking
from study.gathering import measured_tasks
from study.judging import Figures, figures

_ORDERS = 300


def baselines(study, truth):
    """Return the scores of each baseline, `(n_tasks, n_models)`, by name."""
    accuracies = study.accuracies[truth]
    found = {"number of features": study.widths}
    if len(measured_tasks(accuracies)) > 1:
        found = {"mean rank on the other tasks": static_ranking(accuracies), **found}
    return found


def random_order(accuracies, seed=0):
    """Return the figures that random orders have on average."""
    rng = np.random.default_rng(seed)
    drawn = [figures(accuracies, rng.random(accuracies.shape)) for _ in range(_ORDERS)]
    return Figures(*np.mean(drawn, axis=0))
