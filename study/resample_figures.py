"""Resample figures: those of many resampled sets of models at once.

NaN accuracies are models that were not measured, NaN scores rank last. What
`skperturb.evaluation` computes of one set of models, these compute of each draw; a test holds the
two against each other.
"""

import numpy as np
from scipy.stats import rankdata


def weighted_taus(accuracies, scores):
    """Return the weighted Kendall tau of each row, `(n_draws, n_models)`; 0 where all are tied."""
    known = ~np.isnan(accuracies)
    x = np.where(known, _places(accuracies), 0)
    y = np.where(known, _places(scores), 0)
    both = known[:, :, None] & known[:, None, :]
    across, down = (np.sign(z[:, :, None] - z[:, None, :]) * both for z in (x, y))
    sums = [np.sum(each, axis=2) for each in (across * down, np.abs(across), np.abs(down))]
    return (_directed(x, y, *sums) + _directed(y, x, *sums)) / 2


def weighted_taus_of_counts(accuracies, scores, counts):
    """Return the weighted Kendall tau of models drawn so many times, `(n_draws, n_models)`.

    With the weights 1 / (r + 1) added, a model of rank r has one sum over all others; copies of
    a model have neighbouring ranks, so that theirs is a difference of harmonic numbers.
    """
    known = ~np.isnan(accuracies)
    x, y = (_places(each[known][None])[0] for each in (accuracies, scores))
    counts = counts[:, known]
    across, down = (np.sign(z[:, None] - z[None]) for z in (x, y))
    sums = [counts @ each.T for each in (across * down, np.abs(across), np.abs(down))]
    return (_counted(x, y, counts, sums) + _counted(y, x, counts, sums)) / 2


def _places(values):
    """Replace values by their places, 1 for the least; NaN is the least of all."""
    return rankdata(np.where(np.isnan(values), -np.inf, values), method="dense", axis=1).astype(int)


def _directed(first, second, agree, across, down):
    """Tau with the weights 1 / (r + 1) of the ranks by `first`, ties broken by `second`."""
    order = np.lexsort((second, first), axis=1)[:, ::-1]
    weights = np.empty(first.shape)
    np.put_along_axis(weights, order, 1.0 / (1.0 + np.arange(first.shape[1]))[None], axis=1)
    return _share(*(np.sum(weights * each, axis=1) for each in (agree, across, down)))


def _counted(first, second, counts, sums):
    """Tau with the weights of the ranks by `first` among all copies, ties broken by `second`."""
    order = np.lexsort((second, first))[::-1]
    ends = np.cumsum(counts[:, order], axis=1)
    harmonic = np.concatenate([[0.0], np.cumsum(1.0 / (1.0 + np.arange(ends.max(initial=0))))])
    weights = np.empty(counts.shape)
    weights[:, order] = harmonic[ends] - harmonic[ends - counts[:, order]]
    return _share(*(np.sum(weights * each * (counts > 0), axis=1) for each in sums))


def _share(agreed, x, y):
    scale = np.sqrt(x * y)
    return np.divide(agreed, scale, out=np.zeros(len(scale)), where=scale > 0)
