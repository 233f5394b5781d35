"""Expectation: what history and metrics together predict of the models of a new task."""

from typing import NamedTuple

import numpy as np
from scipy import stats

from skperturb.prediction._conditional import Expectation
from skperturb.prediction._mixed_model import TaskTables, fit_variances, log_marginal_likelihood
from skperturb.prediction._relatives import cross_features, kernel_of_models, kernel_root
from skperturb.prediction._scales import normal_scores
from skperturb.prediction._tables import CONSENSUS_WEIGHT, score_columns

_SHARES = (0.3, 0.6, 0.9)
_WORTH = 1.0  # of log likelihood, before kinship is believed


class Kinship(NamedTuple):
    """Past models, what is known of all, how alike they are, and the tables in their kernel.

    `typical` holds the mean scores of each model.
    """

    models: list
    relatives: dict
    share: float
    tables: TaskTables
    typical: dict


def model_effects(kinship, weights):
    """Return the effects of the past models from weights in the kernel's coordinates."""
    return weights if kinship.tables.root is None else kinship.tables.root @ weights


def model_features(kinship, models):
    """Return models in the same coordinates, and the covariance that the past ones leave open."""
    past, n = kinship.models, len(kinship.models)
    if kinship.tables.root is None:
        features = np.array([[m == p for p in past] for m in models], dtype=np.float64)
        features = features.reshape(len(models), n)
        return features, np.diag(1.0 - features.sum(axis=1))
    everyone = [*past, *(model for model in models if model not in past)]
    kernel = kernel_of_models(everyone, kinship.relatives, kinship.share)
    places = [everyone.index(model) for model in models]
    crossed, own = kernel[:n][:, places], kernel[np.ix_(places, places)]
    return cross_features(kinship.tables.root, crossed, own)


def fit_kinship(past, relatives, *, models):
    """Return the kinship of the largest marginal likelihood, none where that is as good."""
    best = Kinship(past.models, relatives, 0.0, past.tables, past.typical)
    highest = -np.inf
    if not relatives or not past.tasks or not models:
        return best
    for share in (0.0, *_SHARES):
        root = kernel_root(kernel_of_models(past.models, relatives, share)) if share else None
        tables = past.tables._replace(root=root)
        value, _ = log_marginal_likelihood(tables, fit_variances(tables, models=models))
        if value > highest + _WORTH:
            best, highest = best._replace(share=share, tables=tables), value
    return best


def expect(task, kinship, weights, variances, metrics):
    """Return mean and covariance of the standardised accuracies of a task's models."""
    features, left_open = model_features(kinship, task.models)
    columns = score_columns(task, metrics, kinship.typical)
    design = np.hstack([features, columns.T])
    covariance = design @ weights.covariance @ design.T
    covariance += variances.models * left_open + variances.noise * np.eye(len(design))
    return Expectation(design @ weights.mean + _expected_consensus(columns), covariance)


def expect_without_history(task, kinship, variances):
    """Return the same from the mean rank of the metrics alone."""
    _, left_open = model_features(kinship, task.models)
    covariance = variances.models * left_open + variances.noise * np.eye(len(task.models))
    return Expectation(CONSENSUS_WEIGHT * mean_rank(task), covariance)


def mean_rank(task):
    """Return normal scores of the mean rank of the metrics; a missing score ranks last."""
    if not len(task.metrics):
        return np.zeros(len(task.models))
    scores = np.where(np.isnan(task.scores), -np.inf, task.scores)
    return normal_scores(stats.rankdata(scores, axis=0).mean(axis=1).round(9))


def explain_expectation(task, kinship, weights, metrics):
    """Return what each part adds to the standardised accuracies, by name."""
    if not kinship.models:
        part = CONSENSUS_WEIGHT * mean_rank(task)
        return {"history": np.zeros(len(task.models)), "consensus": part}
    features, _ = model_features(kinship, task.models)
    n_models = len(kinship.models)
    parts = {"history": features @ weights.mean[:n_models]}
    columns = score_columns(task, metrics, kinship.typical)
    adds = weights.mean[n_models:, None] * columns
    if len(columns):
        parts["consensus"] = adds[0] + _expected_consensus(columns)
    return parts | dict(zip(metrics, adds[1:], strict=True))


def _expected_consensus(columns):
    return CONSENSUS_WEIGHT * columns[0] if len(columns) else 0.0
