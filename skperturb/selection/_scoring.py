"""Scoring: one number for one feature set, from a metric or from any scikit-learn model."""

import time
from typing import NamedTuple

import numpy as np
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline


class Outcome(NamedTuple):
    """What came of one job: a score or the error that prevented it, and wall seconds."""

    score: float
    seconds: float
    error: Exception | None


def check_metric(name, metric):
    """Raise unless `metric` is an estimator that can be fitted."""
    if isinstance(metric, type) or not (hasattr(metric, "fit") and hasattr(metric, "get_params")):
        msg = (
            f"`metric` of ModelSelector must be a metric, a Pipeline that ends in one, a "
            f"classifier or a regressor, got {metric!r}{name and f' as {name!r}'}."
        )
        raise TypeError(msg)


def last_step(estimator):
    """Return the estimator itself or, of a pipeline, what stands at its end."""
    while isinstance(estimator, Pipeline):
        estimator = estimator[-1]
    return estimator


def score_feature_set(metric, features, y):
    """Return `score_` of a fitted metric, or a model's mean score over five folds."""
    n_rows = features.shape[0] if hasattr(features, "shape") else len(features)
    if n_rows != len(y):
        msg = f"A feature set must have as many rows as y, {len(y)}, got {n_rows}."
        raise ValueError(msg)
    if is_classifier(metric) or is_regressor(metric):
        score = cross_val_score(metric, features, y, cv=5, error_score="raise").mean()
    else:
        scored = last_step(clone(metric).fit(features, y))
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
    return float(score)


def run_job(metric, features, y, *, raising):
    """Score one feature set; keep the error of a failure unless it is to be raised."""
    start = time.perf_counter()
    score, error = np.nan, None
    try:
        score = score_feature_set(metric, features, y)
    except Exception as caught:
        if raising:
            raise
        error = caught
    return Outcome(score, time.perf_counter() - start, error)
