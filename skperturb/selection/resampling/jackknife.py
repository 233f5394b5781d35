"""Jackknife: what the ranking would have been with other rows of the same kind.

Every resample leaves out a quarter of the rows of each class, as a delete-d jackknife does
[1]_, and repeats no row; a repeated row is its own neighbour, and flatters whatever leaves out
one row or one fold. Leaving out less would ask more of the smoothness of a score, leaving out
more would show scores of samples that are too small to stand for all rows. Where rows come in
groups, the groups are what is sampled, and what is left out.

.. [1] J. Shao, C. F. J. Wu, "A general theory for jackknife variance estimation", Annals of
   Statistics 17(3), 1989.
"""

from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from skperturb.selection._scores import competition_ranks, round_scores
from skperturb.selection.resampling.stratified import resample_sizes


class Uncertainty(NamedTuple):
    """Intervals of scores `(2, n_models, n_metrics)` and of ranks `(2, n_models)`.

    `p_best` is the share of resamples on which a model is first, `(n_models,)`; `sort_keys` is
    what each resample ranks by, `(n_resamples, n_models)`.
    """

    scores: np.ndarray
    ranks: np.ndarray
    p_best: np.ndarray
    sort_keys: np.ndarray


def inflation_factor(frame):
    """Return by how much scores of resamples scatter less than scores of other samples.

    Drawn without replacement, a mean of m of n units (rows, or groups) has (n - m) / m times
    the variance of a mean of n units: a third where a quarter is left out.
    """
    n, m = len(frame.strata), resample_sizes(np.bincount(frame.strata)).sum()
    if n == m:
        unit = "rows" if frame.groups is None else "groups"
        msg = (
            f"`n_resamples` needs a class of at least 3 {unit}, to leave some out, got 2 at most. "
            f"Set n_resamples=0, or give more {unit}."
        )
        raise ValueError(msg)
    return np.sqrt(m / (n - m))


def estimate_uncertainty(scores, resample_scores, factor, bounds, level):
    """Return what the resamples tell of a ranking by one metric or several.

    `scores` is `(n_models, n_metrics)`, `resample_scores` `(n_resamples, n_models, n_metrics)`
    with NaN where there is none; `bounds` are the lowest and highest scores of each metric.
    """
    by_metric = zip(scores.T, np.moveaxis(resample_scores, 2, 0), bounds, strict=True)
    replicates = np.stack(
        [replicate_scores(full, parts, factor, limits) for full, parts, limits in by_metric],
        axis=2,
    )
    sort_keys = compute_sort_keys(replicates)
    ranks = resample_ranks(sort_keys)
    return Uncertainty(
        score_intervals(scores, replicates, level),
        rank_intervals(ranks, level),
        first_shares(ranks),
        sort_keys,
    )


def replicate_scores(scores, resample_scores, factor, bounds):
    """Return scores as they might have been, `(n_resamples, n_models)`.

    The scores of resamples lend their deviations from their own mean: fewer rows give a
    lower or a higher score as such, not the same for each width.
    """
    scored = ~np.isnan(resample_scores)
    total = np.where(scored, resample_scores, 0.0).sum(axis=0)
    # A model that no resample could score has no mean, and stays NaN without a warning.
    means = total / np.where(scored.any(axis=0), scored.sum(axis=0), np.nan)
    with np.errstate(invalid="ignore"):
        return np.clip(scores + factor * (resample_scores - means), *bounds)


def score_intervals(scores, replicates, level):
    """Return the central intervals of the replicates, widened to hold the scores themselves."""
    tail = (1 - level) / 2
    low, high = np.quantile(replicates, [tail, 1 - tail], axis=0)
    return np.stack([np.minimum(low, scores), np.maximum(high, scores)])


def rank_intervals(ranks, level):
    """Return the central interval of the ranks of each model, `(2, n_models)`, as integers."""
    tail = (1 - level) / 2
    # Ranks are whole numbers: an interpolated quantile would be no rank.
    low = np.quantile(ranks, tail, axis=0, method="inverted_cdf")
    high = np.quantile(ranks, 1 - tail, axis=0, method="inverted_cdf")
    return np.stack([low, high]).astype(int)


def compute_sort_keys(replicates):
    """Return what each resample ranks by, larger is better, `(n_resamples, n_models)`.

    `replicates` is `(n_resamples, n_models, n_metrics)`. One metric ranks by its scores, several
    by minus the mean rank. A model that a metric could not score on a resample comes last on it.
    """
    failed = np.isnan(replicates)
    if replicates.shape[2] == 1:
        return np.where(failed[:, :, 0], -np.inf, round_scores(replicates[:, :, 0]))
    mean_ranks = [
        np.mean(
            [competition_ranks(*pair) for pair in zip(scores.T, missing.T, strict=True)], axis=0
        )
        for scores, missing in zip(replicates, failed, strict=True)
    ]
    return np.where(failed.any(axis=2), -np.inf, -round_scores(mean_ranks))


def resample_ranks(sort_keys):
    """Rank the models of each resample from the largest key, `(n_resamples, n_models)`."""
    return rankdata(-sort_keys, method="min", axis=1).astype(int)


def first_shares(ranks):
    """Return how often each model is first, `(n_models,)`; those that tie share a resample."""
    first = ranks == 1
    return (first / first.sum(axis=1, keepdims=True)).mean(axis=0)


def share_above(a, b):
    """Return how often `a` is above `b`, a tie counting as half."""
    return float(np.mean(a > b) + np.mean(a == b) / 2)
