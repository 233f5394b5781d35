"""Alternatives: other sets of metrics, and other models on the same columns."""

from itertools import combinations

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge

from skperturb import AccuracyPredictor
from skperturb.evaluation import weighted_kendall_tau
from skperturb.prediction._scored_task import read_task
from skperturb.prediction._tables import score_columns
from study.prediction.contenders import DEFAULT, mean_rank, truth_of
from study.prediction.folders import CONSENSUS

SETS = {
    "default": DEFAULT,
    **{f"default without {name}": [m for m in DEFAULT if m != name] for name in DEFAULT},
    "default, KNNScore without Attract": [*(m for m in DEFAULT if m != "knn"), "KNNScore, PCA"],
    "default and LogME behind Spread 1, Attract 0.2": [*DEFAULT, "LogME, perturbed"],
    "the five of the consensus": CONSENSUS,
    "all eleven": [*DEFAULT, *CONSENSUS],
    "RidgeProbe behind PCA alone": ["ridge"],
    "LogME behind PCA alone": ["logme"],
    "LogME alone": ["LogME"],
    "LogME behind Spread 1, Attract 0.2 alone": ["LogME, perturbed"],
}


def taus_of_sets(truth):
    """Return the tau of each set of metrics with history on each task, `(n_tasks,)`."""
    found = {}
    for title, metrics in SETS.items():
        for task in range(len(truth.names)):
            places = truth.others(task)
            predictor = AccuracyPredictor().fit(
                truth.tasks(metrics, places), [truth.accuracies[place] for place in places]
            )
            [new] = truth.tasks(metrics, [task])
            tau = weighted_kendall_tau(truth_of(truth, task), predictor.predict(new))
            found.setdefault(title, []).append(tau)
    return {title: np.array(taus) for title, taus in found.items()}


def taus_of_models(truth):
    """Return the tau of other models, fitted to the same columns, on each task."""
    found = {}
    for title, fit in {
        "ridge regression": _fit_ridge,
        "gradient-boosted trees": _fit_trees,
        "pairwise logistic regression": _fit_pairs,
    }.items():
        for task in range(len(truth.names)):
            places = truth.others(task)
            rows = [_rows(truth, place, [p for p in places if p != place]) for place in places]
            new, _ = _rows(truth, task, places)
            tau = weighted_kendall_tau(truth_of(truth, task), fit(rows)(new))
            found.setdefault(title, []).append(tau)
    return {title: np.array(taus) for title, taus in found.items()}


def _rows(truth, task, places):
    """Return consensus, metrics and mean rank elsewhere of each model, and standardised truth."""
    [scores] = truth.tasks(DEFAULT, [task])
    columns = score_columns(read_task(scores, 0, None), DEFAULT)
    features = np.column_stack([*np.nan_to_num(columns), mean_rank(truth, task, places)])
    accuracies = truth_of(truth, task)
    known = accuracies[~np.isnan(accuracies)]
    return features, (accuracies - known.mean()) / known.std()


def _fit_ridge(rows):
    X, y = _stack(rows)
    return Ridge(alpha=10.0).fit(X, y).predict


def _fit_trees(rows):
    X, y = _stack(rows)
    return HistGradientBoostingRegressor(max_depth=3, max_iter=60, random_state=0).fit(X, y).predict


def _fit_pairs(rows):
    """Learn which of two models of a task is better from the difference of their columns."""
    differences, wins = [], []
    for X, y in rows:
        for i, j in combinations(np.flatnonzero(~np.isnan(y)), 2):
            if y[i] != y[j]:
                differences += [X[i] - X[j], X[j] - X[i]]
                wins += [y[i] > y[j], y[j] > y[i]]
    model = LogisticRegression(fit_intercept=False, C=0.1).fit(np.array(differences), wins)
    return lambda new: new @ model.coef_[0]


def _stack(rows):
    X, y = np.vstack([X for X, _ in rows]), np.concatenate([y for _, y in rows])
    return X[~np.isnan(y)], y[~np.isnan(y)]
