"""Scoring: what a metric, or any scikit-learn model, says of one feature set or of a pool."""

import pickle
from collections import Counter

import joblib
import numpy as np
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags


def last_step(estimator):
    """Return the estimator itself or, of a pipeline, what stands at its end."""
    while isinstance(estimator, Pipeline):
        estimator = estimator[-1]
    return estimator


def metric_tags(estimator):
    """Return the tags of what computes the score of an estimator."""
    return get_tags(last_step(estimator))


def is_pool_metric(estimator):
    """Whether the scores of an estimator mean something only within one pool."""
    return getattr(metric_tags(estimator), "pool", False)


def score_bounds(metric, n_classes):
    """Return the lowest and the highest score of a metric; a target without classes has none."""
    if is_classifier(metric):
        return 0, 1
    bounds = getattr(metric_tags(metric), "bounds", None)
    return (
        (-np.inf, np.inf)
        if bounds is None or n_classes < 2
        else bounds("classification", n_classes)
    )


def shared_prefixes(metrics):
    """Name what stands before the end of each pipeline, where several metrics have the same.

    Returns `{metric name: key}`; metrics of equal key see the same features. Those that no
    step stands before have the key "".
    """
    keys = {name: _prefix_key(metric) for name, metric in metrics.items()}
    counts = Counter(keys.values())
    return {name: key for name, key in keys.items() if key is not None and counts[key] > 1}


def _prefix_key(metric):
    """Return a digest of all steps of a pipeline but the last; None if it cannot share any."""
    if is_predictor(metric):
        return None
    if not isinstance(metric, Pipeline) or len(metric) < 2:
        return ""
    try:
        return joblib.hash([clone(step, safe=False) for _, step in metric.steps[:-1]])
    except (pickle.PicklingError, AttributeError, TypeError):
        return None  # what cannot be pickled cannot be compared


def is_predictor(metric):
    """Whether an estimator is scored by cross-validation."""
    return is_classifier(metric) or is_regressor(metric)


def behind_prefix(metric, features, y, key, seen):
    """Return the last step of a pipeline, the features that it sees, and a store or None.

    `seen` keeps the features behind prefixes for the other metrics of the same `key`, and
    the store keeps what they compute alike.
    """
    if key is None:
        return metric, features, None
    if key not in seen:
        seen[key] = clone(metric[:-1]).fit_transform(features, y) if key else features, {}
    return metric[-1] if key else metric, *seen[key]


def score_features(metric, features, y):
    """Return `score_` of a fitted metric, or a model's mean score over five folds; and a width.

    A pool metric's score waits for the whole pool: of it, return the components. The width
    is the number of features that the metric saw, behind the other steps of its pipeline.
    """
    width = None
    if is_predictor(metric):
        score = cross_val_score(metric, features, y, cv=5, error_score="raise").mean()
    else:
        scored = last_step(clone(metric).fit(features, y))
        width = getattr(scored, "n_features_in_", None)
        if is_pool_metric(scored):
            return scored.components_, width
        if not hasattr(scored, "score_"):
            msg = (
                f"{type(scored).__name__} has no `score_` after fit; ModelSelector takes "
                "metrics, classifiers and regressors."
            )
            raise TypeError(msg)
        score = scored.score_
    if not np.isfinite(score):
        msg = f"The score must be finite, got {score}."
        raise ValueError(msg)
    return float(score), width


def pool_scores(metric, scores):
    """Return the scores of all models, `(n_models,)`, from what each gave alone; None is NaN."""
    scored = [each for each in scores if each is not None]
    pooled = np.full(len(scores), np.nan)
    if scored and is_pool_metric(metric):
        scored = last_step(metric).pool_scores(scored)
    pooled[[each is not None for each in scores]] = scored
    return pooled
