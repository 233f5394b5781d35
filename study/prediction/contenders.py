"""Contenders: everything that orders the models of a task that was left out."""

import numpy as np
from scipy import stats

from skperturb import AccuracyPredictor
from study.prediction.folders import CONSENSUS

DEFAULT = ["ridge", "logme", "knn", "sfda", "gbc", "lda"]
_OF_ANY_TARGET = 3


def default_names(truth, task):
    """Return the names of the default metrics that a task has."""
    names = next(iter(truth.scores[task].values()))
    return DEFAULT if "gbc" in names else DEFAULT[:_OF_ANY_TARGET]


def default_tasks(truth, places):
    """Return tasks with the scores that a predictor without a selector would give them."""
    return [truth.tasks(default_names(truth, place), [place])[0] for place in places]


def fit_without(truth, task, places=None, **params):
    """Return a predictor that knows the other tasks, or some of them, by default metrics."""
    places = truth.others(task) if places is None else places
    accuracies = [truth.accuracies[place] for place in places]
    return AccuracyPredictor(**params).fit(default_tasks(truth, places), accuracies)


def baselines(truth, task):
    """Return scores by single metrics, their mean rank, and the mean rank on other tasks."""
    rows = truth.scores[task]
    found = {"exact LogME": by_metric(rows, "LogME")}
    ranks = [
        stats.rankdata(each) for name in CONSENSUS if (each := by_metric(rows, name)) is not None
    ]
    found["consensus of five metrics"] = np.mean(ranks, axis=0)
    found["mean rank on other tasks"] = mean_rank(truth, task, truth.others(task))
    return found


def predictions(truth, task):
    """Return predicted accuracies by history, by metrics, and by both."""
    [new] = default_tasks(truth, [task])
    return {
        title: fit_without(truth, task, effects=effects).predict(new)
        for title, effects in {
            "history alone, modelled": "models",
            "metrics alone, weighed": "metrics",
            "history and metrics": "both",
        }.items()
    }


def by_metric(rows, name):
    """Return the scores of one metric in the order of the models, None where it is missing."""
    scores = [row.get(name) for row in rows.values()]
    return None if None in scores else np.array(scores)


def mean_rank(truth, task, places):
    """Return the mean rank of each model on some tasks, .5 where it was measured on none."""
    shares = {}
    for place in places:
        row = truth.accuracies[place]
        ranks = (stats.rankdata(list(row.values())) - 1) / max(len(row) - 1, 1)
        for model, share in zip(row, ranks, strict=True):
            shares.setdefault(model, []).append(share)
    return np.array([np.mean(shares.get(model, [0.5])) for model in truth.scores[task]])


def truth_of(truth, task):
    """Return the accuracies of a task in the order of its models, NaN where not measured."""
    known = truth.accuracies[task]
    return np.array([known.get(model, np.nan) for model in truth.scores[task]])
