"""Resample figures: those of many resampled sets of models at once.

`accuracies` and `scores` are `(n_draws, n_models)`, NaN accuracies are models that were not
measured, NaN scores rank last. What `skperturb.evaluation` computes of one set of models, these
compute of each row; a test holds the two against each other.
"""

import numpy as np
from scipy.stats import rankdata


def weighted_taus(accuracies, scores):
    """Return the weighted Kendall tau of each draw, 0 where ties leave none."""
    known = ~np.isnan(accuracies)
    x = np.where(known, _places(accuracies), 0)
    y = np.where(known, _places(scores), 0)
    both = known[:, :, None] & known[:, None, :]
    across, down = (np.sign(z[:, :, None] - z[:, None, :]) * both for z in (x, y))
    sums = [np.sum(each, axis=2) for each in (across * down, np.abs(across), np.abs(down))]
    return (_directed(x, y, *sums) + _directed(y, x, *sums)) / 2


def regrets(accuracies, scores):
    """Return the accuracy lost by trying only the model with the highest score."""
    accuracies = np.where(np.isnan(accuracies), -np.inf, accuracies)
    usable = np.where(np.isneginf(accuracies), -1, _places(scores))
    # Of models with equal scores the least accurate counts, as in regret_at_k.
    tied = usable == usable.max(axis=1, keepdims=True)
    return accuracies.max(axis=1) - np.where(tied, accuracies, np.inf).min(axis=1)


def _places(values):
    """Replace values by their places, 1 for the least; NaN is the least of all."""
    return rankdata(np.where(np.isnan(values), -np.inf, values), method="dense", axis=1).astype(int)


def _directed(first, second, agree, across, down):
    """Tau with the weights 1 / (r + 1) of the ranks by `first`, ties broken by `second`."""
    order = np.lexsort((second, first), axis=1)[:, ::-1]
    weights = np.empty(first.shape)
    np.put_along_axis(weights, order, 1.0 / (1.0 + np.arange(first.shape[1]))[None], axis=1)
    agreed, x, y = (np.sum(weights * each, axis=1) for each in (agree, across, down))
    scale = np.sqrt(x * y)
    return np.divide(agreed, scale, out=np.zeros(len(scale)), where=scale > 0)
