"""Scores: what range they have, what they mean in a pool, and how they rank."""

import numpy as np
from scipy.stats import rankdata
from sklearn.base import is_classifier

from skperturb.selection._metrics import (
    is_pool_metric,
    is_predictor,
    last_step,
    metric_tags,
    metric_task,
)

# Scores of equal features differ in their last digits with the number of BLAS threads;
# a rank must not depend on that.
_DIGITS = 9
_BITS = 30  # as many digits, in binary: tables of draws are too large to be written out in decimal


def score_bounds(metric, task, n_classes, scoring=None):
    """Return the lowest and the highest score that a metric can have on a task."""
    if is_predictor(metric):
        low, high = (0, 1) if is_classifier(metric) else (-np.inf, 1)
        # A scorer may return anything, a loss with its sign turned for instance.
        return (low, high) if scoring is None else (-np.inf, np.inf)
    tags, task = metric_tags(metric), metric_task(metric, task)
    if is_pool_metric(metric) or task not in getattr(tags, "tasks", ()):
        return -np.inf, np.inf
    return tags.bounds(task, n_classes if task == "classification" else None)


def pool_scores(metric, scores):
    """Return the scores of all models, `(n_models,)`, from what each gave alone; None is NaN."""
    scored = [each for each in scores if each is not None]
    pooled = np.full(len(scores), np.nan)
    if scored and is_pool_metric(metric):
        # Without the models that failed, which have no components to compare with.
        scored = last_step(metric).pool_scores(scored)
    pooled[[each is not None for each in scores]] = scored
    return pooled


def round_scores(scores):
    """Round scores to the digits that rank them; NaN and infinity stay."""
    mantissas, exponents = np.frexp(scores)
    return np.ldexp(np.round(np.ldexp(mantissas, _BITS)), exponents - _BITS)


def competition_ranks(scores, failed):
    """Rank scores from the largest, equal ones sharing the better rank, failures last."""
    return rankdata(np.where(failed, np.inf, -round_scores(scores)), method="min").astype(int)


def overall_ranks(ranks, failed):
    """Rank models by their mean rank over the metrics, `(n_models, n_metrics)`, failures last."""
    if ranks.shape[1] == 1:
        return ranks[:, 0]
    # Means of the same ranks may differ in the last bit, summed in another order.
    mean_ranks = ranks.mean(axis=1).round(_DIGITS)
    return rankdata(np.where(failed.any(axis=1), np.inf, mean_ranks), method="min").astype(int)
