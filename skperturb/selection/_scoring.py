"""Scoring: what a metric, or any scikit-learn model, says of one feature set or of a pool."""

import time
from os import PathLike
from typing import NamedTuple

import numpy as np
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags


class Outcome(NamedTuple):
    """What came of one job: a score or the error that prevented it, and wall seconds.

    Of a pool metric the score is `(n_components,)`: its components.
    """

    score: float | np.ndarray
    seconds: float
    error: Exception | None


def last_step(estimator):
    """Return the estimator itself or, of a pipeline, what stands at its end."""
    while isinstance(estimator, Pipeline):
        estimator = estimator[-1]
    return estimator


def is_pool_metric(estimator):
    """Whether the scores of an estimator mean something only within one pool."""
    return getattr(get_tags(last_step(estimator)), "pool", False)


def check_rows(features, y):
    """Raise unless features are array-like, with a row for every entry of y."""
    if isinstance(features, str | PathLike) or callable(features):
        msg = f"A feature set must be array-like, got {features!r}; load the features first."
        raise TypeError(msg)
    n_rows = features.shape[0] if hasattr(features, "shape") else len(features)
    if n_rows != len(y):
        msg = f"A feature set must have as many rows as y, {len(y)}, got {n_rows}."
        raise ValueError(msg)


def score_feature_set(metric, features, y):
    """Return `score_` of a fitted metric, or a model's mean score over five folds.

    A pool metric's score waits for the whole pool: of it, return the components.
    """
    check_rows(features, y)
    if is_classifier(metric) or is_regressor(metric):
        score = cross_val_score(metric, features, y, cv=5, error_score="raise").mean()
    else:
        scored = last_step(clone(metric).fit(features, y))
        if is_pool_metric(scored):
            return scored.components_
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


def scores_of_pool(metric, outcomes):
    """Score all models of a pool from their outcomes, `(n_models,)`, NaN for failures."""
    scored = [outcome.score for outcome in outcomes if outcome.error is None]
    scores = np.full(len(outcomes), np.nan)
    if scored and is_pool_metric(metric):
        scored = last_step(metric).pool_scores(scored)
    scores[[outcome.error is None for outcome in outcomes]] = scored
    return scores
