"""Jackknife: what the ranking would have been with other rows of the same kind.

Every resample leaves out a quarter of the rows of each class, as a delete-d jackknife does
[1]_ (in the design of `quarters`), and repeats no row; a repeated row is its own neighbour, and
flatters whatever leaves out one row or one fold. Leaving out less would ask more of the
smoothness of a score, leaving out more would show scores of samples that are too small to stand
for all rows. Where rows come in groups, the groups are what is sampled, and what is left out.

How the resamples scatter says how scores of other samples would: these are drawn from Student's
distribution around the scores, because a scatter that few rows tell of may be too small.

.. [1] J. Shao, C. F. J. Wu, "A general theory for jackknife variance estimation", Annals of
   Statistics 17(3), 1989.
"""

from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from skperturb.selection._scores import round_scores
from skperturb.selection.resampling.quarters import n_contrasts, scatter_divisor
from skperturb.selection.resampling.stratified import resample_sizes

_N_DRAWS = 1000  # a probability of .95 is then known to .01
_DIGITS = 9  # of a mean rank; means of the same ranks may differ in the last bit


class Uncertainty(NamedTuple):
    """Intervals of scores `(2, n_models, n_metrics)` and of ranks `(2, n_models)`.

    `p_best` is the share of draws in which a model is first, `(n_models,)`; `sort_keys` is what
    each draw ranks by, `(n_draws, n_models)`.
    """

    scores: np.ndarray
    ranks: np.ndarray
    p_best: np.ndarray
    sort_keys: np.ndarray


class Scatter(NamedTuple):
    """By how much resamples scatter less than other samples, and the degrees of freedom."""

    factor: float
    dof: float


def resample_scatter(frame):
    """Return how the scatter of resamples tells of that of other samples.

    A mean over the rows of a resample, of which m_c of n_c units (rows, or groups) of class c
    are kept, has the variance sum of m_c (n_c - m_c) / n_c over m^2, where one over n units has
    1 / n: three times as much where all classes lose a quarter. Classes that keep all their
    units are taken to scatter as the others do. The degrees of freedom are those of Satterthwaite.
    """
    sizes = np.bincount(frame.strata)
    kept = resample_sizes(sizes)
    lossy = sizes[kept < sizes]
    if not len(lossy):
        unit = "rows" if frame.groups is None else "groups"
        msg = (
            f"`n_resamples` needs a class of at least 3 {unit}, to leave some out, got 2 at most. "
            f"Set n_resamples=0, or give more {unit}."
        )
        raise ValueError(msg)
    lost = np.sum(kept * (sizes - kept) / sizes)
    dof = lossy.sum() ** 2 / np.sum(lossy**2 / (lossy - 1))
    return Scatter(kept.sum() / np.sqrt(lost * sizes.sum()), dof)


def estimate_uncertainty(scores, draws, bounds, level):
    """Return what the draws tell of a ranking by one metric or several.

    `scores` is `(n_models, n_metrics)`, `draws` `(n_draws, n_models, n_metrics)`, NaN where
    there is none; `bounds` are the lowest and highest scores of each metric.
    """
    sort_keys = compute_sort_keys(draws)
    ranks = rank_draws(sort_keys)
    return Uncertainty(
        score_intervals(scores, draws, bounds, level),
        rank_intervals(ranks, level),
        first_shares(ranks),
        sort_keys,
    )


def draw_scores(scores, resample_scores, scatter):
    """Draw scores as they might have been, `(n_draws, n_models, n_metrics)`.

    Models and metrics vary together as on the resamples, `(n_resamples, n_models, n_metrics)`.
    The draws are the same in every run.
    """
    n_resamples, rng = len(resample_scores), np.random.default_rng(0)
    # The resamples are few, too, and say so in the same way.
    dof = 1 / (1 / scatter.dof + 1 / n_contrasts(n_resamples))
    tails = np.sqrt(dof / rng.chisquare(dof, (_N_DRAWS, 1)))
    weights = rng.standard_normal((_N_DRAWS, n_resamples))
    weights *= scatter.factor * tails / np.sqrt(scatter_divisor(n_resamples))
    columns = center_resamples(resample_scores).reshape(n_resamples, -1).T
    # One product each: what a model's draws are does not depend on the others, to the last bit.
    deviations = [weights.dot(column) for column in np.ascontiguousarray(columns)]
    return scores + np.stack(deviations, axis=1).reshape(_N_DRAWS, *scores.shape)


def center_resamples(resample_scores):
    """Return the scores of resamples less their own mean.

    Fewer rows give a lower or a higher score as such, not the same for each width. A model
    that some resamples could not score deviates more on the others, for the same variance.
    """
    scored = ~np.isnan(resample_scores)
    n_scored = scored.sum(axis=0)
    # Fewer than two scores tell of no scatter, and stay NaN without a warning.
    n_scored = np.where(n_scored < 2, np.nan, n_scored)
    means = np.where(scored, resample_scores, 0.0).sum(axis=0) / n_scored
    deviations = np.where(scored, resample_scores - means, 0.0)
    return deviations * np.sqrt((len(scored) - 1) / (n_scored - 1))


def score_intervals(scores, draws, bounds, level):
    """Return the central intervals of the draws, within the bounds and around the scores."""
    tail = (1 - level) / 2
    lowest, highest = np.transpose(bounds)
    low, high = np.clip(np.quantile(draws, [tail, 1 - tail], axis=0), lowest, highest)
    return np.stack([np.minimum(low, scores), np.maximum(high, scores)])


def rank_intervals(ranks, level):
    """Return the central interval of the ranks of each model, `(2, n_models)`, as integers."""
    tail = (1 - level) / 2
    # Ranks are whole numbers: an interpolated quantile would be no rank.
    low = np.quantile(ranks, tail, axis=0, method="inverted_cdf")
    high = np.quantile(ranks, 1 - tail, axis=0, method="inverted_cdf")
    return np.stack([low, high]).astype(int)


def compute_sort_keys(draws):
    """Return what each draw ranks by, larger is better, `(n_draws, n_models)`.

    `draws` is `(n_draws, n_models, n_metrics)`. One metric ranks by its scores, several by minus
    the mean rank. A model without a score comes last.
    """
    failed = np.isnan(draws)
    scores = np.where(failed, -np.inf, round_scores(draws))
    if scores.shape[2] == 1:
        return scores[:, :, 0]
    mean_ranks = rankdata(-scores, method="min", axis=1).mean(axis=2).round(_DIGITS)
    return np.where(failed.any(axis=2), -np.inf, -mean_ranks)


def rank_draws(sort_keys):
    """Rank the models of each draw from the largest key, `(n_draws, n_models)`."""
    return rankdata(-sort_keys, method="min", axis=1).astype(int)


def first_shares(ranks):
    """Return how often each model is first, `(n_models,)`; those that tie share a draw."""
    first = ranks == 1
    return (first / first.sum(axis=1, keepdims=True)).mean(axis=0)


def share_above(a, b):
    """Return how often `a` is above `b`, a tie counting as half."""
    return float(np.mean(a > b) + np.mean(a == b) / 2)
