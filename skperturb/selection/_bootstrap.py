"""Bootstrap: what the ranking would have been with other rows of the same kind.

Every draw leaves out a quarter of the rows of each class, as a delete-d jackknife does [1]_,
and repeats no row; a repeated row is its own neighbour, and flatters whatever leaves out one
row or one fold. Leaving out less would ask more of the smoothness of a score, leaving out
more would show scores of samples that are too small to stand for all rows.

.. [1] J. Shao, C. F. J. Wu, "A general theory for jackknife variance estimation", Annals of
   Statistics 17(3), 1989.
"""

import numpy as np
from scipy.stats import rankdata

from skperturb.selection._ranks import competition_ranks, rounded
from skperturb.selection._rows import kept_sizes


def spread_factor(codes):
    """Return by how much scores of resamples scatter less than scores of other samples.

    Drawn without replacement, a mean of m of n rows has (n - m) / m times the variance of a
    mean of n rows: a third where a quarter is left out.
    """
    n, m = len(codes), kept_sizes(np.bincount(codes)).sum()
    if n == m:
        msg = (
            "`n_resamples` of ModelSelector needs a class of at least 3 rows, to leave some "
            "out, got 2 at most. Set n_resamples=0, or give more rows."
        )
        raise ValueError(msg)
    return np.sqrt(m / (n - m))


def replicates(scores, drawn, factor, bounds):
    """Return scores as they might have been, `(n_draws, n_models)`.

    The scores of resamples, `drawn`, lend their deviations from their own mean: fewer rows
    give a lower or a higher score as such, not the same for each width.
    """
    with np.errstate(invalid="ignore"):
        means = _mean_of_scored(drawn)
        return np.clip(scores + factor * (drawn - means), *bounds)


def _mean_of_scored(drawn):
    scored = ~np.isnan(drawn)
    return np.where(scored, drawn, 0.0).sum(axis=0) / np.where(scored.any(0), scored.sum(0), np.nan)


def interval(values, level):
    """Return the central interval of each column, `(2, n_models)`; NaN where one is missing."""
    tail = (1 - level) / 2
    return np.quantile(values, [tail, 1 - tail], axis=0)


def rank_interval(places, level):
    """Return the central interval of the place of each model, `(2, n_models)`, as integers."""
    tail = (1 - level) / 2
    low = np.quantile(places, tail, axis=0, method="inverted_cdf")
    high = np.quantile(places, 1 - tail, axis=0, method="inverted_cdf")
    return np.stack([low, high]).astype(int)


def merits(replicated):
    """Return what each draw ranks by, larger is better, `(n_draws, n_models)`.

    `replicated` is `(n_draws, n_models, n_metrics)`. One metric ranks by its scores, several
    by minus the mean rank. A model that a metric could not score on a draw comes last on it.
    """
    failed = np.isnan(replicated)
    if replicated.shape[2] == 1:
        scores = rounded(replicated[:, :, 0])
        return np.where(failed[:, :, 0], -np.inf, scores)
    ranks = [
        [competition_ranks(column, missing) for column, missing in zip(draw.T, gone.T, strict=True)]
        for draw, gone in zip(replicated, failed, strict=True)
    ]
    return np.where(failed.any(axis=2), -np.inf, -rounded(np.mean(ranks, axis=1)))


def places_of(merit):
    """Rank the models of each draw from the largest merit, `(n_draws, n_models)`."""
    return rankdata(-merit, method="min", axis=1).astype(int)


def shares_of_first(places):
    """Return how often each model is first, `(n_models,)`; those that tie share a draw."""
    first = places == 1
    return (first / first.sum(axis=1, keepdims=True)).mean(axis=0)


def share_above(a, b):
    """Return how often `a` is above `b`, a tie counting as half."""
    return float(np.mean(a > b) + np.mean(a == b) / 2)
