"""Targets: a regression, and rows that belong together."""

import warnings

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from skperturb import CappedPCA, ModelSelector
from skperturb.evaluation import regret_at_k, weighted_kendall_tau
from study.grid import FAST, PROBE
from study.scoring import fingerprint, load_pool, score_metric, stamp
from study.zoo_folder import load_groups, load_records, task_folders

_RIDGE = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-1, 5, 7)))


def regression_table(folder, memory):
    """Return how each metric that takes a regression orders the models of each."""
    kept, rows = memory.cache(score_regression), []
    for task, path in task_folders(folder, "targets").items():
        accuracies = _accuracies(folder, task)
        for (metric, features), scores in kept(path, (fingerprint(), stamp(path))).items():
            tau = weighted_kendall_tau(accuracies, scores)
            rows.append((task, metric, features, tau, 100 * regret_at_k(accuracies, scores)))
    return pd.DataFrame(rows, columns=["task", "metric", "features", "tau", "regret in R2 x 100"])


def score_regression(folder, key):
    """Return the scores of a pool for a continuous target, by metric and features."""
    pool, y = load_pool(folder)
    takes = {name: each for name, each in FAST.items() if "regression" in get_tags(each).tasks}
    takes["cross-validated ridge"] = _RIDGE
    found = {}
    for name, metric in takes.items():
        behind = {"raw": metric, "PCA": make_pipeline(CappedPCA(), metric)}
        for features, each in behind.items():
            found[name, features] = score_metric(pool, y, name, each).scores
    return found


def groups_table(folder, memory):
    """Return what cross-validation says of grouped tasks, with groups kept together and not."""
    kept, rows = memory.cache(score_groups), []
    for task, path in task_folders(folder).items():
        if load_groups(path) is not None:
            accuracies = _accuracies(folder, task)
            for folds, scores in kept(path, (fingerprint(), stamp(path))).items():
                tau = weighted_kendall_tau(accuracies, scores)
                rows.append((task, folds, tau, np.mean(scores), np.mean(accuracies)))
    return pd.DataFrame(rows, columns=["task", "folds", "tau", "mean score", "mean accuracy"])


def score_groups(folder, key):
    """Return the cross-validated accuracy of a probe by how its folds are made."""
    pool, y = load_pool(folder)
    (probe,) = PROBE.values()
    folds = {"groups split": None, "groups kept together": load_groups(folder)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that a fold misses
        return {
            name: ModelSelector(probe, diagnostics=None).fit(pool, y, groups=groups).scores_
            for name, groups in folds.items()
        }


def _accuracies(folder, task):
    models = load_records(folder)[task]["models"]
    return np.array([models[model]["linear_probe"] for model in sorted(models)])
